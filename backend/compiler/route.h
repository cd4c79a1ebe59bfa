/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMPILER_ROUTE_H
#define COMPILER_ROUTE_H
/*
 * Which domain an objective belongs to, without a model: a pure function over the catalog and the text.
 * It holds the objective's words against what every domain pack says about itself (triggers, vocabulary,
 * entities, purpose, example goals) and about its boundaries (disambiguation), gives points, and says for
 * each what they were given for. Integers only, ties by id: the same catalog and text give the same list
 * on every machine. The weights stand in one table in route.c.
 *
 *     route_text.c   text → stems with their places; what a sentence denies
 *     route.c        catalog → index; objective × index → ranks
 *     match.c        the packs and workflows of a step that names none (pass B)
 */
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;
struct catalog;
struct jw;
struct pack;
struct profile;

enum route_kind {
	ROUTE_TRIGGER,  /* a trigger of the pack stands in the text */
	ROUTE_TERM,     /* a term of its vocabulary, or a synonym */
	ROUTE_WORD,     /* a word of its entities, purpose or goals */
	ROUTE_SIGNAL,   /* a boundary speaks for it */
	ROUTE_AGAINST,  /* a boundary speaks for its neighbour */
	ROUTE_DENIED,   /* the text says it does not want that */
	ROUTE_GOAL,     /* how near its nearest example goal is */
	ROUTE_PURPOSE,  /* how near its purpose is */
	ROUTE__COUNT
};

struct route_evidence {
	enum route_kind kind;
	const char *words;     /* as the pack writes them; of a goal, the goal */
	const char *neighbour; /* ROUTE_SIGNAL, ROUTE_AGAINST: the other pack's id; else NULL */
	int points;
};

struct route_rank {
	const struct pack *pack;
	int points;
	const struct route_evidence *evidence; /* [nevidence] by weight, heaviest first */
	size_t nevidence;
};

struct route {
	const struct route_rank *ranks; /* [nranks] best first; packs without a point stay out */
	size_t nranks;
	bool is_clear; /* the first is ahead of the second by enough to take it without asking */
};

struct route_index;

/*
 * route_index_new - prepare the catalog's domain packs (generic ones stay out). The index borrows from the
 * catalog and lives in a. Cost: some milliseconds, O(text of the packs).
 */
const struct route_index *route_index_new(struct arena *a, const struct catalog *c);
/* route_index_for - the same without the packs that the profile denies. */
const struct route_index *route_index_for(struct arena *a, const struct catalog *c, const struct profile *profile);
/* route_index_workflows - the same over the workflow packs: a rank's pack stands for the workflow of that id. */
const struct route_index *route_index_workflows(struct arena *a, const struct catalog *c);
/* route_objective - rank the domains for n bytes of text; only the first 64 KiB are read. Never fails. */
void route_objective(struct arena *a, const struct route_index *index, const char *text, size_t n,
    struct route *out);
/* route_says - a rank's evidence in one line for people, at most max pieces. */
const char *route_says(struct arena *a, const struct route_rank *rank, size_t max);
/* route_json - {"clear":true,"ranks":[{"id","label","points","evidence":[{"kind","words","neighbour","points"}]}]} at key. */
void route_json(const struct route *route, const char *key, struct jw *w);
#endif
