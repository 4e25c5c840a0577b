/* Ctrl-C and friends. The first SIGINT, SIGTERM or SIGHUP cancels the run, which is recorded and reported as always; a
 * second one, later than a tenth of a second, ends the process at once. While there is no run yet (a program is being loaded) the process ends at the next
 * step, at the latest a second later.
 *
 * The signals are blocked and a thread waits for them: capsule_run_cancel is thread-safe but no signal handler's business,
 * and guest threads run on stacks where a handler has no room. */
#ifndef CAP_CLI_SIGNALS_H
#define CAP_CLI_SIGNALS_H

#include "capsule.h"

/* Blocks the signals in this thread and all it starts, and SIGPIPE: a closed pipe is an error of write. `abandon` is
 * called on another thread just before the process ends without having come to `cli_signals_done`. 0, or -1. */
int cli_signals_start(void (*abandon)(void *context, int signal), void *context);
/* For a command that polls, instead of the thread: blocks the same signals and answers a signalfd that does not block (for
 * SIGINT, SIGTERM and SIGHUP, as far as they are not ignored), or -1. */
int cli_signals_open(void);
/* What to cancel, a run or the execution of a module, by a call that any thread may make; NULL before it is freed. When a
 * signal came already it is cancelled now. */
void cli_signals_watch(void (*cancel)(void *what), void *what);
/* The first signal that came, or 0. */
int cli_signals_received(void);
/* Cancels the run as a signal does, for a callback of that run, which must not do it itself. Once is enough. */
void cli_signals_cancel(void);
/* From here on the command ends by itself. False: the process is being ended, print nothing more. */
bool cli_signals_done(void);
/* Ends the process as a reader's departure ends any filter: by SIGPIPE. */
_Noreturn void cli_die_of_closed_pipe(void);

#endif
