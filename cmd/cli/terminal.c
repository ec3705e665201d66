/* What a person at a terminal gets: colour, width, readable sizes, progress. */
#include "cli/terminal.h"
#include "cli/argument.h"
#include "cli/clock.h"
#include "cli/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PROGRESS_INTERVAL = 100000000 /* nanoseconds */ };

bool cli_is_terminal(const struct cli *cli) {
    return !cli->output && isatty(STDOUT_FILENO);
}

static bool is_dumb(void) {
    const char *term = getenv("TERM");

    return !term || strcmp(term, "dumb") == 0;
}

bool cli_color(const struct cli *cli) {
    const char *no_color = getenv("NO_COLOR");

    if (cli->color != CLI_AUTO)
        return cli->color == CLI_ALWAYS;
    return !(no_color && *no_color) && cli_is_terminal(cli) && !is_dumb();
}

/* The environment's word for a measure of the terminal, 0 when it has none that makes sense. */
static unsigned measure_from(const char *variable) {
    const char *text = getenv(variable);
    uint64_t number;

    return text && argument_number(text, &number) && number <= 10000 ? (unsigned)number : 0;
}

unsigned cli_columns(const struct cli *cli) {
    unsigned columns = measure_from("COLUMNS");
    struct winsize size;

    if (!columns && cli_is_terminal(cli) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        columns = size.ws_col;
    return columns ? columns : 80;
}

unsigned cli_rows(const struct cli *cli) {
    unsigned rows = measure_from("LINES");
    struct winsize size;

    if (!cli_is_terminal(cli))
        return 0;
    if (!rows && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        rows = size.ws_row;
    return rows;
}

const char *cli_size(char out[CLI_SIZE_TEXT], uint64_t bytes, bool people) {
    static const char units[] = "KMGTPE";
    double amount = (double)bytes / 1024;
    size_t unit = 0;

    if (!people) {
        (void)snprintf(out, CLI_SIZE_TEXT, "%" PRIu64, bytes);
    } else if (bytes < 1024) {
        (void)snprintf(out, CLI_SIZE_TEXT, "%" PRIu64 " B", bytes);
    } else {
        /* 1023.95 would be shown as 1024.0 */
        for (; amount >= 1023.95; amount /= 1024)
            unit++;
        (void)snprintf(out, CLI_SIZE_TEXT, "%.1f %ciB", amount, units[unit]);
    }
    return out;
}

void cli_progress_begin(struct cli *cli, struct cli_progress *progress, const char *label,
                        uint64_t total) {
    *progress = (struct cli_progress){.cli = cli, .label = label, .total = total};
    progress->active = isatty(STDERR_FILENO) && !is_dumb();
    if (progress->active)
        progress->last = cli_clock();
}

void cli_progress_update(struct cli_progress *progress, uint64_t done) {
    if (!progress->active)
        return;
    int64_t now = cli_clock();
    if (now - progress->last < PROGRESS_INTERVAL)
        return;
    progress->last = now;
    progress->cli->progress_shown = true;
    if (progress->total)
        (void)fprintf(stderr, "\r\033[K%" PRIu64 " of %" PRIu64 " %s", done, progress->total,
                      progress->label);
    else
        (void)fprintf(stderr, "\r\033[K%" PRIu64 " %s", done, progress->label);
}

void cli_progress_end(struct cli_progress *progress) {
    if (progress->active && progress->cli->progress_shown)
        (void)fputs("\r\033[K", stderr);
    if (progress->cli)
        progress->cli->progress_shown = false;
    progress->active = false;
}
