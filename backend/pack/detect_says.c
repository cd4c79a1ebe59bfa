/* SPDX-License-Identifier: Apache-2.0 */
/* What was found, for people and as JSON. */
#include <inttypes.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/jw.h"
#include "pack/detect_rank.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "types/profile.h"

#define SENTENCES_MAX 12

struct sentences {
	const char **at;
	size_t n;
};

static void
say(struct sentences *s, const char *text)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->at[i], text) == 0)
			return;
	if (s->n < SENTENCES_MAX)
		s->at[s->n++] = text;
}

static const char *
names_words(struct arena *a, const char *const *names, size_t n)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s`%s`", i == 0 ? "" : i + 1 == n ? " and " : ", ", names[i]);
	return b.p ? buf_take(&b) : "";
}

static const char *
how_words(struct arena *a, const size_t *by)
{
	static const char *const words[] = {[DETECT_EXACT] = "by name", [DETECT_CASE] = "by name but for case and marks",
	    [DETECT_SYNONYM] = "by synonym", [DETECT_SIMILAR] = "by likeness", [DETECT_VALUES] = "by its values alone"};
	struct buf b;

	buf_init(&b, a);
	for (size_t h = DETECT_EXACT; h <= DETECT_VALUES; h++)
		if (by[h] > 0)
			buf_printf(&b, "%s%zu %s", b.len ? ", " : "", by[h], words[h]);
	return b.p ? buf_take(&b) : "";
}

/* "8 of 9 required columns: 3 by name, 5 by synonym" and what of the others. */
static void
say_columns(const struct ranking *r, const struct entity *e, const struct matched *m, const struct detect_rank *out,
    struct sentences *s)
{
	const char *what = e->form == ENTITY_ROWS ? "column" : "member", *how;
	size_t by[2][DETECT_VALUES + 1] = {0}, others = 0, found = 0;

	for (size_t i = 0; i < e->nfields; i++) {
		const struct pair *p = matched_pair(r, m, i);

		others += !e->fields[i].is_required;
		if (!p)
			continue;
		by[e->fields[i].is_required][p->how]++;
		found += !e->fields[i].is_required;
	}
	how = how_words(r->a, by[1]);
	say(s, arena_printf(r->a, "%zu of %zu required %s%s%s%s", out->nrequired_found, out->nrequired, what,
	    out->nrequired == 1 ? "" : "s", *how ? ": " : "", how));
	if (found > 0)
		say(s, arena_printf(r->a, "%zu of %zu optional %s%s: %s", found, others, what, others == 1 ? "" : "s",
		    how_words(r->a, by[0])));
}

static void
say_missing(const struct ranking *r, const struct entity *e, const struct matched *m, struct sentences *s)
{
	const char **names = ARENA_ARRAY(r->a, e->nfields, const char *);
	size_t n = 0;

	for (size_t i = 0; i < e->nfields; i++)
		if (e->fields[i].is_required && m->to[i] < 0)
			names[n++] = e->fields[i].name;
	if (n > 0)
		say(s, arena_printf(r->a, "nothing in the file is %s, which it needs", names_words(r->a, names, n)));
}

static const char *
key_words(const struct ranking *r, const struct entity *e, const struct matched *m)
{
	const char **names = ARENA_ARRAY(r->a, e->nkey, const char *);
	size_t n = 0;

	for (size_t k = 0; k < e->nkey; k++)
		for (size_t i = 0; i < e->nfields; i++)
			if (strcmp(e->fields[i].name, e->key[k]) == 0 && m->to[i] >= 0)
				names[n++] = r->profile->columns[m->to[i]].name;
	return names_words(r->a, names, n);
}

static void
say_key(const struct ranking *r, const struct entity *e, const struct matched *m, enum key_verdict key,
    struct sentences *evidence, struct sentences *against)
{
	if (key == KEY_YES && r->profile->rows > 1)
		say(evidence, arena_printf(r->a, "%s %s unique in all %" PRId64 " rows", key_words(r, e, m),
		    e->nkey == 1 ? "is" : "are together", r->profile->rows));
	else if (key == KEY_NO)
		say(against, arena_printf(r->a, "%s %s: rows repeat %s, and each %s has its own", key_words(r, e, m),
		    e->nkey == 1 ? "is not unique" : "are not unique together", e->nkey == 1 ? "it" : "them", e->label));
}

static void
say_values(const struct ranking *r, const struct entity *e, const struct matched *m, struct sentences *evidence,
    struct sentences *against)
{
	for (int required = 1; required >= 0; required--)
		for (size_t i = 0; i < e->nfields; i++) {
			const struct pair *p = matched_pair(r, m, i);

			if (!p || !p->values.says || e->fields[i].is_required != (required == 1))
				continue;
			if (p->values.verdict == VALUES_FIT || p->values.verdict == VALUES_READ)
				say(evidence, p->values.says);
			else
				say(against, p->values.says);
		}
}

/* Empty cells where a value is needed. */
static void
say_nulls(const struct ranking *r, const struct entity *e, const struct matched *m, struct sentences *against)
{
	for (size_t i = 0; i < e->nfields; i++) {
		const struct column *c = &e->fields[i];
		const struct column_profile *p = m->to[i] >= 0 ? &r->profile->columns[m->to[i]] : NULL;

		if (p && c->is_required && !c->is_nullable && p->nulls > 0)
			say(against, arena_printf(r->a, "`%s` is empty in %" PRIu64 " of %" PRId64 " rows, and `%s` is needed",
			    p->name, p->nulls, r->profile->rows, c->name));
	}
}

