/* One pass over the text, with a stack of the elements whose containers are still open. A scalar's
 * part in the size and the hashes of its container is added up when the scalar is read, while its
 * text is in the processor's registers and its kind is known; closing a container copies its
 * elements to where they stay, and is O(count) in nothing else but that keys must be distinct.
 *
 * What a text repeats is not worked out again: the keys of similar objects (json/expected_keys),
 * the digests of members with short values (json/member_memos), whole objects (json/object_memos),
 * and of other objects, each key remembers which one came after it last. */
#include "json/reader.h"

#include "base/array.h"
#include "base/err.h"
#include "base/hash.h"
#include "json/distinct.h"
#include "json/key_table.h"
#include "json/levels.h"
#include "json/member_memos.h"
#include "json/parts.h"
#include "json/scalar.h"
#include "json/slots.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    struct reader_source source;
    struct delta_arena *arena;
    const char *at; /* what is read next; a NUL is at the end, which no token contains */

    struct slots slots;
    struct value_key *unknown; /* the key after one of which that is not noted */

    struct levels levels;
    uint32_t opened; /* objects */
    unsigned hashes; /* VALUE_HASH, VALUE_DIGEST: what is computed with each container */

    struct parts *noted; /* where containers are noted, unless NULL */
    struct parts *known; /* those of a text that was read before, unless NULL */
    struct key_table keys;
    struct distinct distinct;
    ARRAY(uint32_t) fresh; /* members, by their index, of keys that may be there twice */
    struct member_memos memos;
    struct object_memos objects;
    struct object_place place; /* of the object that is about to be read */
};

/* ---- Scalars ---- */

/* The scalar in `slot`, `length` bytes at `text` and `size` in canonical form, becomes part of what
 * is known of its container. */
static inline __attribute__((always_inline)) void
add_scalar(struct reader *reader, struct level *level, const struct value_member *slot,
           const char *text, size_t length, uint64_t size, enum scalar_kind kind,
           enum delta_type type) {
    struct value_sum *sum = &level->sum;
    uint64_t hash = 0;
    if (reader->hashes & VALUE_HASH)
        hash = kind == KIND_LITERAL ? hash_private("", 0, type) : hash_private(text, length, kind);
    sum->size += size;
    if (level->is_object) {
        sum->hash += hash_mix(slot->key->hash, hash);
        if (reader->hashes & VALUE_DIGEST)
            digest_add(&sum->digest,
                       member_memos_digest(&reader->memos, slot->key, text, length, kind));
    } else {
        sum->hash = hash_mix(sum->hash, hash);
    }
}

/* Reads the string at `at` into `slot`. What comes after it, or NULL. */
static __attribute__((noinline)) const char *read_any_string(struct reader *reader,
                                                             struct level *level, const char *at,
                                                             struct value_member *slot) {
    struct delta_value *value = &slot->value;
    const char *next = scalar_string(&reader->source, reader->arena, at + 1, value);
    if (next)
        add_scalar(reader, level, slot, value->text, value->length, delta_value_size(value),
                   KIND_STRING, DELTA_STRING);
    return next;
}

/* The same, at once where it is of ASCII without escapes. */
static inline const char *read_string_element(struct reader *reader, struct level *level,
                                              const char *at, struct value_member *slot) {
    bool high = false;
    const char *start = at + 1, *stop = scan_string(start, &high);
    if (high || *stop != '"')
        return read_any_string(reader, level, at, slot);
    size_t length = (size_t)(stop - start);
    value_set(&slot->value, DELTA_STRING, VALUE_PLAIN, (uint32_t)length, 0, start);
    add_scalar(reader, level, slot, start, length, length + 2, KIND_STRING, DELTA_STRING);
    return stop + 1;
}

