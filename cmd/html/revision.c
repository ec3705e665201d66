#include "html/revision.h"

#include "chain/chain.h"
#include "html/html.h"

#include <inttypes.h>
#include <string.h>

/* ---- Metadata -------------------------------------------------------------------------------- */

/* A string as its characters, anything else as JSON. */
static void write_value(const struct delta_value *value, size_t most, struct delta_buf *html) {
    struct delta_buf json = {0};
    size_t length;
    if (delta_value_type(value) == DELTA_STRING) {
        const char *text = delta_value_text(value, &length);
        if (length) {
            html_text_cut(html, text, length, most);
            return;
        }
    }
    html->failed |= delta_write(value, DELTA_CANONICAL, 0, &json, NULL) < 0;
    html_text_cut(html, json.data, json.length, most);
    delta_buf_free(&json);
}

/* The first `count` members: `around[0]` KEY `around[1]` VALUE `around[2]` each. */
static void write_members(const struct delta_value *metadata, size_t count, size_t most,
                          const char *const around[3], struct delta_buf *html) {
    struct delta_member member;
    for (size_t i = 0; metadata && i < count && delta_value_member(metadata, i, &member); i++) {
        html_markup(html, around[0]);
        html_text_cut(html, member.key, member.key_length, most);
        html_markup(html, around[1]);
        write_value(member.value, most, html);
        html_markup(html, around[2]);
    }
}

/* ---- Parts ----------------------------------------------------------------------------------- */

static void write_counts(const struct revision *revision, struct delta_buf *html) {
    html_markup(html, "<span class=\"counts\">");
    if (revision->first)
        html_markup(html, "<span class=\"f\">first</span>");
    for (int i = 0; i < CHANGE_KINDS && !revision->first; i++) {
        enum delta_change_kind kind = change_order[i];
        const struct change_look *look = &change_looks[kind];
        if (revision->changes[kind] == 0)
            continue;
        delta_buf_printf(html, "<span class=\"%c\" title=\"%s\">", look->class, look->name);
        html_markup(html, look->mark);
        delta_buf_printf(html, "%" PRIu64 "</span> ", revision->changes[kind]);
    }
    html_markup(html, "</span>");
}

/* The line that is always seen. */
static void write_summary(const struct revision *revision, struct delta_buf *html) {
    static const char *const around[3] = {"<span class=\"k\">", ":</span> ", " "};
    const struct delta_history_entry *entry = revision->entry;
    char text[CHAIN_TIME_TEXT], size[CLI_SIZE_TEXT];
    delta_buf_printf(html, "<summary><span class=\"n\">#%" PRIu32 "</span> ", entry->index);
    html_time(html, chain_time(text, entry->time));
    delta_buf_printf(html, " <span class=\"size\">%s</span> ", cli_size(size, entry->size, true));
    write_counts(revision, html);
    size_t count;
    const struct delta_history_name *names = chain_names_of(revision->names, entry->index, &count);
    for (size_t i = 0; i < count; i++)
        delta_buf_printf(html, " <span class=\"tag\">%s</span>", names[i].name);
    html_markup(html, " <span class=\"note\">");
    write_members(entry->metadata, 4, 80, around, html);
    html_markup(html, "</span></summary>\n");
}

static void write_info(const struct delta_history_entry *entry, struct delta_buf *html) {
    static const char *const around[3] = {"<dt class=\"k\">", "</dt><dd>", "</dd>\n"};
    static const char *const kinds[] = {
        [DELTA_ENTRY_KEYFRAME] = "keyframe",
        [DELTA_ENTRY_RECORD] = "record",
        [DELTA_ENTRY_BLOCK] = "block",
    };
    char digest[DELTA_DIGEST_TEXT], size[CLI_SIZE_TEXT];
    delta_digest_format(entry->digest, digest);
    html_markup(html, "<dl>\n");
    write_members(entry->metadata, SIZE_MAX, REVISION_BYTES, around, html);
    delta_buf_printf(html, "<dt>digest</dt><dd><code>%s</code></dd>\n", digest);
    delta_buf_printf(html, "<dt>size</dt><dd>%" PRIu64 " bytes, ", entry->size);
    if (entry->kind == DELTA_ENTRY_BLOCK)
        html_markup(html, "in a block");
    else if (!entry->stored)
        delta_buf_printf(html, "stored as a %s", kinds[entry->kind]);
    else
        delta_buf_printf(html, "stored as a %s in %s", kinds[entry->kind],
                         cli_size(size, entry->stored, true));
    html_markup(html, "</dd>\n</dl>\n");
}

static void write_changes(const struct revision *revision, struct delta_buf *html) {
    if (revision->first) {
        html_markup(html, "<p class=\"f\">There is no state before this one.</p>\n");
        return;
    }
    html_markup(html, "<pre>");
    html_append(html, revision->changes_html);
    html_markup(html, revision->lines ? "</pre>\n" : "no changes</pre>\n");
    if (revision->lines > REVISION_LINES) {
        html_markup(html, "<p class=\"f\">");
        html_count(html, revision->lines - REVISION_LINES, "line");
        delta_buf_printf(html, " more: <code>delta-chain show HISTORY %" PRIu32 "</code></p>\n",
                         revision->entry->index);
    }
}

void revision_write(const struct revision *revision, struct delta_buf *html) {
    const struct delta_history_entry *entry = revision->entry;
    bool lost = revision->trouble && !entry->value;
    html_markup(html, "<details>\n");
    if (lost)
        delta_buf_printf(html,
                         "<summary><span class=\"n\">#%" PRIu32
                         "</span> <span class=\"r\">cannot be read</span></summary>\n",
                         entry->index);
    else
        write_summary(revision, html);
    delta_buf_printf(html, "<div id=\"r%" PRIu32 "\" class=\"body\">\n", entry->index);
    if (!lost)
        write_info(entry, html);
    if (revision->trouble) {
        html_markup(html, "<p class=\"r\">");
        html_text(html, revision->trouble, strlen(revision->trouble));
        html_markup(html, "</p>\n");
    } else {
        write_changes(revision, html);
    }
    html_markup(html, "</div>\n</details>\n");
}
