/* What the fuzz targets of src/wasi share: a scratch tree that is as it was before every input, the engine's part of the
 * host interface, waits that never block, and the checks that nothing outside the mounts was touched.
 *
 * Thousands of inputs a second leave no time to look at every file after each. inotify tells what was touched: an event
 * in a place that nobody may reach ends the target, even one that only read there; an event in what the guest may change
 * names the entry to put back. At every AUDIT_INTERVAL-th input all is looked at nevertheless.
 *
 *     scratch/
 *        mount/                 "/data", writable: file, dir/inner, full/x, links in, out, up, absolute, looping, dangling
 *           .capsule/trace.db   invisible       .env, capsule.toml   protected by name       kept   protected by identity
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
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "must.h"
#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/wasi.h"
#include "wasi/wire.h"

#if defined(__clang__)
#define UNWATCHED __attribute__((no_sanitize("coverage", "address", "undefined"), noinline))
#else
#define UNWATCHED
#endif

/* What follows serves the target and is not what it explores: its branches would be noise, and cost time. */
#if defined(__clang__)
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)
#endif

#define CANARY "Zq7-canary-that-nobody-may-read-4Xw"
enum { DESCRIPTOR_LIMIT = 24, INODE_LIMIT = 24, WRITE_LIMIT = 8192, OUTPUT_LIMIT = 4096, GUEST_SIZE = 65536 };
enum { WATCHED_INODES = 13, CHANGEABLE_INODES = 8, CHANGEABLE_DIRECTORIES = 5, KEPT = 11 /* among the watched */, AUDIT_INTERVAL = 512 };

typedef struct scratch {
    char path[96];
    bool hidden;                               /* from other processes: a file system mounted for this one alone */
    int root, mount, readonly, nested, app;
    cap_memory memory;
    cap_host host;
    cap_wasi_mount mounts[5];
    struct stat watched[WATCHED_INODES];       /* as they must stay */
    struct stat changeable[CHANGEABLE_INODES]; /* as rebuild left them */
    int forbidden;                             /* inotify: what nobody may touch, or only read */
    int changes;                               /* inotify: what the guest may change */
    int changeable_watch[CHANGEABLE_DIRECTORIES];
    unsigned inputs;
    cap_wasi_inode protected;
    int listener;                              /* of unix sockets */
    int input[2];                              /* stdin, a pipe; what a run opens, closed after it: */
    int sockets[3], peers[3];                  /* stream, datagram, listener; peers of the first two, and a client */
    bool closed_sink;
    bool stopping;
    size_t output;
} scratch;

static scratch world;
static const char *const watched_paths[WATCHED_INODES] = {
    "outside", "outside/canary", "readonly", "readonly/file", "app", "app/main.py", "app/.env", "mount/.capsule",
    "mount/.capsule/trace.db", "mount/.env", "mount/capsule.toml", "mount/kept", "nested-parent"};
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
    return world.closed_sink ? -1 : 0;
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

/* What the guest finds and may change: directories first, each after the one it lies in. */
enum { DIRECTORY, REGULAR, LINK, FIFO };
static const struct {
    const char *directory, *name;
    int kind;
    const char *content;
} entries[] = {
    {"mount", "dir", DIRECTORY, ""},       {"mount", "full", DIRECTORY, ""},          {"mount/dir", "inner", DIRECTORY, ""},
    {"mount", "file", REGULAR, "0123456789"}, {"mount/full", "x", REGULAR, "x"},      {"nested", "file", REGULAR, "nested"},
    {"mount", "in", LINK, "file"},         {"mount", "ind", LINK, "dir"},             {"mount", "out", LINK, "../outside/canary"},
    {"mount", "outd", LINK, "../outside"}, {"mount", "up", LINK, "../../.."},         {"mount", "abs", LINK, "/etc/passwd"},
    {"mount", "loop", LINK, "loop"},       {"mount", "gone", LINK, "nothing"},        {"mount", "hid", LINK, ".capsule"},
    {"mount/dir", "up", LINK, "../../outside"}, {"mount", "env", LINK, ".env"},       {"mount", "fifo", FIFO, ""}};
enum { ENTRIES = sizeof entries / sizeof entries[0] };
static const char *const changeable_directories[CHANGEABLE_DIRECTORIES] = {"mount", "mount/dir", "mount/dir/inner", "mount/full",
                                                                           "nested"};

