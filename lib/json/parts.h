/* The containers of a text that was read, so that equal ones of another text need not be read.
 *
 * Two states of one thing are mostly the same bytes. A container whose text is equal, byte for byte
 * and from bracket to bracket, to that of one that was read is the same value, with the same
 * hashes, whatever is around it. Where such a text may be is a guess, which costs time when it is
 * wrong and nothing else: the member of the same key in the object that was found beside the one
 * around it; in an array the next element, or one of those after it.
 *
 * Texts are compared up to where they differ, so that what is inside a container that differs is
 * known to be equal or not without another look: runs that were found equal do not overlap, but for
 * a number of bytes that is bounded, and all is O(length). */
#ifndef JSON_PARTS_H
#define JSON_PARTS_H

#include "base/array.h"
#include "json/value.h"

/* From the opening bracket, `length` bytes. */
struct part {
    uint32_t start, length;
    const struct value_key *key; /* of the member, or NULL */
    struct delta_value value;
    size_t after; /* index of the first part that is not within this one */
};

/* What was summed up of the members of an object that has many (json/old_members). */
struct part_sum {
    const struct value_object *object;
    struct value_sum sum;
};

/* Zeroed before use; parts_free when done. */
struct parts {
    const char *text;
    size_t length;
    struct delta_arena *arena; /* of the items: in huge pages where there are some */
    struct part *items;        /* in the order of their opening brackets */
    size_t count, capacity;
    ARRAY(struct part_sum) sums;
    size_t next_sum; /* the one that is likely to be asked for next */

    /* The search in another text: */
    const char *other, *other_end;
    ptrdiff_t distance;   /* from a place in the other text to one in this text */
    const char *same_end; /* up to here the other text is known to be equal at that distance */
    size_t budget;        /* bytes that may still be compared in vain */
};

/* Where the parts of one container are, from that which is expected next. */
struct parts_range {
    size_t next, end;
    unsigned missed;        /* elements of an array that were not found since the last that was */
    const struct part *old; /* the container itself, where one was found */
};

/* Containers of fewer bytes are not worth it. */
enum { PART_SHORTEST = 64 };

/* Begins to note the parts of a text. */
void parts_note(struct parts *parts, const char *text, size_t length);

/* Notes that a container opens at `start`, under `key` in an object, else NULL; returns its index,
 * for parts_close. For want of memory the search will only find less. */
size_t parts_open(struct parts *parts, size_t start, const struct value_key *key);

/* The container of this index, the last that was opened and not closed, ends before `end`; `sum` is
 * what was summed up of its elements. */
void parts_close(struct parts *parts, size_t index, size_t end, const struct delta_value *value,
                 const struct value_sum *sum);

/* Begins the search for the parts of another text; returns where its root is to be found. */
struct parts_range parts_begin(struct parts *parts, const char *text, size_t length);

/* The part whose text is that at `at` in the other text, of a container under `key` (NULL: in an
 * array) within the one that `range` belongs to; or NULL, and `inside` is where its own parts are.
 * `at` never goes back between calls. */
const struct part *parts_find(struct parts *parts, struct parts_range *range,
                              const struct value_key *key, const char *at,
                              struct parts_range *inside);

/* The sum of the members of a part of which `range` is the inside, if it is an object of many;
 * else NULL. */
const struct part_sum *parts_sum(struct parts *parts, const struct parts_range *range);

/* True when reading the second text is likely to find most of it in the first. */
bool parts_are_worth_it(const char *old_text, size_t old_length, const char *text, size_t length);

void parts_free(struct parts *parts);

#endif
