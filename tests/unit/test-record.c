/* Records: what is written is read again, in both spellings and in streams of both; what they do
 * is checked against digests; and damage is always found out. */
#include "record/record.h"
#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"
#include "json/reader.h"

enum { RECORDS = 3000 };

/* Bytes followed by the padding and nothing more, so that a read past it is seen by ASan. */
static char *padded(const char *bytes, size_t length) {
    char *copy = calloc(1, length + READER_PADDING);
    if (length)
        memcpy(copy, bytes, length);
    return copy;
}

/* ---- Both spellings ---- */

static struct delta_diff_options random_options(struct random *random, struct delta_value *key,
                                                struct delta_value *metadata) {
    static const enum delta_strategy strategies[] = {DELTA_AUTO,      DELTA_AUTO,     DELTA_DICT,
                                                     DELTA_REFERENCE, DELTA_COMPRESS, DELTA_NONE,
                                                     DELTA_BINARY};
    struct delta_diff_options options = {
        .strategy = strategies[random_below(random, 7)],
        .packed = random_chance(random, 2),
        .level = 1 + (int)random_below(random, 4),
        .standalone = random_chance(random, 3),
        .include_unchanged = random_chance(random, 4),
        .shallow = random_chance(random, 8),
        .has_timestamp = random_chance(random, 2),
    };
    options.reversible = options.strategy <= DELTA_DICT && random_chance(random, 3);
    if (options.has_timestamp) {
        static const int64_t units[] = {1000000000, 1000000, 1000, 1};
        options.timestamp = ((int64_t)random_below(random, 2000000000) - 1000000000) *
                            units[random_below(random, 4)];
    }
    *key = random_prose(random, random_below(random, 4));
    if (random_chance(random, 2))
        options.key = key;
    if (random_chance(random, 2)) {
        options.source = delta_value_string_of(random->arena, "a\"/ü\n", NULL);
        options.seq = random_chance(random, 3) ? UINT64_MAX : random_below(random, 1000);
    }
    *metadata = random_value(random, 2);
    if (metadata->type == DELTA_OBJECT)
        options.metadata = metadata;
    return options;
}

static void check_info(const struct delta_record *read, const struct delta_diff_options *options,
                       const struct delta_value *a, const struct delta_value *b) {
    struct delta_record_info info;
    delta_record_info(read, &info);
    CHECK(options->strategy == DELTA_AUTO || info.strategy == options->strategy);
    CHECK_EQ_INT(info.has_timestamp, options->has_timestamp);
    CHECK_EQ_INT(info.timestamp, options->timestamp);
    CHECK_EQ_INT(info.key != NULL, options->key != NULL);
    if (info.key && options->key)
        CHECK(delta_value_equal(info.key, options->key));
    CHECK_EQ_INT(info.source != NULL, options->source != NULL);
    if (info.source && options->source)
        CHECK(delta_value_equal(info.source, options->source));
    CHECK(info.seq == options->seq);
    CHECK(info.has_base && delta_digest_equal(info.base, delta_value_digest(a)));
    CHECK(info.has_target && delta_digest_equal(info.target, delta_value_digest(b)));
    CHECK_EQ_INT(info.original_size, delta_value_size(b));
    CHECK_EQ_INT(info.reversible, options->reversible);
    bool has_metadata = options->metadata && options->metadata->length;
    CHECK_EQ_INT(info.metadata != NULL, has_metadata);
    if (info.metadata && has_metadata)
        CHECK(delta_value_equal(info.metadata, options->metadata));
    bool objects = a->type == DELTA_OBJECT && b->type == DELTA_OBJECT;
    CHECK_EQ_INT(read->unchanged != NULL, options->include_unchanged && objects);
}

