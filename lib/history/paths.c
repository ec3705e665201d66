/* Nodes are found by parent and step in one hash table, and are numbered when all are there: depth
 * first, the children of each in the order in which they are written. A decoder makes the same tree
 * out of steps alone, without the table, and checks each against the keyframe that it names. */
#include "history/paths.h"

#include "base/err.h"
#include "base/varint.h"
#include "json/writer.h"

#include <stdlib.h>

/* ---- Building ---------------------------------------------------------------------------------*/

static uint64_t step_hash(uint32_t parent, const struct value_key *key, uint32_t index) {
    uint64_t low = key ? key->hash : index;
    /* The high bits of the product are the good ones. */
    return (low ^ parent * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9) >> 32;
}

static uint32_t node_new(struct paths *paths) {
    if (paths->count >= NO_INDEX / 4 ||
        (paths->count == paths->capacity &&
         !array_grow(&paths->nodes, &paths->capacity, paths->count + 1, sizeof *paths->nodes)))
        return NO_INDEX;
    struct paths_node *node = &paths->nodes[paths->count];
    *node = (struct paths_node){.index = NO_INDEX,
                                .parent = NO_INDEX,
                                .first = NO_INDEX,
                                .last = NO_INDEX,
                                .next = NO_INDEX,
                                .class = NO_INDEX};
    for (unsigned kind = 0; kind < PATHS_KINDS; kind++)
        node->number[kind] = NO_INDEX;
    return paths->count++;
}

int paths_begin(struct paths *paths, const struct delta_value *keyframe, struct delta_err *err) {
    *paths = (struct paths){0};
    if (node_new(paths) == NO_INDEX)
        return err_memory(err);
    paths->nodes[PATHS_ROOT].origin = keyframe;
    return 0;
}

static void node_append(struct paths *paths, uint32_t parent, uint32_t child) {
    struct paths_node *above = &paths->nodes[parent], *node = &paths->nodes[child];
    node->parent = parent;
    node->height = above->height + 1;
    if (above->first == NO_INDEX)
        above->first = child;
    else
        paths->nodes[above->last].next = child;
    above->last = child;
}

static bool reserve(struct paths *paths) {
    int renewed = table_reserve(&paths->table, paths->count);
    for (uint32_t i = 1; renewed > 0 && i < paths->count; i++)
        table_put(&paths->table,
                  step_hash(paths->nodes[i].parent, paths->nodes[i].key, paths->nodes[i].index), i);
    return renewed >= 0;
}

static int compare_key(const void *key, const void *member) {
    return value_key_compare(key, ((const struct value_member *)member)->key);
}

/* The position of the key among the members, which are in canonical order; NO_INDEX: none. */
static uint32_t position(const struct delta_value *object, const struct value_key *key) {
    const struct value_member *members = value_members(object);
    const struct value_member *found =
        bsearch(key, members, object->length, sizeof *members, compare_key);
    return found ? (uint32_t)(found - members) : NO_INDEX;
}

static uint32_t child(struct paths *paths, uint32_t parent, const struct value_key *key,
                      uint32_t index) {
    uint64_t hash = step_hash(parent, key, index);
    if (!reserve(paths))
        return NO_INDEX;
    TABLE_EACH(&paths->table, hash, at) {
        const struct paths_node *node = &paths->nodes[at];
        if (node->parent == parent && !node->key == !key &&
            (key ? value_key_equal(node->key, key) : node->index == index))
            return at;
    }
    uint32_t made = node_new(paths);
    if (made == NO_INDEX)
        return NO_INDEX;
    node_append(paths, parent, made);
    struct paths_node *node = &paths->nodes[made];
    const struct delta_value *origin = paths->nodes[parent].origin;
    node->key = key;
    if (key && origin && origin->type == DELTA_OBJECT) {
        node->index = position(origin, key);
        if (node->index != NO_INDEX)
            node->origin = &value_members(origin)[node->index].value;
    } else if (!key) {
        node->index = index;
        if (origin && origin->type == DELTA_ARRAY && index < origin->length)
            node->origin = &value_items(origin)[index];
    }
    table_put(&paths->table, hash, made);
    return made;
}

uint32_t paths_member(struct paths *paths, uint32_t parent, const struct value_key *key) {
    return child(paths, parent, key, 0);
}

uint32_t paths_element(struct paths *paths, uint32_t parent, uint32_t index) {
    return child(paths, parent, NULL, index);
}

/* ---- Order ------------------------------------------------------------------------------------*/

