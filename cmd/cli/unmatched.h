/* Warnings of filters that select nothing: a mistyped --mask would show what it should hide. */
#ifndef CLI_UNMATCHED_H
#define CLI_UNMATCHED_H

#include "cli/filter_options.h"

struct unmatched;

/* The patterns of --mask, --only and --array-key in `given`, and with -v those of the other options
 * that take patterns; none has selected anything yet. Freed by cli_finish. NULL (and reported) for
 * want of memory. */
struct unmatched *unmatched_new(struct cli *cli, const struct filtering *given);

/* True while there is a pattern that selected nothing yet: then more states are worth a look. */
bool unmatched_any(const struct unmatched *unmatched);

/* Notes which patterns select something in `state` (NULL: nothing), in embedded JSON of `filter`
 * (NULL: none) too. Takes memory from the arena only if there is embedded JSON. May be called by
 * several threads at once. 0, or -1. O(state) for each pattern that selected nothing yet. */
int unmatched_look(struct unmatched *unmatched, const struct delta_filter *filter,
                   struct delta_arena *arena, const struct delta_value *state,
                   struct delta_err *err);

/* Warns of each pattern that selected nothing; `where` ends the sentence: "in either state". */
void unmatched_warn(const struct unmatched *unmatched, const char *where);

#endif
