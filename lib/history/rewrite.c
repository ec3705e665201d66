/* Rewriting a history: a new file is locked and written beside the old one, read back and compared
 * state by state, synced, and renamed over it. Invariant: the path always names a complete history,
 * and no writer can add to the old file meanwhile, because its lock is held, too. */
#include "history/rewrite.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/replacement.h"
#include "diff/diff.h"
#include "history/add.h"
#include "history/block.h"
#include "history/flush.h"
#include "history/history.h"
#include "history/iterator.h"
#include "history/left_overs.h"
#include "history/names.h"
#include "history/pending.h"
#include "history/sources.h"
#include "history/tip.h"
#include "json/value.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum {
    COMPACT_LEVEL = 19,
    LONGEST_GAP = 16384, /* states that are dropped within a block, all of which are in memory */
};

struct rewriting {
    struct delta_history *from, *to;
    struct replacement file;
    struct block_writer *block;
    struct delta_digest last_digest; /* of the block's last state */
    int64_t last_time;
    bool last_ended;
    const struct delta_value *last_value; /* NULL: the tip of `to` */
    bool keep_all;                        /* at the longest chain keyframes are stored */
    struct delta_digest *digests; /* of the new states, to be held against what is read back */
    uint32_t count;
    delta_history_progress *progress;
    void *context;
    uint64_t done, total;
};

static int step(struct rewriting *work, struct delta_err *err) {
    work->done++;
    if (work->progress && work->progress(work->context, work->done, work->total))
        return err_set(err, DELTA_ERR_USAGE, "stopped");
    return 0;
}

/* ---- The new file -----------------------------------------------------------------------------*/

static int begin(struct rewriting *work, uint32_t states, struct delta_err *err) {
    struct delta_history *from = work->from;
    struct delta_history *to = work->to = history_new(from->path, DELTA_HISTORY_ADD, err);
    if (!to)
        return -1;
    work->digests = calloc((size_t)states + 1, sizeof *work->digests);
    if (!work->digests)
        return err_memory(err);
    work->total = (uint64_t)states * 2;
    if (history_new_header(&to->scan.header, err) < 0 ||
        flush_create(from->path, to->scan.header.salt, &work->file, err) < 0 ||
        (to->fd = flush_duplicate(&work->file, err)) < 0)
        return -1;
    to->scan.fd = to->fd;
    to->locked = true;
    to->writer.detached = true;
    to->options = from->options;
    return history_set_id(work->to, from->id, err) < 0 ? -1
                                                       : history_set_key(work->to, from->key, err);
}

static int end_block(struct rewriting *work, struct delta_err *err) {
    if (!work->block)
        return 0;
    struct delta_buf payload = {0};
    struct frame_head head = {.kind = FRAME_BLOCK,
                              .count = (uint16_t)block_writer_count(work->block),
                              .time = work->last_time,
                              .flags = work->last_ended ? FRAME_ENDED : 0,
                              .digest = work->last_digest};
    int status = block_writer_finish(work->block, COMPACT_LEVEL, &payload, err);
    if (status == 0)
        status = pending_block(work->to, &head, &payload, err);
    if (status == 0)
        status = flush_pending(work->to, err);
    delta_buf_free(&payload);
    block_writer_free(work->block);
    work->block = NULL;
    return status;
}

/* Keys set and removed since the state that is now the last of the new file. */
static int count_step(struct rewriting *work, const struct delta_value *value,
                      struct block_entry *kept, struct delta_err *err) {
    const struct delta_value *before = work->last_value;
    if (!before && !(before = tip_value(work->to, err)))
        return work->to->count ? -1 : 0;
    struct patch_counts counts = {0};
    struct diff_options options = {0};
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return err_memory(err);
    const struct delta_patch *patch = diff_values(arena, before, value, &options, err);
    if (patch)
        patch_count(patch, &counts);
    kept->set = counts.set;
    kept->removed = counts.removed;
    delta_arena_free(arena);
    return patch ? 0 : -1;
}

