#include "cli/filter_options.h"

#include "cli/memory.h"
#include "cli/message.h"

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

bool filtering_given(const struct filtering *filtering) {
    return filtering->ignore.count || filtering->only.count || filtering->mask.count ||
           filtering->unordered.count || filtering->array_keys.count || filtering->numeric;
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
    if (!filtering_given(filtering))
        return CLI_OK;
    options.array_keys = filtering_keys(cli, &filtering->array_keys);
    options.array_key_count = filtering->array_keys.count;
    if (!options.array_keys)
        return CLI_TROUBLE;
    *filter = delta_filter_new(arena, &options, &err);
    return *filter ? CLI_OK : cli_error(cli, &err);
}
