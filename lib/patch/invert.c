/* One recursion over the patch, beside the base that it is for: what the patch drops is in the base
 * only.
 *
 *     objects  a member that was set or removed is set to its old value, or removed if it had none
 *     arrays   the old array is made again in its order: the runs that the patch keeps are
 *              sorted by where they were, and copied or edited from where they are now; what is
 *              between two of them was removed, and is inserted out of the base
 *     texts    the same, in code points; runs ascend, so that nothing is to be sorted
 *     whole    the old value
 *
 * A change that changes nothing, such as the removal of a key that is not there, is left out. */
#include "patch/invert.h"

#include "base/err.h"
#include "base/utf8.h"

#include <stdlib.h>

static int mismatch(struct delta_err *err, const char *what) {
    err_set(err, DELTA_ERR_BASE, "the patch does not fit: %s", what);
    return err_at_pointer(err, "", 0);
}

/* ---- Objects ---- */

/* Reverses the change of one member; `old` is its value in the base, or NULL. Nothing is added for
 * a change that changed nothing. */
static int invert_member(struct delta_arena *arena, const struct patch_member *change,
                         const struct delta_value *old, struct patch_member *members, size_t *count,
                         struct delta_err *err) {
    struct patch_member *back = &members[*count];
    *back = (struct patch_member){.key = change->key};
    if (change->change == PATCH_NEST) {
        if (!old)
            mismatch(err, "the base has no such member");
        else
            back->nested = invert_patch(arena, old, change->nested, err);
        if (!back->nested)
            return err_under_key(err, change->key->text, change->key->length);
        back->change = PATCH_NEST;
        *count += back->nested->kind != PATCH_EMPTY;
    } else if (old) {
        back->change = PATCH_SET;
        back->value = *old;
        ++*count;
    } else if (change->change == PATCH_SET) {
        back->change = PATCH_REMOVE;
        ++*count;
    }
    return 0;
}

static const struct delta_patch *invert_object(struct delta_arena *arena,
                                               const struct delta_value *base,
                                               const struct delta_patch *patch,
                                               struct delta_err *err) {
    if (base->type != DELTA_OBJECT) {
        mismatch(err, "expected an object");
        return NULL;
    }
    struct patch_member *members = arena_array(arena, patch->count, sizeof *members);
    uint32_t *places = patch_places(patch, base);
    size_t count = 0;
    if (!members || !places) {
        err_memory(err);
        goto failed;
    }
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct delta_value *old =
            places[i] == NO_INDEX ? NULL : &value_members(base)[places[i]].value;
        if (invert_member(arena, &patch->members[i], old, members, &count, err))
            goto failed;
    }
    free(places);
    return patch_object(arena, members, count, err);
failed:
    free(places);
    return NULL;
}

/* ---- Arrays ---- */

/* Old elements that the patch keeps, and where it puts them. */
struct kept {
    const struct patch_item *item;
    uint32_t place;
};

static int compare_kept(const void *a, const void *b) {
    uint32_t left = ((const struct kept *)a)->item->from;
    uint32_t right = ((const struct kept *)b)->item->from;
    return (left > right) - (left < right);
}

/* The kept runs in the base's order, and the new length; NULL when out of memory. */
static struct kept *kept_runs(const struct delta_patch *patch, uint32_t *count,
                              uint32_t *new_length) {
    struct kept *kept = reallocarray(NULL, (size_t)patch->count + 1, sizeof *kept);
    if (!kept)
        return NULL;
    uint32_t place = 0;
    uint32_t used = 0;
    bool sorted = true;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_item *item = &patch->items[i];
        if (item->kind != PATCH_INSERT) {
            if (used && kept[used - 1].item->from > item->from)
                sorted = false;
            kept[used++] = (struct kept){item, place};
        }
        place += item->count;
    }
    if (!sorted)
        qsort(kept, used, sizeof *kept, compare_kept);
    *count = used;
    *new_length = place;
    return kept;
}

/* The base's elements in order: those that were kept come from where they are now, the others are
 * inserted again. */
static const struct delta_patch *invert_array(struct delta_arena *arena,
                                              const struct delta_value *base,
                                              const struct delta_patch *patch,
                                              struct delta_err *err) {
    if (base->type != DELTA_ARRAY || base->length != patch->length) {
        mismatch(err, base->type != DELTA_ARRAY ? "expected an array"
                                                : "the array has a different length");
        return NULL;
    }
    struct patch_items list = {0};
    uint32_t count;
    uint32_t new_length;
    struct kept *kept = kept_runs(patch, &count, &new_length);
    if (!kept)
        return err_no_memory(err);
    uint32_t reached = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct patch_item *item = kept[i].item;
        patch_items_insert(&list, arena, value_items(base) + reached, item->from - reached);
        if (item->kind == PATCH_EDIT) {
            const struct delta_patch *nested =
                invert_patch(arena, &value_items(base)[item->from], item->nested, err);
            if (!nested) {
                err_under_index(err, item->from);
                free(kept);
                patch_items_free(&list);
                return NULL;
            }
            patch_items_edit(&list, kept[i].place, nested);
        } else {
            patch_items_copy(&list, kept[i].place, item->count);
        }
        reached = item->from + item->count;
    }
    patch_items_insert(&list, arena, value_items(base) + reached, base->length - reached);
    free(kept);
    return patch_items_close(&list, arena, PATCH_ARRAY, new_length, err);
}

/* ---- Strings ---- */

static void insert_text(struct patch_items *list, struct delta_arena *arena, const char *text,
                        size_t length) {
    if (length == 0)
        return;
    struct delta_value literal = value_string(text, (uint32_t)length);
    patch_items_insert(list, arena, &literal, 1);
}

static const struct delta_patch *invert_string(struct delta_arena *arena,
                                               const struct delta_value *base,
                                               const struct delta_patch *patch,
                                               struct delta_err *err) {
    if (base->type != DELTA_STRING || utf8_has_surrogate(base->text, base->length) ||
        utf8_count(base->text, base->length) != patch->length) {
        mismatch(err, base->type != DELTA_STRING ? "expected a string"
                                                 : "the string has a different length");
        return NULL;
    }
    struct patch_items list = {0};
    size_t read = 0;      /* bytes of the base behind us */
    uint32_t reached = 0; /* the same in code points */
    uint32_t place = 0;   /* code points of the new string behind us */
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_item *item = &patch->items[i];
        if (item->kind == PATCH_INSERT) {
            place += (uint32_t)utf8_count(item->values->text, item->values->length);
            continue;
        }
        const char *dropped = base->text + read;
        size_t bytes = utf8_offset(dropped, base->length - read, item->from - reached);
        insert_text(&list, arena, dropped, bytes);
        read += bytes;
        patch_items_copy(&list, place, item->count);
        read += utf8_offset(base->text + read, base->length - read, item->count);
        reached = item->from + item->count;
        place += item->count;
    }
    insert_text(&list, arena, base->text + read, base->length - read);
    return patch_items_close(&list, arena, PATCH_STRING, place, err);
}

const struct delta_patch *invert_patch(struct delta_arena *arena, const struct delta_value *base,
                                       const struct delta_patch *patch, struct delta_err *err) {
    switch (patch->kind) {
    case PATCH_EMPTY:
        return patch;
    case PATCH_VALUE:
        return patch_whole(arena, base, err);
    case PATCH_OBJECT:
        return invert_object(arena, base, patch, err);
    case PATCH_ARRAY:
        return invert_array(arena, base, patch, err);
    case PATCH_STRING:
        break;
    }
    return invert_string(arena, base, patch, err);
}
