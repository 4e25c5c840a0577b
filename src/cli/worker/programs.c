#include "cli/worker/programs.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/program.h"

struct cli_lease {
    cli_lease *next;          /* most recently used first */
    char *file;
    capsule_program *program; /* NULL: not loaded, or what was loaded is stale */
    uint64_t checked_ns;      /* when the last look began that found the program current; 0: none did */
    unsigned users;           /* those it is leased to, and those who wait for it */
    unsigned readers;         /* those it is leased to: the program stays as long */
    bool busy, loading;       /* somebody looks whether the program is current; and finds that it has to be loaded */
};

struct cli_programs {
    capsule_runtime *runtime;
    capsule_program_options options;
    pthread_mutex_t lock;
    pthread_cond_t changed;   /* something is busy no more, or read no more */
    cli_lease *first;
    size_t count;
};

cli_programs *cli_programs_create(const cli_arguments *arguments, capsule_runtime *runtime) {
    cli_programs *programs = calloc(1, sizeof *programs);
    if (!programs) return NULL;
    programs->runtime = runtime;
    cli_program_options(arguments, &programs->options);
    programs->options.default_timeout = CLI_SERVICE_TIMEOUT;
    pthread_mutex_init(&programs->lock, NULL);
    pthread_cond_init(&programs->changed, NULL);
    return programs;
}

static void free_lease(cli_lease *lease) {
    capsule_program_free(lease->program);
    free(lease->file);
    free(lease);
}

void cli_programs_free(cli_programs *programs) {
    if (!programs) return;
    for (cli_lease *next; programs->first; programs->first = next) {
        next = programs->first->next;
        free_lease(programs->first);
    }
    pthread_cond_destroy(&programs->changed);
    pthread_mutex_destroy(&programs->lock);
    free(programs);
}

capsule_program *cli_lease_program(const cli_lease *lease) { return lease->program; }

/* ---- Under the lock ---- */

/* The entry of a file, moved to the front; a new one when there is none. NULL: out of memory. */
static cli_lease *touch(cli_programs *programs, const char *file) {
    cli_lease **link = &programs->first, *lease;
    while (*link && strcmp((*link)->file, file)) link = &(*link)->next;
    if ((lease = *link)) {
        *link = lease->next;
    } else {
        lease = calloc(1, sizeof *lease);
        if (!lease || !(lease->file = strdup(file))) {
            free(lease);
            return NULL;
        }
        programs->count++;
    }
    lease->next = programs->first;
    programs->first = lease;
    return lease;
}

/* Takes what is one too many and in nobody's use out of the list; the caller frees it without the lock. */
static cli_lease *evict(cli_programs *programs) {
    cli_lease **last = NULL;
    if (programs->count <= CLI_PROGRAMS_KEPT) return NULL;
    for (cli_lease **link = &programs->first; *link; link = &(*link)->next)
        if ((*link)->users == 0) last = link;
    if (!last) return NULL;
    cli_lease *lease = *last;
    *last = lease->next;
    programs->count--;
    return lease;
}

/* What was found since then counts: a request was read before it. */
static bool is_fresh(const cli_lease *lease, uint64_t since_ns) { return lease->program && lease->checked_ns > since_ns; }

static void tell(const cli_slow *slow, int change) {
    if (slow) slow->change(slow->context, change);
}

/* Waits as long as somebody else looks, unless what was found before is enough. */
static void wait_for_others(cli_programs *programs, const cli_lease *lease, uint64_t since_ns, const cli_slow *slow) {
    bool told = false;
    while (lease->busy && !is_fresh(lease, since_ns)) {
        if (lease->loading && !told) tell(slow, 1);
        told |= lease->loading;
        pthread_cond_wait(&programs->changed, &programs->lock);
    }
    if (told) tell(slow, -1);
}

/* ---- Without the lock, by the one who looks ---- */

