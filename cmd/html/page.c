#include "html/page.h"

#include "chain/chain.h"
#include "chain/step.h"
#include "html/html.h"
#include "html/page_data.h"
#include "html/page_parts.h"
#include "html/path_count.h"
#include "html/revision.h"
#include "html/timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is gathered on the way through the history. */
struct page {
    struct cli *cli;
    struct delta_history *history;
    const struct page_options *options;
    uint32_t count;       /* states */
    uint32_t first, last; /* revisions listed; none when `ends` is NULL */
    struct delta_buf details;
    size_t *ends;   /* where in `details` each of them ends */
    uint32_t lost;  /* states that cannot be read */
    uint32_t shown; /* of the revisions listed, the newest, that fit */
    bool knows_time;
    int64_t from, to;
    uint64_t size;  /* of the last state that is known */
    uint64_t sizes; /* of all that are known */
    uint32_t keyframes;
    bool bad_end; /* the end of the file is damaged: states may be missing there */
    char end_trouble[512];
    struct delta_arena *scratch; /* of one revision */
    struct delta_buf changes;    /* of one revision, as HTML */
    struct timeline timeline;
    struct path_count paths;
    struct chain_names names;
    struct page_data data;
};

static int out_of_memory(struct page *page) {
    return cli_fail(page->cli, "out of memory");
}

/* ---- Gathering ------------------------------------------------------------------------------- */

/* What changed in one revision. */
struct counting {
    struct page *page;
    struct revision *revision;
    bool shown;
};

static int count_change(void *context, const struct delta_change *change, struct delta_err *err) {
    struct counting *c = context;
    c->revision->changes[change->kind] += change->count;
    if (path_count_add(&c->page->paths, c->revision->entry->index, change->pointer,
                       change->pointer_length) < 0) {
        return cli_err_memory(err);
    }
    if (page_data_change(&c->page->data, c->page->scratch, change, err) < 0)
        return -1;
    if (!c->shown)
        return 0;
    return change_write(change, REVISION_BYTES, REVISION_LINES, &c->revision->lines,
                        &c->page->changes, err);
}

/* Counts what changed from `before` to the entry, and writes it where it is shown. */
static int add_changes(struct page *page, struct revision *revision,
                       const struct delta_value *before, struct delta_err *err) {
    const struct delta_filter *filter = page->options->filter;
    struct delta_diff_options options = {
        .strategy = DELTA_DICT, .elementwise = true, .filter = filter};
    const struct delta_history_entry *entry = revision->entry;
    struct counting counting = {.page = page,
                                .revision = revision,
                                .shown = entry->index >= page->first && entry->index <= page->last};
    page->changes.length = 0;
    revision->changes_html = &page->changes;
    const struct delta_value *after = entry->value;
    if (filter)
        after = delta_filter_place(page->scratch, filter, before, after, &options.places, err);
    const struct delta_record *record =
        after ? delta_diff(page->scratch, before, after, &options, err) : NULL;
    return record ? delta_changes_visit(record, before, filter, count_change, &counting, err) : -1;
}

/* What the whole history is listed by. */
static void note_state(struct page *page, const struct delta_history_entry *entry) {
    page->from = page->knows_time ? page->from : entry->time;
    page->to = entry->time;
    page->knows_time = true;
    page->size = entry->size;
    page->sizes += entry->size;
    page->keyframes += entry->kind == DELTA_ENTRY_KEYFRAME || entry->rebaseable;
}

