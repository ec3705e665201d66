/* A patch is
 *
 *     0   "BSDIFF40"
 *     8   length of the control block
 *     16  length of the difference block
 *     24  length of the result
 *     32  control block, difference block, extra block: a bzip2 stream each
 *
 * The control block is a list of steps, three numbers each: take `add` bytes from the difference
 * block and add to each the old byte at the cursor; take `insert` bytes from the extra block as
 * they are; move the cursor by `seek`, from where the added bytes left it. A number is eight bytes,
 * its magnitude little-endian and its sign in the topmost bit.
 *
 * Steps are made as in bsdiff (C. Percival, "Naive differences of executable code", 2003): an
 * alignment lays the old bytes beside the new ones, and serves as long as it predicts them well.
 * Where the suffix array of the old bytes has a longer match than it predicts, that is the next
 * alignment; each reaches as far to both sides as equal bytes outnumber unequal ones. Differences
 * are mostly zeros, and are compressed apart from what is inserted.
 *
 * Why these constants: nine pairs of texts and two of mime-db, bytes of the records and millions of
 * instructions: GOOD_RUN of 16, 32 and 64: 29,449, 29,423 and 29,405 bytes; LONG_MATCH of 512 and
 * 2048 as 1024: both bound what is compared again. STEP_WORTH of 4, 8, which is bsdiff's own, and
 * 16: 30,149, 29,423 and 29,064 bytes, 271.1, 270.7 and 272.5. */
#include "codec/bsdiff.h"

#include "base/err.h"
#include "codec/suffix_array.h"

#include <bzlib.h>
#include <endian.h>
#include <limits.h>
#include <stdlib.h>

static const char MAGIC[] = {'B', 'S', 'D', 'I', 'F', 'F', '4', '0'};

enum {
    NUMBER_SIZE = 8,
    HEADER_SIZE = 32,
    STEP_SIZE = 3 * NUMBER_SIZE,
    CHUNK = 64 * 1024, /* bytes handed to bzip2, or asked of it, at once */
};

static const uint64_t SIGN = UINT64_C(1) << 63;

static void put_number(int64_t number, unsigned char out[NUMBER_SIZE]) {
    uint64_t bits = number < 0 ? SIGN | (0 - (uint64_t)number) : (uint64_t)number;
    bits = htole64(bits);
    memcpy(out, &bits, NUMBER_SIZE);
}

static int64_t get_number(const unsigned char in[NUMBER_SIZE]) {
    uint64_t bits;
    memcpy(&bits, in, NUMBER_SIZE);
    bits = le64toh(bits);
    int64_t magnitude = (int64_t)(bits & ~SIGN);
    return bits & SIGN ? -magnitude : magnitude;
}

bool bsdiff_is_patch(const void *bytes, size_t length) {
    return length >= sizeof MAGIC && memcmp(bytes, MAGIC, sizeof MAGIC) == 0;
}

/* ---- Writing blocks -------------------------------------------------------------------------- */

/* One block on its way into a patch. */
struct packer {
    bz_stream stream;
    struct delta_buf packed;
    bool failed;
};

static void packer_begin(struct packer *packer) {
    packer->failed = BZ2_bzCompressInit(&packer->stream, 9, 0, 0) != BZ_OK;
}

/* One call of bzip2 with room for its output; false when all output has been taken. */
static bool packer_run(struct packer *packer, int action) {
    if (packer->failed || !buf_reserve(&packer->packed, CHUNK)) {
        packer->failed = true;
        return false;
    }
    packer->stream.next_out = packer->packed.data + packer->packed.length;
    packer->stream.avail_out = CHUNK;
    int result = BZ2_bzCompress(&packer->stream, action);
    packer->packed.length += CHUNK - packer->stream.avail_out;
    if (result < 0)
        packer->failed = true;
    return result == BZ_FINISH_OK || (result == BZ_RUN_OK && packer->stream.avail_in > 0);
}

static void packer_put(struct packer *packer, const void *bytes, size_t length) {
    const char *next = bytes;
    while (length && !packer->failed) {
        size_t step = length < CHUNK ? length : CHUNK;
        packer->stream.next_in = (char *)(uintptr_t)next; /* bzip2 only reads it */
        packer->stream.avail_in = (unsigned)step;
        while (packer_run(packer, BZ_RUN))
            ;
        next += step;
        length -= step;
    }
}

static void packer_finish(struct packer *packer) {
    packer->stream.avail_in = 0;
    while (packer_run(packer, BZ_FINISH))
        ;
}

