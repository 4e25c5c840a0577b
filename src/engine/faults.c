/* SIGSEGV and SIGBUS: a fault of a guest becomes a trap, every other one goes to the handler that was there before.
 *
 * A process may install its own handler after ours and so take faults away from us. The first call after each load of a
 * slot therefore looks who is installed and, if it is not us, puts us in front again with the newcomer behind. (A newcomer that itself passes
 * on to us makes a circle, which only a fault that nobody can handle ever enters: it ends on a full stack.) */
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "engine/slot.h"

/* The handler before ours, by signal. Replaced by changing the pointer: a handler may be reading the old one. */
typedef struct previous {
    struct sigaction action;
} previous;

#define KEPT 16u /* generations; a process that installs more handlers than this keeps the last */
static previous kept[2][KEPT];
static const previous *current[2]; /* by __atomic operations */
static unsigned generation[2];

static bool within(const char *address, const char *start, uint64_t length) {
    return address >= start && address < start + length;
}

/* A guest's own stack lies at the bottom of its memory. One frame too many wraps around to just below 4 GiB, and an
 * offset into that frame may carry it beyond. */
#define WRAPPED_STACK (UINT64_C(64) << 20)

static bool in_wrapped_stack(const char *base, const char *address) {
    return within(address, base + (UINT64_C(1) << 32) - WRAPPED_STACK, 2 * WRAPPED_STACK);
}

/* What a fault at `address` means for the guest of `slot`; NONE: it is not the guest's. */
static enum cap_aot_trap classify(const cap_slot *slot, const char *address) {
    uint32_t mode = __atomic_load_n(&slot->instance.mode, __ATOMIC_SEQ_CST);
    if (mode == CAP_AOT_HOST) return CAP_AOT_TRAP_NONE;
    const cap_stack *stack = &cap_stack_current;
    if (within(address, stack->guard, (uint64_t)(stack->bottom - stack->guard))) return CAP_AOT_TRAP_STACK;
    if (!within(address, (const char *)slot->memory.base, CAP_SLOT_RESERVE + CAP_WASM_PAGE)) return CAP_AOT_TRAP_NONE;
    /* Inside what the guest may use only a revocation makes a fault. */
    if (within(address, (const char *)slot->memory.base, slot->memory.size)) return CAP_AOT_TRAP_STOPPED;
    return in_wrapped_stack((const char *)slot->memory.base, address) ? CAP_AOT_TRAP_STACK : CAP_AOT_TRAP_MEMORY;
}

static void die_by_default(int number) {
    /* The default: put it back and return; the instruction faults again and the process ends as it should. */
    struct sigaction fallback = {.sa_handler = SIG_DFL};
    sigaction(number, &fallback, NULL);
}

static void pass_on(int number, siginfo_t *info, void *context) {
    const previous *before = __atomic_load_n(&current[number == SIGBUS], __ATOMIC_ACQUIRE);
    if (!before)
        die_by_default(number);
    else if (before->action.sa_flags & SA_SIGINFO)
        before->action.sa_sigaction(number, info, context);
    else if (before->action.sa_handler != SIG_DFL && before->action.sa_handler != SIG_IGN)
        before->action.sa_handler(number);
    else
        die_by_default(number);
}

static void on_fault(int number, siginfo_t *info, void *context) {
    cap_slot *slot = cap_slot_current;
    if (slot && cap_slot_open_fault(slot, info->si_addr)) return;
    enum cap_aot_trap trap = slot ? classify(slot, info->si_addr) : CAP_AOT_TRAP_NONE;
    if (trap != CAP_AOT_TRAP_NONE) cap_slot_trap(slot, trap);
    pass_on(number, info, context);
}

static bool installed(int number, struct sigaction *ret_action) {
    return sigaction(number, NULL, ret_action) == 0 && (ret_action->sa_flags & SA_SIGINFO) &&
           ret_action->sa_sigaction == on_fault;
}

static void install(int number) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    int which = number == SIGBUS;
    pthread_mutex_lock(&lock);
    struct sigaction before;
    if (!installed(number, &before)) {
        unsigned slot = generation[which] < KEPT ? generation[which]++ : KEPT - 1;
        kept[which][slot].action = before;
        __atomic_store_n(&current[which], &kept[which][slot], __ATOMIC_RELEASE);
        struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
        sigemptyset(&action.sa_mask);
        sigaction(number, &action, NULL);
    }
    pthread_mutex_unlock(&lock);
}

void cap_faults_install(void) {
    struct sigaction before;
    if (!installed(SIGSEGV, &before)) install(SIGSEGV);
    if (!installed(SIGBUS, &before)) install(SIGBUS);
}
