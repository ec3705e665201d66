/* A value under many small changes: only the containers on the way to a change are opened, and
 * frozen again at the end (history/live.h does the same for the changes of a block). The value it
 * began as is never touched.
 *
 * A change costs O(1) in objects, O(sqrt n) about in arrays, after O(n) once for each container
 * that is opened. Where a container is copied or tested as a whole between changes within it, it
 * is frozen and opened again each time, and each time takes memory: how much of that a document
 * may need is limited (DELTA_ERR_LIMIT). */
#ifndef FORMAT_DOCUMENT_H
#define FORMAT_DOCUMENT_H

#include "json/pointer.h"
#include "json/value.h"

struct document_container;

/* A place in the document. */
struct document_cell {
    struct delta_value value;        /* when it is not open */
    struct document_container *open; /* else NULL */
};

struct document {
    struct delta_arena *arena;   /* the caller's, for values */
    struct delta_arena *scratch; /* for containers */
    struct document_cell root;
    uint64_t left; /* elements and members that may still be opened or frozen */
};

/* Begins with `value`, which must outlive the document, to be changed by operations of `operations`
 * bytes. Close it in any case. */
int document_open(struct document *document, struct delta_arena *arena,
                  const struct delta_value *value, uint64_t operations, struct delta_err *err);
void document_close(struct document *document);

/* The operations of RFC 6902 section 4 on one place. They fail with DELTA_ERR_BASE when the place
 * is not there, DELTA_ERR_LIMIT when a value would nest too deep; the document is then as it was.
 * Values that go in are shared. */
int document_get(struct document *document, const struct pointer *pointer, struct delta_value *out,
                 struct delta_err *err);
int document_add(struct document *document, const struct pointer *pointer,
                 const struct delta_value *value, struct delta_err *err);
int document_replace(struct document *document, const struct pointer *pointer,
                     const struct delta_value *value, struct delta_err *err);
int document_remove(struct document *document, const struct pointer *pointer,
                    struct delta_value *removed, struct delta_err *err);

#endif
