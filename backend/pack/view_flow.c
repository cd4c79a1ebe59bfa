/* SPDX-License-Identifier: Apache-2.0 */
/* Workflow packs and playbooks as people read them. */
#include <string.h>

#include "core/arena.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/view_work.h"

void
view_workflow(const struct view *v, const struct workflow *f, const char *key)
{
	view_open(v, key, VIEW_WORKFLOW, f->id, f->label);
	jw_str(v->w, "version", f->version);
	jw_str(v->w, "purpose", f->purpose);
	view_links(v, "inputs", VIEW_SLOT, f->inputs, f->ninputs);
	view_links(v, "outputs", VIEW_SLOT, f->outputs, f->noutputs);
	view_strings(v, "triggers", f->triggers, f->ntriggers);
	view_boundaries(v, VIEW_WORKFLOW, f->disambiguation, f->ndisambiguation);
	jw_array(v->w, "profiles");
	for (size_t i = 0; i < f->nprofiles; i++) {
		const struct workflow_profile *p = &f->profiles[i];
		const struct pack_profile *of = p->id ? catalog_pack_profile(v->c, p->id) : NULL;

		jw_object(v->w, NULL);
		jw_str(v->w, "id", p->id);
		view_link(v, "kind", VIEW_KIND, of ? of->kind : p->kind);
		view_link(v, "slot", VIEW_SLOT, of ? of->slot : p->slot);
		view_link(v, "entity", VIEW_ENTITY, of ? of->entity : p->entity);
		jw_end(v->w);
	}
	jw_end(v->w);
	jw_array(v->w, "playbooks");
	for (size_t p = 0; p < v->c->npacks; p++)
		for (size_t i = 0; i < v->c->packs[p].nplaybooks; i++) {
			const struct playbook *b = &v->c->packs[p].playbooks[i];
			const struct jx *steps = jx_find(b->candidate, "steps");
			bool uses = false;

			for (size_t s = 0; s < jx_size(steps); s++) {
				const struct jx *ids = jx_find(jx_at(steps, s), "workflow_pack_ids");

				for (size_t k = 0; k < jx_size(ids); k++)
					uses = uses || jx_is_str(jx_at(ids, k), f->id);
			}
			if (uses)
				view_link(v, NULL, VIEW_PLAYBOOK, b->id);
		}
	jw_end(v->w);
}

/* --- playbook ---------------------------------------------------------------------------------------- */

static void
files(const struct view *v, const struct playbook *b)
{
	jw_array(v->w, "files");
	for (size_t i = 0; i < b->nfiles; i++) {
		const struct playbook_file *f = &b->files[i];

		jw_object(v->w, NULL);
		jw_str(v->w, "name", f->name);
		view_link(v, "entity", VIEW_ENTITY, f->entity);
		view_links(v, "kinds", VIEW_KIND, f->kinds, f->nkinds);
		jw_bool(v->w, "required", f->is_required);
		if (f->rows_max)
			jw_uint(v->w, "rows_max", f->rows_max);
		else
			jw_null(v->w, "rows_max");
		jw_end(v->w);
	}
	jw_end(v->w);
	jw_array(v->w, "settings");
	for (size_t i = 0; i < b->nsettings; i++) {
		jw_object(v->w, NULL);
		jw_str(v->w, "name", b->settings[i].name);
		jw_str(v->w, "from", b->settings[i].from);
		jw_bool(v->w, "required", b->settings[i].is_required);
		jw_str(v->w, "value", b->settings[i].value);
		jw_end(v->w);
	}
	jw_end(v->w);
}

/* An output of a step. */
static void
output(const struct view *v, const struct jx *o)
{
	const char *name = jx_str(jx_find(o, "name"), "");

	jw_object(v->w, NULL);
	jw_str(v->w, "name", name);
	jw_str(v->w, "label", jx_str(jx_find(o, "label"), name));
	jw_str(v->w, "path", jx_str(jx_find(o, "path"), NULL));
	view_link(v, "kind", VIEW_KIND, jx_str(jx_find(o, "kind"), NULL));
	view_link(v, "entity", VIEW_ENTITY, jx_str(jx_find(o, "entity"), NULL));
	jw_bool(v->w, "deliverable", jx_bool(jx_find(o, "deliverable"), false));
	jw_end(v->w);
}

static void
strings_of(const struct view *v, const char *key, const struct jx *array)
{
	jw_array(v->w, key);
	for (size_t i = 0; i < jx_size(array); i++)
		if (jx_is(jx_at(array, i), JX_STRING))
			jw_str(v->w, NULL, jx_str(jx_at(array, i), ""));
	jw_end(v->w);
}

static void
step(const struct view *v, const struct jx *s)
{
	const struct jx *in = jx_find(s, "inputs"), *out = jx_find(s, "outputs"), *packs = jx_find(s, "workflow_pack_ids");
	const char *key = jx_str(jx_find(s, "key"), "");

	jw_object(v->w, NULL);
	jw_str(v->w, "key", key);
	jw_str(v->w, "label", jx_str(jx_find(s, "label"), key));
	jw_str(v->w, "objective", jx_str(jx_find(s, "objective"), ""));
	strings_of(v, "after", jx_find(s, "depends_on"));
	jw_array(v->w, "reads");
	for (size_t i = 0; i < jx_size(in); i++) {
		const struct jx *x = jx_at(in, i);

		jw_object(v->w, NULL);
		jw_str(v->w, "name", jx_str(jx_find(x, "name"), ""));
		view_link(v, "entity", VIEW_ENTITY, jx_str(jx_find(x, "entity"), NULL));
		jw_end(v->w);
	}
	jw_end(v->w);
	jw_array(v->w, "makes");
	for (size_t i = 0; i < jx_size(out); i++)
		output(v, jx_at(out, i));
	jw_end(v->w);
	jw_array(v->w, "workflows");
	for (size_t i = 0; i < jx_size(packs); i++)
		view_link(v, NULL, VIEW_WORKFLOW, jx_str(jx_at(packs, i), ""));
	jw_end(v->w);
	view_link(v, "policy", VIEW_POLICY, jx_str(jx_find(s, "policy_id"), NULL));
	view_link(v, "skill", VIEW_SKILL, jx_str(jx_find(jx_find(s, "program"), "skill"), NULL));
	jw_end(v->w);
}

void
view_playbook(const struct view *v, const struct playbook *b, const char *key)
{
	const struct jx *steps = jx_find(b->candidate, "steps");

	view_open(v, key, VIEW_PLAYBOOK, b->id, b->label);
	jw_str(v->w, "version", b->version);
	view_link(v, "pack", VIEW_PACK, b->pack);
	jw_str(v->w, "origin", view_origin(v, b->pack));
	jw_str(v->w, "mission", jx_str(jx_find(b->candidate, "mission"), NULL));
	view_strings(v, "triggers", b->triggers, b->ntriggers);
	view_strings(v, "example_goals", b->example_goals, b->nexample_goals);
	files(v, b);
	jw_array(v->w, "steps");
	for (size_t i = 0; i < jx_size(steps); i++)
		step(v, jx_at(steps, i));
	jw_end(v->w);
	jw_array(v->w, "makes");
	for (size_t i = 0; i < jx_size(steps); i++)
		for (size_t k = 0; k < jx_size(jx_find(jx_at(steps, i), "outputs")); k++)
			if (jx_bool(jx_find(jx_at(jx_find(jx_at(steps, i), "outputs"), k), "deliverable"), false))
				output(v, jx_at(jx_find(jx_at(steps, i), "outputs"), k));
	jw_end(v->w);
}
