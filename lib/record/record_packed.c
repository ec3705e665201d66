/* A packed record:
 *
 *     4        0x9d 'd' 'r' and the version, 3
 *     varint   flags: 1 timestamp, 2 base, 4 target, 8 metadata, 16 masked, 32 reverse,
 *              64 unchanged members, 128 key, 256 position; higher ones are reserved
 *     1        strategy: 1 dict, 2 binary, 3 reference, 4 compress, 5 none, 6 removed
 *     1        timestamp's unit: 0 seconds, 1 milliseconds, 2 microseconds, 3 nanoseconds
 *     varint   timestamp: how many of them, zigzag
 *     run      key: a string in canonical form   (a run: varint, then so many bytes)
 *     run      position: the source, a string in canonical form that is not empty
 *     varint   position: the number in it
 *     16       base digest        32 hex digits as bytes
 *     16       target digest
 *     varint   bytes of the new state's canonical form
 *     run      metadata: an object in canonical form
 *     …        payload: for dict the patch (packed_patch.h), for removed nothing, for the others a
 *              run
 *     …        reverse: the patch that leads back
 *     …        unchanged members: a chunk (chunk.h) with an object in canonical form
 *     8        XXH3-64 of all bytes before, little-endian
 *
 * What a flag does not announce is absent. */
#include "record/record_packed.h"

#include "base/err.h"
#include "base/hash.h"
#include "json/canonical.h"
#include "json/reader.h"
#include "json/writer.h"

#include <endian.h>
#include <string.h>

enum {
    TIMESTAMP = 1,
    BASE = 2,
    TARGET = 4,
    METADATA = 8,
    MASKED = 16,
    REVERSE = 32,
    UNCHANGED = 64,
    KEY = 128,
    POSITION = 256,
    KNOWN = 2 * POSITION - 1,
};

enum { VERSION = 3, CHECKSUM = 8 };

static const char magic[3] = {(char)RECORD_PACKED_MARK, 'd', 'r'};

static const int64_t units[] = {1000000000, 1000000, 1000, 1};

/* ---- Writing ---- */

static void put_timestamp(int64_t timestamp, struct delta_buf *buf) {
    unsigned unit = 0;
    while (timestamp % units[unit] != 0)
        unit++;
    buf_put_char(buf, (char)unit);
    varint_put(buf, varint_zigzag(timestamp / units[unit]));
}

static void put_value(const struct delta_value *value, struct delta_buf *buf) {
    varint_put(buf, delta_value_size(value));
    writer_canonical(value, buf);
}

static void put_digest(struct delta_digest digest, struct delta_buf *buf) {
    unsigned char bytes[16];
    digest_put(digest, bytes);
    buf_put(buf, bytes, sizeof bytes);
}

/* What writing a record's patches takes. */
struct packing {
    struct delta_arena *arena;
    int level;
    struct delta_buf *buf;
    struct delta_err *err;
};

static int put_patch(struct packing *packing, const struct delta_patch *patch,
                     const struct packed_patch *made, int made_level,
                     const struct delta_value *base) {
    struct packed_patch packed = *made;
    bool fits = packed.ops.bytes &&
                (!patch || (made_level == packing->level && packed.positional == (base != NULL)));
    struct prefix *prefix = NULL;
    int status = 0;
    if (!fits && base && !(prefix = prefix_new(packing->arena, base, packing->level)))
        status = err_memory(packing->err);
    else if (!fits)
        status = packed_patch_close(packing->arena, patch, base, prefix, packing->level, &packed,
                                    packing->err);
    if (status == 0)
        packed_patch_put(&packed, packing->buf);
    prefix_free(prefix);
    return status;
}

/* The reverse patch of a record that requires its base requires the new state. */
static const struct delta_value *make_target(struct packing *packing,
                                             const struct delta_record *record,
                                             const struct delta_value *base, bool *failed) {
    if (!base || !record->reverse)
        return NULL;
    const struct delta_value *target =
        delta_apply(packing->arena, record, base, NULL, NULL, packing->err);
    *failed = target == NULL;
    return target;
}

static int put_payload(struct packing *packing, const struct delta_record *record,
                       const struct delta_value *base) {
    if (record->strategy == DELTA_NONE) {
        put_value(record->value, packing->buf);
        return 0;
    }
    if (record->strategy == DELTA_REMOVED)
        return 0;
    if (record->strategy != DELTA_DICT) {
        varint_put_run(packing->buf, record->payload.bytes, record->payload.length);
        return 0;
    }
    if (put_patch(packing, record->patch, &record->forward, record->level, base))
        return -1;
    if (!record_is_reversible(record))
        return 0;
    bool failed = false;
    const struct delta_value *target = make_target(packing, record, base, &failed);
    return failed ? -1
                  : put_patch(packing, record->reverse, &record->backward, record->level, target);
}

