#include "history/predecessor.h"

#include "base/err.h"
#include "history/flush.h"
#include "history/iterator.h"

#include <string.h>

/* The position that a state was given, or else the history's own. */
static bool is_of(const struct delta_history *history, const struct delta_history_entry *entry,
                  struct byte_span source) {
    const char *name = entry->source ? entry->source : history->source;
    size_t length = entry->source ? entry->source_length : strlen(history->source);
    return length == source.length && memcmp(name, source.bytes, length) == 0;
}

int predecessor_find(struct delta_history *history, struct byte_span source,
                     struct delta_digest base, uint32_t *index, struct delta_err *err) {
    static const struct delta_digest none;
    struct delta_history_entry entry;
    *index = DELTA_NO_STATE;
    if (flush_pending(history, err) < 0)
        return -1;
    uint32_t count = delta_history_count(history);
    bool found = delta_digest_equal(base, none), retained = found, other = false;
    if (!count)
        return found;
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(history, 0, count - 1, false, err);
    if (!iterator)
        return -1;
    int got;
    bool lost;
    while ((got = iterator_next_or_lost(iterator, &entry, &lost, err)) > 0) {
        bool is_base = !lost && delta_digest_equal(entry.digest, base);
        retained |= is_base;
        if (lost || !is_of(history, &entry, source)) {
            found = false;
            other = true;
        } else if (is_base) {
            *index = entry.index;
            found = true;
        }
    }
    delta_history_iterator_free(iterator);
    if (got < 0)
        return -1;
    if (retained && !found && other)
        return err_set(err, DELTA_ERR_FORK, "fork: the history has other states after %s",
                       delta_digest_equal(base, none) ? "those of this source"
                                                      : "the base of this one");
    return found;
}
