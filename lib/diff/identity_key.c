#include "diff/identity_key.h"

#include "base/err.h"
#include "base/hash.h"
#include "json/number.h"
#include "json/pattern.h"

#include <string.h>

/* One part, `text` up to `end`, with `\,` and `\\` unescaped where it is a name. */
static int parse_part(struct delta_arena *arena, const char *text, size_t length,
                      struct pointer *part, struct delta_err *err) {
    if (length && text[0] == '/') {
        if (!delta_pointer_valid(text, length))
            return err_set(err, DELTA_ERR_USAGE, "invalid pointer in an array key: %.*s",
                           (int)length, text);
        return pointer_parse(arena, text, length, part, err);
    }
    if (length == 0)
        return err_set(err, DELTA_ERR_USAGE, "empty member name in an array key");
    struct pointer_step *step = arena_alloc(arena, sizeof *step);
    char *name = arena_copy(arena, text, length);
    if (!step || !name)
        return err_memory(err);
    uint32_t kept = 0;
    for (size_t i = 0; i < length; i++) {
        if (name[i] == '\\' && i + 1 < length && (name[i + 1] == ',' || name[i + 1] == '\\'))
            i++;
        name[kept++] = name[i];
    }
    *step = (struct pointer_step){name, kept};
    *part = (struct pointer){.steps = step, .count = 1};
    return 0;
}

int identity_key_parse(struct delta_arena *arena, const char *text, struct identity_key *key,
                       struct delta_err *err) {
    *key = (struct identity_key){.count = 0};
    for (;;) {
        size_t length = 0;
        while (text[length] && text[length] != ',')
            length += text[length] == '\\' && text[length + 1] ? 2 : 1;
        if (key->count == IDENTITY_PARTS_MAX)
            return err_set(err, DELTA_ERR_USAGE, "an array key has more than %d parts",
                           IDENTITY_PARTS_MAX);
        if (parse_part(arena, text, length, &key->parts[key->count], err))
            return -1;
        key->count++;
        if (!text[length])
            return 0;
        text += length + 1;
    }
}

/* Hash of a number by its value. Only short integers, which most are, avoid the buffer. */
static bool number_hash(const struct delta_value *number, uint64_t *hash) {
    struct delta_buf buf = {0};
    bool plain = number->length < 20 && number->text[0] >= '1' && number->text[0] <= '9';
    uint32_t digits = number->length, zeros = 0;
    for (uint32_t n = 1; n < number->length && plain; n++)
        plain = number->text[n] >= '0' && number->text[n] <= '9';
    for (; plain && number->text[digits - 1] == '0'; digits--)
        zeros++;
    if (plain && zeros < 10) {
        char text[24];
        memcpy(text, number->text, digits);
        text[digits] = 'e';
        text[digits + 1] = (char)('0' + zeros);
        *hash = hash_private(text, digits + 2, 'n');
        return true;
    }
    number_canonical(number->text, number->length, &buf);
    bool good = !buf.failed;
    if (good)
        *hash = hash_private(buf.data, buf.length, 'n');
    delta_buf_free(&buf);
    return good;
}

const struct delta_value *identity_part(const struct identity_key *key, uint32_t n,
                                        const struct delta_value *element) {
    const struct pointer *part = &key->parts[n];
    if (!key->inferred)
        return pointer_find(part, element);
    for (uint32_t i = 0; i < part->count && element; i++)
        element = pointer_member(&part->steps[i], element);
    return element && !value_is_container(element) ? element : NULL;
}

bool identity_hash(const struct identity_key *key, const struct delta_value *element,
                   uint64_t *hash) {
    uint64_t parts[IDENTITY_PARTS_MAX];
    for (uint32_t n = 0; n < key->count; n++) {
        const struct delta_value *part = identity_part(key, n, element);
        if (!part)
            return false;
        if (part->type != DELTA_NUMBER)
            parts[n] = value_hash(part);
        else if (!number_hash(part, &parts[n]))
            return false;
    }
    *hash = key->count == 1 ? parts[0] : hash_private(parts, key->count * sizeof *parts, 'k');
    return key->count > 0;
}

bool identity_has_equal(const struct delta_value *elements, uint32_t start, uint32_t end,
                        const struct delta_value *element) {
    for (uint32_t i = start; i < end; i++)
        if (value_same(&elements[i], element))
            return true;
    return false;
}

/* Appends the steps of a pointer as those of a pattern that selects just that. */
static void put_part(struct delta_buf *pattern, const struct pointer *part) {
    struct delta_buf text = {0};
    for (uint32_t n = 0; n < part->count; n++)
        pointer_put_key(&text, part->steps[n].text, part->steps[n].length);
    for (size_t i = 0; i < text.length; i++) {
        if (memchr("*[]=,\\", text.data[i], 6))
            delta_buf_put(pattern, "\\", 1);
        delta_buf_put(pattern, &text.data[i], 1);
    }
    pattern->failed |= text.failed;
    delta_buf_free(&text);
}

/* Whether an element of the arrays has the part; `part` NULL: whether there is an element. */
static int element_has(const char *array, const struct pointer *part,
                       const struct delta_value *value, struct delta_err *err) {
    struct delta_buf pattern = {0};
    delta_buf_printf(&pattern, "%s/*", array);
    if (part)
        put_part(&pattern, part);
    delta_buf_put(&pattern, "", 1);
    int found = pattern.failed ? err_memory(err) : delta_pattern_selects(pattern.data, value, err);
    delta_buf_free(&pattern);
    return found;
}

int delta_array_key_selects(const struct delta_array_key *key, const struct delta_value *value,
                            struct delta_err *err) {
    struct identity_key parsed;
    struct delta_arena *arena = delta_arena_new();
    int found = arena ? identity_key_parse(arena, key->member, &parsed, err) : err_memory(err);
    uint32_t had = 0;
    while (found == 0 && had < parsed.count &&
           (found = element_has(key->pointer, &parsed.parts[had], value, err)) > 0) {
        had++;
        found = 0;
    }
    if (found == 0 && had < parsed.count) {
        int elements = element_has(key->pointer, NULL, value, err);
        found = elements ? elements : delta_pattern_selects(key->pointer, value, err);
        if (found > 0)
            found = elements ? DELTA_KEY_LACKING : DELTA_KEY_FOUND;
    } else if (found == 0) {
        found = DELTA_KEY_FOUND;
    }
    delta_arena_free(arena);
    return found;
}
