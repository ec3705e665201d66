#include "merge/equal_numbers.h"

#include "base/err.h"
#include "merge/first_equal.h"
#include "json/numeric.h"

struct joining {
    struct delta_arena *scratch; /* cleared after each number */
    struct first_equal first;    /* by worth */
};

static int join_number(void *data, struct delta_value *number, struct delta_err *err) {
    struct joining *joining = data;
    struct delta_value worth;
    if (numeric_number(joining->scratch, number, &worth, err))
        return -1;
    uint64_t hash = value_hash(&worth);
    delta_arena_clear(joining->scratch);
    return first_equal_put(&joining->first, hash, number, err);
}

int equal_numbers_join(struct delta_arena *arena, struct delta_value *states, size_t count,
                       bool *replaced, struct delta_err *err) {
    struct joining joining = {.scratch = delta_arena_new()};
    int status = joining.scratch ? 0 : err_memory(err);
    for (size_t i = 0; i < count && status == 0; i++)
        status = numeric_map(arena, &states[i], join_number, &joining, err);
    *replaced |= joining.first.replaced;
    first_equal_free(&joining.first);
    delta_arena_free(joining.scratch);
    return status;
}
