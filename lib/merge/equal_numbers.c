#include "merge/equal_numbers.h"

#include "base/err.h"
#include "diff/symbols.h"
#include "json/numeric.h"

#include <stdlib.h>

struct joining {
    struct delta_arena *scratch; /* cleared after each number */
    struct symbols worths;
    ARRAY(struct delta_value) first; /* the first number of each worth, by symbol */
    bool replaced;
};

static int join_number(void *data, struct delta_value *number, struct delta_err *err) {
    struct joining *joining = data;
    struct delta_value worth;
    if (numeric_number(joining->scratch, number, &worth, err))
        return -1;
    uint32_t symbol = symbols_put(&joining->worths, value_hash(&worth));
    delta_arena_clear(joining->scratch);
    if (symbol == NO_INDEX)
        return err_memory(err);
    if (symbol == joining->first.count) {
        struct delta_value *first = array_add(&joining->first);
        if (!first)
            return err_memory(err);
        *first = *number;
    } else if (!value_same(&joining->first.items[symbol], number)) {
        *number = joining->first.items[symbol];
        joining->replaced = true;
    }
    return 0;
}

int equal_numbers_join(struct delta_arena *arena, struct delta_value *states, size_t count,
                       bool *replaced, struct delta_err *err) {
    struct joining joining = {.scratch = delta_arena_new()};
    int status = joining.scratch ? 0 : err_memory(err);
    for (size_t i = 0; i < count && status == 0; i++)
        status = numeric_map(arena, &states[i], join_number, &joining, err);
    *replaced |= joining.replaced;
    symbols_free(&joining.worths);
    free(joining.first.items);
    delta_arena_free(joining.scratch);
    return status;
}
