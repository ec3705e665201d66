/* A patch told change by change, for people: what stands at which place, before and after. */
#ifndef VIEW_CHANGES_H
#define VIEW_CHANGES_H

#include "base/buf.h"
#include "patch/patch.h"
#include "json/pointer.h"

enum change_kind {
    CHANGE_ADD,     /* `new` came */
    CHANGE_REMOVE,  /* `old` went */
    CHANGE_REPLACE, /* `new` is where `old` was */
    CHANGE_MOVE,    /* `count` elements stand now from `to` on, and stood from `from` on; or the
                       member at `pointer` was called `old_key` */
};

struct change {
    enum change_kind kind;
    const struct delta_buf *pointer;  /* the place; of elements that moved, the array */
    const struct delta_buf *identity; /* "name=LOG" of the elements on the way, or empty */
    const struct delta_value *old;    /* NULL: not known, because there is no base */
    const struct delta_value *new;    /* NULL: it went, or only `text` is known */
    const struct delta_patch *text;   /* REPLACE of a string whose old value is not known */
    const struct value_key *old_key;  /* MOVE of a member; else NULL */
    uint32_t from, to, count;         /* MOVE */
};

struct changes_options {
    const struct pointer_patterns *array_keys; /* label: the member that names an element */
};

/* Calls `tell` for each change, in the order of places; keys in canonical order, elements that are
 * gone before what came in their place. `base` may be NULL: what is not known then is left out, and
 * a member that is set counts as replaced. A value that the patch replaces whole is compared with
 * the old one, where both are objects or arrays. What is told lives until `tell` returns; -1 from
 * it ends the walk. Fails with DELTA_ERR_BASE where the patch does not fit. */
int changes_visit(const struct delta_value *base, const struct delta_patch *patch,
                  const struct changes_options *options,
                  int (*visit)(void *context, const struct change *change, struct delta_err *err),
                  void *context, struct delta_err *err);

#endif
