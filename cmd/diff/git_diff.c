#include "diff/git_diff.h"

#include "cli/cli.h"
#include "tree/tree.h"

#include <string.h>

/* git's arguments (git(1), GIT_EXTERNAL_DIFF). The new path, and what git says of a rename after
 * it, are there only when the file has another name. */
enum { PATH, OLD_FILE, OLD_HEX, OLD_MODE, NEW_FILE, NEW_HEX, NEW_MODE, NEW_PATH, RENAME };

enum { LEAST = NEW_MODE + 1 };

/* One side of the difference. */
struct side {
    const char *file;
    const char *name;                /* of the side, in messages */
    const struct delta_value *state; /* NULL: the file is not there, or holds none */
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

static int put_names(struct cli *cli, const char *old_path, const char *new_path) {
    const char *bold = cli_color(cli) ? "\33[1m" : "", *plain = cli_color(cli) ? "\33[m" : "";
    return cli_write_text(cli, bold) || put_path(cli, "diff --json a/", old_path) ||
                   put_path(cli, " b/", new_path) || cli_printf(cli, "%s\n", plain)
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

static int put_header(struct cli *cli, char **of) {
    bool renamed = cli->operand_count > NEW_PATH;
    if (put_names(cli, of[PATH], renamed ? of[NEW_PATH] : of[PATH]) || put_modes(cli, of))
        return -1;
    return cli->operand_count > RENAME ? put_lines(cli, of[RENAME]) : 0;
}

/* ---- The states ---- */

/* Reads a side, unless it is absent. 1: it is there and holds no state, which is said. */
static int read_side(struct cli *cli, struct delta_arena *arena, struct side *side) {
    struct delta_err err = {0};
    if (tree_is_absent(side->file))
        return 0;
    side->state = delta_read_file(arena, side->file, &err);
    if (side->state)
        return 0;
    int failed;
    if (err.line)
        failed = cli_printf(cli, "the %s file is not valid JSON: %llu:%llu: ", side->name,
                            (unsigned long long)err.line, (unsigned long long)err.column);
    else
        failed = cli_printf(cli, "the %s file cannot be read: ", side->name);
    return failed || put_path(cli, "", err.text) || cli_write_text(cli, "\n") ? -1 : 1;
}

/* What stands for a file that is not there, so that all of the other is told member by member. */
static const struct delta_value *
empty_like(struct delta_arena *arena, const struct delta_value *state, struct delta_err *err) {
    enum delta_type type = delta_value_type(state);
    return type == DELTA_OBJECT  ? delta_value_object(arena, NULL, 0, err)
           : type == DELTA_ARRAY ? delta_value_array(arena, NULL, 0, err)
                                 : delta_value_literal(DELTA_NULL, err);
}

static int put_text(struct cli *cli, struct delta_arena *arena, const struct delta_filter *filter,
                    const struct delta_value *old_state, const struct delta_value *new_state) {
    const struct delta_diff_options diff = {
        .strategy = DELTA_DICT, .elementwise = true, .filter = filter};
    const struct delta_text_options text = {.color = cli_color(cli), .filter = filter};
    struct delta_err err = {0};
    struct delta_buf buf = {0};
    int status = -1;
    if (filter)
        new_state = delta_filter_apply(arena, filter, old_state, new_state, &err);
    const struct delta_record *record =
        new_state ? delta_diff(arena, old_state, new_state, &diff, &err) : NULL;
    if (!record || delta_text_write(record, old_state, &text, &buf, &err))
        cli_error(cli, &err);
    else if (buf.length == 0)
        status = cli_write_text(cli, "the values are the same\n");
    else
        status = cli_write_buf(cli, &buf);
    delta_buf_free(&buf);
    return status;
}

static int put_difference(struct cli *cli, struct delta_arena *arena,
                          const struct delta_filter *filter, char **of) {
    struct side old_side = {of[OLD_FILE], "old", NULL}, new_side = {of[NEW_FILE], "new", NULL};
    struct delta_err err = {0};
    int status = read_side(cli, arena, &old_side);
    if (status >= 0) {
        int other = read_side(cli, arena, &new_side);
        status = other < 0 ? other : status + other;
    }
    if (status)
        return status < 0 ? -1 : 0;
    if (!old_side.state && !new_side.state)
        return 0;
    struct side *absent = old_side.state ? &new_side : &old_side;
    if (!absent->state)
        absent->state = empty_like(arena, old_side.state ? old_side.state : new_side.state, &err);
    if (!absent->state)
        return cli_error(cli, &err);
    return put_text(cli, arena, filter, old_side.state, new_side.state);
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
    status = put_header(cli, of) || put_difference(cli, arena, filter, of) ? CLI_TROUBLE : CLI_OK;
    delta_arena_free(arena);
    return status;
}
