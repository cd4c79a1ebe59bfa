/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/offline.h"

#include <string.h>

#include "compiler/adapt.h"
#include "compiler/detect.h"
#include "compiler/words.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/jx.h"
#include "pack/detect.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "types/profile.h"

struct role {
	const struct playbook_file *want;
	const struct entity *entity; /* NULL: any */
	enum kind *kinds;            /* [nkinds] */
	size_t nkinds;
	const struct file_facts *file;
	bool may_adapt;  /* every step that reads it allows adapters */
	const struct policy *policy; /* of the first step that reads it, as the objective has it */
	const struct policy *offer; /* else the one that the objective could name so that they do; NULL: none */
	bool is_adapted; /* the file needs one; the binding looks at it closely */
	bool is_said; /* a finding about it is queued */
};

/* How a file stands to a role. */
struct claim {
	const struct file_facts *file;
	bool is_full;     /* right kind, every required column */
	bool is_named_so; /* called like the role or its entity */
	bool is_kind;
	bool is_adapted; /* full, or of the kind, by way of adapters only */
	struct entity_match match;
	size_t order; /* where the objective names it */
};

static bool
is_named_so(struct arena *a, const struct role *role, const char *path)
{
	const char *base = file_base(path), *dot = strrchr(base, '.');
	const char *stem = dot ? arena_dup(a, base, (size_t)(dot - base)) : base;
	const char *last;

	if (name_equal(stem, role->want->name))
		return true;
	if (!role->want->entity)
		return false;
	last = strrchr(role->want->entity, '.');
	return name_equal(stem, last ? last + 1 : role->want->entity);
}

/* A file that is the entity but for the names and writings of its columns. */
static bool
is_clearly(struct compile *c, const struct file_facts *file, const struct entity *entity)
{
	const struct detection *d = adapt_detection(c, file);

	return d->is_clear && d->ranks[0].entity == entity && !d->ranks[0].is_refuted &&
	    d->ranks[0].nrequired_found == d->ranks[0].nrequired;
}

/* YAML shows no columns before it is read; only its name says what it is, and the step that reads it checks that. */
static bool
is_unread(const struct role *role, const struct file_facts *file, const struct claim *k)
{
	return k->is_named_so && file->profile->ncolumns == 0 && !kind_is_table(file->profile->kind) &&
	    role->entity->form == ENTITY_ROWS;
}

static void
claim_make(struct compile *c, const struct reading *r, const struct role *role,
    const struct file_facts *file, struct claim *out)
{
	struct adapt_way way;

	*out = (struct claim){
	    .file = file,
	    .is_named_so = is_named_so(c->a, role, file->path),
	    .order = reading_order(r, file),
	};
	for (size_t k = 0; k < role->nkinds; k++)
		out->is_kind = out->is_kind || role->kinds[k] == file->profile->kind;
	if (role->entity)
		entity_compare(c->a, file, role->entity, &out->match);
	if (!file->profile->parse_ok)
		return;
	if (!out->is_kind && role->may_adapt)
		out->is_kind = out->is_adapted = adapt_way(c, role->entity, file->profile->kind, role->kinds, role->nkinds, false,
		    &way);
	if (!out->is_kind)
		return;
	out->is_full = !role->entity || role->entity->ncolumns == 0 || entity_is_full(&out->match);
	if (!out->is_full && role->may_adapt)
		out->is_full = out->is_adapted = is_clearly(c, file, role->entity) || is_unread(role, file, out);
}

/* The steps of the playbook that read a role: do all allow adapters under what the objective asks for? */
static bool
may_adapt(struct compile *c, const struct playbook *b, const char *name, const struct policy *asked,
    const struct policy **first, const struct policy **offer)
{
	const struct jx *steps = jx_find(b->candidate, "steps");
	bool is_read = false, is_allowed = true;

	for (size_t i = 0; i < jx_size(steps); i++) {
		const struct jx *inputs = jx_find(jx_at(steps, i), "inputs");
		const struct policy *p = policy_of(c, jx_at(steps, i), asked);

		for (size_t k = 0; k < jx_size(inputs); k++) {
			if (!jx_is_str(jx_find(jx_at(inputs, k), "file"), name))
				continue;
			if (first && !is_read)
				*first = p;
			is_read = true;
			if (p && p->allow_normalizers)
				continue;
			if (is_allowed && offer)
				*offer = policy_offer(c, jx_at(steps, i), p);
			is_allowed = false;
		}
	}
	return is_read && is_allowed;
}

