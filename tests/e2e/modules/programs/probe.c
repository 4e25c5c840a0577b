/* A command module for the tests: `probe MODE ARGUMENT...` does one thing and says what came of it. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int fail(const char *what) {
    printf("%s: %s\n", what, strerror(errno));
    return 1;
}

static int show_words(char **words) {
    for (; *words; words++) printf("%s\n", *words);
    return 0;
}

static int copy(FILE *from) {
    char buffer[4096];
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, from)) > 0;) fwrite(buffer, 1, got, stdout);
    return 0;
}

static int read_file(const char *path) {
    FILE *file = fopen(path, "r");
    return file ? copy(file) : fail(path);
}

static int write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file)) return fail(path);
    printf("wrote %s\n", path);
    return 0;
}

static int list(const char *path) {
    DIR *directory = opendir(path);
    if (!directory) return fail(path);
    for (const struct dirent *entry; (entry = readdir(directory));)
        if (entry->d_name[0] != '.') printf("%s\n", entry->d_name);
    return 0;
}

/* Takes and touches memory until there is none. Answers instead of aborting when `gently`. */
static int eat(int gently) {
    for (;;) {
        volatile char *more = malloc(1 << 20);
        if (!more && gently) return 3;
        if (!more) abort();
        for (size_t i = 0; i < 1 << 20; i += 4096) more[i] = 1;
    }
}

static int flood(void) {
    for (;;) {
        if (fwrite("0123456789abcdef", 1, 16, stdout) < 16) return 1;
        fflush(stdout);
    }
}

/* Frames of the machine's stack only: nothing here needs the module's own. */
__attribute__((noinline)) static long descend(long depth) {
    if (depth < 0) return 1;
    return 1 + descend(depth + 1) * 3;
}

static int show_random(void) {
    unsigned char bytes[16];
    if (getentropy(bytes, sizeof bytes)) return fail("getentropy");
    for (size_t i = 0; i < sizeof bytes; i++) printf("%02x", bytes[i]);
    printf("\n");
    return 0;
}

static void show_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    printf("%lld%09ld\n", (long long)now.tv_sec, now.tv_nsec);
}

static int show_clocks(void) {
    show_clock(CLOCK_REALTIME);
    show_clock(CLOCK_MONOTONIC);
    return 0;
}

static int rest(const char *seconds) {
    struct timespec time = {.tv_sec = atoll(seconds)};
    return nanosleep(&time, NULL) ? fail("nanosleep") : show_clocks();
}

static int run(const char *mode, char **words) {
    if (!strcmp(mode, "args")) return show_words(words);
    if (!strcmp(mode, "env")) return show_words(environ);
    if (!strcmp(mode, "exit")) exit(atoi(words[0]));
    if (!strcmp(mode, "cat")) return copy(stdin);
    if (!strcmp(mode, "error")) return fprintf(stderr, "%s\n", words[0]) < 0;
    if (!strcmp(mode, "read")) return read_file(words[0]);
    if (!strcmp(mode, "write")) return write_file(words[0], words[1]);
    if (!strcmp(mode, "list")) return list(words[0]);
    if (!strcmp(mode, "mkdir")) return mkdir(words[0], 0777) ? fail(words[0]) : 0;
    if (!strcmp(mode, "eat")) return eat(0);
    if (!strcmp(mode, "eat-gently")) return eat(1);
    if (!strcmp(mode, "flood")) return flood();
    if (!strcmp(mode, "trap")) __builtin_trap();
    if (!strcmp(mode, "divide")) return atoi(words[0]) / atoi(words[1]);
    if (!strcmp(mode, "outside")) return *(volatile char *)0xfffffff0u;
    if (!strcmp(mode, "descend")) return (int)descend(0);
    if (!strcmp(mode, "random")) return show_random();
    if (!strcmp(mode, "clocks")) return show_clocks();
    if (!strcmp(mode, "sleep")) return rest(words[0]);
    printf("unknown mode %s\n", mode);
    return 99;
}

int main(int count, char **words) {
    (void)count;
    setvbuf(stdout, NULL, _IONBF, 0);
    if (!words[1]) {
        printf("hello from %s\n", words[0]);
        return 0;
    }
    return run(words[1], words + 2);
}
