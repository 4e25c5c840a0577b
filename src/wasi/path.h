/* Guest paths: copied in once, validated, then resolved to a place on the host that cannot lie outside its mount.
 *
 * Resolution never hands a guest's path to the kernel as a whole. It keeps a stack of directories it holds open
 * (levels), each below the one before, and moves on by single names:
 *   - a name that leads to a mount enters the mount tree's node; the mount's own directory starts a new level;
 *   - a directory is opened below the current level without following links; its level is pushed;
 *   - ".." pops a level that is held, so a rename by somebody else cannot move it; below the directory the guest named
 *     by descriptor there is nothing to pop: EPERM, as preview 1 wants;
 *   - a symbolic link is expanded by us, name by name, under the same rules; its ".." cannot leave the mount the link
 *     lies in, and an absolute target means a host path: EPERM both.
 * Because most paths are plain (no link, no "..", no mount further down) the directory part of those is opened at once
 * by openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS; when that meets a link, the slow walk starts over.
 */
#ifndef CAP_WASI_PATH_H
#define CAP_WASI_PATH_H

#include <sys/stat.h>

#include "wasi/object.h"
#include "wasi/state.h"

#define CAP_PATH_LINKS_MAX 40u /* symbolic links expanded in one resolution; more: ELOOP */
#define CAP_NAME_MAX 255u      /* bytes of one name */

/* A path or other string of the guest, copied in and terminated. */
typedef struct cap_guest_string {
    uint32_t length;
    char text[CAP_WASI_PATH_MAX + 1];
} cap_guest_string;

/* Copies `length` bytes at `pointer`: EFAULT; ENAMETOOLONG above CAP_WASI_PATH_MAX; EINVAL when they contain a NUL;
 * EILSEQ when they are not UTF-8. */
uint32_t cap_guest_string_load(const cap_host *host, uint32_t pointer, uint32_t length, cap_guest_string *ret_string);

/* Where a resolved path leads. Either `node` alone (synthetic directory: parent is none), or `name` in the directory
 * `parent`. When the object is a directory that was already opened on the way (".", "..", a mount point)
 * the name is "." and parent is the directory itself. The last name was no link when it was looked at, if links were
 * to be followed; use it with the no-follow form of every call all the same. */
typedef struct cap_place {
    const cap_wasi_mount *mount; /* NULL: synthetic */
    const cap_mount_node *node;        /* the object is or leads to a mount point; else NULL */
    cap_object parent;
    bool parent_owned;
    bool must_be_directory;      /* written with a trailing slash */
    bool at_mount_root;          /* parent is the top directory of the mount: protected names count here */
    char name[CAP_NAME_MAX + 1];
    uint32_t guest_length;
    char guest[CAP_WASI_PATH_MAX + 2]; /* absolute, normal path of the object */
} cap_place;

void cap_place_close(cap_place *place);
#define cap_autoplace __attribute__((cleanup(cap_place_close)))
/* What an unresolved place looks like: safe to close. */
#define CAP_PLACE_NONE {.parent = CAP_OBJECT_NONE}

/* True when the place is a directory opened on the way, not a name in one. */
static inline bool cap_place_is_level(const cap_place *place) {
    return !cap_object_exists(&place->parent) || (place->name[0] == '.' && place->name[1] == '\0');
}

enum {
    CAP_PATH_FOLLOW = 1,       /* follow a link in the last place */
    CAP_PATH_SLASH_FOLLOWS = 2, /* follow it when a slash comes after it, as look-ups do and removals do not */
    CAP_PATH_CREATE = 4        /* the last name may be about to be made: hidden names are EPERM, not ENOENT */
};

/* Resolves `path` below the directory `base`. ENOENT when a directory on the way is missing (or the last name is, in a
 * synthetic directory); otherwise the last name need not exist. `operation` names the caller in denials. Marks
 * impurity. On failure the place needs no closing. */
uint32_t cap_path_resolve(cap_wasi *wasi, const cap_descriptor *base, const cap_guest_string *path, unsigned flags,
                          const char *operation, cap_place *place);

/* Tells the owner of program mounts what was looked up there. */
void cap_place_report(cap_wasi *wasi, const cap_place *place, bool found);

/* EPERM (and a denial) when the place does not lie in a writable mount, else 0. */
uint32_t cap_place_writable(cap_wasi *wasi, const cap_place *place, const char *operation);

/* The same, and EPERM for protected names and inodes: asked before a name is made, replaced or removed. EBUSY for
 * mount points and what leads to them. */
uint32_t cap_place_changeable(cap_wasi *wasi, const cap_place *place, const char *operation);

/* True when what has these attributes is one of the protected files and directories, whatever it is called. */
bool cap_inode_is_protected(const cap_wasi *wasi, const struct stat *status);

/* True when the place, whose attributes are *status, is never changed: by its name directly below a mount point, or
 * by its identity. `status` NULL: nothing is there yet. */
bool cap_place_is_protected(const cap_wasi *wasi, const cap_place *place, const struct stat *status);

#endif
