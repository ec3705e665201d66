#include "json/number.h"

/* A number taken apart. Its value is 0.D × 10^(exponent + shift), D being the digits from `first`
 * to `last`, of which neither is 0; the point among them does not count. A zero has no digits. */
struct parts {
    bool negative;
    bool zero;
    const char *first; /* first and last digit that is not 0 */
    const char *last;
    size_t count;  /* digits from first to last, without the point */
    int64_t shift; /* how far the point is to the right of the first digit, or left of it */
    bool exponent_negative;
    const char *exponent; /* its digits, without leading zeros: none when it is 0 */
    size_t exponent_length;
};

static size_t digits(const char *text, size_t length, size_t at) {
    while (at < length && text[at] >= '0' && text[at] <= '9')
        at++;
    return at;
}

size_t number_scan(const char *text, size_t length) {
    size_t at = length && text[0] == '-';
    size_t end = digits(text, length, at);
    if (end == at)
        return 0;
    if (text[at] == '0')
        end = at + 1;
    at = end;
    if (at < length && text[at] == '.') {
        size_t fraction = digits(text, length, at + 1);
        if (fraction == at + 1)
            return at;
        at = fraction;
    }
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        size_t sign = at + 1 < length && (text[at + 1] == '+' || text[at + 1] == '-');
        size_t exponent = digits(text, length, at + 1 + sign);
        if (exponent == at + 1 + sign)
            return at;
        at = exponent;
    }
    return at;
}

static struct parts take_apart(const char *text, size_t length) {
    struct parts parts = {.negative = text[0] == '-'};
    const char *at = text + parts.negative;
    const char *end = text + length;
    const char *point = NULL;
    const char *first = NULL;
    const char *last = NULL;
    for (; at < end && *at != 'e' && *at != 'E'; at++) {
        if (*at == '.')
            point = at;
        else if (*at != '0') {
            last = at;
            if (!first)
                first = at;
        }
    }
    if (!first) {
        parts.zero = true;
        parts.negative = false;
        return parts;
    }
    if (!point)
        point = at;
    parts.first = first;
    parts.last = last;
    parts.count = (size_t)(last - first) + !(first < point && point < last);
    parts.shift = point - first + (first > point);
    if (at < end) {
        at++;
        parts.exponent_negative = *at == '-';
        if (*at == '-' || *at == '+')
            at++;
        while (at < end && *at == '0')
            at++;
        parts.exponent = at;
        parts.exponent_length = (size_t)(end - at);
    }
    return parts;
}

/* a's exponent minus b's, the numbers' shifts left out, or a bound that is past all shifts when it
 * is past that. Digit by digit from the highest, so that no exponent is too long: once the
 * difference has left zero, lower digits cannot bring it back. */
static int64_t exponent_difference(const struct parts *a, const struct parts *b) {
    const int64_t bound = INT64_C(1) << 56; /* ten times it, and then some, fits 64 bits */
    size_t places =
        a->exponent_length > b->exponent_length ? a->exponent_length : b->exponent_length;
    int64_t difference = 0;
    for (size_t place = places; place > 0; place--) {
        int64_t digit_a =
            place <= a->exponent_length ? a->exponent[a->exponent_length - place] - '0' : 0;
        int64_t digit_b =
            place <= b->exponent_length ? b->exponent[b->exponent_length - place] - '0' : 0;
        difference = difference * 10 + (a->exponent_negative ? -digit_a : digit_a) -
                     (b->exponent_negative ? -digit_b : digit_b);
        if (difference > bound)
            difference = bound;
        else if (difference < -bound)
            difference = -bound;
    }
    return difference;
}

/* The order of the digits alone, as those of 0.D. */
static int compare_digits(const struct parts *a, const struct parts *b) {
    const char *at_a = a->first;
    const char *at_b = b->first;
    for (;; at_a++, at_b++) {
        at_a += at_a <= a->last && *at_a == '.';
        at_b += at_b <= b->last && *at_b == '.';
        if (at_a > a->last || at_b > b->last)
            return (at_a <= a->last) - (at_b <= b->last);
        if (*at_a != *at_b)
            return *at_a < *at_b ? -1 : 1;
    }
}

