#include "report/section.h"

void section_heading(struct delta_buf *out, bool color, const char *mark, const char *key,
                     size_t length) {
    delta_buf_printf(out, "%s%s", color ? "\33[1m" : "", mark);
    delta_visible_write(key, length, out);
    delta_buf_printf(out, "%s\n", color ? "\33[m" : "");
}
