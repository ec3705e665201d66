/* Both texts are cut into tokens, the coarsest first, and these are matched as the elements of
 * arrays are (sequence.h): lines; words between the matched lines; chunks between the matched
 * words. A chunk ends where a hash of the bytes before says so, so that what is inserted into one
 * long word, such as base64, moves no other cut. At last inserted and removed blocks slide as far
 * as they go, so that where a text repeats itself the edit is in one place whatever was matched,
 * and runs that are too short to be named become text again.
 *
 * Why these constants: 18 pairs of versions of manual pages, headers, scripts and short texts, each
 * a string, and five of 20 to 200 kB of hexadecimal digits and ideographs without a space, with 40
 * to 300 edits. Bytes of the records in JSON, and instructions in millions, of half, this and twice
 * the constant:
 *
 *     SHORTEST        178,490  178,874  186,945 bytes; packed records are the same
 *     KEPT_RUN        179,762  178,874  180,834 bytes
 *     CHUNK_MASK       33,156   35,739   42,612 bytes without a space, 105.8  101.5  100.6
 *     CHUNK_LEAST      35,368   35,739   35,380
 *     WORTH_MATCHING  the same bytes, 338.8  335.6  333.2
 *
 * SLIDES_PER_BYTE bounds what texts that repeat themselves would take: half of it and twice give
 * the same bytes. */
#include "diff/string_diff.h"

#include "base/array.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "diff/sequence.h"
#include "diff/symbols.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHORTEST = 48,     /* bytes of a string worth a patch */
    KEPT_RUN = 12,     /* bytes of a run worth naming: `[1234,56],` is shorter than so much text */
    CHUNK_MASK = 0x1f, /* chunks are cut after one position in 32 */
    CHUNK_LEAST = 8,
    /* Bytes of either side of a range from which on what is inside is matched: smaller runs are not
     * named, and only seldom become longer when blocks slide. */
    WORTH_MATCHING = 8,
};

/* Bytes of `a` at `from` that are bytes of `b` at `to`. */
struct run {
    size_t from, to, length;
};

struct string_differ {
    struct delta_arena *arena;
    const char *a, *b;
    ARRAY(struct run) runs; /* ascending on both sides */
    struct delta_err *err;
};

struct text_range {
    size_t a_start, a_end, b_start, b_end;
};

static int put_run(struct string_differ *d, size_t from, size_t to, size_t length) {
    if (length == 0)
        return 0;
    if (d->runs.count) {
        struct run *last = &d->runs.items[d->runs.count - 1];
        if (last->from + last->length == from && last->to + last->length == to) {
            last->length += length;
            return 0;
        }
    }
    struct run *run = array_add(&d->runs);
    if (!run)
        return err_memory(d->err);
    *run = (struct run){.from = from, .to = to, .length = length};
    return 0;
}

/* ---- Tokens ---- */

static size_t line_end(const char *text, size_t at, size_t end) {
    const char *newline = memchr(text + at, '\n', end - at);
    return newline ? (size_t)(newline - text) + 1 : end;
}

