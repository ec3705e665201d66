#include "patch/patch_pack.h"

#include "base/err.h"
#include "base/varint.h"
#include "patch/columns.h"
#include "patch/patch_binary.h"
#include "patch/step.h"
#include "json/writer.h"

#include <stdlib.h>

/* PATCH_NEIGHBOURS is worth trying where more than this part of the values is beside what is added.
 * For 9 texts and two pairs of mime-db an eighth takes 2% fewer instructions, a 32nd as many as a
 * sixteenth; the bytes are the same. */
enum { WORTH_NEIGHBOURS = 16 };

struct packer {
    struct delta_buf ops;
    struct delta_buf values; /* a comma before each but the first */
    ARRAY(size_t) starts;    /* where each of them begins, if packed in two parts */
    struct member_orders *orders;
    bool parts;     /* packed in two parts */
    unsigned ways;  /* PATCH_STEPS, PATCH_NEIGHBOURS: what may be made use of */
    unsigned could; /* what could have been */
    size_t beside;  /* bytes of values that are as those beside them */
    struct delta_err *err;
};

/* What comes before a value. */
static void begin_value(struct packer *packer) {
    if (packer->values.length)
        buf_put_char(&packer->values, ',');
    if (!packer->parts)
        return;
    size_t *start = array_add(&packer->starts);
    if (start)
        *start = packer->values.length;
    else
        packer->values.failed = true;
}

static void put_value(struct packer *packer, const struct delta_value *value) {
    begin_value(packer);
    writer_canonical(value, &packer->values);
}

static void put_key(struct packer *packer, const struct value_key *key) {
    begin_value(packer);
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

/* What is said of a member that is added. */
enum said { NOTHING, ALL, KEY };

/* Puts the members that `patch` sets and of which all is said (`said` NULL: of each) as one object.
 */
static void put_members(struct packer *packer, const struct delta_patch *patch,
                        const enum said *said) {
    char before = '{';
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_member *member = &patch->members[i];
        if (!sets(member) || (said && said[i] != ALL))
            continue;
        buf_put_char(&packer->values, before);
        writer_string(member->key->text, member->key->length, &packer->values);
        buf_put_char(&packer->values, ':');
        writer_canonical(&member->value, &packer->values);
        before = ',';
    }
    buf_put_char(&packer->values, '}');
}

/* Takes the members that are added as one value. */
static void put_added(struct packer *packer, const struct delta_patch *patch,
                      const enum said *said) {
    uint32_t keys = 0, members = 0;
    for (uint32_t i = 0; i < patch->count; i++) {
        keys += said[i] == KEY;
        members += said[i] == ALL;
    }
    begin_value(packer);
    if (keys + (members != 0) > 1)
        buf_put_char(&packer->values, '[');
    char before = '[';
    for (uint32_t i = 0; i < patch->count; i++) {
        if (said[i] != KEY)
            continue;
        if (before == ',')
            buf_put_char(&packer->values, before);
        before = ',';
        writer_string(patch->members[i].key->text, patch->members[i].key->length, &packer->values);
    }
    if (keys && members)
        buf_put_char(&packer->values, ',');
    if (members)
        put_members(packer, patch, said);
    if (keys + (members != 0) > 1)
        buf_put_char(&packer->values, ']');
}

