/* One recursion over both values, which goes only into what differs by its hash.
 *
 *     objects  both are walked at once, and members paired by key; one of which no member is
 *              kept is replaced whole
 *     arrays   each new element is an old one, an old one changed within, or inserted, as
 *              diff/identity says
 *     strings  diff/string_diff
 *
 * With each patch goes about how many bytes its JSON form has, so that an array or a string is
 * replaced whole where that is no larger. */
#include "diff/diff.h"

#include "base/array.h"
#include "base/err.h"
#include "diff/identity.h"
#include "diff/places.h"
#include "diff/string_diff.h"
#include "json/member_index.h"

#include <stdlib.h>
#include <string.h>

struct differ {
    struct delta_arena *arena;
    const struct diff_options *options;
    struct delta_err *err;
    struct pattern_matcher keys; /* where we are, for options->array_keys */

    /* Changes of the objects being compared, those of the innermost last. */
    ARRAY(struct patch_member) stack;
};

/* A patch and the bytes of its JSON form, about. */
struct sized {
    const struct delta_patch *patch; /* NULL: failed */
    uint64_t size;
};

static struct sized diff_any(struct differ *d, const struct delta_value *a,
                             const struct delta_value *b, bool nested);

static struct sized whole(struct differ *d, const struct delta_value *b) {
    return (struct sized){.patch = patch_whole(d->arena, b, d->err),
                          .size = delta_value_size(b) + strlen("{\"value\":}")};
}

static bool is_whole(const struct delta_patch *patch) {
    return patch->kind == PATCH_VALUE;
}

/* ---- Objects ---- */

static int put_change(struct differ *d, const struct patch_member *change) {
    struct patch_member *top = array_add(&d->stack);
    if (!top)
        return err_memory(d->err);
    *top = *change;
    return 0;
}

static int put_set(struct differ *d, const struct value_member *member, uint64_t *size) {
    *size += value_key_size(member->key) + delta_value_size(&member->value) + 2;
    return put_change(
        d, &(struct patch_member){.key = member->key, .change = PATCH_SET, .value = member->value});
}

static int put_removal(struct differ *d, const struct value_key *key, uint64_t *size) {
    *size += value_key_size(key) + 1;
    return put_change(d, &(struct patch_member){.key = key, .change = PATCH_REMOVE});
}

/* What became of a member that both have. */
static int put_pair(struct differ *d, const struct value_member *a, const struct value_member *b,
                    uint64_t *size) {
    if (value_same(&a->value, &b->value))
        return 0;
    if (d->options->shallow)
        return put_set(d, b, size);
    pattern_matcher_key(&d->keys, b->key->text, b->key->length);
    pattern_matcher_value(&d->keys, &a->value);
    pattern_matcher_value(&d->keys, &b->value);
    struct sized nested = diff_any(d, &a->value, &b->value, true);
    pattern_matcher_up(&d->keys);
    if (!nested.patch)
        return -1;
    if (is_whole(nested.patch))
        return put_set(d, b, size);
    *size += value_key_size(b->key) + nested.size + 2;
    return put_change(
        d, &(struct patch_member){.key = b->key, .change = PATCH_NEST, .nested = nested.patch});
}

/* ---- Pairing members: both objects are walked at once, which is all that two need whose keys come
 * in one order but for some that were added or removed. Where the keys differ, the next few of each
 * side are searched for the other's; members for which that fails are kept, and paired by an index
 * in the end. Keys are distinct, so a pair is a pair however it was found: these constants are for
 * speed only. Of objects of 20,000 members that were shuffled, rotated, moved one by one, or of
 * which a fifth was inserted or removed, LOOK_AHEAD of 4 and 16 and TRUST of 2 and 8 take within
 * 0.4% of the instructions. */

enum {
    LOOK_AHEAD = 8, /* members */
    /* So many members may be kept for each that was paired, before the others are kept unseen: the
     * keys then come in no common order. */
    TRUST = 4,
};

struct members {
    const struct value_member *at;
    uint32_t count;
};

