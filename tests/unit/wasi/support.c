#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wasi/wire.h"

/* ---- The engine's part, as much as the host functions need ---- */

void cap_host_stop(cap_host *host, cap_stop reason, int32_t value) {
    fixture *f = host->owner;
    if (f->stop != CAP_STOP_NONE) return;
    f->stop = reason;
    f->stop_value = value;
    if (eventfd_write(host->stop_fd, 1)) abort();
}

bool cap_host_stopping(const cap_host *host) { return ((const fixture *)host->owner)->stop != CAP_STOP_NONE; }

/* ---- Callbacks ---- */

static int on_output(void *context, int fd, const void *bytes, size_t length) {
    fixture *f = context;
    if (f->sink_closed) return -1;
    assert_in_range(fd, 1, 2);
    assert_true(f->output_length[fd] + length <= sizeof f->output[fd]);
    memcpy(f->output[fd] + f->output_length[fd], bytes, length);
    f->output_length[fd] += length;
    return 0;
}

static void on_lookup(void *context, const char *guest_path, bool found) {
    fixture *f = context;
    if (f->lookup_count < 64)
        snprintf(f->lookups[f->lookup_count++], sizeof f->lookups[0], "%c%s", found ? '+' : '-', guest_path);
}

static void on_denial(void *context, const char *operation, const char *guest_path, const char *what) {
    fixture *f = context;
    assert_non_null(operation);
    assert_non_null(guest_path);
    assert_non_null(what);
    assert_null(strstr(guest_path, f->scratch));
    f->denials++;
}

/* ---- Life ---- */

static int count_fds(void) {
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;
    while (readdir(directory)) count++;
    closedir(directory);
    return count;
}

