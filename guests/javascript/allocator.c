/* The allocator guests share, see there. */
#include "../abi/allocator.c"
