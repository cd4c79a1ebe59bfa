/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass C, third part: which rows an output has. A declared join must not multiply rows: the columns
 * joined on have to be unique on the right side, shown by measured candidate keys of files or by the
 * declared keys of outputs. The runtime proves keys and row counts again on what was really written.
 */
#include <inttypes.h>
#include <string.h>

#include "compiler/adapt.h"
#include "compiler/detect.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/jx.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "types/profile.h"

#define GRAIN_DEPTH_MAX 64
#define GRAIN_COLUMNS_MAX 16 /* as the candidate's schema */

struct columns {
	const char *at[GRAIN_COLUMNS_MAX];
	size_t n;
};

/* What is known about a list of columns on one side. */
struct unique {
	enum key_verdict verdict;
	const struct file_facts *file; /* where it was decided; NULL: by a declared key, or not */
	uint64_t rows, values, per_value_max;
	bool is_measured; /* per_value_max was counted, not bounded */
};

static void
columns_read(const struct jx *array, const char *member, struct columns *out)
{
	out->n = 0;
	for (size_t i = 0; i < jx_size(array) && out->n < GRAIN_COLUMNS_MAX; i++) {
		const struct jx *v = jx_at(array, i);

		out->at[out->n++] = jx_str(member ? jx_find(v, member) : v, "");
	}
}

static const char *
columns_words(struct arena *a, const struct columns *k)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < k->n; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", k->at[i]);
	return b.p ? buf_take(&b) : "";
}

static const struct cinput *
input_named(const struct cstep *s, const struct jx *name)
{
	for (size_t i = 0; i < s->ninputs; i++)
		if (jx_is_str(name, s->inputs[i].name))
			return &s->inputs[i];
	return NULL;
}

/* The columns that a side is known to have: of the file, else of the entity. 0: nothing is known. */
static size_t
known_columns(struct compile *c, const struct file_facts *file, const char *entity_id,
    const char *const **out)
{
	const struct entity *e = catalog_entity(c->in->catalog, entity_id);
	size_t n = file ? file->profile->ncolumns : e ? e->ncolumns : 0;
	const char **names = ARENA_ARRAY(c->a, n, const char *);

	for (size_t i = 0; i < n; i++)
		names[i] = file ? file->profile->columns[i].name : e->columns[i].name;
	*out = names;
	return n;
}

static void
check_columns_known(struct compile *c, const struct cstep *s, const struct coutput *o,
    const char *what, const struct columns *k, const struct file_facts *file, const char *entity)
{
	const char *const *names, *near;
	size_t n = known_columns(c, file, entity, &names);
	struct diag *g;

	for (size_t i = 0; n > 0 && i < k->n; i++) {
		size_t j = 0;

		while (j < n && strcmp(names[j], k->at[i]) != 0)
			j++;
		if (j < n)
			continue;
		near = nearest(k->at[i], names, n);
		g = say(c, FC0403, s, o->grain, arena_printf(c->a, "%s/grain", o->pointer),
		    "%s has no column `%s`", what, k->at[i]);
		diag_help(c->diags, g, "%s%s%sits columns: %s", near ? "`" : "", near ? near : "",
		    near ? "` is the nearest; " : "", list_words(c->a, names, n, 16));
		say_where(c, g, s, arena_printf(c->a, "output `%s`", o->name));
	}
}

static struct unique
unique_file(struct compile *c, const struct file_facts *f, const struct columns *k)
{
	const struct file_port *port = c->in->port;
	const struct artifact_profile *p = f->profile;
	struct unique u = {.file = f, .verdict = profile_key(p, k->at, k->n)};
	struct key_check found = {.verdict = KEY_UNDECIDED};

	u.rows = p->rows > 0 ? (uint64_t)p->rows : 0;
	if (u.verdict == KEY_YES)
		return u;
	for (size_t i = 0; i < k->n; i++) {
		const struct column_profile *cp = profile_column(p, k->at[i]);

		if (cp && cp->distinct > u.values)
			u.values = cp->distinct;
	}
	/* At least u.values different ones, so at most this many rows can share one. */
	u.per_value_max = u.rows > u.values ? u.rows - u.values + 1 : 1;
	if (!port || !port->check_key)
		return u;
	if (port->check_key(port->arg, c->a, f, k->at, k->n, &found, c->err) < 0) {
		c->has_failed = true;
		return u;
	}
	if (found.verdict == KEY_UNDECIDED)
		return u;
	u.verdict = found.verdict;
	u.values = found.distinct;
	u.per_value_max = found.rows_max_per_key;
	u.is_measured = true;
	return u;
}

