/* Reading values, for programs that use the library. */
#include "base/err.h"
#include "json/pointer.h"

#include <string.h>

const char *delta_value_text(const struct delta_value *value, size_t *length) {
    bool has_text = value->type == DELTA_STRING || value->type == DELTA_NUMBER;
    *length = has_text ? value->length : 0;
    return has_text ? value->text : NULL;
}

bool delta_value_is(const struct delta_value *value, const char *text) {
    return value && value_is_text(value, text);
}

bool delta_value_to_u64(const struct delta_value *value, uint64_t *number) {
    return value_to_u64(value, number);
}

size_t delta_value_count(const struct delta_value *value) {
    return value_is_container(value) ? value->length : 0;
}

const struct delta_value *delta_value_element(const struct delta_value *array, size_t index) {
    if (array->type != DELTA_ARRAY || index >= array->length)
        return NULL;
    return &value_items(array)[index];
}

bool delta_value_member(const struct delta_value *object, size_t index,
                        struct delta_member *member) {
    if (object->type != DELTA_OBJECT || index >= object->length)
        return false;
    const struct value_member *found = &value_members(object)[index];
    *member = (struct delta_member){
        .key = found->key->text, .key_length = found->key->length, .value = &found->value};
    return true;
}

const struct delta_value *delta_value_get(const struct delta_value *object, const char *key) {
    return value_get(object, key);
}

/* Whether `length` bytes of pointer text are the key, once `~0` and `~1` are read. */
static bool step_is_key(const char *step, size_t length, const struct value_key *key) {
    size_t at = 0;
    for (size_t i = 0; i < length; i++, at++) {
        char c = step[i] != '~' ? step[i] : step[++i] == '0' ? '~' : '/';
        if (at == key->length || key->text[at] != c)
            return false;
    }
    return at == key->length;
}

static const struct delta_value *step_down(const struct delta_value *value, const char *step,
                                           size_t length) {
    if (value->type == DELTA_OBJECT) {
        const struct value_member *members = value_members(value);
        for (uint32_t i = 0; i < value->length; i++)
            if (step_is_key(step, length, members[i].key))
                return &members[i].value;
        return NULL;
    }
    const struct pointer_step index_step = {.text = step, .length = (uint32_t)length};
    uint32_t index;
    if (length > UINT32_MAX || !pointer_index(&index_step, &index))
        return NULL;
    return delta_value_element(value, index);
}

const struct delta_value *delta_value_at(const struct delta_value *value, const char *pointer,
                                         size_t length, struct delta_err *err) {
    if (!delta_pointer_valid(pointer, length))
        return err_null(err_set(err, DELTA_ERR_USAGE, "invalid JSON Pointer"));
    const char *at = pointer, *end = pointer + length;
    while (value && at < end) {
        const char *step = at + 1;
        const char *slash = memchr(step, '/', (size_t)(end - step));
        at = slash ? slash : end;
        value = step_down(value, step, (size_t)(at - step));
    }
    return value;
}
