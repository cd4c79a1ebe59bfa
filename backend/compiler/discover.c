/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/discover.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/route_text.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/utf8.h"
#include "pack/pack.h"
#include "types/hash.h"

#define RRF_K 60
#define MILLION 1000000u
#define VECTOR_LENGTH 16384
#define VECTOR_FLOOR 90000u /* below this two texts share no more than chance gives them */
#define VECTOR_HITS_MAX 50   /* only the nearest vectors count as found */
#define WEIGHT_TITLE 4
#define WEIGHT_WORDS 2
#define WEIGHT_BODY 1
#define BODY_BYTES_MAX 4000

static const char *const type_names[DISCOVER__COUNT] = {"pack", "entity", "workflow", "playbook", "skill", "adapter", "tool"};

const char *
discover_type_name(enum discover_type t)
{
	return type_names[t];
}

bool
discover_type_find(const char *name, enum discover_type *out)
{
	for (unsigned i = 0; i < DISCOVER__COUNT; i++) {
		if (strcmp(type_names[i], name) == 0) {
			*out = (enum discover_type)i;
			return true;
		}
	}
	return false;
}

/* --- vectors ------------------------------------------------------------------------------------------ */

/* Feature hashing (Weinberger et al., 2009): a place and a sign for each feature, the same everywhere. */
static void
feature(int32_t *v, const char *kind, const char *p, size_t n, int32_t weight)
{
	static const struct hash_key key = {UINT64_C(0x666f7267652e6469), UINT64_C(0x73636f7665722e31)};
	char text[64];
	uint64_t h;

	n = n > sizeof text - 1 ? sizeof text - 1 : n;
	text[0] = *kind;
	memcpy(text + 1, p, n);
	h = hash_bytes(&key, text, n + 1);
	v[h % DISCOVER_DIM] += h >> 63 ? weight : -weight;
}

/* Whole stems weigh most, pairs of them and their trigrams help where words differ a little. */
static void
text_add(struct arena *a, int32_t *v, const char *text, size_t n, int32_t weight)
{
	size_t count;
	const struct route_word *w = route_words(a, text, n, &count);
	const char *last = NULL;

	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(w[i].stem);

		if (w[i].is_small || w[i].is_denial)
			continue;
		feature(v, "w", w[i].stem, len, 6 * weight);
		if (last) {
			const char *pair = arena_printf(a, "%s %s", last, w[i].stem);

			feature(v, "p", pair, strlen(pair), 3 * weight);
		}
		for (size_t k = 0; len > 3 && k + 3 <= len; k++)
			feature(v, "t", w[i].stem + k, 3, weight);
		last = w[i].stem;
	}
}

static uint64_t
root(uint64_t v)
{
	uint64_t r = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1)
		if ((r | bit) * (r | bit) <= v)
			r |= bit;
	return r;
}

/* Roots of the counts: a word said ten times does not say ten times as much. */
static void
normalize(int32_t *v, int16_t out[DISCOVER_DIM])
{
	uint64_t sum = 0, length;

	for (size_t i = 0; i < DISCOVER_DIM; i++) {
		int32_t r = (int32_t)root((uint64_t)(v[i] < 0 ? -(int64_t)v[i] : v[i]) * 4096);

		v[i] = v[i] < 0 ? -r : r;
		sum += (uint64_t)((int64_t)r * r);
	}
	length = root(sum);
	for (size_t i = 0; i < DISCOVER_DIM; i++)
		out[i] = (int16_t)(length == 0 ? 0 : (int64_t)v[i] * VECTOR_LENGTH / (int64_t)length);
}

/* In millionths, 0 for what points the other way. */
static uint64_t
cosine(const int16_t *x, const int16_t *y)
{
	int64_t dot = 0;

	for (size_t i = 0; i < DISCOVER_DIM; i++)
		dot += (int32_t)x[i] * y[i];
	return dot <= 0 ? 0 : (uint64_t)dot * MILLION / ((uint64_t)VECTOR_LENGTH * VECTOR_LENGTH);
}

