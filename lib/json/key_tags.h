/* Tags of a hash table: 16 bits of each hash, in groups of KEY_TAGS that are looked at at once,
 * with SSE2 where the machine has it (SCAN_SSE2), which gives the same answers.
 *
 * Most keys that are looked up are in the first group, or are not in the table and their group has
 * a free place: one branch that goes the same way every time. With one place at a time, a quarter
 * of the keys of a wide object find their place taken by another one, and nothing predicts which.
 */
#ifndef JSON_KEY_TAGS_H
#define JSON_KEY_TAGS_H

#include "json/scan.h"

enum { KEY_TAGS = 8 };

/* Returns a bit for each place of the group that is free, from the lowest on, and in `*same` one
 * for each tag that is equal to `tag`. */
static inline unsigned key_tags_find(const uint16_t group[KEY_TAGS], unsigned tag, unsigned *same) {
#ifdef SCAN_SSE2
    __m128i tags = scan_load((const char *)group);
    __m128i equal = _mm_cmpeq_epi16(tags, _mm_set1_epi16((short)tag));
    __m128i unused = _mm_cmpeq_epi16(tags, _mm_setzero_si128());
    unsigned bits = (unsigned)_mm_movemask_epi8(_mm_packs_epi16(equal, unused));
    *same = bits & 0xff;
    return bits >> 8;
#else
    unsigned unused = 0;
    *same = 0;
    for (unsigned i = 0; i < KEY_TAGS; i++) {
        *same |= (unsigned)(group[i] == tag) << i;
        unused |= (unsigned)(group[i] == 0) << i;
    }
    return unused;
#endif
}

#endif
