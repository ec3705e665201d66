/* delta-chain prune: drops states by their age. The policy is that of restic: states are looked at
 * from the newest to the oldest; of each kind of period the newest state of so many periods that
 * have one stays, and the oldest state of all where there are fewer. What any rule keeps stays. */
#include "chain/chain.h"
#include "chain/several.h"
#include "chain/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NANOSECONDS = 1000000000 };

enum rule { LAST, HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY, RULES };

struct prune_options {
    bool dry_run, utc, all;
    uint64_t counts[RULES];
    const char *within;
};

#define KEEP(name, rule, help)                                                                     \
    {                                                                                              \
        CLI_NUMBER, 0, "keep-" name, "N", help, CLI_AT(struct prune_options, counts[rule]),        \
            .least = 1, .most = UINT32_MAX                                                         \
    }

const struct cli_option chain_prune_options[] = {
    {CLI_FLAG, 'n', "dry-run", NULL, "list what would be dropped, and drop nothing",
     CLI_AT(struct prune_options, dry_run)},
    {CLI_FLAG, 0, "utc", NULL, "periods are those of UTC, not of local time",
     CLI_AT(struct prune_options, utc)},
    {CLI_FLAG, 0, "all", NULL, "the histories of all keys of a store",
     CLI_AT(struct prune_options, all)},
    {CLI_GROUP, .help = "What stays, one at least"},
    KEEP("last", LAST, "the last N states"),
    {CLI_TEXT, 0, "keep-within", "DURATION",
     "all so much newer than the newest: 1y5m7d2h, in years, months, days, hours, or 2w",
     CLI_AT(struct prune_options, within)},
    KEEP("hourly", HOURLY, "the last state of each of N hours that have one"),
    KEEP("daily", DAILY, "the same for days"),
    KEEP("weekly", WEEKLY, "for weeks, Monday to Sunday"),
    KEEP("monthly", MONTHLY, "for months"),
    KEEP("yearly", YEARLY, "for years"),
    {0},
};

/* ---- The policy ------------------------------------------------------------------------------ */

struct duration {
    uint64_t years, months, days, hours;
};

struct policy {
    const struct prune_options *options;
    bool has_within;
    struct duration within;
    int64_t now;
};

static bool parse_duration(const char *text, struct duration *duration) {
    *duration = (struct duration){0};
    if (!*text)
        return false;
    while (*text) {
        uint64_t number = 0;
        size_t digits = strspn(text, "0123456789");
        if (!digits || digits > 6)
            return false;
        for (; digits; digits--)
            number = number * 10 + (uint64_t)(*text++ - '0');
        switch (*text++) {
        case 'y':
            duration->years += number;
            break;
        case 'm':
            duration->months += number;
            break;
        case 'w':
            duration->days += 7 * number;
            break;
        case 'd':
            duration->days += number;
            break;
        case 'h':
            duration->hours += number;
            break;
        default:
            return false;
        }
    }
    return duration->years + duration->months + duration->days + duration->hours > 0 &&
           duration->years < 10000 && duration->months < 120000 && duration->days < 4000000;
}

/* The calendar's view of a moment. */
static bool take_apart(const struct prune_options *options, int64_t time, struct tm *tm) {
    int64_t rest = time % NANOSECONDS;
    time_t seconds = (time_t)(time / NANOSECONDS - (rest < 0));
    return options->utc ? gmtime_r(&seconds, tm) : localtime_r(&seconds, tm);
}

/* The moment so long before another: whole days first, by the calendar, then hours. */
static bool before(const struct policy *policy, int64_t time, int64_t *out) {
    struct tm tm;
    int64_t rest = time % NANOSECONDS;
    if (!take_apart(policy->options, time, &tm))
        return false;
    tm.tm_year -= (int)policy->within.years;
    tm.tm_mon -= (int)policy->within.months;
    tm.tm_mday -= (int)policy->within.days;
    if (!policy->options->utc)
        tm.tm_isdst = -1;
    time_t seconds = policy->options->utc ? timegm(&tm) : mktime(&tm);
    rest += rest < 0 ? NANOSECONDS : 0;
    return !__builtin_sub_overflow((int64_t)seconds, (int64_t)policy->within.hours * 3600,
                                   &seconds) &&
           !__builtin_mul_overflow((int64_t)seconds, (int64_t)NANOSECONDS, out) &&
           !__builtin_add_overflow(*out, rest, out);
}

