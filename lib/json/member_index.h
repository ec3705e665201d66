/* Finding many members of one object. */
#ifndef JSON_MEMBER_INDEX_H
#define JSON_MEMBER_INDEX_H

#include "json/value.h"

struct keyindex {
    const struct value_member *members;
    uint32_t count;
    uint32_t mask;
    uint32_t *slots; /* members by key, from 1; NULL: few enough to look through */
};

/* Indexes `value`; what is no object has no members. Close it in any case. O(members). */
int keyindex_open(struct keyindex *index, const struct delta_value *value, struct delta_err *err);

/* The same for some of an object's members. */
int keyindex_open_run(struct keyindex *index, const struct value_member *members, uint32_t count,
                      struct delta_err *err);
void keyindex_close(struct keyindex *index);

/* The member of this key, or NULL. O(1). */
const struct value_member *keyindex_find(const struct keyindex *index, const struct value_key *key);

#endif
