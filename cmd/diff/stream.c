#include "diff/stream.h"

#include "cli/feed.h"
#include "cli/key_states.h"
#include "cli/record_options.h"
#include "cli/unmatched.h"
#include "diff/record_output.h"
#include "report/change_list.h"
#include "report/file_report.h"
#include "report/section.h"

#include <stdio.h>
#include <string.h>

/* What all lines share. */
struct stream {
    struct cli *cli;
    const struct options *options;
    struct delta_diff_options diff;
    struct keyed_lines lines;
    struct key_states *states; /* of each key the last one; without keys there is one, "" */
    struct report report;
    struct unmatched *unmatched;
    uint64_t outcomes[FILE_OUTCOMES]; /* of states, in text and of two files */
    bool files;                       /* two: what is the same is not written */
};

/* A state and where it comes from. */
struct stream_state {
    struct delta_arena *arena;
    const struct delta_value *state; /* NULL: the thing ended */
    bool shares;                     /* with the state before, whose arena is going to be freed */
    const struct keyed_line *line;
    const struct delta_places *places; /* of its elements, in the line */
    int64_t time;                      /* of the record */
};

/* ---- What is written of a state ---- */

/* Whether the texts of states are kept, for the positions of changes in them. */
static bool keeps_text(const struct options *options) {
    return options->how.format == FORMAT_CHANGES;
}

/* A line of a text is one of the file. */
static void move_row(struct change_row *row, uint64_t number, size_t column) {
    if (row->line == 1 && row->column)
        row->column += column;
    if (row->line)
        row->line += number - 1;
}

/* Writes the changes from the state before to this one, at their places in the input. */
static int put_changes(const struct stream *stream, const struct delta_record *record,
                       const struct key_state *before, const struct stream_state *next) {
    struct cli *cli = stream->cli;
    const struct keyed_line *line = next->line;
    const char *pointer = stream->options->feed.state_from;
    const struct change_state states[2] = {
        {before->state, before->text, before->text_length, pointer},
        {next->state, next->state ? line->text : NULL, line->length, pointer}};
    struct delta_arena *arena = delta_arena_new();
    struct change_list list = {0};
    struct delta_buf out = {0};
    struct delta_err err = {0};
    const struct change_origin origin = {.key = line->key};
    if (!arena)
        return cli_fail(cli, "out of memory");
    change_list_make(arena, record, &states[0], &states[1], stream->diff.filter, &list, &err);
    for (size_t i = 0; i < list.count && err.code == DELTA_OK; i++) {
        struct change_row *row = &list.rows[i];
        if (row->kind == DELTA_CHANGE_REMOVE)
            move_row(row, before->number, before->column);
        else
            move_row(row, line->number, line->column);
        change_row_write(arena, row, &origin, &out, &err);
    }
    int status = err.code != DELTA_OK                     ? cli_error(cli, &err)
                 : out.failed                             ? cli_fail(cli, "out of memory")
                 : out.length && cli_write_buf(cli, &out) ? CLI_TROUBLE
                                                          : CLI_OK;
    change_list_free(&list);
    delta_buf_free(&out);
    delta_arena_free(arena);
    return status;
}

/* Writes a heading with the key, and the changes below it. */
static int put_section(const struct stream *stream, const struct delta_record *record,
                       const struct key_state *before, const struct stream_state *next) {
    struct cli *cli = stream->cli;
    const struct delta_text_options text = {.width = options_text_width(cli, stream->options),
                                            .color = cli_color(cli),
                                            .filter = stream->diff.filter,
                                            .indent = 2,
                                            .changes_only = true};
    struct delta_buf out = {0};
    struct delta_err err = {0};
    size_t length;
    const char *key = delta_value_text(next->line->key, &length);
    bool both = before->state && next->state;
    section_heading(&out, text.color, both ? "" : next->state ? "+ " : "- ", key, length);
    int status = CLI_OK;
    if (both && delta_text_write(record, before->state, &text, &out, &err))
        status = cli_error(cli, &err);
    else if (out.failed)
        status = cli_fail(cli, "out of memory");
    else if (cli_write_buf(cli, &out))
        status = CLI_TROUBLE;
    delta_buf_free(&out);
    return status;
}

