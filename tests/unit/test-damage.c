/* Damaged and forged records: every bit flipped, every cut, lengths that lie. Whatever is done to a
 * record, it makes the state that it promises or fails. */
#include "base/hash.h"
#include "base/varint.h"
#include "record/record.h"
#include "tests/unit/spelled.h"
#include "json/reader.h"

#include <endian.h>

/* States whose records have something of everything. */
static const char OLD[] =
    "{\"name\":\"delta\",\"list\":[1,2,3,{\"id\":7,\"on\":true,\"tag\":\"x\"},5],\"gone\":null,"
    "\"text\":\"The quick brown fox jumps over the lazy dog, and over the fence behind it.\"}";
static const char NEW[] =
    "{\"name\":\"delta\\u0000\",\"list\":[5,1,2,3,{\"id\":7,\"on\":false,\"tag\":\"x\"}],"
    "\"more\":{\"a\":[1e400,-0]},"
    "\"text\":\"The quick brown fox leaps over the lazy dog, and over the fence behind it.\"}";

/* The kinds of records that there are. */
static const struct kind {
    const char *name;
    struct delta_diff_options options;
} kinds[] = {
    {"json dict", {.strategy = DELTA_DICT}},
    {"json reversible", {.reversible = true, .include_unchanged = true}},
    {"json none", {.strategy = DELTA_NONE}},
    {"json compress", {.strategy = DELTA_COMPRESS}},
    {"json reference", {.strategy = DELTA_REFERENCE}},
    {"json binary", {.strategy = DELTA_BINARY}},
    {"packed dict", {.strategy = DELTA_DICT, .packed = true}},
    {"packed standalone", {.strategy = DELTA_DICT, .packed = true, .standalone = true}},
    {"packed reversible", {.packed = true, .reversible = true, .include_unchanged = true}},
    {"packed none", {.strategy = DELTA_NONE, .packed = true}},
    {"packed compress", {.strategy = DELTA_COMPRESS, .packed = true}},
    {"packed reference", {.strategy = DELTA_REFERENCE, .packed = true}},
    {"packed binary", {.strategy = DELTA_BINARY, .packed = true}},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct states {
    struct delta_arena *arena;
    const struct delta_value *old_state, *new_state;
};

static struct states make_states(void) {
    struct delta_arena *arena = delta_arena_new();
    return (struct states){arena, spelled_value(arena, OLD), spelled_value(arena, NEW)};
}

/* The bytes of a record of this kind, without a newline at the end. */
static struct delta_buf make_record(const struct states *states, const struct kind *kind) {
    struct delta_diff_options options = kind->options;
    struct delta_record_format format = {.packed = options.packed,
                                         .standalone = options.standalone};
    struct delta_buf bytes = {0};
    struct delta_err err = {0};
    options.has_timestamp = true;
    options.timestamp = 1700000000123456789;
    options.metadata = spelled_value(states->arena, "{\"who\":\"me\",\"why\":[\"\\n\"]}");
    const struct delta_record *record =
        delta_diff(states->arena, states->old_state, states->new_state, &options, &err);
    CHECK(record && delta_record_write(record, states->old_state, &format, &bytes, &err) == 0);
    if (bytes.length && !options.packed)
        bytes.length--;
    return bytes;
}

enum outcome { REFUSED, MADE, MADE_WRONG };

/* Reads every record of the bytes and applies them in order, both ways; what is made must be the
 * new state, and the old one. The bytes are followed by the padding and nothing more. */
static enum outcome use(const struct states *states, const char *bytes, size_t length,
                        struct delta_err *err) {
    struct delta_arena *arena = delta_arena_new();
    char *copy = calloc(1, length + READER_PADDING);
    enum outcome outcome = REFUSED;
    size_t offset = 0, records = 0;
    const struct delta_record *record;
    const struct delta_value *made = states->old_state;
    memcpy(copy, bytes, length);
    while (made && (record = delta_record_read(arena, copy, length, &offset, 0, NULL, err))) {
        made = delta_apply(arena, record, made, NULL, NULL, err);
        records++;
        const struct delta_value *back = NULL;
        if (made && record_is_reversible(record))
            back = delta_apply(arena, record, made, &(struct delta_apply_options){.reverse = true},
                               NULL, err);
        if (back && !delta_value_equal(back, states->old_state))
            outcome = MADE_WRONG;
    }
    if (made && records && err->code == DELTA_OK)
        outcome = outcome == MADE_WRONG || !delta_value_equal(made, states->new_state) ? MADE_WRONG
                                                                                       : MADE;
    free(copy);
    delta_arena_free(arena);
    return outcome;
}

/* ---- Accidents ---- */

static void every_bit_flipped(void) {
    struct states states = make_states();
    for (size_t k = 0; k < KINDS; k++) {
        struct delta_buf bytes = make_record(&states, &kinds[k]);
        unsigned harmless = 0;
        for (size_t bit = 0; bit < 8 * bytes.length; bit++) {
            struct delta_err err = {0};
            bytes.data[bit / 8] = (char)(bytes.data[bit / 8] ^ 1 << bit % 8);
            check_row("%s, bit %zu of byte %zu", kinds[k].name, bit % 8, bit / 8);
            enum outcome outcome = use(&states, bytes.data, bytes.length, &err);
            CHECK(outcome != MADE_WRONG);
            CHECK(outcome != REFUSED || (err.code != DELTA_OK && err.text[0]));
            harmless += outcome == MADE;
            bytes.data[bit / 8] = (char)(bytes.data[bit / 8] ^ 1 << bit % 8);
        }
        /* Of JSON, only what is another spelling of the same: hex digits of the other case. */
        check_row("%s, flips that do no harm", kinds[k].name);
        CHECK(harmless <= (kinds[k].options.packed ? 0u : 32u));
        delta_buf_free(&bytes);
    }
    delta_arena_free(states.arena);
}

static void every_cut(void) {
    struct states states = make_states();
    for (size_t k = 0; k < KINDS; k++) {
        struct delta_buf bytes = make_record(&states, &kinds[k]);
        for (size_t length = 0; length < bytes.length; length++) {
            struct delta_err err = {0};
            check_row("%s, cut at %zu", kinds[k].name, length);
            CHECK_EQ_INT(use(&states, bytes.data, length, &err), REFUSED);
            CHECK_EQ_INT(err.code == DELTA_OK, length == 0);
            if (kinds[k].options.packed && length)
                CHECK_EQ_INT(err.code, DELTA_ERR_TRUNCATED);
        }
        delta_buf_free(&bytes);
    }
    delta_arena_free(states.arena);
}

/* Bytes set to others, runs of them removed, doubled or exchanged. */
static void other_accidents(void) {
    struct states states = make_states();
    uint64_t seed = check_seed();
    for (size_t k = 0; k < KINDS; k++) {
        struct delta_buf whole = make_record(&states, &kinds[k]);
        char *bytes = malloc(2 * whole.length + 1);
        for (int round = 0; round < check_rounds(800); round++) {
            struct delta_err err = {0};
            size_t length = whole.length;
            uint32_t at = check_below(&seed, (uint32_t)length);
            uint32_t count = 1 + check_below(&seed, (uint32_t)length - at);
            memcpy(bytes, whole.data, length);
            switch (check_below(&seed, 4)) {
            case 0:
                bytes[at] = (char)check_random(&seed);
                break;
            case 1:
                memmove(bytes + at, bytes + at + count, length - at - count);
                length -= count;
                break;
            case 2:
                memmove(bytes + at + count, bytes + at, length - at);
                length += count;
                break;
            default:
                memset(bytes + at, (int)check_below(&seed, 2) * 255, count);
                break;
            }
            check_row("%s, round %d", kinds[k].name, round);
            CHECK(use(&states, bytes, length, &err) != MADE_WRONG);
        }
        free(bytes);
        delta_buf_free(&whole);
    }
    delta_arena_free(states.arena);
}

/* ---- Forgeries: the checksum is right ---- */

static void seal(struct delta_buf *bytes) {
    uint64_t checksum = htole64(hash_bytes64(bytes->data, bytes->length, 0));
    buf_put(bytes, &checksum, sizeof checksum);
}

static void every_bit_flipped_and_sealed(void) {
    struct states states = make_states();
    for (size_t k = 0; k < KINDS; k++) {
        if (!kinds[k].options.packed)
            continue;
        struct delta_buf bytes = make_record(&states, &kinds[k]);
        size_t payload = bytes.length - 8;
        for (size_t bit = 0; bit < 8 * payload; bit++) {
            struct delta_err err = {0};
            bytes.data[bit / 8] = (char)(bytes.data[bit / 8] ^ 1 << bit % 8);
            bytes.length = payload;
            seal(&bytes);
            check_row("%s, bit %zu of byte %zu", kinds[k].name, bit % 8, bit / 8);
            enum outcome outcome = use(&states, bytes.data, bytes.length, &err);
            /* Without the flag of a target nothing is promised; with it, it is kept. */
            CHECK(outcome != MADE_WRONG || bit / 8 <= 5);
            bytes.data[bit / 8] = (char)(bytes.data[bit / 8] ^ 1 << bit % 8);
        }
        delta_buf_free(&bytes);
    }
    delta_arena_free(states.arena);
}

struct forged {
    const char *name;
    const char *hex; /* after the magic; spaces are passed over */
    enum delta_code code;
    const char *says;
};

/* version flags strategy original-size … */
static const struct forged forgeries[] = {
    {"the next version", "04 00 05 02 02 5b5d", DELTA_ERR_UNSUPPORTED,
     "version 4; this program reads version 3"},
    {"the version before", "02 00 05 02 02 5b5d", DELTA_ERR_UNSUPPORTED, "version 2;"},
    {"version 0", "00 00 05 02 02 5b5d", DELTA_ERR_UNSUPPORTED, "version 0"},
    {"the reserved flag", "03 80 05 02 02 5b5d", DELTA_ERR_UNSUPPORTED, "reserved"},
    {"strategy 0", "03 00 00 02 02 5b5d", DELTA_ERR_UNSUPPORTED, "reserved"},
    {"strategy 7", "03 00 07 02 02 5b5d", DELTA_ERR_UNSUPPORTED, "reserved"},
    {"a way back for bytes", "03 20 05 02 02 5b5d", DELTA_ERR_UNSUPPORTED, "reserved"},
    {"a patch's reserved bit", "03 00 01 02 88 01 00 00", DELTA_ERR_UNSUPPORTED, "reserved"},
    {"excerpts without a part of the base", "03 00 01 02 4c 01 01 01 00 0000",
     DELTA_ERR_UNSUPPORTED, "reserved"},
    {"excerpts and no surroundings", "03 00 01 02 4e 01 01 01 00 01 00 0000", DELTA_ERR_UNSUPPORTED,
     "reserved"},
    {"a list of no excerpts", "03 00 01 02 4e 01 01 01 01 00 00 00", DELTA_ERR_DAMAGED, "excerpts"},
    {"neighbours without positions", "03 00 01 02 20 01 00 00", DELTA_ERR_UNSUPPORTED, "reserved"},
    {"columns without positions", "03 00 01 02 10 01 00 00", DELTA_ERR_UNSUPPORTED, "reserved"},
    {"surroundings without positions", "03 00 01 02 06 01 01 01 10 0000", DELTA_ERR_UNSUPPORTED,
     "reserved"},
    {"a time in a unit there is not", "03 01 05 04 00 02 02 5b5d", DELTA_ERR_DAMAGED, "time"},
    {"a time past 64 bits", "03 01 05 00 ffffffffffffffffff01 02 02 5b5d", DELTA_ERR_DAMAGED,
     "time"},
    {"metadata that is no object", "03 08 05 02 02 5b5d 02 5b5d", DELTA_ERR_DAMAGED, "object"},
    {"metadata that is no JSON", "03 08 05 02 01 7b 02 5b5d", DELTA_ERR_DAMAGED, "not valid JSON"},
    {"a state that is no JSON", "03 00 05 02 02 5b7d", DELTA_ERR_DAMAGED, "not valid JSON"},
    {"two states", "03 00 05 02 04 5b5d5b5d", DELTA_ERR_DAMAGED, "not valid JSON"},
    {"a removal with a target", "03 04 06 00000000000000000000000000000000 00",
     DELTA_ERR_UNSUPPORTED, "reserved"},
    {"a run of 2^60 bytes", "03 00 05 02 808080808080808010 5b5d", DELTA_ERR_TRUNCATED,
     "truncated"},
    {"a number past 64 bits", "03 00 05 02 ffffffffffffffffff7f 5b5d", DELTA_ERR_TRUNCATED,
     "truncated"},
    {"a number longer than it need be", "03 00 05 8200 02 5b5d", DELTA_ERR_TRUNCATED, "truncated"},
    {"a patch of 2^40 bytes of content", "03 00 01 02 02 01 808080808040 04 00 00010000",
     DELTA_ERR_LIMIT, "--max-size"},
    {"a patch of 2^31 bytes in eight", "03 00 01 02 02 01 8080808008 08 00 a000000080010000",
     DELTA_ERR_DAMAGED, ""},
    {"a patch that is no zstd", "03 00 01 02 02 01 05 03 00 ffffff", DELTA_ERR_DAMAGED, ""},
    {"a patch of fewer bytes than it states", "03 00 01 02 02 01 05 06 00 200109000078",
     DELTA_ERR_DAMAGED, "wrong length"},
    {"an empty patch", "03 00 01 02 00 00 00", DELTA_ERR_DAMAGED, "packed patch"},
    {"operations of 2^40 bytes", "03 00 01 02 01 808080808040 04 00 00010000", DELTA_ERR_LIMIT,
     "--max-size"},
    {"a part of the base without positions", "03 00 01 02 06 01 01 01 00 0000",
     DELTA_ERR_UNSUPPORTED, "reserved"},
    {"surroundings too wide", "03 00 01 02 0e 01 02 02 41 00 0000", DELTA_ERR_UNSUPPORTED,
     "reserved"},
    {"a value that is not taken", "03 00 01 02 00 01 01 00 31", DELTA_ERR_DAMAGED, "trailing"},
    {"values that close their array", "03 00 01 02 00 01 05 01 315d2c5b32", DELTA_ERR_DAMAGED,
     "invalid values"},
    {"unchanged members bound to a base", "03 40 05 02 02 5b5d 04 02 7b7d", DELTA_ERR_UNSUPPORTED,
     "reserved"},
    {"unchanged members that are no object", "03 40 05 02 02 5b5d 00 02 5b5d", DELTA_ERR_DAMAGED,
     "object"},
    {"unchanged members beside a prefix", "03 40 05 02 02 5b5d 02 02 02 7b7d",
     DELTA_ERR_UNSUPPORTED, "reserved"},
    {"a chunk's unknown encoding", "03 40 05 02 02 5b5d 03 02 02 7b7d", DELTA_ERR_UNSUPPORTED,
     "reserved"},
    {"a chunk's reserved bit", "03 40 05 02 02 5b5d 08 02 7b7d", DELTA_ERR_UNSUPPORTED, "reserved"},
    {"the lowest reserved flag", "03 8004 05 02 02 5b5d", DELTA_ERR_UNSUPPORTED, "reserved"},
    {"a key that is no string", "03 8001 05 01 31 02 02 5b5d", DELTA_ERR_DAMAGED,
     "the key is not a string"},
    {"a key that is no JSON", "03 8001 05 01 7b 02 02 5b5d", DELTA_ERR_DAMAGED, "not valid JSON"},
    {"a source that is no string", "03 8002 05 01 31 07 02 02 5b5d", DELTA_ERR_DAMAGED,
     "the source is not a string"},
    {"an empty source", "03 8002 05 02 2222 07 02 02 5b5d", DELTA_ERR_DAMAGED,
     "the source is empty"},
    {"a position that ends early", "03 8002 05 02 2241", DELTA_ERR_DAMAGED, ""},
};

static void forged_packed(void) {
    for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf bytes = {0};
        struct delta_err err = {0};
        size_t offset = 0;
        buf_put_text(&bytes, "\x9d"
                             "dr");
        for (const char *at = forgeries[i].hex; *at; at++) {
            unsigned byte;
            if (*at != ' ' && sscanf(at++, "%2x", &byte) == 1)
                buf_put_char(&bytes, (char)byte);
        }
        seal(&bytes);
        size_t length = bytes.length;
        buf_reserve(&bytes, READER_PADDING);
        memset(bytes.data + length, 0, READER_PADDING);
        check_row("%s", forgeries[i].name);
        CHECK(delta_record_read(arena, bytes.data, length, &offset, 0, NULL, &err) == NULL);
        CHECK_EQ_INT(err.code, forgeries[i].code);
        if (!strstr(err.text, forgeries[i].says))
            check_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", err.text,
                       forgeries[i].says);
        delta_buf_free(&bytes);
        delta_arena_free(arena);
    }
}

