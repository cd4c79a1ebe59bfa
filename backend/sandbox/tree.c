/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/utf8.h"
#include "sandbox/sys.h"

#define COPY_BYTES_MAX (16ull << 20)
#define DEPTH_MAX 16
/* Names for what we make ourselves: folders, links, generated files, mount points. */
#define ROOT_INODES 512
#define ROOT_BYTES (1ull << 20)
#define OPTION_BYTES 24

#define LOCKED (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* --- what it is made of ----------------------------------------------------------------------- */

static const char *const folders[] = {
	"usr",	     "etc",		 "proc",	   "dev",	       "dev/shm", "tmp",
	"workspace", "workspace/input", "workspace/work", "workspace/output",
	"workspace/meta", "skills",
};

static const struct generated {
	const char *path;
	const char *text;
} generated[] = {
	{"etc/passwd", "root:x:0:0:init:/:/usr/sbin/nologin\n"
		       "program:x:1000:1000::/workspace/work:/usr/sbin/nologin\n"
		       "nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n"},
	{"etc/group", "root:x:0:\nprogram:x:1000:\nnogroup:x:65534:\n"},
	{"etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"},
	{"etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"},
};

/* Parts of the host that show through, always read-only. */
static const struct host_part {
	const char *from;
	const char *to;
	uint64_t attr;
	bool is_folder;
	bool is_optional; /* absent on the host: absent inside */
} host_parts[] = {
	{"/usr", "usr", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, true, false},
	/* Libraries are found by way of links in here (libblas, for one). */
	{"/etc/alternatives", "etc/alternatives", LOCKED, true, true},
	{"/etc/fonts", "etc/fonts", LOCKED, true, true},
	{"/etc/ld.so.cache", "etc/ld.so.cache", LOCKED, false, true},
	/* Read-only keeps owner and mode of the host's nodes; writing into a device is not writing
	 * to its file system. */
	{"/dev/null", "dev/null", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, false, false},
	{"/dev/zero", "dev/zero", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, false, false},
	{"/dev/full", "dev/full", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, false, false},
	{"/dev/random", "dev/random", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, false, false},
	{"/dev/urandom", "dev/urandom", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, false, false},
};

static const struct link {
	const char *path;
	const char *target;
} links[] = {
	{"dev/fd", "/proc/self/fd"},
	{"dev/stdin", "/proc/self/fd/0"},
	{"dev/stdout", "/proc/self/fd/1"},
	{"dev/stderr", "/proc/self/fd/2"},
};

/* /bin and its like are links into /usr, as on the host. */
static const char *const usr_links[] = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};

/*
 * Names in a folder of the program's own: enough for any build, and too few to hold much kernel
 * memory (1 KiB each). Output has its own number, with room for this many folders.
 */
#define OWN_INODES 65536
#define OUTPUT_FOLDERS 64

static const struct own_row {
	const char *to;
	size_t bytes; /* offset in struct cell_limits */
} own_rows[TREE_OWN__COUNT] = {
	[TREE_WORK] = {"workspace/work", offsetof(struct cell_limits, work_bytes)},
	[TREE_OUTPUT] = {"workspace/output", offsetof(struct cell_limits, output_bytes)},
	[TREE_TMP] = {"tmp", offsetof(struct cell_limits, tmp_bytes)},
	[TREE_SHM] = {"dev/shm", offsetof(struct cell_limits, shm_bytes)},
};

const char *
tree_own_path(enum tree_own own)
{
	static const char *const paths[TREE_OWN__COUNT] = {
		[TREE_WORK] = "/workspace/work",
		[TREE_OUTPUT] = "/workspace/output",
		[TREE_TMP] = "/tmp",
		[TREE_SHM] = "/dev/shm",
	};

	INVARIANT(own < TREE_OWN__COUNT);
	return paths[own];
}

/* --- building, outside ------------------------------------------------------------------------ */

struct tmpfs_options {
	uint64_t bytes;
	uint64_t inodes;
	uid_t owner;
	const char *mode;
	unsigned int attr;
};

static int
set_number(int fs, const char *key, uint64_t v)
{
	char text[OPTION_BYTES];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	return fsconfig(fs, FSCONFIG_SET_STRING, key, text, 0);
}

