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
#include "core/num.h"
#include "pack/bundle.h"
#include "types/jschema.h"

static const char *const schema_file[DOC__COUNT] = {
    [DOC_PACK] = "pack",         [DOC_PLAYBOOK] = "playbook",   [DOC_WORKFLOW] = "workflow",
    [DOC_POLICY] = "policy",     [DOC_PROFILE] = "profile",     [DOC_CANDIDATE] = "candidate",
    [DOC_CONTRACT] = "contract", [DOC_PLAN] = "plan",         [DOC_KINDS] = "kinds",
    [DOC_SLOTS] = "slots",       [DOC_ADAPTERS] = "adapters",
    [DOC_TOOLS] = "tools",       [DOC_VOCABULARY] = "vocabulary",
};

void
pack_find_add(struct loader *l, const char *file, const char *pointer, uint32_t line,
    const char *fmt, ...)
{
	va_list ap;

	const char *message;

	if (l->n == PACK_FINDINGS_MAX) {
		l->dropped++;
		return;
	}
	if (!l->findings)
		l->findings = ARENA_ARRAY(l->a, PACK_FINDINGS_MAX, struct pack_finding);
	va_start(ap, fmt);
	message = arena_vprintf(l->a, fmt, ap);
	va_end(ap);
	/* A folder is listed more than once, for files and for folders. */
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->findings[i].file, file) == 0 && strcmp(l->findings[i].pointer, pointer) == 0 &&
		    strcmp(l->findings[i].message, message) == 0)
			return;
	l->findings[l->n++] = (struct pack_finding){.file = file, .pointer = pointer, .line = line, .message = message};
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
	DIR *d;

	if (l->bundles)
		return bundle_list(l, dir, want_dirs, out);
	d = opendir(dir);
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

/* The line that a message of the JSON reader names: "line 3, column 5: …"; 0: none. */
static uint32_t
line_said(const char *msg)
{
	const char *at = strstr(msg, "line ");
	int64_t line = 0;

	if (at)
		(void)num_parse(at + 5, strspn(at + 5, "0123456789"), 1, UINT32_MAX, &line, NULL);
	return (uint32_t)line;
}

static int
doc_parse(struct loader *l, const char *file, struct jx **doc, struct err *err)
{
	const size_t max = l->bundles ? BUNDLE_DOCUMENT_BYTES_MAX : PACK_DOCUMENT_BYTES_MAX;
	struct jx_options opt = {.bytes_max = max, .depth_max = PACK_DEPTH_MAX};
	char *text;
	size_t n;

	if (source_load(l, file, max, &text, &n, err) < 0)
		return -1;
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		return err_set(err, E_JSON, "line 1, column 1: a byte order mark; save it as UTF-8 without one");
	return jx_parse(l->a, text, n, &opt, doc, err);
}

