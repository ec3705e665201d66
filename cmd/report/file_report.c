/* Each format is a row of a table: what one file adds, and what comes at the end.
 *
 *     changes    NDJSON, one change a line (delta-changes(5))
 *     github     workflow commands ("Workflow commands for GitHub Actions"), which become
 *                annotations at a line of a file
 *     markdown   for a step summary or a comment: folded per file
 *     junit      the XML that CI servers read: a test case a file
 *     html       a page for a browser, old and new side by side
 */
#include "report/file_report.h"

#include "cli/cli.h"
#include "report/html_report.h"

#include <string.h>

enum {
    MOST_ANNOTATIONS = 50,      /* GitHub shows no more of a step */
    MOST_MARKDOWN = 60 * 1024,  /* bytes; a comment may have 65,536 characters */
    MOST_FILE_TEXT = 8 * 1024,  /* bytes of one file's changes in markdown */
    MOST_JUNIT_TEXT = 64 * 1024 /* bytes of one file's changes in junit */
};

static void put(struct delta_buf *buf, const char *text) {
    delta_buf_put(buf, text, strlen(text));
}

/* ---- Totals ---- */

void file_reports_put_totals(const uint64_t files[FILE_OUTCOMES], struct delta_buf *buf) {
    static const char *const words[FILE_OUTCOMES] = {[FILE_SAME] = "the same",
                                                     [FILE_CHANGED] = "changed",
                                                     [FILE_ADDED] = "added",
                                                     [FILE_REMOVED] = "removed",
                                                     [FILE_UNREADABLE] = "unreadable"};
    static const enum file_outcome order[] = {FILE_ADDED, FILE_REMOVED, FILE_CHANGED, FILE_SAME,
                                              FILE_UNREADABLE};
    bool first = true;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        uint64_t count = files[order[i]];
        if (!count)
            continue;
        delta_buf_printf(buf, "%s%llu %s%s", first ? "" : ", ", (unsigned long long)count,
                         !first       ? ""
                         : count == 1 ? "file "
                                      : "files ",
                         words[order[i]]);
        first = false;
    }
    if (first)
        put(buf, "no files");
}

/* ---- changes ---- */

/* A file that was added or removed is a change of the empty path. */
static int add_changes(struct file_reports *reports, const struct file_report *file) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct delta_buf out = {0};
    int status = arena ? 0 : (cli_fail(reports->cli, "out of memory"), -1);
    const struct change_origin origin = {
        .key = arena && file->key ? delta_value_string_of(arena, file->key, &err) : NULL};
    for (size_t i = 0; status == 0 && i < file->changes->count; i++)
        change_row_write(arena, &file->changes->rows[i], &origin, &out, &err);
    if (status == 0 && (err.code != DELTA_OK || out.failed)) {
        if (err.code != DELTA_OK)
            cli_error(reports->cli, &err);
        else
            cli_fail(reports->cli, "out of memory");
        status = -1;
    }
    if (status == 0 && out.length)
        status = cli_write_buf(reports->cli, &out);
    delta_buf_free(&out);
    delta_arena_free(arena);
    return status;
}

/* ---- github ---- */

/* The message of a workflow command, or, with ':' and ',' escaped as well, a property of it. */
static void put_escaped(struct delta_buf *out, const char *text, size_t length, bool property) {
    struct delta_buf visible = {0};
    delta_visible_write(text, length, &visible);
    for (size_t i = 0; i < visible.length; i++) {
        char c = visible.data[i];
        if (c == '%' || (property && (c == ':' || c == ',')))
            delta_buf_printf(out, "%%%02X", (unsigned)(unsigned char)c);
        else
            delta_buf_put(out, &c, 1);
    }
    out->failed |= visible.failed;
    delta_buf_free(&visible);
}

enum { GITHUB_VALUE = 200 }; /* bytes of a value in a message */

static void put_short(struct delta_buf *out, const struct delta_value *value) {
    struct delta_buf json = {0};
    if (delta_write(value, DELTA_COMPACT, 0, &json, NULL) == 0) {
        size_t length = json.length;
        if (length > GITHUB_VALUE)
            for (length = GITHUB_VALUE; ((unsigned char)json.data[length] & 0xc0) == 0x80;)
                length--;
        put_escaped(out, json.data, length, false);
        if (length < json.length)
            put(out, "…");
    }
    out->failed |= json.failed;
    delta_buf_free(&json);
}

