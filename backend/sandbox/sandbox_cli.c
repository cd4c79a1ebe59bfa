/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/sandbox_cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "sandbox/attempt.h"
#include "sandbox/canary.h"
#include "sandbox/cell.h"
#include "sandbox/doctor.h"
#include "sandbox/options.h"
#include "sandbox/report.h"

#define EXIT_FAILED 1
#define EXIT_USAGE 2

static int
complain(const struct err *err)
{
	(void)fprintf(stderr, "forgectl: sandbox: %s\n", err->msg);
	return err->code == E_USAGE ? EXIT_USAGE : EXIT_FAILED;
}

static int
open_own(struct arena *a, struct sandbox *sb, struct err *err)
{
	char instance[CG_INSTANCE_BYTES];

	(void)snprintf(instance, sizeof(instance), "cli-%d", (int)getpid());
	return sandbox_open(a, instance, sb, err);
}

/* Outputs as they come: descriptors copied, so that they outlive the batch. */
struct gathering {
	struct arena *a;
	struct cell_output *list;
	size_t n, max;
};

static void
close_later(void *arg)
{
	int *fd = arg;

	fd_close(fd);
}

static int
keep(struct arena *a, int fd)
{
	int *kept = ARENA_NEW(a, int);

	*kept = fd;
	arena_defer(a, close_later, kept);
	return fd;
}

static int
gather(void *arg, const struct cell_msg_outputs *batch, const int *fds, struct err *err)
{
	struct gathering *g = arg;
	size_t used = 0;

	for (uint32_t i = 0; i < batch->n; i++) {
		const struct cell_wire_output *w = &batch->item[i];
		int fd = -1;

		INVARIANT(g->n < g->max); /* the walker stops at limits.output_files */
		if (w->refusal == CELL_REFUSE_NONE) {
			fd = fcntl(fds[used++], F_DUPFD_CLOEXEC, 3);
			if (fd < 0)
				return err_sys(err, E_SANDBOX, "keep an output open");
			keep(g->a, fd);
		}
		g->list[g->n++] = (struct cell_output){
			.path = arena_str(g->a, w->path),
			.bytes = w->bytes,
			.fd = fd,
			.refusal = (enum cell_refusal)w->refusal,
		};
	}
	return 0;
}

/* Ctrl-C kills the attempt and cleans up, instead of killing us in the middle. */
static int
open_signals(struct err *err)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_sys(err, E_SANDBOX, "block signals");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_sys(err, E_SANDBOX, "signalfd") : fd;
}

static void
fill_result(struct arena *a, const struct attempt_result *r, const struct gathering *g,
    struct cell_result *out)
{
	*out = (struct cell_result){
		.verdict = r->verdict,
		.exit_code = r->exit_code,
		.signal = r->signal,
		.detail = r->detail,
		.usage = r->usage,
		.phases = r->phases,
		.stdout_fd = keep(a, r->out_fd),
		.stderr_fd = keep(a, r->err_fd),
		.stdout_bytes = r->out_bytes,
		.stderr_bytes = r->err_bytes,
		.stdout_is_cut = r->out_is_cut,
		.stderr_is_cut = r->err_is_cut,
		.outputs = g->list,
		.n_outputs = g->n,
		.outputs_are_cut = r->outputs.is_cut != 0,
	};
}

static int
run_one(struct arena *a, const struct sandbox *sb, const struct options *o, int cancel_fd,
    struct err *err)
{
	struct gathering g = {
		.a = a,
		.list = ARENA_ARRAY(a, o->limits.output_files, struct cell_output),
		.max = o->limits.output_files,
	};
	struct attempt_spec spec = {
		.limits = o->limits,
		.cancel_fd = cancel_fd,
		.outputs = gather,
		.arg = &g,
		.n_files = o->n_files,
	};
	struct tree_file *files = ARENA_ARRAY(a, o->n_files, struct tree_file);
	char **argv = ARENA_ARRAY(a, o->n_argv + 1, char *);
	struct attempt_result *r = ARENA_NEW(a, struct attempt_result);
	struct cell_result result;
	struct buf b;

