/* One recursion over the patch beside the base. What the patch does not go into is shared; an
 * object or array that it changes is copied once, member by member or run by run, and its parts
 * changed in the copy. Members keep their places, those that are removed are squeezed out at the
 * end, and new ones follow. Nothing in a patch is trusted: a run is checked before memory is read
 * by it.
 *
 * Size and digest of an object are sums over its members: of one with WIDE members or more they are
 * made of the base's and of what changes. The canonical order of an object is merged with that
 * of what is new, instead of sorting it again.
 *
 * Why these constants: 11 records (caniuse, mime-db, compat data, objects of 40 to 100,000 members)
 * applied, and five histories verified, in millions of instructions: WIDE of 8, 16, 32, 64 and 128:
 * 1,446, 1,451, 1,459, 1,487, 1,543 and 91, 91, 91, 95, 95. But where only the last of many states
 * is asked for its digest, what is kept up to date on the way is lost: a state of 60 members, 35
 * records after its keyframe, takes 2.30 with 8 and 2.10 with 64. FEW of 4, 8 and 16: 1,485, 1,487,
 * 1,511 and 95, 95, 95. */
#include "patch/apply.h"

#include "base/err.h"
#include "base/utf8.h"
#include "patch/patch_binary.h"

#include <stdlib.h>
#include <string.h>

enum {
    FEW = 8, /* members of a patch that are looked up one by one */
    WIDE = 64,
};

static int apply(struct delta_arena *arena, const struct delta_value *base,
                 const struct delta_patch *patch, struct delta_value *out, struct delta_err *err);

static int mismatch(struct delta_err *err, const char *what) {
    err_set(err, DELTA_ERR_BASE, "the patch does not fit: %s", what);
    return err_at_pointer(err, "", 0);
}

/* ---- Objects ---- */

static uint32_t find_member(const struct delta_value *base, const struct value_key *key) {
    const struct value_member *member = value_member(base, key);
    return member ? (uint32_t)(member - value_members(base)) : NO_INDEX;
}

/* Closes the gaps that removed members left. */
static size_t squeeze(struct value_member *members, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (members[i].key)
            members[kept++] = members[i];
    return kept;
}

/* What the members of a wide object add up to while they change. */
struct sums {
    struct value_sum sum;
    unsigned which; /* digests that are part of it */
    bool lowered;   /* one of the highest members was replaced or removed */
    bool wide;      /* else nothing is added up */
};

static void sums_subtract(struct sums *sums, const struct value_member *member) {
    if (!sums->wide)
        return;
    value_sum_subtract(&sums->sum, member, sums->which);
    sums->lowered |= member->value.height && member->value.height == sums->sum.height;
}

static void sums_add(struct sums *sums, const struct value_member *member) {
    if (sums->wide)
        value_sum_add(&sums->sum, member, sums->which);
}

/* Carries out one member's change; `place` is where the key is in the base, which is where it
 * is in `object`. A new key goes to the end. */
static int apply_member(struct delta_arena *arena, struct value_object *object, size_t *count,
                        const struct patch_member *change, uint32_t place, struct sums *sums,
                        struct delta_err *err) {
    struct value_member *member = &object->members[place == NO_INDEX ? *count : place];
    struct delta_value old;
    if (place != NO_INDEX)
        sums_subtract(sums, member);
    switch (change->change) {
    case PATCH_SET:
        if (place == NO_INDEX) {
            member->key = change->key;
            (*count)++;
        }
        member->value = change->value;
        break;
    case PATCH_REMOVE:
        if (place != NO_INDEX)
            member->key = NULL;
        return 0;
    case PATCH_NEST:
        if (place == NO_INDEX) {
            mismatch(err, "the base has no such member");
            return err_under_key(err, change->key->text, change->key->length);
        }
        old = member->value;
        if (apply(arena, &old, change->nested, &member->value, err))
            return err_under_key(err, change->key->text, change->key->length);
        break;
    }
    sums_add(sums, member);
    return 0;
}

/* Closes the result, whose members are all there. */
static int close_object(struct value_object *object, size_t count, struct sums *sums,
                        struct delta_value *out, struct delta_err *err) {
    if (!sums->wide)
        return value_object_close(object, count, out, err);
    if (sums->lowered) {
        sums->sum.height = 0;
        for (size_t i = 0; i < count; i++)
            if (object->members[i].value.height > sums->sum.height)
                sums->sum.height = object->members[i].value.height;
    }
    return value_object_settle(object, count, &sums->sum, sums->which, out, err);
}

