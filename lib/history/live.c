#include "history/live.h"

#include "base/err.h"
#include "base/table.h"
#include "base/utf8.h"
#include "patch/apply.h"

#include <stdlib.h>
#include <string.h>

enum {
    LIVE_REMOVED = 0xff,
    FEW = 8, /* members that are compared one by one */
};

struct live_member {
    const struct value_key *key;
    struct live_cell cell;
};

struct live_container {
    bool object;
    uint32_t count, capacity;
    /* So many members, from the first, are in canonical order, as all those of the keyframe are;
     * the others are in the table, by key, unless they are few. */
    uint32_t sorted;
    struct table table;
    union {
        struct live_member *members; /* removed ones keep their place, so that hints stay valid */
        struct live_cell *items;
    };
};

/* Where the member of a node was found last; valid as long as the container is the same. */
struct live_hint {
    const struct live_container *container;
    uint32_t index;
};

#define MISMATCH "corrupt block: a change does not fit"

static int mismatch(struct delta_err *err) {
    return err_set(err, DELTA_ERR_DAMAGED, MISMATCH);
}

int live_begin(struct live_tree *tree, struct delta_arena *arena, const struct paths *paths,
               const struct delta_value *value, struct delta_err *err) {
    *tree = (struct live_tree){.arena = arena, .paths = paths, .root = {.value = *value}};
    tree->hints = arena_array(arena, paths->count, sizeof *tree->hints);
    if (!tree->hints)
        return err_memory(err);
    memset(tree->hints, 0, paths->count * sizeof *tree->hints);
    return 0;
}

static void index_member(struct live_container *object, uint32_t index) {
    table_put(&object->table, object->members[index].key->hash, index);
}

/* Makes the table of the members behind the sorted ones, if there are more than FEW: with room for
 * twice as many, so that it is made again only when their number has doubled. */
static int index_members(struct live_tree *tree, struct live_container *object,
                         struct delta_err *err) {
    uint32_t others = object->count - object->sorted;
    if (others <= FEW)
        return 0;
    size_t size = table_size(2 * (size_t)others);
    uint32_t *slots = arena_array(tree->arena, size, sizeof *slots);
    if (!slots)
        return err_memory(err);
    object->table = table_in(slots, size);
    for (uint32_t i = object->sorted; i < object->count; i++)
        index_member(object, i);
    return 0;
}

/* Makes a mutable copy of the container that `cell` is. */
static int open_container(struct live_tree *tree, struct live_cell *cell, struct delta_err *err) {
    if (cell->open)
        return 0;
    if (!value_is_container(&cell->value) || cell->value.type == LIVE_REMOVED)
        return mismatch(err);
    struct live_container *open = arena_alloc(tree->arena, sizeof *open);
    if (!open)
        return err_memory(err);
    uint32_t count = cell->value.length;
    *open = (struct live_container){
        .object = cell->value.type == DELTA_OBJECT, .count = count, .capacity = count};
    if (open->object) {
        open->members = arena_array(tree->arena, count, sizeof *open->members);
        if (!open->members)
            return err_memory(err);
        const struct value_member *members = value_members(&cell->value);
        for (uint32_t i = 0; i < count; i++)
            open->members[i] =
                (struct live_member){.key = members[i].key, .cell = {.value = members[i].value}};
        open->sorted = count > 0;
        while (open->sorted < count &&
               value_key_compare(members[open->sorted - 1].key, members[open->sorted].key) < 0)
            open->sorted++;
        if (index_members(tree, open, err))
            return -1;
    } else {
        open->items = arena_array(tree->arena, count, sizeof *open->items);
        if (!open->items)
            return err_memory(err);
        for (uint32_t i = 0; i < count; i++)
            open->items[i] = (struct live_cell){.value = value_items(&cell->value)[i]};
    }
    cell->open = open;
    return 0;
}

/* The member's index, or NO_INDEX. O(log members). */
static uint32_t member_index(const struct live_container *object, const struct value_key *key) {
    uint32_t low = 0, high = object->sorted;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = value_key_compare(object->members[middle].key, key);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (!object->table.slots) {
        for (uint32_t i = object->sorted; i < object->count; i++)
            if (value_key_equal(object->members[i].key, key))
                return i;
        return NO_INDEX;
    }
    TABLE_EACH(&object->table, key->hash, i)
    if (value_key_equal(object->members[i].key, key))
        return i;
    return NO_INDEX;
}

