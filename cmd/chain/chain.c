#include "chain/chain.h"
#include "chain/store.h"

#include "cli/local_time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Opens the history of a key, which becomes the operand. NULL: `err` says why, or it was reported.
 */
static struct delta_history *open_in_store(struct cli *cli, enum delta_history_mode mode,
                                           struct delta_err *err) {
    struct delta_store *store = delta_store_open(cli->operands[0], 0, err);
    char *path = NULL;
    if (store && cli->key) {
        path = store_path(cli, cli->operands[0], cli->key, strlen(cli->key));
    } else if (store) {
        err->code = DELTA_ERR_USAGE;
        (void)snprintf(err->text, sizeof err->text, "this is a store: name a history with --key");
        (void)snprintf(err->file, sizeof err->file, "%s", cli->operands[0]);
    }
    struct delta_history *history =
        path ? delta_store_history(store, cli->key, strlen(cli->key), mode, err) : NULL;
    delta_store_close(store);
    if (!history)
        return NULL;
    cli->operands[0] = path;
    cli->key = NULL;
    return history;
}

/* Opens it, and says how many bytes at its end are passed over; `err` says more when these are not
 * plainly an unfinished write. */
static struct delta_history *open_once(struct cli *cli, enum delta_history_mode mode,
                                       uint64_t *torn, struct delta_err *invalid) {
    struct delta_err err = {0};
    struct delta_history *history = store_is_one(cli->operands[0]) || cli->key
                                        ? open_in_store(cli, mode, &err)
                                        : delta_history_open(cli->operands[0], mode, &err);
    if (!history) {
        if (err.code != DELTA_OK)
            cli_error(cli, &err);
        return NULL;
    }
    delta_history_set_max_size(history, cli->max_size);
    (void)delta_history_check_end(history, torn, invalid);
    return history;
}

struct delta_history *chain_open(struct cli *cli, enum delta_history_mode mode) {
    uint64_t torn;
    struct delta_err invalid = {0};
    struct delta_history *history = open_once(cli, mode, &torn, &invalid);
    if (history && torn) {
        /* Perhaps somebody is writing it just now: a moment later it is there, or never will be. */
        static const struct timespec moment = {.tv_nsec = 20000000};
        delta_history_close(history);
        (void)nanosleep(&moment, NULL);
        invalid = (struct delta_err){0};
        history = open_once(cli, mode, &torn, &invalid);
    }
    if (history && invalid.code != DELTA_OK && delta_history_count(history))
        cli_warn(cli, "%s: %s; skipped: the last good state is %" PRIu32, cli->operands[0],
                 invalid.text, delta_history_count(history) - 1);
    else if (history && invalid.code != DELTA_OK)
        cli_warn(cli, "%s: %s; skipped: there is no good state", cli->operands[0], invalid.text);
    else if (history && torn)
        cli_warn(cli,
                 "%s: the last %" PRIu64 " bytes are of a state that was never finished; skipped",
                 cli->operands[0], torn);
    return history;
}

int chain_damage(struct cli *cli, const struct delta_err *err) {
    int status = cli_error(cli, err);
    return err->code == DELTA_ERR_DAMAGED ? CLI_NO : status;
}

const char *chain_states(uint64_t count) {
    return count == 1 ? "state" : "states";
}

void chain_warn_older(struct cli *cli, const char *path, uint64_t count) {
    cli_warn(cli, "%s: %" PRIu64 " %s older than those that are kept of their source; not added",
             path, count, count == 1 ? "state is" : "states are");
}

int chain_entry_damage(struct cli *cli, const struct delta_history_entry *entry) {
    if (!entry->damage)
        return CLI_OK;
    cli_warn(cli, "%s: state %" PRIu32 ": %s", cli->operands[0], entry->index, entry->damage);
    return CLI_NO;
}

const char *chain_position(const struct delta_history *history,
                           const struct delta_history_entry *entry, size_t *length, uint64_t *seq) {
    const char *own = delta_history_source(history);
    *length = entry->source ? entry->source_length : strlen(own);
    *seq = entry->source ? entry->seq : entry->serial;
    return entry->source ? entry->source : own;
}

int chain_begin(struct cli *cli, int argc, char **argv, void *options,
                struct chain_operands operands, struct delta_history **history) {
    int status = cli_parse(cli, argc, argv, options);
    if (status == CLI_GO)
        status = cli_operands(cli, operands.least, operands.most, operands.names);
    if (status != CLI_GO)
        return status;
    *history = chain_open(cli, operands.mode);
    return *history ? CLI_GO : CLI_TROUBLE;
}

