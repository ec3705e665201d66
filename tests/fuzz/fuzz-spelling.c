/* Two states, or a state and a patch, out of the input: shown as text and bars at some width, as
 * JSON Patch that leads to the new state, and filtered, which once is as good as twice. And two
 * lists, in which something does not count. */
#include "diff/diff.h"
#include "diff/filter.h"
#include "diff/mask.h"
#include "format/json_patch.h"
#include "patch/apply.h"
#include "tests/unit/filter-law.h"
#include "tests/unit/foreign-patches.h"
#include "tests/unit/random-list.h"
#include "tests/unit/random-value.h"
#include "view/stat.h"
#include "view/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct delta_value *base, const struct delta_patch *patch,
                       size_t width) {
    const struct text_options options = {.width = width, .color = width % 2};
    struct delta_buf buf = {0};
    if (text_write(base, patch, &options, &buf, NULL) ||
        text_write(NULL, patch, &options, &buf, NULL) ||
        stat_write(base, patch, &options, &buf, NULL))
        abort();
    for (size_t i = 0; i < buf.length; i++)
        if ((unsigned char)buf.data[i] < 0x20 && buf.data[i] != '\n' && buf.data[i] != '\33')
            abort();
    delta_buf_free(&buf);
}

static void check_operations(struct delta_arena *arena, const struct delta_value *base,
                             const struct delta_patch *patch, const struct delta_value *want) {
    const struct json_patch_options options = {.test = true};
    struct delta_buf buf = {0};
    struct delta_value got;
    if (json_patch_write(base, patch, &options, &buf, NULL))
        abort();
    const struct delta_value *operations = delta_read(arena, buf.data, buf.length, NULL, NULL);
    if (!operations || json_patch_apply(arena, base, operations, &got, NULL) ||
        !delta_value_equal(&got, want))
        abort();
    delta_buf_free(&buf);
}

static struct pointer_patterns patterns(struct random *random) {
    /* None names an element by its index, which the first filtering may change. */
    static const char *const some[] = {"/**/name", "/a/*", "/*/b/**", "/**", "/*/*/id", ""};
    enum { COUNT = sizeof some / sizeof *some };
    struct pattern_source sources[2];
    struct pointer_patterns out;
    size_t count = random_below(random, 3);
    for (size_t i = 0; i < count; i++) {
        const char *text = some[random_below(random, COUNT)];
        sources[i] = (struct pattern_source){text, strlen(text), "id"};
    }
    if (pointer_patterns_compile(random->arena, sources, count, &out, NULL))
        abort();
    return out;
}

static int filter_effective(struct delta_arena *arena, const struct delta_filter *filter,
                            const struct delta_value *old, const struct delta_value *new,
                            struct delta_value *out) {
    const struct delta_value *result = delta_filter_apply(arena, filter, old, new, NULL);
    if (result)
        *out = *result;
    return result ? 0 : -1;
}

static void check_filters(struct random *random, const struct delta_value *old,
                          const struct delta_value *new) {
    struct delta_filter filter = {.ignore = patterns(random),
                                  .only = patterns(random),
                                  .unordered = patterns(random),
                                  .mask = patterns(random),
                                  .array_keys = patterns(random),
                                  .numeric = random_chance(random, 2)};
    const struct diff_options options = {.array_keys = &filter.array_keys};
    struct delta_value once, twice, more, base;
    if (filter_effective(random->arena, &filter, old, new, &once) ||
        filter_effective(random->arena, &filter, old, &once, &twice) ||
        filter_effective(random->arena, &filter, &once, &twice, &more) ||
        !filter_law_holds(&filter, old, new, &once) ||
        /* but for an order of no account, and where places are chosen: see filter-law.h */
        (((!filter.ignore.count && !filter.only.count) || filter_keeps_lengths(old, new)) &&
         !delta_value_equal(&once, &more)))
        abort();
    const struct delta_patch *patch = diff_values(random->arena, old, &once, &options, NULL);
    if (!patch || apply_patch(random->arena, old, patch, &twice, NULL) ||
        !delta_value_equal(&once, &twice) ||
        mask_patch(random->arena, &filter, old, patch, &base, &patch, NULL) ||
        apply_patch(random->arena, &base, patch, &twice, NULL))
        abort();
    check_text(&base, patch, 0);
}

/* The same bytes choose lists, and what of them does not count. */
static void check_lists(struct random *random) {
    const struct delta_filter filter = list_filter(random);
    struct delta_value old = random_list(random), new = changed_list(random, &old), out;
    struct law law;
    if (!law_open(&law, &filter) || filter_effective(random->arena, &filter, &old, &new, &out) ||
        !filter_law_holds(&filter, &old, &new, &out))
        abort();
    new = varied(&law, random, &old, filter.only.count == 0);
    if (filter_effective(random->arena, &filter, &old, &new, &out) ||
        !delta_value_equal(&old, &out) || !law_close(&law))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct random random = {.arena = delta_arena_new(), .bytes = data, .left = size};
    struct delta_value old = random_value(&random, 4), new;
    size_t width = random_below(&random, 120);
    if (!data || !random.arena)
        return 0;
    const struct delta_patch *patch = random_patch(&random, &old);
    if (apply_patch(random.arena, &old, patch, &new, NULL))
        abort();
    check_text(&old, patch, width);
    check_operations(random.arena, &old, patch, &new);
    check_filters(&random, &old, &new);
    struct random of_lists = {.arena = random.arena, .bytes = data, .left = size};
    check_lists(&of_lists);
    delta_arena_free(random.arena);
    return 0;
}
