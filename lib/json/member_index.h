/* Finding many members of one object. */
#ifndef JSON_MEMBER_INDEX_H
#define JSON_MEMBER_INDEX_H

#include "base/table.h"
#include "json/value.h"

struct member_index {
    const struct value_member *members;
    uint32_t count;
    struct table table; /* by key; none: they are few enough to look through */
};

/* Indexes `value`; what is not an object has no members. Close it in any case. O(members). */
int member_index_open(struct member_index *index, const struct delta_value *value,
                      struct delta_err *err);

/* The same for some of an object's members. */
int member_index_open_run(struct member_index *index, const struct value_member *members,
                          uint32_t count, struct delta_err *err);
void member_index_close(struct member_index *index);

/* The member of this key, or NULL. O(1). */
const struct value_member *member_index_find(const struct member_index *index,
                                             const struct value_key *key);

#endif
