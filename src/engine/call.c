/* Entering a guest, and every way out of it. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <asm/prctl.h>
#endif

#include "engine/slot.h"

__thread cap_slot *cap_slot_current __attribute__((tls_model("initial-exec")));

/* ---- The GS base ---- */

#if defined(__x86_64__)
#define HWCAP2_FSGSBASE_BIT (1u << 1)

static bool can_write_gs(void) {
    static int known = -1;
    int answer = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (answer < 0) {
        answer = (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_BIT) != 0;
        __atomic_store_n(&known, answer, __ATOMIC_RELAXED);
    }
    return answer;
}

static uint64_t get_gs(void) {
    uint64_t base = 0;
    if (can_write_gs())
        __asm__ volatile("rdgsbase %0" : "=r"(base));
    else
        syscall(SYS_arch_prctl, ARCH_GET_GS, &base);
    return base;
}

static void set_gs(uint64_t base) {
    if (can_write_gs())
        __asm__ volatile("wrgsbase %0" : : "r"(base) : "memory");
    else
        syscall(SYS_arch_prctl, ARCH_SET_GS, base);
}
#else
static uint64_t get_gs(void) { return 0; }
static void set_gs(uint64_t base) { (void)base; }
#endif

/* ---- Calls ---- */

/* The mask is not saved: the handler runs with SA_NODEFER and an empty mask, so it never changes. TSan runs handlers
 * behind its own, which does change it. */
#if defined(__SANITIZE_THREAD__)
#define SAVE_MASK 1
#else
#define SAVE_MASK 0
#endif

static const cap_aot_export *find_export(const cap_aot_module *code, const char *name) {
    for (uint32_t i = 0; i < code->export_count; i++)
        if (strcmp(code->exports[i].name, name) == 0) return &code->exports[i];
    return NULL;
}

/* Calls `function` by its signature: no, one or two i32 arguments; an i32 result or none. -1: another signature. */
static int invoke(cap_aot_instance *instance, const cap_aot_export *exported, const uint32_t *a, size_t count,
                  volatile uint32_t *ret_value) {
    typedef void no_result(cap_aot_instance *);
    typedef uint32_t none(cap_aot_instance *);
    typedef uint32_t one(cap_aot_instance *, uint32_t);
    typedef uint32_t two(cap_aot_instance *, uint32_t, uint32_t);
    const char *signature = exported->signature;
    if (count == 0 && strcmp(signature, ">") == 0)
        ((no_result *)exported->function)(instance);
    else if (count == 0 && strcmp(signature, ">i") == 0)
        *ret_value = ((none *)exported->function)(instance);
    else if (count == 1 && strcmp(signature, "i>i") == 0)
        *ret_value = ((one *)exported->function)(instance, a[0]);
    else if (count == 2 && strcmp(signature, "ii>i") == 0)
        *ret_value = ((two *)exported->function)(instance, a[0], a[1]);
    else
        return -1;
    return 0;
}

static cap_trap trap_of(uint32_t trap) {
    switch (trap) {
    case CAP_AOT_TRAP_NONE: return CAP_TRAP_NONE;
    case CAP_AOT_TRAP_MEMORY: return CAP_TRAP_MEMORY;
    case CAP_AOT_TRAP_UNREACHABLE: return CAP_TRAP_UNREACHABLE;
    case CAP_AOT_TRAP_CALL: return CAP_TRAP_CALL;
    case CAP_AOT_TRAP_STACK: return CAP_TRAP_STACK;
    case CAP_AOT_TRAP_STOPPED:
    case CAP_AOT_TRAP_COMPUTE: return CAP_TRAP_STOPPED;
    default: return CAP_TRAP_ARITHMETIC;
    }
}