static uint32_t append_member(struct live_tree *tree, struct live_container *object,
                              const struct value_key *key) {
    if (object->count == object->capacity) {
        uint32_t capacity = object->capacity < 8 ? 16 : object->capacity * 2;
        if (capacity <= object->capacity)
            return NO_INDEX;
        struct live_member *members =
            arena_grow(tree->arena, object->members, object->count, capacity, sizeof *members);
        if (!members)
            return NO_INDEX;
        object->members = members;
        object->capacity = capacity;
    }
    object->members[object->count] =
        (struct live_member){.key = key, .cell = {.value = {.type = LIVE_REMOVED}}};
    uint32_t index = object->count++;
    if (object->table.slots && 2 * (size_t)(object->count - object->sorted) <= object->table.mask)
        index_member(object, index);
    else if (index_members(tree, object, NULL))
        return NO_INDEX;
    return index;
}

/* The cell of a node in the container `above`, which is opened. With `make`, a member that is not
 * there is added, as a removed one. NULL on failure. */
static struct live_cell *step_to(struct live_tree *tree, struct live_cell *above, uint32_t at,
                                 bool make, struct delta_err *err) {
    const struct paths_node *node = &tree->paths->nodes[at];
    if (open_container(tree, above, err) < 0)
        return NULL;
    struct live_container *open = above->open;
    if (open->object != (node->key != NULL)) {
        mismatch(err);
        return NULL;
    }
    if (!node->key) {
        if (node->index >= open->count) {
            mismatch(err);
            return NULL;
        }
        return &open->items[node->index];
    }
    struct live_hint *hint = &tree->hints[at];
    if (hint->container != open) {
        uint32_t index = member_index(open, node->key);
        if (index == NO_INDEX && !make) {
            mismatch(err);
            return NULL;
        }
        if (index == NO_INDEX && (index = append_member(tree, open, node->key)) == NO_INDEX)
            return err_no_memory(err);
        *hint = (struct live_hint){.container = open, .index = index};
    }
    return &open->members[hint->index].cell;
}

static struct live_cell *find(struct live_tree *tree, uint32_t node, bool make,
                              struct delta_err *err) {
    uint32_t path[DELTA_MAX_DEPTH];
    uint32_t height = tree->paths->nodes[node].height;
    for (uint32_t i = height; i > 0; node = tree->paths->nodes[node].parent)
        path[--i] = node;
    struct live_cell *cell = &tree->root;
    for (uint32_t i = 0; cell && i < height; i++) {
        if (cell->value.type == LIVE_REMOVED && !cell->open) {
            mismatch(err);
            return NULL;
        }
        cell = step_to(tree, cell, path[i], make && i + 1 == height, err);
    }
    return cell;
}

int live_set(struct live_tree *tree, uint32_t node, const struct delta_value *value,
             struct delta_err *err) {
    struct live_cell *cell = find(tree, node, true, err);
    if (!cell)
        return -1;
    *cell = (struct live_cell){.value = *value};
    return 0;
}

int live_remove(struct live_tree *tree, uint32_t node, struct delta_err *err) {
    if (!tree->paths->nodes[node].key)
        return mismatch(err);
    struct live_cell *cell = find(tree, node, false, err);
    if (!cell)
        return -1;
    *cell = (struct live_cell){.value = {.type = LIVE_REMOVED}};
    return 0;
}

/* How many elements the new array has; 0 (with a failure) when the items do not fit. */
static int count_elements(const struct live_container *array, const struct patch_item *items,
                          uint32_t count, uint32_t *elements, struct delta_err *err) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].kind == PATCH_COPY &&
            (items[i].from > array->count || items[i].count > array->count - items[i].from))
            return mismatch(err);
        sum += items[i].count;
        if (sum >= UINT32_MAX)
            return mismatch(err);
    }
    *elements = (uint32_t)sum;
    return 0;
}