int number_compare(const char *a, size_t a_length, const char *b, size_t b_length) {
    struct parts x = take_apart(a, a_length);
    struct parts y = take_apart(b, b_length);
    if (x.zero || y.zero || x.negative != y.negative) {
        int sign_x = x.zero ? 0 : x.negative ? -1 : 1;
        int sign_y = y.zero ? 0 : y.negative ? -1 : 1;
        return (sign_x > sign_y) - (sign_x < sign_y);
    }
    int64_t magnitude = exponent_difference(&x, &y) + (x.shift - y.shift);
    int order = magnitude ? (magnitude < 0 ? -1 : 1) : compare_digits(&x, &y);
    return x.negative ? -order : order;
}

/* Appends the decimal `length` digits `text`, more than any int64_t has, with `more` added to it.
 * The sum is at least as far from zero as `more` is, so that the carry or borrow ends within. */
static void put_sum(const char *text, size_t length, int64_t more, struct delta_buf *buf) {
    if (!buf_reserve(buf, length + 1))
        return;
    char *sum = buf->data + buf->length;
    for (size_t i = length; i > 0; i--) {
        int64_t digit = text[i - 1] - '0' + more % 10;
        more /= 10;
        if (digit < 0) {
            digit += 10;
            more--;
        } else if (digit > 9) {
            digit -= 10;
            more++;
        }
        sum[i] = (char)('0' + digit);
    }
    sum[0] = (char)('0' + more);
    size_t zeros = 0;
    while (sum[zeros] == '0')
        zeros++;
    memmove(sum, sum + zeros, length + 1 - zeros);
    buf->length += length + 1 - zeros;
}

void number_canonical(const char *text, size_t length, struct delta_buf *buf) {
    struct parts parts = take_apart(text, length);
    if (parts.zero) {
        buf_put_char(buf, '0');
        return;
    }
    if (parts.negative)
        buf_put_char(buf, '-');
    const char *point = memchr(parts.first, '.', (size_t)(parts.last - parts.first));
    if (point) {
        buf_put(buf, parts.first, (size_t)(point - parts.first));
        buf_put(buf, point + 1, (size_t)(parts.last - point));
    } else {
        buf_put(buf, parts.first, parts.count);
    }
    buf_put_char(buf, 'e');
    int64_t more = parts.shift - (int64_t)parts.count;
    if (parts.exponent_length <= 18) {
        int64_t exponent = 0;
        for (size_t i = 0; i < parts.exponent_length; i++)
            exponent = exponent * 10 + (parts.exponent[i] - '0');
        buf_printf(buf, "%lld",
                   (long long)((parts.exponent_negative ? -exponent : exponent) + more));
    } else {
        if (parts.exponent_negative)
            buf_put_char(buf, '-');
        put_sum(parts.exponent, parts.exponent_length, parts.exponent_negative ? -more : more, buf);
    }
}

/* ---- Bounds ----
 *
 * Decimals are brought to one power of ten and subtracted digit by digit, as on paper. */

enum {
    DIGITS_MAX = 4096,
    EXPONENT_DIGITS_MAX = 9, /* those of longer ones have nothing in common but by equality */
};

/* A value without its sign: digits, most significant first, that count 10^exponent. */
struct decimal {
    const char *digits;
    uint32_t count;
    int64_t exponent;
    bool negative;
};

/* Takes a canonical text apart; false when its exponent is too long. */
static bool read_decimal(const struct delta_buf *text, struct decimal *out) {
    const char *at = text->data, *end = text->data + text->length;
    *out = (struct decimal){.negative = *at == '-'};
    at += out->negative;
    out->digits = at;
    while (at < end && *at != 'e')
        at++;
    out->count = (uint32_t)(at - out->digits);
    if (at == end) { /* 0 */
        out->count = 0;
        return true;
    }
    bool negative = *++at == '-';
    at += negative;
    if (end - at > EXPONENT_DIGITS_MAX)
        return false;
    for (; at < end; at++)
        out->exponent = out->exponent * 10 + (*at - '0');
    out->exponent = negative ? -out->exponent : out->exponent;
    return true;
}

