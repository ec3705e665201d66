#include "json/value.h"

#include "base/err.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* Elements whose digests are gathered on the stack before they are hashed at once. */
enum { GATHERED = 32 };

/* Levels of nesting between those whose hashes are computed when the value is made. */
enum { HEIGHT_STEP = 1024 };

static inline uint64_t known_hash(const struct value_hashes *hashes) {
    return __atomic_load_n(&hashes->own, __ATOMIC_RELAXED);
}

/* The struct is the values' own, and says nothing about them that was not true before. */
static void keep_hash(const struct value_hashes *hashes, uint64_t hash) {
    struct value_hashes *kept = (struct value_hashes *)(uintptr_t)hashes;
    __atomic_store_n(&kept->own, hash, __ATOMIC_RELAXED);
}

static inline const struct value_hashes *hashes_of(const struct delta_value *container) {
    return container->type == DELTA_ARRAY ? &container->array->hashes : &container->object->hashes;
}

/* ---- The private hash ---- */

static uint64_t hash_container(const struct delta_value *value);

static inline uint64_t hash_of(const struct delta_value *value) {
    switch ((enum delta_type)value->type) {
    case DELTA_NULL:
    case DELTA_FALSE:
    case DELTA_TRUE:
        return hash_private("", 0, value->type);
    case DELTA_NUMBER:
        return hash_private(value->text, value->length, 'n');
    case DELTA_STRING:
        return hash_private(value->text, value->length, 's');
    case DELTA_ARRAY:
    case DELTA_OBJECT:
        break;
    }
    uint64_t known = known_hash(hashes_of(value));
    return known ? known : hash_container(value);
}

static inline uint64_t member_hash(const struct value_member *member) {
    return hash_mix(member->key->hash, hash_of(&member->value));
}

/* A container's hash out of what its elements add up to; never 0, which is not known. */
static inline uint64_t settled_hash(uint64_t sum, uint32_t count, unsigned type) {
    uint64_t hash = hash_mix(sum, count) + type;
    return hash + (hash == 0);
}

/* Calls itself for what is inside and has no hash yet: HEIGHT_STEP levels at most. */
static uint64_t hash_container(const struct delta_value *value) {
    uint64_t hash = 0;
    if (value->type == DELTA_ARRAY)
        for (uint32_t i = 0; i < value->length; i++)
            hash = hash_mix(hash, hash_of(&value_items(value)[i]));
    else
        for (uint32_t i = 0; i < value->length; i++)
            hash += member_hash(&value_members(value)[i]);
    hash = settled_hash(hash, value->length, value->type);
    keep_hash(hashes_of(value), hash);
    return hash;
}

uint64_t value_hash(const struct delta_value *value) {
    return hash_of(value);
}

uint64_t value_member_hash(const struct value_member *member) {
    return member_hash(member);
}

/* ---- The digest ---- */

static struct delta_digest digest_container(const struct delta_value *value);

__attribute__((noinline)) struct delta_digest digest_of_string(const char *text, size_t length) {
    return hash_bytes_seeded(text, length, 's');
}

__attribute__((noinline)) struct delta_digest digest_of_number(const char *text, size_t length) {
    return hash_bytes_seeded(text, length, 'n');
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
        return digest_of_number(value->text, value->length);
    case DELTA_STRING:
        return digest_of_string(value->text, value->length);
    case DELTA_ARRAY:
    case DELTA_OBJECT:
        break;
    }
    struct delta_digest known;
    if (!digest_known(&hashes_of(value)->digest, &known))
        return digest_container(value);
    return value->type == DELTA_OBJECT ? digest_settle(known) : known;
}

struct delta_digest delta_value_digest(const struct delta_value *value) {
    return digest_of(value);
}

/* That of its elements' digests in one run. */
static __attribute__((noinline)) struct delta_digest items_digest(const struct delta_value *items,
                                                                  size_t count) {
    struct encoded_digest gathered[GATHERED];
    if (count <= GATHERED) {
        for (size_t i = 0; i < count; i++)
            gathered[i] = digest_encode(digest_of(&items[i]));
        return hash_bytes(gathered, count * sizeof *gathered, 'a');
    }
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_128bits_reset_withSeed(&state, 'a');
    for (size_t i = 0; i < count;) {
        size_t n = 0;
        for (; n < GATHERED && i < count; n++, i++)
            gathered[n] = digest_encode(digest_of(&items[i]));
        XXH3_128bits_update(&state, gathered, n * sizeof *gathered);
    }
    XXH128_hash_t hash = XXH3_128bits_digest(&state);
    return (struct delta_digest){.low = hash.low64, .high = hash.high64};
}

