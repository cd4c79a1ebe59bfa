/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/route.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/discover.h"
#include "compiler/route_text.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "pack/pack.h"

#define TEXT_BYTES_MAX 65536

/*
 * Weights. Where a word of a pack stands says how much it means: a trigger is chosen to tell domains apart,
 * a column name only happens to be there, and goals are sentences with many words beside the point. A word
 * counts once, by the best place it has, times how few other packs know it (a word that all packs have is
 * worth nothing). Points of phrases come on top, because words that stand together mean more than alone; a
 * boundary weighs as much as a trigger, since it was written for exactly this doubt, and takes from the
 * neighbour too. Similarity of whole texts is worth little: it settles what words leave open.
 * Turning any one of these up or down by half moves the result of the test set by two objectives at most:
 * what decides is what the packs say, so a domain that is missed is mended in its pack, not here.
 */
enum {
	/* a word's place, of 100 */
	PLACE_TRIGGER = 100,
	PLACE_LABEL = 80,
	PLACE_TERM = 80,
	PLACE_SYNONYM = 70,
	PLACE_SIGNAL = 55,
	PLACE_ENTITY = 50,
	PLACE_GOAL = 30,
	PLACE_PURPOSE = 35,
	PLACE_ENTITY_PURPOSE = 25,
	PLACE_COLUMN = 8,
	PLACE_COLUMN_SYNONYM = 4,
	/* points */
	POINTS_WORD = 100,    /* of the best place, known to one pack only */
	POINTS_TRIGGER = 60,  /* a trigger, once for every word in it and half for the first, … */
	POINTS_TERM = 45,     /* … a term or synonym likewise, … */
	POINTS_SIGNAL = 60,   /* … a signal likewise … */
	POINTS_AGAINST = -40, /* … and its other side, */
	PHRASE_WORDS = 3,     /* up to so many words */
	PHRASE_GAP = 1,       /* words that may stand between those of a phrase, … */
	PHRASE_SPAN = 3,      /* … and with small ones */
	POINTS_DENIED = -50,  /* of what the word would be worth, in hundredths */
	POINTS_GOAL = 200,    /* the text is the goal */
	POINTS_PURPOSE = 150, /* all of the text stands in the purpose */
	/* the first is clear when it has as much as one telling word and leads by a share of it, in hundredths */
	CLEAR_POINTS = 80,
	CLEAR_LEAD = 10,
};

#define ONE 1024 /* fixed point */
#define NO_STEM UINT32_MAX
#define NO_PACK SIZE_MAX

struct phrase {
	const char *text;
	const uint32_t *ids; /* [n] */
	size_t n;
	bool has_denial;      /* "no reports": stands where the text denies it */
	enum route_kind kind; /* ROUTE_TRIGGER, ROUTE_TERM, ROUTE_SIGNAL */
	size_t pack;          /* it speaks for */
	size_t other;         /* ROUTE_SIGNAL: it speaks against; else NO_PACK */
	int worth;            /* how telling its words are, of ONE */
};

struct likeness {
	const char *text; /* NULL: of the purpose */
	size_t pack;
	struct route_trigrams trigrams;
};

struct route_index {
	const struct pack **packs; /* [npacks] */
	size_t npacks;
	const char **stems; /* [nstems] sorted */
	size_t nstems;
	uint8_t *places; /* [nstems][npacks] the best place a stem has in a pack */
	int *rarity;     /* [nstems] of ONE */
	struct phrase *phrases; /* [nphrases] */
	size_t nphrases;
	struct likeness *likenesses; /* [nlikenesses] */
	size_t nlikenesses;
	uint8_t *trigram_packs; /* [ROUTE_TRIGRAMS] how many packs have it */
};

/* --- the texts of a pack ---------------------------------------------------------------------- */

typedef void (*text_fn)(void *arg, size_t pack, const char *text, int place);

struct visit {
	const struct pack *const *packs;
	size_t npacks;
	text_fn fn;
	void *arg;
};

static size_t
pack_index(const struct pack *const *packs, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(packs[i]->id, id) == 0)
			return i;
	return NO_PACK;
}