/* Takes the memory away, whatever it takes: a guest that nothing stops would be worse than one whose memory is lost. */
static void close_memory(cap_slot *slot) {
    uint64_t size = __atomic_load_n(&slot->memory.size, __ATOMIC_ACQUIRE);
    if (mprotect(slot->memory.base, size, PROT_NONE) == 0) return;
    if (mmap(slot->memory.base, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED) abort();
}

/* Opens it again. Without memory for that, empty pages stand in for it: what the guest left is not looked at any more but
 * for its counter. */
static void open_memory(cap_slot *slot) {
    cap_slot_untrack(slot);
    if (mprotect(slot->memory.base, slot->memory.size, PROT_READ | PROT_WRITE) == 0) return;
    if (mmap(slot->memory.base, slot->memory.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
             0) == MAP_FAILED)
        abort();
}

/* After a revocation: the host reads results and the counter from the memory, so it is opened again. Under the lock,
 * so that the stopper's mprotect is over. A guest that learns of its revocation on the way into a host call has already
 * written HOST over REVOKED in the mode word; its trap tells. */
static void reopen(cap_slot *slot) {
    pthread_mutex_lock(&slot->lock);
    if (__atomic_load_n(&slot->instance.mode, __ATOMIC_SEQ_CST) == CAP_AOT_REVOKED || slot->trap == CAP_AOT_TRAP_STOPPED) {
        open_memory(slot);
        __atomic_store_n(&slot->instance.mode, CAP_AOT_HOST, __ATOMIC_SEQ_CST);
    }
    pthread_mutex_unlock(&slot->lock);
}

int cap_slot_call(cap_slot *slot, const char *name, const uint32_t *arguments, size_t count, cap_outcome *ret_outcome,
                  capsule_error **error) {
    const cap_aot_export *exported = find_export(slot->module->code, name);
    if (!exported) return cap_error_set(error, CAPSULE_CORRUPT, "the guest has no export %s", name);
    if (!cap_stack_current.top) return cap_error_set(error, CAPSULE_FAULT, "a guest was called outside a guest thread");
    if (!slot->faults_ready) cap_faults_install();
    slot->faults_ready = true;
    cap_aot_instance *instance = &slot->instance;
    instance->stack_low = cap_stack_current.bottom + CAP_HOST_STACK_RESERVE;
    volatile uint64_t outer_gs = get_gs();
    volatile uint32_t value = 0; /* volatile: set between sigsetjmp and siglongjmp */
    volatile int matched = 0;
    slot->trap = CAP_AOT_TRAP_NONE;
    if (sigsetjmp(slot->jump, SAVE_MASK) == 0) {
        cap_slot_current = slot;
        set_gs((uint64_t)(uintptr_t)slot->memory.base);
        __atomic_store_n(&instance->mode, CAP_AOT_GUEST, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&instance->stopping, __ATOMIC_SEQ_CST)) cap_slot_trap(slot, CAP_AOT_TRAP_STOPPED);
        matched = invoke(instance, exported, arguments, count, &value);
        /* A revocation that came after the guest's last access is noticed here. */
        if (__atomic_exchange_n(&instance->mode, CAP_AOT_HOST, __ATOMIC_SEQ_CST) == CAP_AOT_REVOKED) {
            __atomic_store_n(&instance->mode, CAP_AOT_REVOKED, __ATOMIC_SEQ_CST);
            slot->trap = CAP_AOT_TRAP_STOPPED;
        }
    }
    set_gs(outer_gs);
    cap_slot_current = NULL;
    uint32_t expected = CAP_AOT_GUEST; /* a trap out of guest mode; REVOKED stays for reopen */
    __atomic_compare_exchange_n(&instance->mode, &expected, CAP_AOT_HOST, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    reopen(slot);
    if (matched < 0) return cap_error_set(error, CAPSULE_CORRUPT, "export %s has signature %s", name, exported->signature);
    if (slot->trap == CAP_AOT_TRAP_COMPUTE) cap_slot_stop(slot, CAP_STOP_COMPUTE, 0);
    pthread_mutex_lock(&slot->lock); /* a stopper may be at it this moment */
    *ret_outcome = (cap_outcome){
        .trap = trap_of(slot->trap), .stop = (cap_stop)slot->stop, .stop_value = slot->stop_value, .value = value};
    pthread_mutex_unlock(&slot->lock);
    return 0;
}

void cap_slot_trap(cap_slot *slot, enum cap_aot_trap trap) {
    slot->trap = trap;
    siglongjmp(slot->jump, 1);
}

/* ---- Stopping ---- */

void cap_slot_stop(cap_slot *slot, cap_stop reason, int32_t value) {
    pthread_mutex_lock(&slot->lock);
    if (__atomic_load_n(&slot->stop, __ATOMIC_SEQ_CST) == CAP_STOP_NONE) {
        slot->stop_value = value;
        __atomic_store_n(&slot->stop, reason, __ATOMIC_SEQ_CST);
    }
    __atomic_store_n(&slot->instance.stopping, 1, __ATOMIC_SEQ_CST);
    uint64_t one = 1;
    ssize_t ignored = write(slot->host.stop_fd, &one, sizeof one); /* EAGAIN: it is readable already */
    (void)ignored;
    uint32_t expected = CAP_AOT_GUEST;
    if (__atomic_compare_exchange_n(&slot->instance.mode, &expected, CAP_AOT_REVOKED, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST))
        close_memory(slot);
    pthread_mutex_unlock(&slot->lock);
}
