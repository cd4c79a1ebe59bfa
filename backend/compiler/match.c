/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass B, the part that chooses: domain packs and workflow packs of a step that names none, and how sure that
 * is. Entities come first, since they say what the step works on; words are asked where there are none, and
 * heard when they clearly contradict what a candidate names. Integers and ids only, so that it is the same
 * on every machine.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/discover.h"
#include "compiler/route.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/pack.h"

#define EVIDENCE_MAX 3
/* Workflows: what a step reads and writes says as much as a telling word or two. */
#define POINTS_OUTPUT_SLOT 60
#define POINTS_INPUT_SLOT 25
#define WORKFLOW_POINTS_MIN 90
#define WORKFLOW_LEAD 10 /* hundredths of the first's points */

static const char *
step_words(struct compile *c, const struct cstep *s)
{
	return arena_printf(c->a, "%s\n%s", s->label, s->objective);
}

static const struct route *
domains_of(struct compile *c, const struct cstep *s)
{
	struct route *r = ARENA_NEW(c->a, struct route);
	const char *text = step_words(c, s);

	route_objective(c->a, route_domains(c), text, strlen(text), r);
	return r;
}

const struct route_index *
route_domains(struct compile *c)
{
	if (!c->domains)
		c->domains = route_index_for(c->a, c->in->catalog, c->in->profile);
	return c->domains;
}

static bool
has_pack(const struct cstep *s, const struct pack *p)
{
	for (size_t i = 0; i < s->npacks; i++)
		if (s->packs[i] == p)
			return true;
	return false;
}

static bool
is_entity_of(const struct compile *c, const char *id, const struct pack *p)
{
	const struct entity *e = catalog_entity(c->in->catalog, id);

	return e && e->pack == p;
}

static bool
has_entity_of(const struct compile *c, const struct cstep *s, const struct pack *p)
{
	for (size_t i = 0; i < s->ninputs; i++)
		if (is_entity_of(c, s->inputs[i].entity, p))
			return true;
	for (size_t i = 0; i < s->noutputs; i++)
		if (is_entity_of(c, s->outputs[i].entity, p))
			return true;
	return false;
}

static const char *
pack_words(struct compile *c, const struct cstep *s)
{
	const char **ids = ARENA_ARRAY(c->a, s->npacks, const char *);

	for (size_t i = 0; i < s->npacks; i++)
		ids[i] = s->packs[i]->id;
	return list_words(c->a, ids, s->npacks, 4);
}

/* The heaviest evidence without its points: a contract says why, and points move with every pack. */
static const char *
why_words(struct compile *c, const struct route_rank *rank)
{
	static const char *const kinds[ROUTE__COUNT] = {"trigger", "term", "word", "signal", NULL, NULL, "near the goal", NULL};
	struct buf b;

	buf_init(&b, c->a);
	for (size_t i = 0, n = 0; i < rank->nevidence && n < EVIDENCE_MAX; i++) {
		const struct route_evidence *e = &rank->evidence[i];

		if (kinds[e->kind] && e->points > 0)
			buf_printf(&b, "%s%s `%s`", n++ ? ", " : "", kinds[e->kind], e->words);
	}
	return b.p ? buf_take(&b) : "near its purpose";
}

/* --- what a candidate names ------------------------------------------------------------------------ */

static bool
is_named(const struct jx *named, const struct pack *p)
{
	for (size_t i = 0; i < jx_size(named); i++)
		if (jx_is_str(jx_at(named, i), p->id))
			return true;
	return false;
}

