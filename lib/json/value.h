/* The tree: values as they are in memory. Immutable once made; parts are shared freely.
 *
 * Strings and keys are WTF-8: UTF-8 in which a lone surrogate, which JSON can escape but UTF-8
 * cannot encode, is the three bytes its number would have. Code point order is then byte order.
 *
 * A value has two hashes, each computed when it is first asked for, unless the reader was asked to
 * compute it with the value, and kept in arrays, objects and keys:
 *
 *     the private hash   64 bits, keyed (hash_private): what values are compared and looked up by.
 *                        Nobody can make two values that share one; by chance two do with a
 *                        probability of 2^-64. Differs from process to process.
 *     the digest         128 bits, published (128-bit XXH3 with a seed for each kind, see
 *                        delta-record(5)): what records and histories name a state by. Two values
 *                        that share one can be made, so nothing is taken for equal by it that could
 *                        be compared.
 *
 * The digest:
 *
 *     null, true, false   of their canonical form, seed 'l'
 *     number              of its text, seed 'n'
 *     string              of its WTF-8 bytes, seed 's'
 *     array               of its elements' digests, one after the other, seed 'a'
 *     object              of the sum modulo 2^128 of its members', seed 'o'; a member's is that of
 *                         the key's digest (as a string) and the value's, seed 'm'
 *
 * where a digest is its 16 bytes, low half first, each half little-endian. A sum needs no order, so
 * nothing is sorted for it. The private hash is built in the same way.
 *
 * SHA-256 of the canonical form in its place, with the instructions that processors have for it,
 * took 2.6 times the processor time of a diff of two states of 16 MB (0.054 to 0.140 s), 1.7 times
 * that of two of 5 kB, 1.2 times that of a get of 16 MB, and up to 2.8 times that of adding 10,000
 * states of 1.1 kB: the canonical form has to be written, and objects to be sorted, for what is now
 * computed while reading. That states are compared in full before they are reported equal cost
 * nothing that could be measured (two spellings of 16 MB: 0.083 s, and 0.086 s without). */
#ifndef JSON_VALUE_H
#define JSON_VALUE_H

#include "base/arena.h"
#include "base/hash.h"
#include "delta.h"

#include <endian.h>

enum {
    /* `text` is its own canonical form: nothing in it needs an escape in canonical form. */
    VALUE_PLAIN = 1,
    /* An object's keys are in ascending order; said of some large ones only. */
    VALUE_ASCENDING = 2,
    /* The canonical order of an object's members, indices of them, is in memory behind them. */
    VALUE_ORDERED = 4,
};

/* Never changed after it was made; copied by assignment, which shares what it points at. */
struct delta_value {
    uint32_t length; /* bytes of text, or number of elements or members */
    uint8_t type;    /* enum delta_type */
    uint8_t flags;
    uint16_t height; /* levels of nesting: 0 for a scalar, 1 for [] */
    union {
        const char *text; /* string: WTF-8; number: its text. Not terminated */
        const struct value_array *array;
        const struct value_object *object;
    };
};

/* Hashes of an array or an object; 0 where not known yet. Stored and loaded atomically: two threads
 * may ask for one at once, and then store the same. */
struct value_hashes {
    uint64_t own; /* the private one */
    /* Of an object, the sum that its digest is a hash of: so that of an object with a few other
     * members is known in O(those). `high` is stored last. */
    struct delta_digest digest;
};

/* A member's key. Most keys of one text that are equal are one struct, so that comparing pointers
 * decides most comparisons within a state. */
struct value_key {
    uint64_t hash; /* the private one, as of the string */
    const char *text;
    uint32_t length;
    bool plain; /* as VALUE_PLAIN */
    bool noted; /* it is the beginning of a struct value_noted_key */
};

/* A key that may be met more than once, and what is noted of it for that. */
struct value_noted_key {
    struct value_key key;
    struct delta_digest digest; /* as of the string; as in value_hashes */
    struct value_key *next; /* the reader's: what came after it where it was met last, or NULL */
    const struct value_member
        *like; /* the reader's: members of the object that was last its value */
    uint32_t like_count;
    uint32_t user; /* the reader's: the number of the object that it was last met in */
};

struct value_member {
    const struct value_key *key;
    struct delta_value value;
};

struct value_array {
    struct value_hashes hashes;
    uint64_t size; /* bytes of the canonical form */
    struct delta_value items[];
};

struct value_object {
    struct value_hashes hashes;
    uint64_t size;
    struct value_member members[]; /* in the order in which they were read */
};

static inline bool value_is_container(const struct delta_value *value) {
    return value->type >= DELTA_ARRAY;
}

static inline const struct delta_value *value_items(const struct delta_value *value) {
    return value->array->items;
}

static inline const struct value_member *value_members(const struct delta_value *value) {
    return value->object->members;
}

static inline bool value_key_equal(const struct value_key *a, const struct value_key *b) {
    return a == b || (a->hash == b->hash && a->length == b->length &&
                      memcmp(a->text, b->text, a->length) == 0);
}

