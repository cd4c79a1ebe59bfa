/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/apimap.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jpatch.h"
#include "core/jx.h"
#include "imprint/apiwords.h"

/*
 * Confidence of each kind of evidence, in thousandths, and what takes away from it. The gaps are wide enough that
 * a kind of evidence is never outvoted by a lesser one within the margin, except where the places differ, too.
 */
#define CONF_EXACT 1000
#define CONF_NORMALISED 970
#define CONF_SYNONYM 950
#define CONF_ABBREVIATION 930
#define CONF_WORD 900
#define CONF_PLACE 890
#define CONF_BARE 880
#define CONF_FILLER 840      /* a weak word more, beside one that it adds nothing to ("phone_number") */
#define CONF_FILLER_SHOWN 880 /* a weak word more, and the same format or the same list of values */
#define CONF_FILLER_ODD 720  /* a weak word more, and nothing else: below the threshold */
#define CONF_SIMILAR_TOP 870 /* of a likeness of 1000 that is not one of the above (words in another order) */
#define PLACE_WEIGHT 250     /* how much unlike parents take away, of 1000 */
#define PLACE_ONE_SIDED 600  /* likeness of "no parent" to some parent */
#define FORMAT_CLASH 700     /* email against uuid */
#define ENUM_CLASH 500       /* no value in common */
#define SAME_FORMAT 100      /* what the same format adds to likeness by letters; never up to the threshold */
#define SAME_VALUES 200      /* what the same list of values adds to it */
#define SAME_VALUES_MIN 3    /* a list of two is everywhere: yes and no */
#define CANDIDATE_FLOOR 450  /* what is less alike is not worth a look */
#define CANDIDATES_MAX 8
#define NEAR_MAX 3           /* candidates far below the threshold */

struct side_name { /* a field's name and its parents', taken apart */
	struct name name, parents, both, bare; /* bare: without units and fillers */
	bool is_bare; /* it had some */
	const struct apimap_column *column; /* of the entity, by name or synonym */
};
struct score {
	unsigned confidence;     /* 0: ruled out */
	unsigned by_name;        /* before types, formats and values were looked at */
	enum apimap_evidence_kind evidence;
	const char *against;     /* what took away from it or ruled it out; NULL: nothing */
};
struct maker {
	struct arena *a;
	const struct apimap_side *x, *y;
	const struct apimap_words *w;
	const struct apimap_entity *entity;
	struct side_name *nx, *ny;
	struct name root_x, root_y;
	struct score *score; /* [y * x->n_fields + x] */
	bool *used_x, *used_y;
	const struct apimap_field **taken_for; /* by x: the field of B that it is linked to */
	const char **note_y;  /* why a link of y was refused */
};

/* --- names of a side --- */

/* The names and synonyms of an entity's columns, taken apart once. */
struct column_names {
	struct name *at;
	size_t *column;
	size_t n;
};

static void
columns_read(struct arena *a, const struct apimap_words *w, const struct apimap_entity *e, struct column_names *out)
{
	size_t n = 0;

	for (size_t i = 0; e && i < e->n_columns; i++)
		n += 1 + e->columns[i].n_synonyms;
	*out = (struct column_names){.at = ARENA_ARRAY(a, n, struct name), .column = ARENA_ARRAY(a, n, size_t)};
	for (size_t i = 0; e && i < e->n_columns; i++)
		for (size_t k = 0; k <= e->columns[i].n_synonyms; k++) {
			name_read(a, w, k == 0 ? e->columns[i].name : e->columns[i].synonyms[k - 1], &out->at[out->n]);
			out->column[out->n++] = i;
		}
}

/* The column that a field stands for: by its name, or by its parent and its name ("/client/id": client_id). */
static const struct apimap_column *
column_find(const struct apimap_entity *e, const struct column_names *c, const struct name *n)
{
	for (size_t i = 0; i < c->n; i++)
		if (names_same_words(&c->at[i], n) || (n->n > 0 && strcmp(c->at[i].plain, n->plain) == 0))
			return &e->columns[c->column[i]];
	return NULL;
}

