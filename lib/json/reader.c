/* One pass over the text, with a stack of the elements whose containers are still open. A scalar's
 * part in the size and the hashes of its container is added up when the scalar is read, while its
 * text is in the processor's registers and its kind is known; closing a container copies its
 * elements to where they stay, and is O(count) in nothing else but that keys must be distinct.
 *
 * Objects of one kind have their keys in one order: so each key remembers which one came after it
 * last, and the next key is first compared with that one, which saves its scan, its hash and its
 * look-up. */
#include "json/reader.h"

#include "base/array.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "json/distinct.h"
#include "json/escaped_string.h"
#include "json/key_table.h"
#include "json/old_members.h"
#include "json/parts.h"
#include "json/scan.h"
#include "json/slots.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A container that is open, or, lowest, the text itself. */
struct level {
    struct value_sum sum;
    size_t start;             /* slot of its first element */
    size_t part;              /* where it is noted */
    struct parts_range known; /* of what was read before, what may be equal to its elements */
    struct old_members old;   /* of an object that was read before, if it has many */
    size_t fresh;             /* the first of its keys that are not of those */
    char closer;              /* '}', ']', or 0: none */
    bool is_object;
    struct value_key **link; /* where the key that is expected next is named */
    struct value_key *first; /* key of the last object on this level, kept when that is closed */
};

enum {
    MEMO_BITS = 8,
    MEMO_LENGTH = 8, /* bytes of the longest value */
    /* Bytes of a text in which a sixteenth of the memos do, and an eighth: to clear them takes
     * time, of a text of 5 kB with all of them 6%. */
    MEMO_TINY = 1024,
    MEMO_SMALL = 16 * 1024,
};

/* The digest of a member with a short scalar: the same flags, names and small numbers come under
 * the same keys again and again. */
struct memo {
    const struct value_key *key;
    uint64_t word; /* the value's bytes */
    unsigned kind; /* what the value is, and its length */
    struct delta_digest digest;
};

struct reader {
    struct reader_source source;
    struct delta_arena *arena;
    const char *at; /* what is read next; a NUL is at the end, which no token contains */

    struct slots slots;
    struct value_key *unknown; /* the key after one of which that is not noted */

    struct level *levels;
    size_t levels_capacity, max_depth;
    unsigned hashes; /* VALUE_HASH, VALUE_DIGEST: what is computed with each container */

    struct parts *noted; /* where containers are noted, unless NULL */
    struct parts *known; /* those of a text that was read before, unless NULL */
    struct key_table keys;
    struct distinct distinct;
    ARRAY(uint32_t) fresh; /* members, by their index, of keys that may be there twice */
    unsigned memo_shift;
    struct memo memos[1 << MEMO_BITS]; /* as many as a hash has values after the shift are in use */
};

/* ---- Failures ---- */

/* What is expected at `place` is not there. */
static const char *fail_here(struct reader *reader, const char *place,
                             enum reader_expected expected) {
    reader->at = place;
    reader_fail_expected(&reader->source, place, expected);
    return NULL;
}

/* ---- Strings ---- */

/* What is not a plain string up to `stop`. */
static __attribute__((noinline)) const char *read_rare_string(struct reader *reader,
                                                              const char *start, const char *stop,
                                                              struct delta_value *out) {
    if (*stop != '\\')
        return fail_here(reader, stop, READER_STRING_END);
    return reader_escaped_string(&reader->source, reader->arena, start, stop, out);
}

/* Reads the string that begins at `start`, just after the opening quote. Returns what comes after
 * the closing one, or NULL. */
static inline const char *read_string(struct reader *reader, const char *start,
                                      struct delta_value *out) {
    bool high = false;
    const char *stop = scan_string(start, &high);
    if (*stop != '"')
        return read_rare_string(reader, start, stop, out);
    if (high && !reader_check_utf8(&reader->source, start, stop))
        return NULL;
    *out = (struct delta_value){.type = DELTA_STRING,
                                .flags = VALUE_PLAIN,
                                .length = (uint32_t)(stop - start),
                                .text = start};
    return stop + 1;
}

/* ---- Numbers and literals ---- */

static inline bool is_digit(char c) {
    return (unsigned char)(c - '0') < 10;
}

