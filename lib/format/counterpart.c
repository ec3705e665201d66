#include "format/counterpart.h"

#include "base/err.h"
#include "diff/identity.h"
#include "json/member_index.h"

#include <stdlib.h>

/* Members mostly are in a common order: only where they are not is an index made. */
static int find_members(const struct delta_value *of, const struct delta_value *in, uint32_t *part,
                        struct delta_err *err) {
    struct member_index index = {0};
    bool indexed = false;
    uint32_t next = 0;
    for (uint32_t i = 0; i < of->length; i++) {
        const struct value_key *key = value_members(of)[i].key;
        if (next < in->length && value_key_equal(key, value_members(in)[next].key)) {
            part[i] = next++;
            continue;
        }
        if (!indexed && member_index_open(&index, in, err))
            return -1;
        indexed = true;
        const struct value_member *member = member_index_find(&index, key);
        part[i] = member ? (uint32_t)(member - value_members(in)) : NO_INDEX;
        if (member)
            next = part[i] + 1;
    }
    if (indexed)
        member_index_close(&index);
    return 0;
}

/* Gives elements without a counterpart the places that are free between their neighbours'. */
static void fill_places(uint32_t *part, uint32_t count, const bool *used, uint32_t places) {
    uint32_t next = 0; /* the place after the last one taken */
    for (uint32_t j = 0; j < count; j++) {
        if (part[j] == NO_INDEX && next < places && !used[next])
            part[j] = next++;
        else if (part[j] != NO_INDEX)
            next = part[j] + 1;
    }
}

static int find_elements(struct delta_arena *arena, const struct delta_value *of,
                         const struct delta_value *in, uint32_t *part, struct delta_err *err) {
    struct identity_pair pair = {
        .a = value_items(in), .b = value_items(of), .a_count = in->length, .b_count = of->length};
    uint32_t prefix, suffix;
    if (identity_align(arena, &pair, NULL, PAIRING_SHOW, part, &prefix, &suffix, err))
        return -1;
    bool *used = calloc((size_t)in->length + 1, sizeof *used);
    if (!used)
        return err_memory(err);
    for (uint32_t j = 0; j < of->length; j++)
        if (part[j] != NO_INDEX)
            used[part[j]] = true;
    fill_places(part, of->length, used, in->length);
    free(used);
    return 0;
}

int counterpart_find(struct delta_arena *arena, const struct delta_value *of,
                     const struct delta_value *in, uint32_t *part, struct delta_err *err) {
    if (of->type == DELTA_OBJECT && of->object != in->object)
        return find_members(of, in, part, err);
    if (of->type == DELTA_ARRAY && !value_same(of, in))
        return find_elements(arena, of, in, part, err);
    for (uint32_t i = 0; i < of->length; i++)
        part[i] = i;
    return 0;
}