static int
make_tmpfs(const struct tmpfs_options *o, int *out, struct err *err)
{
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);

	if (fs < 0)
		return err_sys(err, E_SANDBOX, "open file system tmpfs");
	if (set_number(fs, "size", o->bytes) < 0 || set_number(fs, "nr_inodes", o->inodes) < 0 ||
	    set_number(fs, "uid", o->owner) < 0 || set_number(fs, "gid", o->owner) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "mode", o->mode, 0) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		int rc = err_sys(err, E_SANDBOX, "set up file system tmpfs");

		(void)close(fs);
		return rc;
	}
	*out = fsmount(fs, FSMOUNT_CLOEXEC, o->attr);
	if (*out < 0) {
		int rc = err_sys(err, E_SANDBOX, "mount file system tmpfs");

		(void)close(fs);
		return rc;
	}
	(void)close(fs);
	return 0;
}

static int
write_new(int root, const char *path, const char *text, size_t n, struct err *err)
{
	int fd = openat(root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);
	int rc;

	if (fd < 0)
		return err_sys(err, E_SANDBOX, "make '/%s' for the sandbox", path);
	rc = fd_write_all(fd, text, n, err);
	(void)close(fd);
	return rc;
}

static int
link_usr(int root, const char *name, struct err *err)
{
	char path[16];
	char target[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/%s", name);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0)
		return err_set(err, E_UNSUPPORTED,
		    "'%s' is not a link into /usr on this machine; install the package usrmerge", path);
	target[n] = '\0';
	if (strncmp(target, "usr/", 4) != 0 && strncmp(target, "/usr/", 5) != 0)
		return err_set(err, E_UNSUPPORTED, "'%s' links to '%s', not into /usr", path, target);
	if (symlinkat(target, root, name) < 0)
		return err_sys(err, E_SANDBOX, "make link '%s' for the sandbox", path);
	return 0;
}

static int
fill_root(int root, struct err *err)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (mkdirat(root, folders[i], 0755) < 0)
			return err_sys(err, E_SANDBOX, "make '/%s' for the sandbox", folders[i]);
	}
	for (size_t i = 0; i < sizeof(generated) / sizeof(generated[0]); i++) {
		const struct generated *g = &generated[i];

		if (write_new(root, g->path, g->text, strlen(g->text), err) < 0)
			return -1;
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (symlinkat(links[i].target, root, links[i].path) < 0)
			return err_sys(err, E_SANDBOX, "make link '/%s' for the sandbox", links[i].path);
	}
	for (size_t i = 0; i < sizeof(usr_links) / sizeof(usr_links[0]); i++) {
		if (link_usr(root, usr_links[i], err) < 0)
			return -1;
	}
	return 0;
}

static void
add_mount(struct tree *t, int fd, const char *to)
{
	t->mounts[t->n_mounts++] = (struct tree_mount){.fd = fd, .to = to};
}

static int
set_attr(int fd, uint64_t attr, const char *what, struct err *err)
{
	struct mount_attr a = {.attr_set = attr, .propagation = MS_PRIVATE};

	if (mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &a, sizeof(a)) < 0)
		return err_sys(err, E_SANDBOX, "restrict the mount of '%s'", what);
	return 0;
}

static int
add_host_part(struct tree *t, const struct host_part *p, struct err *err)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW;
	int fd = open_tree(AT_FDCWD, p->from, p->is_folder ? flags | AT_RECURSIVE : flags);

	if (fd < 0 && errno == ENOENT && p->is_optional)
		return 0;
	if (fd < 0)
		return err_sys(err, E_SANDBOX, "take '%s' for the sandbox", p->from);
	if (strcmp(p->to, "usr") != 0 && p->is_folder && mkdirat(t->root, p->to, 0755) < 0) {
		int rc = err_sys(err, E_SANDBOX, "make '/%s' for the sandbox", p->to);

		(void)close(fd);
		return rc;
	}
	add_mount(t, fd, p->to); /* from here on tree_close has it */
	if (!p->is_folder && write_new(t->root, p->to, "", 0, err) < 0)
		return -1;
	return set_attr(fd, p->attr | MOUNT_ATTR_RDONLY, p->from, err);
}

