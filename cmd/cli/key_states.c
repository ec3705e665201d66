/* A tree of keys (tsearch(3)) and a list in the order of use. A state that leaves memory is written
 * compactly, with its keys in their order, so that what is made of it does not depend on the size
 * of the cache. Its place in the file is a power of two of bytes; when it is read back the place is
 * free for another of that size, so that the file is at most twice as large as the states that were
 * in it at one time, of each size. */
#include "cli/key_states.h"

#include "cli/message.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SMALLEST_PLACE = 6, /* 2^6 bytes */
    PLACE_SIZES = 48,
};

struct thing {
    struct key_state known; /* the first member: it is handed out */
    struct delta_arena *arena;
    size_t cost;                  /* bytes of memory that the state takes; 0: it is not there */
    struct thing *older, *newer;  /* in the list, when it is in memory */
    uint64_t place;               /* in the file, of `written` bytes: the state, then the text */
    size_t written, written_text; /* 0: it is not in the file */
    size_t key_length;
    char key[];
};

/* Places in the file that are free, of one size. */
struct places {
    uint64_t *items;
    size_t count, capacity;
};

struct key_states {
    struct cli *cli;
    void *table;
    uint64_t cache, used;
    struct thing *oldest, *newest;
    struct thing *current; /* what was got last */
    int file;              /* -1: there is none yet */
    uint64_t file_size;
    struct places free[PLACE_SIZES];
    struct delta_buf buffer;
};

struct key_states *key_states_new(struct cli *cli, uint64_t cache) {
    struct key_states *states = calloc(1, sizeof *states);
    if (!states)
        return (void)cli_fail(cli, "out of memory"), NULL;
    states->cli = cli;
    states->cache = cache;
    states->file = -1;
    return states;
}

static void free_entry(void *node) {
    struct thing *entry = node;
    delta_arena_free(entry->arena);
    free(entry);
}

void key_states_free(struct key_states *states) {
    if (!states)
        return;
    tdestroy(states->table, free_entry);
    for (size_t i = 0; i < PLACE_SIZES; i++)
        free(states->free[i].items);
    if (states->file >= 0)
        close(states->file);
    delta_buf_free(&states->buffer);
    free(states);
}

/* ---- The list ---- */

static void unlink_entry(struct key_states *states, struct thing *entry) {
    if (!entry->cost)
        return;
    *(entry->older ? &entry->older->newer : &states->oldest) = entry->newer;
    *(entry->newer ? &entry->newer->older : &states->newest) = entry->older;
    entry->older = entry->newer = NULL;
    states->used -= entry->cost;
    entry->cost = 0;
}

/* Makes it the newest. */
static void link_entry(struct key_states *states, struct thing *entry, size_t cost) {
    unlink_entry(states, entry);
    entry->cost = cost;
    entry->older = states->newest;
    *(states->newest ? &states->newest->newer : &states->oldest) = entry;
    states->newest = entry;
    states->used += cost;
}

/* ---- The file ---- */

static unsigned place_size(size_t length) {
    unsigned size = SMALLEST_PLACE;
    while ((uint64_t)1 << size < length)
        size++;
    return size - SMALLEST_PLACE;
}

static int open_file(struct key_states *states) {
    const char *folder = getenv("TMPDIR");
    if (states->file >= 0)
        return CLI_OK;
    if (!folder || !*folder)
        folder = "/tmp";
    states->file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (states->file < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
        char *path;
        if (asprintf(&path, "%s/delta.XXXXXX", folder) < 0)
            return cli_fail(states->cli, "out of memory");
        states->file = mkostemp(path, O_CLOEXEC);
        if (states->file >= 0)
            (void)unlink(path);
        free(path);
    }
    return states->file < 0
               ? cli_fail_system(states->cli, "%s: cannot create a temporary file", folder)
               : CLI_OK;
}

static int transfer(struct key_states *states, bool writing, char *bytes, size_t length,
                    uint64_t at) {
    while (length) {
        ssize_t done = writing ? pwrite(states->file, bytes, length, (off_t)at)
                               : pread(states->file, bytes, length, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done == 0)
            errno = EIO;
        if (done <= 0)
            return cli_fail_system(states->cli, "temporary file for states");
        bytes += done;
        length -= (size_t)done;
        at += (uint64_t)done;
    }
    return CLI_OK;
}

static int free_place(struct key_states *states, struct thing *entry) {
    if (!entry->written)
        return CLI_OK;
    struct places *free_places = &states->free[place_size(entry->written)];
    if (!delta_array_reserve(&free_places->items, &free_places->capacity, free_places->count + 1,
                             sizeof *free_places->items))
        return cli_fail(states->cli, "out of memory");
    free_places->items[free_places->count++] = entry->place;
    entry->written = entry->written_text = 0;
    return CLI_OK;
}

static uint64_t take_place(struct key_states *states, size_t length) {
    unsigned size = place_size(length);
    struct places *free_places = &states->free[size];
    if (free_places->count)
        return free_places->items[--free_places->count];
    uint64_t place = states->file_size;
    states->file_size += (uint64_t)1 << (size + SMALLEST_PLACE);
    return place;
}

