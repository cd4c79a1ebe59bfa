/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass C, second part: every input gets exactly one producer, by rank.
 *     1 exact    same entity, and the first kind that the input accepts
 *     2 kind     same entity, another kind that it accepts
 *     3 adapter  same entity, and registered adapters lead to a kind or columns that it accepts; they become
 *                steps of the plan (adapt.h), where the policy allows that
 *     4 generic  an input without an entity takes what its slot and kinds fit, if the policy allows
 *     5 refused  a finding
 * No "close enough". Files are held against the entity that they are bound as, values included.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/adapt.h"
#include "compiler/detect.h"
#include "compiler/offline.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/jx.h"
#include "pack/detect.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "types/profile.h"

struct output_at {
	const char *path;
	size_t step, output;
};

struct binder {
	struct compile *c;
	struct output_at *outputs; /* [noutputs] sorted by path */
	size_t noutputs;
};

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct output_at *)a)->path, ((const struct output_at *)b)->path);
}

static void
index_outputs(struct binder *b)
{
	struct compile *c = b->c;
	size_t n = 0;

	for (size_t i = 0; i < c->nsteps; i++)
		n += c->steps[i].noutputs;
	b->outputs = ARENA_ARRAY(c->a, n, struct output_at);
	for (size_t i = 0; i < c->nsteps; i++)
		for (size_t k = 0; k < c->steps[i].noutputs; k++)
			b->outputs[b->noutputs++] =
			    (struct output_at){c->steps[i].outputs[k].path, i, k};
	if (n > 1)
		qsort(b->outputs, n, sizeof *b->outputs, by_path);
}

static const struct output_at *
output_at(const struct binder *b, const char *path)
{
	struct output_at want = {.path = path};

	return b->noutputs == 0 ? NULL
				: bsearch(&want, b->outputs, b->noutputs, sizeof want, by_path);
}

