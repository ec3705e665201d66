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

static bool parse_side(const struct delta_value *take, enum delta_prefer *side) {
    static const struct {
        const char *word;
        enum delta_prefer side;
    } sides[] = {{"ours", DELTA_PREFER_OURS},
                 {"theirs", DELTA_PREFER_THEIRS},
                 {"union", DELTA_PREFER_UNION}};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        if (delta_value_is(take, sides[i].word)) {
            *side = sides[i].side;
            return true;
        }
    return false;
}

/* Adds the decision of one conflict, if there is one. */
static int take_decision(struct cli *cli, const char *path, size_t index,
                         const struct delta_value *conflict, struct delta_prefer_at *at,
                         size_t *count) {
    size_t length;
    const char *pointer = delta_value_text(delta_value_get(conflict, "pointer"), &length);
    const struct delta_value *take = delta_value_get(conflict, "take");
    if (!pointer)
        return cli_fail(cli, "%s: conflict %zu: missing pointer", path, index);
    if (!take)
        return CLI_OK;
    if (!parse_side(take, &at[*count].side))
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
    const struct delta_value *conflicts = text ? delta_read(arena, text, length, path, &err) : NULL;
    int status = conflicts ? take_decisions(cli, path, conflicts, options) : cli_error(cli, &err);
    delta_arena_free(arena);
    return status;
}