/* Frees the memory of a state. */
static void drop_state(struct key_states *states, struct thing *entry) {
    unlink_entry(states, entry);
    delta_arena_free(entry->arena);
    entry->arena = NULL;
    entry->known.state = NULL;
    entry->known.text = NULL;
}

/* Moves a state from memory to the file. */
static int write_entry(struct key_states *states, struct thing *entry) {
    struct delta_buf *buffer = &states->buffer;
    struct delta_err err = {0};
    int status = open_file(states);
    if (status != CLI_OK)
        return status;
    buffer->length = 0;
    if (delta_write(entry->known.state, DELTA_COMPACT, 0, buffer, &err))
        return cli_error(states->cli, &err);
    if (entry->known.text)
        delta_buf_put(buffer, entry->known.text, entry->known.text_length);
    if (buffer->failed)
        return cli_fail(states->cli, "out of memory");
    entry->place = take_place(states, buffer->length);
    status = transfer(states, true, buffer->data, buffer->length, entry->place);
    if (status != CLI_OK)
        return status;
    entry->written = buffer->length;
    entry->written_text = entry->known.text ? entry->known.text_length : 0;
    drop_state(states, entry);
    return CLI_OK;
}

/* Moves a state from the file to memory. */
static int read_entry(struct key_states *states, struct thing *entry) {
    struct delta_buf *buffer = &states->buffer;
    struct delta_err err = {0};
    size_t length = entry->written - entry->written_text;
    buffer->length = 0;
    char *bytes = malloc(entry->written);
    if (!bytes)
        return cli_fail(states->cli, "out of memory");
    int status = transfer(states, false, bytes, entry->written, entry->place);
    entry->arena = delta_arena_new();
    if (status == CLI_OK && !entry->arena)
        status = cli_fail(states->cli, "out of memory");
    if (status == CLI_OK) {
        entry->known.state = delta_read_for(entry->arena, DELTA_USE_COMPARE | DELTA_USE_DIGEST,
                                            bytes, length, "temporary file for states", &err);
        if (entry->known.state && entry->written_text)
            entry->known.text =
                delta_bytes_copy(entry->arena, bytes + length, entry->written_text, &err);
        if (err.code != DELTA_OK)
            status = cli_error(states->cli, &err);
    }
    free(bytes);
    if (status == CLI_OK)
        status = free_place(states, entry);
    if (status == CLI_OK)
        link_entry(states, entry, delta_arena_size(entry->arena));
    return status;
}

/* ---- The table ---- */

static int compare_entries(const void *a, const void *b) {
    const struct thing *left = a, *right = b;
    size_t least = left->key_length < right->key_length ? left->key_length : right->key_length;
    int order = memcmp(left->key, right->key, least);
    return order ? order
                 : (left->key_length > right->key_length) - (left->key_length < right->key_length);
}

/* The entry of a key, made when it is new. */
static struct thing *find_entry(struct key_states *states, const char *key, size_t length) {
    struct thing *wanted = calloc(1, sizeof *wanted + length + 1);
    if (!wanted)
        return NULL;
    wanted->key_length = length;
    memcpy(wanted->key, key, length);
    struct thing **found = tsearch(wanted, &states->table, compare_entries);
    if (!found || *found != wanted)
        free(wanted);
    return found ? *found : NULL;
}

struct key_state *key_states_get(struct key_states *states, const char *key, size_t length) {
    struct thing *entry = find_entry(states, key, length);
    if (!entry)
        return (void)cli_fail(states->cli, "out of memory"), NULL;
    states->current = entry;
    if (entry->written && read_entry(states, entry) != CLI_OK)
        return NULL;
    return &entry->known;
}

int key_states_put(struct key_states *states, struct delta_arena *arena,
                   const struct key_state *known) {
    struct thing *entry = states->current;
    if (entry->arena != arena)
        delta_arena_free(entry->arena);
    entry->arena = arena;
    entry->known = *known;
    link_entry(states, entry, delta_arena_size(arena));
    int status = CLI_OK;
    while (status == CLI_OK && states->used > states->cache && states->oldest)
        status = write_entry(states, states->oldest);
    return status;
}

void key_states_remove(struct key_states *states) {
    struct thing *entry = states->current;
    unlink_entry(states, entry);
    (void)free_place(states, entry);
    (void)tdelete(entry, &states->table, compare_entries);
    free_entry(entry);
    states->current = NULL;
}

void key_states_see(struct key_states *states) {
    drop_state(states, states->current);
    states->current->known.seen = true;
}

/* One walk through the tree. */
struct visit {
    struct key_states *states;
    key_states_visitor *visit;
    void *context;
    int status;
};

static void visit_node(const void *node, VISIT order, void *context) {
    struct visit *visit = context;
    struct thing *entry = *(struct thing *const *)node;
    if ((order != postorder && order != leaf) || visit->status != CLI_OK ||
        !(entry->written || entry->known.state))
        return;
    if (entry->written)
        visit->status = read_entry(visit->states, entry);
    if (visit->status == CLI_OK)
        visit->status = visit->visit(visit->context, entry->key, entry->key_length, &entry->known);
    drop_state(visit->states, entry);
}

int key_states_visit(struct key_states *states, key_states_visitor *visit, void *context) {
    struct visit walk = {.states = states, .visit = visit, .context = context};
    twalk_r(states->table, visit_node, &walk);
    return walk.status;
}