/* RFC 8259, section 6. What comes after the number, or NULL. */
static inline const char *read_number(struct reader *reader, const char *p,
                                      struct delta_value *out) {
    const char *start = p;
    if (*p == '-')
        p++;
    if (!is_digit(*p))
        return fail_here(reader, p, READER_INTEGER);
    if (*p == '0')
        p++;
    else
        while (is_digit(*p))
            p++;
    if (*p == '.') {
        if (!is_digit(*++p))
            return fail_here(reader, p, READER_FRACTION);
        while (is_digit(*p))
            p++;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        if (*p == '+' || *p == '-')
            p++;
        if (!is_digit(*p))
            return fail_here(reader, p, READER_EXPONENT);
        while (is_digit(*p))
            p++;
    }
    *out = value_number(start, (uint32_t)(p - start));
    return p;
}

static inline const char *read_literal(struct reader *reader, const char *p, const char *literal,
                                       size_t length, enum delta_type type,
                                       struct delta_value *out) {
    if (memcmp(p, literal, length) != 0)
        return fail_here(reader, p, READER_VALUE);
    *out = value_literal(type);
    return p + length;
}

/* ---- Scalars ---- */

/* The first 8 bytes at `text`, of which `length`, 1 to 8, count. */
static inline uint64_t load_short(const char *text, size_t length) {
    uint64_t word;
    memcpy(&word, text, sizeof word);
    return le64toh(word) << (64 - 8 * length);
}

/* The digest of a member whose value is a scalar: `length` bytes of `text`, hashed with `seed`. */
static inline struct delta_digest digest_member(struct reader *reader, const struct value_key *key,
                                                const char *text, size_t length, unsigned seed) {
    if (length - 1 >= MEMO_LENGTH)
        return value_member_digest(key, hash_bytes(text, length, seed));
    uint64_t word = load_short(text, length);
    uint64_t mixed = (word ^ (uintptr_t)key) * UINT64_C(0x9e3779b97f4a7c15);
    struct memo *memo = &reader->memos[mixed >> reader->memo_shift];
    unsigned kind = seed << 8 | (unsigned)length;
    if (memo->key != key || memo->word != word || memo->kind != kind) {
        memo->digest = value_member_digest(key, hash_bytes(text, length, seed));
        memo->key = key;
        memo->word = word;
        memo->kind = kind;
    }
    return memo->digest;
}

/* The scalar in `slot`, `length` bytes of `text`, becomes part of what is known of its container.
 */
static inline void add_scalar(struct reader *reader, struct level *level,
                              const struct value_member *slot, const char *text, size_t length) {
    const struct delta_value *value = &slot->value;
    struct value_sum *sum = &level->sum;
    unsigned seed = value->type == DELTA_STRING ? 's' : value->type == DELTA_NUMBER ? 'n' : 'l';
    uint64_t hash = 0;
    if (reader->hashes & VALUE_HASH)
        hash = seed == 'l' ? hash_private("", 0, value->type) : hash_private(text, length, seed);
    sum->size += seed != 's'                  ? length
                 : value->flags & VALUE_PLAIN ? length + 2
                                              : delta_value_size(value);
    if (level->is_object) {
        value_sum_key(sum, slot->key);
        sum->hash += hash_mix(slot->key->hash, hash);
        if (reader->hashes & VALUE_DIGEST)
            digest_add(&sum->digest, digest_member(reader, slot->key, text, length, seed));
    } else {
        sum->hash = hash_mix(sum->hash, hash);
    }
}

/* Reads the scalar at `at` into `slot`. What comes after it, or NULL. */
static inline const char *read_scalar(struct reader *reader, struct level *level, const char *at,
                                      struct value_member *slot) {
    struct delta_value *value = &slot->value;
    const char *next, *text = at;
    if (*at == '"') {
        next = read_string(reader, at + 1, value);
        text = value->text;
    } else if (is_digit(*at) || *at == '-') {
        next = read_number(reader, at, value);
    } else if (*at == 't') {
        next = read_literal(reader, at, "true", 4, DELTA_TRUE, value);
    } else if (*at == 'f') {
        next = read_literal(reader, at, "false", 5, DELTA_FALSE, value);
    } else if (*at == 'n') {
        next = read_literal(reader, at, "null", 4, DELTA_NULL, value);
    } else {
        return fail_here(reader, at, READER_VALUE);
    }
    if (next)
        add_scalar(reader, level, slot, text, *at == '"' ? value->length : (size_t)(next - at));
    return next;
}

