/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A runner in small: asks forge-cell over its socket, by the library that forge-runner uses.
 *     client SOCKET [OPTION…] -- CMD…          one attempt; prints the result as JSON
 *     client SOCKET --cancel [OPTION…] -- CMD… cancel when a line comes on stdin
 *     client SOCKET --repeat N --gap-ms M …    N attempts, M ms of idle machine before each; prints a line
 *                                              each: milliseconds, verdict, the phases in microseconds
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/fd.h"
#include "sandbox/cell.h"
#include "sandbox/options.h"
#include "sandbox/report.h"

struct client {
	const char *socket;
	bool cancels;
	long repeat;
	long gap_ms;
	struct options o;
};

static int
complain(const struct err *err)
{
	(void)printf("{\"error\":\"%s\",\"code\":\"%s\"}\n", err->msg, err_name(err->code));
	return 1;
}

static void *
cancel_on_line(void *arg)
{
	char c;

	if (read(STDIN_FILENO, &c, 1) >= 0)
		cell_cancel(arg);
	return NULL;
}

static int
run_once(struct arena *a, struct cell *cell, const struct cell_request *r, const struct client *c)
{
	struct cell_result result;
	struct err err;
	pthread_t thread;
	struct buf b;
	int rc;

	if (c->cancels && pthread_create(&thread, NULL, cancel_on_line, cell) != 0)
		return 1;
	rc = cell_run(cell, a, r, &result, &err);
	if (rc == 0 && c->o.out_dir)
		rc = options_save_outputs(a, c->o.out_dir, &result, &err);
	if (rc < 0)
		return complain(&err);
	buf_init(&b, a);
	report_write(&b, &result);
	return fd_write_all(STDOUT_FILENO, b.p, b.len, &err) < 0 ? 1 : 0;
}

struct ticks {
	unsigned long long busy, all;
};

static struct ticks
read_ticks(void)
{
	unsigned long long v[8] = {0};
	struct ticks t = {0};
	FILE *f = fopen("/proc/stat", "re");

	if (!f)
		return t;
	if (fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
		&v[6], &v[7]) == 8) {
		t.busy = v[0] + v[1] + v[2] + v[5] + v[6] + v[7];
		t.all = t.busy + v[3] + v[4];
	}
	(void)fclose(f);
	return t;
}

/*
 * Wait for a gap in which the machine was at most 15 % busy. The gap is on purpose: a tight loop would
 * hide what the kernel does between two sandboxes. After GAPS_MAX it measures the noise as it is.
 */
#define GAPS_MAX 100

static void
wait_for_quiet(long gap_ms)
{
	struct timespec gap = {.tv_sec = gap_ms / 1000, .tv_nsec = gap_ms % 1000 * 1000000};

	for (int i = 0; i < GAPS_MAX; i++) {
		struct ticks before = read_ticks();
		struct ticks after;

		(void)nanosleep(&gap, NULL);
		after = read_ticks();
		if ((after.busy - before.busy) * 100 <= (after.all - before.all) * 15)
			return;
	}
}

static int
measure(struct cell *cell, const struct cell_request *r, const struct client *c)
{
	for (long i = 0; i < c->repeat; i++) {
		struct arena *a = arena_new(0);
		struct cell_result result;
		struct err err;
		int64_t begin;

		wait_for_quiet(c->gap_ms);
		begin = clock_mono_us();
		if (cell_run(cell, a, r, &result, &err) < 0)
			return complain(&err);
		(void)printf("%.3f %s %llu %llu %llu %llu %llu %llu\n",
		    (double)(clock_mono_us() - begin) / 1000, cell_verdict_name(result.verdict),
		    (unsigned long long)result.phases.cgroup_us,
		    (unsigned long long)result.phases.mounts_us,
		    (unsigned long long)result.phases.launch_us,
		    (unsigned long long)result.phases.program_us,
		    (unsigned long long)result.phases.reap_us,
		    (unsigned long long)result.phases.collect_us);
		arena_free(a);
	}
	return 0;
}

static int
parse(struct arena *a, int argc, char **argv, struct client *c, struct err *err)
{
	if (argc < 2)
		return err_set(err, E_USAGE, "client SOCKET [OPTION…] -- CMD…");
	c->socket = argv[1];
	argc -= 1;
	argv += 1;
	for (;;) {
		if (argc > 1 && strcmp(argv[1], "--cancel") == 0) {
			c->cancels = true;
			argc -= 1;
			argv += 1;
		} else if (argc > 2 && strcmp(argv[1], "--repeat") == 0) {
			c->repeat = strtol(argv[2], NULL, 10);
			argc -= 2;
			argv += 2;
		} else if (argc > 2 && strcmp(argv[1], "--gap-ms") == 0) {
			c->gap_ms = strtol(argv[2], NULL, 10);
			argc -= 2;
			argv += 2;
		} else {
			return options_parse(a, argc, argv, &c->o, err);
		}
	}
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_new(0);
	struct cell *cell = NULL;
	struct client c = {0};
	struct cell_request r = {.label = "test"};
	struct err err;
	int rc;

	if (parse(a, argc, argv, &c, &err) < 0 || cell_open(c.socket, &cell, &err) < 0)
		return complain(&err);
	r.limits = c.o.limits;
	r.argv = c.o.argv;
	r.n_argv = c.o.n_argv;
	r.files = c.o.files;
	r.n_files = c.o.n_files;
	rc = c.repeat ? measure(cell, &r, &c) : run_once(a, cell, &r, &c);
	cell_close(cell);
	arena_free(a);
	return rc;
}
