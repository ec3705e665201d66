/* The JSON form of a record: one line, one object (delta-record(5)). */
#ifndef RECORD_RECORD_JSON_H
#define RECORD_RECORD_JSON_H

#include "record/record.h"

/* Appends the record and a newline. It must not be bound (record_is_bound). */
int record_json_write(const struct delta_record *record, struct delta_buf *buf,
                      struct delta_err *err);

/* Reads the record at the start of `text`: 1; 0 when that is the export header of a history. Stores
 * its length in `*used`. The record points into `text`, which must be followed by READER_PADDING
 * zero bytes. Fails with the place in the text where it is not JSON; with DELTA_ERR_DAMAGED where a
 * member is unknown, missing, of another type, or the checksum does not match; with
 * DELTA_ERR_UNSUPPORTED for a newer version. Reads too what the first, Python version of the format
 * wrote, whose checksums cannot be verified. */
int record_json_read(struct delta_arena *arena, const char *text, size_t length, size_t *used,
                     struct delta_record *record, struct delta_err *err);

#endif
