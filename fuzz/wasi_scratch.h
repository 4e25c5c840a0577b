/* What the fuzz targets of src/wasi share: a scratch tree that is as it was before every input, the engine's part of the
 * host interface, waits that never block, and the checks that nothing outside the mounts was touched.
 *
 *     scratch/
 *        mount/                 "/data", writable: file, dir/inner, full/x, links in, out, up, absolute, looping, dangling
 *           .capsule/trace.db   invisible       .env, capsule.toml   protected
 *        readonly/file          "/ro"
 *        nested/file            "/data/nested"; "/data/full" is in memory
 *        app/main.py .env       "/.capsule/app", the program
 *        outside/canary         never reached
 */
#ifndef CAP_FUZZ_WASI_SCRATCH_H
#define CAP_FUZZ_WASI_SCRATCH_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/wasi.h"
#include "wasi/wire.h"

#define MUST(condition)                                                      \
    do {                                                                     \
        if (!(condition)) {                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);  \
            abort();                                                         \
        }                                                                    \
    } while (0)

#if defined(__clang__)
#define UNWATCHED __attribute__((no_sanitize("coverage", "address", "undefined"), noinline))
#else
#define UNWATCHED
#endif

#define CANARY "Zq7-canary-that-nobody-may-read-4Xw"
enum { DESCRIPTOR_LIMIT = 24, INODE_LIMIT = 24, WRITE_LIMIT = 65536, OUTPUT_LIMIT = 4096, GUEST_SIZE = 65536 };
enum { WATCHED_INODES = 12, CHANGEABLE_INODES = 8 };

typedef struct scratch {
    char path[128];
    int root, mount, readonly, nested, app;
    cap_memory memory;
    cap_host host;
    cap_wasi_mount mounts[5];
    struct stat watched[WATCHED_INODES];       /* as they must stay */
    struct stat changeable[CHANGEABLE_INODES]; /* as rebuild left them */
    bool stopping;
    size_t output;
} scratch;

static scratch world;
static const char *const watched_paths[WATCHED_INODES] = {
    "outside", "outside/canary", "readonly", "readonly/file", "app", "app/main.py", "app/.env", "mount/.capsule",
    "mount/.capsule/trace.db", "mount/.env", "mount/capsule.toml", "nested-parent"};
static const char *const changeable_paths[CHANGEABLE_INODES] = {
    "mount", "mount/file", "mount/dir", "mount/dir/inner", "mount/full", "mount/full/x", "nested", "nested/file"};

/* ---- The engine's part ---- */

void cap_host_stop(cap_host *host, cap_stop reason, int32_t value) {
    (void)host, (void)reason, (void)value;
    world.stopping = true;
}

bool cap_host_stopping(const cap_host *host) {
    (void)host;
    return world.stopping;
}

/* The host waits with these two only. A wait longer than a moment is the end of the run instead. */
int ppoll(struct pollfd *set, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
    struct timespec moment = {0};
    (void)mask;
    long ready = syscall(SYS_ppoll, set, count, &moment, NULL, 0);
    if (ready == 0 && (!timeout || timeout->tv_sec || timeout->tv_nsec > 100000)) world.stopping = true;
    return (int)ready;
}

int poll(struct pollfd *set, nfds_t count, int timeout) {
    struct timespec wait = {.tv_sec = timeout};
    return ppoll(set, count, timeout < 0 ? NULL : &wait, NULL);
}

static int count_output(void *context, int fd, const void *bytes, size_t length) {
    (void)context;
    MUST(fd == 1 || fd == 2);
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < length; i += 64) sum ^= ((const uint8_t *)bytes)[i];
    world.output += length;
    MUST(world.output <= OUTPUT_LIMIT);
    return 0;
}

static void check_lookup(void *context, const char *guest_path, bool found) {
    (void)context, (void)found;
    MUST(strncmp(guest_path, "/.capsule/app", 13) == 0);
}

static void check_denial(void *context, const char *operation, const char *guest_path, const char *what) {
    (void)context;
    MUST(operation && what && guest_path);
}

/* ---- The tree ---- */

