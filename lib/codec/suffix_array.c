#include "codec/suffix_array.h"

#include "base/err.h"

#include <divsufsort.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

/* libdivsufsort and, with 64-bit numbers, libdivsufsort64 are looked up when they are wanted: few
 * runs sort, and each would pay for loading them, 2% of a diff of two small states. Stores the
 * function in `sort`; returns the library, to be closed, or NULL. */
static void *open_sorter(const char *name, const char *function, void *sort,
                         struct delta_err *err) {
    errno = 0;
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library ? dlsym(library, function) : NULL;
    memcpy(sort, &symbol, sizeof symbol); /* C has no other way from one to the other */
    if (symbol)
        return library;
    bool no_memory = !library && errno == ENOMEM;
    if (library)
        dlclose(library);
    if (no_memory)
        return err_no_memory(err);
    err_set(err, DELTA_ERR_UNSUPPORTED, "binary patches need %s, which is not installed", name);
    return NULL;
}

static int sort_narrow(const unsigned char *bytes, int32_t *suffix_array, int32_t length,
                       struct delta_err *err) {
    __typeof__(divsufsort) *sort;
    void *library = open_sorter("libdivsufsort.so.3", "divsufsort", &sort, err);
    if (!library)
        return -1;
    int failed = sort(bytes, suffix_array, length);
    dlclose(library);
    return failed ? err_memory(err) : 0;
}

static int sort_wide(const unsigned char *bytes, int64_t *suffix_array, int64_t length,
                     struct delta_err *err) {
    int32_t (*sort)(const unsigned char *, int64_t *, int64_t); /* divsufsort64.h */
    void *library = open_sorter("libdivsufsort64.so.3", "divsufsort64", &sort, err);
    if (!library)
        return -1;
    int failed = sort(bytes, suffix_array, length);
    dlclose(library);
    return failed ? err_memory(err) : 0;
}

int suffix_array_sort(struct suffix_array *suffix_array, const void *bytes, size_t length,
                      struct delta_err *err) {
    *suffix_array = (struct suffix_array){.bytes = bytes, .length = length};
    if (!length)
        return 0;
    if (length > SIZE_MAX / 2 / sizeof *suffix_array->wide)
        return err_memory(err);
    if (length <= INT32_MAX) {
        suffix_array->narrow = malloc(length * sizeof *suffix_array->narrow);
        return suffix_array->narrow ? sort_narrow(bytes, suffix_array->narrow, (int32_t)length, err)
                                    : err_memory(err);
    }
    suffix_array->wide = malloc(length * sizeof *suffix_array->wide);
    return suffix_array->wide ? sort_wide(bytes, suffix_array->wide, (int64_t)length, err)
                              : err_memory(err);
}

void suffix_array_free(struct suffix_array *suffix_array) {
    free(suffix_array->narrow);
    free(suffix_array->wide);
    *suffix_array = (struct suffix_array){0};
}

static inline size_t suffix_at(const struct suffix_array *suffix_array, size_t index) {
    return suffix_array->narrow ? (size_t)suffix_array->narrow[index]
                                : (size_t)suffix_array->wide[index];
}

static inline size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* A binary search for the place of the target in the order of the suffixes: the longest match is
 * one of its two neighbours. All suffixes between two bounds share with it what both bounds do, so
 * that much is not compared again. */
struct suffix_array_match suffix_array_longest(const struct suffix_array *suffix_array,
                                               const unsigned char *target, size_t most) {
    size_t low = 0;
    size_t high = suffix_array->length;
    size_t low_shared = 0;
    size_t high_shared = 0;
    struct suffix_array_match best = {0};
    while (low < high && best.length < most) {
        size_t middle = low + (high - low) / 2;
        size_t position = suffix_at(suffix_array, middle);
        size_t end = smaller(suffix_array->length - position, most);
        size_t shared = smaller(low_shared, high_shared);
        shared += suffix_array_common(suffix_array->bytes + position + shared, target + shared,
                                      end - shared);
        if (shared > best.length)
            best = (struct suffix_array_match){.position = position, .length = shared};
        if (shared == end || suffix_array->bytes[position + shared] < target[shared]) {
            low = middle + 1;
            low_shared = shared;
        } else {
            high = middle;
            high_shared = shared;
        }
    }
    return best;
}
