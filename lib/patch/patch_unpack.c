#include "patch/patch_unpack.h"

#include "base/array.h"
#include "base/err.h"
#include "base/utf8.h"
#include "patch/columns.h"
#include "patch/patch_binary.h"
#include "patch/step.h"
#include "json/reader.h"

#include <stdlib.h>
#include <string.h>

struct unpacker {
    struct delta_arena *arena;
    struct varint_cursor ops;
    const struct delta_value *values; /* what has not been taken yet */
    uint32_t values_left;
    uint32_t depth;
    bool bound;
    bool parts;
    unsigned ways; /* PATCH_NEIGHBOURS, PATCH_COLUMNS */
    struct member_orders *orders;
    struct delta_err *err;
};

static const struct delta_patch *fail(struct unpacker *unpacker, const char *what) {
    err_set(unpacker->err, DELTA_ERR_DAMAGED, "corrupt packed patch: %s", what);
    return NULL;
}

/* A number of things that are still to come, each of which takes a byte or a value at least. */
static bool get_count(struct unpacker *unpacker, uint64_t *count) {
    return varint_get(&unpacker->ops, count) &&
           *count <= varint_left(&unpacker->ops) + (uint64_t)unpacker->values_left;
}

/* The next so many values, of which there must be one at least. */
static const struct delta_value *take(struct unpacker *unpacker, uint64_t count) {
    if (count == 0 || count > unpacker->values_left)
        return NULL;
    const struct delta_value *values = unpacker->values;
    unpacker->values += count;
    unpacker->values_left -= (uint32_t)count;
    return values;
}

static const struct delta_patch *unpack(struct unpacker *unpacker, const struct delta_value *base);

static const struct delta_patch *unpack_nested(struct unpacker *unpacker,
                                               const struct delta_value *base) {
    if (++unpacker->depth > DELTA_MAX_DEPTH)
        return fail(unpacker, "nested too deep");
    const struct delta_patch *nested = unpack(unpacker, base);
    unpacker->depth--;
    if (nested && nested->kind == PATCH_EMPTY && !unpacker->bound)
        return fail(unpacker, "an empty change");
    return nested;
}

/* New text must stay WTF-8 wherever it is put, so that it may hold no half of a pair. */
static bool is_literal(const struct delta_value *value) {
    return value->type == DELTA_STRING && value->length &&
           ((value->flags & VALUE_PLAIN) || !utf8_has_surrogate(value->text, value->length));
}

/* Reads one item of a list; `reached` is where the last old element used ended. */
static int unpack_item(struct unpacker *unpacker, enum patch_kind kind, uint32_t length,
                       const struct delta_value *base, int64_t *reached,
                       struct patch_items *items) {
    struct patch_item_head head;
    if (!patch_item_head_get(&unpacker->ops, unpacker->parts, kind, &head))
        return -1;
    if (head.kind == PATCH_INSERT) {
        const struct delta_value *values = take(unpacker, head.count);
        if (!values || (kind == PATCH_STRING && (head.count != 1 || !is_literal(values))) ||
            (head.replaces && head.count > length - (uint64_t)*reached))
            return -1;
        patch_items_insert(items, unpacker->arena, values, (uint32_t)head.count);
        *reached += head.replaces ? (int64_t)head.count : 0;
        return 0;
    }
    int64_t from; /* when negative, larger than any length as uint64_t */
    if (__builtin_add_overflow(*reached, head.step, &from) || (uint64_t)from > length ||
        head.count == 0 || head.count > length - (uint64_t)from)
        return -1;
    *reached = from + (int64_t)head.count;
    if (head.kind == PATCH_COPY) {
        patch_items_copy(items, (uint32_t)from, (uint32_t)head.count);
        return 0;
    }
    const struct delta_patch *nested =
        kind == PATCH_ARRAY ? unpack_nested(unpacker, base ? &value_items(base)[from] : NULL)
                            : NULL;
    if (!nested)
        return -1;
    patch_items_edit(items, (uint32_t)from, nested);
    return 0;
}

static const struct delta_patch *unpack_items(struct unpacker *unpacker, enum patch_kind kind,
                                              uint64_t count, const struct delta_value *base) {
    uint64_t length;
    if (!base) {
        if (!varint_get(&unpacker->ops, &length) || length > DELTA_MAX_STATE)
            return fail(unpacker, "array or string length");
    } else {
        length = patch_old_length(base);
    }
    struct patch_items items = {0};
    int64_t reached = 0;
    for (uint64_t n = 0; n < count; n++) {
        if (unpack_item(unpacker, kind, (uint32_t)length, base, &reached, &items)) {
            patch_items_free(&items);
            return fail(unpacker, "array or string item");
        }
    }
    if (!items.failed && patch_items_check(&items, kind, unpacker->err)) {
        patch_items_free(&items);
        return NULL;
    }
    return patch_items_close(&items, unpacker->arena, kind, (uint32_t)length, unpacker->err);
}

