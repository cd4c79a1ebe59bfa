/* SPDX-License-Identifier: Apache-2.0 */
/* One of several branches: named by the selector, or found by trying. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jpatch.h"
#include "imprint/decode_work.h"
#include "imprint/nearest.h"
#include "imprint/token.h"

#define SCORE_OTHER_TYPE                                                                           \
	1000u /* a branch for another type is the nearest one only when all are                    \
	       */

/* What trying gave for one node and one choice. */
struct memo_bare {
	const struct jx *v;
	const struct shape *sh;
	bool is_running; /* met again inside itself: nothing was consumed, so nothing is decided */
	bool is_ok;
	bool is_torn;  /* two branches give different payloads */
	bool has_type; /* some branch takes this type */
	size_t branch; /* the one that holds, or the nearest */
	size_t other;  /* is_torn: the second one */
	size_t injected, score;
	struct jx *payload;
};

const struct jx_member *
dec_selector(const struct jx *v)
{
	for (size_t i = 0; v->type == JX_OBJECT && i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];

		if (m->key_bytes && m->key[0] == '{' && token_is_like(m->key, m->key_bytes) &&
		    token_kind_of(m->key, m->key_bytes) == TOKEN_ONE_OF)
			return m;
	}
	return NULL;
}

long
dec_branch(const struct shape *sh, const char *name, size_t n)
{
	for (size_t i = 0; i < sh->choice->n; i++)
		if (strlen(sh->choice->branches[i].name) == n &&
		    memcmp(sh->choice->branches[i].name, name, n) == 0)
			return (long)i;
	return -1;
}

static const char *
branch_names(struct decoder *c, const struct shape *sh)
{
	struct buf b;

	buf_init(&b, c->d->a);
	for (size_t i = 0; i < sh->choice->n && i < 12; i++)
		buf_printf(&b, "%s'%s'", i ? ", " : "", sh->choice->branches[i].name);
	if (sh->choice->n > 12)
		buf_printf(&b, " and %zu more", sh->choice->n - 12);
	return buf_take(&b);
}

/* --- the selector form
 * ----------------------------------------------------------------------------------------- */

/* The only branch with something filled in, or -1. */
static long
only_touched(struct decoder *c, const struct shape *sh, const struct jx *v)
{
	long found = -1;

	for (size_t i = 0; i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		size_t n;
		const char *name = token_unescape(m->key, m->key_bytes, &n);
		long k;

		if (token_is_like(m->key, m->key_bytes) || dec_is_untouched(c, m->value, 0))
			continue;
		k = dec_branch(sh, name, n);
		if (k < 0 || found >= 0)
			return -1;
		found = k;
	}
	return found;
}

static enum got
selector_left(struct decoder *c, const struct shape *sh, const struct jx *v,
    const struct jx_member *sel, const struct place *at)
{
	struct imp_diag *g;
	long k;

	if (dec_hush(c, IMP_UNFILLED))
		return GOT_BAD;
	g = dec_find(c, IMP_UNFILLED, at, sel->value, sh, "name the branch that is filled: %s",
	    branch_names(c, sh));
	g->expected = arena_printf(c->d->a, "one of %s", branch_names(c, sh));
	k = only_touched(c, sh, v);
	if (k >= 0) {
		const char *name = sh->choice->branches[k].name;
		struct jx text = {.type = JX_STRING, .u.text = {name, strlen(name)}};
		g->nearest = dec_text_json(c->d->a, name, strlen(name));
		g->fix = fix_replace(c->d->a, g->pointer, dec_literal(c->d->a, &text));
	}
	return GOT_BAD;
}

static enum got
selector_wrong(struct decoder *c, const struct shape *sh, const struct jx *v,
    const struct jx_member *sel, const struct place *at)
{
	struct nearest t;
	struct imp_diag *g;
	long only;

	if (dec_hush(c, IMP_CHOICE))
		return GOT_BAD;
	g = dec_find(c, IMP_CHOICE, at, sel->value, sh, "%s is not a branch; there are %s",
	    imp_say(c->d->a, sel->value), branch_names(c, sh));
	g->expected = arena_printf(c->d->a, "one of %s", branch_names(c, sh));
	only = only_touched(c, sh, v);
	if (sel->value->type == JX_STRING) {
		nearest_init(&t, sel->value->u.text.p, sel->value->u.text.n);
		for (size_t i = 0; i < sh->choice->n; i++)
			nearest_offer(&t, sh->choice->branches[i].name,
			    strlen(sh->choice->branches[i].name), i);
		if (only < 0 && nearest_is_sure(&t))
			only = (long)t.index;
	}
	if (only >= 0) {
		const char *name = sh->choice->branches[only].name;
		struct jx text = {.type = JX_STRING, .u.text = {name, strlen(name)}};
		g->nearest = dec_text_json(c->d->a, name, strlen(name));
		g->fix = fix_replace(c->d->a, g->pointer, dec_literal(c->d->a, &text));
	}
	return GOT_BAD;
}

