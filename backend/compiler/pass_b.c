/* SPDX-License-Identifier: Apache-2.0 */
/* Pass B, Match: packs, workflows, policy and skill of each step, from the catalog by id. */
#include <stdlib.h>
#include <string.h>

#include "compiler/work.h"
#include "core/arena.h"
#include "core/jx.h"
#include "pack/pack.h"

/* The ids of one list of the catalog, for "did you mean". The ids are the first member everywhere. */
#define IDS(c, list, count)                                                                        \
	ids_of((c)->a, (c)->in->catalog->list, (c)->in->catalog->count,                            \
	    sizeof (c)->in->catalog->list[0])

static const char **
ids_of(struct arena *a, const void *at, size_t n, size_t size)
{
	const char **out = ARENA_ARRAY(a, n, const char *);

	for (size_t i = 0; i < n; i++)
		memcpy(&out[i], (const char *)at + i * size, sizeof out[i]);
	return out;
}

static void
say_unknown(struct compile *c, enum diag_code code, const struct cstep *s, const struct jx *at,
    const char *pointer, const char *what, const char *id, const char *const *ids, size_t n)
{
	const char *near = nearest(id, ids, n);
	struct diag *g = say(c, code, s, at, pointer, "there is no %s `%s`", what, id);

	if (near && g->nsources > 0)
		g->sources[0].label = arena_printf(c->a, "`%s` is the nearest", near);
	else if (near)
		diag_note(c->diags, g, "`%s` is the nearest", near);
	diag_help(c->diags, g, "installed: %s", list_words(c->a, ids, n, 20));
	if (near)
		g->fix = arena_printf(c->a, "[{\"op\":\"replace\",\"path\":\"%s\",\"value\":\"%s\"}]",
		    pointer, near);
}

static int
by_pack_id(const void *a, const void *b)
{
	return strcmp((*(const struct pack *const *)a)->id, (*(const struct pack *const *)b)->id);
}

static void
pack_add(const struct pack **list, size_t *n, const struct pack *p)
{
	for (size_t i = 0; i < *n; i++)
		if (list[i] == p)
			return;
	list[(*n)++] = p;
}

/* The packs that the step names and those that define its entities: their hashes pin what it means. */
static void
packs_resolve(struct compile *c, struct cstep *s)
{
	const struct catalog *k = c->in->catalog;
	const struct jx *named = jx_find(s->at, "domain_pack_ids");
	const struct pack **list =
	    ARENA_ARRAY(c->a, jx_size(named) + s->ninputs + s->noutputs, const struct pack *);
	size_t n = 0;

	for (size_t i = 0; i < jx_size(named); i++) {
		const char *id = jx_str(jx_at(named, i), "");
		const struct pack *p = catalog_pack(k, id);

		if (p)
			pack_add(list, &n, p);
		else
			say_unknown(c, FC0208, s, jx_at(named, i),
			    arena_printf(c->a, "%s/domain_pack_ids/%zu", s->pointer, i),
			    "domain pack", id, IDS(c, packs, npacks), k->npacks);
	}
	for (size_t i = 0; i < s->ninputs; i++)
		if (catalog_entity(k, s->inputs[i].entity))
			pack_add(list, &n, catalog_entity(k, s->inputs[i].entity)->pack);
	for (size_t i = 0; i < s->noutputs; i++)
		if (catalog_entity(k, s->outputs[i].entity))
			pack_add(list, &n, catalog_entity(k, s->outputs[i].entity)->pack);
	if (n > 1)
		qsort(list, n, sizeof(struct pack *), by_pack_id);
	s->packs = list;
	s->npacks = n;
}

static void
workflows_resolve(struct compile *c, struct cstep *s)
{
	const struct catalog *k = c->in->catalog;
	const struct jx *named = jx_find(s->at, "workflow_pack_ids");
	const struct workflow **list = ARENA_ARRAY(c->a, jx_size(named), const struct workflow *);

	for (size_t i = 0; i < jx_size(named); i++) {
		const char *id = jx_str(jx_at(named, i), "");
		const struct workflow *w = catalog_workflow(k, id);

		if (w)
			list[s->nworkflows++] = w;
		else
			say_unknown(c, FC0209, s, jx_at(named, i),
			    arena_printf(c->a, "%s/workflow_pack_ids/%zu", s->pointer, i),
			    "workflow pack", id, IDS(c, workflows, nworkflows), k->nworkflows);
	}
	s->workflows = list;
}

