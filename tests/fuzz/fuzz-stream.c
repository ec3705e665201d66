/* A stream of records that arrives in pieces: the first byte says how large they are, its highest
 * bit that JSON records are one a line. However it is divided, the reader finds the same records,
 * and fails at the same one for the same reason. */
#include "delta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 16, RESULT_MOST = 1 << 20, LINES = 0x80 };

/* What came out of a stream: every record as far as it can be written, then the failure. */
struct outcome {
    struct delta_buf records;
    unsigned count;
    enum delta_code code;
};

/* Takes the records that are complete; false after a failure. */
static bool take(struct delta_record_reader *reader, struct outcome *outcome) {
    static const struct delta_record_format json = {0};
    struct delta_err err = {0};
    int got = 1;
    while (got > 0) {
        struct delta_arena *arena = delta_arena_new();
        const struct delta_record *record = NULL;
        if (!arena)
            abort();
        got = delta_record_reader_next(reader, arena, &record, &err);
        if (got > 0) {
            struct delta_record_info info;
            delta_record_info(record, &info);
            outcome->count++;
            delta_buf_printf(&outcome->records, "%d:", (int)info.strategy);
            if (delta_record_write(record, NULL, &json, &outcome->records, NULL))
                delta_buf_printf(&outcome->records, "requires its base\n");
        }
        delta_arena_free(arena);
    }
    if (got < 0 && err.code == DELTA_OK)
        abort();
    outcome->code = err.code;
    return got == 0;
}

static void read_pieces(const char *bytes, size_t length, size_t piece, bool lines,
                        struct outcome *outcome) {
    const struct delta_record_reader_options options = {
        .name = "stream", .max_size = RESULT_MOST, .lines = lines};
    struct delta_record_reader *reader = delta_record_reader_new(&options, NULL);
    bool good = true;
    if (!reader)
        abort();
    for (size_t at = 0; good && at < length; at += piece) {
        size_t some = length - at < piece ? length - at : piece;
        if (delta_record_reader_feed(reader, bytes + at, some, NULL))
            abort();
        good = take(reader, outcome);
    }
    if (good) {
        delta_record_reader_end(reader);
        (void)take(reader, outcome);
    }
    delta_record_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct outcome whole = {0}, pieces = {0};
    if (!size || size > MOST)
        return 0;
    const char *bytes = (const char *)data + 1;
    size_t length = size - 1, piece = 1 + (size_t)(data[0] & ~LINES);
    bool lines = data[0] & LINES;
    read_pieces(bytes, length, length ? length : 1, lines, &whole);
    read_pieces(bytes, length, piece, lines, &pieces);
    if (whole.count != pieces.count || whole.code != pieces.code ||
        whole.records.length != pieces.records.length ||
        (whole.records.length &&
         memcmp(whole.records.data, pieces.records.data, whole.records.length) != 0)) {
        (void)fprintf(stderr, "broken: %u records and code %d at once, %u and %d in pieces\n",
                      whole.count, (int)whole.code, pieces.count, (int)pieces.code);
        abort();
    }
    delta_buf_free(&whole.records);
    delta_buf_free(&pieces.records);
    return 0;
}