static void packer_free(struct packer *packer) {
    BZ2_bzCompressEnd(&packer->stream);
    delta_buf_free(&packer->packed);
}

/* ---- Making steps ---------------------------------------------------------------------------- */

enum {
    /* Where the alignment in use continues for so many bytes, no better one is looked for: should
     * there be one, it is found at their end, and extended backwards. */
    GOOD_RUN = 32,
    /* A match longer than this that was found wanting is followed to the next byte, instead of
     * looking for another one there. Comparing it again at each byte would be quadratic in texts
     * that repeat themselves; one that is taken is passed over whole. */
    LONG_MATCH = 1024,
    /* A new alignment has to predict more than so many bytes better than the one in use: what its
     * step costs. */
    STEP_WORTH = 8,
};

struct differ {
    const unsigned char *old_bytes;
    const unsigned char *new_bytes;
    size_t old_length;
    size_t new_length;
    struct suffix_array suffix_array;
    struct packer control;
    struct packer difference;
    struct packer extra;
};

static inline size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

static struct suffix_array_match longest_match(const struct differ *differ, size_t scan) {
    return suffix_array_longest(&differ->suffix_array, differ->new_bytes + scan,
                                differ->new_length - scan);
}

/* Old and new bytes laid beside each other so that these two places meet. */
struct alignment {
    size_t old_place;
    size_t new_place;
};

/* True when the alignment lays an equal old byte beside the new one at `scan`, which is not before
 * the alignment's place. */
static inline bool predicts(const struct differ *differ, struct alignment alignment, size_t scan) {
    size_t position = alignment.old_place + (scan - alignment.new_place);
    return position < differ->old_length && differ->old_bytes[position] == differ->new_bytes[scan];
}

/* How far the alignment continues from `scan` without an unequal byte. */
static size_t run_length(const struct differ *differ, struct alignment alignment, size_t scan) {
    size_t position = alignment.old_place + (scan - alignment.new_place);
    if (position >= differ->old_length)
        return 0;
    return suffix_array_common(differ->old_bytes + position, differ->new_bytes + scan,
                               smaller(differ->old_length - position, differ->new_length - scan));
}

/* How far forward from its place the alignment is worth keeping, not past `end`: to where equal
 * bytes outnumber unequal ones the most. */
static size_t forward_reach(const struct differ *differ, struct alignment from, size_t end) {
    size_t most = smaller(end - from.new_place, differ->old_length - from.old_place);
    const unsigned char *old_bytes = differ->old_bytes + from.old_place;
    const unsigned char *new_bytes = differ->new_bytes + from.new_place;
    int64_t lead = 0;
    int64_t best = 0;
    size_t reach = 0;
    for (size_t i = 0; i < most; i++) {
        lead += old_bytes[i] == new_bytes[i] ? 1 : -1;
        if (lead > best) {
            best = lead;
            reach = i + 1;
        }
    }
    return reach;
}

/* The same backward, not past `start`. */
static size_t backward_reach(const struct differ *differ, struct alignment from, size_t start) {
    size_t most = smaller(from.new_place - start, from.old_place);
    const unsigned char *old_bytes = differ->old_bytes + from.old_place;
    const unsigned char *new_bytes = differ->new_bytes + from.new_place;
    int64_t lead = 0;
    int64_t best = 0;
    size_t reach = 0;
    for (size_t i = 1; i <= most; i++) {
        lead += *(old_bytes - i) == *(new_bytes - i) ? 1 : -1;
        if (lead > best) {
            best = lead;
            reach = i;
        }
    }
    return reach;
}

/* Of `overlap` new bytes from `start` that both alignments reach, how many go to the first one so
 * that as many as can be are predicted right. */
static size_t split_overlap(const struct differ *differ, struct alignment first,
                            struct alignment second, size_t start, size_t overlap) {
    int64_t lead = 0;
    int64_t best = 0;
    size_t split = 0;
    /* Where the second alignment meets `start`, which is before its place. */
    second.old_place -= second.new_place - start;
    second.new_place = start;
    for (size_t i = 0; i < overlap; i++) {
        lead += predicts(differ, first, start + i);
        lead -= predicts(differ, second, start + i);
        if (lead > best) {
            best = lead;
            split = i + 1;
        }
    }
    return split;
}

