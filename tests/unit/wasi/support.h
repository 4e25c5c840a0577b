/* What every test of src/wasi stands on: a scratch tree on the host, a guest memory with inaccessible pages on both
 * sides, one WASI state over them, and short names for guest calls.
 *
 *     scratch/            f->scratch
 *        mount/           the directory tests mount, f->mount_fd
 *        outside/canary   must never be reached: checked after every test
 */
#ifndef CAP_TESTS_WASI_SUPPORT_H
#define CAP_TESTS_WASI_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wasi/abi.h"
#include "wasi/calls.h"
#include "wasi/wasi.h"

#define MEMORY_SIZE (4u * CAP_WASM_PAGE)
#define CANARY "the canary sings"
#define ALL_RIGHTS WASI_RIGHTS_KNOWN
#define READ_RIGHTS (ALL_RIGHTS & ~(WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_ALLOCATE | WASI_RIGHT_FD_FILESTAT_SET_SIZE))
#define FOLLOW WASI_LOOKUP_SYMLINK_FOLLOW
#define ROOT 3 /* the preopened descriptor */

typedef struct fixture {
    char scratch[256];
    int scratch_fd, mount_fd;
    bool in_memory; /* "/data" is not scratch/mount but in memory */
    int fds_before; /* open descriptors of the process, to find leaks */
    cap_memory memory;
    cap_host host;
    cap_wasi *wasi;
    uint32_t next; /* where the next guest string or buffer goes */
    /* What the callbacks saw. */
    char output[3][65536];
    size_t output_length[3];
    bool sink_closed;
    unsigned denials;
    char lookups[64][128]; /* "+/path" found, "-/path" not */
    unsigned lookup_count;
    /* What cap_host_stop was told. */
    cap_stop stop;
    int32_t stop_value;
} fixture;

/* cmocka setup and teardown: the fixture without, and with, one writable mount of scratch/mount at "/data". */
int setup_bare(void **state);
int setup(void **state);
/* The same with a directory in memory at "/data". */
int setup_memory(void **state);
int teardown(void **state);
/* One test over each of the two: it may use nothing of the host's mount, but the tree_ functions below. */
#define OVER_BOTH(test) OVER_BOTH_WITH(test, setup, setup_memory)
#define OVER_BOTH_WITH(test, on_host, in_memory) \
    cmocka_unit_test_setup_teardown(test, on_host, teardown), {#test " (in memory)", test, in_memory, teardown, NULL}

/* (Re)creates the WASI state; callbacks and stop_fd are filled in. */
void start(fixture *f, const cap_wasi_config *config);
/* The same with a table of mounts and defaults otherwise. */
void start_mounts(fixture *f, const cap_wasi_mount *mounts, size_t count);

/* ---- The host's side ---- */
void host_mkdir(const fixture *f, const char *path); /* below scratch */
void host_file(const fixture *f, const char *path, const char *content);
void host_link(const fixture *f, const char *target, const char *path);
bool host_exists(const fixture *f, const char *path);
int host_open_directory(const fixture *f, const char *path); /* the caller closes it */
const char *host_read(const fixture *f, const char *path);   /* static buffer */

/* ---- What lies at "/data", made and looked at from outside where there is an outside. Paths below it. ---- */
void tree_mkdir(fixture *f, const char *path);
void tree_file(fixture *f, const char *path, const char *content);
void tree_link(fixture *f, const char *target, const char *path);
bool tree_exists(fixture *f, const char *path);
const char *tree_read(fixture *f, const char *path); /* static buffer */

/* ---- The guest's side ---- */
/* Room in guest memory, zeroed; the address. Everything is given back by `forget`. */
uint32_t guest_room(fixture *f, uint32_t size);
uint32_t guest_bytes(fixture *f, const void *bytes, uint32_t size);
void forget(fixture *f);
uint8_t *at(fixture *f, uint32_t address);

/* path_open: the descriptor, or -errno. */
int32_t open_as(fixture *f, uint32_t directory, const char *path, uint32_t lookup, uint32_t oflags, uint64_t rights,
                uint32_t fdflags);
/* Reading, following links; writing too; creating what is missing. */
int32_t open_read(fixture *f, const char *path);
int32_t open_write(fixture *f, const char *path);
int32_t open_create(fixture *f, const char *path);
/* Creates the file with that content: 0 or an errno. */
uint32_t put_file(fixture *f, const char *path, const char *content);

uint32_t read_fd(fixture *f, uint32_t fd, char *buffer, uint32_t size, uint32_t *ret_size);
uint32_t write_fd(fixture *f, uint32_t fd, const void *bytes, uint32_t size, uint32_t *ret_size);
uint32_t pwrite_fd(fixture *f, uint32_t fd, const void *bytes, uint32_t size, uint64_t offset, uint32_t *ret_size);

typedef struct stat_result {
    uint64_t device, inode, links, size, accessed, modified, changed;
    uint8_t filetype;
} stat_result;
uint32_t stat_path(fixture *f, uint32_t directory, const char *path, uint32_t lookup, stat_result *ret);
uint32_t stat_fd(fixture *f, uint32_t fd, stat_result *ret);
/* The limit that was met last is `limit`, or none (NULL). */
void expect_excess(fixture *f, const char *limit, uint64_t used, uint64_t allowed);
uint32_t fd_rights(fixture *f, uint32_t fd, uint64_t *ret_rights, uint64_t *ret_inheriting);

uint32_t make_directory(fixture *f, const char *path);
uint32_t remove_directory(fixture *f, const char *path);
uint32_t unlink_file(fixture *f, const char *path);
uint32_t rename_path(fixture *f, const char *from, const char *to);
uint32_t link_path(fixture *f, const char *from, const char *to);
uint32_t symlink_path(fixture *f, const char *target, const char *path);
uint32_t readlink_path(fixture *f, const char *path, char *buffer, uint32_t size);
uint32_t set_times(fixture *f, const char *path, uint64_t modified, uint32_t flags);

/* The names fd_readdir shows of a directory (path relative to "/"), joined by ' ': static buffer; "!44" for an errno. */
const char *list(fixture *f, const char *path);
const char *list_fd(fixture *f, uint32_t fd);

#endif
