#include "diff/filter_alignment.h"

#include "base/arena.h"
#include "base/err.h"
#include "diff/identity.h"
#include "diff/keyed.h"

#include <stdlib.h>
#include <string.h>

int filter_alignment_open(struct filter_alignment *a, const struct delta_value *old_array,
                          const struct delta_value *new_array, struct delta_err *err) {
    size_t old = old_array->length, new = new_array->length;
    *a = (struct filter_alignment){.old = old_array, .new = new_array};
    a->from = reallocarray(NULL, 2 * (old + new) + 1, sizeof *a->from);
    a->old_counts = calloc(old + new + 1, sizeof *a->old_counts);
    a->items = reallocarray(NULL, old + new + 1, sizeof *a->items);
    if (!a->from || !a->old_counts || !a->items)
        return err_memory(err);
    a->to = a->from + new;
    a->index = a->to + old;
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

/* What pairs an element: all of it where the array's key does, as `symbols` tell, which are NULL in
 * an array without one; its parts that count wherever it is in the array elsewhere, or all of it
 * where there are none. */
static const struct delta_value *project_elements(struct projector *p, struct delta_arena *scratch,
                                                  const struct delta_value *array,
                                                  const struct keyed *keyed,
                                                  const uint32_t *symbols, bool within) {
    struct delta_value *items = arena_array(scratch, array->length, sizeof *items);
    if (!items)
        err_memory(p->err);
    for (uint32_t i = 0; items && i < array->length; i++) {
        const struct delta_value *item = &value_items(array)[i];
        bool found = false;
        if (!symbols || !keyed_identifies(keyed, symbols[i])) {
            filter_place_any(p->place, item);
            int status = projector_element(p, item, within, false, &items[i], &found);
            filter_place_up(p->place);
            if (status)
                return NULL;
        }
        if (!found)
            items[i] = *item;
    }
    return items;
}

static bool identifies_all(const struct keyed *keyed, const struct identity_pair *pair) {
    return !keyed->repeated && keyed->a_having == pair->a_count && keyed->b_having == pair->b_count;
}

static bool has_object(const struct delta_value *array) {
    for (uint32_t i = 0; i < array->length; i++)
        if (value_items(array)[i].type == DELTA_OBJECT)
            return true;
    return false;
}

/* Finds the array's key: the one that was given, or inferred from all of the elements, so that what
 * does not count identifies too. */
static int find_key(struct projector *p, struct delta_arena *scratch,
                    const struct filter_alignment *a, struct identity_key *key) {
    const struct pattern_state *given = filter_match(p->place, FILTER_KEYS);
    struct identity_pair whole = {.a = value_items(a->old),
                                  .b = value_items(a->new),
                                  .a_count = a->old->length,
                                  .b_count = a->new->length};
    *key = (struct identity_key){.count = 0};
    if (!has_object(a->old) || !has_object(a->new))
        return 0;
    if (given)
        return identity_key_parse(scratch, given->label, key, p->err);
    return identity_infer(scratch, &whole, 1, key, NULL, NULL, p->err);
}

/* Finds which elements are the same one, in `a->from`. */
static int match_elements(struct projector *p, struct delta_arena *scratch,
                          struct filter_alignment *a, bool within) {
    bool unordered = filter_match(p->place, FILTER_UNORDERED) != NULL;
    struct identity_pair pair = {.a = value_items(a->old),
                                 .b = value_items(a->new),
                                 .a_count = a->old->length,
                                 .b_count = a->new->length};
    struct identity_key key;
    struct keyed keyed = {0};
    uint32_t prefix, suffix;
    if (find_key(p, scratch, a, &key))
        return -1;
    if (key.count && keyed_find(scratch, &pair, &key, &keyed, p->err))
        return -1;
    a->by_index =
        !key.count && !unordered && pair.a_count == pair.b_count && distinguishes(p->place, within);
    if (a->by_index)
        return 0;
    if (!identifies_all(&keyed, &pair)) {
        pair.a = project_elements(p, scratch, a->old, &keyed, keyed.a_key, within);
        pair.b = pair.a ? project_elements(p, scratch, a->new, &keyed, keyed.b_key, within) : NULL;
        if (!pair.b)
            return -1;
    }
    return identity_align(scratch, &pair, key.count ? &key : NULL,
                          unordered ? PAIRING_ANY_ORDER : PAIRING_SHOW, a->from, &prefix, &suffix,
                          p->err);
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
