#include "base/fenwick.h"

#include "base/err.h"

#include <stdlib.h>

int tally_open(struct tally *tally, uint32_t size, struct delta_err *err) {
    *tally = (struct tally){.size = size, .sums = calloc((size_t)size + 1, sizeof *tally->sums)};
    return tally->sums ? 0 : err_memory(err);
}

void tally_close(struct tally *tally) {
    free(tally->sums);
    *tally = (struct tally){0};
}

void tally_add(struct tally *tally, uint32_t place, uint32_t amount) {
    for (uint64_t at = (uint64_t)place + 1; at <= tally->size; at += at & -at)
        tally->sums[at] += amount;
}

uint32_t tally_below(const struct tally *tally, uint32_t place) {
    uint32_t sum = 0;
    for (uint32_t at = place; at; at &= at - 1)
        sum += tally->sums[at];
    return sum;
}
