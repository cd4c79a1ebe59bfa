/* SPDX-License-Identifier: Apache-2.0 */
/* forgectl packs list, show: the catalog for people, or as JSON. */
#include <string.h>

#include "cli/cli.h"
#include "cli/packs_cmd.h"
#include "compiler/near.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/pack.h"
#include "pack/view.h"

static const char *
joined(struct arena *a, const char *const *at, size_t n)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", at[i]);
	return b.p ? buf_take(&b) : "";
}

/* --- list ------------------------------------------------------------------------------------------ */

static void
item_json(struct jw *w, const char *id, const char *label, const char *version)
{
	jw_object(w, NULL);
	jw_str(w, "id", id);
	jw_str(w, "label", label);
	if (version)
		jw_str(w, "version", version);
}

static void
strings_json(struct jw *w, const char *key, const char *const *at, size_t n)
{
	jw_array(w, key);
	for (size_t i = 0; i < n; i++)
		jw_str(w, NULL, at[i]);
	jw_end(w);
}

static void
packs_json(struct jw *w, const struct catalog *k)
{
	jw_array(w, "domain_packs");
	for (size_t i = 0; i < k->npacks; i++) {
		const struct pack *p = &k->packs[i];

		item_json(w, p->id, p->label, p->version);
		jw_bool(w, "generic", p->is_generic);
		jw_str(w, "purpose", p->purpose);
		jw_str(w, "sha256", p->sha256);
		jw_array(w, "entities");
		for (size_t e = 0; e < p->nentities; e++)
			jw_str(w, NULL, p->entities[e].id);
		jw_end(w);
		jw_array(w, "playbooks");
		for (size_t b = 0; b < p->nplaybooks; b++)
			jw_str(w, NULL, p->playbooks[b].id);
		jw_end(w);
		jw_end(w);
	}
	jw_end(w);
}

static void
list_json(const struct cli *c, const struct catalog *k)
{
	struct buf b;
	struct jw w;

	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	packs_json(&w, k);
	jw_array(&w, "workflow_packs");
	for (size_t i = 0; i < k->nworkflows; i++) {
		item_json(&w, k->workflows[i].id, k->workflows[i].label, k->workflows[i].version);
		jw_str(&w, "purpose", k->workflows[i].purpose);
		strings_json(&w, "inputs", k->workflows[i].inputs, k->workflows[i].ninputs);
		strings_json(&w, "outputs", k->workflows[i].outputs, k->workflows[i].noutputs);
		jw_end(&w);
	}
	jw_end(&w);
	jw_array(&w, "kinds");
	for (size_t i = 0; i < k->nkinds; i++)
		jw_value(&w, NULL, k->kinds[i].document);
	jw_end(&w);
	jw_array(&w, "slots");
	for (size_t i = 0; i < k->nslots; i++)
		jw_value(&w, NULL, k->slots[i].document);
	jw_end(&w);
	jw_array(&w, "policies");
	for (size_t i = 0; i < k->npolicies; i++) {
		item_json(&w, k->policies[i].id, k->policies[i].label, k->policies[i].version);
		jw_str(&w, "purpose", k->policies[i].purpose);
		jw_end(&w);
	}
	jw_end(&w);
	jw_array(&w, "adapters");
	for (size_t i = 0; i < k->nadapters; i++)
		jw_value(&w, NULL, k->adapters[i].document);
	jw_end(&w);
	jw_str(&w, "sha256", k->sha256);
	jw_end(&w);
	printf("%s\n", b.p);
}

static void
list_text(const struct catalog *k)
{
	printf("Domain packs\n");
	for (size_t i = 0; i < k->npacks; i++)
		printf("  %-26s %s%s; %zu entities, %zu playbook%s\n", k->packs[i].id, k->packs[i].label,
		    k->packs[i].is_generic ? " (beside the domains)" : "", k->packs[i].nentities, k->packs[i].nplaybooks,
		    k->packs[i].nplaybooks == 1 ? "" : "s");
	printf("Workflow packs\n");
	for (size_t i = 0; i < k->nworkflows; i++)
		printf("  %-26s %s\n", k->workflows[i].id, k->workflows[i].label);
	printf("Kinds\n");
	for (size_t i = 0; i < k->nkinds; i++)
		printf("  %-26s %s\n", k->kinds[i].id, k->kinds[i].label);
	printf("Slots\n");
	for (size_t i = 0; i < k->nslots; i++)
		printf("  %-26s %s\n", k->slots[i].id, k->slots[i].label);
	printf("Policies\n");
	for (size_t i = 0; i < k->npolicies; i++)
		printf("  %-31s %s\n", k->policies[i].id, k->policies[i].label);
	printf("Adapters\n");
	for (size_t i = 0; i < k->nadapters; i++)
		printf("  %-31s %s%s\n", k->adapters[i].id, k->adapters[i].label,
		    k->adapters[i].is_lossless ? "" : " (not everything is kept)");
}

