#include "chain/several.h"

#include "chain/chain.h"
#include "chain/store.h"

#include <string.h>
#include <unistd.h>

static bool is_range(const char *text) {
    if (strchr(text, '/'))
        return false;
    return strstr(text, "..") || text[0] == '@' || text[strspn(text, "0123456789")] == '\0' ||
           access(text, F_OK) != 0;
}

struct each {
    struct cli *cli;
    const char *path;
    chain_key_verb *verb;
    void *context;
    int worst;
};

/* The verb, with the path of the key's history as the operand. */
static int call_verb(const struct each *each, const char *key, size_t length) {
    struct delta_buf path = {0};
    delta_buf_put(&path, each->path, strlen(each->path));
    delta_buf_put(&path, "/", 1);
    delta_key_path_write(key, length, &path);
    delta_buf_put(&path, "", 1);
    each->cli->operands[0] = path.data;
    int status = path.failed ? cli_fail(each->cli, "out of memory")
                             : each->verb(each->cli, key, length, each->context);
    delta_buf_free(&path);
    return status;
}

static int visit_key(void *context, const char *key, size_t length, const struct delta_err *why) {
    struct each *each = context;
    int status = key ? call_verb(each, key, length) : chain_damage(each->cli, why);
    each->worst = status > each->worst ? status : each->worst;
    return 0;
}

int chain_each_key(struct cli *cli, const char *path, chain_key_verb *verb, void *context) {
    struct delta_err err = {0};
    char *first = cli->operands[0];
    struct each each = {.cli = cli, .path = path, .verb = verb, .context = context};
    struct delta_store *store = delta_store_open(path, 0, &err);
    if (!store)
        return cli_error(cli, &err);
    if (delta_store_keys(store, visit_key, &each, &err) < 0)
        each.worst = cli_error(cli, &err);
    delta_store_close(store);
    cli->operands[0] = first;
    return each.worst;
}

/* A verb that wants the key made safe to show. */
struct labelled {
    chain_verb *verb;
    void *context;
};

static int label_key(struct cli *cli, const char *key, size_t length, void *context) {
    const struct labelled *labelled = context;
    struct delta_buf label = {0};
    delta_visible_write(key, length, &label);
    delta_buf_put(&label, "", 1);
    int status = label.failed ? cli_fail(cli, "out of memory")
                              : labelled->verb(cli, label.data, labelled->context);
    delta_buf_free(&label);
    return status;
}

int chain_each(struct cli *cli, bool ranges, chain_verb *verb, void *context) {
    char **operands = cli->operands;
    const char *key = cli->key;
    size_t count = cli->operand_count;
    struct labelled labelled = {verb, context};
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
                     : store_is_one(operands[i]) && !cli->key
                         ? chain_each_key(cli, operands[i], label_key, &labelled)
                         : verb(cli, histories > 1 ? label.data : NULL, context);
        cli->key = key;
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
