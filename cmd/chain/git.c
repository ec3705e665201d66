/* delta-chain import --git: every committed version of a file. */
#include "chain/git.h"

#include "cli/process.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One commit as `git log` prints it. */
struct commit {
    char id[65];
    int64_t time; /* nanoseconds */
    char *author; /* within the line */
    char *path;   /* what the file was called then */
};

/* Asks `git cat-file --batch` for the version; NULL with *missing when the commit has none. */
static char *read_version(struct process *files, const struct commit *commit, size_t *length,
                          bool *missing) {
    char line[256];
    *missing = true;
    if (fprintf(files->to, "%s:%s\n", commit->id, commit->path) < 0 || fflush(files->to) != 0 ||
        !fgets(line, sizeof line, files->from))
        return NULL;
    uint64_t size;
    if (!strchr(line, '\n')) {
        /* A long "… missing" line. */
        int c;
        while ((c = getc(files->from)) != EOF && c != '\n')
            ;
        return NULL;
    }
    if (sscanf(line, "%*64s blob %" SCNu64, &size) != 1 || size > DELTA_MAX_STATE)
        return NULL;
    char *text = malloc((size_t)size + 1);
    if (!text || fread(text, 1, (size_t)size + 1, files->from) != (size_t)size + 1) {
        free(text);
        return NULL;
    }
    *missing = false;
    *length = (size_t)size;
    return text;
}

static const struct delta_value *make_metadata(struct delta_arena *arena,
                                               const struct commit *commit, struct delta_err *err) {
    const struct delta_member members[] = {
        {"author", strlen("author"), delta_value_string_of(arena, commit->author, err)},
        {"commit", strlen("commit"), delta_value_string_of(arena, commit->id, err)},
        {"path", strlen("path"), delta_value_string_of(arena, commit->path, err)}};
    return delta_value_object(arena, members, sizeof members / sizeof *members, err);
}

static int add_version(struct cli *cli, struct chain_writer *writer, const struct commit *commit,
                       const char *text, size_t length) {
    char name[128];
    struct delta_err err = {0};
    struct delta_arena *arena = delta_arena_new();
    if (!arena)
        return cli_fail(cli, "out of memory");
    (void)snprintf(name, sizeof name, "%.12s:%.100s", commit->id, commit->path);
    const struct delta_value *state =
        delta_read_for(arena, DELTA_USE_COMPARE | DELTA_USE_DIGEST, text, length, name, &err);
    if (!state) {
        delta_arena_free(arena);
        if (err.code != DELTA_ERR_SYNTAX && err.code != DELTA_ERR_LIMIT)
            return cli_error(cli, &err);
        cli_warn_error(cli, &err);
        cli_warn(cli, "commit %.12s skipped: its version is not valid JSON", commit->id);
        return CLI_OK;
    }
    /* Names of authors and files that are not UTF-8 are left out. */
    const struct delta_history_note note = {.time = commit->time,
                                            .metadata = make_metadata(arena, commit, NULL)};
    return chain_writer_add(cli, writer, arena, state, &note);
}

/* Splits "ID TIME AUTHOR" in place. */
static bool parse_commit(char *line, struct commit *commit) {
    char *time = strchr(line, ' ');
    char *author = time ? strchr(time + 1, ' ') : NULL;
    if (!author || (size_t)(time - line) >= sizeof commit->id)
        return false;
    *time++ = '\0';
    *author++ = '\0';
    strcpy(commit->id, line);
    int64_t seconds = strtoll(time, NULL, 10);
    if (seconds > INT64_MAX / 1000000000 || seconds < INT64_MIN / 1000000000)
        return false;
    commit->time = seconds * 1000000000;
    commit->author = author;
    return true;
}

