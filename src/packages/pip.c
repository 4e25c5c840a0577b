/* The run of pip. It is the user's own tool and needs the user's settings and network, so it is not shut in as the bundler
 * is; but it is given nothing but judged requirements, installs wheels alone (which run no code), and has limits. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "packages/packages_internal.h"
#include "packages/pip_script.h"
#include "process/process.h"
#include "store/files.h"
#include "store/resolved.h"
#include "store/trees.h"

/* In its working directory. Named from there, so that what it says of them shows no path of the host. */
#define LIST "requirements"
#define LOG "log"

#define LOG_MAX ((size_t)64 << 20)                 /* bytes of pip's log that are read */
#define REPORT_MAX ((size_t)1 << 20)               /* bytes of its standard error */
#define MEMORY_MAX (UINT64_C(4) << 30)             /* bytes of its data */
#define DISK_MAX (3 * CAP_PACKAGES_BYTES_MAX)      /* bytes it may take while it runs: what it fetched and unpacked */

extern char **environ;

/* ---- Which Python ---- */

static bool is_program(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

/* On PATH; directories that are named relative to the current one are left out: what lies there may be the program's. */
static char *search_path(const char *name) {
    const char *at = getenv("PATH");
    while (at && *at) {
        size_t length = strcspn(at, ":");
        cap_autofree char *directory = strndup(at, length);
        cap_autofree char *path = directory && directory[0] == '/' ? cap_path_join(directory, name) : NULL;
        if (path && is_program(path)) return cap_steal(path);
        at += length + (at[length] == ':');
    }
    return NULL;
}

/* Links are left: a Python knows its virtual environment by where it was called. Caller frees. */
static char *find_python(capsule_error **error) {
    const char *given = secure_getenv("CAPSULE_PYTHON");
    const char *name = given && *given ? given : "python3";
    char *path = name[0] == '/' ? strdup(name) : strchr(name, '/') ? NULL : search_path(name);
    if (path && is_program(path)) return path;
    free(path);
    if (name == given)
        cap_error_set(error, CAPSULE_BUILD, "CAPSULE_PYTHON \"%s\" is neither the absolute path of a Python nor one on PATH", name);
    else
        cap_error_set(error, CAPSULE_BUILD, "there is no python3 on PATH to install packages with; install one with pip, or name "
                                            "it with CAPSULE_PYTHON");
    return NULL;
}

/* ---- Its environment ---- */

/* The settings that say where packages come from and how to get there. Others (PIP_TARGET, PIP_NO_BINARY, ...) would make
 * it do something else than it is asked for. */
static const struct {
    const char *name;
    enum { TEXT, PATH, LINKS } kind; /* PATH, LINKS (several): relative to the current directory */
} settings[] = {
    {"INDEX_URL", TEXT},       {"EXTRA_INDEX_URL", TEXT}, {"NO_INDEX", TEXT},     {"TRUSTED_HOST", TEXT},     {"PROXY", TEXT},
    {"TIMEOUT", TEXT},         {"DEFAULT_TIMEOUT", TEXT}, {"RETRIES", TEXT},      {"KEYRING_PROVIDER", TEXT}, {"PRE", TEXT},
    {"NO_CACHE_DIR", TEXT},    {"CERT", PATH},            {"CLIENT_CERT", PATH},  {"CONFIG_FILE", PATH},      {"CACHE_DIR", PATH},
    {"FIND_LINKS", LINKS},
};

/* A path made absolute when it is not and something is there. */
static void add_path(cap_buffer *out, const char *path, size_t length) {
    cap_autofree char *text = strndup(path, length);
    bool relative = text && length && text[0] != '/' && text[0] != '~' && !strstr(text, "://");
    cap_autofree char *resolved = relative ? realpath(text, NULL) : NULL;
    cap_buffer_add_text(out, resolved ? resolved : text ? text : "");
}

static void add_value(cap_buffer *out, int kind, const char *value) {
    if (kind == TEXT) {
        cap_buffer_add_text(out, value);
    } else if (kind == PATH) {
        add_path(out, value, strlen(value));
    } else {
        for (const char *at = value; *at;) {
            size_t length = strcspn(at, " \t\n");
            if (length) add_path(out, at, length);
            if (at[length]) cap_buffer_add_text(out, " ");
            at += length + (at[length] != 0);
        }
    }
}

/* What one variable of ours becomes for pip: caller frees; NULL: it does not get it. */
static char *passed_on(const char *variable) {
    if (strncmp(variable, "PYTHON", 6) == 0 || strncmp(variable, "TMPDIR=", 7) == 0) return NULL;
    if (strncmp(variable, "PIP_", 4) != 0) return strdup(variable);
    const char *value = strchr(variable, '=');
    if (!value) return NULL;
    for (size_t i = 0; i < CAP_COUNT(settings); i++) {
        size_t length = strlen(settings[i].name);
        if ((size_t)(value - variable - 4) != length || strncmp(variable + 4, settings[i].name, length) != 0) continue;
        cap_buffer text;
        cap_buffer_init(&text, REPORT_MAX);
        cap_buffer_add(&text, variable, (size_t)(value - variable) + 1);
        add_value(&text, settings[i].kind, value + 1);
        return cap_buffer_take(&text);
    }
    return NULL;
}

static void free_texts(char ***texts) {
    for (size_t i = 0; *texts && (*texts)[i]; i++) free((*texts)[i]);
    free(*texts);
}

/* NULL-terminated; NULL when memory is short. */
static char **make_environment(const char *directory) {
    static const char *const fixed[] = {"PIP_REQUIRE_VIRTUALENV=0", "PIP_NO_INPUT=1", "PYTHONDONTWRITEBYTECODE=1", "PYTHONUTF8=1"};
    size_t count = 0, kept = 0;
    while (environ && environ[count]) count++;
    char **made = calloc(count + CAP_COUNT(fixed) + 2, sizeof *made);
    for (size_t i = 0; made && i < count; i++)
        if ((made[kept] = passed_on(environ[i]))) kept++;
    for (size_t i = 0; made && i < CAP_COUNT(fixed); i++)
        if ((made[kept] = strdup(fixed[i]))) kept++;
    if (made && asprintf(&made[kept], "TMPDIR=%s", directory) < 0) made[kept] = NULL;
    return made;
}

/* ---- The run ---- */

static int write_requirements(const cap_requirements *requirements, const char *path, capsule_error **error) {
    cap_autobuffer cap_buffer text;
    cap_buffer_init(&text, (size_t)CAP_PACKAGES_REQUIREMENTS_MAX * 2 * CAP_PACKAGES_REQUIREMENT_BYTES_MAX);
    for (size_t i = 0; i < requirements->count; i++) cap_buffer_add_format(&text, "%s\n", requirements->lines[i]);
    cap_autoclose int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (text.failed || fd < 0 || cap_file_write(fd, text.data, text.length) < 0)
        return cap_error_errno(error, CAPSULE_IO, text.failed ? ENOMEM : errno, "cannot write the list of packages for pip");
    return 0;
}

/* Whether what pip wrote so far is within bounds. */
static bool fits_disk(void *context) {
    return cap_tree_allocated(AT_FDCWD, context) <= DISK_MAX;
}

static int judge(const cap_process_outcome *outcome, const char *python, const char *log, capsule_error **error) {
    if (outcome->timed_out)
        return cap_error_set(error, CAPSULE_BUILD, "pip took longer than %u s", CAP_PACKAGES_TIMEOUT_MS / 1000);
    if (outcome->refused)
        return cap_error_set(error, CAPSULE_BUILD, "the packages are too large: pip wrote more than %llu MB to get %llu MB at "
                             "most", (unsigned long long)(DISK_MAX >> 20), (unsigned long long)(CAP_PACKAGES_BYTES_MAX >> 20));
    if (outcome->exit_code == 0) return 0;
    if (outcome->exit_code == CAP_PIP_MISSING)
        return cap_error_set(error, CAPSULE_BUILD, "%s has no pip to install packages with (version 20 or later); install it "
                             "(python3 -m ensurepip), or name another Python with CAPSULE_PYTHON", python);
    cap_autofree char *text = cap_file_read(AT_FDCWD, log, false, LOG_MAX, NULL);
    const cap_pip_failure failure = {.report = outcome->report.data ? outcome->report.data : "", .log = text ? text : ""};
    return cap_pip_explain(&failure, error);
}

static int run(const char *python, const char *version, const char *directory, const char *work, capsule_error **error) {
    cap_autofree char *log = cap_path_join(work, LOG);
    cap_cleanup(free_texts) char **environment = make_environment(work);
    if (!log || !environment) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for pip");
    const char *const arguments[] = {python, "-E", "-c", CAP_PIP_SCRIPT, version, "install", "--target", "../" CAP_RESOLVED_SITE, "--requirement", LIST,
        "--only-binary=:all:", "--implementation", "py", "--abi", "none", "--platform", "any", "--python-version", version,
        "--no-compile", "--no-user", "--no-input", "--disable-pip-version-check", "--no-color", "--progress-bar", "off",
        "--quiet", "--log", LOG, NULL};
    const cap_process process = {
        .what = "pip",
        .program = python,
        .arguments = (char *const *)(uintptr_t)arguments,
        .environment = environment,
        .directory = work,
        .ruleset = -1,
        .timeout_ms = CAP_PACKAGES_TIMEOUT_MS,
        .file_bytes = CAP_PACKAGES_BYTES_MAX,
        .data_bytes = MEMORY_MAX,
        .report_bytes = REPORT_MAX,
        .watch = fits_disk,
        .watch_context = (void *)(uintptr_t)directory,
    };
    cap_process_outcome outcome;
    if (cap_process_run(&process, &outcome, error) < 0) return -1;
    int status = judge(&outcome, python, log, error);
    cap_buffer_free(&outcome.report);
    return status;
}

int cap_pip_install(const cap_requirements *requirements, const char *version, const char *directory, capsule_error **error) {
    cap_autofree char *python = find_python(error);
    if (!python) return -1;
    cap_autofree char *work = cap_path_join(directory, "work");
    cap_autofree char *list = work ? cap_path_join(work, LIST) : NULL;
    if (!list) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for pip");
    if (mkdir(work, 0700) < 0) return cap_error_errno(error, CAPSULE_IO, errno, "cannot make a directory for pip");
    int status = write_requirements(requirements, list, error);
    if (status == 0) status = run(python, version, directory, work, error);
    cap_tree_remove(AT_FDCWD, work);
    return status;
}