/* The names above the last one, without "*" and the sections of a request. */
static const char *
parents_text(struct arena *a, const struct apimap_field *f)
{
	const char *end = strrchr(f->pointer, '/');
	struct buf b;

	buf_init(&b, a);
	while (end && end > f->pointer && end[1] == '*' && end[2] == '\0') { /* an element: its list is the last name */
		const char *up = end;

		while (up > f->pointer && *--up != '/')
			;
		end = up;
	}
	for (const char *p = f->pointer; end && p < end;) {
		size_t n = strcspn(++p, "/");
		bool is_section = p[0] == '_' && p == f->pointer + 1;

		if (!is_section && !(n == 1 && p[0] == '*')) {
			buf_char(&b, '_');
			buf_add(&b, p, n);
		}
		p += n;
	}
	return b.p;
}

static struct side_name *
side_read(struct arena *a, const struct apimap_words *w, const struct apimap_entity *e, const struct apimap_side *side)
{
	struct side_name *out = ARENA_ARRAY(a, side->n_fields, struct side_name);
	struct column_names columns;

	columns_read(a, w, e, &columns);
	for (size_t i = 0; i < side->n_fields; i++) {
		const char *parents = parents_text(a, &side->fields[i]);

		name_read(a, w, side->fields[i].name, &out[i].name);
		name_read(a, w, parents, &out[i].parents);
		name_read(a, w, arena_printf(a, "%s_%s", parents, side->fields[i].name), &out[i].both);
		out[i].is_bare = name_bare(a, w, &out[i].name, &out[i].bare);
		out[i].column = column_find(e, &columns, &out[i].name);
		if (!out[i].column && out[i].parents.n > 0)
			out[i].column = column_find(e, &columns, &out[i].both);
	}
	return out;
}

/* --- how alike two fields are --- */

/* "client_id" of a client is its "id": the same once the name of the thing is taken off. */
static bool
is_same_without_root(const struct maker *m, const struct name *x, const struct name *y, const struct name *root)
{
	const struct name *l = x->n > y->n ? x : y, *s = l == x ? y : x;
	struct name rest = {0};

	if (root->n == 0 || l->n != s->n + root->n || s->n == 0)
		return false;
	for (size_t i = 0; i < root->n; i++)
		if (!words_equal(&l->word[i], &root->word[i]) && !(l->word[i].group && l->word[i].group == root->word[i].group))
			return false;
	for (size_t i = root->n; i < l->n; i++)
		rest.word[rest.n++] = l->word[i];
	name_join(m->a, m->w, &rest);
	return names_same_meaning(&rest, s);
}

static bool
is_date_format(const char *format)
{
	return strcmp(format, "date") == 0 || strncmp(format, "date-", 5) == 0 || strcmp(format, "time") == 0;
}

static bool
is_same_format(const struct apimap_field *x, const struct apimap_field *y)
{
	return x->format && y->format && strcmp(x->format, y->format) == 0;
}

static bool
is_same_values(const struct apimap_field *x, const struct apimap_field *y)
{
	bool is_same = x->n_values == y->n_values && x->n_values > 0;

	for (size_t i = 0; is_same && i < x->n_values; i++) {
		is_same = false;
		for (size_t k = 0; !is_same && k < y->n_values; k++)
			is_same = jx_equal(x->values[i], y->values[k]);
	}
	return is_same;
}

static struct score
score(unsigned confidence, enum apimap_evidence_kind evidence)
{
	return (struct score){.confidence = confidence, .evidence = evidence};
}

/* Alike by letters. What formats and values show is added, but dates are everywhere and prove nothing. */
static struct score
likeness_score(const struct maker *m, size_t ix, size_t iy)
{
	const struct apimap_field *x = &m->x->fields[ix], *y = &m->y->fields[iy];
	unsigned c = names_likeness(&m->nx[ix].name, &m->ny[iy].name) * CONF_SIMILAR_TOP / 1000;

	if (c < CANDIDATE_FLOOR)
		return score(c, APIMAP_SIMILAR);
	if (x->n_values >= SAME_VALUES_MIN && is_same_values(x, y))
		c += SAME_VALUES;
	else if (c < APIMAP_THRESHOLD - SAME_FORMAT && is_same_format(x, y) && !is_date_format(x->format))
		c += SAME_FORMAT;
	return score(c < CONF_SIMILAR_TOP ? c : CONF_SIMILAR_TOP, APIMAP_SIMILAR);
}

