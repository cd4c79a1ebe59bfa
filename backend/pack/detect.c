/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranks of entities for a file. For each entity its columns are assigned to the file's columns, one to one, so
 * that the sum of the scores is greatest; a score is what the names say, moved by what the values say. Confidence
 * then weighs what was found of the entity against what was explained of the file. A name that many entities
 * know ("status", "name") weighs less than one that few do: that tells entities apart that share columns.
 */
#include "pack/detect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "pack/detect_rank.h"
#include "pack/detect_work.h"
#include "pack/facts.h"
#include "pack/internal.h"
#include "pack/pack.h"
#include "types/profile.h"

#define CONFIDENCE_MIN 150u /* below it an entity is not listed */
#define RANKS_MAX 32
#define UNKNOWN_SCORE UINT16_MAX
#define CLEAR_MIN 600u
#define CLEAR_AHEAD 60u
#define KNOWN_SCORE 850u /* from here on a name is taken to be known to an entity */
#define WEIGHT_FULL 1000u
#define WEIGHT_UNKNOWN 250u /* of a column of the file that no entity knows */
#define WEIGHT_OPTIONAL 350u /* permille of a required column's */

/* --- index ----------------------------------------------------------------------------------------- */

/* All members of an object, also those that hold more than one value. */
static const struct entity *
whole_object(struct arena *a, const struct entity *e)
{
	const struct jx *all = jx_find(e->schema, "properties"), *required = jx_find(e->schema, "required");
	struct column *fields = ARENA_ARRAY(a, jx_size(all), struct column);
	struct entity *out = ARENA_NEW(a, struct entity);

	*out = *e;
	for (size_t i = 0; i < jx_size(all); i++) {
		const struct jx_member *m = &all->u.object.at[i];
		const struct column *plain = entity_field(e, m->key);

		fields[i] = plain ? *plain : (struct column){.name = m->key, .type = jx_str(jx_find(m->value, "x-type"), "object"),
		    .says = jx_str(jx_find(m->value, "description"), NULL), .schema = m->value};
		if (!plain)
			fields[i].synonyms = strings_read(a, jx_find(m->value, "x-synonyms"), &fields[i].nsynonyms);
		for (size_t k = 0; k < jx_size(required) && !plain; k++)
			fields[i].is_required = fields[i].is_required || jx_is_str(jx_at(required, k), m->key);
	}
	out->fields = fields;
	out->nfields = jx_size(all);
	return out;
}

static void
entity_prepare(struct words *w, const struct entity *original, struct detect_entity *out)
{
	const struct entity *e = original->form == ENTITY_OBJECT ? whole_object(w->a, original) : original;
	const struct name ***names = ARENA_ARRAY(w->a, e->nfields, const struct name **);

	for (size_t i = 0; i < e->nfields; i++) {
		const struct column *c = &e->fields[i];

		names[i] = ARENA_ARRAY(w->a, c->nsynonyms + 1, const struct name *);
		names[i][0] = words_name(w, c->name);
		for (size_t k = 0; k < c->nsynonyms; k++)
			names[i][k + 1] = words_name(w, c->synonyms[k]);
	}
	out->entity = e;
	out->original = original;
	out->names = (const struct name *const *const *)names;
	out->is_generic = e->pack && e->pack->is_generic;
}

static bool
knows(const struct detect_entity *e, const struct name *k)
{
	for (size_t i = 0; i < e->entity->nfields; i++)
		for (size_t s = 0; s < e->entity->fields[i].nsynonyms + 1; s++)
			if (e->names[i][s] == k)
				return true;
	return false;
}

static void
known_count(struct arena *a, struct detect_entity *e, size_t n)
{
	for (size_t d = 0; d < n; d++) {
		unsigned *known = ARENA_ARRAY(a, e[d].entity->nfields, unsigned);

		for (size_t i = 0; i < e[d].entity->nfields; i++)
			for (size_t other = 0; other < n; other++)
				known[i] += knows(&e[other], e[d].names[i][0]);
		e[d].known = known;
	}
}

const struct detect_index *
detect_index_new(struct arena *a, const struct catalog *c)
{
	struct detect_index *x = ARENA_NEW(a, struct detect_index);
	struct detect_entity *e;
	size_t n = 0;

	x->catalog = c;
	words_init(&x->words, a, c);
	for (size_t p = 0; p < c->npacks; p++)
		n += c->packs[p].nentities;
	e = ARENA_ARRAY(a, n, struct detect_entity);
	for (size_t p = 0; p < c->npacks; p++)
		for (size_t i = 0; i < c->packs[p].nentities; i++)
			entity_prepare(&x->words, &c->packs[p].entities[i], &e[x->n++]);
	known_count(a, e, x->n);
	x->entities = e;
	words_close(&x->words);
	return x;
}

