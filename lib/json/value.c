#include "json/value.h"

#include "base/err.h"
#include "base/hash.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* Elements whose digests are gathered on the stack before they are hashed at once. */
enum { GATHERED = 32 };

struct spelled_digest {
    uint64_t low, high; /* little-endian */
};

static inline struct spelled_digest encode(struct delta_digest digest) {
    return (struct spelled_digest){.low = htole64(digest.low), .high = htole64(digest.high)};
}

struct delta_digest value_string_digest(const char *text, size_t length) {
    return hash_bytes(text, length, 's');
}

static inline struct delta_digest digest_of(const struct delta_value *value) {
    switch ((enum delta_type)value->type) {
    case DELTA_NULL:
        return hash_bytes("null", 4, 'l');
    case DELTA_FALSE:
        return hash_bytes("false", 5, 'l');
    case DELTA_TRUE:
        return hash_bytes("true", 4, 'l');
    case DELTA_NUMBER:
        return hash_bytes(value->text, value->length, 'n');
    case DELTA_STRING:
        return hash_bytes(value->text, value->length, 's');
    case DELTA_ARRAY:
        return value->array->digest;
    case DELTA_OBJECT:
        break;
    }
    return value->object->digest;
}

struct delta_digest delta_value_digest(const struct delta_value *value) {
    return digest_of(value);
}

static inline struct delta_digest member_digest(const struct value_member *member) {
    struct spelled_digest parts[2] = {encode(member->key->digest),
                                      encode(digest_of(&member->value))};
    return hash_bytes(parts, sizeof parts, 'm');
}

struct delta_digest value_member_digest(const struct value_member *member) {
    return member_digest(member);
}

/* How many bytes more than one an ASCII character takes in canonical form. */
static inline unsigned char escape_cost(unsigned char c) {
    bool quoted = (c == '"') | (c == '\\');
    bool short_one = (c >= '\b') & (c <= '\r') & (c != '\v');
    return (unsigned char)((c < 0x20) * 5 - short_one * 4 + quoted);
}

/* Bytes that a string takes in canonical form, quotes included. */
static uint64_t string_size(const char *text, uint32_t length, uint8_t flags) {
    enum { STEP = 32 };
    uint64_t size = (uint64_t)length + 2;
    if (flags & VALUE_PLAIN)
        return size;
    const unsigned char *bytes = (const unsigned char *)text, *end = bytes + length;
    for (; end - bytes >= STEP; bytes += STEP) { /* in one go where the machine can */
        unsigned char more = 0;
        for (int i = 0; i < STEP; i++)
            more = (unsigned char)(more + escape_cost(bytes[i]));
        size += more;
    }
    for (; bytes < end; bytes++)
        size += escape_cost(*bytes);
    /* Lone surrogates, ed a0 80 to ed bf bf: three bytes become six. */
    const char *at = text;
    while (length && (at = memchr(at, 0xed, (size_t)((const char *)end - at)))) {
        at++;
        if ((const char *)end != at && (unsigned char)*at >= 0xa0)
            size += 3;
    }
    return size;
}

static inline uint64_t size_of(const struct delta_value *value) {
    switch ((enum delta_type)value->type) {
    case DELTA_NULL:
    case DELTA_TRUE:
        return 4;
    case DELTA_FALSE:
        return 5;
    case DELTA_NUMBER:
        return value->length;
    case DELTA_STRING:
        return string_size(value->text, value->length, value->flags);
    case DELTA_ARRAY:
        return value->array->size;
    case DELTA_OBJECT:
        break;
    }
    return value->object->size;
}

uint64_t delta_value_size(const struct delta_value *value) {
    return size_of(value);
}

enum delta_type delta_value_type(const struct delta_value *value) {
    return (enum delta_type)value->type;
}

/* ---- Comparing ---- */

int value_key_compare(const struct value_key *a, const struct value_key *b) {
    if (a == b)
        return 0;
    uint32_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->text, b->text, shorter);
    if (order)
        return order;
    return (a->length > b->length) - (a->length < b->length);
}

bool value_same(const struct delta_value *a, const struct delta_value *b) {
    if (a->type != b->type || a->length != b->length)
        return false;
    switch ((enum delta_type)a->type) {
    case DELTA_NULL:
    case DELTA_FALSE:
    case DELTA_TRUE:
        return true;
    case DELTA_NUMBER:
    case DELTA_STRING:
        return a->text == b->text || memcmp(a->text, b->text, a->length) == 0;
    case DELTA_ARRAY:
        return a->array == b->array || digest_equal(a->array->digest, b->array->digest);
    case DELTA_OBJECT:
        break;
    }
    return a->object == b->object || digest_equal(a->object->digest, b->object->digest);
}

/* Members of `b` are looked up from where the last one was found: in most objects that are equal
 * the keys come in the same order. An object with many keys in another order is compared in
 * canonical order instead. */
