#include "cli/worker/output.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/sink.h"

#define LOG_MAX ((size_t)32 << 20)   /* twice a service's output limit, with a header for each byte, fits */
#define LINE_MAX_BYTES (8 * CLI_OUTPUT_PIECE_MAX) /* every byte may need an escape */
#define STACK_BYTES (256u << 10)

#define BATCH_MAX_BYTES (64u << 10) /* replies up to so many bytes are written together */

typedef struct message {
    struct message *next;
    char *text; /* owned */
    size_t length, written; /* bytes; the latter are through already, and nothing else is written before the rest */
} message;

struct cli_output {
    cli_sink sink;          /* of the one who is writing */
    int notify, interrupt;
    pthread_t thread;
    pthread_mutex_t lock;   /* everything below, and all of every stream */
    pthread_cond_t work, room;
    message *first, **last;
    cli_stream *ready, **last_ready; /* streams with something to write */
    size_t waiting;         /* bytes of replies */
    uint64_t progress;
    bool writing;           /* a thread is, without the lock: the writer, or a sender when nobody else was */
    bool ending, streams_turn;
    bool closed;            /* somebody waits until everything is written */
    int error;
};

/* The log holds segments: which, length, bytes. What of a character the guest has not finished waits in `held`, one for
 * each of its two streams. */
struct cli_stream {
    cli_output *output;
    cli_stream *next;
    bool is_ready;
    char *id;           /* JSON text */
    cap_buffer log;
    size_t taken;       /* bytes of the log that are through */
    size_t last;        /* where its last segment begins; valid while that is not taken */
    char held[2][4];
    size_t held_length[2];
};

typedef struct segment {
    uint32_t which, length;
} segment;

static void notify(const cli_output *output) {
    uint64_t one = 1;
    ssize_t ignored = write(output->notify, &one, sizeof one);
    (void)ignored;
}

/* ---- Streams, under the output's lock ---- */

static size_t log_left(const cli_stream *stream) { return stream->log.length - stream->taken; }

static segment segment_at(const cli_stream *stream, size_t place) {
    segment head;
    memcpy(&head, stream->log.data + place, sizeof head);
    return head;
}

/* Adds bytes to the last segment when it is of the same kind, else as a new one. */
static int log_add(cli_stream *stream, unsigned which, const void *bytes, size_t length) {
    bool has_last = log_left(stream) > 0 && stream->last >= stream->taken;
    segment head = {which, 0};
    if (has_last && segment_at(stream, stream->last).which == which) {
        head = segment_at(stream, stream->last);
    } else {
        stream->last = stream->log.length;
        if (cap_buffer_add(&stream->log, &head, sizeof head) < 0) return -1;
    }
    head.length += (uint32_t)length;
    if (cap_buffer_add(&stream->log, bytes, length) < 0) return -1;
    memcpy(stream->log.data + stream->last, &head, sizeof head);
    return 0;
}

/* The log without what is through, when that is worth the copying. */
static void log_compact(cli_stream *stream) {
    if (stream->taken == 0 || log_left(stream) > stream->taken) return;
    memmove(stream->log.data, stream->log.data + stream->taken, log_left(stream));
    stream->log.length -= stream->taken;
    stream->last -= stream->last < stream->taken ? stream->last : stream->taken;
    stream->taken = 0;
}

static void make_ready(cli_stream *stream) {
    cli_output *output = stream->output;
    if (stream->is_ready || output->error || log_left(stream) == 0) return;
    stream->is_ready = true;
    stream->next = NULL;
    *output->last_ready = stream;
    output->last_ready = &stream->next;
    pthread_cond_signal(&output->work);
}

static cli_stream *take_ready(cli_output *output) {
    cli_stream *stream = output->ready;
    output->ready = stream->next;
    if (!output->ready) output->last_ready = &output->ready;
    stream->is_ready = false;
    return stream;
}

