#include "json/pointer.h"

#include "base/err.h"

#include <string.h>

/* ---- Pointers ---- */

bool delta_pointer_valid(const char *text, size_t length) {
    if (length && text[0] != '/')
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] == '~' && (i + 1 == length || (text[i + 1] != '0' && text[i + 1] != '1')))
            return false;
    return true;
}

static size_t count_steps(const char *text, size_t length) {
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += text[i] == '/';
    return count;
}

/* The step in `length` bytes of pointer text; "~1" is read before "~0" could make a new one. */
static int unescape(struct delta_arena *arena, const char *text, size_t length,
                    struct pointer_step *step, struct delta_err *err) {
    *step = (struct pointer_step){.text = text, .length = (uint32_t)length};
    if (!memchr(text, '~', length))
        return 0;
    char *plain = arena_alloc(arena, length);
    if (!plain)
        return err_memory(err);
    uint32_t used = 0;
    for (size_t i = 0; i < length; i++)
        plain[used++] = text[i] != '~' ? text[i] : text[++i] == '0' ? '~' : '/';
    *step = (struct pointer_step){.text = plain, .length = used};
    return 0;
}

int pointer_parse(struct delta_arena *arena, const char *text, size_t length, struct pointer *out,
                  struct delta_err *err) {
    size_t count = count_steps(text, length);
    struct pointer_step *steps = arena_array(arena, count, sizeof *steps);
    if (!steps || count > UINT32_MAX)
        return err_memory(err);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const char *start = text + at + 1;
        const char *slash = memchr(start, '/', length - at - 1);
        size_t bytes = (size_t)((slash ? slash : text + length) - start);
        if (unescape(arena, start, bytes, &steps[i], err))
            return -1;
        at += 1 + bytes;
    }
    *out = (struct pointer){.steps = steps, .count = (uint32_t)count};
    return 0;
}

bool pointer_index(const struct pointer_step *step, uint32_t *index) {
    if (step->length == 0 || (step->text[0] == '0' && step->length > 1))
        return false;
    uint64_t n = 0;
    for (uint32_t i = 0; i < step->length; i++) {
        unsigned digit = (unsigned char)step->text[i] - (unsigned)'0';
        if (digit > 9)
            return false;
        if (n < UINT32_MAX)
            n = n * 10 + digit;
    }
    *index = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
    return true;
}

void pointer_put_key(struct delta_buf *buf, const char *text, size_t length) {
    buf_put_char(buf, '/');
    size_t start = 0;
    bool plain = !memchr(text, '/', length) && !memchr(text, '~', length);
    for (size_t i = 0; i < length && !plain; i++) {
        if (text[i] != '~' && text[i] != '/')
            continue;
        buf_put(buf, text + start, i - start);
        buf_put(buf, text[i] == '~' ? "~0" : "~1", 2);
        start = i + 1;
    }
    buf_put(buf, text + start, length - start);
}

void pointer_put_index(struct delta_buf *buf, uint64_t index) {
    char digits[21];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + index % 10);
    while (index /= 10);
    digits[--at] = '/';
    buf_put(buf, digits + at, sizeof digits - at);
}

const struct delta_value *pointer_member(const struct pointer_step *step,
                                         const struct delta_value *value) {
    if (value->type != DELTA_OBJECT)
        return NULL;
    for (uint32_t i = 0; i < value->length; i++) {
        const struct value_member *member = &value_members(value)[i];
        if (member->key->length == step->length &&
            memcmp(member->key->text, step->text, step->length) == 0)
            return &member->value;
    }
    return NULL;
}

static const struct delta_value *find_step(const struct delta_value *value,
                                           const struct pointer_step *step) {
    uint32_t index;
    if (value->type != DELTA_ARRAY)
        return pointer_member(step, value);
    return pointer_index(step, &index) && index < value->length ? &value_items(value)[index] : NULL;
}

const struct delta_value *pointer_find(const struct pointer *pointer,
                                       const struct delta_value *value) {
    for (uint32_t i = 0; i < pointer->count && value; i++)
        value = find_step(value, &pointer->steps[i]);
    return value;
}
