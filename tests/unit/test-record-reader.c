/* A stream of records in pieces of any size. */
#include "tests/unit/check.h"

#include "delta.h"
#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"

enum { RECORDS = 24 };

/* A stream of records, packed and JSON in turn, with white space between some. */
struct stream {
    struct delta_arena *arena;
    struct delta_buf bytes;
    size_t last; /* where the last record begins */
};

static void put_record(struct stream *stream, struct random *random, int i) {
    static const enum delta_strategy strategies[] = {DELTA_DICT, DELTA_REFERENCE, DELTA_COMPRESS,
                                                     DELTA_NONE, DELTA_BINARY};
    struct delta_err err = {0};
    struct delta_value old_state = random_value(random, 3);
    struct delta_value new_state = random_change(random, &old_state);
    const struct delta_member member = {"no", 2, delta_value_u64(stream->arena, (uint64_t)i, &err)};
    struct delta_diff_options options = {
        .strategy = strategies[random_below(random, 5)],
        .has_timestamp = random_chance(random, 2),
        .timestamp = random_chance(random, 2) ? 1700000000123456789 : -5,
        .key =
            random_chance(random, 2) ? delta_value_string_of(stream->arena, "a/ü\n", &err) : NULL,
        .source = random_chance(random, 2) ? delta_value_string_of(stream->arena, "s", &err) : NULL,
        .seq = 1u << random_below(random, 20),
        .include_unchanged = random_chance(random, 2),
        .metadata =
            random_chance(random, 2) ? delta_value_object(stream->arena, &member, 1, &err) : NULL};
    options.reversible = options.strategy == DELTA_DICT && random_chance(random, 2);
    const struct delta_record *record =
        delta_diff(stream->arena, &old_state, &new_state, &options, &err);
    const struct delta_record_format packed = {.packed = true, .standalone = true};
    const struct delta_record_format json = {0};
    if (random_chance(random, 3))
        buf_put_text(&stream->bytes, " \n\n");
    stream->last = stream->bytes.length;
    bool as_json = random_chance(random, 2);
    CHECK(record &&
          delta_record_write(record, NULL, as_json ? &json : &packed, &stream->bytes, &err) == 0);
    CHECK_EQ_STR(err.text, "");
}

/* The last record without a newline behind it. */
static void drop_newline(struct stream *stream) {
    if (stream->bytes.data[stream->last] == '{')
        stream->bytes.length--;
}

/* Each record as a line of JSON, read from all of the bytes at once. */
static void read_at_once(const struct stream *stream, struct delta_buf *lines) {
    const struct delta_record_format json = {0};
    const struct delta_record *record;
    struct delta_err err = {0};
    size_t offset = 0;
    const char *bytes =
        delta_bytes_copy(stream->arena, stream->bytes.data, stream->bytes.length, &err);
    while ((record = delta_record_read(stream->arena, bytes, stream->bytes.length, &offset, 0, NULL,
                                       &err)))
        CHECK(delta_record_write(record, NULL, &json, lines, &err) == 0);
    CHECK_EQ_STR(err.text, "");
}

/* Reads the stream in pieces and writes each record as a line of JSON. */
static int read_pieces(const struct delta_buf *bytes, size_t piece, struct delta_buf *lines,
                       struct delta_err *err) {
    const struct delta_record_format json = {0};
    const struct delta_record_reader_options options = {.name = "stream"};
    struct delta_record_reader *reader = delta_record_reader_new(&options, err);
    struct delta_arena *arena = delta_arena_new();
    const struct delta_record *record;
    int got = 0;
    for (size_t at = 0; got >= 0;) {
        got = delta_record_reader_next(reader, arena, &record, err);
        if (got > 0 && delta_record_write(record, NULL, &json, lines, err))
            got = -1;
        if (got != 0)
            continue;
        if (at > bytes->length)
            break;
        size_t step = bytes->length - at < piece ? bytes->length - at : piece;
        CHECK(delta_record_reader_feed(reader, bytes->data + at, step, err) == 0);
        at += step;
        if (at == bytes->length) {
            delta_record_reader_end(reader);
            at++;
        }
    }
    delta_record_reader_free(reader);
    delta_arena_free(arena);
    return got;
}

