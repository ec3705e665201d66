/* The changes of a patch, one by one: what is at which place, before and after. */
#ifndef VIEW_CHANGES_H
#define VIEW_CHANGES_H

#include "base/buf.h"
#include "patch/patch.h"
#include "json/pattern.h"

struct changes_options {
    bool added; /* there was no old state: a patch that is a value adds the root */
    const struct pointer_patterns *array_keys; /* label: the member that names an element */
    const struct delta_places *places;         /* indices that are shown instead, or NULL */
    const struct delta_patch *reverse; /* NULL, or the patch back: has old values where the base is
                                          not known */
};

/* Calls `visit` for each change, as delta_changes_visit says. An element that was replaced or a
 * container that a patch replaces whole is compared with the old one. Fails with DELTA_ERR_BASE
 * where the patch does not fit. `patch` NULL: the root was removed. */
int changes_visit(const struct delta_value *base, const struct delta_patch *patch,
                  const struct changes_options *options, delta_change_visitor *visit, void *context,
                  struct delta_err *err);

#endif
