/* A line is split into words as a shell does it: by blanks, with '…', "…" and backslashes, up to a
 * `#` that begins a word. Nothing is expanded. */
#include "cli/rules.h"

#include "cli/memory.h"
#include "cli/message.h"
#include "tree/glob.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MOST_WORDS = 3,       /* of a line: an option and its argument, and one that is too many */
    MOST_FILE = 16 << 20, /* bytes */
};

/* A file that is being read. */
struct reading {
    struct cli *cli;
    const char *file; /* as it is named in messages */
    unsigned line;
    const struct cli_option *rows;
    const char *const *outside;
    uint64_t section;
    struct rules *rules;
};

static int bad_line(const struct reading *reading, const char *format, ...) DELTA_PRINTF(2, 3);
static int bad_line(const struct reading *reading, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return cli_fail(reading->cli, "%s:%u: %s", reading->file, reading->line, text);
}

/* ---- Words ---- */

/* The next word of the line, unquoted in place. NULL at the end; `*open` when a quote does not end.
 */
static char *next_word(char **at, bool *open) {
    char *in = *at;
    while (*in == ' ' || *in == '\t' || *in == '\r')
        in++;
    if (!*in || *in == '#')
        return NULL;
    char *word = in, *out = in, quote = '\0';
    for (; *in && (quote || (*in != ' ' && *in != '\t' && *in != '\r')); in++) {
        bool escapes = *in == '\\' && quote != '\'' && in[1] && (!quote || strchr("\\\"$`", in[1]));
        if (escapes)
            *out++ = *++in;
        else if (quote ? *in == quote : *in == '\'' || *in == '"')
            quote = quote ? '\0' : *in;
        else
            *out++ = *in;
    }
    *open = quote != '\0';
    *at = *in ? in + 1 : in;
    *out = '\0';
    return word;
}

/* ---- Lines ---- */

static const struct cli_option *find_row(const struct reading *reading, const char *name,
                                         size_t length) {
    for (const struct cli_option *row = reading->rows; row->store != CLI_END; row++)
        if (row->store != CLI_GROUP && strlen(row->name) == length &&
            memcmp(row->name, name, length) == 0 && strcmp(row->name, "rules") != 0)
            return row;
    return NULL;
}

static bool is_outside(const struct reading *reading, const char *name) {
    for (const char *const *outside = reading->outside; *outside; outside++)
        if (strcmp(*outside, name) == 0)
            return true;
    return false;
}

static int check_argument(const struct reading *reading, struct rule *rule) {
    const char *name = rule->row->name;
    switch (rule->row->store) {
    case CLI_POINTERS:
        if (!delta_pointer_valid(rule->argument, strlen(rule->argument)))
            return bad_line(reading, "--%s requires a JSON Pointer such as '/a/b', not '%s'", name,
                            rule->argument);
        break;
    case CLI_MEMBERS:
        if (!argument_pair(rule->argument, true, &rule->pair) ||
            !delta_pointer_valid(rule->pair.left, rule->pair.left_length) || !*rule->pair.right)
            return bad_line(reading,
                            "--%s requires a JSON Pointer, '=' and what follows it, not '%s'", name,
                            rule->argument);
        break;
    default:
        break;
    }
    return CLI_OK;
}

static int add_rule(const struct reading *reading, const struct rule *rule) {
    struct rules *rules = reading->rules;
    struct rule *items =
        cli_room_for_one(reading->cli, rules->items, rules->count, &rules->capacity, sizeof *items);
    if (!items)
        return CLI_TROUBLE;
    rules->items = items;
    rules->items[rules->count++] = *rule;
    return CLI_OK;
}

static int read_option(struct reading *reading, char **words, size_t count) {
    const char *option = words[0], *value;
    if (strncmp(option, "--", 2) != 0)
        return bad_line(reading, "expected an option such as --ignore=/a/b, not '%s'", option);
    size_t length = strcspn(option + 2, "=");
    struct rule rule = {.row = find_row(reading, option + 2, length),
                        .section = reading->section,
                        .file = reading->file,
                        .line = reading->line};
    if (!rule.row)
        return bad_line(reading, "--%.*s is not allowed in a rules file", (int)length, option + 2);
    value = option[2 + length] ? option + 2 + length + 1 : NULL;
    size_t used = 1;
    if (rule.row->metavar && !value && count > 1)
        value = words[used++];
    if (rule.row->metavar && !value)
        return bad_line(reading, "option '--%s' requires an argument", rule.row->name);
    if (!rule.row->metavar && value)
        return bad_line(reading, "option '--%s' takes no argument", rule.row->name);
    if (used < count)
        return bad_line(reading, "one option a line: '%s' is too many", words[used]);
    if (rule.section && is_outside(reading, rule.row->name))
        return bad_line(reading, "--%s is not allowed in a section", rule.row->name);
    rule.argument = value;
    int status = check_argument(reading, &rule);
    return status == CLI_OK ? add_rule(reading, &rule) : status;
}

