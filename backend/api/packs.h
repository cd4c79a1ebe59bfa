/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_PACKS_H
#define API_PACKS_H
/*
 * The catalog of a workspace: the standard packs without those that it has switched off, and the tenant's own that
 * it has switched on. A worker keeps the few that it used last.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"

struct api;
struct arena;
struct buf;
struct catalog;
struct err;
struct pack;
struct rq;

#define PACKS_KEPT 4                         /* catalogs of workspaces that a worker keeps */
#define PACKS_MEMORY_MAX ((size_t)48 << 20)  /* that the own packs of one workspace may take when loaded */
#define PACKS_BUNDLES_MAX ((size_t)24 << 20) /* of their files together */
#define PACKS_OWN_MAX 32                     /* own packs switched on in one workspace */

/*
 * rq_catalog - the catalog of rq's workspace; of a request without one, the standard packs.
 *
 * Asks the database what is switched (in the open transaction if there is one), and loads the packs the first time.
 * The catalog lives until another request; do not keep it longer.
 * Returns NULL with err: E_DB; E_CONFLICT naming the pack that cannot be loaded: nothing works with a part of what
 * a workspace has switched on.
 */
const struct catalog *rq_catalog(struct rq *rq, struct err *err);

#define DEFAULT_PROFILE "standard"
/*
 * profile_is_offered - may people name this execution profile? Profiles grant reach and deny it; which of them people
 * may choose is the operator's: FORGE_PROFILES, words; without it only the default one.
 */
bool profile_is_offered(const char *profile);

/* One row of what is switched. */
struct pack_switch {
	const char *pack;
	const char *version; /* NULL: a standard pack */
	bool is_enabled;
	const char *bundle_sha256; /* own ones */
	uint64_t bundle_bytes;
};
struct pack_set {
	const struct pack_switch *at; /* [n] sorted by pack */
	size_t n;
};
/* packs_set - what is switched in rq's workspace, in the open transaction. */
int packs_set(struct rq *rq, struct pack_set *out, struct err *err);
/* packs_switch - the row of a pack; NULL: none. */
const struct pack_switch *packs_switch(const struct pack_set *set, const char *pack);

/* A set of packs put together. */
struct packs_of {
	const struct catalog *full;    /* standard ones and own ones that are on */
	const struct catalog *visible; /* without the standard ones that are off */
};
/*
 * packs_compose - put a set together. a holds it. E_CONFLICT as rq_catalog; E_IO.
 */
int packs_compose(struct rq *rq, struct arena *a, const struct pack_set *set, struct packs_of *out, struct err *err);
/*
 * packs_try - would an upload, or a set, hold together? In a child process (apart.h).
 *
 * set:     the own packs that are on; of an upload without the uploaded pack
 * fd:      the upload, or -1
 * *answer: JSON in the request's arena: {"findings":[…],"upload":id|null,"ignored":[…],"pack":{…}|null}, and behind it one newline and
 *          the bundle (upload without findings)
 */
int packs_try(struct rq *rq, const struct pack_set *set, int fd, char **answer, size_t *n, struct err *err);
/* packs_broken - the first enabled pack of c that cannot do without a pack that is off, in words; NULL: none. */
const char *packs_broken(struct arena *a, const struct packs_of *of, const struct pack_set *set);
/* packs_free - at a worker's end. */
void packs_free(struct api *api);
#endif
