/* Each pair of files is read, compared and formatted by one work item (tree/pool.h), in memory of
 * its own; the results are written in the order of paths. */
#include "diff/directory.h"

#include "cli/cli.h"
#include "cli/memory.h"
#include "cli/unmatched.h"
#include "diff/explain.h"
#include "report/file_reports.h"
#include "report/section.h"
#include "tree/pool.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OLD, NEW };

enum { REPORT_WIDTH = 120 }; /* columns of the text in reports */

/* One path, with the files that have it. */
struct pair {
    const struct tree_file *side[2]; /* NULL: it is not there */
    const struct delta_filter *filter;
    uint64_t sections; /* of the rules */
};

struct directory {
    struct cli *cli;
    const struct directory_options *options;
    const char *roots[2]; /* NULL: `paths` are whole */
    const char *paths[2]; /* of two files */
    struct pair *pairs;
    size_t count;
    struct file_reports reports;
    bool differs, trouble;
};

/* The filter of the files that the same sections of the rules are for. */
struct section_filter {
    uint64_t sections;
    const struct delta_filter *filter;
    struct section_filter *next;
};

/* What became of one pair. */
struct result {
    enum file_outcome outcome;
    struct delta_err err;
    struct delta_arena *arena;
    struct change_list changes;
    uint64_t counts[CHANGE_KINDS];
    struct delta_buf out; /* text, or the record */
    uint64_t *left_out;   /* by rule, with --explain */
    char path[PATH_MAX];  /* of the new file, or of the one that is there */
};

static const char *key_of(const struct directory *directory, size_t item) {
    const struct pair *pair = &directory->pairs[item];
    return directory->roots[0] ? (pair->side[OLD] ? pair->side[OLD] : pair->side[NEW])->path : NULL;
}

/* ---- One pair, on any thread ---- */

static bool has_failed(const struct result *result) {
    return result->err.code != DELTA_OK;
}

static void path_of(const struct directory *directory, size_t item, unsigned side,
                    char out[PATH_MAX]) {
    if (directory->roots[side])
        (void)snprintf(out, PATH_MAX, "%.*s/%s", tree_root_length(directory->roots[side]),
                       directory->roots[side], key_of(directory, item));
    else
        (void)snprintf(out, PATH_MAX, "%s", directory->paths[side]);
}

static void refuse(struct result *result, const char *path, const char *text, int error) {
    result->err = (struct delta_err){.code = DELTA_ERR_SYSTEM, .sys_errno = error};
    (void)snprintf(result->err.file, sizeof result->err.file, "%.*s",
                   (int)sizeof result->err.file - 1, path);
    (void)snprintf(result->err.text, sizeof result->err.text, "%s", text);
}

static void read_side(const struct directory *directory, size_t item, unsigned side,
                      struct result *result, struct change_state *state) {
    const struct tree_file *file = directory->pairs[item].side[side];
    char path[PATH_MAX];
    if (!file)
        return;
    path_of(directory, item, side, path);
    (void)snprintf(result->path, sizeof result->path, "%s", path);
    if (file->fault == TREE_OUTSIDE)
        refuse(result, path, "symbolic link out of the directory, not followed", 0);
    else if (file->fault == TREE_UNREADABLE)
        refuse(result, path, strerror(file->error), file->error);
    else if (file->fault == TREE_LINK)
        refuse(result, path,
               file->error ? "dangling symbolic link"
                           : "symbolic link to a directory, not followed",
               file->error);
    else if (file->fault == TREE_SPECIAL)
        refuse(result, path, "not a regular file", 0);
    else
        state->text =
            delta_read_bytes(result->arena, path, DELTA_MAX_STATE, &state->length, &result->err);
}

static void parse_side(struct result *result, struct change_state *state, const char *path) {
    if (state->text && !has_failed(result))
        state->state = delta_read_in_place(result->arena, DELTA_USE_COMPARE, state->text,
                                           state->length, path, &result->err);
}

static void put_text(const struct directory *directory, const struct delta_record *record,
                     const struct delta_value *old_state, const struct delta_filter *filter,
                     struct result *result) {
    struct cli *cli = directory->cli;
    bool report = file_reports_has(directory->options->how->format);
    const struct delta_text_options text = {
        .width = report                          ? REPORT_WIDTH
                 : directory->options->has_width ? directory->options->width
                 : cli_is_terminal(cli)          ? cli_columns(cli)
                                                 : 0,
        .color = !report && cli_color(cli),
        .filter = filter,
        .indent = report ? 0 : 2,
        .changes_only = true,
    };
    delta_text_write(record, old_state, &text, &result->out, &result->err);
}