/* Writes the step that uses `from` for `add` bytes, inserts those up to `to`, and moves there. */
static void put_step(struct differ *differ, struct alignment from, size_t add,
                     struct alignment to) {
    const unsigned char *old_bytes = differ->old_bytes + from.old_place;
    const unsigned char *new_bytes = differ->new_bytes + from.new_place;
    size_t insert = to.new_place - (from.new_place + add);
    unsigned char step[STEP_SIZE];
    put_number((int64_t)add, step);
    put_number((int64_t)insert, step + NUMBER_SIZE);
    put_number((int64_t)to.old_place - (int64_t)(from.old_place + add), step + 2 * NUMBER_SIZE);
    packer_put(&differ->control, step, sizeof step);
    packer_put(&differ->extra, new_bytes + add, insert);
    unsigned char differences[4096];
    for (size_t done = 0; done < add;) {
        size_t count = smaller(add - done, sizeof differences);
        for (size_t i = 0; i < count; i++)
            differences[i] = (unsigned char)(new_bytes[done + i] - old_bytes[done + i]);
        packer_put(&differ->difference, differences, count);
        done += count;
    }
}

/* Ends the step that `last` began where `next` had better take over; returns where that is. */
static struct alignment change_alignment(struct differ *differ, struct alignment last,
                                         struct alignment next) {
    size_t forward = forward_reach(differ, last, next.new_place);
    if (next.new_place == differ->new_length) {
        /* Nothing comes after: the old bytes are left where they are, which costs least. */
        next.old_place = last.old_place + forward;
        put_step(differ, last, forward, next);
        return next;
    }
    size_t backward = backward_reach(differ, next, last.new_place);
    size_t first_end = last.new_place + forward;
    size_t second_start = next.new_place - backward;
    if (first_end > second_start) {
        size_t overlap = first_end - second_start;
        size_t split = split_overlap(differ, last, next, second_start, overlap);
        forward -= overlap - split;
        backward -= split;
    }
    next.old_place -= backward;
    next.new_place -= backward;
    put_step(differ, last, forward, next);
    return next;
}

/* Looks from `*scan` on for the next place where another alignment is worth a step, and leaves
 * `*scan` there with the match. Where the one in use continues well, passes over it: false,
 * and `match` is what was passed. */
static bool find_better(const struct differ *differ, struct alignment last, size_t *scan,
                        struct suffix_array_match *match) {
    size_t counted = *scan; /* `score` counts the bytes up to here */
    size_t score = 0;       /* bytes of the match that `last` predicts as well */
    *match = (struct suffix_array_match){0};
    for (; *scan < differ->new_length; ++*scan) {
        size_t run = run_length(differ, last, *scan);
        if (run >= GOOD_RUN) {
            match->length = run;
            return false;
        }
        if (match->length > LONG_MATCH) {
            /* What was found one byte before continues here. */
            match->position++;
            match->length--;
        } else {
            *match = longest_match(differ, *scan);
        }
        for (; counted < *scan + match->length; counted++)
            score += predicts(differ, last, counted);
        if (match->length && match->length == score)
            return false;
        if (match->length > score + STEP_WORTH)
            return true;
        score -= counted > *scan && predicts(differ, last, *scan);
    }
    return true;
}

static void make_steps(struct differ *differ) {
    struct alignment last = {0};
    struct suffix_array_match match = {0};
    for (size_t scan = 0; scan < differ->new_length;) {
        scan += match.length;
        if (find_better(differ, last, &scan, &match)) {
            struct alignment next = {.old_place = match.position, .new_place = scan};
            last = change_alignment(differ, last, next);
        }
    }
}

static int put_patch(struct differ *differ, struct delta_buf *patch, struct delta_err *err) {
    size_t before = patch->length;
    unsigned char lengths[3 * NUMBER_SIZE];
    packer_finish(&differ->control);
    packer_finish(&differ->difference);
    packer_finish(&differ->extra);
    if (differ->control.failed || differ->difference.failed || differ->extra.failed)
        return err_memory(err);
    put_number((int64_t)differ->control.packed.length, lengths);
    put_number((int64_t)differ->difference.packed.length, lengths + NUMBER_SIZE);
    put_number((int64_t)differ->new_length, lengths + 2 * NUMBER_SIZE);
    buf_put(patch, MAGIC, sizeof MAGIC);
    buf_put(patch, lengths, sizeof lengths);
    buf_put(patch, differ->control.packed.data, differ->control.packed.length);
    buf_put(patch, differ->difference.packed.data, differ->difference.packed.length);
    buf_put(patch, differ->extra.packed.data, differ->extra.packed.length);
    if (patch->failed)
        patch->length = before;
    return buf_check(patch, err);
}