static const char *
name_words(const struct ranking *r, const struct column *c, const struct pair *p, const char *from)
{
	switch (p->how) {
	case DETECT_EXACT:
		return "the same name";
	case DETECT_CASE:
		return arena_printf(r->a, "`%s` is `%s` written differently", from, c->name);
	case DETECT_SYNONYM:
		return arena_printf(r->a, "`%s` is another name for `%s`", from, c->name);
	case DETECT_VALUES:
		return "the name says little; of what is missing its values fit this alone";
	case DETECT_SIMILAR:
	case DETECT_NONE:
		break;
	}
	return arena_printf(r->a, "`%s` is near `%s` or another name for it", from, c->name);
}

static struct detect_column
column_explain(const struct ranking *r, const struct column *c, const struct pair *p, int from)
{
	struct detect_column out = {.column = c, .from = from};
	const char *name;

	if (!p)
		return out;
	out.from_name = r->profile->columns[from].name;
	name = name_words(r, c, p, out.from_name);
	out.how = p->how;
	out.score = p->name;
	out.fits = p->values.verdict == VALUES_FIT || p->values.verdict == VALUES_OPEN || p->values.verdict == VALUES_ODD;
	out.fits_reading = out.fits || p->values.verdict == VALUES_READ;
	out.convert = p->values.convert;
	out.says = p->values.says ? arena_printf(r->a, "%s; %s", name, p->values.says) : name;
	return out;
}

void
rank_explain(const struct ranking *r, const struct entity *e, const struct matched *m, enum key_verdict key,
    struct detect_rank *out)
{
	struct detect_column *columns = ARENA_ARRAY(r->a, e->nfields, struct detect_column);
	struct sentences evidence = {.at = ARENA_ARRAY(r->a, SENTENCES_MAX, const char *)};
	struct sentences against = {.at = ARENA_ARRAY(r->a, SENTENCES_MAX, const char *)};
	uint16_t *unmatched = ARENA_ARRAY(r->a, r->profile->ncolumns, uint16_t);
	const char **names = ARENA_ARRAY(r->a, r->profile->ncolumns, const char *);

	for (size_t i = 0; i < e->nfields; i++)
		columns[i] = column_explain(r, &e->fields[i], matched_pair(r, m, i), m->to[i]);
	for (size_t k = 0; k < r->profile->ncolumns; k++)
		if (k >= r->n || !m->is_used[k]) {
			names[out->nunmatched] = r->profile->columns[k].name;
			unmatched[out->nunmatched++] = (uint16_t)k;
		}
	say_columns(r, e, m, out, &evidence);
	say_key(r, e, m, key, &evidence, &against);
	say_values(r, e, m, &evidence, &against);
	say_missing(r, e, m, &against);
	say_nulls(r, e, m, &against);
	if (r->n < r->profile->ncolumns)
		say(&against, arena_printf(r->a, "only the first %zu of %zu columns were looked at", r->n, r->profile->ncolumns));
	out->columns = columns;
	out->ncolumns = e->nfields;
	out->unmatched = unmatched;
	out->unmatched_names = names;
	out->evidence = evidence.at;
	out->nevidence = evidence.n;
	out->against = against.at;
	out->nagainst = against.n;
}

/* --- JSON ------------------------------------------------------------------------------------------ */

static void
column_json(const struct detect_column *c, struct jw *w)
{
	static const char *const how[] = {[DETECT_EXACT] = "exact", [DETECT_CASE] = "case", [DETECT_SYNONYM] = "synonym",
	    [DETECT_SIMILAR] = "similar", [DETECT_VALUES] = "values"};

	jw_object(w, NULL);
	jw_str(w, "name", c->column->name);
	jw_str(w, "type", c->column->type);
	jw_bool(w, "required", c->column->is_required);
	jw_str(w, "from", c->from_name);
	jw_str(w, "how", c->from >= 0 ? how[c->how] : NULL);
	jw_uint(w, "score", c->score);
	jw_bool(w, "fits", c->fits);
	jw_bool(w, "fits_reading", c->fits_reading);
	jw_str(w, "convert", c->convert);
	jw_str(w, "says", c->says);
	jw_end(w);
}

static void
texts_json(struct jw *w, const char *key, const char *const *at, size_t n)
{
	jw_array(w, key);
	for (size_t i = 0; i < n; i++)
		jw_str(w, NULL, at[i]);
	jw_end(w);
}

void
detect_json(const struct detection *d, const struct file_facts *file, struct jw *w)
{
	jw_object(w, NULL);
	jw_str(w, "schema", "forge.detection.v1");
	jw_str(w, "path", file->path);
	jw_bool(w, "clear", d->is_clear);
	jw_array(w, "ranks");
	for (size_t i = 0; i < d->nranks && i < DETECT_SHOWN_MAX; i++) {
		const struct detect_rank *r = &d->ranks[i];

		jw_object(w, NULL);
		jw_str(w, "entity", r->entity->id);
		jw_str(w, "label", r->entity->label);
		jw_str(w, "pack", r->entity->pack ? r->entity->pack->id : NULL);
		jw_uint(w, "confidence", r->confidence);
		jw_bool(w, "refuted", r->is_refuted);
		jw_uint(w, "required", r->nrequired);
		jw_uint(w, "required_found", r->nrequired_found);
		texts_json(w, "evidence", r->evidence, r->nevidence);
		texts_json(w, "against", r->against, r->nagainst);
		jw_array(w, "columns");
		for (size_t k = 0; k < r->ncolumns; k++)
			column_json(&r->columns[k], w);
		jw_end(w);
		jw_array(w, "unmatched");
		for (size_t k = 0; k < r->nunmatched; k++)
			jw_str(w, NULL, r->unmatched_names[k]);
		jw_end(w);
		jw_end(w);
	}
	jw_end(w);
	jw_end(w);
}
