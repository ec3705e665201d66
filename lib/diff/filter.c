#include "diff/filter.h"

#include "base/arena.h"
#include "base/err.h"
#include "json/number.h"

#include <string.h>

int filter_compile_tolerances(struct delta_arena *arena, const struct delta_tolerance *tolerances,
                              size_t count, struct pointer_patterns *out, struct delta_err *err) {
    struct pattern_source *sources = arena_array(arena, count, sizeof *sources);
    if (!sources)
        return err_memory(err);
    for (size_t i = 0; i < count; i++) {
        const struct delta_tolerance *at = &tolerances[i];
        if (!number_is_bound(at->bound, strlen(at->bound)))
            return err_set(err, DELTA_ERR_USAGE,
                           "invalid tolerance: expected a number or a percentage such as 5%%, "
                           "not '%s'",
                           at->bound);
        sources[i] = (struct pattern_source){
            .text = at->pattern, .length = strlen(at->pattern), .label = at->bound};
    }
    return pointer_patterns_compile(arena, sources, count, out, err);
}

const struct delta_filter *delta_filter_new(struct delta_arena *arena,
                                            const struct delta_filter_options *options,
                                            struct delta_err *err) {
    struct delta_filter *filter = arena_alloc(arena, sizeof *filter);
    if (!filter)
        return err_no_memory(err);
    *filter = (struct delta_filter){.numeric = options->numeric, .keys_only = options->keys_only};
    if (pointer_patterns_of(arena, &options->ignore, &filter->ignore, err) ||
        pointer_patterns_of(arena, &options->only, &filter->only, err) ||
        pointer_patterns_of(arena, &options->unordered, &filter->unordered, err) ||
        pointer_patterns_of(arena, &options->mask, &filter->mask, err) ||
        pointer_patterns_of(arena, &options->embedded, &filter->embedded, err) ||
        pointer_patterns_of_keys(arena, options->array_keys, options->array_key_count,
                                 &filter->array_keys, err) ||
        filter_compile_tolerances(arena, options->tolerances, options->tolerance_count,
                                  &filter->tolerance, err))
        return NULL;
    return filter;
}
