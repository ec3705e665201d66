/* Blocks: what goes in comes out, in any order, and what is forged is refused. */
#include "base/varint.h"
#include "codec/zstd_prefix.h"
#include "history/block.h"
#include "history/paths.h"
#include "tests/unit/random-value.h"

enum { ROUNDS = 150, MOST_STATES = 40 };

struct made {
    struct delta_arena *arena;
    const struct delta_value *states[MOST_STATES];
    struct block_entry notes[MOST_STATES];
    uint32_t count;
    struct delta_buf bytes;
};

static const struct delta_value *keep(struct delta_arena *arena, struct delta_value value) {
    struct delta_value *kept = arena_alloc(arena, sizeof *kept);
    if (!kept)
        abort();
    *kept = value;
    return kept;
}

static void make(struct made *made, struct random *random) {
    struct delta_err err = {0};
    made->count = 1 + random_below(random, MOST_STATES - 1);
    int64_t step = random_chance(random, 2) ? 1000000 : 7;
    for (uint32_t i = 0; i < made->count; i++) {
        made->states[i] = keep(random->arena, i ? random_change(random, made->states[i - 1])
                                                : random_value(random, 4));
        made->notes[i] =
            (struct block_entry){.time = (int64_t)random_below(random, 1000) * step - 500 * step,
                                 .set = random_chance(random, 2) ? random_below(random, 9) : 0,
                                 .removed = random_chance(random, 4) ? random_below(random, 9) : 0};
        if (random_chance(random, 3))
            made->notes[i].metadata = delta_read(random->arena, "{\"k\":\"v\"}", 9, NULL, &err);
    }
    struct block_writer *writer = block_writer_new(made->states[0], &made->notes[0], &err);
    for (uint32_t i = 1; writer && i < made->count; i++)
        CHECK(block_writer_add(writer, made->states[i], &made->notes[i], &err) == 0);
    CHECK(writer && block_writer_count(writer) == made->count);
    CHECK(writer && block_writer_finish(writer, 3, &made->bytes, &err) == 0);
    CHECK_EQ_STR(err.text, "");
    block_writer_free(writer);
}

static void holds_state(struct block *block, const struct made *made, uint32_t i) {
    struct delta_err err = {0};
    struct delta_value value;
    REQUIRE(block_state(block, i, &value, &err) == 0);
    CHECK(delta_value_equal(&value, made->states[i]));
    struct block_entry note = block_entry(block);
    CHECK_EQ_INT(note.time, made->notes[i].time);
    CHECK(!note.metadata == !made->notes[i].metadata);
    CHECK_EQ_INT(note.set, made->notes[i].set);
    CHECK_EQ_INT(note.removed, made->notes[i].removed);
}

static void comes_back(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < ROUNDS; round++) {
        struct made made = {0};
        struct delta_err err = {0};
        check_row("round %d", round);
        random.arena = delta_arena_new();
        make(&made, &random);
        struct delta_arena *arena = delta_arena_new();
        struct block *block =
            block_open(arena, made.bytes.data, made.bytes.length, DELTA_MAX_STATE, &err);
        REQUIRE(block);
        REQUIRE(block_count(block) == made.count);
        for (uint32_t i = 0; i < made.count; i++)
            holds_state(block, &made, i);
        for (int i = 0; i < 5; i++)
            holds_state(block, &made, random_below(&random, made.count));
        block_close(block);
        delta_arena_free(arena);
        delta_buf_free(&made.bytes);
        delta_arena_free(random.arena);
    }
}

/* No checksum stands between a block's reader and these: it must hold out by itself. */
static void altered_blocks_do_no_harm(void) {
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < ROUNDS; round++) {
        struct made made = {0};
        random.arena = delta_arena_new();
        make(&made, &random);
        for (int change = 0; change < 30; change++) {
            size_t at = check_below(&random.seed, (uint32_t)made.bytes.length);
            char old = made.bytes.data[at];
            made.bytes.data[at] ^= (char)(1 << check_below(&random.seed, 8));
            struct delta_err err = {0};
            struct delta_value value;
            struct delta_arena *arena = delta_arena_new();
            struct block *block =
                block_open(arena, made.bytes.data, made.bytes.length, DELTA_MAX_STATE, &err);
            CHECK(block || err.code != DELTA_OK);
            for (uint32_t i = 0; block && i < block_count(block); i++) {
                err = (struct delta_err){0};
                if (block_state(block, i, &value, &err) < 0) {
                    CHECK(err.code != DELTA_OK);
                    break;
                }
            }
            block_close(block);
            delta_arena_free(arena);
            made.bytes.data[at] = old;
        }
        delta_buf_free(&made.bytes);
        delta_arena_free(random.arena);
    }
}

