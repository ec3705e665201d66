#include "diff/projector.h"

#include "base/err.h"
#include "base/hash.h"
#include "json/numeric.h"

#include <stdlib.h>

/* What is remembered of a container. */
struct projection {
    const struct delta_value *of;
    uint64_t place; /* a hash of all that the patterns say there */
    struct delta_value value;
    bool found; /* anything counts in it */
};

static uint64_t hash_at(const struct delta_value *of, uint64_t place) {
    return hash_mix((uintptr_t)of, place);
}

void projector_free(struct projector *p) {
    free(p->known.items);
    free(p->by_value.slots);
}

/* What a container, by its address, projects to at a place; NULL: not known. O(1). */
static const struct projection *find(const struct projector *p, const struct delta_value *of,
                                     uint64_t place) {
    if (!p->known.count)
        return NULL;
    TABLE_EACH(&p->by_value, hash_at(of, place), index) {
        const struct projection *found = &p->known.items[index];
        if (found->of == of && found->place == place)
            return found;
    }
    return NULL;
}

/* O(1) amortised. */
static int remember(struct projector *p, struct projection projection) {
    int renewed = table_reserve(&p->by_value, p->known.count);
    struct projection *added = renewed < 0 ? NULL : array_add(&p->known);
    if (!added)
        return err_memory(p->err);
    *added = projection;
    for (size_t i = renewed ? 0 : p->known.count - 1; i < p->known.count; i++)
        table_put(&p->by_value, hash_at(p->known.items[i].of, p->known.items[i].place),
                  (uint32_t)i);
    return 0;
}

bool projector_counts(struct projector *p, const struct delta_value *value, bool within) {
    if (filter_match(p->place, FILTER_IGNORE))
        return false;
    if (filter_counts_whole(p->place, within))
        return true;
    if (!filter_matches_below(p->place, FILTER_ONLY))
        return false;
    if (filter_place_value(p->place, p->arena, value, &value, p->err))
        p->failed = true;
    if (!value_is_container(value))
        return false;
    const struct projection *known = find(p, value, filter_place_hash(p->place, within));
    if (known)
        return known->found;
    bool found = false;
    for (uint32_t i = 0; i < value->length && !found; i++) {
        const struct delta_value *part =
            value->type == DELTA_ARRAY ? &value_items(value)[i] : &value_members(value)[i].value;
        if (value->type == DELTA_ARRAY)
            filter_place_index(p->place, i, part, NULL);
        else
            filter_place_key(p->place, value_members(value)[i].key, part, NULL);
        found = projector_counts(p, part, false);
        filter_place_up(p->place);
    }
    return found;
}

static int project(struct projector *p, const struct delta_value *value, bool within,
                   struct delta_value *out, bool *found);

int projector_element(struct projector *p, const struct delta_value *item, bool within,
                      bool remembered, struct delta_value *out, bool *found) {
    if (!value_is_container(item))
        return project(p, item, within, out, found);
    struct projection new = {.of = item, .place = filter_place_hash(p->place, within)};
    const struct projection *known = find(p, item, new.place);
    if (known) {
        *out = known->value;
        *found = known->found;
        return 0;
    }
    if (project(p, item, within, out, found))
        return -1;
    new.value = *out;
    new.found = *found;
    return remembered ? remember(p, new) : 0;
}

static int compare_digests(const void *a, const void *b) {
    struct delta_digest left = delta_value_digest(a), right = delta_value_digest(b);
    if (left.high != right.high)
        return left.high < right.high ? -1 : 1;
    return (left.low > right.low) - (left.low < right.low);
}

static int project_array(struct projector *p, const struct delta_value *value, bool within,
                         struct delta_value *out, bool *found) {
    struct value_array *array = value_array_open(p->arena, value->length);
    if (!array)
        return err_memory(p->err);
    uint32_t count = 0;
    for (uint32_t i = 0; i < value->length; i++) {
        const struct delta_value *item = &value_items(value)[i];
        bool kept;
        filter_place_index(p->place, i, item, NULL);
        int status = projector_element(p, item, within, true, &array->items[count], &kept);
        filter_place_up(p->place);
        if (status)
            return -1;
        count += kept;
    }
    if (filter_match(p->place, FILTER_UNORDERED))
        qsort(array->items, count, sizeof *array->items, compare_digests);
    *found |= count > 0;
    return value_array_close(array, count, out, p->err);
}

static int project_object(struct projector *p, const struct delta_value *value, bool within,
                          struct delta_value *out, bool *found) {
    struct value_object *object = value_object_open(p->arena, value->length);
    if (!object)
        return err_memory(p->err);
    size_t count = 0;
    for (uint32_t i = 0; i < value->length; i++) {
        const struct value_member *member = &value_members(value)[i];
        bool kept;
        object->members[count].key = member->key;
        filter_place_key(p->place, member->key, &member->value, NULL);
        int status = project(p, &member->value, within, &object->members[count].value, &kept);
        filter_place_up(p->place);
        if (status)
            return -1;
        count += kept;
    }
    *found |= count > 0;
    return value_object_close(object, count, out, p->err);
}

static int project(struct projector *p, const struct delta_value *value, bool within,
                   struct delta_value *out, bool *found) {
    within = filter_counts_whole(p->place, within);
    *found = within && !filter_match(p->place, FILTER_IGNORE);
    *out = *value;
    if (filter_match(p->place, FILTER_IGNORE) ||
        (!within && !filter_matches_below(p->place, FILTER_ONLY)))
        return 0;
    if (value->type == DELTA_NUMBER && p->place->filter->numeric)
        return numeric_number(p->arena, value, out, p->err);
    if (filter_place_value(p->place, p->arena, value, &value, p->err))
        return -1;
    *out = *value;
    if (!value_is_container(value)) {
        if (p->place->filter->keys_only)
            *out = value_literal(DELTA_NULL);
        return 0;
    }
    if (within && !p->place->filter->numeric && !p->place->filter->keys_only &&
        !filter_matches_below(p->place, FILTER_IGNORE) &&
        !filter_match(p->place, FILTER_UNORDERED) &&
        !filter_matches_below(p->place, FILTER_UNORDERED) &&
        !filter_matches_below(p->place, FILTER_EMBEDDED))
        return 0;
    return value->type == DELTA_ARRAY ? project_array(p, value, within, out, found)
                                      : project_object(p, value, within, out, found);
}
