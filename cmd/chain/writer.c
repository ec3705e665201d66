#include "chain/writer.h"

#include "chain/chain.h"
#include "cli/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* Nanoseconds that a state waits for the disk, and other writers for the lock, while states keep
 * coming. A sync takes 1 to 20 ms, so that at most a tenth of the time goes into it. */
enum { LONGEST_WAIT = 200000000 };

/* Finds the digest of the last state, and its time, so that one that goes backwards is noticed. */
static void find_tip(struct chain_writer *writer) {
    struct delta_history_entry entry;
    uint32_t count = delta_history_count(writer->history);
    writer->has_tip = !count;
    if (!count)
        return;
    struct delta_history_iterator *walk =
        delta_history_iterator_new(writer->history, count - 1, count - 1, false, NULL);
    if (walk && delta_history_iterator_next(walk, &entry, NULL) > 0) {
        writer->has_tip = writer->has_time = true;
        writer->tip = entry.digest;
        writer->last_time = entry.time;
    }
    delta_history_iterator_free(walk);
}

int chain_writer_open(struct cli *cli, struct chain_writer *writer, bool ack) {
    *writer = (struct chain_writer){.history = chain_open(cli, DELTA_HISTORY_ADD), .ack = ack};
    if (!writer->history)
        return CLI_TROUBLE;
    find_tip(writer);
    cli_progress_begin(cli, &writer->progress, "states", 0);
    return ack && cli_output_open(cli, false) ? CLI_TROUBLE : CLI_OK;
}

int chain_writer_flush(struct cli *cli, struct chain_writer *writer) {
    struct delta_err err = {0};
    writer->waiting = false;
    if (delta_history_flush(writer->history, &err) < 0)
        return cli_error(cli, &err);
    if (!writer->acks.length)
        return CLI_OK;
    int failed = cli_write(cli, writer->acks.data, writer->acks.length) || cli_flush(cli);
    writer->acks.length = 0;
    return failed ? CLI_TROUBLE : CLI_OK;
}

/* A key is written as it is, or as JSON where a line could not hold it. */
static void put_key(const struct delta_value *key, struct delta_buf *out) {
    size_t length;
    const char *text = delta_value_text(key, &length);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20) {
            (void)delta_write(key, DELTA_CANONICAL, 0, out, NULL);
            return;
        }
    }
    delta_buf_put(out, text, length);
}

/* KEY TAB SEQ TAB INDEX TAB DIGEST of a state that is, or will be, durable. The index is that of
 * the last state: of one that was there already, no lower. */
int chain_ack_write(const struct chain_writer *writer, const struct chain_ack *ack,
                    struct delta_buf *out) {
    char digest[DELTA_DIGEST_TEXT] = "-", seq[24] = "-";
    size_t length = out->length;
    if (!writer->ack)
        return 0;
    if (ack->has_digest)
        delta_digest_format(ack->digest, digest);
    if (ack->has_seq)
        (void)snprintf(seq, sizeof seq, "%" PRIu64, ack->seq);
    if (ack->key)
        put_key(ack->key, out);
    delta_buf_printf(out, "\t%s\t%" PRIu32 "\t%s\n", seq, delta_history_count(writer->history) - 1,
                     digest);
    if (!out->failed)
        return 0;
    /* Of a line that could not be made whole nothing is printed. */
    out->length = length;
    return -1;
}

static int note_ack(struct cli *cli, struct chain_writer *writer, const struct chain_ack *ack) {
    return chain_ack_write(writer, ack, &writer->acks) ? cli_fail(cli, "out of memory") : CLI_OK;
}

struct chain_ack chain_ack_of(const struct delta_record_info *info) {
    return (struct chain_ack){.key = info->key,
                              .has_seq = info->source != NULL,
                              .seq = info->seq,
                              .has_digest = info->has_target,
                              .digest = info->target};
}

