#include "cli/memory.h"

#include "cli/message.h"

#include <stdlib.h>
#include <string.h>

struct cli_block {
    struct cli_block *next;
    _Alignas(max_align_t) char bytes[];
};

void *cli_alloc(struct cli *cli, size_t count, size_t size) {
    struct cli_block *block = NULL;
    size_t bytes;

    if (!__builtin_mul_overflow(count, size, &bytes) &&
        !__builtin_add_overflow(bytes, sizeof *block, &bytes))
        block = calloc(1, bytes);
    if (!block) {
        cli_fail(cli, "out of memory");
        return NULL;
    }
    block->next = cli->owned;
    cli->owned = block;
    return block->bytes;
}

void *cli_room_for_one(struct cli *cli, const void *items, size_t count, size_t *capacity,
                       size_t size) {
    if (count < *capacity)
        return (void *)items;
    *capacity = 2 * count + 1;
    void *copy = cli_alloc(cli, *capacity, size);
    if (copy && count)
        memcpy(copy, items, count * size);
    return copy;
}

void cli_free_all(struct cli *cli) {
    while (cli->owned) {
        struct cli_block *next = cli->owned->next;
        free(cli->owned);
        cli->owned = next;
    }
}