/* Makes a line of the first piece of the log. */
static void take_piece(cli_stream *stream, cap_buffer *line) {
    segment head = segment_at(stream, stream->taken);
    char *bytes = stream->log.data + stream->taken + sizeof head;
    size_t length = head.length;
    if (length > CLI_OUTPUT_PIECE_MAX) length = cap_utf8_cut(bytes, CLI_OUTPUT_PIECE_MAX);
    cap_buffer_add_format(line, "{\"id\":%s,\"stream\":\"%s\",\"data\":", stream->id, head.which ? "stderr" : "stdout");
    cap_buffer_add_json_string(line, bytes, length);
    cap_buffer_add_text(line, "}\n");
    if (length == head.length) {
        stream->taken += sizeof head + length;
    } else { /* the rest gets its header in front, over bytes that are through */
        bool was_last = stream->last == stream->taken;
        head.length -= (uint32_t)length;
        stream->taken += length;
        memcpy(stream->log.data + stream->taken, &head, sizeof head);
        if (was_last) stream->last = stream->taken;
    }
    log_compact(stream);
}

/* ---- The writer ---- */

static void drop_all(cli_output *output) {
    for (message *next; output->first; output->first = next) {
        next = output->first->next;
        free(output->first->text);
        free(output->first);
    }
    output->last = &output->first;
    output->waiting = 0;
    while (output->ready) {
        cli_stream *stream = take_ready(output);
        stream->taken = stream->log.length;
    }
    pthread_cond_broadcast(&output->room);
}

static void fail(cli_output *output, int number) {
    if (!output->error) output->error = number;
    drop_all(output);
    notify(output);
}

/* Writes without the lock; what others wait for is told afterwards. */
static void write_line(cli_output *output, const char *text, size_t length) {
    output->writing = true;
    pthread_mutex_unlock(&output->lock);
    int status = cli_sink_write(&output->sink, text, length);
    pthread_mutex_lock(&output->lock);
    output->writing = false;
    output->progress++;
    if (status < 0) fail(output, output->sink.error ? output->sink.error : EINTR);
}

static size_t left_of(const message *reply) { return reply->length - reply->written; }

/* Takes the first replies out of the queue, as many as go into one write. */
static message *take_batch(cli_output *output, size_t *ret_bytes) {
    message *batch = output->first, **end = &batch;
    size_t bytes = 0;
    while (*end && (bytes == 0 || bytes + left_of(*end) <= BATCH_MAX_BYTES)) {
        bytes += left_of(*end);
        end = &(*end)->next;
    }
    output->first = *end;
    if (!output->first) output->last = &output->first;
    *end = NULL;
    *ret_bytes = bytes;
    return batch;
}

/* The text of a batch: its only message's, or all of them joined in `joined`. NULL: no memory. */
static const char *text_of(const message *batch, cap_buffer *joined) {
    if (!batch->next) return batch->text + batch->written;
    cap_buffer_clear(joined);
    for (const message *reply = batch; reply; reply = reply->next)
        cap_buffer_add(joined, reply->text + reply->written, left_of(reply));
    return joined->failed ? NULL : joined->data;
}

/* Frees what of a batch is through, and answers the rest. Who waits for room is told, though it may have run out only while
 * the batch was on its way. */
static message *pass_over(cli_output *output, message *batch, size_t bytes) {
    bool was_full = output->waiting > CLI_OUTPUT_WAITING_MAX;
    while (batch && bytes >= left_of(batch)) {
        message *reply = batch;
        batch = reply->next;
        bytes -= left_of(reply);
        output->waiting -= output->waiting < reply->length ? output->waiting : reply->length;
        free(reply->text);
        free(reply);
    }
    if (batch) batch->written += bytes;
    pthread_cond_broadcast(&output->room);
    if (was_full && output->waiting <= CLI_OUTPUT_WAITING_MAX) notify(output);
    return batch;
}

static void put_back(cli_output *output, message *rest) {
    message **end = &rest;
    while (*end) end = &(*end)->next;
    *end = output->first;
    if (!output->first) output->last = end;
    output->first = rest;
}

static void write_replies(cli_output *output, cap_buffer *joined) {
    size_t bytes;
    message *batch = take_batch(output, &bytes);
    const char *text = text_of(batch, joined);
    if (text)
        write_line(output, text, bytes);
    else
        fail(output, ENOMEM);
    pass_over(output, batch, bytes);
}

/* On the thread of a sender, when nobody else writes: as much of the replies as is taken at once. So that a reply costs no
 * change of threads; a reader who is slow gets the rest from the writer. */
