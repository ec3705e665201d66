/* A file is read when its first record comes. Each further one applies to what the one before made.
 * The table of files is a balanced tree by key (tsearch(3)). */
#include "apply/directory.h"

#include "cli/cli.h"
#include "cli/record_input.h"
#include "tree/tree.h"

#include <errno.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { STEP = 2 }; /* spaces a level of a new file */

/* One file, in an arena of its own. */
struct target {
    char *key;
    struct delta_arena *arena;
    const char *text; /* as it was read; NULL: it was not there */
    size_t length;
    const struct delta_value *before, *state; /* NULL: not there */
};

struct applying {
    struct cli *cli;
    const struct directory_apply *options;
    char root[PATH_MAX];
    void *table;
    struct target **targets; /* in the order of their first records */
    size_t count, capacity;
    int status;
};

static void path_of(const struct applying *applying, const struct target *target,
                    char out[PATH_MAX]) {
    const char *root = applying->options->root;
    (void)snprintf(out, PATH_MAX, "%.*s/%s", tree_root_length(root), root, target->key);
}

/* Reports a record that does not fit; the others are checked nevertheless. */
static void refuse(struct applying *applying, struct record_input *input, const char *key,
                   const char *what) {
    struct delta_err err = {.code = DELTA_ERR_BASE};
    (void)snprintf(err.text, sizeof err.text, "key \"%.200s\": %s", key, what);
    delta_record_reader_place(input->reader, &err);
    cli_error(applying->cli, &err);
    applying->status = CLI_NO;
}

/* ---- The files ---- */

static int by_key(const void *a, const void *b) {
    const struct target *left = a, *right = b;
    return strcmp(left->key, right->key);
}

static void free_target(struct target *target) {
    if (!target)
        return;
    delta_arena_free(target->arena);
    free(target->key);
    free(target);
}

static void keep_node(void *node) {
    (void)node; /* targets are freed by their list */
}

static int read_target(struct applying *applying, struct target *target) {
    struct delta_err err = {0};
    char path[PATH_MAX];
    path_of(applying, target, path);
    target->text = delta_read_bytes(target->arena, path, DELTA_MAX_STATE, &target->length, &err);
    if (target->text)
        target->before = delta_read_in_place(target->arena, DELTA_USE_DIGEST, target->text,
                                             target->length, path, &err);
    target->state = target->before;
    return target->state ? CLI_OK : cli_error(applying->cli, &err);
}

static struct target *new_target(const char *key) {
    struct target *target = calloc(1, sizeof *target);
    if (!target)
        return NULL;
    target->arena = delta_arena_new();
    target->key = strdup(key);
    if (target->arena && target->key)
        return target;
    free_target(target);
    return NULL;
}

static int add_target(struct applying *applying, struct target *target) {
    if (!delta_array_reserve(&applying->targets, &applying->capacity, applying->count + 1,
                             sizeof *applying->targets) ||
        !tsearch(target, &applying->table, by_key))
        return -1;
    applying->targets[applying->count++] = target;
    return 0;
}

/* The file that the key names, read. NULL with `applying->status` set when it is refused. */
static struct target *find_target(struct applying *applying, struct record_input *input,
                                  const char *key) {
    const struct target wanted = {.key = (char *)(uintptr_t)key};
    struct target **known = tfind(&wanted, &applying->table, by_key);
    if (known)
        return *known;
    enum tree_path found = tree_find(applying->root, key);
    if (found == TREE_REFUSED) {
        cli_fail(applying->cli, "%s: the key \"%s\" does not name a file inside %s", input->name,
                 key, applying->options->root);
        applying->status = CLI_TROUBLE;
        return NULL;
    }
    struct target *target = new_target(key);
    if (!target || add_target(applying, target)) {
        free_target(target);
        applying->status = cli_fail(applying->cli, "out of memory");
        return NULL;
    }
    if (found == TREE_FILE && read_target(applying, target) != CLI_OK) {
        applying->status = CLI_TROUBLE;
        return NULL;
    }
    return target;
}

/* ---- The records ---- */

/* A full record without a base is that of a file which was added. */
static bool is_added(const struct delta_record_info *info) {
    return !info->has_base && (info->strategy == DELTA_NONE || info->strategy == DELTA_COMPRESS);
}

static void apply_record(struct applying *applying, struct record_input *input,
                         struct target *target, const struct delta_record *record,
                         const struct delta_record_info *info) {
    const struct directory_apply *options = applying->options;
    const struct delta_apply_options apply = {.any_base = options->any_base,
                                              .max_size = options->max_size};
    const struct delta_value *base = target->state;
    struct delta_err err = {0};
    bool added = is_added(info);
    if (!base && !added && info->strategy == DELTA_REMOVED && !info->has_base)
        return; /* nothing to remove */
    if (!base && !added) {
        refuse(applying, input, target->key, "no such file");
        return;
    }
    if (base && added && !options->any_base) {
        refuse(applying, input, target->key, "the file exists already");
        return;
    }
    const struct delta_value *state =
        delta_apply(target->arena, record, added ? NULL : base, &apply, NULL, &err);
    if (!state && err.code == DELTA_ERR_REMOVED) {
        target->state = NULL;
        return;
    }
    if (state) {
        target->state = state;
        return;
    }
    char path[PATH_MAX];
    path_of(applying, target, path);
    if (!err.file[0])
        (void)snprintf(err.file, sizeof err.file, "%.*s", (int)sizeof err.file - 1, path);
    int status = cli_error(applying->cli, &err);
    if (applying->status != CLI_TROUBLE)
        applying->status = status;
}

