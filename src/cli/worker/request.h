/* One line of the worker's input, checked. docs/worker.md is the protocol. */
#ifndef CAP_CLI_WORKER_REQUEST_H
#define CAP_CLI_WORKER_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "cli/json.h"

#define CLI_REQUEST_LINE_MAX ((size_t)16 << 20)                /* bytes of a line */
#define CLI_REQUEST_ID_MAX 1024u                               /* bytes of an id */
#define CLI_REQUEST_ARGS_MAX 4096u                             /* arguments of a call */
#define CLI_REQUEST_ENV_MAX 64u                                /* variables of a string */
#define CLI_REQUEST_TIMEOUT_MAX_MS UINT64_C(31536000000)       /* a year */
#define CLI_REQUEST_PROBLEM_MAX 512u                           /* bytes of what is said about a bad line */

/* Texts point into the document. */
typedef struct cli_request {
    yyjson_doc *document;
    const char *id;         /* NULL: the line has none that could be read */
    const char *cancel;     /* id of the call to be cancelled: then there is nothing else */
    const char *file;       /* NULL: there is a string */
    const char *code;       /* a string; NULL: there is a file */
    const char *lang, *compute, *ram, *timeout; /* of a string; NULL: not given */
    const char **env;       /* of a string, NULL-terminated, owned, or NULL: "NAME" or "NAME=value" */
    char *arguments;        /* JSON array of strings; owned, as are the two arrays */
    const char **argv;      /* the same, NULL-terminated */
    const char **mounts;    /* NULL-terminated */
    uint64_t timeout_ms;    /* 0: none */
    bool stream;            /* output is wanted as it comes */
    size_t bytes;           /* what keeping the request costs, about */
} cli_request;

/* Parses a line (without its line break). -1: `problem` says what is wrong with it, and ret->id is set when it could be
 * read. ret is to be cleared either way. */
int cli_request_parse(const char *line, size_t length, cli_request *ret, cap_buffer *problem);
void cli_request_clear(cli_request *request);

#endif
