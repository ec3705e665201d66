#include "history/store_keys.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/err.h"
#include "history/history.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names of a directory, in order. */
struct names {
    char **items;
    size_t count, capacity;
};

static void free_names(struct names *names) {
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
}

static int compare_names(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static int list_directory(const struct store_files *files, const char *name, struct names *names,
                          struct delta_err *err) {
    int fd = openat(files->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *open_one = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    int status = 0;
    if (!open_one) {
        if (fd < 0 && errno == ENOENT)
            return 0;
        err_system(err, "cannot read the directory %s", name);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    while (status == 0 && (errno = 0, entry = readdir(open_one)) != NULL) {
        char *copy = strdup(entry->d_name);
        char **added = copy ? array_add(names) : NULL;
        if (added) {
            *added = copy;
        } else {
            free(copy);
            status = err_memory(err);
        }
    }
    if (status == 0 && errno)
        status = err_system(err, "cannot read the directory %s", name);
    closedir(open_one);
    if (names->count)
        qsort(names->items, names->count, sizeof *names->items, compare_names);
    return status;
}

/* Where a history should be is something that is none: 1, or 0 when nothing is there (any more). */
static int refuse_file(const struct store_files *files, const char *path, struct delta_err *err) {
    struct stat status;
    if (fstatat(files->fd, path, &status, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return 0;
    err_set(err, DELTA_ERR_DAMAGED, "%s in the store is not a regular file", path);
    err_in_file(err, files->path);
    return 1;
}

/* Whether a file is where the key that is in it belongs. */
static int check_place(const struct delta_buf *key, const char *path, struct delta_err *err) {
    struct delta_buf own = {0};
    delta_key_path_write(key->data, key->length, &own);
    int status = buf_check(&own, err);
    if (status == 0 && (own.length != strlen(path) || memcmp(own.data, path, own.length) != 0))
        status = err_set(err, DELTA_ERR_DAMAGED, "the history of a key that belongs elsewhere");
    delta_buf_free(&own);
    return status;
}

/* The key of a file, by its path below the store, or by what is in it: 1, 0 for one that is not a
 * history of a key, or has nothing in it yet, -1. */
static int find_key(const struct store_files *files, const char *path, struct delta_buf *key,
                    struct delta_err *err) {
    struct delta_err why = {0};
    struct stat status;
    int found = delta_key_path_read(path, strlen(path), key, &why);
    if (found < 0 && why.code == DELTA_ERR_USAGE)
        return 0;
    if (fstatat(files->fd, path, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(status.st_mode))
        return -refuse_file(files, path, err);
    if (!status.st_size)
        return 0;
    if (found != 0)
        return found < 0 ? err_memory(err) : 1;
    struct delta_buf whole = {0};
    buf_put_text(&whole, files->path);
    buf_put_char(&whole, '/');
    buf_put(&whole, path, strlen(path) + 1);
    struct delta_history *history =
        buf_check(&whole, err) < 0 ? NULL : delta_history_open(whole.data, DELTA_HISTORY_READ, err);
    delta_buf_free(&whole);
    if (!history)
        return -1;
    buf_put(key, history->key.bytes, history->key.length);
    if (!history->key.length) {
        err_set(err, DELTA_ERR_DAMAGED, "the key is lost");
        history_failed(history, err);
    } else if (check_place(key, path, err) < 0) {
        key->length = 0;
        history_failed(history, err);
    }
    delta_history_close(history);
    return key->length ? 1 : -1;
}

int store_keys_visit(const struct store_files *files, delta_store_visit *visit, void *context,
                     struct delta_err *err) {
    struct delta_buf key = {0}, path = {0};
    int status = 0;
    for (size_t i = 0; i < STORE_DIRECTORIES && status == 0; i++) {
        struct names names = {0};
        char directory[3];
        store_files_directory(i, directory);
        status = list_directory(files, directory, &names, err);
        for (size_t j = 0; j < names.count && status == 0; j++) {
            key.length = path.length = 0;
            buf_printf(&path, "%s/%s", directory, names.items[j]);
            buf_put_char(&path, '\0');
            struct delta_err why = {0};
            int found = buf_check(&path, &why) < 0 ? -1 : find_key(files, path.data, &key, &why);
            if (found < 0 && why.code == DELTA_ERR_MEMORY)
                status = err_memory(err);
            else if (found != 0)
                status = visit(context,
                               found < 0  ? NULL
                               : key.data ? key.data
                                          : "",
                               found < 0 ? 0 : key.length, &why);
        }
        free_names(&names);
    }
    delta_buf_free(&key);
    delta_buf_free(&path);
    return status < 0 ? err_in_file(err, files->path) : status;
}