static bool
covers(const struct columns *all, const struct columns *some)
{
	for (size_t i = 0; i < some->n; i++) {
		size_t j = 0;

		while (j < all->n && strcmp(all->at[j], some->at[i]) != 0)
			j++;
		if (j == all->n)
			return false;
	}
	return some->n > 0;
}

/* Columns of what a mapping gives, by their names in what it takes. true: a value of one of them is changed. */
static bool
columns_before(const struct adapt_map *map, struct columns *k)
{
	bool is_changed = false;

	for (size_t i = 0; map && i < k->n; i++)
		for (size_t l = 0; l < map->n; l++)
			if (strcmp(map->lines[l].to, k->at[i]) == 0) {
				k->at[i] = map->lines[l].from;
				is_changed = is_changed || map->lines[l].convert;
				break;
			}
	return is_changed;
}

/* The input whose rows an output keeps; NULL when it makes others. */
static const struct cinput *
kept_input(const struct cstep *s, const struct coutput *o, const char *also)
{
	const char *relation = jx_str(jx_find(o->grain, "relation"), "new");

	if (s->adapted && !o->grain && strcmp(s->adapted->adapter->relation, "same") == 0)
		return &s->inputs[0]; /* an adapter whose rows have no known key */
	if (strcmp(relation, "same") != 0 && strcmp(relation, also) != 0)
		return NULL;
	return input_named(s, jx_find(o->grain, "of"));
}

/* Follows outputs that keep the rows of an input until a file or a declared key decides. */
static struct unique
unique_input(struct compile *c, const struct cinput *in, const struct columns *k, unsigned depth)
{
	struct unique u = {.verdict = KEY_UNDECIDED};
	const struct coutput *o;
	const struct cinput *of;
	struct columns key, own = *k;
	const struct cstep *p;
	bool is_changed;

	if (in->file)
		return unique_file(c, in->file, k);
	if (in->step == NO_STEP || depth == GRAIN_DEPTH_MAX)
		return u;
	p = &c->steps[in->step];
	o = &p->outputs[in->output];
	columns_read(jx_find(o->grain, "key"), NULL, &key);
	if (covers(k, &key)) {
		u.verdict = KEY_YES;
		return u;
	}
	of = kept_input(p, o, "subset");
	if (!of)
		return u;
	is_changed = p->adapted && columns_before(p->adapted->map, &own);
	u = unique_input(c, of, &own, depth + 1);
	/* Some of the rows may be unique where all of them are not; two values may be one when read anew. */
	if ((u.verdict == KEY_NO && jx_is_str(jx_find(o->grain, "relation"), "subset")) ||
	    (u.verdict == KEY_YES && is_changed))
		u.verdict = KEY_UNDECIDED;
	return u;
}

/* Rows of an input as far as they are measured; -1: not known. */
static int64_t
rows_of(struct compile *c, const struct cinput *in, unsigned depth)
{
	const struct cinput *of;

	if (in->file)
		return in->file->profile->rows;
	if (in->step == NO_STEP || depth == GRAIN_DEPTH_MAX)
		return -1;
	of = kept_input(&c->steps[in->step], &c->steps[in->step].outputs[in->output], "join");
	return of ? rows_of(c, of, depth + 1) : -1;
}

/* A candidate key of the right file that holds the columns joined on and that the left side has, too. */
static const char *
better_key(struct compile *c, const struct cinput *left, const struct file_facts *right,
    const struct columns *on)
{
	const struct artifact_profile *p = right->profile;
	const char *const *names;
	size_t n = known_columns(c, left->file, left->bound_entity, &names);

	for (size_t i = 0; i < p->ncandidate_keys; i++) {
		struct columns key = {.n = 0}, left_columns = {.n = 0};
		struct columns extra = {.n = 0};

		for (size_t k = 0; k < p->candidate_keys[i].ncolumns; k++)
			key.at[key.n++] = p->columns[p->candidate_keys[i].columns[k]].name;
		for (size_t k = 0; k < n && k < GRAIN_COLUMNS_MAX; k++)
			left_columns.at[left_columns.n++] = names[k];
		for (size_t k = 0; k < key.n; k++) {
			struct columns one = {.at = {key.at[k]}, .n = 1};

			if (!covers(on, &one))
				extra.at[extra.n++] = key.at[k];
		}
		if (covers(&key, on) && extra.n > 0 && covers(&left_columns, &extra))
			return columns_words(c->a, &key);
	}
	return NULL;
}