static void pieces_of_any_size_give_the_same_records(void) {
    static const size_t pieces[] = {1, 2, 3, 7, 64, 1000, 1 << 20};
    uint64_t seed = check_seed();
    for (int round = 0; round < check_rounds(20); round++) {
        struct random random = {.arena = delta_arena_new(), .seed = check_random(&seed)};
        struct stream stream = {.arena = random.arena};
        for (int i = 0; i < RECORDS; i++)
            put_record(&stream, &random, i);
        struct delta_buf want = {0};
        read_at_once(&stream, &want);
        for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
            struct delta_buf lines = {0};
            struct delta_err err = {0};
            check_row("round %d, pieces of %zu", round, pieces[i]);
            CHECK_EQ_INT(read_pieces(&stream.bytes, pieces[i], &lines, &err), 0);
            CHECK_EQ_STR(err.text, "");
            CHECK_EQ_MEM(lines.data, lines.length, want.data, want.length);
            delta_buf_free(&lines);
        }
        /* Truncated in the last record. */
        drop_newline(&stream);
        struct delta_buf part = stream.bytes;
        struct delta_buf lines = {0};
        struct delta_err err = {0};
        part.length--;
        CHECK_EQ_INT(read_pieces(&part, 7, &lines, &err), -1);
        delta_buf_free(&lines);
        delta_buf_free(&stream.bytes);
        delta_buf_free(&want);
        delta_arena_free(random.arena);
    }
}

/* A record is returned when its last byte was fed, not later. */
static void a_record_is_returned_at_its_last_byte(void) {
    uint64_t seed = check_seed();
    for (int round = 0; round < 200; round++) {
        struct random random = {.arena = delta_arena_new(), .seed = check_random(&seed)};
        struct stream stream = {.arena = random.arena};
        struct delta_err err = {0};
        const struct delta_record *record;
        struct delta_record_reader *reader = delta_record_reader_new(NULL, &err);
        check_row("round %d", round);
        put_record(&stream, &random, round);
        drop_newline(&stream);
        CHECK(delta_record_reader_feed(reader, stream.bytes.data, stream.bytes.length - 1, &err) ==
              0);
        CHECK_EQ_INT(delta_record_reader_next(reader, random.arena, &record, &err), 0);
        CHECK(delta_record_reader_feed(reader, stream.bytes.data + stream.bytes.length - 1, 1,
                                       &err) == 0);
        CHECK_EQ_INT(delta_record_reader_next(reader, random.arena, &record, &err), 1);
        CHECK_EQ_INT(delta_record_reader_next(reader, random.arena, &record, &err), 0);
        delta_record_reader_free(reader);
        delta_buf_free(&stream.bytes);
        delta_arena_free(random.arena);
    }
}

