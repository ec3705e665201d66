#include "chain/record.h"

#include "chain/chain.h"
#include "chain/step.h"

#include <inttypes.h>

int chain_record_check(struct cli *cli, struct record_options *options) {
    struct record_format *how = &options->how;
    bool text = options->stat || options->width != STEP_NO_WIDTH;
    if (how->format == FORMAT_UNSET)
        how->format = text ? FORMAT_TEXT : FORMAT_JSON;
    bool foreign = !record_format_is_record(how), patch = record_format_is_patch(how);
    const char *idle =
        text && how->format != FORMAT_TEXT       ? "--stat and --width without -f text"
        : foreign && options->strategy           ? "-s with text, changes or a patch"
        : foreign && how->level                  ? "-z with text, changes or a patch"
        : patch && options->filtering.mask.count ? "--mask with a patch, which would set the values"
        : how->standalone && !record_format_is_packed(how) ? "--standalone without -z or -f packed"
                                                           : NULL;
    return idle ? cli_usage(cli, "no effect: %s", idle) : CLI_GO;
}

/* Appends the record as it is to be written. */
static int format_record(struct cli *cli, struct delta_arena *arena,
                         const struct record_options *options, const struct delta_filter *filter,
                         const struct delta_record *record, const struct delta_value *base,
                         const struct delta_history_entry *entry, struct delta_buf *bytes) {
    struct delta_err err = {0};
    struct step_view view;
    if (options->how.format == FORMAT_TEXT || options->how.format == FORMAT_CHANGES) {
        enum step_form form = options->how.format == FORMAT_CHANGES ? STEP_CHANGES
                              : options->stat                       ? STEP_STAT
                                                                    : STEP_TEXT;
        step_view_begin(&view, cli, form, options->width, filter);
        return step_write(&view, arena, record, base, entry, bytes);
    }
    return record_format_write(cli, &options->how, record, base, bytes, &err) < 0
               ? cli_error(cli, &err)
               : CLI_OK;
}

/* The position of a state, its own or that of the history; none where both are unknown. */
static int set_position(struct cli *cli, struct delta_arena *arena,
                        const struct delta_history *history,
                        const struct delta_history_entry *entry, struct delta_diff_options *diff) {
    struct delta_err err = {0};
    size_t length;
    const char *source = chain_position(history, entry, &length, &diff->seq);
    if (!length || (!entry->source && !entry->serial))
        return CLI_OK;
    diff->source = delta_value_string(arena, source, length, &err);
    return diff->source ? CLI_OK : cli_error(cli, &err);
}

int chain_record_write(struct cli *cli, struct delta_arena *arena,
                       const struct record_options *options, const struct delta_filter *filter,
                       const struct delta_history *history, const struct delta_value *old_state,
                       const struct delta_history_entry *entry) {
    struct delta_err err = {0};
    struct delta_buf bytes = {0}, line = {0};
    bool foreign = !record_format_is_record(&options->how);
    struct delta_diff_options diff = {.strategy = options->strategy,
                                      .packed = record_format_is_packed(&options->how),
                                      .level = (int)options->how.level,
                                      .standalone = options->how.standalone,
                                      .elementwise = foreign,
                                      .filter = filter,
                                      .has_timestamp = true,
                                      .timestamp = entry->time,
                                      .metadata = entry->metadata};
    bool ended = entry->ended && old_state && !foreign;
    const struct delta_value *new_state = entry->value;
    int status = history ? set_position(cli, arena, history, entry, &diff) : CLI_OK;
    if (status != CLI_OK)
        return status;
    if (options->key &&
        !(diff.key = delta_value_string(arena, options->key, options->key_length, &err)))
        return cli_error(cli, &err);
    status = CLI_TROUBLE;
    /* Listed or counted part by part, as log does, where there is nothing before. */
    if (!old_state && (options->stat || options->how.format == FORMAT_CHANGES) &&
        delta_value_type(new_state) == DELTA_OBJECT)
        old_state = delta_value_object(arena, NULL, 0, &err);
    if (filter && old_state)
        new_state = delta_filter_place(arena, filter, old_state, new_state, &diff.places, &err);
    if (foreign && old_state)
        diff.strategy = DELTA_DICT;
    const struct delta_record *record =
        new_state ? delta_diff(arena, old_state, ended ? NULL : new_state, &diff, &err) : NULL;
    if (!record) {
        status = cli_error(cli, &err);
    } else if (format_record(cli, arena, options, filter, record, old_state, entry, &bytes) !=
               CLI_OK) {
        status = CLI_TROUBLE;
    } else if (options->most && bytes.length > options->most) {
        status = cli_fail(
            cli, "%s: the record of state %" PRIu32 " has %zu bytes, more than --max-record allows",
            cli->operands[0], entry->index, bytes.length);
    } else if (options->keyed) {
        record_format_keyed(options->key, options->key_length, diff.packed, &bytes, &line);
        status = line.failed                 ? cli_fail(cli, "out of memory")
                 : cli_write_buf(cli, &line) ? CLI_TROUBLE
                                             : CLI_OK;
    } else if (record_format_put(cli, &options->how, &bytes) == 0) {
        status = CLI_OK;
    }
    delta_buf_free(&line);
    delta_buf_free(&bytes);
    return status;
}
