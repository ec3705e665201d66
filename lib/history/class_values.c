/* Columns, behind the counts of the classes; nothing where no class has one:
 *
 *     varint  classes with a column; for each of them, in order:
 *     varint  classes that lie between it and the last one
 *     varint  kind: 0 choices, 1 numbers, 2 steps
 *     choices: varint  how many values there are to choose from
 *     else:    varint  decimals, at most 18; how many of them stay if they are 0; bytes a number
 *              varint  zigzag: the number from which the others are counted
 *     …       the columns, in the same order. Choices: for each value a byte. Else the lowest bytes
 *             of all numbers, then the next ones. A number is the digits of the value without its
 *             point, less the one from which they are counted, or zigzag, less the last one
 *
 * What a value costs as JSON is its comma, its quotes and digits of 3.4 bits, where a choice of
 * three takes 1.7 bits and four digits 13.4. Random states of 5 kB (numbers with 4 decimals, words,
 * small counts), 10,000 in ten blocks: the file has 55,855 bytes without columns, and 49,976 with.
 *
 * Of five histories, of 300 to 1,500 states of 40 to 2,000 members, half and twice of LEAST_VALUES
 * and of WORTH make the same bytes. So do columns that are weighed at level 1, with 0.3% fewer
 * instructions for all of compact, and at level 6, with 2.5% more. */
#include "history/class_values.h"

#include "base/array.h"
#include "base/err.h"
#include "base/table.h"
#include "codec/zstd_prefix.h"
#include "json/decimal.h"
#include "json/writer.h"

#include <stdlib.h>
#include <string.h>

enum kind { CHOICES, NUMBERS, STEPS, KINDS };

enum {
    MOST_CHOICES = 256,
    MOST_DIGITS = 19,  /* of a number */
    LEAST_VALUES = 32, /* of a class that is worth a column */
    WORTH = 12,        /* bytes that a column has to save */
    WEIGHED_AT = 3,    /* level */
};

/* Numbers whose texts are these digits with so many decimals. */
struct decimals {
    int64_t *digits;
    uint64_t count;
    uint32_t most;  /* decimals */
    uint32_t least; /* that stay, even if they are 0 */
};

/* A column as it is weighed. */
struct column {
    enum kind kind;
    struct delta_buf head, texts, bytes;
    uint32_t planes; /* of as many bytes as there are values */
    size_t weight;
};

static void column_free(struct column *column) {
    delta_buf_free(&column->head);
    delta_buf_free(&column->texts);
    delta_buf_free(&column->bytes);
}

/* ---- Numbers as texts ---- */

/* The text of a number with at most so many decimals: zeros at its end go, but for `least`. */
static size_t write_number(struct decimal number, uint32_t least, char out[DECIMAL_LONGEST]) {
    while (number.fraction > least && number.digits % 10 == 0) {
        number.digits /= 10;
        number.fraction--;
    }
    return decimal_write(number, out);
}

static bool scale(int64_t *digits, uint32_t steps) {
    for (; steps; steps--)
        if (__builtin_mul_overflow(*digits, 10, digits))
            return false;
    return true;
}

/* True when the numbers all have one form; `out->digits` has room for them. */
static bool read_decimals(const struct delta_value **values, struct decimals *out) {
    out->most = 0;
    out->least = DECIMAL_FRACTION;
    struct decimal number;
    for (uint64_t i = 0; i < out->count; i++) {
        if (!decimal_parse(values[i], MOST_DIGITS, &number))
            return false;
        out->digits[i] = number.digits;
        out->most = number.fraction > out->most ? number.fraction : out->most;
        out->least = number.fraction < out->least ? number.fraction : out->least;
    }
    for (uint64_t i = 0; i < out->count; i++) {
        char text[DECIMAL_LONGEST];
        if (!decimal_parse(values[i], MOST_DIGITS, &number) ||
            !scale(&out->digits[i], out->most - number.fraction))
            return false;
        number = (struct decimal){out->digits[i], out->most};
        size_t length = write_number(number, out->least, text);
        if (length != values[i]->length || memcmp(text, values[i]->text, length) != 0)
            return false;
    }
    return true;
}

/* ---- Writing ---- */

