/* Landlock: a process of ours gives up the file system, but for a few directories, before it becomes a tool of the host.
 * Needs Linux 5.13 with the module switched on; where it is missing the caller goes on without. */
#ifndef CAP_PROCESS_LANDLOCK_H
#define CAP_PROCESS_LANDLOCK_H

#include <stddef.h>

typedef enum cap_landlock_access {
    CAP_LANDLOCK_READ,    /* read files and list directories below */
    CAP_LANDLOCK_LIST,    /* list directories below, read no file */
    CAP_LANDLOCK_FILE,    /* read one file */
    CAP_LANDLOCK_EXECUTE, /* read and execute one file */
    CAP_LANDLOCK_WRITE    /* read, create, write and remove regular files below */
} cap_landlock_access;

typedef struct cap_landlock_rule {
    int fd; /* of the directory or file, O_PATH is enough */
    cap_landlock_access access;
} cap_landlock_rule;

/* Version of the kernel's interface; 0: none. */
int cap_landlock_version(void);

/* A ruleset that allows what the rules say and nothing else of the file system, no TCP, no abstract sockets and no signals
 * to others, as far as this kernel knows these. Descriptor (CLOEXEC), or -1 with errno. */
int cap_landlock_create(const cap_landlock_rule *rules, size_t count);

/* Puts the calling thread under the ruleset for good. Async-signal-safe. 0 or -1 with errno. */
int cap_landlock_enter(int ruleset);

#endif
