/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cell/cell.h"
#include "core/err.h"
#include "core/num.h"

#define UID_MAX 0xfffffffeull

/* A list of uids, with commas. Unset: only our own, root. */
static int
load_uids(struct cell_config *c, struct err *err)
{
	const char *p = getenv("FORGE_CELL_UID");

	if (!p || !*p) {
		c->uids[0] = geteuid();
		c->n_uids = 1;
		return 0;
	}
	while (*p) {
		size_t n = strcspn(p, ",");
		uint64_t uid;

		if (c->n_uids == CELL_UIDS_MAX)
			return err_set(err, E_CONFIG, "FORGE_CELL_UID has more than %d users", CELL_UIDS_MAX);
		if (num_u64(p, n, UID_MAX, &uid, err) < 0)
			return err_set(err, E_CONFIG, "FORGE_CELL_UID: '%.*s' is not a user id", (int)n, p);
		c->uids[c->n_uids++] = (uid_t)uid;
		p += n + (p[n] == ',');
	}
	return 0;
}

static int
load_number(const char *name, uint64_t max, uint64_t otherwise, uint64_t *out, struct err *err)
{
	const char *v = getenv(name);

	*out = otherwise;
	if (!v || !*v)
		return 0;
	if (num_u64(v, strlen(v), max, out, err) < 0)
		return err_set(err, E_CONFIG, "%s is '%s', not a number up to %llu", name, v,
		    (unsigned long long)max);
	return 0;
}

/*
 * The instance names this stack's control groups. Two stacks have two var folders, and one stack has
 * the same one after a restart, whatever path it is mounted at.
 */
static int
load_instance(struct cell_config *c, struct err *err)
{
	struct stat st;

	if (stat(c->var, &st) < 0)
		return err_sys(err, E_CONFIG, "FORGE_VAR '%s'", c->var);
	(void)snprintf(c->instance, sizeof(c->instance), "%llx-%llx", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	return 0;
}

int
config_load(struct cell_config *out, struct err *err)
{
	struct cell_config c = {.var = getenv("FORGE_VAR")};
	uint64_t v;

	if (!c.var || c.var[0] != '/')
		return err_set(err, E_CONFIG, "FORGE_VAR is not set to an absolute path");
	if (strlen(c.var) + sizeof("/run/cell.sock") > sizeof(((struct sockaddr_un *)0)->sun_path))
		return err_set(err, E_CONFIG, "FORGE_VAR '%s' is too long for a socket below it", c.var);
	(void)snprintf(c.socket_path, sizeof(c.socket_path), "%.90s/run/cell.sock", c.var);
	(void)snprintf(c.lock_path, sizeof(c.lock_path), "%.90s/run/cell.lock", c.var);
	if (load_uids(&c, err) < 0 || load_instance(&c, err) < 0)
		return -1;
	if (load_number("FORGE_CELL_GID", UID_MAX, (gid_t)-1, &v, err) < 0)
		return -1;
	c.gid = (gid_t)v;
	if (load_number("FORGE_NOTIFY_FD", 1023, UINT64_MAX, &v, err) < 0)
		return -1;
	c.notify_fd = v == UINT64_MAX ? -1 : (int)v;
	*out = c;
	return 0;
}
