/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forge-runner: claims ready steps and carries them out. The main thread waits for events only:
 * a notification that steps are ready, a worker that has finished, the heartbeat's timer, a retry that
 * falls due, a signal. kill -9 at any moment is safe: whatever was not committed is tried again.
 *
 * Environment: FORGE_DB, FORGE_BLOBS, FORGE_VAR (cell socket in run/cell.sock; FORGE_CELL names another),
 * FORGE_PACKS (optional), FORGE_PARALLEL (steps at once), FORGE_HOST (name of this runner),
 * FORGE_STOP_MS (how long running attempts may go on after TERM), FORGE_NOTIFY_FD (readiness).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "bridge/fetch.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/log.h"
#include "core/num.h"
#include "core/rnd.h"
#include "runner/crew.h"
#include "runner/memory.h"
#include "store/db.h"
#include "types/parquet.h"

#define STOP_MS_DEFAULT 5000
#define PAUSE_MS_MIN 100
#define PAUSE_MS_MAX 5000
#define LOCK_TRIES 8

struct program {
	struct arena *a;
	struct runner runner;
	struct crew *crew;
	struct db *db;
	int signal_fd, beat_fd, later_fd, stop_fd;
	int64_t stop_ms;
	int64_t last_ws;     /* round robin over workspaces */
	int64_t later_us;    /* when later_fd fires; 0: never */
	int64_t pause_until_us; /* no claims before: the machine is ill */
	int64_t pause_ms;
	bool is_stopping, is_db_away;
};

/* ---- timers ------------------------------------------------------------------------------------------------ */

static void
set_timer(int fd, int64_t first_us, int64_t every_us)
{
	struct itimerspec t = {
	    .it_value = {.tv_sec = first_us / 1000000, .tv_nsec = first_us % 1000000 * 1000},
	    .it_interval = {.tv_sec = every_us / 1000000, .tv_nsec = every_us % 1000000 * 1000},
	};
	int rc = timerfd_settime(fd, 0, &t, NULL);
	INVARIANT(rc == 0);
}

static void
drain(int fd)
{
	uint64_t n;
	while (read(fd, &n, sizeof n) == (ssize_t)sizeof n)
		;
}

/* Look for work again in delay_ms, if nothing brings us to it before. */
static void
look_later(struct program *p, int64_t delay_ms)
{
	int64_t at_us = clock_mono_us() + delay_ms * 1000;
	if (p->later_us && p->later_us <= at_us)
		return;
	p->later_us = at_us;
	set_timer(p->later_fd, delay_ms > 0 ? delay_ms * 1000 : 1, 0);
}

/* ---- database ---------------------------------------------------------------------------------------------- */

static void
db_failed(struct program *p, const struct err *err, const char *doing)
{
	if (!p->is_db_away)
		log_write(LOG_ERROR, EV_DB_FAILED, err, "doing", doing, NULL);
	p->is_db_away = db_is_broken(p->db);
	look_later(p, PAUSE_MS_MIN * 5);
}

/* After a break: connect and listen again. Notifications may have been missed, so look for work. */
static bool
db_ready(struct program *p)
{
	struct err err;
	if (!db_is_broken(p->db))
		return true;
	if (db_reset(p->db, &err) < 0 || db_listen(p->db, STORE_CHANNEL_READY, &err) < 0) {
		db_failed(p, &err, "connecting again");
		return false;
	}
	log_write(LOG_INFO, EV_DB, NULL, "state", "connected again", NULL);
	p->is_db_away = false;
	return true;
}

static void
beat(struct program *p)
{
	struct err err;
	(void)db_ready(p);
	if (crew_beat(p->crew, p->db, &err) < 0)
		db_failed(p, &err, "heartbeat");
}

static void
wake(struct program *p, const int64_t *runs, size_t n, bool ready)
{
	struct err err;
	if (n > 0 && store_wake(p->db, runs, n, ready, &err) < 0)
		db_failed(p, &err, "wake");
}

