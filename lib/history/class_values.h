/* The values of the classes of a block (paths.h). A class has them as JSON; or, where that takes
 * fewer bytes, as a column: choices among few values, or numbers, each of a byte or some. */
#ifndef HISTORY_CLASS_VALUES_H
#define HISTORY_CLASS_VALUES_H

#include "base/buf.h"
#include "base/varint.h"
#include "codec/zstd_parts.h"
#include "json/value.h"

/* ---- Writing ---- */

/* Zero it first. */
struct class_values {
    struct delta_buf texts;                     /* JSON values, a comma between two */
    struct delta_buf heads;                     /* how the classes are that have columns, */
    struct delta_buf columns;                   /* and their bytes: formats below */
    struct zstd_parts text_parts, column_parts; /* where parts of these end */
    uint32_t count;                             /* classes with columns */
    uint32_t next;                              /* the class after the last of these */
};

/* Adds the values of a class, the next one that has any. O(values, compressed twice or more). */
int class_values_put(struct class_values *out, uint32_t class, const struct delta_value **values,
                     uint64_t count, struct delta_err *err);

void class_values_free(struct class_values *out);

/* ---- Reading ---- */

/* Takes the columns of `classes` classes, of which `counts` says how many values they have, off the
 * cursor, and makes all values, class by class, in the arena: those of the classes without columns
 * are the elements of `texts`, an array or NULL, as are the choices. *total is how many there are.
 * NULL with DELTA_ERR_DAMAGED or DELTA_ERR_MEMORY. O(values). */
const struct delta_value *class_values_get(struct delta_arena *arena, struct varint_cursor *cursor,
                                           const struct delta_value *texts, const uint64_t *counts,
                                           uint32_t classes, uint64_t *total,
                                           struct delta_err *err);

#endif
