/* The rule: no merge is worse with this driver than without it. A file that is not JSON on
 * all three sides (comments, trailing commas, duplicate keys) is merged by `git merge-file`, which
 * is what git does with a file that has no driver: same marker size, same labels, same
 * merge.conflictStyle. A base that is empty is a file that both sides added.
 *
 * In a criss-cross git first merges the merge bases, and takes the result as the base of the merge.
 * Whatever value a conflict were given there, the merge would take a side with that value for
 * unchanged and lose what it decided. git leaves its markers in the base, which no side can equal;
 * a virtual base gets a string like that in the place of each value in conflict, or of the
 * outermost array around it, so that it is JSON and the merge is one by structure. */
#include "merge/git_driver.h"

#include "cli/argument.h"
#include "cli/cli.h"
#include "cli/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* git's arguments. The labels came with git 2.45; before, git passes "%S" as it is. */
enum { BASE, OURS, THEIRS, MARKER_SIZE, PATH, BASE_LABEL, OURS_LABEL, THEIRS_LABEL };

enum { LEAST = PATH + 1, MOST = THEIRS_LABEL + 1, MARKERS_MOST = 1000 };

/* git takes a status above 128 for a failure of the driver rather than for conflicts. */
enum { FAILED = 129 };

struct driver {
    struct cli *cli;
    struct merge_how how;
    struct delta_arena *arena;
    struct delta_source versions[3];
};

static int parse_operands(struct driver *driver) {
    static const char *const labels[] = {"base", "ours", "theirs"};
    struct cli *cli = driver->cli;
    uint64_t marker_size;
    if (cli_operands(cli, LEAST, MOST, "%O %A %B %L %P") != CLI_GO)
        return FAILED;
    if (!argument_number(cli->operands[MARKER_SIZE], &marker_size) || marker_size < 1 ||
        marker_size > MARKERS_MOST) {
        cli_usage(cli,
                  "invalid marker size '%s': --git is to be called by git, with %%L as its "
                  "fourth operand",
                  cli->operands[MARKER_SIZE]);
        return FAILED;
    }
    for (size_t i = BASE; i <= THEIRS; i++) {
        size_t at = BASE_LABEL + i;
        bool given = at < cli->operand_count && *cli->operands[at] && *cli->operands[at] != '%';
        driver->how.marks.labels[i] = given ? cli->operands[at] : labels[i];
    }
    driver->how.marks.size = (unsigned)marker_size;
    return CLI_OK;
}

/* Merges by lines, as git does without a driver. */
static int merge_lines(struct driver *driver) {
    char marker_size[64];
    const struct cli *cli = driver->cli;
    (void)snprintf(marker_size, sizeof marker_size, "--marker-size=%u", driver->how.marks.size);
    const char *argv[] = {"git",
                          "merge-file",
                          marker_size,
                          "-L",
                          driver->how.marks.labels[OURS],
                          "-L",
                          driver->how.marks.labels[BASE],
                          "-L",
                          driver->how.marks.labels[THEIRS],
                          "--",
                          cli->operands[OURS],
                          cli->operands[BASE],
                          cli->operands[THEIRS],
                          NULL};
    int status = process_run(driver->cli, argv);
    /* Its status is the number of conflicts, up to 127. */
    return status == 0 ? CLI_OK : status > 0 && status <= 127 ? CLI_NO : FAILED;
}

/* Reads a version. 0: it is not JSON, which is said with -v. */
static int read_version(struct driver *driver, size_t which) {
    static const char *const names[] = {"the base version", "our version", "their version"};
    struct cli *cli = driver->cli;
    struct delta_source *version = &driver->versions[which];
    struct delta_err err = {0};
    version->text = delta_read_bytes(driver->arena, cli->operands[which], DELTA_MAX_STATE,
                                     &version->length, &err);
    if (!version->text && err.code != DELTA_ERR_LIMIT)
        return cli_error(cli, &err), -1;
    if (version->text && version->length)
        version->state = delta_read_in_place(driver->arena, DELTA_USE_COMPARE, version->text,
                                             version->length, NULL, &err);
    if (version->state || (which == BASE && version->text && !version->length))
        return 1;
    if (err.code == DELTA_ERR_MEMORY)
        return cli_error(cli, &err), -1;
    if (err.line)
        cli_verbose(cli, "%s: merged by lines: %s is not JSON: %llu:%llu: %s", cli->operands[PATH],
                    names[which], (unsigned long long)err.line, (unsigned long long)err.column,
                    err.text);
    else
        cli_verbose(cli, "%s: merged by lines: %s is %s", cli->operands[PATH], names[which],
                    version->text ? "empty" : "too large");
    return 0;
}

/* merge.conflictStyle, as git would use it. */
static enum conflict_style configured_style(void) {
    char word[32];
    enum conflict_style style = CONFLICT_MERGE;
    FILE *config = popen("git config --get merge.conflictStyle", "re");
    if (!config)
        return style;
    if (fgets(word, sizeof word, config)) {
        word[strcspn(word, "\n")] = '\0';
        for (const struct cli_word *known = conflict_styles; known->word; known++)
            if (strcmp(known->word, word) == 0 && known->value != CONFLICT_OURS)
                style = (enum conflict_style)known->value;
    }
    pclose(config);
    return style;
}

