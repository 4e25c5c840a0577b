/* What the slots of one image share, so that a slot is reset rather than mapped anew: the image to copy back from, and
 * which of its pages runs write.
 *
 * A slot that is loaded with tracking maps the image read-only but for the pages that runs are known to write. Those are
 * its *open* pages: the only ones that can differ from the image, so that a reset copies them back and touches nothing
 * else, without a system call. The first write to another page faults, opens it (tracking.c) and makes it known.
 *
 * Images that are loaded a few times only, and those whose runs write more than OPEN_PAGES_MAX pages, are mapped anew each
 * time: a mapping costs less than so many faults or copies. */
#ifndef CAP_ENGINE_SOURCE_H
#define CAP_ENGINE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"

#define CAP_HOST_PAGE 4096u
#define CAP_OPEN_PAGES_MAX 512u  /* more written pages than this are mapped anew rather than copied back: 2 MiB */
#define CAP_LOADS_UNTRACKED 4u   /* loads of an image before its slots are tracked */
#define CAP_TRACKED_MAPPINGS_MAX 32000u /* of all tracked slots of a process; with more, slots have their image mapped anew */
#define CAP_LOADS_HEAVY 32u      /* loads without tracking after a run that wrote too much */

/* A set of host pages of an image. */
typedef struct cap_page_set {
    uint64_t *words;
    uint32_t pages; /* of the image */
    uint32_t count; /* in the set */
} cap_page_set;

int cap_page_set_init(cap_page_set *set, uint32_t pages); /* -1: out of memory */
void cap_page_set_clear(cap_page_set *set);               /* frees it */
void cap_page_set_empty(cap_page_set *set);
bool cap_page_set_has(const cap_page_set *set, uint32_t page);
/* From an async signal handler too. */
void cap_page_set_add(cap_page_set *set, uint32_t page);
void cap_page_set_remove(cap_page_set *set, uint32_t page);
/* The next run of pages in the set at or after *page: its length, its start in *page; 0: no more. */
uint32_t cap_page_set_run(const cap_page_set *set, uint32_t *page);

/* True when the next load of the image shall be tracked; counts it. */
bool cap_image_source_track(cap_image_source *source);
/* A run wrote more than it pays to copy back. */
void cap_image_source_heavy(cap_image_source *source);
/* The image's bytes from `page` on: as many as the file has of `count` pages (*ret_bytes); the rest is zero. */
const uint8_t *cap_image_source_bytes(const cap_image_source *source, uint32_t page, uint32_t count, uint64_t *ret_bytes);
/* What runs are known to write, added to `set`. */
void cap_image_source_known(cap_image_source *source, cap_page_set *set);
/* Makes known that runs write `written`. */
void cap_image_source_learn(cap_image_source *source, const cap_page_set *written);
/* Makes known that a run did not write these. */
void cap_image_source_forget(cap_image_source *source, const cap_page_set *clean);
/* Pages that were forgotten and written again, added to `set`: a run can write a page and leave it as it was. */
void cap_image_source_restless(cap_image_source *source, cap_page_set *set);
/* Forgets which pages are restless. */
void cap_image_source_calm(cap_image_source *source);

#endif
