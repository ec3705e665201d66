/* What jansson writes. */
#ifndef CLI_JSON_TEXT_H
#define CLI_JSON_TEXT_H

#include <delta.h>
#include <jansson.h>

/* Appends the text of a value, written with jansson's `flags`. NULL, or no memory: the buffer has
 * failed. json_dumps of jansson (2.14) continues when it has no memory for a key, and what it
 * returns then is not JSON. */
void cli_json_text(const json_t *value, size_t flags, struct delta_buf *out);

#endif
