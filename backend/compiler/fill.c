/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/offline.h"

#include <stdio.h>
#include <string.h>

#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "policy/egress.h"

#define FILL_DEPTH_MAX 64

struct fill {
	struct compile *c;
	const struct reading *reading;
	const struct playbook *playbook;
	const struct file_facts *const *files;
	const char **values; /* [nsettings], NULL: not set */
	bool *is_used;       /* [npaths] an output took this path */
	struct jw w;
};

/* --- settings ---------------------------------------------------------------------------------- */

/* One address for all that the objective names: a common beginning of theirs, or NULL. */
static const char *
one_url(struct fill *f)
{
	const struct reading *r = f->reading;
	const char *shortest = r->urls[0].url, *origin = NULL;
	struct url u;

	for (size_t i = 0; i < r->nurls; i++) {
		const char *o;

		if (strlen(r->urls[i].url) < strlen(shortest))
			shortest = r->urls[i].url;
		if (url_parse(f->c->a, r->urls[i].url, strlen(r->urls[i].url), &u, NULL) < 0)
			return r->nurls == 1 ? r->urls[0].url : NULL;
		o = url_origin(f->c->a, &u);
		if (origin && strcmp(o, origin) != 0)
			return NULL;
		origin = o;
	}
	for (size_t i = 0; i < r->nurls; i++)
		if (strncmp(r->urls[i].url, shortest, strlen(shortest)) != 0)
			return origin;
	return shortest;
}

static void
setting_fill(struct fill *f, size_t index)
{
	const struct playbook_setting *s = &f->playbook->settings[index];
	const struct reading *r = f->reading;
	struct diag *g;

	if (r->nurls > 0)
		f->values[index] = one_url(f);
	if (f->values[index] || (r->nurls > 0 && !s->is_required))
		return;
	if (r->nurls > 0) {
		g = diag_add(f->c->diags, FC0205, "the objective names several addresses, and `%s` "
		    "is one", s->name);
		for (size_t i = 0; i < r->nurls && i < DIAG_SOURCES_MAX; i++)
			objective_span(f->c, g, r->urls[i].at, r->urls[i].n);
		diag_help(f->c->diags, g, "name only the one to read from");
		return;
	}
	f->values[index] = s->value;
	if (s->value || !s->is_required)
		return;
	g = diag_add(f->c->diags, FC0205, "the playbook `%s` needs an address to read from, and the "
	    "objective has none", f->playbook->id);
	diag_help(f->c->diags, g, "write the address in the objective, for instance "
	    "https://api.example.com/");
}

/* A string of the candidate with its "${name}" parts replaced. */
static const char *
text_fill(struct fill *f, const char *s)
{
	struct buf b;

	if (!strstr(s, "${"))
		return s;
	buf_init(&b, f->c->a);
	while (*s) {
		const char *end = s[0] == '$' && s[1] == '{' ? strchr(s, '}') : NULL;
		size_t i = 0;

		if (!end) {
			buf_char(&b, *s++);
			continue;
		}
		for (; i < f->playbook->nsettings; i++)
			if (strlen(f->playbook->settings[i].name) == (size_t)(end - s - 2) &&
			    strncmp(f->playbook->settings[i].name, s + 2, (size_t)(end - s - 2)) == 0)
				break;
		if (i == f->playbook->nsettings)
			buf_add(&b, s, (size_t)(end - s) + 1);
		else
			buf_str(&b, f->values[i] ? f->values[i] : "");
		s = end + 1;
	}
	return b.p ? buf_take(&b) : "";
}

/* --- output paths ------------------------------------------------------------------------------ */

