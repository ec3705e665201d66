/* Many members are sorted by words, the eight bytes of each key behind what all keys begin with: a
 * radix sort from the most significant bits on. A digit is what lies below the highest bit in which
 * the words of a group differ, so that there is no pass over bits that are alike, as they are in
 * most bytes of text; a group whose words are equal goes on with the next eight bytes. The first
 * passes divide a million members into groups that fit into the cache, where those from the least
 * significant byte on, one for each byte, would all go over the whole memory. And nearly all
 * comparisons are of two words side by side, where those of the keys themselves miss the cache.
 *
 * Why these constants: without a table of words delta-diff -z of two versions of caniuse takes 1.47
 * times the instructions; MANY_MEMBERS of 8 and 32 take 1.00 of them, FEW_WORDS of 8 and 32 1.10
 * and 0.98. Compat data, where fewer are sorted, take 1.00 to 1.005 with all of these. */
#include "json/key_order.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum {
    MANY_MEMBERS = 16,     /* from which on a table of words pays */
    FEW_WORDS = 16,        /* up to which one after the other is put in place */
    DIGIT = 8,             /* bits: their counts fit into the nearest cache, */
    LARGE_DIGIT = 12,      /* and those of two decimal digits, which divide faster, */
    LARGE_GROUP = 1 << 13, /* where there are more words than counts */
    MOST_PASSES = 256,     /* within one another; then keys are compared: bounds the stack */
};

static int compare_indices(const void *a, const void *b, void *members_of_object) {
    const struct value_member *members = members_of_object;
    return value_key_compare(members[*(const uint32_t *)a].key, members[*(const uint32_t *)b].key);
}

static int compare_words(const void *a, const void *b, void *members_of_object) {
    const struct key_word *left = a, *right = b;
    if (left->word != right->word)
        return left->word < right->word ? -1 : 1;
    return compare_indices(&left->index, &right->index, members_of_object);
}

/* How many of the first `most` bytes two keys share. */
static uint32_t shared_bytes(const struct value_key *a, const struct value_key *b, uint32_t most) {
    uint32_t same = 0;
    while (same < most && same < a->length && same < b->length && a->text[same] == b->text[same])
        same++;
    return same;
}

/* Bytes that all keys begin with. */
static uint32_t common_prefix(const struct value_member *members, const struct key_word *words,
                              uint32_t count) {
    const struct value_key *first = members[words[0].index].key;
    uint32_t common = first->length;
    for (uint32_t i = 1; i < count && common; i++)
        common = shared_bytes(members[words[i].index].key, first, common);
    return common;
}

/* Bytes that nearly all keys begin with as `key` does, by a sample. */
static uint32_t usual_prefix(const struct value_member *members, const struct key_word *words,
                             uint32_t count, const struct value_key *key) {
    enum { SAMPLES = 32, OTHERS = 4 };
    uint32_t shortest[OTHERS + 1]; /* of what samples share with the key, ascending */
    for (uint32_t n = 0; n <= OTHERS; n++)
        shortest[n] = UINT32_MAX;
    for (uint32_t i = 0; i < SAMPLES; i++) {
        uint32_t place = (uint32_t)((uint64_t)count * i / SAMPLES), at = OTHERS;
        uint32_t same = shared_bytes(members[words[place].index].key, key, key->length);
        for (; at && shortest[at - 1] > same; at--)
            shortest[at] = shortest[at - 1];
        if (shortest[at] > same)
            shortest[at] = same;
    }
    return shortest[OTHERS];
}

/* The eight bytes of the key from `offset` on. */
static inline uint64_t word_at(const struct value_key *key, uint32_t offset) {
    uint64_t word = 0;
    if (key->length >= offset + sizeof word)
        memcpy(&word, key->text + offset, sizeof word);
    else if (key->length > offset)
        memcpy(&word, key->text + offset, key->length - offset);
    return be64toh(word);
}

/* Loads the words of the members that `words` names. They are all over the memory where they were
 * sorted by other words before. */
static void load_words(const struct value_member *members, struct key_word *words, uint32_t count,
                       uint32_t offset) {
    enum { MEMBERS_AHEAD = 24, KEYS_AHEAD = 16, TEXTS_AHEAD = 8 };
    for (uint32_t i = 0; i < count; i++) {
        if (count - i > MEMBERS_AHEAD)
            __builtin_prefetch(&members[words[i + MEMBERS_AHEAD].index]);
        if (count - i > KEYS_AHEAD)
            __builtin_prefetch(members[words[i + KEYS_AHEAD].index].key);
        if (count - i > TEXTS_AHEAD)
            __builtin_prefetch(members[words[i + TEXTS_AHEAD].index].key->text + offset);
        words[i].word = word_at(members[words[i].index].key, offset);
    }
}

