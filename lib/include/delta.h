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
 *   different threads at once; one arena may not. Nothing is kept between calls but two spare
 *   compression contexts, of 4 MiB each at most, which are freed when the library is unloaded.
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
    DELTA_ERR_SYNTAX,      /* the text is not JSON as read here: see line, column, offset */
    DELTA_ERR_LIMIT,       /* too deep, too long, more than --max-size allows */
    DELTA_ERR_DAMAGED,     /* a record, patch or history is truncated, altered or forged */
    DELTA_ERR_TRUNCATED,   /* a packed record ends too early: damaged, or more of it is to come */
    DELTA_ERR_UNSUPPORTED, /* a newer version, a reserved bit, something this build cannot hold */
    DELTA_ERR_BASE,        /* the patch does not fit this base (exit status 1) */
    DELTA_ERR_APPLIED,     /* the base is already what the record makes (exit status 1) */
    DELTA_ERR_JOIN,        /* records that do not follow one another (exit status 1) */
    DELTA_ERR_CONFLICT,    /* two sides changed one thing differently (exit status 1) */
    DELTA_ERR_REMOVED,     /* the record leads to no state (strategy `removed`) */
    DELTA_ERR_FORK,        /* another state has this position (exit status 1) */
    DELTA_ERR_GAP,         /* positions are missing before this one (exit status 1) */
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
 * terminated; truncated when it is longer than `size`). Control characters are escaped. */
DELTA_API void delta_err_format(const struct delta_err *err, char *out, size_t size);

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Owns everything made in it, and frees it all at once. */
struct delta_arena;

/* A new, empty arena, or NULL when there is no memory. Costs a few hundred bytes. */
DELTA_API struct delta_arena *delta_arena_new(void);

/* Frees the arena and all that was made in it. NULL is allowed. */
DELTA_API void delta_arena_free(struct delta_arena *arena);

/* Frees all that was made in the arena, which is then empty and ready for use; keeps up to 32 MiB
 * for what comes next, so that a loop that reads one state after the other into one arena is not
 * given memory by the kernel, which clears it, again and again. */
DELTA_API void delta_arena_clear(struct delta_arena *arena);

/* Bytes that what was made in the arena takes. O(blocks), of which there are few. */
DELTA_API size_t delta_arena_size(const struct delta_arena *arena);

/* Gives the array at `*items`, a pointer of any type (NULL, with a capacity of 0: none yet) that
 * the caller frees, room for `wanted` items of `size` bytes. False, and nothing changed, when there
 * is no memory. Amortised O(1) an item. */
DELTA_API bool delta_array_reserve(void *items, size_t *capacity, size_t wanted, size_t size);

/* Bytes that grow. Zero it before use. A failed allocation sets `failed`, drops what is appended
 * from then on, and is reported by the function that filled it; `data` is then incomplete. */
struct delta_buf {
    char *data;
    size_t length;
    size_t capacity;
    bool failed;
};

/* Frees the bytes and leaves an empty buffer, ready for use. */
DELTA_API void delta_buf_free(struct delta_buf *buf);

/* Appends bytes. Amortised O(length). */
DELTA_API void delta_buf_put(struct delta_buf *buf, const void *bytes, size_t length);

/* Appends text, as printf. */
DELTA_API void delta_buf_printf(struct delta_buf *buf, const char *format, ...) DELTA_PRINTF(2, 3);

/* Appends the base64 (RFC 4648 section 4, with padding) of `length` bytes. Failure shows in
 * buf->failed. O(length). */
DELTA_API void delta_base64_write(const void *bytes, size_t length, struct delta_buf *buf);

/* Decodes base64 text and appends the bytes. Strict: the alphabet only, no space, padding where
 * it must be and nowhere else, unused bits zero, so that equal bytes have one form. Fails with
 * DELTA_ERR_DAMAGED or DELTA_ERR_MEMORY; the buffer is then as long as before. O(length). */
DELTA_API int delta_base64_read(const char *text, size_t length, struct delta_buf *buf,
                                struct delta_err *err);

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

/* What records and histories name a value by: 128 bits, independent of key order, spaces and
 * escapes (delta-record(5)). Recognises every accidental difference; no proof against one made on
 * purpose: two values with one digest can be made in seconds. Compare with delta_value_equal. */
struct delta_digest {
    uint64_t low;
    uint64_t high;
};

#define DELTA_DIGEST_TEXT 33 /* 32 lower case hex digits and a NUL */

/* Writes the digest as hex, high half first, and terminates it. */
DELTA_API void delta_digest_format(struct delta_digest digest, char out[DELTA_DIGEST_TEXT]);

/* Stores the digest that 32 hex digits of either case are; false, and nothing stored, for anything
 * else. */
DELTA_API bool delta_digest_parse(const char *text, size_t length, struct delta_digest *digest);

/* True when both are the same digest. */
DELTA_API bool delta_digest_equal(struct delta_digest a, struct delta_digest b);

/* The digest of a value. O(1) where it is known, as it is of what delta_read and delta_read_file
 * read; else O(what is new in the value), once. */
DELTA_API struct delta_digest delta_value_digest(const struct delta_value *value);

/* True when both are the same value, whatever their key order, spaces and escapes; numbers as they
 * are written. Decided by a private hash where unequal, confirmed by comparison where equal:
 * O(size). Digests are not used. */
DELTA_API bool delta_value_equal(const struct delta_value *a, const struct delta_value *b);

DELTA_API enum delta_type delta_value_type(const struct delta_value *value);

/* Bytes of the canonical form. O(1), of a string O(length). */
DELTA_API uint64_t delta_value_size(const struct delta_value *value);

/* The bytes of a string, without quotes and escapes, or the text of a number as it was written.
 * They belong to the value, are not terminated, and may contain NUL. NULL and 0 for other types. A
 * string is UTF-8, in which a lone surrogate (which JSON can escape) is three bytes, ed a0 80 to ed
 * bf bf (WTF-8). O(1). */
DELTA_API const char *delta_value_text(const struct delta_value *value, size_t *length);

/* True when the value is a string that is equal to `text`, which NUL ends. NULL is not. */
DELTA_API bool delta_value_is(const struct delta_value *value, const char *text);

/* True when the value is a number that is a whole one in the range of the type, written without
 * fraction and exponent; it is then stored. */
DELTA_API bool delta_value_to_u64(const struct delta_value *value, uint64_t *number);

/* Elements of an array or members of an object; 0 for other types. O(1). */
DELTA_API size_t delta_value_count(const struct delta_value *value);

/* The element of an array at `index`; NULL past the end, and for other types. O(1). */
DELTA_API const struct delta_value *delta_value_element(const struct delta_value *array,
                                                        size_t index);

/* A member of an object. The key is bytes like those of a string. */
struct delta_member {
    const char *key;
    size_t key_length;
    const struct delta_value *value;
};

/* Stores the member of an object at `index`, in the order in which they were read or built; false
 * past the end, and for other types. O(1). */
DELTA_API bool delta_value_member(const struct delta_value *object, size_t index,
                                  struct delta_member *member);

/* The value of the member with this key, which NUL ends; NULL when there is none, and for other
 * types. O(members). */
DELTA_API const struct delta_value *delta_value_get(const struct delta_value *object,
                                                    const char *key);

/* True when `text` is a JSON Pointer: empty, or begins with '/', and every '~' in it begins "~0" or
 * "~1". O(length). */
DELTA_API bool delta_pointer_valid(const char *text, size_t length);

/* The value at a JSON Pointer (RFC 6901) below `value`: the empty pointer is `value` itself. NULL
 * when there is none, or with DELTA_ERR_USAGE when it is not a pointer. O(members on the way). */
DELTA_API const struct delta_value *delta_value_at(const struct delta_value *value,
                                                   const char *pointer, size_t length,
                                                   struct delta_err *err);

/* ---- Building values -------------------------------------------------------------------------
 *
 * Each is made in `arena` and returned, or NULL on failure. Calls can be nested and checked once:
 * where `err` holds a failure already, every one of them returns NULL. */

/* null, false or true; other types fail with DELTA_ERR_USAGE. */
DELTA_API const struct delta_value *delta_value_literal(enum delta_type type,
                                                        struct delta_err *err);

/* A string of a copy of these bytes, which must be UTF-8 (DELTA_ERR_SYNTAX). O(length). */
DELTA_API const struct delta_value *delta_value_string(struct delta_arena *arena, const char *bytes,
                                                       size_t length, struct delta_err *err);

/* The same of bytes of a string, a key or a pointer as this library gives them: UTF-8 in which a
 * lone surrogate has three bytes (WTF-8). */
DELTA_API const struct delta_value *delta_value_string_wtf8(struct delta_arena *arena,
                                                            const char *bytes, size_t length,
                                                            struct delta_err *err);

/* The same of a text that NUL ends. */
DELTA_API const struct delta_value *delta_value_string_of(struct delta_arena *arena,
                                                          const char *text, struct delta_err *err);

/* A number of a copy of this text, kept as written; DELTA_ERR_SYNTAX when it is not a JSON number.
 * O(length). */
DELTA_API const struct delta_value *delta_value_number(struct delta_arena *arena, const char *text,
                                                       size_t length, struct delta_err *err);

/* A whole number. */
DELTA_API const struct delta_value *delta_value_u64(struct delta_arena *arena, uint64_t number,
                                                    struct delta_err *err);
DELTA_API const struct delta_value *delta_value_i64(struct delta_arena *arena, int64_t number,
                                                    struct delta_err *err);