static enum file_outcome outcome_of(const struct key_state *before,
                                    const struct stream_state *next) {
    if (!before->state)
        return FILE_ADDED;
    if (!next->state)
        return FILE_REMOVED;
    return delta_value_equal(before->state, next->state) ? FILE_SAME : FILE_CHANGED;
}

/* Writes what leads from the state before to this one. */
static int put_state(struct stream *stream, struct delta_arena *scratch,
                     const struct key_state *before, const struct stream_state *next) {
    if (stream->files || stream->options->how.format == FORMAT_TEXT) {
        enum file_outcome outcome = outcome_of(before, next);
        stream->outcomes[outcome]++;
        if (outcome == FILE_SAME || stream->options->brief)
            return CLI_OK;
    }
    struct delta_diff_options own = stream->diff;
    struct delta_err err = {0};
    if (!before->state && own.strategy != DELTA_COMPRESS && own.strategy != DELTA_NONE)
        own.strategy = DELTA_AUTO; /* a full one, whatever the others are */
    own.key = next->line->key;
    own.timestamp = next->time;
    own.places = next->places;
    const struct delta_record *record = delta_diff(scratch, before->state, next->state, &own, &err);
    if (!record)
        return cli_error(stream->cli, &err);
    switch (stream->options->how.format) {
    case FORMAT_CHANGES:
        return put_changes(stream, record, before, next);
    case FORMAT_TEXT:
        return put_section(stream, record, before, next);
    default:
        return record_output(stream->cli, stream->options, &own, record, before->state,
                             &stream->report);
    }
}

/* ---- What a line says ---- */

/* The part of a pointer of --by that is below the state; NULL when it is not in it. */
static const char *below_state(const struct options *options, const char *pointer) {
    const char *from = options->feed.state_from ? options->feed.state_from : "";
    size_t length = strlen(from);
    bool below =
        strncmp(pointer, from, length) == 0 && (pointer[length] == '/' || pointer[length] == '\0');
    return below ? pointer + length : NULL;
}

/* A masked key would be shown by each record. 0, or -1 with `err`. */
static int check_masked_key(const struct stream *stream, struct delta_arena *arena,
                            const struct delta_value *state, struct delta_err *err) {
    if (!stream->options->filtering.mask.count || !stream->lines.by_count)
        return 0;
    const struct delta_value *masked = delta_filter_mask(arena, stream->diff.filter, state, err);
    if (!masked)
        return -1;
    for (size_t i = 0; i < stream->lines.by_count && masked != state; i++) {
        const char *pointer = below_state(stream->options, stream->lines.by[i].text);
        const struct delta_value *key[2] = {0};
        if (pointer) {
            key[0] = delta_value_at(state, pointer, strlen(pointer), NULL);
            key[1] = delta_value_at(masked, pointer, strlen(pointer), NULL);
        }
        if (key[0] && (!key[1] || !delta_value_equal(key[0], key[1]))) {
            *err = (struct delta_err){
                .code = DELTA_ERR_USAGE, .has_pointer = true, .text = "the key is masked"};
            strncpy(err->pointer, stream->lines.by[i].text, sizeof err->pointer - 1);
            return -1;
        }
    }
    return 0;
}

/* Reads what else the line says: the time of the record, and where the state is. The state is what
 * is to be compared with the one before. 0, or -1 with `err`. */
static int read_state(struct stream *stream, struct delta_arena *scratch,
                      const struct delta_value *before, struct stream_state *next,
                      struct delta_err *err) {
    const struct delta_filter *filter = stream->diff.filter;
    const struct keyed_line *line = next->line;
    struct delta_history_note note = {.time = next->time};
    struct feed_options feed = stream->options->feed;
    if (line->ended)
        feed.state_from = NULL; /* it need not be there */
    if (line->value &&
        feed_read(&feed, next->arena, line->value, NULL, &next->state, &note, err) < 0)
        return -1;
    next->time = note.time;
    if (line->ended) {
        next->state = NULL;
        return 0;
    }
    if (unmatched_look(stream->unmatched, filter, scratch, next->state, err) ||
        check_masked_key(stream, scratch, next->state, err))
        return -1;
    if (filter && options_show_changes(stream->options))
        next->state = delta_filter_expand(next->arena, filter, next->state, err);
    if (next->state && filter && before) {
        const struct delta_value *whole = next->state;
        next->state = delta_filter_place(next->arena, filter, before, whole, &next->places, err);
        next->shares = next->state != whole;
    }
    return next->state ? 0 : -1;
}

