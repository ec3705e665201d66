/* Values: their digests, sizes, order and equality, and that reading what was written gives the
 * same value again. */
#include "base/hash.h"
#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"
#include "json/reader.h"
#include "json/value.h"

#include <endian.h>

/* ---- The digest, computed again from its definition ---- */

/* 16 bytes, low half first, each half little-endian. */
static void encode_digest(struct delta_digest digest, unsigned char out[16]) {
    for (int i = 0; i < 8; i++) {
        out[i] = (unsigned char)(digest.low >> (8 * i));
        out[8 + i] = (unsigned char)(digest.high >> (8 * i));
    }
}

static struct delta_digest digest_again(const struct delta_value *value) {
    unsigned char *parts;
    struct delta_digest digest, sum = {0, 0};
    switch ((enum delta_type)value->type) {
    case DELTA_NULL:
        return hash_bytes("null", 4, 'l');
    case DELTA_FALSE:
        return hash_bytes("false", 5, 'l');
    case DELTA_TRUE:
        return hash_bytes("true", 4, 'l');
    case DELTA_NUMBER:
        return hash_bytes(value->text, value->length, 'n');
    case DELTA_STRING:
        return hash_bytes(value->text, value->length, 's');
    case DELTA_ARRAY:
        parts = malloc(16 * (size_t)value->length + 1);
        for (uint32_t i = 0; i < value->length; i++)
            encode_digest(digest_again(&value_items(value)[i]), parts + 16 * (size_t)i);
        digest = hash_bytes(parts, 16 * (size_t)value->length, 'a');
        free(parts);
        return digest;
    case DELTA_OBJECT:
        break;
    }
    for (uint32_t i = 0; i < value->length; i++) {
        const struct value_member *member = &value_members(value)[i];
        unsigned char pair[32];
        encode_digest(hash_bytes(member->key->text, member->key->length, 's'), pair);
        encode_digest(digest_again(&member->value), pair + 16);
        digest = hash_bytes(pair, sizeof pair, 'm');
        uint64_t low = sum.low + digest.low;
        sum.high += digest.high + (low < sum.low);
        sum.low = low;
    }
    unsigned char spelled[16];
    encode_digest(sum, spelled);
    return hash_bytes(spelled, sizeof spelled, 'o');
}

static void digest_by_definition(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(4000); round++) {
        random.arena = delta_arena_new();
        struct delta_value value = random_value(&random, 4);
        CHECK(delta_digest_equal(digest_again(&value), delta_value_digest(&value)));
        delta_arena_free(random.arena);
    }
}

/* Around the sizes at which arrays are hashed in one piece or in several. */
static void digest_of_long_arrays(void) {
    for (uint32_t count = 0; count < 200; count++) {
        struct delta_arena *arena = delta_arena_new();
        struct value_array *array = value_array_open(arena, count);
        struct delta_value value;
        for (uint32_t i = 0; i < count; i++)
            CHECK(value_u64(arena, i * 7919u, &array->items[i], NULL) == 0);
        CHECK(value_array_close(array, count, &value, NULL) == 0);
        CHECK(delta_digest_equal(digest_again(&value), delta_value_digest(&value)));
        delta_arena_free(arena);
    }
}

