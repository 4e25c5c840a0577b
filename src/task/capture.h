/* stdout and stderr of an execution as kept for its envelope. */
#ifndef CAP_TASK_CAPTURE_H
#define CAP_TASK_CAPTURE_H

#include <stdint.h>

#include "base/buffer.h"

typedef struct cap_capture {
    cap_buffer streams[2];
    bool truncated[2];
} cap_capture;

static inline void cap_capture_init(cap_capture *capture, uint64_t limit) {
    for (int i = 0; i < 2; i++) {
        cap_buffer_init(&capture->streams[i], (size_t)limit);
        capture->truncated[i] = false;
    }
}

/* stream: 1 or 2. */
static inline void cap_capture_add(cap_capture *capture, int stream, const void *bytes, size_t length) {
    cap_buffer *buffer = &capture->streams[stream - 1];
    if (buffer->failed || cap_buffer_add(buffer, bytes, length) < 0) capture->truncated[stream - 1] = true;
}

static inline void cap_capture_clear(cap_capture *capture) {
    for (int i = 0; i < 2; i++) cap_buffer_free(&capture->streams[i]);
}

#endif