/* --- items -------------------------------------------------------------------------------------------- */

static const char *
in_list(const char *const *list, size_t n, const char *id, const char *name, size_t *index)
{
	for (size_t i = 0; id && i < n; i++) {
		if (strcmp(list[i], id) != 0)
			continue;
		if (index)
			*index = i;
		return name;
	}
	return NULL;
}

const char *
discover_denial(const struct profile *p, enum discover_type type, const char *id, const char *pack, size_t *index)
{
	const char *by = NULL;

	if (!p)
		return NULL;
	switch (type) {
	case DISCOVER_TOOL: return in_list(p->deny_tools, p->ndeny_tools, id, "tools", index);
	case DISCOVER_ADAPTER: return in_list(p->deny_skills, p->ndeny_skills, pack, "skills", index);
	case DISCOVER_PLAYBOOK: by = in_list(p->deny_playbooks, p->ndeny_playbooks, id, "playbooks", index); break;
	case DISCOVER_SKILL: by = in_list(p->deny_skills, p->ndeny_skills, id, "skills", index); break;
	case DISCOVER_PACK:
	case DISCOVER_WORKFLOW:
	case DISCOVER_ENTITY:
	case DISCOVER__COUNT: break;
	}
	if (by)
		return by;
	return in_list(p->deny_packs, p->ndeny_packs, type == DISCOVER_ENTITY || type == DISCOVER_PLAYBOOK ? pack : id,
	    "packs", index);
}

bool
discover_denied(const struct profile *p, enum discover_type type, const char *id, const char *pack)
{
	return discover_denial(p, type, id, pack, NULL) != NULL;
}

struct gather {
	struct arena *a;
	const struct profile *profile;
	struct discover_item *at; /* [n] */
	size_t n;
	struct buf title, words, body;
};

static void
begin(struct gather *g, const char *id, const char *label)
{
	buf_init(&g->title, g->a);
	buf_init(&g->words, g->a);
	buf_init(&g->body, g->a);
	/* "billing.time_entry" is found by "time entry" */
	for (const char *p = id; *p; p++)
		buf_char(&g->title, *p == '.' || *p == '_' || *p == '-' ? ' ' : *p);
	buf_printf(&g->title, ". %s", label);
}

static void
add(struct buf *b, const char *text)
{
	if (text && *text && b->len + strlen(text) < BODY_BYTES_MAX)
		buf_printf(b, "%s%s", b->len ? ". " : "", text);
}

static void
add_all(struct buf *b, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(b, texts[i]);
}

static const char *
taken(struct buf *b)
{
	return b->p ? buf_take(b) : "";
}

static void
finish(struct gather *g, enum discover_type type, const char *id, const char *label, const char *says, const char *pack)
{
	struct discover_item *it = &g->at[g->n];
	struct arena *scratch;
	int32_t v[DISCOVER_DIM] = {0};
	const char *text;

	if (discover_denied(g->profile, type, id, pack))
		return;
	*it = (struct discover_item){.type = type, .id = id, .label = label, .says = says ? says : "", .pack = pack,
	    .title = taken(&g->title), .words = taken(&g->words), .body = taken(&g->body)};
	text = arena_printf(g->a, "%s\n%s\n%s\n%s\n%s", type_names[type], id, it->title, it->words, it->body);
	sha256_hex(text, strlen(text), it->sha256);
	scratch = arena_new(0);
	text_add(scratch, v, it->title, strlen(it->title), WEIGHT_TITLE);
	text_add(scratch, v, it->words, strlen(it->words), WEIGHT_WORDS);
	text_add(scratch, v, it->body, strlen(it->body), WEIGHT_BODY);
	arena_free(scratch);
	normalize(v, it->vector);
	g->n++;
}

