/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/num.h"
#include "types/profile.h"

#define COLUMNS_MAX 65535

static const char *const pair_words[PAIRS__COUNT] = {"none", "some", "all"};

/* ---- out ---- */

/* A count that does not apply is null. */
static void
put_place(struct jw *w, const char *key, uint64_t n)
{
	if (n)
		jw_uint(w, key, n);
	else
		jw_null(w, key);
}

/* -1: not known. */
static void
put_count(struct jw *w, const char *key, int64_t n)
{
	if (n >= 0)
		jw_int(w, key, n);
	else
		jw_null(w, key);
}

static void
put_names(struct jw *w, const char *key, const struct artifact_profile *p, const uint16_t *columns, size_t n)
{
	jw_array(w, key);
	for (size_t i = 0; i < n; i++)
		jw_str(w, NULL, p->columns[columns[i]].name);
	jw_end(w);
}

static void
put_value_place(struct jw *w, const char *key, const struct value_place *v, const char *type)
{
	jw_object(w, key);
	if (type)
		jw_str(w, "type", type);
	jw_uint(w, "row", v->row);
	jw_str(w, "value", v->value);
	jw_end(w);
}

static void
put_nearly(struct jw *w, const struct column_profile *c)
{
	if (!c->nearly_spoiled.row) {
		jw_null(w, "nearly");
		return;
	}
	jw_object(w, "nearly");
	jw_str(w, "reading", coltype_name(c->nearly));
	jw_uint(w, "row", c->nearly_spoiled.row);
	jw_str(w, "value", c->nearly_spoiled.value);
	jw_uint(w, "values_before", c->nearly_after);
	jw_end(w);
}

static void
put_column(struct jw *w, const struct column_profile *c)
{
	jw_object(w, NULL);
	jw_str(w, "name", c->name);
	jw_str(w, "type", coltype_name(c->type));
	jw_uint(w, "nulls", c->nulls);
	jw_uint(w, "missing", c->missing);
	jw_uint(w, "distinct", c->distinct);
	jw_bool(w, "distinct_exact", c->distinct_exact);
	jw_str(w, "min", c->min);
	jw_str(w, "max", c->max);
	jw_str(w, "date_format", c->date_format);
	jw_str(w, "reading", coltype_name(c->reading));
	jw_str(w, "currency", c->currency);
	jw_str(w, "number_style", c->number_style);
	jw_str(w, "unit", c->unit);
	jw_str(w, "date_style", c->date_style);
	put_nearly(w, c);
	jw_array(w, "conforms");
	for (unsigned t = 0; t < COL__COUNT; t++)
		if (c->conforms & COL_BIT(t))
			jw_str(w, NULL, coltype_name((enum coltype)t));
	jw_end(w);
	if (c->nvalues) {
		jw_array(w, "values");
		for (size_t i = 0; i < c->nvalues; i++)
			jw_str(w, NULL, c->values[i]);
		jw_end(w);
	} else {
		jw_null(w, "values");
	}
	if (c->first.row)
		put_value_place(w, "first", &c->first, NULL);
	else
		jw_null(w, "first");
	jw_array(w, "refuted");
	for (unsigned t = 0; t < COL__COUNT; t++)
		if (c->refuted[t].row)
			put_value_place(w, NULL, &c->refuted[t], coltype_name((enum coltype)t));
	jw_end(w);
	jw_end(w);
}

static void
put_keys(struct jw *w, const char *key, const struct artifact_profile *p,
    const struct profile_key *keys, size_t n)
{
	jw_array(w, key);
	for (size_t i = 0; i < n; i++)
		put_names(w, NULL, p, keys[i].columns, keys[i].ncolumns);
	jw_end(w);
}

