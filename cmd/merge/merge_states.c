#include "merge/merge_states.h"

#include "cli/cli.h"
#include "cli/unmatched.h"
#include "merge/resolution.h"

#include <stdio.h>
#include <string.h>

/* ---- Conflicts ---- */

/* Bytes of a value in a message; a container with a longer canonical form is shown as its size. */
enum { SHOWN = 40, SHOWN_CONTAINER = 4096 };

/* What the two sides did. */
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

/* Appends ", ours VALUE", cut to a few words. */
static void put_side(struct delta_buf *line, const char *side, const struct delta_value *value) {
    if (!value)
        return;
    delta_buf_printf(line, "%s%s ", line->length ? ", " : "", side);
    if (delta_value_size(value) > SHOWN_CONTAINER && delta_value_count(value)) {
        bool object = delta_value_type(value) == DELTA_OBJECT;
        delta_buf_printf(line, "an %s of %zu %s", object ? "object" : "array",
                         delta_value_count(value), object ? "members" : "elements");
        return;
    }
    struct delta_buf text = {0};
    if (delta_write(value, DELTA_COMPACT, 0, &text, NULL) == 0 && text.length) {
        size_t length = cli_whole_characters(text.data, text.length, SHOWN);
        delta_buf_put(line, text.data, length);
        if (length < text.length)
            delta_buf_printf(line, "…");
    }
    delta_buf_free(&text);
}

static void report_conflict(struct cli *cli, const char *name,
                            const struct delta_conflict *conflict) {
    struct delta_buf values = {0};
    put_side(&values, "base", conflict->base);
    put_side(&values, "ours", conflict->ours);
    put_side(&values, "theirs", conflict->theirs);
    cli_warn(cli, "%s%sconflict at %s%s%s%s: %s%s%.*s%s", name ? name : "", name ? ": " : "",
             conflict->pointer_length ? conflict->pointer : "(root)", conflict->label ? " {" : "",
             conflict->label ? conflict->label : "", conflict->label ? "}" : "",
             clause_of(conflict->kind), values.length ? " (" : "",
             values.failed ? 0 : (int)values.length, values.length ? values.data : "",
             values.length ? ")" : "");
    delta_buf_free(&values);
}

int merge_states_report(struct cli *cli, const char *name, const struct delta_conflicts *conflicts,
                        const char *path) {
    struct delta_buf text = {0};
    struct delta_err err = {0};
    int status = conflicts->count ? CLI_NO : CLI_OK;
    for (size_t i = 0; i < conflicts->count; i++)
        report_conflict(cli, name, &conflicts->list[i]);
    if (path) {
        if (delta_conflicts_write(conflicts, &text, &err))
            status = cli_error(cli, &err);
        else if (cli_replace_file(cli, path, NULL, &text))
            status = CLI_TROUBLE;
    }
    delta_buf_free(&text);
    return status;
}

/* ---- States ---- */

/* The base of two states that had none: one that lets two objects be merged by their members. */
static const struct delta_value *missing_base(struct delta_arena *arena,
                                              const struct delta_source versions[3],
                                              struct delta_err *err) {
    bool objects = delta_value_type(versions[MERGE_OURS].state) == DELTA_OBJECT &&
                   delta_value_type(versions[MERGE_THEIRS].state) == DELTA_OBJECT;
    return objects ? delta_value_object(arena, NULL, 0, err) : delta_value_literal(DELTA_NULL, err);
}

static int merge_text(struct delta_arena *arena, const struct delta_source versions[3],
                      const struct delta_value *base, const struct delta_merge_options *options,
                      struct delta_conflicts *conflicts, struct delta_buf *text,
                      struct delta_err *err) {
    const struct delta_value *merged =
        delta_merge(arena, base, versions[MERGE_OURS].state, versions[MERGE_THEIRS].state, options,
                    conflicts, err);
    return merged ? delta_write_merged(&versions[MERGE_BASE], &versions[MERGE_OURS],
                                       &versions[MERGE_THEIRS], merged, text, err)
                  : -1;
}

/* The options that resolve the given conflicts for theirs, and all else as before; freed with the
 * command. */
