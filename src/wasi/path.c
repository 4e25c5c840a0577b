#include "wasi/path.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "wasi/abi.h"
#include "wasi/kernel.h"

/* A directory the walk is in or came through. */
typedef struct walk_level {
    const cap_wasi_mount *mount; /* NULL: synthetic */
    const cap_mount_node *node;  /* mount points lie at or below; else NULL */
    cap_object object;           /* none: synthetic */
    bool owned;
    bool mount_root;             /* the object is the mount's own directory */
    uint32_t depth;              /* names from "/" */
    uint32_t guest_length;       /* of the running guest path */
} walk_level;

/* Names still to walk: the guest's path, or the target of a link. */
typedef struct walk_frame {
    char *owned; /* NULL: the guest's */
    const char *next;
    uint32_t floor; /* index of the level that ".." may not leave */
} walk_frame;

enum {
    LEVELS_MAX = CAP_WASI_DEPTH_MAX + 2,
    FRAMES_MAX = CAP_PATH_LINKS_MAX + 1,
    HOST_DEPTH_MAX = 4096 /* directories within one another on the host: no path is deeper */
};

typedef struct path_walk {
    cap_wasi *wasi;
    cap_place *place; /* its guest path is the running path */
    const char *base; /* guest path of the directory it starts from */
    const char *asked;
    unsigned flags;
    const char *operation;
    bool careful; /* name by name; else plain runs of names at once */
    bool restart; /* a plain run met a link or "..": again, carefully */
    bool hidden;  /* it ended at a name that is never shown */
    uint32_t links;
    uint32_t level_count;
    uint32_t frame_count;
    walk_level levels[LEVELS_MAX];
    walk_frame frames[FRAMES_MAX];
} path_walk;

typedef struct path_component {
    char name[CAP_NAME_MAX + 1];
    uint32_t length;
    uint32_t floor;
    bool last;        /* no name follows */
    bool slash_after; /* last, and a slash follows */
} path_component;

uint32_t cap_guest_string_load(const cap_host *host, uint32_t pointer, uint32_t length, cap_guest_string *ret_string) {
    const uint8_t *bytes = cap_memory_at(host->memory, pointer, length, 1);
    if (!bytes) return WASI_EFAULT;
    if (length > CAP_WASI_PATH_MAX) return WASI_ENAMETOOLONG;
    memcpy(ret_string->text, bytes, length);
    ret_string->text[length] = '\0';
    ret_string->length = length;
    if (memchr(ret_string->text, '\0', length)) return WASI_EINVAL;
    return cap_utf8_valid(ret_string->text, length) ? WASI_OK : WASI_EILSEQ;
}

void cap_place_close(cap_place *place) {
    if (place->parent_owned) cap_object_close(&place->parent);
    place->parent = (cap_object)CAP_OBJECT_NONE;
    place->parent_owned = false;
}

/* ---- The running state ---- */

static walk_level *top(path_walk *walk) { return &walk->levels[walk->level_count - 1]; }

/* Denials show the whole path that was asked for, not how far the walk came. */
static uint32_t deny(path_walk *walk, uint32_t error, const char *what) {
    char path[2 * CAP_WASI_PATH_MAX + 2];
    bool joined = walk->asked[0] != '/' && walk->base[1] != '\0';
    snprintf(path, sizeof path, "%s%s%s", walk->asked[0] == '/' ? "" : walk->base, joined ? "/" : "", walk->asked);
    cap_wasi_deny(walk->wasi, walk->operation, path, what);
    return error;
}

/* Above and beside the mounts there is nothing. With a directory in memory and no other, that is because none was granted. */
static uint32_t deny_outside(path_walk *walk) {
    const cap_mounts *mounts = &walk->wasi->mounts;
    bool granted = !walk->wasi->memory;
    for (size_t i = 0; i < mounts->mount_count; i++) granted |= !mounts->mounts[i].internal && !mounts->mounts[i].memory;
    return deny(walk, WASI_ENOENT, granted ? CAP_DENIED_OUTSIDE : CAP_DENIED_NO_FILES);
}

