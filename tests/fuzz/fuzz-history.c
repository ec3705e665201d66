/* Any bytes as a history: opened, read, walked over and verified; then as one whose checksums are
 * right, which is what a forger would make: a block, or positions, without anything around them. */
#include "delta.h"
#include "history/block.h"
#include "history/positions.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_READ = 32 };

static void read_all(struct delta_history *history) {
    struct delta_history_metrics metrics;
    uint32_t count = delta_history_count(history);
    for (uint32_t i = 0; i < count && i < MOST_READ; i++) {
        struct delta_arena *arena = delta_arena_new();
        (void)delta_history_get(history, arena, count - 1 - i, NULL);
        delta_arena_free(arena);
    }
    (void)delta_history_metrics(history, &metrics, NULL);
    if (count < 1 << 16)
        (void)delta_history_verify(history, NULL, NULL, NULL, NULL);
}

static void as_file(const uint8_t *data, size_t size) {
    char path[64];
    int fd = memfd_create("history", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_READ, NULL);
    if (history)
        read_all(history);
    delta_history_close(history);
    close(fd);
}

static void as_positions(const uint8_t *data, size_t size) {
    struct positions positions = {0};
    (void)positions_get(&positions, data, size, NULL);
    positions_free(&positions);
}

static void as_block(const uint8_t *data, size_t size) {
    struct delta_value value;
    struct delta_arena *arena = delta_arena_new();
    struct block *block = block_open(arena, data, size, DELTA_MAX_STATE, NULL);
    for (uint32_t i = 0; block && i < block_count(block); i++)
        if (block_state(block, i, &value, NULL) < 0 || block_entry(block).time == INT64_MIN)
            break;
    block_close(block);
    delta_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    as_file(data, size);
    as_block(data, size);
    as_positions(data, size);
    return 0;
}
