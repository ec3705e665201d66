#include "json/parts.h"

#include "json/old_members.h"

#include <stdlib.h>
#include <string.h>

enum {
    AHEAD = 8,       /* parts that may have been removed, or elements that were not noted */
    MISSED_MAX = 16, /* elements that may have been inserted, or changed */
    EDGE = 16,       /* bytes that are compared first */
    BLOCK = 4096,
};

void parts_note(struct parts *parts, const char *text, size_t length) {
    *parts = (struct parts){.text = text, .length = length, .arena = delta_arena_new()};
}

/* Memory that is not written to takes none, so that there may be room for more than are likely. */
static bool grow(struct parts *parts) {
    size_t capacity = parts->capacity ? 2 * parts->capacity : parts->length / PART_SHORTEST + 1;
    struct part *items =
        parts->arena ? arena_grow(parts->arena, parts->items, parts->count, capacity, sizeof *items)
                     : NULL;
    if (!items)
        return false;
    parts->items = items;
    parts->capacity = capacity;
    return true;
}

size_t parts_open(struct parts *parts, size_t start, const struct value_key *key) {
    if (parts->count == parts->capacity && !grow(parts))
        return NO_INDEX;
    parts->items[parts->count] = (struct part){.start = (uint32_t)start, .key = key};
    return parts->count++;
}

void parts_close(struct parts *parts, size_t index, size_t end, const struct delta_value *value,
                 const struct value_sum *sum) {
    if (index == NO_INDEX)
        return;
    if (value->type == DELTA_OBJECT && value->length >= OLD_MEMBERS_FEWEST) {
        struct part_sum *added = array_add(&parts->sums);
        if (added)
            *added = (struct part_sum){value->object, *sum};
    }
    struct part *part = &parts->items[index];
    part->length = (uint32_t)(end - part->start);
    part->value = *value;
    if (part->length < PART_SHORTEST) /* and so is all that it holds */
        parts->count = index;
    part->after = parts->count;
}

struct parts_range parts_begin(struct parts *parts, const char *text, size_t length) {
    parts->other = text;
    parts->other_end = text + length;
    parts->distance = 0;
    parts->same_end = text;
    parts->budget = 2 * length;
    return (struct parts_range){.end = parts->count};
}

/* How many of the first `most` bytes are equal. */
static size_t same_bytes(const char *a, const char *b, size_t most) {
    size_t same = 0;
    while (most - same >= BLOCK && memcmp(a + same, b + same, BLOCK) == 0)
        same += BLOCK;
    while (most - same >= EDGE && memcmp(a + same, b + same, EDGE) == 0)
        same += EDGE;
    while (same < most && a[same] == b[same])
        same++;
    return same;
}

/* True when the part's text is at `at`. */
static bool is_equal(struct parts *parts, const struct part *part, const char *at) {
    ptrdiff_t distance = (ptrdiff_t)part->start - (at - parts->other);
    if (at >= parts->same_end || distance != parts->distance) {
        size_t most = (size_t)(parts->other_end - at);
        if (most > parts->length - part->start)
            most = parts->length - part->start;
        if (at < parts->same_end) { /* what is known will be forgotten */
            if (parts->budget == 0)
                return false;
            size_t known = (size_t)(parts->same_end - at);
            parts->budget -= known < parts->budget ? known : parts->budget;
        }
        parts->distance = distance;
        parts->same_end = at + same_bytes(at, parts->text + part->start, most);
    }
    return part->length <= (size_t)(parts->same_end - at);
}

/* The same, for a part that was not expected: looks at both of its ends first. */
static bool is_equal_elsewhere(struct parts *parts, const struct part *part, const char *at) {
    const char *text = parts->text + part->start;
    size_t length = part->length;
    return length <= (size_t)(parts->other_end - at) && memcmp(at, text, EDGE) == 0 &&
           memcmp(at + length - EDGE, text + length - EDGE, EDGE) == 0 &&
           memcmp(at + length / 2, text + length / 2, EDGE) == 0 && is_equal(parts, part, at);
}

static const struct part *find_member(struct parts *parts, struct parts_range *range,
                                      const struct value_key *key, const char *at,
                                      struct parts_range *inside) {
    size_t i = range->next;
    for (int tries = 0; tries < AHEAD && i < range->end; tries++, i = parts->items[i].after) {
        const struct part *part = &parts->items[i];
        if (part->key && value_key_equal(part->key, key)) {
            range->next = part->after;
            if (is_equal(parts, part, at))
                return part;
            *inside = (struct parts_range){.next = i + 1, .end = part->after, .old = part};
            return NULL;
        }
    }
    return NULL;
}

static const struct part *find_element(struct parts *parts, struct parts_range *range,
                                       const char *at, struct parts_range *inside) {
    size_t i = range->next;
    for (unsigned tries = 0; tries < AHEAD + range->missed && i < range->end; tries++) {
        const struct part *part = &parts->items[i];
        if (tries == 0 ? is_equal(parts, part, at) : is_equal_elsewhere(parts, part, at)) {
            range->next = part->after;
            range->missed = 0;
            return part;
        }
        if (tries == range->missed)
            *inside = (struct parts_range){.next = i + 1, .end = part->after, .old = part};
        i = part->after;
    }
    if (range->missed < MISSED_MAX)
        range->missed++;
    return NULL;
}

const struct part *parts_find(struct parts *parts, struct parts_range *range,
                              const struct value_key *key, const char *at,
                              struct parts_range *inside) {
    *inside = (struct parts_range){0};
    return key ? find_member(parts, range, key, at, inside)
               : find_element(parts, range, at, inside);
}

const struct part_sum *parts_sum(struct parts *parts, const struct parts_range *range) {
    if (!range->old || range->old->value.type != DELTA_OBJECT ||
        range->old->value.length < OLD_MEMBERS_FEWEST)
        return NULL;
    for (size_t n = 0; n < parts->sums.count; n++) {
        size_t i = (parts->next_sum + n) % parts->sums.count;
        if (parts->sums.items[i].object == range->old->value.object) {
            parts->next_sum = i + 1;
            return &parts->sums.items[i];
        }
    }
    return NULL;
}

/* Samples of the new text, which are mostly found in the old one at about the same place; and there
 * are members everywhere: of an array of a million scalars all must be read that differs in one. */
bool parts_are_worth_it(const char *old_text, size_t old_length, const char *text, size_t length) {
    enum { SAMPLES = 16, SAMPLE = 48, NEAR = 1024, WINDOW = 32 * 1024, WIDEST = 8 * WINDOW };
    enum { MOST_MISSED = 2 };
    unsigned missed = 0;
    /* What comes behind an insertion is further away the more was inserted. */
    size_t window = WINDOW + 2 * (length > old_length ? length - old_length : old_length - length);
    if (window > WIDEST)
        window = WIDEST;
    if (length < SAMPLES * NEAR || old_length < window)
        return false;
    for (size_t i = 0; i < SAMPLES && missed <= MOST_MISSED; i++) {
        size_t at = length / SAMPLES * i, old_at = old_length / SAMPLES * i;
        old_at -= old_at < window / 2 ? old_at : window / 2;
        if (old_at > old_length - window)
            old_at = old_length - window;
        missed += !memmem(text + at, NEAR, "\":", 2) ||
                  !memmem(old_text + old_at, window, text + at + NEAR / 2, SAMPLE);
    }
    return missed <= MOST_MISSED;
}

void parts_free(struct parts *parts) {
    delta_arena_free(parts->arena);
    free(parts->sums.items);
    *parts = (struct parts){0};
}
