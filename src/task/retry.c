/* Between two attempts of a task: which failures are worth another one, what is told of them, and the wait.
 *
 * The wait doubles with each failure, up to the task's timeout and CAP_RETRY_DELAY_MAX_NS, and a random half of it is left
 * out, so that tasks that failed together do not come back together. It needs neither run token nor place. Where time is
 * virtual it passes at once, and whole. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "task/tree.h"

/* A failure that the next attempt can turn out otherwise. */
static bool worth_repeating(const cap_node *node) {
    const char *type = node->verdict.error_type;
    if (!type || node->verdict.settled || __atomic_load_n(&node->cancelled, __ATOMIC_SEQ_CST) ||
        __atomic_load_n(&node->tree->cancelled, __ATOMIC_SEQ_CST))
        return false;
    return strcmp(type, "config_error") != 0 && strcmp(type, "host_fault") != 0 && strcmp(type, "cancelled") != 0;
}

uint64_t cap_retry_delay(const cap_policy *policy, uint32_t failures) {
    uint64_t most = policy->timeout_ns < CAP_RETRY_DELAY_MAX_NS ? policy->timeout_ns : CAP_RETRY_DELAY_MAX_NS;
    uint64_t delay = policy->retry_delay_ns;
    if (!delay) return 0;
    while (--failures && delay < most) delay *= 2; /* most is far below half of what fits */
    return delay < most ? delay : most;
}

static uint64_t delay_of(const cap_node *node) {
    uint64_t delay = cap_retry_delay(node->task->policy, node->attempts);
    if (node->deterministic || !delay) return delay;
    uint64_t seed = cap_wasi_seed_derive(cap_clock_monotonic_ns(), (uint64_t)(uintptr_t)node);
    return delay - seed % (delay / 2 + 1);
}

/* Keeps what the envelope tells of a failed attempt; the last ones are dropped when there are many. */
static void note(cap_node *node, uint64_t delay_ns) {
    if (node->retried_count == CAP_RETRIED_MAX) return;
    cap_retried *told = &node->retried[node->retried_count];
    const char *message = node->verdict.message ? node->verdict.message : "";
    size_t length = strlen(message);
    told->message = strndup(message, length > CAP_RETRIED_TEXT_MAX ? cap_utf8_cut(message, CAP_RETRIED_TEXT_MAX) : length);
    if (!told->message) return;
    told->error_type = node->verdict.error_type;
    told->delay_ns = delay_ns;
    node->retried_count++;
}

/* False: the node has to end before. */
static bool wait_until(cap_node *node, uint64_t until_ns) {
    cap_tree *tree = node->tree;
    const struct timespec until = {.tv_sec = (time_t)(until_ns / 1000000000u), .tv_nsec = (long)(until_ns % 1000000000u)};
    int status = 0;
    bool ends;
    pthread_mutex_lock(&tree->lock);
    while (!(ends = node->cancelled || tree->cancelled) && status != ETIMEDOUT)
        status = pthread_cond_clockwait(&tree->finished, &tree->lock, CLOCK_MONOTONIC, &until);
    pthread_mutex_unlock(&tree->lock);
    return !ends;
}

static bool pause_for(cap_node *node, uint64_t delay_ns) {
    cap_tree *tree = node->tree;
    if (node->deterministic) {
        node->elapsed_ns += delay_ns;
        node->realtime_ns += delay_ns;
        return true;
    }
    cap_tokens_give(&tree->program->runtime->tokens);
    cap_place_lend(tree);
    bool on = wait_until(node, cap_clock_monotonic_ns() + delay_ns);
    cap_place_return(tree);
    if (!on) {
        cap_verdict_clear(&node->verdict);
        cap_node_fail_cancelled(node, &node->verdict);
        cap_tokens_retake(&tree->program->runtime->tokens);
        return false;
    }
    if (cap_node_take_token(node) == 0) return true;
    cap_tokens_retake(&tree->program->runtime->tokens); /* whoever called holds one, for a moment */
    return false;
}

bool cap_retry_prepare(cap_node *node) {
    if (node->attempts > node->task->policy->max_retries || !worth_repeating(node)) return false;
    uint64_t delay = delay_of(node), now = cap_clock_monotonic_ns();
    if (now >= node->deadline_ns || (!node->deterministic && delay >= node->deadline_ns - now)) return false;
    note(node, delay);
    return !delay || pause_for(node, delay);
}
