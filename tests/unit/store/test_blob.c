/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/rnd.h"
#include "store/blob.h"
#include "tap.h"

static struct arena *arena;
static char dir_path[64];
static struct blob_store *store;

static const char *
path_of(const char *below)
{
	return arena_printf(arena, "%s/%s", dir_path, below);
}

/* Names below a directory, without "." and "..". */
static int
count_in(const char *path)
{
	DIR *d = opendir(path);
	if (!d)
		return -1;
	int n = 0;
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static int
remove_tree(const char *path)
{
	return system(arena_printf(arena, "rm -rf '%s'", path)); /* a test's own path */
}

static void
begin(void)
{
	struct err err;
	arena = arena_new(0);
	strcpy(dir_path, "/tmp/forge-blob-XXXXXX");
	CHECK(mkdtemp(dir_path) != NULL);
	if (blob_store_open(arena, path_of("blobs"), &store, &err) < 0) {
		printf("# %s\n", err.msg);
		CHECK(0);
	}
}

static void
end(void)
{
	(void)remove_tree(dir_path);
	arena_free(arena);
}

/* Every blob of the store is whole and named right. Returns how many there are, or -1. */
static int
count_whole(const char *blobs)
{
	int n = 0;
	DIR *top = opendir(blobs);
	for (struct dirent *e; top && (e = readdir(top)) != NULL;) {
		if (strlen(e->d_name) != 2 || e->d_name[0] == '.')
			continue;
		DIR *d = opendir(arena_printf(arena, "%s/%s", blobs, e->d_name));
		for (struct dirent *f; d && (f = readdir(d)) != NULL;) {
			if (f->d_name[0] == '.')
				continue;
			int fd;
			struct err err;
			if (blob_open(store, f->d_name, UINT64_MAX, BLOB_CHECK_HASH, &fd, NULL, &err) < 0) {
				printf("# %s\n", err.msg);
				closedir(d);
				closedir(top);
				return -1;
			}
			close(fd);
			n++;
		}
		closedir(d);
	}
	if (top)
		closedir(top);
	return n;
}

static void
bytes_come_back_by_their_hash(void)
{
	begin();
	struct err err;
	struct blob_ref ref;
	CHECK_INT(blob_put(store, "abc", 3, &ref, &err), 0);
	CHECK_STR(ref.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	CHECK_INT(ref.bytes, 3);
	char *p;
	size_t n;
	CHECK_INT(blob_load(arena, store, ref.sha256, 100, &p, &n, &err), 0);
	CHECK_INT(n, 3);
	CHECK_STR(p, "abc");
	CHECK_INT(blob_put(store, "", 0, &ref, &err), 0);
	CHECK_INT(blob_load(arena, store, ref.sha256, 100, &p, &n, &err), 0);
	CHECK_INT(n, 0);
	CHECK_INT(count_in(path_of("blobs/tmp")), 0);
	CHECK_INT(count_whole(path_of("blobs")), 2);
	end();
}

static void
the_same_bytes_are_one_file(void)
{
	begin();
	struct err err;
	struct blob_ref a, b;
	struct stat first, second;
	char name[BLOB_NAME_BYTES];
	CHECK_INT(blob_put(store, "twice", 5, &a, &err), 0);
	blob_name(a.sha256, name);
	CHECK_INT(stat(path_of(arena_printf(arena, "blobs/%s", name)), &first), 0);
	CHECK_INT(blob_put(store, "twice", 5, &b, &err), 0);
	CHECK_STR(b.sha256, a.sha256);
	CHECK_INT(stat(path_of(arena_printf(arena, "blobs/%s", name)), &second), 0);
	CHECK(first.st_ino == second.st_ino);
	CHECK_INT(first.st_mode & 07777, 0444);
	CHECK_INT(first.st_nlink, 1);
	CHECK_INT(count_in(path_of("blobs/tmp")), 0);
	end();
}

/* Copy a file of n bytes in and compare; once from the same file system, once from memory. */
static void
put_file(int fd, size_t n)
{
	struct err err;
	struct blob_ref ref;
	char want[SHA256_HEX];
	char *bytes = arena_alloc(arena, n);
	rnd_bytes(bytes, n);
	CHECK_INT(write(fd, bytes, n), (long)n);
	CHECK_INT(lseek(fd, 7, SEEK_SET), 7);
	sha256_hex(bytes, n, want);
	CHECK_INT(blob_put_fd(store, fd, n, &ref, &err), 0);
	CHECK_STR(ref.sha256, want);
	CHECK_INT(ref.bytes, n);
	CHECK_INT(lseek(fd, 0, SEEK_CUR), 7);
	char *p;
	size_t got;
	CHECK_INT(blob_load(arena, store, ref.sha256, n, &p, &got, &err), 0);
	CHECK_INT(got, n);
	CHECK(memcmp(p, bytes, n) == 0);
	if (n > 0) {
		CHECK_INT(blob_put_fd(store, fd, n - 1, &ref, &err), -1);
		CHECK_INT(err.code, E_TOO_LARGE);
	}
	close(fd);
}

static void
files_are_copied_whole_from_this_and_other_file_systems(void)
{
	begin();
	const size_t sizes[] = {0, 1, 131072, 131073, 1048576, 5000001};
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		put_file(open(dir_path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), sizes[i]);
		put_file(memfd_create("source", MFD_CLOEXEC), sizes[i]);
	}
	struct err err;
	struct blob_ref ref;
	int pipes[2];
	CHECK_INT(pipe(pipes), 0);
	CHECK_INT(blob_put_fd(store, pipes[0], 10, &ref, &err), -1);
	CHECK_STR(err.msg, "what is to be stored is not a regular file");
	close(pipes[0]);
	close(pipes[1]);
	CHECK_INT(count_in(path_of("blobs/tmp")), 0);
	end();
}

static void
a_blob_beyond_its_limit_leaves_nothing(void)
{
	begin();
	struct err err;
	struct blob_writer w;
	CHECK_INT(blob_writer_open(store, 10, &w, &err), 0);
	CHECK_INT(blob_writer_add(&w, "0123456789", 10, &err), 0);
	CHECK_INT(blob_writer_add(&w, "x", 1, &err), -1);
	CHECK_INT(err.code, E_TOO_LARGE);
	CHECK_STR(err.msg, "more than the limit of 10 bytes");
	CHECK_INT(count_in(path_of("blobs/tmp")), 1);
	blob_writer_abort(&w);
	blob_writer_abort(&w);
	CHECK_INT(count_in(path_of("blobs/tmp")), 0);
	CHECK_INT(count_in(path_of("blobs")), 1);
	end();
}

static void
sealed_blobs_can_be_read_and_are_published_together(void)
{
	begin();
	struct err err;
	struct blob_writer w[4] = {{0}};
	struct blob_writer *list[] = {&w[0], &w[1], &w[2], &w[3]};
	char back[8] = "";
	int fd = memfd_create("source", MFD_CLOEXEC);
	CHECK_INT(write(fd, "third", 5), 5);
	for (int i = 0; i < 2; i++) { /* the same bytes twice */
		CHECK_INT(blob_writer_open(store, 10, &w[i], &err), 0);
		CHECK_INT(blob_writer_add(&w[i], "first", 5, &err), 0);
		CHECK_INT(blob_writer_seal(&w[i], &err), 0);
	}
	CHECK_INT(blob_take_fd(store, fd, 10, &w[2], &err), 0);
	close(fd);
	CHECK_INT(pread(w[2].fd, back, 5, 0), 5);
	CHECK_STR(back, "third");
	CHECK_INT(w[2].ref.bytes, 5);
	CHECK_INT(count_whole(path_of("blobs")), 0);
	char third[SHA256_HEX];
	memcpy(third, w[2].ref.sha256, sizeof third);
	CHECK_INT(blob_publish(list, 4, &err), 0); /* the fourth was never opened */
	CHECK_INT(count_whole(path_of("blobs")), 2);
	CHECK_INT(blob_open(store, third, 5, BLOB_CHECK_HASH, &fd, NULL, &err), 0);
	close(fd);
	CHECK_INT(blob_publish(list, 4, &err), 0); /* all are over */
	CHECK_INT(blob_writer_open(store, 10, &w[0], &err), 0);
	CHECK_INT(blob_writer_add(&w[0], "dropped", 7, &err), 0);
	CHECK_INT(blob_writer_seal(&w[0], &err), 0);
	blob_writer_abort(&w[0]);
	CHECK_INT(count_in(path_of("blobs/tmp")), 0);
	CHECK_INT(count_whole(path_of("blobs")), 2);
	end();
}

/* Overwrite a stored blob behind the store's back. */
static void
damage(const struct blob_ref *ref, const char *bytes)
{
	char name[BLOB_NAME_BYTES];
	blob_name(ref->sha256, name);
	const char *path = path_of(arena_printf(arena, "blobs/%s", name));
	CHECK_INT(chmod(path, 0644), 0);
	int fd = open(path, O_WRONLY | O_TRUNC);
	CHECK_INT(write(fd, bytes, strlen(bytes)), (long)strlen(bytes));
	close(fd);
}

static void
a_damaged_blob_is_noticed(void)
{
	begin();
	struct err err;
	struct blob_ref ref;
	int fd;
	char *p;
	size_t n;
	CHECK_INT(blob_put(store, "precious", 8, &ref, &err), 0);
	damage(&ref, "precioux");
	CHECK_INT(blob_open(store, ref.sha256, 8, BLOB_CHECK_HASH, &fd, NULL, &err), -1);
	CHECK_INT(err.code, E_HASH);
	CHECK(strstr(err.msg, "is damaged: its bytes hash to ") != NULL);
	CHECK_INT(blob_load(arena, store, ref.sha256, 100, &p, &n, &err), -1);
	CHECK_INT(err.code, E_HASH);
	damage(&ref, "prec");
	CHECK_INT(blob_open(store, ref.sha256, 8, BLOB_CHECK_SIZE, &fd, NULL, &err), -1);
	CHECK_INT(err.code, E_HASH);
	CHECK(strstr(err.msg, "it has 4 bytes, not 8") != NULL);
	/* storing the same bytes again puts the right ones in the torn one's place */
	CHECK_INT(blob_put(store, "precious", 8, &ref, &err), 0);
	CHECK_INT(blob_load(arena, store, ref.sha256, 100, &p, &n, &err), 0);
	CHECK_INT(count_in(path_of("blobs/tmp")), 0);
	end();
}

static void
what_is_not_there_is_not_found(void)
{
	begin();
	struct err err;
	int fd;
	char absent[SHA256_HEX];
	sha256_hex("absent", 6, absent);
	CHECK_INT(blob_open(store, absent, UINT64_MAX, BLOB_CHECK_SIZE, &fd, NULL, &err), -1);
	CHECK_INT(err.code, E_NOT_FOUND);
	const char *bad[] = {"", "../../etc/passwd", "AB", "zz"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		CHECK_INT(blob_open(store, bad[i], UINT64_MAX, BLOB_CHECK_SIZE, &fd, NULL, &err), -1);
		CHECK_INT(err.code, E_NOT_FOUND);
	}
	end();
}

/* As uid, gid: open the store anew and put text. 0 when it worked. */
static int
put_as(uid_t uid, gid_t gid, mode_t mask, const char *text)
{
	pid_t pid = fork();
	if (pid == 0) {
		struct err err;
		struct blob_ref ref;
		umask(mask);
		if (setgroups(0, NULL) < 0 || setgid(gid) < 0 || setuid(uid) < 0 ||
		    blob_store_open(arena, path_of("blobs"), &store, &err) < 0 ||
		    blob_put(store, text, strlen(text), &ref, &err) < 0)
			_exit(1);
		_exit(0);
	}
	int status;
	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

static void
several_uids_share_a_store_by_its_group(void)
{
	begin();
	const gid_t gid = 64123;
	CHECK_INT(chmod(dir_path, 0755), 0);
	CHECK_INT(chown(path_of("blobs"), 64001, gid), 0);
	CHECK_INT(chmod(path_of("blobs"), 02770), 0);
	CHECK_INT(chown(path_of("blobs/tmp"), 64001, gid), 0);
	CHECK_INT(chmod(path_of("blobs/tmp"), 02770), 0);
	/* texts whose hashes begin alike: each needs the directory that the other made */
	char first[SHA256_HEX], other[SHA256_HEX], text[32];
	sha256_hex("0", 1, first);
	int i = 0;
	do {
		(void)snprintf(text, sizeof text, "%d", ++i);
		sha256_hex(text, strlen(text), other);
	} while (memcmp(first, other, 2) != 0);
	CHECK_INT(put_as(64001, gid, 077, "0"), 0);
	CHECK_INT(put_as(64002, gid, 077, text), 0);
	CHECK_INT(put_as(64002, gid, 0, "0"), 0);
	CHECK(put_as(64003, 64003, 0, "stranger") != 0);
	struct stat st;
	first[2] = '\0';
	CHECK_INT(stat(path_of(arena_printf(arena, "blobs/%s", first)), &st), 0);
	CHECK_INT(st.st_mode & 07777, 02770);
	CHECK_INT(st.st_gid, gid);
	CHECK_INT(count_whole(path_of("blobs")), 2);
	end();
}

struct hammer {
	pthread_t thread;
	unsigned id;
	int failed;
};

static void *
hammer(void *arg)
{
	struct hammer *h = arg;
	struct err err;
	struct blob_ref ref;
	char text[64];
	for (unsigned i = 0; i < 40; i++) {
		/* half of them are the same for every thread */
		(void)snprintf(text, sizeof text, "blob %u of %u", i, i % 2 ? 0 : h->id);
		if (blob_put(store, text, strlen(text), &ref, &err) < 0)
			h->failed++;
	}
	return NULL;
}

static void
writers_at_the_same_time_do_not_disturb_each_other(void)
{
	begin();
	struct hammer h[6];
	pid_t pid = fork();
	if (pid == 0) {
		struct hammer own = {.id = 0};
		hammer(&own);
		_exit(own.failed != 0);
	}
	for (unsigned i = 0; i < 6; i++) {
		h[i] = (struct hammer){.id = i};
		CHECK_INT(pthread_create(&h[i].thread, NULL, hammer, &h[i]), 0);
	}
	for (unsigned i = 0; i < 6; i++) {
		CHECK_INT(pthread_join(h[i].thread, NULL), 0);
		CHECK_INT(h[i].failed, 0);
	}
	int status;
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_INT(status, 0);
	CHECK_INT(count_in(path_of("blobs/tmp")), 0);
	CHECK_INT(count_whole(path_of("blobs")), 20 + 6 * 20);
	end();
}

static void
a_killed_writer_leaves_only_what_the_sweep_removes(void)
{
	begin();
	struct err err;
	struct blob_writer living;
	struct blob_ref ref;
	int ready[2];
	char byte;
	size_t removed = 99;
	CHECK_INT(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct blob_writer w;
		if (blob_writer_open(store, 100, &w, &err) < 0 ||
		    blob_writer_add(&w, "half of it", 10, &err) < 0)
			_exit(1);
		(void)!write(ready[1], "x", 1);
		pause();
		_exit(0);
	}
	CHECK_INT(read(ready[0], &byte, 1), 1);
	CHECK_INT(blob_writer_open(store, 100, &living, &err), 0);
	CHECK_INT(blob_writer_add(&living, "still here", 10, &err), 0);
	CHECK_INT(blob_store_sweep(store, &removed, &err), 0);
	CHECK_INT(removed, 0);
	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK_INT(count_in(path_of("blobs/tmp")), 2);
	CHECK_INT(mkdir(path_of("blobs/tmp/left"), 0770), 0);
	CHECK_INT(blob_store_sweep(store, &removed, &err), 0);
	CHECK_INT(removed, 2);
	CHECK_INT(blob_writer_finish(&living, &ref, &err), 0);
	CHECK_INT(count_in(path_of("blobs/tmp")), 0);
	CHECK_INT(count_whole(path_of("blobs")), 1);
	close(ready[0]);
	close(ready[1]);
	end();
}

/* A child that stores and stores, telling after each; killed after some random number of them. */
static void
kills_at_any_moment_never_leave_a_wrong_blob(void)
{
	begin();
	unsigned seed;
	rnd_bytes(&seed, sizeof seed);
	printf("# seed %u\n", seed);
	srand(seed);
	struct err err;
	for (int round = 0; round < 20; round++) {
		int told[2];
		CHECK_INT(pipe2(told, O_CLOEXEC), 0);
		pid_t pid = fork();
		if (pid == 0) {
			struct blob_ref ref;
			for (int i = 0; i < 1000; i++) {
				char *text = arena_printf(arena, "%0*d", 1 + i * 997, round);
				if (blob_put(store, text, strlen(text), &ref, &err) < 0 ||
				    write(told[1], ref.sha256, 64) != 64)
					_exit(1);
			}
			_exit(0);
		}
		close(told[1]);
		char hash[65] = "";
		for (int n = 1 + rand() % 4; n > 0; n--)
			CHECK_INT(read(told[0], hash, 64), 64);
		CHECK_INT(kill(pid, SIGKILL), 0);
		CHECK(waitpid(pid, NULL, 0) == pid);
		close(told[0]);
		int fd; /* what it told about is there */
		CHECK_INT(blob_open(store, hash, UINT64_MAX, BLOB_CHECK_HASH, &fd, NULL, &err), 0);
		close(fd);
	}
	CHECK(count_whole(path_of("blobs")) >= 20);
	CHECK_INT(blob_store_sweep(store, NULL, &err), 0);
	CHECK_INT(count_in(path_of("blobs/tmp")), 0);
	end();
}

static void
a_full_disk_is_an_error_and_nothing_else(void)
{
	begin();
	pid_t pid = fork();
	if (pid == 0) {
		struct err err;
		struct blob_ref ref;
		if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("tmpfs", dir_path, "tmpfs", 0, "size=256k") < 0)
			_exit(2);
		if (blob_store_open(arena, path_of("small"), &store, &err) < 0)
			_exit(3);
		size_t n = 300 * 1024;
		char *bytes = arena_alloc(arena, n);
		if (blob_put(store, bytes, n, &ref, &err) != -1 || err.code != E_IO ||
		    !strstr(err.msg, "No space left on device"))
			_exit(4);
		int fd = memfd_create("big", MFD_CLOEXEC);
		if (write(fd, bytes, n) != (ssize_t)n ||
		    blob_put_fd(store, fd, n, &ref, &err) != -1 || err.code != E_IO)
			_exit(5);
		if (count_in(path_of("small/tmp")) != 0 || count_in(path_of("small")) != 1)
			_exit(6);
		if (blob_put(store, bytes, 1000, &ref, &err) != 0)
			_exit(7); /* the space came back */
		_exit(0);
	}
	int status;
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_INT(WEXITSTATUS(status), 0);
	end();
}

int
main(void)
{
	RUN(bytes_come_back_by_their_hash);
	RUN(the_same_bytes_are_one_file);
	RUN(files_are_copied_whole_from_this_and_other_file_systems);
	RUN(sealed_blobs_can_be_read_and_are_published_together);
	RUN(a_blob_beyond_its_limit_leaves_nothing);
	RUN(a_damaged_blob_is_noticed);
	RUN(what_is_not_there_is_not_found);
	RUN(writers_at_the_same_time_do_not_disturb_each_other);
	RUN(a_killed_writer_leaves_only_what_the_sweep_removes);
	RUN(kills_at_any_moment_never_leave_a_wrong_blob);
	if (geteuid() == 0) {
		RUN(several_uids_share_a_store_by_its_group);
		RUN(a_full_disk_is_an_error_and_nothing_else);
	} else {
		SKIP(several_uids_share_a_store_by_its_group, "needs root");
		SKIP(a_full_disk_is_an_error_and_nothing_else, "needs root");
	}
	return tap_done();
}
