#include "view/stat.h"

#include "base/arena.h"
#include "base/array.h"
#include "base/err.h"
#include "base/hash.h"
#include "diff/symbols.h"
#include "view/visible.h"

#include <stdlib.h>
#include <string.h>

enum {
    USUAL_WIDTH = 80,
    NAME_MOST = 48, /* columns of a path */
    NAME_LEAST = 8, /* where the width leaves less, lines are wider */
    BAR_LEAST = 8,
    LINES_MOST = 20, /* for the elements of an array: the last line sums up the rest */
};

/* A top-level path. */
struct path {
    const char *name; /* as it is shown */
    size_t length, columns;
    uint64_t counts[TEXT_KINDS];
    uint64_t total;
    uint32_t order; /* in which it was met */
};

struct counting {
    struct delta_arena *arena;
    struct symbols names;
    ARRAY(struct path) paths; /* by symbol */
};

static int add_path(struct counting *c, const char *name, size_t length, struct delta_err *err) {
    struct delta_buf shown = {0};
    if (length)
        visible_put(&shown, name, length);
    else
        buf_put_text(&shown, "(root)");
    const char *copy = shown.failed ? NULL : arena_copy(c->arena, shown.data, shown.length);
    struct path *path = copy ? array_add(&c->paths) : NULL;
    if (path)
        *path = (struct path){.name = copy,
                              .order = (uint32_t)c->paths.count - 1,
                              .length = shown.length,
                              .columns = visible_columns(copy, shown.length)};
    delta_buf_free(&shown);
    return path ? 0 : err_memory(err);
}

static int count_change(void *context, const struct delta_change *change, struct delta_err *err) {
    struct counting *c = context;
    size_t length = change->pointer_length;
    const char *second = length ? memchr(change->pointer + 1, '/', length - 1) : NULL;
    if (second)
        length = (size_t)(second - change->pointer);
    uint32_t symbol = symbols_put(&c->names, hash_private(change->pointer, length, 0));
    if (symbol == NO_INDEX)
        return err_memory(err);
    if (symbol == c->paths.count && add_path(c, change->pointer, length, err))
        return -1;
    c->paths.items[symbol].counts[change->kind] += change->count;
    c->paths.items[symbol].total += change->count;
    return 0;
}

static size_t digits(uint64_t n) {
    size_t count = 1;
    for (; n >= 10; n /= 10)
        count++;
    return count;
}

/* Marks of one kind. Where bars are scaled, what there is at all is seen. */
static size_t marks(uint64_t count, uint64_t most, size_t room) {
    if (most <= room || count == 0)
        return (size_t)count;
    size_t scaled = (size_t)((double)count * (double)room / (double)most);
    return scaled ? scaled : 1;
}

static void put_path(const struct path *path, const struct text_options *options,
                     size_t name_columns, size_t number_columns, uint64_t most, size_t room,
                     struct delta_buf *buf) {
    size_t start = buf->length;
    buf_put_char(buf, ' ');
    visible_put_cut(buf, path->name, path->length, name_columns);
    if (buf->failed)
        return;
    size_t used = visible_columns(buf->data + start, buf->length - start);
    buf_printf(buf, "%*s | %*llu ", (int)(name_columns + 1 - used), "", (int)number_columns,
               (unsigned long long)path->total);
    for (size_t kind = 0; kind < TEXT_KINDS; kind++) {
        size_t count = marks(path->counts[kind], most, room);
        if (count)
            visible_color(buf, options->color, text_looks[kind].color);
        for (size_t i = 0; i < count; i++)
            buf_put_char(buf, text_looks[kind].mark);
        if (count)
            visible_color(buf, options->color, VISIBLE_PLAIN);
    }
    buf_put_char(buf, '\n');
}

static void put_paths(const struct counting *c, const struct text_options *options,
                      struct delta_buf *buf) {
    uint64_t counts[TEXT_KINDS] = {0};
    uint64_t most = 0;
    size_t name_columns = 0;
    for (uint32_t i = 0; i < c->paths.count; i++) {
        const struct path *path = &c->paths.items[i];
        most = path->total > most ? path->total : most;
        name_columns = path->columns > name_columns ? path->columns : name_columns;
        for (size_t kind = 0; kind < TEXT_KINDS; kind++)
            counts[kind] += path->counts[kind];
    }
    size_t width = options->width ? options->width : USUAL_WIDTH;
    size_t beside = 1 + 3 + digits(most) + 1 + TEXT_KINDS; /* the name and the bar */
    size_t name_most =
        width > beside + BAR_LEAST + NAME_LEAST ? width - beside - BAR_LEAST : NAME_LEAST;
    if (name_columns > NAME_MOST)
        name_columns = NAME_MOST;
    if (name_columns > name_most)
        name_columns = name_most;
    size_t taken = beside + name_columns;
    size_t room = width > taken + BAR_LEAST ? width - taken : BAR_LEAST;
    for (uint32_t i = 0; i < c->paths.count; i++)
        put_path(&c->paths.items[i], options, name_columns, digits(most), most, room, buf);
    text_put_counts(counts, buf);
}

static int by_total(const void *a, const void *b) {
    const struct path *left = a, *right = b;
    if (left->total != right->total)
        return left->total > right->total ? -1 : 1;
    return (left->order > right->order) - (left->order < right->order);
}

static int by_order(const void *a, const void *b) {
    const struct path *left = a, *right = b;
    return (left->order > right->order) - (left->order < right->order);
}

/* Keeps the elements with the most changes, in order, and makes one line of the others. */
static int sum_up(struct counting *c, struct delta_err *err) {
    if (c->paths.count <= LINES_MOST)
        return 0;
    qsort(c->paths.items, c->paths.count, sizeof *c->paths.items, by_total);
    struct path *rest = &c->paths.items[LINES_MOST - 1];
    for (uint32_t i = LINES_MOST; i < c->paths.count; i++) {
        for (size_t kind = 0; kind < TEXT_KINDS; kind++)
            rest->counts[kind] += c->paths.items[i].counts[kind];
        rest->total += c->paths.items[i].total;
    }
    struct delta_buf name = {0};
    buf_printf(&name, "(%u others)", (unsigned)(c->paths.count - LINES_MOST + 1));
    rest->name = name.failed ? NULL : arena_copy(c->arena, name.data, name.length);
    rest->length = rest->columns = name.length;
    delta_buf_free(&name);
    if (!rest->name)
        return err_memory(err);
    rest->order = (uint32_t)c->paths.count;
    c->paths.count = LINES_MOST;
    qsort(c->paths.items, c->paths.count, sizeof *c->paths.items, by_order);
    return 0;
}

int stat_write(const struct delta_value *base, const struct delta_patch *patch,
               const struct text_options *options, struct delta_buf *buf, struct delta_err *err) {
    static const struct text_options defaults = {0};
    const struct text_options *chosen = options ? options : &defaults;
    const struct changes_options changes = {.added = chosen->added,
                                            .array_keys = chosen->array_keys,
                                            .places = chosen->places,
                                            .reverse = chosen->reverse};
    struct counting c = {.arena = delta_arena_new()};
    if (!c.arena)
        return err_memory(err);
    int status = changes_visit(base, patch, &changes, count_change, &c, err);
    bool is_array = base ? base->type == DELTA_ARRAY : patch && patch->kind == PATCH_ARRAY;
    if (status == 0 && is_array)
        status = sum_up(&c, err);
    if (status == 0)
        put_paths(&c, chosen, buf);
    symbols_free(&c.names);
    free(c.paths.items);
    delta_arena_free(c.arena);
    return status ? status : buf_check(buf, err);
}
