/* Path operations over a small alphabet of names: what resolves must lie in a mount, what lies outside stays untouched.
 *
 * Input: one byte for the mount table, then operations. An operation is a byte (which one, and of which directory
 * descriptor), then tokens up to 0xff; those of two paths, where it takes two, one after the other. */
#include "wasi/descriptor.h"
#include "wasi_scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OPERATIONS_MAX = 24, PATH_A = 0x100, PATH_B = 0x2100, RESULT = 0x4200, BUFFER = 0x5000, BUFFER_SIZE = 0x1000 };

/* The alphabet. "L" stands for a name of 255 bytes, "M" for one more, "N" for a NUL. */
static const char *const tokens[] = {"/",    ".",   "..",   "data", "file", "dir", "inner", "full",    "x",        "in",  "ind",
                                     "out",  "outd", "up",  "abs",  "loop", "gone", "hid",  "env",     ".capsule", "app", "main.py",
                                     ".env", "capsule.toml", "nested", "kept", "ro", "canary", "outside", "new", "fifo",   "L",   "M",
                                     "N",    "//",  "../",  "../../", "data/", "./",  "\xc3\xa9", "\xff", ".CAPSULE", "trace.db"};
enum { TOKENS = sizeof tokens / sizeof tokens[0] };

typedef struct input {
    const uint8_t *at, *end;
} input;

static uint8_t take(input *in) { return in->at < in->end ? *in->at++ : 0xff; }

static size_t expand(const char *token, char *to) {
    if (token[0] == 'L' || token[0] == 'M') {
        size_t length = token[0] == 'L' ? 255 : 256;
        memset(to, 'n', length);
        return length;
    }
    if (token[0] == 'N') {
        *to = '\0';
        return 1;
    }
    size_t length = strlen(token);
    memcpy(to, token, length);
    return length;
}

/* Writes the path the tokens spell to guest address `address`; answers its length, which may be one more than allowed. */
static uint32_t take_path(input *in, uint32_t address) {
    char *at = (char *)world.memory.base + address;
    size_t length = 0;
    for (uint8_t token; length <= CAP_WASI_PATH_MAX && (token = take(in)) != 0xff;) length += expand(tokens[token % TOKENS], at + length);
    return (uint32_t)(length <= CAP_WASI_PATH_MAX + 1 ? length : CAP_WASI_PATH_MAX + 1);
}

/* Nothing a guest can name is one of the files it must not reach: inode numbers tell. */
UNWATCHED static void check_reached(uint64_t inode) {
    static const int unreachable[] = {0, 1, 6, 7, 8}; /* outside, canary, app/.env, .capsule, trace.db */
    for (size_t i = 0; i < sizeof unreachable / sizeof unreachable[0]; i++) MUST(inode != world.watched[unreachable[i]].st_ino);
}

static void check_stat(uint32_t error) {
    if (error) return;
    const uint8_t *stat = world.memory.base + RESULT;
    if (cap_wire_get64(stat) >= 2) check_reached(cap_wire_get64(stat + 8)); /* device 1 is synthetic */
}

static void check_open(uint32_t error) {
    if (error) return;
    uint32_t fd = cap_wire_get32(world.memory.base + RESULT);
    MUST(fd < DESCRIPTOR_LIMIT);
    check_stat(cap_wasi_fd_filestat_get(&world.host, fd, RESULT));
}

/* A directory in memory holds what the guest put there, under whatever name. */
static bool in_memory(uint32_t fd) {
    const cap_descriptor *directory = cap_descriptor_at(world.host.wasi, fd);
    return directory && directory->mount && directory->mount->memory;
}

static void list(uint32_t fd) {
    const bool own = in_memory(fd);
    if (cap_wasi_fd_readdir(&world.host, fd, BUFFER, BUFFER_SIZE, 0, RESULT)) return;
    uint32_t used = cap_wire_get32(world.memory.base + RESULT);
    for (uint32_t offset = 0; offset + WASI_SIZE_DIRENT <= used;) {
        const uint8_t *entry = world.memory.base + BUFFER + offset;
        uint32_t length = cap_wire_get32(entry + 16);
        MUST(length > 0 && length <= 255);
        if (offset + WASI_SIZE_DIRENT + length > used) break;
        const char *name = (const char *)entry + WASI_SIZE_DIRENT;
        MUST(own || !(length == 8 && memcmp(name, ".capsule", 8) == 0));
        MUST(!memchr(name, '/', length) && !memchr(name, 0, length));
        offset += WASI_SIZE_DIRENT + length;
    }
}

static void write_and_read(uint32_t fd) {
    uint8_t *vector = world.memory.base + RESULT;
    cap_wire_put32(vector, BUFFER);
    cap_wire_put32(vector + 4, 64);
    cap_wasi_fd_write(&world.host, fd, RESULT, 1, RESULT + 16);
    cap_wasi_fd_pread(&world.host, fd, RESULT, 1, 0, RESULT + 16);
}

static void run_one(input *in) {
    uint8_t chosen = take(in);
    uint32_t fd = 3 + (chosen >> 4) % 5;
    cap_host *h = &world.host;
    const uint64_t all = WASI_RIGHTS_KNOWN;
    uint32_t a = PATH_A, an = take_path(in, a), b = PATH_B, bn = 0;
    chosen &= 15;
    if (chosen >= 9 && chosen <= 11) bn = take_path(in, b);
    switch (chosen) {
    case 0: check_open(cap_wasi_path_open(h, fd, 1, a, an, 0, all & ~WASI_RIGHT_FD_WRITE, all, 0, RESULT)); break;
    case 1: check_open(cap_wasi_path_open(h, fd, 0, a, an, WASI_OFLAG_DIRECTORY, all & ~WASI_RIGHT_FD_WRITE, all, 0, RESULT)); break;
    case 2: check_open(cap_wasi_path_open(h, fd, 1, a, an, WASI_OFLAG_CREAT, all, all, 0, RESULT)); break;
    case 3: check_open(cap_wasi_path_open(h, fd, 1, a, an, WASI_OFLAG_TRUNC, all, all, 0, RESULT)); break;
    case 4: check_stat(cap_wasi_path_filestat_get(h, fd, 0, a, an, RESULT)); break;
    case 5: check_stat(cap_wasi_path_filestat_get(h, fd, 1, a, an, RESULT)); break;
    case 6: cap_wasi_path_create_directory(h, fd, a, an); break;
    case 7: cap_wasi_path_remove_directory(h, fd, a, an); break;
    case 8: cap_wasi_path_unlink_file(h, fd, a, an); break;
    case 9: cap_wasi_path_rename(h, fd, a, an, 3, b, bn); break;
    case 10: cap_wasi_path_link(h, fd, 0, a, an, 3, b, bn); break;
    case 11: cap_wasi_path_symlink(h, b, bn, fd, a, an); break;
    case 12: cap_wasi_path_readlink(h, fd, a, an, BUFFER, 64, RESULT); break;
    case 13: cap_wasi_path_filestat_set_times(h, fd, 1, a, an, 1, 1, WASI_FST_ATIM | WASI_FST_MTIM); break;
    case 14: cap_wasi_fd_close(h, fd == 3 ? 4 : fd); break;
    default: list(fd), write_and_read(fd); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    prepare_world();
    memset(world.memory.base, 0, GUEST_SIZE);
    input in = {.at = data, .end = data + size};
    int lowest = lowest_descriptor();
    start_run(take(&in) & WITH_ROOT);
    for (int i = 0; in.at < in.end && i < OPERATIONS_MAX; i++) run_one(&in);
    finish_run(lowest);
    return 0;
}
