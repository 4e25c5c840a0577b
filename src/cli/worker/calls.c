#include "cli/worker/calls.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/utf8.h"
#include "cli/console.h"
#include "cli/report.h"

#define STACK_BYTES (1u << 20)
#define AHEAD 2u /* calls that are loaded while as many run as there are jobs */
/* Threads beside those whose calls run: loading, recording and replying do not count as running, so that a call that waits
 * for the disk, and the commit of many at once, keeps no core idle. */
#define THREADS_MORE 16u
#define REPLY_MAX_BYTES (512u << 20)
#define MESSAGE_SHOWN_MAX (64u << 10) /* bytes of an error's message or detail in a reply */
#define NS_PER_MS UINT64_C(1000000)
#define FILL_AGAIN_NS (100 * NS_PER_MS) /* after a thread could not be started */

typedef enum call_state { CALL_WAITING, CALL_LOADING, CALL_RUNNING, CALL_ENDED } call_state;

typedef struct call {
    struct call *next, **link;    /* among all that are not answered, oldest first */
    struct call *next_waiting;    /* in the queue; once loaded, at the gate */
    struct cli_calls *calls;
    pthread_cond_t turn;          /* of one at the gate */
    cli_request request;
    uint32_t hash;                /* of the id */
    uint64_t deadline_ns;         /* UINT64_MAX: none */
    call_state state;
    bool answered;
    bool on_cores;                /* counts as running */
    bool engaged;                 /* counts as engaged */
    capsule_run *run;             /* while it executes */
    cli_stream *stream;           /* or NULL */
} call;

typedef struct server server;

struct cli_calls {
    cli_calls_options options;
    pthread_mutex_t lock;         /* everything below, and state, answered, on_cores and run of every call */
    pthread_cond_t work;
    call *first, **last;
    call *waiting, **last_waiting;
    call *gate, **last_gate;      /* loaded calls, of which as many may run as there are jobs */
    size_t unanswered, replying, waiting_count, waiting_bytes, running;
    uint32_t busy;                /* threads that serve a call */
    uint32_t engaged;             /* of these, those whose call has yet to run or runs: no more than jobs and AHEAD */
    bool closed;                  /* the reader wants to know of every end */
    bool ending;
    bool warned;                  /* that the trace cannot be written */
    server *threads;
    uint32_t thread_count;
};

/* A place of a thread that serves calls. One whose priority a long run lowered for good leaves it, and the thread that reads
 * requests puts a new one there: a thread inherits the priority of the one that starts it. */
typedef enum place_state { PLACE_EMPTY, PLACE_SERVED, PLACE_LEFT /* its thread has ended, or is about to: to be joined */ } place_state;

struct server {
    cli_calls *calls;
    pthread_t thread;  /* but for PLACE_EMPTY */
    place_state state; /* under the lock */
};

/* ---- Replies ---- */

static void add_member(cap_buffer *out, const char *key, const char *text) {
    size_t length = strlen(text);
    cap_buffer_add_json_key(out, key);
    cap_buffer_add_json_string(out, text, length > MESSAGE_SHOWN_MAX ? cap_utf8_cut(text, MESSAGE_SHOWN_MAX) : length);
}

static void send_buffer(cli_output *output, cap_buffer *line, bool wait) {
    cap_buffer_add_text(line, "}\n");
    size_t length = line->length;
    cli_output_send(output, cap_buffer_take(line), length, wait);
}

void cli_calls_send_error(cli_output *output, const char *id, const char *type, const char *message, const char *detail,
                          bool wait) {
    cap_buffer line;
    cap_buffer_init(&line, REPLY_MAX_BYTES);
    cap_buffer_add_text(&line, "{");
    add_member(&line, "id", id ? id : "unknown");
    add_member(&line, "error", message);
    add_member(&line, "error_type", type);
    if (detail) add_member(&line, "detail", detail);
    send_buffer(output, &line, wait);
}

