/* Following the trace: rows as they are committed. Polling, because nothing else survives a database that is made later,
 * replaced or pruned; a poll that finds nothing new reads one page of the shared index. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "store/trace_internal.h"

enum {
    RUNNING_MAX = 1024, /* runs whose end is waited for; that of more is not told */
    ROWS_MAX = 1000,    /* rows of one answer; the rest comes with the next */
    TOLD_MAX = 64,      /* rows that are remembered as told */
    TOLD_BYTES = 64,
    COMMIT_MS = 1000    /* so long after its end, at most, a run is committed */
};

struct capsule_trace_follower {
    char *project, *task;
    bool failed;
    sqlite3 *database;          /* NULL: there is none now */
    const char *rows;
    int64_t last;               /* seq of the last row that was seen */
    char last_id[TOLD_BYTES];   /* and its id: when all rows are removed, the next are numbered anew */
    int64_t looked_ms;          /* when the rows were looked at last, time of day */
    char told[TOLD_MAX][TOLD_BYTES]; /* "ID STATE" of the last rows that were told */
    size_t told_next;
    int64_t version;            /* PRAGMA data_version when it was looked at last */
    int64_t since_ms;           /* rows that ended before are old: in a database that took the place of another */
    int64_t running[RUNNING_MAX]; /* seq of rows that had not ended */
    size_t running_count;
};

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void disconnect(cap_trace_follower *follower) {
    cap_trace_close(&follower->database);
    follower->database = NULL;
    follower->last = follower->version = 0;
    follower->running_count = 0;
}

void cap_trace_follow_end(cap_trace_follower *follower) {
    if (!follower) return;
    disconnect(follower);
    free(follower->project);
    free(follower->task);
    free(follower);
}

static void note_running(cap_trace_follower *follower, int64_t seq) {
    if (follower->running_count < RUNNING_MAX) follower->running[follower->running_count++] = seq;
}

/* "" when there is no such row. */
static void read_id(sqlite3 *database, int64_t seq, char ret_id[TOLD_BYTES]) {
    cap_cleanup(cap_trace_finalize) sqlite3_stmt *statement = NULL;
    ret_id[0] = 0;
    if (sqlite3_prepare_v2(database, "SELECT id FROM runs WHERE seq=?1", -1, &statement, NULL) != SQLITE_OK) return;
    sqlite3_bind_int64(statement, 1, seq);
    if (sqlite3_step(statement) != SQLITE_ROW) return;
    const char *id = (const char *)sqlite3_column_text(statement, 0);
    strncat(ret_id, id ? id : "", TOLD_BYTES - 1);
}

/* Everything that is there already is old, but the ends of what still runs. */
static int skip_old(cap_trace_follower *follower, capsule_error **error) {
    cap_cleanup(cap_trace_finalize) sqlite3_stmt *statement = NULL;
    follower->last = cap_trace_number(follower->database, "SELECT max(seq) FROM runs");
    read_id(follower->database, follower->last, follower->last_id);
    if (cap_trace_select(follower->database, "", follower->rows, "owner IS NOT NULL AND seq<=?1", &statement, error) < 0) return -1;
    sqlite3_bind_int64(statement, 1, follower->last);
    while (sqlite3_step(statement) == SQLITE_ROW)
        if (cap_trace_row_runs(statement)) note_running(follower, sqlite3_column_int64(statement, CAP_TRACE_COLUMN_SEQ));
    return 0;
}

int cap_trace_follow(const char *project_dir, const cap_trace_filter *filter, cap_trace_follower **ret_follower,
                     capsule_error **error) {
    cap_trace_follower *follower = calloc(1, sizeof *follower);
    if (!follower) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a trace");
    follower->since_ms = follower->looked_ms = now_ms();
    follower->failed = filter->failed;
    follower->project = strdup(project_dir);
    follower->task = filter->task ? strdup(filter->task) : NULL;
    int status = follower->project && (!filter->task || follower->task)
                     ? cap_trace_reader_open(project_dir, &follower->database, &follower->rows, error)
                     : cap_error_set(error, CAPSULE_MEMORY, "out of memory for a trace");
    if (status == 0 && follower->database) status = skip_old(follower, error);
    if (status < 0)
        cap_trace_follow_end(follower);
    else
        *ret_follower = follower;
    return status;
}

/* ---- One poll ---- */

