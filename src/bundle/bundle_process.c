/* One run of the bundler, under Landlock where there is one. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/files.h"
#include "bundle/bundle_internal.h"
#include "process/landlock.h"

enum { RULES_MAX = 64 };

typedef struct rule_list {
    cap_landlock_rule rules[RULES_MAX];
    size_t count;
} rule_list;

static void rule_list_clear(rule_list *list) {
    for (size_t i = 0; i < list->count; i++) close(list->rules[i].fd);
}

/* A place that is not there needs no rule; one that finds no room is denied, which is safe. */
static void allow(rule_list *list, const char *path, cap_landlock_access access) {
    int fd = path && list->count < RULES_MAX ? open(path, O_PATH | O_CLOEXEC) : -1;
    if (fd >= 0) list->rules[list->count++] = (cap_landlock_rule){fd, access};
}

/* The directories between the project and its package: their names and package.json steer the search for node_modules. */
static void allow_way_to_prefix(rule_list *list, const cap_bundle_places *places) {
    cap_autofree char *directory = strdup(places->root);
    if (!places->prefix || !places->modules || strcmp(places->prefix, places->root) == 0) return;
    allow(list, places->prefix, CAP_LANDLOCK_LIST);
    while (directory && strcmp(directory, places->prefix) != 0) {
        char *slash = strrchr(directory, '/');
        slash[slash == directory] = 0;
        cap_autofree char *description = cap_path_join(directory, "package.json");
        allow(list, description, CAP_LANDLOCK_FILE);
    }
}

/* -1 when the kernel has no Landlock: the check of the metafile stands alone then. */
static int make_ruleset(const char *esbuild, const cap_bundle_places *places) {
    cap_cleanup(rule_list_clear) rule_list list = {.count = 0};
    allow(&list, esbuild, CAP_LANDLOCK_EXECUTE);
    allow(&list, places->root, CAP_LANDLOCK_READ);
    allow(&list, places->modules, CAP_LANDLOCK_READ);
    allow(&list, places->guest, CAP_LANDLOCK_READ);
    allow(&list, places->output, CAP_LANDLOCK_WRITE);
    allow_way_to_prefix(&list, places);
    return cap_landlock_create(list.rules, list.count);
}

int cap_bundle_run(const char *esbuild, char *const *arguments, const cap_bundle_places *places,
                   cap_process_outcome *ret_outcome, capsule_error **error) {
    static char *const environment[] = {(char *)"PATH=/nonexistent", (char *)"HOME=/nonexistent", (char *)"NO_COLOR=1",
                                        (char *)"GOTRACEBACK=none", NULL};
    cap_autofree char *program = realpath(esbuild, NULL);
    cap_autoclose int ruleset = make_ruleset(program, places);
    const cap_process process = {
        .what = "the bundler",
        .program = program ? program : esbuild,
        .arguments = arguments,
        .environment = environment,
        .directory = places->base,
        .ruleset = ruleset,
        .timeout_ms = CAP_BUNDLE_TIMEOUT_MS,
        .file_bytes = CAP_BUNDLE_OUTPUT_MAX,
        .data_bytes = CAP_BUNDLE_MEMORY_MAX,
        .report_bytes = CAP_BUNDLE_REPORT_MAX,
    };
    return cap_process_run(&process, ret_outcome, error);
}
