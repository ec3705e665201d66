/* delta-chain sync: brings a history, or a store, to what another one has.
 *
 * Every state has a position, its own or that of the history that it was added to, so that the
 * states which are missing are those whose positions are new; they are added in order, each with
 * what it was made from: a copy that went another way is a fork. Nothing is remembered between two
 * runs, and what a run that was killed has added is known to the next one. */
#include "chain/chain.h"
#include "chain/name.h"
#include "chain/several.h"
#include "chain/store.h"
#include "chain/store_batch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Fills in what is known of a state, besides its value; `before` is what it was made from. */
static void describe(const struct delta_history *from, const struct delta_history_entry *entry,
                     struct delta_digest before, struct delta_history_note *note) {
    *note = (struct delta_history_note){.time = entry->time,
                                        .metadata = entry->metadata,
                                        .keep_all = true,
                                        .ended = entry->ended,
                                        .has_base = true,
                                        .base = before};
    note->source = chain_position(from, entry, &note->source_length, &note->seq);
}

/* Finds the first state of a history that another one does not have; the number of states when it
 * has all. `to` may be NULL: it has none. `*older` gets the number of those before it that cannot
 * be added, because states of later positions are there: the ones behind the last that is known, as
 * what is missing before that was pruned. `*known` gets the digest of that last one, and is zero
 * where there is none: the first state that is missing follows it. O(states). */
static int find_missing(struct cli *cli, struct delta_history *from, struct delta_history *to,
                        uint32_t *first, uint64_t *older, struct delta_digest *known) {
    struct delta_history_entry entry;
    struct delta_history_note note;
    struct delta_err err = {0};
    uint32_t count = delta_history_count(from);
    *first = 0;
    *older = 0;
    *known = (struct delta_digest){0};
    if (!count || !to || !delta_history_count(to))
        return CLI_OK;
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(from, 0, count - 1, false, &err);
    int got = iterator ? 1 : -1, verdict = DELTA_ADD_KNOWN;
    while (got > 0 && verdict > DELTA_ADDED &&
           (got = delta_history_iterator_next(iterator, &entry, &err)) > 0) {
        describe(from, &entry, entry.digest, &note);
        verdict = delta_history_judge(to, &note, &entry.digest, &err);
        *first = entry.index + (verdict != DELTA_ADDED);
        *older = verdict == DELTA_ADD_KNOWN ? 0 : *older + (verdict == DELTA_ADD_OLDER);
        if (verdict == DELTA_ADD_KNOWN)
            *known = entry.digest;
    }
    delta_history_iterator_free(iterator);
    return got < 0 || verdict < 0 ? chain_damage(cli, &err) : CLI_OK;
}

/* What is done with a state that is missing. */
typedef int put_state(void *context, const struct delta_history_entry *entry,
                      const struct delta_history_note *note);

/* Goes through the states from `first` on, of which that one follows the state `before`. */
static int each_missing(struct cli *cli, struct delta_history *from, uint32_t first,
                        struct delta_digest before, put_state *put, void *context) {
    struct delta_history_entry entry;
    struct delta_history_note note;
    uint32_t count = delta_history_count(from);
    int got = 1, status = CLI_OK;
    if (first >= count)
        return CLI_OK;
    struct delta_err err = {0};
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(from, first, count - 1, true, &err);
    while (status == CLI_OK && iterator && got > 0) {
        got = delta_history_iterator_next(iterator, &entry, &err);
        if (got > 0) {
            describe(from, &entry, before, &note);
            status = put(context, &entry, &note);
        }
        before = entry.digest;
    }
    delta_history_iterator_free(iterator);
    return status == CLI_OK && (!iterator || got < 0) ? chain_damage(cli, &err) : status;
}

/* ---- One history ----------------------------------------------------------------------------- */

struct target {
    struct cli *cli;
    struct delta_history *history;
    struct chain_names names;  /* of the states of the other one */
    struct delta_arena *arena; /* of the names that are taken over: */
    struct delta_member *members;
    size_t count;
    uint64_t added, older;
};