static void put_planes(const uint64_t *numbers, uint64_t count, struct column *column) {
    uint64_t bits = 0;
    for (uint64_t i = 0; i < count; i++)
        bits |= numbers[i];
    column->planes = bits ? (71 - (uint32_t)__builtin_clzll(bits)) / 8 : 1;
    for (uint32_t plane = 0; plane < column->planes; plane++)
        for (uint64_t i = 0; i < count; i++)
            buf_put_char(&column->bytes, (char)(numbers[i] >> 8 * plane & 0xff));
}

static void put_numbers(const struct decimals *decimals, uint64_t *numbers, struct column *column) {
    int64_t from = decimals->digits[0];
    for (uint64_t i = 1; i < decimals->count && column->kind == NUMBERS; i++)
        from = decimals->digits[i] < from ? decimals->digits[i] : from;
    uint64_t last = (uint64_t)from;
    for (uint64_t i = 0; i < decimals->count; i++) {
        uint64_t less = (uint64_t)decimals->digits[i] - last;
        numbers[i] = column->kind == STEPS ? varint_zigzag((int64_t)less) : less;
        last = column->kind == STEPS ? (uint64_t)decimals->digits[i] : last;
    }
    put_planes(numbers, decimals->count, column);
    varint_put(&column->head, decimals->most);
    varint_put(&column->head, decimals->least);
    varint_put(&column->head, column->planes);
    varint_put(&column->head, varint_zigzag(from));
}

/* Makes the column of choices; false where there are too many, or no memory. */
static bool put_choices(const struct delta_value **values, uint64_t count, struct column *column) {
    uint32_t slots[2 * MOST_CHOICES], distinct = 0;
    const struct delta_value *choices[MOST_CHOICES];
    struct table table = table_in(slots, sizeof slots / sizeof *slots);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t hash = value_hash(values[i]);
        uint32_t found = NO_INDEX;
        TABLE_EACH(&table, hash, at)
        if (delta_value_equal(choices[at], values[i])) {
            found = at;
            break;
        }
        if (found == NO_INDEX) {
            if (distinct == MOST_CHOICES || distinct >= count / 2)
                return false;
            found = distinct++;
            choices[found] = values[i];
            table_put(&table, hash, found);
            if (found)
                buf_put_char(&column->texts, ',');
            writer_canonical(values[i], &column->texts);
        }
        buf_put_char(&column->bytes, (char)found);
    }
    column->planes = 1;
    varint_put(&column->head, distinct);
    return true;
}

/* Adds to *weight what bytes take, compressed. */
static int weigh(const char *bytes, size_t length, size_t *weight, struct delta_err *err) {
    struct delta_buf out = {0};
    int status = length ? zstd_prefix_compress(bytes, length, NULL, 0, WEIGHED_AT,
                                               ZSTD_PREFIX_MAGICLESS, &out, err)
                        : 0;
    *weight += out.length;
    delta_buf_free(&out);
    return status;
}

static int weigh_column(struct column *column, uint64_t count, struct delta_err *err) {
    column->weight = column->head.length + WORTH;
    if (buf_check(&column->head, err) || buf_check(&column->bytes, err) ||
        buf_check(&column->texts, err) ||
        weigh(column->texts.data, column->texts.length, &column->weight, err))
        return -1;
    for (uint32_t i = 0; i < column->planes; i++)
        if (weigh(column->bytes.data + i * count, count, &column->weight, err))
            return -1;
    return 0;
}

/* Weighs a column, and keeps the lighter one in `best`. */
static int keep_lighter(struct column *column, uint64_t count, struct column *best,
                        struct delta_err *err) {
    if (weigh_column(column, count, err))
        return -1;
    if (column->weight < best->weight) {
        struct column heavier = *best;
        *best = *column;
        *column = heavier;
    }
    return 0;
}

static int try_column(enum kind kind, const struct delta_value **values,
                      const struct decimals *decimals, uint64_t *numbers, struct column *best,
                      struct delta_err *err) {
    struct column column = {.kind = kind};
    int status = 0;
    varint_put(&column.head, kind);
    if (kind != CHOICES)
        put_numbers(decimals, numbers, &column);
    if (kind != CHOICES || put_choices(values, decimals->count, &column))
        status = keep_lighter(&column, decimals->count, best, err);
    column_free(&column);
    return status;
}