/* Members of one side that were not paired yet. */
struct kept {
    struct value_member *members;
    size_t count, capacity;
};

static int keep(struct differ *d, struct kept *kept, struct members *from, uint32_t count) {
    if (kept->capacity - kept->count < count &&
        !array_grow(&kept->members, &kept->capacity, kept->count + count, sizeof *kept->members))
        return err_memory(d->err);
    if (count)
        memcpy(kept->members + kept->count, from->at, count * sizeof *from->at);
    kept->count += count;
    from->at += count;
    from->count -= count;
    return 0;
}

/* How many members come before the one of this key; LOOK_AHEAD when it is not among the next. */
static uint32_t distance(const struct members *members, const struct value_key *key) {
    uint32_t near = members->count < LOOK_AHEAD ? members->count : LOOK_AHEAD;
    for (uint32_t i = 1; i < near; i++)
        if (value_key_equal(members->at[i].key, key))
            return i;
    return LOOK_AHEAD;
}

/* Pairs the members that are at about the same place; keeps the others. */
static int put_in_order(struct differ *d, struct members a, struct members b, struct kept *in_a,
                        struct kept *in_b, uint64_t *size) {
    uint64_t paired = LOOK_AHEAD;
    while (a.count && b.count) {
        if (value_key_equal(a.at->key, b.at->key)) {
            if (put_pair(d, a.at, b.at, size))
                return -1;
            a.at++, b.at++;
            a.count--, b.count--;
            paired++;
            continue;
        }
        if ((uint64_t)in_a->count + in_b->count > TRUST * paired)
            break;
        uint32_t removed = distance(&a, b.at->key), added = distance(&b, a.at->key);
        if (removed == LOOK_AHEAD && added == LOOK_AHEAD)
            removed = added = 1;
        else if (removed <= added)
            added = 0;
        else
            removed = 0;
        if (keep(d, in_a, &a, removed) || keep(d, in_b, &b, added))
            return -1;
    }
    return keep(d, in_a, &a, a.count) || keep(d, in_b, &b, b.count) ? -1 : 0;
}

/* Puts the changes between members that are in no common order. */
static int put_kept(struct differ *d, struct kept a, struct kept b, uint64_t *size) {
    struct member_index in_a, in_b = {0};
    int status = -1;
    if (member_index_open_run(&in_a, a.members, (uint32_t)a.count, d->err) ||
        member_index_open_run(&in_b, b.members, (uint32_t)b.count, d->err))
        goto out;
    for (uint32_t i = 0; i < a.count; i++) {
        const struct value_member *other = member_index_find(&in_b, a.members[i].key);
        if (other ? put_pair(d, &a.members[i], other, size)
                  : put_removal(d, a.members[i].key, size))
            goto out;
    }
    for (uint32_t i = 0; i < b.count; i++)
        if (!member_index_find(&in_a, b.members[i].key) && put_set(d, &b.members[i], size))
            goto out;
    status = 0;
out:
    member_index_close(&in_a);
    member_index_close(&in_b);
    return status;
}

static int put_members(struct differ *d, struct members a, struct members b, uint64_t *size) {
    struct kept in_a = {0}, in_b = {0};
    int status = put_in_order(d, a, b, &in_a, &in_b, size) ? -1 : put_kept(d, in_a, in_b, size);
    free(in_a.members);
    free(in_b.members);
    return status;
}

static int compare_members(const void *a, const void *b) {
    return value_key_compare(((const struct patch_member *)a)->key,
                             ((const struct patch_member *)b)->key);
}

static const struct delta_patch *close_object(struct differ *d, size_t start) {
    size_t count = d->stack.count - start;
    d->stack.count = start;
    struct patch_member *members = arena_array(d->arena, count, sizeof *members);
    if (!members)
        return err_no_memory(d->err);
    bool in_order = true; /* as where the states' keys are, but for what was added */
    for (size_t i = 0; i < count; i++) {
        members[i] = d->stack.items[start + i];
        in_order &= i == 0 || value_key_compare(members[i - 1].key, members[i].key) < 0;
    }
    if (!in_order)
        qsort(members, count, sizeof *members, compare_members);
    return patch_object(d->arena, members, count, d->err);
}

