/* States on their way into a history. Private to delta-chain. */
#ifndef CHAIN_WRITER_H
#define CHAIN_WRITER_H

#include "cli/cli.h"

struct chain_writer {
    struct delta_history *history;
    struct delta_arena *held[2]; /* of the state added last, and of the one before */
    bool has_time;
    int64_t last_time; /* of the state added last */
    bool keep_all;     /* what comes in was whole, and stays so */
    bool waiting;      /* the lock is held, and states may not be on the disk */
    int64_t since;     /* milliseconds of a clock, when that began */
    struct cli_progress progress;
    uint64_t added, known, older; /* states; those that were there already */
    bool ack;                     /* print what was made durable */
    const struct delta_value
        *key;              /* a string that lines for states to be added begin with, or NULL */
    struct delta_buf acks; /* lines of states not flushed yet */
};

/* What a line of --ack says of a state, besides the index. */
struct chain_ack {
    const struct delta_value *key; /* a string; NULL: empty */
    bool has_seq, has_digest;
    uint64_t seq;
    struct delta_digest digest;
};

/* Opens the history for adding, and the output where states are to be acknowledged there; 0, or the
 * status to end with. */
int chain_writer_open(struct cli *cli, struct chain_writer *writer, bool ack);

/* Adds a state that lives in `arena`, which becomes the writer's in any case (NULL: it lives in the
 * one given before). 0, or the status to end with. */
int chain_writer_add(struct cli *cli, struct chain_writer *writer, struct delta_arena *arena,
                     const struct delta_value *state, const struct delta_history_note *note);

/* Takes note of a state that is not to be added: it is known, or older than what is retained. 0, or
 * the status to end with. */
int chain_writer_skip(struct cli *cli, struct chain_writer *writer, enum delta_added verdict,
                      const struct chain_ack *ack);

/* Appends the line of a state that is there already, where lines are wanted. 0, or -1 for want of
 * memory. */
int chain_ack_write(const struct chain_writer *writer, const struct chain_ack *ack,
                    struct delta_buf *out);

/* Makes durable what was added, and acknowledges it. */
int chain_writer_flush(struct cli *cli, struct chain_writer *writer);

/* Frees all; `status` is what is returned unless flushing fails. What was added before a failure
 * is kept. */
int chain_writer_close(struct cli *cli, struct chain_writer *writer, int status);

#endif
