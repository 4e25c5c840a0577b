#include "engine/source.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct cap_image_source {
    uint32_t references; /* by __atomic operations */
    const uint8_t *bytes;
    uint64_t length; /* of the mapping: whole pages */
    pthread_mutex_t lock; /* what follows */
    cap_page_set known;
    cap_page_set closed;   /* were taken out of `known` */
    cap_page_set restless; /* and came back */
    uint32_t untracked; /* loads to come without tracking */
};

/* ---- Sets of pages ---- */

static uint32_t words_of(uint32_t pages) { return pages / 64u + 1u; }

int cap_page_set_init(cap_page_set *set, uint32_t pages) {
    *set = (cap_page_set){.words = calloc(words_of(pages), sizeof *set->words), .pages = pages};
    return set->words ? 0 : -1;
}

void cap_page_set_clear(cap_page_set *set) {
    free(set->words);
    *set = (cap_page_set){0};
}

void cap_page_set_empty(cap_page_set *set) {
    memset(set->words, 0, words_of(set->pages) * sizeof *set->words);
    set->count = 0;
}

bool cap_page_set_has(const cap_page_set *set, uint32_t page) { return set->words[page / 64u] >> page % 64u & 1u; }

void cap_page_set_add(cap_page_set *set, uint32_t page) {
    if (cap_page_set_has(set, page)) return;
    set->words[page / 64u] |= UINT64_C(1) << page % 64u;
    set->count++;
}

void cap_page_set_remove(cap_page_set *set, uint32_t page) {
    if (!cap_page_set_has(set, page)) return;
    set->words[page / 64u] &= ~(UINT64_C(1) << page % 64u);
    set->count--;
}

uint32_t cap_page_set_run(const cap_page_set *set, uint32_t *page) {
    uint32_t at = *page;
    while (at < set->pages) {
        uint64_t rest = set->words[at / 64u] >> at % 64u;
        if (rest) {
            at += (uint32_t)__builtin_ctzll(rest);
            break;
        }
        at = (at / 64u + 1u) * 64u;
    }
    *page = at;
    while (at < set->pages) {
        uint64_t gaps = ~set->words[at / 64u] >> at % 64u;
        if (gaps) {
            at += (uint32_t)__builtin_ctzll(gaps);
            break;
        }
        at = (at / 64u + 1u) * 64u;
    }
    if (at > set->pages) at = set->pages;
    return at > *page ? at - *page : 0;
}

static void add_all(cap_page_set *to, const cap_page_set *from, uint32_t most) {
    uint32_t page = 0;
    for (uint32_t count; (count = cap_page_set_run(from, &page)) > 0; page += count)
        for (uint32_t i = 0; i < count && to->count < most; i++) cap_page_set_add(to, page + i);
}

/* ---- Sources ---- */

static void clear_sets(cap_image_source *source) {
    cap_page_set_clear(&source->known);
    cap_page_set_clear(&source->closed);
    cap_page_set_clear(&source->restless);
}

cap_image_source *cap_image_source_create(const cap_image *image) {
    uint64_t length = (image->bytes + CAP_HOST_PAGE - 1) & ~(uint64_t)(CAP_HOST_PAGE - 1);
    cap_image_source *source = calloc(1, sizeof *source);
    if (!source) return NULL;
    source->references = 1;
    source->untracked = CAP_LOADS_UNTRACKED;
    const uint32_t pages = image->pages * (CAP_WASM_PAGE / CAP_HOST_PAGE);
    void *bytes = length ? mmap(NULL, length, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, image->fd, 0) : NULL;
    if (bytes == MAP_FAILED || cap_page_set_init(&source->known, pages) < 0 || cap_page_set_init(&source->closed, pages) < 0 ||
        cap_page_set_init(&source->restless, pages) < 0) {
        if (bytes != MAP_FAILED && bytes) munmap(bytes, length);
        clear_sets(source);
        free(source);
        return NULL;
    }
    source->bytes = bytes;
    source->length = length;
    pthread_mutex_init(&source->lock, NULL);
    return source;
}

cap_image_source *cap_image_source_reference(cap_image_source *source) {
    if (source) __atomic_add_fetch(&source->references, 1, __ATOMIC_RELAXED);
    return source;
}

void cap_image_source_free(cap_image_source *source) {
    if (!source || __atomic_sub_fetch(&source->references, 1, __ATOMIC_ACQ_REL)) return;
    if (source->bytes) munmap((void *)(uintptr_t)source->bytes, source->length);
    clear_sets(source);
    pthread_mutex_destroy(&source->lock);
    free(source);
}

bool cap_image_source_track(cap_image_source *source) {
    pthread_mutex_lock(&source->lock);
    bool track = source->untracked == 0;
    if (!track) source->untracked--;
    pthread_mutex_unlock(&source->lock);
    return track;
}

void cap_image_source_heavy(cap_image_source *source) {
    pthread_mutex_lock(&source->lock);
    source->untracked = CAP_LOADS_HEAVY;
    pthread_mutex_unlock(&source->lock);
}

const uint8_t *cap_image_source_bytes(const cap_image_source *source, uint32_t page, uint32_t count, uint64_t *ret_bytes) {
    uint64_t start = (uint64_t)page * CAP_HOST_PAGE, bytes = (uint64_t)count * CAP_HOST_PAGE;
    *ret_bytes = start >= source->length ? 0 : bytes < source->length - start ? bytes : source->length - start;
    return source->bytes + (*ret_bytes ? start : 0);
}

void cap_image_source_known(cap_image_source *source, cap_page_set *set) {
    pthread_mutex_lock(&source->lock);
    add_all(set, &source->known, UINT32_MAX);
    pthread_mutex_unlock(&source->lock);
}

void cap_image_source_learn(cap_image_source *source, const cap_page_set *written) {
    pthread_mutex_lock(&source->lock);
    uint32_t page = 0;
    for (uint32_t count; (count = cap_page_set_run(written, &page)) > 0; page += count)
        for (uint32_t i = 0; i < count && source->known.count < CAP_OPEN_PAGES_MAX; i++) {
            if (cap_page_set_has(&source->known, page + i)) continue;
            cap_page_set_add(&source->known, page + i);
            if (cap_page_set_has(&source->closed, page + i)) cap_page_set_add(&source->restless, page + i);
        }
    pthread_mutex_unlock(&source->lock);
}

void cap_image_source_restless(cap_image_source *source, cap_page_set *set) {
    pthread_mutex_lock(&source->lock);
    add_all(set, &source->restless, UINT32_MAX);
    pthread_mutex_unlock(&source->lock);
}

void cap_image_source_calm(cap_image_source *source) {
    pthread_mutex_lock(&source->lock);
    cap_page_set_empty(&source->closed);
    cap_page_set_empty(&source->restless);
    pthread_mutex_unlock(&source->lock);
}

void cap_image_source_forget(cap_image_source *source, const cap_page_set *clean) {
    pthread_mutex_lock(&source->lock);
    uint32_t page = 0;
    for (uint32_t count; (count = cap_page_set_run(clean, &page)) > 0; page += count)
        for (uint32_t i = 0; i < count; i++) {
            cap_page_set_remove(&source->known, page + i);
            cap_page_set_add(&source->closed, page + i);
        }
    pthread_mutex_unlock(&source->lock);
}