/* An object all of whose members were removed, and others added, is another object. */
static bool nothing_kept(const struct differ *d, size_t start, uint32_t a_count) {
    size_t removed = 0;
    for (size_t i = start; i < d->stack.count; i++)
        removed += d->stack.items[i].change == PATCH_REMOVE;
    return a_count > 0 && removed == a_count;
}

static struct sized diff_objects(struct differ *d, const struct delta_value *a,
                                 const struct delta_value *b, bool nested) {
    size_t start = d->stack.count;
    uint64_t size = strlen("{\"changes\":{},\"removed_keys\":[],\"nested\":{}}");
    struct members left = {value_members(a), a->length};
    struct members right = {value_members(b), b->length};
    if (put_members(d, left, right, &size))
        return (struct sized){0};
    if (nested && !d->options->fine && nothing_kept(d, start, a->length)) {
        d->stack.count = start;
        return whole(d, b);
    }
    return (struct sized){.patch = close_object(d, start), .size = size};
}

/* ---- Arrays ---- */

/* Finds which old element each new one is, equal or changed. */
static int match_elements(struct differ *d, const struct identity_pair *pair, uint32_t *from,
                          uint32_t *prefix, uint32_t *suffix) {
    const uint32_t *paired = places_from(d->options->places, pair->a, pair->b);
    if (paired) {
        memcpy(from, paired, pair->b_count * sizeof *from);
        *prefix = *suffix = 0;
        return 0;
    }
    const struct pattern_state *given = pattern_matcher_match(&d->keys);
    struct arena_mark mark = arena_mark(d->arena);
    struct identity_key key;
    int status = given ? identity_key_parse(d->arena, given->label, &key, d->err) : 0;
    if (status == 0)
        status = identity_align(d->arena, pair, given ? &key : NULL, PAIRING_SHOW, from, prefix,
                                suffix, d->err);
    arena_rewind(d->arena, mark);
    return status;
}

static uint64_t digits(uint64_t n) {
    uint64_t count = 1;
    for (; n >= 10; n /= 10)
        count++;
    return count;
}

/* Puts what one element of `b` is: an old one, an old one changed within, or a new one. */
static int put_element(struct differ *d, struct patch_items *items, const struct delta_value *old,
                       uint32_t from, const struct delta_value *element, uint64_t *size) {
    if (old && value_same(old, element)) {
        bool joins =
            items->count && items->items[items->count - 1].kind == PATCH_COPY &&
            items->items[items->count - 1].from + items->items[items->count - 1].count == from;
        patch_items_copy(items, from, 1);
        *size += joins ? 0 : digits(from) + strlen("[,1234],");
        return 0;
    }
    if (old) {
        struct sized nested = diff_any(d, old, element, true);
        if (!nested.patch)
            return -1;
        if (!is_whole(nested.patch)) {
            patch_items_edit(items, from, nested.patch);
            *size += nested.size + digits(from) + strlen("{\"edit\":,\"nested\":},");
            return 0;
        }
    }
    bool joins = items->count && items->items[items->count - 1].kind == PATCH_INSERT;
    patch_items_insert(items, d->arena, element, 1);
    *size += delta_value_size(element) + (joins ? 1 : strlen("{\"insert\":[]},"));
    return 0;
}

