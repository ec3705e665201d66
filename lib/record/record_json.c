/* A record as a JSON object. Both directions go by one table, `names`: its order is that in which
 * members are written, and an index in it is what reading sorts them by. A member that is not in it
 * is refused, as is one that the record's strategy does not have, so that nothing in a record goes
 * unread. The checksum, of all other members, is compared before any of them is believed. */
#include "record/record_json.h"

#include "base/err.h"
#include "base/hash.h"
#include "record/checksum.h"
#include "record/export_header.h"
#include "json/decimal.h"
#include "json/reader.h"
#include "json/writer.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT_NAME "delta-record/1"

/* The members of a record, in the order in which they are written. */
enum name {
    FORMAT,
    STRATEGY,
    TIMESTAMP,
    KEY,
    SOURCE,
    SEQ,
    BASE,
    TARGET,
    CHANGES,
    REMOVED_KEYS,
    NESTED,
    LENGTH,
    ELEMENTS,
    TEXT,
    VALUE,
    ENCODING,
    PAYLOAD,
    METADATA,
    ORIGINAL_SIZE,
    COMPRESSED_SIZE,
    SIZE_BYTES,
    COMPRESSION_RATIO,
    UNCHANGED_KEYS,
    UNCHANGED_MEMBERS,
    REVERSE,
    MASKED,
    CHECKSUM,
    NAMES,
};

static const char *const names[NAMES] = {
    [FORMAT] = "format",
    [STRATEGY] = "strategy",
    [TIMESTAMP] = "timestamp",
    [KEY] = "key",
    [SOURCE] = "source",
    [SEQ] = "seq",
    [BASE] = "base",
    [TARGET] = "target",
    [CHANGES] = "changes",
    [REMOVED_KEYS] = "removed_keys",
    [NESTED] = "nested",
    [LENGTH] = "length",
    [ELEMENTS] = "elements",
    [TEXT] = "text",
    [VALUE] = "value",
    [ENCODING] = "encoding",
    [PAYLOAD] = "payload",
    [METADATA] = "metadata",
    [ORIGINAL_SIZE] = "original_size",
    [COMPRESSED_SIZE] = "compressed_size",
    [SIZE_BYTES] = "size_bytes",
    [COMPRESSION_RATIO] = "compression_ratio",
    [UNCHANGED_KEYS] = "unchanged_keys",
    [UNCHANGED_MEMBERS] = "unchanged",
    [REVERSE] = "reverse",
    [MASKED] = "masked",
    [CHECKSUM] = CHECKSUM_KEY,
};

/* ---- Writing ---- */

/* The record as an object under construction. The first failure stays in `failed`, so that members
 * can be put one after the other and asked about at the end. */
struct encoder {
    struct delta_arena *arena;
    struct value_member members[NAMES];
    size_t count;
    bool failed;
    struct delta_err *err;
};

static void put(struct encoder *encoder, enum name name, struct delta_value value) {
    const struct value_key *key =
        value_key(encoder->arena, names[name], (uint32_t)strlen(names[name]));
    if (!key) {
        err_memory(encoder->err);
        encoder->failed = true;
        return;
    }
    encoder->members[encoder->count++] = (struct value_member){.key = key, .value = value};
}

/* `text` is a constant. */
static void put_word(struct encoder *encoder, enum name name, const char *text) {
    put(encoder, name, value_string(text, (uint32_t)strlen(text)));
}

static const char *copy_of(struct encoder *encoder, const char *text, size_t length) {
    const char *copy = arena_copy(encoder->arena, text, length);
    if (!copy) {
        err_memory(encoder->err);
        encoder->failed = true;
    }
    return copy;
}

static void put_digest(struct encoder *encoder, enum name name, struct delta_digest digest) {
    char text[DELTA_DIGEST_TEXT];
    delta_digest_format(digest, text);
    const char *copy = copy_of(encoder, text, sizeof text - 1);
    if (copy)
        put(encoder, name, value_string(copy, sizeof text - 1));
}

static void put_number(struct encoder *encoder, enum name name, uint64_t number) {
    struct delta_value value;
    if (value_u64(encoder->arena, number, &value, encoder->err))
        encoder->failed = true;
    else
        put(encoder, name, value);
}

static void put_decimal(struct encoder *encoder, enum name name, const char *text, size_t length) {
    const char *copy = copy_of(encoder, text, length);
    if (copy)
        put(encoder, name, value_number(copy, (uint32_t)length));
}

