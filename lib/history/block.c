/* Writing blocks. The changes between the states, as the diff finds them, are put under the paths
 * at which they happen, and each kind of number or text into a stream of its own: what is alike is
 * together, and zstd compresses it as such. The format:
 *
 *     varint  bytes of the canonical forms of all its states
 *     varint  keys set, varint keys removed, by the changes that lead to its states
 *     varint  bytes of what follows once decompressed
 *     …       one zstd frame (RFC 8878), of this:
 *
 *     varint  bytes of each of the fourteen streams, in this order, then the streams:
 *
 *     keyframe   the first state, canonical
 *     tree       the paths at which changes happen (paths.c): for each, parents first, four
 *                varints: bits of the kinds of change there (1 set, 2 remove, 4 array, 8 text);
 *                how many of its children are members named by position, elements, members named
 *                by key
 *     steps      for these children a varint each: the position in the keyframe's object, keys in
 *                canonical order, or the index, minus one more than the last one of the same kind
 *     names      a JSON array of the other children's keys
 *     classes    for each class of paths a varint: how many values it takes. A path that ends with
 *                a key is in the class of that key, another one in the class of its parent; the
 *                root's class is the first, and the others follow in the order in which the tree
 *                has their keys. Then columns of values (class_values.c)
 *     counts     for each state but the first a varint: how many changes lead to it
 *     low, high  for each change the number of its path and kind (counted down the tree, kinds in
 *                the order of their bits), minus one more than that of the change before it in the
 *                same state: its lowest byte, and a varint of the rest
 *     runs       for each change of an array a varint, the number of items, and the items: a
 *                varint, 2 * n for n old elements, followed by zigzag(from - where the last such
 *                item ended), or 2 * n + 1 for n new values. For a text the same, in code points,
 *                n = 1 for a literal
 *     texts      a JSON array of these literals
 *     values     a JSON array of all values set or inserted, class by class; of a class with a
 *                column only its choices
 *     times      varint unit (1 ms as 1000000, or 1 ns as 1); zigzag varints: the first time in
 *                units, the step to the second, how much each further step differs from the last
 *     metadata   a JSON array: the info of each state (state_info.h), or null; empty when no state
 *                has any
 *     key counts for each state of which the keys set and removed are not the members that its
 *                changes set and remove (none lead to the first): a varint, the states since the
 *                last such, and zigzag varints of how many more keys they are
 *
 * Changes within a rebuilt array follow its own, with the new indices. Each stream is a block of
 * its own within the zstd frame, so that each gets its own entropy code; values of one key are
 * together because they predict one another.
 *
 * When a block is full: a state is read by decoding its block up to there, and all of the block's
 * changes are in memory while it is written. A history of 3,000 states of 40 numbers that all
 * change every time takes 7.9 ms for `get` with FULL_AT_LEAST of 1 MiB; of 64 KiB 1.5 ms, but 5.5%
 * more bytes. With FULL_TIMES of 4 to 256 five histories (5 kB states, mime-db, compat data,
 * caniuse, these numbers) have the same bytes, as BLOCK_STATES comes first; it bounds the memory
 * that the first state does not let expect. */
#include "history/block.h"

#include "base/array.h"
#include "base/err.h"
#include "base/varint.h"
#include "codec/zstd_parts.h"
#include "diff/diff.h"
#include "history/class_values.h"
#include "history/paths.h"
#include "json/reader.h"
#include "json/writer.h"

#include <stdlib.h>
#include <string.h>

enum {
    FULL_TIMES = 64,         /* the changes may be so many times the size of the first state, */
    FULL_AT_LEAST = 1 << 20, /* or have so many bytes in any case, */
    FULL_AT_MOST = 1 << 30,  /* but never more than these */
};

struct change {
    uint32_t node;
    enum paths_kind kind;
    union {
        const struct delta_value *value; /* SET */
        const struct delta_patch *patch; /* ARRAY, TEXT */
    };
};

