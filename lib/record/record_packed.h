/* The packed format of a record: tens of bytes around a payload. The layout is in
 * record_packed.c and delta-record(5). */
#ifndef RECORD_RECORD_PACKED_H
#define RECORD_RECORD_PACKED_H

#include "record/record.h"

/* First byte of a packed record: no text in UTF-8 or UTF-16 begins so. */
enum { RECORD_PACKED_MARK = 0x9d };

/* Appends the record at a zstd level; its patches bound to `base` unless that is NULL. Sections
 * that were packed alike before are written as they are. */
int record_packed_write(const struct delta_record *record, const struct delta_value *base,
                        int level, struct delta_buf *buf, struct delta_err *err);

/* Reads the packed record that `bytes` begins with, and stores its length in `*used`. The record
 * points into `bytes`, which must be followed by READER_PADDING zero bytes. What is packed in it
 * may have `max` bytes, else DELTA_ERR_LIMIT. Fails with DELTA_ERR_DAMAGED when it is cut or
 * altered, with DELTA_ERR_UNSUPPORTED for a newer version. */
int record_packed_read(struct delta_arena *arena, const char *bytes, size_t length, size_t *used,
                       uint64_t max, struct delta_record *record, struct delta_err *err);

/* How long the packed record is that `bytes` begins with: its bytes, or while that is not known,
 * how many must be there to know more, which is more than `length`. `length` for what is not a
 * packed record: reading it says why. O(1). */
size_t record_packed_measure(const char *bytes, size_t length);

#endif