/* Fixed for ever: files hold these. */
static void digests_known(void) {
    static const struct {
        const char *json, *digest;
    } rows[] = {
        {"null", "97e3f0273ac3faffc1dead5327c750d1"},
        {"false", "76a1f76af5b80991419052ff5d2f5262"},
        {"true", "95d4fa2ccfaf85b98f7b0e136cf54ab2"},
        {"0", "6d6ccceac959ff253cab78c603e36593"},
        {"-0", "43f3a137ce8421d41dc3e3c72674f564"},
        {"1.0", "af0575c5213d1052dc8925ee20095f0a"},
        {"\"\"", "a63c15891dabed173a6015e3dbb69217"},
        {"\"a\"", "7459c5c85a418fca9f448e6b44d39289"},
        {"\"\\ud800\"", "48c486a3cad3b532ecf4dca9ac8779ac"},
        {"[]", "0d0d4d773183f45d5c7ae7c4e764baa7"},
        {"{}", "3ffd4ceddd6dde81bd0c4627c2991a3a"},
        {"[1,2]", "4aa34cf905c135f43a2ba604b82350c7"},
        {"{\"a\":1,\"b\":[null,true]}", "fb572840a55bd1fa200f35023a0a99d5"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        char text[DELTA_DIGEST_TEXT];
        check_row("%s", rows[i].json);
        delta_digest_format(delta_value_digest(spelled_value(arena, rows[i].json)), text);
        CHECK_EQ_STR(text, rows[i].digest);
        delta_arena_free(arena);
    }
}

/* ---- Spelling a value in another way ---- */

static void put_space(struct random *random, struct delta_buf *buf) {
    static const char spaces[] = " \t\n\r";
    while (random_chance(random, 6))
        buf_put_char(buf, spaces[random_below(random, 4)]);
}

static void put_escape(struct random *random, struct delta_buf *buf, uint32_t unit) {
    buf_printf(buf, random_chance(random, 2) ? "\\u%04x" : "\\u%04X", unit);
}

/* A string with any character escaped, or not where it need not be. */
static void put_string(struct random *random, struct delta_buf *buf, const char *text,
                       uint32_t length) {
    buf_put_char(buf, '"');
    for (uint32_t at = 0; at < length;) {
        uint32_t code;
        size_t width = utf8_decode(text + at, &code);
        bool must = code < 0x20 || code == '"' || code == '\\' || (code >= 0xd800 && code < 0xe000);
        if (!must && !random_chance(random, 4))
            buf_put(buf, text + at, width);
        else if (code >= 0x10000) {
            put_escape(random, buf, 0xd800 + ((code - 0x10000) >> 10));
            put_escape(random, buf, 0xdc00 + ((code - 0x10000) & 0x3ff));
        } else if (code == '/' && random_chance(random, 2))
            buf_put_text(buf, "\\/");
        else if (code == '\n' && random_chance(random, 2))
            buf_put_text(buf, "\\n");
        else
            put_escape(random, buf, code);
        at += (uint32_t)width;
    }
    buf_put_char(buf, '"');
}

/* Members in any order, spaces and escapes anywhere. */
static void put_differently(struct random *random, struct delta_buf *buf,
                            const struct delta_value *value) {
    put_space(random, buf);
    if (value->type == DELTA_STRING) {
        put_string(random, buf, value->text, value->length);
    } else if (!value_is_container(value)) {
        writer_compact(value, buf);
    } else {
        bool is_object = value->type == DELTA_OBJECT;
        uint32_t start = value->length ? random_below(random, value->length) : 0;
        buf_put_char(buf, is_object ? '{' : '[');
        for (uint32_t i = 0; i < value->length; i++) {
            uint32_t at = is_object ? (i + start) % value->length : i;
            put_space(random, buf);
            if (i)
                buf_put_char(buf, ',');
            put_space(random, buf);
            if (is_object) {
                const struct value_key *key = value_members(value)[at].key;
                put_string(random, buf, key->text, key->length);
                put_space(random, buf);
                buf_put_char(buf, ':');
                put_differently(random, buf, &value_members(value)[at].value);
            } else {
                put_differently(random, buf, &value_items(value)[at]);
            }
        }
        put_space(random, buf);
        buf_put_char(buf, is_object ? '}' : ']');
    }
    put_space(random, buf);
}

static void another_spelling_is_the_same_value(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(6000); round++) {
        random.arena = delta_arena_new();
        struct delta_value value = random_value(&random, 4);
        struct delta_buf text = {0}, canonical = {0}, again = {0};
        struct delta_err err = {0};
        put_differently(&random, &text, &value);
        const struct delta_value *read =
            delta_read(random.arena, text.data, text.length, NULL, &err);
        writer_canonical(&value, &canonical);
        if (!read) {
            check_fail(__FILE__, __LINE__, "%s: %.300s", err.text, text.data);
        } else {
            writer_canonical(read, &again);
            CHECK(delta_value_equal(read, &value));
            CHECK(delta_value_equal(&value, read));
            CHECK(delta_digest_equal(delta_value_digest(read), delta_value_digest(&value)));
            CHECK_EQ_MEM(again.data, again.length, canonical.data, canonical.length);
        }
        delta_buf_free(&text);
        delta_buf_free(&canonical);
        delta_buf_free(&again);
        delta_arena_free(random.arena);
    }
}

/* ---- Writing and reading ---- */

