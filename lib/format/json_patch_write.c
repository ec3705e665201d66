/* The operations of an array are in an order in which every index is valid when it is applied:
 * removals from the end, moves, insertions from the start, and then what changes in place, by final
 * index. */
#include "format/json_patch.h"

#include "base/err.h"
#include "base/fenwick.h"
#include "diff/renames.h"
#include "patch/apply.h"
#include "patch/elements.h"
#include "json/pointer.h"
#include "json/writer.h"

struct json_patch_writer {
    struct delta_buf *out;
    struct delta_buf path; /* of the value at hand */
    struct delta_arena *scratch;
    const struct json_patch_options *options;
    struct delta_err *err;
    bool begun; /* an operation is written */
};

static int write_any(struct json_patch_writer *w, const struct delta_value *base,
                     const struct delta_patch *patch);

/* ---- Operations ---- */

/* Where the path ends that was longer a moment ago. */
static void cut_path(struct json_patch_writer *w, size_t length) {
    if (!w->path.failed)
        w->path.length = length;
}

static void put_operation(struct json_patch_writer *w, const char *name,
                          const struct delta_buf *from, const struct delta_value *value) {
    if (w->begun)
        buf_put_char(w->out, ',');
    w->begun = true;
    buf_put_text(w->out, "{\"op\":\"");
    buf_put_text(w->out, name);
    if (from) {
        buf_put_text(w->out, "\",\"from\":");
        writer_string(from->data, from->length, w->out);
        buf_put_text(w->out, ",\"path\":");
    } else {
        buf_put_text(w->out, "\",\"path\":");
    }
    writer_string(w->path.data, w->path.length, w->out);
    if (value) {
        buf_put_text(w->out, ",\"value\":");
        writer_compact(value, w->out);
    }
    buf_put_char(w->out, '}');
}

/* Guards what comes next by what is at the path now. */
static void put_test(struct json_patch_writer *w, const struct delta_value *old) {
    if (w->options->test)
        put_operation(w, "test", NULL, old);
}

static void put_remove(struct json_patch_writer *w, const struct delta_value *old) {
    put_test(w, old);
    put_operation(w, "remove", NULL, NULL);
}

static void put_replace(struct json_patch_writer *w, const struct delta_value *old,
                        const struct delta_value *value) {
    put_test(w, old);
    put_operation(w, "replace", NULL, value);
}

static int mismatch(struct json_patch_writer *w, const char *what) {
    err_set(w->err, DELTA_ERR_BASE, "the patch does not fit: %s", what);
    return err_at_pointer(w->err, w->path.data, w->path.length);
}

/* ---- Objects ---- */

/* An object's patch beside the object. */
struct object_change {
    const struct delta_value *base;
    const struct delta_patch *patch;
    struct renames renames;
};

static const struct delta_value *old_member(const struct object_change *change, uint32_t i) {
    return &value_members(change->base)[change->renames.places[i]].value;
}

static void put_rename(struct json_patch_writer *w, const struct object_change *change, uint32_t i,
                       size_t parent) {
    const struct patch_member *old = &change->patch->members[change->renames.from[i]];
    struct delta_buf from = {0};
    buf_put(&from, w->path.data, parent);
    pointer_put_key(&from, old->key->text, old->key->length);
    if (w->options->test) {
        struct delta_buf path = w->path;
        w->path = from;
        put_test(w, &change->patch->members[i].value);
        w->path = path;
    }
    put_operation(w, "move", &from, NULL);
    w->out->failed |= from.failed;
    delta_buf_free(&from);
}

