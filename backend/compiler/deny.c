/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass B, the part that refuses: packs, skills and tools that the execution profile denies. Each is said once a step,
 * where the step names it; the planner leaves denied playbooks out by itself (choose.c), and so do the choice of
 * domains and workflows (match.c) and of conversions (adapt.c).
 */
#include <string.h>

#include "compiler/discover.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/jx.h"
#include "pack/pack.h"

#define FETCH_TOOL "http.fetch" /* what a `fetch` step uses, as packs/tools.json calls it */

void
deny_note(struct compile *c, struct diag *g, unsigned type, const char *id, const char *pack)
{
	size_t index = 0;
	const char *list = discover_denial(c->in->profile, (enum discover_type)type, id, pack, &index);

	diag_note(c->diags, g, "profile `%s`, /deny/%s/%zu", c->in->profile->id, list ? list : "?", index);
}

struct denial {
	enum discover_type type;
	const char *id, *pack;
	const struct jx *at;
	const char *pointer;
};

static void
say_denied(struct compile *c, const struct cstep *s, const struct denial *d, const char *words)
{
	struct diag *g = say(c, FC0604, s, d->at, d->pointer, "step `%s` %s, which the profile `%s` denies", s->key, words,
	    c->in->profile->id);

	deny_note(c, g, d->type, d->id, d->pack);
	diag_help(c->diags, g, "do it without, or compile with a profile that allows it");
}

/* One entity of a denied pack is enough: *said names the packs that were told. */
static void
entity_check(struct compile *c, const struct cstep *s, const struct jx *at, const char *pointer, const char *entity,
    const char **said, size_t *nsaid)
{
	const struct entity *e = catalog_entity(c->in->catalog, entity);
	struct denial d = {.type = DISCOVER_ENTITY, .at = jx_find(at, "entity"),
	    .pointer = arena_printf(c->a, "%s/entity", pointer)};

	if (!e || !discover_denied(c->in->profile, DISCOVER_ENTITY, e->id, e->pack->id))
		return;
	for (size_t i = 0; i < *nsaid; i++)
		if (strcmp(said[i], e->pack->id) == 0)
			return;
	said[(*nsaid)++] = e->pack->id;
	d.id = e->id;
	d.pack = e->pack->id;
	say_denied(c, s, &d, arena_printf(c->a, "works with `%s` of the pack `%s`", e->id, e->pack->id));
}

static void
named_check(struct compile *c, const struct cstep *s, const char *member, enum discover_type type, const char *what,
    const char **said, size_t *nsaid)
{
	const struct jx *named = jx_find(s->at, member);

	for (size_t i = 0; i < jx_size(named); i++) {
		struct denial d = {.type = type, .id = jx_str(jx_at(named, i), ""), .at = jx_at(named, i),
		    .pointer = arena_printf(c->a, "%s/%s/%zu", s->pointer, member, i)};

		if (!discover_denied(c->in->profile, type, d.id, NULL))
			continue;
		if (type == DISCOVER_PACK)
			said[(*nsaid)++] = d.id;
		say_denied(c, s, &d, arena_printf(c->a, "names the %s `%s`", what, d.id));
	}
}

void
deny_check(struct compile *c, struct cstep *s)
{
	const char **said = ARENA_ARRAY(c->a, jx_size(jx_find(s->at, "domain_pack_ids")) + s->ninputs + s->noutputs,
	    const char *);
	struct denial skill = {.type = DISCOVER_SKILL, .at = jx_find(s->program, "skill"),
	    .pointer = arena_printf(c->a, "%s/program/skill", s->pointer)};
	struct denial fetch = {.type = DISCOVER_TOOL, .id = FETCH_TOOL, .at = s->fetch,
	    .pointer = arena_printf(c->a, "%s/fetch", s->pointer)};
	size_t nsaid = 0;

	named_check(c, s, "domain_pack_ids", DISCOVER_PACK, "domain pack", said, &nsaid);
	named_check(c, s, "workflow_pack_ids", DISCOVER_WORKFLOW, "workflow pack", NULL, NULL);
	for (size_t i = 0; i < s->ninputs; i++)
		entity_check(c, s, s->inputs[i].at, s->inputs[i].pointer, s->inputs[i].entity, said, &nsaid);
	for (size_t i = 0; i < s->noutputs; i++)
		entity_check(c, s, s->outputs[i].at, s->outputs[i].pointer, s->outputs[i].entity, said, &nsaid);
	skill.id = jx_str(skill.at, NULL);
	if (skill.id && discover_denied(c->in->profile, DISCOVER_SKILL, skill.id, NULL))
		say_denied(c, s, &skill, arena_printf(c->a, "runs a program of the skill `%s`", skill.id));
	if (s->fetch && discover_denied(c->in->profile, DISCOVER_TOOL, FETCH_TOOL, NULL))
		say_denied(c, s, &fetch, "reads over HTTP with the tool `" FETCH_TOOL "`");
}
