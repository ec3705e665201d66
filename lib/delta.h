/* libdelta: the difference between JSON states.
 *
 * Conventions that hold for every function here:
 *
 * - A function that can fail takes a `struct delta_err *` last and returns -1 or NULL on failure.
 *   The caller owns the struct and zeroes it before the first call; the first cause wins. NULL is
 *   allowed and drops the report. After a failure no argument has changed, unless it says so.
 * - Values, patches and records are immutable and live in an arena. Results share with the
 *   arguments they were made from: free an arena only when nothing made from it is needed.
 * - Bytes are counted in size_t, code points and elements in uint32_t. States are limited to
 *   DELTA_MAX_STATE bytes and DELTA_MAX_DEPTH levels.
 * - Nothing is printed, no environment and no locale is read. Different arenas may be used from
 *   different threads at once; one arena may not.
 */
#ifndef DELTA_H
#define DELTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DELTA_API __attribute__((visibility("default")))
#define DELTA_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#define DELTA_VERSION "0.1.0"

/* Deepest nesting of a state; `[]` has depth 1. Results are held to it too. */
#define DELTA_MAX_DEPTH 2048

/* Most bytes of one state, as text. */
#define DELTA_MAX_STATE 0xfffffff0u

/* ---- Errors ---------------------------------------------------------------------------------- */

/* Whose fault a failure is, and so what can be done about it. */
enum delta_code {
    DELTA_OK = 0,
    DELTA_ERR_USAGE,       /* the call or its options make no sense */
    DELTA_ERR_MEMORY,      /* no memory; nothing is wrong with the input */
    DELTA_ERR_SYSTEM,      /* a system call failed: see `sys_errno` */
    DELTA_ERR_SYNTAX,      /* the text is no JSON of ours: see line, column, offset */
    DELTA_ERR_LIMIT,       /* too deep, too long, more than --max-size allows */
    DELTA_ERR_DAMAGED,     /* a record, patch or history is cut, altered or forged */
    DELTA_ERR_UNSUPPORTED, /* a newer version, a reserved bit, something this build cannot hold */
    DELTA_ERR_BASE,        /* the patch does not fit this base (exit status 1) */
    DELTA_ERR_APPLIED,     /* the base is already what the record makes (exit status 1) */
    DELTA_ERR_JOIN,        /* records that do not follow one another (exit status 1) */
    DELTA_ERR_CONFLICT,    /* two sides changed one thing differently (exit status 1) */
};

/* A failure, in the caller's memory. `code` is DELTA_OK while nothing has failed. */
struct delta_err {
    enum delta_code code;
    int sys_errno;     /* errno of the failing call, or 0 */
    uint64_t line;     /* from 1; 0: no place in a text */
    uint64_t column;   /* from 1, in bytes */
    uint64_t offset;   /* from 0, in bytes; meaningful when line is set */
    char file[256];    /* what was being read, or "" */
    char pointer[256]; /* JSON Pointer (RFC 6901) of the value concerned, or "" with no place */
    bool has_pointer;  /* `pointer` is set; the root's pointer is "" */
    char text[512];    /* one clause: what is wrong, and what to do */
};

/* Renders `err` as one line without a newline, "file:line:col: text", into `out` (always
 * terminated; cut when it is longer than `size`). Control characters are escaped. */
DELTA_API void delta_err_format(const struct delta_err *err, char *out, size_t size);

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Owns everything made in it, and frees it all at once. */
struct delta_arena;

/* A new, empty arena, or NULL when there is no memory. Costs a few hundred bytes. */
DELTA_API struct delta_arena *delta_arena_new(void);

/* Frees the arena and all that was made in it. NULL is allowed. */
DELTA_API void delta_arena_free(struct delta_arena *arena);

/* Bytes that grow. Zero it before use. A failed allocation sets `failed`, drops what is appended
 * from then on, and is reported by whoever filled it; `data` is then incomplete. */
struct delta_buf {
    char *data;
    size_t length;
    size_t capacity;
    bool failed;
};

/* Frees the bytes and leaves an empty buffer, ready for use. */
DELTA_API void delta_buf_free(struct delta_buf *buf);

/* ---- Values ---------------------------------------------------------------------------------- */

enum delta_type {
    DELTA_NULL,
    DELTA_FALSE,
    DELTA_TRUE,
    DELTA_NUMBER,
    DELTA_STRING,
    DELTA_ARRAY,
    DELTA_OBJECT,
};

