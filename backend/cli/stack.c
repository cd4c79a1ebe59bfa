/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/stack.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/num.h"
#include "core/rnd.h"
#include "store/migrate.h"

#define PORT_FIRST 8080
#define PORTS_TRIED 50
#define READY_TIMEOUT_MS "30000"
#define STOP_TIMEOUT_MS 30000
#define REST_MAX 1024
#define REST_TIMEOUT_MS 15000

/* Start time of a process in clock ticks since boot (proc(5), field 22), 0 when it is gone. */
static int64_t
started_at(struct arena *a, pid_t pid)
{
	char *text, *p;
	size_t n;
	int64_t ticks;

	if (pid <= 0 || file_load(a, arena_printf(a, "/proc/%d/stat", (int)pid), 4096, &text, &n, NULL) < 0)
		return 0;
	p = strrchr(text, ')'); /* the command may hold blanks and brackets */
	if (p && strncmp(p, ") Z", 3) == 0)
		return 0; /* dead, and nobody has asked how it ended */
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (!p || num_parse(p + 1, strcspn(p + 1, " "), 0, INT64_MAX, &ticks, NULL) < 0)
		return 0;
	return ticks;
}

/* A namespace's number is only good within one boot. */
static const char *
boot_id(struct arena *a)
{
	char *text;
	size_t n;

	if (file_load(a, "/proc/sys/kernel/random/boot_id", 64, &text, &n, NULL) < 0)
		return "";
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static const char *
namespace_of(struct arena *a, pid_t pid)
{
	char link[64];
	ssize_t n = readlink(arena_printf(a, "/proc/%d/ns/mnt", (int)pid), link, sizeof link - 1);

	return n > 0 ? arena_dup(a, link, (size_t)n) : "";
}

int
stack_load(const struct cli *c, struct stack_state *out, struct err *err)
{
	const char *path = arena_printf(c->a, "%s/stack.json", c->var);
	struct jx *v;
	int64_t port, pid, started;

	*out = (struct stack_state){.port = 0};
	out->namespace[0] = '\0';
	if (access(path, F_OK) != 0)
		return 0;
	if (jx_load(c->a, path, NULL, &v, err) < 0 || jx_check_schema(v, "forge.stack.v1", err) < 0 ||
	    jx_get_int(v, "port", 1, 65535, &port, err) < 0 ||
	    jx_get_int(v, "supervisor_pid", 1, INT32_MAX, &pid, err) < 0 ||
	    jx_get_int(v, "supervisor_started", 0, INT64_MAX, &started, err) < 0)
		return err_wrap(err, "the stack's state");
	out->port = (int)port;
	out->supervisor_pid = (pid_t)pid;
	(void)snprintf(out->url, sizeof out->url, "http://127.0.0.1:%d", out->port);
	out->is_up = started != 0 && started_at(c->a, out->supervisor_pid) == started;
	if (jx_is_str(jx_find(v, "boot_id"), boot_id(c->a)))
		(void)snprintf(out->namespace, sizeof out->namespace, "%s", jx_str(jx_find(v, "namespace"), ""));
	return 0;
}

static int
state_save(const struct cli *c, const struct stack_state *s, struct err *err)
{
	struct buf b;
	struct jw w;

	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "schema", "forge.stack.v1");
	jw_str(&w, "url", s->url);
	jw_int(&w, "port", s->port);
	jw_int(&w, "supervisor_pid", s->supervisor_pid);
	jw_int(&w, "supervisor_started", started_at(c->a, s->supervisor_pid));
	jw_str(&w, "boot_id", boot_id(c->a));
	jw_str(&w, "namespace", s->namespace);
	jw_end(&w);
	buf_char(&b, '\n');
	return file_save(arena_printf(c->a, "%s/stack.json", c->var), b.p, b.len, 0644, err);
}

static bool
port_is_free(int port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, rc;

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return false;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	rc = bind(fd, (struct sockaddr *)&sa, sizeof sa);
	(void)close(fd);
	return rc == 0;
}

