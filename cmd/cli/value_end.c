/* A pushdown automaton of RFC 8259's grammar that knows brackets, strings, commas and colons; what
 * scalars and escapes look like is left to the reader, which gets every value that ends here. The
 * stack is a bit a level, as deep as a state may be. */
#include "cli/value_end.h"

#include <string.h>

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool in_object(const struct value_end *end) {
    uint32_t level = end->depth - 1;
    return end->objects[level / 64] >> level % 64 & 1;
}

/* What is expected after a value. False when it was the outermost. */
static bool after_value(struct value_end *end) {
    end->expect = VALUE_EXPECT_COMMA;
    return end->depth > 0;
}

/* False when that is deeper than a state may be. */
static bool open_container(struct value_end *end, bool object) {
    if (end->depth == DELTA_MAX_DEPTH)
        return false;
    uint64_t bit = (uint64_t)1 << end->depth % 64, *word = &end->objects[end->depth / 64];
    *word = object ? *word | bit : *word & ~bit;
    end->depth++;
    end->expect = object ? VALUE_EXPECT_MEMBER : VALUE_EXPECT_ELEMENT;
    return true;
}

/* False when the value ends with it, or it cannot be there. */
static bool close_container(struct value_end *end, char c) {
    bool object = c == '}';
    bool fits = end->depth && in_object(end) == object &&
                (end->expect == VALUE_EXPECT_COMMA ||
                 end->expect == (object ? VALUE_EXPECT_MEMBER : VALUE_EXPECT_ELEMENT));
    if (!fits)
        return false;
    end->depth--;
    return after_value(end);
}

/* The first character of a value, or one between values. False when the value ends with it. */
static bool take_structural(struct value_end *end, char c) {
    bool value = end->expect == VALUE_EXPECT_VALUE || end->expect == VALUE_EXPECT_ELEMENT;
    bool key = end->expect == VALUE_EXPECT_MEMBER || end->expect == VALUE_EXPECT_KEY;
    switch (c) {
    case '{':
    case '[':
        return value && open_container(end, c == '{');
    case '}':
    case ']':
        return close_container(end, c);
    case ',':
        if (end->expect != VALUE_EXPECT_COMMA)
            return false;
        end->expect = in_object(end) ? VALUE_EXPECT_KEY : VALUE_EXPECT_VALUE;
        return true;
    case ':':
        if (end->expect != VALUE_EXPECT_COLON)
            return false;
        end->expect = VALUE_EXPECT_VALUE;
        return true;
    case '"':
        end->expect = key ? VALUE_IN_KEY : VALUE_IN_STRING;
        end->escaped = false;
        return key || value;
    default:
        end->expect = VALUE_IN_SCALAR;
        return value;
    }
}

/* A character of a string. False when the value ends with it. */
static bool take_character(struct value_end *end, char c) {
    if ((unsigned char)c < ' ')
        return false;
    if (end->escaped || c != '"') {
        end->escaped = !end->escaped && c == '\\';
        return true;
    }
    if (end->expect == VALUE_IN_STRING)
        return after_value(end);
    end->expect = VALUE_EXPECT_COLON;
    return true;
}

bool value_end_find(struct value_end *end, const char *bytes, size_t length, size_t *used) {
    for (size_t i = 0; i < length; i++) {
        char c = bytes[i];
        *used = i + 1;
        if (end->expect == VALUE_IN_STRING || end->expect == VALUE_IN_KEY) {
            if (!take_character(end, c))
                return true;
            continue;
        }
        if (end->expect == VALUE_IN_SCALAR) {
            if (!is_space(c) && !strchr("{}[],:\"", c))
                continue;
            if (!after_value(end)) {
                *used = i; /* not a part of the scalar */
                return true;
            }
        }
        if (!is_space(c) && !take_structural(end, c))
            return true;
    }
    return false;
}
