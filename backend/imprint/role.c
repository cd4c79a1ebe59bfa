/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/role.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jpatch.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/imprint.h"

#define SCHEMAS_MAX 256

static const struct {
	const char *name, *file;
} roles[ROLE__COUNT] = {
    [ROLE_PLANNER] = {"planner", "planner.json"},
    [ROLE_INTENT] = {"intent", "intent.json"},
    [ROLE_SKILLS] = {"skills", "skill_resolver.json"},
    [ROLE_EXECUTOR] = {"executor", "executor.json"},
    [ROLE_EVALUATOR] = {"evaluator", "evaluator.json"},
};

enum imprint_role
imprint_role_find(const char *name)
{
	enum imprint_role r = ROLE_PLANNER;

	while (r < ROLE__COUNT && strcmp(roles[r].name, name) != 0)
		r++;
	return r;
}

const char *
imprint_role_name(enum imprint_role role)
{
	return roles[role].name;
}

const char *
imprint_role_file(enum imprint_role role)
{
	return roles[role].file;
}

static int
by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static int
refuse(struct imp_diags *d, const char *where, const char *what)
{
	(void)imp_add(d, IMP_E_SCHEMA, "", "%s: %s", where, arena_str(d->a, what));
	return -1;
}

/* Every schema of the folder by its $id, as the registry wants remotes. The one that is opened is left out: it is the root. */
static int
remotes_load(struct arena *a, const char *dir, const char *but, struct jx **out, struct imp_diags *d)
{
	const char **names = ARENA_ARRAY(a, SCHEMAS_MAX, const char *);
	struct jx *all = ARENA_NEW(a, struct jx);
	struct err err;
	DIR *at = opendir(dir);
	size_t n = 0;

	if (!at)
		return refuse(d, dir, "there is no such folder");
	for (struct dirent *e; (e = readdir(at)) != NULL && n < SCHEMAS_MAX;) {
		size_t len = strlen(e->d_name);

		if (len > 5 && strcmp(e->d_name + len - 5, ".json") == 0 && strcmp(e->d_name, but) != 0)
			names[n++] = arena_str(a, e->d_name);
	}
	(void)closedir(at);
	qsort(names, n, sizeof *names, by_text);
	all->type = JX_OBJECT;
	all->u.object.at = ARENA_ARRAY(a, n, struct jx_member);
	for (size_t i = 0; i < n; i++) {
		struct jx *doc;
		const char *id;

		if (jx_load(a, arena_printf(a, "%s/%s", dir, names[i]), NULL, &doc, &err) < 0)
			return refuse(d, names[i], err.msg);
		id = jx_str(jx_find(doc, "$id"), NULL);
		if (id)
			all->u.object.at[all->u.object.n++] = (struct jx_member){id, strlen(id), doc};
	}
	*out = all;
	return 0;
}

/* {"$defs":{"skill_id":…}} with a list of values in place of it: as a JSON patch, so the file stays what it is. */
static int
choices_apply(struct arena *a, const char *file, const struct jx *choices, const struct jx **root, struct imp_diags *d)
{
	struct err err;
	struct jx *patch;
	struct buf b;
	struct jw w;

	buf_init(&b, a);
	jw_init(&w, &b);
	jw_array(&w, NULL);
	for (size_t i = 0; i < jx_size(choices); i++) {
		const struct jx_member *m = &choices->u.object.at[i];

		if (!jx_find(jx_find(*root, "$defs"), m->key))
			return refuse(d, file, arena_printf(a, "there is no '%s' in its $defs to choose for", m->key));
		jw_object(&w, NULL);
		jw_str(&w, "op", "add");
		jw_str(&w, "path", arena_printf(a, "%s/enum", imp_join(a, "/$defs", m->key, m->key_bytes)));
		jw_value(&w, "value", m->value);
		jw_end(&w);
	}
	jw_end(&w);
	if (jx_parse(a, b.p, b.len, NULL, &patch, &err) < 0 || jpatch_apply(a, *root, patch, root, &err) < 0)
		return refuse(d, file, err.msg);
	return 0;
}

int
imprint_schemas_open(struct arena *a, const char *packs_dir, const char *file, const struct jx *choices,
    struct imprint **out, struct imp_diags *d)
{
	const char *dir = arena_printf(a, "%s/schema", packs_dir);
	const struct jx *root;
	struct jx *doc, *remotes;
	struct err err;

	if (remotes_load(a, dir, file, &remotes, d) < 0)
		return -1;
	if (jx_load(a, arena_printf(a, "%s/%s", dir, file), NULL, &doc, &err) < 0)
		return refuse(d, file, err.msg);
	root = doc;
	if (choices && jx_size(choices) > 0 && choices_apply(a, file, choices, &root, d) < 0)
		return -1;
	return imprint_open(a, &(struct imprint_source){.root = root, .name = file, .remotes = remotes}, out, d);
}

int
imprint_role_open(struct arena *a, const char *packs_dir, enum imprint_role role, const struct jx *choices,
    struct imprint **out, struct imp_diags *d)
{
	INVARIANT(role < ROLE__COUNT);
	return imprint_schemas_open(a, packs_dir, roles[role].file, choices, out, d);
}

int
imprint_role_template(struct arena *a, const char *packs_dir, enum imprint_role role, const struct jx *choices,
    const struct encode_options *opt, struct buf *b, struct imp_diags *d)
{
	const struct encode_options none = {0};
	struct imprint *im;

	if (imprint_role_open(a, packs_dir, role, choices, &im, d) < 0)
		return -1;
	return imprint_encode(im, NULL, NULL, opt ? opt : &none, b, d);
}

int
imprint_role_decode(struct arena *a, const char *packs_dir, enum imprint_role role, const struct jx *choices,
    const char *text, size_t n, bool is_lenient, struct buf *b, struct buf *repairs, struct imp_diags *d)
{
	struct imprint *im;

	if (imprint_role_open(a, packs_dir, role, choices, &im, d) < 0)
		return -1;
	return imprint_decode_text(im, NULL, NULL, text, n, false, is_lenient, b, repairs, d);
}