/* The same for any other scalar. */
static inline __attribute__((always_inline)) const char *
read_other_scalar(struct reader *reader, struct level *level, const char *at,
                  struct value_member *slot) {
    struct delta_value *value = &slot->value;
    const char *next;
    if (scalar_is_digit(*at) || *at == '-') {
        next = scalar_number(&reader->source, at, value);
        if (next)
            add_scalar(reader, level, slot, at, value->length, value->length, KIND_NUMBER,
                       DELTA_NUMBER);
        return next;
    }
    next = scalar_literal(&reader->source, at, value);
    if (next)
        add_scalar(reader, level, slot, at, (size_t)(next - at), (size_t)(next - at), KIND_LITERAL,
                   value->type);
    return next;
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

/* Room for a level above the last one; the levels may move. NULL on failure. */
static __attribute__((noinline)) struct level *grow_levels(struct reader *reader) {
    size_t depth = (size_t)(reader->levels.last - reader->levels.items);
    if (depth == reader->levels.max_depth) {
        reader_fail_depth(&reader->source, reader->at, depth);
        return NULL;
    }
    if (!levels_grow(&reader->levels))
        return err_no_memory(reader->source.err);
    return reader->levels.items + depth;
}

/* The slot of the first element on the level. */
static inline struct value_member *first_slot(const struct reader *reader,
                                              const struct level *level) {
    return (struct value_member *)(void *)((char *)reader->slots.first + level->start);
}

/* The level for the container whose opening bracket is at reader->at and that fills `slot`; may
 * move the levels. NULL on failure. */
static struct level *open_container(struct reader *reader, struct level *level,
                                    const struct value_member *slot) {
    if (level == reader->levels.last && !(level = grow_levels(reader)))
        return NULL;
    level++;
    level->sum = (struct value_sum){0};
    level->start = (size_t)((const char *)(slot + 1) - (const char *)reader->slots.first);
    level->old = (struct old_members){0};
    level->fresh = reader->fresh.count;
    level->is_object = *reader->at == '{';
    level->closer = level->is_object ? '}' : ']';
    if (level->is_object) {
        level->text = reader->at;
        level->place = reader->place;
        level->number = ++reader->opened;
        level->unmet = 0;
        level->emptied = reader->keys.emptied;
    }
    level->element = NULL;
    level->element_count = 0;
    level_expect_keys(level, slot);
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

/* True when all keys of the object are distinct, as was seen when they were read. */
static inline bool known_distinct(const struct reader *reader, const struct level *level,
                                  size_t count) {
    return count == level->expected.count ||
           (count == level->unmet && count <= DISTINCT_UNORDERED &&
            level->emptied == reader->keys.emptied);
}

/* Makes an object of its `count` members on the stack, which may move, in the slot before them. */
static inline int make_object(struct reader *reader, const struct level *level, size_t count) {
    const struct value_member *members = first_slot(reader, level);
    size_t below = (size_t)(members - reader->slots.first);
    bool ascending = false, take = slots_worth_taking(below, count);
    if (count > 1 && !known_distinct(reader, level, count)) {
        if (check_distinct(reader, level, members, count))
            return -1;
        ascending = reader->distinct.ascending;
    }
    struct value_object *object =
        take ? slots_take_object(&reader->slots, below, count, reader->arena)
             : value_object_open(reader->arena, count);
    if (!object)
        return err_memory(reader->source.err);
    if (!take)
        slots_copy(object->members, members, count);
    struct delta_value *out = &first_slot(reader, level)[-1].value;
    if (value_object_settle(object, count, &level->sum, reader->hashes, out, reader->source.err))
        return -1;
    if (ascending)
        out->flags |= VALUE_ASCENDING;
    return 0;
}

/* The same for an array. */
static inline int make_array(struct reader *reader, const struct level *level, size_t count) {
    const struct value_member *elements = first_slot(reader, level);
    size_t below = (size_t)(elements - reader->slots.first);
    bool take = slots_worth_taking(below, count);
    struct value_array *array = take ? slots_take_array(&reader->slots, below, count, reader->arena)
                                     : value_array_open(reader->arena, count);
    if (!array)
        return err_memory(reader->source.err);
    for (size_t i = 0; i < count && !take; i++)
        slots_copy_words(&array->items[i], &elements[i].value, sizeof *array->items);
    return value_array_settle(array, count, &level->sum, reader->hashes,
                              &first_slot(reader, level)[-1].value, reader->source.err);
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
    size_t count = (size_t)(last + 1 - first_slot(reader, level));
    if (level->old.next != level->old.end)
        old_members_pass(&level->old, level->old.end, reader->hashes, &level->sum);
    if (level->is_object ? make_object(reader, level, count) : make_array(reader, level, count))
        return NULL;
    struct value_member *slot = first_slot(reader, level) - 1;
    struct level *outer = level - 1;
    if (level->is_object) {
        if (!level->old.end)
            level_note_similar(outer, slot);
        if (level->place.memo)
            object_memos_keep(level->place, level->text, (size_t)(reader->at + 1 - level->text),
                              &slot->value);
    }
    add_container(reader, outer, slot);
    if (reader->noted)
        parts_close(reader->noted, level->part, (size_t)(reader->at + 1 - reader->source.text),
                    &slot->value, &level->sum);
    return slot;
}

/* The object at `at` when one of the same text is among the memos: what comes after it, and `slot`
 * is filled. NULL when it must be read; reader->place is then where it will be among them. */
static __attribute__((noinline)) const char *take_repeated(struct reader *reader,
                                                           struct level *level, const char *at,
                                                           struct value_member *slot) {
    reader->place = object_memos_find(&reader->objects, at, reader->source.end);
    const struct object_memo *memo = object_memos_same(reader->place, at, reader->source.end);
    if (!memo ||
        (size_t)(level - reader->levels.items) + memo->value.height > reader->levels.max_depth)
        return NULL;
    reader->objects.found++;
    slot->value = memo->value;
    level_note_similar(level, slot);
    add_container(reader, level, slot);
    if (reader->noted) {
        size_t start = (size_t)(at - reader->source.text);
        size_t part = parts_open(reader->noted, start, level->is_object ? slot->key : NULL);
        parts_close(reader->noted, part, start + memo->length, &slot->value, &level->sum);
    }
    return at + memo->length;
}

/* The container at `at` when it was read before: what comes after it, and `slot` is filled. NULL
 * when it must be read; `inside` is then what may be equal to its elements. */
static const char *take_known(struct reader *reader, struct level *level, const char *at,
                              struct value_member *slot, struct parts_range *inside) {
    const struct part *part =
        parts_find(reader->known, &level->known, level->is_object ? slot->key : NULL, at, inside);
    if (!part ||
        (size_t)(level - reader->levels.items) + part->value.height > reader->levels.max_depth)
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
    expected_keys_begin(&level->expected, NULL, 0);
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

/* A key that is not the one that was expected, which is that at `*expected`. What comes after it,
 * or NULL. */
static __attribute__((noinline)) const char *read_other_key(struct reader *reader,
                                                            struct level *level, const char *at,
                                                            const struct value_member *slot,
                                                            struct value_key **expected) {
    struct value_key *key = level->old.end ? find_old_key(reader, level, at) : NULL;
    if (key) {
        *expected = key;
        return at + key->length + 1;
    }
    struct delta_value string;
    bool high = false;
    const char *next = scan_long_string(at, &high);
    if (high || *next != '"')
        next = scalar_string(&reader->source, reader->arena, at, &string);
    else
        value_set(&string, DELTA_STRING, VALUE_PLAIN, (uint32_t)(next++ - at), 0, at);
    if (!next)
        return NULL;
    key = key_table_intern(&reader->keys, reader->arena, &string);
    uint32_t *fresh = key && level->old.end ? array_add(&reader->fresh) : NULL;
    if (!key || (level->old.end && !fresh))
        return err_no_memory(reader->source.err);
    if (fresh)
        *fresh = (uint32_t)(slot - first_slot(reader, level));
    *expected = key;
    return next;
}

/* A key that is not that of a similar object: the one that came after the key before it, or after
 * the opening bracket, where that was met last; or any other. What comes after it, or NULL. */
static inline const char *read_next_key(struct reader *reader, struct level *level, const char *at,
                                        struct value_member *slot) {
    struct value_noted_key *notes = NULL;
    bool first = level->sum.size == 0 && !level->old.end; /* no key was added to it */
    if (!first && !level->old.end)
        notes = level_notes_of(level, slot[-1].key);
    reader->unknown = NULL;
    struct value_key **expected = first ? &level->first : notes ? &notes->next : &reader->unknown;
    const char *next;
    if (*expected && old_members_key_at(*expected, at, reader->source.end))
        next = at + (*expected)->length + 1;
    else if (!(next = read_other_key(reader, level, at, slot, expected)))
        return NULL;
    slot->key = *expected;
    struct value_noted_key *met = level_notes_of(level, slot->key);
    if (met) {
        level->unmet += met->user < level->number;
        met->user = level->number;
    }
    return next;
}

/* Reads the key at `at`, its colon, and space behind both. Where its value begins, or NULL. */
static inline const char *read_key(struct reader *reader, struct level *level, const char *at,
                                   struct value_member *slot) {
    if (*at != '"')
        return err_null(reader_fail_expected(&reader->source, at, READER_KEY));
    const struct value_key *key = expected_keys_take(&level->expected, at, reader->source.end);
    if (key) {
        slot->key = key;
        level->sum.size += key->length + UINT64_C(2); /* it is plain */
        at += key->length + 2;
    } else {
        at = read_next_key(reader, level, at + 1, slot);
        if (!at)
            return NULL;
        value_sum_key(&level->sum, slot->key);
    }
    if (*at != ':') {
        at = scan_space(at);
        if (*at != ':')
            return err_null(reader_fail_expected(&reader->source, at, READER_COLON));
    }
    return scan_space(at + 1);
}

/* ---- Values ---- */

/* Reads the scalar at reader->at, which is all of the value, into the first slot. */
static __attribute__((noinline)) int read_lone_scalar(struct reader *reader) {
    struct level *level = reader->levels.items;
    const char *at = *reader->at == '"'
                         ? read_any_string(reader, level, reader->at, reader->slots.first)
                         : read_other_scalar(reader, level, reader->at, reader->slots.first);
    if (!at)
        return -1;
    reader->at = at;
    return 0;
}

/* Reads the value at reader->at into the first slot. */
static int read_value(struct reader *reader) {
    const char *at = reader->at;
    struct level *level = reader->levels.items;
    struct value_member *slot = reader->slots.first;
    if (*at != '{' && *at != '[')
        return read_lone_scalar(reader);
    slot--;
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
        if (!ended && *at == '"') {
            if (!(at = read_string_element(reader, level, at, slot)))
                return -1;
        } else if (!ended && (*at == '{' || *at == '[')) {
            struct parts_range inside;
            const char *next = reader->known ? take_known(reader, level, at, slot, &inside) : NULL;
            reader->place.memo = NULL;
            if (!next && *at == '{' && object_memos_look(&reader->objects))
                next = take_repeated(reader, level, at, slot);
            if (next) {
                at = next;
                if (level == reader->levels.items) {
                    reader->at = at;
                    return 0;
                }
            } else {
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
                ended = true;
            }
        } else if (!ended && !(at = read_other_scalar(reader, level, at, slot))) {
            return -1;
        }
        if (!ended) {
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
            if (--level == reader->levels.items) {
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
    if (!slots_open(&reader->slots) || !levels_open(&reader->levels))
        return err_memory(reader->source.err);
    if (reader->known)
        reader->levels.items->known = parts_begin(
            reader->known, reader->source.text, (size_t)(reader->source.end - reader->source.text));
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
    reader.levels.max_depth = max_depth;
    key_table_open(&reader.keys, length);
    member_memos_open(&reader.memos, length);
    object_memos_open(&reader.objects, length);
    const struct delta_value *value = read_text(&reader, used == NULL);
    if (used)
        *used = (size_t)(reader.at - text);
    slots_free(&reader.slots);
    levels_free(&reader.levels);
    key_table_free(&reader.keys);
    distinct_free(&reader.distinct);
    free(reader.fresh.items);
    member_memos_free(&reader.memos);
    object_memos_free(&reader.objects);
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
