/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog as people read it: what there is, and the small things: kinds, slots, policies, adapters, skills. */
#include "pack/view.h"

#include <string.h>

#include "core/arena.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/view_work.h"

static const char *const names[VIEW__COUNT] = {
	[VIEW_PACK] = "pack",
	[VIEW_ENTITY] = "entity",
	[VIEW_WORKFLOW] = "workflow",
	[VIEW_KIND] = "kind",
	[VIEW_SLOT] = "slot",
	[VIEW_POLICY] = "policy",
	[VIEW_ADAPTER] = "adapter",
	[VIEW_PLAYBOOK] = "playbook",
	[VIEW_SKILL] = "skill",
};

const char *
view_type_name(enum view_type type)
{
	return names[type];
}

bool
view_type_parse(const char *name, enum view_type *out)
{
	for (int i = 0; i < VIEW__COUNT; i++)
		if (strcmp(names[i], name) == 0) {
			*out = (enum view_type)i;
			return true;
		}
	return false;
}

/* What the program reads beside the kinds of the catalog; files of these are in every workspace. */
static const struct kind_info kinds_beside[] = {{
	.id = "text.markdown",
	.label = "Markdown text",
	.family = "file",
	.says = "Text with Markdown signs that somebody wrote: notes, a policy, a contract. A report that was made is a report.markdown.",
	.media_types = (const char *const[]){"text/markdown"},
	.nmedia_types = 1,
	.extensions = (const char *const[]){"md", "markdown"},
	.nextensions = 2,
}};

static const struct kind_info *
find_kind(const struct catalog *c, const char *id)
{
	for (size_t i = 0; id && i < sizeof kinds_beside / sizeof *kinds_beside; i++)
		if (strcmp(kinds_beside[i].id, id) == 0)
			return &kinds_beside[i];
	return catalog_kind(c, id);
}

static size_t
count_of(const struct catalog *c, enum view_type type)
{
	const size_t counts[VIEW__COUNT] = {[VIEW_PACK] = c->npacks, [VIEW_WORKFLOW] = c->nworkflows, [VIEW_KIND] = c->nkinds,
	    [VIEW_SLOT] = c->nslots, [VIEW_POLICY] = c->npolicies, [VIEW_ADAPTER] = c->nadapters, [VIEW_SKILL] = c->nskills};
	size_t n = counts[type];

	for (size_t i = 0; i < c->npacks && (type == VIEW_ENTITY || type == VIEW_PLAYBOOK); i++)
		n += type == VIEW_ENTITY ? c->packs[i].nentities : c->packs[i].nplaybooks;
	return n;
}

const char *const *
view_ids(struct arena *a, const struct catalog *c, enum view_type type, size_t *n)
{
	const char **out = ARENA_ARRAY(a, count_of(c, type), const char *);

	*n = 0;
#define IDS(of, list, count) \
	for (size_t i = 0; type == (of) && i < c->count; i++) \
		out[(*n)++] = c->list[i].id
	IDS(VIEW_PACK, packs, npacks);
	IDS(VIEW_WORKFLOW, workflows, nworkflows);
	IDS(VIEW_KIND, kinds, nkinds);
	IDS(VIEW_SLOT, slots, nslots);
	IDS(VIEW_POLICY, policies, npolicies);
	IDS(VIEW_ADAPTER, adapters, nadapters);
	IDS(VIEW_SKILL, skills, nskills);
#undef IDS
	for (size_t p = 0; p < c->npacks; p++) {
		for (size_t i = 0; type == VIEW_ENTITY && i < c->packs[p].nentities; i++)
			out[(*n)++] = c->packs[p].entities[i].id;
		for (size_t i = 0; type == VIEW_PLAYBOOK && i < c->packs[p].nplaybooks; i++)
			out[(*n)++] = c->packs[p].playbooks[i].id;
	}
	return out;
}

/* --- what the others are made of --------------------------------------------------------------------- */

bool
view_has(const char *const *at, size_t n, const char *s)
{
	for (size_t i = 0; s && i < n; i++)
		if (strcmp(at[i], s) == 0)
			return true;
	return false;
}

void
view_open(const struct view *v, const char *key, enum view_type type, const char *id, const char *label)
{
	jw_object(v->w, key);
	jw_str(v->w, "type", names[type]);
	jw_str(v->w, "id", id);
	jw_str(v->w, "label", label);
}

