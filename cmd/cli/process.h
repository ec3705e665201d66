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
    int errors; /* what it writes to standard error is kept in this file; -1: there is none */
};

/* Starts a program; its standard input is ours unless `writing`. 0, or the status to end with
 * (reported). End it in any case. */
int process_start(struct cli *cli, struct process *process, const char *const argv[], bool writing);

/* Closes both streams, waits for it and passes on what it wrote to standard error, made visible;
 * true if its status is 0. */
bool process_end(struct cli *cli, struct process *process);

#endif
