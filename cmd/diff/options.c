#include "diff/options.h"

#include "cli/record_options.h"
#include "diff/explain.h"
#include "report/file_reports.h"

#include <string.h>
#include <unistd.h>

/* Options that only records have: the name of one that was given, or NULL. */
static const char *options_record_only(const struct options *options) {
    return options->strategy != DELTA_AUTO ? "--strategy"
           : options->how.level            ? "--compress"
           : options->how.standalone       ? "--standalone"
           : options->reversible           ? "--reversible"
           : options->include_unchanged    ? "--include-unchanged"
           : options->metadata.count       ? "--metadata"
           : options->timestamp.given      ? "--timestamp"
           : options->feed.time_from       ? "--time-from"
           : options->shallow              ? "--shallow"
                                           : NULL;
}

/* Options that need two states. */
static const char *options_comparing(const struct options *options) {
    const struct filtering *filtering = &options->filtering;
    return filtering->rules.count               ? "--rules"
           : filtering->ignore.count            ? "--ignore"
           : filtering->only.count              ? "--only"
           : filtering->array_keys.count        ? "--array-key"
           : filtering->unordered.count         ? "--unordered"
           : filtering->numeric                 ? "--numeric"
           : filtering->embedded.count          ? "--embedded"
           : filtering->keys_only               ? "--keys-only"
           : filtering->tolerances.count        ? "--tolerance"
           : options->how.format != FORMAT_JSON ? "--format"
           : options->brief                     ? "--brief"
           : options->stat                      ? "--stat"
           : options->width != NO_WIDTH         ? "--width"
           : options->exit_zero                 ? "--exit-zero"
           : options->test                      ? "--test"
           : options->report                    ? "--report"
                                                : NULL;
}

void options_choose_format(struct cli *cli, struct options *options) {
    if (options->how.format != FORMAT_UNSET)
        return;
    bool terminal = cli_is_terminal(cli);
    if (terminal && !options->brief && !options->git &&
        (options->reversible || options->include_unchanged))
        cli_warn(cli, "-%s makes a record; for text, leave it out",
                 options->reversible ? "r" : "u");
    bool keys = options->keyed.by || options->keyed.keyed;
    bool lines = options->keyed.by && options->keyed.keyed; /* of records */
    bool one = options->canonical || options->digest || (options->ndjson && !keys) || lines ||
               options->git;
    bool text = options->width != NO_WIDTH || (terminal && !options_record_only(options));
    options->how.format =
        text && !one && !options->brief && !options->test ? FORMAT_TEXT : FORMAT_JSON;
}

bool options_write_records(const struct options *options) {
    return !options->stat &&
           (record_format_is_record(&options->how) || options->how.format == FORMAT_BSDIFF);
}

bool options_show_changes(const struct options *options) {
    return options->stat || options->how.format == FORMAT_TEXT ||
           options->how.format == FORMAT_CHANGES;
}

size_t options_text_width(const struct cli *cli, const struct options *options) {
    return options->width != NO_WIDTH ? (size_t)options->width
           : cli_is_terminal(cli)     ? cli_columns(cli)
                                      : 0;
}

uint64_t options_path_sections(const struct cli *cli, const struct options *options) {
    bool absent = tree_is_absent(cli->operands[1]);
    if (!options->filtering.read.section_count || tree_is_directory(cli->operands[1]))
        return 0;
    return rules_sections(&options->filtering.read, cli->operands[absent ? 0 : 1]);
}

