/* The files of a store: a history for each key, in 256 directories, and how many of them are made
 * durable at once. Symbolic links are refused wherever one could lead out of the store. */
#ifndef HISTORY_STORE_FILES_H
#define HISTORY_STORE_FILES_H

#include "history/history.h"

enum { STORE_DIRECTORIES = 256 };

struct store_files {
    char *path; /* of the store */
    int fd;     /* of its directory */
    bool may_syncfs;
    dev_t device;
    bool made[STORE_DIRECTORIES];  /* the directory exists */
    bool dirty[STORE_DIRECTORIES]; /* it has names that are not durable yet, */
    bool dirty_root;               /* as the store's own may have */
};

/* Opens the directory of a store. */
int store_files_open(struct store_files *files, const char *path, struct delta_err *err);
void store_files_close(struct store_files *files);

/* The name of a directory, by its number. */
void store_files_directory(size_t number, char name[3]);

/* Appends the path of a key's file, and a NUL. DELTA_ERR_LIMIT for a key that is too long. */
int store_files_path(const struct store_files *files, struct byte_span key, struct delta_buf *path,
                     struct delta_err *err);

/* Before that file is opened: refuses symbolic links; where it `adds`, makes its directory. */
int store_files_prepare(struct store_files *files, const char *path, bool adds,
                        struct delta_err *err);

/* Compares the key in a history of the store with the one that is meant, and gives it to a history
 * that has no file yet. Paths hold only the hash of a long key: then the file says which it is. */
int store_files_check_key(const struct store_files *files, struct delta_history *history,
                          struct byte_span key, struct delta_err *err);

/* Makes the directories durable that were met since the last time: a new name in one of them counts
 * only then. */
int store_files_sync_root(struct store_files *files, struct delta_err *err);

/* One call for all that was written to the store, where that saves much for `count` files: 1; 0
 * where files are to be synced one by one, -1. */
int store_files_sync_all(const struct store_files *files, size_t count, struct delta_err *err);

/* Makes what was written to one file durable. `all`: the store's device is synced already. */
int store_files_sync_one(const struct store_files *files, int fd, bool all, struct delta_err *err);

/* A history that had no file has one now. */
void store_files_note_name(struct store_files *files, const struct delta_history *history);

/* Makes new names durable; `all` as above. */
int store_files_sync_names(struct store_files *files, bool all, struct delta_err *err);

#endif
