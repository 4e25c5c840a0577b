/* Writing rows. Threads that come while one is writing leave their rows in a queue; whoever finds the writer's place free
 * takes all that has gathered and commits it at once. So a single run commits immediately, and a busy service groups as
 * many runs as arrive during one commit, without a thread or a timer of its own.
 *
 * The write-ahead log is copied back into the database by ourselves. SQLite's automatic copying cannot be used by short
 * processes: each of them replays the log when it opens it and forgets how much was copied already, so the log would
 * never start again from its beginning. We truncate it when it has grown to checkpoint_frames; between two such moments
 * an open costs the reading of at most that many pages. (Measured: 2 pages per run, some 2 µs to replay one, 5-10 ms for
 * the syncs of one truncation.) */
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
    FRAME_BYTES = 4096 + 24,
    CHECKPOINT_FRAMES = 128,          /* for short processes: see above */
    SERVICE_COMMITS = 16,             /* a process with more commits is a service: */
    SERVICE_CHECKPOINT_FACTOR = 16,   /* it reads the log once, so it may grow longer between syncs */
    TRIM_STEP = 2000,                 /* rows removed at a time: some 10 ms */
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

cap_trace *cap_trace_create(const char *project_dir) {
    cap_trace *trace = calloc(1, sizeof *trace);
    if (!trace) return NULL;
    pthread_mutex_init(&trace->mutex, NULL);
    pthread_cond_init(&trace->done, NULL);
    trace->bounds = (cap_trace_bounds){.rows = CAP_TRACE_ROWS_MAX,
                                       .bytes = CAP_TRACE_BYTES_MAX,
                                       .checkpoint_frames = CHECKPOINT_FRAMES,
                                       .wal_frames_max = (int)(CAP_TRACE_WAL_MAX / FRAME_BYTES)};
    trace->project = strdup(project_dir && project_dir[0] ? project_dir : ".");
    if (trace->project) return trace;
    cap_trace_free(trace);
    return NULL;
}

/* Forgets the connection; `close` is false in a child of fork, which must not touch its parent's. */
static void disconnect(cap_trace *trace, bool close) {
    if (close) {
        sqlite3_finalize(trace->insert);
        sqlite3_finalize(trace->begin);
        sqlite3_finalize(trace->commit);
        sqlite3_close_v2(trace->database);
    }
    trace->insert = trace->begin = trace->commit = NULL;
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
    return path && stat(path, &status) == 0 && status.st_size > 0 ? (int)(status.st_size / FRAME_BYTES) : 0;
}

/* Called after each commit with the log's length in frames. */
static int note_log(void *context, sqlite3 *database, const char *name, int frames) {
    (void)database, (void)name;
    ((cap_trace *)context)->wal_frames = frames;
    return SQLITE_OK;
}

static const char insert_text[] =
    "INSERT INTO runs(id,parent_id,task,file,language,state,error_type,envelope,limits,fuel_limit,fuel_consumed,ram_used,"
    "started_at,ended_at,duration_ms,cpu_ms,attempts,owner) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,"
    "?17,?18) ON CONFLICT(id) DO UPDATE SET parent_id=?2,task=?3,file=?4,language=?5,state=?6,error_type=?7,envelope=?8,"
    "limits=?9,fuel_limit=?10,fuel_consumed=?11,ram_used=?12,started_at=?13,ended_at=?14,duration_ms=?15,cpu_ms=?16,"
    "attempts=?17,owner=?18";

