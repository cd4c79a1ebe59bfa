/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/fd.h"

#define REAP_US_MAX 10000000 /* from SIGKILL to the last process gone; more is a stuck process */
#define CPU_LOOK_US_MIN 2000
#define SETUP_US_MAX 10000000
#define PIPE_CHUNK 65536
#define DRAIN_READS_MAX 64 /* a pipe holds 1 MiB at most, of which 64 KiB by default */
#define MIB (1u << 20)

/* One of the program's two streams: a pipe from it, a memfd that keeps the first bytes. */
struct stream {
	int pipe; /* our end; -1 when it is over */
	int kept;
	uint64_t bytes;
	uint64_t cap;
};

/* All that the monitor noted; the verdict is made from this and nothing else. */
struct record {
	bool is_cancelled;
	bool is_killed; /* we sent SIGKILL */
	bool is_stuck;  /* and it did not help in time */
	bool has_ended; /* init reported the program's end */
	bool oom, pids, wall, cpu;
	bool cpu_unknown; /* the cpu limit could not be watched */
	int status;     /* wait status, when has_ended */
	int64_t ready_us, end_us;
	int failed_step; /* of launch; -1 */
	int failed_errno;
};

struct monitor {
	const struct attempt_spec *spec;
	struct cg cg;
	struct tree tree;
	struct launched init;
	struct stream out, err;
	struct record rec;
	int64_t begin_us; /* when the request was there */
	int64_t kill_us;  /* when we killed */
	int64_t cpu_look_us;
	unsigned int processors;
};

/* --- set-up --------------------------------------------------------------------------------------- */

int
sandbox_open(struct arena *a, const char *instance, struct sandbox *out, struct err *err)
{
	struct sandbox sb;
	int fd;

	if (geteuid() != 0)
		return err_set(err, E_UNSUPPORTED, "making sandboxes needs root");
	/* 0, 1 and 2 must be taken: launch puts the program's streams there. */
	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= 2);
	if (fd < 0)
		return err_sys(err, E_SANDBOX, "open '/dev/null'");
	fd_close(&fd);
	if (setgroups(0, NULL) < 0)
		return err_sys(err, E_SANDBOX, "drop supplementary groups");
	for (int kind = 0; kind < FILTER_KIND__COUNT; kind++) {
		if (filter_build(a, (enum filter_kind)kind, &sb.filters[kind], err) < 0)
			return -1;
	}
	if (cg_host_open(&sb.groups, instance, err) < 0)
		return -1;
	*out = sb;
	return 0;
}

void
sandbox_close(struct sandbox *sb)
{
	cg_host_close(&sb->groups);
}

static int
open_stream(struct stream *s, const char *name, uint64_t cap, int *child_end, struct err *err)
{
	int ends[2];

	s->cap = cap;
	s->kept = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (s->kept < 0)
		return err_sys(err, E_SANDBOX, "make a memory file for %s", name);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, E_SANDBOX, "make a pipe for %s", name);
	s->pipe = ends[0];
	*child_end = ends[1];
	/* Only our end: the program's writes wait as usual. */
	if (fcntl(s->pipe, F_SETFL, O_NONBLOCK) < 0)
		return err_sys(err, E_SANDBOX, "make a pipe for %s", name);
	return 0;
}

static int
start(struct monitor *m, const struct sandbox *sb, struct err *err)
{
	struct launch l = {
		.groups = &m->cg,
		.tree = &m->tree,
		.filters = sb->filters,
		.uids = m->spec->uids,
		.limits = m->spec->limits,
		.argv = m->spec->argv,
		.inside = m->spec->inside,
		.out = -1,
		.err = -1,
	};
	uint64_t cap = m->spec->limits.stdio_bytes;
	int rc = -1;

	if (open_stream(&m->out, "stdout", cap, &l.out, err) == 0 &&
	    open_stream(&m->err, "stderr", cap, &l.err, err) == 0)
		rc = launch_start(&l, &m->init, err);
	fd_close(&l.out);
	fd_close(&l.err);
	return rc;
}

/* --- watching ------------------------------------------------------------------------------------- */

