/* The text of JSON values. */
#ifndef CLI_JSON_TEXT_H
#define CLI_JSON_TEXT_H

#include <delta.h>
#include <jansson.h>

/* Appends the text of a value, written with jansson's `flags`. NULL, or no memory: the buffer has
 * failed. json_dumps of jansson (2.14) continues when it has no memory for a key, and what it
 * returns then is not JSON. */
void cli_json_text(const json_t *value, size_t flags, struct delta_buf *out);

/* Appends the compact text of a value, made visible: still JSON, that a person may read at a
 * terminal too. 0, or -1 on failure; want of memory may also show in out->failed. O(value). */
int cli_json_visible(const struct delta_value *value, struct delta_buf *out, struct delta_err *err);

#endif