static int
choose_port(const char *asked, int before, int *out, struct err *err)
{
	int64_t first = before ? before : PORT_FIRST;

	if (asked) {
		if (num_parse(asked, strlen(asked), 1, 65535, &first, err) < 0)
			return err_wrap(err, "--port");
		if (!port_is_free((int)first))
			return err_set(err, E_CONFLICT,
			    "port %d on 127.0.0.1 is taken; leave --port away and the next free one is used",
			    (int)first);
		*out = (int)first;
		return 0;
	}
	for (int port = (int)first; port < first + PORTS_TRIED && port < 65536; port++)
		if (port_is_free(port)) {
			*out = port;
			return 0;
		}
	return err_set(err, E_CONFLICT, "no free port on 127.0.0.1 from %d to %d; say which with --port",
	    (int)first, (int)first + PORTS_TRIED - 1);
}

struct folder {
	const char *path;
	mode_t mode;
	int user; /* enum stack_user, or -1 for root */
};
static const struct folder folders[] = {
    {"", 0755, -1},
    {"etc", 0755, -1},
    {"s6", 0755, -1},
    {"s6/scan", 0755, -1},
    {"nginx", 0755, STACK_WEB},
    {"pg", 0755, STACK_PG},
    {"pg/data", 0700, STACK_PG},
    {"pg/sock", 0755, STACK_PG},
    {"blobs", 02770, STACK_API},
    {"blobs/tmp", 02770, STACK_API},
    {"run", 03771, -1},
    {"log", 0755, -1},
};

static int
make_folder(const struct cli *c, const char *name, mode_t mode, int user, struct err *err)
{
	const char *path = arena_printf(c->a, "%s/%s", c->var, name);
	uid_t uid = user < 0 ? 0 : stack_uid((enum stack_user)user);

	if (dir_make(path, 0755, err) < 0)
		return -1;
	if (chown(path, uid, STACK_GID) < 0 || chmod(path, mode) < 0)
		return err_sys(err, E_IO, "cannot set the owner of '%s'", path);
	return 0;
}

static int
make_folders(const struct cli *c, struct err *err)
{
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (make_folder(c, folders[i].path, folders[i].mode, folders[i].user, err) < 0)
			return -1;
	for (size_t i = 0; stack_services[i]; i++)
		if (make_folder(c, arena_printf(c->a, "log/%s", stack_services[i]), 0755, STACK_LOG, err) < 0)
			return -1;
	return 0;
}

/* Links of services from an earlier time would start before their turn. */
static int
clear_scan(const struct cli *c, struct err *err)
{
	for (size_t i = 0; stack_services[i]; i++)
		if (unlink(arena_printf(c->a, "%s/s6/scan/%s", c->var, stack_services[i])) < 0 && errno != ENOENT)
			return err_sys(err, E_IO, "cannot clear the scan folder");
	return 0;
}

/* The programs run under other uids: what they read must be readable to all. */
static int
check_readable(const struct cli *c, struct err *err)
{
	static const char *const needed[] = {"packs", "packs/domain", "migrations", "web/dist", "nginx/forge.conf.in"};
	struct stat st;

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		const char *path = arena_printf(c->a, "%s/%s", c->root, needed[i]);
		mode_t want;
		if (stat(path, &st) < 0)
			return err_sys(err, E_CONFIG, "'%s' is missing; `make` builds it", path);
		want = S_ISDIR(st.st_mode) ? 05 : 04;
		if ((st.st_mode & want) != want)
			return err_set(err, E_CONFIG,
			    "'%s' is not readable to the stack's own users; `chmod -R go+rX %s` mends it", path, c->root);
	}
	return 0;
}

/* Debian keeps each major version in its own folder; the newest one that is there. */
const char *
stack_postgres_folder(struct arena *a)
{
	glob_t g;
	const char *best = NULL;
	int version = 0;

	if (glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &g) != 0)
		return NULL;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		int v = (int)strtol(g.gl_pathv[i] + strlen("/usr/lib/postgresql/"), NULL, 10);
		if (v > version) {
			version = v;
			best = arena_printf(a, "/usr/lib/postgresql/%d/bin", v);
		}
	}
	globfree(&g);
	return best;
}