/* The key that is expected next is the one that came after `key`. */
static inline void expect_after(struct reader *reader, struct level *level,
                                const struct value_key *key) {
    reader->unknown = NULL;
    level->link = key->noted && !level->old.end ? &((struct value_noted_key *)(uintptr_t)key)->next
                                                : &reader->unknown;
}

/* ---- Containers ---- */

/* How many slots the text is likely to need where `index` of them are in use at `at`: a container
 * that has as many elements is most of its text. What is not written to takes no memory. */
static size_t slots_expected(const struct reader *reader, size_t index, const char *at) {
    enum { MANY = 1 << 15 };
    double read = (double)(at - reader->source.text),
           length = (double)(reader->source.end - reader->source.text);
    return index < MANY ? 0 : (size_t)((double)index * length / read * 1.1);
}

/* Room for slots after `slot`, which is moved with the others; NULL when out of memory. */
static __attribute__((noinline)) struct value_member *
grow_slots(struct reader *reader, const struct value_member *slot, const char *at) {
    size_t index = (size_t)(slot - reader->slots.first);
    if (slots_grow(&reader->slots, index, slots_expected(reader, index, at)))
        return reader->slots.first + index;
    err_memory(reader->source.err);
    return NULL;
}

/* The level for the container whose opening bracket is at reader->at and that fills `slot`; may
 * move the levels. NULL on failure. */
static struct level *open_container(struct reader *reader, struct level *level,
                                    const struct value_member *slot) {
    size_t depth = (size_t)(level - reader->levels);
    if (depth == reader->max_depth) {
        reader_fail_depth(&reader->source, reader->at, reader->max_depth);
        return NULL;
    }
    if (depth + 1 == reader->levels_capacity) {
        if (!array_grow(&reader->levels, &reader->levels_capacity, depth + 2, sizeof *level))
            return err_no_memory(reader->source.err);
        for (size_t i = depth + 1; i < reader->levels_capacity; i++)
            reader->levels[i].first = NULL;
        level = reader->levels + depth;
    }
    level++;
    level->sum = (struct value_sum){0};
    level->start = (size_t)(slot - reader->slots.first) + 1;
    level->old = (struct old_members){0};
    level->fresh = reader->fresh.count;
    level->is_object = *reader->at == '{';
    level->closer = level->is_object ? '}' : ']';
    level->link = &level->first;
    if (reader->noted)
        level->part = parts_open(reader->noted, (size_t)(reader->at - reader->source.text),
                                 level[-1].is_object ? slot->key : NULL);
    return level;
}

static int check_distinct(struct reader *reader, const struct level *level,
                          const struct value_member *members, size_t count) {
    const struct value_key *duplicate;
    size_t fresh = reader->fresh.count - level->fresh;
    int status = level->old.end
                     ? distinct_check_fresh(&reader->distinct, members, count,
                                            fresh ? reader->fresh.items + level->fresh : NULL,
                                            fresh, &duplicate)
                     : distinct_check(&reader->distinct, members, count, &duplicate);
    reader->fresh.count = level->fresh;
    return status < 0 ? err_memory(reader->source.err)
           : status   ? reader_fail_duplicate(&reader->source, reader->at, members, duplicate)
                      : 0;
}

/* Makes a container out of its elements on the stack, which may move. */
static inline int make_container(struct reader *reader, const struct level *level, size_t count,
                                 struct delta_value *out) {
    struct slots *slots = &reader->slots;
    const struct value_member *elements = slots->first + level->start;
    bool take = slots_worth_taking(level->start, count);
    if (level->is_object) {
        if (count > 1 && check_distinct(reader, level, elements, count))
            return -1;
        struct value_object *object =
            take ? slots_take_object(slots, level->start, count, reader->arena)
                 : value_object_open(reader->arena, count);
        if (!object)
            return err_memory(reader->source.err);
        if (!take)
            memcpy(object->members, elements, count * sizeof *elements);
        if (value_object_settle(object, count, &level->sum, reader->hashes, out,
                                reader->source.err))
            return -1;
        if (count > 1 && reader->distinct.ascending)
            out->flags |= VALUE_ASCENDING;
        return 0;
    }
    struct value_array *array = take ? slots_take_array(slots, level->start, count, reader->arena)
                                     : value_array_open(reader->arena, count);
    if (!array)
        return err_memory(reader->source.err);
    for (size_t i = 0; i < count && !take; i++)
        array->items[i] = elements[i].value;
    return value_array_settle(array, count, &level->sum, reader->hashes, out, reader->source.err);
}

