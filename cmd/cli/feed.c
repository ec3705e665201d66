#include "cli/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int bad(struct delta_err *err, const char *pointer, size_t length, const char *what) {
    if (err->code == DELTA_OK) {
        err->code = DELTA_ERR_SYNTAX;
        (void)snprintf(err->text, sizeof err->text, "%s", what);
        (void)snprintf(err->pointer, sizeof err->pointer, "%.*s", (int)length, pointer);
        err->has_pointer = true;
    }
    return -1;
}

static int check_pointer(struct cli *cli, const char *option, const char *pointer) {
    if (!pointer || delta_pointer_valid(pointer, strlen(pointer)))
        return CLI_GO;
    return cli_usage(cli, "--%s: '%s' is not a JSON Pointer", option, pointer);
}

int feed_check(struct cli *cli, const struct feed_options *options, bool lines) {
    const struct {
        const char *name, *value;
    } pointers[] = {{"seq-from", options->seq_from},
                    {"time-from", options->time_from},
                    {"state-from", options->state_from}};
    uint64_t number;
    int status = CLI_GO;
    for (size_t i = 0; status == CLI_GO && i < sizeof pointers / sizeof *pointers; i++) {
        status = check_pointer(cli, pointers[i].name, pointers[i].value);
        if (status == CLI_GO && pointers[i].value && !lines)
            status = cli_usage(cli, "--%s needs --ndjson", pointers[i].name);
    }
    for (size_t i = 0; status == CLI_GO && i < options->metadata_from.count; i++)
        status = check_pointer(cli, "metadata-from", options->metadata_from.items[i].right);
    if (status != CLI_GO)
        return status;
    if (!lines && options->metadata_from.count)
        return cli_usage(cli, "--metadata-from needs --ndjson");
    if (options->seq && lines)
        return cli_usage(cli, "--seq is the position of one state: use --seq-from with --ndjson");
    if (options->seq && !argument_number(options->seq, &number))
        return cli_usage(cli, "--seq: '%s' is not a number from 0 to 2^64 - 1", options->seq);
    bool has_seq = options->seq || options->seq_from;
    if ((options->source != NULL) != has_seq)
        return cli_usage(cli, has_seq ? "--seq and --seq-from need --source"
                                      : "--source needs --seq or --seq-from");
    if (options->source && !*options->source)
        return cli_usage(cli, "--source: the name is empty");
    if (options->dense && !options->source)
        return cli_usage(cli, "--dense needs --source");
    return CLI_GO;
}

static const struct delta_value *at(const struct delta_value *line, const char *pointer,
                                    size_t length, struct delta_err *err) {
    const struct delta_value *value = delta_value_at(line, pointer, length, err);
    if (!value)
        bad(err, pointer, length, "missing");
    return value;
}

/* The text of a string or number, in the arena, terminated. */
static const char *text_of(struct delta_arena *arena, const struct delta_value *value,
                           struct delta_err *err) {
    size_t length;
    const char *text = delta_value_text(value, &length);
    return text && !memchr(text, '\0', length) ? delta_bytes_copy(arena, text, length, err) : NULL;
}

static int read_position(const struct feed_options *options, struct delta_arena *arena,
                         const struct delta_value *line, struct delta_history_note *note,
                         struct delta_err *err) {
    note->source = options->source;
    note->source_length = options->source ? strlen(options->source) : 0;
    note->dense = options->dense;
    if (options->seq)
        (void)argument_number(options->seq, &note->seq);
    if (!options->seq_from)
        return 0;
    size_t length = strlen(options->seq_from);
    const struct delta_value *value = at(line, options->seq_from, length, err);
    if (!value)
        return -1;
    const char *text = text_of(arena, value, err);
    if (!text || !argument_number(text, &note->seq))
        return bad(err, options->seq_from, length, "not a position: an unsigned 64-bit integer");
    return 0;
}

static int read_metadata(const struct feed_options *options, struct delta_arena *arena,
                         const struct delta_value *line, const struct delta_value *literal,
                         const struct delta_value **metadata, struct delta_err *err) {
    size_t count = literal ? delta_value_count(literal) : 0, used = 0;
    *metadata = literal;
    if (!options->metadata_from.count)
        return 0;
    struct delta_member *members = calloc(count + options->metadata_from.count, sizeof *members);
    if (!members)
        return bad(err, "", 0, "out of memory");
    for (size_t i = 0; i < options->metadata_from.count; i++) {
        const struct cli_pair *pair = &options->metadata_from.items[i];
        /* A member that this line does not have is left out. */
        const struct delta_value *value =
            delta_value_at(line, pair->right, strlen(pair->right), NULL);
        if (value)
            members[used++] = (struct delta_member){pair->left, pair->left_length, value};
    }
    size_t from_line = used;
    for (size_t i = 0; i < count; i++) {
        struct delta_member member;
        bool same = false;
        delta_value_member(literal, i, &member);
        for (size_t j = 0; j < from_line; j++)
            same |= members[j].key_length == member.key_length &&
                    memcmp(members[j].key, member.key, member.key_length) == 0;
        if (!same)
            members[used++] = member;
    }
    *metadata = used ? delta_value_object(arena, members, used, err) : NULL;
    free(members);
    return used && !*metadata ? -1 : 0;
}

int feed_read(const struct feed_options *options, struct delta_arena *arena,
              const struct delta_value *line, const struct delta_value *metadata,
              const struct delta_value **state, struct delta_history_note *note,
              struct delta_err *err) {
    *state = line;
    if (options->state_from &&
        !(*state = at(line, options->state_from, strlen(options->state_from), err)))
        return -1;
    if (options->time_from) {
        size_t length = strlen(options->time_from);
        const struct delta_value *value = at(line, options->time_from, length, err);
        const char *text = value ? text_of(arena, value, err) : NULL;
        if (!value)
            return -1;
        if (!text || !argument_time(text, &note->time))
            return bad(err, options->time_from, length, "invalid time");
    }
    if (read_position(options, arena, line, note, err) < 0)
        return -1;
    return read_metadata(options, arena, line, metadata, &note->metadata, err);
}
