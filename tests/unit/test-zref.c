/* zstd with a prefix: what goes in comes out, and nothing else is taken for it. */
#include "tests/unit/check.h"

#include "codec/zstd_prefix.h"

#include <pthread.h>

/* Text that looks like a state: words that come again, numbers that do not. */
static char *make_text(uint64_t *random, size_t length) {
    static const char *const words[] = {"\"version_added\":", "{\"status\":", "true,", "false,",
                                        "\"support\":",       "null,",        "},",    "\"id\":"};
    char *text = malloc(length + 32);
    size_t used = 0;
    while (text && used < length) {
        if (check_below(random, 4))
            used += (size_t)sprintf(text + used, "%s", words[check_below(random, 8)]);
        else
            used += (size_t)sprintf(text + used, "%u,", check_below(random, 1000000));
    }
    return text;
}

/* `old` with a few places changed. */
static char *change_text(uint64_t *random, const char *old, size_t length) {
    char *text = malloc(length);
    if (text) {
        memcpy(text, old, length);
        for (size_t i = 0; i < 1 + length / 5000; i++)
            text[check_below(random, (uint32_t)length)] = '#';
    }
    return text;
}

static void round_trip(const char *source, size_t length, const char *prefix, size_t prefix_length,
                       int level, unsigned flags) {
    struct delta_buf frame = {0};
    struct delta_buf again = {0};
    struct delta_buf content = {0};
    struct delta_err err = {0};
    check_row("%zu bytes after %zu, level %d, flags %u", length, prefix_length, level, flags);
    buf_put_text(&frame, "head");
    buf_put_text(&content, "head");
    CHECK_EQ_INT(
        zstd_prefix_compress(source, length, prefix, prefix_length, level, flags, &frame, &err), 0);
    CHECK_EQ_INT(zstd_prefix_decompress(frame.data + 4, frame.length - 4, prefix, prefix_length,
                                        length, flags, &content, &err),
                 0);
    CHECK_EQ_STR(err.text, "");
    CHECK(content.length == length + 4 && memcmp(content.data, "head", 4) == 0 &&
          (!length || memcmp(content.data + 4, source, length) == 0));
    struct zstd_prefix_index *index = zstd_prefix_index_new(prefix, prefix_length, level, &err);
    REQUIRE(index);
    CHECK_EQ_INT(zstd_prefix_compress_indexed(source, length, index, flags, &again, &err), 0);
    CHECK(again.length == frame.length - 4 &&
          memcmp(again.data, frame.data + 4, again.length) == 0);
    zstd_prefix_index_free(index);
    if (length) {
        err = (struct delta_err){0};
        CHECK_EQ_INT(zstd_prefix_decompress(frame.data + 4, frame.length - 4, prefix, prefix_length,
                                            length - 1, flags, &content, &err),
                     -1);
        CHECK_EQ_INT(err.code, DELTA_ERR_LIMIT);
        CHECK_EQ_INT(content.length, length + 4);
    }
    delta_buf_free(&frame);
    delta_buf_free(&again);
    delta_buf_free(&content);
}

static void comes_back(void) {
    static const size_t sizes[] = {0, 1, 7, 300, 70000, 400000};
    uint64_t random = check_seed();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            char *prefix = make_text(&random, sizes[j]);
            char *source = sizes[i] <= sizes[j] && sizes[i] ? change_text(&random, prefix, sizes[i])
                                                            : make_text(&random, sizes[i]);
            REQUIRE(prefix && source);
            static const int levels[] = {1, 3, 5, 9, 13};
            for (size_t k = 0; k < sizeof levels / sizeof *levels; k++)
                round_trip(source, sizes[i], prefix, sizes[j], levels[k], (unsigned)(i + k) % 4);
            free(source);
            free(prefix);
        }
    }
}

/* The prefix is used all through, far parts of it too, whichever way it is given to zstd. */
static void prefix_is_worth_it(void) {
    enum { LENGTH = 3000000 };
    static const struct {
        size_t start, length, most;
        int level;
    } rows[] = {
        {0, 2000, 100, 3},
        {0, 2000, 100, 9},
        {0, 200000, 500, 3},
        {0, 200000, 500, 9},
        {LENGTH - 9000, 9000, 100, 9},
        {0, LENGTH, 6000, 3},
        {0, LENGTH, 6000, 9},
    };
    uint64_t random = 7;
    char *prefix = make_text(&random, LENGTH);
    REQUIRE(prefix);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_buf frame = {0};
        char *source = change_text(&random, prefix + rows[i].start, rows[i].length);
        REQUIRE(source);
        check_row("%zu bytes from %zu at level %d", rows[i].length, rows[i].start, rows[i].level);
        CHECK_EQ_INT(zstd_prefix_compress(source, rows[i].length, prefix, LENGTH, rows[i].level, 0,
                                          &frame, NULL),
                     0);
        if (frame.length > rows[i].most)
            check_fail(__FILE__, __LINE__, "%zu bytes, more than %zu", frame.length, rows[i].most);
        free(source);
        delta_buf_free(&frame);
    }
    free(prefix);
}