static void
put_parse(struct jw *w, const struct artifact_profile *p)
{
	jw_object(w, "parse");
	jw_bool(w, "ok", p->parse_ok);
	jw_str(w, "message", p->parse_ok ? NULL : p->fault.message);
	put_place(w, "row", p->parse_ok ? 0 : p->fault.row);
	put_place(w, "line", p->parse_ok ? 0 : p->fault.line);
	put_place(w, "column", p->parse_ok ? 0 : p->fault.column);
	if (!p->parse_ok && p->fault.has_offset)
		jw_uint(w, "offset", p->fault.offset);
	else
		jw_null(w, "offset");
	jw_end(w);
}

void
artifact_profile_json(const struct artifact_profile *p, const char *key, struct jw *w)
{
	char bytes[24];

	(void)snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)p->bytes);
	jw_object(w, key);
	jw_str(w, "schema", PROFILE_SCHEMA);
	jw_str(w, "kind", kind_name(p->kind));
	jw_str(w, "sniffed", format_name(p->sniffed));
	jw_str(w, "bytes", bytes);
	put_parse(w, p);
	put_count(w, "rows", p->rows);
	jw_bool(w, "bom", p->has_bom);
	put_count(w, "pages", p->pages);
	jw_str(w, "top_level", p->top_level);
	jw_array(w, "columns");
	for (size_t i = 0; i < p->ncolumns; i++)
		put_column(w, &p->columns[i]);
	jw_end(w);
	put_keys(w, "candidate_keys", p, p->candidate_keys, p->ncandidate_keys);
	put_keys(w, "undecided_keys", p, p->undecided_keys, p->nundecided_keys);
	jw_str(w, "pairs", pair_words[p->pairs]);
	put_names(w, "pair_columns", p, p->pair_columns, p->npair_columns);
	jw_str(w, "triples", pair_words[p->triples]);
	put_names(w, "triple_columns", p, p->triple_columns, p->ntriple_columns);
	put_count(w, "repeated_rows", p->repeated_rows);
	jw_str(w, "grain", p->grain);
	jw_str(w, "encoding", p->encoding);
	if (p->summary)
		jw_raw(w, "summary", p->summary);
	else
		jw_null(w, "summary");
	jw_array(w, "notes");
	for (size_t i = 0; i < p->nnotes; i++)
		jw_str(w, NULL, p->notes[i]);
	jw_end(w);
	jw_end(w);
}

/* ---- in ---- */

static uint64_t
count_of(const struct jx *v)
{
	int64_t n = jx_int(v, 0);

	return n > 0 ? (uint64_t)n : 0;
}

static struct value_place
place_of(struct arena *a, const struct jx *v)
{
	return (struct value_place){count_of(jx_find(v, "row")),
	    jx_is(v, JX_OBJECT) ? arena_str(a, jx_str(jx_find(v, "value"), "")) : NULL};
}

static const char *
text_of(struct arena *a, const struct jx *v)
{
	return jx_is(v, JX_STRING) ? arena_dup(a, v->u.text.p, v->u.text.n) : NULL;
}

static const char *const *
texts_of(struct arena *a, const struct jx *v, size_t *n)
{
	const char **list = ARENA_ARRAY(a, jx_size(v), const char *);

	*n = jx_is(v, JX_ARRAY) ? jx_size(v) : 0;
	for (size_t i = 0; i < *n; i++)
		list[i] = arena_str(a, jx_str(jx_at(v, i), ""));
	return *n ? list : NULL;
}

