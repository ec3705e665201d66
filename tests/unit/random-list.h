/* Random lists of things that a key identifies, or nearly, and others that differ from them in what
 * counts or in what does not, for property tests. */
#ifndef RANDOM_LIST_H
#define RANDOM_LIST_H

#include "tests/unit/filter-law.h"
#include "tests/unit/random-value.h"
#include "json/writer.h"

/* Elements of a list, and of one that was changed twice: each time an element is added to each. */
enum { LIST_MAX = 24, CHANGED_MAX = 4 * LIST_MAX };

/* Of members of elements, besides `id`. */
static const char *const list_names[] = {"name", "a", "b"};

/* Few different values, so that elements are alike. */
static inline struct delta_value small_value(struct random *random, uint32_t depth) {
    static const char *const numbers[] = {"0", "1", "2.50", "-17", "12345678901234567890"};
    uint32_t kind = random_below(random, depth ? 4 : 2);
    uint32_t count = kind < 2 ? 0 : random_below(random, 4);
    if (kind == 0) {
        const char *number = numbers[random_below(random, sizeof numbers / sizeof *numbers)];
        return value_number(number, (uint32_t)strlen(number));
    }
    if (kind == 1)
        return random_chance(random, 4) ? value_literal(DELTA_NULL)
                                        : value_string("text", 1 + random_below(random, 4));
    struct value_member members[4];
    struct delta_value items[4];
    for (uint32_t i = 0; i < count; i++) {
        items[i] = small_value(random, depth - 1);
        members[i] = (struct value_member){value_key(random->arena, &"0abc"[i], 1), items[i]};
    }
    return kind == 2 ? random_array_of(random, items, count)
                     : random_object_of(random, members, count);
}

/* A string that holds the value, an array or object, in JSON. */
static inline struct delta_value held_by(struct random *random, const struct delta_value *value) {
    struct delta_buf buf = {0};
    delta_buf_put(&buf, "\n\t ", random_below(random, 4));
    writer_compact(value, &buf);
    if (buf.failed)
        abort();
    struct delta_value out =
        value_string(arena_copy(random->arena, buf.data, buf.length), (uint32_t)buf.length);
    delta_buf_free(&buf);
    return out;
}

static inline struct value_member small_member(struct random *random, const char *name) {
    struct delta_value value = small_value(random, 2);
    if (value_is_container(&value) && random_chance(random, 2))
        value = held_by(random, &value);
    return (struct value_member){value_key(random->arena, name, (uint32_t)strlen(name)), value};
}

/* A list: most elements have an `id`, some the one of another, some none. */
static inline struct delta_value random_list(struct random *random) {
    struct delta_value items[LIST_MAX];
    uint32_t count = random_below(random, random_chance(random, 4) ? LIST_MAX : 6);
    for (uint32_t i = 0; i < count; i++) {
        struct value_member members[4];
        size_t own = 0;
        if (!random_chance(random, 5)) {
            char text[16];
            int length = snprintf(text, sizeof text, "%u",
                                  random_chance(random, 6) ? random_below(random, i + 1) : i);
            const char *id = arena_copy(random->arena, text, (size_t)length);
            members[own++] = (struct value_member){value_key(random->arena, "id", 2),
                                                   value_number(id, (uint32_t)length)};
        }
        for (size_t n = 0; n < 3; n++)
            if (random_chance(random, 2))
                members[own++] = small_member(random, list_names[n]);
        items[i] = own || random_chance(random, 2) ? random_object_of(random, members, own)
                                                   : small_value(random, 2);
    }
    return random_array_of(random, items, count);
}

/* The list with members replaced, elements removed, and elements added. */
static inline struct delta_value changed_list(struct random *random,
                                              const struct delta_value *list) {
    struct delta_value items[CHANGED_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->length; i++) {
        const struct delta_value *item = &value_items(list)[i];
        if (random_chance(random, 8))
            items[count++] = small_value(random, 2);
        if (random_chance(random, 8))
            continue;
        items[count++] = *item;
        if (item->type != DELTA_OBJECT || !random_chance(random, 3))
            continue;
        struct value_member members[8] = {
            small_member(random, list_names[random_below(random, 3)])};
        memcpy(members + 1, value_members(item), item->length * sizeof *members);
        items[count - 1] = random_object_of(random, members, item->length + 1);
    }
    return random_array_of(random, items, count);
}

/* The list with up to two of its elements elsewhere. */
static inline struct delta_value moved_list(struct random *random, const struct delta_value *list) {
    struct delta_value items[CHANGED_MAX];
    memcpy(items, value_items(list), list->length * sizeof *items);
    for (uint32_t n = random_below(random, 3); n > 0 && list->length > 1; n--) {
        uint32_t from = random_below(random, list->length), to = random_below(random, list->length);
        struct delta_value item = items[from];
        if (from < to)
            memmove(items + from, items + from + 1, (to - from) * sizeof *items);
        else
            memmove(items + to + 1, items + to, (from - to) * sizeof *items);
        items[to] = item;
    }
    return random_array_of(random, items, list->length);
}

