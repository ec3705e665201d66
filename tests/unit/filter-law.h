/* Law 8: under filters a record leads to the new value wherever a place counts, and to the old one
 * wherever it does not. Written from the law, not from lib/diff/filter.c, for property tests and
 * fuzz targets; patterns must not name indices. */
#ifndef FILTER_LAW_H
#define FILTER_LAW_H

#include "diff/filter.h"
#include "json/numeric.h"
#include "json/pattern_matcher.h"

struct law {
    struct delta_arena *arena;
    const struct delta_filter *filter;
    struct pattern_matcher ignore, only, unordered, keys, embedded;
};

static inline void law_down(struct law *law, const struct value_member *member) {
    struct pattern_matcher *matchers[] = {&law->ignore, &law->only, &law->unordered, &law->keys,
                                          &law->embedded};
    for (size_t i = 0; i < sizeof matchers / sizeof *matchers; i++)
        if (member)
            pattern_matcher_key(matchers[i], member->key->text, member->key->length);
        else
            pattern_matcher_any(matchers[i]);
}

static inline void law_up(struct law *law) {
    pattern_matcher_up(&law->ignore);
    pattern_matcher_up(&law->only);
    pattern_matcher_up(&law->unordered);
    pattern_matcher_up(&law->keys);
    pattern_matcher_up(&law->embedded);
}

static inline const struct delta_value *law_member(const struct delta_value *object,
                                                   const struct value_member *member) {
    for (uint32_t i = 0; object && i < object->length; i++) {
        const struct value_member *own = &value_members(object)[i];
        if (own->key->length == member->key->length &&
            memcmp(own->key->text, member->key->text, own->key->length) == 0)
            return &own->value;
    }
    return NULL;
}

/* The array or object that a string holds where that is compared; else the value. */
static inline const struct delta_value *law_held(struct law *law, const struct delta_value *value) {
    const struct delta_value *held = NULL;
    if (value->type == DELTA_STRING && pattern_matcher_match(&law->embedded))
        held = delta_read(law->arena, value->text, value->length, NULL, NULL);
    return held && value_is_container(held) ? held : value;
}

/* Whether anything in the value counts; `within` a place of --only. */
static inline bool law_counts(struct law *law, const struct delta_value *value, bool within) {
    if (!value || pattern_matcher_match(&law->ignore))
        return false;
    if (within || pattern_matcher_match(&law->only))
        return true;
    bool found = false;
    value = law_held(law, value);
    for (uint32_t i = 0; value_is_container(value) && i < value->length && !found; i++) {
        bool object = value->type == DELTA_OBJECT;
        law_down(law, object ? &value_members(value)[i] : NULL);
        found = law_counts(law, object ? &value_members(value)[i].value : &value_items(value)[i],
                           false);
        law_up(law);
    }
    return found;
}

/* Whether all counts, but for how numbers are written. Elements are paired then as in any diff: one
 * that has another place keeps the numbers of the old array. */
static inline bool law_numbers_only(const struct law *law, bool within) {
    return law->filter->numeric && within && !pattern_matcher_may_match_below(&law->ignore);
}

/* Whether elements may be known by a key, or by likeness: then a place is not an index. */
static inline bool law_has_places(const struct law *law, const struct delta_value *old,
                                  const struct delta_value *new, bool within) {
    bool objects[2] = {false, false};
    for (uint32_t i = 0; i < old->length; i++)
        objects[0] |= value_items(old)[i].type == DELTA_OBJECT;
    for (uint32_t i = 0; i < new->length; i++)
        objects[1] |= value_items(new)[i].type == DELTA_OBJECT;
    return old->length == new->length && !(objects[0] && objects[1]) &&
           !law_numbers_only(law, within) && !pattern_matcher_match(&law->unordered);
}

static inline bool law_at(struct law *law, const struct delta_value *old,
                          const struct delta_value *new, const struct delta_value *out,
                          bool within);

static inline bool law_element(struct law *law, const struct delta_value *old,
                               const struct delta_value *new, const struct delta_value *out,
                               bool within) {
    law_down(law, NULL);
    bool holds = law_at(law, old, new, out, within);
    law_up(law);
    return holds;
}

/* An element of the result is one of the old, of the new, or what counts of one in the place of
 * another: never of several. */
static inline bool law_some_element(struct law *law, const struct delta_value *old,
                                    const struct delta_value *new, const struct delta_value *out,
                                    bool within) {
    for (uint32_t i = 0; i < old->length; i++)
        if (value_same(&value_items(old)[i], out))
            return true;
    for (uint32_t j = 0; j < new->length; j++)
        if (value_same(&value_items(new)[j], out))
            return true;
    for (uint32_t i = 0; i < old->length; i++)
        for (uint32_t j = 0; j < new->length; j++)
            if (law_element(law, &value_items(old)[i], &value_items(new)[j], out, within))
                return true;
    return false;
}

