/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/fd.h"
#include "core/jx.h"
#include "types/jschema.h"

static const char *const schema_file[DOC__COUNT] = {
    [DOC_PACK] = "pack",         [DOC_PLAYBOOK] = "playbook",   [DOC_WORKFLOW] = "workflow",
    [DOC_POLICY] = "policy",     [DOC_PROFILE] = "profile",     [DOC_CANDIDATE] = "candidate",
    [DOC_CONTRACT] = "contract", [DOC_PLAN] = "plan",
};

void
pack_find_add(struct loader *l, const char *file, const char *pointer, uint32_t line,
    const char *fmt, ...)
{
	va_list ap;

	if (l->n == PACK_FINDINGS_MAX) {
		l->dropped++;
		return;
	}
	if (!l->findings)
		l->findings = ARENA_ARRAY(l->a, PACK_FINDINGS_MAX, struct pack_finding);
	va_start(ap, fmt);
	l->findings[l->n++] = (struct pack_finding){
	    .file = file,
	    .pointer = pointer,
	    .line = line,
	    .message = arena_vprintf(l->a, fmt, ap),
	};
	va_end(ap);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t
pack_dir_list(struct loader *l, const char *dir, int want_dirs, const char ***out)
{
	struct list names;
	struct dirent *e;
	DIR *d = opendir(dir);

	list_init(&names, l->a, sizeof(const char *));
	*out = NULL;
	if (!d) {
		if (errno != ENOENT)
			pack_find_add(l, dir, "", 0, "the folder cannot be read: %s",
			    strerror(errno));
		return 0;
	}
	while ((e = readdir(d)) != NULL) {
		struct stat st;

		if (e->d_name[0] == '.' || strcmp(e->d_name, "__pycache__") == 0)
			continue;
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) {
			pack_find_add(l, arena_printf(l->a, "%s/%s", dir, e->d_name), "", 0,
			    "neither a file nor a folder; packs hold plain files only");
			continue;
		}
		if (S_ISDIR(st.st_mode) != (want_dirs != 0))
			continue;
		if (names.n == PACK_DIR_ENTRIES_MAX) {
			pack_find_add(l, dir, "", 0, "more than %d entries", PACK_DIR_ENTRIES_MAX);
			break;
		}
		*(const char **)list_add(&names) = arena_str(l->a, e->d_name);
	}
	(void)closedir(d);
	*out = (const char **)(void *)names.at;
	if (names.n > 1)
		qsort(names.at, names.n, sizeof(const char *), by_name);
	return names.n;
}

/* The name without ".json", or NULL for another kind of file. */
static const char *
json_stem(struct arena *a, const char *name)
{
	size_t n = strlen(name);

	if (n <= 5 || strcmp(name + n - 5, ".json") != 0)
		return NULL;
	return arena_dup(a, name, n - 5);
}

static bool
doc_valid(struct loader *l, const char *file, const char *base, const struct jx *doc,
    enum doc_kind kind)
{
	const struct jschema_error *errors;
	size_t n;

	if (!l->schema[kind])
		return false;
	if (jschema_validate(l->schema[kind], l->a, doc, 20, &errors, &n))
		return true;
	for (size_t i = 0; i < n; i++)
		pack_find_add(l, file, arena_printf(l->a, "%s%s", base, errors[i].pointer),
		    errors[i].line, "expected %s, found %s", errors[i].expected,
		    errors[i].found);
	return false;
}

/* Read, parse and validate one document whose id must be want_id. NULL after a finding. */
static const struct jx *
doc_load(struct loader *l, const char *file, enum doc_kind kind, const char *want_id)
{
	struct jx_options opt = {.bytes_max = PACK_DOCUMENT_BYTES_MAX, .depth_max = PACK_DEPTH_MAX};
	struct jx *doc;
	struct err err;

	if (jx_load(l->a, file, &opt, &doc, &err) < 0) {
		pack_find_add(l, file, "", 0, "%s", err.msg);
		return NULL;
	}
	if (!doc_valid(l, file, "", doc, kind))
		return NULL;
	if (!jx_is_str(jx_find(doc, "id"), want_id)) {
		pack_find_add(l, file, "/id", jx_find(doc, "id")->line,
		    "the id is '%s', but the file's name says '%s'",
		    jx_str(jx_find(doc, "id"), ""), want_id);
		return NULL;
	}
	return doc;
}