/* Takes the old program out, once nobody reads it any more. Runs that began with it hold it. */
static void drop_stale(cli_programs *programs, cli_lease *lease) {
    pthread_mutex_lock(&programs->lock);
    lease->loading = true;
    lease->checked_ns = 0;
    while (lease->readers) pthread_cond_wait(&programs->changed, &programs->lock);
    capsule_program *stale = cap_steal(lease->program);
    pthread_mutex_unlock(&programs->lock);
    capsule_program_free(stale);
}

static int load(cli_programs *programs, cli_lease *lease, const cli_slow *slow, capsule_program **ret_program,
                capsule_error **error) {
    drop_stale(programs, lease);
    tell(slow, 1);
    int status = capsule_program_load(programs->runtime, lease->file, &programs->options, ret_program, error);
    tell(slow, -1);
    return status;
}

/* Looks, and loads when need be. Ends being the one who looks, and answers as a reader when all is well. */
static int bring_up_to_date(cli_programs *programs, cli_lease *lease, const cli_slow *slow, capsule_error **error) {
    uint64_t began = cli_now_ns();
    capsule_program *loaded = NULL;
    bool current = lease->program && capsule_program_current(lease->program);
    int status = current ? 0 : load(programs, lease, slow, &loaded, error);
    pthread_mutex_lock(&programs->lock);
    if (current)
        lease->checked_ns = began;
    else
        lease->program = loaded;
    lease->busy = lease->loading = false;
    if (status == 0) lease->readers++;
    pthread_cond_broadcast(&programs->changed);
    pthread_mutex_unlock(&programs->lock);
    return status;
}

static void leave(cli_programs *programs, cli_lease *lease, bool reader) {
    pthread_mutex_lock(&programs->lock);
    lease->users--;
    lease->readers -= reader;
    if (lease->readers == 0) pthread_cond_broadcast(&programs->changed);
    cli_lease *evicted = evict(programs);
    pthread_mutex_unlock(&programs->lock);
    if (evicted) free_lease(evicted);
}

int cli_programs_check(cli_programs *programs, capsule_error **error) {
    cap_autoerror capsule_error *problem = NULL;
    capsule_program *none = NULL;
    capsule_program_options options = programs->options;
    options.no_config = true; /* what is wrong in capsule.toml may be mended before the next call */
    /* The ceiling is judged before the file is looked for, and there is none of this name. */
    if (capsule_program_load(programs->runtime, "", &options, &none, &problem) < 0 &&
        capsule_error_code(problem) == CAPSULE_CONFIG)
        return cap_error_set(error, CAPSULE_CONFIG, "%s", capsule_error_message(problem));
    capsule_program_free(none);
    return 0;
}

int cli_programs_take(cli_programs *programs, const char *file, uint64_t since_ns, const cli_slow *slow, cli_lease **ret_lease,
                      capsule_error **error) {
    pthread_mutex_lock(&programs->lock);
    cli_lease *lease = touch(programs, file);
    bool fresh = false;
    if (lease) {
        lease->users++;
        wait_for_others(programs, lease, since_ns, slow);
        fresh = is_fresh(lease, since_ns);
        lease->readers += fresh;
        lease->busy |= !fresh;
    }
    pthread_mutex_unlock(&programs->lock);
    if (!lease) return cap_error_set(error, CAPSULE_MEMORY, "out of memory for a program");
    if (!fresh && bring_up_to_date(programs, lease, slow, error) < 0) {
        leave(programs, lease, false);
        return -1;
    }
    *ret_lease = lease;
    return 0;
}

int cli_programs_make(cli_programs *programs, const cli_request *request, capsule_program **ret_program, capsule_error **error) {
    capsule_source_options source = CAPSULE_SOURCE_OPTIONS_INIT;
    source.language = request->lang;
    source.compute = request->compute;
    source.ram = request->ram;
    source.timeout = request->timeout;
    source.environment = request->env;
    return capsule_program_load_source(programs->runtime, request->code, strlen(request->code), &source, &programs->options,
                                       ret_program, error);
}

void cli_programs_give(cli_programs *programs, cli_lease *lease) {
    if (lease) leave(programs, lease, true);
}
