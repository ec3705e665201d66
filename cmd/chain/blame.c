/* delta-chain blame: which state last set each place. */
#include "chain/chain.h"
#include "cli/filter_options.h"
#include "cli/json_text.h"
#include "cli/unmatched.h"

#include <inttypes.h>
#include <string.h>

enum blame_form { BLAME_TEXT, BLAME_CHANGES };

static const struct cli_word forms[] = {
    {"text", BLAME_TEXT},
    {"changes", BLAME_CHANGES},
    {NULL, 0},
};

struct blame_options {
    enum blame_form form;
    struct filtering filtering;
};

const struct cli_option chain_blame_options[] = {
    {CLI_CHOICE, 'f', "format", "FORM", "text, or one JSON object a line for each leaf",
     CLI_AT(struct blame_options, form), .words = forms},
    FILTERING_OPTIONS(struct blame_options, filtering),
    {0},
};

struct blaming {
    struct cli *cli;
    const struct blame_options *options;
    struct delta_arena *arena; /* of one line */
    struct delta_buf out;
    bool failed; /* reported */
};

/* An object a line: revision, time, path, value. */
static int put_object(struct blaming *b, const struct delta_blame *leaf, struct delta_err *err) {
    char seconds[CHAIN_TIME_TEXT];
    chain_seconds(seconds, leaf->time);
    const struct delta_member members[] = {
        {"revision", 8, delta_value_u64(b->arena, leaf->index, err)},
        {"time", 4, delta_value_number(b->arena, seconds, strlen(seconds), err)},
        {"path", 4, delta_value_string_wtf8(b->arena, leaf->pointer, leaf->pointer_length, err)},
        {"value", 5, leaf->value},
    };
    const struct delta_value *line =
        delta_value_object(b->arena, members, sizeof members / sizeof *members, err);
    return line ? cli_json_visible(line, &b->out, err) : -1;
}

static int put_text(struct blaming *b, const struct delta_blame *leaf, struct delta_err *err) {
    char time[CHAIN_TIME_TEXT];
    delta_buf_printf(&b->out, "%6" PRIu32 "  %-24s  ", leaf->index, chain_time(time, leaf->time));
    delta_visible_write(leaf->pointer, leaf->pointer_length, &b->out);
    delta_buf_put(&b->out, "  ", 2);
    return chain_put_value(leaf->value, DELTA_COMPACT, &b->out, err);
}

static int put_leaf(void *context, const struct delta_blame *leaf, struct delta_err *err) {
    struct blaming *b = context;
    int status =
        b->options->form == BLAME_CHANGES ? put_object(b, leaf, err) : put_text(b, leaf, err);
    delta_buf_put(&b->out, "\n", 1);
    delta_arena_clear(b->arena);
    /* A pager needs all of it. */
    if (status == 0 && !b->out.failed && !cli_is_terminal(b->cli)) {
        status = cli_write_buf(b->cli, &b->out);
        b->failed = status != 0;
        delta_buf_free(&b->out);
    }
    return status ? -1 : 0;
}

static int blame(struct blaming *b, struct delta_history *history,
                 const struct delta_filter *filter, uint32_t index) {
    struct cli *cli = b->cli;
    struct delta_err err = {0};
    int64_t lost = delta_history_blame(history, index, filter, put_leaf, b, &err);
    if (lost < 0)
        return b->failed ? CLI_TROUBLE : chain_damage(cli, &err);
    if (b->out.failed)
        return cli_fail(cli, "out of memory");
    if (b->out.length && cli_page(cli, &b->out) < 0)
        return CLI_TROUBLE;
    if (lost)
        cli_warn(cli,
                 "%s: %" PRId64 " states cannot be read: what they set is attributed to later ones",
                 cli->operands[0], lost);
    return lost ? CLI_NO : CLI_OK;
}

/* Warns of patterns that select nothing in the state. */
static int warn_unmatched(struct cli *cli, struct delta_history *history,
                          const struct filtering *given, const struct delta_filter *filter,
                          struct delta_arena *arena, uint32_t index) {
    struct unmatched *unmatched = unmatched_new(cli, given);
    struct delta_err err = {0};
    if (!unmatched || !unmatched_any(unmatched))
        return unmatched ? CLI_OK : CLI_TROUBLE;
    const struct delta_value *state = delta_history_get(history, arena, index, &err);
    if (!state || unmatched_look(unmatched, filter, arena, state, &err))
        return chain_damage(cli, &err);
    unmatched_warn(unmatched, "in the state");
    return CLI_OK;
}

int chain_blame(struct cli *cli, int argc, char **argv) {
    struct blame_options options = {0};
    const struct delta_filter *filter;
    uint32_t index;
    struct delta_history *history;
    struct chain_operands operands = {1, 2, "HISTORY REV", DELTA_HISTORY_READ};
    int status = chain_begin(cli, argc, argv, &options, operands, &history);
    if (status != CLI_GO)
        return status;
    if (options.filtering.unordered.count) {
        delta_history_close(history);
        return cli_usage(cli, "no effect: --unordered; elements keep their blame where they move");
    }
    struct blaming blaming = {.cli = cli, .options = &options, .arena = delta_arena_new()};
    struct delta_arena *arena = delta_arena_new();
    status = arena && blaming.arena ? filtering_make(cli, &options.filtering, arena, &filter)
                                    : cli_fail(cli, "out of memory");
    if (status == CLI_OK)
        status = chain_revision_or_tip(cli, history, 1, &index);
    if (status == CLI_OK)
        status = blame(&blaming, history, filter, index);
    if (status == CLI_OK)
        status = warn_unmatched(cli, history, &options.filtering, filter, arena, index);
    delta_buf_free(&blaming.out);
    delta_arena_free(blaming.arena);
    delta_arena_free(arena);
    delta_history_close(history);
    return status;
}