/* A named domain with none of whose entities the step works, while its words are clearly another's. */
static void
contradiction_check(struct compile *c, const struct cstep *s, const struct jx *named)
{
	const struct route *r = NULL;

	for (size_t i = 0; i < jx_size(named); i++) {
		const struct pack *p = catalog_pack(c->in->catalog, jx_str(jx_at(named, i), ""));
		struct diag *g;
		int own = 0;

		if (!p || p->is_generic || has_entity_of(c, s, p))
			continue;
		if (!r)
			r = domains_of(c, s);
		for (size_t k = 0; k < r->nranks; k++)
			own = r->ranks[k].pack == p ? r->ranks[k].points : own;
		if (!r->is_clear || is_named(named, r->ranks[0].pack) || 2 * own > r->ranks[0].points)
			continue;
		g = say(c, FC0212, s, jx_at(named, i), arena_printf(c->a, "%s/domain_pack_ids/%zu", s->pointer, i),
		    "step `%s` names `%s`, and its words speak of `%s`", s->key, p->id, r->ranks[0].pack->id);
		diag_note(c->diags, g, "%s: %s", r->ranks[0].pack->id, route_says(c->a, &r->ranks[0], EVIDENCE_MAX));
		diag_help(c->diags, g, "name `%s` if that is meant, or say in the objective what it has to do with `%s`",
		    r->ranks[0].pack->id, p->id);
		g->fix = arena_printf(c->a, "[{\"op\":\"replace\",\"path\":\"%s/domain_pack_ids/%zu\",\"value\":\"%s\"}]",
		    s->pointer, i, r->ranks[0].pack->id);
	}
}

/* --- domains ----------------------------------------------------------------------------------------- */

static void
domains_by_entities(struct compile *c, struct cstep *s)
{
	const struct route *r = domains_of(c, s);
	bool agrees = r->nranks > 0 && has_pack(s, r->ranks[0].pack);

	s->confidence = agrees ? "0.99" : r->is_clear ? "0.7" : "0.9";
	s->reason = agrees ? arena_printf(c->a, "its entities are of %s, and so are its words: %s", pack_words(c, s),
			why_words(c, &r->ranks[0]))
	    : r->is_clear ? arena_printf(c->a, "its entities are of %s; its words speak of `%s`: %s", pack_words(c, s),
		  r->ranks[0].pack->id, why_words(c, &r->ranks[0]))
			  : arena_printf(c->a, "its entities are of %s; its words point nowhere else", pack_words(c, s));
}

/* No entity: its own words, where they are clear, else nothing. */
static void
domains_by_words(struct compile *c, struct cstep *s)
{
	const struct route *r = domains_of(c, s);
	const struct pack **list = ARENA_ARRAY(c->a, 1, const struct pack *);
	int64_t second = r->nranks > 1 ? r->ranks[1].points : 0, hundredths;

	if (r->nranks == 0 || !r->is_clear) {
		s->confidence = "0.0";
		s->reason = r->nranks == 0 ? "neither entities nor words of the step are of a domain"
		    : arena_printf(c->a, "the step has no entity, and its words leave it open; nearest is `%s`: %s",
			  r->ranks[0].pack->id, why_words(c, &r->ranks[0]));
		return;
	}
	hundredths = 100 * (int64_t)r->ranks[0].points / (r->ranks[0].points + second);
	list[0] = r->ranks[0].pack;
	s->packs = list;
	s->npacks = 1;
	s->confidence = arena_printf(c->a, "0.%02d", (int)(hundredths > 95 ? 95 : hundredths));
	s->reason = arena_printf(c->a, "no entity; its words are of `%s`: %s", list[0]->id,
	    why_words(c, &r->ranks[0]));
}

void
match_domains(struct compile *c, struct cstep *s)
{
	const struct jx *named = jx_find(s->at, "domain_pack_ids");

	s->confidence = jx_str(jx_find(s->at, "confidence"), NULL);
	s->reason = jx_str(jx_find(s->at, "reason"), NULL);
	if (jx_size(named) > 0) {
		contradiction_check(c, s, named);
		s->confidence = s->confidence ? s->confidence : "1.0";
		s->reason = s->reason ? s->reason : "named by the candidate";
	} else if (s->confidence && s->reason) {
		return;
	} else if (s->npacks > 0) {
		domains_by_entities(c, s);
	} else {
		domains_by_words(c, s);
	}
}

/* --- workflows ----------------------------------------------------------------------------------------- */

static bool
is_one_of(const char *const *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], id) == 0)
			return true;
	return false;
}

