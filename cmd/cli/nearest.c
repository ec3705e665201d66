#include "cli/nearest.h"

#include <string.h>

/* The number of letters to insert, remove, change or swap with their neighbour to make b of a. */
static size_t edit_distance(const char *a, const char *b) {
    size_t before[NEAREST_LENGTH + 1], last[NEAREST_LENGTH + 1], row[NEAREST_LENGTH + 1];
    size_t length = strlen(b);

    for (size_t j = 0; j <= length; j++)
        before[j] = last[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        memcpy(before, last, sizeof before);
        memcpy(last, row, sizeof last);
    }
    return last[length];
}

const char *nearest_word(const char *word, const char *const *words, size_t count) {
    const char *nearest = NULL;
    size_t length = strlen(word),
           least = (length + 2) / 3; /* a third of the letters may be wrong */

    if (length > NEAREST_LENGTH)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (strlen(words[i]) > NEAREST_LENGTH)
            continue;
        size_t distance = edit_distance(word, words[i]);
        if (distance <= least && distance < strlen(words[i])) {
            nearest = words[i];
            least = distance - (distance > 0);
        }
    }
    return nearest;
}
