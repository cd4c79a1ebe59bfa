/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversions that the bindings asked for, as steps. Each is written as a candidate's step would be and
 * read like one, so that it has everything a step has: contract, limits, criteria, certificate.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/adapt.h"
#include "compiler/detect.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "types/profile.h"

#define KEY_BYTES_MAX 64
#define STEM_BYTES_MAX 60
#define NOTES_MAX 6 /* adapters named one by one in the plan's summary note */
#define KEY_COLUMNS_MAX 16

/* --- names --------------------------------------------------------------------------------------- */

/* At most max bytes, and not in the middle of a character. */
static const char *
cut(struct compile *c, const char *s, size_t max)
{
	size_t n = strlen(s);

	if (n <= max)
		return s;
	for (n = max; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80;)
		n--;
	return arena_dup(c->a, s, n);
}

/* What is converted, for people: "attachments/orders.tsv", "`named` of step `name_orders`". */
static const char *
source_words(struct compile *c, const struct adaptation *t)
{
	while (t->before > 0)
		t = &c->adaptations[t->before - 1];
	if (t->file)
		return t->file->path;
	return arena_printf(c->a, "`%s` of step `%s`", c->steps[t->step].outputs[t->output].name,
	    c->steps[t->step].key);
}

static const char *
source_path(struct compile *c, const struct adaptation *t)
{
	while (t->before > 0)
		t = &c->adaptations[t->before - 1];
	return t->file ? t->file->path : c->steps[t->step].outputs[t->output].path;
}

/* A folder at the top of the workspace that nothing else lies in. */
static const char *
own_folder(struct compile *c)
{
	const char *name = "adapted";

	for (size_t round = 2;; round++) {
		size_t n = strlen(name);
		bool is_taken = false;

		for (size_t i = 0; i < c->in->nfiles && !is_taken; i++)
			is_taken = strncmp(c->in->files[i].path, name, n) == 0;
		for (size_t i = 0; i < c->nsteps && !is_taken; i++)
			for (size_t k = 0; k < c->steps[i].noutputs; k++)
				is_taken = is_taken || strncmp(c->steps[i].outputs[k].path, name, n) == 0;
		if (!is_taken)
			return name;
		name = arena_printf(c->a, "adapted-%zu", round);
	}
}

static void
name_all(struct compile *c)
{
	const char *folder = own_folder(c);
	size_t number = 0;

	for (size_t i = 0; i < c->nadaptations; i++) {
		struct adaptation *t = &c->adaptations[i];
		const char *base = file_base(source_path(c, t)), *dot = strrchr(base, '.');
		const char *stem = cut(c, dot && dot != base ? arena_dup(c->a, base, (size_t)(dot - base)) : base,
		    STEM_BYTES_MAX);

		do
			t->key = cut(c, arena_printf(c->a, "adapt-%zu-%s", ++number, t->adapter->id), KEY_BYTES_MAX);
		while (step_find(c, t->key) != NO_STEP);
		t->path = arena_printf(c->a, "%s/%zu/%s.%s", folder, i + 1, stem, kind_extension(t->to));
	}
}

/* --- the step as a candidate would say it ---------------------------------------------------------- */

/* The columns that identify a row of what comes out; 0: not known. */
static size_t
key_of(struct compile *c, const struct adaptation *t, const char *at[KEY_COLUMNS_MAX])
{
	const struct entity *e = catalog_entity(c->in->catalog, t->entity);
	const struct jx *key;
	size_t n = 0;

	for (size_t i = 0; e && i < e->nkey && n < KEY_COLUMNS_MAX; i++) {
		const struct column *column = entity_field(e, e->key[i]);

		/* Bad values are the plan's business there, repeated ones too. */
		if (column && column->is_tolerant)
			return 0;
		at[n++] = e->key[i];
	}
	if (n > 0 || t->map)
		return n;
	if (t->before > 0)
		return key_of(c, &c->adaptations[t->before - 1], at);
	if (t->file && t->file->profile->ncandidate_keys > 0) {
		const struct profile_key *k = &t->file->profile->candidate_keys[0];

		for (size_t i = 0; i < k->ncolumns; i++)
			at[n++] = t->file->profile->columns[k->columns[i]].name;
		return n;
	}
	if (t->file)
		return 0;
	key = jx_find(c->steps[t->step].outputs[t->output].grain, "key");
	for (size_t i = 0; i < jx_size(key) && n < KEY_COLUMNS_MAX; i++)
		at[n++] = jx_str(jx_at(key, i), "");
	return n;
}

