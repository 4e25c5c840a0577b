/* Subtasks: a task of the program called from another, in a sandbox and on a thread of its own.
 *
 * The child's last step, under the tree's lock, marks it done and writes the parent's eventfd; after that nobody but the
 * parent touches it. So a parent that saw `done` may free it.
 *
 * A tree has as many threads at work as there are run tokens; the other subtasks are pending. A task that waits for a
 * child lends its place to a pending one, so that a chain of waiting parents cannot starve the child they wait for. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <yyjson.h>

#include "base/cleanup.h"
#include "task/brought.h"
#include "task/hints.h"
#include "task/record.h"
#include "task/tree.h"
#include "wasi/abi.h"

_Static_assert(CAP_HANDLES_MAX > CAP_SUBTASKS_DEFAULT, "the budget is met before the handles are used up, and has a better failure");

/* ---- Which ones finished ---- */

static bool is_done(cap_node *node) {
    pthread_mutex_lock(&node->tree->lock);
    bool done = node->done;
    pthread_mutex_unlock(&node->tree->lock);
    return done;
}

/* Under tree->lock. */
static void list_finished(cap_node *child) {
    cap_node *parent = child->parent;
    child->previous_finished = parent->last_finished;
    *(parent->last_finished ? &parent->last_finished->next_finished : &parent->first_finished) = child;
    parent->last_finished = child;
}

/* Nobody needs to be told of it any more. Under tree->lock. */
static void unlist_finished(cap_node *child) {
    cap_node *parent = child->parent;
    if (child->told || !child->done) return;
    *(child->previous_finished ? &child->previous_finished->next_finished : &parent->first_finished) = child->next_finished;
    *(child->next_finished ? &child->next_finished->previous_finished : &parent->last_finished) = child->previous_finished;
    child->next_finished = child->previous_finished = NULL;
    child->told = true;
}

static void mark_done(cap_node *child) {
    child->done = true;
    list_finished(child);
}

static void run_child(void *argument);

/* Somebody leaves his place: the pending subtask that takes it, or NULL when there is none, or when parents that went on
 * after a wait had made it one place too many. Under tree->lock. */
static cap_node *pass_place_on(cap_tree *tree) {
    cap_node *node = tree->pending;
    if (!node || tree->busy > tree->width) {
        tree->busy--;
        return NULL;
    }
    tree->pending = node->next_pending;
    if (!tree->pending) tree->last_pending = NULL;
    return node;
}

/* The child is done. Answers the pending one that goes on in its place, or NULL. Nothing of the tree is touched after the
 * unlocking: the run may be over then. */
static cap_node *finish(cap_node *node) {
    cap_tree *tree = node->tree;
    uint64_t one = 1;
    cap_record_subtask(node);
    pthread_mutex_lock(&tree->lock);
    if (cap_node_is_brought(node)) node->parent->lent_fuel += node->fuel + node->lent_fuel;
    mark_done(node);
    ssize_t ignored = write(node->parent->children_fd, &one, sizeof one); /* cannot fail below 2^64 - 1 */
    (void)ignored;
    pthread_cond_broadcast(&tree->finished);
    cap_node *next = pass_place_on(tree);
    pthread_mutex_unlock(&tree->lock);
    return next;
}

/* Takes `bytes` in place of what the child held before; false, and nothing changes, when the tree has no room for them. */
static bool hold(cap_node *child, uint64_t bytes) {
    cap_tree *tree = child->tree;
    pthread_mutex_lock(&tree->lock);
    uint64_t others = tree->held_bytes - child->held_bytes;
    bool fits = bytes <= tree->held_limit && others <= tree->held_limit - bytes;
    if (fits) {
        tree->held_bytes = others + bytes;
        child->held_bytes = bytes;
    }
    pthread_mutex_unlock(&tree->lock);
    return fits;
}

static void exceed_held(cap_node *child) {
    cap_verdict_clear(&child->verdict);
    cap_verdict_fail(&child->verdict, "subtasks_exceeded",
                     "arguments and results of subtasks that were not read take more than %llu bytes",
                     (unsigned long long)child->tree->held_limit);
    child->verdict.limit = "subtask_bytes";
    child->verdict.used = child->tree->held_limit + 1;
    child->verdict.allowed = child->tree->held_limit;
}

