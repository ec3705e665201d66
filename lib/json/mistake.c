/* Common mistakes in JSON texts. They are looked for only after the reader has failed, in the bytes
 * around the place, so that a valid text costs nothing. The recognisers are tried in order; the
 * first that says something is right. Chosen from what people write in JSON files: JSON5 and
 * JavaScript habits, Python literals, editors' characters, files that are something else. */
#include "json/mistake.h"

#include "base/utf8.h"
#include "json/tokens.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct attempt {
    const char *text, *place, *end;
    enum reader_expected expected;
};

typedef bool recogniser(const struct attempt *attempt, struct mistake *mistake);

__attribute__((format(printf, 3, 4))) static bool found(struct mistake *mistake, const char *at,
                                                        const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)vsnprintf(mistake->text, sizeof mistake->text, format, args);
    va_end(args);
    mistake->at = at;
    return true;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

static bool begins_with(const struct attempt *attempt, const char *bytes, size_t length) {
    return (size_t)(attempt->end - attempt->place) >= length &&
           memcmp(attempt->place, bytes, length) == 0;
}

/* What a value or an end is expected after; not within a string or number. */
static bool is_between_tokens(const struct attempt *attempt) {
    return attempt->expected != READER_STRING_END && attempt->expected != READER_INTEGER &&
           attempt->expected != READER_FRACTION && attempt->expected != READER_EXPONENT;
}

static bool is_after_value(const struct attempt *attempt) {
    return attempt->expected == READER_MEMBER_END || attempt->expected == READER_ELEMENT_END ||
           attempt->expected == READER_END;
}

/* ---- Texts that are not JSON ---- */

/* A line that begins with seven `<`, `|`, `=` or `>`: a merge left its conflicts in the file. */
static bool conflict_marker(const struct attempt *attempt, struct mistake *mistake) {
    enum { MARKER = 7 };
    const char *place = attempt->place;
    if (attempt->end - place < MARKER || !memchr("<|=>", *place, 4) ||
        (place != attempt->text && place[-1] != '\n'))
        return false;
    for (int i = 1; i < MARKER; i++)
        if (place[i] != *place)
            return false;
    return found(mistake, place, "conflict marker: the file has unresolved merge conflicts");
}

/* What the first bytes of the text show. */
static bool other_format(const struct attempt *attempt, struct mistake *mistake) {
    static const struct {
        const char *start, *says;
    } formats[] = {
        {"\x1f\x8b", "the text is compressed with gzip: decompress it first"},
        {"\x28\xb5\x2f\xfd", "the text is compressed with zstd: decompress it first"},
        {"\235dr", "the text is a packed delta record, not JSON"},
        {"\211dhist", "the text is a history of delta-chain, not JSON"},
        {"<", "unexpected '<': the text looks like HTML or XML, not JSON"},
        {"--", "unexpected '-': the text looks like YAML, not JSON"},
    };
    struct attempt start = *attempt;
    start.place = attempt->text;
    /* Space before the first token, and its first byte. */
    if (attempt->place - attempt->text > 1 &&
        (attempt->place[-1] != '-' || attempt->expected != READER_INTEGER))
        return false;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (begins_with(&start, formats[i].start, strlen(formats[i].start)))
            return found(mistake, attempt->text, "%s", formats[i].says);
    return false;
}

/* ---- Strings ---- */

static bool string_end(const struct attempt *attempt, struct mistake *mistake) {
    const char *place = attempt->place;
    if (attempt->expected != READER_STRING_END)
        return false;
    if (place == attempt->end)
        return found(mistake, place, "unexpected end of text: a string on this line is not closed");
    if (*place == '\n' || *place == '\r')
        return found(mistake, place,
                     "newline in a string: write it as \\n, or close the string before it");
    if (*place == '\t')
        return found(mistake, place, "tab in a string: write it as \\t");
    return found(mistake, place, "control character in a string: write it as \\u%04x",
                 (unsigned char)*place);
}

/* Quotes that are not JSON's. */
static bool other_quotes(const struct attempt *attempt, struct mistake *mistake) {
    static const char *const quotes[] = {"'", "`", "\u201c", "\u201d", "\u2018", "\u2019"};
    bool key = attempt->expected == READER_KEY;
    if (!key && attempt->expected != READER_VALUE)
        return false;
    for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++)
        if (begins_with(attempt, quotes[i], strlen(quotes[i])))
            return found(mistake, attempt->place, "unexpected %s: %s must be in double quotes (\")",
                         *quotes[i] == '\''  ? "single quote"
                         : *quotes[i] == '`' ? "backtick"
                                             : "typographic quote",
                         key ? "keys" : "strings");
    return false;
}

/* "say "hi" now": a letter directly behind a string. */
static bool quote_in_string(const struct attempt *attempt, struct mistake *mistake) {
    const char *place = attempt->place;
    if ((!is_after_value(attempt) && attempt->expected != READER_COLON) || place == attempt->text ||
        place[-1] != '"' || !is_letter(*place))
        return false;
    return found(mistake, place,
                 "unexpected '%c' after a string: a quote within a string is written \\\"", *place);
}

/* ---- Words ---- */

static bool is_word(const char *word, size_t length, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strlen(words[i]) == length && strncasecmp(words[i], word, length) == 0)
            return true;
    return false;
}