/* [GLOB]; blanks and a comment may follow. */
static int begin_section(struct reading *reading, char *line) {
    struct rules *rules = reading->rules;
    char *end = strrchr(line, ']'), *rest = end ? end + 1 : NULL;
    bool open;
    if (!end || end == line + 1 || next_word(&rest, &open))
        return bad_line(reading, "expected a section such as [*.json]");
    *end = '\0';
    if (rules->section_count == RULES_SECTIONS)
        return bad_line(reading, "more than %d sections", RULES_SECTIONS);
    reading->section = UINT64_C(1) << rules->section_count;
    rules->sections[rules->section_count++] = line + 1;
    return CLI_OK;
}

static int read_line(struct reading *reading, char *line) {
    char *words[MOST_WORDS], *at = line + strspn(line, " \t");
    size_t count = 0;
    bool open = false;
    if (*at == '[')
        return begin_section(reading, at);
    while (count < MOST_WORDS && (words[count] = next_word(&at, &open)) && !open)
        count++;
    if (open)
        return bad_line(reading, "a quote is not closed");
    return count ? read_option(reading, words, count) : CLI_OK;
}

/* ---- Files ---- */

/* The folder that holds the profiles: beside the program where it was built, or where `make
 * install` puts them. */
static bool find_profiles(char folder[PATH_MAX]) {
    static const char *const places[] = {"../share/delta-tools/rules", "rules"};
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0)
        return false;
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int size = snprintf(folder, PATH_MAX, "%s/%s", program, places[i]);
        if (size < PATH_MAX && access(folder, R_OK | X_OK) == 0)
            return true;
    }
    return false;
}

static int unknown_profile(struct cli *cli, const char *name, const char *folder) {
    char list[256] = "";
    size_t used = 0;
    struct dirent **names = NULL;
    int count = folder ? scandir(folder, &names, NULL, alphasort) : -1;
    for (int i = 0; i < count; i++) {
        if (names[i]->d_name[0] != '.' && used < sizeof list) {
            int put = snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "",
                               names[i]->d_name);
            used += put > 0 ? (size_t)put : 0;
        }
        free(names[i]);
    }
    free(names);
    return cli_usage(cli,
                     "no rules are called '%s' (there are: %s); a file is named with a '/': "
                     "./%s",
                     name, list, name);
}

int rules_read(struct cli *cli, const char *name, const struct cli_option *rows,
               const char *const *outside, struct rules *rules) {
    struct reading reading = {
        .cli = cli, .file = name, .rows = rows, .outside = outside, .rules = rules};
    struct delta_err err = {0};
    char folder[PATH_MAX], path[2 * PATH_MAX];
    size_t length;
    bool profile = !strchr(name, '/');
    if (profile) {
        bool found = find_profiles(folder);
        (void)snprintf(path, sizeof path, "%s/%s", folder, name);
        if (!found || !*name || name[0] == '.' || access(path, F_OK))
            return unknown_profile(cli, name, found ? folder : NULL);
    }
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(cli, "out of memory");
    const char *bytes = delta_read_bytes(arena, profile ? path : name, MOST_FILE, &length, &err);
    int status = bytes ? CLI_OK : cli_error(cli, &err);
    char *text = bytes ? cli_alloc(cli, length + 1, 1) : NULL;
    if (bytes && !text)
        status = CLI_TROUBLE;
    else if (bytes)
        memcpy(text, bytes, length);
    delta_arena_free(arena);
    for (char *line = text; line && status == CLI_OK;) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        reading.line++;
        status = read_line(&reading, line);
        line = end ? end + 1 : NULL;
    }
    return status;
}

uint64_t rules_sections(const struct rules *rules, const char *path) {
    uint64_t sections = 0;
    for (size_t i = 0; path && i < rules->section_count; i++)
        if (glob_matches(rules->sections[i], path))
            sections |= UINT64_C(1) << i;
    return sections;
}
