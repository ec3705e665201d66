#include "json/reader.h"

#include "base/array.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "json/distinct.h"
#include "json/value.h"

#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* An open array or object: where its elements begin on the stack. */
struct frame {
    size_t start;
    bool is_object;
    struct value_key *first; /* key of the last object in it, or in one before it on this level */
};

enum { KEYS_CACHED = 4096 }; /* slots of the key table that fit into the processor's cache */

/* A slot of the key table: the hash again, so that most probes need not look at the key. */
struct key_slot {
    uint64_t hash;
    struct value_key *key;
};

struct reader {
    struct delta_arena *arena;
    struct delta_err *err;
    const char *text;
    const char *end;
    const char *at; /* what is read next; a NUL is at `end`, which no token contains */

    /* Elements whose container is still open, innermost last; an array's have no key. */
    ARRAY(struct value_member) stack;

    struct frame *frames;
    size_t depth, frames_capacity, max_depth;
    unsigned hashes; /* VALUE_HASH, VALUE_DIGEST: what is computed with each container */

    /* Keys met lately, once each: open addressing, a power of two of slots, never over half full.
     */
    struct key_slot *keys;
    size_t keys_mask, keys_count, keys_found; /* since the table was made or emptied */
    struct distinct distinct;
};

/* ---- Failures ---- */

static int fail_at(struct reader *reader, const char *place, enum delta_code code,
                   const char *what) {
    err_set(reader->err, code, "%s", what);
    return err_at_offset(reader->err, reader->text, (size_t)(place - reader->text));
}

/* A line that begins with seven `<`, `|`, `=` or `>`: a merge left its conflicts in the file. */
static bool is_conflict_marker(const struct reader *reader, const char *place) {
    enum { MARKER = 7 };
    if (reader->end - place < MARKER || !memchr("<|=>", *place, 4) ||
        (place != reader->text && place[-1] != '\n'))
        return false;
    for (int i = 1; i < MARKER; i++)
        if (place[i] != *place)
            return false;
    return true;
}

/* What was expected is not there: says so, or that the text ends, or what else is the matter. */
static int fail_expected(struct reader *reader, const char *what) {
    const char *place = reader->at;
    if (is_conflict_marker(reader, place))
        return fail_at(reader, place, DELTA_ERR_SYNTAX,
                       "conflict marker: the file has unresolved merge conflicts");
    if (place == reader->end) {
        err_set(reader->err, DELTA_ERR_SYNTAX, "unexpected end of text: expected %s", what);
    } else if (*place == '\0') {
        err_set(reader->err, DELTA_ERR_SYNTAX,
                "unexpected NUL byte: expected %s; UTF-16 must be converted to UTF-8", what);
    } else {
        unsigned char c = (unsigned char)*place;
        if (c >= 0x20 && c < 0x7f)
            err_set(reader->err, DELTA_ERR_SYNTAX, "unexpected '%c': expected %s", c, what);
        else
            err_set(reader->err, DELTA_ERR_SYNTAX, "unexpected byte 0x%02x: expected %s", c, what);
    }
    return err_at_offset(reader->err, reader->text, (size_t)(place - reader->text));
}

static int fail_duplicate(struct reader *reader, const struct value_key *key) {
    enum { MOST = 100 }; /* bytes of the key that are shown, up to where a character ends */
    uint32_t shown = key->length < MOST ? key->length : MOST;
    while (shown && shown < key->length && ((unsigned char)key->text[shown] & 0xc0) == 0x80)
        shown--;
    err_set(reader->err, DELTA_ERR_SYNTAX, "duplicate key \"%.*s\"%s", (int)shown, key->text,
            shown < key->length ? "…" : "");
    return err_at_offset(reader->err, reader->text, (size_t)(reader->at - reader->text));
}

static int fail_too_deep(struct reader *reader) {
    err_set(reader->err, DELTA_ERR_LIMIT, "nested deeper than %zu levels", reader->max_depth);
    return err_at_offset(reader->err, reader->text, (size_t)(reader->at - reader->text));
}