/* Tells the owner of a program mount what was seen at the running path. */
static void report(path_walk *walk, bool found) {
    const cap_wasi_mount *mount = top(walk)->mount;
    walk->place->mount = mount;
    cap_place_report(walk->wasi, walk->place, found);
}

static void clear(path_walk *walk) {
    for (uint32_t i = 0; i < walk->level_count; i++)
        if (walk->levels[i].owned) cap_object_close(&walk->levels[i].object);
    for (uint32_t i = 0; i < walk->frame_count; i++) free(walk->frames[i].owned);
    walk->level_count = walk->frame_count = walk->links = 0;
}

static uint32_t depth_of(const char *guest_path) {
    uint32_t depth = 0;
    if (guest_path[1] == '\0') return 0;
    for (; *guest_path; guest_path++) depth += *guest_path == '/';
    return depth;
}

static void start(path_walk *walk, const cap_descriptor *base, const cap_guest_string *path) {
    cap_place *place = walk->place;
    walk->base = base->guest_path;
    walk->asked = path->text;
    place->guest_length = (uint32_t)strlen(base->guest_path);
    memcpy(place->guest, base->guest_path, place->guest_length + 1);
    walk->levels[0] = (walk_level){.mount = base->mount, .node = base->node, .object = base->object,
                                   .mount_root = base->mount && base->node && base->node->mount == base->mount,
                                   .depth = depth_of(base->guest_path), .guest_length = place->guest_length};
    walk->level_count = 1;
    walk->frames[0] = (walk_frame){.next = path->text};
    walk->frame_count = 1;
}

/* Adds a name to the running guest path. */
static uint32_t append_guest(cap_place *place, const char *name, uint32_t length) {
    uint32_t separator = place->guest[place->guest_length - 1] != '/';
    if (place->guest_length + separator + length > CAP_WASI_PATH_MAX) return WASI_ENAMETOOLONG;
    if (separator) place->guest[place->guest_length++] = '/';
    memcpy(place->guest + place->guest_length, name, length);
    place->guest_length += length;
    place->guest[place->guest_length] = '\0';
    return WASI_OK;
}

static void cut_guest(cap_place *place, uint32_t length) {
    place->guest_length = length;
    place->guest[length] = '\0';
}

static void push(path_walk *walk, walk_level next, uint32_t names) {
    next.depth = top(walk)->depth + names;
    next.guest_length = walk->place->guest_length;
    if (next.owned && !next.mount->internal) cap_wasi_mark(walk->wasi, CAP_IMPURE_FILES);
    walk->levels[walk->level_count++] = next;
}

/* ---- Names ---- */

/* Takes the next name off the frames; *ret_more false when none is left. ENAMETOOLONG: no component to look at. */
static uint32_t next_component(path_walk *walk, path_component *component, bool *ret_more) {
    while (walk->frame_count) {
        walk_frame *frame = &walk->frames[walk->frame_count - 1];
        frame->next += strspn(frame->next, "/");
        if (*frame->next) break;
        free(frame->owned);
        walk->frame_count--;
    }
    *ret_more = walk->frame_count > 0;
    if (!*ret_more) return WASI_OK;
    walk_frame *frame = &walk->frames[walk->frame_count - 1];
    component->length = (uint32_t)strcspn(frame->next, "/");
    component->floor = frame->floor;
    if (component->length > CAP_NAME_MAX) return WASI_ENAMETOOLONG;
    memcpy(component->name, frame->next, component->length);
    component->name[component->length] = '\0';
    frame->next += component->length;
    component->last = true;
    component->slash_after = false;
    for (uint32_t i = walk->frame_count; i-- > 0 && component->last;) {
        size_t slashes = strspn(walk->frames[i].next, "/");
        component->slash_after |= slashes > 0;
        component->last = walk->frames[i].next[slashes] == '\0';
    }
    return WASI_OK;
}

/* Names that are not there whatever the host has: no look-up is reported for them. */
static uint32_t check_name(path_walk *walk, const char *name, bool create) {
    if (!cap_mount_hides(top(walk)->mount, name)) return WASI_OK;
    walk->hidden = true;
    if (create) return deny(walk, WASI_EPERM, "reserved name");
    return WASI_ENOENT;
}