static bool objects_equal(const struct delta_value *a, const struct delta_value *b) {
    uint32_t count = a->length;
    const struct value_member *in_a = value_members(a);
    const struct value_member *in_b = value_members(b);
    bool same_order = true;
    for (uint32_t i = 0; i < count && same_order; i++)
        same_order = value_key_equal(in_a[i].key, in_b[i].key);
    if (same_order) {
        for (uint32_t i = 0; i < count; i++)
            if (value_key_compare(in_a[i].key, in_b[i].key) != 0 ||
                !delta_value_equal(&in_a[i].value, &in_b[i].value))
                return false;
        return true;
    }
    uint32_t *orders = malloc(2 * (size_t)count * sizeof *orders);
    if (!orders)
        return false; /* unproven equality is not reported */
    value_order(a, orders);
    value_order(b, orders + count);
    bool equal = true;
    for (uint32_t i = 0; i < count && equal; i++) {
        const struct value_member *left = &in_a[orders[i]];
        const struct value_member *right = &in_b[orders[count + i]];
        equal = value_key_compare(left->key, right->key) == 0 &&
                delta_value_equal(&left->value, &right->value);
    }
    free(orders);
    return equal;
}

bool delta_value_equal(const struct delta_value *a, const struct delta_value *b) {
    if (!value_same(a, b))
        return false;
    if (a->type == DELTA_ARRAY) {
        if (a->array == b->array)
            return true;
        for (uint32_t i = 0; i < a->length; i++)
            if (!delta_value_equal(&value_items(a)[i], &value_items(b)[i]))
                return false;
    } else if (a->type == DELTA_OBJECT) {
        return a->object == b->object || objects_equal(a, b);
    }
    return true;
}

/* ---- Looking up ---- */

const struct value_member *value_member(const struct delta_value *object,
                                        const struct value_key *key) {
    const struct value_member *members = value_members(object);
    for (uint32_t i = 0; i < object->length; i++)
        if (value_key_equal(members[i].key, key))
            return &members[i];
    return NULL;
}

const struct delta_value *value_get(const struct delta_value *object, const char *key) {
    if (object->type != DELTA_OBJECT)
        return NULL;
    size_t length = strlen(key);
    const struct value_member *members = value_members(object);
    for (uint32_t i = 0; i < object->length; i++)
        if (members[i].key->length == length && memcmp(members[i].key->text, key, length) == 0)
            return &members[i].value;
    return NULL;
}

bool value_is_text(const struct delta_value *value, const char *text) {
    return value->type == DELTA_STRING && value->length == strlen(text) &&
           memcmp(value->text, text, value->length) == 0;
}

bool value_to_u64(const struct delta_value *value, uint64_t *out) {
    if (value->type != DELTA_NUMBER)
        return false;
    uint64_t n = 0;
    for (uint32_t i = 0; i < value->length; i++) {
        unsigned digit = (unsigned char)value->text[i] - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, digit, &n))
            return false;
    }
    *out = n;
    return true;
}

static int compare_indices(const void *a, const void *b, void *members_of_object) {
    const struct value_member *members = members_of_object;
    return value_key_compare(members[*(const uint32_t *)a].key, members[*(const uint32_t *)b].key);
}

void value_order(const struct delta_value *object, uint32_t *order) {
    const struct value_member *members = value_members(object);
    bool sorted = true;
    for (uint32_t i = 0; i < object->length; i++) {
        order[i] = i;
        if (i && sorted)
            sorted = value_key_compare(members[i - 1].key, members[i].key) < 0;
    }
    if (!sorted)
        qsort_r(order, object->length, sizeof *order, compare_indices, (void *)(uintptr_t)members);
}

/* ---- Making ---- */

/* True when nothing in the text needs an escape in canonical form. */
static bool is_plain(const char *text, uint32_t length) {
    const unsigned char *bytes = (const unsigned char *)text;
    for (uint32_t i = 0; i < length; i++) {
        unsigned char c = bytes[i];
        if (c < 0x20 || c == '"' || c == '\\')
            return false;
        if (c == 0xed && i + 1 < length && bytes[i + 1] >= 0xa0)
            return false;
    }
    return true;
}

struct delta_value value_string(const char *text, uint32_t length) {
    return (struct delta_value){.type = DELTA_STRING,
                                .flags = is_plain(text, length) ? VALUE_PLAIN : 0,
                                .length = length,
                                .text = text};
}