static int
open_catalog(struct cli *c, const char *given, const struct catalog **k)
{
	struct err err;

	return catalog_load_over(c->a, packs_folder(c, NULL), packs_folder(c, given), k, &err) < 0 ? cli_fail(c, &err) : CLI_OK;
}

int
packs_list(struct cli *c, int argc, char **argv)
{
	const char *given = cli_option(&argc, argv, "packs");
	const struct catalog *k;

	if (cli_arguments(argc, argv, 0, 0, "packs") != CLI_OK)
		return CLI_USAGE;
	if (open_catalog(c, given, &k) != CLI_OK)
		return CLI_FAILED;
	if (c->is_json)
		list_json(c, k);
	else
		list_text(k);
	return CLI_OK;
}

/* --- show: each prints its text, or adds its JSON to the writer ---------------------------------------- */

struct show {
	struct cli *c;
	const struct catalog *k;
	const char *id;
	struct jw *w; /* NULL: text */
	unsigned n;   /* found */
};

static void
head(struct show *s, const char *type, const char *file, const char *sha256)
{
	if (s->w) {
		jw_object(s->w, NULL);
		jw_str(s->w, "type", type);
		jw_str(s->w, "id", s->id);
		if (file)
			jw_str(s->w, "file", file);
		if (sha256)
			jw_str(s->w, "sha256", sha256);
	} else {
		printf("%s%s: %s%s%s\n", s->n ? "\n" : "", s->id, type, file ? ", " : "", file ? file : "");
	}
	s->n++;
}

/* JSON: the thing as the API and the pages have it. */
static void
view_json(struct show *s, enum view_type type)
{
	bool is_there = view_item(s->c->a, s->k, NULL, type, s->id, s->w, "view");

	INVARIANT(is_there);
	jw_end(s->w);
}

static void
boundaries_text(const struct cli *c, const struct disambiguation *d, size_t n, const char *own)
{
	if (n > 0)
		printf("boundaries\n");
	for (size_t i = 0; i < n; i++)
		printf("  against %s: %s\n    for %s: %s\n", d[i].against, d[i].says, d[i].is_for_this ? own : d[i].against,
		    joined(c->a, d[i].signals, d[i].nsignals));
}

static void
show_pack(struct show *s, const struct pack *p)
{
	struct arena *a = s->c->a;

	head(s, "domain pack", p->file, p->sha256);
	if (s->w) {
		jw_value(s->w, "document", p->document);
		view_json(s, VIEW_PACK);
		jw_end(s->w);
		return;
	}
	printf("%s %s. %s\n", p->label, p->version, p->purpose);
	printf("triggers: %s\n", joined(a, p->triggers, p->ntriggers));
	for (size_t i = 0; i < p->nexample_goals; i++)
		printf("%s  %s\n", i ? "" : "example goals\n", p->example_goals[i]);
	boundaries_text(s->c, p->disambiguation, p->ndisambiguation, p->id);
	for (size_t i = 0; i < p->nvocabulary; i++)
		printf("%s  %s: %s\n", i ? "" : "vocabulary\n", p->vocabulary[i].word,
		    joined(a, p->vocabulary[i].synonyms, p->vocabulary[i].nsynonyms));
	for (size_t i = 0; i < p->nentities; i++)
		printf("%s  %-32s %s (%s%s%s, %zu columns)\n", i ? "" : "entities\n", p->entities[i].id, p->entities[i].label,
		    entity_form_name(p->entities[i].form), p->entities[i].nkey ? ", key " : "",
		    joined(a, p->entities[i].key, p->entities[i].nkey), p->entities[i].nfields);
	for (size_t i = 0; i < p->nprofiles; i++)
		printf("%s  %s: %s\n", i ? "" : "profiles\n", p->profiles[i].id, p->profiles[i].says);
	for (size_t i = 0; i < p->nvalidators; i++)
		printf("%s  %s (%s): %s\n", i ? "" : "validators\n", p->validators[i].id,
		    p->validators[i].is_error ? "error" : "warning", view_rule(a, s->k, &p->validators[i]));
	for (size_t i = 0; i < p->nplaybooks; i++)
		printf("%s  %s: %s\n", i ? "" : "playbooks\n", p->playbooks[i].id, p->playbooks[i].label);
}

