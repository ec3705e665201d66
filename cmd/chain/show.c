/* delta-chain show: what changed, for people. */
#include "chain/chain.h"
#include "chain/name.h"
#include "chain/step.h"
#include "cli/filter_options.h"
#include "cli/unmatched.h"
#include "html/page.h"

#include <inttypes.h>

struct show_options {
    bool html, stat;
    enum step_form form;
    uint64_t width;
    struct filtering filtering;
};

const struct cli_option chain_show_options[] = {
    {CLI_FLAG, 0, "html", NULL, "write the whole history as one HTML page",
     CLI_AT(struct show_options, html)},
    {CLI_FLAG, 0, "stat", NULL, "summary with a bar for each top-level path",
     CLI_AT(struct show_options, stat)},
    {CLI_CHOICE, 'f', "format", "FORM", "text, or one JSON object a line for each change",
     CLI_AT(struct show_options, form), .words = step_forms},
    {CLI_NUMBER, 0, "width", "N", "cut lines of changes to N columns, 0 for no limit",
     CLI_AT(struct show_options, width), .most = 1000000},
    FILTERING_OPTIONS(struct show_options, filtering),
    {0},
};

/* Where the text gathers: a pager needs all of it, everything else gets it state by state. */
struct page {
    struct step_view view;
    struct unmatched *unmatched;
    struct chain_names names;
    struct delta_buf text;
    bool started; /* a state was shown: an empty line is written before the next */
    bool quiet;   /* states in which nothing counts are left out */
};

static int page_write_out(struct page *page) {
    int status = page->text.failed ? cli_fail(page->view.cli, "out of memory") : CLI_OK;
    if (status == CLI_OK && page->text.length && cli_page(page->view.cli, &page->text) < 0)
        status = CLI_TROUBLE;
    delta_buf_free(&page->text);
    return status;
}

static int put_metadata(struct page *page, const struct delta_value *metadata) {
    struct delta_err err = {0};
    delta_buf_printf(&page->text, "metadata  ");
    int failed = chain_put_value(metadata, DELTA_CANONICAL, &page->text, &err);
    delta_buf_printf(&page->text, "\n");
    return failed ? cli_error(page->view.cli, &err) : CLI_OK;
}

static int put_header(struct page *page, const struct delta_history_entry *entry,
                      const struct delta_digest *before) {
    char time[CHAIN_TIME_TEXT], stored[CLI_SIZE_TEXT], size[CLI_SIZE_TEXT];
    char digest[DELTA_DIGEST_TEXT], base[DELTA_DIGEST_TEXT];
    bool people = cli_is_terminal(page->view.cli), color = page->view.text.color;
    struct delta_buf *text = &page->text;
    delta_digest_format(entry->digest, digest);
    delta_buf_printf(text, "%s%sstate %" PRIu32 "%s  %s%s\n", page->started ? "\n" : "",
                     color ? "\033[1m" : "", entry->index, color ? "\033[m" : "",
                     chain_time(time, entry->time), entry->ended ? "  ended" : "");
    page->started = true;
    if (before) {
        delta_digest_format(*before, base);
        delta_buf_printf(text, "digest    %s, after %s\n", digest, base);
    } else {
        delta_buf_printf(text, "digest    %s\n", digest);
    }
    cli_size(size, entry->size, people);
    if (entry->kind == DELTA_ENTRY_BLOCK)
        delta_buf_printf(text, "bytes     %s, in a block\n", size);
    else if (!entry->stored)
        delta_buf_printf(text, "bytes     %s\n", size);
    else
        delta_buf_printf(text, "bytes     %s, stored in %s\n", size,
                         cli_size(stored, entry->stored, people));
    if (entry->source) {
        delta_buf_printf(text, "position  ");
        delta_visible_write(entry->source, entry->source_length, text);
        delta_buf_printf(text, " %" PRIu64 "\n", entry->seq);
    }
    chain_names_put(&page->names, entry->index, "names     ", "\n", text);
    return entry->metadata ? put_metadata(page, entry->metadata) : CLI_OK;
}

/* The header of a state, without what would reveal what is masked in it or before. */
static int put_masked_header(struct page *page, struct delta_arena *arena,
                             const struct delta_history_entry *entry,
                             const struct delta_value *before) {
    struct delta_err err = {0};
    struct delta_history_entry shown = *entry, old = {.value = before};
    if (before)
        old.digest = delta_value_digest(before);
    if (step_mask(page->view.filter, arena, &shown, &err) ||
        step_mask(page->view.filter, arena, &old, &err))
        return cli_error(page->view.cli, &err);
    return put_header(page, &shown, before ? &old.digest : NULL);
}

static int show_state(struct page *page, struct delta_arena *arena,
                      const struct delta_history_entry *entry, const struct delta_value *before) {
    const struct delta_value *base;
    bool counts, programs = page->view.form == STEP_CHANGES;
    const struct delta_record *record =
        step_record(&page->view, arena, before, entry, &base, &counts);
    if (!record)
        return CLI_TROUBLE;
    if (!counts && page->quiet)
        return CLI_OK;
    int status = programs ? CLI_OK : put_masked_header(page, arena, entry, before);
    size_t start = page->text.length;
    if (status == CLI_OK)
        status = step_write(&page->view, arena, record, base, entry, &page->text);
    if (status == CLI_OK && page->text.length == start && !programs)
        delta_buf_printf(&page->text, "no changes\n");
    if (!cli_is_terminal(page->view.cli) && status == CLI_OK)
        status = page_write_out(page);
    return status;
}