static void
visit_columns(const struct visit *v, size_t p, const struct entity *e)
{
	const struct column *columns = e->ncolumns > 0 ? e->columns : e->fields;
	size_t n = e->ncolumns > 0 ? e->ncolumns : e->nfields;

	for (size_t i = 0; i < n; i++) {
		v->fn(v->arg, p, columns[i].name, PLACE_COLUMN);
		for (size_t k = 0; k < columns[i].nsynonyms; k++)
			v->fn(v->arg, p, columns[i].synonyms[k], PLACE_COLUMN_SYNONYM);
	}
}

static void
visit_boundaries(const struct visit *v, size_t p)
{
	const struct pack *k = v->packs[p];

	for (size_t i = 0; i < k->ndisambiguation; i++) {
		const struct disambiguation *d = &k->disambiguation[i];
		size_t to = d->is_for_this ? p : pack_index(v->packs, v->npacks, d->against);

		for (size_t s = 0; to != NO_PACK && s < d->nsignals; s++)
			v->fn(v->arg, to, d->signals[s], PLACE_SIGNAL);
	}
}

static void
visit_pack(const struct visit *v, size_t p)
{
	const struct pack *k = v->packs[p];

	v->fn(v->arg, p, k->label, PLACE_LABEL);
	v->fn(v->arg, p, k->purpose, PLACE_PURPOSE);
	for (size_t i = 0; i < k->ntriggers; i++)
		v->fn(v->arg, p, k->triggers[i], PLACE_TRIGGER);
	for (size_t i = 0; i < k->nvocabulary; i++) {
		v->fn(v->arg, p, k->vocabulary[i].word, PLACE_TERM);
		for (size_t s = 0; s < k->vocabulary[i].nsynonyms; s++)
			v->fn(v->arg, p, k->vocabulary[i].synonyms[s], PLACE_SYNONYM);
	}
	for (size_t i = 0; i < k->nexample_goals; i++)
		v->fn(v->arg, p, k->example_goals[i], PLACE_GOAL);
	for (size_t i = 0; i < k->nentities; i++) {
		v->fn(v->arg, p, k->entities[i].label, PLACE_ENTITY);
		if (k->entities[i].purpose)
			v->fn(v->arg, p, k->entities[i].purpose, PLACE_ENTITY_PURPOSE);
		visit_columns(v, p, &k->entities[i]);
	}
	visit_boundaries(v, p);
}

/* --- index: words ------------------------------------------------------------------------------ */

struct collecting {
	struct arena *a;
	const char **stems;
	size_t n, cap;
	struct route_index *index; /* second round: places are filled in */
};

static int
by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static uint32_t
stem_id(const struct route_index *x, const char *stem)
{
	const char **at =
	    x->nstems == 0 ? NULL : bsearch(&stem, x->stems, x->nstems, sizeof *x->stems, by_text);

	return at ? (uint32_t)(at - x->stems) : NO_STEM;
}

static void
stems_collect(void *arg, size_t pack, const char *text, int place)
{
	struct collecting *c = arg;
	size_t n;
	const struct route_word *words = route_words(c->a, text, strlen(text), &n);

	(void)pack, (void)place;
	for (size_t i = 0; i < n; i++) {
		if (c->n == c->cap) {
			const char **more = ARENA_ARRAY(c->a, c->cap * 2 + 1024, const char *);

			if (c->n > 0)
				memcpy(more, c->stems, c->n * sizeof *more);
			c->stems = more;
			c->cap = c->cap * 2 + 1024;
		}
		c->stems[c->n++] = words[i].stem;
	}
}

static void
places_fill(void *arg, size_t pack, const char *text, int place)
{
	struct collecting *c = arg;
	size_t n;
	const struct route_word *words = route_words(c->a, text, strlen(text), &n);

	for (size_t i = 0; i < n; i++) {
		uint8_t *at = &c->index->places[stem_id(c->index, words[i].stem) * c->index->npacks + pack];

		/* "Not for contracts" in a purpose is no word for contracts. */
		if (!words[i].is_small && !words[i].is_denied && *at < place)
			*at = (uint8_t)place;
	}
}

