/* Writing rows. Threads that come while one is writing leave their rows in a queue; whoever finds the writer's place free
 * takes all that has gathered and commits it at once. So a single run commits immediately, and a busy service groups as
 * many runs as arrive during one commit, without a thread or a timer of its own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "store/files.h"
#include "store/trace_internal.h"

enum {
    CHECKPOINT_FRAMES = 128,          /* for short processes: see trace_keep.c */
    NEW_DATABASE_BYTES = 128 * 1024,  /* what an empty one with its log and index takes, generously */
    RETRY_MS = 1000                   /* after a failure the disk is left alone for so long */
};

struct cap_trace_batch {
    const cap_trace_row *rows;
    size_t count;
    cap_trace_batch *next;
    bool done;
    int status;
    capsule_code code;
    char *message; /* of a failure; owned by the batch */
};

static int64_t monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

cap_trace *cap_trace_create(const char *project_dir, const cap_trace_retention *retention) {
    static const cap_trace_retention defaults = {.keep_ms = CAP_TRACE_KEEP_DEFAULT_MS, .bytes = CAP_TRACE_BYTES_DEFAULT};
    cap_trace *trace = calloc(1, sizeof *trace);
    if (!trace) return NULL;
    pthread_mutex_init(&trace->mutex, NULL);
    pthread_cond_init(&trace->done, NULL);
    trace->bounds = (cap_trace_bounds){.rows = CAP_TRACE_ROWS_MAX,
                                       .retention = retention ? *retention : defaults,
                                       .checkpoint_frames = CHECKPOINT_FRAMES,
                                       .wal_frames_max = (int)(CAP_TRACE_WAL_MAX / CAP_TRACE_FRAME_BYTES)};
    trace->project = strdup(project_dir && project_dir[0] ? project_dir : ".");
    if (trace->project) return trace;
    cap_trace_free(trace);
    return NULL;
}

/* Forgets the connection; `close` is false in a child of fork, which must not touch its parent's. */
static void disconnect(cap_trace *trace, bool close) {
    if (close) {
        cap_trace_finalize_rows(trace);
        sqlite3_close_v2(trace->database);
    }
    trace->insert = trace->update = trace->begin = trace->commit = trace->insert_attempt = NULL;
    trace->database = NULL;
}

void cap_trace_free(cap_trace *trace) {
    if (!trace) return;
    disconnect(trace, trace->owner == getpid());
    pthread_cond_destroy(&trace->done);
    pthread_mutex_destroy(&trace->mutex);
    free(trace->project);
    free(trace->failure);
    free(trace);
}

/* ---- Connection ---- */

/* Length of the log as other processes left it, in frames. */
static int measure_log(sqlite3 *database) {
    const char *path = sqlite3_filename_wal(sqlite3_db_filename(database, "main"));
    struct stat status;
    return path && stat(path, &status) == 0 && status.st_size > 0 ? (int)(status.st_size / CAP_TRACE_FRAME_BYTES) : 0;
}

/* Called after each commit with the log's length in frames. */
static int note_log(void *context, sqlite3 *database, const char *name, int frames) {
    (void)database, (void)name;
    ((cap_trace *)context)->wal_frames = frames;
    return SQLITE_OK;
}

static int connect(cap_trace *trace, capsule_error **error) {
    if (trace->database && trace->owner != getpid()) disconnect(trace, false);
    if (trace->database) return 0;
    if (cap_file_size_allowed(NEW_DATABASE_BYTES) < 0)
        return cap_error_set(error, CAPSULE_IO, "trace database: the limit on file sizes (ulimit -f) leaves no room for it");
    if (cap_trace_open_write(trace->project, &trace->database, error) < 0) return -1;
    trace->owner = getpid();
    trace->commits = 0;
    trace->resolved = false;
    trace->wal_frames = measure_log(trace->database);
    trace->checkpoint_at = trace->bounds.checkpoint_frames;
    sqlite3_wal_hook(trace->database, note_log, trace);
    if (cap_trace_prepare_rows(trace) == SQLITE_OK) return 0;
    cap_error_set(error, CAPSULE_IO, "trace database: %s", sqlite3_errmsg(trace->database));
    disconnect(trace, true);
    return -1;
}

/* A reader that stays keeps the log from being truncated; there is a point where rows are worth less than the disk. */
static bool log_is_too_long(cap_trace *trace) {
    if (trace->wal_frames <= trace->bounds.wal_frames_max) return false;
    trace->checkpoint_at = 0; /* perhaps the reader has gone */
    cap_trace_maintain(trace);
    return trace->wal_frames > trace->bounds.wal_frames_max;
}

