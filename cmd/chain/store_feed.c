/* delta-chain add: a stream of states of many things, into a store.
 *
 * States are queued as they come, and written in batches: when the stream pauses, when they have
 * waited long enough, or when the store has enough of them (chain/store_batch.h). */
#include "chain/store_feed.h"

#include "chain/store_batch.h"
#include "cli/record_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct adding {
    struct cli *cli;
    struct store_feed *feed;
    struct store_batch batch;
};

/* ---- What a store knows ---------------------------------------------------------------------- */

/* A pointer that the store keeps, and where the command line has it. */
struct setting {
    const char *name;
    const char **value;
};

enum { SETTINGS = 6 };
#define METADATA_FROM "metadata_from"

static void list_settings(struct store_feed *feed, struct setting list[SETTINGS]) {
    const struct setting all[SETTINGS] = {
        {"by", &feed->keyed.by},
        {"end_when", &feed->keyed.end_when},
        {"source", &feed->feed.source},
        {"seq_from", &feed->feed.seq_from},
        {"time_from", &feed->feed.time_from},
        {"state_from", &feed->feed.state_from},
    };
    memcpy(list, all, sizeof all);
}

/* Pairs as an object. */
static const struct delta_value *list_pairs(struct cli *cli, struct delta_arena *arena,
                                            const struct cli_pairs *pairs, struct delta_err *err) {
    struct delta_member *members = cli_alloc(cli, pairs->count, sizeof *members);
    for (size_t i = 0; members && i < pairs->count; i++)
        members[i] =
            (struct delta_member){pairs->items[i].left, pairs->items[i].left_length,
                                  delta_value_string_of(arena, pairs->items[i].right, err)};
    return members && err->code == DELTA_OK ? delta_value_object(arena, members, pairs->count, err)
                                            : NULL;
}

/* Takes the pairs from such an object, which lives as long as the store. */
static int use_pairs(struct cli *cli, const struct delta_value *object, struct cli_pairs *pairs) {
    struct delta_member member;
    size_t count = object ? delta_value_count(object) : 0, length;
    pairs->items = cli_alloc(cli, count + 1, sizeof *pairs->items);
    if (!pairs->items)
        return CLI_TROUBLE;
    for (size_t i = 0; i < count; i++) {
        const char *text =
            delta_value_member(object, i, &member) ? delta_value_text(member.value, &length) : NULL;
        char *pointer = text ? cli_alloc(cli, length + 1, 1) : NULL;
        if (text && !pointer)
            return CLI_TROUBLE;
        if (!pointer)
            continue;
        memcpy(pointer, text, length);
        pairs->items[pairs->count++] = (struct cli_pair){
            .left = member.key, .left_length = member.key_length, .right = pointer};
    }
    return CLI_OK;
}

/* Makes the store, with what the command line says. */
static int make_store(struct cli *cli, struct store_feed *feed) {
    struct setting list[SETTINGS];
    struct delta_member members[SETTINGS + 1];
    struct delta_err err = {0};
    size_t count = 0;
    bool listed = true;
    int made = -1;
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(cli, "out of memory");
    list_settings(feed, list);
    for (size_t i = 0; i < SETTINGS; i++)
        if (*list[i].value)
            members[count++] =
                (struct delta_member){list[i].name, strlen(list[i].name),
                                      delta_value_string_of(arena, *list[i].value, &err)};
    if (feed->feed.metadata_from.count) {
        const struct delta_value *pairs = list_pairs(cli, arena, &feed->feed.metadata_from, &err);
        members[count++] = (struct delta_member){METADATA_FROM, strlen(METADATA_FROM), pairs};
        listed = pairs;
    }
    const struct delta_value *settings =
        listed && err.code == DELTA_OK ? delta_value_object(arena, members, count, &err) : NULL;
    if (settings)
        made = delta_store_init(feed->path, settings, &err);
    delta_arena_free(arena);
    if (made >= 0)
        return CLI_OK;
    /* Without an error, the list of pairs found no memory, which is reported. */
    return err.code != DELTA_OK ? cli_error(cli, &err) : CLI_TROUBLE;
}

