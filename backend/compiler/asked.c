/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line `policy: <id>` of an objective, as the offline planner reads it: on which steps of a playbook it
 * holds, and what is said where it would help.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "compiler/adapt.h"
#include "compiler/detect.h"
#include "compiler/offline.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/jx.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "types/profile.h"

#define STRICT "strict.fail-closed.v1" /* what a playbook names when it asks for nothing special */
#define POLICIES_MAX 64
#define AROUND " \t\r`*\""

/* --- the line ------------------------------------------------------------------------------------ */

struct asked_line {
	size_t at, n;       /* of the line, without its end */
	size_t id_at, id_n; /* 0: it is no such line */
};

/* "policy: <id>" and nothing else on it. "Policy: finance_policy.md" and "Our policy: …" are prose. */
static void
line_read(const char *text, struct asked_line *l)
{
	static const char word[] = "policy:";
	size_t i = l->at, end = l->at + l->n, from;
	enum kind kind;
	char id[128];

	l->id_n = 0;
	while (i < end && strchr(AROUND "-", text[i]))
		i++;
	if (end - i < sizeof word - 1 || strncasecmp(text + i, word, sizeof word - 1) != 0)
		return;
	for (i += sizeof word - 1; i < end && strchr(AROUND, text[i]);)
		i++;
	for (from = i; i < end && (isalnum((unsigned char)text[i]) || strchr("._-", text[i]));)
		i++;
	for (size_t k = i; k < end; k++)
		if (!strchr(AROUND ".", text[k]))
			return;
	while (i > from && text[i - 1] == '.')
		i--;
	if (i == from || i - from >= sizeof id)
		return;
	memcpy(id, text + from, i - from);
	id[i - from] = '\0';
	if (kind_for_path(id, &kind))
		return;
	l->id_at = from;
	l->id_n = i - from;
}

static void
say_unknown(struct compile *c, const struct asked_line *l, const char *id)
{
	const char *ids[POLICIES_MAX], *near;
	struct diag *g = diag_add(c->diags, FC0210, "there is no policy `%s`", id);
	size_t n = 0;

	for (size_t i = 0; i < c->in->catalog->npolicies && n < POLICIES_MAX; i++)
		ids[n++] = c->in->catalog->policies[i].id;
	near = nearest(id, ids, n);
	objective_span(c, g, l->id_at, l->id_n);
	if (near)
		g->sources[0].label = arena_printf(c->a, "`%s` is the nearest", near);
	diag_help(c->diags, g, "installed: %s; or take the line out of the objective", list_words(c->a, ids, n, 20));
}

/* The second line that names another policy than the first. */
static void
say_two(struct compile *c, const struct asked_line *first, const struct asked_line *second)
{
	struct diag *g = diag_add(c->diags, FC0213, "the objective names two policies");

	objective_span(c, g, first->id_at, first->id_n);
	objective_span(c, g, second->id_at, second->id_n);
	diag_help(c->diags, g, "keep the line that you mean");
}

bool
policy_asked(struct compile *c, struct reading *r)
{
	size_t n = c->in->objective_bytes;
	char *text = arena_dup(c->a, c->in->objective, n);
	struct asked_line first = {.id_n = 0};

	r->text = text;
	for (size_t at = 0; at < n;) {
		const char *end = memchr(text + at, '\n', n - at);
		struct asked_line l = {.at = at, .n = end ? (size_t)(end - text) - at : n - at};
		const char *id;

		at += l.n + 1;
		line_read(text, &l);
		if (l.id_n == 0)
			continue;
		id = arena_dup(c->a, text + l.id_at, l.id_n);
		if (!catalog_policy(c->in->catalog, id)) {
			say_unknown(c, &l, id);
			return false;
		}
		if (r->policy && strcmp(r->policy->id, id) != 0) {
			say_two(c, &first, &l);
			return false;
		}
		if (!r->policy)
			first = l;
		r->policy = catalog_policy(c->in->catalog, id);
		memset(text + l.at, ' ', l.n); /* its words choose no playbook */
	}
	return true;
}

/* --- where it holds ------------------------------------------------------------------------------ */

/* Is anything that q asks for not asked for by p? */
static bool
is_weaker(const struct policy *p, const struct policy *q)
{
	return (p->allow_normalizers && !q->allow_normalizers) ||
	    (p->allow_generic_inference && !q->allow_generic_inference) ||
	    (!p->fail_on_ambiguous_binding && q->fail_on_ambiguous_binding) ||
	    (!p->fail_on_unbound_required_input && q->fail_on_unbound_required_input) ||
	    (!p->require_source_artifact_ids && q->require_source_artifact_ids) ||
	    (!p->block_publish_on_missing_provenance && q->block_publish_on_missing_provenance) ||
	    (!p->require_citations && q->require_citations) ||
	    (!p->require_approval_for_effects && q->require_approval_for_effects) ||
	    (!p->refuses_date_order && q->refuses_date_order) || (!p->needs_criteria && q->needs_criteria) ||
	    p->max_retries > q->max_retries;
}

const struct policy *
policy_of(const struct compile *c, const struct jx *step, const struct policy *asked)
{
	const char *named = jx_str(jx_find(step, "policy_id"), NULL);
	const struct policy *own = catalog_policy(c->in->catalog, named ? named : c->in->profile->policy);
	const struct policy *strict = catalog_policy(c->in->catalog, STRICT);
	bool is_usual;

	if (!asked || !own)
		return own;
	/* The profile's own choice may be replaced, unless the playbook names it for what it asks beyond the usual. */
	is_usual = !named || own == strict ||
	    (strcmp(named, c->in->profile->policy) == 0 && strict && !is_weaker(strict, own));
	return is_usual || !is_weaker(asked, own) ? asked : own;
}

