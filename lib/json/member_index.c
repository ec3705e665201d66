#include "json/member_index.h"

#include "base/err.h"

#include <stdlib.h>

/* Members that are looked through one by one: with 4, 8 and 32 five pairs of states take the same
 * instructions to 0.2%, and no memory for so few. */
enum { FEW = 8 };

int member_index_open(struct member_index *index, const struct delta_value *value,
                      struct delta_err *err) {
    bool is_object = value->type == DELTA_OBJECT;
    return member_index_open_run(index, is_object ? value_members(value) : NULL,
                                 is_object ? value->length : 0, err);
}

int member_index_open_run(struct member_index *index, const struct value_member *members,
                          uint32_t count, struct delta_err *err) {
    *index = (struct member_index){.members = members, .count = count};
    if (index->count <= FEW)
        return 0;
    size_t size = table_size(count);
    uint32_t *slots = malloc(size * sizeof *slots);
    if (!slots)
        return err_memory(err);
    index->table = table_in(slots, size);
    for (uint32_t i = 0; i < count; i++)
        table_put(&index->table, members[i].key->hash, i);
    return 0;
}

void member_index_close(struct member_index *index) {
    free(index->table.slots);
    index->table.slots = NULL;
}

const struct value_member *member_index_find(const struct member_index *index,
                                             const struct value_key *key) {
    if (!index->table.slots) {
        for (uint32_t i = 0; i < index->count; i++)
            if (value_key_equal(index->members[i].key, key))
                return &index->members[i];
        return NULL;
    }
    TABLE_EACH(&index->table, key->hash, i)
    if (value_key_equal(index->members[i].key, key))
        return &index->members[i];
    return NULL;
}