/* Seconds, with as many decimals as it takes. */
static void put_timestamp(struct encoder *encoder, int64_t timestamp) {
    char text[DECIMAL_LONGEST];
    size_t length = decimal_write((struct decimal){.digits = timestamp, .fraction = 9}, text);
    while (text[length - 1] == '0')
        length--;
    if (text[length - 1] == '.')
        length--;
    put_decimal(encoder, TIMESTAMP, text, length);
}

static void put_ratio(struct encoder *encoder, uint64_t original, uint64_t compressed) {
    char text[DECIMAL_LONGEST];
    double hundredths = compressed ? (double)original * 100 / (double)compressed : 0;
    if (hundredths > 1e18) /* a size that is made up */
        hundredths = 1e18;
    int64_t rounded = (int64_t)(hundredths + 0.5);
    size_t length = decimal_write((struct decimal){.digits = rounded, .fraction = 2}, text);
    put_decimal(encoder, COMPRESSION_RATIO, text, length);
}

/* What the patch says, as members of the record itself. `changes` and `removed_keys` are there for
 * every patch of an object, and for the one that changes nothing. */
/* Returns the bytes of the patch. */
static uint64_t put_patch(struct encoder *encoder, const struct delta_patch *patch) {
    struct delta_value json, empty_object, empty_array;
    if (patch_to_value(encoder->arena, patch, &json, encoder->err) ||
        value_object(encoder->arena, NULL, 0, &empty_object, encoder->err) ||
        value_array(encoder->arena, NULL, 0, &empty_array, encoder->err)) {
        encoder->failed = true;
        return 0;
    }
    bool of_object = patch->kind == PATCH_EMPTY || patch->kind == PATCH_OBJECT;
    for (enum name name = CHANGES; name <= VALUE; name++) {
        const struct delta_value *part = value_get(&json, names[name]);
        if (part)
            put(encoder, name, *part);
        else if (of_object && name == CHANGES)
            put(encoder, name, empty_object);
        else if (of_object && name == REMOVED_KEYS)
            put(encoder, name, empty_array);
    }
    return delta_value_size(&json);
}

static void put_payload(struct encoder *encoder, struct byte_span payload) {
    struct delta_buf text = {0};
    delta_base64_write(payload.bytes, payload.length, &text);
    const char *copy = text.failed ? NULL : arena_copy(encoder->arena, text.data, text.length);
    if (!copy || text.length > DELTA_MAX_STATE) {
        if (copy)
            err_set(encoder->err, DELTA_ERR_LIMIT, "the payload is too long for JSON");
        else
            err_memory(encoder->err);
        encoder->failed = true;
    } else {
        put_word(encoder, ENCODING, "base64");
        put(encoder, PAYLOAD, value_string(copy, (uint32_t)text.length));
    }
    delta_buf_free(&text);
}

static void put_unchanged(struct encoder *encoder, const struct delta_value *unchanged) {
    struct value_array *keys = value_array_open(encoder->arena, unchanged->length);
    struct delta_value list;
    if (!keys) {
        err_memory(encoder->err);
        encoder->failed = true;
        return;
    }
    for (uint32_t i = 0; i < unchanged->length; i++) {
        const struct value_key *key = value_members(unchanged)[i].key;
        keys->items[i] = value_string(key->text, key->length);
    }
    if (value_array_close(keys, unchanged->length, &list, encoder->err)) {
        encoder->failed = true;
        return;
    }
    put(encoder, UNCHANGED_KEYS, list);
    put(encoder, UNCHANGED_MEMBERS, *unchanged);
}

static void put_reverse(struct encoder *encoder, const struct delta_patch *reverse) {
    struct delta_value json;
    if (patch_to_value(encoder->arena, reverse, &json, encoder->err))
        encoder->failed = true;
    else
        put(encoder, REVERSE, json);
}

