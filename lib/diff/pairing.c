#include "diff/pairing.h"

#include "base/err.h"
#include "diff/sequence.h"

#include <string.h>

enum {
    COMMON = 8,       /* a part that stands in more elements than this tells nothing */
    PARTS_MAX = 4096, /* parts of one element that are looked at */
    LONG_STRING = 48, /* bytes from which a string may be worth a patch of its own */
};

/* An element of `a` that has a certain part. */
struct holder {
    uint32_t element;
    uint32_t next; /* holder of the same part, or SEQUENCE_NONE */
};

struct pairing {
    struct delta_arena *arena;
    const struct pairing_arrays *arrays;
    uint32_t *edited;
    bool *taken; /* by element of `a`: it has a match */
    struct symbols parts;
    uint32_t known;  /* parts that elements of `a` have: the first symbols */
    uint32_t *first; /* by part: its first holder */
    uint8_t *held;   /* by part: by how many elements of `a` */
    struct holder *holders;
    uint32_t holders_count;
    uint32_t *votes; /* by element of `a`: parts shared with the element of `b` at hand */
    struct delta_err *err;
};

static uint32_t part_count(const struct delta_value *value) {
    if (!value_is_container(value))
        return 0;
    return value->length < PARTS_MAX ? value->length : PARTS_MAX;
}

static struct delta_digest part_digest(const struct delta_value *value, uint32_t index) {
    return value->type == DELTA_OBJECT ? value_member_digest(&value_members(value)[index])
                                       : delta_value_digest(&value_items(value)[index]);
}

/* Counts and notes which left-over elements of `a` have which parts. */
static int note_parts(struct pairing *p) {
    const struct pairing_arrays *arrays = p->arrays;
    size_t total = 0;
    for (uint32_t i = 0; i < arrays->a_count; i++)
        if (!p->taken[i])
            total += part_count(&arrays->a[i]);
    p->first = arena_array(p->arena, total, sizeof *p->first);
    p->held = arena_array(p->arena, total, sizeof *p->held);
    p->holders = arena_array(p->arena, total, sizeof *p->holders);
    if (!p->first || !p->held || !p->holders)
        return err_memory(p->err);
    memset(p->held, 0, total);
    for (uint32_t i = 0; i < arrays->a_count; i++) {
        uint32_t parts = p->taken[i] ? 0 : part_count(&arrays->a[i]);
        for (uint32_t n = 0; n < parts; n++) {
            uint32_t part = symbols_put(&p->parts, part_digest(&arrays->a[i], n));
            if (part == SEQUENCE_NONE)
                return err_memory(p->err);
            if (p->held[part] > COMMON)
                continue;
            uint32_t next = p->held[part]++ ? p->first[part] : SEQUENCE_NONE;
            p->first[part] = p->holders_count;
            p->holders[p->holders_count++] = (struct holder){.element = i, .next = next};
        }
    }
    return 0;
}

/* Enough in common to be called the same thing, changed: a third of the parts of the larger. */
static bool alike(const struct delta_value *a, const struct delta_value *b, uint32_t shared) {
    uint32_t larger = part_count(a) > part_count(b) ? part_count(a) : part_count(b);
    return a->type == b->type && (uint64_t)shared * 3 >= larger;
}

/* Parts that two elements share, all of them; the votes leave out the common ones. */
static uint32_t shared_parts(const struct delta_value *a, const struct delta_value *b) {
    uint32_t shared = 0;
    if (a->type != b->type || a->type != DELTA_OBJECT)
        return 0;
    for (uint32_t n = 0; n < part_count(b) && n < 64; n++) {
        const struct value_member *member = value_member(a, value_members(b)[n].key);
        shared += member && value_same(&member->value, &value_members(b)[n].value);
    }
    return shared;
}

/* Gives element `j` of `b` the free element of `a` that shares most parts with it; among equals the
 * one that follows what its predecessor came from. */
