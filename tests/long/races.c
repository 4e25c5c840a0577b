/* races [CALLS]: a million file calls of a guest (or CALLS) while a thread and a process of the host change the tree under
 * it: names that swap between a directory and a link out, a file and a link to a canary, a file and a hard link to a
 * protected one; directories that move up and down, and out of the mount and back. Zero escapes: no canary is read, written,
 * described or given another name, nothing is made beside the mount, and the protected file keeps its content. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/wasi/support.h"

#include "wasi/wire.h"

enum { DEFAULT_CALLS = 1000000 };

static atomic_bool done;

/* What the guest saw; a race that never shows both sides of a swap proves nothing. */
static struct {
    uint64_t calls, opened, refused, missing, canaries;
} seen;

/* ---- The host's side ---- */

static void swap(int mount, const char *a, const char *b) { renameat2(mount, a, mount, b, RENAME_EXCHANGE); }

/* Links out, and directories that move; the pieces that two attackers share are moved by each as it finds them. */
static void disturb(const fixture *f) {
    int mount = f->mount_fd;
    swap(mount, "swap", "swap-link");
    swap(mount, "leaf", "leaf-link");
    swap(mount, "maybe", "kept-link");
    renameat(mount, "a/deep", mount, "deep");
    renameat(mount, "deep", mount, "a/deep");
    renameat(mount, "roam", f->scratch_fd, "parking/roam");
    swap(mount, "a/inner", "inner-link");
    renameat(f->scratch_fd, "parking/roam", mount, "roam");
}

static void *attack(void *context) {
    while (!atomic_load(&done)) disturb(context);
    return NULL;
}

static pid_t attack_from_a_process(const fixture *f) {
    pid_t child = fork();
    if (child == 0)
        for (;;) disturb(f);
    assert_true(child > 0);
    return child;
}

/* ---- The guest's side ---- */

static uint32_t note(uint32_t error) {
    seen.calls++;
    seen.opened += error == WASI_OK;
    seen.refused += error == WASI_EPERM || error == WASI_ELOOP;
    seen.missing += error == WASI_ENOENT;
    return error;
}

static const struct stat *forbidden; /* what must never be described: two canaries and their directories */
enum { FORBIDDEN = 4 };
static const char *const forbidden_paths[FORBIDDEN] = {"outside", "outside/canary", "parking", "parking/canary"};

static void check_status(const stat_result *status) {
    for (int i = 0; i < FORBIDDEN; i++) seen.canaries += status->inode == forbidden[i].st_ino;
}

static void read_it(fixture *f, int32_t fd) {
    char buffer[64];
    stat_result status;
    note(fd < 0 ? (uint32_t)-fd : WASI_OK);
    if (fd < 0) return;
    if (note(stat_fd(f, (uint32_t)fd, &status)) == WASI_OK) check_status(&status);
    if (note(read_fd(f, (uint32_t)fd, buffer, sizeof buffer, NULL)) == WASI_OK) seen.canaries += strstr(buffer, CANARY) != NULL;
    note(cap_wasi_fd_close(&f->host, (uint32_t)fd));
}

static void write_it(fixture *f, int32_t fd) {
    note(fd < 0 ? (uint32_t)-fd : WASI_OK);
    if (fd < 0) return;
    note(write_fd(f, (uint32_t)fd, "guest", 5, NULL));
    note(cap_wasi_fd_close(&f->host, (uint32_t)fd));
}

static const char *const paths[] = {
    "data/swap/canary", "data/leaf", "data/swap/../leaf", "data/a/deep/../../leaf", "data/a/deep/../../../../outside/canary",
    "data/a/deep/swap/canary", "data/roam/canary", "data/roam/../canary", "data/roam/in/../../canary", "data/roam/up/canary",
    "data/a/inner/canary", "data/a/inner/../inner/canary", "data/swap/", "data/maybe", "data/roam/in/", "data/a/deep"};

static void look_at_everything(fixture *f) {
    stat_result status;
    char target[64];
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        forget(f);
        read_it(f, open_read(f, paths[i]));
        for (uint32_t follow = 0; follow < 2; follow++)
            if (note(stat_path(f, ROOT, paths[i], follow, &status)) == WASI_OK) check_status(&status);
        note(readlink_path(f, paths[i], target, sizeof target));
    }
    static const char *const directories[] = {"data/swap", "data/roam", "data/a/inner", "data/roam/.."};
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
        seen.calls += 3;
        seen.canaries += strstr(list(f, directories[i]), "canary") != NULL;
    }
}