/* JSON records, given without their checksum. */
static const struct forged forged_texts[] = {
    {"the next version", "\"format\":\"delta-record/2\",\"strategy\":\"dict\"",
     DELTA_ERR_UNSUPPORTED, "delta-record/1"},
    {"a strategy there is not", "\"format\":\"delta-record/1\",\"strategy\":\"auto\"",
     DELTA_ERR_DAMAGED, "unknown strategy"},
    {"no strategy", "\"format\":\"delta-record/1\"", DELTA_ERR_DAMAGED, "unknown strategy"},
    {"an unknown member", "\"format\":\"delta-record/1\",\"strategy\":\"dict\",\"x\":1",
     DELTA_ERR_DAMAGED, "unknown member"},
    {"a payload for dict",
     "\"format\":\"delta-record/1\",\"strategy\":\"dict\",\"encoding\":\"base64\",\"payload\":\"\"",
     DELTA_ERR_DAMAGED, "different strategy"},
    {"changes for none", "\"format\":\"delta-record/1\",\"strategy\":\"none\",\"changes\":{}",
     DELTA_ERR_DAMAGED, "different strategy"},
    {"a way back for none",
     "\"format\":\"delta-record/1\",\"strategy\":\"none\",\"value\":1,\"reverse\":{}",
     DELTA_ERR_DAMAGED, "different strategy"},
    {"none without a state", "\"format\":\"delta-record/1\",\"strategy\":\"none\"",
     DELTA_ERR_DAMAGED, "missing"},
    {"compress without a payload",
     "\"format\":\"delta-record/1\",\"strategy\":\"compress\",\"encoding\":\"base64\"",
     DELTA_ERR_DAMAGED, "missing"},
    {"another encoding",
     "\"format\":\"delta-record/"
     "1\",\"strategy\":\"compress\",\"encoding\":\"hex\",\"payload\":\"\"",
     DELTA_ERR_DAMAGED, "base64"},
    {"a payload that is no base64",
     "\"format\":\"delta-record/1\",\"strategy\":\"compress\",\"encoding\":\"base64\","
     "\"payload\":\"A\"",
     DELTA_ERR_DAMAGED, ""},
    {"a time that is no number",
     "\"format\":\"delta-record/1\",\"strategy\":\"dict\",\"timestamp\":\"1\"", DELTA_ERR_DAMAGED,
     "invalid timestamp"},
    {"a time too large",
     "\"format\":\"delta-record/1\",\"strategy\":\"dict\",\"timestamp\":99999999999999999999",
     DELTA_ERR_DAMAGED, "invalid timestamp"},
    {"a time with an exponent",
     "\"format\":\"delta-record/1\",\"strategy\":\"dict\",\"timestamp\":1e9", DELTA_ERR_DAMAGED,
     "invalid timestamp"},
    {"a digest that is none", "\"format\":\"delta-record/1\",\"strategy\":\"dict\",\"base\":\"12\"",
     DELTA_ERR_DAMAGED, "invalid digest"},
    {"metadata that is no object",
     "\"format\":\"delta-record/1\",\"strategy\":\"dict\",\"metadata\":[]", DELTA_ERR_DAMAGED,
     "object"},
    {"a size that is none",
     "\"format\":\"delta-record/1\",\"strategy\":\"dict\",\"original_size\":-1", DELTA_ERR_DAMAGED,
     "bytes"},
    {"masked is not true", "\"format\":\"delta-record/1\",\"strategy\":\"dict\",\"masked\":false",
     DELTA_ERR_DAMAGED, "true"},
    {"two kinds of patch",
     "\"format\":\"delta-record/1\",\"strategy\":\"dict\",\"changes\":{},\"value\":1",
     DELTA_ERR_DAMAGED, "invalid patch"},
    {"a run past the end",
     "\"format\":\"delta-record/1\",\"strategy\":\"dict\",\"length\":2,\"elements\":[[1,2]]",
     DELTA_ERR_DAMAGED, "outside"},
    {"a run of 2^64",
     "\"format\":\"delta-record/1\",\"strategy\":\"dict\",\"length\":2,"
     "\"elements\":[[0,18446744073709551616]]",
     DELTA_ERR_DAMAGED, "invalid patch"},
};