/* --- one entity ------------------------------------------------------------------------------------ */

static unsigned
rarity(unsigned known)
{
	static const unsigned weights[] = {1000, 1000, 850, 760, 690, 640, 600, 570, 540, 515, 490, 470, 450, 435, 420, 410};

	return known < sizeof weights / sizeof *weights ? weights[known] : known < 32 ? 340 : 260;
}

/* Scores are asked for many times over: each name of the catalog serves several entities. */
static unsigned
name_score_kept(const struct ranking *r, size_t at, const struct name *k, bool is_own, enum detect_how *how)
{
	uint16_t *kept = &r->scores[is_own][at * r->index->words.nnames + k->index];

	if (*kept == UNKNOWN_SCORE)
		*kept = (uint16_t)name_score(&r->words, at, k, is_own, how);
	*how = *kept == SCORE_EXACT ? DETECT_EXACT : *kept == SCORE_CASE ? DETECT_CASE :
	    *kept == SCORE_SYNONYM  ? DETECT_SYNONYM : DETECT_SIMILAR;
	return *kept;
}

/* The best that any name of a column says about a column of the file. */
static unsigned
column_score(const struct ranking *r, size_t at, const struct detect_entity *e, size_t i, enum detect_how *how)
{
	const struct column *c = &e->entity->fields[i];
	unsigned best = 0;

	*how = DETECT_NONE;
	for (size_t k = 0; k < c->nsynonyms + 1; k++) {
		enum detect_how by;
		unsigned s = name_score_kept(r, at, e->names[i][k], k == 0, &by);

		if (s > best) {
			best = s;
			*how = by;
		}
	}
	return best;
}

static bool
is_other_own_name(const struct entity *e, size_t i, const char *name)
{
	for (size_t k = 0; k < e->nfields; k++)
		if (k != i && strcmp(e->fields[k].name, name) == 0)
			return true;
	return false;
}

static uint32_t
with_values(unsigned score, enum detect_how how, const struct value_says *v)
{
	bool is_said = how != DETECT_SIMILAR;

	switch (v->verdict) {
	case VALUES_FIT:
	case VALUES_READ:
		return score + (v->is_telling ? 40 : 10);
	case VALUES_ODD:
		return score - (is_said ? 60 : 200);
	case VALUES_AGAINST:
		if (v->is_mostly)
			return score - 40;
		return is_said ? score - 300 : score > 800 ? score - 300 : 0;
	case VALUES_OPEN:
	case VALUES_AMBIGUOUS:
		break;
	}
	return score;
}

static void
pairs_score(struct ranking *r, const struct detect_entity *e, struct matched *m)
{
	const struct entity *entity = e->entity;
	size_t n = entity->nfields;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < r->n; k++) {
			struct pair *p = &m->pairs[i * r->n + k];

			p->name = column_score(r, k, e, i, &p->how);
			if (p->how != DETECT_EXACT && is_other_own_name(entity, i, r->profile->columns[k].name))
				p->name = 0; /* another column's own name is never this one's synonym */
			if (p->name < SCORE_MIN)
				continue;
			p->values = values_judge(r->a, &entity->fields[i], &r->profile->columns[k]);
			m->score[i * r->n + k] = with_values(p->name, p->how, &p->values);
			if (m->score[i * r->n + k] < SCORE_MIN && p->how == DETECT_SIMILAR)
				m->score[i * r->n + k] = 0;
		}
}

static bool
has_known_values(const struct value_says *v)
{
	return v->is_telling && (v->verdict == VALUES_FIT || v->verdict == VALUES_READ || v->verdict == VALUES_AMBIGUOUS);
}

/*
 * What names leave open, values may decide: when of the required columns that found nothing exactly one takes
 * the telling values of exactly one column that is left. Only once most of the entity is there by name.
 */
static void
by_values(struct ranking *r, const struct detect_entity *e, struct matched *m)
{
	const struct entity *entity = e->entity;
	size_t found = 0, required = 0, pairs = 0, row = 0, col = 0;
	struct value_says says = {0};

	for (size_t i = 0; i < entity->nfields; i++) {
		required += entity->fields[i].is_required;
		found += entity->fields[i].is_required && m->to[i] >= 0;
	}
	if (found * 2 < required || found == required || found < 2)
		return;
	for (size_t i = 0; i < entity->nfields; i++)
		for (size_t k = 0; k < r->n; k++) {
			struct value_says v;

			if (m->to[i] >= 0 || !entity->fields[i].is_required || m->is_used[k] || r->known[k] > 0)
				continue;
			v = values_judge(r->a, &entity->fields[i], &r->profile->columns[k]);
			if (!has_known_values(&v))
				continue;
			pairs++;
			row = i;
			col = k;
			says = v;
		}
	if (pairs != 1)
		return;
	m->to[row] = (int)col;
	m->is_used[col] = true;
	m->pairs[row * r->n + col] = (struct pair){.name = 400, .how = DETECT_VALUES, .values = says};
}

