#include "json/writer.h"

#include "base/array.h"
#include "base/err.h"
#include "json/key_order.h"
#include "json/value.h"

#include <stdlib.h>

/* A container being written. */
struct frame {
    const struct delta_value *value;
    uint32_t next;  /* element or member to be written next */
    bool reordered; /* its members' canonical order is in `indices` from `order` on */
    size_t order;
};

struct writer {
    struct delta_buf *buf;
    bool sorted;                /* keys in canonical order */
    bool indented;              /* an element a line */
    unsigned step;              /* spaces a level; 0: a tab */
    ARRAY(struct frame) frames; /* containers open now: records nest too deep for recursion */
    uint32_t *indices; /* the orders of those open objects that are not sorted as they are */
    size_t used, capacity;
    delta_sink *sink; /* takes what is in `buf` when it is a piece; NULL: all of it stays there */
    void *context;
    size_t piece;          /* bytes of one; with no sink more than there can be */
    struct delta_err *err; /* the sink's */
    bool ended;            /* the sink wants no more */
};

enum { PIECE = 100 * 1024 }; /* half of a processor's cache of the second level, or less */

/* Gives the sink what there is. True when it wants no more. */
static __attribute__((noinline)) bool spill(struct writer *writer) {
    struct delta_buf *buf = writer->buf;
    if (buf->length && !buf->failed && !writer->ended)
        writer->ended = writer->sink(writer->context, buf->data, buf->length, writer->err) != 0;
    buf->length = 0;
    return writer->ended;
}

void writer_string(const char *text, size_t length, struct delta_buf *buf) {
    static const char hex[] = "0123456789abcdef";
    static const char short_escape[0x20] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    const unsigned char *bytes = (const unsigned char *)text;
    buf_put_char(buf, '"');
    size_t start = 0; /* of what has not been written yet and needs no escape */
    for (size_t i = 0; i < length; i++) {
        unsigned char c = bytes[i];
        bool surrogate = c == 0xed && i + 2 < length && bytes[i + 1] >= 0xa0;
        if (c >= 0x20 && c != '"' && c != '\\' && !surrogate)
            continue;
        buf_put(buf, text + start, i - start);
        if (surrogate) {
            unsigned code = 0xd000u | (bytes[i + 1] & 0x3fu) << 6 | (bytes[i + 2] & 0x3fu);
            char escape[6] = {'\\',          'u', 'd', hex[code >> 8 & 15], hex[code >> 4 & 15],
                              hex[code & 15]};
            buf_put(buf, escape, sizeof escape);
            i += 2;
        } else if (c >= 0x20) {
            char escape[2] = {'\\', (char)c};
            buf_put(buf, escape, sizeof escape);
        } else if (short_escape[c]) {
            char escape[2] = {'\\', short_escape[c]};
            buf_put(buf, escape, sizeof escape);
        } else {
            char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
            buf_put(buf, escape, sizeof escape);
        }
        start = i + 1;
    }
    buf_put(buf, text + start, length - start);
    buf_put_char(buf, '"');
}

static void write_text(struct delta_buf *buf, const char *text, size_t length, uint8_t flags) {
    if (!(flags & VALUE_PLAIN)) {
        writer_string(text, length, buf);
        return;
    }
    if (buf->capacity - buf->length < length + 2 && !buf_reserve(buf, length + 2))
        return;
    char *out = buf->data + buf->length;
    out[0] = '"';
    memcpy(out + 1, text, length);
    out[length + 1] = '"';
    buf->length += length + 2;
}

static void new_line(struct writer *writer) {
    if (!writer->indented)
        return;
    buf_put_char(writer->buf, '\n');
    size_t width = (writer->step ? writer->step : 1) * writer->frames.count;
    if (buf_reserve(writer->buf, width)) {
        memset(writer->buf->data + writer->buf->length, writer->step ? ' ' : '\t', width);
        writer->buf->length += width;
    }
}

static inline bool keys_sorted(const struct delta_value *object) {
    const struct value_member *members = value_members(object);
    if (object->flags & VALUE_ASCENDING)
        return true;
    for (uint32_t i = 1; i < object->length; i++)
        if (value_key_compare(members[i - 1].key, members[i].key) > 0)
            return false;
    return true;
}