/* log2(x / y) of ONE, for x >= y > 0: repeated squaring, so that it is the same everywhere. */
static int
log2_fixed(uint64_t x, uint64_t y)
{
	uint64_t q = (x << 30) / y;
	int whole = 0, part = 0;

	for (; q >= 2ULL << 30; q >>= 1)
		whole++;
	for (int bit = ONE / 2; bit > 0; bit /= 2) {
		q = (q >> 15) * (q >> 15);
		if (q >= 2ULL << 30) {
			part += bit;
			q >>= 1;
		}
	}
	return whole * ONE + part;
}

/* 1 where one pack knows it, 0 where all know it equally well. */
static int
rarity_of(uint64_t sum, uint64_t most, size_t npacks)
{
	if (most == 0 || npacks < 2 || sum >= most * npacks)
		return npacks < 2 ? ONE : 0;
	return (int)((int64_t)log2_fixed(npacks * most, sum) * ONE / log2_fixed(npacks, 1));
}

static void
words_index(struct arena *a, struct route_index *x)
{
	struct collecting c = {.a = a, .index = x};
	struct visit v = {.packs = x->packs, .npacks = x->npacks, .fn = stems_collect, .arg = &c};

	for (size_t p = 0; p < x->npacks; p++)
		visit_pack(&v, p);
	if (c.n > 1)
		qsort(c.stems, c.n, sizeof *c.stems, by_text);
	for (size_t i = 0; i < c.n; i++)
		if (i == 0 || strcmp(c.stems[i], c.stems[i - 1]) != 0)
			c.stems[x->nstems++] = c.stems[i];
	x->stems = c.stems;
	x->places = ARENA_ARRAY(a, x->nstems * x->npacks, uint8_t);
	x->rarity = ARENA_ARRAY(a, x->nstems, int);
	v.fn = places_fill;
	for (size_t p = 0; p < x->npacks; p++)
		visit_pack(&v, p);
	for (size_t s = 0; s < x->nstems; s++) {
		uint64_t sum = 0, most = 0;

		for (size_t p = 0; p < x->npacks; p++) {
			uint8_t at = x->places[s * x->npacks + p];

			sum += at;
			most = at > most ? at : most;
		}
		x->rarity[s] = rarity_of(sum, most, x->npacks);
	}
}

/* --- index: phrases and likenesses --------------------------------------------------------------- */

static void
phrase_add(struct arena *a, struct route_index *x, const char *text, struct phrase like)
{
	struct phrase *f = &x->phrases[x->nphrases];
	int64_t sum = 0;
	size_t n, ncounted = 0;
	const struct route_word *words = route_words(a, text, strlen(text), &n);
	uint32_t *ids = ARENA_ARRAY(a, n, uint32_t);

	for (size_t i = 0; i < n; i++) {
		ids[i] = stem_id(x, words[i].stem);
		INVARIANT(ids[i] != NO_STEM);
		like.has_denial = like.has_denial || words[i].is_denial;
		if (words[i].is_small)
			continue;
		ncounted++;
		sum += x->rarity[ids[i]];
	}
	if (n == 0 || (n == 1 && ncounted == 0))
		return;
	*f = like;
	f->text = text;
	f->ids = ids;
	f->n = n;
	/* "who knew": small words only are telling by standing together. */
	f->worth = ncounted > 0 ? (int)(sum / (int64_t)ncounted) : ONE / 2;
	x->nphrases++;
}

static size_t
phrases_most(const struct pack *k)
{
	size_t n = k->ntriggers;

	for (size_t i = 0; i < k->nvocabulary; i++)
		n += 1 + k->vocabulary[i].nsynonyms;
	for (size_t i = 0; i < k->ndisambiguation; i++)
		n += k->disambiguation[i].nsignals;
	return n;
}