static void check_layout(struct random *random, const struct delta_value *value,
                         enum delta_layout layout, unsigned step) {
    struct delta_buf text = {0}, again = {0};
    struct delta_err err = {0};
    CHECK(delta_write(value, layout, step, &text, &err) == 0);
    const struct delta_value *read = delta_read(random->arena, text.data, text.length, NULL, &err);
    if (!read) {
        check_fail(__FILE__, __LINE__, "%s: %.300s", err.text, text.data);
    } else {
        CHECK(delta_value_equal(read, value));
        CHECK_EQ_INT(read->height, value->height);
        CHECK(delta_write(read, layout, step, &again, &err) == 0);
        CHECK_EQ_MEM(again.data, again.length, text.data, text.length);
        CHECK_EQ_INT(delta_value_size(read), delta_value_size(value));
        if (layout == DELTA_CANONICAL)
            CHECK_EQ_INT(text.length, delta_value_size(value));
    }
    delta_buf_free(&text);
    delta_buf_free(&again);
}

static void reading_what_was_written(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(4000); round++) {
        random.arena = delta_arena_new();
        struct delta_value value = random_value(&random, 5);
        check_layout(&random, &value, DELTA_CANONICAL, 0);
        check_layout(&random, &value, DELTA_COMPACT, 0);
        check_layout(&random, &value, DELTA_INDENTED, random_below(&random, 9));
        delta_arena_free(random.arena);
    }
}

/* ---- Equality, order, lookup ---- */

static void equality_is_what_canonical_forms_say(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(6000); round++) {
        random.arena = delta_arena_new();
        struct delta_value a = random_value(&random, 3);
        struct delta_value b = random_change(&random, &a);
        struct delta_buf left = {0}, right = {0};
        writer_canonical(&a, &left);
        writer_canonical(&b, &right);
        bool same = left.length == right.length && memcmp(left.data, right.data, left.length) == 0;
        CHECK_EQ_INT(delta_value_equal(&a, &b), same);
        CHECK_EQ_INT(value_same(&a, &b), same);
        CHECK_EQ_INT(delta_digest_equal(delta_value_digest(&a), delta_value_digest(&b)), same);
        delta_buf_free(&left);
        delta_buf_free(&right);
        delta_arena_free(random.arena);
    }
}

static void what_differs_by_little(void) {
    static const char *const rows[] = {
        "null",
        "false",
        "true",
        "0",
        "-0",
        "0.0",
        "1",
        "1.0",
        "1e0",
        "\"\"",
        "\"0\"",
        "\"null\"",
        "[]",
        "[[]]",
        "[null]",
        "[0]",
        "[[],[]]",
        "[[[]]]",
        "{}",
        "[{}]",
        "{\"\":null}",
        "{\"\":{}}",
        "{\"a\":1}",
        "{\"a\":\"1\"}",
        "[\"a\",1]",
        "[[\"a\",1]]",
        "{\"b\":1}",
        "{\"a\":1,\"b\":2}",
        "{\"a\":2,\"b\":1}",
        "{\"a\":{\"b\":1}}",
        "{\"b\":{\"a\":1}}",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\udc00\"",
        "\"\\u0000\"",
        "\"\\u0000\\u0000\"",
        "\"a\"",
        "\"a\\u0000\"",
        "[\"a\",\"b\"]",
        "[\"b\",\"a\"]",
        "[\"ab\"]",
    };
    struct delta_arena *arena = delta_arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t j = 0; j < sizeof rows / sizeof *rows; j++) {
            check_row("%s and %s", rows[i], rows[j]);
            CHECK_EQ_INT(
                delta_value_equal(spelled_value(arena, rows[i]), spelled_value(arena, rows[j])),
                i == j);
        }
    delta_arena_free(arena);
}

static void canonical_order_of_keys(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(2000); round++) {
        random.arena = delta_arena_new();
        struct delta_value value = random_value(&random, 1);
        if (value.type == DELTA_OBJECT) {
            uint32_t *order = arena_array(random.arena, value.length, sizeof *order);
            value_order(&value, order);
            uint64_t seen = 0;
            for (uint32_t i = 0; i < value.length; i++) {
                const struct value_key *key = value_members(&value)[order[i]].key;
                seen |= (uint64_t)1 << order[i];
                if (i)
                    CHECK(value_key_compare(value_members(&value)[order[i - 1]].key, key) < 0);
                CHECK(value_member(&value, key) == &value_members(&value)[order[i]]);
            }
            CHECK_EQ_INT(seen, ((uint64_t)1 << value.length) - 1);
        }
        delta_arena_free(random.arena);
    }
}