static void
say_fan_out(struct compile *c, const struct cstep *s, const struct coutput *o,
    const struct cinput *left, const struct cinput *right, const struct columns *on,
    const struct unique *u)
{
	struct diags *d = c->diags;
	struct diag *g = say(c, FC0401, s, NULL, arena_printf(c->a, "%s/grain", o->pointer),
	    "this join multiplies rows");
	int64_t rows = rows_of(c, left, 0);
	const char *times = arena_printf(c->a, "up to %s matches each", diag_count(d, u->per_value_max));
	const char *better = better_key(c, left, u->file, on);

	say_where(c, g, s, arena_printf(c->a, "output `%s`", o->name));
	if (rows >= 0)
		(void)diag_source(d, g, 0, arena_printf(c->a, "%s rows of %s  ×  %s  =  up to %s rows",
		    diag_count(d, (uint64_t)rows), left->name, times,
		    diag_count(d, (uint64_t)rows * u->per_value_max)), 0, 0);
	else
		(void)diag_source(d, g, 0, arena_printf(c->a, "each row of %s  ×  %s", left->name,
		    times), 0, 0);
	(void)diag_source(d, g, 0, arena_printf(c->a, "key on the right: %s(%s) is not unique: %s rows, "
	    "%s%s values", file_base(u->file->path), columns_words(c->a, on), diag_count(d, u->rows),
	    u->is_measured || on->n == 1 ? "" : "at least ", diag_count(d, u->values)), 0, 0);
	diag_label(d, g, u->file->path, 0, 0, "the right side, input `%s`", right->name);
	diag_help(d, g, "%s%s%sdeclare the output as `new` with its own key", better ? "join on (" : "",
	    better ? better : "", better ? "), or " : "");
}

static void
check_join(struct compile *c, const struct cstep *s, const struct coutput *o,
    const struct cinput *left, const struct cinput *right)
{
	const struct jx *on = jx_find(o->grain, "on");
	const char *pointer = arena_printf(c->a, "%s/grain", o->pointer);
	struct columns l, r;
	struct unique u;
	struct diag *g;
	size_t n = c->diags->nerrors;

	columns_read(on, "left", &l);
	columns_read(on, "right", &r);
	check_columns_known(c, s, o, arena_printf(c->a, "input `%s`", left->name), &l, left->file,
	    left->bound_entity);
	check_columns_known(c, s, o, arena_printf(c->a, "input `%s`", right->name), &r, right->file,
	    right->bound_entity);
	if (c->diags->nerrors > n || right->rank == RANK_NONE)
		return;
	u = unique_input(c, right, &r, 0);
	if (u.verdict == KEY_YES || c->has_failed)
		return;
	if (u.verdict == KEY_NO && u.file) {
		say_fan_out(c, s, o, left, right, &r, &u);
		return;
	}
	g = say(c, FC0404, s, o->grain, pointer, "nothing shows that (%s) is unique in input `%s`",
	    columns_words(c->a, &r), right->name);
	diag_note(c->diags, g, "`%s` is declared as one row per row of `%s`; a right side that repeats "
	    "(%s) would multiply them", o->name, left->name, columns_words(c->a, &r));
	if (right->step != NO_STEP)
		diag_help(c->diags, g, "give output `%s` of step `%s` a grain with the key (%s), or "
		    "declare `%s` as `new` with its own key",
		    c->steps[right->step].outputs[right->output].name, c->steps[right->step].key,
		    columns_words(c->a, &r), o->name);
	else
		diag_help(c->diags, g, "the file is too large to decide; declare `%s` as `new` with "
		    "its own key", o->name);
	say_where(c, g, s, arena_printf(c->a, "output `%s`", o->name));
}

/* ", for instance (a, b)" from the measured keys; "" when there is none. */
static const char *
a_key(struct compile *c, const struct artifact_profile *p)
{
	struct columns key = {.n = 0};

	if (p->ncandidate_keys == 0)
		return "";
	for (size_t i = 0; i < p->candidate_keys[0].ncolumns && i < GRAIN_COLUMNS_MAX; i++)
		key.at[key.n++] = p->columns[p->candidate_keys[0].columns[i]].name;
	return arena_printf(c->a, ", for instance (%s)", columns_words(c->a, &key));
}

