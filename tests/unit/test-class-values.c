/* Values of the classes of a block: whatever they are, the same come out; and what is not as it is
 * written is refused. */
#include "tests/unit/check.h"
#include "tests/unit/random-value.h"

#include "base/err.h"
#include "history/class_values.h"
#include "json/reader.h"
#include "json/writer.h"

enum { MOST = 600, CLASSES = 6 };

static struct delta_value number(struct random *random, const char *text) {
    size_t length = strlen(text);
    return value_number(arena_copy(random->arena, text, length), (uint32_t)length);
}

/* A number of a kind that a class may have in common. */
static struct delta_value a_number(struct random *random, uint32_t form, int64_t *last) {
    char text[64];
    long long any = (long long)check_random(&random->seed);
    switch (form) {
    case 0: /* a fixed number of decimals */
        snprintf(text, sizeof text, "%lld.%02lld", any % 1000, (any < 0 ? -any : any) / 1000 % 100);
        break;
    case 1: /* up to four, one at least */
        snprintf(text, sizeof text, "%.*f", 1 + (int)random_below(random, 4),
                 (double)(any % 100000) / 10000);
        for (size_t end = strlen(text); text[end - 1] == '0' && text[end - 2] != '.'; end--)
            text[end - 1] = '\0';
        break;
    case 2: /* rising */
        snprintf(text, sizeof text, "%" PRId64, *last += random_below(random, 50));
        break;
    case 3: /* small */
        snprintf(text, sizeof text, "%lld", any % 10);
        break;
    case 4: /* 18 digits and the limits of a column */
        snprintf(text, sizeof text, "%s%s", any & 1 ? "-" : "",
                 any & 2   ? "999999999999999999"
                 : any & 4 ? "0.00000000000000001"
                 : any & 8 ? "9223372036854775807"
                           : "1");
        break;
    default: /* what no column has */
        snprintf(text, sizeof text, "%s",
                 any & 1   ? "-0"
                 : any & 2 ? "1e3"
                 : any & 4 ? (any & 8 ? "9999999999999999999" : "-9223372036854775808")
                           : "12345678901234567890");
    }
    return number(random, text);
}

static uint64_t fill_class(struct random *random, struct delta_value *out) {
    uint64_t count = random_chance(random, 4) ? 0 : random_below(random, MOST);
    uint32_t form = random_below(random, 8), mixed = random_below(random, 2) ? 0 : 50;
    int64_t last = random_chance(random, 2) ? 1700000000 : -200;
    struct delta_value choices[3];
    for (int i = 0; i < 3; i++)
        choices[i] = random_value(random, 2);
    for (uint64_t i = 0; i < count; i++) {
        if (mixed && random_chance(random, mixed))
            out[i] = random_value(random, 1);
        else if (form < 6)
            out[i] = a_number(random, form, &last);
        else
            out[i] = form == 6 ? choices[random_below(random, 3)] : random_value(random, 1);
    }
    return count;
}

static const struct delta_value *array_of(struct delta_arena *arena,
                                          const struct delta_buf *texts) {
    struct delta_buf all = {0};
    if (!texts->length)
        return NULL;
    buf_put_char(&all, '[');
    buf_put(&all, texts->data, texts->length);
    buf_put_char(&all, ']');
    const char *copy = reader_copy(arena, all.data, all.length);
    const struct delta_value *array =
        reader_parse(arena, copy, all.length, READER_RECORD_DEPTH, NULL);
    delta_buf_free(&all);
    return array;
}

static void the_same_come_out(void) {
    static struct delta_value all[CLASSES][MOST];
    static const struct delta_value *pointers[MOST];
    uint64_t seed = check_seed(), with_columns = 0;
    for (int round = 0; round < check_rounds(300); round++) {
        struct random random = {.arena = delta_arena_new(), .seed = check_random(&seed)};
        struct class_values made = {0};
        struct delta_buf columns = {0};
        uint64_t counts[CLASSES], total = 0, wanted = 0;
        for (uint32_t class = 0; class < CLASSES; class ++) {
            counts[class] = fill_class(&random, all[class]);
            wanted += counts[class];
            for (uint64_t i = 0; i < counts[class]; i++)
                pointers[i] = &all[class][i];
            if (counts[class])
                CHECK_EQ_INT(class_values_put(&made, class, pointers, counts[class], NULL), 0);
        }
        if (made.count) {
            varint_put(&columns, made.count);
            buf_put(&columns, made.heads.data, made.heads.length);
            buf_put(&columns, made.columns.data, made.columns.length);
        }
        with_columns += made.count;
        struct varint_cursor cursor = varint_cursor(columns.data, columns.length);
        const struct delta_value *texts = array_of(random.arena, &made.texts);
        const struct delta_value *read =
            class_values_get(random.arena, &cursor, texts, counts, CLASSES, &total, NULL);
        CHECK_EQ_INT(total, wanted);
        CHECK(read != NULL || total == 0);
        for (uint32_t class = 0; class < CLASSES && total == wanted; class ++)
            for (uint64_t i = 0; i < counts[class]; i++)
                CHECK(delta_value_equal(read++, &all[class][i]));
        /* Bytes that are missing, and bytes too many. */
        for (size_t cut = 1; cut < columns.length; cut += 1 + cut / 8) {
            struct delta_err err = {0};
            cursor = varint_cursor(columns.data, cut);
            CHECK(!class_values_get(random.arena, &cursor, texts, counts, CLASSES, &total, &err));
            CHECK_EQ_INT(err.code, DELTA_ERR_DAMAGED);
        }
        delta_buf_free(&columns);
        class_values_free(&made);
        delta_arena_free(random.arena);
    }
    CHECK(with_columns > 0);
}