/* The array's new elements in order: the common start, the middle, the common end. */
static int put_elements(struct differ *d, struct patch_items *items,
                        const struct identity_pair *pair, const uint32_t *from, uint32_t prefix,
                        uint32_t suffix, uint64_t *size) {
    if (prefix)
        patch_items_copy(items, 0, prefix);
    for (uint32_t j = prefix; j < pair->b_count - suffix; j++) {
        const struct delta_value *old = from[j] != NO_INDEX ? &pair->a[from[j]] : NULL;
        pattern_matcher_index(&d->keys, j);
        pattern_matcher_value(&d->keys, old);
        pattern_matcher_value(&d->keys, &pair->b[j]);
        int status = put_element(d, items, old, from[j], &pair->b[j], size);
        pattern_matcher_up(&d->keys);
        if (status)
            return -1;
    }
    if (suffix)
        patch_items_copy(items, pair->a_count - suffix, suffix);
    *size += (prefix ? digits(prefix) + strlen("[0,],") : 0) +
             (suffix ? 2 * digits(prefix + suffix) + strlen("[,]") : 0);
    return items->failed ? err_memory(d->err) : 0;
}

static struct sized diff_arrays(struct differ *d, const struct delta_value *a,
                                const struct delta_value *b) {
    struct identity_pair pair = {
        .a = value_items(a), .b = value_items(b), .a_count = a->length, .b_count = b->length};
    uint32_t *from = malloc(((size_t)b->length + 1) * sizeof *from);
    if (!from) {
        err_memory(d->err);
        return (struct sized){0};
    }
    uint32_t prefix, suffix;
    struct patch_items items = {0};
    struct sized result = {.size = strlen("{\"length\":,\"elements\":[]}") + digits(a->length)};
    if (match_elements(d, &pair, from, &prefix, &suffix) == 0 &&
        put_elements(d, &items, &pair, from, prefix, suffix, &result.size) == 0) {
        if (d->options->fine || result.size < delta_value_size(b) + strlen("{\"value\":}"))
            result.patch = patch_items_close(&items, d->arena, PATCH_ARRAY, a->length, d->err);
        else
            result = whole(d, b);
    }
    patch_items_free(&items);
    free(from);
    return result;
}

/* ---- Values ---- */

/* `nested`: within another value, where an object may be replaced whole. */
static struct sized diff_any(struct differ *d, const struct delta_value *a,
                             const struct delta_value *b, bool nested) {
    if (a->type == b->type) {
        if (a->type == DELTA_OBJECT)
            return diff_objects(d, a, b, nested);
        if (a->type == DELTA_ARRAY && !d->options->whole_arrays)
            return diff_arrays(d, a, b);
        if (a->type == DELTA_STRING) {
            struct sized result;
            result.patch = diff_strings(d->arena, a, b, &result.size, d->err);
            return result;
        }
    }
    return whole(d, b);
}

/* Whether two values of one hash are equal: by the bytes that they were read from, where these are
 * known and the same, which costs next to nothing; else one by one. */
static bool is_confirmed(const struct delta_arena *arena, const struct delta_value *a,
                         const struct delta_value *b) {
    size_t a_length, b_length;
    const char *a_text = arena_text_of(arena, a, &a_length);
    const char *b_text = arena_text_of(arena, b, &b_length);
    if (a_text && b_text && a_length == b_length && memcmp(a_text, b_text, a_length) == 0)
        return true;
    return delta_value_equal(a, b);
}

const struct delta_patch *diff_values(struct delta_arena *arena, const struct delta_value *a,
                                      const struct delta_value *b,
                                      const struct diff_options *options, struct delta_err *err) {
    static const struct diff_options defaults = {0};
    struct differ d = {.arena = arena, .options = options ? options : &defaults, .err = err};
    if (value_same(a, b)) /* a hash that two values share is not to be met, and not trusted */
        return is_confirmed(arena, a, b) ? &patch_empty : patch_whole(arena, b, err);
    pattern_matcher_open(&d.keys, d.options->array_keys);
    struct sized result;
    if (d.options->shallow)
        result = a->type == DELTA_OBJECT && b->type == DELTA_OBJECT ? diff_objects(&d, a, b, false)
                                                                    : whole(&d, b);
    else
        result = diff_any(&d, a, b, false);
    free(d.stack.items);
    pattern_matcher_close(&d.keys);
    if (d.keys.failed && result.patch)
        return err_no_memory(err);
    return result.patch;
}