/* The container in `slot` becomes part of what is known of the one around it. */
static void add_container(struct reader *reader, struct level *level,
                          const struct value_member *slot) {
    const struct delta_value *value = &slot->value;
    bool is_object = value->type == DELTA_OBJECT;
    const struct value_hashes *hashes = is_object ? &value->object->hashes : &value->array->hashes;
    struct value_sum *sum = &level->sum;
    sum->size += is_object ? value->object->size : value->array->size;
    if (value->height > sum->height)
        sum->height = value->height;
    if (level->is_object) {
        value_sum_key(sum, slot->key);
        sum->hash += hash_mix(slot->key->hash, hashes->own);
        if (reader->hashes & VALUE_DIGEST)
            digest_add(&sum->digest,
                       value_member_digest(slot->key, is_object ? digest_settle(hashes->digest)
                                                                : hashes->digest));
    } else {
        sum->hash = hash_mix(sum->hash, hashes->own);
    }
}

/* The container of `level` ends at reader->at, `last` being its last element's slot: it fills the
 * slot before its elements, which is returned, and is an element of the level below. */
static struct value_member *close_container(struct reader *reader, struct level *level,
                                            const struct value_member *last) {
    struct delta_value made;
    size_t count = (size_t)(last - reader->slots.first) + 1 - level->start;
    old_members_pass(&level->old, level->old.end, reader->hashes, &level->sum);
    if (make_container(reader, level, count, &made))
        return NULL;
    struct value_member *slot = reader->slots.first + level->start - 1;
    slot->value = made;
    struct level *outer = level - 1;
    if (outer->is_object)
        expect_after(reader, outer, slot->key);
    add_container(reader, outer, slot);
    if (reader->noted)
        parts_close(reader->noted, level->part, (size_t)(reader->at + 1 - reader->source.text),
                    &slot->value, &level->sum);
    return slot;
}

/* The container at `at` when it was read before: what comes after it, and `slot` is filled. NULL
 * when it must be read; `inside` is then what may be equal to its elements. */
static const char *take_known(struct reader *reader, struct level *level, const char *at,
                              struct value_member *slot, struct parts_range *inside) {
    const struct part *part =
        parts_find(reader->known, &level->known, level->is_object ? slot->key : NULL, at, inside);
    if (!part || (size_t)(level - reader->levels) + part->value.height > reader->max_depth)
        return NULL;
    slot->value = part->value;
    add_container(reader, level, slot);
    return at + part->length;
}

/* ---- Members of an object that was read before, if it had many ---- */

static void begin_members(struct reader *reader, struct level *level) {
    const struct part_sum *part = parts_sum(reader->known, &level->known);
    if (!part)
        return;
    const struct value_member *members = part->object->members;
    level->old = (struct old_members){members, members + level->known.old->value.length};
    level->sum = part->sum;
    level->sum.height = 0; /* scalars are taken over only */
    reader->unknown = NULL;
    level->link = &reader->unknown;
}

/* Takes over what members there are from `at` on. Returns what comes after the last of them, which
 * fills `*slot`, where the object then ends (`*ended`); else where the member begins that must be
 * read into `*slot`; or NULL. */
static const char *take_members(struct reader *reader, struct level *level, const char *at,
                                struct value_member **slot, bool *ended) {
    const char *next;
    while (level->old.next < level->old.end &&
           (next = old_members_same(&level->old, at, reader->source.end))) {
        **slot = *level->old.next++;
        at = scan_space(next);
        *ended = *at != ',';
        if (*ended)
            break;
        at = scan_space(at + 1);
        if (++*slot == reader->slots.end && !(*slot = grow_slots(reader, *slot, at)))
            return NULL;
    }
    return at;
}

/* The key at `at` as one of the next old ones, whose value then is another; or NULL. */
static struct value_key *find_old_key(struct reader *reader, struct level *level, const char *at) {
    const struct value_member *member = old_members_find(&level->old, at, reader->source.end);
    if (!member)
        return NULL;
    old_members_pass(&level->old, member + 1, reader->hashes, &level->sum);
    return (struct value_key *)(uintptr_t)member->key;
}

