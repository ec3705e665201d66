/* Operations and values have nothing in common, and are compressed apart: in one frame the binary
 * ones spoil the statistics of the texts. Measured (level 9, bytes of both together and apart):
 * 100 insertions into an array 3,992 and 3,730; a wide object 6,151 and 5,675; counters 18,167 and
 * 17,050. The values may have a prefix, if they are worth it:
 *
 *     the base            for small bases, and where much of a base changes at the fast levels
 *     without repetitions where much of a base changes at the slow levels (repetitions.h)
 *     surroundings        else (surroundings.h): what a large base has near the places that change.
 *                         Indexing all of it takes far longer than all else, 40 ms of 13 MB at
 *                         level 9 and 2 s at level 19; its surroundings take 1 ms and 50 ms
 *       and excerpts      of the rest of the base (codec/excerpts.h), what the values have like it:
 *                         keys of new members, texts that are in several places. Finding them takes
 *                         4 ms of 13 MB. Records of 60 pairs are 4% smaller at level 9, those of
 *                         compat data up to a third: 5.7.0 to 6.0.0 takes 6,017 bytes without,
 *                         3,958 with, and 4,470 beside the whole base
 *
 * How wide the surroundings are is the first of a list that gives no more bytes than a share of the
 * base, and than so many: LARGE_BASE at the slow levels, as a byte takes 150 ns there, FAST_AROUND
 * at the fast ones. Excerpts make up for what narrow ones do not have: of compat data 5.5.0
 * to 5.5.1 surroundings of 16, 4 and 1 are 482, 342 and 71 KB, and give records of 1,675, 1,701 and
 * 1,696 bytes at level 9; those of 1 take less time than indexing those of 16 without any excerpts.
 * At the fast levels the whole base is next, and is taken at once where the values are more than
 * 1/8 of it; at the slow ones the last row is taken up to twice the base.
 *
 * New members with the value beside them are tried both ways, where there are many: two versions of
 * caniuse that differ by a version of a browser take half, 747 bytes and 362, as what it supports
 * it mostly supported before; but keys of media types come in two orders so. Then numbers that
 * moved by steps: timestamps are often set to one value each, and counters moved by one step. Then
 * columns (columns.h), which some patches are 10% smaller by and some larger. They are weighed
 * without a prefix, as the one that is smaller so is smaller with it too; one after another, as
 * all pairs of them give the same on 60 pairs of states, and take half more; and at level 5 at
 * most, as level 9 takes 14% more instructions for all of mime-db 1.52.0 to 1.54.0, and on 43 pairs
 * one record is 1.6% smaller by it. Of many values slices are weighed: compat data 5.5.0 to 6.0.0
 * take 165 ms at level 1 in place of 172 for the same bytes. */
#include "record/packed_patch.h"

#include "base/err.h"
#include "codec/excerpts.h"
#include "patch/patch_binary.h"
#include "patch/patch_pack.h"
#include "patch/patch_unpack.h"
#include "patch/repetitions.h"
#include "patch/surroundings.h"
#include "json/canonical_parts.h"

#include <string.h>

enum {
    LARGE_BASE = 256 * 1024,   /* bytes from which on indexing the whole base is noticed */
    MANY_VALUES = 1024 * 1024, /* bytes of values that are compressed twice in little time */
    MUCH_OF_BASE = 12,         /* so much smaller than a base at most are the values of a patch
                                  that changes much of it, */
    MUCH_AT_FAST = 8,          /* at the fast levels */
    LEVEL_OF_MANY = 3,
    LEVEL_TO_WEIGH = 5,
    FEW_OPS = 16 * 1024, /* bytes of operations that any level compresses as this one does, */
    LEVEL_OF_FEW = 19,   /* from this one on, if they are more than */
    LEAST_FOR_FEW = 9,
    LITTLE = 64,                           /* bytes then */
    FAST_AROUND = 128 * 1024,              /* bytes of wide surroundings at the fast levels */
    EXCERPTS_MOST_KNOWN = 8 * 1024 * 1024, /* bytes of surroundings to which excerpts are added */
    WORTH_SURROUNDINGS = 24,               /* bytes of compressed values that may gain something */
    SLICES = 16,                           /* of many values, that are weighed in place of all */
    SLICE = 32 * 1024,
};

