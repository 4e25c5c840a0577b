/* Directory encoding: a host directory with any names, read by a guest in buffers of any size from any cookie.
 *
 * readdir is wrapped, so that a directory is what the input says: names that no file system of this machine would make,
 * entries of unknown type, errors in the middle. What a guest gets must be the same bytes whatever pieces it asks for,
 * in order, and nothing but what it may see; no byte beyond what was answered changes.
 *
 * Input: a byte for what the run is given and which directory is read; entries, each a type, a length and a name, up to
 * a zero; then reads, each a buffer's length and a cookie. */
#include "wasi_scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ENTRIES_FED = 48, NAME_FED = 40, READS_MAX = 12, PATH_AT = 0, RET_AT = 0x80, BUFFER_AT = 0x1000, WHOLE = 0x4000, MARGIN = 64, UNTOUCHED = 0xa5 };

/* ---- The host's directory ---- */

static struct {
    bool feeding;
    int fd;
    size_t next, count;
    struct dirent entries[ENTRIES_FED];
    bool broken; /* it ends with an error */
} fed;

DIR *__real_fdopendir(int fd);
struct dirent *__real_readdir(DIR *stream);
int __real_closedir(DIR *stream);
int __real_dirfd(DIR *stream);
DIR *__wrap_fdopendir(int fd);
struct dirent *__wrap_readdir(DIR *stream);
int __wrap_closedir(DIR *stream);
int __wrap_dirfd(DIR *stream);

static bool is_fed(const DIR *stream) { return (const void *)stream == (const void *)&fed; }

DIR *__wrap_fdopendir(int fd) {
    if (!fed.feeding) return __real_fdopendir(fd);
    fed.fd = fd;
    fed.next = 0;
    return (DIR *)(void *)&fed;
}

struct dirent *__wrap_readdir(DIR *stream) {
    if (!is_fed(stream)) return __real_readdir(stream);
    if (fed.next < fed.count) return &fed.entries[fed.next++];
    if (fed.broken) errno = EIO;
    return NULL;
}

int __wrap_closedir(DIR *stream) { return is_fed(stream) ? close(fed.fd) : __real_closedir(stream); }
int __wrap_dirfd(DIR *stream) { return is_fed(stream) ? fed.fd : __real_dirfd(stream); }

/* ---- Input ---- */

typedef struct input {
    const uint8_t *at, *end;
} input;

static uint8_t take(input *in) { return in->at < in->end ? *in->at++ : 0; }

static void take_name(input *in, size_t length, char *name) {
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char c = (char)take(in);
        if (c && c != '/') name[used++] = c; /* the kernel lets neither through */
    }
    if (used == 0) name[used++] = 'x';
    name[used] = 0;
}

/* A name of the input's own, or one that means something here. */
static void take_entry(input *in, uint8_t type) {
    static const char *const known[] = {".", "..", ".capsule", ".CAPSULE", "nested", "data", "a.py", "module", ".hidden.py", "ro", "\xff", "\xc3\xa9"};
    static const uint8_t types[] = {DT_REG, DT_DIR, DT_LNK, DT_CHR, DT_BLK, DT_SOCK, DT_FIFO, DT_UNKNOWN};
    struct dirent *entry = &fed.entries[fed.count++];
    uint8_t length = take(in);
    *entry = (struct dirent){.d_ino = fed.count, .d_type = types[type & 7]};
    if (length < 0xc0) {
        take_name(in, length % NAME_FED, entry->d_name);
    } else if (length < 0xf0) {
        strcpy(entry->d_name, known[length % (sizeof known / sizeof known[0])]);
    } else {
        memset(entry->d_name, 'a' + length % 16, 255);
        entry->d_name[255] = 0;
    }
}

static void take_directory(input *in) {
    fed.count = 0;
    fed.broken = false;
    for (uint8_t type; fed.count < ENTRIES_FED && (type = take(in));) {
        if (type == 0xff) {
            fed.broken = true;
            return;
        }
        take_entry(in, type);
    }
}

/* ---- Reading ---- */

static uint8_t whole[WHOLE];                  /* the listing from its beginning */
static uint32_t starts[ENTRIES_FED + 16], entries_seen, whole_size; /* where entry i begins; starts[entries_seen]: the end */

/* A buffer as it is before and after a read, with what lies around it. */
UNWATCHED static void set_around(uint32_t from, uint32_t to) { memset(world.memory.base + from, UNTOUCHED, to - from); }
UNWATCHED static void check_around(uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; i++) MUST(world.memory.base[i] == UNTOUCHED);
}