/* A number that is another one for each period. The hour that occurs twice when clocks are set back
 * is one. */
static int64_t period(enum rule rule, const struct tm *tm, uint32_t nth) {
    char week[16];
    int64_t year = tm->tm_year, month = tm->tm_mon, day = tm->tm_mday;
    switch (rule) {
    case LAST:
        return nth;
    case HOURLY:
        return ((year * 12 + month) * 31 + day) * 24 + tm->tm_hour;
    case DAILY:
        return (year * 12 + month) * 31 + day;
    case WEEKLY:
        /* ISO 8601: the year that most of the week is in. */
        (void)strftime(week, sizeof week, "%G%V", tm);
        return strtoll(week, NULL, 10);
    case MONTHLY:
        return year * 12 + month;
    default:
        return year;
    }
}

struct moment {
    int64_t time;
    uint32_t index;
};

static int newest_first(const void *left, const void *right) {
    const struct moment *a = left, *b = right;
    if (a->time != b->time)
        return (a->time < b->time) - (a->time > b->time);
    return (a->index < b->index) - (a->index > b->index);
}

/* The newest time that is not in the future, which a wrong clock may have set. */
static int64_t latest(const struct policy *policy, const struct moment *moments, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (moments[i].time <= policy->now)
            return moments[i].time;
    return moments[count - 1].time;
}

static bool apply_rules(const struct policy *policy, const struct moment *moments, uint32_t count,
                        bool *keep) {
    uint64_t left[RULES];
    int64_t last[RULES] = {0}, since = 0;
    bool any[RULES] = {false};
    memcpy(left, policy->options->counts, sizeof left);
    if (policy->has_within && !before(policy, latest(policy, moments, count), &since))
        return false;
    for (uint32_t nth = 0; nth < count; nth++) {
        struct tm tm;
        if (!take_apart(policy->options, moments[nth].time, &tm))
            return false;
        if (policy->has_within && moments[nth].time > since)
            keep[moments[nth].index] = true;
        for (enum rule rule = 0; rule < RULES; rule++) {
            int64_t now = left[rule] ? period(rule, &tm, nth) : 0;
            if (!left[rule] || (any[rule] && now == last[rule] && nth + 1 < count))
                continue;
            any[rule] = true;
            last[rule] = now;
            left[rule]--;
            keep[moments[nth].index] = true;
        }
    }
    return true;
}

static int choose(void *context, const int64_t *times, uint32_t count, bool *keep,
                  struct delta_err *err) {
    const struct policy *policy = context;
    struct moment *moments = calloc(count, sizeof *moments);
    if (!moments)
        return cli_err_memory(err);
    for (uint32_t i = 0; i < count; i++)
        moments[i] = (struct moment){times[i], i};
    qsort(moments, count, sizeof *moments, newest_first);
    bool done = apply_rules(policy, moments, count, keep);
    free(moments);
    if (done)
        return 0;
    err->code = DELTA_ERR_LIMIT;
    (void)snprintf(err->text, sizeof err->text, "a time is too far away for a calendar");
    return -1;
}

/* ---- The verb -------------------------------------------------------------------------------- */

static int make_policy(struct cli *cli, const struct prune_options *options,
                       struct policy *policy) {
    struct timespec now;
    bool any = options->within;
    *policy = (struct policy){.options = options, .has_within = options->within};
    for (enum rule rule = 0; rule < RULES; rule++)
        any |= options->counts[rule] > 0;
    if (!any)
        return cli_usage(cli, "missing retention policy: --keep-last=N, --keep-daily=N, ...");
    if (options->within && !parse_duration(options->within, &policy->within))
        return cli_usage(cli, "--keep-within: invalid duration: %.40s (expected 2d, or 1y5m7d2h)",
                         options->within);
    if (clock_gettime(CLOCK_REALTIME, &now) < 0)
        return cli_fail_system(cli, "cannot read the clock");
    policy->now = (int64_t)now.tv_sec * NANOSECONDS + now.tv_nsec;
    return CLI_GO;
}

