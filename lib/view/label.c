#include "view/label.h"

#include "base/arena.h"
#include "base/err.h"
#include "diff/mask.h"
#include "diff/pairing.h"
#include "patch/apply.h"

#include <string.h>

enum { LONGEST = 48 }; /* bytes of a value that is part of a label */

/* A value that was masked identifies nothing. */
static bool can_name(const struct delta_value *value) {
    return value && (value->type == DELTA_STRING || value->type == DELTA_NUMBER) &&
           value->length > 0 && value->length <= LONGEST && !value_is_text(value, MASK_MARKER);
}

/* Appends `name=value`, and says whether it could. */
static bool put_naming(struct delta_buf *label, const char *name, size_t length,
                       const struct delta_value *value) {
    if (!can_name(value))
        return false;
    if (label->length)
        buf_put_text(label, ", ");
    buf_put(label, name, length);
    buf_put_char(label, '=');
    buf_put(label, value->text, value->length);
    return true;
}

/* The parts of an array's key, by the last step of each; says whether there was any. */
static bool put_key(struct delta_buf *label, const struct identity_key *key,
                    const struct delta_value *element) {
    bool put = false;
    for (uint32_t n = 0; n < key->count; n++) {
        const struct pointer *part = &key->parts[n];
        const struct pointer_step *last = part->count ? &part->steps[part->count - 1] : NULL;
        if (last)
            put |= put_naming(label, last->text, last->length, identity_part(key, n, element));
    }
    return put;
}

static void put_given(struct delta_buf *label, const char *text, const struct delta_value *element,
                      struct delta_arena *scratch) {
    struct arena_mark mark = arena_mark(scratch);
    struct identity_key key;
    struct delta_err err = {0};
    if (identity_key_parse(scratch, text, &key, &err) == 0)
        put_key(label, &key, element);
    label->failed |= err.code == DELTA_ERR_MEMORY;
    arena_rewind(scratch, mark);
}

/* Infers the key by which the elements were matched, where none was given. */
static int infer_key(struct label_array *array, struct delta_arena *arena, struct delta_err *err) {
    if (!array->made) {
        struct delta_value *made = arena_alloc(arena, sizeof *made);
        if (!made)
            return err_memory(err);
        if (apply_patch(arena, array->base, array->patch, made, err))
            return -1;
        array->made = made;
    }
    const struct identity_pair pair = {.a = value_items(array->base),
                                       .b = value_items(array->made),
                                       .a_count = array->base->length,
                                       .b_count = array->made->length};
    return identity_key_of(arena, &pair, &array->key, err);
}

static const struct identity_key *inferred_key(struct label_array *array, struct delta_arena *arena,
                                               struct delta_buf *label) {
    struct delta_err err = {0};
    if (!array->inferred && array->base && infer_key(array, arena, &err)) {
        array->key.count = 0;
        label->failed |= err.code == DELTA_ERR_MEMORY;
    }
    array->inferred = true;
    return &array->key;
}

/* The likeliest of the members that usually identify an element. */
static bool put_usual(struct delta_buf *label, const struct delta_value *object) {
    const struct value_member *best = NULL;
    uint32_t best_rank = UINT32_MAX;
    for (uint32_t n = 0; object->type == DELTA_OBJECT && n < object->length; n++) {
        const struct value_member *member = &value_members(object)[n];
        uint32_t rank = pairing_usual_rank(member->key->text, member->key->length);
        if (rank < best_rank && pairing_usual_names[rank] && can_name(&member->value)) {
            best = member;
            best_rank = rank;
        }
    }
    return best && put_naming(label, best->key->text, best->key->length, &best->value);
}

void label_put(struct label_array *array, const struct pattern_state *given,
               const struct delta_value *element, struct delta_arena *scratch,
               struct delta_buf *label) {
    if (!element || element->type != DELTA_OBJECT)
        return;
    if (given) {
        put_given(label, given->label, element, scratch);
    } else if (!put_key(label, inferred_key(array, scratch, label), element) &&
               !put_usual(label, element)) {
        const struct delta_value *metadata = value_get(element, "metadata");
        if (metadata)
            put_naming(label, "name", strlen("name"), value_get(metadata, "name"));
    }
}
