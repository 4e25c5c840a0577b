#include "bundle/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/files.h"
#include "bundle/bundle_internal.h"

#define ARGUMENTS "arguments" /* file in the guest's folder bundle/ */
#define METAFILE "meta.json"

enum { ARGUMENTS_MAX = 256 * 1024 };

/* When the guest names none: what runs without anything of node or a browser. */
static const char *const default_arguments[] = {"--platform=neutral", "--target=es2023", "--main-fields=module,main",
                                                "--conditions=import,module,default", "--external:@capsule-run/*",
                                                "--external:node:*"};

void cap_bundle_clear(cap_bundle *bundle) {
    free(bundle->code);
    free(bundle->map);
    for (size_t i = 0; i < bundle->input_count; i++) free(bundle->inputs[i]);
    free(bundle->inputs);
    *bundle = (cap_bundle){0};
}

/* ---- Arguments ---- */

static int add_format(cap_bundle_list *list, const char *format, const char *value) {
    char *text = NULL;
    if (asprintf(&text, format, value) < 0) return -1;
    int status = cap_bundle_list_add(list, text);
    free(text);
    return status;
}

/* "{bundle}" in an argument of the guest stands for the folder it came from. */
static int add_guest_argument(cap_bundle_list *list, const cap_bundle_places *places, const char *line) {
    static const char mark[] = "{bundle}";
    const char *place = strstr(line, mark);
    if (!place) return cap_bundle_list_add(list, line);
    char *text = NULL;
    if (asprintf(&text, "%.*s%s%s", (int)(place - line), line, places->guest, place + sizeof mark - 1) < 0) return -1;
    int status = cap_bundle_list_add(list, text);
    free(text);
    return status;
}

/* One argument a line; empty lines and those that begin with '#' are skipped. */
static int add_guest_arguments(cap_bundle_list *list, const cap_bundle_places *places, capsule_error **error) {
    cap_autofree char *path = places->guest ? cap_path_join(places->guest, ARGUMENTS) : NULL;
    cap_autofree char *text = path ? cap_file_read(AT_FDCWD, path, false, ARGUMENTS_MAX, NULL) : NULL;
    int status = 0;
    if (!text && path && errno != ENOENT)
        return cap_error_errno(error, CAPSULE_CORRUPT, errno, "cannot read the JavaScript guest's bundle/" ARGUMENTS);
    for (size_t i = 0; !text && i < CAP_COUNT(default_arguments); i++) status |= cap_bundle_list_add(list, default_arguments[i]);
    char *next = text;
    for (char *line; next && (line = strsep(&next, "\n"));)
        if (line[0] && line[0] != '#') status |= add_guest_argument(list, places, line);
    return status < 0 ? cap_error_set(error, CAPSULE_MEMORY, "out of memory") : 0;
}

/* An entry that begins with "-" would be an option, one without "./" may be a package: esbuild is given "./path". */
static int make_arguments(const cap_bundle_places *places, const char *tsconfig, cap_bundle_list *list,
                          capsule_error **error) {
    static const char *const fixed[] = {"--bundle", "--format=esm", "--sourcemap=external", "--sources-content=true",
                                        "--color=false", "--log-level=error", "--log-limit=20", "--charset=utf8"};
    int status = cap_bundle_list_add(list, "esbuild");
    cap_autofree char *entry = cap_bundle_relative(places, places->entry);
    if (!entry) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    status |= add_format(list, "./%s", entry);
    for (size_t i = 0; i < CAP_COUNT(fixed); i++) status |= cap_bundle_list_add(list, fixed[i]);
    status |= add_format(list, "--outfile=%s/" CAP_BUNDLE_FILE, places->output);
    status |= add_format(list, "--metafile=%s/" METAFILE, places->output);
    status |= tsconfig ? add_format(list, "--tsconfig=%s", tsconfig) : cap_bundle_list_add(list, "--tsconfig-raw={}");
    if (status < 0) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    return add_guest_arguments(list, places, error);
}

/* ---- Outputs ---- */

