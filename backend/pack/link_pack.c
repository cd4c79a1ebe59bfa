/* SPDX-License-Identifier: Apache-2.0 */
/* What packs, workflows, kinds and slots say about each other; and the standard library's minimum numbers. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/jx.h"
#include "pack/internal.h"
#include "types/kind.h"

struct place {
	struct loader *l;
	const char *file;
	const struct jx *doc;
};
#define SAY(w, pointer, ...) find_at((w)->l, (w)->file, (w)->doc, (pointer), __VA_ARGS__)

static struct place
of_pack(struct loader *l, const struct pack *p)
{
	return (struct place){.l = l, .file = p->file, .doc = p->document};
}

static bool
is_kind(const char *name)
{
	enum kind kind;

	return kind_find(name, &kind);
}

static void
disambiguation_check(const struct place *w, const struct disambiguation *d, size_t n, const char *own,
    bool is_workflow)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = arena_printf(w->l->a, "/disambiguation/%zu/against", i);
		bool is_there = is_workflow ? catalog_workflow(w->l->out, d[i].against) != NULL
					    : catalog_pack(w->l->out, d[i].against) != NULL;

		if (strcmp(d[i].against, own) == 0)
			SAY(w, at, "a boundary is with another pack, not with itself");
		else if (!is_there)
			SAY(w, at, "there is no %s '%s'", is_workflow ? "workflow pack" : "pack", d[i].against);
	}
}

/* "<scope>.<kind>.<name>.v<major>": scope is the entity's. */
static bool
profile_id_fits(struct arena *a, const struct pack_profile *f)
{
	const char *dot = strchr(f->entity, '.');
	const char *want = arena_printf(a, "%.*s.%s.", (int)(dot ? dot - f->entity : 0), f->entity, f->kind);
	const char *name = f->id + strlen(want);

	if (strncmp(f->id, want, strlen(want)) != 0)
		return false;
	return strchr(name, '.') && strchr(name, '.') == strrchr(name, '.') && strncmp(strchr(name, '.'), ".v", 2) == 0;
}

static bool
slot_takes(const struct slot_info *slot, const char *kind)
{
	for (size_t i = 0; i < slot->nkinds; i++)
		if (strcmp(slot->kinds[i], kind) == 0)
			return true;
	return false;
}

static void
profiles_check(struct loader *l, const struct pack *p)
{
	const struct place w = of_pack(l, p);

	for (size_t i = 0; i < p->nprofiles; i++) {
		const struct pack_profile *f = &p->profiles[i];
		const char *at = arena_printf(l->a, "/profiles/%zu", i);
		const struct slot_info *slot = catalog_slot(l->out, f->slot);

		if (!catalog_entity(l->out, f->entity))
			SAY(&w, arena_printf(l->a, "%s/entity", at), "no pack has the entity '%s'", f->entity);
		if (!is_kind(f->kind))
			SAY(&w, arena_printf(l->a, "%s/kind", at), "there is no kind '%s'", f->kind);
		else if (!profile_id_fits(l->a, f))
			SAY(&w, arena_printf(l->a, "%s/id", at),
			    "'%s' should read <scope>.%s.<name>.v<major> with the scope of %s", f->id, f->kind, f->entity);
		if (!slot) {
			SAY(&w, arena_printf(l->a, "%s/slot", at), "there is no slot '%s'", f->slot);
			continue;
		}
		if (!slot_takes(slot, f->kind) && is_kind(f->kind))
			SAY(&w, arena_printf(l->a, "%s/slot", at), "slot '%s' does not take kind '%s'", f->slot, f->kind);
	}
}

static void
entity_references_check(struct loader *l, const struct pack *p, size_t index)
{
	const struct place w = of_pack(l, p);
	const struct entity *e = &p->entities[index];

	for (size_t i = 0; i < e->nreferences; i++) {
		const struct reference *r = &e->references[i];
		const struct entity *to = catalog_entity(l->out, r->entity);
		const char *at = arena_printf(l->a, "/entities/%zu/references/%zu", index, i);

		if (!to)
			SAY(&w, arena_printf(l->a, "%s/entity", at), "no pack has the entity '%s'", r->entity);
		for (size_t k = 0; k < r->n; k++) {
			const struct column *x = entity_field(e, r->columns[k]);
			const struct column *y = to ? entity_field(to, r->to[k]) : NULL;

			if (!x)
				SAY(&w, arena_printf(l->a, "%s/columns/%zu", at, k), "%s has no column '%s'", e->id,
				    r->columns[k]);
			if (to && !y)
				SAY(&w, arena_printf(l->a, "%s/to/%zu", at, k), "%s has no column '%s'", to->id, r->to[k]);
			if (x && y && !types_agree(x, y))
				SAY(&w, arena_printf(l->a, "%s/to/%zu", at, k), "'%s' is %s and '%s' of %s is %s", x->name,
				    x->type, y->name, to->id, y->type);
		}
	}
}

