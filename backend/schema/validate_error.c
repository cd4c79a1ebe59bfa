/* SPDX-License-Identifier: Apache-2.0 */
/* What was wrong, in words. Nothing here runs while an instance is valid. */
#include <stdarg.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "schema/validate_run.h"

#define CHOICES_SHOWN 12
#define BRANCH_ERRORS_MAX 16
#define BRANCH_DEPTH_MAX 3
#define BRANCHES_EXPLAINED 64

static void
add_token(struct buf *b, const char *key, size_t n)
{
	buf_char(b, '/');
	for (size_t i = 0; i < n; i++) {
		if (key[i] == '~')
			buf_str(b, "~0");
		else if (key[i] == '/')
			buf_str(b, "~1");
		else
			buf_char(b, key[i]);
	}
}

/* The way as a pointer. It is as long as the instance is deep. */
static void
add_way(struct run *r, struct buf *b, const struct way *way)
{
	const struct way **steps;
	size_t n = 0;

	for (const struct way *w = way; w; w = w->up)
		n++;
	steps = ARENA_ARRAY(r->a, n, const struct way *);
	for (const struct way *w = way; w; w = w->up)
		steps[--n] = w;
	for (const struct way *w = way; w; w = w->up, n++) {
		if (steps[n]->member)
			add_token(b, steps[n]->member->key, steps[n]->member->key_bytes);
		else
			buf_printf(b, "/%zu", steps[n]->index);
	}
}

struct validate_error *
error_new(struct run *r)
{
	size_t cap = r->max < 64 ? r->max : 64;

	while (cap < r->n)
		cap *= 2;
	if (r->n == cap) { /* powers of two from 64 on */
		struct validate_error *more = ARENA_ARRAY(r->a, cap * 2, struct validate_error);
		memcpy(more, r->errors, r->n * sizeof *more);
		r->errors = more;
	}
	return &r->errors[r->n++];
}

static const char *
schema_pointer(struct run *r, const struct vnode *n, const char *keyword)
{
	const char *at = n->at.res ? registry_pointer(r->p->reg, r->a, n->at) : "#";

	if (!*keyword || strcmp(keyword, "false") == 0)
		return at;
	return arena_printf(r->a, "%s/%s", at, keyword);
}

static bool
is_quiet(const struct run *r)
{
	return !r->collect || r->is_spent || r->n >= r->max;
}

static void
put_error(struct run *r, const struct vnode *n, const char *keyword, const struct jx *v, const char *pointer,
    const char *found, const char *fmt, va_list ap)
{
	struct validate_error *e = error_new(r);

	*e = (struct validate_error){.keyword = keyword, .pointer = pointer, .instance = v, .found = found,
	    .is_conditional = r->conditions > 0,
	    .schema_pointer = schema_pointer(r, n, keyword), .expected = arena_vprintf(r->a, fmt, ap)};
}

bool
fail(struct run *r, const struct vnode *n, const char *keyword, const struct jx *v, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	if (is_quiet(r))
		return false;
	buf_init(&b, r->a);
	add_way(r, &b, r->way);
	va_start(ap, fmt);
	put_error(r, n, keyword, v, buf_take(&b), value_words(r->a, v), fmt, ap);
	va_end(ap);
	return false;
}

bool
fail_below(struct run *r, const struct vnode *n, const char *keyword, const struct jx *v, const char *key,
    size_t key_bytes, size_t index, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	if (is_quiet(r))
		return false;
	buf_init(&b, r->a);
	add_way(r, &b, r->way);
	if (key)
		add_token(&b, key, key_bytes);
	else
		buf_printf(&b, "/%zu", index);
	va_start(ap, fmt);
	put_error(r, n, keyword, v, buf_take(&b), value_words(r->a, v), fmt, ap);
	va_end(ap);
	return false;
}

bool
fail_type(struct run *r, const struct vnode *n, const struct jx *v)
{
	static const char *const names[] = {
	    "null", "a boolean", "a number", "a string", "an array", "an object", "a whole number"};
	unsigned types = n->types;
	struct buf b;

	if (is_quiet(r))
		return false;
	if (types >> JX_NUMBER & 1)
		types &= ~TYPE_INTEGER_BIT;
	buf_init(&b, r->a);
	for (unsigned i = 0; i <= JX__COUNT; i++)
		if (types >> i & 1)
			buf_printf(&b, "%s%s", b.len ? " or " : "", names[i]);
	return fail(r, n, "type", v, "%s", b.p);
}

bool
fail_enum(struct run *r, const struct vnode *n, const struct jx *v)
{
	const struct jx *list = n->value->enumeration->list;
	struct buf b;

	if (is_quiet(r))
		return false;
	buf_init(&b, r->a);
	buf_str(&b, "one of ");
	for (size_t i = 0; i < jx_size(list) && i < CHOICES_SHOWN; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", value_words(r->a, jx_at(list, i)));
	if (jx_size(list) > CHOICES_SHOWN)
		buf_str(&b, ", …");
	return fail(r, n, "enum", v, "%s", b.p);
}

bool
spend(struct run *r, const struct vnode *n, const char *keyword, const struct jx *v, const char *words)
{
	struct buf b;

	if (!r->is_spent && r->a) {
		buf_init(&b, r->a);
		add_way(r, &b, r->way);
		r->spent = ARENA_NEW(r->a, struct validate_error);
		*r->spent = (struct validate_error){.keyword = *keyword ? keyword : "limit",
		    .pointer = buf_take(&b), .instance = v, .is_budget = true, .expected = words,
		    .schema_pointer = schema_pointer(r, n, keyword), .found = value_words(r->a, v)};
	}
	r->is_spent = true;
	return false;
}

/* How far off a branch is: a wrong type or value at the top says "not this one". */
static size_t
distance_of(const struct validate_error *e, size_t n, size_t top)
{
	size_t d = 0;

	for (size_t i = 0; i < n; i++) {
		const char *k = e[i].keyword;
		bool is_top = strchr(e[i].pointer + top, '/') == NULL;
		bool decides = strcmp(k, "const") == 0 || strcmp(k, "enum") == 0;
		d += is_top && strcmp(k, "type") == 0 ? 1000 : decides ? 20 : strcmp(k, "required") == 0 ? 3 : 2;
	}
	return d;
}

void
explain_branches(struct run *r, const struct vlist *branches, const struct jx *v)
{
	struct run best = {0};
	size_t best_distance = SIZE_MAX, top;
	struct buf b;

	if (r->n >= r->max || r->branch_depth >= BRANCH_DEPTH_MAX)
		return;
	buf_init(&b, r->a);
	add_way(r, &b, r->way);
	top = b.len;
	for (size_t i = 0; i < branches->n && i < BRANCHES_EXPLAINED && !r->is_spent; i++) {
		struct run own = *r;
		size_t d;
		own.n = 0;
		own.max = BRANCH_ERRORS_MAX;
		own.errors = ARENA_ARRAY(r->a, BRANCH_ERRORS_MAX, struct validate_error);
		own.branch_depth++;
		(void)run_node(&own, branches->at[i], v, NULL);
		r->steps_left = own.steps_left;
		r->whole = own.whole;
		r->scratch = own.scratch;
		r->memo = own.memo;
		if (own.is_spent || own.n == 0)
			continue;
		d = distance_of(own.errors, own.n, top);
		if (d < best_distance) {
			best_distance = d;
			best = own;
		}
	}
	for (size_t i = 0; i < best.n && r->n < r->max; i++)
		*error_new(r) = best.errors[i];
}
