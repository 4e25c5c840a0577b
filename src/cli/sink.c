#include "cli/sink.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 4096u /* PIPE_BUF: a pipe that polls writable takes that much without blocking */

void cli_sink_init(cli_sink *sink, int fd) {
    struct stat status;
    *sink = (cli_sink){.fd = fd, .interrupt_fd = -1, .ended_line = true};
    sink->may_block = fstat(fd, &status) < 0 || !S_ISREG(status.st_mode);
    sink->pipe = sink->may_block && S_ISFIFO(status.st_mode);
    sink->socket = sink->may_block && S_ISSOCK(status.st_mode);
    sink->terminal = sink->may_block && S_ISCHR(status.st_mode) && isatty(fd);
    cap_buffer_init(&sink->visible, PIECE * CLI_FILTER_GROWTH + 2 * CLI_FILTER_HELD_MAX * CLI_FILTER_GROWTH);
}

void cli_sink_free(cli_sink *sink) { cap_buffer_free(&sink->visible); }

/* Waits until the descriptor takes bytes; false when the wait was interrupted, or is over after `timeout_ms` (-1: never). */
static bool wait_writable(const cli_sink *sink, int timeout_ms) {
    struct pollfd fds[] = {{.fd = sink->fd, .events = POLLOUT}, {.fd = sink->interrupt_fd, .events = POLLIN}};
    for (;;) {
        int ready = poll(fds, 2, timeout_ms);
        if (ready < 0 && errno == EINTR) continue;
        return ready < 0 || fds[0].revents; /* an error shows in the write */
    }
}

/* One write that does not block: a socket can be asked for that; a pipe takes a piece when it polls writable, as long as
 * nobody else writes to it at that moment; a regular file always does. */
static ssize_t write_at_once(const cli_sink *sink, const char *bytes, size_t length) {
    if (sink->socket) return send(sink->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sink->may_block) {
        struct pollfd fd = {.fd = sink->fd, .events = POLLOUT};
        if (poll(&fd, 1, 0) <= 0) return 0;
        if (length > PIECE) length = PIECE;
    }
    return write(sink->fd, bytes, length);
}

ptrdiff_t cli_sink_try(cli_sink *sink, const char *bytes, size_t length) {
    size_t written = 0;
    if (sink->error) return -1;
    if (sink->terminal || (sink->may_block && !sink->pipe && !sink->socket)) return 0;
    while (written < length) {
        ssize_t n = write_at_once(sink, bytes + written, length - written);
        if (n < 0 && errno == EINTR) continue;
        if (n == 0 || (n < 0 && errno == EAGAIN)) break;
        if (n < 0) {
            sink->error = errno;
            return -1;
        }
        written += (size_t)n;
    }
    if (written > 0) sink->ended_line = bytes[written - 1] == '\n';
    return (ptrdiff_t)written;
}

static int write_all(cli_sink *sink, const char *bytes, size_t length) {
    while (length > 0) {
        size_t piece = sink->may_block && length > PIECE ? PIECE : length;
        if (sink->may_block && !wait_writable(sink, -1)) {
            sink->interrupted = true;
            return -1;
        }
        ssize_t written = write(sink->fd, bytes, piece);
        if (written < 0 && errno == EAGAIN) sink->may_block = true;
        if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (written < 0) {
            sink->error = errno;
            return -1;
        }
        if (written > 0) sink->ended_line = bytes[written - 1] == '\n';
        bytes += written;
        length -= (size_t)written;
    }
    sink->interrupted = false;
    return 0;
}

/* Writes what the filter made of the last piece. */
static int write_visible(cli_sink *sink) {
    int status = sink->visible.failed ? -1 : write_all(sink, sink->visible.data, sink->visible.length);
    cap_buffer_clear(&sink->visible);
    return status;
}

int cli_sink_write(cli_sink *sink, const void *bytes, size_t length) {
    const char *p = bytes;
    if (sink->error) return -1;
    if (length == 0) return 0;
    if (!sink->terminal) return write_all(sink, p, length);
    while (length > 0) {
        size_t piece = length < PIECE ? length : PIECE;
        cli_filter_add(&sink->filter, p, piece, &sink->visible);
        if (write_visible(sink) < 0) return -1;
        sink->ended_line = p[piece - 1] == '\n'; /* whatever the filter holds back or adds */
        p += piece;
        length -= piece;
    }
    return 0;
}

int cli_sink_text(cli_sink *sink, const char *text) { return cli_sink_write(sink, text, strlen(text)); }

void cli_sink_finish(cli_sink *sink, bool end_line) {
    if (sink->interrupted && !wait_writable(sink, 0)) return; /* a last line break would wait forever */
    if (sink->terminal && !sink->error) {
        bool ended_line = sink->ended_line;
        cli_filter_end(&sink->filter, &sink->visible);
        write_visible(sink);
        sink->ended_line = ended_line;
    }
    if (end_line && !sink->ended_line) cli_sink_write(sink, "\n", 1);
}
