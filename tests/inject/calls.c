/* System calls, counted and refused. A seccomp filter in the process under test hands those of interest to its parent,
 * which lets them go on or answers an error. Calls of processes that the child starts (a bundler) go on uncounted. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "inject.h"

/* What may fail, and how it would: the error a full or broken machine gives. Not here: closing, unmapping and waking,
 * which a program can do nothing about, and brk, which
 * answers no error. */
static const struct {
    int number, error;
    const char *name;
} sites[] = {
#define SITE(name, error) {SYS_##name, error, #name}
    SITE(open, EMFILE),       SITE(openat, EMFILE),      SITE(openat2, EMFILE),    SITE(read, EIO),         SITE(pread64, EIO),
    SITE(readv, EIO),         SITE(preadv, EIO),         SITE(write, EIO),         SITE(pwrite64, ENOSPC),  SITE(writev, EIO),
    SITE(pwritev, ENOSPC),    SITE(fstat, EIO),          SITE(stat, EIO),          SITE(lstat, EIO),        SITE(newfstatat, EIO),
    SITE(statx, EIO),         SITE(mmap, ENOMEM),        SITE(mprotect, ENOMEM),   SITE(mremap, ENOMEM),
    SITE(clone, EAGAIN),      SITE(clone3, EAGAIN),      SITE(fork, EAGAIN),       SITE(vfork, EAGAIN),     SITE(eventfd2, EMFILE),
    SITE(epoll_create1, EMFILE), SITE(epoll_ctl, ENOSPC), SITE(memfd_create, EMFILE), SITE(pipe2, EMFILE),  SITE(socketpair, EMFILE),
    SITE(dup, EMFILE),        SITE(dup2, EMFILE),        SITE(dup3, EMFILE),       SITE(fcntl, EIO),        SITE(poll, ENOMEM),
    SITE(ppoll, ENOMEM),      SITE(getdents64, EIO),     SITE(lseek, EIO),         SITE(ftruncate, ENOSPC), SITE(fallocate, ENOSPC),
    SITE(fsync, EIO),         SITE(fdatasync, EIO),      SITE(flock, ENOLCK),      SITE(mkdir, ENOSPC),     SITE(mkdirat, ENOSPC),
    SITE(rename, EIO),        SITE(renameat, EIO),       SITE(renameat2, EIO),     SITE(unlink, EIO),       SITE(unlinkat, EIO),
    SITE(rmdir, EIO),         SITE(link, ENOSPC),        SITE(linkat, ENOSPC),     SITE(symlink, ENOSPC),   SITE(symlinkat, ENOSPC),
    SITE(readlink, EIO),      SITE(readlinkat, EIO),     SITE(access, EIO),        SITE(faccessat, EIO),    SITE(faccessat2, EIO),
    SITE(utimensat, EPERM),   SITE(fchmod, EPERM),       SITE(getcwd, EIO),        SITE(getrandom, EIO),    SITE(sched_getaffinity, EPERM),
    SITE(sigaltstack, ENOMEM), SITE(copy_file_range, EIO), SITE(sendfile, EIO),    SITE(prlimit64, EPERM),
#undef SITE
};
enum { SITES = sizeof sites / sizeof sites[0] };

static const int *error_of(int number) {
    for (int i = 0; i < SITES; i++)
        if (sites[i].number == number) return &sites[i].error;
    return NULL;
}

const char *inject_call_name(int number) {
    for (int i = 0; i < SITES; i++)
        if (sites[i].number == number) return sites[i].name;
    return "?";
}

/* ---- The child ---- */

static void die(const char *what) {
    perror(what);
    _exit(99);
}

static void send_descriptor(int channel, int fd) {
    char byte = 0, control[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec bytes = {&byte, 1};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd)};
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    if (sendmsg(channel, &message, 0) < 0) die("sendmsg");
}

void inject_calls_install(int channel) {
    struct sock_filter program[SITES + 3];
    size_t used = 0;
    program[used++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < SITES; i++)
        program[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)sites[i].number, (uint8_t)(SITES - i), 0);
    program[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    program[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    struct sock_fprog filter = {.len = (unsigned short)used, .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) die("no_new_privs");
    long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
    if (fd < 0) die("seccomp");
    send_descriptor(channel, (int)fd);
    syscall(SYS_close, fd);
}

/* ---- The supervisor ---- */

static int receive_descriptor(int channel) {
    int fd = -1;
    char byte, control[CMSG_SPACE(sizeof fd)];
    struct iovec bytes = {&byte, 1};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) <= 0) return -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header) memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}

/* Whether a thread is one of the child's own. */
static bool is_own(pid_t child, pid_t thread) {
    static pid_t known_child, known[64];
    static unsigned count;
    if (child != known_child) known_child = child, count = 0;
    for (unsigned i = 0; i < count && i < 64; i++)
        if (known[i] == thread) return true;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d", child, thread);
    if (access(path, F_OK)) return false;
    known[count++ % 64] = thread;
    return true;
}

/* Reading and writing an eventfd cannot fail, and code may rely on that. */
static bool cannot_fail(pid_t child, const struct seccomp_notif *asked) {
    char path[64], target[32];
    bool sanitizer = !inject_memory_available();
    if (sanitizer && (asked->data.nr == SYS_mmap || asked->data.nr == SYS_sigaltstack || asked->data.nr == SYS_sched_getaffinity))
        return true; /* a sanitizer makes these too (the last asking where a stack is), and ends the process when they fail */
    if (asked->data.nr != SYS_read && asked->data.nr != SYS_write) return false;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", child, (int)asked->data.args[0]);
    ssize_t length = readlink(path, target, sizeof target - 1);
    target[length > 0 ? length : 0] = 0;
    return strcmp(target, "anon_inode:[eventfd]") == 0;
}

/* The error this call gets; 0: it goes on. */
static int judge(pid_t child, const struct seccomp_notif *asked) {
    if (!atomic_load(&inject->armed) || !is_own(child, (pid_t)asked->pid) || cannot_fail(child, asked)) return 0;
    long number = atomic_fetch_add(&inject->counted, 1) + 1;
    if (number != atomic_load(&inject->fail_at)) return 0;
    atomic_store(&inject->failed_call, asked->data.nr);
    atomic_store(&inject->failed_fd, (int)asked->data.args[0]);
    const int *error = error_of(asked->data.nr);
    return error ? *error : 0;
}

static void answer_one(pid_t child, int listener) {
    struct seccomp_notif asked = {0};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked)) return; /* it was killed meanwhile */
    int error = judge(child, &asked);
    struct seccomp_notif_resp answer = {.id = asked.id, .error = -error, .flags = error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int inject_calls_supervise(pid_t child, int channel, unsigned seconds) {
    int status, listener = channel >= 0 ? receive_descriptor(channel) : -1;
    int64_t end = now_ms() + seconds * 1000;
    int process = (int)syscall(SYS_pidfd_open, child, 0);
    struct pollfd waits[2] = {{.fd = process, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
    while (now_ms() < end && poll(waits, listener >= 0 ? 2 : 1, 1000) >= 0) {
        if (listener >= 0 && waits[1].revents & POLLIN) answer_one(child, listener);
        if (waits[0].revents) break;
    }
    bool hung = !waits[0].revents;
    if (hung) kill(child, SIGKILL);
    if (listener >= 0) close(listener);
    close(process);
    if (waitpid(child, &status, 0) != child) return -1;
    return hung ? -1 : status;
}