void
pack_check_parts(struct loader *l, const struct pack *p)
{
	const struct place w = of_pack(l, p);

	for (size_t i = 0; i < p->nentities; i++)
		entity_references_check(l, p, i);
	disambiguation_check(&w, p->disambiguation, p->ndisambiguation, p->id, false);
	profiles_check(l, p);
	for (size_t i = 0; i < p->nprofiles; i++)
		if (catalog_pack_profile(l->out, p->profiles[i].id) != &p->profiles[i])
			SAY(&w, arena_printf(l->a, "/profiles/%zu/id", i), "another profile is called '%s'",
			    p->profiles[i].id);
	for (size_t i = 0; i < p->nvalidators; i++)
		if (catalog_validator(l->out, p->validators[i].id) != &p->validators[i])
			SAY(&w, arena_printf(l->a, "/validators/%zu/id", i), "another validator is called '%s'",
			    p->validators[i].id);
	validators_check(l, p);
	for (size_t i = 0; i < p->nvocabulary; i++)
		if (strpbrk(p->vocabulary[i].word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
			SAY(&w, arena_printf(l->a, "/vocabulary/%s", pointer_part(l->a, p->vocabulary[i].word)),
			    "words are in lower case here");
}

void
workflow_check(struct loader *l, const struct workflow *wf)
{
	const struct place w = {.l = l, .file = wf->file, .doc = wf->document};

	for (size_t i = 0; i < wf->ninputs; i++)
		if (!catalog_slot(l->out, wf->inputs[i]))
			SAY(&w, arena_printf(l->a, "/inputs/%zu", i), "there is no slot '%s'", wf->inputs[i]);
	for (size_t i = 0; i < wf->noutputs; i++)
		if (!catalog_slot(l->out, wf->outputs[i]))
			SAY(&w, arena_printf(l->a, "/outputs/%zu", i), "there is no slot '%s'", wf->outputs[i]);
	disambiguation_check(&w, wf->disambiguation, wf->ndisambiguation, wf->id, true);
	for (size_t i = 0; i < wf->nprofiles; i++) {
		const struct workflow_profile *f = &wf->profiles[i];
		const char *at = arena_printf(l->a, "/profiles/%zu", i);

		if (f->id && !catalog_pack_profile(l->out, f->id))
			SAY(&w, at, "no pack has the profile '%s'", f->id);
		if (f->kind && !is_kind(f->kind))
			SAY(&w, arena_printf(l->a, "%s/kind", at), "there is no kind '%s'", f->kind);
		if (f->slot && !catalog_slot(l->out, f->slot))
			SAY(&w, arena_printf(l->a, "%s/slot", at), "there is no slot '%s'", f->slot);
		if (f->kind && f->slot && is_kind(f->kind) && catalog_slot(l->out, f->slot) &&
		    !slot_takes(catalog_slot(l->out, f->slot), f->kind))
			SAY(&w, arena_printf(l->a, "%s/slot", at), "slot '%s' does not take kind '%s'", f->slot, f->kind);
		if (f->entity && !catalog_entity(l->out, f->entity))
			SAY(&w, arena_printf(l->a, "%s/entity", at), "no pack has the entity '%s'", f->entity);
	}
}

/* Kinds are what the program can read, so the file describes exactly these; slots name kinds. */
void
lists_check(struct loader *l)
{
	const char *kinds = arena_printf(l->a, "%s/kinds.json", l->dirs[0]);
	const char *slots = arena_printf(l->a, "%s/slots.json", l->dirs[0]);
	const struct catalog *c = l->out;

	for (size_t i = 0; i < c->nkinds; i++) {
		const char *at = arena_printf(l->a, "/kinds/%zu/id", i);
		enum kind kind;

		if (!kind_find(c->kinds[i].id, &kind))
			pack_find_add(l, kinds, at, c->kinds[i].document->line, "there is no kind '%s'", c->kinds[i].id);
		if (catalog_kind(c, c->kinds[i].id) != &c->kinds[i])
			pack_find_add(l, kinds, at, c->kinds[i].document->line, "two kinds '%s'", c->kinds[i].id);
	}
	for (int k = 0; k < KIND__COUNT; k++)
		if (kind_is_standard((enum kind)k) && !catalog_kind(c, kind_name((enum kind)k)))
			pack_find_add(l, kinds, "/kinds", 0, "the kind '%s' is missing", kind_name((enum kind)k));
	for (size_t i = 0; i < c->nslots; i++) {
		const struct slot_info *s = &c->slots[i];

		if (catalog_slot(c, s->id) != s)
			pack_find_add(l, slots, arena_printf(l->a, "/slots/%zu/id", i), s->document->line,
			    "two slots '%s'", s->id);
		for (size_t k = 0; k < s->nkinds; k++)
			if (!is_kind(s->kinds[k]))
				pack_find_add(l, slots, arena_printf(l->a, "/slots/%zu/kinds/%zu", i, k),
				    s->document->line, "there is no kind '%s'", s->kinds[k]);
	}
}

/* --- cycles ---------------------------------------------------------------------------------------- */

/* A reference that no row can do without: nothing of it may be empty. */
static bool
is_binding(const struct entity *e, const struct reference *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct column *c = entity_field(e, r->columns[i]);

		if (!c || !c->is_required || c->is_nullable || c->is_tolerant)
			return false;
	}
	return true;
}

struct trail {
	struct loader *l;
	const struct entity **path; /* [n] from the first entity to the present one */
	size_t n;
	const struct entity **done; /* [ndone] nothing found below these */
	size_t ndone;
};

static bool
is_among(const struct entity *const *list, size_t n, const struct entity *e)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == e)
			return true;
	return false;
}