/* The outputs with a longer default name that fits the same path have more right to it. */
static bool
is_fitter_elsewhere(struct fill *f, const char *output, const char *asked)
{
	const struct jx *steps = jx_find(f->playbook->candidate, "steps");

	for (size_t s = 0; s < jx_size(steps); s++) {
		const struct jx *outputs = jx_find(jx_at(steps, s), "outputs");

		for (size_t o = 0; o < jx_size(outputs); o++) {
			const char *other = jx_str(jx_find(jx_at(outputs, o), "path"), "");

			if (strlen(other) > strlen(output) && path_fits(other, asked))
				return true;
		}
	}
	return false;
}

static const char *
output_path(struct fill *f, const char *path)
{
	const struct reading *r = f->reading;
	const char *taken = NULL;
	struct diag *g;
	size_t n = 0;

	for (size_t i = 0; i < r->npaths; i++) {
		if (!r->paths[i].is_output || !path_fits(path, r->paths[i].path) ||
		    is_fitter_elsewhere(f, path, r->paths[i].path))
			continue;
		f->is_used[i] = true;
		taken = r->paths[i].path;
		n++;
	}
	if (n <= 1)
		return n == 1 ? taken : path;
	g = diag_add(f->c->diags, FC0206, "%zu paths of the objective fit the one output `%s`", n,
	    path);
	for (size_t i = 0; i < r->npaths; i++)
		if (r->paths[i].is_output && path_fits(path, r->paths[i].path) &&
		    g->nsources < DIAG_SOURCES_MAX)
			objective_span(f->c, g, r->paths[i].at, r->paths[i].n);
	diag_help(f->c->diags, g, "keep the one under which the output is to be saved");
	return path;
}

static void
say_unused(struct fill *f)
{
	const struct reading *r = f->reading;
	const struct jx *steps = jx_find(f->playbook->candidate, "steps");
	const char *made[32];
	size_t n = 0;

	for (size_t s = 0; s < jx_size(steps); s++) {
		const struct jx *outputs = jx_find(jx_at(steps, s), "outputs");

		for (size_t o = 0; o < jx_size(outputs) && n < 32; o++)
			if (jx_bool(jx_find(jx_at(outputs, o), "deliverable"), false))
				made[n++] = jx_str(jx_find(jx_at(outputs, o), "path"), "");
	}
	for (size_t i = 0; i < r->npaths; i++) {
		struct diag *g;

		if (!r->paths[i].is_output || f->is_used[i])
			continue;
		g = diag_add(f->c->diags, FC0207, "the objective asks for `%s`, and the playbook `%s` "
		    "does not make it", r->paths[i].path, f->playbook->id);
		objective_span(f->c, g, r->paths[i].at, r->paths[i].n);
		diag_note(f->c->diags, g, "it makes %s", list_words(f->c->a, made, n, 12));
		diag_help(f->c->diags, g, "a path may add to one of these names before the extension "
		    "(`report.html`, `report_march.html`); or take the path out of the objective");
	}
}

/* --- writing ----------------------------------------------------------------------------------- */

static void value_fill(struct fill *f, const char *key, const struct jx *v, unsigned depth);

/* The index of the playbook's file role named by an input's "file", or nfiles. */
static size_t
role_of(struct fill *f, const struct jx *input)
{
	const struct jx *name = jx_find(input, "file");
	size_t i = 0;

	while (i < f->playbook->nfiles && !jx_is_str(name, f->playbook->files[i].name))
		i++;
	return name ? i : f->playbook->nfiles;
}

static void
input_fill(struct fill *f, const struct jx *input, unsigned depth)
{
	size_t role = role_of(f, input);

	if (role < f->playbook->nfiles && !f->files[role])
		return; /* an optional file that is not there */
	jw_object(&f->w, NULL);
	for (size_t i = 0; i < input->u.object.n; i++) {
		const struct jx_member *m = &input->u.object.at[i];

		if (strcmp(m->key, "file") != 0)
			value_fill(f, m->key, m->value, depth + 1);
	}
	if (role < f->playbook->nfiles)
		jw_str(&f->w, "path", f->files[role]->path);
	jw_end(&f->w);
}

