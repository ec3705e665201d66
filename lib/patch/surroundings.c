/* The operations are walked beside the base as unpacking does, without the values.
 *
 *     a member set          itself and its neighbours in canonical order
 *     members added         the neighbours of the place where the first of them belongs
 *     elements inserted     their neighbours
 *     a text changed        itself
 *
 * Each is a comma and what canonical form has of it, no element of a container twice. A neighbour
 * is at most NEIGHBOUR bytes, what is set itself OWN: of a longer string that many bytes are taken
 * from its beginning, a longer array or object is left out. On pairs of compat data (13 MB) and of
 * caniuse (4.8 MB) half of NEIGHBOUR costs up to 2% of the record, twice of it gains nothing; OWN
 * matters where long texts are edited. */
#include "patch/surroundings.h"

#include "base/err.h"
#include "base/varint.h"
#include "patch/patch.h"
#include "patch/patch_binary.h"
#include "json/writer.h"

enum { NEIGHBOUR = 8 * 1024, OWN = 16 * 1024 };

struct walk {
    struct varint_cursor ops;
    struct member_orders *orders;
    uint32_t width;
    uint64_t limit;
    size_t start; /* of what is appended */
    struct delta_buf *out;
    struct delta_err *err;
};

/* The elements of one container: in which order, and up to where they are written. */
struct row {
    const struct delta_value *container;
    const uint32_t *order; /* an object's members in canonical order */
    uint32_t written;
};

static int damaged(struct walk *walk) {
    return err_set(walk->err, DELTA_ERR_DAMAGED, "corrupt packed patch: operations");
}

static void put_string(struct walk *walk, const char *text, uint32_t length, size_t most) {
    size_t start = walk->out->length, taken = length < most ? length : most;
    while (taken && taken < length && ((unsigned char)text[taken] & 0xc0) == 0x80)
        taken--;
    writer_string(text, taken, walk->out);
    if (walk->out->length - start > most)
        walk->out->length = start + most;
}

static void put_value(struct walk *walk, const struct delta_value *value, size_t most) {
    if (value->type == DELTA_STRING)
        put_string(walk, value->text, value->length, most);
    else if (delta_value_size(value) <= most)
        writer_canonical(value, walk->out);
}

/* One element; 1 when the limit is passed. */
static int put_element(struct walk *walk, const struct row *row, uint32_t index, size_t most) {
    buf_put_char(walk->out, ',');
    if (row->container->type == DELTA_OBJECT) {
        const struct value_member *member = &value_members(row->container)[row->order[index]];
        put_string(walk, member->key->text, member->key->length, NEIGHBOUR);
        buf_put_char(walk->out, ':');
        put_value(walk, &member->value, most);
    } else {
        put_value(walk, &value_items(row->container)[index], most);
    }
    if (walk->out->failed)
        return err_memory(walk->err);
    return walk->out->length - walk->start > walk->limit;
}

/* What is around the place before the element at `index`, which is touched itself if `own`. */
static int put_around(struct walk *walk, struct row *row, uint32_t index, bool own) {
    uint32_t from = index > walk->width ? index - walk->width : 0;
    uint32_t after = row->container->length - index;
    uint32_t to = index + (after < walk->width + own ? after : walk->width + own);
    int status = 0;
    for (uint32_t i = from > row->written ? from : row->written; i < to && status == 0; i++)
        status = put_element(walk, row, i, own && i == index ? OWN : NEIGHBOUR);
    if (to > row->written)
        row->written = to;
    return status;
}

static int write_patch(struct walk *walk, const struct delta_value *base);

static int write_members(struct walk *walk, struct row *row, uint64_t count) {
    uint32_t reached = 0;
    int status = 0;
    for (; count && status == 0; count--) {
        struct patch_member_head head;
        if (!patch_member_head_get(&walk->ops, true, count, row->container->length, reached, &head))
            return damaged(walk);
        if (head.op == PATCH_OP_ADD)
            return put_around(walk, row, head.at, false);
        if (head.op == PATCH_OP_SET)
            status = put_around(walk, row, head.at, true);
        else if (head.op == PATCH_OP_NEST)
            status = write_patch(walk, &value_members(row->container)[row->order[head.at]].value);
        reached = head.at + 1;
    }
    return status;
}

static int write_object(struct walk *walk, const struct delta_value *base, uint64_t count) {
    const uint32_t *order = member_orders_get(walk->orders, base);
    if (!order)
        return err_memory(walk->err);
    struct row row = {.container = base, .order = order};
    int status = write_members(walk, &row, count);
    member_orders_release(walk->orders, order);
    return status;
}

/* The items of an array or a string; `row` is NULL for a string, which holds `length` code points
 * that were written already. */
static int write_items(struct walk *walk, struct row *row, uint64_t count) {
    int64_t reached = 0, length = row ? (int64_t)row->container->length : INT64_MAX;
    int status = 0;
    for (; count && status == 0; count--) {
        struct patch_item_head head;
        int64_t from;
        if (!patch_item_head_get(&walk->ops, true, row ? PATCH_ARRAY : PATCH_STRING, &head))
            return damaged(walk);
        if (head.kind == PATCH_INSERT) {
            status = row ? put_around(walk, row, (uint32_t)reached, false) : 0;
            head.count = head.replaces ? head.count : 0;
        }
        if ((head.kind == PATCH_EDIT && !row) ||
            __builtin_add_overflow(reached, head.step, &from) || from < 0 || from > length ||
            head.count > (uint64_t)(length - from))
            return damaged(walk);
        reached = from + (int64_t)head.count;
        if (head.kind == PATCH_EDIT)
            status = write_patch(walk, &value_items(row->container)[from]);
    }
    return status;
}

/* Calls itself for what is inside: as deep as the base at most. */
static int write_patch(struct walk *walk, const struct delta_value *base) {
    uint64_t head;
    if (!varint_get(&walk->ops, &head))
        return damaged(walk);
    enum patch_kind kind = head & 7;
    if (kind <= PATCH_VALUE)
        return 0;
    if (kind > PATCH_STRING)
        return damaged(walk);
    if (base->type != patch_base_type(kind))
        return err_set(walk->err, DELTA_ERR_BASE, "the packed patch does not fit this base");
    if (kind == PATCH_OBJECT)
        return write_object(walk, base, head >> 3);
    if (kind == PATCH_STRING) {
        put_string(walk, base->text, base->length, OWN);
        return walk->out->failed                               ? err_memory(walk->err)
               : walk->out->length - walk->start > walk->limit ? 1
                                                               : write_items(walk, NULL, head >> 3);
    }
    struct row row = {.container = base};
    return write_items(walk, &row, head >> 3);
}

int surroundings_write(struct byte_span ops, const struct delta_value *base,
                       struct member_orders *orders, uint32_t width, uint64_t limit,
                       struct delta_buf *out, struct delta_err *err) {
    struct walk walk = {.ops = varint_cursor(ops.bytes, ops.length),
                        .orders = orders,
                        .width = width,
                        .limit = limit,
                        .start = out->length,
                        .out = out,
                        .err = err};
    member_orders_rewind(orders);
    return write_patch(&walk, base);
}