static void make_entry(size_t i) {
    char path[64];
    snprintf(path, sizeof path, "%s/%s", entries[i].directory, entries[i].name);
    switch (entries[i].kind) {
    case DIRECTORY: MUST(mkdirat(world.root, path, 0755) == 0); break;
    case REGULAR: put(path, entries[i].content); break;
    case LINK: MUST(symlinkat(entries[i].content, world.root, path) == 0); break;
    default: MUST(mkfifoat(world.root, path, 0644) == 0);
    }
}

static void drain(int inotify) {
    char events[8192];
    while (read(inotify, events, sizeof events) > 0) continue;
}

static int watch(int inotify, const char *path, uint32_t mask) {
    char whole[192];
    snprintf(whole, sizeof whole, "%s/%s", world.path, path);
    int number = inotify_add_watch(inotify, whole, mask | IN_DONT_FOLLOW);
    MUST(number >= 0);
    return number;
}

/* What the guest may change, as at the beginning. */
static void rebuild(void) {
    static const char *const kept[] = {".capsule", ".env", "capsule.toml", "kept", NULL};
    empty(world.mount, kept);
    empty(world.nested, (const char *const[]){NULL});
    for (size_t i = 0; i < ENTRIES; i++) make_entry(i);
    for (int i = 0; i < CHANGEABLE_INODES; i++)
        MUST(fstatat(world.root, changeable_paths[i], &world.changeable[i], AT_SYMLINK_NOFOLLOW) == 0);
    for (int i = 0; i < CHANGEABLE_DIRECTORIES; i++)
        world.changeable_watch[i] = watch(world.changes, changeable_directories[i],
                                          IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVE | IN_DELETE_SELF | IN_MOVE_SELF);
    drain(world.changes);
}

/* The name of an event, made what it was. False when that takes more than one name. */
static bool repair(const struct inotify_event *event) {
    if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_Q_OVERFLOW)) return false;
    int place = 0;
    while (place < CHANGEABLE_DIRECTORIES && world.changeable_watch[place] != event->wd) place++;
    if (place == CHANGEABLE_DIRECTORIES) return false; /* of a directory that was one of ours before the last rebuild */
    if (event->len == 0) return true; /* a directory's own times */
    size_t known = 0;
    const char *directory = changeable_directories[place];
    while (known < ENTRIES && (strcmp(entries[known].directory, directory) || strcmp(entries[known].name, event->name))) known++;
    if (known < ENTRIES && entries[known].kind == DIRECTORY) return (event->mask & ~(uint32_t)IN_ISDIR) == IN_ATTRIB;
    char path[64 + NAME_MAX];
    snprintf(path, sizeof path, "%s/%s", directory, event->name);
    if (unlinkat(world.root, path, 0) && errno == EISDIR) {
        int inner = openat(world.root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        MUST(inner >= 0);
        empty(inner, (const char *const[]){NULL});
        close(inner);
        MUST(unlinkat(world.root, path, AT_REMOVEDIR) == 0);
    }
    if (known < ENTRIES) make_entry(known);
    return true;
}

/* Undoes what the guest did. All events are read before the first repair, which makes events of its own. */
static void restore(void) {
    _Alignas(struct inotify_event) static char events[65536];
    size_t size = 0;
    for (ssize_t got; (got = read(world.changes, events + size, sizeof events - size)) > 0;) size += (size_t)got;
    if (size == 0) return;
    bool whole = sizeof events - size < 4096; /* perhaps not all of them */
    for (char *at = events; at < events + size && !whole;) {
        const struct inotify_event *event = (const struct inotify_event *)at;
        whole = !repair(event);
        at += sizeof *event + event->len;
    }
    if (whole) rebuild();
    drain(world.changes);
}

static int open_directory_at(const char *path) {
    int fd = openat(world.root, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    MUST(fd >= 0);
    return fd;
}

static void remove_scratch(void) {
    const char *const none[] = {NULL};
    empty(world.root, none);
    if (world.hidden) umount2(world.path, MNT_DETACH);
    rmdir(world.path);
}

/* Puts the tree into a file system that no other process sees, where that is allowed: whoever walks over all files of the
 * machine meanwhile would look like a guest that got out. */
static bool hide_from_others(void) {
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", world.path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700") == 0;
}