static void put_all(struct encoder *encoder, const struct delta_record *record) {
    uint64_t size = 0;
    struct delta_value empty;
    if (value_object(encoder->arena, NULL, 0, &empty, encoder->err)) {
        encoder->failed = true;
        return;
    }
    put_word(encoder, FORMAT, FORMAT_NAME);
    put_word(encoder, STRATEGY, strategy_row(record->strategy)->name);
    if (record->has_timestamp)
        put_timestamp(encoder, record->timestamp);
    if (record->key)
        put(encoder, KEY, *record->key);
    if (record->source) {
        put(encoder, SOURCE, *record->source);
        put_number(encoder, SEQ, record->seq);
    }
    if (record->has_base)
        put_digest(encoder, BASE, record->base);
    if (record->has_target)
        put_digest(encoder, TARGET, record->target);
    if (record->strategy == DELTA_DICT)
        size = put_patch(encoder, record->patch);
    else if (record->strategy == DELTA_NONE)
        put(encoder, VALUE, *record->value);
    else if (record->strategy != DELTA_REMOVED)
        put_payload(encoder, record->payload);
    put(encoder, METADATA, record->metadata ? *record->metadata : empty);
    if (record->strategy != DELTA_DICT)
        size = record_payload_size(record, false);
    bool sized = !record->masked && record->strategy != DELTA_REMOVED;
    if (sized)
        put_number(encoder, ORIGINAL_SIZE, record->original_size);
    put_number(encoder, COMPRESSED_SIZE, size);
    put_number(encoder, SIZE_BYTES, size);
    if (sized)
        put_ratio(encoder, record->original_size, size);
    if (record->unchanged)
        put_unchanged(encoder, record->unchanged);
    if (record->reverse)
        put_reverse(encoder, record->reverse);
    if (record->masked)
        put(encoder, MASKED, value_literal(DELTA_TRUE));
}

int record_json_write(const struct delta_record *record, struct delta_buf *buf,
                      struct delta_err *err) {
    struct encoder encoder = {.arena = delta_arena_new(), .err = err};
    struct delta_value whole;
    if (!encoder.arena)
        return err_memory(err);
    put_all(&encoder, record);
    if (!encoder.failed &&
        checksum_object(encoder.arena, encoder.members, encoder.count, &whole, err) == 0) {
        if (buf_reserve(buf, delta_value_size(&whole) + 1))
            writer_compact(&whole, buf);
        buf_put_char(buf, '\n');
    } else {
        encoder.failed = true;
    }
    delta_arena_free(encoder.arena);
    return encoder.failed ? -1 : buf_check(buf, err);
}

/* ---- Reading ---- */

/* A record being read: its members by name, NULL where there is none. */
struct parsing {
    struct delta_arena *arena;
    const struct delta_value *whole;
    const struct delta_value *part[NAMES];
    struct delta_record *record;
    struct delta_err *err;
};

static int bad(struct parsing *parsing, enum name name, const char *what) {
    err_set(parsing->err, DELTA_ERR_DAMAGED, "corrupt record: %s", what);
    return err_under_key(parsing->err, names[name], strlen(names[name]));
}

/* The name that the key is, looked for from `first` on, where it most often is; or NAMES. */
static enum name name_of(const struct value_key *key, enum name first) {
    for (unsigned tries = 0; tries < NAMES; tries++) {
        enum name name = (first + tries) % NAMES;
        if (strlen(names[name]) == key->length && memcmp(names[name], key->text, key->length) == 0)
            return name;
    }
    return NAMES;
}

static int find_parts(struct parsing *parsing) {
    const struct value_member *members = value_members(parsing->whole);
    enum name next = 0;
    for (uint32_t i = 0; i < parsing->whole->length; i++) {
        const struct value_key *key = members[i].key;
        enum name name = name_of(key, next);
        if (name == NAMES) {
            err_set(parsing->err, DELTA_ERR_DAMAGED,
                    value_get(parsing->whole, names[FORMAT])
                        ? "unknown member"
                        : "not a delta record: unknown member");
            return err_under_key(parsing->err, key->text, key->length);
        }
        parsing->part[name] = &members[i].value;
        next = name + 1;
    }
    return 0;
}

/* Seconds with decimals to nanoseconds; what comes after nine decimals is dropped. */
static bool parse_timestamp(const struct delta_value *number, int64_t *timestamp) {
    if (number->type != DELTA_NUMBER)
        return false;
    const char *p = number->text, *end = p + number->length;
    bool negative = *p == '-';
    if (negative)
        p++;
    uint64_t total = 0;
    int decimals = -1; /* -1: before the point */
    for (; p < end; p++) {
        if (*p == '.') {
            decimals = 0;
            continue;
        }
        if (*p < '0' || *p > '9')
            return false; /* an exponent */
        if (decimals == 9)
            continue;
        if (__builtin_mul_overflow(total, 10, &total) ||
            __builtin_add_overflow(total, (uint64_t)(*p - '0'), &total))
            return false;
        decimals += decimals >= 0;
    }
    for (int i = decimals < 0 ? 0 : decimals; i < 9; i++)
        if (__builtin_mul_overflow(total, 10, &total))
            return false;
    if (total > INT64_MAX)
        return false;
    *timestamp = negative ? -(int64_t)total : (int64_t)total;
    return true;
}

