/* The scatter/gather lists of guests, checked and turned into host addresses. */
#ifndef CAP_WASI_VECTORS_H
#define CAP_WASI_VECTORS_H

#include <stdint.h>
#include <sys/uio.h>

#include "wasi/state.h"

#define CAP_IO_STEP (1u << 20)  /* bytes moved by one system call, between two looks at the stop flag */
#define CAP_IO_WINDOW 16        /* vectors given to one system call */

typedef struct cap_vectors {
    struct iovec items[CAP_WASI_IOV_MAX];
    uint32_t count;
    uint32_t next;   /* first item not used up; its base and length move as bytes are taken */
    uint32_t left;   /* bytes not taken yet */
} cap_vectors;

/* Reads `count` vectors at guest address `pointer`. EINVAL: more than CAP_WASI_IOV_MAX, or 4 GiB in all and above;
 * EFAULT: the list or any range lies outside memory. */
uint32_t cap_vectors_load(const cap_host *host, uint32_t pointer, uint32_t count, cap_vectors *ret_vectors);

/* The next window: at most `most` and CAP_IO_STEP bytes in at most CAP_IO_WINDOW vectors. Answers how many vectors,
 * *ret_size how many bytes. */
int cap_vectors_window(const cap_vectors *vectors, uint64_t most, struct iovec window[CAP_IO_WINDOW], uint32_t *ret_size);

/* The next window as a place to write to, of at most CAP_IO_STEP bytes; -1: it cannot be made writable. What
 * cap_vectors_window alone answers is only read. */
int cap_vectors_target(const cap_host *host, const cap_vectors *vectors, struct iovec window[CAP_IO_WINDOW], uint32_t *ret_size);

/* `size` bytes of the window were used. */
void cap_vectors_advance(cap_vectors *vectors, uint32_t size);

#endif
