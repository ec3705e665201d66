/* A patch as a JSON value and read from one; the form is in delta-record(5), PATCHES.
 *
 * Each direction is one recursion over the patch. The kind of a patch is not written: reading first
 * collects which names its object has, a bit each, and takes the one kind whose names these are. So
 * a name of another kind is refused, never skipped. Whatever order the text has them in, members of
 * an object's patch are sorted by key, which shows a key that is changed twice, and items of an
 * array are checked to use each old element once at most. O(patch log members). */
#include "patch/patch.h"

#include "base/err.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Deepest patch: one level for each container of the deepest state, and a scalar within. */
enum { MAX_PATCH_DEPTH = DELTA_MAX_DEPTH + 1 };

/* ---- To JSON ---- */

enum name {
    CHANGES,
    REMOVED_KEYS,
    NESTED,
    LENGTH,
    ELEMENTS,
    TEXT,
    VALUE,
    INSERT,
    EDIT,
    NAMES,
};

static const char *const names[NAMES] = {
    [CHANGES] = "changes",   [REMOVED_KEYS] = "removed_keys",
    [NESTED] = "nested",     [LENGTH] = "length",
    [ELEMENTS] = "elements", [TEXT] = "text",
    [VALUE] = "value",       [INSERT] = "insert",
    [EDIT] = "edit",
};

/* What encoding a patch needs at every level. */
struct encoder {
    struct delta_arena *arena;
    struct delta_err *err;
    const struct value_key *keys[NAMES];
};

static int encode(struct encoder *encoder, const struct delta_patch *patch,
                  struct delta_value *out);

static struct value_member named(const struct encoder *encoder, enum name name,
                                 struct delta_value value) {
    return (struct value_member){.key = encoder->keys[name], .value = value};
}

/* The members of one kind of change as an object. */
static int encode_changes(struct encoder *encoder, const struct delta_patch *patch,
                          enum patch_change change, uint32_t count, struct delta_value *out) {
    struct value_object *object = value_object_open(encoder->arena, count);
    if (!object)
        return err_memory(encoder->err);
    uint32_t used = 0;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_member *member = &patch->members[i];
        if (member->change != change)
            continue;
        struct value_member *made = &object->members[used++];
        made->key = member->key;
        if (change == PATCH_SET)
            made->value = member->value;
        else if (encode(encoder, member->nested, &made->value))
            return -1;
    }
    return value_object_close(object, used, out, encoder->err);
}

static int encode_removed(struct encoder *encoder, const struct delta_patch *patch, uint32_t count,
                          struct delta_value *out) {
    struct value_array *array = value_array_open(encoder->arena, count);
    if (!array)
        return err_memory(encoder->err);
    uint32_t used = 0;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct value_key *key = patch->members[i].key;
        if (patch->members[i].change == PATCH_REMOVE)
            array->items[used++] = value_string(key->text, key->length);
    }
    return value_array_close(array, used, out, encoder->err);
}

static int encode_object(struct encoder *encoder, const struct delta_patch *patch,
                         struct delta_value *out) {
    uint32_t counts[3] = {0, 0, 0};
    for (uint32_t i = 0; i < patch->count; i++)
        counts[patch->members[i].change]++;
    struct value_object *object = value_object_open(encoder->arena, 3);
    if (!object)
        return err_memory(encoder->err);
    uint32_t used = 0;
    struct delta_value part;
    if (counts[PATCH_SET]) {
        if (encode_changes(encoder, patch, PATCH_SET, counts[PATCH_SET], &part))
            return -1;
        object->members[used++] = named(encoder, CHANGES, part);
    }
    if (counts[PATCH_REMOVE]) {
        if (encode_removed(encoder, patch, counts[PATCH_REMOVE], &part))
            return -1;
        object->members[used++] = named(encoder, REMOVED_KEYS, part);
    }
    if (counts[PATCH_NEST]) {
        if (encode_changes(encoder, patch, PATCH_NEST, counts[PATCH_NEST], &part))
            return -1;
        object->members[used++] = named(encoder, NESTED, part);
    }
    return value_object_close(object, used, out, encoder->err);
}

