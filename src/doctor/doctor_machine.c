/* The machine: what kernel, CPU and limits offer, and what the lack of each costs. Every check asks by trying, because
 * a container's filter may refuse what the kernel has. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/cpu.h"
#include "store/files.h"
#include "doctor/doctor_internal.h"
#include "process/landlock.h"

/* Addresses one sandbox reserves, and how many sandboxes should be possible at once before it is worth a word. */
#define SANDBOX_BYTES (UINT64_C(8) << 30)
#define SANDBOXES_WANTED UINT64_C(64)
#define MAPS_WANTED 16384 /* a sandbox needs a handful of mappings */

/* ---- Kernel interfaces ---- */

/* openat2 with RESOLVE_BENEATH; the structure is spelled out for old headers. */
static bool has_openat2(void) {
    struct {
        uint64_t flags, mode, resolve;
    } how = {O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0x08};
    int fd = (int)syscall(437, AT_FDCWD, ".", &how, sizeof how);
    if (fd >= 0) close(fd);
    return fd >= 0;
}

static void check_openat2(cap_doctor *doctor) {
    if (has_openat2())
        cap_doctor_add(doctor, "openat2", CAP_DOCTOR_OK, NULL, "paths of guests are held below their mounts by the kernel");
    else
        cap_doctor_add(doctor, "openat2", CAP_DOCTOR_WARNING,
                       "tasks with allowed_files and runs with --mount are refused; needs Linux 5.6, and a container's "
                       "filter that lets it through",
                       "this kernel or container refuses openat2 (%s)", strerror(errno));
}

static void check_landlock(cap_doctor *doctor) {
    int version = cap_landlock_version();
    if (version > 0)
        cap_doctor_add(doctor, "landlock", CAP_DOCTOR_OK, NULL, "version %d: the bundler sees the project and nothing else",
                       version);
    else
        cap_doctor_add(doctor, "landlock", CAP_DOCTOR_WARNING,
                       "the bundler can read other files of yours; a program that imports one is still refused",
                       "not offered by this kernel or container");
}

static void check_memfd(cap_doctor *doctor) {
    int fd = memfd_create("capsule-doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    bool sealed = fd >= 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0;
    if (fd >= 0) close(fd);
    if (sealed)
        cap_doctor_add(doctor, "memfd", CAP_DOCTOR_OK, NULL, "images can be kept in sealed memory");
    else
        cap_doctor_add(doctor, "memfd", CAP_DOCTOR_WARNING, "programs run only when the image cache can be written",
                       "memory files cannot be made or sealed (%s)", strerror(errno));
}

/* PAGEMAP_SCAN (Linux 6.7) on nothing: a kernel that knows it answers something else than ENOTTY. */
static bool has_pagemap_scan(int pagemap) {
    struct {
        uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages, inverted, mask, any_of, result;
    } argument = {.size = sizeof argument};
    return ioctl(pagemap, _IOWR('f', 16, argument), &argument) >= 0 || errno != ENOTTY;
}

static void check_dirty_pages(cap_doctor *doctor) {
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    int faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | 1 /* user mode only */);
    const char *watching = faults >= 0 ? "available" : "not available";
    if (faults >= 0) close(faults);
    if (pagemap >= 0 && has_pagemap_scan(pagemap))
        cap_doctor_add(doctor, "dirty pages", CAP_DOCTOR_OK, NULL, "PAGEMAP_SCAN available, userfaultfd %s", watching);
    else if (pagemap >= 0)
        cap_doctor_add(doctor, "dirty pages", CAP_DOCTOR_OK, NULL,
                       "the page map is readable; PAGEMAP_SCAN (Linux 6.7) is not available, userfaultfd %s", watching);
    else
        cap_doctor_add(doctor, "dirty pages", CAP_DOCTOR_WARNING, "a used sandbox is mapped anew instead: some 0.1 ms per call",
                       "/proc/self/pagemap cannot be read (%s), userfaultfd %s", strerror(errno), watching);
    if (pagemap >= 0) close(pagemap);
}

/* ---- Address space and memory ---- */

