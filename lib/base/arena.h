/* Memory that is freed all at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "delta.h"

/* `size` bytes, aligned for any of our structs, uninitialised; NULL when there is no memory.
 * O(1) amortised; a large request gets a mapping of its own, in huge pages where there are any. */
void *arena_alloc(struct delta_arena *arena, size_t size);

/* `count` elements of `size` bytes; NULL on overflow too. */
void *arena_array(struct delta_arena *arena, size_t count, size_t size);

/* A copy of `length` bytes with a NUL after them. */
char *arena_copy(struct delta_arena *arena, const void *bytes, size_t length);

/* Moves all that is in `from` into `into`, and frees the empty `from`. O(blocks). */
void arena_join(struct delta_arena *into, struct delta_arena *from);

/* Notes that `value` was read from these bytes, which live as long as the arena. O(1); for want of
 * memory the note is not made. */
void arena_note_text(struct delta_arena *arena, const void *value, const char *text, size_t length);

/* The bytes noted for `value`, or NULL. O(notes): there is one a state. */
const char *arena_text_of(const struct delta_arena *arena, const void *value, size_t *length);

/* A place to come back to: what was allocated after arena_mark is given up by arena_rewind. */
struct arena_mark {
    void *block;
    size_t used;
    struct note *notes;
};
struct arena_mark arena_mark(const struct delta_arena *arena);
void arena_rewind(struct delta_arena *arena, struct arena_mark mark);

#endif
