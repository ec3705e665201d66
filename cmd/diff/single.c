#include "diff/single.h"

#include <string.h>

/* A state, masked. NULL on failure, and where it is NULL. */
static const struct delta_value *mask(struct delta_arena *arena, const struct delta_value *state,
                                      const struct delta_filter *filter,
                                      struct unmatched *unmatched, struct delta_err *err) {
    if (state && unmatched_look(unmatched, filter, arena, state, err))
        return NULL;
    return state && filter ? delta_filter_mask(arena, filter, state, err) : state;
}

int write_canonical(struct cli *cli, struct delta_arena *arena, const struct delta_filter *filter,
                    struct unmatched *unmatched) {
    struct delta_err err = {0};
    const struct delta_value *state =
        mask(arena, delta_read_file(arena, cli->operands[0], &err), filter, unmatched, &err);
    if (!state)
        return cli_error(cli, &err);
    return cli_write_value(cli, state, DELTA_CANONICAL, 0) || cli_write(cli, "\n", 1) ? CLI_TROUBLE
                                                                                      : CLI_OK;
}

/* As a whole: a line that breaks off would pass for the digest of another name. */
static int write_digest(struct cli *cli, const char *name, const struct delta_value *state) {
    char digest[DELTA_DIGEST_TEXT];
    struct delta_buf line = {0};
    int failed;

    delta_digest_format(delta_value_digest(state), digest);
    delta_buf_printf(&line, "%s  ", digest);
    delta_visible_write(name, strlen(name), &line);
    delta_buf_put(&line, "\n", 1);
    failed = cli_write_buf(cli, &line);
    delta_buf_free(&line);
    return failed ? CLI_TROUBLE : CLI_OK;
}

/* A state that cannot be read does not hide the others; want of memory ends it. */
int write_digests(struct cli *cli, const struct delta_filter *filter, struct unmatched *unmatched) {
    int status = CLI_OK, written = CLI_OK;
    for (size_t i = 0; i < cli->operand_count && written == CLI_OK; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        const char *name = cli->operands[i];
        if (!arena)
            return cli_fail(cli, "out of memory");
        const struct delta_value *state =
            mask(arena, delta_read_file(arena, name, &err), filter, unmatched, &err);
        if (state)
            written = write_digest(cli, name, state);
        else
            status = cli_error(cli, &err);
        delta_arena_free(arena);
        if (err.code == DELTA_ERR_MEMORY)
            return status;
    }
    return written != CLI_OK ? written : status;
}

/* ---- Streams ---- */

/* Appends what is written of a line; -1 with `err`. */
static int put_line(const struct options *options, const struct keyed_line *line,
                    const struct delta_value *state, struct delta_buf *out, struct delta_err *err) {
    if (options->keyed.keyed) {
        size_t length;
        const char *key = delta_value_text(line->key, &length);
        delta_buf_put(out, key, length);
        delta_buf_put(out, "\t", 1);
    }
    if (state && options->digest) {
        char digest[DELTA_DIGEST_TEXT];
        delta_digest_format(delta_value_digest(state), digest);
        delta_buf_put(out, digest, strlen(digest));
    } else if (state && delta_write(state, DELTA_CANONICAL, 0, out, err)) {
        return -1;
    }
    delta_buf_put(out, "\n", 1);
    return 0;
}

/* The state that the line holds; NULL where it is the end of its thing, or with `err`. */
static const struct delta_value *line_state(const struct options *options,
                                            struct delta_arena *arena,
                                            const struct keyed_line *line, struct delta_err *err) {
    const struct delta_value *state = NULL;
    struct delta_history_note note = {0};
    if (line->value)
        (void)feed_read(&options->feed, arena, line->value, NULL, &state, &note, err);
    return err->code == DELTA_OK ? state : NULL;
}

int write_stream(struct cli *cli, const struct options *options, const struct delta_filter *filter,
                 struct unmatched *unmatched) {
    struct delta_arena *arena = delta_arena_new();
    struct keyed_lines lines;
    struct keyed_line line;
    struct delta_buf out = {0};
    struct delta_err err = {0};
    cli_output_keep(cli);
    int got = 1, status = keyed_lines_open(cli, &lines, cli->operands[0], &options->keyed);
    if (status == CLI_OK && !arena)
        status = cli_fail(cli, "out of memory");
    while (status == CLI_OK &&
           (got = keyed_lines_next(cli, &lines, arena, DELTA_USE_DIGEST, &line)) > 0) {
        out.length = 0;
        const struct delta_value *state = line_state(options, arena, &line, &err);
        state = mask(arena, state, filter, unmatched, &err);
        if (err.code == DELTA_OK)
            (void)put_line(options, &line, state, &out, &err);
        keyed_lines_place(&lines, &err);
        status = err.code != DELTA_OK       ? cli_error(cli, &err)
                 : out.failed               ? cli_fail(cli, "out of memory")
                 : cli_write_buf(cli, &out) ? CLI_TROUBLE
                                            : CLI_OK;
        err = (struct delta_err){0};
        delta_arena_clear(arena);
    }
    delta_buf_free(&out);
    keyed_lines_close(&lines);
    delta_arena_free(arena);
    return got < 0 ? CLI_TROUBLE : status;
}
