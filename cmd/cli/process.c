#include "cli/process.h"

#include "cli/message.h"
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* 0, or -1 and errno. */
static int spawn(pid_t *child, const posix_spawn_file_actions_t *actions,
                 const char *const argv[]) {
    /* posix_spawnp does not write to the strings. */
    errno = posix_spawnp(child, argv[0], actions, NULL, (char *const *)(uintptr_t)argv, environ);
    return errno ? -1 : 0;
}

/* The same. */
static int wait_for(pid_t child, int *state) {
    while (waitpid(child, state, 0) < 0)
        if (errno != EINTR)
            return -1;
    return 0;
}

int process_run(struct cli *cli, const char *const argv[]) {
    pid_t child;
    int state = 0;
    if (cli_flush(cli))
        return -1;
    if (spawn(&child, NULL, argv) < 0) {
        cli_fail_system(cli, "cannot run %s", argv[0]);
        return -1;
    }
    if (wait_for(child, &state) < 0) {
        cli_fail_system(cli, "cannot wait for %s", argv[0]);
        return -1;
    }
    return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

int process_start(struct cli *cli, struct process *process, const char *const argv[],
                  bool writing) {
    int out[2] = {-1, -1}, in[2] = {-1, -1};
    posix_spawn_file_actions_t actions;
    *process = (struct process){.child = -1, .errors = memfd_create("errors", MFD_CLOEXEC)};
    if (process->errors < 0 || pipe2(out, O_CLOEXEC) < 0 || (writing && pipe2(in, O_CLOEXEC) < 0))
        return cli_fail_system(cli, "cannot make a pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, process->errors, STDERR_FILENO);
    if (writing)
        posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    int failed = spawn(&process->child, &actions, argv) < 0 ? errno : 0;
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    if (writing)
        close(in[0]);
    process->from = fdopen(out[0], "r");
    process->to = writing ? fdopen(in[1], "w") : NULL;
    if (failed) {
        process->child = -1;
        errno = failed;
        return cli_fail_system(cli, "cannot run %s", argv[0]);
    }
    return process->from && (!writing || process->to) ? 0 : cli_fail(cli, "out of memory");
}

/* What it wrote to standard error: file names and authors may be in it, and steer no terminal. */
static void relay_errors(struct cli *cli, int errors) {
    char *line = NULL;
    size_t room = 0;
    FILE *in = lseek(errors, 0, SEEK_SET) < 0 ? NULL : fdopen(errors, "r");
    for (ssize_t length; in && (length = getline(&line, &room, in)) > 0;)
        cli_relay(cli, line, (size_t)length - (line[length - 1] == '\n'));
    free(line);
    if (in)
        fclose(in);
    else
        close(errors);
}

bool process_end(struct cli *cli, struct process *process) {
    int state = 0;
    if (process->to)
        fclose(process->to);
    if (process->from)
        fclose(process->from);
    bool ended = process->child >= 0 && wait_for(process->child, &state) == 0;
    if (process->errors >= 0)
        relay_errors(cli, process->errors);
    return ended && WIFEXITED(state) && WEXITSTATUS(state) == 0;
}
