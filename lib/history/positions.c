#include "history/positions.h"

#include "base/err.h"
#include "base/hash.h"
#include "base/varint.h"

#include <stdlib.h>

enum { DIGEST = 16 };

void positions_free(struct positions *positions) {
    for (size_t i = 0; i < positions->sources.count; i++) {
        free(positions->sources.items[i].name);
        free(positions->sources.items[i].kept.items);
    }
    free(positions->sources.items);
    free(positions->by_name.slots);
    free(positions->runs.items);
    *positions = (struct positions){0};
}

size_t positions_size(const struct positions *positions) {
    size_t size = positions->sources.capacity * sizeof *positions->sources.items +
                  (positions->by_name.mask + 1) * sizeof *positions->by_name.slots +
                  positions->runs.capacity * sizeof *positions->runs.items;
    for (size_t i = 0; i < positions->sources.count; i++)
        size += positions->sources.items[i].length +
                positions->sources.items[i].kept.capacity * sizeof(struct position_state);
    return size;
}

static uint64_t hash_name(struct byte_span name) {
    return hash_private(name.bytes, name.length, 0);
}

static struct position_source *find(const struct positions *positions, struct byte_span name) {
    if (!positions->sources.count)
        return NULL;
    TABLE_EACH(&positions->by_name, hash_name(name), index) {
        struct position_source *source = &positions->sources.items[index];
        if (source->length == name.length && memcmp(source->name, name.bytes, name.length) == 0)
            return source;
    }
    return NULL;
}

const struct position_state *positions_highest(const struct positions *positions,
                                               struct byte_span source) {
    const struct position_source *found = find(positions, source);
    return found ? &found->highest : NULL;
}

enum position_verdict positions_judge(const struct positions *positions, struct byte_span source,
                                      struct position_state state) {
    const struct position_source *found = find(positions, source);
    if (!found || state.seq > found->highest.seq)
        return POSITION_NEW;
    if (state.seq == found->highest.seq)
        return delta_digest_equal(state.digest, found->highest.digest) ? POSITION_KNOWN
                                                                       : POSITION_FORK;
    /* The last one kept that is not above it. */
    size_t low = 0, high = found->kept.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (found->kept.items[middle].seq <= state.seq)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return POSITION_OLDER;
    const struct position_state *before = &found->kept.items[low - 1];
    if (delta_digest_equal(before->digest, state.digest))
        return POSITION_KNOWN;
    return before->seq == state.seq ? POSITION_FORK : POSITION_OLDER;
}

static int reserve(struct positions *positions, struct delta_err *err) {
    int renewed = table_reserve(&positions->by_name, positions->sources.count);
    for (size_t i = 0; renewed > 0 && i < positions->sources.count; i++) {
        const struct position_source *source = &positions->sources.items[i];
        table_put(&positions->by_name, hash_name((struct byte_span){source->name, source->length}),
                  (uint32_t)i);
    }
    return renewed < 0 ? err_memory(err) : 0;
}

static struct position_source *add_source(struct positions *positions, struct byte_span name,
                                          struct delta_err *err) {
    char *copy = malloc(name.length + 1);
    struct position_source *added = NULL;
    if (!copy || reserve(positions, err) < 0 || !(added = array_add(&positions->sources))) {
        free(copy);
        err_memory(err);
        return NULL;
    }
    memcpy(copy, name.bytes, name.length);
    table_put(&positions->by_name, hash_name(name), (uint32_t)positions->sources.count - 1);
    *added = (struct position_source){.name = copy, .length = name.length};
    return added;
}

int positions_note(struct positions *positions, struct byte_span source,
                   struct position_state state, bool kept, struct delta_err *err) {
    struct position_source *found = find(positions, source);
    bool is_new = !found;
    if (!found && !(found = add_source(positions, source, err)))
        return -1;
    if (is_new || state.seq >= found->highest.seq)
        found->highest = state;
    if (!kept || (found->kept.count && found->kept.items[found->kept.count - 1].seq >= state.seq))
        return 0;
    struct position_state *added = array_add(&found->kept);
    if (!added)
        return err_memory(err);
    *added = state;
    return 0;
}