static int put_dropped(struct cli *cli, const struct delta_history_entry *entry) {
    char time[CHAIN_TIME_TEXT], digest[DELTA_DIGEST_TEXT];
    delta_digest_format(entry->digest, digest);
    return cli_printf(cli, "%6" PRIu32 "  %-24s  %.12s\n", entry->index,
                      chain_time(time, entry->time), digest) < 0
               ? CLI_TROUBLE
               : CLI_OK;
}

static int list_dropped(struct cli *cli, struct delta_history *history, struct policy *policy) {
    struct delta_err err = {0};
    struct delta_history_entry entry;
    uint32_t count = delta_history_count(history), kept = 0;
    bool *keep = cli_alloc(cli, (size_t)count + 1, sizeof *keep);
    if (!keep)
        return CLI_TROUBLE;
    if (!count)
        return CLI_OK;
    if (delta_history_prune_plan(history, choose, policy, keep, &err) < 0)
        return cli_error(cli, &err);
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(history, 0, count - 1, false, &err);
    int got = iterator ? 1 : -1, status = CLI_OK;
    while (got > 0 && status == CLI_OK &&
           (got = delta_history_iterator_next(iterator, &entry, &err)) > 0) {
        kept += keep[entry.index];
        if (!keep[entry.index])
            status = put_dropped(cli, &entry);
    }
    delta_history_iterator_free(iterator);
    if (got < 0)
        return cli_error(cli, &err);
    cli_verbose(cli, "%s: %" PRIu32 " of %" PRIu32 " states would stay", cli->operands[0], kept,
                count);
    return status;
}

static int prune(struct cli *cli, struct delta_history *history, struct policy *policy) {
    struct delta_err err = {0};
    struct cli_progress progress;
    uint32_t before_count = delta_history_count(history);
    if (!before_count)
        return CLI_OK;
    cli_progress_begin(cli, &progress, "steps", 0);
    int failed = delta_history_prune(history, choose, policy, chain_progress, &progress, &err);
    cli_progress_end(&progress);
    if (failed < 0)
        return cli_error(cli, &err);
    cli_verbose(cli, "%s: %" PRIu32 " of %" PRIu32 " states stay", cli->operands[0],
                delta_history_count(history), before_count);
    return CLI_OK;
}

static int prune_one(struct cli *cli, struct policy *policy) {
    bool dry_run = policy->options->dry_run;
    struct delta_history *history =
        chain_open(cli, dry_run ? DELTA_HISTORY_READ : DELTA_HISTORY_WRITE);
    if (!history)
        return CLI_TROUBLE;
    int status = dry_run ? list_dropped(cli, history, policy) : prune(cli, history, policy);
    delta_history_close(history);
    return status;
}

static int prune_labelled(struct cli *cli, const char *label, void *context) {
    struct policy *policy = context;
    int status = policy->options->dry_run ? chain_heading(cli, label) : CLI_OK;
    return status == CLI_OK ? prune_one(cli, policy) : status;
}

int chain_prune(struct cli *cli, int argc, char **argv) {
    struct prune_options options = {0};
    struct policy policy;
    int status = cli_parse(cli, argc, argv, &options);
    if (status == CLI_GO)
        status = cli_operands(cli, 1, 1, "HISTORY");
    if (status == CLI_GO)
        status = store_check_all(cli, options.all);
    if (status == CLI_GO)
        status = make_policy(cli, &options, &policy);
    if (status != CLI_GO)
        return status;
    return options.all ? chain_each(cli, false, prune_labelled, &policy) : prune_one(cli, &policy);
}
