/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/fd.h"
#include "core/jx.h"
#include "types/jschema.h"

static const char *const schema_file[DOC__COUNT] = {
    [DOC_PACK] = "pack",         [DOC_PLAYBOOK] = "playbook",   [DOC_WORKFLOW] = "workflow",
    [DOC_POLICY] = "policy",     [DOC_PROFILE] = "profile",     [DOC_CANDIDATE] = "candidate",
    [DOC_CONTRACT] = "contract", [DOC_PLAN] = "plan",         [DOC_KINDS] = "kinds",
    [DOC_SLOTS] = "slots",
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

void
find_at(struct loader *l, const char *file, const struct jx *doc, const char *pointer,
    const char *fmt, ...)
{
	const struct jx *node = doc;
	char *at = arena_str(l->a, pointer);
	va_list ap;

	while (*at && (node = jx_pointer(doc, at)) == NULL)
		*strrchr(at, '/') = '\0';
	va_start(ap, fmt);
	pack_find_add(l, file, pointer, (node ? node : doc)->line, "%s",
	    arena_vprintf(l->a, fmt, ap));
	va_end(ap);
}

const char *
pointer_part(struct arena *a, const char *name)
{
	struct buf b;

	buf_init(&b, a);
	for (const char *p = name; *p; p++)
		if (*p == '~' || *p == '/')
			buf_str(&b, *p == '~' ? "~0" : "~1");
		else
			buf_char(&b, *p);
	return b.p ? buf_take(&b) : "";
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
	l->is_partial = true;
	for (size_t i = 0; i < n; i++)
		pack_find_add(l, file, arena_printf(l->a, "%s%s", base, errors[i].pointer),
		    errors[i].line, "expected %s, found %s", errors[i].expected,
		    errors[i].found);
	return false;
}

/* Read, parse and validate one document whose id must be want_id (NULL: it has none). NULL after a finding. */
static const struct jx *
doc_load(struct loader *l, const char *file, enum doc_kind kind, const char *want_id)
{
	struct jx_options opt = {.bytes_max = PACK_DOCUMENT_BYTES_MAX, .depth_max = PACK_DEPTH_MAX};
	struct jx *doc;
	struct err err;

	if (jx_load(l->a, file, &opt, &doc, &err) < 0) {
		pack_find_add(l, file, "", 0, "%s", err.msg);
		l->is_partial = true;
		return NULL;
	}
	if (!doc_valid(l, file, "", doc, kind))
		return NULL;
	if (want_id && !jx_is_str(jx_find(doc, "id"), want_id)) {
		pack_find_add(l, file, "/id", jx_find(doc, "id")->line,
		    "the id is '%s', but the file's name says '%s'",
		    jx_str(jx_find(doc, "id"), ""), want_id);
		l->is_partial = true;
		return NULL;
	}
	return doc;
}

static void
schemas_load(struct loader *l)
{
	for (enum doc_kind k = 0; k < DOC__COUNT; k++) {
		const char *file =
		    arena_printf(l->a, "%s/schema/%s.json", l->dirs[0], schema_file[k]);
		struct jx *doc;
		struct err err;

		if (jx_load(l->a, file, NULL, &doc, &err) < 0 ||
		    jschema_compile(l->a, doc, &l->schema[k], &err) < 0) {
			pack_find_add(l, file, "", 0, "%s", err.msg);
			l->is_partial = true;
			continue;
		}
		l->schema_text[k] = doc;
	}
}

/* One document of a folder that every packs folder may have. */
struct entry {
	const char *id;
	const char *file;
	const char *root; /* the packs folder */
	size_t order;     /* of that folder: what is added to comes first */
};

static int
by_id(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->order != y->order ? (x->order < y->order ? -1 : 1) : strcmp(x->id, y->id);
}

/* The JSON documents of <root>/<folder> of all roots, by root and id. */
static size_t
entries_list(struct loader *l, const char *folder, const struct entry **out)
{
	struct list found;

	list_init(&found, l->a, sizeof(struct entry));
	for (size_t d = 0; d < l->ndirs; d++) {
		const char *dir = arena_printf(l->a, "%s/%s", l->dirs[d], folder);
		const char **names;
		size_t n = pack_dir_list(l, dir, 0, &names);

		for (size_t i = 0; i < n; i++) {
			const char *id = json_stem(l->a, names[i]);
			struct entry e = {.id = id, .file = arena_printf(l->a, "%s/%s", dir, names[i]),
			    .root = l->dirs[d], .order = d};
			bool is_there = false;

			for (size_t k = 0; id && k < found.n; k++)
				is_there = is_there ||
				    strcmp(((struct entry *)(void *)found.at)[k].id, id) == 0;
			if (is_there)
				pack_find_add(l, e.file, "/id", 0,
				    "'%s' exists already; packs extend, they do not shadow", id);
			else if (id)
				*(struct entry *)list_add(&found) = e;
		}
	}
	if (found.n > 1)
		qsort(found.at, found.n, sizeof(struct entry), by_id);
	*out = (const struct entry *)(void *)found.at;
	return found.n;
}

static void
playbooks_load(struct loader *l, const struct jx *pack_doc, const struct entry *from, struct pack *p)
{
	const char *dir = arena_printf(l->a, "%s/domain/%s/playbooks", from->root, p->id);
	const char *pack_file = from->file;
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
	const struct entry *from;
	size_t n = entries_list(l, "domain", &from), count = 0;
	struct pack *packs = ARENA_ARRAY(l->a, n, struct pack);

	for (size_t i = 0; i < n; i++) {
		const struct jx *doc = doc_load(l, from[i].file, DOC_PACK, from[i].id);

		if (!doc)
			continue;
		/* Entities point at their pack, so it must not move afterwards. */
		pack_read(l, from[i].file, doc, &packs[count]);
		playbooks_load(l, doc, &from[i], &packs[count]);
		count++;
	}
	l->out->packs = packs;
	l->out->npacks = count;
}

static void
skills_of(struct loader *l, const char *root, bool shared, struct list *out)
{
	const char *dir = arena_printf(l->a, "%s/%s", root, shared ? "skill" : "domain");
	const char **names;
	size_t n = pack_dir_list(l, dir, 1, &names);

	for (size_t i = 0; i < n; i++) {
		struct skill s = {0};
		const char *from = arena_printf(l->a, "%s/%s%s", dir, names[i], shared ? "" : "/programs");

		skill_load(l, from, names[i], &s);
		if (s.nfiles == 0)
			continue;
		for (size_t k = 0; k < out->n; k++)
			if (strcmp(((struct skill *)(void *)out->at)[k].id, s.id) == 0)
				pack_find_add(l, from, "", 0, "a skill '%s' exists already", s.id);
		*(struct skill *)list_add(out) = s;
	}
}

static void
skills_load(struct loader *l)
{
	struct list out;

	list_init(&out, l->a, sizeof(struct skill));
	for (int shared = 0; shared < 2; shared++)
		for (size_t d = 0; d < l->ndirs; d++)
			skills_of(l, l->dirs[d], shared == 1, &out);
	l->out->skills = (const struct skill *)(void *)out.at;
	l->out->nskills = out.n;
}

static void
workflows_load(struct loader *l)
{
	const struct entry *from;
	size_t n = entries_list(l, "workflow", &from), count = 0;
	struct workflow *w = ARENA_ARRAY(l->a, n, struct workflow);

	for (size_t i = 0; i < n; i++) {
		const struct jx *doc = doc_load(l, from[i].file, DOC_WORKFLOW, from[i].id);
		struct err err;

		if (!doc)
			continue;
		workflow_read(l->a, doc, &w[count]);
		w[count].file = from[i].file;
		if (doc_hash(l->a, doc, w[count++].sha256, &err) < 0)
			pack_find_add(l, from[i].file, "", 0, "%s", err.msg);
	}
	l->out->workflows = w;
	l->out->nworkflows = count;
}

static void
policy_load(struct loader *l, const struct entry *from, struct policy *out, size_t *n)
{
	const struct jx *doc = doc_load(l, from->file, DOC_POLICY, from->id);
	struct err err;

	if (!doc)
		return;
	policy_read(doc, out);
	out->file = from->file;
	if (doc_hash(l->a, doc, out->sha256, &err) < 0)
		pack_find_add(l, from->file, "", 0, "%s", err.msg);
	++*n;
}

static void
policies_load(struct loader *l)
{
	static const char prefix[] = "profile-";
	const size_t prefix_bytes = sizeof prefix - 1;
	const struct entry *from;
	size_t n = entries_list(l, "policy", &from), npolicies = 0, nprofiles = 0;
	struct policy *policies = ARENA_ARRAY(l->a, n, struct policy);
	struct profile *profiles = ARENA_ARRAY(l->a, n, struct profile);

	for (size_t i = 0; i < n; i++) {
		const struct jx *doc;
		struct err err;

		if (strncmp(from[i].id, prefix, prefix_bytes) != 0) {
			policy_load(l, &from[i], &policies[npolicies], &npolicies);
			continue;
		}
		doc = doc_load(l, from[i].file, DOC_PROFILE, from[i].id + prefix_bytes);
		if (!doc)
			continue;
		profiles[nprofiles].file = from[i].file;
		if (profile_read(l->a, doc, &profiles[nprofiles], &err) < 0)
			pack_find_add(l, from[i].file, "", 0, "%s", err.msg);
		else
			nprofiles++;
	}
	l->out->policies = policies;
	l->out->npolicies = npolicies;
	l->out->profiles = profiles;
	l->out->nprofiles = nprofiles;
}

static void
kinds_load(struct loader *l)
{
	const struct jx *list = jx_find(
	    doc_load(l, arena_printf(l->a, "%s/kinds.json", l->dirs[0]), DOC_KINDS, NULL), "kinds");
	size_t n = jx_size(list);
	struct kind_info *k = ARENA_ARRAY(l->a, n, struct kind_info);

	for (size_t i = 0; i < n; i++) {
		const struct jx *d = jx_at(list, i);

		k[i].id = jx_str(jx_find(d, "id"), "");
		k[i].label = jx_str(jx_find(d, "label"), "");
		k[i].family = jx_str(jx_find(d, "family"), "");
		k[i].says = jx_str(jx_find(d, "says"), "");
		k[i].media_types = strings_read(l->a, jx_find(d, "media_types"), &k[i].nmedia_types);
		k[i].extensions = strings_read(l->a, jx_find(d, "extensions"), &k[i].nextensions);
		k[i].document = d;
	}
	l->out->kinds = k;
	l->out->nkinds = n;
}

static void
slots_load(struct loader *l)
{
	const struct jx *list = jx_find(
	    doc_load(l, arena_printf(l->a, "%s/slots.json", l->dirs[0]), DOC_SLOTS, NULL), "slots");
	size_t n = jx_size(list);
	struct slot_info *s = ARENA_ARRAY(l->a, n, struct slot_info);

	for (size_t i = 0; i < n; i++) {
		const struct jx *d = jx_at(list, i);

		s[i].id = jx_str(jx_find(d, "id"), "");
		s[i].label = jx_str(jx_find(d, "label"), "");
		s[i].says = jx_str(jx_find(d, "says"), "");
		s[i].kinds = strings_read(l->a, jx_find(d, "kinds"), &s[i].nkinds);
		s[i].document = d;
	}
	l->out->slots = s;
	l->out->nslots = n;
}

/* Over ids, versions and hashes rather than raw bytes: white space in a pack changes nothing. */
static void
catalog_hash(struct loader *l, struct catalog *c)
{
	char hash[SHA256_HEX];
	struct err err;
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
		buf_printf(&b, "workflow %s %s\n", c->workflows[i].id, c->workflows[i].sha256);
	for (size_t i = 0; i < c->npolicies; i++)
		buf_printf(&b, "policy %s %s\n", c->policies[i].id, c->policies[i].sha256);
	for (size_t i = 0; i < c->nprofiles; i++)
		buf_printf(&b, "profile %s %s\n", c->profiles[i].id, c->profiles[i].sha256);
	for (size_t i = 0; i < c->nkinds; i++)
		if (doc_hash(l->a, c->kinds[i].document, hash, &err) == 0)
			buf_printf(&b, "kind %s %s\n", c->kinds[i].id, hash);
	for (size_t i = 0; i < c->nslots; i++)
		if (doc_hash(l->a, c->slots[i].document, hash, &err) == 0)
			buf_printf(&b, "slot %s %s\n", c->slots[i].id, hash);
	sha256_hex(b.p, b.len, c->sha256);
}

int
catalog_check(struct arena *a, const char *packs_dir, const struct catalog **out,
    const struct pack_finding **findings, size_t *n, struct err *err)
{
	return catalog_check_over(a, NULL, packs_dir, out, findings, n, err);
}

static bool
stands_alone(struct arena *a, const char *dir)
{
	return access(arena_printf(a, "%s/schema", dir), F_OK) == 0;
}

int
catalog_check_over(struct arena *a, const char *base_dir, const char *packs_dir,
    const struct catalog **out, const struct pack_finding **findings, size_t *n, struct err *err)
{
	struct catalog *c = ARENA_NEW(a, struct catalog);
	struct loader l = {.a = a, .out = c};
	int dir = fd_open_dir(packs_dir, err);

	if (dir < 0)
		return -1;
	fd_close(&dir);
	if (base_dir && !stands_alone(a, packs_dir))
		l.dirs[l.ndirs++] = base_dir;
	l.dirs[l.ndirs++] = packs_dir;
	schemas_load(&l);
	if (l.n == 0) {
		kinds_load(&l);
		slots_load(&l);
		packs_load(&l);
		skills_load(&l);
		workflows_load(&l);
		policies_load(&l);
	}
	c->schema_candidate = l.schema_text[DOC_CANDIDATE];
	c->schema_contract = l.schema_text[DOC_CONTRACT];
	c->schema_plan = l.schema_text[DOC_PLAN];
	c->schema_profile = l.schema_text[DOC_PROFILE];
	if (!l.is_partial)
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