int chain_revision(struct cli *cli, struct delta_history *history, const char *text,
                   uint32_t *index) {
    struct delta_err err = {0};
    if (delta_history_revision(history, text, local_time_parse, index, &err) < 0)
        return cli_error(cli, &err);
    return CLI_OK;
}

int chain_revision_or_tip(struct cli *cli, struct delta_history *history, size_t at,
                          uint32_t *index) {
    return chain_revision(cli, history, at < cli->operand_count ? cli->operands[at] : "tip", index);
}

int chain_put_value(const struct delta_value *value, enum delta_layout layout,
                    struct delta_buf *out, struct delta_err *err) {
    struct delta_buf text = {0};
    int failed = delta_write(value, layout, 0, &text, err);
    if (!failed)
        delta_visible_write(text.data, text.length, out);
    delta_buf_free(&text);
    return failed;
}

int chain_write_state(struct cli *cli, const struct delta_value *state, uint64_t indent) {
    bool indented = indent != CHAIN_CANONICAL;
    return cli_write_value(cli, state, indented ? DELTA_INDENTED : DELTA_CANONICAL,
                           (unsigned)indent) ||
                   cli_write(cli, "\n", 1)
               ? CLI_TROUBLE
               : CLI_OK;
}

int chain_range(struct cli *cli, struct delta_history *history, uint32_t *first, uint32_t *last,
                enum delta_range_kind *kind, bool *empty) {
    struct delta_err err = {0};
    *empty = false;
    *kind = DELTA_RANGE_FROM_START;
    if (cli->operand_count > 1) {
        if (delta_history_range(history, cli->operands[1], local_time_parse, first, last, kind,
                                &err) < 0)
            return cli_error(cli, &err);
        return CLI_OK;
    }
    uint32_t count = delta_history_count(history);
    *empty = count == 0;
    *first = 0;
    *last = count ? count - 1 : 0;
    return CLI_OK;
}

int chain_steps(struct cli *cli, struct delta_history *history, uint32_t *first, uint32_t *last,
                bool *empty) {
    enum delta_range_kind kind;
    int status = chain_range(cli, history, first, last, &kind, empty);
    if (status == CLI_OK && kind == DELTA_RANGE_AFTER) {
        *empty = *first == *last;
        *first += !*empty;
    }
    return status;
}

/* The part below a second, without zeros at its end. */
static void put_fraction(char *out, size_t size, int64_t nanoseconds) {
    char digits[16];
    (void)snprintf(digits, sizeof digits, ".%09" PRId64, nanoseconds);
    size_t length = strlen(digits);
    while (length > 1 && digits[length - 1] == '0')
        length--;
    if (length == 1)
        length = 0;
    size_t used = strlen(out);
    if (used + length < size) {
        memcpy(out + used, digits, length);
        out[used + length] = '\0';
    }
}

/* Whole seconds, rounded down, and what is left. */
static int64_t split_time(int64_t nanoseconds, int64_t *rest) {
    int64_t seconds = nanoseconds / 1000000000;
    *rest = nanoseconds % 1000000000;
    if (*rest < 0) {
        *rest += 1000000000;
        seconds--;
    }
    return seconds;
}

const char *chain_time(char out[CHAIN_TIME_TEXT], int64_t nanoseconds) {
    int64_t rest;
    time_t seconds = (time_t)split_time(nanoseconds, &rest);
    struct tm tm;
    if (!gmtime_r(&seconds, &tm) || !strftime(out, CHAIN_TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm))
        out[0] = '\0';
    put_fraction(out, CHAIN_TIME_TEXT - 1, rest);
    size_t used = strlen(out);
    out[used] = 'Z';
    out[used + 1] = '\0';
    return out;
}

const char *chain_seconds(char out[CHAIN_TIME_TEXT], int64_t nanoseconds) {
    /* As written, -0.25 has no rounding: sign, then the magnitude. */
    bool negative = nanoseconds < 0;
    uint64_t size = negative ? 0 - (uint64_t)nanoseconds : (uint64_t)nanoseconds;
    (void)snprintf(out, CHAIN_TIME_TEXT, "%s%" PRIu64, negative ? "-" : "", size / 1000000000);
    put_fraction(out, CHAIN_TIME_TEXT, (int64_t)(size % 1000000000));
    return out;
}

int chain_progress(void *context, uint64_t done, uint64_t total) {
    struct cli_progress *progress = context;
    progress->total = total;
    cli_progress_update(progress, done);
    return 0;
}
