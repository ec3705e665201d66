/* The last state of each of many things. Those that were used last are in memory, the others in a
 * temporary file. */
#ifndef CLI_KEY_STATES_H
#define CLI_KEY_STATES_H

#include "cli/command.h"

/* What a table of options has for it: bytes of states in memory. */
#define KEY_STATES_CACHE ((uint64_t)64 << 20)

struct key_states;

/* One thing. It has no state when it is new. */
struct key_state {
    const struct delta_value *state; /* NULL: none */
    const char *text;                /* a text that is kept with the state, or NULL */
    size_t text_length;
    uint64_t number; /* the line and */
    size_t column;   /* the column of the text: the caller's */
    bool seen;       /* see key_states_see */
};

/* `cache`: bytes of memory for states, beyond which those that were not used for longest are
 * written to an unnamed file in $TMPDIR or /tmp. Each key takes about 150 bytes besides. NULL
 * (reported) without memory. */
struct key_states *key_states_new(struct cli *cli, uint64_t cache);
void key_states_free(struct key_states *states);

/* What is known of a key, made when it is new; NULL (reported). Its state is in memory, and stays
 * until the next call. O(log keys), and reading the state where it is in the file. */
struct key_state *key_states_get(struct key_states *states, const char *key, size_t length);

/* The thing that was got last has now this state and text, which live in `arena`. The arena is the
 * table's from now on, also on failure. CLI_OK, or the status to end with (reported). */
int key_states_put(struct key_states *states, struct delta_arena *arena,
                   const struct key_state *known);

/* Forgets the thing that was got last. */
void key_states_remove(struct key_states *states);

/* Drops the state of the thing that was got last, which is `seen` from now on. */
void key_states_see(struct key_states *states);

/* Calls `visit` for each thing that has a state, in the order of keys; it has none afterwards. A
 * result other than CLI_OK ends it, and is returned. The table must not be used meanwhile. */
typedef int key_states_visitor(void *context, const char *key, size_t length,
                               const struct key_state *known);
int key_states_visit(struct key_states *states, key_states_visitor *visit, void *context);

#endif