/* What a patch is packed from. */
struct packing {
    struct delta_arena *arena;
    const struct delta_patch *patch;
    const struct delta_value *base; /* NULL: it is self-contained */
    struct member_orders orders;
    int level;
    struct delta_err *err;
};

bool packed_patch_is_bound(const struct packed_patch *packed) {
    return packed->ops.bytes && packed->positional;
}

uint64_t packed_patch_length(const struct packed_patch *packed) {
    return packed->ops.length + packed->values.length;
}

static unsigned encoding_of_values(const struct packed_patch *packed) {
    return packed->part ? PACKED_PATCH_PART : (unsigned)packed->values.encoding;
}

static uint64_t size_of_lengths(const struct chunk *chunk) {
    return varint_size(chunk->content) +
           (chunk->encoding == CHUNK_RAW ? 0 : varint_size(chunk->length));
}

uint64_t packed_patch_size(const struct packed_patch *packed) {
    return 1 + size_of_lengths(&packed->ops) + size_of_lengths(&packed->values) +
           (packed->part ? varint_size(packed->width) : 0) + packed->excerpts.length +
           packed_patch_length(packed);
}

/* ---- Packing ---- */

static struct byte_span span_of(const struct delta_buf *buf) {
    return (struct byte_span){buf->data, buf->length};
}

static bool weighed_by_slices(const struct packing *packing, size_t values) {
    return packing->base && values > MANY_VALUES;
}

/* The level at which the ways to pack are weighed, without a prefix: one that takes little of the
 * time. */
static int level_to_weigh(const struct packing *packing, size_t values) {
    int most = weighed_by_slices(packing, values) ? LEVEL_OF_MANY : LEVEL_TO_WEIGH;
    return packing->level < most ? packing->level : most;
}

static int close_values(struct packing *packing, struct byte_span values, int level,
                        struct packed_patch *packed) {
    struct byte_span none = {0};
    return chunk_close(packing->arena, values, none, level, &packed->values, packing->err);
}

/* Bytes of slices of the values, evenly apart. */
static int take_slices(struct byte_span values, struct delta_buf *slices, struct delta_err *err) {
    size_t apart = values.length / SLICES;
    for (size_t i = 0; i < SLICES; i++)
        buf_put(slices, values.bytes + i * apart, SLICE);
    return buf_check(slices, err);
}

/* Compresses the values as they are weighed. Of many, the size is estimated from
 * slices; they have to be compressed as they are carried then. */
static int weigh_values(struct packing *packing, struct byte_span values,
                        struct packed_patch *packed) {
    int level = level_to_weigh(packing, values.length);
    if (!weighed_by_slices(packing, values.length))
        return close_values(packing, values, level, packed);
    struct delta_buf slices = {0};
    int status = take_slices(values, &slices, packing->err) ||
                         close_values(packing, span_of(&slices), level, packed)
                     ? -1
                     : 0;
    if (status == 0) {
        packed->values.length = packed->values.length * values.length / slices.length;
        packed->values.content = values.length;
    }
    delta_buf_free(&slices);
    return status;
}

/* Packs in some ways, in the order of the operations. */
static int close_parts(struct packing *packing, unsigned ways, struct patch_parts *parts,
                       struct packed_patch *packed) {
    struct byte_span none = {0};
    if (pack_patch_parts(packing->patch, packing->base, ways, &packing->orders, parts,
                         packing->err))
        return -1;
    packed->ways = ways & PATCH_NEIGHBOURS;
    return chunk_close(packing->arena, span_of(&parts->ops), none, packing->level, &packed->ops,
                       packing->err) ||
                   weigh_values(packing, span_of(&parts->values), packed)
               ? -1
               : 0;
}