/* An array of these elements, in order; it shares them. An element that is NULL is left out.
 * DELTA_ERR_LIMIT when it would nest deeper than DELTA_MAX_DEPTH. O(count). */
DELTA_API const struct delta_value *delta_value_array(struct delta_arena *arena,
                                                      const struct delta_value *const *elements,
                                                      size_t count, struct delta_err *err);

/* An object of these members, in order; it shares the values and copies the keys, which must be
 * UTF-8. A member whose value is NULL is left out. DELTA_ERR_USAGE for a duplicate key. O(count),
 * and the bytes of the keys. */
DELTA_API const struct delta_value *delta_value_object(struct delta_arena *arena,
                                                       const struct delta_member *members,
                                                       size_t count, struct delta_err *err);

/* A copy that shares nothing with the value, whose arena may be freed then. NULL with
 * DELTA_ERR_MEMORY. O(size). */
DELTA_API const struct delta_value *
delta_value_copy(struct delta_arena *arena, const struct delta_value *value, struct delta_err *err);

/* ---- Reading and writing states -------------------------------------------------------------- */

/* Reads one state from `text`, which is copied and may be freed afterwards. `name` appears in
 * errors (NULL for none). NULL on failure: DELTA_ERR_SYNTAX with the place, or DELTA_ERR_LIMIT. */
DELTA_API const struct delta_value *delta_read(struct delta_arena *arena, const char *text,
                                               size_t length, const char *name,
                                               struct delta_err *err);

/* What a state will be used for. */
enum {
    DELTA_USE_COMPARE = 1, /* diffs, merges, delta_value_equal */
    DELTA_USE_DIGEST = 2,  /* digests: records are made from it or applied to it */
};

/* The same, prepared for the uses that are or-ed together in `use`; delta_read prepares for
 * digests. The value is the same in any case, but the first use that it was not prepared for costs
 * O(size), about twice of what preparing costs. */
DELTA_API const struct delta_value *delta_read_for(struct delta_arena *arena, unsigned use,
                                                   const char *text, size_t length,
                                                   const char *name, struct delta_err *err);

/* The same without a copy: values point into `text`, which 64 zero bytes must follow, as they do
 * what delta_read_bytes and delta_bytes_copy give, and which must not change while the arena is
 * used. */
DELTA_API const struct delta_value *delta_read_in_place(struct delta_arena *arena, unsigned use,
                                                        const char *text, size_t length,
                                                        const char *name, struct delta_err *err);

/* Reads one state from a file, or from standard input when `path` is "-". */
DELTA_API const struct delta_value *delta_read_file(struct delta_arena *arena, const char *path,
                                                    struct delta_err *err);

/* Reads two states, to compare them; large ones on two threads at once. `states[0]` and `states[1]`
 * are set when both could be read. */
DELTA_API int delta_read_pair(struct delta_arena *arena, const char *first, const char *second,
                              const struct delta_value *states[2], struct delta_err *err);

/* How a state is written. */
enum delta_layout {
    DELTA_CANONICAL, /* no spaces, keys in code point order */
    DELTA_COMPACT,   /* no spaces, keys as they were read */
    DELTA_INDENTED,  /* a line an element, keys as they were read */
};

/* Appends the state to `buf`, without a final newline; `step` is the number of spaces a level when
 * indented, 0 for a tab. Fails only for want of memory. O(size), and sorting for canonical form. */
DELTA_API int delta_write(const struct delta_value *value, enum delta_layout layout, unsigned step,
                          struct delta_buf *buf, struct delta_err *err);

/* Takes the next `length` bytes of a text. A result other than 0 ends the writing. */
typedef int delta_sink(void *context, const void *bytes, size_t length, struct delta_err *err);

/* The same to `sink`, in pieces of some 100 KiB as they are written, so that there is no memory for
 * all of it. Fails for want of memory, after some of the text may have been written, and with what
 * `sink` says in `err`. */
DELTA_API int delta_write_to(const struct delta_value *value, enum delta_layout layout,
                             unsigned step, delta_sink *sink, void *context, struct delta_err *err);

/* Appends `after` in the layout of `text`, from which `before` was read: what did not change is
 * copied byte for byte, with its spaces, order of keys and final newline. A new container is
 * formatted as those of its kind beside it. A new member is the last one, or has its place among
 * three or more that are sorted by code points. Fails only for want of memory. O(length), and for
 * each array that changed the matching of its elements. */
DELTA_API int delta_write_like(const char *text, size_t length, const struct delta_value *before,
                               const struct delta_value *after, struct delta_buf *buf,
                               struct delta_err *err);

/* A state and the text from which it was read. */
struct delta_source {
    const char *text;
    size_t length;
    const struct delta_value *state; /* NULL: there is none */
};

/* Appends `merged`, the result of a merge of `ours` and `theirs`, two states that `base` became, in
 * a layout that is merged as well: line ends, indentation, spaces, the order of members and the
 * escapes of strings and keys are, each where it is, those of the side that changed them, or of
 * ours where both did. A member that only one side added is next to the members that it is next to
 * there, in sorted objects where it belongs; a container that only one side has is formatted as
 * there, or as those beside it where the other side formatted these anew. What neither side changed
 * is copied byte for byte. `base`, or its state, is NULL where there was none. Fails only for want
 * of memory. O(lengths), and for each array that both sides changed the matching of its elements.
 */
DELTA_API int delta_write_merged(const struct delta_source *base, const struct delta_source *ours,
                                 const struct delta_source *theirs,
                                 const struct delta_value *merged, struct delta_buf *buf,
                                 struct delta_err *err);

/* Where a value is in a text: line and column as in struct delta_err, or 0 where there is none. */
struct delta_position {
    const char *pointer; /* given */
    size_t pointer_length;
    uint64_t line, column; /* stored: of a member its key, of an element or the root its value */
};

/* Finds many values in the JSON text from which they were read, in one pass. Pointers may be in any
 * order; one that leads into a string, to what its JSON holds, gets the string's place, and one
 * that names nothing gets line 0. Fails with DELTA_ERR_USAGE for one that is not a pointer,
 * DELTA_ERR_SYNTAX for a text that is not JSON as far as it was looked at, or DELTA_ERR_MEMORY.
 * O(length + count * (log count + steps)). */
DELTA_API int delta_text_locate(const char *text, size_t length, struct delta_position *positions,
                                size_t count, struct delta_err *err);

/* ---- Values of jansson ----------------------------------------------------------------------- */

/* For programs that hold a jansson json_t (of libjansson 2.14 or later). A value that is
 * converted and converted back is equal but for the text of numbers, and nothing is changed
 * silently: what one side cannot hold fails with DELTA_ERR_UNSUPPORTED and its pointer.
 *
 * Numbers without fraction and exponent are integers, all others, and -0, reals. One that jansson
 * cannot hold exactly is refused: integers past 64 bits, 1e400, 0.10000000000000001. 0.1 is held:
 * a real is written as the shortest decimal that is read as it. So 1.0 stays 1.0, and 1 stays 1,
 * but 1e2 comes back as 100.0, 1.50 as 1.5 and -0 as -0.0: equal by --numeric, of another digest.
 */
struct json_t;

/* The value of `json`, which is copied; keys keep their order. Fails for strings that are not
 * UTF-8, which jansson's _nocheck functions let in, and with DELTA_ERR_LIMIT when it nests deeper
 * than DELTA_MAX_DEPTH, as one that contains itself does. O(size). */
DELTA_API const struct delta_value *
delta_value_from_json(struct delta_arena *arena, const struct json_t *json, struct delta_err *err);

/* A new reference, the caller's, to a copy of the value; keys keep their order. Fails for numbers
 * as above, and for strings and keys with half a surrogate pair. O(size). */
DELTA_API struct json_t *delta_value_to_json(const struct delta_value *value,
                                             struct delta_err *err);

/* ---- Files ----------------------------------------------------------------------------------- */

/* All bytes of a file, or of standard input when `path` is "-", in `arena`. More than `max` bytes
 * fail with DELTA_ERR_LIMIT. NULL on failure, which names the file. O(size). */
DELTA_API const char *delta_read_bytes(struct delta_arena *arena, const char *path, size_t max,
                                       size_t *length, struct delta_err *err);

/* A copy of some bytes in `arena`, with 64 zero bytes behind it. NULL when out of memory. */
DELTA_API const char *delta_bytes_copy(struct delta_arena *arena, const char *bytes, size_t length,
                                       struct delta_err *err);

/* A file that is written whole or not at all: what is written goes to a temporary file beside it,
 * which takes its place when it is complete. Owner, group, mode, ACLs and extended attributes are
 * kept as far as the caller may; where something that limits access cannot be kept, the new file
 * grants less than the old one. Other hard links keep the old content. A symbolic link stays; a
 * device, a fifo, a socket, and a descriptor that this process was given and that is named as
 * /dev/stdout or /dev/fd/N, are written to directly; a descriptor of another process, named as
 * /proc/PID/fd/N, is opened to append. */
struct delta_replace;

/* Begins; NULL on failure, which leaves nothing behind. */
DELTA_API struct delta_replace *delta_replace_new(const char *path, struct delta_err *err);

/* True for what is written to directly: nothing is replaced then, and what is longer than the new
 * bytes keeps its end. */
DELTA_API bool delta_replace_is_direct(const struct delta_replace *file);

/* After a failure, abort. */
DELTA_API int delta_replace_write(struct delta_replace *file, const void *bytes, size_t length,
                                  struct delta_err *err);

/* Syncs the bytes and puts them in the file's place. Frees `file`, also on failure; the old file is
 * then as it was, unless only its folder could not be synced, which the failure says. */
