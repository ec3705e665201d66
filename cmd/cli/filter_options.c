#include "cli/filter_options.h"

#include "cli/cli.h"

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
    options.array_keys = cli_array_keys(cli, &filtering->array_keys);
    options.array_key_count = filtering->array_keys.count;
    if (!options.array_keys)
        return CLI_TROUBLE;
    *filter = delta_filter_new(arena, &options, &err);
    return *filter ? CLI_OK : cli_error(cli, &err);
}