/* The order of the children of a node: members by position, elements, members by key. */
static unsigned rank(const struct paths_node *node) {
    return !node->key ? 1 : node->index != NO_INDEX ? 0 : 2;
}

static int compare_children(const void *left, const void *right, void *context) {
    const struct paths_node *nodes = context;
    const struct paths_node *a = &nodes[*(const uint32_t *)left];
    const struct paths_node *b = &nodes[*(const uint32_t *)right];
    if (rank(a) != rank(b))
        return rank(a) < rank(b) ? -1 : 1;
    if (rank(a) == 2)
        return value_key_compare(a->key, b->key);
    return a->index < b->index ? -1 : a->index > b->index;
}

static void sort_children(struct paths *paths, uint32_t parent, uint32_t *scratch) {
    struct paths_node *above = &paths->nodes[parent];
    size_t count = 0;
    for (uint32_t at = above->first; at != NO_INDEX; at = paths->nodes[at].next)
        scratch[count++] = at;
    if (count < 2)
        return;
    qsort_r(scratch, count, sizeof *scratch, compare_children, paths->nodes);
    above->first = scratch[0];
    above->last = scratch[count - 1];
    for (size_t i = 0; i < count; i++)
        paths->nodes[scratch[i]].next = i + 1 < count ? scratch[i + 1] : NO_INDEX;
}

/* The node after `at`, parents before children. */
static uint32_t next_node(const struct paths *paths, uint32_t at) {
    if (paths->nodes[at].first != NO_INDEX)
        return paths->nodes[at].first;
    while (at != NO_INDEX && paths->nodes[at].next == NO_INDEX)
        at = paths->nodes[at].parent;
    return at == NO_INDEX ? NO_INDEX : paths->nodes[at].next;
}

static int number_nodes(struct paths *paths, struct delta_err *err) {
    uint64_t pairs = 0;
    for (uint32_t i = 0; i < paths->count; i++)
        pairs += (unsigned)__builtin_popcount(paths->nodes[i].kinds);
    if (pairs >= NO_INDEX)
        return err_set(err, DELTA_ERR_LIMIT, "too many changes for one block");
    paths->pairs = malloc((pairs + 1) * sizeof *paths->pairs);
    if (!paths->pairs)
        return err_memory(err);
    for (uint32_t at = PATHS_ROOT; at != NO_INDEX; at = next_node(paths, at)) {
        struct paths_node *node = &paths->nodes[at];
        for (unsigned kind = 0; kind < PATHS_KINDS; kind++)
            if (node->kinds & 1u << kind) {
                paths->pairs[paths->numbers] =
                    (struct paths_op){.node = at, .kind = (enum paths_kind)kind};
                node->number[kind] = paths->numbers++;
            }
    }
    return 0;
}

int paths_number(struct paths *paths, struct delta_err *err) {
    uint32_t *scratch = malloc(paths->count * sizeof *scratch);
    if (!scratch)
        return err_memory(err);
    for (uint32_t i = 0; i < paths->count; i++)
        sort_children(paths, i, scratch);
    free(scratch);
    return number_nodes(paths, err);
}

int paths_class(struct paths *paths, struct delta_err *err) {
    size_t size = table_size(paths->count);
    uint32_t *slots = malloc(size * sizeof *slots);
    if (!slots)
        return err_memory(err);
    struct table table = table_in(slots, size); /* the first node under each key */
    paths->classes = 1;                         /* what is under no key is one */
    for (uint32_t at = PATHS_ROOT; at != NO_INDEX; at = next_node(paths, at)) {
        struct paths_node *node = &paths->nodes[at];
        if (!node->key) {
            node->class = at == PATHS_ROOT ? 0 : paths->nodes[node->parent].class;
            continue;
        }
        TABLE_EACH(&table, node->key->hash, first)
        if (value_key_equal(paths->nodes[first].key, node->key)) {
            node->class = paths->nodes[first].class;
            break;
        }
        if (node->class == NO_INDEX) {
            node->class = paths->classes++;
            table_put(&table, node->key->hash, at);
        }
    }
    free(slots);
    return 0;
}

/* ---- Bytes ------------------------------------------------------------------------------------*/