/* The streams of a block, before compression. */
struct plain {
    struct delta_buf head; /* what stands before them */
    struct delta_buf streams[BLOCK_STREAMS];
};

static void take_apart(struct plain *plain, const struct delta_buf *block) {
    struct delta_err err = {0};
    struct delta_buf joined = {0};
    struct varint_cursor cursor = varint_cursor(block->data, block->length);
    uint64_t number, lengths[BLOCK_STREAMS];
    const void *bytes;
    *plain = (struct plain){0};
    for (int i = 0; i < 3; i++) {
        REQUIRE(varint_get(&cursor, &number));
        varint_put(&plain->head, number);
    }
    REQUIRE(varint_get(&cursor, &number));
    REQUIRE(zstd_prefix_decompress(cursor.next, varint_left(&cursor), NULL, 0, (size_t)number, 0,
                                   &joined, &err) == 0);
    cursor = varint_cursor(joined.data, joined.length);
    for (int i = 0; i < BLOCK_STREAMS; i++)
        REQUIRE(varint_get(&cursor, &lengths[i]));
    for (int i = 0; i < BLOCK_STREAMS; i++) {
        REQUIRE(varint_get_bytes(&cursor, lengths[i], &bytes));
        buf_put(&plain->streams[i], bytes, (size_t)lengths[i]);
    }
    delta_buf_free(&joined);
}

static void put_together(const struct plain *plain, const char *after, struct delta_buf *block) {
    struct delta_err err = {0};
    struct delta_buf joined = {0};
    for (int i = 0; i < BLOCK_STREAMS; i++)
        varint_put(&joined, plain->streams[i].length);
    for (int i = 0; i < BLOCK_STREAMS; i++)
        buf_put(&joined, plain->streams[i].data, plain->streams[i].length);
    buf_put_text(&joined, after);
    buf_put(block, plain->head.data, plain->head.length);
    varint_put(block, joined.length);
    REQUIRE(zstd_prefix_compress(joined.data, joined.length, NULL, 0, 1, 0, block, &err) == 0);
    delta_buf_free(&joined);
}

static void free_plain(struct plain *plain) {
    delta_buf_free(&plain->head);
    for (int i = 0; i < BLOCK_STREAMS; i++)
        delta_buf_free(&plain->streams[i]);
}

static enum delta_code open_code(const struct plain *plain, const char *after) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct delta_buf bytes = {0};
    put_together(plain, after, &bytes);
    struct block *block = block_open(arena, bytes.data, bytes.length, DELTA_MAX_STATE, &err);
    CHECK((block == NULL) == (err.code != DELTA_OK));
    block_close(block);
    delta_buf_free(&bytes);
    delta_arena_free(arena);
    return err.code;
}

/* Each stream ends where what it holds ends. */
static void nothing_after_a_stream(void) {
    static const enum block_stream whole[] = {
        BLOCK_KEYFRAME, BLOCK_TREE,  BLOCK_STEPS, BLOCK_NAMES,    BLOCK_CLASSES,
        BLOCK_VALUES,   BLOCK_TEXTS, BLOCK_TIMES, BLOCK_METADATA, BLOCK_KEY_COUNTS,
    };
    struct random random = {.seed = check_seed()};
    for (int round = 0; round < 20; round++) {
        struct made made = {0};
        struct plain plain;
        random.arena = delta_arena_new();
        make(&made, &random);
        take_apart(&plain, &made.bytes);
        CHECK_EQ_INT(open_code(&plain, ""), DELTA_OK);
        CHECK_EQ_INT(open_code(&plain, "x"), DELTA_ERR_DAMAGED);
        for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
            check_row("stream %d", (int)whole[i]);
            buf_put_char(&plain.streams[whole[i]], 0x7f);
            CHECK_EQ_INT(open_code(&plain, ""), DELTA_ERR_DAMAGED);
            plain.streams[whole[i]].length--;
        }
        free_plain(&plain);
        delta_buf_free(&made.bytes);
        delta_arena_free(random.arena);
    }
}

/* One state with key counts (gap, set, removed), and then their gap over: of a state after the
 * last.
 */
static void key_counts_past_the_end(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct delta_buf good = {0};
    struct plain plain;
    struct block_entry note = {.set = 3};
    const struct delta_value *state = delta_read(arena, "{}", 2, NULL, &err);
    struct block_writer *writer = block_writer_new(state, &note, &err);
    REQUIRE(writer && block_writer_finish(writer, 1, &good, &err) == 0);
    take_apart(&plain, &good);
    REQUIRE(plain.streams[BLOCK_KEY_COUNTS].length == 3);
    CHECK_EQ_INT(open_code(&plain, ""), DELTA_OK);
    plain.streams[BLOCK_KEY_COUNTS].data[0] = 1;
    CHECK_EQ_INT(open_code(&plain, ""), DELTA_ERR_DAMAGED);
    block_writer_free(writer);
    free_plain(&plain);
    delta_buf_free(&good);
    delta_arena_free(arena);
}