struct block_writer {
    struct delta_arena *arena;
    struct paths paths;
    const struct delta_value *last;
    struct delta_buf streams[BLOCK_STREAMS];
    struct block_info info;
    ARRAY(struct change) changes;
    uint64_t weight;                   /* bytes of the changes, about */
    uint32_t starts[BLOCK_STATES + 1]; /* each state's first change */
    struct block_entry entries[BLOCK_STATES];
    uint32_t count;
};

static void add_state(struct block_writer *writer, const struct delta_value *state,
                      const struct block_entry *entry) {
    writer->info.states_size += delta_value_size(state);
    writer->info.set += entry->set;
    writer->info.removed += entry->removed;
    writer->entries[writer->count] = *entry;
    writer->last = state;
    writer->count++;
    writer->starts[writer->count] = (uint32_t)writer->changes.count;
}

struct block_writer *block_writer_new(const struct delta_value *state,
                                      const struct block_entry *entry, struct delta_err *err) {
    struct block_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return err_no_memory(err);
    writer->arena = delta_arena_new();
    struct delta_buf *text = &writer->streams[BLOCK_KEYFRAME];
    writer_canonical(state, text);
    size_t length = text->length;
    const struct delta_value *keyframe = NULL;
    const char *copy =
        writer->arena && !text->failed ? reader_copy(writer->arena, text->data, length) : NULL;
    /* Read again, so that positions of members are those that the reader of the block has. */
    if (copy)
        keyframe = reader_parse_with(writer->arena, copy, length, 0, err);
    else
        err_memory(err);
    if (!keyframe || paths_begin(&writer->paths, keyframe, err) < 0) {
        block_writer_free(writer);
        return NULL;
    }
    add_state(writer, state, entry);
    return writer;
}

uint32_t block_writer_count(const struct block_writer *writer) {
    return writer->count;
}

bool block_writer_full(const struct block_writer *writer) {
    return writer->count == BLOCK_STATES || writer->weight > FULL_AT_MOST ||
           (writer->weight > FULL_AT_LEAST &&
            writer->weight / FULL_TIMES > writer->streams[BLOCK_KEYFRAME].length);
}

/* ---- Changes out of patches ------------------------------------------------------------------ */

static int add_change(struct block_writer *writer, struct change change, struct delta_err *err) {
    if (writer->changes.count >= UINT32_MAX / 2)
        return err_set(err, DELTA_ERR_LIMIT, "too many changes for one block");
    struct change *added = array_add(&writer->changes);
    if (!added)
        return err_memory(err);
    *added = change;
    writer->paths.nodes[change.node].kinds |= (uint8_t)(1u << change.kind);
    writer->weight += 3;
    return 0;
}

/* True when no element is moved, added or removed. */
static bool array_keeps_shape(const struct delta_patch *patch) {
    uint64_t at = 0;
    for (uint32_t i = 0; i < patch->count; i++) {
        if (patch->items[i].kind == PATCH_INSERT || patch->items[i].from != at)
            return false;
        at += patch->items[i].count;
    }
    return at == patch->length;
}

static int add_patch(struct block_writer *writer, uint32_t node, const struct delta_patch *patch,
                     struct delta_err *err);

static int add_array(struct block_writer *writer, uint32_t node, const struct delta_patch *patch,
                     struct delta_err *err) {
    if (!array_keeps_shape(patch)) {
        struct change change = {.node = node, .kind = PATHS_ARRAY, .patch = patch};
        if (add_change(writer, change, err) < 0)
            return -1;
        for (uint32_t i = 0; i < patch->count; i++)
            for (uint32_t k = 0; patch->items[i].kind == PATCH_INSERT && k < patch->items[i].count;
                 k++)
                writer->weight += delta_value_size(&patch->items[i].values[k]);
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_item *item = &patch->items[i];
        if (item->kind == PATCH_EDIT) {
            uint32_t element = paths_element(&writer->paths, node, at);
            if (element == NO_INDEX)
                return err_memory(err);
            if (add_patch(writer, element, item->nested, err) < 0)
                return -1;
        }
        at += item->count;
    }
    return 0;
}

