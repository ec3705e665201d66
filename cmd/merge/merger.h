/* The records of one key, and the one that is made of them. */
#ifndef MERGE_MERGER_H
#define MERGE_MERGER_H

#include "merge/options.h"

/* One record, and the arena that it and its bytes are in. */
struct merge_item {
    struct delta_arena *arena;
    const struct delta_record *record;
    char *name; /* what errors call it */
    int64_t timestamp;
    size_t index;
};

/* The records of one key. They are squashed as they come, but the first waits for a second: one
 * alone is converted. With --by-time and --concurrent all wait for all. */
struct merger {
    struct cli *cli;
    const struct options *options;
    char *key; /* NULL: the records have none */
    size_t key_length;
    struct delta_arena *arena; /* of the base, and of the result */
    const struct delta_value *base;
    struct merge_item *items;
    size_t count, capacity;
    struct delta_squash *squash; /* NULL: there was one record at most */
};

/* A merger without records. `base` is of the first one, or NULL; a `key` of NULL is none, and is
 * copied else. NULL without memory. */
struct merger *merger_new(struct cli *cli, const struct options *options,
                          const struct delta_value *base, const char *key, size_t length);
void merger_free(struct merger *merger);

/* Takes a record, which is the merger's in any case. CLI_OK, or the status to end with (reported).
 */
int merger_take(struct merger *merger, struct merge_item *item);

/* Writes the record that does what all of them do, text below a heading with the key if `section`.
 * CLI_OK, or the status to end with (reported). */
int merger_finish(struct merger *merger, bool section);

/* Frees what the item has. */
void merge_item_drop(struct merge_item *item);

#endif
