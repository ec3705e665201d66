/* What the commands share: options, messages, the exit status.
 *
 *     static const struct cli_option options_table[] = {
 *         {CLI_GROUP, .help = "Record"},
 *         {CLI_CHOICE, 's', "strategy", "HOW", "how the new state is carried",
 *          CLI_AT(struct options, strategy), .words = strategies},
 *         {CLI_NUMBER, 'z', "compress", "LEVEL", "packed, at this zstd level (9)",
 *          CLI_AT(struct options, level), .optional = true, .absent = 9, .least = 1, .most = 22},
 *         {0},
 *     };
 *     static const struct cli_command command = {
 *         .name = "delta-diff",
 *         .usage = "[OPTION]... OLD NEW",
 *         .summary = "Writes the difference of two states.",
 *         .options = options_table,
 *     };
 *
 *     int main(int argc, char **argv) {
 *         struct options options = {.strategy = DELTA_AUTO};
 *         struct cli cli;
 *         cli_begin(&cli, &command);
 *         int status = cli_parse(&cli, argc, argv, &options);
 *         if (status == CLI_GO)
 *             status = run(&cli, &options);
 *         return cli_finish(&cli, status);
 *     }
 *
 * Everything lives in main's frame; there is no global state but getopt's own. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "cli/argument.h"
#include "cli/command.h"
#include "cli/input.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/terminal.h"

/* Starts a run: zeroes `cli`, and sees to it that descriptors 0 to 2 are taken, so that no file can
 * be opened as standard output by accident. */
void cli_begin(struct cli *cli, const struct cli_command *command);

/* CLI_GO when there are from `least` to `most` operands, else says what is missing or too much
 * (CLI_TROUBLE). `names` names them in order, for the message: "OLD NEW". */
int cli_operands(struct cli *cli, size_t least, size_t most, const char *names);

/* CLI_GO when "-" is named at most once among the operands, else a usage error: standard input can
 * be read once. */
int cli_stdin_once(struct cli *cli);

/* Ends a run: completes the output (output.h), frees all. Returns the exit status: `status`, or
 * CLI_TROUBLE when the output could not be completed. */
int cli_finish(struct cli *cli, int status);

#endif
