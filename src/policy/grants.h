/* What the files of the policy share about directory grants. */
#ifndef CAP_POLICY_GRANTS_H
#define CAP_POLICY_GRANTS_H

#include "policy/policy.h"

#define CAP_OWN_FOLDER ".capsule" /* in a project and in a guest: never granted, what lies below its sessions excepted */
#define CAP_SESSIONS_FOLDER "sessions" /* in .capsule: folders of host programs, for what their runs share. Nothing of ours */

/* The normal form of a path as a guest writes it, from its "/"; the caller frees it. */
int cap_parse_guest(const char *text, char **ret_guest, capsule_error **error);
/* A deep copy; -1 when out of memory. */
int cap_grant_copy(const cap_grant *grant, cap_grant *ret_grant);

#endif