void positions_be_sure(struct positions *positions, struct byte_span source) {
    struct position_source *found = find(positions, source);
    if (found)
        found->sure = true;
}

bool positions_is_above(const struct positions *positions, struct byte_span source, uint64_t seq) {
    const struct position_source *found = find(positions, source);
    return found && found->sure && seq > found->highest.seq;
}

uint64_t positions_serial(const struct positions *positions, uint32_t index) {
    size_t low = 0, high = positions->runs.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (positions->runs.items[middle].index <= index)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return (uint64_t)index + 1;
    return positions->runs.items[low - 1].serial + (index - positions->runs.items[low - 1].index);
}

int positions_begin_run(struct positions *positions, uint32_t index, uint64_t serial,
                        struct delta_err *err) {
    if (positions_serial(positions, index) == serial)
        return 0;
    struct position_run *run = array_add(&positions->runs);
    if (!run)
        return err_memory(err);
    *run = (struct position_run){.index = index, .serial = serial};
    return 0;
}

void positions_put(const struct positions *positions, bool sources_only, struct delta_buf *buf) {
    struct position_run before = {0};
    unsigned char digest[DIGEST];
    size_t runs = sources_only ? 0 : positions->runs.count;
    varint_put(buf, runs);
    for (size_t i = 0; i < runs; i++) {
        varint_put(buf, positions->runs.items[i].index - before.index);
        varint_put(buf, positions->runs.items[i].serial - before.serial);
        before = positions->runs.items[i];
    }
    varint_put(buf, positions->sources.count);
    for (size_t i = 0; i < positions->sources.count; i++) {
        const struct position_source *source = &positions->sources.items[i];
        varint_put_run(buf, source->name, source->length);
        varint_put(buf, source->highest.seq);
        digest_put(source->highest.digest, digest);
        buf_put(buf, digest, sizeof digest);
    }
}

static int get_runs(struct positions *positions, struct varint_cursor *cursor,
                    struct delta_err *err) {
    uint64_t count, index, serial;
    struct position_run before = {0};
    if (!varint_get(cursor, &count) || count > varint_left(cursor))
        return err_set(err, DELTA_ERR_DAMAGED, "corrupt positions");
    if (count)
        positions->runs.count = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (!varint_get(cursor, &index) || !varint_get(cursor, &serial) ||
            index > UINT32_MAX - before.index || serial > UINT64_MAX - before.serial - UINT32_MAX ||
            (i && !index))
            return err_set(err, DELTA_ERR_DAMAGED, "corrupt positions");
        before.index += (uint32_t)index;
        before.serial += serial;
        if (positions_begin_run(positions, before.index, before.serial, err) < 0)
            return -1;
    }
    return 0;
}

int positions_get(struct positions *positions, const void *bytes, size_t length,
                  struct delta_err *err) {
    struct varint_cursor cursor = varint_cursor(bytes, length);
    uint64_t count;
    if (get_runs(positions, &cursor, err) < 0)
        return -1;
    if (!varint_get(&cursor, &count))
        return err_set(err, DELTA_ERR_DAMAGED, "corrupt positions");
    for (uint64_t i = 0; i < count; i++) {
        const void *name, *digest;
        size_t name_length;
        struct position_state state;
        if (!varint_get_run(&cursor, &name, &name_length) || !varint_get(&cursor, &state.seq) ||
            !varint_get_bytes(&cursor, DIGEST, &digest))
            return err_set(err, DELTA_ERR_DAMAGED, "corrupt positions");
        state.digest = digest_get(digest);
        if (positions_note(positions, (struct byte_span){name, name_length}, state, false, err) < 0)
            return -1;
    }
    return varint_left(&cursor) ? err_set(err, DELTA_ERR_DAMAGED, "corrupt positions") : 0;
}