static void write_at_once(cli_output *output) {
    cap_autobuffer cap_buffer joined;
    cap_buffer_init(&joined, BATCH_MAX_BYTES);
    while (output->first && !output->writing && !output->ready && !output->error) {
        size_t bytes;
        message *batch = take_batch(output, &bytes);
        const char *text = text_of(batch, &joined);
        output->writing = true;
        pthread_mutex_unlock(&output->lock);
        ptrdiff_t written = text ? cli_sink_try(&output->sink, text, bytes) : 0;
        pthread_mutex_lock(&output->lock);
        output->writing = false;
        output->progress += written > 0;
        message *rest = pass_over(output, batch, written > 0 ? (size_t)written : 0);
        if (rest) put_back(output, rest);
        if (written < 0) fail(output, output->sink.error);
        if (rest) break;
    }
    if (output->first || output->ready)
        pthread_cond_signal(&output->work);
    else if (output->closed)
        notify(output);
}

static void write_piece(cli_output *output, cap_buffer *line) {
    cli_stream *stream = take_ready(output);
    cap_buffer_clear(line);
    take_piece(stream, line);
    make_ready(stream);
    bool drained = log_left(stream) == 0; /* then it may be gone once the lock is free */
    if (line->failed)
        fail(output, ENOMEM);
    else
        write_line(output, line->data, line->length);
    if (drained) pthread_cond_broadcast(&output->room);
}

static void *run(void *argument) {
    cli_output *output = argument;
    cap_buffer line, joined;
    cap_buffer_init(&line, LINE_MAX_BYTES);
    cap_buffer_init(&joined, BATCH_MAX_BYTES);
    pthread_mutex_lock(&output->lock);
    while (!output->ending || output->first || output->ready || output->writing) {
        if (output->writing) {
            pthread_cond_wait(&output->work, &output->lock); /* a sender wakes us when it has left something */
        } else if (!output->first && !output->ready) {
            if (output->closed) notify(output);
            pthread_cond_wait(&output->work, &output->lock);
        } else if (output->error) {
            drop_all(output);
        } else if (output->ready && (!output->first || (output->streams_turn && output->first->written == 0))) {
            output->streams_turn = false;
            write_piece(output, &line);
        } else {
            output->streams_turn = true;
            write_replies(output, &joined);
        }
    }
    pthread_mutex_unlock(&output->lock);
    cap_buffer_free(&line);
    cap_buffer_free(&joined);
    return NULL;
}

/* ---- The output ---- */

static void destroy(cli_output *output) {
    drop_all(output);
    if (output->interrupt >= 0) close(output->interrupt);
    cli_sink_free(&output->sink);
    pthread_cond_destroy(&output->work);
    pthread_cond_destroy(&output->room);
    pthread_mutex_destroy(&output->lock);
    free(output);
}

cli_output *cli_output_create(int fd, int notify_fd) {
    cli_output *output = calloc(1, sizeof *output);
    pthread_attr_t attributes;
    if (!output) return NULL;
    cli_sink_init(&output->sink, fd);
    output->notify = notify_fd;
    output->last = &output->first;
    output->last_ready = &output->ready;
    pthread_mutex_init(&output->lock, NULL);
    pthread_cond_init(&output->work, NULL);
    pthread_cond_init(&output->room, NULL);
    output->interrupt = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    output->sink.interrupt_fd = output->interrupt;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    bool started = output->interrupt >= 0 && pthread_create(&output->thread, &attributes, run, output) == 0;
    pthread_attr_destroy(&attributes);
    if (started) return output;
    destroy(output);
    return NULL;
}

void cli_output_free(cli_output *output, bool at_once) {
    uint64_t one = 1;
    if (!output) return;
    pthread_mutex_lock(&output->lock);
    output->ending = true;
    if (at_once) {
        ssize_t ignored = write(output->interrupt, &one, sizeof one);
        (void)ignored;
        fail(output, EINTR);
    }
    pthread_cond_signal(&output->work);
    pthread_mutex_unlock(&output->lock);
    pthread_join(output->thread, NULL);
    destroy(output);
}

void cli_output_queue(cli_output *output, char *line, size_t length, bool wait) {
    message *reply = line ? malloc(sizeof *reply) : NULL;
    pthread_mutex_lock(&output->lock);
    if (!reply) fail(output, ENOMEM);
    while (wait && !output->error && output->waiting > CLI_OUTPUT_WAITING_MAX) {
        pthread_cond_signal(&output->work);
        pthread_cond_wait(&output->room, &output->lock);
    }
    if (output->error) {
        free(line);
        free(reply);
    } else {
        *reply = (message){.text = line, .length = length};
        *output->last = reply;
        output->last = &reply->next;
        output->waiting += length;
    }
    pthread_mutex_unlock(&output->lock);
}

