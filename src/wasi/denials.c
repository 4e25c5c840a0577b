/* What was refused to a guest: the text of the last denial for its own messages, and the last few for whoever explains how
 * the run ended. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "wasi/state.h"

/* Makes an absolute path normal, as text: without ".", "..", doubled slashes and one at its end. */
static void normalize(char *path) {
    size_t used = 0;
    for (const char *from = path; *from;) {
        size_t length = strcspn(from, "/");
        if (length == 2 && memcmp(from, "..", 2) == 0) {
            while (used > 0 && path[--used] != '/') continue;
        } else if (length > 0 && !(length == 1 && from[0] == '.')) {
            path[used++] = '/';
            memmove(path + used, from, length);
            used += length;
        }
        from += length + (from[length] == '/');
    }
    if (used == 0) path[used++] = '/';
    path[used] = 0;
}

/* Keeps a denial in the place of the oldest. One about a longer path than any hint shows is not kept, nor is one for which
 * there is no memory: a hint is missing then. */
static void keep(cap_wasi *wasi, const char *operation, const char *guest_path, const char *what) {
    if (guest_path[0] != '/' || strnlen(guest_path, CAP_DENIAL_PATH_MAX) >= CAP_DENIAL_PATH_MAX) return;
    if (!wasi->recent_denials && !(wasi->recent_denials = calloc(CAP_DENIALS_KEPT, sizeof *wasi->recent_denials))) return;
    cap_wasi_denial *denial = &wasi->recent_denials[wasi->kept_denials++ % CAP_DENIALS_KEPT];
    denial->operation = operation;
    denial->what = what;
    strcpy(denial->path, guest_path); /* its length was looked at */
    normalize(denial->path);
}

void cap_wasi_deny(cap_wasi *wasi, const char *operation, const char *guest_path, const char *what) {
    /* A long path is cut so that the reason fits. */
    size_t room = sizeof wasi->last_denial - strlen(operation) - strlen(what) - sizeof ": :  ";
    int length = (int)cap_utf8_cut(guest_path, strnlen(guest_path, room));
    snprintf(wasi->last_denial, sizeof wasi->last_denial, "%s %.*s: %s", operation, length, guest_path, what);
    wasi->denials++;
    keep(wasi, operation, guest_path, what);
    if (wasi->config.denial) wasi->config.denial(wasi->config.denial_context, operation, guest_path, what);
}

const char *cap_wasi_last_denial(const cap_wasi *wasi) { return wasi->last_denial; }

const cap_wasi_denial *cap_wasi_denial_of(const cap_wasi *wasi, const char *guest_path) {
    char path[CAP_DENIAL_PATH_MAX];
    if (guest_path[0] != '/' || strlen(guest_path) >= sizeof path) return NULL;
    strcpy(path, guest_path);
    normalize(path);
    uint64_t kept = wasi->kept_denials < CAP_DENIALS_KEPT ? wasi->kept_denials : CAP_DENIALS_KEPT;
    for (uint64_t i = 1; i <= kept; i++) {
        const cap_wasi_denial *denial = &wasi->recent_denials[(wasi->kept_denials - i) % CAP_DENIALS_KEPT];
        if (strcmp(denial->path, path) == 0) return denial;
    }
    return NULL;
}