/* ---- Virtual bases ---- */

/* The pointer of a conflict up to the outermost array on the way: within, the indices of the result
 * may be others. */
static size_t outside_arrays(const struct delta_value *base, const struct delta_value *merged,
                             const struct delta_conflict *conflict) {
    const char *pointer = conflict->pointer;
    for (size_t end = 0; end < conflict->pointer_length; end++) {
        if (end && pointer[end] != '/')
            continue;
        const struct delta_value *old = delta_value_at(base, pointer, end, NULL);
        const struct delta_value *new = delta_value_at(merged, pointer, end, NULL);
        if ((old && delta_value_type(old) == DELTA_ARRAY) ||
            (new &&delta_value_type(new) == DELTA_ARRAY))
            return end;
    }
    return conflict->pointer_length;
}

/* The JSON Patch that puts a string that no side has in the place of each conflict. NULL: failed,
 * or, with `err` as before, a whole state is in conflict. */
static const struct delta_value *mark_places(struct driver *driver,
                                             const struct delta_value *merged,
                                             const struct delta_conflicts *conflicts,
                                             struct delta_err *err) {
    static const char mark[] = "<<<<<<< conflict of the merge bases >>>>>>>";
    struct delta_arena *arena = driver->arena;
    const struct delta_value *places = NULL;
    const struct delta_value **operations = calloc(conflicts->count + 1, sizeof *operations);
    size_t count = 0;
    if (!operations)
        cli_err_memory(err);
    for (; operations && count < conflicts->count; count++) {
        const struct delta_conflict *conflict = &conflicts->list[count];
        size_t length = outside_arrays(driver->versions[BASE].state, merged, conflict);
        if (length == 0)
            break;
        const struct delta_member members[] = {
            {"op", strlen("op"), delta_value_string_of(arena, "add", err)},
            {"path", strlen("path"),
             delta_value_string_wtf8(arena, conflict->pointer, length, err)},
            {"value", strlen("value"), delta_value_string_of(arena, mark, err)}};
        operations[count] =
            delta_value_object(arena, members, sizeof members / sizeof *members, err);
    }
    if (operations && count == conflicts->count)
        places = delta_value_array(arena, operations, count, err);
    free(operations);
    return places;
}

/* Writes the merged text as a virtual base. What cannot be marked is merged by lines. */
static int write_virtual_base(struct driver *driver, const struct delta_conflicts *conflicts,
                              const struct delta_buf *text) {
    struct cli *cli = driver->cli;
    struct delta_err err = {0};
    struct delta_buf marked = {0};
    const struct delta_value *merged =
        delta_read(driver->arena, text->data, text->length, NULL, &err);
    const struct delta_value *places = merged ? mark_places(driver, merged, conflicts, &err) : NULL;
    const struct delta_value *base =
        places ? delta_json_patch_apply(driver->arena, merged, places, &err) : NULL;
    bool done =
        base && delta_write_like(text->data, text->length, merged, base, &marked, &err) == 0;
    int status = FAILED;
    if (err.code == DELTA_ERR_MEMORY)
        cli_error(cli, &err);
    else if (!done)
        status = merge_lines(driver);
    else if (cli_replace_file(cli, cli->operands[OURS], NULL, &marked) == 0)
        status = conflicts->count ? CLI_NO : CLI_OK;
    delta_buf_free(&marked);
    return status;
}

/* ---- The merge ---- */

static int merge(struct driver *driver) {
    struct cli *cli = driver->cli;
    struct delta_conflicts conflicts = {0};
    struct delta_buf text = {0};
    for (size_t i = BASE; i <= THEIRS; i++) {
        int status = read_version(driver, i);
        if (status <= 0)
            return status < 0 ? FAILED : merge_lines(driver);
    }
    if (driver->how.virtual_base && !driver->versions[BASE].state)
        return merge_lines(driver);
    if (driver->how.marks.style == CONFLICT_UNSET)
        driver->how.marks.style = driver->how.virtual_base ? CONFLICT_OURS : configured_style();
    int status = FAILED;
    bool merged =
        merge_versions(cli, driver->arena, driver->versions, &driver->how, &conflicts, &text) == 0;
    if (merged && driver->how.virtual_base)
        status = write_virtual_base(driver, &conflicts, &text);
    else if (merged && cli_replace_file(cli, cli->operands[OURS], NULL, &text) == 0)
        status =
            merge_states_report(cli, cli->operands[PATH], &conflicts, driver->how.conflicts_path);
    delta_buf_free(&text);
    return status == CLI_TROUBLE ? FAILED : status;
}

int git_driver_run(struct cli *cli, const struct merge_how *how) {
    struct driver driver = {.cli = cli, .how = *how};
    int status = parse_operands(&driver);
    if (status != CLI_OK)
        return status;
    driver.arena = delta_arena_new();
    status = driver.arena ? merge(&driver) : (cli_fail(cli, "out of memory"), FAILED);
    delta_arena_free(driver.arena);
    return status;
}
