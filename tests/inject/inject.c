/* inject [--cli] [--calls] [--cold] [--sample] [--seconds S] [--from N] PROGRAM: one standard run of PROGRAM again and
 * again, and each time another allocation (or, with --calls, another system call) fails: the first, the second, every
 * one there is. However it fails, what must come of it is the right result or a clean error: no crash, no hang, nothing
 * leaked, nothing left over, and a run afterwards that works.
 *
 *   without --cli   through capsule.h: runtime, program, run, trace, all freed; in the same process then once more. What
 *                   happens only once in a process (libraries that start up) has happened before
 *   --cli           the command's own main, in a process where nothing has happened yet
 *   --cold          without an image in the cache: the import, and publishing its image
 *   --sample        only each SAMPLE-th site, in an order that soon has been everywhere
 *   --seconds S     stops after so long, and says how far it came
 *   --from N        begins with site N, to repeat a finding
 *
 * Ends with 0 when every site ended well, 1 otherwise, after naming each that did not. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <capsule.h>

#include "inject.h"

enum { HANG_SECONDS = 120, LOADER_LOSES = 3, SAMPLE = 29, STRIDE = 1009 /* prime, and no neighbour of a neighbour */,  OUTPUT_MAX = 16384 };
#define RESULT "{\"text\":\"content\",\"double\":42,\"files\":[\"in.txt\",\"out.txt\"]}"

inject_record *inject;
int cli_main(int argc, char **argv); /* main of the command, under another name */

static struct {
    bool cli, calls, cold, sample;
    long from;
    unsigned seconds;
    const char *name;           /* of the program, without folders */
    char project[128], cache[160];
} plan = {.from = 1};

/* ---- Small things ---- */

static void stop(const char *what) {
    perror(what);
    exit(70);
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Without an allocation that would stay. */
static long count_descriptors(void) {
    long count = 0;
    for (int fd = 0; fd < 256; fd++) count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where) {
    (void)status, (void)kind, (void)where;
    return remove(path);
}
static void remove_tree(const char *path) { nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

static void put(const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", plan.project, name);
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file)) stop(path);
}

static void copy_program(const char *from) {
    static char text[65536];
    FILE *file = fopen(from, "r");
    if (!file) stop(from);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    plan.name = strrchr(from, '/') ? strrchr(from, '/') + 1 : from;
    put(plan.name, text);
}

static void prepare(const char *program) {
    const char *temporary = getenv("TMPDIR");
    char path[256];
    snprintf(plan.project, sizeof plan.project, "%s/capsule-inject-XXXXXX", temporary ? temporary : "/tmp");
    if (!mkdtemp(plan.project)) stop(plan.project);
    snprintf(plan.cache, sizeof plan.cache, "%s/cache", plan.project);
    snprintf(path, sizeof path, "%s/data", plan.project);
    if (mkdir(path, 0755)) stop(path);
    put("data/in.txt", "content");
    put("capsule.toml", "[limits]\nmax_ram = \"256MB\"\n[tasks]\ndefault_timeout = \"300s\"\n");
    copy_program(program);
    if (chdir(plan.project)) stop(plan.project);
    setenv("CAPSULE_CACHE", plan.cache, 1);
    setenv("INJECT_WHO", "world", 1);
    mallopt(M_PERTURB, 0xa5); /* freed and fresh memory is no memory */
}

/* ---- One run through capsule.h ---- */

static inject_ending wrong(const char *what, const char *text) {
    snprintf(inject->text, sizeof inject->text, "%s: %.400s", what, text ? text : "(none)");
    return ENDED_WRONG;
}

static inject_ending judge_error(capsule_error *error) {
    if (!error) return wrong("failed without an error", "");
    const char *message = capsule_error_message(error);
    inject_ending ending = ENDED_CLEANLY;
    if (capsule_error_code(error) == CAPSULE_OK || !message[0] || strchr(message, '\n')) ending = wrong("an error that tells nothing", message);
    if (ending == ENDED_CLEANLY) snprintf(inject->text, sizeof inject->text, "error: %.480s", message);
    capsule_error_free(error);
    return ending;
}

