// Error numbers: WASI's as the host answers them, with node's name, Linux's number and libuv's text.
export const errnoTable = [
  [1, "E2BIG", 7, "argument list too long"],
  [2, "EACCES", 13, "permission denied"],
  [6, "EAGAIN", 11, "resource temporarily unavailable"],
  [8, "EBADF", 9, "bad file descriptor"],
  [10, "EBUSY", 16, "resource busy or locked"],
  [11, "ECANCELED", 125, "operation canceled"],
  [19, "EDQUOT", 122, "disk quota exceeded"],
  [20, "EEXIST", 17, "file already exists"],
  [21, "EFAULT", 14, "bad address in system call argument"],
  [22, "EFBIG", 27, "file too large"],
  [25, "EILSEQ", 84, "illegal byte sequence"],
  [27, "EINTR", 4, "interrupted system call"],
  [28, "EINVAL", 22, "invalid argument"],
  [29, "EIO", 5, "i/o error"],
  [31, "EISDIR", 21, "illegal operation on a directory"],
  [32, "ELOOP", 40, "too many symbolic links encountered"],
  [33, "EMFILE", 24, "too many open files"],
  [34, "EMLINK", 31, "too many links"],
  [37, "ENAMETOOLONG", 36, "name too long"],
  [41, "ENFILE", 23, "file table overflow"],
  [44, "ENOENT", 2, "no such file or directory"],
  [48, "ENOMEM", 12, "not enough memory"],
  [51, "ENOSPC", 28, "no space left on device"],
  [52, "ENOSYS", 38, "function not implemented"],
  [54, "ENOTDIR", 20, "not a directory"],
  [55, "ENOTEMPTY", 39, "directory not empty"],
  [58, "ENOTSUP", 95, "operation not supported on socket"],
  [60, "ENXIO", 6, "no such device or address"],
  [61, "EOVERFLOW", 75, "value too large for defined data type"],
  [63, "EPERM", 1, "operation not permitted"],
  [64, "EPIPE", 32, "broken pipe"],
  [68, "ERANGE", 34, "result too large"],
  [69, "EROFS", 30, "read-only file system"],
  [70, "ESPIPE", 29, "invalid seek"],
  [73, "ETIMEDOUT", 110, "connection timed out"],
  [74, "ETXTBSY", 26, "text file is busy"],
  [75, "EXDEV", 18, "cross-device link not permitted"],
  [76, "EACCES", 13, "permission denied"],
];

// Not WASI's: files.c answers it for a path when the task was granted no files.
export const NO_FILES_GRANTED = 1000;

const byWasi = new Map(errnoTable.map((row) => [row[0], row]));
const ENOENT = 44;
const unknown = [0, "UNKNOWN", 4094, "unknown error"];

// {code, errno (negative, as node's), text} of a WASI error number.
export function errnoOf(wasi) {
  const [, code, number, text] = byWasi.get(wasi === NO_FILES_GRANTED ? ENOENT : wasi) ?? unknown;
  return { code, errno: -number, text };
}
