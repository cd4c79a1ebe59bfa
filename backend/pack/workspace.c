/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/workspace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/utf8.h"
#include "pack/document.h"
#include "pack/internal.h"
#include "types/profile.h"
#include "types/table.h"

struct walk {
	struct arena *a;
	struct list files; /* struct file_facts */
};

static int
hash_fd(int fd, const char *path, char out[SHA256_HEX], uint64_t *bytes, struct err *err)
{
	uint8_t hash[SHA256_BYTES];
	struct digest *d = digest_new();
	char part[65536];
	uint64_t at = 0;
	ssize_t n;

	while ((n = pread(fd, part, sizeof part, (off_t)at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			digest_finish(d, hash);
			return err_sys(err, E_IO, "read '%s'", path);
		}
		digest_add(d, part, (size_t)n);
		at += (uint64_t)n;
	}
	digest_finish(d, hash);
	hex_format(hash, sizeof hash, out);
	*bytes = at;
	return 0;
}

static int
add_file(struct walk *w, int dir, const char *name, const char *path, struct err *err)
{
	struct artifact_profile *profile = ARENA_NEW(w->a, struct artifact_profile);
	struct file_facts facts = {.path = path, .profile = profile};
	struct stat st;
	int fd, result = -1;

	if (w->files.n == WORKSPACE_FILES_MAX)
		return err_set(err, E_LIMIT, "more than %d files", WORKSPACE_FILES_MAX);
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_sys(err, E_IO, "open '%s'", path);
	if (fstat(fd, &st) < 0)
		(void)err_sys(err, E_IO, "look at '%s'", path);
	else if ((unsigned long long)st.st_size > WORKSPACE_FILE_BYTES_MAX)
		(void)err_set(err, E_TOO_LARGE, "'%s' has %lld bytes, the limit is %llu", path,
		    (long long)st.st_size, WORKSPACE_FILE_BYTES_MAX);
	else if (hash_fd(fd, path, facts.sha256, &facts.bytes, err) == 0 &&
	    artifact_profile(w->a, fd, path, NULL, NULL, profile, err) == 0) {
		*(struct file_facts *)list_add(&w->files) = facts;
		result = 0;
	}
	fd_close(&fd);
	return result;
}

static int walk_dir(struct walk *w, int dir, const char *prefix, unsigned depth, struct err *err);

static int
walk_entry(struct walk *w, int dir, const char *name, const char *prefix, unsigned depth,
    struct err *err)
{
	const char *path = arena_printf(w->a, "%s%s%s", prefix, prefix[0] ? "/" : "", name);
	struct stat st;
	int sub, result;

	if (utf8_check(name, strlen(name)) != strlen(name))
		return err_set(err, E_USAGE, "the name '%s' is not UTF-8", path);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, E_IO, "look at '%s'", path);
	if (S_ISREG(st.st_mode))
		return add_file(w, dir, name, path, err);
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (depth == WORKSPACE_DEPTH_MAX)
		return err_set(err, E_LIMIT, "'%s' is more than %d folders deep", path,
		    WORKSPACE_DEPTH_MAX);
	sub = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (sub < 0)
		return err_sys(err, E_IO, "open '%s'", path);
	result = walk_dir(w, sub, path, depth + 1, err);
	fd_close(&sub);
	return result;
}

/* dir stays the caller's. Recursion is bounded by WORKSPACE_DEPTH_MAX. */
static int
walk_dir(struct walk *w, int dir, const char *prefix, unsigned depth, struct err *err)
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	struct dirent *e;
	int result = 0;

	if (!d) {
		fd_close(&again);
		return err_sys(err, E_IO, "open '%s'", prefix);
	}
	while (result == 0 && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			result = walk_entry(w, dir, e->d_name, prefix, depth, err);
	(void)closedir(d);
	return result;
}

static int
by_path(const void *a, const void *b)
{
	const struct file_facts *x = a, *y = b;

	return strcmp(x->path, y->path);
}

int
workspace_load(struct arena *a, const char *dir, struct workspace *out, struct err *err)
{
	struct walk w = {.a = a};
	int fd = fd_open_dir(dir, err);
	int result;

	if (fd < 0)
		return -1;
	list_init(&w.files, a, sizeof(struct file_facts));
	result = walk_dir(&w, fd, "", 0, err);
	fd_close(&fd);
	if (result < 0)
		return err_wrap(err, "workspace '%s'", dir);
	if (w.files.n > 1)
		qsort(w.files.at, w.files.n, sizeof(struct file_facts), by_path);
	*out = (struct workspace){
	    .dir = arena_str(a, dir),
	    .files = (const struct file_facts *)(void *)w.files.at,
	    .n = w.files.n,
	};
	return 0;
}

static int
open_file(const struct workspace *ws, struct arena *a, const struct file_facts *file,
    struct err *err)
{
	int fd = open(arena_printf(a, "%s/%s", ws->dir, file->path), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, E_IO, "open '%s'", file->path);
	return fd;
}

static int
check_values(void *arg, struct arena *a, const struct file_facts *file,
    const struct column_spec *specs, size_t nspecs, struct table_check *out, struct err *err)
{
	int fd = open_file(arg, a, file, err);
	int result;

	if (fd < 0)
		return -1;
	result = table_check(a, fd, kind_format(file->profile->kind), specs, nspecs, NULL, out, err);
	fd_close(&fd);
	return result;
}

static int
check_key(void *arg, struct arena *a, const struct file_facts *file, const char *const *columns,
    size_t ncolumns, struct key_check *out, struct err *err)
{
	int fd = open_file(arg, a, file, err);
	int result;

	if (fd < 0)
		return -1;
	result = table_key_check(a, fd, kind_format(file->profile->kind), columns, ncolumns, 0, out,
	    err);
	fd_close(&fd);
	return result;
}

static int
check_document(void *arg, struct arena *a, const struct file_facts *file, const struct entity *entity,
    struct document_check *out, struct err *err)
{
	int fd = open_file(arg, a, file, err);
	int result;

	if (fd < 0)
		return -1;
	result = document_check(a, fd, file->profile->kind, entity, out, err);
	fd_close(&fd);
	return result < 0 ? err_wrap(err, "'%s'", file->path) : 0;
}

struct file_port
workspace_port(struct workspace *ws)
{
	return (struct file_port){
	    .arg = ws,
	    .check_values = check_values,
	    .check_key = check_key,
	    .check_document = check_document,
	};
}
