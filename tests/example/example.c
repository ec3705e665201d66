/* How a program uses libdelta: two states become records there and back, the changes are printed,
 * and the records are read from a stream that arrives in small pieces and applied.
 *
 *     cc example.c $(pkg-config --cflags --libs delta) && ./a.out OLD NEW
 *
 * Prints what it did, one thing a line. The status is 0 when the states came back. (example.cc does
 * the same in C++.) */
#include <delta.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PIECE = 7 }; /* bytes that arrive at once */

static int complain(const struct delta_err *err) {
    char line[1024];
    delta_err_format(err, line, sizeof line);
    fprintf(stderr, "example: %s\n", line);
    return -1;
}

static void print_digest(const char *what, struct delta_digest digest) {
    char text[DELTA_DIGEST_TEXT];
    delta_digest_format(digest, text);
    printf("%s %s\n", what, text);
}

static void print_statistics(const struct delta_record *record) {
    struct delta_record_info info;
    delta_record_info(record, &info);
    printf("strategy %s\n", delta_strategy_name(info.strategy));
    printf("set %" PRIu64 ", removed %" PRIu64 ", other %" PRIu64 "\n", info.set, info.removed,
           info.other);
    printf("bytes %" PRIu64 " to %" PRIu64 "\n", info.original_size, info.compressed_size);
    printf("timestamp %" PRId64 "\n", info.timestamp);
}

/* One line for each change: what, where, and how long the new value is as JSON. */
static int print_change(void *context, const struct delta_change *change, struct delta_err *err) {
    size_t *count = context;
    (void)err;
    printf("%s %.*s", delta_change_name(change->kind), (int)change->pointer_length,
           change->pointer);
    if (change->new_value)
        printf(" %" PRIu64 " bytes", delta_value_size(change->new_value));
    printf("\n");
    ++*count;
    return 0;
}

/* {"made by":"example","numbers":[1,2]} */
static const struct delta_value *build_metadata(struct delta_arena *arena, struct delta_err *err) {
    const struct delta_value *numbers[] = {delta_value_u64(arena, 1, err),
                                           delta_value_number(arena, "2", 1, err)};
    const struct delta_member members[] = {
        {"made by", strlen("made by"), delta_value_string_of(arena, "example", err)},
        {"numbers", strlen("numbers"), delta_value_array(arena, numbers, 2, err)}};
    return delta_value_object(arena, members, 2, err);
}

/* Appends a record that leads from the old state to the new, packed, and one that leads back. */
static int make_records(struct delta_arena *arena, const struct delta_value *states[2],
                        struct delta_buf *stream) {
    struct delta_err err = {0};
    struct delta_diff_options options = {
        .packed = true, .has_timestamp = true, .timestamp = 1700000000 * INT64_C(1000000000)};
    const struct delta_record_format packed = {.packed = true}, json = {0};
    size_t changes = 0;
    options.metadata = build_metadata(arena, &err);
    const struct delta_record *record = delta_diff(arena, states[0], states[1], &options, &err);
    if (!record)
        return complain(&err);
    print_statistics(record);
    if (delta_changes_visit(record, states[0], NULL, print_change, &changes, &err))
        return complain(&err);
    printf("changes %zu\n", changes);
    if (delta_record_write(record, states[0], &packed, stream, &err))
        return complain(&err);
    options.packed = false;
    record = delta_diff(arena, states[1], states[0], &options, &err);
    if (!record || delta_record_write(record, NULL, &json, stream, &err))
        return complain(&err);
    return 0;
}

/* Applies each record that is complete; the number of them is added to `*count`. */
static int apply_complete(struct delta_record_reader *reader, struct delta_arena *arena,
                          const struct delta_value **state, unsigned *count) {
    const struct delta_record *record;
    struct delta_err err = {0};
    struct delta_record_info info;
    int got;
    while ((got = delta_record_reader_next(reader, arena, &record, &err)) > 0) {
        delta_record_info(record, &info);
        if (!delta_value_is(delta_value_get(info.metadata, "made by"), "example"))
            return -1;
        *state = delta_apply(arena, record, *state, NULL, NULL, &err);
        if (!*state) {
            delta_record_reader_place(reader, &err);
            return complain(&err);
        }
        ++*count;
        print_digest("made", delta_value_digest(*state));
    }
    return got < 0 ? complain(&err) : 0;
}

/* The state that the records of a stream lead to, of which PIECE bytes arrive at once; NULL on
 * failure. The new state shares with the base and the records, so all of them are in one arena. */
static const struct delta_value *apply_stream(struct delta_arena *arena,
                                              const struct delta_value *state,
                                              const struct delta_buf *stream) {
    const struct delta_record_reader_options options = {.name = "stream", .max_size = 1 << 30};
    struct delta_err err = {0};
    unsigned count = 0;
    struct delta_record_reader *reader = delta_record_reader_new(&options, &err);
    int failed = reader ? 0 : complain(&err);
    for (size_t at = 0; !failed && at < stream->length; at += PIECE) {
        size_t piece = stream->length - at < PIECE ? stream->length - at : PIECE;
        failed = delta_record_reader_feed(reader, stream->data + at, piece, &err)
                     ? complain(&err)
                     : apply_complete(reader, arena, &state, &count);
    }
    if (!failed) {
        delta_record_reader_end(reader);
        failed = apply_complete(reader, arena, &state, &count);
    }
    printf("records %u\n", count);
    delta_record_reader_free(reader);
    return failed ? NULL : state;
}

static int run(struct delta_arena *arena, char **paths, struct delta_buf *stream) {
    struct delta_err err = {0};
    const struct delta_value *states[2];
    if (delta_read_pair(arena, paths[0], paths[1], states, &err))
        return complain(&err);
    if (make_records(arena, states, stream))
        return -1;
    print_digest("old", delta_value_digest(states[0]));
    print_digest("new", delta_value_digest(states[1]));
    const struct delta_value *made = apply_stream(arena, states[0], stream);
    return made && delta_value_equal(made, states[0]) ? 0 : -1;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "Usage: example OLD NEW\n");
        return 2;
    }
    struct delta_arena *arena = delta_arena_new();
    struct delta_buf stream = {0};
    int failed = arena ? run(arena, argv + 1, &stream) : -1;
    delta_buf_free(&stream);
    delta_arena_free(arena);
    return failed ? 1 : 0;
}