/* Leaves a file that no longer has the name. True when there is a database to look at. */
static bool reconnect(cap_trace_follower *follower) {
    int moved = 0;
    if (follower->database &&
        sqlite3_file_control(follower->database, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved)
        disconnect(follower);
    if (!follower->database) { /* one that is damaged is about to be moved aside by the next run */
        cap_autoerror capsule_error *ignored = NULL;
        cap_trace_reader_open(follower->project, &follower->database, &follower->rows, &ignored);
    }
    return follower->database != NULL;
}

/* The last row that was seen is gone, or another has its number: what comes is told by its time from here on, and by what
 * was told already. */
static void notice_removal(cap_trace_follower *follower) {
    char id[TOLD_BYTES];
    read_id(follower->database, follower->last, id);
    if (follower->last == 0 || strcmp(id, follower->last_id) == 0) return;
    int64_t since_ms = follower->looked_ms - COMMIT_MS;
    if (since_ms > follower->since_ms) follower->since_ms = since_ms;
    follower->last = 0;
    follower->running_count = 0;
}

/* Whether the row was told before; it counts as told from here on. */
static bool was_told(cap_trace_follower *follower, sqlite3_stmt *row, const char *state) {
    char text[TOLD_BYTES];
    const char *id = (const char *)sqlite3_column_text(row, CAP_TRACE_COLUMN_ID);
    snprintf(text, sizeof text, "%.40s %.20s", id ? id : "", state ? state : "");
    for (size_t i = 0; i < TOLD_MAX; i++)
        if (strcmp(follower->told[i], text) == 0) return true;
    memcpy(follower->told[follower->told_next++ % TOLD_MAX], text, sizeof text);
    return false;
}

/* Adds the row if it is wanted; notes it when its end is still to come. */
static void take_row(cap_trace_follower *follower, cap_buffer *out, sqlite3_stmt *row) {
    bool runs = cap_trace_row_runs(row);
    if (runs) note_running(follower, sqlite3_column_int64(row, CAP_TRACE_COLUMN_SEQ));
    const char *state = (const char *)sqlite3_column_text(row, CAP_TRACE_COLUMN_STATE);
    if (follower->failed && (runs || !state || strcmp(state, "completed") == 0)) return;
    if (was_told(follower, row, state)) return;
    cap_buffer_add_text(out, out->length > 1 ? ",{" : "{");
    cap_trace_add_row(out, row);
    cap_buffer_add_text(out, "}");
}

/* The ends of runs that were seen running. One that was removed meanwhile has none. */
static int take_ends(cap_trace_follower *follower, cap_buffer *out, capsule_error **error) {
    cap_cleanup(cap_trace_finalize) sqlite3_stmt *statement = NULL;
    size_t count = follower->running_count;
    if (count == 0) return 0;
    if (cap_trace_select(follower->database, "", follower->rows, "seq=?1", &statement, error) < 0) return -1;
    follower->running_count = 0; /* those that still run are noted again, in places before the one that is read */
    for (size_t i = 0; i < count; i++) {
        sqlite3_bind_int64(statement, 1, follower->running[i]);
        if (sqlite3_step(statement) == SQLITE_ROW) {
            if (cap_trace_row_runs(statement))
                note_running(follower, follower->running[i]);
            else
                take_row(follower, out, statement);
        }
        sqlite3_reset(statement);
    }
    return 0;
}

static int take_new(cap_trace_follower *follower, cap_buffer *out, capsule_error **error) {
    cap_cleanup(cap_trace_finalize) sqlite3_stmt *statement = NULL;
    int64_t newest = cap_trace_number(follower->database, "SELECT max(seq) FROM runs");
    if (cap_trace_select(follower->database, "", follower->rows,
                         "seq>?1 AND seq<=?2 AND (task=?3 OR (?3 IS NULL AND parent_id IS NULL)) AND "
                         "coalesce(ended_at,started_at)>=?4 ORDER BY seq LIMIT ?5",
                         &statement, error) < 0)
        return -1;
    sqlite3_bind_int64(statement, 1, follower->last);
    sqlite3_bind_int64(statement, 2, newest);
    if (follower->task) sqlite3_bind_text(statement, 3, follower->task, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 4, follower->last ? INT64_MIN : follower->since_ms);
    sqlite3_bind_int64(statement, 5, ROWS_MAX);
    int code, rows = 0;
    for (; (code = sqlite3_step(statement)) == SQLITE_ROW; rows++) {
        take_row(follower, out, statement);
        follower->last = sqlite3_column_int64(statement, CAP_TRACE_COLUMN_SEQ);
    }
    if (code != SQLITE_DONE) return cap_trace_read_failed(follower->database, error);
    if (rows < ROWS_MAX) follower->last = newest;
    read_id(follower->database, follower->last, follower->last_id);
    return rows;
}

/* In one transaction, so that no end and no row falls between two looks. */
static int look(cap_trace_follower *follower, cap_buffer *out, capsule_error **error) {
    int64_t version = cap_trace_number(follower->database, "PRAGMA data_version");
    if (version == follower->version && follower->running_count == 0) return 0;
    if (sqlite3_exec(follower->database, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return cap_trace_read_failed(follower->database, error);
    int64_t began_ms = now_ms();
    notice_removal(follower);
    int status = take_ends(follower, out, error), rows = status < 0 ? -1 : take_new(follower, out, error);
    sqlite3_exec(follower->database, "COMMIT", NULL, NULL, NULL);
    if (rows >= 0) {
        follower->version = rows < ROWS_MAX ? version : 0;
        follower->looked_ms = began_ms;
    }
    return rows < 0 ? -1 : 0;
}

int cap_trace_follow_next(cap_trace_follower *follower, char **ret_json, capsule_error **error) {
    cap_autobuffer cap_buffer out;
    cap_autoerror capsule_error *failure = NULL;
    cap_buffer_init(&out, CAP_TRACE_JSON_MAX);
    cap_buffer_add_text(&out, "[");
    if (reconnect(follower) && look(follower, &out, &failure) < 0 && capsule_error_code(failure) == CAPSULE_CORRUPT)
        disconnect(follower); /* as if it were gone: the next run moves it aside */
    cap_buffer_add_text(&out, "]");
    return cap_trace_take(&out, ret_json, error);
}