static const char *
postgres_tool(struct arena *a, const char *name)
{
	const char *folder = stack_postgres_folder(a);
	const char *path = folder ? arena_printf(a, "%s/%s", folder, name) : NULL;

	return path && access(path, X_OK) == 0 ? path : NULL;
}

static const char pg_conf[] =
    "listen_addresses = ''\nunix_socket_directories = '" STACK_VAR "/pg/sock'\nunix_socket_permissions = 0777\n"
    "max_connections = 80\nshared_buffers = 64MB\nwal_compression = on\njit = off\ntimezone = 'UTC'\nlog_timezone = 'UTC'\n"
    "log_min_messages = warning\nlog_line_prefix = '%m %u '\nidle_in_transaction_session_timeout = '30s'\n";

static int
save_pg_settings(const struct cli *c, struct err *err)
{
	static const struct {
		enum stack_user user;
		const char *role;
	} map[] = {{STACK_PG, "postgres"}, {STACK_API, "forge_api"}, {STACK_EVENTS, "forge_events"},
	    {STACK_RUNNER, "forge_runner"}, {STACK_SCHED, "forge_sched"}};
	const char *hba = "local all all peer map=forge\n";
	struct buf ident;
	const char *dir = arena_printf(c->a, "%s/pg/data", c->var);

	buf_init(&ident, c->a);
	for (size_t i = 0; i < sizeof map / sizeof *map; i++)
		buf_printf(&ident, "forge %s %s\n", stack_user_name(map[i].user), map[i].role);
	for (int i = 0; i < 3; i++) {
		const char *name = arena_printf(c->a, "%s/%s", dir,
		    i == 0 ? "pg_hba.conf" : i == 1 ? "pg_ident.conf" : "postgresql.auto.conf");
		const char *text = i == 0 ? hba : i == 1 ? ident.p : pg_conf;
		if (file_save(name, text, strlen(text), 0600, err) < 0)
			return -1;
		if (chown(name, stack_uid(STACK_PG), STACK_GID) < 0)
			return err_sys(err, E_IO, "cannot set the owner of '%s'", name);
	}
	return 0;
}

static int
make_cluster(const struct cli *c, pid_t supervisor, struct err *err)
{
	const char *initdb = postgres_tool(c->a, "initdb");
	const char *argv[] = {initdb, "-D", STACK_VAR "/pg/data", "-U", "postgres", "-E", "UTF8",
	    "--locale=C.UTF-8", "--auth-local=peer", "--auth-host=reject", "--data-checksums", NULL};

	if (!initdb)
		return err_set(err, E_UNSUPPORTED,
		    "PostgreSQL's server is not installed; `sudo apt-get install postgresql-15` brings it");
	if (access(arena_printf(c->a, "%s/pg/data/PG_VERSION", c->var), F_OK) != 0 &&
	    stack_exec(c->a, supervisor, &(struct stack_command){.argv = argv, .user = STACK_PG}, NULL, err) < 0)
		return -1;
	return save_pg_settings(c, err);
}

/* The last lines of a service's log, for an error message. */
static const char *
log_tail(const struct cli *c, const char *service)
{
	char *text;
	size_t n;

	if (file_load(c->a, arena_printf(c->a, "%s/log/%s/current", c->var, service), 4u << 20, &text, &n, NULL) < 0 || n == 0)
		return "its log is empty";
	return text + (n > 300 ? n - 300 : 0);
}

static int
start_service(const struct cli *c, pid_t supervisor, const char *name, struct err *err)
{
	const char *dir = arena_printf(c->a, STACK_VAR "/s6/service/%s", name);
	const char *up[] = {"/usr/bin/s6-svlink", "-t", READY_TIMEOUT_MS, STACK_VAR "/s6/scan", dir, NULL};
	const char *wait[] = {"/usr/bin/s6-svwait", "-U", "-t", READY_TIMEOUT_MS, dir, NULL};

	if (stack_exec(c->a, supervisor, &(struct stack_command){.argv = up, .is_root = true}, NULL, err) < 0)
		return err_wrap(err, "starting %s", name);
	if (stack_exec(c->a, supervisor, &(struct stack_command){.argv = wait, .is_root = true}, NULL, err) < 0)
		return err_set(err, E_CONFIG, "%s did not get ready; %s/log/%s/current ends: %s", name, c->var, name,
		    log_tail(c, name));
	return 0;
}