/* Makes durable what is worth it, or has waited long enough: then other writers get in, too. */
static int flush_in_time(struct cli *cli, struct chain_writer *writer) {
    static const struct timespec moment = {.tv_nsec = 1000000};
    if (delta_history_wants_flush(writer->history))
        return chain_writer_flush(cli, writer);
    if (cli_clock() - writer->since < LONGEST_WAIT)
        return CLI_OK;
    int status = chain_writer_flush(cli, writer);
    (void)nanosleep(&moment, NULL);
    return status;
}

static void begin_waiting(struct chain_writer *writer) {
    if (!writer->waiting)
        writer->since = cli_clock();
    writer->waiting = true;
}

/* Takes note of a state that was to be added, at a time, and what became of it. */
static int note_added(struct cli *cli, struct chain_writer *writer, enum delta_added added,
                      int64_t time, const struct chain_ack *ack) {
    writer->known += added == DELTA_ADD_KNOWN;
    writer->older += added == DELTA_ADD_OLDER;
    int status = note_ack(cli, writer, ack);
    if (status != CLI_OK)
        return status;
    if (added == DELTA_ADDED) {
        if (writer->has_time && time < writer->last_time)
            cli_warn(cli, "%s: the time of state %u is before that of the state before it",
                     cli->operands[0], delta_history_count(writer->history) - 1);
        writer->has_time = true;
        writer->last_time = time;
        cli_progress_update(&writer->progress, ++writer->added);
    }
    return flush_in_time(cli, writer);
}

int chain_writer_add(struct cli *cli, struct chain_writer *writer, struct delta_arena *arena,
                     const struct delta_value *state, const struct delta_history_note *note) {
    struct delta_err err = {0};
    begin_waiting(writer);
    int added = delta_history_add(writer->history, state, note, &err);
    if (added < 0) {
        delta_arena_free(arena);
        return cli_error(cli, &err);
    }
    struct chain_ack ack = {
        .has_seq = note->source != NULL, .seq = note->seq, .has_digest = !note->ended};
    if (ack.has_digest)
        ack.digest = delta_value_digest(state);
    if (added == DELTA_ADDED) {
        delta_arena_free(writer->held);
        writer->held = arena;
    } else {
        delta_arena_free(arena);
    }
    return note_added(cli, writer, (enum delta_added)added, note->time, &ack);
}

int chain_writer_add_record(struct cli *cli, struct chain_writer *writer,
                            struct delta_arena **arena, const struct delta_record *record,
                            const struct delta_history_note *note, struct delta_err *err) {
    struct delta_record_info info;
    struct delta_history_note own = *note;
    delta_record_info(record, &info);
    struct chain_ack ack = chain_ack_of(&info);
    own.keep_all = writer->keep_all;
    own.has_expected = writer->has_tip;
    own.expected = writer->tip;
    begin_waiting(writer);
    int added = delta_history_add_record(writer->history, *arena, record, &own, &writer->tip, err);
    if (added < 0)
        return CLI_TROUBLE;
    writer->has_tip = true;
    if (added == DELTA_ADDED) {
        *arena = NULL;
        ack.has_digest = info.strategy != DELTA_REMOVED;
        ack.digest = writer->tip;
    }
    return note_added(cli, writer, (enum delta_added)added,
                      info.has_timestamp ? info.timestamp : note->time, &ack);
}

int chain_writer_close(struct cli *cli, struct chain_writer *writer, int status) {
    cli_progress_end(&writer->progress);
    if (writer->history) {
        int flushed = chain_writer_flush(cli, writer);
        if (status == CLI_OK)
            status = flushed;
        if (writer->older)
            chain_warn_older(cli, cli->operands[0], writer->older);
        if (writer->known)
            cli_verbose(cli, "%s: %" PRIu64 " %s known", cli->operands[0], writer->known,
                        writer->known == 1 ? "state was" : "states were");
        if (status == CLI_OK && writer->added)
            cli_verbose(cli, "%s: %u %s", cli->operands[0], delta_history_count(writer->history),
                        chain_states(delta_history_count(writer->history)));
    }
    delta_history_close(writer->history);
    delta_buf_free(&writer->acks);
    delta_arena_free(writer->held);
    return status;
}
