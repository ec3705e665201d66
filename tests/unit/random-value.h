/* Random values, values that differ from them, and patches that fit them, for property tests and
 * fuzz targets. Keys and strings are the awkward ones; patches are valid but not what a diff would
 * make: keys removed that are not there, runs in any order, members replaced by a nested patch.
 *
 * Choices come from a seed, or from the bytes of a fuzz input: then 0 when they have run out,
 * which always stands for the simplest choice. */
#ifndef RANDOM_VALUE_H
#define RANDOM_VALUE_H

#include "base/utf8.h"
#include "patch/patch.h"
#include "tests/unit/check.h"

struct random {
    struct delta_arena *arena;
    uint64_t seed;
    const uint8_t *bytes; /* NULL: from the seed */
    size_t left;
};

/* A number below `bound`, which is not 0. */
static inline uint32_t random_below(struct random *random, uint32_t bound) {
    if (!random->bytes)
        return check_below(&random->seed, bound);
    uint32_t n = 0;
    for (int i = 0; i < (bound > 256 ? 2 : 1) && random->left; i++, random->left--)
        n = n << 8 | *random->bytes++;
    return n % bound;
}

static inline bool random_chance(struct random *random, uint32_t one_in) {
    return random_below(random, one_in) == one_in - 1;
}

struct random_text {
    const char *text;
    uint32_t length;
};
#define RANDOM_TEXT(literal)                                                                       \
    { literal, sizeof(literal) - 1 }

static inline struct random_text random_name(struct random *random) {
    static const struct random_text names[] = {
        RANDOM_TEXT("a"),
        RANDOM_TEXT("b"),
        RANDOM_TEXT("c"),
        RANDOM_TEXT("name"),
        RANDOM_TEXT("id"),
        RANDOM_TEXT(""),
        RANDOM_TEXT("__proto__"),
        RANDOM_TEXT("constructor"),
        RANDOM_TEXT("_t"),
        RANDOM_TEXT("a/b"),
        RANDOM_TEXT("~"),
        RANDOM_TEXT("~1"),
        RANDOM_TEXT("0"),
        RANDOM_TEXT("-"),
        RANDOM_TEXT("nul\0byte"),
        RANDOM_TEXT("\0"),
        RANDOM_TEXT("quote\"\\"),
        RANDOM_TEXT("\n\t\r\b\f\x01\x1f"),
        RANDOM_TEXT("caf\xc3\xa9"),
        RANDOM_TEXT("\xf0\x9f\x98\x80"),
        RANDOM_TEXT("\xed\xa0\x80"), /* a lone high surrogate */
        RANDOM_TEXT("x\xed\xbf\xbfy"),
        RANDOM_TEXT("value"),
        RANDOM_TEXT("changes"),
        RANDOM_TEXT("length"),
        RANDOM_TEXT("\xef\xbf\xbf"),
    };
    return names[random_below(random, sizeof names / sizeof *names)];
}

/* Some words and lines of valid UTF-8. */
static inline struct delta_value random_prose(struct random *random, uint32_t words) {
    static const char *const pieces[] = {
        "the ",   "quick ",      "brown\n",     "fox, ",
        "\n",     "over ",       "\xc3\xbcrn ", "\xf0\x9f\x98\x80 ",
        "dog.\n", "\"quoted\" ", "line\r\n",    "\xe2\x82\xac\t",
    };
    char *text = arena_alloc(random->arena, (size_t)words * 10 + 1);
    uint32_t length = 0;
    for (uint32_t i = 0; i < words; i++) {
        const char *piece = pieces[random_below(random, sizeof pieces / sizeof *pieces)];
        memcpy(text + length, piece, strlen(piece));
        length += (uint32_t)strlen(piece);
    }
    return value_string(text, length);
}

static inline struct delta_value random_scalar(struct random *random) {
    static const char *const numbers[] = {
        "0", "1", "2", "-0", "1.0", "1e400", "12345678901234567890", "0.1", "1E+2", "-17",
    };
    switch (random_below(random, 8)) {
    case 0:
        return value_literal(DELTA_NULL);
    case 1:
        return value_literal(DELTA_FALSE);
    case 2:
        return value_literal(DELTA_TRUE);
    case 3:
    case 4: {
        const char *number = numbers[random_below(random, sizeof numbers / sizeof *numbers)];
        return value_number(number, (uint32_t)strlen(number));
    }
    case 5:
        return random_prose(random, 4 + random_below(random, 60));
    default: {
        struct random_text name = random_name(random);
        return value_string(name.text, name.length);
    }
    }
}