/* Around the bounds of the ways to sort; keys that begin alike, are short, or end in zeros. */
static void canonical_order_of_many_keys(void) {
    static const uint32_t counts[] = {15, 16, 17, 511, 512, 513, 5000};
    static const char *const beginnings[] = {"", "a", "the same to here", "\0\0", "\xc3\xa9"};
    struct random random = {.seed = check_seed()};
    for (size_t n = 0; n < sizeof counts / sizeof *counts; n++) {
        for (uint32_t kind = 0; kind < 4; kind++) {
            check_row("%" PRIu32 " members, kind %" PRIu32, counts[n], kind);
            random.arena = delta_arena_new();
            struct value_member *members = arena_array(random.arena, counts[n], sizeof *members);
            for (uint32_t i = 0; i < counts[n]; i++) {
                char text[64] = {0};
                const char *first =
                    kind == 3 ? "the same to here" : beginnings[random_below(&random, 5)];
                int length = snprintf(text, sizeof text, "%s", first);
                if (kind == 2) /* so many zeros more, and all of them distinct */
                    length += (int)(i % 40);
                length += snprintf(text + length, sizeof text - (size_t)length, "%0*" PRIu32,
                                   kind == 1 ? 9 : 1, i * 7919 % 100003);
                members[i].key = value_key(
                    random.arena, arena_copy(random.arena, text, (size_t)length), (uint32_t)length);
                members[i].value = value_literal(DELTA_NULL);
            }
            struct delta_value value;
            REQUIRE(value_object(random.arena, members, counts[n], &value, NULL) == 0);
            uint32_t *order = arena_array(random.arena, counts[n], sizeof *order);
            bool *seen = arena_array(random.arena, counts[n], sizeof *seen);
            memset(seen, 0, counts[n] * sizeof *seen);
            members = (struct value_member *)(uintptr_t)value_members(&value);
            value_order(&value, order);
            for (uint32_t i = 0; i < counts[n]; i++) {
                CHECK(order[i] < counts[n] && !seen[order[i]]);
                seen[order[i]] = true;
                if (i)
                    CHECK(value_key_compare(members[order[i - 1]].key, members[order[i]].key) < 0);
            }
            delta_arena_free(random.arena);
        }
    }
}

static void whole_numbers(void) {
    static const struct {
        const char *json;
        bool is;
        uint64_t number;
    } rows[] = {
        {"0", true, 0},
        {"17", true, 17},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"99999999999999999999999", false, 0},
        {"-1", false, 0},
        {"-0", false, 0},
        {"1.0", false, 0},
        {"1e2", false, 0},
        {"\"1\"", false, 0},
        {"true", false, 0},
        {"[]", false, 0},
    };
    struct delta_arena *arena = delta_arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t number = 0;
        check_row("%s", rows[i].json);
        CHECK_EQ_INT(value_to_u64(spelled_value(arena, rows[i].json), &number), rows[i].is);
        CHECK(!rows[i].is || number == rows[i].number);
        struct delta_value again;
        if (rows[i].is && value_u64(arena, number, &again, NULL) == 0)
            CHECK_EQ_STR(written_out(arena, &again), rows[i].json);
    }
    delta_arena_free(arena);
}

/* Each byte at each place of texts that end in, at and after the second word of eight; and the one
 * pair of bytes that begins a surrogate. */
static void what_needs_an_escape(void) {
    for (uint32_t length = 15; length <= 17; length++)
        for (uint32_t at = 0; at < length; at++)
            for (int byte = 0; byte < 256; byte++) {
                char text[18] = "the same all over";
                text[at] = (char)byte;
                bool plain = byte >= 0x20 && byte != '"' && byte != '\\';
                check_row("byte %02x at %u of %u", (unsigned)byte, at, length);
                CHECK_EQ_INT(value_string(text, length).flags & VALUE_PLAIN, plain);
                if (byte != 0xed || at + 1 == length)
                    continue;
                text[at + 1] = '\x9f';
                CHECK_EQ_INT(value_string(text, length).flags & VALUE_PLAIN, 1);
                text[at + 1] = '\xa0';
                CHECK_EQ_INT(value_string(text, length).flags & VALUE_PLAIN, 0);
            }
}

int main(void) {
    RUN(digest_by_definition);
    RUN(digest_of_long_arrays);
    RUN(digests_known);
    RUN(another_spelling_is_the_same_value);
    RUN(reading_what_was_written);
    RUN(equality_is_what_canonical_forms_say);
    RUN(what_differs_by_little);
    RUN(canonical_order_of_keys);
    RUN(canonical_order_of_many_keys);
    RUN(whole_numbers);
    RUN(what_needs_an_escape);
    return check_done();
}