int bsdiff_diff(const void *old_bytes, size_t old_length, const void *new_bytes, size_t new_length,
                struct delta_buf *patch, struct delta_err *err) {
    struct differ differ = {.old_bytes = old_length ? old_bytes : "",
                            .new_bytes = new_bytes,
                            .old_length = old_length,
                            .new_length = new_length};
    packer_begin(&differ.control);
    packer_begin(&differ.difference);
    packer_begin(&differ.extra);
    int result = suffix_array_sort(&differ.suffix_array, differ.old_bytes, differ.old_length, err);
    if (result == 0) {
        make_steps(&differ);
        result = put_patch(&differ, patch, err);
    }
    packer_free(&differ.control);
    packer_free(&differ.difference);
    packer_free(&differ.extra);
    suffix_array_free(&differ.suffix_array);
    return result;
}

/* ---- Applying -------------------------------------------------------------------------------- */

/* One block of a patch, read from its front. */
struct unpacker {
    bz_stream stream;
    const unsigned char *next; /* what bzip2 has not been given yet */
    size_t left;
    bool open;
    bool ended;
};

static int damaged(struct delta_err *err) {
    return err_set(err, DELTA_ERR_DAMAGED, "bsdiff patch is truncated or corrupt");
}

static int unpacker_begin(struct unpacker *unpacker, const unsigned char *block, size_t length,
                          struct delta_err *err) {
    unpacker->next = block;
    unpacker->left = length;
    if (BZ2_bzDecompressInit(&unpacker->stream, 0, 0) != BZ_OK)
        return err_memory(err);
    unpacker->open = true;
    return 0;
}

static void unpacker_free(struct unpacker *unpacker) {
    if (unpacker->open)
        BZ2_bzDecompressEnd(&unpacker->stream);
}

/* Fills `out` with the next `length` bytes of the block; fewer left is damage. */
static int unpacker_get(struct unpacker *unpacker, void *out, size_t length,
                        struct delta_err *err) {
    bz_stream *stream = &unpacker->stream;
    char *next = out;
    while (length) {
        if (unpacker->ended)
            return damaged(err);
        if (!stream->avail_in) {
            size_t step = smaller(unpacker->left, UINT_MAX);
            stream->next_in = (char *)(uintptr_t)unpacker->next; /* bzip2 only reads it */
            stream->avail_in = (unsigned)step;
            unpacker->next += step;
            unpacker->left -= step;
        }
        unsigned room = (unsigned)smaller(length, UINT_MAX);
        bool starved = !stream->avail_in;
        stream->next_out = next;
        stream->avail_out = room;
        int result = BZ2_bzDecompress(stream);
        size_t got = room - stream->avail_out;
        next += got;
        length -= got;
        if (result == BZ_MEM_ERROR)
            return err_memory(err);
        if (result != BZ_OK && result != BZ_STREAM_END)
            return damaged(err);
        unpacker->ended = result == BZ_STREAM_END;
        if (starved && !got && !unpacker->ended)
            return damaged(err);
    }
    return 0;
}

/* Fails unless the block has been read to its last byte, and its checksum was right. */
static int unpacker_finish(struct unpacker *unpacker, struct delta_err *err) {
    struct delta_err why = {0};
    char more;
    /* bzip2 says that it has ended only when it is asked for more. */
    if (!unpacker->ended && unpacker_get(unpacker, &more, 1, &why) == 0)
        return damaged(err);
    if (why.code == DELTA_ERR_MEMORY)
        return err_memory(err);
    if (!unpacker->ended || unpacker->left || unpacker->stream.avail_in)
        return damaged(err);
    return 0;
}

struct applier {
    const unsigned char *old_bytes;
    size_t old_length;
    size_t cursor; /* in the old bytes; at most old_length */
    uint64_t left; /* bytes of the result still to be made */
    struct unpacker control;
    struct unpacker difference;
    struct unpacker extra;
};

/* Appends `length` bytes of a block. Memory grows with what the block really holds: what the patch
 * says of its length may be a lie. */
static int append(struct unpacker *from, uint64_t length, struct delta_buf *result,
                  struct delta_err *err) {
    while (length) {
        size_t step = length < CHUNK ? (size_t)length : CHUNK;
        if (!buf_reserve(result, step))
            return err_memory(err);
        if (unpacker_get(from, result->data + result->length, step, err) < 0)
            return -1;
        result->length += step;
        length -= step;
    }
    return 0;
}