/* Moves old elements and new values into `rest`; the first `kept` old ones are already used. */
static int fill_elements(struct live_container *array, const struct patch_item *items,
                         uint32_t count, uint32_t kept, struct live_cell *rest,
                         struct delta_err *err) {
    size_t filled = 0;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < items[i].count; k++) {
            if (items[i].kind == PATCH_INSERT) {
                rest[filled++] = (struct live_cell){.value = items[i].values[k]};
                continue;
            }
            uint32_t from = items[i].from + k;
            struct live_cell *old = &array->items[from];
            if (from < kept || (!old->open && old->value.type == LIVE_REMOVED))
                return mismatch(err); /* used twice */
            rest[filled++] = *old;
            *old = (struct live_cell){.value = {.type = LIVE_REMOVED}};
        }
    return 0;
}

static bool reserve_elements(struct live_tree *tree, struct live_container *array,
                             uint32_t elements, uint32_t kept) {
    if (elements <= array->capacity)
        return true;
    uint32_t capacity = elements < UINT32_MAX / 2 ? elements * 2 : elements;
    struct live_cell *made = arena_grow(tree->arena, array->items, kept, capacity, sizeof *made);
    if (!made)
        return false;
    array->items = made;
    array->capacity = capacity;
    return true;
}

int live_array(struct live_tree *tree, uint32_t node, const struct patch_item *items,
               uint32_t count, struct delta_err *err) {
    struct live_cell *cell = find(tree, node, false, err);
    if (!cell || open_container(tree, cell, err) < 0)
        return -1;
    struct live_container *array = cell->open;
    uint32_t elements = 0;
    if (array->object)
        return mismatch(err);
    if (count_elements(array, items, count, &elements, err) < 0)
        return -1;
    /* A run of the first old elements stays where it is: appending moves nothing. */
    uint32_t kept = count && items[0].kind == PATCH_COPY && !items[0].from ? items[0].count : 0;
    struct live_cell *rest = malloc((elements - kept + UINT64_C(1)) * sizeof *rest);
    if (!rest)
        return err_memory(err);
    int status =
        fill_elements(array, kept ? items + 1 : items, kept ? count - 1 : count, kept, rest, err);
    if (status == 0 && !reserve_elements(tree, array, elements, kept))
        status = err_memory(err);
    if (status == 0) {
        memcpy(array->items + kept, rest, (elements - kept) * sizeof *rest);
        array->count = elements;
    }
    free(rest);
    return status;
}

int live_text(struct live_tree *tree, uint32_t node, const struct patch_item *items, uint32_t count,
              struct delta_err *err) {
    struct live_cell *cell = find(tree, node, false, err);
    if (!cell)
        return -1;
    if (cell->open || cell->value.type != DELTA_STRING)
        return mismatch(err);
    struct delta_patch patch = {
        .kind = PATCH_STRING,
        .count = count,
        .length = (uint32_t)utf8_count(cell->value.text, cell->value.length),
        .items = items,
    };
    struct delta_err why = {0};
    struct delta_value made;
    if (apply_patch(tree->arena, &cell->value, &patch, &made, &why) < 0)
        return err_damage(err, &why, MISMATCH);
    cell->value = made;
    return 0;
}

static int freeze(struct live_tree *tree, const struct live_cell *cell, struct delta_value *out,
                  struct delta_err *err) {
    const struct live_container *open = cell->open;
    if (!open) {
        *out = cell->value;
        return cell->value.type == LIVE_REMOVED ? mismatch(err) : 0;
    }
    if (!open->object) {
        struct value_array *array = value_array_open(tree->arena, open->count);
        if (!array)
            return err_memory(err);
        for (uint32_t i = 0; i < open->count; i++)
            if (freeze(tree, &open->items[i], &array->items[i], err) < 0)
                return -1;
        return value_array_close(array, open->count, out, err);
    }
    struct value_object *object = value_object_open(tree->arena, open->count);
    if (!object)
        return err_memory(err);
    uint32_t count = 0;
    for (uint32_t i = 0; i < open->count; i++) {
        const struct live_member *member = &open->members[i];
        if (!member->cell.open && member->cell.value.type == LIVE_REMOVED)
            continue;
        object->members[count].key = member->key;
        if (freeze(tree, &member->cell, &object->members[count].value, err) < 0)
            return -1;
        count++;
    }
    return value_object_close_digest(object, count, out, err);
}

int live_value(struct live_tree *tree, struct delta_value *out, struct delta_err *err) {
    if (freeze(tree, &tree->root, out, err) < 0)
        return -1;
    return value_check_depth(out, err);
}
