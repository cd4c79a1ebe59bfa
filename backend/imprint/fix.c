/* SPDX-License-Identifier: Apache-2.0 */
/* Findings of the decoder: their words, the nearest legal value, and the patch where there is one
 * remedy. */
#include <stdarg.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "imprint/decode_work.h"
#include "imprint/nearest.h"
#include "imprint/token.h"

#define FINDINGS_KEPT 100u   /* imp_diags: what max 0 stands for */
#define CANDIDATES_MAX 6000u /* listed values and members looked at for a nearest one */

/* How far a branch is from being meant, in trials. */
static unsigned
weight(enum imp_code code)
{
	if (code == IMP_CONST)
		return 9;
	if (code == IMP_TYPE)
		return 6;
	if (code == IMP_ENUM)
		return 5;
	if (code == IMP_MISSING)
		return 4;
	if (code == IMP_UNKNOWN_KEY)
		return 3;
	return code == IMP_UNFILLED ? 1 : 2;
}

bool
dec_hush(struct decoder *c, enum imp_code code)
{
	/* What will not be kept is counted, not worded. */
	if (!c->quiet && c->d->n < (c->d->max ? c->d->max : FINDINGS_KEPT))
		return false;
	c->n_found++;
	c->score += weight(code);
	if (!c->quiet)
		c->d->n_all++;
	return true;
}

/* Steps are linked from the leaf up; the text is made from its end. */
const char *
dec_pointer(struct decoder *c, const struct place *p)
{
	size_t prefix = strlen(c->prefix), n = prefix;
	char number[24], *text;

	for (const struct place *g = p; g; g = g->up) {
		if (g->key) {
			n += 1 + g->key_bytes;
			for (size_t i = 0; i < g->key_bytes; i++)
				n += g->key[i] == '~' || g->key[i] == '/';
		} else {
			size_t v = g->index;
			n += 2;
			for (; v >= 10; v /= 10)
				n++;
		}
	}
	text = arena_alloc(c->d->a, n + 1);
	memcpy(text, c->prefix, prefix);
	for (const struct place *g = p; g; g = g->up) {
		if (!g->key) {
			size_t v = g->index, k = sizeof number;
			do
				number[--k] = (char)('0' + v % 10);
			while (v /= 10);
			n -= sizeof number - k;
			memcpy(text + n, number + k, sizeof number - k);
		}
		for (size_t i = g->key ? g->key_bytes : 0; i-- > 0;) {
			char ch = g->key[i];
			if (ch == '~' || ch == '/') {
				text[--n] = ch == '~' ? '0' : '1';
				ch = '~';
			}
			text[--n] = ch;
		}
		text[--n] = '/';
	}
	INVARIANT(n == prefix);
	return text;
}

struct imp_diag *
dec_find(struct decoder *c, enum imp_code code, const struct place *p, const struct jx *v,
    const struct shape *sh, const char *message, ...)
{
	struct imp_diag *g;
	va_list ap;

	va_start(ap, message);
	g = imp_add(c->d, code, dec_pointer(c, p), "%s", arena_vprintf(c->d->a, message, ap));
	va_end(ap);
	c->n_found++;
	g->got = imp_say(c->d->a, v);
	if (v) {
		g->line = v->line;
		g->column = v->column;
	}
	if (sh && sh->n_locs && sh->locs[0].node)
		g->schema_pointer = registry_pointer(shapes_registry(c->s), c->d->a, sh->locs[0]);
	return g;
}

const char *
dec_types_words(struct arena *a, unsigned types)
{
	static const struct {
		unsigned bits;
		const char *words;
	} all[] = {{T_STRING, "a text"}, {T_NUMERIC, "a number"}, {T_INTEGER, "an integer"},
	    {T_NUMBER, "a fraction"}, {T_BOOLEAN, "true or false"}, {T_OBJECT, "an object"},
	    {T_ARRAY, "an array"}, {T_NULL, "null"}};
	struct buf b;

	if (types == 0)
		return "nothing: no value is legal here";
	if ((types & T_ANY) == T_ANY)
		return "any value";
	buf_init(&b, a);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if ((types & all[i].bits) != all[i].bits)
			continue;
		types &= ~all[i].bits;
		buf_printf(&b, "%s%s", b.len ? ", or " : "", all[i].words);
	}
	return buf_take(&b);
}

const char *
dec_json(struct arena *a, const struct jx *v)
{
	struct buf b;
	struct jw w;

	buf_init(&b, a);
	jw_init(&w, &b);
	jw_value(&w, NULL, v);
	return buf_take(&b);
}

const char *
dec_text_json(struct arena *a, const char *s, size_t n)
{
	struct buf b;
	struct jw w;

	buf_init(&b, a);
	jw_init(&w, &b);
	jw_strn(&w, NULL, s, n);
	return buf_take(&b);
}

const char *
dec_literal(struct arena *a, const struct jx *v)
{
	struct buf b;

	if (v->type != JX_STRING)
		return dec_json(a, v);
	buf_init(&b, a);
	token_escape(&b, v->u.text.p, v->u.text.n);
	return dec_text_json(a, b.p ? b.p : "", b.len);
}

const char *
fix_replace(struct arena *a, const char *pointer, const char *json)
{
	return arena_printf(a, "[{\"op\":\"replace\",\"path\":%s,\"value\":%s}]",
	    dec_text_json(a, pointer, strlen(pointer)), json);
}