static void
column_text(struct arena *a, const struct column *f)
{
	const char *unit = f->unit ? f->unit : f->currency;

	printf("  %-26s %s%s%s%s%s%s", f->name, f->type, unit ? " " : "", unit ? unit : "",
	    f->is_required ? ", required" : "", f->is_nullable ? ", may be empty" : "",
	    f->is_tolerant ? ", tolerant" : "");
	if (f->currency_from)
		printf(", currency from %s", f->currency_from);
	if (f->nvalues)
		printf("; one of %s", joined(a, f->values, f->nvalues));
	printf("%s%s\n", f->nsynonyms ? "; also " : "", joined(a, f->synonyms, f->nsynonyms));
}

/* Members that hold more than one value. */
static void
nested_text(const struct entity *e)
{
	const struct jx *all = jx_find(e->schema, "properties");

	for (size_t i = 0; i < jx_size(all); i++)
		if (!entity_field(e, all->u.object.at[i].key))
			printf("  %-26s holds more than one value\n", all->u.object.at[i].key);
}

static void
referred_text(struct show *s, const struct entity *e)
{
	for (size_t p = 0; p < s->k->npacks; p++)
		for (size_t i = 0; i < s->k->packs[p].nentities; i++)
			for (size_t r = 0; r < s->k->packs[p].entities[i].nreferences; r++) {
				const struct entity *other = &s->k->packs[p].entities[i];
				const struct reference *at = &other->references[r];

				if (strcmp(at->entity, e->id) == 0)
					printf("referred to: %s(%s) -> %s\n", other->id, joined(s->c->a, at->columns, at->n),
					    joined(s->c->a, at->to, at->n));
			}
}

static void
show_entity(struct show *s, const struct entity *e, const struct jx *document)
{
	struct arena *a = s->c->a;

	head(s, "entity", e->pack->file, NULL);
	if (s->w) {
		jw_str(s->w, "pack", e->pack->id);
		jw_str(s->w, "form", entity_form_name(e->form));
		jw_value(s->w, "document", document);
		view_json(s, VIEW_ENTITY);
		jw_end(s->w);
		return;
	}
	printf("%s (%s of pack %s). %s\n", e->label, entity_form_name(e->form), e->pack->id, e->purpose ? e->purpose : "");
	if (e->nkey)
		printf("key: %s\n", joined(a, e->key, e->nkey));
	for (size_t i = 0; i < e->nfields; i++)
		column_text(a, &e->fields[i]);
	nested_text(e);
	for (size_t i = 0; i < e->nreferences; i++)
		printf("refers: %s -> %s(%s)\n", joined(a, e->references[i].columns, e->references[i].n),
		    e->references[i].entity, joined(a, e->references[i].to, e->references[i].n));
	referred_text(s, e);
	for (size_t p = 0; p < s->k->npacks; p++)
		for (size_t i = 0; i < s->k->packs[p].nvalidators; i++)
			if (strcmp(s->k->packs[p].validators[i].entity, e->id) == 0)
				printf("rule %s: %s\n", s->k->packs[p].validators[i].id,
				    view_rule(a, s->k, &s->k->packs[p].validators[i]));
}