/* Replaces a link by its target: 0 when `name` is a link, and then its frame is pushed. WASI_EINVAL when it is none. */
static uint32_t expand_link(path_walk *walk, const char *name) {
    char target[CAP_WASI_PATH_MAX + 1];
    size_t length;
    if (cap_object_read_link(&top(walk)->object, name, target, sizeof target, &length)) return WASI_EINVAL;
    if (length == 0) return WASI_ENOENT;
    if (length >= sizeof target) return WASI_ENAMETOOLONG;
    target[length] = '\0';
    if (target[0] == '/') return deny(walk, WASI_EPERM, "absolute symbolic link");
    if (!cap_utf8_valid(target, length)) return WASI_EILSEQ;
    if (++walk->links > CAP_PATH_LINKS_MAX) return WASI_ELOOP;
    uint32_t floor = walk->level_count - 1;
    while (floor > 0 && !walk->levels[floor].mount_root) floor--;
    char *copy = strdup(target);
    if (!copy) return WASI_ENOMEM;
    walk->frames[walk->frame_count++] = (walk_frame){.owned = copy, .next = copy, .floor = floor};
    return WASI_OK;
}

/* ---- Moving ---- */

static uint32_t ascend(path_walk *walk, uint32_t floor) {
    if (walk->level_count - 1 <= floor) return deny(walk, WASI_EPERM, "leads out of its directory");
    walk_level *here = top(walk);
    if (here->owned) cap_object_close(&here->object);
    walk->level_count--;
    cut_guest(walk->place, top(walk)->guest_length);
    return WASI_OK;
}

/* Into a directory of the mount tree: a mount, or what leads to one. */
static void enter_node(path_walk *walk, const cap_mount_node *node, const char *name) {
    const walk_level *here = top(walk);
    if (node->mount) {
        cap_object root = cap_object_of_mount(node->mount);
        push(walk, (walk_level){.mount = node->mount, .node = node, .object = root, .mount_root = true}, 1);
        return;
    }
    cap_object object;
    if (here->mount && !cap_mount_hides(here->mount, name) && !cap_object_open_below(&here->object, name, true, &object))
        push(walk, (walk_level){.mount = here->mount, .node = node, .object = object, .owned = true}, 1);
    else
        push(walk, (walk_level){.node = node, .object = CAP_OBJECT_NONE}, 1);
}

/* Into a directory of a mount, or through a link. */
static uint32_t descend_carefully(path_walk *walk, const char *name) {
    const walk_level *here = top(walk);
    cap_object object;
    uint32_t error = cap_object_open_below(&here->object, name, false, &object);
    if (error) return error == WASI_EXDEV ? deny(walk, WASI_EPERM, "another file system") : error;
    struct stat status;
    error = cap_object_stat(&object, &status);
    if (!error && S_ISDIR(status.st_mode)) {
        push(walk, (walk_level){.mount = here->mount, .object = object, .owned = true}, 1);
        return WASI_OK;
    }
    cap_object_close(&object);
    if (error) return error;
    if (!S_ISLNK(status.st_mode)) return WASI_ENOTDIR;
    report(walk, true);
    cut_guest(walk->place, here->guest_length);
    error = expand_link(walk, name);
    return error == WASI_EINVAL ? WASI_ENOENT : error; /* it stopped being a link meanwhile */
}

/* Through all directories that are left before the last name, at once. Sets restart when that is not possible. */
static uint32_t descend_run(path_walk *walk, path_component *component) {
    char run[CAP_WASI_PATH_MAX + 1];
    uint32_t length = component->length, names = 1;
    memcpy(run, component->name, length + 1);
    for (;;) {
        const walk_frame before = walk->frames[0];
        bool more;
        uint32_t error = next_component(walk, component, &more);
        if (error) return error;
        if (!more) break;
        if (strcmp(component->name, "..") == 0) {
            walk->restart = true;
            return WASI_OK;
        }
        if (component->last) {
            walk->frames[0] = before;
            break;
        }
        if (strcmp(component->name, ".") == 0) continue;
        error = append_guest(walk->place, component->name, component->length);
        if (!error) error = check_name(walk, component->name, false);
        if (!error && top(walk)->depth + ++names > CAP_WASI_DEPTH_MAX) error = WASI_ENAMETOOLONG;
        if (error) return error;
        run[length++] = '/';
        memcpy(run + length, component->name, component->length + 1);
        length += component->length;
    }
    cap_object object;
    uint32_t error = cap_object_open_below(&top(walk)->object, run, true, &object);
    if (!error) push(walk, (walk_level){.mount = top(walk)->mount, .object = object, .owned = true}, names);
    if (error == WASI_EXDEV) return deny(walk, WASI_EPERM, "another file system");
    walk->restart = error == WASI_ELOOP;
    return walk->restart ? WASI_OK : error;
}

