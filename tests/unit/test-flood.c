/* Texts chosen to meet in hash tables, and what a look-up costs then: counted, in slots looked at.
 */
#include "base/hash.h"
#include "base/table.h"
#include "tests/unit/check.h"
#include "json/value.h"

enum {
    MOST = 4096, /* texts */
    SIZE = 32,   /* bytes of the longest */
    SECRETS = 100,
    PROBES = 2, /* of a look-up: 1.5 where hashes are random and half of the slots are taken */
};

struct texts {
    char bytes[MOST][SIZE];
    uint32_t lengths[MOST];
    uint32_t count;
};

static char *add(struct texts *texts, uint32_t length) {
    texts->lengths[texts->count] = length;
    return texts->bytes[texts->count++];
}

/* Those whose published hash falls into a narrow window of a table of this size. */
static void of_one_window(struct texts *texts) {
    for (unsigned i = 0; texts->count < MOST; i++) {
        char text[SIZE];
        int length = snprintf(text, sizeof text, "%x", i);
        if ((hash_bytes(text, (size_t)length, 's').low & (2 * MOST - 1)) < MOST / 32)
            memcpy(add(texts, (uint32_t)length), text, sizeof text);
    }
}

/* Two bytes differ, at `at` and `at + 1`. */
static void two_bytes(struct texts *texts, uint32_t at, uint32_t length) {
    for (unsigned i = 0; i < MOST; i++) {
        char *text = memset(add(texts, length), 'k', SIZE);
        text[at] = (char)(i & 63);
        text[at + 1] = (char)(i >> 6);
    }
}

static void first_of_three(struct texts *texts) {
    two_bytes(texts, 0, 3);
}

static void last_of_eight(struct texts *texts) {
    two_bytes(texts, 6, 8);
}

static void amid_sixteen(struct texts *texts) {
    two_bytes(texts, 7, 16);
}

static void last_of_sixteen(struct texts *texts) {
    two_bytes(texts, 14, 16);
}

static void first_of_long(struct texts *texts) {
    two_bytes(texts, 0, 30);
}

static void last_of_long(struct texts *texts) {
    two_bytes(texts, 28, 30);
}

static void numbers(struct texts *texts) {
    for (unsigned i = 0; i < MOST; i++) {
        char *text = add(texts, 0);
        texts->lengths[i] = (uint32_t)snprintf(text, SIZE, "%u", 1000 * i);
    }
}

static void of_every_length(struct texts *texts) {
    for (unsigned i = 0; i < MOST; i++) {
        char *text = memset(add(texts, 2 + i % 30), 0, SIZE);
        text[0] = (char)(i / 30);
        text[1] = 1;
    }
}

/* The published hash, with which this test must fail. */
static uint64_t public_hash(const char *text, uint32_t length) {
    return hash_bytes(text, length, 's').low;
}

static uint64_t string_hash(const char *text, uint32_t length) {
    return value_string_hash(text, length);
}

/* As the elements of arrays are compared, and the members of objects. */
static uint64_t array_hash(const char *text, uint32_t length) {
    return hash_mix(hash_mix(0, value_string_hash(text, length)), 1);
}

/* Slots that are looked at to find each of the texts. */
static size_t probes(const struct texts *texts, uint64_t (*hash_of)(const char *, uint32_t)) {
    size_t size = table_size(texts->count), probes = 0;
    struct table table = table_in(malloc(size * sizeof *table.slots), size);
    for (uint32_t i = 0; i < texts->count; i++)
        table_put(&table, hash_of(texts->bytes[i], texts->lengths[i]), i);
    for (uint32_t i = 0; i < texts->count; i++) {
        TABLE_EACH(&table, hash_of(texts->bytes[i], texts->lengths[i]), at) {
            probes++;
            if (at == i)
                break;
        }
    }
    free(table.slots);
    return probes;
}

/* As many secrets as a process may have drawn: each must do. */
static void no_choice_of_texts(void) {
    static const struct {
        const char *name;
        void (*make)(struct texts *);
    } rows[] = {
        {"one window of the published hash", of_one_window},
        {"the first two bytes of three", first_of_three},
        {"the last two bytes of eight", last_of_eight},
        {"two bytes amid sixteen", amid_sixteen},
        {"the last two bytes of sixteen", last_of_sixteen},
        {"the first two bytes of thirty", first_of_long},
        {"the last two bytes of thirty", last_of_long},
        {"numbers", numbers},
        {"zeros of every length", of_every_length},
    };
    struct texts *texts = malloc(sizeof *texts);
    uint64_t seed = check_seed();
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        texts->count = 0;
        rows[row].make(texts);
        check_row("%s", rows[row].name);
        for (int secret = 0; secret < SECRETS; secret++) {
            for (unsigned i = 0; i < HASH_WORDS; i++)
                hash_secret.words[i] = check_random(&seed);
            CHECK(probes(texts, string_hash) < PROBES * MOST);
            CHECK(probes(texts, array_hash) < PROBES * MOST);
        }
        if (row == 0)
            CHECK(probes(texts, public_hash) > 100 * MOST);
    }
    free(texts);
}

int main(void) {
    RUN(no_choice_of_texts);
    return check_done();
}
