/* SPDX-License-Identifier: Apache-2.0 */
/* Packs of somebody's own: the rules that hold for them alone, catalogs with some packs left out, and what needs what. */
#include <string.h>

#include "core/arena.h"
#include "core/jx.h"
#include "pack/bundle.h"
#include "pack/internal.h"

#define VERSION_DIGITS_MAX 9 /* of each number */

#define SAY(l, p, at, ...) find_at((l), (p)->file, (p)->document, (at), __VA_ARGS__)

static bool
has_prefix(const char *id, const char *prefix, size_t n)
{
	return strncmp(id, prefix, n) == 0 && id[n] == '.';
}

/* The pack among the first n that has entities of that prefix. */
static const struct pack *
prefix_owner(const struct catalog *c, size_t n, const char *prefix, size_t len)
{
	for (size_t p = 0; p < n; p++)
		for (size_t i = 0; i < c->packs[p].nentities; i++)
			if (has_prefix(c->packs[p].entities[i].id, prefix, len))
				return &c->packs[p];
	return NULL;
}

static void
prefix_check(struct loader *l, size_t index, const char *id, const char *at)
{
	size_t len = strcspn(id, ".");
	const struct pack *p = &l->out->packs[index], *owner = prefix_owner(l->out, index, id, len);

	if (owner)
		SAY(l, p, at, "the prefix '%.*s.' is that of pack '%s'; a pack's names begin with a prefix of its own",
		    (int)len, id, owner->id);
}

static void
version_check(struct loader *l, const struct pack *p)
{
	for (const char *v = p->version; *v; v += strcspn(v, "."), v += *v == '.')
		if (strcspn(v, ".") > VERSION_DIGITS_MAX) {
			SAY(l, p, "/version", "a number of a version has at most %d digits", VERSION_DIGITS_MAX);
			return;
		}
}

static void
playbooks_check(struct loader *l, const struct pack *p)
{
	size_t n = strlen(p->id);

	if (p->nplaybooks > BUNDLE_PLAYBOOKS_MAX)
		SAY(l, p, "/playbooks", "a pack has at most %d playbooks", BUNDLE_PLAYBOOKS_MAX);
	for (size_t i = 0; i < p->nplaybooks; i++) {
		const struct playbook *b = &p->playbooks[i];

		if (!has_prefix(b->id, p->id, n))
			find_at(l, b->file, b->document, "/id", "a playbook's id begins with its pack's: '%s.…'", p->id);
	}
}

static void
pack_own_check(struct loader *l, size_t index)
{
	const struct pack *p = &l->out->packs[index];

	if (p->is_generic)
		SAY(l, p, "/generic", "a pack of your own is of a domain; only Forge's own may stand beside the domains");
	if (p->nentities > BUNDLE_ENTITIES_MAX)
		SAY(l, p, "/entities", "a pack has at most %d entities", BUNDLE_ENTITIES_MAX);
	version_check(l, p);
	for (size_t i = 0; i < p->nentities && i <= BUNDLE_ENTITIES_MAX; i++)
		prefix_check(l, index, p->entities[i].id, arena_printf(l->a, "/entities/%zu/id", i));
	for (size_t i = 0; i < p->nvalidators; i++)
		prefix_check(l, index, p->validators[i].id, arena_printf(l->a, "/validators/%zu/id", i));
	playbooks_check(l, p);
}

void
own_check(struct loader *l, size_t first)
{
	for (size_t i = first; i < l->out->npacks; i++)
		pack_own_check(l, i);
}

/* --- other catalogs of the same packs ---------------------------------------------------------------------- */

/* Entities name their pack by its address, so they are copied with it. */
void
pack_copy(struct arena *a, const struct pack *from, struct pack *to)
{
	struct entity *e = ARENA_ARRAY(a, from->nentities, struct entity);

	*to = *from;
	for (size_t i = 0; i < from->nentities; i++) {
		e[i] = from->entities[i];
		e[i].pack = to;
	}
	to->entities = e;
}