static int write_member(struct json_patch_writer *w, const struct object_change *change, uint32_t i,
                        size_t parent) {
    const struct patch_member *member = &change->patch->members[i];
    bool there = change->renames.places[i] != NO_INDEX;
    switch (member->change) {
    case PATCH_SET:
        if (change->renames.from[i] != NO_INDEX)
            put_rename(w, change, i, parent);
        else if (there)
            put_replace(w, old_member(change, i), &member->value);
        else
            put_operation(w, "add", NULL, &member->value);
        return 0;
    case PATCH_REMOVE:
        if (there && !change->renames.renamed[i])
            put_remove(w, old_member(change, i));
        return 0;
    case PATCH_NEST:
        break;
    }
    return there ? write_any(w, old_member(change, i), member->nested)
                 : mismatch(w, "the base has no such member");
}

static int write_members(struct json_patch_writer *w, const struct object_change *change) {
    size_t parent = w->path.length;
    int status = 0;
    for (uint32_t i = 0; i < change->patch->count && status == 0; i++) {
        const struct value_key *key = change->patch->members[i].key;
        pointer_put_key(&w->path, key->text, key->length);
        status = write_member(w, change, i, parent);
        cut_path(w, parent);
    }
    return status;
}

static int write_object(struct json_patch_writer *w, const struct delta_value *base,
                        const struct delta_patch *patch) {
    if (base->type != DELTA_OBJECT)
        return mismatch(w, "expected an object");
    struct object_change change = {.base = base, .patch = patch};
    int status = renames_open(&change.renames, base, patch, w->err);
    if (status == 0)
        status = write_members(w, &change);
    renames_close(&change.renames);
    return status;
}

/* ---- Arrays ---- */

static void put_removals(struct json_patch_writer *w, const struct delta_value *base,
                         const struct elements *elements) {
    size_t parent = w->path.length;
    for (uint32_t i = elements->patch->length; i-- > 0;) {
        if (elements->fate[i] != ELEMENT_REMOVED)
            continue;
        pointer_put_index(&w->path, i);
        put_remove(w, &value_items(base)[i]);
        cut_path(w, parent);
    }
}

static void put_move(struct json_patch_writer *w, const struct delta_value *value, uint32_t from,
                     uint32_t to) {
    size_t parent = w->path.length;
    struct delta_buf source = {0};
    buf_put(&source, w->path.data, parent);
    pointer_put_index(&source, from);
    if (w->options->test) {
        pointer_put_index(&w->path, from);
        put_test(w, value);
        cut_path(w, parent);
    }
    pointer_put_index(&w->path, to);
    put_operation(w, "move", &source, NULL);
    cut_path(w, parent);
    w->out->failed |= source.failed;
    delta_buf_free(&source);
}

/* Moves one element after the other to behind the one that precedes it. The Fenwick tree counts the
 * elements that are now at each old element, or after it when they have been moved there; its place
 * 0 is the start of the array. */
static int put_moves(struct json_patch_writer *w, const struct delta_value *base,
                     const struct elements *elements) {
    bool any = false;
    for (uint32_t i = 0; i < elements->patch->length && !any; i++)
        any = elements->fate[i] == ELEMENT_MOVED;
    if (!any)
        return 0;
    struct fenwick fenwick;
    int status = fenwick_open(&fenwick, elements->patch->length + 1, w->err);
    for (uint32_t i = 0; i < elements->patch->length && status == 0; i++)
        if (elements->fate[i] != ELEMENT_REMOVED)
            fenwick_add(&fenwick, i + 1, 1);
    uint32_t anchor = 0;
    for (uint32_t j = 0; j < elements->count && status == 0; j++) {
        uint32_t from = elements->from[j];
        if (from == NO_INDEX)
            continue;
        if (elements->fate[from] == ELEMENT_KEPT) {
            anchor = from + 1;
            continue;
        }
        uint32_t now = fenwick_below(&fenwick, from + 1);
        fenwick_add(&fenwick, from + 1, UINT32_MAX);
        uint32_t then = fenwick_below(&fenwick, anchor + 1);
        if (now != then)
            put_move(w, &value_items(base)[from], now, then);
        fenwick_add(&fenwick, anchor, 1);
    }
    fenwick_close(&fenwick);
    return status;
}

