/* Revisions: N, a name, tip, tip~N, a digest prefix, @TIME; ranges A..B. */
#include "base/err.h"
#include "base/hash.h"
#include "history/iterator.h"
#include "history/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    MOST_TEXT = 100,  /* bytes of a revision */
    LEAST_PREFIX = 6, /* hex digits of a digest, unless it says `digest:` */
    DIGEST_DIGITS = DELTA_DIGEST_TEXT - 1,
    MOST_CANDIDATES = 4,   /* named where a prefix is ambiguous */
    CANDIDATE_DIGITS = 12, /* of each, as `log` prints them */
};

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
    return err_set(
        err, DELTA_ERR_USAGE,
        "no such revision: %.100s (expected an index, a name, tip, tip~N, @TIME, or six or "
        "more digits of a digest)",
        text);
}

static int invalid_time(const char *text, struct delta_err *err) {
    return err_set(err, DELTA_ERR_USAGE,
                   "invalid time '%.100s' (expected seconds since 1970, a date, a date and time, "
                   "yesterday, or -2d)",
                   text);
}

static int check_not_empty(const struct delta_history *history, struct delta_err *err) {
    return history->count ? 0 : err_set(err, DELTA_ERR_USAGE, "the history is empty");
}

struct time_search {
    int64_t time;
    bool found;
    uint32_t index;
};

static int look_at_time(void *context, const struct delta_history_entry *entry,
                        struct delta_err *err) {
    (void)err;
    struct time_search *search = context;
    if (entry->time <= search->time) {
        search->index = entry->index;
        search->found = true;
    }
    return 0;
}

/* The highest index at or before a time. Times may decrease, so all states are looked at. */
static int at_time(struct delta_history *history, int64_t time, uint32_t *index,
                   struct delta_err *err) {
    struct time_search search = {.time = time};
    if (check_not_empty(history, err) < 0 ||
        iterator_visit(history, look_at_time, &search, err) < 0)
        return -1;
    *index = search.index;
    return search.found ? 0 : err_set(err, DELTA_ERR_USAGE, "no state at or before that time");
}

struct digest_search {
    const char *prefix;
    size_t length;
    unsigned count; /* different digests that begin so, up to MOST_CANDIDATES + 1 */
    uint32_t indices[MOST_CANDIDATES + 1]; /* the highest index of each */
    struct delta_digest digests[MOST_CANDIDATES + 1];
};

static int look_at_digest(void *context, const struct delta_history_entry *entry,
                          struct delta_err *err) {
    (void)err;
    struct digest_search *search = context;
    char text[DELTA_DIGEST_TEXT];
    unsigned i = 0;
    delta_digest_format(entry->digest, text);
    if (strncasecmp(text, search->prefix, search->length) != 0)
        return 0;
    while (i < search->count && !delta_digest_equal(search->digests[i], entry->digest))
        i++;
    if (i > MOST_CANDIDATES)
        return 0;
    search->digests[i] = entry->digest;
    search->indices[i] = entry->index;
    if (i == search->count)
        search->count++;
    return 0;
}

static int ambiguous(const struct digest_search *search, struct delta_err *err) {
    char list[MOST_CANDIDATES * 40] = "", digest[DELTA_DIGEST_TEXT];
    size_t used = 0;
    for (unsigned i = 0; i < search->count && i < MOST_CANDIDATES; i++) {
        delta_digest_format(search->digests[i], digest);
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%.*s (state %" PRIu32 ")",
                                 i ? ", " : "", CANDIDATE_DIGITS, digest, search->indices[i]);
    }
    return err_set(err, DELTA_ERR_USAGE, "ambiguous digest %.32s: %s%s", search->prefix, list,
                   search->count > MOST_CANDIDATES ? " and others" : "");
}

