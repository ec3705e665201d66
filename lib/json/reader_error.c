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

int reader_fail_duplicate(const struct reader_source *source, const char *place,
                          const struct value_key *key) {
    enum { MOST = 100 }; /* bytes of the key that are shown, up to where a character ends */
    uint32_t shown = key->length < MOST ? key->length : MOST;
    while (shown && shown < key->length && ((unsigned char)key->text[shown] & 0xc0) == 0x80)
        shown--;
    err_set(source->err, DELTA_ERR_SYNTAX, "duplicate key \"%.*s\"%s", (int)shown, key->text,
            shown < key->length ? "…" : "");
    return fail_at(source, place);
}

int reader_fail_depth(const struct reader_source *source, const char *place, size_t most) {
    err_set(source->err, DELTA_ERR_LIMIT, "nested deeper than %zu levels", most);
    return fail_at(source, place);
}