#define LABEL(find, id) ((find)(v->c, (id)) ? (find)(v->c, (id))->label : NULL)
static const char *
label_of(const struct view *v, enum view_type type, const char *id)
{
	switch (type) {
	case VIEW_PACK:
		return LABEL(catalog_pack, id);
	case VIEW_ENTITY:
		return LABEL(catalog_entity, id);
	case VIEW_WORKFLOW:
		return LABEL(catalog_workflow, id);
	case VIEW_KIND:
		return LABEL(find_kind, id);
	case VIEW_SLOT:
		return LABEL(catalog_slot, id);
	case VIEW_POLICY:
		return LABEL(catalog_policy, id);
	case VIEW_ADAPTER:
		return LABEL(catalog_adapter, id);
	case VIEW_PLAYBOOK:
		return LABEL(catalog_playbook, id);
	case VIEW_SKILL:
	case VIEW__COUNT:
		break;
	}
	return NULL;
}

void
view_link(const struct view *v, const char *key, enum view_type type, const char *id)
{
	const char *label = label_of(v, type, id);

	if (!id) {
		jw_null(v->w, key);
		return;
	}
	jw_object(v->w, key);
	jw_str(v->w, "id", id);
	jw_str(v->w, "label", label ? label : id);
	jw_end(v->w);
}

void
view_links(const struct view *v, const char *key, enum view_type type, const char *const *ids, size_t n)
{
	jw_array(v->w, key);
	for (size_t i = 0; i < n; i++)
		view_link(v, NULL, type, ids[i]);
	jw_end(v->w);
}

void
view_strings(const struct view *v, const char *key, const char *const *at, size_t n)
{
	jw_array(v->w, key);
	for (size_t i = 0; i < n; i++)
		jw_str(v->w, NULL, at[i]);
	jw_end(v->w);
}

void
view_boundaries(const struct view *v, enum view_type type, const struct disambiguation *d, size_t n)
{
	jw_array(v->w, "boundaries");
	for (size_t i = 0; i < n; i++) {
		jw_object(v->w, NULL);
		view_link(v, "against", type, d[i].against);
		jw_str(v->w, "for", d[i].is_for_this ? "this" : "other");
		jw_str(v->w, "says", d[i].says);
		view_strings(v, "signals", d[i].signals, d[i].nsignals);
		jw_end(v->w);
	}
	jw_end(v->w);
}

const char *
view_origin(const struct view *v, const char *pack)
{
	return v->standard && !catalog_pack(v->standard, pack) ? "tenant" : "standard";
}

/* --- kind, slot, policy, adapter, skill --------------------------------------------------------------- */

static void
adapters_list(const struct view *v, const char *key, const char *kind, bool is_from)
{
	jw_array(v->w, key);
	for (size_t i = 0; i < v->c->nadapters; i++) {
		const struct adapter *d = &v->c->adapters[i];

		if (is_from ? !view_has(d->from, d->nfrom, kind) : strcmp(d->to, kind) != 0)
			continue;
		jw_object(v->w, NULL);
		jw_str(v->w, "id", d->id);
		jw_str(v->w, "label", d->label);
		view_links(v, "from", VIEW_KIND, d->from, d->nfrom);
		view_link(v, "to", VIEW_KIND, d->to);
		jw_bool(v->w, "lossless", d->is_lossless);
		jw_end(v->w);
	}
	jw_end(v->w);
}

static void
profiles_of_kind(const struct view *v, const char *kind)
{
	jw_array(v->w, "profiles");
	for (size_t p = 0; p < v->c->npacks; p++)
		for (size_t i = 0; i < v->c->packs[p].nprofiles; i++) {
			const struct pack_profile *f = &v->c->packs[p].profiles[i];

			if (strcmp(f->kind, kind) != 0)
				continue;
			jw_object(v->w, NULL);
			jw_str(v->w, "id", f->id);
			jw_str(v->w, "says", f->says);
			view_link(v, "entity", VIEW_ENTITY, f->entity);
			view_link(v, "slot", VIEW_SLOT, f->slot);
			view_link(v, "pack", VIEW_PACK, v->c->packs[p].id);
			jw_end(v->w);
		}
	jw_end(v->w);
}