/* Puts the values by columns if they are smaller so. */
static int try_columns(struct packing *packing, struct patch_parts *parts,
                       struct packed_patch *packed) {
    struct delta_buf values = {0};
    struct packed_patch other = *packed;
    if (!packing->base || packed->values.encoding == CHUNK_RAW)
        return 0;
    int status =
        patch_parts_by_columns(parts, packing->base, &packing->orders, &values, packing->err);
    if (status == 1)
        status = weigh_values(packing, span_of(&values), &other);
    if (status == 0 && other.values.length < packed->values.length) {
        struct delta_buf longer = parts->values;
        parts->values = values;
        values = longer;
        *packed = other;
        packed->ways |= PATCH_COLUMNS;
    }
    delta_buf_free(&values);
    return status;
}

/* Packs in some ways, and keeps it if it is smaller; says whether it is. */
static int try_ways(struct packing *packing, unsigned ways, struct patch_parts *parts,
                    struct packed_patch *packed, bool *smaller) {
    struct patch_parts made = {0};
    struct packed_patch other = *packed;
    int status = close_parts(packing, ways, &made, &other);
    *smaller = status == 0 && packed_patch_size(&other) < packed_patch_size(packed);
    if (*smaller) {
        struct patch_parts larger = *parts;
        *parts = made;
        made = larger;
        *packed = other;
    }
    patch_parts_free(&made);
    return status;
}

/* The parts of which the smallest record is made, and that without a prefix. */
static int close_smallest(struct packing *packing, struct patch_parts *parts,
                          struct packed_patch *packed) {
    bool smaller = false;
    if (close_parts(packing, 0, parts, packed))
        return -1;
    unsigned could = parts->could;
    if (could & PATCH_NEIGHBOURS && try_ways(packing, PATCH_NEIGHBOURS, parts, packed, &smaller))
        return -1;
    unsigned ways = PATCH_STEPS | (smaller ? PATCH_NEIGHBOURS : 0u);
    if (could & PATCH_STEPS && try_ways(packing, ways, parts, packed, &smaller))
        return -1;
    return try_columns(packing, parts, packed);
}

/* A width of the surroundings, and how many bytes they may then be: so many, and such a share of
 * the base. */
struct width {
    uint32_t width;
    uint64_t most;
    uint64_t numerator, denominator;
};

static const struct width fast_widths[] = {
    {16, FAST_AROUND, 1, PACKED_PATCH_SHARE},
    {4, FAST_AROUND, 1, 4},
    {1, UINT64_MAX, 1, 4},
    {0},
};

static const struct width slow_widths[] = {
    {64, LARGE_BASE, 1, 1},
    {32, LARGE_BASE, 1, 1},
    {24, LARGE_BASE, 1, 1},
    {16, UINT64_MAX, 1, PACKED_PATCH_SHARE},
    {4, UINT64_MAX, 1, 4},
    {2, UINT64_MAX, 2, 1},
    {0},
};

/* Makes the surroundings; their width, 0 where they are too large, -1 on failure. */
static int surround(struct packing *packing, struct byte_span ops, struct delta_buf *out) {
    uint64_t size = delta_value_size(packing->base);
    const struct width *row = packing->level < PREFIX_SLOW ? fast_widths : slow_widths;
    for (; row->width; row++) {
        out->length = 0;
        uint64_t share = size / row->denominator * row->numerator;
        uint64_t limit = share < row->most ? share : row->most;
        int status = surroundings_write(ops, packing->base, &packing->orders, row->width, limit,
                                        out, packing->err);
        if (status <= 0)
            return status ? -1 : (int)row->width;
    }
    return 0;
}

