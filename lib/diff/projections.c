#include "diff/projections.h"

#include "base/err.h"
#include "base/hash.h"

#include <stdlib.h>

static uint64_t hash_at(const struct delta_value *of, uint64_t place) {
    return hash_mix((uintptr_t)of, place);
}

void projections_free(struct projections *projections) {
    free(projections->all.items);
    free(projections->by_value.slots);
    *projections = (struct projections){0};
}

const struct projection *projections_find(const struct projections *projections,
                                          const struct delta_value *of, uint64_t place) {
    if (!projections->all.count)
        return NULL;
    TABLE_EACH(&projections->by_value, hash_at(of, place), index) {
        const struct projection *found = &projections->all.items[index];
        if (found->of == of && found->place == place)
            return found;
    }
    return NULL;
}

/* A table twice as large, with all that there is. */
static int grow(struct projections *projections, struct delta_err *err) {
    size_t size = table_size(2 * projections->all.count);
    uint32_t *slots = projections->all.count < UINT32_MAX / 8 ? calloc(size, sizeof *slots) : NULL;
    if (!slots)
        return err_memory(err);
    free(projections->by_value.slots);
    projections->by_value = table_in(slots, size);
    for (size_t i = 0; i < projections->all.count; i++)
        table_put(&projections->by_value,
                  hash_at(projections->all.items[i].of, projections->all.items[i].place),
                  (uint32_t)i);
    return 0;
}

int projections_add(struct projections *projections, struct projection projection,
                    struct delta_err *err) {
    struct projection *added = array_add(&projections->all);
    if (!added)
        return err_memory(err);
    *added = projection;
    if (2 * projections->all.count > projections->by_value.mask)
        return grow(projections, err);
    table_put(&projections->by_value, hash_at(projection.of, projection.place),
              (uint32_t)(projections->all.count - 1));
    return 0;
}
