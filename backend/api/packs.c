/* SPDX-License-Identifier: Apache-2.0 */
#include "api/packs.h"

#include <string.h>

#include "api/apart.h"
#include "api/http.h"
#include "api/worker.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "pack/bundle.h"
#include "pack/pack.h"
#include "store/blob.h"
#include "store/db.h"

#define UPLOAD_NAME "upload"
#define KEPT_BYTES_MAX (PACKS_MEMORY_MAX * 2)

static const struct apart_limits try_limits = {
	.cpu_s = 5, .wall_ms = 20000, .memory_bytes = (size_t)256 << 20, .answer_bytes_max = (size_t)24 << 20};

struct kept {
	char key[SHA256_HEX];
	struct arena *a;
	const struct catalog *catalog;
	uint64_t used_at; /* a count of uses */
};
struct packs_cache {
	struct kept kept[PACKS_KEPT];
	uint64_t uses;
};

/* --- what is switched ------------------------------------------------------------------------------------- */

int
packs_set(struct rq *rq, struct pack_set *out, struct err *err)
{
	struct db_rows rows;
	struct pack_switch *at;

	if (db_run(rq->api->db, SQL_PACK_SET, NULL, rq->a, &rows, err) < 0)
		return -1;
	at = ARENA_ARRAY(rq->a, rows.n, struct pack_switch);
	for (size_t i = 0; i < rows.n; i++)
		at[i] = (struct pack_switch){
		    .pack = db_text(&rows, i, COL_PACK_SET_PACK),
		    .version = db_text(&rows, i, COL_PACK_SET_VERSION),
		    .is_enabled = db_bool(&rows, i, COL_PACK_SET_IS_ENABLED),
		    .bundle_sha256 = db_text(&rows, i, COL_PACK_SET_BUNDLE_SHA256),
		    .bundle_bytes = (uint64_t)db_i64(&rows, i, COL_PACK_SET_BUNDLE_BYTES),
		};
	*out = (struct pack_set){.at = at, .n = rows.n};
	return 0;
}

const struct pack_switch *
packs_switch(const struct pack_set *set, const char *pack)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->at[i].pack, pack) == 0)
			return &set->at[i];
	return NULL;
}

static bool
is_own_on(const struct pack_switch *s)
{
	return s->version && s->is_enabled;
}

/* --- putting together ------------------------------------------------------------------------------------- */

/* The bundles of the own packs that are on. room: of the array, for one more. */
static int
load_bundles(struct rq *rq, struct arena *a, const struct pack_set *set, struct bundle **out, size_t *n, struct err *err)
{
	struct bundle *b = ARENA_ARRAY(a, set->n + 1, struct bundle);
	uint64_t total = 0;
	size_t count = 0;

	for (size_t i = 0; i < set->n; i++)
		if (is_own_on(&set->at[i])) {
			total += set->at[i].bundle_bytes;
			count++;
		}
	if (count > PACKS_OWN_MAX || total > PACKS_BUNDLES_MAX)
		return err_set(err, E_LIMIT, "%zu own packs with %llu MiB of files would be on in this workspace; at most %d with "
		    "%zu MiB can be", count, (unsigned long long)(total >> 20), PACKS_OWN_MAX, PACKS_BUNDLES_MAX >> 20);
	count = 0;
	for (size_t i = 0; i < set->n; i++) {
		const struct pack_switch *s = &set->at[i];
		const char *name;
		char *bytes;
		size_t len;

		if (!is_own_on(s))
			continue;
		name = arena_printf(a, "%s@%s", s->pack, s->version);
		if (!s->bundle_sha256 || blob_load(a, rq->api->blobs, s->bundle_sha256, PACKS_BUNDLES_MAX, &bytes, &len, err) < 0 ||
		    bundle_parse(a, bytes, len, name, &b[count], err) < 0)
			return err_set(err, E_CONFLICT, "the pack '%s' %s that this workspace has switched on cannot be read (%s); "
			    "switch it off or upload it again", s->pack, s->version, err->msg[0] ? err->msg : "it is gone");
		count++;
	}
	*out = b;
	*n = count;
	return 0;
}

static const struct catalog *
without_hidden(struct arena *a, const struct catalog *c, const struct pack_set *set)
{
	const char **hidden = ARENA_ARRAY(a, set->n, const char *);
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		if (!set->at[i].version && !set->at[i].is_enabled)
			hidden[n++] = set->at[i].pack;
	return n ? catalog_without(a, c, hidden, n) : c;
}

