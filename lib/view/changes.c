/* The patch is visited beside the base. The place at hand is kept as text, its pointer in the new
 * and in the old state and its label: a step down appends to them, and `up` cuts them back. The
 * elements of an array are visited in the order of the new one; those that were removed between two
 * that stay come first, in the order of the old one, and elements that moved together are one
 * change. Without the base, the patch back of a reversible record is followed in step, for the old
 * values that it has. */
#include "view/changes.h"

#include "base/err.h"
#include "diff/diff.h"
#include "diff/places.h"
#include "diff/renames.h"
#include "patch/apply.h"
#include "patch/elements.h"
#include "view/label.h"
#include "json/pattern_matcher.h"

#include <stdlib.h>

/* The array whose elements are visited. */
struct array {
    struct label_array labels;
    const struct places_array *places; /* where its elements are shown; or NULL */
    const struct elements *back;       /* of the patch back, where the base is not known; or NULL */
};

struct visitor {
    const struct changes_options *options;
    delta_change_visitor *visit;
    void *context;
    struct delta_arena *scratch;
    struct delta_buf pointer, label; /* of the place at hand */
    struct delta_buf old_pointer;    /* where that place was in the old state */
    struct pattern_matcher keys;
    struct array *array;
    const struct delta_value *made;    /* the value at hand in the new state; NULL: not known */
    const struct delta_patch *reverse; /* of the value at hand, where its base is not known */
    int result;                        /* of the last visit */
    struct delta_err *err;
};

/* Where a place ended before a step was taken. */
struct place {
    size_t pointer, old_pointer, label;
};

static int visit_patch(struct visitor *t, const struct delta_value *base,
                       const struct delta_patch *patch);

/* The same for a patch of which it may be known what it makes: arrays below need not be made again,
 * at every level, to infer their keys. */
static int visit_made(struct visitor *t, const struct delta_value *base,
                      const struct delta_patch *patch, const struct delta_value *made) {
    const struct delta_value *above = t->made;
    t->made = made;
    int status = visit_patch(t, base, patch);
    t->made = above;
    return status;
}

static int visit(struct visitor *t, struct delta_change change) {
    change.pointer = t->pointer.data;
    change.pointer_length = t->pointer.length;
    change.label = t->label.data;
    change.label_length = t->label.length;
    if (change.kind != DELTA_CHANGE_ADD) {
        change.old_pointer = t->old_pointer.data;
        change.old_pointer_length = t->old_pointer.length;
    }
    if (change.count == 0)
        change.count = 1;
    if (t->pointer.failed || t->label.failed || t->old_pointer.failed)
        return err_memory(t->err);
    t->result = t->visit(t->context, &change, t->err);
    return t->result ? -1 : 0;
}

static int mismatch(struct visitor *t, const char *what) {
    err_set(t->err, DELTA_ERR_BASE, "the patch does not fit: %s", what);
    return err_at_pointer(t->err, t->pointer.data, t->pointer.length);
}

/* ---- Places ---- */

static void down_key(struct visitor *t, const struct value_key *key, struct place *place) {
    *place = (struct place){t->pointer.length, t->old_pointer.length, t->label.length};
    pointer_put_key(&t->pointer, key->text, key->length);
    if (!t->pointer.failed)
        buf_put(&t->old_pointer, t->pointer.data + place->pointer,
                t->pointer.length - place->pointer);
    pattern_matcher_key(&t->keys, key->text, key->length);
}

static void put_label(struct visitor *t, const struct delta_value *element) {
    label_put(&t->array->labels, pattern_matcher_match(&t->keys), element, t->scratch, &t->label);
}

/* Into the element at `index`, which was at `old_index`; `element` (NULL: not known) has the
 * members that identify it. */
static void down_index(struct visitor *t, uint32_t index, uint32_t old_index,
                       const struct delta_value *element, struct place *place) {
    *place = (struct place){t->pointer.length, t->old_pointer.length, t->label.length};
    put_label(t, element);
    pointer_put_index(&t->old_pointer, old_index);
    pointer_put_index(&t->pointer, index);
    pattern_matcher_index(&t->keys, index);
}

