/* SPDX-License-Identifier: Apache-2.0 */
#include "store/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/rnd.h"

#define DIR_MODE 02770
#define BLOB_MODE 0444
#define CHUNK_BYTES ((size_t)128 * 1024)
#define CLONE_BYTES_MIN ((uint64_t)1024 * 1024) /* below this a plain copy is as fast */
#define TMP_TRIES 8
#define TMP_SWEEP_MAX 1000000
#define BLOB_PUBLISH_MAX 64 /* at once; more go in rounds */

/* ---- the store ------------------------------------------------------------------------------- */

static void
store_release(void *arg)
{
	struct blob_store *s = arg;
	fd_close(&s->dir_fd);
	fd_close(&s->tmp_fd);
}

/*
 * Make directory name below at, unless it is there. It appears with its full mode or not at all: a
 * process of another uid may need to write in it the moment it can see it. So it is made in tmp,
 * where mkdir loses the set-group bit and what the umask takes, and moved when it is right.
 */
static int
shared_dir(const struct blob_store *s, const char *name, struct err *err)
{
	for (int i = 0; i < TMP_TRIES; i++) {
		char tmp[33];
		rnd_token(tmp, 32);
		if (mkdirat(s->tmp_fd, tmp, 0770) < 0 ||
		    (fchmodat(s->tmp_fd, tmp, DIR_MODE, 0) < 0 && errno != ENOENT))
			return err_sys(err, E_IO, "making a directory in '%s/tmp'", s->path);
		if (renameat2(s->tmp_fd, tmp, s->dir_fd, name, RENAME_NOREPLACE) == 0)
			return 0;
		int why = errno;
		(void)unlinkat(s->tmp_fd, tmp, AT_REMOVEDIR);
		if (why == EEXIST)
			return 0;
		errno = why;
		if (why != ENOENT) /* ENOENT: a sweeper took it for a dead one's */
			return err_sys(err, E_IO, "making directory '%s/%s'", s->path, name);
	}
	return err_set(err, E_IO, "cannot keep a directory in '%s/tmp'", s->path);
}

/* The store itself and its tmp, which a program makes at its start before others look. */
static int
first_dir(int at, const char *name, struct err *err)
{
	if (mkdirat(at, name, 0770) == 0 && fchmodat(at, name, DIR_MODE, 0) < 0)
		return err_sys(err, E_IO, "setting the mode of directory '%s'", name);
	struct stat st;
	if (fstatat(at, name, &st, 0) < 0 || !S_ISDIR(st.st_mode))
		return err_sys(err, E_IO, "making directory '%s'", name);
	return 0;
}

int
blob_store_open(struct arena *a, const char *path, struct blob_store **out, struct err *err)
{
	struct blob_store *s = ARENA_NEW(a, struct blob_store);
	s->dir_fd = s->tmp_fd = -1;
	s->path = arena_str(a, path);
	arena_defer(a, store_release, s);
	if (first_dir(AT_FDCWD, path, err) < 0)
		return err_wrap(err, "blob store '%s'", path);
	s->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir_fd < 0)
		return err_sys(err, E_IO, "opening the blob store '%s'", path);
	if (first_dir(s->dir_fd, "tmp", err) < 0)
		return err_wrap(err, "blob store '%s'", path);
	s->tmp_fd = openat(s->dir_fd, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (s->tmp_fd < 0)
		return err_sys(err, E_IO, "opening '%s/tmp'", path);
	*out = s;
	return 0;
}