static bool is_ascending(const struct delta_value *base, const struct delta_patch *patch) {
    return base->flags & VALUE_ASCENDING ||
           (patch->order && patch->order->object == base->object && !patch->order->indices);
}

/* True when the members of the base, which are in order, and those added behind them are. */
static bool stays_ascending(const struct delta_value *base, const struct value_member *added) {
    return !added || !base->length ||
           value_key_compare(value_members(base)[base->length - 1].key, added->key) < 0;
}

/* ---- The canonical order of an object, which is kept from state to state ---- */

/* The order of the base's members where it is known, or NULL. */
static const uint32_t *known_order(const struct delta_value *base,
                                   const struct delta_patch *patch) {
    if (base->flags & VALUE_ORDERED)
        return value_kept_order(base);
    return patch->order && patch->order->object == base->object ? patch->order->indices : NULL;
}

/* Where the members of the base go when those without a key are squeezed out; NO_INDEX for these.
 * To be freed; NULL when out of memory. */
static uint32_t *new_places(const struct value_member *members, uint32_t count) {
    uint32_t *places = reallocarray(NULL, count, sizeof *places), next = 0;
    for (uint32_t i = 0; places && i < count; i++)
        places[i] = members[i].key ? next++ : NO_INDEX;
    return places;
}

/* Writes the order of `out` behind its members: that of the base, whose members are at `places` now
 * (NULL: where they were), with the `added` last ones, which are in order, merged into it. */
static void put_order(const struct delta_value *base, const uint32_t *order, const uint32_t *places,
                      uint32_t added, struct delta_value *out) {
    uint32_t *next = (uint32_t *)(uintptr_t)value_kept_order(out);
    uint32_t from = 0;
    for (uint32_t i = out->length - added; i <= out->length; i++) {
        uint32_t to = i < out->length
                          ? patch_member_place(base, order, from, value_members(out)[i].key)
                          : base->length;
        for (; from < to; from++) {
            uint32_t place = places ? places[order[from]] : order[from];
            if (place != NO_INDEX)
                *next++ = place;
        }
        if (i < out->length)
            *next++ = i;
    }
    out->flags |= VALUE_ORDERED;
}

/* Members keep the base's order, new ones follow in the patch's. */
static int apply_object(struct delta_arena *arena, const struct delta_value *base,
                        const struct delta_patch *patch, struct delta_value *out,
                        struct delta_err *err) {
    if (base->type != DELTA_OBJECT)
        return mismatch(err, "expected an object");
    uint32_t *places = NULL, *new = NULL;
    const uint32_t *order = known_order(base, patch);
    if (patch->count > FEW) {
        places = patch_places(patch, base);
        if (!places)
            return err_memory(err);
    }
    int result = -1;
    size_t most = base->length;
    for (uint32_t i = 0; i < patch->count; i++)
        most += patch->members[i].change == PATCH_SET && (!places || places[i] == NO_INDEX);
    struct value_object *object =
        value_object_open(arena, most + (order ? value_order_room(most) : 0));
    if (!object) {
        err_memory(err);
        goto out;
    }
    if (base->length)
        memcpy(object->members, value_members(base), base->length * sizeof *object->members);
    size_t count = base->length;
    bool removed = false;
    struct sums sums = {.wide = base->length >= WIDE && patch->count < base->length / 2};
    if (sums.wide)
        sums.which = value_object_sum(base, &sums.sum);
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_member *change = &patch->members[i];
        uint32_t place = places ? places[i] : find_member(base, change->key);
        if (apply_member(arena, object, &count, change, place, &sums, err))
            goto out;
        removed |= change->change == PATCH_REMOVE;
    }
    bool ascending =
        is_ascending(base, patch) &&
        stays_ascending(base, count > base->length ? &object->members[base->length] : NULL);
    size_t added = count - base->length;
    if (removed) {
        if (order && !(new = new_places(object->members, base->length)))
            order = NULL;
        count = squeeze(object->members, count);
    }
    result = close_object(object, count, &sums, out, err);
    if (result == 0 && ascending)
        out->flags |= VALUE_ASCENDING;
    else if (result == 0 && order)
        put_order(base, order, new, (uint32_t)added, out);
out:
    free(places);
    free(new);
    return result;
}

/* ---- Arrays and strings ---- */

/* Whether the run lies within the base, which patches read from text and packed ones are checked
 * for; never trusted, because memory is read by it. */
static int check_run(const struct patch_item *item, uint32_t length, struct delta_err *err) {
    if (item->from > length || item->count > length - item->from)
        return err_set(err, DELTA_ERR_DAMAGED, "invalid patch: a run outside the old value");
    return 0;
}