/* Appends what ranges have of a text. */
static void put_ranges(const struct ranges *ranges, struct byte_span text, struct delta_buf *out) {
    for (size_t i = 0; i < ranges->list.count; i++) {
        uint64_t from, to;
        range_bytes(&ranges->list.items[i], text.length, &from, &to);
        buf_put(out, text.bytes + from, to - from);
    }
}

/* True when `bytes` are what ranges have of a text. */
static bool are_ranges_of(const struct ranges *ranges, struct byte_span text, const char *bytes,
                          size_t length) {
    size_t at = 0;
    for (size_t i = 0; i < ranges->list.count; i++) {
        uint64_t from, to;
        range_bytes(&ranges->list.items[i], text.length, &from, &to);
        if (to - from > length - at || memcmp(text.bytes + from, bytes + at, to - from) != 0)
            return false;
        at += to - from;
    }
    return at == length;
}

/* Finds excerpts in what is likely the base's canonical form, and appends what that has of them.
 * Ends with 1 where they are not what was found: it was not that form. To make sure before takes
 * longer than to find them, 5 ms of 13 MB. */
static int guess_excerpts(struct packing *packing, struct byte_span values, struct byte_span text,
                          struct ranges *ranges, struct delta_buf *around) {
    size_t start = around->length;
    if (excerpts_find(values, span_of(around), text, ranges, packing->err))
        return -1;
    if (!ranges->list.count)
        return 0;
    if (canonical_parts_write(packing->base, ranges, around, packing->err))
        return -1;
    if (are_ranges_of(ranges, text, around->data + start, around->length - start))
        return 0;
    around->length = start;
    ranges->list.count = 0;
    return 1;
}

/* Finds excerpts, and appends them. */
static int find_excerpts(struct packing *packing, struct byte_span values, struct prefix *prefix,
                         struct ranges *ranges, struct delta_buf *around) {
    struct byte_span text;
    int status =
        prefix_guess(prefix, &text) ? guess_excerpts(packing, values, text, ranges, around) : 1;
    if (status <= 0)
        return status;
    if (prefix_text(prefix, &text, packing->err) ||
        excerpts_find(values, span_of(around), text, ranges, packing->err))
        return -1;
    put_ranges(ranges, text, around);
    return buf_check(around, packing->err);
}

/* Appends excerpts of the base to the surroundings; the list of them is made in the arena. */
static int add_excerpts(struct packing *packing, const struct patch_parts *parts,
                        const struct packed_patch *packed, struct prefix *prefix,
                        struct delta_buf *around, struct byte_span *list) {
    struct ranges ranges = {0};
    struct delta_buf bytes = {0};
    if (around->length > EXCERPTS_MOST_KNOWN || !chunk_wants_prefix(&packed->values))
        return 0;
    int status = find_excerpts(packing, span_of(&parts->values), prefix, &ranges, around);
    if (status == 0 && ranges.list.count) {
        ranges_put(&ranges, &bytes);
        status = buf_move(&bytes, packing->arena, list, packing->err);
    }
    delta_buf_free(&bytes);
    ranges_free(&ranges);
    return status;
}

/* Compresses the values with what is around them, if that is a small part of the base, and with
 * excerpts; says whether it did. */
static int try_surroundings(struct packing *packing, const struct patch_parts *parts,
                            struct prefix *prefix, struct packed_patch *packed, bool *tried) {
    struct delta_buf around = {0};
    struct byte_span excerpts = {0};
    int width = surround(packing, span_of(&parts->ops), &around), status = width;
    if (width > 0 && add_excerpts(packing, parts, packed, prefix, &around, &excerpts))
        status = -1;
    if (status > 0)
        status = chunk_try_prefix(packing->arena, span_of(&parts->values), span_of(&around),
                                  packing->level, &packed->values, packing->err);
    packed->part = packed->values.encoding == CHUNK_PREFIXED;
    if (packed->part) {
        packed->width = (uint32_t)width;
        packed->excerpts = excerpts;
    }
    *tried = width > 0;
    delta_buf_free(&around);
    return status < 0 ? -1 : 0;
}

