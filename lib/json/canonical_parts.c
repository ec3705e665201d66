/* The value is walked as it would be written. The sizes of its parts are known, so that what no
 * range touches is passed over, and what one holds as a whole is written at once. */
#include "json/canonical_parts.h"

#include "base/err.h"
#include "json/writer.h"

#include <stdlib.h>

struct writing {
    const struct range *range, *end; /* what is left of the ranges; the first may be begun */
    uint64_t from, to;               /* bytes of the first */
    uint64_t size;                   /* of the canonical form */
    uint64_t at;                     /* how far in it the walk is */
    struct delta_buf *out;
    struct delta_buf scratch;
    bool failed;
};

static void begin_range(struct writing *writing) {
    if (writing->range < writing->end)
        range_bytes(writing->range, writing->size, &writing->from, &writing->to);
    else
        writing->from = writing->to = UINT64_MAX;
}

/* The walk is at `end`, and all that the first range has before it was appended. */
static void arrive(struct writing *writing, uint64_t end) {
    writing->at = end;
    if (writing->to <= end) {
        writing->range++;
        begin_range(writing);
    }
}

/* The next bytes of the form: those within ranges are appended. */
static void pass(struct writing *writing, const char *bytes, uint64_t length) {
    uint64_t start = writing->at, end = start + length;
    while (writing->from < end) {
        uint64_t from = writing->from > start ? writing->from : start;
        uint64_t to = writing->to < end ? writing->to : end;
        buf_put(writing->out, bytes + (from - start), to - from);
        arrive(writing, to);
        if (to == end)
            return;
    }
    writing->at = end;
}

static void pass_char(struct writing *writing, char c) {
    pass(writing, &c, 1);
}

static void pass_key(struct writing *writing, const struct value_key *key) {
    uint64_t size = value_key_size(key);
    if (writing->from >= writing->at + size) {
        writing->at += size;
        return;
    }
    writing->scratch.length = 0;
    writer_string(key->text, key->length, &writing->scratch);
    pass(writing, writing->scratch.data, writing->scratch.length);
}

static void pass_value(struct writing *writing, const struct delta_value *value);

static void pass_object(struct writing *writing, const struct delta_value *object) {
    uint32_t *order = value_order_new(object);
    if (!order) {
        writing->failed = true;
        return;
    }
    for (uint32_t i = 0; i < object->length; i++) {
        const struct value_member *member = &value_members(object)[order[i]];
        pass_char(writing, i ? ',' : '{');
        pass_key(writing, member->key);
        pass_char(writing, ':');
        pass_value(writing, &member->value);
    }
    pass_char(writing, '}');
    free(order);
}

static void pass_array(struct writing *writing, const struct delta_value *array) {
    for (uint32_t i = 0; i < array->length; i++) {
        pass_char(writing, i ? ',' : '[');
        pass_value(writing, &value_items(array)[i]);
    }
    pass_char(writing, ']');
}

static void pass_value(struct writing *writing, const struct delta_value *value) {
    uint64_t size = delta_value_size(value), end = writing->at + size;
    bool container = value->type == DELTA_OBJECT || value->type == DELTA_ARRAY;
    if (writing->from >= end || writing->failed) {
        writing->at = end;
    } else if (writing->from <= writing->at && writing->to >= end) {
        writer_canonical(value, writing->out);
        arrive(writing, end);
    } else if (!container || value->length == 0) {
        writing->scratch.length = 0;
        writer_canonical(value, &writing->scratch);
        pass(writing, writing->scratch.data, writing->scratch.length);
    } else if (value->type == DELTA_OBJECT) {
        pass_object(writing, value);
    } else {
        pass_array(writing, value);
    }
}

int canonical_parts_write(const struct delta_value *value, const struct ranges *ranges,
                          struct delta_buf *out, struct delta_err *err) {
    struct writing writing = {.range = ranges->list.items,
                              .end = ranges->list.items + ranges->list.count,
                              .size = delta_value_size(value),
                              .out = out};
    begin_range(&writing);
    pass_value(&writing, value);
    bool failed = writing.failed || writing.scratch.failed;
    delta_buf_free(&writing.scratch);
    return failed ? err_memory(err) : buf_check(out, err);
}
