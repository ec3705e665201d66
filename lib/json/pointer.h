/* JSON Pointers (RFC 6901). */
#ifndef JSON_POINTER_H
#define JSON_POINTER_H

#include "base/buf.h"
#include "json/value.h"

#include <string.h>

/* One reference token, unescaped. */
struct pointer_step {
    const char *text;
    uint32_t length;
};

static inline bool pointer_step_equal(const struct pointer_step *a, const struct pointer_step *b) {
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

struct pointer {
    const struct pointer_step *steps;
    uint32_t count;
};

/* The steps of a valid pointer; they share `text` where nothing is escaped. Fails only for want of
 * memory. O(length). */
int pointer_parse(struct delta_arena *arena, const char *text, size_t length, struct pointer *out,
                  struct delta_err *err);

/* True when the step is an array index as in RFC 6901 section 4: digits without a leading
 * zero. One that no array can have comes out as UINT32_MAX. */
bool pointer_index(const struct pointer_step *step, uint32_t *index);

/* The value that the pointer names below `value`; NULL when there is none. O(members on the way).
 */
const struct delta_value *pointer_find(const struct pointer *pointer,
                                       const struct delta_value *value);

/* The same for one step that names a member: NULL where `value` is no object. O(members). */
const struct delta_value *pointer_member(const struct pointer_step *step,
                                         const struct delta_value *value);

/* Append "/" and the step, escaped as the RFC says (`~0`, `~1`) and otherwise as it is. */
void pointer_put_key(struct delta_buf *buf, const char *text, size_t length);
void pointer_put_index(struct delta_buf *buf, uint64_t index);

#endif
