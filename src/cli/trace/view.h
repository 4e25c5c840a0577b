/* How runs are shown to people. Names and messages are a guest's: they are put on one line each, control characters made
 * visible. */
#ifndef CAP_CLI_TRACE_VIEW_H
#define CAP_CLI_TRACE_VIEW_H

#include "base/buffer.h"
#include "cli/json.h"

#define CLI_TRACE_WIDTH 20u    /* subtasks shown of one task, unless told */
#define CLI_TRACE_DEPTH 16u    /* levels of subtasks shown: all that a run can have */
#define CLI_TRACE_LINES 1000u  /* subtasks shown in all, and least when a width is told */
#define CLI_TRACE_ATTEMPTS 5u  /* attempts shown of one task */

/* The heading of the list, and one run of it. */
void cli_trace_heading(cap_buffer *out, bool colours);
void cli_trace_line(cap_buffer *out, yyjson_val *run, bool colours);

/* One run whole: what it came to and used, its attempts, its subtasks as a tree, its policy and its envelope as JSON.
 * `width`: subtasks shown of one task. */
void cli_trace_whole(cap_buffer *out, yyjson_val *run, uint32_t width, bool colours);

/* Text in the colour of an outcome, or what stands for a missing value. */
const char *cli_trace_outcome(yyjson_val *run);
const char *cli_trace_colour(yyjson_val *run, bool colours);
const char *cli_trace_duration(yyjson_val *run, char *out, size_t size);
bool cli_trace_failed(yyjson_val *run);

#endif
