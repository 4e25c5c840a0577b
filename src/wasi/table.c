/* Names and signatures of preview 1, as a guest's import section spells them. */
#include <stddef.h>

#include "wasi/calls.h"
#include "wasi/wasi.h"

#define CALL(name, signature) \
    { "wasi_snapshot_preview1", #name, signature, (void (*)(void))cap_wasi_##name }

const cap_host_function cap_wasi_functions[] = {
    CALL(args_get, "ii>i"),
    CALL(args_sizes_get, "ii>i"),
    CALL(environ_get, "ii>i"),
    CALL(environ_sizes_get, "ii>i"),
    CALL(clock_res_get, "ii>i"),
    CALL(clock_time_get, "iIi>i"),
    CALL(fd_advise, "iIIi>i"),
    CALL(fd_allocate, "iII>i"),
    CALL(fd_close, "i>i"),
    CALL(fd_datasync, "i>i"),
    CALL(fd_fdstat_get, "ii>i"),
    CALL(fd_fdstat_set_flags, "ii>i"),
    CALL(fd_fdstat_set_rights, "iII>i"),
    CALL(fd_filestat_get, "ii>i"),
    CALL(fd_filestat_set_size, "iI>i"),
    CALL(fd_filestat_set_times, "iIIi>i"),
    CALL(fd_pread, "iiiIi>i"),
    CALL(fd_prestat_get, "ii>i"),
    CALL(fd_prestat_dir_name, "iii>i"),
    CALL(fd_pwrite, "iiiIi>i"),
    CALL(fd_read, "iiii>i"),
    CALL(fd_readdir, "iiiIi>i"),
    CALL(fd_renumber, "ii>i"),
    CALL(fd_seek, "iIii>i"),
    CALL(fd_sync, "i>i"),
    CALL(fd_tell, "ii>i"),
    CALL(fd_write, "iiii>i"),
    CALL(path_create_directory, "iii>i"),
    CALL(path_filestat_get, "iiiii>i"),
    CALL(path_filestat_set_times, "iiiiIIi>i"),
    CALL(path_link, "iiiiiii>i"),
    CALL(path_open, "iiiiiIIii>i"),
    CALL(path_readlink, "iiiiii>i"),
    CALL(path_remove_directory, "iii>i"),
    CALL(path_rename, "iiiiii>i"),
    CALL(path_symlink, "iiiii>i"),
    CALL(path_unlink_file, "iii>i"),
    CALL(poll_oneoff, "iiii>i"),
    CALL(proc_exit, "i>"),
    CALL(proc_raise, "i>i"),
    CALL(sched_yield, ">i"),
    CALL(random_get, "ii>i"),
    CALL(sock_accept, "iii>i"),
    CALL(sock_recv, "iiiiii>i"),
    CALL(sock_send, "iiiii>i"),
    CALL(sock_shutdown, "ii>i"),
    {0},
};
