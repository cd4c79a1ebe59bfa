/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/cgroup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/fd.h"

/* Rounds of "read the list, kill all in it": a fork can outrun one round, not a limit of pids. */
#define KILL_ROUNDS_MAX 64
#define KILL_BATCH 256

int
cg_file_write(int dir, const char *name, const char *value, struct err *err)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t n = strlen(value);
	ssize_t w;

	if (fd < 0)
		return err_sys(err, E_SANDBOX, "open control group file %s", name);
	w = write(fd, value, n);
	if (w != (ssize_t)n) {
		int rc = err_sys(err, E_SANDBOX, "write '%s' to control group file %s", value, name);

		(void)close(fd); /* nothing is buffered; the write has failed already */
		return rc;
	}
	(void)close(fd);
	return 0;
}

bool
cg_file_has(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int
cg_file_read(int dir, const char *name, char out[CG_FILE_BYTES], struct err *err)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return err_sys(err, E_SANDBOX, "open control group file %s", name);
	n = read(fd, out, CG_FILE_BYTES - 1);
	if (n < 0) {
		int rc = err_sys(err, E_SANDBOX, "read control group file %s", name);

		(void)close(fd);
		return rc;
	}
	(void)close(fd);
	out[n] = '\0';
	return 0;
}

int
cg_text_u64(const char *text, const char *key, uint64_t *out)
{
	const char *p = text;
	char *end;

	if (key) {
		size_t n = strlen(key);

		while (p && (strncmp(p, key, n) != 0 || p[n] != ' ')) {
			p = strchr(p, '\n');
			p = p ? p + 1 : NULL;
		}
		if (!p)
			return -1;
		p += n + 1;
	}
	if (strncmp(p, "max", 3) == 0) {
		*out = UINT64_MAX;
		return 0;
	}
	if (*p < '0' || *p > '9')
		return -1;
	*out = strtoull(p, &end, 10);
	return 0;
}

int
cg_file_u64(int dir, const char *name, const char *key, uint64_t *out, struct err *err)
{
	char text[CG_FILE_BYTES];

	if (cg_file_read(dir, name, text, err) < 0)
		return -1;
	if (cg_text_u64(text, key, out) < 0)
		return err_set(err, E_SANDBOX, "control group file %s has no number%s%s", name,
		    key ? " for " : "", key ? key : "");
	return 0;
}

int
cg_wait_empty(int dir, int timeout_ms, struct err *err)
{
	int64_t until = clock_mono_us() + (int64_t)timeout_ms * 1000;
	int fd = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int rc = -1;

	if (fd < 0)
		return err_sys(err, E_SANDBOX, "open control group file cgroup.events");
	for (;;) {
		char text[CG_FILE_BYTES];
		int64_t left = until - clock_mono_us();
		struct pollfd p = {.fd = fd, .events = POLLPRI};
		uint64_t populated;
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

		if (n < 0) {
			(void)err_sys(err, E_SANDBOX, "read control group file cgroup.events");
			break;
		}
		text[n] = '\0';
		if (cg_text_u64(text, "populated", &populated) < 0) {
			(void)err_set(err, E_SANDBOX, "control group file cgroup.events has no 'populated'");
			break;
		}
		if (populated == 0 || left <= 0) {
			rc = populated == 0;
			break;
		}
		if (poll(&p, 1, (int)(left / 1000) + 1) < 0 && errno != EINTR) {
			(void)err_sys(err, E_SANDBOX, "wait for cgroup.events");
			break;
		}
	}
	(void)close(fd);
	return rc;
}

/* Kill one process and wait for its end (at most 5 s). A process that is gone already is fine. */
static void
kill_and_wait(pid_t pid)
{
	int fd = pidfd_open(pid, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (fd < 0)
		return;
	if (pidfd_send_signal(fd, SIGKILL, NULL, 0) == 0)
		(void)poll(&p, 1, 5000); /* still there: the next round finds it again */
	(void)close(fd);
}

/* One round over cgroup.procs: n is how many it listed (up to KILL_BATCH). */
static int
kill_round(int dir, size_t *n, struct err *err)
{
	char text[CG_FILE_BYTES];
	char *p = text;

	if (cg_file_read(dir, "cgroup.procs", text, err) < 0)
		return -1;
	for (*n = 0; *p && *n < KILL_BATCH; (*n)++) {
		char *end;
		long pid = strtol(p, &end, 10);

		if (end == p || *end != '\n') /* cut off by the buffer: the next round has it */
			break;
		if (pid > 1)
			kill_and_wait((pid_t)pid);
		p = end + 1;
	}
	return 0;
}

int
cg_kill_listed(int dir, size_t *n, struct err *err)
{
	size_t total = 0;

	for (int round = 0; round < KILL_ROUNDS_MAX; round++) {
		size_t here;

		if (kill_round(dir, &here, err) < 0)
			return -1;
		if (here == 0) {
			*n = total;
			return 0;
		}
		total += here;
	}
	return err_set(err, E_SANDBOX, "processes of a control group would not die");
}
