/* Opening .capsule/trace.db, whatever is there.
 *
 * A project may come from anywhere, so its .capsule is no more trusted than its source: links are not followed, only a
 * regular file is opened, and only with a schema of ours (trace_schema.c). What is damaged or foreign is moved aside,
 * never deleted at once. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/files.h"
#include "store/trace_internal.h"

#define DIRECTORY ".capsule"
#define DATABASE "trace.db"

enum { OPEN_ATTEMPTS = 5, PAUSE_MS = 20 };

/* ---- The folder ---- */

/* A descriptor of project/.capsule, made when missing and `create`; -1 with *error (CAPSULE_NOT_FOUND: missing). */
static int open_folder(const char *project, bool create, capsule_error **error) {
    cap_autoclose int root = open(project, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return cap_error_errno(error, errno == ENOENT ? CAPSULE_NOT_FOUND : CAPSULE_IO, errno, "cannot open %s", project);
    bool made = create && mkdirat(root, DIRECTORY, 0700) == 0;
    if (create && !made && errno != EEXIST)
        return cap_error_errno(error, CAPSULE_IO, errno, "cannot create %s/" DIRECTORY, project);
    int folder = openat(root, DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0 && errno == ENOENT) return cap_error_set(error, CAPSULE_NOT_FOUND, "there is no " DIRECTORY);
    if (folder < 0 && (errno == ENOTDIR || errno == ELOOP))
        return cap_error_set(error, CAPSULE_IO, "%s/" DIRECTORY " is not a directory", project);
    if (folder < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot open %s/" DIRECTORY, project);
    if (made) {
        cap_autoclose int ignore = openat(folder, ".gitignore", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (ignore >= 0) cap_file_write(ignore, "*\n", 2);
    }
    return folder;
}

/* ---- Moving aside ---- */

typedef struct aside_list {
    char names[64][64];
    size_t count;
} aside_list;

static int compare_names(const void *a, const void *b) { return strcmp(a, b); }

static void close_directory(DIR **directory) {
    if (*directory) closedir(*directory);
}

/* Keeps only the last few databases whose names begin with `prefix`; they end in a time, so they sort. */
static void forget_old(int folder, const char *prefix) {
    cap_autoclose int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cap_cleanup(close_directory) DIR *stream = own < 0 ? NULL : fdopendir(own);
    if (!stream) return;
    own = -1;
    aside_list list = {.count = 0};
    for (const struct dirent *entry; (entry = readdir(stream)) && list.count < CAP_COUNT(list.names);) {
        const char *name = entry->d_name, *dash = strrchr(name, '-');
        if (strncmp(name, prefix, strlen(prefix)) == 0 && strlen(name) < sizeof list.names[0] - 4 &&
            dash == name + strlen(prefix) - 1)
            strcpy(list.names[list.count++], name);
    }
    qsort(list.names, list.count, sizeof list.names[0], compare_names);
    for (size_t i = 0; i + CAP_TRACE_ASIDE_MAX < list.count; i++) {
        unlinkat(folder, list.names[i], 0);
        unlinkat(folder, strcat(list.names[i], "-wal"), 0);
    }
}

static bool rename_if_there(int folder, const char *from, const char *to) {
    return renameat(folder, from, folder, to) == 0 || errno == ENOENT;
}

/* "trace.db.WHY-TIME" */
static void aside_name(const char *why, char *ret_name, size_t size) {
    struct timespec now;
    struct tm utc;
    char stamp[32] = "0";
    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &utc)) strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%S", &utc);
    snprintf(ret_name, size, DATABASE ".%s-%s.%03ld", why, stamp, now.tv_nsec / 1000000);
}

int cap_trace_move_aside(const char *project, sqlite3 *database, const char *why, capsule_error **error) {
    cap_autoclose int folder = open_folder(project, false, error);
    if (folder < 0) return -1;
    for (int i = 0; flock(folder, LOCK_EX | LOCK_NB) < 0 && i < CAP_TRACE_BUSY_MS / PAUSE_MS; i++) sqlite3_sleep(PAUSE_MS);
    int moved = 1; /* SQLite compares the inode it opened with the one that has the name now */
    if (sqlite3_file_control(database, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved) return 0;
    char name[64], log[72], prefix[32];
    aside_name(why, name, sizeof name);
    snprintf(log, sizeof log, "%s-wal", name);
    snprintf(prefix, sizeof prefix, DATABASE ".%s-", why);
    /* The log first: one that stayed behind would be replayed into the database that comes next. */
    if (!rename_if_there(folder, DATABASE "-wal", log) || !rename_if_there(folder, DATABASE, name))
        return cap_error_errno(error, CAPSULE_IO, errno, "cannot move the trace database aside");
    unlinkat(folder, DATABASE "-shm", 0);
    unlinkat(folder, DATABASE "-journal", 0);
    forget_old(folder, prefix);
    return 0;
}

/* ---- Connections ---- */

static void configure(sqlite3 *database, int busy_ms) {
    int persist = 1;
    sqlite3_busy_timeout(database, busy_ms);
    sqlite3_extended_result_codes(database, 1);
    sqlite3_file_control(database, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
    /* Closing must not cost a checkpoint: the log is copied back when it has grown (trace.c). */
    sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
}

/* Resolved path of the database, checked to be absent or a regular file; NULL with *error. */
static char *database_path(const char *project, int folder, bool *ret_exists, capsule_error **error) {
    struct stat status;
    *ret_exists = fstatat(folder, DATABASE, &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (*ret_exists && !S_ISREG(status.st_mode)) {
        cap_error_set(error, CAPSULE_IO, "%s/" DIRECTORY "/" DATABASE " is not a regular file", project);
        return NULL;
    }
    cap_autofree char *root = realpath(project, NULL);
    char *path = root ? cap_path_join(root, DIRECTORY "/" DATABASE) : NULL;
    if (!path) cap_error_errno(error, CAPSULE_IO, errno, "cannot resolve %s", project);
    return path;
}

static int sqlite_error(capsule_error **error, sqlite3 *database, int code) {
    const char *text = database ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    return cap_error_set(error, cap_trace_is_damage(code) ? CAPSULE_CORRUPT : CAPSULE_IO, "trace database: %s", text);
}

/* One attempt. Answers 0 with *ret_database; 1: moved aside or busy, try again; -1 with *error. */
static int try_open_write(const char *project, const char *path, sqlite3 **ret_database, capsule_error **error) {
    cap_cleanup(cap_trace_close) sqlite3 *database = NULL;
    int code = sqlite3_open_v2(path, &database,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) return sqlite_error(error, database, code);
    configure(database, CAP_TRACE_BUSY_MS);
    cap_trace_schema_state state = cap_trace_schema_look(database, &code);
    if (state == CAP_TRACE_EMPTY || state == CAP_TRACE_OLDER) {
        code = cap_trace_schema_make(database);
        state = code == SQLITE_OK ? cap_trace_schema_look(database, &code) : CAP_TRACE_FAILED;
    }
    if (state == CAP_TRACE_OURS) {
        *ret_database = cap_steal(database);
        return 0;
    }
    if (state == CAP_TRACE_NEWER)
        return cap_error_set(error, CAPSULE_UNSUPPORTED, "the trace database was made by a later version of capsule");
    if (state == CAP_TRACE_FOREIGN || cap_trace_is_damage(code))
        return cap_trace_move_aside(project, database, state == CAP_TRACE_FOREIGN ? "foreign" : "corrupt", error) < 0 ? -1 : 1;
    sqlite_error(error, database, code);
    return (code & 0xff) == SQLITE_BUSY ? 1 : -1;
}

int cap_trace_open_write(const char *project, sqlite3 **ret_database, capsule_error **error) {
    if (sqlite3_initialize() != SQLITE_OK) return cap_error_set(error, CAPSULE_MEMORY, "SQLite cannot be started");
    cap_autoclose int folder = open_folder(project, true, error);
    if (folder < 0) return -1;
    bool there = false;
    cap_autofree char *path = database_path(project, folder, &there, error);
    if (!path) return -1;
    int status = 1;
    for (int attempt = 0; status > 0 && attempt < OPEN_ATTEMPTS; attempt++) {
        if (attempt > 0) sqlite3_sleep(PAUSE_MS);
        status = try_open_write(project, path, ret_database, error);
    }
    if (status == 0 && error && *error) { /* of an attempt before */
        capsule_error_free(*error);
        *error = NULL;
    }
    if (status > 0 && error && !*error) cap_error_set(error, CAPSULE_CORRUPT, "trace database: it is damaged again and again");
    return status == 0 ? 0 : -1;
}

/* A read-only directory has no place for the shared index of the log; without a log the file can be read as it is. */
static int open_immutable(const char *path, sqlite3 **ret_database) {
    cap_autofree char *log = NULL;
    cap_autofree char *uri = NULL;
    struct stat status;
    if (asprintf(&log, "%s-wal", path) < 0 || asprintf(&uri, "file:%s?immutable=1", path) < 0) return SQLITE_NOMEM;
    if (strpbrk(path, "?#%") || (stat(log, &status) == 0 && status.st_size > 0)) return SQLITE_CANTOPEN;
    return sqlite3_open_v2(uri, ret_database,
                           SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
}

int cap_trace_open_read(const char *project, sqlite3 **ret_database, const char **ret_rows, capsule_error **error) {
    *ret_database = NULL;
    if (sqlite3_initialize() != SQLITE_OK) return cap_error_set(error, CAPSULE_MEMORY, "SQLite cannot be started");
    cap_autoerror capsule_error *missing = NULL;
    cap_autoclose int folder = open_folder(project, false, &missing);
    if (folder < 0 && capsule_error_code(missing) == CAPSULE_NOT_FOUND && access(project, F_OK) == 0) return 0;
    if (folder < 0) {
        if (error) *error = cap_steal(missing);
        return -1;
    }
    bool there = false;
    cap_autofree char *path = database_path(project, folder, &there, error);
    if (!path || !there) return path ? 0 : -1;
    cap_cleanup(cap_trace_close) sqlite3 *database = NULL;
    int code = sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) configure(database, CAP_TRACE_READ_BUSY_MS);
    cap_trace_schema_state state = code == SQLITE_OK ? cap_trace_schema_look(database, &code) : CAP_TRACE_FAILED;
    if (state == CAP_TRACE_FAILED && ((code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_READONLY)) {
        cap_trace_close(&database);
        database = NULL;
        if ((code = open_immutable(path, &database)) == SQLITE_OK) configure(database, CAP_TRACE_READ_BUSY_MS);
        if (code == SQLITE_OK) state = cap_trace_schema_look(database, &code);
    }
    if (state == CAP_TRACE_EMPTY) return 0;
    if (state == CAP_TRACE_FAILED) return sqlite_error(error, database, code);
    if (state != CAP_TRACE_OURS && state != CAP_TRACE_OLDER)
        return cap_error_set(error, CAPSULE_CORRUPT, "%s/" DIRECTORY "/" DATABASE " is not a trace of this version of capsule",
                             project);
    *ret_rows = cap_trace_schema_rows(state);
    *ret_database = cap_steal(database);
    return 0;
}
