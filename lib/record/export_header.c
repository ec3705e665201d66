#include "record/export_header.h"

#include "base/buf.h"
#include "base/err.h"
#include "codec/strategy.h"
#include "record/checksum.h"
#include "json/reader.h"
#include "json/writer.h"

#include <string.h>

#define FAMILY "delta-history/"
#define FORMAT_NAME FAMILY "2"

enum { MOST_MEMBERS = 16 };

static const char *const limits[] = {
    [DELTA_LIMIT_KEYFRAME] = "keyframe",
    [DELTA_LIMIT_REBASELINE] = "rebaseline",
    [DELTA_LIMIT_MERGE] = "merge",
};

const char *delta_on_limit_name(enum delta_on_limit on_limit) {
    return limits[on_limit];
}

bool export_header_is(const struct delta_value *value) {
    const struct delta_value *format = value_get(value, "format");
    return format && format->type == DELTA_STRING && format->length >= strlen(FAMILY) &&
           memcmp(format->text, FAMILY, strlen(FAMILY)) == 0;
}

/* ---- Writing ---------------------------------------------------------------------------------*/

struct encoder {
    struct delta_arena *arena;
    struct value_member members[MOST_MEMBERS];
    size_t count;
    bool failed;
};

static void put(struct encoder *encoder, const char *name, struct delta_value value) {
    const struct value_key *key = value_key(encoder->arena, name, (uint32_t)strlen(name));
    encoder->failed |= !key;
    encoder->members[encoder->count++] = (struct value_member){.key = key, .value = value};
}

static void put_text(struct encoder *encoder, const char *name, const char *text) {
    put(encoder, name, value_string(text, (uint32_t)strlen(text)));
}

static void put_number(struct encoder *encoder, const char *name, uint64_t number) {
    struct delta_value value = {0};
    encoder->failed |= value_u64(encoder->arena, number, &value, NULL) < 0;
    put(encoder, name, value);
}

int delta_export_header_write(const struct delta_export_header *export_header,
                              struct delta_buf *buf, struct delta_err *err) {
    struct encoder encoder = {.arena = delta_arena_new()};
    struct delta_value whole;
    if (!encoder.arena)
        return err_memory(err);
    put_text(&encoder, "format", FORMAT_NAME);
    put_text(&encoder, "strategy", strategy_row(export_header->how.strategy)->name);
    put_number(&encoder, "level", (uint64_t)export_header->how.level);
    put_number(&encoder, "max_chain_length", export_header->how.max_chain_length);
    put_text(&encoder, "on_limit", limits[export_header->how.on_limit]);
    put_number(&encoder, "rebaseline_count", export_header->rebaselines);
    put_number(&encoder, "prune_count", export_header->prunes);
    put_number(&encoder, "optimization_count", export_header->optimizations);
    put_number(&encoder, "dropped_states", export_header->dropped_states);
    put_number(&encoder, "dropped_changes", export_header->dropped_set);
    put_number(&encoder, "dropped_removals", export_header->dropped_removed);
    if (export_header->names)
        put(&encoder, "names", *export_header->names);
    int status = encoder.failed
                     ? err_memory(err)
                     : checksum_object(encoder.arena, encoder.members, encoder.count, &whole, err);
    if (status == 0) {
        writer_compact(&whole, buf);
        buf_put_char(buf, '\n');
        status = buf_check(buf, err);
    }
    delta_arena_free(encoder.arena);
    return status;
}

/* ---- Reading ---------------------------------------------------------------------------------*/

static bool get_number(const struct delta_value *whole, const char *name, uint64_t most,
                       uint64_t *number) {
    const struct delta_value *value = value_get(whole, name);
    return value && value_to_u64(value, number) && *number <= most;
}

static bool get_strategy(const struct delta_value *whole, enum delta_strategy *strategy) {
    const struct delta_value *name = value_get(whole, "strategy");
    *strategy = DELTA_AUTO;
    if (!name || name->type != DELTA_STRING)
        return false;
    if (value_is_text(name, strategy_row(DELTA_AUTO)->name))
        return true;
    int number = strategy_named(name->text, name->length);
    *strategy = number < 0 ? DELTA_AUTO : (enum delta_strategy)number;
    return number >= 0;
}

static bool get_limit(const struct delta_value *whole, enum delta_on_limit *on_limit) {
    const struct delta_value *name = value_get(whole, "on_limit");
    for (unsigned i = 0; name && i < sizeof limits / sizeof *limits; i++)
        if (value_is_text(name, limits[i])) {
            *on_limit = (enum delta_on_limit)i;
            return true;
        }
    return false;
}

/* An object of indices, or nothing. */
static bool get_names(const struct delta_value *whole, const struct delta_value **names) {
    uint64_t index;
    *names = value_get(whole, "names");
    if (!*names)
        return true;
    if ((*names)->type != DELTA_OBJECT)
        return false;
    for (size_t i = 0; i < (*names)->length; i++)
        if (!value_to_u64(&value_members(*names)[i].value, &index) || index >= DELTA_NO_STATE)
            return false;
    return true;
}

static int get_all(struct delta_arena *arena, const struct delta_value *whole,
                   struct delta_export_header *export_header, struct delta_err *err) {
    uint64_t level, length;
    if (!value_is_text(value_get(whole, "format"), FORMAT_NAME))
        return err_set(err, DELTA_ERR_UNSUPPORTED,
                       "the history's format is not " FORMAT_NAME
                       ": damaged, or newer than this program");
    if (checksum_check(arena, whole, err) < 0)
        return -1;
    *export_header = (struct delta_export_header){0};
    if (!get_strategy(whole, &export_header->how.strategy) ||
        !get_number(whole, "level", 22, &level) ||
        !get_number(whole, "max_chain_length", UINT16_MAX, &length) ||
        !get_limit(whole, &export_header->how.on_limit) ||
        !get_number(whole, "rebaseline_count", UINT64_MAX, &export_header->rebaselines) ||
        !get_number(whole, "prune_count", UINT64_MAX, &export_header->prunes) ||
        !get_number(whole, "dropped_states", UINT64_MAX, &export_header->dropped_states) ||
        !get_number(whole, "optimization_count", UINT64_MAX, &export_header->optimizations) ||
        !get_number(whole, "dropped_changes", UINT64_MAX, &export_header->dropped_set) ||
        !get_number(whole, "dropped_removals", UINT64_MAX, &export_header->dropped_removed) ||
        !get_names(whole, &export_header->names))
        return err_set(err, DELTA_ERR_DAMAGED, "corrupt export header");
    export_header->how.level = (int)level;
    export_header->how.max_chain_length = (uint32_t)length;
    return 0;
}

int delta_export_header_read(struct delta_arena *arena, const char *text, size_t length,
                             struct delta_export_header *export_header, struct delta_err *err) {
    const struct delta_value *whole = delta_read(arena, text, length, NULL, err);
    int status = whole ? 0 : -1;
    if (whole && export_header_is(whole))
        status = get_all(arena, whole, export_header, err) < 0 ? -1 : 1;
    return status;
}