/* Into what `component` names, which is not the last name. */
static uint32_t descend(path_walk *walk, path_component *component) {
    walk_level *here = top(walk);
    if (here->depth + 1 > CAP_WASI_DEPTH_MAX) return WASI_ENAMETOOLONG;
    const cap_mount_node *child = cap_mount_node_child(here->node, component->name, component->length);
    uint32_t error = append_guest(walk->place, component->name, component->length);
    if (!error && !child && here->mount) error = check_name(walk, component->name, false);
    if (error) return error;
    if (child) {
        enter_node(walk, child, component->name);
        return WASI_OK;
    }
    if (!here->mount) return deny_outside(walk);
    if (walk->careful) return descend_carefully(walk, component->name);
    return descend_run(walk, component);
}

/* ---- The end of the path ---- */

/* The place is the directory the walk is in. */
static void finish_level(path_walk *walk) {
    walk_level *here = top(walk);
    cap_place *place = walk->place;
    place->mount = here->mount;
    place->node = here->node;
    place->parent = here->object;
    place->parent_owned = here->owned;
    place->at_mount_root = false;
    place->must_be_directory = true;
    memcpy(place->name, ".", 2);
    here->owned = false;
}

/* The place is a name in the directory the walk is in. WASI_OK with *ret_done false: a link was expanded. */
static uint32_t finish_name(path_walk *walk, const path_component *component, bool *ret_done) {
    walk_level *here = top(walk);
    if (here->depth + 1 > CAP_WASI_DEPTH_MAX) return WASI_ENAMETOOLONG;
    const cap_mount_node *child = cap_mount_node_child(here->node, component->name, component->length);
    uint32_t error = append_guest(walk->place, component->name, component->length);
    if (error) return error;
    if (child) {
        enter_node(walk, child, component->name);
        finish_level(walk);
        return WASI_OK;
    }
    if (!here->mount) return deny_outside(walk);
    error = check_name(walk, component->name, walk->flags & CAP_PATH_CREATE);
    if (error) return error;
    unsigned follow = CAP_PATH_FOLLOW | (component->slash_after ? CAP_PATH_SLASH_FOLLOWS : 0);
    if (walk->flags & follow) {
        error = expand_link(walk, component->name);
        if (error && error != WASI_EINVAL) return error;
        if (!error) {
            report(walk, true);
            cut_guest(walk->place, here->guest_length);
            walk->restart = !walk->careful;
            *ret_done = false;
            return WASI_OK;
        }
    }
    cap_place *place = walk->place;
    place->mount = here->mount;
    place->node = NULL;
    place->parent = here->object;
    place->parent_owned = here->owned;
    place->at_mount_root = here->mount_root;
    place->must_be_directory = component->slash_after;
    memcpy(place->name, component->name, component->length + 1);
    here->owned = false;
    return WASI_OK;
}

static uint32_t run(path_walk *walk) {
    path_component component;
    for (;;) {
        bool more, done = false;
        uint32_t error = next_component(walk, &component, &more);
        if (error) return error;
        if (!more) break;
        if (strcmp(component.name, "..") == 0) {
            error = ascend(walk, component.floor);
        } else if (strcmp(component.name, ".") == 0) {
            continue;
        } else if (component.last) {
            done = true;
            error = finish_name(walk, &component, &done);
        } else {
            error = descend(walk, &component);
        }
        if (error || done || walk->restart) return error;
    }
    finish_level(walk);
    return WASI_OK;
}

