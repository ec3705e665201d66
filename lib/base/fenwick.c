#include "base/fenwick.h"

#include "base/err.h"

#include <stdlib.h>

int fenwick_open(struct fenwick *fenwick, uint32_t size, struct delta_err *err) {
    *fenwick =
        (struct fenwick){.size = size, .sums = calloc((size_t)size + 1, sizeof *fenwick->sums)};
    return fenwick->sums ? 0 : err_memory(err);
}

void fenwick_close(struct fenwick *fenwick) {
    free(fenwick->sums);
    *fenwick = (struct fenwick){0};
}

void fenwick_add(struct fenwick *fenwick, uint32_t place, uint32_t amount) {
    for (uint64_t at = (uint64_t)place + 1; at <= fenwick->size; at += at & -at)
        fenwick->sums[at] += amount;
}

uint32_t fenwick_below(const struct fenwick *fenwick, uint32_t place) {
    uint32_t sum = 0;
    for (uint32_t at = place; at; at &= at - 1)
        sum += fenwick->sums[at];
    return sum;
}