static int add_member(struct block_writer *writer, uint32_t node, const struct patch_member *member,
                      struct delta_err *err) {
    uint32_t child = paths_member(&writer->paths, node, member->key);
    if (child == NO_INDEX)
        return err_memory(err);
    struct change change = {.node = child};
    switch (member->change) {
    case PATCH_SET:
        change.kind = PATHS_SET;
        change.value = &member->value;
        writer->weight += delta_value_size(&member->value);
        return add_change(writer, change, err);
    case PATCH_REMOVE:
        change.kind = PATHS_REMOVE;
        return add_change(writer, change, err);
    case PATCH_NEST:
        return add_patch(writer, child, member->nested, err);
    }
    return 0;
}

static int add_patch(struct block_writer *writer, uint32_t node, const struct delta_patch *patch,
                     struct delta_err *err) {
    struct change change = {.node = node};
    switch (patch->kind) {
    case PATCH_EMPTY:
        return 0;
    case PATCH_VALUE:
        change.kind = PATHS_SET;
        change.value = &patch->value;
        writer->weight += delta_value_size(&patch->value);
        return add_change(writer, change, err);
    case PATCH_OBJECT:
        for (uint32_t i = 0; i < patch->count; i++)
            if (add_member(writer, node, &patch->members[i], err) < 0)
                return -1;
        return 0;
    case PATCH_ARRAY:
        return add_array(writer, node, patch, err);
    case PATCH_STRING:
        change.kind = PATHS_TEXT;
        change.patch = patch;
        return add_change(writer, change, err);
    }
    return 0;
}

int block_writer_add(struct block_writer *writer, const struct delta_value *state,
                     const struct block_entry *entry, struct delta_err *err) {
    /* The change of an element is stored with others like it, but a new array would not be. */
    struct diff_options options = {.fine = true};
    const struct delta_patch *patch =
        diff_values(writer->arena, writer->last, state, &options, err);
    if (!patch || add_patch(writer, PATHS_ROOT, patch, err) < 0)
        return -1;
    add_state(writer, state, entry);
    return 0;
}

/* ---- Streams ----------------------------------------------------------------------------------*/

static uint32_t change_number(const struct block_writer *writer, const struct change *change) {
    return writer->paths.nodes[change->node].number[change->kind];
}

static int compare_changes(const void *left, const void *right, void *context) {
    uint32_t a = change_number(context, left), b = change_number(context, right);
    return a < b ? -1 : a > b;
}

static void put_runs(struct block_writer *writer, const struct change *change) {
    const struct delta_patch *patch = change->patch;
    struct delta_buf *runs = &writer->streams[BLOCK_RUNS];
    struct delta_buf *texts = &writer->streams[BLOCK_TEXTS];
    uint64_t reached = 0;
    varint_put(runs, patch->count);
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_item *item = &patch->items[i];
        if (item->kind == PATCH_INSERT) {
            varint_put(runs, (uint64_t)item->count << 1 | 1);
            if (change->kind != PATHS_TEXT)
                continue;
            buf_put_char(texts, texts->length ? ',' : '[');
            writer_canonical(&item->values[0], texts);
            continue;
        }
        varint_put(runs, (uint64_t)item->count << 1);
        varint_put(runs, varint_zigzag((int64_t)item->from - (int64_t)reached));
        reached = (uint64_t)item->from + item->count;
    }
}

/* The changes, and the classes of the values they take. */
static void put_changes(struct block_writer *writer, uint64_t *class_counts) {
    for (uint32_t state = 1; state < writer->count; state++) {
        size_t first = writer->starts[state], count = writer->starts[state + 1] - first;
        varint_put(&writer->streams[BLOCK_COUNTS], count);
        if (count > 1)
            qsort_r(writer->changes.items + first, count, sizeof *writer->changes.items,
                    compare_changes, writer);
        uint32_t next = 0;
        for (size_t i = first; i < first + count; i++) {
            const struct change *change = &writer->changes.items[i];
            uint32_t number = change_number(writer, change);
            buf_put_char(&writer->streams[BLOCK_LOW], (char)((number - next) & 0xff));
            varint_put(&writer->streams[BLOCK_HIGH], (number - next) >> 8);
            next = number + 1;
            uint64_t *class = &class_counts[writer->paths.nodes[change->node].class];
            if (change->kind == PATHS_SET)
                ++*class;
            if (change->kind == PATHS_ARRAY || change->kind == PATHS_TEXT)
                put_runs(writer, change);
            for (uint32_t k = 0; change->kind == PATHS_ARRAY && k < change->patch->count; k++)
                if (change->patch->items[k].kind == PATCH_INSERT)
                    *class += change->patch->items[k].count;
        }
    }
}

