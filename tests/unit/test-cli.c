/* What the commands share: a made-up command with verbs is run in child processes. */
#include "cli/cli.h"
#include "cli/nearest.h"
#include "cli/record_options.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- Words --------------------------------------------------------------------------------------
 */

static void people_read_sizes(void) {
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {1843, "1.8 KiB"},
        {1048524, "1023.9 KiB"},
        {1048525, "1.0 MiB"},
        {UINT64_MAX, "16.0 EiB"},
    };
    char text[CLI_SIZE_TEXT];

    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK_EQ_STR(cli_size(text, rows[i].bytes, true), rows[i].text);
    CHECK_EQ_STR(cli_size(text, UINT64_MAX, false), "18446744073709551615");
}

static void misspellings_are_recognised(void) {
    static const char *const words[] = {"ignore", "only", "mask", "metadata", "max-size",
                                        "stat",   "task", "log",  "a"};
    static const struct {
        const char *word, *meant;
    } rows[] = {
        {"ingore", "ignore"},
        {"ignroe", "ignore"},
        {"Ignore", "ignore"},
        {"onyl", "only"},
        {"meta-data", "metadata"},
        {"mast", "mask"},
        {"maxsize", "max-size"},
        {"oxxy", "only"}, /* a third of the letters, rounded up */
        {"oxy", NULL},
        {"lgo", "log"},
        {"lgx", NULL}, /* not one swap */
        {"lxo", NULL},
        {"noxx", NULL}, /* a swap and two others */
        {"oxnlyx", "only"},
        {"stat", "stat"},
        {"mass", "mask"},
        {"xask", "mask"}, /* of two that are as near, the first */
        {"b", NULL},      /* nothing is left of "a" */
        {"ab", NULL},
        {"xyz", NULL},
        {"frobnicate", NULL},
        {"", NULL},
        {"-", NULL},
        {"o", NULL},
    };
    char lengthy[4096];

    for (size_t i = 0; i < COUNT(rows); i++) {
        check_row("%s", rows[i].word);
        CHECK_EQ_STR(nearest_word(rows[i].word, words, COUNT(words)), rows[i].meant);
    }
    memset(lengthy, 'a', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = '\0';
    CHECK(!nearest_word(lengthy, words, COUNT(words)));

    /* At the longest, and beyond it. */
    char longest[NEAREST_LENGTH + 1], beyond[NEAREST_LENGTH + 2];
    const char *const lengthy_words[] = {beyond, longest};
    memset(longest, 'a', sizeof longest);
    longest[NEAREST_LENGTH] = '\0';
    memset(beyond, 'a', sizeof beyond);
    beyond[NEAREST_LENGTH + 1] = '\0';
    lengthy[NEAREST_LENGTH] = '\0';
    lengthy[NEAREST_LENGTH - 1] = 'b';
    CHECK(nearest_word(lengthy, lengthy_words, 2) == longest);
    CHECK(!nearest_word(lengthy, lengthy_words, 1));
    CHECK(!nearest_word(beyond, lengthy_words, 2));
}

/* ---- A command ------------------------------------------------------------------------------- */

struct options {
    int strategy;
    uint64_t level, bytes;
    bool brief, lines, partly, fail;
    const char *note;
    struct cli_list ignore;
    struct cli_pairs metadata, keys;
    struct cli_time time;
    int tags;
};

static const struct cli_word strategy_words[] = {{"auto", 0}, {"dict", 1}, {"none", 2}, {0}};

static const struct cli_option option_rows[] = {
    {CLI_GROUP, .help = "Group"},
    {CLI_CHOICE, 's', "strategy", "HOW", "how it is done", CLI_AT(struct options, strategy),
     .words = strategy_words},
    {CLI_NUMBER, 'z', "compress", "LEVEL", "level", CLI_AT(struct options, level), .optional = true,
     .absent = 9, .least = 1, .most = 22},
    {CLI_BYTES, 0, "max-size", "BYTES", "bound", CLI_AT(struct options, bytes), .least = 1},
    {CLI_FLAG, 'q', "brief", NULL, "shorter", CLI_AT(struct options, brief)},
    {CLI_FLAG, 0, "lines", NULL, "number the lines of a file", CLI_AT(struct options, lines)},
    {CLI_FLAG, 0, "fail", NULL, "fail after writing", CLI_AT(struct options, fail)},
    {CLI_FLAG, 0, "partly", NULL, "what was written stands", CLI_AT(struct options, partly)},
    {CLI_TEXT, 0, "note", "TEXT", "a note", CLI_AT(struct options, note), .optional = true},
    {CLI_POINTERS, 0, "ignore", "POINTER", "leave out", CLI_AT(struct options, ignore)},
    {CLI_METADATA, 'm', "metadata", "KEY=VALUE", "add", CLI_AT(struct options, metadata)},
    {CLI_MEMBERS, 0, "array-key", "POINTER=MEMBER",
     "a description of so many words that it cannot stand on one line of eighty columns",
     CLI_AT(struct options, keys)},
    {CLI_TIME, 't', "timestamp", "TIME", "when", CLI_AT(struct options, time)},
    {CLI_TAG, 0, "tag", "N", "counts", .tag = 5},
    {0},
};

static int count_tag(struct cli *cli, int tag, const char *argument, void *options) {
    struct options *o = options;

    if (strcmp(argument, "bad") == 0)
        return cli_usage(cli, "a bad tag");
    o->tags += tag;
    return 0;
}

static int number_lines(struct cli *cli, const struct options *o) {
    struct cli_lines lines;
    const char *text;
    size_t length;
    int status = cli_lines_open(cli, &lines, cli->operands[0], o->bytes), more;

    if (status)
        return status;
    while ((more = cli_lines_next(cli, &lines, &text, &length)) == 1)
        cli_printf(cli, "%" PRIu64 ":%.*s;", lines.number, (int)length, text);
    cli_lines_close(&lines);
    return more ? CLI_TROUBLE : CLI_OK;
}

static int run_add(struct cli *cli, int argc, char **argv) {
    struct options o = {.strategy = -1};
    int status = cli_parse(cli, argc, argv, &o);
    const struct delta_value *metadata;
    struct delta_buf text = {0};
    int64_t time;

    if (status != CLI_GO)
        return status;
    if ((status = cli_operands(cli, 1, 2, "HISTORY STATE")) != CLI_GO ||
        (status = cli_stdin_once(cli)) != CLI_GO)
        return status;
    if (o.lines)
        return number_lines(cli, &o);
    struct delta_arena *arena = delta_arena_new();
    if (record_options_metadata(cli, &o.metadata, arena, &metadata) != CLI_OK ||
        record_options_time(cli, &o.time, &time) != CLI_OK) {
        delta_arena_free(arena);
        return CLI_TROUBLE;
    }
    if (!metadata)
        metadata = delta_value_object(arena, NULL, 0, NULL);
    (void)delta_write(metadata, DELTA_COMPACT, 0, &text, NULL);
    cli_verbose(cli, "a word more");
    cli_printf(cli, "%s s%d z%d b%d", cli->operands[0], o.strategy, (int)o.level, o.brief);
    for (size_t i = 0; i < o.ignore.count; i++)
        cli_printf(cli, " i%s", o.ignore.items[i]);
    for (size_t i = 0; i < o.keys.count; i++)
        cli_printf(cli, " k%.*s>%s", (int)o.keys.items[i].left_length, o.keys.items[i].left,
                   o.keys.items[i].right);
    cli_printf(cli, " %.*s", (int)text.length, text.data);
    delta_buf_free(&text);
    delta_arena_free(arena);
    if (o.note)
        cli_printf(cli, " n'%s'", o.note);
    if (o.time.given)
        cli_printf(cli, " t%" PRId64, time);
    if (o.tags)
        cli_printf(cli, " tags%d", o.tags);
    cli_write_text(cli, "\n");
    if (o.partly)
        cli_output_keep(cli);
    return o.fail ? cli_fail(cli, "as asked") : CLI_OK;
}

static const struct cli_command verbs[] = {
    {.name = "add",
     .usage = "[OPTION]... HISTORY [STATE]",
     .summary = "add a state",
     .options = option_rows,
     .run = run_add,
     .handle = count_tag},
    {.name = "log", .usage = "HISTORY", .summary = "list all", .run = run_add},
    {0},
};

static const struct cli_command command = {.name = "delta-test",
                                           .usage = "VERB HISTORY [ARG]...\n--selftest",
                                           .summary = "Tests.",
                                           .verbs = verbs};

/* What a run of the command came to. */
struct outcome {
    int status;
    char out[16384], err[4096];
};

static void read_back(FILE *file, char *text, size_t size) {
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    (void)fclose(file);
}

/* Runs the command in a child; the arguments are set apart by spaces. Standard input is empty. */
static void run(struct outcome *outcome, const char *arguments) {
    FILE *out = tmpfile(), *err = tmpfile();
    int state = 0;
    pid_t child;

    (void)fflush(NULL);
    child = out && err ? fork() : -1;
    if (child < 0)
        abort();
    if (child == 0) {
        char words[1024], *argv[32] = {words}, *save = NULL;
        struct cli cli;
        int argc = 1;
        (void)snprintf(words, sizeof words, "%s", arguments);
        for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save))
            argv[argc++] = word;
        (void)dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
        (void)dup2(fileno(out), STDOUT_FILENO);
        (void)dup2(fileno(err), STDERR_FILENO);
        cli_begin(&cli, &command);
        exit(cli_finish(&cli, cli_run_verb(&cli, argc, argv)));
    }
    (void)waitpid(child, &state, 0);
    outcome->status = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    read_back(out, outcome->out, sizeof outcome->out);
    read_back(err, outcome->err, sizeof outcome->err);
}

