/* The laws of patches, over values and patches that the input chooses: apply, compose, invert and
 * merge on one base, and apply and merge on one that they were not made for; and merges of lists in
 * which something does not count. */
#include "tests/unit/merge-law.h"

#include "diff/diff.h"
#include "merge/merge.h"
#include "patch/apply.h"
#include "patch/compose.h"
#include "patch/invert.h"
#include "tests/fuzz/law.h"
#include "json/writer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 4096 };

static void check_patches(struct random *random, const struct delta_value *a) {
    struct delta_arena *arena = random->arena;
    struct delta_value b;
    struct delta_value c;
    struct delta_value reached;
    const struct delta_patch *p = random_patch(random, a);
    must(!apply_patch(arena, a, p, &b, NULL), "a patch fits its base");
    const struct delta_patch *q = random_patch(random, &b);
    must(!apply_patch(arena, &b, q, &c, NULL), "a patch fits its base");
    const struct delta_patch *both = compose_patches(arena, p, q, NULL);
    must(both && !apply_patch(arena, a, both, &reached, NULL) && delta_value_equal(&reached, &c),
         "compose does what both do");
    const struct delta_patch *back = invert_patch(arena, a, both, NULL);
    must(back && !apply_patch(arena, &c, back, &reached, NULL) && delta_value_equal(&reached, a),
         "invert leads back");
    struct delta_value spelled;
    must(!patch_to_value(arena, both, &spelled, NULL) &&
             patch_size(both) == delta_value_size(&spelled) &&
             patch_from_value(arena, &spelled, NULL),
         "a patch is spelled and read back");
    /* On different base: refused, or something. */
    struct delta_value other = random_change(random, a);
    (void)apply_patch(arena, &other, both, &reached, NULL);
    (void)invert_patch(arena, &other, both, NULL);
}

/* Three states in layouts of their own: the merge in the merged layout is read back. */
static void check_layouts(struct random *random, const struct delta_value *a,
                          const struct delta_value *b, const struct delta_value *c) {
    const struct delta_value *states[] = {a, b, c};
    struct delta_buf texts[3] = {{0}};
    struct delta_source sources[3];
    struct delta_conflicts found;
    struct delta_buf out = {0};
    for (size_t i = 0; i < 3; i++) {
        enum delta_layout layout = random_chance(random, 3) ? DELTA_COMPACT : DELTA_INDENTED;
        (void)delta_write(states[i], layout, random_below(random, 3), &texts[i], NULL);
        sources[i] = (struct delta_source){
            texts[i].data, texts[i].length,
            delta_read(random->arena, texts[i].data, texts[i].length, NULL, NULL)};
        must(sources[i].state, "a state is read");
    }
    const struct delta_value *merged = delta_merge(
        random->arena, sources[0].state, sources[1].state, sources[2].state, NULL, &found, NULL);
    must(merged && !delta_write_merged(&sources[0], &sources[1], &sources[2], merged, &out, NULL),
         "a merged state is laid out");
    const struct delta_value *read = delta_read(random->arena, out.data, out.length, NULL, NULL);
    must(read && delta_value_equal(read, merged), "what was laid out is read back");
    for (size_t i = 0; i < 3; i++)
        delta_buf_free(&texts[i]);
    delta_buf_free(&out);
}

static void check_merge(struct random *random, const struct delta_value *a) {
    struct delta_arena *arena = random->arena;
    struct delta_value b = random_change(random, a);
    struct delta_value c = random_change(random, a);
    struct delta_value out;
    struct merge_options options = {.prefer = (enum delta_prefer)random_below(random, 4)};
    struct merge_conflicts conflicts = {0};
    const struct delta_patch *p = diff_values(arena, a, &b, NULL, NULL);
    must(p && !apply_patch(arena, a, p, &out, NULL) && delta_value_equal(&out, &b),
         "diff leads to the other state");
    const struct delta_merge_options of_states = {.prefer = options.prefer};
    struct delta_conflicts found;
    must(delta_merge(arena, a, &b, &c, &of_states, &found, NULL), "states merge");
    const struct delta_value *same = delta_merge(arena, a, &b, &b, &of_states, &found, NULL);
    must(same && found.count == 0 && delta_value_equal(same, &b),
         "equal sides merge to themselves");
    const struct delta_patch *q = random_patch(random, a);
    const struct delta_patch *both = merge_patches(arena, NULL, p, q, &options, &conflicts, NULL);
    must(both && !apply_patch(arena, a, both, &out, NULL), "patches of one base merge");

    struct delta_buf text = {0};
    struct delta_buf like = {0};
    (void)delta_write(a, DELTA_INDENTED, random_below(random, 3), &text, NULL);
    const struct delta_value *read = delta_read(arena, text.data, text.length, NULL, NULL);
    must(read && !delta_write_like(text.data, text.length, read, &b, &like, NULL),
         "a state is laid out");
    read = delta_read(arena, like.data, like.length, NULL, NULL);
    must(read && delta_value_equal(read, &b), "what was laid out is read back");
    delta_buf_free(&text);
    delta_buf_free(&like);
    check_layouts(random, a, &b, &c);
}

/* The same bytes choose lists, and what of them does not count. */
static void check_lists(struct random *random) {
    struct merge_lists lists;
    must(merge_lists_make(random, &lists), "memory suffices");
    must(merge_leaves(&lists, &lists.side, &lists.base_again) &&
             merge_leaves(&lists, &lists.base_again, &lists.side) &&
             merge_leaves(&lists, &lists.side, &lists.side_again) &&
             merge_leaves(&lists, &lists.side_again, &lists.side),
         "a side that differs in nothing that counts leaves the other side");
    must(merge_exchanges(&lists), "the sides of a merge can be exchanged");
    must(merge_keeps_elements(&lists), "what a key identifies is neither lost nor mixed up");
    must(merge_goes_on(&lists, &lists.side, &lists.further) &&
             merge_goes_on(&lists, &lists.further, &lists.side),
         "a further state of a side is the merge with it, or a conflict");
    must(law_close(&lists.law), "memory suffices");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || size > MOST)
        return 0;
    struct random random = {.arena = delta_arena_new(), .bytes = data, .left = size};
    if (!random.arena)
        return 0;
    struct delta_value a = random_value(&random, 4);
    check_patches(&random, &a);
    check_merge(&random, &a);
    struct random of_lists = {.arena = random.arena, .bytes = data, .left = size};
    check_lists(&of_lists);
    delta_arena_free(random.arena);
    return 0;
}