/* One state, which is lost when `err` says why; `before` is NULL when it is not known. */
static int add_state(struct page *page, const struct delta_history_entry *entry,
                     const struct delta_value *before, struct delta_err *err) {
    char trouble[512];
    struct delta_history_entry shown = *entry;
    struct revision revision = {.entry = &shown, .names = &page->names, .first = entry->index == 0};
    struct timeline_state state = {.index = entry->index, .lost = err->code != DELTA_OK};
    bool counts = !page->options->filter || state.lost || !before;
    delta_arena_clear(page->scratch);
    if (!state.lost)
        (void)unmatched_look(page->options->unmatched, page->options->filter, page->scratch,
                             entry->value, err);
    if (!state.lost && err->code == DELTA_OK)
        (void)step_mask(page->options->filter, page->scratch, &shown, err);
    if (!state.lost && before && err->code == DELTA_OK)
        (void)add_changes(page, &revision, before, err);
    if (err->code == DELTA_ERR_MEMORY)
        return cli_error(page->cli, err);
    if (err->code != DELTA_OK) {
        delta_err_format(err, trouble, sizeof trouble);
        revision.trouble = trouble;
    } else if (!before && !revision.first) {
        revision.trouble = "The state before it cannot be read, so what changed is not known.";
    }
    if (!state.lost) {
        state.time = entry->time;
        state.size = shown.size;
        memcpy(state.changes, revision.changes, sizeof state.changes);
        note_state(page, &shown);
    }
    for (int kind = 0; kind < CHANGE_KINDS; kind++)
        counts |= revision.changes[kind] > 0;
    if (!state.lost && counts) {
        struct delta_err why = {0};
        if (page_data_revision(&page->data, page->scratch, &shown, &page->names, &why) < 0)
            return out_of_memory(page);
    }
    page->lost += state.lost;
    timeline_add(&page->timeline, &state);
    if (entry->index >= page->first && entry->index <= page->last) {
        if (counts)
            revision_write(&revision, &page->details);
        page->ends[entry->index - page->first] = page->details.length;
    }
    return page->details.failed ? out_of_memory(page) : CLI_OK;
}

/* A state lives until the next step but one of the iterator, so that the one before it is at
 * hand. */
static int gather(struct page *page, struct delta_history_iterator *iterator) {
    struct cli_progress progress;
    const struct delta_value *before = NULL;
    int status = CLI_OK;
    cli_progress_begin(page->cli, &progress, "states", page->count);
    while (status == CLI_OK) {
        struct delta_history_entry entry = {0};
        struct delta_err err = {0};
        int got = delta_history_iterator_next(iterator, &entry, &err);
        if (got == 0)
            break;
        if (got < 0)
            entry = (struct delta_history_entry){.index = entry.index};
        status = add_state(page, &entry, before, &err);
        before = got > 0 ? entry.value : NULL;
        cli_progress_update(&progress, entry.index + 1);
    }
    cli_progress_end(&progress);
    return status;
}