static struct score
name_score(const struct maker *m, size_t ix, size_t iy)
{
	const struct side_name *x = &m->nx[ix], *y = &m->ny[iy];
	const struct apimap_field *fx = &m->x->fields[ix], *fy = &m->y->fields[iy];
	bool is_usual;

	/* What stands for the whole has no name. */
	if (strcmp(fx->name, fy->name) == 0 && (x->name.n > 0 || strcmp(fx->pointer, fy->pointer) == 0))
		return score(CONF_EXACT, APIMAP_EXACT);
	if (x->name.n > 0 && strcmp(x->name.plain, y->name.plain) == 0)
		return score(CONF_NORMALISED, APIMAP_NORMALISED);
	if (x->column && x->column == y->column)
		return score(CONF_SYNONYM, APIMAP_SYNONYM);
	if (names_same_words(&x->name, &y->name))
		return score(CONF_ABBREVIATION, APIMAP_ABBREVIATION);
	if (names_same_meaning(&x->name, &y->name))
		return score(CONF_WORD, APIMAP_WORD);
	if (names_same_meaning(&x->both, &y->name) || names_same_meaning(&x->name, &y->both)
	    || is_same_without_root(m, &x->name, &y->name, &m->root_x) || is_same_without_root(m, &x->name, &y->name, &m->root_y))
		return score(CONF_PLACE, APIMAP_PLACE);
	if ((x->is_bare || y->is_bare) && names_same_meaning(&x->bare, &y->bare))
		return score(CONF_BARE, APIMAP_BARE);
	if (names_same_but_weak(m->a, m->w, &x->bare, &y->bare, &is_usual))
		return score(is_same_format(fx, fy) || is_same_values(fx, fy) ? CONF_FILLER_SHOWN
			     : is_usual					     ? CONF_FILLER
									     : CONF_FILLER_ODD,
		    APIMAP_FILLER);
	return likeness_score(m, ix, iy);
}

/* Likeness of the parents: 1000 where both have none or the same ones. */
static unsigned
place_score(const struct side_name *x, const struct side_name *y)
{
	if (x->parents.n == 0 && y->parents.n == 0)
		return 1000;
	if (x->parents.n == 0 || y->parents.n == 0)
		return PLACE_ONE_SIDED;
	return names_likeness(&x->parents, &y->parents);
}

static unsigned
format_score(const struct apimap_field *x, const struct apimap_field *y, const struct apimap_link *l)
{
	if (!x->format || !y->format || strcmp(x->format, y->format) == 0)
		return 1000;
	for (size_t i = 0; i < l->n_steps; i++)
		if (l->steps[i].how == APIMAP_DATE)
			return 1000;
	return strncmp(x->format, "int", 3) == 0 || strcmp(x->format, "float") == 0 || strcmp(x->format, "double") == 0
	    ? 1000 /* widths of numbers */
	    : FORMAT_CLASH;
}

static unsigned
enum_score(const struct apimap_link *l)
{
	size_t has = 0;

	for (size_t i = 0; i < l->n_steps; i++) {
		if (l->steps[i].how != APIMAP_TABLE)
			continue;
		for (size_t k = 0; k < l->steps[i].n_table; k++)
			has += l->steps[i].table[k].to != NULL;
		return ENUM_CLASH + (unsigned)((1000 - ENUM_CLASH) * has / l->steps[i].n_table);
	}
	return 1000;
}

static size_t
stars(const char *pointer)
{
	size_t n = 0;

	for (const char *p = pointer; (p = strstr(p, "/*")) != NULL; p += 2)
		n += p[2] == '/' || p[2] == '\0';
	return n;
}

/* What rules a pair out whatever its names are, or NULL; *link gets the steps. */
static const char *
ruled_out(const struct maker *m, size_t ix, size_t iy, struct apimap_link *link)
{
	const struct apimap_field *x = &m->x->fields[ix], *y = &m->y->fields[iy];

	if (x->is_opaque || y->is_opaque)
		return "one of them is a map, a choice or any value, and is not looked into";
	if (stars(x->pointer) != stars(y->pointer))
		return "one of them is repeated and the other is not";
	if (y->is_readonly && m->y->is_request)
		return arena_printf(m->a, "only the server sets %s", y->pointer);
	if (!apimap_steps(m->a, m->w, x, y, &m->nx[ix].name, &m->ny[iy].name, link))
		return "its values have no exact way over";
	return NULL;
}

