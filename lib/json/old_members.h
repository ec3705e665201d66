/* The members of a wide object of a text that was read, so that equal ones of another text need not
 * be read.
 *
 * An object of a million members differs as a whole when one of them does (json/parts), but most of
 * its members are equal to old ones, in the same order. A scalar whose text equals the old one's is
 * reused with its key. The sums over the old members (size, hashes) are known: the sums of the new
 * object start from them, and what members that are skipped contributed is subtracted. So nothing
 * that is reused is hashed again; and since old members are distinct and reused in their order,
 * only other keys can be duplicates. */
#ifndef JSON_OLD_MEMBERS_H
#define JSON_OLD_MEMBERS_H

#include "json/scan.h"
#include "json/value.h"

/* Those that were neither reused nor skipped yet. */
struct old_members {
    const struct value_member *next, *end;
};

/* Objects of fewer members are not worth it. */
enum { OLD_MEMBERS_FEWEST = 1024 };

/* True when the key and a quote are at `at`, before `end`, behind which SCAN_READABLE bytes are. */
static inline bool old_members_key_at(const struct value_key *key, const char *at,
                                      const char *end) {
    return key->plain && (key->length <= SCAN_READABLE || (size_t)(end - at) > key->length) &&
           at[key->length] == '"' && scan_same(key->text, at, key->length);
}

/* The end of the member at `at` if it is the next old member: the same key, and a scalar with the
 * same text. NULL if not. */
const char *old_members_same(const struct old_members *old, const char *at, const char *end);

/* Skips all members before `end`, and subtracts them from `sum`, whose hashes are `hashes`. O(text
 * of them). */
void old_members_pass(struct old_members *old, const struct value_member *end, unsigned hashes,
                      struct value_sum *sum);

/* One of the next members, whose key is at `at`: NULL when it is none of the first few. */
const struct value_member *old_members_find(const struct old_members *old, const char *at,
                                            const char *end);

#endif