static void
policies_look(struct compile *c, const struct reading *r, const struct playbook *b, struct role *role)
{
	role->may_adapt = may_adapt(c, b, role->want->name, r->policy, &role->policy, &role->offer);
	/* What helps one of its steps and not another is no help. */
	if (role->offer && !may_adapt(c, b, role->want->name, role->offer, NULL, NULL))
		role->offer = NULL;
}

static bool
is_taken(const struct role *roles, size_t n, const struct file_facts *file)
{
	for (size_t i = 0; i < n; i++)
		if (roles[i].file == file)
			return true;
	return false;
}

static void
say_several(struct compile *c, const struct role *role, const struct claim *at, size_t n)
{
	const char **names = ARENA_ARRAY(c->a, n, const char *);
	struct diag *g;

	for (size_t i = 0; i < n; i++)
		names[i] = at[i].file->path;
	g = diag_add(c->diags, FC0204, "%zu files could be `%s`: %s", n, role->want->name,
	    list_words(c->a, names, n, 6));
	diag_note(c->diags, g, "the playbook `%s` reads exactly one", c->playbook->id);
	diag_help(c->diags, g, "name the one you mean in the objective with its path, or take the others "
	    "out");
}

/* The one full claim that the objective names, else the one that is called like the role. */
static const struct claim *
best_full(const struct claim *at, size_t n, bool has_entity, bool has_columns)
{
	const struct claim *named = NULL, *told = NULL;
	size_t nnamed = 0, ntold = 0;

	for (size_t i = 0; i < n; i++) {
		if (at[i].is_named_so) {
			named = &at[i];
			nnamed++;
		}
		if (at[i].order == SIZE_MAX)
			continue;
		ntold++;
		if (!told || at[i].order < told->order)
			told = &at[i];
	}
	if (n == 1)
		return at;
	if (ntold == 1)
		return told;
	/* A table that fits entirely is not passed over because another has the better name: that would be a guess
	 * about which rows count. Documents have nothing but their names. */
	if (nnamed == 1 && !has_columns)
		return named;
	/* Roles without an entity take the files in the order in which the objective names them. */
	return ntold > 1 && !has_entity ? told : NULL;
}

/* A file beyond what the playbook's programs are made for. Its place is the first row too many. */
static bool
is_too_long(struct compile *c, const struct role *role, const struct file_facts *file)
{
	uint64_t max = role->want->rows_max;
	struct diag *g;

	if (max == 0 || file->profile->rows < 0 || (uint64_t)file->profile->rows <= max)
		return false;
	g = diag_add(c->diags, FC0314, "%s has %s rows; the playbook `%s` takes at most %s of `%s`", file->path,
	    diag_count(c->diags, (uint64_t)file->profile->rows), c->playbook->id, diag_count(c->diags, max),
	    role->want->name);
	g->place.file = file->path;
	g->place.row = max + (file->profile->kind == KIND_TABLE_JSON_ROWS ? 1 : 2); /* below the header */
	diag_help(c->diags, g, "split the file, for instance by month, and run each part; nothing has run yet");
	return true;
}

/* Fill one role with a file that fits entirely. false after a finding. */
static bool
role_full(struct compile *c, const struct reading *r, struct role *roles, size_t n, size_t index)
{
	struct role *role = &roles[index];
	struct claim *full = ARENA_ARRAY(c->a, c->in->nfiles, struct claim);
	const struct claim *best;
	size_t nfull = 0, nasis = 0;

	for (size_t i = 0; i < c->in->nfiles; i++) {
		if (is_taken(roles, n, &c->in->files[i]))
			continue;
		claim_make(c, r, role, &c->in->files[i], &full[nfull]);
		nfull += full[nfull].is_full;
	}
	/* What fits as it stands goes before what an adapter would make fit. */
	for (size_t i = 0; i < nfull; i++)
		if (!full[i].is_adapted)
			full[nasis++] = full[i];
	nfull = nasis > 0 ? nasis : nfull;
	/* Documents have no columns to tell them apart: only a name or a mention counts, or being alone. */
	if (nfull == 0)
		return true;
	best = best_full(full, nfull, role->entity != NULL, role->entity && role->entity->ncolumns > 0);
	if (!best && !role->want->is_required)
		return true;
	if (!best) {
		say_several(c, role, full, nfull);
		return false;
	}
	if (is_too_long(c, role, best->file)) {
		role->is_said = true;
		return false;
	}
	role->file = best->file;
	role->is_adapted = best->is_adapted;
	return true;
}

