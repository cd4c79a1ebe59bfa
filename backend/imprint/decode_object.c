/* SPDX-License-Identifier: Apache-2.0 */
/* Objects: members by name, members by key token, what is missing, and constants that nobody needs
 * to write. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "imprint/decode_work.h"
#include "imprint/token.h"

struct filling {
	struct decoder *c;
	struct shape *sh;
	const struct jx *v;
	const struct place *p;
	struct jx_member *out;
	size_t n, cap;
	size_t seen; /* where this object's marks begin in c->seen */
	bool is_bad;
};

static void
seen_push(struct decoder *c, size_t n)
{
	if (c->n_seen + n > c->cap_seen) {
		size_t cap = (c->n_seen + n) * 2 + 256;
		unsigned char *grown = arena_alloc(c->keep, cap);
		if (c->n_seen)
			memcpy(grown, c->seen, c->n_seen);
		c->seen = grown;
		c->cap_seen = cap;
	}
	if (n)
		memset(c->seen + c->n_seen, 0, n);
	c->n_seen += n;
}

static void
put(struct filling *f, const char *name, size_t n, struct jx *value)
{
	if (f->n == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 4;
		struct jx_member *grown = ARENA_ARRAY(f->c->a, cap, struct jx_member);
		if (f->n)
			memcpy(grown, f->out, f->n * sizeof *grown);
		f->out = grown;
		f->cap = cap;
	}
	f->out[f->n++] = (struct jx_member){.key = name, .key_bytes = n, .value = value};
}

/* A member whose name is a token: meta, a key token left as printed, or a mistake. */
static void
token_member(struct filling *f, const struct jx_member *m, const struct place *at)
{
	struct decoder *c = f->c;
	enum token_kind kind = token_kind_of(m->key, m->key_bytes);
	struct token t;
	struct err err;
	struct imp_diag *g;
	bool is_legal = token_parse(c->a, m->key, m->key_bytes, false, &t, &err) == 0;

	if (is_legal && (kind == TOKEN_FILL || kind == TOKEN_OPTIONAL)) {
		if (strcmp(t.types[0], "key") != 0 && jx_is_str(m->value, "") &&
		    (f->sh->types & T_OBJECT))
			return;
		if (strcmp(t.types[0], "key") == 0 && dec_is_untouched(c, m->value, 0))
			return;
		if (strcmp(t.types[0], "key") == 0) {
			f->is_bad = true;
			if (dec_hush(c, IMP_UNFILLED))
				return;
			g = dec_find(c, IMP_UNFILLED, at, NULL, f->sh,
			    "the value was filled, and the name of the member was left as printed");
			g->expected = "a member name in place of the token";
			return;
		}
	}
	f->is_bad = true;
	if (dec_hush(c, IMP_TOKEN))
		return;
	g = dec_find(c, IMP_TOKEN, at, NULL, f->sh,
	    "this member name looks like a token and has no meaning here%s%s; "
	    "a name that begins like a token is written with a backslash before it",
	    is_legal ? "" : ": ", is_legal ? "" : err.msg);
	g->expected = kind == TOKEN_ONE_OF ? "the value itself: there is nothing to choose here"
					   : "a member name";
}

static void
unknown_member(struct filling *f, const char *name, size_t n, const struct jx_member *m,
    const struct place *at)
{
	struct decoder *c = f->c;
	struct arena *a = c->d->a;
	struct imp_diag *g;
	bool is_unique = false;
	long near;

	f->is_bad = true;
	if (dec_hush(c, IMP_UNKNOWN_KEY))
		return;
	near = dec_near_member(c, f->sh, f->v, name, n, &is_unique);
	if (near < 0) {
		g = dec_find(c, IMP_UNKNOWN_KEY, at, m->value, f->sh,
		    "'%.*s' is not on the menu; leave it out", (int)(n < 80 ? n : 80), name);
		g->expected =
		    f->sh->n_members ? "one of the members of the template" : "no such member";
		return;
	}
	const struct shape_member *want = &f->sh->members[near];
	g = dec_find(c, IMP_UNKNOWN_KEY, at, m->value, f->sh,
	    "'%.*s' is not on the menu; did you mean '%.*s'?", (int)(n < 80 ? n : 80), name,
	    (int)(want->name_bytes < 80 ? want->name_bytes : 80), want->name);
	g->expected = arena_printf(a, "the member '%.*s'",
	    (int)(want->name_bytes < 80 ? want->name_bytes : 80), want->name);
	g->nearest = dec_text_json(a, want->name, want->name_bytes);
	if (is_unique && dec_near_key(c, f->sh, f->v, (size_t)near) == m) {
		struct jx text = {.type = JX_STRING, .u.text = {want->name, want->name_bytes}};
		struct buf b;
		buf_init(&b, a);
		token_escape(&b, text.u.text.p, text.u.text.n);
		g->fix = fix_move(
		    a, g->pointer, imp_join(a, dec_pointer(c, f->p), b.p ? b.p : "", b.len));
	}
}

