/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_MASTER_H
#define API_MASTER_H
/*
 * The parent of a pool: opens the socket, keeps N workers alive, and ends them in order. It serves
 * nothing itself and holds no database connection.
 */
struct err;

#define MASTER_WORKERS_MAX 64

struct master_options {
	const char *pool;
	const char *socket; /* path, or "fd:<number>" of a listening socket that we inherited */
	unsigned workers;
};

/*
 * master_run - serve until SIGTERM or SIGINT. A crashed worker is replaced, at once the first time and
 * slower when it happens again and again. SIGHUP loads the packs anew and replaces the workers one
 * after the other. At the end the socket's path goes first, so nothing new comes, then the
 * workers answer what is queued; whoever needs more than 30 s is killed.
 * Returns 0, or -1: E_CONFIG, E_IO.
 */
int master_run(const struct master_options *opt, struct err *err);
#endif
