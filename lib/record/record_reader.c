/* Records out of bytes that arrive in pieces.
 *
 * Bytes are kept from the start of the first record that was not returned yet. Where that record
 * ends is found without reading it: a packed one says how long its parts are, of a JSON one the
 * brackets are counted, by a scanner that goes on where it stopped. So a record is read once, when
 * all of it is there, and many small pieces cost no more than one large one. */
#include "base/buf.h"
#include "base/err.h"
#include "record/record_packed.h"

#include <stdlib.h>
#include <string.h>

struct delta_record_reader {
    struct delta_record_reader_options options;
    struct delta_buf bytes; /* those from `start` on are not used yet */
    size_t start;
    bool ended;
    uint64_t line;        /* of bytes.data[start], from 1 */
    uint64_t record_line; /* of the record returned last */
    bool has_header;
    struct delta_export_header header;
    struct delta_arena *header_arena;
    /* Of the JSON record at `start`: bytes scanned, and what is open behind them. */
    size_t scanned, depth;
    bool in_string, escaped;
};

struct delta_record_reader *
delta_record_reader_new(const struct delta_record_reader_options *options, struct delta_err *err) {
    struct delta_record_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return err_no_memory(err);
    if (options)
        reader->options = *options;
    reader->line = reader->record_line = 1;
    return reader;
}

void delta_record_reader_free(struct delta_record_reader *reader) {
    if (reader) {
        delta_buf_free(&reader->bytes);
        delta_arena_free(reader->header_arena);
    }
    free(reader);
}

int delta_record_reader_feed(struct delta_record_reader *reader, const void *bytes, size_t length,
                             struct delta_err *err) {
    struct delta_buf *buf = &reader->bytes;
    if (reader->start > buf->length / 2) { /* amortised: more is dropped than moved */
        memmove(buf->data, buf->data + reader->start, buf->length - reader->start);
        buf->length -= reader->start;
        reader->start = 0;
    }
    buf_put(buf, bytes, length);
    return buf_check(buf, err);
}

void delta_record_reader_end(struct delta_record_reader *reader) {
    reader->ended = true;
}

const struct delta_export_header *
delta_record_reader_header(const struct delta_record_reader *reader) {
    return reader->has_header ? &reader->header : NULL;
}

void delta_record_reader_place(const struct delta_record_reader *reader, struct delta_err *err) {
    if (!err->line)
        err->column = 1;
    err->line = reader->record_line + (err->line ? err->line - 1 : 0);
    if (reader->options.name)
        err_in_file(err, reader->options.name);
}

/* ---- Where a record ends --------------------------------------------------------------------- */

static void skip_space(struct delta_record_reader *reader) {
    for (; reader->start < reader->bytes.length; reader->start++) {
        char c = reader->bytes.data[reader->start];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            break;
        reader->line += c == '\n';
    }
}

/* What the scan of a JSON value stops at: within a string, and outside. */
enum { STOPS_STRING = 1, STOPS_OTHER = 2 };
static const unsigned char stops[256] = {
    ['"'] = STOPS_STRING | STOPS_OTHER,
    ['\\'] = STOPS_STRING,
    ['{'] = STOPS_OTHER,
    ['['] = STOPS_OTHER,
    ['}'] = STOPS_OTHER,
    [']'] = STOPS_OTHER,
    ['\n'] = STOPS_OTHER,
};

/* Bytes of a JSON value, up to the bracket that closes it; of what is not one, its line. Bytes that
 * need no decision are passed by a table: of the instructions of merging 10,000 records of 400
 * bytes, deciding about each was a sixth. */