struct job {
    const struct zstd_prefix_index *index;
    const char *source;
    struct delta_buf frame;
};

static void *compress_job(void *argument) {
    struct job *job = argument;
    for (int i = 0; i < 20; i++) {
        job->frame.length = 0;
        if (zstd_prefix_compress_indexed(job->source, 5000, job->index, 0, &job->frame, NULL) < 0)
            return NULL;
    }
    return job;
}

static void threads_share_an_index(void) {
    uint64_t random = 3;
    char *prefix = make_text(&random, 100000);
    REQUIRE(prefix);
    struct zstd_prefix_index *index = zstd_prefix_index_new(prefix, 100000, 9, NULL);
    struct job jobs[3];
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        jobs[i] = (struct job){.index = index, .source = prefix + 20000};
        REQUIRE(pthread_create(&threads[i], NULL, compress_job, &jobs[i]) == 0);
    }
    for (int i = 0; i < 3; i++) {
        void *done;
        pthread_join(threads[i], &done);
        CHECK(done);
        CHECK_EQ_MEM(jobs[i].frame.data, jobs[i].frame.length, jobs[0].frame.data,
                     jobs[0].frame.length);
    }
    for (int i = 0; i < 3; i++)
        delta_buf_free(&jobs[i].frame);
    zstd_prefix_index_free(index);
    free(prefix);
}

static void refuses_levels_there_are_not(void) {
    static const int levels[] = {-1, 0, 23, 1000};
    struct delta_buf buf = {0};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        struct delta_err err = {0};
        CHECK_EQ_INT(zstd_prefix_compress("x", 1, NULL, 0, levels[i], 0, &buf, &err), -1);
        CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
        CHECK(!zstd_prefix_index_new("x", 1, levels[i], NULL));
    }
    delta_buf_free(&buf);
}

/* No byte flipped, lost or added goes unseen when there is a checksum. */
static void damage_is_seen(void) {
    uint64_t random = check_seed();
    char *prefix = make_text(&random, 3000);
    char *source = change_text(&random, prefix, 3000);
    struct delta_buf frame = {0};
    struct delta_buf content = {0};
    REQUIRE(prefix && source);
    const unsigned flags = ZSTD_PREFIX_CHECKSUM | ZSTD_PREFIX_MAGICLESS;
    CHECK_EQ_INT(zstd_prefix_compress(source, 3000, prefix, 3000, 9, flags, &frame, NULL), 0);
    buf_put_char(&frame, '\0');
    for (size_t length = 0; length <= frame.length; length++) {
        struct delta_err err = {0};
        check_row("%zu of %zu bytes", length, frame.length - 1);
        int result = zstd_prefix_decompress(frame.data, length, prefix, 3000, 1 << 20, flags,
                                            &content, &err);
        CHECK_EQ_INT(result, length == frame.length - 1 ? 0 : -1);
    }
    for (size_t bit = 0; bit < 8 * (frame.length - 1); bit++) {
        check_row("bit %zu", bit);
        frame.data[bit / 8] = (char)(frame.data[bit / 8] ^ 1 << bit % 8);
        content.length = 0;
        int result = zstd_prefix_decompress(frame.data, frame.length - 1, prefix, 3000, 1 << 20,
                                            flags, &content, NULL);
        /* Some bits say nothing, such as the frame header's unused one. */
        CHECK(result == -1 || (content.length == 3000 && memcmp(content.data, source, 3000) == 0));
        frame.data[bit / 8] = (char)(frame.data[bit / 8] ^ 1 << bit % 8);
    }
    prefix[100] ^= 1;
    prefix[2000] ^= 1;
    memset(prefix + 1000, 'x', 500);
    CHECK_EQ_INT(zstd_prefix_decompress(frame.data, frame.length - 1, prefix, 3000, 1 << 20, flags,
                                        &content, NULL),
                 -1);
    free(source);
    free(prefix);
    delta_buf_free(&frame);
    delta_buf_free(&content);
}

#define FRAME(bytes) (bytes), sizeof(bytes) - 1

