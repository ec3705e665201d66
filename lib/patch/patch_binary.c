#include "patch/patch_binary.h"

#include "base/utf8.h"

enum delta_type patch_base_type(enum patch_kind kind) {
    return kind == PATCH_OBJECT ? DELTA_OBJECT : kind == PATCH_ARRAY ? DELTA_ARRAY : DELTA_STRING;
}

size_t patch_old_length(const struct delta_value *base) {
    return base->type == DELTA_ARRAY ? base->length : utf8_count(base->text, base->length);
}

bool patch_item_head_get(struct varint_cursor *ops, bool parts, enum patch_kind kind,
                         struct patch_item_head *head) {
    uint64_t word, step = 0;
    if (!varint_get(ops, &word) || (word & 3) > PATCH_EDIT)
        return false;
    uint64_t rest = word >> 2;
    *head = (struct patch_item_head){.kind = (enum patch_item_kind)(word & 3), .count = 1};
    if (head->kind == PATCH_EDIT) {
        head->step = varint_unzigzag(rest);
        return true;
    }
    bool bit = parts && rest & 1;
    head->count = parts ? rest >> 1 : rest;
    if (head->kind == PATCH_INSERT) {
        head->replaces = bit;
        return !(bit && kind == PATCH_STRING);
    }
    if ((bit || !parts) && (!varint_get(ops, &step) || (bit && step == 0)))
        return false;
    head->step = varint_unzigzag(step);
    return true;
}

bool patch_member_head_get(struct varint_cursor *ops, bool parts, uint64_t left, uint32_t length,
                           uint32_t reached, struct patch_member_head *head) {
    uint64_t word, place = length / 2;
    if (!varint_get(ops, &word))
        return false;
    *head = (struct patch_member_head){.op = word & 3};
    if (word == PATCH_OP_ADD) {
        bool has_place = parts && length > PATCH_NARROW;
        if (left != 1 || (has_place && !varint_get(ops, &place)) || place > length)
            return false;
        head->at = (uint32_t)place;
        return true;
    }
    bool steps = head->op == PATCH_OP_ADD;
    uint64_t passed = (word >> 2) - steps;
    if ((steps && !parts) || passed >= length - reached)
        return false;
    if (steps)
        head->op = PATCH_OP_STEP;
    head->at = reached + (uint32_t)passed;
    return true;
}

uint32_t patch_member_place(const struct delta_value *base, const uint32_t *order, uint32_t from,
                            const struct value_key *key) {
    uint32_t to = base->length;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (value_key_compare(value_members(base)[order[middle]].key, key) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

const struct delta_value *patch_neighbour(const struct delta_value *base, const uint32_t *order,
                                          const struct value_key *key) {
    if (!base->length)
        return NULL;
    uint32_t place = patch_member_place(base, order, 0, key);
    return &value_members(base)[order[place ? place - 1 : 0]].value;
}