static int
migrate_in_stack(const struct cli *c, pid_t supervisor, struct err *err)
{
	const char *psql = postgres_tool(c->a, "psql"), *createdb = postgres_tool(c->a, "createdb");
	const char *ask[] = {psql, "-h", STACK_VAR "/pg/sock", "-U", "postgres", "-Atc",
	    "select 1 from pg_database where datname = 'forge'", "postgres", NULL};
	const char *make[] = {createdb, "-h", STACK_VAR "/pg/sock", "-U", "postgres", "forge", NULL};
	const char *run[] = {STACK_BIN "/forgectl", "migrate", NULL};
	const char *env[] = {"FORGE_DB=host=" STACK_VAR "/pg/sock dbname=forge user=postgres",
	    "FORGE_ROOT=" STACK_ROOT, NULL};
	char *out;

	if (!psql || !createdb)
		return err_set(err, E_UNSUPPORTED, "psql is not installed; `sudo apt-get install postgresql-client-15` brings it");
	if (stack_exec(c->a, supervisor, &(struct stack_command){.argv = ask, .user = STACK_PG}, &out, err) < 0)
		return -1;
	if (*out == '\0' &&
	    stack_exec(c->a, supervisor, &(struct stack_command){.argv = make, .user = STACK_PG}, NULL, err) < 0)
		return -1;
	return stack_exec(c->a, supervisor, &(struct stack_command){.argv = run, .user = STACK_PG, .env = env}, NULL, err);
}

static void
say(const struct cli *c, const char *what)
{
	if (!c->is_json)
		printf("  %s\n", what);
	(void)fflush(stdout);
}

static int
start_all(const struct cli *c, pid_t supervisor, struct err *err)
{
	say(c, "postgres");
	if (make_cluster(c, supervisor, err) < 0)
		return -1;
	for (size_t i = 0; stack_services[i]; i++) {
		if (i > 0)
			say(c, stack_services[i]);
		if (start_service(c, supervisor, stack_services[i], err) < 0)
			return -1;
		if (i == 0 && migrate_in_stack(c, supervisor, err) < 0)
			return err_wrap(err, "migrations (to begin again and lose what is there: forgectl demo --fresh)");
	}
	return 0;
}

/* Is this process one of the stack in var? Its namespace's number may have been given again, so the
 * folder that it sees at STACK_VAR must be ours too. */
static bool
is_ours(const struct cli *c, const char *pid, const char *ns)
{
	char link[64];
	struct stat seen, var;
	ssize_t n = readlink(arena_printf(c->a, "/proc/%s/ns/mnt", pid), link, sizeof link - 1);

	if (n < 0)
		return false;
	link[n] = '\0';
	return strcmp(link, ns) == 0 && stat(arena_printf(c->a, "/proc/%s/root" STACK_VAR, pid), &seen) == 0 &&
	       stat(c->var, &var) == 0 && seen.st_dev == var.st_dev && seen.st_ino == var.st_ino;
}

/* Every process whose mount namespace is the stack's is signalled; out, when given, takes descriptors to wait
 * for their end. Returns how many were found. */
static size_t
signal_namespace(const struct cli *c, const char *ns, int sig, struct pollfd *out, size_t max)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	size_t found = 0;

	while (proc && (e = readdir(proc)) != NULL) {
		int64_t pid;
		int fd;
		if (num_parse(e->d_name, strlen(e->d_name), 1, INT32_MAX, &pid, NULL) < 0 || !is_ours(c, e->d_name, ns))
			continue;
		fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
		if (fd < 0 || syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0) < 0) {
			fd_close(&fd); /* it has just ended */
			continue;
		}
		if (out && found < max)
			out[found] = (struct pollfd){.fd = fd, .events = POLLIN};
		else
			fd_close(&fd);
		found++;
	}
	if (proc)
		(void)closedir(proc); /* was only read */
	return found;
}