/* Opens a container: what is inside it comes next. */
static bool push(struct writer *writer, const struct delta_value *value) {
    struct frame *frame = array_add(&writer->frames);
    if (!frame) {
        writer->buf->failed = true;
        return false;
    }
    *frame = (struct frame){.value = value, .order = writer->used};
    if (value->type == DELTA_OBJECT && writer->sorted && !keys_sorted(value)) {
        size_t wanted = writer->used + value->length;
        if (wanted > writer->capacity &&
            !array_grow(&writer->indices, &writer->capacity, wanted, sizeof *writer->indices)) {
            writer->buf->failed = true;
            return false;
        }
        value_order(value, writer->indices + writer->used);
        writer->used += value->length;
        frame->reordered = true;
    }
    buf_put_char(writer->buf, value->type == DELTA_OBJECT ? '{' : '[');
    return true;
}

static void pop(struct writer *writer) {
    const struct frame *frame = &writer->frames.items[--writer->frames.count];
    writer->used = frame->order;
    if (frame->value->length)
        new_line(writer);
    buf_put_char(writer->buf, frame->value->type == DELTA_OBJECT ? '}' : ']');
}

/* Members in another order than they were read are all over the memory, and so are their keys and
 * the texts of these, beside which those of their values are: each is fetched before it is needed.
 */
static inline void prefetch_members(const struct delta_value *object, const uint32_t *order,
                                    uint32_t index) {
    enum { MEMBERS_AHEAD = 24, KEYS_AHEAD = 16, TEXTS_AHEAD = 8 };
    const struct value_member *members = value_members(object);
    uint32_t left = object->length - index;
    if (left > MEMBERS_AHEAD)
        __builtin_prefetch(&members[order[index + MEMBERS_AHEAD]]);
    if (left > KEYS_AHEAD)
        __builtin_prefetch(members[order[index + KEYS_AHEAD]].key);
    if (left > TEXTS_AHEAD)
        __builtin_prefetch(members[order[index + TEXTS_AHEAD]].key->text);
}

/* Writes what is before the next element of the innermost container, and returns it. */
static const struct delta_value *next_element(struct writer *writer) {
    struct frame *frame = &writer->frames.items[writer->frames.count - 1];
    uint32_t index = frame->next++;
    if (index)
        buf_put_char(writer->buf, ',');
    new_line(writer);
    if (frame->value->type == DELTA_ARRAY)
        return &value_items(frame->value)[index];
    if (frame->reordered) {
        prefetch_members(frame->value, writer->indices + frame->order, index);
        index = writer->indices[frame->order + index];
    }
    const struct value_member *member = &value_members(frame->value)[index];
    write_text(writer->buf, member->key->text, member->key->length, value_key_flags(member->key));
    buf_put_char(writer->buf, ':');
    if (writer->indented)
        buf_put_char(writer->buf, ' ');
    return &member->value;
}

static inline void write_scalar(struct delta_buf *buf, const struct delta_value *value) {
    switch (value->type) {
    case DELTA_NULL:
        buf_put(buf, "null", 4);
        break;
    case DELTA_FALSE:
        buf_put(buf, "false", 5);
        break;
    case DELTA_TRUE:
        buf_put(buf, "true", 4);
        break;
    case DELTA_NUMBER:
        buf_put(buf, value->text, value->length);
        break;
    default:
        write_text(buf, value->text, value->length, value->flags);
        break;
    }
}

/* ---- Many members in another order ---- */

/* Members in another order than they were read are all over the memory, and so are their keys and
 * the texts of these: three places a member, each known when the one before has been fetched. Many
 * small members are therefore written in the order they were read in first, and then copied from
 * there in the order of their keys, which is one place a member, known ahead. 1,000,000 of them:
 * 120 ms instead of 190. */
enum {
    SHUFFLED_FEWEST = 1 << 12, /* members, from which on they do not fit into the cache */
    SHUFFLED_LARGEST = 128,    /* bytes of a member, on average: what is copied is memory too */
    SHUFFLED_HIGHEST = 32,     /* levels: what is in it is written recursively */
    SHUFFLED_MOST = 1 << 30,   /* bytes of all, of which places are 32-bit numbers */
};

