/* The threads that serve calls: as many calls run as there are jobs, first come first served. */
#include <stdlib.h>

#include "base/error.h"
#include "cli/console.h"
#include "cli/worker/calls_internal.h"

#define STACK_BYTES (1u << 20)
#define AHEAD 2u         /* further calls that are taken out of the queue while programs of others are loaded */
#define THREADS_MORE 16u /* beside those whose calls run: loading, recording and replying keep no core idle */

/* ---- Who is wanted, under the lock ---- */

static bool is_wanted(const cli_calls *calls, uint32_t on_their_way) {
    uint32_t ahead = calls->slow < AHEAD ? calls->slow : AHEAD;
    return calls->waiting && calls->engaged + on_their_way < calls->options.jobs + ahead;
}

void cli_serve_want(cli_calls *calls) {
    server *next = calls->idle;
    if (!next || !is_wanted(calls, calls->waking)) return;
    calls->idle = next->next_idle;
    calls->waking++;
    next->woken = true;
    pthread_cond_signal(&next->wake);
}

static void wait_idle(server *self) {
    cli_calls *calls = self->calls;
    self->next_idle = calls->idle;
    calls->idle = self;
    while (!self->woken && !calls->ending) pthread_cond_wait(&self->wake, &calls->lock);
    calls->waking -= self->woken;
    self->woken = false;
}

/* NULL: the end. */
static call *take(server *self) {
    cli_calls *calls = self->calls;
    while (!is_wanted(calls, 0)) {
        if (calls->ending) return NULL;
        wait_idle(self);
    }
    call *c = cli_calls_dequeue(calls);
    c->state = CALL_LOADING;
    calls->engaged++;
    return c;
}

static void open_gate(cli_calls *calls) {
    if (calls->gate && calls->running < calls->options.jobs) pthread_cond_signal(&calls->gate->turn);
}

static void leave_gate(cli_calls *calls, call *c) {
    call **link = &calls->gate;
    while (*link != c) link = &(*link)->next_waiting;
    *link = c->next_waiting;
    if (!*link) calls->last_gate = link;
    open_gate(calls);
}

/* ---- Loading ---- */

static void change_slow(void *context, int change) {
    cli_calls *calls = context;
    pthread_mutex_lock(&calls->lock);
    calls->slow += (uint32_t)change;
    cli_serve_want(calls);
    pthread_mutex_unlock(&calls->lock);
}

static int create_run(cli_calls *calls, call *c, capsule_program *program, capsule_run **ret_run, capsule_error **error) {
    capsule_run_options options = CAPSULE_RUN_OPTIONS_INIT;
    uint64_t now = c->deadline_ns == UINT64_MAX ? 0 : cli_now_ns();
    options.arguments = c->request.arguments;
    options.argv = c->request.argv;
    options.mounts = c->request.mounts;
    options.output_limit = CLI_CALLS_OUTPUT_MAX;
    options.no_trace = calls->options.no_trace;
    options.trace_later = true;
    if (c->deadline_ns != UINT64_MAX) options.timeout_ns = c->deadline_ns > now ? c->deadline_ns - now : 1;
    if (c->stream) {
        options.output = cli_stream_add;
        options.output_context = c->stream;
    }
    return capsule_run_create(program, &options, ret_run, error);
}

static int load_string(cli_calls *calls, call *c, capsule_run **ret_run, capsule_error **error) {
    capsule_program *program = NULL;
    change_slow(calls, 1);
    int status = cli_programs_make(calls->options.programs, &c->request, &program, error);
    change_slow(calls, -1);
    if (status < 0) return -1;
    status = create_run(calls, c, program, ret_run, error);
    capsule_program_free(program); /* the run holds it */
    return status;
}

static int load(cli_calls *calls, call *c, capsule_run **ret_run, capsule_error **error) {
    cli_lease *lease = NULL;
    const cli_slow slow = {.change = change_slow, .context = calls};
    if (c->request.stream && !(c->stream = cli_stream_create(calls->options.output, c->request.id)))
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a call");
    if (c->request.code) return load_string(calls, c, ret_run, error);
    if (cli_programs_take(calls->options.programs, c->request.file, c->read_ns, &slow, &lease, error) < 0) return -1;
    int status = create_run(calls, c, cli_lease_program(lease), ret_run, error);
    cli_programs_give(calls->options.programs, lease);
    return status;
}

/* ---- Running ---- */