static const struct file_facts *
file_at(const struct compile *c, const char *path)
{
	size_t low = 0, high = c->in->nfiles;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(c->in->files[mid].path, path);

		if (order == 0)
			return &c->in->files[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static bool
accepts(const struct cinput *in, enum kind kind)
{
	for (size_t i = 0; i < in->naccepts; i++)
		if (in->accepts[i] == kind)
			return true;
	return false;
}

/* The rank at which a producer of this entity and kind could be bound. */
static enum bind_rank
rank_of(const struct compile *c, const struct cstep *s, const struct cinput *in, const char *entity, enum kind kind)
{
	struct adapt_way way;
	bool same = in->entity ? entity && strcmp(in->entity, entity) == 0 : entity == NULL;

	if (same && in->naccepts > 0 && in->accepts[0] == kind)
		return RANK_EXACT;
	if (same && accepts(in, kind))
		return RANK_KIND;
	if (same && s->policy->allow_normalizers &&
	    adapt_way(c, catalog_entity(c->in->catalog, in->entity), kind, in->accepts, in->naccepts, false, &way))
		return RANK_ADAPTER;
	if (!in->entity && accepts(in, kind) && s->policy->allow_generic_inference)
		return RANK_GENERIC;
	return RANK_REFUSED;
}

static void
set_step(struct compile *c, struct cstep *s, struct cinput *in, enum bind_rank rank, size_t step, size_t output)
{
	const struct coutput *o = &c->steps[step].outputs[output];
	struct adapt_way way;

	if (rank == RANK_ADAPTER) {
		INVARIANT(adapt_way(c, catalog_entity(c->in->catalog, in->entity), o->kind, in->accepts, in->naccepts, false,
		    &way));
		adapt_ask(c, s, in, &way, NULL, NULL, step, output);
		return;
	}
	in->rank = rank;
	in->step = step;
	in->output = output;
	in->kind = o->kind;
	in->bound_entity = o->entity;
}

static void
input_where(struct compile *c, struct diag *g, const struct cstep *s, const struct cinput *in)
{
	say_where(c, g, s, arena_printf(c->a, "input `%s`", in->name));
}

static const char *
entity_words(struct compile *c, const char *entity)
{
	return entity ? arena_printf(c->a, "`%s`", entity) : "no entity";
}

/* There is a way, and the policy does not let it be taken. */
static void
say_not_adapted(struct compile *c, const struct cstep *s, const struct cinput *in, const char *producer,
    enum kind kind, const struct adapt_way *way)
{
	const struct policy *other = adapt_policy(c, s->policy);
	struct diag *g = say(c, FC0315, s, jx_find(in->at, "accepts"), arena_printf(c->a, "%s/accepts", in->pointer),
	    "%s is `%s` and input `%s` accepts %s; an adapter would do it, and policy `%s` allows none", producer,
	    kind_name(kind), in->name, kinds_words(c->a, in->accepts, in->naccepts), s->policy->id);

	adapt_offer(c, g, s, way);
	if (c->playbook) {
		/* Nobody wrote a candidate: the objective is what can be changed. */
		g->fix = NULL;
		other = policy_offer_of(c, s->key, s->policy);
		diag_help(c->diags, g, "give it as %s%s%s%s", kinds_words(c->a, in->accepts, in->naccepts),
		    other ? "; or write the line `policy: " : "", other ? other->id : "",
		    other ? "` in the objective: Forge then converts it in a step that the plan shows" : "");
	} else {
		diag_help(c->diags, g, "let the input accept `%s`, or the producer give %s%s%s%s", kind_name(kind),
		    kinds_words(c->a, in->accepts, in->naccepts), other ? "; or compile the step under `" : "",
		    other ? other->id : "", other ? "`, which inserts the adapter as a step of its own" : "");
	}
	input_where(c, g, s, in);
}

static void
say_refused(struct compile *c, const struct cstep *s, const struct cinput *in, size_t step,
    size_t output)
{
	const struct coutput *o = &c->steps[step].outputs[output];
	const char *producer = c->steps[step].key;
	bool same = in->entity && o->entity && strcmp(in->entity, o->entity) == 0;
	struct adapt_way way;
	struct diag *g;

	if (same && adapt_way(c, catalog_entity(c->in->catalog, in->entity), o->kind, in->accepts, in->naccepts, false,
	    &way)) {
		say_not_adapted(c, s, in, arena_printf(c->a, "`%s` of step `%s`", o->name, producer), o->kind, &way);
		return;
	}
	if (same || (!in->entity && (!o->entity || s->policy->allow_generic_inference))) {
		g = say(c, FC0310, s, jx_find(in->at, "accepts"),
		    arena_printf(c->a, "%s/accepts", in->pointer),
		    "step `%s` gives `%s` as `%s`, and input `%s` accepts %s", producer, o->name,
		    kind_name(o->kind), in->name, kinds_words(c->a, in->accepts, in->naccepts));
		if (adapt_is_any_denied(c))
			diag_note(c->diags, g, "no adapter that the profile `%s` allows would translate it", c->in->profile->id);
		else
			diag_note(c->diags, g, "no adapter is registered that would translate it");
		diag_help(c->diags, g, "let the input accept `%s`, or the step write %s",
		    kind_name(o->kind), kinds_words(c->a, in->accepts, in->naccepts));
	} else if (!in->entity) {
		g = say(c, FC0311, s, in->at, in->pointer,
		    "input `%s` asks for no entity, and policy `%s` does not bind %s to it", in->name,
		    s->policy->id, entity_words(c, o->entity));
		diag_help(c->diags, g, "give the input the entity %s, or the step a policy that "
		    "allows generic binding", entity_words(c, o->entity));
	} else {
		g = say(c, FC0311, s, jx_find(in->at, "entity"),
		    arena_printf(c->a, "%s/entity", in->pointer),
		    "input `%s` asks for `%s`, and `%s` of step `%s` is %s", in->name, in->entity,
		    o->name, producer, entity_words(c, o->entity));
		diag_help(c->diags, g, "take the input from a step that gives `%s`, or name the "
		    "entity that it really needs", in->entity);
	}
	input_where(c, g, s, in);
}

/* --- from a named step ------------------------------------------------------------------------- */

static void
say_several_outputs(struct compile *c, const struct cstep *s, const struct cinput *in,
    const char *const *names, size_t n)
{
	struct diag *g = say(c, FC0309, s, in->at, in->pointer,
	    "%zu producers fit input `%s` equally well: %s", n, in->name,
	    list_words(c->a, names, n, 8));

	diag_help(c->diags, g, "name one with `from` (and call the input like the output), or with "
	    "`path`");
	input_where(c, g, s, in);
}

/* Several fit: refused, or under a policy that says so the first in plan order is taken, and said. */
static bool
is_settled(struct compile *c, const struct cstep *s, const struct cinput *in, const char *const *names, size_t n)
{
	if (s->policy->fail_on_ambiguous_binding) {
		say_several_outputs(c, s, in, names, n);
		return false;
	}
	note_add(c, "Step %s, input %s: %s fit equally well, and the first was taken (policy %s).", s->key, in->name,
	    list_words(c->a, names, n, 8), s->policy->id);
	return true;
}

/* Nothing there for a required input: under a policy that says so the step goes without, and it is said. */
static bool
is_left_out(struct compile *c, const struct cstep *s, struct cinput *in)
{
	if (!in->is_required)
		return true;
	if (s->policy->fail_on_unbound_required_input)
		return false;
	in->is_required = false;
	note_add(c, "Step %s goes without its input %s: nothing gives it (policy %s).", s->key, in->name, s->policy->id);
	return true;
}

/* Of one step's outputs: those of the input's slot first, and of these the one named like it. */
static void
bind_from(struct compile *c, struct cstep *s, struct cinput *in, size_t step)
{
	const struct cstep *p = &c->steps[step];
	const char **names = ARENA_ARRAY(c->a, p->noutputs, const char *);
	enum bind_rank best = RANK_REFUSED;
	size_t n = 0, at = 0, refused = p->noutputs;
	struct diag *g;

	for (size_t i = 0; i < p->noutputs; i++) {
		const struct coutput *o = &p->outputs[i];
		enum bind_rank rank = rank_of(c, s, in, o->entity, o->kind);
		bool is_namesake = strcmp(o->name, in->name) == 0;

		if (strcmp(o->slot, in->slot) != 0)
			continue;
		if (rank == RANK_REFUSED) {
			if (refused == p->noutputs || is_namesake)
				refused = i;
			continue;
		}
		if (is_namesake && rank <= best) {
			set_step(c, s, in, rank, step, i);
			return;
		}
		if (rank < best)
			n = 0;
		if (rank <= best) {
			best = rank;
			at = n == 0 ? i : at;
			names[n++] = o->name;
		}
	}
	if (n == 1 || (n > 1 && is_settled(c, s, in, names, n))) {
		set_step(c, s, in, best, step, at);
	} else if (n > 1) {
		return;
	} else if (refused < p->noutputs) {
		say_refused(c, s, in, step, refused);
	} else {
		g = say(c, FC0301, s, in->at, in->pointer,
		    "step `%s` has no output with slot `%s` for input `%s`", p->key, in->slot,
		    in->name);
		for (size_t i = 0; i < p->noutputs; i++)
			names[i] = p->outputs[i].slot;
		diag_note(c->diags, g, "slots of its outputs: %s",
		    list_words(c->a, names, p->noutputs, 8));
		diag_help(c->diags, g, "correct the slot, or name the step that makes it");
		input_where(c, g, s, in);
	}
}

/* --- from a file ------------------------------------------------------------------------------- */

/* Findings about a file that were queued while an input was bound, seen from that input. */
static void
place_findings(struct compile *c, const struct cstep *s, const struct cinput *in, size_t from)
{
	for (; from < c->diags->n; from++) {
		c->diags->at[from]->place.step = s->key;
		c->diags->at[from]->place.pointer = in->pointer;
	}
}

/* Columns under other names: one change of the candidate mends all of them, if the names are clear. */
static void
offer_columns(struct compile *c, const struct cstep *s, const struct cinput *in, const struct file_facts *f,
    const struct entity *e, size_t from)
{
	const struct adapt_map *map;
	struct adapt_way way;
	const char *why;

	if (s->policy->allow_normalizers || !adapt_policy(c, s->policy) ||
	    adapt_columns(c, s, in, f, e, &map, &why) != COLUMNS_MAPPED ||
	    !adapt_way(c, e, f->profile->kind, in->accepts, in->naccepts, true, &way))
		return;
	for (; from < c->diags->n; from++) {
		struct diag *g = c->diags->at[from];

		if (g->code != FC0303)
			continue;
		adapt_offer(c, g, s, &way);
		diag_help(c->diags, g, "%s; or compile the step under `%s`, which renames them in a step of its own", g->help,
		    adapt_policy(c, s->policy)->id);
	}
}

/* By adapters. true: the input is bound or the finding about it is said. */
static bool
bind_file_adapted(struct compile *c, struct cstep *s, struct cinput *in, const struct file_facts *f,
    const struct entity *e)
{
	const struct artifact_profile *p = f->profile;
	const struct entity *held = e && e->ncolumns > 0 && p->ncolumns == 0 && !kind_is_table(p->kind) ? NULL : e;
	const struct adapt_map *map = NULL;
	struct adapt_way way;
	const char *why;
	size_t n = c->diags->n;

	if (!p->parse_ok)
		return false;
	if (s->policy->allow_normalizers && adapt_columns(c, s, in, f, e, &map, &why) == COLUMNS_REFUSED)
		return true;
	if ((!map && accepts(in, p->kind)) || !adapt_way(c, e, p->kind, in->accepts, in->naccepts, map != NULL, &way))
		return false;
	if (!s->policy->allow_normalizers) {
		say_not_adapted(c, s, in, f->path, p->kind, &way);
		return true;
	}
	if (!file_check(c, f, map ? NULL : held, &p->kind, 1)) {
		place_findings(c, s, in, n);
		return true;
	}
	adapt_ask(c, s, in, &way, map, f, NO_STEP, 0);
	return true;
}

static void
bind_file(struct compile *c, struct cstep *s, struct cinput *in, const struct file_facts *f)
{
	const struct entity *e = catalog_entity(c->in->catalog, in->entity);
	size_t n = c->diags->n;
	struct diag *g;

	if (!in->entity && !s->policy->allow_generic_inference && entity_detect(c->a, c->in->catalog, f)) {
		g = say(c, FC0311, s, in->at, in->pointer,
		    "input `%s` asks for no entity, and policy `%s` does not bind %s (`%s`) to it",
		    in->name, s->policy->id, f->path, entity_detect(c->a, c->in->catalog, f)->id);
		diag_help(c->diags, g, "give the input the entity `%s`, or the step a policy that "
		    "allows generic binding", entity_detect(c->a, c->in->catalog, f)->id);
		input_where(c, g, s, in);
		return;
	}
	if (bind_file_adapted(c, s, in, f, e))
		return;
	if (!file_check(c, f, e, in->accepts, in->naccepts)) {
		place_findings(c, s, in, n);
		offer_columns(c, s, in, f, e, n);
		return;
	}
	in->file = f;
	in->kind = f->profile->kind;
	in->bound_entity = in->entity;
	in->rank = in->accepts[0] == in->kind ? RANK_EXACT : RANK_KIND;
	if (!in->entity && s->policy->allow_generic_inference)
		in->rank = RANK_GENERIC;
}

static void
say_no_file(struct compile *c, const struct cstep *s, const struct cinput *in)
{
	const char **paths = ARENA_ARRAY(c->a, c->in->nfiles, const char *);
	struct diag *g = say(c, FC0312, s, jx_find(in->at, "path"),
	    arena_printf(c->a, "%s/path", in->pointer), "there is no `%s`", in->path);
	const char *near;

	for (size_t i = 0; i < c->in->nfiles; i++)
		paths[i] = c->in->files[i].path;
	near = nearest(in->path, paths, c->in->nfiles);
	if (near && g->nsources > 0)
		g->sources[0].label = arena_printf(c->a, "`%s` is the nearest", near);
	diag_note(c->diags, g, "files of the workspace: %s", list_words(c->a, paths, c->in->nfiles, 12));
	diag_help(c->diags, g, "upload the file, or correct the path");
	if (near)
		g->fix = arena_printf(c->a,
		    "[{\"op\":\"replace\",\"path\":\"%s/path\",\"value\":\"%s\"}]", in->pointer, near);
	input_where(c, g, s, in);
}

static void
bind_path(struct binder *b, struct cstep *s, struct cinput *in)
{
	struct compile *c = b->c;
	const struct file_facts *f = file_at(c, in->path);
	const struct output_at *o;
	size_t k = 0;
	enum bind_rank rank;

	if (f) {
		bind_file(c, s, in, f);
		return;
	}
	o = output_at(b, in->path);
	if (!o) {
		if (!is_left_out(c, s, in))
			say_no_file(c, s, in);
		return;
	}
	while (k < s->ndeps && s->deps[k] != o->step)
		k++;
	if (k == s->ndeps) {
		struct diag *g = say(c, FC0301, s, jx_find(in->at, "path"),
		    arena_printf(c->a, "%s/path", in->pointer),
		    "`%s` is written by step `%s`, which `%s` does not depend on", in->path,
		    c->steps[o->step].key, s->key);

		diag_help(c->diags, g, "add \"from\": \"%s\" to the input", c->steps[o->step].key);
		g->fix = arena_printf(c->a,
		    "[{\"op\":\"add\",\"path\":\"%s/from\",\"value\":\"%s\"}]", in->pointer,
		    c->steps[o->step].key);
		input_where(c, g, s, in);
		return;
	}
	rank = rank_of(c, s, in, c->steps[o->step].outputs[o->output].entity,
	    c->steps[o->step].outputs[o->output].kind);
	if (rank == RANK_REFUSED)
		say_refused(c, s, in, o->step, o->output);
	else
		set_step(c, s, in, rank, o->step, o->output);
}

/* --- by search --------------------------------------------------------------------------------- */

struct found {
	enum bind_rank best;
	size_t n;
	size_t step, output;
	const struct file_facts *file;
	const char *names[16];
};

static void
found_add(struct found *f, enum bind_rank rank, size_t step, size_t output,
    const struct file_facts *file, const char *name)
{
	if (rank > f->best || rank == RANK_REFUSED)
		return;
	if (rank < f->best)
		f->n = 0;
	f->best = rank;
	if (f->n == 0) {
		f->step = step;
		f->output = output;
		f->file = file;
	}
	if (f->n < sizeof f->names / sizeof f->names[0])
		f->names[f->n] = name;
	f->n++;
}

/* Neither from nor path: the one output of the steps that s depends on, else the one file. */
static void
bind_search(struct compile *c, struct cstep *s, struct cinput *in)
{
	struct found f = {.best = RANK_REFUSED};
	size_t *mapped = ARENA_ARRAY(c->a, c->in->nfiles, size_t), nmapped = 0;
	bool is_given;
	struct diag *g;

	for (size_t d = 0; d < s->ndeps; d++) {
		const struct cstep *p = &c->steps[s->deps[d]];

		for (size_t i = 0; i < p->noutputs; i++)
			if (strcmp(p->outputs[i].slot, in->slot) == 0)
				found_add(&f,
				    rank_of(c, s, in, p->outputs[i].entity, p->outputs[i].kind),
				    s->deps[d], i, NULL,
				    arena_printf(c->a, "%s/%s", p->key, p->outputs[i].name));
	}
	is_given = f.n > 0;
	for (size_t i = 0; !is_given && in->entity && i < c->in->nfiles; i++) {
		const struct entity *e = entity_detect(c->a, c->in->catalog, &c->in->files[i]);

		if (e && strcmp(e->id, in->entity) == 0)
			found_add(&f,
			    rank_of(c, s, in, e->id, c->in->files[i].profile->kind), NO_STEP, 0,
			    &c->in->files[i], c->in->files[i].path);
	}
	/* Where no file is it as it stands: those that clearly are but for their columns. */
	for (size_t i = 0; f.n == 0 && s->policy->allow_normalizers && in->entity && i < c->in->nfiles; i++) {
		const struct detection *d = adapt_detection(c, &c->in->files[i]);

		if (d->is_clear && strcmp(d->ranks[0].entity->id, in->entity) == 0 && !d->ranks[0].is_refuted)
			mapped[nmapped++] = i;
	}
	for (size_t i = 0; i < nmapped; i++)
		found_add(&f, RANK_ADAPTER, NO_STEP, 0, &c->in->files[mapped[i]], c->in->files[mapped[i]].path);
	if (f.n > 1 && !is_settled(c, s, in, f.names, f.n > 16 ? 16 : f.n))
		return;
	if (f.n > 0 && f.file) {
		bind_file(c, s, in, f.file);
	} else if (f.n > 0) {
		set_step(c, s, in, f.best, f.step, f.output);
	} else if (!is_left_out(c, s, in)) {
		g = say(c, FC0301, s, in->at, in->pointer,
		    "nothing gives input `%s` of step `%s`: %s in slot `%s` as %s", in->name, s->key,
		    entity_words(c, in->entity), in->slot,
		    kinds_words(c->a, in->accepts, in->naccepts));
		diag_help(c->diags, g, "name the step with `from` or the file with `path`%s",
		    s->ndeps == 0 ? "; the step depends on no other" : "");
		input_where(c, g, s, in);
	}
}

void
bind_all(struct compile *c)
{
	struct binder b = {.c = c};

	index_outputs(&b);
	for (size_t i = 0; i < c->nsteps && !c->has_failed; i++) {
		struct cstep *s = &c->steps[c->order[i]];

		for (size_t k = 0; k < s->ninputs && !c->has_failed; k++) {
			struct cinput *in = &s->inputs[k];

			if (in->from)
				bind_from(c, s, in, step_find(c, in->from));
			else if (in->path)
				bind_path(&b, s, in);
			else
				bind_search(c, s, in);
			c->nbound += in->rank != RANK_NONE;
			c->nexact += in->rank == RANK_EXACT;
		}
	}
}
