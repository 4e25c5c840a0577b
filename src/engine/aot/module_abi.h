/* The boundary between the runtime and a guest's native module (guest.so): plain structs, no symbols.
 *
 * A module exports one object, `cap_guest_module`. It needs nothing from the process that loads it but libc and libm:
 * what it asks of the runtime it reaches through its instance. Included by generated code and by the loader.
 */
#ifndef CAP_ENGINE_AOT_MODULE_ABI_H
#define CAP_ENGINE_AOT_MODULE_ABI_H

#include <stdint.h>

#define CAP_AOT_ABI 1u
#define CAP_AOT_SYMBOL "cap_guest_module"

/* Where a sandbox is. One atomic word, exchanged at every border; see slot.c for the races it settles. */
enum cap_aot_mode {
    CAP_AOT_HOST = 0,   /* in a host function, or not running */
    CAP_AOT_GUEST = 1,  /* in generated code */
    CAP_AOT_REVOKED = 2 /* was in generated code when its memory was taken away */
};

enum cap_aot_trap {
    CAP_AOT_TRAP_NONE = 0,
    CAP_AOT_TRAP_MEMORY,      /* out of bounds */
    CAP_AOT_TRAP_UNREACHABLE,
    CAP_AOT_TRAP_DIVISION,
    CAP_AOT_TRAP_OVERFLOW,    /* integer overflow in a division or conversion */
    CAP_AOT_TRAP_CONVERSION,
    CAP_AOT_TRAP_CALL,        /* indirect call to nothing or to another type */
    CAP_AOT_TRAP_STACK,       /* native stack used up */
    CAP_AOT_TRAP_STOPPED,     /* the runtime ended the guest; the reason is in the slot */
    CAP_AOT_TRAP_COMPUTE      /* a host call came when the counter was above its limit */
};

struct cap_aot_instance;

/* Services of the runtime. */
typedef struct cap_aot_services {
    void (*trap)(struct cap_aot_instance *instance, enum cap_aot_trap trap) __attribute__((noreturn));
    /* memory.grow: the old size in pages, or UINT32_MAX. */
    uint32_t (*grow)(struct cap_aot_instance *instance, uint32_t pages);
} cap_aot_services;

/* First argument of every generated function. The order is part of the ABI. */
typedef struct cap_aot_instance {
    uint32_t stack_pointer; /* the guest's only mutable global */
    uint32_t mode;          /* enum cap_aot_mode; only by __atomic operations */
    uint32_t pages;         /* current size of the memory in 64 KiB pages */
    uint32_t reserved;
    uint8_t *memory;        /* base of the linear memory; also the GS base on x86-64 while the guest runs */
    char *stack_low;        /* host calls below this native stack address trap */
    const cap_aot_services *services;
    void (*const *imports)(void); /* host functions in the order of cap_aot_module.imports */
    void *host;             /* first argument of every host function (struct cap_host) */
    uint64_t compute_limit; /* host calls trap once the counter is above it */
    uint32_t stopping;       /* a stop was asked for; only by __atomic operations */
} cap_aot_instance;

typedef struct cap_aot_import {
    const char *module, *name, *signature; /* "iiI>i" as in engine/host.h */
} cap_aot_import;

typedef struct cap_aot_export {
    const char *name, *signature;
    void (*function)(void); /* (cap_aot_instance *, ...) */
} cap_aot_export;

typedef struct cap_aot_module {
    uint32_t abi;             /* CAP_AOT_ABI */
    uint32_t import_count, export_count;
    uint32_t initial_pages, maximum_pages;
    uint32_t stack_pointer;   /* initial value */
    uint32_t meter;           /* guest address of the 64-bit counter; 0: the module has none */
    const cap_aot_import *imports;
    const cap_aot_export *exports;
    const char *cpu;          /* level the code was compiled for: "x86-64-v2", ... */
    const char *build;        /* content hash of module, translator and compiler */
} cap_aot_module;

#endif
