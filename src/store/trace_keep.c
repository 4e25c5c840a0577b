/* Keeping the database small: old rows go, the file gives room back, the write-ahead log is truncated. All of it a little
 * at a time, by whoever commits when the log has grown, so that no run waits for long.
 *
 * The log is copied back into the database by ourselves. SQLite's automatic copying cannot be used by short processes:
 * each of them replays the log when it opens it and forgets how much was copied already, so the log would never start
 * again from its beginning. We truncate it when it has grown to checkpoint_frames; between two such moments an open costs
 * the reading of at most that many pages. (Measured: 2 pages per run, some 2 µs to replay one, 5-10 ms for the syncs of
 * one truncation.) */
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "store/trace_internal.h"

enum {
    SERVICE_COMMITS = 16,           /* a process with more commits is a service: */
    SERVICE_CHECKPOINT_FACTOR = 16, /* it reads the log once, so it may grow longer between syncs */
    TRIM_STEP = 100,                /* rows removed in one transaction */
    TRIM_NS = 20 * 1000 * 1000,     /* after so long the rest is left to the next time */
    SHRINK_PAGES = 512,             /* pages given back at a time: 2 MB, some milliseconds */
    SPARE_PAGES = 256               /* free ones that stay, for the rows that come */
};

static int64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* ---- Rows ---- */

typedef struct trimming {
    int64_t cutoff_ms;  /* what started before goes; INT64_MIN: nothing does for its age */
    uint64_t rows, bytes; /* at most so many stay */
    bool exceeded;      /* there were more: a tenth more than needed goes, so that it is not needed again soon */
    uint64_t removed;
} trimming;

static uint64_t file_bytes(sqlite3 *database) {
    return (uint64_t)cap_trace_number(database, "PRAGMA page_count") * 4096;
}

static uint64_t free_bytes(sqlite3 *database) {
    return (uint64_t)cap_trace_number(database, "PRAGMA freelist_count") * 4096;
}

/* Removes rows below `end`, of a start before `cutoff_ms`, with their attempts. Answers SQLite's code. */
static int remove_rows(sqlite3 *database, int64_t end, int64_t cutoff_ms, uint64_t *removed) {
    char text[128], attempts[128];
    snprintf(text, sizeof text, "BEGIN IMMEDIATE;DELETE FROM runs WHERE seq<%lld AND started_at<%lld", (long long)end,
             (long long)cutoff_ms);
    snprintf(attempts, sizeof attempts,
             "DELETE FROM attempts WHERE seq<%lld AND seq NOT IN (SELECT seq FROM runs WHERE seq<%lld);COMMIT", (long long)end,
             (long long)end);
    int code = sqlite3_exec(database, text, NULL, NULL, NULL);
    uint64_t count = code == SQLITE_OK ? (uint64_t)sqlite3_changes64(database) : 0;
    if (code == SQLITE_OK) code = sqlite3_exec(database, attempts, NULL, NULL, NULL);
    if (code != SQLITE_OK && !sqlite3_get_autocommit(database)) sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
    if (code == SQLITE_OK) *removed += count;
    return code;
}

/* One step. False: nothing is left to do, or it failed. Rows are numbered as they come, so first and last tell how many
 * there are without counting them. The newest goes only for its age. */
static bool trim(sqlite3 *database, trimming *wanted) {
    int64_t first = cap_trace_number(database, "SELECT min(seq) FROM runs");
    int64_t last = cap_trace_number(database, "SELECT max(seq) FROM runs");
    uint64_t before = wanted->removed;
    if (last <= 0) return false;
    if (cap_trace_number(database, "SELECT started_at FROM runs ORDER BY seq LIMIT 1") < wanted->cutoff_ms)
        return remove_rows(database, first + TRIM_STEP, wanted->cutoff_ms, &wanted->removed) == SQLITE_OK &&
               wanted->removed > before;
    uint64_t rows = (uint64_t)(last - first) + 1;
    bool many = rows > wanted->rows, large = file_bytes(database) - free_bytes(database) > wanted->bytes;
    if (rows < 2 || (!many && !large)) return false;
    if (!wanted->exceeded) {
        wanted->rows = wanted->rows / 10 * 9;
        wanted->bytes = wanted->bytes / 10 * 9;
        wanted->exceeded = true;
    }
    int64_t step = (int64_t)(rows / 10 + 1) < TRIM_STEP ? (int64_t)(rows / 10 + 1) : TRIM_STEP; /* few may be large */
    int64_t end = first + step < last ? first + step : last;
    return remove_rows(database, end, INT64_MAX, &wanted->removed) == SQLITE_OK && wanted->removed > before;
}

