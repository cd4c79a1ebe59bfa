/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/internal.h"

#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/fd.h"
#include "core/jx.h"
#include "types/kind.h"

void
skill_load(struct loader *l, const char *dir, const char *id, struct skill *out)
{
	const char **names, **folders;
	size_t n = pack_dir_list(l, dir, 0, &names), count = 0;
	struct skill_file *files = ARENA_ARRAY(l->a, n, struct skill_file);
	struct buf listing;
	struct err err;

	buf_init(&listing, l->a);
	if (pack_dir_list(l, dir, 1, &folders) > 0)
		pack_find_add(l, dir, "", 0, "a skill's files lie flat; '%s' is a folder", folders[0]);
	if (n > PACK_SKILL_FILES_MAX)
		pack_find_add(l, dir, "", 0, "more than %d program files", PACK_SKILL_FILES_MAX);
	for (size_t i = 0; i < n && i < PACK_SKILL_FILES_MAX; i++) {
		struct skill_file *f = &files[count];
		const char *path = arena_printf(l->a, "%s/%s", dir, names[i]);
		size_t len = strlen(names[i]);
		char *bytes;

		if (len > 4 && strcmp(names[i] + len - 4, ".pyc") == 0)
			continue;
		if (source_load(l, path, PACK_PROGRAM_BYTES_MAX, &bytes, &f->n, &err) < 0) {
			pack_find_add(l, path, "", 0, "%s", err.msg);
			continue;
		}
		f->bytes = bytes;
		f->name = names[i];
		f->path = arena_printf(l->a, "/skills/%s/%s", id, names[i]);
		sha256_hex(f->bytes, f->n, f->sha256);
		buf_printf(&listing, "%s  %s\n", f->sha256, f->path);
		count++;
	}
	out->id = id;
	out->files = files;
	out->nfiles = count;
	sha256_hex(listing.p ? listing.p : "", listing.len, out->sha256);
}

static bool
is_shadow(const struct catalog *c, size_t pack, const char *entity_id)
{
	for (size_t p = 0; p < pack; p++)
		for (size_t i = 0; i < c->packs[p].nentities; i++)
			if (strcmp(c->packs[p].entities[i].id, entity_id) == 0)
				return true;
	return false;
}

static void
entities_check(struct loader *l, size_t pack)
{
	const struct pack *p = &l->out->packs[pack];
	const char *file = p->file;

	for (size_t i = 0; i < p->nentities; i++) {
		const char *pointer = arena_printf(l->a, "/entities/%zu/id", i);
		uint32_t line = jx_pointer(p->document, pointer)->line;

		if (is_shadow(l->out, pack, p->entities[i].id))
			pack_find_add(l, file, pointer, line,
			    "another pack defines the entity '%s'; packs extend, they do not shadow",
			    p->entities[i].id);
		for (size_t k = 0; k < i; k++)
			if (strcmp(p->entities[k].id, p->entities[i].id) == 0)
				pack_find_add(l, file, pointer, line, "two entities '%s'",
				    p->entities[i].id);
	}
}

static void
playbook_files_check(struct loader *l, const struct playbook *b, const char *file)
{
	for (size_t i = 0; i < b->nfiles; i++) {
		const struct playbook_file *f = &b->files[i];
		enum kind kind;

		if (f->entity && !catalog_entity(l->out, f->entity))
			find_at(l, file, b->document, arena_printf(l->a, "/files/%zu/entity", i),
			    "no pack has the entity '%s'", f->entity);
		for (size_t k = 0; k < f->nkinds; k++)
			if (!kind_find(f->kinds[k], &kind))
				find_at(l, file, b->document,
				    arena_printf(l->a, "/files/%zu/kinds/%zu", i, k),
				    "there is no kind '%s'", f->kinds[k]);
	}
}

static void
step_check(struct loader *l, const struct playbook *b, const char *file, const struct jx *step,
    size_t index)
{
	const struct jx *skill = jx_pointer(step, "/program/skill");
	const struct jx *inputs = jx_find(step, "inputs");
	const struct jx *policy = jx_find(step, "policy_id");
	const struct jx *workflows = jx_find(step, "workflow_pack_ids");
	const char *base = arena_printf(l->a, "/candidate/steps/%zu", index);

	if (skill && !catalog_skill(l->out, jx_str(skill, "")))
		pack_find_add(l, file, arena_printf(l->a, "%s/program/skill", base), skill->line,
		    "there is no skill '%s'", jx_str(skill, ""));
	if (policy && !catalog_policy(l->out, jx_str(policy, "")))
		pack_find_add(l, file, arena_printf(l->a, "%s/policy_id", base), policy->line,
		    "there is no policy '%s'", jx_str(policy, ""));
	for (size_t i = 0; i < jx_size(workflows); i++)
		if (!catalog_workflow(l->out, jx_str(jx_at(workflows, i), "")))
			pack_find_add(l, file,
			    arena_printf(l->a, "%s/workflow_pack_ids/%zu", base, i),
			    workflows->line, "there is no workflow pack '%s'",
			    jx_str(jx_at(workflows, i), ""));
	for (size_t i = 0; i < jx_size(inputs); i++) {
		const struct jx *name = jx_find(jx_at(inputs, i), "file");
		size_t k = 0;

		while (name && k < b->nfiles && !jx_is_str(name, b->files[k].name))
			k++;
		if (name && k == b->nfiles)
			pack_find_add(l, file, arena_printf(l->a, "%s/inputs/%zu/file", base, i),
			    name->line, "`files` of the playbook has no '%s'", jx_str(name, ""));
	}
}

void
pack_check_links(struct loader *l)
{
	lists_check(l);
	for (size_t i = 0; i < l->out->nprofiles; i++)
		if (!catalog_policy(l->out, l->out->profiles[i].policy))
			pack_find_add(l, l->out->profiles[i].file, "/policy",
			    jx_find(l->out->profiles[i].document, "policy")->line,
			    "there is no policy '%s'", l->out->profiles[i].policy);
	for (size_t p = 0; p < l->out->npacks; p++) {
		entities_check(l, p);
		pack_check_parts(l, &l->out->packs[p]);
		for (size_t i = 0; i < l->out->packs[p].nplaybooks; i++) {
			const struct playbook *b = &l->out->packs[p].playbooks[i];
			const char *file = b->file;
			const struct jx *steps = jx_find(b->candidate, "steps");

			if (catalog_playbook(l->out, b->id) != b)
				find_at(l, file, b->document, "/id", "another playbook is called '%s'", b->id);
			playbook_files_check(l, b, file);
			playbook_check(l, b);
			for (size_t s = 0; s < jx_size(steps); s++)
				step_check(l, b, file, jx_at(steps, s), s);
		}
	}
	for (size_t i = 0; i < l->out->nworkflows; i++)
		workflow_check(l, &l->out->workflows[i]);
	adapters_check(l);
	references_check(l);
	triggers_check(l);
	boundaries_check(l);
	library_check(l);
}
