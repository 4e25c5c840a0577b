/* Sequences of preview 1 calls with any arguments. Nothing outside guest memory is read or written, nothing outside the
 * mounts is touched, and the number of descriptors stays bounded.
 *
 * Input: one byte for what the run is given, then calls. A call is a byte that chooses the function (or a write to guest memory)
 * and a selector byte for each parameter; after a parameter that chose a prepared path, the next is its length, unless the
 * input insists otherwise. */
#include "wasi_scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    FUNCTIONS = 46,
    PATHS = 0x0000,       /* 64 slots of 32 bytes */
    BUFFERS = 0x1000,     /* 32 buffers of 256 bytes */
    VECTORS = 0x8000,     /* prepared iovecs */
    SUBSCRIPTIONS = 0x9000,
    SLOT = 32,
    CALLS_MAX = 64
};

static const char *const paths[64] = {
    "data", "data/", "data/file", "data/file/", "data/dir", "data/dir/inner", "data/dir/..", "data/full/x", "data/in", "data/ind",
    "data/ind/inner", "data/ind/..", "data/out", "data/outd", "data/outd/canary", "data/up", "data/up/etc", "data/abs", "data/loop", "data/gone",
    "data/hid", "data/hid/trace.db", "data/.capsule", "data/.capsule/trace.db", "data/.env", "data/capsule.toml", "data/env", "data/fifo",
    "data/new", "data/new2", "data/newdir", "data/newdir/x", "data/dir/up", "data/dir/up/canary", "data/nested", "data/nested/file",
    "data/nested/../file", "data/nested/new", "ro", "ro/file", "ro/new", ".capsule", ".capsule/app", ".capsule/app/main.py", ".capsule/app/.env",
    ".", "..", "../..", "/", "/etc/passwd", "", "x", "file", "new", "dir", "inner", "../file", "nested", "out", "data/kept",
    "data/././dir//inner", "data/dir/../../data/file", "../outside/canary", "/data/file"};

static uint8_t template[GUEST_SIZE];

static void put_vector(uint32_t index, uint32_t pointer, uint32_t length) {
    cap_wire_put32(template + VECTORS + index * 8, pointer);
    cap_wire_put32(template + VECTORS + index * 8 + 4, length);
}

static void put_subscription(uint32_t index, uint8_t type, uint32_t id, uint64_t timeout, uint16_t flags) {
    uint8_t *at = template + SUBSCRIPTIONS + index * WASI_SIZE_SUBSCRIPTION;
    at[8] = type;
    cap_wire_put32(at + 16, id);
    cap_wire_put64(at + 24, timeout);
    cap_wire_put16(at + 40, flags);
}

static void prepare_template(void) {
    for (int i = 0; i < 64; i++) memcpy(template + PATHS + i * SLOT, paths[i], strlen(paths[i]));
    static const uint32_t lengths[] = {1, 10, 0, 256, 4096, 16, 3, 200};
    for (uint32_t i = 0; i < 8; i++) put_vector(i, BUFFERS + i * 256, lengths[i]);
    put_vector(8, GUEST_SIZE - 4, 4);
    put_vector(9, GUEST_SIZE - 4, 5);
    put_vector(10, UINT32_MAX, UINT32_MAX);
    for (uint32_t i = 0; i < 8; i++) put_subscription(i, (uint8_t)(i % 3), i, i * 50000, (uint16_t)(i & 1));
    put_subscription(8, WASI_EVENT_CLOCK, 1, UINT64_MAX, 0);
}

/* ---- Arguments ---- */

typedef struct input {
    const uint8_t *at, *end;
    bool after_path;      /* the next parameter is the length of */
    uint32_t path_length; /* this */
} input;

static uint8_t take(input *in) { return in->at < in->end ? *in->at++ : 0; }

static uint64_t take_raw(input *in, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) value |= (uint64_t)take(in) << (8 * i);
    return value;
}