/* A word where a value is expected; also one that begins with a literal, such as nullable. */
static bool word(const struct attempt *attempt, struct mistake *mistake) {
    enum { SHOWN = 40 };
    static const char *const literals[] = {"true", "false", "null"};
    static const char *const numbers[] = {"NaN", "Infinity", "inf"};
    static const char *const nothing[] = {"None", "undefined", "nil"};
    const char *start = attempt->place, *end = attempt->place;
    if (is_after_value(attempt))
        while (start > attempt->text && is_letter(start[-1]))
            start--;
    if ((attempt->expected != READER_VALUE && attempt->expected != READER_INTEGER &&
         start == attempt->place) ||
        !is_letter(*start))
        return false;
    while (is_letter(*end) || is_digit(*end))
        end++;
    size_t length = (size_t)(end - start);
    int shown = length < SHOWN ? (int)length : SHOWN;
    if (!length)
        return false;
    if (is_word(start, length, numbers, 3)) {
        int sign = attempt->expected == READER_INTEGER;
        return found(mistake, start - sign, "%.*s is not a JSON number: use null or a string",
                     sign + shown, start - sign);
    }
    if (attempt->expected == READER_INTEGER)
        return false;
    if (is_word(start, length, literals, 3))
        return found(mistake, start, "unexpected word '%.*s': true, false and null are lower case",
                     shown, start);
    if (is_word(start, length, nothing, 3))
        return found(mistake, start, "unexpected word '%.*s': use null", shown, start);
    return found(mistake, start,
                 "unexpected word '%.*s%s': expected a value (strings need double quotes)", shown,
                 start, length > SHOWN ? "…" : "");
}

/* ---- Numbers ---- */

/* What follows a number that ends too early: 01, 0x1f, 1_000. */
static bool number_end(const struct attempt *attempt, struct mistake *mistake) {
    const char *place = attempt->place, *start = place;
    if (!is_after_value(attempt) || place == attempt->text || !is_digit(place[-1]))
        return false;
    while (start > attempt->text && (is_digit(start[-1]) || start[-1] == '-'))
        start--;
    bool zero = place[-1] == '0' && place - start == 1 + (*start == '-');
    if (zero && is_digit(*place))
        return found(mistake, start, "a number must not begin with 0");
    if (zero && (*place == 'x' || *place == 'X'))
        return found(mistake, start, "hexadecimal numbers are not allowed in JSON");
    if (*place == '_')
        return found(mistake, place, "unexpected '_' in a number: digits cannot be grouped");
    return false;
}

/* What precedes a number: +1, .5. */
static bool number_start(const struct attempt *attempt, struct mistake *mistake) {
    const char *place = attempt->place;
    if (attempt->expected != READER_VALUE)
        return false;
    if (*place == '+' && (is_digit(place[1]) || place[1] == '.'))
        return found(mistake, place, "a number must not begin with '+'");
    if (*place == '.' && is_digit(place[1]))
        return found(mistake, place, "a number must begin with a digit: 0.5, not .5");
    return false;
}

/* ---- Between tokens ---- */

static bool comment(const struct attempt *attempt, struct mistake *mistake) {
    const char *place = attempt->place;
    if (!is_between_tokens(attempt) ||
        (*place != '#' && !(*place == '/' && (place[1] == '/' || place[1] == '*'))))
        return false;
    return found(mistake, place, "comments are not allowed in JSON");
}

static bool trailing_comma(const struct attempt *attempt, struct mistake *mistake) {
    const char *comma = attempt->place;
    if (!tokens_is_close(*attempt->place) ||
        (attempt->expected != READER_KEY && attempt->expected != READER_VALUE))
        return false;
    while (comma > attempt->text && memchr(" \t\n\r", comma[-1], 4))
        comma--;
    if (comma == attempt->text || comma[-1] != ',')
        return false;
    return found(mistake, comma - 1, "trailing comma before '%c'", *attempt->place);
}

/* Characters that look like space or like nothing, which editors and web pages leave behind. */
static bool hidden_character(const struct attempt *attempt, struct mistake *mistake) {
    static const struct {
        const char *bytes, *name;
    } hidden[] = {
        {"\u00a0", "U+00A0 (no-break space)"},
        {"\u200b", "U+200B (zero width space)"},
        {"\u2028", "U+2028 (line separator)"},
        {"\ufeff", "U+FEFF (byte order mark)"},
    };
    if (!is_between_tokens(attempt))
        return false;
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (begins_with(attempt, hidden[i].bytes, strlen(hidden[i].bytes)))
            return found(mistake, attempt->place, "unexpected %s: remove it", hidden[i].name);
    return false;
}

/* What follows the value of the whole text. */
static bool after_text(const struct attempt *attempt, struct mistake *mistake) {
    const char *place = attempt->place;
    if (attempt->expected != READER_END)
        return false;
    if (tokens_is_close(*place))
        return found(mistake, place, "unexpected '%c': nothing is open that it closes", *place);
    return found(mistake, place, "unexpected data after the value");
}

bool mistake_find(const struct reader_source *source, const char *place,
                  enum reader_expected expected, struct mistake *mistake) {
    static recogniser *const recognisers[] = {
        conflict_marker, other_format, string_end, other_quotes,   quote_in_string,  word,
        number_end,      number_start, comment,    trailing_comma, hidden_character, after_text,
    };
    const struct attempt attempt = {
        .text = source->text, .place = place, .end = source->end, .expected = expected};
    for (size_t i = 0; i < sizeof recognisers / sizeof *recognisers; i++)
        if (recognisers[i](&attempt, mistake))
            return true;
    return false;
}

size_t mistake_character_length(const char *place) {
    for (size_t length = 1; length <= UTF8_LONGEST; length++)
        if (utf8_check(place, length) == length)
            return length;
    return 0;
}
