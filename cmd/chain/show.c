/* delta-chain show: what changed, for people. */
#include "chain/chain.h"
#include "html/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct show_options {
    bool html;
};

const struct cli_option chain_show_options[] = {
    {CLI_FLAG, 0, "html", NULL, "the whole history as one page for a browser",
     CLI_AT(struct show_options, html)},
    {0},
};

/* Where the text gathers: a pager needs all of it, everything else gets it state by state. */
struct page {
    struct cli *cli;
    struct delta_text_options text;
    FILE *stream;
    bool started; /* a state was shown: an empty line stands before the next */
    char *data;
    size_t length;
};

static bool page_open(struct page *page) {
    page->stream = open_memstream(&page->data, &page->length);
    return page->stream != NULL;
}

/* Closes what was gathered, and writes it. */
static int page_close(struct page *page) {
    int status = CLI_OK;
    if (!page->stream)
        return CLI_OK;
    if (fclose(page->stream) != 0)
        status = cli_fail(page->cli, "out of memory");
    page->stream = NULL;
    struct delta_buf buf = {.data = page->data, .length = page->length};
    if (status == CLI_OK && cli_page(page->cli, &buf) < 0)
        status = CLI_TROUBLE;
    free(page->data);
    return status;
}

static int put_header(struct page *page, const struct delta_history_entry *entry,
                      const struct delta_value *before) {
    char time[CHAIN_TIME_TEXT], stored[CLI_SIZE_TEXT], size[CLI_SIZE_TEXT];
    char digest[DELTA_DIGEST_TEXT], base[DELTA_DIGEST_TEXT];
    bool people = cli_is_terminal(page->cli);
    const char *bold = page->text.color ? "\033[1m" : "", *plain = page->text.color ? "\033[m" : "";
    struct delta_buf metadata = {0};
    struct delta_err err = {0};
    delta_digest_format(entry->digest, digest);
    if (page->started)
        fputc('\n', page->stream);
    page->started = true;
    fprintf(page->stream, "%sstate %" PRIu32 "%s  %s\n", bold, entry->index, plain,
            chain_time(time, entry->time));
    if (before) {
        delta_digest_format(delta_value_digest(before), base);
        fprintf(page->stream, "digest    %s, after %s\n", digest, base);
    } else {
        fprintf(page->stream, "digest    %s\n", digest);
    }
    cli_size(size, entry->size, people);
    if (entry->kind == DELTA_ENTRY_BLOCK)
        fprintf(page->stream, "bytes     %s, in a block\n", size);
    else
        fprintf(page->stream, "bytes     %s, stored in %s\n", size,
                cli_size(stored, entry->stored, people));
    if (entry->metadata) {
        if (delta_write(entry->metadata, DELTA_CANONICAL, 0, &metadata, &err) < 0)
            return cli_error(page->cli, &err);
        struct delta_buf visible = {0};
        delta_visible_write(metadata.data, metadata.length, &visible);
        fprintf(page->stream, "metadata  %.*s\n", visible.failed ? 0 : (int)visible.length,
                visible.data ? visible.data : "");
        delta_buf_free(&visible);
        delta_buf_free(&metadata);
    }
    return CLI_OK;
}

static int put_fields(struct page *page, const struct delta_history_entry *entry,
                      const struct delta_value *before) {
    struct delta_diff_options diff = {.strategy = before ? DELTA_DICT : DELTA_NONE};
    struct delta_err err = {0};
    struct delta_buf payload = {0};
    int status = CLI_OK;
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(page->cli, "out of memory");
    const struct delta_record *record = delta_diff(arena, before, entry->value, &diff, &err);
    if (!record || delta_text_write(record, before, &page->text, &payload, &err) < 0)
        status = cli_error(page->cli, &err);
    else if (payload.length)
        fwrite(payload.data, 1, payload.length, page->stream);
    else
        fputs("no changes\n", page->stream);
    delta_buf_free(&payload);
    delta_arena_free(arena);
    return status;
}

static int show_state(struct page *page, const struct delta_history_entry *entry,
                      const struct delta_value *before) {
    if (!page->stream && !page_open(page))
        return cli_fail(page->cli, "out of memory");
    int status = put_header(page, entry, before);
    if (status == CLI_OK)
        status = put_fields(page, entry, before);
    if (!cli_is_terminal(page->cli)) {
        int closed = page_close(page);
        if (status == CLI_OK)
            status = closed;
    }
    return status;
}

/* Shows the states from `first` to `last`, each beside the one before it. */
static int show_states(struct page *page, struct delta_history *history, uint32_t first,
                       uint32_t last) {
    struct delta_history_entry entry;
    struct delta_err err = {0};
    const struct delta_value *before = NULL;
    int status = CLI_OK;
    struct delta_history_iterator *walk =
        delta_history_iterator_new(history, first ? first - 1 : 0, last, true, &err);
    if (!walk)
        return cli_error(page->cli, &err);
    for (;;) {
        err = (struct delta_err){0};
        int got = delta_history_iterator_next(walk, &entry, &err);
        if (got == 0)
            break;
        if (got < 0) {
            before = NULL;
            if (entry.index >= first)
                status = cli_error(page->cli, &err);
            continue;
        }
        int shown = entry.index >= first ? show_state(page, &entry, before) : CLI_OK;
        if (shown != CLI_OK) {
            status = shown;
            break;
        }
        before = entry.value;
    }
    int closed = page_close(page);
    delta_history_iterator_free(walk);
    return status == CLI_OK ? closed : status;
}

/* All of the history; from `first` to `last`, where they were named, told change by change. */
static int show_html(struct cli *cli, struct delta_history *history, uint32_t first,
                     uint32_t last) {
    const struct page_options options = {.name = cli->operands[0],
                                         .has_range = cli->operand_count > 1,
                                         .first = first,
                                         .last = last};
    return page_write(cli, history, &options);
}

int chain_show(struct cli *cli, int argc, char **argv) {
    struct show_options options = {0};
    uint32_t first = 0, last = 0;
    bool empty;
    struct delta_history *history;
    struct chain_operands operands = {1, 2, "HISTORY REV", DELTA_HISTORY_READ};
    int status = chain_begin(cli, argc, argv, &options, operands, &history);
    if (status != CLI_GO)
        return status;
    struct page page = {
        .cli = cli,
        .text = {.width = cli_is_terminal(cli) ? cli_columns(cli) : 0, .color = cli_color(cli)}};
    status = chain_steps(cli, history, 1, &first, &last, &empty);
    if (status == CLI_OK && options.html)
        status = show_html(cli, history, first, last);
    else if (status == CLI_OK && !empty)
        status = show_states(&page, history, first, last);
    delta_history_close(history);
    return status;
}
