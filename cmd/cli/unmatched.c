#include "cli/unmatched.h"

#include "cli/cli.h"
#include "cli/memory.h"

#include <stdatomic.h>

struct watched {
    const char *option;
    struct delta_array_key key; /* `member` is NULL but for options of the form PATTERN=TEXT */
    bool is_key;                /* elements must have `member` */
    bool verbose;               /* reported with -v only */
    atomic_int seen;            /* the most that was found: enum delta_key_found */
};

struct unmatched {
    struct cli *cli;
    struct watched *items;
    size_t count;
};

static void watch_list(struct unmatched *unmatched, const char *option, bool verbose,
                       const struct cli_list *list) {
    for (size_t i = 0; i < list->count && (!verbose || unmatched->cli->verbose); i++)
        unmatched->items[unmatched->count++] =
            (struct watched){.option = option, .key = {list->items[i], NULL}, .verbose = verbose};
}

static int watch_pairs(struct unmatched *unmatched, const char *option, bool is_key, bool verbose,
                       const struct cli_pairs *pairs) {
    const struct delta_array_key *keys = filtering_keys(unmatched->cli, pairs);
    for (size_t i = 0; keys && i < pairs->count && (!verbose || unmatched->cli->verbose); i++)
        unmatched->items[unmatched->count++] = (struct watched){
            .option = option, .key = keys[i], .is_key = is_key, .verbose = verbose};
    return keys ? 0 : -1;
}

struct unmatched *unmatched_new(struct cli *cli, const struct filtering *given) {
    struct unmatched *unmatched = cli_alloc(cli, 1, sizeof *unmatched);
    size_t most = given->mask.count + given->only.count + given->array_keys.count +
                  given->ignore.count + given->unordered.count + given->embedded.count +
                  given->tolerances.count;
    if (!unmatched)
        return NULL;
    unmatched->cli = cli;
    unmatched->items = cli_alloc(cli, most + 1, sizeof *unmatched->items);
    if (!unmatched->items)
        return NULL;
    watch_list(unmatched, "mask", false, &given->mask);
    watch_list(unmatched, "only", false, &given->only);
    if (watch_pairs(unmatched, "array-key", true, false, &given->array_keys))
        return NULL;
    watch_list(unmatched, "ignore", true, &given->ignore);
    watch_list(unmatched, "unordered", true, &given->unordered);
    watch_list(unmatched, "embedded", true, &given->embedded);
    if (watch_pairs(unmatched, "tolerance", false, true, &given->tolerances))
        return NULL;
    return unmatched;
}

bool unmatched_any(const struct unmatched *unmatched) {
    for (size_t i = 0; i < unmatched->count; i++)
        if (atomic_load(&unmatched->items[i].seen) != DELTA_KEY_FOUND)
            return true;
    return false;
}

static int look(struct watched *watched, const struct delta_value *state, struct delta_err *err) {
    int seen = atomic_load(&watched->seen);
    if (seen == DELTA_KEY_FOUND)
        return 0;
    int found = watched->is_key ? delta_array_key_selects(&watched->key, state, err)
                                : delta_pattern_selects(watched->key.pointer, state, err);
    if (found < 0)
        return -1;
    if (!watched->is_key && found)
        found = DELTA_KEY_FOUND;
    while (seen < found && !atomic_compare_exchange_weak(&watched->seen, &seen, found))
        continue;
    return 0;
}

int unmatched_look(struct unmatched *unmatched, const struct delta_filter *filter,
                   struct delta_arena *arena, const struct delta_value *state,
                   struct delta_err *err) {
    if (!state || !unmatched_any(unmatched))
        return 0;
    if (filter && !(state = delta_filter_expand(arena, filter, state, err)))
        return -1;
    for (size_t i = 0; i < unmatched->count; i++)
        if (look(&unmatched->items[i], state, err))
            return -1;
    return 0;
}

void unmatched_warn(const struct unmatched *unmatched, const char *where) {
    for (size_t i = 0; i < unmatched->count; i++) {
        const struct watched *watched = &unmatched->items[i];
        const char *member = watched->key.member;
        int seen = atomic_load(&watched->seen);
        if (seen == DELTA_KEY_LACKING)
            cli_warn(unmatched->cli, "--array-key=%s=%s: no element has this key %s",
                     watched->key.pointer, member, where);
        else if (seen == DELTA_KEY_NOTHING)
            (watched->verbose ? cli_verbose : cli_warn)(
                unmatched->cli, "--%s=%s%s%s selects nothing %s", watched->option,
                watched->key.pointer, member ? "=" : "", member ? member : "", where);
    }
}
