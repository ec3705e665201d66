#include "html/timeline.h"

#include "chain/chain.h"
#include "html/html.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Units of the picture's own. */
enum {
    WIDTH = 1000,
    LEFT = 70, /* of the plots; labels are to the left */
    RIGHT = 990,
    SIZE_TOP = 14,
    SIZE_BOTTOM = 150,
    CHANGE_TOP = 178,
    CHANGE_BOTTOM = 246,
    HEIGHT = 272,
    BAR_MOST = 26, /* width */
};

int timeline_open(struct timeline *timeline, uint32_t states) {
    timeline->each = states / TIMELINE_MOST + (states % TIMELINE_MOST != 0);
    if (timeline->each == 0)
        return 0;
    timeline->count = states / timeline->each + (states % timeline->each != 0);
    timeline->columns = calloc(timeline->count, sizeof *timeline->columns);
    return timeline->columns ? 0 : -1;
}

void timeline_close(struct timeline *timeline) {
    free(timeline->columns);
    *timeline = (struct timeline){0};
}

void timeline_add(struct timeline *timeline, const struct timeline_state *state) {
    struct timeline_column *column = &timeline->columns[state->index / timeline->each];
    if (column->known + column->lost == 0)
        column->first = state->index;
    column->last = state->index;
    if (state->lost) {
        column->lost++;
        return;
    }
    if (column->known++ == 0) {
        column->from = state->time;
        column->least = column->most = state->size;
    }
    column->to = state->time;
    column->size = state->size;
    if (state->size < column->least)
        column->least = state->size;
    if (state->size > column->most)
        column->most = state->size;
    for (int i = 0; i < CHANGE_KINDS; i++)
        column->changes[i] += state->changes[i];
}

/* ---- Scales ---- */

struct scale {
    uint64_t least, most;
    double top, bottom;
};

static double scale_y(const struct scale *scale, uint64_t value) {
    double span = (double)(scale->most - scale->least);
    if (span <= 0)
        return scale->bottom;
    return scale->bottom - (double)(value - scale->least) / span * (scale->bottom - scale->top);
}

/* From nothing, unless the sizes are so alike that they would be one flat line. */
static struct scale scale_of_sizes(const struct timeline *timeline) {
    struct scale scale = {.least = UINT64_MAX, .top = SIZE_TOP, .bottom = SIZE_BOTTOM};
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_column *column = &timeline->columns[i];
        if (column->known && column->least < scale.least)
            scale.least = column->least;
        if (column->known && column->most > scale.most)
            scale.most = column->most;
    }
    if (scale.least > scale.most)
        scale.least = 0;
    uint64_t span = scale.most - scale.least;
    bool alike = span > 0 && span < scale.most / 3;
    scale.least = alike ? scale.least - (span / 4 < scale.least ? span / 4 : scale.least) : 0;
    return scale;
}

static uint64_t changes_in(const struct timeline_column *column) {
    uint64_t sum = 0;
    for (int i = 0; i < CHANGE_KINDS; i++)
        sum += column->changes[i];
    return sum;
}

static struct scale scale_of_changes(const struct timeline *timeline) {
    struct scale scale = {.top = CHANGE_TOP, .bottom = CHANGE_BOTTOM};
    for (size_t i = 0; i < timeline->count; i++) {
        uint64_t sum = changes_in(&timeline->columns[i]);
        if (sum > scale.most)
            scale.most = sum;
    }
    return scale;
}

static double column_x(const struct timeline *timeline, size_t i) {
    return LEFT + (double)(RIGHT - LEFT) * (double)i / (double)timeline->count;
}

/* ---- Parts ---- */

static void write_label(struct delta_buf *html, double y, const char *text) {
    delta_buf_printf(html, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>", LEFT - 8,
                     y + 4, text);
}