/* What would be made, moved or written outside if a walk went astray. */
static void change_everything(fixture *f) {
    forget(f);
    write_it(f, open_create(f, "data/swap/made"));
    write_it(f, open_create(f, "data/roam/../made"));
    write_it(f, open_create(f, "data/a/inner/made"));
    write_it(f, open_as(f, ROOT, "data/leaf", FOLLOW, WASI_OFLAG_TRUNC, ALL_RIGHTS, 0));
    write_it(f, open_as(f, ROOT, "data/swap/canary", FOLLOW, WASI_OFLAG_TRUNC, ALL_RIGHTS, 0));
    write_it(f, open_as(f, ROOT, "data/maybe", 0, WASI_OFLAG_TRUNC, ALL_RIGHTS, 0));
    write_it(f, open_write(f, "data/maybe"));
    forget(f);
    note(make_directory(f, "data/swap/dir"));
    note(make_directory(f, "data/roam/../dir"));
    note(symlink_path(f, "x", "data/swap/link"));
    note(set_times(f, "data/leaf", 1, WASI_FST_MTIM));
    note(set_times(f, "data/swap/", 1, WASI_FST_MTIM));
    note(set_times(f, "data/roam/../canary", 1, WASI_FST_MTIM));
    forget(f);
    note(link_path(f, "data/swap/canary", "data/stolen"));
    note(link_path(f, "data/roam/../canary", "data/stolen"));
    note(rename_path(f, "data/swap/canary", "data/stolen"));
    note(rename_path(f, "data/spare", "data/swap/spare"));
    note(rename_path(f, "data/swap/spare", "data/spare"));
    note(unlink_file(f, "data/swap/canary"));
    note(unlink_file(f, "data/roam/../canary"));
    note(remove_directory(f, "data/swap/dir"));
    note(remove_directory(f, "data/dir"));
}

/* ---- The whole ---- */

static void plant(fixture *f) {
    static const char *const directories[] = {"parking", "mount/swap", "mount/a", "mount/a/deep", "mount/a/inner", "mount/roam", "mount/roam/in"};
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) host_mkdir(f, directories[i]);
    host_file(f, "parking/canary", CANARY);
    host_file(f, "kept", "protected");
    host_file(f, "mount/leaf", "leaf");
    host_file(f, "mount/maybe", "free");
    host_file(f, "mount/spare", "spare");
    assert_int_equal(linkat(f->scratch_fd, "kept", f->mount_fd, "kept-link", 0), 0);
    host_link(f, "../outside", "mount/swap-link");
    host_link(f, "../outside/canary", "mount/leaf-link");
    host_link(f, "../../outside", "mount/inner-link");
    host_link(f, "../../swap", "mount/a/deep/swap");
    host_link(f, "..", "mount/roam/up");
}

static struct stat status_of(const fixture *f, const char *path) {
    struct stat status;
    assert_int_equal(fstatat(f->scratch_fd, path, &status, AT_SYMLINK_NOFOLLOW), 0);
    return status;
}

static void start_protected(fixture *f) {
    static cap_wasi_mount mount;
    static cap_wasi_inode kept;
    struct stat status = status_of(f, "kept");
    kept = (cap_wasi_inode){status.st_dev, status.st_ino};
    mount = (cap_wasi_mount){.guest_path = "/data", .host_fd = f->mount_fd, .writable = true};
    start(f, &(cap_wasi_config){.mounts = &mount, .mount_count = 1, .protected_inodes = &kept, .protected_count = 1,
                                .inode_limit = UINT32_MAX, .write_limit = UINT64_C(1) << 40});
}

static uint64_t calls_wanted = DEFAULT_CALLS;

static void no_call_leads_out(void **state) {
    fixture *f = *state;
    struct stat before[FORBIDDEN];
    pthread_t thread;
    plant(f);
    start_protected(f);
    for (int i = 0; i < FORBIDDEN; i++) before[i] = status_of(f, forbidden_paths[i]);
    forbidden = before;
    pid_t process = attack_from_a_process(f);
    assert_int_equal(pthread_create(&thread, NULL, attack, f), 0);
    while (seen.calls < calls_wanted) {
        look_at_everything(f);
        change_everything(f);
    }
    atomic_store(&done, true);
    pthread_join(thread, NULL);
    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
    printf("%llu calls: %llu fine, %llu refused, %llu found nothing, %llu escapes\n", (unsigned long long)seen.calls,
           (unsigned long long)seen.opened, (unsigned long long)seen.refused, (unsigned long long)seen.missing,
           (unsigned long long)seen.canaries);
    assert_int_equal(seen.canaries, 0);
    assert_true(seen.opened > seen.calls / 100 && seen.refused > seen.calls / 1000 && seen.missing > seen.calls / 1000);
    for (int i = 0; i < FORBIDDEN; i++) {
        struct stat after = status_of(f, forbidden_paths[i]);
        if (!S_ISDIR(after.st_mode)) assert_int_equal(after.st_nlink, before[i].st_nlink);
        if (strcmp(forbidden_paths[i], "parking") == 0) continue; /* the host's own renames change it */
        assert_memory_equal(&after.st_mtim, &before[i].st_mtim, sizeof after.st_mtim);
        assert_memory_equal(&after.st_ctim, &before[i].st_ctim, sizeof after.st_ctim);
    }
    static const char *const strays[] = {"outside/made", "outside/dir", "outside/link", "outside/spare", "parking/made", "parking/dir",
                                         "made", "dir", "mount/stolen"};
    for (size_t i = 0; i < sizeof strays / sizeof strays[0]; i++) assert_false(host_exists(f, strays[i]));
    assert_string_equal(host_read(f, "outside/canary"), CANARY);
    assert_string_equal(host_read(f, "parking/canary"), CANARY);
    assert_string_equal(host_read(f, "kept"), "protected");
}

int main(int count, char **arguments) {
    if (count > 1) calls_wanted = strtoull(arguments[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_call_leads_out, setup_bare, teardown),
    };
    return cmocka_run_group_tests_name("races", tests, NULL, NULL);
}