/* These two call themselves for what is inside and has no digest yet: HEIGHT_STEP levels at most.
 * The buffers for an array's elements are not on the stack meanwhile. */
static __attribute__((noinline)) struct delta_digest
digest_object(const struct delta_value *value) {
    struct delta_digest sum = {0, 0};
    for (uint32_t i = 0; i < value->length; i++)
        digest_add(&sum, value_member_digest(value_members(value)[i].key,
                                             digest_of(&value_members(value)[i].value)));
    digest_keep(&value->object->hashes.digest, sum);
    return digest_settle(sum);
}

static __attribute__((noinline)) struct delta_digest digest_array(const struct delta_value *value) {
    for (uint32_t i = 0; i < value->length && value->height > 1; i++)
        if (value_is_container(&value_items(value)[i]))
            (void)digest_of(&value_items(value)[i]);
    struct delta_digest digest = items_digest(value_items(value), value->length);
    digest_keep(&value->array->hashes.digest, digest);
    return digest;
}

static struct delta_digest digest_container(const struct delta_value *value) {
    return value->type == DELTA_ARRAY ? digest_array(value) : digest_object(value);
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

uint64_t value_key_size(const struct value_key *key) {
    return string_size(key->text, key->length, value_key_flags(key));
}

enum delta_type delta_value_type(const struct delta_value *value) {
    return (enum delta_type)value->type;
}

/* ---- Looking up ---- */

int value_key_compare(const struct value_key *a, const struct value_key *b) {
    if (a == b)
        return 0;
    uint32_t shorter = a->length < b->length ? a->length : b->length;
    if (shorter && a->text[0] != b->text[0]) /* as the keys of small objects mostly do */
        return (unsigned char)a->text[0] < (unsigned char)b->text[0] ? -1 : 1;
    int order = memcmp(a->text, b->text, shorter);
    if (order)
        return order;
    return (a->length > b->length) - (a->length < b->length);
}

/* Among members that are in order. */
static const struct value_member *member_by_halves(const struct value_member *members,
                                                   uint32_t count, const struct value_key *key) {
    uint32_t first = 0;
    while (first < count) {
        uint32_t middle = first + (count - first) / 2;
        int order = value_key_compare(members[middle].key, key);
        if (order == 0)
            return &members[middle];
        if (order < 0)
            first = middle + 1;
        else
            count = middle;
    }
    return NULL;
}

const struct value_member *value_member(const struct delta_value *object,
                                        const struct value_key *key) {
    const struct value_member *members = value_members(object);
    if (object->flags & VALUE_ASCENDING)
        return member_by_halves(members, object->length, key);
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

/* ---- Making ---- */

/* False only where none of eight bytes is a control, a quote, a backslash or 0xed: such a byte, of
 * several the lowest, sets its top bit in one of the differences. Others may, too. */
static bool may_need_escape(const char *eight) {
    const uint64_t each = 0x0101010101010101u;
    uint64_t word;
    memcpy(&word, eight, sizeof word);
    uint64_t quote = word ^ each * '"', backslash = word ^ each * '\\';
    return (((word - each * 0x20) | (quote - each) | (backslash - each)) & each * 0x80) != 0;
}

/* True when nothing in the text needs an escape in canonical form. */
static bool is_plain(const char *text, uint32_t length) {
    const unsigned char *bytes = (const unsigned char *)text;
    uint32_t i = 0;
    while (length - i >= 8 && !may_need_escape(text + i))
        i += 8;
    for (; i < length; i++) {
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
    struct value_noted_key *noted = arena_alloc(arena, sizeof *noted);
    if (!noted)
        return NULL;
    *noted = (struct value_noted_key){.key = {.hash = value_string_hash(text, length),
                                              .text = text,
                                              .length = length,
                                              .plain = is_plain(text, length),
                                              .noted = true}};
    return &noted->key;
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

static int check_shape(size_t count, uint32_t height, uint64_t size, struct delta_err *err) {
    if (height >= UINT16_MAX)
        return err_set(err, DELTA_ERR_LIMIT, "nested too deep");
    if (count > DELTA_MAX_STATE || size > (uint64_t)1 << 62)
        return err_set(err, DELTA_ERR_LIMIT, "too many elements");
    return 0;
}

/* What computes hashes calls itself for each level that has none: so some levels get theirs at
 * once, and 1 MiB of stack suffices however deep values nest. */
static void bound_recursion(const struct delta_value *value) {
    if (value->height % HEIGHT_STEP == 0) {
        (void)hash_of(value);
        (void)digest_of(value);
    }
}

/* Braces, colons and commas of an object. */
static inline uint64_t punctuation(uint64_t count) {
    return count ? 2 * count + 1 : 2;
}

int value_object_settle(struct value_object *object, size_t count, const struct value_sum *sum,
                        unsigned which, struct delta_value *out, struct delta_err *err) {
    uint64_t size = sum->size + punctuation(count);
    if (check_shape(count, sum->height, size, err))
        return -1;
    object->hashes = (struct value_hashes){0};
    if (which & VALUE_HASH)
        object->hashes.own = settled_hash(sum->hash, (uint32_t)count, DELTA_OBJECT);
    if (which & VALUE_DIGEST)
        object->hashes.digest = sum->digest;
    object->size = size;
    value_set(out, DELTA_OBJECT, 0, (uint32_t)count, (uint16_t)(sum->height + 1), object);
    bound_recursion(out);
    return 0;
}

int value_array_settle(struct value_array *array, size_t count, const struct value_sum *sum,
                       unsigned which, struct delta_value *out, struct delta_err *err) {
    uint64_t size = sum->size + (count ? count + 1 : 2); /* brackets and commas */
    if (check_shape(count, sum->height, size, err))
        return -1;
    array->hashes = (struct value_hashes){0};
    if (which & VALUE_HASH)
        array->hashes.own = settled_hash(sum->hash, (uint32_t)count, DELTA_ARRAY);
    array->size = size;
    value_set(out, DELTA_ARRAY, 0, (uint32_t)count, (uint16_t)(sum->height + 1), array);
    if (which & VALUE_DIGEST)
        (void)digest_of(out);
    bound_recursion(out);
    return 0;
}

static inline uint32_t higher(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

unsigned value_object_sum(const struct delta_value *object, struct value_sum *sum) {
    *sum = (struct value_sum){.size = object->object->size - punctuation(object->length),
                              .height = object->height - 1u};
    return digest_known(&object->object->hashes.digest, &sum->digest) ? VALUE_DIGEST : 0;
}

static inline __attribute__((always_inline)) void
add_member(struct value_sum *sum, const struct value_member *member, unsigned which) {
    value_sum_key(sum, member->key);
    sum->size += size_of(&member->value);
    sum->height = higher(sum->height, member->value.height);
    if (which & VALUE_DIGEST)
        digest_add(&sum->digest, value_member_digest(member->key, digest_of(&member->value)));
}

void value_sum_add(struct value_sum *sum, const struct value_member *member, unsigned which) {
    add_member(sum, member, which);
}

void value_sum_subtract(struct value_sum *sum, const struct value_member *member, unsigned which) {
    sum->size -= value_key_size(member->key) + size_of(&member->value);
    if (which & VALUE_DIGEST)
        digest_subtract(&sum->digest, value_member_digest(member->key, digest_of(&member->value)));
}

/* Members that are filled in already. */
static inline __attribute__((always_inline)) int close_object(struct value_object *object,
                                                              size_t count, unsigned which,
                                                              struct delta_value *out,
                                                              struct delta_err *err) {
    struct value_sum sum = {0};
    for (size_t i = 0; i < count; i++)
        add_member(&sum, &object->members[i], which);
    return value_object_settle(object, count, &sum, which, out, err);
}

int value_object_close(struct value_object *object, size_t count, struct delta_value *out,
                       struct delta_err *err) {
    return close_object(object, count, 0, out, err);
}

int value_object_close_digest(struct value_object *object, size_t count, struct delta_value *out,
                              struct delta_err *err) {
    return close_object(object, count, VALUE_DIGEST, out, err);
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

int value_array_close(struct value_array *array, size_t count, struct delta_value *out,
                      struct delta_err *err) {
    struct value_sum sum = {0};
    for (size_t i = 0; i < count; i++) {
        sum.size += size_of(&array->items[i]);
        sum.height = higher(sum.height, array->items[i].height);
    }
    return value_array_settle(array, count, &sum, 0, out, err);
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

int value_check_depth(const struct delta_value *value, struct delta_err *err) {
    if (value->height > DELTA_MAX_DEPTH)
        return err_set(err, DELTA_ERR_LIMIT, "the result would nest deeper than %d levels",
                       DELTA_MAX_DEPTH);
    return 0;
}
