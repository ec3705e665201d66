/* Keys are looked up as hashes, given symbols, and a table by symbol says where each key is on both
 * sides. */
#include "diff/keyed.h"

#include "base/err.h"
#include "diff/symbols.h"

#include <string.h>

static int put_key(struct symbols *symbols, uint64_t hash, uint32_t element, uint32_t *key,
                   uint32_t *at, struct keyed *keyed, struct delta_err *err) {
    *key = symbols_put(symbols, hash);
    if (*key == NO_INDEX)
        return err_memory(err);
    keyed->repeated |= at[*key] != NO_INDEX;
    at[*key] = at[*key] == NO_INDEX ? element : KEYED_SEVERAL;
    return 0;
}

static int put_old_keys(const struct identity_pair *pair, const struct identity_key *key,
                        struct symbols *symbols, uint64_t *hashes, struct keyed *keyed,
                        struct delta_err *err) {
    for (uint32_t i = 0; i < pair->a_count; i++) {
        keyed->a_key[i] = NO_INDEX;
        if (!identity_hash(key, &pair->a[i], &hashes[i]))
            continue;
        keyed->a_having++;
        if (put_key(symbols, hashes[i], i, &keyed->a_key[i], keyed->a_at, keyed, err))
            return -1;
    }
    return 0;
}

/* Most elements are behind the one that the element before them is: then no look-up is needed. */
static int put_new_keys(const struct identity_pair *pair, const struct identity_key *key,
                        struct symbols *symbols, const uint64_t *hashes, struct keyed *keyed,
                        struct delta_err *err) {
    uint32_t expected = 0;
    for (uint32_t j = 0; j < pair->b_count; j++) {
        uint64_t hash;
        uint32_t *own = &keyed->b_key[j];
        *own = NO_INDEX;
        if (!identity_hash(key, &pair->b[j], &hash))
            continue;
        keyed->b_having++;
        if (expected < pair->a_count && keyed->a_key[expected] != NO_INDEX &&
            hashes[expected] == hash) {
            *own = keyed->a_key[expected];
            keyed->repeated |= keyed->b_at[*own] != NO_INDEX;
            keyed->b_at[*own] = keyed->b_at[*own] == NO_INDEX ? j : KEYED_SEVERAL;
        } else if (put_key(symbols, hash, j, own, keyed->b_at, keyed, err)) {
            return -1;
        }
        uint32_t at = keyed->a_at[*own];
        expected = at < KEYED_SEVERAL ? at + 1 : expected + 1;
    }
    return 0;
}

int keyed_find(struct delta_arena *arena, const struct identity_pair *pair,
               const struct identity_key *key, struct keyed *keyed, struct delta_err *err) {
    size_t most = (size_t)pair->a_count + pair->b_count;
    struct symbols symbols = {0};
    uint32_t *room = arena_array(arena, 3 * most, sizeof *room);
    uint64_t *hashes = arena_array(arena, pair->a_count, sizeof *hashes);
    if (!room || !hashes)
        return err_memory(err);
    *keyed = (struct keyed){
        .a_key = room, .b_key = room + pair->a_count, .a_at = room + most, .b_at = room + 2 * most};
    memset(keyed->a_at, 0xff, 2 * most * sizeof *room);
    int status = put_old_keys(pair, key, &symbols, hashes, keyed, err) ||
                         put_new_keys(pair, key, &symbols, hashes, keyed, err)
                     ? -1
                     : 0;
    keyed->count = symbols.count;
    symbols_free(&symbols);
    for (uint32_t s = 0; s < keyed->count; s++)
        keyed->shared += keyed->a_at[s] != NO_INDEX && keyed->b_at[s] != NO_INDEX;
    return status;
}