static char *read_output(const cap_bundle_places *places, const char *name, size_t *ret_length, capsule_error **error) {
    cap_autofree char *path = cap_path_join(places->output, name);
    char *text = path ? cap_file_read(AT_FDCWD, path, false, CAP_BUNDLE_OUTPUT_MAX, ret_length) : NULL;
    if (!text && errno == EFBIG)
        cap_error_set(error, CAPSULE_BUILD, "%s: the bundle has more than %u MB", cap_bundle_display(places, places->entry),
                      CAP_BUNDLE_OUTPUT_MAX >> 20);
    else if (!text)
        cap_error_errno(error, CAPSULE_IO, errno, "the bundler's output %s cannot be read", name);
    return text;
}

int cap_bundle_take_code(const cap_bundle_places *places, cap_bundle *bundle, char **ret_map, size_t *ret_map_length,
                         capsule_error **error) {
    bundle->code = read_output(places, CAP_BUNDLE_FILE, &bundle->code_length, error);
    if (!bundle->code) return -1;
    *ret_map = read_output(places, CAP_BUNDLE_FILE ".map", ret_map_length, error);
    return *ret_map ? 0 : -1;
}

static int take_outputs(const cap_bundle_places *places, cap_bundle *bundle, capsule_error **error) {
    size_t length = 0;
    cap_autofree char *map = NULL;
    if (cap_bundle_take_code(places, bundle, &map, &length, error) < 0) return -1;
    bundle->map = cap_bundle_rewrite_map(places, map, length, &bundle->map_length);
    return bundle->map ? 0 : cap_error_set(error, CAPSULE_IO, "the bundler's source map is not what it should be");
}

int cap_bundle_run_checked(const char *esbuild, cap_bundle_list *arguments, const cap_bundle_places *places, capsule_error **error) {
    cap_autofree char **vector = calloc(arguments->count + 1, sizeof *vector);
    if (!vector) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    memcpy(vector, arguments->items, arguments->count * sizeof *vector);
    cap_process_outcome outcome;
    if (cap_bundle_run(esbuild, vector, places, &outcome, error) < 0) return -1;
    int status = outcome.exit_code == 0 && !outcome.timed_out ? 0 : cap_bundle_report(places, &outcome, error);
    cap_buffer_free(&outcome.report);
    return status;
}

static int run(const char *esbuild, const cap_bundle_places *places, cap_bundle_list *inputs, capsule_error **error) {
    cap_cleanup(cap_bundle_list_clear) cap_bundle_list arguments = {0};
    cap_autofree char *tsconfig = NULL;
    if (cap_bundle_find_tsconfig(places, &tsconfig, inputs, error) < 0) return -1;
    if (make_arguments(places, tsconfig, &arguments, error) < 0) return -1;
    return cap_bundle_run_checked(esbuild, &arguments, places, error);
}

int cap_bundle_make(const char *esbuild, const char *guest_dir, const char *project_dir, const char *entry, bool from_entry,
                    cap_bundle *ret_bundle, capsule_error **error) {
    cap_cleanup(cap_bundle_places_clear) cap_bundle_places places = {0};
    cap_cleanup(cap_bundle_list_clear) cap_bundle_list inputs = {0};
    cap_cleanup(cap_bundle_clear) cap_bundle bundle = {0};
    if (cap_bundle_find_places(guest_dir, project_dir, entry, from_entry, &places, error) < 0) return -1;
    if (run(esbuild, &places, &inputs, error) < 0) return -1;
    cap_autofree char *metafile = cap_path_join(places.output, METAFILE);
    if (!metafile) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    if (cap_bundle_collect_inputs(&places, metafile, &inputs, error) < 0) return -1;
    if (take_outputs(&places, &bundle, error) < 0) return -1;
    cap_bundle_list_unique(&inputs);
    bundle.inputs = inputs.items;
    bundle.input_count = inputs.count;
    inputs = (cap_bundle_list){0};
    *ret_bundle = bundle;
    bundle = (cap_bundle){0};
    return 0;
}