/* Every kind of change makes the status 1: they need not be distinguished. */
static bool fails_for_all(const struct directory *directory) {
    return directory->options->failing == (1u << CHANGE_KINDS) - 1;
}

static void put_record(const struct directory *directory, const struct delta_record *record,
                       const struct delta_value *old_state, struct result *result) {
    const struct delta_diff_options *diff = directory->options->diff;
    const struct delta_record_format format = {
        .packed = diff->packed, .level = diff->level, .standalone = diff->standalone};
    delta_record_write(record, old_state, &format, &result->out, &result->err);
}

/* Where changes need not be counted, all count as `kind`. */
static void describe(const struct directory *directory, const struct delta_record *record,
                     const struct change_state states[2], const struct delta_filter *filter,
                     enum delta_change_kind kind, struct result *result) {
    const struct directory_options *options = directory->options;
    bool report = !options->brief && file_reports_has(options->how->format);
    if (report) {
        change_list_make(result->arena, record, &states[OLD], &states[NEW], filter,
                         &result->changes, &result->err);
        memcpy(result->counts, result->changes.counts, sizeof result->counts);
    } else if ((options->brief || options->records) && fails_for_all(directory)) {
        result->counts[kind] = 1;
    } else {
        change_list_count(record, states[OLD].state, result->counts, &result->err);
    }
    if (options->brief || has_failed(result))
        return;
    bool text = options->how->format == FORMAT_TEXT && result->outcome == FILE_CHANGED;
    if (options->records)
        put_record(directory, record, states[OLD].state, result);
    else if (text ||
             (file_reports_wants_text(options->how->format) && result->outcome == FILE_CHANGED))
        put_text(directory, record, states[OLD].state, filter, result);
}

/* A file that is on one side only is one change, of the empty path. */
static void describe_whole(const struct directory *directory, const struct change_state states[2],
                           const struct delta_value *key, const struct delta_filter *filter,
                           struct result *result) {
    struct delta_diff_options own = *directory->options->diff;
    own.filter = filter;
    bool added = !states[OLD].state;
    own.key = key;
    if (!directory->options->records ||
        (added && own.strategy != DELTA_COMPRESS && own.strategy != DELTA_NONE))
        own.strategy = DELTA_AUTO; /* a full record, whatever the others are */
    result->outcome = added ? FILE_ADDED : FILE_REMOVED;
    const struct delta_record *record =
        delta_diff(result->arena, states[OLD].state, states[NEW].state, &own, &result->err);
    if (record)
        describe(directory, record, states, own.filter,
                 added ? DELTA_CHANGE_ADD : DELTA_CHANGE_REMOVE, result);
}

static void compare(const struct directory *directory, struct change_state states[2],
                    const struct delta_value *key, const struct delta_filter *filter,
                    struct result *result) {
    struct delta_diff_options own = *directory->options->diff;
    own.filter = filter;
    for (unsigned side = OLD; side <= NEW && own.filter && !directory->options->records; side++) {
        states[side].state =
            delta_filter_expand(result->arena, own.filter, states[side].state, &result->err);
        if (!states[side].state)
            return;
    }
    const struct delta_value *new_state = states[NEW].state;
    if (own.filter)
        new_state = delta_filter_place(result->arena, own.filter, states[OLD].state, new_state,
                                       &own.places, &result->err);
    if (!new_state || delta_value_equal(states[OLD].state, new_state))
        return;
    own.key = key;
    if (!directory->options->records) {
        own.strategy = DELTA_DICT;
        own.elementwise = true;
    }
    const struct delta_record *record =
        delta_diff(result->arena, states[OLD].state, new_state, &own, &result->err);
    if (!record)
        return;
    result->outcome = FILE_CHANGED;
    describe(directory, record, states, own.filter, DELTA_CHANGE_REPLACE, result);
}

static void explain_pair(const struct directory *directory, uint64_t sections,
                         const struct change_state states[2], struct result *result) {
    const struct explain *explain = directory->options->explain;
    result->left_out = calloc(explain->count + 1, sizeof *result->left_out);
    if (!result->left_out)
        cli_err_memory(&result->err);
    else
        explain_add(explain, sections, states[OLD].state, states[NEW].state, result->left_out,
                    &result->err);
}

