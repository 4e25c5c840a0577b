/* Our WASI preview 1 host: the state of one run, and the table of its functions.
 *
 * Specification: the witx documents of WASI snapshot preview 1 (module name wasi_snapshot_preview1).
 *
 * The guest sees one preopened directory, descriptor 3, named "/" (none when there are no mounts). What lies under it is a table of mounts: a guest
 * path belongs to the mount with the longest matching prefix; a path above every mount sees only the names that lead
 * to mounts. A mount maps a guest directory to a host directory descriptor, read-only or read-write. The guest's
 * working directory is "/", and everything else a guest asks for is ENOENT (44) or EPERM (63), never a host path.
 *
 * Modules of other origin expect one preopened directory for each that they are given. A mount with a `preopen` name is
 * one: a descriptor of its own (after that of "/", in the order of the mounts) and outside the tree.
 */
#ifndef CAP_WASI_WASI_H
#define CAP_WASI_WASI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/host.h"
#include "wasi/excess.h"

typedef struct cap_wasi cap_wasi;

/* Limits that are not options (contracts, "Limits"). */
#define CAP_WASI_PATH_MAX 4095u            /* bytes of one path */
#define CAP_WASI_DEPTH_MAX 64u             /* directories in one path */
#define CAP_WASI_POLL_MAX 1024u            /* subscriptions of one poll_oneoff */
#define CAP_WASI_IOV_MAX 1024u             /* vectors of one read or write */
#define CAP_WASI_MOUNTS_MAX 64u
#define CAP_WASI_LOCKED_MAX 64u            /* files with locks of one run */

typedef struct cap_wasi_mount {
    const char *guest_path; /* absolute, normal: "/data", "/.capsule/lib"; "/" allowed */
    int host_fd;            /* O_PATH or O_RDONLY directory descriptor; borrowed, must outlive the cap_wasi */
    bool writable;
    bool internal;          /* ours (library, program): not counted by quotas, reads do not make an import impure */
    bool program_only;      /* show only directories and *.py files whose name does not begin with '.'; look-ups are reported */
    bool recorded;          /* internal, and look-ups are reported though everything is shown */
    struct cap_memfs *memory; /* NULL; the WASI state's own mount in memory has it instead of host_fd */
    const char *preopen;    /* NULL: part of the tree. Else the name of a preopened directory of its own, any
                             * text; guest_path is not used */
} cap_wasi_mount;

/* Called for the deny-all import: every look-up below an internal mount whose look-ups are reported, found (something is there, even if the
 * guest may not see what) or not, so that the image cache can tell when it is stale. Directories too: a listing is looked
 * up as its directory. Names that are never shown are not reported. `guest_path` absolute and normal. */
typedef void cap_wasi_lookup_callback(void *context, const char *guest_path, bool found);

/* Called with guest output, on the guest's thread, after it was counted; fd is 1 or 2. Never more than the
 * limit in total. Answers 0, or -1 when the sink is closed (the guest then sees EPIPE). */
typedef int cap_wasi_output_callback(void *context, int fd, const void *bytes, size_t length);

/* Called once per denied path operation: `what` is a short text for people ("read-only mount", "outside every mount"). */
typedef void cap_wasi_denial_callback(void *context, const char *operation, const char *guest_path, const char *what);

/* A file of the host, named by identity. */
typedef struct cap_wasi_inode {
    uint64_t device; /* st_dev */
    uint64_t inode;  /* st_ino */
} cap_wasi_inode;

/* What runs added to the host's disks so far, against write_limit and inode_limit. Several states may share one, on any
 * threads: a task and its subtasks. Zero at first. */
typedef struct cap_wasi_account {
    uint64_t bytes;  /* net growth of files, never below 0; both by __atomic operations */
    uint32_t inodes;
} cap_wasi_account;
/* Where the clocks of a run get their time. */
typedef enum cap_wasi_clock_mode {
    CAP_WASI_CLOCK_REAL = 0, /* from the host */
    CAP_WASI_CLOCK_FROZEN,   /* every clock stands still where it starts; what waits for one is due at once */
    /* Virtual: all clocks move by CAP_WASI_CLOCK_STEP_NS when one is read or a poll ends, and when the guest waits, at
     * once to where the wait ends. Nothing of the host's time is seen, and no time passes in waits. */
    CAP_WASI_CLOCK_STEPPING
} cap_wasi_clock_mode;