/* Takes from the store what the command line does not say. */
static int use_settings(struct adding *adding) {
    struct cli *cli = adding->cli;
    struct setting list[SETTINGS];
    const struct delta_value *about = delta_store_about(adding->batch.store);
    list_settings(adding->feed, list);
    for (size_t i = 0; i < SETTINGS; i++) {
        char pointer[32];
        size_t length;
        (void)snprintf(pointer, sizeof pointer, "/%s", list[i].name);
        const struct delta_value *value = delta_value_at(about, pointer, strlen(pointer), NULL);
        const char *text = value ? delta_value_text(value, &length) : NULL;
        if (!text || adding->feed->keyed.keyed)
            continue;
        if (*list[i].value) {
            bool same =
                strlen(*list[i].value) == length && memcmp(*list[i].value, text, length) == 0;
            if (i == 0 && !same)
                return cli_usage(cli, "--by: the keys of this store are at '%.*s'", (int)length,
                                 text);
            continue;
        }
        char *copy = cli_alloc(cli, length + 1, 1);
        if (!copy)
            return CLI_TROUBLE;
        memcpy(copy, text, length);
        *list[i].value = copy;
    }
    if (!adding->feed->feed.metadata_from.count && !adding->feed->keyed.keyed) {
        const struct delta_value *pairs =
            delta_value_at(about, "/" METADATA_FROM, strlen("/" METADATA_FROM), NULL);
        if (use_pairs(cli, pairs, &adding->feed->feed.metadata_from) != CLI_OK)
            return CLI_TROUBLE;
    }
    if (!adding->feed->keyed.by && !adding->feed->keyed.keyed)
        return cli_usage(cli, "this store does not say where the key of a state is: use --by");
    return CLI_OK;
}

/* A source that the store names is of no use to states whose position is not named. */
static void drop_source(struct feed_options *feed) {
    if (!feed->seq_from)
        feed->source = NULL;
}

static int open_store(struct adding *adding) {
    struct store_feed *feed = adding->feed;
    int status = CLI_OK;
    if (feed->keyed.by || feed->keyed.keyed)
        status = make_store(adding->cli, feed);
    if (status != CLI_OK)
        return status;
    status = store_batch_open(adding->cli, &adding->batch, feed->path, feed->cache, feed->ack);
    if (status == CLI_OK)
        status = use_settings(adding);
    drop_source(&feed->feed);
    return status;
}

/* ---- The stream ------------------------------------------------------------------------------ */

static int add_line(struct adding *adding, struct keyed_lines *lines, struct delta_arena *arena,
                    const struct keyed_line *line, const struct delta_history_note *note) {
    struct delta_history_note own = *note;
    struct feed_options feed = adding->feed->feed;
    const struct delta_value *state = line->value;
    struct delta_err err = {0};
    size_t length;
    int status = CLI_OK;
    own.ended = line->ended;
    if (line->ended)
        feed.state_from = NULL;
    if (!feed.time_from || !line->value)
        status = record_options_time(adding->cli, &adding->feed->time, &own.time);
    if (status == CLI_OK && line->value &&
        (feed_read(&feed, arena, line->value, note->metadata, &state, &own, &err) < 0 ||
         unmatched_look(adding->feed->unmatched, note->filter, arena, line->ended ? NULL : state,
                        &err))) {
        keyed_lines_place(lines, &err);
        status = cli_error(adding->cli, &err);
    }
    if (status != CLI_OK) {
        delta_arena_free(arena);
        return status;
    }
    const char *key = delta_value_text(line->key, &length);
    if (delta_store_add(adding->batch.store, key, length, arena, line->ended ? NULL : state, &own,
                        line->number, &err) < 0) {
        keyed_lines_place(lines, &err);
        return cli_error(adding->cli, &err);
    }
    return store_batch_flush_in_time(&adding->batch);
}

static int add_lines(struct adding *adding, const struct delta_history_note *note) {
    struct cli *cli = adding->cli;
    struct keyed_lines lines;
    struct keyed_line line;
    int status = keyed_lines_open(cli, &lines, adding->feed->input, &adding->feed->keyed);
    adding->batch.input = lines.lines.name;
    while (status == CLI_OK) {
        if (!cli_lines_near(&lines.lines, STORE_PATIENCE) &&
            (status = store_batch_flush(&adding->batch)) != CLI_OK)
            break;
        struct delta_arena *arena = delta_arena_new();
        int got = arena ? keyed_lines_next(cli, &lines, arena, DELTA_USE_COMPARE | DELTA_USE_DIGEST,
                                           &line)
                        : -1;
        if (got <= 0) {
            status = !arena ? cli_fail(cli, "out of memory") : got < 0 ? CLI_TROUBLE : CLI_OK;
            delta_arena_free(arena);
            break;
        }
        status = add_line(adding, &lines, arena, &line, note);
    }
    keyed_lines_close(&lines);
    return status;
}

int store_add_feed(struct cli *cli, struct store_feed *feed,
                   const struct delta_history_note *note) {
    struct adding adding = {.cli = cli, .feed = feed, .batch.cli = cli};
    int status = open_store(&adding);
    if (status == CLI_OK)
        status = add_lines(&adding, note);
    return store_batch_close(&adding.batch, status);
}