static void
write_key(struct jw *w, const char *name, const char *const *at, size_t n)
{
	jw_array(w, name);
	for (size_t i = 0; i < n; i++)
		jw_str(w, NULL, at[i]);
	jw_end(w);
}

static void
write_input(struct compile *c, struct jw *w, const struct adaptation *t)
{
	jw_array(w, "inputs");
	jw_object(w, NULL);
	jw_str(w, "slot", t->slot);
	jw_str(w, "name", "source");
	/* Before its columns are mapped a file has no entity to be held against. */
	if (t->entity && !t->map)
		jw_str(w, "entity", t->entity);
	write_key(w, "accepts", (const char *const[]){kind_name(t->from)}, 1);
	if (t->file)
		jw_str(w, "path", t->file->path);
	else
		jw_str(w, "from", t->before > 0 ? c->adaptations[t->before - 1].key : c->steps[t->step].key);
	jw_end(w);
	jw_end(w);
}

static void
write_output(struct compile *c, struct jw *w, const struct adaptation *t)
{
	const char *key[KEY_COLUMNS_MAX];
	size_t n = key_of(c, t, key);
	bool is_same = strcmp(t->adapter->relation, "same") == 0;
	bool has_rows = kind_is_table(t->from) && kind_is_table(t->to);

	jw_array(w, "outputs");
	jw_object(w, NULL);
	jw_str(w, "slot", t->adapter->slot ? t->adapter->slot : t->slot);
	jw_str(w, "name", "result");
	jw_str(w, "label", arena_printf(c->a, "%s as %s", cut(c, file_base(source_path(c, t)), 200), kind_name(t->to)));
	if (t->entity)
		jw_str(w, "entity", t->entity);
	jw_str(w, "kind", kind_name(t->to));
	jw_str(w, "path", t->path);
	jw_str(w, "role", "transport");
	if (n > 0 && is_same) {
		jw_object(w, "grain");
		write_key(w, "key", key, n);
		jw_str(w, "relation", "same");
		jw_str(w, "of", "source");
		jw_end(w);
	}
	jw_end(w);
	jw_end(w);
	jw_array(w, "criteria");
	if (is_same && has_rows) {
		jw_object(w, NULL);
		jw_str(w, "type", "rows");
		jw_str(w, "left", "outputs.result");
		jw_str(w, "op", "==");
		jw_str(w, "right", "inputs.source");
		jw_str(w, "says", "no row is lost or added");
		jw_end(w);
	}
	if (is_same && n > 0 && kind_is_table(t->to)) {
		jw_object(w, NULL);
		jw_str(w, "type", "key");
		jw_str(w, "of", "outputs.result");
		write_key(w, "columns", key, n);
		jw_str(w, "says", "each row keeps a key of its own");
		jw_end(w);
	}
	jw_end(w);
}

/* The entity's types, for an adapter that writes values with types. What is let through as it is stays a text. */
static void
write_columns(struct jw *w, const struct entity *e)
{
	jw_array(w, "columns");
	for (size_t i = 0; e && i < e->ncolumns; i++) {
		const struct column *k = &e->columns[i];

		jw_object(w, NULL);
		jw_str(w, "name", k->name);
		jw_str(w, "type", k->is_tolerant ? "text" : k->type);
		jw_bool(w, "nullable", k->is_nullable || k->is_tolerant);
		jw_bool(w, "required", k->is_required);
		jw_end(w);
	}
	jw_end(w);
}

static void
write_params(struct compile *c, struct jw *w, const struct adaptation *t)
{
	const struct jx *own = t->adapter->params;

	jw_object(w, "params");
	for (size_t i = 0; i < jx_size(own); i++) {
		const struct jx_member *m = &own->u.object.at[i];

		if (strcmp(m->key, "columns") != 0 && (!t->map || strcmp(m->key, "rest") != 0))
			jw_value(w, m->key, m->value);
	}
	if (t->map) {
		jw_raw(w, "columns", t->map->text);
		jw_str(w, "rest", "keep");
	} else if (jx_find(own, "columns")) {
		write_columns(w, catalog_entity(c->in->catalog, t->entity));
	}
	jw_end(w);
}