/* Whether the directory the walk ended in is one whose contents the import may depend on. */
static void mark_impurity(path_walk *walk) {
    const walk_level *here = top(walk);
    bool internal = here->mount ? here->mount->internal : here->node->internal;
    if (!internal) cap_wasi_mark(walk->wasi, CAP_IMPURE_FILES);
}

uint32_t cap_path_resolve(cap_wasi *wasi, const cap_descriptor *base, const cap_guest_string *path, unsigned flags,
                          const char *operation, cap_place *place) {
    *place = (cap_place)CAP_PLACE_NONE;
    path_walk walk = {.wasi = wasi, .place = place, .flags = flags, .operation = operation,
                      .careful = !cap_kernel_has_openat2()};
    start(&walk, base, path);
    uint32_t error = WASI_OK;
    if (path->length == 0) error = WASI_ENOENT;
    if (path->text[0] == '/') error = deny(&walk, WASI_EPERM, "absolute path");
    if (!error) error = run(&walk);
    if (walk.restart) {
        clear(&walk);
        walk.careful = true;
        walk.restart = false;
        start(&walk, base, path);
        error = run(&walk);
    }
    mark_impurity(&walk);
    if (error == WASI_ENOENT && !walk.hidden) report(&walk, false);
    clear(&walk);
    return error;
}

/* ---- Judgements about places ---- */

void cap_place_report(cap_wasi *wasi, const cap_place *place, bool found) {
    const cap_wasi_config *config = &wasi->config;
    if (config->lookup && place->mount && place->mount->internal &&
        (place->mount->program_only || place->mount->recorded))
        config->lookup(config->lookup_context, place->guest, found);
}

bool cap_inode_is_protected(const cap_wasi *wasi, const struct stat *status) {
    const cap_wasi_inode *list = wasi->config.protected_inodes;
    for (size_t i = 0; i < wasi->config.protected_count; i++)
        if (list[i].device == status->st_dev && list[i].inode == status->st_ino) return true;
    return false;
}

/* Whether the directory is the protected tree or lies below it, on the way up to the host's root: a mount may itself lie
 * below the tree. The tree cannot be missed, as no guest ever moves it or what leads to it. What cannot be looked at counts
 * as protected. */
static bool lies_in_protected_tree(const cap_wasi *wasi, int directory) {
    const cap_wasi_inode *tree = wasi->config.protected_tree;
    struct stat here, below = {0};
    cap_autoclose int fd = openat(directory, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (unsigned level = 0; level < HOST_DEPTH_MAX; level++) {
        if (fd < 0 || fstat(fd, &here) < 0) return true;
        if (here.st_dev == tree->device && here.st_ino == tree->inode) return true;
        if (level && here.st_dev == below.st_dev && here.st_ino == below.st_ino) return false; /* ".." of "/" is "/" */
        int parent = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        close(fd);
        fd = parent;
        below = here;
    }
    return true;
}

bool cap_place_is_protected(const cap_wasi *wasi, const cap_place *place, const struct stat *status) {
    if (place->mount->memory) return false; /* nothing of the host's lies there */
    if (place->at_mount_root && cap_name_is_protected(place->name)) return true;
    if (status && cap_inode_is_protected(wasi, status)) return true;
    return wasi->config.protected_tree && lies_in_protected_tree(wasi, place->parent.fd);
}

uint32_t cap_place_writable(cap_wasi *wasi, const cap_place *place, const char *operation) {
    if (place->mount && place->mount->writable) return WASI_OK;
    cap_wasi_deny(wasi, operation, place->guest, place->mount ? CAP_DENIED_READ_ONLY : "not a mounted directory");
    return WASI_EPERM;
}

uint32_t cap_place_changeable(cap_wasi *wasi, const cap_place *place, const char *operation) {
    uint32_t error = cap_place_writable(wasi, place, operation);
    if (error) return error;
    if (place->node || cap_place_is_level(place)) return WASI_EBUSY;
    struct stat status;
    bool exists = wasi->config.protected_count && !cap_object_stat_at(&place->parent, place->name, &status);
    bool protected = cap_place_is_protected(wasi, place, exists ? &status : NULL);
    if (!protected) return WASI_OK;
    cap_wasi_deny(wasi, operation, place->guest, CAP_DENIED_PROTECTED);
    return WASI_EPERM;
}
