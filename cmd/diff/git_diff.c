/* The rule: this diff never shows less than git alone: files that are not JSON, and files of the
 * same value whose text differs, are compared by `diff -u`. Only what the filters leave out is not
 * shown, and then neither is a header. */
#include "diff/git_diff.h"

#include "cli/cli.h"
#include "cli/process.h"
#include "tree/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* git's arguments (git(1), GIT_EXTERNAL_DIFF). The new path, and what git says of a rename after
 * it, are there only when the file has another name. */
enum { PATH, OLD_FILE, OLD_HEX, OLD_MODE, NEW_FILE, NEW_HEX, NEW_MODE, NEW_PATH, RENAME };

enum { LEAST = NEW_MODE + 1 };

/* One side of the difference. */
struct side {
    const char *file;
    char prefix;                     /* of its name in the header: a or b */
    const char *path;                /* its name */
    const struct delta_value *state; /* NULL: the file is absent, or not JSON */
    const char *text;
    size_t length;
};

/* ---- The header: as git's own, but no line in it looks like a change ---- */

static int put_path(struct cli *cli, const char *before, const char *path) {
    return cli_write_text(cli, before) || cli_write_visible(cli, path, strlen(path)) ? -1 : 0;
}

/* Lines that git wrote: what it says of a rename. */
static int put_lines(struct cli *cli, const char *text) {
    while (*text) {
        size_t length = strcspn(text, "\n");
        if (cli_write_visible(cli, text, length) || (text[length] && cli_write_text(cli, "\n")))
            return -1;
        text += length + (text[length] != '\0');
    }
    return 0;
}

/* The names as git shows them: `git diff --no-index` names files below a/ and b/ as they are. */
static const char *name_of(const struct side *side) {
    bool prefixed = side->path[0] == side->prefix && side->path[1] == '/';
    return prefixed ? side->path + 2 : side->path;
}

static bool is_without_index(char **of) {
    static const char zeros[] = "0000000000";
    enum { SHORTEST = sizeof zeros - 1 };
    return (tree_is_absent(of[OLD_FILE]) || strncmp(of[OLD_HEX], zeros, SHORTEST) == 0) &&
           (tree_is_absent(of[NEW_FILE]) || strncmp(of[NEW_HEX], zeros, SHORTEST) == 0);
}

static void name_sides(const struct cli *cli, char **of, struct side sides[2]) {
    bool renamed = cli->operand_count > NEW_PATH;
    sides[0].path = of[PATH];
    sides[1].path = renamed ? of[NEW_PATH] : of[PATH];
    for (int i = 0; i < 2 && renamed && is_without_index(of); i++)
        sides[i].path = name_of(&sides[i]);
    for (int i = 0; i < 2; i++)
        if (tree_is_absent(sides[i].path))
            sides[i].path = sides[1 - i].path;
}

static int put_names(struct cli *cli, const struct side sides[2]) {
    const char *bold = cli_color(cli) ? "\33[1m" : "", *plain = cli_color(cli) ? "\33[m" : "";
    return cli_write_text(cli, bold) || put_path(cli, "diff --json a/", sides[0].path) ||
                   put_path(cli, " b/", sides[1].path) || cli_printf(cli, "%s\n", plain)
               ? -1
               : 0;
}

static int put_modes(struct cli *cli, char **of) {
    if (tree_is_absent(of[OLD_FILE]))
        return cli_printf(cli, "new file mode %s\n", of[NEW_MODE]);
    if (tree_is_absent(of[NEW_FILE]))
        return cli_printf(cli, "deleted file mode %s\n", of[OLD_MODE]);
    if (strcmp(of[OLD_MODE], of[NEW_MODE]) != 0)
        return cli_printf(cli, "old mode %s\nnew mode %s\n", of[OLD_MODE], of[NEW_MODE]);
    return 0;
}

static int put_header(struct cli *cli, char **of, const struct side sides[2]) {
    if (put_names(cli, sides) || put_modes(cli, of))
        return -1;
    return cli->operand_count > RENAME ? put_lines(cli, of[RENAME]) : 0;
}

/* ---- By lines ---- */

static char *label_of(struct cli *cli, const struct side *side) {
    if (tree_is_absent(side->file))
        return strdup("/dev/null");
    struct delta_buf label = {0};
    delta_buf_printf(&label, "%c/", side->prefix);
    delta_visible_write(side->path, strlen(side->path), &label);
    delta_buf_put(&label, "", 1);
    char *text = label.failed ? NULL : strdup(label.data);
    delta_buf_free(&label);
    if (!text)
        cli_fail(cli, "out of memory");
    return text;
}

/* Compares the files by lines, as git would. */
static int put_lines_diff(struct cli *cli, const struct side sides[2]) {
    char *old_label = label_of(cli, &sides[0]), *new_label = label_of(cli, &sides[1]);
    const char *argv[] = {
        "diff",        "-u",      cli_color(cli) ? "--color=always" : "--color=never",
        "--label",     old_label, "--label",
        new_label,     "--",      sides[0].file,
        sides[1].file, NULL};
    int status = old_label && new_label ? process_run(cli, argv) : -1;
    free(old_label);
    free(new_label);
    return status == 0 || status == 1 ? 0 : -1;
}

