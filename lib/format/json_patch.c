#include "format/json_patch.h"

#include "base/err.h"
#include "format/document.h"
#include "json/numeric.h"

#include <string.h>

/* One operation, read. */
struct operation {
    const struct delta_value *path_text, *from_text;
    struct pointer path, from;
    const struct delta_value *value;
};

struct operation_kind {
    const char *name;
    bool takes_value, takes_from;
    int (*run)(struct document *document, const struct operation *operation, struct delta_err *err);
};

/* ---- The operations of section 4 ---- */

static int run_add(struct document *document, const struct operation *op, struct delta_err *err) {
    return document_add(document, &op->path, op->value, err);
}

static int run_remove(struct document *document, const struct operation *op,
                      struct delta_err *err) {
    struct delta_value removed;
    return document_remove(document, &op->path, &removed, err);
}

static int run_replace(struct document *document, const struct operation *op,
                       struct delta_err *err) {
    return document_replace(document, &op->path, op->value, err);
}

static bool begins_with(const struct pointer *pointer, const struct pointer *start) {
    if (pointer->count < start->count)
        return false;
    for (uint32_t i = 0; i < start->count; i++)
        if (pointer->steps[i].length != start->steps[i].length ||
            memcmp(pointer->steps[i].text, start->steps[i].text, start->steps[i].length) != 0)
            return false;
    return true;
}

/* The failure is at `from`, not at `path`. */
static int fail_from(const struct operation *op, struct delta_err *err) {
    return err_at_pointer(err, op->from_text->text, op->from_text->length);
}

static int run_move(struct document *document, const struct operation *op, struct delta_err *err) {
    struct delta_value value;
    if (begins_with(&op->path, &op->from)) {
        if (op->path.count > op->from.count)
            return err_set(err, DELTA_ERR_BASE, "a value cannot move into itself");
        return document_get(document, &op->path, &value, err); /* to where it is */
    }
    return document_remove(document, &op->from, &value, err)
               ? fail_from(op, err)
               : document_add(document, &op->path, &value, err);
}

static int run_copy(struct document *document, const struct operation *op, struct delta_err *err) {
    struct delta_value value;
    return document_get(document, &op->from, &value, err)
               ? fail_from(op, err)
               : document_add(document, &op->path, &value, err);
}

static int run_test(struct document *document, const struct operation *op, struct delta_err *err) {
    struct delta_value value;
    if (document_get(document, &op->path, &value, err))
        return -1;
    int equal = numeric_equal(document->scratch, &value, op->value, err);
    if (equal == 0)
        return err_set(err, DELTA_ERR_BASE, "the value differs");
    return equal < 0 ? -1 : 0;
}

static const struct operation_kind kinds[] = {
    {"add", .takes_value = true, .run = run_add},
    {"remove", .run = run_remove},
    {"replace", .takes_value = true, .run = run_replace},
    {"move", .takes_from = true, .run = run_move},
    {"copy", .takes_from = true, .run = run_copy},
    {"test", .takes_value = true, .run = run_test},
};

/* ---- Reading ---- */

static int read_pointer(struct delta_arena *arena, const struct delta_value *text,
                        struct pointer *out, const char *member, struct delta_err *err) {
    if (!text)
        return err_set(err, DELTA_ERR_DAMAGED, "missing '%s'", member);
    if (text->type != DELTA_STRING || !delta_pointer_valid(text->text, text->length))
        return err_set(err, DELTA_ERR_DAMAGED, "'%s' is not a JSON Pointer", member);
    return pointer_parse(arena, text->text, text->length, out, err);
}

static const struct operation_kind *find_kind(const struct delta_value *name) {
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++)
        if (value_is_text(name, kinds[i].name))
            return &kinds[i];
    return NULL;
}

/* Members that the operation does not know are passed over (section 4). */
static int read_operation(struct delta_arena *arena, const struct delta_value *value,
                          const struct operation_kind *kind, struct operation *op,
                          struct delta_err *err) {
    *op = (struct operation){.path_text = value_get(value, "path"),
                             .from_text = value_get(value, "from"),
                             .value = value_get(value, "value")};
    if (read_pointer(arena, op->path_text, &op->path, "path", err))
        return -1;
    if (kind->takes_from && read_pointer(arena, op->from_text, &op->from, "from", err))
        return -1;
    if (kind->takes_value && !op->value)
        return err_set(err, DELTA_ERR_DAMAGED, "missing 'value'");
    return 0;
}

static int run_operation(struct document *document, const struct delta_value *value,
                         const struct operation_kind **kind, struct delta_err *err) {
    struct operation op;
    if (value->type != DELTA_OBJECT)
        return err_set(err, DELTA_ERR_DAMAGED, "not an object");
    const struct delta_value *name = value_get(value, "op");
    *kind = find_kind(name);
    if (!*kind)
        return err_set(err, DELTA_ERR_DAMAGED,
                       name ? "'op' is not add, remove, replace, move, copy or test"
                            : "missing 'op'");
    if (read_operation(document->scratch, value, *kind, &op, err))
        return -1;
    return (*kind)->run(document, &op, err);
}

/* Adds which operation it was, and its path where it was not `from`. */
static void name_operation(uint32_t index, const struct delta_value *value,
                           const struct operation_kind *kind, const struct delta_err *inner,
                           struct delta_err *err) {
    err_set(err, inner->code, "operation %u%s%s%s%s: %s", (unsigned)index, kind ? " (" : "",
            kind ? kind->name : "", kind ? ")" : "", inner->has_pointer ? ", from" : "",
            inner->text);
    const struct delta_value *pointer = value_get(value, inner->has_pointer ? "from" : "path");
    if (pointer && pointer->type == DELTA_STRING)
        err_at_pointer(err, pointer->text, pointer->length);
}

const struct delta_value *delta_json_patch_apply(struct delta_arena *arena,
                                                 const struct delta_value *base,
                                                 const struct delta_value *operations,
                                                 struct delta_err *err) {
    static const struct pointer root = {0};
    struct document document;
    struct delta_value *result = arena_alloc(arena, sizeof *result);
    if (!result)
        return err_no_memory(err);
    if (operations->type != DELTA_ARRAY)
        return err_null(
            err_set(err, DELTA_ERR_DAMAGED, "not a JSON Patch: expected an array of operations"));
    int status = document_open(&document, arena, base, delta_value_size(operations), err);
    for (uint32_t i = 0; i < operations->length && status == 0; i++) {
        struct delta_err inner = {0};
        const struct operation_kind *kind = NULL;
        const struct delta_value *value = &value_items(operations)[i];
        status = run_operation(&document, value, &kind, &inner);
        if (status)
            name_operation(i, value, kind, &inner, err);
    }
    if (status == 0)
        status = document_get(&document, &root, result, err);
    document_close(&document);
    if (status == 0 && delta_value_size(result) > DELTA_MAX_STATE)
        status = err_set(err, DELTA_ERR_LIMIT, "the result would be larger than 4 GiB");
    return status == 0 ? result : NULL;
}
