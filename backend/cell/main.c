/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cell/cell.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/log.h"
#include "sandbox/canary.h"

/* Supervisors at a time, idle connections included; more wait in the listen queue. */
#define SUPERVISORS_MAX 64
#define LISTEN_QUEUE 128
/* A request has up to 1024 files, each with a mount's descriptor beside it. */
#define DESCRIPTORS_MIN 4096
#define DESCRIPTORS_MAX 16384

struct supervisor {
	pid_t pid; /* 0: free */
	uint64_t serial;
};

struct daemon {
	struct cell_config config;
	struct arena *a;
	struct sandbox sb;
	bool has_sandbox;
	int lock;
	int listen;
	int signals;
	sigset_t old_mask;
	struct supervisor supervisors[SUPERVISORS_MAX];
	size_t n;
};

/* --- start ---------------------------------------------------------------------------------------- */

/* One daemon for each var folder: two would sweep each other's groups. */
static int
take_lock(struct daemon *d, struct err *err)
{
	d->lock = open(d->config.lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (d->lock < 0)
		return err_sys(err, E_CONFIG, "open '%s'", d->config.lock_path);
	if (flock(d->lock, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, E_CONFLICT, "another forge-cell serves '%s' (its lock is taken)",
		    d->config.var);
	return 0;
}

static int
take_signals(struct daemon *d, struct err *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, &d->old_mask) < 0)
		return err_sys(err, E_SANDBOX, "block signals");
	d->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return d->signals < 0 ? err_sys(err, E_SANDBOX, "signalfd") : 0;
}

/* Up to the hard limit, which is ours to use without a privilege. */
static int
raise_descriptors(struct err *err)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return err_sys(err, E_SANDBOX, "ask for the limit of descriptors");
	if (r.rlim_max < DESCRIPTORS_MIN)
		return err_set(err, E_CONFIG,
		    "the hard limit of open files is %llu; forge-cell needs %d (ulimit -Hn)",
		    (unsigned long long)r.rlim_max, DESCRIPTORS_MIN);
	r.rlim_cur = r.rlim_max < DESCRIPTORS_MAX ? r.rlim_max : DESCRIPTORS_MAX;
	if (setrlimit(RLIMIT_NOFILE, &r) < 0)
		return err_sys(err, E_SANDBOX, "raise the limit of open files");
	return 0;
}

static int
listen_at(struct daemon *d, struct err *err)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const char *path = d->config.socket_path;

	memcpy(addr.sun_path, path, strlen(path) + 1);
	d->listen = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (d->listen < 0)
		return err_sys(err, E_SANDBOX, "make a socket");
	/* We hold the lock, so a socket that is there is a dead daemon's. */
	if (unlink(path) < 0 && errno != ENOENT)
		return err_sys(err, E_CONFIG, "remove the old socket '%s'", path);
	if (bind(d->listen, (const struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_sys(err, E_CONFIG, "bind '%s'", path);
	/* Nobody can connect before listen, so the mode is right in time. */
	if (chmod(path, 0660) < 0 || chown(path, d->config.uids[0], d->config.gid) < 0)
		return err_sys(err, E_CONFIG, "give '%s' to uid %u", path, d->config.uids[0]);
	if (listen(d->listen, LISTEN_QUEUE) < 0)
		return err_sys(err, E_CONFIG, "listen at '%s'", path);
	return 0;
}

/* In a child, so that whatever it finds, this process stays as it was. */
static int
run_canary(struct daemon *d, struct err *err)
{
	struct err found = {.code = E_OK};
	int status;
	int ends[2];
	pid_t pid;

	if (fd_pipe(ends, err) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && canary_run(d->a, &d->sb, &found) == 0)
			_exit(0);
		(void)!write(ends[1], &found, sizeof(found)); /* the exit status says it too */
		_exit(1);
	}
	fd_close(&ends[1]);
	if (pid < 0) {
		fd_close(&ends[0]);
		return err_sys(err, E_SANDBOX, "fork the canary");
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (status == 0) {
		fd_close(&ends[0]);
		return 0;
	}
	if (read(ends[0], &found, sizeof(found)) != (ssize_t)sizeof(found) || found.code == E_OK)
		(void)err_set(&found, E_SANDBOX, "the canary ended with wait status %d", status);
	fd_close(&ends[0]);
	*err = found;
	return -1;
}

static int
start(struct daemon *d, struct err *err)
{
	size_t n_killed = 0;

	if (config_load(&d->config, err) < 0 || take_lock(d, err) < 0 || take_signals(d, err) < 0 ||
	    raise_descriptors(err) < 0)
		return -1;
	(void)umask(022);
	/* The init of an attempt whose supervisor died comes to us to be reaped, not to the host's pid 1. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_sys(err, E_SANDBOX, "become the reaper of orphans");
	if (sandbox_open(d->a, d->config.instance, &d->sb, err) < 0)
		return -1;
	d->has_sandbox = true;
	if (cg_sweep(&d->sb.groups, &n_killed, err) < 0)
		return err_wrap(err, "sweep what an earlier forge-cell left");
	if (n_killed) {
		char n[24];

		(void)snprintf(n, sizeof(n), "%zu", n_killed);
		log_write(LOG_WARN, EV_SANDBOX, NULL, "swept", n, NULL);
	}
	if (confine_daemon(err) < 0 || run_canary(d, err) < 0)
		return -1;
	log_write(LOG_INFO, EV_SELFTEST, NULL, "canary", "ok", "cgroups",
	    cg_version_text(d->sb.groups.map.version), NULL);
	return listen_at(d, err);
}

static void
say_ready(struct daemon *d)
{
	if (d->config.notify_fd < 0)
		return;
	(void)!write(d->config.notify_fd, "\n", 1); /* nobody listens: nobody waits */
	fd_close(&d->config.notify_fd);
}

/* --- serving -------------------------------------------------------------------------------------- */

static bool
may_ask(const struct daemon *d, int sock)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);
	char uid[16];

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		return false;
	for (size_t i = 0; i < d->config.n_uids; i++) {
		if (d->config.uids[i] == peer.uid)
			return true;
	}
	(void)snprintf(uid, sizeof(uid), "%u", peer.uid);
	log_write(LOG_WARN, EV_AUTH, NULL, "refused_uid", uid, NULL);
	return false;
}

