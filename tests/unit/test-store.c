/* Stores: what a flush says of each state, and what is refused. */
#include "delta.h"
#include "tests/unit/check.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 32 };

static char folder[] = "/tmp/test-store-XXXXXX";
static char path[64];
static struct delta_store *store;

static int remove_one(const char *name, const struct stat *status, int kind, struct FTW *at) {
    (void)status, (void)kind, (void)at;
    return remove(name);
}

static bool begin(void) {
    struct delta_err err = {0};
    (void)snprintf(path, sizeof path, "%s/store", folder);
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return delta_store_init(path, NULL, &err) == 1 &&
           (store = delta_store_open(path, DELTA_STORE_CACHE, &err)) != NULL;
}

/* Queues a state; NULL: the end of the thing. `seq` 0: it has no position. */
static int put(const char *key, const char *text, uint64_t seq, uint64_t number) {
    struct delta_err err = {0};
    struct delta_arena *arena = text ? delta_arena_new() : NULL;
    struct delta_history_note note = {.time = (int64_t)number, .ended = !text, .skip_equal = true};
    const struct delta_value *value =
        text ? delta_read(arena, text, strlen(text), NULL, &err) : NULL;
    if (seq) {
        note.source = "S";
        note.source_length = 1;
        note.seq = seq;
    }
    return delta_store_add(store, key, strlen(key), arena, value, &note, number, &err);
}

static struct {
    struct delta_store_result results[MOST];
    char keys[MOST][8];
    enum delta_code codes[MOST];
    size_t count;
    int stop; /* what the last report returns */
} seen;

static int note_result(void *context, const struct delta_store_result *result) {
    CHECK(context == &seen && seen.count < MOST && result->key_length < sizeof *seen.keys);
    if (seen.count == MOST)
        return 1;
    memcpy(seen.keys[seen.count], result->key, result->key_length);
    seen.codes[seen.count] = result->refused ? result->refused->code : DELTA_OK;
    seen.results[seen.count++] = *result;
    return seen.stop;
}

static int flush(struct delta_err *err) {
    memset(&seen.results, 0, sizeof seen.results);
    memset(&seen.keys, 0, sizeof seen.keys);
    seen.count = 0;
    return delta_store_flush(store, note_result, &seen, err);
}

static struct delta_digest digest_of(const char *text) {
    struct delta_err err = {0};
    struct delta_arena *arena = delta_arena_new();
    struct delta_digest digest =
        delta_value_digest(delta_read(arena, text, strlen(text), NULL, &err));
    delta_arena_free(arena);
    return digest;
}

/* A report: `text` NULL: it has no digest. */
static void check_report(size_t i, const char *key, uint64_t number, enum delta_added added,
                         uint32_t index, uint64_t seq, const char *text) {
    const struct delta_store_result *result = &seen.results[i];
    check_row("report %zu", i);
    CHECK(i < seen.count && !result->refused);
    CHECK_EQ_STR(seen.keys[i], key);
    CHECK_EQ_INT(result->number, number);
    CHECK_EQ_INT(result->added, added);
    CHECK_EQ_INT(result->index, index);
    CHECK_EQ_INT(result->has_seq, seq != 0);
    CHECK_EQ_INT(result->seq, seq);
    CHECK_EQ_INT(result->has_digest, text != NULL);
    if (text)
        CHECK(delta_digest_equal(result->digest, digest_of(text)));
}

static void each_state_is_reported_in_its_order(void) {
    struct delta_err err = {0};
    REQUIRE(begin());
    CHECK(put("b", "1", 5, 1) == 0 && put("a", "1", 6, 2) == 0 && put("b", "2", 7, 3) == 0 &&
          put("b", "2", 8, 4) == 0 && put("b", "1", 5, 5) == 0 && put("b", "9", 6, 6) == 0 &&
          put("c", "3", 0, 7) == 0 && put("c", "3", 0, 8) == 0 && put("a", NULL, 9, 9) == 0 &&
          put("a", NULL, 0, 10) == 0);
    CHECK_EQ_INT(flush(&err), 0);
    CHECK_EQ_INT(seen.count, 10);
    check_report(0, "b", 1, DELTA_ADDED, 0, 5, "1");
    check_report(1, "a", 2, DELTA_ADDED, 0, 6, "1");
    check_report(2, "b", 3, DELTA_ADDED, 1, 7, "2");
    check_report(3, "b", 4, DELTA_ADD_EQUAL, 1, 8, "2");
    check_report(4, "b", 5, DELTA_ADD_KNOWN, 1, 5, "1");
    check_report(5, "b", 6, DELTA_ADD_OLDER, 1, 6, "9");
    check_report(6, "c", 7, DELTA_ADDED, 0, 0, "3");
    check_report(7, "c", 8, DELTA_ADD_EQUAL, 0, 0, "3");
    check_report(8, "a", 9, DELTA_ADDED, 1, 9, NULL);
    check_report(9, "a", 10, DELTA_ADD_EQUAL, 1, 0, NULL);
    CHECK_EQ_INT(flush(&err), 0);
    CHECK_EQ_INT(seen.count, 0);
    delta_store_close(store);
}

