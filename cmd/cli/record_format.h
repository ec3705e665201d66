/* How records are written: what -f, -z and --standalone say, for all commands that write them. */
#ifndef CLI_RECORD_FORMAT_H
#define CLI_RECORD_FORMAT_H

#include "cli/cli.h"

enum format {
    FORMAT_JSON,
    FORMAT_PACKED,
    FORMAT_TEXT,
    FORMAT_JSON_PATCH,
    FORMAT_MERGE_PATCH,
    FORMAT_BSDIFF,
    FORMAT_CHANGES,
    FORMAT_GITHUB,
    FORMAT_MARKDOWN,
    FORMAT_JUNIT,
    FORMAT_SARIF,
    FORMAT_HTML,
    FORMAT_UNSET, /* for a command that chooses when -f was not given */
};

struct record_format {
    enum format format;
    uint64_t level; /* 0: -z was not given */
    bool standalone;
};

/* The words of -f: those of one record, of these the ones for which two states need not be bytes,
 * and those that can be read back as a stream of records. */
extern const struct cli_word record_format_all[], record_format_structural[],
    record_format_streams[];

/* All, and the reports on two files or directories. */
extern const struct cli_word record_format_reports[];

/* The rows of a table of options, for a struct recordformat `member` of `type`. */
#define RECORDFORMAT_OPTIONS(type, member, listed, help)                                           \
    {CLI_CHOICE, 'f', "format", "FORMAT", help, CLI_AT(type, member.format), .words = (listed)},   \
        {CLI_NUMBER,                                                                               \
         'z',                                                                                      \
         "compress",                                                                               \
         "LEVEL",                                                                                  \
         "packed, at this zstd level (9)",                                                         \
         CLI_AT(type, member.level),                                                               \
         .optional = true,                                                                         \
         .absent = 9,                                                                              \
         .least = 1,                                                                               \
         .most = 22},                                                                              \
    {                                                                                              \
        CLI_FLAG, 0, "standalone", NULL, "packed: readable without its base",                      \
            CLI_AT(type, member.standalone)                                                        \
    }

/* True for records, JSON or packed; and for patches of other standards. */
static inline bool record_format_is_record(const struct record_format *how) {
    return how->format == FORMAT_JSON || how->format == FORMAT_PACKED;
}

static inline bool record_format_is_patch(const struct record_format *how) {
    return how->format == FORMAT_JSON_PATCH || how->format == FORMAT_MERGE_PATCH;
}

/* True for records in the packed format, which is bytes and not for terminals. */
static inline bool record_format_is_packed(const struct record_format *how) {
    return how->format == FORMAT_PACKED || (how->format == FORMAT_JSON && how->level);
}

/* Appends the record as it is to be written, but for FORMAT_BSDIFF; `base` is the state that it
 * leads away from, or NULL. For people it is cut and coloured as the terminal asks. */
int record_format_write(struct cli *cli, const struct record_format *how,
                        const struct delta_record *record, const struct delta_value *base,
                        struct delta_buf *out, struct delta_err *err);

/* Writes what was formatted; a patch of another format ends with a newline. 0 or -1 (reported). */
int record_format_put(struct cli *cli, const struct record_format *how,
                      const struct delta_buf *bytes);

/* Appends KEY TAB RECORD and a newline, the contract of --keyed: `bytes` is the record as JSON with
 * its newline, or a packed one, which becomes base64. Failure shows in line->failed. */
void record_format_keyed(const char *key, size_t key_length, bool packed,
                         const struct delta_buf *bytes, struct delta_buf *line);

/* The bare payload of a binary record, which bspatch(1) reads. */
int record_format_put_bsdiff(struct cli *cli, const struct delta_record *record);

#endif