static void
entities_add(struct gather *g, const struct pack *p)
{
	for (size_t i = 0; i < p->nentities; i++) {
		const struct entity *e = &p->entities[i];

		begin(g, e->id, e->label);
		for (size_t k = 0; k < e->nfields; k++) {
			add(&g->words, e->fields[k].name);
			add_all(&g->body, e->fields[k].synonyms, e->fields[k].nsynonyms);
		}
		add(&g->body, e->purpose);
		finish(g, DISCOVER_ENTITY, e->id, e->label, e->purpose, p->id);
	}
}

static void
pack_add(struct gather *g, const struct pack *p)
{
	begin(g, p->id, p->label);
	add_all(&g->words, p->triggers, p->ntriggers);
	for (size_t i = 0; i < p->nvocabulary; i++) {
		add(&g->body, p->vocabulary[i].word);
		add_all(&g->body, p->vocabulary[i].synonyms, p->vocabulary[i].nsynonyms);
	}
	add(&g->words, p->purpose);
	add_all(&g->body, p->example_goals, p->nexample_goals);
	finish(g, DISCOVER_PACK, p->id, p->label, p->purpose, NULL);
	entities_add(g, p);
	for (size_t i = 0; i < p->nplaybooks; i++) {
		const struct playbook *b = &p->playbooks[i];

		begin(g, b->id, b->label);
		add_all(&g->words, b->triggers, b->ntriggers);
		add_all(&g->body, b->example_goals, b->nexample_goals);
		finish(g, DISCOVER_PLAYBOOK, b->id, b->label, b->nexample_goals ? b->example_goals[0] : NULL, p->id);
	}
}

static void
others_add(struct gather *g, const struct catalog *c)
{
	for (size_t i = 0; i < c->nworkflows; i++) {
		const struct workflow *w = &c->workflows[i];

		begin(g, w->id, w->label);
		add_all(&g->words, w->triggers, w->ntriggers);
		add(&g->body, w->purpose);
		finish(g, DISCOVER_WORKFLOW, w->id, w->label, w->purpose, NULL);
	}
	for (size_t i = 0; i < c->nskills; i++) {
		const struct skill *s = &c->skills[i];
		const struct pack *p = catalog_pack(c, s->id);
		const char *label = p ? arena_printf(g->a, "Programs of %s", p->label) : s->id;

		begin(g, s->id, label);
		for (size_t k = 0; k < s->nfiles; k++)
			add(&g->words, s->files[k].name);
		add(&g->body, p ? p->purpose : NULL);
		finish(g, DISCOVER_SKILL, s->id, label,
		    arena_printf(g->a, "%zu program file%s", s->nfiles, s->nfiles == 1 ? "" : "s"), NULL);
	}
	for (size_t i = 0; i < c->nadapters; i++) {
		const struct adapter *d = &c->adapters[i];

		begin(g, d->id, d->label);
		add_all(&g->words, d->from, d->nfrom);
		add(&g->words, d->to);
		add(&g->body, d->says);
		finish(g, DISCOVER_ADAPTER, d->id, d->label, d->says, d->skill);
	}
	for (size_t i = 0; i < c->ntools; i++) {
		const struct tool_info *t = &c->tools[i];

		begin(g, t->id, t->label);
		add_all(&g->words, t->synonyms, t->nsynonyms);
		add(&g->body, t->says);
		finish(g, DISCOVER_TOOL, t->id, t->label, t->says, NULL);
	}
}

static int
by_type_and_id(const void *x, const void *y)
{
	const struct discover_item *a = x, *b = y;

	return a->type != b->type ? (a->type < b->type ? -1 : 1) : strcmp(a->id, b->id);
}