static int apply_step(struct applier *applier, struct delta_buf *result, struct delta_err *err) {
    unsigned char step[STEP_SIZE];
    if (unpacker_get(&applier->control, step, sizeof step, err) < 0)
        return -1;
    int64_t add = get_number(step);
    int64_t insert = get_number(step + NUMBER_SIZE);
    int64_t seek = get_number(step + 2 * NUMBER_SIZE);
    if (add < 0 || insert < 0 || (uint64_t)add > applier->left ||
        (uint64_t)insert > applier->left - (uint64_t)add)
        return damaged(err);
    if ((uint64_t)add > applier->old_length - applier->cursor)
        return err_set(err, DELTA_ERR_DAMAGED, "bsdiff patch reads past the end of the old file");
    size_t start = result->length;
    if (append(&applier->difference, (uint64_t)add, result, err) < 0)
        return -1;
    const unsigned char *old_bytes = applier->old_bytes + applier->cursor;
    for (size_t i = 0; i < (size_t)add; i++)
        result->data[start + i] = (char)((unsigned char)result->data[start + i] + old_bytes[i]);
    if (append(&applier->extra, (uint64_t)insert, result, err) < 0)
        return -1;
    applier->left -= (uint64_t)add + (uint64_t)insert;
    applier->cursor += (size_t)add;
    uint64_t distance = seek < 0 ? 0 - (uint64_t)seek : (uint64_t)seek;
    if (distance > (seek < 0 ? applier->cursor : applier->old_length - applier->cursor))
        return err_set(err, DELTA_ERR_DAMAGED, "bsdiff patch seeks outside the old file");
    if (seek < 0)
        applier->cursor -= (size_t)distance;
    else
        applier->cursor += (size_t)distance;
    return 0;
}

static int apply_steps(struct applier *applier, struct delta_buf *result, struct delta_err *err) {
    /* Steps that make nothing are allowed, since bsdiff may begin with one, but not without end. */
    uint64_t most = applier->left + 1;
    for (uint64_t steps = 0; applier->left; steps++) {
        if (steps == most)
            return damaged(err);
        if (apply_step(applier, result, err) < 0)
            return -1;
    }
    return 0;
}

/* Reads the header and opens the three blocks. */
static int open_patch(struct applier *applier, const unsigned char *patch, size_t length,
                      size_t max, struct delta_err *err) {
    if (length < HEADER_SIZE || !bsdiff_is_patch(patch, length))
        return err_set(err, DELTA_ERR_DAMAGED, "not a bsdiff patch");
    int64_t control = get_number(patch + 8);
    int64_t difference = get_number(patch + 16);
    int64_t made = get_number(patch + 24);
    size_t blocks = length - HEADER_SIZE;
    if (control < 0 || difference < 0 || made < 0 || (uint64_t)control > blocks ||
        (uint64_t)difference > blocks - (uint64_t)control)
        return damaged(err);
    if ((uint64_t)made > max)
        return err_set(err, DELTA_ERR_LIMIT, "larger than the %zu bytes allowed", max);
    applier->left = (uint64_t)made;
    const unsigned char *block = patch + HEADER_SIZE;
    size_t control_length = (size_t)control;
    size_t difference_length = (size_t)difference;
    if (unpacker_begin(&applier->control, block, control_length, err) < 0 ||
        unpacker_begin(&applier->difference, block + control_length, difference_length, err) < 0)
        return -1;
    size_t before = control_length + difference_length;
    return unpacker_begin(&applier->extra, block + before, blocks - before, err);
}

int bsdiff_apply(const void *old_bytes, size_t old_length, const void *patch, size_t length,
                 size_t max, struct delta_buf *result, struct delta_err *err) {
    struct applier applier = {.old_bytes = old_length ? old_bytes : "", .old_length = old_length};
    size_t before = result->length;
    int status = -1;
    if (open_patch(&applier, patch, length, max, err) == 0 &&
        apply_steps(&applier, result, err) == 0 && unpacker_finish(&applier.control, err) == 0 &&
        unpacker_finish(&applier.difference, err) == 0 && unpacker_finish(&applier.extra, err) == 0)
        status = 0;
    if (status < 0)
        result->length = before;
    unpacker_free(&applier.control);
    unpacker_free(&applier.difference);
    unpacker_free(&applier.extra);
    return status;
}
