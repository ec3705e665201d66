#include "patch/step.h"

#include <string.h>

enum { MOST_DIGITS = 18 }; /* what 64 bits hold, a step and a sum included */

size_t step_between(const struct delta_value *from, const struct delta_value *to,
                    char out[DECIMAL_LONGEST]) {
    struct decimal old, new;
    char text[DECIMAL_LONGEST];
    if (!decimal_parse(from, MOST_DIGITS, &old) || !decimal_parse(to, MOST_DIGITS, &new) ||
        old.fraction != new.fraction || old.digits == new.digits ||
        decimal_write(new, text) != to->length || memcmp(text, to->text, to->length) != 0)
        return 0;
    struct decimal step = {.digits = new.digits - old.digits};
    size_t length = decimal_write(step, out);
    return 2 * length <= to->length ? length : 0;
}

int step_apply(struct delta_arena *arena, const struct delta_value *from,
               const struct delta_value *step, struct delta_value *out, bool *failed) {
    struct decimal number, by;
    char text[DECIMAL_LONGEST];
    *failed = false;
    if (!decimal_parse(from, MOST_DIGITS, &number) || !decimal_parse(step, MOST_DIGITS, &by) ||
        by.fraction || by.digits == 0)
        return -1;
    number.digits += by.digits;
    size_t length = decimal_write(number, text);
    const char *kept = arena_copy(arena, text, length);
    if (!kept) {
        *failed = true;
        return -1;
    }
    *out = value_number(kept, (uint32_t)length);
    return 0;
}
