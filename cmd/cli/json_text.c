#include "cli/json_text.h"

static int put(const char *bytes, size_t length, void *out) {
    struct delta_buf *buf = out;
    delta_buf_put(buf, bytes, length);
    return buf->failed ? -1 : 0;
}

void cli_json_text(const json_t *value, size_t flags, struct delta_buf *out) {
    out->failed |= !value || json_dump_callback(value, put, out, flags);
}

int cli_json_visible(const struct delta_value *value, struct delta_buf *out,
                     struct delta_err *err) {
    struct delta_buf json = {0};
    int status = delta_write(value, DELTA_COMPACT, 0, &json, err);
    if (status == 0)
        delta_visible_write(json.data, json.length, out);
    out->failed |= json.failed;
    delta_buf_free(&json);
    return status;
}
