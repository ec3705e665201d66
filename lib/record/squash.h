/* Many records to one, and records turned round or put side by side. The interface is delta.h's
 * delta_squash and delta_record_invert, delta_record_concurrent, delta_record_amend. */
#ifndef RECORD_SQUASH_H
#define RECORD_SQUASH_H

#include "record/record.h"

#endif