static int
add_own(struct tree *t, enum tree_own own, const struct cell_limits *limits,
    const struct uid_pair *uids, struct err *err)
{
	struct tmpfs_options o = {
		.inodes = own == TREE_OUTPUT ? limits->output_files + OUTPUT_FOLDERS + 1 : OWN_INODES,
		.owner = uids->program_uid,
		.mode = "0700",
		.attr = LOCKED | MOUNT_ATTR_NOSYMFOLLOW,
	};

	memcpy(&o.bytes, (const char *)limits + own_rows[own].bytes, sizeof(o.bytes));
	if (make_tmpfs(&o, &t->own[own], err) < 0)
		return err_wrap(err, "%s", tree_own_path(own));
	add_mount(t, t->own[own], own_rows[own].to);
	return 0;
}

/* --- the request's files ---------------------------------------------------------------------- */

/* Below one of three folders, plain names, not too deep: all that a destination may be. */
static int
check_path(const char *path, struct err *err)
{
	static const char *const below[] = {"/workspace/input/", "/workspace/meta/", "/skills/"};
	size_t n = strlen(path);
	bool is_below = false;
	int depth = 0;

	if (n >= CELL_DEST_BYTES || utf8_check(path, n) != n)
		return err_set(err, E_USAGE, "'%.100s' is too long or not UTF-8", path);
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++)
		is_below = is_below || strncmp(path, below[i], strlen(below[i])) == 0;
	if (!is_below)
		return err_set(err, E_USAGE,
		    "'%s' is not below /workspace/input, /workspace/meta or /skills", path);
	for (const char *p = path; *p; depth++) {
		size_t m = strcspn(++p, "/");

		if (m == 0 || m > NAME_MAX || (m == 1 && p[0] == '.') ||
		    (m == 2 && p[0] == '.' && p[1] == '.') || depth > DEPTH_MAX)
			return err_set(err, E_USAGE,
			    "'%s' has an empty, dotted or too long part, or too many", path);
		p += m;
	}
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)path[i] < 0x20 || path[i] == 0x7f)
			return err_set(err, E_USAGE, "'%s' has a control character", path);
	}
	return 0;
}

/* Folders on the way to path, which is relative to root and checked. */
static int
make_parents(int root, const char *path, struct err *err)
{
	char part[CELL_DEST_BYTES];

	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		size_t n = (size_t)(p - path);

		memcpy(part, path, n);
		part[n] = '\0';
		if (mkdirat(root, part, 0755) < 0 && errno != EEXIST)
			return err_sys(err, E_USAGE, "make folder '/%s' in the sandbox", part);
	}
	return 0;
}

static int
check_file(const struct tree_file *f, struct stat *st, struct err *err)
{
	int flags = fcntl(f->fd, F_GETFL);

	if (flags < 0 || fstat(f->fd, st) < 0)
		return err_sys(err, E_USAGE, "the file for '%s'", f->path);
	/* O_PATH asks for no right to read: we would give what the asker does not have. */
	if (!S_ISREG(st->st_mode) || (flags & O_PATH) || (flags & O_ACCMODE) == O_WRONLY)
		return err_set(err, E_USAGE, "the file for '%s' is not a regular file open for reading",
		    f->path);
	return 0;
}

static int
copy_file(int root, const struct tree_file *f, uint64_t bytes, uint64_t *copied, struct err *err)
{
	const char *to = f->path + 1;
	off_t at = 0;
	int fd;

	*copied += bytes;
	if (*copied > COPY_BYTES_MAX)
		return err_set(err, E_USAGE,
		    "the file for '%s' is not in a mount of the sandbox daemon, and with it more than "
		    "%llu bytes would have to be copied",
		    f->path, COPY_BYTES_MAX);
	fd = openat(root, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);
	if (fd < 0)
		return err_sys(err, E_USAGE, "make '%s' in the sandbox", f->path);
	while ((uint64_t)at < bytes) {
		ssize_t n = sendfile(fd, f->fd, &at, (size_t)(bytes - (uint64_t)at));

		if (n <= 0) {
			int rc = n < 0 ? err_sys(err, E_USAGE, "copy the file for '%s'", f->path)
				       : err_set(err, E_USAGE, "the file for '%s' shrank", f->path);

			(void)close(fd);
			return rc;
		}
	}
	(void)close(fd);
	return 0;
}