static void
kill_all(struct monitor *m, int64_t now)
{
	if (m->rec.is_killed)
		return;
	m->rec.is_killed = true;
	m->kill_us = now;
	/* The pid namespace ends with its init, whatever state the others are in. */
	(void)pidfd_send_signal(m->init.pidfd, SIGKILL, NULL, 0);
	cg_kill(&m->cg);
}

/* Read what is there; keep up to the cap, count all. */
static void
drain(struct stream *s)
{
	static char chunk[PIPE_CHUNK];

	for (int i = 0; i < DRAIN_READS_MAX && s->pipe >= 0; i++) {
		ssize_t n = read(s->pipe, chunk, sizeof(chunk));
		uint64_t room;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			fd_close(&s->pipe);
			return;
		}
		room = s->bytes < s->cap ? s->cap - s->bytes : 0;
		s->bytes += (uint64_t)n;
		room = room < (uint64_t)n ? room : (uint64_t)n;
		/* Memory for it was limited at the request; without it the machine is lost anyway. */
		if (room && write(s->kept, chunk, (size_t)room) != (ssize_t)room)
			s->cap = s->bytes - (uint64_t)n;
	}
}

static void
hear_init(struct monitor *m)
{
	struct launch_msg msg;
	ssize_t n;

	while ((n = recv(m->init.control, &msg, sizeof(msg), MSG_DONTWAIT)) == (ssize_t)sizeof(msg)) {
		switch ((enum launch_event)msg.event) {
		case LAUNCH_READY:
			m->rec.ready_us = msg.at_us;
			m->cpu_look_us = msg.at_us;
			if (m->spec->started)
				m->spec->started(m->spec->arg, (uint64_t)(msg.at_us - m->begin_us));
			break;
		case LAUNCH_FAILED:
			if (m->rec.failed_step < 0) {
				m->rec.failed_step = (int)msg.step;
				m->rec.failed_errno = msg.value;
			}
			break;
		case LAUNCH_ENDED:
			m->rec.has_ended = true;
			m->rec.status = msg.value;
			m->rec.end_us = msg.at_us;
			break;
		}
	}
	if (n == 0) /* all of the child's side have closed it; it would stay readable for ever */
		fd_close(&m->init.control);
}

/* The kernel's own counts. Any hit of a limit ends the attempt: half of a program is no result. */
static void
look_at_events(struct monitor *m, int64_t now)
{
	struct cg_events e;

	if (cg_read_events(&m->cg, &e, NULL) < 0)
		return;
	m->rec.oom = m->rec.oom || e.is_out_of_memory;
	m->rec.pids = m->rec.pids || e.pids_denied > 0;
	if (m->rec.oom || m->rec.pids)
		kill_all(m, now);
}

/* CPU time can reach its limit no sooner than with all allowed processors at work from now on. */
static void
look_at_cpu(struct monitor *m, int64_t now)
{
	uint64_t limit_us = m->spec->limits.cpu_ms * 1000;
	uint64_t used;
	int64_t left;

	if (cg_read_cpu_us(&m->cg, &used, NULL) < 0) {
		/* A limit that cannot be watched is not held: the attempt ends and may be tried again. */
		m->rec.cpu_unknown = true;
		kill_all(m, now);
		return;
	}
	if (used >= limit_us) {
		m->rec.cpu = true;
		kill_all(m, now);
		return;
	}
	left = (int64_t)((limit_us - used) / m->processors);
	m->cpu_look_us = now + (left > CPU_LOOK_US_MIN ? left : CPU_LOOK_US_MIN);
}

static int64_t
next_deadline(const struct monitor *m)
{
	int64_t wall;

	if (m->rec.is_killed)
		return m->kill_us + REAP_US_MAX;
	if (m->rec.has_ended)
		return m->rec.end_us + REAP_US_MAX;
	if (!m->rec.ready_us)
		return m->begin_us + SETUP_US_MAX;
	wall = m->rec.ready_us + (int64_t)m->spec->limits.wall_ms * 1000;
	return wall < m->cpu_look_us ? wall : m->cpu_look_us;
}

static void
look_at_clock(struct monitor *m, int64_t now)
{
	if (m->rec.is_killed) {
		if (now >= m->kill_us + REAP_US_MAX)
			m->rec.is_stuck = true;
		return;
	}
	if (m->rec.has_ended || !m->rec.ready_us) {
		if (now >= next_deadline(m))
			kill_all(m, now);
		return;
	}
	if (now >= m->rec.ready_us + (int64_t)m->spec->limits.wall_ms * 1000) {
		m->rec.wall = true;
		kill_all(m, now);
	} else if (now >= m->cpu_look_us) {
		look_at_cpu(m, now);
	}
}