/* `same` or `subset` with a key that the file measurably does not have can never hold. */
static void
check_kept_key(struct compile *c, const struct cstep *s, const struct coutput *o,
    const struct cinput *of, const struct columns *key)
{
	const char *relation = jx_str(jx_find(o->grain, "relation"), "");
	struct columns own = *key;
	struct unique u;
	struct diag *g;

	if (strcmp(relation, "same") != 0 || !of->file)
		return;
	if (s->adapted)
		(void)columns_before(s->adapted->map, &own);
	key = &own;
	for (size_t i = 0; i < key->n; i++)
		if (!profile_column(of->file->profile, key->at[i]))
			return; /* a column that the step makes */
	u = unique_file(c, of->file, key);
	if (u.verdict != KEY_NO || c->has_failed)
		return;
	g = say(c, FC0402, s, jx_find(o->grain, "key"), arena_printf(c->a, "%s/grain/key", o->pointer),
	    "(%s) does not identify a row of `%s`: %s rows, %s%s values", columns_words(c->a, key),
	    of->name, diag_count(c->diags, u.rows), u.is_measured || key->n == 1 ? "" : "at least ",
	    diag_count(c->diags, u.values));
	diag_note(c->diags, g, "the output keeps the rows of %s, so it would repeat its key, too",
	    of->file->path);
	diag_help(c->diags, g, "name a key that is unique there%s", a_key(c, of->file->profile));
	say_where(c, g, s, arena_printf(c->a, "output `%s`", o->name));
}

static const struct cinput *
named_or_say(struct compile *c, const struct cstep *s, const struct coutput *o, const char *member)
{
	const struct jx *name = jx_find(o->grain, member);
	const struct cinput *in = input_named(s, name);
	const char **names, *near;
	struct diag *g;

	if (in)
		return in;
	names = ARENA_ARRAY(c->a, s->ninputs, const char *);
	for (size_t i = 0; i < s->ninputs; i++)
		names[i] = s->inputs[i].name;
	near = nearest(jx_str(name, ""), names, s->ninputs);
	g = say(c, FC0403, s, name ? name : o->grain,
	    arena_printf(c->a, "%s/grain%s%s", o->pointer, name ? "/" : "", name ? member : ""),
	    name ? "the grain's `%s` is `%s`, and the step has no such input"
		 : "the grain does not say `%s`, the input that its rows come from",
	    member, jx_str(name, ""));
	if (near && g->nsources > 0)
		g->sources[0].label = arena_printf(c->a, "`%s` is the nearest", near);
	diag_help(c->diags, g, "inputs of the step: %s", list_words(c->a, names, s->ninputs, 12));
	say_where(c, g, s, arena_printf(c->a, "output `%s`", o->name));
	return NULL;
}

static void
check_output_grain(struct compile *c, const struct cstep *s, const struct coutput *o)
{
	const char *relation = jx_str(jx_find(o->grain, "relation"), "");
	const struct cinput *of, *with;
	struct columns key;

	columns_read(jx_find(o->grain, "key"), NULL, &key);
	check_columns_known(c, s, o, arena_printf(c->a, "entity `%s`", o->entity ? o->entity : ""),
	    &key, NULL, o->entity);
	if (strcmp(relation, "new") == 0 && !jx_find(o->grain, "of"))
		return;
	of = named_or_say(c, s, o, "of");
	if (!of || strcmp(relation, "join") != 0) {
		if (of && of->rank != RANK_NONE)
			check_kept_key(c, s, o, of, &key);
		return;
	}
	with = named_or_say(c, s, o, "with");
	if (!with)
		return;
	if (jx_size(jx_find(o->grain, "on")) == 0) {
		struct diag *g = say(c, FC0403, s, o->grain,
		    arena_printf(c->a, "%s/grain", o->pointer),
		    "the grain does not say `on`, the columns that the join compares");

		diag_help(c->diags, g, "add \"on\": [{\"left\": \"…\", \"right\": \"…\"}]");
		say_where(c, g, s, arena_printf(c->a, "output `%s`", o->name));
		return;
	}
	check_join(c, s, o, of, with);
}

void
grain_check(struct compile *c)
{
	for (size_t i = 0; i < c->nsteps && !c->has_failed; i++)
		for (size_t k = 0; k < c->steps[i].noutputs && !c->has_failed; k++)
			if (c->steps[i].outputs[k].grain)
				check_output_grain(c, &c->steps[i], &c->steps[i].outputs[k]);
}
