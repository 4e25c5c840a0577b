/* A snapshot of a directory's entries, in order of name after "." and "..". fd_readdir takes one when a guest starts
 * (cookie 0) and goes on in it, so a cookie (the number of entries before it) means the same whatever changes in the
 * directory meanwhile. */
#ifndef CAP_WASI_LISTING_H
#define CAP_WASI_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wasi/state.h"

/* What all snapshots of a run may hold, bytes. A directory that does not fit is ENOMEM. */
#define CAP_LISTING_BYTES_MAX (UINT64_C(64) << 20)

typedef struct cap_entry {
    uint64_t inode;
    uint32_t name;        /* offset in names */
    uint16_t name_length;
    uint8_t filetype;
    bool of_host;         /* read from the host's directory: `inode` is the host's until the listing is sorted */
} cap_entry;

typedef struct cap_listing {
    cap_entry *entries; /* owned */
    size_t count, capacity;
    char *names; /* owned; each NUL-terminated */
    size_t names_size, names_capacity;
    uint64_t charged; /* bytes of wasi->listing_bytes that are ours */
} cap_listing;

/* The entries of an open directory that the guest may see: 0 and *ret_listing (the caller's), or an errno. */
uint32_t cap_listing_take(cap_host *host, const cap_descriptor *directory, cap_listing **ret_listing);

/* NULL is fine. */
void cap_listing_free(cap_wasi *wasi, cap_listing *listing);

#endif
