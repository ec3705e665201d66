#include "json/decimal.h"

bool decimal_parse(const struct delta_value *value, uint32_t most, struct decimal *out) {
    if (value->type != DELTA_NUMBER || value->length > most + 2)
        return false;
    bool negative = value->text[0] == '-', point = false;
    uint32_t count = 0, fraction = 0;
    uint64_t digits = 0;
    for (uint32_t i = negative; i < value->length; i++) {
        char c = value->text[i];
        if (c == '.') {
            point = true;
            continue;
        }
        if (c < '0' || c > '9' || ++count > most)
            return false;
        digits = digits * 10 + (uint64_t)(c - '0');
        fraction += point;
    }
    if (digits > INT64_MAX)
        return false;
    *out = (struct decimal){negative ? -(int64_t)digits : (int64_t)digits, fraction};
    return true;
}

size_t decimal_write(struct decimal number, char out[DECIMAL_LONGEST]) {
    uint64_t digits = number.digits < 0 ? -(uint64_t)number.digits : (uint64_t)number.digits;
    char reversed[DECIMAL_LONGEST];
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