/* Read, parse and validate one document whose id must be want_id (NULL: it has none). NULL after a finding. */
static const struct jx *
doc_load(struct loader *l, const char *file, enum doc_kind kind, const char *want_id)
{
	struct jx *doc;
	struct err err;

	if (doc_parse(l, file, &doc, &err) < 0) {
		pack_find_add(l, file, "", err.code == E_JSON ? line_said(err.msg) : 0, "%s", err.msg);
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
	texts_check(l, file, doc);
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

/* Where a document that is not taken says its id; 0 when it cannot be read. */
static uint32_t
id_line(struct loader *l, const char *file)
{
	struct jx_options opt = {.bytes_max = PACK_DOCUMENT_BYTES_MAX, .depth_max = PACK_DEPTH_MAX};
	const struct jx *id;
	struct jx *doc;
	char *text;
	size_t n;

	if (source_load(l, file, opt.bytes_max, &text, &n, NULL) < 0 || jx_parse(l->a, text, n, &opt, &doc, NULL) < 0)
		return 0;
	id = jx_find(doc, "id");
	return id ? id->line : 0;
}

/* The JSON documents of <root>/<folder> of all roots, by root and id. */
static size_t
entries_list(struct loader *l, const char *folder, const struct entry **out)
{
	struct list found;

	list_init(&found, l->a, sizeof(struct entry));
	for (size_t d = 0; d < source_roots(l); d++) {
		const char *dir = arena_printf(l->a, "%s/%s", source_root(l, d), folder);
		const char **names;
		size_t n = pack_dir_list(l, dir, 0, &names);

		for (size_t i = 0; i < n; i++) {
			const char *id = json_stem(l->a, names[i]);
			struct entry e = {.id = id, .file = arena_printf(l->a, "%s/%s", dir, names[i]),
			    .root = source_root(l, d), .order = d};
			bool is_there = id && l->base && catalog_pack(l->base, id);

			for (size_t k = 0; id && k < found.n; k++)
				is_there = is_there ||
				    strcmp(((struct entry *)(void *)found.at)[k].id, id) == 0;
			if (is_there)
				pack_find_add(l, e.file, "/id", id_line(l, e.file),
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

/* Folders beside the packs' documents belong to one of them: programs of any other name would be those of another pack. */
static void
folders_check(struct loader *l)
{
	for (size_t d = 0; d < source_roots(l); d++) {
		const char *dir = arena_printf(l->a, "%s/domain", source_root(l, d));
		const char **files, **folders;
		size_t n = pack_dir_list(l, dir, 0, &files), nfolders = pack_dir_list(l, dir, 1, &folders);

		for (size_t i = 0; i < nfolders; i++) {
			const char *want = arena_printf(l->a, "%s.json", folders[i]);
			size_t k = 0;

			while (k < n && strcmp(files[k], want) != 0)
				k++;
			if (k == n)
				pack_find_add(l, arena_printf(l->a, "%s/%s", dir, folders[i]), "", 0,
				    "there is no pack domain/%s that this could belong to; a pack's folder has its id for a name",
				    want);
		}
	}
}

static void
packs_load(struct loader *l)
{
	const struct entry *from;
	size_t n = entries_list(l, "domain", &from), count = l->base ? l->base->npacks : 0;
	struct pack *packs = ARENA_ARRAY(l->a, n + count, struct pack);

	for (size_t i = 0; i < count; i++)
		pack_copy(l->a, &l->base->packs[i], &packs[i]);
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
	folders_check(l);
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
	for (size_t i = 0; l->base && i < l->base->nskills; i++)
		*(struct skill *)list_add(&out) = l->base->skills[i];
	for (int shared = 0; shared < 2; shared++)
		for (size_t d = 0; d < source_roots(l); d++)
			skills_of(l, source_root(l, d), shared == 1, &out);
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

/* Tools are the platform's: only the first folder has them. */
static void
tools_load(struct loader *l)
{
	const char *file = arena_printf(l->a, "%s/tools.json", l->dirs[0]);
	const struct jx *list = access(file, F_OK) == 0 ? jx_find(doc_load(l, file, DOC_TOOLS, NULL), "tools") : NULL;
	size_t n = jx_size(list);
	struct tool_info *t = ARENA_ARRAY(l->a, n, struct tool_info);
	struct err err;

	for (size_t i = 0; i < n; i++) {
		const struct jx *d = jx_at(list, i);

		t[i].id = jx_str(jx_find(d, "id"), "");
		t[i].version = jx_str(jx_find(d, "version"), "");
		t[i].label = jx_str(jx_find(d, "label"), "");
		t[i].says = jx_str(jx_find(d, "says"), "");
		t[i].synonyms = strings_read(l->a, jx_find(d, "synonyms"), &t[i].nsynonyms);
		t[i].effects = strings_read(l->a, jx_find(d, "effects"), &t[i].neffects);
		t[i].document = d;
		if (doc_hash(l->a, d, t[i].sha256, &err) < 0)
			pack_find_add(l, file, arena_printf(l->a, "/tools/%zu", i), d->line, "%s", err.msg);
		for (size_t k = 0; k < i; k++)
			if (strcmp(t[k].id, t[i].id) == 0)
				pack_find_add(l, file, arena_printf(l->a, "/tools/%zu/id", i), d->line, "two tools '%s'", t[i].id);
	}
	l->out->tools = t;
	l->out->ntools = n;
}

/* Like tools, the platform's. */
static void
vocabularies_load(struct loader *l)
{
	const char *dir = arena_printf(l->a, "%s/vocabulary", l->dirs[0]);
	const char **names;
	size_t n = pack_dir_list(l, dir, 0, &names), count = 0;
	struct vocabulary *v = ARENA_ARRAY(l->a, n, struct vocabulary);
	struct err err;

	for (size_t i = 0; i < n; i++) {
		const char *id = json_stem(l->a, names[i]), *file = arena_printf(l->a, "%s/%s", dir, names[i]);
		const struct jx *doc = id ? doc_load(l, file, DOC_VOCABULARY, id) : NULL;

		if (!doc)
			continue;
		vocabulary_document_read(l->a, doc, &v[count]);
		if (doc_hash(l->a, doc, v[count++].sha256, &err) < 0)
			pack_find_add(l, file, "", 0, "%s", err.msg);
	}
	l->out->vocabularies = v;
	l->out->nvocabularies = count;
}

/* Every packs folder may register adapters. */
static void
adapters_load(struct loader *l)
{
	struct list all;

	list_init(&all, l->a, sizeof(struct adapter));
	for (size_t d = 0; d < l->ndirs; d++) {
		const char *file = arena_printf(l->a, "%s/adapters.json", l->dirs[d]);

		if (access(file, F_OK) == 0)
			adapters_read(l, file, doc_load(l, file, DOC_ADAPTERS, NULL), &all);
	}
	adapters_take(l->out, &all);
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
	for (size_t i = 0; i < c->ntools; i++)
		buf_printf(&b, "tool %s %s\n", c->tools[i].id, c->tools[i].sha256);
	for (size_t i = 0; i < c->nadapters; i++)
		buf_printf(&b, "adapter %s %s\n", c->adapters[i].id, c->adapters[i].sha256);
	for (size_t i = 0; i < c->nvocabularies; i++)
		buf_printf(&b, "vocabulary %s %s\n", c->vocabularies[i].id, c->vocabularies[i].sha256);
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

/* How many packs are of the folder that is added to: they come first. */
static size_t
packs_of_base(const struct loader *l)
{
	size_t len = strlen(l->dirs[0]), n = 0;

	while (n < l->out->npacks && strncmp(l->out->packs[n].file, l->dirs[0], len) == 0 && l->out->packs[n].file[len] == '/')
		n++;
	return n;
}

/* A folder without any document is more likely the wrong folder than a good one. */
static bool
adds_something(struct loader *l, const char *dir)
{
	static const char *const parts[] = {"domain", "workflow", "policy", "skill"};
	const char **names;

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (pack_dir_list(l, arena_printf(l->a, "%s/%s", dir, parts[i]), strcmp(parts[i], "skill") == 0, &names) > 0)
			return true;
	return access(arena_printf(l->a, "%s/adapters.json", dir), F_OK) == 0;
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
		adapters_load(&l);
		tools_load(&l);
		vocabularies_load(&l);
		packs_load(&l);
		skills_load(&l);
		workflows_load(&l);
		policies_load(&l);
	}
	if (l.ndirs == 2 && l.n == 0 && !adds_something(&l, packs_dir))
		pack_find_add(&l, packs_dir, "", 0, "it adds nothing: a pack's folder holds domain/<id>.json");
	c->schema_candidate = l.schema_text[DOC_CANDIDATE];
	c->schema_contract = l.schema_text[DOC_CONTRACT];
	c->schema_plan = l.schema_text[DOC_PLAN];
	c->schema_profile = l.schema_text[DOC_PROFILE];
	if (l.ndirs == 2)
		own_check(&l, packs_of_base(&l));
	if (!l.is_partial)
		pack_check_links(&l);
	c->schemas = ARENA_ARRAY(a, DOC__COUNT, struct jschema *);
	memcpy((void *)(uintptr_t)c->schemas, l.schema, sizeof l.schema);
	if (l.n == 0) {
		catalog_hash(&l, c);
		*out = c;
	}
	*findings = l.findings;
	*n = l.n;
	return 0;
}

int
catalog_extend(struct arena *a, const struct catalog *base, const struct bundle *b, size_t n,
    const struct catalog **out, const struct pack_finding **findings, size_t *nfindings, struct err *err)
{
	struct catalog *c = ARENA_NEW(a, struct catalog);
	struct loader l = {.a = a, .dirs = {"packs"}, .out = c, .base = base, .bundles = b, .nbundles = n};

	if (!base->schemas)
		return err_set(err, E_INTERNAL, "the catalog was not loaded from a folder");
	*c = *base;
	memcpy(l.schema, base->schemas, sizeof l.schema);
	packs_load(&l);
	skills_load(&l);
	own_check(&l, base->npacks);
	if (!l.is_partial)
		pack_check_links(&l);
	if (l.n == 0) {
		catalog_hash(&l, c);
		*out = c;
	}
	*findings = l.findings;
	*nfindings = l.n;
	return 0;
}

int
catalog_load(struct arena *a, const char *packs_dir, const struct catalog **out, struct err *err)
{
	return catalog_load_over(a, NULL, packs_dir, out, err);
}

int
catalog_load_over(struct arena *a, const char *base_dir, const char *packs_dir, const struct catalog **out, struct err *err)
{
	const struct catalog *c = NULL;
	const struct pack_finding *f;
	size_t n;

	if (catalog_check_over(a, base_dir, packs_dir, &c, &f, &n, err) < 0)
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
