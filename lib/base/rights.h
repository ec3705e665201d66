/* Who may do what with a file, and what else is attached to it: given to the file that replaces it.
 */
#ifndef BASE_RIGHTS_H
#define BASE_RIGHTS_H

#include <sys/stat.h>

/* Gives the open file `fd`, which is to take the place of the file at `path`, that file's owner,
 * group, mode, ACLs and extended attributes, as far as the caller may. `old` is what stat(2) says
 * of `path`. Where something that limits access cannot be kept, the new file grants less than the
 * old one, never more:
 *
 *     the group       group and others get what both of them had
 *     an ACL          only the owner gets anything
 *
 * Attributes of `user.` are kept, or the call fails. Those of `security.` and `trusted.` are kept
 * where the caller may set them, but for security.capability, .ima and .evm, which hold for the old
 * content only. -1 with errno on failure. */
int rights_copy(const char *path, const struct stat *old, int fd);

#endif