static uint32_t read_piece(uint32_t fd, uint32_t at, uint32_t length, uint64_t cookie, uint32_t *ret_used) {
    uint32_t from = at - MARGIN, to = at + length + MARGIN < GUEST_SIZE ? at + length + MARGIN : GUEST_SIZE;
    set_around(from, to);
    fed.feeding = true;
    uint32_t error = cap_wasi_fd_readdir(&world.host, fd, at, length, cookie, RET_AT);
    fed.feeding = false;
    *ret_used = error ? 0 : cap_wire_get32(world.memory.base + RET_AT);
    MUST(*ret_used <= length);
    check_around(from, at);
    check_around(at + *ret_used, to);
    return error;
}

static void check_name(const char *name, uint32_t length, uint32_t index) {
    MUST(length > 0 && length <= 255);
    for (uint32_t i = 0; i < length; i++) MUST(name[i] != 0 && name[i] != '/');
    if (index < 2) MUST(length == index + 1 && name[0] == '.');
    MUST(!(length == 8 && strncasecmp(name, ".capsule", 8) == 0));
    MUST(!(length == 1 && (uint8_t)name[0] == 0xff));
}

/* Splits the whole listing, and looks at every entry. */
static void check_whole(void) {
    const char *before = NULL;
    uint32_t before_length = 0;
    entries_seen = 0;
    for (uint32_t at = 0; at < whole_size;) {
        MUST(at + WASI_SIZE_DIRENT <= whole_size && entries_seen < ENTRIES_FED + 8);
        uint32_t length = cap_wire_get32(whole + at + 16);
        const char *name = (const char *)whole + at + WASI_SIZE_DIRENT;
        MUST(at + WASI_SIZE_DIRENT + length <= whole_size);
        MUST(cap_wire_get64(whole + at) == entries_seen + 1);
        MUST(whole[at + 20] <= WASI_FILETYPE_SYMBOLIC_LINK);
        check_name(name, length, entries_seen);
        if (entries_seen > 2) {
            int order = memcmp(before, name, before_length < length ? before_length : length);
            MUST(order < 0 || (order == 0 && before_length <= length));
        }
        before = name;
        before_length = length;
        starts[entries_seen++] = at;
        at += WASI_SIZE_DIRENT + length;
    }
    MUST(whole_size < WHOLE);
    starts[entries_seen] = whole_size;
}

/* Any piece is what the whole has there. */
static void check_piece(input *in, uint32_t fd) {
    uint32_t length = take(in) | (uint32_t)(take(in) & 0x0f) << 8, used;
    uint64_t cookie = take(in);
    if (cookie == 0xff) cookie = UINT64_MAX - take(in);
    uint32_t at = take(in) & 1 ? GUEST_SIZE - length : BUFFER_AT + 8;
    if (read_piece(fd, at, length, cookie, &used)) return;
    uint32_t start = starts[cookie < entries_seen ? cookie : entries_seen];
    uint32_t left = whole_size - start;
    MUST(used == (left < length ? left : length));
    MUST(memcmp(world.memory.base + at, whole + start, used) == 0);
}

static bool open_directory(input *in, uint32_t *ret_fd) {
    static const char *const directories[] = {"data", "data/dir", ".capsule/app", ".", "ro", "data/nested", "data/ind", "data/full"};
    const char *path = directories[take(in) & 7];
    memcpy(world.memory.base + PATH_AT, path, strlen(path));
    if (cap_wasi_path_open(&world.host, 3, 1, PATH_AT, (uint32_t)strlen(path), WASI_OFLAG_DIRECTORY,
                           WASI_RIGHT_FD_READDIR, 0, 0, RET_AT))
        return false;
    *ret_fd = cap_wire_get32(world.memory.base + RET_AT);
    return true;
}

static void list(input *in) {
    uint32_t fd;
    if (!open_directory(in, &fd)) return;
    take_directory(in);
    if (read_piece(fd, BUFFER_AT, WHOLE, 0, &whole_size)) return;
    memcpy(whole, world.memory.base + BUFFER_AT, whole_size);
    check_whole();
    for (int i = 0; in->at < in->end && i < READS_MAX; i++) check_piece(in, fd);
    uint32_t used;
    MUST(read_piece(fd, GUEST_SIZE - 8, 8, 0, &used) == WASI_OK || fed.broken);
    MUST(cap_wasi_fd_readdir(&world.host, fd, GUEST_SIZE - 8, 9, 0, RET_AT) == WASI_EFAULT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    prepare_world();
    input in = {.at = data, .end = data + size};
    int lowest = lowest_descriptor();
    start_run(take(&in) & WITH_ROOT);
    list(&in);
    finish_run(lowest);
    return 0;
}
