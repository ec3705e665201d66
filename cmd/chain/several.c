#include "chain/several.h"

#include <string.h>
#include <unistd.h>

static bool is_range(const char *text) {
    if (strchr(text, '/'))
        return false;
    return strstr(text, "..") || text[0] == '@' || text[strspn(text, "0123456789")] == '\0' ||
           access(text, F_OK) != 0;
}

int chain_each(struct cli *cli, bool ranges, chain_verb *verb, void *context) {
    char **operands = cli->operands;
    size_t count = cli->operand_count;
    bool ranged = ranges && count > 1 && is_range(operands[count - 1]);
    size_t histories = count - ranged;
    int worst = CLI_OK;
    for (size_t i = 0; i < histories; i++) {
        struct delta_buf label = {0};
        char *one[3] = {operands[i], ranged ? operands[count - 1] : NULL, NULL};
        cli->operands = one;
        cli->operand_count = 1 + ranged;
        if (histories > 1) {
            delta_visible_write(operands[i], strlen(operands[i]), &label);
            delta_buf_put(&label, "", 1);
        }
        int status = label.failed ? cli_fail(cli, "out of memory")
                                  : verb(cli, histories > 1 ? label.data : NULL, context);
        worst = status > worst ? status : worst;
        delta_buf_free(&label);
    }
    cli->operands = operands;
    cli->operand_count = count;
    return worst;
}

int chain_heading(struct cli *cli, const char *label) {
    if (!label)
        return CLI_OK;
    bool first = !cli->out.open;
    return cli_printf(cli, "%s%s:\n", first ? "" : "\n", label) < 0 ? CLI_TROUBLE : CLI_OK;
}
