/* Other programs that a command runs: git, diff. */
#ifndef CLI_PROCESS_H
#define CLI_PROCESS_H

struct cli;

/* Runs a program that is looked up in $PATH, with our standard input, output and error, and waits
 * for it. `argv` ends with NULL. What was written to standard output before is flushed first.
 * Returns its exit status, 128 and more for a signal, or -1 if it cannot be run (reported). */
int process_run(struct cli *cli, const char *const argv[]);

#endif
