#include "history/state_note.h"

#include "base/err.h"
#include "json/writer.h"

enum { MEMBERS = 4 };

int state_note_write(struct delta_arena *arena, const struct state_note *note,
                     struct byte_span *text, struct delta_err *err) {
    struct delta_buf buf = {0};
    bool more = note->source.length || note->ended;
    *text = (struct byte_span){0};
    if (!more && !note->metadata)
        return 0;
    if (more)
        buf_put_char(&buf, '[');
    if (note->metadata)
        writer_canonical(note->metadata, &buf);
    else
        buf_put_text(&buf, "null");
    if (more) {
        buf_put_char(&buf, ',');
        if (note->source.length)
            writer_string(note->source.bytes, note->source.length, &buf);
        else
            buf_put_text(&buf, "null");
        buf_printf(&buf, ",%llu,%s]", (unsigned long long)note->seq,
                   note->ended ? "true" : "false");
    }
    return buf_move(&buf, arena, text, err);
}

int state_note_read(const struct delta_value *value, struct state_note *note,
                    struct delta_err *err) {
    *note = (struct state_note){0};
    if (!value)
        return 0;
    if (value->type == DELTA_OBJECT) {
        note->metadata = value;
        return 0;
    }
    if (value->type != DELTA_ARRAY || value->length != MEMBERS)
        return err_set(err, DELTA_ERR_DAMAGED, "corrupt metadata");
    const struct delta_value *items = value_items(value);
    bool has_source = items[1].type == DELTA_STRING;
    if ((items[0].type != DELTA_OBJECT && items[0].type != DELTA_NULL) ||
        (!has_source && items[1].type != DELTA_NULL) || (has_source && !items[1].length) ||
        !value_to_u64(&items[2], &note->seq) ||
        (items[3].type != DELTA_TRUE && items[3].type != DELTA_FALSE))
        return err_set(err, DELTA_ERR_DAMAGED, "corrupt metadata");
    note->metadata = items[0].type == DELTA_OBJECT ? &items[0] : NULL;
    if (has_source)
        note->source = (struct byte_span){items[1].text, items[1].length};
    note->ended = items[3].type == DELTA_TRUE;
    return 0;
}
