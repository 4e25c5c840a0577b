/* The clocks of a run. The guest's monotonic and process clocks continue where its image left off. */
#ifndef CAP_WASI_CLOCK_H
#define CAP_WASI_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "wasi/state.h"

/* A clock of the host in ns (0 when the host cannot tell, or before the epoch). */
uint64_t cap_clock_read(clockid_t clock);

/* What the guest sees at preview 1 clock `id`: 0 and *ret_ns, or EINVAL for an unknown clock. Looking does not move a
 * virtual clock (cap_wasi_step does): the host may look for purposes of its own. */
uint32_t cap_clock_guest(const cap_wasi *wasi, uint32_t id, uint64_t *ret_ns);

/* True when time is virtual, and waits take none. */
static inline bool cap_clock_is_virtual(const cap_wasi *wasi) { return wasi->config.clock_mode == CAP_WASI_CLOCK_STEPPING; }

/* True when no clock moves: nobody can wait for one, so every time is due at once. */
static inline bool cap_clock_is_frozen(const cap_wasi *wasi) { return wasi->config.clock_mode == CAP_WASI_CLOCK_FROZEN; }

#endif
