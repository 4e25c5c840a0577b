/* Scope-based cleanup: a resource declared with one of these macros is released when its scope ends. */
#ifndef CAP_BASE_CLEANUP_H
#define CAP_BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cap_free_cleanup(void *pointer) { free(*(void **)pointer); }
static inline void cap_close_cleanup(int *fd) {
    if (*fd >= 0) close(*fd);
}
static inline void cap_fclose_cleanup(FILE **file) {
    if (*file) fclose(*file);
}

#define cap_autofree __attribute__((cleanup(cap_free_cleanup)))
#define cap_autoclose __attribute__((cleanup(cap_close_cleanup))) /* int fd, -1 = none */
#define cap_autofclose __attribute__((cleanup(cap_fclose_cleanup)))
#define cap_cleanup(function) __attribute__((cleanup(function)))

/* Marks the moment ownership leaves: yields the value and forgets it. */
#define cap_steal_fd(fd)               \
    __extension__({                    \
        int cap_stolen_ = (fd);        \
        (fd) = -1;                     \
        cap_stolen_;                   \
    })
#define cap_steal(pointer)                          \
    __extension__({                                 \
        __typeof__(pointer) cap_stolen_ = (pointer); \
        (pointer) = NULL;                           \
        cap_stolen_;                                \
    })

#define CAP_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
