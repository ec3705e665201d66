/* Whether a pattern selects anything in a value. */
#include "base/arena.h"
#include "base/err.h"
#include "json/pattern_matcher.h"
#include "json/value.h"

#include <string.h>

static bool selects(struct pattern_matcher *matcher, const struct delta_value *value) {
    if (pattern_matcher_match(matcher))
        return true;
    if (!value_is_container(value) || !pattern_matcher_may_match_below(matcher))
        return false;
    bool found = false;
    for (uint32_t i = 0; i < value->length && !found; i++) {
        const struct delta_value *child;
        if (value->type == DELTA_OBJECT) {
            const struct value_member *member = &value_members(value)[i];
            pattern_matcher_key(matcher, member->key->text, member->key->length);
            child = &member->value;
        } else {
            pattern_matcher_index(matcher, i);
            child = &value_items(value)[i];
        }
        pattern_matcher_value(matcher, child);
        found = selects(matcher, child);
        pattern_matcher_up(matcher);
    }
    return found;
}

int delta_pattern_selects(const char *pattern, const struct delta_value *value,
                          struct delta_err *err) {
    const struct pattern_source source = {.text = pattern, .length = strlen(pattern)};
    struct pointer_patterns patterns;
    struct pattern_matcher matcher;
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return err_memory(err);
    int result = pointer_patterns_compile(arena, &source, 1, &patterns, err);
    if (result == 0) {
        pattern_matcher_open(&matcher, &patterns);
        result = selects(&matcher, value);
        pattern_matcher_close(&matcher);
        if (matcher.failed)
            result = err_memory(err);
    }
    delta_arena_free(arena);
    return result;
}
