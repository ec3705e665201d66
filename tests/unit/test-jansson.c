/* The reader against another one: what both accept, they read alike, and where only one of them
 * does, it is for a reason that is known. jansson holds numbers as doubles and 64-bit integers, so
 * that numbers are compared as it holds them. */
#include "tests/unit/random-value.h"
#include "tests/unit/spelled.h"
#include "json/reader.h"

#include <dirent.h>
#include <jansson.h>
#include <sys/stat.h>

enum { FLAGS = JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES };

/* True when both stand for the same value. */
static bool alike(const struct delta_value *value, const json_t *other) {
    switch ((enum delta_type)value->type) {
    case DELTA_NULL:
        return json_is_null(other);
    case DELTA_FALSE:
        return json_is_false(other);
    case DELTA_TRUE:
        return json_is_true(other);
    case DELTA_NUMBER: {
        char text[64];
        if (value->length >= sizeof text)
            return json_is_number(other);
        memcpy(text, value->text, value->length);
        text[value->length] = '\0';
        return json_is_integer(other) ? json_integer_value(other) == strtoll(text, NULL, 10)
                                      : json_real_value(other) == strtod(text, NULL);
    }
    case DELTA_STRING:
        return json_is_string(other) && json_string_length(other) == value->length &&
               memcmp(json_string_value(other), value->text, value->length) == 0;
    case DELTA_ARRAY:
        if (!json_is_array(other) || json_array_size(other) != value->length)
            return false;
        for (uint32_t i = 0; i < value->length; i++)
            if (!alike(&value_items(value)[i], json_array_get(other, i)))
                return false;
        return true;
    case DELTA_OBJECT:
        break;
    }
    if (!json_is_object(other) || json_object_size(other) != value->length)
        return false;
    for (uint32_t i = 0; i < value->length; i++) {
        const struct value_key *key = value_members(value)[i].key;
        json_t *member = json_object_getn(other, key->text, key->length);
        if (!member || !alike(&value_members(value)[i].value, member))
            return false;
    }
    return true;
}

static bool says(const json_error_t *error, const char *what) {
    return strstr(error->text, what) != NULL;
}

/* What jansson refuses and we do not: numbers that it cannot hold, lone surrogates, key names with
 * NUL (with JSON_ALLOW_NUL it reads them), a byte order mark. */
static bool only_ours(const char *text, size_t length, const json_error_t *error) {
    bool mark = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    return says(error, "too big") || says(error, "overflow") || says(error, "invalid Unicode") ||
           says(error, "NUL byte in object key") || mark;
}

/* What we refuse and jansson does not: it takes a raw NUL after a number for the end of the text.
 */
static bool only_theirs(const char *text, size_t length) {
    return memchr(text, '\0', length) != NULL;
}

static struct fenwick { unsigned both, none, ours, theirs; } fenwick;

static void compare(const char *text, size_t length) {
    struct delta_arena *arena = delta_arena_new();
    struct delta_err err = {0};
    json_error_t error = {0};
    const struct delta_value *value = delta_read(arena, text, length, NULL, &err);
    json_t *other = json_loadb(text, length, FLAGS, &error);
    if (value && other) {
        fenwick.both++;
        if (!alike(value, other))
            check_fail(__FILE__, __LINE__, "read otherwise: %.*s", (int)length, text);
    } else if (value) {
        fenwick.ours++;
        if (!only_ours(text, length, &error))
            check_fail(__FILE__, __LINE__, "jansson says %s: %.*s", error.text, (int)length, text);
    } else if (other) {
        fenwick.theirs++;
        if (!only_theirs(text, length))
            check_fail(__FILE__, __LINE__, "we say %s: %.*s", err.text, (int)length, text);
    } else {
        fenwick.none++;
    }
    json_decref(other);
    delta_arena_free(arena);
}

static void random_documents(void) {
    struct random random = {.seed = check_seed()};
    fenwick = (struct fenwick){0};
    for (int round = 0; round < check_rounds(8000); round++) {
        struct delta_buf text = {0};
        random.arena = delta_arena_new();
        struct delta_value value = random_value(&random, 4);
        (void)delta_write(&value, DELTA_INDENTED, random_below(&random, 4), &text, NULL);
        compare(text.data, text.length);
        /* And with a byte or two altered, so that most are no JSON any more. */
        for (int n = 0; n < 4 && text.length; n++) {
            static const char likely[] = "{}[],:\"\\u0123.eE+-tfn \n";
            text.data[random_below(&random, (uint32_t)text.length)] =
                random_chance(&random, 5) ? (char)random_below(&random, 256)
                                          : likely[random_below(&random, sizeof likely - 1)];
            compare(text.data, text.length);
        }
        delta_buf_free(&text);
        delta_arena_free(random.arena);
    }
    CHECK(fenwick.both > fenwick.none / 50);
    CHECK(fenwick.none > 0 && fenwick.ours > 0);
}

/* Texts made of nothing but JSON's own tokens: one in many is valid, and most are nearly so. */
static void random_tokens(void) {
    static const char *const tokens[] = {
        "{",           "}",  "[",      "]",           ",",           ":",     "\"a\"", "\"b\"",
        "\"\\u00e9\"", "1",  "-0.5e3", "true",        "null",        " ",     "\n",    "\"\"",
        "0",           "1.", "01",     "\"\\ud800\"", "\"\\u0000\"", "1e999",
    };
    uint64_t seed = check_seed();
    fenwick = (struct fenwick){0};
    for (int round = 0; round < check_rounds(60000); round++) {
        char text[128] = "";
        uint32_t count = 1 + check_below(&seed, 8);
        while (count--)
            strcat(text, tokens[check_below(&seed, sizeof tokens / sizeof *tokens)]);
        compare(text, strlen(text));
    }
    CHECK(fenwick.both > 100 && fenwick.none > 100);
}

/* Every JSON file below a folder, up to a size; how many there were. */
static unsigned compare_folder(const char *folder, int levels) {
    unsigned files = 0;
    DIR *opened = opendir(folder);
    if (!opened)
        return 0;
    for (const struct dirent *entry; (entry = readdir(opened));) {
        char path[1024];
        struct stat status;
        size_t length = strlen(entry->d_name);
        if (entry->d_name[0] == '.' ||
            (size_t)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= sizeof path ||
            stat(path, &status) != 0)
            continue;
        if (S_ISDIR(status.st_mode) && levels) {
            files += compare_folder(path, levels - 1);
        } else if (S_ISREG(status.st_mode) && length > 5 && status.st_size < 4000000 &&
                   strcmp(entry->d_name + length - 5, ".json") == 0) {
            struct delta_arena *arena = delta_arena_new();
            size_t size;
            const char *text = delta_read_bytes(arena, path, DELTA_MAX_STATE, &size, NULL);
            check_row("%s", path);
            if (text)
                compare(text, size);
            files += text != NULL;
            delta_arena_free(arena);
        }
    }
    closedir(opened);
    return files;
}

static void files(void) {
    const char *given = getenv("JSON_CORPUS");
    fenwick = (struct fenwick){0};
    CHECK(compare_folder("tests/cases", 4) > 0);
    if (given)
        compare_folder(given, 6);
    CHECK(fenwick.both > 0);
    CHECK_EQ_INT(fenwick.theirs, 0);
}

int main(void) {
    RUN(random_documents);
    RUN(random_tokens);
    RUN(files);
    return check_done();
}