static void
schemas_load(struct loader *l)
{
	for (enum doc_kind k = 0; k < DOC__COUNT; k++) {
		const char *file =
		    arena_printf(l->a, "%s/schema/%s.json", l->dir, schema_file[k]);
		struct jx *doc;
		struct err err;

		if (jx_load(l->a, file, NULL, &doc, &err) < 0 ||
		    jschema_compile(l->a, doc, &l->schema[k], &err) < 0) {
			pack_find_add(l, file, "", 0, "%s", err.msg);
			continue;
		}
		l->schema_text[k] = doc;
	}
}

static void
playbooks_load(struct loader *l, const struct jx *pack_doc, const char *pack_file, struct pack *p)
{
	const char *dir = arena_printf(l->a, "%s/domain/%s/playbooks", l->dir, p->id);
	const struct jx *listed = jx_find(pack_doc, "playbooks");
	const char **names;
	size_t n = pack_dir_list(l, dir, 0, &names), nlisted = jx_size(listed);
	struct list out;

	list_init(&out, l->a, sizeof(struct playbook));
	for (size_t i = 0; i < n; i++) {
		const char *id = json_stem(l->a, names[i]);
		const char *file = arena_printf(l->a, "%s/%s", dir, names[i]);
		const struct jx *doc;
		size_t k = 0;

		while (id && k < nlisted && !jx_is_str(jx_at(listed, k), id))
			k++;
		if (!id || k == nlisted) {
			pack_find_add(l, file, "", 0,
			    "%s does not list this playbook under `playbooks`", pack_file);
			continue;
		}
		doc = doc_load(l, file, DOC_PLAYBOOK, id);
		if (!doc || !doc_valid(l, file, "/candidate", jx_find(doc, "candidate"),
		    DOC_CANDIDATE))
			continue;
		if (!jx_is_str(jx_find(doc, "pack"), p->id))
			pack_find_add(l, file, "/pack", jx_find(doc, "pack")->line,
			    "the pack is '%s', but the file lies with pack '%s'",
			    jx_str(jx_find(doc, "pack"), ""), p->id);
		playbook_read(l, file, doc, list_add(&out));
	}
	for (size_t k = 0; k < nlisted; k++) {
		size_t i = 0;
		const char *id = jx_str(jx_at(listed, k), "");

		while (i < n && strcmp(names[i], arena_printf(l->a, "%s.json", id)) != 0)
			i++;
		if (i == n)
			pack_find_add(l, pack_file, arena_printf(l->a, "/playbooks/%zu", k),
			    jx_at(listed, k)->line, "there is no %s/%s.json", dir, id);
	}
	p->playbooks = (const struct playbook *)(void *)out.at;
	p->nplaybooks = out.n;
}

static void
packs_load(struct loader *l)
{
	const char *dir = arena_printf(l->a, "%s/domain", l->dir);
	const char **names;
	size_t n = pack_dir_list(l, dir, 0, &names), count = 0;
	struct pack *packs = ARENA_ARRAY(l->a, n, struct pack);

	for (size_t i = 0; i < n; i++) {
		const char *id = json_stem(l->a, names[i]);
		const char *file = arena_printf(l->a, "%s/%s", dir, names[i]);
		const struct jx *doc = id ? doc_load(l, file, DOC_PACK, id) : NULL;

		if (!doc)
			continue;
		/* Entities point at their pack, so it must not move afterwards. */
		pack_read(l, file, doc, &packs[count]);
		playbooks_load(l, doc, file, &packs[count]);
		count++;
	}
	l->out->packs = packs;
	l->out->npacks = count;
}

