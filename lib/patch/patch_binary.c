/* The packed patch:
 *
 *     varint  bytes of the operations
 *     …       operations
 *     …       values: a JSON array in canonical form, or nothing when there are none
 *
 * Operations take values from the array in order. A patch is
 *
 *     head = kind + 8 * n       kind: 0 empty, 1 value, 2 object, 3 array, 4 string
 *
 * 1 (n = 0) takes its value. 3 and 4 have n items, before which a standalone one has the length of
 * the old value as varint. An item is a varint, its lowest two bits the kind:
 *
 *     0   c    copies c old elements (code points), from a place given by a second varint:
 *              zigzag(from - where the last item that named an old element ended)
 *     1   c    inserts c values (a string: one literal, c = 1)
 *     2   f    changes within the old element at unzigzag(f), counted the same way; a patch follows
 *
 * A standalone object patch has n = 1 when it sets members, else 0: it takes one object, the
 * members set; then a varint counts the keys removed, each taken as a string, and another the
 * members changed within, each a key taken as a string and a patch.
 *
 * A bound object patch has n operations on old members, in canonical key order of the base:
 *
 *     op + 4 * s               s members are passed over; op: 0 sets (takes a value), 1 removes,
 *                              2 changes within (a patch follows), 3 adds (takes one object, the
 *                              new members; only as the last operation, s = 0)
 *
 * In two parts, operations and values are apart, which compresses better: they have nothing in
 * common. The values then have no brackets, and items of a list less to say:
 *
 *     0   2 * c + m            copies c old elements; a second varint gives the place only if m is
 * 1 1   2 * c + r            inserts c values; if r is 1, not in a string, in the place of c old
 *                              elements, so that the next item begins after those
 *
 * A bound patch has two operations more:
 *
 *     3 + 4 * (s + 1)          s members are passed over, and the next, a number, moves by a step
 *                              (step.h), which is taken as a value
 *     3                        is followed by a varint where the base has over PATCH_NARROW
 * members: the position where the first of the new members belongs; what stands near it is like it
 * (surroundings.c)
 *
 * It may have none, and so may a patch within it, where all it did was to remove what this base has
 * not; standing alone, only the whole patch may be empty.
 */
#include "patch/patch_binary.h"

#include "base/err.h"
#include "base/utf8.h"
#include "base/varint.h"
#include "patch/step.h"
#include "json/reader.h"
#include "json/writer.h"

#include <stdlib.h>
#include <string.h>

/* ---- Packing ---- */

struct packer {
    struct delta_buf ops;
    struct delta_buf values; /* a comma before each but the first */
    bool parts;              /* packed in two parts */
    bool steps;              /* numbers may be set by steps */
    bool could_step;         /* or could have been */
    struct delta_err *err;
};

static void put_value(struct packer *packer, const struct delta_value *value) {
    if (packer->values.length)
        buf_put_char(&packer->values, ',');
    writer_canonical(value, &packer->values);
}

static void put_key(struct packer *packer, const struct value_key *key) {
    if (packer->values.length)
        buf_put_char(&packer->values, ',');
    writer_string(key->text, key->length, &packer->values);
}

static int pack(struct packer *packer, const struct delta_patch *patch,
                const struct delta_value *base);

static void put_head(struct packer *packer, enum patch_kind kind, uint64_t n) {
    varint_put(&packer->ops, (uint64_t)kind | n << 3);
}

/* Kind and count of an item, and in two parts the bit that goes with it. */
static void put_item(struct packer *packer, enum patch_item_kind kind, uint64_t count, bool bit) {
    uint64_t rest = packer->parts ? 2 * count + bit : count;
    varint_put(&packer->ops, (uint64_t)kind | rest << 2);
}