static void check_use(struct delta_arena *arena, const struct delta_record *record,
                      const struct delta_value *a, const struct delta_value *b, bool reversible) {
    struct delta_err err = {0};
    struct delta_apply_options back = {.reverse = true};
    bool as_promised = false;
    const struct delta_value *made = delta_apply(arena, record, a, NULL, &as_promised, &err);
    if (!made)
        check_fail(__FILE__, __LINE__, "%s %s", err.pointer, err.text);
    CHECK(made && as_promised && delta_value_equal(made, b));
    if (reversible) {
        made = delta_apply(arena, record, b, &back, &as_promised, &err);
        CHECK(made && as_promised && delta_value_equal(made, a));
    } else {
        CHECK(!delta_apply(arena, record, b, &back, NULL, &err) &&
              err.code == DELTA_ERR_UNSUPPORTED);
    }
}

static const struct delta_record *read_one(struct delta_arena *arena, const char *bytes,
                                           size_t length, struct delta_err *err) {
    size_t offset = 0;
    const struct delta_record *record =
        delta_record_read(arena, bytes, length, &offset, 0, NULL, err);
    return offset == length ? record : NULL;
}

/* Writes the record, reads it again, and writes what was read in every other spelling. */
static void check_spellings(struct random *random, const struct delta_record *record,
                            const struct delta_diff_options *options, const struct delta_value *a,
                            const struct delta_value *b) {
    const struct delta_record_format formats[] = {
        {.packed = options->packed, .level = options->level, .standalone = options->standalone},
        {.packed = false},
        {.packed = true, .level = 1},
        {.packed = true, .level = 2, .standalone = true},
    };
    enum { FORMATS = sizeof formats / sizeof *formats };
    char *copies[FORMATS] = {0}; /* into which the records point */
    for (size_t i = 0; i < FORMATS && record; i++) {
        struct delta_buf bytes = {0}, again = {0};
        struct delta_err err = {0};
        CHECK(delta_record_write(record, a, &formats[i], &bytes, &err) == 0);
        CHECK(delta_record_write(record, a, &formats[i], &again, &err) == 0);
        CHECK_EQ_MEM(again.data, again.length, bytes.data, bytes.length);
        copies[i] = padded(bytes.data, bytes.length);
        size_t newline = formats[i].packed ? 0 : 1;
        record = read_one(random->arena, copies[i], bytes.length - newline, &err);
        if (!record) {
            check_fail(__FILE__, __LINE__, "%s: %.200s", err.text, copies[i]);
        } else {
            check_info(record, options, a, b);
            check_use(random->arena, record, a, b, options->reversible);
            CHECK(!formats[i].standalone || !record_is_bound(record));
        }
        delta_buf_free(&bytes);
        delta_buf_free(&again);
    }
    for (size_t i = 0; i < FORMATS; i++)
        free(copies[i]);
}

static void written_and_read(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(RECORDS); round++) {
        random.arena = delta_arena_new();
        struct delta_value a = random_value(&random, 4), key, metadata;
        struct delta_value b =
            random_chance(&random, 8) ? random_value(&random, 3) : random_change(&random, &a);
        struct delta_diff_options options = random_options(&random, &key, &metadata);
        struct delta_err err = {0};
        const struct delta_record *record = delta_diff(random.arena, &a, &b, &options, &err);
        if (record)
            check_spellings(&random, record, &options, &a, &b);
        else
            check_fail(__FILE__, __LINE__, "%s", err.text);
        delta_arena_free(random.arena);
    }
}

