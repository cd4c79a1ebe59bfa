/* SPDX-License-Identifier: Apache-2.0 */
#include "api/route.h"

#include <stdio.h>
#include <string.h>

#include "api/path.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "core/num.h"
#include "core/utf8.h"

#define NAME_BYTES_MAX 64 /* longer names are not compared for nearness */

/* Levenshtein distance; both at most NAME_BYTES_MAX bytes. */
static size_t
distance(const char *x, const char *y)
{
	size_t nx = strlen(x), ny = strlen(y), row[NAME_BYTES_MAX + 1];

	for (size_t j = 0; j <= ny; j++)
		row[j] = j;
	for (size_t i = 1; i <= nx; i++) {
		size_t corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= ny; j++) {
			size_t best = corner + (x[i - 1] != y[j - 1]);
			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[ny];
}

const char *
nearest_name(const char *name, const struct field *fields, size_t n)
{
	const char *best = NULL;
	size_t least = 3; /* three letters apart is another word */

	if (strlen(name) > NAME_BYTES_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t d = distance(name, fields[i].name);
		if (d < least && d < strlen(fields[i].name)) {
			least = d;
			best = fields[i].name;
		}
	}
	return best;
}

/* "a", "b" or "c" for messages. */
static const char *
choices(struct arena *a, const char *const *values)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; values[i]; i++) {
		if (i)
			buf_str(&b, values[i + 1] ? ", " : " or ");
		buf_str(&b, values[i]);
	}
	return buf_take(&b);
}

static int
unknown_name(const char *what, const char *name, const struct field *fields, size_t n,
    enum err_code code, struct err *err)
{
	const char *near = nearest_name(name, fields, n);
	size_t keep = utf8_check(name, strnlen(name, NAME_BYTES_MAX));

	if (near)
		return err_set(err, code, "%s '%.*s' is not known; did you mean '%s'?", what, (int)keep,
		    name, near);
	if (n == 0)
		return err_set(err, code, "%s '%.*s' is not known; none is taken here", what, (int)keep,
		    name);
	return err_set(err, code, "%s '%.*s' is not known", what, (int)keep, name);
}

static bool
is_listed(const char *const *values, const char *s)
{
	for (size_t i = 0; values[i]; i++)
		if (strcmp(values[i], s) == 0)
			return true;
	return false;
}

static int
text_check(struct arena *a, const struct field *f, const char *p, size_t n, enum err_code code,
    struct err *err)
{
	if (f->values && (strlen(p) != n || !is_listed(f->values, p)))
		return err_set(err, code, "'%s' must be %s", f->name, choices(a, f->values));
	if ((int64_t)n < f->min)
		return n == 0 ? err_set(err, code, "'%s' is empty", f->name) :
		    err_set(err, code, "'%s' must have at least %lld bytes", f->name, (long long)f->min);
	if (f->max && (int64_t)n > f->max)
		return err_set(err, code, "'%s' has %zu bytes; at most %lld are taken", f->name, n,
		    (long long)f->max);
	return 0;
}

static int
query_value(struct arena *a, const struct field *f, const char *p, size_t n, struct value *v,
    struct err *err)
{
	if (v->is_set)
		return err_set(err, E_USAGE, "the query names '%s' twice", f->name);
	v->is_set = true;
	v->text = p;
	if (f->type == FIELD_INT)
		return num_parse(p, n, f->min, f->max, &v->num, err) < 0 ?
		    err_set(err, E_USAGE, "'%s' must be a whole number from %lld to %lld", f->name,
			(long long)f->min, (long long)f->max) : 0;
	INVARIANT(f->type == FIELD_STR);
	if (utf8_check(p, n) < n)
		return err_set(err, E_USAGE, "'%s' is not UTF-8", f->name);
	return text_check(a, f, p, n, E_USAGE, err);
}

static int
query_pair(struct arena *a, const struct route *r, const char *p, size_t n, struct value *values,
    struct err *err)
{
	const char *eq = memchr(p, '=', n), *name, *text;
	size_t name_bytes, text_bytes, split = eq ? (size_t)(eq - p) : n;

	if (n == 0)
		return 0;
	if (form_decode(a, p, split, &name, &name_bytes, err) < 0 ||
	    form_decode(a, eq ? eq + 1 : "", eq ? n - split - 1 : 0, &text, &text_bytes, err) < 0)
		return -1;
	for (size_t i = 0; i < r->nquery_fields; i++)
		if (strcmp(r->query_fields[i].name, name) == 0)
			return query_value(a, &r->query_fields[i], text, text_bytes, &values[i], err);
	return unknown_name("the query parameter", name, r->query_fields, r->nquery_fields, E_USAGE,
	    err);
}