DELTA_API int delta_replace_commit(struct delta_replace *file, struct delta_err *err);

/* Drops what was written and frees `file`. NULL is allowed. */
DELTA_API void delta_replace_abort(struct delta_replace *file);

/* ---- Filters --------------------------------------------------------------------------------- */

/* A list of patterns: JSON Pointers (RFC 6901) in which a step may be `*` (any one step), `**` (any
 * number of steps), a text with `*` for any characters in it, or `[m=v]`: any step to a value whose
 * member m (or pointer m) has the text v. A backslash makes special characters ordinary ones. In
 * arrays without a key that are as long as before, a place is the same index in both states; in
 * others elements are paired, and an index is that in the new state, or in the old one for removed
 * elements. */
struct delta_pointers {
    const char *const *items;
    size_t count;
};

/* Arrays of objects whose elements are known by a member: "/users" by "id". `pointer` is a pattern
 * as above. */
struct delta_array_key {
    const char *pointer;
    const char *member;
};

/* Numbers at the places of `pattern` count as the same while they differ by at most `bound`: a
 * number ("0.5"), or a percentage of the old one ("5%"). */
struct delta_tolerance {
    const char *pattern, *bound;
};

/* What counts as a change and what is shown of it; zero changes nothing. */
struct delta_filter_options {
    struct delta_pointers ignore;    /* places that do not count */
    struct delta_pointers only;      /* places that alone count; none: all do */
    struct delta_pointers unordered; /* arrays whose order does not count */
    struct delta_pointers mask;      /* places whose values are replaced by "***" */
    const struct delta_array_key *array_keys;
    size_t array_key_count;
    struct delta_pointers embedded; /* strings that hold an array or object of JSON: each is the
                                       same as that */
    bool numeric;                   /* numbers count by their exact decimal value, not as written */
    bool keys_only;                 /* a scalar in place of a scalar is not a change */
    const struct delta_tolerance *tolerances;
    size_t tolerance_count;
};

/* The options made ready, in `arena`; shares their texts, which must stay. Immutable. NULL on
 * failure: DELTA_ERR_USAGE for an invalid pattern. */
struct delta_filter;
DELTA_API const struct delta_filter *delta_filter_new(struct delta_arena *arena,
                                                      const struct delta_filter_options *options,
                                                      struct delta_err *err);

/* The state that a record should lead to so that only what counts changes: `new_state`, but what
 * does not count as it is in `old_state`; `old_state` itself when nothing else differs. Shares
 * both. NULL for want of memory. Near linear, times the depth of nested arrays. */
DELTA_API const struct delta_value *delta_filter_apply(struct delta_arena *arena,
                                                       const struct delta_filter *filter,
                                                       const struct delta_value *old_state,
                                                       const struct delta_value *new_state,
                                                       struct delta_err *err);

/* The same, and in `*places` where the elements of its arrays are in `new_state`, for what keeps
 * the elements that do not count, or the old order where order does not count, has other indices;
 * and which elements of `old_state` they are. For `places` of struct delta_diff_options, with the
 * same old state and the result itself, no copy. In the arena; NULL where nothing is filtered. */
struct delta_places;
DELTA_API const struct delta_value *
delta_filter_place(struct delta_arena *arena, const struct delta_filter *filter,
                   const struct delta_value *old_state, const struct delta_value *new_state,
                   const struct delta_places **places, struct delta_err *err);

/* `state` with each of the strings that the filter calls embedded replaced by the array or object
 * that it holds, so that a difference shows what changed in it; `state` itself where there is none.
 * Shares `state`. NULL for want of memory or with DELTA_ERR_LIMIT where it would nest too deep.
 * O(size). */
DELTA_API const struct delta_value *delta_filter_expand(struct delta_arena *arena,
                                                        const struct delta_filter *filter,
                                                        const struct delta_value *state,
                                                        struct delta_err *err);

/* Whether the pattern selects anything in `value`: 1 or 0; -1 for DELTA_ERR_USAGE (no pattern) or
 * DELTA_ERR_MEMORY. A pattern that selects nothing is often a mistyped one. O(size). */
DELTA_API int delta_pattern_selects(const char *pattern, const struct delta_value *value,
                                    struct delta_err *err);

/* The same for an array's key, which also the elements must have: DELTA_KEY_NOTHING when the
 * pattern selects nothing in `value`, DELTA_KEY_LACKING when there are elements there, or members,
 * and no element has one of the members of the key, DELTA_KEY_FOUND otherwise; -1 as above. An
 * array without elements lacks no key. O(size) for each member of the key. */
enum delta_key_found { DELTA_KEY_NOTHING, DELTA_KEY_LACKING, DELTA_KEY_FOUND };
DELTA_API int delta_array_key_selects(const struct delta_array_key *key,
                                      const struct delta_value *value, struct delta_err *err);

/* `state` with the values at the filter's masked places replaced by "***". Shares `state`. NULL for
 * want of memory. O(size). */
DELTA_API const struct delta_value *delta_filter_mask(struct delta_arena *arena,
                                                      const struct delta_filter *filter,
                                                      const struct delta_value *state,
                                                      struct delta_err *err);

/* ---- Records --------------------------------------------------------------------------------- */

/* How a record carries the new state. */
enum delta_strategy {
    DELTA_AUTO,      /* choose: never in a record */
    DELTA_DICT,      /* a patch */
    DELTA_BINARY,    /* a BSDIFF40 patch of the canonical forms */
    DELTA_REFERENCE, /* the new canonical form, compressed with the old one as prefix */
    DELTA_COMPRESS,  /* the new canonical form, compressed */
    DELTA_NONE,      /* the new state as it is */
    DELTA_REMOVED,   /* there is no new state: what the record belongs to was removed */
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
    bool reversible; /* includes a reverse patch; implies `dict` */
    bool include_unchanged;
    bool shallow;     /* objects by whole top-level keys only */
    bool elementwise; /* arrays element by element even where the new one whole would be smaller */
    const struct delta_filter *filter; /* masks and array keys; NULL: none */
    /* Of delta_filter_place: elements are the same ones as for the filter, so that nothing of them
     * is reported that does not count, and changes that are shown have the indices of the state
     * that was filtered. NULL: elements are paired by all of their content, indices are their own.
     */
    const struct delta_places *places;
    bool has_timestamp;
    int64_t timestamp;                  /* nanoseconds since 1970 */
    const struct delta_value *key;      /* a string: which of many things the states are of; NULL:
                                           none */
    const struct delta_value *metadata; /* an object, or NULL */
    const struct delta_value *source;   /* a string: where the new state comes from; NULL: it has no
                                           position */
    uint64_t seq;                       /* its number there */
};

/* The record that leads from `old_state` to `new_state`, in `arena`; it shares both, which must
 * outlive it. `old_state` NULL makes a full record (`compress` or `none`; `auto` is then
 * `compress` when packed, else `none`). `new_state` NULL makes a record of strategy `removed`,
 * whatever the options say of strategy and reverse. NULL on failure: DELTA_ERR_USAGE for options
 * that contradict each other, DELTA_ERR_MEMORY. Cost: near linear in what differs, and compression.
 */
DELTA_API const struct delta_record *delta_diff(struct delta_arena *arena,
                                                const struct delta_value *old_state,
                                                const struct delta_value *new_state,
                                                const struct delta_diff_options *options,
                                                struct delta_err *err);

/* Reads two states as delta_read_pair does, keeps of the second what the filter counts, and makes
 * the record from one to the other as delta_diff does; stores both states. Where the files are
 * large and their text seems to be canonical, `reference` and `compress` begin on a thread while
 * the states are read: a quarter of the time at low levels. The record is the same. NULL on
 * failure. */
DELTA_API const struct delta_record *delta_diff_files(struct delta_arena *arena, const char *first,
                                                      const char *second,
                                                      const struct delta_diff_options *options,
                                                      const struct delta_value *states[2],
                                                      struct delta_err *err);

/* The record that sets the members of the object `changes` and removes those that the strings of
 * the array `removed_keys` name, for a program that knows what it changed and has no states; NULL
 * is none of them. It has no digests: its base is any object that has the removed keys. Of
 * `options` (NULL: none) only timestamp, key, metadata and position count. Shares the arguments.
 * NULL on failure: DELTA_ERR_USAGE for values of other types, and for a key that is given twice,
 * DELTA_ERR_MEMORY. O(members log members). */
DELTA_API const struct delta_record *
delta_record_from_changes(struct delta_arena *arena, const struct delta_value *changes,
                          const struct delta_value *removed_keys,
                          const struct delta_diff_options *options, struct delta_err *err);

struct delta_apply_options {
    bool any_base;     /* do not check the base; a target that then differs is not an error */
    bool reverse;      /* go back, from the new state to the old */
    uint64_t max_size; /* bytes of the result; 0: as many as the record was read with */
};

/* The state that the record makes of `base` (NULL: none, for full records), in `arena`; it shares
 * both. Checked: the base's digest before, the result's after, where the record has them.
 * `*as_promised` (NULL is allowed) says whether the result has the record's target digest. Fails
 * with DELTA_ERR_BASE for another base, DELTA_ERR_APPLIED when the base is the result already,
 * DELTA_ERR_REMOVED when the base fits and the record leads to no state, DELTA_ERR_DAMAGED,
 * DELTA_ERR_LIMIT. O(patch + members on the way), or O(state) for the other
 * strategies. */
