/* Sockets in the descriptor table. On the host they never block; waiting is ours, so that a deadline ends it. */
#ifndef CAP_WASI_SOCKET_H
#define CAP_WASI_SOCKET_H

#include "wasi/vectors.h"

/* Receives into `vectors` with WASI_RIFLAG_* `flags`; *ret_flags (may be NULL) tells of truncation. */
uint32_t cap_socket_receive(cap_host *host, const cap_descriptor *socket, cap_vectors *vectors, uint32_t flags,
                            uint32_t *ret_size, uint16_t *ret_flags);

/* Sends what one call takes. A closed peer is EPIPE, never a signal. */
uint32_t cap_socket_send(cap_host *host, const cap_descriptor *socket, cap_vectors *vectors, uint32_t *ret_size);

#endif