/* A file of a mount that we can clone is bound, whatever its name becomes; others are copied. */
static int
add_file(struct tree *t, const struct tree_file *f, uint64_t *copied, struct err *err)
{
	struct stat st;
	int fd;

	if (check_path(f->path, err) < 0 || check_file(f, &st, err) < 0 ||
	    make_parents(t->root, f->path + 1, err) < 0)
		return -1;
	fd = open_tree(f->fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0 && errno == EINVAL)
		return copy_file(t->root, f, (uint64_t)st.st_size, copied, err);
	if (fd < 0)
		return err_sys(err, E_USAGE, "bind the file for '%s'", f->path);
	if (!(st.st_mode & S_IROTH)) {
		(void)close(fd);
		return err_set(err, E_USAGE,
		    "the file for '%s' has mode %04o; the sandbox's own user could not read it",
		    f->path, (unsigned int)st.st_mode & 07777);
	}
	add_mount(t, fd, f->path + 1);
	if (write_new(t->root, f->path + 1, "", 0, err) < 0)
		return -1;
	return set_attr(fd, LOCKED | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSYMFOLLOW, f->path, err);
}

int
tree_build(struct arena *a, const struct cell_limits *limits, const struct uid_pair *uids,
    const struct tree_file *files, size_t n_files, struct tree *out, struct err *err)
{
	size_t n_parts = sizeof(host_parts) / sizeof(host_parts[0]);
	struct tmpfs_options root = {
		.bytes = ROOT_BYTES + COPY_BYTES_MAX,
		.inodes = ROOT_INODES + n_files * (DEPTH_MAX + 1),
		.mode = "0755",
		.attr = LOCKED,
	};
	uint64_t copied = 0;

	*out = (struct tree){
		.root = -1,
		.mounts = ARENA_ARRAY(a, n_parts + TREE_OWN__COUNT + n_files, struct tree_mount),
	};
	if (make_tmpfs(&root, &out->root, err) < 0 || fill_root(out->root, err) < 0)
		goto failed;
	for (size_t i = 0; i < n_parts; i++) {
		if (add_host_part(out, &host_parts[i], err) < 0)
			goto failed;
	}
	for (int own = 0; own < TREE_OWN__COUNT; own++) {
		if (add_own(out, (enum tree_own)own, limits, uids, err) < 0)
			goto failed;
	}
	for (size_t i = 0; i < n_files; i++) {
		if (add_file(out, &files[i], &copied, err) < 0)
			goto failed;
	}
	return 0;
failed:
	tree_close(out);
	return -1;
}

void
tree_close(struct tree *tree)
{
	for (size_t i = 0; i < tree->n_mounts; i++)
		fd_close(&tree->mounts[i].fd);
	tree->n_mounts = 0;
	fd_close(&tree->root);
}

/* --- moving in, in the child ------------------------------------------------------------------ */

/*
 * A new /proc shows only the processes of this pid namespace, and of those only the asker's own; no
 * sys, keys, kallsyms, sysrq-trigger and the like. It must be mounted while the host's is in sight.
 */
static int
mount_proc(int root)
{
	int fs = fsopen("proc", FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "subset", "pid", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "hidepid", "invisible", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	fd = fsmount(fs, FSMOUNT_CLOEXEC, LOCKED | MOUNT_ATTR_RDONLY);
	if (fd < 0)
		return -1;
	return move_mount(fd, "", root, "proc", MOVE_MOUNT_F_EMPTY_PATH);
}

int
tree_enter(const struct tree *tree)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	if (move_mount(tree->root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -1;
	for (size_t i = 0; i < tree->n_mounts; i++) {
		const struct tree_mount *m = &tree->mounts[i];

		if (move_mount(m->fd, "", tree->root, m->to, MOVE_MOUNT_F_EMPTY_PATH) < 0)
			return -1;
	}
	if (mount_proc(tree->root) < 0)
		return -1;
	return fchdir(tree->root);
}

int
tree_seal(void)
{
	struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};

	/* Both names are ".": the old root lands under the new one at the same place, and goes. */
	if (sys_pivot_root(".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return -1;
	return mount_setattr(AT_FDCWD, "/", 0, &read_only, sizeof(read_only));
}

int
tree_is_full(const struct tree *tree, enum tree_own own)
{
	struct statfs s;

	if (fstatfs(tree->own[own], &s) < 0)
		return 0;
	return s.f_bfree == 0 || s.f_ffree == 0;
}