/* One JSON value, or any part of one. */
struct delta_value;

/* The name of a value: 128 bits, independent of key order, spaces and escapes (delta-record(5)). */
struct delta_digest {
    uint64_t low;
    uint64_t high;
};

#define DELTA_DIGEST_TEXT 33 /* 32 lower case hex digits and a NUL */

/* Writes the digest as hex, high half first, and terminates it. */
DELTA_API void delta_digest_format(struct delta_digest digest, char out[DELTA_DIGEST_TEXT]);

/* The digest of a value. O(1): it was computed when the value was made. */
DELTA_API struct delta_digest delta_value_digest(const struct delta_value *value);

/* True when both are the same value, whatever their key order, spaces and escapes; numbers as they
 * are written. Decided by digest where unequal, confirmed by comparison where equal: O(size). */
DELTA_API bool delta_value_equal(const struct delta_value *a, const struct delta_value *b);

DELTA_API enum delta_type delta_value_type(const struct delta_value *value);

/* Bytes of the canonical form. O(1). */
DELTA_API uint64_t delta_value_size(const struct delta_value *value);

/* ---- Reading and writing states -------------------------------------------------------------- */

/* Reads one state from `text`, which is copied and may be freed afterwards. `name` stands in errors
 * (NULL for none). NULL on failure: DELTA_ERR_SYNTAX with the place, or DELTA_ERR_LIMIT. */
DELTA_API const struct delta_value *delta_read(struct delta_arena *arena, const char *text,
                                               size_t length, const char *name,
                                               struct delta_err *err);

/* Reads one state from a file, or from standard input when `path` is "-". */
DELTA_API const struct delta_value *delta_read_file(struct delta_arena *arena, const char *path,
                                                    struct delta_err *err);

/* How a state is spelled. */
enum delta_layout {
    DELTA_CANONICAL, /* no spaces, keys in code point order */
    DELTA_COMPACT,   /* no spaces, keys as they were read */
    DELTA_INDENTED,  /* a line an element, keys as they were read */
};

/* Appends the state to `buf`, without a final newline; `step` is the number of spaces a level when
 * indented, 0 for a tab. Fails only for want of memory. O(size), and sorting for canonical form. */
DELTA_API int delta_write(const struct delta_value *value, enum delta_layout layout, unsigned step,
                          struct delta_buf *buf, struct delta_err *err);

/* ---- Files ----------------------------------------------------------------------------------- */

/* All bytes of a file, or of standard input when `path` is "-", in `arena`. More than `max` bytes
 * fail with DELTA_ERR_LIMIT. NULL on failure, which names the file. O(size). */
DELTA_API const char *delta_read_bytes(struct delta_arena *arena, const char *path, size_t max,
                                       size_t *length, struct delta_err *err);

/* A file that is written whole or not at all: what is written goes to a temporary file beside it,
 * which takes its place, mode and owner when it is complete. A symbolic link stays; a device, fifo
 * or socket is written to directly. */
struct delta_replace;

/* Begins; NULL on failure, which leaves nothing behind. */
DELTA_API struct delta_replace *delta_replace_new(const char *path, struct delta_err *err);

/* After a failure, abort. */
DELTA_API int delta_replace_write(struct delta_replace *file, const void *bytes, size_t length,
                                  struct delta_err *err);

/* Syncs the bytes and puts them in the file's place. Frees `file`, also on failure; the old file is
 * then as it was. */
DELTA_API int delta_replace_commit(struct delta_replace *file, struct delta_err *err);

/* Drops what was written and frees `file`. NULL is allowed. */
DELTA_API void delta_replace_abort(struct delta_replace *file);

/* ---- Patches --------------------------------------------------------------------------------- */

/* The structural difference of two values. Data only. */
struct delta_patch;

/* ---- Records --------------------------------------------------------------------------------- */

/* How a record carries the new state. */
enum delta_strategy {
    DELTA_AUTO,      /* choose: never in a record */
    DELTA_DICT,      /* a patch */
    DELTA_BINARY,    /* a BSDIFF40 patch of the canonical forms */
    DELTA_REFERENCE, /* the new canonical form, compressed with the old one as prefix */
    DELTA_COMPRESS,  /* the new canonical form, compressed */
    DELTA_NONE,      /* the new state as it is */
};

/* "dict", "binary", …; "auto" for DELTA_AUTO. */
DELTA_API const char *delta_strategy_name(enum delta_strategy strategy);