static void
output_fill(struct fill *f, const struct jx *output, unsigned depth)
{
	jw_object(&f->w, NULL);
	for (size_t i = 0; i < output->u.object.n; i++) {
		const struct jx_member *m = &output->u.object.at[i];

		if (strcmp(m->key, "path") == 0)
			jw_str(&f->w, "path", output_path(f, text_fill(f, jx_str(m->value, ""))));
		else
			value_fill(f, m->key, m->value, depth + 1);
	}
	jw_end(&f->w);
}

static void
value_fill(struct fill *f, const char *key, const struct jx *v, unsigned depth)
{
	INVARIANT(depth < FILL_DEPTH_MAX); /* the pack loader's JSON depth and schema bound it */
	if (jx_is(v, JX_STRING)) {
		jw_str(&f->w, key, text_fill(f, v->u.text.p));
	} else if (jx_is(v, JX_ARRAY)) {
		jw_array(&f->w, key);
		for (size_t i = 0; i < v->u.array.n; i++)
			value_fill(f, NULL, v->u.array.at[i], depth + 1);
		jw_end(&f->w);
	} else if (jx_is(v, JX_OBJECT)) {
		jw_object(&f->w, key);
		for (size_t i = 0; i < v->u.object.n; i++)
			value_fill(f, v->u.object.at[i].key, v->u.object.at[i].value, depth + 1);
		jw_end(&f->w);
	} else {
		jw_value(&f->w, key, v);
	}
}

static void
step_fill(struct fill *f, const struct jx *step)
{
	const struct policy *policy = f->reading->policy ? policy_of(f->c, step, f->reading->policy) : NULL;

	jw_object(&f->w, NULL);
	if (policy)
		jw_str(&f->w, "policy_id", policy->id);
	for (size_t i = 0; i < step->u.object.n; i++) {
		const struct jx_member *m = &step->u.object.at[i];
		bool is_inputs = strcmp(m->key, "inputs") == 0;

		if (policy && strcmp(m->key, "policy_id") == 0)
			continue;
		if (!is_inputs && strcmp(m->key, "outputs") != 0) {
			value_fill(f, m->key, m->value, 3);
			continue;
		}
		jw_array(&f->w, m->key);
		for (size_t k = 0; k < m->value->u.array.n; k++)
			if (is_inputs)
				input_fill(f, m->value->u.array.at[k], 4);
			else
				output_fill(f, m->value->u.array.at[k], 4);
		jw_end(&f->w);
	}
	jw_end(&f->w);
}

const char *
candidate_fill(struct compile *c, const struct reading *r, const struct playbook *b,
    const struct file_facts *const *files, size_t *n)
{
	const struct jx *steps = jx_find(b->candidate, "steps");
	size_t errors = c->diags->nerrors;
	struct fill f = {
	    .c = c,
	    .reading = r,
	    .playbook = b,
	    .files = files,
	    .values = ARENA_ARRAY(c->a, b->nsettings, const char *),
	    .is_used = ARENA_ARRAY(c->a, r->npaths, bool),
	};
	char *text;
	struct buf out;

	for (size_t i = 0; i < b->nsettings; i++)
		setting_fill(&f, i);
	buf_init(&out, c->a);
	jw_init(&f.w, &out);
	jw_object(&f.w, NULL);
	jw_str(&f.w, "schema", "forge.candidate.v1");
	jw_str(&f.w, "mission", text_fill(&f, jx_str(jx_find(b->candidate, "mission"), b->label)));
	jw_array(&f.w, "steps");
	for (size_t s = 0; s < jx_size(steps); s++)
		step_fill(&f, jx_at(steps, s));
	jw_end(&f.w);
	jw_end(&f.w);
	say_unused(&f);
	if (c->diags->nerrors > errors)
		return NULL;
	if (jw_canonical_text(c->a, out.p, out.len, &text, n, c->err) < 0) {
		c->has_failed = true;
		return NULL;
	}
	return text;
}