/* Sorts a few. */
static void insert_words(const struct value_member *members, struct key_word *words,
                         uint32_t count) {
    for (uint32_t i = 1; i < count; i++) {
        struct key_word word = words[i];
        uint32_t at = i;
        for (; at && compare_words(&words[at - 1], &word, (void *)(uintptr_t)members) > 0; at--)
            words[at] = words[at - 1];
        words[at] = word;
    }
}

/* What a sort of words works with. */
struct word_sort {
    const struct value_member *members;
    struct key_word *room; /* as many as there are words */
    uint32_t *counts;      /* one a value of a digit */
};

static inline const struct value_key *key_of(const struct word_sort *sort, struct key_word word) {
    return sort->members[word.index].key;
}

/* The bits in which words of the group differ from its first. */
static uint64_t differing_bits(const struct key_word *words, uint32_t count) {
    uint64_t bits = 0;
    for (uint32_t i = 1; i < count; i++)
        bits |= words[i].word ^ words[0].word;
    return bits;
}

/* The lowest bit of the digit that begins at the highest bit of `differing`. */
static unsigned digit_shift(uint64_t differing, unsigned width) {
    unsigned highest = 63u - (unsigned)__builtin_clzll(differing);
    return highest + 1 > width ? highest + 1 - width : 0;
}

/* Sorts by one digit. O(count). */
static void sort_digit(const struct word_sort *sort, struct key_word *words, uint32_t count,
                       unsigned shift, unsigned width) {
    uint32_t mask = (1u << width) - 1, sum = 0;
    uint32_t *at = sort->counts;
    memset(at, 0, (mask + 1) * sizeof *at);
    for (uint32_t i = 0; i < count; i++)
        at[words[i].word >> shift & mask]++;
    for (uint32_t value = 0; value <= mask; value++) {
        uint32_t here = at[value];
        at[value] = sum;
        sum += here;
    }
    for (uint32_t i = 0; i < count; i++)
        sort->room[at[words[i].word >> shift & mask]++] = words[i];
    memcpy(words, sort->room, count * sizeof *words);
}

/* True when a key of the group goes on at `offset`. */
static bool goes_on(const struct value_member *members, const struct key_word *words,
                    uint32_t count, uint32_t offset) {
    for (uint32_t i = 0; i < count; i++)
        if (members[words[i].index].key->length > offset)
            return true;
    return false;
}

/* Sorts words that are the eight bytes of their keys before `offset`. */
static void sort_words(const struct word_sort *sort, struct key_word *words, uint32_t count,
                       uint32_t offset, unsigned passes) {
    uint64_t differing = 0;
    if (count > FEW_WORDS)
        while (!(differing = differing_bits(words, count)) &&
               goes_on(sort->members, words, count, offset)) {
            load_words(sort->members, words, count, offset);
            offset += (uint32_t)sizeof words->word;
        }
    if (count <= FEW_WORDS) {
        insert_words(sort->members, words, count);
        return;
    }
    if (!differing || passes == MOST_PASSES) {
        qsort_r(words, count, sizeof *words, compare_words, (void *)(uintptr_t)sort->members);
        return;
    }
    unsigned width = count >= LARGE_GROUP ? LARGE_DIGIT : DIGIT;
    unsigned shift = digit_shift(differing, width);
    sort_digit(sort, words, count, shift, width);
    for (uint32_t start = 0, end; start < count; start = end) {
        end = start + 1;
        while (end < count && words[end].word >> shift == words[start].word >> shift)
            end++;
        if (end - start > 1)
            sort_words(sort, words + start, end - start, offset, passes + 1);
    }
}

/* Divides the words into those of keys before all that begin like `key`, those that do, and those
 * behind them; `ends` are where each of them ends. A few other keys would otherwise leave no prefix
 * to all, and most of what the first words are would be alike. */
