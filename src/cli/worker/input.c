#include "cli/worker/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (64u << 10) /* bytes of one read */

void cli_input_init(cli_input *input, int fd, size_t line_max) { *input = (cli_input){.fd = fd, .line_max = line_max}; }

void cli_input_free(cli_input *input) {
    free(input->data);
    *input = (cli_input){.fd = -1, .eof = true};
}

/* Room for one more read. What is kept is never more than one line and one read. */
static int make_room(cli_input *input) {
    if (input->begin == input->end) input->begin = input->end = input->searched = 0;
    if (input->capacity - input->end >= CHUNK) return 0;
    size_t kept = input->end - input->begin;
    if (input->begin) {
        memmove(input->data, input->data + input->begin, kept);
        input->searched -= input->begin;
        input->begin = 0;
        input->end = kept;
    }
    if (input->capacity - kept >= CHUNK) return 0;
    size_t capacity = input->capacity ? 2 * input->capacity : 2 * CHUNK;
    char *larger = realloc(input->data, capacity);
    if (!larger) return -1;
    input->data = larger;
    input->capacity = capacity;
    return 0;
}

ptrdiff_t cli_input_read(cli_input *input) {
    ssize_t got;
    if (input->eof) return 0;
    if (make_room(input) < 0) return -1;
    do got = read(input->fd, input->data + input->end, CHUNK);
    while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN) return 1; /* somebody else was quicker */
    if (got < 0) input->error = errno;
    if (got <= 0) input->eof = true;
    if (got > 0) input->end += (size_t)got;
    return got > 0 ? got : 0;
}

/* Gives the memory of a long line back once it is through. */
static void shrink(cli_input *input) {
    if (input->begin != input->end || input->capacity <= 4 * CHUNK) return;
    free(input->data);
    input->data = NULL;
    input->begin = input->end = input->searched = input->capacity = 0;
}

static cli_line hand_out(cli_input *input, size_t length, size_t consumed, cli_line kind, const char **ret_line,
                         size_t *ret_length) {
    *ret_line = input->data + input->begin;
    *ret_length = length;
    input->begin += consumed;
    input->searched = input->begin;
    return kind;
}

cli_line cli_input_next(cli_input *input, const char **ret_line, size_t *ret_length) {
    for (;;) {
        shrink(input);
        if (!input->data) return CLI_LINE_NONE;
        size_t length = input->end - input->begin;
        char *newline = memchr(input->data + input->searched, '\n', input->end - input->searched);
        if (newline) length = (size_t)(newline - (input->data + input->begin));
        input->searched = input->end;
        bool too_long = length > input->line_max, was_skipping = input->skipping;
        if (!newline && !too_long && !was_skipping && !(input->eof && length)) return CLI_LINE_NONE;
        if (!newline && (too_long || was_skipping)) { /* drop what is there, tell once */
            hand_out(input, length, length, CLI_LINE_LONG, ret_line, ret_length);
            input->skipping = true;
            if (was_skipping) return CLI_LINE_NONE;
            return CLI_LINE_LONG;
        }
        input->skipping = false;
        cli_line kind = too_long ? CLI_LINE_LONG : newline ? CLI_LINE_WHOLE : CLI_LINE_CUT;
        hand_out(input, length, length + (newline != NULL), kind, ret_line, ret_length);
        if (!was_skipping) return kind;
    }
}
