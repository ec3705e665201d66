/* A cell is a value, or a container that is open: it was on the way to a change. An open array is a
 * list of chunks of up to CHUNK_MOST elements: an index is found by their counts, an insertion
 * moves the elements of one chunk, and a chunk that is full is split in two. An open object is a
 * list of slots in the order of its members, where a removed one stays empty until the list is made
 * anew; beyond FEW slots a table finds them by key. Freezing makes values of all that is open below
 * a cell. */
#include "format/document.h"

#include "base/err.h"
#include "base/hash.h"
#include "base/table.h"

#include <string.h>

enum {
    FEW = 8,            /* members that are looked through one by one */
    CHUNK_MOST = 512,   /* elements of one chunk */
    CHUNK_FILLED = 384, /* and how many it has at first, so that there is room */

    /* Elements and members that are opened or frozen: 2 to 3 for each of the base and of
     * what operations add suffice where nothing is copied or tested within what changes. Each takes
     * at least two bytes of text, and about 32 bytes of memory: these are 256 MiB and more.
     */
    LEAST_WORK = 8 << 20,
    WORK_A_BYTE = 4,
};

/* Consecutive elements. */
struct chunk {
    struct document_cell *cells;
    uint32_t count, capacity;
};

struct slot {
    const struct value_key *key; /* NULL: removed */
    struct document_cell cell;
};

/* A container that is open: it may change. */
struct document_container {
    bool is_array;
    uint32_t count; /* elements or members */

    struct chunk *chunks; /* none is empty */
    uint32_t chunk_count, chunk_capacity;

    struct slot *slots; /* in order, removed ones between */
    uint32_t used, capacity;
    struct table table; /* slots by key; none while there are few */
};

static int absent(struct delta_err *err, const char *what) {
    return err_set(err, DELTA_ERR_BASE, "%s", what);
}

/* ---- Arrays ---- */

static int add_chunk(struct document *d, struct document_container *container, uint32_t at,
                     uint32_t capacity, struct delta_err *err) {
    if (container->chunk_count == container->chunk_capacity) {
        uint32_t more = container->chunk_capacity ? 2 * container->chunk_capacity : 1;
        struct chunk *chunks = arena_grow(d->scratch, container->chunks, container->chunk_count,
                                          more, sizeof *container->chunks);
        if (!chunks)
            return err_memory(err);
        container->chunks = chunks;
        container->chunk_capacity = more;
    }
    struct document_cell *cells = arena_array(d->scratch, capacity, sizeof *cells);
    if (!cells)
        return err_memory(err);
    memmove(&container->chunks[at + 1], &container->chunks[at],
            (container->chunk_count - at) * sizeof *container->chunks);
    container->chunks[at] = (struct chunk){.cells = cells, .capacity = capacity};
    container->chunk_count++;
    return 0;
}

static int open_array(struct document *d, struct document_container *container,
                      const struct delta_value *value, struct delta_err *err) {
    for (uint32_t i = 0; i < value->length;) {
        uint32_t count = value->length - i < CHUNK_FILLED ? value->length - i : CHUNK_FILLED;
        if (add_chunk(d, container, container->chunk_count, count + count / 3 + 1, err))
            return -1;
        struct chunk *chunk = &container->chunks[container->chunk_count - 1];
        for (; chunk->count < count; i++)
            chunk->cells[chunk->count++] = (struct document_cell){.value = value_items(value)[i]};
    }
    container->count = value->length;
    return 0;
}

/* The chunk of element `*index`, which becomes its index there. The end belongs to the last. */
static uint32_t find_chunk(const struct document_container *container, uint32_t *index) {
    uint32_t at = 0;
    while (at + 1 < container->chunk_count && *index >= container->chunks[at].count)
        *index -= container->chunks[at++].count;
    return at;
}

static struct document_cell *element(const struct document_container *container, uint32_t index) {
    uint32_t at = find_chunk(container, &index);
    return &container->chunks[at].cells[index];
}

