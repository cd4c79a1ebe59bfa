/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/adapt.h"

#include <string.h>

#include "compiler/discover.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "types/profile.h"

/* --- ways -------------------------------------------------------------------------------------- */

static bool
keeps_content(const struct adapter *a, const struct entity *e)
{
	if (a->entity && (!e || strcmp(a->entity, e->id) != 0))
		return false;
	return !e || e->ncolumns == 0 || strcmp(a->relation, "same") == 0;
}

static bool
is_denied(const struct compile *c, const struct adapter *a)
{
	return discover_denied(c->in->profile, DISCOVER_ADAPTER, a->id, a->skill);
}

bool
adapt_is_any_denied(const struct compile *c)
{
	for (size_t i = 0; i < c->in->catalog->nadapters; i++)
		if (is_denied(c, &c->in->catalog->adapters[i]))
			return true;
	return false;
}

static size_t
kinds_way(const struct compile *c, const struct entity *e, enum kind from, enum kind to, const struct adapter **out)
{
	const char *form = e ? entity_form_name(e->form) : kind_is_table(from) ? "rows" : NULL;
	size_t n = catalog_adapters_of(c->in->catalog, kind_name(from), kind_name(to), form, out, ADAPT_CHAIN_MAX);

	for (size_t i = 0; i < n; i++)
		if (!keeps_content(out[i], e) || is_denied(c, out[i]))
			return 0;
	return n;
}

static const struct adapter *
columns_adapter(const struct compile *c, enum kind kind)
{
	for (size_t i = 0; i < c->in->catalog->nadapters; i++) {
		const struct adapter *a = &c->in->catalog->adapters[i];

		for (size_t k = 0; a->type == ADAPTER_COLUMNS && !is_denied(c, a) && k < a->nfrom; k++)
			if (strcmp(a->from[k], kind_name(kind)) == 0)
				return a;
	}
	return NULL;
}

bool
adapt_way(const struct compile *c, const struct entity *e, enum kind from, const enum kind *kinds, size_t nkinds,
    bool has_map, struct adapt_way *out)
{
	bool is_found = false;

	for (size_t i = 0; i < nkinds; i++) {
		const struct adapter *columns = has_map ? columns_adapter(c, from) : NULL;
		struct adapt_way way = {.to = kinds[i]};
		size_t n = 0;

		if (kinds[i] == from && !has_map)
			continue;
		if (kinds[i] != from) {
			n = kinds_way(c, e, from, kinds[i], way.chain);
			if (n == 0)
				continue;
		}
		way.n = way.map_at = n;
		if (columns) {
			memmove(way.chain + 1, way.chain, n * sizeof *way.chain);
			way.chain[0] = columns;
			way.map_at = 0;
			way.n++;
		} else if (has_map) {
			way.chain[n] = columns_adapter(c, kinds[i]);
			if (!way.chain[n])
				continue;
			way.n++;
		}
		if (is_found && way.n >= out->n)
			continue;
		*out = way;
		is_found = true;
	}
	return is_found;
}

const char *
adapt_way_words(struct compile *c, const struct adapt_way *way)
{
	struct buf b;

	buf_init(&b, c->a);
	for (size_t i = 0; i < way->n; i++)
		buf_printf(&b, "%s%s (`%s`)", i ? ", then " : "", way->chain[i]->label, way->chain[i]->id);
	return b.p ? buf_take(&b) : "";
}

/* --- policies ------------------------------------------------------------------------------------ */

static unsigned
differences(const struct policy *x, const struct policy *y)
{
	unsigned n = 0;

#define SETTING(name, words) n += x->name != y->name;
#include "pack/policy.def"
#undef SETTING
	return n + (x->refuses_date_order != y->refuses_date_order) + (x->needs_criteria != y->needs_criteria);
}

const struct policy *
adapt_policy(const struct compile *c, const struct policy *p)
{
	const struct policy *best = NULL;

	for (size_t i = 0; i < c->in->catalog->npolicies; i++) {
		const struct policy *q = &c->in->catalog->policies[i];

		if (q->allow_normalizers && (!best || differences(p, q) < differences(p, best)))
			best = q;
	}
	return best;
}

void
adapt_offer(struct compile *c, struct diag *g, const struct cstep *s, const struct adapt_way *way)
{
	const struct policy *p = adapt_policy(c, s->policy);

	diag_note(c->diags, g, "registered for this: %s", adapt_way_words(c, way));
	if (!p)
		return;
	g->fix = arena_printf(c->a, "[{\"op\":\"add\",\"path\":\"%s/policy_id\",\"value\":\"%s\"}]", s->pointer, p->id);
}

/* --- what is asked for --------------------------------------------------------------------------- */

static bool
is_same(const struct adaptation *x, const struct adaptation *y)
{
	if (x->adapter != y->adapter || x->file != y->file || x->before != y->before || x->step != y->step ||
	    x->output != y->output)
		return false;
	if (!x->map != !y->map || (x->map && strcmp(x->map->text, y->map->text) != 0))
		return false;
	return !x->entity == !y->entity && (!x->entity || strcmp(x->entity, y->entity) == 0);
}

/* Its number, from 1. */
static size_t
adaptation_add(struct compile *c, const struct adaptation *want)
{
	for (size_t i = 0; i < c->nadaptations; i++)
		if (is_same(&c->adaptations[i], want))
			return i + 1;
	if (c->nadaptations == c->adaptations_cap) {
		size_t cap = c->adaptations_cap ? c->adaptations_cap * 2 : 16;
		struct adaptation *at = ARENA_ARRAY(c->a, cap, struct adaptation);

		if (c->nadaptations > 0)
			memcpy(at, c->adaptations, c->nadaptations * sizeof *at);
		c->adaptations = at;
		c->adaptations_cap = cap;
	}
	c->adaptations[c->nadaptations++] = *want;
	return c->nadaptations;
}

void
adapt_ask(struct compile *c, struct cstep *s, struct cinput *in, const struct adapt_way *way,
    const struct adapt_map *map, const struct file_facts *file, size_t step, size_t output)
{
	enum kind kind = file ? file->profile->kind : c->steps[step].outputs[output].kind;
	const char *slot = file ? in->slot : c->steps[step].outputs[output].slot;
	size_t before = 0;

	for (size_t i = 0; i < way->n; i++) {
		struct adaptation one = {
		    .adapter = way->chain[i],
		    .map = i == way->map_at ? map : NULL,
		    .file = before == 0 ? file : NULL,
		    .before = before,
		    .step = before == 0 && !file ? step : NO_STEP,
		    .output = before == 0 && !file ? output : 0,
		    .entity = in->entity,
		    .slot = slot,
		    .from = kind,
		    .consumer = (size_t)(s - c->steps),
		    .input = (size_t)(in - s->inputs),
		};

		/* What leaves the step before the columns are mapped is not the entity yet. */
		if (map && i < way->map_at)
			one.entity = NULL;
		if (i == way->map_at || !kind_find(way->chain[i]->to, &kind))
			kind = one.from;
		one.to = kind;
		before = adaptation_add(c, &one);
		slot = way->chain[i]->slot ? way->chain[i]->slot : slot;
	}
	in->rank = RANK_ADAPTER;
	in->adaptation = before;
	in->file = NULL;
	in->step = NO_STEP;
	in->kind = way->to;
	in->bound_entity = in->entity;
}