static int put_unchanged(struct packing *packing, const struct delta_value *unchanged) {
    struct byte_span text;
    struct chunk chunk;
    if (canonical_write(packing->arena, unchanged, &text, packing->err) ||
        chunk_close(packing->arena, text, (struct byte_span){0}, packing->level, &chunk,
                    packing->err))
        return -1;
    chunk_put(&chunk, packing->buf);
    return 0;
}

static unsigned flags_of(const struct delta_record *record) {
    return (record->has_timestamp ? TIMESTAMP : 0u) | (record->has_base ? BASE : 0u) |
           (record->has_target ? TARGET : 0u) | (record->metadata ? METADATA : 0u) |
           (record->masked ? MASKED : 0u) | (record_is_reversible(record) ? REVERSE : 0u) |
           (record->unchanged ? UNCHANGED : 0u) | (record->key ? KEY : 0u) |
           (record->source ? POSITION : 0u);
}

int record_packed_write(const struct delta_record *record, const struct delta_value *base,
                        int level, struct delta_buf *buf, struct delta_err *err) {
    size_t start = buf->length;
    struct packing packing = {.arena = delta_arena_new(), .level = level, .buf = buf, .err = err};
    if (!packing.arena)
        return err_memory(err);
    buf_put(buf, magic, sizeof magic);
    buf_put_char(buf, VERSION);
    varint_put(buf, flags_of(record));
    buf_put_char(buf, (char)record->strategy);
    if (record->has_timestamp)
        put_timestamp(record->timestamp, buf);
    if (record->key)
        put_value(record->key, buf);
    if (record->source) {
        put_value(record->source, buf);
        varint_put(buf, record->seq);
    }
    if (record->has_base)
        put_digest(record->base, buf);
    if (record->has_target)
        put_digest(record->target, buf);
    varint_put(buf, record->original_size);
    if (record->metadata)
        put_value(record->metadata, buf);
    int status = put_payload(&packing, record, base);
    if (status == 0 && record->unchanged)
        status = put_unchanged(&packing, record->unchanged);
    if (status == 0 && !buf->failed) {
        uint64_t checksum = htole64(hash_bytes64(buf->data + start, buf->length - start, 0));
        buf_put(buf, &checksum, sizeof checksum);
    }
    delta_arena_free(packing.arena);
    return status == 0 ? buf_check(buf, err) : -1;
}

/* ---- Reading ---- */

static int cut(struct delta_err *err) {
    return err_set(err, DELTA_ERR_TRUNCATED, "truncated packed record");
}

static int get_timestamp(struct varint_cursor *cursor, int64_t *timestamp, struct delta_err *err) {
    unsigned char unit;
    uint64_t number;
    if (!varint_get_byte(cursor, &unit) || !varint_get(cursor, &number))
        return cut(err);
    if (unit >= sizeof units / sizeof *units ||
        __builtin_mul_overflow(varint_unzigzag(number), units[unit], timestamp))
        return err_set(err, DELTA_ERR_DAMAGED, "packed record with a timestamp out of range");
    return 0;
}

static bool get_digest(struct varint_cursor *cursor, struct delta_digest *digest) {
    const void *bytes;
    if (!varint_get_bytes(cursor, 16, &bytes))
        return false;
    *digest = digest_get(bytes);
    return true;
}

/* A value of JSON inside the record, from bytes that have no padding of their own. */
static const struct delta_value *get_value(struct delta_arena *arena, const void *bytes,
                                           size_t length, struct delta_err *err) {
    struct delta_err inner = {0};
    const struct delta_value *value = delta_read(arena, bytes, length, NULL, &inner);
    if (!value)
        err_damage(err, &inner, "corrupt packed record: a part of it is not valid JSON");
    return value;
}

static const struct delta_value *get_object(struct delta_arena *arena, const void *bytes,
                                            size_t length, struct delta_err *err) {
    const struct delta_value *value = get_value(arena, bytes, length, err);
    if (value && value->type != DELTA_OBJECT)
        return err_null(err_set(err, DELTA_ERR_DAMAGED, "corrupt record: expected an object"));
    return value;
}

static int get_string(struct delta_arena *arena, struct varint_cursor *cursor, const char *what,
                      const struct delta_value **string, struct delta_err *err) {
    const void *bytes;
    size_t length;
    if (!varint_get_run(cursor, &bytes, &length))
        return cut(err);
    *string = get_value(arena, bytes, length, err);
    if (!*string)
        return -1;
    return (*string)->type == DELTA_STRING
               ? 0
               : err_set(err, DELTA_ERR_DAMAGED, "corrupt record: the %s is not a string", what);
}

