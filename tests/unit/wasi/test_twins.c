/* The same random calls on a directory of the host and on the one in memory: the same answers, and the same tree.
 * CAPSULE_TWIN_SEEDS sets how long this goes on. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memfs_check.h"
#include "wasi/state.h"
#include "wasi/wire.h"

enum { DEFAULT_SEEDS = 20, STEPS = 1500, NAMES = 14, OPEN = 4 };

static const char *const names[NAMES] = {"a",   "b",     "c",       "a/b",     "a/c",   "b/a",     "c/b/a",
                                         "a/b/c", "b/../a", "a/b/", "c/", "link", "a/link", "link/b"};
static const char *const tops[2] = {"host", "memory"};

typedef struct twins {
    fixture *f;
    uint32_t open[OPEN][2]; /* the same file in both; 0: none */
    uint32_t random;
} twins;

static int setup_twins(void **state) {
    if (setup_bare(state)) return -1;
    fixture *f = *state;
    static cap_wasi_mount mount;
    mount = (cap_wasi_mount){.guest_path = "/host", .host_fd = f->mount_fd, .writable = true};
    start(f, &(cap_wasi_config){.mounts = &mount, .mount_count = 1, .tmp_limit = UINT64_C(1) << 30, .tmp_path = "/memory",
                                .write_limit = UINT64_C(1) << 40, .inode_limit = UINT32_MAX});
    return 0;
}

static uint32_t draw(twins *t, uint32_t below) {
    t->random = t->random * 1664525u + 1013904223u;
    return (t->random >> 8) % below;
}

static const char *path_of(int side, const char *name) {
    static char paths[4][64];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", tops[side], name);
    return path;
}

/* One call on names; its errno. */
static uint32_t call_names(fixture *f, int side, uint32_t which, const char *one, const char *other) {
    switch (which) {
    case 0: return make_directory(f, path_of(side, one));
    case 1: return remove_directory(f, path_of(side, one));
    case 2: return unlink_file(f, path_of(side, one));
    case 3: return rename_path(f, path_of(side, one), path_of(side, other));
    case 4: return link_path(f, path_of(side, one), path_of(side, other));
    case 5: return symlink_path(f, other, path_of(side, one));
    case 6: return put_file(f, path_of(side, one), other);
    default: return set_times(f, path_of(side, one), which, WASI_FST_MTIM | WASI_FST_ATIM);
    }
}

/* Opens a file on both sides, or closes one that is. */
static void open_or_close(twins *t, uint32_t slot, const char *name, uint32_t oflags, uint32_t fdflags) {
    if (t->open[slot][0]) {
        for (int side = 0; side < 2; side++) cap_wasi_fd_close(&t->f->host, t->open[slot][side]);
        t->open[slot][0] = t->open[slot][1] = 0;
        return;
    }
    int32_t fds[2];
    for (int side = 0; side < 2; side++)
        fds[side] = open_as(t->f, ROOT, path_of(side, name), FOLLOW, oflags, ALL_RIGHTS, fdflags);
    if (fds[0] < 0 || fds[1] < 0) {
        assert_int_equal(fds[0], fds[1]);
        return;
    }
    for (int side = 0; side < 2; side++) t->open[slot][side] = (uint32_t)fds[side];
}

/* Writes, cuts, extends or reads an open file on both sides. */
static void use_open(twins *t, uint32_t slot) {
    uint64_t offset = draw(t, 20000), size = draw(t, 20000);
    uint32_t which = draw(t, 4), length = draw(t, 6000);
    static char bytes[2][6000];
    uint32_t error[2] = {0}, count[2] = {0};
    if (!t->open[slot][0]) return;
    memset(bytes[0], (int)('a' + draw(t, 26)), sizeof bytes[0]);
    for (int side = 0; side < 2; side++) {
        uint32_t fd = t->open[slot][side];
        if (which == 0) error[side] = pwrite_fd(t->f, fd, bytes[0], length, offset, &count[side]);
        if (which == 1) error[side] = cap_wasi_fd_filestat_set_size(&t->f->host, fd, size);
        if (which == 2) error[side] = cap_wasi_fd_allocate(&t->f->host, fd, offset, length);
    }
    if (which == 3)
        for (int side = 0; side < 2; side++) error[side] = read_fd(t->f, t->open[slot][side], bytes[side], length, &count[side]);
    assert_int_equal(error[0], error[1]);
    assert_int_equal(count[0], count[1]);
    if (which == 3) assert_memory_equal(bytes[0], bytes[1], count[0]);
}

