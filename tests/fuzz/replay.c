/* Runs a fuzz target over files, without libFuzzer: `replay-NAME FILE...`. The target aborts on
 * the input that breaks it, whose name is then the last one printed. */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path) {
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    long size;
    int rc = -1;

    if (!file || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 ||
        fseek(file, 0, SEEK_SET) != 0)
        goto out;
    /* Exactly as large as the input, so that a read past its end is seen by ASan. */
    data = malloc(size ? (size_t)size : 1);
    if (!data || fread(data, 1, (size_t)size, file) != (size_t)size)
        goto out;
    (void)LLVMFuzzerTestOneInput(data, (size_t)size);
    rc = 0;
out:
    if (rc != 0)
        perror(path);
    free(data);
    if (file)
        (void)fclose(file);
    return rc;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        printf("# %s\n", argv[i]);
        (void)fflush(stdout);
        if (replay(argv[i]) != 0)
            return 1;
    }
    printf("ok - %d inputs replayed\n", argc - 1);
    return 0;
}
