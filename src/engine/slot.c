/* Slots: reserving, growing and imaging the memory of a sandbox. How it becomes an image's again is in tracking.c. */
#include "engine/slot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

static void stop(void *sandbox, cap_stop reason, int32_t value) { cap_slot_stop(sandbox, reason, value); }

static const cap_host_engine engine = {.stop = stop};

int cap_slot_create(cap_slot **ret_slot, capsule_error **error) {
    cap_slot *slot = calloc(1, sizeof *slot);
    if (!slot) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a sandbox");
    slot->host.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (slot->host.stop_fd < 0) {
        free(slot);
        return cap_error_errno(error, CAPSULE_MEMORY, errno, "cannot create an eventfd for a sandbox");
    }
    /* One page more: the widest access at the highest address still faults inside the reservation. */
    void *base = mmap(NULL, CAP_SLOT_RESERVE + CAP_WASM_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        int reason = errno;
        close(slot->host.stop_fd);
        free(slot);
        return cap_error_errno(error, CAPSULE_MEMORY, reason, "cannot reserve 8 GiB of addresses for a sandbox");
    }
    slot->memory.base = base;
    slot->host.memory = &slot->memory;
    slot->host.engine = &engine;
    slot->host.sandbox = slot;
    slot->host.stopping = &slot->instance.stopping;
    pthread_mutex_init(&slot->lock, NULL);
    *ret_slot = slot;
    return 0;
}

void cap_slot_free(cap_slot *slot) {
    if (!slot) return;
    munmap(slot->memory.base, CAP_SLOT_RESERVE + CAP_WASM_PAGE);
    cap_slot_unmapped(slot);
    cap_page_set_clear(&slot->open);
    cap_image_source_free(slot->source);
    close(slot->host.stop_fd);
    pthread_mutex_destroy(&slot->lock);
    free(slot);
}

cap_host *cap_slot_host(cap_slot *slot) { return &slot->host; }
const cap_image_source *cap_slot_source(const cap_slot *slot) { return slot->source; }
bool cap_slot_is_near(const cap_slot *slot) { return slot->user == cap_thread_mark(); }

static void drain(int event_fd) {
    uint64_t count;
    while (read(event_fd, &count, sizeof count) > 0) {
    }
}

int cap_slot_load(cap_slot *slot, const cap_module *module, const cap_image *image, uint64_t ram_limit,
                  capsule_error **error) {
    if ((uint64_t)image->pages * CAP_WASM_PAGE > ram_limit)
        return cap_error_set(error, CAPSULE_MEMORY, "ram limit of %llu bytes is below the %llu bytes the interpreter needs",
                             (unsigned long long)ram_limit, (unsigned long long)image->pages * CAP_WASM_PAGE);
    if (cap_slot_renew(slot, image, error) < 0) return -1;
    slot->module = module;
    slot->user = cap_thread_mark();
    slot->ram_limit = ram_limit;
    slot->growth_refused = false;
    slot->trap = CAP_AOT_TRAP_NONE;
    /* A stopper sets both before it writes. */
    if (slot->instance.stopping || slot->stop != CAP_STOP_NONE) drain(slot->host.stop_fd);
    __atomic_store_n(&slot->stop, CAP_STOP_NONE, __ATOMIC_SEQ_CST);
    slot->stop_value = 0;
    slot->faults_ready = false;
    slot->instance = (cap_aot_instance){
        .stack_pointer = image->stack_pointer,
        .mode = CAP_AOT_HOST,
        .pages = image->pages,
        .memory = slot->memory.base,
        .services = &cap_slot_services,
        .imports = module->imports,
        .host = &slot->host,
        .compute_limit = UINT64_MAX,
    };
    if (!module->code->meter) return 0;
    void *meter = cap_memory_writable(&slot->memory, module->code->meter, 1, sizeof(uint64_t));
    if (!meter) return cap_error_set(error, CAPSULE_MEMORY, "cannot open the counter of a sandbox");
    memset(meter, 0, sizeof(uint64_t));
    return 0;
}

/* memory.grow, in host mode on the guest's thread: nothing revokes meanwhile. */
static uint32_t grow(cap_aot_instance *instance, uint32_t more) {
    cap_slot *slot = ((cap_host *)instance->host)->sandbox;
    uint64_t before = instance->pages, after = before + more;
    uint64_t limit = slot->ram_limit / CAP_WASM_PAGE;
    if (after > limit || after > slot->module->code->maximum_pages) {
        slot->growth_refused = true;
        return UINT32_MAX;
    }
    if (more && mprotect(slot->memory.base + before * CAP_WASM_PAGE, (uint64_t)more * CAP_WASM_PAGE,
                         PROT_READ | PROT_WRITE) < 0) {
        slot->growth_refused = true;
        return UINT32_MAX;
    }
    instance->pages = (uint32_t)after;
    /* Atomic for the stopper, which reads it once it has won the mode word (the store that follows in generated code
     * orders the two anyway, but no race detector sees that). */
    __atomic_store_n(&slot->memory.size, after * CAP_WASM_PAGE, __ATOMIC_RELEASE);
    return (uint32_t)before;
}

static __attribute__((noreturn)) void trap(cap_aot_instance *instance, enum cap_aot_trap kind) {
    cap_slot_trap(((cap_host *)instance->host)->sandbox, kind);
}

const cap_aot_services cap_slot_services = {.trap = trap, .grow = grow};

uint64_t cap_slot_meter(const cap_slot *slot) {
    uint64_t count = 0;
    uint32_t meter = slot->module ? slot->module->code->meter : 0;
    /* A memory that was revoked is readable again once cap_slot_call has returned. */
    if (meter) memcpy(&count, slot->memory.base + meter, sizeof count);
    return count;
}

uint64_t cap_slot_memory_bytes(const cap_slot *slot) { return slot->memory.size; }
bool cap_slot_growth_refused(const cap_slot *slot) { return slot->growth_refused; }

static bool is_zero(const uint8_t *page) {
    return page[0] == 0 && memcmp(page, page + 1, CAP_HOST_PAGE - 1) == 0;
}

static int write_all(int fd, const uint8_t *bytes, size_t length, off_t offset) {
    while (length) {
        ssize_t done = pwrite(fd, bytes, length, offset);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return -1;
        bytes += done;
        length -= (size_t)done;
        offset += done;
    }
    return 0;
}

cap_image cap_slot_describe(const cap_slot *slot) {
    return (cap_image){.fd = -1, .pages = slot->instance.pages, .stack_pointer = slot->instance.stack_pointer};
}

int cap_slot_write_image(const cap_slot *slot, int fd, cap_image *ret_image) {
    const uint8_t *base = slot->memory.base;
    uint64_t size = slot->memory.size, end = 0;
    for (uint64_t at = 0; at < size;) {
        if (is_zero(base + at)) {
            at += CAP_HOST_PAGE;
            continue;
        }
        uint64_t start = at;
        while (at < size && !is_zero(base + at)) at += CAP_HOST_PAGE;
        if (write_all(fd, base + start, at - start, (off_t)start) < 0) return -1;
        end = at;
    }
    if (ftruncate(fd, (off_t)end) < 0) return -1;
    *ret_image = cap_slot_describe(slot);
    ret_image->bytes = end;
    return 0;
}