/* Waits for its turn; then the call is running, unless it was answered meanwhile. */
static bool begin_running(cli_calls *calls, call *c, capsule_run *run) {
    pthread_mutex_lock(&calls->lock);
    c->run = run;
    c->next_waiting = NULL;
    *calls->last_gate = c;
    calls->last_gate = &c->next_waiting;
    while (!c->answered && (calls->gate != c || calls->running >= calls->options.jobs))
        pthread_cond_wait(&c->turn, &calls->lock);
    bool wanted = !c->answered;
    if (wanted) {
        c->state = CALL_RUNNING;
        c->running = true;
        calls->running++;
    }
    leave_gate(calls, c);
    pthread_mutex_unlock(&calls->lock);
    return wanted;
}

/* The call needs no core any more: what is left is to record and to reply. */
static void end(cli_calls *calls, call *c) {
    pthread_mutex_lock(&calls->lock);
    c->state = CALL_ENDED;
    if (c->running) {
        c->running = false;
        calls->running--;
        open_gate(calls);
    }
    calls->engaged--;
    calls->finishing++;
    pthread_mutex_unlock(&calls->lock);
}

static void serve(cli_calls *calls, call *c) {
    capsule_run *run = NULL;
    if (load(calls, c, &run, &c->error) == 0 && begin_running(calls, c, run)) capsule_run_execute(run, &c->result, &c->error);
    end(calls, c);
    cli_finish_call(calls, c);
}

/* ---- Threads ---- */

static void *run_thread(void *argument) {
    server *self = argument;
    cli_calls *calls = self->calls;
    pthread_mutex_lock(&calls->lock);
    for (call *c; self->state == PLACE_SERVED && (c = take(self));) {
        pthread_mutex_unlock(&calls->lock);
        serve(calls, c);
        bool lowered = capsule_thread_lowered();
        pthread_mutex_lock(&calls->lock);
        if (!lowered) continue;
        self->state = PLACE_LEFT;
        calls->places_left++;
        cli_serve_want(calls); /* this one does not come back for the next call */
        cli_calls_notify(calls);
    }
    pthread_mutex_unlock(&calls->lock);
    return NULL;
}

/* Under the lock, which the new thread takes first. */
static bool fill_place(server *self) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (pthread_create(&self->thread, &attributes, run_thread, self) == 0) self->state = PLACE_SERVED;
    pthread_attr_destroy(&attributes);
    return self->state == PLACE_SERVED;
}

static void join_left(cli_calls *calls, server *place) {
    pthread_mutex_unlock(&calls->lock); /* its last step */
    pthread_join(place->thread, NULL);
    pthread_mutex_lock(&calls->lock);
    place->state = PLACE_EMPTY;
}

bool cli_serve_refill(cli_calls *calls) {
    for (uint32_t i = 0; calls->places_left && i < calls->thread_count; i++) {
        server *place = &calls->threads[i];
        if (place->state == PLACE_SERVED) continue;
        if (place->state == PLACE_LEFT) join_left(calls, place);
        if (fill_place(place)) calls->places_left--;
    }
    return calls->places_left == 0;
}

int cli_serve_start(cli_calls *calls) {
    const uint32_t wanted = calls->options.jobs + THREADS_MORE;
    calls->threads = calloc(wanted, sizeof *calls->threads);
    pthread_mutex_lock(&calls->lock);
    while (calls->threads && calls->thread_count < wanted) {
        server *next = &calls->threads[calls->thread_count];
        next->calls = calls;
        pthread_cond_init(&next->wake, NULL);
        if (!fill_place(next)) {
            pthread_cond_destroy(&next->wake);
            break;
        }
        calls->thread_count++;
    }
    pthread_mutex_unlock(&calls->lock);
    return calls->thread_count == wanted ? 0 : -1;
}

void cli_serve_stop(cli_calls *calls) {
    pthread_mutex_lock(&calls->lock);
    for (uint32_t i = 0; i < calls->thread_count; i++) pthread_cond_signal(&calls->threads[i].wake);
    pthread_mutex_unlock(&calls->lock);
    for (uint32_t i = 0; i < calls->thread_count; i++) {
        pthread_mutex_lock(&calls->lock);
        bool empty = calls->threads[i].state == PLACE_EMPTY; /* places are emptied by this thread alone */
        pthread_mutex_unlock(&calls->lock);
        if (!empty) pthread_join(calls->threads[i].thread, NULL);
        pthread_cond_destroy(&calls->threads[i].wake);
    }
    free(calls->threads);
}