#define CAP_WASI_CLOCK_STEP_NS UINT64_C(1000)
#define CAP_WASI_CLOCK_ORIGIN_NS UINT64_C(1735689600000000000) /* 2025-01-01T00:00:00Z: where virtual time begins */
#define CAP_WASI_CLOCK_END_NS (UINT64_C(1) << 62)              /* virtual time ends that long after: waits beyond never end */
#define CAP_WASI_SEED_DEFAULT UINT64_C(0)

/* Every field zero or NULL means its default. Everything pointed to is borrowed and must outlive the cap_wasi,
 * except strings of argv and envp, which are copied. */
typedef struct cap_wasi_config {
    const cap_wasi_mount *mounts;
    size_t mount_count;
    const char *const *argv; /* NULL-terminated */
    const char *const *envp; /* NULL-terminated "K=V" */
    int stdin_fd;            /* 0 or less: empty stdin; else borrowed */
    cap_wasi_output_callback *output;
    void *output_context;
    uint64_t output_limit;   /* bytes, stdout + stderr; 0: 16 MB. One byte more: CAP_STOP_OUTPUT, head delivered */
    cap_wasi_lookup_callback *lookup;
    void *lookup_context;
    cap_wasi_denial_callback *denial;
    void *denial_context;
    uint32_t descriptor_limit;   /* 0: 256; at most 4096 */
    uint64_t write_limit;        /* logical bytes written or allocated, in all mounts; 0: 1 GB */
    uint32_t inode_limit;        /* files, directories, links created; 0: 10,000 */
    cap_wasi_account *account;   /* NULL: one of its own */
    /* A directory in memory, writable, empty at first and gone with the cap_wasi: of so many bytes (logical file bytes, and
     * the memory behind them); 0: none. A mount with the same guest path stands before it. */
    uint64_t tmp_limit;
    uint32_t tmp_inode_limit;    /* files, directories and links in it; 0: 10,000 */
    const char *tmp_path;        /* NULL: "/tmp" */
    bool tmp_preopen;            /* it is a preopened directory of its own, of that name */
    uint64_t monotonic_start_ns; /* what the monotonic clock shows at creation (image base) */
    uint64_t cpu_start_ns;       /* the same for the process clock */
    uint64_t cpu_base_ns;        /* what the thread's CPU clock showed then; 0: what it shows at creation */
    cap_wasi_clock_mode clock_mode;
    uint64_t realtime_start_ns;  /* FROZEN, STEPPING: what the time of day is at creation */
    bool random_seeded;          /* random_get answers a sequence that random_seed decides; else the kernel's entropy */
    uint64_t random_seed;
    /* Nothing that the host's file systems decide is shown: inode numbers count from 1 in the order the guest meets files,
     * times are CAP_WASI_CLOCK_ORIGIN_NS until the run changes a file, directories have size 0 and one link, and stdin is
     * always ready and read until the buffer is full. */
    bool steady_files;
    /* Never written, renamed, replaced or removed through a mount: the program's own files, and the directories that
     * lead to them (else a guest could rename such a directory and put another in its place). */
    const cap_wasi_inode *protected_inodes;
    size_t protected_count;
    /* A directory of the host below which nothing is made, written, renamed or removed through a mount; NULL: none. It is
     * one of protected_inodes too. */
    const cap_wasi_inode *protected_tree;
    const int *socket_fds;       /* sockets the guest finds at descriptors 4, 5, ...; borrowed, made non-blocking */
    size_t socket_count;
    /* Whoever opens a file or directory gets, besides the rights to read and write as asked for, all other rights that the
     * directory passes on. Modules of other origin count on it: many are written for runtimes that know no rights. */
    bool implied_rights;
} cap_wasi_config;

/* What the run did that is not pure (bits), for program images. */
enum {
    CAP_IMPURE_CLOCK = 1,
    CAP_IMPURE_RANDOM = 2,
    CAP_IMPURE_ENVIRONMENT = 4,
    CAP_IMPURE_ARGUMENTS = 8,
    CAP_IMPURE_FILES = 16, /* touched anything outside internal mounts, successfully or not */
    CAP_IMPURE_STDIN = 32,
    CAP_IMPURE_OUTPUT = 64
};

/* Creates the state of one run; NULL when memory is short or the configuration breaks a rule stated above (mount
 * count, guest paths). To be called on the thread that will run the guest: the process clock is that thread's. Opens
 * nothing and duplicates nothing. */
cap_wasi *cap_wasi_create(const cap_wasi_config *config);
/* Closes every descriptor the guest left open. NULL is fine. */
void cap_wasi_free(cap_wasi *wasi);