/* Child: nothing of the daemon's but the sandbox. Its end is the daemon's at the latest. */
static _Noreturn void
become_supervisor(struct daemon *d, int sock, const struct uid_pair *uids, pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
		_exit(1);
	(void)prctl(PR_SET_NAME, "cell-attempt", 0, 0, 0); /* for ps alone */
	fd_close(&d->lock); /* or the lock would outlive the daemon */
	fd_close(&d->listen);
	fd_close(&d->signals);
	if (sigprocmask(SIG_SETMASK, &d->old_mask, NULL) < 0)
		_exit(1);
	_exit(serve(sock, &d->sb, uids));
}

static int
fork_supervisor(struct daemon *d, int sock, struct err *err)
{
	struct supervisor *s = d->supervisors;
	pid_t parent = getpid();
	struct uid_pair uids;
	pid_t pid;

	while (s->pid)
		s++; /* d->n says that one is free */
	if (uids_take(&uids, err) < 0)
		return -1;
	pid = fork();
	if (pid < 0)
		return err_sys(err, E_SANDBOX, "fork a supervisor");
	if (pid == 0)
		become_supervisor(d, sock, &uids, parent);
	*s = (struct supervisor){.pid = pid, .serial = uids.serial};
	d->n++;
	return 0;
}

static void
accept_one(struct daemon *d)
{
	int sock = accept4(d->listen, NULL, NULL, SOCK_CLOEXEC);
	struct err err;

	if (sock < 0)
		return; /* it went away; the next one is another event */
	if (may_ask(d, sock) && fork_supervisor(d, sock, &err) < 0)
		log_write(LOG_ERROR, EV_SANDBOX_FAILED, &err, NULL);
	fd_close(&sock);
}

/* A supervisor that did not end by itself left its groups, and for a moment their processes. */
static void
bury(struct daemon *d, struct supervisor *s, int status)
{
	char name[24];
	struct err err;

	if (status != 0) {
		(void)snprintf(name, sizeof(name), "%llu", (unsigned long long)s->serial);
		if (cg_reclaim(&d->sb.groups, name, &err) < 0)
			log_write(LOG_ERROR, EV_SANDBOX_FAILED, &err, "attempt", name, NULL);
		else
			log_write(LOG_WARN, EV_SANDBOX, NULL, "supervisor_lost", name, NULL);
	}
	s->pid = 0;
	d->n--;
}

static void
reap(struct daemon *d)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < SUPERVISORS_MAX; i++) {
			if (d->supervisors[i].pid == pid)
				bury(d, &d->supervisors[i], status);
		}
	}
}

/* False when it is time to stop. */
static bool
hear_signals(struct daemon *d)
{
	struct signalfd_siginfo s;
	bool go_on = true;

	while (read(d->signals, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		if (s.ssi_signo == SIGCHLD)
			reap(d);
		else
			go_on = false;
	}
	return go_on;
}

static void
serve_all(struct daemon *d)
{
	bool go_on = true;

	while (go_on) {
		struct pollfd p[] = {
			{.fd = d->signals, .events = POLLIN},
			{.fd = d->n < SUPERVISORS_MAX ? d->listen : -1, .events = POLLIN},
		};

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			NEVER("poll on two descriptors of our own failed");
		if (p[0].revents)
			go_on = hear_signals(d);
		if (go_on && p[1].revents)
			accept_one(d);
	}
}

/* --- stop ----------------------------------------------------------------------------------------- */

/* Every attempt dies with its supervisor, and is ours to reap; then the groups are empty and go. */
static int
stop(struct daemon *d, struct err *err)
{
	int rc = 0;

	if (d->listen >= 0)
		(void)unlink(d->config.socket_path);
	for (size_t i = 0; i < SUPERVISORS_MAX; i++) {
		if (d->supervisors[i].pid)
			(void)kill(d->supervisors[i].pid, SIGKILL); /* ours, not reaped yet */
	}
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
	if (d->has_sandbox) {
		rc = cg_sweep(&d->sb.groups, NULL, err);
		sandbox_close(&d->sb);
	}
	return rc;
}

int
main(int argc, char **argv)
{
	static struct daemon d = {.lock = -1, .listen = -1, .signals = -1};
	struct err err;
	int rc;

	(void)argv;
	if (argc > 1) {
		(void)fprintf(stderr, "forge-cell takes no arguments; its settings are in the environment\n");
		return 2;
	}
	log_open("forge-cell");
	d.a = arena_new(0);
	rc = start(&d, &err);
	if (rc == 0) {
		log_write(LOG_INFO, EV_START, NULL, "socket", d.config.socket_path, "instance",
		    d.config.instance, NULL);
		say_ready(&d);
		serve_all(&d);
	} else {
		log_write(LOG_ERROR, EV_START, &err, NULL);
	}
	if (stop(&d, &err) < 0) {
		log_write(LOG_ERROR, EV_STOP, &err, NULL);
		rc = -1;
	}
	log_write(LOG_INFO, EV_STOP, NULL, NULL);
	arena_free(d.a);
	return rc < 0 ? 1 : 0;
}