static int flush(struct target *to) {
    struct delta_err err = {0};
    return delta_history_flush(to->history, &err) < 0 ? cli_error(to->cli, &err) : CLI_OK;
}

/* Takes over the names of the state added last, which has the index `index` where it is from. */
static int take_names(struct target *to, uint32_t index) {
    struct delta_err err = {0};
    size_t count;
    const struct delta_history_name *name = chain_names_of(&to->names, index, &count);
    for (size_t i = 0; i < count; i++) {
        struct delta_member *member = &to->members[to->count++];
        *member = (struct delta_member){
            name[i].name, strlen(name[i].name),
            delta_value_u64(to->arena, delta_history_count(to->history) - 1, &err)};
    }
    return err.code != DELTA_OK ? cli_error(to->cli, &err) : CLI_OK;
}

static int put_in_history(void *context, const struct delta_history_entry *entry,
                          const struct delta_history_note *note) {
    struct target *to = context;
    struct delta_err err = {0};
    int added = delta_history_add(to->history, entry->value, note, &err);
    if (added < 0)
        return cli_error(to->cli, &err);
    to->added += added == DELTA_ADDED;
    int status = added == DELTA_ADDED ? take_names(to, entry->index) : CLI_OK;
    if (status == CLI_OK && delta_history_wants_flush(to->history))
        status = flush(to);
    return status;
}

/* Makes a history with the options and counters of the other one, where there is none. */
static int make_history(struct cli *cli, const struct delta_history *from, const char *path) {
    struct delta_export_header header;
    struct delta_err err = {0};
    if (delta_history_export_header(from, &header) &&
        delta_history_restore(path, &header, &err) < 0)
        return cli_error(cli, &err);
    return CLI_OK;
}

static int sync_states(struct cli *cli, struct delta_history *from, struct target *to) {
    struct delta_err err = {0};
    uint32_t first;
    struct delta_digest known;
    int status = chain_names_read(cli, from, &to->names);
    to->arena = delta_arena_new();
    to->members = cli_alloc(cli, to->names.count + 1, sizeof *to->members);
    if (status == CLI_OK && (!to->arena || !to->members))
        status = cli_fail(cli, "out of memory");
    if (status == CLI_OK)
        status = find_missing(cli, from, to->history, &first, &to->older, &known);
    if (status == CLI_OK)
        status = each_missing(cli, from, first, known, put_in_history, to);
    int flushed = to->added ? flush(to) : CLI_OK;
    status = status == CLI_OK ? flushed : status;
    if (status == CLI_OK && to->count) {
        const struct delta_value *names =
            delta_value_object(to->arena, to->members, to->count, &err);
        status = names ? chain_names_import(cli, to->history, names, 0) : cli_error(cli, &err);
    }
    return status;
}

static int sync_history(struct cli *cli) {
    struct target to = {.cli = cli};
    struct delta_history *from = chain_open(cli, DELTA_HISTORY_READ);
    if (!from)
        return CLI_TROUBLE;
    cli->operands++;
    int status = make_history(cli, from, cli->operands[0]);
    if (status == CLI_OK && !(to.history = chain_open(cli, DELTA_HISTORY_ADD)))
        status = CLI_TROUBLE;
    if (status == CLI_OK)
        status = sync_states(cli, from, &to);
    if (to.older)
        chain_warn_older(cli, cli->operands[0], to.older);
    if (status == CLI_OK)
        cli_verbose(cli, "%s: %" PRIu64 " %s added", cli->operands[0], to.added,
                    chain_states(to.added));
    cli->operands--;
    delta_arena_free(to.arena);
    delta_history_close(to.history);
    delta_history_close(from);
    return status;
}

/* ---- Stores ---------------------------------------------------------------------------------- */

struct store_target {
    struct store_batch batch;
    const char *key; /* of the history that is looked at */
    size_t key_length;
    int worst; /* of refusals, which do not keep the other keys from going on */
};

