/* The trace database of a project: .capsule/trace.db (SQLite, WAL). A run is acknowledged when its row is committed.
 * Nothing here ever fails a run: a read-only directory, a full disk or a locked file loses the row, and says so once.
 * A limit on file sizes (ulimit -f) is respected before it would end the process.
 * The public functions that read it (capsule.h) are capsule_trace_show here and the others in task/trace_query.c. */
#ifndef CAP_STORE_TRACE_H
#define CAP_STORE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct cap_trace cap_trace;

#define CAP_TRACE_KEEP_DEFAULT_MS (INT64_C(30) * 24 * 3600 * 1000) /* how long rows are kept unless told */
#define CAP_TRACE_BYTES_DEFAULT (UINT64_C(256) << 20) /* size of the database above which the oldest rows go, unless told */
#define CAP_TRACE_ROWS_MAX 1000000u             /* rows kept, subtasks included; the oldest go first */
#define CAP_TRACE_ENVELOPE_MAX (UINT64_C(256) << 10) /* bytes of one stored envelope; a longer one is cut at the text fields */
#define CAP_TRACE_TEXT_MAX (UINT64_C(64) << 10) /* bytes of any other stored text; longer limits are not kept, others are cut */
#define CAP_TRACE_MESSAGE_MAX 1024u             /* bytes of an error message; a longer one is cut */
#define CAP_TRACE_ATTEMPTS_MAX 100u             /* attempts of one task call that are told apart; of later ones, the number */
#define CAP_TRACE_WAL_MAX (UINT64_C(16) << 20)  /* size of the write-ahead log above which rows are lost (a reader holds it) */
#define CAP_TRACE_BUSY_MS 500                   /* wait for a database that another process has locked, before a row is lost */
#define CAP_TRACE_READ_BUSY_MS 10000            /* the same for people who ask: making a database takes syncs */

/* What is kept of a project's runs. */
typedef struct cap_trace_retention {
    int64_t keep_ms; /* rows of runs that started longer ago go; 0: none for that reason */
    uint64_t bytes;  /* of the file */
} cap_trace_retention;

/* What one attempt, or all of them, came to and used. Strings are borrowed. */
typedef struct cap_trace_outcome {
    const char *error_type; /* NULL on success */
    const char *message;    /* of the error; NULL on success */
    bool exited;            /* error_type is "exit": exit_code counts */
    int32_t exit_code;
    int64_t started_at_ms, duration_ms, cpu_ms; /* started: since 1970 UTC */
    uint64_t fuel_consumed, output_bytes;
    uint64_t file_calls;    /* calls of the guest on descriptors and paths */
    uint64_t denials;       /* those that its grants refused */
} cap_trace_outcome;

/* One finished run or subtask. Strings are borrowed; NULL where absent. Times: ms since 1970 UTC. */
typedef struct cap_trace_row {
    const char *id;          /* 26 characters, sorts by time */
    const char *parent_id;   /* NULL for a root */
    const char *task, *file, *language;
    const char *state;       /* created running completed failed interrupted timed_out */
    const char *envelope;    /* JSON */
    const char *limits;      /* JSON of the effective policy */
    const char *policy_digest; /* of the effective policy, hexadecimal */
    uint64_t fuel_limit, ram_limit;
    int64_t timeout_ms;      /* of one attempt; 0: none */
    cap_trace_outcome outcome; /* of the last attempt; what was used, of all of them together */
    uint64_t ram_used;       /* peak */
    uint64_t result_bytes;
    int64_t ended_at_ms;     /* 0: not yet */
    uint32_t attempts;
    const cap_trace_outcome *attempt_outcomes; /* one for each of the first attempts when there were several; borrowed */
    uint32_t attempt_outcome_count;            /* 0: there was one, or none */
} cap_trace_row;

/* Opens (creating .capsule/ and the database when needed) lazily: nothing touches the disk before the first row. NULL
 * only when memory is short. `retention` NULL: the defaults. */
cap_trace *cap_trace_create(const char *project_dir, const cap_trace_retention *retention);

/* Writes the rows in one transaction, together with those of other threads that come meanwhile. A row replaces one of the
 * same id: state "running" before a run and the outcome after it leave a trace of a process that was killed in between.
 * 0, or -1 with the reason (the caller warns once and goes on). No rows: the database is opened, so that the first row
 * is quicker. Thread-safe. */
int cap_trace_write(cap_trace *trace, const cap_trace_row *rows, size_t count, capsule_error **error);

/* Removes at once what the retention does not keep, in steps between which others may write, and gives the room back to
 * the file system. No other thread may use `trace` meanwhile. *ret_rows: removed; *ret_bytes: by which the file shrank. */
int cap_trace_prune(cap_trace *trace, uint64_t *ret_rows, uint64_t *ret_bytes, capsule_error **error);

/* Closes the database; writes nothing that was not committed before. A process that ends may as well not call it. */
void cap_trace_free(cap_trace *trace);

/* ---- Reading ---- */

/* Which rows are wanted. Zero: all runs. */
typedef struct cap_trace_filter {
    const char *task;   /* runs and subtasks of this name; NULL: runs of whatever task */
    bool failed;        /* only those that ended otherwise than well */
    int64_t since_ms;   /* only those that started then or later, ms since 1970 UTC */
    uint32_t limit;     /* the newest so many: 0: 20, at most CAP_TRACE_LIST_MAX */
} cap_trace_filter;
#define CAP_TRACE_LIST_MAX 10000u

/* Whether the project has a trace that can be read. -1: there is something, but not that. */
int cap_trace_exists(const char *project_dir, bool *ret_exists, capsule_error **error);

/* The newest rows first, as a JSON array (capsule.h, capsule_trace_find). */
int cap_trace_list(const char *project_dir, const cap_trace_filter *filter, char **ret_json, capsule_error **error);

/* Rows as they are committed: capsule_trace_follow in capsule.h. */
typedef struct capsule_trace_follower cap_trace_follower;
int cap_trace_follow(const char *project_dir, const cap_trace_filter *filter, cap_trace_follower **ret_follower,
                     capsule_error **error);
int cap_trace_follow_next(cap_trace_follower *follower, char **ret_json, capsule_error **error);
void cap_trace_follow_end(cap_trace_follower *follower);

#endif
