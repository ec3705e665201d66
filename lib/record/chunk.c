#include "record/chunk.h"

#include "base/err.h"
#include "codec/zstd_prefix.h"
#include "patch/patch_binary.h"
#include "json/reader.h"

#include <string.h>

enum {
    WORTH_COMPRESSING = 24, /* bytes of content */
    WORTH_A_PREFIX = 64,    /* bytes compressed: what a prefix could save of less is little, and
                               indexing a large base for it is much */
    POSITIONAL = 4,
};

static int keep(struct delta_arena *arena, const struct delta_buf *bytes,
                enum section_encoding encoding, struct section *section, struct delta_err *err) {
    if (buf_check(bytes, err))
        return -1;
    section->bytes = arena_copy(arena, bytes->data, bytes->length);
    if (!section->bytes)
        return err_memory(err);
    section->length = bytes->length;
    section->encoding = encoding;
    return 0;
}

int section_close(struct delta_arena *arena, struct byte_span content, struct byte_span prefix,
                  int level, struct section *section, struct delta_err *err) {
    *section = (struct section){.content = content.length};
    struct delta_buf alone = {0};
    struct delta_buf raw = {.data = (char *)(uintptr_t)content.bytes, .length = content.length};
    int status = 0;
    if (content.length >= WORTH_COMPRESSING)
        status = zref_compress(content.bytes, content.length, NULL, 0, level, ZREF_MAGICLESS,
                               &alone, err);
    bool smaller = alone.length && alone.length < raw.length;
    if (status == 0)
        status = keep(arena, smaller ? &alone : &raw, smaller ? SECTION_ZSTD : SECTION_RAW, section,
                      err);
    delta_buf_free(&alone);
    if (status || !prefix.length || !section_wants_prefix(section))
        return status;
    struct zref_index *index = zref_index_new(prefix.bytes, prefix.length, level, err);
    if (!index)
        return -1;
    status = section_try_prefix(arena, content, index, section, err);
    zref_index_free(index);
    return status;
}

bool section_wants_prefix(const struct section *section) {
    return section->length > WORTH_A_PREFIX;
}

int section_try_prefix(struct delta_arena *arena, struct byte_span content,
                       const struct zref_index *index, struct section *section,
                       struct delta_err *err) {
    struct delta_buf prefixed = {0};
    int status =
        zref_compress_indexed(content.bytes, content.length, index, ZREF_MAGICLESS, &prefixed, err);
    if (status == 0 && prefixed.length < section->length)
        status = keep(arena, &prefixed, SECTION_PREFIXED, section, err);
    delta_buf_free(&prefixed);
    return status;
}

char *section_open(struct delta_arena *arena, const struct section *section,
                   struct byte_span prefix, uint64_t max, struct delta_err *err) {
    if (section->content > max) {
        err_set(err, DELTA_ERR_LIMIT, "%llu bytes, more than --max-size allows",
                (unsigned long long)section->content);
        return NULL;
    }
    struct delta_buf content = {0};
    if (section->encoding == SECTION_RAW)
        buf_put(&content, section->bytes, section->length);
    else if (zref_decompress(section->bytes, section->length,
                             section->encoding == SECTION_PREFIXED ? prefix.bytes : NULL,
                             section->encoding == SECTION_PREFIXED ? prefix.length : 0,
                             section->content, ZREF_MAGICLESS, &content, err))
        goto failed;
    if (buf_check(&content, err))
        goto failed;
    if (content.length != section->content) {
        err_set(err, DELTA_ERR_DAMAGED, "the record is damaged: its content has another length");
        goto failed;
    }
    char *text = arena_alloc(arena, content.length + READER_PADDING);
    if (!text) {
        err_memory(err);
        goto failed;
    }
    if (content.length)
        memcpy(text, content.data, content.length);
    memset(text + content.length, 0, READER_PADDING);
    delta_buf_free(&content);
    return text;
failed:
    delta_buf_free(&content);
    return NULL;
}

int section_close_patch(struct delta_arena *arena, const struct delta_patch *patch,
                        const struct delta_value *base, struct byte_span base_text, int level,
                        struct section *section, struct delta_err *err) {
    struct delta_buf packed = {0};
    int status = pack_patch(patch, base, &packed, err);
    if (status == 0)
        status = section_close(arena, (struct byte_span){packed.data, packed.length},
                               base ? base_text : (struct byte_span){0}, level, section, err);
    section->positional = base != NULL;
    delta_buf_free(&packed);
    return status;
}

const struct delta_patch *section_open_patch(struct delta_arena *arena,
                                             const struct section *section,
                                             const struct delta_value *base,
                                             struct byte_span base_text, uint64_t max,
                                             struct delta_err *err) {
    char *content = section_open(arena, section, base_text, max, err);
    if (!content)
        return NULL;
    return unpack_patch(arena, content, section->content, section->positional ? base : NULL, err);
}

void section_put(const struct section *section, struct delta_buf *buf) {
    buf_put_char(buf, (char)(section->encoding | (section->positional ? POSITIONAL : 0)));
    if (section->encoding != SECTION_RAW)
        varint_put(buf, section->content);
    varint_put_run(buf, section->bytes, section->length);
}

int section_get(struct varint_cursor *cursor, struct section *section, struct delta_err *err) {
    unsigned char head;
    const void *bytes;
    *section = (struct section){0};
    if (!varint_get_byte(cursor, &head))
        return err_set(err, DELTA_ERR_CUT, "the packed record is cut");
    unsigned encoding = head & (POSITIONAL - 1);
    if (head >= 2 * POSITIONAL || encoding > SECTION_PREFIXED)
        return err_set(err, DELTA_ERR_UNSUPPORTED,
                       "a reserved bit is set in the record: damaged, or made by a newer version");
    if ((encoding != SECTION_RAW && !varint_get(cursor, &section->content)) ||
        !varint_get_run(cursor, &bytes, &section->length))
        return err_set(err, DELTA_ERR_CUT, "the packed record is cut");
    section->encoding = (enum section_encoding)encoding;
    section->positional = head & POSITIONAL;
    section->bytes = bytes;
    if (encoding == SECTION_RAW)
        section->content = section->length;
    return 0;
}