/* VALUE_PLAIN or 0, as of the string. */
static inline uint8_t value_key_flags(const struct value_key *key) {
    return key->plain ? VALUE_PLAIN : 0;
}

/* Bytes of the canonical form, quotes included. O(1), or O(length) where characters are escaped. */
uint64_t value_key_size(const struct value_key *key);

/* Code point order of keys: <0, 0, >0. */
int value_key_compare(const struct value_key *a, const struct value_key *b);

/* True when the values are equal, by the private hash where they are containers: what every diff
 * goes by. O(1) for containers whose hash is known, O(length) for scalars. */
bool value_same(const struct delta_value *a, const struct delta_value *b);

/* The private hash: equal for equal values. O(1) for containers where it is known, else O(size). */
uint64_t value_hash(const struct delta_value *value);

/* The private hash of the WTF-8 string `text`. */
static inline uint64_t value_string_hash(const char *text, size_t length) {
    return hash_private(text, length, 's');
}

/* One part of an object's private hash: what the member adds to the sum. */
uint64_t value_member_hash(const struct value_member *member);

/* The member named `key` of an object, or NULL. O(members), or O(log members) where they are known
 * to be in order. */
const struct value_member *value_member(const struct delta_value *object,
                                        const struct value_key *key);

/* The same by text; NULL too when `object` is not an object. */
const struct delta_value *value_get(const struct delta_value *object, const char *key);

/* True when the value is a string of just these characters. */
bool value_is_text(const struct delta_value *value, const char *text);

/* A number that is a non-negative integer written plainly (`0`, `17`); false otherwise. */
bool value_to_u64(const struct delta_value *value, uint64_t *out);

/* The order behind an object's members, where it has the flag VALUE_ORDERED. */
static inline const uint32_t *value_kept_order(const struct delta_value *object) {
    return (const uint32_t *)(const void *)(value_members(object) + object->length);
}

/* How many more members an object needs room for, so that the order of `count` fits behind them. */
static inline size_t value_order_room(size_t count) {
    return (count * sizeof(uint32_t) + sizeof(struct value_member) - 1) /
           sizeof(struct value_member);
}

/* Fills `order` with the indices of an object's members in canonical key order. O(n) when they
 * are in order already, or their order is kept, else O(n log n). `order` has value->length
 * elements. */
void value_order(const struct delta_value *object, uint32_t *order);

/* The same in memory that the caller frees; NULL when there is none. */
uint32_t *value_order_new(const struct delta_value *object);

/* ---- Making values. The new value's parts live in `arena` or are shared. ---- */

static inline struct delta_value value_literal(enum delta_type type) {
    return (struct delta_value){.type = (uint8_t)type};
}

/* Fills a value in with two stores of a word each. A load of both words, or of one word that was
 * stored in pieces, has to wait until the stores have left the processor for its cache, and behind
 * those of elements that are copied to new memory that takes hundreds of cycles. */
static inline void value_set(struct delta_value *out, enum delta_type type, uint8_t flags,
                             uint32_t length, uint16_t height, const void *content) {
    uint64_t head =
        BYTE_ORDER == LITTLE_ENDIAN
            ? length | (uint64_t)type << 32 | (uint64_t)flags << 40 | (uint64_t)height << 48
            : (uint64_t)length << 32 | (uint64_t)type << 24 | (uint64_t)flags << 16 | height;
    memcpy(out, &head, sizeof head);
    out->text = content;
}

/* A string over `text`, which must be valid WTF-8, stay where it is, and live as long. O(length).
 */
struct delta_value value_string(const char *text, uint32_t length);

/* A number over its text, which must be valid, stay where it is, and live as long. */
static inline struct delta_value value_number(const char *text, uint32_t length) {
    return (struct delta_value){
        .type = DELTA_NUMBER, .flags = VALUE_PLAIN, .length = length, .text = text};
}

/* The number `n`, its text in the arena. */
int value_u64(struct delta_arena *arena, uint64_t n, struct delta_value *out,
              struct delta_err *err);

/* A key over `text`, which stays the caller's as in value_string. NULL when out of memory. */
const struct value_key *value_key(struct delta_arena *arena, const char *text, uint32_t length);

/* An array or object over a copy of `count` elements. Keys must be distinct. Computes the size,
 * O(count); fails for want of memory or when the result would nest too deep for `height`
 * to hold. */
int value_array(struct delta_arena *arena, const struct delta_value *items, size_t count,
                struct delta_value *out, struct delta_err *err);
int value_object(struct delta_arena *arena, const struct value_member *members, size_t count,
                 struct delta_value *out, struct delta_err *err);

/* The same without the copy: `array->items` (or `object->members`) are filled in already, in an
 * arena; computes the rest. */
int value_array_close(struct value_array *array, size_t count, struct delta_value *out,
                      struct delta_err *err);