/* ---- Keys ---- */

/* A key that is not the one that was expected. What comes after it, or NULL. */
static __attribute__((noinline)) const char *read_other_key(struct reader *reader,
                                                            struct level *level, const char *at,
                                                            const struct value_member *slot) {
    struct value_key *key = level->old.end ? find_old_key(reader, level, at) : NULL;
    if (key) {
        *level->link = key;
        return at + key->length + 1;
    }
    struct delta_value string;
    const char *next = read_string(reader, at, &string);
    if (!next)
        return NULL;
    key = key_table_intern(&reader->keys, reader->arena, &string);
    uint32_t *fresh = key && level->old.end ? array_add(&reader->fresh) : NULL;
    if (!key || (level->old.end && !fresh))
        return err_no_memory(reader->source.err);
    if (fresh)
        *fresh = (uint32_t)((size_t)(slot - reader->slots.first) - level->start);
    *level->link = key;
    return next;
}

/* Reads the key at `at`, its colon, and space behind both. Where its value begins, or NULL. */
static inline const char *read_key(struct reader *reader, struct level *level, const char *at,
                                   struct value_member *slot) {
    if (*at != '"')
        return fail_here(reader, at, READER_KEY);
    struct value_key *key = *level->link;
    if (key && old_members_key_at(key, at + 1, reader->source.end)) {
        at += 1 + key->length + 1;
    } else {
        at = read_other_key(reader, level, at + 1, slot);
        if (!at)
            return NULL;
        key = *level->link;
    }
    slot->key = key;
    expect_after(reader, level, key);
    if (*at != ':') {
        at = scan_space(at);
        if (*at != ':')
            return fail_here(reader, at, READER_COLON);
    }
    return scan_space(at + 1);
}

/* ---- Values ---- */

/* Reads the value at reader->at into the first slot. */
static int read_value(struct reader *reader) {
    const char *at = reader->at;
    struct level *level = reader->levels;
    struct value_member *slot = reader->slots.first - 1;
    for (;;) {
        /* An element begins. */
        if (++slot == reader->slots.end && !(slot = grow_slots(reader, slot, at)))
            return -1;
        bool ended = false;
        if (level->old.next < level->old.end &&
            !(at = take_members(reader, level, at, &slot, &ended)))
            return -1;
        if (level->is_object && !ended && !(at = read_key(reader, level, at, slot)))
            return -1;
        const char *next = NULL;
        struct parts_range inside;
        bool opens = !ended && (*at == '{' || *at == '[');
        if (opens && !(reader->known && (next = take_known(reader, level, at, slot, &inside)))) {
            reader->at = at;
            if (!(level = open_container(reader, level, slot)))
                return -1;
            if (reader->known) {
                level->known = inside;
                begin_members(reader, level);
            }
            at = scan_space(at + 1);
            if (*at != level->closer)
                continue;
        } else if (!ended) {
            at = opens ? next : read_scalar(reader, level, at, slot);
            if (!at)
                return -1;
            if (level == reader->levels) {
                reader->at = at;
                return 0;
            }
            at = scan_space(at);
            if (*at == ',') {
                at = scan_space(at + 1);
                continue;
            }
        }
        /* What closes, until a comma. */
        do {
            reader->at = at;
            if (*at != level->closer)
                return reader_fail_expected(
                    &reader->source, at, level->is_object ? READER_MEMBER_END : READER_ELEMENT_END);
            if (!(slot = close_container(reader, level, slot)))
                return -1;
            at++;
            if (--level == reader->levels) {
                reader->at = at;
                return 0;
            }
            at = scan_space(at);
        } while (*at != ',');
        at = scan_space(at + 1);
    }
}

/* ---- Whole texts ---- */

static int check_encoding(struct reader *reader) {
    const unsigned char *bytes = (const unsigned char *)reader->source.text;
    size_t length = (size_t)(reader->source.end - reader->source.text);
    bool utf16 = length >= 2 &&
                 ((bytes[0] == 0xfe && bytes[1] == 0xff) ||
                  (bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0) != (bytes[1] == 0));
    if (utf16)
        return reader_fail(&reader->source, reader->source.text, DELTA_ERR_SYNTAX,
                           "the text is UTF-16; convert it to UTF-8");
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        reader->at += 3;
    return 0;
}