static int pack_items(struct packer *packer, const struct delta_patch *patch,
                      const struct delta_value *base) {
    put_head(packer, patch->kind, patch->count);
    if (!base)
        varint_put(&packer->ops, patch->length);
    uint64_t reached = 0;
    bool replaces;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_item *item = &patch->items[i];
        uint64_t step = varint_zigzag((int64_t)item->from - (int64_t)reached);
        switch (item->kind) {
        case PATCH_COPY:
            put_item(packer, PATCH_COPY, item->count, step != 0);
            if (step || !packer->parts)
                varint_put(&packer->ops, step);
            break;
        case PATCH_INSERT:
            replaces = patch->kind == PATCH_ARRAY && i + 1 < patch->count &&
                       item[1].from == reached + item->count;
            put_item(packer, PATCH_INSERT, item->count, replaces);
            for (uint32_t n = 0; n < item->count; n++)
                put_value(packer, &item->values[n]);
            if (replaces && packer->parts)
                reached += item->count;
            continue;
        case PATCH_EDIT:
            varint_put(&packer->ops, (uint64_t)PATCH_EDIT | step << 2);
            if (pack(packer, item->nested, base ? &value_items(base)[item->from] : NULL))
                return -1;
            break;
        }
        reached = (uint64_t)item->from + item->count;
    }
    return 0;
}

static bool sets(const struct patch_member *member) {
    return member->change == PATCH_SET;
}

/* Takes the members that `patch` sets and that `wanted` marks (NULL: all) as one object. */
static void put_members(struct packer *packer, const struct delta_patch *patch,
                        const bool *wanted) {
    char before = '{';
    if (packer->values.length)
        buf_put_char(&packer->values, ',');
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_member *member = &patch->members[i];
        if (!sets(member) || (wanted && !wanted[i]))
            continue;
        buf_put_char(&packer->values, before);
        writer_string(member->key->text, member->key->length, &packer->values);
        buf_put_char(&packer->values, ':');
        writer_canonical(&member->value, &packer->values);
        before = ',';
    }
    buf_put_char(&packer->values, '}');
}

static int pack_object_standalone(struct packer *packer, const struct delta_patch *patch) {
    uint64_t counts[3] = {0, 0, 0};
    for (uint32_t i = 0; i < patch->count; i++)
        counts[patch->members[i].change]++;
    put_head(packer, PATCH_OBJECT, counts[PATCH_SET] ? 1 : 0);
    if (counts[PATCH_SET])
        put_members(packer, patch, NULL);
    varint_put(&packer->ops, counts[PATCH_REMOVE]);
    for (uint32_t i = 0; i < patch->count; i++)
        if (patch->members[i].change == PATCH_REMOVE)
            put_key(packer, patch->members[i].key);
    varint_put(&packer->ops, counts[PATCH_NEST]);
    for (uint32_t i = 0; i < patch->count; i++) {
        if (patch->members[i].change != PATCH_NEST)
            continue;
        put_key(packer, patch->members[i].key);
        if (pack(packer, patch->members[i].nested, NULL))
            return -1;
    }
    return 0;
}

/* For each member of `patch`, where in canonical order `base` has it (UINT32_MAX: nowhere); both
 * are walked in that order. `order` is the base's. The number of operations is returned. */
static uint32_t find_positions(const struct delta_patch *patch, const struct delta_value *base,
                               const uint32_t *order, uint32_t *positions) {
    uint32_t at = 0, ops = 0;
    bool adds = false;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct value_key *key = patch->members[i].key;
        int compared = 1;
        while (at < base->length &&
               (compared = value_key_compare(value_members(base)[order[at]].key, key)) < 0)
            at++;
        bool found = at < base->length && compared == 0;
        positions[i] = found ? at : UINT32_MAX;
        ops += found;
        adds |= !found && sets(&patch->members[i]);
    }
    return ops + adds;
}

