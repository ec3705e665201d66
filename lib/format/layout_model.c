#include "format/layout_model.h"

enum {
    NEAR = 8,     /* parts before and after that are looked at for a model */
    MEMBERS = 64, /* members of an object in which one is looked for by key */
};

/* The part at a distance in the order of the result, or NO_INDEX. */
static uint32_t neighbour(const struct layout_container *c, uint32_t place, int distance) {
    int64_t at = (int64_t)place + distance;
    if (at < 0 || at >= c->value->length)
        return NO_INDEX;
    return c->order ? c->order[at] : (uint32_t)at;
}

/* -1, 1, -2, 2, …: the nearest first, of two that are as near the one before. */
static int next_distance(int distance) {
    return distance < 0 ? -distance : -distance - 1;
}

/* True when two containers are in lines both, or in one line with the same space in it. */
static bool is_written_alike(const struct layout_value *a, const struct layout_value *b) {
    struct layout_frame one = layout_frame_of(a);
    struct layout_frame other = layout_frame_of(b);
    bool in_lines = space_has_newline(one.first);
    if (in_lines || space_has_newline(other.first))
        return in_lines == space_has_newline(other.first);
    return span_equal(one.first, other.first) && span_equal(one.later, other.later) &&
           span_equal(one.trail, other.trail) && span_equal(one.close, other.close) &&
           span_equal(one.colon, other.colon);
}

/* The side whose layout the container mostly has. */
static int winner(const struct layout_container *c) {
    return c->part[OURS] ? OURS : c->part[THEIRS] ? THEIRS : BASE;
}

static struct layout_value find_sibling(const struct layout_container *c, uint32_t place,
                                        const struct delta_value *value) {
    struct layout_value best = {0};
    int side = winner(c);
    for (int distance = -1; distance >= -NEAR; distance = next_distance(distance)) {
        uint32_t part = neighbour(c, place, distance);
        if (part == NO_INDEX || layout_part_in(c, side, part) == NO_INDEX)
            continue;
        struct layout_value at = layout_value_in(c, side, part);
        if (!layout_is_like(value, at.value))
            continue;
        if (at.value->length >= value->length)
            return at;
        if (!best.value || at.value->length > best.value->length)
            best = at;
    }
    return best;
}

/* The part of `of` that is like `value`: a member of the same key, or the first element. */
static struct layout_value find_part(const struct layout_value *of, const struct value_key *key,
                                     const struct delta_value *value) {
    uint32_t node = of->node + 1;
    for (uint32_t i = 0; i < of->value->length && i < MEMBERS; i++) {
        bool named = !key || value_key_equal(value_members(of->value)[i].key, key);
        if (named && layout_is_like(value, layout_part_of(of->value, i)))
            return layout_part(of, i, node);
        node = of->text->outline.nodes.items[node].next;
    }
    return (struct layout_value){0};
}

/* The same place in a container beside this one: other elements of a list have the same members. */
static struct layout_value find_cousin(const struct layout_container *c,
                                       const struct value_key *key,
                                       const struct delta_value *value) {
    const struct layout_container *around = c->around;
    if (!around)
        return (struct layout_value){0};
    int side = winner(around);
    for (int distance = -1; distance >= -NEAR; distance = next_distance(distance)) {
        int64_t part = (int64_t)c->index + distance;
        if (part < 0 || part >= around->value->length ||
            layout_part_in(around, side, (uint32_t)part) == NO_INDEX)
            continue;
        struct layout_value beside = layout_value_in(around, side, (uint32_t)part);
        if (!layout_is_like(c->value, beside.value))
            continue;
        struct layout_value found = find_part(&beside, key, value);
        if (found.value)
            return found;
    }
    return (struct layout_value){0};
}

struct layout_value layout_model_rewritten(const struct layout_container *c, uint32_t place,
                                           int side, const struct layout_value *source) {
    int other = side == OURS ? THEIRS : OURS;
    if (!c->part[other])
        return (struct layout_value){0};
    for (int distance = -1; distance >= -NEAR; distance = next_distance(distance)) {
        uint32_t part = neighbour(c, place, distance);
        if (part == NO_INDEX || layout_part_in(c, side, part) == NO_INDEX ||
            layout_part_in(c, other, part) == NO_INDEX)
            continue;
        struct layout_value here = layout_value_in(c, side, part);
        struct layout_value there = layout_value_in(c, other, part);
        if (!layout_is_like(source->value, here.value) ||
            !layout_is_like(source->value, there.value))
            continue;
        if (is_written_alike(&here, &there) || !is_written_alike(&here, source))
            break;
        if (layout_part_in(c, BASE, part) == NO_INDEX)
            return other == OURS ? there : (struct layout_value){0};
        struct layout_value before = layout_value_in(c, BASE, part);
        bool rewrote =
            !layout_is_like(source->value, before.value) || is_written_alike(&before, &here);
        return rewrote ? there : (struct layout_value){0};
    }
    return (struct layout_value){0};
}

struct layout_value layout_model_near(const struct layout_container *c, uint32_t place,
                                      const struct delta_value *value) {
    struct layout_value model = find_sibling(c, place, value);
    if (model.value)
        return model;
    bool object = c->value->type == DELTA_OBJECT;
    uint32_t part = neighbour(c, place, 0);
    return find_cousin(c, object ? value_members(c->value)[part].key : NULL, value);
}
