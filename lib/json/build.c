/* Building values, for programs that use the library. */
#include "base/err.h"
#include "base/utf8.h"
#include "json/member_index.h"
#include "json/number.h"

#include <string.h>

static bool has_failed(const struct delta_err *err) {
    return err && err->code != DELTA_OK;
}

/* The value in the arena; NULL for want of memory. */
static const struct delta_value *keep(struct delta_arena *arena, struct delta_value value,
                                      struct delta_err *err) {
    struct delta_value *kept = arena_alloc(arena, sizeof *kept);
    if (!kept)
        return err_no_memory(err);
    *kept = value;
    return kept;
}

/* A copy of the bytes of a string or key, which are checked. */
static const char *copy_text(struct delta_arena *arena, const char *bytes, size_t length,
                             struct delta_err *err) {
    if (length > DELTA_MAX_STATE)
        return err_null(err_set(err, DELTA_ERR_LIMIT, "string too long"));
    if (utf8_check(bytes, length) != length)
        return err_null(err_set(err, DELTA_ERR_SYNTAX, "invalid UTF-8"));
    const char *copy = arena_copy(arena, bytes, length);
    if (!copy)
        err_memory(err);
    return copy;
}

const struct delta_value *delta_value_literal(enum delta_type type, struct delta_err *err) {
    static const struct delta_value literals[] = {[DELTA_NULL] = {.type = DELTA_NULL},
                                                  [DELTA_FALSE] = {.type = DELTA_FALSE},
                                                  [DELTA_TRUE] = {.type = DELTA_TRUE}};
    if (has_failed(err))
        return NULL;
    if (type > DELTA_TRUE)
        return err_null(err_set(err, DELTA_ERR_USAGE, "not a literal"));
    return &literals[type];
}

const struct delta_value *delta_value_string(struct delta_arena *arena, const char *bytes,
                                             size_t length, struct delta_err *err) {
    const char *copy = has_failed(err) ? NULL : copy_text(arena, bytes, length, err);
    return copy ? keep(arena, value_string(copy, (uint32_t)length), err) : NULL;
}

/* Bytes of the surrogate that text begins with, which is not UTF-8; 0: none. */
static size_t surrogate_width(const char *text, size_t length) {
    return length >= 3 && (unsigned char)text[0] == 0xed &&
                   ((unsigned char)text[1] & 0xe0) == 0xa0 &&
                   ((unsigned char)text[2] & 0xc0) == 0x80
               ? 3
               : 0;
}

/* Whether it is UTF-8 but for surrogates, of which no two are a pair. */
static bool is_text(const char *bytes, size_t length) {
    bool after_high = false;
    for (size_t at = 0; at < length;) {
        size_t valid = utf8_check(bytes + at, length - at);
        after_high = after_high && valid == 0;
        at += valid;
        if (at == length)
            return true;
        size_t width = surrogate_width(bytes + at, length - at);
        bool high = width && (unsigned char)bytes[at + 1] < 0xb0;
        if (!width || (after_high && !high))
            return false;
        after_high = high;
        at += width;
    }
    return true;
}

const struct delta_value *delta_value_string_wtf8(struct delta_arena *arena, const char *bytes,
                                                  size_t length, struct delta_err *err) {
    if (has_failed(err))
        return NULL;
    if (length > DELTA_MAX_STATE)
        return err_null(err_set(err, DELTA_ERR_LIMIT, "string too long"));
    if (!is_text(bytes, length))
        return err_null(err_set(err, DELTA_ERR_SYNTAX, "invalid UTF-8"));
    const char *copy = arena_copy(arena, bytes, length);
    return copy ? keep(arena, value_string(copy, (uint32_t)length), err) : err_no_memory(err);
}

const struct delta_value *delta_value_string_of(struct delta_arena *arena, const char *text,
                                                struct delta_err *err) {
    return delta_value_string(arena, text, strlen(text), err);
}

const struct delta_value *delta_value_number(struct delta_arena *arena, const char *text,
                                             size_t length, struct delta_err *err) {
    if (has_failed(err))
        return NULL;
    if (length == 0 || length > DELTA_MAX_STATE || number_scan(text, length) != length)
        return err_null(err_set(err, DELTA_ERR_SYNTAX, "invalid number"));
    const char *copy = arena_copy(arena, text, length);
    if (!copy)
        return err_no_memory(err);
    return keep(arena, value_number(copy, (uint32_t)length), err);
}

const struct delta_value *delta_value_u64(struct delta_arena *arena, uint64_t number,
                                          struct delta_err *err) {
    struct delta_value value;
    if (has_failed(err) || value_u64(arena, number, &value, err))
        return NULL;
    return keep(arena, value, err);
}

const struct delta_value *delta_value_i64(struct delta_arena *arena, int64_t number,
                                          struct delta_err *err) {
    struct delta_buf digits = {0};
    buf_printf(&digits, "%lld", (long long)number);
    const struct delta_value *value = NULL;
    if (buf_check(&digits, err) == 0)
        value = delta_value_number(arena, digits.data, digits.length, err);
    delta_buf_free(&digits);
    return value;
}

static const struct delta_value *check_and_keep(struct delta_arena *arena, int status,
                                                const struct delta_value *value,
                                                struct delta_err *err) {
    return status || value_check_depth(value, err) ? NULL : keep(arena, *value, err);
}

const struct delta_value *delta_value_array(struct delta_arena *arena,
                                            const struct delta_value *const *elements, size_t count,
                                            struct delta_err *err) {
    if (has_failed(err))
        return NULL;
    struct value_array *array = value_array_open(arena, count);
    if (!array)
        return err_no_memory(err);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (elements[i])
            array->items[kept++] = *elements[i];
    struct delta_value value;
    return check_and_keep(arena, value_array_close(array, kept, &value, err), &value, err);
}

static int check_distinct(const struct delta_value *object, struct delta_err *err) {
    const struct value_member *members = value_members(object);
    struct member_index index;
    int status = member_index_open(&index, object, err);
    for (uint32_t i = 0; i < object->length && status == 0; i++)
        if (member_index_find(&index, members[i].key) != &members[i])
            status = err_set(err, DELTA_ERR_USAGE, "duplicate key \"%.*s\"",
                             (int)(members[i].key->length < 64 ? members[i].key->length : 64),
                             members[i].key->text);
    member_index_close(&index);
    return status;
}

const struct delta_value *delta_value_object(struct delta_arena *arena,
                                             const struct delta_member *members, size_t count,
                                             struct delta_err *err) {
    if (has_failed(err))
        return NULL;
    struct value_object *object = value_object_open(arena, count);
    if (!object)
        return err_no_memory(err);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!members[i].value)
            continue;
        const char *text = copy_text(arena, members[i].key, members[i].key_length, err);
        if (!text)
            return NULL;
        const struct value_key *key = value_key(arena, text, (uint32_t)members[i].key_length);
        if (!key)
            return err_no_memory(err);
        object->members[kept++] = (struct value_member){.key = key, .value = *members[i].value};
    }
    struct delta_value value;
    int status = value_object_close(object, kept, &value, err);
    if (status == 0)
        status = check_distinct(&value, err);
    return check_and_keep(arena, status, &value, err);
}
