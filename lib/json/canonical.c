#include "json/canonical.h"

#include "base/err.h"
#include "json/reader.h"
#include "json/writer.h"

#include <string.h>

int canonical_write(struct delta_arena *arena, const struct delta_value *value,
                    struct byte_span *text, struct delta_err *err) {
    *text = (struct byte_span){0};
    if (!value)
        return 0;
    struct delta_buf buf = {0};
    size_t size = delta_value_size(value);
    buf.data = arena_alloc(arena, size + READER_PADDING);
    if (!buf.data)
        return err_memory(err);
    buf.capacity = size;
    writer_canonical(value, &buf);
    if (buf_check(&buf, err))
        return -1;
    memset(buf.data + size, 0, READER_PADDING);
    *text = (struct byte_span){buf.data, size};
    return 0;
}

/* The part of the source that is as long as the canonical form; no bytes where it is longer by more
 * than a newline, or shorter. */
static struct byte_span as_long(struct byte_span source, const struct delta_value *value) {
    uint64_t size = value ? delta_value_size(value) : 0;
    bool same =
        value && source.bytes &&
        (source.length == size || (source.length == size + 1 && source.bytes[size] == '\n'));
    return same ? (struct byte_span){source.bytes, size} : (struct byte_span){0};
}

int canonical_text(struct byte_span source, struct delta_arena *arena,
                   const struct delta_value *value, struct byte_span *text, struct delta_err *err) {
    *text = as_long(source, value);
    if (text->bytes && writer_is_canonical(value))
        return 0;
    return canonical_write(arena, value, text, err);
}

bool canonical_guess(struct byte_span source, const struct delta_value *value,
                     struct byte_span *text) {
    *text = as_long(source, value);
    return text->bytes && canonical_seems(*text);
}

/* ---- A first look ---------------------------------------------------------------------------- */

enum { LOOK = 4096, LOOK_DEPTH = 32 };

struct look {
    const char *at, *end;
    struct byte_span last[LOOK_DEPTH]; /* key of each object that is open; of a new one none */
    size_t depth;
};

/* The string at the quote, without its quotes; false when the look ends before it does. */
static bool look_at_string(struct look *look, struct byte_span *string) {
    const char *start = ++look->at;
    while (look->at < look->end && *look->at != '"')
        look->at += *look->at == '\\' ? 2 : 1;
    if (look->at >= look->end)
        return false;
    *string = (struct byte_span){start, (size_t)(look->at - start)};
    look->at++;
    return true;
}

/* True when the key comes after the last one of its object, which it then becomes. */
static bool follows(struct byte_span *last, struct byte_span key) {
    size_t shorter = last->length < key.length ? last->length : key.length;
    int order = last->bytes ? memcmp(last->bytes, key.bytes, shorter) : -1;
    bool after = order < 0 || (order == 0 && last->length < key.length);
    *last = key;
    return after;
}

bool canonical_seems(struct byte_span text) {
    struct look look = {.at = text.bytes,
                        .end = text.bytes + (text.length < LOOK ? text.length : LOOK)};
    struct byte_span string;
    while (look.at < look.end) {
        switch (*look.at) {
        case ' ':
        case '\t':
        case '\n':
        case '\r':
            return false;
        case '{':
        case '[':
            if (look.depth == LOOK_DEPTH)
                return true;
            look.last[look.depth++] = (struct byte_span){0};
            look.at++;
            break;
        case '}':
        case ']':
            if (look.depth == 0)
                return false;
            look.depth--;
            look.at++;
            break;
        case '"':
            if (!look_at_string(&look, &string) || look.at == look.end)
                return true;
            if (*look.at == ':' && look.depth && !follows(&look.last[look.depth - 1], string))
                return false;
            break;
        default:
            look.at++;
        }
    }
    return true;
}
