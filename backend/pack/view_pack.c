/* SPDX-License-Identifier: Apache-2.0 */
/* Domain packs and their entities as people read them. */
#include <string.h>

#include "core/arena.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/view_work.h"

void
view_validator(const struct view *v, const struct validator_rule *r)
{
	jw_object(v->w, NULL);
	jw_str(v->w, "id", r->id);
	view_link(v, "entity", VIEW_ENTITY, r->entity);
	jw_str(v->w, "severity", r->is_error ? "error" : "warning");
	jw_str(v->w, "says", view_rule(v->a, v->c, r));
	jw_str(v->w, "message", r->message);
	jw_end(v->w);
}

static void
profile(const struct view *v, const struct pack_profile *f)
{
	jw_object(v->w, NULL);
	jw_str(v->w, "id", f->id);
	jw_str(v->w, "says", f->says);
	view_link(v, "kind", VIEW_KIND, f->kind);
	view_link(v, "entity", VIEW_ENTITY, f->entity);
	view_link(v, "slot", VIEW_SLOT, f->slot);
	jw_end(v->w);
}

static void
reference(const struct view *v, const char *from, const struct reference *r)
{
	jw_object(v->w, NULL);
	view_link(v, "from", VIEW_ENTITY, from);
	view_strings(v, "columns", r->columns, r->n);
	view_link(v, "to", VIEW_ENTITY, r->entity);
	view_strings(v, "to_columns", r->to, r->n);
	jw_str(v->w, "says", r->says);
	jw_end(v->w);
}

/* --- pack -------------------------------------------------------------------------------------------- */

static void
vocabulary(const struct view *v, const struct pack *p)
{
	jw_array(v->w, "vocabulary");
	for (size_t i = 0; i < p->nvocabulary; i++) {
		jw_object(v->w, NULL);
		jw_str(v->w, "word", p->vocabulary[i].word);
		view_strings(v, "synonyms", p->vocabulary[i].synonyms, p->vocabulary[i].nsynonyms);
		jw_end(v->w);
	}
	jw_end(v->w);
}

static void
entities(const struct view *v, const struct pack *p)
{
	jw_array(v->w, "entities");
	for (size_t i = 0; i < p->nentities; i++) {
		const struct entity *e = &p->entities[i];

		jw_object(v->w, NULL);
		jw_str(v->w, "id", e->id);
		jw_str(v->w, "label", e->label);
		jw_str(v->w, "purpose", e->purpose);
		jw_str(v->w, "form", entity_form_name(e->form));
		view_strings(v, "key", e->key, e->nkey);
		jw_uint(v->w, "columns", e->nfields);
		jw_end(v->w);
	}
	jw_end(v->w);
	jw_array(v->w, "references");
	for (size_t i = 0; i < p->nentities; i++)
		for (size_t k = 0; k < p->entities[i].nreferences; k++)
			reference(v, p->entities[i].id, &p->entities[i].references[k]);
	jw_end(v->w);
}

void
view_pack(const struct view *v, const struct pack *p, const char *key)
{
	view_open(v, key, VIEW_PACK, p->id, p->label);
	jw_str(v->w, "version", p->version);
	jw_str(v->w, "purpose", p->purpose);
	jw_bool(v->w, "generic", p->is_generic);
	jw_str(v->w, "origin", view_origin(v, p->id));
	jw_str(v->w, "sha256", p->sha256);
	view_strings(v, "triggers", p->triggers, p->ntriggers);
	view_strings(v, "example_goals", p->example_goals, p->nexample_goals);
	view_boundaries(v, VIEW_PACK, p->disambiguation, p->ndisambiguation);
	vocabulary(v, p);
	entities(v, p);
	jw_array(v->w, "profiles");
	for (size_t i = 0; i < p->nprofiles; i++)
		profile(v, &p->profiles[i]);
	jw_end(v->w);
	jw_array(v->w, "validators");
	for (size_t i = 0; i < p->nvalidators; i++)
		view_validator(v, &p->validators[i]);
	jw_end(v->w);
	jw_array(v->w, "playbooks");
	for (size_t i = 0; i < p->nplaybooks; i++) {
		jw_object(v->w, NULL);
		jw_str(v->w, "id", p->playbooks[i].id);
		jw_str(v->w, "label", p->playbooks[i].label);
		jw_uint(v->w, "files", p->playbooks[i].nfiles);
		jw_uint(v->w, "steps", jx_size(jx_find(p->playbooks[i].candidate, "steps")));
		jw_end(v->w);
	}
	jw_end(v->w);
}

