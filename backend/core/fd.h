/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_FD_H
#define CORE_FD_H
/* Descriptors and files. O_CLOEXEC always; whole reads and writes; atomic replacement. */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
struct arena;
struct err;
int fd_open_dir(const char *path, struct err *err);
/* fd_write_all - all n bytes or E_IO. */
int fd_write_all(int fd, const void *p, size_t n, struct err *err);
/* fd_read_all - the rest of fd into the arena, at most max bytes (E_TOO_LARGE beyond). */
int fd_read_all(struct arena *a, int fd, size_t max, char **out, size_t *n, struct err *err);
/* file_load - whole file at path. */
int file_load(struct arena *a, const char *path, size_t max, char **out, size_t *n, struct err *err);
/* file_save - write to a temporary beside path, fsync, rename: readers see the old or the new. */
int file_save(const char *path, const void *p, size_t n, mode_t mode, struct err *err);
/* dir_make - mkdir -p. */
int dir_make(const char *path, mode_t mode, struct err *err);
/* fd_cloexec_pipe, fd_close (ignores -1, sets it to -1) */
int fd_pipe(int out[2], struct err *err);
void fd_close(int *fd);
#endif
