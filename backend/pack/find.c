/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/pack.h"

#include <string.h>

#include "core/arena.h"

/* Catalogs hold tens of things; a walk is quicker than any index would be to read. */
#define FIND(list, count)                                                                          \
	do {                                                                                       \
		if (!id)                                                                           \
			return NULL;                                                               \
		for (size_t i = 0; i < c->count; i++)                                              \
			if (strcmp(c->list[i].id, id) == 0)                                        \
				return &c->list[i];                                                \
		return NULL;                                                                       \
	} while (0)

const struct pack *
catalog_pack(const struct catalog *c, const char *id)
{
	FIND(packs, npacks);
}

const struct skill *
catalog_skill(const struct catalog *c, const char *id)
{
	FIND(skills, nskills);
}

const struct workflow *
catalog_workflow(const struct catalog *c, const char *id)
{
	FIND(workflows, nworkflows);
}

const struct kind_info *
catalog_kind(const struct catalog *c, const char *id)
{
	FIND(kinds, nkinds);
}

const struct tool_info *
catalog_tool(const struct catalog *c, const char *id)
{
	for (size_t i = 0; id && i < c->ntools; i++)
		if (strcmp(c->tools[i].id, id) == 0)
			return &c->tools[i];
	return NULL;
}

const struct slot_info *
catalog_slot(const struct catalog *c, const char *id)
{
	FIND(slots, nslots);
}

const struct policy *
catalog_policy(const struct catalog *c, const char *id)
{
	FIND(policies, npolicies);
}

const struct profile *
catalog_profile(const struct catalog *c, const char *id)
{
	FIND(profiles, nprofiles);
}

/* The same for a list that every pack has one of. */
#define FIND_IN_PACKS(list, count)                                                                 \
	do {                                                                                       \
		if (!id)                                                                           \
			return NULL;                                                               \
		for (size_t p = 0; p < c->npacks; p++)                                             \
			for (size_t i = 0; i < c->packs[p].count; i++)                             \
				if (strcmp(c->packs[p].list[i].id, id) == 0)                       \
					return &c->packs[p].list[i];                               \
		return NULL;                                                                       \
	} while (0)

const struct playbook *
catalog_playbook(const struct catalog *c, const char *id)
{
	FIND_IN_PACKS(playbooks, nplaybooks);
}

const struct entity *
catalog_entity(const struct catalog *c, const char *id)
{
	FIND_IN_PACKS(entities, nentities);
}

const struct pack_profile *
catalog_pack_profile(const struct catalog *c, const char *id)
{
	FIND_IN_PACKS(profiles, nprofiles);
}

const struct validator_rule *
catalog_validator(const struct catalog *c, const char *id)
{
	FIND_IN_PACKS(validators, nvalidators);
}

size_t
catalog_domains(const struct catalog *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->npacks; i++)
		n += !c->packs[i].is_generic;
	return n;
}

const struct skill_file *
catalog_skill_file(const struct catalog *c, const char *path)
{
	for (size_t s = 0; s < c->nskills; s++)
		for (size_t i = 0; i < c->skills[s].nfiles; i++)
			if (strcmp(c->skills[s].files[i].path, path) == 0)
				return &c->skills[s].files[i];
	return NULL;
}

const struct skill_file *
catalog_program(const struct catalog *c, const char *sha256)
{
	for (size_t s = 0; s < c->nskills; s++)
		for (size_t i = 0; i < c->skills[s].nfiles; i++)
			if (strcmp(c->skills[s].files[i].sha256, sha256) == 0)
				return &c->skills[s].files[i];
	return NULL;
}

const struct validator_rule *
catalog_rules(struct arena *a, const struct catalog *c, const char *entity, size_t *n)
{
	struct validator_rule *out;
	size_t max = 0;

	for (size_t i = 0; i < c->npacks; i++)
		max += c->packs[i].nvalidators;
	out = ARENA_ARRAY(a, max, struct validator_rule);
	*n = 0;
	for (size_t i = 0; i < c->npacks; i++)
		for (size_t k = 0; k < c->packs[i].nvalidators; k++)
			if (strcmp(c->packs[i].validators[k].entity, entity) == 0)
				out[(*n)++] = c->packs[i].validators[k];
	return out;
}