static void
cycle_say(struct trail *t, const struct entity *first, const struct entity *last, size_t reference)
{
	const struct pack *p = last->pack;
	const struct place w = of_pack(t->l, p);
	const char *at = arena_printf(t->l->a, "/entities/%zu/references/%zu", (size_t)(last - p->entities), reference);
	const char *way = "";
	size_t i = t->n;

	while (i > 0 && t->path[i - 1] != first)
		i--;
	for (i = i > 0 ? i - 1 : 0; i < t->n; i++)
		way = arena_printf(t->l->a, "%s%s -> ", way, t->path[i]->id);
	SAY(&w, at, "a cycle of references: %s%s; no row could be the first, so let a column of one of them be null", way,
	    first->id);
}

#define TRAIL_MAX 256

/* Depth first; recursion is bounded by TRAIL_MAX. */
static void
trail_follow(struct trail *t, const struct entity *e)
{
	if (t->n == TRAIL_MAX || is_among(t->done, t->ndone, e))
		return;
	t->path[t->n++] = e;
	for (size_t i = 0; i < e->nreferences; i++) {
		const struct entity *to = catalog_entity(t->l->out, e->references[i].entity);

		if (!to || !is_binding(e, &e->references[i]))
			continue;
		if (is_among(t->path, t->n, to))
			cycle_say(t, to, e, i);
		else
			trail_follow(t, to);
	}
	t->n--;
	t->done[t->ndone++] = e;
}

void
references_check(struct loader *l)
{
	struct trail t = {.l = l, .path = ARENA_ARRAY(l->a, TRAIL_MAX, const struct entity *)};
	size_t n = 0;

	for (size_t p = 0; p < l->out->npacks; p++)
		n += l->out->packs[p].nentities;
	t.done = ARENA_ARRAY(l->a, n, const struct entity *);
	for (size_t p = 0; p < l->out->npacks; p++)
		for (size_t i = 0; i < l->out->packs[p].nentities; i++)
			trail_follow(&t, &l->out->packs[p].entities[i]);
}

/* --- triggers and numbers ---------------------------------------------------------------------------- */

/* A trigger as it is compared: small letters, one space for whatever stands between words; bytes beyond ASCII as they are. */
static const char *
trigger_folded(struct arena *a, const char *text)
{
	static const char between[] = " \t\r\n!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
	struct buf b;

	buf_init(&b, a);
	for (const char *p = text; *p; p++) {
		bool is_between = strchr(between, *p) || strncmp(p, "\xc2\xa0", 2) == 0;

		if (is_between && b.len > 0 && b.p[b.len - 1] != ' ')
			buf_char(&b, ' ');
		else if (!is_between)
			buf_char(&b, *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p);
		p += is_between && *p == '\xc2';
	}
	return arena_dup(a, b.p ? b.p : "", b.len > 0 && b.p[b.len - 1] == ' ' ? b.len - 1 : b.len);
}