void
policy_kept_say(struct compile *c, const struct reading *r)
{
	const struct jx *steps = jx_find(c->playbook->candidate, "steps");

	for (size_t i = 0; r->policy && i < jx_size(steps); i++) {
		const struct policy *p = policy_of(c, jx_at(steps, i), r->policy);
		struct diag *g;

		if (!p || p == r->policy)
			continue;
		g = diag_add(c->diags, FC0214, "step `%s` keeps the policy `%s` of its playbook",
		    jx_str(jx_find(jx_at(steps, i), "key"), ""), p->id);
		g->place.step = jx_str(jx_find(jx_at(steps, i), "key"), "");
		diag_note(c->diags, g, "`%s`, which the objective names, would ask for less: %s", r->policy->id, p->purpose);
		diag_help(c->diags, g, "nothing, if the other steps are meant; a candidate of your own may name any policy");
	}
}

/* --- what it would do ----------------------------------------------------------------------------- */

const struct policy *
policy_offer(const struct compile *c, const struct jx *step, const struct policy *now)
{
	const struct policy *other = now ? adapt_policy(c, now) : NULL;
	const struct policy *then = other ? policy_of(c, step, other) : NULL;

	return then && then->allow_normalizers ? then : NULL;
}

const struct policy *
policy_offer_of(const struct compile *c, const char *key, const struct policy *now)
{
	const struct jx *steps = c->playbook ? jx_find(c->playbook->candidate, "steps") : NULL;

	for (size_t i = 0; i < jx_size(steps); i++)
		if (jx_is_str(jx_find(jx_at(steps, i), "key"), key))
			return policy_offer(c, jx_at(steps, i), now);
	return NULL;
}

/* The way on which a file would become what a role asks for under a policy; nothing is said or bound. */
static bool
would_fit(struct compile *c, const struct policy *p, const struct entity *e, const struct file_facts *f,
    const enum kind *kinds, size_t nkinds, const char *order, struct adapt_way *way, bool *needs_order)
{
	struct cstep s = {.key = "", .pointer = "", .policy = p};
	struct cinput in = {.name = "", .pointer = "", .entity = e ? e->id : NULL, .accepts = kinds, .naccepts = nkinds,
	    .date_order = order};
	size_t ndiags = c->diags->n, nerrors = c->diags->nerrors, dropped = c->diags->dropped, nnotes = c->notes.n;
	const struct adapt_map *map = NULL;
	enum columns_verdict verdict;
	const char *why;
	bool is_kind = false;

	for (size_t i = 0; i < nkinds; i++)
		is_kind = is_kind || kinds[i] == f->profile->kind;
	verdict = adapt_columns(c, &s, &in, f, e, &map, &why);
	c->diags->n = ndiags;
	c->diags->nerrors = nerrors;
	c->diags->dropped = dropped;
	c->notes.n = nnotes;
	*needs_order = verdict == COLUMNS_REFUSED;
	if (verdict == COLUMNS_MAPPED)
		return adapt_way(c, e, f->profile->kind, kinds, nkinds, true, way);
	return verdict == COLUMNS_AS_THEY_ARE && !is_kind &&
	    adapt_way(c, e, f->profile->kind, kinds, nkinds, false, way);
}

bool
policy_would_adapt(struct compile *c, const struct policy *offer, const struct entity *e, const struct file_facts *f,
    const enum kind *kinds, size_t nkinds, struct adapt_way *way, bool *needs_order)
{
	/* A policy of its own, so that what is looked up here is never taken for what the plan does. */
	struct policy *p = ARENA_NEW(c->a, struct policy);
	bool again;

	*needs_order = false;
	if (!f->profile->parse_ok)
		return false;
	*p = *offer;
	if (would_fit(c, p, e, f, kinds, nkinds, NULL, way, needs_order))
		return true;
	return *needs_order && would_fit(c, p, e, f, kinds, nkinds, "dmy", way, &again);
}

/* Findings about a file that an adapter mends. */
static bool
is_of_writing(enum diag_code code)
{
	return code == FC0302 || code == FC0303 || code == FC0308 || code == FC0310 || code == FC0316;
}

void
policy_line_say(struct compile *c, const struct reading *r, const struct policy *offer, const struct entity *e,
    const struct file_facts *f, const enum kind *kinds, size_t nkinds, size_t from)
{
	struct adapt_way way;
	bool needs_order;

	if (!offer || from == c->diags->n ||
	    !policy_would_adapt(c, offer, e, f, kinds, nkinds, &way, &needs_order))
		return;
	for (; from < c->diags->n; from++) {
		struct diag *g = c->diags->at[from];

		if (!is_of_writing(g->code) || !g->place.file || strcmp(g->place.file, f->path) != 0)
			continue;
		diag_note(c->diags, g, "%s%sForge can do it: %s", g->note ? g->note : "", g->note ? "; " : "",
		    adapt_way_words(c, &way));
		diag_help(c->diags, g, "%s; or write the line `policy: %s` in the objective%s%s: Forge then converts the "
		    "file in a step that the plan shows", g->help, offer->id,
		    r->policy ? " instead of the one that is there" : "",
		    needs_order ? ", and a sentence that says which comes first (`Dates are day first.` or "
				  "`Dates are month first.`)" : "");
	}
}
