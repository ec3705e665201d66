/* Positions of values in the text that they were read from.
 *
 * The pointers are sorted step by step, so that those that share a prefix are neighbours. One pass
 * over the text then carries the range of pointers that are still possible: a member or an element
 * narrows it by binary search, and a value with an empty range is skipped to its closing bracket
 * without a look inside. Pointers are compared escaped: a step has only one escaped form. Values
 * are met in the order of the text, so each line feed is counted once. */
#include "base/arena.h"
#include "base/err.h"
#include "json/pointer.h"
#include "json/reader.h"

#include <stdlib.h>
#include <string.h>

struct locator {
    const char *text;
    size_t length, at;
    struct delta_position **positions; /* sorted */
    struct delta_buf step;             /* of the member or element at hand: "/" and the rest */
    struct delta_arena *scratch;       /* for keys with escapes */
    uint64_t line;                     /* up to `counted` */
    size_t counted, line_start;
    struct delta_err *err;
};

/* Positions first..end whose pointers share their first `prefix` bytes, all whole steps. */
struct range {
    size_t first, end, prefix;
};

static int compare_bytes(unsigned char a, unsigned char b) {
    return (a == '/' ? 0 : a + 1) - (b == '/' ? 0 : b + 1);
}

/* The order of pointers by their steps: a step's end comes before any character. */
static int compare_pointers(const void *a, const void *b) {
    const struct delta_position *one = *(struct delta_position *const *)a;
    const struct delta_position *other = *(struct delta_position *const *)b;
    size_t shorter = one->pointer_length;
    if (other->pointer_length < shorter)
        shorter = other->pointer_length;
    for (size_t i = 0; i < shorter; i++)
        if (one->pointer[i] != other->pointer[i])
            return compare_bytes((unsigned char)one->pointer[i], (unsigned char)other->pointer[i]);
    return (one->pointer_length > shorter) - (other->pointer_length > shorter);
}

static int syntax_error(struct locator *l) {
    err_set(l->err, DELTA_ERR_SYNTAX, "the text is not valid JSON");
    return err_at_offset(l->err, l->text, l->at);
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

/* The next byte that is not white space, or NUL at the end. */
static char peek(struct locator *l) {
    while (l->at < l->length && strchr(" \t\r\n", l->text[l->at]) && l->text[l->at])
        l->at++;
    return l->at < l->length ? l->text[l->at] : '\0';
}

/* Past the string whose opening quote is at hand. */
static int skip_string(struct locator *l) {
    for (l->at++; l->at < l->length; l->at++) {
        if (l->text[l->at] == '\\')
            l->at++;
        else if (l->text[l->at] == '"') {
            l->at++;
            return 0;
        }
    }
    l->at = l->length;
    return syntax_error(l);
}

/* Past the value at hand. */
static int skip_value(struct locator *l) {
    size_t start = l->at, depth = 0;
    while (l->at < l->length) {
        char c = l->text[l->at];
        if (c == '"') {
            if (skip_string(l))
                return -1;
            if (depth == 0)
                return 0;
            continue;
        }
        if (depth == 0 && l->at > start && strchr(",]} \t\r\n", c))
            return 0;
        l->at++;
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && (depth == 0 || --depth == 0))
            return depth || l->at > start + 1 ? 0 : syntax_error(l);
    }
    return depth || l->at == start ? syntax_error(l) : 0;
}

/* Puts the escaped key whose opening quote is at hand into l->step. */
static int read_key(struct locator *l) {
    size_t start = l->at;
    if (skip_string(l))
        return -1;
    const char *key = l->text + start + 1;
    size_t length = l->at - start - 2;
    l->step.length = 0;
    if (memchr(key, '\\', length)) {
        const struct delta_value *string =
            delta_read(l->scratch, key - 1, length + 2, NULL, l->err);
        if (!string)
            return -1;
        key = string->text;
        length = string->length;
    }
    pointer_put_key(&l->step, key, length);
    return buf_check(&l->step, l->err);
}

/* ---- Ranges ---------------------------------------------------------------------------------- */

/* The order of l->step and of the step of a pointer that follows the range's prefix. */
static int compare_step(const struct locator *l, const struct range *range, size_t i) {
    const char *pointer = l->positions[i]->pointer + range->prefix;
    size_t left = l->positions[i]->pointer_length - range->prefix;
    for (size_t at = 1; at < l->step.length; at++) {
        if (at >= left)
            return 1;
        if (pointer[at] != l->step.data[at])
            return compare_bytes((unsigned char)l->step.data[at], (unsigned char)pointer[at]);
    }
    return l->step.length < left && pointer[l->step.length] != '/' ? -1 : 0;
}

