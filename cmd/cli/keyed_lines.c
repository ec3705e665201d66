/* Most values are one line, so that a line is read as a value first. Where that fails, the value is
 * searched for its end (value_end.h), over as many lines as it takes, and read then; as long as
 * values do not end where lines do, the search comes first. So every byte is looked at twice at
 * most, and a value that is damaged ends where the damage is, not at the end of the input. */
#include "cli/keyed_lines.h"

#include "cli/value_end.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The options ---- */

/* The length of the text up to the first `stop` that no backslash is before. */
static size_t find_unescaped(const char *text, char stop) {
    size_t at = 0;
    while (text[at] && text[at] != stop)
        at += text[at] == '\\' && text[at + 1] ? 2 : 1;
    return at;
}

/* The pointer in the first `length` bytes of `text`, without its backslashes. */
static int parse_pointer(struct cli *cli, const char *option, const char *text, size_t length,
                         struct keyed_pointer *pointer) {
    char *plain = cli_alloc(cli, length + 1, 1);
    if (!plain)
        return CLI_TROUBLE;
    *pointer = (struct keyed_pointer){.text = plain};
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\\' && i + 1 < length)
            i++;
        plain[pointer->length++] = text[i];
    }
    return delta_pointer_valid(plain, pointer->length)
               ? CLI_GO
               : cli_usage(cli, "--%s: '%s' is not a JSON Pointer", option, plain);
}

static int parse_by(struct cli *cli, const char *by, struct keyed_lines *lines) {
    int status = CLI_GO;
    lines->by = cli_alloc(cli, strlen(by) + 1, sizeof *lines->by);
    if (!lines->by)
        return CLI_TROUBLE;
    for (bool more = true; more && status == CLI_GO;) {
        size_t length = find_unescaped(by, ',');
        status = parse_pointer(cli, "by", by, length, &lines->by[lines->by_count++]);
        more = by[length] == ',';
        by += length + more;
    }
    return status;
}

static int parse_options(struct cli *cli, const struct keyed_options *options,
                         struct keyed_lines *lines) {
    if (options->end_when && !options->by && !options->keyed)
        return cli_usage(cli, "--end-when needs --by or --keyed");
    int status = options->by ? parse_by(cli, options->by, lines) : CLI_GO;
    lines->keyed = options->keyed && !options->by;
    if (status == CLI_GO && options->end_when) {
        size_t length = find_unescaped(options->end_when, '=');
        status = parse_pointer(cli, "end-when", options->end_when, length, &lines->end);
        if (options->end_when[length])
            lines->end_value = options->end_when + length + 1;
    }
    return status;
}

int keyed_lines_open(struct cli *cli, struct keyed_lines *lines, const char *path,
                     const struct keyed_options *options) {
    *lines = (struct keyed_lines){.lines.fd = -1, .scratch = delta_arena_new()};
    if (!lines->scratch)
        return cli_fail(cli, "out of memory");
    int status = parse_options(cli, options, lines);
    if (status == CLI_GO)
        status = cli_lines_open(cli, &lines->lines, path, 0);
    lines->lines.tabs = lines->keyed;
    return status;
}

void keyed_lines_close(struct keyed_lines *lines) {
    cli_lines_close(&lines->lines);
    delta_arena_free(lines->scratch);
    *lines = (struct keyed_lines){.lines.fd = -1};
}

/* ---- Values ---- */

void keyed_lines_place(const struct keyed_lines *lines, struct delta_err *err) {
    cli_lines_place(&lines->lines, err);
}

/* Says what is wrong with the value read last. */
static int refuse(struct cli *cli, const struct keyed_lines *lines, struct delta_err *err) {
    keyed_lines_place(lines, err);
    cli_error(cli, err);
    return -1;
}

static int refuse_text(struct cli *cli, const struct keyed_lines *lines,
                       const struct keyed_pointer *pointer, const char *text) {
    struct delta_err err = {.code = DELTA_ERR_SYNTAX, .has_pointer = pointer != NULL};
    (void)snprintf(err.text, sizeof err.text, "%s", text);
    if (pointer)
        (void)snprintf(err.pointer, sizeof err.pointer, "%.*s", (int)pointer->length,
                       pointer->text);
    return refuse(cli, lines, &err);
}

/* The text from `line` on, which is one line, becomes the bytes of one value: 1, or -1. */
static int find_value(struct cli *cli, struct keyed_lines *lines, struct keyed_line *line) {
    static const char mark[] = {'\xef', '\xbb', '\xbf'}; /* that may precede the first value */
    struct value_end end = {0};
    bool marked = line->number == 1 && !lines->lines.column && line->length > sizeof mark &&
                  memcmp(line->text, mark, sizeof mark) == 0;
    size_t from = marked ? sizeof mark : 0, used = 0, lines_taken = 1;
    while (!value_end_find(&end, line->text + from, line->length - from, &used)) {
        from = line->length + 1;
        used = 0;
        if (value_end_find(&end, "\n", 1, &used)) {
            lines->spanning = lines_taken > 1;
            return 1;
        }
        int more = cli_lines_extend(cli, &lines->lines, &line->text, &line->length);
        if (more <= 0)
            return more < 0 ? -1 : 1;
        lines_taken++;
    }
    lines->spanning = lines_taken > 1 || from + used < line->length;
    cli_lines_cut(&lines->lines, from + used);
    line->length = from + used;
    return 1;
}

