/* The trace database of a project: .capsule/trace.db (SQLite, WAL). A run is acknowledged when its row is committed.
 * Nothing here ever fails a run: a read-only directory, a full disk or a locked file loses the row, and says so once.
 * A limit on file sizes (ulimit -f) is respected before it would end the process.
 * Reading is capsule_trace_list and capsule_trace_show (capsule.h). */
#ifndef CAP_STORE_TRACE_H
#define CAP_STORE_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct cap_trace cap_trace;

#define CAP_TRACE_ROWS_MAX 100000u              /* rows kept; the oldest go first */
#define CAP_TRACE_BYTES_MAX (UINT64_C(256) << 20) /* size of the database above which the oldest rows go */
#define CAP_TRACE_ENVELOPE_MAX (UINT64_C(256) << 10) /* bytes of one stored envelope; a longer one is cut at the text fields */
#define CAP_TRACE_TEXT_MAX (UINT64_C(64) << 10) /* bytes of any other stored text; longer limits are not kept, others are cut */
#define CAP_TRACE_WAL_MAX (UINT64_C(16) << 20)  /* size of the write-ahead log above which rows are lost (a reader holds it) */
#define CAP_TRACE_BUSY_MS 500                   /* wait for a database that another process has locked, before a row is lost */
#define CAP_TRACE_READ_BUSY_MS 10000            /* the same for people who ask: making a database takes syncs */

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

/* Opens (creating .capsule/ and the database when needed) lazily: nothing touches the disk before the first row. NULL
 * only when memory is short. */
cap_trace *cap_trace_create(const char *project_dir);

/* Writes the rows in one transaction, together with those of other threads that come meanwhile. A row replaces one of the
 * same id: state "running" before a run and the outcome after it leave a trace of a process that was killed in between.
 * 0, or -1 with the reason (the caller warns once and goes on). No rows: the database is opened, so that the first row
 * is quicker. Thread-safe. */
int cap_trace_write(cap_trace *trace, const cap_trace_row *rows, size_t count, capsule_error **error);

/* Closes the database; writes nothing that was not committed before. A process that ends may as well not call it. */
void cap_trace_free(cap_trace *trace);

#endif
