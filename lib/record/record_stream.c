#include "base/err.h"
#include "codec/bsdiff.h"
#include "record/record_json.h"
#include "record/record_packed.h"

#include <string.h>

static bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The place of a failure within one record, as a place within the stream. */
static void place_in_stream(struct delta_err *err, const char *bytes, size_t offset) {
    if (!err || !err->line)
        return;
    size_t within = err->offset;
    err->line = 0;
    err_at_offset(err, bytes, offset + within);
}

/* 1 for a record, 0 for what is none and may be between them. */
static int read_one(struct delta_arena *arena, const char *bytes, size_t length, size_t *used,
                    uint64_t max, struct delta_record *record, struct delta_err *err) {
    if ((unsigned char)bytes[0] == RECORD_PACKED_MARK)
        return record_packed_read(arena, bytes, length, used, max, record, err) == 0 ? 1 : -1;
    if (bsdiff_is_patch(bytes,
                        length)) { /* it does not say where it ends: the rest is all its own */
        *record = (struct delta_record){.strategy = DELTA_BINARY, .payload = {bytes, length}};
        *used = length;
        return 1;
    }
    return record_json_read(arena, bytes, length, used, record, err);
}

const struct delta_record *delta_record_read(struct delta_arena *arena, const char *bytes,
                                             size_t length, size_t *offset, uint64_t max_size,
                                             const char *name, struct delta_err *err) {
    struct delta_record *record = NULL;
    uint64_t max = max_size && max_size < RECORD_MAX_SIZE ? max_size : RECORD_MAX_SIZE;
    int got = 0;
    while (got == 0) {
        size_t used = 0;
        while (*offset < length && is_space(bytes[*offset]))
            ++*offset;
        if (*offset == length)
            return NULL;
        if (!record && !(record = arena_alloc(arena, sizeof *record)))
            return err_no_memory(err);
        got = read_one(arena, bytes + *offset, length - *offset, &used, max, record, err);
        if (got < 0) {
            place_in_stream(err, bytes, *offset);
            err_in_file(err, name);
            return NULL;
        }
        *offset += used;
    }
    record->max_size = max;
    return record;
}

/* Both formats, but not a record that requires its base, show the patch. */
static int write_shown(const struct delta_record *record, const struct delta_value *base,
                       const struct delta_record_format *format, struct delta_buf *buf,
                       struct delta_err *err) {
    if (!format->packed)
        return record_json_write(record, buf, err);
    return record_packed_write(record, format->standalone || record->masked ? NULL : base,
                               format->level ? format->level : STRATEGY_LEVEL, buf, err);
}

int delta_record_write(const struct delta_record *record, const struct delta_value *base,
                       const struct delta_record_format *format, struct delta_buf *buf,
                       struct delta_err *err) {
    if (format->level < 0 || format->level > 22)
        return err_set(err, DELTA_ERR_USAGE, "the level must be from 1 to 22");
    if (!record_is_bound(record) || (format->packed && !format->standalone))
        return write_shown(record, base, format, buf, err);
    if (!base)
        return err_set(err, DELTA_ERR_USAGE, "the record requires its base: name it with --base");
    struct delta_arena *scratch = delta_arena_new();
    if (!scratch)
        return err_memory(err);
    struct delta_record opened = *record;
    int status = record_bind(scratch, &opened, base, err);
    if (status == 0)
        status = write_shown(&opened, base, format, buf, err);
    delta_arena_free(scratch);
    return status;
}