DELTA_API const struct delta_value *delta_apply(struct delta_arena *arena,
                                                const struct delta_record *record,
                                                const struct delta_value *base,
                                                const struct delta_apply_options *options,
                                                bool *as_promised, struct delta_err *err);

/* The format of a record. */
struct delta_record_format {
    bool packed;     /* else one line of JSON */
    int level;       /* packed: zstd, 1 to 22; 0: 9 */
    bool standalone; /* packed: self-contained */
};

/* Appends the record, JSON with its newline. `base` is the state it was made from, or NULL: then a
 * packed patch is self-contained, and a record that requires its base cannot be written as JSON
 * (DELTA_ERR_USAGE). Equal records and formats give equal bytes. */
DELTA_API int delta_record_write(const struct delta_record *record, const struct delta_value *base,
                                 const struct delta_record_format *format, struct delta_buf *buf,
                                 struct delta_err *err);

/* Reads the record at `*offset` of a stream, of either format, recognised by its first bytes, and
 * moves the offset behind it. NULL at the end, with err->code still DELTA_OK, and on failure.
 * `bytes` must be followed by 64 zero bytes, as those of delta_read_bytes are, and outlive the
 * record. What is packed in it, and what is made of it later, may have `max_size` bytes (0: 4 GiB).
 * `name` appears in errors.
 * Checks the checksum; digests are checked by delta_apply. Passes over export headers of histories
 * (delta_export_header_read). */
DELTA_API const struct delta_record *delta_record_read(struct delta_arena *arena, const char *bytes,
                                                       size_t length, size_t *offset,
                                                       uint64_t max_size, const char *name,
                                                       struct delta_err *err);

/* Reads a stream of records, of either format, from bytes that arrive in pieces of any size. */
struct delta_record_reader;
struct delta_export_header;

struct delta_record_reader_options {
    const char *name;  /* in errors; must stay; NULL: none */
    uint64_t max_size; /* of what is packed in a record and made of it; 0: 4 GiB */
    bool lines;        /* JSON records are one a line; otherwise they may span lines or share one,
                          and the stream may be one bare BSDIFF40 patch */
};

/* `options` NULL is the default for each. NULL for want of memory. */
DELTA_API struct delta_record_reader *
delta_record_reader_new(const struct delta_record_reader_options *options, struct delta_err *err);

/* Frees the reader; records that it returned stay. NULL is allowed. */
DELTA_API void delta_record_reader_free(struct delta_record_reader *reader);

/* Appends a copy of bytes that arrived. Fails only for want of memory. */
DELTA_API int delta_record_reader_feed(struct delta_record_reader *reader, const void *bytes,
                                       size_t length, struct delta_err *err);

/* Says that no more bytes will arrive: what is left is the last record, or truncated. */
DELTA_API void delta_record_reader_end(struct delta_record_reader *reader);

/* The next record, in `arena`, as soon as all of it was fed: 1. 0 when more bytes are needed, or
 * after the last record; -1 on failure, with the line. The header of an exported history is not a
 * record, and kept. Each record is read once; O(bytes), however small the pieces are. */
DELTA_API int delta_record_reader_next(struct delta_record_reader *reader,
                                       struct delta_arena *arena,
                                       const struct delta_record **record, struct delta_err *err);

/* The header of the exported history that was read last, the reader's; NULL when there was none. */
DELTA_API const struct delta_export_header *
delta_record_reader_header(const struct delta_record_reader *reader);

/* Puts the place of the record returned last into an error that was met with it: name and line. */
DELTA_API void delta_record_reader_place(const struct delta_record_reader *reader,
                                         struct delta_err *err);

/* What is known about a record without its base. */
struct delta_record_info {
    enum delta_strategy strategy;
    bool has_timestamp, has_base, has_target;
    bool requires_base;            /* can be shown or merged only with its base */
    bool masked;                   /* some values are left out: it cannot be applied */
    bool reversible;               /* includes a reverse patch */
    int64_t timestamp;             /* nanoseconds since 1970 */
    const struct delta_value *key; /* a string: which of many things it belongs to; NULL: none */
    struct delta_digest base, target;
    uint64_t original_size;       /* bytes of the new state's canonical form; 0 when unknown */
    uint64_t compressed_size;     /* bytes of the payload as carried */
    uint64_t set, removed, other; /* operations of a patch, where it is self-contained */
    const struct delta_value *metadata; /* an object, or NULL when there is none */
    const struct delta_value *source;   /* a string: where the target comes from; NULL: it has no
                                           position */
    uint64_t seq;                       /* its number there; 0 without a source */
    /* By enum delta_strategy: bytes of the payload, of the strategies that were tried when the
     * record was made; 0 for the others. */
    uint64_t tried[DELTA_NONE + 1];
};
DELTA_API void delta_record_info(const struct delta_record *record, struct delta_record_info *info);

/* The payload of a `binary`, `reference` or `compress` record, which keeps it: a BSDIFF40 patch, or
 * a zstd frame. NULL for the others. */
DELTA_API const char *delta_record_payload(const struct delta_record *record, size_t *length);

/* A `binary` record, without digests, around a bare BSDIFF40 patch, which must outlive it. It
 * applies to the canonical form of a state with or without a newline behind it, so that patches
 * which bsdiff(1) made of files serve too. */
DELTA_API const struct delta_record *delta_record_of_bsdiff(struct delta_arena *arena,
                                                            const char *patch, size_t length,
                                                            struct delta_err *err);

/* ---- The changes of a record -----------------------------------------------------------------
 */

enum delta_change_kind {
    DELTA_CHANGE_ADD,     /* `new_value` was added */
    DELTA_CHANGE_REMOVE,  /* `old_value` was removed */
    DELTA_CHANGE_REPLACE, /* `old_value` was replaced by `new_value` */
    DELTA_CHANGE_MOVE,    /* a member got another key, or elements another index; moved elements
                             that also changed are reported again, as what changed in them */
};

/* "add", "remove", "change", "move". */
DELTA_API const char *delta_change_name(enum delta_change_kind kind);

/* The structural difference of two values. */
struct delta_patch;

/* One change. Valid until the visitor returns. */
struct delta_change {
    enum delta_change_kind kind;
    /* JSON Pointer to the place in the new state; of what was removed, the pointer to its container
     * there, and then its key or old index. */
    const char *pointer;
    size_t pointer_length;
    /* The pointer to the place in the old state; NULL for ADD. Of several elements that moved
     * together both pointers name the first, which has these indices, and `count` is their number;
     * 1 otherwise. */
    const char *old_pointer;
    size_t old_pointer_length;
    uint32_t count;
    uint32_t index, old_index; /* of elements that moved; else 0 */
    /* The members that identify the elements on the way, "id=7, name=x": the key that was given for
     * the array, else the one inferred where the base is known, else a usual name; empty when there
     * are none. */
    const char *label;
    size_t label_length;
    /* NULL where there is none, and where it is not known for want of a base, or of a reversible
     * record. */
    const struct delta_value *old_value;
    const struct delta_value *new_value;
    /* REPLACE of a string whose old value is not known: both values are NULL, and this is the
     * change of its text, else NULL; `old_text`, where the record is reversible, the change back.
     */
    const struct delta_patch *text, *old_text;
};

/* Called for each change. A result other than 0 ends the iteration. */
typedef int delta_change_visitor(void *context, const struct delta_change *change,
                                 struct delta_err *err);

/* The change iterator: calls `visit` for each change of the record, in the order of places: members
 * by canonical key order; elements by their new index, removed ones before what was added in their
 * place. An array or object that is replaced by another of its kind is reported as what changed in
 * it. A record of strategy `removed` is the removal of the root, and a full record without a base
 * its addition. `base` is the state that the record was made from, or NULL: then what only the base
 * knows is missing, a member that is set counts as replaced, and a record that requires its base or
 * carries no patch and no state is refused (DELTA_ERR_USAGE). DELTA_ERR_BASE for another base.
 * `filter` masks values and names the members for labels; NULL: none. Returns what `visit` returned
 * last, or -1. O(what changed), and O(elements) for each array with changes. */
DELTA_API int delta_changes_visit(const struct delta_record *record, const struct delta_value *base,
                                  const struct delta_filter *filter, delta_change_visitor *visit,
                                  void *context, struct delta_err *err);

enum delta_line_kind {
    DELTA_LINE_SAME,    /* of both texts, next to one that changed */
    DELTA_LINE_REMOVED, /* of the old text */
    DELTA_LINE_ADDED,   /* of the new text */
};

/* A line of a string that changed. */
struct delta_line {
    enum delta_line_kind kind;
    const char *text; /* without its line feed; not terminated */
    size_t length;
    bool ended;      /* it has a line feed: false for a text's last line at most */
    uint64_t number; /* in the new text, from 1; of a removed line that of the next one there */
    bool after_gap;  /* lines are left out before it */
    /* It and the line that replaces it, or that it replaces, are the same in Unicode Normalization
     * Form C, so that they look alike. */
    bool forms_differ;
};

/* Called for each line. A result other than 0 ends the iteration, and is returned. */
typedef int delta_line_visitor(void *context, const struct delta_line *line, struct delta_err *err);

/* Calls `visit` for the lines in which two strings differ, in order, removed ones before those that
 * were added in their place, with two lines around each change. -1 on failure: DELTA_ERR_USAGE for
 * values that are not strings. O(n log n). */
DELTA_API int delta_lines_visit(const struct delta_value *old_text,
                                const struct delta_value *new_text, delta_line_visitor *visit,
                                void *context, struct delta_err *err);

