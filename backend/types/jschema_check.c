/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "types/decimal.h"
#include "types/jschema.h"
#include "types/jschema_node.h"
#include "types/value.h"

#define PATTERN_STEPS_MAX 200000u /* PCRE2 match limit: a pattern that needs more is a finding */
#define PATTERN_HEAP_KIB_MAX 8192u
#define STEPS_MAX UINT64_C(20000000) /* schema applied to value: two seconds or so */

struct work {
	uint64_t steps;
	const struct jschema *pattern; /* the one that could not be decided */
	pcre2_match_data *match;
	pcre2_match_context *limits;
};
struct finding {
	struct arena *a;
	struct jschema_error *at; /* [max] */
	size_t n;                 /* may pass max: then only counted */
	size_t max;
	unsigned depth;
	struct work *work; /* shared with the findings of branches */
};

/* The way to an instance value: built only when something is wrong. */
struct way {
	const struct way *up;
	const char *key; /* NULL: index */
	size_t index;
};

/* Recursion is bounded by the instance's depth. */
static const char *
pointer_of(struct arena *a, const struct way *w)
{
	const char *up;

	if (!w)
		return "";
	up = pointer_of(a, w->up);
	return w->key ? jschema_pointer(a, up, w->key) : arena_printf(a, "%s/%zu", up, w->index);
}

static const char *
show(struct arena *a, const struct jx *v)
{
	char text[VALUE_SHOW_BYTES];
	struct buf b;
	struct jw w;

	if (v->type == JX_ARRAY || v->type == JX_OBJECT)
		return arena_printf(
		    a, "%s of %zu", v->type == JX_ARRAY ? "an array" : "an object", jx_size(v));
	buf_init(&b, a);
	jw_init(&w, &b);
	jw_value(&w, NULL, v);
	value_show(b.p, b.len, text);
	return arena_str(a, text);
}

/* Nothing is kept any more (or this is a branch): do not spend memory on words. */
static bool
is_quiet(const struct finding *f)
{
	return f->n >= f->max;
}

static bool wrong(struct finding *f, const struct jschema *s, const char *keyword,
    const struct jx *v, const struct way *way, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
static bool
wrong(struct finding *f, const struct jschema *s, const char *keyword, const struct jx *v,
    const struct way *way, const char *fmt, ...)
{
	struct jschema_error *e;
	va_list ap;

	if (is_quiet(f)) {
		f->n++;
		return false;
	}
	e = &f->at[f->n++];
	va_start(ap, fmt);
	e->expected = arena_vprintf(f->a, fmt, ap);
	va_end(ap);
	e->pointer = pointer_of(f->a, way);
	e->schema_pointer =
	    *keyword ? arena_printf(f->a, "%s/%s", s->pointer, keyword) : s->pointer;
	e->found = show(f->a, v);
	e->line = v->line;
	e->column = v->column;
	return false;
}

static bool check(
    struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way);

/* As check, but keeps nothing: for branches. */
static bool
matches(struct finding *f, const struct jschema *s, const struct jx *v)
{
	struct finding quiet = *f;

	quiet.n = quiet.max = 0;
	return check(&quiet, s, v, NULL);
}

/* ---- equality ---- */

static bool equal(const struct jx *a, const struct jx *b);

static bool
equal_objects(const struct jx *a, const struct jx *b)
{
	if (a->u.object.n != b->u.object.n)
		return false;
	for (size_t i = 0; i < a->u.object.n; i++) {
		const struct jx *other = jx_find(b, a->u.object.at[i].key);
		if (!other || !equal(a->u.object.at[i].value, other))
			return false;
	}
	return true;
}

/* Recursion is bounded by the values' depth. */
static bool
equal(const struct jx *a, const struct jx *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case JX_NULL: return true;
	case JX_BOOL: return a->u.boolean == b->u.boolean;
	case JX_NUMBER:
		return decimal_compare(a->u.text.p, a->u.text.n, b->u.text.p, b->u.text.n) == 0;
	case JX_STRING:
		return a->u.text.n == b->u.text.n &&
		       memcmp(a->u.text.p, b->u.text.p, a->u.text.n) == 0;
	case JX_ARRAY:
		if (a->u.array.n != b->u.array.n)
			return false;
		for (size_t i = 0; i < a->u.array.n; i++)
			if (!equal(a->u.array.at[i], b->u.array.at[i]))
				return false;
		return true;
	case JX_OBJECT: return equal_objects(a, b);
	case JX__COUNT: break;
	}
	NEVER("a JSON type outside its enum");
}