/* The members of an object patch as they are unpacked. */
struct member_list {
    ARRAY(struct patch_member) members;
};

static int add_change(struct unpacker *unpacker, struct member_list *list,
                      struct patch_member change) {
    struct patch_member *member = array_add(&list->members);
    if (!member)
        return err_memory(unpacker->err);
    *member = change;
    return 0;
}

/* The members of an object, which must have some. */
static int add_members(struct unpacker *unpacker, const struct delta_value *object,
                       struct member_list *list) {
    if (!object || object->type != DELTA_OBJECT || !object->length) {
        fail(unpacker, "added members");
        return -1;
    }
    for (uint32_t i = 0; i < object->length; i++) {
        const struct value_member *member = &value_members(object)[i];
        if (add_change(unpacker, list,
                       (struct patch_member){
                           .key = member->key, .change = PATCH_SET, .value = member->value}))
            return -1;
    }
    return 0;
}

static int add_object(struct unpacker *unpacker, struct member_list *list) {
    return add_members(unpacker, take(unpacker, 1), list);
}

/* A new member of which there is the key, with the value beside it. */
static int add_neighbour(struct unpacker *unpacker, const struct delta_value *string,
                         const struct delta_value *base, const uint32_t *order,
                         struct member_list *list) {
    struct patch_member change = {.key = value_key(unpacker->arena, string->text, string->length),
                                  .change = PATCH_SET};
    if (!change.key)
        return err_memory(unpacker->err);
    const struct delta_value *beside = patch_neighbour(base, order, change.key);
    if (!beside)
        return -1;
    change.value = *beside;
    return add_change(unpacker, list, change);
}

/* The members added to `base`: an object, a key, or keys with an object behind them. */
static int add_beside(struct unpacker *unpacker, const struct delta_value *base,
                      const uint32_t *order, struct member_list *list) {
    const struct delta_value *added = unpacker->values_left ? unpacker->values : NULL;
    if (!added || added->type == DELTA_OBJECT || !(unpacker->ways & PATCH_NEIGHBOURS))
        return add_object(unpacker, list);
    take(unpacker, 1);
    if (added->type == DELTA_STRING)
        return add_neighbour(unpacker, added, base, order, list);
    if (added->type != DELTA_ARRAY || added->length < 2) /* one goes without an array */
        return -1;
    for (uint32_t i = 0; i < added->length; i++) {
        const struct delta_value *item = &value_items(added)[i];
        bool is_last = i + 1 == added->length;
        int status = item->type == DELTA_STRING ? add_neighbour(unpacker, item, base, order, list)
                     : is_last                  ? add_members(unpacker, item, list)
                                                : -1;
        if (status)
            return -1;
    }
    return 0;
}

static int compare_members(const void *a, const void *b) {
    return value_key_compare(((const struct patch_member *)a)->key,
                             ((const struct patch_member *)b)->key);
}

/* The patch, its members in canonical order. */
static const struct delta_patch *close_members(struct unpacker *unpacker,
                                               struct member_list *list) {
    struct patch_member *items = list->members.items;
    size_t count = list->members.count;
    if (count == 0)
        return unpacker->bound ? &patch_empty : fail(unpacker, "an empty change");
    qsort(items, count, sizeof *items, compare_members);
    for (size_t i = 1; i < count; i++)
        if (compare_members(&items[i - 1], &items[i]) == 0)
            return fail(unpacker, "a key changed twice");
    struct patch_member *members = arena_array(unpacker->arena, count, sizeof *members);
    if (!members) {
        err_memory(unpacker->err);
        return NULL;
    }
    memcpy(members, items, count * sizeof *members);
    return patch_object(unpacker->arena, members, count, unpacker->err);
}

static const struct value_key *take_key(struct unpacker *unpacker) {
    const struct delta_value *string = take(unpacker, 1);
    if (!string || string->type != DELTA_STRING)
        return NULL;
    return value_key(unpacker->arena, string->text, string->length);
}