static inject_ending judge_result(const capsule_result *result) {
    const char *envelope = capsule_result_envelope(result), *type = capsule_result_error_type(result);
    if (!envelope || envelope[0] != '{') return wrong("no envelope", envelope);
    if (capsule_result_success(result)) {
        if (strcmp(capsule_result_value(result), RESULT) != 0) return wrong("a wrong result", capsule_result_value(result));
        if (strstr(envelope, "hello world")) return ENDED_WELL;
        return strstr(envelope, "\"stdout_truncated\":true") ? ENDED_CLEANLY : wrong("output is missing", envelope);
    }
    if (!type || !capsule_result_error_message(result)) return wrong("a failure without a reason", envelope);
    snprintf(inject->text, sizeof inject->text, "%s: %.400s", type, capsule_result_error_message(result));
    return ENDED_CLEANLY;
}

static inject_ending call_program(capsule_program *program) {
    capsule_run_options options = CAPSULE_RUN_OPTIONS_INIT;
    capsule_result *result = NULL;
    capsule_error *error = NULL;
    options.arguments = "[21]";
    if (capsule_program_call(program, &options, &result, &error) < 0) return judge_error(error);
    inject_ending ending = judge_result(result);
    capsule_result_free(result);
    return ending;
}

/* What was recorded; a database that cannot be read is an error like any other. */
static inject_ending look_at_trace(inject_ending ending) {
    char *json = NULL;
    capsule_error *error = NULL;
    if (capsule_trace_list(plan.project, 3, &json, &error) < 0) return judge_error(error) == ENDED_WRONG ? ENDED_WRONG : ending;
    if (!json || json[0] != '[') ending = wrong("no trace", json);
    capsule_text_free(json);
    return ending;
}

static inject_ending run_through_header(void) {
    capsule_runtime *runtime = NULL;
    capsule_program *program = NULL;
    capsule_error *error = NULL;
    capsule_runtime_options options = CAPSULE_RUNTIME_OPTIONS_INIT;
    inject_ending ending;
    options.cache_dir = plan.cache;
    options.jobs = 2;
    if (capsule_runtime_create(&options, &runtime, &error) < 0 || capsule_program_load(runtime, plan.name, NULL, &program, &error) < 0)
        ending = judge_error(error);
    else
        ending = call_program(program);
    if (ending != ENDED_WRONG) ending = look_at_trace(ending);
    capsule_program_free(program);
    capsule_runtime_free(runtime);
    return ending;
}

/* ---- The process under test ---- */

static void be_header_child(void) {
    inject->live_before = inject_memory_live();
    inject->fds_before = count_descriptors();
    atomic_store(&inject->armed, true);
    inject_ending ending = run_through_header();
    atomic_store(&inject->armed, false);
    inject->live_after = inject_memory_live();
    inject->fds_after = count_descriptors();
    inject->ending = ending;
    if (ending == ENDED_WRONG) _exit(0);
    inject->afterwards = run_through_header();
    _exit(0);
}

static void be_cli_child(int output, int errors) {
    static char capsule[] = "capsule", command[] = "run", argument[] = "21";
    char *arguments[] = {capsule, command, (char *)plan.name, argument, NULL};
    dup2(output, 1);
    dup2(errors, 2);
    atomic_store(&inject->armed, true);
    exit(cli_main(4, arguments));
}

/* Forks, runs one of the two with site `number` failing (0: none), and answers the wait status. */
static int execute(long number, int output, int errors) {
    int channel[2] = {-1, -1};
    memset(inject, 0, sizeof *inject);
    atomic_store(&inject->fail_at, number);
    atomic_store(&inject->failed_call, plan.calls ? 0 : -1);
    if (plan.cold) remove_tree(plan.cache);
    if (plan.calls && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel)) stop("socketpair");
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) stop("fork");
    if (child == 0) {
        if (plan.calls) {
            inject_calls_install(channel[1]);
            close(channel[0]);
            close(channel[1]);
        }
        if (plan.cli) be_cli_child(output, errors);
        be_header_child();
    }
    if (channel[1] >= 0) close(channel[1]);
    int status = inject_calls_supervise(child, channel[0], HANG_SECONDS);
    if (channel[0] >= 0) close(channel[0]);
    return status;
}

