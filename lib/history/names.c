#include "history/names.h"

#include "base/err.h"
#include "base/varint.h"
#include "history/flush.h"
#include "history/pending.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONGEST = 80, /* bytes of a name; a range of two must fit into what a revision may be */
    HEX_FROM = 6, /* so many hex digits and nothing else would be a digest */
};

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
static const char all_characters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789.-";

bool names_is_valid(const char *text) {
    size_t length = strlen(text);
    return length && length <= LONGEST && strchr(letters, text[0]) &&
           strspn(text, all_characters) == length && strcmp(text, "tip") != 0 &&
           !strstr(text, "..") && text[length - 1] != '.' &&
           (length < HEX_FROM || strspn(text, "0123456789abcdefABCDEF") < length);
}

/* ---- Reading ----------------------------------------------------------------------------------*/

static int damaged(struct delta_err *err) {
    return err_set(err, DELTA_ERR_DAMAGED,
                   "the names of states are damaged: see `delta-chain verify`");
}

static int decode(struct delta_history *history, const void *bytes, size_t length,
                  struct delta_err *err) {
    struct varint_cursor cursor = varint_cursor(bytes, length);
    uint64_t count, index;
    if (!varint_get(&cursor, &count) || count > length)
        return damaged(err);
    struct history_names *names = &history->names;
    names->list = arena_alloc(names->arena, ((size_t)count + 1) * sizeof *names->list);
    if (!names->list)
        return err_memory(err);
    for (uint64_t i = 0; i < count; i++) {
        const void *text;
        size_t size;
        if (!varint_get_run(&cursor, &text, &size) || size > LONGEST ||
            !varint_get(&cursor, &index) || index >= history->count)
            return damaged(err);
        char *name = arena_alloc(names->arena, size + 1);
        if (!name)
            return err_memory(err);
        memcpy(name, text, size);
        name[size] = '\0';
        if (!names_is_valid(name) || (i && strcmp(names->list[i - 1].name, name) >= 0))
            return damaged(err);
        names->list[i] = (struct delta_history_name){.name = name, .index = (uint32_t)index};
        names->count++;
    }
    return varint_left(&cursor) ? damaged(err) : 0;
}

/* Looks for the last frame of names from the end of the file on. */
static int search(struct delta_history *history, struct delta_err *err) {
    struct scan_frame frame;
    uint64_t limit = history->tail.end;
    int found;
    while ((found = scan_live_before(&history->scan, limit, &frame, err)) > 0) {
        if (frame.gap)
            return damaged(err);
        if (frame.head.kind == FRAME_NAMES)
            break;
        limit = frame.offset;
    }
    if (found <= 0)
        return found;
    struct delta_err why = {0};
    const unsigned char *payload = scan_payload(&history->scan, &frame, &why);
    if (payload)
        return decode(history, payload, (size_t)frame.head.payload_length, err);
    if (why.code == DELTA_ERR_DAMAGED)
        return damaged(err);
    if (err)
        *err = why;
    return -1;
}

/* Reads the names, unless that was done. */
static int load(struct delta_history *history, struct delta_err *err) {
    struct history_names *names = &history->names;
    if (names->loaded)
        return 0;
    delta_arena_free(names->arena);
    *names = (struct history_names){.arena = delta_arena_new()};
    if (!names->arena)
        return err_memory(err);
    if (history->has_names && search(history, err) < 0) {
        names->count = 0;
        return -1;
    }
    names->loaded = true;
    return 0;
}