/* Shows the states from `first` that the iterator has, each beside the one before it. */
static int show_each(struct page *page, struct delta_history_iterator *iterator, uint32_t first,
                     struct delta_arena *arena) {
    struct delta_history_entry entry;
    const struct delta_value *before = NULL;
    int status = CLI_OK;
    for (;;) {
        struct delta_err err = {0};
        int got = delta_history_iterator_next(iterator, &entry, &err);
        if (got == 0)
            return status;
        if (got < 0) {
            before = NULL;
            if (entry.index >= first || err.code != DELTA_ERR_DAMAGED)
                status = chain_damage(page->view.cli, &err);
            if (status == CLI_TROUBLE)
                return status;
            continue;
        }
        if (entry.index >= first && chain_entry_damage(page->view.cli, &entry) != CLI_OK)
            status = CLI_NO;
        int shown = CLI_OK;
        if (unmatched_look(page->unmatched, page->view.filter, arena, entry.value, &err))
            shown = cli_error(page->view.cli, &err);
        else if (entry.index >= first)
            shown = show_state(page, arena, &entry, before);
        if (shown != CLI_OK)
            return shown;
        delta_arena_clear(arena);
        before = entry.ended ? NULL : entry.value;
    }
}

static int show_states(struct cli *cli, struct delta_history *history,
                       const struct show_options *options, const struct delta_filter *filter,
                       struct unmatched *unmatched, uint32_t first, uint32_t last) {
    struct delta_err err = {0};
    struct page page = {.unmatched = unmatched,
                        .quiet = filter && (first != last || cli->operand_count < 2)};
    step_view_begin(&page.view, cli, options->stat ? STEP_STAT : options->form, options->width,
                    filter);
    struct delta_arena *arena = delta_arena_new();
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(history, first ? first - 1 : 0, last, true, &err);
    int status = !arena      ? cli_fail(cli, "out of memory")
                 : !iterator ? chain_damage(cli, &err)
                             : chain_names_read(cli, history, &page.names);
    if (status == CLI_OK)
        status = show_each(&page, iterator, first, arena);
    delta_history_iterator_free(iterator);
    delta_arena_free(arena);
    int written = status == CLI_TROUBLE ? CLI_OK : page_write_out(&page);
    delta_buf_free(&page.text);
    return status == CLI_OK ? written : status;
}

/* The whole history; the states from `first` to `last`, if named, are listed change by change. */
static int show_html(struct cli *cli, struct delta_history *history,
                     const struct delta_filter *filter, struct unmatched *unmatched, uint32_t first,
                     uint32_t last) {
    const struct page_options options = {.name = cli->operands[0],
                                         .has_range = cli->operand_count > 1,
                                         .first = first,
                                         .last = last,
                                         .filter = filter,
                                         .unmatched = unmatched};
    return page_write(cli, history, &options);
}

/* An option that has no effect beside the others, or NULL. */
static const char *idle_show_option(const struct show_options *options) {
    bool changes = options->form == STEP_CHANGES;
    return options->html && (options->stat || changes) ? "--stat or -f with --html"
           : options->stat && changes                  ? "--stat with -f changes"
           : options->width != STEP_NO_WIDTH && (options->html || changes)
               ? "--width with --html or -f changes"
               : NULL;
}

int chain_show(struct cli *cli, int argc, char **argv) {
    struct show_options options = {.width = STEP_NO_WIDTH};
    const struct delta_filter *filter;
    struct unmatched *unmatched = NULL;
    uint32_t first = 0, last = 0;
    bool empty;
    struct delta_history *history;
    struct chain_operands operands = {1, 2, "HISTORY REV", DELTA_HISTORY_READ};
    int status = chain_begin(cli, argc, argv, &options, operands, &history);
    if (status != CLI_GO)
        return status;
    struct delta_arena *arena = delta_arena_new();
    if (idle_show_option(&options))
        status = cli_usage(cli, "no effect: %s", idle_show_option(&options));
    else
        status = arena ? filtering_make(cli, &options.filtering, arena, &filter)
                       : cli_fail(cli, "out of memory");
    if (status == CLI_OK && !(unmatched = unmatched_new(cli, &options.filtering)))
        status = CLI_TROUBLE;
    if (status == CLI_OK)
        status = chain_steps(cli, history, &first, &last, &empty);
    if (status == CLI_OK && options.html)
        status = show_html(cli, history, filter, unmatched, first, last);
    else if (status == CLI_OK && !empty)
        status = show_states(cli, history, &options, filter, unmatched, first, last);
    if (status != CLI_TROUBLE)
        unmatched_warn(unmatched, "in any state");
    delta_arena_free(arena);
    delta_history_close(history);
    return status;
}