/* A member beside the chosen branch: another branch as printed is nothing, filled it is one too
 * many. */
static bool
other_member(struct decoder *c, const struct shape *sh, const struct jx_member *m,
    const struct jx_member *sel, const struct place *p)
{
	struct place at = {.up = p, .key = m->key, .key_bytes = m->key_bytes};
	size_t n;
	const char *name = token_unescape(m->key, m->key_bytes, &n);
	struct nearest t;
	struct imp_diag *g;

	if (!token_is_like(m->key, m->key_bytes) && dec_branch(sh, name, n) >= 0) {
		if (dec_is_untouched(c, m->value, 0))
			return true;
		if (dec_hush(c, IMP_CHOICE))
			return false;
		g = dec_find(c, IMP_CHOICE, &at, m->value, sh,
		    "the branch %s is chosen, and '%s' is filled as well; only one of them may be",
		    imp_say(c->d->a, sel->value), m->key);
		g->expected = "nothing: one branch only";
		g->fix = fix_remove(c->d->a, g->pointer);
		return false;
	}
	if (token_is_like(m->key, m->key_bytes) && jx_is_str(m->value, "") &&
	    dec_token_names(m->key, m->key_bytes, "object"))
		return true;
	if (dec_hush(c, IMP_UNKNOWN_KEY))
		return false;
	g = dec_find(c, IMP_UNKNOWN_KEY, &at, m->value, sh, "'%.*s' is not a branch; there are %s",
	    (int)(m->key_bytes < 80 ? m->key_bytes : 80), m->key, branch_names(c, sh));
	g->expected = "the selector and one branch";
	nearest_init(&t, name, n);
	for (size_t i = 0; i < sh->choice->n; i++)
		nearest_offer(
		    &t, sh->choice->branches[i].name, strlen(sh->choice->branches[i].name), i);
	if (t.is_found) {
		const char *near = sh->choice->branches[t.index].name;
		g->nearest = dec_text_json(c->d->a, near, strlen(near));
		if (nearest_is_sure(&t) && jx_is_str(sel->value, near))
			g->fix = fix_move(c->d->a, g->pointer,
			    imp_join(c->d->a, dec_pointer(c, p), near, strlen(near)));
	}
	return false;
}

static enum got
branch_missing(struct decoder *c, const struct shape *sh, const struct shape_branch *branch,
    const struct jx *v, const struct place *p, struct jx **out)
{
	struct imp_diag *g;
	struct buf b;

	if (dec_constant(branch->shape)) {
		*out = dec_copy(c, dec_constant(branch->shape));
		c->injected++;
		return GOT_VALUE;
	}
	if (dec_hush(c, IMP_MISSING))
		return GOT_BAD;
	buf_init(&b, c->d->a);
	token_escape(&b, branch->name, strlen(branch->name));
	struct place at = {.up = p, .key = b.p ? b.p : "", .key_bytes = b.len};
	g = dec_find(c, IMP_MISSING, &at, NULL, sh, "the branch '%s' is chosen and is not there",
	    branch->name);
	g->line = v->line;
	g->column = v->column;
	g->expected = dec_types_words(c->d->a, branch->shape->types);
	return GOT_BAD;
}