static int pair_by_votes(struct pairing *p, uint32_t j, uint32_t expected) {
    const struct delta_value *element = &p->arrays->b[j];
    uint32_t best = SEQUENCE_NONE;
    uint32_t parts = part_count(element);
    for (int pass = 0; pass < 2; pass++) { /* the second takes the votes back */
        for (uint32_t n = 0; n < parts; n++) {
            uint32_t part = symbols_put(&p->parts, part_digest(element, n));
            if (part == SEQUENCE_NONE)
                return err_memory(p->err);
            if (part >= p->known || p->held[part] > COMMON)
                continue;
            for (uint32_t at = p->first[part]; at != SEQUENCE_NONE; at = p->holders[at].next) {
                uint32_t i = p->holders[at].element;
                if (pass) {
                    p->votes[i] = 0;
                    continue;
                }
                p->votes[i]++;
                if (p->taken[i] || p->arrays->a[i].type != element->type)
                    continue;
                if (best == SEQUENCE_NONE || p->votes[i] > p->votes[best] ||
                    (p->votes[i] == p->votes[best] && i == expected))
                    best = i;
            }
        }
        if (pass == 0 && best != SEQUENCE_NONE) {
            const struct delta_value *old = &p->arrays->a[best];
            uint32_t shared = p->votes[best];
            if (!alike(old, element, shared) && !alike(old, element, shared_parts(old, element)))
                best = SEQUENCE_NONE;
        }
    }
    if (best != SEQUENCE_NONE) {
        p->edited[j] = best;
        p->taken[best] = true;
    }
    return 0;
}

static bool worth_an_edit(const struct delta_value *a, const struct delta_value *b) {
    return a->type == b->type &&
           (value_is_container(a) || (a->type == DELTA_STRING && a->length >= LONG_STRING));
}

/* Where as many elements are left over on both sides of a gap between two neighbours that were
 * kept, each is taken for a change of the one in its place. */
static void pair_by_place(struct pairing *p) {
    const struct pairing_arrays *arrays = p->arrays;
    uint32_t after = 0; /* the element of `a` that would come next */
    for (uint32_t j = 0; j < arrays->b_count;) {
        uint32_t from = arrays->source[j] != SEQUENCE_NONE ? arrays->source[j] : p->edited[j];
        if (from != SEQUENCE_NONE) {
            after = from + 1;
            j++;
            continue;
        }
        uint32_t end = j, old_end = after;
        while (end < arrays->b_count && arrays->source[end] == SEQUENCE_NONE &&
               p->edited[end] == SEQUENCE_NONE)
            end++;
        while (old_end < arrays->a_count && !p->taken[old_end])
            old_end++;
        if (end - j == old_end - after) {
            for (uint32_t n = 0; n < end - j; n++) {
                if (!worth_an_edit(&arrays->a[after + n], &arrays->b[j + n]))
                    continue;
                p->edited[j + n] = after + n;
                p->taken[after + n] = true;
            }
        }
        j = end;
    }
}

/* ---- By usual names ---- */

const char *const pair_usual_names[] = {"name", "id", "key", "uid", "uuid", NULL};

/* Who has a name: one element, none, or several. */
struct named {
    uint32_t old_element, new_element; /* SEQUENCE_NONE: nobody */
    bool several;
};

/* Notes who has which name, under `key`, of the elements without a match. */
static int note_names(struct pairing *p, const char *key, struct symbols *table,
                      struct named *named, bool of_new) {
    const struct pairing_arrays *arrays = p->arrays;
    uint32_t count = of_new ? arrays->b_count : arrays->a_count;
    for (uint32_t i = 0; i < count; i++) {
        bool matched = of_new ? arrays->source[i] != SEQUENCE_NONE || p->edited[i] != SEQUENCE_NONE
                              : p->taken[i];
        const struct delta_value *name =
            matched ? NULL : value_get(of_new ? &arrays->b[i] : &arrays->a[i], key);
        if (!name || (name->type != DELTA_STRING && name->type != DELTA_NUMBER))
            continue;
        uint32_t known = table->count;
        uint32_t symbol = symbols_put(table, delta_value_digest(name));
        if (symbol == SEQUENCE_NONE)
            return err_memory(p->err);
        if (symbol == known)
            named[symbol] = (struct named){SEQUENCE_NONE, SEQUENCE_NONE, false};
        uint32_t *holder = of_new ? &named[symbol].new_element : &named[symbol].old_element;
        named[symbol].several |= *holder != SEQUENCE_NONE;
        *holder = i;
    }
    return 0;
}

static int pair_by_usual_names(struct pairing *p) {
    size_t most = (size_t)p->arrays->a_count + (size_t)p->arrays->b_count;
    struct named *named = arena_array(p->arena, most, sizeof *named);
    if (!named)
        return err_memory(p->err);
    for (size_t i = 0; pair_usual_names[i]; i++) {
        struct symbols table = {0};
        int status = note_names(p, pair_usual_names[i], &table, named, false) ||
                             note_names(p, pair_usual_names[i], &table, named, true)
                         ? -1
                         : 0;
        for (uint32_t n = 0; n < table.count && status == 0; n++) {
            if (named[n].several || named[n].old_element == SEQUENCE_NONE ||
                named[n].new_element == SEQUENCE_NONE)
                continue;
            p->edited[named[n].new_element] = named[n].old_element;
            p->taken[named[n].old_element] = true;
        }
        symbols_free(&table);
        if (status)
            return -1;
    }
    return 0;
}