/* States, each followed by the record that leads to the next, all in one stream. */
static void streams_of_both(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(300); round++) {
        struct delta_buf stream = {0};
        struct delta_err err = {0};
        struct delta_value state[8];
        uint32_t count = 1 + random_below(&random, 7);
        random.arena = delta_arena_new();
        state[0] = random_value(&random, 3);
        for (uint32_t i = 1; i <= count && i < 8; i++) {
            struct delta_value key, metadata;
            struct delta_diff_options options = random_options(&random, &key, &metadata);
            struct delta_record_format format = {.packed = random_chance(&random, 2), .level = 1};
            state[i] = random_change(&random, &state[i - 1]);
            const struct delta_record *record =
                delta_diff(random.arena, &state[i - 1], &state[i], &options, &err);
            CHECK(record && delta_record_write(record, &state[i - 1], &format, &stream, &err) == 0);
            while (random_chance(&random, 3))
                buf_put_char(&stream, " \n\t\r"[random_below(&random, 4)]);
        }
        char *copy = padded(stream.data, stream.length);
        const struct delta_record *record;
        const struct delta_value *at = &state[0];
        size_t offset = 0;
        uint32_t read = 0;
        while ((record =
                    delta_record_read(random.arena, copy, stream.length, &offset, 0, NULL, &err))) {
            at = delta_apply(random.arena, record, at, NULL, NULL, &err);
            REQUIRE(at);
            CHECK(++read < 8 && delta_value_equal(at, &state[read]));
        }
        CHECK_EQ_INT(err.code, DELTA_OK);
        CHECK_EQ_INT(read, count);
        CHECK_EQ_INT(offset, stream.length);
        free(copy);
        delta_buf_free(&stream);
        delta_arena_free(random.arena);
    }
}

/* The checksum is of what the record says, not of how it is spelled. */
static void reformatted(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(300); round++) {
        random.arena = delta_arena_new();
        struct delta_value a = random_value(&random, 3);
        struct delta_value b = random_change(&random, &a);
        struct delta_buf bytes = {0}, again = {0};
        struct delta_record_format format = {0};
        struct delta_err err = {0};
        const struct delta_record *record = delta_diff(random.arena, &a, &b, NULL, &err);
        REQUIRE(record && delta_record_write(record, &a, &format, &bytes, &err) == 0);
        char *copy = padded(bytes.data, bytes.length);
        const struct delta_value *value =
            reader_parse(random.arena, copy, bytes.length, READER_RECORD_DEPTH, &err);
        REQUIRE(value);
        if (round % 2)
            (void)delta_write(value, DELTA_INDENTED, 3, &again, NULL);
        else
            writer_canonical(value, &again);
        char *spelled = padded(again.data, again.length);
        const struct delta_record *read = read_one(random.arena, spelled, again.length, &err);
        CHECK(read != NULL);
        if (read)
            check_use(random.arena, read, &a, &b, false);
        free(copy);
        free(spelled);
        delta_buf_free(&bytes);
        delta_buf_free(&again);
        delta_arena_free(random.arena);
    }
}

/* ---- Bases ---- */

static void other_bases(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < check_rounds(3000); round++) {
        random.arena = delta_arena_new();
        struct delta_value a = random_value(&random, 3), key, metadata;
        struct delta_value b = random_change(&random, &a);
        struct delta_value c = random_change(&random, &a);
        struct delta_diff_options options = random_options(&random, &key, &metadata);
        struct delta_err err = {0};
        const struct delta_record *record = delta_diff(random.arena, &a, &b, &options, &err);
        REQUIRE(record);
        if (!value_same(&c, &a)) {
            CHECK(!delta_apply(random.arena, record, &c, NULL, NULL, &err));
            CHECK_EQ_INT(err.code, value_same(&c, &b) ? DELTA_ERR_APPLIED : DELTA_ERR_BASE);
        }
        err = (struct delta_err){0};
        if (!value_same(&b, &a)) {
            CHECK(!delta_apply(random.arena, record, &b, NULL, NULL, &err));
            CHECK_EQ_INT(err.code, DELTA_ERR_APPLIED);
        }
        /* Told to take any base: what comes of it is the target, or said not to be. */
        struct delta_apply_options any = {.any_base = true};
        bool as_promised = false;
        err = (struct delta_err){0};
        const struct delta_value *made =
            delta_apply(random.arena, record, &c, &any, &as_promised, &err);
        if (made)
            CHECK_EQ_INT(as_promised, delta_value_equal(made, &b));
        else
            CHECK(err.code == DELTA_ERR_BASE || err.code == DELTA_ERR_DAMAGED);
        err = (struct delta_err){0};
        bool full = record->strategy == DELTA_COMPRESS || record->strategy == DELTA_NONE;
        made = delta_apply(random.arena, record, NULL, NULL, NULL, &err);
        CHECK_EQ_INT(made != NULL, full);
        if (made)
            CHECK(delta_value_equal(made, &b));
        else
            CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
        delta_arena_free(random.arena);
    }
}