/* Claim as many steps as there are idle workers and hand them out. Returns true when all were taken. */
static bool
claim(struct program *p)
{
	size_t idle = crew_idle(p->crew), n = 0;
	struct store_claim *claims;
	struct err err;
	if (p->is_stopping || idle == 0 || !db_ready(p))
		return false;
	if (clock_mono_us() < p->pause_until_us) {
		look_later(p, (p->pause_until_us - clock_mono_us()) / 1000 + 1);
		return false;
	}
	struct arena *a = arena_new(0);
	int64_t now_us = clock_mono_us();
	if (store_claim(p->db, a, p->runner.host, p->runner.incarnation, (int)idle, p->last_ws, &claims,
	    &n, &err) < 0)
		db_failed(p, &err, "claim");
	bool was_busy = crew_busy(p->crew) > 0;
	for (size_t i = 0; i < n; i++) {
		p->last_ws = claims[i].ws;
		crew_hand(p->crew, &claims[i], now_us);
	}
	if (n > 0 && !was_busy)
		set_timer(p->beat_fd, STORE_HEARTBEAT_MS * 1000, STORE_HEARTBEAT_MS * 1000);
	arena_free(a);
	return n == idle;
}

/* ---- events ------------------------------------------------------------------------------------------------ */

/* The machine did not do its part: claim nothing for a while, longer each time. */
static void
pause_claims(struct program *p)
{
	p->pause_ms = p->pause_ms ? p->pause_ms * 2 : PAUSE_MS_MIN;
	if (p->pause_ms > PAUSE_MS_MAX)
		p->pause_ms = PAUSE_MS_MAX;
	p->pause_until_us = clock_mono_us() + p->pause_ms * 1000;
	look_later(p, p->pause_ms);
}

/* Take what finished, claim what that made possible, and only then tell the others. */
static void
on_finished(struct program *p)
{
	struct crew_report report;
	int64_t runs[2 * CREW_MAX]; /* each worker has at most one end and one piece of news */
	size_t n = crew_news(p->crew, runs);
	size_t finished = 0;
	int readied = 0;
	while (n < 2 * CREW_MAX && crew_collect(p->crew, &report)) {
		const struct attempt_result *r = &report.result;
		runs[n++] = report.run;
		finished++;
		if (r->end == ATTEMPT_DONE)
			p->pause_ms = 0;
		if (r->is_machine_ill)
			pause_claims(p);
		if (r->outcome.retry_in_ms >= 0)
			look_later(p, r->outcome.retry_in_ms + 1);
		if (r->end == ATTEMPT_RELEASED || r->end == ATTEMPT_DONE)
			readied += r->outcome.readied + (r->end == ATTEMPT_RELEASED);
	}
	bool took_all = finished > 0 && claim(p);
	if (crew_busy(p->crew) == 0)
		set_timer(p->beat_fd, 0, 0);
	/* others are called only when we may have left them something */
	wake(p, runs, n, readied > 0 && (took_all || p->is_stopping || crew_idle(p->crew) == 0));
}

static void
on_notices(struct program *p)
{
	struct arena *a = arena_new(0);
	const char *channel, *payload;
	struct err err;
	int rc, n = 0;
	while ((rc = db_notice(p->db, a, &channel, &payload, &err)) > 0)
		n++;
	arena_free(a);
	if (rc < 0)
		db_failed(p, &err, "listening");
	if (n > 0 || rc < 0) {
		(void)claim(p);
		beat(p); /* a run may be stopping */
	}
}

/* TERM: claim nothing more and let attempts end; when the time is up, or at a second TERM, give them back. */
static void
on_stop(struct program *p)
{
	if (!p->is_stopping) {
		p->is_stopping = true;
		set_timer(p->stop_fd, p->stop_ms > 0 ? p->stop_ms * 1000 : 1, 0);
		return;
	}
	crew_order(p->crew, ORDER_RELEASE);
	set_timer(p->stop_fd, 1000000, 0); /* again, should one have slipped through */
}