static int64_t read_number(const char *path) {
    cap_autofree char *text = cap_file_read(AT_FDCWD, path, false, 4096, NULL);
    return text ? strtoll(text, NULL, 10) : -1;
}

static bool can_reserve(uint64_t bytes) {
    void *base = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return false;
    munmap(base, bytes);
    return true;
}

static void check_address_space(cap_doctor *doctor) {
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    getrlimit(RLIMIT_AS, &limit);
    char bound[64] = "no limit";
    if (limit.rlim_cur != RLIM_INFINITY)
        snprintf(bound, sizeof bound, "limit of %llu MB (ulimit -v)", (unsigned long long)limit.rlim_cur >> 20);
    if (!can_reserve(SANDBOX_BYTES))
        cap_doctor_add(doctor, "address space", CAP_DOCTOR_ERROR, "no program runs: a sandbox reserves 8 GiB of addresses",
                       "8 GiB cannot be reserved: %s", bound);
    else if (!can_reserve(SANDBOX_BYTES * SANDBOXES_WANTED))
        cap_doctor_add(doctor, "address space", CAP_DOCTOR_WARNING, "fewer sandboxes at the same time",
                       "not enough for %llu sandboxes: %s", (unsigned long long)SANDBOXES_WANTED, bound);
    else
        cap_doctor_add(doctor, "address space", CAP_DOCTOR_OK, NULL, "%s", bound);
}

static void check_overcommit(cap_doctor *doctor) {
    int64_t mode = read_number("/proc/sys/vm/overcommit_memory"), maps = read_number("/proc/sys/vm/max_map_count");
    if (mode == 2)
        cap_doctor_add(doctor, "overcommit", CAP_DOCTOR_WARNING,
                       "each sandbox counts with its full `ram` against the machine's commit limit: fewer at the same time",
                       "vm.overcommit_memory is 2 (strict)");
    else if (maps > 0 && maps < MAPS_WANTED)
        cap_doctor_add(doctor, "overcommit", CAP_DOCTOR_WARNING, "fewer sandboxes at the same time",
                       "vm.max_map_count is %lld", (long long)maps);
    else
        cap_doctor_add(doctor, "overcommit", CAP_DOCTOR_OK, NULL, "memory is given when it is used");
}

/* ---- CPU ---- */

#if defined(__x86_64__)
static void check_segments(cap_doctor *doctor) {
    if (getauxval(AT_HWCAP2) & 2) /* HWCAP2_FSGSBASE */
        cap_doctor_add(doctor, "fsgsbase", CAP_DOCTOR_OK, NULL, "the memory base is set by one instruction");
    else
        cap_doctor_add(doctor, "fsgsbase", CAP_DOCTOR_WARNING, "each entry into a guest costs a system call more, some 0.1 µs",
                       "wrgsbase is not available (CPU, or Linux before 5.9)");
}
#else
static void check_segments(cap_doctor *doctor) {
    cap_doctor_add(doctor, "segments", CAP_DOCTOR_WARNING, "guests run slower: the memory base takes a register",
                   "this CPU has no segment register for the memory base");
}
#endif

static void check_cpu(cap_doctor *doctor, const char *level) {
    if (level[0] && !cap_cpu_has_level(level))
        cap_doctor_add(doctor, "cpu", CAP_DOCTOR_ERROR, "no program runs; set up again on this machine",
                       "the guests were compiled for %s, which this CPU is not", level);
    else
        cap_doctor_add(doctor, "cpu", CAP_DOCTOR_OK, NULL, "fits the guests (%s)", level[0] ? level : "level not known");
    check_segments(doctor);
}

static void check_kernel(cap_doctor *doctor) {
    struct utsname name;
    if (uname(&name) == 0)
        cap_doctor_add(doctor, "kernel", CAP_DOCTOR_OK, NULL, "%s %s on %s", name.sysname, name.release, name.machine);
}

void cap_doctor_check_machine(cap_doctor *doctor, const char *cpu_level) {
    check_kernel(doctor);
    check_cpu(doctor, cpu_level);
    check_openat2(doctor);
    check_address_space(doctor);
    check_overcommit(doctor);
    check_memfd(doctor);
    check_dirty_pages(doctor);
    check_landlock(doctor);
}
