/* Run tokens: as many sandboxes run at once as there are tokens. A parent that waits for a child gives its token back.
 * Tokens are handed out first come, first served. */
#ifndef CAP_TASK_TOKENS_H
#define CAP_TASK_TOKENS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct cap_tokens {
    pthread_mutex_t lock;
    pthread_condattr_t monotonic; /* of the conditions of those who wait */
    int64_t free; /* negative while parents that came back from a wait run one too many */
    struct cap_tokens_waiter *first, *last;
} cap_tokens;

void cap_tokens_init(cap_tokens *tokens, uint32_t count);
void cap_tokens_destroy(cap_tokens *tokens);
/* Waits for a token. -1 when deadline_ns (CLOCK_MONOTONIC) passed or *cancelled became true first. */
int cap_tokens_take(cap_tokens *tokens, uint64_t deadline_ns, const bool *cancelled);
/* Takes a token at once, even one too many: for a parent that goes on after a wait and must not miss its deadline. */
void cap_tokens_retake(cap_tokens *tokens);
void cap_tokens_give(cap_tokens *tokens);
/* Makes everyone who waits look at *cancelled again. */
void cap_tokens_wake(cap_tokens *tokens);

#endif
