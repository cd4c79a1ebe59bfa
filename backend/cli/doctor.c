/* SPDX-License-Identifier: Apache-2.0 */
/* forgectl doctor: what is here, what is missing, and how to get it. Changes nothing. */
#include <arpa/inet.h>
#include <glob.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "sandbox/doctor.h"

#define DISK_BYTES_WANTED ((unsigned long long)2 << 30)

struct report {
	struct cli *c;
	struct buf json;
	struct jw w;
	size_t nfailed;
};

static void
add(struct report *r, enum doctor_status status, const char *name, const char *says, const char *mend)
{
	static const char *const colours[] = {"\033[32m", "\033[33m", "\033[31m"};
	const char *word = doctor_status_text(status);

	r->nfailed += status == DOCTOR_FAIL;
	jw_object(&r->w, NULL);
	jw_str(&r->w, "name", name);
	jw_str(&r->w, "status", word);
	jw_str(&r->w, "says", says);
	jw_str(&r->w, "mend", mend);
	jw_end(&r->w);
	if (r->c->is_json)
		return;
	printf("%s%-5s%s %-18s %s\n", r->c->is_tty ? colours[status] : "", word, r->c->is_tty ? "\033[0m" : "", name, says);
	if (status != DOCTOR_OK && *mend)
		printf("      %-18s mend: %s\n", "", mend);
}

struct program {
	const char *name;
	const char *pattern;
	const char *package;
	const char *what_for;
	enum doctor_status missing;
};
static const struct program programs[] = {
    {"postgres", "/usr/lib/postgresql/*/bin/postgres", "postgresql-15", "the private database", DOCTOR_FAIL},
    {"nginx", "/usr/sbin/nginx", "nginx-light", "the front door", DOCTOR_FAIL},
    {"s6", "/usr/bin/s6-svscan", "s6", "the supervisor", DOCTOR_FAIL},
    {"python", "/usr/bin/python3", "python3", "the packs' programs", DOCTOR_FAIL},
    {"chromium", "/usr/bin/chromium-headless-shell", "chromium-headless-shell", "PDF steps", DOCTOR_WARN},
    {"cmark", "/usr/bin/cmark", "cmark", "Markdown reports", DOCTOR_WARN},
    {"yaml", "/usr/lib/python3/dist-packages/yaml/__init__.py", "python3-yaml", "adapters of YAML", DOCTOR_WARN},
    {"fonts", "/usr/share/fonts/truetype/*/*.ttf", "fonts-liberation", "text in PDF steps", DOCTOR_WARN},
    {"node", "/usr/bin/node", "nodejs npm", "building the web pages (not running them)", DOCTOR_WARN},
};

static void
check_programs(struct report *r)
{
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		const struct program *p = &programs[i];
		glob_t g;
		bool is_there = glob(p->pattern, 0, NULL, &g) == 0;
		if (is_there) {
			add(r, DOCTOR_OK, p->name, arena_printf(r->c->a, "%s (%s)", g.gl_pathv[g.gl_pathc - 1], p->what_for), "");
			globfree(&g);
		} else if (strcmp(p->name, "node") == 0 && access("/usr/local/bin/node", X_OK) == 0) {
			add(r, DOCTOR_OK, p->name, arena_printf(r->c->a, "/usr/local/bin/node (%s)", p->what_for), "");
		} else {
			add(r, p->missing, p->name, arena_printf(r->c->a, "not installed; it is %s", p->what_for),
			    arena_printf(r->c->a, "sudo apt-get install %s, or `make deps` for all of them", p->package));
		}
	}
}

static void
check_kernel(struct report *r)
{
	struct utsname u;

	INVARIANT(uname(&u) == 0);
	add(r, DOCTOR_OK, "kernel", arena_printf(r->c->a, "%s %s on %s", u.sysname, u.release, u.machine), "");
	add(r, geteuid() == 0 ? DOCTOR_OK : DOCTOR_WARN, "root", geteuid() == 0 ? "running as root" : "not running as root",
	    geteuid() == 0 ? "" : "the embedded stack needs it: sudo forgectl up");
}

static void
check_port(struct report *r)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(8080)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	bool is_free;

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	is_free = fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof sa) == 0;
	if (fd >= 0)
		(void)close(fd);
	add(r, is_free ? DOCTOR_OK : DOCTOR_WARN, "port", is_free ? "127.0.0.1:8080 is free" : "127.0.0.1:8080 is taken",
	    is_free ? "" : "nothing to do: `forgectl up` takes the next free one, or say --port N");
}

static void
check_disk(struct report *r)
{
	struct statvfs v;
	unsigned long long free_bytes;

	if (statvfs(access(r->c->var, F_OK) == 0 ? r->c->var : r->c->root, &v) < 0)
		return;
	free_bytes = (unsigned long long)v.f_bavail * v.f_frsize;
	add(r, free_bytes >= DISK_BYTES_WANTED ? DOCTOR_OK : DOCTOR_WARN, "disk",
	    arena_printf(r->c->a, "%llu MiB free for %s", free_bytes >> 20, r->c->var),
	    free_bytes >= DISK_BYTES_WANTED ? "" : "2 GiB or more are advisable; set FORGE_VAR to a larger place");
}

static void
check_sandbox(struct report *r)
{
	struct doctor_line *lines = ARENA_ARRAY(r->c->a, DOCTOR_LINES_MAX, struct doctor_line);
	size_t nfailed, n = sandbox_doctor(lines, DOCTOR_LINES_MAX, &nfailed);

	for (size_t i = 0; i < n; i++)
		add(r, lines[i].status, lines[i].name, arena_printf(r->c->a, "%s (%s)", lines[i].found, lines[i].means), lines[i].mend);
}

int
verb_doctor(struct cli *c, int argc, char **argv)
{
	struct report r = {.c = c};

	if (cli_arguments(argc, argv, 0, 0, "doctor") != CLI_OK)
		return CLI_USAGE;
	buf_init(&r.json, c->a);
	jw_init(&r.w, &r.json);
	jw_object(&r.w, NULL);
	jw_array(&r.w, "checks");
	check_kernel(&r);
	check_sandbox(&r);
	check_programs(&r);
	check_port(&r);
	check_disk(&r);
	jw_end(&r.w);
	jw_uint(&r.w, "failed", r.nfailed);
	jw_bool(&r.w, "ok", r.nfailed == 0);
	jw_end(&r.w);
	if (c->is_json)
		printf("%s\n", r.json.p);
	else
		printf(r.nfailed ? "%zu things to mend first.\n" : "All that the stack cannot do without is here.\n", r.nfailed);
	return r.nfailed ? CLI_FAILED : CLI_OK;
}
