/* Usage: bench-yyjson ROUNDS FILE
 *
 * Reads a state out of memory with yyjson, several times, and prints the least processor time in
 * microseconds. Built by scripts/bench where $YYJSON names the sources of yyjson. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <yyjson.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    if (file && fseek(file, 0, SEEK_END) == 0) {
        *length = (size_t)ftell(file);
        rewind(file);
        text = malloc(*length + 1);
        if (text && fread(text, 1, *length, file) != *length)
            *length = 0;
    }
    if (file)
        fclose(file);
    return text;
}

int main(int argc, char **argv) {
    size_t length = 0, rounds = argc == 3 ? (size_t)strtoul(argv[1], NULL, 10) : 0;
    char *text = rounds ? read_file(argv[2], &length) : NULL;
    double best = 0;
    if (!text || !length) {
        fprintf(stderr, "usage: bench-yyjson ROUNDS FILE\n");
        return 2;
    }
    for (size_t i = 0; i < rounds; i++) {
        double start = now();
        yyjson_doc *doc = yyjson_read(text, length, 0);
        double time = now() - start;
        if (!doc)
            return 2;
        yyjson_doc_free(doc);
        if (i == 0 || time < best)
            best = time;
    }
    printf("%.1f\n", best);
    free(text);
    return 0;
}