/* What outlives its supervisor: first asked to end, so that the cell removes its groups, then killed. Each pass
 * of killing takes what forked meanwhile. */
static void
kill_rest(const struct cli *c, const char *ns)
{
	struct pollfd *p = ARENA_ARRAY(c->a, REST_MAX, struct pollfd);
	int64_t until = clock_mono_us() + (int64_t)REST_TIMEOUT_MS * 1000;
	size_t n;

	if (*ns == '\0')
		return;
	INVARIANT(strcmp(ns, namespace_of(c->a, getpid())) != 0); /* or we would look at the whole machine */
	n = signal_namespace(c, ns, SIGTERM, p, REST_MAX);
	for (size_t i = 0; i < n && i < REST_MAX; i++) {
		int64_t left_ms = (until - clock_mono_us()) / 1000;
		(void)poll(&p[i], 1, left_ms > 0 ? (int)left_ms : 0);
		fd_close(&p[i].fd);
	}
	for (int pass = 0; pass < 100 && signal_namespace(c, ns, SIGKILL, NULL, 0) > 0; pass++)
		;
}

static int
stop_supervisor(const struct cli *c, const struct stack_state *s, struct err *err)
{
	int pidfd = (int)syscall(SYS_pidfd_open, s->supervisor_pid, 0);
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	const char *argv[] = {"/usr/bin/s6-svscanctl", "-t", STACK_VAR "/s6/scan", NULL};
	int rc;

	if (pidfd < 0)
		return err_sys(err, E_IO, "cannot watch the supervisor");
	rc = stack_exec(c->a, s->supervisor_pid, &(struct stack_command){.argv = argv, .is_root = true}, NULL, err);
	if (rc == 0 && poll(&p, 1, STOP_TIMEOUT_MS) <= 0)
		say(c, "the supervisor did not stop in time; what is left of it is killed");
	(void)close(pidfd);
	return rc;
}

static int
stop_all(const struct cli *c, const struct stack_state *s, struct err *err)
{
	if (s->is_up && stop_supervisor(c, s, err) < 0)
		return -1;
	kill_rest(c, s->namespace);
	if (unlink(arena_printf(c->a, "%s/stack.json", c->var)) < 0 && errno != ENOENT)
		return err_sys(err, E_IO, "cannot remove the stack's state file");
	return 0;
}

/* The stack changes owners below var and --fresh empties it, so var must be a folder that was empty when it
 * became ours: a marker says so. */
static int
claim_folder(const struct cli *c, struct err *err)
{
	const char *marker = arena_printf(c->a, "%s/.forge-stack", c->var);
	static const char words[] = "The state of a Forge stack; everything in this folder is its own.\n";
	struct dirent *e;
	struct stat st;
	bool is_empty = true;
	DIR *d;

	if (c->var[0] != '/')
		return err_set(err, E_CONFIG, "FORGE_VAR must be an absolute path, not '%s'", c->var);
	if (dir_make(c->var, 0755, err) < 0)
		return -1;
	if (lstat(marker, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0)
		return 0;
	d = opendir(c->var);
	if (!d)
		return err_sys(err, E_IO, "cannot open '%s'", c->var);
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			is_empty = false;
	(void)closedir(d); /* was only read */
	if (!is_empty)
		return err_set(err, E_CONFIG, "'%s' holds files that no Forge stack made; give an empty or new folder with FORGE_VAR", c->var);
	return file_save(marker, words, sizeof words - 1, 0644, err);
}

static int
lock_stack(const struct cli *c, struct err *err)
{
	int fd;

	if (claim_folder(c, err) < 0)
		return -1;
	fd = open(arena_printf(c->a, "%s/stack.lock", c->var), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, E_IO, "cannot open the stack's lock in '%s'", c->var);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, E_CONFLICT, "another `forgectl up` or `down` is at work on '%s'", c->var);
	return fd; /* held until this process ends */
}