/* ---- Strings ---- */

/* The first byte at or after `p` that ends a run of plain characters: a quote, a backslash or a
 * control (the NUL at the end among them). Sets `*high` when a byte of the run is no ASCII. */
static inline const char *scan_run(const char *p, bool *high) {
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i last_control = _mm_set1_epi8(0x1f);
    for (;; p += 16) { /* READER_PADDING lets the last load pass the end */
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i stops =
            _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
        stops = _mm_or_si128(stops, _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes));
        unsigned stop_bits = (unsigned)_mm_movemask_epi8(stops);
        unsigned high_bits = (unsigned)_mm_movemask_epi8(bytes);
        if (stop_bits) {
            unsigned first = (unsigned)__builtin_ctz(stop_bits);
            if (high_bits & ((1u << first) - 1))
                *high = true;
            return p + first;
        }
        if (high_bits)
            *high = true;
    }
#else
    for (;; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x20 || c == '"' || c == '\\')
            return p;
        if (c >= 0x80)
            *high = true;
    }
#endif
}

static int check_utf8(struct reader *reader, const char *start, const char *end) {
    size_t length = (size_t)(end - start);
    size_t good = utf8_check(start, length);
    if (good == length)
        return 0;
    return fail_at(reader, start + good, DELTA_ERR_SYNTAX,
                   "invalid UTF-8; convert the file to UTF-8");
}

/* Four hex digits at `p`, or -1. */
static int read_hex4(const char *p) {
    int code = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        code = code << 4 | digit;
    }
    return code;
}

/* Reads the escape at reader->at into `out`; bytes written, or 0 on failure. A high surrogate takes
 * the escaped low one after it along; alone it stays as its WTF-8 bytes. */
static size_t read_escape(struct reader *reader, char out[UTF8_LONGEST]) {
    static const char single[128] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                     ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
    const char *p = reader->at;
    unsigned char c = (unsigned char)p[1];
    if (c < 128 && single[c]) {
        out[0] = single[c];
        reader->at = p + 2;
        return 1;
    }
    int code = c == 'u' ? read_hex4(p + 2) : -1;
    if (code < 0) {
        fail_at(reader, p, DELTA_ERR_SYNTAX,
                c == 'u' ? "\\u without four hexadecimal digits" : "invalid escape sequence");
        return 0;
    }
    p += 6;
    uint32_t point = (uint32_t)code;
    if (utf8_is_high(point) && p[0] == '\\' && p[1] == 'u') {
        int low = read_hex4(p + 2);
        if (low >= 0 && utf8_is_low((uint32_t)low)) {
            point = utf8_pair(point, (uint32_t)low);
            p += 6;
        }
    }
    reader->at = p;
    return utf8_encode(point, out);
}

/* Where the string whose content begins at `start` ends, if it does: at most that many bytes are
 * needed for its characters. */
static const char *find_quote(const struct reader *reader, const char *start) {
    const char *p = start;
    while (p < reader->end && *p != '"')
        p += *p == '\\' && p + 1 < reader->end ? 2 : 1;
    return p;
}

/* A string with escapes, from its opening quote's end at `start`; reader->at is at the first
 * backslash. Its characters are decoded into the arena. */
static int read_escaped(struct reader *reader, const char *start, struct delta_value *out) {
    size_t room = (size_t)(find_quote(reader, reader->at) - start);
    char *text = arena_alloc(reader->arena, room + UTF8_LONGEST);
    if (!text)
        return err_memory(reader->err);
    char *to = text;
    const char *run = start;
    for (;;) {
        bool high = false;
        const char *stop = scan_run(run, &high);
        if (high && check_utf8(reader, run, stop))
            return -1;
        memcpy(to, run, (size_t)(stop - run));
        to += stop - run;
        reader->at = stop;
        if (*stop != '\\')
            break;
        size_t wrote = read_escape(reader, to);
        if (!wrote)
            return -1;
        to += wrote;
        run = reader->at;
    }
    if (*reader->at != '"')
        return fail_expected(reader, "the end of the string (control characters must be escaped)");
    reader->at++;
    *out = value_string(text, (uint32_t)(to - text));
    return 0;
}

