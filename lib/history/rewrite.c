/* Histories made anew: the file is replaced, whole or not at all. */
#include "base/err.h"
#include "base/hash.h"
#include "base/io.h"
#include "diff/diff.h"
#include "history/append.h"
#include "history/block.h"
#include "history/history.h"
#include "history/iterator.h"
#include "json/value.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { COMPACT_LEVEL = 19 };

static const char suffix[] = ".delta-new";

struct rewriting {
    struct delta_history *from, *to;
    struct io_replace file;
    struct block_writer *block;
    struct delta_digest last_digest; /* of the block's last state */
    int64_t last_time;
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
    work->digests = calloc((size_t)states + 1, sizeof *work->digests);
    work->to = calloc(1, sizeof *work->to);
    if (!work->digests || !work->to || !(work->to->path = strdup(from->path)))
        return err_memory(err);
    work->total = (uint64_t)states * 2;
    work->to->fd = -1;
    if (io_replace_begin(&work->file, from->path, suffix, err) < 0)
        return -1;
    if (flock(work->file.fd, LOCK_EX) < 0)
        return err_system(err, "cannot lock");
    /* Its lock lives on in the duplicate. */
    int fd = fcntl(work->file.fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        return err_system(err, "cannot open again");
    *work->to = (struct delta_history){.path = work->to->path,
                                       .fd = fd,
                                       .mode = DELTA_HISTORY_ADD,
                                       .locked = true,
                                       .fresh = true,
                                       .detached = true,
                                       .scan = {.fd = fd},
                                       .options = from->options};
    return 0;
}

static int end_block(struct rewriting *work, struct delta_err *err) {
    if (!work->block)
        return 0;
    struct delta_buf payload = {0};
    struct frame_head head = {.kind = FRAME_BLOCK,
                              .count = (uint16_t)block_writer_count(work->block),
                              .time = work->last_time,
                              .digest = work->last_digest};
    int status = block_writer_finish(work->block, COMPACT_LEVEL, &payload, err);
    if (status == 0)
        status = append_block(work->to, &head, &payload, err);
    if (status == 0)
        status = append_flush(work->to, err);
    delta_buf_free(&payload);
    block_writer_free(work->block);
    work->block = NULL;
    return status;
}

/* Keys set and removed since the state that is now the last of the new file. */
static int count_step(struct rewriting *work, const struct delta_value *value,
                      struct block_entry *note, struct delta_err *err) {
    const struct delta_value *before = append_tip(work->to, err);
    if (!before)
        return work->to->count ? -1 : 0;
    struct patch_counts counts = {0};
    struct diff_options options = {0};
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return err_memory(err);
    const struct delta_patch *patch = diff_values(arena, before, value, &options, err);
    if (patch)
        patch_count(patch, &counts);
    note->set = counts.set;
    note->removed = counts.removed;
    delta_arena_free(arena);
    return patch ? 0 : -1;
}

/* `first`: the state before this one in the old file is not the one before it in the new. */
static int put_in_block(struct rewriting *work, const struct delta_history_entry *entry, bool first,
                        struct delta_err *err) {
    struct block_entry note = {.time = entry->time,
                               .metadata = entry->metadata,
                               .set = entry->set,
                               .removed = entry->removed};
    if (first) {
        note.set = note.removed = 0;
        if (end_block(work, err) < 0 || count_step(work, entry->value, &note, err) < 0)
            return -1;
    }
    work->last_digest = entry->digest;
    work->last_time = entry->time;
    if (work->block)
        return block_writer_add(work->block, entry->value, &note, err);
    work->block = block_writer_new(entry->value, &note, err);
    return work->block ? 0 : -1;
}

static int put_alone(struct rewriting *work, const struct delta_history_entry *entry,
                     struct delta_err *err) {
    struct delta_history_note note = {.time = entry->time, .metadata = entry->metadata};
    if (end_block(work, err) < 0 || delta_history_add(work->to, entry->value, &note, err) < 0)
        return -1;
    return delta_history_wants_flush(work->to) ? append_flush(work->to, err) : 0;
}

/* Copies the states from `first` to `last`; `all_blocks` or only those that were in blocks go into
 * blocks. */
static int copy(struct rewriting *work, uint32_t first, uint32_t last, bool all_blocks,
                struct delta_err *err) {
    struct delta_history_entry entry;
    struct delta_history_iterator *walk =
        delta_history_iterator_new(work->from, first, last, true, err);
    if (!walk)
        return -1;
    iterator_keep(walk);
    int status;
    while ((status = delta_history_iterator_next(walk, &entry, err)) > 0) {
        work->digests[work->count++] = entry.digest;
        if (all_blocks || entry.kind == DELTA_ENTRY_BLOCK)
            status = put_in_block(work, &entry, entry.index == first, err);
        else
            status = put_alone(work, &entry, err);
        if (status == 0 && work->block && block_writer_full(work->block))
            status = end_block(work, err);
        if (status < 0 || (status = step(work, err)) < 0)
            break;
        if (!work->block)
            iterator_release(walk);
    }
    if (status == 0)
        status = end_block(work, err);
    if (status == 0)
        status = append_flush(work->to, err);
    /* The tip's value is the walk's: whatever follows reads it from the file. */
    work->to->tip_value = NULL;
    delta_history_iterator_free(walk);
    return status;
}

/* Counters go on where the old file's were, less what the new records say themselves. */
static int carry_counters(struct rewriting *work, const struct delta_history_metrics *before,
                          struct delta_err *err) {
    struct delta_history_metrics after;
    struct delta_export_header *options = &work->to->options;
    unsigned char bytes[PAYLOAD_OPTIONS + FRAME_CHECKSUM];
    uint64_t at = FRAME_START + FRAME_HEAD;
    options->dropped_set = options->dropped_removed = 0;
    if (delta_history_metrics(work->to, &after, err) < 0)
        return -1;
    /* A record may say more than those that it replaces: the sums wrap around, as they do again
     * when they are made up. */
    options->dropped_set = before->total_changes - after.total_changes;
    options->dropped_removed = before->total_removals - after.total_removals;
    payload_put_options(options, bytes);
    frame_put_number(frame_payload_checksum(bytes, PAYLOAD_OPTIONS, work->to->scan.header.salt, at),
                     FRAME_CHECKSUM, bytes + PAYLOAD_OPTIONS);
    /* Nobody has seen this file yet: this is the one place that is written twice. */
    if (lseek(work->to->fd, (off_t)at, SEEK_SET) < 0)
        return err_system(err, "cannot write");
    return io_write_all(work->to->fd, bytes, sizeof bytes, err);
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
    struct delta_history_iterator *walk =
        delta_history_iterator_new(work->to, 0, work->count - 1, true, err);
    if (!walk)
        return -1;
    iterator_be_thorough(walk);
    int status;
    while ((status = delta_history_iterator_next(walk, &entry, err)) > 0) {
        if (!digest_equal(entry.digest, work->digests[entry.index]) ||
            !digest_equal(delta_value_digest(entry.value), entry.digest)) {
            status = err_set(err, DELTA_ERR_DAMAGED, "the new file holds a different state");
            break;
        }
        if ((status = step(work, err)) < 0)
            break;
    }
    delta_history_iterator_free(walk);
    return status;
}

/* Puts the new file in the place of the old one. */
static int finish(struct rewriting *work, struct delta_err *err) {
    int fd = work->to->fd;
    if (io_replace_commit(&work->file, err) < 0)
        return -1;
    work->to->fd = -1;
    return history_adopt(work->from, fd, err);
}

static void end(struct rewriting *work) {
    block_writer_free(work->block);
    io_replace_abort(&work->file);
    delta_history_close(work->to);
    free(work->digests);
}

/* ---- What is kept -----------------------------------------------------------------------------*/

struct plan {
    uint32_t first, last;             /* states that are kept, but for: */
    uint32_t drop_after, drop_before; /* those between these two */
    bool blocks;                      /* all into blocks */
    bool rebaseline;                  /* counts as that; else as an optimization */
    bool nothing;                     /* no state is kept */
};

static int fill(struct rewriting *work, const struct plan *plan, struct delta_err *err) {
    struct delta_history_metrics before;
    struct delta_history *from = work->from;
    if (delta_history_metrics(from, &before, err) < 0)
        return -1;
    uint32_t states = plan->nothing ? 0 : plan->last - plan->first + 1;
    if (begin(work, states, err) < 0)
        return -1;
    if (plan->rebaseline)
        work->to->options.rebaselines++;
    else if (!plan->nothing)
        work->to->options.optimizations++;
    if (plan->nothing) {
        if (append_nothing(work->to, err) < 0)
            return -1;
    } else if (plan->drop_before > plan->drop_after + 1) {
        if (copy(work, plan->first, plan->drop_after, plan->blocks, err) < 0 ||
            copy(work, plan->drop_before, plan->last, plan->blocks, err) < 0)
            return -1;
    } else if (copy(work, plan->first, plan->last, plan->blocks, err) < 0) {
        return -1;
    }
    if (carry_counters(work, &before, err) < 0 || compare(work, err) < 0)
        return -1;
    return finish(work, err);
}

static int rewrite(struct delta_history *history, const struct plan *plan,
                   delta_history_progress *progress, void *context, struct delta_err *err) {
    struct rewriting work = {.from = history, .progress = progress, .context = context};
    int status = fill(&work, plan, err);
    end(&work);
    return status;
}

/* Locks, looks whether `last` is there, and rewrites. */
static int rewrite_locked(struct delta_history *history, struct plan *plan, bool to_tip,
                          delta_history_progress *progress, void *context, struct delta_err *err) {
    int status = -1;
    if (history->pending_states)
        return err_set(err, DELTA_ERR_USAGE, "states that were added must be flushed first");
    if (history_lock(history, err) == 0 && history_check_end(history, err) == 0) {
        if (to_tip && history->count)
            plan->last = history->count - 1;
        if (history->fresh)
            status = 0;
        else if (history->options_damaged)
            status = err_set(err, DELTA_ERR_DAMAGED,
                             "the options at the start of the history are damaged: a rewrite would "
                             "lose them for good; `delta-chain export --records` has the states");
        else if (!history->count && !plan->nothing)
            status = err_set(err, DELTA_ERR_USAGE, "the history is empty");
        else if (!plan->nothing && (plan->last >= history->count || plan->first > plan->last ||
                                    plan->drop_before >= history->count))
            status =
                err_set(err, DELTA_ERR_USAGE, "there is no such state: the last one is %" PRIu32,
                        history->count - 1);
        else
            status = rewrite(history, plan, progress, context, err);
    }
    history_unlock(history);
    return status < 0 ? history_failed(history, err) : 0;
}

int delta_history_rebaseline(struct delta_history *history, uint32_t first,
                             delta_history_progress *progress, void *context,
                             struct delta_err *err) {
    struct plan plan = {.first = first, .rebaseline = true};
    return rewrite_locked(history, &plan, true, progress, context, err);
}

int delta_history_squash(struct delta_history *history, uint32_t first, uint32_t last,
                         delta_history_progress *progress, void *context, struct delta_err *err) {
    struct plan plan = {.drop_after = first, .drop_before = last};
    if (first >= last)
        return err_set(err, DELTA_ERR_USAGE,
                       "nothing to squash: the range must end after it begins");
    return rewrite_locked(history, &plan, true, progress, context, err);
}

int delta_history_compact(struct delta_history *history, delta_history_progress *progress,
                          void *context, struct delta_err *err) {
    struct plan plan = {.blocks = true};
    return rewrite_locked(history, &plan, true, progress, context, err);
}

int delta_history_clear(struct delta_history *history, struct delta_err *err) {
    struct plan plan = {.nothing = true};
    return rewrite_locked(history, &plan, false, NULL, NULL, err);
}

/* What the options say is to happen when the chain has become too long. The lock is held. */
static int rewrite_at_limit(struct delta_history *history, struct delta_err *err) {
    uint32_t tip = history->count - 1, chain = history->tip.head.chain;
    struct plan plan = {.last = tip};
    if (history->options.how.on_limit == DELTA_LIMIT_REBASELINE) {
        plan.first = tip;
        plan.rebaseline = true;
    } else {
        plan.drop_after = tip - chain;
        plan.drop_before = tip;
    }
    return rewrite(history, &plan, NULL, NULL, err);
}

int delta_history_flush(struct delta_history *history, struct delta_err *err) {
    int status = append_flush(history, err);
    if (status == 0 && history->locked && append_at_limit(history))
        status = rewrite_at_limit(history, err);
    history_unlock(history);
    return status < 0 ? history_failed(history, err) : 0;
}
