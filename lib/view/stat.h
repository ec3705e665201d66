/* How much changed where: one bar for each top-level path. */
#ifndef VIEW_STAT_H
#define VIEW_STAT_H

#include "view/text.h"

/* Appends a line for each top-level path that has changes, with their number and a bar of `+ - ~ >`
 * like `git diff --stat`, and a line that counts all; nothing for an empty patch. Paths
 * are cut and bars scaled to options->width (0: 80) columns, but lines may take 30. Fails as
 * text_write. */
int stat_write(const struct delta_value *base, const struct delta_patch *patch,
               const struct text_options *options, struct delta_buf *buf, struct delta_err *err);

#endif
