/* What the files of the trace database share.
 *
 *   trace.c         the queue of rows, the connection       trace_open.c    the folder, the file
 *   trace_rows.c    rows into the tables                    trace_schema.c  tables, and those of earlier versions
 *   trace_keep.c    what goes, and when                     trace_owner.c   whose run is it
 *   trace_read.c    rows as JSON                            trace_list.c    the newest
 *   trace_show.c    one run with its subtasks               trace_follow.c  rows as they come
 */
#ifndef CAP_STORE_TRACE_INTERNAL_H
#define CAP_STORE_TRACE_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "sqlite3.h"
#include "store/trace.h"

#define CAP_TRACE_APPLICATION 0x43415054 /* PRAGMA application_id: "CAPT" */
#define CAP_TRACE_SCHEMA 2               /* PRAGMA user_version */
#define CAP_TRACE_ASIDE_MAX 3            /* damaged or foreign databases kept beside ours; the oldest goes */
#define CAP_TRACE_FRAME_BYTES (4096 + 24) /* of the write-ahead log, for each page */
#define CAP_TRACE_COMPACT_BYTES (UINT64_C(4) << 20) /* a database of an earlier version up to this size is made anew */

/* Bounds of a database, so that tests can walk to them. */
typedef struct cap_trace_bounds {
    uint64_t rows;
    cap_trace_retention retention;
    int checkpoint_frames; /* frames of the write-ahead log at which it is copied back */
    int wal_frames_max;    /* frames at which nothing more is written */
} cap_trace_bounds;

typedef struct cap_trace_batch cap_trace_batch;

struct cap_trace {
    char *project;
    cap_trace_bounds bounds;
    pthread_mutex_t mutex;
    pthread_cond_t done;      /* a batch was finished, or the writer's place is free */
    cap_trace_batch *queue;   /* waiting batches, last come first */
    bool writing;             /* a thread is at the database: everything below is its own */
    sqlite3 *database;
    sqlite3_stmt *insert, *begin, *commit;
    sqlite3_stmt *update, *insert_attempt; /* NULL: not needed so far */
    pid_t owner;              /* process that opened it: a connection does not survive fork */
    unsigned commits;         /* since it was opened */
    bool resolved;            /* lost runs were looked for since then */
    int wal_frames, checkpoint_at;
    int64_t retry_at_ns;      /* after a failure: no new attempt before (monotonic) */
    char *failure;            /* text of that failure */
};

/* ---- The file (trace_open.c) ---- */

/* Opens the database of `project` for writing, making what is missing. A damaged or foreign one is moved aside. */
int cap_trace_open_write(const char *project, sqlite3 **ret_database, capsule_error **error);
/* Opens it to read: *ret_database NULL (answer 0) when there is none. *ret_rows: what stands for the table of runs in a
 * FROM clause, with all columns of this version (static). */
int cap_trace_open_read(const char *project, sqlite3 **ret_database, const char **ret_rows, capsule_error **error);
/* Moves .capsule/trace.db and its companions aside if it is still the file `database` has open. */
int cap_trace_move_aside(const char *project, sqlite3 *database, const char *why, capsule_error **error);

/* ---- Tables (trace_schema.c) ---- */

typedef enum cap_trace_schema_state {
    CAP_TRACE_OURS,
    CAP_TRACE_OLDER, /* of an earlier version */
    CAP_TRACE_EMPTY,
    CAP_TRACE_FOREIGN,
    CAP_TRACE_NEWER,
    CAP_TRACE_FAILED
} cap_trace_schema_state;

/* *ret_code: SQLite's answer when the state is CAP_TRACE_FAILED. */
cap_trace_schema_state cap_trace_schema_look(sqlite3 *database, int *ret_code);
/* Makes the tables in one transaction, or brings those of an earlier version up to this one; another process may have done
 * so meanwhile. Answers SQLite's code. */
int cap_trace_schema_make(sqlite3 *database);
/* What stands for the table of runs in a database of this state (OURS or OLDER). */
const char *cap_trace_schema_rows(cap_trace_schema_state state);
/* Whether the file can give room back without being made anew; and makes it anew so that it can. Answers SQLite's code. */
bool cap_trace_can_shrink(sqlite3 *database);
int cap_trace_compact(sqlite3 *database);