/* What a finished child still needs is its envelope alone, if there is room for it. */
static void shrink(cap_node *child) {
    free(child->request);
    child->request = NULL;
    if (cap_node_is_brought(child) && child->stream == child) cap_brought_forget(child->program); /* all that shared it has ended */
    bool fits = hold(child, child->envelope ? strlen(child->envelope) : 0);
    for (int i = 0; i < 2; i++) {
        cap_buffer_free(&child->capture.streams[i]);
        if (!fits) child->capture.truncated[i] = true;
    }
    if (fits) return;
    exceed_held(child);
    cap_node_seal(child);
    hold(child, 0);
}

static void run_child(void *argument) {
    for (cap_node *node = argument; node; node = finish(node)) {
        cap_node_execute(node);
        shrink(node);
    }
}

/* Starts a pending subtask on a thread of its own; when there is none, the subtask fails and the next is tried. */
static void start_thread(cap_node *node) {
    cap_threads *threads = node->tree->program->runtime->threads;
    while (node) {
        cap_autoerror capsule_error *error = NULL;
        if (cap_threads_run(threads, run_child, node, &error) == 0) return;
        cap_verdict_from_error(&node->verdict, error);
        cap_node_seal(node);
        node = finish(node);
    }
}

static void schedule(cap_node *node) {
    cap_tree *tree = node->tree;
    pthread_mutex_lock(&tree->lock);
    bool now = tree->busy < tree->width;
    if (now) {
        tree->busy++;
    } else {
        *(tree->last_pending ? &tree->last_pending->next_pending : &tree->pending) = node;
        tree->last_pending = node;
    }
    pthread_mutex_unlock(&tree->lock);
    if (now) start_thread(node);
}

void cap_place_lend(cap_tree *tree) {
    pthread_mutex_lock(&tree->lock);
    cap_node *next = pass_place_on(tree);
    pthread_mutex_unlock(&tree->lock);
    if (next) start_thread(next);
}

void cap_place_return(cap_tree *tree) {
    pthread_mutex_lock(&tree->lock);
    tree->busy++;
    pthread_mutex_unlock(&tree->lock);
}

/* A parent begins to wait: its run token and its place go to others. */
static void begin_wait(cap_tree *tree) {
    cap_tokens_give(&tree->program->runtime->tokens);
    cap_place_lend(tree);
}

/* It goes on, even when that makes one too many: its deadline does not wait. */
static void end_wait(cap_tree *tree) {
    cap_place_return(tree);
    cap_tokens_retake(&tree->program->runtime->tokens);
}

/* A free handle for one more child, or a negative errno. */
static int32_t make_handle(cap_node *parent) {
    for (size_t i = parent->child_count; i > 0; i--)
        if (!parent->children[i - 1]) return (int32_t)(i - 1);
    if (parent->child_count == CAP_HANDLES_MAX) return -WASI_EMFILE;
    if (parent->child_count == parent->child_capacity) {
        size_t capacity = parent->child_capacity ? parent->child_capacity * 2 : 8;
        cap_node **children = realloc(parent->children, capacity * sizeof *children);
        if (!children) return -WASI_ENOMEM;
        parent->children = children;
        parent->child_capacity = capacity;
    }
    parent->children[parent->child_count] = NULL;
    return (int32_t)parent->child_count++;
}

static bool budget_allows(cap_node *parent, cap_verdict *verdict) {
    cap_tree *tree = parent->tree;
    pthread_mutex_lock(&tree->lock);
    bool enough = tree->subtasks < tree->subtask_limit;
    if (enough) tree->subtasks++;
    pthread_mutex_unlock(&tree->lock);
    if (!enough) {
        cap_verdict_fail(verdict, "subtasks_exceeded", "more than %llu subtasks", (unsigned long long)tree->subtask_limit);
        verdict->limit = "subtasks";
        verdict->used = tree->subtask_limit + 1;
        verdict->allowed = tree->subtask_limit;
        const cap_source *source = &tree->program->ceiling.from[CAP_LIMIT_MAX_SUBTASKS];
        if (source->kind) cap_hint(verdict, "raise %s:%u %s", source->file, source->line, source->name);
    } else if (parent->depth >= CAP_DEPTH_MAX) {
        cap_verdict_fail(verdict, "subtasks_exceeded", "subtasks nested deeper than %u", CAP_DEPTH_MAX);
        verdict->limit = "depth";
        verdict->used = parent->depth + 1;
        verdict->allowed = CAP_DEPTH_MAX;
    }
    return verdict->error_type == NULL;
}

