/* A run of a command from start to end. */
#include "cli/cli.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    KEPT_MEMORY = 64 * 1024 * 1024, /* bytes freed that are not given back to the system */
    OWN_MAPPING = 4 * 1024 * 1024,  /* bytes from which a block gets a mapping of its own */
};

void cli_begin(struct cli *cli, const struct cli_command *command) {
    *cli = (struct cli){.command = command, .epoch = getenv("SOURCE_DATE_EPOCH")};
    /* A stream's next record needs the memory that the last one gave up. */
    mallopt(M_TRIM_THRESHOLD, KEPT_MEMORY);
    mallopt(M_MMAP_THRESHOLD, OWN_MAPPING);
    /* A closed descriptor is taken by something that cannot be used in its direction, so that its
     * use fails, and no other file gets its number. */
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int cli_finish(struct cli *cli, int status) {
    if (cli_output_close(cli))
        status = CLI_TROUBLE;
    cli_free_all(cli);
    return status;
}

/* The `number`th name of "OLD NEW..."; the last one names all after it. */
static const char *operand_name(const char *names, size_t number, int *length) {
    for (;;) {
        size_t end = strcspn(names, " ");
        if (number-- == 0 || names[end] == '\0') {
            *length = (int)end;
            return names;
        }
        names += end + 1;
    }
}

int cli_operands(struct cli *cli, size_t least, size_t most, const char *names) {
    int length;

    if (cli->operand_count < least) {
        const char *name = operand_name(names, cli->operand_count, &length);
        return cli_usage(cli, "missing %.*s", length, name);
    }
    if (cli->operand_count > most)
        return cli_usage(cli, "extra operand '%s'", cli->operands[most]);
    return CLI_GO;
}

int cli_stdin_once(struct cli *cli) {
    size_t count = 0;

    for (size_t i = 0; i < cli->operand_count; i++)
        count += strcmp(cli->operands[i], "-") == 0;
    return count > 1
               ? cli_usage(cli, "'-' is given twice, but standard input can be read only once")
               : CLI_GO;
}