/* The place of a name, or where it would be. */
static size_t place(const struct history_names *names, const char *name, bool *found) {
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(names->list[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < names->count && strcmp(names->list[low].name, name) == 0;
    return low;
}

int names_find(struct delta_history *history, const char *name, uint32_t *index,
               struct delta_err *err) {
    bool found;
    if (load(history, err) < 0)
        return -1;
    size_t at = place(&history->names, name, &found);
    if (found)
        *index = history->names.list[at].index;
    return found;
}

int delta_history_names(struct delta_history *history, const struct delta_history_name **names,
                        size_t *count, struct delta_err *err) {
    *names = NULL;
    *count = 0;
    if (load(history, err) < 0)
        return history_failed(history, err);
    *names = history->names.list;
    *count = history->names.count;
    return 0;
}

/* ---- Writing ----------------------------------------------------------------------------------*/

static void encode(const struct delta_history_name *list, size_t count, struct delta_buf *payload) {
    varint_put(payload, count);
    for (size_t i = 0; i < count; i++) {
        varint_put_run(payload, list[i].name, strlen(list[i].name));
        varint_put(payload, list[i].index);
    }
}

static int check(const struct delta_history *history, const struct delta_history_name *name,
                 struct delta_err *err) {
    if (!names_is_valid(name->name))
        return err_set(err, DELTA_ERR_USAGE,
                       "invalid name: %.100s (expected a letter or _, then letters, digits, '_', "
                       "'-' and single '.', not at the end, at most %d; not `tip`, not %d or more "
                       "hexadecimal digits)",
                       name->name, LONGEST, HEX_FROM);
    if (name->index != DELTA_NO_STATE && name->index >= history->count)
        return err_set(err, DELTA_ERR_USAGE, "there is no state %" PRIu32, name->index);
    return 0;
}

/* A name to be given or taken away, and where it was in the list of them: the last one counts. */
struct change {
    struct delta_history_name name;
    size_t order;
};

static int compare_changes(const void *one, const void *other) {
    const struct change *a = one, *b = other;
    int order = strcmp(a->name.name, b->name.name);
    return order ? order : a->order < b->order ? -1 : a->order > b->order;
}

/* Merges the changes, sorted, into the names that there are; `next` has room. O(both). */
static void merge_changes(const struct history_names *names, const struct change *changes,
                          size_t count, struct history_names *next) {
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const struct delta_history_name *name = &changes[i].name;
        if (i + 1 < count && strcmp(changes[i + 1].name.name, name->name) == 0)
            continue;
        while (at < names->count && strcmp(names->list[at].name, name->name) < 0)
            next->list[next->count++] = names->list[at++];
        if (at < names->count && strcmp(names->list[at].name, name->name) == 0)
            at++;
        if (name->index != DELTA_NO_STATE)
            next->list[next->count++] = *name;
    }
    while (at < names->count)
        next->list[next->count++] = names->list[at++];
}

static int write_names(struct delta_history *history, const struct delta_history_name *changes,
                       size_t count, struct delta_err *err) {
    struct history_names next = {0};
    struct delta_buf payload = {0};
    for (size_t i = 0; i < count; i++)
        if (check(history, &changes[i], err) < 0)
            return -1;
    next.list = calloc(history->names.count + count + 1, sizeof *next.list);
    struct change *sorted = calloc(count + 1, sizeof *sorted);
    if (!next.list || !sorted) {
        free(next.list);
        free(sorted);
        return err_memory(err);
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct change){.name = changes[i], .order = i};
    qsort(sorted, count, sizeof *sorted, compare_changes);
    merge_changes(&history->names, sorted, count, &next);
    free(sorted);
    bool same = next.count == history->names.count;
    for (size_t i = 0; same && i < next.count; i++)
        same = next.list[i].index == history->names.list[i].index &&
               strcmp(next.list[i].name, history->names.list[i].name) == 0;
    int status = 0;
    if (!same) {
        encode(next.list, next.count, &payload);
        status = pending_names(history, &payload, err);
        if (status == 0)
            status = flush_pending(history, err);
    }
    free(next.list);
    delta_buf_free(&payload);
    history->names.loaded = false;
    return status;
}

int delta_history_set_names(struct delta_history *history, const struct delta_history_name *names,
                            size_t count, struct delta_err *err) {
    int status = -1;
    if (history->writer.pending_states)
        return err_set(err, DELTA_ERR_USAGE, "states that were added must be flushed first");
    if (history_lock(history, err) == 0 && load(history, err) == 0)
        status = write_names(history, names, count, err);
    history_unlock(history);
    return status < 0 ? history_failed(history, err) : 0;
}

/* ---- Rewrites ---------------------------------------------------------------------------------*/

int names_mark(struct delta_history *history, bool *keep, uint32_t count, struct delta_err *err) {
    if (load(history, err) < 0)
        return -1;
    for (size_t i = 0; i < history->names.count; i++)
        if (history->names.list[i].index < count)
            keep[history->names.list[i].index] = true;
    return 0;
}

int names_carry(struct delta_history *to, const struct delta_history *from, const bool *keep,
                struct delta_err *err) {
    struct delta_buf payload = {0};
    size_t count = from->names.count;
    if (!count)
        return 0;
    struct delta_history_name *list = calloc(count, sizeof *list);
    uint32_t *moved = calloc(from->count, sizeof *moved);
    int status = list && moved ? 0 : err_memory(err);
    if (status == 0) {
        uint32_t next = 0;
        for (uint32_t i = 0; i < from->count; i++)
            moved[i] = keep[i] ? next++ : DELTA_NO_STATE;
        for (size_t i = 0; i < count; i++)
            list[i] = (struct delta_history_name){.name = from->names.list[i].name,
                                                  .index = moved[from->names.list[i].index]};
        encode(list, count, &payload);
        status = pending_names(to, &payload, err);
    }
    free(list);
    free(moved);
    delta_buf_free(&payload);
    return status;
}