/* `dropped` states of the old file are between this one and the one before it in the new. */
static int put_in_block(struct rewriting *work, const struct delta_history_entry *entry,
                        const struct delta_value *state_info, uint32_t dropped,
                        struct delta_err *err) {
    struct block_entry kept = {
        .time = entry->time, .metadata = state_info, .set = entry->set, .removed = entry->removed};
    if (dropped) {
        kept.set = kept.removed = 0;
        if (count_step(work, entry->value, &kept, err) < 0)
            return -1;
    }
    work->last_digest = entry->digest;
    work->last_time = entry->time;
    work->last_ended = entry->ended;
    work->last_value = entry->value;
    if (work->block)
        return block_writer_add(work->block, entry->value, &kept, err);
    work->block = block_writer_new(entry->value, &kept, err);
    return work->block ? 0 : -1;
}

static int put_alone(struct rewriting *work, const struct delta_history_entry *entry,
                     struct delta_err *err) {
    struct delta_history_note note = {.time = entry->time,
                                      .metadata = entry->metadata,
                                      .source = entry->source,
                                      .source_length = entry->source_length,
                                      .seq = entry->seq,
                                      .ended = entry->ended,
                                      .keep_all = work->keep_all};
    if (end_block(work, err) < 0 || delta_history_add(work->to, entry->value, &note, err) < 0)
        return -1;
    return delta_history_wants_flush(work->to) ? flush_pending(work->to, err) : 0;
}

/* Passes over a state that is dropped, and frees what was read, as far as no block refers to it. */
static int drop(struct rewriting *work, struct delta_history_iterator *iterator, uint32_t *dropped,
                struct delta_err *err) {
    ++*dropped;
    if (*dropped % LONGEST_GAP == 0 && end_block(work, err) < 0)
        return -1;
    if (work->block)
        return 0;
    if (flush_pending(work->to, err) < 0)
        return -1;
    work->last_value = work->to->base.value = NULL;
    iterator_release(iterator);
    return 0;
}

/* Copies the states that are kept, from `first` to `last`; `all_blocks` or only those that were in
 * blocks go into blocks. States that are dropped need not be readable. */
static int copy(struct rewriting *work, const bool *keep, uint32_t first, uint32_t last,
                bool all_blocks, struct delta_err *err) {
    struct delta_history_entry entry;
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(work->from, first, last, true, err);
    if (!iterator)
        return -1;
    iterator_keep(iterator);
    uint32_t dropped = 1; /* states since the last one that was kept; those before `first` count */
    int status;
    for (;;) {
        struct delta_err why = {0};
        status = delta_history_iterator_next(iterator, &entry, &why);
        if (status != 0 && !keep[entry.index] && (status > 0 || why.code == DELTA_ERR_DAMAGED)) {
            if (drop(work, iterator, &dropped, err) < 0) {
                status = -1;
                break;
            }
            continue;
        }
        if (status < 0 && err)
            *err = why;
        if (status <= 0)
            break;
        work->digests[work->count++] = entry.digest;
        if (all_blocks || entry.kind == DELTA_ENTRY_BLOCK)
            status = put_in_block(work, &entry, iterator_state_info(iterator), dropped, err);
        else
            status = put_alone(work, &entry, err);
        dropped = 0;
        if (status == 0 && work->block && block_writer_full(work->block))
            status = end_block(work, err);
        if (status < 0 || (status = step(work, err)) < 0)
            break;
        if (!work->block) {
            work->last_value = NULL;
            iterator_release(iterator);
        }
    }
    if (status == 0)
        status = end_block(work, err);
    if (status == 0)
        status = flush_pending(work->to, err);
    /* The tip's value is the iterator's: whatever follows reads it from the file. */
    work->to->base.value = NULL;
    delta_history_iterator_free(iterator);
    return status;
}