static void options_are_stored(void) {
    static const struct {
        const char *arguments, *out;
    } rows[] = {
        {"add h", "h s-1 z0 b0 {}\n"},
        {"add -- -q", "-q s-1 z0 b0 {}\n"},
        {"add h -q", "h s-1 z0 b1 {}\n"},
        {"add -z h", "h s-1 z9 b0 {}\n"},
        {"add -z19q h", NULL},
        {"add -qz19 h", "h s-1 z19 b1 {}\n"},
        {"add --compress=22 h --comp=1", "h s-1 z1 b0 {}\n"},
        {"add -sdict h --strategy none", "h s2 z0 b0 {}\n"},
        {"add --ignore /a h --ignore=/b", "h s-1 z0 b0 i/a i/b {}\n"},
        {"add --array-key=/a\\=b=id --array-key=/a=b=id h", "h s-1 z0 b0 k/a\\=b>id k/a>b=id {}\n"},
        {"add -m k=v=w -m l=\"\\ -mk=2 h", "h s-1 z0 b0 {\"k\":\"2\",\"l\":\"\\\"\\\\\"}\n"},
        {"add --note h", "h s-1 z0 b0 {} n''\n"},
        {"add --note=x h", "h s-1 z0 b0 {} n'x'\n"},
        {"add -t1.5 h", "h s-1 z0 b0 {} t1500000000\n"},
        {"add --tag=a h --tag=b", "h s-1 z0 b0 {} tags10\n"},
        {"add - -o -", "- s-1 z0 b0 {}\n"},
        {"--color=never add h", "h s-1 z0 b0 {}\n"},
    };
    struct outcome outcome;

    for (size_t i = 0; i < COUNT(rows); i++) {
        check_row("%s", rows[i].arguments);
        run(&outcome, rows[i].arguments);
        CHECK_EQ_INT(outcome.status, rows[i].out ? 0 : 2);
        CHECK_EQ_STR(outcome.out, rows[i].out ? rows[i].out : "");
        if (rows[i].out)
            CHECK_EQ_STR(outcome.err, "");
    }
}

