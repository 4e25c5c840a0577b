/* The worker's input, line by line, each of bounded length. */
#ifndef CAP_CLI_WORKER_INPUT_H
#define CAP_CLI_WORKER_INPUT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct cli_input {
    int fd;
    size_t line_max;   /* bytes of a line */
    char *data;        /* owned */
    size_t begin, end, capacity; /* what was read and not yet handed out */
    size_t searched;   /* data[begin..searched) holds no line break */
    bool skipping;     /* the rest of a line that was too long */
    bool eof;
    int error;         /* errno of a read that failed; the input counts as ended */
} cli_input;

typedef enum cli_line {
    CLI_LINE_NONE,     /* nothing whole is there: read more, or it is over */
    CLI_LINE_WHOLE,
    CLI_LINE_CUT,      /* the input ended within it */
    CLI_LINE_LONG,     /* it was longer than a line may be, and is gone */
} cli_line;

void cli_input_init(cli_input *input, int fd, size_t line_max);
void cli_input_free(cli_input *input);
/* One read; blocks when nothing is there. Answers the bytes read: 0 when the input ended. -1: out of memory. */
ptrdiff_t cli_input_read(cli_input *input);
/* The next line, without its line break; the text is valid until the next call of either function. */
cli_line cli_input_next(cli_input *input, const char **ret_line, size_t *ret_length);

#endif
