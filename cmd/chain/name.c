/* delta-chain name: what states are called. */
#include "chain/name.h"

#include "chain/chain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- By state -------------------------------------------------------------------------------- */

static int by_index(const void *left, const void *right) {
    const struct delta_history_name *a = left, *b = right;
    return a->index != b->index ? (a->index > b->index) - (a->index < b->index)
                                : strcmp(a->name, b->name);
}

/* A reader can do without names that are damaged, not without those that it failed to read. */
static int names_unreadable(struct cli *cli, const struct delta_err *err) {
    if (err->code != DELTA_ERR_DAMAGED)
        return cli_error(cli, err);
    cli_warn_error(cli, err);
    return CLI_OK;
}

int chain_names_read(struct cli *cli, struct delta_history *history, struct chain_names *names) {
    const struct delta_history_name *list;
    struct delta_err err = {0};
    *names = (struct chain_names){0};
    if (delta_history_names(history, &list, &names->count, &err) < 0) {
        return names_unreadable(cli, &err);
    }
    names->list = cli_alloc(cli, names->count + 1, sizeof *names->list);
    if (!names->list)
        return CLI_TROUBLE;
    if (names->count)
        memcpy(names->list, list, names->count * sizeof *list);
    qsort(names->list, names->count, sizeof *names->list, by_index);
    return CLI_OK;
}