/* Appends text made safe to show: what cannot be seen, steers a terminal or turns the direction of
 * writing is escaped as JSON would escape it, and bytes that are not UTF-8 become U+FFFD. Failure
 * shows in buf->failed. O(length). */
DELTA_API void delta_visible_write(const char *text, size_t length, struct delta_buf *buf);

/* ---- The algebra of records -------------------------------------------------------------------
 */

/* Many records, in order, becoming one that does what all of them do. Patches are joined without
 * their base; a full record absorbs what follows it; records that carry bytes or require their base
 * need the base. Memory is bounded by the result, not by what was added. */
struct delta_squash;

/* `base` is the first record's, and must outlive the squash; NULL: not known. NULL when there is no
 * memory. */
DELTA_API struct delta_squash *delta_squash_new(const struct delta_value *base,
                                                struct delta_err *err);
DELTA_API void delta_squash_free(struct delta_squash *squash);

/* Adds the next record. `arena`, in which the record and its bytes are, is the squash's from now
 * on, also on failure. `name` is what errors call it (NULL: "record 7"). Fails with DELTA_ERR_JOIN
 * where the digests, or the changes, of this record and the one before do not follow one another,
 * or their keys differ, naming both; with DELTA_ERR_USAGE where the base is needed;
 * DELTA_ERR_UNSUPPORTED for a masked record. After a failure the squash is good for freeing only.
 * Amortised O(patch * log records). */
DELTA_API int delta_squash_add(struct delta_squash *squash, struct delta_arena *arena,
                               const struct delta_record *record, const char *name,
                               struct delta_err *err);

/* The record that does it all, in `arena`: the key of all, the first one's base, the last one's
 * target, position and timestamp, the metadata of all, later keys winning; reversible when all
 * were and the strategy is `dict`. `options` say how it is made where the states are known (NULL:
 * as by default); its timestamp, metadata and position are ignored. NULL on failure:
 * DELTA_ERR_USAGE when nothing was added. */
DELTA_API const struct delta_record *delta_squash_close(struct delta_squash *squash,
                                                        struct delta_arena *arena,
                                                        const struct delta_diff_options *options,
                                                        struct delta_err *err);

/* The reverse patch as a record of its own, from target to base; it has no position. Shares
 * `record`, which must be reversible, else DELTA_ERR_UNSUPPORTED; `base` (NULL: none) is needed
 * where the record requires it. O(1) or O(patch). */
DELTA_API const struct delta_record *delta_record_invert(struct delta_arena *arena,
                                                         const struct delta_record *record,
                                                         const struct delta_value *base,
                                                         struct delta_err *err);

/* Two records of patches with one base to one that does both, without a position; shares both.
 * `base` may be NULL: the result has then no target digest, and values that both change are merged
 * only as far as the patches show what was there. The conflicts that remain are stored in
 * `*conflicts` (delta_merge). Fails with DELTA_ERR_JOIN when their bases or keys differ. */
struct delta_merge_options;
struct delta_conflicts;
DELTA_API const struct delta_record *
delta_record_concurrent(struct delta_arena *arena, const struct delta_record *ours,
                        const struct delta_record *theirs, const struct delta_value *base,
                        const struct delta_merge_options *options,
                        struct delta_conflicts *conflicts, struct delta_err *err);

/* The same record with another timestamp (NULL: its own) and metadata added (NULL: none). */
DELTA_API const struct delta_record *delta_record_amend(struct delta_arena *arena,
                                                        const struct delta_record *record,
                                                        const int64_t *timestamp,
                                                        const struct delta_value *metadata,
                                                        struct delta_err *err);

/* ---- Merging --------------------------------------------------------------------------------- */

/* How two sides' different changes to one thing are settled. */
enum delta_prefer {
    DELTA_PREFER_NONE,   /* not at all: the conflict is reported, the result has ours */
    DELTA_PREFER_OURS,   /* the result has ours */
    DELTA_PREFER_THEIRS, /* the result has theirs */
    DELTA_PREFER_UNION,  /* the result has both, ours first, where that is possible: elements of
                            arrays, lines of strings; the change, where one side changed and the
                            other removed a value; else as DELTA_PREFER_NONE */
};

/* The kinds of conflict. Of two words the first is what ours did, the second what theirs did. */
enum delta_conflict_kind {
    DELTA_CONFLICT_CHANGED,         /* both changed one value, differently */
    DELTA_CONFLICT_ADDED,           /* both added a member or element, with different values */
    DELTA_CONFLICT_CHANGED_REMOVED, /* changed, removed */
    DELTA_CONFLICT_REMOVED_CHANGED,
    DELTA_CONFLICT_GAP,   /* both changed what is between two elements of an array */
    DELTA_CONFLICT_MOVED, /* both moved one element, to different positions */
    DELTA_CONFLICT_MOVED_REMOVED,
    DELTA_CONFLICT_REMOVED_MOVED,
    DELTA_CONFLICT_UNCERTAIN, /* the elements of an array can be matched in two ways, and the
                                 results differ */
};

/* "changed", "changed/removed", … */
DELTA_API const char *delta_conflict_name(enum delta_conflict_kind kind);

/* Elements [start, start + count) of an array. */
struct delta_span {
    size_t start, count;
};

/* One conflict that remains. */
struct delta_conflict {
    const char *pointer; /* JSON Pointer into the base; of a hunk, to its first element */
    size_t pointer_length;
    enum delta_conflict_kind kind;
    const char *label; /* what identifies the element, `key=value`; NULL: nothing, or none */
    /* The values in conflict, of a hunk an array of its elements; NULL where a value is absent, or
     * unknown because there is no base. */
    const struct delta_value *base, *ours, *theirs;
    /* Of a conflict in an array: its elements in that array of each state. Where one has none
     * there, `count` is 0 and `start` is where they would be. All zero elsewhere. */
    struct delta_span base_span, ours_span, theirs_span;
};

struct delta_conflicts {
    const struct delta_conflict *list;
    size_t count;
};

/* Conflicts at the paths that `pattern` matches, and below, are resolved in favour of `side`. */
struct delta_prefer_at {
    const char *pattern;
    enum delta_prefer side;
};

struct delta_merge_options {
    enum delta_prefer prefer;
    const struct delta_prefer_at *prefer_at; /* instead of that; the nearest place above decides */
    size_t prefer_at_count;
    const struct delta_array_key *keys;
    size_t key_count;
    struct delta_pointers unordered; /* arrays whose order does not count */
    bool numeric;                    /* numbers count by their exact decimal value */
    /* Numbers within these bounds of the base's have not changed: the base's stay. Of two that both
     * sides changed, and that are within the bound of one another, the result has ours. */
    const struct delta_tolerance *tolerances;
    size_t tolerance_count;
};

/* The three-way merge of states, in `arena`; it shares all three, which must outlive it. The
 * conflicts that remain are stored in `*conflicts`, in the arena; the result has ours there.
 * NULL on failure: DELTA_ERR_USAGE for a key's pointer that is none, DELTA_ERR_MEMORY,
 * DELTA_ERR_LIMIT. Equal when the sides are exchanged and nothing conflicts. Costs two diffs. */
DELTA_API const struct delta_value *
delta_merge(struct delta_arena *arena, const struct delta_value *base,
            const struct delta_value *ours, const struct delta_value *theirs,
            const struct delta_merge_options *options, struct delta_conflicts *conflicts,
            struct delta_err *err);

/* Appends the conflicts as a JSON array: objects with `pointer`, `kind`, `base`, `ours`, `theirs`,
 * of which those that are NULL are left out. Fails only for want of memory. */
DELTA_API int delta_conflicts_write(const struct delta_conflicts *conflicts, struct delta_buf *buf,
                                    struct delta_err *err);

/* ---- Histories ------------------------------------------------------------------------------- */

/* One file that holds every state of one thing (delta-history(5)); each has an index, from 0. Many
 * processes may read and add at once. */
struct delta_history;

enum delta_history_mode {
    DELTA_HISTORY_READ,
    DELTA_HISTORY_WRITE, /* the file must be there */
    DELTA_HISTORY_ADD,   /* it is made when it is missing, by the first flush */
};

/* What happens when a state would be further from its keyframe than the limit. */
enum delta_on_limit {
    DELTA_LIMIT_KEYFRAME,   /* a new keyframe is stored; nothing is lost */
    DELTA_LIMIT_REBASELINE, /* the new state becomes index 0; all before it are dropped */
    DELTA_LIMIT_MERGE,      /* the records since the keyframe become one; the states between go */
};

/* How a history stores what is added; zero is the default for each. */
struct delta_history_options {
    enum delta_strategy strategy;
    int level;                 /* zstd, 1 to 22; 0: 9 */
    uint32_t max_chain_length; /* most records between a state and its keyframe, up to 65535; 0: as
                                  many as keep reading fast */
    enum delta_on_limit on_limit;
};

/* "keyframe", "rebaseline", "merge". */
DELTA_API const char *delta_on_limit_name(enum delta_on_limit on_limit);

/* Opens a history. Readers see it as it is at this moment. NULL on failure: DELTA_ERR_DAMAGED when
 * the file is not a history, DELTA_ERR_UNSUPPORTED when it is of a newer version. O(1). Close it,
 * NULL is allowed; closing drops what was not flushed. */
DELTA_API struct delta_history *delta_history_open(const char *path, enum delta_history_mode mode,
                                                   struct delta_err *err);
DELTA_API void delta_history_close(struct delta_history *history);

/* Makes a new, empty history with these options, durably; fails with DELTA_ERR_USAGE when the file
 * is there and not empty. */
