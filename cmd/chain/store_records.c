#include "chain/store_records.h"

#include "chain/store_batch.h"
#include "cli/record_input.h"
#include "cli/record_options.h"

static int flush_at_pause(void *context) {
    return store_batch_flush(context);
}

static int add_record(struct store_batch *batch, const struct record_input *input,
                      struct delta_arena *arena, const struct delta_record *record, bool dense) {
    struct delta_err err = {0}, place = {0};
    struct delta_history_note note = {.keep_all = true, .dense = dense};
    struct cli_time now = {0};
    size_t length;
    int status = CLI_OK;
    record_input_place(input, &place);
    if (!input->key) {
        err =
            (struct delta_err){.code = DELTA_ERR_USAGE,
                               .text = "the record has no key: which history it is for is unknown"};
        record_input_place(input, &err);
        status = cli_error(batch->cli, &err);
    } else {
        status = record_options_time(batch->cli, &now, &note.time);
    }
    if (status != CLI_OK) {
        delta_arena_free(arena);
        return status;
    }
    const char *key = delta_value_text(input->key, &length);
    if (delta_store_add_record(batch->store, key, length, arena, record, &note, place.line, &err) <
        0) {
        record_input_place(input, &err);
        return cli_error(batch->cli, &err);
    }
    return store_batch_flush_in_time(batch);
}

static int add_stream(struct store_batch *batch, const struct store_records *how,
                      const char *path) {
    struct cli *cli = batch->cli;
    struct record_input input;
    enum record_input_form form = how->keyed ? RECORD_INPUT_KEYED : RECORD_INPUT_STREAM;
    int status = record_input_open(cli, &input, path, form, cli->max_size);
    input.on_pause = flush_at_pause;
    input.context = batch;
    input.patience = STORE_PATIENCE;
    batch->input = input.name;
    while (status == CLI_OK) {
        const struct delta_record *record;
        if (how->keyed && !cli_lines_near(&input.lines, STORE_PATIENCE) &&
            (status = store_batch_flush(batch)) != CLI_OK)
            break;
        struct delta_arena *arena = delta_arena_new();
        int got = arena ? record_input_next(cli, &input, arena, &record) : -1;
        if (got > 0) {
            status = add_record(batch, &input, arena, record, how->dense);
            continue;
        }
        if (got < 0)
            status = !arena           ? cli_fail(cli, "out of memory")
                     : batch->refused ? batch->refused
                                      : CLI_TROUBLE;
        delta_arena_free(arena);
        break;
    }
    if (status == CLI_OK)
        status = store_batch_flush(batch);
    record_input_close(&input);
    return status;
}

int store_add_records(struct cli *cli, const struct store_records *how) {
    struct store_batch batch = {.cli = cli};
    struct delta_err err = {0};
    int status = CLI_OK;
    if (how->keyed && delta_store_init(cli->operands[0], NULL, &err) < 0)
        return cli_error(cli, &err);
    status = store_batch_open(cli, &batch, cli->operands[0], how->cache, how->ack);
    if (status == CLI_OK && cli->operand_count == 1)
        status = add_stream(&batch, how, NULL);
    for (size_t i = 1; status == CLI_OK && i < cli->operand_count; i++)
        status = add_stream(&batch, how, cli->operands[i]);
    return store_batch_close(&batch, status);
}