/* A copy of what is added: it outlives the history that it is from. */
static int put_in_store(void *context, const struct delta_history_entry *entry,
                        const struct delta_history_note *note) {
    struct store_target *to = context;
    struct cli *cli = to->batch.cli;
    struct delta_history_note own = *note;
    struct delta_err err = {0};
    struct delta_arena *arena = delta_arena_new();
    const struct delta_value *value = NULL;
    if (!arena)
        return cli_fail(cli, "out of memory");
    if (!(own.source = delta_bytes_copy(arena, note->source, note->source_length, &err)) ||
        (note->metadata && !(own.metadata = delta_value_copy(arena, note->metadata, &err))) ||
        (!note->ended && !(value = delta_value_copy(arena, entry->value, &err)))) {
        delta_arena_free(arena);
        return cli_error(cli, &err);
    }
    if (delta_store_add(to->batch.store, to->key, to->key_length, arena, value, &own, entry->index,
                        &err) < 0)
        return cli_error(cli, &err);
    int status = store_batch_flush_in_time(&to->batch);
    if (status != CLI_NO)
        return status;
    to->worst = CLI_NO;
    return CLI_OK;
}

/* The history of a key where the states go to; NULL when there is none yet. */
static int open_target(struct store_target *to, struct delta_history **history) {
    struct delta_err err = {0};
    *history =
        delta_store_history(to->batch.store, to->key, to->key_length, DELTA_HISTORY_READ, &err);
    return *history || (err.code == DELTA_ERR_SYSTEM && err.sys_errno == ENOENT)
               ? CLI_OK
               : cli_error(to->batch.cli, &err);
}

static int sync_key(struct cli *cli, const char *key, size_t length, void *context) {
    struct store_target *to = context;
    struct delta_history *into = NULL;
    struct delta_digest known;
    uint32_t first = 0;
    uint64_t older = 0;
    to->key = key;
    to->key_length = length;
    struct delta_history *from = chain_open(cli, DELTA_HISTORY_READ);
    int status = from ? open_target(to, &into) : CLI_TROUBLE;
    if (status == CLI_OK)
        status = find_missing(cli, from, into, &first, &older, &known);
    to->batch.older += older;
    if (status == CLI_OK)
        status = each_missing(cli, from, first, known, put_in_store, to);
    delta_history_close(into);
    delta_history_close(from);
    return status;
}

/* Makes a store with the settings of the other one, where there is none. */
static int make_store(struct cli *cli, const char *from, const char *path) {
    struct delta_err err = {0};
    struct delta_store *store = delta_store_open(from, 0, &err);
    int made = store ? delta_store_init(path, delta_store_about(store), &err) : -1;
    delta_store_close(store);
    return made < 0 ? cli_error(cli, &err) : CLI_OK;
}

static int sync_store(struct cli *cli) {
    struct store_target to = {.batch.cli = cli};
    const char *into = cli->operands[1];
    int status = make_store(cli, cli->operands[0], into);
    if (status != CLI_OK)
        return status;
    status = store_batch_open(cli, &to.batch, into, DELTA_STORE_CACHE, false);
    if (status == CLI_OK)
        status = chain_each_key(cli, cli->operands[0], sync_key, &to);
    status = store_batch_close(&to.batch, status);
    return status > to.worst ? status : to.worst;
}

int chain_sync(struct cli *cli, int argc, char **argv) {
    int status = cli_parse(cli, argc, argv, NULL);
    if (status == CLI_GO)
        status = cli_operands(cli, 2, 2, "SOURCE DESTINATION");
    if (status != CLI_GO)
        return status;
    bool store = store_is_one(cli->operands[0]);
    if (!store && store_is_one(cli->operands[1]))
        return cli_usage(cli, "a store has a history of each key: use 'export --records SOURCE | "
                              "add-delta DESTINATION --key=KEY'");
    return store ? sync_store(cli) : sync_history(cli);
}