int options_make(struct cli *cli, const struct options *options, struct delta_arena *arena,
                 struct delta_diff_options *diff) {
    bool record = options_write_records(options);
    *diff = (struct delta_diff_options){
        .strategy = options->how.format == FORMAT_BSDIFF ? DELTA_BINARY
                    : record                             ? options->strategy
                                                         : DELTA_DICT,
        .packed = record && (options->how.format == FORMAT_PACKED || options->how.level),
        .elementwise = !record,
        .level = (int)options->how.level,
        .standalone = options->how.standalone,
        .reversible = options->reversible,
        .include_unchanged = options->include_unchanged,
        .shallow = options->shallow,
        .has_timestamp = true,
    };
    uint64_t sections = options->ndjson ? 0 : options_path_sections(cli, options);
    int status = filtering_make_sections(cli, &options->filtering, sections, arena, &diff->filter);
    if (status == CLI_OK)
        status = record_options_time(cli, &options->timestamp, &diff->timestamp);
    if (status == CLI_OK)
        status = record_options_metadata(cli, &options->metadata, arena, &diff->metadata);
    return status;
}

bool options_failing_kinds(const char *words, unsigned *kinds) {
    *kinds = words ? 0 : (1u << CHANGE_KINDS) - 1;
    while (words) {
        size_t length = strcspn(words, ",");
        unsigned kind = 0;
        while (kind < CHANGE_KINDS && (strlen(delta_change_name(kind)) != length ||
                                       strncmp(words, delta_change_name(kind), length) != 0))
            kind++;
        if (kind == CHANGE_KINDS)
            return false;
        *kinds |= 1u << kind;
        words = words[length] ? words + length + 1 : NULL;
    }
    return true;
}

bool options_one_is_absent(const struct cli *cli) {
    return tree_is_absent(cli->operands[0]) || tree_is_absent(cli->operands[1]);
}

bool options_keyed_files(const struct options *options) {
    return options->keyed.by && !options->ndjson && !options->canonical && !options->digest &&
           !options->git;
}

/* Options of which one makes what the other excludes: refused here, once, and not for each record.
 */
static int check_together(struct cli *cli, const struct options *options) {
    bool patch = options->strategy == DELTA_AUTO || options->strategy == DELTA_DICT;
    const char *masks = options->filtering.mask.count ? "--mask" : NULL;
    if (!options_write_records(options))
        return CLI_GO;
    if (masks && options->reversible)
        return cli_usage(cli, "--mask cannot be combined with --reversible: a masked record cannot "
                              "be applied or reversed");
    if (!patch && (masks || options->reversible))
        return cli_usage(cli, "%s cannot be combined with --strategy: it needs the strategy dict",
                         masks ? masks : "--reversible");
    return CLI_GO;
}

/* The option that two files of states of many things do not have, or NULL. */
static const char *options_not_of_keyed_files(const struct options *options) {
    enum format format = options->how.format;
    return options->keyed.end_when        ? "--end-when"
           : options->stat                ? "--stat"
           : options->fail_on             ? "--fail-on"
           : options->explain             ? "--explain"
           : options->files.include.count ? "--include"
           : options->files.exclude.count ? "--exclude"
           : format != FORMAT_JSON && format != FORMAT_PACKED && format != FORMAT_TEXT &&
                   format != FORMAT_CHANGES
               ? "this --format"
               : NULL;
}

/* Options of streams, and of keys. */
static int check_stream(struct cli *cli, const struct options *options) {
    const struct keyed_options *keyed = &options->keyed;
    bool keys = keyed->by || keyed->keyed, single = options->canonical || options->digest;
    bool files = options_keyed_files(options);
    const char *useless = files ? options_not_of_keyed_files(options) : NULL;
    if (useless)
        return cli_usage(cli, "%s has no effect with --by on two files", useless);
    if (keyed->end_when && !keys)
        return cli_usage(cli, "--end-when needs --by or --keyed");
    if (keyed->by && !options->ndjson && !files)
        return cli_usage(cli, "--by needs --ndjson, or OLD and NEW");
    if (single && (keyed->end_when || options->cache != NO_CACHE || options->feed.time_from))
        return cli_usage(cli, "%s has no effect with --canonical and --digest",
                         keyed->end_when              ? "--end-when"
                         : options->cache != NO_CACHE ? "--cache"
                                                      : "--time-from");
    if (single && keyed->by && keyed->keyed && options->filtering.mask.count)
        return cli_usage(cli, "--mask cannot be combined with keys that --by takes from states");
    if (options->cache != NO_CACHE && !keys)
        return cli_usage(cli, "--cache needs --by or --keyed");
    if (options->ndjson && options->how.format == FORMAT_TEXT && !keys)
        return cli_usage(cli, "--ndjson writes text with --by or --keyed only");
    if (keyed->by && keyed->keyed && !options_write_records(options))
        return cli_usage(cli, "--keyed has no effect with --by and this --format");
    if (options->ndjson && options->exit_zero)
        return cli_usage(cli, "--exit-zero has no effect with --ndjson");
    if (options->timestamp.given && options->feed.time_from)
        return cli_usage(cli, "--timestamp and --time-from exclude each other");
    return feed_check(cli, &options->feed, options->ndjson || files);
}