static void add_member(cap_buffer *out, yyjson_val *arguments, const char *key, bool is_kind(yyjson_val *), const char *otherwise) {
    yyjson_val *value = yyjson_obj_get(arguments, key);
    size_t length = 0;
    char *text = is_kind(value) ? yyjson_val_write(value, YYJSON_WRITE_NOFLAG, &length) : NULL;
    cap_buffer_add_json_key(out, key);
    cap_buffer_add(out, text ? text : otherwise, text ? length : strlen(otherwise));
    free(text);
}

static bool is_array(yyjson_val *value) { return yyjson_is_arr(value); }
static bool is_object(yyjson_val *value) { return yyjson_is_obj(value); }

/* The request of capsule_call. Only "args" and "kwargs" of the guest's text travel, re-written, so that nothing in it can
 * name another task; numbers keep their spelling. NULL: not such JSON, or no memory. */
static char *make_request(const char *name, const char *arguments, size_t length, size_t *ret_length) {
    yyjson_doc *doc = yyjson_read(arguments, length, YYJSON_READ_NUMBER_AS_RAW);
    if (!doc) return NULL;
    cap_buffer request;
    cap_buffer_init(&request, CAP_REQUEST_MAX);
    cap_buffer_add_text(&request, "{\"task\":");
    cap_buffer_add_json_string(&request, name, strlen(name));
    cap_buffer_add_text(&request, ",\"argv\":[]");
    add_member(&request, yyjson_doc_get_root(doc), "args", is_array, "[]");
    add_member(&request, yyjson_doc_get_root(doc), "kwargs", is_object, "{}");
    cap_buffer_add_text(&request, "}");
    yyjson_doc_free(doc);
    *ret_length = request.length;
    return cap_buffer_take(&request);
}

static int open_children(cap_node *parent) {
    if (parent->children_fd < 0) parent->children_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return parent->children_fd < 0 ? -1 : 0;
}

/* Starts the child or makes it wait for a thread; -1 with its verdict when it may not start. */
static int launch(cap_node *child) {
    if (child->verdict.error_type) return -1;
    if (!hold(child, child->request_length + (child->program == child->parent->program ? 0 : cap_brought_bytes(child->program)))) {
        exceed_held(child);
        return -1;
    }
    if (child->missing) {
        cap_verdict_fail(&child->verdict, "task_error", "no task named \"%s\" in this program%s", child->task->name,
                         child->program->code ? ": a string has tasks when it can be imported without calling them; call them from its task main" : "");
        return -1;
    }
    if (!budget_allows(child->parent, &child->verdict)) return -1;
    schedule(child);
    return 0;
}

/* Waits until a child finished (0), the time is over (-ETIMEDOUT) or the guest is to stop (-EINTR). */
static int32_t wait_for_change(cap_node *parent, const cap_host *host, uint64_t until_ns) {
    struct pollfd waits[] = {{.fd = host->stop_fd, .events = POLLIN}, {.fd = parent->children_fd, .events = POLLIN}};
    uint64_t now = cap_clock_monotonic_ns();
    if (until_ns <= now) return -WASI_ETIMEDOUT;
    uint64_t left = until_ns - now;
    struct timespec timeout = {.tv_sec = (time_t)(left / 1000000000u), .tv_nsec = (long)(left % 1000000000u)};
    ppoll(waits, 2, until_ns == UINT64_MAX ? NULL : &timeout, NULL);
    return cap_host_stopping(host) ? -WASI_EINTR : 0;
}

static void drain(int fd) {
    uint64_t count;
    while (read(fd, &count, sizeof count) > 0) {
    }
}

/* Under a deterministic parent a child runs to its end when it is started: its output comes before anything else, whatever
 * the machine has to do. In virtual time they run side by side all the same: the parent's clock stands still, and the child
 * is not finished for it before that clock has come to where the child's ended. */
static void run_to_end(cap_node *parent, const cap_host *host, cap_node *child) {
    begin_wait(parent->tree);
    do drain(parent->children_fd);
    while (!is_done(child) && wait_for_change(parent, host, UINT64_MAX) == 0);
    end_wait(parent->tree);
    if (is_done(child)) child->due_ns += child->elapsed_ns;
}

/* A node for the task `name` that the parent's program has, or one that stands for it when there is none, so that its
 * failure has a name. */
static cap_node *create_child(cap_node *parent, const char *name, char *request, size_t length) {
    if (cap_node_is_brought(parent) && !parent->program->code) return cap_brought_subtask(parent, name, request, length);
    const cap_task *task = parent->program->code ? NULL : cap_program_task(parent->program, name); /* a string's is itself */
    if (task) return cap_node_create(parent->tree, parent, task, request, length);
    cap_task missing = {.name = strdup(name), .policy = calloc(1, sizeof *missing.policy)};
    if (!missing.name || !missing.policy) {
        cap_task_clear(&missing);
        free(request);
        return NULL;
    }
    cap_node *child = cap_node_create_own(parent, parent->program, missing, request, length);
    if (child) child->missing = true;
    return child;
}