static void put_command(const struct file_reports *reports, const struct file_report *file,
                        enum delta_change_kind kind, const struct change_row *row,
                        struct delta_buf *out) {
    put(out, reports->failing >> kind & 1 ? "::error file=" : "::notice file=");
    put_escaped(out, file->path, strlen(file->path), true);
    if (row && row->new_line)
        delta_buf_printf(out, ",line=%llu,col=%llu", (unsigned long long)row->new_line,
                         (unsigned long long)row->new_column);
}

static void put_annotation(const struct file_reports *reports, const struct file_report *file,
                           const struct change_row *row, struct delta_buf *out) {
    static const char *const marks[CHANGE_KINDS] = {"+ ", "- ", "~ ", "> "};
    put_command(reports, file, row->kind, row, out);
    put(out, "::");
    put(out, marks[row->kind]);
    if (row->path.length)
        put_escaped(out, row->path.bytes, row->path.length, false);
    else
        put(out, "(root)");
    if (row->label.length) {
        put(out, " {");
        put_escaped(out, row->label.bytes, row->label.length, false);
        put(out, "}");
    }
    if (row->kind == DELTA_CHANGE_MOVE) {
        put(out, "  from ");
        put_escaped(out, row->from.bytes, row->from.length, false);
    }
    if (row->old_value) {
        put(out, "  ");
        put_short(out, row->old_value);
    }
    if (row->new_value) {
        put(out, row->kind == DELTA_CHANGE_REPLACE ? " -> " : "  ");
        put_short(out, row->new_value);
    }
    put(out, "\n");
}

static int add_github(struct file_reports *reports, const struct file_report *file) {
    struct delta_buf out = {0};
    uint64_t before = reports->listed;
    if (file->outcome == FILE_UNREADABLE) {
        put(&out, "::error file=");
        put_escaped(&out, file->path, strlen(file->path), true);
        if (file->err->line)
            delta_buf_printf(&out, ",line=%llu,col=%llu", (unsigned long long)file->err->line,
                             (unsigned long long)file->err->column);
        put(&out, "::");
        put_escaped(&out, file->err->text, strlen(file->err->text), false);
        put(&out, "\n");
    } else if (file->outcome == FILE_ADDED || file->outcome == FILE_REMOVED) {
        bool added = file->outcome == FILE_ADDED;
        if (reports->listed < MOST_ANNOTATIONS) {
            put_command(reports, file, added ? DELTA_CHANGE_ADD : DELTA_CHANGE_REMOVE, NULL, &out);
            put(&out, added ? "::file added\n" : "::file removed\n");
            reports->listed++;
        } else {
            reports->left_out++;
        }
    } else {
        for (size_t i = 0; i < file->changes->count && reports->listed < MOST_ANNOTATIONS; i++) {
            put_annotation(reports, file, &file->changes->rows[i], &out);
            reports->listed++;
        }
        reports->left_out += file->changes->count - (size_t)(reports->listed - before);
    }
    int status = out.failed ? (cli_fail(reports->cli, "out of memory"), -1) : 0;
    if (status == 0 && out.length)
        status = cli_write_buf(reports->cli, &out);
    delta_buf_free(&out);
    return status;
}

static int end_github(struct file_reports *reports) {
    if (!reports->left_out)
        return 0;
    struct delta_buf totals = {0};
    file_reports_put_totals(reports->files, &totals);
    int status = cli_printf(reports->cli, "::notice::%llu more changes are not listed; %.*s\n",
                            (unsigned long long)reports->left_out, (int)totals.length, totals.data);
    delta_buf_free(&totals);
    return status;
}

/* ---- markdown ---- */

/* What is in <code> and <summary>: HTML. */
static void put_html(struct delta_buf *out, const char *text, size_t length) {
    struct delta_buf visible = {0};
    delta_visible_write(text, length, &visible);
    for (size_t i = 0; i < visible.length; i++) {
        char c = visible.data[i];
        switch (c) {
        case '&':
            put(out, "&amp;");
            break;
        case '<':
            put(out, "&lt;");
            break;
        case '>':
            put(out, "&gt;");
            break;
        case '"':
            put(out, "&quot;");
            break;
        default:
            delta_buf_put(out, &c, 1);
        }
    }
    out->failed |= visible.failed;
    delta_buf_free(&visible);
}

