#include "chain/store_batch.h"

#include "chain/chain.h"
#include "cli/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

/* Nanoseconds in which a batch is collected: making it durable takes up to a fifth of that. */
enum { LONGEST_WAIT = 500000000 };

/* As many histories as possible in one batch. */
static void allow_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int store_batch_open(struct cli *cli, struct store_batch *batch, const char *path, uint64_t cache,
                     bool ack) {
    struct delta_err err = {0};
    *batch = (struct store_batch){.cli = cli, .path = path, .ack = ack};
    allow_descriptors();
    batch->store = delta_store_open(path, (size_t)cache, &err);
    if (!batch->store)
        return cli_error(cli, &err);
    delta_store_set_max_size(batch->store, cli->max_size);
    cli_progress_begin(cli, &batch->progress, "states", 0);
    return ack && cli_output_open(cli, false) ? CLI_TROUBLE : CLI_OK;
}

/* KEY TAB SEQ TAB INDEX TAB DIGEST. */
static void put_ack(struct delta_buf *acks, const struct delta_store_result *result) {
    char rest[96], digest[DELTA_DIGEST_TEXT] = "-", seq[24] = "-", index[16] = "-";
    if (result->has_digest)
        delta_digest_format(result->digest, digest);
    if (result->has_seq)
        (void)snprintf(seq, sizeof seq, "%" PRIu64, result->seq);
    if (result->index != DELTA_NO_STATE)
        (void)snprintf(index, sizeof index, "%" PRIu32, result->index);
    int length = snprintf(rest, sizeof rest, "\t%s\t%s\t%s\n", seq, index, digest);
    delta_buf_put(acks, result->key, result->key_length);
    delta_buf_put(acks, rest, (size_t)length);
}

/* Says what is wrong with a state: at its line, of which key. */
static int report_refusal(const struct store_batch *batch,
                          const struct delta_store_result *result) {
    struct delta_err err = *result->refused;
    struct delta_buf key = {0};
    if (err.code != DELTA_ERR_FORK && err.code != DELTA_ERR_GAP && err.code != DELTA_ERR_BASE)
        return cli_error(batch->cli, &err);
    delta_visible_write(result->key, result->key_length, &key);
    delta_buf_put(&key, "", 1);
    if (batch->input) {
        (void)snprintf(err.file, sizeof err.file, "%s", batch->input);
        err.line = result->number;
        err.column = 1;
    }
    (void)snprintf(err.text, sizeof err.text, "key %.200s: %.300s", key.failed ? "?" : key.data,
                   result->refused->text);
    delta_buf_free(&key);
    return cli_error(batch->cli, &err);
}

static int note_result(void *context, const struct delta_store_result *result) {
    struct store_batch *batch = context;
    if (result->refused) {
        int status = report_refusal(batch, result);
        batch->refused = status > batch->refused ? status : batch->refused;
        return 0;
    }
    batch->added += result->added == DELTA_ADDED;
    batch->known += result->added == DELTA_ADD_KNOWN;
    batch->older += result->added == DELTA_ADD_OLDER;
    if (batch->ack)
        put_ack(&batch->acks, result);
    return 0;
}

int store_batch_flush(struct store_batch *batch) {
    struct cli *cli = batch->cli;
    struct delta_err err = {0};
    batch->since = 0;
    batch->refused = CLI_OK;
    int status = CLI_OK, failed = delta_store_flush(batch->store, note_result, batch, &err);
    cli_progress_update(&batch->progress, batch->added);
    if (batch->acks.failed)
        status = cli_fail(cli, "out of memory");
    else if (batch->acks.length &&
             (cli_write(cli, batch->acks.data, batch->acks.length) || cli_flush(cli)))
        status = CLI_TROUBLE;
    batch->acks.length = 0;
    if (status == CLI_OK && failed)
        status = batch->refused ? batch->refused : cli_error(cli, &err);
    return status;
}

int store_batch_flush_in_time(struct store_batch *batch) {
    if (delta_store_wants_flush(batch->store))
        return store_batch_flush(batch);
    int64_t now = cli_clock();
    if (!batch->since)
        batch->since = now;
    return now - batch->since < LONGEST_WAIT ? CLI_OK : store_batch_flush(batch);
}

int store_batch_close(struct store_batch *batch, int status) {
    struct cli *cli = batch->cli;
    if (batch->store) {
        int flushed = store_batch_flush(batch);
        status = flushed > status ? flushed : status;
        cli_progress_end(&batch->progress);
        if (batch->older)
            chain_warn_older(cli, batch->path, batch->older);
        if (batch->known)
            cli_verbose(cli, "%s: %" PRIu64 " %s known", batch->path, batch->known,
                        batch->known == 1 ? "state was" : "states were");
        if (batch->added)
            cli_verbose(cli, "%s: %" PRIu64 " %s added", batch->path, batch->added,
                        chain_states(batch->added));
    }
    delta_store_close(batch->store);
    delta_buf_free(&batch->acks);
    return status;
}
