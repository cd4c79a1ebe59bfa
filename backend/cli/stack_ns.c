/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"

#define READY_FD 3 /* s6-svscan -d: a newline when it takes commands */
#define OUTPUT_BYTES_MAX ((size_t)1 << 20)

static const char *const user_names[STACK_USER__COUNT] = {"forge-pg", "forge-web", "forge-api",
    "forge-events", "forge-runner", "forge-sched", "forge-log"};

const char *
stack_user_name(enum stack_user u)
{
	INVARIANT(u < STACK_USER__COUNT);
	return user_names[u];
}

uid_t
stack_uid(enum stack_user u)
{
	return STACK_UID_BASE + 1 + (uid_t)u;
}

/* The host's own file with our lines behind it. */
static int
save_extended(struct arena *a, const char *from, const char *to, const char *more, struct err *err)
{
	struct buf b;
	char *text;
	size_t n;

	if (file_load(a, from, 1 << 22, &text, &n, err) < 0)
		return -1;
	/* A host's own forge-… users stay outside: a uid of theirs must not pass for one of ours. */
	buf_init(&b, a);
	for (const char *line = text; line < text + n;) {
		size_t bytes = strcspn(line, "\n");
		if (bytes && strncmp(line, "forge", 5) != 0) {
			buf_add(&b, line, bytes);
			buf_char(&b, '\n');
		}
		line += bytes + 1;
	}
	buf_str(&b, more);
	return file_save(to, b.p, b.len, 0644, err);
}

static int
save_users(const struct cli *c, struct err *err)
{
	struct buf users, groups;

	buf_init(&users, c->a);
	buf_init(&groups, c->a);
	buf_printf(&groups, "forge:x:%u:", STACK_GID);
	for (unsigned u = 0; u < STACK_USER__COUNT; u++) {
		buf_printf(&users, "%s:x:%u:%u:Forge:/nonexistent:/usr/sbin/nologin\n", user_names[u],
		    stack_uid((enum stack_user)u), STACK_GID);
		buf_printf(&groups, "%s%s", u ? "," : "", user_names[u]);
	}
	buf_char(&groups, '\n');
	if (save_extended(c->a, "/etc/passwd", arena_printf(c->a, "%s/etc/passwd", c->var), users.p, err) < 0)
		return -1;
	return save_extended(c->a, "/etc/group", arena_printf(c->a, "%s/etc/group", c->var), groups.p, err);
}

static int
bind(const char *from, const char *to, bool is_read_only, struct err *err)
{
	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0)
		return err_sys(err, E_UNSUPPORTED, "cannot bind '%s' to '%s'", from, to);
	if (is_read_only &&
	    mount(NULL, to, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) < 0)
		return err_sys(err, E_UNSUPPORTED, "cannot make '%s' read-only", to);
	return 0;
}