/* The string at reader->at, which is just after the opening quote. */
static inline int read_string(struct reader *reader, struct delta_value *out) {
    const char *start = reader->at;
    bool high = false;
    const char *stop = scan_run(start, &high);
    if (*stop == '"') {
        if (high && check_utf8(reader, start, stop))
            return -1;
        reader->at = stop + 1;
        *out = (struct delta_value){.type = DELTA_STRING,
                                    .flags = VALUE_PLAIN,
                                    .length = (uint32_t)(stop - start),
                                    .text = start};
        return 0;
    }
    reader->at = stop;
    if (*stop == '\\')
        return read_escaped(reader, start, out);
    return fail_expected(reader, "the end of the string (control characters must be escaped)");
}

/* ---- Keys ---- */

static inline bool same_text(const char *a, const char *b, uint32_t length) {
    if (length > 16 || length < 4)
        return memcmp(a, b, length) == 0;
    uint64_t a_ends[2], b_ends[2];
    if (length >= 8) {
        memcpy(&a_ends[0], a, 8);
        memcpy(&a_ends[1], a + length - 8, 8);
        memcpy(&b_ends[0], b, 8);
        memcpy(&b_ends[1], b + length - 8, 8);
    } else {
        uint32_t ends[4];
        memcpy(&ends[0], a, 4);
        memcpy(&ends[1], a + length - 4, 4);
        memcpy(&ends[2], b, 4);
        memcpy(&ends[3], b + length - 4, 4);
        a_ends[0] = ends[0], a_ends[1] = ends[1], b_ends[0] = ends[2], b_ends[1] = ends[3];
    }
    return a_ends[0] == b_ends[0] && a_ends[1] == b_ends[1];
}

static int grow_keys(struct reader *reader) {
    size_t slots = reader->keys ? 4 * (reader->keys_mask + 1) : 64;
    struct key_slot *keys = reallocarray(NULL, slots, sizeof *keys);
    if (!keys)
        return err_memory(reader->err);
    /* Not calloc: pages that are first read and then written are mapped twice, and another thread
     * that reads a state is interrupted for each. */
    memset(keys, 0, slots * sizeof *keys);
    for (size_t i = 0; reader->keys && i <= reader->keys_mask; i++) {
        if (!reader->keys[i].key)
            continue;
        size_t slot = reader->keys[i].hash & (slots - 1);
        while (keys[slot].key)
            slot = (slot + 1) & (slots - 1);
        keys[slot] = reader->keys[i];
    }
    free(reader->keys);
    reader->keys = keys;
    reader->keys_mask = slots - 1;
    return 0;
}

/* When the table is full: a larger one pays where keys are found in it again. Keys of an object
 * that has a million of its own are not: they would only be written all over the memory. The table
 * is then emptied, and a key that comes again is made again. */
static int make_room(struct reader *reader) {
    bool grows = reader->keys_mask + 1 < KEYS_CACHED || reader->keys_found > reader->keys_count / 2;
    reader->keys_found = 0;
    if (grows)
        return grow_keys(reader);
    memset(reader->keys, 0, (reader->keys_mask + 1) * sizeof *reader->keys);
    reader->keys_count = 0;
    return 0;
}

/* A key struct for these characters: the one that was made for them before, if that is known. */
static inline struct value_key *intern(struct reader *reader, const struct delta_value *string) {
    uint64_t hash = value_string_hash(string->text, string->length);
    size_t slot = hash & reader->keys_mask;
    for (; reader->keys[slot].key; slot = (slot + 1) & reader->keys_mask) {
        struct value_key *key = reader->keys[slot].key;
        if (reader->keys[slot].hash == hash && key->length == string->length &&
            same_text(key->text, string->text, key->length)) {
            reader->keys_found++;
            return key;
        }
    }
    struct value_key *key = arena_alloc(reader->arena, sizeof *key);
    if (!key) {
        err_memory(reader->err);
        return NULL;
    }
    *key = (struct value_key){.hashes.own = hash,
                              .text = string->text,
                              .length = string->length,
                              .plain = (string->flags & VALUE_PLAIN) != 0};
    reader->keys[slot] = (struct key_slot){.hash = hash, .key = key};
    if (++reader->keys_count * 2 > reader->keys_mask && make_room(reader))
        return NULL;
    return key;
}