/* The lightest way to carry the values; that without a column is in `best` already. */
static int try_columns(const struct delta_value **values, uint64_t count, struct column *best,
                       struct delta_err *err) {
    struct decimals decimals = {.count = count};
    decimals.digits = malloc(count * sizeof *decimals.digits);
    uint64_t *numbers = malloc(count * sizeof *numbers);
    int status = -1;
    if (!decimals.digits || !numbers)
        err_memory(err);
    else if (try_column(CHOICES, values, &decimals, numbers, best, err) == 0 &&
             (!read_decimals(values, &decimals) ||
              (try_column(NUMBERS, values, &decimals, numbers, best, err) == 0 &&
               try_column(STEPS, values, &decimals, numbers, best, err) == 0)))
        status = 0;
    free(decimals.digits);
    free(numbers);
    return status;
}

static int end_part(struct zstd_parts *parts, const struct delta_buf *buf, size_t start,
                    struct delta_err *err) {
    /* Small parts share what is between large ones. */
    if (buf->length - start < ZSTD_PARTS_LEAST)
        return 0;
    return zstd_parts_end(parts, start, err) || zstd_parts_end(parts, buf->length, err) ? -1 : 0;
}

static int put_best(struct class_values *out, uint32_t class, const struct column *best,
                    struct delta_err *err) {
    size_t start = out->texts.length;
    if (start && best->texts.length)
        buf_put_char(&out->texts, ',');
    buf_put(&out->texts, best->texts.data, best->texts.length);
    if (end_part(&out->text_parts, &out->texts, start, err))
        return -1;
    if (!best->planes)
        return buf_check(&out->texts, err);
    varint_put(&out->heads, class - out->next);
    buf_put(&out->heads, best->head.data, best->head.length);
    out->next = class + 1;
    out->count++;
    size_t length = best->bytes.length / best->planes;
    for (uint32_t i = 0; i < best->planes; i++) {
        start = out->columns.length;
        buf_put(&out->columns, best->bytes.data + i * length, length);
        if (end_part(&out->column_parts, &out->columns, start, err))
            return -1;
    }
    return buf_check(&out->texts, err) || buf_check(&out->heads, err)
               ? -1
               : buf_check(&out->columns, err);
}

int class_values_put(struct class_values *out, uint32_t class, const struct delta_value **values,
                     uint64_t count, struct delta_err *err) {
    struct column best = {0}; /* without a column at first */
    for (uint64_t i = 0; i < count; i++) {
        if (i)
            buf_put_char(&best.texts, ',');
        writer_canonical(values[i], &best.texts);
    }
    int status = buf_check(&best.texts, err);
    if (status == 0 && count >= LEAST_VALUES)
        status = weigh(best.texts.data, best.texts.length, &best.weight, err) ||
                         try_columns(values, count, &best, err)
                     ? -1
                     : 0;
    if (status == 0)
        status = put_best(out, class, &best, err);
    column_free(&best);
    return status;
}

void class_values_free(struct class_values *out) {
    delta_buf_free(&out->texts);
    delta_buf_free(&out->heads);
    delta_buf_free(&out->columns);
    free(out->text_parts.items);
    free(out->column_parts.items);
}

/* ---- Reading ---- */

/* A column that is read. */
struct described {
    uint64_t class;
    uint64_t kind;
    uint64_t choices;
    uint64_t decimals, least, planes, from;
    const unsigned char *bytes;
};

struct reading {
    struct delta_arena *arena;
    const struct delta_value *texts; /* what is left of them */
    uint64_t texts_left;
    struct described *columns;
    uint64_t column_count;
    struct delta_value *next; /* where the next value goes */
    struct delta_err *err;
};

static int damaged(struct delta_err *err) {
    return err_set(err, DELTA_ERR_DAMAGED, "corrupt block");
}

static bool get_head(struct varint_cursor *cursor, struct described *column) {
    if (!varint_get(cursor, &column->kind) || column->kind >= KINDS)
        return false;
    column->planes = 1;
    if (column->kind == CHOICES)
        return varint_get(cursor, &column->choices) && column->choices &&
               column->choices <= MOST_CHOICES;
    return varint_get(cursor, &column->decimals) && varint_get(cursor, &column->least) &&
           varint_get(cursor, &column->planes) && varint_get(cursor, &column->from) &&
           column->decimals <= DECIMAL_FRACTION && column->least <= column->decimals &&
           column->planes && column->planes <= 8;
}

