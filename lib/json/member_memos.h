/* The digests of members with short scalars, kept while a text is read: the same flags, names and
 * small numbers are under the same keys again and again.
 *
 * A direct-mapped cache: the key's address and the value's bytes, in one word, choose the memo, and
 * what was there before is replaced. Invariant: a memo with a key holds the digest of the member of
 * just that key and value. The comparison is exact, by the key's struct and by a word that holds
 * the whole value, so a memo never gives another member's digest; a memo that is missing, or a
 * key that has two structs, costs time only. That is why only values shorter than MEMO_LIMIT have
 * memos: the eighth byte of the word is their kind and length.
 *
 * Of the instructions of reading caniuse (3.9 MB, 330,000 members, 117 million instructions before
 * and 69 million with all that the reader remembers) a fifth hashed members that had been hashed
 * before. Of its 306,000 members with short values 43% are found again in 2^8 memos, and 90% in
 * 2^12, of 32 bytes each: 22 million instructions. A short text has none: to clear 2^8 of them is
 * 6% of the work for 5 kB, and with 2^5 too few values are found again, so that a stream of states
 * of 5 kB took 2% longer than without; nor are there pages of a stack to be made for them.
 *
 * All is inline: where member_memos_open is not, gcc 12 makes reading caniuse 2% slower (70.8
 * and 72.3 million instructions of delta-diff -q of two versions). */
#ifndef JSON_MEMBER_MEMOS_H
#define JSON_MEMBER_MEMOS_H

#include "base/hash.h"
#include "json/value.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* What the private hash and the digest of a scalar begin with, and what a memo knows it by. */
enum scalar_kind { KIND_STRING = 's', KIND_NUMBER = 'n', KIND_LITERAL = 'l' };

enum { MEMO_LIMIT = 8 }; /* bytes; shorter values have memos */

struct member_memo {
    const struct value_key *key;
    uint64_t word; /* the value's bytes; in the highest byte its kind and length, never 0 */
    struct delta_digest digest;
};

struct member_memos {
    size_t limit;   /* bytes; shorter values have memos: MEMO_LIMIT, or 0 where there are none */
    unsigned shift; /* leaves the bits of a hash that choose a memo */
    struct member_memo *memos;
};

/* How many memos a text of at least so many bytes has. */
enum {
    MEMO_FEW = 16 * 1024,
    MEMO_FEW_BITS = 8,
    MEMO_MANY = 256 * 1024,
    MEMO_MANY_BITS = 12,
};

/* Empty memos for a text of `length` bytes, to be freed with member_memos_free. Cannot fail:
 * without memory there are none. O(memos). */
static inline void member_memos_open(struct member_memos *memos, size_t length) {
    unsigned bits = length < MEMO_MANY ? MEMO_FEW_BITS : MEMO_MANY_BITS;
    size_t size = sizeof *memos->memos << bits;
    memos->memos = length < MEMO_FEW ? NULL : malloc(size);
    memos->limit = memos->memos ? MEMO_LIMIT : 0;
    memos->shift = 64 - bits;
    if (memos->memos)
        memset(memos->memos, 0, size);
}

static inline void member_memos_free(struct member_memos *memos) {
    free(memos->memos);
}

/* A value of less than MEMO_LIMIT bytes, as no other one. 8 bytes can be read at `text`. */
static inline uint64_t member_memo_word(const char *text, size_t length, enum scalar_kind kind) {
    unsigned number = kind == KIND_STRING ? 1 : kind == KIND_NUMBER ? 2 : 3;
    uint64_t word;
    memcpy(&word, text, sizeof word);
    word = le64toh(word) & ((UINT64_C(1) << 8 * length) - 1);
    return word | (uint64_t)(number << 3 | length) << 56;
}

static inline struct delta_digest scalar_digest(const char *text, size_t length,
                                                enum scalar_kind kind) {
    return kind == KIND_STRING   ? digest_of_string(text, length)
           : kind == KIND_NUMBER ? digest_of_number(text, length)
                                 : hash_bytes(text, length, kind);
}

/* The digest of the member whose value is a scalar, `length` bytes at `text`, where 8 can be read.
 * The key must live as long as the memos, and equal keys should be one struct. */
static inline struct delta_digest member_memos_digest(struct member_memos *memos,
                                                      const struct value_key *key, const char *text,
                                                      size_t length, enum scalar_kind kind) {
    if (length >= memos->limit)
        return value_member_digest(key, scalar_digest(text, length, kind));
    uint64_t word = member_memo_word(text, length, kind);
    uint64_t mixed = (word ^ (uintptr_t)key) * UINT64_C(0x9e3779b97f4a7c15);
    struct member_memo *memo = &memos->memos[mixed >> memos->shift];
    if (memo->key != key || memo->word != word) {
        memo->digest = value_member_digest(key, scalar_digest(text, length, kind));
        memo->key = key;
        memo->word = word;
    }
    return memo->digest;
}

#endif