/* ---- Numbers and literals ---- */

static inline bool is_digit(char c) {
    return (unsigned char)(c - '0') < 10;
}

/* RFC 8259, section 6. */
static inline int read_number(struct reader *reader, struct delta_value *out) {
    const char *start = reader->at;
    const char *p = start;
    if (*p == '-')
        p++;
    reader->at = p;
    if (!is_digit(*p))
        return fail_expected(reader, "a digit");
    if (*p == '0')
        p++;
    else
        while (is_digit(*p))
            p++;
    if (*p == '.') {
        reader->at = ++p;
        if (!is_digit(*p))
            return fail_expected(reader, "a digit after the point");
        while (is_digit(*p))
            p++;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        if (*p == '+' || *p == '-')
            p++;
        reader->at = p;
        if (!is_digit(*p))
            return fail_expected(reader, "a digit of the exponent");
        while (is_digit(*p))
            p++;
    }
    reader->at = p;
    *out = value_number(start, (uint32_t)(p - start));
    return 0;
}

static int read_literal(struct reader *reader, const char *encoder, size_t length,
                        enum delta_type type, struct delta_value *out) {
    if (memcmp(reader->at, encoder, length) != 0)
        return fail_expected(reader, "a value");
    reader->at += length;
    *out = value_literal(type);
    return 0;
}

/* ---- Containers ---- */

