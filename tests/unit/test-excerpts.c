/* Excerpts of a text: which are found, how they are said, and how they are written and read as a
 * part of a packed patch. */
#include "tests/unit/check.h"
#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"

#include "codec/excerpts.h"
#include "diff/diff.h"
#include "record/packed_patch.h"
#include "json/canonical_parts.h"
#include "json/reader.h"
#include "json/writer.h"

static struct byte_span span_of(const struct delta_buf *buf) {
    return (struct byte_span){buf->data, buf->length};
}

/* ---- Ranges ---- */

static void random_ranges(struct random *random, uint64_t steps, struct ranges *ranges) {
    static const uint32_t longest[] = {1, 3, 6, 40};
    uint32_t most = longest[random_below(random, 4)];
    for (uint64_t at = random_below(random, 3); at < steps;) {
        struct range *range = array_add(&ranges->list);
        REQUIRE(range != NULL);
        uint64_t to = at + 1 + random_below(random, most);
        *range = (struct range){at, to < steps ? to : steps};
        at = to + 1 + random_below(random, random_chance(random, 4) ? 1000 : 3);
    }
}

static void ranges_round_trip(void) {
    struct random random = {.seed = check_seed()};
    for (int i = 0; i < 2000; i++) {
        struct ranges ranges = {0}, read = {0};
        struct delta_buf buf = {0};
        uint64_t size = 1 + random_below(&random, 1 << 20);
        bool failed = true;
        random_ranges(&random, (size - 1) / RANGE_STEP + 1, &ranges);
        ranges_put(&ranges, &buf);
        struct varint_cursor cursor = varint_cursor(buf.data, buf.length);
        CHECK_EQ_INT(ranges_get(&cursor, size, &read, &failed), ranges.list.count != 0);
        CHECK(!failed);
        CHECK_EQ_MEM((const char *)read.list.items, read.list.count * sizeof(struct range),
                     (const char *)ranges.list.items, ranges.list.count * sizeof(struct range));
        CHECK_EQ_INT(varint_left(&cursor), 0);
        cursor = varint_cursor(buf.data, buf.length);
        CHECK_EQ_INT(ranges_get(&cursor, UINT64_MAX, NULL, &failed), ranges.list.count != 0);
        CHECK_EQ_INT(varint_left(&cursor), 0);
        for (size_t cut = 0; cut < buf.length; cut++) {
            cursor = varint_cursor(buf.data, cut);
            CHECK(!ranges_get(&cursor, UINT64_MAX, NULL, &failed));
        }
        ranges_free(&ranges);
        ranges_free(&read);
        delta_buf_free(&buf);
    }
}

