#include "apply/stream.h"

#include "cli/key_states.h"
#include "cli/record_input.h"

#include <string.h>

enum {
    WORTH_A_COPY = 1024 * 1024, /* bytes that the records and states of one arena may take, */
    A_STATE = 4,                /* and these for each byte of a state */
};

/* A state shares with the record and with the state before, so that it is copied into the table
 * when the next record is of another key, or when the arena has become large: memory does not grow
 * with the stream, and of one key not every state is copied. */
struct applying {
    struct cli *cli;
    const struct stream_apply *options;
    struct record_input input;
    struct key_states *states; /* of each key the last one; that of records without one is "" */
    struct delta_arena *arena; /* of records, and of states that are not in the table yet */
    bool has_key;
    struct delta_buf key;            /* the key that the table was asked for last, */
    const struct delta_value *state; /* and its state; NULL: none */
    bool changed;                    /* the table does not have it yet */
    struct delta_buf line;           /* what was written last, */
    size_t text;                     /* and where the state begins in it */
};

/* Writes a state, or with --keyed the key alone where its thing was removed. */
static int put_state(struct applying *applying, const struct delta_value *key,
                     const struct delta_value *state) {
    struct delta_buf *line = &applying->line;
    struct delta_err err = {0};
    size_t length;
    line->length = 0;
    if (applying->options->keyed) {
        const char *text = delta_value_text(key, &length);
        delta_buf_put(line, text, length);
        delta_buf_put(line, "\t", 1);
    }
    applying->text = line->length;
    if (state && delta_write(state, DELTA_CANONICAL, 0, line, &err))
        return cli_error(applying->cli, &err);
    delta_buf_put(line, "\n", 1);
    if (line->failed)
        return cli_fail(applying->cli, "out of memory");
    if (applying->options->dry_run || !(state || applying->options->keyed))
        return CLI_OK;
    return cli_write_buf(applying->cli, line) ? CLI_TROUBLE : CLI_OK;
}

/* Makes the table know the state, as it was written last: its members are then sorted, and need not
 * be sorted again for each of the states that share them. */
static int keep_state(struct applying *applying) {
    struct delta_err err = {0};
    if (!applying->changed)
        return CLI_OK;
    applying->changed = applying->has_key = false;
    if (!applying->state) {
        key_states_remove(applying->states);
        return CLI_OK;
    }
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(applying->cli, "out of memory");
    const struct key_state known = {.state = delta_read(arena, applying->line.data + applying->text,
                                                        applying->line.length - applying->text - 1,
                                                        NULL, &err)};
    if (known.state)
        return key_states_put(applying->states, arena, &known);
    delta_arena_free(arena);
    return cli_error(applying->cli, &err);
}

/* Finds the state of the record's key. */
static int find_state(struct applying *applying) {
    size_t length = 0;
    const char *text = applying->input.key ? delta_value_text(applying->input.key, &length) : "";
    if (applying->has_key && applying->key.length == length &&
        (!length || memcmp(applying->key.data, text, length) == 0))
        return CLI_OK;
    int status = keep_state(applying);
    if (status != CLI_OK)
        return status;
    applying->key.length = 0;
    delta_buf_put(&applying->key, text, length);
    if (applying->key.failed)
        return cli_fail(applying->cli, "out of memory");
    const struct key_state *known = key_states_get(applying->states, text, length);
    if (!known)
        return CLI_TROUBLE;
    applying->state = known->state;
    applying->has_key = true;
    return CLI_OK;
}

/* The end of what began in one record with it, as delta-merge makes it: there was nothing before.
 */
static bool is_nothing(const struct applying *applying, const struct delta_record *record) {
    struct delta_record_info info;
    delta_record_info(record, &info);
    return info.strategy == DELTA_REMOVED && !info.has_base && !applying->state;
}

static int apply_one(struct applying *applying, const struct delta_record *record) {
    const struct delta_apply_options apply = {.any_base = applying->options->any_base,
                                              .max_size = applying->options->max_size};
    struct delta_err err = {0};
    int status = find_state(applying);
    if (status != CLI_OK)
        return status;
    const struct delta_value *state = NULL;
    if (!is_nothing(applying, record))
        state = delta_apply(applying->arena, record, applying->state, &apply, NULL, &err);
    if (!state && err.code != DELTA_OK && err.code != DELTA_ERR_REMOVED) {
        record_input_place(&applying->input, &err);
        return cli_error(applying->cli, &err);
    }
    applying->state = state;
    applying->changed = true;
    return put_state(applying, applying->input.key, state);
}

/* Drops what is not needed any more, once it is worth a copy of the state. */
static int renew_arena(struct applying *applying) {
    size_t state = applying->state ? delta_value_size(applying->state) : 0;
    if (delta_arena_size(applying->arena) < WORTH_A_COPY + A_STATE * state)
        return CLI_OK;
    int status = keep_state(applying);
    delta_arena_free(applying->arena);
    applying->arena = delta_arena_new();
    return applying->arena ? status : cli_fail(applying->cli, "out of memory");
}

static int apply_all(struct applying *applying) {
    int status = CLI_OK, got = 1;
    while (status == CLI_OK && got > 0) {
        const struct delta_record *record;
        got = record_input_next(applying->cli, &applying->input, applying->arena, &record);
        if (got > 0)
            status = apply_one(applying, record);
        if (got > 0 && status == CLI_OK)
            status = renew_arena(applying);
    }
    return got < 0 ? CLI_TROUBLE : status;
}

int stream_apply(struct cli *cli, const struct stream_apply *options) {
    struct applying applying = {.cli = cli, .options = options};
    cli_output_keep(cli);
    int status = record_input_open(cli, &applying.input, options->path,
                                   options->keyed ? RECORD_INPUT_KEYED : RECORD_INPUT_LINES,
                                   options->max_size);
    if (status == CLI_OK && !(applying.arena = delta_arena_new()))
        status = cli_fail(cli, "out of memory");
    if (status == CLI_OK && !(applying.states = key_states_new(cli, options->cache)))
        status = CLI_TROUBLE;
    if (status == CLI_OK)
        status = apply_all(&applying);
    key_states_free(applying.states);
    record_input_close(&applying.input);
    delta_arena_free(applying.arena);
    delta_buf_free(&applying.key);
    delta_buf_free(&applying.line);
    return status;
}
