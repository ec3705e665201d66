#include "cli/filter_options.h"

#include "cli/memory.h"
#include "cli/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct delta_pointers pointers(const struct cli_list *list) {
    return (struct delta_pointers){.items = list->items, .count = list->count};
}

const struct delta_array_key *filtering_keys(struct cli *cli, const struct cli_pairs *pairs) {
    struct delta_array_key *keys = cli_alloc(cli, pairs->count + 1, sizeof *keys);
    for (size_t i = 0; keys && i < pairs->count; i++) {
        const struct cli_pair *pair = &pairs->items[i];
        char *pointer = cli_alloc(cli, pair->left_length + 1, 1);
        if (!pointer)
            return NULL;
        memcpy(pointer, pair->left, pair->left_length);
        keys[i] = (struct delta_array_key){.pointer = pointer, .member = pair->right};
    }
    return keys;
}

const struct delta_tolerance *filtering_tolerances(struct cli *cli, const struct cli_pairs *pairs) {
    const struct delta_array_key *keys = filtering_keys(cli, pairs);
    struct delta_tolerance *out = keys ? cli_alloc(cli, pairs->count + 1, sizeof *out) : NULL;
    for (size_t i = 0; out && i < pairs->count; i++)
        out[i] = (struct delta_tolerance){keys[i].pointer, keys[i].member};
    return out;
}

bool filtering_given(const struct filtering *filtering) {
    return filtering->ignore.count || filtering->only.count || filtering->mask.count ||
           filtering->unordered.count || filtering->array_keys.count || filtering->numeric ||
           filtering->embedded.count || filtering->keys_only || filtering->rules.count ||
           filtering->tolerances.count;
}

/* The filter of these options, or NULL in `*filter` where none was given. -1 on failure: reported
 * already where `err` says nothing. */
static int compile(struct cli *cli, const struct filtering *filtering, struct delta_arena *arena,
                   const struct delta_filter **filter, struct delta_err *err) {
    struct delta_filter_options options = {
        .ignore = pointers(&filtering->ignore),
        .only = pointers(&filtering->only),
        .mask = pointers(&filtering->mask),
        .unordered = pointers(&filtering->unordered),
        .embedded = pointers(&filtering->embedded),
        .numeric = filtering->numeric,
        .keys_only = filtering->keys_only,
    };
    *filter = NULL;
    if (!filtering_given(filtering))
        return 0;
    options.array_keys = filtering_keys(cli, &filtering->array_keys);
    options.array_key_count = filtering->array_keys.count;
    options.tolerances =
        options.array_keys ? filtering_tolerances(cli, &filtering->tolerances) : NULL;
    options.tolerance_count = filtering->tolerances.count;
    if (!options.array_keys || !options.tolerances)
        return -1;
    *filter = delta_filter_new(arena, &options, err);
    return *filter ? 0 : -1;
}

/* ---- Rules ---- */

struct from_rules {
    struct filtering filtering;
};

/* The options that a rules file may hold. */
static const struct cli_option rule_rows[] = {
    FILTERING_OPTIONS(struct from_rules, filtering),
    {CLI_LIST, 0, "include", "GLOB", NULL, CLI_AT(struct from_rules, filtering.include)},
    {CLI_LIST, 0, "exclude", "GLOB", NULL, CLI_AT(struct from_rules, filtering.exclude)},
    {0},
};

/* These select the files, which happens before a section can apply. */
static const char *const outside_sections[] = {"include", "exclude", NULL};

static int add_item(struct cli *cli, struct cli_list *list, const char *item) {
    const char **items =
        cli_room_for_one(cli, list->items, list->count, &list->capacity, sizeof *items);
    if (!items)
        return CLI_TROUBLE;
    items[list->count++] = item;
    list->items = items;
    return CLI_OK;
}

static int add_pair(struct cli *cli, struct cli_pairs *pairs, struct cli_pair pair) {
    struct cli_pair *items =
        cli_room_for_one(cli, pairs->items, pairs->count, &pairs->capacity, sizeof *items);
    if (!items)
        return CLI_TROUBLE;
    items[pairs->count++] = pair;
    pairs->items = items;
    return CLI_OK;
}

/* A copy to which rules can be added: the room that lists have for more is the original's. */
static struct filtering copy_of(const struct filtering *filtering) {
    struct filtering copy = *filtering;
    struct cli_list *lists[] = {&copy.ignore,   &copy.only,  &copy.mask,    &copy.unordered,
                                &copy.embedded, &copy.rules, &copy.include, &copy.exclude};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        lists[i]->capacity = 0;
    copy.array_keys.capacity = copy.tolerances.capacity = 0;
    return copy;
}

static int add_rule(struct cli *cli, struct filtering *filtering, const struct rule *rule) {
    void *at = (char *)filtering + rule->row->offset;
    switch (rule->row->store) {
    case CLI_FLAG:
        *(bool *)at = true;
        return CLI_OK;
    case CLI_MEMBERS:
        return add_pair(cli, at, rule->pair);
    default:
        return add_item(cli, at, rule->argument);
    }
}

/* An invalid pattern is reported where it is. */
static int check_rule(struct cli *cli, const struct rule *rule) {
    struct filtering alone = {0};
    const struct delta_filter *filter;
    struct delta_err err = {0};
    struct delta_arena *arena = delta_arena_new();
    int status = arena ? add_rule(cli, &alone, rule) : cli_fail(cli, "out of memory");
    if (status == CLI_OK && compile(cli, &alone, arena, &filter, &err)) {
        char text[sizeof err.text];
        memcpy(text, err.text, sizeof text);
        status = err.code == DELTA_OK ? CLI_TROUBLE
                                      : cli_fail(cli, "%s:%u: %s", rule->file, rule->line, text);
    }
    delta_arena_free(arena);
    return status;
}

int filtering_environment(struct cli *cli, struct filtering *filtering) {
    const char *rules = getenv("DELTA_RULES");
    return rules && *rules ? add_item(cli, &filtering->rules, rules) : CLI_OK;
}

int filtering_read(struct cli *cli, struct filtering *filtering) {
    int status = CLI_OK;
    while (status == CLI_OK && filtering->rules_done < filtering->rules.count) {
        size_t before = filtering->read.count;
        status = rules_read(cli, filtering->rules.items[filtering->rules_done++], rule_rows,
                            outside_sections, &filtering->read);
        for (size_t i = before; status == CLI_OK && i < filtering->read.count; i++) {
            const struct rule *rule = &filtering->read.items[i];
            status = check_rule(cli, rule);
            if (status == CLI_OK && !rule->section)
                status = add_rule(cli, filtering, rule);
        }
    }
    return status;
}

int filtering_make_sections(struct cli *cli, const struct filtering *filtering, uint64_t sections,
                            struct delta_arena *arena, const struct delta_filter **filter) {
    struct filtering all = copy_of(filtering);
    struct delta_err err = {0};
    for (size_t i = 0; i < filtering->read.count; i++)
        if (filtering->read.items[i].section & sections &&
            add_rule(cli, &all, &filtering->read.items[i]) != CLI_OK)
            return CLI_TROUBLE;
    if (compile(cli, &all, arena, filter, &err) == 0)
        return CLI_OK;
    return err.code == DELTA_OK ? CLI_TROUBLE : cli_error(cli, &err);
}

int filtering_make(struct cli *cli, const struct filtering *filtering, struct delta_arena *arena,
                   const struct delta_filter **filter) {
    struct filtering all = copy_of(filtering);
    int status = filtering_read(cli, &all);
    return status == CLI_OK ? filtering_make_sections(cli, &all, 0, arena, filter) : status;
}