static bool in_word(char c) {
    unsigned char u = (unsigned char)c;
    return u >= 0x80 || (u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') ||
           (u >= 'A' && u <= 'Z') || u == '_';
}

static size_t word_end(const char *text, size_t at, size_t end) {
    size_t p = at + 1;
    if (in_word(text[at]))
        while (p < end && in_word(text[p]))
            p++;
    return p;
}

/* Cuts after a byte where a hash of the bytes just before says so: the same content is cut
 * alike wherever it is. */
static size_t chunk_end(const char *text, size_t at, size_t end) {
    uint32_t hash = 0;
    for (size_t p = at; p < end; p++) {
        hash = (hash << 1) + (unsigned char)text[p] * 0x9e3779b1u;
        bool at_boundary = p + 1 == end || ((unsigned char)text[p + 1] & 0xc0) != 0x80;
        if (p - at >= CHUNK_LEAST && (hash >> 16 & CHUNK_MASK) == 0 && at_boundary)
            return p + 1;
    }
    return end;
}

/* How the text is cut, coarsest first. Tokens end between code points. */
static size_t (*const token_end[])(const char *text, size_t at, size_t end) = {line_end, word_end,
                                                                               chunk_end};
enum { LEVELS = sizeof token_end / sizeof *token_end };

struct tokens {
    size_t *ends; /* where each one ends */
    uint32_t *symbols;
    uint32_t count;
};

static int cut(struct string_differ *d, const char *text, size_t start, size_t end, unsigned level,
               struct symbols *table, struct tokens *tokens) {
    uint32_t count = 0;
    for (size_t at = start; at < end; count++)
        at = token_end[level](text, at, end);
    tokens->ends = arena_array(d->arena, count, sizeof *tokens->ends);
    tokens->symbols = arena_array(d->arena, count, sizeof *tokens->symbols);
    if (!tokens->ends || !tokens->symbols)
        return err_memory(d->err);
    for (size_t at = start; at < end; at = tokens->ends[tokens->count++]) {
        size_t next = token_end[level](text, at, end);
        tokens->ends[tokens->count] = next;
        uint32_t symbol = symbols_put(table, hash_private(text + at, next - at, 0));
        if (symbol == NO_INDEX)
            return err_memory(d->err);
        tokens->symbols[tokens->count] = symbol;
    }
    return 0;
}

/* ---- Matching ---- */

static bool starts_code_point(const char *text, size_t at, size_t end) {
    return at == end || ((unsigned char)text[at] & 0xc0) != 0x80;
}

static int match_text(struct string_differ *d, struct text_range range, unsigned level);

/* Matches tokens, and what lies between matched tokens by smaller ones. */
static int match_tokens(struct string_differ *d, struct text_range range, unsigned level) {
    struct symbols table = {0};
    struct tokens a = {0}, b = {0};
    uint32_t *source = NULL;
    int status = -1;
    if (cut(d, d->a, range.a_start, range.a_end, level, &table, &a) ||
        cut(d, d->b, range.b_start, range.b_end, level, &table, &b))
        goto out;
    source = arena_array(d->arena, b.count, sizeof *source);
    if (!source) {
        err_memory(d->err);
        goto out;
    }
    if (sequence_match(d->arena, (struct sequence){a.symbols, a.count},
                       (struct sequence){b.symbols, b.count}, table.count, false, source, d->err))
        goto out;
    struct text_range gap = {range.a_start, range.a_start, range.b_start, range.b_start};
    for (uint32_t j = 0; j < b.count; j++) {
        size_t start = j ? b.ends[j - 1] : range.b_start;
        if (source[j] == NO_INDEX)
            continue;
        gap.a_end = source[j] ? a.ends[source[j] - 1] : range.a_start;
        gap.b_end = start;
        if (match_text(d, gap, level + 1) || put_run(d, gap.a_end, start, b.ends[j] - start))
            goto out;
        gap.a_start = a.ends[source[j]];
        gap.b_start = b.ends[j];
    }
    gap.a_end = range.a_end;
    gap.b_end = range.b_end;
    status = match_text(d, gap, level + 1);
out:
    symbols_free(&table);
    return status;
}

/* Matches the common ends of a range, and what is between by tokens. */
static int match_text(struct string_differ *d, struct text_range range, unsigned level) {
    size_t a = range.a_start, b = range.b_start;
    while (a < range.a_end && b < range.b_end && d->a[a] == d->b[b])
        a++, b++;
    while (!starts_code_point(d->a, a, range.a_end) || !starts_code_point(d->b, b, range.b_end))
        a--, b--;
    if (put_run(d, range.a_start, range.b_start, a - range.a_start))
        return -1;
    size_t a_end = range.a_end, b_end = range.b_end;
    while (a_end > a && b_end > b && d->a[a_end - 1] == d->b[b_end - 1])
        a_end--, b_end--;
    while (!starts_code_point(d->a, a_end, range.a_end))
        a_end++, b_end++;
    struct text_range middle = {a, a_end, b, b_end};
    if (a_end - a >= WORTH_MATCHING && b_end - b >= WORTH_MATCHING && level < LEVELS &&
        match_tokens(d, middle, level))
        return -1;
    return put_run(d, a_end, b_end, range.a_end - a_end);
}

/* ---- Canonical placement: as in sequence.c, by code points ---- */

enum { SLIDES_PER_BYTE = 16 };

/* Bytes by which the block before a run can slide into it: `size` bytes of `text` at `start`. */
static size_t slide_length(const char *text, size_t start, size_t size, size_t length) {
    size_t k = 0;
    while (k < length && text[start + k] == text[start + size + k])
        k++;
    while (k > 0 && (!starts_code_point(text, start + k, SIZE_MAX) ||
                     (k < length && !starts_code_point(text, start + size + k, SIZE_MAX))))
        k--;
    return k;
}

/* Slides what was inserted or removed before run `n` as far as it goes. Returns the bytes. */
static size_t slide_block(struct string_differ *d, size_t n) {
    size_t moved = 0;
    for (; n < d->runs.count; n++) {
        struct run *before = &d->runs.items[n - 1], *run = &d->runs.items[n];
        size_t a = before->from + before->length, b = before->to + before->length;
        size_t removed = run->from - a, inserted = run->to - b;
        if (!removed == !inserted)
            break;
        size_t k = removed ? slide_length(d->a, a, removed, run->length)
                           : slide_length(d->b, b, inserted, run->length);
        before->length += k;
        *run = (struct run){run->from + k, run->to + k, run->length - k};
        moved += k;
        if (run->length)
            break;
        *run = (struct run){a + k, b + k, 0}; /* the block is before the next run */
    }
    return moved;
}

/* Slides all blocks, the last first. A first run of length 0 takes what slides to the start. */
static int slide_blocks(struct string_differ *d, size_t bytes) {
    if (put_run(d, SIZE_MAX, SIZE_MAX, 1)) /* makes room */
        return -1;
    memmove(d->runs.items + 1, d->runs.items, (d->runs.count - 1) * sizeof *d->runs.items);
    d->runs.items[0] = (struct run){0, 0, 0};
    uint64_t left = SLIDES_PER_BYTE * (uint64_t)bytes, moved = 0;
    for (size_t n = d->runs.count - 1; n > 0 && moved < left; n--)
        moved += slide_block(d, n);
    return 0;
}

/* ---- The patch ---- */

static uint64_t digits(uint64_t n) {
    uint64_t count = 1;
    for (; n >= 10; n /= 10)
        count++;
    return count;
}

/* Spells runs as patch items, in code points; short runs become text again. */
static int put_items(struct string_differ *d, size_t b_length, struct patch_items *items,
                     uint64_t *size) {
    size_t a_bytes = 0, written = 0; /* positions in a and b reached so far */
    uint32_t a_points = 0;
    for (size_t n = 0; n <= d->runs.count; n++) {
        struct run run =
            n < d->runs.count ? d->runs.items[n] : (struct run){.from = a_bytes, .to = b_length};
        if (n < d->runs.count && run.length < KEPT_RUN)
            continue;
        if (run.to > written) {
            struct delta_value text = value_string(d->b + written, (uint32_t)(run.to - written));
            patch_items_insert(items, d->arena, &text, 1);
            *size += delta_value_size(&text) + 1;
        }
        if (n == d->runs.count)
            break;
        a_points += (uint32_t)utf8_count(d->a + a_bytes, run.from - a_bytes);
        uint32_t points = (uint32_t)utf8_count(d->a + run.from, run.length);
        patch_items_copy(items, a_points, points);
        *size += digits(a_points) + digits(points) + 4;
        a_points += points;
        a_bytes = run.from + run.length;
        written = run.to + run.length;
    }
    return items->failed ? err_memory(d->err) : 0;
}

const struct delta_patch *diff_strings(struct delta_arena *arena, const struct delta_value *a,
                                       const struct delta_value *b, uint64_t *size,
                                       struct delta_err *err) {
    uint64_t whole_size = delta_value_size(b) + strlen("{\"value\":}");
    *size = whole_size;
    if (a->length < SHORTEST || b->length < SHORTEST || utf8_has_surrogate(a->text, a->length) ||
        utf8_has_surrogate(b->text, b->length))
        return patch_whole(arena, b, err);
    struct string_differ d = {.arena = arena, .a = a->text, .b = b->text, .err = err};
    struct patch_items items = {0};
    const struct delta_patch *patch = NULL;
    uint64_t patch_size = strlen("{\"length\":4294967295,\"text\":[]}");
    if (match_text(&d, (struct text_range){0, a->length, 0, b->length}, 0) == 0 &&
        slide_blocks(&d, (size_t)a->length + b->length) == 0 &&
        put_items(&d, b->length, &items, &patch_size) == 0) {
        if (patch_size < whole_size) {
            *size = patch_size;
            patch = patch_items_close(&items, arena, PATCH_STRING,
                                      (uint32_t)utf8_count(a->text, a->length), err);
        } else {
            patch = patch_whole(arena, b, err);
        }
    }
    patch_items_free(&items);
    free(d.runs.items);
    return patch;
}
