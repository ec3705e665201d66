/* The label of an array element: what identifies it, as `id=7` or `namespace=a, name=b`. */
#ifndef VIEW_LABEL_H
#define VIEW_LABEL_H

#include "base/buf.h"
#include "diff/identity.h"
#include "patch/patch.h"
#include "json/pattern.h"

/* The array that elements are of. The key of its own is inferred when it is first needed. */
struct label_array {
    const struct delta_value *base; /* NULL: not known, and no key is inferred */
    const struct delta_patch *patch;
    const struct delta_value *made; /* what the patch leads to; NULL: not known yet */
    struct identity_key key;
    bool inferred;
};

/* Appends the label of an element (NULL: not known), behind those of the elements around it: by the
 * key that was given for the array (NULL: none), or that its elements were matched by; else by what
 * usually identifies an object, in it or in its `metadata`. Nothing where nothing does. `scratch`
 * holds the key that is inferred, and `made`. Failure shows in label->failed. O(members), the first
 * time O(array). */
void label_put(struct label_array *array, const struct pattern_state *given,
               const struct delta_value *element, struct delta_arena *scratch,
               struct delta_buf *label);

#endif