/* --- entity ------------------------------------------------------------------------------------------ */

static const char *
lexeme(const struct jx *schema, const char *name)
{
	const struct jx *at = jx_find(schema, name);

	return jx_is(at, JX_NUMBER) ? at->u.text.p : NULL;
}

/* What a value may be besides its type, in words; NULL: anything. */
static const char *
limits(struct arena *a, const struct jx *schema)
{
	const char *min = lexeme(schema, "minimum"), *max = lexeme(schema, "maximum"), *least = lexeme(schema, "exclusiveMinimum"),
		   *most = lexeme(schema, "exclusiveMaximum"), *pattern = jx_str(jx_find(schema, "pattern"), NULL), *said = NULL;

	if (min && max)
		said = arena_printf(a, "from %s to %s", min, max);
	else if (min || max)
		said = arena_printf(a, "%s or %s", min ? min : max, min ? "more" : "less");
	if (least)
		said = arena_printf(a, "%s%smore than %s", said ? said : "", said ? ", " : "", least);
	if (most)
		said = arena_printf(a, "%s%sless than %s", said ? said : "", said ? ", " : "", most);
	if (pattern)
		said = arena_printf(a, "%s%sof the form `%s`", said ? said : "", said ? ", " : "", pattern);
	return said;
}

static void
column(const struct view *v, const struct entity *e, const struct column *f)
{
	jw_object(v->w, NULL);
	jw_str(v->w, "name", f->name);
	jw_str(v->w, "type", f->type);
	jw_str(v->w, "unit", f->unit);
	jw_str(v->w, "currency", f->currency);
	jw_str(v->w, "currency_from", f->currency_from);
	jw_str(v->w, "says", f->says);
	jw_bool(v->w, "key", view_has(e->key, e->nkey, f->name));
	jw_bool(v->w, "required", f->is_required);
	jw_bool(v->w, "nullable", f->is_nullable);
	jw_bool(v->w, "tolerant", f->is_tolerant);
	view_strings(v, "values", f->values, f->nvalues);
	jw_str(v->w, "limits", limits(v->a, f->schema));
	view_strings(v, "synonyms", f->synonyms, f->nsynonyms);
	jw_end(v->w);
}

/* A member that holds more than one value: what is in it stands in the schema. */
static void
nested(const struct view *v, const struct entity *e, const struct jx_member *m)
{
	const struct jx *type = jx_find(m->value, "type"), *required = jx_find(e->schema, "required");
	bool is_required = false;
	const char *name;

	name = jx_str(jx_is(type, JX_ARRAY) ? jx_at(type, 0) : type, "object");
	for (size_t i = 0; i < jx_size(required); i++)
		is_required = is_required || jx_is_str(jx_at(required, i), m->key);
	jw_object(v->w, NULL);
	jw_str(v->w, "name", m->key);
	jw_str(v->w, "type", strcmp(name, "array") == 0 ? "list" : name);
	for (const char *const *none = (const char *const[]){"unit", "currency", "currency_from", NULL}; *none; none++)
		jw_null(v->w, *none);
	jw_str(v->w, "says", jx_str(jx_find(m->value, "description"), NULL));
	jw_bool(v->w, "key", false);
	jw_bool(v->w, "required", is_required);
	jw_bool(v->w, "nullable", jx_is(type, JX_ARRAY) && jx_size(type) > 1);
	jw_bool(v->w, "tolerant", false);
	view_strings(v, "values", NULL, 0);
	jw_null(v->w, "limits");
	jw_array(v->w, "synonyms");
	for (size_t i = 0; i < jx_size(jx_find(m->value, "x-synonyms")); i++)
		jw_value(v->w, NULL, jx_at(jx_find(m->value, "x-synonyms"), i));
	jw_end(v->w);
	jw_end(v->w);
}