/* The key of what is written, where it is part of that. */
static const struct delta_value *make_key(const struct directory *directory, size_t item,
                                          struct result *result) {
    const char *key = key_of(directory, item);
    struct delta_err err = {0};
    if (!key || !(directory->options->records || directory->options->how->format == FORMAT_CHANGES))
        return NULL;
    const struct delta_value *value = delta_value_string_of(result->arena, key, &err);
    if (!value)
        refuse(result, result->path, "the file name is not UTF-8", 0);
    return value;
}

static void work(void *context, size_t item, void *slot) {
    const struct directory *directory = context;
    struct result *result = slot;
    struct change_state states[2] = {0};
    const struct pair *pair = &directory->pairs[item];
    result->outcome = FILE_SAME;
    result->arena = delta_arena_new();
    if (!result->arena)
        cli_err_memory(&result->err);
    for (unsigned side = OLD; side <= NEW && !has_failed(result); side++)
        read_side(directory, item, side, result, &states[side]);
    /* Equal bytes are equal states, if they are one at all. */
    bool equal = states[OLD].text && states[NEW].text && states[OLD].length == states[NEW].length &&
                 memcmp(states[OLD].text, states[NEW].text, states[OLD].length) == 0;
    for (unsigned side = equal ? NEW : OLD; side <= NEW && !has_failed(result); side++) {
        char path[PATH_MAX];
        path_of(directory, item, side, path);
        parse_side(result, &states[side], path);
    }
    if (has_failed(result)) {
        result->outcome = FILE_UNREADABLE;
        return;
    }
    for (unsigned side = OLD; side <= NEW && !has_failed(result); side++)
        unmatched_look(directory->options->unmatched, pair->filter, result->arena,
                       states[side].state, &result->err);
    if (equal && !has_failed(result))
        return;
    const struct delta_value *key = make_key(directory, item, result);
    if (!has_failed(result) && pair->side[OLD] && pair->side[NEW] && directory->options->explain)
        explain_pair(directory, pair->sections, states, result);
    if (!has_failed(result) && pair->side[OLD] && pair->side[NEW])
        compare(directory, states, key, pair->filter, result);
    else if (!has_failed(result))
        describe_whole(directory, states, key, pair->filter, result);
    if (has_failed(result) || result->out.failed) {
        result->outcome = FILE_UNREADABLE;
        change_list_free(&result->changes); /* not all of them */
    }
}

static void drop(void *slot) {
    struct result *result = slot;
    free(result->left_out);
    change_list_free(&result->changes);
    delta_buf_free(&result->out);
    delta_arena_free(result->arena);
}

/* ---- In order, on the main thread ---- */

static int put_heading(struct cli *cli, const char *mark, const char *name) {
    struct delta_buf heading = {0};
    section_heading(&heading, cli_color(cli), mark, name, strlen(name));
    int status = heading.failed ? -1 : cli_write_buf(cli, &heading);
    delta_buf_free(&heading);
    return status;
}

static int put_stat(struct cli *cli, const char *key, const struct result *result) {
    struct delta_buf line = {0};
    delta_buf_put(&line, " ", 1);
    delta_visible_write(key, strlen(key), &line);
    delta_buf_put(&line, "  ", 2);
    if (result->outcome == FILE_CHANGED)
        change_list_put_counts(result->counts, &line);
    else
        delta_buf_printf(&line, "file %s", result->outcome == FILE_ADDED ? "added" : "removed");
    delta_buf_put(&line, "\n", 1);
    int status = line.failed ? -1 : cli_write_buf(cli, &line);
    delta_buf_free(&line);
    return status;
}

static int put_result(struct directory *directory, const char *key, const struct result *result) {
    struct cli *cli = directory->cli;
    if (result->outcome == FILE_SAME || result->outcome == FILE_UNREADABLE)
        return 0;
    if (directory->options->records)
        return cli_write_buf(cli, &result->out);
    if (directory->options->stat)
        return put_stat(cli, key, result);
    if (result->outcome == FILE_ADDED)
        return put_heading(cli, "+ ", key);
    if (result->outcome == FILE_REMOVED)
        return put_heading(cli, "- ", key);
    return put_heading(cli, "", key) || cli_write_buf(cli, &result->out) ? -1 : 0;
}

static bool fails(const struct directory *directory, const struct result *result) {
    for (size_t i = 0; i < CHANGE_KINDS; i++)
        if (result->counts[i] && directory->options->failing >> i & 1)
            return true;
    return false;
}