static int
need_root(struct err *err)
{
	return geteuid() == 0 ? 0 : err_set(err, E_FORBIDDEN,
	    "the embedded stack makes namespaces and cgroups, which needs root; run it with sudo");
}

static int
bring_up(const struct cli *c, const char *port, struct stack_state *s, struct err *err)
{
	int before = s->port;

	if (check_readable(c, err) < 0 || choose_port(port, before, &s->port, err) < 0 || make_folders(c, err) < 0 ||
	    clear_scan(c, err) < 0)
		return -1;
	(void)snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", s->port);
	if (stack_write_services(c, s->port, err) < 0 || stack_namespace_start(c, &s->supervisor_pid, err) < 0)
		return -1;
	s->is_up = true; /* so that stop_all below ends it should anything fail */
	(void)snprintf(s->namespace, sizeof s->namespace, "%s", namespace_of(c->a, s->supervisor_pid));
	if (state_save(c, s, err) == 0 && start_all(c, s->supervisor_pid, err) == 0)
		return 0;
	struct err ignored;
	(void)stop_all(c, s, &ignored); /* the first cause is what the user needs */
	return -1;
}

static void
print_state(const struct cli *c, const struct stack_state *s)
{
	struct buf b;
	struct jw w;

	if (!c->is_json) {
		if (s->is_up)
			printf("The stack is up at %s (state in %s, logs in %s/log).\n", s->url, c->var, c->var);
		else
			printf("The stack is down. `forgectl up` starts it.\n");
		return;
	}
	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "schema", "forge.status.v1");
	jw_bool(&w, "is_up", s->is_up);
	jw_str(&w, "url", s->is_up ? s->url : NULL);
	jw_str(&w, "var", c->var);
	if (s->is_up)
		jw_int(&w, "supervisor_pid", s->supervisor_pid);
	jw_end(&w);
	printf("%s\n", b.p);
}

#define LOGIN_EMAIL "you@forge.localhost"

/* The stack's first user, with a generated password that only root can read. */
static int
make_login(const struct cli *c, const struct stack_state *s, struct err *err)
{
	const char *path = arena_printf(c->a, "%s/login.json", c->var);
	const char *argv[] = {STACK_BIN "/forge-api", "--create-user", LOGIN_EMAIL, "--name", "You", "--workspace", "My workspace", NULL};
	const char *env[] = {"FORGE_DB=host=" STACK_VAR "/pg/sock dbname=forge user=postgres", "FORGE_ROOT=" STACK_ROOT,
	    "FORGE_VAR=" STACK_VAR, "FORGE_BLOBS=" STACK_VAR "/blobs", "FORGE_PACKS=" STACK_ROOT "/packs", NULL};
	char password[25];
	char *out;
	struct buf b;
	struct jw w;

	if (access(path, F_OK) == 0)
		return 0;
	rnd_token(password, sizeof password - 1);
	if (stack_exec(c->a, s->supervisor_pid, &(struct stack_command){.argv = argv, .user = STACK_PG, .env = env,
		.input = arena_printf(c->a, "%s\n", password)}, &out, err) < 0)
		return err_wrap(err, "making the first user");
	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "schema", "forge.embedded_login.v1");
	jw_str(&w, "email", LOGIN_EMAIL);
	jw_str(&w, "password", password);
	jw_end(&w);
	buf_char(&b, '\n');
	return file_save(path, b.p, b.len, 0600, err);
}

int
stack_up(const struct cli *c, const char *port, struct stack_state *s, struct err *err)
{
	int lock, rc = 0;

	if (geteuid() != 0)
		return stack_load(c, s, err) < 0 ? -1 : s->is_up ? 0 : need_root(err);
	lock = lock_stack(c, err);
	if (lock < 0)
		return -1;
	if (stack_load(c, s, err) < 0)
		rc = -1;
	if (rc == 0 && !s->is_up) {
		kill_rest(c, s->namespace); /* services whose supervisor was killed */
		say(c, "Starting the embedded stack");
		rc = bring_up(c, port, s, err);
	}
	fd_close(&lock);
	return rc < 0 ? -1 : make_login(c, s, err);
}