static int
take_column(struct arena *a, const struct jx *v, struct column_profile *out, struct err *err)
{
	const char *name, *type;
	const struct jx *list;
	enum coltype t;

	if (jx_get_str(v, "name", &name, err) < 0 || jx_get_str(v, "type", &type, err) < 0)
		return -1;
	if (!coltype_find(type, &t))
		return err_set(err, E_SCHEMA, "'%.40s' is not a column type", type);
	*out = (struct column_profile){.name = arena_str(a, name),
	    .type = t,
	    .nulls = count_of(jx_find(v, "nulls")),
	    .missing = count_of(jx_find(v, "missing")),
	    .distinct = count_of(jx_find(v, "distinct")),
	    .distinct_exact = jx_bool(jx_find(v, "distinct_exact"), false),
	    .min = text_of(a, jx_find(v, "min")),
	    .max = text_of(a, jx_find(v, "max")),
	    .date_format = text_of(a, jx_find(v, "date_format")),
	    .reading = t, /* of profiles that were stored before there were readings */
	    .currency = text_of(a, jx_find(v, "currency")),
	    .number_style = text_of(a, jx_find(v, "number_style")),
	    .unit = text_of(a, jx_find(v, "unit")),
	    .date_style = text_of(a, jx_find(v, "date_style")),
	    .nearly = t,
	    .nearly_spoiled = place_of(a, jx_find(v, "nearly")),
	    .nearly_after = count_of(jx_find(jx_find(v, "nearly"), "values_before")),
	    .first = place_of(a, jx_find(v, "first"))};
	out->values = texts_of(a, jx_find(v, "values"), &out->nvalues);
	(void)coltype_find(jx_str(jx_find(v, "reading"), ""), &out->reading);
	(void)coltype_find(jx_str(jx_find(jx_find(v, "nearly"), "reading"), ""), &out->nearly);
	list = jx_find(v, "conforms");
	for (size_t i = 0; i < jx_size(list); i++)
		if (coltype_find(jx_str(jx_at(list, i), ""), &t))
			out->conforms |= COL_BIT(t);
	list = jx_find(v, "refuted");
	for (size_t i = 0; i < jx_size(list); i++)
		if (coltype_find(jx_str(jx_find(jx_at(list, i), "type"), ""), &t))
			out->refuted[t] = place_of(a, jx_at(list, i));
	return 0;
}

static int
index_of(const struct artifact_profile *p, const char *name, struct err *err)
{
	for (size_t i = 0; i < p->ncolumns; i++)
		if (strcmp(p->columns[i].name, name) == 0)
			return (int)i;
	return err_set(err, E_SCHEMA, "a key names '%.60s', which is not a column", name);
}

static int
take_keys(struct arena *a, const struct jx *v, const struct artifact_profile *p,
    const struct profile_key **out, size_t *n, struct err *err)
{
	struct profile_key *keys = ARENA_ARRAY(a, jx_size(v), struct profile_key);

	for (size_t i = 0; i < jx_size(v); i++) {
		const struct jx *names = jx_at(v, i);
		uint16_t *columns = ARENA_ARRAY(a, jx_size(names), uint16_t);
		for (size_t k = 0; k < jx_size(names); k++) {
			int at = index_of(p, jx_str(jx_at(names, k), ""), err);
			if (at < 0)
				return -1;
			columns[k] = (uint16_t)at;
		}
		keys[i] = (struct profile_key){columns, jx_size(names)};
	}
	*out = keys;
	*n = jx_size(v);
	return 0;
}

static void
take_parse(const struct jx *v, struct artifact_profile *out)
{
	const struct jx *offset = jx_find(v, "offset");

	out->parse_ok = jx_bool(jx_find(v, "ok"), false);
	(void)snprintf(
	    out->fault.message, sizeof out->fault.message, "%s", jx_str(jx_find(v, "message"), ""));
	out->fault.row = count_of(jx_find(v, "row"));
	out->fault.line = count_of(jx_find(v, "line"));
	out->fault.column = count_of(jx_find(v, "column"));
	out->fault.has_offset = jx_is(offset, JX_NUMBER);
	out->fault.offset = count_of(offset);
}

/* Were pairs, or triples, looked at, and among which columns? */
static int
take_tested(struct arena *a, const struct jx *doc, const char *word, const char *names, const struct artifact_profile *p,
    enum profile_pairs *tested, const uint16_t **out, size_t *n, struct err *err)
{
	const struct jx *list = jx_find(doc, names);
	uint16_t *columns = ARENA_ARRAY(a, jx_size(list), uint16_t);