/* Makes a copy of a state that shares with the one before, in an arena of its own. 0, or -1 with
 * `err`. */
static int copy_shared(struct stream_state *next, struct delta_err *err) {
    if (!next->shares)
        return 0;
    struct delta_arena *own = delta_arena_new();
    next->state = own ? delta_value_copy(own, next->state, err) : NULL;
    delta_arena_free(next->arena);
    next->arena = own;
    return own ? next->state ? 0 : -1 : cli_err_memory(err);
}

/* Keeps the state as the one that the next one of its key is compared with. */
static int keep_state(struct stream *stream, struct stream_state *next) {
    const struct keyed_line *line = next->line;
    struct delta_err err = {0};
    const char *text = NULL;
    if (!next->state) {
        delta_arena_free(next->arena);
        key_states_remove(stream->states);
        return CLI_OK;
    }
    if (copy_shared(next, &err) ||
        (keeps_text(stream->options) &&
         !(text = delta_bytes_copy(next->arena, line->text, line->length, &err)))) {
        delta_arena_free(next->arena);
        return cli_error(stream->cli, &err);
    }
    const struct key_state known = {.state = next->state,
                                    .text = text,
                                    .text_length = line->length,
                                    .number = line->number,
                                    .column = line->column};
    return key_states_put(stream->states, next->arena, &known);
}

static int refuse_duplicate(const struct stream *stream, const char *key, size_t length) {
    struct delta_err err = {.code = DELTA_ERR_SYNTAX};
    (void)snprintf(err.text, sizeof err.text, "a second state has the key %.*s", (int)length, key);
    keyed_lines_place(&stream->lines, &err);
    return cli_error(stream->cli, &err);
}

/* Where a line is from. */
enum side { STREAM, OLD_FILE, NEW_FILE };

/* One line, whose value is in `arena`, which is the stream's from now on. */
static int take_line(struct stream *stream, enum side side, const struct keyed_line *line,
                     struct delta_arena *arena) {
    struct stream_state next = {.arena = arena, .line = line, .time = stream->diff.timestamp};
    struct delta_err err = {0};
    size_t length = 0;
    const char *key = line->key ? delta_value_text(line->key, &length) : "";
    const struct key_state *before = key_states_get(stream->states, key, length);
    struct delta_arena *scratch = delta_arena_new();
    int status = side == STREAM
                     ? record_options_time(stream->cli, &stream->options->timestamp, &next.time)
                     : CLI_OK;
    if (status != CLI_OK) {
        /* said already */
    } else if (!before || !scratch) {
        status = before ? cli_fail(stream->cli, "out of memory") : CLI_TROUBLE;
    } else if ((side == OLD_FILE && before->state) || (side == NEW_FILE && before->seen)) {
        status = refuse_duplicate(stream, key, length);
    } else if (read_state(stream, scratch, before->state, &next, &err)) {
        keyed_lines_place(&stream->lines, &err);
        status = err.code == DELTA_OK ? cli_fail(stream->cli, "out of memory")
                                      : cli_error(stream->cli, &err);
    } else if (side != OLD_FILE && (before->state || next.state)) {
        status = put_state(stream, scratch, before, &next);
    }
    delta_arena_free(scratch);
    if (status == CLI_OK && side != NEW_FILE) {
        status = keep_state(stream, &next);
    } else {
        if (status == CLI_OK)
            key_states_see(stream->states);
        delta_arena_free(next.arena);
    }
    return status;
}