static void
columns(const struct view *v, const struct entity *e)
{
	const struct jx *all = jx_find(e->schema, "properties");

	jw_array(v->w, "columns");
	for (size_t i = 0; !all && i < e->nfields; i++)
		column(v, e, &e->fields[i]);
	for (size_t i = 0; i < jx_size(all); i++) {
		const struct jx_member *m = &all->u.object.at[i];

		if (entity_field(e, m->key))
			column(v, e, entity_field(e, m->key));
		else
			nested(v, e, m);
	}
	jw_end(v->w);
}

static bool
names_entity(const struct jx *list, const char *id)
{
	for (size_t i = 0; i < jx_size(list); i++)
		if (jx_is_str(jx_find(jx_at(list, i), "entity"), id))
			return true;
	return false;
}

/* Playbooks of which a step reads or makes the entity. */
static void
users(const struct view *v, const char *key, const char *id, const char *list)
{
	jw_array(v->w, key);
	for (size_t p = 0; p < v->c->npacks; p++)
		for (size_t i = 0; i < v->c->packs[p].nplaybooks; i++) {
			const struct playbook *b = &v->c->packs[p].playbooks[i];
			const struct jx *steps = jx_find(b->candidate, "steps");

			for (size_t s = 0; s < jx_size(steps); s++)
				if (names_entity(jx_find(jx_at(steps, s), list), id)) {
					view_link(v, NULL, VIEW_PLAYBOOK, b->id);
					break;
				}
		}
	jw_end(v->w);
}

static void
neighbours(const struct view *v, const struct entity *e)
{
	jw_array(v->w, "refers_to");
	for (size_t i = 0; i < e->nreferences; i++)
		reference(v, e->id, &e->references[i]);
	jw_end(v->w);
	jw_array(v->w, "referred_by");
	for (size_t p = 0; p < v->c->npacks; p++)
		for (size_t k = 0; k < v->c->packs[p].nentities; k++) {
			const struct entity *other = &v->c->packs[p].entities[k];

			for (size_t i = 0; i < other->nreferences; i++)
				if (strcmp(other->references[i].entity, e->id) == 0)
					reference(v, other->id, &other->references[i]);
		}
	jw_end(v->w);
}

void
view_entity(const struct view *v, const struct entity *e, const char *key)
{
	view_open(v, key, VIEW_ENTITY, e->id, e->label);
	jw_str(v->w, "purpose", e->purpose);
	jw_str(v->w, "form", entity_form_name(e->form));
	view_link(v, "pack", VIEW_PACK, e->pack->id);
	jw_str(v->w, "origin", view_origin(v, e->pack->id));
	view_strings(v, "key", e->key, e->nkey);
	jw_bool(v->w, "open", !e->schema || jx_bool(jx_find(e->schema, "additionalProperties"), true));
	columns(v, e);
	neighbours(v, e);
	jw_array(v->w, "validators");
	for (size_t p = 0; p < v->c->npacks; p++)
		for (size_t i = 0; i < v->c->packs[p].nvalidators; i++)
			if (strcmp(v->c->packs[p].validators[i].entity, e->id) == 0)
				view_validator(v, &v->c->packs[p].validators[i]);
	jw_end(v->w);
	jw_array(v->w, "profiles");
	for (size_t p = 0; p < v->c->npacks; p++)
		for (size_t i = 0; i < v->c->packs[p].nprofiles; i++)
			if (strcmp(v->c->packs[p].profiles[i].entity, e->id) == 0)
				profile(v, &v->c->packs[p].profiles[i]);
	jw_end(v->w);
	users(v, "read_by", e->id, "inputs");
	users(v, "made_by", e->id, "outputs");
}