/* The slot of the value, and the level below all others. */
static int open_text(struct reader *reader) {
    enum { FIRST_LEVELS = 16 };
    if (!slots_open(&reader->slots) || !array_grow(&reader->levels, &reader->levels_capacity,
                                                   FIRST_LEVELS, sizeof *reader->levels))
        return err_memory(reader->source.err);
    reader->levels[0] = (struct level){0};
    for (size_t i = 1; i < reader->levels_capacity; i++) /* the rest is set when it is opened */
        reader->levels[i].first = NULL;
    if (reader->known)
        reader->levels->known = parts_begin(reader->known, reader->source.text,
                                            (size_t)(reader->source.end - reader->source.text));
    return 0;
}

static const struct delta_value *read_text(struct reader *reader, bool whole) {
    if (check_encoding(reader))
        return NULL;
    reader->at = scan_space(reader->at);
    if (reader->at == reader->source.end) {
        reader_fail(&reader->source, reader->at, DELTA_ERR_SYNTAX,
                    "empty input: expected a JSON value");
        return NULL;
    }
    if (open_text(reader) || read_value(reader))
        return NULL;
    if (whole) {
        reader->at = scan_space(reader->at);
        if (reader->at != reader->source.end) {
            reader_fail_expected(&reader->source, reader->at, READER_END);
            return NULL;
        }
    }
    struct delta_value *root = arena_alloc(reader->arena, sizeof *root);
    if (!root)
        err_memory(reader->source.err);
    else
        *root = reader->slots.first[0].value;
    return root;
}

static const struct delta_value *parse(struct delta_arena *arena, const char *text, size_t length,
                                       uint32_t max_depth, unsigned hashes, struct parts *noted,
                                       struct parts *known, size_t *used, struct delta_err *err) {
    if (length > DELTA_MAX_STATE)
        return err_null(err_set(err, DELTA_ERR_LIMIT, "longer than 4 GiB"));
    struct reader reader;
    memset(&reader, 0, offsetof(struct reader, memos));
    reader.source = (struct reader_source){.text = text, .end = text + length, .err = err};
    reader.arena = arena;
    reader.at = text;
    reader.hashes = hashes;
    reader.noted = noted;
    reader.known = known;
    reader.max_depth = max_depth;
    unsigned memo_bits = length < MEMO_TINY    ? MEMO_BITS - 4
                         : length < MEMO_SMALL ? MEMO_BITS - 3
                                               : MEMO_BITS;
    reader.memo_shift = 64 - memo_bits;
    memset(reader.memos, 0, sizeof *reader.memos << memo_bits);
    const struct delta_value *value = read_text(&reader, used == NULL);
    if (used)
        *used = (size_t)(reader.at - text);
    slots_free(&reader.slots);
    free(reader.levels);
    key_table_free(&reader.keys);
    distinct_free(&reader.distinct);
    free(reader.fresh.items);
    return value;
}

const struct delta_value *reader_parse(struct delta_arena *arena, const char *text, size_t length,
                                       uint32_t max_depth, struct delta_err *err) {
    return parse(arena, text, length, max_depth, VALUE_DIGEST, NULL, NULL, NULL, err);
}

const struct delta_value *reader_parse_with(struct delta_arena *arena, const char *text,
                                            size_t length, unsigned hashes, struct delta_err *err) {
    return parse(arena, text, length, DELTA_MAX_DEPTH, hashes, NULL, NULL, NULL, err);
}

const struct delta_value *reader_parse_noted(struct delta_arena *arena, const char *text,
                                             size_t length, unsigned hashes, struct parts *parts,
                                             struct delta_err *err) {
    parts_note(parts, text, length);
    return parse(arena, text, length, DELTA_MAX_DEPTH, hashes, parts, NULL, NULL, err);
}

const struct delta_value *reader_parse_beside(struct delta_arena *arena, const char *text,
                                              size_t length, unsigned hashes, struct parts *parts,
                                              struct delta_err *err) {
    return parse(arena, text, length, DELTA_MAX_DEPTH, hashes, NULL, parts, NULL, err);
}

const struct delta_value *reader_parse_prefix(struct delta_arena *arena, const char *text,
                                              size_t length, uint32_t max_depth, size_t *used,
                                              struct delta_err *err) {
    return parse(arena, text, length, max_depth, VALUE_DIGEST, NULL, NULL, used, err);
}
