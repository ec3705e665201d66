#include "cli/process.h"

#include "cli/message.h"
#include "cli/output.h"

#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

int process_run(struct cli *cli, const char *const argv[]) {
    pid_t child;
    int state = 0;
    if (cli_flush(cli))
        return -1;
    /* posix_spawnp does not write to the strings. */
    errno = posix_spawnp(&child, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, environ);
    if (errno) {
        cli_fail_system(cli, "cannot run %s", argv[0]);
        return -1;
    }
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR) {
            cli_fail_system(cli, "cannot wait for %s", argv[0]);
            return -1;
        }
    return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}