static void take_record(struct applying *applying, struct record_input *input,
                        const struct delta_record *record) {
    struct delta_record_info info;
    size_t length;
    delta_record_info(record, &info);
    const char *text = info.key ? delta_value_text(info.key, &length) : NULL;
    if (!text) {
        struct delta_err err = {.code = DELTA_ERR_USAGE};
        (void)snprintf(err.text, sizeof err.text,
                       "the record has no key, so it does not say which file it is for");
        delta_record_reader_place(input->reader, &err);
        applying->status = cli_error(applying->cli, &err);
        return;
    }
    char key[PATH_MAX];
    if (length >= sizeof key || memchr(text, '\0', length)) {
        applying->status =
            cli_fail(applying->cli, "%s: the key of a record is not a valid path", input->name);
        return;
    }
    memcpy(key, text, length);
    key[length] = '\0';
    struct target *target = find_target(applying, input, key);
    if (target)
        apply_record(applying, input, target, record, &info);
}

/* The state of a file shares with the records that it was made of: they all stay, in `arena`. */
static int take_stream(struct applying *applying, struct delta_arena *arena, const char *path) {
    struct cli *cli = applying->cli;
    struct record_input input;
    const struct delta_record *record;
    int got, status = record_input_open(cli, &input, path, RECORD_INPUT_STREAM,
                                        applying->options->max_size);
    size_t count = 0;
    while (status == CLI_OK && (got = record_input_next(cli, &input, arena, &record)) != 0) {
        if (got < 0) {
            status = CLI_TROUBLE;
        } else {
            count++;
            take_record(applying, &input, record);
        }
    }
    if (status == CLI_OK && count == 0)
        status = cli_fail(cli, "%s: empty input: expected a record", input.name);
    record_input_close(&input);
    return status;
}

/* ---- Writing ---- */

/* The folders above a file. */
static int make_folders(char *path, size_t root_length) {
    for (char *slash = path + root_length + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        int failed = mkdir(path, 0777) && errno != EEXIST;
        *slash = '/';
        if (failed)
            return -1;
    }
    return 0;
}

static int remove_file(struct applying *applying, const char *path) {
    const char *suffix = applying->options->suffix;
    char kept[PATH_MAX];
    int failed;
    if (*suffix) {
        (void)snprintf(kept, sizeof kept, "%s%s", path, suffix);
        failed = rename(path, kept);
    } else {
        failed = remove(path);
    }
    return failed ? (cli_fail_system(applying->cli, "%s", path), -1) : 0;
}

static int write_target(struct applying *applying, const struct target *target) {
    struct delta_err err = {0};
    struct delta_buf text = {0};
    char path[PATH_MAX];
    path_of(applying, target, path);
    if (!target->state)
        return remove_file(applying, path);
    int status = target->before ? delta_write_like(target->text, target->length, target->before,
                                                   target->state, &text, &err)
                                : delta_write(target->state, DELTA_INDENTED, STEP, &text, &err);
    if (status == 0 && !target->before)
        delta_buf_put(&text, "\n", 1);
    if (status || text.failed) {
        if (status)
            cli_error(applying->cli, &err);
        else
            cli_fail(applying->cli, "out of memory");
        status = -1;
    } else if (!target->before && make_folders(path, strlen(applying->options->root))) {
        status = -1;
        cli_fail_system(applying->cli, "%s", path);
    } else {
        status = cli_replace_file(applying->cli, path,
                                  target->before ? applying->options->suffix : "", &text);
    }
    delta_buf_free(&text);
    return status;
}

/* The states before and after a file's records are the same: nothing is written. */
static bool is_same(const struct target *target) {
    return target->before && target->state ? delta_value_equal(target->before, target->state)
                                           : target->before == target->state;
}

static int write_all(struct applying *applying) {
    size_t written = 0;
    for (size_t i = 0; i < applying->count; i++) {
        if (is_same(applying->targets[i]))
            continue;
        if (write_target(applying, applying->targets[i]))
            return cli_fail(applying->cli, "stopped: %zu files were written before", written);
        written++;
    }
    return CLI_OK;
}

int directory_apply(struct cli *cli, const struct directory_apply *options) {
    struct applying applying = {.cli = cli, .options = options, .status = CLI_OK};
    struct delta_arena *arena = delta_arena_new();
    int status = CLI_OK;
    if (!arena)
        status = cli_fail(cli, "out of memory");
    else if (!realpath(options->root, applying.root))
        status = cli_fail_system(cli, "%s", options->root);
    for (size_t i = 0; i < options->path_count && status == CLI_OK; i++)
        status = take_stream(&applying, arena, options->paths[i]);
    if (options->path_count == 0 && status == CLI_OK)
        status = take_stream(&applying, arena, NULL);
    if (status == CLI_OK)
        status = applying.status;
    if (status == CLI_OK && !options->dry_run)
        status = write_all(&applying);
    tdestroy(applying.table, keep_node);
    for (size_t i = 0; i < applying.count; i++)
        free_target(applying.targets[i]);
    free(applying.targets);
    delta_arena_free(arena);
    return status;
}
