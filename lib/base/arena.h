/* Memory that is freed all at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "delta.h"

/* `size` bytes, aligned for any of our structs, uninitialised; NULL when there is no memory.
 * O(1) amortised; a large request gets a mapping of its own, in huge pages where there are any. */
static inline void *arena_alloc(struct delta_arena *arena, size_t size);

/* `count` elements of `size` bytes; NULL on overflow too. */
void *arena_array(struct delta_arena *arena, size_t count, size_t size);

/* A copy of `count` elements with room for `capacity`; what it leaves behind the arena keeps. */
void *arena_grow(struct delta_arena *arena, const void *old, size_t count, size_t capacity,
                 size_t size);

/* A copy of `length` bytes with a NUL after them. */
char *arena_copy(struct delta_arena *arena, const void *bytes, size_t length);

/* Takes over memory that came from malloc, `size` bytes, a multiple of the alignment: its first
 * sizeof(struct arena_block) bytes are overwritten. It is freed with the arena, not by
 * arena_rewind. O(1). */
void arena_adopt(struct delta_arena *arena, void *memory, size_t size);

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

/* ---- Inlined: most of what is allocated is small, and takes a few instructions ---- */

enum { ARENA_ALIGNMENT = 8 };

struct arena_block {
    struct arena_block *previous;
    size_t size; /* of the whole block, header included */
    size_t used; /* header included */
    bool mapped;
};

struct delta_arena {
    struct arena_block *current;
    struct arena_block *spare; /* kept by delta_arena_clear for the next block, or NULL */
    size_t next_size;
    struct note *notes;
};

/* The same where the current block has no room. */
void *arena_alloc_block(struct delta_arena *arena, size_t size);

static inline void *arena_alloc(struct delta_arena *arena, size_t size) {
    struct arena_block *block = arena->current;
    if (!block || size > block->size - block->used)
        return arena_alloc_block(arena, size);
    void *memory = (char *)block + block->used;
    /* Blocks are multiples of the alignment, and so is what is left in them. */
    block->used += (size + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
    return memory;
}

#endif