static int make_room(struct document *d, struct document_container *container, uint32_t at,
                     struct delta_err *err) {
    struct chunk *chunk = &container->chunks[at];
    if (chunk->capacity < CHUNK_MOST) {
        uint32_t capacity = 2 * chunk->capacity < CHUNK_MOST ? 2 * chunk->capacity : CHUNK_MOST;
        struct document_cell *cells =
            arena_grow(d->scratch, chunk->cells, chunk->count, capacity, sizeof *cells);
        if (!cells)
            return err_memory(err);
        chunk->cells = cells;
        chunk->capacity = capacity;
        return 0;
    }
    if (add_chunk(d, container, at + 1, CHUNK_MOST, err))
        return -1;
    chunk = &container->chunks[at];
    uint32_t half = chunk->count / 2;
    memcpy(chunk[1].cells, chunk->cells + half, (chunk->count - half) * sizeof *chunk->cells);
    chunk[1].count = chunk->count - half;
    chunk->count = half;
    return 0;
}

static int insert_element(struct document *d, struct document_container *container, uint32_t index,
                          const struct delta_value *value, struct delta_err *err) {
    if (container->count == DELTA_MAX_STATE)
        return err_set(err, DELTA_ERR_LIMIT, "an array would have too many elements");
    if (container->chunk_count == 0 && add_chunk(d, container, 0, 4, err))
        return -1;
    uint32_t place = index;
    uint32_t at = find_chunk(container, &place);
    if (container->chunks[at].count == container->chunks[at].capacity) {
        if (make_room(d, container, at, err))
            return -1;
        place = index;
        at = find_chunk(container, &place);
    }
    struct chunk *chunk = &container->chunks[at];
    memmove(&chunk->cells[place + 1], &chunk->cells[place],
            (chunk->count - place) * sizeof *chunk->cells);
    chunk->cells[place] = (struct document_cell){.value = *value};
    chunk->count++;
    container->count++;
    return 0;
}

static void remove_element(struct document_container *container, uint32_t index) {
    uint32_t at = find_chunk(container, &index);
    struct chunk *chunk = &container->chunks[at];
    chunk->count--;
    container->count--;
    memmove(&chunk->cells[index], &chunk->cells[index + 1],
            (chunk->count - index) * sizeof *chunk->cells);
    if (chunk->count == 0) {
        container->chunk_count--;
        memmove(chunk, chunk + 1, (container->chunk_count - at) * sizeof *chunk);
    }
}

/* ---- Objects ---- */

static void put_in_table(struct document_container *container, uint32_t index) {
    table_put(&container->table, container->slots[index].key->hash, index);
}

/* Gives the slots room for `wanted` and leaves removed ones out; the table is made anew. */
static int rebuild_object(struct document *d, struct document_container *container, size_t wanted,
                          struct delta_err *err) {
    size_t capacity = wanted + wanted / 2 + 4;
    struct slot *slots = arena_array(d->scratch, capacity, sizeof *slots);
    size_t size = table_size(capacity);
    uint32_t *table = capacity > FEW ? arena_array(d->scratch, size, sizeof *table) : NULL;
    if (!slots || (capacity > FEW && !table) || capacity > DELTA_MAX_STATE)
        return err_memory(err);
    uint32_t used = 0;
    for (uint32_t i = 0; i < container->used; i++)
        if (container->slots[i].key)
            slots[used++] = container->slots[i];
    container->slots = slots;
    container->used = used;
    container->capacity = (uint32_t)capacity;
    container->table = table ? table_in(table, size) : (struct table){0};
    for (uint32_t i = 0; table && i < used; i++)
        put_in_table(container, i);
    return 0;
}

static void append_member(struct document_container *container, const struct value_key *key,
                          const struct delta_value *value) {
    container->slots[container->used] = (struct slot){.key = key, .cell = {.value = *value}};
    if (container->table.slots)
        put_in_table(container, container->used);
    container->used++;
    container->count++;
}

static int open_object(struct document *d, struct document_container *container,
                       const struct delta_value *value, struct delta_err *err) {
    if (rebuild_object(d, container, value->length, err))
        return -1;
    for (uint32_t i = 0; i < value->length; i++)
        append_member(container, value_members(value)[i].key, &value_members(value)[i].value);
    return 0;
}

static struct slot *find_slot(const struct document_container *container,
                              const struct pointer_step *step) {
    const struct value_key wanted = {.hash = value_string_hash(step->text, step->length),
                                     .text = step->text,
                                     .length = step->length};
    if (!container->table.slots) {
        for (uint32_t i = 0; i < container->used; i++)
            if (container->slots[i].key && value_key_equal(container->slots[i].key, &wanted))
                return &container->slots[i];
        return NULL;
    }
    TABLE_EACH(&container->table, wanted.hash, i)
    if (container->slots[i].key && value_key_equal(container->slots[i].key, &wanted))
        return &container->slots[i];
    return NULL;
}