static void refuses_forged_frames(void) {
    static const struct {
        const char *what;
        const char *frame;
        size_t length;
        enum delta_code code;
    } rows[] = {
        {"nothing", FRAME(""), DELTA_ERR_DAMAGED},
        {"text", FRAME("{\"a\":1} and so on"), DELTA_ERR_DAMAGED},
        {"skippable frame", FRAME("\x50\x2a\x4d\x18\x02\x00\x00\x00xy"), DELTA_ERR_DAMAGED},
        {"no content size", FRAME("\x28\xb5\x2f\xfd\x00\x00\x01\x00\x00"), DELTA_ERR_UNSUPPORTED},
        {"a dictionary's number", FRAME("\x28\xb5\x2f\xfd\x21\x07\x00\x01\x00\x00"),
         DELTA_ERR_UNSUPPORTED},
        {"too large", FRAME("\x28\xb5\x2f\xfd\xa0\xff\xff\xff\x7f\x01\x00\x00"), DELTA_ERR_LIMIT},
        {"more stated than carried", FRAME("\x28\xb5\x2f\xfd\xa0\x00\x00\x10\x00\x01\x00\x00"),
         DELTA_ERR_DAMAGED},
        {"less stated than carried", FRAME("\x28\xb5\x2f\xfd\x20\x01\x11\x00\x00xy"),
         DELTA_ERR_DAMAGED},
        {"reserved block type", FRAME("\x28\xb5\x2f\xfd\x20\x01\x0f\x00\x00x"), DELTA_ERR_DAMAGED},
        {"no last block", FRAME("\x28\xb5\x2f\xfd\x20\x01\x08\x00\x00x"), DELTA_ERR_DAMAGED},
        {"an empty frame after it",
         FRAME("\x28\xb5\x2f\xfd\x20\x01\x09\x00\x00x\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00"),
         DELTA_ERR_DAMAGED},
        {"window of 1 GiB", FRAME("\x28\xb5\x2f\xfd\x80\xa0\x01\x00\x00\x00\x09\x00\x00x"),
         DELTA_ERR_DAMAGED},
        {"good: one byte", FRAME("\x28\xb5\x2f\xfd\x20\x01\x09\x00\x00x"), DELTA_OK},
        {"good: nothing", FRAME("\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00"), DELTA_OK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_buf content = {0};
        struct delta_err err = {0};
        check_row("%s", rows[i].what);
        int result = zstd_prefix_decompress(rows[i].frame, rows[i].length, NULL, 0, 1 << 24, 0,
                                            &content, &err);
        CHECK_EQ_INT(err.code, rows[i].code);
        CHECK_EQ_INT(result, rows[i].code == DELTA_OK ? 0 : -1);
        delta_buf_free(&content);
    }
}

/* A window may be twice what there is to reach, or 1 KiB; no more. */
static void bounds_windows(void) {
    static const struct {
        unsigned char window; /* 2^(10 + high five bits), and low three bits of eighths more */
        uint32_t content;
        enum delta_code code;
    } rows[] = {
        {0x00, 256, DELTA_OK},  {0x01, 576, DELTA_OK},           {0x01, 575, DELTA_ERR_DAMAGED},
        {0x08, 1024, DELTA_OK}, {0x08, 1023, DELTA_ERR_DAMAGED}, {0x08, 600, DELTA_ERR_DAMAGED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_buf frame = {0}, content = {0};
        struct delta_err err = {0};
        uint32_t size = rows[i].content - 256, block = rows[i].content << 3 | 1;
        /* Two bytes of size, a window, and one raw block. */
        buf_put(&frame, "\x28\xb5\x2f\xfd\x40", 5);
        buf_put_char(&frame, (char)rows[i].window);
        buf_put_char(&frame, (char)(size & 0xff));
        buf_put_char(&frame, (char)(size >> 8));
        for (int shift = 0; shift < 24; shift += 8)
            buf_put_char(&frame, (char)(block >> shift & 0xff));
        for (uint32_t k = 0; k < rows[i].content; k++)
            buf_put_char(&frame, 'x');
        check_row("window 0x%02x, %u bytes", rows[i].window, rows[i].content);
        zstd_prefix_decompress(frame.data, frame.length, NULL, 0, 1 << 24, 0, &content, &err);
        CHECK_EQ_INT(err.code, rows[i].code);
        delta_buf_free(&content);
        delta_buf_free(&frame);
    }
}

/* What a frame states is bounded by its blocks before memory is asked for it: 128 KiB of content in
 * one run-length block, and one byte more. */
static void bounds_content(void) {
    static const unsigned char most[] = {0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0x00, 0x00,
                                         0x02, 0x00, 0x03, 0x00, 0x10, 'x'};
    unsigned char frame[sizeof most];
    struct delta_buf content = {0};
    struct delta_err err = {0};
    CHECK_EQ_INT(zstd_prefix_decompress(most, sizeof most, NULL, 0, 1 << 24, 0, &content, &err), 0);
    CHECK_EQ_STR(err.text, "");
    CHECK_EQ_INT(content.length, 128 << 10);
    memcpy(frame, most, sizeof most);
    frame[5]++;
    CHECK_EQ_INT(zstd_prefix_decompress(frame, sizeof frame, NULL, 0, 1 << 24, 0, &content, &err),
                 -1);
    CHECK(strstr(err.text, "declares more content") != NULL);
    delta_buf_free(&content);
}

int main(void) {
    RUN(comes_back);
    RUN(prefix_is_worth_it);
    RUN(threads_share_an_index);
    RUN(refuses_levels_there_are_not);
    RUN(damage_is_seen);
    RUN(refuses_forged_frames);
    RUN(bounds_windows);
    RUN(bounds_content);
    return check_done();
}