/* Compresses the values with the base without its repetitions. */
static int try_distinct(struct packing *packing, const struct patch_parts *parts,
                        struct packed_patch *packed) {
    struct delta_buf distinct = {0};
    int status =
        write_without_repetitions(packing->base, &distinct, packing->err) ||
                chunk_try_prefix(packing->arena, span_of(&parts->values), span_of(&distinct),
                                 packing->level, &packed->values, packing->err)
            ? -1
            : 0;
    packed->part = packed->values.encoding == CHUNK_PREFIXED;
    delta_buf_free(&distinct);
    return status;
}

static int add_prefix(struct packing *packing, const struct patch_parts *parts,
                      struct prefix *prefix, struct packed_patch *packed) {
    uint64_t size = delta_value_size(packing->base);
    bool slow = packing->level >= PREFIX_SLOW, tried = false;
    bool much = parts->values.length > size / (slow ? MUCH_OF_BASE : MUCH_AT_FAST);
    if (size >= LARGE_BASE && much && slow)
        return try_distinct(packing, parts, packed);
    if (size >= LARGE_BASE && !much && try_surroundings(packing, parts, prefix, packed, &tried))
        return -1;
    if (tried || !chunk_wants_prefix(&packed->values))
        return 0;
    struct byte_span text, values = span_of(&parts->values);
    if (values.length > ZSTD_PREFIX_SMALL)
        return prefix_text(prefix, &text, packing->err) ||
                       chunk_try_prefix(packing->arena, values, text, packing->level,
                                        &packed->values, packing->err)
                   ? -1
                   : 0;
    const struct zstd_prefix_index *index = prefix_wait(prefix, &text, packing->err);
    return index ? chunk_try_index(packing->arena, values, index, &packed->values, packing->err)
                 : -1;
}

/* Few operations are compressed hard, which takes a millisecond or two: 5,140 bytes of them that
 * two versions of caniuse need take 373 bytes so, and 416 at level 9. */
static int close_few_ops(struct packing *packing, const struct patch_parts *parts,
                         struct packed_patch *packed) {
    struct byte_span none = {0};
    struct chunk hard;
    if (packing->level < LEAST_FOR_FEW || packing->level >= LEVEL_OF_FEW ||
        parts->ops.length > FEW_OPS || packed->ops.length <= LITTLE)
        return 0;
    if (chunk_close(packing->arena, span_of(&parts->ops), none, LEVEL_OF_FEW, &hard, packing->err))
        return -1;
    if (hard.length < packed->ops.length)
        packed->ops = hard;
    return 0;
}

/* Compresses the parts that were weighed as they are carried. Where a prefix makes the values
 * smaller than they were weighed, how small they would be without one at this level is not asked:
 * the slow ones take as long for that as for all else. */
static int close_weighed(struct packing *packing, const struct patch_parts *parts,
                         struct prefix *prefix, struct packed_patch *packed) {
    struct byte_span values = span_of(&parts->values);
    if (close_few_ops(packing, parts, packed) ||
        (packing->base && packed->values.length > WORTH_SURROUNDINGS &&
         add_prefix(packing, parts, prefix, packed)))
        return -1;
    bool as_carried = !weighed_by_slices(packing, values.length) &&
                      level_to_weigh(packing, values.length) == packing->level;
    if (!as_carried && packed->values.encoding != CHUNK_PREFIXED)
        return close_values(packing, values, packing->level, packed);
    return 0;
}

