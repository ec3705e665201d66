/* Records in a row: `cat a.delta b.delta` is a stream, of either spelling and both. */
#ifndef RECORD_STREAM_H
#define RECORD_STREAM_H

#include "record.h"

/* delta_record_read for those who change what they read (record_bind). */
struct delta_record *record_stream_read(struct delta_arena *arena, const char *bytes, size_t length,
                                        size_t *offset, const char *name, struct delta_err *err);

#endif