int value_u64(struct delta_arena *arena, uint64_t n, struct delta_value *out,
              struct delta_err *err) {
    char digits[20];
    uint32_t length = 0;
    do {
        digits[sizeof digits - ++length] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    const char *text = arena_copy(arena, digits + sizeof digits - length, length);
    if (!text)
        return err_memory(err);
    *out = value_number(text, length);
    return 0;
}

const struct value_key *value_key(struct delta_arena *arena, const char *text, uint32_t length) {
    struct value_key *key = arena_alloc(arena, sizeof *key);
    if (!key)
        return NULL;
    uint8_t flags = is_plain(text, length) ? VALUE_PLAIN : 0;
    *key = (struct value_key){.digest = value_string_digest(text, length),
                              .text = text,
                              .length = length,
                              .size = string_size(text, length, flags),
                              .flags = flags};
    return key;
}

struct value_array *value_array_open(struct delta_arena *arena, size_t count) {
    size_t bytes;
    if (__builtin_mul_overflow(count, sizeof(struct delta_value), &bytes) ||
        __builtin_add_overflow(bytes, sizeof(struct value_array), &bytes))
        return NULL;
    return arena_alloc(arena, bytes);
}

struct value_object *value_object_open(struct delta_arena *arena, size_t count) {
    size_t bytes;
    if (__builtin_mul_overflow(count, sizeof(struct value_member), &bytes) ||
        __builtin_add_overflow(bytes, sizeof(struct value_object), &bytes))
        return NULL;
    return arena_alloc(arena, bytes);
}

/* The digest of an array: that of its elements' digests in one run. */
static struct delta_digest items_digest(const struct delta_value *items, size_t count) {
    struct spelled_digest gathered[GATHERED];
    if (count <= GATHERED) {
        for (size_t i = 0; i < count; i++)
            gathered[i] = encode(digest_of(&items[i]));
        return hash_bytes(gathered, count * sizeof *gathered, 'a');
    }
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_128bits_reset_withSeed(&state, 'a');
    for (size_t i = 0; i < count;) {
        size_t n = 0;
        for (; n < GATHERED && i < count; n++, i++)
            gathered[n] = encode(digest_of(&items[i]));
        XXH3_128bits_update(&state, gathered, n * sizeof *gathered);
    }
    XXH128_hash_t hash = XXH3_128bits_digest(&state);
    return (struct delta_digest){.low = hash.low64, .high = hash.high64};
}

static int check_shape(size_t count, uint32_t height, uint64_t size, struct delta_err *err) {
    if (height >= UINT16_MAX)
        return err_set(err, DELTA_ERR_LIMIT, "nested too deep");
    if (count > DELTA_MAX_STATE || size > (uint64_t)1 << 62)
        return err_set(err, DELTA_ERR_LIMIT, "too many elements");
    return 0;
}

int value_array_close(struct value_array *array, size_t count, struct delta_value *out,
                      struct delta_err *err) {
    uint64_t size = count ? count + 1 : 2; /* brackets and commas */
    uint32_t height = 0;
    for (size_t i = 0; i < count; i++) {
        size += size_of(&array->items[i]);
        if (array->items[i].height > height)
            height = array->items[i].height;
    }
    if (check_shape(count, height, size, err))
        return -1;
    array->digest = items_digest(array->items, count);
    array->size = size;
    *out = (struct delta_value){.type = DELTA_ARRAY,
                                .length = (uint32_t)count,
                                .height = (uint16_t)(height + 1),
                                .array = array};
    return 0;
}

int value_object_close(struct value_object *object, size_t count, struct delta_value *out,
                       struct delta_err *err) {
    uint64_t size = count ? 2 * count + 1 : 2; /* braces, colons, commas */
    uint32_t height = 0;
    struct {
        uint64_t low, high;
    } sum = {0, 0};
    for (size_t i = 0; i < count; i++) {
        const struct value_member *member = &object->members[i];
        size += member->key->size + size_of(&member->value);
        if (member->value.height > height)
            height = member->value.height;
        struct delta_digest digest = member_digest(member);
        sum.high += digest.high + __builtin_add_overflow(sum.low, digest.low, &sum.low);
    }
    if (check_shape(count, height, size, err))
        return -1;
    struct spelled_digest spelled = {.low = htole64(sum.low), .high = htole64(sum.high)};
    object->digest = hash_bytes(&spelled, sizeof spelled, 'o');
    object->size = size;
    *out = (struct delta_value){.type = DELTA_OBJECT,
                                .length = (uint32_t)count,
                                .height = (uint16_t)(height + 1),
                                .object = object};
    return 0;
}

int value_array(struct delta_arena *arena, const struct delta_value *items, size_t count,
                struct delta_value *out, struct delta_err *err) {
    struct value_array *array = value_array_open(arena, count);
    if (!array)
        return err_memory(err);
    if (count)
        memcpy(array->items, items, count * sizeof *items);
    return value_array_close(array, count, out, err);
}

int value_object(struct delta_arena *arena, const struct value_member *members, size_t count,
                 struct delta_value *out, struct delta_err *err) {
    struct value_object *object = value_object_open(arena, count);
    if (!object)
        return err_memory(err);
    if (count)
        memcpy(object->members, members, count * sizeof *members);
    return value_object_close(object, count, out, err);
}

int value_check_depth(const struct delta_value *value, struct delta_err *err) {
    if (value->height > DELTA_MAX_DEPTH)
        return err_set(err, DELTA_ERR_LIMIT, "the result would nest deeper than %d levels",
                       DELTA_MAX_DEPTH);
    return 0;
}
