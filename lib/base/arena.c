#include "base/arena.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    FIRST_BLOCK = 32 * 1024,
    HUGE_PAGE = 2 * 1024 * 1024,
    LARGEST_STEP = 32 * 1024 * 1024, /* blocks double up to this */
};

/* What a value was read from. */
struct note {
    struct note *next;
    const void *value;
    const char *text;
    size_t length;
};

static size_t aligned(size_t size) {
    return (size + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
}

struct delta_arena *delta_arena_new(void) {
    struct delta_arena *arena = calloc(1, sizeof *arena);
    if (arena)
        arena->next_size = FIRST_BLOCK;
    return arena;
}

static void block_free(struct arena_block *block) {
    if (block->mapped)
        munmap(block, block->size);
    else
        free(block);
}

void delta_arena_free(struct delta_arena *arena) {
    if (!arena)
        return;
    for (struct arena_block *block = arena->current, *previous; block; block = previous) {
        previous = block->previous;
        block_free(block);
    }
    if (arena->spare)
        block_free(arena->spare);
    free(arena);
}

size_t delta_arena_size(const struct delta_arena *arena) {
    size_t size = 0;
    for (const struct arena_block *block = arena->current; block; block = block->previous)
        size += block->used;
    return size;
}

/* Keeps the largest block, up to one step: what is read next is most often as large as what was
 * read last, and the pages of a large block, which the kernel has to clear, are a fifth of the time
 * of reading a state into them. */
void delta_arena_clear(struct delta_arena *arena) {
    struct arena_block *kept = arena->spare;
    for (struct arena_block *block = arena->current, *previous; block; block = previous) {
        previous = block->previous;
        if (block->size > LARGEST_STEP || (kept && block->size <= kept->size)) {
            block_free(block);
            continue;
        }
        if (kept)
            block_free(kept);
        kept = block;
    }
    *arena = (struct delta_arena){.next_size = FIRST_BLOCK, .spare = kept};
}

/* The block that was kept, if it has `size` bytes; one that is too small is not wanted any more. */
static struct arena_block *take_spare(struct delta_arena *arena, size_t size) {
    struct arena_block *block = arena->spare;
    arena->spare = NULL;
    if (block && block->size < size) {
        block_free(block);
        block = NULL;
    }
    if (block)
        block->used = aligned(sizeof *block);
    return block;
}

static struct arena_block *block_new(size_t size) {
    struct arena_block *block;
    bool mapped = size >= HUGE_PAGE;
    if (mapped) {
        size = (size + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
        block = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (block == MAP_FAILED)
            return NULL;
        madvise(block, size, MADV_HUGEPAGE);
    } else {
        block = malloc(size);
        if (!block)
            return NULL;
    }
    *block = (struct arena_block){.size = size, .used = aligned(sizeof *block), .mapped = mapped};
    return block;
}

/* Makes the current block one with room for `size` bytes. */
static bool grow(struct delta_arena *arena, size_t size) {
    if (size > SIZE_MAX / 2)
        return false;
    size_t wanted = aligned(size + aligned(sizeof(struct arena_block)));
    if (wanted < arena->next_size)
        wanted = arena->next_size;
    struct arena_block *block = take_spare(arena, wanted);
    if (!block && !(block = block_new(wanted)))
        return false;
    block->previous = arena->current;
    arena->current = block;
    /* Twice the last, also where that was large, as a text is: what is made of a text takes more
     * than the text does. And all of them are then less than twice the last, so that malloc keeps
     * the memory of an arena that is freed for the next one: it hands back to the kernel what is
     * more than twice the largest block that it mapped. */
    while (arena->next_size < LARGEST_STEP && arena->next_size < 2 * block->size)
        arena->next_size *= 2;
    return true;
}

void *arena_alloc_block(struct delta_arena *arena, size_t size) {
    if (size > SIZE_MAX / 2)
        return NULL;
    size = aligned(size);
    if (!grow(arena, size))
        return NULL;
    struct arena_block *block = arena->current;
    void *memory = (char *)block + block->used;
    block->used += size;
    return memory;
}

void *arena_array(struct delta_arena *arena, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    return arena_alloc(arena, bytes);
}

void *arena_grow(struct delta_arena *arena, const void *old, size_t count, size_t capacity,
                 size_t size) {
    void *room = arena_array(arena, capacity, size);
    if (room && count)
        memcpy(room, old, count * size);
    return room;
}

char *arena_copy(struct delta_arena *arena, const void *bytes, size_t length) {
    char *copy = length < SIZE_MAX ? arena_alloc(arena, length + 1) : NULL;
    if (copy) {
        if (length)
            memcpy(copy, bytes, length);
        copy[length] = '\0';
    }
    return copy;
}

void arena_note_text(struct delta_arena *arena, const void *value, const char *text,
                     size_t length) {
    struct note *note = arena_alloc(arena, sizeof *note);
    if (!note)
        return;
    *note = (struct note){.next = arena->notes, .value = value, .text = text, .length = length};
    arena->notes = note;
}

const char *arena_text_of(const struct delta_arena *arena, const void *value, size_t *length) {
    for (const struct note *note = arena->notes; note; note = note->next) {
        if (note->value == value) {
            *length = note->length;
            return note->text;
        }
    }
    return NULL;
}

/* Below the current block, so that allocation goes on where it was. */
void arena_adopt(struct delta_arena *arena, void *memory, size_t size) {
    struct arena_block *block = memory;
    struct arena_block **place = arena->current ? &arena->current->previous : &arena->current;
    *block = (struct arena_block){.previous = *place, .size = size, .used = size};
    *place = block;
}

void arena_join(struct delta_arena *into, struct delta_arena *from) {
    struct arena_block *oldest = from->current;
    if (oldest) {
        while (oldest->previous)
            oldest = oldest->previous;
        if (into->current) {
            /* Below the current block, so that allocation goes on where it was. */
            oldest->previous = into->current->previous;
            into->current->previous = from->current;
        } else {
            into->current = from->current;
        }
    }
    struct note **end = &into->notes;
    while (*end)
        end = &(*end)->next;
    *end = from->notes;
    from->current = NULL;
    delta_arena_free(from);
}

struct arena_mark arena_mark(const struct delta_arena *arena) {
    return (struct arena_mark){.block = arena->current,
                               .used = arena->current ? arena->current->used : 0,
                               .notes = arena->notes};
}

void arena_rewind(struct delta_arena *arena, struct arena_mark mark) {
    arena->notes = mark.notes;
    while (arena->current != mark.block) {
        struct arena_block *block = arena->current;
        arena->current = block->previous;
        block_free(block);
    }
    if (arena->current)
        arena->current->used = mark.used;
}