static void up(struct visitor *t, const struct place *place) {
    if (!t->pointer.failed)
        t->pointer.length = place->pointer;
    if (!t->old_pointer.failed)
        t->old_pointer.length = place->old_pointer;
    if (!t->label.failed)
        t->label.length = place->label;
    pattern_matcher_up(&t->keys);
}

/* ---- Values ---- */

/* The patch back of the value at hand, if it is one of `kind`. */
static const struct delta_patch *reverse_of(const struct visitor *t, enum patch_kind kind) {
    return t->reverse && t->reverse->kind == kind ? t->reverse : NULL;
}

/* A value that was replaced whole. */
static int visit_replaced(struct visitor *t, const struct delta_value *old,
                          const struct delta_value *new) {
    /* What is the same here was masked: that it changed is reported. */
    if (old && value_is_container(old) && old->type == new->type && !value_same(old, new)) {
        const struct diff_options fine = {.fine = true};
        const struct delta_patch *patch = diff_values(t->scratch, old, new, &fine, t->err);
        if (!patch)
            return -1;
        if (patch->kind != PATCH_VALUE)
            return visit_made(t, old, patch, new);
    }
    return visit(
        t, (struct delta_change){.kind = DELTA_CHANGE_REPLACE, .old_value = old, .new_value = new});
}

/* ---- Objects ---- */

/* What the patch back does to the member, or NULL; `*at` is where in it to look. */
static const struct patch_member *back_member(const struct delta_patch *back,
                                              const struct value_key *key, uint32_t *at) {
    while (back && *at < back->count && value_key_compare(back->members[*at].key, key) < 0)
        ++*at;
    return back && *at < back->count && value_key_equal(back->members[*at].key, key)
               ? &back->members[*at]
               : NULL;
}

/* What became of one member; `old` is NULL when it is not known, `there` says whether it was.
 * `made` is NULL when what it is now is not known. */
static int visit_member(struct visitor *t, const struct patch_member *member,
                        const struct delta_value *old, bool there, const struct delta_value *made) {
    switch (member->change) {
    case PATCH_SET:
        if (there)
            return visit_replaced(t, old, &member->value);
        return visit(t,
                     (struct delta_change){.kind = DELTA_CHANGE_ADD, .new_value = &member->value});
    case PATCH_REMOVE:
        return there
                   ? visit(t, (struct delta_change){.kind = DELTA_CHANGE_REMOVE, .old_value = old})
                   : 0;
    case PATCH_NEST:
        break;
    }
    return there ? visit_made(t, old, member->nested, made)
                 : mismatch(t, "the base has no such member");
}

static int visit_renamed(struct visitor *t, size_t parent, const struct value_key *old_key) {
    if (!t->old_pointer.failed)
        t->old_pointer.length = parent;
    pointer_put_key(&t->old_pointer, old_key->text, old_key->length);
    return visit(t, (struct delta_change){.kind = DELTA_CHANGE_MOVE});
}

/* The same beside the base, where a member may have had another key. `parent` is the length of the
 * object's old pointer. */
static int visit_known_member(struct visitor *t, size_t parent, const struct delta_value *base,
                              const struct delta_patch *patch, const struct renames *renames,
                              uint32_t i, const struct delta_value *made) {
    const struct delta_value *old = NULL;
    if (renames->from[i] != NO_INDEX)
        return visit_renamed(t, parent, patch->members[renames->from[i]].key);
    if (renames->renamed[i])
        return 0;
    if (renames->places[i] != NO_INDEX)
        old = &value_members(base)[renames->places[i]].value;
    return visit_member(t, &patch->members[i], old, old != NULL, made);
}

/* The same where the base is not known, but what the patch back does. */
static int visit_unknown_member(struct visitor *t, const struct patch_member *member,
                                const struct patch_member *back) {
    t->reverse = back && back->change == PATCH_NEST ? back->nested : NULL;
    return visit_member(t, member, back && back->change == PATCH_SET ? &back->value : NULL,
                        !back || back->change != PATCH_REMOVE, NULL);
}

