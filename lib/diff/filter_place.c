#include "diff/filter_place.h"

#include "base/err.h"
#include "base/hash.h"
#include "json/embedded.h"

void filter_place_open(struct filter_place *place, const struct delta_filter *filter) {
    const struct pointer_patterns *const patterns[FILTER_PATTERNS] = {
        [FILTER_IGNORE] = &filter->ignore,       [FILTER_ONLY] = &filter->only,
        [FILTER_UNORDERED] = &filter->unordered, [FILTER_KEYS] = &filter->array_keys,
        [FILTER_EMBEDDED] = &filter->embedded,   [FILTER_TOLERANCE] = &filter->tolerance};
    place->filter = filter;
    for (size_t i = 0; i < FILTER_PATTERNS; i++)
        pattern_matcher_open(&place->matchers[i], patterns[i]);
}

int filter_place_close(struct filter_place *place, struct delta_err *err) {
    bool failed = false;
    for (size_t i = 0; i < FILTER_PATTERNS; i++) {
        failed |= place->matchers[i].failed;
        pattern_matcher_close(&place->matchers[i]);
    }
    return failed ? err_memory(err) : 0;
}

void filter_place_key(struct filter_place *place, const struct value_key *key,
                      const struct delta_value *old, const struct delta_value *new) {
    for (size_t i = 0; i < FILTER_PATTERNS; i++) {
        pattern_matcher_key(&place->matchers[i], key->text, key->length);
        pattern_matcher_value(&place->matchers[i], old);
        pattern_matcher_value(&place->matchers[i], new);
    }
}

void filter_place_index(struct filter_place *place, uint32_t index, const struct delta_value *old,
                        const struct delta_value *new) {
    for (size_t i = 0; i < FILTER_PATTERNS; i++) {
        pattern_matcher_index(&place->matchers[i], index);
        pattern_matcher_value(&place->matchers[i], old);
        pattern_matcher_value(&place->matchers[i], new);
    }
}

void filter_place_any(struct filter_place *place, const struct delta_value *element) {
    for (size_t i = 0; i < FILTER_PATTERNS; i++) {
        pattern_matcher_any(&place->matchers[i]);
        pattern_matcher_value(&place->matchers[i], element);
    }
}

void filter_place_up(struct filter_place *place) {
    for (size_t i = 0; i < FILTER_PATTERNS; i++)
        pattern_matcher_up(&place->matchers[i]);
}

int filter_place_value(const struct filter_place *place, struct delta_arena *arena,
                       const struct delta_value *value, const struct delta_value **out,
                       struct delta_err *err) {
    const struct delta_value *held = NULL;
    if (value->type == DELTA_STRING && filter_match(place, FILTER_EMBEDDED) &&
        embedded_value(arena, value, place->matchers[FILTER_EMBEDDED].depth, &held, err))
        return -1;
    *out = held ? held : value;
    return 0;
}

uint64_t filter_place_hash(const struct filter_place *place, bool within) {
    const struct pattern_matcher *at = place->matchers;
    return hash_mix(
        hash_mix(pattern_matcher_hash(&at[FILTER_IGNORE]), pattern_matcher_hash(&at[FILTER_ONLY])),
        hash_mix(hash_mix(pattern_matcher_hash(&at[FILTER_UNORDERED]),
                          pattern_matcher_hash(&at[FILTER_EMBEDDED])),
                 within));
}