static void
phrases_index(struct arena *a, struct route_index *x)
{
	size_t most = 0;

	for (size_t p = 0; p < x->npacks; p++)
		most += phrases_most(x->packs[p]);
	x->phrases = ARENA_ARRAY(a, most, struct phrase);
	for (size_t p = 0; p < x->npacks; p++) {
		const struct pack *k = x->packs[p];
		struct phrase of = {.kind = ROUTE_TRIGGER, .pack = p, .other = NO_PACK};

		for (size_t i = 0; i < k->ntriggers; i++)
			phrase_add(a, x, k->triggers[i], of);
		of.kind = ROUTE_TERM;
		for (size_t i = 0; i < k->nvocabulary; i++) {
			phrase_add(a, x, k->vocabulary[i].word, of);
			for (size_t s = 0; s < k->vocabulary[i].nsynonyms; s++)
				phrase_add(a, x, k->vocabulary[i].synonyms[s], of);
		}
		of.kind = ROUTE_SIGNAL;
		for (size_t i = 0; i < k->ndisambiguation; i++) {
			const struct disambiguation *d = &k->disambiguation[i];
			size_t q = pack_index(x->packs, x->npacks, d->against);

			of.pack = d->is_for_this ? p : q;
			of.other = d->is_for_this ? q : p;
			for (size_t s = 0; q != NO_PACK && s < d->nsignals; s++)
				phrase_add(a, x, d->signals[s], of);
		}
	}
}

static void
likeness_add(struct arena *a, struct route_index *x, size_t pack, const char *text, bool is_goal)
{
	size_t n;
	const struct route_word *words = route_words(a, text, strlen(text), &n);

	x->likenesses[x->nlikenesses++] = (struct likeness){.text = is_goal ? text : NULL, .pack = pack,
	    .trigrams = route_trigrams_of(a, words, n)};
}

static void
likenesses_index(struct arena *a, struct route_index *x)
{
	size_t *seen = ARENA_ARRAY(a, ROUTE_TRIGRAMS, size_t), most = 0;

	for (size_t p = 0; p < x->npacks; p++)
		most += 1 + x->packs[p]->nexample_goals;
	x->likenesses = ARENA_ARRAY(a, most, struct likeness);
	x->trigram_packs = ARENA_ARRAY(a, ROUTE_TRIGRAMS, uint8_t);
	for (size_t p = 0; p < x->npacks; p++) {
		likeness_add(a, x, p, x->packs[p]->purpose, false);
		for (size_t i = 0; i < x->packs[p]->nexample_goals; i++)
			likeness_add(a, x, p, x->packs[p]->example_goals[i], true);
	}
	for (size_t i = 0; i < x->nlikenesses; i++) {
		const struct likeness *l = &x->likenesses[i];

		for (size_t k = 0; k < l->trigrams.n; k++) {
			uint16_t t = l->trigrams.at[k];

			if (seen[t] == l->pack + 1)
				continue;
			seen[t] = l->pack + 1;
			x->trigram_packs[t]++;
		}
	}
}

#define PACKS_MAX 255

static const struct route_index *
index_fill(struct arena *a, struct route_index *x)
{
	words_index(a, x);
	phrases_index(a, x);
	likenesses_index(a, x);
	return x;
}

const struct route_index *
route_index_new(struct arena *a, const struct catalog *c)
{
	return route_index_for(a, c, NULL);
}

const struct route_index *
route_index_for(struct arena *a, const struct catalog *c, const struct profile *profile)
{
	struct route_index *x = ARENA_NEW(a, struct route_index);

	x->packs = ARENA_ARRAY(a, c->npacks, const struct pack *);
	for (size_t i = 0; i < c->npacks && x->npacks < PACKS_MAX; i++)
		if (!c->packs[i].is_generic && !discover_denied(profile, DISCOVER_PACK, c->packs[i].id, NULL))
			x->packs[x->npacks++] = &c->packs[i];
	return index_fill(a, x);
}

/* A workflow says about itself what a pack without entities would. */
const struct route_index *
route_index_workflows(struct arena *a, const struct catalog *c)
{
	struct route_index *x = ARENA_NEW(a, struct route_index);

	x->packs = ARENA_ARRAY(a, c->nworkflows, const struct pack *);
	for (size_t i = 0; i < c->nworkflows && x->npacks < PACKS_MAX; i++) {
		const struct workflow *w = &c->workflows[i];
		struct pack *k = ARENA_NEW(a, struct pack);

		*k = (struct pack){.id = w->id, .version = w->version, .label = w->label, .purpose = w->purpose,
		    .triggers = w->triggers, .ntriggers = w->ntriggers, .disambiguation = w->disambiguation,
		    .ndisambiguation = w->ndisambiguation};
		x->packs[x->npacks++] = k;
	}
	return index_fill(a, x);
}

