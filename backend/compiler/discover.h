/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMPILER_DISCOVER_H
#define COMPILER_DISCOVER_H
/*
 * Finding what the catalog has for a few words: packs, entities, workflows, playbooks, skills, adapters, tools.
 * Three rankings that fail in different ways are fused by reciprocal rank (Cormack, Clarke and Büttcher, SIGIR 2009):
 * full text and trigrams in Postgres (words as they are, typos), and vectors here (stems and parts of words, hashed
 * into a fixed number of places: no model, the same on every machine). The list to be ranked is made first, from
 * the workspace's catalog without what the profile denies: what is denied is in none of the three.
 *
 *     items = discover_items(catalog, profile)      what may be found
 *     hits from the database: text, trigram          by sha256
 *     discover_rank(items, hits)                     vectors, fusion, order
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/digest.h"

struct arena;
struct catalog;
struct jw;
struct profile;

#define DISCOVER_DIM 2048        /* places of a vector */
#define DISCOVER_QUERY_BYTES 400 /* of a query; the rest is not looked at */

enum discover_type {
	DISCOVER_PACK,
	DISCOVER_ENTITY,
	DISCOVER_WORKFLOW,
	DISCOVER_PLAYBOOK,
	DISCOVER_SKILL,
	DISCOVER_ADAPTER,
	DISCOVER_TOOL,
	DISCOVER__COUNT
};
struct discover_item {
	enum discover_type type;
	const char *id, *label, *says;
	const char *pack;  /* of an entity or playbook; NULL */
	const char *title; /* for the index: id and label in words */
	const char *words; /* triggers, synonyms, columns */
	const char *body;  /* purpose, goals, everything else */
	char sha256[SHA256_HEX]; /* of type, id, title, words and body */
	int16_t vector[DISCOVER_DIM]; /* length about 16,384 */
};
struct discover_items {
	const struct discover_item *at; /* [n] by type and id */
	size_t n;
};
/* What the database says of one item; 0: nothing. */
struct discover_found {
	const char *sha256;
	uint64_t text, trigram; /* in millionths; text is not bounded, trigram at most 1,000,000 */
};
enum discover_by { BY_TEXT, BY_TRIGRAM, BY_VECTOR, BY__COUNT };
struct discover_hit {
	const struct discover_item *item;
	uint64_t value[BY__COUNT]; /* in millionths */
	unsigned rank[BY__COUNT];  /* from 1; 0: not found that way */
	uint64_t score;                             /* fused, in millionths: Σ 1 / (60 + rank) */
};

const char *discover_type_name(enum discover_type t);
bool discover_type_find(const char *name, enum discover_type *out);
/*
 * discover_items - all that may be found; profile NULL: all. Kept in a; borrows from the catalog.
 * Cost: some milliseconds for the standard packs.
 */
void discover_items(struct arena *a, const struct catalog *c, const struct profile *profile, struct discover_items *out);
/*
 * discover_rank - fuse. found: [nfound] in any order; those of other items are left out.
 *
 * types: a set of 1 << enum discover_type to be ranked; 0: all
 * max:   at most so many hits
 * Returns [*n] best first; ties by type and id. Only items that one of the three found.
 */
const struct discover_hit *discover_rank(struct arena *a, const struct discover_items *items, const char *query, size_t query_bytes,
    const struct discover_found *found, size_t nfound, unsigned types, size_t max, size_t *n);
/*
 * discover_denial - the one rule of what a profile denies, here and in the compiler: by type and id; of a pack's parts
 * the pack counts, too. Domain packs and workflow packs share the list `packs`: an id there denies both.
 *
 * pack: of an entity or a playbook its pack; of an adapter its skill; else NULL
 * Returns the list that names it ("packs", "playbooks", "skills", "tools") and, in *index (NULL: not asked), its place
 * there; NULL: it may be used. p NULL: everything may.
 */
const char *discover_denial(const struct profile *p, enum discover_type type, const char *id, const char *pack,
    size_t *index);
bool discover_denied(const struct profile *p, enum discover_type type, const char *id, const char *pack);
#endif
