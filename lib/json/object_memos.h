/* Objects that were read, known by their text, so that the same text need not be read again.
 *
 * States repeat themselves. In the data of browser-compat-data (13 MB) 117,000 of 228,000 objects
 * have the same text, byte for byte and from bracket to bracket, as one before them that is still
 * remembered, and three quarters of all containers are in those; in mime-db it is 1,500 of 2,500
 * objects, in caniuse 8,000 of 14,000. Such an object is the same value, and values are shared: it
 * costs no memory either. A third of the time of reading browser-compat-data is saved, and a third
 * of the memory that it takes.
 *
 * A direct-mapped cache, chosen by a hash of how the text begins: up to the first closing brace,
 * which is the end of an object that has no other one in it; at most OBJECT_MEMO_NEAR bytes where
 * that is further away, unless no object begins before it: then all up to it, since wide objects
 * of the same keys begin alike. What is found is compared in full, so a wrong guess costs time
 * only: looking is O(1), and for an object that is found, or without others in it, O(its text).
 *
 * Where next to nothing is found, as among a hundred thousand users, looking would take a sixth of
 * the time of reading: it is then given up for a while, and for longer each time. */
#ifndef JSON_OBJECT_MEMOS_H
#define JSON_OBJECT_MEMOS_H

#include "base/hash.h"
#include "json/scan.h"
#include "json/value.h"

enum {
    OBJECT_MEMO_SHORTEST = 16,  /* bytes of the text of an object that is worth it */
    OBJECT_MEMO_LONGEST = 4096, /* and of one that is compared, however often in vain */
    OBJECT_MEMO_NEAR = SCAN_WITHIN,
    OBJECT_MEMO_BITS = 5, /* of the index of a memo in the struct itself */
};

struct object_memo {
    const char *text; /* from the opening brace */
    uint32_t length;  /* of the text */
    uint32_t tag;     /* of the hash that chose the memo; 0: there is no object */
    struct delta_value value;
};

struct object_memos {
    unsigned shift; /* leaves the bits of a hash that choose a memo */
    struct object_memo *memos, *many;
    uint32_t left;  /* objects until it is decided again whether to look */
    uint32_t found; /* since that was decided last */
    uint32_t pause; /* objects that are passed over the next time that too few are found */
    bool paused;
    struct object_memo few[1 << OBJECT_MEMO_BITS];
};

/* Where an object has its memo. */
struct object_place {
    struct object_memo *memo; /* NULL: none */
    uint32_t tag;
};

/* Empty memos for a text of `length` bytes, to be freed with object_memos_free and not to be moved.
 * Cannot fail: without memory there are fewer. O(memos), which are fewer for a short text. */
void object_memos_open(struct object_memos *memos, size_t length);
void object_memos_free(struct object_memos *memos);

/* Decides whether to look for the next objects, and for how many. */
void object_memos_decide(struct object_memos *memos);

/* How much of the text at `at` chooses the memo where there is no closing brace near. */
size_t object_memos_wide(const char *at, const char *end);

/* The place of one whose first `length` bytes choose it. */
static inline struct object_place object_memos_place(const struct object_memos *memos,
                                                     uint64_t hash) {
    return (struct object_place){&memos->memos[hash >> memos->shift], (uint32_t)hash | 1};
}

static inline uint64_t object_memo_word(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Whether it is worth looking for the next object. */
static inline bool object_memos_look(struct object_memos *memos) {
    if (memos->left-- == 0)
        object_memos_decide(memos);
    return !memos->paused;
}

/* Where the object whose opening brace is at `at`, before `end`, has its memo. OBJECT_MEMO_NEAR
 * bytes can be read behind `end`. */
static inline struct object_place object_memos_find(const struct object_memos *memos,
                                                    const char *at, const char *end) {
    size_t length = scan_within(at, '}');
    if (length < OBJECT_MEMO_SHORTEST)
        return (struct object_place){NULL, 0};
    if (length == OBJECT_MEMO_NEAR) {
        length = object_memos_wide(at, end);
        if (length > OBJECT_MEMO_NEAR)
            return object_memos_place(memos, hash_private(at, length, 0));
    }
    /* Most of the words, as the texts of one kind of object differ anywhere: values are compared.
     */
    size_t last = length - sizeof(uint64_t);
    uint64_t hash =
        hash_fold(object_memo_word(at + last / 2) ^ hash_secret.words[0],
                  object_memo_word(at + last) ^ hash_secret.words[length % HASH_SHORT]) +
        object_memo_word(at + last / 4) * UINT64_C(0x8ebc6af09c88c6e3);
    return object_memos_place(memos, hash * UINT64_C(0x9e3779b97f4a7c15));
}

/* The memo of the place if it is that of an object with the text at `at`, before `end`; else NULL.
 */
static inline const struct object_memo *object_memos_same(struct object_place place, const char *at,
                                                          const char *end) {
    const struct object_memo *memo = place.memo;
    if (!memo || memo->tag != place.tag || memo->length > (size_t)(end - at))
        return NULL;
    return scan_same_block(memo->text, at, memo->length) ? memo : NULL;
}

/* Remembers the object of `length` bytes at `text` at its place. */
static inline void object_memos_keep(struct object_place place, const char *text, size_t length,
                                     const struct delta_value *value) {
    if (length <= OBJECT_MEMO_LONGEST)
        *place.memo = (struct object_memo){text, (uint32_t)length, place.tag, *value};
}

#endif
