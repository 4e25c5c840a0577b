/* Where the second engine's library is installed: beside the guests. */
#ifndef CAP_STORE_ENGINE_H
#define CAP_STORE_ENGINE_H

#include "base/error.h"

/* Path of the library, the caller's to free. CAPSULE_UNSUPPORTED when it is not installed; CAPSULE_CONFIG when others than
 * root and the user could have written it. guests_dir NULL: none was found. */
int cap_engine_find(const char *guests_dir, char **ret_path, capsule_error **error);

#endif