static int visit_object(struct visitor *t, const struct delta_value *base,
                        const struct delta_patch *patch) {
    const struct delta_patch *back = reverse_of(t, PATCH_OBJECT);
    uint32_t at = 0;
    struct renames renames = {0};
    if (base && base->type != DELTA_OBJECT)
        return mismatch(t, "expected an object");
    int status = base ? renames_open(&renames, base, patch, t->err) : 0;
    bool known = status == 0 && base && t->made && t->made->type == DELTA_OBJECT;
    uint32_t *places = known ? patch_places(patch, t->made) : NULL;
    if (known && !places)
        status = err_memory(t->err);
    for (uint32_t i = 0; i < patch->count && status == 0; i++) {
        struct place place;
        const struct delta_value *made =
            places && places[i] != NO_INDEX ? &value_members(t->made)[places[i]].value : NULL;
        down_key(t, patch->members[i].key, &place);
        status = base ? visit_known_member(t, place.old_pointer, base, patch, &renames, i, made)
                      : visit_unknown_member(t, &patch->members[i],
                                             back_member(back, patch->members[i].key, &at));
        up(t, &place);
    }
    free(places);
    renames_close(&renames);
    return status;
}

/* ---- Arrays ---- */

/* Values that the diff did not pair, one in the place of the other: a change, unless they are two
 * containers of one type that have nothing in common. */
static bool is_replacement(const struct delta_value *old, const struct delta_value *new) {
    return old->type != new->type || !value_is_container(old);
}

static const struct delta_value *old_element(const struct visitor *t,
                                             const struct delta_value *base, uint32_t i) {
    const struct elements *back = t->array->back;
    return base ? &value_items(base)[i] : back ? elements_value(back, i) : NULL;
}

/* The elements removed from `from` up to `end`. */
static int visit_removed(struct visitor *t, const struct delta_value *base,
                         const struct elements *elements, uint32_t from, uint32_t end) {
    int status = 0;
    for (uint32_t i = from; i < end && status == 0; i++) {
        struct place place;
        if (elements->fate[i] != ELEMENT_REMOVED)
            continue;
        down_index(t, i, i, old_element(t, base, i), &place);
        status = visit(t, (struct delta_change){.kind = DELTA_CHANGE_REMOVE,
                                                .old_value = old_element(t, base, i)});
        up(t, &place);
    }
    return status;
}

static bool is_moved(const struct elements *elements, uint32_t j) {
    return elements->from[j] != NO_INDEX && elements->fate[elements->from[j]] == ELEMENT_MOVED;
}

/* The run of elements that moved together and begins at `j`; `*count` gets its length. */
static int visit_move(struct visitor *t, const struct delta_value *base,
                      const struct elements *elements, uint32_t j, uint32_t *count) {
    uint32_t from = elements->from[j];
    size_t kept = t->label.length;
    *count = 1;
    const struct places_array *places = t->array->places;
    while (j + *count < elements->count && is_moved(elements, j + *count) &&
           elements->from[j + *count] == from + *count &&
           places_index(places, j + *count) == places_index(places, j) + *count)
        ++*count;
    if (*count == 1)
        put_label(t, old_element(t, base, from));
    size_t parent = t->pointer.length, old_parent = t->old_pointer.length;
    pointer_put_index(&t->old_pointer, from);
    pointer_put_index(&t->pointer, places_index(places, j));
    int status = visit(t, (struct delta_change){.kind = DELTA_CHANGE_MOVE,
                                                .count = *count,
                                                .index = places_index(places, j),
                                                .old_index = from});
    if (!t->pointer.failed)
        t->pointer.length = parent;
    if (!t->old_pointer.failed)
        t->old_pointer.length = old_parent;
    if (!t->label.failed)
        t->label.length = kept;
    return status;
}

