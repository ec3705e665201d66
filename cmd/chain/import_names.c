#include "chain/import_names.h"

#include "chain/chain.h"
#include "chain/name.h"
#include "cli/memory.h"

#include <stdlib.h>
#include <string.h>

/* A name that an export gives to its record of this number, and the position of that. */
struct named {
    struct delta_member name;
    uint64_t record;
    const char *source; /* NULL: not seen */
    size_t source_length;
    uint64_t seq;
};

static int compare_named(const void *left, const void *right) {
    const struct named *a = left, *b = right;
    return (a->record > b->record) - (a->record < b->record);
}

int import_names_begin(struct cli *cli, struct import_names *names,
                       const struct delta_export_header *header, uint32_t first) {
    if (!header || header->names == names->names)
        return CLI_OK;
    *names = (struct import_names){
        .several = names->names != NULL, .names = header->names, .first = first};
    size_t count = delta_value_count(header->names);
    names->list = cli_alloc(cli, count + 1, sizeof *names->list);
    if (!names->list)
        return CLI_TROUBLE;
    for (size_t i = 0; i < count; i++) {
        struct named *named = &names->list[names->count];
        if (delta_value_member(header->names, i, &named->name) &&
            delta_value_to_u64(named->name.value, &named->record))
            names->count++;
    }
    qsort(names->list, names->count, sizeof *names->list, compare_named);
    return CLI_OK;
}

int import_names_note(struct cli *cli, struct import_names *names,
                      const struct delta_record_info *info) {
    uint64_t record = names->record++;
    names->positions |= info->source != NULL;
    for (; names->next < names->count && names->list[names->next].record == record; names->next++) {
        struct named *named = &names->list[names->next];
        if (!info->source)
            continue;
        const char *source = delta_value_text(info->source, &named->source_length);
        char *copy = cli_alloc(cli, named->source_length + 1, 1);
        if (!copy)
            return CLI_TROUBLE;
        memcpy(copy, source, named->source_length);
        named->source = copy;
        named->seq = info->seq;
    }
    return CLI_OK;
}

static int compare_positions(const void *left, const void *right) {
    const struct named *a = *(const struct named *const *)left;
    const struct named *b = *(const struct named *const *)right;
    if (a->seq != b->seq)
        return a->seq < b->seq ? -1 : 1;
    if (a->source_length != b->source_length)
        return a->source_length < b->source_length ? -1 : 1;
    return memcmp(a->source, b->source, a->source_length);
}

/* The first of the sorted names that is not before this position. O(log count). */
static size_t first_at(const struct named *const *sorted, size_t count,
                       const struct named *position) {
    size_t from = 0;
    while (from < count) {
        size_t middle = from + (count - from) / 2;
        if (compare_positions(&sorted[middle], &position) < 0)
            from = middle + 1;
        else
            count = middle;
    }
    return from;
}

/* Finds the states that named records led to, by position, and makes an object of their indices.
 * O((states + names) log names). */
static int find_named(struct cli *cli, const struct import_names *names,
                      struct delta_history *history, struct delta_arena *arena,
                      const struct delta_value **found) {
    struct delta_history_entry entry;
    struct delta_err err = {0};
    uint32_t count = delta_history_count(history);
    struct delta_member *members = cli_alloc(cli, names->count + 1, sizeof *members);
    const struct named **sorted = cli_alloc(cli, names->count + 1, sizeof(const struct named *));
    size_t placed = 0;
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(history, 0, count ? count - 1 : 0, false, &err);
    for (size_t i = 0; members && sorted && i < names->count; i++) {
        const struct named *named = &names->list[i];
        members[i] = (struct delta_member){named->name.key, named->name.key_length,
                                           delta_value_u64(arena, DELTA_NO_STATE, &err)};
        if (named->source)
            sorted[placed++] = named;
    }
    if (sorted)
        qsort(sorted, placed, sizeof(const struct named *), compare_positions);
    for (int got = 1; members && sorted && iterator && got;) {
        struct delta_err why = {0};
        struct named at = {0};
        const struct named *position = &at;
        got = delta_history_iterator_next(iterator, &entry, &why);
        if (got < 0 && why.code != DELTA_ERR_DAMAGED) {
            err = why;
            break;
        }
        if (got <= 0)
            continue;
        at.source = chain_position(history, &entry, &at.source_length, &at.seq);
        for (size_t i = first_at(sorted, placed, position);
             i < placed && compare_positions(&sorted[i], &position) == 0; i++)
            members[sorted[i] - names->list].value = delta_value_u64(arena, entry.index, &err);
    }
    delta_history_iterator_free(iterator);
    *found = members && sorted && err.code == DELTA_OK
                 ? delta_value_object(arena, members, names->count, &err)
                 : NULL;
    return *found ? CLI_OK : members && sorted ? cli_error(cli, &err) : CLI_TROUBLE;
}

int import_names_put(struct cli *cli, const struct import_names *names,
                     struct delta_history *history) {
    if (!names->positions)
        return chain_names_import(cli, history, names->names, names->first);
    const struct delta_value *found = NULL;
    struct delta_arena *arena = delta_arena_new();
    int status =
        arena ? find_named(cli, names, history, arena, &found) : cli_fail(cli, "out of memory");
    if (status == CLI_OK)
        status = chain_names_import(cli, history, found, 0);
    delta_arena_free(arena);
    return status;
}