/* Backticks in a row in the text, at most; the fence around it has one more. */
static size_t longest_fence(const struct delta_buf *text) {
    size_t longest = 2, run = 0;
    for (size_t i = 0; i < text->length; i++) {
        run = text->data[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

/* Whole lines of the text, up to `most` bytes. */
static size_t whole_lines(const struct delta_buf *text, size_t most) {
    if (text->length <= most)
        return text->length;
    const char *end = memrchr(text->data, '\n', most);
    return end ? (size_t)(end - text->data) + 1 : 0;
}

static void put_fence(struct delta_buf *out, size_t length) {
    for (size_t i = 0; i <= length; i++)
        put(out, "`");
}

/* Lines of a diff block whose first column is `~` or `>` get the `!` that GitHub colours. */
static void put_block(struct delta_buf *out, const struct delta_buf *text) {
    size_t fence = longest_fence(text), shown = whole_lines(text, MOST_FILE_TEXT);
    put_fence(out, fence);
    put(out, "diff\n");
    for (size_t start = 0; start < shown;) {
        const char *newline = memchr(text->data + start, '\n', shown - start);
        size_t end = newline ? (size_t)(newline - text->data) + 1 : shown;
        bool marked = text->data[start] == '~' || text->data[start] == '>';
        if (marked)
            put(out, "!");
        delta_buf_put(out, text->data + start + marked, end - start - marked);
        start = end;
    }
    if (shown < text->length)
        put(out, "…\n");
    put_fence(out, fence);
    put(out, "\n");
}

static void put_markdown_file(struct delta_buf *out, const struct file_report *file) {
    const char *name = file->key ? file->key : file->path;
    put(out, "\n<details><summary><code>");
    put_html(out, name, strlen(name));
    put(out, "</code> ");
    switch (file->outcome) {
    case FILE_ADDED:
        put(out, "added</summary></details>\n");
        return;
    case FILE_REMOVED:
        put(out, "removed</summary></details>\n");
        return;
    case FILE_UNREADABLE:
        put(out, "<b>unreadable</b>: ");
        if (file->err->line)
            delta_buf_printf(out, "%llu:%llu: ", (unsigned long long)file->err->line,
                             (unsigned long long)file->err->column);
        put_html(out, file->err->text, strlen(file->err->text));
        put(out, "</summary></details>\n");
        return;
    default:
        change_list_put_counts(file->changes->counts, out);
        put(out, "</summary>\n\n");
        put_block(out, file->text);
        put(out, "\n</details>\n");
    }
}

static int add_markdown(struct file_reports *reports, const struct file_report *file) {
    struct delta_buf part = {0};
    put_markdown_file(&part, file);
    if (reports->body.length + part.length <= MOST_MARKDOWN)
        delta_buf_put(&reports->body, part.data, part.length);
    else
        reports->files_left_out++;
    reports->body.failed |= part.failed;
    delta_buf_free(&part);
    return 0;
}

static int end_markdown(struct file_reports *reports) {
    struct delta_buf totals = {0};
    file_reports_put_totals(reports->files, &totals);
    int status = cli_printf(reports->cli, "**%.*s**\n", (int)totals.length, totals.data);
    if (status == 0 && reports->body.length)
        status = cli_write_buf(reports->cli, &reports->body);
    if (status == 0 && reports->files_left_out)
        status = cli_printf(reports->cli, "\n%llu more files are not listed.\n",
                            (unsigned long long)reports->files_left_out);
    delta_buf_free(&totals);
    return status;
}

/* ---- junit ---- */

static void put_text_file(struct delta_buf *out, const struct file_report *file) {
    size_t shown = file->text ? whole_lines(file->text, MOST_JUNIT_TEXT) : 0;
    for (size_t start = 0; start < shown;) { /* the text's own newlines stay */
        const char *newline = memchr(file->text->data + start, '\n', shown - start);
        size_t end = newline ? (size_t)(newline - file->text->data) : shown;
        put_html(out, file->text->data + start, end - start);
        put(out, "\n");
        start = end + 1;
    }
    if (file->text && shown < file->text->length)
        put(out, "…\n");
}

static int add_junit(struct file_reports *reports, const struct file_report *file) {
    struct delta_buf *out = &reports->body;
    const char *name = file->key ? file->key : file->path;
    put(out, "  <testcase classname=\"delta-diff\" name=\"");
    put_html(out, name, strlen(name));
    switch (file->outcome) {
    case FILE_SAME:
        put(out, "\"/>\n");
        break;
    case FILE_UNREADABLE:
        put(out, "\">\n    <error message=\"");
        put_html(out, file->err->text, strlen(file->err->text));
        put(out, "\"/>\n  </testcase>\n");
        break;
    default:
        put(out, "\">\n    <failure message=\"");
        if (file->outcome == FILE_ADDED)
            put(out, "file added");
        else if (file->outcome == FILE_REMOVED)
            put(out, "file removed");
        else
            change_list_put_counts(file->changes->counts, out);
        put(out, "\">");
        put_text_file(out, file);
        put(out, "</failure>\n  </testcase>\n");
    }
    return 0;
}

static int end_junit(struct file_reports *reports) {
    const uint64_t *files = reports->files;
    uint64_t failures = files[FILE_CHANGED] + files[FILE_ADDED] + files[FILE_REMOVED];
    unsigned long long tests = failures + files[FILE_SAME] + files[FILE_UNREADABLE];
    int status =
        cli_printf(reports->cli,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
                   "<testsuite name=\"delta-diff\" tests=\"%llu\" failures=\"%llu\" "
                   "errors=\"%llu\">\n",
                   tests, (unsigned long long)failures, (unsigned long long)files[FILE_UNREADABLE]);
    if (status == 0 && reports->body.length)
        status = cli_write_buf(reports->cli, &reports->body);
    return status ? status : cli_write_text(reports->cli, "</testsuite>\n</testsuites>\n");
}

/* ---- html ---- */

static int add_html(struct file_reports *reports, const struct file_report *file) {
    static const char *const notes[FILE_OUTCOMES] = {
        [FILE_ADDED] = "added", [FILE_REMOVED] = "removed"};
    const char *note = file->outcome == FILE_UNREADABLE ? file->err->text : notes[file->outcome];
    html_report_file(file->key ? file->key : file->path, note, file->changes, &reports->body);
    return 0;
}

static int end_html(struct file_reports *reports) {
    struct delta_buf totals = {0}, head = {0};
    file_reports_put_totals(reports->files, &totals);
    html_report_begin(totals.data, totals.length, &head);
    html_report_end(&reports->body);
    head.failed |= totals.failed || reports->body.failed;
    int status = head.failed ? (cli_fail(reports->cli, "out of memory"), -1)
                             : cli_write_buf(reports->cli, &head);
    if (status == 0)
        status = cli_write_buf(reports->cli, &reports->body);
    delta_buf_free(&totals);
    delta_buf_free(&head);
    return status;
}

/* ---- The table ---- */

static const struct {
    enum format format;
    int (*add)(struct file_reports *reports, const struct file_report *file);
    int (*end)(struct file_reports *reports); /* NULL: nothing */
    bool same, text; /* files that are the same are listed; the text of the changes is shown */
} formats[] = {
    {FORMAT_CHANGES, add_changes, NULL, false, false},
    {FORMAT_GITHUB, add_github, end_github, false, false},
    {FORMAT_MARKDOWN, add_markdown, end_markdown, false, true},
    {FORMAT_JUNIT, add_junit, end_junit, true, true},
    {FORMAT_HTML, add_html, end_html, false, false},
};

enum { FORMATS = sizeof formats / sizeof *formats };

static size_t row_of(enum format format) {
    size_t i = 0;
    while (i < FORMATS && formats[i].format != format)
        i++;
    return i;
}

bool file_reports_has(enum format format) {
    return row_of(format) < FORMATS;
}

bool file_reports_wants_text(enum format format) {
    return file_reports_has(format) && formats[row_of(format)].text;
}

void file_reports_begin(struct file_reports *reports, struct cli *cli, enum format format,
                        unsigned failing) {
    *reports = (struct file_reports){.cli = cli, .format = format, .failing = failing};
}

int file_reports_add(struct file_reports *reports, const struct file_report *file) {
    size_t row = row_of(reports->format);
    reports->files[file->outcome]++;
    return file->outcome == FILE_SAME && !formats[row].same ? 0 : formats[row].add(reports, file);
}

int file_reports_end(struct file_reports *reports) {
    size_t row = row_of(reports->format);
    int status = 0;
    if (reports->body.failed)
        status = (cli_fail(reports->cli, "out of memory"), -1);
    else if (formats[row].end)
        status = formats[row].end(reports);
    delta_buf_free(&reports->body);
    return status;
}
