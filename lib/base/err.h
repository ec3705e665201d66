/* Failures: code, place, text. The first cause wins. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "delta.h"

/* For what fails: the code that leads to it is placed apart from the code that runs, of which a
 * short command then pages in less. */
#define ERR_COLD __attribute__((cold))

/* Records a failure unless one is recorded already. Always returns -1, so that a caller can write
 * `return err_set(err, …)`. `err` may be NULL. */
int err_set(struct delta_err *err, enum delta_code code, const char *format, ...)
    DELTA_PRINTF(3, 4) ERR_COLD;

/* The same for a failed system call: keeps errno, and appends its text after ": ". */
int err_system(struct delta_err *err, const char *format, ...) DELTA_PRINTF(2, 3) ERR_COLD;

/* No memory. Returns -1. */
int err_memory(struct delta_err *err) ERR_COLD;

/* For stored bytes that failed with `why` to be what they should be: that is damage, as `text`
 * says, unless memory ran out. Returns -1. */
int err_damage(struct delta_err *err, const struct delta_err *why, const char *text) ERR_COLD;

/* NULL, for a caller that returns a pointer: `return err_null(err_set(err, …))`. */
static inline void *err_null(int failed) {
    (void)failed;
    return NULL;
}

static inline void *err_no_memory(struct delta_err *err) {
    return err_null(err_memory(err));
}

/* Names the file of the failure just recorded, unless it has one. Returns -1. */
int err_in_file(struct delta_err *err, const char *file) ERR_COLD;

/* Names the place of the failure just recorded: line and column are counted from the text up to
 * `offset`, O(offset). Returns -1. */
int err_at_offset(struct delta_err *err, const char *text, size_t offset) ERR_COLD;

/* Names the value concerned, unless one is named already. `length` bytes, cut when too long.
 * Returns -1. */
int err_at_pointer(struct delta_err *err, const char *pointer, size_t length) ERR_COLD;

/* The pointer of a failure is made on the way out of a recursion: each level puts its step before
 * what is there. Escapes `~` and `/`. Returns -1. */
int err_under_key(struct delta_err *err, const char *key, size_t length) ERR_COLD;
int err_under_index(struct delta_err *err, uint64_t index) ERR_COLD;

#endif
