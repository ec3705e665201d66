#include "apply/deltas.h"

#include <stdio.h>
#include <string.h>

static int add_delta(struct cli *cli, struct deltas *deltas, struct delta delta) {
    if (deltas->count == deltas->capacity) {
        size_t capacity = 2 * deltas->capacity + 8;
        struct delta *items = cli_alloc(cli, capacity, sizeof *items);
        if (!items)
            return CLI_TROUBLE;
        if (deltas->count)
            memcpy(items, deltas->items, deltas->count * sizeof *items);
        deltas->items = items;
        deltas->capacity = capacity;
    }
    deltas->items[deltas->count++] = delta;
    return CLI_OK;
}

/* Records begin with a brace or with their magic; an array is a JSON Patch. */
static enum deltas_format format_of(const char *bytes, size_t length) {
    size_t at = 0;
    while (at < length && strchr(" \t\r\n", bytes[at]) && bytes[at])
        at++;
    return at < length && bytes[at] == '[' ? FORMAT_JSON_PATCH : FORMAT_RECORD;
}

/* An object that has no member of a record. */
static bool is_merge_patch(struct delta_arena *arena, const char *bytes, size_t length) {
    static const char *const members[] = {"format", "strategy", "changes", "removed_keys"};
    struct delta_err err = {0};
    const struct delta_value *value = delta_read(arena, bytes, length, NULL, &err);
    bool plain = value && delta_value_type(value) == DELTA_OBJECT;
    for (size_t i = 0; plain && i < sizeof members / sizeof *members; i++)
        plain = !delta_value_get(value, members[i]);
    return plain;
}

static bool is_record(const struct delta_value *value) {
    static const char format[] = "delta-record/";
    const struct delta_value *named =
        delta_value_type(value) == DELTA_OBJECT ? delta_value_get(value, "format") : NULL;
    size_t length;
    if (!named || delta_value_type(named) != DELTA_STRING || !delta_value_get(value, "strategy"))
        return false;
    const char *text = delta_value_text(named, &length);
    return length >= sizeof format - 1 && memcmp(text, format, sizeof format - 1) == 0;
}

/* All records of one stream; there must be one at least. */
static int read_records(struct cli *cli, const struct deltas_how *how, struct delta_arena *arena,
                        const char *bytes, size_t length, const char *name, struct deltas *deltas) {
    struct delta_err err = {0};
    size_t offset = 0, before = deltas->count;
    for (;;) {
        const struct delta_record *record =
            delta_record_read(arena, bytes, length, &offset, how->max_size, name, &err);
        if (!record)
            break;
        const struct delta delta = {
            .record = record, .name = name, .number = deltas->count - before + 1};
        if (add_delta(cli, deltas, delta) != CLI_OK)
            return CLI_TROUBLE;
    }
    if (err.code == DELTA_ERR_DAMAGED && deltas->count == 0 && how->format == FORMAT_AUTO &&
        is_merge_patch(arena, bytes, length))
        return cli_fail(cli, "%s: not a delta record: apply a JSON Merge Patch with -f merge-patch",
                        name);
    if (err.code != DELTA_OK)
        return cli_error(cli, &err);
    return deltas->count > before ? CLI_OK
                                  : cli_fail(cli, "%s: empty input: expected a record", name);
}

int deltas_read(struct cli *cli, const struct deltas_how *how, struct delta_arena *arena,
                const char *path, struct deltas *deltas) {
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    struct delta_err err = {0};
    size_t length;
    const char *bytes = delta_read_bytes(arena, path, how->max_size, &length, &err);
    if (!bytes)
        return cli_error(cli, &err);
    struct delta delta = {.format = how->format, .name = name, .number = 1};
    if (delta.format == FORMAT_AUTO)
        delta.format = format_of(bytes, length);
    if (delta.format == FORMAT_RECORD)
        return read_records(cli, how, arena, bytes, length, name, deltas);
    if (delta.format == FORMAT_BSDIFF)
        delta.record = delta_record_of_bsdiff(arena, bytes, length, &err);
    else
        delta.patch = delta_read_in_place(arena, DELTA_USE_DIGEST, bytes, length, name, &err);
    if (delta.patch && delta.format == FORMAT_MERGE_PATCH && is_record(delta.patch))
        return cli_fail(cli, "%s: a delta record, not a JSON Merge Patch: apply it without -f",
                        name);
    return delta.record || delta.patch ? add_delta(cli, deltas, delta) : cli_error(cli, &err);
}

/* ---- Applying ---- */

/* Reports why one does not apply; where there are several, which. The status to end with. */
static int refuse_delta(struct cli *cli, const struct deltas *deltas, const struct delta *delta,
                        struct delta_err *err) {
    if (deltas->count > 1 && !err->file[0] && delta->number > 1)
        (void)snprintf(err->file, sizeof err->file, "%.200s, record %zu", delta->name,
                       delta->number);
    else if (deltas->count > 1 && !err->file[0])
        (void)snprintf(err->file, sizeof err->file, "%.200s", delta->name);
    return cli_error(cli, err);
}

/* A JSON Patch or a merge patch. Neither names its base, and neither can be reversed. */
static const struct delta_value *apply_patch(struct cli *cli, const struct deltas_how *how,
                                             struct delta_arena *arena, const struct deltas *deltas,
                                             const struct delta *delta,
                                             const struct delta_value *state, int *status) {
    struct delta_err err = {0};
    if (how->reverse || !state) {
        *status = cli_fail(cli,
                           how->reverse ? "%s: patches of this format cannot be reversed"
                                        : "%s: patches of this format need a BASE",
                           delta->name);
        return NULL;
    }
    state = delta->format == FORMAT_JSON_PATCH
                ? delta_json_patch_apply(arena, state, delta->patch, &err)
                : delta_merge_patch_apply(arena, state, delta->patch, &err);
    if (!state)
        *status = refuse_delta(cli, deltas, delta, &err);
    else if (delta_value_size(state) > how->max_size)
        *status = cli_fail(cli, "%s: the result would be larger than --max-size", delta->name);
    else
        return state;
    return NULL;
}

static const struct delta_value *apply_record(struct cli *cli, const struct deltas_how *how,
                                              struct delta_arena *arena,
                                              const struct deltas *deltas,
                                              const struct delta *delta,
                                              const struct delta_value *state, int *status) {
    struct delta_apply_options apply = {
        .any_base = how->any_base, .reverse = how->reverse, .max_size = how->max_size};
    struct delta_err err = {0};
    bool as_promised = true;
    state = delta_apply(arena, delta->record, state, &apply, &as_promised, &err);
    if (!state)
        *status = refuse_delta(cli, deltas, delta, &err);
    else if (!as_promised)
        cli_warn(cli, "the result does not match the target digest of the record");
    return state;
}

const struct delta_value *deltas_apply(struct cli *cli, const struct deltas_how *how,
                                       struct delta_arena *arena, const struct deltas *deltas,
                                       const struct delta_value *state, int *status) {
    for (size_t n = 0; n < deltas->count; n++) {
        size_t index = how->reverse ? deltas->count - 1 - n : n;
        const struct delta *delta = &deltas->items[index];
        state = delta->record ? apply_record(cli, how, arena, deltas, delta, state, status)
                              : apply_patch(cli, how, arena, deltas, delta, state, status);
        if (!state)
            return NULL;
    }
    return state;
}
