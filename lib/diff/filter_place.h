/* A descent into two states under a filter: what it says of the place that was reached. */
#ifndef DIFF_FILTER_PLACE_H
#define DIFF_FILTER_PLACE_H

#include "diff/filter.h"
#include "json/pattern_matcher.h"

enum filter_patterns {
    FILTER_IGNORE,
    FILTER_ONLY,
    FILTER_UNORDERED,
    FILTER_KEYS,
    FILTER_EMBEDDED,
    FILTER_TOLERANCE,
    FILTER_PATTERNS,
};

struct filter_place {
    const struct delta_filter *filter;
    struct pattern_matcher matchers[FILTER_PATTERNS];
};

/* At the root. */
void filter_place_open(struct filter_place *place, const struct delta_filter *filter);

/* Returns -1 with DELTA_ERR_MEMORY when a step failed, after which nothing matched; else 0. */
int filter_place_close(struct filter_place *place, struct delta_err *err);

/* Into a member or an element; `old` and `new` are its values, or NULL. */
void filter_place_key(struct filter_place *place, const struct value_key *key,
                      const struct delta_value *old, const struct delta_value *new);
void filter_place_index(struct filter_place *place, uint32_t index, const struct delta_value *old,
                        const struct delta_value *new);

/* Into an element whose index does not matter yet. */
void filter_place_any(struct filter_place *place, const struct delta_value *element);

void filter_place_up(struct filter_place *place);

static inline const struct pattern_state *filter_match(const struct filter_place *place,
                                                       enum filter_patterns patterns) {
    return pattern_matcher_match(&place->matchers[patterns]);
}

static inline bool filter_matches_below(const struct filter_place *place,
                                        enum filter_patterns patterns) {
    return pattern_matcher_may_match_below(&place->matchers[patterns]);
}

/* Whether all of this place counts, when `within` says so of what it is in. */
static inline bool filter_counts_whole(const struct filter_place *place, bool within) {
    return within || filter_match(place, FILTER_ONLY);
}

/* The value that is compared at this place: of a string that holds JSON, where embedded JSON is
 * compared, the parsed array or object; otherwise the value itself. `*out` is `value` or in the
 * arena. Fails for want of memory only. O(length of such a string). */
int filter_place_value(const struct filter_place *place, struct delta_arena *arena,
                       const struct delta_value *value, const struct delta_value **out,
                       struct delta_err *err);

/* A private hash of all that decides what counts within a value. */
uint64_t filter_place_hash(const struct filter_place *place, bool within);

#endif
