/* The 46 functions of wasi_snapshot_preview1, by the names the specification gives them. Each answers a preview 1
 * errno. What a function does is documented where it is defined; the signatures are in the table (table.c). */
#ifndef CAP_WASI_CALLS_H
#define CAP_WASI_CALLS_H

#include <stdint.h>

#include "engine/host.h"

/* args.c */
uint32_t cap_wasi_args_get(cap_host *host, uint32_t pointers, uint32_t buffer);
uint32_t cap_wasi_args_sizes_get(cap_host *host, uint32_t ret_count, uint32_t ret_size);
uint32_t cap_wasi_environ_get(cap_host *host, uint32_t pointers, uint32_t buffer);
uint32_t cap_wasi_environ_sizes_get(cap_host *host, uint32_t ret_count, uint32_t ret_size);

/* clock.c */
uint32_t cap_wasi_clock_res_get(cap_host *host, uint32_t clock, uint32_t ret_resolution);
uint32_t cap_wasi_clock_time_get(cap_host *host, uint32_t clock, uint64_t precision, uint32_t ret_time);

/* io.c */
uint32_t cap_wasi_fd_read(cap_host *host, uint32_t fd, uint32_t vectors, uint32_t count, uint32_t ret_size);
uint32_t cap_wasi_fd_pread(cap_host *host, uint32_t fd, uint32_t vectors, uint32_t count, uint64_t offset,
                           uint32_t ret_size);
uint32_t cap_wasi_fd_write(cap_host *host, uint32_t fd, uint32_t vectors, uint32_t count, uint32_t ret_size);
uint32_t cap_wasi_fd_pwrite(cap_host *host, uint32_t fd, uint32_t vectors, uint32_t count, uint64_t offset,
                            uint32_t ret_size);

/* file.c */
uint32_t cap_wasi_fd_advise(cap_host *host, uint32_t fd, uint64_t offset, uint64_t length, uint32_t advice);
uint32_t cap_wasi_fd_allocate(cap_host *host, uint32_t fd, uint64_t offset, uint64_t length);
uint32_t cap_wasi_fd_datasync(cap_host *host, uint32_t fd);
uint32_t cap_wasi_fd_sync(cap_host *host, uint32_t fd);
uint32_t cap_wasi_fd_seek(cap_host *host, uint32_t fd, uint64_t offset, uint32_t whence, uint32_t ret_position);
uint32_t cap_wasi_fd_tell(cap_host *host, uint32_t fd, uint32_t ret_position);
uint32_t cap_wasi_fd_filestat_set_size(cap_host *host, uint32_t fd, uint64_t size);

/* fdstat.c */
uint32_t cap_wasi_fd_close(cap_host *host, uint32_t fd);
uint32_t cap_wasi_fd_fdstat_get(cap_host *host, uint32_t fd, uint32_t ret_fdstat);
uint32_t cap_wasi_fd_fdstat_set_flags(cap_host *host, uint32_t fd, uint32_t flags);
uint32_t cap_wasi_fd_fdstat_set_rights(cap_host *host, uint32_t fd, uint64_t rights, uint64_t inheriting);
uint32_t cap_wasi_fd_prestat_get(cap_host *host, uint32_t fd, uint32_t ret_prestat);
uint32_t cap_wasi_fd_prestat_dir_name(cap_host *host, uint32_t fd, uint32_t buffer, uint32_t length);
uint32_t cap_wasi_fd_renumber(cap_host *host, uint32_t fd, uint32_t to);

/* metadata.c */
uint32_t cap_wasi_fd_filestat_get(cap_host *host, uint32_t fd, uint32_t ret_filestat);
uint32_t cap_wasi_fd_filestat_set_times(cap_host *host, uint32_t fd, uint64_t accessed, uint64_t modified, uint32_t flags);
uint32_t cap_wasi_path_filestat_get(cap_host *host, uint32_t fd, uint32_t lookup, uint32_t path, uint32_t length,
                                    uint32_t ret_filestat);
uint32_t cap_wasi_path_filestat_set_times(cap_host *host, uint32_t fd, uint32_t lookup, uint32_t path, uint32_t length,
                                          uint64_t accessed, uint64_t modified, uint32_t flags);

/* readdir.c */
uint32_t cap_wasi_fd_readdir(cap_host *host, uint32_t fd, uint32_t buffer, uint32_t length, uint64_t cookie,
                             uint32_t ret_size);

/* open.c */
uint32_t cap_wasi_path_open(cap_host *host, uint32_t fd, uint32_t lookup, uint32_t path, uint32_t length, uint32_t oflags,
                            uint64_t rights, uint64_t inheriting, uint32_t fdflags, uint32_t ret_fd);

/* names.c */
uint32_t cap_wasi_path_create_directory(cap_host *host, uint32_t fd, uint32_t path, uint32_t length);
uint32_t cap_wasi_path_link(cap_host *host, uint32_t old_fd, uint32_t old_lookup, uint32_t old_path, uint32_t old_length,
                            uint32_t new_fd, uint32_t new_path, uint32_t new_length);
uint32_t cap_wasi_path_readlink(cap_host *host, uint32_t fd, uint32_t path, uint32_t length, uint32_t buffer,
                                uint32_t buffer_length, uint32_t ret_size);
uint32_t cap_wasi_path_remove_directory(cap_host *host, uint32_t fd, uint32_t path, uint32_t length);
uint32_t cap_wasi_path_rename(cap_host *host, uint32_t old_fd, uint32_t old_path, uint32_t old_length, uint32_t new_fd,
                              uint32_t new_path, uint32_t new_length);
uint32_t cap_wasi_path_symlink(cap_host *host, uint32_t target, uint32_t target_length, uint32_t fd, uint32_t path,
                               uint32_t length);
uint32_t cap_wasi_path_unlink_file(cap_host *host, uint32_t fd, uint32_t path, uint32_t length);

/* poll.c */
uint32_t cap_wasi_poll_oneoff(cap_host *host, uint32_t subscriptions, uint32_t events, uint32_t count, uint32_t ret_count);

/* process.c */
uint32_t cap_wasi_proc_exit(cap_host *host, uint32_t code);
uint32_t cap_wasi_proc_raise(cap_host *host, uint32_t signal);
uint32_t cap_wasi_sched_yield(cap_host *host);

/* random.c */
uint32_t cap_wasi_random_get(cap_host *host, uint32_t buffer, uint32_t length);

/* socket.c */
uint32_t cap_wasi_sock_accept(cap_host *host, uint32_t fd, uint32_t flags, uint32_t ret_fd);
uint32_t cap_wasi_sock_recv(cap_host *host, uint32_t fd, uint32_t vectors, uint32_t count, uint32_t flags,
                            uint32_t ret_size, uint32_t ret_flags);
uint32_t cap_wasi_sock_send(cap_host *host, uint32_t fd, uint32_t vectors, uint32_t count, uint32_t flags,
                            uint32_t ret_size);
uint32_t cap_wasi_sock_shutdown(cap_host *host, uint32_t fd, uint32_t how);

#endif