/* The part of the range that goes on with l->step. Those that end before are its first ones. */
static struct range narrow(const struct locator *l, struct range range) {
    size_t first = range.first, end = range.end;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (l->positions[middle]->pointer_length == range.prefix ||
            compare_step(l, &range, middle) > 0)
            first = middle + 1;
        else
            end = middle;
    }
    end = first;
    while (end < range.end && compare_step(l, &range, end) == 0)
        end++;
    return (struct range){first, end, range.prefix + l->step.length};
}

/* The value whose pointer is the range's prefix is at `offset`. So is, as far as this text has
 * lines, what longer pointers mean when it is a string: they lead into JSON that the string holds.
 */
static void store(struct locator *l, const struct range *range, size_t offset) {
    bool string = l->at < l->length && l->text[l->at] == '"';
    for (const char *feed;
         (feed = memchr(l->text + l->counted, '\n', offset - l->counted)) != NULL;) {
        l->line++;
        l->line_start = l->counted = (size_t)(feed - l->text) + 1;
    }
    l->counted = offset;
    for (size_t i = range->first; i < range->end; i++) {
        if (l->positions[i]->pointer_length != range->prefix && !string)
            break;
        l->positions[i]->line = l->line;
        l->positions[i]->column = offset - l->line_start + 1;
    }
}

/* ---- The pass -------------------------------------------------------------------------------- */

static int locate(struct locator *l, struct range range, unsigned depth);

/* The value of a member whose key is at `offset`, or the element there. */
static int locate_child(struct locator *l, const struct range *parent, size_t offset,
                        unsigned depth) {
    struct range range = narrow(l, *parent);
    if (range.first == range.end)
        return skip_value(l);
    store(l, &range, offset);
    return locate(l, range, depth + 1);
}

/* Past the comma, or the closing bracket: then `*more` is false. */
static int next_child(struct locator *l, char close, bool *more) {
    char c = peek(l);
    *more = c == ',';
    if (c != ',' && c != close)
        return syntax_error(l);
    l->at++;
    peek(l);
    return 0;
}

static int locate_members(struct locator *l, const struct range *range, unsigned depth) {
    l->at++;
    bool more = peek(l) != '}';
    l->at += !more;
    while (more) {
        size_t offset = l->at;
        if (peek(l) != '"')
            return syntax_error(l);
        if (read_key(l))
            return -1;
        if (peek(l) != ':')
            return syntax_error(l);
        l->at++;
        peek(l);
        if (locate_child(l, range, offset, depth) || next_child(l, '}', &more))
            return -1;
    }
    return 0;
}

static int locate_elements(struct locator *l, const struct range *range, unsigned depth) {
    l->at++;
    bool more = peek(l) != ']';
    l->at += !more;
    for (uint64_t i = 0; more; i++) {
        l->step.length = 0;
        pointer_put_index(&l->step, i);
        if (buf_check(&l->step, l->err) || locate_child(l, range, l->at, depth) ||
            next_child(l, ']', &more))
            return -1;
    }
    return 0;
}

static int locate(struct locator *l, struct range range, unsigned depth) {
    char c = peek(l);
    bool deeper = l->positions[range.end - 1]->pointer_length > range.prefix;
    if (!deeper || (c != '{' && c != '['))
        return skip_value(l);
    if (depth > DELTA_MAX_DEPTH)
        return err_set(l->err, DELTA_ERR_LIMIT, "nested deeper than %d levels", DELTA_MAX_DEPTH);
    return c == '{' ? locate_members(l, &range, depth) : locate_elements(l, &range, depth);
}

static int check_pointers(struct delta_position *positions, size_t count, struct delta_err *err) {
    for (size_t i = 0; i < count; i++) {
        positions[i].line = positions[i].column = 0;
        if (!delta_pointer_valid(positions[i].pointer, positions[i].pointer_length))
            return err_set(err, DELTA_ERR_USAGE, "invalid JSON Pointer");
    }
    return 0;
}

int delta_text_locate(const char *text, size_t length, struct delta_position *positions,
                      size_t count, struct delta_err *err) {
    struct locator l = {.text = text, .length = length, .line = 1, .err = err};
    if (check_pointers(positions, count, err))
        return -1;
    if (count == 0)
        return 0;
    l.positions = reallocarray(NULL, count, sizeof(struct delta_position *));
    l.scratch = delta_arena_new();
    int status = -1;
    if (l.positions && l.scratch) {
        for (size_t i = 0; i < count; i++)
            l.positions[i] = &positions[i];
        qsort(l.positions, count, sizeof *l.positions, compare_pointers);
        const struct range all = {0, count, 0};
        if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
            l.at = 3;
        peek(&l);
        store(&l, &all, l.at);
        status = locate(&l, all, 0);
    } else {
        err_memory(err);
    }
    free(l.positions);
    delta_arena_free(l.scratch);
    delta_buf_free(&l.step);
    return status;
}