static void
skills_load(struct loader *l)
{
	struct list out;

	list_init(&out, l->a, sizeof(struct skill));
	for (int shared = 0; shared < 2; shared++) {
		const char *dir =
		    arena_printf(l->a, "%s/%s", l->dir, shared ? "skill" : "domain");
		const char **names;
		size_t n = pack_dir_list(l, dir, 1, &names);

		for (size_t i = 0; i < n; i++) {
			struct skill s = {0};
			const char *from = shared
			    ? arena_printf(l->a, "%s/%s", dir, names[i])
			    : arena_printf(l->a, "%s/%s/programs", dir, names[i]);

			skill_load(l, from, names[i], &s);
			if (s.nfiles == 0)
				continue;
			for (size_t k = 0; k < out.n; k++)
				if (strcmp(((struct skill *)(void *)out.at)[k].id, s.id) == 0)
					pack_find_add(l, from, "", 0,
					    "a skill '%s' exists already", s.id);
			*(struct skill *)list_add(&out) = s;
		}
	}
	l->out->skills = (const struct skill *)(void *)out.at;
	l->out->nskills = out.n;
}

static void
workflows_load(struct loader *l)
{
	const char *dir = arena_printf(l->a, "%s/workflow", l->dir);
	const char **names;
	size_t n = pack_dir_list(l, dir, 0, &names), count = 0;
	struct workflow *w = ARENA_ARRAY(l->a, n, struct workflow);

	for (size_t i = 0; i < n; i++) {
		const char *id = json_stem(l->a, names[i]);
		const char *file = arena_printf(l->a, "%s/%s", dir, names[i]);
		const struct jx *doc = id ? doc_load(l, file, DOC_WORKFLOW, id) : NULL;

		if (!doc)
			continue;
		w[count].id = id;
		w[count].version = jx_str(jx_find(doc, "version"), "");
		w[count].label = jx_str(jx_find(doc, "label"), "");
		count++;
	}
	l->out->workflows = w;
	l->out->nworkflows = count;
}

static void
policies_load(struct loader *l)
{
	static const char prefix[] = "profile-";
	const size_t prefix_bytes = sizeof prefix - 1;
	const char *dir = arena_printf(l->a, "%s/policy", l->dir);
	const char **names;
	size_t n = pack_dir_list(l, dir, 0, &names), npolicies = 0, nprofiles = 0;
	struct policy *policies = ARENA_ARRAY(l->a, n, struct policy);
	struct profile *profiles = ARENA_ARRAY(l->a, n, struct profile);

	for (size_t i = 0; i < n; i++) {
		const char *id = json_stem(l->a, names[i]);
		const char *file = arena_printf(l->a, "%s/%s", dir, names[i]);
		bool is_profile = id && strncmp(id, prefix, prefix_bytes) == 0;
		const struct jx *doc;
		struct err err;

		if (!id)
			continue;
		doc = doc_load(l, file, is_profile ? DOC_PROFILE : DOC_POLICY,
		    is_profile ? id + prefix_bytes : id);
		if (!doc)
			continue;
		if (!is_profile)
			policy_read(l->a, doc, &policies[npolicies++]);
		else if (profile_read(l->a, doc, &profiles[nprofiles], &err) < 0)
			pack_find_add(l, file, "", 0, "%s", err.msg);
		else
			nprofiles++;
	}
	l->out->policies = policies;
	l->out->npolicies = npolicies;
	l->out->profiles = profiles;
	l->out->nprofiles = nprofiles;
}

