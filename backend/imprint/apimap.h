/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_APIMAP_H
#define IMPRINT_APIMAP_H
/*
 * Two API surfaces, one entity: which field of A is which field of B, with the canonical field of a pack's
 * entity in the middle. Every pair carries its evidence (exact name, synonym of a pack, normalised name,
 * words of the vocabulary, likeness of letters; types, formats, enums, units) and a confidence in
 * thousandths. Two candidates that lie within the margin of each other are reported and neither is taken.
 * What has to change on the way (types, dates, units, enum values, places) is written down as steps, and
 * apimap_apply carries a payload of A over to B by them: exactly, or with a finding that says why not.
 *
 * All arithmetic is on integers, so the same two documents give the same map everywhere. Names are
 * compared by the data of struct apimap_words alone; no word is known to the code.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "imprint/diag.h"
struct arena;
struct buf;
struct err;
struct imprint;
struct jw;
struct jx;
struct shape;
struct shapes;

/* Confidence in thousandths. Measured on made-up and real pairs: true pairs of unlike spelling begin at about
 * 780, false ones end at about 740 (docs/IMPRINT.md, "mapping"). */
#define APIMAP_THRESHOLD 760
#define APIMAP_MARGIN 60
#define APIMAP_FIELDS_MAX 512 /* a side; 262,144 comparisons */
#define APIMAP_DEPTH_MAX 12

/* --- words: what is known about names, as data --- */
struct apimap_unit {
	const char *word;      /* "cents" */
	const char *dimension; /* "money" */
	uint32_t num, den;     /* in terms of the dimension's first unit: num / den */
	bool is_vague;         /* "minor": depends on the currency; a conversion is never made from it */
};
struct apimap_column {
	const char *name, *type, *unit; /* type, unit: NULL if none */
	const char *const *synonyms;
	size_t n_synonyms;
};
struct apimap_entity {
	const char *id, *label;
	const struct apimap_column *columns;
	size_t n_columns;
};
struct apimap_group { /* words that mean the same */
	const char *const *at;
	size_t n;
};
struct apimap_weak {
	const char *word;        /* "number" */
	const char *const *with; /* "phone", "account": beside these it adds nothing; beside others it is evidence only */
	size_t n_with;
};
struct apimap_words {
	const struct apimap_entity *entities;
	size_t n_entities;
	const struct apimap_group *abbreviations; /* [0] is the long form: "quantity", then "qty", … */
	size_t n_abbreviations;
	const struct apimap_group *words;  /* of names: "customer", "client" */
	size_t n_words;
	const struct apimap_group *values; /* of enums: "cancelled", "canceled" */
	size_t n_values;
	const struct apimap_unit *units;
	size_t n_units;
	const char *const *fillers; /* "is", "has": a name means the same without them */
	size_t n_fillers;
	const struct apimap_weak *weak; /* "email_address": words that add little to some names and much to others */
	size_t n_weak;
};
/*
 * apimap_words_load - from the packs folder: columns and synonyms of packs/domain/<id>.json, words of
 * packs/vocabulary/<id>.json; files in byte order of their names.
 * -1: E_IO, E_JSON, E_SCHEMA with the file's path. Strings live in a.
 */
int apimap_words_load(struct arena *a, const char *packs_dir, struct apimap_words *out, struct err *err);
/* apimap_words_add - one parsed document (forge.pack.v1 or forge.vocabulary.v1) to w. E_SCHEMA. */
int apimap_words_add(struct arena *a, const struct jx *doc, struct apimap_words *w, struct err *err);

/* --- fields: what a side offers, flat --- */
struct apimap_field {
	const char *pointer;  /* "/customer/email", "/items/" "*" "/sku": "*" stands for each element */
	const char *name;     /* the last member name on the way */
	unsigned types;       /* T_ bits; containers only for opaque fields */
	const char *format;   /* NULL: none */
	const char *pattern;  /* the first one, or NULL */
	const struct jx *const *values; /* enum; NULL: free */
	size_t n_values;
	const char *description;
	bool is_required;     /* it, and everything above it */
	bool is_const;        /* fixed by the schema: nothing to map */
	bool is_readonly;
	bool is_cents_step;   /* a step of 0.01: a decimal amount */
	bool is_opaque;       /* a map, a choice, a tuple, a recursion: not looked into, never carried over */
	const struct shape *shape; /* for its bounds; NULL where the field was not made from a schema */
};
/* apimap_fields - flatten a shape. At most APIMAP_FIELDS_MAX; *is_cut when there were more. In document order. */
int apimap_fields(struct shapes *s, struct shape *root, struct arena *a, const struct apimap_field **out, size_t *n,
    bool *is_cut);

struct apimap_side {
	const char *name;  /* "a.yaml POST /clients": for people */
	const char *root;  /* name of the thing described ("Client"), helps with "client_id" against "id"; or NULL */
	const struct apimap_field *fields;
	size_t n_fields;
	bool is_cut;
	/* What a payload of this side is held against; NULL where the side was not made from a document. */
	struct shapes *shapes;
	struct shape *shape;
	struct shape *body; /* of an operation that has one */
	bool is_request;    /* an operation: what only the server sets is not sent */
};