/* Whether the process's limit on file sizes leaves room: neither database nor log may reach it. */
static int check_size_limit(cap_trace *trace, const cap_trace_batch *batches, capsule_error **error) {
    if (cap_file_size_allowed(UINT64_MAX) == 0) return 0; /* there is none */
    uint64_t bytes = (uint64_t)cap_trace_number(trace->database, "PRAGMA page_count") * 4096 +
                     (uint64_t)trace->wal_frames * CAP_TRACE_FRAME_BYTES;
    for (; batches; batches = batches->next)
        for (size_t i = 0; i < batches->count; i++) bytes += cap_trace_row_bytes(&batches->rows[i]);
    if (cap_file_size_allowed(bytes) == 0) return 0;
    return cap_error_set(error, CAPSULE_IO, "trace database: this process may not write files of %llu bytes (ulimit -f)",
                         (unsigned long long)bytes);
}

/* ---- One transaction ---- */

static int write_batches(cap_trace *trace, const cap_trace_batch *batches) {
    int code = cap_trace_run(trace->begin);
    if (code != SQLITE_OK) return code;
    for (const cap_trace_batch *batch = batches; batch && code == SQLITE_OK; batch = batch->next)
        for (size_t i = 0; i < batch->count && code == SQLITE_OK; i++) code = cap_trace_insert_row(trace, &batch->rows[i]);
    if (code == SQLITE_OK) code = cap_trace_run(trace->commit);
    if (code != SQLITE_OK && !sqlite3_get_autocommit(trace->database))
        sqlite3_exec(trace->database, "ROLLBACK", NULL, NULL, NULL);
    return code;
}

static bool has_rows(const cap_trace_batch *batches) {
    for (; batches; batches = batches->next)
        if (batches->count > 0) return true;
    return false;
}

/* Two attempts, because the first may find the database damaged, move it aside and begin a new one. */
static int commit_batches(cap_trace *trace, const cap_trace_batch *batches, capsule_error **error) {
    for (int attempt = 0;; attempt++) {
        if (connect(trace, error) < 0) return -1;
        if (!has_rows(batches)) return 0;
        if (check_size_limit(trace, batches, error) < 0) return -1;
        if (log_is_too_long(trace))
            return cap_error_set(error, CAPSULE_IO, "trace database: another process has kept it open for too long");
        int code = write_batches(trace, batches);
        if (code == SQLITE_OK) break;
        cap_error_set(error, cap_trace_is_damage(code) ? CAPSULE_CORRUPT : CAPSULE_IO, "trace database: %s",
                      sqlite3_errmsg(trace->database));
        if (attempt > 0 || !cap_trace_is_damage(code)) return -1;
        int moved = cap_trace_move_aside(trace->project, trace->database, "corrupt", error);
        disconnect(trace, true);
        if (moved < 0) return -1;
    }
    trace->commits++;
    cap_trace_maintain(trace);
    return 0;
}

/* ---- The queue ---- */

static void finish(cap_trace_batch *batches, int status, const capsule_error *error) {
    for (cap_trace_batch *batch = batches, *next; batch; batch = next) {
        next = batch->next; /* once done, the batch may vanish with its thread's stack */
        batch->status = status;
        batch->code = capsule_error_code(error);
        batch->message = status < 0 ? strdup(capsule_error_message(error)) : NULL;
        batch->done = true;
    }
}

static cap_trace_batch *reverse(cap_trace_batch *list) {
    cap_trace_batch *first = NULL;
    while (list) {
        cap_trace_batch *next = list->next;
        list->next = first;
        first = list;
        list = next;
    }
    return first;
}

/* Takes what has gathered and writes it. Called with the mutex, which is free while the disk is at work. */
static void write_queue(cap_trace *trace) {
    cap_trace_batch *batches = reverse(trace->queue);
    trace->queue = NULL;
    trace->writing = true;
    pthread_mutex_unlock(&trace->mutex);
    cap_autoerror capsule_error *error = NULL;
    int status = -1;
    if (trace->failure && monotonic_ns() < trace->retry_at_ns) {
        cap_error_set(&error, CAPSULE_IO, "%s", trace->failure);
    } else {
        free(trace->failure);
        trace->failure = NULL;
        status = commit_batches(trace, batches, &error);
        if (status < 0) {
            trace->failure = strdup(capsule_error_message(error));
            trace->retry_at_ns = monotonic_ns() + RETRY_MS * INT64_C(1000000);
        }
    }
    pthread_mutex_lock(&trace->mutex);
    finish(batches, status, error);
    trace->writing = false;
    pthread_cond_broadcast(&trace->done);
}

int cap_trace_write(cap_trace *trace, const cap_trace_row *rows, size_t count, capsule_error **error) {
    cap_trace_batch batch = {.rows = rows, .count = count};
    for (size_t i = 0; i < count; i++)
        if (!rows[i].id) return cap_error_set(error, CAPSULE_FAULT, "a row of the trace has no id");
    pthread_mutex_lock(&trace->mutex);
    batch.next = trace->queue;
    trace->queue = &batch;
    while (!batch.done) {
        if (trace->writing)
            pthread_cond_wait(&trace->done, &trace->mutex);
        else
            write_queue(trace);
    }
    pthread_mutex_unlock(&trace->mutex);
    if (batch.status < 0) cap_error_set(error, batch.code, "%s", batch.message ? batch.message : "trace database: failed");
    free(batch.message);
    return batch.status;
}