static int get_position(struct delta_arena *arena, struct varint_cursor *cursor,
                        struct delta_record *record, struct delta_err *err) {
    if (get_string(arena, cursor, "source", &record->source, err))
        return -1;
    if (!record->source->length)
        return err_set(err, DELTA_ERR_DAMAGED, "corrupt record: the source is empty");
    return varint_get(cursor, &record->seq) ? 0 : cut(err);
}

static int get_header(struct varint_cursor *cursor, uint64_t *flags, struct delta_record *record,
                      struct delta_err *err) {
    const void *start;
    unsigned char version, strategy;
    if (!varint_get_bytes(cursor, sizeof magic, &start) || !varint_get_byte(cursor, &version))
        return cut(err);
    if (memcmp(start, magic, sizeof magic) != 0)
        return err_set(err, DELTA_ERR_DAMAGED, "not a delta record");
    if (version != VERSION)
        return err_set(err, DELTA_ERR_UNSUPPORTED,
                       "the record has version %u; this program reads version %d", version,
                       VERSION);
    if (!varint_get(cursor, flags) || !varint_get_byte(cursor, &strategy))
        return cut(err);
    if (*flags & ~(uint64_t)KNOWN || strategy < DELTA_DICT || strategy > DELTA_REMOVED ||
        (*flags & REVERSE && strategy != DELTA_DICT) ||
        (*flags & TARGET && strategy == DELTA_REMOVED))
        return err_set(err, DELTA_ERR_UNSUPPORTED,
                       "a reserved bit is set in the record: damaged, or made by a newer version");
    record->strategy = strategy;
    record->has_timestamp = *flags & TIMESTAMP;
    record->has_base = *flags & BASE;
    record->has_target = *flags & TARGET;
    record->masked = *flags & MASKED;
    return 0;
}

/* What the record carries; patches that are self-contained are opened when the checksum is known to
 * be right. */
static int get_payload(struct delta_arena *arena, struct varint_cursor *cursor, uint64_t flags,
                       struct delta_record *record, struct chunk *unchanged,
                       struct delta_err *err) {
    if (record->strategy == DELTA_DICT) {
        if (packed_patch_get(cursor, &record->forward, err) ||
            (flags & REVERSE && packed_patch_get(cursor, &record->backward, err)))
            return -1;
    } else if (record->strategy != DELTA_REMOVED) {
        const void *bytes;
        size_t length;
        if (!varint_get_run(cursor, &bytes, &length))
            return cut(err);
        record->payload = (struct byte_span){bytes, length};
        if (record->strategy == DELTA_NONE &&
            !(record->value = get_value(arena, bytes, length, err)))
            return -1;
    }
    return flags & UNCHANGED ? chunk_get(cursor, unchanged, err) : 0;
}

static int get_fields(struct delta_arena *arena, struct varint_cursor *cursor, uint64_t flags,
                      struct delta_record *record, struct chunk *unchanged, struct delta_err *err) {
    if ((record->has_timestamp && get_timestamp(cursor, &record->timestamp, err)) ||
        (flags & KEY && get_string(arena, cursor, "key", &record->key, err)) ||
        (flags & POSITION && get_position(arena, cursor, record, err)))
        return -1;
    if ((record->has_base && !get_digest(cursor, &record->base)) ||
        (record->has_target && !get_digest(cursor, &record->target)) ||
        !varint_get(cursor, &record->original_size))
        return cut(err);
    if (flags & METADATA) {
        const void *bytes;
        size_t length;
        if (!varint_get_run(cursor, &bytes, &length))
            return cut(err);
        record->metadata = get_object(arena, bytes, length, err);
        if (!record->metadata)
            return -1;
    }
    return get_payload(arena, cursor, flags, record, unchanged, err);
}

static int check_sum(struct varint_cursor *cursor, const char *bytes, struct delta_err *err) {
    size_t covered = (size_t)((const char *)cursor->next - bytes);
    const void *stored;
    uint64_t checksum;
    if (!varint_get_bytes(cursor, CHECKSUM, &stored))
        return cut(err);
    memcpy(&checksum, stored, sizeof checksum);
    if (le64toh(checksum) != hash_bytes64(bytes, covered, 0))
        return err_set(err, DELTA_ERR_DAMAGED, "corrupt packed record: checksum mismatch");
    return 0;
}

