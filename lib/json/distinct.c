/* Equal keys have equal private hashes, so keys whose hashes differ are distinct, and only where
 * some are equal is more to be looked at. How that is found out depends on the number of keys:
 *
 *   - up to PAIRS: each with each;
 *   - up to FEW: a bit for each hash in a set of SET_BITS; where a bit is set twice, which happens
 *     for a tenth of the objects of 16 keys, all pairs are compared;
 *   - up to PART: a hash table of 32 bits of each hash; where two are equal there, all of the hash
 *     is compared with those before it;
 *   - above that, keys in ascending order, as canonical form has them, are distinct: one comparison
 *     a key, up to the first that descends;
 *   - others are first divided into parts, by the highest bits of their hashes, so that the table
 *     of one part stays in the processor's cache: with one table for all, each of 1,000,000 keys
 *     waits for memory, and 10,000,000 take longer a key than 1,000,000.
 *
 * Where two hashes are equal altogether, which has a probability of 2^-64 for two different keys,
 * the keys are sorted: that decides, and finds a duplicate. The part of a key, the bits kept in the
 * table and its slot there are three ranges of the bits of its hash. While the highest 32 bits were
 * kept, ten of which are the same in all of a part, some of 10,000,000 keys were equal there by
 * chance, and all were sorted: 7.3 s to read them instead of 0.76. */
#include "json/distinct.h"

#include "base/pages.h"
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAIRS = 4,
    FEW = 32,
    SET_BITS = 1024,
    PART = DISTINCT_UNORDERED, /* keys in a part, about: a table of 128 KiB */
    PART_BITS = 10,
    MOST_PARTS = 1 << PART_BITS,      /* written to at once */
    KEPT_SHIFT = 64 - PART_BITS - 32, /* the bits of a hash that a table keeps, below its part's */
};

static bool reserve(struct distinct *distinct, size_t size) {
    if (size <= distinct->size)
        return true;
    free(distinct->room);
    distinct->room = malloc(size);
    distinct->size = distinct->room ? size : 0;
    pages_prefer_huge(distinct->room, distinct->size);
    return distinct->room != NULL;
}

void distinct_free(struct distinct *distinct) {
    free(distinct->room);
    *distinct = (struct distinct){0};
}

static int compare_pairs(const struct value_member *members, size_t count,
                         const struct value_key **duplicate) {
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (value_key_equal(members[i].key, members[j].key)) {
                *duplicate = members[i].key;
                return 1;
            }
    return 0;
}

static int check_few(const struct value_member *members, size_t count,
                     const struct value_key **duplicate) {
    bool twice = false;
    if (count <= PAIRS) {
        for (size_t i = 1; i < count; i++)
            for (size_t j = 0; j < i; j++)
                twice |= members[i].key->hash == members[j].key->hash;
        return twice ? compare_pairs(members, count, duplicate) : 0;
    }
    uint64_t set[SET_BITS / 64] = {0};
    for (size_t i = 0; i < count; i++) {
        uint64_t hash = members[i].key->hash;
        uint64_t *word = &set[hash / 64 % (SET_BITS / 64)], bit = UINT64_C(1) << hash % 64;
        twice |= (*word & bit) != 0;
        *word |= bit;
    }
    return twice ? compare_pairs(members, count, duplicate) : 0;
}

static bool ascending(const struct value_member *members, size_t count) {
    for (size_t i = 1; i < count; i++)
        if (value_key_compare(members[i - 1].key, members[i].key) >= 0)
            return false;
    return true;
}

static int compare_keys(const void *a, const void *b) {
    const struct value_key *left = *(const struct value_key *const *)a;
    const struct value_key *right = *(const struct value_key *const *)b;
    return value_key_compare(left, right);
}

/* For certain, and slowly. */
static int check_sorted(const struct value_member *members, size_t count,
                        const struct value_key **duplicate) {
    const struct value_key **keys = reallocarray(NULL, count, sizeof(struct value_key *));
    int status = keys ? 0 : -1;
    for (size_t i = 0; i < count && keys; i++)
        keys[i] = members[i].key;
    if (keys)
        qsort(keys, count, sizeof(struct value_key *), compare_keys);
    for (size_t i = 1; i < count && status == 0; i++)
        if (value_key_compare(keys[i - 1], keys[i]) == 0) {
            *duplicate = keys[i];
            status = 1;
        }
    free(keys);
    return status;
}

