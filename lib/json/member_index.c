#include "json/member_index.h"

#include "base/err.h"

#include <stdlib.h>

enum { FEW = 8 }; /* members that are looked through one by one */

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
    size_t size = 16;
    while (size < 2 * (size_t)index->count)
        size *= 2;
    index->slots = calloc(size, sizeof *index->slots);
    if (!index->slots)
        return err_memory(err);
    index->mask = (uint32_t)(size - 1);
    for (uint32_t i = 0; i < index->count; i++) {
        uint32_t slot = (uint32_t)index->members[i].key->hashes.own & index->mask;
        while (index->slots[slot])
            slot = (slot + 1) & index->mask;
        index->slots[slot] = i + 1;
    }
    return 0;
}

void member_index_close(struct member_index *index) {
    free(index->slots);
    index->slots = NULL;
}

const struct value_member *member_index_find(const struct member_index *index,
                                             const struct value_key *key) {
    if (!index->slots) {
        for (uint32_t i = 0; i < index->count; i++)
            if (value_key_equal(index->members[i].key, key))
                return &index->members[i];
        return NULL;
    }
    uint32_t slot = (uint32_t)key->hashes.own & index->mask;
    for (; index->slots[slot]; slot = (slot + 1) & index->mask) {
        const struct value_member *member = &index->members[index->slots[slot] - 1];
        if (value_key_equal(member->key, key))
            return member;
    }
    return NULL;
}
