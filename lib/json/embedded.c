#include "json/embedded.h"

#include "base/arena.h"
#include "base/err.h"
#include "json/reader.h"
#include "json/value.h"

#include <string.h>

/* Most strings hold no JSON: those are not copied. */
static bool begins_container(const struct delta_value *string) {
    static const char space[] = " \t\n\r";
    uint32_t at = 0;
    while (at < string->length && memchr(space, string->text[at], sizeof space - 1))
        at++;
    return at < string->length && (string->text[at] == '{' || string->text[at] == '[');
}

int embedded_value(struct delta_arena *arena, const struct delta_value *string, uint32_t depth,
                   const struct delta_value **held, struct delta_err *err) {
    struct delta_err inner = {0};
    *held = NULL;
    if (string->type != DELTA_STRING || depth >= DELTA_MAX_DEPTH || !begins_container(string))
        return 0;
    const char *text = reader_copy(arena, string->text, string->length);
    if (!text)
        return err_memory(err);
    *held = reader_parse(arena, text, string->length, DELTA_MAX_DEPTH - depth, &inner);
    return inner.code == DELTA_ERR_MEMORY ? err_memory(err) : 0;
}
