#include "chain/part.h"

/* What counts of `state` beside the part before, masked. Shares both. */
static const struct delta_value *apply(const struct part *part, struct delta_arena *arena,
                                       const struct delta_value *state, struct delta_err *err) {
    const struct delta_value *before = part->value;
    if (!before && delta_value_type(state) == DELTA_OBJECT)
        before = delta_value_object(arena, NULL, 0, err);
    const struct delta_value *counts = state;
    if (before)
        counts = delta_filter_apply(arena, part->filter, before, state, err);
    return counts ? delta_filter_mask(arena, part->filter, counts, err) : NULL;
}

int part_next(struct cli *cli, struct part *part, const struct delta_value *state,
              const struct delta_value **value, bool *changed) {
    struct delta_err err = {0};
    struct delta_arena *scratch = delta_arena_new(), *arena = delta_arena_new();
    const struct delta_value *next = NULL;
    int status = CLI_OK;
    *changed = false;
    if (!scratch || !arena)
        status = cli_fail(cli, "out of memory");
    else if (unmatched_look(part->unmatched, part->filter, scratch, state, &err) ||
             !(next = apply(part, scratch, state, &err)))
        status = cli_error(cli, &err);
    else if (!part->value || !delta_value_equal(part->value, next))
        *changed = true;
    if (*changed && !(next = delta_value_copy(arena, next, &err)))
        status = cli_error(cli, &err);
    delta_arena_free(scratch);
    if (status != CLI_OK || !*changed) {
        delta_arena_free(arena);
        *value = part->value;
        return status;
    }
    delta_arena_free(part->old_arena);
    part->old_arena = part->arena;
    part->arena = arena;
    part->value = *value = next;
    return CLI_OK;
}

void part_free(struct part *part) {
    delta_arena_free(part->arena);
    delta_arena_free(part->old_arena);
}
