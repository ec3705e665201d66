/* Streams of records on anything: read, told about, applied, written again. The last eight bytes of
 * a packed record are put right, so that damage gets past the checksum; a JSON record's checksum
 * is put right where it is one of the present version. The first byte is taken away: its lowest bit
 * asks for this; the highest says that the base comes first, its length in two bytes and its text,
 * so that what a record requires can be wrong too. */
#include "base/hash.h"
#include "record/record.h"
#include "json/reader.h"
#include "json/value.h"
#include "json/writer.h"

#include <endian.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 20, CHECKSUM = 8 };

static const char base_text[] = "{\"a\":{\"b\":[1,2,3,{\"c\":null}],\"d\":\"text\"},\"e\":1,\"f\":"
                                "\"the quick brown fox jumps over the lazy dog and runs away\"}";

/* A JSON record with the checksum it ought to have. */
static bool checksum_json(struct delta_arena *arena, const char *text, size_t length,
                          struct delta_buf *checksummed) {
    const struct delta_value *whole = reader_parse(arena, text, length, READER_RECORD_DEPTH, NULL);
    if (!whole || whole->type != DELTA_OBJECT)
        return false;
    struct value_member *members = arena_array(arena, whole->length + 1, sizeof *members);
    uint32_t count = 0;
    struct delta_value rest, all;
    char digest[DELTA_DIGEST_TEXT];
    if (!members)
        abort();
    for (uint32_t i = 0; i < whole->length; i++) {
        struct delta_value key =
            value_string(value_members(whole)[i].key->text, value_members(whole)[i].key->length);
        if (!value_is_text(&key, "checksum"))
            members[count++] = value_members(whole)[i];
    }
    if (value_object(arena, members, count, &rest, NULL))
        abort();
    delta_digest_format(delta_value_digest(&rest), digest);
    members[count++] = (struct value_member){value_key(arena, "checksum", 8),
                                             value_string(digest, DELTA_DIGEST_TEXT - 1)};
    if (value_object(arena, members, count, &all, NULL))
        abort();
    writer_compact(&all, checksummed);
    return true;
}

static void checksum_packed(char *bytes, size_t length) {
    if (length <= CHECKSUM)
        return;
    uint64_t checksum = htole64(hash_bytes64(bytes, length - CHECKSUM, 0));
    memcpy(bytes + length - CHECKSUM, &checksum, CHECKSUM);
}

/* Writes the record in both spellings as far as that is possible, and reads it again. */
static void write_again(const struct delta_record *record, const struct delta_value *base) {
    for (int packed = 0; packed < 2; packed++) {
        struct delta_record_format format = {.packed = packed, .level = 1};
        struct delta_arena *arena = delta_arena_new();
        struct delta_buf bytes = {0};
        struct delta_err err = {0};
        size_t offset = 0;
        if (delta_record_write(record, base, &format, &bytes, &err) == 0) {
            size_t length = bytes.length;
            if (!buf_reserve(&bytes, READER_PADDING))
                abort();
            memset(bytes.data + length, 0, READER_PADDING);
            if (!delta_record_read(arena, bytes.data, length, &offset, 0, NULL, &err))
                abort();
        } else if (err.code == DELTA_OK) {
            abort();
        }
        delta_buf_free(&bytes);
        delta_arena_free(arena);
    }
}

static void use(struct delta_arena *arena, const struct delta_record *record,
                const struct delta_value *base) {
    struct delta_record_info info;
    delta_record_info(record, &info);
    for (int mode = 0; mode < 4; mode++) {
        struct delta_apply_options options = {
            .any_base = mode & 1, .reverse = mode & 2, .max_size = MOST};
        struct delta_err err = {0};
        bool as_promised = false;
        const struct delta_value *made =
            delta_apply(arena, record, base, &options, &as_promised, &err);
        if (!made && err.code == DELTA_OK)
            abort();
        if (made && !options.any_base && !as_promised)
            abort();
        if (made && (delta_value_size(made) > MOST || made->height > DELTA_MAX_DEPTH))
            abort();
        if (!made)
            continue;
        struct delta_buf text = {0};
        writer_canonical(made, &text);
        const struct delta_value *read = delta_read(arena, text.data, text.length, NULL, NULL);
        if (!read || !delta_value_equal(read, made))
            abort();
        delta_buf_free(&text);
    }
    write_again(record, base);
    write_again(record, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size)
        return 0;
    struct delta_arena *arena = delta_arena_new();
    const struct delta_value *base = NULL;
    struct delta_buf checksummed = {0};
    struct delta_err err = {0};
    bool seal = data[0] & 1;
    bool own = data[0] & 0x80 && size >= 3;
    data++, size--;
    if (own) {
        size_t given = data[0] | (size_t)data[1] << 8;
        data += 2, size -= 2;
        given = given < size ? given : size;
        base = delta_read(arena, (const char *)data, given, NULL, NULL);
        data += given, size -= given;
    }
    if (!base)
        base = delta_read(arena, base_text, sizeof base_text - 1, NULL, NULL);
    size_t length = size, offset = 0;
    char *copy = calloc(1, length + READER_PADDING);
    if (!arena || !base || !copy)
        abort();
    if (length)
        memcpy(copy, data, length);
    if (seal && length && copy[0] != '{') {
        checksum_packed(copy, length);
    } else if (seal && length && checksum_json(arena, copy, length, &checksummed)) {
        free(copy);
        length = checksummed.length;
        copy = calloc(1, length + READER_PADDING);
        if (!copy)
            abort();
        memcpy(copy, checksummed.data, length);
    }
    const struct delta_record *record;
    while ((record = delta_record_read(arena, copy, length, &offset, 0, NULL, &err))) {
        if (offset > length)
            abort();
        use(arena, record, base);
    }
    free(copy);
    delta_buf_free(&checksummed);
    delta_arena_free(arena);
    return 0;
}