/* A name that a key token invites and no value may stand under. */
static void
forbidden_member(struct filling *f, const char *name, size_t n, const struct jx_member *m,
    const struct place *at)
{
	struct imp_diag *g;

	f->is_bad = true;
	if (dec_hush(f->c, IMP_KEY))
		return;
	g = dec_find(f->c, IMP_KEY, at, m->value, f->sh,
	    "no member may be called '%.*s' here: the schema allows no value under that name; "
	    "choose another name or leave it out",
	    (int)(n < 80 ? n : 80), name);
	g->expected = "another name";
	g->got = arena_printf(f->c->d->a, "the name '%.*s'", (int)(n < 80 ? n : 80), name);
}

/* A field that only the server may set. */
static bool
is_server_only(const struct decoder *c, const struct shape *member, bool is_required)
{
	if (!member->readonly)
		return false;
	switch (c->direction) {
	case DIRECTION_REQUEST: return true;
	case DIRECTION_NONE: return !is_required && !c->is_open;
	case DIRECTION_RESPONSE: return false;
	}
	return false;
}

static void
readonly_member(struct filling *f, const struct shape *member, const struct jx_member *m,
    const struct place *at)
{
	struct imp_diag *g;

	if (dec_is_token(m->value) || dec_is_left(f->c, m->value))
		return;
	f->is_bad = true;
	if (dec_hush(f->c, IMP_READONLY))
		return;
	g = dec_find(f->c, IMP_READONLY, at, m->value, member,
	    "only the server sets this field; leave it out");
	g->expected = "nothing: the field is left out or as printed";
	g->fix = fix_remove(f->c->d->a, g->pointer);
}

static void
known_member(struct filling *f, size_t i, const char *name, size_t n, struct jx_member *m,
    const struct place *at)
{
	struct decoder *c = f->c;
	const struct shape_member *sm = &f->sh->members[i];
	struct jx *value = NULL;
	struct shape *member;
	bool is_required = sm->is_required;
	enum got got;

	if (shape_member_is_dropped(c->s, f->sh, i)) {
		if (dec_is_token(m->value) || dec_is_left(c, m->value))
			return;
		if (f->sh->n_keys && sm->shape_->sat_ == SAT_NO)
			forbidden_member(f, name, n, m, at);
		else
			unknown_member(f, name, n, m, at);
		return;
	}
	member = shape_member(c->s, f->sh, i);
	c->seen[f->seen + i] = 1;
	if (is_server_only(c, member, is_required)) {
		readonly_member(f, member, m, at);
		return;
	}
	if (member->writeonly && c->direction == DIRECTION_RESPONSE && !c->is_open) {
		if (!dec_is_token(m->value))
			unknown_member(f, name, n, m, at);
		return;
	}
	got = dec_value(c, member, m->value, at, is_required ? AT_MEMBER : AT_OPTIONAL, &value);
	f->is_bad = f->is_bad || got == GOT_BAD;
	if (got == GOT_VALUE)
		put(f, name, n, value);
}

static void
extra_member(
    struct filling *f, const char *name, size_t n, struct jx_member *m, const struct place *at)
{
	struct decoder *c = f->c;
	bool is_shown = false;
	struct shape *extra = shape_extra(c->s, f->sh, name, n, &is_shown);
	struct jx *value = NULL;
	enum got got;

	/* No value can stand under such a name, so the template does not offer it. */
	if (extra && !c->is_open && shape_check(c->s, extra) != SAT_YES && (extra->types || extra->sat_ == SAT_REF)) {
		unknown_member(f, name, n, m, at);
		return;
	}
	if (f->sh->n_keys && (extra ? extra->types == 0 && is_shown : !f->sh->is_closed)) {
		forbidden_member(f, name, n, m, at);
		return;
	}
	if (!extra || extra->types == 0 || (!is_shown && !c->is_open)) {
		unknown_member(f, name, n, m, at);
		return;
	}
	if (!dec_name_fits(c, f->sh, name, n, at))
		f->is_bad = true;
	got = dec_value(c, extra, m->value, at, AT_KEY, &value);
	f->is_bad = f->is_bad || got == GOT_BAD;
	if (got == GOT_VALUE)
		put(f, name, n, value);
}

