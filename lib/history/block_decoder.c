/* Reading blocks; the format is in block.c. The changes are applied, in order, to one mutable tree
 * (live.h), from which each state that is asked for is copied. Every number that is read is checked
 * against what it is about before it is used: a forged block fails, it does not mislead. */
#include "base/err.h"
#include "base/varint.h"
#include "codec/zstd_prefix.h"
#include "history/block.h"
#include "history/class_values.h"
#include "history/live.h"
#include "history/paths.h"
#include "json/reader.h"

#include <stdlib.h>
#include <string.h>

/* The most plain bytes of a block: its first state, changes up to the size at which it is full, and
 * those of the last state. block.c limits the changes to 64 times the first state or 1 MiB, and to
 * 1 GiB. */
static const uint64_t most_plain = (uint64_t)3 * DELTA_MAX_STATE;
enum { PLAIN_SHARE = 66, PLAIN_SMALL = 1 << 22 };

struct block {
    struct delta_arena *arena;
    struct paths paths;
    struct live_tree tree;
    const struct delta_value *keyframe, *values, *texts; /* the values: all of them, in a row */
    struct varint_cursor counts, low, high, runs; /* at the changes that lead to the next state */
    struct varint_cursor starts[4];               /* the same at the beginning */
    uint64_t *class_starts, *next;                /* of the values, by class */
    uint64_t max;                                 /* bytes of a state */
    uint32_t texts_used;
    uint32_t at;           /* the state that the tree holds */
    uint64_t set, removed; /* members, by the changes that lead to it */
    uint32_t count;
    struct block_entry entries[BLOCK_STATES]; /* the counts: those of the changes are added */
};

static int damaged(struct delta_err *err) {
    return err_set(err, DELTA_ERR_DAMAGED, "corrupt block");
}

static int read_info(struct varint_cursor *cursor, struct block_info *info, struct delta_err *err) {
    if (!varint_get(cursor, &info->states_size) || !varint_get(cursor, &info->set) ||
        !varint_get(cursor, &info->removed) || !varint_get(cursor, &info->plain_size))
        return damaged(err);
    return 0;
}

int block_info(const void *bytes, size_t length, struct block_info *info, struct delta_err *err) {
    struct varint_cursor cursor = varint_cursor(bytes, length);
    return read_info(&cursor, info, err);
}

/* A stream that is one JSON value, in memory of its own with the padding that the reader needs. */
static const struct delta_value *
parse_stream(struct block *block, const struct varint_cursor *stream, struct delta_err *err) {
    size_t length = varint_left(stream);
    const char *text = reader_copy(block->arena, stream->next, length);
    if (!text)
        return err_no_memory(err);
    struct delta_err why = {0};
    const struct delta_value *value =
        reader_parse(block->arena, text, length, READER_RECORD_DEPTH, &why);
    return value ? value : err_null(err_damage(err, &why, "corrupt block"));
}

/* The same for a stream that may be empty; what is not an array is refused. */
static int parse_array(struct block *block, const struct varint_cursor *stream,
                       const struct delta_value **array, struct delta_err *err) {
    *array = NULL;
    if (!varint_left(stream))
        return 0;
    *array = parse_stream(block, stream, err);
    if (!*array)
        return -1;
    return (*array)->type == DELTA_ARRAY ? 0 : damaged(err);
}

static int read_classes(struct block *block, struct varint_cursor *classes,
                        const struct delta_value *texts, struct delta_err *err) {
    if (paths_class(&block->paths, err) < 0)
        return -1;
    uint32_t count = block->paths.classes;
    block->class_starts = arena_array(block->arena, count + (size_t)1, sizeof(uint64_t));
    block->next = arena_array(block->arena, count, sizeof(uint64_t));
    if (!block->class_starts || !block->next)
        return err_memory(err);
    for (uint32_t i = 0; i < count; i++)
        if (!varint_get(classes, &block->next[i]))
            return damaged(err);
    uint64_t total;
    block->values = class_values_get(block->arena, classes, texts, block->next, count, &total, err);
    if (!block->values)
        return -1;
    block->class_starts[count] = total;
    for (uint32_t i = count; i; i--)
        block->class_starts[i - 1] = block->class_starts[i] - block->next[i - 1];
    return 0;
}

static int read_times(struct block *block, struct varint_cursor *times, struct delta_err *err) {
    uint64_t unit, time = 0, step = 0, number;
    if (!varint_get(times, &unit) || (unit != 1 && unit != 1000000))
        return damaged(err);
    for (uint32_t i = 0; i < block->count; i++) {
        if (!varint_get(times, &number))
            return damaged(err);
        uint64_t change = (uint64_t)varint_unzigzag(number);
        step = i < 2 ? change : step + change;
        time += step;
        block->entries[i].time = (int64_t)(time * unit);
    }
    return varint_left(times) ? damaged(err) : 0;
}