static void
on_signal(struct program *p)
{
	struct signalfd_siginfo info;
	while (read(p->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
		on_stop(p);
}

static void
loop(struct program *p)
{
	(void)claim(p);
	on_notices(p); /* what came in with the claim */
	while (!p->is_stopping || crew_busy(p->crew) > 0) {
		bool is_listening = !db_is_broken(p->db);
		struct pollfd fds[] = {
		    {.fd = crew_fd(p->crew), .events = POLLIN},
		    {.fd = is_listening ? db_fd(p->db) : -1, .events = POLLIN},
		    {.fd = p->signal_fd, .events = POLLIN},
		    {.fd = p->beat_fd, .events = POLLIN},
		    {.fd = p->later_fd, .events = POLLIN},
		    {.fd = p->stop_fd, .events = POLLIN},
		};
		if (poll(fds, sizeof fds / sizeof fds[0], -1) < 0) {
			INVARIANT(errno == EINTR);
			continue;
		}
		if (fds[2].revents)
			on_signal(p);
		if (fds[0].revents)
			on_finished(p);
		if (fds[5].revents) {
			drain(p->stop_fd);
			on_stop(p);
		}
		if (fds[3].revents) {
			drain(p->beat_fd);
			beat(p);
		}
		if (fds[4].revents) {
			drain(p->later_fd);
			p->later_us = 0;
			(void)claim(p);
		}
		/* a statement may have taken notifications in, so ask after every turn */
		if (!db_is_broken(p->db))
			on_notices(p);
		else if (!p->is_db_away)
			look_later(p, PAUSE_MS_MIN);
	}
}

/* ---- start ------------------------------------------------------------------------------------------------- */

static int
number_env(const char *name, int64_t min, int64_t max, int64_t dflt, int64_t *out, struct err *err)
{
	const char *s = getenv(name);
	*out = dflt;
	if (!s || !*s)
		return 0;
	if (num_parse(s, strlen(s), min, max, out, err) < 0) {
		err_wrap(err, "%s", name);
		err->code = E_CONFIG;
		return -1;
	}
	return 0;
}

static int
path_env(const char *name, const char **out, struct err *err)
{
	*out = getenv(name);
	if (*out && **out)
		return 0;
	return err_set(err, E_CONFIG, "%s is not set", name);
}

/*
 * One runner of a name at a time: it gives back what "its earlier life" still holds, which must not be
 * a living one's. The lock is a file in the store's tmp/, which the store's own sweep leaves alone as
 * long as it is locked and removes when it is not.
 */
static int
lock_name(const struct program *p, struct err *err)
{
	const char *name = arena_printf(p->a, "runner-%s.lock", p->runner.host);
	for (int i = 0; i < LOCK_TRIES; i++) {
		struct stat st;
		int fd = openat(p->runner.blobs->tmp_fd, name,
		    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
		if (fd < 0)
			return err_sys(err, E_IO, "opening the lock of runner '%s'", p->runner.host);
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			close(fd);
			return err_set(err, E_CONFLICT, "another runner called '%s' uses this blob store; "
			    "FORGE_HOST gives this one another name", p->runner.host);
		}
		if (fstat(fd, &st) == 0 && st.st_nlink > 0)
			return 0; /* kept open, and locked, until the end */
		close(fd);
	}
	return err_set(err, E_IO, "cannot keep the lock of runner '%s'", p->runner.host);
}

static const char *
host_name(struct arena *a)
{
	char name[65];
	const char *set = getenv("FORGE_HOST");
	if (set && *set)
		return set;
	if (gethostname(name, sizeof name - 1) < 0)
		return "localhost";
	name[sizeof name - 1] = '\0';
	return arena_str(a, name);
}

/* Signals and timers become descriptors. Worker threads block all signals. */
static int
make_events(struct program *p, struct err *err)
{
	sigset_t stop;
	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTERM);
	(void)sigaddset(&stop, SIGINT);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL); /* where it was left ignored, nobody could wait for a child */
	if (sigprocmask(SIG_BLOCK, &stop, NULL) < 0)
		return err_sys(err, E_IO, "blocking signals");
	p->signal_fd = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
	p->beat_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	p->later_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	p->stop_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (p->signal_fd < 0 || p->beat_fd < 0 || p->later_fd < 0 || p->stop_fd < 0)
		return err_sys(err, E_IO, "making timers");
	return 0;
}

