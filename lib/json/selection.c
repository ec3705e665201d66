/* Whether a pattern selects anything in a value. */
#include "base/arena.h"
#include "base/err.h"
#include "json/pattern.h"
#include "json/value.h"

#include <string.h>

static bool selects(struct pointer_walk *walk, const struct delta_value *value) {
    if (pointer_walk_match(walk))
        return true;
    if (!value_is_container(value) || !pointer_walk_open_below(walk))
        return false;
    bool found = false;
    for (uint32_t i = 0; i < value->length && !found; i++) {
        const struct delta_value *child;
        if (value->type == DELTA_OBJECT) {
            const struct value_member *member = &value_members(value)[i];
            pointer_walk_key(walk, member->key->text, member->key->length);
            child = &member->value;
        } else {
            pointer_walk_index(walk, i);
            child = &value_items(value)[i];
        }
        pointer_walk_value(walk, child);
        found = selects(walk, child);
        pointer_walk_up(walk);
    }
    return found;
}

int delta_pattern_selects(const char *pattern, const struct delta_value *value,
                          struct delta_err *err) {
    const struct pattern_source source = {.text = pattern, .length = strlen(pattern)};
    struct pointer_patterns patterns;
    struct pointer_walk walk;
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return err_memory(err);
    int result = pointer_patterns_compile(arena, &source, 1, &patterns, err);
    if (result == 0) {
        pointer_walk_open(&walk, &patterns);
        result = selects(&walk, value);
        pointer_walk_close(&walk);
        if (walk.failed)
            result = err_memory(err);
    }
    delta_arena_free(arena);
    return result;
}
