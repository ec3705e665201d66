/* Temporary files that killed rewrites left behind. */
#ifndef HISTORY_LEFT_OVERS_H
#define HISTORY_LEFT_OVERS_H

/* Removes their files beside the history; failures are ignored, because nothing depends on it. */
void left_overs_remove(const char *path);

#endif