static void put_checksum(struct delta_buf *text, struct delta_arena *arena, const char *members) {
    char digest[DELTA_DIGEST_TEXT];
    buf_printf(text, "{%s}", members);
    const struct delta_value *value = delta_read(arena, text->data, text->length, NULL, NULL);
    if (value) {
        delta_digest_format(delta_value_digest(value), digest);
        text->length = 0;
        buf_printf(text, "{%s,\"checksum\":\"%s\"}", members, digest);
    }
    size_t length = text->length;
    buf_reserve(text, READER_PADDING);
    memset(text->data + length, 0, READER_PADDING);
}

static void forged_json(void) {
    for (size_t i = 0; i < sizeof forged_texts / sizeof *forged_texts; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf text = {0};
        struct delta_err err = {0};
        size_t offset = 0;
        put_checksum(&text, arena, forged_texts[i].hex);
        check_row("%s", forged_texts[i].name);
        CHECK(delta_record_read(arena, text.data, text.length, &offset, 0, NULL, &err) == NULL);
        CHECK_EQ_INT(err.code, forged_texts[i].code);
        if (!strstr(err.text, forged_texts[i].says))
            check_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", err.text,
                       forged_texts[i].says);
        delta_buf_free(&text);
        delta_arena_free(arena);
    }
}