/* Names first: most pairs end there, and steps are made for the few that are left. */
static struct score
pair_score(struct maker *m, size_t ix, size_t iy)
{
	const struct apimap_field *x = &m->x->fields[ix], *y = &m->y->fields[iy];
	struct score s = name_score(m, ix, iy);
	struct apimap_link link = {.a = x, .b = y};
	unsigned place = place_score(&m->nx[ix], &m->ny[iy]), formats, values;

	if (x->is_const || y->is_const)
		return (struct score){0};
	if (s.evidence != APIMAP_PLACE)
		s.confidence = s.confidence * (1000 - PLACE_WEIGHT + PLACE_WEIGHT * place / 1000) / 1000;
	s.by_name = s.confidence;
	if (s.confidence < CANDIDATE_FLOOR)
		return s;
	if (place < 1000)
		s.against = "they stand in unlike places";
	if (s.confidence < APIMAP_THRESHOLD - APIMAP_MARGIN)
		return s;
	s.against = ruled_out(m, ix, iy, &link);
	if (s.against) {
		if (s.confidence >= CONF_WORD && !m->note_y[iy])
			m->note_y[iy] = arena_printf(m->a, "%s is called the same, but %s", x->pointer, s.against);
		s.confidence = 0;
		return s;
	}
	formats = format_score(x, y, &link);
	values = enum_score(&link);
	if (formats < 1000)
		s.against = arena_printf(m->a, "the formats %s and %s contradict each other", x->format, y->format);
	else if (values < 1000)
		s.against = "some of its values have no counterpart";
	else if (place < 1000)
		s.against = "they stand in unlike places";
	s.confidence = s.confidence * formats / 1000 * values / 1000;
	return s;
}

/* --- choosing --- */

struct best {
	long at;
	unsigned confidence, second;
};

static struct best
best_for_y(const struct maker *m, size_t iy)
{
	struct best b = {.at = -1};

	for (size_t i = 0; i < m->x->n_fields; i++) {
		unsigned c = m->score[iy * m->x->n_fields + i].confidence;

		if (m->used_x[i] || c == 0)
			continue;
		if (c > b.confidence) {
			b.second = b.confidence;
			b.confidence = c;
			b.at = (long)i;
		} else if (c > b.second) {
			b.second = c;
		}
	}
	return b;
}

static struct best
best_for_x(const struct maker *m, size_t ix)
{
	struct best b = {.at = -1};

	for (size_t i = 0; i < m->y->n_fields; i++) {
		unsigned c = m->score[i * m->x->n_fields + ix].confidence;

		if (m->used_y[i] || c == 0)
			continue;
		if (c > b.confidence) {
			b.second = b.confidence;
			b.confidence = c;
			b.at = (long)i;
		} else if (c > b.second) {
			b.second = c;
		}
	}
	return b;
}

/* The same name in the same place is not put in doubt by something merely alike. */
static bool
is_clear(const struct best *b)
{
	return b->confidence >= APIMAP_THRESHOLD
	    && (b->confidence - b->second > APIMAP_MARGIN || (b->confidence == CONF_EXACT && b->second < CONF_EXACT));
}

