#include "json/reader_error.h"

#include "base/err.h"
#include "json/mistake.h"
#include "json/tokens.h"

#include <stdio.h>
#include <string.h>

static int fail_at(const struct reader_source *source, const char *place) {
    return err_at_offset(source->err, source->text, (size_t)(place - source->text));
}

int reader_fail(const struct reader_source *source, const char *place, enum delta_code code,
                const char *what) {
    err_set(source->err, code, "%s", what);
    return fail_at(source, place);
}

/* "unexpected 'x'", by what is printable. */
static void put_unexpected(const char *place, char *out, size_t size) {
    unsigned char c = (unsigned char)*place;
    uint32_t code;
    if (c == '\0')
        (void)snprintf(out, size, "unexpected NUL byte");
    else if (c >= 0x20 && c < 0x7f)
        (void)snprintf(out, size, "unexpected '%c'", c);
    else if (mistake_character_length(place) > 1 && utf8_decode(place, &code))
        (void)snprintf(out, size, "unexpected U+%04X", (unsigned)code);
    else
        (void)snprintf(out, size, "unexpected byte 0x%02x", c);
}

/* Where the innermost open container begins, if the text ends in it or closes it with the wrong
 * bracket. Relative, because the text may be a part of a line or of a stream. */
static void put_open(const struct reader_source *source, const char *place, char *out,
                     size_t size) {
    const char *open = tokens_find_open(source->text, place);
    *out = '\0';
    if (!open || (place != source->end && *place == (*open == '{' ? '}' : ']')))
        return;
    size_t lines = 0;
    for (const char *p = open; p < place; p++)
        lines += *p == '\n';
    if (lines)
        (void)snprintf(out, size, " (the '%c' %zu line%s above is not closed)", *open, lines,
                       lines == 1 ? "" : "s");
    else
        (void)snprintf(out, size, " (a '%c' on this line is not closed)", *open);
}

int reader_fail_expected(const struct reader_source *source, const char *place,
                         enum reader_expected expected) {
    static const char *const texts[] = {
        [READER_VALUE] = "a value",
        [READER_KEY] = "a key in double quotes",
        [READER_COLON] = "':' after a key",
        [READER_MEMBER_END] = "',' or '}'",
        [READER_ELEMENT_END] = "',' or ']'",
        [READER_INTEGER] = "a digit after '-'",
        [READER_FRACTION] = "a digit after the point",
        [READER_EXPONENT] = "a digit in the exponent",
        [READER_STRING_END] = "the closing quote of a string",
        [READER_END] = "the end of the text",
    };
    struct mistake mistake;
    char open[64] = "", found[40];
    if (mistake_find(source, place, expected, &mistake)) {
        err_set(source->err, DELTA_ERR_SYNTAX, "%s", mistake.text);
        return fail_at(source, mistake.at);
    }
    if (place == source->end)
        (void)snprintf(found, sizeof found, "unexpected end of text");
    else
        put_unexpected(place, found, sizeof found);
    if (place == source->end || tokens_is_close(*place))
        put_open(source, place, open, sizeof open);
    err_set(source->err, DELTA_ERR_SYNTAX, "%s: expected %s%s%s", found, texts[expected], open,
            *place == '\0' && place != source->end ? "; UTF-16 must be converted to UTF-8" : "");
    return fail_at(source, place);
}

/* ---- Duplicate keys ---- */

/* Where the key is that `before` members precede in the object that is closed at `place`: the last
 * container of that depth, which is the last to have its say. */
static const char *find_key(const char *text, const char *place, size_t before) {
    const size_t within = tokens_depth(text, place);
    const char *found = place;
    size_t depth = 0, keys = 0;
    bool key_expected = false;
    for (const char *p = text; p < place; p = tokens_next(p, place)) {
        if (tokens_is_open(*p) && ++depth == within) {
            keys = 0;
            key_expected = true;
        } else if (tokens_is_close(*p)) {
            depth--;
        } else if (*p == ',' && depth == within) {
            key_expected = true;
        } else if (*p == '"' && depth == within && key_expected) {
            key_expected = false;
            if (keys++ == before)
                found = p;
        }
    }
    return found;
}

static bool same_key(const struct value_key *a, const struct value_key *b) {
    return a == b || (a->length == b->length && memcmp(a->text, b->text, a->length) == 0);
}

/* How many members precede the second one with this key. */
static size_t find_second(const struct value_member *members, const struct value_key *key) {
    size_t i = 0;
    for (int met = 0; (met += same_key(members[i].key, key)) < 2;)
        i++;
    return i;
}

int reader_fail_duplicate(const struct reader_source *source, const char *place,
                          const struct value_member *members, const struct value_key *key) {
    enum { MOST = 100 }; /* bytes of the key that are shown, up to where a character ends */
    uint32_t shown = key->length < MOST ? key->length : MOST;
    while (shown && shown < key->length && ((unsigned char)key->text[shown] & 0xc0) == 0x80)
        shown--;
    err_set(source->err, DELTA_ERR_SYNTAX, "duplicate key \"%.*s\"%s", (int)shown, key->text,
            shown < key->length ? "…" : "");
    return fail_at(source, find_key(source->text, place, find_second(members, key)));
}

int reader_fail_depth(const struct reader_source *source, const char *place, size_t most) {
    err_set(source->err, DELTA_ERR_LIMIT, "nested deeper than %zu levels", most);
    return fail_at(source, place);
}