int value_object_close(struct value_object *object, size_t count, struct delta_value *out,
                       struct delta_err *err);

/* The same with the digest, which will be asked for: cheaper than afterwards. */
int value_object_close_digest(struct value_object *object, size_t count, struct delta_value *out,
                              struct delta_err *err);

/* ---- Making a container element by element, with hashes: for a reader, which adds up what the
 * container knows of its elements while their text is at hand ---- */

/* Hashes that are computed together with a value: those that will be asked for. */
enum {
    VALUE_HASH = 1,
    VALUE_DIGEST = 2,
};

struct encoded_digest {
    uint64_t low, high; /* little-endian */
};

static inline struct encoded_digest digest_encode(struct delta_digest digest) {
    return (struct encoded_digest){.low = htole64(digest.low), .high = htole64(digest.high)};
}

static inline bool digest_known(const struct delta_digest *kept, struct delta_digest *digest) {
    digest->high = __atomic_load_n(&kept->high, __ATOMIC_ACQUIRE);
    digest->low = __atomic_load_n(&kept->low, __ATOMIC_RELAXED);
    return digest->high != 0;
}

/* The struct is the values' own, and says nothing about them that was not true before. */
static inline void digest_keep(const struct delta_digest *where, struct delta_digest digest) {
    struct delta_digest *kept = (struct delta_digest *)(uintptr_t)where;
    __atomic_store_n(&kept->low, digest.low, __ATOMIC_RELAXED);
    __atomic_store_n(&kept->high, digest.high, __ATOMIC_RELEASE);
}

/* The digests of a string and of a number. O(length). */
struct delta_digest digest_of_string(const char *text, size_t length);
struct delta_digest digest_of_number(const char *text, size_t length);

static inline struct delta_digest digest_of_key(const struct value_key *key) {
    struct delta_digest digest;
    if (!key->noted)
        return digest_of_string(key->text, key->length);
    const struct value_noted_key *noted = (const struct value_noted_key *)key;
    if (!digest_known(&noted->digest, &digest)) {
        digest = digest_of_string(key->text, key->length);
        digest_keep(&noted->digest, digest);
    }
    return digest;
}

static inline void digest_add(struct delta_digest *sum, struct delta_digest digest) {
    sum->high += digest.high + __builtin_add_overflow(sum->low, digest.low, &sum->low);
}

static inline void digest_subtract(struct delta_digest *sum, struct delta_digest digest) {
    sum->high -= digest.high + __builtin_sub_overflow(sum->low, digest.low, &sum->low);
}

/* An object's digest out of the sum of its members'. */
static inline struct delta_digest digest_settle(struct delta_digest sum) {
    struct encoded_digest encoded = digest_encode(sum);
    return hash_bytes(&encoded, sizeof encoded, 'o');
}

/* What is known of a container's elements up to here; all zero to begin with. */
struct value_sum {
    uint64_t size;              /* of the canonical forms of elements and keys */
    uint64_t hash;              /* with VALUE_HASH */
    struct delta_digest digest; /* an object's, with VALUE_DIGEST */
    uint32_t height;            /* the largest of an element */
};

static inline struct delta_digest value_member_digest(const struct value_key *key,
                                                      struct delta_digest value) {
    struct encoded_digest parts[2] = {digest_encode(digest_of_key(key)), digest_encode(value)};
    return hash_bytes(parts, sizeof parts, 'm');
}

static inline void value_sum_key(struct value_sum *sum, const struct value_key *key) {
    sum->size += key->plain ? key->length + UINT64_C(2) : value_key_size(key);
}

/* What an object's members add up to, without `hash`. Returns VALUE_DIGEST where their digests are
 * known and part of it, else 0. O(1). */
unsigned value_object_sum(const struct delta_value *object, struct value_sum *sum);

/* Adds a member to what value_object_sum gave, and subtracts one from it, whose hashes are those of
 * `which`; the height stays that of the highest there ever was. */
void value_sum_add(struct value_sum *sum, const struct value_member *member, unsigned which);
void value_sum_subtract(struct value_sum *sum, const struct value_member *member, unsigned which);

/* Closes a container whose `count` elements are filled in, and whose hashes are those of `which`,
 * as the sum has them. Fails when it nests too deep or holds too much. O(1), or O(count) for the
 * digest of an array. */
int value_object_settle(struct value_object *object, size_t count, const struct value_sum *sum,
                        unsigned which, struct delta_value *out, struct delta_err *err);
int value_array_settle(struct value_array *array, size_t count, const struct value_sum *sum,
                       unsigned which, struct delta_value *out, struct delta_err *err);

/* A struct with room for `count` elements, to be closed as above; NULL when out of memory. */
struct value_array *value_array_open(struct delta_arena *arena, size_t count);
struct value_object *value_object_open(struct delta_arena *arena, size_t count);

/* Fails with DELTA_ERR_LIMIT when a result nests deeper than a state may. */
int value_check_depth(const struct delta_value *value, struct delta_err *err);

#endif