DELTA_API int delta_history_init(const char *path, const struct delta_history_options *options,
                                 struct delta_err *err);

DELTA_API void delta_history_options(const struct delta_history *history,
                                     struct delta_history_options *options);

/* What a history knows besides its states, so that an export can hold it all: one line before the
 * records. */
struct delta_export_header {
    struct delta_history_options how;
    uint64_t rebaselines, prunes, optimizations; /* rewrites; the last: by squash and compact */
    uint64_t dropped_states;                     /* by any rewrite */
    uint64_t dropped_set, dropped_removed; /* keys set and removed by records that are gone, less
                                              what those that replaced them say; modulo 2^64 */
    const struct delta_value *names;       /* of states: an object of indices; NULL: none */
};

/* Without the names (delta_history_names). False when it is damaged. O(1). */
DELTA_API bool delta_history_export_header(const struct delta_history *history,
                                           struct delta_export_header *export_header);

/* Appends the line, with its newline. Fails only for want of memory. */
DELTA_API int delta_export_header_write(const struct delta_export_header *export_header,
                                        struct delta_buf *buf, struct delta_err *err);

/* 1 when the text is such a line, 0 when it is some other JSON value, -1 when it is damaged, of a
 * newer version (DELTA_ERR_UNSUPPORTED), or no JSON. The names live in the arena. */
DELTA_API int delta_export_header_read(struct delta_arena *arena, const char *text, size_t length,
                                       struct delta_export_header *export_header,
                                       struct delta_err *err);

/* Makes a history like delta_history_init, with these options and counters, without the names: 1; 0
 * when the file is there and not empty, and left as it is. What is added next should `keep_all`. */
DELTA_API int delta_history_restore(const char *path,
                                    const struct delta_export_header *export_header,
                                    struct delta_err *err);

/* How many states there are, those that were added and not yet flushed included. Bytes at the end
 * of the file that no whole frame follows are passed over, see delta_history_check_end. */
DELTA_API uint32_t delta_history_count(const struct delta_history *history);

/* Stores in `*torn` (NULL is allowed) how many bytes at the end of the file are passed over: those
 * of a write that was not finished, or damaged ones, which cannot be distinguished. The next write
 * makes them void, and erases nothing. Fails with DELTA_ERR_DAMAGED, naming them, when they are not
 * plainly the beginning of a write. Rewrites, which would drop them, are then refused. */
DELTA_API int delta_history_check_end(const struct delta_history *history, uint64_t *torn,
                                      struct delta_err *err);

/* From now on no state of more than `max_size` bytes (of canonical form) is read; 0, the default: 4
 * GiB. What would unpack to more fails with DELTA_ERR_LIMIT before it is unpacked; a block of
 * states that `compact` made may have 66 times that, and 4 MiB. */
DELTA_API void delta_history_set_max_size(struct delta_history *history, uint64_t max_size);

/* The state at `index`, in `arena`. Checked against its digest (in a block that `compact` made: by
 * the block's checksum). NULL with DELTA_ERR_USAGE when there is no such index, DELTA_ERR_DAMAGED
 * when it cannot be rebuilt any more, or a frame between it and the tip does not follow the one
 * before. O(keyframe + records since, + the state), and the heads of the frames since, once: 80 ns
 * each. */
DELTA_API const struct delta_value *delta_history_get(struct delta_history *history,
                                                      struct delta_arena *arena, uint32_t index,
                                                      struct delta_err *err);

enum delta_entry_kind {
    DELTA_ENTRY_KEYFRAME, /* whole */
    DELTA_ENTRY_RECORD,   /* as what changed since the one before */
    DELTA_ENTRY_BLOCK,    /* together with others, by compact */
};

/* What is known about one state. */
struct delta_history_entry {
    uint32_t index;
    enum delta_entry_kind kind;
    enum delta_strategy strategy; /* of a record, else DELTA_AUTO */
    bool rebaseable;              /* there is a keyframe here too */
    uint32_t chain;               /* records between it and its keyframe */
    int64_t time;                 /* nanoseconds since 1970 */
    struct delta_digest digest;
    uint64_t size;                      /* bytes of its canonical form */
    uint64_t stored;                    /* bytes of the frame that holds it; 0 in a block */
    uint64_t set, removed;              /* keys set and removed since the state before */
    bool uncounted;                     /* these two are unknown */
    const char *damage;                 /* what is damaged and can be done without, or NULL */
    const struct delta_value *metadata; /* an object, or NULL */
    const struct delta_value *value;    /* the state; NULL when it was not asked for */
    uint64_t serial;                    /* from 1, rising; stays when indices move */
    const char *source; /* where the state came from, not terminated; NULL: no position */
    size_t source_length;
    uint64_t seq; /* its number there */
    bool ended;   /* the thing ended: the state is the one before */
};

/* An iterator over the states from `first` to `last`, in order; `with_states` rebuilds each. NULL
 * on failure. */
struct delta_history_iterator;
DELTA_API struct delta_history_iterator *delta_history_iterator_new(struct delta_history *history,
                                                                    uint32_t first, uint32_t last,
                                                                    bool with_states,
                                                                    struct delta_err *err);

/* The next one: 1; 0 after the last; -1 when it cannot be read (DELTA_ERR_DAMAGED; entry->index is
 * set): the iteration may go on, after err was zeroed. The entry's parts live until the next call
 * but one. */
DELTA_API int delta_history_iterator_next(struct delta_history_iterator *iterator,
                                          struct delta_history_entry *entry, struct delta_err *err);
DELTA_API void delta_history_iterator_free(struct delta_history_iterator *iterator);

/* How a state is added; zero is the default for each. */
struct delta_history_note {
    int64_t time;                       /* nanoseconds since 1970 */
    const struct delta_value *metadata; /* an object, or NULL */
    bool skip_equal;                    /* not when it equals the tip, */
    const struct delta_filter *filter;  /* in what counts; NULL: everything does */
    bool keep_all;                      /* at the longest chain store a keyframe, whatever the
                                           options say */
    bool has_expected;                  /* only when the tip has this digest */
    struct delta_digest expected;       /* (all zeros: when there is no state yet) */
    const char *source;                 /* where the state comes from, UTF-8; NULL: no position */
    size_t source_length;
    uint64_t seq;  /* its number there: what is not above the highest is not added again */
    bool dense;    /* a number that does not follow the highest is a gap */
    bool has_base; /* with a position: made from the state with this digest (all zeros: */
    struct delta_digest base; /* from none): the tip, or one behind which only its source's are */
    bool ended;               /* the thing ended; the value is not looked at and may be NULL */
};

/* What became of a state. */
enum delta_added {
    DELTA_ADD_EQUAL = 0, /* skipped: it equals the tip; or it ends what has no state or has ended */
    DELTA_ADDED = 1,
    DELTA_ADD_KNOWN = 2, /* its position, with this state, is there already */
    DELTA_ADD_OLDER =
        3, /* its position is below the highest, and no state is kept to compare with */
};

/* Adds a state: enum delta_added, or -1 on failure (DELTA_ERR_BASE when the tip is not the
 * expected one, DELTA_ERR_FORK when another state has its position, DELTA_ERR_GAP; the history's
 * own source has no gaps, see delta_history_source). Nothing is promised before
 * delta_history_flush. Waits for other writers with the first state after opening or a flush, and
 * holds them off until the next flush. `value` must live until the next state was added, or the
 * history is closed. O(diff). */
DELTA_API int delta_history_add(struct delta_history *history, const struct delta_value *value,
                                const struct delta_history_note *note, struct delta_err *err);

/* Adds the state that a record makes, as delta_history_add does, with what the record says: its
 * time, metadata and position; of the note its time serves where the record has none, and
 * `keep_all`, `dense` and the expected tip count. It is made of the tip; of a record with a
 * position and another base, of what it may follow: an earlier state behind which only states of
 * its source are, as when states were dropped where it comes from. A record without a position is
 * added as it is: delta_replay finds out whether it is known.
 *
 * `arena`, which must hold the record, becomes the history's if DELTA_ADDED is returned, and lives
 * at least until the next call for the history; otherwise it stays the caller's. States share with
 * those that they are made of, so a value that was given to delta_history_add must live until that
 * is called again, or the history is closed.
 *
 * `*tip` gets the digest of the last state then (all zeros: there is none). Fails like
 * delta_history_add and delta_apply; a failure that names no file is the record's. A file that is
 * missing is made only with a state. O(diff), with another base O(states). */
DELTA_API int delta_history_add_record(struct delta_history *history, struct delta_arena *arena,
                                       const struct delta_record *record,
                                       const struct delta_history_note *note,
                                       struct delta_digest *tip, struct delta_err *err);

/* What delta_history_add would say of a state with the position of `note` and this digest, as far
 * as the history is known now: enum delta_added, DELTA_ADDED for one that is new, or -1
 * (DELTA_ERR_FORK, DELTA_ERR_GAP). Without `digest` (NULL) a position that is not above the highest
 * is known. O(states) the first time, then O(log states). */
DELTA_API int delta_history_judge(struct delta_history *history,
                                  const struct delta_history_note *note,
                                  const struct delta_digest *digest, struct delta_err *err);

/* A comparison of records without positions with the steps of a history, which lead from each of
 * its states to the next: which records it has already. A record equals a step by base, target and
 * timestamp; a first one without a base, of a whole export, by target and timestamp. If the first
 * records equal steps that end at the tip, these are known and the rest is new; else the first one
 * must start at the tip, or all must equal steps that follow one another. */
struct delta_replay;