/* The name of a given option for records that has no effect on this output, or NULL. */
static const char *idle_for_output(const struct options *options) {
    enum format format = options->how.format;
    if (options->stat)
        return options_record_only(options);
    if (format == FORMAT_BSDIFF)
        return options->strategy == DELTA_BINARY ? NULL
               : options->reversible             ? NULL /* refused when the record is made */
                                                 : options_record_only(options);
    struct options own = *options;
    own.shallow &= format != FORMAT_JSON_PATCH;
    return options_write_records(options) ? NULL : options_record_only(&own);
}

/* An option that has no effect beside another one: its name, and in `*with` the other's; or NULL.
 */
static const char *find_idle(const struct cli *cli, const struct options *options,
                             const char **with) {
    enum format format = options->how.format;
    bool full = options->strategy != DELTA_AUTO && options->strategy != DELTA_DICT; /* no patch */
    bool plain = format == FORMAT_JSON || format == FORMAT_TEXT;                    /* or no -f */
    bool reports = file_reports_has(format);
    const struct {
        bool both;
        const char *idle, *with;
    } rows[] = {
        {options->git && options->brief, "--brief", "--git"},
        {options->git && options->stat, "--stat", "--git"},
        {options->git && options->exit_zero, "--exit-zero", "--git"},
        {options->git && options->report, "--report", "--git"},
        {options->git && !plain, "this --format", "--git"},
        {options->git && options->width != NO_WIDTH, "--width", "--git"},
        {options->ndjson && options->exit_zero, "--exit-zero", "--ndjson"},
        {options->brief && options->stat, "--stat", "--brief"},
        {options->brief && options->report, "--report", "--brief"},
        {options->brief && options->width != NO_WIDTH, "--width", "--brief"},
        {options->brief && !plain, "this --format", "--brief"},
        {options->brief && cli->output, "--output", "--brief"},
        {full && options->shallow, "--shallow", "this --strategy"},
        {options->stat && !plain, "this --format", "--stat"},
        {reports && options->report, "--report", "this --format"},
    };
    const char *idle = idle_for_output(options);
    *with = options->stat ? "--stat" : "this --format";
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !idle; i++)
        if (rows[i].both) {
            idle = rows[i].idle;
            *with = rows[i].with;
        }
    bool packed = record_format_is_packed(&options->how);
    if (!idle && options->how.standalone && !packed && !options->canonical && !options->digest &&
        !options->git && !options->brief) {
        idle = "--standalone";
        *with = "JSON; it needs --compress";
    }
    return idle;
}