/* --- an objective -------------------------------------------------------------------------------- */

struct routing {
	struct arena *a;
	const struct route_index *x;
	const struct route_word *words; /* [n] */
	const uint32_t *ids;            /* [n] NO_STEM: no pack has it */
	size_t n;
	int *points; /* [npacks] */
	struct route_evidence **evidence; /* [npacks][cap] */
	size_t *nevidence, *cap;
};

static void
give(struct routing *r, size_t pack, enum route_kind kind, const char *words, size_t neighbour, int points)
{
	if (points == 0)
		return;
	if (r->nevidence[pack] == r->cap[pack]) {
		size_t cap = r->cap[pack] * 2 + 16;
		struct route_evidence *more = ARENA_ARRAY(r->a, cap, struct route_evidence);

		if (r->nevidence[pack] > 0)
			memcpy(more, r->evidence[pack], r->nevidence[pack] * sizeof *more);
		r->evidence[pack] = more;
		r->cap[pack] = cap;
	}
	r->points[pack] += points;
	r->evidence[pack][r->nevidence[pack]++] = (struct route_evidence){.kind = kind, .words = words,
	    .neighbour = neighbour == NO_PACK ? NULL : r->x->packs[neighbour]->id, .points = points};
}

/* Each stem once; wanted beats denied where it is both. */
static void
words_weigh(struct routing *r)
{
	const struct route_index *x = r->x;
	uint8_t *state = ARENA_ARRAY(r->a, x->nstems, uint8_t); /* 1 denied, 2 wanted */

	for (size_t i = 0; i < r->n; i++)
		if (r->ids[i] != NO_STEM && !r->words[i].is_small)
			state[r->ids[i]] |= r->words[i].is_denied ? 1 : 2;
	for (size_t i = 0; i < r->n; i++) {
		uint32_t s = r->ids[i];

		if (s == NO_STEM || r->words[i].is_small || state[s] == 0)
			continue;
		for (size_t p = 0; p < x->npacks; p++) {
			int points = (int)((int64_t)POINTS_WORD * x->rarity[s] / ONE *
			    x->places[s * x->npacks + p] / 100);

			if (state[s] == 1)
				give(r, p, ROUTE_DENIED, x->stems[s], NO_PACK, points * POINTS_DENIED / 100);
			else
				give(r, p, ROUTE_WORD, x->stems[s], NO_PACK, points);
		}
		state[s] = 0;
	}
}

/* Whether the phrase stands in the text, in order and close together, and is not denied (unless it denies). */
static bool
phrase_stands(const struct routing *r, const struct phrase *f)
{
	for (size_t i = 0; i + f->n <= r->n; i++) {
		size_t k = 0, gap = 0, end = i + f->n + PHRASE_SPAN;

		for (size_t j = i; j < r->n && j < end && k < f->n && gap <= PHRASE_GAP; j++) {
			if (r->ids[j] == f->ids[k] && (f->has_denial || !r->words[j].is_denied))
				k++;
			else if (k == 0)
				break;
			else
				gap += !r->words[j].is_small;
		}
		if (k == f->n)
			return true;
	}
	return false;
}

static bool
same_phrase(const struct phrase *f, const struct phrase *g)
{
	return f->n == g->n && memcmp(f->ids, g->ids, f->n * sizeof *f->ids) == 0;
}

