/* The checksum of what is written as one JSON object: its member `checksum`, which is the digest of
 * the object without it, so that reformatting does no harm. */
#ifndef RECORD_CHECKSUM_H
#define RECORD_CHECKSUM_H

#include "json/value.h"

#define CHECKSUM_KEY "checksum"

/* The object of `count` members with its checksum as last member; `members` has room for it. Fails
 * for want of memory. O(count). */
int checksum_object(struct delta_arena *arena, struct value_member *members, size_t count,
                    struct delta_value *checksummed, struct delta_err *err);

/* Fails with DELTA_ERR_DAMAGED when the object's checksum is missing, is none, or is that of
 * another object. O(members). */
int checksum_check(struct delta_arena *arena, const struct delta_value *checksummed,
                   struct delta_err *err);

#endif
