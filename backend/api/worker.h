/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_WORKER_H
#define API_WORKER_H
/*
 * One worker of a pool: a process with one thread, one Postgres connection, one request at a time.
 * It keeps nothing of a request: all of that lives in an arena that is cleared after it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct blob_store;
struct catalog;
struct db;
struct err;
struct http_io;
struct packs_cache;

#define API_VERSION "1.0.0"

/* Made by the master before it forks; read only afterwards, its pages are shared. */
struct api_config {
	const char *pool; /* "api" or "compile": for logs and pg_stat_activity */
	const struct catalog *catalog;
	const struct blob_store *blobs;
	size_t request_bytes_max; /* cap of a request's arena */
	int listen_fd;            /* non-blocking */
	bool drains;              /* at the end: answer what is queued, nobody will come after us */
};

struct api {
	const struct catalog *catalog;
	const struct blob_store *blobs;
	const char *pool;
	struct db *db;         /* NULL until it connected the first time */
	struct arena *request; /* cleared after each */
	struct arena *life;    /* of the worker; holds little */
	struct packs_cache *packs; /* catalogs of workspaces, api/packs.h; NULL until one is asked for */
	int64_t retry_at_us;   /* no connection attempt before */
};

/*
 * worker_run - serve until SIGTERM, which must be blocked. Does not return.
 *
 * ready_fd: one byte is written here once the database is reached; closed then
 */
void worker_run(const struct api_config *config, int ready_fd) __attribute__((noreturn));

/* worker_serve - answer one request. */
void worker_serve(struct api *api, const struct http_io *io);
#endif