/* A signal that stands against several neighbours speaks once for its pack, and once against each. */
static void
phrases_weigh(struct routing *r)
{
	const struct route_index *x = r->x;
	const struct phrase **found = ARENA_ARRAY(r->a, x->nphrases, const struct phrase *);
	size_t n = 0;

	for (size_t i = 0; i < x->nphrases; i++) {
		const struct phrase *f = &x->phrases[i];
		int halves = 2 * (int)(f->n < PHRASE_WORDS ? f->n : PHRASE_WORDS) - 1;
		int each = f->kind == ROUTE_TRIGGER ? POINTS_TRIGGER :
		    f->kind == ROUTE_TERM       ? POINTS_TERM : POINTS_SIGNAL;
		bool is_said = false, is_held = f->kind != ROUTE_SIGNAL;

		if (!phrase_stands(r, f))
			continue;
		for (size_t k = 0; k < n; k++) {
			if (!same_phrase(found[k], f))
				continue;
			is_said = is_said || (found[k]->kind == f->kind && found[k]->pack == f->pack);
			is_held = is_held || found[k]->other == f->other;
		}
		found[n++] = f;
		if (!is_said)
			give(r, f->pack, f->kind, f->text, f->other, each * halves / 2 * f->worth / ONE);
		if (!is_held)
			give(r, f->other, ROUTE_AGAINST, f->text, f->pack,
			    POINTS_AGAINST * halves / 2 * f->worth / ONE);
	}
}

static int64_t
trigram_weight(const struct route_index *x, uint16_t t)
{
	return 1 + (int64_t)x->npacks - x->trigram_packs[t];
}

static int64_t
trigrams_weight(const struct route_index *x, const struct route_trigrams *t)
{
	int64_t sum = 0;

	for (size_t i = 0; i < t->n; i++)
		sum += trigram_weight(x, t->at[i]);
	return sum;
}

static int64_t
trigrams_shared(const struct route_index *x, const struct route_trigrams *s, const struct route_trigrams *t)
{
	int64_t sum = 0;

	for (size_t i = 0, k = 0; i < s->n && k < t->n;) {
		if (s->at[i] < t->at[k]) {
			i++;
		} else if (s->at[i] > t->at[k]) {
			k++;
		} else {
			sum += trigram_weight(x, s->at[i++]);
			k++;
		}
	}
	return sum;
}

/* The nearest goal by shared trigrams of both texts; the purpose by how much of the text it holds. */
static void
likenesses_weigh(struct routing *r)
{
	const struct route_index *x = r->x;
	struct route_trigrams own = route_trigrams_of(r->a, r->words, r->n);
	int64_t own_weight = trigrams_weight(x, &own);
	int *best = ARENA_ARRAY(r->a, x->npacks, int);
	const char **goal = ARENA_ARRAY(r->a, x->npacks, const char *);

	if (own_weight == 0)
		return;
	for (size_t i = 0; i < x->nlikenesses; i++) {
		const struct likeness *l = &x->likenesses[i];
		int64_t shared = trigrams_shared(x, &own, &l->trigrams), points;

		if (!l->text) {
			give(r, l->pack, ROUTE_PURPOSE, x->packs[l->pack]->purpose, NO_PACK,
			    (int)(POINTS_PURPOSE * shared / own_weight));
			continue;
		}
		points = POINTS_GOAL * 2 * shared / (own_weight + trigrams_weight(x, &l->trigrams));
		if (points > best[l->pack]) {
			best[l->pack] = (int)points;
			goal[l->pack] = l->text;
		}
	}
	for (size_t p = 0; p < x->npacks; p++)
		give(r, p, ROUTE_GOAL, goal[p], NO_PACK, best[p]);
}

static int
by_weight(const void *x, const void *y)
{
	const struct route_evidence *e = x, *f = y;

	if (abs(e->points) != abs(f->points))
		return abs(e->points) < abs(f->points) ? 1 : -1;
	if (e->kind != f->kind)
		return e->kind < f->kind ? -1 : 1;
	return strcmp(e->words, f->words);
}

static int
by_points(const void *x, const void *y)
{
	const struct route_rank *e = x, *f = y;

	if (e->points != f->points)
		return e->points < f->points ? 1 : -1;
	return strcmp(e->pack->id, f->pack->id);
}