static void refused_ranges(void) {
    static const struct {
        const char *what;
        const char *bytes;
        size_t length;
    } rows[] = {
        {"nothing", "", 0},
        {"none", "\x00", 1},
        {"fewer than are announced", "\x02\x00", 2},
        {"no length", "\x01\x03", 2},
        {"the first behind the text", "\x01\x0c", 2},
        {"too long", "\x01\x03\x01", 3},
        {"the second behind the text", "\x02\x01\x00", 3},
        {"a place past 64 bits", "\x02\x00\xfc\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12},
        {"a length past 64 bits", "\x01\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12},
        {"bytes past 64 bits", "\x01\x03\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ranges ranges = {0};
        struct varint_cursor cursor = varint_cursor(rows[i].bytes, rows[i].length);
        bool failed = true;
        check_row("%s", rows[i].what);
        CHECK(!ranges_get(&cursor, 2 * RANGE_STEP + 1, &ranges, &failed));
        CHECK(!failed);
        ranges_free(&ranges);
    }
}

/* ---- Parts of a canonical form ---- */

static void parts_of_the_form(void) {
    uint64_t seed = check_seed();
    for (int i = 0; i < 300; i++) {
        struct random random = {.arena = delta_arena_new(), .seed = check_random(&seed)};
        struct delta_buf text = {0}, whole = {0}, want = {0}, made = {0};
        struct ranges ranges = {0};
        /* Long enough that it has many steps: small values, and sometimes a long string. */
        buf_put_text(&text, "{\"list\":[");
        for (int n = 0; n < 60; n++) {
            struct delta_value value = random_value(&random, 3);
            buf_put_text(&text, n ? "," : "");
            writer_compact(&value, &text);
            if (random_chance(&random, 20)) {
                buf_put_text(&text, ",{\"z\":0,\"long\":\"");
                for (uint32_t left = random_below(&random, 5000); left; left--)
                    buf_put_char(&text, (char)('a' + left % 26));
                buf_put_text(&text, "\"}");
            }
        }
        buf_put_text(&text, "],\"b\":{\"y\":[],\"x\":{}},\"a\":\"last\"}");
        const struct delta_value *value =
            delta_read(random.arena, text.data, text.length, NULL, NULL);
        REQUIRE(value != NULL);
        writer_canonical(value, &whole);
        random_ranges(&random, (whole.length - 1) / RANGE_STEP + 1, &ranges);
        for (size_t n = 0; n < ranges.list.count; n++) {
            uint64_t from, to;
            range_bytes(&ranges.list.items[n], whole.length, &from, &to);
            buf_put(&want, whole.data + from, to - from);
        }
        CHECK_EQ_INT(canonical_parts_write(value, &ranges, &made, NULL), 0);
        CHECK_EQ_MEM(made.data, made.length, want.data, want.length);
        delta_buf_free(&text);
        delta_buf_free(&whole);
        delta_buf_free(&want);
        delta_buf_free(&made);
        ranges_free(&ranges);
        delta_arena_free(random.arena);
    }
}

/* ---- Finding ---- */

static void put_noise(uint64_t *seed, size_t length, struct delta_buf *buf) {
    for (; length; length--)
        buf_put_char(buf, (char)('!' + check_below(seed, 90)));
}

static void found_excerpts(void) {
    uint64_t seed = check_seed();
    struct delta_buf text = {0}, source = {0}, known = {0};
    struct byte_span none = {0};
    put_noise(&seed, 100 * RANGE_STEP, &text);
    buf_put(&source, text.data + 50 * RANGE_STEP - 30, 60); /* over an end of a step */
    put_noise(&seed, 30, &source);
    buf_put(&source, text.data + 7 * RANGE_STEP + 500, 40);
    buf_put(&source, text.data + 8 * RANGE_STEP + 500, 40);  /* beside the last one */
    buf_put(&source, text.data + 90 * RANGE_STEP + 500, 15); /* too short */
    const struct {
        const char *what;
        size_t known, source;
        const char *bytes; /* of the ranges */
        size_t length;
    } rows[] = {
        {"all", 0, source.length, "\x02\x1d\x9d\x01", 4},
        {"one is known", 60, source.length, "\x01\x1d", 2},
        {"all is known", source.length, source.length, "\x00", 1},
        {"a source shorter than a gram", 0, 9, "\x00", 1},
        {"no source", 0, 0, "\x00", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ranges ranges = {0};
        struct delta_buf list = {0};
        check_row("%s", rows[i].what);
        known.length = 0;
        buf_put(&known, source.data, rows[i].known);
        CHECK_EQ_INT(excerpts_find((struct byte_span){source.data, rows[i].source}, span_of(&known),
                                   span_of(&text), &ranges, NULL),
                     0);
        ranges_put(&ranges, &list);
        CHECK_EQ_MEM(list.data, list.length, rows[i].bytes, rows[i].length);
        ranges_free(&ranges);
        delta_buf_free(&list);
    }
    struct ranges ranges = {0};
    CHECK_EQ_INT(excerpts_find(span_of(&source), none, none, &ranges, NULL), 0);
    CHECK_EQ_INT(ranges.list.count, 0);
    delta_buf_free(&text);
    delta_buf_free(&source);
    delta_buf_free(&known);
}

/* An excerpt is worth its place from 10 grams of 10 bytes on that are not known. The bytes are the
 * same in each run: one in a thousand new grams is taken for a known one. */
static void worth_of_an_excerpt(void) {
    static const struct {
        const char *what;
        size_t known, source;
        size_t count;
    } rows[] = {
        {"ten grams", 0, 19, 1},
        {"nine grams", 0, 18, 0},
        {"ten grams beside what is shorter than a gram", 9, 19, 1},
        {"ten grams of which the first is known", 10, 19, 0},
        {"eleven of which the first is known", 10, 20, 1},
        {"fewer bytes than a gram", 0, 9, 0},
        {"nothing", 0, 0, 0},
    };
    uint64_t seed = 1;
    struct delta_buf text = {0};
    put_noise(&seed, 3 * RANGE_STEP, &text);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ranges ranges = {0};
        const char *source = text.data + RANGE_STEP + 100;
        check_row("%s", rows[i].what);
        CHECK_EQ_INT(excerpts_find((struct byte_span){source, rows[i].source},
                                   (struct byte_span){source, rows[i].known}, span_of(&text),
                                   &ranges, NULL),
                     0);
        CHECK_EQ_INT(ranges.list.count, rows[i].count);
        if (ranges.list.count)
            CHECK(ranges.list.items[0].from == 1 && ranges.list.items[0].to == 2);
        ranges_free(&ranges);
    }
    delta_buf_free(&text);
}

/* ---- In a packed patch ---- */

struct sample {
    struct delta_arena *arena;
    const struct delta_value *base;
    const struct delta_patch *patch;
    struct packed_patch packed;
};

/* The text of the base comes in canonical form, or, but for its beginning, in another order. */
enum order { CANONICAL, OTHER };

/* An object of many members, to which one is added that begins as one far from it. */
static void make_sample(struct sample *sample, int level, enum order order) {
    struct delta_buf old = {0}, new = {0};
    struct delta_err err = {0};
    char far[200] = {0};
    uint64_t seed = 17;
    sample->arena = delta_arena_new();
    REQUIRE(sample->arena != NULL);
    char texts[3000][121] = {0};
    for (int i = 0; i < 3000; i++)
        for (int n = 0; n < 120; n++)
            texts[i][n] = "0123456789abcdef"[check_below(&seed, 16)];
    memcpy(far, texts[2500], 120);
    for (int i = 0; i < 3000; i++) {
        int key = order == OTHER && i >= 1000 ? 3999 - i : i;
        buf_printf(&old, "%s\"key-%04d\":\"%s\"", i ? "," : "{", key, texts[key]);
    }
    buf_put(&new, old.data, old.length);
    buf_printf(&new, ",\"key-0001+\":\"%s and more\"}", far);
    buf_put_char(&old, '}');
    /* In place, so that the text is known. */
    const char *text = reader_copy(sample->arena, old.data, old.length);
    REQUIRE(text != NULL);
    sample->base = delta_read_in_place(sample->arena, DELTA_USE_COMPARE | DELTA_USE_DIGEST, text,
                                       old.length, NULL, &err);
    const struct delta_value *value = delta_read(sample->arena, new.data, new.length, NULL, &err);
    struct prefix *prefix = prefix_new(sample->arena, sample->base, level);
    REQUIRE(sample->base && value && prefix);
    sample->patch = diff_values(sample->arena, sample->base, value, NULL, &err);
    REQUIRE(sample->patch != NULL);
    CHECK_EQ_INT(packed_patch_close(sample->arena, sample->patch, sample->base, prefix, level,
                                    &sample->packed, &err),
                 0);
    prefix_free(prefix);
    delta_buf_free(&old);
    delta_buf_free(&new);
}

static bool opens(const struct sample *sample, const struct packed_patch *packed,
                  struct delta_err *err) {
    struct byte_span none = {0};
    *err = (struct delta_err){0};
    return packed_patch_open(sample->arena, packed, sample->base, none, 1 << 20, err) != NULL;
}

static void packed_with_excerpts(void) {
    static const int levels[] = {1, 9, 19};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        struct sample sample = {0};
        struct delta_err err = {0};
        struct delta_buf bytes = {0}, again = {0};
        struct packed_patch read;
        check_row("level %d", levels[i]);
        make_sample(&sample, levels[i], CANONICAL);
        CHECK(sample.packed.excerpts.length != 0);
        CHECK(packed_patch_length(&sample.packed) < 60); /* 120 digits take 60 */
        packed_patch_put(&sample.packed, &bytes);
        CHECK_EQ_INT(bytes.length, packed_patch_size(&sample.packed));
        struct varint_cursor cursor = varint_cursor(bytes.data, bytes.length);
        REQUIRE(packed_patch_get(&cursor, &read, &err) == 0);
        CHECK_EQ_INT(varint_left(&cursor), 0);
        packed_patch_put(&read, &again);
        CHECK_EQ_MEM(again.data, again.length, bytes.data, bytes.length);
        struct byte_span none = {0};
        const struct delta_patch *patch =
            packed_patch_open(sample.arena, &read, sample.base, none, 1 << 20, &err);
        CHECK(patch && spelled_same_patch(sample.arena, patch, sample.patch));
        for (size_t cut = 0; cut < bytes.length; cut++) {
            cursor = varint_cursor(bytes.data, cut);
            CHECK_EQ_INT(packed_patch_get(&cursor, &read, &err), -1);
        }
        delta_buf_free(&bytes);
        delta_buf_free(&again);
        delta_arena_free(sample.arena);
    }
}

/* A base in a text that is as long as its canonical form, and begins so. */
static void excerpts_of_another_order(void) {
    struct sample one = {0}, other = {0};
    struct delta_buf bytes = {0}, others = {0};
    struct delta_err err = {0};
    make_sample(&one, 9, CANONICAL);
    make_sample(&other, 9, OTHER);
    packed_patch_put(&one.packed, &bytes);
    packed_patch_put(&other.packed, &others);
    CHECK_EQ_MEM(others.data, others.length, bytes.data, bytes.length);
    CHECK(opens(&one, &other.packed, &err));
    delta_buf_free(&bytes);
    delta_buf_free(&others);
    delta_arena_free(one.arena);
    delta_arena_free(other.arena);
}

/* Excerpts that a base does not have, or that lead to something else. */
static void forged_excerpts(void) {
    static const struct {
        const char *what;
        const char *bytes;
        size_t length;
        const char *says;
    } rows[] = {
        {"none", "\x00", 1, "excerpts"},
        {"behind the base", "\x01\x80\x40", 3, "excerpts"},
        {"longer than the base", "\x01\x03\x80\x10", 4, "excerpts"},
        {"cut", "\x02\x00", 2, "excerpts"},
        {"others than it was made with", "\x01\x00", 2, ""},
    };
    struct sample sample = {0};
    make_sample(&sample, 9, CANONICAL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct packed_patch forged = sample.packed;
        struct delta_err err;
        forged.excerpts = (struct byte_span){rows[i].bytes, rows[i].length};
        check_row("%s", rows[i].what);
        CHECK(!opens(&sample, &forged, &err));
        CHECK_EQ_INT(err.code, DELTA_ERR_DAMAGED);
        CHECK(strstr(err.text, rows[i].says) != NULL);
    }
    struct packed_patch forged = sample.packed;
    struct delta_err err;
    forged.excerpts.length = 0;
    CHECK(!opens(&sample, &forged, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_DAMAGED);
    CHECK(opens(&sample, &sample.packed, &err));
    delta_arena_free(sample.arena);
}

int main(void) {
    RUN(ranges_round_trip);
    RUN(refused_ranges);
    RUN(parts_of_the_form);
    RUN(found_excerpts);
    RUN(worth_of_an_excerpt);
    RUN(packed_with_excerpts);
    RUN(excerpts_of_another_order);
    RUN(forged_excerpts);
    return check_done();
}