int
packs_compose(struct rq *rq, struct arena *a, const struct pack_set *set, struct packs_of *out, struct err *err)
{
	const struct pack_finding *f;
	const struct catalog *full = rq->api->catalog;
	struct bundle *b;
	size_t n, nf = 0;

	if (load_bundles(rq, a, set, &b, &n, err) < 0)
		return -1;
	if (n > 0 && catalog_extend(a, rq->api->catalog, b, n, &full, &f, &nf, err) < 0)
		return -1;
	if (nf > 0)
		return err_set(err, E_CONFLICT, "a pack that this workspace has switched on does not fit any more: %s, line %u, %s: "
		    "%s; switch it off or give it a new version", f[0].file, f[0].line, f[0].pointer, f[0].message);
	*out = (struct packs_of){.full = full, .visible = without_hidden(a, full, set)};
	return 0;
}

/* --- the worker's few ------------------------------------------------------------------------------------- */

static void
set_key(const struct pack_set *set, struct arena *a, char out[SHA256_HEX])
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < set->n; i++)
		buf_printf(&b, "%s %s %d\n", set->at[i].pack, set->at[i].bundle_sha256 ? set->at[i].bundle_sha256 : "-",
		    set->at[i].is_enabled);
	sha256_hex(b.p, b.len, out);
}

static const struct catalog *
cached(struct rq *rq, const struct pack_set *set, struct err *err)
{
	struct packs_cache *cache = rq->api->packs;
	struct kept *oldest = &cache->kept[0];
	struct arena *a;
	struct packs_of of;
	char key[SHA256_HEX];

	set_key(set, rq->a, key);
	for (size_t i = 0; i < PACKS_KEPT; i++) {
		struct kept *k = &cache->kept[i];

		if (k->a && strcmp(k->key, key) == 0) {
			k->used_at = ++cache->uses;
			return k->catalog;
		}
		if (k->used_at < oldest->used_at)
			oldest = k;
	}
	a = arena_new(KEPT_BYTES_MAX);
	if (packs_compose(rq, a, set, &of, err) < 0) {
		arena_free(a);
		return NULL;
	}
	arena_free(oldest->a);
	*oldest = (struct kept){.a = a, .catalog = of.visible, .used_at = ++cache->uses};
	memcpy(oldest->key, key, sizeof key);
	return of.visible;
}

const struct catalog *
rq_catalog(struct rq *rq, struct err *err)
{
	bool is_ours = !db_tx_is_open(rq->api->db);
	struct pack_set set;

	if (rq->ws == 0)
		return rq->api->catalog;
	if ((is_ours && db_tx_begin_ws(rq->api->db, rq->ws, err) < 0) || packs_set(rq, &set, err) < 0 ||
	    (is_ours && db_tx_commit(rq->api->db, err) < 0))
		return NULL;
	if (set.n == 0)
		return rq->api->catalog;
	if (!rq->api->packs)
		rq->api->packs = arena_alloc(rq->api->life, sizeof(struct packs_cache));
	return cached(rq, &set, err);
}

void
packs_free(struct api *api)
{
	for (size_t i = 0; api->packs && i < PACKS_KEPT; i++)
		arena_free(api->packs->kept[i].a);
	arena_free(api->life);
}

/* --- trying, in a child ------------------------------------------------------------------------------------ */

struct trial {
	const struct catalog *base;
	struct bundle *b; /* [n] that are on, room for one more */
	size_t n;
};

/* As people know the file: of their archive, or of a pack with its version. */
static const char *
file_shown(struct arena *a, const char *file)
{
	const size_t n = sizeof UPLOAD_NAME - 1;
	const char *at;

	if (strncmp(file, UPLOAD_NAME "/", n + 1) == 0)
		return file + n + 1;
	if (*file != '/')
		return file;
	at = strstr(file, "/domain/");
	return at ? arena_printf(a, "standard%s", at) : "standard";
}

static void
findings_json(struct arena *a, struct jw *w, const struct pack_finding *f, size_t n)
{
	jw_array(w, "findings");
	for (size_t i = 0; i < n; i++) {
		jw_object(w, NULL);
		jw_str(w, "file", file_shown(a, f[i].file));
		jw_str(w, "pointer", f[i].pointer);
		if (f[i].line)
			jw_uint(w, "line", f[i].line);
		else
			jw_null(w, "line");
		jw_str(w, "message", f[i].message);
		jw_end(w);
	}
	jw_end(w);
}