static void put(const char *path, const char *content) {
    int fd = openat(world.root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    MUST(fd >= 0 && write(fd, content, strlen(content)) == (ssize_t)strlen(content));
    close(fd);
}

/* Empties a directory but for the names in `kept`. */
static void empty(int directory, const char *const *kept) {
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    MUST(stream);
    for (struct dirent *entry; (entry = readdir(stream));) {
        const char *name = entry->d_name;
        bool keep = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
        for (const char *const *k = kept; *k && !keep; k++) keep = strcmp(name, *k) == 0;
        if (keep || unlinkat(fd, name, 0) == 0) continue;
        int inner = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        MUST(inner >= 0);
        empty(inner, (const char *const[]){NULL});
        close(inner);
        MUST(unlinkat(fd, name, AT_REMOVEDIR) == 0);
    }
    closedir(stream);
}

static bool same(const struct stat *a, const struct stat *b) {
    return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mode == b->st_mode && a->st_nlink == b->st_nlink &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* True when the guest changed nothing since the last rebuild. */
static bool is_fresh(void) {
    struct stat now;
    for (int i = 0; i < CHANGEABLE_INODES; i++)
        if (fstatat(world.root, changeable_paths[i], &now, AT_SYMLINK_NOFOLLOW) || !same(&now, &world.changeable[i])) return false;
    return true;
}

static void make_links(void) {
    static const char *const links[][2] = {{"file", "in"},           {"dir", "ind"},      {"../outside/canary", "out"},
                                           {"../outside", "outd"},   {"../../..", "up"},  {"/etc/passwd", "abs"},
                                           {"loop", "loop"},         {"nothing", "gone"}, {".capsule", "hid"},
                                           {"../../outside", "dir/up"}, {".env", "env"}};
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        MUST(symlinkat(links[i][0], world.mount, links[i][1]) == 0);
}

/* What the guest may change, as at the beginning. */
static void rebuild(void) {
    static const char *const kept[] = {".capsule", ".env", "capsule.toml", NULL};
    if (is_fresh()) return;
    empty(world.mount, kept);
    empty(world.nested, (const char *const[]){NULL});
    put("mount/file", "0123456789");
    put("nested/file", "nested");
    MUST(mkdirat(world.mount, "dir", 0755) == 0 && mkdirat(world.mount, "full", 0755) == 0);
    MUST(mkdirat(world.mount, "dir/inner", 0755) == 0);
    put("mount/full/x", "x");
    make_links();
    MUST(mkfifoat(world.mount, "fifo", 0644) == 0);
    for (int i = 0; i < CHANGEABLE_INODES; i++)
        MUST(fstatat(world.root, changeable_paths[i], &world.changeable[i], AT_SYMLINK_NOFOLLOW) == 0);
}

static int open_directory_at(const char *path) {
    int fd = openat(world.root, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    MUST(fd >= 0);
    return fd;
}

static void remove_scratch(void) {
    const char *const none[] = {NULL};
    empty(world.root, none);
    rmdir(world.path);
}

static void make_directories(void) {
    static const char *const directories[] = {"mount", "mount/.capsule", "readonly", "nested-parent", "nested", "app", "outside"};
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
        MUST(mkdirat(world.root, directories[i], 0755) == 0);
    put("mount/.capsule/trace.db", CANARY);
    put("mount/.env", "SECRET=1");
    put("mount/capsule.toml", "[workflow]");
    put("readonly/file", "read only");
    put("app/main.py", "print()");
    put("app/.env", CANARY);
    put("outside/canary", CANARY);
}

/* Guest memory with an inaccessible page before and after it. */
static void map_guest(void) {
    uint8_t *whole = mmap(NULL, 3 * GUEST_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(whole != MAP_FAILED && mprotect(whole + GUEST_SIZE, GUEST_SIZE, PROT_READ | PROT_WRITE) == 0);
    world.memory = (cap_memory){.base = whole + GUEST_SIZE, .size = GUEST_SIZE};
}

static void prepare_world(void) {
    if (world.memory.base) return;
    const char *temporary = getenv("TMPDIR");
    if (!temporary) temporary = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(world.path, sizeof world.path, "%s/wasi-fuzz-XXXXXX", temporary);
    MUST(mkdtemp(world.path));
    atexit(remove_scratch);
    world.root = open(world.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    MUST(world.root >= 0);
    make_directories();
    world.mount = open_directory_at("mount");
    world.readonly = open_directory_at("readonly");
    world.nested = open_directory_at("nested");
    world.app = open_directory_at("app");
    map_guest();
    world.host = (cap_host){.memory = &world.memory, .stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    rebuild();
    for (int i = 0; i < WATCHED_INODES; i++) MUST(fstatat(world.root, watched_paths[i], &world.watched[i], AT_SYMLINK_NOFOLLOW) == 0);
}

/* The tree as the guest sees it: "/" is mounted too when `whole`. */
static void start_run(bool whole) {
    size_t count = 0;
    world.mounts[count++] = (cap_wasi_mount){.guest_path = "/data", .host_fd = world.mount, .writable = true};
    world.mounts[count++] = (cap_wasi_mount){.guest_path = "/data/nested", .host_fd = world.nested, .writable = true};
    world.mounts[count++] = (cap_wasi_mount){.guest_path = "/ro", .host_fd = world.readonly};
    world.mounts[count++] = (cap_wasi_mount){.guest_path = "/.capsule/app", .host_fd = world.app, .internal = true, .program_only = true};
    if (whole) world.mounts[count++] = (cap_wasi_mount){.guest_path = "/", .host_fd = world.mount, .writable = true};
    static const char *const argv[] = {"fuzz", "argument", NULL};
    static const char *const envp[] = {"A=1", NULL};
    world.stopping = false;
    world.output = 0;
    world.host.wasi = cap_wasi_create(&(cap_wasi_config){
        .mounts = world.mounts, .mount_count = count, .argv = argv, .envp = envp, .output = count_output, .lookup = check_lookup,
        .denial = check_denial, .output_limit = OUTPUT_LIMIT, .descriptor_limit = DESCRIPTOR_LIMIT, .write_limit = WRITE_LIMIT,
        .inode_limit = INODE_LIMIT, .tmp_limit = WRITE_LIMIT, .tmp_inode_limit = INODE_LIMIT, .tmp_path = "/data/full"});
    MUST(world.host.wasi);
}

/* ---- The checks ---- */

/* The lowest free descriptor: as high as before when everything was closed. */
static int lowest_descriptor(void) {
    int fd = dup(world.root);
    MUST(fd >= 0);
    close(fd);
    return fd;
}

/* True when guest memory holds `secret`. By hand and uninstrumented: a fuzzer that watches comparisons would learn the
 * secret from them and write it there itself. */
UNWATCHED static bool guest_holds(const char *secret, size_t length) {
    const uint8_t *at = world.memory.base, *end = at + GUEST_SIZE;
    while ((at = memchr(at, secret[0], (size_t)(end - at)))) {
        size_t equal = 0;
        while (equal < length && at + equal < end && at[equal] == (uint8_t)secret[equal]) equal++;
        if (equal == length) return true;
        at++;
    }
    return false;
}

/* What must not change did not, and no secret is in guest memory. */
static void check_world(void) {
    struct stat now;
    for (int i = 0; i < WATCHED_INODES; i++) {
        MUST(fstatat(world.root, watched_paths[i], &now, AT_SYMLINK_NOFOLLOW) == 0);
        MUST(same(&now, &world.watched[i]));
    }
    MUST(!guest_holds(CANARY, sizeof CANARY - 1));
    const char *name = strrchr(world.path, '/') + 1;
    MUST(!guest_holds(name, strlen(name)));
}

/* Ends a run: everything is closed, everything is as it was. */
static void finish_run(int lowest_before) {
    MUST(lowest_descriptor() <= lowest_before + DESCRIPTOR_LIMIT);
    cap_wasi_free(world.host.wasi);
    world.host.wasi = NULL;
    MUST(lowest_descriptor() == lowest_before);
    check_world();
    rebuild();
}

#endif
