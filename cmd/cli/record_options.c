#include "cli/record_options.h"

#include "cli/message.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NANOSECONDS = 1000000000, NANOSECONDS_PER_MS = 1000000 };

int record_options_time(struct cli *cli, const struct cli_time *given, int64_t *nanoseconds) {
    const char *epoch = cli->epoch;
    struct timespec now;

    if (given->given) {
        *nanoseconds = given->nanoseconds;
        return CLI_OK;
    }
    if (epoch && *epoch) {
        uint64_t seconds;
        if (!argument_number(epoch, &seconds) || seconds > INT64_MAX / NANOSECONDS)
            return cli_fail(
                cli, "SOURCE_DATE_EPOCH: invalid value '%s' (expected seconds since 1970)", epoch);
        *nanoseconds = (int64_t)seconds * NANOSECONDS;
        return CLI_OK;
    }
    if (clock_gettime(CLOCK_REALTIME, &now))
        return cli_fail_system(cli, "cannot get the time");
    *nanoseconds =
        (int64_t)now.tv_sec * NANOSECONDS + now.tv_nsec / NANOSECONDS_PER_MS * NANOSECONDS_PER_MS;
    return CLI_OK;
}

int record_options_metadata(struct cli *cli, const struct cli_pairs *pairs,
                            struct delta_arena *arena, const struct delta_value **metadata) {
    struct delta_err err = {.file = "--metadata"};
    *metadata = NULL;
    if (!pairs->count)
        return CLI_OK;
    struct delta_member *members = calloc(pairs->count, sizeof *members);
    if (!members)
        return cli_fail(cli, "out of memory");
    for (size_t i = 0; i < pairs->count; i++)
        members[i] = (struct delta_member){
            .key = pairs->items[i].left,
            .key_length = pairs->items[i].left_length,
            .value = delta_value_string_of(arena, pairs->items[i].right, &err)};
    *metadata = delta_value_object(arena, members, pairs->count, &err);
    free(members);
    return *metadata ? CLI_OK : cli_error(cli, &err);
}
