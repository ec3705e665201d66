/* A rule leaves out as many changes as there are fewer with it alone than without any. So a change
 * that two rules leave out is counted for both. A mask leaves nothing out: what it masks is counted
 * with --only of its pattern. */
#include "diff/explain.h"

#include "cli/cli.h"
#include "cli/memory.h"
#include "report/change_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The lists of which each item is a rule. */
struct list_of {
    const char *option;
    size_t offset; /* in struct filtering */
    bool masks;
};

static const struct list_of lists[] = {
    {"ignore", offsetof(struct filtering, ignore), false},
    {"mask", offsetof(struct filtering, mask), true},
    {"unordered", offsetof(struct filtering, unordered), false},
    {"embedded", offsetof(struct filtering, embedded), false},
};

struct listing {
    struct cli *cli;
    struct delta_arena *arena;
    const struct filtering *filtering;
    struct explained *rules;
    size_t count;
};

/* Adds a rule; `alone` has all that its filter needs but the keys of arrays. */
static int add(struct listing *listing, struct explained rule, struct filtering alone) {
    alone.array_keys = listing->filtering->array_keys;
    int status = filtering_make_sections(listing->cli, &alone, 0, listing->arena, &rule.alone);
    if (status == CLI_OK)
        listing->rules[listing->count++] = rule;
    return status;
}

/* The line of a file that this argument is of, or NULL. */
static const struct rule *find_line(const struct filtering *filtering, const char *argument) {
    for (size_t i = 0; i < filtering->read.count; i++)
        if (filtering->read.items[i].argument == argument)
            return &filtering->read.items[i];
    return NULL;
}

/* What is said of an option with this argument; `line` is that of the file that it is of, or NULL.
 */
static struct explained of_line(const char *option, const char *argument, const struct rule *line) {
    return (struct explained){.option = option,
                              .argument = argument,
                              .file = line ? line->file : NULL,
                              .line = line ? line->line : 0,
                              .section = line ? line->section : 0};
}

static int add_item(struct listing *listing, const struct list_of *of, const char *argument,
                    const struct rule *line) {
    struct filtering alone = {0};
    struct explained rule = of_line(of->option, argument, line);
    size_t place = of->masks ? offsetof(struct filtering, only) : of->offset;
    struct cli_list one = {.items = cli_alloc(listing->cli, 1, sizeof *one.items), .count = 1};
    if (!one.items)
        return CLI_TROUBLE;
    one.items[0] = argument;
    memcpy((char *)&alone + place, &one, sizeof one);
    rule.masks = of->masks;
    return add(listing, rule, alone);
}

static int add_list(struct listing *listing, const struct list_of *of) {
    struct cli_list list;
    const struct rules *read = &listing->filtering->read;
    int status = CLI_OK;
    memcpy(&list, (const char *)listing->filtering + of->offset, sizeof list);
    for (size_t i = 0; i < list.count && status == CLI_OK; i++)
        status = add_item(listing, of, list.items[i], find_line(listing->filtering, list.items[i]));
    for (size_t i = 0; i < read->count && status == CLI_OK; i++)
        if (read->items[i].section && strcmp(read->items[i].row->name, of->option) == 0)
            status = add_item(listing, of, read->items[i].argument, &read->items[i]);
    return status;
}

/* The argument is all that follows the option, of which the pair's left side is the beginning. */
static int add_tolerance(struct listing *listing, const struct cli_pair *pair,
                         const struct rule *line) {
    struct cli_pairs one = {.items = cli_alloc(listing->cli, 1, sizeof *one.items), .count = 1};
    if (!one.items)
        return CLI_TROUBLE;
    one.items[0] = *pair;
    return add(listing, of_line("tolerance", pair->left, line),
               (struct filtering){.tolerances = one});
}

static int add_tolerances(struct listing *listing) {
    const struct cli_pairs *pairs = &listing->filtering->tolerances;
    int status = CLI_OK;
    for (size_t i = 0; i < pairs->count && status == CLI_OK; i++)
        status = add_tolerance(listing, &pairs->items[i],
                               find_line(listing->filtering, pairs->items[i].left));
    return status;
}

