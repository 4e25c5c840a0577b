/* Sequences of file calls on a directory in memory. After each input the file system is whole: its account is what is
 * there, within its limits; and it is freed without a leak.
 *
 * Input: calls. A call is a byte that chooses it, then bytes for its paths (each chooses a prepared one), descriptors,
 * offsets and sizes. Nothing touches the host, so that an input takes microseconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "../tests/unit/wasi/memfs_check.h"
#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/state.h"
#include "wasi/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATHS = 0, SLOT = 32, SLOTS = 32, VECTORS = 0x800, RESULT = 0xff0, BUFFER = 0x1000, GUEST_SIZE = 0x8000, CALLS_MAX = 96 };
enum { BYTES = 10 * CAP_MEMFS_PAGE + 100, INODES = 12, DESCRIPTORS = 12, FIRST = 4 /* descriptor a guest opens */ };

static const char *const paths[SLOTS] = {
    "t/a", "t/b", "t/c", "t/d", "t/a/b", "t/a/c", "t/b/a", "t/b/c", "t/a/b/c", "t/a/b/a", "t/b/a/c", "t/c/a", "t/a/..", "t/a/../b", "t/a/",
    "t/b/", "t", "t/.", "t/../t/a", "a", "b", "b/a", "..", "../a", ".", "a/b/..", "t/l", "t/l/a", "t/l/", "t/a/l", "a/../../t/b", ""};

static uint8_t guest[GUEST_SIZE];
static bool stopping;

void cap_host_stop(cap_host *host, cap_stop reason, int32_t value) {
    (void)host, (void)reason, (void)value;
    stopping = true;
}

bool cap_host_stopping(const cap_host *host) {
    (void)host;
    return stopping;
}

static void must(bool condition, const char *what) {
    if (condition) return;
    fprintf(stderr, "fuzz_memfs: %s\n", what);
    abort();
}

typedef struct input {
    const uint8_t *at, *end;
} input;

static uint32_t take(input *in) { return in->at < in->end ? *in->at++ : 0; }

/* A prepared path; *ret_length is its length. */
static uint32_t take_path(input *in, uint32_t *ret_length) {
    uint32_t slot = take(in) % SLOTS;
    *ret_length = (uint32_t)strlen(paths[slot]);
    return PATHS + slot * SLOT;
}

/* A number: small ones, ones near pages, and huge ones. */
static uint64_t take_number(input *in) {
    uint32_t choice = take(in), value = take(in);
    switch (choice % 4) {
    case 0: return value;
    case 1: return (uint64_t)(choice >> 2) * CAP_MEMFS_PAGE / 4 + value % 3;
    case 2: return BYTES - 128 + value;
    default: return (UINT64_C(1) << (choice >> 2)) - 1 + value % 3;
    }
}

/* One descriptor of the directory, of those opened, or "/". */
static uint32_t take_fd(input *in) {
    uint32_t choice = take(in);
    return choice & 0x80 ? 3 : FIRST + choice % (DESCRIPTORS - FIRST);
}

static void run_one(cap_host *h, input *in) {
    uint32_t al, bl, a, b, fd;
    uint64_t number;
    static const uint32_t oflags[] = {0, WASI_OFLAG_CREAT, WASI_OFLAG_CREAT | WASI_OFLAG_EXCL, WASI_OFLAG_CREAT | WASI_OFLAG_TRUNC,
                                      WASI_OFLAG_DIRECTORY, WASI_OFLAG_TRUNC, 0, WASI_OFLAG_CREAT};
    uint32_t chosen = take(in);
    fd = take_fd(in);
    switch (chosen % 16) {
    case 0:
    case 1:
        a = take_path(in, &al);
        cap_wasi_path_open(h, fd, chosen >> 7, a, al, oflags[chosen >> 4 & 7],
                           WASI_RIGHTS_KNOWN & ~(chosen & 1 && (chosen >> 4 & 7) == 4 ? WASI_RIGHT_FD_WRITE : 0), WASI_RIGHTS_KNOWN,
                           chosen >> 5 & 1 ? WASI_FDFLAG_APPEND : 0, RESULT);
        break;
    case 2: cap_wasi_fd_close(h, fd == 3 ? FIRST : fd); break;
    case 3: a = take_path(in, &al), cap_wasi_path_create_directory(h, 3, a, al); break;
    case 4: a = take_path(in, &al), cap_wasi_path_remove_directory(h, 3, a, al); break;
    case 5: a = take_path(in, &al), cap_wasi_path_unlink_file(h, fd, a, al); break;
    case 6: a = take_path(in, &al), b = take_path(in, &bl), cap_wasi_path_rename(h, fd, a, al, 3, b, bl); break;
    case 7: a = take_path(in, &al), b = take_path(in, &bl), cap_wasi_path_link(h, 3, 0, a, al, fd, b, bl); break;
    case 8: a = take_path(in, &al), b = take_path(in, &bl), cap_wasi_path_symlink(h, b, bl, 3, a, al); break;
    case 9: a = take_path(in, &al), cap_wasi_path_readlink(h, 3, a, al, BUFFER, take(in), RESULT); break;
    case 10: number = take_number(in), cap_wasi_fd_pwrite(h, fd, VECTORS, take(in) % 5, number, RESULT); break;
    case 11: number = take_number(in), cap_wasi_fd_pread(h, fd, VECTORS, take(in) % 5, number, RESULT); break;
    case 12: cap_wasi_fd_filestat_set_size(h, fd, take_number(in)); break;
    case 13: number = take_number(in), cap_wasi_fd_allocate(h, fd, number, take_number(in)); break;
    case 14: cap_wasi_fd_readdir(h, fd, BUFFER, take(in) * 8, take(in) % 8, RESULT); break;
    default:
        a = take_path(in, &al);
        cap_wasi_path_filestat_get(h, fd, chosen >> 7, a, al, BUFFER);
        cap_wasi_path_filestat_set_times(h, fd, chosen >> 7, a, al, 1, 2, WASI_FST_ATIM | WASI_FST_MTIM_NOW);
    }
}

static void prepare(void) {
    static const uint32_t lengths[] = {100, CAP_MEMFS_PAGE, 1, CAP_MEMFS_PAGE + 1};
    for (int i = 0; i < SLOTS; i++) memcpy(guest + PATHS + i * SLOT, paths[i], strlen(paths[i]));
    for (uint32_t i = 0; i < 4; i++) {
        cap_wire_put32(guest + VECTORS + i * 8, BUFFER + i * 0x1400);
        cap_wire_put32(guest + VECTORS + i * 8 + 4, lengths[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int stop_fd = -1;
    if (stop_fd < 0) stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    cap_memory memory = {.base = guest, .size = GUEST_SIZE};
    cap_host host = {.memory = &memory, .stop_fd = stop_fd};
    host.wasi = cap_wasi_create(&(cap_wasi_config){
        .tmp_limit = BYTES, .tmp_inode_limit = INODES, .tmp_path = "/t", .descriptor_limit = DESCRIPTORS});
    must(host.wasi, "no memory");
    prepare();
    input in = {.at = data, .end = data + size};
    for (int calls = 0; in.at < in.end && calls < CALLS_MAX; calls++) run_one(&host, &in);
    const char *problem = memfs_problem(host.wasi->memory);
    must(!problem, problem);
    for (uint32_t fd = FIRST; fd < DESCRIPTORS; fd++) cap_wasi_fd_close(&host, fd);
    problem = memfs_problem(host.wasi->memory);
    must(!problem, problem);
    cap_wasi_free(host.wasi);
    return 0;
}