void
route_objective(struct arena *a, const struct route_index *x, const char *text, size_t n, struct route *out)
{
	struct routing r = {.a = a, .x = x, .points = ARENA_ARRAY(a, x->npacks, int),
	    .evidence = ARENA_ARRAY(a, x->npacks, struct route_evidence *),
	    .nevidence = ARENA_ARRAY(a, x->npacks, size_t), .cap = ARENA_ARRAY(a, x->npacks, size_t)};
	struct route_rank *ranks = ARENA_ARRAY(a, x->npacks, struct route_rank);
	uint32_t *ids;
	size_t nranks = 0;

	r.words = route_words(a, text, n < TEXT_BYTES_MAX ? n : TEXT_BYTES_MAX, &r.n);
	ids = ARENA_ARRAY(a, r.n, uint32_t);
	for (size_t i = 0; i < r.n; i++)
		ids[i] = stem_id(x, r.words[i].stem);
	r.ids = ids;
	words_weigh(&r);
	phrases_weigh(&r);
	likenesses_weigh(&r);
	for (size_t p = 0; p < x->npacks; p++) {
		if (r.points[p] <= 0)
			continue;
		qsort(r.evidence[p], r.nevidence[p], sizeof *r.evidence[p], by_weight);
		ranks[nranks++] = (struct route_rank){.pack = x->packs[p], .points = r.points[p],
		    .evidence = r.evidence[p], .nevidence = r.nevidence[p]};
	}
	if (nranks > 1)
		qsort(ranks, nranks, sizeof *ranks, by_points);
	*out = (struct route){.ranks = ranks, .nranks = nranks};
	if (nranks > 0 && ranks[0].points >= CLEAR_POINTS)
		out->is_clear = nranks == 1 ||
		    (int64_t)(ranks[0].points - ranks[1].points) * 100 >= (int64_t)ranks[0].points * CLEAR_LEAD;
}

void
route_json(const struct route *route, const char *key, struct jw *w)
{
	static const char *const kinds[ROUTE__COUNT] = {"trigger", "term", "word", "signal", "against", "denied", "goal",
	    "purpose"};

	jw_object(w, key);
	jw_bool(w, "clear", route->is_clear);
	jw_array(w, "ranks");
	for (size_t i = 0; i < route->nranks; i++) {
		const struct route_rank *r = &route->ranks[i];

		jw_object(w, NULL);
		jw_str(w, "id", r->pack->id);
		jw_str(w, "label", r->pack->label);
		jw_int(w, "points", r->points);
		jw_array(w, "evidence");
		for (size_t e = 0; e < r->nevidence; e++) {
			jw_object(w, NULL);
			jw_str(w, "kind", kinds[r->evidence[e].kind]);
			jw_str(w, "words", r->evidence[e].words);
			jw_str(w, "neighbour", r->evidence[e].neighbour);
			jw_int(w, "points", r->evidence[e].points);
			jw_end(w);
		}
		jw_end(w);
		jw_end(w);
	}
	jw_end(w);
	jw_end(w);
}

const char *
route_says(struct arena *a, const struct route_rank *rank, size_t max)
{
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "%d points", rank->points);
	for (size_t i = 0; i < rank->nevidence && i < max; i++) {
		const struct route_evidence *e = &rank->evidence[i];

		buf_str(&b, i == 0 ? ": " : "; ");
		switch (e->kind) {
		case ROUTE_TRIGGER: buf_printf(&b, "trigger `%s`", e->words); break;
		case ROUTE_TERM: buf_printf(&b, "term `%s`", e->words); break;
		case ROUTE_WORD: buf_printf(&b, "word `%s`", e->words); break;
		case ROUTE_SIGNAL: buf_printf(&b, "`%s` rather than %s", e->words, e->neighbour); break;
		case ROUTE_AGAINST: buf_printf(&b, "`%s` speaks for %s", e->words, e->neighbour); break;
		case ROUTE_DENIED: buf_printf(&b, "`%s` is not wanted", e->words); break;
		case ROUTE_GOAL: buf_printf(&b, "near the goal \"%s\"", e->words); break;
		case ROUTE_PURPOSE: buf_str(&b, "near its purpose"); break;
		case ROUTE__COUNT: break;
		}
		buf_printf(&b, " (%+d)", e->points);
	}
	return buf_take(&b);
}