static void write_line(struct delta_buf *html, double y) {
    delta_buf_printf(html, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>", LEFT, y, RIGHT);
}

static void write_grid(struct delta_buf *html, const struct scale *sizes,
                       const struct scale *changes) {
    uint64_t middle = sizes->least + (sizes->most - sizes->least) / 2;
    const uint64_t marks[] = {sizes->most, middle, sizes->least};
    for (size_t i = 0; i < 3; i++) {
        char text[CLI_SIZE_TEXT];
        if (i && marks[i] == marks[i - 1])
            continue;
        write_line(html, scale_y(sizes, marks[i]));
        write_label(html, scale_y(sizes, marks[i]), cli_size(text, marks[i], true));
    }
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, changes->most);
    write_line(html, CHANGE_BOTTOM);
    write_label(html, CHANGE_BOTTOM, "0");
    if (changes->most) {
        write_line(html, CHANGE_TOP);
        write_label(html, CHANGE_TOP, text);
    }
    delta_buf_printf(html, "<text class=\"name\" x=\"%d\" y=\"%d\">changes</text>", LEFT,
                     CHANGE_TOP - 8);
}

/* The next column from `i` on that has sizes, or the end. */
static size_t next_known(const struct timeline *timeline, size_t i) {
    while (i < timeline->count && !timeline->columns[i].known)
        i++;
    return i;
}

/* The sizes as steps, with gaps where states are lost; below them an area; where states share a
 * column, the band between the least and the most. */
static void write_sizes(const struct timeline *timeline, const struct scale *scale,
                        struct delta_buf *html) {
    struct delta_buf line = {0}, area = {0}, band = {0};
    for (size_t i = next_known(timeline, 0); i < timeline->count; i = next_known(timeline, i)) {
        delta_buf_printf(&area, "M%.1f %d", column_x(timeline, i), SIZE_BOTTOM);
        for (size_t start = i; i < timeline->count && timeline->columns[i].known; i++) {
            const struct timeline_column *column = &timeline->columns[i];
            double x = column_x(timeline, i), end = column_x(timeline, i + 1);
            double y = scale_y(scale, column->size);
            if (i == start)
                delta_buf_printf(&line, "M%.1f %.1fH%.1f", x, y, end);
            else
                delta_buf_printf(&line, "V%.1fH%.1f", y, end);
            delta_buf_printf(&area, "V%.1fH%.1f", y, end);
            if (column->least != column->most)
                delta_buf_printf(&band, "M%.1f %.1fV%.1fH%.1fV%.1fZ", x,
                                 scale_y(scale, column->least), scale_y(scale, column->most), end,
                                 scale_y(scale, column->least));
        }
        delta_buf_printf(&area, "V%dZ", SIZE_BOTTOM);
    }
    html_markup(html, "<path class=\"area\" d=\"");
    html_append(html, &area);
    html_markup(html, "\"/><path class=\"band\" d=\"");
    html_append(html, &band);
    html_markup(html, "\"/><path class=\"line\" d=\"");
    html_append(html, &line);
    html_markup(html, "\"/>");
    delta_buf_free(&line);
    delta_buf_free(&area);
    delta_buf_free(&band);
}

static void write_bar(const struct timeline *timeline, size_t i, const struct scale *scale,
                      struct delta_buf *html) {
    const struct timeline_column *column = &timeline->columns[i];
    double x = column_x(timeline, i), width = column_x(timeline, i + 1) - x;
    double bar = width > BAR_MOST ? BAR_MOST : width > 4 ? width - 1 : width;
    double bottom = CHANGE_BOTTOM;
    x += (width - bar) / 2;
    for (int kind = 0; kind < CHANGE_KINDS; kind++) {
        if (column->changes[kind] == 0)
            continue;
        double height = CHANGE_BOTTOM - scale_y(scale, column->changes[kind]);
        height = height < 1.5 ? 1.5 : height; /* one of thousands is seen still */
        bottom -= height;
        delta_buf_printf(
            html, "<rect class=\"%c\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
            change_looks[kind].class, x, bottom, bar, height);
    }
    if (column->lost)
        delta_buf_printf(html,
                         "<rect class=\"lost\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>",
                         x, SIZE_TOP, bar, CHANGE_BOTTOM - SIZE_TOP);
}

