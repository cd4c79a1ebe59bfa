/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walker on what a program cannot make, because its own system calls forbid it: pipes, devices,
 * files of others, other mounts. Needs root: it makes them in a tmpfs of its own and in a mount
 * namespace of its own.
 */
#include "sandbox/collect.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "tap.h"

#define PROGRAM_UID 1999999999u
#define SEEN_MAX 256

static struct filter filter;
static char root[] = "/tmp/forge-collect-XXXXXX";

struct seen {
	size_t n;
	struct cell_wire_output item[SEEN_MAX];
	char first_bytes[SEEN_MAX][8];
};

static int
see(void *arg, const struct cell_msg_outputs *batch, const int *fds, struct err *err)
{
	struct seen *s = arg;
	uint32_t used = 0;

	(void)err;
	for (uint32_t i = 0; i < batch->n && s->n < SEEN_MAX; i++, s->n++) {
		s->item[s->n] = batch->item[i];
		if (batch->item[i].refusal == CELL_REFUSE_NONE)
			CHECK(read(fds[used++], s->first_bytes[s->n], 7) >= 0);
	}
	return 0;
}

static struct collected
collect(struct seen *s, uint64_t files_max)
{
	struct collect c = {
		.mount = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC),
		.uid = PROGRAM_UID,
		.files_max = files_max,
		.filter = &filter,
		.batch = see,
		.arg = s,
	};
	struct collected out = {0};
	struct err err;

	memset(s, 0, sizeof(*s));
	if (collect_run(&c, &out, &err) < 0) {
		printf("# %s\n", err.msg);
		CHECK(false);
	}
	(void)close(c.mount);
	return out;
}

static enum cell_refusal
refusal_of(const struct seen *s, const char *path)
{
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->item[i].path, path) == 0)
			return (enum cell_refusal)s->item[i].refusal;
	}
	return CELL_REFUSE__COUNT;
}

static const char *
in_root(const char *name)
{
	static char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static void
make_file(const char *name, const char *text, uid_t uid)
{
	int fd = open(in_root(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	CHECK(fchown(fd, uid, uid) == 0);
	(void)close(fd);
}

static void
begin(void)
{
	char options[64];

	(void)snprintf(options, sizeof(options), "uid=%u,gid=%u,mode=700", PROGRAM_UID, PROGRAM_UID);
	CHECK(mount("none", root, "tmpfs", 0, options) == 0);
}

static void
end(void)
{
	CHECK(umount2(root, MNT_DETACH) == 0);
}

static void
special_files_are_refused_by_name(void)
{
	struct seen s;

	begin();
	make_file("good", "good", PROGRAM_UID);
	CHECK(mkfifo(in_root("pipe"), 0666) == 0);
	CHECK(mknod(in_root("null"), S_IFCHR | 0666, makedev(1, 3)) == 0);
	CHECK(mknod(in_root("disk"), S_IFBLK | 0666, makedev(7, 200)) == 0);
	CHECK(symlink("/etc/shadow", in_root("link")) == 0);
	struct collected c = collect(&s, 100);
	CHECK_INT(c.n_files, 1);
	CHECK_INT(c.n_refused, 4);
	CHECK_INT(refusal_of(&s, "good"), CELL_REFUSE_NONE);
	CHECK_INT(refusal_of(&s, "pipe"), CELL_REFUSE_FIFO);
	CHECK_INT(refusal_of(&s, "null"), CELL_REFUSE_DEVICE);
	CHECK_INT(refusal_of(&s, "disk"), CELL_REFUSE_DEVICE);
	CHECK_INT(refusal_of(&s, "link"), CELL_REFUSE_SYMLINK);
	end();
}

static void
files_of_others_are_refused(void)
{
	struct seen s;

	begin();
	make_file("root's", "secret", 0);
	CHECK(chmod(in_root("root's"), 0644) == 0); /* readable: its owner is the reason */
	make_file("own", "own", PROGRAM_UID);
	struct collected c = collect(&s, 100);
	CHECK_INT(c.n_files, 1);
	CHECK_INT(refusal_of(&s, "root's"), CELL_REFUSE_FOREIGN);
	CHECK_INT(refusal_of(&s, "own"), CELL_REFUSE_NONE);
	end();
}

static void
other_mounts_are_not_entered(void)
{
	struct seen s;
	char options[64];

	begin();
	CHECK(mkdir(in_root("m"), 0755) == 0);
	CHECK(chown(in_root("m"), PROGRAM_UID, PROGRAM_UID) == 0);
	(void)snprintf(options, sizeof(options), "uid=%u,gid=%u,mode=755", PROGRAM_UID, PROGRAM_UID);
	CHECK(mount("none", in_root("m"), "tmpfs", 0, options) == 0);
	make_file("m/inside", "x", PROGRAM_UID);
	struct collected c = collect(&s, 100);
	CHECK_INT(c.n_files, 0);
	CHECK_INT(refusal_of(&s, "m"), CELL_REFUSE_FOREIGN);
	CHECK(umount2(in_root("m"), MNT_DETACH) == 0);
	end();
}

static void
the_list_is_cut_where_it_must_be(void)
{
	struct seen s;
	char name[16];

	begin();
	for (int i = 0; i < 70; i++) {
		(void)snprintf(name, sizeof(name), "f%02d", i);
		make_file(name, name, PROGRAM_UID);
	}
	struct collected c = collect(&s, 70);
	CHECK_INT(c.n_files, 70);
	CHECK_INT(c.is_cut, 0);
	for (size_t i = 0; i < s.n; i++) /* each entry has its own descriptor, over three batches */
		CHECK_STR(s.first_bytes[i], s.item[i].path);
	c = collect(&s, 69);
	CHECK_INT(c.n_files, 69);
	CHECK_INT(c.is_cut, 1);
	end();
}

static int
fail_at_once(void *arg, const struct cell_msg_outputs *batch, const int *fds, struct err *err)
{
	(void)arg;
	(void)batch;
	(void)fds;
	return err_set(err, E_IO, "the runner is gone");
}

static void
a_receiver_that_fails_ends_the_walk(void)
{
	struct collected out;
	struct err err;

	begin();
	make_file("f", "x", PROGRAM_UID);
	struct collect c = {
		.mount = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC),
		.uid = PROGRAM_UID,
		.files_max = 10,
		.filter = &filter,
		.batch = fail_at_once,
	};
	CHECK_INT(collect_run(&c, &out, &err), -1);
	CHECK_STR(err.msg, "the runner is gone");
	(void)close(c.mount);
	end();
}

int
main(void)
{
	struct arena *a = arena_new(0);
	struct err err;

	if (geteuid() != 0) {
		printf("1..0 # SKIP making files of other users needs root\n");
		return 0;
	}
	if (filter_build(a, FILTER_COLLECT, &filter, &err) < 0 || !mkdtemp(root) ||
	    setgroups(0, NULL) < 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		printf("Bail out! cannot set up\n");
		return 1;
	}
	RUN(special_files_are_refused_by_name);
	RUN(files_of_others_are_refused);
	RUN(other_mounts_are_not_entered);
	RUN(the_list_is_cut_where_it_must_be);
	RUN(a_receiver_that_fails_ends_the_walk);
	(void)rmdir(root);
	arena_free(a);
	return tap_done();
}
