/* Patches are joined in pairs of equal weight, as binary numbers are added: a patch of 2^k records
 * meets another of 2^k, so each record takes part in log2(records) joins. What a join makes is
 * copied, and what it was made from is freed. Where a state is known (the base was given, or a
 * full record came), records are applied to it instead. The interface is delta.h's delta_squash. */
#include "record/metadata.h"
#include "record/record.h"

#include "base/err.h"
#include "base/hash.h"
#include "patch/compose.h"
#include "patch/copy.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    LEVELS = 64,
    ARENA_COST = 32 * 1024,       /* bytes that a record's arena may hold, about */
    KEPT_BYTES = 16 * 1024 * 1024 /* of earlier states, before the current one is copied */
};

/* The patch of a run of records, and the reverse patch where there is one. */
struct level {
    struct delta_arena *arena; /* NULL: nothing is here */
    const struct delta_patch *patch, *reverse;
    uint64_t first, last; /* records, from 1 */
};

struct delta_squash {
    const struct delta_value *base;
    struct level levels[LEVELS]; /* of 2^index records each, the later ones lower */

    bool known;   /* `state` is what the records so far make */
    bool removed; /* the last record removed the state */
    bool full;    /* it came from a full record, of strategy `full_strategy` */
    enum delta_strategy full_strategy;
    struct delta_value state;
    struct delta_arena *state_arena;
    uint64_t kept; /* bytes in it that the state may not need, about */

    struct delta_arena *key_arena;
    const struct delta_value *key; /* of all records; NULL: none */

    struct delta_arena *metadata_arena;
    const struct delta_value *metadata; /* NULL: none so far */

    struct delta_arena *source_arena;
    const struct delta_value *source; /* of the last record; NULL: it has no position */

    uint64_t count;
    bool reversible;
    struct delta_record first, last; /* what is known of them but the contents */
    char name[256];                  /* of the last */
};

struct delta_squash *delta_squash_new(const struct delta_value *base, struct delta_err *err) {
    struct delta_squash *squash = calloc(1, sizeof *squash);
    if (!squash)
        return err_no_memory(err);
    squash->base = base;
    squash->reversible = true;
    if (base) {
        squash->known = true;
        squash->state = *base;
    }
    return squash;
}

void delta_squash_free(struct delta_squash *squash) {
    if (!squash)
        return;
    for (int i = 0; i < LEVELS; i++)
        delta_arena_free(squash->levels[i].arena);
    delta_arena_free(squash->state_arena);
    delta_arena_free(squash->key_arena);
    delta_arena_free(squash->source_arena);
    delta_arena_free(squash->metadata_arena);
    free(squash);
}

/* ---- Metadata ---- */

static int add_metadata(struct delta_squash *squash, const struct delta_value *metadata,
                        struct delta_err *err) {
    if (!metadata)
        return 0;
    struct delta_arena *scratch = delta_arena_new();
    struct delta_arena *arena = delta_arena_new();
    struct delta_value *copy = arena ? arena_alloc(arena, sizeof *copy) : NULL;
    const struct delta_value *both;
    int result = -1;
    if (!scratch || !copy) {
        err_memory(err);
    } else if (metadata_join(scratch, squash->metadata, metadata, &both, err) == 0 &&
               copy_value(arena, both, copy, err) == 0) {
        delta_arena_free(squash->metadata_arena);
        squash->metadata_arena = arena;
        squash->metadata = copy;
        arena = NULL;
        result = 0;
    }
    delta_arena_free(scratch);
    delta_arena_free(arena);
    return result;
}

/* ---- Joining patches ---- */

static void drop_level(struct level *level) {
    delta_arena_free(level->arena);
    *level = (struct level){0};
}