static void
show_workflow(struct show *s, const struct workflow *f)
{
	struct arena *a = s->c->a;

	head(s, "workflow pack", f->file, f->sha256);
	if (s->w) {
		jw_value(s->w, "document", f->document);
		view_json(s, VIEW_WORKFLOW);
		jw_end(s->w);
		return;
	}
	printf("%s %s. %s\n", f->label, f->version, f->purpose);
	printf("inputs: %s\noutputs: %s\n", joined(a, f->inputs, f->ninputs), joined(a, f->outputs, f->noutputs));
	printf("triggers: %s\n", joined(a, f->triggers, f->ntriggers));
	boundaries_text(s->c, f->disambiguation, f->ndisambiguation, f->id);
	for (size_t i = 0; i < f->nprofiles; i++)
		if (f->profiles[i].id)
			printf("profile %s\n", f->profiles[i].id);
		else
			printf("profile %s as %s\n", f->profiles[i].kind, f->profiles[i].slot);
}

static void
show_policy(struct show *s, const struct policy *p)
{
	size_t n;
	const struct view_setting *set = view_settings(s->c->a, p, &n);

	head(s, "policy", p->file, p->sha256);
	if (s->w) {
		jw_value(s->w, "document", p->document);
		view_json(s, VIEW_POLICY);
		jw_end(s->w);
		return;
	}
	printf("%s %s. %s\n", p->label, p->version, p->purpose);
	for (size_t i = 0; i < n; i++)
		printf("  %-9s %-36s %s%s%s\n", set[i].value, set[i].name, set[i].says, set[i].is_switch ? "" : ": ",
		    set[i].is_switch ? "" : set[i].means);
}

static void
kind_text(struct show *s, const char *kind)
{
	for (size_t i = 0; i < s->k->nadapters; i++) {
		const struct adapter *d = &s->k->adapters[i];
		bool is_from = false;

		for (size_t k = 0; k < d->nfrom; k++)
			is_from = is_from || strcmp(d->from[k], kind) == 0;
		if (is_from || strcmp(d->to, kind) == 0)
			printf("adapter %s: %s -> %s\n", d->id, joined(s->c->a, d->from, d->nfrom), d->to);
	}
	for (size_t i = 0; i < s->k->nslots; i++)
		for (size_t k = 0; k < s->k->slots[i].nkinds; k++)
			if (strcmp(s->k->slots[i].kinds[k], kind) == 0)
				printf("slot %s takes it\n", s->k->slots[i].id);
}

static void
show_skill(struct show *s, const struct skill *k)
{
	head(s, "skill", NULL, k->sha256);
	if (s->w) {
		view_json(s, VIEW_SKILL);
		jw_end(s->w);
		return;
	}
	for (size_t i = 0; i < k->nfiles; i++)
		printf("  %-60s %zu bytes\n", k->files[i].path, k->files[i].n);
}

static void
show_lists(struct show *s)
{
	const struct kind_info *kind = catalog_kind(s->k, s->id);
	const struct slot_info *slot = catalog_slot(s->k, s->id);
	struct arena *a = s->c->a;

	if (kind)
		head(s, "kind", NULL, NULL);
	if (kind && s->w) {
		jw_value(s->w, "document", kind->document);
		view_json(s, VIEW_KIND);
		jw_end(s->w);
	} else if (kind) {
		printf("%s (%s). %s\nmedia types: %s\nextensions: %s\n", kind->label, kind->family, kind->says,
		    joined(a, kind->media_types, kind->nmedia_types), joined(a, kind->extensions, kind->nextensions));
		kind_text(s, kind->id);
	}
	if (slot)
		head(s, "slot", NULL, NULL);
	if (slot && s->w) {
		jw_value(s->w, "document", slot->document);
		view_json(s, VIEW_SLOT);
		jw_end(s->w);
	} else if (slot) {
		printf("%s. %s\nkinds: %s\n", slot->label, slot->says, joined(a, slot->kinds, slot->nkinds));
	}
}

static void
show_adapter(struct show *s, const struct adapter *d)
{
	struct arena *a = s->c->a;

	head(s, "adapter", d->file, d->sha256);
	if (s->w) {
		jw_value(s->w, "document", d->document);
		view_json(s, VIEW_ADAPTER);
		jw_end(s->w);
		return;
	}
	printf("%s %s. %s\nfrom: %s\nto: %s%s%s\n", d->label, d->version, d->says, joined(a, d->from, d->nfrom), d->to,
	    d->entity ? " of " : "", d->entity ? d->entity : "");
	printf("%s; %s\nprogram: skill %s\n", d->is_lossless ? "lossless: the way back gives the same" : "not lossless",
	    strcmp(d->relation, "same") == 0 ? "one row for each row" : "other rows than its input's", d->skill);
	if (d->nneeds)
		printf("needs: %s\n", joined(a, d->needs, d->nneeds));
}

