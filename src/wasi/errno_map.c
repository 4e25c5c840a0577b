#include "wasi/errno_map.h"

#include <errno.h>

#include "wasi/abi.h"

static uint32_t file_errno(int number) {
    switch (number) {
    case EACCES: return WASI_EACCES;
    case EBADF: return WASI_EBADF;
    case EBUSY: return WASI_EBUSY;
    case EDQUOT: return WASI_EDQUOT;
    case EEXIST: return WASI_EEXIST;
    case EFBIG: return WASI_EFBIG;
    case EISDIR: return WASI_EISDIR;
    case ELOOP: return WASI_ELOOP;
    case EMLINK: return WASI_EMLINK;
    case ENAMETOOLONG: return WASI_ENAMETOOLONG;
    case ENODEV: return WASI_ENODEV;
    case ENOENT: return WASI_ENOENT;
    case ENOSPC: return WASI_ENOSPC;
    case ENOTDIR: return WASI_ENOTDIR;
    case ENOTEMPTY: return WASI_ENOTEMPTY;
    case ENXIO: return WASI_ENXIO;
    case EPERM: return WASI_EPERM;
    case EROFS: return WASI_EPERM;
    case ESPIPE: return WASI_ESPIPE;
    case ESTALE: return WASI_ESTALE;
    case ETXTBSY: return WASI_ETXTBSY;
    case EXDEV: return WASI_EXDEV;
    default: return WASI_EIO;
    }
}

static uint32_t socket_errno(int number) {
    switch (number) {
    case EADDRINUSE: return WASI_EADDRINUSE;
    case EADDRNOTAVAIL: return WASI_EADDRNOTAVAIL;
    case EAFNOSUPPORT: return WASI_EAFNOSUPPORT;
    case EALREADY: return WASI_EALREADY;
    case ECONNABORTED: return WASI_ECONNABORTED;
    case ECONNREFUSED: return WASI_ECONNREFUSED;
    case ECONNRESET: return WASI_ECONNRESET;
    case EDESTADDRREQ: return WASI_EDESTADDRREQ;
    case EHOSTUNREACH: return WASI_EHOSTUNREACH;
    case EINPROGRESS: return WASI_EINPROGRESS;
    case EISCONN: return WASI_EISCONN;
    case EMSGSIZE: return WASI_EMSGSIZE;
    case ENETDOWN: return WASI_ENETDOWN;
    case ENETRESET: return WASI_ENETRESET;
    case ENETUNREACH: return WASI_ENETUNREACH;
    case ENOBUFS: return WASI_ENOBUFS;
    case ENOPROTOOPT: return WASI_ENOPROTOOPT;
    case ENOTCONN: return WASI_ENOTCONN;
    case ENOTSOCK: return WASI_ENOTSOCK;
    case EPIPE: return WASI_EPIPE;
    case EPROTO: return WASI_EPROTO;
    case EPROTONOSUPPORT: return WASI_EPROTONOSUPPORT;
    case EPROTOTYPE: return WASI_EPROTOTYPE;
    case ETIMEDOUT: return WASI_ETIMEDOUT;
    default: return file_errno(number);
    }
}

uint32_t cap_wasi_errno(int number) {
    switch (number) {
    case 0: return WASI_OK;
    case E2BIG: return WASI_E2BIG;
    case EAGAIN: return WASI_EAGAIN;
    case ECANCELED: return WASI_ECANCELED;
    case EDEADLK: return WASI_EDEADLK;
    case EFAULT: return WASI_EFAULT;
    case EILSEQ: return WASI_EILSEQ;
    case EINTR: return WASI_EINTR;
    case EINVAL: return WASI_EINVAL;
    case EIO: return WASI_EIO;
    case EMFILE: return WASI_ENFILE; /* the host's own table is full: not the guest's doing, but it may retry */
    case ENFILE: return WASI_ENFILE;
    case ENOLCK: return WASI_ENOLCK;
    case ENOMEM: return WASI_ENOMEM;
    case ENOSYS: return WASI_ENOSYS;
    case ENOTTY: return WASI_ENOTTY;
    case EOPNOTSUPP: return WASI_ENOTSUP;
    case EOVERFLOW: return WASI_EOVERFLOW;
    case ERANGE: return WASI_ERANGE;
    default: return socket_errno(number);
    }
}