/* Guest memory between two inaccessible pages: a host function that strays crashes. */
static void map_memory(fixture *f) {
    const size_t guard = CAP_WASM_PAGE;
    uint8_t *whole = mmap(NULL, MEMORY_SIZE + 2 * guard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(whole, MAP_FAILED);
    assert_int_equal(mprotect(whole + guard, MEMORY_SIZE, PROT_READ | PROT_WRITE), 0);
    f->memory = (cap_memory){.base = whole + guard, .size = MEMORY_SIZE};
}

int setup_bare(void **state) {
    fixture *f = calloc(1, sizeof *f);
    const char *temporary = getenv("TMPDIR");
    f->fds_before = count_fds();
    snprintf(f->scratch, sizeof f->scratch, "%s/wasi-test-XXXXXX", temporary ? temporary : "/tmp");
    assert_non_null(mkdtemp(f->scratch));
    f->scratch_fd = open(f->scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    host_mkdir(f, "mount");
    host_mkdir(f, "outside");
    host_file(f, "outside/canary", CANARY);
    f->mount_fd = host_open_directory(f, "mount");
    map_memory(f);
    f->next = 16;
    f->host = (cap_host){.memory = &f->memory, .owner = f, .stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    *state = f;
    return 0;
}

int setup(void **state) {
    if (setup_bare(state)) return -1;
    fixture *f = *state;
    static cap_wasi_mount mount;
    mount = (cap_wasi_mount){.guest_path = "/data", .host_fd = f->mount_fd, .writable = true};
    start_mounts(f, &mount, 1);
    return 0;
}

int setup_memory(void **state) {
    if (setup_bare(state)) return -1;
    fixture *f = *state;
    f->in_memory = true;
    start(f, &(cap_wasi_config){.tmp_limit = UINT64_C(1) << 30, .tmp_path = "/data"});
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk) {
    (void)status;
    (void)walk;
    if (type == FTW_DNR) chmod(path, 0700);
    return remove(path);
}

int teardown(void **state) {
    fixture *f = *state;
    assert_string_equal(host_read(f, "outside/canary"), CANARY);
    cap_wasi_free(f->wasi);
    munmap(f->memory.base - CAP_WASM_PAGE, MEMORY_SIZE + 2 * CAP_WASM_PAGE);
    close(f->host.stop_fd);
    close(f->mount_fd);
    close(f->scratch_fd);
    nftw(f->scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    assert_int_equal(count_fds(), f->fds_before);
    free(f);
    return 0;
}

void start(fixture *f, const cap_wasi_config *config) {
    cap_wasi_config filled = *config;
    filled.output = on_output;
    filled.lookup = on_lookup;
    filled.denial = on_denial;
    filled.output_context = filled.lookup_context = filled.denial_context = f;
    cap_wasi_free(f->wasi);
    f->wasi = f->host.wasi = cap_wasi_create(&filled);
    assert_non_null(f->wasi);
}

void start_mounts(fixture *f, const cap_wasi_mount *mounts, size_t count) {
    start(f, &(cap_wasi_config){.mounts = mounts, .mount_count = count});
}

/* ---- The host's side ---- */

void host_mkdir(const fixture *f, const char *path) { assert_int_equal(mkdirat(f->scratch_fd, path, 0755), 0); }

void host_file(const fixture *f, const char *path, const char *content) {
    int fd = openat(f->scratch_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    close(fd);
}

void host_link(const fixture *f, const char *target, const char *path) {
    assert_int_equal(symlinkat(target, f->scratch_fd, path), 0);
}

bool host_exists(const fixture *f, const char *path) {
    struct stat status;
    return fstatat(f->scratch_fd, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

int host_open_directory(const fixture *f, const char *path) {
    int fd = openat(f->scratch_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

const char *host_read(const fixture *f, const char *path) {
    static char content[4096];
    int fd = openat(f->scratch_fd, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return "(missing)";
    ssize_t size = read(fd, content, sizeof content - 1);
    close(fd);
    content[size < 0 ? 0 : size] = '\0';
    return content;
}

/* ---- Either side ---- */

/* The name of a path below "/data" on its side: static buffer. */
static const char *named(const fixture *f, const char *path) {
    static char name[8192];
    snprintf(name, sizeof name, "%s/%s", f->in_memory ? "data" : "mount", path);
    return name;
}

void tree_mkdir(fixture *f, const char *path) {
    if (f->in_memory)
        assert_int_equal(make_directory(f, named(f, path)), WASI_OK);
    else
        host_mkdir(f, named(f, path));
}

void tree_file(fixture *f, const char *path, const char *content) {
    if (f->in_memory)
        assert_int_equal(put_file(f, named(f, path), content), WASI_OK);
    else
        host_file(f, named(f, path), content);
}

void tree_link(fixture *f, const char *target, const char *path) {
    if (f->in_memory)
        assert_int_equal(symlink_path(f, target, named(f, path)), WASI_OK);
    else
        host_link(f, target, named(f, path));
}

bool tree_exists(fixture *f, const char *path) {
    stat_result status;
    return f->in_memory ? stat_path(f, ROOT, named(f, path), 0, &status) == WASI_OK : host_exists(f, named(f, path));
}

const char *tree_read(fixture *f, const char *path) {
    static char content[4096];
    if (!f->in_memory) return host_read(f, named(f, path));
    int32_t fd = open_read(f, named(f, path));
    if (fd < 0) return "(missing)";
    assert_int_equal(read_fd(f, (uint32_t)fd, content, sizeof content - 1, NULL), WASI_OK);
    assert_int_equal(cap_wasi_fd_close(&f->host, (uint32_t)fd), WASI_OK);
    return content;
}

/* ---- The guest's side ---- */

uint8_t *at(fixture *f, uint32_t address) { return f->memory.base + address; }

uint32_t guest_room(fixture *f, uint32_t size) {
    uint32_t address = f->next;
    assert_true(address + size <= MEMORY_SIZE);
    memset(at(f, address), 0, size);
    f->next = (address + size + 7) & ~7u;
    return address;
}

uint32_t guest_bytes(fixture *f, const void *bytes, uint32_t size) {
    uint32_t address = guest_room(f, size ? size : 1);
    memcpy(at(f, address), bytes, size);
    return address;
}

void forget(fixture *f) { f->next = 16; }

/* Runs `call` with `path` and its length in guest memory, and forgets the memory it used. */
#define WITH_PATH(call)                                           \
    uint32_t before = f->next;                                    \
    uint32_t length = (uint32_t)strlen(path);                     \
    uint32_t address = guest_bytes(f, path, length);              \
    uint32_t error = call;                                        \
    f->next = before

int32_t open_as(fixture *f, uint32_t directory, const char *path, uint32_t lookup, uint32_t oflags, uint64_t rights,
                uint32_t fdflags) {
    uint32_t ret = guest_room(f, 4);
    WITH_PATH(cap_wasi_path_open(&f->host, directory, lookup, address, length, oflags, rights, ALL_RIGHTS, fdflags, ret));
    return error ? -(int32_t)error : (int32_t)cap_wire_get32(at(f, ret));
}

int32_t open_read(fixture *f, const char *path) { return open_as(f, ROOT, path, FOLLOW, 0, READ_RIGHTS, 0); }

int32_t open_write(fixture *f, const char *path) { return open_as(f, ROOT, path, FOLLOW, 0, ALL_RIGHTS, 0); }

int32_t open_create(fixture *f, const char *path) {
    return open_as(f, ROOT, path, FOLLOW, WASI_OFLAG_CREAT, ALL_RIGHTS, 0);
}

uint32_t put_file(fixture *f, const char *path, const char *content) {
    int32_t fd = open_as(f, ROOT, path, FOLLOW, WASI_OFLAG_CREAT | WASI_OFLAG_TRUNC, ALL_RIGHTS, 0);
    if (fd < 0) return (uint32_t)-fd;
    uint32_t error = write_fd(f, (uint32_t)fd, content, (uint32_t)strlen(content), NULL);
    uint32_t closed = cap_wasi_fd_close(&f->host, (uint32_t)fd);
    return error ? error : closed;
}

static uint32_t guest_vector(fixture *f, uint32_t address, uint32_t size) {
    uint32_t vector = guest_room(f, 8);
    cap_wire_put32(at(f, vector), address);
    cap_wire_put32(at(f, vector) + 4, size);
    return vector;
}

uint32_t read_fd(fixture *f, uint32_t fd, char *buffer, uint32_t size, uint32_t *ret_size) {
    uint32_t before = f->next, room = guest_room(f, size), ret = guest_room(f, 4);
    uint32_t error = cap_wasi_fd_read(&f->host, fd, guest_vector(f, room, size), 1, ret);
    uint32_t got = error ? 0 : cap_wire_get32(at(f, ret));
    memcpy(buffer, at(f, room), got);
    if (got < size) buffer[got] = '\0';
    if (ret_size) *ret_size = got;
    f->next = before;
    return error;
}

uint32_t write_fd(fixture *f, uint32_t fd, const void *bytes, uint32_t size, uint32_t *ret_size) {
    uint32_t before = f->next, room = guest_bytes(f, bytes, size), ret = guest_room(f, 4);
    uint32_t error = cap_wasi_fd_write(&f->host, fd, guest_vector(f, room, size), 1, ret);
    if (ret_size) *ret_size = error ? 0 : cap_wire_get32(at(f, ret));
    f->next = before;
    return error;
}

uint32_t pwrite_fd(fixture *f, uint32_t fd, const void *bytes, uint32_t size, uint64_t offset, uint32_t *ret_size) {
    uint32_t before = f->next, room = guest_bytes(f, bytes, size), ret = guest_room(f, 4);
    uint32_t error = cap_wasi_fd_pwrite(&f->host, fd, guest_vector(f, room, size), 1, offset, ret);
    if (ret_size) *ret_size = error ? 0 : cap_wire_get32(at(f, ret));
    f->next = before;
    return error;
}

static void decode_stat(const uint8_t *bytes, stat_result *ret) {
    *ret = (stat_result){.device = cap_wire_get64(bytes), .inode = cap_wire_get64(bytes + 8), .filetype = bytes[16],
                         .links = cap_wire_get64(bytes + 24), .size = cap_wire_get64(bytes + 32),
                         .accessed = cap_wire_get64(bytes + 40), .modified = cap_wire_get64(bytes + 48),
                         .changed = cap_wire_get64(bytes + 56)};
    for (int i = 17; i < 24; i++) assert_int_equal(bytes[i], 0);
}

uint32_t stat_path(fixture *f, uint32_t directory, const char *path, uint32_t lookup, stat_result *ret) {
    uint32_t room = guest_room(f, WASI_SIZE_FILESTAT);
    memset(at(f, room), 0xaa, WASI_SIZE_FILESTAT);
    WITH_PATH(cap_wasi_path_filestat_get(&f->host, directory, lookup, address, length, room));
    if (!error && ret) decode_stat(at(f, room), ret);
    return error;
}

uint32_t stat_fd(fixture *f, uint32_t fd, stat_result *ret) {
    uint32_t before = f->next, room = guest_room(f, WASI_SIZE_FILESTAT);
    memset(at(f, room), 0xaa, WASI_SIZE_FILESTAT);
    uint32_t error = cap_wasi_fd_filestat_get(&f->host, fd, room);
    if (!error) decode_stat(at(f, room), ret);
    f->next = before;
    return error;
}

uint32_t fd_rights(fixture *f, uint32_t fd, uint64_t *ret_rights, uint64_t *ret_inheriting) {
    uint32_t before = f->next, room = guest_room(f, WASI_SIZE_FDSTAT);
    uint32_t error = cap_wasi_fd_fdstat_get(&f->host, fd, room);
    *ret_rights = cap_wire_get64(at(f, room) + 8);
    *ret_inheriting = cap_wire_get64(at(f, room) + 16);
    f->next = before;
    return error;
}

uint32_t make_directory(fixture *f, const char *path) {
    WITH_PATH(cap_wasi_path_create_directory(&f->host, ROOT, address, length));
    return error;
}

uint32_t remove_directory(fixture *f, const char *path) {
    WITH_PATH(cap_wasi_path_remove_directory(&f->host, ROOT, address, length));
    return error;
}

void expect_excess(fixture *f, const char *limit, uint64_t used, uint64_t allowed) {
    const cap_excess excess = cap_wasi_disk_excess(f->wasi);
    if (!limit) assert_null(excess.limit);
    if (!limit) return;
    assert_non_null(excess.limit);
    assert_string_equal(excess.limit, limit);
    assert_int_equal(excess.used, used);
    assert_int_equal(excess.allowed, allowed);
}

uint32_t unlink_file(fixture *f, const char *path) {
    WITH_PATH(cap_wasi_path_unlink_file(&f->host, ROOT, address, length));
    return error;
}

uint32_t set_times(fixture *f, const char *path, uint64_t modified, uint32_t flags) {
    WITH_PATH(cap_wasi_path_filestat_set_times(&f->host, ROOT, FOLLOW, address, length, modified, modified, flags));
    return error;
}

uint32_t rename_path(fixture *f, const char *from, const char *path) {
    uint32_t from_length = (uint32_t)strlen(from), from_address = guest_bytes(f, from, from_length);
    WITH_PATH(cap_wasi_path_rename(&f->host, ROOT, from_address, from_length, ROOT, address, length));
    return error;
}

uint32_t link_path(fixture *f, const char *from, const char *path) {
    uint32_t from_length = (uint32_t)strlen(from), from_address = guest_bytes(f, from, from_length);
    WITH_PATH(cap_wasi_path_link(&f->host, ROOT, 0, from_address, from_length, ROOT, address, length));
    return error;
}

uint32_t symlink_path(fixture *f, const char *target, const char *path) {
    uint32_t target_length = (uint32_t)strlen(target), target_address = guest_bytes(f, target, target_length);
    WITH_PATH(cap_wasi_path_symlink(&f->host, target_address, target_length, ROOT, address, length));
    return error;
}

uint32_t readlink_path(fixture *f, const char *path, char *buffer, uint32_t size) {
    uint32_t room = guest_room(f, size), ret = guest_room(f, 4);
    WITH_PATH(cap_wasi_path_readlink(&f->host, ROOT, address, length, room, size, ret));
    uint32_t got = error ? 0 : cap_wire_get32(at(f, ret));
    memcpy(buffer, at(f, room), got);
    if (got < size) buffer[got] = '\0';
    return error;
}

/* ---- Listings ---- */

enum { LIST_BUFFER = 512 };

/* Adds the names in one answer to `text`; *cookie moves on. */
static void add_names(const uint8_t *bytes, uint32_t used, char *text, size_t room, uint64_t *cookie) {
    for (uint32_t offset = 0; used - offset >= WASI_SIZE_DIRENT;) {
        uint32_t name_length = cap_wire_get32(bytes + offset + 16);
        if (used - offset - WASI_SIZE_DIRENT < name_length) return;
        size_t length = strlen(text);
        snprintf(text + length, room - length, "%s%.*s", length ? " " : "", (int)name_length,
                 (const char *)bytes + offset + WASI_SIZE_DIRENT);
        *cookie = cap_wire_get64(bytes + offset);
        offset += WASI_SIZE_DIRENT + name_length;
    }
}

const char *list_fd(fixture *f, uint32_t fd) {
    static char text[8192];
    uint32_t before = f->next, room = guest_room(f, LIST_BUFFER), ret = guest_room(f, 4), used = LIST_BUFFER;
    uint64_t cookie = 0;
    text[0] = '\0';
    while (used == LIST_BUFFER) {
        uint32_t error = cap_wasi_fd_readdir(&f->host, fd, room, LIST_BUFFER, cookie, ret);
        if (error) {
            snprintf(text, sizeof text, "!%u", error);
            break;
        }
        used = cap_wire_get32(at(f, ret));
        add_names(at(f, room), used, text, sizeof text, &cookie);
    }
    f->next = before;
    return text;
}

const char *list(fixture *f, const char *path) {
    static char failure[16];
    int32_t fd = open_as(f, ROOT, path, FOLLOW, WASI_OFLAG_DIRECTORY, READ_RIGHTS, 0);
    if (fd < 0) {
        snprintf(failure, sizeof failure, "!%d", -fd);
        return failure;
    }
    const char *text = list_fd(f, (uint32_t)fd);
    assert_int_equal(cap_wasi_fd_close(&f->host, (uint32_t)fd), WASI_OK);
    return text;
}
