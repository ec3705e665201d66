#include "html/revision.h"

#include "chain/chain.h"
#include "html/html.h"

#include <inttypes.h>
#include <string.h>

/* ---- Metadata -------------------------------------------------------------------------------- */

/* A member of an object, in its canonical text. */
struct member {
    const char *key, *value;
    size_t key_length, value_length;
};

/* Behind the value or key at `at`: at the comma, colon or bracket that ends it. */
static const char *behind(const char *at, const char *end) {
    unsigned depth = 0;
    for (; at < end; at++) {
        if (*at == '"') {
            for (at++; at < end && *at != '"'; at++)
                at += *at == '\\';
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if (depth == 0 && strchr(",:}]", *at)) {
            break;
        } else if (*at == '}' || *at == ']') {
            depth--;
        }
    }
    return at < end ? at : end;
}

/* Takes the next member off `*text`, which is at '{' or ','; false when there is none. */
static bool next_member(const char **text, const char *end, struct member *member) {
    if (*text >= end || *text + 1 >= end || **text == '}' || (*text)[1] == '}')
        return false;
    member->key = *text + 1;
    member->value = behind(member->key, end);
    member->key_length = (size_t)(member->value - member->key);
    member->value += member->value < end;
    *text = behind(member->value, end);
    member->value_length = (size_t)(*text - member->value);
    return true;
}

/* A string without its quotes, where that leaves no doubt; anything else as JSON. */
static void write_json(const char *text, size_t length, size_t most, struct delta_buf *html) {
    if (length > 2 && text[0] == '"' && !memchr(text, '\\', length)) {
        text++;
        length -= 2;
    }
    html_text_cut(html, text, length, most);
}

/* Each member: `before` KEY `between` VALUE `behind`. */
static void write_members(const struct delta_buf *json, unsigned members, size_t most,
                          const char *const around[3], struct delta_buf *html) {
    const char *text = json->data, *end = text ? text + json->length : text;
    struct member member;
    while (members-- && next_member(&text, end, &member)) {
        html_markup(html, around[0]);
        write_json(member.key, member.key_length, most, html);
        html_markup(html, around[1]);
        write_json(member.value, member.value_length, most, html);
        html_markup(html, around[2]);
    }
}

/* ---- Parts ----------------------------------------------------------------------------------- */

static void write_counts(const struct revision *revision, struct delta_buf *html) {
    html_markup(html, "<span class=\"counts\">");
    if (revision->first)
        html_markup(html, "<span class=\"f\">first</span>");
    for (int kind = 0; kind < CHANGE_MARKS && !revision->first; kind++) {
        const struct change_look *look = &change_looks[kind];
        if (revision->changes[kind] == 0)
            continue;
        html_printf(html, "<span class=\"%c\" title=\"%s\">", look->class, look->name);
        html_text(html, &look->mark, 1);
        html_printf(html, "%" PRIu64 "</span> ", revision->changes[kind]);
    }
    html_markup(html, "</span>");
}

/* The line that is always seen. */
static void write_summary(const struct revision *revision, const struct delta_buf *metadata,
                          struct delta_buf *html) {
    static const char *const around[3] = {"<span class=\"k\">", ":</span> ", " "};
    const struct delta_history_entry *entry = revision->entry;
    char text[CHAIN_TIME_TEXT], size[CLI_SIZE_TEXT];
    html_printf(html, "<summary><span class=\"n\">#%" PRIu32 "</span> ", entry->index);
    html_time(html, chain_time(text, entry->time));
    html_printf(html, " <span class=\"size\">%s</span> ", cli_size(size, entry->size, true));
    write_counts(revision, html);
    html_markup(html, " <span class=\"note\">");
    write_members(metadata, 4, 80, around, html);
    html_markup(html, "</span></summary>\n");
}

static void write_info(const struct delta_history_entry *entry, const struct delta_buf *metadata,
                       struct delta_buf *html) {
    static const char *const around[3] = {"<dt class=\"k\">", "</dt><dd>", "</dd>\n"};
    static const char *const kinds[] = {
        [DELTA_ENTRY_KEYFRAME] = "keyframe",
        [DELTA_ENTRY_RECORD] = "record",
        [DELTA_ENTRY_BLOCK] = "block",
    };
    char digest[DELTA_DIGEST_TEXT], size[CLI_SIZE_TEXT];
    delta_digest_format(entry->digest, digest);
    html_markup(html, "<dl>\n");
    write_members(metadata, UINT32_MAX, REVISION_BYTES, around, html);
    html_printf(html, "<dt>digest</dt><dd><code>%s</code></dd>\n", digest);
    html_printf(html, "<dt>size</dt><dd>%" PRIu64 " bytes, ", entry->size);
    if (entry->kind == DELTA_ENTRY_BLOCK)
        html_markup(html, "in a block");
    else
        html_printf(html, "stored as a %s in %s", kinds[entry->kind],
                    cli_size(size, entry->stored, true));
    html_markup(html, "</dd>\n</dl>\n");
}

static void write_changes(const struct revision *revision, struct delta_buf *html) {
    const char *text = revision->text, *end = text ? text + revision->length : text;
    struct change_text_line line;
    size_t lines = 0, more = 0;
    if (revision->first) {
        html_markup(html, "<p class=\"f\">Nothing stands before this state.</p>\n");
        return;
    }
    html_markup(html, "<pre>");
    while (change_text_next(&text, end, &line)) {
        if (lines++ < REVISION_LINES)
            change_text_html(html, &line, REVISION_BYTES);
        else
            more++;
    }
    html_markup(html, lines ? "</pre>\n" : "no changes</pre>\n");
    if (more) {
        html_markup(html, "<p class=\"f\">");
        html_count(html, more, "line");
        html_printf(html, " more: <code>delta-chain show HISTORY %" PRIu32 "</code></p>\n",
                    revision->entry->index);
    }
}

void revision_write(const struct revision *revision, struct delta_buf *html) {
    const struct delta_history_entry *entry = revision->entry;
    struct delta_buf metadata = {0};
    bool lost = revision->trouble && !entry->value;
    if (entry->metadata && !lost)
        html->failed |= delta_write(entry->metadata, DELTA_CANONICAL, 0, &metadata, NULL) < 0;
    html_markup(html, "<details>\n");
    if (lost)
        html_printf(html,
                    "<summary><span class=\"n\">#%" PRIu32
                    "</span> <span class=\"r\">cannot be read</span></summary>\n",
                    entry->index);
    else
        write_summary(revision, &metadata, html);
    html_printf(html, "<div id=\"r%" PRIu32 "\" class=\"body\">\n", entry->index);
    if (!lost)
        write_info(entry, &metadata, html);
    if (revision->trouble) {
        html_markup(html, "<p class=\"r\">");
        html_text(html, revision->trouble, strlen(revision->trouble));
        html_markup(html, "</p>\n");
    } else {
        write_changes(revision, html);
    }
    html_markup(html, "</div>\n</details>\n");
    delta_buf_free(&metadata);
}