/* ---- Judging ---- */

static const char *left_over; /* first name that nobody will use again */

static int look_for_leftover(const char *path, const struct stat *status, int kind, struct FTW *where) {
    const char *name = path + where->base;
    (void)status, (void)kind;
    bool temporary = strncmp(name, "tmp-", 4) == 0 || strncmp(name, "entry.json.", 11) == 0 || strstr(name, ".tmp");
    if (temporary && !left_over) left_over = strdup(path);
    return 0;
}

/* A temporary file may stay when its very removal was refused: the cache sweeps later. */
static bool removal_refused(void) {
    const char *name = inject_call_name(atomic_load(&inject->failed_call));
    return plan.calls && (strncmp(name, "unlink", 6) == 0 || strcmp(name, "rmdir") == 0 || strncmp(name, "open", 4) == 0 ||
                          strcmp(name, "getdents64") == 0 || strcmp(name, "fcntl") == 0 || strcmp(name, "newfstatat") == 0 ||
                          strcmp(name, "fstat") == 0 || strcmp(name, "flock") == 0);
}

static const char *find_leftover(void) {
    left_over = NULL;
    nftw(plan.project, look_for_leftover, 16, FTW_PHYS);
    return left_over;
}

static char problem[1024];

static const char *judge_header(int status) {
    if (status == -1) return "it hangs";
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || inject->ending == ENDED_NOT) {
        snprintf(problem, sizeof problem, "%s %d", WIFSIGNALED(status) ? "killed by signal" : "it ended with",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        return problem;
    }
    if (inject->ending == ENDED_WRONG) return inject->text;
    /* The dynamic loader loses a piece of its own when it gives a library up half-way. */
    long lost = inject->live_after - inject->live_before, excused = strstr(inject->text, "cannot load guest code") ? LOADER_LOSES : 0;
    if (lost < 0 || lost > excused) {
        snprintf(problem, sizeof problem, "%ld allocations leaked (%.400s)", lost, inject->text);
        return problem;
    }
    if (inject->fds_after != inject->fds_before) {
        snprintf(problem, sizeof problem, "%ld descriptors leaked (%.400s)", inject->fds_after - inject->fds_before, inject->text);
        return problem;
    }
    if (inject->afterwards == ENDED_WELL) return NULL;
    snprintf(problem, sizeof problem, "the run afterwards: %.480s", inject->text);
    return problem;
}

/* Whole content of a memory file, and empties it. */
static const char *take_output(int fd, char text[OUTPUT_MAX]) {
    ssize_t length = pread(fd, text, OUTPUT_MAX - 1, 0);
    text[length > 0 ? length : 0] = 0;
    if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET)) stop("output");
    return text;
}

static const char *judge_cli(int status, int output, int errors) {
    static char out[OUTPUT_MAX], err[OUTPUT_MAX];
    take_output(output, out);
    take_output(errors, err);
    int call = atomic_load(&inject->failed_call), fd = atomic_load(&inject->failed_fd);
    bool mute = plan.calls && (!strcmp(inject_call_name(call), "write") || !strcmp(inject_call_name(call), "writev")) && (fd == 1 || fd == 2);
    const char *why = NULL;
    if (status == -1) return "it hangs";
    if (WIFSIGNALED(status))
        why = "killed by a signal";
    else if (WEXITSTATUS(status) == 0 && !mute && (!strstr(out, "hello world\n") || !strstr(out, "\"double\":")))
        why = "success without its output";
    else if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 1 && WEXITSTATUS(status) != 2 && WEXITSTATUS(status) != 70)
        why = "an exit code of its own";
    else if (WEXITSTATUS(status) != 0 && !mute && !err[0] && !strstr(out, "\"error_type\""))
        why = "a failure without a word";
    if (!why) return NULL;
    snprintf(problem, sizeof problem, "%s (status %x), stdout \"%.200s\", stderr \"%.300s\"", why, (unsigned)status, out, err);
    return problem;
}