/* What is new about element `j`, but for having moved. */
static int visit_element(struct visitor *t, const struct delta_value *base,
                         const struct elements *elements, uint32_t j) {
    const struct delta_value *new = elements_value(elements, j);
    const struct delta_patch *nested = elements_nested(elements, j);
    if (!new && !nested)
        return 0;
    const struct delta_value *old = NULL;
    if (elements->from[j] != NO_INDEX)
        old = old_element(t, base, elements->from[j]);
    struct place place;
    down_index(t, places_index(t->array->places, j), elements->from[j], old ? old : new, &place);
    const struct elements *back = t->array->back;
    t->reverse = nested && !old && back ? elements_nested(back, elements->from[j]) : NULL;
    const struct delta_value *made = t->array->labels.made;
    if (made)
        made = made->type == DELTA_ARRAY && j < made->length ? &value_items(made)[j] : NULL;
    int status = nested ? visit_made(t, old, nested, made)
                 : old
                     ? visit_replaced(t, old, new)
                     : visit(t, (struct delta_change){.kind = DELTA_CHANGE_ADD, .new_value = new});
    up(t, &place);
    return status;
}

/* The elements removed from between the two that stay around new element `j`, from old element
 * `*removed` on; `*reported` gets the new element after the last one that was reported. */
static int visit_gap(struct visitor *t, const struct delta_value *base,
                     const struct elements *elements, uint32_t j, uint32_t *removed,
                     uint32_t *reported) {
    uint32_t next = j;
    while (next < elements->count && (elements->from[next] == NO_INDEX || is_moved(elements, next)))
        next++;
    uint32_t end = next < elements->count ? elements->from[next] : elements->patch->length;
    int status = visit_removed(t, base, elements, *removed, end);
    *removed = end;
    *reported = next + 1;
    return status;
}

static int visit_elements(struct visitor *t, const struct delta_value *base,
                          const struct elements *elements) {
    uint32_t removed = 0, reported = 0;
    uint32_t run_left = 0; /* elements of a moved run that is reported */
    for (uint32_t j = 0; j < elements->count; j++) {
        if (j >= reported && visit_gap(t, base, elements, j, &removed, &reported))
            return -1;
        if (!run_left && is_moved(elements, j) && visit_move(t, base, elements, j, &run_left))
            return -1;
        run_left -= run_left > 0;
        if (visit_element(t, base, elements, j))
            return -1;
    }
    return visit_removed(t, base, elements, removed, elements->patch->length);
}

/* An array of the old elements that the patch back has, for pairing; others are null. NULL when out
 * of memory. */
static const struct delta_value *known_elements(struct visitor *t, const struct elements *back) {
    struct value_array *array = value_array_open(t->scratch, back->count);
    struct delta_value *out = arena_alloc(t->scratch, sizeof *out);
    for (uint32_t i = 0; array && i < back->count; i++) {
        const struct delta_value *value = elements_value(back, i);
        array->items[i] = value ? *value : value_literal(DELTA_NULL);
    }
    if (!array || !out || value_array_close(array, back->count, out, t->err))
        return err_no_memory(t->err);
    return out;
}

/* Pairs the elements with those that only the patch back knows. */
static int pair_unknown(struct visitor *t, struct elements *elements, const struct elements *back) {
    const struct delta_value *known = known_elements(t, back);
    if (!known)
        return -1;
    elements_pair(elements, known, is_replacement);
    t->array->back = back;
    return 0;
}

/* Elements that are reported without a base, whose own memory would bound them. */
enum { UNKNOWN_MOST = 1 << 24 };

static uint64_t new_length(const struct delta_patch *patch) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < patch->count; i++)
        count += patch->items[i].count;
    return count;
}