static void
match_entity(struct ranking *r, const struct detect_entity *e, struct matched *m)
{
	size_t n = e->entity->nfields;

	m->pairs = ARENA_ARRAY(r->a, n * r->n, struct pair);
	m->score = ARENA_ARRAY(r->a, n * r->n, uint32_t);
	m->to = ARENA_ARRAY(r->a, n, int);
	m->is_used = ARENA_ARRAY(r->a, r->n, bool);
	pairs_score(r, e, m);
	assign_best(r->a, m->score, n, r->n, m->to);
	for (size_t i = 0; i < n; i++)
		if (m->to[i] >= 0)
			m->is_used[m->to[i]] = true;
	by_values(r, e, m);
}

const struct pair *
matched_pair(const struct ranking *r, const struct matched *m, size_t i)
{
	return m->to[i] < 0 ? NULL : &m->pairs[i * r->n + (size_t)m->to[i]];
}

/* What a found column is worth, 0..1000: its name, less where its values contradict. */
static unsigned
worth(const struct pair *p)
{
	unsigned s = p->name;

	if (p->values.verdict == VALUES_AGAINST && !p->values.is_mostly)
		return s * 3 / 10;
	if (p->values.verdict == VALUES_AGAINST || p->values.verdict == VALUES_ODD)
		return s * 8 / 10;
	if ((p->values.verdict == VALUES_FIT || p->values.verdict == VALUES_READ) && p->values.is_telling)
		s += 20;
	return s > 1000 ? 1000 : s;
}

/* One or two columns found are little evidence, whatever they are. */
static unsigned
enough(size_t found)
{
	return found < 2 ? 600 : found < 3 ? 880 : 1000;
}

/* Does the entity's key, as mapped, repeat in the file? */
static enum key_verdict
key_of(const struct ranking *r, const struct entity *e, const struct matched *m)
{
	const char *names[8];
	size_t n = 0;

	for (size_t k = 0; k < e->nkey; k++)
		for (size_t i = 0; i < e->nfields; i++) {
			if (strcmp(e->fields[i].name, e->key[k]) != 0)
				continue;
			if (m->to[i] < 0 || n == 8)
				return KEY_UNDECIDED;
			names[n++] = r->profile->columns[m->to[i]].name;
		}
	return n == 0 || n != e->nkey ? KEY_UNDECIDED : profile_key(r->profile, names, n);
}

static unsigned
confidence_of(struct ranking *r, const struct detect_entity *d, const struct matched *m, struct detect_rank *out)
{
	const struct entity *e = d->entity;
	uint64_t want = 0, got = 0, all = 0, explained = 0, conf;
	size_t against = 0, refuting = 0, found = 0;

	for (size_t i = 0; i < e->nfields; i++) {
		const struct pair *p = matched_pair(r, m, i);
		unsigned w = rarity(d->known[i]);
		bool is_against = p && p->values.verdict == VALUES_AGAINST && !p->values.is_mostly;

		if (!e->fields[i].is_required)
			continue;
		out->nrequired++;
		out->nrequired_found += p != NULL;
		want += WEIGHT_FULL * (uint64_t)w;
		got += p ? (uint64_t)worth(p) * w : 0;
		against += is_against;
		refuting += is_against && !e->fields[i].is_tolerant && p->how != DETECT_SIMILAR;
	}
	for (size_t k = 0; k < r->n; k++)
		all += r->known[k] ? rarity(r->known[k]) : WEIGHT_UNKNOWN;
	for (size_t i = 0; i < e->nfields; i++) {
		const struct pair *p = matched_pair(r, m, i);

		found += p != NULL;
		if (p)
			explained += (uint64_t)worth(p) * (r->known[m->to[i]] ? rarity(r->known[m->to[i]]) : WEIGHT_UNKNOWN) / 1000;
	}
	if (want == 0 || all == 0)
		return 0;
	out->is_refuted = refuting > 0 || (against > 0 && against * 2 >= out->nrequired_found);
	conf = (650 * got / want) + (350 * explained / all);
	conf = conf * (out->nrequired_found == out->nrequired ? 1000 : 1000 - 300 * (out->nrequired - out->nrequired_found) /
	    out->nrequired) / 1000;
	if (out->nrequired_found * 2 < out->nrequired || out->nrequired_found == 0)
		conf = conf / 2;
	conf = conf * enough(found) / 1000;
	if (key_of(r, e, m) == KEY_NO)
		conf = conf * 88 / 100;
	if (out->is_refuted)
		conf = conf * 4 / 10;
	return (unsigned)(conf > 1000 ? 1000 : conf);
}

