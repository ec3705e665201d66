/* Content is weighed in bytes of canonical form, of which a scalar counts no more than
 * SCALAR_WEIGHT and a container no more than CONTAINER_WEIGHT: a long description must not outweigh
 * the rest of its object. Two containers share what their members under equal keys share, with the
 * keys, and their items at equal distance from either end; strings of SIMILARITY_LONG_STRING bytes
 * or more their ends, shorter scalars all or nothing. The score is what is shared in thousandths of
 * the heavier side; only what is equal scores 1000.
 *
 * Half or twice of any of these constants makes the same records of two lists of 300 and 3,000
 * objects without a key, of texts of 5 to 60 words, arrays and an object, a fifth of them edited:
 * the order of scores is what counts, and pairing.c says which are enough. */
#include "diff/similarity.h"

enum {
    PARTS_MAX = 1024, /* parts of one container that are looked at */
    SCALAR_WEIGHT = 40,
    CONTAINER_WEIGHT = 400,
    DEPTH_MAX = 6, /* levels that are compared */
};

static uint64_t at_most(uint64_t n, uint64_t most) {
    return n < most ? n : most;
}

static uint64_t weight(const struct delta_value *value) {
    return at_most(delta_value_size(value),
                   value_is_container(value) ? CONTAINER_WEIGHT : SCALAR_WEIGHT);
}

static uint64_t key_weight(const struct value_key *key) {
    return at_most(value_key_size(key), SCALAR_WEIGHT) + 1;
}

uint32_t similarity_parts(const struct delta_value *value) {
    return value_is_container(value) ? (uint32_t)at_most(value->length, PARTS_MAX) : 0;
}

/* The weight of all that is in an object or array. */
static uint64_t content(const struct delta_value *value) {
    uint64_t sum = 0;
    for (uint32_t n = 0; n < similarity_parts(value); n++)
        sum += value->type == DELTA_OBJECT ? key_weight(value_members(value)[n].key) +
                                                 weight(&value_members(value)[n].value)
                                           : weight(&value_items(value)[n]);
    return sum;
}

static uint32_t score(const struct delta_value *a, const struct delta_value *b, unsigned depth);

/* Thousandths of `weight` that `a` and `b` share. */
static uint64_t shared_weight(const struct delta_value *a, const struct delta_value *b,
                              unsigned depth) {
    uint64_t larger = weight(a) > weight(b) ? weight(a) : weight(b);
    return larger * score(a, b, depth) / 1000;
}

static uint64_t shared_members(const struct delta_value *a, const struct delta_value *b,
                               unsigned depth) {
    uint64_t shared = 0;
    for (uint32_t n = 0; n < similarity_parts(b); n++) {
        const struct value_member *member = &value_members(b)[n];
        const struct value_member *other = n < a->length ? &value_members(a)[n] : NULL;
        if (!other || !value_key_equal(other->key, member->key))
            other = value_member(a, member->key);
        if (!other)
            continue;
        uint64_t part = shared_weight(&other->value, &member->value, depth);
        if (part)
            shared += key_weight(member->key) + part;
    }
    return shared;
}

/* Elements are compared at the same distance from either end. */
static uint64_t shared_items(const struct delta_value *a, const struct delta_value *b,
                             unsigned depth) {
    uint32_t shorter =
        similarity_parts(a) < similarity_parts(b) ? similarity_parts(a) : similarity_parts(b);
    uint32_t start = 0, end = 0;
    uint64_t shared = 0;
    for (; start < shorter && value_same(&value_items(a)[start], &value_items(b)[start]); start++)
        shared += weight(&value_items(b)[start]);
    for (; end < shorter - start &&
           value_same(&value_items(a)[a->length - 1 - end], &value_items(b)[b->length - 1 - end]);
         end++)
        shared += weight(&value_items(b)[b->length - 1 - end]);
    for (uint32_t n = start; n < shorter - end; n++)
        shared += shared_weight(&value_items(a)[n], &value_items(b)[n], depth);
    return shared;
}

uint32_t similarity_common_ends(const struct delta_value *a, const struct delta_value *b) {
    uint32_t shorter = a->length < b->length ? a->length : b->length;
    uint32_t start = 0, end = 0;
    while (start < shorter && a->text[start] == b->text[start])
        start++;
    while (end < shorter - start && a->text[a->length - 1 - end] == b->text[b->length - 1 - end])
        end++;
    return start + end;
}

/* Long texts share their common ends. */
static uint32_t text_score(const struct delta_value *a, const struct delta_value *b) {
    if (a->length < SIMILARITY_LONG_STRING || b->length < SIMILARITY_LONG_STRING)
        return 0;
    uint32_t longer = a->length < b->length ? b->length : a->length;
    return (uint32_t)(1000 * (uint64_t)similarity_common_ends(a, b) / longer);
}

static uint32_t score(const struct delta_value *a, const struct delta_value *b, unsigned depth) {
    if (a->type != b->type)
        return 0;
    if (value_same(a, b))
        return 1000;
    if (a->type == DELTA_STRING)
        return text_score(a, b);
    if (!value_is_container(a) || depth == DEPTH_MAX)
        return 0;
    uint64_t left = content(a), right = content(b);
    uint64_t larger = left > right ? left : right;
    uint64_t shared =
        a->type == DELTA_OBJECT ? shared_members(a, b, depth + 1) : shared_items(a, b, depth + 1);
    uint64_t result = larger ? 1000 * shared / larger : 0;
    return result < 1000 ? (uint32_t)result : 999;
}

uint32_t similarity_score(const struct delta_value *a, const struct delta_value *b) {
    return score(a, b, 0);
}