static int
wait_ms(int64_t until, int64_t now)
{
	int64_t ms = until > now ? (until - now) / 1000 + 1 : 0;

	return ms < 60000 ? (int)ms : 60000;
}

/* One round: sleep until something happens, then look at all that did. False at the end. */
static bool
watch(struct monitor *m)
{
	enum { PIDFD, CONTROL, OUT, ERR, MEMORY, PIDS, CANCEL, N };
	struct pollfd p[N] = {
		[PIDFD] = {.fd = m->init.pidfd, .events = POLLIN},
		[CONTROL] = {.fd = m->init.control, .events = POLLIN},
		[OUT] = {.fd = m->out.pipe, .events = POLLIN},
		[ERR] = {.fd = m->err.pipe, .events = POLLIN},
		/* Once killed, limits have said what they had to say. */
		[MEMORY] = {.fd = m->rec.is_killed ? -1 : m->cg.memory_fd,
		    .events = m->cg.version == CG_V2 ? POLLPRI : POLLIN},
		[PIDS] = {.fd = m->rec.is_killed ? -1 : m->cg.pids_fd, .events = POLLPRI},
		[CANCEL] = {.fd = m->rec.is_cancelled ? -1 : m->spec->cancel_fd, .events = POLLIN},
	};
	int64_t now;

	if (poll(p, N, wait_ms(next_deadline(m), clock_mono_us())) < 0 && errno != EINTR)
		return false; /* cannot happen: all arguments are ours */
	now = clock_mono_us();
	if (p[CONTROL].revents)
		hear_init(m);
	if (p[OUT].revents)
		drain(&m->out);
	if (p[ERR].revents)
		drain(&m->err);
	if (p[MEMORY].revents || p[PIDS].revents)
		look_at_events(m, now);
	if (p[CANCEL].revents) {
		m->rec.is_cancelled = true;
		kill_all(m, now);
	}
	if (p[PIDFD].revents)
		return false;
	look_at_clock(m, now);
	return !m->rec.is_stuck;
}

/* Every process is dead: the last words, the pipes' rest, the counts. */
static void
settle(struct monitor *m)
{
	siginfo_t info;

	if (m->rec.is_stuck)
		return;
	while (waitid(P_PIDFD, (id_t)m->init.pidfd, &info, WEXITED) < 0 && errno == EINTR)
		continue;
	m->init.pid = -1;
	if (m->init.control >= 0)
		hear_init(m);
	drain(&m->out);
	drain(&m->err);
	look_at_events(m, clock_mono_us());
}

/* --- the verdict ---------------------------------------------------------------------------------- */

static bool
is_full_anywhere(const struct monitor *m)
{
	for (int own = 0; own < TREE_OWN__COUNT; own++) {
		if (tree_is_full(&m->tree, (enum tree_own)own))
			return true;
	}
	return false;
}

/* Did it run out of room? A full output always counts: its last bytes may be missing. */
static bool
is_over_quota(const struct monitor *m, const struct attempt_result *r)
{
	if (r->outputs.is_cut || tree_is_full(&m->tree, TREE_OUTPUT))
		return true;
	if (!m->rec.has_ended || m->rec.status == 0)
		return false;
	return (WIFSIGNALED(m->rec.status) && WTERMSIG(m->rec.status) == SIGXFSZ) ||
	    is_full_anywhere(m);
}

static enum cell_verdict
decide(const struct monitor *m, const struct attempt_result *r)
{
	const struct record *rec = &m->rec;

	if (rec->is_stuck || rec->cpu_unknown || (!rec->has_ended && !rec->is_killed && !rec->oom))
		return CELL_LOST;
	if (rec->oom)
		return CELL_OOM;
	if (rec->pids)
		return CELL_PIDS;
	if (rec->wall)
		return CELL_WALL;
	if (rec->cpu ||
	    (rec->has_ended && WIFSIGNALED(rec->status) && WTERMSIG(rec->status) == SIGXCPU))
		return CELL_CPU;
	if (is_over_quota(m, r))
		return CELL_OUTPUT_QUOTA;
	if (!rec->has_ended) /* cancelled: nobody will read this */
		return CELL_LOST;
	if (WIFSIGNALED(rec->status))
		return WTERMSIG(rec->status) == SIGSYS ? CELL_SECCOMP : CELL_SIGNAL;
	return WEXITSTATUS(rec->status) == 0 ? CELL_OK : CELL_EXIT;
}