/* Joins two runs, of which `later` follows `earlier`; the result is in `later`. */
static int join_levels(struct level *earlier, struct level *later, struct delta_err *err) {
    struct level both = {.arena = delta_arena_new(), .first = earlier->first, .last = later->last};
    struct delta_arena *scratch = delta_arena_new();
    int result = -1;
    if (!both.arena || !scratch) {
        err_memory(err);
        goto out;
    }
    const struct delta_patch *patch = compose_patches(scratch, earlier->patch, later->patch, err);
    both.patch = patch ? copy_patch(both.arena, patch, err) : NULL;
    if (!both.patch)
        goto out;
    if (earlier->reverse && later->reverse) {
        patch = compose_patches(scratch, later->reverse, earlier->reverse, err);
        both.reverse = patch ? copy_patch(both.arena, patch, err) : NULL;
        if (!both.reverse)
            goto out;
    }
    drop_level(earlier);
    drop_level(later);
    *later = both;
    both.arena = NULL;
    result = 0;
out:
    if (result && err && err->code != DELTA_ERR_MEMORY) {
        char names[sizeof err->file];
        (void)snprintf(names, sizeof names, "records %llu to %llu, and to %llu",
                       (unsigned long long)earlier->first, (unsigned long long)earlier->last,
                       (unsigned long long)later->last);
        err_in_file(err, names);
    }
    delta_arena_free(scratch);
    delta_arena_free(both.arena);
    return result;
}

static int add_patch(struct delta_squash *squash, struct delta_arena **arena,
                     const struct delta_record *record, struct delta_err *err) {
    struct level carry = {.arena = *arena,
                          .patch = record->patch,
                          .reverse = record->reverse,
                          .first = squash->count,
                          .last = squash->count};
    *arena = NULL;
    int i = 0;
    for (; squash->levels[i].arena; i++)
        if (join_levels(&squash->levels[i], &carry, err)) {
            drop_level(&carry);
            return -1;
        }
    squash->levels[i] = carry;
    return 0;
}

/* All levels as one; the highest is the earliest. */
static int join_all(struct delta_squash *squash, struct level *all, struct delta_err *err) {
    *all = (struct level){0};
    for (int i = 0; i < LEVELS; i++) {
        struct level *level = &squash->levels[i];
        if (!level->arena)
            continue;
        if (all->arena && join_levels(level, all, err)) {
            drop_level(all);
            return -1;
        }
        if (!all->arena) {
            *all = *level;
            *level = (struct level){0};
        }
    }
    return 0;
}

/* ---- Following a state ---- */

/* Now and then the state is copied into an arena of its own, because it shares with all that came
 * before. */
static int renew_state(struct delta_squash *squash, struct delta_err *err) {
    uint64_t size = delta_value_size(&squash->state);
    if (squash->kept < KEPT_BYTES + 8 * size)
        return 0;
    struct delta_arena *arena = delta_arena_new();
    struct delta_value copy;
    if (!arena)
        return err_memory(err);
    if (copy_value(arena, &squash->state, &copy, err)) {
        delta_arena_free(arena);
        return -1;
    }
    delta_arena_free(squash->state_arena);
    squash->state_arena = arena;
    squash->state = copy;
    squash->kept = 0;
    return 0;
}

/* Applies the record, whose arena then holds the state, together with what held it before. */
static int follow(struct delta_squash *squash, struct delta_arena **arena,
                  const struct delta_record *record, struct delta_err *err) {
    const struct delta_value *next =
        delta_apply(*arena, record, squash->known ? &squash->state : NULL, NULL, NULL, err);
    if (!next)
        return -1;
    squash->state = *next;
    if (squash->state_arena)
        arena_join(*arena, squash->state_arena);
    squash->state_arena = *arena;
    *arena = NULL;
    squash->kept +=
        ARENA_COST + delta_value_size(&squash->state) + record_payload_size(record, true);
    return renew_state(squash, err);
}

/* A full record makes everything before it of no account. */
static int start_over(struct delta_squash *squash, struct delta_arena **arena,
                      const struct delta_record *record, struct delta_err *err) {
    if (!squash->base) {
        for (int i = 0; i < LEVELS; i++)
            drop_level(&squash->levels[i]);
        squash->full_strategy = record->strategy;
        squash->full = true;
    }
    if (follow(squash, arena, record, err))
        return -1;
    squash->known = true;
    squash->removed = false;
    return 0;
}