int options_check(struct cli *cli, const struct options *options) {
    bool other = !options_write_records(options);
    const char *with, *idle = find_idle(cli, options, &with);
    if (options->canonical + options->digest + options->git > 1 ||
        (options->ndjson && options->git))
        return cli_usage(cli, "--canonical, --digest and --git are mutually exclusive");
    bool shows = options->ndjson && options_show_changes(options) && !options->stat;
    if ((options->ndjson || options->git) && file_reports_has(options->how.format) && !shows)
        return cli_usage(cli, "this --format needs two files or directories");
    if (options->ndjson && ((other && !shows) || options->stat ||
                            options->how.format == FORMAT_BSDIFF || options->brief))
        return cli_usage(cli, "--ndjson cannot be combined with %s",
                         options->brief  ? "--brief"
                         : options->stat ? "--stat"
                                         : "a --format other than json, packed, changes and text");
    int status = check_stream(cli, options);
    if (status != CLI_GO)
        return status;
    unsigned kinds;
    if (!options_failing_kinds(options->fail_on, &kinds))
        return cli_usage(cli,
                         "--fail-on: invalid value '%s' (expected a comma-separated list of add, "
                         "remove, change and move)",
                         options->fail_on);
    if (options->fail_on && (options->exit_zero || options->canonical || options->digest ||
                             options->ndjson || options->git))
        return cli_usage(cli, "--fail-on has no effect with --exit-zero, --canonical, --digest, "
                              "--ndjson and --git");
    if (idle)
        return cli_usage(cli, "%s has no effect with %s", idle, with);
    const char *useless = options->canonical || options->digest ? options_comparing(options) : NULL;
    if (!useless && (options->canonical || options->digest || options->git || options->brief))
        useless = options_record_only(options);
    if (useless)
        return cli_usage(cli, "%s has no effect with %s", useless,
                         options->canonical ? "--canonical"
                         : options->digest  ? "--digest"
                         : options->git     ? "--git"
                                            : "--brief");
    if (options->explain &&
        (options->canonical || options->digest || options->ndjson || options->git))
        return cli_usage(cli, "--explain needs two files or directories");
    if (options->explain && !explain_has_rules(&options->filtering))
        return cli_usage(
            cli, "--explain reports what --ignore, --rules and the like leave out; none is given");
    if ((status = check_together(cli, options)) != CLI_GO)
        return status;
    if (options->width != NO_WIDTH && options->how.format != FORMAT_TEXT)
        return cli_usage(cli, "--width has no effect without --format=text or --stat");
    if ((options->files.include.count || options->files.exclude.count) &&
        (options->canonical || options->digest || options->ndjson || options->git))
        return cli_usage(cli, "--include and --exclude need two directories");
    if (options->test && options->how.format != FORMAT_JSON_PATCH)
        return cli_usage(cli, "--test needs --format=json-patch");
    if (options->filtering.mask.count && record_format_is_patch(&options->how))
        return cli_usage(
            cli, "--mask has no effect on this --format: a patch would set the masked values");
    return CLI_GO;
}

int options_check_directories(struct cli *cli, const struct options *options,
                              const bool is_directory[2]) {
    bool directories = is_directory[0] && is_directory[1];
    for (size_t i = 0; i < 2 && !directories; i++) {
        const char *other = cli->operands[1 - i];
        if (is_directory[i] && strcmp(other, "-") != 0 && access(other, F_OK) < 0)
            return cli_fail_system(cli, "%s", other);
        if (is_directory[i])
            return cli_usage(cli, "'%s' is a directory and '%s' is not", cli->operands[i], other);
    }
    if (!directories && (options->files.include.count || options->files.exclude.count))
        return cli_usage(cli, "--include and --exclude need two directories");
    bool patch = record_format_is_patch(&options->how) || options->how.format == FORMAT_BSDIFF;
    if (!directories && tree_is_absent(cli->operands[0]) && tree_is_absent(cli->operands[1]))
        return cli_usage(cli, "OLD and NEW are both /dev/null");
    if (!directories && patch && options_one_is_absent(cli))
        return cli_usage(cli, "/dev/null is an absent state: no patch of this format leads from or "
                              "to it");
    if (!directories)
        return CLI_GO;
    if (patch)
        return cli_usage(cli, "this --format cannot be used with directories");
    if (options->report || options->test)
        return cli_usage(cli, "--report and --test have no effect on directories");
    if (options->width != NO_WIDTH && options->stat)
        return cli_usage(cli, "--width has no effect with --stat of directories");
    return CLI_GO;
}