int
fields_query(struct arena *a, const struct route *r, const char *query, struct value *values,
    struct err *err)
{
	const char *p = query;

	INVARIANT(r->nquery_fields <= ROUTE_FIELDS_MAX);
	while (*p) {
		size_t n = strcspn(p, "&");
		if (query_pair(a, r, p, n, values, err) < 0)
			return -1;
		p += n + (p[n] == '&');
	}
	for (size_t i = 0; i < r->nquery_fields; i++) {
		const struct field *f = &r->query_fields[i];
		if (!values[i].is_set && f->has_default) {
			values[i].text = f->default_str;
			values[i].num = f->default_int;
		}
	}
	return 0;
}

static int
body_strings(struct arena *a, const struct field *f, const struct jx *v, const char **pointer,
    struct err *err)
{
	struct field item = {.name = f->name, .min = 1, .max = f->item_max};

	if (!jx_is(v, JX_ARRAY))
		return err_set(err, E_SCHEMA, "'%s' must be a list of texts, not %s", f->name,
		    jx_type_name(v->type));
	if ((int64_t)jx_size(v) > f->max)
		return err_set(err, E_SCHEMA, "'%s' has %zu items; at most %lld are taken", f->name,
		    jx_size(v), (long long)f->max);
	for (size_t i = 0; i < jx_size(v); i++) {
		const struct jx *x = jx_at(v, i);
		*pointer = arena_printf(a, "/%s/%zu", f->name, i);
		if (!jx_is(x, JX_STRING))
			return err_set(err, E_SCHEMA, "item %zu of '%s' must be a text, not %s", i + 1,
			    f->name, jx_type_name(x->type));
		if (text_check(a, &item, x->u.text.p, x->u.text.n, E_SCHEMA, err) < 0)
			return -1;
	}
	return 0;
}

static int
body_value(struct arena *a, const struct field *f, const struct jx *v, const char **pointer,
    struct err *err)
{
	int64_t num;

	*pointer = arena_printf(a, "/%s", f->name);
	switch (f->type) {
	case FIELD_STR:
		if (!jx_is(v, JX_STRING))
			return err_set(err, E_SCHEMA, "'%s' must be a text, not %s", f->name,
			    jx_type_name(v->type));
		return text_check(a, f, v->u.text.p, v->u.text.n, E_SCHEMA, err);
	case FIELD_INT:
		if (!jx_is(v, JX_NUMBER) ||
		    num_parse(v->u.text.p, v->u.text.n, f->min, f->max, &num, err) < 0)
			return err_set(err, E_SCHEMA, "'%s' must be a whole number from %lld to %lld",
			    f->name, (long long)f->min, (long long)f->max);
		return 0;
	case FIELD_BOOL:
		if (!jx_is(v, JX_BOOL))
			return err_set(err, E_SCHEMA, "'%s' must be true or false", f->name);
		return 0;
	case FIELD_STRS:
		return body_strings(a, f, v, pointer, err);
	case FIELD_ANY:
		return 0;
	}
	NEVER("a field of no type");
}

int
fields_body(struct arena *a, const struct route *r, const struct jx *body, const char **pointer,
    struct err *err)
{
	*pointer = "";
	if (!jx_is(body, JX_OBJECT))
		return err_set(err, E_SCHEMA, "the body must be a JSON object, not %s",
		    jx_type_name(body->type));
	for (size_t i = 0; i < body->u.object.n; i++) {
		const struct jx_member *m = &body->u.object.at[i];
		size_t k = 0;
		while (k < r->nbody_fields && strcmp(r->body_fields[k].name, m->key) != 0)
			k++;
		if (k == r->nbody_fields)
			return unknown_name("the member", m->key, r->body_fields, r->nbody_fields,
			    E_SCHEMA, err);
		if (body_value(a, &r->body_fields[k], m->value, pointer, err) < 0)
			return -1;
	}
	*pointer = "";
	for (size_t k = 0; k < r->nbody_fields; k++)
		if (r->body_fields[k].is_required && !jx_find(body, r->body_fields[k].name))
			return err_set(err, E_SCHEMA, "the member '%s' is missing", r->body_fields[k].name);
	return 0;
}
