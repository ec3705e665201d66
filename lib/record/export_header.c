#include "record/export_header.h"

#include "base/buf.h"
#include "base/err.h"
#include "codec/strategy.h"
#include "record/checksum.h"
#include "json/reader.h"
#include "json/writer.h"

#include <string.h>

#define FAMILY "delta-history/"
#define FORMAT_NAME FAMILY "1"

enum { MOST_MEMBERS = 16 };

static const char *const limits[] = {
    [DELTA_LIMIT_KEYFRAME] = "keyframe",
    [DELTA_LIMIT_REBASELINE] = "rebaseline",
    [DELTA_LIMIT_MERGE] = "merge",
};

const char *delta_on_limit_name(enum delta_on_limit on_limit) {
    return limits[on_limit];
}

bool preamble_is(const struct delta_value *value) {
    const struct delta_value *format = value_get(value, "format");
    return format && format->type == DELTA_STRING && format->length >= strlen(FAMILY) &&
           memcmp(format->text, FAMILY, strlen(FAMILY)) == 0;
}

/* ---- Writing ---------------------------------------------------------------------------------*/

struct spelling {
    struct delta_arena *arena;
    struct value_member members[MOST_MEMBERS];
    size_t count;
    bool failed;
};

static void put(struct spelling *spelling, const char *name, struct delta_value value) {
    const struct value_key *key = value_key(spelling->arena, name, (uint32_t)strlen(name));
    spelling->failed |= !key;
    spelling->members[spelling->count++] = (struct value_member){.key = key, .value = value};
}

static void put_text(struct spelling *spelling, const char *name, const char *text) {
    put(spelling, name, value_string(text, (uint32_t)strlen(text)));
}

static void put_number(struct spelling *spelling, const char *name, uint64_t number) {
    struct delta_value value = {0};
    spelling->failed |= value_u64(spelling->arena, number, &value, NULL) < 0;
    put(spelling, name, value);
}

int delta_preamble_write(const struct delta_preamble *preamble, struct delta_buf *buf,
                         struct delta_err *err) {
    struct spelling spelling = {.arena = delta_arena_new()};
    struct delta_value whole;
    if (!spelling.arena)
        return err_memory(err);
    put_text(&spelling, "format", FORMAT_NAME);
    put_text(&spelling, "strategy", strategy_row(preamble->how.strategy)->name);
    put_number(&spelling, "level", (uint64_t)preamble->how.level);
    put_number(&spelling, "max_chain_length", preamble->how.max_chain_length);
    put_text(&spelling, "on_limit", limits[preamble->how.on_limit]);
    put_number(&spelling, "rebaseline_count", preamble->rebaselines);
    put_number(&spelling, "optimization_count", preamble->optimizations);
    put_number(&spelling, "dropped_changes", preamble->dropped_set);
    put_number(&spelling, "dropped_removals", preamble->dropped_removed);
    int status = spelling.failed
                     ? err_memory(err)
                     : seal_object(spelling.arena, spelling.members, spelling.count, &whole, err);
    if (status == 0) {
        writer_compact(&whole, buf);
        buf_put_char(buf, '\n');
        status = buf_check(buf, err);
    }
    delta_arena_free(spelling.arena);
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

static int get_all(struct delta_arena *arena, const struct delta_value *whole,
                   struct delta_preamble *preamble, struct delta_err *err) {
    uint64_t level, length;
    if (!value_is_text(value_get(whole, "format"), FORMAT_NAME))
        return err_set(err, DELTA_ERR_UNSUPPORTED,
                       "the history's format is not " FORMAT_NAME
                       ": damaged, or newer than this program");
    if (seal_check(arena, whole, err) < 0)
        return -1;
    *preamble = (struct delta_preamble){0};
    if (!get_strategy(whole, &preamble->how.strategy) || !get_number(whole, "level", 22, &level) ||
        !get_number(whole, "max_chain_length", UINT16_MAX, &length) ||
        !get_limit(whole, &preamble->how.on_limit) ||
        !get_number(whole, "rebaseline_count", UINT64_MAX, &preamble->rebaselines) ||
        !get_number(whole, "optimization_count", UINT64_MAX, &preamble->optimizations) ||
        !get_number(whole, "dropped_changes", UINT64_MAX, &preamble->dropped_set) ||
        !get_number(whole, "dropped_removals", UINT64_MAX, &preamble->dropped_removed))
        return err_set(err, DELTA_ERR_DAMAGED, "what is told of the history is damaged");
    preamble->how.level = (int)level;
    preamble->how.max_chain_length = (uint32_t)length;
    return 0;
}

int delta_preamble_read(const char *text, size_t length, struct delta_preamble *preamble,
                        struct delta_err *err) {
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return err_memory(err);
    const struct delta_value *whole = delta_read(arena, text, length, NULL, err);
    int status = whole ? 0 : -1;
    if (whole && preamble_is(whole))
        status = get_all(arena, whole, preamble, err) < 0 ? -1 : 1;
    delta_arena_free(arena);
    return status;
}
