/* Write tracking: which pages of its image a slot's run may have changed, and bringing back those alone.
 *
 * A page is open (in slot->open, writable) or equal to the image (write-protected). A write to one that is not open is
 * a fault of the guest, handled here in the signal handler, or was announced by the host (cap_memory_writable).
 *
 * Against a stopper, the handler goes the way of a host call (slot.h): it leaves guest mode for the mprotect, so that a
 * revocation is never half undone by it, and looks at `stopping` before the guest goes on. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/slot.h"

#define STREAK_MAX 64u  /* pages opened by one fault, when faults follow each other: writing on is likely */
#define SURVEY 64u      /* every so many resets, pages that were not written are closed again */
#define SURVEY_ALL 16u  /* every so many of these look at all pages, restless ones too */

static int protect(const cap_slot *slot, uint32_t page, uint32_t count, int protection) {
    return mprotect(slot->memory.base + (uint64_t)page * CAP_HOST_PAGE, (uint64_t)count * CAP_HOST_PAGE, protection);
}

/* Mappings of all tracked slots of this process, about. Atomic. The kernel allows a process 65,530 unless told otherwise
 * (vm.max_map_count), and refuses more to whoever asks next: a slot that would go too far is opened as a whole instead. */
static uint32_t mappings_in_use;

static void account(cap_slot *slot, uint32_t mappings) {
    __atomic_fetch_add(&mappings_in_use, mappings - slot->mappings, __ATOMIC_RELAXED);
    slot->mappings = mappings;
}

static bool may_track(void) { return __atomic_load_n(&mappings_in_use, __ATOMIC_RELAXED) < CAP_TRACKED_MAPPINGS_MAX; }

/* The mappings there are stay: what was written in pieces does not merge again. */
void cap_slot_untrack(cap_slot *slot) {
    slot->tracked = false;
    slot->memory.open = NULL;
}

void cap_slot_unmapped(cap_slot *slot) { account(slot, 0); }

/* Opens pages. When there are too many mappings for that, all of the memory, which needs fewer. */
static bool open_pages(cap_slot *slot, uint32_t page, uint32_t count) {
    account(slot, slot->mappings + 2); /* at most */
    if (!may_track() || protect(slot, page, count, PROT_READ | PROT_WRITE) < 0) {
        if (mprotect(slot->memory.base, slot->memory.size, PROT_READ | PROT_WRITE) < 0) return false;
        cap_slot_untrack(slot);
        return true;
    }
    for (uint32_t i = 0; i < count; i++) cap_page_set_add(&slot->open, page + i);
    slot->opened = true;
    return true;
}

/* cap_memory.open */
static bool open_range(cap_memory *memory, uint64_t offset, uint64_t bytes) {
    cap_slot *slot = (cap_slot *)(void *)((char *)memory - offsetof(cap_slot, memory));
    uint64_t end = (offset + bytes + CAP_HOST_PAGE - 1) / CAP_HOST_PAGE;
    uint32_t last = end < slot->open.pages ? (uint32_t)end : slot->open.pages;
    for (uint32_t page = (uint32_t)(offset / CAP_HOST_PAGE); page < last && slot->tracked; page++) {
        if (cap_page_set_has(&slot->open, page)) continue;
        uint32_t count = 1;
        while (page + count < last && !cap_page_set_has(&slot->open, page + count)) count++;
        if (!open_pages(slot, page, count)) return false;
    }
    return true;
}

/* How many pages the fault at `page` opens: one, and ever more when faults follow each other. */
static uint32_t streak(cap_slot *slot, uint32_t page) {
    slot->streak = page == slot->streak_end && slot->streak ? slot->streak * 2u : 1u;
    if (slot->streak > STREAK_MAX) slot->streak = STREAK_MAX;
    if (slot->streak > slot->open.pages - page) slot->streak = slot->open.pages - page;
    slot->streak_end = page + slot->streak;
    return slot->streak;
}

