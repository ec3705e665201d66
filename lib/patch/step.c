#include "patch/step.h"

#include <string.h>

enum { MOST_DIGITS = 18 }; /* what 64 bits hold, a step and a sum included */

/* A number without exponent: its digits as an integer, and how many of them follow the point. */
struct decimal {
    int64_t digits;
    uint32_t fraction;
};

static bool parse(const struct delta_value *value, struct decimal *out) {
    if (value->type != DELTA_NUMBER || value->length > MOST_DIGITS + 2)
        return false;
    bool negative = value->text[0] == '-', point = false;
    uint32_t count = 0;
    *out = (struct decimal){0};
    for (uint32_t i = negative; i < value->length; i++) {
        char c = value->text[i];
        if (c == '.') {
            point = true;
            continue;
        }
        if (c < '0' || c > '9' || ++count > MOST_DIGITS)
            return false;
        out->digits = out->digits * 10 + (c - '0');
        out->fraction += point;
    }
    if (negative)
        out->digits = -out->digits;
    return true;
}

static size_t format(struct decimal number, char out[STEP_LONGEST]) {
    uint64_t digits = number.digits < 0 ? (uint64_t)-number.digits : (uint64_t)number.digits;
    char reversed[STEP_LONGEST];
    size_t count = 0, length = 0;
    do {
        if (count && count == number.fraction)
            reversed[length++] = '.';
        reversed[length++] = (char)('0' + digits % 10);
        digits /= 10;
        count++;
    } while (digits || count <= number.fraction);
    if (number.digits < 0)
        reversed[length++] = '-';
    for (size_t i = 0; i < length; i++)
        out[i] = reversed[length - 1 - i];
    return length;
}

size_t step_between(const struct delta_value *from, const struct delta_value *to,
                    char out[STEP_LONGEST]) {
    struct decimal old, new;
    char text[STEP_LONGEST];
    if (!parse(from, &old) || !parse(to, &new) || old.fraction != new.fraction ||
        old.digits == new.digits || format(new, text) != to->length ||
        memcmp(text, to->text, to->length) != 0)
        return 0;
    struct decimal step = {.digits = new.digits - old.digits};
    size_t length = format(step, out);
    return 2 * length <= to->length ? length : 0;
}

int step_apply(struct delta_arena *arena, const struct delta_value *from,
               const struct delta_value *step, struct delta_value *out, bool *failed) {
    struct decimal number, by;
    char text[STEP_LONGEST];
    *failed = false;
    if (!parse(from, &number) || !parse(step, &by) || by.fraction || by.digits == 0)
        return -1;
    number.digits += by.digits;
    size_t length = format(number, text);
    const char *kept = arena_copy(arena, text, length);
    if (!kept) {
        *failed = true;
        return -1;
    }
    *out = value_number(kept, (uint32_t)length);
    return 0;
}