static inline const struct value_key *random_key(struct random *random) {
    struct random_text name = random_name(random);
    return value_key(random->arena, name.text, name.length);
}

static inline struct delta_value random_object_of(struct random *random,
                                                  struct value_member *members, size_t count) {
    struct delta_value out;
    /* Of members with one key the first stays. */
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        for (size_t j = 0; j < kept && !known; j++)
            known = value_key_equal(members[j].key, members[i].key);
        if (!known)
            members[kept++] = members[i];
    }
    return value_object(random->arena, members, kept, &out, NULL) ? value_literal(DELTA_NULL) : out;
}

static inline struct delta_value random_array_of(struct random *random,
                                                 const struct delta_value *items, size_t count) {
    struct delta_value out;
    return value_array(random->arena, items, count, &out, NULL) ? value_literal(DELTA_NULL) : out;
}

/* A value of at most `depth` levels. */
static inline struct delta_value random_value(struct random *random, uint32_t depth) {
    uint32_t kind = depth ? random_below(random, 5) : 0;
    uint32_t count = kind ? random_below(random, random_chance(random, 6) ? 24 : 6) : 0;
    if (kind == 0)
        return random_scalar(random);
    if (kind < 4) {
        struct value_member *members = arena_array(random->arena, count, sizeof *members);
        for (uint32_t i = 0; i < count; i++)
            members[i] = (struct value_member){random_key(random), random_value(random, depth - 1)};
        return random_object_of(random, members, count);
    }
    struct delta_value *items = arena_array(random->arena, count, sizeof *items);
    for (uint32_t i = 0; i < count; i++)
        items[i] = random_value(random, depth - 1);
    return random_array_of(random, items, count);
}

/* The value with some of it changed: members and elements set, added, removed, moved, changed
 * within; long texts edited in places. */
static inline struct delta_value random_change(struct random *random,
                                               const struct delta_value *value);

static inline struct delta_value random_change_text(struct random *random,
                                                    const struct delta_value *value) {
    size_t start = utf8_offset(value->text, value->length, random_below(random, value->length + 1));
    size_t end =
        start + utf8_offset(value->text + start, value->length - start, random_below(random, 12));
    struct delta_value added = random_prose(random, random_below(random, 3));
    uint32_t length = value->length - (uint32_t)(end - start) + added.length;
    char *text = arena_alloc(random->arena, length + 1);
    memcpy(text, value->text, start);
    memcpy(text + start, added.text, added.length);
    memcpy(text + start + added.length, value->text + end, value->length - end);
    return value_string(text, length);
}

static inline struct delta_value random_change_array(struct random *random,
                                                     const struct delta_value *value) {
    size_t room = (size_t)value->length + 4;
    struct delta_value *items = arena_array(random->arena, room + 1, sizeof *items);
    size_t count = 0;
    for (uint32_t i = 0; i < value->length; i++) {
        uint32_t what = random_below(random, 12);
        if (what == 1 && count + value->length - i < room)
            items[count++] = random_value(random, 1);
        if (what == 2)
            continue;
        items[count++] =
            what == 3 ? random_change(random, &value_items(value)[i]) : value_items(value)[i];
    }
    if (count > 1 && random_chance(random, 2)) { /* an element moves */
        size_t from = random_below(random, (uint32_t)count);
        size_t to = random_below(random, (uint32_t)count);
        struct delta_value moved = items[from];
        memmove(items + from, items + from + 1, (count - from - 1) * sizeof *items);
        memmove(items + to + 1, items + to, (count - to - 1) * sizeof *items);
        items[to] = moved;
    }
    if (random_chance(random, 3))
        items[count++] = random_value(random, 2);
    return random_array_of(random, items, count);
}

static inline struct delta_value random_change(struct random *random,
                                               const struct delta_value *value) {
    if (random_chance(random, 16))
        return random_value(random, 2);
    if (value->type == DELTA_STRING && value->length > 16 &&
        !utf8_has_surrogate(value->text, value->length))
        return random_change_text(random, value);
    if (value->type == DELTA_ARRAY)
        return random_change_array(random, value);
    if (value->type != DELTA_OBJECT)
        return random_scalar(random);
    struct value_member *members =
        arena_array(random->arena, (size_t)value->length + 2, sizeof *members);
    size_t count = 0;
    for (uint32_t i = 0; i < value->length; i++) {
        uint32_t what = random_below(random, 8);
        members[count] = value_members(value)[i];
        if (what == 1)
            continue;
        if (what == 2)
            members[count].value = random_change(random, &members[count].value);
        count++;
    }
    for (uint32_t i = random_below(random, 3); i > 0; i--)
        members[count++] = (struct value_member){random_key(random), random_value(random, 2)};
    return random_object_of(random, members, count);
}

