/* Any bytes as a file of --rules: read, made into the filter of a file in a section and of one in
 * none, and used: what the filter lets through of a change leads from the old state to what it made
 * of the new one. */
#include "cli/cli.h"
#include "cli/filter_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct options {
    struct filtering filtering;
};

static const struct cli_option table[] = {FILTERING_OPTIONS(struct options, filtering), {0}};
static const struct cli_command command = {.name = "fuzz-rules", .options = table};

static const char old_text[] =
    "{\"a\":{\"b\":[1,2,3,{\"c\":null,\"id\":7}],\"d\":\"text\"},\"e\":1,\"f\":[[],[1],{}],\"j\":"
    "\"{\\\"x\\\":[1,2]}\",\"list\":[{\"id\":1,\"v\":1},{\"id\":2,\"v\":\"two\"},{\"id\":3}]}";
static const char new_text[] =
    "{\"a\":{\"b\":[3,1,{\"c\":1,\"id\":7},2],\"d\":\"texts\"},\"e\":1.0,\"g\":[[],[1],{}],\"j\":"
    "\"{\\\"x\\\":[1,3]}\",\"list\":[{\"id\":2,\"v\":\"two\",\"w\":0},{\"id\":1,\"v\":1.01}]}";

/* Records that mask anything cannot be applied. */
static void use(const struct delta_filter *filter) {
    struct delta_err err = {0};
    struct delta_arena *arena = delta_arena_new();
    const struct delta_value *old = delta_read(arena, old_text, sizeof old_text - 1, NULL, &err);
    const struct delta_value *new = delta_read(arena, new_text, sizeof new_text - 1, NULL, &err);
    struct delta_diff_options options = {.filter = filter};
    struct delta_apply_options apply = {.any_base = false};
    bool as_promised;
    if (!old || !new)
        abort();
    const struct delta_value *filtered = delta_filter_apply(arena, filter, old, new, &err);
    if (!filtered && err.code == DELTA_OK)
        abort();
    const struct delta_record *record =
        filtered ? delta_diff(arena, old, filtered, &options, &err) : NULL;
    if (record) {
        struct delta_record_info info;
        delta_record_info(record, &info);
        const struct delta_value *made =
            delta_apply(arena, record, old, &apply, &as_promised, &err);
        if (info.masked ? made || err.code != DELTA_ERR_UNSUPPORTED
                        : !made || !delta_value_equal(made, filtered))
            abort();
    }
    delta_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[64];
    const char *name[] = {path};
    struct options options = {0};
    struct cli cli;
    FILE *messages = stderr;
    int fd = memfd_create("rules", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    options.filtering.rules.items = name;
    options.filtering.rules.count = 1;
    cli_begin(&cli, &command);
    if (!(stderr = fopen("/dev/null", "w")))
        abort();
    if (filtering_read(&cli, &options.filtering) == CLI_OK) {
        static const char *const files[] = {NULL, "x.json", "dir/other.yaml"};
        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
            const struct delta_filter *filter;
            struct delta_arena *arena = delta_arena_new();
            uint64_t sections = rules_sections(&options.filtering.read, files[i]);
            if (filtering_make_sections(&cli, &options.filtering, sections, arena, &filter) ==
                    CLI_OK &&
                filter)
                use(filter);
            delta_arena_free(arena);
        }
    }
    (void)fclose(stderr);
    stderr = messages;
    (void)cli_finish(&cli, CLI_OK);
    close(fd);
    return 0;
}