static const char *
link_says(struct arena *a, const struct maker *m, size_t ix, size_t iy, const struct score *s)
{
	const char *x = m->x->fields[ix].name, *y = m->y->fields[iy].name;

	switch (s->evidence) {
	case APIMAP_EXACT:
		return "the same name";
	case APIMAP_NORMALISED:
		return arena_printf(a, "'%s' and '%s' differ only in case and separators", x, y);
	case APIMAP_SYNONYM:
		return arena_printf(a, "the pack knows both as '%s' of %s", m->nx[ix].column->name, m->entity->id);
	case APIMAP_ABBREVIATION:
		return arena_printf(a, "'%s' and '%s' are the same words, written out and in the singular", x, y);
	case APIMAP_WORD:
		return arena_printf(a, "the words of '%s' and '%s' mean the same by the vocabulary", x, y);
	case APIMAP_PLACE:
		return arena_printf(a, "'%s' and '%s' are the same once the name of what they belong to is taken off", x, y);
	case APIMAP_BARE:
		return arena_printf(a, "'%s' and '%s' are the same but for units and words that add nothing", x, y);
	case APIMAP_FILLER:
		return arena_printf(a, "'%s' and '%s' are the same but for a word that adds little%s", x, y,
		    is_same_values(&m->x->fields[ix], &m->y->fields[iy])   ? ", and list the same values"
		    : is_same_format(&m->x->fields[ix], &m->y->fields[iy]) ? ", and are of the same format"
									    : "");
	case APIMAP_SIMILAR:
		return arena_printf(a, "'%s' and '%s' are alike by their letters%s", x, y,
		    m->x->fields[ix].n_values >= SAME_VALUES_MIN && is_same_values(&m->x->fields[ix], &m->y->fields[iy])
			? " and list the same values"
			: "");
	case APIMAP__EVIDENCE:
		break;
	}
	NEVER("evidence without a kind");
}

/*
 * Rounds: what is each other's best by more than the margin is linked and leaves the field; that may clear up
 * what was in doubt because of it. Ends when a round links nothing: at most min(x, y) rounds.
 */
static void
links_choose(struct maker *m, struct apimap_link *links)
{
	for (bool is_moving = true; is_moving;) {
		is_moving = false;
		for (size_t y = 0; y < m->y->n_fields; y++) {
			struct best by = {.at = -1}, bx;
			const struct score *s;
			size_t x;

			if (m->used_y[y] || (by = best_for_y(m, y)).at < 0 || !is_clear(&by))
				continue;
			x = (size_t)by.at;
			bx = best_for_x(m, x);
			if (bx.at != (long)y || !is_clear(&bx))
				continue;
			s = &m->score[y * m->x->n_fields + x];
			links[y] = (struct apimap_link){
			    .a = &m->x->fields[x],
			    .b = &m->y->fields[y],
			    .confidence = s->confidence,
			    .evidence = s->evidence,
			    .says = link_says(m->a, m, x, y, s),
			};
			(void)apimap_steps(m->a, m->w, links[y].a, links[y].b, &m->nx[x].name, &m->ny[y].name, &links[y]);
			m->used_x[x] = m->used_y[y] = is_moving = true;
			m->taken_for[x] = links[y].b;
		}
	}
}

static int
by_confidence(const void *p, const void *q)
{
	const struct apimap_candidate *x = p, *y = q;

	if (x->is_free != y->is_free)
		return x->is_free ? -1 : 1;
	if (x->confidence != y->confidence)
		return x->confidence < y->confidence ? 1 : -1;
	return strcmp(x->a->pointer, y->a->pointer);
}

/* Another field of B that x could be, too. */
static const struct apimap_field *
rival_of(const struct maker *m, size_t ix, size_t iy)
{
	for (size_t i = 0; i < m->y->n_fields; i++)
		if (i != iy && !m->used_y[i]
		    && m->score[i * m->x->n_fields + ix].confidence + APIMAP_MARGIN >= m->score[iy * m->x->n_fields + ix].confidence)
			return &m->y->fields[i];
	return NULL;
}

static const char *
why_not(const struct maker *m, size_t ix, size_t iy, const struct score *s)
{
	const struct apimap_field *taken_for = m->used_x[ix] ? m->taken_for[ix] : NULL, *rival;

	if (taken_for)
		return arena_printf(m->a, "it is taken for %s", taken_for->pointer);
	if (s->confidence == 0)
		return s->against;
	if (s->confidence < APIMAP_THRESHOLD)
		return arena_printf(m->a, "below the threshold of %u.%03u%s%s", APIMAP_THRESHOLD / 1000, APIMAP_THRESHOLD % 1000,
		    s->against ? "; " : "", s->against ? s->against : "");
	rival = rival_of(m, ix, iy);
	return rival ? arena_printf(m->a, "it fits %s as well", rival->pointer) : "another one comes within the margin of it";
}

