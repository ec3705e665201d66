/* The payloads of the frames of a history, except blocks (block.h):
 *
 *     options   0 strategy 1 | 1 level 1 (0: 9) | 2 longest chain 2 (0: the writer chooses)
 *               4 at that limit 1 (0 keyframe, 1 rebaseline, 2 merge) | 5 zero 3
 *               8 rebaselines 8 | 16 squashes and compactions 8, and of the records that rewrites
 *               dropped: 24 keys set 8 | 32 keys removed 8
 *               40 prunes 8 | 48 states dropped 8 | 56 random id, kept by rewrites 8
 *               64 the key, where the file's name does not hold it (key_path.c), to the end
 *     keyframe  the info of the state, length-prefixed (state_info.h; empty for none), and the
 *               state's canonical form as a chunk (chunk.h)
 *     record    varints: bytes of the new state's canonical form, keys set, keys removed; the info
 *               as above; a chunk:
 *               dict        the packed patch (patch_binary.h), which requires the state before
 *               binary      BSDIFF40 between the canonical forms
 *               reference, compress, none   the new canonical form
 *               The prefix of a chunk, if it has one, is the canonical form of the keyframe
 *               of `chain` states before. */
#ifndef HISTORY_PAYLOAD_H
#define HISTORY_PAYLOAD_H

#include "record/chunk.h"

struct payload_record {
    uint64_t size, set, removed;
    struct byte_span metadata; /* no bytes: none */
    struct chunk content;
};

/* Each appends, or reads all of `bytes`. Reading fails with DELTA_ERR_DAMAGED; when appending
 * fails, the buffer has failed. What is read points into `bytes`. */
enum { PAYLOAD_OPTIONS = 64 }; /* bytes before the key */
void payload_put_options(const struct delta_export_header *options, uint64_t id,
                         struct byte_span key, struct delta_buf *buf);
int payload_get_options(const unsigned char *bytes, size_t length,
                        struct delta_export_header *options, uint64_t *id, struct byte_span *key,
                        struct delta_err *err);

/* Level 0 stores the state as it is. */
int payload_put_keyframe(struct byte_span metadata, struct byte_span text, int level,
                         struct delta_buf *buf, struct delta_err *err);

struct payload_keyframe {
    struct byte_span metadata; /* no bytes: none */
    struct chunk content;
};
int payload_get_keyframe(const void *bytes, size_t length, struct payload_keyframe *keyframe,
                         struct delta_err *err);

/* The canonical form, in the arena, with READER_PADDING zero bytes after it. DELTA_ERR_LIMIT when
 * it has more than `max` bytes. */
int payload_keyframe_text(struct delta_arena *arena, const struct payload_keyframe *keyframe,
                          uint64_t max, struct byte_span *text, struct delta_err *err);

void payload_put_record(const struct payload_record *record, struct delta_buf *buf);
int payload_get_record(const void *bytes, size_t length, struct payload_record *record,
                       struct delta_err *err);

#endif
