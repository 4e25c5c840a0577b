/* What the files of the trace database share. */
#ifndef CAP_STORE_TRACE_INTERNAL_H
#define CAP_STORE_TRACE_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "sqlite3.h"
#include "store/trace.h"

#define CAP_TRACE_APPLICATION 0x43415054 /* PRAGMA application_id: "CAPT" */
#define CAP_TRACE_SCHEMA 1               /* PRAGMA user_version */
#define CAP_TRACE_ASIDE_MAX 3            /* damaged or foreign databases kept beside ours; the oldest goes */

/* Bounds of a database, so that tests can walk to them. */
typedef struct cap_trace_bounds {
    uint64_t rows, bytes;
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
    pid_t owner;              /* process that opened it: a connection does not survive fork */
    unsigned commits;         /* since it was opened */
    int wal_frames, checkpoint_at;
    int64_t retry_at_ns;      /* after a failure: no new attempt before (monotonic) */
    char *failure;            /* text of that failure */
};

/* Opens the database of `project` for writing, making what is missing. A damaged or foreign one is moved aside. */
int cap_trace_open_write(const char *project, sqlite3 **ret_database, capsule_error **error);
/* Opens it to read: *ret_database NULL (answer 0) when there is none. */
int cap_trace_open_read(const char *project, sqlite3 **ret_database, capsule_error **error);
/* Whether an SQLite result means that the file is no (longer a) database. */
bool cap_trace_is_damage(int code);
/* Moves .capsule/trace.db and its companions aside if it is still the file `database` has open. */
int cap_trace_move_aside(const char *project, sqlite3 *database, const char *why, capsule_error **error);

/* Name of this process that can be compared later, for rows of state "running"; and whether it still runs (true also
 * when that cannot be told). */
void cap_trace_owner_name(char *ret_text, size_t size);
bool cap_trace_owner_alive(const char *name);

/* Envelope of at most `maximum` bytes: itself when it fits (*ret_owned NULL), else a copy with long texts cut, else NULL. */
const char *cap_trace_cut_envelope(const char *envelope, size_t maximum, char **ret_owned);

#endif
