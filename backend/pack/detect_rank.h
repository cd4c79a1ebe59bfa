/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACK_DETECT_RANK_H
#define PACK_DETECT_RANK_H
/* One file held against the catalog: the state that detect.c, detect_says.c and detect_document.c share. */
#include "pack/detect_work.h"
#include "pack/pack.h"
#include "types/table.h"

struct ranking {
	struct arena *a;
	const struct detect_index *index;
	const struct file_facts *file;
	const struct artifact_profile *profile;
	size_t n;               /* columns of the file that are looked at */
	struct file_words words;
	uint16_t *scores[2];    /* [n * names]: of names as synonyms, as own names; UNKNOWN_SCORE: not asked yet */
	unsigned *known;        /* [n] how many entities know the file's name */
};
struct pair {
	unsigned name; /* score of the names */
	enum detect_how how;
	struct value_says values;
};
struct matched {
	struct pair *pairs; /* [nfields * n] */
	uint32_t *score;    /* [nfields * n] */
	int *to;            /* [nfields] */
	bool *is_used;      /* [n] */
};

/* matched_pair - what column i of the entity found; NULL: nothing. */
const struct pair *matched_pair(const struct ranking *r, const struct matched *m, size_t i);
/* rank_explain - columns, what is left over, and the evidence in words. key: is the entity's key one in the file? */
void rank_explain(const struct ranking *r, const struct entity *e, const struct matched *m, enum key_verdict key,
    struct detect_rank *out);
/* detect_document - ranks of entities that are objects or texts, for a file that is no table; adds to ranks. */
void detect_document(struct ranking *r, struct detect_rank *ranks, size_t *n);
/* ranking_names - prepare the names of r's columns and count who knows them. */
void ranking_names(struct ranking *r);
/* rank_entities - all entities of a form that are worth naming; adds to ranks. */
void rank_entities(struct ranking *r, enum entity_form form, struct detect_rank *ranks, size_t *n);
#endif
