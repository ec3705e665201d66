/* Records made from records. The interface is delta.h's delta_record_amend and delta_record_invert.
 */
#ifndef RECORD_EDIT_H
#define RECORD_EDIT_H

#include "record/record.h"

/* A copy of the record with its patches open. Refused are a masked record, one that requires its
 * base where `base` is NULL, and a base that is not the record's. */
struct delta_record *record_open(struct delta_arena *arena, const struct delta_record *record,
                                 const struct delta_value *base, struct delta_err *err);

#endif