static void
policy_resolve(struct compile *c, struct cstep *s)
{
	const struct catalog *k = c->in->catalog;
	const struct jx *named = jx_find(s->at, "policy_id");
	const char *id = jx_str(named, c->in->profile->policy);

	s->policy = catalog_policy(k, id);
	if (!s->policy)
		say_unknown(c, FC0210, s, named ? named : s->at,
		    arena_printf(c->a, "%s/policy_id", s->pointer), "policy", id,
		    IDS(c, policies, npolicies), k->npolicies);
}

static void
skill_resolve(struct compile *c, struct cstep *s)
{
	const struct catalog *k = c->in->catalog;
	const struct jx *named = jx_find(s->program, "skill");
	const char *id = jx_str(named, NULL);

	if (!id)
		return;
	s->skill = catalog_skill(k, id);
	if (!s->skill)
		say_unknown(c, FC0601, s, named, arena_printf(c->a, "%s/program/skill", s->pointer),
		    "skill", id, IDS(c, skills, nskills), k->nskills);
}

/* Whether the entities that a step speaks of are known at all. */
static void
entity_resolve(struct compile *c, struct cstep *s, const struct jx *at, const char *pointer,
    const char *id)
{
	const struct catalog *k = c->in->catalog;
	const char *ids[512];
	size_t n = 0;

	if (!id || catalog_entity(k, id))
		return;
	for (size_t p = 0; p < k->npacks; p++)
		for (size_t i = 0; i < k->packs[p].nentities && n < 512; i++)
			ids[n++] = k->packs[p].entities[i].id;
	say_unknown(c, FC0313, s, jx_find(at, "entity"), arena_printf(c->a, "%s/entity", pointer),
	    "entity", id, ids, n);
}

void
packs_of_bindings(struct compile *c, struct cstep *s)
{
	const struct pack **list = ARENA_ARRAY(c->a, s->npacks + s->ninputs, const struct pack *);
	size_t n = s->npacks;

	if (n > 0)
		memcpy(list, s->packs, n * sizeof(struct pack *));
	for (size_t i = 0; i < s->ninputs; i++)
		if (catalog_entity(c->in->catalog, s->inputs[i].bound_entity))
			pack_add(list, &n, catalog_entity(c->in->catalog, s->inputs[i].bound_entity)->pack);
	if (n == s->npacks)
		return;
	qsort(list, n, sizeof(struct pack *), by_pack_id);
	s->packs = list;
	s->npacks = n;
}

const char *
pass_b(struct compile *c)
{
	size_t nprograms = 0, nfetches = 0;

	for (size_t i = 0; i < c->nsteps; i++) {
		struct cstep *s = &c->steps[i];

		for (size_t k = 0; k < s->ninputs; k++)
			entity_resolve(c, s, s->inputs[k].at, s->inputs[k].pointer,
			    s->inputs[k].entity);
		for (size_t k = 0; k < s->noutputs; k++)
			entity_resolve(c, s, s->outputs[k].at, s->outputs[k].pointer,
			    s->outputs[k].entity);
		packs_resolve(c, s);
		workflows_resolve(c, s);
		policy_resolve(c, s);
		skill_resolve(c, s);
		deny_check(c, s);
		match_domains(c, s);
		match_workflows(c, s);
		nprograms += s->program != NULL;
		nfetches += s->fetch != NULL;
	}
	return arena_printf(c->a, "Packs, policies and %zu program%s%s found.", nprograms,
	    nprograms == 1 ? "" : "s",
	    nfetches > 0 ? arena_printf(c->a, " and %zu fetch%s", nfetches, nfetches == 1 ? "" : "es")
			 : "");
}