static void
member(struct filling *f, struct jx_member *m)
{
	struct place at = {.up = f->p, .key = m->key, .key_bytes = m->key_bytes};
	const char *name;
	size_t n;
	long i;

	if (m->key_bytes && m->key[0] == '{' && token_is_like(m->key, m->key_bytes)) {
		token_member(f, m, &at);
		return;
	}
	name = m->key;
	n = m->key_bytes;
	if (n && name[0] == '\\')
		name = token_unescape(m->key, m->key_bytes, &n);
	i = f->sh->n_members ? shape_member_find(f->c->s, f->sh, name, n) : -1;
	if (i >= 0)
		known_member(f, (size_t)i, name, n, m, &at);
	else
		extra_member(f, name, n, m, &at);
}

/* Constants stand where the template had them: behind the nearest member before them that is there.
 */
static void
put_constant(struct filling *f, size_t i, const struct shape *constant)
{
	const struct shape_member *sm = &f->sh->members[i];
	size_t to = 0;
	long best = -1;

	for (size_t k = 0; k < f->n; k++) {
		long j = shape_member_find(f->c->s, f->sh, f->out[k].key, f->out[k].key_bytes);
		if (j >= 0 && j < (long)i && j > best) {
			best = j;
			to = k + 1;
		}
	}
	put(f, sm->name, sm->name_bytes, dec_copy(f->c, dec_constant(constant)));
	struct jx_member last = f->out[f->n - 1];
	memmove(&f->out[to + 1], &f->out[to], (f->n - 1 - to) * sizeof *f->out);
	f->out[to] = last;
	f->c->injected++;
}

static void
missing_member(struct filling *f, size_t i, struct shape *member)
{
	struct decoder *c = f->c;
	const struct shape_member *sm = &f->sh->members[i];
	struct arena *a = c->d->a;
	const struct jx_member *meant;
	struct imp_diag *g;
	struct buf b;

	f->is_bad = true;
	if (dec_hush(c, IMP_MISSING))
		return;
	buf_init(&b, a);
	token_escape(&b, sm->name, sm->name_bytes);
	struct place at = {.up = f->p, .key = b.p ? b.p : "", .key_bytes = b.len};
	g = dec_find(c, IMP_MISSING, &at, NULL, member, "the required member '%.*s' is not there",
	    (int)(sm->name_bytes < 80 ? sm->name_bytes : 80), sm->name);
	g->line = f->v->line;
	g->column = f->v->column;
	g->expected =
	    member->values ? "one of the listed values" : dec_types_words(a, member->types);
	meant = dec_near_key(c, f->sh, f->v, i);
	if (meant) {
		g->nearest = dec_text_json(a, meant->key, meant->key_bytes);
		g->fix = fix_move(
		    a, imp_join(a, dec_pointer(c, f->p), meant->key, meant->key_bytes), g->pointer);
	}
}

static void
missing(struct filling *f)
{
	for (size_t i = 0; i < f->sh->n_members; i++) {
		struct shape *member;

		if (!f->sh->members[i].is_required || f->c->seen[f->seen + i])
			continue;
		member = shape_member(f->c->s, f->sh, i);
		if (dec_constant(member))
			put_constant(f, i, member);
		else
			missing_member(f, i, member);
	}
}

static void
count_check(struct filling *f)
{
	const struct span *s = &f->sh->props;
	struct arena *a = f->c->d->a;
	struct imp_diag *g;

	if (f->n >= s->min && !(s->has_max && f->n > s->max))
		return;
	f->is_bad = true;
	if (dec_hush(f->c, IMP_PROPS))
		return;
	g = dec_find(f->c, IMP_PROPS, f->p, f->v, f->sh,
	    "the object has %zu members; it takes %s %llu", f->n,
	    f->n < s->min ? "at least" : "at most",
	    (unsigned long long)(f->n < s->min ? s->min : s->max));
	g->expected = f->n < s->min
			  ? arena_printf(a, "at least %llu members", (unsigned long long)s->min)
			  : arena_printf(a, "at most %llu members", (unsigned long long)s->max);
}

enum got
dec_object(
    struct decoder *c, struct shape *sh, struct jx *v, const struct place *p, struct jx **out)
{
	struct filling f = {
	    .c = c, .sh = sh, .v = v, .p = p, .seen = c->n_seen, .cap = v->u.object.n};

	f.out = ARENA_ARRAY(c->a, f.cap, struct jx_member);
	seen_push(c, sh->n_members);
	for (size_t i = 0; i < v->u.object.n && !(c->quiet && c->is_exhausted); i++)
		member(&f, &v->u.object.at[i]);
	missing(&f);
	c->n_seen = f.seen;
	if (!f.is_bad)
		count_check(&f);
	if (f.is_bad)
		return GOT_BAD;
	*out = dec_copy(c, v);
	(*out)->u.object.at = f.out;
	(*out)->u.object.n = f.n;
	return GOT_VALUE;
}
