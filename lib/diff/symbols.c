#include "diff/symbols.h"

uint32_t symbols_find(const struct symbols *symbols, uint64_t hash) {
    if (!symbols->count)
        return NO_INDEX;
    TABLE_EACH(&symbols->table, hash, symbol)
    if (symbols->hashes.items[symbol] == hash)
        return symbol;
    return NO_INDEX;
}

uint32_t symbols_put(struct symbols *symbols, uint64_t hash) {
    int larger = table_reserve(&symbols->table, symbols->count);
    if (larger < 0)
        return NO_INDEX;
    for (uint32_t i = 0; larger && i < symbols->count; i++)
        table_put(&symbols->table, symbols->hashes.items[i], i);
    uint32_t known = symbols_find(symbols, hash);
    if (known != NO_INDEX)
        return known;
    uint64_t *added = array_add(&symbols->hashes);
    if (!added)
        return NO_INDEX;
    *added = hash;
    table_put(&symbols->table, hash, symbols->count);
    return symbols->count++;
}

void symbols_free(struct symbols *symbols) {
    free(symbols->hashes.items);
    free(symbols->table.slots);
    *symbols = (struct symbols){0};
}
