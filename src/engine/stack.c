#include "engine/stack.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/engine.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif
#define SIGNAL_STACK_BYTES (64u * 1024u) /* beside what the CPU's state needs */
#define HOST_PAGE 4096u

/* TSan keeps its own picture of a thread's stack. */
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define CAN_SWITCH 1
#else
#define CAN_SWITCH 0
#endif

__thread cap_stack cap_stack_current __attribute__((tls_model("initial-exec")));

/* Where the thread's own stack ends, while it is on one of ours by cap_stack_call; NULL else. */
static __thread char *outside __attribute__((tls_model("initial-exec")));

/* ---- Mapping ---- */

static size_t signal_stack_bytes(void) {
    size_t size = SIGNAL_STACK_BYTES + getauxval(AT_MINSIGSTKSZ);
    return (size + HOST_PAGE - 1) & ~(size_t)(HOST_PAGE - 1);
}

int cap_guest_stack_map(cap_guest_stack *stack, capsule_error **error) {
    *stack = (cap_guest_stack){.signal_bytes = signal_stack_bytes()};
    stack->mapping = CAP_STACK_GUARD + CAP_STACK_BYTES + HOST_PAGE + stack->signal_bytes;
    char *memory = mmap(NULL, stack->mapping, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return cap_error_errno(error, CAPSULE_MEMORY, errno, "cannot reserve a stack for a guest");
    stack->bounds = (cap_stack){memory, memory + CAP_STACK_GUARD, memory + CAP_STACK_GUARD + CAP_STACK_BYTES};
    if (mprotect(stack->bounds.bottom, CAP_STACK_BYTES, PROT_READ | PROT_WRITE) == 0 &&
        mprotect(stack->bounds.top + HOST_PAGE, stack->signal_bytes, PROT_READ | PROT_WRITE) == 0)
        return 0;
    int reason = errno;
    cap_guest_stack_unmap(stack);
    return cap_error_errno(error, CAPSULE_MEMORY, reason, "cannot open a stack for a guest");
}

void cap_guest_stack_unmap(cap_guest_stack *stack) {
    if (stack->bounds.guard) munmap(stack->bounds.guard, stack->mapping);
    stack->bounds = (cap_stack){0};
}

static stack_t signal_stack(const cap_guest_stack *stack) {
    return (stack_t){.ss_sp = stack->bounds.top + HOST_PAGE, .ss_size = stack->signal_bytes};
}

int cap_guest_stack_signals(const cap_guest_stack *stack) {
    stack_t chosen = {.ss_flags = SS_DISABLE};
    if (stack) chosen = signal_stack(stack);
    return sigaltstack(&chosen, NULL);
}

/* ---- Switching ---- */

#if CAN_SWITCH

/* switch_stack(top, job, argument, left): calls job(argument) with the stack pointer at `top` (a multiple of 16), after it
 * stored its own in *left: what lies below that is free for cap_stack_call_outside. */
void cap_switch_stack(char *top, void (*job)(void *), void *argument, char **left) __attribute__((visibility("hidden")));
__asm__(".text\n"
        ".globl cap_switch_stack\n"
        ".hidden cap_switch_stack\n"
        ".type cap_switch_stack, @function\n"
        "cap_switch_stack:\n"
        ".cfi_startproc\n"
        "endbr64\n"
        "push %rbp\n"
        ".cfi_def_cfa_offset 16\n"
        ".cfi_offset %rbp, -16\n"
        "mov %rsp, %rbp\n"
        ".cfi_def_cfa_register %rbp\n"
        "mov %rsp, (%rcx)\n"
        "mov %rdi, %rsp\n"
        "mov %rdx, %rdi\n"
        "call *%rsi\n"
        "mov %rbp, %rsp\n"
        "pop %rbp\n"
        ".cfi_def_cfa %rsp, 8\n"
        "ret\n"
        ".cfi_endproc\n"
        ".size cap_switch_stack, .-cap_switch_stack\n");

/* A job on its way to another stack and back. ASan is told on both ways. */
typedef struct journey {
    void (*job)(void *);
    void *argument;
    const void *from_bottom; /* the stack it came from; ASan's knowledge */
    size_t from_bytes;
} journey;

/* The bounds of the thread's own stack as ASan knows them, for the way back out of a callback. */
static __thread journey *current_journey;

static void arrive(void *argument) {
    journey *self = argument;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(NULL, &self->from_bottom, &self->from_bytes);
#endif
    self->job(self->argument);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(NULL, self->from_bottom, self->from_bytes);
#endif
}

static void travel(journey *self, char *top, const void *bottom, size_t bytes, char **left) {
#if defined(__SANITIZE_ADDRESS__)
    void *fake = NULL;
    __sanitizer_start_switch_fiber(&fake, bottom, bytes);
#else
    (void)bottom, (void)bytes;
#endif
    cap_switch_stack(top, arrive, self, left);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake, NULL, NULL);
#endif
}

/* A thread that blocks SIGSEGV would be killed by a guest's fault. */
static bool takes_faults(void) {
    sigset_t blocked;
    return pthread_sigmask(SIG_BLOCK, NULL, &blocked) == 0 && !sigismember(&blocked, SIGSEGV) && !sigismember(&blocked, SIGBUS);
}

bool cap_stack_call(const cap_guest_stack *stack, void (*job)(void *), void *argument) {
    stack_t ours = signal_stack(stack), before;
    if (cap_stack_current.top || !takes_faults() || sigaltstack(&ours, &before) < 0) return false;
    journey there = {.job = job, .argument = argument};
    current_journey = &there;
    cap_stack_current = stack->bounds;
    travel(&there, stack->bounds.top, stack->bounds.bottom, CAP_STACK_BYTES, &outside);
    cap_stack_current = (cap_stack){0};
    outside = NULL;
    current_journey = NULL;
    if (before.ss_flags & SS_DISABLE) before.ss_size = MINSIGSTKSZ; /* looked at nevertheless by some */
    sigaltstack(&before, NULL);
    return true;
}

void cap_stack_call_outside(void (*job)(void *), void *argument) {
    char *top = outside, *left;
    if (!top) {
        job(argument);
        return;
    }
    journey back = {.job = job, .argument = argument}, *there = current_journey;
    outside = NULL; /* a callback of a callback is where it belongs already */
    travel(&back, (char *)((uintptr_t)(top - 128) & ~(uintptr_t)15), there->from_bottom, there->from_bytes, &left);
    outside = top;
}

#else

bool cap_stack_call(const cap_guest_stack *stack, void (*job)(void *), void *argument) {
    (void)stack, (void)job, (void)argument;
    return false;
}

void cap_stack_call_outside(void (*job)(void *), void *argument) { job(argument); }

#endif