static int connect(cap_trace *trace, capsule_error **error) {
    if (trace->database && trace->owner != getpid()) disconnect(trace, false);
    if (trace->database) return 0;
    if (cap_file_size_allowed(NEW_DATABASE_BYTES) < 0)
        return cap_error_set(error, CAPSULE_IO, "trace database: the limit on file sizes (ulimit -f) leaves no room for it");
    if (cap_trace_open_write(trace->project, &trace->database, error) < 0) return -1;
    trace->owner = getpid();
    trace->commits = 0;
    trace->wal_frames = measure_log(trace->database);
    trace->checkpoint_at = trace->bounds.checkpoint_frames;
    sqlite3_wal_hook(trace->database, note_log, trace);
    int code = sqlite3_prepare_v2(trace->database, insert_text, -1, &trace->insert, NULL);
    if (code == SQLITE_OK) code = sqlite3_prepare_v2(trace->database, "BEGIN IMMEDIATE", -1, &trace->begin, NULL);
    if (code == SQLITE_OK) code = sqlite3_prepare_v2(trace->database, "COMMIT", -1, &trace->commit, NULL);
    if (code == SQLITE_OK) return 0;
    cap_error_set(error, CAPSULE_IO, "trace database: %s", sqlite3_errmsg(trace->database));
    disconnect(trace, true);
    return -1;
}