/* The file's own name is worth a little: enough between equals, never against columns. */
static unsigned
path_bonus(const struct ranking *r, const struct entity *e, unsigned confidence)
{
	const char *slash = strrchr(r->file->path, '/'), *base = slash ? slash + 1 : r->file->path;
	unsigned total, found = words_in(&r->index->words, base, e->label, &total);

	if (total == 0 || found < total || confidence < 400)
		return 0;
	return confidence + 20 > 1000 ? 1000 - confidence : 20;
}

void
ranking_names(struct ranking *r)
{
	const struct detect_index *x = r->index;
	size_t size = r->n * x->words.nnames * sizeof *r->scores[0];
	const char **names = ARENA_ARRAY(r->a, r->n, const char *);

	for (size_t i = 0; i < r->n; i++)
		names[i] = r->profile->columns[i].name;
	words_of_file(r->a, &x->words, names, r->n, &r->words);
	for (int own = 0; own < 2; own++) {
		r->scores[own] = arena_raw(r->a, size);
		memset(r->scores[own], 0xff, size);
	}
	r->known = ARENA_ARRAY(r->a, r->n, unsigned);
	for (size_t d = 0; d < x->n; d++)
		for (size_t k = 0; k < r->n; k++)
			for (size_t i = 0; i < x->entities[d].entity->nfields; i++) {
				enum detect_how how;

				if (column_score(r, k, &x->entities[d], i, &how) >= KNOWN_SCORE) {
					r->known[k]++;
					break;
				}
			}
}

static int
by_confidence(const void *x, const void *y)
{
	const struct detect_rank *a = x, *b = y;

	if (a->confidence != b->confidence)
		return a->confidence < b->confidence ? 1 : -1;
	return strcmp(a->entity->id, b->entity->id);
}

void
rank_entities(struct ranking *r, enum entity_form form, struct detect_rank *ranks, size_t *n)
{
	const struct detect_index *x = r->index;

	for (size_t d = 0; d < x->n; d++) {
		struct matched m = {0};
		struct detect_rank *out = &ranks[*n];

		if (x->entities[d].is_generic || x->entities[d].entity->form != form || x->entities[d].entity->nfields == 0)
			continue;
		*out = (struct detect_rank){.entity = x->entities[d].original};
		match_entity(r, &x->entities[d], &m);
		out->confidence = confidence_of(r, &x->entities[d], &m, out);
		out->confidence += path_bonus(r, out->entity, out->confidence);
		if (out->confidence < CONFIDENCE_MIN)
			continue;
		rank_explain(r, x->entities[d].entity, &m, key_of(r, x->entities[d].entity, &m), out);
		++*n;
	}
}

static bool
is_clear(const struct detect_rank *ranks, size_t n)
{
	return n > 0 && ranks[0].confidence >= CLEAR_MIN && !ranks[0].is_refuted &&
	    ranks[0].nrequired_found == ranks[0].nrequired && ranks[0].entity->form != ENTITY_TEXT &&
	    (n == 1 || ranks[0].confidence >= ranks[1].confidence + CLEAR_AHEAD);
}

void
detect_file(struct arena *a, const struct detect_index *index, const struct file_facts *file, struct detection *out)
{
	struct detect_rank *ranks = ARENA_ARRAY(a, index->n + 1, struct detect_rank);
	struct ranking r = {.a = a, .index = index, .file = file, .profile = file->profile};
	size_t n = 0;

	*out = (struct detection){.ranks = ranks};
	if (!file->profile->parse_ok)
		return;
	r.n = file->profile->ncolumns < FILE_COLUMNS_MAX ? file->profile->ncolumns : FILE_COLUMNS_MAX;
	if (r.n > 0) {
		ranking_names(&r);
		rank_entities(&r, ENTITY_ROWS, ranks, &n);
	} else {
		detect_document(&r, ranks, &n);
	}
	if (n > 1)
		qsort(ranks, n, sizeof *ranks, by_confidence);
	out->is_clear = is_clear(ranks, n);
	out->nranks = n < RANKS_MAX ? n : RANKS_MAX;
}