/* What can be told about a name, without what is each side's own (numbers, times not set). */
static void compare_name(fixture *f, const char *name) {
    stat_result status[2];
    uint32_t error[2];
    char target[2][64];
    for (uint32_t follow = 0; follow < 2; follow++) {
        for (int side = 0; side < 2; side++)
            error[side] = stat_path(f, ROOT, path_of(side, name), follow, &status[side]);
        assert_int_equal(error[0], error[1]);
        if (error[0]) continue;
        assert_int_equal(status[0].filetype, status[1].filetype);
        if (status[0].filetype == WASI_FILETYPE_DIRECTORY) continue; /* sizes and links of those are the disk's affair */
        assert_int_equal(status[0].size, status[1].size);
        assert_int_equal(status[0].links, status[1].links);
    }
    for (int side = 0; side < 2; side++) {
        memset(target[side], 0, sizeof target[side]);
        error[side] = readlink_path(f, path_of(side, name), target[side], sizeof target[side]);
    }
    assert_int_equal(error[0], error[1]);
    assert_memory_equal(target[0], target[1], sizeof target[0]);
}

static void compare_listing(fixture *f, const char *name) {
    char text[1024];
    snprintf(text, sizeof text, "%s", list(f, path_of(0, name)));
    assert_string_equal(list(f, path_of(1, name)), text);
}

static void step(twins *t) {
    const char *one = names[draw(t, NAMES)], *other = names[draw(t, NAMES)];
    uint32_t which = draw(t, 12), slot = draw(t, OPEN);
    static const uint32_t oflags[] = {0, WASI_OFLAG_CREAT, WASI_OFLAG_CREAT | WASI_OFLAG_EXCL, WASI_OFLAG_CREAT | WASI_OFLAG_TRUNC};
    forget(t->f);
    if (which == 8) {
        open_or_close(t, slot, one, oflags[draw(t, 4)], draw(t, 4) ? 0 : WASI_FDFLAG_APPEND);
    } else if (which > 8) {
        use_open(t, slot);
    } else {
        uint32_t host = call_names(t->f, 0, which, one, other), memory = call_names(t->f, 1, which, one, other);
        if (host != memory) fail_msg("call %u of %s, %s: host %u, memory %u", which, one, other, host, memory);
    }
    compare_name(t->f, one);
}

static void both_answer_alike(void **state) {
    fixture *f = *state;
    const char *text = getenv("CAPSULE_TWIN_SEEDS");
    const uint32_t seeds = text ? (uint32_t)atoi(text) : DEFAULT_SEEDS;
    for (uint32_t seed = 0; seed < seeds; seed++) {
        twins t = {.f = f, .random = seed};
        for (int i = 0; i < STEPS; i++) step(&t);
        for (int i = 0; i < NAMES; i++) {
            compare_name(f, names[i]);
            compare_listing(f, names[i]);
        }
        compare_listing(f, "");
        for (uint32_t slot = 0; slot < OPEN; slot++)
            if (t.open[slot][0]) open_or_close(&t, slot, "", 0, 0);
        assert_null(memfs_problem(f->wasi->memory));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_answer_alike, setup_twins, teardown),
    };
    return cmocka_run_group_tests_name("wasi.twins", tests, NULL, NULL);
}