static int
make_mounts(const struct cli *c, struct err *err)
{
	static const char *const folders[] = {STACK_ROOT, STACK_BIN, STACK_VAR};

	if (unshare(CLONE_NEWNS) < 0)
		return err_sys(err, E_UNSUPPORTED, "cannot make a mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sys(err, E_UNSUPPORTED, "cannot make the mount namespace private");
	/* The state folders are opened before /mnt is covered, in case the checkout lies below it. */
	if (mount("tmpfs", "/media", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=64k") < 0)
		return err_sys(err, E_UNSUPPORTED, "cannot mount a small tmpfs at /media");
	if (mkdir("/media/r", 0755) < 0 || mkdir("/media/b", 0755) < 0 || mkdir("/media/v", 0755) < 0)
		return err_sys(err, E_IO, "cannot make the mount points");
	if (bind(c->root, "/media/r", false, err) < 0 || bind(c->bin, "/media/b", false, err) < 0 ||
	    bind(c->var, "/media/v", false, err) < 0)
		return -1;
	if (mount("tmpfs", "/mnt", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=64k") < 0)
		return err_sys(err, E_UNSUPPORTED, "cannot mount a small tmpfs at /mnt");
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (mkdir(folders[i], 0755) < 0)
			return err_sys(err, E_IO, "cannot make '%s'", folders[i]);
	if (bind("/media/r", STACK_ROOT, true, err) < 0 || bind("/media/b", STACK_BIN, true, err) < 0 ||
	    bind("/media/v", STACK_VAR, false, err) < 0)
		return -1;
	if (umount2("/media", MNT_DETACH) < 0)
		return err_sys(err, E_IO, "cannot drop the temporary mounts");
	if (bind(STACK_VAR "/etc/passwd", "/etc/passwd", true, err) < 0)
		return -1;
	return bind(STACK_VAR "/etc/group", "/etc/group", true, err);
}

/* Child: become the supervisor. Only returns on failure. */
static void
become_supervisor(const struct cli *c, int report, struct err *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int log;

	if (make_mounts(c, err) < 0)
		return;
	log = open(STACK_VAR "/log/supervisor", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (setsid() < 0 || null < 0 || log < 0 || chdir("/") < 0) {
		err_sys(err, E_IO, "cannot detach the supervisor");
		return;
	}
	(void)umask(022);
	if (dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0) {
		err_sys(err, E_IO, "cannot set the supervisor's streams");
		return;
	}
	if (report != READY_FD && dup2(report, READY_FD) < 0) {
		err_sys(err, E_IO, "cannot pass the readiness pipe on");
		return;
	}
	(void)fcntl(READY_FD, F_SETFD, 0);
	(void)clearenv();
	(void)setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	(void)execl("/usr/bin/s6-svscan", "s6-svscan", "-t", "0", "-d", "3", STACK_VAR "/s6/scan", (char *)NULL);
	err_sys(err, E_UNSUPPORTED, "cannot start s6-svscan (Debian package s6)");
}

int
stack_namespace_start(const struct cli *c, pid_t *out, struct err *err)
{
	int report[2];
	struct err child = {.code = E_OK};
	ssize_t n;
	pid_t pid;

	if (save_users(c, err) < 0 || fd_pipe(report, err) < 0)
		return -1;
	pid = fork();
	if (pid < 0)
		return err_sys(err, E_IO, "cannot fork");
	if (pid == 0) {
		become_supervisor(c, report[1], &child);
		(void)!write(report[1], &child, sizeof child); /* EOF would say the opposite; nothing else to do */
		_exit(1);
	}
	fd_close(&report[1]);
	do {
		n = read(report[0], &child, sizeof child); /* a newline, our error, or EOF: it died */
	} while (n < 0 && errno == EINTR);
	fd_close(&report[0]);
	if (n == 1) {
		*out = pid;
		return 0;
	}
	(void)waitpid(pid, NULL, 0);
	if (n == (ssize_t)sizeof child) {
		*err = child;
		return -1;
	}
	return err_set(err, E_CONFIG, "s6-svscan ended at once; see %s/log/supervisor", c->var);
}

static void
exec_in_namespace(pid_t supervisor_pid, const struct stack_command *cmd, struct err *err)
{
	char path[64];
	int ns;

	(void)snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)supervisor_pid);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || setns(ns, CLONE_NEWNS) < 0) {
		err_sys(err, E_UNSUPPORTED, "cannot enter the stack's namespace");
		return;
	}
	if (chdir("/") < 0) {
		err_sys(err, E_IO, "cannot change to /");
		return;
	}
	(void)umask(007);
	if (!cmd->is_root && (setgroups(0, NULL) < 0 || setresgid(STACK_GID, STACK_GID, STACK_GID) < 0 ||
	    setresuid(stack_uid(cmd->user), stack_uid(cmd->user), stack_uid(cmd->user)) < 0)) {
		err_sys(err, E_UNSUPPORTED, "cannot become %s", stack_user_name(cmd->user));
		return;
	}
	(void)clearenv();
	(void)setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	(void)setenv("LANG", "C.UTF-8", 1);
	for (size_t i = 0; cmd->env && cmd->env[i]; i++) {
		const char *eq = strchr(cmd->env[i], '=');
		char name[64];
		INVARIANT(eq != NULL);
		(void)snprintf(name, sizeof name, "%.*s", (int)(eq - cmd->env[i]), cmd->env[i]);
		(void)setenv(name, eq + 1, 1);
	}
	execv(cmd->argv[0], (char *const *)(uintptr_t)cmd->argv);
	err_sys(err, E_UNSUPPORTED, "cannot start '%s'", cmd->argv[0]);
}

/* stdin from a memfd, so that a large input cannot block against a large output. */
static int
input_fd(const char *text, struct err *err)
{
	int fd = memfd_create("forge-input", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(err, E_IO, "cannot make a memory file");
	if (text && fd_write_all(fd, text, strlen(text), err) < 0)
		return -1;
	return lseek(fd, 0, SEEK_SET) < 0 ? err_sys(err, E_IO, "cannot rewind") : fd;
}

int
stack_exec(struct arena *a, pid_t supervisor_pid, const struct stack_command *cmd, char **out,
    struct err *err)
{
	int output[2], in = input_fd(cmd->input, err), errors = input_fd(NULL, err), status = 0;
	char *text = NULL, *words = NULL;
	size_t n = 0, nwords = 0;
	struct err child = {.code = E_OK};
	pid_t pid;
	int rc;

	if (in < 0 || errors < 0 || fd_pipe(output, err) < 0) {
		fd_close(&in);
		fd_close(&errors);
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		if (dup2(in, 0) < 0 || dup2(output[1], 1) < 0 || dup2(errors, 2) < 0)
			_exit(111);
		exec_in_namespace(supervisor_pid, cmd, &child);
		dprintf(2, "%s\n", child.msg);
		_exit(111);
	}
	fd_close(&in);
	fd_close(&output[1]);
	rc = pid < 0 ? err_sys(err, E_IO, "cannot fork") : fd_read_all(a, output[0], OUTPUT_BYTES_MAX, &text, &n, err);
	fd_close(&output[0]);
	if (rc < 0 && pid > 0)
		(void)kill(pid, SIGKILL);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/* stderr went to a memory file, so that a talkative command cannot block against its stdout. */
	if (rc == 0 && (lseek(errors, 0, SEEK_SET) < 0 || fd_read_all(a, errors, OUTPUT_BYTES_MAX, &words, &nwords, err) < 0))
		rc = -1;
	fd_close(&errors);
	if (rc < 0)
		return -1;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		while (nwords && words[nwords - 1] == '\n')
			words[--nwords] = '\0';
		return err_set(err, E_CONFIG, "%s failed: %s", cmd->argv[0],
		    nwords ? words + (nwords > 400 ? nwords - 400 : 0) : "it said nothing");
	}
	if (out)
		*out = text;
	return 0;
}
