#include "json/reader_error.h"

#include "base/err.h"

#include <string.h>

static int fail_at(const struct reader_source *source, const char *place) {
    return err_at_offset(source->err, source->text, (size_t)(place - source->text));
}

int reader_fail(const struct reader_source *source, const char *place, enum delta_code code,
                const char *what) {
    err_set(source->err, code, "%s", what);
    return fail_at(source, place);
}

/* A line that begins with seven `<`, `|`, `=` or `>`: a merge left its conflicts in the file. */
static bool is_conflict_marker(const struct reader_source *source, const char *place) {
    enum { MARKER = 7 };
    if (source->end - place < MARKER || !memchr("<|=>", *place, 4) ||
        (place != source->text && place[-1] != '\n'))
        return false;
    for (int i = 1; i < MARKER; i++)
        if (place[i] != *place)
            return false;
    return true;
}

int reader_fail_expected(const struct reader_source *source, const char *place, const char *what) {
    if (is_conflict_marker(source, place))
        return reader_fail(source, place, DELTA_ERR_SYNTAX,
                           "conflict marker: the file has unresolved merge conflicts");
    if (place == source->end) {
        err_set(source->err, DELTA_ERR_SYNTAX, "unexpected end of text: expected %s", what);
    } else if (*place == '\0') {
        err_set(source->err, DELTA_ERR_SYNTAX,
                "unexpected NUL byte: expected %s; UTF-16 must be converted to UTF-8", what);
    } else {
        unsigned char c = (unsigned char)*place;
        if (c >= 0x20 && c < 0x7f)
            err_set(source->err, DELTA_ERR_SYNTAX, "unexpected '%c': expected %s", c, what);
        else
            err_set(source->err, DELTA_ERR_SYNTAX, "unexpected byte 0x%02x: expected %s", c, what);
    }
    return fail_at(source, place);
}

/* ---- Duplicate keys ---- */

/* What was read does not say where its keys are in the text, so that is gone through once more. All
 * of it up to there is well-formed. */
static const char *next_token(const char *p) {
    if (*p++ != '"')
        return p;
    while (*p != '"')
        p += *p == '\\' ? 2 : 1;
    return p + 1;
}

static bool is_open(char c) {
    return c == '{' || c == '[';
}

static bool is_close(char c) {
    return c == '}' || c == ']';
}

/* How many containers are open at `place`. */
static size_t find_depth(const char *text, const char *place) {
    size_t depth = 0;
    for (const char *p = text; p < place; p = next_token(p)) {
        if (is_open(*p))
            depth++;
        else if (is_close(*p))
            depth--;
    }
    return depth;
}

/* Where the key is that `before` members precede in the object that is closed at `place`: the last
 * container of that depth, which is the last to have its say. */
static const char *find_key(const char *text, const char *place, size_t before) {
    const size_t within = find_depth(text, place);
    const char *found = place;
    size_t depth = 0, keys = 0;
    bool due = false; /* a key comes next */
    for (const char *p = text; p < place; p = next_token(p)) {
        if (is_open(*p) && ++depth == within) {
            keys = 0;
            due = true;
        } else if (is_close(*p)) {
            depth--;
        } else if (*p == ',' && depth == within) {
            due = true;
        } else if (*p == '"' && depth == within && due) {
            due = false;
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