const struct delta_history_name *chain_names_of(const struct chain_names *names, uint32_t index,
                                                size_t *count) {
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (names->list[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    for (*count = 0; low + *count < names->count && names->list[low + *count].index == index;)
        ++*count;
    return *count ? names->list + low : NULL;
}

void chain_names_put(const struct chain_names *names, uint32_t index, const char *before,
                     const char *after, struct delta_buf *out) {
    size_t count;
    const struct delta_history_name *list = chain_names_of(names, index, &count);
    for (size_t i = 0; i < count; i++)
        delta_buf_printf(out, "%s%s", i ? ", " : before, list[i].name);
    if (count)
        delta_buf_printf(out, "%s", after);
}

/* ---- Exports --------------------------------------------------------------------------------- */

int chain_names_export(struct cli *cli, struct delta_history *history, struct delta_arena *arena,
                       const struct delta_value **value) {
    const struct delta_history_name *list;
    size_t count;
    struct delta_err err = {0};
    *value = NULL;
    if (delta_history_names(history, &list, &count, &err) < 0) {
        return names_unreadable(cli, &err);
    }
    if (!count)
        return CLI_OK;
    struct delta_member *members = cli_alloc(cli, count, sizeof *members);
    if (!members)
        return CLI_TROUBLE;
    for (size_t i = 0; i < count; i++)
        members[i] = (struct delta_member){list[i].name, strlen(list[i].name),
                                           delta_value_u64(arena, list[i].index, &err)};
    if (err.code == DELTA_OK)
        *value = delta_value_object(arena, members, count, &err);
    return *value ? CLI_OK : cli_error(cli, &err);
}

/* The names of a history, sorted by name as the library has them. */
struct by_name {
    const struct delta_history_name *list;
    size_t count;
};

static int compare_names(const void *left, const void *right) {
    const struct delta_history_name *a = left, *b = right;
    return strcmp(a->name, b->name);
}

/* The state that has a name, or DELTA_NO_STATE. */
static uint32_t find_name(const struct by_name *names, const char *name) {
    const struct delta_history_name wanted = {.name = name};
    const struct delta_history_name *found =
        names->count ? bsearch(&wanted, names->list, names->count, sizeof wanted, compare_names)
                     : NULL;
    return found ? found->index : DELTA_NO_STATE;
}

int chain_names_import(struct cli *cli, struct delta_history *history,
                       const struct delta_value *names, uint32_t first) {
    struct by_name own;
    struct delta_err err = {0};
    size_t count = delta_value_count(names), given = 0;
    if (delta_history_names(history, &own.list, &own.count, &err) < 0)
        cli_warn_error(cli, &err);
    struct delta_history_name *list = cli_alloc(cli, count + 1, sizeof *list);
    if (!list)
        return CLI_TROUBLE;
    for (size_t i = 0; i < count; i++) {
        struct delta_member member;
        uint64_t index = 0;
        if (!delta_value_member(names, i, &member) || !delta_value_to_u64(member.value, &index))
            continue;
        char *name = cli_alloc(cli, member.key_length + 1, 1);
        if (!name)
            return CLI_TROUBLE;
        memcpy(name, member.key, member.key_length);
        uint32_t before = find_name(&own, name);
        if (before == DELTA_NO_STATE && index + first < delta_history_count(history))
            list[given++] = (struct delta_history_name){name, (uint32_t)(index + first)};
        else if (before == DELTA_NO_STATE || before != index + first)
            cli_warn(cli,
                     "%s: name %.100s left out: its state is missing, or another one has the name",
                     cli->operands[0], name);
    }
    err = (struct delta_err){0};
    if (given && delta_history_set_names(history, list, given, &err) < 0)
        return cli_error(cli, &err);
    return CLI_OK;
}

/* ---- The verb -------------------------------------------------------------------------------- */

struct name_options {
    bool remove, move;
};

const struct cli_option chain_name_options[] = {
    {CLI_FLAG, 'd', "delete", NULL, "remove the name", CLI_AT(struct name_options, remove)},
    {CLI_FLAG, 0, "move", NULL, "move the name if another state has it",
     CLI_AT(struct name_options, move)},
    {0},
};

static int list_names(struct cli *cli, struct delta_history *history) {
    struct chain_names names;
    const struct delta_history_name *list;
    struct delta_err err = {0};
    struct delta_history_entry entry;
    if (delta_history_names(history, &list, &names.count, &err) < 0)
        return cli_error(cli, &err);
    int status = chain_names_read(cli, history, &names);
    for (size_t i = 0; status == CLI_OK && i < names.count; i++) {
        char time[CHAIN_TIME_TEXT] = "?", digest[DELTA_DIGEST_TEXT] = "?";
        uint32_t index = names.list[i].index;
        struct delta_history_iterator *iterator =
            delta_history_iterator_new(history, index, index, false, &err);
        if (!iterator || delta_history_iterator_next(iterator, &entry, &err) < 0) {
            status = chain_damage(cli, &err);
        } else {
            delta_digest_format(entry.digest, digest);
            if (cli_printf(cli, "%6" PRIu32 "  %-24s  %.12s  %s\n", index,
                           chain_time(time, entry.time), digest, names.list[i].name) < 0)
                status = CLI_TROUBLE;
        }
        delta_history_iterator_free(iterator);
    }
    return status;
}

static int set_name(struct cli *cli, struct delta_history *history,
                    const struct name_options *options) {
    struct delta_history_name name = {.name = cli->operands[1], .index = DELTA_NO_STATE};
    struct delta_err err = {0};
    struct by_name names;
    int status = CLI_OK;
    if (delta_history_names(history, &names.list, &names.count, &err) < 0)
        return cli_error(cli, &err);
    uint32_t before = find_name(&names, name.name);
    if (!options->remove)
        status = chain_revision_or_tip(cli, history, 2, &name.index);
    if (status != CLI_OK)
        return status;
    if (options->remove && before == DELTA_NO_STATE)
        return cli_fail(cli, "%s: no state has the name %.100s", cli->operands[0], name.name);
    if (before != DELTA_NO_STATE && before != name.index && !options->remove && !options->move)
        return cli_fail(cli,
                        "%s: state %" PRIu32 " already has the name %.100s: use --move to move it",
                        cli->operands[0], before, name.name);
    return delta_history_set_names(history, &name, 1, &err) < 0 ? cli_error(cli, &err) : CLI_OK;
}

int chain_name(struct cli *cli, int argc, char **argv) {
    struct name_options options = {0};
    int status = cli_parse(cli, argc, argv, &options);
    if (status == CLI_GO)
        status = cli_operands(cli, 1 + options.remove, options.remove ? 2 : 3, "HISTORY NAME REV");
    if (status != CLI_GO)
        return status;
    bool writes = cli->operand_count > 1;
    if (options.move && (options.remove || !writes))
        return cli_usage(cli, "no effect: --move without a state");
    struct delta_history *history =
        chain_open(cli, writes ? DELTA_HISTORY_WRITE : DELTA_HISTORY_READ);
    if (!history)
        return CLI_TROUBLE;
    status = writes ? set_name(cli, history, &options) : list_names(cli, history);
    delta_history_close(history);
    return status;
}