/* Counters go on where the old file's were, less what the new records say themselves. */
static int carry_counters(struct rewriting *work, const struct delta_history_metrics *before,
                          struct delta_err *err) {
    struct delta_history_metrics after;
    struct delta_export_header *options = &work->to->options;
    unsigned char checksum[FRAME_CHECKSUM];
    struct delta_buf bytes = {0};
    uint64_t at = FRAME_START + FRAME_HEAD;
    options->dropped_set = options->dropped_removed = 0;
    if (delta_history_metrics(work->to, &after, err) < 0)
        return -1;
    /* A record may say more than those that it replaces: the sums wrap around, as they do again
     * when they are made up. */
    options->dropped_set = before->total_changes - after.total_changes;
    options->dropped_removed = before->total_removals - after.total_removals;
    payload_put_options(options, work->to->id, work->to->key, &bytes);
    frame_put_number(
        frame_payload_checksum(bytes.data, bytes.length, work->to->scan.header.salt, at),
        FRAME_CHECKSUM, checksum);
    buf_put(&bytes, checksum, sizeof checksum);
    /* Nobody has seen this file yet: this is the one place that is written twice. */
    int status = buf_check(&bytes, err);
    if (status == 0 && lseek(work->to->fd, (off_t)at, SEEK_SET) < 0)
        status = err_system(err, "cannot write");
    if (status == 0)
        status = io_write_all(work->to->fd, bytes.data, bytes.length, err);
    delta_buf_free(&bytes);
    return status;
}

/* Reads the new file back, every state. */
static int compare(struct rewriting *work, struct delta_err *err) {
    struct delta_history_entry entry;
    if (history_load(work->to, err) < 0)
        return -1;
    if (work->to->count != work->count)
        return err_set(err, DELTA_ERR_DAMAGED, "the new file does not match what was written");
    if (!work->count)
        return 0;
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(work->to, 0, work->count - 1, true, err);
    if (!iterator)
        return -1;
    iterator_be_thorough(iterator);
    int status;
    while ((status = delta_history_iterator_next(iterator, &entry, err)) > 0) {
        if (!delta_digest_equal(entry.digest, work->digests[entry.index]) ||
            !delta_digest_equal(delta_value_digest(entry.value), entry.digest)) {
            status = err_set(err, DELTA_ERR_DAMAGED, "the new file holds a different state");
            break;
        }
        if ((status = step(work, err)) < 0)
            break;
    }
    delta_history_iterator_free(iterator);
    return status;
}

/* Puts the new file in the place of the old one. */
static int finish(struct rewriting *work, struct delta_err *err) {
    int fd = work->to->fd;
    if (replacement_commit(&work->file, err) < 0)
        return -1;
    left_overs_remove(work->from->path);
    work->to->fd = -1;
    return history_adopt(work->from, fd, err);
}

static void end(struct rewriting *work) {
    block_writer_free(work->block);
    replacement_abort(&work->file);
    delta_history_close(work->to);
    free(work->digests);
}

/* ---- What is kept -----------------------------------------------------------------------------*/

static uint32_t count_kept(const bool *keep, uint32_t count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        kept += keep[i];
    return kept;
}

static void count_rewrite(struct delta_export_header *options, enum rewrite_kind kind,
                          uint32_t dropped) {
    options->rebaselines += kind == REWRITE_REBASELINE;
    options->prunes += kind == REWRITE_PRUNE;
    options->optimizations += kind == REWRITE_SQUASH || kind == REWRITE_COMPACT;
    options->dropped_states += dropped;
}