static void
view_kind(const struct view *v, const struct kind_info *k, const char *key)
{
	view_open(v, key, VIEW_KIND, k->id, k->label);
	jw_str(v->w, "family", k->family);
	jw_str(v->w, "says", k->says);
	view_strings(v, "extensions", k->extensions, k->nextensions);
	view_strings(v, "media_types", k->media_types, k->nmedia_types);
	adapters_list(v, "adapters_from", k->id, true);
	adapters_list(v, "adapters_to", k->id, false);
	jw_array(v->w, "slots");
	for (size_t i = 0; i < v->c->nslots; i++)
		if (view_has(v->c->slots[i].kinds, v->c->slots[i].nkinds, k->id))
			view_link(v, NULL, VIEW_SLOT, v->c->slots[i].id);
	jw_end(v->w);
	profiles_of_kind(v, k->id);
}

static void
workflows_of_slot(const struct view *v, const char *key, const char *slot, bool is_input)
{
	jw_array(v->w, key);
	for (size_t i = 0; i < v->c->nworkflows; i++) {
		const struct workflow *f = &v->c->workflows[i];

		if (is_input ? view_has(f->inputs, f->ninputs, slot) : view_has(f->outputs, f->noutputs, slot))
			view_link(v, NULL, VIEW_WORKFLOW, f->id);
	}
	jw_end(v->w);
}

static void
view_slot(const struct view *v, const struct slot_info *s, const char *key)
{
	view_open(v, key, VIEW_SLOT, s->id, s->label);
	jw_str(v->w, "says", s->says);
	view_links(v, "kinds", VIEW_KIND, s->kinds, s->nkinds);
	workflows_of_slot(v, "read_by", s->id, true);
	workflows_of_slot(v, "made_by", s->id, false);
	jw_array(v->w, "entities");
	for (size_t p = 0; p < v->c->npacks; p++)
		for (size_t e = 0; e < v->c->packs[p].nentities; e++)
			for (size_t i = 0; i < v->c->packs[p].nprofiles; i++)
				if (strcmp(v->c->packs[p].profiles[i].slot, s->id) == 0 &&
				    strcmp(v->c->packs[p].profiles[i].entity, v->c->packs[p].entities[e].id) == 0) {
					view_link(v, NULL, VIEW_ENTITY, v->c->packs[p].entities[e].id);
					break;
				}
	jw_end(v->w);
}

static void
settings_json(const struct view *v, const struct policy *p)
{
	size_t n;
	const struct view_setting *s = view_settings(v->a, p, &n);

	jw_array(v->w, "settings");
	for (size_t i = 0; i < n; i++) {
		jw_object(v->w, NULL);
		jw_str(v->w, "name", s[i].name);
		jw_str(v->w, "says", s[i].says);
		jw_bool(v->w, "switch", s[i].is_switch);
		jw_str(v->w, "value", s[i].value);
		jw_str(v->w, "means", s[i].means);
		jw_end(v->w);
	}
	jw_end(v->w);
}

static void
view_policy(const struct view *v, const struct policy *p, const char *key)
{
	view_open(v, key, VIEW_POLICY, p->id, p->label);
	jw_str(v->w, "version", p->version);
	jw_str(v->w, "purpose", p->purpose);
	jw_str(v->w, "use_for", jx_str(jx_find(p->document, "use_for"), NULL));
	settings_json(v, p);
	jw_array(v->w, "profiles");
	for (size_t i = 0; i < v->c->nprofiles; i++)
		if (strcmp(v->c->profiles[i].policy, p->id) == 0)
			jw_str(v->w, NULL, v->c->profiles[i].id);
	jw_end(v->w);
}

static void
view_adapter(const struct view *v, const struct adapter *d, const char *key)
{
	view_open(v, key, VIEW_ADAPTER, d->id, d->label);
	jw_str(v->w, "version", d->version);
	jw_str(v->w, "does", d->type == ADAPTER_KIND ? "kind" : "columns");
	jw_str(v->w, "says", d->says);
	view_links(v, "from", VIEW_KIND, d->from, d->nfrom);
	view_link(v, "to", VIEW_KIND, d->to);
	jw_bool(v->w, "lossless", d->is_lossless);
	jw_str(v->w, "not_kept", view_not_kept(d));
	jw_str(v->w, "form", d->form);
	jw_str(v->w, "relation", d->relation);
	view_link(v, "slot", VIEW_SLOT, d->slot);
	view_link(v, "entity", VIEW_ENTITY, d->entity);
	view_link(v, "skill", VIEW_SKILL, d->skill);
	view_strings(v, "needs", d->needs, d->nneeds);
}