static enum got
selected(struct decoder *c, struct shape *sh, struct jx *v, const struct jx_member *sel,
    const struct place *p, struct jx **out)
{
	struct place at_sel = {.up = p, .key = sel->key, .key_bytes = sel->key_bytes};
	const struct jx_member *chosen = NULL;
	enum got got = GOT_VALUE, inner;
	const char *name = "";
	size_t n = 0;
	long k = -1;

	if (dec_is_token(sel->value))
		return selector_left(c, sh, v, sel, &at_sel);
	if (sel->value->type == JX_STRING) {
		name = token_unescape(sel->value->u.text.p, sel->value->u.text.n, &n);
		k = dec_branch(sh, name, n);
	}
	if (k < 0)
		return selector_wrong(c, sh, v, sel, &at_sel);
	for (size_t i = 0; i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		size_t key_n;
		const char *key = token_unescape(m->key, m->key_bytes, &key_n);

		if (m == sel)
			continue;
		if (!token_is_like(m->key, m->key_bytes) && key_n == n && memcmp(key, name, n) == 0)
			chosen = m;
		else if (!other_member(c, sh, m, sel, p))
			got = GOT_BAD;
	}
	if (!chosen)
		return branch_missing(c, sh, &sh->choice->branches[k], v, p, out) == GOT_BAD
			   ? GOT_BAD
			   : got;
	struct place at = {.up = p, .key = chosen->key, .key_bytes = chosen->key_bytes};
	inner = dec_value(c, sh->choice->branches[k].shape, chosen->value, &at, AT_BRANCH, out);
	return inner == GOT_VALUE ? got : inner;
}

/* --- the bare value
 * -------------------------------------------------------------------------------------------- */

static struct memo_bare **
memo_slot(struct decoder *c, const struct jx *v, const struct shape *sh)
{
	size_t h;

	if (c->n_memo * 2 >= c->cap_memo) {
		size_t cap = c->cap_memo ? c->cap_memo * 2 : 64;
		struct memo_bare **grown = ARENA_ARRAY(c->a, cap, struct memo_bare *);

		for (size_t i = 0; i < c->cap_memo; i++) {
			if (!c->memo[i])
				continue;
			h = (((uintptr_t)c->memo[i]->v >> 4) * 31u + c->memo[i]->sh->id) *
			    0x9e3779b1u;
			while (grown[h & (cap - 1)])
				h++;
			grown[h & (cap - 1)] = c->memo[i];
		}
		c->memo = grown;
		c->cap_memo = cap;
	}
	h = (((uintptr_t)v >> 4) * 31u + sh->id) * 0x9e3779b1u;
	while (c->memo[h & (c->cap_memo - 1)] && !(c->memo[h & (c->cap_memo - 1)]->v == v &&
						     c->memo[h & (c->cap_memo - 1)]->sh == sh))
		h++;
	return &c->memo[h & (c->cap_memo - 1)];
}

/* The branch that the discriminator names, or -1. */
static long
discriminated(const struct shape *sh, const struct jx *v, const struct jx **value)
{
	*value = v->type == JX_OBJECT && sh->choice->discriminator
		     ? jx_find(v, sh->choice->discriminator)
		     : NULL;
	for (size_t i = 0; jx_is(*value, JX_STRING) && i < sh->choice->n; i++)
		if (sh->choice->branches[i].value &&
		    jx_is_str(*value, sh->choice->branches[i].value))
			return (long)i;
	return -1;
}

static void
try_branch(struct decoder *c, struct memo_bare *e, struct shape *sh, size_t i, struct jx *v,
    const struct place *p, enum slot_at at)
{
	struct shape *branch = sh->choice->branches[i].shape;
	size_t found = c->n_found, score = c->score, injected = c->injected, seen = c->n_seen;
	struct jx *made = NULL;
	enum got got;

	if (!(branch->types & dec_type(v)) && !branch->has_child && !branch->values)
		return;
	e->has_type = true;
	c->n_found = 0;
	c->score = 0;
	c->quiet++;
	got = dec_value(c, branch, v, p, at == AT_OPTIONAL ? AT_KEY : at, &made);
	c->quiet--;
	if (got == GOT_VALUE) {
		size_t n = c->injected - injected;
		if (!e->is_ok || n < e->injected) {
			e->is_ok = true;
			e->is_torn = false;
			e->branch = i;
			e->injected = n;
			e->payload = made;
		} else if (n == e->injected && !e->is_torn && !jx_equal(made, e->payload)) {
			e->is_torn = true;
			e->other = i;
		}
	} else if (!e->is_ok && c->score < e->score) {
		e->score = c->score;
		e->branch = i;
	}
	c->n_found = found;
	c->score = score;
	c->injected = injected;
	c->n_seen = seen;
}

/* Is a member that the branch asks for absent, or its constant another? Then the branch need not be
 * walked. */
