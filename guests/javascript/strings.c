/* Strings and bytes by the word; see the file itself. */
#include "../abi/strings.c"