static size_t measure_value(struct delta_record_reader *reader, const char *start, size_t left) {
    const char *at = start + reader->scanned, *end = start + left;
    for (;; at++) {
        unsigned char stop = reader->in_string ? STOPS_STRING : STOPS_OTHER;
        if (reader->escaped && at < end) {
            reader->escaped = false;
            continue;
        }
        while (at < end && !(stops[(unsigned char)*at] & stop))
            at++;
        if (at == end)
            break;
        if (*at == '"')
            reader->in_string = !reader->in_string;
        else if (*at == '\\')
            reader->escaped = true;
        else if (*at == '{' || *at == '[')
            reader->depth++;
        else if (*at != '\n' && reader->depth <= 1)
            return (size_t)(at + 1 - start);
        else if (*at != '\n')
            reader->depth--;
        else if (reader->depth == 0)
            return (size_t)(at - start);
    }
    reader->scanned = left;
    return 0;
}

static size_t measure_line(struct delta_record_reader *reader, const char *at, size_t left) {
    const char *newline = memchr(at + reader->scanned, '\n', left - reader->scanned);
    reader->scanned = left;
    return newline ? (size_t)(newline - at) : 0;
}

/* Bytes of the record at hand; 0 while it is not all there. */
static size_t measure(struct delta_record_reader *reader) {
    const char *at = reader->bytes.data + reader->start;
    size_t left = reader->bytes.length - reader->start, size = 0;
    if ((unsigned char)*at == RECORD_PACKED_MARK) {
        if (left >= reader->scanned) {
            size = record_packed_measure(at, left);
            reader->scanned = size > left ? size : 0; /* not asked again before that many */
        }
        size = size > left ? 0 : size;
    } else if (*at == 'B' && !reader->options.lines) {
        size = 0; /* a bare BSDIFF40 patch does not say where it ends */
    } else {
        size = reader->options.lines ? measure_line(reader, at, left)
                                     : measure_value(reader, at, left);
    }
    return size || !reader->ended ? size : left;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static void pass(struct delta_record_reader *reader, size_t bytes) {
    const char *at = reader->bytes.data + reader->start, *end = at + bytes;
    while ((at = memchr(at, '\n', (size_t)(end - at)))) {
        reader->line++;
        at++;
    }
    reader->start += bytes;
    reader->scanned = reader->depth = 0;
    reader->in_string = reader->escaped = false;
}

static int fail(struct delta_record_reader *reader, struct delta_err *err,
                const struct delta_err *inner) {
    if (err && err->code == DELTA_OK) {
        *err = *inner;
        const char *name = reader->options.name;
        if ((unsigned char)reader->bytes.data[reader->start] != RECORD_PACKED_MARK)
            delta_record_reader_place(reader, err);
        else if (name)
            err_in_file(err, name);
    }
    return -1;
}

static int read_header(struct delta_record_reader *reader, const char *bytes, size_t size,
                       struct delta_err *err) {
    struct delta_arena *arena = delta_arena_new();
    delta_arena_free(reader->header_arena);
    reader->header_arena = arena;
    reader->has_header = false;
    if (!arena)
        return err_memory(err);
    if (delta_export_header_read(reader->header_arena, bytes, size, &reader->header, err) < 0)
        return -1;
    reader->has_header = true;
    return 0;
}

int delta_record_reader_next(struct delta_record_reader *reader, struct delta_arena *arena,
                             const struct delta_record **record, struct delta_err *err) {
    for (;;) {
        struct delta_err inner = {0};
        size_t size, offset = 0;
        skip_space(reader);
        if (reader->start == reader->bytes.length || (size = measure(reader)) == 0)
            return 0;
        reader->record_line = reader->line;
        const char *bytes =
            delta_bytes_copy(arena, reader->bytes.data + reader->start, size, &inner);
        *record = bytes ? delta_record_read(arena, bytes, size, &offset, reader->options.max_size,
                                            NULL, &inner)
                        : NULL;
        if (*record) {
            pass(reader, offset);
            return 1;
        }
        if (inner.code != DELTA_OK || read_header(reader, bytes, size, &inner) < 0)
            return fail(reader, err, &inner);
        pass(reader, size);
    }
}