static bool
is_ruled_out(struct decoder *c, struct shape *branch, const struct jx *v)
{
	if (v->type != JX_OBJECT || branch->show != SHOW_OBJECT || branch->values ||
	    branch->has_child)
		return false;
	for (size_t i = 0; i < branch->n_members; i++) {
		const struct shape_member *m = &branch->members[i];
		const struct jx *there, *constant;

		if (!m->is_required || (m->name_bytes && (m->name[0] == '{' || m->name[0] == '\\')))
			continue;
		there = jx_find(v, m->name);
		constant = dec_constant(shape_member(c->s, branch, i));
		if (!there && !constant)
			return true;
		if (there && constant && there->type != JX_STRING && !jx_equal(there, constant))
			return true;
		if (there && constant && there->type == JX_STRING && !dec_is_token(there) &&
		    there->u.text.n && there->u.text.p[0] != '\\' && !jx_equal(there, constant))
			return true;
	}
	return false;
}

static void
try_all(struct decoder *c, struct memo_bare *e, struct shape *sh, struct jx *v,
    const struct place *p, enum slot_at at)
{
	const struct jx *value;
	long named = discriminated(sh, v, &value);
	size_t n = sh->choice->n, named_score;
	bool *later = ARENA_ARRAY(c->a, n, bool);

	if (named >= 0)
		try_branch(c, e, sh, (size_t)named, v, p, at);
	named_score = e->score;
	for (size_t i = 0; i < n && !(named >= 0 && e->is_ok) && !c->is_exhausted; i++) {
		if ((long)i == named)
			continue;
		later[i] = is_ruled_out(c, sh->choice->branches[i].shape, v);
		if (!later[i])
			try_branch(c, e, sh, i, v, p, at);
	}
	/* None fits: the others are walked as well, for the nearest. */
	for (size_t i = 0; i < n && !e->is_ok && named < 0 && !c->is_exhausted; i++)
		if (later[i])
			try_branch(c, e, sh, i, v, p, at);
	if (!e->is_ok && named >= 0) {
		e->branch = (size_t)named;
		e->score = named_score;
	}
}

static struct memo_bare *
remembered(
    struct decoder *c, struct shape *sh, struct jx *v, const struct place *p, enum slot_at at)
{
	struct memo_bare **slot = memo_slot(c, v, sh), *e = *slot;

	if (e)
		return e;
	e = *slot = ARENA_NEW(c->a, struct memo_bare);
	*e = (struct memo_bare){.v = v, .sh = sh, .is_running = true, .score = SCORE_OTHER_TYPE};
	c->n_memo++;
	try_all(c, e, sh, v, p, at);
	e->is_running = false;
	return e;
}

/* Out of scratch. Text stays: it belongs to the filled document, to the schema, or to keep. */
static struct jx *
keep(struct decoder *c, const struct jx *v)
{
	struct jx *copy = ARENA_NEW(c->keep, struct jx);

	*copy = *v; /* as deep as the filled document, whose depth was limited on the way */
	if (v->type == JX_ARRAY) {
		copy->u.array.at = ARENA_ARRAY(c->keep, v->u.array.n, struct jx *);
		for (size_t i = 0; i < v->u.array.n; i++)
			copy->u.array.at[i] = keep(c, v->u.array.at[i]);
	} else if (v->type == JX_OBJECT) {
		copy->u.object.at = ARENA_ARRAY(c->keep, v->u.object.n, struct jx_member);
		for (size_t i = 0; i < v->u.object.n; i++) {
			copy->u.object.at[i] = v->u.object.at[i];
			copy->u.object.at[i].value = keep(c, v->u.object.at[i].value);
		}
	}
	return copy;
}

/* The outermost trial works in scratch, which is cleared behind it; only the payload is kept. */
static struct memo_bare
tried(struct decoder *c, struct shape *sh, struct jx *v, const struct place *p, enum slot_at at)
{
	struct memo_bare e;

	if (c->a == c->scratch)
		return *remembered(c, sh, v, p, at);
	if (!c->scratch)
		c->scratch = arena_new(2 * DECODE_TRIAL_BYTES);
	c->a = c->scratch;
	e = *remembered(c, sh, v, p, at);
	c->a = c->keep;
	if (e.is_ok && !e.is_torn)
		e.payload = keep(c, e.payload);
	c->memo = NULL;
	c->n_memo = c->cap_memo = 0;
	arena_clear(c->scratch);
	return e;
}

static enum got
ask_for_selector(
    struct decoder *c, struct shape *sh, const struct jx *v, const struct place *p, const char *why)
{
	struct imp_diag *g;