/* Over ids, versions and hashes rather than raw bytes: white space in a pack changes nothing. */
static void
catalog_hash(struct loader *l, struct catalog *c)
{
	struct buf b;

	buf_init(&b, l->a);
	for (size_t i = 0; i < c->npacks; i++) {
		buf_printf(&b, "pack %s %s\n", c->packs[i].id, c->packs[i].sha256);
		for (size_t k = 0; k < c->packs[i].nplaybooks; k++)
			buf_printf(&b, "playbook %s %s\n", c->packs[i].playbooks[k].id,
			    c->packs[i].playbooks[k].sha256);
	}
	for (size_t i = 0; i < c->nskills; i++)
		buf_printf(&b, "skill %s %s\n", c->skills[i].id, c->skills[i].sha256);
	for (size_t i = 0; i < c->nworkflows; i++)
		buf_printf(&b, "workflow %s %s\n", c->workflows[i].id, c->workflows[i].version);
	for (size_t i = 0; i < c->npolicies; i++) {
		const struct policy *p = &c->policies[i];

		buf_printf(&b, "policy %s %s %d%d%d%d %u\n", p->id, p->version, p->may_adapt,
		    p->may_bind_generic, p->needs_criteria, p->needs_gate, p->max_retries);
	}
	for (size_t i = 0; i < c->nprofiles; i++)
		buf_printf(&b, "profile %s %s\n", c->profiles[i].id, c->profiles[i].sha256);
	sha256_hex(b.p, b.len, c->sha256);
}

int
catalog_check(struct arena *a, const char *packs_dir, const struct catalog **out,
    const struct pack_finding **findings, size_t *n, struct err *err)
{
	struct catalog *c = ARENA_NEW(a, struct catalog);
	struct loader l = {.a = a, .dir = packs_dir, .out = c};
	int dir = fd_open_dir(packs_dir, err);

	if (dir < 0)
		return -1;
	fd_close(&dir);
	schemas_load(&l);
	if (l.n == 0) {
		packs_load(&l);
		skills_load(&l);
		workflows_load(&l);
		policies_load(&l);
	}
	c->schema_candidate = l.schema_text[DOC_CANDIDATE];
	c->schema_contract = l.schema_text[DOC_CONTRACT];
	c->schema_plan = l.schema_text[DOC_PLAN];
	c->schema_profile = l.schema_text[DOC_PROFILE];
	if (l.n == 0)
		pack_check_links(&l);
	if (l.n == 0) {
		catalog_hash(&l, c);
		*out = c;
	}
	*findings = l.findings;
	*n = l.n;
	return 0;
}

int
catalog_load(struct arena *a, const char *packs_dir, const struct catalog **out, struct err *err)
{
	const struct catalog *c = NULL;
	const struct pack_finding *f;
	size_t n;

	if (catalog_check(a, packs_dir, &c, &f, &n, err) < 0)
		return -1;
	if (n == 0) {
		*out = c;
		return 0;
	}
	if (f[0].line > 0)
		return err_set(err, E_CONFIG, "%s, line %u, %s: %s%s", f[0].file, f[0].line,
		    f[0].pointer[0] ? f[0].pointer : "/", f[0].message,
		    n > 1 ? arena_printf(a, " (and %zu more findings)", n - 1) : "");
	return err_set(err, E_CONFIG, "%s: %s%s", f[0].file, f[0].message,
	    n > 1 ? arena_printf(a, " (and %zu more findings)", n - 1) : "");
}

int
profile_parse(struct arena *a, const struct catalog *c, const struct jx *document,
    struct profile *out, struct err *err)
{
	struct jschema *schema;
	const struct jschema_error *errors;
	struct profile p = {0};
	size_t n;

	if (jschema_compile(a, c->schema_profile, &schema, err) < 0)
		return -1;
	if (!jschema_validate(schema, a, document, 1, &errors, &n))
		return err_set(err, E_SCHEMA, "profile, line %u, %s: expected %s, found %s",
		    errors[0].line, errors[0].pointer[0] ? errors[0].pointer : "/",
		    errors[0].expected, errors[0].found);
	if (profile_read(a, document, &p, err) < 0)
		return -1;
	*out = p;
	return 0;
}