/* What it does to the columns, in words: "`Entry No` becomes `entry_id`; …". */
static const char *
map_words(struct compile *c, const struct adapt_map *map)
{
	struct buf b;

	buf_init(&b, c->a);
	for (size_t i = 0; i < map->n; i++) {
		const struct adapt_line *l = &map->lines[i];

		if (strcmp(l->from, l->to) == 0 && !l->convert)
			continue;
		buf_printf(&b, "%s`%s`", b.len > 0 ? "; " : "", l->from);
		if (strcmp(l->from, l->to) != 0)
			buf_printf(&b, " becomes `%s`", l->to);
		if (l->convert)
			buf_printf(&b, "%s its values are read as %s", strcmp(l->from, l->to) != 0 ? " and" : ":", l->convert);
	}
	return b.p ? buf_take(&b) : "no column changes its name or values";
}

static const char *
step_text(struct compile *c, const struct adaptation *t, size_t *n)
{
	struct buf b;
	struct jw w;

	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "key", t->key);
	jw_str(&w, "label", arena_printf(c->a, "%s: %s", cut(c, t->adapter->label, 180),
	    cut(c, file_base(source_path(c, t)), 110)));
	jw_str(&w, "objective", arena_printf(c->a, "MUST write what %s holds as `%s`%s%s, and nothing else. %s",
	    source_words(c, t), kind_name(t->to), t->map ? ": " : "", t->map ? cut(c, map_words(c, t->map), 4000) : "",
	    t->adapter->says));
	write_input(c, &w, t);
	write_output(c, &w, t);
	jw_object(&w, "program");
	jw_str(&w, "skill", t->adapter->skill);
	jw_value(&w, "argv", t->adapter->argv);
	jw_end(&w);
	write_params(c, &w, t);
	if (t->adapter->limits)
		jw_value(&w, "limits", t->adapter->limits);
	jw_end(&w);
	*n = b.len;
	return buf_take(&b);
}

/* --- placing --------------------------------------------------------------------------------------- */

static void
fill_step(struct compile *c, const struct adaptation *t, const struct cstep *consumer, const size_t *moved,
    struct cstep *out)
{
	size_t n;
	const char *text = step_text(c, t, &n);
	struct cinput *in;
	struct jx *doc;

	if (jx_parse(c->a, text, n, NULL, &doc, c->err) < 0) {
		c->has_failed = true;
		return;
	}
	step_read(c, doc, 0, out);
	out->pointer = consumer->inputs[t->input].pointer;
	out->number = consumer->number;
	out->adapted = t;
	out->policy = consumer->policy;
	out->packs = consumer->packs;
	out->npacks = consumer->npacks;
	out->confidence = "1.0";
	out->reason = arena_printf(c->a, "inserted for input `%s` of step `%s`", consumer->inputs[t->input].name,
	    consumer->key);
	out->skill = catalog_skill(c->in->catalog, t->adapter->skill);
	out->outputs[0].kind = t->to;
	structure_limits(c, out);
	in = &out->inputs[0];
	in->accepts = &t->from;
	in->naccepts = 1;
	in->rank = RANK_EXACT;
	in->kind = t->from;
	in->bound_entity = in->entity;
	out->deps = ARENA_ARRAY(c->a, 1, size_t);
	if (t->file) {
		in->file = t->file;
	} else {
		in->step = t->before > 0 ? c->adaptations[t->before - 1].at : moved[t->step];
		in->output = t->before > 0 ? 0 : t->output;
		out->deps[out->ndeps++] = in->step;
	}
}