static int take(void *context, size_t item, void *slot) {
    struct directory *directory = context;
    struct result *result = slot;
    const char *key = key_of(directory, item);
    int status = 0;
    if (result->outcome == FILE_UNREADABLE) {
        if (result->err.file[0]) /* the side that is at fault */
            (void)snprintf(result->path, sizeof result->path, "%s", result->err.file);
        directory->trouble = true;
        cli_error(directory->cli, &result->err);
    }
    for (size_t i = 0; result->left_out && i < directory->options->explain->count; i++)
        directory->options->explain->left_out[i] += result->left_out[i];
    directory->differs |= fails(directory, result);
    if (directory->options->brief) {
        directory->reports.files[result->outcome]++;
    } else if (file_reports_has(directory->options->how->format)) {
        const struct file_report report = {.key = key,
                                           .path = result->path,
                                           .outcome = result->outcome,
                                           .err = &result->err,
                                           .changes = &result->changes,
                                           .text = &result->out};
        status = file_reports_add(&directory->reports, &report);
    } else {
        directory->reports.files[result->outcome]++;
        status = put_result(directory, key, result);
    }
    drop(slot);
    return status;
}

static int end(struct directory *directory) {
    if (directory->options->brief || directory->options->records)
        return 0;
    if (file_reports_has(directory->options->how->format))
        return file_reports_end(&directory->reports);
    struct delta_buf totals = {0};
    file_report_put_totals(directory->reports.files, "file", &totals);
    delta_buf_put(&totals, "\n", 1);
    int status = totals.failed ? -1 : cli_write_buf(directory->cli, &totals);
    delta_buf_free(&totals);
    return status;
}

/* The filter of each pair: one is made for each set of sections, on the main thread. */
static int make_filters(struct directory *directory, struct delta_arena *arena) {
    const struct filtering *filtering = directory->options->filtering;
    struct section_filter *known = NULL;
    for (size_t i = 0; i < directory->count; i++) {
        const char *key = key_of(directory, i);
        uint64_t sections = rules_sections(&filtering->read, key);
        directory->pairs[i].sections = sections;
        struct section_filter *found = known;
        while (found && found->sections != sections)
            found = found->next;
        directory->pairs[i].filter = found ? found->filter : directory->options->diff->filter;
        if (found || !sections)
            continue;
        found = cli_alloc(directory->cli, 1, sizeof *found);
        if (!found || filtering_make_sections(directory->cli, filtering, sections, arena,
                                              &found->filter) != CLI_OK)
            return CLI_TROUBLE;
        found->sections = sections;
        found->next = known;
        known = found;
        directory->pairs[i].filter = found->filter;
    }
    return CLI_OK;
}

static int run_with(struct directory *directory) {
    const struct pool_task task = {.context = directory,
                                   .count = directory->count,
                                   .slot_size = sizeof(struct result),
                                   .work = work,
                                   .take = take,
                                   .drop = drop};
    struct cli *cli = directory->cli;
    cli_output_keep(cli); /* a file that could not be read does not discard the others */
    bool packed = directory->options->records && directory->options->diff->packed;
    if (!directory->options->brief && cli_output_open(cli, packed))
        return CLI_TROUBLE;
    file_reports_begin(&directory->reports, cli, directory->options->how->format,
                       directory->options->failing);
    if (pool_run(&task) || end(directory))
        return cli->failed ? CLI_TROUBLE : cli_fail(cli, "out of memory");
    if (directory->trouble)
        return CLI_TROUBLE;
    return directory->differs && !directory->options->exit_zero ? CLI_NO : CLI_OK;
}

static int run(struct directory *directory) {
    struct delta_arena *arena = delta_arena_new();
    int status = arena ? make_filters(directory, arena) : cli_fail(directory->cli, "out of memory");
    if (status == CLI_OK)
        status = run_with(directory);
    delta_arena_free(arena);
    return status;
}

static int compare_path(const void *path, const void *file) {
    return strcmp(path, ((const struct tree_file *)file)->path);
}

/* Whether a folder above `path`, or the root, could not be read, or not to its end, or is a link
 * that was not followed: then it is unknown whether the file is there. O(steps log files). */
static bool is_unknown(const struct tree *tree, const char *path) {
    char above[PATH_MAX];
    for (size_t length = 0;; length++) {
        if (length == 0 || path[length] == '/') {
            (void)snprintf(above, sizeof above, "%.*s", (int)length, path);
            const struct tree_file *file =
                bsearch(above, tree->files, tree->count, sizeof *tree->files, compare_path);
            if (file && file->fault != TREE_FINE)
                return true;
        }
        if (!path[length])
            return false;
    }
}