static trimming what_to_trim(const cap_trace *trace) {
    const cap_trace_retention *retention = &trace->bounds.retention;
    trimming wanted = {.cutoff_ms = INT64_MIN, .rows = trace->bounds.rows, .bytes = retention->bytes};
    if (retention->keep_ms) wanted.cutoff_ms = clock_ns(CLOCK_REALTIME) / 1000000 - retention->keep_ms;
    return wanted;
}

static void trim_for_a_while(cap_trace *trace) {
    trimming wanted = what_to_trim(trace);
    int64_t until = clock_ns(CLOCK_MONOTONIC) + TRIM_NS;
    while (trim(trace->database, &wanted) && clock_ns(CLOCK_MONOTONIC) < until) {
    }
}

/* ---- Pages ---- */

static void shrink(cap_trace *trace) {
    uint64_t spare = free_bytes(trace->database) / 4096, pages = file_bytes(trace->database) / 4096;
    bool large = pages * 4096 > trace->bounds.retention.bytes && spare > 0;
    if ((!large && (spare <= SPARE_PAGES || spare <= pages / 4)) || !cap_trace_can_shrink(trace->database)) return;
    char text[64];
    snprintf(text, sizeof text, "PRAGMA incremental_vacuum(%d)", SHRINK_PAGES);
    sqlite3_exec(trace->database, text, NULL, NULL, NULL);
}

/* Answers SQLite's code: SQLITE_BUSY while readers are at work. */
static int truncate_log(cap_trace *trace) {
    int code = sqlite3_wal_checkpoint_v2(trace->database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (code == SQLITE_OK) trace->wal_frames = 0;
    return code;
}

void cap_trace_maintain(cap_trace *trace) {
    if (trace->wal_frames < trace->checkpoint_at) return;
    cap_trace_resolve_lost(trace->database);
    trim_for_a_while(trace);
    shrink(trace);
    int frames = trace->bounds.checkpoint_frames;
    if (trace->commits >= SERVICE_COMMITS) frames *= SERVICE_CHECKPOINT_FACTOR;
    sqlite3_busy_timeout(trace->database, 0); /* readers at work: later */
    truncate_log(trace);
    sqlite3_busy_timeout(trace->database, CAP_TRACE_BUSY_MS);
    trace->checkpoint_at = trace->wal_frames + frames;
}

/* ---- At once ---- */

int cap_trace_prune(cap_trace *trace, uint64_t *ret_rows, uint64_t *ret_bytes, capsule_error **error) {
    if (cap_trace_write(trace, NULL, 0, error) < 0) return -1; /* opens it */
    sqlite3 *database = trace->database;
    trimming wanted = what_to_trim(trace);
    uint64_t before = file_bytes(database);
    int code;
    sqlite3_busy_timeout(database, CAP_TRACE_READ_BUSY_MS);
    while (trim(database, &wanted)) {
    }
    if (cap_trace_can_shrink(database))
        code = sqlite3_exec(database, "PRAGMA incremental_vacuum", NULL, NULL, NULL);
    else
        code = cap_trace_compact(database);
    if (code == SQLITE_OK) code = truncate_log(trace);
    if (code != SQLITE_OK && code != SQLITE_BUSY)
        return cap_error_set(error, cap_trace_is_damage(code) ? CAPSULE_CORRUPT : CAPSULE_IO, "trace database: %s",
                             sqlite3_errmsg(database));
    uint64_t after = file_bytes(database);
    *ret_rows = wanted.removed;
    *ret_bytes = before > after ? before - after : 0;
    return 0;
}
