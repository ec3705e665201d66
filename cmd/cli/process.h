/* Other programs that a command runs: git, diff. They are looked up in $PATH; `argv` ends with
 * NULL. */
#ifndef CLI_PROCESS_H
#define CLI_PROCESS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct cli;

/* Runs a program with our standard input, output and error, and waits for it. What was written to
 * standard output before is flushed first. Returns its exit status, 128 and more for a signal, or
 * -1 if it cannot be run (reported). */
int process_run(struct cli *cli, const char *const argv[]);

/* A program that runs beside us. */
struct process {
    pid_t child;
    FILE *from; /* its standard output */
    FILE *to;   /* its standard input, or NULL */
};

/* Starts a program; its standard input is ours unless `writing`. 0, or the status to end with
 * (reported). End it in any case. */
int process_start(struct cli *cli, struct process *process, const char *const argv[], bool writing);

/* Closes both streams and waits for it; true if its status is 0. */
bool process_end(struct process *process);

#endif
