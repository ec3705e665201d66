/* Usage: bench-run ROUNDS OUTPUT COMMAND [ARG]... [+ COMMAND [ARG]...]...
 *
 * Runs the commands in turn, ROUNDS times each, so that what else the machine does meets all of
 * them alike. Standard output goes to the file OUTPUT, created anew each time: ext4 writes a file
 * that was truncated to the disk when it is closed, which would be counted for the command. Prints
 * a line for each command: the least and the median wall time in microseconds from start to end,
 * the least processor time, which other processes add little to, the most resident memory in KiB,
 * and the least number of page faults. A status above 1 ends it. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { MOST_COMMANDS = 32 };

struct command {
    char **argv;
    double *times; /* microseconds, one a round */
    double cpu;    /* microseconds, the least */
    long memory;   /* KiB */
    long faults;   /* the least */
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double microseconds(struct timeval time) {
    return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

static int compare(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static int run_once(struct command *command, const char *output, size_t round) {
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;
    struct rusage usage;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (unlink(output) && errno != ENOENT) {
        perror(output);
        return -1;
    }
    double start = now();
    int code = posix_spawnp(&pid, command->argv[0], &actions, NULL, command->argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (code) {
        fprintf(stderr, "bench-run: %s: %s\n", command->argv[0], strerror(code));
        return -1;
    }
    while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
        ;
    command->times[round] = now() - start;
    double cpu = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
    if (round == 0 || cpu < command->cpu)
        command->cpu = cpu;
    if (usage.ru_maxrss > command->memory)
        command->memory = usage.ru_maxrss;
    if (round == 0 || usage.ru_minflt < command->faults)
        command->faults = usage.ru_minflt;
    if (WIFEXITED(status) && WEXITSTATUS(status) <= 1)
        return 0;
    fprintf(stderr, "bench-run: %s failed\n", command->argv[0]);
    return -1;
}

int main(int argc, char **argv) {
    static struct command commands[MOST_COMMANDS];
    size_t count = 0;
    long rounds = argc > 3 ? strtol(argv[1], NULL, 10) : 0;
    if (rounds < 1) {
        fprintf(stderr, "usage: bench-run ROUNDS OUTPUT COMMAND [ARG]... [+ COMMAND...]...\n");
        return 2;
    }
    for (char **at = argv + 3; at && *at;) {
        double *times = calloc((size_t)rounds, sizeof *times);
        if (count == MOST_COMMANDS || !times) {
            fprintf(stderr, "bench-run: too many commands\n");
            return 2;
        }
        commands[count++] = (struct command){.argv = at, .times = times};
        while (*at && strcmp(*at, "+") != 0)
            at++;
        if (*at)
            *at++ = NULL;
    }
    for (size_t round = 0; round < (size_t)rounds; round++)
        for (size_t i = 0; i < count; i++)
            if (run_once(&commands[i], argv[2], round))
                return 2;
    for (size_t i = 0; i < count; i++) {
        qsort(commands[i].times, (size_t)rounds, sizeof *commands[i].times, compare);
        printf("%.1f %.1f %.1f %ld %ld\n", commands[i].times[0], commands[i].times[rounds / 2],
               commands[i].cpu, commands[i].memory, commands[i].faults);
        free(commands[i].times);
    }
    return 0;
}
