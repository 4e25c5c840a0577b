/* A reactor module for the tests: `_initialize` runs the constructor, and the tests call what is exported. */
#include <stdio.h>
#include <stdlib.h>

static int prepared;

__attribute__((constructor)) static void prepare(void) {
    prepared = 41;
    puts("initialized");
}

__attribute__((export_name("answer"))) int answer(void) {
    puts("called");
    fflush(stdout); /* nobody else does, in a reactor */
    return prepared + 1;
}

__attribute__((export_name("large"))) long long large(void) { return 1LL << 60; }
__attribute__((export_name("half"))) double half(void) { return 0.5; }
__attribute__((export_name("leave"))) void leave(void) { exit(7); }
__attribute__((export_name("twice"))) int twice(int number) { return 2 * number; }
