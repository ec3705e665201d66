/* What a person at a terminal gets: each test runs in a child whose terminal is a pseudo-terminal.
 */
#include "cli/cli.h"
#include "tests/unit/check.h"

#include <poll.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct cli_command command = {.name = "delta-test", .usage = "", .summary = ""};

/* Runs `body` with a terminal of 10 lines as all its descriptors. What it wrote, without carriage
 * returns before newlines, is in `shown`; returns its status. */
static int at_terminal(int (*payload)(struct cli *cli), char *shown, size_t size) {
    const struct winsize window = {.ws_row = 10, .ws_col = 57};
    size_t length = 0, kept = 0;
    int terminal, state = 0;
    ssize_t got;
    pid_t child;

    (void)fflush(NULL);
    child = forkpty(&terminal, NULL, NULL, &window);
    if (child < 0)
        abort();
    if (child == 0) {
        struct cli cli;
        int status;
        (void)setenv("TERM", "xterm", 1);
        cli_begin(&cli, &command);
        status = payload(&cli);
        exit(cli_finish(&cli, status));
    }
    /* EIO is how a pseudo-terminal says that nobody has the other end any more. */
    while (length < size - 1 && (got = read(terminal, shown + length, size - 1 - length)) > 0)
        length += (size_t)got;
    for (size_t i = 0; i < length; i++)
        if (shown[i] != '\r' || i + 1 == length || shown[i + 1] != '\n')
            shown[kept++] = shown[i];
    shown[kept] = '\0';
    (void)waitpid(child, &state, 0);
    close(terminal);
    return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

static int show_measures(struct cli *cli) {
    (void)unsetenv("COLUMNS");
    (void)unsetenv("LINES");
    cli_printf(cli, "%u %u", cli_columns(cli), cli_rows(cli));
    (void)setenv("COLUMNS", "99", 1);
    cli_printf(cli, " %u", cli_columns(cli));
    (void)setenv("COLUMNS", "wide", 1);
    cli_printf(cli, " %u", cli_columns(cli));
    cli->output = "file";
    cli_printf(cli, " %u %u %d\n", cli_columns(cli), cli_rows(cli), cli_is_terminal(cli));
    return CLI_OK;
}

static void the_terminal_is_measured(void) {
    char shown[256];

    CHECK_EQ_INT(at_terminal(show_measures, shown, sizeof shown), 0);
    CHECK_EQ_STR(shown, "57 10 99 57 80 0 0\n");
}

static int show_colors(struct cli *cli) {
    static const char *const no_color[] = {NULL, "", "1"};

    for (cli->color = CLI_AUTO; cli->color <= CLI_NEVER; cli->color++) {
        for (int i = 0; i < 3; i++) {
            if (no_color[i])
                (void)setenv("NO_COLOR", no_color[i], 1);
            else
                (void)unsetenv("NO_COLOR");
            cli_printf(cli, "%d", cli_color(cli));
        }
    }
    cli->color = CLI_AUTO;
    (void)unsetenv("NO_COLOR");
    (void)setenv("TERM", "dumb", 1);
    cli_printf(cli, " %d\n", cli_color(cli));
    return CLI_OK;
}

static void colors_are_decided(void) {
    char shown[256];

    CHECK_EQ_INT(at_terminal(show_colors, shown, sizeof shown), 0);
    CHECK_EQ_STR(shown, "110111000 0\n"); /* auto, always, never; NO_COLOR absent, empty, set */
}

static int write_binary(struct cli *cli) {
    return cli_output_open(cli, true) || cli_write_text(cli, "binary\n") ? CLI_TROUBLE : CLI_OK;
}

static int write_binary_by_force(struct cli *cli) {
    cli->force = true;
    return write_binary(cli);
}

static void binary_needs_force(void) {
    char shown[256];

    CHECK_EQ_INT(at_terminal(write_binary, shown, sizeof shown), 2);
    CHECK_EQ_STR(shown, "delta-test: refusing to write binary data to a terminal: use -o FILE, "
                        "or --force\n");
    CHECK_EQ_INT(at_terminal(write_binary_by_force, shown, sizeof shown), 0);
    CHECK_EQ_STR(shown, "binary\n");
}

static int page(struct cli *cli, const char *pager, size_t lines) {
    char text[] = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    struct delta_buf buf = {.data = text, .length = 2 * lines};

    if (pager)
        (void)setenv("PAGER", pager, 1);
    else
        (void)unsetenv("PAGER");
    (void)unsetenv("LESS");
    (void)unsetenv("LINES");
    return cli_page(cli, &buf) ? CLI_TROUBLE : CLI_OK;
}

static int page_long(struct cli *cli) {
    return page(cli, "echo $LESS; head -n 1", 9) || page(cli, "exit 0", 9);
}

static int page_short(struct cli *cli) {
    return page(cli, "echo paged", 8);
}

static int page_missing(struct cli *cli) {
    return page(cli, "no-such-pager 2>/dev/null", 9);
}

/* Without a pager that was chosen it is less; here one that only says that it ran. */
static int page_unchosen(struct cli *cli) {
    char folder[] = "/tmp/test-terminal-XXXXXX", less[sizeof folder + 8];
    FILE *script;
    int status;

    if (!mkdtemp(folder))
        return CLI_TROUBLE;
    (void)snprintf(less, sizeof less, "%s/less", folder);
    script = fopen(less, "w");
    if (!script || fputs("#!/bin/sh\necho less $LESS\n", script) < 0 || fclose(script) != 0 ||
        chmod(less, 0700) != 0)
        return CLI_TROUBLE;
    (void)setenv("PATH", folder, 1);
    status = page(cli, NULL, 9) || page(cli, "", 9) ? CLI_TROUBLE : CLI_OK;
    (void)unlink(less);
    (void)rmdir(folder);
    return status;
}

static void the_pager_shows_what_is_long(void) {
    char shown[256];

    CHECK_EQ_INT(at_terminal(page_long, shown, sizeof shown), 0);
    CHECK_EQ_STR(shown, "FRX\n1\n");
    CHECK_EQ_INT(at_terminal(page_short, shown, sizeof shown), 0);
    CHECK_EQ_STR(shown, "1\n2\n3\n4\n5\n6\n7\n8\n");
    CHECK_EQ_INT(at_terminal(page_unchosen, shown, sizeof shown), 0);
    CHECK_EQ_STR(shown, "less FRX\nless FRX\n");
    CHECK_EQ_INT(at_terminal(page_missing, shown, sizeof shown), 0);
    CHECK_EQ_STR(shown, "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
}

static int show_progress(struct cli *cli) {
    struct cli_progress progress;

    cli_progress_begin(cli, &progress, "states", 40);
    (void)poll(NULL, 0, 110);
    cli_progress_update(&progress, 12);
    cli_warn(cli, "careful");
    cli_progress_end(&progress);
    cli_warn(cli, "done");
    return CLI_OK;
}

static void progress_is_shown_and_cleared(void) {
    char shown[256];

    CHECK_EQ_INT(at_terminal(show_progress, shown, sizeof shown), 0);
    CHECK_EQ_STR(shown, "\r\033[K12 of 40 states\r\033[Kdelta-test: warning: careful\n\r\033[K"
                        "delta-test: warning: done\n");
}

int main(void) {
    RUN(the_terminal_is_measured);
    RUN(colors_are_decided);
    RUN(binary_needs_force);
    RUN(the_pager_shows_what_is_long);
    RUN(progress_is_shown_and_cleared);
    return check_done();
}