	for (unsigned i = 0; i < PAIRS__COUNT; i++)
		if (jx_is_str(jx_find(doc, word), pair_words[i]))
			*tested = (enum profile_pairs)i;
	for (size_t i = 0; i < jx_size(list); i++) {
		int at = index_of(p, jx_str(jx_at(list, i), ""), err);
		if (at < 0)
			return -1;
		columns[i] = (uint16_t)at;
	}
	*out = columns;
	*n = jx_size(list);
	return 0;
}

static int
take_all_keys(struct arena *a, const struct jx *doc, struct artifact_profile *p, struct err *err)
{
	if (take_keys(a, jx_find(doc, "candidate_keys"), p, &p->candidate_keys, &p->ncandidate_keys, err) < 0 ||
	    take_keys(a, jx_find(doc, "undecided_keys"), p, &p->undecided_keys, &p->nundecided_keys, err) < 0 ||
	    take_tested(a, doc, "pairs", "pair_columns", p, &p->pairs, &p->pair_columns, &p->npair_columns, err) < 0)
		return -1;
	return take_tested(a, doc, "triples", "triple_columns", p, &p->triples, &p->triple_columns, &p->ntriple_columns, err);
}

/* An object's text, as it was written. */
static const char *
summary_of(struct arena *a, const struct jx *v)
{
	struct buf b;
	struct jw w;

	if (!jx_is(v, JX_OBJECT))
		return NULL;
	buf_init(&b, a);
	jw_init(&w, &b);
	jw_value(&w, NULL, v);
	return buf_take(&b);
}

int
artifact_profile_from_json(
    struct arena *a, const struct jx *doc, struct artifact_profile *out, struct err *err)
{
	struct artifact_profile p = {.rows = jx_int(jx_find(doc, "rows"), -1),
	    .pages = jx_int(jx_find(doc, "pages"), -1),
	    .has_bom = jx_bool(jx_find(doc, "bom"), false),
	    .top_level = text_of(a, jx_find(doc, "top_level")),
	    .repeated_rows = jx_int(jx_find(doc, "repeated_rows"), -1),
	    .grain = text_of(a, jx_find(doc, "grain")),
	    .encoding = text_of(a, jx_find(doc, "encoding")),
	    .summary = summary_of(a, jx_find(doc, "summary"))};
	const struct jx *columns, *parse;
	struct column_profile *list;
	const char *kind, *bytes;

	if (jx_check_schema(doc, PROFILE_SCHEMA, err) < 0 ||
	    jx_get_str(doc, "kind", &kind, err) < 0 || kind_parse(kind, &p.kind, err) < 0 ||
	    jx_get_str(doc, "bytes", &bytes, err) < 0 ||
	    num_u64(bytes, strlen(bytes), UINT64_MAX, &p.bytes, err) < 0 ||
	    jx_get_object(doc, "parse", &parse, err) < 0 ||
	    jx_get_array(doc, "columns", &columns, err) < 0)
		return err_wrap(err, "a stored file profile");
	if (!format_find(jx_str(jx_find(doc, "sniffed"), ""), &p.sniffed) ||
	    jx_size(columns) > COLUMNS_MAX)
		return err_set(err, E_SCHEMA,
		    "a stored file profile: 'sniffed' or 'columns' is not as it should be");
	take_parse(parse, &p);
	list = ARENA_ARRAY(a, jx_size(columns), struct column_profile);
	for (size_t i = 0; i < jx_size(columns); i++)
		if (take_column(a, jx_at(columns, i), &list[i], err) < 0)
			return err_wrap(err, "a stored file profile, column %zu", i + 1);
	p.columns = list;
	p.ncolumns = jx_size(columns);
	if (take_all_keys(a, doc, &p, err) < 0)
		return err_wrap(err, "a stored file profile");
	p.notes = texts_of(a, jx_find(doc, "notes"), &p.nnotes);
	*out = p;
	return 0;
}

/* ---- questions ---- */

const struct column_profile *
profile_column(const struct artifact_profile *p, const char *name)
{
	for (size_t i = 0; i < p->ncolumns; i++)
		if (strcmp(p->columns[i].name, name) == 0)
			return &p->columns[i];
	return NULL;
}