static int
read_settings(struct program *p, int64_t *parallel, struct err *err)
{
	const char *blobs_path, *var = NULL;
	struct blob_store *blobs;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	char token[17];
	if (path_env("FORGE_BLOBS", &blobs_path, err) < 0 ||
	    number_env("FORGE_PARALLEL", 1, CREW_MAX, cpus < 2 ? 2 : cpus > CREW_MAX ? CREW_MAX : cpus,
	    parallel, err) < 0 ||
	    number_env("FORGE_STOP_MS", 0, 3600000, STOP_MS_DEFAULT, &p->stop_ms, err) < 0)
		return -1;
	p->runner.cell_socket = getenv("FORGE_CELL");
	if (!p->runner.cell_socket) {
		if (path_env("FORGE_VAR", &var, err) < 0)
			return -1;
		p->runner.cell_socket = arena_printf(p->a, "%s/run/cell.sock", var);
	}
	if (blob_store_open(p->a, blobs_path, &blobs, err) < 0)
		return -1;
	p->runner.blobs = blobs;
	p->runner.packs_dir = getenv("FORGE_PACKS");
	parquet_set_reader(p->runner.packs_dir);
	p->runner.host = host_name(p->a);
	rnd_token(token, sizeof token - 1);
	p->runner.incarnation = arena_str(p->a, token);
	p->runner.memory = memory_new(p->a);
	p->runner.self_path = "/proc/self/exe";
	return 0;
}

/* Give back what an earlier life of this runner held; its runs have news then. */
static int
release_earlier(struct program *p, struct err *err)
{
	struct arena *a = arena_new(0);
	int64_t *runs;
	size_t n;
	int rc = store_release_host(p->db, a, p->runner.host, p->runner.incarnation, &runs, &n, err);
	if (rc == 0 && n > 0) {
		char count[24];
		(void)snprintf(count, sizeof count, "%zu", n);
		log_write(LOG_WARN, EV_LEASE_LOST, NULL, "given_back", count, NULL);
		rc = store_wake(p->db, runs, n, false, err);
	}
	arena_free(a);
	return rc;
}

static void
tell_ready(void)
{
	const char *s = getenv("FORGE_NOTIFY_FD");
	int64_t fd;
	if (!s || num_parse(s, strlen(s), 3, 1023, &fd, NULL) < 0)
		return;
	(void)!write((int)fd, "\n", 1); /* nobody may be listening */
	close((int)fd);
}

static int
start(struct program *p, struct err *err)
{
	int64_t parallel;
	size_t swept = 0;
	if (make_events(p, err) < 0 || read_settings(p, &parallel, err) < 0 ||
	    lock_name(p, err) < 0 || blob_store_sweep(p->runner.blobs, &swept, err) < 0)
		return -1;
	if (db_open_env("forge-runner", &p->db, err) < 0 ||
	    db_listen(p->db, STORE_CHANNEL_READY, err) < 0 || release_earlier(p, err) < 0)
		return -1;
	return crew_new(p->a, &p->runner, (size_t)parallel, &p->crew, err);
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--http-fetch") == 0)
		fetch_child();
	struct program p = {.a = arena_new(0)};
	struct err err;
	log_open("forge-runner");
	if (argc != 1) {
		(void)fprintf(stderr, "usage: forge-runner (settings are in the environment)\n");
		return 2;
	}
	(void)prctl(PR_SET_DUMPABLE, 0); /* its memory holds leases' tokens */
	if (start(&p, &err) < 0) {
		log_write(LOG_ERROR, EV_STOP, &err, NULL);
		_exit(1); /* some workers may have been started */
	}
	log_write(LOG_INFO, EV_START, NULL, "host", p.runner.host, NULL);
	tell_ready();
	loop(&p);
	crew_end(p.crew);
	log_write(LOG_INFO, EV_STOP, NULL, NULL);
	db_close(p.db);
	arena_free(p.a);
	return 0;
}