static void usage_errors_say_what_to_do(void) {
    static const struct {
        const char *arguments, *error;
    } rows[] = {
        {"", "missing verb"},
        {"ad h", "unknown verb 'ad'; did you mean 'add'?"},
        {"frobnicate", "unknown verb 'frobnicate'"},
        {"--strategy=dict add h", "unknown option '--strategy'; options of a verb come after it"},
        {"add --ingore=/a h", "unknown option '--ingore'; did you mean '--ignore'?"},
        {"add --frobnicate h", "unknown option '--frobnicate'"},
        {"add -x h", "unknown option '-x'"},
        {"add -\xc3\xa9 h", "unknown option: byte 0xc3"},
        {"add --brief=3 h", "option '--brief' takes no argument"},
        {"add h --metadata", "option '--metadata' requires an argument: KEY=VALUE"},
        {"add h -m", "option '--metadata' requires an argument: KEY=VALUE"},
        {"add --m=3 h", "ambiguous option '--m': '--max-size', '--metadata'"},
        {"add -sdikt h",
         "--strategy: invalid value 'dikt' (expected auto, dict or none); did you mean 'dict'?"},
        {"add -sx h", "--strategy: invalid value 'x' (expected auto, dict or none)"},
        {"add -z0 h", "--compress: invalid value '0' (expected a number from 1 to 22)"},
        {"add -z23 h", "--compress: invalid value '23' (expected a number from 1 to 22)"},
        {"add -z9x h", "--compress: invalid value '9x' (expected a number from 1 to 22)"},
        {"add -mk h", "--metadata: invalid value 'k' (expected KEY=VALUE)"},
        {"add --ignore=a h", "--ignore: invalid value 'a' (expected a JSON Pointer such as '/a/b', "
                             "with ~0 for '~', ~1 for '/')"},
        {"add --array-key=/a h", "--array-key: invalid value '/a' (expected POINTER=MEMBER)"},
        {"add --array-key=/a= h", "--array-key: invalid value '/a=' (expected a JSON Pointer, '=' "
                                  "and a member name, such as /users=id)"},
        {"add -tnow h", "--timestamp: invalid time 'now' (expected seconds since 1970, or a time "
                        "with its zone such as 2026-11-22T10:00:00Z)"},
        {"add --help=x", "--help: invalid value 'x' (expected 'table')"},
        {"add --tag=bad h", "a bad tag"},
        {"add", "missing HISTORY"},
        {"add a b c", "extra operand 'c'"},
        {"add - -", "'-' is given twice, but standard input can be read only once"},
    };
    struct outcome outcome;
    char want[512];

    for (size_t i = 0; i < COUNT(rows); i++) {
        bool verb = strncmp(rows[i].arguments, "add", 3) == 0;
        check_row("%s", rows[i].arguments);
        run(&outcome, rows[i].arguments);
        (void)snprintf(want, sizeof want, "delta-test: %s (see 'delta-test%s --help')\n",
                       rows[i].error, verb ? " add" : "");
        CHECK_EQ_INT(outcome.status, 2);
        CHECK_EQ_STR(outcome.out, "");
        CHECK_EQ_STR(outcome.err, want);
    }
}