/* The digits of a decimal, times those of another one, as numbers of 10^low, the least first, up to
 * `width` of them. */
static void lay_out(const struct decimal *a, const struct decimal *times, int64_t low,
                    uint8_t *digits, uint32_t width) {
    int64_t shift = a->exponent + (times ? times->exponent : 0) - low;
    uint32_t factors = times ? times->count : 1;
    memset(digits, 0, width);
    for (uint32_t i = 0; i < a->count; i++) {
        unsigned carry = 0, digit = (unsigned char)a->digits[a->count - 1 - i] - (unsigned)'0';
        uint32_t at = (uint32_t)shift + i;
        for (uint32_t j = 0; j < factors || carry; j++, at++) {
            unsigned factor = j >= factors ? 0
                              : times
                                  ? (unsigned char)times->digits[factors - 1 - j] - (unsigned)'0'
                                  : 1;
            unsigned sum = digits[at] + carry + factor * digit;
            digits[at] = (uint8_t)(sum % 10);
            carry = sum / 10;
        }
    }
}

static int compare_laid_out(const uint8_t *a, const uint8_t *b, uint32_t width) {
    for (uint32_t i = width; i-- > 0;)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

/* a = |a - b| of numbers without a sign, or a + b. */
static void subtract(uint8_t *a, const uint8_t *b, uint32_t width, bool add) {
    bool less = !add && compare_laid_out(a, b, width) < 0;
    int carry = 0;
    for (uint32_t i = 0; i < width; i++) {
        int sum = add ? a[i] + b[i] + carry : less ? b[i] - a[i] - carry : a[i] - b[i] - carry;
        carry = add ? sum > 9 : sum < 0;
        a[i] = (uint8_t)(add ? sum % 10 : carry ? sum + 10 : sum);
    }
}

bool number_is_bound(const char *text, size_t length) {
    if (length && text[length - 1] == '%')
        length--;
    return length && length <= NUMBER_BOUND_MAX && text[0] != '-' &&
           number_scan(text, length) == length;
}

static int64_t top_of(const struct decimal *a) {
    return a->exponent + a->count;
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static int compare_with_bound(const struct decimal *old, const struct decimal *now,
                              const struct decimal *bound, bool percent) {
    uint8_t a[DIGITS_MAX], b[DIGITS_MAX];
    int64_t bound_low = bound->exponent + (percent ? old->exponent : 0);
    int64_t bound_top = percent ? top_of(bound) + top_of(old) : top_of(bound);
    int64_t low = least(least(old->exponent, now->exponent), bound_low);
    int64_t top = most(most(top_of(old), top_of(now)), bound_top) + 2;
    if (top - low > DIGITS_MAX)
        return 1;
    uint32_t width = (uint32_t)(top - low);
    lay_out(old, NULL, low, a, width);
    lay_out(now, NULL, low, b, width);
    subtract(a, b, width, old->negative != now->negative);
    if (percent)
        lay_out(old, bound, low, b, width);
    else
        lay_out(bound, NULL, low, b, width);
    return compare_laid_out(a, b, width) > 0;
}

int number_outside(const char *old, size_t old_length, const char *now, size_t now_length,
                   const char *bound, size_t bound_length) {
    if (number_compare(old, old_length, now, now_length) == 0)
        return 0;
    bool percent = bound[bound_length - 1] == '%';
    struct delta_buf texts[3] = {{0}};
    struct decimal numbers[3];
    number_canonical(old, old_length, &texts[0]);
    number_canonical(now, now_length, &texts[1]);
    number_canonical(bound, bound_length - percent, &texts[2]);
    int result = 1;
    bool known = true;
    for (int i = 0; i < 3 && result > 0; i++) {
        if (texts[i].failed)
            result = -1;
        else
            known &= read_decimal(&texts[i], &numbers[i]);
    }
    if (percent && known)
        numbers[2].exponent -= 2;
    if (result > 0 && known)
        result = compare_with_bound(&numbers[0], &numbers[1], &numbers[2], percent);
    for (int i = 0; i < 3; i++)
        delta_buf_free(&texts[i]);
    return result;
}
