#include "history/park.h"

#include "base/arena.h"
#include "json/writer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A copy in an arena that holds nothing else. */
static struct delta_arena *keep_text(struct byte_span *text) {
    struct delta_arena *arena = delta_arena_new();
    const char *copy = NULL;
    if (arena) {
        arena->next_size = 1; /* no more than the text */
        copy = delta_bytes_copy(arena, text->bytes, text->length, NULL);
    }
    if (!copy) {
        delta_arena_free(arena);
        *text = (struct byte_span){0};
        return NULL;
    }
    text->bytes = copy;
    return arena;
}

/* Texts take a fifth of the memory of their trees. */
static void park_base(struct delta_history *history) {
    struct history_base *base = &history->base;
    struct history_keyframe *keyframe = &base->keyframe;
    struct delta_buf text = {0};
    if (!base->text.bytes && base->value) {
        writer_canonical(base->value, &text);
        base->text = (struct byte_span){text.data, text.failed ? 0 : text.length};
        base->text_arena = keep_text(&base->text);
        delta_buf_free(&text);
    }
    delta_arena_free(base->arena);
    base->arena = NULL;
    base->value = NULL;
    base->shared = 0;
    base->shared_bytes = 0;
    if (keyframe->text.bytes && keyframe->arena->current->size > 2 * keyframe->text.length) {
        struct delta_arena *old = keyframe->arena;
        keyframe->arena = keep_text(&keyframe->text);
        delta_arena_free(old);
    }
}

void history_park(struct delta_history *history) {
    struct stat status;
    struct scan *scan = &history->scan;
    history->parked = history->fd >= 0 && fstat(history->fd, &status) == 0;
    if (history->parked)
        history->file = (struct history_file){.device = status.st_dev,
                                              .inode = status.st_ino,
                                              .size = status.st_size,
                                              .changed = status.st_ctim};
    park_base(history);
    free(scan->window);
    *scan = (struct scan){
        .fd = -1, .end = scan->end, .header = scan->header, .header_damaged = scan->header_damaged};
    if (history->fd >= 0)
        close(history->fd);
    history->fd = -1;
    history->locked = false;
}

size_t history_parked_size(const struct delta_history *history) {
    return sizeof *history + strlen(history->path) + history->key.length +
           history->base.text.length + history->base.keyframe.text.length +
           positions_size(&history->positions);
}
