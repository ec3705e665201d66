#include "cli/json_text.h"

static int put(const char *bytes, size_t length, void *out) {
    struct delta_buf *buf = out;
    delta_buf_put(buf, bytes, length);
    return buf->failed ? -1 : 0;
}

void cli_json_text(const json_t *value, size_t flags, struct delta_buf *out) {
    out->failed |= !value || json_dump_callback(value, put, out, flags);
}
