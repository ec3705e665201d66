#include "merge/first_equal.h"

#include "base/err.h"

#include <stdlib.h>

int first_equal_put(struct first_equal *first, uint64_t hash, struct delta_value *value,
                    struct delta_err *err) {
    uint32_t symbol = symbols_put(&first->symbols, hash);
    if (symbol == NO_INDEX)
        return err_memory(err);
    if (symbol == first->values.count) {
        struct delta_value *added = array_add(&first->values);
        if (!added)
            return err_memory(err);
        *added = *value;
    } else if (!value_same(&first->values.items[symbol], value)) {
        *value = first->values.items[symbol];
        first->replaced = true;
    }
    return 0;
}

void first_equal_free(struct first_equal *first) {
    symbols_free(&first->symbols);
    free(first->values.items);
}
