/* What host functions ask of the engine that runs their guest, whichever it is. */
#include "engine/host.h"

void cap_host_stop(cap_host *host, cap_stop reason, int32_t value) { host->engine->stop(host->sandbox, reason, value); }

bool cap_host_stopping(const cap_host *host) { return __atomic_load_n(host->stopping, __ATOMIC_SEQ_CST) != 0; }