/* Puts pointers to all values into `values`, class by class; `next` is the next free place of each
 * class. */
static void sort_values(const struct block_writer *writer, const struct delta_value **values,
                        uint64_t *next) {
    for (size_t i = 0; i < writer->changes.count; i++) {
        const struct change *change = &writer->changes.items[i];
        uint64_t *at = &next[writer->paths.nodes[change->node].class];
        if (change->kind == PATHS_SET)
            values[(*at)++] = change->value;
        for (uint32_t k = 0; change->kind == PATHS_ARRAY && k < change->patch->count; k++) {
            const struct patch_item *item = &change->patch->items[k];
            for (uint32_t v = 0; item->kind == PATCH_INSERT && v < item->count; v++)
                values[(*at)++] = &item->values[v];
        }
    }
}

/* The streams of the values and of their classes. */
static void join_values(struct block_writer *writer, const struct class_values *made) {
    struct delta_buf *values = &writer->streams[BLOCK_VALUES];
    struct delta_buf *classes = &writer->streams[BLOCK_CLASSES];
    buf_put_char(values, '[');
    buf_put(values, made->texts.data, made->texts.length);
    buf_put_char(values, ']');
    if (!made->count)
        return;
    varint_put(classes, made->count);
    buf_put(classes, made->heads.data, made->heads.length);
    buf_put(classes, made->columns.data, made->columns.length);
}

static int put_values(struct block_writer *writer, struct class_values *made,
                      struct delta_err *err) {
    int status = -1;
    uint32_t classes = writer->paths.classes;
    const struct delta_value **values = NULL;
    uint64_t *counts = calloc(classes, sizeof *counts), *next = calloc(classes, sizeof *next);
    uint64_t total = 0;
    if (!counts || !next) {
        err_memory(err);
        goto end;
    }
    put_changes(writer, counts);
    for (uint32_t i = 0; i < classes; i++) {
        varint_put(&writer->streams[BLOCK_CLASSES], counts[i]);
        next[i] = total;
        total += counts[i];
    }
    if (total >= UINT32_MAX) {
        err_set(err, DELTA_ERR_LIMIT, "too many values for one block");
        goto end;
    }
    values = malloc((total + 1) * sizeof(*values));
    if (!values) {
        err_memory(err);
        goto end;
    }
    sort_values(writer, values, next);
    for (uint32_t class = 0, i = 0; class < classes; i += (uint32_t)counts[class ++])
        if (counts[class] && class_values_put(made, class, values + i, counts[class], err))
            goto end;
    join_values(writer, made);
    status = buf_check(&writer->streams[BLOCK_VALUES], err);
end:
    free(values);
    free(counts);
    free(next);
    return status;
}

static void put_times(struct block_writer *writer) {
    struct delta_buf *out = &writer->streams[BLOCK_TIMES];
    int64_t unit = 1000000;
    for (uint32_t i = 0; i < writer->count; i++)
        if (writer->entries[i].time % unit)
            unit = 1;
    varint_put(out, (uint64_t)unit);
    /* Differences of differences wrap around, as the reader's sums do. */
    uint64_t last = 0, step = 0;
    for (uint32_t i = 0; i < writer->count; i++) {
        uint64_t time = (uint64_t)(writer->entries[i].time / unit);
        uint64_t this_step = time - last;
        varint_put(out, varint_zigzag((int64_t)(this_step - step)));
        step = i ? this_step : 0;
        last = time;
    }
}

static void put_metadata(struct block_writer *writer) {
    struct delta_buf *out = &writer->streams[BLOCK_METADATA];
    bool any = false;
    for (uint32_t i = 0; i < writer->count; i++)
        any |= writer->entries[i].metadata != NULL;
    for (uint32_t i = 0; any && i < writer->count; i++) {
        buf_put_char(out, i ? ',' : '[');
        if (writer->entries[i].metadata)
            writer_canonical(writer->entries[i].metadata, out);
        else
            buf_put_text(out, "null");
    }
    if (any)
        buf_put_char(out, ']');
}

