#include "report/report.h"

#include "cli/cli.h"
#include "cli/clock.h"
#include "cli/json_text.h"

#include <jansson.h>
#include <stdio.h>

void report_begin(struct report *report) {
    *report = (struct report){0};
    report->started = cli_clock();
}

void report_add(struct report *report, const struct delta_record *record) {
    struct delta_record_info info;
    delta_record_info(record, &info);
    report->records++;
    report->by_strategy[info.strategy]++;
    for (int i = 0; i <= DELTA_NONE; i++)
        report->tried[i] += info.tried[i];
    report->set += info.set;
    report->removed += info.removed;
    report->other += info.other;
    report->original_size += info.original_size;
    report->compressed_size += info.compressed_size;
}

static double ratio_of(const struct report *report) {
    return report->compressed_size ? (double)report->original_size / (double)report->compressed_size
                                   : 0;
}

/* "dict", or "none 1, dict 39" where a stream has several. */
static void print_strategies(const struct report *report) {
    const char *before = "";
    for (int i = DELTA_DICT; i <= DELTA_REMOVED; i++) {
        if (!report->by_strategy[i])
            continue;
        fprintf(stderr, "%s%s", before, delta_strategy_name((enum delta_strategy)i));
        if (report->records > 1)
            fprintf(stderr, " %llu", (unsigned long long)report->by_strategy[i]);
        before = ", ";
    }
}

/* What the strategies that lost would have taken. */
static void print_losers(const struct report *report) {
    const char *before = " (";
    for (int i = DELTA_DICT; i <= DELTA_NONE; i++) {
        if (!report->tried[i] || report->by_strategy[i])
            continue;
        fprintf(stderr, "%s%s %llu", before, delta_strategy_name((enum delta_strategy)i),
                (unsigned long long)report->tried[i]);
        before = ", ";
    }
    if (before[0] == ',')
        fputc(')', stderr);
}

static void print_line(const struct cli *cli, const struct report *report, double seconds) {
    unsigned long long operations = report->set + report->removed + report->other;
    fprintf(stderr, "%s: ", cli->command->name);
    if (report->records != 1)
        fprintf(stderr, "%llu records: ", (unsigned long long)report->records);
    print_strategies(report);
    fprintf(stderr, "; %llu operation%s, %llu bytes to %llu, ratio %.2f, %.3f s", operations,
            operations == 1 ? "" : "s", (unsigned long long)report->original_size,
            (unsigned long long)report->compressed_size, ratio_of(report), seconds);
    print_losers(report);
    fputc('\n', stderr);
}

static json_t *sizes_of(const uint64_t numbers[DELTA_NONE + 1]) {
    json_t *object = json_object();
    int failed = !object;
    for (int i = DELTA_DICT; i <= DELTA_NONE; i++)
        if (numbers[i])
            failed |= json_object_set_new(object, delta_strategy_name((enum delta_strategy)i),
                                          json_integer((json_int_t)numbers[i]));
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

static void put_json(const struct report *report, double seconds, struct delta_buf *out) {
    json_t *object = json_pack(
        "{s:I, s:o, s:o, s:{s:I, s:I, s:I}, s:I, s:I, s:f, s:f}", "records",
        (json_int_t)report->records, "strategies", sizes_of(report->by_strategy), "tried",
        sizes_of(report->tried), "operations", "set", (json_int_t)report->set, "removed",
        (json_int_t)report->removed, "other", (json_int_t)report->other, "original_size",
        (json_int_t)report->original_size, "compressed_size", (json_int_t)report->compressed_size,
        "ratio", ratio_of(report), "seconds", seconds);
    cli_json_text(object, JSON_REAL_PRECISION(6), out);
    delta_buf_put(out, "\n", 1);
    json_decref(object);
}

void report_end(struct cli *cli, const struct report *report, enum report_form form) {
    double seconds = (double)(cli_clock() - report->started) / 1e9;
    if (form == REPORT_TEXT) {
        print_line(cli, report, seconds);
    } else if (form == REPORT_JSON) {
        struct delta_buf line = {0};
        put_json(report, seconds, &line);
        if (line.failed)
            cli_warn(cli, "out of memory");
        else
            fwrite(line.data, 1, line.length, stderr);
        delta_buf_free(&line);
    }
}
