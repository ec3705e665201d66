#include "diff/stream.h"

#include "cli/keyed_lines.h"
#include "cli/unmatched.h"
#include "diff/record_output.h"
#include "report/change_list.h"

/* A line of the stream, and its state. The text is kept for the places of changes only. */
struct stream_line {
    struct delta_arena *arena;
    const struct delta_value *state; /* NULL: there is no line before the first */
    struct delta_buf text;
    uint64_t number;
};

/* What counts of a line's state: `state` itself, or a copy in an arena of its own, which takes the
 * place of `*arena`, for it shares with the state before, whose arena is going to be freed. */
static const struct delta_value *filter_line(struct delta_arena **arena,
                                             const struct delta_filter *filter,
                                             const struct delta_value *before,
                                             const struct delta_value *state,
                                             struct delta_err *err) {
    const struct delta_value *counted = delta_filter_apply(*arena, filter, before, state, err);
    if (!counted || counted == state)
        return counted;
    struct delta_arena *own = delta_arena_new();
    const struct delta_value *copy = own ? delta_value_copy(own, counted, err) : NULL;
    if (!copy) {
        delta_arena_free(own);
        return NULL;
    }
    delta_arena_free(*arena);
    *arena = own;
    return copy;
}

/* Writes the changes from the line before to this one, at their places in the lines. */
static int put_changes(struct cli *cli, const struct delta_diff_options *diff,
                       const struct delta_record *record, const struct stream_line *before,
                       const struct stream_line *line) {
    const struct change_state states[2] = {{before->state, before->text.data, before->text.length},
                                           {line->state, line->text.data, line->text.length}};
    struct delta_arena *arena = delta_arena_new();
    struct change_list list = {0};
    struct delta_buf out = {0};
    struct delta_err err = {0};
    const struct change_origin origin = {0};
    if (!arena)
        return cli_fail(cli, "out of memory");
    change_list_make(arena, record, &states[0], &states[1], diff->filter, &list, &err);
    for (size_t i = 0; i < list.count && err.code == DELTA_OK; i++) {
        struct change_row *row = &list.rows[i];
        if (row->line)
            row->line = row->kind == DELTA_CHANGE_REMOVE ? before->number : line->number;
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

/* What all lines share. */
struct stream {
    struct cli *cli;
    const struct options *options;
    struct delta_diff_options diff;
    struct keyed_lines lines;
    struct report report;
    struct unmatched *unmatched;
};

/* One line: the record that leads to its state, which is in `arena`, from the state before.
 * `*before` becomes this line. */
static int diff_line(struct stream *stream, const struct keyed_line *read,
                     struct delta_arena *arena, struct stream_line *before) {
    struct cli *cli = stream->cli;
    const struct delta_diff_options *diff = &stream->diff;
    struct delta_err err = {0};
    struct stream_line line = {.number = read->number};
    struct delta_arena *scratch = delta_arena_new();
    int status = CLI_OK;
    const struct delta_value *next = read->value;
    if (!scratch) {
        status = cli_fail(cli, "out of memory");
    } else if (unmatched_look(stream->unmatched, diff->filter, scratch, next, &err)) {
        status = cli_error(cli, &err);
    } else if (diff->filter && options_show_changes(stream->options) &&
               !(next = delta_filter_expand(arena, diff->filter, next, &err))) {
        keyed_lines_place(&stream->lines, &err);
        status = cli_error(cli, &err);
    } else if (diff->filter && before->state &&
               !(next = filter_line(&arena, diff->filter, before->state, next, &err))) {
        keyed_lines_place(&stream->lines, &err);
        status = cli_error(cli, &err);
    } else {
        struct delta_diff_options own = *diff;
        if (!before->state && own.strategy != DELTA_COMPRESS && own.strategy != DELTA_NONE)
            own.strategy = DELTA_AUTO; /* a full one, whatever the others are */
        const struct delta_record *record = delta_diff(scratch, before->state, next, &own, &err);
        line.state = next;
        if (!record) {
            status = cli_error(cli, &err);
        } else if (stream->options->how.format == FORMAT_CHANGES) {
            delta_buf_put(&line.text, read->text, read->length);
            status = put_changes(cli, diff, record, before, &line);
        } else {
            status =
                record_output(cli, stream->options, &own, record, before->state, &stream->report);
        }
    }
    delta_arena_free(scratch);
    line.arena = arena;
    struct stream_line *useless = status == CLI_OK ? before : &line;
    delta_arena_free(useless->arena);
    delta_buf_free(&useless->text);
    if (status == CLI_OK)
        *before = line;
    return status;
}

int diff_stream(struct cli *cli, const struct options *options, struct delta_arena *arena) {
    static const struct keyed_options no_keys = {0};
    struct stream stream = {
        .cli = cli, .options = options, .unmatched = unmatched_new(cli, &options->given)};
    struct stream_line before = {0};
    int status = stream.unmatched ? options_make(cli, options, arena, &stream.diff) : CLI_TROUBLE;
    if (status != CLI_OK)
        return status;
    status = keyed_lines_open(cli, &stream.lines, cli->operands[0], &no_keys);
    report_begin(&stream.report);
    cli_output_keep(cli);
    if (status == CLI_OK && cli_output_open(cli, stream.diff.packed))
        status = CLI_TROUBLE;
    while (status == CLI_OK) {
        struct keyed_line line;
        struct delta_arena *own = delta_arena_new();
        int got = own ? keyed_lines_next(cli, &stream.lines, own,
                                         DELTA_USE_COMPARE | DELTA_USE_DIGEST, &line)
                      : -1;
        if (got > 0) {
            status = diff_line(&stream, &line, own, &before);
            continue;
        }
        delta_arena_free(own);
        if (got == 0)
            break;
        status = own ? CLI_TROUBLE : cli_fail(cli, "out of memory");
    }
    if (status == CLI_OK) {
        unmatched_warn(stream.unmatched, "in any state");
        report_end(cli, &stream.report, options->report);
    }
    delta_arena_free(before.arena);
    delta_buf_free(&before.text);
    keyed_lines_close(&stream.lines);
    return status;
}
