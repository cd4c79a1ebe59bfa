/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forge-api: a pool of FastCGI workers behind one unix socket, and the few things that an
 * administrator does at the machine itself.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/admin.h"
#include "api/master.h"
#include "core/err.h"
#include "core/log.h"
#include "core/num.h"

static const char usage[] =
    "forge-api --pool api|compile --socket PATH|fd:N [--workers N]\n"
    "    serve the HTTP API to nginx by FastCGI on a unix socket (fd:N: one that is open already)\n"
    "forge-api --create-user EMAIL --name NAME --workspace NAME\n"
    "    make a user with a workspace; the password is the first line of standard input, or a new\n"
    "    one when that is empty or a terminal; prints JSON\n"
    "forge-api --create-user EMAIL --name NAME --tenant-of EMAIL\n"
    "    make a colleague of that user, without a workspace; owners then give roles to them\n"
    "forge-api --set-password EMAIL\n"
    "    replace a password and end the sessions; the password as above\n"
    "\n"
    "Environment: FORGE_DB (libpq conninfo), FORGE_BLOBS, FORGE_PACKS, FORGE_LOG (debug|info|warn|\n"
    "error), FORGE_NOTIFY_FD (a newline is written there when all workers have reached the database).\n";

enum { OPT_POOL = 256, OPT_SOCKET, OPT_WORKERS, OPT_CREATE, OPT_NAME, OPT_WORKSPACE, OPT_TENANT_OF, OPT_PASSWORD, OPT_HELP };
static const struct option options[] = {
	{"pool", required_argument, NULL, OPT_POOL},
	{"socket", required_argument, NULL, OPT_SOCKET},
	{"workers", required_argument, NULL, OPT_WORKERS},
	{"create-user", required_argument, NULL, OPT_CREATE},
	{"name", required_argument, NULL, OPT_NAME},
	{"workspace", required_argument, NULL, OPT_WORKSPACE},
	{"tenant-of", required_argument, NULL, OPT_TENANT_OF},
	{"set-password", required_argument, NULL, OPT_PASSWORD},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

struct command {
	struct master_options master;
	struct admin_user user;
	const char *set_password;
	bool wants_help;
};

static int
take_option(struct command *c, int opt, struct err *err)
{
	int64_t n;

	switch (opt) {
	case OPT_POOL:
		if (strcmp(optarg, "api") != 0 && strcmp(optarg, "compile") != 0)
			return err_set(err, E_USAGE, "--pool is api or compile, not '%s'", optarg);
		c->master.pool = optarg;
		return 0;
	case OPT_SOCKET:
		c->master.socket = optarg;
		return 0;
	case OPT_WORKERS:
		if (num_parse(optarg, strlen(optarg), 1, MASTER_WORKERS_MAX, &n, err) < 0)
			return err_wrap(err, "--workers");
		c->master.workers = (unsigned)n;
		return 0;
	case OPT_CREATE:
		c->user.email = optarg;
		return 0;
	case OPT_NAME:
		c->user.name = optarg;
		return 0;
	case OPT_WORKSPACE:
		c->user.workspace = optarg;
		return 0;
	case OPT_TENANT_OF:
		c->user.tenant_of = optarg;
		return 0;
	case OPT_PASSWORD:
		c->set_password = optarg;
		return 0;
	case OPT_HELP:
		c->wants_help = true;
		return 0;
	default:
		return err_set(err, E_USAGE, "unknown option or missing value");
	}
}

static int
run(struct command *c, struct err *err)
{
	if (c->user.email)
		return admin_create_user(&c->user, err);
	if (c->set_password)
		return admin_set_password(c->set_password, err);
	if (!c->master.pool || !c->master.socket)
		return err_set(err, E_USAGE, "--pool and --socket are needed");
	return master_run(&c->master, err);
}

int
main(int argc, char **argv)
{
	struct command c = {.master.workers = 4};
	struct err err = {0};
	int opt, rc = 0;

	while (rc == 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		rc = take_option(&c, opt, &err);
	if (rc == 0 && optind < argc)
		rc = err_set(&err, E_USAGE, "'%s' is one word too many", argv[optind]);
	if (rc == 0 && c.wants_help) {
		(void)fputs(usage, stdout);
		return 0;
	}
	log_open("forge-api");
	if (rc == 0)
		rc = run(&c, &err);
	if (rc < 0)
		(void)fprintf(stderr, "forge-api: %s%s\n", err.msg,
		    err.code == E_USAGE ? "; see forge-api --help" : "");
	return rc == 0 ? 0 : err.code == E_USAGE ? 2 : 1;
}