static bool
playbook_runs(const struct playbook *b, const char *skill)
{
	const struct jx *steps = jx_find(b->candidate, "steps");

	for (size_t i = 0; i < jx_size(steps); i++)
		if (jx_is_str(jx_find(jx_find(jx_at(steps, i), "program"), "skill"), skill))
			return true;
	return false;
}

static void
view_skill(const struct view *v, const struct skill *s, const char *key)
{
	view_open(v, key, VIEW_SKILL, s->id, s->id);
	jw_str(v->w, "sha256", s->sha256);
	jw_array(v->w, "files");
	for (size_t i = 0; i < s->nfiles; i++) {
		jw_object(v->w, NULL);
		jw_str(v->w, "path", s->files[i].path);
		jw_uint(v->w, "bytes", s->files[i].n);
		jw_str(v->w, "sha256", s->files[i].sha256);
		jw_end(v->w);
	}
	jw_end(v->w);
	jw_array(v->w, "playbooks");
	for (size_t p = 0; p < v->c->npacks; p++)
		for (size_t i = 0; i < v->c->packs[p].nplaybooks; i++)
			if (playbook_runs(&v->c->packs[p].playbooks[i], s->id))
				view_link(v, NULL, VIEW_PLAYBOOK, v->c->packs[p].playbooks[i].id);
	jw_end(v->w);
	jw_array(v->w, "adapters");
	for (size_t i = 0; i < v->c->nadapters; i++)
		if (strcmp(v->c->adapters[i].skill, s->id) == 0)
			view_link(v, NULL, VIEW_ADAPTER, v->c->adapters[i].id);
	jw_end(v->w);
}

#define VIEW_ONE(of, find, write) \
	case of: \
		if (!(find)(c, id)) \
			return false; \
		(write)(&v, (find)(c, id), key); \
		return true

bool
view_item(struct arena *a, const struct catalog *c, const struct catalog *standard, enum view_type type,
    const char *id, struct jw *w, const char *key)
{
	const struct view v = {.a = a, .c = c, .standard = standard, .w = w};

	switch (type) {
	VIEW_ONE(VIEW_PACK, catalog_pack, view_pack);
	VIEW_ONE(VIEW_ENTITY, catalog_entity, view_entity);
	VIEW_ONE(VIEW_WORKFLOW, catalog_workflow, view_workflow);
	VIEW_ONE(VIEW_KIND, find_kind, view_kind);
	VIEW_ONE(VIEW_SLOT, catalog_slot, view_slot);
	VIEW_ONE(VIEW_POLICY, catalog_policy, view_policy);
	VIEW_ONE(VIEW_ADAPTER, catalog_adapter, view_adapter);
	VIEW_ONE(VIEW_PLAYBOOK, catalog_playbook, view_playbook);
	VIEW_ONE(VIEW_SKILL, catalog_skill, view_skill);
	case VIEW__COUNT:
		break;
	}
	return false;
}

/* --- overview ---------------------------------------------------------------------------------------- */

static void
item(const struct view *v, const char *id, const char *label)
{
	jw_object(v->w, NULL);
	jw_str(v->w, "id", id);
	jw_str(v->w, "label", label);
}

static void
packs_short(const struct view *v)
{
	jw_array(v->w, "packs");
	for (size_t i = 0; i < v->c->npacks; i++) {
		const struct pack *p = &v->c->packs[i];

		item(v, p->id, p->label);
		jw_str(v->w, "version", p->version);
		jw_str(v->w, "purpose", p->purpose);
		jw_bool(v->w, "generic", p->is_generic);
		jw_str(v->w, "origin", view_origin(v, p->id));
		jw_uint(v->w, "entities", p->nentities);
		jw_uint(v->w, "playbooks", p->nplaybooks);
		jw_uint(v->w, "validators", p->nvalidators);
		view_strings(v, "triggers", p->triggers, p->ntriggers);
		jw_end(v->w);
	}
	jw_end(v->w);
}