/* The highest index whose digest begins so; different digests that do are refused. */
static int by_digest(struct delta_history *history, const char *prefix, uint32_t *index,
                     struct delta_err *err) {
    struct digest_search search = {.prefix = prefix, .length = strlen(prefix)};
    if (check_not_empty(history, err) < 0 ||
        iterator_visit(history, look_at_digest, &search, err) < 0)
        return -1;
    if (!search.count)
        return err_set(err, DELTA_ERR_USAGE, "no state has the digest %.32s", prefix);
    if (search.count > 1)
        return ambiguous(&search, err);
    *index = search.indices[0];
    return 0;
}

static bool is_prefix(const char *text, size_t least) {
    size_t length = strspn(text, "0123456789abcdefABCDEF");
    return length >= least && length <= DIGEST_DIGITS && !text[length];
}

static int by_index(struct delta_history *history, uint32_t number, uint32_t *index,
                    struct delta_err *err) {
    *index = number;
    if (number < history->count)
        return 0;
    if (history->count)
        return err_set(err, DELTA_ERR_USAGE,
                       "there is no state %" PRIu32 ": the last one is %" PRIu32, number,
                       history->count - 1);
    return err_set(err, DELTA_ERR_USAGE, "there is no state %" PRIu32 ": the history is empty",
                   number);
}

/* `back` states before the tip. */
static int before_tip(struct delta_history *history, const char *text, uint32_t back,
                      uint32_t *index, struct delta_err *err) {
    if (back >= history->count)
        return err_set(err, DELTA_ERR_USAGE,
                       history->count ? "no such revision: %.100s goes back too far"
                                      : "no such revision: %.100s; the history is empty",
                       text);
    *index = history->count - 1 - back;
    return 0;
}

int delta_history_revision(struct delta_history *history, const char *text,
                           delta_revision_time *time, uint32_t *index, struct delta_err *err) {
    static const char digest[] = "digest:";
    uint32_t number = 0;
    int64_t when;
    int status;
    if (strncmp(text, "tip", 3) == 0 && (!text[3] || text[3] == '~')) {
        status = text[3] && !parse_number(text + 4, &number)
                     ? no_such(text, err)
                     : before_tip(history, text, number, index, err);
    } else if (text[0] == '@') {
        status = time && time(text + 1, &when) ? at_time(history, when, index, err)
                                               : invalid_time(text + 1, err);
    } else if (strncmp(text, digest, sizeof digest - 1) == 0) {
        status = is_prefix(text + sizeof digest - 1, 1)
                     ? by_digest(history, text + sizeof digest - 1, index, err)
                     : no_such(text, err);
    } else if (parse_number(text, &number)) {
        status = by_index(history, number, index, err);
    } else if (is_prefix(text, LEAST_PREFIX) && strspn(text, "0123456789") < strlen(text)) {
        status = by_digest(history, text, index, err);
    } else if (names_is_valid(text)) {
        status = names_find(history, text, index, err);
        if (status == 0)
            status = no_such(text, err);
    } else {
        status = no_such(text, err);
    }
    return status < 0 ? history_failed(history, err) : 0;
}

int delta_history_range(struct delta_history *history, const char *text, delta_revision_time *time,
                        uint32_t *first, uint32_t *last, enum delta_range_kind *kind,
                        struct delta_err *err) {
    const char *dots = strstr(text, "..");
    if (!dots) {
        *kind = DELTA_RANGE_STATE;
        if (delta_history_revision(history, text, time, first, err) < 0)
            return -1;
        *last = *first;
        return 0;
    }
    char left[MOST_TEXT];
    size_t length = (size_t)(dots - text);
    if (length >= sizeof left) {
        no_such(text, err);
        return history_failed(history, err);
    }
    memcpy(left, text, length);
    left[length] = '\0';
    *kind = length ? DELTA_RANGE_AFTER : DELTA_RANGE_FROM_START;
    if (delta_history_revision(history, length ? left : "0", time, first, err) < 0 ||
        delta_history_revision(history, dots[2] ? dots + 2 : "tip", time, last, err) < 0)
        return -1;
    if (*first <= *last)
        return 0;
    err_set(err, DELTA_ERR_USAGE, "the range %.100s ends before it begins", text);
    return history_failed(history, err);
}
