#include "merge/merge_states.h"

#include "cli/cli.h"

#include <string.h>

/* What the two sides did, in words. */
static const char *clause_of(enum delta_conflict_kind kind) {
    static const char *const clauses[] = {
        [DELTA_CONFLICT_CHANGED] = "both sides changed it in different ways",
        [DELTA_CONFLICT_ADDED] = "both sides added it with different values",
        [DELTA_CONFLICT_CHANGED_REMOVED] = "ours changed it, theirs removed it",
        [DELTA_CONFLICT_REMOVED_CHANGED] = "ours removed it, theirs changed it",
        [DELTA_CONFLICT_GAP] = "both sides changed this part of the array in different ways",
        [DELTA_CONFLICT_MOVED] = "both sides moved it, to different places",
        [DELTA_CONFLICT_MOVED_REMOVED] = "ours moved it, theirs removed it",
        [DELTA_CONFLICT_REMOVED_MOVED] = "ours removed it, theirs moved it",
        [DELTA_CONFLICT_UNCERTAIN] = "its elements cannot be matched with certainty",
    };
    return clauses[kind];
}

int merge_states_report(struct cli *cli, const struct delta_conflicts *conflicts,
                        const char *path) {
    struct delta_buf text = {0};
    struct delta_err err = {0};
    int status = conflicts->count ? CLI_NO : CLI_OK;
    for (size_t i = 0; i < conflicts->count; i++) {
        const struct delta_conflict *conflict = &conflicts->list[i];
        cli_warn(cli, "conflict at %s%s%s%s: %s",
                 conflict->pointer_length ? conflict->pointer : "(root)",
                 conflict->label ? " {" : "", conflict->label ? conflict->label : "",
                 conflict->label ? "}" : "", clause_of(conflict->kind));
    }
    if (path) {
        if (delta_conflicts_write(conflicts, &text, &err))
            status = cli_error(cli, &err);
        else if (cli_replace_file(cli, path, NULL, text.data, text.length))
            status = CLI_TROUBLE;
    }
    delta_buf_free(&text);
    return status;
}

/* ---- States ---- */

/* A state and the text it was read from. */
struct source {
    const char *text;
    size_t length;
    const struct delta_value *state; /* NULL: the text is empty */
};

static int read_source(struct cli *cli, struct delta_arena *arena, const char *path,
                       bool may_be_empty, struct source *source) {
    struct delta_err err = {0};
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    source->text = delta_read_bytes(arena, path, DELTA_MAX_STATE, &source->length, &err);
    if (source->text && source->length == 0 && may_be_empty)
        return CLI_OK;
    if (source->text)
        source->state =
            delta_read_for(arena, DELTA_USE_COMPARE, source->text, source->length, name, &err);
    return source->state ? CLI_OK : cli_error(cli, &err);
}

/* What stands for a base where there was none: what lets two objects be merged by their members. */
static const struct delta_value *missing_base(struct delta_arena *arena, const struct source *ours,
                                              const struct source *theirs, struct delta_err *err) {
    bool objects = delta_value_type(ours->state) == DELTA_OBJECT &&
                   delta_value_type(theirs->state) == DELTA_OBJECT;
    return objects ? delta_value_object(arena, NULL, 0, err) : delta_value_literal(DELTA_NULL, err);
}

/* Writes the result in the merged layout of the three texts. */
static int write_merged(const struct source sources[3], const struct delta_value *merged,
                        struct delta_buf *text, struct delta_err *err) {
    struct delta_source texts[3];
    for (size_t i = 0; i < 3; i++)
        texts[i] = (struct delta_source){sources[i].text, sources[i].length, sources[i].state};
    return delta_write_merged(&texts[0], &texts[1], &texts[2], merged, text, err);
}

static int merge_sources(struct cli *cli, const struct delta_merge_options *options,
                         const char *conflicts_path, struct delta_arena *arena,
                         const struct source sources[3]) {
    struct delta_err err = {0};
    struct delta_conflicts conflicts;
    struct delta_buf text = {0};
    const struct source *ours = &sources[1];
    const struct delta_value *base = sources[0].state;
    if (!base)
        base = missing_base(arena, ours, &sources[2], &err);
    const struct delta_value *merged =
        base ? delta_merge(arena, base, ours->state, sources[2].state, options, &conflicts, &err)
             : NULL;
    int status = CLI_TROUBLE;
    if (!merged || write_merged(sources, merged, &text, &err))
        status = cli_error(cli, &err);
    else if (cli_output_open(cli, false) == 0 && cli_write_buf(cli, &text) == 0)
        status = merge_states_report(cli, &conflicts, conflicts_path);
    delta_buf_free(&text);
    return status;
}

int merge_states_run(struct cli *cli, const struct delta_merge_options *options,
                     const char *conflicts_path) {
    struct delta_arena *arena = delta_arena_new();
    struct source sources[3] = {{0}};
    int status = arena ? CLI_OK : cli_fail(cli, "out of memory");
    for (size_t i = 0; i < 3 && status == CLI_OK; i++)
        status = read_source(cli, arena, cli->operands[i], i == 0, &sources[i]);
    if (status == CLI_OK)
        status = merge_sources(cli, options, conflicts_path, arena, sources);
    delta_arena_free(arena);
    return status;
}
