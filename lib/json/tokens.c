#include "json/tokens.h"

const char *tokens_next(const char *p, const char *end) {
    if (*p++ != '"')
        return p;
    while (p < end && *p != '"')
        p += *p == '\\' ? 2 : 1;
    return p < end ? p + 1 : end;
}

size_t tokens_depth(const char *text, const char *place) {
    size_t depth = 0;
    for (const char *p = text; p < place; p = tokens_next(p, place)) {
        if (tokens_is_open(*p))
            depth++;
        else if (tokens_is_close(*p))
            depth--;
    }
    return depth;
}

const char *tokens_find_open(const char *text, const char *place) {
    const size_t within = tokens_depth(text, place);
    const char *found = NULL;
    size_t depth = 0;
    for (const char *p = text; p < place; p = tokens_next(p, place)) {
        if (tokens_is_open(*p) && ++depth == within)
            found = p;
        else if (tokens_is_close(*p))
            depth--;
    }
    return found;
}
