/* The environment a project offers its tasks: the process's own variables over those of the .env files. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "policy/dotenv.h"
#include "policy/file.h"
#include "policy/policy.h"

#define FILE_BYTES_MAX (256u << 10)
#define VARIABLES_MAX 4096u          /* of all files together */
#define TOTAL_BYTES_MAX (1u << 20)   /* names and values, after expansion */

/* In order of precedence: the first one that defines a name wins. */
static const char *const file_names[] = {".env", ".env.local", ".env.development", ".env.production"};

typedef struct variable {
    char *name, *value; /* one allocation, at `name` */
} variable;

struct cap_environment {
    variable *variables;
    size_t count, bytes;
};

static const char *find(const cap_environment *environment, const char *name) {
    for (size_t i = 0; i < environment->count; i++)
        if (!strcmp(environment->variables[i].name, name)) return environment->variables[i].value;
    return NULL;
}

const char *cap_environment_get(const cap_environment *environment, const char *name) {
    const char *value = getenv(name);
    return value ? value : find(environment, name);
}

static const char *lookup(void *context, const char *name) { return cap_environment_get(context, name); }

static int define(void *context, const char *name, const char *value, capsule_error **error) {
    cap_environment *environment = context;
    size_t name_size = strlen(name) + 1, value_size = strlen(value) + 1;
    if (find(environment, name)) return 0;
    if (environment->count == VARIABLES_MAX)
        return cap_error_set(error, CAPSULE_CONFIG, "more than %u variables", VARIABLES_MAX);
    if (name_size + value_size > TOTAL_BYTES_MAX - environment->bytes)
        return cap_error_set(error, CAPSULE_CONFIG, "variables are larger than 1 MB together");
    if (!environment->variables) environment->variables = calloc(VARIABLES_MAX, sizeof *environment->variables);
    char *text = malloc(name_size + value_size);
    if (!environment->variables || !text) {
        free(text);
        return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    }
    memcpy(text, name, name_size);
    memcpy(text + name_size, value, value_size);
    environment->variables[environment->count++] = (variable){text, text + name_size};
    environment->bytes += name_size + value_size;
    return 0;
}

static int read_file(cap_environment *environment, int project_fd, const char *name, capsule_error **error) {
    struct stat status;
    cap_autofree char *text = NULL;
    size_t length;
    /* A directory of that name is a virtual environment of Python's, not ours. */
    if (fstatat(project_fd, name, &status, 0) < 0 || S_ISDIR(status.st_mode)) return 0;
    int found = cap_project_file_read(project_fd, name, FILE_BYTES_MAX, &text, &length, error);
    if (found > 0) {
        const cap_dotenv_sink sink = {environment, lookup, define};
        if (strlen(text) != length)
            found = cap_error_set(error, CAPSULE_CONFIG, "a NUL byte in the file");
        else
            found = cap_dotenv_parse(text, &sink, error);
    }
    return found < 0 ? cap_error_context(error, "%s", name) : 0;
}

static void environment_cleanup(cap_environment **environment) { cap_environment_free(*environment); }

int cap_environment_read(const char *project_dir, bool env_files, cap_environment **ret_environment,
                         capsule_error **error) {
    cap_environment *environment cap_cleanup(environment_cleanup) = calloc(1, sizeof *environment);
    if (!environment) return cap_error_set(error, CAPSULE_MEMORY, "out of memory");
    if (env_files) {
        cap_autoclose int project_fd = cap_project_open(project_dir, error);
        if (project_fd < 0) return -1;
        for (size_t i = 0; i < CAP_COUNT(file_names); i++)
            if (read_file(environment, project_fd, file_names[i], error) < 0) return -1;
    }
    *ret_environment = cap_steal(environment);
    return 0;
}

void cap_environment_free(cap_environment *environment) {
    if (!environment) return;
    for (size_t i = 0; i < environment->count; i++) free(environment->variables[i].name);
    free(environment->variables);
    free(environment);
}
