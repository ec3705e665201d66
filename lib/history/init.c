/* Histories without states. The interface is delta.h's delta_history_init and
 * delta_history_restore. */
#include "base/err.h"
#include "history/flush.h"
#include "history/pending.h"

int delta_history_restore(const char *path, const struct delta_export_header *export_header,
                          struct delta_err *err) {
    struct delta_history *history = delta_history_open(path, DELTA_HISTORY_ADD, err);
    if (!history)
        return -1;
    int status = history_lock(history, err);
    if (status == 0 && history->fresh) {
        history->options = *export_header;
        status = flush_empty(history, err) < 0 ? -1 : 1;
    }
    if (status < 0)
        history_failed(history, err);
    delta_history_close(history);
    return status;
}

int delta_history_init(const char *path, const struct delta_history_options *options,
                       struct delta_err *err) {
    struct delta_export_header export_header = {.how = *options};
    int made = delta_history_restore(path, &export_header, err);
    if (made == 0) {
        err_set(err, DELTA_ERR_USAGE, "history already exists");
        err_in_file(err, path);
    }
    return made > 0 ? 0 : -1;
}
