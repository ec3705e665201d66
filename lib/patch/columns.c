/* The operations are walked beside the base as unpacking does, without the values. A column is a
 * name and what is done there:
 *
 *     name    the key of the member that is set, or that is around what is added or inserted, the
 *             innermost one that does not begin with a digit: such keys are numbers or versions,
 *             what is under each of them is alike, and distinguished by what is around them
 *     kind    SET a member's value or step, or the whole of what is there; ADDED an object of new
 *             members; INSERTED an element, or a piece of a string
 *
 * Columns come in the order in which the operations first need them, and within one the values as
 * they take them. Bytes of the values of compat data (13 MB, far) at level 9, in the order of the
 * operations and by columns: 154,251 and 143,864; by columns of the whole path 154,242. */
#include "patch/columns.h"

#include "base/err.h"
#include "base/table.h"
#include "base/varint.h"
#include "patch/patch.h"
#include "patch/patch_binary.h"

#include <stdlib.h>

enum kind { SET, ADDED, INSERTED };

struct column {
    const struct value_key *name; /* NULL: there is none around it */
    enum kind kind;
    uint32_t count; /* values; then where its next one is */
};

struct walk {
    struct varint_cursor ops;
    struct member_orders *orders;
    ARRAY(struct column) columns;
    struct table table;
    uint32_t *indices; /* the column of each value so far */
    uint32_t taken, count;
    struct delta_err *err;
};

static int damaged(struct walk *walk) {
    return err_set(walk->err, DELTA_ERR_DAMAGED, "corrupt packed patch: operations");
}

static uint64_t hash_of(const struct column *column) {
    return (column->name ? column->name->hash : 0) + (uint64_t)column->kind;
}

/* Room in the table for one more. */
static int reserve(struct walk *walk) {
    int larger = table_reserve(&walk->table, walk->columns.count);
    if (larger < 0)
        return err_memory(walk->err);
    for (size_t i = 0; larger && i < walk->columns.count; i++)
        table_put(&walk->table, hash_of(&walk->columns.items[i]), (uint32_t)i);
    return 0;
}

/* The index of a column, a new one where there is none yet; NO_INDEX for want of memory. */
static uint32_t find(struct walk *walk, const struct value_key *name, enum kind kind) {
    struct column wanted = {.name = name, .kind = kind};
    uint64_t hash = hash_of(&wanted);
    if (reserve(walk))
        return NO_INDEX;
    TABLE_EACH(&walk->table, hash, i) {
        const struct column *column = &walk->columns.items[i];
        if (column->kind == kind &&
            (name && column->name ? value_key_equal(name, column->name) : name == column->name))
            return i;
    }
    struct column *column = array_add(&walk->columns);
    if (!column) {
        err_memory(walk->err);
        return NO_INDEX;
    }
    *column = wanted;
    uint32_t index = (uint32_t)walk->columns.count - 1;
    table_put(&walk->table, hash, index);
    return index;
}

static int take(struct walk *walk, const struct value_key *name, enum kind kind, uint64_t count) {
    if (count == 0 || count > walk->count - walk->taken)
        return damaged(walk);
    uint32_t index = find(walk, name, kind);
    if (index == NO_INDEX)
        return -1;
    walk->columns.items[index].count += (uint32_t)count;
    for (; count; count--)
        walk->indices[walk->taken++] = index;
    return 0;
}

static const struct value_key *name_of(const struct value_key *key,
                                       const struct value_key *around) {
    return key->length && key->text[0] >= '0' && key->text[0] <= '9' ? around : key;
}

static int walk_patch(struct walk *walk, const struct delta_value *base,
                      const struct value_key *name);

