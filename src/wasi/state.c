#include "wasi/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wasi/abi.h"
#include "wasi/clock.h"

#define DEFAULT_OUTPUT_LIMIT (UINT64_C(16) << 20)
#define DEFAULT_WRITE_LIMIT (UINT64_C(1) << 30)
enum { DEFAULT_DESCRIPTORS = 256, MOST_DESCRIPTORS = 4096, DEFAULT_INODES = 10000 };

static void fill_defaults(cap_wasi_config *config) {
    if (!config->output_limit) config->output_limit = DEFAULT_OUTPUT_LIMIT;
    if (!config->write_limit) config->write_limit = DEFAULT_WRITE_LIMIT;
    if (!config->inode_limit) config->inode_limit = DEFAULT_INODES;
    if (!config->tmp_inode_limit) config->tmp_inode_limit = DEFAULT_INODES;
    if (!config->tmp_path) config->tmp_path = "/tmp";
    if (!config->descriptor_limit) config->descriptor_limit = DEFAULT_DESCRIPTORS;
    if (config->descriptor_limit > MOST_DESCRIPTORS) config->descriptor_limit = MOST_DESCRIPTORS;
}

/* Copies a NULL-terminated list into one block. */
static int copy_strings(cap_strings *strings, const char *const *list) {
    size_t size = 0, count = 0;
    for (; list && list[count]; count++) size += strlen(list[count]) + 1;
    if (size > UINT32_MAX) return -1;
    strings->bytes = malloc(size ? size : 1);
    if (!strings->bytes) return -1;
    char *at = strings->bytes;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(list[i]) + 1;
        memcpy(at, list[i], length);
        at += length;
    }
    strings->size = (uint32_t)size;
    strings->count = (uint32_t)count;
    return 0;
}

/* The time of files in memory: what the guest's clock of the day shows. */
static uint64_t now(void *context) {
    uint64_t ns = 0;
    cap_clock_guest(context, WASI_CLOCK_REALTIME, &ns);
    return ns;
}

static bool is_mounted(const cap_wasi_config *config, const char *guest_path) {
    for (size_t i = 0; i < config->mount_count; i++)
        if (config->mounts[i].guest_path && strcmp(config->mounts[i].guest_path, guest_path) == 0) return true;
    return false;
}

/* The table of mounts with the directory in memory at its end, unless the owner mounted something there. */
static int make_mounts(cap_wasi *wasi) {
    const cap_wasi_config *config = &wasi->config;
    size_t count = config->mount_count;
    if (count > CAP_WASI_MOUNTS_MAX) return -1;
    wasi->mount_table = calloc(count + 1, sizeof *wasi->mount_table);
    if (!wasi->mount_table) return -1;
    if (count) memcpy(wasi->mount_table, config->mounts, count * sizeof *config->mounts);
    if (config->tmp_limit && !is_mounted(config, config->tmp_path)) {
        wasi->memory = cap_memfs_create(config->tmp_limit, config->tmp_inode_limit, now, wasi);
        if (!wasi->memory) return -1;
        wasi->mount_table[count++] =
            (cap_wasi_mount){.guest_path = config->tmp_path, .host_fd = -1, .writable = true, .memory = wasi->memory,
                             .preopen = config->tmp_preopen ? config->tmp_path : NULL};
    }
    return cap_mounts_init(&wasi->mounts, wasi->mount_table, count);
}

static int add_sockets(cap_wasi *wasi) {
    for (size_t i = 0; i < wasi->config.socket_count; i++) {
        uint32_t fd;
        if (cap_wasi_add_socket(wasi, wasi->config.socket_fds[i], &fd)) return -1;
        cap_descriptor_at(wasi, fd)->owned = false;
    }
    return 0;
}

cap_wasi *cap_wasi_create(const cap_wasi_config *config) {
    cap_wasi *wasi = calloc(1, sizeof *wasi);
    if (!wasi) return NULL;
    wasi->config = *config;
    fill_defaults(&wasi->config);
    if (!config->account) wasi->config.account = &wasi->own_account;
    cap_random_seed(&wasi->random, config->random_seed);
    wasi->monotonic_base_ns = cap_clock_read(CLOCK_MONOTONIC);
    wasi->cpu_base_ns = config->cpu_base_ns ? config->cpu_base_ns : cap_clock_read(CLOCK_THREAD_CPUTIME_ID);
    if (make_mounts(wasi) ||
        copy_strings(&wasi->arguments, config->argv) || copy_strings(&wasi->environment, config->envp) ||
        cap_descriptors_init(wasi) || add_sockets(wasi)) {
        cap_wasi_free(wasi);
        return NULL;
    }
    return wasi;
}

void cap_wasi_free(cap_wasi *wasi) {
    if (!wasi) return;
    cap_descriptors_free(wasi);
    cap_locks_free(&wasi->locks);
    cap_mounts_free(&wasi->mounts);
    cap_memfs_free(wasi->memory);
    free(wasi->mount_table);
    free(wasi->recent_denials);
    cap_steady_free(&wasi->steady);
    free(wasi->arguments.bytes);
    free(wasi->environment.bytes);
    free(wasi);
}

uint32_t cap_wasi_impurity(const cap_wasi *wasi) { return wasi->impurity; }
uint64_t cap_wasi_output_bytes(const cap_wasi *wasi) { return wasi->output_bytes; }
cap_excess cap_wasi_disk_excess(const cap_wasi *wasi) {
    return wasi->excess.limit || !wasi->memory ? wasi->excess : cap_memfs_excess(wasi->memory);
}
uint64_t cap_wasi_disk_bytes(const cap_wasi *wasi) { return __atomic_load_n(&wasi->config.account->bytes, __ATOMIC_RELAXED); }
uint32_t cap_wasi_disk_inodes(const cap_wasi *wasi) { return __atomic_load_n(&wasi->config.account->inodes, __ATOMIC_RELAXED); }
uint64_t cap_wasi_file_calls(const cap_wasi *wasi) { return wasi->file_calls; }
uint64_t cap_wasi_denials(const cap_wasi *wasi) { return wasi->denials; }