static const char *
full_path(const struct monitor *m)
{
	for (int own = 0; own < TREE_OWN__COUNT; own++) {
		if (tree_is_full(&m->tree, (enum tree_own)own))
			return tree_own_path((enum tree_own)own);
	}
	return "/workspace/output";
}

static void
describe(const struct monitor *m, struct attempt_result *r)
{
	const struct cell_limits *l = &m->spec->limits;
	char *d = r->detail;
	size_t n = sizeof(r->detail);

	switch (r->verdict) {
	case CELL_OK:
		(void)snprintf(d, n, "exit code 0");
		return;
	case CELL_LOST:
		(void)snprintf(d, n, "%s", m->rec.is_cancelled ? "cancelled"
		    : m->rec.is_stuck ? "a process of the attempt would not die"
				      : "the sandbox's init ended without a report");
		return;
	case CELL_POLICY:
		(void)snprintf(d, n, "ended for breaking its policy");
		return;
	case CELL_OOM:
		(void)snprintf(d, n, "memory limit of %" PRIu64 " MiB reached", l->memory_bytes / MIB);
		return;
	case CELL_PIDS:
		(void)snprintf(d, n, "limit of %" PRIu64 " processes and threads reached", l->pids);
		return;
	case CELL_WALL:
		(void)snprintf(d, n, "time limit of %" PRIu64 " ms reached", l->wall_ms);
		return;
	case CELL_CPU:
		(void)snprintf(d, n, "cpu time limit of %" PRIu64 " ms reached", l->cpu_ms);
		return;
	case CELL_OUTPUT_QUOTA:
		if (r->outputs.is_cut)
			(void)snprintf(d, n, "more than %" PRIu64 " files in /workspace/output",
			    l->output_files);
		else
			(void)snprintf(d, n, "%s is full, or a file reached the largest size", full_path(m));
		return;
	case CELL_SECCOMP:
		(void)snprintf(d, n, "made a system call of a foreign architecture");
		return;
	case CELL_SIGNAL:
		(void)snprintf(d, n, "ended by signal %d (SIG%s)", r->signal,
		    sigabbrev_np(r->signal) ? sigabbrev_np(r->signal) : "?");
		return;
	case CELL_EXIT:
		if (m->rec.failed_step >= 0)
			(void)snprintf(d, n, "cannot start '%s': %s", m->spec->argv[0],
			    strerrordesc_np(m->rec.failed_errno));
		else
			(void)snprintf(d, n, "exit code %d", r->exit_code);
		return;
	case CELL_VERDICT__COUNT:
		break;
	}
	NEVER("verdict out of range");
}