/* ---- The loop ---- */

static void warm_up(void) {
    long live = -1;
    if (plan.cli) return;
    for (int i = 0; i < 8 && live != inject_memory_live(); i++) {
        live = inject_memory_live();
        if (run_through_header() != ENDED_WELL) {
            fprintf(stderr, "the run without a failure does not work: %s\n", inject->text);
            exit(70);
        }
    }
}

static long count_sites(int output, int errors) {
    if (plan.cli) execute(0, output, errors); /* the image is there, unless it is to be missing */
    int status = execute(0, output, errors);
    const char *why = plan.cli ? judge_cli(status, output, errors) : judge_header(status);
    if (why) {
        fprintf(stderr, "the run without a failure: %s\n", why);
        exit(70);
    }
    return atomic_load(&inject->counted);
}

static void report(long number, const char *why) {
    printf("site %ld%s%s: %s\n", number, plan.calls ? " " : "", plan.calls ? inject_call_name(atomic_load(&inject->failed_call)) : "", why);
    fflush(stdout);
}

static bool try_site(long number, int output, int errors) {
    int status = execute(number, output, errors);
    const char *why = plan.cli ? judge_cli(status, output, errors) : judge_header(status);
    if (!why && !removal_refused() && (why = find_leftover())) {
        report(number, why);
        remove_tree(plan.cache);
        return false;
    }
    if (why) report(number, why);
    return !why;
}

static int walk(void) {
    int output = memfd_create("output", MFD_CLOEXEC), errors = memfd_create("errors", MFD_CLOEXEC);
    long sites = count_sites(output, errors), tried = 0, bad = 0;
    int64_t begin = now_ms();
    /* The sites of one run and of another may differ by some: a thread may be there or not. */
    long last = sites + sites / 50, steps = plan.sample ? last / SAMPLE : last - plan.from + 1;
    for (long step = 0; step < steps; step++) {
        if (plan.seconds && now_ms() - begin > plan.seconds * 1000) break;
        tried++;
        bad += !try_site(plan.sample ? 1 + step * STRIDE % last : plan.from + step, output, errors);
    }
    printf("%s%s%s of %s: %ld sites, %ld tried%s in %.1f s, %ld bad\n", plan.cli ? "command, " : "header, ", plan.cold ? "cold, " : "warm, ",
           plan.calls ? "system calls" : "allocations", plan.name, sites, tried, tried == steps ? "" : " (time is up)",
           (double)(now_ms() - begin) / 1000, bad);
    return bad ? 1 : 0;
}

int main(int argc, char **argv) {
    const char *program = NULL;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--cli")) plan.cli = true;
        else if (!strcmp(argv[i], "--calls")) plan.calls = true;
        else if (!strcmp(argv[i], "--cold")) plan.cold = true;
        else if (!strcmp(argv[i], "--sample")) plan.sample = true;
        else if (!strcmp(argv[i], "--seconds") && i + 1 < argc) plan.seconds = (unsigned)atol(argv[++i]);
        else if (!strcmp(argv[i], "--from") && i + 1 < argc) plan.from = atol(argv[++i]);
        else program = argv[i];
    }
    if (!program || plan.from < 1) return 2;
    inject = mmap(NULL, sizeof *inject, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (inject == MAP_FAILED) return 70;
    atomic_store(&inject->failed_call, -1);
    if (!plan.calls && !inject_memory_available()) return puts("allocations are a sanitizer's own here"), 0;
    signal(SIGPIPE, SIG_IGN);
    prepare(program);
    warm_up();
    int status = walk();
    if (chdir("/")) perror("/");
    remove_tree(plan.project);
    return status;
}