/* One delta with all that is known about it. Immutable, in an arena. */
struct delta_record;

/* How a record is made and written; zero is the default for each. */
struct delta_diff_options {
    enum delta_strategy strategy;
    bool packed;     /* `auto` chooses by packed sizes, and the payload is made for packed */
    int level;       /* zstd, 1 to 22; 0: 9 */
    bool standalone; /* packed, a patch is readable without its base */
    bool reversible; /* carries its way back too; implies `dict` */
    bool include_unchanged;
    bool shallow; /* objects by whole top-level keys only */
    bool has_timestamp;
    int64_t timestamp;                  /* nanoseconds since 1970 */
    const struct delta_value *metadata; /* an object, or NULL */
};

/* The record that leads from `old_state` to `new_state`, in `arena`; it shares both, which must
 * outlive it. `old_state` NULL makes a full record (`compress` or `none`; `auto` is then
 * `compress` when packed, else `none`). NULL on failure: DELTA_ERR_USAGE for options that
 * contradict each other, DELTA_ERR_MEMORY. Cost: near linear in what differs, and compression. */
DELTA_API const struct delta_record *delta_diff(struct delta_arena *arena,
                                                const struct delta_value *old_state,
                                                const struct delta_value *new_state,
                                                const struct delta_diff_options *options,
                                                struct delta_err *err);

struct delta_apply_options {
    bool any_base;     /* do not check the base; a target that then differs is no failure */
    bool reverse;      /* go back, from the new state to the old */
    uint64_t max_size; /* bytes of the result; 0: 4 GiB */
};

/* The state that the record makes of `base` (NULL: none, for full records), in `arena`; it shares
 * both. Checked: the base's digest before, the result's after, where the record has them.
 * `*as_promised` (NULL is allowed) tells whether the result has the record's target digest. Fails
 * with DELTA_ERR_BASE for another base, DELTA_ERR_APPLIED when the base is the result already,
 * DELTA_ERR_DAMAGED, DELTA_ERR_LIMIT. O(patch + members on the way), or O(state) for the other
 * strategies. */
DELTA_API const struct delta_value *delta_apply(struct delta_arena *arena,
                                                const struct delta_record *record,
                                                const struct delta_value *base,
                                                const struct delta_apply_options *options,
                                                bool *as_promised, struct delta_err *err);

/* How a record is spelled. */
struct delta_record_format {
    bool packed;     /* else one line of JSON */
    int level;       /* packed: zstd, 1 to 22; 0: 9 */
    bool standalone; /* packed: not bound to the base */
};

/* Appends the record, JSON with its newline. `base` is the state it was made from, or NULL: then a
 * packed patch stands alone, and a record that is bound cannot be spelled as JSON
 * (DELTA_ERR_USAGE). Equal records and formats give equal bytes. */
DELTA_API int delta_record_write(const struct delta_record *record, const struct delta_value *base,
                                 const struct delta_record_format *format, struct delta_buf *buf,
                                 struct delta_err *err);

/* Reads the record at `*offset` of a stream, of either spelling, told by its first bytes, and moves
 * the offset behind it. NULL at the end, with err->code still DELTA_OK, and on failure. `bytes`
 * must be followed by 64 zero bytes, as those of delta_read_bytes are, and outlive the record.
 * `name` stands in errors. Checks the checksum; digests are checked by delta_apply. */
DELTA_API const struct delta_record *delta_record_read(struct delta_arena *arena, const char *bytes,
                                                       size_t length, size_t *offset,
                                                       const char *name, struct delta_err *err);

/* What is known about a record without its base. */
struct delta_record_facts {
    enum delta_strategy strategy;
    bool has_timestamp, has_base, has_target;
    bool bound;        /* can be shown or merged only beside its base */
    bool masked;       /* some values are left out: it cannot be applied */
    bool reversible;   /* carries its way back */
    int64_t timestamp; /* nanoseconds since 1970 */
    struct delta_digest base, target;
    uint64_t original_size;       /* bytes of the new state's canonical form; 0 when unknown */
    uint64_t compressed_size;     /* bytes of the payload as carried */
    uint64_t set, removed, other; /* operations of a patch that is not bound */
    const struct delta_value *metadata; /* an object, or NULL when there is none */
};
DELTA_API void delta_record_facts(const struct delta_record *record,
                                  struct delta_record_facts *facts);

#ifdef __cplusplus
}
#endif
#endif