static int read_standalone(struct unpacker *unpacker, uint64_t has_sets, struct member_list *list) {
    if (has_sets > 1 || (has_sets && add_object(unpacker, list)))
        return -1;
    uint64_t count;
    if (!get_count(unpacker, &count))
        return -1;
    for (; count; count--) {
        struct patch_member change = {.key = take_key(unpacker), .change = PATCH_REMOVE};
        if (!change.key || add_change(unpacker, list, change))
            return -1;
    }
    if (!get_count(unpacker, &count))
        return -1;
    for (; count; count--) {
        struct patch_member change = {.key = take_key(unpacker), .change = PATCH_NEST};
        if (!change.key || !(change.nested = unpack_nested(unpacker, NULL)) ||
            add_change(unpacker, list, change))
            return -1;
    }
    return 0;
}

/* The number that a step leads to from `old`. */
static int take_step(struct unpacker *unpacker, const struct delta_value *old,
                     struct delta_value *out) {
    const struct delta_value *step = take(unpacker, 1);
    bool failed;
    if (!step)
        return -1;
    if (step_apply(unpacker->arena, old, step, out, &failed))
        return failed ? err_memory(unpacker->err) : -1;
    return 0;
}

/* Takes what an operation on an old member needs, and makes the change of it; 1 where it changes
 * nothing, -1 on failure. */
static int take_change(struct unpacker *unpacker, enum patch_member_op op,
                       const struct value_member *old, struct patch_member *change) {
    const struct delta_value *value;
    *change = (struct patch_member){.key = old->key, .change = PATCH_REMOVE};
    switch (op) {
    case PATCH_OP_SET:
        value = take(unpacker, 1);
        if (!value)
            return -1;
        change->change = PATCH_SET;
        change->value = *value;
        return 0;
    case PATCH_OP_STEP:
        change->change = PATCH_SET;
        return take_step(unpacker, &old->value, &change->value);
    case PATCH_OP_NEST:
        change->change = PATCH_NEST;
        change->nested = unpack_nested(unpacker, &old->value);
        return change->nested ? change->nested->kind == PATCH_EMPTY : -1;
    default:
        return 0;
    }
}

static int read_bound(struct unpacker *unpacker, uint64_t count, const struct delta_value *base,
                      const uint32_t *order, struct member_list *list) {
    uint32_t reached = 0;
    for (; count; count--) {
        struct patch_member_head head;
        struct patch_member change;
        if (!patch_member_head_get(&unpacker->ops, unpacker->parts, count, base->length, reached,
                                   &head))
            return -1;
        if (head.op == PATCH_OP_ADD)
            return add_beside(unpacker, base, order, list);
        reached = head.at + 1;
        int status = take_change(unpacker, head.op, &value_members(base)[order[head.at]], &change);
        if (status < 0 || (status == 0 && add_change(unpacker, list, change)))
            return -1;
    }
    return 0;
}

/* Keeps what was found out about the order of the base, if there is memory for it, so that what the
 * patch makes of it need not be looked at or sorted again. */
static void keep_order(struct unpacker *unpacker, const struct delta_patch *patch,
                       const struct delta_value *base, const uint32_t *order) {
    bool in_order = member_orders_is_counted(unpacker->orders, base, order);
    if (base->flags & (VALUE_ASCENDING | VALUE_ORDERED))
        return;
    struct patch_order *kept = arena_alloc(unpacker->arena, sizeof *kept);
    uint32_t *indices =
        in_order ? NULL : arena_array(unpacker->arena, base->length, sizeof *indices);
    if (!kept || (!in_order && !indices))
        return;
    if (indices)
        memcpy(indices, order, base->length * sizeof *indices);
    *kept = (struct patch_order){base->object, indices};
    ((struct delta_patch *)(uintptr_t)patch)->order = kept; /* just made */
}

static const struct delta_patch *unpack_object(struct unpacker *unpacker, uint64_t n,
                                               const struct delta_value *base) {
    struct member_list list = {0};
    const uint32_t *order = NULL;
    int status;
    if (base) {
        order = member_orders_get(unpacker->orders, base);
        status = order ? read_bound(unpacker, n, base, order, &list) : err_memory(unpacker->err);
    } else {
        status = read_standalone(unpacker, n, &list);
    }
    const struct delta_patch *patch =
        status ? fail(unpacker, "member operation") : close_members(unpacker, &list);
    if (base && patch && patch->kind == PATCH_OBJECT)
        keep_order(unpacker, patch, base, order);
    if (base)
        member_orders_release(unpacker->orders, order);
    free(list.members.items);
    return patch;
}

