/* SPDX-License-Identifier: Apache-2.0 */
#include "core/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/rnd.h"

#define PATH_BYTES_MAX 4096

int
fd_open_dir(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(err, E_IO, "cannot open folder '%s'", path) : fd;
}

int
fd_write_all(int fd, const void *p, size_t n, struct err *err)
{
	const char *at = p;

	while (n) {
		ssize_t w = write(fd, at, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return err_sys(err, E_IO, "cannot write");
		at += w;
		n -= (size_t)w;
	}
	return 0;
}

int
fd_read_all(struct arena *a, int fd, size_t max, char **out, size_t *n, struct err *err)
{
	struct buf b;
	char chunk[65536];

	struct stat st;

	buf_init(&b, a);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && (size_t)st.st_size <= max)
		buf_reserve(&b, (size_t)st.st_size);
	for (;;) {
		ssize_t r = read(fd, chunk, sizeof chunk);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(err, E_IO, "cannot read");
		if (r == 0)
			break;
		if ((size_t)r > max - b.len)
			return err_set(err, E_TOO_LARGE, "larger than the limit of %zu bytes", max);
		buf_add(&b, chunk, (size_t)r);
	}
	*n = b.len;
	*out = buf_take(&b);
	return 0;
}

int
file_load(struct arena *a, const char *path, size_t max, char **out, size_t *n, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return err_sys(err, errno == ENOENT ? E_NOT_FOUND : E_IO, "cannot open '%s'", path);
	rc = fd_read_all(a, fd, max, out, n, err);
	fd_close(&fd);
	return rc < 0 ? err_wrap(err, "'%s'", path) : 0;
}

/* The folder holding a new name must reach the disk too, or a crash forgets the rename. */
static int
dir_sync_of(const char *path, struct err *err)
{
	char copy[PATH_BYTES_MAX];
	int fd, rc;

	(void)snprintf(copy, sizeof copy, "%s", path);
	fd = fd_open_dir(dirname(copy), err);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	fd_close(&fd);
	return rc < 0 ? err_sys(err, E_IO, "cannot sync the folder of '%s'", path) : 0;
}

int
file_save(const char *path, const void *p, size_t n, mode_t mode, struct err *err)
{
	char tmp[PATH_BYTES_MAX], token[13];
	int fd, rc;

	rnd_token(token, sizeof token - 1);
	if (snprintf(tmp, sizeof tmp, "%s.%s.tmp", path, token) >= (int)sizeof tmp)
		return err_set(err, E_IO, "path too long: '%.64s…'", path);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return err_sys(err, E_IO, "cannot create '%s'", tmp);
	rc = fd_write_all(fd, p, n, err);
	if (rc == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		rc = err_sys(err, E_IO, "cannot finish '%s'", tmp);
	fd_close(&fd);
	if (rc == 0 && rename(tmp, path) < 0)
		rc = err_sys(err, E_IO, "cannot replace '%s'", path);
	if (rc < 0) {
		(void)unlink(tmp); /* what failed is already being reported */
		return rc;
	}
	return dir_sync_of(path, err);
}

int
dir_make(const char *path, mode_t mode, struct err *err)
{
	char part[PATH_BYTES_MAX];
	size_t n = strlen(path);
	struct stat st;

	if (n == 0 || n >= sizeof part)
		return err_set(err, E_IO, "path is empty or too long");
	for (size_t i = 1; i <= n; i++) {
		if (i < n && path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, mode) == 0)
			continue;
		if (errno != EEXIST)
			return err_sys(err, E_IO, "cannot make folder '%s'", part);
		if (stat(part, &st) == 0 && !S_ISDIR(st.st_mode))
			return err_set(err, E_IO, "'%s' is a file, not a folder", part);
	}
	return 0;
}

int
fd_pipe(int out[2], struct err *err)
{
	return pipe2(out, O_CLOEXEC) < 0 ? err_sys(err, E_IO, "cannot make a pipe") : 0;
}

void
fd_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* after EINTR the descriptor is gone on Linux; nothing to redo */
	*fd = -1;
}
