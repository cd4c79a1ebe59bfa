/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"

const char *const stack_services[] = {
    "postgres", "cell", "events", "api", "compile", "runner", "sched", "nginx", NULL};

#define COMMON_ENV                                                                             \
	"export FORGE_ROOT=" STACK_ROOT " FORGE_VAR=" STACK_VAR " FORGE_PACKS=" STACK_ROOT     \
	"/packs FORGE_BLOBS=" STACK_VAR "/blobs FORGE_NOTIFY_FD=3 LANG=C.UTF-8 FORGE_PROFILES='standard demo'\n"
#define DB(role)                                                                               \
	"export FORGE_DB='host=" STACK_VAR "/pg/sock dbname=forge user=" role                  \
	" application_name=" role "'\n"

struct service {
	const char *name;
	const char *user; /* NULL: root */
	const char *env;
	const char *command;
	const char *down_signal;
	const char *finish; /* run when it has ended, however; NULL: nothing */
};

static const struct service services[] = {
    {"cell", NULL, COMMON_ENV, STACK_BIN "/forge-cell", NULL, NULL},
    {"events", "forge-events", COMMON_ENV DB("forge_events"), STACK_BIN "/forge-events", NULL, NULL},
    {"api", "forge-api", COMMON_ENV DB("forge_api"),
	STACK_BIN "/forge-api --pool api --socket " STACK_VAR "/run/api.sock --workers 4", NULL, NULL},
    {"compile", "forge-api", COMMON_ENV DB("forge_api"),
	STACK_BIN "/forge-api --pool compile --socket " STACK_VAR "/run/compile.sock --workers 2", NULL, NULL},
    {"runner", "forge-runner", COMMON_ENV DB("forge_runner"), STACK_BIN "/forge-runner", NULL, NULL},
    {"sched", "forge-sched", COMMON_ENV DB("forge_sched"), STACK_BIN "/forge-sched", NULL, NULL},
    {"nginx", "forge-web", "",
	STACK_BIN "/forgectl service --ready file:" STACK_VAR "/run/nginx.pid -- /usr/sbin/nginx -e stderr -p " STACK_VAR
	    "/nginx/ -c " STACK_VAR "/nginx/forge.conf -g 'daemon off;'",
	"QUIT",
	/* Workers of a killed master keep the port: they must be gone before the next one starts. */
	"#!/bin/sh\nexec pkill -KILL -x nginx --ns $$ --nslist mnt\n"},
};

static int
save_text(struct arena *a, const char *dir, const char *name, const char *text, mode_t mode,
    struct err *err)
{
	return file_save(arena_printf(a, "%s/%s", dir, name), text, strlen(text), mode, err);
}

static int
write_service(const struct cli *c, const struct service *s, struct err *err)
{
	const char *dir = arena_printf(c->a, "%s/s6/service/%s", c->var, s->name);
	const char *log = arena_printf(c->a, "%s/log", dir);
	struct buf b;

	if (dir_make(log, 0755, err) < 0)
		return -1;
	buf_init(&b, c->a);
	buf_printf(&b, "#!/bin/sh\nexec 2>&1\numask 007\n%s", s->env);
	if (strcmp(s->name, "cell") == 0)
		buf_printf(&b, "export FORGE_CELL_UID=%u\n", stack_uid(STACK_RUNNER));
	if (strcmp(s->name, "events") == 0)
		buf_printf(&b, "export FORGE_EVENTS_UID=%u\n", stack_uid(STACK_WEB));
	buf_printf(&b, "exec %s%s %s\n", s->user ? "s6-setuidgid " : "", s->user ? s->user : "", s->command);
	if (save_text(c->a, dir, "run", b.p, 0755, err) < 0 ||
	    save_text(c->a, dir, "notification-fd", "3\n", 0644, err) < 0)
		return -1;
	if (s->down_signal && save_text(c->a, dir, "down-signal", s->down_signal, 0644, err) < 0)
		return -1;
	if (s->finish && save_text(c->a, dir, "finish", s->finish, 0755, err) < 0)
		return -1;
	buf_clear(&b);
	buf_printf(&b,
	    "#!/bin/sh\nexec s6-setuidgid forge-log s6-log -b n3 s1000000 " STACK_VAR "/log/%s\n", s->name);
	return save_text(c->a, log, "run", b.p, 0755, err);
}

static int
write_nginx(const struct cli *c, int port, struct err *err)
{
	static const char *const marks[] = {"@PORT@", "@ROOT@", "@VAR@"};
	const char *values[] = {arena_printf(c->a, "%d", port), STACK_ROOT, STACK_VAR};
	char *text;
	size_t n;
	struct buf b;

	if (file_load(c->a, arena_printf(c->a, "%s/nginx/forge.conf.in", c->root), 1 << 20, &text, &n, err) < 0)
		return -1;
	buf_init(&b, c->a);
	for (const char *p = text; *p;) {
		size_t i = 0;
		while (i < 3 && strncmp(p, marks[i], strlen(marks[i])) != 0)
			i++;
		if (i < 3) {
			buf_str(&b, values[i]);
			p += strlen(marks[i]);
		} else {
			buf_char(&b, *p++);
		}
	}
	return file_save(arena_printf(c->a, "%s/nginx/forge.conf", c->var), b.p, b.len, 0644, err);
}

int
stack_write_services(const struct cli *c, int port, struct err *err)
{
	const char *pg = stack_postgres_folder(c->a);
	struct service postgres = {.name = "postgres", .user = "forge-pg", .env = "umask 077\n", .down_signal = "INT"};

	if (!pg)
		return err_set(err, E_UNSUPPORTED,
		    "PostgreSQL's server is not installed; `sudo apt-get install postgresql-15` brings it");
	postgres.command = arena_printf(c->a,
	    STACK_BIN "/forgectl service --ready systemd -- %s/postgres -D " STACK_VAR "/pg/data", pg);
	if (write_service(c, &postgres, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof services / sizeof *services; i++)
		if (write_service(c, &services[i], err) < 0)
			return -1;
	return write_nginx(c, port, err);
}
