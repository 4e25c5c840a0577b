/* Which process a run of state "running" belongs to: "BOOT PID-NAMESPACE PID START-TIME". */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/entry.h"
#include "store/files.h"
#include "store/trace_internal.h"

/* Field 22 of /proc/PID/stat, in clock ticks after boot; 0 when there is no such process, or only what its parent has not
 * asked for yet (state, field 3, is Z or X). The name in field 2 may hold anything, so counting begins after its last
 * parenthesis. */
static unsigned long long start_time(long pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    cap_autofree char *text = cap_file_read(AT_FDCWD, path, false, 4096, NULL);
    char *field = text ? strrchr(text, ')') : NULL;
    if (!field || strncmp(field, ") Z", 3) == 0 || strncmp(field, ") X", 3) == 0) return 0;
    for (int i = 0; field && i < 20; i++) field = strchr(field + 1, ' ');
    return field ? strtoull(field, NULL, 10) : 0;
}

static unsigned long long pid_namespace(void) {
    struct stat status;
    return stat("/proc/self/ns/pid", &status) == 0 ? (unsigned long long)status.st_ino : 0;
}

void cap_trace_owner_name(char *ret_text, size_t size) {
    const char *boot = cap_boot_id();
    snprintf(ret_text, size, "%s %llu %ld %llu", boot[0] ? boot : "-", pid_namespace(), (long)getpid(), start_time(getpid()));
}

bool cap_trace_owner_alive(const char *name) {
    char boot[CAP_ENTRY_BOOT_MAX];
    unsigned long long space, start;
    long pid;
    if (!name || sscanf(name, "%39s %llu %ld %llu", boot, &space, &pid, &start) != 4) return true;
    if (!cap_boot_id()[0] || space == 0 || space != pid_namespace()) return true; /* cannot be told from here */
    return strcmp(boot, cap_boot_id()) == 0 && start_time(pid) == start;
}