/* Percent of the required columns, 100 more for the name. */
static size_t
claim_points(const struct claim *k)
{
	size_t share = k->match.nrequired == 0 ? 0
	    : 100 * (k->match.nexact + k->match.nrenamed) / k->match.nrequired;

	return share + (k->is_named_so ? 100 : 0);
}

/* Does another role that is still open have more right to this file? */
static bool
is_wanted_more(struct compile *c, const struct reading *r, const struct role *roles, size_t n,
    const struct role *role, const struct file_facts *file, size_t points)
{
	for (size_t i = 0; i < n; i++) {
		struct claim k;

		if (&roles[i] == role || roles[i].file || roles[i].is_said)
			continue;
		claim_make(c, r, &roles[i], file, &k);
		if (claim_points(&k) > points)
			return true;
	}
	return false;
}

/* The file that comes nearest to a role; NULL when none has anything of it. */
static const struct claim *
nearest_claim(struct compile *c, const struct reading *r, const struct role *roles, size_t n,
    const struct role *role)
{
	struct claim *best = NULL;

	for (size_t i = 0; i < c->in->nfiles; i++) {
		struct claim *k = ARENA_NEW(c->a, struct claim);

		if (is_taken(roles, n, &c->in->files[i]))
			continue;
		claim_make(c, r, role, &c->in->files[i], k);
		if (claim_points(k) > (best ? claim_points(best) : 0) &&
		    !is_wanted_more(c, r, roles, n, role, k->file, claim_points(k)))
			best = k;
	}
	return best;
}

static const char *
missing_words(struct compile *c, const struct entity_match *m)
{
	const char **names = ARENA_ARRAY(c->a, m->entity->ncolumns, const char *);
	size_t n = 0;

	for (size_t i = 0; i < m->entity->ncolumns; i++)
		if (m->entity->columns[i].is_required && m->how[i] != COLUMN_EXACT)
			names[n++] = m->entity->columns[i].name;
	return list_words(c->a, names, n, 12);
}

static const char *
required_words(struct compile *c, const struct entity *e)
{
	const char **names = ARENA_ARRAY(c->a, e->ncolumns, const char *);
	size_t n = 0;

	for (size_t i = 0; i < e->ncolumns; i++)
		if (e->columns[i].is_required)
			names[n++] = e->columns[i].name;
	return list_words(c->a, names, n, 20);
}

static void
say_absent(struct compile *c, const struct reading *r, const struct role *role,
    const struct claim *near)
{
	const struct entity *e = role->entity;
	struct diag *g = diag_add(c->diags, FC0203, "no file is `%s`%s%s%s, which the playbook `%s` "
	    "needs", role->want->name, e ? " (" : "", e ? e->label : "", e ? ")" : "",
	    c->playbook->id);

	for (size_t i = 0; i < r->npaths; i++)
		if (!r->paths[i].file && !r->paths[i].is_output &&
		    is_named_so(c->a, role, r->paths[i].path)) {
			objective_span(c, g, r->paths[i].at, r->paths[i].n);
			g->sources[0].label = "is not in the workspace";
		}
	if (near && near->match.entity && e->ncolumns > 0)
		diag_note(c->diags, g, "%s comes nearest; it lacks %s", near->file->path,
		    missing_words(c, &near->match));
	else if (c->in->nfiles == 0)
		diag_note(c->diags, g, "the workspace has no files");
	if (e && e->ncolumns > 0)
		diag_help(c->diags, g, "upload %s with the column%s %s",
		    kinds_words(c->a, role->kinds, role->nkinds), e->ncolumns == 1 ? "" : "s",
		    required_words(c, e));
	else
		diag_help(c->diags, g, "upload %s, for instance as `%s.%s`",
		    kinds_words(c->a, role->kinds, role->nkinds), role->want->name,
		    kind_extension(role->kinds[0]));
}

