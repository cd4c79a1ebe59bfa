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
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (!p || num_parse(p + 1, strcspn(p + 1, " "), 0, INT64_MAX, &ticks, NULL) < 0)
		return 0;
	return ticks;
}

int
stack_load(const struct cli *c, struct stack_state *out, struct err *err)
{
	const char *path = arena_printf(c->a, "%s/stack.json", c->var);
	struct jx *v;
	int64_t port, pid, started;

	*out = (struct stack_state){.port = 0};
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

static const char *
postgres_tool(struct arena *a, const char *name)
{
	glob_t g;
	const char *path = NULL;

	if (glob(arena_printf(a, "/usr/lib/postgresql/*/bin/%s", name), 0, NULL, &g) == 0) {
		path = arena_str(a, g.gl_pathv[g.gl_pathc - 1]);
		globfree(&g);
	}
	return path;
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
			return err_wrap(err, "migrations");
	}
	return 0;
}

/* Every process whose mount namespace is the stack's. Returns how many were found and signalled. */
static int
signal_namespace(struct arena *a, const char *ns, int sig)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	char link[64];
	int found = 0;

	while (proc && (e = readdir(proc)) != NULL) {
		int64_t pid;
		ssize_t n;
		if (num_parse(e->d_name, strlen(e->d_name), 1, INT32_MAX, &pid, NULL) < 0)
			continue;
		n = readlink(arena_printf(a, "/proc/%s/ns/mnt", e->d_name), link, sizeof link - 1);
		if (n < 0)
			continue;
		link[n] = '\0';
		if (strcmp(link, ns) == 0 && kill((pid_t)pid, sig) == 0)
			found++;
	}
	if (proc)
		(void)closedir(proc);
	return found;
}

static int
stop_all(const struct cli *c, const struct stack_state *s, struct err *err)
{
	int pidfd = (int)syscall(SYS_pidfd_open, s->supervisor_pid, 0);
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	const char *argv[] = {"/usr/bin/s6-svscanctl", "-t", STACK_VAR "/s6/scan", NULL};
	char ns[64] = "", here[64] = "";
	ssize_t n = readlink(arena_printf(c->a, "/proc/%d/ns/mnt", (int)s->supervisor_pid), ns, sizeof ns - 1);

	if (pidfd < 0 || n < 0)
		return err_sys(err, E_IO, "cannot watch the supervisor");
	(void)!readlink("/proc/self/ns/mnt", here, sizeof here - 1);
	INVARIANT(strcmp(ns, here) != 0); /* or we would signal the whole machine */
	if (stack_exec(c->a, s->supervisor_pid, &(struct stack_command){.argv = argv, .is_root = true}, NULL, err) < 0)
		return -1;
	if (poll(&p, 1, STOP_TIMEOUT_MS) <= 0)
		say(c, "the supervisor did not stop in time; what is left of it is killed");
	(void)close(pidfd);
	/* A service that was slow to stop outlives its supervisor; each pass kills what forked meanwhile. */
	for (int pass = 0; pass < 100 && signal_namespace(c->a, ns, SIGKILL) > 0; pass++)
		;
	if (unlink(arena_printf(c->a, "%s/stack.json", c->var)) < 0 && errno != ENOENT)
		return err_sys(err, E_IO, "cannot remove the stack's state file");
	return 0;
}

static int
lock_stack(const struct cli *c, struct err *err)
{
	int fd;

	if (dir_make(c->var, 0755, err) < 0)
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
	if (state_save(c, s, err) == 0 && start_all(c, s->supervisor_pid, err) == 0) {
		s->is_up = true;
		return 0;
	}
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
	int lock;

	if (stack_load(c, s, err) < 0 || (s->is_up && geteuid() != 0))
		return s->is_up ? 0 : -1;
	if (need_root(err) < 0 || (lock = lock_stack(c, err)) < 0)
		return -1;
	if (!s->is_up) {
		say(c, "Starting the embedded stack");
		if (bring_up(c, port, s, err) < 0) {
			fd_close(&lock);
			return -1;
		}
	}
	fd_close(&lock);
	return make_login(c, s, err);
}

int
stack_down(const struct cli *c, struct err *err)
{
	struct stack_state s;
	int lock, rc;

	if (stack_load(c, &s, err) < 0)
		return -1;
	if (!s.is_up)
		return 0;
	if (need_root(err) < 0 || (lock = lock_stack(c, err)) < 0)
		return -1;
	rc = stop_all(c, &s, err);
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