/* Where a key that `base` has not would stand among the members from `from` on. */
static uint32_t find_place(const struct delta_value *base, const uint32_t *order, uint32_t from,
                           const struct value_key *key) {
    uint32_t to = base->length;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (value_key_compare(value_members(base)[order[middle]].key, key) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* Sets a number by a step from the old one, if that may be and there is one. */
static bool put_step(struct packer *packer, const struct delta_value *old,
                     const struct delta_value *new, uint64_t passed) {
    char text[STEP_LONGEST];
    size_t length = packer->parts ? step_between(old, new, text) : 0;
    packer->could_step |= length != 0;
    if (!length || !packer->steps)
        return false;
    varint_put(&packer->ops, PATCH_OP_ADD | (passed + 1) << 2);
    const struct delta_value step = value_number(text, (uint32_t)length);
    put_value(packer, &step);
    return true;
}

static int pack_positions(struct packer *packer, const struct delta_patch *patch,
                          const struct delta_value *base, const uint32_t *order,
                          const uint32_t *positions, bool *added) {
    uint32_t reached = 0, first = 0;
    bool adds = false;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_member *member = &patch->members[i];
        added[i] = positions[i] == UINT32_MAX && sets(member);
        if (added[i] && !adds)
            first = find_place(base, order, reached, member->key);
        adds |= added[i];
        if (positions[i] == UINT32_MAX) {
            if (member->change == PATCH_NEST)
                return err_set(packer->err, DELTA_ERR_BASE, "the patch does not fit this base");
            continue; /* removing what is not there does nothing */
        }
        static const uint64_t op[] = {[PATCH_SET] = PATCH_OP_SET,
                                      [PATCH_REMOVE] = PATCH_OP_REMOVE,
                                      [PATCH_NEST] = PATCH_OP_NEST};
        const struct delta_value *old = &value_members(base)[order[positions[i]]].value;
        uint64_t passed = positions[i] - reached;
        reached = positions[i] + 1;
        if (sets(member) && put_step(packer, old, &member->value, passed))
            continue;
        varint_put(&packer->ops, op[member->change] | passed << 2);
        if (sets(member))
            put_value(packer, &member->value);
        else if (member->change == PATCH_NEST && pack(packer, member->nested, old))
            return -1;
    }
    if (adds) {
        varint_put(&packer->ops, PATCH_OP_ADD);
        if (packer->parts && base->length > PATCH_NARROW)
            varint_put(&packer->ops, first);
        put_members(packer, patch, added);
    }
    return 0;
}

static int pack_object_bound(struct packer *packer, const struct delta_patch *patch,
                             const struct delta_value *base) {
    uint32_t *order = malloc((base->length + (size_t)patch->count + 1) * sizeof *order);
    bool *added = malloc((size_t)patch->count + 1);
    int status = -1;
    if (!order || !added) {
        err_memory(packer->err);
        goto out;
    }
    uint32_t *positions = order + base->length;
    value_order(base, order);
    put_head(packer, PATCH_OBJECT, find_positions(patch, base, order, positions));
    status = pack_positions(packer, patch, base, order, positions, added);
out:
    free(order);
    free(added);
    return status;
}

static enum delta_type fitting_type(enum patch_kind kind) {
    return kind == PATCH_OBJECT ? DELTA_OBJECT : kind == PATCH_ARRAY ? DELTA_ARRAY : DELTA_STRING;
}

/* What a patch of an array or string calls its length. */
static size_t old_length(const struct delta_value *base) {
    return base->type == DELTA_ARRAY ? base->length : utf8_count(base->text, base->length);
}

static bool fits(const struct delta_patch *patch, const struct delta_value *base) {
    if (patch->kind <= PATCH_VALUE)
        return true;
    return base->type == fitting_type(patch->kind) &&
           (patch->kind == PATCH_OBJECT || patch->length == old_length(base));
}

static int pack(struct packer *packer, const struct delta_patch *patch,
                const struct delta_value *base) {
    if (base && !fits(patch, base))
        return err_set(packer->err, DELTA_ERR_BASE, "the patch does not fit this base");
    switch (patch->kind) {
    case PATCH_EMPTY:
        put_head(packer, PATCH_EMPTY, 0);
        return 0;
    case PATCH_VALUE:
        put_head(packer, PATCH_VALUE, 0);
        put_value(packer, &patch->value);
        return 0;
    case PATCH_OBJECT:
        return base ? pack_object_bound(packer, patch, base)
                    : pack_object_standalone(packer, patch);
    case PATCH_ARRAY:
    case PATCH_STRING:
        break;
    }
    return pack_items(packer, patch, base);
}

int pack_patch(const struct delta_patch *patch, const struct delta_value *base,
               struct delta_buf *out, struct delta_err *err) {
    struct packer packer = {.err = err};
    int status = pack(&packer, patch, base);
    if (status == 0) {
        varint_put(out, packer.ops.length);
        buf_put(out, packer.ops.data, packer.ops.length);
        if (packer.values.length) {
            buf_put_char(out, '[');
            buf_put(out, packer.values.data, packer.values.length);
            buf_put_char(out, ']');
        }
        if (packer.ops.failed || packer.values.failed)
            out->failed = true;
        status = buf_check(out, err);
    }
    delta_buf_free(&packer.ops);
    delta_buf_free(&packer.values);
    return status;
}

int pack_patch_parts(const struct delta_patch *patch, const struct delta_value *base, bool steps,
                     struct patch_parts *out, struct delta_err *err) {
    struct packer packer = {.parts = true, .steps = steps, .err = err};
    int status = pack(&packer, patch, base);
    *out = (struct patch_parts){
        .ops = packer.ops, .values = packer.values, .could_step = packer.could_step};
    if (status == 0 && (buf_check(&out->ops, err) || buf_check(&out->values, err)))
        status = -1;
    if (status)
        patch_parts_free(out);
    return status;
}

void patch_parts_free(struct patch_parts *parts) {
    delta_buf_free(&parts->ops);
    delta_buf_free(&parts->values);
}

/* ---- Unpacking ---- */

struct unpacker {
    struct delta_arena *arena;
    struct varint_cursor ops;
    const struct delta_value *values; /* what has not been taken yet */
    uint32_t values_left;
    uint32_t depth;
    bool bound;
    bool parts;
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

static const struct delta_value *take_object(struct unpacker *unpacker) {
    const struct delta_value *object = take(unpacker, 1);
    return object && object->type == DELTA_OBJECT && object->length ? object : NULL;
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

bool patch_item_head_get(struct varint_cursor *ops, bool parts, enum patch_kind kind,
                         struct patch_item_head *head) {
    uint64_t word, step = 0;
    if (!varint_get(ops, &word) || (word & 3) > PATCH_EDIT)
        return false;
    uint64_t rest = word >> 2;
    *head = (struct patch_item_head){.kind = (enum patch_item_kind)(word & 3), .count = 1};
    if (head->kind == PATCH_EDIT) {
        head->step = varint_unzigzag(rest);
        return true;
    }
    bool bit = parts && rest & 1;
    head->count = parts ? rest >> 1 : rest;
    if (head->kind == PATCH_INSERT) {
        head->replaces = bit;
        return !(bit && kind == PATCH_STRING);
    }
    if ((bit || !parts) && (!varint_get(ops, &step) || (bit && step == 0)))
        return false;
    head->step = varint_unzigzag(step);
    return true;
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
    int64_t from;
    if (__builtin_add_overflow(*reached, head.step, &from) || from < 0 || (uint64_t)from > length ||
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
        length = old_length(base);
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

/* The members of an object patch as they are unpacked; puts them into canonical order at the end.
 */
struct member_list {
    struct patch_member *members;
    size_t count, capacity;
};

static struct patch_member *add_member(struct member_list *list) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 8;
        struct patch_member *members = realloc(list->members, capacity * sizeof *members);
        if (!members)
            return NULL;
        list->members = members;
        list->capacity = capacity;
    }
    return &list->members[list->count++];
}

static int add_change(struct unpacker *unpacker, struct member_list *list,
                      struct patch_member change) {
    struct patch_member *member = add_member(list);
    if (!member)
        return err_memory(unpacker->err);
    *member = change;
    return 0;
}

static int add_object(struct unpacker *unpacker, struct member_list *list) {
    const struct delta_value *object = take_object(unpacker);
    if (!object) {
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

static int compare_members(const void *a, const void *b) {
    return value_key_compare(((const struct patch_member *)a)->key,
                             ((const struct patch_member *)b)->key);
}

static const struct delta_patch *close_members(struct unpacker *unpacker,
                                               struct member_list *list) {
    if (list->count == 0)
        return unpacker->bound ? &patch_empty : fail(unpacker, "an empty change");
    qsort(list->members, list->count, sizeof *list->members, compare_members);
    for (size_t i = 1; i < list->count; i++)
        if (compare_members(&list->members[i - 1], &list->members[i]) == 0)
            return fail(unpacker, "a key changed twice");
    struct patch_member *members = arena_array(unpacker->arena, list->count, sizeof *members);
    if (!members) {
        err_memory(unpacker->err);
        return NULL;
    }
    memcpy(members, list->members, list->count * sizeof *members);
    return patch_object(unpacker->arena, members, list->count, unpacker->err);
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

static int read_bound(struct unpacker *unpacker, uint64_t count, const struct delta_value *base,
                      const uint32_t *order, struct member_list *list) {
    uint64_t at = 0;
    for (; count; count--) {
        uint64_t op;
        if (!varint_get(&unpacker->ops, &op))
            return -1;
        if (op == PATCH_OP_ADD) {
            uint64_t first = 0;
            bool has_first = unpacker->parts && base->length > PATCH_NARROW;
            if (count != 1 || (has_first && !varint_get(&unpacker->ops, &first)) ||
                first > base->length || add_object(unpacker, list))
                return -1;
            break;
        }
        bool is_step = (op & 3) == PATCH_OP_ADD;
        uint64_t passed = (op >> 2) - is_step;
        if ((is_step && !unpacker->parts) || passed >= base->length - at)
            return -1;
        at += passed;
        const struct value_member *old = &value_members(base)[order[at++]];
        struct patch_member change = {.key = old->key, .change = PATCH_REMOVE};
        if (is_step) {
            change.change = PATCH_SET;
            if (take_step(unpacker, &old->value, &change.value))
                return -1;
        } else if ((op & 3) == PATCH_OP_SET) {
            const struct delta_value *value = take(unpacker, 1);
            if (!value)
                return -1;
            change.change = PATCH_SET;
            change.value = *value;
        } else if ((op & 3) == PATCH_OP_NEST) {
            change.change = PATCH_NEST;
            change.nested = unpack_nested(unpacker, &old->value);
            if (!change.nested)
                return -1;
            if (change.nested->kind == PATCH_EMPTY)
                continue;
        }
        if (add_change(unpacker, list, change))
            return -1;
    }
    return 0;
}

static const struct delta_patch *unpack_object(struct unpacker *unpacker, uint64_t n,
                                               const struct delta_value *base) {
    struct member_list list = {0};
    uint32_t *order = NULL;
    int status;
    if (base) {
        order = malloc((base->length + (size_t)1) * sizeof *order);
        if (order)
            value_order(base, order);
        status = order ? read_bound(unpacker, n, base, order, &list) : err_memory(unpacker->err);
    } else {
        status = read_standalone(unpacker, n, &list);
    }
    const struct delta_patch *patch =
        status ? fail(unpacker, "member operation") : close_members(unpacker, &list);
    free(order);
    free(list.members);
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
    if (base && kind >= PATCH_OBJECT && base->type != fitting_type(kind)) {
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

/* All of the operations and of the values, which are followed by the padding. */
static const struct delta_patch *unpack_all(struct unpacker *unpacker, struct byte_span ops,
                                            struct byte_span values,
                                            const struct delta_value *base) {
    unpacker->ops = varint_cursor(ops.bytes, ops.length);
    if (values.length) {
        struct delta_err inner = {0};
        const struct delta_value *array =
            reader_parse(unpacker->arena, values.bytes, values.length, DELTA_MAX_DEPTH + 2, &inner);
        if (!array && inner.code == DELTA_ERR_MEMORY) {
            err_memory(unpacker->err);
            return NULL;
        }
        if (!array || array->type != DELTA_ARRAY || array->length == 0)
            return fail(unpacker, "invalid values");
        unpacker->values = value_items(array);
        unpacker->values_left = array->length;
    }
    const struct delta_patch *patch = unpack(unpacker, base);
    if (patch && (varint_left(&unpacker->ops) || unpacker->values_left))
        return fail(unpacker, "trailing data");
    return patch;
}

const struct delta_patch *unpack_patch(struct delta_arena *arena, const char *bytes, size_t length,
                                       const struct delta_value *base, struct delta_err *err) {
    struct unpacker unpacker = {.arena = arena, .bound = base != NULL, .err = err};
    struct varint_cursor cursor = varint_cursor(bytes, length);
    const void *ops;
    size_t ops_length;
    if (!varint_get_run(&cursor, &ops, &ops_length))
        return fail(&unpacker, "truncated");
    return unpack_all(&unpacker, (struct byte_span){ops, ops_length},
                      (struct byte_span){(const char *)cursor.next, varint_left(&cursor)}, base);
}

const struct delta_patch *unpack_patch_parts(struct delta_arena *arena, struct byte_span ops,
                                             struct byte_span values,
                                             const struct delta_value *base,
                                             struct delta_err *err) {
    struct unpacker unpacker = {.arena = arena, .bound = base != NULL, .parts = true, .err = err};
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