static int visit_array(struct visitor *t, const struct delta_value *base,
                       const struct delta_patch *patch) {
    if (base && base->type != DELTA_ARRAY)
        return mismatch(t, "expected an array");
    if (base && base->length != patch->length)
        return mismatch(t, "the array has a different length");
    if (!base && (patch->length > UNKNOWN_MOST || new_length(patch) > UNKNOWN_MOST))
        return err_set(t->err, DELTA_ERR_LIMIT,
                       "an array of more than %d elements requires the base to be shown",
                       UNKNOWN_MOST);
    struct array *above = t->array,
                 array = {.labels = {.base = base, .patch = patch, .made = t->made},
                          .places = places_find(t->options ? t->options->places : NULL,
                                                t->pointer.data, t->pointer.length)};
    const struct delta_patch *reverse = base ? NULL : reverse_of(t, PATCH_ARRAY);
    struct elements elements, back = {0};
    t->array = &array;
    int status = elements_open(&elements, patch, t->err);
    if (status == 0 && reverse && new_length(reverse) == patch->length &&
        reverse->length == new_length(patch))
        status = elements_open(&back, reverse, t->err) ? -1 : pair_unknown(t, &elements, &back);
    if (status == 0 && base)
        elements_pair(&elements, base, is_replacement);
    if (status == 0)
        status = visit_elements(t, base, &elements);
    elements_close(&elements);
    elements_close(&back);
    t->array = above;
    return status;
}

/* ---- Any value ---- */

static int visit_string(struct visitor *t, const struct delta_value *base,
                        const struct delta_patch *patch) {
    if (!base)
        return visit(t, (struct delta_change){.kind = DELTA_CHANGE_REPLACE,
                                              .text = patch,
                                              .old_text = reverse_of(t, PATCH_STRING)});
    struct delta_value new;
    struct delta_err inner = {0};
    if (apply_patch(t->scratch, base, patch, &new, &inner))
        return inner.code == DELTA_ERR_BASE ? mismatch(t, "expected a different string")
                                            : err_set(t->err, inner.code, "%s", inner.text);
    return visit(t, (struct delta_change){
                        .kind = DELTA_CHANGE_REPLACE, .old_value = base, .new_value = &new});
}

static int visit_patch(struct visitor *t, const struct delta_value *base,
                       const struct delta_patch *patch) {
    switch (patch->kind) {
    case PATCH_EMPTY:
        return 0;
    case PATCH_VALUE:
        if (!base && reverse_of(t, PATCH_VALUE))
            base = &t->reverse->value;
        return visit_replaced(t, base, &patch->value);
    case PATCH_OBJECT:
        return visit_object(t, base, patch);
    case PATCH_ARRAY:
        return visit_array(t, base, patch);
    case PATCH_STRING:
        break;
    }
    return visit_string(t, base, patch);
}

const char *delta_change_name(enum delta_change_kind kind) {
    static const char *const names[] = {[DELTA_CHANGE_ADD] = "add",
                                        [DELTA_CHANGE_REMOVE] = "remove",
                                        [DELTA_CHANGE_REPLACE] = "change",
                                        [DELTA_CHANGE_MOVE] = "move"};
    return names[kind];
}

int changes_visit(const struct delta_value *base, const struct delta_patch *patch,
                  const struct changes_options *options, delta_change_visitor *report,
                  void *context, struct delta_err *err) {
    struct visitor t = {.options = options,
                        .visit = report,
                        .reverse = options && !base ? options->reverse : NULL,
                        .context = context,
                        .scratch = delta_arena_new(),
                        .err = err};
    pattern_matcher_open(&t.keys, options ? options->array_keys : NULL);
    int status = -1;
    if (!t.scratch || !buf_reserve(&t.pointer, 64) || !buf_reserve(&t.label, 64) ||
        !buf_reserve(&t.old_pointer, 64))
        err_memory(err);
    else if (!patch)
        status = visit(&t, (struct delta_change){.kind = DELTA_CHANGE_REMOVE, .old_value = base});
    else if (options && options->added && patch->kind == PATCH_VALUE)
        status =
            visit(&t, (struct delta_change){.kind = DELTA_CHANGE_ADD, .new_value = &patch->value});
    else
        status = visit_patch(&t, base, patch);
    pattern_matcher_close(&t.keys);
    delta_buf_free(&t.pointer);
    delta_buf_free(&t.label);
    delta_buf_free(&t.old_pointer);
    delta_arena_free(t.scratch);
    return t.result ? t.result : status;
}