/* A change at the deepest place that there is; and one deeper, which no state has. */
static void depth_of_changes(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct delta_buf good = {0};
    struct plain plain;
    struct block_entry note = {0};
    struct delta_value out;
    const struct delta_value *states[2];
    for (int i = 0; i < 2; i++) {
        struct delta_buf text = {0};
        for (int depth = 0; depth < DELTA_MAX_DEPTH; depth++)
            buf_put_text(&text, "{\"a\":");
        buf_put_char(&text, (char)('0' + i));
        for (int depth = 0; depth < DELTA_MAX_DEPTH; depth++)
            buf_put_char(&text, '}');
        states[i] = delta_read(arena, text.data, text.length, NULL, &err);
        delta_buf_free(&text);
        REQUIRE(states[i]);
    }
    struct block_writer *writer = block_writer_new(states[0], &note, &err);
    REQUIRE(writer && block_writer_add(writer, states[1], &note, &err) == 0 &&
            block_writer_finish(writer, 1, &good, &err) == 0);
    struct block *block = block_open(arena, good.data, good.length, DELTA_MAX_STATE, &err);
    REQUIRE(block && block_state(block, 1, &out, &err) == 0);
    CHECK(delta_value_equal(&out, states[1]));
    block_close(block);
    take_apart(&plain, &good);
    CHECK_EQ_INT(open_code(&plain, ""), DELTA_OK);
    /* The last place: what happens there, and no children; then one element below it. */
    struct delta_buf *tree = &plain.streams[BLOCK_TREE];
    static const unsigned char last[4] = {1 << PATHS_SET}, above[4] = {0, 0, 1, 0};
    REQUIRE(tree->length == 4 * (DELTA_MAX_DEPTH + 1) &&
            memcmp(tree->data + tree->length - 4, last, 4) == 0);
    memcpy(tree->data + tree->length - 4, above, 4);
    buf_put(tree, last, 4);
    buf_put_char(&plain.streams[BLOCK_STEPS], 0);
    CHECK_EQ_INT(open_code(&plain, ""), DELTA_ERR_DAMAGED);
    block_writer_free(writer);
    free_plain(&plain);
    delta_buf_free(&good);
    delta_arena_free(arena);
}

/* As many states as a block may have, which change nothing, and one more. */
static void states_past_the_most(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    struct delta_buf good = {0};
    struct plain plain;
    struct block_entry note = {0};
    const struct delta_value *state = delta_read(arena, "{}", 2, NULL, &err);
    struct block_writer *writer = block_writer_new(state, &note, &err);
    REQUIRE(writer && block_writer_finish(writer, 1, &good, &err) == 0);
    take_apart(&plain, &good);
    for (int i = 1; i < BLOCK_STATES; i++) {
        buf_put_char(&plain.streams[BLOCK_COUNTS], 0);
        buf_put_char(&plain.streams[BLOCK_TIMES], 0);
    }
    CHECK_EQ_INT(open_code(&plain, ""), DELTA_OK);
    buf_put_char(&plain.streams[BLOCK_COUNTS], 0);
    buf_put_char(&plain.streams[BLOCK_TIMES], 0);
    CHECK_EQ_INT(open_code(&plain, ""), DELTA_ERR_DAMAGED);
    block_writer_free(writer);
    free_plain(&plain);
    delta_buf_free(&good);
    delta_arena_free(arena);
}

/* A thousand and more states of one growing object: a block ends where it must. */
static void blocks_become_full(void) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    char text[64];
    const struct delta_value *state = delta_read(arena, "{}", 2, NULL, &err);
    struct block_entry note = {0};
    struct block_writer *writer = block_writer_new(state, &note, &err);
    REQUIRE(writer);
    while (!block_writer_full(writer)) {
        int length = snprintf(text, sizeof text, "{\"n\":%u}", block_writer_count(writer));
        state = delta_read(arena, text, (size_t)length, NULL, &err);
        REQUIRE(state && block_writer_add(writer, state, &note, &err) == 0);
    }
    CHECK_EQ_INT(block_writer_count(writer), BLOCK_STATES);
    block_writer_free(writer);
    delta_arena_free(arena);
}

int main(void) {
    RUN(comes_back);
    RUN(altered_blocks_do_no_harm);
    RUN(nothing_after_a_stream);
    RUN(key_counts_past_the_end);
    RUN(depth_of_changes);
    RUN(states_past_the_most);
    RUN(blocks_become_full);
    return check_done();
}
