/* The removed values are numbered by their hash, and each new one is looked up among them. A value
 * that another member has too, in the base or among what is set, tells nothing: of the media types
 * in mime-db, hundreds are {"source":"iana"}, and one that is removed is not another that is new.
 *
 * Why TELLING: browsers' shares in caniuse are members of a version, so that a new version seems to
 * be an old one renamed. From 1600 to 1612 text has 1,335 such moves with 1, 132 with 4, 3 with 8
 * and none with 16; but then one would not see that a key of a date or an address was renamed. */
#include "diff/renames.h"

#include "base/err.h"
#include "diff/symbols.h"

#include <stdlib.h>

enum { TELLING = 8 }; /* bytes of a string or number that is not the same by chance */

static bool is_telling(const struct delta_value *value) {
    if (value_is_container(value))
        return value->length > 0;
    return value->type >= DELTA_NUMBER && value->length >= TELLING;
}

/* Who has the value of a removed member. */
struct use {
    uint32_t removed;       /* the member of the patch, */
    uint32_t set;           /* and a new one that has the value too, or NO_INDEX */
    uint32_t before, after; /* members of the base, and members that are set, that have it */
};

/* The values of removed members, by symbol. */
struct removed_values {
    struct symbols symbols;
    struct use *uses;
};

static int note_removed(const struct renames *renames, const struct delta_value *base,
                        const struct delta_patch *patch, struct removed_values *values) {
    for (uint32_t i = 0; i < patch->count; i++) {
        if (patch->members[i].change != PATCH_REMOVE || renames->places[i] == NO_INDEX)
            continue;
        const struct delta_value *old = &value_members(base)[renames->places[i]].value;
        if (!is_telling(old))
            continue;
        uint32_t symbol = symbols_put(&values->symbols, value_hash(old));
        if (symbol == NO_INDEX)
            return -1;
        values->uses[symbol] = (struct use){.removed = i, .set = NO_INDEX};
    }
    return 0;
}

static struct use *find_use(const struct removed_values *values, const struct delta_value *value) {
    uint32_t symbol =
        is_telling(value) ? symbols_find(&values->symbols, value_hash(value)) : NO_INDEX;
    return symbol == NO_INDEX ? NULL : &values->uses[symbol];
}

/* Counts the members that are set to one of the values; says whether there are any. */
static bool count_set(const struct renames *renames, const struct delta_patch *patch,
                      const struct removed_values *values) {
    bool any = false;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct patch_member *member = &patch->members[i];
        struct use *use = member->change == PATCH_SET ? find_use(values, &member->value) : NULL;
        if (!use)
            continue;
        use->after++;
        use->set = renames->places[i] == NO_INDEX ? i : NO_INDEX;
        any = true;
    }
    return any;
}

static void count_held(const struct delta_value *base, const struct removed_values *values) {
    for (uint32_t n = 0; n < base->length; n++) {
        struct use *use = find_use(values, &value_members(base)[n].value);
        if (use)
            use->before++;
    }
}

static void pair(struct renames *renames, const struct removed_values *values) {
    for (uint32_t n = 0; n < values->symbols.count; n++) {
        const struct use *use = &values->uses[n];
        if (use->before != 1 || use->after != 1 || use->set == NO_INDEX)
            continue;
        renames->from[use->set] = use->removed;
        renames->renamed[use->removed] = true;
    }
}

static int find_renames(struct renames *renames, const struct delta_value *base,
                        const struct delta_patch *patch, struct delta_err *err) {
    struct removed_values values = {
        .uses = reallocarray(NULL, (size_t)patch->count + 1, sizeof *values.uses)};
    int status = values.uses ? note_removed(renames, base, patch, &values) : -1;
    if (status == 0 && count_set(renames, patch, &values)) {
        count_held(base, &values);
        pair(renames, &values);
    }
    free(values.uses);
    symbols_free(&values.symbols);
    return status ? err_memory(err) : 0;
}

int renames_open(struct renames *renames, const struct delta_value *base,
                 const struct delta_patch *patch, struct delta_err *err) {
    *renames = (struct renames){
        .places = patch_places(patch, base),
        .from = reallocarray(NULL, (size_t)patch->count + 1, sizeof *renames->from),
        .renamed = calloc((size_t)patch->count + 1, sizeof *renames->renamed),
    };
    if (!renames->places || !renames->from || !renames->renamed)
        return err_memory(err);
    for (uint32_t i = 0; i < patch->count; i++)
        renames->from[i] = NO_INDEX;
    return find_renames(renames, base, patch, err);
}

void renames_close(struct renames *renames) {
    free(renames->places);
    free(renames->from);
    free(renames->renamed);
    *renames = (struct renames){0};
}
