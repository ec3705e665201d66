/* Many states in few bytes: what `compact` packs consecutive states into (the format is in block.c
 * and delta-history(5)). A block is self-contained, and is read from its start. */
#ifndef HISTORY_BLOCK_H
#define HISTORY_BLOCK_H

#include "base/buf.h"
#include "json/value.h"

enum { BLOCK_STATES = 1024 }; /* the most in one block */

/* The streams of a block, in their order; block.c says what is in each. */
enum block_stream {
    BLOCK_KEYFRAME,
    BLOCK_TREE,
    BLOCK_STEPS,
    BLOCK_NAMES,
    BLOCK_CLASSES,
    BLOCK_COUNTS,
    BLOCK_LOW,
    BLOCK_HIGH,
    BLOCK_RUNS,
    BLOCK_TEXTS,
    BLOCK_VALUES,
    BLOCK_TIMES,
    BLOCK_METADATA,
    BLOCK_KEY_COUNTS,
    BLOCK_STREAMS,
};

/* What precedes the compressed part of a block. */
struct block_info {
    uint64_t states_size; /* bytes of the canonical forms of its states */
    uint64_t set;         /* keys set and removed by the changes that lead to its states */
    uint64_t removed;
    uint64_t plain_size; /* bytes of the compressed part once decompressed */
};

/* ---- Writing ---- */

struct block_writer;

/* What is kept about a state besides its value. */
struct block_entry {
    int64_t time;
    const struct delta_value *metadata; /* as of state_info.h, or NULL */
    uint64_t set, removed;              /* keys, since the state before */
};

/* A block that begins with `state`. All states and metadata must outlive the writer. NULL on
 * failure. */
struct block_writer *block_writer_new(const struct delta_value *state,
                                      const struct block_entry *entry, struct delta_err *err);

/* One more state. O(diff). After a failure the writer is good for freeing only. */
int block_writer_add(struct block_writer *writer, const struct delta_value *state,
                     const struct block_entry *entry, struct delta_err *err);

/* True when one more state would make reading slow: the block has BLOCK_STATES, or its changes
 * outweigh its first state many times. */
bool block_writer_full(const struct block_writer *writer);

uint32_t block_writer_count(const struct block_writer *writer);

/* Appends the block at a zstd level. */
int block_writer_finish(struct block_writer *writer, int level, struct delta_buf *out,
                        struct delta_err *err);

void block_writer_free(struct block_writer *writer);

/* ---- Reading ---- */

struct block;

/* Reads only the info. DELTA_ERR_DAMAGED. */
int block_info(const void *bytes, size_t length, struct block_info *info, struct delta_err *err);

/* Reads a block whose checksum was verified; `max` bounds the bytes of a state. All that it returns
 * lives in `arena`. NULL with DELTA_ERR_DAMAGED, DELTA_ERR_LIMIT or DELTA_ERR_MEMORY. O(keyframe +
 * changes). */
struct block *block_open(struct delta_arena *arena, const void *bytes, size_t length, uint64_t max,
                         struct delta_err *err);

uint32_t block_count(const struct block *block);

/* The state at `index`, counted from the first of the block. In ascending order each costs its
 * changes and the containers in which they are; a lower index starts again from the keyframe. */
int block_state(struct block *block, uint32_t index, struct delta_value *out,
                struct delta_err *err);

/* What is kept about the state that block_state returned last. */
struct block_entry block_entry(const struct block *block);

/* Frees what is not in the arena. */
void block_close(struct block *block);

#endif