static bool
has_name(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Does one of the keys lie wholly within the names? */
static bool
contains_key(const struct artifact_profile *p, const struct profile_key *keys, size_t nkeys,
    const char *const *names, size_t n)
{
	for (size_t i = 0; i < nkeys; i++) {
		size_t hits = 0;
		for (size_t k = 0; k < keys[i].ncolumns; k++)
			hits += has_name(names, n, p->columns[keys[i].columns[k]].name);
		if (hits == keys[i].ncolumns)
			return true;
	}
	return false;
}

/* Are all names among the columns that were combined? */
static bool
were_tested(const struct artifact_profile *p, const uint16_t *columns, size_t ncolumns, const char *const *names, size_t n)
{
	size_t hits = 0;

	for (size_t i = 0; i < ncolumns; i++)
		hits += has_name(names, n, p->columns[columns[i]].name);
	return hits == n;
}

enum key_verdict
profile_key(const struct artifact_profile *p, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct column_profile *c = profile_column(p, names[i]);
		if (!c || c->nulls)
			return KEY_NO;
	}
	if (p->rows <= 0)
		return KEY_UNDECIDED;
	if (contains_key(p, p->candidate_keys, p->ncandidate_keys, names, n))
		return KEY_YES;
	if (contains_key(p, p->undecided_keys, p->nundecided_keys, names, n))
		return KEY_UNDECIDED;
	if (n == 1)
		return KEY_NO;
	/* With all pairs looked at, what was left out (and is no key alone) had one value only. */
	if (n == 2 && (p->pairs == PAIRS_ALL || were_tested(p, p->pair_columns, p->npair_columns, names, n)))
		return KEY_NO;
	if (n == 3 && were_tested(p, p->triple_columns, p->ntriple_columns, names, n))
		return KEY_NO;
	return KEY_UNDECIDED;
}

/* NULL: all of the column's values are allowed; else one that is not, the first value if it is not.
 */
static const char *
stray_value(const struct column_profile *c, const char *const *values, size_t nvalues)
{
	const char *stray = NULL;

	for (size_t i = 0; i < c->nvalues; i++) {
		if (has_name(values, nvalues, c->values[i]))
			continue;
		if (c->first.value && strcmp(c->first.value, c->values[i]) == 0)
			return c->values[i];
		stray = stray ? stray : c->values[i];
	}
	return stray;
}

static enum key_verdict
fits_enum(const struct column_profile *c, const char *const *values, size_t nvalues,
    struct value_place *place, char reason[256])
{
	const char *stray;

	if (c->distinct == 0)
		return KEY_YES;
	if (!c->nvalues || !(c->conforms & COL_BIT(COL_TEXT)))
		return KEY_UNDECIDED;
	stray = stray_value(c, values, nvalues);
	if (!stray)
		return KEY_YES;
	if (!c->first.value || strcmp(c->first.value, stray) != 0)
		return KEY_UNDECIDED; /* its row is for a scan to find */
	*place = c->first;
	(void)value_conforms(COL_ENUM, CELL_TEXT, stray, strlen(stray), values, nvalues, reason);
	return KEY_NO;
}

enum key_verdict
profile_column_fits(const struct column_profile *c, enum coltype declared,
    const char *const *values, size_t nvalues, struct value_place *place, char reason[256])
{
	const struct value_place *at;

	if (declared == COL_ENUM)
		return fits_enum(c, values, nvalues, place, reason);
	if (c->distinct == 0 || c->conforms & COL_BIT(declared))
		return KEY_YES;
	at = c->refuted[declared].row ? &c->refuted[declared] : &c->first;
	*place = *at;
	if (!at->value ||
	    value_conforms(declared, CELL_TEXT, at->value, strlen(at->value), NULL, 0, reason))
		(void)snprintf(reason, 256, "a value of type %s", coltype_name(declared));
	return KEY_NO;
}