static int prefer_theirs(struct cli *cli, const struct delta_merge_options *options,
                         const struct delta_conflicts *conflicts,
                         struct delta_merge_options *theirs) {
    *theirs = *options;
    if (options->prefer == DELTA_PREFER_NONE && !options->prefer_at_count) {
        theirs->prefer = DELTA_PREFER_THEIRS;
        return 0;
    }
    size_t count = options->prefer_at_count;
    struct delta_prefer_at *at = cli_alloc(cli, count + conflicts->count, sizeof *at);
    if (!at)
        return -1;
    if (count)
        memcpy(at, options->prefer_at, count * sizeof *at);
    for (size_t i = 0; i < conflicts->count; i++) {
        const struct delta_conflict *conflict = &conflicts->list[i];
        const char *pattern = resolution_pattern(cli, conflict->pointer, conflict->pointer_length);
        if (!pattern)
            return -1;
        at[count++] = (struct delta_prefer_at){pattern, DELTA_PREFER_THEIRS};
    }
    theirs->prefer_at = at;
    theirs->prefer_at_count = count;
    return 0;
}

/* The merged text has ours where there are conflicts: writes both there. */
static int mark_conflicts(struct cli *cli, struct delta_arena *arena,
                          const struct delta_source versions[3], const struct delta_value *base,
                          const struct merge_how *how, const struct delta_conflicts *conflicts,
                          const struct delta_buf *ours, struct delta_buf *text) {
    struct delta_merge_options options;
    struct delta_conflicts none;
    struct delta_buf theirs = {0};
    struct delta_err err = {0};
    int status = prefer_theirs(cli, &how->options, conflicts, &options);
    if (status == 0 && merge_text(arena, versions, base, &options, &none, &theirs, &err)) {
        cli_error(cli, &err);
        status = -1;
    }
    const struct delta_source *base_text = &versions[MERGE_BASE];
    const struct marked_texts texts = {
        .ours = {ours->data, ours->length},
        .theirs = {theirs.data, theirs.length},
        .base = {base_text->length ? base_text->text : "", base_text->length},
    };
    if (status == 0)
        status = conflict_markers_write(cli, arena, &texts, &how->marks, text);
    delta_buf_free(&theirs);
    return status;
}

int merge_versions(struct cli *cli, struct delta_arena *arena,
                   const struct delta_source versions[3], const struct merge_how *how,
                   struct delta_conflicts *conflicts, struct delta_buf *text) {
    const struct delta_value *base = versions[MERGE_BASE].state;
    struct delta_err err = {0};
    struct delta_buf ours = {0};
    if (!base)
        base = missing_base(arena, versions, &err);
    int status =
        base ? merge_text(arena, versions, base, &how->options, conflicts, &ours, &err) : -1;
    if (status)
        cli_error(cli, &err);
    else if (!conflicts->count || how->marks.style == CONFLICT_OURS ||
             how->marks.style == CONFLICT_UNSET)
        delta_buf_put(text, ours.data, ours.length);
    else
        status = mark_conflicts(cli, arena, versions, base, how, conflicts, &ours, text);
    if (status == 0 && text->failed) {
        cli_fail(cli, "out of memory");
        status = -1;
    }
    delta_buf_free(&ours);
    return status;
}

static int read_version(struct cli *cli, struct delta_arena *arena, const char *path,
                        bool may_be_empty, struct delta_source *version) {
    struct delta_err err = {0};
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    version->text = delta_read_bytes(arena, path, DELTA_MAX_STATE, &version->length, &err);
    if (version->text && version->length == 0 && may_be_empty)
        return CLI_OK;
    if (version->text)
        version->state = delta_read_in_place(arena, DELTA_USE_COMPARE, version->text,
                                             version->length, name, &err);
    return version->state ? CLI_OK : cli_error(cli, &err);
}

static int run_in(struct cli *cli, struct delta_arena *arena, const struct merge_how *how) {
    struct delta_source versions[3] = {{0}};
    struct delta_conflicts conflicts = {0};
    struct delta_buf text = {0};
    for (size_t i = MERGE_BASE; i <= MERGE_THEIRS; i++) {
        int status = read_version(cli, arena, cli->operands[i], i == MERGE_BASE, &versions[i]);
        if (status != CLI_OK)
            return status;
        struct delta_err err = {0};
        if (unmatched_look(how->unmatched, NULL, arena, versions[i].state, &err))
            return cli_error(cli, &err);
    }
    unmatched_warn(how->unmatched, "in any of the three states");
    int status = CLI_TROUBLE;
    if (merge_versions(cli, arena, versions, how, &conflicts, &text) == 0 &&
        cli_output_open(cli, false) == 0 && cli_write_buf(cli, &text) == 0)
        status = merge_states_report(cli, NULL, &conflicts, how->conflicts_path);
    delta_buf_free(&text);
    return status;
}

int merge_states_run(struct cli *cli, const struct merge_how *how) {
    struct delta_arena *arena = delta_arena_new();
    int status = arena ? run_in(cli, arena, how) : cli_fail(cli, "out of memory");
    delta_arena_free(arena);
    return status;
}