static void failures_name_their_line(void) {
    static const struct {
        const char *text;
        bool lines;
        const char *message;
    } rows[] = {
        {"\n{\"changes\":{},\"removed_keys\":[]}\n\n{\"changes\":7}\n", false, "stream:4:1: "},
        {"{\"changes\":{},\n\"removed_keys\":[]}\n{\"changes\":{},\"removed_keys\":[]\n,}", false,
         "stream:4:1: "},
        {"{\"changes\":{},\"removed_keys\":[]}\n{\"changes\":{},\"removed_keys\":[]\n{\"changes\":{"
         "},\"removed_keys\":[]}\n",
         true, "stream:2:32: "},
        {"what\nis this", false, "stream:1:1: "},
        {"{\"changes\":{},\"removed_keys\":[]} {\"changes\":[],\"removed_keys\":[]}", false,
         "stream:1:"},
        {"\x9d"
         "dr\x07\1\1\1\1",
         false, "stream: the record has version 7"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct delta_record_reader_options options = {.name = "stream",
                                                            .lines = rows[i].lines};
        struct delta_arena *arena = delta_arena_new();
        struct delta_err err = {0};
        char message[600];
        const struct delta_record *record;
        struct delta_record_reader *reader = delta_record_reader_new(&options, &err);
        int got;
        check_row("%s", rows[i].text);
        CHECK(delta_record_reader_feed(reader, rows[i].text, strlen(rows[i].text), &err) == 0);
        delta_record_reader_end(reader);
        while ((got = delta_record_reader_next(reader, arena, &record, &err)) > 0)
            ;
        CHECK_EQ_INT(got, -1);
        delta_err_format(&err, message, sizeof message);
        if (strncmp(message, rows[i].message, strlen(rows[i].message)) != 0)
            CHECK_EQ_STR(message, rows[i].message);
        delta_record_reader_free(reader);
        delta_arena_free(arena);
    }
}

static void an_error_gets_the_place_of_its_record(void) {
    static const char text[] =
        "{\"changes\":{},\"removed_keys\":[]}\n\n{\"changes\":{\"a\":1},\n\"removed_keys\":[]}\n";
    const struct delta_record_reader_options options = {.name = "stream"};
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    const struct delta_record *record;
    struct delta_record_reader *reader = delta_record_reader_new(&options, &err);
    CHECK(delta_record_reader_feed(reader, text, sizeof text - 1, &err) == 0);
    CHECK_EQ_INT(delta_record_reader_next(reader, arena, &record, &err), 1);
    CHECK_EQ_INT(delta_record_reader_next(reader, arena, &record, &err), 1);
    err.code = DELTA_ERR_BASE;
    delta_record_reader_place(reader, &err);
    CHECK_EQ_INT(err.line, 3);
    CHECK_EQ_INT(err.column, 1);
    CHECK_EQ_STR(err.file, "stream");
    delta_record_reader_free(reader);
    delta_arena_free(arena);
}

static void keeps_the_header_of_an_export(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct delta_buf text = {0};
    const struct delta_export_header header = {.how = {.level = 7}, .rebaselines = 3};
    const struct delta_record *record;
    struct delta_record_reader *reader = delta_record_reader_new(NULL, &err);
    CHECK(delta_export_header_write(&header, &text, &err) == 0);
    buf_put_text(&text, "{\"changes\":{},\"removed_keys\":[]}");
    CHECK(delta_record_reader_header(reader) == NULL);
    for (size_t i = 0; i < text.length; i++) {
        CHECK_EQ_INT(delta_record_reader_next(reader, arena, &record, &err), 0);
        CHECK(delta_record_reader_feed(reader, text.data + i, 1, &err) == 0);
    }
    CHECK_EQ_INT(delta_record_reader_next(reader, arena, &record, &err), 1);
    const struct delta_export_header *read = delta_record_reader_header(reader);
    CHECK(read && read->how.level == 7 && read->rebaselines == 3);
    delta_buf_free(&text);
    delta_record_reader_free(reader);
    delta_arena_free(arena);
}

/* What the header of an export may say: as much as a history can hold, and no more. */
static void headers_of_exports_at_their_bounds(void) {
    static const struct {
        struct delta_history_options how;
        const char *names;
        bool good;
    } rows[] = {
        {{.level = 22, .max_chain_length = UINT16_MAX, .on_limit = DELTA_LIMIT_MERGE}, NULL, true},
        {{.level = 23}, NULL, false},
        {{.max_chain_length = UINT16_MAX + 1}, NULL, false},
        {{0}, "{}", true},
        {{0}, "{\"a\":0,\"b\":4294967294}", true},
        {{0}, "{\"a\":4294967295}", false},
        {{0}, "{\"a\":\"0\"}", false},
        {{0}, "[0]", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf text = {0};
        struct delta_err err = {0};
        struct delta_export_header back, header = {.how = rows[i].how,
                                                   .rebaselines = UINT64_MAX,
                                                   .prunes = UINT64_MAX - 1,
                                                   .dropped_states = UINT64_MAX - 2,
                                                   .optimizations = UINT64_MAX - 3,
                                                   .dropped_set = UINT64_MAX - 4,
                                                   .dropped_removed = UINT64_MAX - 5};
        check_row("row %zu", i);
        if (rows[i].names)
            header.names = delta_read(arena, rows[i].names, strlen(rows[i].names), NULL, &err);
        REQUIRE(delta_export_header_write(&header, &text, &err) == 0);
        CHECK_EQ_INT(delta_export_header_read(arena, text.data, text.length, &back, &err),
                     rows[i].good ? 1 : -1);
        CHECK_EQ_INT(err.code, rows[i].good ? DELTA_OK : DELTA_ERR_DAMAGED);
        if (rows[i].good) {
            CHECK(back.how.level == header.how.level && back.how.on_limit == header.how.on_limit);
            CHECK(back.how.max_chain_length == header.how.max_chain_length);
            CHECK(back.rebaselines == header.rebaselines && back.prunes == header.prunes);
            CHECK(back.dropped_states == header.dropped_states);
            CHECK(back.optimizations == header.optimizations);
            CHECK(back.dropped_set == header.dropped_set);
            CHECK(back.dropped_removed == header.dropped_removed);
        }
        delta_buf_free(&text);
        delta_arena_free(arena);
    }
}

int main(void) {
    RUN(pieces_of_any_size_give_the_same_records);
    RUN(a_record_is_returned_at_its_last_byte);
    RUN(failures_name_their_line);
    RUN(an_error_gets_the_place_of_its_record);
    RUN(keeps_the_header_of_an_export);
    RUN(headers_of_exports_at_their_bounds);
    return check_done();
}