static inline void skip_space(struct reader *reader) {
    if ((unsigned char)*reader->at > ' ') /* as between most tokens of compact text */
        return;
    while (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\r' || *reader->at == '\t')
        reader->at++;
}

/* Puts a slot on the stack for a value that is about to be read. */
static inline int push_slot(struct reader *reader, const struct value_key *key) {
    struct value_member *slot = array_add(&reader->stack);
    if (slot)
        slot->key = key;
    return slot ? 0 : err_memory(reader->err);
}

static int open_container(struct reader *reader, bool is_object) {
    if (reader->depth == reader->max_depth)
        return fail_too_deep(reader);
    if (reader->depth == reader->frames_capacity) {
        if (!array_grow(&reader->frames, &reader->frames_capacity, reader->depth + 1,
                        sizeof *reader->frames))
            return err_memory(reader->err);
        for (size_t i = reader->depth; i < reader->frames_capacity; i++)
            reader->frames[i].first = NULL;
    }
    struct frame *frame = &reader->frames[reader->depth++];
    frame->start = reader->stack.count;
    frame->is_object = is_object;
    reader->at++;
    skip_space(reader);
    return 0;
}

static int check_distinct(struct reader *reader, const struct value_member *members, size_t count) {
    const struct value_key *duplicate;
    int status = distinct_check(&reader->distinct, members, count, &duplicate);
    return status < 0 ? err_memory(reader->err) : status ? fail_duplicate(reader, duplicate) : 0;
}

/* The container at reader->at ends: its elements leave the stack, and it fills the slot before
 * them. */
static int close_container(struct reader *reader) {
    struct frame frame = reader->frames[--reader->depth];
    size_t count = reader->stack.count - frame.start;
    const struct value_member *elements = reader->stack.items + frame.start;
    struct delta_value *slot = &reader->stack.items[frame.start - 1].value;
    int status;
    if (frame.is_object) {
        if (count > 1 && check_distinct(reader, elements, count))
            return -1;
        status =
            value_object_read(reader->arena, elements, count, reader->hashes, slot, reader->err);
    } else {
        status =
            value_array_read(reader->arena, elements, count, reader->hashes, slot, reader->err);
    }
    reader->stack.count = frame.start;
    reader->at++;
    return status;
}

/* True when the text at `p`, with at least READER_PADDING bytes readable, begins with the key and a
 * quote. */
static inline bool key_follows(const struct value_key *key, const char *p) {
    return key->plain && p[key->length] == '"' && same_text(key->text, p, key->length);
}

/* Where the link to the key that is read next is expected to be: objects of one kind have their
 * keys in one order, so that a key is followed by the one that it was followed by before. */
static inline struct value_key **expected_key(struct reader *reader) {
    struct frame *frame = &reader->frames[reader->depth - 1];
    if (reader->stack.count == frame->start)
        return &frame->first;
    return &((struct value_key *)(uintptr_t)reader->stack.items[reader->stack.count - 1].key)->next;
}

static int read_key(struct reader *reader) {
    if (*reader->at != '"')
        return fail_expected(reader, "a key in double quotes");
    const char *text = ++reader->at;
    struct value_key **expected = expected_key(reader), *key = *expected;
    if (key && (size_t)(reader->end - text) > key->length && key_follows(key, text)) {
        reader->at = text + key->length + 1;
    } else {
        struct delta_value string;
        if (read_string(reader, &string) || !(key = intern(reader, &string)))
            return -1;
        *expected = key;
    }
    if (push_slot(reader, key))
        return -1;
    skip_space(reader);
    if (*reader->at != ':')
        return fail_expected(reader, "':' after a key");
    reader->at++;
    skip_space(reader);
    return 0;
}

/* A scalar, into the innermost slot. */
static inline int read_scalar(struct reader *reader) {
    struct delta_value *slot = &reader->stack.items[reader->stack.count - 1].value;
    switch (*reader->at) {
    case '"':
        reader->at++;
        return read_string(reader, slot);
    case 't':
        return read_literal(reader, "true", 4, DELTA_TRUE, slot);
    case 'f':
        return read_literal(reader, "false", 5, DELTA_FALSE, slot);
    case 'n':
        return read_literal(reader, "null", 4, DELTA_NULL, slot);
    default:
        if (*reader->at != '-' && !is_digit(*reader->at))
            return fail_expected(reader, "a value");
        return read_number(reader, slot);
    }
}

/* Reads the value at reader->at into the slot that is already on the stack. */
static int read_value(struct reader *reader) {
    for (;;) {
        char first = *reader->at;
        bool opened = first == '{' || first == '[';
        if (opened) {
            if (open_container(reader, first == '{'))
                return -1;
        } else if (read_scalar(reader)) {
            return -1;
        }
        /* After a value: what closes, then a comma and the next element. */
        for (;;) {
            if (reader->depth == 0)
                return 0;
            bool is_object = reader->frames[reader->depth - 1].is_object;
            if (!opened)
                skip_space(reader);
            if (*reader->at == (is_object ? '}' : ']')) {
                if (close_container(reader))
                    return -1;
                opened = false;
                continue;
            }
            if (!opened) {
                if (*reader->at != ',')
                    return fail_expected(reader, is_object ? "',' or '}'" : "',' or ']'");
                reader->at++;
                skip_space(reader);
            }
            if (is_object ? read_key(reader) : push_slot(reader, NULL))
                return -1;
            break;
        }
    }
}

/* ---- Whole texts ---- */

static int check_encoding(struct reader *reader) {
    const unsigned char *bytes = (const unsigned char *)reader->text;
    size_t length = (size_t)(reader->end - reader->text);
    bool utf16 = length >= 2 &&
                 ((bytes[0] == 0xfe && bytes[1] == 0xff) ||
                  (bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0) != (bytes[1] == 0));
    if (utf16)
        return fail_at(reader, reader->text, DELTA_ERR_SYNTAX,
                       "the text is UTF-16; convert it to UTF-8");
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        reader->at += 3;
    return 0;
}

static const struct delta_value *read_text(struct reader *reader, bool whole) {
    if (check_encoding(reader))
        return NULL;
    skip_space(reader);
    if (reader->at == reader->end) {
        fail_at(reader, reader->at, DELTA_ERR_SYNTAX, "empty input: expected a JSON value");
        return NULL;
    }
    if (grow_keys(reader) || push_slot(reader, NULL) || read_value(reader))
        return NULL;
    if (whole) {
        skip_space(reader);
        if (reader->at != reader->end) {
            fail_at(reader, reader->at, DELTA_ERR_SYNTAX, "unexpected data after the value");
            return NULL;
        }
    }
    struct delta_value *root = arena_alloc(reader->arena, sizeof *root);
    if (!root)
        err_memory(reader->err);
    else
        *root = reader->stack.items[0].value;
    return root;
}

static const struct delta_value *parse(struct delta_arena *arena, const char *text, size_t length,
                                       uint32_t max_depth, unsigned hashes, size_t *used,
                                       struct delta_err *err) {
    if (length > DELTA_MAX_STATE) {
        err_set(err, DELTA_ERR_LIMIT, "longer than 4 GiB");
        return NULL;
    }
    struct reader reader = {.arena = arena,
                            .err = err,
                            .text = text,
                            .end = text + length,
                            .at = text,
                            .hashes = hashes,
                            .max_depth = max_depth};
    const struct delta_value *value = read_text(&reader, used == NULL);
    if (used)
        *used = (size_t)(reader.at - text);
    free(reader.stack.items);
    free(reader.frames);
    free(reader.keys);
    distinct_free(&reader.distinct);
    return value;
}

char *reader_copy(struct delta_arena *arena, const void *text, size_t length) {
    char *copy = arena_alloc(arena, length + READER_PADDING);
    if (!copy)
        return NULL;
    if (length)
        memcpy(copy, text, length);
    memset(copy + length, 0, READER_PADDING);
    return copy;
}

const struct delta_value *reader_parse(struct delta_arena *arena, const char *text, size_t length,
                                       uint32_t max_depth, struct delta_err *err) {
    return parse(arena, text, length, max_depth, VALUE_DIGEST, NULL, err);
}

const struct delta_value *reader_parse_with(struct delta_arena *arena, const char *text,
                                            size_t length, unsigned hashes, struct delta_err *err) {
    return parse(arena, text, length, DELTA_MAX_DEPTH, hashes, NULL, err);
}

const struct delta_value *reader_parse_prefix(struct delta_arena *arena, const char *text,
                                              size_t length, uint32_t max_depth, size_t *used,
                                              struct delta_err *err) {
    return parse(arena, text, length, max_depth, VALUE_DIGEST, used, err);
}

static unsigned hashes_for(unsigned use) {
    return (use & DELTA_USE_COMPARE ? VALUE_HASH : 0) | (use & DELTA_USE_DIGEST ? VALUE_DIGEST : 0);
}

const struct delta_value *delta_read_in_place(struct delta_arena *arena, unsigned use,
                                              const char *text, size_t length, const char *name,
                                              struct delta_err *err) {
    const struct delta_value *value = reader_parse_with(arena, text, length, hashes_for(use), err);
    if (value)
        arena_note_text(arena, value, text, length);
    else
        err_in_file(err, name);
    return value;
}

const struct delta_value *delta_read_for(struct delta_arena *arena, unsigned use, const char *text,
                                         size_t length, const char *name, struct delta_err *err) {
    if (length > DELTA_MAX_STATE) {
        err_set(err, DELTA_ERR_LIMIT, "longer than 4 GiB");
        err_in_file(err, name);
        return NULL;
    }
    const char *copy = reader_copy(arena, text, length);
    if (!copy) {
        err_memory(err);
        return NULL;
    }
    const struct delta_value *value = reader_parse_with(arena, copy, length, hashes_for(use), err);
    if (!value)
        err_in_file(err, name);
    return value;
}

const struct delta_value *delta_read(struct delta_arena *arena, const char *text, size_t length,
                                     const char *name, struct delta_err *err) {
    return delta_read_for(arena, DELTA_USE_DIGEST, text, length, name, err);
}