static void
pack_parts_short(const struct view *v)
{
	jw_array(v->w, "entities");
	for (size_t p = 0; p < v->c->npacks; p++)
		for (size_t i = 0; i < v->c->packs[p].nentities; i++) {
			const struct entity *e = &v->c->packs[p].entities[i];

			item(v, e->id, e->label);
			jw_str(v->w, "pack", v->c->packs[p].id);
			jw_str(v->w, "form", entity_form_name(e->form));
			jw_uint(v->w, "columns", e->nfields);
			jw_end(v->w);
		}
	jw_end(v->w);
	jw_array(v->w, "playbooks");
	for (size_t p = 0; p < v->c->npacks; p++)
		for (size_t i = 0; i < v->c->packs[p].nplaybooks; i++) {
			item(v, v->c->packs[p].playbooks[i].id, v->c->packs[p].playbooks[i].label);
			jw_str(v->w, "version", v->c->packs[p].playbooks[i].version);
			jw_str(v->w, "pack", v->c->packs[p].id);
			jw_end(v->w);
		}
	jw_end(v->w);
}

static void
lists_short(const struct view *v)
{
	jw_array(v->w, "workflows");
	for (size_t i = 0; i < v->c->nworkflows; i++) {
		const struct workflow *f = &v->c->workflows[i];

		item(v, f->id, f->label);
		jw_str(v->w, "version", f->version);
		jw_str(v->w, "purpose", f->purpose);
		view_strings(v, "inputs", f->inputs, f->ninputs);
		view_strings(v, "outputs", f->outputs, f->noutputs);
		jw_end(v->w);
	}
	jw_end(v->w);
	jw_array(v->w, "kinds");
	for (size_t i = 0; i < v->c->nkinds; i++) {
		item(v, v->c->kinds[i].id, v->c->kinds[i].label);
		jw_str(v->w, "family", v->c->kinds[i].family);
		jw_str(v->w, "says", v->c->kinds[i].says);
		view_strings(v, "extensions", v->c->kinds[i].extensions, v->c->kinds[i].nextensions);
		jw_end(v->w);
	}
	jw_end(v->w);
	jw_array(v->w, "slots");
	for (size_t i = 0; i < v->c->nslots; i++) {
		item(v, v->c->slots[i].id, v->c->slots[i].label);
		jw_str(v->w, "says", v->c->slots[i].says);
		view_strings(v, "kinds", v->c->slots[i].kinds, v->c->slots[i].nkinds);
		jw_end(v->w);
	}
	jw_end(v->w);
}

static void
rest_short(const struct view *v)
{
	jw_array(v->w, "policies");
	for (size_t i = 0; i < v->c->npolicies; i++) {
		const struct policy *p = &v->c->policies[i];

		item(v, p->id, p->label);
		jw_str(v->w, "version", p->version);
		jw_str(v->w, "purpose", p->purpose);
		jw_str(v->w, "use_for", jx_str(jx_find(p->document, "use_for"), NULL));
		settings_json(v, p);
		jw_end(v->w);
	}
	jw_end(v->w);
	jw_array(v->w, "adapters");
	for (size_t i = 0; i < v->c->nadapters; i++) {
		const struct adapter *d = &v->c->adapters[i];

		item(v, d->id, d->label);
		jw_str(v->w, "version", d->version);
		view_strings(v, "from", d->from, d->nfrom);
		jw_str(v->w, "to", d->to);
		jw_bool(v->w, "lossless", d->is_lossless);
		jw_end(v->w);
	}
	jw_end(v->w);
	jw_array(v->w, "skills");
	for (size_t i = 0; i < v->c->nskills; i++) {
		item(v, v->c->skills[i].id, v->c->skills[i].id);
		jw_uint(v->w, "files", v->c->skills[i].nfiles);
		jw_end(v->w);
	}
	jw_end(v->w);
}

void
view_overview(struct arena *a, const struct catalog *c, const struct catalog *standard, struct jw *w,
    const char *key)
{
	const struct view v = {.a = a, .c = c, .standard = standard, .w = w};

	jw_object(w, key);
	jw_str(w, "sha256", c->sha256);
	packs_short(&v);
	pack_parts_short(&v);
	lists_short(&v);
	rest_short(&v);
	jw_end(w);
}