/* ---- The states ---- */

/* Reads a side, unless it is absent. 1: it is not JSON, which -v says; -1: reported. */
static int read_side(struct cli *cli, struct delta_arena *arena, struct side *side) {
    struct delta_err err = {0};
    if (tree_is_absent(side->file))
        return 0;
    side->text = delta_read_bytes(arena, side->file, DELTA_MAX_STATE, &side->length, &err);
    if (side->text)
        side->state = delta_read_in_place(arena, DELTA_USE_DIGEST, side->text, side->length,
                                          side->path, &err);
    if (side->state)
        return 0;
    if (err.code != DELTA_ERR_SYNTAX && err.code != DELTA_ERR_LIMIT) {
        cli_error(cli, &err);
        return -1;
    }
    cli_verbose(cli, "%s: compared by lines: %llu:%llu: %s", side->path,
                (unsigned long long)err.line, (unsigned long long)err.column, err.text);
    return 1;
}

/* An empty value instead of an absent file, so that the other one is shown member by member. */
static const struct delta_value *
empty_like(struct delta_arena *arena, const struct delta_value *state, struct delta_err *err) {
    enum delta_type type = delta_value_type(state);
    return type == DELTA_OBJECT  ? delta_value_object(arena, NULL, 0, err)
           : type == DELTA_ARRAY ? delta_value_array(arena, NULL, 0, err)
                                 : delta_value_literal(DELTA_NULL, err);
}

static int put_difference(struct cli *cli, struct delta_arena *arena,
                          const struct delta_filter *filter, char **of,
                          const struct side sides[2]) {
    const struct delta_value *old_state = sides[0].state, *new_state = sides[1].state;
    struct delta_diff_options diff = {
        .strategy = DELTA_DICT, .elementwise = true, .filter = filter};
    const struct delta_text_options text = {.color = cli_color(cli), .filter = filter};
    struct delta_err err = {0};
    struct delta_buf buf = {0};
    int status = -1;
    if (filter)
        old_state = delta_filter_expand(arena, filter, old_state, &err);
    if (filter && old_state)
        new_state = delta_filter_expand(arena, filter, new_state, &err);
    if (filter && old_state && new_state)
        new_state = delta_filter_place(arena, filter, old_state, new_state, &diff.places, &err);
    const struct delta_record *record =
        old_state && new_state ? delta_diff(arena, old_state, new_state, &diff, &err) : NULL;
    bool same_text = sides[0].length == sides[1].length && sides[0].text && sides[1].text &&
                     memcmp(sides[0].text, sides[1].text, sides[0].length) == 0;
    if (!record || delta_text_write(record, old_state, &text, &buf, &err))
        cli_error(cli, &err);
    else if (buf.length)
        status = put_header(cli, of, sides) || cli_write_buf(cli, &buf) ? -1 : 0;
    else if (filter)
        status = 0;
    else
        status = put_header(cli, of, sides) || (!same_text && put_lines_diff(cli, sides)) ? -1 : 0;
    delta_buf_free(&buf);
    return status;
}

static int put_file(struct cli *cli, struct delta_arena *arena, const struct delta_filter *filter,
                    char **of) {
    struct side sides[2] = {{.file = of[OLD_FILE], .prefix = 'a'},
                            {.file = of[NEW_FILE], .prefix = 'b'}};
    struct delta_err err = {0};
    name_sides(cli, of, sides);
    for (int i = 0; i < 2; i++) {
        int status = read_side(cli, arena, &sides[i]);
        if (status < 0)
            return -1;
        if (status > 0)
            return put_header(cli, of, sides) || put_lines_diff(cli, sides) ? -1 : 0;
    }
    if (!sides[0].state && !sides[1].state)
        return put_header(cli, of, sides);
    struct side *absent = sides[0].state ? &sides[1] : &sides[0];
    if (!absent->state)
        absent->state = empty_like(arena, sides[sides[0].state ? 0 : 1].state, &err);
    if (!absent->state)
        return cli_error(cli, &err);
    return put_difference(cli, arena, filter, of, sides);
}

int git_diff(struct cli *cli, const struct delta_filter *filter) {
    char **of = cli->operands;
    int status;
    if (cli->operand_count == 1)
        return put_path(cli, "* Unmerged path ", of[PATH]) || cli_write(cli, "\n", 1) ? CLI_TROUBLE
                                                                                      : CLI_OK;
    if (cli->operand_count < LEAST || cli->operand_count > RENAME + 1)
        return cli_usage(cli, "--git expects the seven arguments of a git external diff");
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(cli, "out of memory");
    status = put_file(cli, arena, filter, of) ? CLI_TROUBLE : CLI_OK;
    delta_arena_free(arena);
    return status;
}
