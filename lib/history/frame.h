/* The encoding of a history file: its header, and the heads and tails of its frames
 * (delta-history(5)). scan.h reads a file as a sequence of them.
 *
 *     file    header header frame…
 *     frame   head payload checksum tail
 *
 * Every number is little-endian. Every checksum is XXH3-64, seeded with the salt of the file plus
 * the offset of the bytes that it covers, so that bytes of another history, or of another place of
 * this one, never pass.
 *
 *     header  0 magic 8 | 8 version 4 | 12 compatible flags 4 | 16 incompatible flags 4
 *             20 zero 4 | 24 salt 8 | 32 checksum 8 (seed: the offset alone)
 *     head    0 mark 4 | 4 kind 1 | 5 strategy 1 | 6 chain 2 | 8 index 4 | 12 count 2 | 14 flags 2
 *             16 payload length 6 | 22 distance 6 | 28 previous 4 | 32 time 8 | 40 digest 16
 *             56 checksum 8
 *     payload its bytes, then their checksum 8
 *     tail    length of the whole frame 6 | mark 2 */
#ifndef HISTORY_FRAME_H
#define HISTORY_FRAME_H

#include "delta.h"

#include <endian.h>
#include <string.h>

enum {
    FRAME_HEADER = 40, /* bytes of one copy of the header */
    FRAME_START = 80,  /* offset of the first frame: the header is stored twice */
    FRAME_HEAD = 64,
    FRAME_CHECKSUM = 8, /* after the payload */
    FRAME_TAIL = 8,
    FRAME_AROUND = FRAME_HEAD + FRAME_CHECKSUM + FRAME_TAIL, /* all but the payload */
    FRAME_VERSION = 2,
    FRAME_MARKED = 4,  /* bytes of the mark that every head begins with */
    FRAME_MARK = 0xf5, /* first byte of every head; no UTF-8 text holds it */
};

#define FRAME_MAX_PAYLOAD (((uint64_t)1 << 48) - FRAME_AROUND - 1)

enum frame_kind {
    FRAME_OPTIONS = 1,   /* options and counters; no state */
    FRAME_KEYFRAME = 2,  /* one state, complete */
    FRAME_RECORD = 3,    /* one state, as the difference to the one before */
    FRAME_BLOCK = 4,     /* many states */
    FRAME_VOID = 5,      /* the `distance` bytes before it are ignored */
    FRAME_POSITIONS = 6, /* the highest positions, and serial numbers; no state */
    FRAME_NAMES = 7,     /* the names of states; no state */
};

enum {
    /* There is a void before it, so that indices may decrease from one head to the next. */
    FRAME_AFTER_VOID = 1,
    /* The last state in it marks the end of the thing, and repeats the state before. */
    FRAME_ENDED = 2,
    /* It, or a frame somewhere before, is a FRAME_NAMES. */
    FRAME_NAMED = 4,
    /* The first frame of a write: everything before it was on the disk by then. Frames without it
     * were written together with the one before them, and any part of them may be missing after a
     * crash. */
    FRAME_FIRST = 8,
};

struct frame_head {
    enum frame_kind kind;
    enum delta_strategy strategy; /* of a record; DELTA_AUTO for the other kinds */
    uint16_t chain; /* records between the state and its keyframe, this one included */
    uint16_t count; /* states in the frame */
    uint16_t flags;
    uint32_t index;          /* of the first state in it, or of the next one when it holds none */
    uint64_t payload_length; /* bytes */
    uint64_t
        distance;      /* bytes back to the head of the keyframe or block that the state is rebuilt
                          from, 0 for those themselves; of a void: the number of bytes that it voids */
    uint32_t previous; /* low half of the head checksum of the frame before, 0 for the first */
    int64_t time;      /* of the last state in it, nanoseconds since 1970 */
    struct delta_digest digest; /* of the last state in it */
};

struct frame_header {
    uint32_t version;
    uint32_t compatible;   /* features that an older reader may ignore */
    uint32_t incompatible; /* features that it may not */
    uint64_t salt;
};

/* The verdict on bytes that should be a header or head. */
enum frame_verdict {
    FRAME_GOOD,
    FRAME_BAD,   /* corrupt, or something else */
    FRAME_NEWER, /* whole, but of a version or with features that this build does not know */
};

/* Both copies of the header. */
void frame_header_put(const struct frame_header *header, unsigned char out[FRAME_START]);

/* Reads the copy at `copy` (0 or 1). */
enum frame_verdict frame_header_get(const unsigned char in[FRAME_HEADER], unsigned copy,
                                    struct frame_header *header);

/* Writes the head of a frame at `offset`; returns its checksum. */
uint64_t frame_head_put(const struct frame_head *head, uint64_t salt, uint64_t offset,
                        unsigned char out[FRAME_HEAD]);

enum frame_verdict frame_head_get(const unsigned char in[FRAME_HEAD], uint64_t salt,
                                  uint64_t offset, struct frame_head *head, uint64_t *checksum);

/* True if it is a valid head of a frame of `length` bytes, not a void, and the next frame links to
 * it by
 * `*previous`, which then becomes the link of this one. */
bool frame_head_follows(const unsigned char in[FRAME_HEAD], uint64_t salt, uint64_t offset,
                        uint64_t length, uint32_t *previous);

/* True if the bytes begin with the mark of a head. */
bool frame_is_marked(const unsigned char *bytes);

/* The first mark of a head in the bytes, or NULL. O(length). */
const unsigned char *frame_find_mark(const unsigned char *bytes, size_t length);

uint64_t frame_payload_checksum(const void *payload, size_t length, uint64_t salt, uint64_t offset);

void frame_tail_put(uint64_t frame_length, unsigned char out[FRAME_TAIL]);

/* The length of the frame, or 0 if it is not a tail. */
uint64_t frame_tail_get(const unsigned char in[FRAME_TAIL]);

static inline uint64_t frame_length(const struct frame_head *head) {
    return FRAME_AROUND + head->payload_length;
}

/* Little-endian numbers. */
void frame_put_number(uint64_t number, unsigned bytes, unsigned char *out);

static inline uint64_t frame_get_number(const unsigned char *in, unsigned bytes) {
    uint64_t number = 0;
    memcpy(&number, in, bytes);
    return le64toh(number);
}

#endif