/* The second frame: the highest positions, and the serial numbers of the states that are kept. */
static int carry_positions(struct rewriting *work, const bool *keep, uint32_t kept,
                           struct delta_err *err) {
    struct delta_history *from = work->from;
    struct positions *to = &work->to->positions;
    if (sources_load(from, err) < 0)
        return -1;
    for (size_t i = 0; i < from->positions.sources.count; i++) {
        const struct position_source *source = &from->positions.sources.items[i];
        if (positions_note(to, (struct byte_span){source->name, source->length}, source->highest,
                           false, err) < 0)
            return -1;
    }
    uint32_t next = 0;
    for (uint32_t i = 0; i < from->count; i++)
        if (keep[i] &&
            positions_begin_run(to, next++, positions_serial(&from->positions, i), err) < 0)
            return -1;
    if (!kept &&
        positions_begin_run(to, 0, positions_serial(&from->positions, from->count), err) < 0)
        return -1;
    return pending_positions(work->to, false, err);
}

/* All that is in the new file, from the states that are kept: the last one is among them. */
static int fill(struct rewriting *work, enum rewrite_kind kind, const bool *keep,
                struct delta_err *err) {
    struct delta_history_metrics before;
    struct delta_history *from = work->from;
    uint32_t first = 0, kept = count_kept(keep, from->count);
    if (delta_history_metrics(from, &before, err) < 0 || begin(work, kept, err) < 0)
        return -1;
    count_rewrite(&work->to->options, kind, from->count - kept);
    if (carry_positions(work, keep, kept, err) < 0)
        return -1;
    while (first < from->count && !keep[first])
        first++;
    if (kept == 0) {
        if (flush_empty(work->to, err) < 0)
            return -1;
    } else if (copy(work, keep, first, from->count - 1, kind == REWRITE_COMPACT, err) < 0 ||
               names_carry(work->to, from, keep, err) < 0 || flush_pending(work->to, err) < 0) {
        return -1;
    }
    if (carry_counters(work, &before, err) < 0 || compare(work, err) < 0)
        return -1;
    return finish(work, err);
}

int rewrite_plan_states(struct delta_history *history, const struct rewrite *rewrite, bool *keep,
                        struct delta_err *err) {
    memset(keep, rewrite->kind != REWRITE_PRUNE, history->count);
    if (rewrite->plan && rewrite->plan(history, rewrite->how, keep, err) < 0)
        return -1;
    keep[history->count - 1] = true;
    return names_mark(history, keep, history->count, err);
}

int rewrite_file(struct delta_history *history, const struct rewrite *rewrite,
                 struct delta_err *err) {
    struct rewriting work = {.from = history,
                             .keep_all = rewrite->keep_all,
                             .progress = rewrite->progress,
                             .context = rewrite->context};
    bool *keep = calloc((size_t)history->count + 1, sizeof *keep);
    int status = keep ? 0 : err_memory(err);
    if (status == 0 && rewrite->kind != REWRITE_CLEAR)
        status = rewrite_plan_states(history, rewrite, keep, err);
    /* Nothing is removed: no new file is needed. */
    bool idle = status == 0 && rewrite->kind == REWRITE_PRUNE &&
                count_kept(keep, history->count) == history->count;
    if (status == 0 && !idle) {
        status = fill(&work, rewrite->kind, keep, err);
        end(&work);
    }
    free(keep);
    return status;
}

int rewrite_history(struct delta_history *history, const struct rewrite *rewrite,
                    struct delta_err *err) {
    int status = -1;
    if (history->writer.pending_states)
        return err_set(err, DELTA_ERR_USAGE, "states that were added must be flushed first");
    if (history_lock(history, err) == 0 && history_check_end(history, err) == 0) {
        if (history->fresh)
            status = 0;
        else if (history->options_damaged)
            status = err_set(err, DELTA_ERR_DAMAGED,
                             "the options at the start of the history are damaged: a rewrite would "
                             "lose them for good; `delta-chain export --records` has the states");
        else if (!history->count && rewrite->kind != REWRITE_CLEAR)
            status = err_set(err, DELTA_ERR_USAGE, "the history is empty");
        else
            status = rewrite_file(history, rewrite, err);
    }
    history_unlock(history);
    return status < 0 ? history_failed(history, err) : 0;
}