static const char *
open_says(const struct maker *m, size_t iy, const struct apimap_open *o)
{
	bool has_free = o->n_candidates > 0 && o->candidates[0].is_free;

	if (o->b->is_const)
		return "fixed by the schema: decoding puts it in";
	if (o->b->is_readonly && m->y->is_request)
		return "only the server sets it";
	if (o->n_clear > 0)
		return o->n_clear > 1 ? "several fields come within the margin of each other; none is taken"
				      : "its only candidate fits another field as well; none is taken";
	if (m->note_y[iy])
		return m->note_y[iy];
	if (has_free)
		return "the nearest candidate is below the threshold";
	if (o->n_candidates > 0)
		return "what comes near is taken for other fields or cannot be carried over";
	return o->b->is_required ? "required, and nothing on the other side is called so" : "nothing is called so";
}

static void
open_read(struct maker *m, size_t iy, struct apimap_open *out)
{
	struct apimap_candidate *all = ARENA_ARRAY(m->a, m->x->n_fields, struct apimap_candidate);
	size_t n = 0, clear = 0, near = 0;

	for (size_t i = 0; i < m->x->n_fields; i++) {
		const struct score *s = &m->score[iy * m->x->n_fields + i];

		if (s->by_name < CANDIDATE_FLOOR)
			continue;
		all[n++] = (struct apimap_candidate){
		    .a = &m->x->fields[i],
		    .confidence = s->confidence ? s->confidence : s->by_name,
		    .is_free = !m->used_x[i] && s->confidence > 0,
		};
	}
	qsort(all, n, sizeof *all, by_confidence);
	for (size_t i = 0; i < n; i++) {
		bool is_near = !all[i].is_free || all[i].confidence < APIMAP_THRESHOLD - APIMAP_MARGIN;
		size_t ix = (size_t)(all[i].a - m->x->fields);
		const struct score *s = &m->score[iy * m->x->n_fields + ix];

		if (i == CANDIDATES_MAX || (is_near && near++ == NEAR_MAX)) {
			n = i;
			break;
		}
		clear += all[i].is_free && all[i].confidence >= APIMAP_THRESHOLD;
		all[i].says = link_says(m->a, m, ix, iy, s);
		all[i].why_not = why_not(m, ix, iy, s);
	}
	*out = (struct apimap_open){
	    .b = &m->y->fields[iy],
	    .candidates = all,
	    .n_candidates = n,
	    .n_clear = clear,
	    .is_ambiguous = clear > 0,
	};
	out->says = open_says(m, iy, out);
}

/* --- the entity in the middle --- */

static size_t
columns_known(struct arena *a, const struct apimap_words *w, const struct apimap_entity *e, const struct apimap_side *side)
{
	struct side_name *names = side_read(a, w, e, side);
	size_t n = 0;

	for (size_t c = 0; c < e->n_columns; c++)
		for (size_t i = 0; i < side->n_fields; i++)
			if (names[i].column == &e->columns[c]) {
				n++;
				break;
			}
	return n;
}

static const char *
last_part(const char *id)
{
	const char *dot = strrchr(id, '.');

	return dot ? dot + 1 : id;
}

/* How many of its columns both sides have. */
static size_t
columns_shared(struct maker *m, const struct apimap_entity *e)
{
	struct arena *scratch = arena_new(0);
	size_t x = columns_known(scratch, m->w, e, m->x), y = columns_known(scratch, m->w, e, m->y);

	arena_free(scratch);
	return x < y ? x : y;
}

/* By id, or by its last part: of several packs that have one of that name the entity that both sides know best. */
static const struct apimap_entity *
entity_named(struct maker *m, const char *name)
{
	const struct apimap_entity *found = NULL;
	size_t best = 0;
	struct name want, have;

	name_read(m->a, m->w, name, &want);
	for (size_t i = 0; i < m->w->n_entities; i++) {
		const struct apimap_entity *e = &m->w->entities[i];
		size_t n;

		if (strcmp(e->id, name) == 0)
			return e;
		name_read(m->a, m->w, last_part(e->id), &have);
		if (!names_same_words(&want, &have))
			continue;
		n = columns_shared(m, e);
		if (!found || n > best) {
			found = e;
			best = n;
		}
	}
	return found;
}