/* Values deeper than a state, which a record has room for, in each place where one may stand. */
static void forged_depth(void) {
    static const struct {
        const char *name, *before, *after;
    } rows[] = {
        {"a state", "\"strategy\":\"none\",\"value\":", ""},
        {"a member", "\"strategy\":\"dict\",\"changes\":{\"a\":", "}"},
        {"the whole value", "\"strategy\":\"dict\",\"value\":", ""},
        {"an element", "\"strategy\":\"dict\",\"length\":0,\"elements\":[{\"insert\":[", "]}]"},
        {"metadata", "\"strategy\":\"dict\",\"metadata\":{\"a\":", "}"},
        {"unchanged", "\"strategy\":\"dict\",\"unchanged\":{\"a\":", "}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf members = {0}, text = {0};
        struct delta_err err = {0};
        size_t offset = 0;
        buf_printf(&members, "\"format\":\"delta-record/1\",%s", rows[i].before);
        for (int level = 0; level <= DELTA_MAX_DEPTH; level++)
            buf_put_char(&members, '[');
        for (int level = 0; level <= DELTA_MAX_DEPTH; level++)
            buf_put_char(&members, ']');
        buf_put_text(&members, rows[i].after);
        buf_put_char(&members, '\0');
        /* The checksum is found by reading as deep as records are read. */
        buf_printf(&text, "{%s}", members.data);
        size_t length = text.length;
        buf_reserve(&text, READER_PADDING);
        memset(text.data + length, 0, READER_PADDING);
        const struct delta_value *value =
            reader_parse(arena, text.data, length, READER_RECORD_DEPTH, &err);
        check_row("%s", rows[i].name);
        REQUIRE(value);
        char digest[DELTA_DIGEST_TEXT];
        delta_digest_format(delta_value_digest(value), digest);
        struct delta_buf checksummed = {0};
        buf_printf(&checksummed, "{%s,\"checksum\":\"%s\"}", members.data, digest);
        length = checksummed.length;
        buf_reserve(&checksummed, READER_PADDING);
        memset(checksummed.data + length, 0, READER_PADDING);
        CHECK(delta_record_read(arena, checksummed.data, length, &offset, 0, NULL, &err) == NULL);
        CHECK(strstr(err.text, "too deep") != NULL);
        delta_buf_free(&members);
        delta_buf_free(&text);
        delta_buf_free(&checksummed);
        delta_arena_free(arena);
    }
}

int main(void) {
    RUN(every_bit_flipped);
    RUN(every_cut);
    RUN(other_accidents);
    RUN(every_bit_flipped_and_sealed);
    RUN(forged_packed);
    RUN(forged_json);
    RUN(forged_depth);
    return check_done();
}