/* Reads the value that begins in the line. */
static int read_value(struct cli *cli, struct keyed_lines *lines, struct delta_arena *arena,
                      unsigned use, struct keyed_line *line) {
    struct delta_err err = {0};
    if (!lines->by || !lines->spanning) {
        line->value = delta_read_for(arena, use, line->text, line->length, lines->lines.name, &err);
        if (line->value)
            return 1;
        if (!lines->by || err.code != DELTA_ERR_SYNTAX)
            return refuse(cli, lines, &err);
        err = (struct delta_err){0};
    }
    if (find_value(cli, lines, line) < 0)
        return -1;
    line->value = delta_read_for(arena, use, line->text, line->length, lines->lines.name, &err);
    return line->value ? 1 : refuse(cli, lines, &err);
}

/* ---- Keys ---- */

/* True when the string can be a key as it is: see keyed_lines_next. */
static bool is_plain(const struct keyed_lines *lines, const char *text, size_t length) {
    size_t spaces = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < ' ' || (c == 0xed && (unsigned char)text[i + 1] >= 0xa0))
            return false;
    }
    while (spaces < length && text[spaces] == ' ')
        spaces++;
    if (spaces == length || !strchr("{[\"-0123456789tfn", text[spaces]))
        return true;
    bool json = delta_read_for(lines->scratch, 0, text, length, NULL, NULL) != NULL;
    delta_arena_clear(lines->scratch);
    return !json;
}

/* The key of these bytes, or of the canonical form of the value; NULL (reported). */
static const struct delta_value *make_key(struct cli *cli, const struct keyed_lines *lines,
                                          struct delta_arena *arena, const char *bytes,
                                          size_t length, const struct delta_value *value) {
    struct delta_buf text = {0};
    struct delta_err err = {0};
    const struct delta_value *key = NULL;
    if (value && delta_write(value, DELTA_CANONICAL, 0, &text, &err) == 0) {
        bytes = text.data;
        length = text.length;
    }
    if (err.code == DELTA_OK)
        key = delta_value_string(arena, bytes, length, &err);
    if (!key)
        refuse(cli, lines, &err);
    delta_buf_free(&text);
    return key;
}

/* The key that is in the value; NULL (reported). */
static const struct delta_value *find_key(struct cli *cli, const struct keyed_lines *lines,
                                          struct delta_arena *arena,
                                          const struct delta_value *value) {
    struct delta_err err = {0};
    const struct delta_value *one = NULL;
    const struct delta_value **parts = calloc(lines->by_count, sizeof(const struct delta_value *));
    if (!parts)
        return (void)cli_fail(cli, "out of memory"), NULL;
    for (size_t i = 0; i < lines->by_count; i++) {
        const struct keyed_pointer *pointer = &lines->by[i];
        parts[i] = delta_value_at(value, pointer->text, pointer->length, &err);
        if (!parts[i]) {
            refuse_text(cli, lines, pointer, "the key is missing");
            free(parts);
            return NULL;
        }
    }
    one = lines->by_count == 1 ? parts[0] : delta_value_array(arena, parts, lines->by_count, &err);
    free(parts);
    if (!one)
        return (void)refuse(cli, lines, &err), NULL;
    size_t length;
    const char *text = delta_value_text(one, &length);
    if (delta_value_type(one) == DELTA_STRING && is_plain(lines, text, length))
        return one;
    return make_key(cli, lines, arena, NULL, 0, one);
}

/* Takes the key off the beginning of the line: 1, or -1. */
static int split_key(struct cli *cli, struct keyed_lines *lines, struct delta_arena *arena,
                     struct keyed_line *line) {
    const char *tab = memchr(line->text, '\t', line->length);
    if (!tab)
        return refuse_text(cli, lines, NULL, "expected a key, a tab and a value");
    size_t length = (size_t)(tab - line->text);
    line->key = make_key(cli, lines, arena, line->text, length, NULL);
    line->text = tab + 1;
    line->length -= length + 1;
    lines->lines.column += length + 1;
    return line->key ? 1 : -1;
}

/* True when the value marks the end of its thing. */
static bool is_end(const struct keyed_lines *lines, const struct delta_value *value) {
    const struct delta_value *mark =
        lines->end.text ? delta_value_at(value, lines->end.text, lines->end.length, NULL) : NULL;
    if (!mark)
        return false;
    size_t length = 0;
    const char *text = delta_value_text(mark, &length);
    enum delta_type type = delta_value_type(mark);
    if (!text) {
        text = type == DELTA_NULL    ? "null"
               : type == DELTA_FALSE ? "false"
               : type == DELTA_TRUE  ? "true"
                                     : NULL;
        length = text ? strlen(text) : 0;
    }
    if (!lines->end_value)
        return type != DELTA_NULL && type != DELTA_FALSE;
    return text && strlen(lines->end_value) == length &&
           memcmp(lines->end_value, text, length) == 0;
}

int keyed_lines_next(struct cli *cli, struct keyed_lines *lines, struct delta_arena *arena,
                     unsigned use, struct keyed_line *line) {
    *line = (struct keyed_line){0};
    int got = cli_lines_next(cli, &lines->lines, &line->text, &line->length);
    line->number = lines->lines.first;
    line->column = lines->lines.column;
    if (got > 0 && lines->keyed) {
        got = split_key(cli, lines, arena, line);
        line->column = lines->lines.column;
        line->ended = got > 0 && cli_is_blank(line->text, line->length);
        if (line->ended)
            return 1;
    }
    if (got > 0)
        got = read_value(cli, lines, arena, use, line);
    if (got > 0 && lines->by && !(line->key = find_key(cli, lines, arena, line->value)))
        return -1;
    if (got > 0)
        line->ended = is_end(lines, line->value);
    return got;
}
