#include "history/store_about.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/replacement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ABOUT "/.delta-store"
#define FORMAT "delta-store/1"

static char *join(const char *path, const char *name, struct delta_err *err) {
    char *joined = malloc(strlen(path) + strlen(name) + 1);
    if (!joined)
        return err_no_memory(err);
    return strcat(strcpy(joined, path), name);
}

const struct delta_value *store_about_read(const char *directory, struct delta_arena *arena,
                                           struct delta_err *err) {
    char *path = join(directory, ABOUT, err);
    const struct delta_value *format;
    size_t length;
    if (!path)
        return NULL;
    if (access(path, F_OK) < 0 && errno == ENOENT) {
        free(path);
        err_set(err, DELTA_ERR_USAGE, "not a store: there is no .delta-store in it");
        err_in_file(err, directory);
        return NULL;
    }
    const struct delta_value *about = delta_read_file(arena, path, err);
    const char *text = NULL;
    if (about && (format = delta_value_at(about, "/format", strlen("/format"), NULL)) != NULL)
        text = delta_value_text(format, &length);
    int status = about ? 0 : -1;
    if (status == 0 &&
        (!text || delta_value_type(about) != DELTA_OBJECT || length < strlen("delta-store/") ||
         memcmp(text, "delta-store/", strlen("delta-store/")) != 0))
        status = err_set(err, DELTA_ERR_DAMAGED, "not the description of a store");
    else if (status == 0 && (length != strlen(FORMAT) || memcmp(text, FORMAT, length) != 0))
        status = err_set(err, DELTA_ERR_UNSUPPORTED,
                         "store of version '%.*s'; this program reads " FORMAT, (int)length, text);
    if (status < 0)
        err_in_file(err, path);
    free(path);
    return status < 0 ? NULL : about;
}

/* Writes the description, unless there is one. The directory is locked. */
static int write_about(const char *path, const struct delta_value *about, struct delta_err *err) {
    struct delta_buf text = {0};
    struct replacement file = {0};
    int status = 1;
    if (access(path, F_OK) == 0)
        return 0;
    delta_write(about, DELTA_CANONICAL, 0, &text, err);
    buf_put_char(&text, '\n');
    if (buf_check(&text, err) < 0 || replacement_begin(&file, path, 0, err) < 0 ||
        replacement_write(&file, text.data, text.length, err) < 0 ||
        replacement_commit(&file, err) < 0) {
        replacement_abort(&file);
        status = -1;
    }
    delta_buf_free(&text);
    return status;
}

/* Makes the new entry of a directory outlast a crash. */
static int sync_parent(const char *path, struct delta_err *err) {
    char *parent = join(path, "/..", err);
    int fd = parent ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int status = 0;
    if (!parent || (fd < 0 && errno != EACCES) || (fd >= 0 && fsync(fd) < 0))
        status = err_system(err, "cannot sync the directory");
    if (fd >= 0)
        close(fd);
    free(parent);
    return status;
}

static bool is_format(const struct delta_member *member) {
    return member->key_length == strlen("format") &&
           memcmp(member->key, "format", strlen("format")) == 0;
}

int delta_store_init(const char *path, const struct delta_value *settings, struct delta_err *err) {
    struct delta_arena *arena = delta_arena_new();
    char *file = join(path, ABOUT, err);
    size_t count = settings ? delta_value_count(settings) : 0;
    struct delta_member *members = calloc(count + 1, sizeof *members);
    int fd = -1, status = -1;
    if (!arena || !file || !members) {
        err_memory(err);
        goto end;
    }
    members[0] = (struct delta_member){"format", strlen("format"),
                                       delta_value_string(arena, FORMAT, strlen(FORMAT), err)};
    size_t used = 1;
    for (size_t i = 0; i < count; i++)
        if (delta_value_member(settings, i, &members[used]) && !is_format(&members[used]))
            used++;
    const struct delta_value *about =
        members[0].value ? delta_value_object(arena, members, used, err) : NULL;
    if (!about)
        goto end;
    bool made = mkdir(path, 0777) == 0;
    if ((!made && errno != EEXIST) || (fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
        flock(fd, LOCK_EX) < 0)
        err_system(err, "cannot create the store");
    else if (!made || sync_parent(path, err) == 0)
        status = write_about(file, about, err);
end:
    if (status < 0)
        err_in_file(err, path);
    if (fd >= 0)
        close(fd);
    free(members);
    free(file);
    delta_arena_free(arena);
    return status;
}