static inline bool law_array(struct law *law, const struct delta_value *old,
                             const struct delta_value *new, const struct delta_value *out,
                             bool within) {
    bool places = law_has_places(law, old, new, within), holds = out->type == DELTA_ARRAY;
    if (places && holds)
        holds = out->length == old->length;
    else if (holds && law_numbers_only(law, within) && law->filter->unordered.count == 0 &&
             law->filter->embedded.count == 0)
        holds = numeric_equal(law->arena, new, out, NULL) == 1;
    for (uint32_t i = 0; holds && i < out->length; i++)
        holds = places ? law_element(law, &value_items(old)[i], &value_items(new)[i],
                                     &value_items(out)[i], within)
                       : law_some_element(law, old, new, &value_items(out)[i], within);
    return holds;
}

static inline bool law_object(struct law *law, const struct delta_value *old,
                              const struct delta_value *new, const struct delta_value *out,
                              bool within) {
    bool holds = out->type == DELTA_OBJECT;
    uint32_t count = 0;
    for (uint32_t i = 0; holds && i < old->length + new->length; i++) {
        const struct value_member *member =
            i < old->length ? &value_members(old)[i] : &value_members(new)[i - old->length];
        const struct delta_value *of_old = law_member(old, member),
                                 *of_new = law_member(new, member),
                                 *of_out = law_member(out, member);
        if (i >= old->length && of_old)
            continue;
        count += of_out != NULL;
        law_down(law, member);
        if (of_old && of_new)
            holds = of_out && law_at(law, of_old, of_new, of_out, within);
        else if (law_counts(law, of_old ? of_old : of_new, within))
            holds = of_old ? !of_out : of_out && value_same(of_out, of_new);
        else
            holds = of_old ? of_out && value_same(of_out, of_old) : !of_out;
        law_up(law);
    }
    return holds && count == out->length;
}

static inline bool law_at(struct law *law, const struct delta_value *old,
                          const struct delta_value *new, const struct delta_value *out,
                          bool within) {
    if (pattern_matcher_match(&law->ignore))
        return value_same(old, out);
    within |= pattern_matcher_match(&law->only) != NULL;
    if (old->type == DELTA_OBJECT && new->type == DELTA_OBJECT)
        return law_object(law, old, new, out, within);
    if (old->type == DELTA_ARRAY && new->type == DELTA_ARRAY)
        return law_array(law, old, new, out, within);
    const struct delta_value *in_old = law_held(law, old), *in_new = law_held(law, new);
    bool held = in_old != old || in_new != new;
    bool same = law->filter->numeric && old->type == DELTA_NUMBER &&
                numeric_equal(law->arena, old, new, NULL) == 1;
    bool counts = !same && (law_counts(law, old, within) || law_counts(law, new, within));
    /* Of arrays it says only that they may be the same. */
    if (held && value_is_container(in_old) && value_is_container(in_new) && value_same(old, out))
        return law_at(law, in_old, in_new, in_old, within);
    return value_same(counts ? new : old, out);
}

static inline bool law_open(struct law *law, const struct delta_filter *filter) {
    *law = (struct law){.arena = delta_arena_new(), .filter = filter};
    pattern_matcher_open(&law->ignore, &filter->ignore);
    pattern_matcher_open(&law->only, &filter->only);
    pattern_matcher_open(&law->unordered, &filter->unordered);
    pattern_matcher_open(&law->keys, &filter->array_keys);
    pattern_matcher_open(&law->embedded, &filter->embedded);
    return law->arena != NULL;
}

/* Whether memory sufficed for all that was asked. */
static inline bool law_close(struct law *law) {
    bool failed = law->ignore.failed || law->only.failed || law->unordered.failed ||
                  law->keys.failed || law->embedded.failed;
    pattern_matcher_close(&law->ignore);
    pattern_matcher_close(&law->only);
    pattern_matcher_close(&law->unordered);
    pattern_matcher_close(&law->keys);
    pattern_matcher_close(&law->embedded);
    delta_arena_free(law->arena);
    return !failed;
}

/* Of `ignore`, `only`, `unordered`, `embedded` and `numeric`. */
static inline bool filter_law_holds(const struct delta_filter *filter,
                                    const struct delta_value *old, const struct delta_value *new,
                                    const struct delta_value *out) {
    struct law law;
    bool opened = law_open(&law, filter);
    bool holds = opened && law_at(&law, old, new, out, filter->only.count == 0);
    return !law_close(&law) || holds;
}

/* Whether the arrays at each place have one length. If not, elements were paired by identity, and
 * what that leads to may be as long as the old array: filtered again, it is compared index by
 * index, and other things count. ([{"b":0}] to [{"b":{},"c":0},0] with --only=/0/b is another first
 * element, whole; from the old array to that one only b counts.) */
static inline bool filter_keeps_lengths(const struct delta_value *old,
                                        const struct delta_value *new) {
    bool kept = true;
    if (old->type == DELTA_OBJECT && new->type == DELTA_OBJECT) {
        for (uint32_t i = 0; i < old->length && kept; i++) {
            const struct delta_value *other = law_member(new, &value_members(old)[i]);
            kept = !other || filter_keeps_lengths(&value_members(old)[i].value, other);
        }
    } else if (old->type == DELTA_ARRAY && new->type == DELTA_ARRAY) {
        kept = old->length == new->length;
        for (uint32_t i = 0; i < old->length && kept; i++)
            kept = filter_keeps_lengths(&value_items(old)[i], &value_items(new)[i]);
    }
    return kept;
}

#endif
