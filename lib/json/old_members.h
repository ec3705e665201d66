/* The members of a wide object of a text that was read, so that equal ones of another text need not
 * be read.
 *
 * An object of a million members differs as a whole when one of them does (json/parts), but most of
 * its members are those of the old one, in the same order. A scalar that is spelled as the old one
 * is taken over with its key. What the old members add to size and hashes was summed up when they
 * were read: that is where the new object begins, and members that are passed over are subtracted.
 * So nothing is hashed of what is taken; and since old members are distinct and taken in their
 * order, only other keys can be there twice. */
#ifndef JSON_OLD_MEMBERS_H
#define JSON_OLD_MEMBERS_H

#include "json/scan.h"
#include "json/value.h"

/* Those that were neither taken nor passed over. */
struct old_members {
    const struct value_member *next, *end;
};

/* Objects of fewer members are not worth it. */
enum { OLD_MEMBERS_FEWEST = 1024 };

/* True when the key and a quote are at `at`, before `end`, behind which SCAN_READABLE bytes are. */
static inline bool old_members_key_at(const struct value_key *key, const char *at,
                                      const char *end) {
    return key->plain && (size_t)(end - at) > key->length && at[key->length] == '"' &&
           scan_same(key->text, at, key->length);
}

/* Where the next member ends in the text at `at` if it is there: a scalar spelled as it was read.
 * NULL if not. */
const char *old_members_same(const struct old_members *old, const char *at, const char *end);

/* Passes over all members before `end`: `sum` has them no longer. `hashes` are those in it. O(text
 * of them). */
void old_members_pass(struct old_members *old, const struct value_member *end, unsigned hashes,
                      struct value_sum *sum);

/* One of the next members, whose key is at `at`: NULL when it is none of the first few. */
const struct value_member *old_members_find(const struct old_members *old, const char *at,
                                            const char *end);

#endif