int
stack_down(const struct cli *c, struct err *err)
{
	struct stack_state s;
	int lock, rc;

	if (access(arena_printf(c->a, "%s/stack.json", c->var), F_OK) != 0)
		return 0;
	if (need_root(err) < 0 || (lock = lock_stack(c, err)) < 0)
		return -1;
	rc = stack_load(c, &s, err) < 0 ? -1 : stop_all(c, &s, err);
	fd_close(&lock);
	return rc;
}

int
verb_up(struct cli *c, int argc, char **argv)
{
	const char *port = cli_option(&argc, argv, "port");
	struct stack_state s;
	struct err err;

	if (cli_arguments(argc, argv, 0, 0, "up") != CLI_OK)
		return CLI_USAGE;
	if (stack_up(c, port, &s, &err) < 0)
		return cli_fail(c, &err);
	print_state(c, &s);
	return CLI_OK;
}

int
verb_down(struct cli *c, int argc, char **argv)
{
	struct stack_state s = {.is_up = false};
	struct err err;

	if (cli_arguments(argc, argv, 0, 0, "down") != CLI_OK)
		return CLI_USAGE;
	if (stack_down(c, &err) < 0)
		return cli_fail(c, &err);
	print_state(c, &s);
	return CLI_OK;
}

int
verb_status(struct cli *c, int argc, char **argv)
{
	struct stack_state s;
	struct err err;

	if (cli_arguments(argc, argv, 0, 0, "status") != CLI_OK)
		return CLI_USAGE;
	if (stack_load(c, &s, &err) < 0)
		return cli_fail(c, &err);
	print_state(c, &s);
	return s.is_up ? CLI_OK : CLI_FAILED;
}

/* ---- user: people of the embedded stack ------------------------------------------------------------- */

int
verb_user(struct cli *c, int argc, char **argv)
{
	const char *name = cli_option(&argc, argv, "name");
	const char *env[] = {"FORGE_DB=host=" STACK_VAR "/pg/sock dbname=forge user=postgres", NULL};
	const char *add[] = {STACK_BIN "/forge-api", "--create-user", NULL, "--name", NULL, "--tenant-of", LOGIN_EMAIL, NULL};
	const char *set[] = {STACK_BIN "/forge-api", "--set-password", NULL, NULL};
	struct stack_state s;
	struct err err;
	bool is_add;
	char *out;

	if (cli_arguments(argc, argv, 2, 2, "user") != CLI_OK)
		return CLI_USAGE;
	is_add = strcmp(argv[1], "add") == 0;
	if (!is_add && strcmp(argv[1], "password") != 0)
		return cli_usage("user", "say add EMAIL, or password EMAIL");
	add[2] = set[2] = argv[2];
	add[4] = name ? name : argv[2];
	if (need_root(&err) < 0 || stack_load(c, &s, &err) < 0)
		return cli_fail(c, &err);
	if (!s.is_up) {
		err_set(&err, E_CONFIG, "the stack is down; `forgectl up` starts it");
		return cli_fail(c, &err);
	}
	/* An empty first line asks for a new password, which the answer shows once. */
	if (stack_exec(c->a, s.supervisor_pid, &(struct stack_command){.argv = is_add ? add : set, .user = STACK_PG, .env = env, .input = "\n"},
		&out, &err) < 0)
		return cli_fail(c, &err);
	if (c->is_json) {
		printf("%s", out);
		return CLI_OK;
	}
	struct jx *v;
	if (jx_parse(c->a, out, strlen(out), NULL, &v, &err) < 0)
		return cli_fail(c, &err);
	if (jx_str(jx_find(v, "password"), NULL))
		printf("%s  password %s\n", argv[2], jx_str(jx_find(v, "password"), ""));
	else
		printf("%s has an account already; `forgectl user password %s` gives a new password\n", argv[2], argv[2]);
	if (is_add)
		printf("They see a workspace once its owner gives them a role (page People and keys).\n");
	return CLI_OK;
}