void cli_output_flush(cli_output *output) {
    pthread_mutex_lock(&output->lock);
    if (output->writing)
        pthread_cond_signal(&output->work);
    else
        write_at_once(output);
    pthread_mutex_unlock(&output->lock);
}

void cli_output_send(cli_output *output, char *line, size_t length, bool wait) {
    cli_output_queue(output, line, length, wait);
    cli_output_flush(output);
}

void cli_output_close(cli_output *output) {
    pthread_mutex_lock(&output->lock);
    output->closed = true;
    pthread_mutex_unlock(&output->lock);
}

bool cli_output_full(cli_output *output) {
    pthread_mutex_lock(&output->lock);
    bool full = !output->error && output->waiting > CLI_OUTPUT_WAITING_MAX;
    pthread_mutex_unlock(&output->lock);
    return full;
}

bool cli_output_idle(cli_output *output) {
    pthread_mutex_lock(&output->lock);
    bool idle = !output->first && !output->ready && !output->writing;
    pthread_mutex_unlock(&output->lock);
    return idle;
}

uint64_t cli_output_progress(cli_output *output) {
    pthread_mutex_lock(&output->lock);
    uint64_t progress = output->progress;
    pthread_mutex_unlock(&output->lock);
    return progress;
}

int cli_output_error(cli_output *output) {
    pthread_mutex_lock(&output->lock);
    int number = output->error;
    pthread_mutex_unlock(&output->lock);
    return number;
}

/* ---- Streams ---- */

cli_stream *cli_stream_create(cli_output *output, const char *id) {
    cli_stream *stream = calloc(1, sizeof *stream);
    cap_buffer text;
    if (!stream) return NULL;
    stream->output = output;
    cap_buffer_init(&stream->log, LOG_MAX);
    cap_buffer_init(&text, 8 * (strlen(id) + 1));
    cap_buffer_add_json_string(&text, id, strlen(id));
    stream->id = cap_buffer_take(&text);
    if (stream->id) return stream;
    free(stream);
    return NULL;
}

/* Adds what is whole of `bytes` behind what was held; keeps the rest. */
static int add(cli_stream *stream, unsigned which, const char *bytes, size_t length) {
    char *held = stream->held[which];
    size_t *kept = &stream->held_length[which];
    while (*kept && length) { /* one byte at a time: a character needs three more at most */
        held[(*kept)++] = *bytes++;
        length--;
        if (*kept < sizeof stream->held[which] && cap_utf8_cut(held, *kept) != *kept) continue;
        if (log_add(stream, which, held, *kept) < 0) return -1;
        *kept = 0;
    }
    size_t whole = length ? cap_utf8_cut(bytes, length) : 0;
    if (whole && log_add(stream, which, bytes, whole) < 0) return -1;
    if (length > whole) {
        memcpy(held, bytes + whole, length - whole);
        *kept = length - whole;
    }
    return 0;
}

int cli_stream_add(void *context, int which, const void *bytes, size_t length) {
    cli_stream *stream = context;
    pthread_mutex_lock(&stream->output->lock);
    int status = stream->output->error ? -1 : add(stream, which == 2, bytes, length);
    if (status == 0)
        make_ready(stream);
    else if (stream->log.failed)
        stream->taken = 0; /* what there was is lost: nothing is left */
    pthread_mutex_unlock(&stream->output->lock);
    return status;
}

void cli_stream_finish(cli_stream *stream) {
    cli_output *output = stream->output;
    pthread_mutex_lock(&output->lock);
    for (unsigned which = 0; which < 2; which++)
        if (stream->held_length[which]) log_add(stream, which, stream->held[which], stream->held_length[which]);
    make_ready(stream);
    while (!output->error && !stream->log.failed && log_left(stream) > 0) pthread_cond_wait(&output->room, &output->lock);
    pthread_mutex_unlock(&output->lock);
}

void cli_stream_free(cli_stream *stream) {
    if (!stream) return;
    cap_buffer_free(&stream->log);
    free(stream->id);
    free(stream);
}