/* "#3..5, 2026-11-22 10:00:00 UTC, 1.2 KiB, 3 added" */
static void write_title(const struct timeline_column *column, struct delta_buf *html) {
    char text[CHAIN_TIME_TEXT], size[CLI_SIZE_TEXT];
    delta_buf_printf(html, "<title>#%" PRIu32, column->first);
    if (column->last != column->first)
        delta_buf_printf(html, "\xe2\x80\xa6%" PRIu32, column->last);
    if (column->known) {
        html_markup(html, ", ");
        html_time_text(html, chain_time(text, column->from));
        if (column->last != column->first) {
            html_markup(html, " \xe2\x80\x93 ");
            html_time_text(html, chain_time(text, column->to));
        }
        delta_buf_printf(html, ", %s", cli_size(size, column->size, true));
    }
    for (int kind = 0; kind < CHANGE_KINDS; kind++)
        if (column->changes[kind])
            delta_buf_printf(html, ", %" PRIu64 " %s", column->changes[kind],
                             change_looks[kind].name);
    if (column->lost) {
        html_markup(html, ", ");
        html_count(html, column->lost, "state");
        html_markup(html, " that cannot be read");
    }
    html_markup(html, "</title>");
}

/* What is pointed at: the whole height of a column. */
static void write_column(const struct timeline *timeline, size_t i, bool link,
                         struct delta_buf *html) {
    double x = column_x(timeline, i);
    if (link)
        delta_buf_printf(html, "<a href=\"#r%" PRIu32 "\" tabindex=\"-1\">",
                         timeline->columns[i].last);
    delta_buf_printf(html, "<rect class=\"hit\" x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\">",
                     x, SIZE_TOP, column_x(timeline, i + 1) - x, CHANGE_BOTTOM - SIZE_TOP);
    write_title(&timeline->columns[i], html);
    html_markup(html, link ? "</rect></a>" : "</rect>");
}

static void write_time(struct delta_buf *html, double x, const char *anchor, int64_t time) {
    char text[CHAIN_TIME_TEXT];
    delta_buf_printf(html, "<text class=\"%s\" x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">", anchor, x,
                     HEIGHT - 8, anchor);
    html_time_text(html, chain_time(text, time));
    html_markup(html, "</text>");
}

/* The times of the first, the middle and the last column. */
static void write_times(const struct timeline *timeline, struct delta_buf *html) {
    const struct timeline_column *first = &timeline->columns[0];
    const struct timeline_column *last = &timeline->columns[timeline->count - 1];
    size_t middle = timeline->count / 2;
    if (first->known)
        write_time(html, LEFT, "start", first->from);
    if (timeline->count > 2 && timeline->columns[middle].known)
        write_time(html, (column_x(timeline, middle) + column_x(timeline, middle + 1)) / 2,
                   "middle", timeline->columns[middle].from);
    if (timeline->count > 1 && last->known)
        write_time(html, RIGHT, "end", last->to);
}

void timeline_write(const struct timeline *timeline, uint32_t first, uint32_t last,
                    struct delta_buf *html) {
    struct scale sizes = scale_of_sizes(timeline), changes = scale_of_changes(timeline);
    delta_buf_printf(html,
                     "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Sizes of the states and "
                     "number of changes, in order\">",
                     WIDTH, HEIGHT);
    write_grid(html, &sizes, &changes);
    write_sizes(timeline, &sizes, html);
    for (size_t i = 0; i < timeline->count; i++)
        write_bar(timeline, i, &changes, html);
    write_times(timeline, html);
    for (size_t i = 0; i < timeline->count; i++) {
        uint32_t index = timeline->columns[i].last;
        write_column(timeline, i, index >= first && index <= last, html);
    }
    html_markup(html, "</svg>\n");
}
