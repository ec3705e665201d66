/* Usage: bench-read ROUNDS FILE [alone]
 *
 * Reads a state out of memory with delta_read, digests included, and, unless alone, with jansson's
 * json_loadb, a few times each in turn. Prints for each the least and the median processor time in
 * microseconds, which other processes do not add to. Freeing is not counted. A few times, because a
 * kernel in a virtual machine may hand freed memory back to its host, and who touches it next waits
 * for it. Memory is used again: ours is an arena that is cleared, and malloc keeps memory as in the
 * commands (cmd/cli/cli.c); by default it is given back after each reading of one to two megabytes,
 * and what is measured is mostly page faults. */
#include "delta.h"

#include <jansson.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { IN_A_ROW = 4 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double read_ours(struct delta_arena *arena, const char *text, size_t length) {
    double start = now();
    const struct delta_value *value = delta_read(arena, text, length, NULL, NULL);
    double time = now() - start;
    delta_arena_clear(arena);
    return value ? time : -1;
}

static double read_jansson(const char *text, size_t length) {
    double start = now();
    json_t *value = json_loadb(text, length, JSON_DECODE_ANY, NULL);
    double time = now() - start;
    json_decref(value);
    return value ? time : -1;
}

static void print(double *times, size_t rounds) {
    qsort(times, rounds, sizeof *times, compare);
    printf("%.1f %.1f\n", times[0], times[rounds / 2]);
}

int main(int argc, char **argv) {
    size_t rounds = argc >= 3 ? (size_t)strtoul(argv[1], NULL, 10) : 0;
    bool alone = argc == 4 && strcmp(argv[3], "alone") == 0;
    if (rounds < 1 || rounds > 10000 || argc != 3 + alone) {
        fprintf(stderr, "usage: bench-read ROUNDS FILE [alone]\n");
        return 2;
    }
    mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
    mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
    struct delta_arena *arena = delta_arena_new(), *states = delta_arena_new();
    double *times = calloc(2 * IN_A_ROW * rounds, sizeof *times);
    struct delta_err err = {0};
    size_t length;
    int status = 2;
    const char *text = arena && states && times
                           ? delta_read_bytes(arena, argv[2], DELTA_MAX_STATE, &length, &err)
                           : NULL;
    if (!text) {
        fprintf(stderr, "bench-read: %s\n", err.text);
        goto out;
    }
    rounds *= IN_A_ROW;
    for (size_t i = 0; i < 2 * rounds; i++) {
        bool ours = i / IN_A_ROW % 2 == 0;
        if (alone && !ours)
            continue;
        double *place = times + (ours ? 0 : rounds) + i / (2 * IN_A_ROW) * IN_A_ROW + i % IN_A_ROW;
        *place = ours ? read_ours(states, text, length) : read_jansson(text, length);
        if (*place < 0) {
            fprintf(stderr, "bench-read: %s cannot be read\n", argv[2]);
            goto out;
        }
    }
    print(times, rounds);
    if (!alone)
        print(times + rounds, rounds);
    status = 0;
out:
    free(times);
    delta_arena_free(states);
    delta_arena_free(arena);
    return status;
}