static int encode_run(struct encoder *encoder, const struct patch_item *item,
                      struct delta_value *out) {
    struct delta_value run[2];
    if (value_u64(encoder->arena, item->from, &run[0], encoder->err) ||
        value_u64(encoder->arena, item->count, &run[1], encoder->err))
        return -1;
    return value_array(encoder->arena, run, 2, out, encoder->err);
}

static int encode_insert(struct encoder *encoder, const struct patch_item *item,
                         struct delta_value *out) {
    struct delta_value values;
    if (value_array(encoder->arena, item->values, item->count, &values, encoder->err))
        return -1;
    struct value_member member = named(encoder, INSERT, values);
    return value_object(encoder->arena, &member, 1, out, encoder->err);
}

static int encode_edit(struct encoder *encoder, const struct patch_item *item,
                       struct delta_value *out) {
    struct value_object *object = value_object_open(encoder->arena, 2);
    if (!object)
        return err_memory(encoder->err);
    object->members[0].key = encoder->keys[EDIT];
    object->members[1].key = encoder->keys[NESTED];
    if (value_u64(encoder->arena, item->from, &object->members[0].value, encoder->err) ||
        encode(encoder, item->nested, &object->members[1].value))
        return -1;
    return value_object_close(object, 2, out, encoder->err);
}

static int encode_items(struct encoder *encoder, const struct delta_patch *patch,
                        struct delta_value *out) {
    struct value_array *array = value_array_open(encoder->arena, patch->count);
    struct value_object *object = value_object_open(encoder->arena, 2);
    if (!array || !object)
        return err_memory(encoder->err);
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_item *item = &patch->items[i];
        struct delta_value *made = &array->items[i];
        int failed = 0;
        if (item->kind == PATCH_COPY)
            failed = encode_run(encoder, item, made);
        else if (item->kind == PATCH_EDIT)
            failed = encode_edit(encoder, item, made);
        else if (patch->kind == PATCH_ARRAY)
            failed = encode_insert(encoder, item, made);
        else
            *made = item->values[0];
        if (failed)
            return -1;
    }
    object->members[0].key = encoder->keys[LENGTH];
    object->members[1].key = encoder->keys[patch->kind == PATCH_ARRAY ? ELEMENTS : TEXT];
    if (value_u64(encoder->arena, patch->length, &object->members[0].value, encoder->err) ||
        value_array_close(array, patch->count, &object->members[1].value, encoder->err))
        return -1;
    return value_object_close(object, 2, out, encoder->err);
}

static int encode(struct encoder *encoder, const struct delta_patch *patch,
                  struct delta_value *out) {
    switch (patch->kind) {
    case PATCH_EMPTY:
        return value_object(encoder->arena, NULL, 0, out, encoder->err);
    case PATCH_VALUE: {
        struct value_member member = named(encoder, VALUE, patch->value);
        return value_object(encoder->arena, &member, 1, out, encoder->err);
    }
    case PATCH_OBJECT:
        return encode_object(encoder, patch, out);
    case PATCH_ARRAY:
    case PATCH_STRING:
        break;
    }
    return encode_items(encoder, patch, out);
}

int patch_to_value(struct delta_arena *arena, const struct delta_patch *patch,
                   struct delta_value *out, struct delta_err *err) {
    struct encoder encoder = {.arena = arena, .err = err};
    for (size_t i = 0; i < NAMES; i++) {
        encoder.keys[i] = value_key(arena, names[i], (uint32_t)strlen(names[i]));
        if (!encoder.keys[i])
            return err_memory(err);
    }
    return encode(&encoder, patch, out);
}

/* ---- From JSON ---- */

static const struct delta_patch *parse(struct delta_arena *arena, const struct delta_value *value,
                                       uint32_t depth, struct delta_err *err);