static void part_by_prefix(const struct word_sort *sort, struct key_word *words, uint32_t count,
                           const struct value_key *key, uint32_t prefix, uint32_t ends[3]) {
    uint32_t before = 0, with = 0, behind = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct value_key *other = key_of(sort, words[i]);
        uint32_t shorter = other->length < prefix ? other->length : prefix;
        int order = memcmp(other->text, key->text, shorter);
        if (order == 0 && shorter == prefix)
            words[with++] = words[i];
        else if (order > 0)
            sort->room[count - ++behind] = words[i];
        else
            sort->room[before++] = words[i];
    }
    memmove(words + before, words, with * sizeof *words);
    memcpy(words, sort->room, before * sizeof *words);
    memcpy(words + before + with, sort->room + count - behind, behind * sizeof *words);
    ends[0] = before;
    ends[1] = before + with;
    ends[2] = count;
}

/* Sorts words that are not loaded yet, of keys that begin with `common` bytes in common. */
static void sort_part(const struct word_sort *sort, struct key_word *words, uint32_t count,
                      uint32_t common) {
    for (uint32_t i = 0; i < count; i++)
        words[i].word = word_at(key_of(sort, words[i]), common);
    sort_words(sort, words, count, common + (uint32_t)sizeof words->word, 0);
}

static void sort_members(const struct word_sort *sort, struct key_word *words, uint32_t count) {
    const struct value_key *key = key_of(sort, words[count / 2]);
    uint32_t common = common_prefix(sort->members, words, count), ends[3];
    uint32_t usual = count >= LARGE_GROUP ? usual_prefix(sort->members, words, count, key) : 0;
    if (usual <= common) {
        sort_part(sort, words, count, common);
        return;
    }
    part_by_prefix(sort, words, count, key, usual, ends);
    for (uint32_t part = 0, start = 0; part < 3; start = ends[part++])
        if (ends[part] > start)
            sort_part(sort, words + start, ends[part] - start,
                      common_prefix(sort->members, words + start, ends[part] - start));
}

bool key_order_sort(const struct value_member *members, struct key_word *words, uint32_t count) {
    struct delta_arena *scratch = delta_arena_new(); /* huge pages, where it is large */
    struct word_sort sort = {.members = members};
    size_t counts = count >= LARGE_GROUP ? 1 << LARGE_DIGIT : 1 << DIGIT;
    sort.room = scratch ? arena_array(scratch, count, sizeof *sort.room) : NULL;
    sort.counts = sort.room ? arena_array(scratch, counts, sizeof *sort.counts) : NULL;
    if (sort.counts)
        sort_members(&sort, words, count);
    delta_arena_free(scratch);
    return sort.counts != NULL;
}

/* Sorts many members; false for want of memory. */
static bool order_by_words(const struct value_member *members, uint32_t count, uint32_t *order) {
    struct delta_arena *scratch = delta_arena_new();
    struct key_word *words = scratch ? arena_array(scratch, count, sizeof *words) : NULL;
    for (uint32_t i = 0; words && i < count; i++)
        words[i].index = i;
    bool sorted = words && key_order_sort(members, words, count);
    for (uint32_t i = 0; sorted && i < count; i++)
        order[i] = words[i].index;
    delta_arena_free(scratch);
    return sorted;
}

/* Sorts few members by insertion; the first `sorted` are in order. */
static void order_few(const struct value_member *members, uint32_t sorted, uint32_t count,
                      uint32_t *order) {
    for (uint32_t i = sorted; i < count; i++) {
        uint32_t at = i;
        for (; at && value_key_compare(members[order[at - 1]].key, members[i].key) > 0; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

void value_order(const struct delta_value *object, uint32_t *order) {
    const struct value_member *members = value_members(object);
    uint32_t sorted = object->length ? 1 : 0;
    if (object->flags & VALUE_ORDERED) {
        memcpy(order, value_kept_order(object), object->length * sizeof *order);
        return;
    }
    if (object->flags & VALUE_ASCENDING)
        sorted = object->length;
    while (sorted < object->length &&
           value_key_compare(members[sorted - 1].key, members[sorted].key) < 0)
        sorted++;
    for (uint32_t i = 0; i < object->length; i++)
        order[i] = i;
    if (sorted == object->length)
        return;
    if (object->length < MANY_MEMBERS)
        order_few(members, sorted, object->length, order);
    else if (!order_by_words(members, object->length, order))
        qsort_r(order, object->length, sizeof *order, compare_indices, (void *)(uintptr_t)members);
}

uint32_t *value_order_new(const struct delta_value *object) {
    uint32_t *order = malloc((object->length + (size_t)1) * sizeof *order);
    if (order)
        value_order(object, order);
    return order;
}