static int gather_all(struct page *page) {
    struct delta_err err = {0};
    int status = CLI_OK;
    if (page->count == 0)
        return CLI_OK;
    page->ends = calloc((size_t)(page->last - page->first) + 1, sizeof *page->ends);
    page->scratch = delta_arena_new();
    if (!page->ends || !page->scratch || timeline_open(&page->timeline, page->count) < 0)
        return out_of_memory(page);
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(page->history, 0, page->count - 1, true, &err);
    status = iterator ? gather(page, iterator) : cli_error(page->cli, &err);
    delta_history_iterator_free(iterator);
    return status;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void write_name(const struct page *page, struct delta_buf *html) {
    const char *slash = strrchr(page->options->name, '/');
    const char *name = slash && slash[1] ? slash + 1 : page->options->name;
    html_text_cut(html, name, strlen(name), 200);
}

/* The policy lets nothing in but the page's own style and script, which it names by their hash. */
static void write_head(const struct page *page, struct delta_buf *html) {
    delta_buf_printf(html,
                     "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                     "style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'\">\n",
                     page_style_hash, page_script_hash);
    html_markup(html, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"referrer\" content=\"no-referrer\">\n"
                      "<meta name=\"generator\" content=\"delta-chain " DELTA_VERSION "\">\n"
                      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    write_name(page, html);
    html_markup(html, "</title>\n<style>");
    html_markup(html, page_style);
    html_markup(html, "</style>\n</head>\n<body>\n");
}

static void write_fact(struct delta_buf *html, const char *name, const char *value,
                       const char *note) {
    delta_buf_printf(html, "<div><dt>%s</dt><dd>%s", name, value);
    if (*note)
        delta_buf_printf(html, " <small>%s</small>", note);
    html_markup(html, "</dd></div>\n");
}

static void write_info(const struct page *page, struct delta_buf *html) {
    struct delta_history_metrics metrics = {0};
    char value[64], note[96], size[CLI_SIZE_TEXT];
    uint64_t changes[CHANGE_KINDS] = {0}, sum = 0;
    /* Even of a damaged history it has at least the size of the file, which alone is used. */
    (void)delta_history_metrics(page->history, &metrics, NULL);
    html_markup(html, "<dl class=\"facts\">\n");
    (void)snprintf(value, sizeof value, "%" PRIu32, page->count);
    (void)snprintf(note, sizeof note, "%" PRIu32 " keyframe%s", page->keyframes,
                   page->keyframes == 1 ? "" : "s");
    /* What depends on the bytes of the file would tell of what the filter masks. */
    bool of_file = !page->options->filter;
    write_fact(html, "states", value, of_file && page->keyframes ? note : "");
    write_fact(html, "newest state", cli_size(size, page->size, true), "");
    for (size_t i = 0; i < page->timeline.count; i++)
        for (int kind = 0; kind < CHANGE_KINDS; kind++)
            changes[kind] += page->timeline.columns[i].changes[kind];
    for (int kind = 0; kind < CHANGE_KINDS; kind++)
        sum += changes[kind];
    (void)snprintf(value, sizeof value, "%" PRIu64, sum);
    (void)snprintf(note, sizeof note, "+%" PRIu64 " ~%" PRIu64 " -%" PRIu64 " &gt;%" PRIu64,
                   changes[DELTA_CHANGE_ADD], changes[DELTA_CHANGE_REPLACE],
                   changes[DELTA_CHANGE_REMOVE], changes[DELTA_CHANGE_MOVE]);
    write_fact(html, "changes", value, sum ? note : "");
    (void)snprintf(note, sizeof note, "for %s of states", cli_size(size, page->sizes, true));
    if (of_file)
        write_fact(html, "file", cli_size(value, metrics.file_size, true), page->sizes ? note : "");
    html_markup(html, "</dl>\n");
}

static void write_alarms(const struct page *page, struct delta_buf *html) {
    if (page->bad_end) {
        html_markup(html, "<p class=\"alarm\">States may be missing at the end: ");
        html_text(html, page->end_trouble, strlen(page->end_trouble));
        html_markup(html, "</p>\n");
    }
    if (page->lost) {
        html_markup(html, "<p class=\"alarm\">");
        html_count(html, page->lost, "state");
        html_markup(html, " cannot be read: the file is damaged. <code>delta-chain verify</code> "
                          "tells where.</p>\n");
    }
}

static void write_intro(const struct page *page, struct delta_buf *html) {
    char text[CHAIN_TIME_TEXT];
    html_markup(html, "<header>\n<h1>");
    write_name(page, html);
    html_markup(html, "</h1>\n");
    if (page->knows_time) {
        html_markup(html, "<p>");
        html_time(html, chain_time(text, page->from));
        if (page->to != page->from) {
            html_markup(html, " to ");
            html_time(html, chain_time(text, page->to));
        }
        html_markup(html, "</p>\n");
    }
    write_info(page, html);
    write_alarms(page, html);
    html_markup(html, "</header>\n<main>\n");
}

static void write_timeline(const struct page *page, struct delta_buf *html) {
    html_markup(html, "<section>\n<h2>Timeline</h2>\n<div id=\"timeline\">\n");
    /* With a filter, which revisions there are is not a range to be linked. */
    uint32_t first = page->options->filter ? page->last + 1 : page->last + 1 - page->shown;
    timeline_write(&page->timeline, first, page->last, html);
    html_markup(html, "<p id=\"readout\" class=\"f\">Size of each state, and below it how much "
                      "changed since the one before.");
    if (page->timeline.each > 1)
        delta_buf_printf(html,
                         " %" PRIu32 " states share a column: the band is from the smallest to "
                         "the largest.",
                         page->timeline.each);
    html_markup(html, "</p>\n</div>\n<p class=\"legend\">");
    for (int i = 0; i < CHANGE_KINDS; i++) {
        const struct change_look *look = &change_looks[change_order[i]];
        delta_buf_printf(html, "<span class=\"%c\"><b>%s</b> %s</span> ", look->class, look->mark,
                         look->name);
    }
    html_markup(html, "</p>\n</section>\n");
}

static void write_place(const struct page *page, const struct path_count_place *place,
                        struct delta_buf *html) {
    html_markup(html, "<tr><td class=\"path\"><code>");
    html_text(html, place->pointer, place->length);
    if (place->cut)
        html_markup(html, "\xe2\x80\xa6");
    delta_buf_printf(html,
                     "</code></td><td class=\"bar\"><svg viewBox=\"0 0 100 10\" "
                     "preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect width=\"%.1f\" "
                     "height=\"10\"/></svg></td><td>%" PRIu32 "</td><td>%" PRIu64 "</td></tr>\n",
                     100.0 * place->revisions / page->paths.places[0]->revisions, place->revisions,
                     place->changes);
}

static void write_places(const struct page *page, struct delta_buf *html) {
    const struct path_count *paths = &page->paths;
    html_markup(html, "<section>\n<h2>Where it changes</h2>\n");
    if (paths->count == 0) {
        html_markup(html, "<p class=\"f\">Nothing has changed.</p>\n</section>\n");
        return;
    }
    html_markup(html, "<table id=\"places\">\n<thead><tr><th>place</th><th></th><th>revisions</th>"
                      "<th>changes</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < paths->count && i < PAGE_PLACES; i++)
        write_place(page, paths->places[i], html);
    html_markup(html, "</tbody>\n</table>\n");
    html_markup(html, "<p class=\"f\">");
    if (paths->count > PAGE_PLACES)
        delta_buf_printf(html, "The first %d of %zu%s places. ", PAGE_PLACES, paths->count,
                         paths->full ? " and more" : "");
    html_markup(html, "<code>*</code> stands for a number, as that of an element.</p>\n"
                      "</section>\n");
}

/* Where the revision `at`, of those listed, begins in the details. */
static size_t start_of(const struct page *page, uint32_t at) {
    return at ? page->ends[at - 1] : 0;
}

/* Counts how many of the newest revisions fit. */
static void choose_shown(struct page *page) {
    uint32_t listed = page->count ? page->last - page->first + 1 : 0;
    page->shown = listed;
    if (listed == 0 || page->options->has_range)
        return;
    for (page->shown = 1; page->shown < listed; page->shown++)
        if (page->details.length - start_of(page, listed - page->shown - 1) > PAGE_BYTES)
            break;
}

static void write_revisions_head(const struct page *page, struct delta_buf *html) {
    html_markup(html, "<section>\n<h2>Revisions</h2>\n");
    if (page->options->filter)
        html_markup(html,
                    "<p class=\"f\">Only what counts by the filters that were given; revisions "
                    "without are left out.</p>\n");
    if (page->shown < page->count) {
        delta_buf_printf(html,
                         "<p class=\"f\">#%" PRIu32 " to #%" PRIu32 " of %" PRIu32
                         " states, newest first; with scripts older ones, too, as far as they fit. "
                         "<code>delta-chain show --html HISTORY A..B</code> shows any.</p>\n",
                         page->last + 1 - page->shown, page->last, page->count);
    }
    delta_buf_printf(html,
                     "<p class=\"f\">Values are cut after %d bytes, a revision after %d lines; "
                     "<code>delta-chain show HISTORY REV</code> cuts nothing.</p>\n",
                     REVISION_BYTES, REVISION_LINES);
    html_markup(html,
                "<div id=\"controls\" hidden>"
                "<input id=\"filter\" type=\"search\" placeholder=\"place or text\" "
                "aria-label=\"Show revisions with this in their changes\" autocomplete=\"off\" "
                "spellcheck=\"false\"> "
                "<button id=\"open\" type=\"button\">Open all</button> "
                "<button id=\"close\" type=\"button\">Close all</button> "
                "<output id=\"found\"></output></div>\n"
                "<p id=\"keys\" class=\"f\" hidden></p>\n"
                "<div id=\"panel\" hidden></div>\n<div id=\"revisions\">\n");
}

/* Newest first. */
static int write_revisions(const struct page *page) {
    uint32_t listed = page->count ? page->last - page->first + 1 : 0;
    for (uint32_t i = 0; i < page->shown; i++) {
        uint32_t at = listed - 1 - i;
        size_t start = start_of(page, at);
        if (cli_write(page->cli, page->details.data + start, page->ends[at] - start) < 0)
            return CLI_TROUBLE;
    }
    return CLI_OK;
}

static int write_all(struct page *page) {
    struct delta_buf html = {0};
    path_count_rank(&page->paths);
    choose_shown(page);
    write_head(page, &html);
    write_intro(page, &html);
    if (page->count) {
        write_timeline(page, &html);
        write_places(page, &html);
        write_revisions_head(page, &html);
    } else {
        html_markup(&html, "<section>\n<div>\n<p>No state has been added yet.</p>\n");
    }
    int status = cli_write_buf(page->cli, &html) < 0 ? CLI_TROUBLE : write_revisions(page);
    html.length = 0;
    html_markup(&html, "</div>\n");
    if (page->count)
        html_markup(&html, "<p><button id=\"older\" type=\"button\" hidden></button></p>\n");
    html_markup(&html, "</section>\n</main>\n");
    page_data_write(&page->data, &html);
    html_markup(&html, "<script>");
    html_markup(&html, page_script);
    html_markup(&html, "</script>\n</body>\n</html>\n");
    if (status == CLI_OK && cli_write_buf(page->cli, &html) < 0)
        status = CLI_TROUBLE;
    delta_buf_free(&html);
    return status;
}

int page_write(struct cli *cli, struct delta_history *history, const struct page_options *options) {
    struct page page = {.cli = cli,
                        .history = history,
                        .options = options,
                        .count = delta_history_count(history),
                        .first = options->first,
                        .last = options->last};
    if (!options->has_range) {
        page.last = page.count ? page.count - 1 : 0;
        page.first = page.count > PAGE_REVISIONS ? page.count - PAGE_REVISIONS : 0;
    }
    struct delta_err err = {0};
    page.bad_end = delta_history_check_end(history, NULL, &err) < 0;
    delta_err_format(&err, page.end_trouble, sizeof page.end_trouble);
    int status = chain_names_read(cli, history, &page.names);
    if (status == CLI_OK)
        status = gather_all(&page);
    if (status == CLI_OK)
        status = write_all(&page);
    if (status == CLI_OK && page.lost) {
        cli_output_keep(cli); /* the page that reports it */
        status = cli_fail(cli, "%" PRIu32 " of %" PRIu32 " states cannot be read", page.lost,
                          page.count);
    }
    delta_buf_free(&page.details);
    delta_buf_free(&page.changes);
    delta_arena_free(page.scratch);
    free(page.ends);
    timeline_close(&page.timeline);
    path_count_free(&page.paths);
    page_data_free(&page.data);
    return status;
}
