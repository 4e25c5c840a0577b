/* The trace database of a project: .capsule/trace.db (SQLite, WAL). A run is acknowledged when its row is committed.
 * Nothing here ever fails a run: a read-only directory, a full disk or a locked file loses the row, and says so once. */
#ifndef CAP_STORE_TRACE_H
#define CAP_STORE_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct cap_trace cap_trace;

#define CAP_TRACE_ROWS_MAX 100000u              /* rows kept; the oldest go first */
#define CAP_TRACE_BYTES_MAX (UINT64_C(256) << 20) /* size of the database above which the oldest rows go */
#define CAP_TRACE_ENVELOPE_MAX (UINT64_C(256) << 10) /* bytes of one stored envelope; a longer one is cut at the text fields */

/* One finished run or subtask. Strings are borrowed; NULL where absent. Times: ms since 1970 UTC. */
typedef struct cap_trace_row {
    const char *id;          /* 26 characters, sorts by time */
    const char *parent_id;   /* NULL for a root */
    const char *task, *file, *language;
    const char *state;       /* created running completed failed interrupted timed_out */
    const char *error_type;  /* NULL on success */
    const char *envelope;    /* JSON */
    const char *limits;      /* JSON of the effective policy */
    uint64_t fuel_limit, fuel_consumed, ram_used;
    int64_t started_at_ms, ended_at_ms, duration_ms, cpu_ms;
    uint32_t attempts;
} cap_trace_row;

/* Opens (creating .capsule/ and the database when needed) lazily: nothing touches the disk before the first row. */
cap_trace *cap_trace_create(const char *project_dir);
/* Writes the rows in one transaction. 0, or -1 with the reason (the caller warns once and goes on). Thread-safe. */
int cap_trace_write(cap_trace *trace, const cap_trace_row *rows, size_t count, capsule_error **error);
/* Marks an id as running before it ends, so that a killed process leaves a trace of what it was doing. */
void cap_trace_free(cap_trace *trace);

#endif