static int apply_array(struct delta_arena *arena, const struct delta_value *base,
                       const struct delta_patch *patch, struct delta_value *out,
                       struct delta_err *err) {
    if (base->type != DELTA_ARRAY)
        return mismatch(err, "expected an array");
    if (base->length != patch->length)
        return mismatch(err, "the array has a different length");
    uint64_t count = 0;
    for (uint32_t i = 0; i < patch->count; i++)
        count += patch->items[i].count;
    if (count > DELTA_MAX_STATE)
        return err_set(err, DELTA_ERR_LIMIT, "an array would have too many elements");
    struct value_array *array = value_array_open(arena, count);
    if (!array)
        return err_memory(err);
    struct delta_value *next = array->items;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_item *item = &patch->items[i];
        const struct delta_value *source = item->values;
        if (item->kind != PATCH_INSERT) {
            if (check_run(item, base->length, err))
                return -1;
            source = value_items(base) + item->from;
        }
        if (item->kind == PATCH_EDIT) {
            if (apply(arena, source, item->nested, next, err))
                return err_under_index(err, item->from);
        } else {
            memcpy(next, source, item->count * sizeof *next);
        }
        next += item->count;
    }
    return value_array_close(array, count, out, err);
}

/* Runs are counted in code points; in a string without long ones those are its bytes. */
static int apply_string(struct delta_arena *arena, const struct delta_value *base,
                        const struct delta_patch *patch, struct delta_value *out,
                        struct delta_err *err) {
    if (base->type != DELTA_STRING)
        return mismatch(err, "expected a string");
    if (!(base->flags & VALUE_PLAIN) && utf8_has_surrogate(base->text, base->length))
        return mismatch(err, "the string has a lone surrogate");
    if (utf8_count(base->text, base->length) != patch->length)
        return mismatch(err, "the string has a different length");
    bool ascii = patch->length == base->length;
    uint64_t most = base->length; /* no code point is used twice */
    for (uint32_t i = 0; i < patch->count; i++)
        if (patch->items[i].kind == PATCH_INSERT)
            most += patch->items[i].values->length;
    if (most > 2 * (uint64_t)DELTA_MAX_STATE)
        return err_set(err, DELTA_ERR_LIMIT, "a string would be too long");
    char *text = arena_alloc(arena, most ? most : 1);
    if (!text)
        return err_memory(err);
    size_t length = 0;
    size_t read = 0;      /* bytes of the base that are behind us */
    uint32_t reached = 0; /* the same in code points */
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_item *item = &patch->items[i];
        const char *source;
        size_t bytes;
        if (item->kind == PATCH_INSERT) {
            source = item->values->text;
            bytes = item->values->length;
        } else {
            if (check_run(item, patch->length, err))
                return -1;
            if (item->from < reached)
                return err_set(err, DELTA_ERR_DAMAGED,
                               "invalid patch: the runs of a text must be ascending");
            size_t skipped = item->from - reached;
            read += ascii ? skipped : utf8_offset(base->text + read, base->length - read, skipped);
            source = base->text + read;
            bytes = ascii ? item->count : utf8_offset(source, base->length - read, item->count);
            read += bytes;
            reached = item->from + item->count;
        }
        if (bytes)
            memcpy(text + length, source, bytes);
        length += bytes;
    }
    if (length > DELTA_MAX_STATE)
        return err_set(err, DELTA_ERR_LIMIT, "a string would be too long");
    *out = value_string(text, (uint32_t)length);
    return 0;
}

/* ---- Any value ---- */

static int apply(struct delta_arena *arena, const struct delta_value *base,
                 const struct delta_patch *patch, struct delta_value *out, struct delta_err *err) {
    switch (patch->kind) {
    case PATCH_EMPTY:
        *out = *base;
        return 0;
    case PATCH_VALUE:
        *out = patch->value;
        return 0;
    case PATCH_OBJECT:
        return apply_object(arena, base, patch, out, err);
    case PATCH_ARRAY:
        return apply_array(arena, base, patch, out, err);
    case PATCH_STRING:
        break;
    }
    return apply_string(arena, base, patch, out, err);
}

int apply_patch(struct delta_arena *arena, const struct delta_value *base,
                const struct delta_patch *patch, struct delta_value *out, struct delta_err *err) {
    struct delta_value result;
    if (apply(arena, base, patch, &result, err) || value_check_depth(&result, err))
        return -1;
    *out = result;
    return 0;
}