void
discover_items(struct arena *a, const struct catalog *c, const struct profile *profile, struct discover_items *out)
{
	struct gather g = {.a = a, .profile = profile};
	size_t max = c->nworkflows + c->nskills + c->nadapters + c->ntools;

	for (size_t i = 0; i < c->npacks; i++)
		max += 1 + c->packs[i].nentities + c->packs[i].nplaybooks;
	g.at = ARENA_ARRAY(a, max, struct discover_item);
	for (size_t i = 0; i < c->npacks; i++)
		if (!discover_denied(profile, DISCOVER_PACK, c->packs[i].id, NULL))
			pack_add(&g, &c->packs[i]);
	others_add(&g, c);
	if (g.n > 1)
		qsort(g.at, g.n, sizeof *g.at, by_type_and_id);
	*out = (struct discover_items){g.at, g.n};
}

/* --- fusion ------------------------------------------------------------------------------------------- */

#define BY_SCORE BY__COUNT

static uint64_t
value_of(const struct discover_hit *h, unsigned by)
{
	return by == BY_SCORE ? h->score : h->value[by];
}

/* Best first; equal ones in the order of the items. Insertion of indices: there are some hundreds. */
static void
order(const struct discover_hit *hits, size_t n, unsigned by, size_t *out)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = i;

		for (; k > 0 && value_of(&hits[out[k - 1]], by) < value_of(&hits[i], by); k--)
			out[k] = out[k - 1];
		out[k] = i;
	}
}

/* Equal values have equal ranks: what a ranking sees alike, the order of the items must not tell apart. */
static void
give_ranks(struct discover_hit *hits, size_t n, enum discover_by by, size_t max, size_t *indices)
{
	unsigned rank = 0;
	uint64_t last = 0;

	order(hits, n, by, indices);
	for (size_t i = 0; i < n && i < max && hits[indices[i]].value[by] > 0; i++) {
		struct discover_hit *h = &hits[indices[i]];

		if (i == 0 || h->value[by] != last)
			rank = (unsigned)i + 1;
		last = h->value[by];
		h->rank[by] = rank;
		h->score += MILLION / (RRF_K + rank);
	}
}

const struct discover_hit *
discover_rank(struct arena *a, const struct discover_items *items, const char *query, size_t query_bytes,
    const struct discover_found *found, size_t nfound, unsigned types, size_t max, size_t *n)
{
	struct discover_hit *hits = ARENA_ARRAY(a, items->n, struct discover_hit), *out;
	size_t *indices = ARENA_ARRAY(a, items->n, size_t), count = 0;
	int32_t v[DISCOVER_DIM] = {0};
	int16_t q[DISCOVER_DIM];

	query_bytes = query_bytes > DISCOVER_QUERY_BYTES ? DISCOVER_QUERY_BYTES : query_bytes;
	text_add(a, v, query, utf8_check(query, query_bytes), 1);
	normalize(v, q);
	for (size_t i = 0; i < items->n; i++) {
		struct discover_hit h = {.item = &items->at[i]};

		if (types && !(types & 1u << h.item->type))
			continue;
		h.value[BY_VECTOR] = cosine(q, h.item->vector);
		if (h.value[BY_VECTOR] < VECTOR_FLOOR)
			h.value[BY_VECTOR] = 0;
		for (size_t k = 0; k < nfound; k++) {
			if (strcmp(found[k].sha256, h.item->sha256) == 0) {
				h.value[BY_TEXT] = found[k].text;
				h.value[BY_TRIGRAM] = found[k].trigram;
			}
		}
		if (h.value[BY_TEXT] || h.value[BY_TRIGRAM] || h.value[BY_VECTOR])
			hits[count++] = h;
	}
	give_ranks(hits, count, BY_TEXT, count, indices);
	give_ranks(hits, count, BY_TRIGRAM, count, indices);
	give_ranks(hits, count, BY_VECTOR, VECTOR_HITS_MAX, indices);
	order(hits, count, BY_SCORE, indices);
	out = ARENA_ARRAY(a, count, struct discover_hit);
	*n = 0;
	for (size_t i = 0; i < count && *n < max; i++)
		if (hits[indices[i]].score > 0)
			out[(*n)++] = hits[indices[i]];
	return out;
}