/* --- the map --- */
enum apimap_evidence_kind {
	APIMAP_EXACT, APIMAP_NORMALISED, APIMAP_SYNONYM, APIMAP_ABBREVIATION, APIMAP_WORD, APIMAP_PLACE, APIMAP_BARE,
	APIMAP_FILLER, APIMAP_SIMILAR,
	APIMAP__EVIDENCE
};
enum apimap_how {
	APIMAP_COPY,             /* the value as it is */
	APIMAP_NUMBER_TO_STRING, /* 5 -> "5" */
	APIMAP_STRING_TO_NUMBER, /* "5" -> 5; only texts that are JSON numbers (and integers where asked) */
	APIMAP_BOOL_TO_STRING,
	APIMAP_STRING_TO_BOOL,
	APIMAP_DATE,             /* between layouts of dates and times */
	APIMAP_SCALE,            /* between units: cents and dollars, seconds and milliseconds */
	APIMAP_TABLE,            /* enum value to enum value */
	APIMAP__HOW
};
struct apimap_pair { const struct jx *from, *to; /* to NULL: there is no counterpart */ };
struct apimap_step {
	enum apimap_how how;
	const char *from, *to; /* DATE: layouts; SCALE: unit words */
	uint32_t num, den;     /* SCALE: times num / den */
	bool to_string;        /* SCALE: the result is a text (of two decimals where it is money) */
	const struct apimap_pair *table;
	size_t n_table;
	bool is_lossless;      /* for every value the schema of A allows */
	const char *says;
};
struct apimap_candidate {
	const struct apimap_field *a;
	unsigned confidence;
	bool is_free;        /* not taken for another field, and its values have a way over */
	const char *says;    /* what speaks for it */
	const char *why_not; /* why it is not taken */
};
struct apimap_link {
	const struct apimap_field *a, *b;
	const char *canonical;
	bool is_pack; /* canonical is a column of the entity */
	unsigned confidence;
	enum apimap_evidence_kind evidence;
	const char *says;
	const struct apimap_step *steps; /* in order of application; [0..n) */
	size_t n_steps;
};
struct apimap_open { /* a field of B that is not linked */
	const struct apimap_field *b;
	const struct apimap_candidate *candidates; /* those that could be taken first, best first; near misses behind */
	size_t n_candidates, n_clear;              /* n_clear: the first ones, at or above the threshold and free */
	bool is_ambiguous;
	const char *says;
};
struct apimap {
	const struct apimap_side *a, *b;
	const struct apimap_entity *entity; /* in the middle; NULL: names of B stand in */
	const struct apimap_link *links;    /* in B's document order */
	size_t n_links;
	const struct apimap_open *open;     /* B's fields without a link, in document order */
	size_t n_open;
	const struct apimap_field **left;   /* A's fields that go nowhere */
	size_t n_left;
};
/*
 * apimap_make - link the fields of two sides.
 *
 * entity: id of a pack's entity or its last part ("contract"), NULL: the one whose columns both sides know best
 *         (none on a tie)
 * Returns 0, or -1 E_NOT_FOUND when the entity is named and unknown (says the nearest).
 * Cost: O(fields of A × fields of B × words of a name).
 */
int apimap_make(struct arena *a, const struct apimap_side *from, const struct apimap_side *to,
    const struct apimap_words *words, const char *entity, struct apimap *out, struct err *err);
/* apimap_json - forge.apimap.v1. apimap_text - for people, a line per field. */
void apimap_json(struct jw *w, const char *key, const struct apimap *m);
void apimap_text(struct buf *b, const struct apimap *m);

/*
 * apimap_apply - carry a payload of A over.
 *
 * Only links whose conversion is exact for the value at hand are carried, and what comes out is held against B. Findings
 * in d, with pointers in payload: IMP_TYPE, IMP_ENUM, IMP_FORMAT, IMP_MULTIPLE for a value that cannot be carried
 * exactly; IMP_UNKNOWN_KEY for each member that no link places (constants of A aside: they say nothing); with pointers in
 * *out: IMP_MISSING for a required member of B that nothing was carried to, IMP_AMBIGUOUS where several fields could be
 * it, and whatever else B refuses (IMP_LEN, IMP_RULE, …). The body of an operation without "_body" around it: IMP_MISSING
 * at "/_body" with the fix, and nothing else.
 * Returns 0 and *out (constants of B filled in), or -1 with findings; *out is then what could be carried (for display).
 * Cost: O(payload × widest object of A).
 */
int apimap_apply(struct arena *a, const struct apimap *m, const struct jx *payload, const struct jx **out,
    struct imp_diags *d);

/* --- for the command line: whole documents --- */
struct apimap_request {
	struct imprint *a, *b;
	const char *name_a, *name_b; /* as the user calls the documents */
	const char *op_a, *op_b;     /* operations of API descriptions; NULL: by entity */
	const char *entity;          /* NULL: none named */
	const struct apimap_words *words;
};
struct apimap_set { const struct apimap *at; size_t n; };
/* apimap_entity_check - does r->entity name anything: a pack's entity, or a component of each side that is picked by it?
 * -1: IMP_E_OP says which entities and components there are. */
int apimap_entity_check(struct arena *a, const struct apimap_request *r, struct imp_diags *d);
/*
 * apimap_documents - the map of two operations, of two schemas, or (no operation named) of the component schemas
 * that both API descriptions have under the same or a synonymous name; with entity, of the two that are called so.
 * -1: IMP_E_OP (an operation or component that is not there, or several that fit; says which), IMP_E_SCHEMA, ….
 */
int apimap_documents(struct arena *a, const struct apimap_request *r, struct apimap_set *out, struct imp_diags *d);
#endif