int packed_patch_close(struct delta_arena *arena, const struct delta_patch *patch,
                       const struct delta_value *base, struct prefix *prefix, int level,
                       struct packed_patch *packed, struct delta_err *err) {
    struct packing packing = {
        .arena = arena, .patch = patch, .base = base, .level = level, .err = err};
    struct patch_parts parts = {0};
    *packed = (struct packed_patch){.positional = base != NULL};
    int status = close_smallest(&packing, &parts, packed);
    if (status == 0)
        status = close_weighed(&packing, &parts, prefix, packed);
    patch_parts_free(&parts);
    member_orders_free(&packing.orders);
    return status;
}

/* ---- Unpacking ---- */

/* Appends the excerpts of the base. */
static int write_excerpts(struct byte_span list, const struct delta_value *base,
                          struct delta_buf *out, struct delta_err *err) {
    struct varint_cursor cursor = varint_cursor(list.bytes, list.length);
    struct ranges ranges = {0};
    bool failed;
    int status = 0;
    if (ranges_get(&cursor, delta_value_size(base), &ranges, &failed))
        status = canonical_parts_write(base, &ranges, out, err);
    else if (failed)
        status = err_memory(err);
    else
        status = err_set(err, DELTA_ERR_DAMAGED, "corrupt packed patch: excerpts");
    ranges_free(&ranges);
    return status;
}

/* Makes the part of the base that is the prefix of the values. */
static int write_part(const struct packed_patch *packed, struct byte_span ops,
                      const struct delta_value *base, struct member_orders *orders,
                      struct delta_buf *out, struct delta_err *err) {
    if (!packed->width)
        return write_without_repetitions(base, out, err);
    /* No writer makes more of them than this. */
    int status =
        surroundings_write(ops, base, orders, packed->width, 2 * delta_value_size(base), out, err);
    if (status > 0)
        return err_set(err, DELTA_ERR_DAMAGED, "corrupt packed patch: surroundings");
    return status == 0 && packed->excerpts.length ? write_excerpts(packed->excerpts, base, out, err)
                                                  : status;
}

const struct delta_patch *packed_patch_open(struct delta_arena *arena,
                                            const struct packed_patch *packed,
                                            const struct delta_value *base,
                                            struct byte_span base_text, uint64_t max,
                                            struct delta_err *err) {
    struct byte_span none = {0}, ops = {.length = (size_t)packed->ops.content}, values = {0};
    struct delta_buf around = {0};
    struct member_orders orders = {0};
    const struct delta_patch *patch = NULL;
    if (!packed->positional)
        base = NULL;
    ops.bytes = chunk_open(arena, &packed->ops, none, max, err);
    if (!ops.bytes)
        return NULL;
    if (packed->part) {
        if (write_part(packed, ops, base, &orders, &around, err))
            goto out;
        base_text = (struct byte_span){around.data, around.length};
    }
    values.length = (size_t)packed->values.content;
    values.bytes = chunk_open(arena, &packed->values, base_text, max, err);
    if (values.bytes)
        patch = unpack_patch_parts(arena, ops, values, base, packed->ways, &orders, err);
out:
    member_orders_free(&orders);
    delta_buf_free(&around);
    return patch;
}

/* ---- As bytes ---- */

static void put_lengths(const struct chunk *chunk, struct delta_buf *buf) {
    varint_put(buf, chunk->content);
    if (chunk->encoding != CHUNK_RAW)
        varint_put(buf, chunk->length);
}

void packed_patch_put(const struct packed_patch *packed, struct delta_buf *buf) {
    buf_put_char(buf, (char)((packed->ops.encoding == CHUNK_ZSTD ? PACKED_PATCH_ZSTD_OPS : 0u) |
                             encoding_of_values(packed) << PACKED_PATCH_VALUES |
                             (packed->positional ? PACKED_PATCH_POSITIONAL : 0u) |
                             (packed->ways & PATCH_COLUMNS ? PACKED_PATCH_COLUMNS : 0u) |
                             (packed->ways & PATCH_NEIGHBOURS ? PACKED_PATCH_NEIGHBOURS : 0u) |
                             (packed->excerpts.length ? PACKED_PATCH_EXCERPTS : 0u)));
    put_lengths(&packed->ops, buf);
    put_lengths(&packed->values, buf);
    if (packed->part)
        varint_put(buf, packed->width);
    buf_put(buf, packed->excerpts.bytes, packed->excerpts.length);
    buf_put(buf, packed->ops.bytes, packed->ops.length);
    buf_put(buf, packed->values.bytes, packed->values.length);
}