const char *
fix_remove(struct arena *a, const char *pointer)
{
	return arena_printf(
	    a, "[{\"op\":\"remove\",\"path\":%s}]", dec_text_json(a, pointer, strlen(pointer)));
}

const char *
fix_move(struct arena *a, const char *from, const char *to)
{
	return arena_printf(a, "[{\"op\":\"move\",\"from\":%s,\"path\":%s}]",
	    dec_text_json(a, from, strlen(from)), dec_text_json(a, to, strlen(to)));
}

/* Suggestions are a courtesy: they end when a document has used up what they may cost. */
static bool
may_compare(struct decoder *c, size_t n)
{
	n = n < CANDIDATES_MAX ? n : CANDIDATES_MAX;
	if (n > c->nearest_left)
		return false;
	c->nearest_left -= n;
	return true;
}

/* A listed value that says the same in another type: "5" for 5, 1 for "1", "true" for true. */
static const struct jx *
same_in_words(const struct shape *sh, const char *s, size_t n)
{
	for (size_t i = 0; i < sh->n_values && i < CANDIDATES_MAX; i++) {
		const struct jx *v = sh->values[i];
		const char *word = v->type == JX_NULL   ? "null"
				   : v->type == JX_BOOL ? (v->u.boolean ? "true" : "false")
							: NULL;

		if (word && strlen(word) == n && memcmp(word, s, n) == 0)
			return v;
		if ((v->type == JX_STRING || v->type == JX_NUMBER) && v->u.text.n == n &&
		    memcmp(v->u.text.p, s, n) == 0)
			return v;
	}
	return NULL;
}

void
dec_near_value(struct decoder *c, struct imp_diag *g, const struct shape *sh, const struct jx *v)
{
	struct arena *a = c->d->a;
	const struct jx *same = NULL;
	struct nearest t;

	if (sh->n_values == 1) {
		g->nearest = dec_json(a, sh->values[0]);
		g->fix = fix_replace(a, g->pointer, dec_literal(a, sh->values[0]));
		return;
	}
	if (v->type == JX_STRING || v->type == JX_NUMBER)
		same = same_in_words(sh, v->u.text.p, v->u.text.n);
	if (same) {
		g->nearest = dec_json(a, same);
		g->fix = fix_replace(a, g->pointer, dec_literal(a, same));
		return;
	}
	if (v->type != JX_STRING || !may_compare(c, sh->n_values))
		return;
	nearest_init(&t, v->u.text.p, v->u.text.n);
	for (size_t i = 0; i < sh->n_values && i < CANDIDATES_MAX; i++)
		if (sh->values[i]->type == JX_STRING)
			nearest_offer(&t, sh->values[i]->u.text.p, sh->values[i]->u.text.n, i);
	if (!t.is_found)
		return;
	g->nearest = dec_json(a, sh->values[t.index]);
	if (nearest_is_sure(&t))
		g->fix = fix_replace(a, g->pointer, dec_literal(a, sh->values[t.index]));
}

static bool
is_among(const struct jx *v, const char *name, size_t n)
{
	for (size_t i = 0; i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		size_t k;
		const char *key = token_unescape(m->key, m->key_bytes, &k);

		if (k == n && memcmp(key, name, n) == 0)
			return true;
	}
	return false;
}

long
dec_near_member(struct decoder *c, struct shape *sh, const struct jx *v, const char *name, size_t n,
    bool *is_unique)
{
	struct nearest t, required;
	struct nearest *best = &t;

	*is_unique = false;
	if (!may_compare(c, sh->n_members))
		return -1;
	nearest_init(&t, name, n);
	nearest_init(&required, name, n);
	for (size_t i = 0; i < sh->n_members && i < CANDIDATES_MAX; i++) {
		const struct shape_member *m = &sh->members[i];
		struct nearest trial = t;

		if (!nearest_offer(&trial, m->name, m->name_bytes, i) ||
		    is_among(v, m->name, m->name_bytes) || shape_member_is_dropped(c->s, sh, i))
			continue;
		t = trial;
		if (m->is_required)
			nearest_offer(&required, m->name, m->name_bytes, i);
	}
	/* Of two that are as near, the one that must be there. */
	if (t.is_tied && required.is_found && !required.is_tied && required.rank == t.rank)
		best = &required;
	*is_unique = nearest_is_sure(best);
	return best->is_found ? (long)best->index : -1;
}

const struct jx_member *
dec_near_key(struct decoder *c, struct shape *sh, const struct jx *v, size_t i)
{
	const struct jx_member *found = NULL;

	if (!may_compare(c, v->u.object.n))
		return NULL;
	for (size_t k = 0; k < v->u.object.n; k++) {
		const struct jx_member *m = &v->u.object.at[k];
		size_t n;
		const char *name = token_unescape(m->key, m->key_bytes, &n);
		bool is_unique;

		if (token_is_like(m->key, m->key_bytes) ||
		    shape_member_find(c->s, sh, name, n) >= 0 ||
		    nearest_distance(name, n, sh->members[i].name, sh->members[i].name_bytes, 4) >
			4)
			continue;
		if (dec_near_member(c, sh, v, name, n, &is_unique) != (long)i || !is_unique)
			continue;
		if (found)
			return NULL;
		found = m;
	}
	return found;
}
