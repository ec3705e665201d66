/* Text about many things: a heading for each. */
#ifndef REPORT_SECTION_H
#define REPORT_SECTION_H

#include "delta.h"

/* Appends the line that names a thing; `mark` is "+ ", "- " or "". Failure shows in out->failed. */
void section_heading(struct delta_buf *out, bool color, const char *mark, const char *key,
                     size_t length);

#endif