/* Takes each line of a file. */
static int take_all(struct stream *stream, enum side side, const char *path) {
    int status = keyed_lines_open(stream->cli, &stream->lines, path, &stream->options->keyed);
    for (int got = 1; status == CLI_OK && got;) {
        struct keyed_line line;
        struct delta_arena *arena = delta_arena_new();
        got = arena ? keyed_lines_next(stream->cli, &stream->lines, arena,
                                       DELTA_USE_COMPARE | DELTA_USE_DIGEST, &line)
                    : cli_fail(stream->cli, "out of memory");
        if (arena && got > 0) {
            status = take_line(stream, side, &line, arena);
        } else {
            delta_arena_free(arena);
            status = got ? CLI_TROUBLE : CLI_OK;
        }
    }
    keyed_lines_close(&stream->lines);
    return status;
}

static int put_totals(struct stream *stream) {
    struct delta_buf totals = {0};
    file_report_put_totals(stream->outcomes, "state", &totals);
    delta_buf_put(&totals, "\n", 1);
    int status = totals.failed                         ? cli_fail(stream->cli, "out of memory")
                 : cli_write_buf(stream->cli, &totals) ? CLI_TROUBLE
                                                       : CLI_OK;
    delta_buf_free(&totals);
    return status;
}

/* The memory for states. */
static uint64_t cache_of(const struct options *options) {
    bool keys = options->keyed.by || options->keyed.keyed;
    return !keys ? UINT64_MAX : options->cache == NO_CACHE ? KEY_STATES_CACHE : options->cache;
}

/* CLI_OK, or the status to end with. */
static int begin(struct stream *stream, struct delta_arena *arena) {
    struct cli *cli = stream->cli;
    const struct options *options = stream->options;
    stream->unmatched = unmatched_new(cli, &options->given);
    if (!stream->unmatched)
        return CLI_TROUBLE;
    int status = options_make(cli, options, arena, &stream->diff);
    if (status != CLI_OK)
        return status;
    stream->states = key_states_new(cli, cache_of(options));
    if (!stream->states)
        return CLI_TROUBLE;
    report_begin(&stream->report);
    cli_output_keep(cli);
    bool binary = stream->diff.packed && !options->keyed.keyed;
    return !options->brief && cli_output_open(cli, binary) ? CLI_TROUBLE : CLI_OK;
}

/* Returns the status to end with. */
static int end(struct stream *stream, int status) {
    if (status == CLI_OK && stream->options->how.format == FORMAT_TEXT && !stream->options->brief)
        status = put_totals(stream);
    if (status == CLI_OK) {
        unmatched_warn(stream->unmatched, "in any state");
        report_end(stream->cli, &stream->report, stream->options->report);
    }
    key_states_free(stream->states);
    return status;
}

int diff_stream(struct cli *cli, const struct options *options, struct delta_arena *arena) {
    struct stream stream = {.cli = cli, .options = options};
    int status = begin(&stream, arena);
    if (status == CLI_OK)
        status = take_all(&stream, STREAM, cli->operands[0]);
    return end(&stream, status);
}

/* ---- Two files ---- */

/* A thing that the new file does not have. */
static int take_missing(void *context, const char *key, size_t length,
                        const struct key_state *known) {
    struct stream *stream = context;
    struct delta_err err = {0};
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(stream->cli, "out of memory");
    const struct keyed_line line = {.key = delta_value_string(arena, key, length, &err)};
    const struct stream_state next = {.line = &line, .time = stream->diff.timestamp};
    int status = line.key ? put_state(stream, arena, known, &next) : cli_error(stream->cli, &err);
    delta_arena_free(arena);
    return status;
}

int diff_keyed_files(struct cli *cli, const struct options *options, struct delta_arena *arena) {
    struct stream stream = {.cli = cli, .options = options, .files = true};
    int status = begin(&stream, arena);
    if (status == CLI_OK)
        status = take_all(&stream, OLD_FILE, cli->operands[0]);
    if (status == CLI_OK)
        status = take_all(&stream, NEW_FILE, cli->operands[1]);
    if (status == CLI_OK)
        status = key_states_visit(stream.states, take_missing, &stream);
    status = end(&stream, status);
    bool differs = stream.outcomes[FILE_ADDED] || stream.outcomes[FILE_REMOVED] ||
                   stream.outcomes[FILE_CHANGED];
    return status == CLI_OK && differs && !options->exit_zero ? CLI_NO : status;
}