/* Remove one name in tmp/ unless a living writer holds its lock. */
static bool
sweep_one(const struct blob_store *s, const char *name)
{
	/* O_NONBLOCK: nothing but regular files belongs here, but a planted fifo must not hang us */
	int fd = openat(s->tmp_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false; /* gone already, or not ours to read: its writer's uid sweeps it */
	bool removed = flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    (unlinkat(s->tmp_fd, name, 0) == 0 || unlinkat(s->tmp_fd, name, AT_REMOVEDIR) == 0);
	close(fd);
	return removed;
}

/* All 256, so that no blob has to wait for its folder to reach the disk. */
static int
make_folders(const struct blob_store *s, struct err *err)
{
	bool is_new = false;
	for (unsigned i = 0; i < 256; i++) {
		char name[3];
		(void)snprintf(name, sizeof name, "%02x", i);
		if (faccessat(s->dir_fd, name, F_OK, 0) == 0)
			continue;
		if (shared_dir(s, name, err) < 0)
			return -1;
		is_new = true;
	}
	if (is_new && fsync(s->dir_fd) < 0)
		return err_sys(err, E_IO, "syncing '%s'", s->path);
	return 0;
}

int
blob_store_sweep(const struct blob_store *s, size_t *removed, struct err *err)
{
	int fd = openat(s->dir_fd, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		err_sys(err, E_IO, "reading '%s/tmp'", s->path);
		fd_close(&fd);
		return -1;
	}
	size_t n = 0;
	struct dirent *e;
	for (int i = 0; i < TMP_SWEEP_MAX && (e = readdir(dir)) != NULL; i++)
		if (e->d_name[0] != '.')
			n += sweep_one(s, e->d_name);
	closedir(dir);
	if (removed)
		*removed = n;
	return make_folders(s, err);
}

/* ---- writing --------------------------------------------------------------------------------- */

/*
 * Open a fresh file in tmp/ under an exclusive lock. Between open and lock a sweeper may take the
 * file for a dead writer's and unlink it; the link count tells, and we make another.
 */
static int
tmp_create(const struct blob_store *s, char name[33], struct err *err)
{
	for (int i = 0; i < TMP_TRIES; i++) {
		rnd_token(name, 32);
		int fd = openat(s->tmp_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    0660);
		if (fd < 0 && errno == EEXIST)
			continue;
		if (fd < 0)
			return err_sys(err, E_IO, "making a file in '%s/tmp'", s->path);
		struct stat st;
		if (flock(fd, LOCK_EX) < 0 || fstat(fd, &st) < 0) {
			err_sys(err, E_IO, "locking a file in '%s/tmp'", s->path);
			(void)unlinkat(s->tmp_fd, name, 0);
			close(fd);
			return -1;
		}
		if (st.st_nlink > 0)
			return fd;
		close(fd);
	}
	return err_set(err, E_IO, "cannot keep a file in '%s/tmp': something removes it", s->path);
}

int
blob_writer_open(const struct blob_store *s, uint64_t bytes_max, struct blob_writer *w,
    struct err *err)
{
	*w = (struct blob_writer){.store = s, .bytes_max = bytes_max, .fd = -1};
	w->fd = tmp_create(s, w->tmp_name, err);
	if (w->fd < 0)
		return -1;
	w->digest = digest_new();
	return 0;
}

static int
too_large(uint64_t bytes_max, struct err *err)
{
	return err_set(err, E_TOO_LARGE, "more than the limit of %llu bytes",
	    (unsigned long long)bytes_max);
}

int
blob_writer_add(struct blob_writer *w, const void *p, size_t n, struct err *err)
{
	INVARIANT(w->digest != NULL);
	if (n > w->bytes_max - w->ref.bytes)
		return too_large(w->bytes_max, err);
	if (fd_write_all(w->fd, p, n, err) < 0)
		return err_wrap(err, "storing a blob");
	digest_add(w->digest, p, n);
	w->ref.bytes += n;
	return 0;
}

/* The writer is over: its file in tmp/ goes (a name that was linked stays). */
static void
writer_over(struct blob_writer *w)
{
	(void)unlinkat(w->store->tmp_fd, w->tmp_name, 0); /* gone already when it mended a blob */
	fd_close(&w->fd);
	w->is_sealed = false;
}

void
blob_writer_abort(struct blob_writer *w)
{
	if (w->digest) {
		uint8_t unused[SHA256_BYTES];
		digest_finish(w->digest, unused);
		w->digest = NULL;
	} else if (!w->is_sealed) {
		return;
	}
	writer_over(w);
}

/* Give the finished file its name. The same bytes may be there already, from us or another. */
static int
link_blob(const struct blob_writer *w, struct err *err)
{
	const struct blob_store *s = w->store;
	const char *sha256 = w->ref.sha256;
	char name[BLOB_NAME_BYTES], dir[3] = {sha256[0], sha256[1], '\0'};
	blob_name(sha256, name);
	if (linkat(s->tmp_fd, w->tmp_name, s->dir_fd, name, 0) == 0)
		return 0;
	if (errno == ENOENT) {
		if (shared_dir(s, dir, err) < 0)
			return -1;
		if (fsync(s->dir_fd) < 0)
			return err_sys(err, E_IO, "syncing '%s'", s->path);
		if (linkat(s->tmp_fd, w->tmp_name, s->dir_fd, name, 0) == 0)
			return 0;
	}
	if (errno != EEXIST)
		return err_sys(err, E_IO, "naming blob %s", sha256);
	struct stat st;
	if (fstatat(s->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size == w->ref.bytes)
		return 0;
	/* what is there cannot be these bytes: a torn disk; ours are right, so they replace it */
	if (renameat(s->tmp_fd, w->tmp_name, s->dir_fd, name) < 0)
		return err_sys(err, E_IO, "mending blob %s", sha256);
	return 0;
}

/* The name survives a crash only once its directory is on disk; true for a name found there too. */
static int
sync_dir_of(const struct blob_store *s, const char *sha256, struct err *err)
{
	char dir[3] = {sha256[0], sha256[1], '\0'};
	int fd = openat(s->dir_fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_sys(err, E_IO, "opening '%s/%s'", s->path, dir);
	int rc = fsync(fd) < 0 ? err_sys(err, E_IO, "syncing '%s/%s'", s->path, dir) : 0;
	close(fd);
	return rc;
}

/* Is this blob here already, whole? Then nothing of ours needs to reach the disk. */
static bool
have_blob(const struct blob_store *s, const char *sha256, uint64_t bytes)
{
	char name[BLOB_NAME_BYTES];
	struct stat st;
	blob_name(sha256, name);
	return fstatat(s->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size == bytes;
}

int
blob_writer_seal(struct blob_writer *w, struct err *err)
{
	INVARIANT(w->digest != NULL);
	uint8_t hash[SHA256_BYTES];
	digest_finish(w->digest, hash);
	w->digest = NULL;
	w->is_sealed = true;
	hex_format(hash, sizeof hash, w->ref.sha256);
	if (have_blob(w->store, w->ref.sha256, w->ref.bytes))
		return 0;
	if (fchmod(w->fd, BLOB_MODE) < 0) {
		err_sys(err, E_IO, "making a blob read-only");
		writer_over(w);
		return -1;
	}
	(void)sync_file_range(w->fd, 0, 0, SYNC_FILE_RANGE_WRITE); /* begin; fsync will wait */
	return 0;
}

static int
publish(struct blob_writer *const *w, size_t n, struct err *err)
{
	bool is_new[BLOB_PUBLISH_MAX];
	for (size_t i = 0; i < n; i++) {
		is_new[i] = w[i]->is_sealed &&
		    !have_blob(w[i]->store, w[i]->ref.sha256, w[i]->ref.bytes);
		if (is_new[i] && fsync(w[i]->fd) < 0)
			return err_sys(err, E_IO, "syncing a blob");
	}
	for (size_t i = 0; i < n; i++)
		if (is_new[i] && link_blob(w[i], err) < 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		if (w[i]->is_sealed && sync_dir_of(w[i]->store, w[i]->ref.sha256, err) < 0)
			return -1;
	return 0;
}

int
blob_publish(struct blob_writer *const *w, size_t n, struct err *err)
{
	int rc = 0;
	for (size_t at = 0; at < n; at += BLOB_PUBLISH_MAX) {
		size_t k = n - at < BLOB_PUBLISH_MAX ? n - at : BLOB_PUBLISH_MAX;
		if (rc == 0)
			rc = publish(w + at, k, err);
	}
	for (size_t i = 0; i < n; i++)
		blob_writer_abort(w[i]);
	return rc;
}

int
blob_writer_finish(struct blob_writer *w, struct blob_ref *out, struct err *err)
{
	if (blob_writer_seal(w, err) < 0)
		return -1;
	struct blob_ref ref = w->ref;
	if (blob_publish(&w, 1, err) < 0)
		return -1;
	*out = ref;
	return 0;
}

int
blob_put(const struct blob_store *s, const void *p, size_t n, struct blob_ref *out, struct err *err)
{
	struct blob_writer w;
	if (blob_writer_open(s, n, &w, err) < 0)
		return -1;
	if (blob_writer_add(&w, p, n, err) < 0) {
		blob_writer_abort(&w);
		return -1;
	}
	return blob_writer_finish(&w, out, err);
}

/* ---- copying a file in ----------------------------------------------------------------------- */

/*
 * Let the file system copy. Returns 1 when all of the source is in w->fd, 0 when it cannot (other
 * file system, not supported) and nothing is there, -1 on error.
 */
static int
copy_by_kernel(const struct blob_writer *w, int fd, struct err *err)
{
	if (ioctl(w->fd, FICLONE, fd) == 0)
		return 1;
	loff_t from = 0, to = 0;
	for (;;) {
		size_t want = CHUNK_BYTES * 64;
		if ((uint64_t)to + want > w->bytes_max)
			want = (size_t)(w->bytes_max - (uint64_t)to) + 1; /* one more, to notice */
		ssize_t n = copy_file_range(fd, &from, w->fd, &to, want, 0);
		if (n == 0)
			return 1;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && to == 0)
			return 0;
		if (n < 0)
			return err_sys(err, E_IO, "copying into the blob store");
		if ((uint64_t)to > w->bytes_max)
			return too_large(w->bytes_max, err);
	}
}

/* Read from fd at offset until its end; hash, and write unless the bytes are stored already. */
static int
digest_file(struct blob_writer *w, int fd, bool is_stored, struct err *err)
{
	char chunk[CHUNK_BYTES];
	for (;;) {
		ssize_t n = pread(fd, chunk, sizeof chunk, (off_t)w->ref.bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, E_IO, "reading what is to be stored");
		if (n == 0)
			return 0;
		if (!is_stored) {
			if (blob_writer_add(w, chunk, (size_t)n, err) < 0)
				return -1;
			continue;
		}
		if ((size_t)n > w->bytes_max - w->ref.bytes)
			return too_large(w->bytes_max, err);
		digest_add(w->digest, chunk, (size_t)n);
		w->ref.bytes += (uint64_t)n;
	}
}

int
blob_take_fd(const struct blob_store *s, int fd, uint64_t bytes_max, struct blob_writer *w,
    struct err *err)
{
	struct stat st;
	*w = (struct blob_writer){.fd = -1};
	if (fstat(fd, &st) < 0)
		return err_sys(err, E_IO, "reading what is to be stored");
	if (!S_ISREG(st.st_mode))
		return err_set(err, E_IO, "what is to be stored is not a regular file");
	if ((uint64_t)st.st_size > bytes_max)
		return too_large(bytes_max, err);
	if (blob_writer_open(s, bytes_max, w, err) < 0)
		return -1;
	int stored = (uint64_t)st.st_size >= CLONE_BYTES_MIN ? copy_by_kernel(w, fd, err) : 0;
	if (stored < 0 || digest_file(w, stored ? w->fd : fd, stored, err) < 0) {
		blob_writer_abort(w);
		return -1;
	}
	return blob_writer_seal(w, err);
}

int
blob_put_fd(const struct blob_store *s, int fd, uint64_t bytes_max, struct blob_ref *out,
    struct err *err)
{
	struct blob_writer w, *list = &w;
	if (blob_take_fd(s, fd, bytes_max, &w, err) < 0)
		return -1;
	struct blob_ref ref = w.ref;
	if (blob_publish(&list, 1, err) < 0)
		return -1;
	*out = ref;
	return 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

void
blob_name(const char *sha256, char out[BLOB_NAME_BYTES])
{
	(void)snprintf(out, BLOB_NAME_BYTES, "%.2s/%.64s", sha256, sha256);
}

static int
check_hash(int fd, const char *sha256, struct err *err)
{
	struct digest *d = digest_new();
	uint8_t hash[SHA256_BYTES];
	char chunk[CHUNK_BYTES], hex[SHA256_HEX];
	off_t at = 0;
	ssize_t n;
	while ((n = pread(fd, chunk, sizeof chunk, at)) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		digest_add(d, chunk, (size_t)n);
		at += n;
	}
	int read_errno = errno;
	digest_finish(d, hash);
	if (n < 0) {
		errno = read_errno;
		return err_sys(err, E_IO, "reading blob %s", sha256);
	}
	hex_format(hash, sizeof hash, hex);
	if (strcmp(hex, sha256) != 0)
		return err_set(err, E_HASH, "blob %s is damaged: its bytes hash to %s", sha256, hex);
	return 0;
}

int
blob_open(const struct blob_store *s, const char *sha256, uint64_t bytes, enum blob_check check,
    int *fd, uint64_t *size, struct err *err)
{
	uint8_t hash[SHA256_BYTES];
	if (hex_parse(sha256, strlen(sha256), hash, sizeof hash, NULL) < 0)
		return err_set(err, E_NOT_FOUND, "'%s' is not a blob's hash", sha256);
	char name[BLOB_NAME_BYTES];
	blob_name(sha256, name);
	int got = openat(s->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (got < 0 && (errno == ENOENT || errno == ELOOP))
		return err_set(err, E_NOT_FOUND, "blob %s is not in the store", sha256);
	if (got < 0)
		return err_sys(err, E_IO, "opening blob %s", sha256);
	struct stat st;
	int rc = 0;
	if (fstat(got, &st) < 0)
		rc = err_sys(err, E_IO, "reading blob %s", sha256);
	else if (!S_ISREG(st.st_mode))
		rc = err_set(err, E_HASH, "blob %s is not a regular file", sha256);
	else if (bytes != UINT64_MAX && (uint64_t)st.st_size != bytes)
		rc = err_set(err, E_HASH, "blob %s is damaged: it has %lld bytes, not %llu", sha256,
		    (long long)st.st_size, (unsigned long long)bytes);
	else if (check == BLOB_CHECK_HASH)
		rc = check_hash(got, sha256, err);
	if (rc < 0) {
		close(got);
		return -1;
	}
	*fd = got;
	if (size)
		*size = (uint64_t)st.st_size;
	return 0;
}

int
blob_load(struct arena *a, const struct blob_store *s, const char *sha256, size_t max, char **out,
    size_t *n, struct err *err)
{
	int fd;
	char *p, hex[SHA256_HEX];
	size_t got;
	if (blob_open(s, sha256, UINT64_MAX, BLOB_CHECK_SIZE, &fd, NULL, err) < 0)
		return -1;
	int rc = fd_read_all(a, fd, max, &p, &got, err);
	close(fd);
	if (rc < 0)
		return err_wrap(err, "blob %s", sha256);
	sha256_hex(p, got, hex);
	if (strcmp(hex, sha256) != 0)
		return err_set(err, E_HASH, "blob %s is damaged: its bytes hash to %s", sha256, hex);
	*out = p;
	*n = got;
	return 0;
}