static void put_key_counts(struct block_writer *writer) {
    struct delta_buf *out = &writer->streams[BLOCK_KEY_COUNTS];
    uint32_t next = 0;
    for (uint32_t i = 0; i < writer->count; i++) {
        uint64_t set = writer->entries[i].set, removed = writer->entries[i].removed;
        for (size_t k = i ? writer->starts[i] : writer->starts[1]; k < writer->starts[i + 1]; k++) {
            const struct change *change = &writer->changes.items[k];
            bool member = writer->paths.nodes[change->node].key != NULL;
            set -= change->kind == PATHS_SET && member;
            removed -= change->kind == PATHS_REMOVE && member;
        }
        if (!set && !removed)
            continue;
        varint_put(out, i - next);
        varint_put(out, varint_zigzag((int64_t)set));
        varint_put(out, varint_zigzag((int64_t)removed));
        next = i + 1;
    }
}

static int end_parts(const struct zstd_parts *inner, size_t start, struct zstd_parts *parts,
                     struct delta_err *err) {
    for (size_t i = 0; i < inner->count; i++)
        if (zstd_parts_end(parts, start + inner->items[i], err) < 0)
            return -1;
    return 0;
}

/* Joins the streams. Each ends a part; the values and their columns are several parts. */
static int join_streams(struct block_writer *writer, const struct class_values *made,
                        struct delta_buf *plain, struct zstd_parts *parts, struct delta_err *err) {
    for (unsigned i = 0; i < BLOCK_STREAMS; i++)
        varint_put(plain, writer->streams[i].length);
    for (unsigned i = 0; i < BLOCK_STREAMS; i++) {
        size_t start = plain->length;
        if (buf_check(&writer->streams[i], err) < 0)
            return -1;
        buf_put(plain, writer->streams[i].data, writer->streams[i].length);
        /* Those of the values begin behind the bracket, the columns end the classes. */
        if ((i == BLOCK_VALUES && end_parts(&made->text_parts, start + 1, parts, err)) ||
            (i == BLOCK_CLASSES &&
             end_parts(&made->column_parts, plain->length - made->columns.length, parts, err)))
            return -1;
        if (zstd_parts_end(parts, plain->length, err) < 0)
            return -1;
    }
    return buf_check(plain, err);
}

int block_writer_finish(struct block_writer *writer, int level, struct delta_buf *out,
                        struct delta_err *err) {
    int status = -1;
    struct delta_buf plain = {0};
    struct class_values made = {0};
    struct zstd_parts parts = {0};
    if (paths_number(&writer->paths, err) < 0 || paths_class(&writer->paths, err) < 0 ||
        paths_encode(&writer->paths, &writer->streams[BLOCK_TREE], &writer->streams[BLOCK_STEPS],
                     &writer->streams[BLOCK_NAMES], err) < 0 ||
        put_values(writer, &made, err) < 0)
        goto end;
    if (writer->streams[BLOCK_TEXTS].length)
        buf_put_char(&writer->streams[BLOCK_TEXTS], ']');
    put_times(writer);
    put_metadata(writer);
    put_key_counts(writer);
    if (join_streams(writer, &made, &plain, &parts, err) < 0)
        goto end;
    varint_put(out, writer->info.states_size);
    varint_put(out, writer->info.set);
    varint_put(out, writer->info.removed);
    varint_put(out, plain.length);
    if (zstd_parts_compress(&plain, &parts, level, out, err) == 0)
        status = buf_check(out, err);
end:
    delta_buf_free(&plain);
    class_values_free(&made);
    free(parts.items);
    return status;
}

void block_writer_free(struct block_writer *writer) {
    if (!writer)
        return;
    for (unsigned i = 0; i < BLOCK_STREAMS; i++)
        delta_buf_free(&writer->streams[i]);
    paths_free(&writer->paths);
    free(writer->changes.items);
    delta_arena_free(writer->arena);
    free(writer);
}