	if (dec_hush(c, IMP_CHOICE))
		return GOT_BAD;
	g = dec_find(c, IMP_CHOICE, p, v, sh,
	    "%s; name the branch: {\"{ONE_OF}\": <name>, <name>: <value>}, with one of %s", why,
	    branch_names(c, sh));
	g->expected =
	    arena_printf(c->d->a, "the selector \"{ONE_OF}\" and one of %s", branch_names(c, sh));
	return GOT_BAD;
}

/* The discriminator names no branch: that is the fault to speak about. */
static enum got
discriminator_wrong(
    struct decoder *c, struct shape *sh, const struct jx *value, const struct place *p)
{
	const char *name = sh->choice->discriminator;
	struct place at = {.up = p, .key = name, .key_bytes = strlen(name)};
	const struct jx **values;
	struct shape listed = {.n_locs = 0};
	struct imp_diag *g;

	if (dec_hush(c, IMP_ENUM))
		return GOT_BAD;
	values = ARENA_ARRAY(c->d->a, sh->choice->n, const struct jx *);
	for (size_t i = 0; i < sh->choice->n; i++) {
		struct jx *v = ARENA_NEW(c->d->a, struct jx);
		v->type = JX_STRING;
		v->u.text.p = sh->choice->branches[i].value;
		v->u.text.n = strlen(v->u.text.p);
		values[i] = v;
	}
	listed.values = values;
	listed.n_values = sh->choice->n;
	g = dec_find(c, IMP_ENUM, &at, value, sh, "%s names none of the branches %s",
	    imp_say(c->d->a, value), branch_names(c, sh));
	g->expected = arena_printf(c->d->a, "one of %s", branch_names(c, sh));
	dec_near_value(c, g, &listed, value);
	return GOT_BAD;
}

static bool
has_all_values(const struct shape *sh)
{
	for (size_t i = 0; i < sh->choice->n; i++)
		if (!sh->choice->branches[i].value)
			return false;
	return true;
}

static enum got
none_fits(struct decoder *c, struct shape *sh, struct jx *v, const struct place *p, enum slot_at at,
    const struct memo_bare *e)
{
	const struct jx *value;
	size_t before = c->n_found;
	struct jx *made = NULL;
	struct imp_diag *g;

	if (c->is_exhausted)
		return ask_for_selector(c, sh, v, p, "there are too many ways to read this value");
	if (!e->has_type) {
		if (dec_hush(c, IMP_TYPE))
			return GOT_BAD;
		g = dec_find(c, IMP_TYPE, p, v, sh, "expected %s, found %s",
		    dec_types_words(c->d->a, sh->types), imp_say(c->d->a, v));
		g->expected = dec_types_words(c->d->a, sh->types);
		return GOT_BAD;
	}
	if (c->quiet) {
		c->n_found++;
		c->score += e->score;
		return GOT_BAD;
	}
	if (discriminated(sh, v, &value) < 0 && jx_is(value, JX_STRING) && !dec_is_token(value) &&
	    has_all_values(sh))
		return discriminator_wrong(c, sh, value, p);
	(void)dec_value(
	    c, sh->choice->branches[e->branch].shape, v, p, at == AT_OPTIONAL ? AT_KEY : at, &made);
	if (c->n_found == before)
		return ask_for_selector(c, sh, v, p, "this value fits no branch");
	return GOT_BAD;
}

static enum got
bare(struct decoder *c, struct shape *sh, struct jx *v, const struct place *p, enum slot_at at,
    struct jx **out)
{
	struct memo_bare e = tried(c, sh, v, p, at);

	if (e.is_running)
		return ask_for_selector(c, sh, v, p, "the branches lead back to this choice");
	if (!e.is_ok && v->type == JX_NULL && (sh->types & T_NULL)) {
		*out = v;
		return GOT_VALUE;
	}
	if (!e.is_ok)
		return none_fits(c, sh, v, p, at, &e);
	if (e.is_torn)
		return ask_for_selector(c, sh, v, p,
		    arena_printf(c->a, "this fits '%s' and '%s', which complete it differently",
			sh->choice->branches[e.branch].name, sh->choice->branches[e.other].name));
	c->injected += e.injected;
	*out = e.payload;
	return GOT_VALUE;
}

enum got
dec_choice(struct decoder *c, struct shape *sh, struct jx *v, const struct place *p,
    enum slot_at at, struct jx **out)
{
	const struct jx_member *sel = dec_selector(v);

	return sel ? selected(c, sh, v, sel, p, out) : bare(c, sh, v, p, at, out);
}
