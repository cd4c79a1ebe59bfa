/* SPDX-License-Identifier: Apache-2.0 */
#include "core/jx.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "core/fd.h"
#include "core/num.h"

#define BYTES_MAX_DEFAULT ((size_t)64 << 20)

static const char *const type_names[JX__COUNT] = {
    "null", "a boolean", "a number", "a string", "an array", "an object"};

int
jx_load(struct arena *a, const char *path, const struct jx_options *opt, struct jx **out,
    struct err *err)
{
	size_t max = opt && opt->bytes_max ? opt->bytes_max : BYTES_MAX_DEFAULT;
	char *text;
	size_t n;

	if (file_load(a, path, max, &text, &n, err) < 0)
		return -1;
	return jx_parse(a, text, n, opt, out, err) < 0 ? err_wrap(err, "'%s'", path) : 0;
}

const struct jx *
jx_find(const struct jx *o, const char *key)
{
	size_t n = strlen(key);

	if (!jx_is(o, JX_OBJECT))
		return NULL;
	for (size_t i = 0; i < o->u.object.n; i++) {
		const struct jx_member *m = &o->u.object.at[i];
		if (m->key_bytes == n && memcmp(m->key, key, n) == 0)
			return m->value;
	}
	return NULL;
}

const struct jx *
jx_at(const struct jx *v, size_t index)
{
	return jx_is(v, JX_ARRAY) && index < v->u.array.n ? v->u.array.at[index] : NULL;
}

size_t
jx_size(const struct jx *v)
{
	if (jx_is(v, JX_ARRAY))
		return v->u.array.n;
	return jx_is(v, JX_OBJECT) ? v->u.object.n : 0;
}

/* One reference token of an RFC 6901 pointer, unescaped into key; returns its end, NULL if bad. */
static const char *
pointer_token(const char *p, char *key, size_t key_bytes)
{
	size_t n = 0;

	for (; *p && *p != '/'; p++) {
		char c = *p;
		if (c == '~') {
			p++;
			if (*p != '0' && *p != '1')
				return NULL;
			c = *p == '0' ? '~' : '/';
		}
		if (n + 1 >= key_bytes)
			return NULL;
		key[n++] = c;
	}
	key[n] = '\0';
	return p;
}

const struct jx *
jx_pointer(const struct jx *root, const char *pointer)
{
	char key[512];
	int64_t index;

	while (root && *pointer) {
		if (*pointer != '/')
			return NULL;
		pointer = pointer_token(pointer + 1, key, sizeof key);
		if (!pointer)
			return NULL;
		if (!jx_is(root, JX_ARRAY)) {
			root = jx_find(root, key);
			continue;
		}
		if (num_parse(key, strlen(key), 0, INT64_MAX, &index, NULL) < 0 ||
		    (key[0] == '0' && key[1]))
			return NULL;
		root = jx_at(root, (size_t)index);
	}
	return root;
}

bool
jx_is(const struct jx *v, enum jx_type type)
{
	return v && v->type == type;
}

bool
jx_is_str(const struct jx *v, const char *s)
{
	return jx_is(v, JX_STRING) && v->u.text.n == strlen(s) && memcmp(v->u.text.p, s, v->u.text.n) == 0;
}

const char *
jx_str(const struct jx *v, const char *dflt)
{
	return jx_is(v, JX_STRING) ? v->u.text.p : dflt;
}

int64_t
jx_int(const struct jx *v, int64_t dflt)
{
	int64_t out;

	if (!jx_is(v, JX_NUMBER) ||
	    num_parse(v->u.text.p, v->u.text.n, INT64_MIN, INT64_MAX, &out, NULL) < 0)
		return dflt;
	return out;
}

bool
jx_bool(const struct jx *v, bool dflt)
{
	return jx_is(v, JX_BOOL) ? v->u.boolean : dflt;
}

double
jx_double(const struct jx *v, double dflt)
{
	return jx_is(v, JX_NUMBER) ? strtod(v->u.text.p, NULL) : dflt;
}