static const struct delta_patch *unpack(struct unpacker *unpacker, const struct delta_value *base) {
    uint64_t head;
    if (!varint_get(&unpacker->ops, &head))
        return fail(unpacker, "missing operations");
    enum patch_kind kind = head & 7;
    uint64_t n = head >> 3;
    if (kind > PATCH_STRING || (kind <= PATCH_VALUE && n != 0))
        return fail(unpacker, "unknown operation");
    if (base && kind >= PATCH_OBJECT && base->type != patch_base_type(kind)) {
        err_set(unpacker->err, DELTA_ERR_BASE, "the packed patch does not fit this base");
        return NULL;
    }
    if (kind == PATCH_EMPTY)
        return &patch_empty;
    if (kind == PATCH_VALUE) {
        const struct delta_value *value = take(unpacker, 1);
        return value ? patch_whole(unpacker->arena, value, unpacker->err)
                     : fail(unpacker, "missing value");
    }
    if (kind == PATCH_OBJECT)
        return unpack_object(unpacker, n, base);
    return unpack_items(unpacker, kind, n, base);
}

/* Puts values that are carried by columns in the order of the operations. */
static int sort_values(struct unpacker *unpacker, struct byte_span ops,
                       const struct delta_value *base) {
    uint32_t count = unpacker->values_left;
    struct delta_value *values = arena_array(unpacker->arena, count, sizeof *values);
    uint32_t *indices = malloc((count + (size_t)1) * sizeof *indices);
    int status = -1;
    if (!values || !indices)
        err_memory(unpacker->err);
    else
        status = columns_order(ops, base, unpacker->orders, count, indices, unpacker->err);
    for (uint32_t i = 0; i < count && status == 0; i++)
        values[i] = unpacker->values[indices[i]];
    unpacker->values = values;
    free(indices);
    return status;
}

/* All of the operations and of the values, which are followed by the padding. */
static const struct delta_patch *unpack_all(struct unpacker *unpacker, struct byte_span ops,
                                            struct byte_span values,
                                            const struct delta_value *base) {
    unpacker->ops = varint_cursor(ops.bytes, ops.length);
    if (values.length) {
        struct delta_err inner = {0};
        const struct delta_value *array =
            reader_parse(unpacker->arena, values.bytes, values.length, DELTA_MAX_DEPTH + 2, &inner);
        if (!array)
            return err_null(
                err_damage(unpacker->err, &inner, "corrupt packed patch: invalid values"));
        if (array->type != DELTA_ARRAY || array->length == 0)
            return fail(unpacker, "invalid values");
        unpacker->values = value_items(array);
        unpacker->values_left = array->length;
    }
    if (unpacker->ways & PATCH_COLUMNS && sort_values(unpacker, ops, base))
        return NULL;
    member_orders_rewind(unpacker->orders);
    const struct delta_patch *patch = unpack(unpacker, base);
    if (patch && (varint_left(&unpacker->ops) || unpacker->values_left))
        return fail(unpacker, "trailing data");
    return patch;
}

const struct delta_patch *unpack_patch(struct delta_arena *arena, const char *bytes, size_t length,
                                       const struct delta_value *base, struct delta_err *err) {
    struct member_orders orders = {0};
    struct unpacker unpacker = {
        .arena = arena, .bound = base != NULL, .orders = &orders, .err = err};
    struct varint_cursor cursor = varint_cursor(bytes, length);
    const void *ops;
    size_t ops_length;
    if (!varint_get_run(&cursor, &ops, &ops_length))
        return fail(&unpacker, "truncated");
    struct byte_span values = {(const char *)cursor.next, varint_left(&cursor)};
    const struct delta_patch *patch =
        unpack_all(&unpacker, (struct byte_span){ops, ops_length}, values, base);
    member_orders_free(&orders);
    return patch;
}

const struct delta_patch *unpack_patch_parts(struct delta_arena *arena, struct byte_span ops,
                                             struct byte_span values,
                                             const struct delta_value *base, unsigned ways,
                                             struct member_orders *orders, struct delta_err *err) {
    struct unpacker unpacker = {.arena = arena,
                                .bound = base != NULL,
                                .parts = true,
                                .ways = ways,
                                .orders = orders,
                                .err = err};
    char *array = NULL;
    if (values.length) {
        array = arena_alloc(arena, values.length + 2 + READER_PADDING);
        if (!array) {
            err_memory(err);
            return NULL;
        }
        array[0] = '[';
        memcpy(array + 1, values.bytes, values.length);
        array[values.length + 1] = ']';
        memset(array + values.length + 2, 0, READER_PADDING);
        values.length += 2;
    }
    return unpack_all(&unpacker, ops, (struct byte_span){array, values.length}, base);
}
