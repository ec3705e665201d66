/* Conflicts as text: both versions of what conflicts, between markers, as git writes them. */
#ifndef MERGE_CONFLICT_MARKERS_H
#define MERGE_CONFLICT_MARKERS_H

#include "cli/command.h"
#include "delta.h"

enum { MERGE_BASE, MERGE_OURS, MERGE_THEIRS };

/* What is written where the sides conflict. */
enum conflict_style {
    CONFLICT_UNSET, /* the default of the mode */
    CONFLICT_OURS,  /* our version: the result is JSON */
    CONFLICT_MERGE, /* both versions between markers, as git writes them */
    CONFLICT_DIFF3, /* with that of the base between them */
};

extern const struct cli_word conflict_styles[];

struct conflict_marks {
    enum conflict_style style;
    unsigned size;         /* characters of a marker */
    const char *labels[3]; /* of base, ours, theirs, after the markers */
};

struct marked_text {
    const char *bytes; /* UTF-8 */
    size_t length;
};

/* The merged text with its conflicts resolved for one side and for the other, and the base. */
struct marked_texts {
    struct marked_text ours, theirs, base;
};

/* Appends the lines that both texts have, and those in which they differ between markers with the
 * labels, ours first; with CONFLICT_DIFF3 the base's lines at that place between the two. Line ends
 * of markers are those of the text. 0, or -1 (reported): out of memory. O(n log n). */
int conflict_markers_write(struct cli *cli, struct delta_arena *arena,
                           const struct marked_texts *texts, const struct conflict_marks *marks,
                           struct delta_buf *out);

#endif
