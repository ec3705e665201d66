#include "diff/single.h"

#include <string.h>

/* Reads a state, masked. NULL on failure. */
static const struct delta_value *read_masked(struct delta_arena *arena, const char *path,
                                             const struct delta_filter *filter,
                                             struct unmatched *unmatched, struct delta_err *err) {
    const struct delta_value *state = delta_read_file(arena, path, err);
    if (state && unmatched_look(unmatched, filter, arena, state, err))
        return NULL;
    return state && filter ? delta_filter_mask(arena, filter, state, err) : state;
}

int write_canonical(struct cli *cli, struct delta_arena *arena, const struct delta_filter *filter,
                    struct unmatched *unmatched) {
    struct delta_err err = {0};
    struct delta_buf text = {0};
    int status = CLI_TROUBLE;
    const struct delta_value *state = read_masked(arena, cli->operands[0], filter, unmatched, &err);
    if (!state || delta_write(state, DELTA_CANONICAL, 0, &text, &err))
        status = cli_error(cli, &err);
    else if (cli_write_buf(cli, &text) == 0 && cli_write(cli, "\n", 1) == 0)
        status = CLI_OK;
    delta_buf_free(&text);
    return status;
}

int write_digests(struct cli *cli, const struct delta_filter *filter, struct unmatched *unmatched) {
    for (size_t i = 0; i < cli->operand_count; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        const struct delta_value *state =
            arena ? read_masked(arena, cli->operands[i], filter, unmatched, &err) : NULL;
        int status = CLI_OK;
        if (!state)
            status = arena ? cli_error(cli, &err) : cli_fail(cli, "out of memory");
        else {
            char digest[DELTA_DIGEST_TEXT];
            delta_digest_format(delta_value_digest(state), digest);
            if (cli_printf(cli, "%s  ", digest) ||
                cli_write_visible(cli, cli->operands[i], strlen(cli->operands[i])) ||
                cli_write_text(cli, "\n"))
                status = CLI_TROUBLE;
        }
        delta_arena_free(arena);
        if (status != CLI_OK)
            return status;
    }
    return CLI_OK;
}
