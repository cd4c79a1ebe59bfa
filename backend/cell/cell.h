/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CELL_CELL_H
#define CELL_CELL_H
/*
 * forge-cell, the only root program. The daemon (main.c) listens, checks who asks, and forks one
 * supervisor for each connection; a supervisor (serve.c) reads one request, runs one attempt and
 * answers. Ties go downwards: a supervisor dies with the daemon, an attempt with its supervisor, and
 * the next start removes what is left of the groups. It reads fixed structs only.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sandbox/attempt.h"

struct arena;
struct err;

#define CELL_UIDS_MAX 8

struct cell_config {
	const char *var;         /* FORGE_VAR */
	char socket_path[108];   /* FORGE_VAR/run/cell.sock */
	char lock_path[256];     /* FORGE_VAR/run/cell.lock */
	char instance[CG_INSTANCE_BYTES]; /* of the var folder: device and inode */
	uid_t uids[CELL_UIDS_MAX]; /* FORGE_CELL_UID: who may ask; the first owns the socket */
	size_t n_uids;
	gid_t gid;     /* FORGE_CELL_GID: group of the socket; (gid_t)-1: as it is */
	int notify_fd; /* FORGE_NOTIFY_FD: a newline when ready; -1: none */
};

/* config_load - from the environment. -1 E_CONFIG names the variable. */
int config_load(struct cell_config *out, struct err *err);

/*
 * confine_daemon - keep only the capabilities that the work needs, for us and all children, and no
 * way to get more. Returns 0, or -1 E_SANDBOX.
 */
int confine_daemon(struct err *err);

/*
 * serve - the supervisor's whole life: read one request from sock, run it, answer. Logs its end.
 * Returns the exit status: 0, also when the client went away.
 */
int serve(int sock, const struct sandbox *sb, const struct uid_pair *uids);
#endif