static const char *const *
triggers_folded(struct arena *a, const char *const *triggers, size_t n)
{
	const char **out = ARENA_ARRAY(a, n, const char *);

	for (size_t i = 0; i < n; i++)
		out[i] = trigger_folded(a, triggers[i]);
	return out;
}

/* One pack or workflow with its triggers. */
struct triggered {
	struct place place;
	const char *id;
	const char *const *triggers, *const *folded; /* [n] */
	size_t n;
};

static void
triggers_compare(const struct triggered *all, size_t count)
{
	for (size_t p = 0; p < count; p++)
		for (size_t q = 0; q <= p; q++)
			for (size_t i = 0; i < all[p].n; i++)
				for (size_t k = 0; k < (p == q ? i : all[q].n); k++) {
					const char *at;

					if (strcmp(all[p].folded[i], all[q].folded[k]) != 0)
						continue;
					at = arena_printf(all[p].place.l->a, "/triggers/%zu", i);
					if (p == q)
						SAY(&all[p].place, at, "the trigger '%s' stands there twice", all[p].triggers[i]);
					else
						SAY(&all[p].place, at, "'%s' is a trigger of '%s' as well", all[p].triggers[i], all[q].id);
				}
}

void
triggers_check(struct loader *l)
{
	const struct catalog *c = l->out;
	struct triggered *packs = ARENA_ARRAY(l->a, c->npacks, struct triggered);
	struct triggered *flows = ARENA_ARRAY(l->a, c->nworkflows, struct triggered);

	for (size_t i = 0; i < c->npacks; i++) {
		const struct pack *p = &c->packs[i];

		packs[i] = (struct triggered){.place = of_pack(l, p), .id = p->id, .triggers = p->triggers, .n = p->ntriggers,
		    .folded = triggers_folded(l->a, p->triggers, p->ntriggers)};
	}
	for (size_t i = 0; i < c->nworkflows; i++) {
		const struct workflow *f = &c->workflows[i];

		flows[i] = (struct triggered){.place = {.l = l, .file = f->file, .doc = f->document}, .id = f->id,
		    .triggers = f->triggers, .n = f->ntriggers, .folded = triggers_folded(l->a, f->triggers, f->ntriggers)};
	}
	triggers_compare(packs, c->npacks);
	triggers_compare(flows, c->nworkflows);
}

static void
at_least(const struct place *w, const char *pointer, const char *what, size_t n, size_t min)
{
	if (n < min)
		SAY(w, pointer, "a pack of the standard library has at least %zu %s, and this has %zu", min, what, n);
}

void
library_check(struct loader *l)
{
	static const char *const domains[] = {
#define DOMAIN(id) id,
#define WORKFLOW(id)
#include "pack/library.def"
#undef DOMAIN
#undef WORKFLOW
	};
	static const char *const workflows[] = {
#define DOMAIN(id)
#define WORKFLOW(id) id,
#include "pack/library.def"
#undef DOMAIN
#undef WORKFLOW
	};

	for (size_t i = 0; i < sizeof domains / sizeof *domains; i++) {
		const struct pack *p = catalog_pack(l->out, domains[i]);
		const struct place w = p ? of_pack(l, p) : (struct place){0};

		if (!p)
			continue;
		at_least(&w, "/entities", "entities", p->nentities, 4);
		at_least(&w, "/triggers", "triggers", p->ntriggers, 10);
		at_least(&w, "/example_goals", "example goals", p->nexample_goals, 5);
		at_least(&w, "/disambiguation", "boundaries", p->ndisambiguation, 1);
		at_least(&w, "/vocabulary", "words of vocabulary", p->nvocabulary, 1);
		at_least(&w, "/profiles", "profiles", p->nprofiles, 1);
		at_least(&w, "/validators", "validators", p->nvalidators, 1);
	}
	for (size_t i = 0; i < sizeof workflows / sizeof *workflows; i++) {
		const struct workflow *f = catalog_workflow(l->out, workflows[i]);
		const struct place w = {.l = l, .file = f ? f->file : NULL, .doc = f ? f->document : NULL};

		if (!f)
			continue;
		at_least(&w, "/triggers", "triggers", f->ntriggers, 6);
		at_least(&w, "/disambiguation", "boundaries", f->ndisambiguation, 1);
		at_least(&w, "/profiles", "profiles", f->nprofiles, 1);
	}
}