const struct catalog *
catalog_without(struct arena *a, const struct catalog *c, const char *const *ids, size_t n)
{
	struct catalog *out = ARENA_NEW(a, struct catalog);
	struct pack *packs = ARENA_ARRAY(a, c->npacks, struct pack);
	size_t kept = 0;

	*out = *c;
	for (size_t i = 0; i < c->npacks; i++) {
		size_t k = 0;

		while (k < n && strcmp(ids[k], c->packs[i].id) != 0)
			k++;
		if (k == n)
			pack_copy(a, &c->packs[i], &packs[kept++]);
	}
	out->packs = packs;
	out->npacks = kept;
	return out;
}

/* --- what needs what --------------------------------------------------------------------------------------- */

static bool
is_of(const struct pack *p, const char *entity)
{
	for (size_t i = 0; entity && i < p->nentities; i++)
		if (strcmp(p->entities[i].id, entity) == 0)
			return true;
	return false;
}

static const char *
step_need(struct arena *a, const struct playbook *b, const struct jx *step, const struct pack *to)
{
	static const char *const sides[] = {"inputs", "outputs"};
	const struct jx *packs = jx_find(step, "domain_pack_ids"), *skill = jx_pointer(step, "/program/skill");
	const char *key = jx_str(jx_find(step, "key"), "");

	for (size_t i = 0; i < jx_size(packs); i++)
		if (jx_is_str(jx_at(packs, i), to->id))
			return arena_printf(a, "step '%s' of playbook '%s' names the pack", key, b->id);
	if (jx_is_str(skill, to->id))
		return arena_printf(a, "step '%s' of playbook '%s' runs its programs", key, b->id);
	for (size_t s = 0; s < 2; s++)
		for (size_t i = 0; i < jx_size(jx_find(step, sides[s])); i++) {
			const char *e = jx_str(jx_find(jx_at(jx_find(step, sides[s]), i), "entity"), NULL);

			if (is_of(to, e))
				return arena_printf(a, "step '%s' of playbook '%s' works with its entity '%s'", key, b->id, e);
		}
	return NULL;
}

static const char *
playbook_need(struct arena *a, const struct playbook *b, const struct pack *to)
{
	const struct jx *steps = jx_find(b->candidate, "steps");

	for (size_t i = 0; i < b->nfiles; i++)
		if (is_of(to, b->files[i].entity))
			return arena_printf(a, "playbook '%s' takes its entity '%s'", b->id, b->files[i].entity);
	for (size_t i = 0; i < jx_size(steps); i++) {
		const char *need = step_need(a, b, jx_at(steps, i), to);

		if (need)
			return need;
	}
	return NULL;
}

const char *
pack_need(struct arena *a, const struct pack *from, const struct pack *to)
{
	for (size_t i = 0; i < from->nentities; i++)
		for (size_t k = 0; k < from->entities[i].nreferences; k++)
			if (is_of(to, from->entities[i].references[k].entity))
				return arena_printf(a, "entity '%s' refers to its entity '%s'", from->entities[i].id,
				    from->entities[i].references[k].entity);
	for (size_t i = 0; i < from->nprofiles; i++)
		if (is_of(to, from->profiles[i].entity))
			return arena_printf(a, "profile '%s' is of its entity '%s'", from->profiles[i].id, from->profiles[i].entity);
	for (size_t i = 0; i < from->nvalidators; i++) {
		const struct validator_rule *v = &from->validators[i];

		if (is_of(to, v->entity) || is_of(to, v->rule.entity))
			return arena_printf(a, "validator '%s' looks at its entity '%s'", v->id,
			    is_of(to, v->entity) ? v->entity : v->rule.entity);
	}
	for (size_t i = 0; i < from->nplaybooks; i++) {
		const char *need = playbook_need(a, &from->playbooks[i], to);

		if (need)
			return need;
	}
	return NULL;
}

bool
pack_mentions(const struct pack *from, const struct pack *to)
{
	for (size_t i = 0; i < from->ndisambiguation; i++)
		if (strcmp(from->disambiguation[i].against, to->id) == 0)
			return true;
	return false;
}
