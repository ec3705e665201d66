#include "json/escaped_string.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/utf8.h"
#include "json/scan.h"

#include <stdio.h>
#include <string.h>

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

/* The escape at `p` is invalid: says which, and how a backslash itself is written. */
static void fail_escape(const struct reader_source *source, const char *p) {
    char text[100];
    unsigned char c = (unsigned char)p[1];
    if (p + 1 == source->end) {
        reader_fail_expected(source, source->end, READER_STRING_END);
        return;
    }
    if (c == 'u')
        (void)snprintf(text, sizeof text, "\\u must be followed by four hexadecimal digits");
    else if (c > 0x20 && c < 0x7f)
        (void)snprintf(text, sizeof text,
                       "invalid escape sequence \\%c: a backslash itself is written \\\\", c);
    else if (c == '\n')
        (void)snprintf(text, sizeof text,
                       "invalid escape sequence: a string cannot continue on the next line");
    else
        (void)snprintf(text, sizeof text, "invalid escape sequence");
    reader_fail(source, p, DELTA_ERR_SYNTAX, text);
}

/* Reads the escape at `*at` into `out` and moves behind it; bytes written, or 0 on failure. A high
 * surrogate takes the escaped low one after it along; alone it stays as its WTF-8 bytes. */
static size_t read_escape(const struct reader_source *source, const char **at,
                          char out[UTF8_LONGEST]) {
    static const char single[128] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                     ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
    const char *p = *at;
    unsigned char c = (unsigned char)p[1];
    if (c < 128 && single[c]) {
        out[0] = single[c];
        *at = p + 2;
        return 1;
    }
    int code = c == 'u' ? read_hex4(p + 2) : -1;
    if (code < 0) {
        fail_escape(source, p);
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
    *at = p;
    return utf8_encode(point, out);
}

/* Where the string whose content begins at `start` ends, if it does: at most that many bytes are
 * needed for its characters. */
static const char *find_quote(const struct reader_source *source, const char *start) {
    const char *p = start;
    while (p < source->end && *p != '"')
        p += *p == '\\' && p + 1 < source->end ? 2 : 1;
    return p;
}

const char *reader_escaped_string(const struct reader_source *source, struct delta_arena *arena,
                                  const char *start, const char *escape, struct delta_value *out) {
    size_t room = (size_t)(find_quote(source, escape) - start);
    char *text = arena_alloc(arena, room + UTF8_LONGEST + SCAN_READABLE);
    if (!text)
        return err_no_memory(source->err);
    char *to = text;
    const char *at = start;
    for (;;) {
        bool high = false;
        const char *stop = scan_string(at, &high);
        if (high && !reader_check_utf8(source, at, stop))
            return NULL;
        memcpy(to, at, (size_t)(stop - at));
        to += stop - at;
        at = stop;
        if (*at != '\\')
            break;
        size_t wrote = read_escape(source, &at, to);
        if (!wrote)
            return NULL;
        to += wrote;
    }
    if (*at != '"') {
        reader_fail_expected(source, at, READER_STRING_END);
        return NULL;
    }
    *out = value_string(text, (uint32_t)(to - text));
    return at + 1;
}