/* A comparison with the history as it is when the first record is compared; nothing may be pending
 * then. Free it before the history is closed. NULL on failure. */
DELTA_API struct delta_replay *delta_replay_new(struct delta_history *history,
                                                struct delta_err *err);

/* What a record turns out to be. */
enum delta_replayed {
    DELTA_REPLAY_KNOWN,  /* not new, nor are those before it */
    DELTA_REPLAY_UNSURE, /* known or new: a later one decides it */
    DELTA_REPLAY_NEW,    /* new, as are those that are unsure, and all that follow */
};

/* What the next record is: enum delta_replayed, or -1 on failure: DELTA_ERR_FORK where some before
 * it are known and it is not what follows them. The first one costs O(1) if it starts at the tip
 * and is later, else O(states), as do those after it. */
DELTA_API int delta_replay_next(struct delta_replay *replay, const struct delta_record_info *info,
                                struct delta_err *err);

/* Says that no record follows: DELTA_REPLAY_KNOWN if those that are unsure are known, else
 * DELTA_REPLAY_NEW. */
DELTA_API int delta_replay_end(struct delta_replay *replay);

/* How many records are known; `*first` is the index of the state that the first one leads to. */
DELTA_API uint32_t delta_replay_known(const struct delta_replay *replay, uint32_t *first);
DELTA_API void delta_replay_free(struct delta_replay *replay);

/* The source of the states that were given no position: 16 hex digits, random, for life; with it
 * their serial numbers are positions. Empty while there is no file, or where the options are
 * corrupt. The history's. */
DELTA_API const char *delta_history_source(const struct delta_history *history);

/* Writes what was added; on success all of it is on the disk. After a failure the history is good
 * for closing only, and what was not flushed is void, where that could still be written. */
DELTA_API int delta_history_flush(struct delta_history *history, struct delta_err *err);

/* True when the states added since the last flush are worth writing now. */
DELTA_API bool delta_history_wants_flush(const struct delta_history *history);

struct delta_history_metrics {
    uint32_t states;
    uint32_t chain_length; /* records since the last keyframe */
    uint32_t keyframes, records, blocks;
    uint64_t rebaseline_count, prune_count;
    uint64_t optimization_count;            /* by squash and compact */
    uint64_t dropped_states;                /* by any rewrite, ever */
    uint64_t total_changes, total_removals; /* keys set and removed, ever */
    uint64_t states_size;                   /* bytes of all canonical forms */
    uint64_t keyframes_size, records_size, blocks_size, file_size; /* bytes of the file */
    int64_t first_time, last_time;                                 /* nanoseconds since 1970 */
};

/* O(states), reading no more of each than its head. */
DELTA_API int delta_history_metrics(struct delta_history *history,
                                    struct delta_history_metrics *metrics, struct delta_err *err);

/* Told of progress; not 0 stops with DELTA_ERR_USAGE. */
typedef int delta_history_progress(void *context, uint64_t done, uint64_t total);

/* Reads everything and holds it against checksums and digests. `report` is called with a clause for
 * each thing that is wrong; `state` is false when no state is named. Returns how many states are
 * lost plus other damage, or -1 when it could not be found out. */
typedef void delta_history_report(void *context, bool state, uint32_t index, const char *what);
DELTA_API int64_t delta_history_verify(struct delta_history *history, delta_history_report *report,
                                       delta_history_progress *progress, void *context,
                                       struct delta_err *err);

/* Searches all of the file, bytes included that readers pass over, void or invalid, and hands each
 * state that can still be proved by its digest to `visit`, in the order of the file; not 0 stops
 * with DELTA_ERR_USAGE. A state that was never acknowledged may be among them, but none that its
 * writer did not mean, and none twice because a write was made again. An entry's parts live until
 * the next call but one; `serial`, `set`, `removed` and `stored` are 0. `report` (NULL is allowed)
 * is called with a clause for each thing that is left out. Returns how many of these are damage,
 * not merely unfinished writes, or -1. O(states, each of them read twice). */
typedef int delta_history_salvaged(void *context, const struct delta_history_entry *entry);
DELTA_API int64_t delta_history_salvage(struct delta_history *history,
                                        delta_history_salvaged *visit, delta_history_report *report,
                                        void *context, struct delta_err *err);

/* Rewrites: the file is replaced, whole or not at all, after every state of the new one was read
 * back. The history must be open for writing, with nothing to be flushed, and shows the new file
 * afterwards. */

/* States that have a name, and the last one, stay in any rewrite but delta_history_clear.
 * DELTA_ERR_DAMAGED where the names cannot be read. */

/* The state at `first` becomes the first one that has no name; those before it are dropped. */
DELTA_API int delta_history_rebaseline(struct delta_history *history, uint32_t first,
                                       delta_history_progress *progress, void *context,
                                       struct delta_err *err);

/* The records after `first` up to `last` become one: the states between are dropped. */
DELTA_API int delta_history_squash(struct delta_history *history, uint32_t first, uint32_t last,
                                   delta_history_progress *progress, void *context,
                                   struct delta_err *err);

/* The same states in the fewest bytes. */
DELTA_API int delta_history_compact(struct delta_history *history, delta_history_progress *progress,
                                    void *context, struct delta_err *err);

/* Chooses what prune keeps: sets `keep`, which is false throughout, for some of `count` states of
 * these times (nanoseconds since 1970). -1 stops with the failure in `err`. */
typedef int delta_history_choose(void *context, const int64_t *times, uint32_t count, bool *keep,
                                 struct delta_err *err);

/* Drops all states but those that `choose` keeps, of the history as it is once it is locked. Does
 * nothing when that is none. */
DELTA_API int delta_history_prune(struct delta_history *history, delta_history_choose *choose,
                                  void *choose_context, delta_history_progress *progress,
                                  void *context, struct delta_err *err);

/* What delta_history_prune would keep, in `keep`, which has room for all states. */
DELTA_API int delta_history_prune_plan(struct delta_history *history, delta_history_choose *choose,
                                       void *context, bool *keep, struct delta_err *err);

/* No states and no names; options and counters stay. */
DELTA_API int delta_history_clear(struct delta_history *history, struct delta_err *err);

/* A name of a state. */
struct delta_history_name {
    const char *name;
    uint32_t index;
};

/* An index that no state has. */
#define DELTA_NO_STATE UINT32_MAX

/* The names, in order of the names; they live until the history is written or closed.
 * DELTA_ERR_DAMAGED where they cannot be read. O(states since they were written). */
DELTA_API int delta_history_names(struct delta_history *history,
                                  const struct delta_history_name **names, size_t *count,
                                  struct delta_err *err);

/* Gives states these names, each instead of the one that had it, and takes away those whose index
 * is DELTA_NO_STATE; on success all of it is on the disk. Fails with DELTA_ERR_USAGE for what
 * cannot be a name: `[A-Za-z_][A-Za-z0-9._-]*` up to 80 bytes, without `..` and not ending in a
 * dot, not `tip`, not six or more hexadecimal digits. The history must be open for writing, with
 * nothing to be flushed. */
DELTA_API int delta_history_set_names(struct delta_history *history,
                                      const struct delta_history_name *names, size_t count,
                                      struct delta_err *err);

/* The index that a revision names: N; a name; tip; tip~N; the beginning of a digest, six hex digits
 * or more of which one is a letter, or `digest:` and one or more (the highest index of that digest;
 * more than one digest that begins so is refused, naming some); or @TIME, the highest index at or
 * before a time. `time` turns TIME into nanoseconds since 1970, false where it is not valid; NULL:
 * there are no such revisions. Fails with DELTA_ERR_USAGE. O(1), of a digest or a time O(states).
 */
typedef bool delta_revision_time(const char *text, int64_t *nanoseconds);
DELTA_API int delta_history_revision(struct delta_history *history, const char *text,
                                     delta_revision_time *time, uint32_t *index,
                                     struct delta_err *err);

enum delta_range_kind {
    DELTA_RANGE_STATE,      /* not a range: one state, which `first` and `last` both are */
    DELTA_RANGE_AFTER,      /* A..B: the steps after the state `first`, up to `last` */
    DELTA_RANGE_FROM_START, /* ..B: the same, and the first state, at which `first` is */
};

/* The two indices of a range A..B; without B it ends at the tip. Fails as above, and where B is
 * before A. */
DELTA_API int delta_history_range(struct delta_history *history, const char *text,
                                  delta_revision_time *time, uint32_t *first, uint32_t *last,
                                  enum delta_range_kind *kind, struct delta_err *err);

/* A leaf of a state (a scalar, an empty array or object) and the state that set it last. */
struct delta_blame {
    const char *pointer; /* JSON Pointer in the state */
    size_t pointer_length;
    uint32_t index;
    int64_t time; /* of that state: nanoseconds since 1970 */
    const struct delta_value *value;
};

/* Called for each leaf, members in canonical order. A result other than 0 ends the iteration. All
 * that it is given is valid until it returns. */
typedef int delta_blame_visitor(void *context, const struct delta_blame *leaf,
                                struct delta_err *err);

/* Says for each leaf of the state at `index` which state set it last. Elements of arrays are known
 * by identity and keep their blame where they move; a member that gets another key is set by that.
 * Of `filter` (NULL: none) are used: `ignore` and `only`, the leaves that are visited;
 * `array_keys`, which identify elements; `numeric`, `embedded`, `tolerance` and `keys_only`: what
 * they leave out sets nothing, the value is still the one in the state; `mask`: what is at such a
 * place is one leaf with the value "***"; not `unordered`, for what moves keeps its blame. Returns
 * how many states before could not be read, what they set being attributed to the next one that
 * could; -1 on failure, also when the state itself cannot be read; or what `visit` returned. One
 * pass over the states up to `index`, O(what changed) each, with `tolerance` O(state); memory
 * O(state). */