static int read_key_counts(struct block *block, struct varint_cursor *key_counts,
                           struct delta_err *err) {
    uint64_t gap, next = 0, set, removed;
    while (varint_left(key_counts)) {
        if (!varint_get(key_counts, &gap) || !varint_get(key_counts, &set) ||
            !varint_get(key_counts, &removed) || gap >= block->count - next)
            return damaged(err);
        block->entries[next + gap].set = (uint64_t)varint_unzigzag(set);
        block->entries[next + gap].removed = (uint64_t)varint_unzigzag(removed);
        next += gap + 1;
    }
    return 0;
}

static void read_metadata(struct block *block, const struct delta_value *list) {
    for (uint32_t i = 0; list && i < block->count; i++)
        if (value_items(list)[i].type >= DELTA_ARRAY)
            block->entries[i].metadata = &value_items(list)[i];
}

static int rewind_block(struct block *block, struct delta_err *err) {
    block->counts = block->starts[0];
    block->low = block->starts[1];
    block->high = block->starts[2];
    block->runs = block->starts[3];
    memcpy(block->next, block->class_starts, block->paths.classes * sizeof *block->next);
    block->texts_used = 0;
    block->at = 0;
    block->set = block->removed = 0;
    return live_begin(&block->tree, block->arena, &block->paths, block->keyframe, err);
}

static int open_streams(struct block *block, const struct delta_buf *plain, struct delta_err *err) {
    struct varint_cursor cursor = varint_cursor(plain->data, plain->length);
    struct varint_cursor streams[BLOCK_STREAMS];
    uint64_t lengths[BLOCK_STREAMS];
    const struct delta_value *names, *metadata, *values;
    for (unsigned i = 0; i < BLOCK_STREAMS; i++)
        if (!varint_get(&cursor, &lengths[i]))
            return damaged(err);
    for (unsigned i = 0; i < BLOCK_STREAMS; i++) {
        const void *bytes;
        if (!varint_get_bytes(&cursor, lengths[i], &bytes))
            return damaged(err);
        streams[i] = varint_cursor(bytes, (size_t)lengths[i]);
    }
    if (varint_left(&cursor))
        return damaged(err);
    block->keyframe = parse_stream(block, &streams[BLOCK_KEYFRAME], err);
    if (!block->keyframe || value_check_depth(block->keyframe, err) < 0 ||
        parse_array(block, &streams[BLOCK_NAMES], &names, err) < 0 ||
        parse_array(block, &streams[BLOCK_VALUES], &values, err) < 0 ||
        parse_array(block, &streams[BLOCK_TEXTS], &block->texts, err) < 0 ||
        parse_array(block, &streams[BLOCK_METADATA], &metadata, err) < 0)
        return -1;
    struct varint_cursor counts = streams[BLOCK_COUNTS];
    uint64_t changes;
    for (block->count = 1; varint_left(&counts); block->count++)
        if (block->count == BLOCK_STATES || !varint_get(&counts, &changes))
            return damaged(err);
    if (!names || (metadata && metadata->length != block->count))
        return damaged(err);
    if (paths_decode(&block->paths, block->arena, block->keyframe, &streams[BLOCK_TREE],
                     &streams[BLOCK_STEPS], names, err) < 0 ||
        read_classes(block, &streams[BLOCK_CLASSES], values, err) < 0 ||
        read_times(block, &streams[BLOCK_TIMES], err) < 0 ||
        read_key_counts(block, &streams[BLOCK_KEY_COUNTS], err) < 0)
        return -1;
    read_metadata(block, metadata);
    for (unsigned i = 0; i < 4; i++)
        block->starts[i] =
            streams[(unsigned[]){BLOCK_COUNTS, BLOCK_LOW, BLOCK_HIGH, BLOCK_RUNS}[i]];
    return rewind_block(block, err);
}

struct block *block_open(struct delta_arena *arena, const void *bytes, size_t length, uint64_t max,
                         struct delta_err *err) {
    struct varint_cursor cursor = varint_cursor(bytes, length);
    struct block_info info;
    struct delta_buf plain = {0};
    if (read_info(&cursor, &info, err) < 0)
        return NULL;
    uint64_t most = max * PLAIN_SHARE + PLAIN_SMALL;
    if (info.plain_size > (most < most_plain ? most : most_plain))
        return err_null(
            err_set(err, DELTA_ERR_LIMIT, "a block of states is larger than --max-size allows"));
    struct block *block = arena_alloc(arena, sizeof *block);
    if (!block)
        return err_no_memory(err);
    *block = (struct block){.arena = arena, .max = max};
    char *kept = NULL;
    if (zstd_prefix_decompress(cursor.next, varint_left(&cursor), NULL, 0, (size_t)info.plain_size,
                               0, &plain, err) == 0) {
        kept = arena_copy(arena, plain.data, plain.length);
        if (!kept)
            err_memory(err);
    }
    struct delta_buf view = {.data = kept, .length = plain.length};
    delta_buf_free(&plain);
    if (!kept || open_streams(block, &view, err) < 0) {
        block_close(block);
        return NULL;
    }
    return block;
}

