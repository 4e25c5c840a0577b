/* Failure injection: the parts of the program in inject.c.
 *
 *   memory.c  malloc and its family, replaced for the whole process, libc and every library in it included
 *   calls.c   system calls, by a seccomp filter that asks a supervisor, so that no site is missed however it calls
 *
 * A site is counted while `armed`; the one whose number is `fail_at` fails. The parent and the process under test share
 * one record. */
#ifndef CAP_INJECT_H
#define CAP_INJECT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef enum inject_ending {
    ENDED_NOT,     /* the process ended without an answer */
    ENDED_WELL,    /* the right result */
    ENDED_CLEANLY, /* an error with a code and a text, or a failed result with both */
    ENDED_WRONG    /* anything else: `text` says what */
} inject_ending;

typedef struct inject_record {
    atomic_bool armed;
    atomic_long counted, fail_at; /* fail_at 0: none */
    atomic_int failed_call;       /* number of the system call that was refused; -1: none */
    atomic_int failed_fd;         /* its first argument */
    inject_ending ending, afterwards; /* with the failure, and once more without */
    long live_before, live_after; /* allocations */
    long fds_before, fds_after;
    char text[512];
} inject_record;

extern inject_record *inject; /* shared between parent and child */

/* Allocations alive now; always 0 where the allocator is not ours (sanitizers). */
long inject_memory_live(void);
bool inject_memory_available(void);

/* In the child: from here on its system calls are asked about; the descriptor to ask goes through `channel`. */
void inject_calls_install(int channel);
/* In the parent: answers until the child ends or `seconds` are over (then it is killed). Answers its wait status, or -1
 * for a child that hung. */
int inject_calls_supervise(pid_t child, int channel, unsigned seconds);
const char *inject_call_name(int number);

#endif