struct text {
	const char *p;
	size_t n;
};

static int
by_key(const void *a, const void *b)
{
	const struct jx_member *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

/* A text that equal values share and others do not. Recursion is bounded by the value's depth. */
static void
put_normal(struct buf *b, const struct jx *v)
{
	const struct jx_member **sorted;

	switch (v->type) {
	case JX_NULL: buf_char(b, 'z'); return;
	case JX_BOOL: buf_char(b, v->u.boolean ? 't' : 'f'); return;
	case JX_NUMBER: decimal_normal(b, v->u.text.p, v->u.text.n); return;
	case JX_STRING:
		buf_printf(b, "%zu:", v->u.text.n);
		buf_add(b, v->u.text.p, v->u.text.n);
		return;
	case JX_ARRAY:
		buf_printf(b, "[%zu,", v->u.array.n);
		for (size_t i = 0; i < v->u.array.n; i++)
			put_normal(b, v->u.array.at[i]);
		return;
	case JX_OBJECT:
		buf_printf(b, "{%zu,", v->u.object.n);
		sorted = ARENA_ARRAY(b->a, v->u.object.n, const struct jx_member *);
		for (size_t i = 0; i < v->u.object.n; i++)
			sorted[i] = &v->u.object.at[i];
		qsort(sorted, v->u.object.n, sizeof *sorted, by_key);
		for (size_t i = 0; i < v->u.object.n; i++) {
			buf_printf(b, "%zu:%s", sorted[i]->key_bytes, sorted[i]->key);
			put_normal(b, sorted[i]->value);
		}
		return;
	case JX__COUNT: break;
	}
	NEVER("a JSON type outside its enum");
}

static int
by_text(const void *a, const void *b)
{
	const struct text *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return memcmp(x->p, y->p, x->n);
}

static bool
has_twins(const struct jx *v)
{
	struct arena *own = arena_new(0);
	size_t n = jx_size(v);
	struct text *texts = ARENA_ARRAY(own, n, struct text);
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		struct buf b;
		buf_init(&b, own);
		put_normal(&b, jx_at(v, i));
		texts[i] = (struct text){b.p, b.len};
	}
	qsort(texts, n, sizeof *texts, by_text);
	for (size_t i = 1; i < n && !found; i++)
		found = by_text(&texts[i - 1], &texts[i]) == 0;
	arena_free(own);
	return found;
}

/* ---- keywords ---- */

static const char *
type_words(struct arena *a, unsigned types)
{
	static const char *const names[] = {
	    "null", "a boolean", "a number", "a string", "an array", "an object", "a whole number"};
	struct buf b;

	buf_init(&b, a);
	for (unsigned i = 0; i <= JX__COUNT; i++)
		if (types & 1u << i) {
			if (b.len)
				buf_str(&b, " or ");
			buf_str(&b, names[i]);
		}
	return buf_take(&b);
}

static bool
check_type(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	if (s->types == 0 || s->types & 1u << v->type)
		return true;
	if (s->types & TYPE_INTEGER && v->type == JX_NUMBER &&
	    decimal_is_integer(v->u.text.p, v->u.text.n))
		return true;
	return wrong(f, s, "type", v, way, "%s", is_quiet(f) ? "" : type_words(f->a, s->types));
}

static const char *
choice_words(struct arena *a, const struct jx *list)
{
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "one of ");
	for (size_t i = 0; i < jx_size(list) && i < 12; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", show(a, jx_at(list, i)));
	if (jx_size(list) > 12)
		buf_str(&b, ", …");
	return buf_take(&b);
}

static bool
check_choice(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	if (s->constant && !equal(s->constant, v))
		return wrong(
		    f, s, "const", v, way, "%s", is_quiet(f) ? "" : show(f->a, s->constant));
	if (!s->enumeration)
		return true;
	for (size_t i = 0; i < jx_size(s->enumeration); i++)
		if (equal(jx_at(s->enumeration, i), v))
			return true;
	return wrong(
	    f, s, "enum", v, way, "%s", is_quiet(f) ? "" : choice_words(f->a, s->enumeration));
}

/* The sign of v - bound. */
static int
against(const struct jx *v, const struct jx *bound)
{
	return decimal_compare(v->u.text.p, v->u.text.n, bound->u.text.p, bound->u.text.n);
}