/* Gives the child its handle, which is answered, and starts it. */
static int32_t enter_child(cap_node *parent, const cap_host *host, cap_node *child, int32_t handle) {
    parent->children[handle] = child;
    child->handle = handle;
    child->due_ns = parent->deterministic ? cap_wasi_elapsed(parent->wasi) : 0;
    if (launch(child) < 0) {
        cap_node_seal(child);
        shrink(child);
        pthread_mutex_lock(&parent->tree->lock);
        mark_done(child);
        pthread_mutex_unlock(&parent->tree->lock);
    } else if (parent->deterministic) {
        run_to_end(parent, host, child);
    }
    return handle;
}

int32_t cap_subtask_start(cap_node *parent, const cap_host *host, const char *name, size_t name_length, const char *arguments, size_t length) {
    int32_t handle = make_handle(parent);
    if (handle < 0) return handle;
    if (open_children(parent) < 0) return -WASI_EMFILE;
    cap_autofree char *text = strndup(name, name_length);
    if (!text) return -WASI_ENOMEM;
    size_t request_length = 0;
    char *request = make_request(text, arguments, length, &request_length);
    if (!request) return -WASI_EINVAL;
    cap_node *child = create_child(parent, text, request, request_length);
    return child ? enter_child(parent, host, child, handle) : -WASI_ENOMEM;
}

int32_t cap_subtask_bring(cap_node *parent, const cap_host *host, const char *request, size_t length) {
    int32_t handle = make_handle(parent), problem;
    if (handle < 0) return handle;
    if (open_children(parent) < 0) return -WASI_EMFILE;
    cap_node *child = cap_brought_create(parent, request, length, &problem);
    return child ? enter_child(parent, host, child, handle) : problem;
}

int32_t cap_subtask_cancel(cap_node *parent, uint32_t handle) {
    if (handle >= parent->child_count || !parent->children[handle]) return -WASI_EBADF;
    if (!is_done(parent->children[handle])) cap_node_cancel(parent->children[handle]);
    return 0;
}

/* Under tree->lock. A child whose end lies ahead in the parent's virtual time is not finished yet. */
static bool is_finished(const cap_node *parent, const cap_node *child) {
    return child->done && (!parent->deterministic || child->due_ns <= cap_wasi_elapsed(parent->wasi));
}

/* Position of the first finished child (or a negative errno for a handle that is none): 0; -1 when there is none yet. */
static int find_done(cap_node *parent, const uint32_t *handles, uint32_t count, int32_t *ret_index) {
    int status = -1;
    pthread_mutex_lock(&parent->tree->lock); /* once for all of them: children finish meanwhile */
    for (uint32_t i = 0; i < count && status < 0; i++) {
        uint32_t handle = handles[i];
        bool open = handle < parent->child_count && parent->children[handle];
        if (open && !is_finished(parent, parent->children[handle])) continue;
        *ret_index = open ? (int32_t)i : -WASI_EBADF;
        status = 0;
    }
    pthread_mutex_unlock(&parent->tree->lock);
    return status;
}

/* Handle of a finished child that no wait for any was told of; -1 when there is none yet. In virtual time the one that
 * ended first. Under tree->lock. */
static cap_node *next_finished(const cap_node *parent) {
    cap_node *first = parent->first_finished;
    if (!parent->deterministic) return first;
    for (cap_node *child = first; child; child = child->next_finished)
        if (child->due_ns < first->due_ns) first = child;
    return first && is_finished(parent, first) ? first : NULL;
}

static int find_any(cap_node *parent, int32_t *ret_handle) {
    pthread_mutex_lock(&parent->tree->lock);
    cap_node *child = next_finished(parent);
    if (child) {
        unlist_finished(child);
        *ret_handle = child->handle;
    }
    pthread_mutex_unlock(&parent->tree->lock);
    return child ? 0 : -1;
}

/* What a wait is for: some handles, or (count 0) any child. */
static int find(cap_node *parent, const uint32_t *handles, uint32_t count, int32_t *ret_answer) {
    return count ? find_done(parent, handles, count, ret_answer) : find_any(parent, ret_answer);
}