static bool is_shuffled(const struct delta_value *value) {
    return value->type == DELTA_OBJECT && value->length >= SHUFFLED_FEWEST &&
           value->height <= SHUFFLED_HIGHEST && value->object->size <= SHUFFLED_MOST &&
           value->object->size / value->length <= SHUFFLED_LARGEST && !keys_sorted(value);
}

static void write_with(struct writer writer, const struct delta_value *value);

/* Writes the members as they come, each behind its length, and notes their places. */
static void write_aside(const struct delta_value *object, struct key_word *words,
                        struct delta_buf *aside) {
    for (uint32_t i = 0; i < object->length && !aside->failed; i++) {
        const struct value_member *member = &value_members(object)[i];
        const struct value_key *key = member->key;
        size_t place = aside->length;
        uint32_t length = 0;
        words[i] = (struct key_word){.index = i, .place = (uint32_t)place};
        buf_put(aside, &length, sizeof length);
        write_text(aside, key->text, key->length, value_key_flags(key));
        buf_put_char(aside, ':');
        if (value_is_container(&member->value))
            write_with((struct writer){.buf = aside, .sorted = true}, &member->value);
        else
            write_scalar(aside, &member->value);
        length = (uint32_t)(aside->length - place - sizeof length);
        if (!aside->failed)
            memcpy(aside->data + place, &length, sizeof length);
    }
}

static void copy_members(struct writer *writer, const char *aside, const struct key_word *words,
                         uint32_t count) {
    enum { AHEAD = 16, LINE = 64 };
    struct delta_buf *buf = writer->buf;
    buf_put_char(buf, '{');
    for (uint32_t i = 0; i < count; i++) {
        if (count - i > AHEAD) {
            __builtin_prefetch(aside + words[i + AHEAD].place);
            __builtin_prefetch(aside + words[i + AHEAD].place + LINE);
        }
        uint32_t length;
        memcpy(&length, aside + words[i].place, sizeof length);
        if (i)
            buf_put_char(buf, ',');
        buf_put(buf, aside + words[i].place + sizeof length, length);
        if (buf->length >= writer->piece && spill(writer))
            return;
    }
    buf_put_char(buf, '}');
}

/* Puts the words, one a member, into the order of the members. Returns where they are; NULL when
 * out of memory. */
static const struct key_word *sort_places(const struct delta_value *object, struct key_word *words,
                                          struct delta_arena *scratch) {
    if (!(object->flags & VALUE_ORDERED))
        return key_order_sort(value_members(object), words, object->length) ? words : NULL;
    const uint32_t *order = value_kept_order(object);
    struct key_word *sorted = arena_array(scratch, object->length, sizeof *sorted);
    for (uint32_t i = 0; sorted && i < object->length; i++)
        sorted[i] = words[order[i]];
    return sorted;
}

static void write_shuffled(struct writer *writer, const struct delta_value *object) {
    struct delta_arena *scratch = delta_arena_new(); /* huge pages */
    struct key_word *words = scratch ? arena_array(scratch, object->length, sizeof *words) : NULL;
    struct delta_buf aside = {0};
    if (words && buf_reserve(&aside, object->object->size + object->length * sizeof(uint32_t)))
        write_aside(object, words, &aside);
    const struct key_word *sorted =
        words && !aside.failed ? sort_places(object, words, scratch) : NULL;
    if (sorted)
        copy_members(writer, aside.data, sorted, object->length);
    else
        writer->buf->failed = true;
    delta_buf_free(&aside);
    delta_arena_free(scratch);
}

static void write_value(struct writer *writer, const struct delta_value *value) {
    for (;;) {
        if (!value_is_container(value))
            write_scalar(writer->buf, value);
        else if (writer->sorted && is_shuffled(value))
            write_shuffled(writer, value);
        else if (!push(writer, value))
            return;
        while (writer->frames.count &&
               writer->frames.items[writer->frames.count - 1].next ==
                   writer->frames.items[writer->frames.count - 1].value->length)
            pop(writer);
        if (!writer->frames.count)
            return;
        if (writer->buf->length >= writer->piece && spill(writer))
            return;
        value = next_element(writer);
    }
}

