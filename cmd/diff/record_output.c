#include "diff/record_output.h"

/* With --keyed it is KEY TAB RECORD, one line. */
static void put_keyed(const struct delta_record *record, bool packed, const struct delta_buf *bytes,
                      struct delta_buf *line) {
    struct delta_record_info info;
    size_t length;
    delta_record_info(record, &info);
    const char *key = delta_value_text(info.key, &length);
    record_format_keyed(key, length, packed, bytes, line);
}

static int write_record(struct cli *cli, const struct options *options,
                        const struct delta_record *record, const struct delta_value *old_state,
                        const struct delta_diff_options *diff) {
    struct delta_record_format format = {
        .packed = diff->packed, .level = diff->level, .standalone = diff->standalone};
    struct delta_buf bytes = {0}, line = {0};
    struct delta_err err = {0};
    int status = CLI_TROUBLE;
    if (delta_record_write(record, old_state, &format, &bytes, &err)) {
        status = cli_error(cli, &err);
    } else {
        if (options->keyed.keyed)
            put_keyed(record, diff->packed, &bytes, &line);
        const struct delta_buf *out = options->keyed.keyed ? &line : &bytes;
        status = out->failed               ? cli_fail(cli, "out of memory")
                 : cli_write_buf(cli, out) ? CLI_TROUBLE
                                           : CLI_OK;
    }
    delta_buf_free(&line);
    delta_buf_free(&bytes);
    return status;
}

/* The record for people: on a terminal through the pager, its values cut to the width. */
static int write_text(struct cli *cli, const struct options *options,
                      const struct delta_record *record, const struct delta_value *old_state,
                      const struct delta_diff_options *diff) {
    const struct delta_text_options text = {
        .width = options_text_width(cli, options), .color = cli_color(cli), .filter = diff->filter};
    struct delta_buf buf = {0};
    struct delta_err err = {0};
    int status = CLI_TROUBLE;
    if (options->stat ? delta_stat_write(record, old_state, &text, &buf, &err)
                      : delta_text_write(record, old_state, &text, &buf, &err))
        status = cli_error(cli, &err);
    else if (cli_page(cli, &buf) == 0)
        status = CLI_OK;
    delta_buf_free(&buf);
    return status;
}

/* A JSON Patch or a merge patch, and a newline. */
static int write_foreign(struct cli *cli, const struct options *options,
                         const struct delta_record *record, const struct delta_value *old_state) {
    struct delta_buf buf = {0};
    struct delta_err err = {0};
    int status = CLI_TROUBLE;
    if (options->how.format == FORMAT_JSON_PATCH
            ? delta_json_patch_write(record, old_state, options->test, &buf, &err)
            : delta_merge_patch_write(record, old_state, &buf, &err))
        status = cli_error(cli, &err);
    else if (cli_write_buf(cli, &buf) == 0 && cli_write(cli, "\n", 1) == 0)
        status = CLI_OK;
    delta_buf_free(&buf);
    return status;
}

int record_output(struct cli *cli, const struct options *options,
                  const struct delta_diff_options *diff, const struct delta_record *record,
                  const struct delta_value *old_state, struct report *report) {
    if (options->report != REPORT_NONE)
        report_add(report, record);
    if (options->stat || options->how.format == FORMAT_TEXT)
        return write_text(cli, options, record, old_state, diff);
    if (!options_write_records(options))
        return write_foreign(cli, options, record, old_state);
    if (options->how.format == FORMAT_BSDIFF)
        return record_format_put_bsdiff(cli, record) < 0 ? CLI_TROUBLE : CLI_OK;
    return write_record(cli, options, record, old_state, diff);
}
