/* Statistics of the records a command made: --report. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "delta.h"

#include <stdint.h>

struct cli;

enum report_form { REPORT_NONE, REPORT_TEXT, REPORT_JSON };

/* Totals over all records so far. */
struct report {
    int64_t started; /* by cli_clock */
    uint64_t records;
    uint64_t by_strategy[DELTA_REMOVED + 1];
    uint64_t tried[DELTA_NONE + 1]; /* bytes, of the strategies tried */
    uint64_t set, removed, other;
    uint64_t original_size, compressed_size; /* bytes */
};

/* Starts the clock. */
void report_begin(struct report *report);

void report_add(struct report *report, const struct delta_record *record);

/* Writes it to standard error: a line for people, or an object. */
void report_end(struct cli *cli, const struct report *report, enum report_form form);

#endif