/* Whether this is not a file, but only prevents one of another directory from being there. */
static bool is_obstacle(const struct tree_file *file) {
    return !file || file->fault == TREE_LINK || file->fault == TREE_SPECIAL;
}

/* Whether the tree has files below the path. O(log files), and of the obstacles below. */
static bool has_files_below(const struct tree *tree, const char *path) {
    size_t length = strlen(path), low = 0, high = tree->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *found = tree->files[middle].path;
        int order = strncmp(found, path, length);
        if (order < 0 || (order == 0 && (unsigned char)found[length] < '/'))
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < tree->count; low++) {
        const char *found = tree->files[low].path;
        if (strncmp(found, path, length) != 0 || found[length] != '/')
            return false;
        if (!is_obstacle(&tree->files[low]))
            return true;
    }
    return false;
}

/* Both lists are sorted: one pass. A file that may be on the other side gives no pair; what hides
 * it there gives one, which reports it. */
static void match(struct directory *directory, const struct tree trees[2]) {
    size_t at[2] = {0};
    bool hides[2] = {false};
    for (unsigned side = OLD; side <= NEW; side++)
        for (size_t i = 0; i < trees[side].count; i++)
            hides[side] |= trees[side].files[i].fault != TREE_FINE;
    while (at[OLD] < trees[OLD].count || at[NEW] < trees[NEW].count) {
        const struct tree_file *files[2];
        for (unsigned side = OLD; side <= NEW; side++)
            files[side] = at[side] < trees[side].count ? &trees[side].files[at[side]] : NULL;
        int order = !files[OLD] ? 1 : !files[NEW] ? -1 : strcmp(files[OLD]->path, files[NEW]->path);
        at[OLD] += order <= 0;
        at[NEW] += order >= 0;
        struct pair pair = {
            .side = {order <= 0 ? files[OLD] : NULL, order >= 0 ? files[NEW] : NULL}};
        const struct tree *other = &trees[order < 0 ? NEW : OLD];
        const char *path = pair.side[order > 0 ? NEW : OLD]->path;
        if (order && hides[order < 0 ? NEW : OLD] && is_unknown(other, path))
            continue;
        if (is_obstacle(pair.side[OLD]) && is_obstacle(pair.side[NEW]) &&
            (order == 0 || !has_files_below(other, path)))
            continue;
        directory->pairs[directory->count++] = pair;
    }
}

/* The items of both lists. */
static int join_lists(struct cli *cli, struct cli_list *list, const struct cli_list *more) {
    const char **items = cli_alloc(cli, list->count + more->count + 1, sizeof *items);
    if (!items)
        return CLI_TROUBLE;
    for (size_t i = 0; i < list->count + more->count; i++)
        items[i] = i < list->count ? list->items[i] : more->items[i - list->count];
    *list = (struct cli_list){.items = items, .count = list->count + more->count};
    return CLI_OK;
}

int directory_rules(struct cli *cli, const struct filtering *filtering,
                    struct directory_options *options) {
    int status = join_lists(cli, &options->files.include, &filtering->include);
    return status == CLI_OK ? join_lists(cli, &options->files.exclude, &filtering->exclude)
                            : status;
}

int directory_diff(struct cli *cli, const struct directory_options *options) {
    struct directory directory = {
        .cli = cli, .options = options, .roots = {cli->operands[OLD], cli->operands[NEW]}};
    struct tree trees[2] = {0};
    int status = CLI_TROUBLE;
    if (tree_read(cli, cli->operands[OLD], &options->files, &trees[OLD]) == 0 &&
        tree_read(cli, cli->operands[NEW], &options->files, &trees[NEW]) == 0) {
        directory.pairs =
            cli_alloc(cli, trees[OLD].count + trees[NEW].count + 1, sizeof *directory.pairs);
        if (directory.pairs) {
            match(&directory, trees);
            status = run(&directory);
        }
    }
    tree_free(&trees[OLD]);
    tree_free(&trees[NEW]);
    return status;
}

int directory_diff_files(struct cli *cli, const struct directory_options *options) {
    static const struct tree_file file = {0};
    struct pair pair = {0};
    struct directory directory = {.cli = cli,
                                  .options = options,
                                  .paths = {cli->operands[OLD], cli->operands[NEW]},
                                  .pairs = &pair,
                                  .count = 1};
    for (unsigned side = OLD; side <= NEW; side++)
        pair.side[side] = tree_is_absent(cli->operands[side]) ? NULL : &file;
    return run(&directory);
}
