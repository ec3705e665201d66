/* Names of states: N, tip, tip~N, @TIME; ranges A..B. */
#include "base/err.h"
#include "history/history.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TEXT = 100 }; /* bytes of a revision worth looking at */

static bool parse_number(const char *text, uint32_t *number) {
    uint64_t n = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || n > UINT32_MAX)
            return false;
        n = n * 10 + (uint64_t)(*text - '0');
    }
    *number = (uint32_t)n;
    return n <= UINT32_MAX;
}

static int no_such(const char *text, struct delta_err *err) {
    return err_set(err, DELTA_ERR_USAGE, "no such revision: %.100s (it is N, tip, tip~N or @TIME)",
                   text);
}

/* The highest index at or before a time. Times may go backwards, so that all are looked at. */
static int at_time(struct delta_history *history, int64_t time, uint32_t *index,
                   struct delta_err *err) {
    struct delta_history_entry entry;
    bool found = false;
    struct delta_history_iterator *walk =
        delta_history_iterator_new(history, 0, history->count - 1, false, err);
    if (!walk)
        return -1;
    for (;;) {
        struct delta_err why = {0};
        int status = delta_history_iterator_next(walk, &entry, &why);
        if (status == 0)
            break;
        if (status > 0 && entry.time <= time) {
            *index = entry.index;
            found = true;
        }
    }
    delta_history_iterator_free(walk);
    return found ? 0 : err_set(err, DELTA_ERR_USAGE, "the history has no state that is so old");
}

int delta_history_revision(struct delta_history *history, const char *text,
                           delta_revision_time *time, uint32_t *index, struct delta_err *err) {
    uint32_t back = 0;
    int64_t when;
    if (strncmp(text, "tip", 3) == 0) {
        if (text[3] && (text[3] != '~' || !parse_number(text + 4, &back)))
            return no_such(text, err);
        if (history_check_end(history, err) < 0)
            return -1;
        if (back >= history->count) {
            err_set(err, DELTA_ERR_USAGE,
                    history->count ? "no such revision: %.100s goes back too far"
                                   : "no such revision: %.100s; the history is empty",
                    text);
            return history_failed(history, err);
        }
        *index = history->count - 1 - back;
        return 0;
    }
    if (text[0] == '@') {
        if (!time || !time(text + 1, &when))
            return no_such(text, err);
        if (!history->count) {
            err_set(err, DELTA_ERR_USAGE, "the history is empty");
            return history_failed(history, err);
        }
        return at_time(history, when, index, err) < 0 ? history_failed(history, err) : 0;
    }
    if (!parse_number(text, index))
        return no_such(text, err);
    if (*index >= history->count) {
        if (history->count)
            err_set(err, DELTA_ERR_USAGE, "there is no state %" PRIu32 ": the last one is %" PRIu32,
                    *index, history->count - 1);
        else
            err_set(err, DELTA_ERR_USAGE, "there is no state %" PRIu32 ": the history is empty",
                    *index);
        return history_failed(history, err);
    }
    return 0;
}

int delta_history_range(struct delta_history *history, const char *text, delta_revision_time *time,
                        uint32_t *first, uint32_t *last, bool *is_range, struct delta_err *err) {
    const char *dots = strstr(text, "..");
    *is_range = dots != NULL;
    if (!dots) {
        if (delta_history_revision(history, text, time, first, err) < 0)
            return -1;
        *last = *first;
        return 0;
    }
    char left[MOST_TEXT];
    size_t length = (size_t)(dots - text);
    if (length >= sizeof left)
        return no_such(text, err);
    memcpy(left, text, length);
    left[length] = '\0';
    if (delta_history_revision(history, length ? left : "0", time, first, err) < 0 ||
        delta_history_revision(history, dots[2] ? dots + 2 : "tip", time, last, err) < 0)
        return -1;
    if (*first > *last)
        return err_set(err, DELTA_ERR_USAGE, "the range %.100s ends before it begins", text);
    return 0;
}
