/* Whether values are equal, and the order of keys. */
#include "json/value.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

int value_key_compare(const struct value_key *a, const struct value_key *b) {
    if (a == b)
        return 0;
    uint32_t shorter = a->length < b->length ? a->length : b->length;
    if (shorter && a->text[0] != b->text[0]) /* as the keys of small objects mostly do */
        return (unsigned char)a->text[0] < (unsigned char)b->text[0] ? -1 : 1;
    int order = memcmp(a->text, b->text, shorter);
    if (order)
        return order;
    return (a->length > b->length) - (a->length < b->length);
}

bool value_same(const struct delta_value *a, const struct delta_value *b) {
    if (a->type != b->type || a->length != b->length)
        return false;
    switch ((enum delta_type)a->type) {
    case DELTA_NULL:
    case DELTA_FALSE:
    case DELTA_TRUE:
        return true;
    case DELTA_NUMBER:
    case DELTA_STRING:
        return a->text == b->text || memcmp(a->text, b->text, a->length) == 0;
    case DELTA_ARRAY:
        return a->array == b->array ||
               (a->array->size == b->array->size && value_hash(a) == value_hash(b));
    case DELTA_OBJECT:
        break;
    }
    return a->object == b->object ||
           (a->object->size == b->object->size && value_hash(a) == value_hash(b));
}

/* Members of `b` are looked up from where the last one was found: in most objects that are equal
 * the keys come in the same order. An object with many keys in another order is compared in
 * canonical order instead. */
static bool objects_equal(const struct delta_value *a, const struct delta_value *b) {
    uint32_t count = a->length;
    const struct value_member *in_a = value_members(a);
    const struct value_member *in_b = value_members(b);
    bool same_order = true;
    for (uint32_t i = 0; i < count && same_order; i++)
        same_order = value_key_equal(in_a[i].key, in_b[i].key);
    if (same_order) {
        for (uint32_t i = 0; i < count; i++)
            if (!delta_value_equal(&in_a[i].value, &in_b[i].value))
                return false;
        return true;
    }
    uint32_t *orders = malloc(2 * (size_t)count * sizeof *orders);
    if (!orders)
        return false; /* unproven equality is not reported */
    value_order(a, orders);
    value_order(b, orders + count);
    bool equal = true;
    for (uint32_t i = 0; i < count && equal; i++) {
        const struct value_member *left = &in_a[orders[i]];
        const struct value_member *right = &in_b[orders[count + i]];
        equal = value_key_compare(left->key, right->key) == 0 &&
                delta_value_equal(&left->value, &right->value);
    }
    free(orders);
    return equal;
}

bool delta_value_equal(const struct delta_value *a, const struct delta_value *b) {
    if (!value_same(a, b))
        return false;
    if (a->type == DELTA_ARRAY) {
        if (a->array == b->array)
            return true;
        for (uint32_t i = 0; i < a->length; i++)
            if (!delta_value_equal(&value_items(a)[i], &value_items(b)[i]))
                return false;
    } else if (a->type == DELTA_OBJECT) {
        return a->object == b->object || objects_equal(a, b);
    }
    return true;
}

static int compare_indices(const void *a, const void *b, void *members_of_object) {
    const struct value_member *members = members_of_object;
    return value_key_compare(members[*(const uint32_t *)a].key, members[*(const uint32_t *)b].key);
}

enum {
    MANY_MEMBERS = 16,   /* from which on a table of words pays */
    RADIX_MEMBERS = 512, /* from which on the passes of a radix sort over it do */
    FEW_WORDS = 16,      /* up to which one after the other is put in place */
};

/* The eight bytes of a key behind what all keys begin with, as a number that orders like them;
 * zeros behind a shorter one. */
struct key_word {
    uint64_t word;
    uint32_t index;
};

static int compare_words(const void *a, const void *b, void *members_of_object) {
    const struct key_word *left = a, *right = b;
    if (left->word != right->word)
        return left->word < right->word ? -1 : 1;
    return compare_indices(&left->index, &right->index, members_of_object);
}

/* Bytes that all keys begin with. */
static uint32_t common_prefix(const struct value_member *members, uint32_t count) {
    const struct value_key *first = members[0].key;
    uint32_t common = first->length;
    for (uint32_t i = 1; i < count; i++) {
        const struct value_key *key = members[i].key;
        uint32_t same = 0;
        while (same < common && same < key->length && key->text[same] == first->text[same])
            same++;
        common = same;
    }
    return common;
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

/* Sorts by word, a byte at a time from the last one on (radix sort); of the bytes that all words
 * have alike there is no pass. The result is in `words` or in `room`, which has as many. O(count).
 */
static struct key_word *sort_words(struct key_word *words, struct key_word *room, uint32_t count) {
    enum { BYTES = sizeof words->word };
    uint32_t counts[BYTES][256] = {{0}};
    for (uint32_t i = 0; i < count; i++)
        for (unsigned byte = 0; byte < BYTES; byte++)
            counts[byte][(words[i].word >> 8 * byte) & 0xff]++;
    for (unsigned byte = 0; byte < BYTES; byte++) {
        unsigned shift = 8 * byte;
        uint32_t *at = counts[byte], sum = 0;
        if (at[(words[0].word >> shift) & 0xff] == count)
            continue;
        for (unsigned value = 0; value < 256; value++) {
            uint32_t here = at[value];
            at[value] = sum;
            sum += here;
        }
        for (uint32_t i = 0; i < count; i++)
            room[at[(words[i].word >> shift) & 0xff]++] = words[i];
        struct key_word *sorted = room;
        room = words;
        words = sorted;
    }
    return words;
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

/* Sorts what has the same word by the next one, whose offset is given, and by the whole keys. */
static void sort_equal_words(const struct value_member *members, struct key_word *words,
                             uint32_t count, uint32_t offset) {
    for (uint32_t start = 0, end; start < count; start = end) {
        end = start + 1;
        while (end < count && words[end].word == words[start].word)
            end++;
        if (end - start == 1)
            continue;
        load_words(members, words + start, end - start, offset);
        if (end - start <= FEW_WORDS)
            insert_words(members, words + start, end - start);
        else
            qsort_r(words + start, end - start, sizeof *words, compare_words,
                    (void *)(uintptr_t)members);
    }
}

/* Sorts many members: nearly all comparisons are of two words side by side, where those of the keys
 * themselves miss the cache. False for want of memory. */
static bool order_by_words(const struct value_member *members, uint32_t count, uint32_t *order) {
    struct delta_arena *scratch = delta_arena_new(); /* huge pages, where it is large */
    struct key_word *words =
        scratch ? arena_array(scratch, 2 * (size_t)count, sizeof *words) : NULL;
    if (!words) {
        delta_arena_free(scratch);
        return false;
    }
    uint32_t common = common_prefix(members, count);
    for (uint32_t i = 0; i < count; i++)
        words[i] = (struct key_word){.word = word_at(members[i].key, common), .index = i};
    struct key_word *sorted = words;
    if (count < RADIX_MEMBERS) {
        qsort_r(words, count, sizeof *words, compare_words, (void *)(uintptr_t)members);
    } else {
        sorted = sort_words(words, words + count, count);
        sort_equal_words(members, sorted, count, common + (uint32_t)sizeof sorted->word);
    }
    for (uint32_t i = 0; i < count; i++)
        order[i] = sorted[i].index;
    delta_arena_free(scratch);
    return true;
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