/* A fork: what is behind it of the same key is left out, other keys are not. */
static void what_is_refused(void) {
    struct delta_err err = {0};
    REQUIRE(begin());
    CHECK(put("a", "1", 1, 1) == 0 && put("b", "1", 1, 2) == 0 && put("a", "2", 1, 3) == 0 &&
          put("a", "3", 2, 4) == 0 && put("b", "2", 1, 5) == 0 && put("c", "1", 1, 6) == 0);
    CHECK_EQ_INT(flush(&err), -1);
    CHECK_EQ_INT(err.code, DELTA_ERR_FORK);
    CHECK_EQ_INT(seen.count, 5);
    check_report(0, "a", 1, DELTA_ADDED, 0, 1, "1");
    check_report(1, "b", 2, DELTA_ADDED, 0, 1, "1");
    CHECK(seen.codes[2] == DELTA_ERR_FORK && seen.results[2].number == 3);
    CHECK(seen.codes[3] == DELTA_ERR_FORK && seen.results[3].number == 5);
    check_report(4, "c", 6, DELTA_ADDED, 0, 1, "1");
    /* Nothing of it is left. */
    err = (struct delta_err){0};
    CHECK(put("a", "3", 2, 7) == 0);
    CHECK_EQ_INT(flush(&err), 0);
    check_report(0, "a", 7, DELTA_ADDED, 1, 2, "3");
    CHECK_EQ_INT(seen.count, 1);
    delta_store_close(store);
}

/* A report may stop the reports, or there may be none; the states are added. */
static void reports_are_the_callers(void) {
    struct delta_err err = {0};
    REQUIRE(begin());
    CHECK(put("a", "1", 0, 1) == 0 && put("b", "1", 0, 2) == 0);
    seen.stop = 7;
    CHECK_EQ_INT(flush(&err), 7);
    CHECK_EQ_INT(seen.count, 1);
    seen.stop = 0;
    CHECK(put("a", "1", 0, 3) == 0 && put("b", "1", 0, 4) == 0);
    CHECK_EQ_INT(delta_store_flush(store, NULL, NULL, &err), 0);
    CHECK(put("a", "1", 0, 5) == 0 && put("b", "2", 0, 6) == 0);
    CHECK_EQ_INT(flush(&err), 0);
    check_report(0, "a", 5, DELTA_ADD_EQUAL, 0, 0, "1");
    check_report(1, "b", 6, DELTA_ADDED, 1, 0, "2");
    delta_store_close(store);
}

static void no_larger_state_is_read(void) {
    static const char text[] = "\"0123456789\"";
    for (uint64_t more = 0; more < 2; more++) {
        struct delta_err err = {0};
        check_row("%u more", (unsigned)more);
        REQUIRE(begin());
        CHECK_EQ_INT(put("a", text, 0, 1), 0);
        CHECK_EQ_INT(flush(&err), 0);
        delta_store_close(store);
        REQUIRE(store = delta_store_open(path, 0, &err));
        delta_store_set_max_size(store, strlen(text) - more);
        CHECK_EQ_INT(put("a", "1", 0, 2), 0);
        CHECK_EQ_INT(flush(&err), -(int)more);
        CHECK_EQ_INT(seen.codes[0], more ? DELTA_ERR_LIMIT : DELTA_OK);
        delta_store_close(store);
    }
}

struct listed {
    size_t count, longest;
    int stop;
};

static int note_key(void *context, const char *key, size_t length, const struct delta_err *why) {
    struct listed *listed = context;
    CHECK(key);
    (void)why;
    listed->count++;
    listed->longest = length > listed->longest ? length : listed->longest;
    return listed->stop;
}

static void the_longest_key(void) {
    struct delta_err err = {0};
    struct listed listed = {0};
    static char key[DELTA_STORE_KEY + 2];
    REQUIRE(begin());
    memset(key, 'k', DELTA_STORE_KEY + 1);
    CHECK_EQ_INT(put(key, "1", 0, 1), -1);
    key[DELTA_STORE_KEY] = '\0';
    CHECK_EQ_INT(put(key, "1", 0, 2), 0);
    CHECK_EQ_INT(delta_store_flush(store, NULL, NULL, &err), 0);
    CHECK(put("", "1", 0, 3) == 0 && put("short", "1", 0, 4) == 0 && put("ended", NULL, 0, 5) == 0);
    CHECK_EQ_INT(flush(&err), 0);
    /* What ended before it began has no history. */
    CHECK_EQ_INT(delta_store_keys(store, note_key, &listed, &err), 0);
    CHECK_EQ_INT(listed.count, 3);
    CHECK_EQ_INT(listed.longest, DELTA_STORE_KEY);
    listed.stop = 5;
    CHECK_EQ_INT(delta_store_keys(store, note_key, &listed, &err), 5);
    CHECK_EQ_INT(listed.count, 4);
    CHECK(!delta_store_history(store, key, DELTA_STORE_KEY + 1, DELTA_HISTORY_READ, &err));
    CHECK_EQ_INT(err.code, DELTA_ERR_LIMIT);
    delta_store_close(store);
}

int main(void) {
    if (!mkdtemp(folder))
        return 2;
    RUN(each_state_is_reported_in_its_order);
    RUN(what_is_refused);
    RUN(reports_are_the_callers);
    RUN(no_larger_state_is_read);
    RUN(the_longest_key);
    (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return check_done();
}