/* ---- Cells ---- */

static int spend(struct document *d, uint32_t count, struct delta_err *err) {
    if (count > d->left)
        return err_set(err, DELTA_ERR_LIMIT,
                       "too much is copied or tested between changes within it");
    d->left -= count;
    return 0;
}

/* Opens a container, unless it is already. */
static int open_container(struct document *d, struct document_cell *cell, struct delta_err *err) {
    if (cell->open)
        return 0;
    if (!value_is_container(&cell->value))
        return absent(err, "the parent is not an object or array");
    if (spend(d, cell->value.length, err))
        return -1;
    struct document_container *container = arena_alloc(d->scratch, sizeof *container);
    if (!container)
        return err_memory(err);
    *container = (struct document_container){.is_array = cell->value.type == DELTA_ARRAY};
    if (container->is_array ? open_array(d, container, &cell->value, err)
                            : open_object(d, container, &cell->value, err))
        return -1;
    cell->open = container;
    return 0;
}

static int freeze(struct document *d, struct document_cell *cell, struct delta_err *err);

static int close_array(struct document *d, const struct document_container *container,
                       struct delta_value *out, struct delta_err *err) {
    struct value_array *array = value_array_open(d->arena, container->count);
    if (!array)
        return err_memory(err);
    uint32_t count = 0;
    for (uint32_t at = 0; at < container->chunk_count; at++) {
        struct chunk *chunk = &container->chunks[at];
        for (uint32_t i = 0; i < chunk->count; i++) {
            if (freeze(d, &chunk->cells[i], err))
                return -1;
            array->items[count++] = chunk->cells[i].value;
        }
    }
    return value_array_close(array, count, out, err);
}

static int close_object(struct document *d, const struct document_container *container,
                        struct delta_value *out, struct delta_err *err) {
    struct value_object *object = value_object_open(d->arena, container->count);
    if (!object)
        return err_memory(err);
    uint32_t count = 0;
    for (uint32_t i = 0; i < container->used; i++) {
        struct slot *slot = &container->slots[i];
        if (!slot->key)
            continue;
        if (freeze(d, &slot->cell, err))
            return -1;
        object->members[count++] = (struct value_member){slot->key, slot->cell.value};
    }
    return value_object_close(object, count, out, err);
}

/* Makes a value of an open container. As deep as pointers are long, which
 * find_parent bounds. */
static int freeze(struct document *d, struct document_cell *cell, struct delta_err *err) {
    if (!cell->open)
        return 0;
    if (spend(d, cell->open->count, err))
        return -1;
    if (cell->open->is_array ? close_array(d, cell->open, &cell->value, err)
                             : close_object(d, cell->open, &cell->value, err))
        return -1;
    cell->open = NULL;
    return 0;
}

/* The cell one step below an open container, or NULL (DELTA_ERR_BASE). */
static struct document_cell *step_down(const struct document_container *container,
                                       const struct pointer_step *step, struct delta_err *err) {
    if (!container->is_array) {
        struct slot *slot = find_slot(container, step);
        if (!slot)
            absent(err, "there is no such member");
        return slot ? &slot->cell : NULL;
    }
    uint32_t index;
    if (step->length == 1 && step->text[0] == '-')
        absent(err, "'-' is the place after the last element, where nothing is");
    else if (!pointer_index(step, &index))
        absent(err, "expected an array index: digits without leading zeros");
    else if (index >= container->count)
        absent(err, "there is no such element");
    else
        return element(container, index);
    return NULL;
}

/* The cell after the first `steps` steps. */
static struct document_cell *find(struct document *d, const struct pointer *pointer, uint32_t steps,
                                  struct delta_err *err) {
    struct document_cell *cell = &d->root;
    if (steps > DELTA_MAX_DEPTH)
        return err_null(
            err_set(err, DELTA_ERR_LIMIT, "nested deeper than %d levels", DELTA_MAX_DEPTH));
    for (uint32_t i = 0; i < steps && cell; i++) {
        if (open_container(d, cell, err))
            return NULL;
        cell = step_down(cell->open, &pointer->steps[i], err);
    }
    return cell;
}

