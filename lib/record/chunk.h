/* A part of a packed record: bytes, compressed if that is smaller.
 *
 *     byte    encoding (0 raw, 1 zstd, 2 zstd with the base's canonical form as prefix)
 *             + 4 when a patch in it names the members of its base by position
 *     varint  bytes of the content, unless raw
 *     varint  bytes that follow
 *     …       the content, or a zstd frame without magic number */
#ifndef RECORD_CHUNK_H
#define RECORD_CHUNK_H

#include "base/buf.h"
#include "base/varint.h"
#include "codec/strategy.h"
#include "codec/zstd_prefix.h"
#include "patch/patch.h"

enum section_encoding { SECTION_RAW, SECTION_ZSTD, SECTION_PREFIXED };

struct section {
    enum section_encoding encoding;
    bool positional;   /* a patch that is bound to its base by positions */
    uint64_t content;  /* bytes of the content */
    const char *bytes; /* as carried; NULL: there is no section */
    size_t length;
};

/* True when it can be read beside its base only. */
static inline bool section_is_bound(const struct section *section) {
    return section->bytes && (section->positional || section->encoding == SECTION_PREFIXED);
}

/* Compresses `content`, with `prefix` (no bytes: without) where that is smaller. The section's
 * bytes are made in the arena. O(content + prefix), by level. */
int section_close(struct delta_arena *arena, struct byte_span content, struct byte_span prefix,
                  int level, struct section *section, struct delta_err *err);

/* Compresses the same content with a prefix that is indexed already, and keeps what is smaller.
 * Worth a try only where section_wants_prefix. */
int section_try_prefix(struct delta_arena *arena, struct byte_span content,
                       const struct zref_index *index, struct section *section,
                       struct delta_err *err);

/* True when a prefix could save more than it costs to index. */
bool section_wants_prefix(const struct section *section);

/* The content, in the arena, followed by READER_PADDING zero bytes; `prefix` as it was given to
 * section_close. Content of more than `max` bytes is refused before it is allocated. */
char *section_open(struct delta_arena *arena, const struct section *section,
                   struct byte_span prefix, uint64_t max, struct delta_err *err);

/* The same for a patch; `base` NULL makes it stand alone, else `base_text` is its canonical form.
 */
int section_close_patch(struct delta_arena *arena, const struct delta_patch *patch,
                        const struct delta_value *base, struct byte_span base_text, int level,
                        struct section *section, struct delta_err *err);
const struct delta_patch *section_open_patch(struct delta_arena *arena,
                                             const struct section *section,
                                             const struct delta_value *base,
                                             struct byte_span base_text, uint64_t max,
                                             struct delta_err *err);

/* Appends the section as above; reads one, whose bytes stay where they are. */
void section_put(const struct section *section, struct delta_buf *buf);
int section_get(struct varint_cursor *cursor, struct section *section, struct delta_err *err);

#endif