/* Where the target comes from: both members or neither. */
static int parse_position(struct parsing *parsing) {
    const struct delta_value *source = parsing->part[SOURCE], *seq = parsing->part[SEQ];
    if (!source && !seq)
        return 0;
    if (!source || source->type != DELTA_STRING || !source->length)
        return bad(parsing, SOURCE, "expected a string that is not empty");
    if (!seq || !value_to_u64(seq, &parsing->record->seq))
        return bad(parsing, SEQ, "expected an integer from 0 to 2^64 - 1");
    parsing->record->source = source;
    return 0;
}

static int parse_info(struct parsing *parsing) {
    struct delta_record *record = parsing->record;
    const struct delta_value *const *part = parsing->part;
    record->has_timestamp = part[TIMESTAMP] != NULL;
    if (part[TIMESTAMP] && !parse_timestamp(part[TIMESTAMP], &record->timestamp))
        return bad(parsing, TIMESTAMP, "invalid timestamp");
    if (part[KEY] && part[KEY]->type != DELTA_STRING)
        return bad(parsing, KEY, "expected a string");
    record->key = part[KEY];
    if (parse_position(parsing))
        return -1;
    struct {
        enum name name;
        bool *has;
        struct delta_digest *digest;
    } digests[] = {{BASE, &record->has_base, &record->base},
                   {TARGET, &record->has_target, &record->target}};
    for (size_t i = 0; i < 2; i++) {
        const struct delta_value *text = part[digests[i].name];
        *digests[i].has = text != NULL;
        if (text && (text->type != DELTA_STRING ||
                     !delta_digest_parse(text->text, text->length, digests[i].digest)))
            return bad(parsing, digests[i].name, "invalid digest");
    }
    if (part[METADATA] && part[METADATA]->type != DELTA_OBJECT)
        return bad(parsing, METADATA, "metadata must be an object");
    record->metadata = part[METADATA] && part[METADATA]->length ? part[METADATA] : NULL;
    if (part[ORIGINAL_SIZE] && !value_to_u64(part[ORIGINAL_SIZE], &record->original_size))
        return bad(parsing, ORIGINAL_SIZE, "invalid number of bytes");
    if (part[UNCHANGED_MEMBERS] && part[UNCHANGED_MEMBERS]->type != DELTA_OBJECT)
        return bad(parsing, UNCHANGED_MEMBERS, "expected an object");
    record->unchanged = part[UNCHANGED_MEMBERS];
    if (part[MASKED] && part[MASKED]->type != DELTA_TRUE)
        return bad(parsing, MASKED, "expected true");
    record->masked = part[MASKED] != NULL;
    return 0;
}

/* The patch out of the record's own members. */
static int parse_patch(struct parsing *parsing) {
    struct value_member members[VALUE - CHANGES + 1];
    size_t count = 0;
    for (uint32_t i = 0; i < parsing->whole->length; i++)
        for (enum name name = CHANGES; name <= VALUE; name++)
            if (&value_members(parsing->whole)[i].value == parsing->part[name])
                members[count++] = value_members(parsing->whole)[i];
    struct delta_value json;
    if (value_object(parsing->arena, members, count, &json, parsing->err))
        return -1;
    parsing->record->patch = patch_from_value(parsing->arena, &json, parsing->err);
    if (!parsing->record->patch)
        return -1;
    if (!parsing->part[REVERSE])
        return 0;
    parsing->record->reverse =
        patch_from_value(parsing->arena, parsing->part[REVERSE], parsing->err);
    return parsing->record->reverse
               ? 0
               : err_under_key(parsing->err, names[REVERSE], strlen(names[REVERSE]));
}

static int parse_payload(struct parsing *parsing) {
    const struct delta_value *text = parsing->part[PAYLOAD];
    const struct delta_value *encoding = parsing->part[ENCODING];
    if (!encoding || !value_is_text(encoding, "base64"))
        return bad(parsing, ENCODING, "unsupported encoding (expected base64)");
    if (!text || text->type != DELTA_STRING)
        return bad(parsing, PAYLOAD, "missing payload");
    struct delta_buf bytes = {0};
    int status = delta_base64_read(text->text, text->length, &bytes, parsing->err);
    if (status == 0) {
        parsing->record->payload.bytes =
            arena_copy(parsing->arena, bytes.data ? bytes.data : "", bytes.length);
        parsing->record->payload.length = bytes.length;
        if (!parsing->record->payload.bytes)
            status = err_memory(parsing->err);
    }
    delta_buf_free(&bytes);
    return status;
}

