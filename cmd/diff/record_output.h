/* A record, as -f asks for it. */
#ifndef DIFF_RECORD_OUTPUT_H
#define DIFF_RECORD_OUTPUT_H

#include "diff/options.h"

/* Writes the record that leads away from the old state. */
int record_output(struct cli *cli, const struct options *options,
                  const struct delta_diff_options *diff, const struct delta_record *record,
                  const struct delta_value *old_state, struct report *report);

#endif
