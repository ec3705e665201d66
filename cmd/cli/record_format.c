#include "cli/record_format.h"

#include "report/change_list.h"

const struct cli_word record_format_all[] = {
    {"json", FORMAT_JSON},
    {"packed", FORMAT_PACKED},
    {"text", FORMAT_TEXT},
    {"changes", FORMAT_CHANGES},
    {"json-patch", FORMAT_JSON_PATCH},
    {"merge-patch", FORMAT_MERGE_PATCH},
    {"bsdiff", FORMAT_BSDIFF},
    {NULL, 0},
};

const struct cli_word record_format_reports[] = {
    {"json", FORMAT_JSON},
    {"packed", FORMAT_PACKED},
    {"text", FORMAT_TEXT},
    {"changes", FORMAT_CHANGES},
    {"json-patch", FORMAT_JSON_PATCH},
    {"merge-patch", FORMAT_MERGE_PATCH},
    {"bsdiff", FORMAT_BSDIFF},
    {"github", FORMAT_GITHUB},
    {"markdown", FORMAT_MARKDOWN},
    {"junit", FORMAT_JUNIT},
    {"sarif", FORMAT_SARIF},
    {"html", FORMAT_HTML},
    {NULL, 0},
};

const struct cli_word record_format_structural[] = {
    {"json", FORMAT_JSON},
    {"packed", FORMAT_PACKED},
    {"text", FORMAT_TEXT},
    {"changes", FORMAT_CHANGES},
    {"json-patch", FORMAT_JSON_PATCH},
    {"merge-patch", FORMAT_MERGE_PATCH},
    {NULL, 0},
};

const struct cli_word record_format_streams[] = {
    {"json", FORMAT_JSON},
    {"packed", FORMAT_PACKED},
    {NULL, 0},
};

/* The library's words for it. */
static struct delta_record_format record_format_of(const struct record_format *how) {
    return (struct delta_record_format){.packed = record_format_is_packed(how),
                                        .level = (int)how->level,
                                        .standalone = how->standalone};
}

int record_format_write(struct cli *cli, const struct record_format *how,
                        const struct delta_record *record, const struct delta_value *base,
                        struct delta_buf *out, struct delta_err *err) {
    struct delta_record_format format = record_format_of(how);
    struct delta_text_options text = {.width = cli_is_terminal(cli) ? cli_columns(cli) : 0,
                                      .color = cli_color(cli)};
    switch (how->format) {
    case FORMAT_TEXT:
        return delta_text_write(record, base, &text, out, err);
    case FORMAT_JSON_PATCH:
        return delta_json_patch_write(record, base, false, out, err);
    case FORMAT_CHANGES:
        return change_list_write(record, &(const struct change_state){.state = base},
                                 &(const struct change_state){0}, NULL, out, err);
    case FORMAT_MERGE_PATCH:
        return delta_merge_patch_write(record, base, out, err);
    default:
        return delta_record_write(record, base, &format, out, err);
    }
}

int record_format_put(struct cli *cli, const struct record_format *how,
                      const struct delta_buf *bytes) {
    bool patch = how->format == FORMAT_JSON_PATCH || how->format == FORMAT_MERGE_PATCH;
    if (cli_output_open(cli, record_format_is_packed(how)) < 0 || cli_write_buf(cli, bytes) < 0)
        return -1;
    return patch ? cli_write(cli, "\n", 1) : 0;
}

void record_format_keyed(const char *key, size_t key_length, bool packed,
                         const struct delta_buf *bytes, struct delta_buf *line) {
    delta_buf_put(line, key, key_length);
    delta_buf_put(line, "\t", 1);
    if (!packed) {
        delta_buf_put(line, bytes->data, bytes->length);
        return;
    }
    delta_base64_write(bytes->data, bytes->length, line);
    delta_buf_put(line, "\n", 1);
}

int record_format_put_bsdiff(struct cli *cli, const struct delta_record *record) {
    size_t length;
    const char *patch = delta_record_payload(record, &length);
    return cli_output_open(cli, true) < 0 ? -1 : cli_write(cli, patch, length);
}