/* Points of what the step reads and writes; -1: it writes nothing that the workflow gives. */
static int
slot_points(const struct workflow *w, const struct cstep *s)
{
	unsigned in = 0, out = 0;

	for (size_t i = 0; i < s->noutputs; i++)
		out += is_one_of(w->outputs, w->noutputs, s->outputs[i].slot);
	for (size_t i = 0; i < s->ninputs; i++)
		in += is_one_of(w->inputs, w->ninputs, s->inputs[i].slot);
	if (w->noutputs > 0 && out == 0)
		return -1;
	return (out > 0 ? POINTS_OUTPUT_SLOT : 0) + (in > 0 ? POINTS_INPUT_SLOT : 0);
}

void
match_workflows(struct compile *c, struct cstep *s)
{
	const struct workflow **list = ARENA_ARRAY(c->a, 1, const struct workflow *);
	const struct workflow *best = NULL;
	const char *text = step_words(c, s);
	int most = 0, second = 0;
	struct route r;

	if (jx_find(s->at, "workflow_pack_ids"))
		return;
	if (!c->workflows)
		c->workflows = route_index_workflows(c->a, c->in->catalog);
	route_objective(c->a, c->workflows, text, strlen(text), &r);
	for (size_t i = 0; i < c->in->catalog->nworkflows; i++) {
		const struct workflow *w = &c->in->catalog->workflows[i];
		int points = slot_points(w, s);

		if (points < 0 || discover_denied(c->in->profile, DISCOVER_WORKFLOW, w->id, NULL))
			continue;
		for (size_t k = 0; k < r.nranks; k++)
			points += strcmp(r.ranks[k].pack->id, w->id) == 0 ? r.ranks[k].points : 0;
		if (points > most) {
			second = most;
			most = points;
			best = w;
		} else if (points > second) {
			second = points;
		}
	}
	if (!best || most < WORKFLOW_POINTS_MIN || (int64_t)(most - second) * 100 < (int64_t)most * WORKFLOW_LEAD)
		return;
	list[0] = best;
	s->workflows = list;
	s->nworkflows = 1;
	s->reason = arena_printf(c->a, "%s; workflow `%s` by its words and what it writes",
	    s->reason ? s->reason : "", best->id);
}

/* --- the candidate with what was chosen ------------------------------------------------------------------ */

static bool
is_chosen_member(const char *key)
{
	static const char *const members[] = {"confidence", "domain_pack_ids", "policy_id", "reason", "workflow_pack_ids"};

	return is_one_of(members, sizeof members / sizeof *members, key);
}

static void
write_step(struct jw *w, const struct cstep *s)
{
	jw_object(w, NULL);
	for (size_t i = 0; i < s->at->u.object.n; i++)
		if (!is_chosen_member(s->at->u.object.at[i].key))
			jw_value(w, s->at->u.object.at[i].key, s->at->u.object.at[i].value);
	jw_array(w, "domain_pack_ids");
	for (size_t i = 0; i < s->npacks && i < 12; i++)
		jw_str(w, NULL, s->packs[i]->id);
	jw_end(w);
	jw_array(w, "workflow_pack_ids");
	for (size_t i = 0; i < s->nworkflows && i < 12; i++)
		jw_str(w, NULL, s->workflows[i]->id);
	jw_end(w);
	jw_str(w, "policy_id", s->policy->id);
	jw_str(w, "confidence", s->confidence);
	jw_str(w, "reason", s->reason);
	jw_end(w);
}

int
match_candidate(struct compile *c, const char **text, size_t *n)
{
	struct buf b;
	struct jw w;
	char *out;

	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	for (size_t i = 0; i < c->candidate->u.object.n; i++)
		if (strcmp(c->candidate->u.object.at[i].key, "steps") != 0)
			jw_value(&w, c->candidate->u.object.at[i].key, c->candidate->u.object.at[i].value);
	jw_array(&w, "steps");
	for (size_t i = 0; i < c->nsteps; i++)
		write_step(&w, &c->steps[i]);
	jw_end(&w);
	jw_end(&w);
	if (jw_canonical_text(c->a, b.p, b.len, &out, n, c->err) < 0)
		return -1;
	*text = out;
	return 0;
}