static int count_removed(void *context, const struct delta_change *change, struct delta_err *err) {
    (void)err;
    CHECK_EQ_INT(change->kind, DELTA_CHANGE_REMOVE);
    CHECK_EQ_INT(change->old_pointer_length, 0);
    ++*(int *)context;
    return 0;
}

/* A record that the state was removed: of one base, without a target, in both spellings. */
static void removed(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    const struct delta_value *base = spelled_value(arena, "{\"a\":1}");
    const struct delta_value *other = spelled_value(arena, "{\"a\":2}");
    const struct delta_diff_options options = {.key = delta_value_string_of(arena, "k", &err),
                                               .source = delta_value_string_of(arena, "s", &err),
                                               .seq = 7};
    const struct delta_record *made = delta_diff(arena, base, NULL, &options, &err);
    REQUIRE(made);
    for (int packed = 0; packed < 2; packed++) {
        const struct delta_record_format format = {.packed = packed};
        struct delta_buf bytes = {0};
        struct delta_record_info info;
        int changes = 0;
        CHECK(delta_record_write(made, base, &format, &bytes, &err) == 0);
        char *copy = padded(bytes.data, bytes.length);
        const struct delta_record *record =
            read_one(arena, copy, bytes.length - (packed ? 0 : 1), &err);
        REQUIRE(record);
        delta_record_info(record, &info);
        CHECK_EQ_INT(info.strategy, DELTA_REMOVED);
        CHECK(info.has_base && !info.has_target && delta_value_is(info.key, "k"));
        CHECK(delta_value_is(info.source, "s") && info.seq == 7);
        CHECK(!delta_apply(arena, record, base, NULL, NULL, &err));
        CHECK_EQ_INT(err.code, DELTA_ERR_REMOVED);
        err = (struct delta_err){0};
        CHECK(!delta_apply(arena, record, other, NULL, NULL, &err));
        CHECK_EQ_INT(err.code, DELTA_ERR_BASE);
        err = (struct delta_err){0};
        CHECK(delta_changes_visit(record, base, NULL, count_removed, &changes, &err) == 0);
        CHECK(delta_changes_visit(record, NULL, NULL, count_removed, &changes, &err) == 0);
        CHECK_EQ_INT(changes, 2);
        delta_buf_free(&bytes);
        free(copy);
    }
    CHECK(!delta_diff(arena, NULL, NULL, NULL, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
    delta_arena_free(arena);
}

/* Each optional part of a record is read again if it was there, and only then. */
static void what_is_there(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    const struct delta_value *base = spelled_value(arena, "{\"a\":1,\"b\":2}");
    const struct delta_value *target = spelled_value(arena, "{\"a\":1,\"b\":3}");
    for (unsigned bits = 0; bits < 32; bits++) {
        const struct delta_diff_options options = {.strategy = DELTA_DICT,
                                                   .reversible = true,
                                                   .include_unchanged = (bits & 8) != 0,
                                                   .metadata = bits & 16 ? base : NULL,
                                                   .has_timestamp = true,
                                                   .timestamp = 7};
        const struct delta_record *made = delta_diff(arena, base, target, &options, &err);
        REQUIRE(made);
        struct delta_record less = *made;
        less.has_timestamp = bits & 1;
        less.timestamp = less.has_timestamp ? 7 : 0;
        less.has_base = bits & 2;
        less.has_target = bits & 4;
        for (int packed = 0; packed < 2; packed++) {
            const struct delta_record_format format = {.packed = packed, .standalone = true};
            struct delta_buf bytes = {0};
            struct delta_record_info info;
            check_row("bits %u, packed %d", bits, packed);
            REQUIRE(delta_record_write(&less, NULL, &format, &bytes, &err) == 0);
            char *copy = padded(bytes.data, bytes.length);
            const struct delta_record *record =
                read_one(arena, copy, bytes.length - (packed ? 0 : 1), &err);
            REQUIRE(record);
            delta_record_info(record, &info);
            CHECK_EQ_INT(info.has_timestamp, (bits & 1) != 0);
            CHECK_EQ_INT(info.timestamp, bits & 1 ? 7 : 0);
            CHECK_EQ_INT(info.has_base, (bits & 2) != 0);
            CHECK_EQ_INT(info.has_target, (bits & 4) != 0);
            CHECK_EQ_INT(record->unchanged != NULL, (bits & 8) != 0);
            CHECK_EQ_INT(record->metadata && record->metadata->length, (bits & 16) != 0);
            CHECK(!record->masked && !info.key && !info.source);
            delta_buf_free(&bytes);
            free(copy);
        }
    }
    delta_arena_free(arena);
}

/* A record of a state that is masked or removed has no sizes of it. */
static void no_sizes(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    const struct delta_record_format json = {0};
    const struct delta_value *base = spelled_value(arena, "{\"a\":1,\"b\":2}");
    const struct delta_value *target = spelled_value(arena, "{\"a\":2,\"b\":3}");
    static const char *const masks[] = {"/a"};
    const struct delta_filter_options filter_options = {.mask = {masks, 1}};
    const struct delta_filter *filter = delta_filter_new(arena, &filter_options, &err);
    REQUIRE(filter);
    const struct delta_diff_options plain = {.strategy = DELTA_DICT};
    const struct delta_diff_options masked = {.strategy = DELTA_DICT, .filter = filter};
    const struct {
        const char *what;
        const struct delta_record *record;
        bool sized;
    } rows[] = {
        {"plain", delta_diff(arena, base, target, &plain, &err), true},
        {"masked", delta_diff(arena, base, target, &masked, &err), false},
        {"removed", delta_diff(arena, base, NULL, &plain, &err), false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_buf bytes = {0};
        check_row("%s", rows[i].what);
        REQUIRE(rows[i].record && !delta_record_write(rows[i].record, NULL, &json, &bytes, &err));
        const struct delta_value *written = delta_read(arena, bytes.data, bytes.length, NULL, &err);
        REQUIRE(written);
        CHECK_EQ_INT(value_get(written, "original_size") != NULL, rows[i].sized);
        CHECK_EQ_INT(value_get(written, "compression_ratio") != NULL, rows[i].sized);
        CHECK(value_get(written, "size_bytes") && value_get(written, "compressed_size"));
        delta_buf_free(&bytes);
    }
    delta_arena_free(arena);
}

/* The texts of the numbers of a record, whose sizes may be made up. Its payload is `value`. */
static void numbers_of_a_record(void) {
    static const struct {
        int64_t timestamp;
        const char *time;
        uint64_t original;
        const char *value;
        const char *ratio;
    } rows[] = {
        {0, "0", 0, "1", "0.00"},
        {1, "0.000000001", 1, "123456", "0.17"},
        {-1, "-0.000000001", 1, "12345678", "0.13"},
        {1000000000, "1", 100, "12345", "20.00"},
        {-1500000000, "-1.5", 1, "1", "1.00"},
        {100000000000, "100", 10000000000000000, "1", "10000000000000000.00"},
        {1, "0.000000001", 20000000000000000, "1", "10000000000000000.00"},
        {INT64_MAX, "9223372036.854775807", UINT64_MAX, "1", "10000000000000000.00"},
        {INT64_MIN, "-9223372036.854775808", 0, "1", "0.00"},
    };
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    const struct delta_record_format json = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct delta_record record = {.strategy = DELTA_NONE,
                                            .has_timestamp = true,
                                            .timestamp = rows[i].timestamp,
                                            .original_size = rows[i].original,
                                            .value = spelled_value(arena, rows[i].value)};
        struct delta_buf bytes = {0};
        check_row("row %zu", i);
        REQUIRE(!delta_record_write(&record, NULL, &json, &bytes, &err));
        const struct delta_value *written = delta_read(arena, bytes.data, bytes.length, NULL, &err);
        REQUIRE(written);
        CHECK_EQ_STR(written_out(arena, value_get(written, "timestamp")), rows[i].time);
        CHECK_EQ_STR(written_out(arena, value_get(written, "compression_ratio")), rows[i].ratio);
        delta_buf_free(&bytes);
    }
    delta_arena_free(arena);
}

/* Of two records that are merged the time is the later one, as far as they have one; so with the
 * base. */
static void concurrent_records(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    const struct delta_value *base = spelled_value(arena, "{\"a\":1,\"b\":1}");
    const struct delta_value *sides[2] = {spelled_value(arena, "{\"a\":2,\"b\":1}"),
                                          spelled_value(arena, "{\"a\":1,\"b\":2}")};
    static const struct {
        int64_t times[2]; /* 0: none */
        bool based[2];
        int64_t time;
    } rows[] = {
        {{0, 0}, {true, true}, 0},   {{5, 0}, {true, false}, 5},  {{0, 5}, {false, true}, 5},
        {{5, 6}, {true, true}, 6},   {{6, 5}, {true, true}, 6},   {{5, 5}, {false, false}, 5},
        {{-5, 0}, {true, true}, -5}, {{0, -5}, {true, true}, -5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_record records[2];
        struct delta_conflicts conflicts;
        check_row("row %zu", i);
        for (int side = 0; side < 2; side++) {
            const struct delta_diff_options options = {.strategy = DELTA_DICT};
            const struct delta_record *made = delta_diff(arena, base, sides[side], &options, &err);
            REQUIRE(made);
            records[side] = *made;
            records[side].has_timestamp = rows[i].times[side] != 0;
            records[side].timestamp = rows[i].times[side];
            records[side].has_base = rows[i].based[side];
        }
        const struct delta_record *both =
            delta_record_concurrent(arena, &records[0], &records[1], NULL, NULL, &conflicts, &err);
        REQUIRE(both);
        CHECK_EQ_INT(conflicts.count, 0);
        CHECK_EQ_INT(both->has_timestamp, rows[i].time != 0);
        CHECK_EQ_INT(both->timestamp, rows[i].time);
        CHECK_EQ_INT(both->has_base, rows[i].based[0] || rows[i].based[1]);
        if (both->has_base)
            CHECK(delta_digest_equal(both->base, delta_value_digest(base)));
    }
    delta_arena_free(arena);
}

/* A source that is empty or not a string is not written, nor read. */
static void bad_sources(void) {
    struct delta_arena *arena = delta_arena_new();
    const struct delta_value *base = spelled_value(arena, "{\"a\":1}");
    const struct delta_value *sources[] = {spelled_value(arena, "\"\""), spelled_value(arena, "1"),
                                           spelled_value(arena, "null")};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct delta_err err = {0};
        const struct delta_diff_options options = {.source = sources[i], .packed = true};
        struct delta_record forged = *delta_diff(arena, base, base, NULL, &err);
        check_row("%zu", i);
        CHECK(!delta_diff(arena, base, base, &options, &err));
        CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
        forged.source = sources[i];
        for (int packed = 0; packed < 2; packed++) {
            const struct delta_record_format format = {.packed = packed, .standalone = true};
            struct delta_buf bytes = {0};
            err = (struct delta_err){0};
            CHECK(delta_record_write(&forged, NULL, &format, &bytes, &err) == 0);
            char *copy = padded(bytes.data, bytes.length);
            CHECK(!read_one(arena, copy, bytes.length - (packed ? 0 : 1), &err));
            CHECK_EQ_INT(err.code, DELTA_ERR_DAMAGED);
            delta_buf_free(&bytes);
            free(copy);
        }
    }
    delta_arena_free(arena);
}

static void limits(void) {
    static const enum delta_strategy strategies[] = {DELTA_DICT, DELTA_REFERENCE, DELTA_COMPRESS,
                                                     DELTA_NONE, DELTA_BINARY};
    for (size_t i = 0; i < sizeof strategies / sizeof *strategies; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        const struct delta_value *a = spelled_value(arena, "{\"a\":\"\"}");
        const struct delta_value *b = spelled_value(arena, "{\"a\":\"0123456789\"}");
        struct delta_diff_options options = {.strategy = strategies[i], .packed = true};
        struct delta_apply_options apply = {.max_size = delta_value_size(b)};
        const struct delta_record *record = delta_diff(arena, a, b, &options, &err);
        check_row("%s", delta_strategy_name(strategies[i]));
        REQUIRE(record);
        CHECK(delta_apply(arena, record, a, &apply, NULL, &err) != NULL);
        apply.max_size--;
        CHECK(delta_apply(arena, record, a, &apply, NULL, &err) == NULL);
        CHECK_EQ_INT(err.code, DELTA_ERR_LIMIT);
        delta_arena_free(arena);
    }
}

/* ---- Records of the first version ---- */

static void first_version(void) {
    static const struct {
        const char *name, *json, *made; /* made of {"a":1,"b":2}; NULL: refused */
    } rows[] = {
        {"as the first version wrote it",
         "{\"timestamp\": 1700000000.1234567, \"changes\": {\"a\": 2, \"c\": [1.0]}, "
         "\"removed_keys\": [\"b\"], \"metadata\": {\"k\": \"v\"}, \"compression_ratio\": 0.73, "
         "\"size_bytes\": 34, \"checksum\": \"9e107d9d372bb6826bd81d3542a419d6\"}",
         "{\"a\":2,\"c\":[1.0]}"},
        {"with unchanged keys",
         "{\"timestamp\":1,\"changes\":{},\"removed_keys\":[],\"unchanged_keys\":[\"a\",\"b\"],"
         "\"metadata\":{},\"compression_ratio\":1,\"size_bytes\":2,\"checksum\":\"x\"}",
         "{\"a\":1,\"b\":2}"},
        {"the least of it", "{\"changes\":{\"a\":0},\"removed_keys\":[]}", "{\"a\":0,\"b\":2}"},
        {"no changes", "{\"removed_keys\":[\"a\"]}", NULL},
        {"no removed keys", "{\"changes\":{}}", NULL},
        {"a key changed and removed", "{\"changes\":{\"a\":1},\"removed_keys\":[\"a\"]}", NULL},
        {"a member of the present version",
         "{\"changes\":{},\"removed_keys\":[],\"nested\":{\"a\":{}}}", NULL},
        {"an unknown member", "{\"changes\":{},\"removed_keys\":[],\"x\":1}", NULL},
        {"no record at all", "{}", NULL},
        {"no object", "[]", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        char *copy = padded(rows[i].json, strlen(rows[i].json));
        check_row("%s", rows[i].name);
        const struct delta_record *record = read_one(arena, copy, strlen(rows[i].json), &err);
        CHECK((record != NULL) == (rows[i].made != NULL));
        if (record && rows[i].made) {
            const struct delta_value *made = delta_apply(
                arena, record, spelled_value(arena, "{\"a\":1,\"b\":2}"), NULL, NULL, &err);
            CHECK(made && delta_value_equal(made, spelled_value(arena, rows[i].made)));
        } else if (!record) {
            CHECK_EQ_INT(err.code, DELTA_ERR_DAMAGED);
        }
        free(copy);
        delta_arena_free(arena);
    }
}

int main(void) {
    RUN(written_and_read);
    RUN(streams_of_both);
    RUN(reformatted);
    RUN(other_bases);
    RUN(removed);
    RUN(what_is_there);
    RUN(no_sizes);
    RUN(numbers_of_a_record);
    RUN(concurrent_records);
    RUN(bad_sources);
    RUN(limits);
    RUN(first_version);
    return check_done();
}
