/* SPDX-License-Identifier: Apache-2.0 */
/* A file that somebody writes to while it is read has no profile. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "tap.h"
#include "types/profile.h"

#define ROWS 200000
#define APPENDS_MAX 1000000

struct writer {
	int fd;
	atomic_bool has_begun, is_over;
};

static void *
append_rows(void *arg)
{
	struct writer *w = arg;

	for (int i = 0; i < APPENDS_MAX && !atomic_load(&w->is_over); i++) {
		if (write(w->fd, "7,x\n", 4) != 4)
			break;
		atomic_store(&w->has_begun, true);
	}
	return NULL;
}

static void
a_file_that_grows_while_it_is_read_is_refused(void)
{
	struct arena *a = arena_new(0);
	struct writer w = {.fd = memfd_create("grows", MFD_CLOEXEC)};
	struct artifact_profile p;
	struct err err = {0};
	pthread_t thread;
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "n,word\n");
	for (int i = 0; i < ROWS; i++)
		buf_printf(&b, "%d,x\n", i);
	CHECK_INT(fd_write_all(w.fd, b.p, b.len, &err), 0);
	CHECK_INT(artifact_profile(a, w.fd, "t.csv", NULL, NULL, &p, &err), 0);
	CHECK_INT(p.rows, ROWS);
	CHECK_INT(pthread_create(&thread, NULL, append_rows, &w), 0);
	while (!atomic_load(&w.has_begun))
		(void)sched_yield();
	CHECK_INT(artifact_profile(a, w.fd, "t.csv", NULL, NULL, &p, &err), -1);
	CHECK_INT(err.code, E_IO);
	CHECK_STR(err.msg, "'t.csv' changed while it was read; try again when nobody writes to it");
	atomic_store(&w.is_over, true);
	CHECK_INT(pthread_join(thread, NULL), 0);
	(void)close(w.fd);
	arena_free(a);
}

int
main(void)
{
	RUN(a_file_that_grows_while_it_is_read_is_refused);
	return tap_done();
}