	for (size_t i = 0; i < o->n_files; i++)
		files[i] = (struct tree_file){.fd = o->files[i].fd, .path = o->files[i].path};
	for (size_t i = 0; i < o->n_argv; i++)
		argv[i] = arena_str(a, o->argv[i]);
	spec.files = files;
	spec.argv = argv;
	if (uids_take(&spec.uids, err) < 0 || attempt_run(a, sb, &spec, r, err) < 0)
		return -1;
	fill_result(a, r, &g, &result);
	if (o->out_dir && options_save_outputs(a, o->out_dir, &result, err) < 0)
		return -1;
	buf_init(&b, a);
	report_write(&b, &result);
	if (fd_write_all(STDOUT_FILENO, b.p, b.len, err) < 0)
		return -1;
	return result.verdict == CELL_OK ? 0 : EXIT_FAILED;
}

int
sandbox_cli_run(int argc, char **argv)
{
	struct arena *a = arena_new(0);
	struct options o;
	struct sandbox sb;
	struct err err;
	int signals = -1;
	int rc = -1;

	if (options_parse(a, argc, argv, &o, &err) == 0 && (signals = open_signals(&err)) >= 0 &&
	    open_own(a, &sb, &err) == 0) {
		rc = run_one(a, &sb, &o, signals, &err);
		sandbox_close(&sb);
	}
	if (rc < 0)
		rc = complain(&err);
	fd_close(&signals);
	arena_free(a);
	return rc;
}

static size_t
print_doctor(void)
{
	struct doctor_line lines[DOCTOR_LINES_MAX];
	size_t n_failed;
	size_t n = sandbox_doctor(lines, DOCTOR_LINES_MAX, &n_failed);

	for (size_t i = 0; i < n; i++) {
		(void)printf("%-4s  %-20s %s\n", doctor_status_text(lines[i].status), lines[i].name,
		    lines[i].found);
		if (lines[i].status != DOCTOR_OK)
			(void)printf("      %-20s for: %s\n      %-20s do: %s\n", "", lines[i].means, "",
			    lines[i].mend);
	}
	return n_failed;
}

int
sandbox_cli_check(int argc, char **argv)
{
	struct arena *a = arena_new(0);
	struct sandbox sb;
	struct err err;
	size_t n = 0;
	int rc;

	if (argc > 1) {
		(void)fprintf(stderr, "forgectl: sandbox check takes no '%s'\n", argv[1]);
		arena_free(a);
		return EXIT_USAGE;
	}
	if (print_doctor() > 0) {
		arena_free(a);
		return EXIT_FAILED;
	}
	(void)fflush(stdout); /* before the canary's fork takes a copy of it */
	rc = open_own(a, &sb, &err);
	if (rc == 0) {
		rc = canary_run(a, &sb, &err);
		sandbox_close(&sb);
	}
	if (rc < 0) {
		(void)printf("fail  canary\n");
		arena_free(a);
		return complain(&err);
	}
	while (canary_check_name(n))
		n++;
	(void)printf("ok    %-20s %zu things looked for inside, all as they must be\n", "canary", n);
	arena_free(a);
	return 0;
}

int
sandbox_cli_explain(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return EXIT_USAGE;
	for (uint32_t i = 0; launch_step_name(i); i++)
		(void)printf("%2u  %-13s %s\n", i + 1, launch_step_name(i), launch_step_text(i));
	return 0;
}

int
sandbox_cli(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*fn)(int argc, char **argv);
	} verbs[] = {
		{"run", sandbox_cli_run},
		{"check", sandbox_cli_check},
		{"explain", sandbox_cli_explain},
	};

	for (size_t i = 0; argc > 0 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[0], verbs[i].name) == 0)
			return verbs[i].fn(argc, argv);
	}
	(void)fprintf(stderr, "usage: forgectl sandbox run [OPTION…] -- CMD… | check | explain\n");
	return EXIT_USAGE;
}