static void send_envelope(cli_output *output, const char *id, const char *envelope, bool wait) {
    cap_buffer line;
    cap_buffer_init(&line, REPLY_MAX_BYTES);
    cap_buffer_add_text(&line, "{");
    add_member(&line, "id", id);
    cap_buffer_add_json_key(&line, "output");
    cap_buffer_add_text(&line, envelope);
    send_buffer(output, &line, wait);
}

/* The outcome of a call that never ran. */
static void send_outcome(cli_output *output, const char *id, const char *type, const char *message) {
    cap_autobuffer cap_buffer envelope;
    cap_buffer_init(&envelope, REPLY_MAX_BYTES);
    cli_report_envelope(&envelope, type, message, NULL);
    if (envelope.failed)
        cli_output_send(output, NULL, 0, false);
    else
        send_envelope(output, id, envelope.data, false);
}

/* ---- Calls, under the lock ---- */

static uint32_t hash_text(const char *text) {
    uint32_t hash = 2166136261u;
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

static call *find(const cli_calls *calls, const char *id) {
    uint32_t hash = hash_text(id);
    for (call *c = calls->first; c; c = c->next)
        if (c->hash == hash && !strcmp(c->request.id, id)) return c;
    return NULL;
}

/* From here on the id is free again, and the reply is the caller's to send. False: somebody did it before. */
static bool claim_answer(cli_calls *calls, call *c) {
    if (c->answered) return false;
    c->answered = true;
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    else
        calls->last = c->link;
    calls->unanswered--;
    return true;
}

static void leave_queue(cli_calls *calls, call **link) {
    call *c = *link;
    *link = c->next_waiting;
    if (!*link) calls->last_waiting = link;
    calls->waiting_count--;
    calls->waiting_bytes -= c->request.bytes;
}

/* Wakes a thread for the next call when one is wanted. Those that record and reply come back by themselves: as long as they
 * are few, waking another one costs more than the wait for them. */
static void want_thread(cli_calls *calls) {
    uint32_t finishing = calls->busy - calls->engaged;
    if (calls->waiting && calls->engaged < calls->options.jobs && finishing >= calls->options.jobs) pthread_cond_signal(&calls->work);
}

static void disengage(cli_calls *calls, call *c) {
    if (!c->engaged) return;
    c->engaged = false;
    calls->engaged--;
    want_thread(calls);
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

static void free_call(call *c) {
    pthread_cond_destroy(&c->turn);
    cli_stream_free(c->stream);
    cli_request_clear(&c->request);
    free(c);
}

/* Forgets a call that was answered before it ran: one that waits is gone then, any other is freed by its thread. */
static void dismiss(cli_calls *calls, call *c) {
    if (c->state != CALL_WAITING) {
        pthread_cond_signal(&c->turn);
        return;
    }
    call **link = &calls->waiting;
    while (*link != c) link = &(*link)->next_waiting;
    leave_queue(calls, link);
    free_call(c);
}

static void answer_early(cli_calls *calls, call *c, const char *type, const char *message) {
    claim_answer(calls, c);
    send_outcome(calls->options.output, c->request.id, type, message);
    dismiss(calls, c);
}

static void cancel(cli_calls *calls, call *c) {
    if (c->state == CALL_RUNNING) {
        if (c->run) capsule_run_cancel(c->run);
    } else {
        answer_early(calls, c, "cancelled", "cancelled before the task began");
    }
}

/* ---- One call, on a thread of ours ---- */

static void notify(const cli_calls *calls) {
    uint64_t one = 1;
    ssize_t ignored = write(calls->options.notify, &one, sizeof one);
    (void)ignored;
}

/* The call needs no core any more: what is left is to record and to reply. */
static void leave_cores(cli_calls *calls, call *c) {
    pthread_mutex_lock(&calls->lock);
    if (c->on_cores) {
        c->on_cores = false;
        calls->running--;
        open_gate(calls);
    }
    disengage(calls, c);
    pthread_mutex_unlock(&calls->lock);
}

static void on_event(void *context, const char *json) {
    call *c = context;
    cli_calls *calls = c->calls;
    static const char end[] = "{\"event\":\"end\"", warning[] = "{\"event\":\"warning\"";
    if (!strncmp(json, end, sizeof end - 1) && strstr(json, "\"depth\":0,")) leave_cores(calls, c);
    if (strncmp(json, warning, sizeof warning - 1) || __atomic_exchange_n(&calls->warned, true, __ATOMIC_RELAXED)) return;
    cli_console console;
    cli_console_init(&console, false, false);
    cli_console_event(&console, json);
    cli_console_free(&console);
}

static int create_run(cli_calls *calls, call *c, capsule_program *program, capsule_run **ret_run, capsule_error **error) {
    capsule_run_options options = CAPSULE_RUN_OPTIONS_INIT;
    uint64_t now = cli_now_ns();
    options.arguments = c->request.arguments;
    options.argv = c->request.argv;
    options.mounts = c->request.mounts;
    options.output_limit = CLI_CALLS_OUTPUT_MAX;
    options.no_trace = calls->options.no_trace;
    options.event = on_event;
    options.event_context = c;
    if (c->deadline_ns != UINT64_MAX) options.timeout_ns = c->deadline_ns > now ? c->deadline_ns - now : 1;
    if (c->stream) {
        options.output = cli_stream_add;
        options.output_context = c->stream;
    }
    return capsule_run_create(program, &options, ret_run, error);
}

static int load_string(cli_calls *calls, call *c, capsule_run **ret_run, capsule_error **error) {
    capsule_program *program = NULL;
    if (cli_programs_make(calls->options.programs, &c->request, &program, error) < 0) return -1;
    int status = create_run(calls, c, program, ret_run, error);
    capsule_program_free(program); /* the run holds it */
    return status;
}

static int load(cli_calls *calls, call *c, capsule_run **ret_run, capsule_error **error) {
    cli_lease *lease = NULL;
    if (c->request.stream && !(c->stream = cli_stream_create(calls->options.output, c->request.id)))
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a call");
    if (c->request.code) return load_string(calls, c, ret_run, error);
    if (cli_programs_take(calls->options.programs, c->request.file, &lease, error) < 0) return -1;
    int status = create_run(calls, c, cli_lease_program(lease), ret_run, error);
    cli_programs_give(calls->options.programs, lease);
    return status;
}

/* Waits for its turn; then the call is running, unless it was answered meanwhile. */
static bool begin_running(cli_calls *calls, call *c, capsule_run *run) {
    pthread_mutex_lock(&calls->lock);
    c->next_waiting = NULL;
    *calls->last_gate = c;
    calls->last_gate = &c->next_waiting;
    while (!c->answered && (calls->gate != c || calls->running >= calls->options.jobs))
        pthread_cond_wait(&c->turn, &calls->lock);
    bool wanted = !c->answered;
    if (wanted) {
        c->state = CALL_RUNNING;
        c->run = run;
        c->on_cores = true;
        calls->running++;
    }
    leave_gate(calls, c);
    if (!wanted) disengage(calls, c);
    pthread_mutex_unlock(&calls->lock);
    return wanted;
}

static void end_running(cli_calls *calls, call *c) {
    leave_cores(calls, c); /* the event tells earlier; it does not come when the host fails */
    pthread_mutex_lock(&calls->lock);
    c->state = CALL_ENDED;
    c->run = NULL;
    pthread_mutex_unlock(&calls->lock);
}

/* The id is free before the reply is sent: who has read it may use the id again. */
static void answer(cli_calls *calls, call *c, const capsule_result *result, const capsule_error *error) {
    cli_output *output = calls->options.output;
    pthread_mutex_lock(&calls->lock);
    disengage(calls, c);
    bool mine = claim_answer(calls, c);
    calls->replying += mine;
    pthread_mutex_unlock(&calls->lock);
    if (!mine) return;
    if (c->stream) cli_stream_finish(c->stream);
    if (result)
        send_envelope(output, c->request.id, capsule_result_envelope(result), true);
    else
        cli_calls_send_error(output, c->request.id, cli_error_type(error), capsule_error_message(error),
                             capsule_error_detail(error), true);
    pthread_mutex_lock(&calls->lock);
    calls->replying--;
    pthread_mutex_unlock(&calls->lock);
}

static void serve(cli_calls *calls, call *c) {
    cap_autoerror capsule_error *error = NULL;
    capsule_run *run = NULL;
    capsule_result *result = NULL;
    int status = load(calls, c, &run, &error);
    if (status < 0 || begin_running(calls, c, run)) {
        if (status == 0) {
            capsule_run_execute(run, &result, &error);
            end_running(calls, c);
        }
        answer(calls, c, result, error);
    }
    capsule_result_free(result);
    capsule_run_free(run);
    free_call(c);
}

static bool is_full(const cli_calls *calls) {
    return calls->waiting_count >= calls->options.queue || calls->waiting_bytes >= CLI_CALLS_BYTES_MAX;
}

static call *take(cli_calls *calls) {
    while (!(calls->waiting && calls->engaged < calls->options.jobs + AHEAD) && !calls->ending)
        pthread_cond_wait(&calls->work, &calls->lock);
    call *c = calls->waiting;
    if (!c) return NULL;
    bool was_full = is_full(calls);
    leave_queue(calls, &calls->waiting);
    if (was_full) notify(calls);
    c->state = CALL_LOADING;
    c->engaged = true;
    calls->engaged++;
    calls->busy++;
    return c;
}

static void *run_thread(void *argument) {
    server *self = argument;
    cli_calls *calls = self->calls;
    pthread_mutex_lock(&calls->lock);
    for (call *c; self->state == PLACE_SERVED && (c = take(calls));) {
        pthread_mutex_unlock(&calls->lock);
        serve(calls, c);
        pthread_mutex_lock(&calls->lock);
        calls->busy--;
        if (capsule_thread_lowered()) {
            self->state = PLACE_LEFT;
            pthread_cond_signal(&calls->work); /* it does not come back for the next call, as want_thread expects */
        }
        if (calls->closed || self->state == PLACE_LEFT) notify(calls);
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

/* Fills the places that were left; false when one stays empty. */
static bool fill_places(cli_calls *calls) {
    bool full = true;
    for (uint32_t i = 0; i < calls->thread_count; i++) {
        server *place = &calls->threads[i];
        if (place->state == PLACE_SERVED) continue;
        if (place->state == PLACE_LEFT) {
            pthread_mutex_unlock(&calls->lock); /* its last step */
            pthread_join(place->thread, NULL);
            pthread_mutex_lock(&calls->lock);
            place->state = PLACE_EMPTY;
        }
        full &= fill_place(place);
    }
    return full;
}

/* ---- The whole ---- */

static void join(cli_calls *calls) {
    pthread_mutex_lock(&calls->lock);
    calls->ending = true;
    pthread_cond_broadcast(&calls->work);
    pthread_mutex_unlock(&calls->lock);
    for (uint32_t i = 0; i < calls->thread_count; i++) {
        pthread_mutex_lock(&calls->lock);
        bool empty = calls->threads[i].state == PLACE_EMPTY; /* places are emptied by this thread alone */
        pthread_mutex_unlock(&calls->lock);
        if (!empty) pthread_join(calls->threads[i].thread, NULL);
    }
}

static void destroy(cli_calls *calls) {
    join(calls);
    pthread_cond_destroy(&calls->work);
    pthread_mutex_destroy(&calls->lock);
    free(calls->threads);
    free(calls);
}

cli_calls *cli_calls_create(const cli_calls_options *options) {
    cli_calls *calls = calloc(1, sizeof *calls);
    if (!calls) return NULL;
    calls->options = *options;
    calls->last = &calls->first;
    calls->last_waiting = &calls->waiting;
    calls->last_gate = &calls->gate;
    pthread_mutex_init(&calls->lock, NULL);
    pthread_cond_init(&calls->work, NULL);
    const uint32_t wanted = options->jobs + THREADS_MORE;
    calls->threads = calloc(wanted, sizeof *calls->threads);
    pthread_mutex_lock(&calls->lock);
    while (calls->threads && calls->thread_count < wanted) {
        server *next = &calls->threads[calls->thread_count];
        next->calls = calls;
        if (!fill_place(next)) break;
        calls->thread_count++;
    }
    pthread_mutex_unlock(&calls->lock);
    if (calls->thread_count == wanted) return calls;
    destroy(calls);
    return NULL;
}

void cli_calls_close(cli_calls *calls) {
    pthread_mutex_lock(&calls->lock);
    calls->closed = true;
    pthread_mutex_unlock(&calls->lock);
}

bool cli_calls_free(cli_calls *calls) {
    if (!calls) return true;
    pthread_mutex_lock(&calls->lock);
    bool idle = calls->busy == 0;
    pthread_mutex_unlock(&calls->lock);
    if (idle) destroy(calls);
    return idle;
}

int cli_calls_add(cli_calls *calls, cli_request *request) {
    call *c = calloc(1, sizeof *c);
    if (!c) {
        cli_calls_send_error(calls->options.output, request->id, "host_fault", "out of memory for a call", NULL, false);
        cli_request_clear(request);
        return 0;
    }
    pthread_mutex_lock(&calls->lock);
    bool fresh = !find(calls, request->id);
    if (fresh) {
        c->calls = calls;
        pthread_cond_init(&c->turn, NULL);
        c->request = *request;
        c->hash = hash_text(request->id);
        c->deadline_ns = request->timeout_ms ? cli_now_ns() + request->timeout_ms * NS_PER_MS : UINT64_MAX;
        c->link = calls->last;
        *calls->last = c;
        calls->last = &c->next;
        *calls->last_waiting = c;
        calls->last_waiting = &c->next_waiting;
        calls->unanswered++;
        calls->waiting_count++;
        calls->waiting_bytes += request->bytes;
        if (calls->engaged < calls->options.jobs + AHEAD) pthread_cond_signal(&calls->work);
    }
    pthread_mutex_unlock(&calls->lock);
    if (!fresh) free(c);
    return fresh ? 0 : -1;
}

void cli_calls_cancel(cli_calls *calls, const char *id) {
    pthread_mutex_lock(&calls->lock);
    call *c = find(calls, id);
    if (c && c->state != CALL_ENDED) cancel(calls, c);
    pthread_mutex_unlock(&calls->lock);
}

uint64_t cli_calls_expire(cli_calls *calls, uint64_t now) {
    pthread_mutex_lock(&calls->lock);
    uint64_t next = fill_places(calls) ? UINT64_MAX : now + FILL_AGAIN_NS;
    for (call *c = calls->first, *after; c; c = after) {
        after = c->next;
        if (c->state > CALL_LOADING) continue;
        if (c->deadline_ns <= now)
            answer_early(calls, c, "timeout", "timeout: the caller's time was over before the task could start");
        else if (c->deadline_ns < next)
            next = c->deadline_ns;
    }
    pthread_mutex_unlock(&calls->lock);
    return next;
}

void cli_calls_refuse(cli_calls *calls, const char *message) {
    pthread_mutex_lock(&calls->lock);
    for (call *c = calls->first, *after; c; c = after) {
        after = c->next;
        if (c->state > CALL_LOADING) continue;
        claim_answer(calls, c);
        cli_calls_send_error(calls->options.output, c->request.id, "cancelled", message, NULL, false);
        dismiss(calls, c);
    }
    pthread_mutex_unlock(&calls->lock);
}

void cli_calls_stop(cli_calls *calls) {
    pthread_mutex_lock(&calls->lock);
    for (call *c = calls->first, *after; c; c = after) {
        after = c->next;
        if (c->state != CALL_ENDED) cancel(calls, c);
    }
    pthread_mutex_unlock(&calls->lock);
}

bool cli_calls_full(cli_calls *calls) {
    pthread_mutex_lock(&calls->lock);
    bool full = is_full(calls);
    pthread_mutex_unlock(&calls->lock);
    return full;
}

size_t cli_calls_unanswered(cli_calls *calls) {
    pthread_mutex_lock(&calls->lock);
    size_t count = calls->unanswered + calls->replying;
    pthread_mutex_unlock(&calls->lock);
    return count;
}

size_t cli_calls_running(cli_calls *calls) {
    pthread_mutex_lock(&calls->lock);
    size_t count = calls->running;
    pthread_mutex_unlock(&calls->lock);
    return count;
}
