/* What a command reports on standard error: "delta-apply: what is wrong". */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include "cli/command.h"

/* The code that leads to a message is placed apart from the code that runs. */
#define CLI_COLD __attribute__((cold))

/* Reports a failure of the library and returns the status it means: CLI_NO for a base that does not
 * fit, an applied record, records that do not join and conflicts; else CLI_TROUBLE. */
int cli_error(struct cli *cli, const struct delta_err *err) CLI_COLD;

/* The same, without being a failure of this run: "delta-apply: warning: …". */
void cli_warn_error(struct cli *cli, const struct delta_err *err) CLI_COLD;

/* For what fails like the library does: no memory, unless something failed before. Returns -1. */
int cli_err_memory(struct delta_err *err) CLI_COLD;

/* Reports a failure in the command's words; returns CLI_TROUBLE. */
int cli_fail(struct cli *cli, const char *format, ...) DELTA_PRINTF(2, 3) CLI_COLD;

/* The same for a failed system call: errno's text is added. */
int cli_fail_system(struct cli *cli, const char *format, ...) DELTA_PRINTF(2, 3) CLI_COLD;

/* The same for a command line that makes no sense: points to --help. Returns CLI_TROUBLE. */
int cli_usage(struct cli *cli, const char *format, ...) DELTA_PRINTF(2, 3) CLI_COLD;

/* "delta-apply: warning: …". */
void cli_warn(struct cli *cli, const char *format, ...) DELTA_PRINTF(2, 3) CLI_COLD;

/* A line that was asked for: "delta-apply: …". */
void cli_note(struct cli *cli, const char *format, ...) DELTA_PRINTF(2, 3) CLI_COLD;

/* A line that another program wrote, made visible. */
void cli_relay(struct cli *cli, const char *line, size_t length);

/* A line for -v; nothing without it. */
void cli_verbose(struct cli *cli, const char *format, ...) DELTA_PRINTF(2, 3);

#endif