/* The elements in another order. */
static inline struct delta_value shuffled(struct delta_arena *arena,
                                          const struct delta_value *value, uint64_t *seed) {
    struct delta_value *items = arena_array(arena, (size_t)value->length + 1, sizeof *items);
    struct delta_value out;
    for (uint32_t i = 0; i < value->length; i++)
        items[i] = value_items(value)[i];
    for (uint32_t i = value->length; i > 1; i--) {
        uint32_t j = check_below(seed, i);
        struct delta_value item = items[i - 1];
        items[i - 1] = items[j];
        items[j] = item;
    }
    if (value_array(arena, items, value->length, &out, NULL))
        abort();
    return out;
}

/* The same number, written in another way. */
static inline struct delta_value rewritten(struct random *random,
                                           const struct delta_value *number) {
    bool bare = !memchr(number->text, '.', number->length) &&
                !memchr(number->text, 'e', number->length) &&
                !memchr(number->text, 'E', number->length);
    char text[64];
    int length = snprintf(text, sizeof text, "%.*s%s", (int)number->length, number->text,
                          bare ? random_chance(random, 2) ? ".0" : "e0" : "");
    return value_number(arena_copy(random->arena, text, (size_t)length), (uint32_t)length);
}

/* The value, with another one in each place that does not count, and arrays in another order where
 * that does not. No two of the other ones are alike, so that none identifies an element. */
static inline struct delta_value varied(struct law *law, struct random *random,
                                        const struct delta_value *value, bool within) {
    struct delta_value out = *value;
    within |= pattern_matcher_match(&law->only) != NULL;
    if (!law_counts(law, value, within)) {
        char text[32];
        int length = snprintf(text, sizeof text, "other %016" PRIx64, check_random(&random->seed));
        return value_string(arena_copy(random->arena, text, (size_t)length), (uint32_t)length);
    }
    if (value->type == DELTA_NUMBER && law->filter->numeric)
        return rewritten(random, value);
    const struct delta_value *held = law_held(law, value);
    if (held != value) {
        out = varied(law, random, held, within);
        return random_chance(random, 4) ? out : held_by(random, &out);
    }
    if (value->type == DELTA_ARRAY) {
        struct value_array *array = value_array_open(random->arena, value->length);
        for (uint32_t i = 0; i < value->length; i++) {
            law_down(law, NULL);
            array->items[i] = varied(law, random, &value_items(value)[i], within);
            law_up(law);
        }
        CHECK(value_array_close(array, value->length, &out, NULL) == 0);
        if (pattern_matcher_match(&law->unordered))
            out = shuffled(random->arena, &out, &random->seed);
    } else if (value->type == DELTA_OBJECT) {
        struct value_object *object = value_object_open(random->arena, value->length);
        for (uint32_t i = 0; i < value->length; i++) {
            struct value_member *member = &object->members[i];
            *member = value_members(value)[i];
            if (member->key->length == 2 && memcmp(member->key->text, "id", 2) == 0)
                continue; /* what does not count identifies too */
            law_down(law, member);
            member->value = varied(law, random, &member->value, within);
            law_up(law);
        }
        CHECK(value_object_close(object, value->length, &out, NULL) == 0);
    }
    return out;
}

static inline struct pointer_patterns list_pattern(struct delta_arena *arena, const char *text,
                                                   const char *label) {
    const struct pattern_source source = {text, strlen(text), label};
    struct pointer_patterns out;
    if (pointer_patterns_compile(arena, &source, 1, &out, NULL))
        abort();
    return out;
}

/* Some of what is in the elements of a random list. */
static inline struct pointer_patterns list_parts(struct random *random) {
    static const char *const some[] = {"/*/name", "/*/a/*", "/*/b"};
    struct pattern_source sources[2];
    struct pointer_patterns out;
    uint32_t first = random_below(random, 2);
    for (uint32_t i = 0; i < 2; i++)
        sources[i] = (struct pattern_source){some[first + i], strlen(some[first + i]), NULL};
    if (pointer_patterns_compile(random->arena, sources, 2, &out, NULL))
        abort();
    return out;
}

static inline struct delta_filter list_filter(struct random *random) {
    struct delta_filter filter = {.numeric = random_chance(random, 2)};
    if (random_chance(random, 2))
        filter.ignore = list_parts(random);
    if (random_chance(random, 4))
        filter.only = list_parts(random);
    if (random_chance(random, 2))
        filter.unordered = list_pattern(random->arena, random_chance(random, 2) ? "/**" : "", NULL);
    if (random_chance(random, 2))
        filter.embedded = list_parts(random);
    if (random_chance(random, 2))
        filter.array_keys = list_pattern(random->arena, "/**", "id");
    return filter;
}

#endif