/* A rule of a section that is not one of a list. */
static int add_of_section(struct listing *listing, const struct rule *line) {
    const char *name = line->row->name;
    struct filtering alone = {.numeric = strcmp(name, "numeric") == 0,
                              .keys_only = strcmp(name, "keys-only") == 0};
    if (strcmp(name, "tolerance") == 0)
        return add_tolerance(listing, &line->pair, line);
    return alone.numeric || alone.keys_only ? add(listing, of_line(name, NULL, line), alone)
                                            : CLI_OK;
}

bool explain_has_rules(const struct filtering *filtering) {
    struct filtering without = *filtering;
    without.array_keys.count = 0;
    return filtering_given(&without);
}

int explain_make(struct cli *cli, const struct filtering *filtering, struct delta_arena *arena,
                 struct explain *explain) {
    struct listing listing = {.cli = cli, .arena = arena, .filtering = filtering};
    size_t most = filtering->read.count + filtering->ignore.count + filtering->mask.count +
                  filtering->unordered.count + filtering->embedded.count +
                  filtering->tolerances.count + 3;
    listing.rules = cli_alloc(cli, most, sizeof *listing.rules);
    explain->left_out = cli_alloc(cli, most, sizeof *explain->left_out);
    if (!listing.rules || !explain->left_out)
        return CLI_TROUBLE;
    int status = CLI_OK;
    if (filtering->only.count)
        status = add(&listing, (struct explained){.option = "only"},
                     (struct filtering){.only = filtering->only});
    for (size_t i = 0; i < sizeof lists / sizeof *lists && status == CLI_OK; i++)
        status = add_list(&listing, &lists[i]);
    if (status == CLI_OK && filtering->numeric)
        status = add(&listing, (struct explained){.option = "numeric"},
                     (struct filtering){.numeric = true});
    if (status == CLI_OK && filtering->keys_only)
        status = add(&listing, (struct explained){.option = "keys-only"},
                     (struct filtering){.keys_only = true});
    if (status == CLI_OK)
        status = add_tolerances(&listing);
    for (size_t i = 0; i < filtering->read.count && status == CLI_OK; i++)
        if (filtering->read.items[i].section)
            status = add_of_section(&listing, &filtering->read.items[i]);
    explain->rules = listing.rules;
    explain->count = listing.count;
    return status;
}

/* The number of changes that a filter leaves; NULL: all. */
static int count(const struct delta_filter *filter, const struct delta_value *old_state,
                 const struct delta_value *new_state, uint64_t *number, struct delta_err *err) {
    struct delta_diff_options dict = {
        .strategy = DELTA_DICT, .elementwise = true, .filter = filter};
    uint64_t counts[CHANGE_KINDS] = {0};
    struct delta_arena *arena = delta_arena_new();
    if (arena && filter)
        new_state = delta_filter_place(arena, filter, old_state, new_state, &dict.places, err);
    const struct delta_record *record =
        arena && new_state ? delta_diff(arena, old_state, new_state, &dict, err) : NULL;
    int status = record ? change_list_count(record, old_state, counts, err) : -1;
    if (!arena)
        cli_err_memory(err);
    *number = 0;
    for (size_t i = 0; i < CHANGE_KINDS; i++)
        *number += counts[i];
    delta_arena_free(arena);
    return status;
}

int explain_add(const struct explain *explain, uint64_t sections,
                const struct delta_value *old_state, const struct delta_value *new_state,
                uint64_t *left_out, struct delta_err *err) {
    uint64_t all, left;
    if (count(NULL, old_state, new_state, &all, err))
        return -1;
    for (size_t i = 0; i < explain->count; i++) {
        const struct explained *rule = &explain->rules[i];
        if (rule->section && !(rule->section & sections))
            continue;
        if (count(rule->alone, old_state, new_state, &left, err))
            return -1;
        left_out[i] += rule->masks ? left : all > left ? all - left : 0;
    }
    return 0;
}

void explain_end(struct cli *cli, const struct explain *explain) {
    for (size_t i = 0; i < explain->count; i++) {
        const struct explained *rule = &explain->rules[i];
        char place[512] = "";
        if (rule->file)
            (void)snprintf(place, sizeof place, " (%s:%u)", rule->file, rule->line);
        cli_note(cli, "--%s%s%s%s: %" PRIu64 " change%s %s", rule->option,
                 rule->argument ? "=" : "", rule->argument ? rule->argument : "", place,
                 explain->left_out[i], explain->left_out[i] == 1 ? "" : "s",
                 rule->masks ? "masked" : "left out");
    }
}