/* The result so far is dropped; only a full record may follow. */
static int remove_state(struct delta_squash *squash, const struct delta_record *record,
                        struct delta_err *err) {
    struct delta_err inner = {0};
    if (squash->known) { /* checks that the record is for this state */
        (void)delta_apply(NULL, record, &squash->state, NULL, NULL, &inner);
        if (inner.code != DELTA_ERR_REMOVED)
            return err_set(err, inner.code, "%s", inner.text);
    }
    for (int i = 0; i < LEVELS; i++)
        drop_level(&squash->levels[i]);
    squash->known = squash->full = false;
    squash->removed = true;
    return 0;
}

/* ---- Adding ---- */

static bool is_full(const struct delta_record *record) {
    return record->strategy == DELTA_NONE || record->strategy == DELTA_COMPRESS;
}

static void shorten(struct delta_digest digest, char text[DELTA_DIGEST_TEXT]) {
    delta_digest_format(digest, text);
    text[12] = '\0';
}

static int check_record(const struct delta_squash *squash, const struct delta_record *record,
                        const char *name, struct delta_err *err) {
    if (record->masked)
        return err_set(err, DELTA_ERR_UNSUPPORTED,
                       "%.200s is masked: values were left out of it, so it cannot be merged",
                       name);
    if (squash->count && !record_same_key(squash->key, record->key))
        return err_set(err, DELTA_ERR_JOIN, "%.200s and %.200s do not join: their keys differ",
                       squash->name, name);
    if (squash->count && squash->last.has_target && record->has_base &&
        !delta_digest_equal(squash->last.target, record->base)) {
        char left[DELTA_DIGEST_TEXT];
        char right[DELTA_DIGEST_TEXT];
        shorten(squash->last.target, left);
        shorten(record->base, right);
        return err_set(err, DELTA_ERR_JOIN,
                       "%.160s and %.160s do not join: one leads to %s…, the other is for %s…",
                       squash->name, name, left, right);
    }
    if (squash->removed && !is_full(record))
        return err_set(err, DELTA_ERR_JOIN,
                       "%.200s and %.200s do not join: the first removes the state", squash->name,
                       name);
    if (!squash->known && !is_full(record) && record->strategy != DELTA_REMOVED && !record->patch)
        return err_set(
            err, DELTA_ERR_USAGE,
            record_is_bound(record)
                ? "%.200s requires its base: name the first record's base with --base"
                : "%.200s has a binary payload: name the first record's base with --base",
            name);
    return 0;
}

/* A copy of the first record's key: its arena is freed before the result is made. */
static int keep_key(struct delta_squash *squash, const struct delta_value *key,
                    struct delta_err *err) {
    if (!key)
        return 0;
    squash->key_arena = delta_arena_new();
    struct delta_value *copy =
        squash->key_arena ? arena_alloc(squash->key_arena, sizeof *copy) : NULL;
    if (!copy)
        return err_memory(err);
    if (copy_value(squash->key_arena, key, copy, err))
        return -1;
    squash->key = copy;
    return 0;
}

/* A copy of the record's source in place of the one before, which mostly is the same. */
static int keep_source(struct delta_squash *squash, const struct delta_value *source,
                       struct delta_err *err) {
    if (source == squash->source ||
        (source && squash->source && delta_value_equal(source, squash->source)))
        return 0;
    struct delta_arena *arena = source ? delta_arena_new() : NULL;
    struct delta_value *copy = arena ? arena_alloc(arena, sizeof *copy) : NULL;
    if ((source && !copy && err_memory(err)) || (copy && copy_value(arena, source, copy, err))) {
        delta_arena_free(arena);
        return -1;
    }
    delta_arena_free(squash->source_arena);
    squash->source_arena = arena;
    squash->source = copy;
    return 0;
}

int delta_squash_add(struct delta_squash *squash, struct delta_arena *arena,
                     const struct delta_record *record, const char *name, struct delta_err *err) {
    char number[40];
    struct delta_record info = *record;
    if (!name) {
        (void)snprintf(number, sizeof number, "record %llu", (unsigned long long)squash->count + 1);
        name = number;
    }
    int result = check_record(squash, record, name, err);
    if (result == 0 && squash->count == 0)
        result = keep_key(squash, record->key, err);
    if (result == 0) {
        squash->count++;
        squash->reversible &= record_is_reversible(record);
        result = add_metadata(squash, record->metadata, err);
        if (result == 0)
            result = keep_source(squash, record->source, err);
    }
    if (result == 0) {
        if (record->strategy == DELTA_REMOVED)
            result = remove_state(squash, record, err);
        else if (is_full(record))
            result = start_over(squash, &arena, record, err);
        else if (squash->known)
            result = follow(squash, &arena, record, err);
        else
            result = add_patch(squash, &arena, record, err);
        if (result)
            err_in_file(err, name);
    }
    delta_arena_free(arena);
    if (squash->count == 1)
        squash->first = info;
    squash->last = info;
    (void)snprintf(squash->name, sizeof squash->name, "%s", name);
    return result;
}