static void put_insertions(struct json_patch_writer *w, const struct elements *elements) {
    size_t parent = w->path.length;
    for (uint32_t j = 0; j < elements->count; j++) {
        if (elements->from[j] != NO_INDEX)
            continue;
        pointer_put_index(&w->path, j);
        put_operation(w, "add", NULL, elements_value(elements, j));
        cut_path(w, parent);
    }
}

/* Elements that are replaced or changed within, and do not move. */
static int write_elements(struct json_patch_writer *w, const struct delta_value *base,
                          const struct elements *elements) {
    size_t parent = w->path.length;
    int status = 0;
    for (uint32_t j = 0; j < elements->count && status == 0; j++) {
        const struct delta_value *value = elements_value(elements, j);
        const struct delta_patch *nested = elements_nested(elements, j);
        if (elements->from[j] == NO_INDEX || (!value && !nested))
            continue;
        const struct delta_value *old = &value_items(base)[elements->from[j]];
        pointer_put_index(&w->path, j);
        if (value)
            put_replace(w, old, value);
        else
            status = write_any(w, old, nested);
        cut_path(w, parent);
    }
    return status;
}

static int write_array(struct json_patch_writer *w, const struct delta_value *base,
                       const struct delta_patch *patch) {
    if (base->type != DELTA_ARRAY)
        return mismatch(w, "expected an array");
    if (base->length != patch->length)
        return mismatch(w, "the array has a different length");
    struct elements elements;
    int status = elements_open(&elements, patch, w->err);
    if (status == 0) {
        elements_pair(&elements, base, NULL);
        put_removals(w, base, &elements);
        status = put_moves(w, base, &elements);
    }
    if (status == 0) {
        put_insertions(w, &elements);
        status = write_elements(w, base, &elements);
    }
    elements_close(&elements);
    return status;
}

/* ---- Any value ---- */

static int write_string(struct json_patch_writer *w, const struct delta_value *base,
                        const struct delta_patch *patch) {
    struct arena_mark mark = arena_mark(w->scratch);
    struct delta_value changed;
    struct delta_err inner = {0};
    int status = apply_patch(w->scratch, base, patch, &changed, &inner);
    if (status == 0)
        put_replace(w, base, &changed);
    else
        status = inner.code == DELTA_ERR_BASE ? mismatch(w, "expected a different string")
                                              : err_set(w->err, inner.code, "%s", inner.text);
    arena_rewind(w->scratch, mark);
    return status;
}

static int write_any(struct json_patch_writer *w, const struct delta_value *base,
                     const struct delta_patch *patch) {
    switch (patch->kind) {
    case PATCH_EMPTY:
        return 0;
    case PATCH_VALUE:
        put_replace(w, base, &patch->value);
        return 0;
    case PATCH_OBJECT:
        return write_object(w, base, patch);
    case PATCH_ARRAY:
        return write_array(w, base, patch);
    case PATCH_STRING:
        break;
    }
    return write_string(w, base, patch);
}

int json_patch_write(const struct delta_value *base, const struct delta_patch *patch,
                     const struct json_patch_options *options, struct delta_buf *buf,
                     struct delta_err *err) {
    static const struct json_patch_options defaults = {0};
    struct json_patch_writer w = {.out = buf,
                                  .scratch = delta_arena_new(),
                                  .options = options ? options : &defaults,
                                  .err = err};
    if (!w.scratch)
        return err_memory(err);
    int status = -1;
    if (buf_reserve(&w.path, 64)) {
        buf_put_char(buf, '[');
        status = write_any(&w, base, patch);
        buf_put_char(buf, ']');
    } else {
        err_memory(err);
    }
    buf->failed |= w.path.failed;
    delta_buf_free(&w.path);
    delta_arena_free(w.scratch);
    return status ? status : buf_check(buf, err);
}
