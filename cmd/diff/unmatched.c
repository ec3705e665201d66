#include "diff/unmatched.h"

#include "cli/cli.h"
#include "cli/memory.h"

#include <string.h>

/* The states as the patterns are held against them. */
struct looked_at {
    struct cli *cli;
    const struct delta_value *states[2];
};

/* Warns when `text` selects nothing; `rest` is what follows the pattern in the option. */
static int look(const struct looked_at *at, const char *option, const char *text,
                const char *rest) {
    struct delta_err err = {0};
    int found = 0;
    for (int i = 0; i < 2 && found == 0; i++)
        if (at->states[i])
            found = delta_pattern_selects(text, at->states[i], &err);
    if (found < 0)
        return cli_error(at->cli, &err);
    if (!found)
        cli_warn(at->cli, "--%s=%s%s%s selects nothing in either state", option, text,
                 *rest ? "=" : "", rest);
    return CLI_OK;
}

static int look_all(const struct looked_at *at, const char *option, const struct cli_list *list) {
    int status = CLI_OK;
    for (size_t i = 0; i < list->count && status == CLI_OK; i++)
        status = look(at, option, list->items[i], "");
    return status;
}

static int look_keys(const struct looked_at *at, const struct cli_pairs *pairs) {
    int status = CLI_OK;
    for (size_t i = 0; i < pairs->count && status == CLI_OK; i++) {
        const struct cli_pair *pair = &pairs->items[i];
        char *pattern = cli_alloc(at->cli, pair->left_length + 1, 1);
        if (!pattern)
            return CLI_TROUBLE;
        memcpy(pattern, pair->left, pair->left_length);
        status = look(at, "array-key", pattern, pair->right);
    }
    return status;
}

int unmatched_warn(struct cli *cli, const struct filtering *given,
                   const struct delta_filter *filter, struct delta_arena *arena,
                   const struct delta_value *const states[2]) {
    struct looked_at at = {.cli = cli, .states = {states[0], states[1]}};
    struct delta_err err = {0};
    if (!given->mask.count && !given->only.count && !given->array_keys.count)
        return CLI_OK;
    for (int i = 0; i < 2; i++)
        if (at.states[i] &&
            !(at.states[i] = delta_filter_expand(arena, filter, at.states[i], &err)))
            return cli_error(cli, &err);
    int status = look_all(&at, "mask", &given->mask);
    if (status == CLI_OK)
        status = look_all(&at, "only", &given->only);
    return status == CLI_OK ? look_keys(&at, &given->array_keys) : status;
}
