#include "history/state_info.h"

#include "base/err.h"
#include "json/reader.h"
#include "json/writer.h"

enum { MEMBERS = 4 };

int state_info_write(struct delta_arena *arena, const struct state_info *info,
                     struct byte_span *text, struct delta_err *err) {
    struct delta_buf buf = {0};
    bool more = info->source.length || info->ended;
    *text = (struct byte_span){0};
    if (!more && !info->metadata)
        return 0;
    if (more)
        buf_put_char(&buf, '[');
    if (info->metadata)
        writer_canonical(info->metadata, &buf);
    else
        buf_put_text(&buf, "null");
    if (more) {
        buf_put_char(&buf, ',');
        if (info->source.length)
            writer_string(info->source.bytes, info->source.length, &buf);
        else
            buf_put_text(&buf, "null");
        buf_printf(&buf, ",%llu,%s]", (unsigned long long)info->seq,
                   info->ended ? "true" : "false");
    }
    return buf_move(&buf, arena, text, err);
}

int state_info_parse(struct delta_arena *arena, struct byte_span text,
                     const struct delta_value **value, struct delta_err *err) {
    struct delta_err why = {0};
    *value = NULL;
    if (!text.length)
        return 0;
    const char *copy = reader_copy(arena, text.bytes, text.length);
    if (!copy)
        return err_memory(err);
    *value = reader_parse_with(arena, copy, text.length, 0, &why);
    return *value ? 0 : err_damage(err, &why, "corrupt metadata");
}

/* The same for a value that is not an object. */
static int read_items(const struct delta_value *value, struct delta_history_entry *entry) {
    if (value->type != DELTA_ARRAY || value->length != MEMBERS)
        return -1;
    const struct delta_value *items = value_items(value);
    bool has_source = items[1].type == DELTA_STRING;
    if ((items[0].type != DELTA_OBJECT && items[0].type != DELTA_NULL) ||
        (!has_source && items[1].type != DELTA_NULL) || (has_source && !items[1].length) ||
        !value_to_u64(&items[2], &entry->seq) ||
        (items[3].type != DELTA_TRUE && items[3].type != DELTA_FALSE))
        return -1;
    entry->metadata = items[0].type == DELTA_OBJECT ? &items[0] : NULL;
    if (has_source) {
        entry->source = items[1].text;
        entry->source_length = items[1].length;
    }
    entry->ended = items[3].type == DELTA_TRUE;
    return 0;
}

int state_info_describe(const struct delta_value *value, struct delta_history_entry *entry,
                        struct delta_err *err) {
    entry->metadata = NULL;
    entry->source = NULL;
    entry->source_length = 0;
    entry->seq = 0;
    entry->ended = false;
    if (value && value->type == DELTA_OBJECT)
        entry->metadata = value;
    else if (value && read_items(value, entry) < 0)
        return err_set(err, DELTA_ERR_DAMAGED, "corrupt metadata");
    return 0;
}