static void
give_stream(struct stream *s, int *fd, uint64_t *bytes, bool *is_cut)
{
	/* The reader sees what the verdict saw. */
	(void)fcntl(s->kept, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	(void)lseek(s->kept, 0, SEEK_SET);
	*fd = s->kept;
	*bytes = s->bytes;
	*is_cut = s->bytes > s->cap;
	s->kept = -1;
}

static int
collect(struct monitor *m, const struct sandbox *sb, struct attempt_result *r, struct err *err)
{
	struct collect c = {
		.mount = m->tree.own[TREE_OUTPUT],
		.uid = m->spec->uids.program_uid,
		.files_max = m->spec->limits.output_files,
		.filter = &sb->filters[FILTER_COLLECT],
		.batch = m->spec->outputs,
		.arg = m->spec->arg,
	};

	if (!m->spec->outputs || m->rec.is_stuck || m->rec.is_cancelled)
		return 0;
	return collect_run(&c, &r->outputs, err);
}

/* A step of the launch that failed is ours to explain; exec's failure is the program's own. */
static int
check_launch(const struct monitor *m, struct err *err)
{
	if (m->rec.oom || m->rec.failed_step < 0 || launch_step_is_exec((uint32_t)m->rec.failed_step))
		return 0;
	return err_set_at(err, E_SANDBOX, m->rec.failed_errno, __FILE__, __LINE__,
	    "sandbox step '%s' (%s): %s", launch_step_name((uint32_t)m->rec.failed_step),
	    launch_step_text((uint32_t)m->rec.failed_step), strerrordesc_np(m->rec.failed_errno));
}

static int
conclude(struct monitor *m, const struct sandbox *sb, struct attempt_result *r, struct err *err)
{
	const struct record *rec = &m->rec;
	int64_t dead_us = clock_mono_us();
	int64_t end_us = rec->end_us ? rec->end_us : m->kill_us ? m->kill_us : dead_us;

	if (check_launch(m, err) < 0)
		return -1;
	r->is_cancelled = rec->is_cancelled;
	if (cg_read_usage(&m->cg, &r->usage, err) < 0)
		return -1;
	if (rec->ready_us) {
		r->usage.wall_us = (uint64_t)(end_us - rec->ready_us);
		r->phases.program_us = r->usage.wall_us;
	}
	r->phases.reap_us = (uint64_t)(dead_us - end_us);
	if (collect(m, sb, r, err) < 0) {
		if (!rec->is_cancelled)
			return -1;
	}
	r->phases.collect_us = (uint64_t)(clock_mono_us() - dead_us);
	r->exit_code = rec->has_ended && WIFEXITED(rec->status) ? WEXITSTATUS(rec->status) : -1;
	r->signal = rec->has_ended && WIFSIGNALED(rec->status) ? WTERMSIG(rec->status) : 0;
	r->verdict = decide(m, r);
	describe(m, r);
	give_stream(&m->out, &r->out_fd, &r->out_bytes, &r->out_is_cut);
	give_stream(&m->err, &r->err_fd, &r->err_bytes, &r->err_is_cut);
	return 0;
}

static void
release(struct monitor *m)
{
	fd_close(&m->out.pipe);
	fd_close(&m->err.pipe);
	fd_close(&m->out.kept);
	fd_close(&m->err.kept);
	fd_close(&m->init.control);
	fd_close(&m->init.pidfd);
	tree_close(&m->tree);
}

int
attempt_run(struct arena *a, const struct sandbox *sb, const struct attempt_spec *spec,
    struct attempt_result *out, struct err *err)
{
	struct monitor m = {
		.spec = spec,
		.init = {.pid = -1, .pidfd = -1, .control = -1},
		.tree = {.root = -1},
		.out = {.pipe = -1, .kept = -1},
		.err = {.pipe = -1, .kept = -1},
		.rec = {.failed_step = -1},
		.begin_us = clock_mono_us(),
		.processors = (unsigned int)((spec->limits.cpu_percent + 99) / 100),
	};
	struct attempt_result r = {.verdict = CELL_LOST, .out_fd = -1, .err_fd = -1};
	int64_t t1, t2;
	char name[24];
	struct err ignored;
	int rc = -1;

	(void)snprintf(name, sizeof(name), "%" PRIu64, spec->uids.serial);
	if (cg_make(&sb->groups, name, &spec->limits, &m.cg, err) < 0)
		return -1;
	t1 = clock_mono_us();
	if (tree_build(a, &spec->limits, &spec->uids, spec->files, spec->n_files, &m.tree, err) < 0)
		goto out;
	t2 = clock_mono_us();
	if (start(&m, sb, err) < 0)
		goto out;
	while (watch(&m))
		continue;
	settle(&m);
	r.phases.cgroup_us = (uint64_t)(t1 - m.begin_us);
	r.phases.mounts_us = (uint64_t)(t2 - t1);
	r.phases.launch_us = m.rec.ready_us ? (uint64_t)(m.rec.ready_us - t2) : 0;
	rc = conclude(&m, sb, &r, err);
out:
	release(&m);
	if (cg_remove(&m.cg, rc < 0 ? &ignored : err) < 0 && rc == 0 && !m.rec.is_stuck)
		rc = -1;
	if (rc < 0) {
		fd_close(&r.out_fd);
		fd_close(&r.err_fd);
		return -1;
	}
	*out = r;
	return 0;
}