/* A patch that fits the value. */
static inline const struct delta_patch *random_patch(struct random *random,
                                                     const struct delta_value *value);

static inline int random_compare_members(const void *a, const void *b) {
    return value_key_compare(((const struct patch_member *)a)->key,
                             ((const struct patch_member *)b)->key);
}

static inline const struct delta_patch *random_patch_object(struct random *random,
                                                            const struct delta_value *value) {
    struct patch_member *members =
        arena_array(random->arena, (size_t)value->length + 3, sizeof *members);
    size_t count = 0;
    for (uint32_t i = 0; i < value->length; i++) {
        struct patch_member *member = &members[count];
        uint32_t what = random_below(random, 6);
        *member = (struct patch_member){.key = value_members(value)[i].key};
        if (what == 1) {
            member->change = PATCH_REMOVE;
        } else if (what == 2) {
            member->change = PATCH_SET;
            member->value = random_value(random, 2);
        } else if (what == 3) {
            member->change = PATCH_NEST;
            member->nested = random_patch(random, &value_members(value)[i].value);
            if (member->nested->kind == PATCH_EMPTY)
                continue;
        } else {
            continue;
        }
        count++;
    }
    for (uint32_t i = random_below(random, 4); i > 0; i--) {
        const struct value_key *key = random_key(random);
        bool known = false;
        for (size_t j = 0; j < count && !known; j++)
            known = value_key_equal(members[j].key, key);
        if (known)
            continue;
        members[count] = (struct patch_member){.key = key, .change = PATCH_REMOVE};
        if (random_chance(random, 2)) {
            members[count].change = PATCH_SET;
            members[count].value = random_value(random, 2);
        }
        count++;
    }
    qsort(members, count, sizeof *members, random_compare_members);
    return patch_object(random->arena, members, count, NULL);
}

static inline const struct delta_patch *random_patch_array(struct random *random,
                                                           const struct delta_value *value) {
    struct patch_items list = {0};
    uint32_t count = value->length;
    uint32_t *order = arena_array(random->arena, count, sizeof *order);
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t swaps = random_below(random, 3); swaps > 0 && count; swaps--) {
        uint32_t from = random_below(random, count);
        uint32_t to = random_below(random, count);
        uint32_t moved = order[from];
        order[from] = order[to];
        order[to] = moved;
    }
    for (uint32_t i = 0; i <= count; i++) {
        uint32_t what = random_below(random, 10);
        if (what == 1) {
            struct delta_value added = random_value(random, 1);
            patch_items_insert(&list, random->arena, &added, 1);
        }
        if (i == count || what == 2)
            continue;
        if (what == 3)
            patch_items_edit(&list, order[i], random_patch(random, &value_items(value)[order[i]]));
        else
            patch_items_copy(&list, order[i], 1);
    }
    return patch_items_close(&list, random->arena, PATCH_ARRAY, count, NULL);
}

static inline const struct delta_patch *random_patch_text(struct random *random,
                                                          const struct delta_value *value) {
    struct patch_items list = {0};
    uint32_t count = (uint32_t)utf8_count(value->text, value->length);
    for (uint32_t at = 0; at < count;) {
        uint32_t run = 1 + random_below(random, count - at);
        uint32_t what = random_below(random, 4);
        if (what == 1) {
            struct delta_value added = random_prose(random, 1 + random_below(random, 3));
            patch_items_insert(&list, random->arena, &added, 1);
        }
        if (what != 2)
            patch_items_copy(&list, at, run);
        at += run;
    }
    return patch_items_close(&list, random->arena, PATCH_STRING, count, NULL);
}

static inline const struct delta_patch *random_patch(struct random *random,
                                                     const struct delta_value *value) {
    if (random_chance(random, 12)) {
        struct delta_value whole = random_value(random, 2);
        return patch_whole(random->arena, &whole, NULL);
    }
    if (random_chance(random, 16))
        return &patch_empty;
    if (value->type == DELTA_OBJECT)
        return random_patch_object(random, value);
    if (value->type == DELTA_ARRAY)
        return random_patch_array(random, value);
    if (value->type == DELTA_STRING && !utf8_has_surrogate(value->text, value->length))
        return random_patch_text(random, value);
    struct delta_value scalar = random_scalar(random);
    return patch_whole(random->arena, &scalar, NULL);
}

#endif