static int
by_number(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

/* Steps have moved: bindings and dependencies follow, and the inputs that wait for an adapter get it. */
static void
rebind(struct compile *c, struct cstep *s, const size_t *moved)
{
	size_t *deps = ARENA_ARRAY(c->a, s->ndeps + s->ninputs, size_t), n = 0, unique = 0;

	for (size_t i = 0; i < s->ndeps; i++)
		deps[n++] = moved[s->deps[i]];
	for (size_t i = 0; i < s->ninputs; i++) {
		struct cinput *in = &s->inputs[i];

		if (in->adaptation > 0) {
			in->step = c->adaptations[in->adaptation - 1].at;
			in->output = 0;
			deps[n++] = in->step;
		} else if (in->step != NO_STEP) {
			in->step = moved[in->step];
		}
	}
	if (n > 1)
		qsort(deps, n, sizeof *deps, by_number);
	for (size_t i = 0; i < n; i++)
		if (unique == 0 || deps[i] != deps[unique - 1])
			deps[unique++] = deps[i];
	s->deps = deps;
	s->ndeps = unique;
}

static bool
is_first_of_its_adapter(const struct compile *c, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (c->adaptations[i].adapter == c->adaptations[index].adapter)
			return false;
	return true;
}

static void
note_inserted(struct compile *c)
{
	struct buf b;

	buf_init(&b, c->a);
	for (size_t i = 0; i < c->nadaptations && i < NOTES_MAX; i++)
		buf_printf(&b, "%s%s (%s)", i ? "; " : "", c->adaptations[i].adapter->label,
		    source_words(c, &c->adaptations[i]));
	if (c->nadaptations > NOTES_MAX)
		buf_printf(&b, "; and %zu more", c->nadaptations - NOTES_MAX);
	note_add(c, "%zu adapter step%s inserted: %s.", c->nadaptations, c->nadaptations == 1 ? " was" : "s were",
	    buf_take(&b));
	for (size_t i = 0; i < c->nadaptations; i++) {
		const struct adaptation *t = &c->adaptations[i];

		for (size_t k = 0; t->map && k < t->map->n; k++) {
			const struct adapt_line *l = &t->map->lines[k];

			if (strcmp(l->from, l->to) == 0 && !l->convert)
				continue;
			if (strcmp(l->from, l->to) == 0)
				note_add(c, "Step %s: the values of `%s` in %s are read as %s.", t->key, l->from,
				    source_words(c, t), l->convert);
			else
				note_add(c, "Step %s: `%s` of %s is taken as `%s`%s%s (%s).", t->key, l->from,
				    source_words(c, t), l->to, l->convert ? ", its values read as " : "",
				    l->convert ? l->convert : "", l->why);
		}
		if (!t->adapter->is_lossless && is_first_of_its_adapter(c, i))
			note_add(c, "%s (`%s`) does not keep everything: %s", t->adapter->label, t->adapter->id,
			    t->adapter->says);
	}
}

void
adapt_insert(struct compile *c)
{
	size_t n = c->nsteps, m = c->nadaptations, at = 0;
	size_t *moved = ARENA_ARRAY(c->a, n, size_t), *first = ARENA_ARRAY(c->a, n + 2, size_t);
	size_t *by_consumer = ARENA_ARRAY(c->a, m, size_t);
	struct cstep *steps;

	if (m == 0)
		return;
	name_all(c);
	note_inserted(c);
	/* Each stands before the first step that asked for it. */
	for (size_t i = 0; i < m; i++)
		first[c->adaptations[i].consumer + 2]++;
	for (size_t i = 2; i < n + 2; i++)
		first[i] += first[i - 1];
	for (size_t i = 0; i < m; i++)
		by_consumer[first[c->adaptations[i].consumer + 1]++] = i;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = first[i]; k < first[i + 1]; k++)
			c->adaptations[by_consumer[k]].at = at++;
		moved[i] = at++;
	}
	steps = ARENA_ARRAY(c->a, at, struct cstep);
	for (size_t i = 0; i < m && !c->has_failed; i++)
		fill_step(c, &c->adaptations[i], &c->steps[c->adaptations[i].consumer], moved,
		    &steps[c->adaptations[i].at]);
	for (size_t i = 0; i < n; i++) {
		rebind(c, &c->steps[i], moved);
		steps[moved[i]] = c->steps[i];
	}
	c->steps = steps;
	c->nsteps = at;
	c->nbound += m;
	c->nexact += m;
	if (c->has_failed)
		return;
	structure_count(c);
	structure_keys(c);
	INVARIANT(structure_order(c)); /* a conversion adds no circle: it stands between a producer and its consumer */
}