static int bad(struct delta_err *err, const char *what) {
    err_set(err, DELTA_ERR_DAMAGED, "invalid patch: %s", what);
    return err_at_pointer(err, "", 0);
}

static int under_name(struct delta_err *err, enum name name) {
    return err_under_key(err, names[name], strlen(names[name]));
}

static enum name name_of(const struct value_key *key) {
    size_t name = 0;
    while (name < NAMES &&
           (strlen(names[name]) != key->length || memcmp(names[name], key->text, key->length) != 0))
        name++;
    return (enum name)name;
}

/* Which names are in the object, a bit each; only those of `allowed` may. */
static int check_names(const struct delta_value *object, unsigned allowed, unsigned *present,
                       struct delta_err *err) {
    *present = 0;
    if (object->type != DELTA_OBJECT)
        return bad(err, "expected an object");
    for (uint32_t i = 0; i < object->length; i++) {
        const struct value_key *key = value_members(object)[i].key;
        enum name name = name_of(key);
        if (name == NAMES || !(allowed >> name & 1)) {
            bad(err, "unexpected member");
            return err_under_key(err, key->text, key->length);
        }
        *present |= 1u << name;
    }
    return 0;
}

/* The part of this name, or NULL. */
static const struct delta_value *part(const struct delta_value *object, enum name name) {
    for (uint32_t i = 0; i < object->length; i++)
        if (name_of(value_members(object)[i].key) == name)
            return &value_members(object)[i].value;
    return NULL;
}

static int parse_u32(const struct delta_value *value, uint32_t *out, struct delta_err *err) {
    uint64_t n;
    *out = 0;
    if (!value_to_u64(value, &n) || n > UINT32_MAX)
        return bad(err, "expected a number of elements");
    *out = (uint32_t)n;
    return 0;
}

static int compare_members(const void *a, const void *b) {
    return value_key_compare(((const struct patch_member *)a)->key,
                             ((const struct patch_member *)b)->key);
}

/* A record is read deeper than a state may nest; its values may not. */
static int check_value(const struct delta_value *value, struct delta_err *err) {
    return value->height > DELTA_MAX_DEPTH ? bad(err, "value nested too deep") : 0;
}

static int parse_changes(const struct delta_value *changes, struct patch_member *members,
                         uint32_t *count, struct delta_err *err) {
    if (!changes)
        return 0;
    if (changes->type != DELTA_OBJECT) {
        bad(err, "expected an object");
        return under_name(err, CHANGES);
    }
    for (uint32_t i = 0; i < changes->length; i++) {
        const struct value_member *member = &value_members(changes)[i];
        if (check_value(&member->value, err)) {
            err_under_key(err, member->key->text, member->key->length);
            return under_name(err, CHANGES);
        }
        members[(*count)++] =
            (struct patch_member){.key = member->key, .change = PATCH_SET, .value = member->value};
    }
    return 0;
}

static int parse_removed(struct delta_arena *arena, const struct delta_value *removed,
                         struct patch_member *members, uint32_t *count, struct delta_err *err) {
    if (!removed)
        return 0;
    if (removed->type != DELTA_ARRAY) {
        bad(err, "expected an array of keys");
        return under_name(err, REMOVED_KEYS);
    }
    for (uint32_t i = 0; i < removed->length; i++) {
        const struct delta_value *key = &value_items(removed)[i];
        if (key->type != DELTA_STRING) {
            bad(err, "expected a key");
            err_under_index(err, i);
            return under_name(err, REMOVED_KEYS);
        }
        struct patch_member *member = &members[(*count)++];
        *member = (struct patch_member){.change = PATCH_REMOVE};
        member->key = value_key(arena, key->text, key->length);
        if (!member->key)
            return err_memory(err);
    }
    return 0;
}

