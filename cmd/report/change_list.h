/* The changes of a record with their positions in the texts of its states, for reports. */
#ifndef REPORT_CHANGE_LIST_H
#define REPORT_CHANGE_LIST_H

#include "delta.h"

enum { CHANGE_KINDS = DELTA_CHANGE_MOVE + 1 };

/* Bytes that are not terminated. */
struct change_text {
    const char *bytes;
    size_t length;
};

/* One change, or one of the elements that moved together. */
struct change_row {
    enum delta_change_kind kind;
    struct change_text path, from, label;            /* `from` of MOVE only; `label` may be empty */
    struct change_text place;                        /* in the new state: of REMOVE its container */
    const struct delta_value *old_value, *new_value; /* NULL: none, or not known */
    /* Where it is in the text of the new state, of REMOVE in that of the old one; line 0: not
     * known; column 0: nor is that, or something is masked. */
    uint64_t line, column;
    /* Where `place` is in the text of the new state. */
    uint64_t new_line, new_column;
};

struct change_list {
    struct change_row *rows;
    size_t count, capacity;
    uint64_t counts[CHANGE_KINDS]; /* by enum delta_change_kind */
};

/* A state and the text that it was read from; no text: positions are not known. */
struct change_state {
    const struct delta_value *state;
    const char *text;
    size_t length;
    const char *pointer; /* to the state in what the text holds; NULL: it holds the state */
};

/* The changes of `record`, in `arena`, which must outlive the list; `filter` masks values and names
 * the members for labels, NULL: none. 0, or -1 with `err`. O(changes, and both texts). */
int change_list_make(struct delta_arena *arena, const struct delta_record *record,
                     const struct change_state *old_state, const struct change_state *new_state,
                     const struct delta_filter *filter, struct change_list *list,
                     struct delta_err *err);

/* The number of changes of each kind, without a list. */
int change_list_count(const struct delta_record *record, const struct delta_value *old_state,
                      uint64_t counts[CHANGE_KINDS], struct delta_err *err);

/* Where a change is from; each may be NULL. */
struct change_origin {
    const struct delta_value *key;                  /* of the file or thing: a string */
    const struct delta_value *revision, *timestamp; /* of a history */
};

/* Appends the change as one line of NDJSON. A failure is in `err` or in out->failed. O(values). */
void change_row_write(struct delta_arena *arena, const struct change_row *row,
                      const struct change_origin *origin, struct delta_buf *out,
                      struct delta_err *err);

/* Appends the change as people read it, "~ /a/1/v {id=2}  2 -> 20": one line without a newline, of
 * each value `most` bytes at most. Nothing is escaped. O(values). */
void change_row_put_line(const struct change_row *row, size_t most, struct delta_buf *out);

/* Appends all changes of `record` as lines of NDJSON, with its key; `states` are those of
 * change_list_make. 0, or -1 with `err`. */
int change_list_write(const struct delta_record *record, const struct change_state *old_state,
                      const struct change_state *new_state, const struct delta_filter *filter,
                      struct delta_buf *out, struct delta_err *err);

/* Frees the rows. */
void change_list_free(struct change_list *list);

/* Appends "2 added, 1 changed"; nothing when all are 0. */
void change_list_put_counts(const uint64_t counts[CHANGE_KINDS], struct delta_buf *buf);

#endif
