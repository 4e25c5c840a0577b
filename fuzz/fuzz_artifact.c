/* libFuzzer target of the artifact's reader.
 *
 * The hash would keep almost every changed input out, so an input is read twice: as it is, and as the bytes behind the
 * hash of a module that is made around it. What is accepted must encode to something that reads back the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "blake3.h"
#include "task/artifact.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_same(const cap_artifact *a, const cap_artifact *b) {
    if (strcmp(a->entry, b->entry) != 0 || strcmp(a->tasks, b->tasks) != 0 || a->file_count != b->file_count) abort();
    for (size_t i = 0; i < a->file_count; i++)
        if (strcmp(a->files[i].path, b->files[i].path) != 0 || a->files[i].length != b->files[i].length ||
            memcmp(a->files[i].data, b->files[i].data, a->files[i].length) != 0)
            abort();
}

static void try_bytes(const uint8_t *bytes, size_t length) {
    cap_artifact *first = NULL, *second = NULL;
    capsule_error *error = NULL;
    if (cap_artifact_parse(bytes, length, "input", &first, &error) < 0) {
        if (!error || !capsule_error_message(error)[0]) abort();
        capsule_error_free(error);
        return;
    }
    if (!first) return;
    char *again = NULL;
    size_t again_length = 0;
    if (cap_artifact_encode(first, &again, &again_length, NULL) < 0) abort();
    if (cap_artifact_parse(again, again_length, "again", &second, NULL) < 0 || !second) abort();
    check_same(first, second);
    free(again);
    cap_artifact_free(first);
    cap_artifact_free(second);
}

/* A module whose section holds `bytes` behind a hash that is right. */
static void try_content(const uint8_t *bytes, size_t length) {
    static const uint8_t head[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 0};
    size_t payload = 40 + length, section = 8 + payload, total = sizeof head + 5 + section;
    uint8_t *module = malloc(total), *next = module;
    if (!module) return;
    memcpy(next, head, sizeof head);
    next += sizeof head;
    for (int i = 0; i < 5; i++) *next++ = (uint8_t)((section >> (7 * i) & 0x7f) | (i < 4 ? 0x80 : 0));
    memcpy(next, "\7capsuleCPSL\1\0\0\0", 16);
    blake3_hasher hasher;
    blake3_hasher_init(&hasher);
    blake3_hasher_update(&hasher, bytes, length);
    blake3_hasher_finalize(&hasher, next + 16, 32);
    if (length) memcpy(next + 48, bytes, length);
    try_bytes(module, total);
    free(module);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    try_bytes(bytes, length);
    try_content(bytes, length);
    return 0;
}
