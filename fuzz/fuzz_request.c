/* The worker's input: lines are cut where a simple cut cuts them, and a request is accepted or refused with one bounded
 * line, whatever stands in it.
 *
 * Input: one byte, the longest line; then the text. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/worker/input.h"
#include "cli/worker/request.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_texts(const char **texts, size_t most) {
    size_t count = 0;
    for (; texts && texts[count]; count++) MUST(cap_utf8_valid(texts[count], strlen(texts[count])));
    MUST(count <= most);
}

static void check_request(const char *line, size_t length) {
    cli_request request;
    cap_buffer problem;
    cap_buffer_init(&problem, 2 * CLI_REQUEST_PROBLEM_MAX);
    int status = cli_request_parse(line, length, &request, &problem);
    if (status < 0) {
        MUST(problem.length > 0 && problem.length <= CLI_REQUEST_PROBLEM_MAX);
        MUST(cap_utf8_valid(problem.data, problem.length));
    } else if (request.cancel) {
        MUST(!request.id && !request.file && !request.code);
    } else {
        MUST(request.id && strlen(request.id) <= CLI_REQUEST_ID_MAX && !request.file == !!request.code);
        MUST(request.code || !(request.lang || request.compute || request.ram || request.timeout || request.env));
        MUST(request.timeout_ms <= CLI_REQUEST_TIMEOUT_MAX_MS);
        check_texts(request.argv, CLI_REQUEST_ARGS_MAX);
        check_texts(request.mounts, 64);
        check_texts(request.env, CLI_REQUEST_ENV_MAX);
        MUST(!request.argv == !request.arguments);
    }
    cli_request_clear(&request);
    cap_buffer_free(&problem);
}

/* The next line of what is read, against the text itself. */
static cli_line expected(const char *text, size_t length, size_t *at, size_t most, const char **ret_line, size_t *ret_length) {
    if (*at == length) return CLI_LINE_NONE;
    const char *newline = memchr(text + *at, '\n', length - *at);
    *ret_line = text + *at;
    *ret_length = newline ? (size_t)(newline - *ret_line) : length - *at;
    *at += *ret_length + (newline != NULL);
    return *ret_length > most ? CLI_LINE_LONG : newline ? CLI_LINE_WHOLE : CLI_LINE_CUT;
}

static void check_lines(const char *text, size_t length, size_t most) {
    cli_input input;
    size_t at = 0;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    MUST(fd >= 0 && write(fd, text, length) == (ssize_t)length && lseek(fd, 0, SEEK_SET) == 0);
    cli_input_init(&input, fd, most);
    for (;;) {
        const char *line = NULL, *wanted = NULL;
        size_t got = 0, wanted_length = 0;
        cli_line kind = cli_input_next(&input, &line, &got);
        if (kind == CLI_LINE_NONE && !input.eof) {
            MUST(cli_input_read(&input) >= 0);
            continue;
        }
        MUST(kind == expected(text, length, &at, most, &wanted, &wanted_length));
        if (kind == CLI_LINE_NONE) break;
        if (kind == CLI_LINE_LONG) continue;
        MUST(got == wanted_length && memcmp(line, wanted, got) == 0);
        check_request(line, got);
    }
    cli_input_free(&input);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length == 0) return 0;
    check_lines((const char *)bytes + 1, length - 1, bytes[0]);
    check_request((const char *)bytes + 1, length - 1);
    return 0;
}
