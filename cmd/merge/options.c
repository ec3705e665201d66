#include "merge/options.h"

#include "merge/resolution.h"

#include <string.h>

int options_check_records(struct cli *cli, const struct options *options) {
    if (options->keyed && (options->base || options->concurrent))
        return cli_usage(cli, "--keyed cannot be combined with --base or --concurrent");
    if (options->keyed && options->how.format == FORMAT_BSDIFF)
        return cli_usage(cli, "--keyed cannot be combined with --format=bsdiff");
    if (options->how.level && !record_format_is_record(&options->how))
        return cli_usage(cli, "--compress needs packed records");
    if (options->how.standalone && !record_format_is_packed(&options->how))
        return cli_usage(cli, "--standalone has no effect with %s",
                         options->how.format == FORMAT_JSON ? "JSON; it needs --compress"
                                                            : "this --format");
    if ((options->metadata.count || options->timestamp.given) &&
        !record_format_is_record(&options->how))
        return cli_usage(cli, "%s has no effect with this --format",
                         options->metadata.count ? "--metadata" : "--timestamp");
    if (options->how.format == FORMAT_BSDIFF && (options->invert || options->concurrent))
        return cli_usage(cli, "--format=bsdiff cannot be combined with --invert or --concurrent");
    if (record_format_is_patch(&options->how) && !options->base)
        return cli_usage(cli,
                         "this format requires the base of the first record: name it with --base");
    if (options->concurrent && (options->invert || options->by_time))
        return cli_usage(cli, "--concurrent cannot be combined with --invert or --by-time");
    if (!options->concurrent && (options->prefer.count || options->conflicts || options->resolve ||
                                 options->array_keys.count || options->unordered.count ||
                                 options->numeric || options->tolerances.count))
        return cli_usage(cli, "--prefer, --conflicts, --resolve, --array-key, --unordered, "
                              "--numeric and --tolerance need -3 or --concurrent");
    if (options->style != CONFLICT_UNSET)
        return cli_usage(cli, "--conflict-style needs -3 or --git");
    if (options->virtual_base)
        return cli_usage(cli, "--virtual-base needs --git");
    if (!options->base &&
        (options->unordered.count || options->numeric || options->tolerances.count))
        return cli_usage(cli, "--unordered, --numeric and --tolerance require the base of the "
                              "records: name it with --base");
    return CLI_GO;
}

/* SIDE, or PATTERN=SIDE where `*pattern` is not NULL: 1; 0 for an invalid one, -1 without memory
 * (reported). */
static int parse_prefer(struct cli *cli, const char *text, char **pattern,
                        enum delta_prefer *side) {
    struct cli_pair pair;
    *pattern = NULL;
    if (resolution_side(text, strlen(text), side))
        return 1;
    if (!argument_pair(text, true, &pair) || !delta_pointer_valid(pair.left, pair.left_length) ||
        !resolution_side(pair.right, strlen(pair.right), side))
        return 0;
    *pattern = cli_alloc(cli, pair.left_length + 1, 1);
    if (!*pattern)
        return -1;
    memcpy(*pattern, pair.left, pair.left_length);
    return 1;
}

int options_merge(struct cli *cli, const struct options *options,
                  struct delta_merge_options *merge) {
    *merge = (struct delta_merge_options){
        .keys = filtering_keys(cli, &options->array_keys),
        .key_count = options->array_keys.count,
        .unordered = {.items = options->unordered.items, .count = options->unordered.count},
        .numeric = options->numeric,
        .tolerances = filtering_tolerances(cli, &options->tolerances),
        .tolerance_count = options->tolerances.count};
    struct delta_prefer_at *at = cli_alloc(cli, options->prefer.count + 1, sizeof *at);
    if (!merge->keys || !merge->tolerances || !at)
        return CLI_TROUBLE;
    merge->prefer_at = at;
    for (size_t i = 0; i < options->prefer.count; i++) {
        const char *text = options->prefer.items[i];
        enum delta_prefer side = DELTA_PREFER_NONE;
        char *pattern;
        int parsed = parse_prefer(cli, text, &pattern, &side);
        if (parsed < 0)
            return CLI_TROUBLE;
        if (!parsed)
            return cli_usage(cli,
                             "--prefer: invalid value '%s' (expected ours, theirs or union, for "
                             "all conflicts or those at a pattern such as '/a/*=ours')",
                             text);
        if (pattern)
            at[merge->prefer_at_count++] = (struct delta_prefer_at){pattern, side};
        else
            merge->prefer = side;
    }
    return options->resolve ? resolution_read(cli, options->resolve, merge) : CLI_OK;
}

struct unmatched *options_unmatched(struct cli *cli, const struct options *options) {
    const struct filtering given = {.array_keys = options->array_keys,
                                    .unordered = options->unordered,
                                    .tolerances = options->tolerances};
    return unmatched_new(cli, &given);
}
