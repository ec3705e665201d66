#include "chain/step.h"

#include "chain/chain.h"
#include "report/change_list.h"

#include <string.h>

const struct cli_word step_forms[] = {
    {"text", STEP_TEXT},
    {"changes", STEP_CHANGES},
    {NULL, 0},
};

void step_view_begin(struct step_view *view, struct cli *cli, enum step_form form, uint64_t width,
                     const struct delta_filter *filter) {
    bool people = cli_is_terminal(cli);
    *view = (struct step_view){.cli = cli,
                               .form = form,
                               .text = {.width = width != STEP_NO_WIDTH ? (size_t)width
                                                 : people               ? cli_columns(cli)
                                                                        : 0,
                                        .color = cli_color(cli)},
                               .filter = filter};
}

int step_mask(const struct delta_filter *filter, struct delta_arena *arena,
              struct delta_history_entry *entry, struct delta_err *err) {
    if (!filter || !entry->value)
        return 0;
    const struct delta_value *masked = delta_filter_mask(arena, filter, entry->value, err);
    if (!masked)
        return -1;
    if (!delta_value_equal(masked, entry->value)) {
        entry->digest = delta_value_digest(masked);
        entry->size = delta_value_size(masked);
        entry->stored = 0;
        entry->uncounted = true; /* of the record, whose form depends on the values */
    }
    return 0;
}

const struct delta_record *step_record(const struct step_view *view, struct delta_arena *arena,
                                       const struct delta_value *before,
                                       const struct delta_history_entry *entry,
                                       const struct delta_value **base, bool *counts) {
    struct delta_err err = {0};
    const struct delta_value *after = entry->value;
    const struct delta_places *places = NULL;
    /* What is compared part by part needs a state to be compared with. */
    bool parts = view->filter || view->form != STEP_TEXT;
    *base = before;
    if (entry->ended && before) {
        const struct delta_diff_options gone = {0};
        const struct delta_record *record = delta_diff(arena, before, NULL, &gone, &err);
        *counts = true;
        if (!record)
            cli_error(view->cli, &err);
        return record;
    }
    if (!before && parts && delta_value_type(after) == DELTA_OBJECT)
        *base = delta_value_object(arena, NULL, 0, &err);
    if (*base && view->filter)
        after = delta_filter_place(arena, view->filter, *base, after, &places, &err);
    const struct delta_diff_options diff = {.strategy = *base ? DELTA_DICT : DELTA_NONE,
                                            .elementwise = true,
                                            .filter = view->filter,
                                            .places = places};
    const struct delta_record *record =
        after && err.code == DELTA_OK ? delta_diff(arena, *base, after, &diff, &err) : NULL;
    *counts = after && (!*base || !delta_value_equal(*base, after));
    if (!record)
        cli_error(view->cli, &err);
    return record;
}

static int write_changes(const struct step_view *view, struct delta_arena *arena,
                         const struct delta_record *record, const struct delta_value *base,
                         const struct delta_history_entry *entry, struct delta_buf *out) {
    char seconds[CHAIN_TIME_TEXT];
    struct delta_err err = {0};
    struct change_list list = {0};
    const struct change_state old_state = {.state = base},
                              new_state = {.state = entry->ended ? NULL : entry->value};
    chain_seconds(seconds, entry->time);
    const struct change_origin origin = {
        .key = view->key ? delta_value_string_of(arena, view->key, &err) : NULL,
        .revision = delta_value_u64(arena, entry->index, &err),
        .timestamp = delta_value_number(arena, seconds, strlen(seconds), &err)};
    if (change_list_make(arena, record, &old_state, &new_state, view->filter, &list, &err) == 0)
        for (size_t i = 0; i < list.count; i++)
            change_row_write(arena, &list.rows[i], &origin, out, &err);
    change_list_free(&list);
    return err.code != DELTA_OK ? cli_error(view->cli, &err) : CLI_OK;
}

int step_write(const struct step_view *view, struct delta_arena *arena,
               const struct delta_record *record, const struct delta_value *base,
               const struct delta_history_entry *entry, struct delta_buf *out) {
    struct delta_err err = {0};
    struct delta_text_options text = view->text;
    text.filter = view->filter;
    if (view->form == STEP_CHANGES)
        return write_changes(view, arena, record, base, entry, out);
    if (view->form == STEP_STAT ? delta_stat_write(record, base, &text, out, &err)
                                : delta_text_write(record, base, &text, out, &err))
        return cli_error(view->cli, &err);
    return CLI_OK;
}