/* Three classes of which the second has two values. */
static void refused(void) {
    static const struct {
        const char *what;
        const char *texts;
        const char *bytes;
        size_t length;
        enum delta_code code;
    } rows[] = {
        {"choices", "[1,2]", "\x01\x01\x00\x02\x00\x01", 6, DELTA_OK},
        {"numbers", "", "\x01\x01\x01\x02\x01\x01\x05\x00\x64", 9, DELTA_OK},
        {"steps", "", "\x01\x01\x02\x02\x01\x01\x05\x00\x64", 9, DELTA_OK},
        {"no columns", "[1,2]", "", 0, DELTA_OK},
        {"fewer values", "[1]", "", 0, DELTA_ERR_DAMAGED},
        {"more values", "[1,2,3]", "", 0, DELTA_ERR_DAMAGED},
        {"none, announced", "[1,2]", "\x00", 1, DELTA_ERR_DAMAGED},
        {"more columns than classes", "[1,2]", "\x04\x01\x00\x02\x00\x01", 6, DELTA_ERR_DAMAGED},
        {"two columns of which there is one", "[1,2]", "\x02\x01\x00\x02\x00\x01", 6,
         DELTA_ERR_DAMAGED},
        {"a class there is not", "[1,2]", "\x01\x03\x00\x02\x00\x01", 6, DELTA_ERR_DAMAGED},
        {"a kind there is not", "[1,2]", "\x01\x01\x03\x02\x00\x01", 6, DELTA_ERR_DAMAGED},
        {"no choices", "", "\x01\x01\x00\x00\x00\x00", 6, DELTA_ERR_DAMAGED},
        {"257 choices", "[1,2]", "\x01\x01\x00\x81\x02\x00\x01", 7, DELTA_ERR_DAMAGED},
        {"a choice there is not", "[1,2]", "\x01\x01\x00\x02\x00\x02", 6, DELTA_ERR_DAMAGED},
        {"fewer choices than announced", "[1]", "\x01\x01\x00\x02\x00\x00", 6, DELTA_ERR_DAMAGED},
        {"more choices than announced", "[1,2]", "\x01\x01\x00\x01\x00\x00", 6, DELTA_ERR_DAMAGED},
        {"a byte behind the column", "[1,2]", "\x01\x01\x00\x02\x00\x01\x00", 7, DELTA_ERR_DAMAGED},
        {"19 decimals", "", "\x01\x01\x01\x13\x01\x01\x05\x00\x64", 9, DELTA_ERR_DAMAGED},
        {"more decimals stay than there are", "", "\x01\x01\x01\x02\x03\x01\x05\x00\x64", 9,
         DELTA_ERR_DAMAGED},
        {"numbers of no bytes", "", "\x01\x01\x01\x02\x01\x00\x05", 7, DELTA_ERR_DAMAGED},
        {"numbers of nine bytes", "",
         "\x01\x01\x01\x02\x01\x09\x05"
         "123456789123456789",
         25, DELTA_ERR_DAMAGED},
        {"numbers that are elements, too", "[1]", "\x01\x01\x01\x02\x01\x01\x05\x00\x64", 9,
         DELTA_ERR_DAMAGED},
    };
    static const uint64_t counts[] = {0, 2, 0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        struct varint_cursor cursor = varint_cursor(rows[i].bytes, rows[i].length);
        const struct delta_value *texts =
            *rows[i].texts ? delta_read(arena, rows[i].texts, strlen(rows[i].texts), NULL, NULL)
                           : NULL;
        uint64_t total;
        check_row("%s", rows[i].what);
        const struct delta_value *values =
            class_values_get(arena, &cursor, texts, counts, 3, &total, &err);
        CHECK_EQ_INT(err.code, rows[i].code);
        CHECK_EQ_INT(values != NULL, rows[i].code == DELTA_OK);
        delta_arena_free(arena);
    }
}

/* Counts that no bytes are behind are found out before anything is allocated for them. */
static void counts_past_all_bounds(void) {
    static const char *const columns[] = {"", "\x01\x01\x01\x02\x01\x08\x05"};
    static const uint64_t counts[] = {0, UINT64_MAX / 4, 0};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        struct varint_cursor cursor = varint_cursor(columns[i], i ? 7 : 0);
        uint64_t total;
        CHECK(!class_values_get(arena, &cursor, NULL, counts, 3, &total, &err));
        CHECK_EQ_INT(err.code, DELTA_ERR_DAMAGED);
        delta_arena_free(arena);
    }
}

int main(void) {
    RUN(the_same_come_out);
    RUN(refused);
    RUN(counts_past_all_bounds);
    return check_done();
}
