#include "view/visible.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* Letters, marks and symbols without ink: fillers, joiners, blanks and variation selectors
 * (Unicode's Default_Ignorable_Code_Point that are no format characters, and U+2800), but for the
 * two selectors that choose between text and emoji. */
static bool is_blank(uint32_t code) {
    static const struct {
        uint32_t first, last;
    } blanks[] = {{0x34f, 0x34f},   {0x115f, 0x1160}, {0x17b4, 0x17b5},  {0x180b, 0x180f},
                  {0x2065, 0x2065}, {0x2800, 0x2800}, {0x3164, 0x3164},  {0xfe00, 0xfe0d},
                  {0xffa0, 0xffa0}, {0xfff0, 0xfff8}, {0xe0000, 0xe0fff}};
    for (size_t i = 0; i < sizeof blanks / sizeof *blanks && blanks[i].first <= code; i++)
        if (code <= blanks[i].last)
            return true;
    return false;
}

/* Not to be written as it is: what cannot be seen, control and format characters, separators of
 * lines and paragraphs, spaces that look like U+0020 (but not the wide one of CJK text), lone
 * surrogates and noncharacters. */
static bool is_hidden(uint32_t code) {
    if (is_blank(code))
        return true;
    switch (utf8proc_category((utf8proc_int32_t)code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return true;
    case UTF8PROC_CATEGORY_ZS:
        return code != ' ' && code != 0x3000;
    case UTF8PROC_CATEGORY_CN:
        return (code & 0xfffe) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
    default:
        return false;
    }
}

static void put_escape(struct delta_buf *buf, uint32_t code) {
    static const char hex[] = "0123456789abcdef";
    static const char named[0x20] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    if (code < 0x20 && named[code]) {
        buf_put_char(buf, '\\');
        buf_put_char(buf, named[code]);
        return;
    }
    if (code > 0xffff) { /* as its surrogates */
        put_escape(buf, 0xd7c0 + (code >> 10));
        put_escape(buf, 0xdc00 + (code & 0x3ff));
        return;
    }
    char escape[6] = {
        '\\', 'u', hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15], hex[code & 15]};
    buf_put(buf, escape, sizeof escape);
}

/* Whether normalisation may change it or join it to what is before it: a mark, or a character that
 * decomposes. */
static bool is_of_a_form(uint32_t code) {
    utf8proc_int32_t parts[4];
    int last, count;
    switch (utf8proc_category((utf8proc_int32_t)code)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return true;
    default:
        count = (int)utf8proc_decompose_char((utf8proc_int32_t)code, parts, 4, UTF8PROC_DECOMPOSE,
                                             &last);
        return count != 1 || parts[0] != (utf8proc_int32_t)code;
    }
}

/* Bytes of printable ASCII that it begins with: eight at a time, in which no byte has its high bit
 * set, nor would have if one were added (0x7f) or 0x20 taken away (controls). */
static size_t plain_length(const char *text, size_t length) {
    const uint64_t each = 0x0101010101010101;
    uint64_t bytes;
    size_t i = 0;
    for (; length - i >= sizeof bytes; i += sizeof bytes) {
        memcpy(&bytes, text + i, sizeof bytes);
        if ((bytes | (bytes + each) | (bytes - 0x20 * each)) & 0x80 * each)
            break;
    }
    while (i < length && (unsigned char)text[i] >= 0x20 && (unsigned char)text[i] < 0x7f)
        i++;
    return i;
}

static void put(struct delta_buf *buf, const char *text, size_t length, bool forms) {
    size_t start = 0;
    for (size_t i = plain_length(text, length); i < length;) {
        uint32_t code;
        size_t bytes = utf8_decode(text + i, &code);
        if (is_hidden(code) || (forms && is_of_a_form(code))) {
            buf_put(buf, text + start, i - start);
            put_escape(buf, code);
            start = i + bytes;
        }
        i += bytes;
        i += plain_length(text + i, length - i);
    }
    if (length > start)
        buf_put(buf, text + start, length - start);
}

void visible_put(struct delta_buf *buf, const char *text, size_t length) {
    put(buf, text, length, false);
}

void visible_put_forms(struct delta_buf *buf, const char *text, size_t length) {
    put(buf, text, length, true);
}

/* In Normalization Form C; NULL where memory or a lone surrogate is in the way. */
static utf8proc_uint8_t *compose(const char *text, size_t length, utf8proc_ssize_t *composed) {
    utf8proc_uint8_t *out = NULL;
    *composed = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length, &out,
                             UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    return *composed < 0 ? NULL : out;
}

bool visible_forms_differ(const char *a, size_t a_length, const char *b, size_t b_length) {
    if (a_length == b_length && memcmp(a, b, a_length) == 0)
        return false;
    size_t start = 0; /* what both begin with needs no look, nor ASCII that differs */
    while (start < a_length && start < b_length && a[start] == b[start])
        start++;
    if ((start == a_length || (unsigned char)a[start] < 0x80) &&
        (start == b_length || (unsigned char)b[start] < 0x80))
        return false;
    utf8proc_ssize_t left, right;
    utf8proc_uint8_t *one = compose(a, a_length, &left);
    utf8proc_uint8_t *other = one ? compose(b, b_length, &right) : NULL;
    bool same = other && left == right && memcmp(one, other, (size_t)left) == 0;
    free(one);
    free(other);
    return same;
}

void delta_visible_write(const char *text, size_t length, struct delta_buf *buf) {
    while (length) {
        size_t valid = utf8_check(text, length);
        visible_put(buf, text, valid);
        text += valid;
        length -= valid;
        if (length >= 3 && (unsigned char)text[0] == 0xed &&
            ((unsigned char)text[1] & 0xe0) == 0xa0 && ((unsigned char)text[2] & 0xc0) == 0x80) {
            visible_put(buf, text, 3); /* a lone surrogate, as strings may hold */
            text += 3;
            length -= 3;
        } else if (length) {
            buf_put_text(buf, "\xef\xbf\xbd");
            text++;
            length--;
        }
    }
}

static size_t columns_of(uint32_t code) {
    if (code < 0x300)
        return 1;
    int width = utf8proc_charwidth((utf8proc_int32_t)code);
    return width > 0 ? (size_t)width : 0;
}

size_t visible_columns(const char *text, size_t length) {
    size_t i = plain_length(text, length), columns = i;
    while (i < length) {
        uint32_t code;
        i += utf8_decode(text + i, &code);
        columns += columns_of(code);
        size_t plain = plain_length(text + i, length - i);
        i += plain;
        columns += plain;
    }
    return columns;
}

/* Bytes of the longest start of it that takes at most so many columns. */
static size_t visible_fit(const char *text, size_t length, size_t columns) {
    size_t i = 0;
    while (i < length) {
        uint32_t code;
        size_t bytes = utf8_decode(text + i, &code);
        size_t width = columns_of(code);
        if (width > columns)
            break;
        columns -= width;
        i += bytes;
    }
    return i;
}

void visible_put_cut(struct delta_buf *buf, const char *text, size_t length, size_t columns) {
    size_t fits = columns ? visible_fit(text, length, columns) : length;
    if (fits == length) {
        buf_put(buf, text, length);
        return;
    }
    buf_put(buf, text, visible_fit(text, length, columns - 1));
    buf_put_text(buf, "…");
}

void visible_color(struct delta_buf *buf, bool on, enum visible_color color) {
    static const char *const codes[] = {
        [VISIBLE_PLAIN] = "\33[m",    [VISIBLE_RED] = "\33[31m",  [VISIBLE_GREEN] = "\33[32m",
        [VISIBLE_YELLOW] = "\33[33m", [VISIBLE_CYAN] = "\33[36m", [VISIBLE_FAINT] = "\33[2m",
    };
    if (on)
        buf_put_text(buf, codes[color]);
}