static void write_with(struct writer writer, const struct delta_value *value) {
    writer.piece = SIZE_MAX;
    write_value(&writer, value);
    free(writer.frames.items);
    free(writer.indices);
}

/* Not 0 for the bytes of characters that are written with hexadecimal digits, which may be of
 * either case: controls without a letter of their own, and the first byte of lone surrogates (ed a0
 * 80 to ed bf bf) and of some other characters. */
static inline unsigned char may_be_hexadecimal(unsigned char c) {
    unsigned char has_letter = (c >= '\b') & (c <= '\r') & (c != '\v');
    return (unsigned char)(((c < 0x20) & !has_letter) | (c == 0xed));
}

/* True when each character of a string has one shortest form. */
static bool has_one_form(const char *text, uint32_t length, uint8_t flags) {
    enum { STEP = 32 };
    const unsigned char *bytes = (const unsigned char *)text, *end = bytes + length;
    if (flags & VALUE_PLAIN)
        return true;
    while (bytes < end) {
        size_t step = end - bytes < STEP ? (size_t)(end - bytes) : STEP;
        unsigned char found = step < STEP;
        for (int i = 0; i < STEP && step == STEP; i++) /* in one go where the machine can */
            found |= may_be_hexadecimal(bytes[i]);
        for (size_t i = 0; i < step && found; i++)
            if (may_be_hexadecimal(bytes[i]) && (bytes[i] != 0xed || bytes[i + 1] >= 0xa0))
                return false;
        bytes += step;
    }
    return true;
}

bool writer_is_canonical(const struct delta_value *value) {
    if (value->type == DELTA_STRING)
        return has_one_form(value->text, value->length, value->flags);
    if (value->type == DELTA_ARRAY) {
        for (uint32_t i = 0; i < value->length; i++)
            if (!writer_is_canonical(&value_items(value)[i]))
                return false;
    } else if (value->type == DELTA_OBJECT) {
        if (!keys_sorted(value))
            return false;
        for (uint32_t i = 0; i < value->length; i++) {
            const struct value_member *member = &value_members(value)[i];
            const struct value_key *key = member->key;
            if (!has_one_form(key->text, key->length, value_key_flags(key)) ||
                !writer_is_canonical(&member->value))
                return false;
        }
    }
    return true;
}

void writer_canonical(const struct delta_value *value, struct delta_buf *buf) {
    if (buf_reserve(buf, delta_value_size(value)))
        write_with((struct writer){.buf = buf, .sorted = true}, value);
}

void writer_compact(const struct delta_value *value, struct delta_buf *buf) {
    write_with((struct writer){.buf = buf}, value);
}

static void write_indented(const struct delta_value *value, unsigned step, struct delta_buf *buf) {
    write_with((struct writer){.buf = buf, .indented = true, .step = step}, value);
}

int delta_write_to(const struct delta_value *value, enum delta_layout layout, unsigned step,
                   delta_sink *sink, void *context, struct delta_err *err) {
    struct delta_buf buf = {0};
    struct writer writer = {.buf = &buf,
                            .sorted = layout == DELTA_CANONICAL,
                            .indented = layout == DELTA_INDENTED,
                            .step = step,
                            .sink = sink,
                            .context = context,
                            .piece = PIECE,
                            .err = err};
    uint64_t size = delta_value_size(value);
    if (buf_reserve(&buf, size < PIECE ? size : PIECE + PIECE / 4))
        write_value(&writer, value);
    (void)spill(&writer);
    free(writer.frames.items);
    free(writer.indices);
    int status = writer.ended ? -1 : buf_check(&buf, err);
    delta_buf_free(&buf);
    return status;
}

int delta_write(const struct delta_value *value, enum delta_layout layout, unsigned step,
                struct delta_buf *buf, struct delta_err *err) {
    switch (layout) {
    case DELTA_CANONICAL:
        writer_canonical(value, buf);
        break;
    case DELTA_COMPACT:
        writer_compact(value, buf);
        break;
    case DELTA_INDENTED:
        write_indented(value, step, buf);
        break;
    }
    return buf_check(buf, err);
}
