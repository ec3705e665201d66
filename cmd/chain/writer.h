/* States on their way into a history. Private to delta-chain. */
#ifndef CHAIN_WRITER_H
#define CHAIN_WRITER_H

#include "cli/cli.h"

struct chain_writer {
    struct delta_history *history;
    struct delta_arena *held; /* of the state added last */
    bool has_tip;             /* what is known of the last state: */
    struct delta_digest tip;  /* all zeros: there is none */
    bool has_time;
    int64_t last_time;
    bool keep_all; /* what comes in was whole, and stays so */
    bool waiting;  /* the lock is held, and states may not be on the disk */
    int64_t since; /* by cli_clock, when that began */
    struct cli_progress progress;
    uint64_t added, known, older; /* states; those that were there already */
    bool ack;                     /* print what was made durable */
    struct delta_buf acks;        /* lines of states not flushed yet */
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

/* Adds a state that lives in `arena`, which becomes the writer's in any case. 0, or the status to
 * end with. */
int chain_writer_add(struct cli *cli, struct chain_writer *writer, struct delta_arena *arena,
                     const struct delta_value *state, const struct delta_history_note *note);

/* Adds the state that a record in `*arena` makes, which is NULL then if the history has it. The
 * note's time is for a record without one. 0, or the status to end with, and `err` says what is
 * wrong with the record if it is that. */
int chain_writer_add_record(struct cli *cli, struct chain_writer *writer,
                            struct delta_arena **arena, const struct delta_record *record,
                            const struct delta_history_note *note, struct delta_err *err);

/* What a line says of a record's state that is there already. */
struct chain_ack chain_ack_of(const struct delta_record_info *info);

/* Appends the line of a state that is there already, where lines are wanted. 0, or -1 for want of
 * memory, and the lines are those before. */
int chain_ack_write(const struct chain_writer *writer, const struct chain_ack *ack,
                    struct delta_buf *out);

/* Makes durable what was added, and acknowledges it. */
int chain_writer_flush(struct cli *cli, struct chain_writer *writer);

/* Frees all; `status` is what is returned unless flushing fails. What was added before a failure
 * is kept. */
int chain_writer_close(struct cli *cli, struct chain_writer *writer, int status);

#endif