static int parse_nested(struct delta_arena *arena, const struct delta_value *nested,
                        struct patch_member *members, uint32_t *count, uint32_t depth,
                        struct delta_err *err) {
    if (!nested)
        return 0;
    if (nested->type != DELTA_OBJECT) {
        bad(err, "expected an object");
        return under_name(err, NESTED);
    }
    for (uint32_t i = 0; i < nested->length; i++) {
        const struct value_member *member = &value_members(nested)[i];
        const struct delta_patch *patch = parse(arena, &member->value, depth + 1, err);
        if (!patch) {
            err_under_key(err, member->key->text, member->key->length);
            return under_name(err, NESTED);
        }
        if (patch->kind != PATCH_EMPTY)
            members[(*count)++] =
                (struct patch_member){.key = member->key, .change = PATCH_NEST, .nested = patch};
    }
    return 0;
}

/* Brings members into canonical order, in which duplicate keys are adjacent. */
static int sort_members(struct patch_member *members, uint32_t count, struct delta_err *err) {
    bool sorted = true;
    for (uint32_t i = 1; i < count && sorted; i++)
        sorted = compare_members(&members[i - 1], &members[i]) < 0;
    if (!sorted)
        qsort(members, count, sizeof *members, compare_members);
    for (uint32_t i = 1; i < count; i++)
        if (value_key_equal(members[i - 1].key, members[i].key)) {
            bad(err, "a key is changed twice");
            return err_under_key(err, members[i].key->text, members[i].key->length);
        }
    return 0;
}

static size_t length_of(const struct delta_value *part) {
    return part ? part->length : 0;
}

static const struct delta_patch *parse_object(struct delta_arena *arena,
                                              const struct delta_value *value, uint32_t depth,
                                              struct delta_err *err) {
    const struct delta_value *changes = part(value, CHANGES);
    const struct delta_value *removed = part(value, REMOVED_KEYS);
    const struct delta_value *nested = part(value, NESTED);
    struct patch_member *members = arena_array(
        arena, length_of(changes) + length_of(removed) + length_of(nested), sizeof *members);
    if (!members)
        return err_no_memory(err);
    uint32_t count = 0;
    if (parse_changes(changes, members, &count, err) ||
        parse_removed(arena, removed, members, &count, err) ||
        parse_nested(arena, nested, members, &count, depth, err) ||
        sort_members(members, count, err))
        return NULL;
    return patch_object(arena, members, count, err);
}

/* An item `[from,count]`, whose run must lie within `length`. */
static int parse_copy(struct patch_items *list, const struct delta_value *run, uint32_t length,
                      struct delta_err *err) {
    uint32_t from;
    uint32_t count;
    if (run->length != 2)
        return bad(err, "expected a run of two numbers, [from,count]");
    if (parse_u32(&value_items(run)[0], &from, err))
        return err_under_index(err, 0);
    if (parse_u32(&value_items(run)[1], &count, err))
        return err_under_index(err, 1);
    if (count == 0 || from > length || count > length - from)
        return bad(err, "a run outside the old value");
    patch_items_copy(list, from, count);
    return 0;
}

static int parse_insert(struct delta_arena *arena, struct patch_items *list,
                        const struct delta_value *values, struct delta_err *err) {
    if (values->type != DELTA_ARRAY || values->length == 0) {
        bad(err, "expected an array of new elements");
        return under_name(err, INSERT);
    }
    for (uint32_t i = 0; i < values->length; i++) {
        if (check_value(&value_items(values)[i], err)) {
            err_under_index(err, i);
            return under_name(err, INSERT);
        }
    }
    patch_items_insert(list, arena, value_items(values), values->length);
    return 0;
}

static int parse_edit(struct delta_arena *arena, struct patch_items *list,
                      const struct delta_value *item, uint32_t length, uint32_t depth,
                      struct delta_err *err) {
    uint32_t from;
    if (parse_u32(part(item, EDIT), &from, err))
        return under_name(err, EDIT);
    if (from >= length) {
        bad(err, "an edit outside the old array");
        return under_name(err, EDIT);
    }
    const struct delta_patch *nested = parse(arena, part(item, NESTED), depth + 1, err);
    if (!nested)
        return under_name(err, NESTED);
    patch_items_edit(list, from, nested);
    return 0;
}