static int run_statement(sqlite3_stmt *statement) {
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

/* ---- Rows ---- */

static void bind_text(sqlite3_stmt *statement, int index, const char *text, size_t maximum, bool whole_or_nothing) {
    size_t length = text ? strlen(text) : 0;
    if (length > maximum && whole_or_nothing) text = NULL;
    if (length > maximum) length = cap_utf8_cut(text ? text : "", maximum);
    sqlite3_bind_text(statement, index, text, (int)length, SQLITE_STATIC);
}

static void bind_number(sqlite3_stmt *statement, int index, uint64_t value) {
    sqlite3_bind_int64(statement, index, value > INT64_MAX ? INT64_MAX : (sqlite3_int64)value);
}

static bool is_unfinished(const cap_trace_row *row) {
    return row->state && (strcmp(row->state, "running") == 0 || strcmp(row->state, "created") == 0);
}

static int insert_row(sqlite3_stmt *statement, const cap_trace_row *row) {
    cap_autofree char *cut = NULL;
    char owner[128];
    const char *envelope = row->envelope ? cap_trace_cut_envelope(row->envelope, CAP_TRACE_ENVELOPE_MAX, &cut) : NULL;
    const char *texts[] = {row->id, row->parent_id, row->task, row->file, row->language, row->state ? row->state : "",
                           row->error_type};
    for (int i = 0; i < (int)CAP_COUNT(texts); i++) bind_text(statement, i + 1, texts[i], CAP_TRACE_TEXT_MAX, false);
    bind_text(statement, 8, envelope, CAP_TRACE_ENVELOPE_MAX, true);
    bind_text(statement, 9, row->limits, CAP_TRACE_TEXT_MAX, true);
    bind_number(statement, 10, row->fuel_limit);
    bind_number(statement, 11, row->fuel_consumed);
    bind_number(statement, 12, row->ram_used);
    sqlite3_bind_int64(statement, 13, row->started_at_ms);
    if (row->ended_at_ms) sqlite3_bind_int64(statement, 14, row->ended_at_ms);
    sqlite3_bind_int64(statement, 15, row->duration_ms);
    sqlite3_bind_int64(statement, 16, row->cpu_ms);
    sqlite3_bind_int64(statement, 17, row->attempts);
    if (is_unfinished(row)) {
        cap_trace_owner_name(owner, sizeof owner);
        sqlite3_bind_text(statement, 18, owner, -1, SQLITE_STATIC);
    }
    int code = run_statement(statement);
    sqlite3_clear_bindings(statement);
    return code;
}

/* ---- Keeping it small ---- */

static int64_t query_number(sqlite3 *database, const char *text) {
    sqlite3_stmt *statement = NULL;
    int64_t value = 0;
    if (sqlite3_prepare_v2(database, text, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

/* Bytes of pages that hold something; free ones are used again. */
static uint64_t used_bytes(sqlite3 *database) {
    int64_t pages = query_number(database, "PRAGMA page_count") - query_number(database, "PRAGMA freelist_count");
    return pages > 0 ? (uint64_t)pages * (uint64_t)query_number(database, "PRAGMA page_size") : 0;
}

/* Rows are numbered as they come, so first and last tell how many there are without counting them. */
static void trim(cap_trace *trace) {
    sqlite3 *database = trace->database;
    int64_t last = query_number(database, "SELECT max(seq) FROM runs");
    for (;;) {
        int64_t first = query_number(database, "SELECT min(seq) FROM runs");
        uint64_t rows = last > 0 ? (uint64_t)(last - first) + 1 : 0;
        bool many = rows > trace->bounds.rows, large = used_bytes(database) > trace->bounds.bytes;
        if (rows < 2 || (!many && !large)) return;
        /* A tenth more than needed, so that it is not needed again soon. */
        int64_t step = many ? (int64_t)(rows - trace->bounds.rows / 10 * 9) : (int64_t)(rows / 10 + 1);
        if (step > TRIM_STEP) step = TRIM_STEP;
        if (step >= (int64_t)rows) step = (int64_t)rows - 1;
        char text[80];
        snprintf(text, sizeof text, "DELETE FROM runs WHERE seq<%lld", (long long)(first + step));
        if (sqlite3_exec(database, text, NULL, NULL, NULL) != SQLITE_OK) return;
    }
}

/* After a commit: trims and truncates the log when it has grown. Failures are left to the next time. */
static void maintain(cap_trace *trace) {
    if (trace->wal_frames < trace->checkpoint_at) return;
    trim(trace);
    int frames = trace->bounds.checkpoint_frames;
    if (trace->commits >= SERVICE_COMMITS) frames *= SERVICE_CHECKPOINT_FACTOR;
    sqlite3_busy_timeout(trace->database, 0); /* readers at work: later */
    int code = sqlite3_wal_checkpoint_v2(trace->database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(trace->database, CAP_TRACE_BUSY_MS);
    if (code == SQLITE_OK) trace->wal_frames = 0;
    trace->checkpoint_at = trace->wal_frames + frames;
}

/* A reader that stays keeps the log from being truncated; there is a point where rows are worth less than the disk. */
static bool log_is_too_long(cap_trace *trace) {
    if (trace->wal_frames <= trace->bounds.wal_frames_max) return false;
    trace->checkpoint_at = 0; /* perhaps the reader has gone */
    maintain(trace);
    return trace->wal_frames > trace->bounds.wal_frames_max;
}

/* What a row takes at most, with room for the pages of the indices. */
static uint64_t row_bytes(const cap_trace_row *row) {
    const char *texts[] = {row->id, row->parent_id, row->task, row->file, row->language, row->error_type, row->limits};
    size_t envelope = row->envelope ? strlen(row->envelope) : 0;
    uint64_t bytes = 64 * 1024 + (envelope < CAP_TRACE_ENVELOPE_MAX ? envelope : CAP_TRACE_ENVELOPE_MAX);
    for (size_t i = 0; i < CAP_COUNT(texts); i++) bytes += texts[i] ? strnlen(texts[i], CAP_TRACE_TEXT_MAX) : 0;
    return bytes;
}

/* Whether the process's limit on file sizes leaves room: neither database nor log may reach it. */
static int check_size_limit(cap_trace *trace, const cap_trace_batch *batches, capsule_error **error) {
    if (cap_file_size_allowed(UINT64_MAX) == 0) return 0; /* there is none */
    uint64_t bytes = (uint64_t)query_number(trace->database, "PRAGMA page_count") * 4096 +
                     (uint64_t)trace->wal_frames * FRAME_BYTES;
    for (; batches; batches = batches->next)
        for (size_t i = 0; i < batches->count; i++) bytes += row_bytes(&batches->rows[i]);
    if (cap_file_size_allowed(bytes) == 0) return 0;
    return cap_error_set(error, CAPSULE_IO, "trace database: this process may not write files of %llu bytes (ulimit -f)",
                         (unsigned long long)bytes);
}

/* ---- One transaction ---- */

static int write_batches(cap_trace *trace, const cap_trace_batch *batches) {
    int code = run_statement(trace->begin);
    if (code != SQLITE_OK) return code;
    for (const cap_trace_batch *batch = batches; batch && code == SQLITE_OK; batch = batch->next)
        for (size_t i = 0; i < batch->count && code == SQLITE_OK; i++) code = insert_row(trace->insert, &batch->rows[i]);
    if (code == SQLITE_OK) code = run_statement(trace->commit);
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
    maintain(trace);
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
