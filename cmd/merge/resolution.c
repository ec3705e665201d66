#include "merge/resolution.h"

#include "cli/cli.h"

#include <string.h>

const char *resolution_pattern(struct cli *cli, const char *pointer, size_t length) {
    char *pattern = cli_alloc(cli, 2 * length + 1, 1), *at = pattern;
    for (size_t i = 0; pattern && i < length; i++) {
        if (memchr("*[]=,\\", pointer[i], 6))
            *at++ = '\\';
        *at++ = pointer[i];
    }
    return pattern;
}

bool resolution_side(const char *text, size_t length, enum delta_prefer *side) {
    static const char *const names[] = {[DELTA_PREFER_OURS] = "ours",
                                        [DELTA_PREFER_THEIRS] = "theirs",
                                        [DELTA_PREFER_UNION] = "union"};
    for (int n = DELTA_PREFER_OURS; n <= DELTA_PREFER_UNION; n++)
        if (strlen(names[n]) == length && memcmp(names[n], text, length) == 0) {
            *side = (enum delta_prefer)n;
            return true;
        }
    return false;
}

/* Adds the decision of one conflict, if there is one. */
static int take_decision(struct cli *cli, const char *path, size_t index,
                         const struct delta_value *conflict, struct delta_prefer_at *at,
                         size_t *count) {
    size_t length, side_length;
    const struct delta_value *place = delta_value_get(conflict, "pointer");
    const char *pointer = place ? delta_value_text(place, &length) : NULL;
    const struct delta_value *take = delta_value_get(conflict, "take");
    const char *side = take ? delta_value_text(take, &side_length) : NULL;
    if (!pointer)
        return cli_fail(cli, "%s: conflict %zu: missing pointer", path, index);
    if (!take)
        return CLI_OK;
    if (!side || !resolution_side(side, side_length, &at[*count].side))
        return cli_fail(cli, "%s: conflict %zu: expected \"take\" to be ours, theirs or union",
                        path, index);
    at[*count].pattern = resolution_pattern(cli, pointer, length);
    return at[(*count)++].pattern ? CLI_OK : CLI_TROUBLE;
}

static int take_decisions(struct cli *cli, const char *path, const struct delta_value *conflicts,
                          struct delta_merge_options *options) {
    size_t count = options->prefer_at_count, total = count + delta_value_count(conflicts);
    if (delta_value_type(conflicts) != DELTA_ARRAY)
        return cli_fail(cli, "%s: expected an array of conflicts, as --conflicts writes it", path);
    struct delta_prefer_at *at = cli_alloc(cli, total + 1, sizeof *at);
    int status = at ? CLI_OK : CLI_TROUBLE;
    if (at && count)
        memcpy(at, options->prefer_at, count * sizeof *at);
    for (size_t i = 0; status == CLI_OK && i < delta_value_count(conflicts); i++)
        status = take_decision(cli, path, i, delta_value_element(conflicts, i), at, &count);
    options->prefer_at = at;
    options->prefer_at_count = count;
    return status;
}

int resolution_read(struct cli *cli, const char *path, struct delta_merge_options *options) {
    struct delta_err err = {0};
    size_t length = 0;
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(cli, "out of memory");
    const char *text = delta_read_bytes(arena, path, DELTA_MAX_STATE, &length, &err);
    const struct delta_value *conflicts =
        text ? delta_read_in_place(arena, 0, text, length, path, &err) : NULL;
    int status = conflicts ? take_decisions(cli, path, conflicts, options) : cli_error(cli, &err);
    delta_arena_free(arena);
    return status;
}
