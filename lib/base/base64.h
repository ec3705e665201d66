/* Bytes as text: base64 with padding (RFC 4648 section 4). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"
#include "delta.h"

/* Appends the text of `length` bytes. Failure shows in buf->failed. O(length). */
void base64_encode(const void *bytes, size_t length, struct delta_buf *buf);

/* Appends the bytes of `length` characters. Strict: the alphabet only, no space, padding where it
 * must be and nowhere else, unused bits zero, so that equal bytes have one spelling. Fails with
 * DELTA_ERR_DAMAGED or DELTA_ERR_MEMORY; the buffer is then as long as before. O(length). */
int base64_decode(const char *text, size_t length, struct delta_buf *buf, struct delta_err *err);

#endif