static int pair_all(struct pairing *p) {
    const struct pairing_arrays *arrays = p->arrays;
    p->taken = arena_alloc(p->arena, (size_t)arrays->a_count + 1);
    p->votes = arena_array(p->arena, arrays->a_count, sizeof *p->votes);
    if (!p->taken || !p->votes)
        return err_memory(p->err);
    memset(p->taken, 0, arrays->a_count);
    memset(p->votes, 0, arrays->a_count * sizeof *p->votes);
    for (uint32_t j = 0; j < arrays->b_count; j++)
        if (arrays->source[j] != SEQUENCE_NONE)
            p->taken[arrays->source[j]] = true;
    if (pair_by_usual_names(p) || note_parts(p))
        return -1;
    p->known = p->parts.count;
    uint32_t expected = 0;
    for (uint32_t j = 0; j < arrays->b_count; j++) {
        if (arrays->source[j] == SEQUENCE_NONE && p->edited[j] == SEQUENCE_NONE &&
            pair_by_votes(p, j, expected))
            return -1;
        uint32_t from = arrays->source[j] != SEQUENCE_NONE ? arrays->source[j] : p->edited[j];
        if (from != SEQUENCE_NONE)
            expected = from + 1;
    }
    pair_by_place(p);
    return 0;
}

int pair_alike(struct delta_arena *arena, const struct pairing_arrays *arrays, uint32_t *edited,
               struct delta_err *err) {
    for (uint32_t j = 0; j < arrays->b_count; j++)
        edited[j] = SEQUENCE_NONE;
    struct arena_mark mark = arena_mark(arena);
    struct pairing pairing = {.arena = arena, .arrays = arrays, .edited = edited, .err = err};
    int status = pair_all(&pairing);
    symbols_free(&pairing.parts);
    arena_rewind(arena, mark);
    return status;
}

/* ---- By name ---- */

/* The symbol of what names the element, or SEQUENCE_NONE when nothing does. */
static int name_of(struct symbols *names, const struct delta_value *element, const char *key,
                   uint32_t *name, struct delta_err *err) {
    const struct delta_value *value = value_get(element, key);
    *name = SEQUENCE_NONE;
    if (!value)
        return 0;
    *name = symbols_put(names, delta_value_digest(value));
    return *name == SEQUENCE_NONE ? err_memory(err) : 0;
}

/* `named` gets, by name, the first element of `a` without a match; `next` the others after it. */
static int pair_names(const struct pairing_arrays *arrays, const char *key, struct symbols *names,
                      uint32_t *named, uint32_t *next, uint32_t *edited, struct delta_err *err) {
    for (uint32_t i = 0; i < arrays->a_count; i++)
        next[i] = SEQUENCE_NONE;
    for (uint32_t j = 0; j < arrays->b_count; j++)
        if (arrays->source[j] != SEQUENCE_NONE)
            next[arrays->source[j]] = arrays->source[j]; /* it is taken */
    uint32_t known = 0;
    for (uint32_t i = arrays->a_count; i-- > 0;) {
        uint32_t name;
        if (next[i] == i)
            continue;
        if (name_of(names, &arrays->a[i], key, &name, err))
            return -1;
        if (name == SEQUENCE_NONE)
            continue;
        next[i] = name == known ? SEQUENCE_NONE : named[name];
        named[name] = i;
        known = names->count;
    }
    for (uint32_t j = 0; j < arrays->b_count; j++) {
        uint32_t name;
        if (arrays->source[j] != SEQUENCE_NONE)
            continue;
        if (name_of(names, &arrays->b[j], key, &name, err))
            return -1;
        if (name >= known || named[name] == SEQUENCE_NONE)
            continue;
        edited[j] = named[name];
        named[name] = next[named[name]];
    }
    return 0;
}

int pair_keyed(struct delta_arena *arena, const struct pairing_arrays *arrays, const char *key,
               uint32_t *edited, struct delta_err *err) {
    for (uint32_t j = 0; j < arrays->b_count; j++)
        edited[j] = SEQUENCE_NONE;
    struct arena_mark mark = arena_mark(arena);
    struct symbols names = {0};
    uint32_t *named = arena_array(arena, arrays->a_count, sizeof *named);
    uint32_t *next = arena_array(arena, arrays->a_count, sizeof *next);
    int status =
        named && next ? pair_names(arrays, key, &names, named, next, edited, err) : err_memory(err);
    symbols_free(&names);
    arena_rewind(arena, mark);
    return status;
}
