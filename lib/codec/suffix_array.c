#include "codec/suffix_array.h"

#include "base/err.h"

#include <divsufsort.h>
#include <dlfcn.h>
#include <stdlib.h>

/* divsufsort with 64-bit numbers (divsufsort64.h). It is a library of its own, installed with the
 * other one, and looked up when it is wanted: hardly anyone does, and everyone would pay for
 * loading it at each start. */
static int sort_wide(const unsigned char *bytes, int64_t *suffixes, int64_t length,
                     struct delta_err *err) {
    int32_t (*sort)(const unsigned char *, int64_t *, int64_t) = NULL;
    void *library = dlopen("libdivsufsort64.so.3", RTLD_NOW | RTLD_LOCAL);
    void *symbol = library ? dlsym(library, "divsufsort64") : NULL;
    memcpy(&sort, &symbol, sizeof sort); /* C has no other way from one to the other */
    int result = 0;
    if (!sort)
        result =
            err_set(err, DELTA_ERR_UNSUPPORTED,
                    "a binary patch of 2 GiB or more needs libdivsufsort64, which is not here");
    else if (sort(bytes, suffixes, length) != 0)
        result = err_memory(err);
    if (library)
        dlclose(library);
    return result;
}

int suffixes_sort(struct suffixes *suffixes, const void *bytes, size_t length,
                  struct delta_err *err) {
    *suffixes = (struct suffixes){.bytes = bytes, .length = length};
    if (!length)
        return 0;
    if (length <= INT32_MAX) {
        suffixes->narrow = malloc(length * sizeof *suffixes->narrow);
        if (!suffixes->narrow || divsufsort(bytes, suffixes->narrow, (saidx_t)length) != 0)
            return err_memory(err);
        return 0;
    }
    if (length > SIZE_MAX / 2 / sizeof *suffixes->wide)
        return err_memory(err);
    suffixes->wide = malloc(length * sizeof *suffixes->wide);
    return suffixes->wide ? sort_wide(bytes, suffixes->wide, (int64_t)length, err)
                          : err_memory(err);
}

void suffixes_free(struct suffixes *suffixes) {
    free(suffixes->narrow);
    free(suffixes->wide);
    *suffixes = (struct suffixes){0};
}

static inline size_t suffix_at(const struct suffixes *suffixes, size_t index) {
    return suffixes->narrow ? (size_t)suffixes->narrow[index] : (size_t)suffixes->wide[index];
}

static inline size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* A binary search for where the target would stand among the suffixes, beside which the longest
 * match is. All suffixes between two bounds share with it what both bounds do, so that needs no
 * comparing again. */
struct suffixes_match suffixes_longest(const struct suffixes *suffixes, const unsigned char *target,
                                       size_t most) {
    size_t low = 0;
    size_t high = suffixes->length;
    size_t low_shared = 0;
    size_t high_shared = 0;
    struct suffixes_match best = {0};
    while (low < high && best.length < most) {
        size_t middle = low + (high - low) / 2;
        size_t position = suffix_at(suffixes, middle);
        size_t end = smaller(suffixes->length - position, most);
        size_t shared = smaller(low_shared, high_shared);
        shared +=
            suffixes_common(suffixes->bytes + position + shared, target + shared, end - shared);
        if (shared > best.length)
            best = (struct suffixes_match){.position = position, .length = shared};
        if (shared == end || suffixes->bytes[position + shared] < target[shared]) {
            low = middle + 1;
            low_shared = shared;
        } else {
            high = middle;
            high_shared = shared;
        }
    }
    return best;
}
