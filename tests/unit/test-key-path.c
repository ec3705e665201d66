/* The path of a key's history: it stays below its directory, belongs to no other key, and leads
 * back to the key. */
#include "tests/unit/check.h"

#include <ctype.h>
#include <delta.h>

/* A key may hold a NUL: its bytes and their number. */
#define KEY(text) text, sizeof text - 1

static struct delta_buf path_of(const char *key, size_t length) {
    struct delta_buf path = {0};
    delta_key_path_write(key, length, &path);
    return path;
}

static void paths_are_these(void) {
    static const struct {
        const char *key;
        size_t length;
        const char *name; /* without directory and suffix */
    } rows[] = {
        {KEY(""), "%"},
        {KEY("sw-0001_a.b"), "sw-0001_a.b"},
        {KEY("."), "%2e"},
        {KEY(".."), "%2e."},
        {KEY("../x"), "%2e.%2fx"},
        {KEY("a/../../x"), "a%2f..%2f..%2fx"},
        {KEY("/etc/passwd"), "%2fetc%2fpasswd"},
        {KEY("two\nlines"), "two%0alines"},
        {KEY("nul\0byte"), "nul%00byte"},
        {KEY("\xff\xfe"), "%ff%fe"},
        {KEY("\xc3\xa9"), "%c3%a9"},
        {KEY("Host"), "%48ost"},
        {KEY("hOST"), "h%4f%53%54"},
        {KEY("50%"), "50%25"},
        {KEY("%2e"), "%252e"},
        {KEY("=0123"), "%3d0123"},
        {KEY("[\"default\",\"web\"]"), "%5b%22default%22%2c%22web%22%5d"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row("%s", rows[i].name);
        struct delta_buf path = path_of(rows[i].key, rows[i].length), key = {0};
        struct delta_err err = {0};
        char wanted[300];
        int length = snprintf(wanted, sizeof wanted, "/%s.history", rows[i].name);
        REQUIRE(path.length > 2);
        CHECK_EQ_MEM(path.data + 2, path.length - 2, wanted, (size_t)length);
        CHECK_EQ_INT(delta_key_path_read(path.data, path.length, &key, &err), 1);
        CHECK_EQ_MEM(key.data, key.length, rows[i].key, rows[i].length);
        delta_buf_free(&path);
        delta_buf_free(&key);
    }
}

/* As delta-history(5) has them, and xxh128sum. */
static void directory_is_of_the_hash(void) {
    static const struct {
        const char *key, *path;
    } rows[] = {
        {"", "99/%.history"},
        {"sw-0001", "f0/sw-0001.history"},
        {"../x", "bd/%2e.%2fx.history"},
        {"Pump", "0c/%50ump.history"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_buf path = path_of(rows[i].key, strlen(rows[i].key));
        CHECK_EQ_MEM(path.data, path.length, rows[i].path, strlen(rows[i].path));
        delta_buf_free(&path);
    }
}

static void long_keys_have_a_hash(void) {
    char text[300];
    memset(text, 'a', sizeof text);
    struct delta_buf whole = path_of(text, 200), hashed = path_of(text, 201), key = {0};
    struct delta_buf longer = path_of(text, 300);
    struct delta_err err = {0};
    CHECK_EQ_INT(whole.length, 3 + 200 + 8);
    CHECK_EQ_INT(hashed.length, 3 + 1 + 32 + 8);
    CHECK_EQ_INT(longer.length, hashed.length);
    CHECK(memcmp(hashed.data, longer.data, longer.length) != 0);
    CHECK(hashed.data[3] == '=' && memcmp(hashed.data, hashed.data + 4, 2) == 0);
    CHECK_EQ_INT(delta_key_path_read(whole.data, whole.length, &key, &err), 1);
    CHECK_EQ_MEM(key.data, key.length, text, 200);
    key.length = 0;
    CHECK_EQ_INT(delta_key_path_read(hashed.data, hashed.length, &key, &err), 0);
    CHECK_EQ_INT(key.length, 0);
    delta_buf_free(&whole);
    delta_buf_free(&hashed);
    delta_buf_free(&longer);
    /* What is escaped takes three bytes. */
    memset(text, 'A', sizeof text);
    whole = path_of(text, 66);
    hashed = path_of(text, 67);
    CHECK_EQ_INT(whole.length, 3 + 198 + 8);
    CHECK_EQ_INT(hashed.data[3], '=');
    delta_buf_free(&whole);
    delta_buf_free(&hashed);
    delta_buf_free(&key);
}

static void other_paths_are_refused(void) {
    char most[300], long_hash[] = "99/=99aa06d3014798d86001c324468d497f.history";
    memset(most, 'a', sizeof most);
    memcpy(most, "99/", 3);
    memcpy(most + sizeof most - 8, ".history", 8);
    static const char *const rows[] = {
        "",
        "99/",
        "99/.history",
        "98/%.history",
        "99/%.histor",
        "99/%.histories",
        "99/%2.history",
        "99/%0.history",
        "99/%zz.history",
        "99/%00%.history",
        "../../x.history",
        "99%%.history",
        "99/..history",
        "99/=99aa06d3014798d86001c324468d497.history",
        "99/=99aa06d3014798d86001c324468d497F.history",
        "98/=99aa06d3014798d86001c324468d497f.history",
        "99/=99aa06d3014798d86001c324468d497f.History",
    };
    struct delta_buf key = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct delta_err err = {0};
        check_row("%s", rows[i]);
        CHECK_EQ_INT(delta_key_path_read(rows[i], strlen(rows[i]), &key, &err), -1);
        CHECK_EQ_INT(err.code, DELTA_ERR_USAGE);
    }
    struct delta_err err = {0};
    CHECK_EQ_INT(delta_key_path_read(most, sizeof most, &key, &err), -1);
    CHECK_EQ_INT(delta_key_path_read(long_hash, strlen(long_hash), &key, &err), 0);
    /* One that a file system may have folded: the right directory, and an escape in upper case. */
    struct delta_buf path = path_of("[", 1);
    REQUIRE(path.length == 3 + 3 + 8 && path.data[5] == 'b');
    path.data[5] = 'B';
    CHECK_EQ_INT(delta_key_path_read(path.data, path.length, &key, &err), -1);
    delta_buf_free(&path);
    /* Escaped without need. */
    path = path_of("a", 1);
    char needless[] = "xx/%61.history";
    memcpy(needless, path.data, 2);
    CHECK_EQ_INT(delta_key_path_read(needless, strlen(needless), &key, &err), -1);
    CHECK_EQ_INT(key.length, 0);
    delta_buf_free(&path);
    delta_buf_free(&key);
}

/* Random bytes of any length: safe characters only, no other key's path, and back again. */
static void random_keys_come_back(void) {
    uint64_t seed = 20261125;
    enum { KEYS = 20000, MOST = 80 };
    for (unsigned i = 0; i < KEYS; i++) {
        char text[MOST];
        struct delta_err err = {0};
        struct delta_buf key = {0};
        size_t length = i % MOST;
        for (size_t j = 0; j < length; j++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[j] = (char)(seed >> 56);
            if (i % 3 == 0)
                text[j] = "aA.%/="[(unsigned char)text[j] % 6];
        }
        struct delta_buf path = path_of(text, length);
        check_row("key %u", i);
        REQUIRE(!path.failed && path.length > 11 && path.length <= 3 + 200 + 8);
        CHECK(path.data[2] == '/' && path.data[3] != '.' &&
              !memchr(path.data + 3, '/', path.length - 3));
        for (size_t j = 0; j < path.length; j++)
            CHECK(islower(path.data[j]) || isdigit(path.data[j]) || strchr("-_.%=/", path.data[j]));
        int got = delta_key_path_read(path.data, path.length, &key, &err);
        CHECK(got == (path.data[3] != '='));
        if (got > 0)
            CHECK_EQ_MEM(key.data, key.length, text, length);
        delta_buf_free(&path);
        delta_buf_free(&key);
    }
}

int main(void) {
    RUN(paths_are_these);
    RUN(directory_is_of_the_hash);
    RUN(long_keys_have_a_hash);
    RUN(other_paths_are_refused);
    RUN(random_keys_come_back);
    return check_done();
}
