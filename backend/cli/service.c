/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forgectl service --ready systemd|file:PATH -- COMMAND: started by s6 run scripts for programs that
 * announce readiness in their own way. A watcher child turns that into the newline on descriptor 3
 * that s6 waits for; the command itself replaces this process, so s6 supervises the real one.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/err.h"
#include "core/rnd.h"

#define NOTIFY_FD 3

/* Postgres was built with systemd's protocol: READY=1 in a datagram to NOTIFY_SOCKET. */
static int
systemd_socket(struct err *err)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	char name[40] = "@forge-ready-";
	socklen_t n;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	rnd_token(name + strlen(name), 20); /* abstract and unguessable: only the child learns it */
	n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	memcpy(sa.sun_path, name, strlen(name));
	sa.sun_path[0] = '\0';
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, n) < 0)
		return err_sys(err, E_IO, "cannot make the readiness socket");
	(void)setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void
wait_systemd(int fd)
{
	char text[1024];

	for (;;) {
		ssize_t n = recv(fd, text, sizeof text - 1, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text[n] = '\0';
		if (strstr(text, "READY=1"))
			return;
	}
}

static void
wait_file(int fd, const char *path)
{
	char events[4096];

	while (access(path, F_OK) != 0) {
		ssize_t n = read(fd, events, sizeof events);
		if (n < 0 && errno != EINTR)
			return;
	}
}

static int
watch(const char *ready, int fd, struct err *err)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		return err_sys(err, E_IO, "cannot fork the readiness watcher");
	if (pid > 0)
		return 0;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	if (strcmp(ready, "systemd") == 0)
		wait_systemd(fd);
	else
		wait_file(fd, ready + strlen("file:"));
	(void)!write(NOTIFY_FD, "\n", 1); /* s6 times out where this cannot be written */
	_exit(0);
}

static int
watch_folder_of(const char *path, struct err *err)
{
	char folder[4096];
	int fd = inotify_init1(IN_CLOEXEC);

	(void)snprintf(folder, sizeof folder, "%s", path);
	if (strrchr(folder, '/'))
		*strrchr(folder, '/') = '\0';
	(void)unlink(path); /* left by one that was killed */
	if (fd < 0 || inotify_add_watch(fd, folder, IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE) < 0)
		return err_sys(err, E_IO, "cannot watch '%s'", folder);
	return fd;
}

int
verb_service(struct cli *c, int argc, char **argv)
{
	const char *ready = cli_option(&argc, argv, "ready");
	struct err err;
	int fd, first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;

	if (argc <= first || !ready || (strcmp(ready, "systemd") != 0 && strncmp(ready, "file:", 5) != 0))
		return cli_usage("service", "--ready systemd|file:PATH -- COMMAND");
	fd = strcmp(ready, "systemd") == 0 ? systemd_socket(&err) : watch_folder_of(ready + 5, &err);
	if (fd < 0 || watch(ready, fd, &err) < 0)
		return cli_fail(c, &err);
	(void)close(fd);
	(void)close(NOTIFY_FD);
	(void)execvp(argv[first], argv + first);
	err_sys(&err, E_UNSUPPORTED, "cannot start '%s'", argv[first]);
	return cli_fail(c, &err);
}
