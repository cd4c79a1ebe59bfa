/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "api/example.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/diag.h"
#include "imprint/token.h"
#include "pack/pack.h"

#define NAMES_MAX 2000
#define DEFAULTS_MAX 500
#define SYNONYMS_MAX 500
#define DEPTH_MAX 200

struct pair {
	const char *from; /* another name, or a pointer */
	const char *to;   /* the name that the schema has, or a value as JSON; NULL: two names claim it */
};
struct finder {
	struct arena *a;
	const char **names; /* member names of the template */
	size_t n_names;
	struct pair *defaults;
	size_t n_defaults;
	struct pair *synonyms;
	size_t n_synonyms;
};

static bool
has_name(const struct finder *f, const char *name)
{
	for (size_t i = 0; i < f->n_names; i++)
		if (strcmp(f->names[i], name) == 0)
			return true;
	return false;
}

static void
take_default(struct finder *f, const struct jx *v, const char *pointer)
{
	struct token t;
	struct buf b;

	if (f->n_defaults == DEFAULTS_MAX || !token_is_like(v->u.text.p, v->u.text.n) ||
	    token_parse(f->a, v->u.text.p, v->u.text.n, false, &t, NULL) < 0)
		return;
	for (size_t i = 0; i < t.n_constraints; i++)
		if (strcmp(t.constraints[i].name, "default") == 0 && t.constraints[i].parsed) {
			buf_init(&b, f->a);
			text_pretty(&b, t.constraints[i].parsed);
			f->defaults[f->n_defaults++] = (struct pair){pointer, buf_take(&b)};
		}
}

/* Names and defaults of the template. A default inside a list or a choice has no one place, so none is taken there. */
static void
walk(struct finder *f, const struct jx *v, const char *pointer, bool has_place, unsigned depth)
{
	if (depth > DEPTH_MAX)
		return;
	for (size_t i = 0; jx_is(v, JX_ARRAY) && i < v->u.array.n; i++)
		walk(f, v->u.array.at[i], pointer, false, depth + 1);
	for (size_t i = 0; jx_is(v, JX_OBJECT) && i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		bool is_choice = strcmp(v->u.object.at[0].key, "{ONE_OF}") == 0;
		bool is_key = token_is_like(m->key, m->key_bytes);
		const char *at = imp_join(f->a, pointer, m->key, m->key_bytes);
		if (depth > 0 && !is_key && !is_choice && f->n_names < NAMES_MAX && !has_name(f, m->key))
			f->names[f->n_names++] = m->key;
		if (jx_is(m->value, JX_STRING) && !is_key && !is_choice && has_place)
			take_default(f, m->value, at);
		walk(f, m->value, at, has_place && !is_choice && !is_key, depth + 1);
	}
}

static void
take_synonym(struct finder *f, const char *other, const char *name)
{
	if (strcmp(other, name) == 0 || has_name(f, other))
		return;
	for (size_t i = 0; i < f->n_synonyms; i++)
		if (strcmp(f->synonyms[i].from, other) == 0) {
			if (f->synonyms[i].to && strcmp(f->synonyms[i].to, name) != 0)
				f->synonyms[i].to = NULL;
			return;
		}
	if (f->n_synonyms < SYNONYMS_MAX)
		f->synonyms[f->n_synonyms++] = (struct pair){other, name};
}

/* A pack's column is also known by other names; when the schema uses one of them, the others lead to it. */
static void
match_column(struct finder *f, const struct column *c)
{
	for (size_t i = 0; i <= c->nsynonyms; i++) {
		const char *name = i == 0 ? c->name : c->synonyms[i - 1];
		if (!has_name(f, name))
			continue;
		take_synonym(f, c->name, name);
		for (size_t k = 0; k < c->nsynonyms; k++)
			take_synonym(f, c->synonyms[k], name);
	}
}

static void
pairs_json(struct jw *w, const char *key, const struct pair *pairs, size_t n, bool is_json)
{
	jw_object(w, key);
	for (size_t i = 0; i < n; i++) {
		if (!pairs[i].to)
			continue;
		if (is_json)
			jw_raw(w, pairs[i].from, pairs[i].to);
		else
			jw_str(w, pairs[i].from, pairs[i].to);
	}
	jw_end(w);
}

/* A section that a call cannot do without: it does not begin by saying that it may be left out. */
static bool
is_required(const struct jx_member *section)
{
	static const char optional[] = "{OPTIONAL";
	const struct jx *v = section->value;
	const struct jx *first = jx_at(v, 0);
	const char *says = jx_is(v, JX_OBJECT) && v->u.object.n > 0 ? v->u.object.at[0].key :
	    jx_is(v, JX_ARRAY) && first ? jx_str(first, "") : jx_str(v, "");

	return (strcmp(section->key, "_path") == 0 || strcmp(section->key, "_body") == 0) &&
	    strncmp(says, optional, sizeof optional - 1) != 0;
}

void
ladder_config(struct arena *a, const struct ladder_of *of, struct jw *w, const char *key)
{
	static const char *const stages[] = {"L3", "L0", "L0b", "L0c", "L0d", "L4"};
	struct finder f = {
		.a = a,
		.names = ARENA_ARRAY(a, NAMES_MAX, const char *),
		.defaults = ARENA_ARRAY(a, DEFAULTS_MAX, struct pair),
		.synonyms = ARENA_ARRAY(a, SYNONYMS_MAX, struct pair),
	};

	walk(&f, of->template, "", true, 0);
	for (size_t p = 0; p < of->catalog->npacks; p++)
		for (size_t e = 0; e < of->catalog->packs[p].nentities; e++)
			for (size_t c = 0; c < of->catalog->packs[p].entities[e].ncolumns; c++)
				match_column(&f, &of->catalog->packs[p].entities[e].columns[c]);
	jw_object(w, key);
	jw_array(w, "stages");
	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
		jw_str(w, NULL, stages[i]);
	jw_end(w);
	jw_object(w, "guard");
	jw_end(w);
	jw_object(w, "schema");
	jw_str(w, "top", "object");
	jw_array(w, "required_top");
	for (size_t i = 0; jx_is(of->template, JX_OBJECT) && i < of->template->u.object.n; i++)
		if (is_required(&of->template->u.object.at[i]))
			jw_str(w, NULL, of->template->u.object.at[i].key);
	jw_end(w);
	jw_end(w);
	pairs_json(w, "synonyms", f.synonyms, f.n_synonyms, false);
	jw_object(w, "structural");
	jw_bool(w, "parse_json_strings", true);
	jw_end(w);
	pairs_json(w, "defaults", f.defaults, f.n_defaults, true);
	jw_array(w, "transforms");
	jw_end(w);
	jw_object(w, "contract"); /* the schema is the description's own, by operation: not copied */
	jw_str(w, "operation", of->operation);
	jw_str(w, "description_sha256", of->sha256);
	jw_end(w);
	jw_end(w);
}