/* Hold a file against the role; what is wrong with it says what would mend it. */
static bool
role_check(struct compile *c, const struct reading *r, const struct role *role, const struct file_facts *file)
{
	size_t n = c->diags->n;
	struct adapt_way way;
	bool needs_order;

	/* Its columns have the right names and values that have to be read anew: the binding looks at it closely. */
	if (role->may_adapt &&
	    (policy_would_adapt(c, role->policy, role->entity, file, role->kinds, role->nkinds, &way, &needs_order) ||
		needs_order))
		return true;
	if (file_check(c, file, role->entity, role->kinds, role->nkinds))
		return true;
	policy_line_say(c, r, role->offer, role->entity, file, role->kinds, role->nkinds, n);
	return false;
}

/* The only file that adapters would make fit, if the objective allowed them. NULL: none, or several. */
static const struct file_facts *
file_to_adapt(struct compile *c, const struct reading *r, const struct role *roles, size_t n, const struct role *role)
{
	const struct file_facts *found = NULL;
	struct role one = *role;

	one.may_adapt = true;
	for (size_t i = 0; role->offer && i < c->in->nfiles; i++) {
		const struct file_facts *f = &c->in->files[i];
		struct adapt_way way;
		struct claim k;
		bool needs_order;

		if (is_taken(roles, n, f))
			continue;
		claim_make(c, r, &one, f, &k);
		/* Without columns nothing but its name says what a file is. */
		if (!k.is_full || ((!role->entity || role->entity->ncolumns == 0) && !k.is_named_so) ||
		    !policy_would_adapt(c, role->offer, role->entity, f, role->kinds, role->nkinds, &way, &needs_order))
			continue;
		if (found)
			return NULL;
		found = f;
	}
	return found;
}

static void
role_missing(struct compile *c, const struct reading *r, struct role *roles, size_t n,
    struct role *role)
{
	const struct claim *near = nearest_claim(c, r, roles, n, role);
	const struct file_facts *other = file_to_adapt(c, r, roles, n, role);
	bool is_meant =
	    near && (near->is_named_so || (claim_points(near) >= 50 && near->is_kind));

	role->is_said = true;
	if (is_meant && !role_check(c, r, role, near->file))
		return;
	if (other && (!is_meant || other != near->file) && !role_check(c, r, role, other))
		return;
	if (role->want->is_required)
		say_absent(c, r, role, near);
}

bool
roles_fill(struct compile *c, const struct reading *r, const struct playbook *b,
    const struct file_facts **files)
{
	struct role *roles = ARENA_ARRAY(c->a, b->nfiles, struct role);
	size_t errors = c->diags->nerrors;

	for (size_t i = 0; i < b->nfiles; i++) {
		roles[i].want = &b->files[i];
		roles[i].entity = catalog_entity(c->in->catalog, b->files[i].entity);
		roles[i].kinds = ARENA_ARRAY(c->a, b->files[i].nkinds, enum kind);
		for (size_t k = 0; k < b->files[i].nkinds; k++)
			if (kind_find(b->files[i].kinds[k], &roles[i].kinds[roles[i].nkinds]))
				roles[i].nkinds++;
		policies_look(c, r, b, &roles[i]);
	}
	/* Roles with an entity first: they are choosy, the others take what is left. */
	for (int any = 0; any < 2; any++)
		for (size_t i = 0; i < b->nfiles; i++)
			if ((roles[i].entity == NULL) == (any != 0))
				roles[i].is_said = !role_full(c, r, roles, b->nfiles, i);
	for (size_t i = 0; i < b->nfiles; i++)
		if (roles[i].file && !roles[i].is_adapted)
			(void)role_check(c, r, &roles[i], roles[i].file);
	for (size_t i = 0; i < b->nfiles; i++) {
		files[i] = roles[i].file;
		if (!roles[i].file && !roles[i].is_said)
			role_missing(c, r, roles, b->nfiles, &roles[i]);
	}
	return c->diags->nerrors == errors && !c->has_failed;
}