uint32_t cap_wasi_impurity(const cap_wasi *wasi);
uint64_t cap_wasi_output_bytes(const cap_wasi *wasi);   /* asked to be written by the guest so far */
cap_excess cap_wasi_disk_excess(const cap_wasi *wasi);  /* the last thing that failed with EDQUOT in a mount, if any did */
uint64_t cap_wasi_disk_bytes(const cap_wasi *wasi);     /* charged against write_limit so far: net growth of files */
uint32_t cap_wasi_disk_inodes(const cap_wasi *wasi);    /* charged against inode_limit so far */
uint64_t cap_wasi_monotonic_now(const cap_wasi *wasi);  /* what the guest's clock shows, ns */
uint64_t cap_wasi_cpu_now(const cap_wasi *wasi);
/* Virtual time since creation, ns (0 in other clock modes), and moving it forward to `elapsed_ns`, as a wait does. */
uint64_t cap_wasi_elapsed(const cap_wasi *wasi);
void cap_wasi_wait_until(cap_wasi *wasi, uint64_t elapsed_ns);
/* One step of virtual time: every call that waits or looks takes one, so that no guest can look for ever. */
void cap_wasi_step(cap_wasi *wasi);
/* The seed of one of many: siblings of one parent differ, and each differs from the parent. */
uint64_t cap_wasi_seed_derive(uint64_t seed, uint64_t index);
/* Calls so far that used a descriptor: of a file, directory, stream or socket, or one that a path begins at. */
uint64_t cap_wasi_file_calls(const cap_wasi *wasi);
/* Path operations denied so far. */
uint64_t cap_wasi_denials(const cap_wasi *wasi);
/* Text about the last denial of this run ("" when none), for capsule.last_denial; valid until the next WASI call. */
const char *cap_wasi_last_denial(const cap_wasi *wasi);

#define CAP_DENIAL_PATH_MAX 512u /* bytes of a path whose denial is kept, the NUL included */

/* Why, where a line of a policy could change it. */
#define CAP_DENIED_OUTSIDE "outside every mount"
#define CAP_DENIED_NO_FILES "no files are granted"
#define CAP_DENIED_READ_ONLY "read-only mount"
#define CAP_DENIED_PROTECTED "protected file"

typedef struct cap_wasi_denial {
    const char *operation; /* "open", ...; static, like `what` */
    const char *what;      /* why: one of CAP_DENIED_... or another text for people */
    char path[CAP_DENIAL_PATH_MAX]; /* what was asked for: absolute, normal as text */
} cap_wasi_denial;

/* The latest of the last denials that was about this path (absolute), or NULL. Valid until the next WASI call. */
const cap_wasi_denial *cap_wasi_denial_of(const cap_wasi *wasi, const char *guest_path);

/* True when the kernel offers what containment of an operator's directories needs (openat2). Otherwise *missing (may be
 * NULL) names it, and mounts that are not internal are left out: the guest finds nothing there (ENOENT). */
bool cap_wasi_kernel_supported(const char **missing);

/* Puts a connected or listening socket (ownership passes; non-blocking from here on) at the lowest free descriptor:
 * 0 and *ret_fd, or a preview 1 errno and the socket stays the caller's. For the network's host functions. */
uint32_t cap_wasi_add_socket(cap_wasi *wasi, int host_fd, uint32_t *ret_fd);

/* Kinds of a lock (CAPSULE_LOCK_* of guests/abi/capsule_abi.h). */
enum { CAP_LOCK_NONE = 0, CAP_LOCK_SHARED = 1, CAP_LOCK_EXCLUSIVE = 2, CAP_LOCK_TEST = 4 };

/* Takes, changes or gives up (CAP_LOCK_NONE) a lock on `length` bytes from `start` of the file `fd`; length 0: to the end,
 * wherever that will be. With CAP_LOCK_TEST nothing changes. Never waits: EAGAIN when somebody else has a lock in the
 * way. EBADF for an exclusive lock on a file that is not open for writing; ENOLCK for too many files; EINVAL for a range
 * or kind that cannot be. For capsule.file_lock. */
uint32_t cap_wasi_file_lock(cap_host *host, uint32_t fd, uint32_t kind, uint64_t start, uint64_t length);

/* The 46 functions of wasi_snapshot_preview1, ended by a NULL module. */
extern const cap_host_function cap_wasi_functions[];

#endif