static void make_directories(void) {
    static const char *const directories[] = {"mount", "mount/.capsule", "readonly", "nested-parent", "nested", "app", "outside"};
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
        MUST(mkdirat(world.root, directories[i], 0755) == 0);
    put("mount/.capsule/trace.db", CANARY);
    put("mount/.env", "SECRET=1");
    put("mount/capsule.toml", "[workflow]");
    put("mount/kept", "kept");
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

/* Watches what nobody may reach (every event counts, a mere look into a directory too) and what may be read alone. */
static void watch_forbidden(void) {
    static const char *const unreachable[] = {"outside", "outside/canary", "app/.env", "mount/.capsule", "mount/.capsule/trace.db"};
    static const char *const readable[] = {"readonly", "readonly/file", "app", "app/main.py", "mount/.env", "mount/capsule.toml", "mount/kept"};
    world.forbidden = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    world.changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    MUST(world.forbidden >= 0 && world.changes >= 0);
    for (size_t i = 0; i < sizeof unreachable / sizeof unreachable[0]; i++) watch(world.forbidden, unreachable[i], IN_ALL_EVENTS);
    for (size_t i = 0; i < sizeof readable / sizeof readable[0]; i++)
        watch(world.forbidden, readable[i], IN_ALL_EVENTS & ~(uint32_t)(IN_OPEN | IN_ACCESS | IN_CLOSE_NOWRITE));
}

/* A socket that listens inside the scratch tree, for the whole time. */
static void make_listener(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", world.path);
    world.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    MUST(world.listener >= 0 && bind(world.listener, (struct sockaddr *)&address, sizeof address) == 0);
    MUST(listen(world.listener, 8) == 0);
}

/* A new tmpfs counts its inodes from 1, as the host does those it makes up (steady files, /tmp in memory): the scratch tree
 * gets others, because targets tell files apart by them. */
static void skip_small_inodes(void) {
    enum { SKIPPED = 4096 };
    for (int i = 0; i < SKIPPED; i++) MUST(mkdirat(world.root, "x", 0700) == 0 && unlinkat(world.root, "x", AT_REMOVEDIR) == 0);
}

static void prepare_world(void) {
    if (world.memory.base) return;
    const char *temporary = getenv("TMPDIR");
    if (!temporary) temporary = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    MUST(snprintf(world.path, sizeof world.path, "%s/wasi-fuzz-XXXXXX", temporary) < (int)sizeof world.path);
    MUST(mkdtemp(world.path));
    world.hidden = hide_from_others();
    atexit(remove_scratch);
    world.root = open(world.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    MUST(world.root >= 0);
    if (world.hidden) skip_small_inodes();
    make_directories();
    world.mount = open_directory_at("mount");
    world.readonly = open_directory_at("readonly");
    world.nested = open_directory_at("nested");
    world.app = open_directory_at("app");
    map_guest();
    world.host = (cap_host){.memory = &world.memory, .stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    make_listener();
    watch_forbidden();
    rebuild();
    for (int i = 0; i < WATCHED_INODES; i++) MUST(fstatat(world.root, watched_paths[i], &world.watched[i], AT_SYMLINK_NOFOLLOW) == 0);
    world.protected = (cap_wasi_inode){world.watched[KEPT].st_dev, world.watched[KEPT].st_ino};
}

static void fill(int fd) { MUST(write(fd, "some bytes to read", 18) == 18); }

/* Sockets as a host may hand in: a stream and a datagram socket with something to read, and one that listens. */
static void open_sockets(void) {
    int pair[2];
    for (int i = 0; i < 2; i++) {
        MUST(socketpair(AF_UNIX, (i ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
        world.sockets[i] = pair[0];
        world.peers[i] = pair[1];
        fill(pair[1]);
    }
    struct sockaddr_un address;
    socklen_t length = sizeof address;
    MUST(getsockname(world.listener, (struct sockaddr *)&address, &length) == 0);
    world.peers[2] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connect(world.peers[2], (struct sockaddr *)&address, length)) { /* a guest may have shut it down for good */
        close(world.listener);
        unlink(address.sun_path);
        make_listener();
        MUST(connect(world.peers[2], (struct sockaddr *)&address, length) == 0);
    }
    world.sockets[2] = world.listener;
    fill(world.peers[2]);
}

static void close_sockets(void) {
    int fd;
    for (int i = 0; i < 3; i++) close(world.peers[i]);
    close(world.sockets[0]);
    close(world.sockets[1]);
    while ((fd = accept(world.listener, NULL, NULL)) >= 0) close(fd);
    world.sockets[0] = 0;
}

/* What a run is given: bits of the first byte of an input. */
enum { WITH_ROOT = 1, WITH_INPUT = 2, WITH_SOCKETS = 4, WITH_CLOSED_SINK = 8, WITH_STEADY = 16 };

static size_t set_mounts(unsigned with) {
    size_t count = 0;
    world.mounts[count++] = (cap_wasi_mount){.guest_path = "/data", .host_fd = world.mount, .writable = true};
    world.mounts[count++] = (cap_wasi_mount){.guest_path = "/data/nested", .host_fd = world.nested, .writable = true};
    world.mounts[count++] = (cap_wasi_mount){.guest_path = "/ro", .host_fd = world.readonly};
    world.mounts[count++] = (cap_wasi_mount){.guest_path = "/.capsule/app", .host_fd = world.app, .internal = true, .program_only = true};
    if (with & WITH_ROOT) world.mounts[count++] = (cap_wasi_mount){.guest_path = "/", .host_fd = world.mount, .writable = true};
    return count;
}

static void start_run(unsigned with) {
    static const char *const argv[] = {"fuzz", "argument", NULL};
    static const char *const envp[] = {"A=1", NULL};
    world.stopping = false;
    world.output = 0;
    world.closed_sink = with & WITH_CLOSED_SINK;
    if (with & WITH_INPUT) {
        MUST(pipe2(world.input, O_CLOEXEC) == 0);
        fill(world.input[1]);
    }
    if (with & WITH_SOCKETS) open_sockets();
    bool steady = with & WITH_STEADY && !(with & WITH_INPUT); /* a read of stdin would wait until its buffer is full */
    world.host.wasi = cap_wasi_create(&(cap_wasi_config){
        .clock_mode = steady ? CAP_WASI_CLOCK_STEPPING : CAP_WASI_CLOCK_REAL, .random_seeded = steady, .steady_files = steady,
        .mounts = world.mounts, .mount_count = set_mounts(with), .argv = argv, .envp = envp, .output = count_output,
        .lookup = check_lookup, .denial = check_denial, .output_limit = OUTPUT_LIMIT, .descriptor_limit = DESCRIPTOR_LIMIT,
        .write_limit = WRITE_LIMIT, .inode_limit = INODE_LIMIT, .tmp_limit = WRITE_LIMIT, .tmp_inode_limit = INODE_LIMIT,
        .tmp_path = "/data/full", .protected_inodes = &world.protected, .protected_count = 1,
        .stdin_fd = with & WITH_INPUT ? world.input[0] : 0, .socket_fds = world.sockets,
        .socket_count = with & WITH_SOCKETS ? 3 : 0});
    MUST(world.host.wasi);
}

static void end_inputs(void) {
    if (world.input[0]) {
        close(world.input[0]);
        close(world.input[1]);
        world.input[0] = 0;
    }
    if (world.sockets[0]) close_sockets();
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

/* Looks at everything: an event that was lost would be found here. */
static void audit(void) {
    struct stat now;
    for (int i = 0; i < WATCHED_INODES; i++) {
        MUST(fstatat(world.root, watched_paths[i], &now, AT_SYMLINK_NOFOLLOW) == 0);
        MUST(same(&now, &world.watched[i]));
    }
}

/* What must not be touched was not, and no secret is in guest memory. */
static void check_world(void) {
    char event[sizeof(struct inotify_event) + NAME_MAX + 1];
    MUST(read(world.forbidden, event, sizeof event) < 0 && errno == EAGAIN);
    if (world.inputs++ % AUDIT_INTERVAL == 0) audit();
    MUST(!guest_holds(CANARY, sizeof CANARY - 1));
    const char *name = strrchr(world.path, '/') + 1;
    MUST(!guest_holds(name, strlen(name)));
}

/* Ends a run: everything is closed, everything is as it was. */
static void finish_run(int lowest_before) {
    MUST(lowest_descriptor() <= lowest_before + DESCRIPTOR_LIMIT + 7); /* and those of stdin and sockets */
    cap_wasi_free(world.host.wasi);
    world.host.wasi = NULL;
    end_inputs();
    MUST(lowest_descriptor() == lowest_before);
    check_world();
    restore();
}

#if defined(__clang__)
#pragma clang attribute pop
#endif

#endif
