/* SIGSEGV and SIGBUS: a fault of a guest becomes a trap, every other one goes to the handler that was there before. */
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "engine/slot.h"

static struct sigaction previous_segv, previous_bus;

static bool within(const char *address, const char *start, uint64_t length) {
    return address >= start && address < start + length;
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
    return CAP_AOT_TRAP_MEMORY;
}

static void pass_on(int number, siginfo_t *info, void *context) {
    const struct sigaction *previous = number == SIGSEGV ? &previous_segv : &previous_bus;
    if (previous->sa_flags & SA_SIGINFO) {
        previous->sa_sigaction(number, info, context);
    } else if (previous->sa_handler != SIG_DFL && previous->sa_handler != SIG_IGN) {
        previous->sa_handler(number);
    } else {
        /* The default: put it back and return; the instruction faults again and the process ends as it should. */
        struct sigaction fallback = {.sa_handler = SIG_DFL};
        sigaction(number, &fallback, NULL);
    }
}

static void on_fault(int number, siginfo_t *info, void *context) {
    cap_slot *slot = cap_slot_current;
    enum cap_aot_trap trap = slot ? classify(slot, info->si_addr) : CAP_AOT_TRAP_NONE;
    if (trap != CAP_AOT_TRAP_NONE) cap_slot_trap(slot, trap);
    pass_on(number, info, context);
}

static void install(void) {
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, &previous_segv);
    sigaction(SIGBUS, &action, &previous_bus);
}

void cap_faults_install(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
}
