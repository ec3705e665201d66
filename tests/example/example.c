/* How a program uses libdelta: two states become a record, the record becomes bytes, and the bytes
 * lead from the old state to the new one again.
 *
 *     cc example.c $(pkg-config --cflags --libs delta) && ./a.out OLD NEW
 *
 * Prints what it did, one thing a line. The status is 0 when the state came back. */
#include <delta.h>

#include <inttypes.h>
#include <stdio.h>

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

/* Appends the record that leads from one state to the other to `bytes`, packed. */
static int make_record(struct delta_arena *arena, const struct delta_value *states[2],
                       struct delta_buf *bytes) {
    struct delta_err err = {0};
    struct delta_diff_options options = {
        .packed = true, .has_timestamp = true, .timestamp = 1700000000 * INT64_C(1000000000)};
    struct delta_record_format format = {.packed = true};
    const char json[] = "{\"made by\":\"example\"}";
    options.metadata = delta_read(arena, json, sizeof json - 1, "metadata", &err);
    if (!options.metadata)
        return complain(&err);
    const struct delta_record *record = delta_diff(arena, states[0], states[1], &options, &err);
    if (!record)
        return complain(&err);
    print_statistics(record);
    if (delta_record_write(record, states[0], &format, bytes, &err))
        return complain(&err);
    return 0;
}

/* The state that the record in `bytes` makes of `base`, or NULL. The new state shares the base and
 * the bytes, which is why all of them are in one arena. */
static const struct delta_value *apply_record(struct delta_arena *arena,
                                              const struct delta_value *base,
                                              const struct delta_buf *bytes) {
    struct delta_err err = {0};
    struct delta_apply_options options = {.max_size = 1 << 30};
    const struct delta_value *made = NULL;
    size_t offset = 0;
    const char *copy = delta_bytes_copy(arena, bytes->data, bytes->length, &err);
    const struct delta_record *record =
        copy ? delta_record_read(arena, copy, bytes->length, &offset, 0, NULL, &err) : NULL;
    if (record)
        made = delta_apply(arena, record, base, &options, NULL, &err);
    if (!made)
        complain(&err);
    return made;
}

static int run(struct delta_arena *arena, char **paths, struct delta_buf *bytes) {
    struct delta_err err = {0};
    const struct delta_value *states[2];
    if (delta_read_pair(arena, paths[0], paths[1], states, &err))
        return complain(&err);
    if (make_record(arena, states, bytes))
        return -1;
    const struct delta_value *made = apply_record(arena, states[0], bytes);
    if (!made)
        return -1;
    print_digest("old", delta_value_digest(states[0]));
    print_digest("new", delta_value_digest(states[1]));
    print_digest("made", delta_value_digest(made));
    return delta_value_equal(made, states[1]) ? 0 : -1;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "Usage: example OLD NEW\n");
        return 2;
    }
    struct delta_arena *arena = delta_arena_new();
    struct delta_buf bytes = {0};
    int failed = arena ? run(arena, argv + 1, &bytes) : -1;
    delta_buf_free(&bytes);
    delta_arena_free(arena);
    return failed ? 1 : 0;
}
