/* The rule is that nobody is worse off with this driver than without it. A file that is not JSON on
 * all three sides (comments, trailing commas, duplicate keys) is merged by `git merge-file`, which
 * is what git does with a file that has no driver: same marker size, same labels, same
 * merge.conflictStyle. A base that is empty is a file that both sides added. */
#include "merge/git_driver.h"

#include "cli/argument.h"
#include "cli/cli.h"
#include "cli/process.h"

#include <stdio.h>
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
        version->state = delta_read_for(driver->arena, DELTA_USE_COMPARE, version->text,
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

static int merge(struct driver *driver) {
    struct cli *cli = driver->cli;
    struct delta_conflicts conflicts = {0};
    struct delta_buf text = {0};
    for (size_t i = BASE; i <= THEIRS; i++) {
        int status = read_version(driver, i);
        if (status <= 0)
            return status < 0 ? FAILED : merge_lines(driver);
    }
    if (driver->how.marks.style == CONFLICT_UNSET)
        driver->how.marks.style = configured_style();
    int status = FAILED;
    if (merge_versions(cli, driver->arena, driver->versions, &driver->how, &conflicts, &text) ==
            0 &&
        cli_replace_file(cli, cli->operands[OURS], NULL, text.data, text.length) == 0)
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