/* When the first of those waited for ends, in virtual time; UINT64_MAX: a child was left behind, the run ends. */
static uint64_t first_due(cap_node *parent, const uint32_t *handles, uint32_t count) {
    uint64_t first = UINT64_MAX;
    pthread_mutex_lock(&parent->tree->lock);
    for (const cap_node *child = count ? NULL : parent->first_finished; child; child = child->next_finished)
        if (child->due_ns < first) first = child->due_ns;
    for (uint32_t i = 0; i < count; i++) {
        const cap_node *child = parent->children[handles[i]];
        if (child->done && child->due_ns < first) first = child->due_ns;
    }
    pthread_mutex_unlock(&parent->tree->lock);
    return first;
}

/* The same in virtual time, where nothing happens meanwhile: goes to where the first of the children ends, or the wait. */
static int32_t wait_virtually(cap_node *parent, const cap_host *host, const uint32_t *handles, uint32_t count,
                              int64_t timeout_ns) {
    uint64_t now = cap_wasi_elapsed(parent->wasi), first = first_due(parent, handles, count);
    if (first == UINT64_MAX || cap_host_stopping(host)) return -WASI_EINTR; /* a child was left behind: the run ends */
    bool in_time = timeout_ns < 0 || first - now <= (uint64_t)timeout_ns;
    cap_wasi_wait_until(parent->wasi, in_time ? first : now + (uint64_t)timeout_ns);
    int32_t answer = -WASI_ETIMEDOUT;
    if (in_time) find(parent, handles, count, &answer);
    cap_wasi_step(parent->wasi);
    return answer;
}

/* Whether a child is open that a wait for any may still be told of. */
static bool any_untold(const cap_node *parent) {
    for (size_t i = parent->child_count; i > 0; i--)
        if (parent->children[i - 1] && !parent->children[i - 1]->told) return true;
    return false;
}

int32_t cap_subtask_wait(cap_node *parent, const cap_host *host, const uint32_t *handles, uint32_t count, int64_t timeout_ns) {
    int32_t answer;
    if (find(parent, handles, count, &answer) == 0) return answer;
    if (count == 0 && !any_untold(parent)) return -WASI_EINVAL; /* it would wait for ever */
    if (parent->deterministic) return wait_virtually(parent, host, handles, count, timeout_ns);
    if (timeout_ns == 0) return -WASI_ETIMEDOUT;
    uint64_t now = cap_clock_monotonic_ns();
    uint64_t until = timeout_ns < 0 || (uint64_t)timeout_ns > UINT64_MAX - 1 - now ? UINT64_MAX : now + (uint64_t)timeout_ns;
    begin_wait(parent->tree);
    int32_t status;
    for (;;) {
        drain(parent->children_fd); /* before looking: a child that finishes now makes it readable again */
        if (find(parent, handles, count, &answer) == 0) {
            status = answer;
            break;
        }
        status = wait_for_change(parent, host, until);
        if (status < 0) break;
    }
    end_wait(parent->tree);
    return status;
}

cap_node *cap_subtask_finished(cap_node *parent, uint32_t handle, int32_t *ret_errno) {
    *ret_errno = -WASI_EBADF;
    if (handle >= parent->child_count || !parent->children[handle]) return NULL;
    *ret_errno = -WASI_EAGAIN;
    cap_node *child = parent->children[handle];
    pthread_mutex_lock(&parent->tree->lock);
    bool finished = is_finished(parent, child);
    pthread_mutex_unlock(&parent->tree->lock);
    return finished ? child : NULL;
}

void cap_subtask_close(cap_node *parent, uint32_t handle) {
    hold(parent->children[handle], 0);
    pthread_mutex_lock(&parent->tree->lock);
    unlist_finished(parent->children[handle]);
    pthread_mutex_unlock(&parent->tree->lock);
    cap_node_free(parent->children[handle]);
    parent->children[handle] = NULL;
}

void cap_subtasks_end(cap_node *parent) {
    for (size_t i = 0; i < parent->child_count; i++)
        if (parent->children[i] && !is_done(parent->children[i])) cap_node_cancel(parent->children[i]);
    if (parent->child_count == 0) return;
    begin_wait(parent->tree); /* cancelled children may need the place to see it */
    for (size_t i = 0; i < parent->child_count; i++) {
        if (!parent->children[i]) continue;
        pthread_mutex_lock(&parent->tree->lock);
        while (!parent->children[i]->done) pthread_cond_wait(&parent->tree->finished, &parent->tree->lock);
        pthread_mutex_unlock(&parent->tree->lock);
        cap_subtask_close(parent, (uint32_t)i);
    }
    parent->child_count = 0;
    end_wait(parent->tree);
}