uint32_t block_count(const struct block *block) {
    return block->count;
}

struct block_entry block_entry(const struct block *block) {
    struct block_entry entry = block->entries[block->at];
    entry.set += block->set;
    entry.removed += block->removed;
    return entry;
}

/* ---- Applying the changes -------------------------------------------------------------------- */

/* The next `count` values of a class; NULL when there are not so many. */
static const struct delta_value *take_values(struct block *block, uint32_t class, uint32_t count) {
    if (count > block->class_starts[class + 1] - block->next[class])
        return NULL;
    const struct delta_value *values = block->values + block->next[class];
    block->next[class] += count;
    return values;
}

static int read_item(struct block *block, const struct paths_op *op, uint64_t *reached,
                     struct patch_item *item, struct delta_err *err) {
    uint64_t head, step;
    if (!varint_get(&block->runs, &head) || head >> 1 > UINT32_MAX)
        return damaged(err);
    *item = (struct patch_item){.kind = head & 1 ? PATCH_INSERT : PATCH_COPY,
                                .count = (uint32_t)(head >> 1)};
    if (item->kind == PATCH_COPY) {
        if (!varint_get(&block->runs, &step))
            return damaged(err);
        uint64_t from = *reached + (uint64_t)varint_unzigzag(step);
        if (from > UINT32_MAX)
            return damaged(err);
        item->from = (uint32_t)from;
        *reached = from + item->count;
        return 0;
    }
    if (op->kind == PATHS_ARRAY) {
        item->values = item->count
                           ? take_values(block, block->paths.nodes[op->node].class, item->count)
                           : NULL;
    } else if (item->count == 1 && block->texts && block->texts_used < block->texts->length &&
               value_items(block->texts)[block->texts_used].type == DELTA_STRING) {
        item->values = &value_items(block->texts)[block->texts_used++];
    }
    return item->values ? 0 : damaged(err);
}

static int apply_runs(struct block *block, const struct paths_op *op, struct delta_err *err) {
    uint64_t count, reached = 0;
    if (!varint_get(&block->runs, &count) || count > varint_left(&block->runs))
        return damaged(err);
    struct patch_item *items = malloc((size_t)(count + 1) * sizeof *items);
    if (!items)
        return err_memory(err);
    int status = 0;
    for (uint64_t i = 0; status == 0 && i < count; i++)
        status = read_item(block, op, &reached, &items[i], err);
    if (status == 0 && op->kind == PATHS_ARRAY)
        status = live_array(&block->tree, op->node, items, (uint32_t)count, err);
    else if (status == 0)
        status = live_text(&block->tree, op->node, items, (uint32_t)count, err);
    free(items);
    return status;
}

static int apply_change(struct block *block, const struct paths_op *op, struct delta_err *err) {
    const struct delta_value *value;
    bool member = block->paths.nodes[op->node].key != NULL;
    switch (op->kind) {
    case PATHS_SET:
        block->set += member;
        value = take_values(block, block->paths.nodes[op->node].class, 1);
        return value ? live_set(&block->tree, op->node, value, err) : damaged(err);
    case PATHS_REMOVE:
        block->removed += member;
        return live_remove(&block->tree, op->node, err);
    default:
        return apply_runs(block, op, err);
    }
}

static int apply_state(struct block *block, struct delta_err *err) {
    uint64_t count, next = 0, high;
    if (!varint_get(&block->counts, &count))
        return damaged(err);
    block->set = block->removed = 0;
    for (; count; count--) {
        unsigned char low;
        if (!varint_get_byte(&block->low, &low) || !varint_get(&block->high, &high) ||
            high > UINT32_MAX)
            return damaged(err);
        uint64_t number = next + (high << 8 | low);
        if (number >= block->paths.numbers)
            return damaged(err);
        if (apply_change(block, &block->paths.pairs[number], err) < 0)
            return -1;
        next = number + 1;
    }
    block->at++;
    return 0;
}

int block_state(struct block *block, uint32_t index, struct delta_value *out,
                struct delta_err *err) {
    if (index < block->at && rewind_block(block, err) < 0)
        return -1;
    while (block->at < index)
        if (apply_state(block, err) < 0)
            return -1;
    if (live_value(&block->tree, out, err) < 0)
        return -1;
    if (delta_value_size(out) > block->max)
        return err_set(err, DELTA_ERR_LIMIT, "the state is larger than --max-size allows");
    return 0;
}

void block_close(struct block *block) {
    if (block)
        paths_free(&block->paths);
}