/* One element of a list of a pack's document, by its id: a profile or a validator. */
static void
show_part(struct show *s, const char *list, const char *type)
{
	for (size_t p = 0; p < s->k->npacks; p++) {
		const struct pack *k = &s->k->packs[p];
		const struct jx *all = jx_find(k->document, list);

		for (size_t i = 0; i < jx_size(all); i++) {
			const struct jx *at = jx_at(all, i);
			struct buf b;

			if (!jx_is_str(jx_find(at, "id"), s->id))
				continue;
			head(s, type, k->file, NULL);
			if (s->w) {
				jw_str(s->w, "pack", k->id);
				jw_value(s->w, "document", at);
				jw_end(s->w);
				continue;
			}
			buf_init(&b, s->c->a);
			jw_pretty(&b, at);
			printf("of pack %s\n%s\n", k->id, b.p);
		}
	}
}

static void
show_playbook(struct show *s, const struct playbook *b)
{
	head(s, "playbook", b->file, b->sha256);
	if (s->w) {
		jw_str(s->w, "pack", b->pack);
		jw_value(s->w, "candidate", b->candidate);
		view_json(s, VIEW_PLAYBOOK);
		jw_end(s->w);
		return;
	}
	printf("%s %s, of pack %s\ntriggers: %s\n", b->label, b->version, b->pack,
	    joined(s->c->a, b->triggers, b->ntriggers));
	for (size_t i = 0; i < b->nfiles; i++)
		printf("  %s%s: %s\n", b->files[i].is_required ? "needs " : "may have ", b->files[i].name,
		    b->files[i].entity ? b->files[i].entity : "any file of its kinds");
	for (size_t i = 0; i < jx_size(jx_find(b->candidate, "steps")); i++)
		printf("  step %zu: %s\n", i + 1, jx_str(jx_find(jx_at(jx_find(b->candidate, "steps"), i), "label"), ""));
}

static void
show_all(struct show *s)
{
	const struct pack *p = catalog_pack(s->k, s->id);
	const struct entity *e = catalog_entity(s->k, s->id);

	if (p)
		show_pack(s, p);
	if (catalog_workflow(s->k, s->id))
		show_workflow(s, catalog_workflow(s->k, s->id));
	if (e)
		show_entity(s, e, jx_at(jx_find(e->pack->document, "entities"), (size_t)(e - e->pack->entities)));
	if (catalog_policy(s->k, s->id))
		show_policy(s, catalog_policy(s->k, s->id));
	show_lists(s);
	show_part(s, "profiles", "artifact profile");
	show_part(s, "validators", "validator");
	if (catalog_playbook(s->k, s->id))
		show_playbook(s, catalog_playbook(s->k, s->id));
	if (catalog_adapter(s->k, s->id))
		show_adapter(s, catalog_adapter(s->k, s->id));
	if (catalog_skill(s->k, s->id))
		show_skill(s, catalog_skill(s->k, s->id));
}

int
packs_show(struct cli *c, int argc, char **argv)
{
	const char *given = cli_option(&argc, argv, "packs");
	struct show s = {.c = c};
	struct err err;
	struct buf b;
	struct jw w;

	if (cli_arguments(argc, argv, 1, 1, "packs") != CLI_OK)
		return CLI_USAGE;
	if (open_catalog(c, given, &s.k) != CLI_OK)
		return CLI_FAILED;
	s.id = argv[1];
	buf_init(&b, c->a);
	jw_init(&w, &b);
	if (c->is_json) {
		s.w = &w;
		jw_object(&w, NULL);
		jw_array(&w, "items");
	}
	show_all(&s);
	if (s.n == 0) {
		const char *near = near_id(c->a, s.k, VIEW__COUNT, s.id);

		err_set(&err, E_NOT_FOUND, "the catalog has no '%s'%s%s%s; `forgectl packs list` says what there is", s.id,
		    near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
		return cli_fail(c, &err);
	}
	if (s.w) {
		jw_end(&w);
		jw_end(&w);
		printf("%s\n", b.p);
	}
	return CLI_OK;
}