static bool
check_number(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	bool ok = true;

	if (s->minimum && against(v, s->minimum) < 0)
		ok = wrong(f, s, "minimum", v, way, "at least %s", s->minimum->u.text.p);
	if (s->above && against(v, s->above) <= 0)
		ok = wrong(f, s, "exclusiveMinimum", v, way, "more than %s", s->above->u.text.p);
	if (s->maximum && against(v, s->maximum) > 0)
		ok = wrong(f, s, "maximum", v, way, "at most %s", s->maximum->u.text.p);
	if (s->below && against(v, s->below) >= 0)
		ok = wrong(f, s, "exclusiveMaximum", v, way, "less than %s", s->below->u.text.p);
	return ok;
}

/*
 * A limit was reached: neither valid nor invalid, so it must not count as "does not match" inside
 * not, anyOf or oneOf. The steps are used up, which jschema_validate reports as the finding.
 */
static bool
give_up(struct finding *f)
{
	f->work->steps = STEPS_MAX;
	return false;
}

static bool
check_pattern(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	int rc = pcre2_match(s->pattern, (PCRE2_SPTR)v->u.text.p, v->u.text.n, 0,
	    PCRE2_NO_UTF_CHECK, f->work->match, f->work->limits);

	if (rc == PCRE2_ERROR_NOMATCH)
		return wrong(f, s, "pattern", v, way, "text that matches /%s/", s->pattern_text);
	if (rc < 0) {
		f->work->pattern = s;
		return give_up(f);
	}
	return true;
}

/* RFC 3339: our timestamps with a T, seconds and a zone. */
static bool
is_date_time(const char *p, size_t n)
{
	bool has_zone = n > 0 && (p[n - 1] == 'Z' || p[n - 1] == 'z' ||
				     (n > 6 && p[n - 3] == ':' && strchr("+-", p[n - 6])));

	return n >= 20 && p[10] == 'T' && p[16] == ':' && has_zone &&
	       value_types(CELL_TEXT, p, n) & COL_BIT(COL_TIMESTAMP);
}

static bool
check_format(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	const char *p = v->u.text.p;
	size_t n = v->u.text.n;

	if (strcmp(s->format, "date") == 0) {
		if (value_types(CELL_TEXT, p, n) & COL_BIT(COL_DATE))
			return true;
		return wrong(f, s, "format", v, way, "a date as YYYY-MM-DD");
	}
	if (is_date_time(p, n))
		return true;
	return wrong(f, s, "format", v, way, "a time as YYYY-MM-DDThh:mm:ssZ (or with ±hh:mm)");
}

static bool
check_string(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	int64_t n = 0;
	bool ok = true;

	for (size_t i = 0; i < v->u.text.n; i++)
		n += ((unsigned char)v->u.text.p[i] & 0xc0) != 0x80;
	if (s->length_min >= 0 && n < s->length_min)
		ok = wrong(f, s, "minLength", v, way, "at least %lld characters",
		    (long long)s->length_min);
	if (s->length_max >= 0 && n > s->length_max)
		ok = wrong(
		    f, s, "maxLength", v, way, "at most %lld characters", (long long)s->length_max);
	if (s->pattern && !check_pattern(f, s, v, way))
		ok = false;
	if (s->format && !check_format(f, s, v, way))
		ok = false;
	return ok;
}

static bool
check_array(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	int64_t n = (int64_t)jx_size(v);
	bool ok = true;

	if (s->items_min >= 0 && n < s->items_min)
		ok =
		    wrong(f, s, "minItems", v, way, "at least %lld items", (long long)s->items_min);
	if (s->items_max >= 0 && n > s->items_max)
		ok = wrong(f, s, "maxItems", v, way, "at most %lld items", (long long)s->items_max);
	if (s->is_unique && has_twins(v))
		ok = wrong(f, s, "uniqueItems", v, way, "items that all differ");
	for (size_t i = 0; s->items && i < jx_size(v) && (ok || !is_quiet(f)); i++) {
		struct way here = {.up = way, .index = i};
		if (!check(f, s->items, jx_at(v, i), &here))
			ok = false;
	}
	return ok;
}

static const struct property *
find_property(const struct jschema *s, const char *name)
{
	for (size_t i = 0; i < s->nproperties; i++)
		if (strcmp(s->properties[i].name, name) == 0)
			return &s->properties[i];
	return NULL;
}