/* All of what `git log` writes, which comes newest first (--follow does not go with --reverse). */
static char *read_whole(FILE *from, size_t *length) {
    char *text = NULL, part[1 << 14];
    FILE *stream = open_memstream(&text, length);
    size_t got;
    if (!stream)
        return NULL;
    while ((got = fread(part, 1, sizeof part, from)) > 0)
        fwrite(part, 1, got, stream);
    if (fclose(stream) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* The start of the field that ends before the NUL at `end`, without newlines before it. */
static char *field_before(char *text, char *end) {
    char *start = end;
    while (start > text && start[-1])
        start--;
    while (*start == '\n')
        start++;
    return start;
}

/* The commit that the last state with one came from; empty when there is none. */
static int find_last_commit(struct cli *cli, struct chain_writer *writer, char id[65]) {
    struct delta_history_entry entry;
    struct delta_err err = {0};
    uint32_t count = delta_history_count(writer->history);
    id[0] = '\0';
    if (!count)
        return CLI_OK;
    struct delta_history_iterator *iterator =
        delta_history_iterator_new(writer->history, 0, count - 1, false, &err);
    if (!iterator)
        return cli_error(cli, &err);
    for (;;) {
        struct delta_err why = {0};
        int got = delta_history_iterator_next(iterator, &entry, &why);
        if (got == 0)
            break;
        if (got < 0 && why.code != DELTA_ERR_DAMAGED) {
            delta_history_iterator_free(iterator);
            return cli_error(cli, &why);
        }
        size_t length;
        const struct delta_value *commit =
            got > 0 && entry.metadata ? delta_value_get(entry.metadata, "commit") : NULL;
        const char *text = commit && delta_value_type(commit) == DELTA_STRING
                               ? delta_value_text(commit, &length)
                               : NULL;
        if (text && length < 65) {
            memcpy(id, text, length);
            id[length] = '\0';
        }
    }
    delta_history_iterator_free(iterator);
    return CLI_OK;
}

/* Cuts the log off at the commit that is there already, with which it then ends: `*known` versions
 * are before what is new. */
static size_t cut_known(const char *text, size_t length, const char *id, uint64_t *known) {
    const char *at = *id ? memmem(text, length, id, strlen(id)) : NULL;
    *known = 0;
    if (!at || (at > text && at[-1] != '\n' && at[-1] != '\0') || at[strlen(id)] != ' ')
        return length;
    /* Two fields a commit, each ended by a NUL. */
    for (const char *c = at; c < text + length; c++)
        *known += *c == '\0';
    *known /= 2;
    size_t left = (size_t)(at - text);
    while (left && text[left - 1] == '\n')
        left--;
    return left;
}

/* The log has, for each commit, two fields that a NUL ends: "ID TIME AUTHOR", and what the file was
 * called at that time. Taken from the end, the oldest comes first. */
static int read_log(struct cli *cli, struct chain_writer *writer, char *text, size_t length,
                    struct process *files, const char *path) {
    int status = CLI_OK;
    char *end = text + length;
    while (status == CLI_OK && end > text) {
        struct commit commit;
        char *name = field_before(text, end - 1);
        char *name_end = end;
        end = name;
        while (end > text && end[-1] == '\n')
            end--;
        char *head = end > text ? field_before(text, end - 1) : text;
        if (end == text || name_end[-1] || !parse_commit(head, &commit))
            return cli_fail(cli, "unexpected output from git log");
        for (end = head; end > text && end[-1] == '\n';)
            end--;
        commit.path = name;
        size_t version_length;
        bool missing;
        char *version =
            strchr(name, '\n') ? NULL : read_version(files, &commit, &version_length, &missing);
        if (version)
            status = add_version(cli, writer, &commit, version, version_length);
        else
            cli_warn(cli, "commit %.12s skipped: it has no %s", commit.id, path);
        free(version);
    }
    return status;
}

int git_import(struct cli *cli, struct chain_writer *writer, const char *repository,
               const char *path) {
    const char *const log_argv[] = {"git",
                                    "-C",
                                    repository,
                                    "log",
                                    "-z",
                                    "--follow",
                                    "--name-only",
                                    "--diff-filter=d",
                                    "--format=%H %at %an <%ae>",
                                    "--",
                                    path,
                                    NULL};
    const char *const files_argv[] = {"git", "-C", repository, "cat-file", "--batch", NULL};
    struct process log, files;
    int status = process_start(cli, &log, log_argv, false);
    if (status != CLI_OK) {
        process_end(cli, &log);
        return status;
    }
    uint64_t before = writer->added;
    size_t length;
    char *text = read_whole(log.from, &length);
    bool good = process_end(cli, &log);
    if (!text)
        status = cli_fail(cli, "out of memory");
    else if (!good)
        status = cli_fail(cli, "git log failed in %s", repository);
    if (status == CLI_OK) {
        char last[65];
        uint64_t known;
        status = find_last_commit(cli, writer, last);
        length = cut_known(text, length, last, &known);
        writer->known += known;
        if (status == CLI_OK)
            status = process_start(cli, &files, files_argv, true);
        else
            files = (struct process){.child = -1, .errors = -1};
        if (status == CLI_OK)
            status = read_log(cli, writer, text, length, &files, path);
        process_end(cli, &files);
    }
    free(text);
    if (status == CLI_OK && writer->added == before && !writer->known)
        return cli_fail(cli, "%s: git has no version of %s that is valid JSON", repository, path);
    return status;
}
