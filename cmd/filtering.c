#include "filtering.h"

#include "cli.h"

#include <string.h>

/* POINTER=MEMBER, its parts terminated. */
static int copy_keys(struct cli *cli, const struct cli_pairs *pairs,
                     struct delta_filter_options *options) {
    struct delta_array_key *keys = cli_alloc(cli, pairs->count + 1, sizeof *keys);
    if (!keys)
        return CLI_TROUBLE;
    for (size_t i = 0; i < pairs->count; i++) {
        const struct cli_pair *pair = &pairs->items[i];
        char *pointer = cli_alloc(cli, pair->left_length + 1, 1);
        if (!pointer)
            return CLI_TROUBLE;
        memcpy(pointer, pair->left, pair->left_length);
        keys[i] = (struct delta_array_key){.pointer = pointer, .member = pair->right};
    }
    options->array_keys = keys;
    options->array_key_count = pairs->count;
    return CLI_OK;
}

static struct delta_pointers pointers(const struct cli_list *list) {
    return (struct delta_pointers){.items = list->items, .count = list->count};
}

int filtering_make(struct cli *cli, const struct filtering *filtering, struct delta_arena *arena,
                   const struct delta_filter **filter) {
    struct delta_filter_options options = {
        .ignore = pointers(&filtering->ignore),
        .only = pointers(&filtering->only),
        .mask = pointers(&filtering->mask),
        .unordered = pointers(&filtering->unordered),
        .numeric = filtering->numeric,
    };
    struct delta_err err = {0};
    *filter = NULL;
    if (!options.ignore.count && !options.only.count && !options.mask.count &&
        !options.unordered.count && !options.numeric && !filtering->array_keys.count)
        return CLI_OK;
    if (copy_keys(cli, &filtering->array_keys, &options) != CLI_OK)
        return CLI_TROUBLE;
    *filter = delta_filter_new(arena, &options, &err);
    return *filter ? CLI_OK : cli_error(cli, &err);
}