/* What the first, Python version wrote has no format and no strategy: whole top-level keys. */
static int parse_kind(struct parsing *parsing, bool *first_version) {
    const struct delta_value *format = parsing->part[FORMAT];
    const struct delta_value *strategy = parsing->part[STRATEGY];
    *first_version = false;
    if (!format) {
        for (enum name name = 0; name < NAMES; name++) {
            bool known = name == TIMESTAMP || name == CHANGES || name == REMOVED_KEYS ||
                         name == METADATA || (name >= SIZE_BYTES && name <= UNCHANGED_MEMBERS) ||
                         name == CHECKSUM;
            if (parsing->part[name] && !known)
                return bad(parsing, FORMAT, "missing format");
        }
        if (!parsing->part[CHANGES] || !parsing->part[REMOVED_KEYS])
            return err_set(parsing->err, DELTA_ERR_DAMAGED, "not a delta record");
        *first_version = true;
        parsing->record->strategy = DELTA_DICT;
        return 0;
    }
    if (!value_is_text(format, FORMAT_NAME)) {
        err_set(parsing->err, DELTA_ERR_UNSUPPORTED,
                "the record's format is not " FORMAT_NAME ": damaged, or newer than this program");
        return err_under_key(parsing->err, names[FORMAT], strlen(names[FORMAT]));
    }
    int number = strategy && strategy->type == DELTA_STRING
                     ? strategy_named(strategy->text, strategy->length)
                     : -1;
    if (number < 0)
        return bad(parsing, STRATEGY, "unknown strategy");
    parsing->record->strategy = (enum delta_strategy)number;
    return 0;
}

/* The record nests deeper than a state may; the values it carries may not. */
static int check_depths(struct parsing *parsing) {
    static const enum name values[] = {VALUE, METADATA, UNCHANGED_MEMBERS};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const struct delta_value *value = parsing->part[values[i]];
        if (value && value->height > DELTA_MAX_DEPTH)
            return bad(parsing, values[i], "value nested too deep");
    }
    return 0;
}

/* No member that another strategy would have. */
static int check_parts(struct parsing *parsing) {
    enum delta_strategy strategy = parsing->record->strategy;
    for (enum name name = CHANGES; name <= PAYLOAD; name++) {
        bool fits = strategy == DELTA_DICT      ? name <= VALUE
                    : strategy == DELTA_NONE    ? name == VALUE
                    : strategy == DELTA_REMOVED ? false
                                                : name >= ENCODING;
        if (parsing->part[name] && !fits)
            return bad(parsing, name, "member of a different strategy");
    }
    if (strategy != DELTA_DICT && parsing->part[REVERSE])
        return bad(parsing, REVERSE, "member of a different strategy");
    if (strategy == DELTA_REMOVED && parsing->part[TARGET])
        return bad(parsing, TARGET, "member of a different strategy");
    return 0;
}

static int parse(struct parsing *parsing) {
    bool first_version;
    if (parsing->whole->type != DELTA_OBJECT)
        return err_set(parsing->err, DELTA_ERR_DAMAGED, "not a delta record: expected an object");
    if (find_parts(parsing) || parse_kind(parsing, &first_version) ||
        (!first_version && checksum_check(parsing->arena, parsing->whole, parsing->err)) ||
        check_parts(parsing) || check_depths(parsing) || parse_info(parsing))
        return -1;
    switch (parsing->record->strategy) {
    case DELTA_DICT:
        return parse_patch(parsing);
    case DELTA_NONE:
        parsing->record->value = parsing->part[VALUE];
        return parsing->part[VALUE] ? 0 : bad(parsing, VALUE, "missing value");
    case DELTA_REMOVED:
        return 0;
    default:
        return parse_payload(parsing);
    }
}

int record_json_read(struct delta_arena *arena, const char *text, size_t length, size_t *used,
                     struct delta_record *record, struct delta_err *err) {
    *record = (struct delta_record){0};
    struct parsing parsing = {.arena = arena, .record = record, .err = err};
    parsing.whole = reader_parse_prefix(arena, text, length, READER_RECORD_DEPTH, used, err);
    if (parsing.whole && export_header_is(parsing.whole))
        return 0;
    return parsing.whole && parse(&parsing) == 0 ? 1 : -1;
}
