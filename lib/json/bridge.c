/* Values to and from jansson's json_t, which cannot hold all of them.
 *
 * jansson itself decides what it can hold of a number: the number is read by jansson, written
 * again, and accepted when that is exactly the same number. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"
#include "json/number.h"
#include "json/value.h"

#include <float.h>
#include <jansson.h>
#include <math.h>

enum {
    NUMBER_ROOM = 40,   /* a double in 17 digits, or a 64-bit integer */
    DIGITS_KEPT = 15,   /* decimals of so many digits survive a normal double */
    DIGITS_ENOUGH = 17, /* and no double needs more than this */
};

/* ---- Numbers ---- */

/* Spells a real in the fewest digits that jansson reads as the same one. Returns how many bytes, 0
 * when it cannot be written. */
__attribute__((noinline)) static size_t encode_real(const json_t *json, char text[NUMBER_ROOM]) {
    double number = json_real_value(json);
    size_t digits = fabs(number) < DBL_MIN ? 1 : DIGITS_KEPT;
    for (; digits <= DIGITS_ENOUGH; digits++) {
        size_t length =
            json_dumpb(json, text, NUMBER_ROOM, JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
        if (length == 0 || length > NUMBER_ROOM)
            return 0;
        json_t *again = json_loadb(text, length, JSON_DECODE_ANY, NULL);
        bool same = again && json_number_value(again) == number;
        json_decref(again);
        if (same)
            return length;
    }
    return 0;
}

static size_t encode_number(const json_t *json, char text[NUMBER_ROOM]) {
    if (json_is_real(json))
        return encode_real(json, text);
    size_t length = json_dumpb(json, text, NUMBER_ROOM, JSON_ENCODE_ANY);
    return length > NUMBER_ROOM ? 0 : length;
}

static int number_from_json(struct delta_arena *arena, const json_t *json, struct delta_value *out,
                            struct delta_err *err) {
    char digits[NUMBER_ROOM];
    size_t length = encode_number(json, digits);
    if (length == 0)
        return err_memory(err);
    const char *text = arena_copy(arena, digits, length);
    if (!text)
        return err_memory(err);
    *out = value_number(text, (uint32_t)length);
    return 0;
}

static bool is_integer(const struct delta_value *number) {
    for (uint32_t i = 0; i < number->length; i++)
        if (number->text[i] == '.' || number->text[i] == 'e' || number->text[i] == 'E')
            return false;
    return true;
}

static bool is_minus_zero(const struct delta_value *number) {
    return number->length == 2 && number->text[0] == '-' && number->text[1] == '0';
}

/* NULL with the cause reported. */
__attribute__((noinline)) static json_t *number_to_json(const struct delta_value *number,
                                                        struct delta_err *err) {
    char digits[NUMBER_ROOM];
    json_error_t cause;
    /* An integer of jansson's has no -0; a real has. */
    size_t flags = JSON_DECODE_ANY | (is_minus_zero(number) ? JSON_DECODE_INT_AS_REAL : 0);
    json_t *json = json_loadb(number->text, number->length, flags, &cause);
    if (!json && json_error_code(&cause) != json_error_numeric_overflow)
        return err_no_memory(err);
    size_t length = json ? encode_number(json, digits) : 0;
    if (json && length == 0) {
        err_memory(err);
    } else if (!json || number_compare(number->text, number->length, digits, length) != 0) {
        err_set(err, DELTA_ERR_UNSUPPORTED, "jansson cannot hold this number exactly: %s",
                is_integer(number) ? "an integer has at most 64 bits" : "a real is a double");
        length = 0;
    }
    if (length == 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

/* ---- From jansson ---- */

/* A copy of jansson's text, which programs may have put there unchecked. NULL with the cause
 * reported. */
static const char *copy_text(struct delta_arena *arena, const char *text, size_t length,
                             struct delta_err *err) {
    if (length > DELTA_MAX_STATE)
        return err_null(
            err_set(err, DELTA_ERR_LIMIT, "a string of more than %u bytes", DELTA_MAX_STATE));
    if (utf8_check(text, length) != length)
        return err_null(err_set(err, DELTA_ERR_UNSUPPORTED, "string is not valid UTF-8"));
    const char *copy = arena_copy(arena, text, length);
    if (!copy)
        err_memory(err);
    return copy;
}

/* `depth` counts the levels that are left. */
static int from_json(struct delta_arena *arena, const json_t *json, unsigned depth,
                     struct delta_value *out, struct delta_err *err);

static int array_from_json(struct delta_arena *arena, const json_t *json, unsigned depth,
                           struct delta_value *out, struct delta_err *err) {
    size_t count = json_array_size(json);
    struct value_array *array = value_array_open(arena, count);
    if (!array)
        return err_memory(err);
    for (size_t i = 0; i < count; i++)
        if (from_json(arena, json_array_get(json, i), depth, &array->items[i], err))
            return err_under_index(err, i);
    return value_array_close(array, count, out, err);
}

static int object_from_json(struct delta_arena *arena, const json_t *json, unsigned depth,
                            struct delta_value *out, struct delta_err *err) {
    size_t count = json_object_size(json), filled = 0;
    struct value_object *object = value_object_open(arena, count);
    if (!object)
        return err_memory(err);
    /* Iterating changes nothing, though jansson declares that it may. */
    json_t *iterated = (json_t *)json;
    for (void *at = json_object_iter(iterated); at && filled < count;
         at = json_object_iter_next(iterated, at)) {
        struct value_member *member = &object->members[filled++];
        const char *key = json_object_iter_key(at);
        size_t length = json_object_iter_key_len(at);
        const char *text = copy_text(arena, key, length, err);
        if (!text)
            return err_at_pointer(err, "", 0);
        member->key = value_key(arena, text, (uint32_t)length);
        if (!member->key)
            return err_memory(err);
        if (from_json(arena, json_object_iter_value(at), depth, &member->value, err))
            return err_under_key(err, key, length);
    }
    return value_object_close(object, filled, out, err);
}

static int string_from_json(struct delta_arena *arena, const json_t *json, struct delta_value *out,
                            struct delta_err *err) {
    size_t length = json_string_length(json);
    const char *text = copy_text(arena, json_string_value(json), length, err);
    if (!text)
        return err_at_pointer(err, "", 0);
    *out = value_string(text, (uint32_t)length);
    return 0;
}

static int from_json(struct delta_arena *arena, const json_t *json, unsigned depth,
                     struct delta_value *out, struct delta_err *err) {
    switch (json_typeof(json)) {
    case JSON_NULL:
        *out = value_literal(DELTA_NULL);
        return 0;
    case JSON_FALSE:
        *out = value_literal(DELTA_FALSE);
        return 0;
    case JSON_TRUE:
        *out = value_literal(DELTA_TRUE);
        return 0;
    case JSON_INTEGER:
    case JSON_REAL:
        return number_from_json(arena, json, out, err);
    case JSON_STRING:
        return string_from_json(arena, json, out, err);
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    if (depth == 0) {
        err_set(err, DELTA_ERR_LIMIT, "nested deeper than %d levels", DELTA_MAX_DEPTH);
        return err_at_pointer(err, "", 0);
    }
    return json_is_array(json) ? array_from_json(arena, json, depth - 1, out, err)
                               : object_from_json(arena, json, depth - 1, out, err);
}

const struct delta_value *delta_value_from_json(struct delta_arena *arena,
                                                const struct json_t *json, struct delta_err *err) {
    if (!json)
        return err_null(err_set(err, DELTA_ERR_USAGE, "the json_t is NULL"));
    struct delta_value *value = arena_alloc(arena, sizeof *value);
    if (!value)
        return err_no_memory(err);
    if (from_json(arena, json, DELTA_MAX_DEPTH, value, err))
        return NULL;
    if (delta_value_size(value) > DELTA_MAX_STATE)
        return err_null(
            err_set(err, DELTA_ERR_LIMIT, "a state of more than %u bytes", DELTA_MAX_STATE));
    return value;
}

/* ---- To jansson ---- */

static int check_text(const char *text, size_t length, struct delta_err *err) {
    if (!utf8_has_surrogate(text, length))
        return 0;
    err_set(err, DELTA_ERR_UNSUPPORTED,
            "jansson cannot hold a lone surrogate: its strings are UTF-8");
    return err_at_pointer(err, "", 0);
}

static json_t *to_json(const struct delta_value *value, struct delta_err *err);

static json_t *array_to_json(const struct delta_value *value, struct delta_err *err) {
    json_t *array = json_array();
    if (!array)
        err_memory(err);
    for (uint32_t i = 0; array && i < value->length; i++) {
        json_t *item = to_json(&value_items(value)[i], err);
        if (item && json_array_append_new(array, item) == 0)
            continue;
        if (item)
            err_memory(err);
        else
            err_under_index(err, i);
        json_decref(array);
        return NULL;
    }
    return array;
}

static json_t *object_to_json(const struct delta_value *value, struct delta_err *err) {
    json_t *object = json_object();
    if (!object)
        err_memory(err);
    for (uint32_t i = 0; object && i < value->length; i++) {
        const struct value_member *member = &value_members(value)[i];
        const struct value_key *key = member->key;
        json_t *json = NULL;
        if (check_text(key->text, key->length, err) == 0) {
            json = to_json(&member->value, err);
            if (!json)
                err_under_key(err, key->text, key->length);
        }
        if (json && json_object_setn_new_nocheck(object, key->text, key->length, json) == 0)
            continue;
        if (json)
            err_memory(err);
        json_decref(object);
        return NULL;
    }
    return object;
}

/* NULL with the cause reported, as in all of these. */
static json_t *to_json(const struct delta_value *value, struct delta_err *err) {
    json_t *json = NULL;
    switch ((enum delta_type)value->type) {
    case DELTA_ARRAY:
        return array_to_json(value, err);
    case DELTA_OBJECT:
        return object_to_json(value, err);
    case DELTA_NULL:
        return json_null();
    case DELTA_FALSE:
        return json_false();
    case DELTA_TRUE:
        return json_true();
    case DELTA_NUMBER:
        json = number_to_json(value, err);
        if (!json)
            err_at_pointer(err, "", 0);
        return json;
    case DELTA_STRING:
        if (check_text(value->text, value->length, err))
            return NULL;
        json = json_stringn_nocheck(value->text, value->length);
        if (!json)
            err_memory(err);
        return json;
    }
    return json;
}

struct json_t *delta_value_to_json(const struct delta_value *value, struct delta_err *err) {
    return to_json(value, err);
}