/* ---- The result ---- */

/* A record between states that are known. */
static struct delta_record *close_states(struct delta_squash *squash, struct delta_arena *arena,
                                         const struct delta_diff_options *options,
                                         struct delta_err *err) {
    struct delta_diff_options chosen = *options;
    struct delta_value *state = arena_alloc(arena, sizeof *state);
    struct delta_record *record = arena_alloc(arena, sizeof *record);
    if (!state || !record)
        return err_no_memory(err);
    *state = squash->state;
    if (squash->state_arena)
        arena_join(arena, squash->state_arena);
    squash->state_arena = NULL;
    chosen.has_timestamp = false;
    chosen.metadata = NULL;
    chosen.source = NULL;
    chosen.reversible = squash->reversible && !squash->full &&
                        (chosen.strategy == DELTA_AUTO || chosen.strategy == DELTA_DICT);
    if (squash->full && chosen.strategy == DELTA_AUTO && !chosen.packed)
        chosen.strategy = squash->full_strategy;
    const struct delta_record *made =
        delta_diff(arena, squash->full ? NULL : squash->base, state, &chosen, err);
    if (!made)
        return NULL;
    *record = *made;
    if (squash->full) {
        record->has_base = squash->first.has_base;
        record->base = squash->first.base;
    }
    return record;
}

/* A record of a patch whose base is not known. */
static struct delta_record *close_patches(struct delta_squash *squash, struct delta_arena *arena,
                                          struct delta_err *err) {
    struct level all;
    struct delta_record *record = arena_alloc(arena, sizeof *record);
    if (!record)
        return err_no_memory(err);
    if (join_all(squash, &all, err))
        return NULL;
    arena_join(arena, all.arena);
    *record = (struct delta_record){
        .strategy = DELTA_DICT,
        .has_base = squash->first.has_base,
        .base = squash->first.base,
        .has_target = squash->last.has_target,
        .target = squash->last.target,
        .original_size = squash->last.original_size,
        .patch = all.patch,
        .reverse = all.reverse,
    };
    return record;
}

static struct delta_record *close_removed(const struct delta_squash *squash,
                                          struct delta_arena *arena, struct delta_err *err) {
    struct delta_record *record = arena_alloc(arena, sizeof *record);
    if (!record)
        return err_no_memory(err);
    *record = (struct delta_record){
        .strategy = DELTA_REMOVED, .has_base = squash->first.has_base, .base = squash->first.base};
    return record;
}

const struct delta_record *delta_squash_close(struct delta_squash *squash,
                                              struct delta_arena *arena,
                                              const struct delta_diff_options *options,
                                              struct delta_err *err) {
    static const struct delta_diff_options defaults = {0};
    if (squash->count == 0)
        return err_null(err_set(err, DELTA_ERR_USAGE, "no records to merge"));
    struct delta_record *record =
        squash->removed ? close_removed(squash, arena, err)
        : squash->known ? close_states(squash, arena, options ? options : &defaults, err)
                        : close_patches(squash, arena, err);
    if (!record)
        return NULL;
    record->has_timestamp = squash->last.has_timestamp;
    record->timestamp = squash->last.timestamp;
    record->key = squash->key;
    if (squash->key_arena)
        arena_join(arena, squash->key_arena);
    squash->key_arena = NULL;
    record->source = squash->source;
    record->seq = squash->last.seq;
    if (squash->source_arena)
        arena_join(arena, squash->source_arena);
    squash->source_arena = NULL;
    record->metadata = squash->metadata;
    if (squash->metadata_arena)
        arena_join(arena, squash->metadata_arena);
    squash->metadata_arena = NULL;
    return record;
}