DELTA_API int64_t delta_history_blame(struct delta_history *history, uint32_t index,
                                      const struct delta_filter *filter, delta_blame_visitor *visit,
                                      void *context, struct delta_err *err);

/* Appends the path, below a directory of histories of many things, of the history of the one that
 * has this key: `xx/NAME.history` (delta-history(5), FILES OF KEYS). Any bytes are a key. Different
 * keys have different paths, also where case is folded, as long as the key is in the path; of keys
 * whose name would be longer than 200 bytes it is not, only a hash, so that a key must be kept in
 * its history too and be compared. At most 211 bytes, without a NUL. Failure shows in buf->failed.
 * O(length). */
DELTA_API void delta_key_path_write(const void *key, size_t length, struct delta_buf *buf);

/* Appends the key whose history has this path: 1; 0 when the path has a hash in its place, and
 * nothing is appended. -1 on failure, with DELTA_ERR_USAGE for a path that delta_key_path_write
 * never makes. O(length). */
DELTA_API int delta_key_path_read(const char *path, size_t length, struct delta_buf *key,
                                  struct delta_err *err);

/* ---- Stores ---------------------------------------------------------------------------------- */

/* A directory of histories, one for each key, at delta_key_path_write's path; and its description,
 * a JSON object, in `.delta-store` (delta-history(5), STORES). Many are written at once: one sync
 * for all of them. */
struct delta_store;

#define DELTA_STORE_CACHE SIZE_MAX /* bytes of what is kept in memory: the default, 64 MiB */
#define DELTA_STORE_KEY 65536      /* the longest key, in bytes */

/* Makes the directory, where there is none, and in it a description with the members of `settings`
 * (an object, or NULL; `format` is left out, so that it may be another store's description),
 * durably: 1; 0 when it is a store already, which stays as it is; -1 on failure. */
DELTA_API int delta_store_init(const char *path, const struct delta_value *settings,
                               struct delta_err *err);

/* Opens a store, which must be there: DELTA_ERR_UNSUPPORTED when it is of a newer version.
 * Histories that were written are kept in memory, without a descriptor, as far as `cache` bytes
 * reach. Close it, NULL too. O(1). */
DELTA_API struct delta_store *delta_store_open(const char *path, size_t cache,
                                               struct delta_err *err);
DELTA_API void delta_store_close(struct delta_store *store);

/* The description, an object, with its `format`. The store's. */
DELTA_API const struct delta_value *delta_store_about(const struct delta_store *store);

/* Opens the history of a key, any bytes; the caller closes it, before or after the store. Makes the
 * directory that it is in when `mode` is DELTA_HISTORY_ADD. DELTA_ERR_USAGE when the file is that
 * of another key, which a long key can be made to have, or is or passes a symbolic link. */
DELTA_API struct delta_history *delta_store_history(struct delta_store *store, const void *key,
                                                    size_t length, enum delta_history_mode mode,
                                                    struct delta_err *err);

/* The key that is in a history: of those whose path does not hold it. NULL: none. The history's. */
DELTA_API const char *delta_history_key(const struct delta_history *history, size_t *length);

/* From now on no larger states are read, see delta_history_set_max_size, nor made by records. */
DELTA_API void delta_store_set_max_size(struct delta_store *store, uint64_t max_size);

/* Queues a state of a key, as for delta_history_add. The arena, which must hold the value and what
 * the note points to, or nothing else may (it may be NULL then), becomes the store's in any case.
 * `number` is for the report: a line. O(1); the state is added by delta_store_flush. */
DELTA_API int delta_store_add(struct delta_store *store, const void *key, size_t length,
                              struct delta_arena *arena, const struct delta_value *value,
                              const struct delta_history_note *note, uint64_t number,
                              struct delta_err *err);

/* Queues a record of a key, whose state is added as by delta_history_add_record. One without a
 * position is known where records of one flush, from the first of its key on, equal steps that end
 * at the tip, or are steps that follow one another, by base, target and time. `arena` and `number`
 * as for delta_store_add; the record is in the arena, in which its state is made. */
DELTA_API int delta_store_add_record(struct delta_store *store, const void *key, size_t length,
                                     struct delta_arena *arena, const struct delta_record *record,
                                     const struct delta_history_note *note, uint64_t number,
                                     struct delta_err *err);

/* True when so much is queued that delta_store_flush must be called before more is. */
DELTA_API bool delta_store_wants_flush(const struct delta_store *store);

/* What became of a state. All of it lives until the report returns. */
struct delta_store_result {
    const char *key; /* not terminated */
    size_t key_length;
    uint64_t number; /* as it was queued */
    enum delta_added added;
    uint32_t index; /* of the history's last state after it */
    bool has_digest, has_seq;
    struct delta_digest digest;      /* of the state, not of an end */
    uint64_t seq;                    /* its position */
    const struct delta_err *refused; /* why it was not added, nor those of its key behind it: then
                                        nothing else is set but key and number; else NULL */
};
typedef int delta_store_report(void *context, const struct delta_store_result *result);

/* Adds what is queued, makes all of it durable, and then calls `report` (NULL is allowed) for each
 * state, in the order in which they were queued. The histories are locked in the order of their
 * keys. Of a key of which a state is refused (DELTA_ERR_FORK and others of delta_history_add), that
 * is reported and those behind it are left out; those of other keys are added and reported, and the
 * result is -1 with the first refusal. When something could not be written nothing is reported,
 * though some may be in the files. Not 0 from `report` ends the reports, and is returned. O(what is
 * queued), and where histories are not in memory, of reading their last states. */
DELTA_API int delta_store_flush(struct delta_store *store, delta_store_report *report,
                                void *context, struct delta_err *err);

/* Calls `visit` for each key that has a history with something in it, in the order of their paths;
 * `key` is NULL for a long key that is lost, of which `why` names the file. Not 0 ends it, and is
 * returned; -1 on failure. O(keys), memory O(keys / 256). */
typedef int delta_store_visit(void *context, const char *key, size_t length,
                              const struct delta_err *why);
DELTA_API int delta_store_keys(struct delta_store *store, delta_store_visit *visit, void *context,
                               struct delta_err *err);

/* ---- Formats --------------------------------------------------------------------------------- */

/* How text for people looks. */
struct delta_text_options {
    size_t width; /* columns to which values are shortened; 0: they are whole */
    bool color;   /* for an ANSI terminal */
    const struct delta_filter *filter; /* masks and array keys; NULL: none */
    unsigned indent;                   /* spaces before each line; not of delta_stat_write */
    bool changes_only;                 /* without the line that counts */
};

/* Appends what the record changes, one change a line, first column `+`, `-`, `~` or `>`, and a line
 * that counts them; nothing for an empty record. `base` is the state it was made from, or NULL:
 * then what only the base knows is left out, and a record that requires its base or carries bytes
 * of a difference is refused (DELTA_ERR_USAGE). DELTA_ERR_BASE for another base. */
DELTA_API int delta_text_write(const struct delta_record *record, const struct delta_value *base,
                               const struct delta_text_options *options, struct delta_buf *buf,
                               struct delta_err *err);

/* Appends a line for each top-level path that changes, with a bar, like `git diff --stat`; options
 * and failures as above (a width of 0 is 80). */
DELTA_API int delta_stat_write(const struct delta_record *record, const struct delta_value *base,
                               const struct delta_text_options *options, struct delta_buf *buf,
                               struct delta_err *err);

/* Appends the record as a JSON Patch (RFC 6902), one line without its newline, with `move` where it
 * is one; `test` puts a guarding operation before each that replaces, moves or removes. Needs the
 * base; DELTA_ERR_UNSUPPORTED for a masked record. */
DELTA_API int delta_json_patch_write(const struct delta_record *record,
                                     const struct delta_value *base, bool test,
                                     struct delta_buf *buf, struct delta_err *err);

/* The state that a JSON Patch makes of `base`; shares both. NULL on failure, which names the
 * operation by its index from 0: DELTA_ERR_BASE where one does not fit (a `test` that fails too),
 * DELTA_ERR_DAMAGED where it is none, DELTA_ERR_LIMIT where the result would be too large or deep,
 * or where containers are copied or tested between changes within them so often that more than 8
 * million elements and members, and 4 for each byte of base and operations, would have to be
 * copied: about 256 MiB. Near linear in operations and base. */
DELTA_API const struct delta_value *delta_json_patch_apply(struct delta_arena *arena,
                                                           const struct delta_value *base,
                                                           const struct delta_value *operations,
                                                           struct delta_err *err);

/* Appends the record as a merge patch (RFC 7396), one line without its newline. Needs the base.
 * DELTA_ERR_UNSUPPORTED, with the pointer, where a null is set, and for a masked record. */
DELTA_API int delta_merge_patch_write(const struct delta_record *record,
                                      const struct delta_value *base, struct delta_buf *buf,
                                      struct delta_err *err);

/* The state that a merge patch makes of `base`; shares both. NULL for want of memory or with
 * DELTA_ERR_LIMIT: every value is a merge patch that fits any base. */
DELTA_API const struct delta_value *delta_merge_patch_apply(struct delta_arena *arena,
                                                            const struct delta_value *base,
                                                            const struct delta_value *patch,
                                                            struct delta_err *err);

#ifdef __cplusplus
}
#endif
#endif
