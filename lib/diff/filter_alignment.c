#include "diff/filter_alignment.h"

#include "base/arena.h"
#include "base/err.h"
#include "diff/identity.h"

#include <stdlib.h>
#include <string.h>

int filter_alignment_open(struct filter_alignment *a, const struct delta_value *old_array,
                          const struct delta_value *new_array, struct delta_err *err) {
    size_t old = old_array->length, new = new_array->length;
    *a = (struct filter_alignment){.old = old_array, .new = new_array};
    a->from = reallocarray(NULL, 3 * (old + new) + 1, sizeof *a->from);
    a->old_counts = calloc(old + new + 1, sizeof *a->old_counts);
    a->items = reallocarray(NULL, old + new + 1, sizeof *a->items);
    if (!a->from || !a->old_counts || !a->items)
        return err_memory(err);
    a->to = a->from + new;
    a->index = a->to + old;
    a->origin = a->index + old + new;
    a->new_counts = a->old_counts + old;
    memset(a->from, 0xff, (old + new) * sizeof *a->from);
    return 0;
}

void filter_alignment_close(struct filter_alignment *a) {
    free(a->from);
    free(a->old_counts);
    free(a->items);
}

/* Whether a filter distinguishes anything below this place, which counts if `within`. */
static bool distinguishes(const struct filter_place *place, bool within) {
    return filter_matches_below(place, FILTER_IGNORE) ||
           filter_matches_below(place, FILTER_TOLERANCE) ||
           (!within && filter_matches_below(place, FILTER_ONLY));
}

struct element_projection {
    struct projector *projector; /* at the array's place */
    bool within;
};

/* What pairs an element that no key identifies: its parts that count wherever it is in the array,
 * or all of it where there are none. */
static int project_element(void *context, const struct delta_value *element,
                           struct delta_value *out) {
    const struct element_projection *at = context;
    bool found = false;
    filter_place_any(at->projector->place, element);
    int status = projector_element(at->projector, element, at->within, false, out, &found);
    filter_place_up(at->projector->place);
    if (status == 0 && !found)
        *out = *element;
    return status;
}

static bool has_object(const struct delta_value *elements, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (elements[i].type == DELTA_OBJECT)
            return true;
    return false;
}

/* Whether a part of an element's key is at a place whose strings are compared as the JSON that they
 * hold. */
static bool is_embedded(struct pattern_matcher *embedded, const struct identity_key *key,
                        const struct delta_value *element) {
    bool found = false;
    for (uint32_t n = 0; n < key->count && !found; n++) {
        const struct pointer *part = &key->parts[n];
        pattern_matcher_any(embedded);
        pattern_matcher_value(embedded, element);
        for (uint32_t i = 0; i < part->count; i++)
            pattern_matcher_key(embedded, part->steps[i].text, part->steps[i].length);
        found = pattern_matcher_match(embedded) != NULL;
        for (uint32_t i = 0; i <= part->count; i++)
            pattern_matcher_up(embedded);
    }
    return found;
}

static bool any_is_embedded(struct pattern_matcher *embedded, const struct identity_key *key,
                            const struct delta_value *elements, uint32_t count) {
    bool found = false;
    for (uint32_t i = 0; i < count && !found; i++)
        found = is_embedded(embedded, key, &elements[i]);
    return found;
}

/* Finds the array's key: the one that was given, or inferred from all of the elements, so that what
 * does not count identifies too. */
static int find_key(struct projector *p, struct delta_arena *scratch,
                    const struct identity_pair *pair, struct identity_key *key) {
    const struct pattern_state *given = filter_match(p->place, FILTER_KEYS);
    *key = (struct identity_key){.count = 0};
    if (!has_object(pair->a, pair->a_count) || !has_object(pair->b, pair->b_count))
        return 0;
    if (given)
        return identity_key_parse(scratch, given->label, key, p->err);
    if (identity_infer(scratch, pair, 1, key, NULL, NULL, p->err))
        return -1;
    struct pattern_matcher *embedded = &p->place->matchers[FILTER_EMBEDDED];
    if (key->count && filter_matches_below(p->place, FILTER_EMBEDDED) &&
        (any_is_embedded(embedded, key, pair->a, pair->a_count) ||
         any_is_embedded(embedded, key, pair->b, pair->b_count)))
        key->count = 0;
    return 0;
}

/* Finds which elements are the same one, in `a->from`. */
static int match_elements(struct projector *p, struct delta_arena *scratch,
                          struct filter_alignment *a, bool within) {
    bool unordered = filter_match(p->place, FILTER_UNORDERED) != NULL;
    struct element_projection context = {.projector = p, .within = within};
    const struct identity_projection projection = {.project = project_element, .context = &context};
    const struct identity_pair pair = {.a = value_items(a->old),
                                       .b = value_items(a->new),
                                       .a_count = a->old->length,
                                       .b_count = a->new->length,
                                       .projection = &projection};
    struct identity_key key;
    uint32_t prefix, suffix;
    if (find_key(p, scratch, &pair, &key))
        return -1;
    a->by_index =
        !key.count && !unordered && pair.a_count == pair.b_count && distinguishes(p->place, within);
    if (a->by_index)
        return 0;
    return identity_align(scratch, &pair, &key, unordered ? PAIRING_ANY_ORDER : PAIRING_SHOW,
                          a->from, &prefix, &suffix, p->err);
}

/* Keeps the pairs in which something counts, and notes what counts of the other elements. */
static void keep_counting(struct projector *p, struct filter_alignment *a, bool within) {
    for (uint32_t j = 0; j < a->new->length; j++) {
        const struct delta_value *new = &value_items(a->new)[j];
        const struct delta_value *old =
            a->from[j] != NO_INDEX ? &value_items(a->old)[a->from[j]] : NULL;
        filter_place_index(p->place, j, old, new);
        bool counting =
            projector_counts(p, new, within) || (old && projector_counts(p, old, within));
        filter_place_up(p->place);
        if (!old)
            a->new_counts[j] = counting;
        else if (counting)
            a->to[a->from[j]] = j;
        else /* the old element stays where it was */
            a->to[a->from[j]] = FILTER_UNCOUNTED;
    }
    for (uint32_t i = 0; i < a->old->length; i++) {
        if (a->to[i] != NO_INDEX)
            continue;
        const struct delta_value *old = &value_items(a->old)[i];
        filter_place_index(p->place, i, old, NULL);
        a->old_counts[i] = projector_counts(p, old, within);
        filter_place_up(p->place);
    }
}

int filter_alignment_find(struct filter_alignment *a, struct projector *p,
                          struct delta_arena *scratch, bool within) {
    struct arena_mark mark = arena_mark(scratch);
    int status = match_elements(p, scratch, a, within);
    arena_rewind(scratch, mark);
    if (status == 0 && !a->by_index)
        keep_counting(p, a, within);
    return status;
}