static uint64_t argument(input *in) {
    static const uint64_t constants[8] = {WASI_RIGHTS_KNOWN, UINT32_MAX, UINT64_MAX, UINT64_C(1) << 40,
                                          INT64_MAX,         GUEST_SIZE, 1024,       UINT64_C(1) << 31};
    if (in->after_path) {
        in->after_path = false;
        if (in->at >= in->end || *in->at != 0xfe) return in->path_length;
        in->at++;
    }
    uint8_t selector = take(in);
    if (selector < 0x80) return selector & 0x1f;
    if (selector < 0xc0) {
        uint32_t address = PATHS + (selector & 0x3fu) * SLOT;
        in->after_path = true;
        in->path_length = (uint32_t)strnlen((const char *)world.memory.base + address, SLOT);
        return address;
    }
    if (selector < 0xd8) return BUFFERS + (selector & 0x1fu) * 256;
    if (selector < 0xe0) return VECTORS + (selector & 7u) * 16;
    if (selector < 0xe8) return SUBSCRIPTIONS + (selector & 7u) * WASI_SIZE_SUBSCRIPTION;
    if (selector < 0xf0) return GUEST_SIZE - (selector & 0xfu);
    if (selector < 0xf4) return take_raw(in, 4);
    if (selector < 0xf8) return take_raw(in, 8);
    return constants[selector & 7];
}

/* ---- Calls ---- */

#define I uint32_t
#define L uint64_t
#define ON(text, parameters, arguments) \
    if (strcmp(signature, text) == 0) return ((uint32_t(*) parameters)function->function)arguments
#define A(n) ((uint32_t)a[n])

/* Calls `function` with the types its signature names. */
static uint32_t call(const cap_host_function *function, cap_host *h, const uint64_t a[9]) {
    const char *signature = function->signature;
    ON(">i", (cap_host *), (h));
    ON("i>i", (cap_host *, I), (h, A(0)));
    ON("i>", (cap_host *, I), (h, A(0)));
    ON("ii>i", (cap_host *, I, I), (h, A(0), A(1)));
    ON("iI>i", (cap_host *, I, L), (h, A(0), a[1]));
    ON("iii>i", (cap_host *, I, I, I), (h, A(0), A(1), A(2)));
    ON("iII>i", (cap_host *, I, L, L), (h, A(0), a[1], a[2]));
    ON("iIi>i", (cap_host *, I, L, I), (h, A(0), a[1], A(2)));
    ON("iiii>i", (cap_host *, I, I, I, I), (h, A(0), A(1), A(2), A(3)));
    ON("iIii>i", (cap_host *, I, L, I, I), (h, A(0), a[1], A(2), A(3)));
    ON("iIIi>i", (cap_host *, I, L, L, I), (h, A(0), a[1], a[2], A(3)));
    ON("iiiii>i", (cap_host *, I, I, I, I, I), (h, A(0), A(1), A(2), A(3), A(4)));
    ON("iiiIi>i", (cap_host *, I, I, I, L, I), (h, A(0), A(1), A(2), a[3], A(4)));
    ON("iiiiii>i", (cap_host *, I, I, I, I, I, I), (h, A(0), A(1), A(2), A(3), A(4), A(5)));
    ON("iiiiiii>i", (cap_host *, I, I, I, I, I, I, I), (h, A(0), A(1), A(2), A(3), A(4), A(5), A(6)));
    ON("iiiiIIi>i", (cap_host *, I, I, I, I, L, L, I), (h, A(0), A(1), A(2), A(3), a[4], a[5], A(6)));
    ON("iiiiiIIii>i", (cap_host *, I, I, I, I, I, L, L, I, I), (h, A(0), A(1), A(2), A(3), A(4), a[5], a[6], A(7), A(8)));
    MUST(!"a signature without a case");
    return 0;
}

static void poke(input *in) {
    uint32_t address = (uint32_t)take_raw(in, 2), length = take(in) & 0x1f;
    for (uint32_t i = 0; i < length; i++) world.memory.base[(address + i) % GUEST_SIZE] = take(in);
}

static void run_one(input *in) {
    uint8_t chosen = take(in) % (FUNCTIONS + 1);
    if (chosen == FUNCTIONS) {
        poke(in);
        return;
    }
    const cap_host_function *function = &cap_wasi_functions[chosen];
    uint64_t arguments[9] = {0};
    size_t count = strcspn(function->signature, ">");
    in->after_path = false;
    for (size_t i = 0; i < count; i++) arguments[i] = argument(in);
    MUST(call(function, &world.host, arguments) <= WASI_ENOTCAPABLE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    prepare_world();
    if (template[PATHS] == 0) prepare_template();
    memcpy(world.memory.base, template, GUEST_SIZE);
    input in = {.at = data, .end = data + size};
    int lowest = lowest_descriptor();
    start_run(take(&in));
    for (int calls = 0; in.at < in.end && calls < CALLS_MAX && !world.stopping; calls++) run_one(&in);
    finish_run(lowest);
    return 0;
}