int paths_encode(const struct paths *paths, struct delta_buf *tree, struct delta_buf *steps,
                 struct delta_buf *names, struct delta_err *err) {
    buf_put_char(names, '[');
    for (uint32_t at = PATHS_ROOT; at != NO_INDEX; at = next_node(paths, at)) {
        uint32_t counts[3] = {0};
        uint32_t from[2] = {0};
        for (uint32_t i = paths->nodes[at].first; i != NO_INDEX; i = paths->nodes[i].next) {
            const struct paths_node *node = &paths->nodes[i];
            unsigned how = rank(node);
            counts[how]++;
            if (how < 2) {
                varint_put(steps, node->index - from[how]);
                from[how] = node->index + 1;
                continue;
            }
            if (names->length > 1)
                buf_put_char(names, ',');
            writer_string(node->key->text, node->key->length, names);
        }
        varint_put(tree, paths->nodes[at].kinds);
        for (unsigned how = 0; how < 3; how++)
            varint_put(tree, counts[how]);
    }
    buf_put_char(names, ']');
    if (buf_check(tree, err) < 0 || buf_check(steps, err) < 0)
        return -1;
    return buf_check(names, err);
}

static int damaged(struct delta_err *err) {
    return err_set(err, DELTA_ERR_DAMAGED, "corrupt block: invalid paths");
}

/* The state of reading the streams. */
struct decoding {
    struct paths *paths;
    struct delta_arena *arena;
    struct varint_cursor *tree, *steps;
    const struct delta_value *names;
    uint32_t names_used;
};

static int decode_child(struct decoding *in, uint32_t parent, unsigned how, uint64_t *from,
                        struct delta_err *err) {
    struct paths *paths = in->paths;
    const struct delta_value *origin = paths->nodes[parent].origin;
    const struct value_key *key = NULL;
    const struct delta_value *here = NULL;
    uint64_t index = NO_INDEX;
    if (how < 2) {
        uint64_t step;
        if (!varint_get(in->steps, &step) || step >= NO_INDEX - *from)
            return damaged(err);
        index = *from + step;
        *from = index + 1;
    }
    if (how == 0) {
        if (!origin || origin->type != DELTA_OBJECT || index >= origin->length)
            return damaged(err);
        key = value_members(origin)[index].key;
        here = &value_members(origin)[index].value;
    } else if (how == 1) {
        if (origin && origin->type == DELTA_ARRAY && index < origin->length)
            here = &value_items(origin)[index];
    } else {
        if (in->names_used >= in->names->length)
            return damaged(err);
        const struct delta_value *name = &value_items(in->names)[in->names_used++];
        if (name->type != DELTA_STRING)
            return damaged(err);
        key = value_key(in->arena, name->text, name->length);
        if (!key)
            return err_memory(err);
    }
    uint32_t made = node_new(paths);
    if (made == NO_INDEX)
        return err_memory(err);
    node_append(paths, parent, made);
    struct paths_node *node = &paths->nodes[made];
    node->key = key;
    node->origin = here;
    node->index = (uint32_t)index;
    return 0;
}

static int decode_node(struct decoding *in, uint32_t at, struct delta_err *err) {
    uint64_t kinds, count, from;
    if (!varint_get(in->tree, &kinds) || kinds >> PATHS_KINDS)
        return damaged(err);
    in->paths->nodes[at].kinds = (uint8_t)kinds;
    if (in->paths->nodes[at].height > DELTA_MAX_DEPTH)
        return damaged(err);
    for (unsigned how = 0; how < 3; how++) {
        from = 0;
        /* A child takes four bytes of its own, so that a forged count ends early. */
        if (!varint_get(in->tree, &count) || count > varint_left(in->tree) / 4)
            return damaged(err);
        for (; count; count--)
            if (decode_child(in, at, how, &from, err) < 0)
                return -1;
    }
    return 0;
}

int paths_decode(struct paths *paths, struct delta_arena *arena, const struct delta_value *keyframe,
                 struct varint_cursor *tree, struct varint_cursor *steps,
                 const struct delta_value *names, struct delta_err *err) {
    struct decoding in = {
        .paths = paths, .arena = arena, .tree = tree, .steps = steps, .names = names};
    if (names->type != DELTA_ARRAY)
        return damaged(err);
    if (paths_begin(paths, keyframe, err) < 0)
        return -1;
    for (uint32_t at = PATHS_ROOT; at != NO_INDEX; at = next_node(paths, at))
        if (decode_node(&in, at, err) < 0)
            return -1;
    if (varint_left(tree) || varint_left(steps) || in.names_used != names->length)
        return damaged(err);
    return number_nodes(paths, err);
}

void paths_free(struct paths *paths) {
    free(paths->nodes);
    free(paths->table.slots);
    free(paths->pairs);
    *paths = (struct paths){0};
}
