/* Any bytes in the places of a store that a stranger can write: as the path of a key's history and
 * as the key, which lead to one another or nowhere; as its description; and as the history of a key
 * whose path does not hold it. */
#include "delta.h"
#include "tests/fuzz/law.h"

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_PATH = 211, NAME = 3 }; /* bytes; where a name begins in a path */

static const char about[] = "{\"format\":\"delta-store/1\",\"by\":[\"/k\"]}";
static const char hashed[] = "00/=00000000000000000000000000000000.history";

/* A folder that lives as long as the process; each input replaces the files in it. */
static char top[64];

static void remove_all(void) {
    char path[128];
    for (const char *const *name = (const char *const[]){hashed, "00", ".delta-store", "", NULL};
         *name; name++) {
        (void)snprintf(path, sizeof path, "%s/%s", top, *name);
        (void)remove(path);
    }
}

static void make_folder(void) {
    char path[128];
    if (*top)
        return;
    (void)snprintf(top, sizeof top, "%s/fuzz-store.XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    must(mkdtemp(top) != NULL, "a folder can be made");
    (void)snprintf(path, sizeof path, "%s/00", top);
    must(mkdir(path, 0700) == 0, "and one in it");
    (void)atexit(remove_all);
}

static void put_file(const char *name, const void *bytes, size_t length) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", top, name);
    FILE *file = fopen(path, "wb");
    must(file && fwrite(bytes, 1, length, file) == length && fclose(file) == 0,
         "a file can be written");
}

/* ---- Paths ---- */

static bool is_safe(const struct delta_buf *path) {
    const char *name = path->data + NAME;
    return path->length > NAME && path->length <= MOST_PATH && path->data[2] == '/' &&
           !memchr(path->data, '\0', path->length) && *name != '.' &&
           !memchr(name, '/', path->length - NAME);
}

static void as_key(const char *bytes, size_t length) {
    struct delta_buf path = {0}, key = {0};
    struct delta_err err = {0};
    delta_key_path_write(bytes, length, &path);
    must(is_safe(&path), "a key's path is one file below one folder");
    int read = delta_key_path_read(path.data, path.length, &key, &err);
    must(read >= 0, "a key's path is one");
    must(read == 0 ? path.data[NAME] == '=' && !key.length
                   : key.length == length && (!length || memcmp(key.data, bytes, length) == 0),
         "a key's path leads to the key, or has a hash");
    delta_buf_free(&path);
    delta_buf_free(&key);
}

static void as_path(const char *bytes, size_t length) {
    struct delta_buf path = {0}, key = {0};
    struct delta_err err = {0};
    int read = delta_key_path_read(bytes, length, &key, &err);
    must(read >= 0 || err.code == DELTA_ERR_USAGE, "what is no path is refused as that");
    if (read > 0) {
        delta_key_path_write(key.data, key.length, &path);
        must(path.length == length && memcmp(path.data, bytes, length) == 0,
             "a path is that of its key");
    }
    delta_buf_free(&path);
    delta_buf_free(&key);
}

/* ---- Files ---- */

static int visit(void *context, const char *key, size_t length, const struct delta_err *why) {
    struct delta_buf path = {0};
    (void)context;
    must(key || why->code != DELTA_OK, "a key that is lost has a reason");
    if (key) {
        delta_key_path_write(key, length, &path);
        must(path.length == strlen(hashed) && memcmp(path.data, hashed, path.length) == 0,
             "a key is listed where it belongs");
    }
    delta_buf_free(&path);
    return 0;
}

static void open_store(void) {
    struct delta_err err = {0};
    struct delta_store *store = delta_store_open(top, DELTA_STORE_CACHE, &err);
    must(store || err.code != DELTA_OK, "a failure has a code");
    if (store) {
        must(delta_value_type(delta_store_about(store)) == DELTA_OBJECT,
             "a description is an object");
        struct delta_history *history =
            delta_store_history(store, "k", 1, DELTA_HISTORY_READ, &err);
        must(!history, "there is no such key");
        must(delta_store_keys(store, visit, NULL, NULL) == 0, "keys can be listed");
    }
    delta_store_close(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    as_key((const char *)data, size);
    as_path((const char *)data, size);
    make_folder();
    put_file(".delta-store", data, size);
    put_file(hashed, "", 0);
    open_store();
    put_file(".delta-store", about, strlen(about));
    put_file(hashed, data, size);
    open_store();
    return 0;
}
