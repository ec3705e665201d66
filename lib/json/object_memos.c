#include "json/object_memos.h"

#include <stdlib.h>

/* How many memos a text of less than so many bytes has. Few of a large text are found again in
 * more: of browser-compat-data 117,000 objects in 2^12, 119,000 in 2^14. */
enum {
    TINY = 1024,       /* none */
    SMALL = 32 * 1024, /* OBJECT_MEMO_BITS */
    MIDDLE = 256 * 1024,
    MIDDLE_BITS = 9,
    LARGE_BITS = 12, /* for any longer one */
};

/* Of TRIAL objects an EIGHTH must be found, or so many are passed over. */
enum {
    TRIAL = 64,
    ENOUGH = TRIAL / 8,
    FIRST_PAUSE = 512,
    LONGEST_PAUSE = 8192,
};

void object_memos_open(struct object_memos *memos, size_t length) {
    unsigned bits = length < SMALL ? OBJECT_MEMO_BITS : length < MIDDLE ? MIDDLE_BITS : LARGE_BITS;
    memos->memos = memos->few;
    memos->many = length < SMALL ? NULL : malloc(sizeof *memos->many << bits);
    if (memos->many)
        memos->memos = memos->many;
    else
        bits = OBJECT_MEMO_BITS;
    memos->shift = 64 - bits;
    memos->left = length < TINY ? UINT32_MAX : TRIAL;
    memos->paused = length < TINY;
    memos->found = 0;
    memos->pause = FIRST_PAUSE;
    for (size_t i = 0; i < (size_t)1 << bits && !memos->paused; i++)
        memos->memos[i].tag = 0;
}

void object_memos_free(struct object_memos *memos) {
    free(memos->many);
}

void object_memos_decide(struct object_memos *memos) {
    if (memos->paused || memos->found >= ENOUGH) {
        if (!memos->paused)
            memos->pause = FIRST_PAUSE;
        memos->paused = false;
        memos->left = TRIAL;
    } else {
        memos->paused = true;
        memos->left = memos->pause;
        memos->pause = memos->pause < LONGEST_PAUSE ? 2 * memos->pause : LONGEST_PAUSE;
    }
    memos->found = 0;
}

size_t object_memos_wide(const char *at, const char *end) {
    size_t most =
        (size_t)(end - at) < OBJECT_MEMO_LONGEST ? (size_t)(end - at) : OBJECT_MEMO_LONGEST;
    const char *brace = scan_brace(at + OBJECT_MEMO_NEAR, at + most);
    return brace && *brace == '}' ? (size_t)(brace - at) + 1 : OBJECT_MEMO_NEAR;
}
