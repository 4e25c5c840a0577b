/* Names that mean something to us, in the spellings that some file system takes for them: those that ignore case ignore more
 * than that. */
#ifndef CAP_WASI_SPELLING_H
#define CAP_WASI_SPELLING_H

#include <stdbool.h>

/* Whether a name may be taken for `wanted` (lower case) by some file system, or, with `suffixes`, for `wanted` and a dot
 * and more: also by the short names of FAT and NTFS, which begin with six letters of it and a tilde. */
bool cap_name_spells(const char *name, const char *wanted, bool suffixes);

#endif
