/* What the files of the image cache share. */
#ifndef CAP_STORE_IMAGES_INTERNAL_H
#define CAP_STORE_IMAGES_INTERNAL_H

#include <pthread.h>

#include "store/entry.h"
#include "store/images.h"

#define CAP_IMAGES_KEY_TEXT 41u        /* 40 hexadecimal digits and the NUL */
#define CAP_IMAGES_ARTIFACTS "artifacts" /* beside programs/: see store/unpacked.h */
#define CAP_IMAGES_PACKAGES "packages"   /* beside programs/: see store/resolved.h */
#define CAP_IMAGES_ARTIFACT_KEPT_S 3600 /* an artifact or packages used this lately may be in use: not evicted to save space */
#define CAP_IMAGES_TEMPORARY "tmp-"    /* begins the name of a directory that is being made or removed */
#define CAP_IMAGES_TOUCH_S 60          /* an entry's last use is written down at most this often */
#define CAP_IMAGES_LEFTOVER_S 3600     /* a temporary directory this old is left over whatever holds it */
#define CAP_IMAGES_FILE_BYTES_MAX (UINT64_C(4) << 30) /* a file whose length is not known is no longer than a memory */
#define CAP_IMAGES_RESCAN_S 3600       /* sizes are counted anew when the last count is older */

struct cap_images {
    char *directory; /* "" when none could be named */
    char *problem;   /* NULL: usable */
    uint64_t limit;  /* bytes of allocated blocks */
    pthread_mutex_t mutex;
    int programs; /* the directory of all entries; -1: not there yet. Under the mutex until it is set, then constant */
};

struct cap_images_entry {
    cap_entry entry;
    int dir;                           /* of this entry */
    int files[CAP_IMAGES_FILES_MAX];   /* attached files, opened when the entry was found: they stay whole if it goes */
};

/* The directory of entries, -1 when there is none (or, with create, none can be made: *error). */
int cap_images_programs(cap_images *images, bool create, capsule_error **error);
void cap_images_key(const char *name, const char *build, char ret_key[CAP_IMAGES_KEY_TEXT]);
/* Takes over `dir` and the content of *entry; opens the attached files and compares their sizes. NULL: not whole (dir and
 * entry are released too). */
cap_images_entry *cap_images_entry_adopt(int dir, cap_entry *entry);

/* Makes an empty temporary directory that other processes leave alone while the descriptor is open. Answers it. */
int cap_images_temporary_make(int programs, char *ret_name, size_t size, capsule_error **error);
/* Takes the entry `key` out of sight and removes it. */
void cap_images_remove(int programs, const char *key);
/* Allocated bytes of the files in an entry's directory, and of the directory. */
uint64_t cap_images_allocated(int dir);
/* Notes that the cache changed by this much, and evicts when it is above its limit. */
void cap_images_account(cap_images *images, int programs, uint64_t added, uint64_t removed);

#endif