static int
entity_choose(struct maker *m, const char *name, struct err *err)
{
	size_t best = 1; /* one column alone proves nothing */
	bool is_tie = false;

	if (name) {
		m->entity = entity_named(m, name);
		/* A name that no pack knows still names the component; the map then goes by names alone. */
		return strchr(name, '.') && !m->entity ? err_set(err, E_NOT_FOUND, "no pack has the entity '%s'", name) : 0;
	}
	for (size_t i = 0; i < m->w->n_entities; i++) {
		const struct apimap_entity *e = &m->w->entities[i];
		size_t n = columns_shared(m, e);

		if (n > best) {
			m->entity = e;
			best = n;
			is_tie = false;
		} else if (n == best && m->entity) {
			is_tie = true;
		}
	}
	if (is_tie)
		m->entity = NULL;
	return 0;
}

/* A name in the middle: the pack's, else the words of B; made unique by the parents and then by a number. */
static const char *
canonical_name(struct maker *m, const struct apimap_link *links, size_t n, const struct side_name *x, const struct side_name *y,
    bool *is_pack)
{
	const struct apimap_column *c = x->column && x->column == y->column ? x->column : NULL;
	const char *name = c ? c->name : y->name.spaced[0] ? y->name.spaced : "value";

	*is_pack = c != NULL;
	for (unsigned round = 0;; round++) {
		bool is_taken = name[0] == '\0';

		for (size_t i = 0; i < n; i++)
			is_taken = is_taken || (links[i].canonical && strcmp(links[i].canonical, name) == 0);
		if (!is_taken)
			return name;
		*is_pack = false;
		name = round == 0 ? arena_str(m->a, y->both.spaced) : arena_printf(m->a, "%s_%u", y->both.spaced, round + 1);
	}
}

static void
map_collect(struct maker *m, struct apimap_link *links, struct apimap *out)
{
	struct apimap_link *kept = ARENA_ARRAY(m->a, m->y->n_fields, struct apimap_link);
	struct apimap_open *open = ARENA_ARRAY(m->a, m->y->n_fields, struct apimap_open);
	const struct apimap_field **left = ARENA_ARRAY(m->a, m->x->n_fields, const struct apimap_field *);

	for (size_t y = 0; y < m->y->n_fields; y++) {
		if (!m->used_y[y]) {
			open_read(m, y, &open[out->n_open++]);
			continue;
		}
		kept[out->n_links] = links[y];
		kept[out->n_links].canonical = canonical_name(m, kept, out->n_links, &m->nx[links[y].a - m->x->fields], &m->ny[y],
		    &kept[out->n_links].is_pack);
		out->n_links++;
	}
	for (size_t x = 0; x < m->x->n_fields; x++)
		if (!m->used_x[x] && !m->x->fields[x].is_const)
			left[out->n_left++] = &m->x->fields[x];
	out->links = kept;
	out->open = open;
	out->left = left;
}

int
apimap_make(struct arena *a, const struct apimap_side *from, const struct apimap_side *to,
    const struct apimap_words *words, const char *entity, struct apimap *out, struct err *err)
{
	struct maker m = {.a = a, .x = from, .y = to, .w = words};
	struct apimap_link *links = ARENA_ARRAY(a, to->n_fields, struct apimap_link);

	INVARIANT(from->n_fields <= APIMAP_FIELDS_MAX);
	INVARIANT(to->n_fields <= APIMAP_FIELDS_MAX);
	if (entity_choose(&m, entity, err) < 0)
		return -1;
	m.nx = side_read(a, words, m.entity, from);
	m.ny = side_read(a, words, m.entity, to);
	name_read(a, words, from->root ? from->root : "", &m.root_x);
	name_read(a, words, to->root ? to->root : "", &m.root_y);
	m.score = ARENA_ARRAY(a, from->n_fields * to->n_fields, struct score);
	m.used_x = ARENA_ARRAY(a, from->n_fields, bool);
	m.used_y = ARENA_ARRAY(a, to->n_fields, bool);
	m.taken_for = ARENA_ARRAY(a, from->n_fields, const struct apimap_field *);
	m.note_y = ARENA_ARRAY(a, to->n_fields, const char *);
	for (size_t y = 0; y < to->n_fields; y++)
		for (size_t x = 0; x < from->n_fields; x++)
			m.score[y * from->n_fields + x] = pair_score(&m, x, y);
	links_choose(&m, links);
	*out = (struct apimap){.a = from, .b = to, .entity = m.entity};
	map_collect(&m, links, out);
	return 0;
}