const char *
jx_type_name(enum jx_type type)
{
	INVARIANT(type < JX__COUNT);
	return type_names[type];
}

static const struct jx *
need(const struct jx *o, const char *key, enum jx_type type, struct err *err)
{
	const struct jx *v = jx_find(o, key);

	if (!o || o->type != JX_OBJECT)
		err_set(err, E_SCHEMA, "expected an object with '%s', found %s", key,
		    o ? type_names[o->type] : "nothing");
	else if (!v)
		err_set(err, E_SCHEMA, "line %u, column %u: '%s' is missing (%s)", o->line, o->column, key,
		    type_names[type]);
	else if (v->type != type)
		err_set(err, E_SCHEMA, "line %u, column %u: '%s' must be %s, found %s", v->line, v->column,
		    key, type_names[type], type_names[v->type]);
	return v && v->type == type ? v : NULL;
}

int
jx_get_str(const struct jx *o, const char *key, const char **out, struct err *err)
{
	const struct jx *v = need(o, key, JX_STRING, err);

	if (!v)
		return -1;
	*out = v->u.text.p;
	return 0;
}

int
jx_get_int(const struct jx *o, const char *key, int64_t min, int64_t max, int64_t *out,
    struct err *err)
{
	const struct jx *v = need(o, key, JX_NUMBER, err);

	if (!v)
		return -1;
	if (num_parse(v->u.text.p, v->u.text.n, min, max, out, NULL) < 0)
		return err_set(err, E_SCHEMA,
		    "line %u, column %u: '%s' must be a whole number from %" PRId64 " to %" PRId64
		    ", found %.40s",
		    v->line, v->column, key, min, max, v->u.text.p);
	return 0;
}

int
jx_get_bool(const struct jx *o, const char *key, bool *out, struct err *err)
{
	const struct jx *v = need(o, key, JX_BOOL, err);

	if (!v)
		return -1;
	*out = v->u.boolean;
	return 0;
}

int
jx_get_array(const struct jx *o, const char *key, const struct jx **out, struct err *err)
{
	const struct jx *v = need(o, key, JX_ARRAY, err);

	if (!v)
		return -1;
	*out = v;
	return 0;
}

int
jx_get_object(const struct jx *o, const char *key, const struct jx **out, struct err *err)
{
	const struct jx *v = need(o, key, JX_OBJECT, err);

	if (!v)
		return -1;
	*out = v;
	return 0;
}

/* Length of the longest common prefix plus suffix, relative to the longer word: a cheap likeness. */
static size_t
likeness(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), min = na < nb ? na : nb, pre = 0, post = 0;

	while (pre < min && a[pre] == b[pre])
		pre++;
	while (post < min - pre && a[na - 1 - post] == b[nb - 1 - post])
		post++;
	return (pre + post) * 100 / (na > nb ? na : nb ? nb : 1);
}

int
jx_check_keys(const struct jx *o, const char *const *legal, struct err *err)
{
	for (size_t i = 0; i < jx_size(o) && o->type == JX_OBJECT; i++) {
		const struct jx_member *m = &o->u.object.at[i];
		const char *nearest = NULL;
		size_t best = 49;
		bool is_legal = false;
		for (size_t k = 0; legal[k]; k++) {
			size_t score = likeness(m->key, legal[k]);
			if (strcmp(m->key, legal[k]) == 0)
				is_legal = true;
			if (score > best) {
				best = score;
				nearest = legal[k];
			}
		}
		if (is_legal)
			continue;
		return err_set(err, E_SCHEMA, "line %u, column %u: unknown key '%.80s'%s%s%s", m->value->line,
		    m->value->column, m->key, nearest ? "; did you mean '" : "", nearest ? nearest : "",
		    nearest ? "'?" : "");
	}
	return 0;
}

int
jx_check_schema(const struct jx *o, const char *name, struct err *err)
{
	const char *got;

	if (jx_get_str(o, "schema", &got, err) < 0)
		return -1;
	if (strcmp(got, name) != 0)
		return err_set(err, E_SCHEMA, "this is a '%.60s'; expected '%s'", got, name);
	return 0;
}
