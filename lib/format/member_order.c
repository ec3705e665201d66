#include "format/member_order.h"

#include "base/err.h"
#include "format/counterpart.h"

#include <stdlib.h>
#include <string.h>

typedef int compare_function(const struct value_key *a, const struct value_key *b);

/* Members as indices into `members`, in an order. */
struct sequence {
    uint32_t *items;
    uint32_t count;
};

struct ordering {
    const struct value_member *members;
    uint32_t count;
    struct sequence first;    /* the members of the side whose order it is */
    struct sequence second;   /* of the other side */
    compare_function *sorted; /* the order of both, or NULL */
    uint32_t *order;
    uint32_t done;
};

/* ---- Sorted members ---- */

enum { ENOUGH = 3 }; /* members, in order, that are so not by chance */

static unsigned char fold(char c) {
    unsigned char byte = (unsigned char)c;
    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte + 'a' - 'A') : byte;
}

/* Without regard to the case of ASCII letters. */
static int compare_folded(const struct value_key *a, const struct value_key *b) {
    uint32_t shorter = a->length < b->length ? a->length : b->length;
    for (uint32_t i = 0; i < shorter; i++)
        if (fold(a->text[i]) != fold(b->text[i]))
            return fold(a->text[i]) < fold(b->text[i]) ? -1 : 1;
    return (a->length > b->length) - (a->length < b->length);
}

static bool is_sorted(const struct ordering *o, struct sequence sequence,
                      compare_function *compare) {
    for (uint32_t i = 1; i < sequence.count; i++)
        if (compare(o->members[sequence.items[i - 1]].key, o->members[sequence.items[i]].key) > 0)
            return false;
    return true;
}

static compare_function *common_order(const struct ordering *o) {
    static compare_function *const orders[] = {value_key_compare, compare_folded};
    if (o->first.count < ENOUGH && o->second.count < ENOUGH)
        return NULL;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (is_sorted(o, o->first, orders[i]) && is_sorted(o, o->second, orders[i]))
            return orders[i];
    return NULL;
}

static void put(struct ordering *o, uint32_t member) {
    o->order[o->done++] = member;
}

/* Puts two runs, into one another where that keeps them sorted. */
static void put_both(struct ordering *o, struct sequence a, struct sequence b) {
    uint32_t i = 0;
    uint32_t j = 0;
    while (i < a.count && j < b.count) {
        bool later =
            o->sorted && o->sorted(o->members[b.items[j]].key, o->members[a.items[i]].key) < 0;
        put(o, later ? b.items[j++] : a.items[i++]);
    }
    while (i < a.count)
        put(o, a.items[i++]);
    while (j < b.count)
        put(o, b.items[j++]);
}

/* ---- Two sides ---- */

/* The members that are in a side, in its order. `items` has room for all of them. */
static int list_side(const struct ordering *o, const struct member_order_side *side,
                     struct sequence *out, struct delta_err *err) {
    out->count = 0;
    if (!side->part)
        return 0;
    uint32_t *at = malloc(((size_t)side->count + 1) * sizeof *at); /* by index in the side */
    if (!at)
        return err_memory(err);
    for (uint32_t i = 0; i < side->count; i++)
        at[i] = NO_INDEX;
    for (uint32_t i = 0; i < o->count; i++)
        if (side->part[i] != NO_INDEX)
            at[side->part[i]] = i;
    for (uint32_t i = 0; i < side->count; i++)
        if (at[i] != NO_INDEX)
            out->items[out->count++] = at[i];
    free(at);
    return 0;
}

/* True when a side has members of the base in another order than the base. */
static bool reorders(const struct sequence *side, const struct member_order_side *base) {
    uint32_t last = 0;
    for (uint32_t i = 0; i < side->count; i++) {
        uint32_t place = base->part[side->items[i]];
        if (place == NO_INDEX)
            continue;
        if (place < last)
            return true;
        last = place;
    }
    return false;
}

static bool is_in(const struct member_order_side *side, uint32_t member) {
    return side->part && side->part[member] != NO_INDEX;
}

/* By member of `second`: where in it the members begin that follow that one. `start[count]`: where
 * all do. */
static void find_runs(const struct ordering *o, uint32_t *start) {
    start[o->count] = 0;
    for (uint32_t i = 0; i < o->second.count; i++)
        start[o->second.items[i]] = i + 1;
}

/* The run of members from `from` on that are not in the other side. */
static struct sequence own_run(struct sequence sequence, uint32_t from,
                               const struct member_order_side *other) {
    struct sequence run = {sequence.items + from, 0};
    while (from + run.count < sequence.count && !is_in(other, run.items[run.count]))
        run.count++;
    return run;
}

static void put_sides(struct ordering *o, const struct member_order_side *first,
                      const struct member_order_side *second, uint32_t *start) {
    find_runs(o, start);
    uint32_t anchor = o->count;
    uint32_t i = 0;
    for (;;) {
        struct sequence own = own_run(o->first, i, second);
        put_both(o, own, own_run(o->second, start[anchor], first));
        i += own.count;
        if (i == o->first.count)
            return;
        anchor = o->first.items[i++];
        put(o, anchor);
    }
}

/* ---- Members of neither side ---- */

static int compare_places(const void *a, const void *b, void *context) {
    const struct ordering *o = context;
    return value_key_compare(o->members[*(const uint32_t *)a].key,
                             o->members[*(const uint32_t *)b].key);
}

/* Adds members that are in neither side to the order so far, a copy of which `old` has room for. */
static void put_rest(struct ordering *o, struct sequence rest, uint32_t *old) {
    struct sequence have = {old, o->done};
    memcpy(old, o->order, o->done * sizeof *old);
    o->sorted = NULL;
    if (have.count >= ENOUGH && is_sorted(o, have, value_key_compare)) {
        qsort_r(rest.items, rest.count, sizeof *rest.items, compare_places, o);
        o->sorted = value_key_compare;
    }
    o->done = 0;
    put_both(o, have, rest);
}

int member_order_find(const struct delta_value *object, const struct member_order_side *base,
                      const struct member_order_side *ours, const struct member_order_side *theirs,
                      uint32_t *order, struct delta_err *err) {
    struct ordering o = {.members = value_members(object), .count = object->length, .order = order};
    size_t room = (size_t)o.count + 1;
    uint32_t *memory = calloc(4 * room, sizeof *memory);
    if (!memory)
        return err_memory(err);
    struct sequence rest = {memory + 2 * room, 0};
    o.first.items = memory;
    o.second.items = memory + room;
    int result = -1;
    if (list_side(&o, ours, &o.first, err) || list_side(&o, theirs, &o.second, err))
        goto out;
    if (base->part && !reorders(&o.first, base) && reorders(&o.second, base)) {
        struct sequence other = o.first;
        const struct member_order_side *side = ours;
        o.first = o.second;
        o.second = other;
        ours = theirs;
        theirs = side;
    }
    o.sorted = common_order(&o);
    put_sides(&o, ours, theirs, memory + 3 * room);
    for (uint32_t i = 0; i < o.count; i++)
        if (!is_in(ours, i) && !is_in(theirs, i))
            rest.items[rest.count++] = i;
    if (rest.count)
        put_rest(&o, rest, memory);
    result = 0;
out:
    free(memory);
    return result;
}