static bool get_lengths(struct varint_cursor *cursor, struct chunk *chunk) {
    uint64_t length;
    if (!varint_get(cursor, &chunk->content))
        return false;
    length = chunk->content;
    if (chunk->encoding != CHUNK_RAW && !varint_get(cursor, &length))
        return false;
    chunk->length = (size_t)length;
    return length <= SIZE_MAX / 4;
}

static bool get_bytes(struct varint_cursor *cursor, struct chunk *chunk) {
    const void *bytes;
    if (!varint_get_bytes(cursor, chunk->length, &bytes))
        return false;
    chunk->bytes = bytes;
    return true;
}

/* Which they are is looked at beside the base. */
static int get_excerpts(struct varint_cursor *cursor, struct byte_span *list,
                        struct delta_err *err) {
    const unsigned char *start = cursor->next;
    bool failed;
    if (!ranges_get(cursor, UINT64_MAX, NULL, &failed))
        return err_set(err, DELTA_ERR_DAMAGED, "corrupt packed patch: excerpts");
    *list = (struct byte_span){(const char *)start, (size_t)(cursor->next - start)};
    return 0;
}

int packed_patch_get(struct varint_cursor *cursor, struct packed_patch *packed,
                     struct delta_err *err) {
    unsigned char head;
    uint64_t width = 0;
    *packed = (struct packed_patch){0};
    if (!varint_get_byte(cursor, &head))
        return err_set(err, DELTA_ERR_TRUNCATED, "truncated packed record");
    unsigned values = head >> PACKED_PATCH_VALUES & PACKED_PATCH_VALUES_MASK;
    packed->positional = head & PACKED_PATCH_POSITIONAL;
    packed->ways = (head & PACKED_PATCH_COLUMNS ? PATCH_COLUMNS : 0u) |
                   (head & PACKED_PATCH_NEIGHBOURS ? PATCH_NEIGHBOURS : 0u);
    packed->part = values == PACKED_PATCH_PART;
    bool excerpts = head & PACKED_PATCH_EXCERPTS;
    if (head & ~(unsigned)PACKED_PATCH_KNOWN ||
        ((values >= CHUNK_PREFIXED || packed->ways) && !packed->positional) ||
        (excerpts && !packed->part))
        return err_set(err, DELTA_ERR_UNSUPPORTED,
                       "a reserved bit is set in the record: damaged, or made by a newer version");
    packed->ops.encoding = head & PACKED_PATCH_ZSTD_OPS ? CHUNK_ZSTD : CHUNK_RAW;
    packed->values.encoding =
        values < CHUNK_PREFIXED ? (enum chunk_encoding)values : CHUNK_PREFIXED;
    if (!get_lengths(cursor, &packed->ops) || !get_lengths(cursor, &packed->values) ||
        (packed->part && !varint_get(cursor, &width)))
        return err_set(err, DELTA_ERR_TRUNCATED, "truncated packed record");
    if (width > SURROUNDINGS_WIDEST || (excerpts && width == 0))
        return err_set(
            err, DELTA_ERR_UNSUPPORTED,
            "a reserved value is set in the record: damaged, or made by a newer version");
    packed->width = (uint32_t)width;
    if (excerpts && get_excerpts(cursor, &packed->excerpts, err))
        return -1;
    if (!get_bytes(cursor, &packed->ops) || !get_bytes(cursor, &packed->values))
        return err_set(err, DELTA_ERR_TRUNCATED, "truncated packed record");
    return 0;
}