static int open_chunks(struct delta_arena *arena, struct delta_record *record,
                       const struct chunk *unchanged, uint64_t max, struct delta_err *err) {
    struct byte_span none = {0};
    if (record->strategy == DELTA_DICT && !packed_patch_is_bound(&record->forward)) {
        record->patch = packed_patch_open(arena, &record->forward, NULL, none, max, err);
        if (!record->patch)
            return -1;
    }
    if (record->backward.ops.bytes && !packed_patch_is_bound(&record->backward)) {
        record->reverse = packed_patch_open(arena, &record->backward, NULL, none, max, err);
        if (!record->reverse)
            return -1;
    }
    if (unchanged->bytes) {
        if (unchanged->positional || unchanged->encoding == CHUNK_PREFIXED)
            return err_set(err, DELTA_ERR_UNSUPPORTED, "a reserved bit is set in the record");
        char *text = chunk_open(arena, unchanged, none, max, err);
        if (!text)
            return -1;
        record->unchanged = get_object(arena, text, unchanged->content, err);
        if (!record->unchanged)
            return -1;
    }
    return 0;
}

int record_packed_read(struct delta_arena *arena, const char *bytes, size_t length, size_t *used,
                       uint64_t max, struct delta_record *record, struct delta_err *err) {
    struct varint_cursor cursor = varint_cursor(bytes, length);
    struct chunk unchanged = {0};
    uint64_t flags = 0;
    *record = (struct delta_record){0};
    if (get_header(&cursor, &flags, record, err) ||
        get_fields(arena, &cursor, flags, record, &unchanged, err) ||
        check_sum(&cursor, bytes, err) || open_chunks(arena, record, &unchanged, max, err))
        return -1;
    *used = (size_t)((const char *)cursor.next - bytes);
    return 0;
}

/* ---- Measuring ---- */

/* The state of measuring. */
struct measuring {
    struct varint_cursor cursor;
    size_t more; /* bytes that are missing behind the last ones; 0: none, as far as is known */
    bool bad;
};

static bool skip(struct measuring *m, uint64_t count) {
    const void *bytes;
    if (m->more || m->bad)
        return false;
    if (varint_get_bytes(&m->cursor, (size_t)count, &bytes))
        return true;
    m->bad = count > SIZE_MAX / 4;
    m->more = (size_t)count - varint_left(&m->cursor);
    return false;
}

static uint64_t number(struct measuring *m) {
    uint64_t n = 0;
    if (m->more || m->bad || varint_get(&m->cursor, &n))
        return n;
    m->bad = varint_left(&m->cursor) >= VARINT_LONGEST;
    m->more = 1;
    return 0;
}

static void skip_ranges(struct measuring *m) {
    for (uint64_t count = number(m); count && !m->more && !m->bad; count--)
        if ((number(m) & 3) == 3)
            number(m);
}

static void skip_patch(struct measuring *m) {
    const unsigned char *head = m->cursor.next;
    if (!skip(m, 1))
        return;
    unsigned values = *head >> PACKED_PATCH_VALUES & PACKED_PATCH_VALUES_MASK;
    bool packed[2] = {*head & PACKED_PATCH_ZSTD_OPS, values != CHUNK_RAW};
    uint64_t lengths[2];
    for (int i = 0; i < 2; i++) {
        lengths[i] = number(m);
        if (packed[i])
            lengths[i] = number(m);
    }
    if (values == PACKED_PATCH_PART)
        number(m);
    if (*head & PACKED_PATCH_EXCERPTS)
        skip_ranges(m);
    skip(m, lengths[0]);
    skip(m, lengths[1]);
}

static void skip_chunk(struct measuring *m) {
    const unsigned char *head = m->cursor.next;
    if (!skip(m, 1))
        return;
    if ((*head & 3) != CHUNK_RAW)
        number(m);
    skip(m, number(m));
}

size_t record_packed_measure(const char *bytes, size_t length) {
    struct measuring m = {.cursor = varint_cursor(bytes, length)};
    if (!skip(&m, sizeof magic + 1))
        return length + m.more;
    if (memcmp(bytes, magic, sizeof magic) != 0 || bytes[sizeof magic] != VERSION)
        return length;
    uint64_t flags = number(&m);
    const unsigned char *strategy = m.cursor.next;
    skip(&m, 1);
    if (flags & TIMESTAMP) {
        skip(&m, 1);
        number(&m);
    }
    if (flags & KEY)
        skip(&m, number(&m));
    if (flags & POSITION) {
        skip(&m, number(&m));
        number(&m);
    }
    skip(&m, (flags & BASE ? 16 : 0) + (flags & TARGET ? 16 : 0));
    number(&m);
    if (flags & METADATA)
        skip(&m, number(&m));
    if (m.more || m.bad)
        return m.bad ? length : length + m.more;
    if (*strategy == DELTA_DICT)
        skip_patch(&m);
    else if (*strategy != DELTA_REMOVED)
        skip(&m, number(&m));
    if (flags & REVERSE)
        skip_patch(&m);
    if (flags & UNCHANGED)
        skip_chunk(&m);
    skip(&m, CHECKSUM);
    if (m.bad)
        return length;
    return m.more ? length + m.more : (size_t)((const char *)m.cursor.next - bytes);
}