bool cap_slot_open_fault(cap_slot *slot, const char *address) {
    uint64_t offset = (uint64_t)(address - (const char *)slot->memory.base); /* huge when below */
    if (!slot->tracked || offset / CAP_HOST_PAGE >= slot->open.pages) return false;
    uint32_t page = (uint32_t)(offset / CAP_HOST_PAGE), expected = CAP_AOT_GUEST;
    if (cap_page_set_has(&slot->open, page)) return false;
    if (!__atomic_compare_exchange_n(&slot->instance.mode, &expected, CAP_AOT_HOST, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return false;
    int kept = errno;
    bool opened = open_pages(slot, page, streak(slot, page));
    errno = kept;
    __atomic_store_n(&slot->instance.mode, CAP_AOT_GUEST, __ATOMIC_SEQ_CST);
    if (!opened) cap_slot_trap(slot, CAP_AOT_TRAP_MEMORY);
    if (__atomic_load_n(&slot->instance.stopping, __ATOMIC_SEQ_CST)) cap_slot_trap(slot, CAP_AOT_TRAP_STOPPED);
    return true;
}

/* ---- Renewing ---- */

static uint64_t image_size(const cap_image *image) { return (uint64_t)image->pages * CAP_WASM_PAGE; }

/* Memory of the last run beyond the image goes back to inaccessible. */
static int cut(cap_slot *slot, uint64_t size, capsule_error **error) {
    if (slot->memory.size > size &&
        mmap(slot->memory.base + size, slot->memory.size - size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
             -1, 0) == MAP_FAILED)
        return cap_error_errno(error, CAPSULE_MEMORY, errno, "cannot clear a sandbox");
    slot->memory.size = size;
    return 0;
}

static bool is_clean(const cap_slot *slot, uint32_t page) {
    static const uint8_t zeroes[CAP_HOST_PAGE];
    uint64_t bytes;
    const uint8_t *now = slot->memory.base + (uint64_t)page * CAP_HOST_PAGE;
    const uint8_t *then = cap_image_source_bytes(slot->source, page, 1, &bytes);
    return memcmp(now, bytes ? then : zeroes, CAP_HOST_PAGE) == 0;
}

/* Adds the open pages that this run left alone. Those that were closed before, and came back, stay open most of the time:
 * a fault costs more than many copies. */
static void find_clean(cap_slot *slot, cap_page_set *clean) {
    cap_page_set restless;
    if (cap_page_set_init(&restless, slot->open.pages) < 0) return;
    if (slot->resets / SURVEY % SURVEY_ALL == 0) cap_image_source_calm(slot->source);
    cap_image_source_restless(slot->source, &restless);
    uint32_t page = 0;
    for (uint32_t count; (count = cap_page_set_run(&slot->open, &page)) > 0; page += count)
        for (uint32_t i = 0; i < count; i++)
            if (!cap_page_set_has(&restless, page + i) && is_clean(slot, page + i)) cap_page_set_add(clean, page + i);
    cap_page_set_clear(&restless);
}

static uint32_t count_runs(const cap_page_set *set) {
    uint32_t page = 0, runs = 0;
    for (uint32_t count; (count = cap_page_set_run(set, &page)) > 0; page += count) runs++;
    return runs;
}

/* Closes the open pages that this run left alone. False: some are perhaps closed although they count as open, and the
 * memory has to be mapped. */
static bool survey(cap_slot *slot) {
    cap_page_set clean;
    bool closed = true;
    if (cap_page_set_init(&clean, slot->open.pages) < 0) return true;
    find_clean(slot, &clean);
    uint32_t page = 0;
    for (uint32_t count; closed && (count = cap_page_set_run(&clean, &page)) > 0; page += count) {
        closed = protect(slot, page, count, PROT_READ) == 0;
        for (uint32_t i = 0; i < count; i++) cap_page_set_remove(&slot->open, page + i);
    }
    cap_image_source_forget(slot->source, &clean);
    cap_page_set_clear(&clean);
    account(slot, 2 * count_runs(&slot->open));
    return closed;
}

static void copy_back(cap_slot *slot) {
    uint32_t page = 0;
    for (uint32_t count; (count = cap_page_set_run(&slot->open, &page)) > 0; page += count) {
        uint8_t *to = slot->memory.base + (uint64_t)page * CAP_HOST_PAGE;
        uint64_t bytes;
        const uint8_t *from = cap_image_source_bytes(slot->source, page, count, &bytes);
        if (bytes) memcpy(to, from, bytes);
        memset(to + bytes, 0, (uint64_t)count * CAP_HOST_PAGE - bytes);
    }
}

/* Brings the image back by copying. False: it has to be mapped. */
static bool reset(cap_slot *slot) {
    if (slot->opened) cap_image_source_learn(slot->source, &slot->open);
    if (++slot->resets % SURVEY == 0 && !survey(slot)) return false;
    copy_back(slot);
    return true;
}

/* Forgets the image that was mapped. */
static void release(cap_slot *slot) {
    cap_slot_untrack(slot);
    cap_page_set_clear(&slot->open);
    cap_image_source_free(slot->source);
    slot->source = NULL;
}

/* Replaces everything mapped so far by the image and, above it, fresh zero pages. */
static int map_image(cap_slot *slot, const cap_image *image, int protection, capsule_error **error) {
    uint8_t *base = slot->memory.base;
    uint64_t size = image_size(image);
    uint64_t file = (image->bytes + CAP_HOST_PAGE - 1) & ~(uint64_t)(CAP_HOST_PAGE - 1);
    if (file > size) return cap_error_set(error, CAPSULE_CORRUPT, "image of %llu bytes for %u pages",
                                          (unsigned long long)image->bytes, image->pages);
    if (cut(slot, size, error) < 0) return -1;
    if (file && mmap(base, file, protection, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, image->fd, 0) == MAP_FAILED)
        return cap_error_errno(error, CAPSULE_MEMORY, errno, "cannot map an image");
    if (size > file && mmap(base + file, size - file, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) ==
                           MAP_FAILED)
        return cap_error_errno(error, CAPSULE_MEMORY, errno, "cannot map the memory of a sandbox");
    cap_slot_unmapped(slot);
    return 0;
}

/* Opens what runs are known to write. Pages that are a single one apart are opened together: fewer mappings. */
static void open_known(cap_slot *slot) {
    cap_image_source_known(slot->source, &slot->open);
    uint32_t page = 0;
    for (uint32_t count; (count = cap_page_set_run(&slot->open, &page)) > 0 && slot->tracked; page += count) {
        uint32_t next = page + count + 1;
        if (next < slot->open.pages && cap_page_set_has(&slot->open, next)) {
            cap_page_set_add(&slot->open, next - 1);
            count = 0; /* again from here, with the gap closed */
        } else if (!open_pages(slot, page, count)) {
            cap_slot_untrack(slot);
        }
    }
}

static int map(cap_slot *slot, const cap_image *image, capsule_error **error) {
    if (slot->source != image->source) release(slot);
    bool track = image->source && cap_image_source_track(image->source);
    if (track && !slot->open.words && cap_page_set_init(&slot->open, image->pages * (CAP_WASM_PAGE / CAP_HOST_PAGE)) < 0) track = false;
    if (!slot->source) slot->source = cap_image_source_reference(image->source);
    cap_slot_untrack(slot);
    track = track && may_track();
    if (map_image(slot, image, track ? PROT_READ : PROT_READ | PROT_WRITE, error) < 0) return -1;
    if (!track) return 0;
    slot->tracked = true;
    slot->memory.open = open_range;
    cap_page_set_empty(&slot->open);
    open_known(slot);
    return slot->tracked ? 0 : map_image(slot, image, PROT_READ | PROT_WRITE, error);
}

int cap_slot_renew(cap_slot *slot, const cap_image *image, capsule_error **error) {
    bool same = slot->tracked && slot->source && slot->source == image->source;
    if (same && slot->open.count > CAP_OPEN_PAGES_MAX) {
        cap_image_source_heavy(slot->source);
        same = false;
    }
    int status = same && reset(slot) ? cut(slot, image_size(image), error) : map(slot, image, error);
    slot->opened = false;
    slot->streak = slot->streak_end = 0;
    return status;
}