static int pack_object_standalone(struct packer *packer, const struct delta_patch *patch) {
    uint64_t counts[3] = {0, 0, 0};
    for (uint32_t i = 0; i < patch->count; i++)
        counts[patch->members[i].change]++;
    put_head(packer, PATCH_OBJECT, counts[PATCH_SET] ? 1 : 0);
    if (counts[PATCH_SET]) {
        begin_value(packer);
        put_members(packer, patch, NULL);
    }
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

/* Sets a number by a step from the old one, if that may be and there is one. */
static bool put_step(struct packer *packer, const struct delta_value *old,
                     const struct delta_value *new, uint64_t passed) {
    char text[DECIMAL_LONGEST];
    size_t length = packer->parts ? step_between(old, new, text) : 0;
    if (length)
        packer->could |= PATCH_STEPS;
    if (!length || !(packer->ways & PATCH_STEPS))
        return false;
    varint_put(&packer->ops, PATCH_OP_ADD | (passed + 1) << 2);
    const struct delta_value step = value_number(text, (uint32_t)length);
    put_value(packer, &step);
    return true;
}

/* What must be said of a new member: only its key, where its value is the one beside it. */
static enum said say(struct packer *packer, const struct patch_member *member,
                     const struct delta_value *base, const uint32_t *order) {
    const struct delta_value *beside =
        packer->parts ? patch_neighbour(base, order, member->key) : NULL;
    if (!beside || !delta_value_equal(beside, &member->value))
        return ALL;
    packer->beside += delta_value_size(beside);
    return packer->ways & PATCH_NEIGHBOURS ? KEY : ALL;
}

static int pack_positions(struct packer *packer, const struct delta_patch *patch,
                          const struct delta_value *base, const uint32_t *order,
                          const uint32_t *positions, enum said *said) {
    uint32_t reached = 0, first = 0;
    bool adds = false;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_member *member = &patch->members[i];
        bool added = positions[i] == NO_INDEX && sets(member);
        said[i] = added ? say(packer, member, base, order) : NOTHING;
        if (added && !adds)
            first = patch_member_place(base, order, reached, member->key);
        adds |= added;
        if (positions[i] == NO_INDEX) {
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
        put_added(packer, patch, said);
    }
    return 0;
}

static int pack_object_bound(struct packer *packer, const struct delta_patch *patch,
                             const struct delta_value *base) {
    const uint32_t *order = member_orders_get(packer->orders, base);
    uint32_t *positions = malloc((patch->count + (size_t)1) * sizeof *positions);
    enum said *said = malloc((patch->count + (size_t)1) * sizeof *said);
    int status = -1;
    if (!order || !positions || !said) {
        err_memory(packer->err);
        goto out;
    }
    put_head(packer, PATCH_OBJECT, find_positions(patch, base, order, positions));
    status = pack_positions(packer, patch, base, order, positions, said);
out:
    member_orders_release(packer->orders, order);
    free(positions);
    free(said);
    return status;
}

static bool fits(const struct delta_patch *patch, const struct delta_value *base) {
    if (patch->kind <= PATCH_VALUE)
        return true;
    return base->type == patch_base_type(patch->kind) &&
           (patch->kind == PATCH_OBJECT || patch->length == patch_old_length(base));
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
    struct member_orders orders = {0};
    struct packer packer = {.orders = &orders, .err = err};
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
    member_orders_free(&orders);
    return status;
}

int pack_patch_parts(const struct delta_patch *patch, const struct delta_value *base, unsigned ways,
                     struct member_orders *orders, struct patch_parts *out, struct delta_err *err) {
    struct packer packer = {.parts = true, .ways = ways, .orders = orders, .err = err};
    member_orders_rewind(orders);
    int status = pack(&packer, patch, base);
    *out = (struct patch_parts){.ops = packer.ops, .values = packer.values, .could = packer.could};
    if (packer.beside > packer.values.length / WORTH_NEIGHBOURS)
        out->could |= PATCH_NEIGHBOURS;
    out->starts.items = packer.starts.items;
    out->starts.count = packer.starts.count;
    if (status == 0 && (buf_check(&out->ops, err) || buf_check(&out->values, err)))
        status = -1;
    if (status)
        patch_parts_free(out);
    return status;
}

/* Appends the values in the order of `carried`, which holds their indices. */
static void put_carried(const struct patch_parts *parts, const uint32_t *carried,
                        struct delta_buf *values) {
    size_t count = parts->starts.count;
    buf_reserve(values, parts->values.length);
    for (size_t i = 0; i < count; i++) {
        size_t from = parts->starts.items[carried[i]];
        bool last = carried[i] + (size_t)1 == count;
        size_t to = last ? parts->values.length : parts->starts.items[carried[i] + 1] - 1;
        if (i)
            buf_put_char(values, ',');
        buf_put(values, parts->values.data + from, to - from);
    }
}

int patch_parts_by_columns(const struct patch_parts *parts, const struct delta_value *base,
                           struct member_orders *orders, struct delta_buf *values,
                           struct delta_err *err) {
    uint32_t count = (uint32_t)parts->starts.count;
    uint32_t *indices = malloc(2 * (count + (size_t)1) * sizeof *indices);
    if (!indices)
        return err_memory(err);
    uint32_t *carried = indices + count;
    struct byte_span ops = {parts->ops.data, parts->ops.length};
    int status = columns_order(ops, base, orders, count, indices, err);
    bool moved = false;
    for (uint32_t i = 0; i < count && status == 0; i++) {
        carried[indices[i]] = i;
        moved |= indices[i] != i;
    }
    if (status == 0 && moved) {
        put_carried(parts, carried, values);
        status = buf_check(values, err) ? -1 : 1;
    }
    free(indices);
    return status;
}

void patch_parts_free(struct patch_parts *parts) {
    free(parts->starts.items);
    parts->starts.items = NULL;
    parts->starts.count = parts->starts.capacity = 0;
    delta_buf_free(&parts->ops);
    delta_buf_free(&parts->values);
}