/* The container in which the last step is taken, opened. */
static struct document_container *find_parent(struct document *d, const struct pointer *pointer,
                                              struct delta_err *err) {
    struct document_cell *cell = find(d, pointer, pointer->count - 1, err);
    return cell && open_container(d, cell, err) == 0 ? cell->open : NULL;
}

static int check_depth(const struct pointer *pointer, const struct delta_value *value,
                       struct delta_err *err) {
    if ((uint64_t)pointer->count + value->height > DELTA_MAX_DEPTH)
        return err_set(err, DELTA_ERR_LIMIT, "the result would nest deeper than %d levels",
                       DELTA_MAX_DEPTH);
    return 0;
}

/* ---- Operations ---- */

int document_open(struct document *d, struct delta_arena *arena, const struct delta_value *value,
                  uint64_t operations, struct delta_err *err) {
    *d = (struct document){.arena = arena,
                           .scratch = delta_arena_new(),
                           .root = {.value = *value},
                           .left =
                               LEAST_WORK + WORK_A_BYTE * (delta_value_size(value) + operations)};
    return d->scratch ? 0 : err_memory(err);
}

void document_close(struct document *d) {
    delta_arena_free(d->scratch);
    *d = (struct document){0};
}

int document_get(struct document *d, const struct pointer *pointer, struct delta_value *out,
                 struct delta_err *err) {
    struct document_cell *cell = find(d, pointer, pointer->count, err);
    if (!cell || freeze(d, cell, err))
        return -1;
    *out = cell->value;
    return 0;
}

int document_replace(struct document *d, const struct pointer *pointer,
                     const struct delta_value *value, struct delta_err *err) {
    struct document_cell *cell = find(d, pointer, pointer->count, err);
    if (!cell || check_depth(pointer, value, err))
        return -1;
    *cell = (struct document_cell){.value = *value};
    return 0;
}

static int add_element(struct document *d, struct document_container *container,
                       const struct pointer_step *step, const struct delta_value *value,
                       struct delta_err *err) {
    uint32_t index = container->count;
    if (step->length != 1 || step->text[0] != '-') {
        if (!pointer_index(step, &index))
            return absent(err, "expected an array index: digits without leading zeros");
        if (index > container->count)
            return absent(err, "index past the end of the array");
    }
    return insert_element(d, container, index, value, err);
}

static int add_member(struct document *d, struct document_container *container,
                      const struct pointer_step *step, const struct delta_value *value,
                      struct delta_err *err) {
    struct slot *slot = find_slot(container, step);
    if (slot) {
        slot->cell = (struct document_cell){.value = *value};
        return 0;
    }
    if (container->used == container->capacity &&
        rebuild_object(d, container, 2 * (size_t)container->count, err))
        return -1;
    const char *text = arena_copy(d->arena, step->text, step->length);
    const struct value_key *key = text ? value_key(d->arena, text, step->length) : NULL;
    if (!key)
        return err_memory(err);
    append_member(container, key, value);
    return 0;
}

int document_add(struct document *d, const struct pointer *pointer, const struct delta_value *value,
                 struct delta_err *err) {
    if (pointer->count == 0)
        return document_replace(d, pointer, value, err);
    struct document_container *container = find_parent(d, pointer, err);
    if (!container || check_depth(pointer, value, err))
        return -1;
    const struct pointer_step *last = &pointer->steps[pointer->count - 1];
    return container->is_array ? add_element(d, container, last, value, err)
                               : add_member(d, container, last, value, err);
}

int document_remove(struct document *d, const struct pointer *pointer, struct delta_value *removed,
                    struct delta_err *err) {
    if (pointer->count == 0)
        return err_set(err, DELTA_ERR_BASE, "the root cannot be removed");
    struct document_container *container = find_parent(d, pointer, err);
    if (!container)
        return -1;
    const struct pointer_step *last = &pointer->steps[pointer->count - 1];
    struct document_cell *cell = step_down(container, last, err);
    if (!cell || freeze(d, cell, err))
        return -1;
    *removed = cell->value;
    uint32_t index;
    if (!container->is_array)
        find_slot(container, last)->key = NULL;
    else if (pointer_index(last, &index))
        remove_element(container, index);
    if (!container->is_array)
        container->count--;
    return 0;
}