/* Whether an SQLite result means that the file is no (longer a) database. */
bool cap_trace_is_damage(int code);
/* First column of the first row of a query, or 0. */
int64_t cap_trace_number(sqlite3 *database, const char *text);

/* ---- Rows (trace_rows.c) ---- */

/* The statements that every write needs. Answers SQLite's code. */
int cap_trace_prepare_rows(cap_trace *trace);
void cap_trace_finalize_rows(cap_trace *trace);
/* Inserts or replaces a row and its attempts, inside a transaction. Answers SQLite's code. */
int cap_trace_insert_row(cap_trace *trace, const cap_trace_row *row);
/* Steps a statement that answers no rows, and makes it ready again. Answers SQLite's code. */
int cap_trace_run(sqlite3_stmt *statement);
/* What a row takes at most, with room for the pages of the indices. */
uint64_t cap_trace_row_bytes(const cap_trace_row *row);
/* Runs of state "running" whose process is gone become "interrupted". A process does so when it records that a run of its
 * own lasts, and when the log has grown: short runs have no time for it. Readers tell it by themselves. */
void cap_trace_resolve_lost(sqlite3 *database);

/* ---- Keeping it small (trace_keep.c) ---- */

/* After a commit, when the log has grown: removes old rows for a bounded time, shrinks the file by a bounded number of
 * pages, truncates the log. Failures are left to the next time. */
void cap_trace_maintain(cap_trace *trace);

/* ---- Owners (trace_owner.c) ---- */

/* Name of this process that can be compared later, for rows of state "running"; and whether it still runs (true also
 * when that cannot be told). */
void cap_trace_owner_name(char *ret_text, size_t size);
bool cap_trace_owner_alive(const char *name);

/* ---- Reading (trace_read.c) ---- */

/* Columns of a row as a reader's SELECT names them; cap_trace_reader_open knows run_state. */
#define CAP_TRACE_STATE "run_state(state,owner)" /* "interrupted" for a run whose process is gone */
#define CAP_TRACE_FAILURES "(" CAP_TRACE_STATE " IN('failed','timed_out','interrupted'))"
#define CAP_TRACE_COLUMNS                                                                                                  \
    "id,task,file,language," CAP_TRACE_STATE ",error_type,duration_ms,cpu_ms,ram_used,fuel_consumed,attempts,started_at,"  \
    "parent_id,message,exit_code,output_bytes,result_bytes,file_calls,denials,fuel_limit,ram_limit,timeout_ms,"            \
    "policy_digest,ended_at,seq"
enum {
    CAP_TRACE_COLUMN_ID = 0,
    CAP_TRACE_COLUMN_STATE = 4,
    CAP_TRACE_COLUMN_ATTEMPTS = 10,
    CAP_TRACE_COLUMN_STARTED = 11,
    CAP_TRACE_COLUMN_ENDED = 23,
    CAP_TRACE_COLUMN_SEQ = 24,
    CAP_TRACE_COLUMN_COUNT = 25
};
#define CAP_TRACE_JSON_MAX ((size_t)256 << 20) /* bytes of one answer */

/* cap_trace_open_read for queries with these columns. */
int cap_trace_reader_open(const char *project, sqlite3 **ret_database, const char **ret_rows, capsule_error **error);
/* "SELECT columns, more FROM rows WHERE condition", prepared. 0, or -1 with *error. */
int cap_trace_select(sqlite3 *database, const char *more, const char *rows, const char *condition, sqlite3_stmt **ret_statement,
                     capsule_error **error);
/* Adds a row as the members of an object without its braces. */
void cap_trace_add_row(cap_buffer *out, sqlite3_stmt *row);
/* Whether its run has not ended yet (or the process that could tell is out of sight). */
bool cap_trace_row_runs(sqlite3_stmt *row);
int cap_trace_read_failed(sqlite3 *database, capsule_error **error); /* -1 with SQLite's last error */
int cap_trace_take(cap_buffer *out, char **ret_json, capsule_error **error);

static inline void cap_trace_close(sqlite3 **database) {
    if (*database) sqlite3_close_v2(*database);
}
static inline void cap_trace_finalize(sqlite3_stmt **statement) { sqlite3_finalize(*statement); }

/* Envelope of at most `maximum` bytes: itself when it fits (*ret_owned NULL), else a copy with long texts cut, else NULL. */
const char *cap_trace_cut_envelope(const char *envelope, size_t maximum, char **ret_owned);

#endif