static void messages_are_one_safe_line(void) {
    struct outcome outcome;

    run(&outcome, "add \x1b[31m\n x y");
    CHECK_EQ_STR(outcome.err, "delta-test: extra operand 'y' (see 'delta-test add --help')\n");
    run(&outcome, "add --frob\x1b[31m\nx h");
    CHECK_EQ_STR(outcome.err, "delta-test: unknown option '--frob\\u001b[31m\\nx' "
                              "(see 'delta-test add --help')\n");
    run(&outcome, "add -v h");
    CHECK_EQ_STR(outcome.err, "delta-test: a word more\n");
}

static void help_comes_from_the_tables(void) {
    struct outcome outcome;

    run(&outcome, "--help");
    CHECK_EQ_INT(outcome.status, 0);
    CHECK(strncmp(outcome.out,
                  "Usage: delta-test VERB HISTORY [ARG]...\n"
                  "       delta-test --selftest\n"
                  "Tests.\n"
                  "Verbs:\n"
                  "  add  add a state\n"
                  "  log  list all\n",
                  100) == 0);
    run(&outcome, "add -h");
    CHECK_EQ_INT(outcome.status, 0);
    CHECK(strstr(outcome.out, "Usage: delta-test add [OPTION]... HISTORY [STATE]\n"));
    CHECK(strstr(outcome.out, "\n  -z, --compress[=LEVEL]    level\n"));
    CHECK(
        strstr(outcome.out, "\n  -s, --strategy=HOW        how it is done: auto, dict or none\n"));
    for (char *save = NULL, *line = strtok_r(outcome.out, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        check_row("%s", line);
        CHECK(strlen(line) < 80);
    }
    run(&outcome, "add --help=table");
    CHECK(strstr(outcome.out, "option\tdelta-test add\ts\tstrategy\trequired\tHOW\t"
                              "auto dict none\thow it is done\n"));
    CHECK(strstr(outcome.out, "option\tdelta-test log\tv\tverbose\tnone\t\t\tbe verbose\n"));
    run(&outcome, "-V");
    CHECK_EQ_INT(outcome.status, 0);
    CHECK(strncmp(outcome.out, "delta-test (delta-tools) " DELTA_VERSION "\n", 26) == 0);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static char scratch[] = "/tmp/test-cli-XXXXXX";

static void put_file(const char *name, const char *text) {
    FILE *file = fopen(name, "w");

    if (!file || fputs(text, file) < 0 || fclose(file))
        abort();
}

static const char *get_file(const char *name) {
    static char text[256];
    FILE *file = fopen(name, "r");

    text[0] = '\0';
    if (file) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        (void)fclose(file);
    }
    return text;
}

static void output_is_whole_or_not_there(void) {
    struct outcome outcome;

    put_file("old", "old");
    run(&outcome, "add -oold --fail h");
    CHECK_EQ_INT(outcome.status, 2);
    CHECK_EQ_STR(get_file("old"), "old");
    run(&outcome, "add -oold -sbad h");
    CHECK_EQ_STR(get_file("old"), "old");
    run(&outcome, "add -onew --fail h");
    CHECK(access("new", F_OK) != 0);
    run(&outcome, "add -oold --fail --partly h");
    CHECK_EQ_INT(outcome.status, 2);
    CHECK_EQ_STR(get_file("old"), "h s-1 z0 b0 {}\n");
    run(&outcome, "add -onew h");
    CHECK_EQ_INT(outcome.status, 0);
    CHECK_EQ_STR(outcome.out, "");
    CHECK_EQ_STR(get_file("new"), "h s-1 z0 b0 {}\n");
    run(&outcome, "add -o/dev/full h");
    CHECK_EQ_INT(outcome.status, 2);
    CHECK_EQ_STR(outcome.err, "delta-test: /dev/full: cannot write: No space left on device\n");
}

static void files_are_replaced_beside_a_backup(void) {
    struct cli cli;

    put_file("state", "1");
    put_file("state~", "0");
    cli_begin(&cli, &command);
    CHECK_EQ_INT(cli_replace_file(&cli, "state", "~",
                                  &(struct delta_buf){.data = (char[]){"two"}, .length = 3}),
                 0);
    CHECK_EQ_STR(get_file("state"), "two");
    CHECK_EQ_STR(get_file("state~"), "1");
    CHECK_EQ_INT(cli_replace_file(&cli, "state", NULL,
                                  &(struct delta_buf){.data = (char[]){"three"}, .length = 5}),
                 0);
    CHECK_EQ_STR(get_file("state"), "three");
    CHECK_EQ_STR(get_file("state~"), "1");
    CHECK_EQ_INT(cli_finish(&cli, 0), 0);
}

static void file_is_not_replaced_by_a_part(void) {
    static char part[] = "par";
    struct delta_buf failed = {.data = part, .length = 3, .capacity = 3, .failed = true};
    struct cli cli;

    put_file("state", "1");
    (void)unlink("state~");
    cli_begin(&cli, &command);
    CHECK_EQ_INT(cli_replace_file(&cli, "state", "~", &failed), -1);
    CHECK_EQ_STR(get_file("state"), "1");
    CHECK(access("state~", F_OK) != 0);
    CHECK(cli.failed);
    CHECK_EQ_INT(cli_finish(&cli, CLI_TROUBLE), CLI_TROUBLE);
}

static void lines_are_numbered(void) {
    struct outcome outcome;

    put_file("lines", "a\n\n \t\r\nb\nlast");
    run(&outcome, "add --lines lines");
    CHECK_EQ_INT(outcome.status, 0);
    CHECK_EQ_STR(outcome.out, "1:a;4:b;5:last;");
    run(&outcome, "add --lines -");
    CHECK_EQ_INT(outcome.status, 0);
    CHECK_EQ_STR(outcome.out, "");
    put_file("lines", "abc\nabcd\nabc");
    run(&outcome, "add --lines --max-size=3 lines");
    CHECK_EQ_INT(outcome.status, 2);
    CHECK_EQ_STR(outcome.out, "1:abc;");
    CHECK_EQ_STR(outcome.err, "delta-test: lines:2: the line is longer than 3 bytes\n");
    run(&outcome, "add --lines .");
    CHECK_EQ_INT(outcome.status, 2);
    CHECK_EQ_STR(outcome.err, "delta-test: .: Is a directory\n");
    run(&outcome, "add --lines not-there");
    CHECK_EQ_STR(outcome.err, "delta-test: not-there: No such file or directory\n");
}

/* Lines longer than what is read at once, and more of them than that holds. */
static void long_and_many_lines_are_whole(void) {
    enum { LONG = 700000, MANY = 200000 };
    struct cli cli;
    struct cli_lines lines;
    const char *text;
    size_t length;
    FILE *file = fopen("long", "w");

    REQUIRE(file);
    for (int line = 0; line < 3; line++) {
        for (int i = 0; i < LONG + line; i++)
            (void)fputc('a' + (i + line) % 26, file);
        (void)fputc('\n', file);
    }
    for (int line = 0; line < MANY; line++)
        (void)fprintf(file, "%d\n", line);
    REQUIRE(fclose(file) == 0);
    cli_begin(&cli, &command);
    REQUIRE(cli_lines_open(&cli, &lines, "long", 0) == 0);
    for (int line = 0; line < 3; line++) {
        REQUIRE(cli_lines_next(&cli, &lines, &text, &length) == 1);
        CHECK_EQ_INT(length, LONG + line);
        for (size_t i = 0; i < length; i++)
            REQUIRE(text[i] == (char)('a' + (i + (size_t)line) % 26));
    }
    for (int line = 0; line < MANY; line++) {
        char want[16];
        size_t want_length = (size_t)snprintf(want, sizeof want, "%d", line);
        REQUIRE(cli_lines_next(&cli, &lines, &text, &length) == 1);
        REQUIRE(length == want_length && memcmp(text, want, length) == 0);
    }
    CHECK_EQ_INT(cli_lines_next(&cli, &lines, &text, &length), 0);
    CHECK_EQ_INT(lines.number, MANY + 3);
    cli_lines_close(&lines);
    CHECK_EQ_INT(cli_finish(&cli, 0), 0);
}

static void time_comes_from_the_environment(void) {
    const struct cli_time absent = {0}, given = {.given = true, .nanoseconds = 7};
    struct cli cli;
    int64_t time = 0;

    (void)setenv("SOURCE_DATE_EPOCH", "12", 1);
    cli_begin(&cli, &command);
    CHECK_EQ_INT(record_options_time(&cli, &absent, &time), 0);
    CHECK_EQ_INT(time, 12000000000);
    CHECK_EQ_INT(record_options_time(&cli, &given, &time), 0);
    CHECK_EQ_INT(time, 7);
    CHECK_EQ_INT(cli_finish(&cli, 0), 0);
    (void)unsetenv("SOURCE_DATE_EPOCH");
    cli_begin(&cli, &command);
    CHECK_EQ_INT(record_options_time(&cli, &absent, &time), 0);
    CHECK(time > 1700000000000000000);
    CHECK_EQ_INT(time % 1000000, 0);
    CHECK_EQ_INT(cli_finish(&cli, 0), 0);
}

static void statuses_follow_the_failure(void) {
    static const struct {
        enum delta_code code;
        int status;
    } rows[] = {
        {DELTA_ERR_USAGE, 2},  {DELTA_ERR_MEMORY, 2},      {DELTA_ERR_SYSTEM, 2},
        {DELTA_ERR_SYNTAX, 2}, {DELTA_ERR_LIMIT, 2},       {DELTA_ERR_DAMAGED, 2},
        {DELTA_ERR_BASE, 1},   {DELTA_ERR_UNSUPPORTED, 2}, {DELTA_ERR_APPLIED, 1},
        {DELTA_ERR_JOIN, 1},   {DELTA_ERR_CONFLICT, 1},
    };
    int kept = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

    REQUIRE(kept >= 0 && null >= 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct delta_err err = {.code = rows[i].code, .text = "x"};
        struct cli cli;
        int status;
        cli_begin(&cli, &command);
        (void)dup2(null, STDERR_FILENO);
        status = cli_error(&cli, &err);
        (void)dup2(kept, STDERR_FILENO);
        CHECK_EQ_INT(status, rows[i].status);
        CHECK(cli.failed);
    }
    close(kept);
    close(null);
}

int main(void) {
    int status;

    if (!mkdtemp(scratch) || chdir(scratch))
        return 2;
    (void)unsetenv("SOURCE_DATE_EPOCH");
    RUN(people_read_sizes);
    RUN(misspellings_are_recognised);
    RUN(options_are_stored);
    RUN(usage_errors_say_what_to_do);
    RUN(messages_are_one_safe_line);
    RUN(help_comes_from_the_tables);
    RUN(output_is_whole_or_not_there);
    RUN(files_are_replaced_beside_a_backup);
    RUN(file_is_not_replaced_by_a_part);
    RUN(lines_are_numbered);
    RUN(long_and_many_lines_are_whole);
    RUN(time_comes_from_the_environment);
    RUN(statuses_follow_the_failure);
    status = check_done();
    for (const char *const *name =
             (const char *const[]){"old", "new", "state", "state~", "lines", "long", NULL};
         *name; name++)
        (void)unlink(*name);
    if (chdir("/") || rmdir(scratch))
        return 1;
    return status;
}