static bool
check_object(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	int64_t n = (int64_t)jx_size(v);
	bool ok = true;

	if (s->members_min >= 0 && n < s->members_min)
		ok = wrong(f, s, "minProperties", v, way, "at least %lld members",
		    (long long)s->members_min);
	if (s->members_max >= 0 && n > s->members_max)
		ok = wrong(f, s, "maxProperties", v, way, "at most %lld members",
		    (long long)s->members_max);
	for (size_t i = 0; i < s->nrequired; i++)
		if (!jx_find(v, s->required[i])) {
			struct way here = {.up = way, .key = s->required[i]};
			ok = wrong(f, s, "required", v, &here, "a member '%s'", s->required[i]);
		}
	for (size_t i = 0; i < v->u.object.n && (ok || !is_quiet(f)); i++) {
		const struct jx_member *m = &v->u.object.at[i];
		const struct property *p = find_property(s, m->key);
		const struct jschema *next = p ? p->schema : s->additional;
		struct way here = {.up = way, .key = m->key};
		if (!p && next && next->is_false)
			ok = wrong(f, s, "additionalProperties", m->value, &here, "no member '%s'",
			    m->key);
		else if (next && !check(f, next, m->value, &here))
			ok = false;
	}
	return ok;
}

static bool
check_branches(
    struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	size_t hits = 0;
	bool ok = true;

	for (size_t i = 0; i < s->nall_of; i++)
		if (!check(f, s->all_of[i], v, way))
			ok = false;
	for (size_t i = 0; i < s->nany_of && hits == 0; i++)
		hits += matches(f, s->any_of[i], v);
	if (s->nany_of && hits == 0)
		ok = wrong(
		    f, s, "anyOf", v, way, "one of %zu forms, none of which fits", s->nany_of);
	hits = 0;
	for (size_t i = 0; i < s->none_of; i++)
		hits += matches(f, s->one_of[i], v);
	if (s->none_of && hits != 1)
		ok = wrong(
		    f, s, "oneOf", v, way, "exactly one of %zu forms; %zu fit", s->none_of, hits);
	if (s->not_ && matches(f, s->not_, v))
		ok = wrong(f, s, "not", v, way, "anything but this form");
	return ok;
}

/* Recursion is bounded by 2 * JSCHEMA_DEPTH_MAX. */
static bool
check(struct finding *f, const struct jschema *s, const struct jx *v, const struct way *way)
{
	bool ok = true;

	if (f->work->steps >= STEPS_MAX || f->depth >= 2 * JSCHEMA_DEPTH_MAX)
		return give_up(f);
	f->work->steps++;
	if (s->is_false)
		return wrong(f, s, "", v, way, "nothing here");
	f->depth++;
	if (s->ref && !check(f, s->ref, v, way))
		ok = false;
	if (!check_type(f, s, v, way) || !check_choice(f, s, v, way))
		ok = false;
	else if (v->type == JX_NUMBER && !check_number(f, s, v, way))
		ok = false;
	else if (v->type == JX_STRING && !check_string(f, s, v, way))
		ok = false;
	else if (v->type == JX_ARRAY && !check_array(f, s, v, way))
		ok = false;
	else if (v->type == JX_OBJECT && !check_object(f, s, v, way))
		ok = false;
	if (!check_branches(f, s, v, way))
		ok = false;
	f->depth--;
	return ok;
}

bool
jschema_validate(const struct jschema *s, struct arena *a, const struct jx *instance,
    size_t errors_max, const struct jschema_error **errors, size_t *n)
{
	struct work work = {
	    .match = pcre2_match_data_create(1, NULL), .limits = pcre2_match_context_create(NULL)};
	struct finding f = {.a = a, .max = errors_max, .work = &work};
	bool ok;

	INVARIANT(errors_max > 0);
	INVARIANT(work.match != NULL);
	INVARIANT(work.limits != NULL);
	f.at = ARENA_ARRAY(a, errors_max, struct jschema_error);
	(void)pcre2_set_match_limit(work.limits, PATTERN_STEPS_MAX);
	(void)pcre2_set_depth_limit(work.limits, PATTERN_STEPS_MAX);
	(void)pcre2_set_heap_limit(work.limits, PATTERN_HEAP_KIB_MAX);
	ok = check(&f, s, instance, NULL);
	if (work.steps >= STEPS_MAX) {
		f.n = 0; /* whatever else was found may be an effect of stopping */
		if (work.pattern)
			ok = wrong(&f, work.pattern, "pattern", instance, NULL,
			    "text that /%s/ can decide in %u steps", work.pattern->pattern_text,
			    PATTERN_STEPS_MAX);
		else
			ok = wrong(&f, s, "", instance, NULL,
			    "a document that can be checked in %llu steps and %u levels",
			    (unsigned long long)STEPS_MAX, 2 * JSCHEMA_DEPTH_MAX);
	}
	pcre2_match_context_free(work.limits);
	pcre2_match_data_free(work.match);
	*errors = f.at;
	*n = f.n < f.max ? f.n : f.max;
	return ok;
}
