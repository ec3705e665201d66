/* The log of static analysis that code scanning reads: a result for each change, at its line, whose
 * rule is the kind of change. Columns are left out: SARIF counts them in characters, positions of
 * changes are bytes. Source: SARIF 2.1.0 (OASIS), sections 3.13, 3.14, 3.20, 3.27 and 3.28. */
#include "report/sarif_report.h"

#include "cli/cli.h"
#include "cli/json_text.h"

#include <jansson.h>
#include <string.h>

enum {
    MOST_RESULTS = 25000, /* code scanning of GitHub takes no more of a run */
    MOST_VALUE = 200,     /* bytes of a value in a message */
};

/* The path as a URI reference: all but what RFC 3986 leaves unreserved, and '/', is escaped. */
static void put_uri(struct delta_buf *out, const char *path) {
    static const char safe[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    for (; *path; path++)
        delta_buf_printf(out, strchr(safe, *path) ? "%c" : "%%%02X", (unsigned char)*path);
}

/* Appends a result (`rule` is a kind of change) or a notification (NULL), at
 * its place, to an array. */
static void put_message(struct delta_buf *out, bool first, const char *rule, const char *level,
                        const struct file_report *file, const char *text, size_t length,
                        uint64_t line) {
    struct delta_buf visible = {0}, uri = {0};
    delta_visible_write(text, length, &visible);
    put_uri(&uri, file->path);
    json_t *region = line ? json_pack("{s:I}", "startLine", (json_int_t)line) : NULL;
    json_t *object =
        json_pack("{s:s, s:{s:s%}, s:[{s:{s:{s:s%}, s:o*}}]}", "level", level, "message", "text",
                  visible.data, visible.length, "locations", "physicalLocation", "artifactLocation",
                  "uri", uri.data, uri.length, "region", region);
    delta_buf_printf(out, "%s\n", first ? "" : ",");
    out->failed |= rule && json_object_set_new(object, "ruleId", json_string(rule));
    cli_json_text(object, JSON_COMPACT, out);
    out->failed |= (line && !region) || visible.failed || uri.failed;
    json_decref(object);
    delta_buf_free(&visible);
    delta_buf_free(&uri);
}

static void put_result(struct file_reports *reports, const struct file_report *file,
                       enum delta_change_kind kind, const struct delta_buf *text, uint64_t line) {
    if (reports->listed == MOST_RESULTS) {
        reports->left_out++;
        return;
    }
    put_message(&reports->body, reports->listed == 0, delta_change_name(kind),
                reports->failing >> kind & 1 ? "error" : "note", file, text->data, text->length,
                line);
    reports->body.failed |= text->failed;
    reports->listed++;
}

int sarif_report_add(struct file_reports *reports, const struct file_report *file) {
    struct delta_buf text = {0};
    switch (file->outcome) {
    case FILE_UNREADABLE:
        put_message(&reports->notes, reports->files[FILE_UNREADABLE] == 1, NULL, "error", file,
                    file->err->text, strlen(file->err->text), file->err->line);
        break;
    case FILE_ADDED:
        delta_buf_printf(&text, "file added");
        put_result(reports, file, DELTA_CHANGE_ADD, &text, 1);
        break;
    case FILE_REMOVED:
        delta_buf_printf(&text, "file removed");
        put_result(reports, file, DELTA_CHANGE_REMOVE, &text, 1);
        break;
    default:
        for (size_t i = 0; i < file->changes->count; i++) {
            const struct change_row *row = &file->changes->rows[i];
            text.length = 0;
            change_row_put_line(row, MOST_VALUE, &text);
            put_result(reports, file, row->kind, &text, row->new_line);
        }
    }
    delta_buf_free(&text);
    return 0;
}

int sarif_report_end(struct file_reports *reports) {
    static const char *const descriptions[CHANGE_KINDS] = {
        [DELTA_CHANGE_ADD] = "a value, or a file, was added",
        [DELTA_CHANGE_REMOVE] = "a value, or a file, was removed",
        [DELTA_CHANGE_REPLACE] = "a value was changed",
        [DELTA_CHANGE_MOVE] = "an element was moved, or a member renamed"};
    struct delta_buf out = {0}, *notes = &reports->notes;
    uint64_t unreadable = reports->files[FILE_UNREADABLE];
    delta_buf_printf(&out,
                     "{\"version\":\"2.1.0\",\"$schema\":"
                     "\"https://json.schemastore.org/sarif-2.1.0.json\",\"runs\":[{"
                     "\"tool\":{\"driver\":{\"name\":\"delta-diff\",\"version\":\"" DELTA_VERSION
                     "\",\"rules\":[");
    for (int kind = 0; kind < CHANGE_KINDS; kind++)
        delta_buf_printf(&out, "%s{\"id\":\"%s\",\"shortDescription\":{\"text\":\"%s\"}}",
                         kind ? "," : "", delta_change_name((enum delta_change_kind)kind),
                         descriptions[kind]);
    delta_buf_printf(&out, "]}},\n\"results\":[");
    delta_buf_put(&out, reports->body.data, reports->body.length);
    delta_buf_printf(&out,
                     "],\n\"invocations\":[{\"executionSuccessful\":%s,"
                     "\"toolExecutionNotifications\":[",
                     unreadable ? "false" : "true");
    delta_buf_put(&out, notes->data, notes->length);
    if (reports->left_out)
        delta_buf_printf(&out,
                         "%s\n{\"level\":\"warning\",\"message\":{\"text\":"
                         "\"%llu more changes are not listed\"}}",
                         unreadable ? "," : "", (unsigned long long)reports->left_out);
    delta_buf_printf(&out, "]}]}]}\n");
    int status = out.failed || reports->body.failed || notes->failed
                     ? (cli_fail(reports->cli, "out of memory"), -1)
                     : cli_write_buf(reports->cli, &out);
    delta_buf_free(&out);
    return status;
}