static int walk_members(struct walk *walk, const struct delta_value *base, const uint32_t *order,
                        uint64_t count, const struct value_key *around) {
    uint32_t reached = 0;
    int status = 0;
    for (; count && status == 0; count--) {
        struct patch_member_head head;
        if (!patch_member_head_get(&walk->ops, true, count, base->length, reached, &head))
            return damaged(walk);
        if (head.op == PATCH_OP_ADD)
            return take(walk, around, ADDED, 1);
        const struct value_member *member = &value_members(base)[order[head.at]];
        const struct value_key *name = name_of(member->key, around);
        if (head.op == PATCH_OP_SET || head.op == PATCH_OP_STEP)
            status = take(walk, name, SET, 1);
        else if (head.op == PATCH_OP_NEST)
            status = walk_patch(walk, &member->value, name);
        reached = head.at + 1;
    }
    return status;
}

/* The items of an array, or of a string, of which the length is not needed here. */
static int walk_items(struct walk *walk, const struct delta_value *base, uint64_t count,
                      const struct value_key *name) {
    bool is_array = base->type == DELTA_ARRAY;
    int64_t reached = 0, from;
    int status = 0;
    for (; count && status == 0; count--) {
        struct patch_item_head head;
        if (!patch_item_head_get(&walk->ops, true, is_array ? PATCH_ARRAY : PATCH_STRING, &head))
            return damaged(walk);
        if (head.kind == PATCH_INSERT) {
            status = take(walk, name, INSERTED, head.count);
            head.count = head.replaces ? head.count : 0;
        }
        if (!is_array) {
            if (head.kind == PATCH_EDIT)
                return damaged(walk);
            continue;
        }
        if (__builtin_add_overflow(reached, head.step, &from) || from < 0 || from > base->length ||
            head.count > base->length - (uint64_t)from)
            return damaged(walk);
        reached = from + (int64_t)head.count;
        if (head.kind == PATCH_EDIT)
            status = walk_patch(walk, &value_items(base)[from], name);
    }
    return status;
}

/* Calls itself for what is inside: as deep as the base at most. */
static int walk_patch(struct walk *walk, const struct delta_value *base,
                      const struct value_key *name) {
    uint64_t head;
    if (!varint_get(&walk->ops, &head))
        return damaged(walk);
    enum patch_kind kind = head & 7;
    if (kind == PATCH_EMPTY)
        return 0;
    if (kind == PATCH_VALUE)
        return take(walk, name, SET, 1);
    if (kind > PATCH_STRING)
        return damaged(walk);
    if (base->type != patch_base_type(kind))
        return err_set(walk->err, DELTA_ERR_BASE, "the packed patch does not fit this base");
    if (kind != PATCH_OBJECT)
        return walk_items(walk, base, head >> 3, name);
    const uint32_t *order = member_orders_get(walk->orders, base);
    if (!order)
        return err_memory(walk->err);
    int status = walk_members(walk, base, order, head >> 3, name);
    member_orders_release(walk->orders, order);
    return status;
}

/* Makes the places out of the columns, of which the sizes are known now. */
static void place(struct walk *walk) {
    uint32_t reached = 0;
    for (size_t i = 0; i < walk->columns.count; i++) {
        uint32_t count = walk->columns.items[i].count;
        walk->columns.items[i].count = reached;
        reached += count;
    }
    for (uint32_t i = 0; i < walk->count; i++)
        walk->indices[i] = walk->columns.items[walk->indices[i]].count++;
}

int columns_order(struct byte_span ops, const struct delta_value *base,
                  struct member_orders *orders, uint32_t count, uint32_t *indices,
                  struct delta_err *err) {
    struct walk walk = {.ops = varint_cursor(ops.bytes, ops.length),
                        .orders = orders,
                        .indices = indices,
                        .count = count,
                        .err = err};
    member_orders_rewind(orders);
    int status = walk_patch(&walk, base, NULL);
    if (status == 0 && (varint_left(&walk.ops) || walk.taken != count))
        status = damaged(&walk);
    if (status == 0)
        place(&walk);
    free(walk.columns.items);
    free(walk.table.slots);
    return status;
}