static int parse_element(struct delta_arena *arena, struct patch_items *list,
                         const struct delta_value *item, uint32_t length, uint32_t depth,
                         struct delta_err *err) {
    if (item->type == DELTA_ARRAY)
        return parse_copy(list, item, length, err);
    unsigned present;
    if (check_names(item, 1u << INSERT | 1u << EDIT | 1u << NESTED, &present, err))
        return -1;
    if (present == 1u << INSERT)
        return parse_insert(arena, list, part(item, INSERT), err);
    if (present != (1u << EDIT | 1u << NESTED))
        return bad(err, "expected a run, an insert, or an edit with its nested patch");
    return parse_edit(arena, list, item, length, depth, err);
}

static int parse_literal(struct delta_arena *arena, struct patch_items *list,
                         const struct delta_value *item, uint32_t length, struct delta_err *err) {
    if (item->type == DELTA_ARRAY)
        return parse_copy(list, item, length, err);
    if (item->type != DELTA_STRING || item->length == 0)
        return bad(err, "expected a run or new text");
    if (!(item->flags & VALUE_PLAIN) && utf8_has_surrogate(item->text, item->length))
        return bad(err, "a lone surrogate in new text");
    patch_items_insert(list, arena, item, 1);
    return 0;
}

static const struct delta_patch *parse_items(struct delta_arena *arena,
                                             const struct delta_value *value, enum patch_kind kind,
                                             uint32_t depth, struct delta_err *err) {
    enum name name = kind == PATCH_ARRAY ? ELEMENTS : TEXT;
    const struct delta_value *items = part(value, name);
    uint32_t length = 0;
    if (parse_u32(part(value, LENGTH), &length, err)) {
        under_name(err, LENGTH);
        return NULL;
    }
    struct patch_items list = {0};
    if (items->type != DELTA_ARRAY) {
        bad(err, "expected an array");
        goto failed;
    }
    for (uint32_t i = 0; i < items->length; i++) {
        const struct delta_value *item = &value_items(items)[i];
        if (kind == PATCH_ARRAY ? parse_element(arena, &list, item, length, depth, err)
                                : parse_literal(arena, &list, item, length, err)) {
            err_under_index(err, i);
            goto failed;
        }
    }
    if (!list.failed && patch_items_check(&list, kind, err))
        goto failed;
    return patch_items_close(&list, arena, kind, length, err);
failed:
    under_name(err, name);
    patch_items_free(&list);
    return NULL;
}

static const struct delta_patch *parse(struct delta_arena *arena, const struct delta_value *value,
                                       uint32_t depth, struct delta_err *err) {
    if (depth > MAX_PATCH_DEPTH)
        return err_null(err_set(err, DELTA_ERR_LIMIT, "patch nested too deep"));
    unsigned of_object = 1u << CHANGES | 1u << REMOVED_KEYS | 1u << NESTED;
    unsigned of_array = 1u << LENGTH | 1u << ELEMENTS;
    unsigned of_string = 1u << LENGTH | 1u << TEXT;
    unsigned present;
    if (check_names(value, of_object | of_array | of_string | 1u << VALUE, &present, err))
        return NULL;
    if (!(present & ~of_object))
        return parse_object(arena, value, depth, err);
    if (present == 1u << VALUE) {
        if (check_value(part(value, VALUE), err)) {
            under_name(err, VALUE);
            return NULL;
        }
        return patch_whole(arena, part(value, VALUE), err);
    }
    if (present == of_array)
        return parse_items(arena, value, PATCH_ARRAY, depth, err);
    if (present == of_string)
        return parse_items(arena, value, PATCH_STRING, depth, err);
    bad(err, "its members do not form one kind of patch");
    return NULL;
}

const struct delta_patch *patch_from_value(struct delta_arena *arena,
                                           const struct delta_value *value, struct delta_err *err) {
    return parse(arena, value, 1, err);
}