/* The heads, and where the columns are; what is behind them is refused. */
static int get_columns(struct reading *reading, struct varint_cursor *cursor,
                       const uint64_t *counts, uint32_t classes) {
    uint64_t next = 0;
    if (!varint_left(cursor))
        return 0;
    if (!varint_get(cursor, &reading->column_count) || !reading->column_count ||
        reading->column_count > classes)
        return damaged(reading->err);
    reading->columns = arena_array(reading->arena, reading->column_count, sizeof *reading->columns);
    if (!reading->columns)
        return err_memory(reading->err);
    for (uint64_t i = 0; i < reading->column_count; i++) {
        struct described *column = &reading->columns[i];
        uint64_t gap;
        *column = (struct described){0};
        if (!varint_get(cursor, &gap) || gap >= classes - next || !get_head(cursor, column))
            return damaged(reading->err);
        column->class = next + gap;
        next = column->class + 1;
    }
    for (uint64_t i = 0; i < reading->column_count; i++) {
        struct described *column = &reading->columns[i];
        const void *bytes;
        uint64_t length;
        if (__builtin_mul_overflow(counts[column->class], column->planes, &length) ||
            !varint_get_bytes(cursor, length, &bytes))
            return damaged(reading->err);
        column->bytes = bytes;
    }
    return varint_left(cursor) ? damaged(reading->err) : 0;
}

/* How many values there are, each of which takes an element or a byte. */
static int count_values(const struct reading *reading, const uint64_t *counts, uint32_t classes,
                        uint64_t *total) {
    uint64_t column = 0, texts = 0;
    *total = 0;
    for (uint32_t i = 0; i < classes; i++) {
        bool has = column < reading->column_count && reading->columns[column].class == i;
        uint64_t elements = !has ? counts[i]
                            : reading->columns[column].kind == CHOICES
                                ? reading->columns[column].choices
                                : 0;
        if (elements > reading->texts_left - texts)
            return damaged(reading->err);
        texts += elements;
        *total += counts[i];
        column += has;
    }
    return texts == reading->texts_left ? 0 : damaged(reading->err);
}

static int take_choices(struct reading *reading, const struct described *column, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        if (column->bytes[i] >= column->choices)
            return damaged(reading->err);
        *reading->next++ = reading->texts[column->bytes[i]];
    }
    reading->texts += column->choices;
    return 0;
}

static int take_numbers(struct reading *reading, const struct described *column, uint64_t count) {
    uint64_t last = (uint64_t)varint_unzigzag(column->from);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number = 0;
        char text[DECIMAL_LONGEST];
        for (uint64_t plane = 0; plane < column->planes; plane++)
            number |= (uint64_t)column->bytes[plane * count + i] << 8 * plane;
        if (column->kind == STEPS)
            number = last += (uint64_t)varint_unzigzag(number);
        else
            number += last;
        const struct decimal read = {(int64_t)number, (uint32_t)column->decimals};
        size_t length = write_number(read, (uint32_t)column->least, text);
        const char *kept = arena_copy(reading->arena, text, length);
        if (!kept)
            return err_memory(reading->err);
        *reading->next++ = value_number(kept, (uint32_t)length);
    }
    return 0;
}

static int take_values(struct reading *reading, const uint64_t *counts, uint32_t classes) {
    uint64_t column = 0;
    int status = 0;
    for (uint32_t i = 0; i < classes && status == 0; i++) {
        const struct described *described =
            column < reading->column_count && reading->columns[column].class == i
                ? &reading->columns[column++]
                : NULL;
        if (described) {
            status = described->kind == CHOICES ? take_choices(reading, described, counts[i])
                                                : take_numbers(reading, described, counts[i]);
            continue;
        }
        if (!counts[i]) /* there may be no texts at all */
            continue;
        memcpy(reading->next, reading->texts, counts[i] * sizeof *reading->next);
        reading->next += counts[i];
        reading->texts += counts[i];
    }
    return status;
}

const struct delta_value *class_values_get(struct delta_arena *arena, struct varint_cursor *cursor,
                                           const struct delta_value *texts, const uint64_t *counts,
                                           uint32_t classes, uint64_t *total,
                                           struct delta_err *err) {
    struct reading reading = {.arena = arena,
                              .texts = texts ? value_items(texts) : NULL,
                              .texts_left = texts ? texts->length : 0,
                              .err = err};
    if (get_columns(&reading, cursor, counts, classes) ||
        count_values(&reading, counts, classes, total))
        return NULL;
    if (!reading.column_count && texts)
        return reading.texts;
    struct delta_value *values = arena_array(arena, *total + 1, sizeof *values);
    if (!values) {
        err_memory(err);
        return NULL;
    }
    reading.next = values;
    return take_values(&reading, counts, classes) ? NULL : values;
}
