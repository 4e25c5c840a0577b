/*
 * Gives SQLite the host's random numbers.
 *
 * Its Unix layer reads /dev/urandom and falls back to the time and the process
 * id, neither of which differs between two sandboxes of one image.  This hook
 * runs at the end of sqlite3_initialize() (SQLITE_EXTRA_INIT) and replaces the
 * source of randomness in every registered file system.
 */
#include <string.h>
#include <unistd.h>

#include "sqlite3.h"

enum { ENTROPY_MOST = 256 }; /* getentropy() refuses more at once */

/* Fills `buffer` with `size` random bytes; returns how many it could fill. */
static int random_bytes(sqlite3_vfs *vfs, int size, char *buffer) {
    int filled = 0;
    (void)vfs;
    while (filled < size) {
        int part = size - filled < ENTROPY_MOST ? size - filled : ENTROPY_MOST;
        if (getentropy(buffer + filled, (size_t)part) != 0)
            break;
        filled += part;
    }
    memset(buffer + filled, 0, (size_t)(size - filled));
    return filled;
}

int capsule_sqlite_init(const char *unused);

int capsule_sqlite_init(const char *unused) {
    (void)unused;
    for (sqlite3_vfs *vfs = sqlite3_vfs_find(NULL); vfs; vfs = vfs->pNext)
        vfs->xRandomness = random_bytes;
    return SQLITE_OK;
}