/* Puts a hash into a table with open addressing; false when it may be there already. */
static inline bool put(uint32_t *table, size_t mask, uint64_t hash) {
    uint32_t stored = (uint32_t)(hash >> KEPT_SHIFT) | 1; /* 0: a free slot */
    size_t slot = hash & mask;
    for (; table[slot]; slot = (slot + 1) & mask)
        if (table[slot] == stored)
            return false;
    table[slot] = stored;
    return true;
}

/* True when all hashes differ for certain. */
static bool check_table(uint32_t *table, const struct value_member *members, size_t count) {
    size_t size = table_size(count);
    memset(table, 0, size * sizeof *table);
    for (size_t i = 0; i < count; i++)
        if (!put(table, size - 1, members[i].key->hash))
            for (size_t j = 0; j < i; j++)
                if (members[i].key->hash == members[j].key->hash)
                    return false;
    return true;
}

/* The same by parts: the hashes in `hashes`, a table for the largest part behind them. */
static bool check_parts(struct distinct *distinct, const struct value_member *members, size_t count,
                        unsigned bits) {
    size_t starts[MOST_PARTS + 1] = {0}, largest = 0, parts = (size_t)1 << bits;
    for (size_t i = 0; i < count; i++)
        starts[(members[i].key->hash >> (64 - bits)) + 1]++;
    for (size_t p = 1; p <= parts; p++) {
        largest = starts[p] > largest ? starts[p] : largest;
        starts[p] += starts[p - 1];
    }
    if (!reserve(distinct, count * sizeof(uint64_t) + table_size(largest) * sizeof(uint32_t)))
        return false;
    uint64_t *hashes = distinct->room;
    uint32_t *table = (uint32_t *)(hashes + count);
    size_t at[MOST_PARTS];
    memcpy(at, starts, parts * sizeof *at);
    for (size_t i = 0; i < count; i++) {
        uint64_t hash = members[i].key->hash;
        hashes[at[hash >> (64 - bits)]++] = hash;
    }
    for (size_t p = 0; p < parts; p++) {
        size_t size = table_size(starts[p + 1] - starts[p]);
        memset(table, 0, size * sizeof *table);
        for (size_t i = starts[p]; i < starts[p + 1]; i++)
            if (!put(table, size - 1, hashes[i]))
                for (size_t j = starts[p]; j < i; j++)
                    if (hashes[i] == hashes[j])
                        return false;
    }
    return true;
}

int distinct_check_fresh(struct distinct *distinct, const struct value_member *members,
                         size_t count, const uint32_t *fresh, size_t fresh_count,
                         const struct value_key **duplicate) {
    if (fresh_count > count / 4)
        return distinct_check(distinct, members, count, duplicate);
    size_t size = table_size(fresh_count);
    distinct->ascending = false;
    if (!fresh_count)
        return 0;
    if (!reserve(distinct, size * sizeof(uint32_t)))
        return -1;
    struct table table = table_in(distinct->room, size);
    for (size_t i = 0; i < fresh_count; i++)
        table_put(&table, members[fresh[i]].key->hash, fresh[i]);
    for (uint32_t i = 0; i < count; i++)
        TABLE_EACH(&table, members[i].key->hash, other)
    if (other != i && value_key_equal(members[other].key, members[i].key))
        return distinct_check(distinct, members, count, duplicate); /* which one it reports */
    return 0;
}

int distinct_check(struct distinct *distinct, const struct value_member *members, size_t count,
                   const struct value_key **duplicate) {
    distinct->ascending = count > PART && ascending(members, count);
    if (count <= FEW)
        return check_few(members, count, duplicate);
    if (distinct->ascending)
        return 0;
    unsigned bits = 0;
    while (count >> bits > PART && 1 << bits < MOST_PARTS)
        bits++;
    bool proven = bits ? check_parts(distinct, members, count, bits)
                       : reserve(distinct, table_size(count) * sizeof(uint32_t)) &&
                             check_table(distinct->room, members, count);
    return proven ? 0 : check_sorted(members, count, duplicate);
}