static int
pack_json(struct arena *a, struct jw *w, const struct pack *p, const struct catalog *c, struct err *err)
{
	const struct skill *s = catalog_skill(c, p->id);
	struct buf text;

	buf_init(&text, a);
	if (jw_canonical(&text, p->document, err) < 0)
		return -1;
	jw_object(w, "pack");
	jw_str(w, "id", p->id);
	jw_str(w, "version", p->version);
	jw_str(w, "label", p->label);
	jw_str(w, "sha256", p->sha256);
	jw_object(w, "summary");
	jw_uint(w, "entities", p->nentities);
	jw_uint(w, "playbooks", p->nplaybooks);
	jw_uint(w, "validators", p->nvalidators);
	jw_uint(w, "programs", s ? s->nfiles : 0);
	jw_end(w);
	jw_array(w, "entities");
	for (size_t i = 0; i < p->nentities; i++)
		jw_str(w, NULL, p->entities[i].id);
	jw_end(w);
	jw_str(w, "document", buf_take(&text));
	jw_end(w);
	return 0;
}

static void
memory_find(struct arena *a, size_t used, const struct pack_finding **f, size_t *n)
{
	struct pack_finding *one;

	if (*n > 0 || used <= PACKS_MEMORY_MAX)
		return;
	one = ARENA_NEW(a, struct pack_finding);
	*one = (struct pack_finding){.file = "(all own packs)", .pointer = "", .message = arena_printf(a,
	    "loaded together they take %zu MiB of memory; a workspace's own packs may take %zu MiB", used >> 20,
	    PACKS_MEMORY_MAX >> 20)};
	*f = one;
	*n = 1;
}

/* Which pack an upload says it is: the name of its document. */
static const char *
upload_id(struct arena *a, const struct bundle *up, bool is_upload)
{
	for (size_t i = 0; is_upload && i < up->nfiles; i++) {
		const char *name = up->files[i].path + sizeof "domain/" - 1;

		if (!strchr(name, '/'))
			return arena_dup(a, name, strlen(name) - (sizeof ".json" - 1));
	}
	return NULL;
}

static int
try_child(struct arena *a, void *arg, int fd, struct buf *out, struct err *err)
{
	struct trial *t = arg;
	const struct pack_finding *f = NULL;
	const struct catalog *c = NULL;
	struct bundle *up = &t->b[t->n];
	size_t n = 0, len, before;
	char *bytes;
	struct jw w;

	if (fd >= 0) {
		if (fd_read_all(a, fd, BUNDLE_ARCHIVE_BYTES_MAX, &bytes, &len, err) < 0)
			return -1;
		bundle_read(a, bytes, len, UPLOAD_NAME, up, &f, &n);
	}
	before = arena_used(a);
	if (n == 0 && catalog_extend(a, t->base, t->b, t->n + (fd >= 0), &c, &f, &n, err) < 0)
		return -1;
	memory_find(a, arena_used(a) - before, &f, &n);
	jw_init(&w, out);
	jw_object(&w, NULL);
	findings_json(a, &w, f, n);
	jw_str(&w, "upload", upload_id(a, up, fd >= 0));
	jw_array(&w, "ignored");
	for (size_t i = 0; fd >= 0 && n == 0 && i < up->nignored; i++)
		jw_str(&w, NULL, up->ignored[i]);
	jw_end(&w);
	if (fd >= 0 && n == 0) {
		if (pack_json(a, &w, &c->packs[c->npacks - 1], c, err) < 0)
			return -1;
	} else {
		jw_null(&w, "pack");
	}
	jw_end(&w);
	if (fd >= 0 && n == 0) {
		buf_char(out, '\n');
		bundle_format(up, out);
	}
	return 0;
}

int
packs_try(struct rq *rq, const struct pack_set *set, int fd, char **answer, size_t *n, struct err *err)
{
	struct trial t = {.base = rq->api->catalog};

	if (load_bundles(rq, rq->a, set, &t.b, &t.n, err) < 0)
		return -1;
	return apart_run(rq->a, &try_limits, try_child, &t, fd, answer, n, err);
}

/* --- what depends on what is off ----------------------------------------------------------------------------- */

const char *
packs_broken(struct arena *a, const struct packs_of *of, const struct pack_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct pack *off = set->at[i].is_enabled ? NULL : catalog_pack(of->full, set->at[i].pack);

		for (size_t k = 0; off && k < of->visible->npacks; k++) {
			const char *need = pack_need(a, &of->visible->packs[k], off);

			if (need)
				return arena_printf(a, "'%s' needs '%s': its %s", of->visible->packs[k].id, off->id, need);
		}
	}
	return NULL;
}
