#include "cli/hint.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *suffix;
    const char *format; /* of the file's name */
} formats[] = {
    {".yaml", "convert YAML first: yq . %s >%s.json"},
    {".yml", "convert YAML first: yq . %s >%s.json"},
    {".jsonc", "remove the comments first, as JSON5: json5 %s >%s.json"},
    {".json5", "convert JSON5 first: json5 %s >%s.json"},
    {".gz", "decompress it first: zcat %s >%s.json"},
    {".zst", "decompress it first: zstdcat %s >%s.json"},
    {".xz", "decompress it first: xzcat %s >%s.json"},
};

/* A command whose --ndjson reads states. */
static bool reads_streams(const struct cli *cli) {
    const struct cli_command *command = cli->verb ? cli->verb : cli->command;
    return strcmp(command->name, "delta-diff") == 0 || strcmp(command->name, "add") == 0;
}

void hint_for_error(const struct cli *cli, const struct delta_err *err, char *out, size_t size) {
    size_t length = strlen(err->file);
    *out = '\0';
    if (err->code != DELTA_ERR_SYNTAX)
        return;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t end = strlen(formats[i].suffix);
        if (length > end && strcmp(err->file + length - end, formats[i].suffix) == 0) {
            char name[sizeof err->file];
            size_t stem = length - end;
            if (stem > 5 && memcmp(err->file + stem - 5, ".json", 5) == 0)
                stem -= 5;
            (void)snprintf(name, sizeof name, "%.*s", (int)stem, err->file);
            (void)snprintf(out, size, formats[i].format, err->file, name);
            return;
        }
    }
    if (strstr(err->text, "data after the value") && reads_streams(cli))
        (void)snprintf(out, size, "several values, one a line, are read with --ndjson");
}
