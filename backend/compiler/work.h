/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMPILER_WORK_H
#define COMPILER_WORK_H
/*
 * The state of one compile, shared by the passes and by nobody else. Built up from left to right: a
 * field belongs to the pass named at it and is read-only afterwards.
 */
#include "compiler/compile.h"
#include "compiler/diag.h"
#include "core/digest.h"
#include "core/err.h"
#include "types/kind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct adapt_map;
struct adaptation;
struct adapter;
struct contract_limits;
struct detect_index;
struct detection;
struct entity;
struct file_facts;
struct jx;
struct mapped_file;
struct pack;
struct playbook;
struct policy;
struct route_index;
struct skill;
struct workflow;

#define NO_STEP SIZE_MAX

enum bind_rank { RANK_NONE, RANK_EXACT, RANK_KIND, RANK_ADAPTER, RANK_GENERIC, RANK_REFUSED };

struct cinput {
	const struct jx *at; /* A: its place in the candidate */
	const char *pointer;
	const char *slot, *name;
	const char *entity; /* NULL: any */
	const char *from;   /* step key, or NULL */
	const char *path;   /* or NULL */
	const char *date_order; /* "dmy" "mdy"; NULL: not said */
	bool is_required;
	const enum kind *accepts; /* C: [naccepts] */
	size_t naccepts;
	/* C, bind.c: one of file and step is set when bound */
	enum bind_rank rank;
	const struct file_facts *file;
	size_t step; /* index into steps; NO_STEP */
	size_t output;
	enum kind kind; /* of the producer */
	const char *bound_entity;
	size_t adaptation; /* RANK_ADAPTER: number from 1 in adaptations; step is set when it is inserted */
};

struct coutput {
	const struct jx *at; /* A */
	const char *pointer;
	const char *slot, *name, *entity, *path, *role, *label;
	bool is_deliverable;
	const struct jx *grain;       /* NULL if none */
	const struct jx *json_schema; /* NULL if none */
	enum kind kind;               /* C; KIND__COUNT if unknown */
};

/* One allowed request of a fetch; becomes a rule of grants.egress. */
struct crule {
	const char *path, *query;
	uint64_t calls;
};

struct cstep {
	const struct jx *at; /* A */
	const char *pointer;
	const char *key, *label, *objective;
	size_t number; /* in the candidate, from 1 */
	struct cinput *inputs;
	size_t ninputs;
	struct coutput *outputs;
	size_t noutputs;
	const struct jx *criteria, *program, *fetch, *params, *gate;
	const struct policy *policy;           /* B; NULL if unknown */
	const struct pack *const *packs;       /* B: [npacks], sorted by id, of the entities too */
	size_t npacks;
	const struct workflow *const *workflows; /* B: [nworkflows] */
	size_t nworkflows;
	const struct skill *skill; /* B; NULL for a fetch */
	const char *confidence, *reason; /* B: how the packs were chosen; as in a candidate */
	const struct adaptation *adapted; /* C: set for a step that the compiler inserted */
	size_t *deps;              /* C: [ndeps] indices of steps, ascending, unique */
	size_t ndeps;
	size_t index;              /* C: place in the plan's order */
	const char *step_id;       /* C */
	struct contract_limits *limits; /* C */
	/* D */
	const char *routing_reason;
	const char *host, *scheme; /* of the fetch */
	uint16_t port;
	bool is_private;
	struct crule *rules;
	size_t nrules;
	uint64_t calls; /* per attempt, all rules together */
	/* E */
	const char *contract_text;
	size_t contract_bytes;
	char contract_hash[SHA256_HEX];
};

/* A step key and its index, sorted by key: look-ups stay cheap for 10,000 steps. */
struct key_index {
	const char *key;
	size_t step;
};

struct checked_file {
	const struct file_facts *file;
	const struct entity *entity; /* NULL: only that it can be read */
	bool is_ok;
};

struct note_list {
	const char **at;
	size_t n;
	size_t cap;
};

struct compile {
	struct arena *a;
	const struct compile_input *in;
	struct diags *diags;
	struct err *err;
	bool has_failed; /* an operation failed (a port); err is filled */
	/* A */
	const struct playbook *playbook; /* NULL when a candidate was given */
	const char *candidate_name;
	const char *candidate_text; /* as shown in carets; NULL when the planner made it */
	size_t candidate_bytes;
	const struct jx *candidate;
	const char *mission;
	struct cstep *steps; /* [nsteps] in candidate order */
	size_t nsteps;
	struct note_list notes;
	const struct route_index *domains, *workflows; /* A and B: made when first asked for */
	/* A and C: files already held against an entity, so that nothing is said twice */
	struct checked_file *checked; /* [nchecked] */
	size_t nchecked, checked_cap;
	/* C */
	struct key_index *keys; /* [nsteps] sorted */
	size_t *order;          /* [nsteps]: plan order -> steps */
	size_t nbound, nexact;
	/* A and C, adapt.c: what the files look like, and the conversions that the bindings ask for */
	const char *date_order; /* as the objective states it; NULL */
	const struct detect_index *detect_index;
	struct detection *detections; /* [nfiles], filled when first asked for */
	bool *is_detected;            /* [nfiles] */
	struct mapped_file *mapped;   /* [nmapped] */
	size_t nmapped, mapped_cap;
	struct adaptation *adaptations; /* [nadaptations] */
	size_t nadaptations, adaptations_cap;
};

/* The passes; each adds to c->diags and says in a sentence what it found. */
const char *pass_a(struct compile *c);
const char *pass_b(struct compile *c);
const char *pass_c(struct compile *c);
const char *pass_d(struct compile *c);
const char *pass_e(struct compile *c, struct compile_result *out);

/* offline.c: fill a playbook; the candidate's text, NULL after diagnostics. */
const char *offline_plan(struct compile *c, size_t *n);

/* step_read (pass_a.c) - a step of a candidate, as far as the document alone says it. */
void step_read(struct compile *c, const struct jx *doc, size_t index, struct cstep *out);

/* packs_of_bindings (pass_b.c) - add the packs of entities that came in by generic binding. */
void packs_of_bindings(struct compile *c, struct cstep *s);
/* deny.c, part of pass B: what the step names that the profile denies */
void deny_check(struct compile *c, struct cstep *s);
/* deny_note - where the profile says so. type, id, pack: as discover_denial, which must have found it. */
void deny_note(struct compile *c, struct diag *g, unsigned type, const char *id, const char *pack);
/* match.c, part of pass B: what a step names is kept, what it leaves open is chosen */
const struct route_index *route_domains(struct compile *c);
void match_domains(struct compile *c, struct cstep *s);
void match_workflows(struct compile *c, struct cstep *s);
/* match_candidate - the candidate's text with what was chosen for each step. -1: c->err is filled. */
int match_candidate(struct compile *c, const char **text, size_t *n);

/* structure.c, part of pass C */
void structure_check(struct compile *c);
void structure_count(struct compile *c); /* is it more steps than the profile allows */
void structure_keys(struct compile *c);
void structure_limits(struct compile *c, struct cstep *s);
bool structure_order(struct compile *c);
size_t step_find(const struct compile *c, const char *key); /* NO_STEP if none */
/* bind.c, part of pass C */
void bind_all(struct compile *c);
/* grain.c, part of pass C */
void grain_check(struct compile *c);
/* criteria.c, part of pass C */
void criteria_check(struct compile *c);
/* provenance.c, part of pass C: what the policies ask of outputs so that they can be looked up */
void provenance_check(struct compile *c);
/* provenance_columns - the columns that identify a row of an output ([*n]), 0 when nothing says them. */
const char *const *provenance_columns(struct compile *c, const struct coutput *o, size_t *n);
/* contract.c, part of pass E */
void contract_write(struct compile *c, struct cstep *s);
const char *artifact_profile_id(struct compile *c, const char *entity, enum kind kind,
    const char *slot);
/* bounds.c */
struct bound {
	const char *channel, *scope;
	uint64_t limit;
};
size_t step_bounds(struct compile *c, const struct cstep *s, const struct bound **out);
/* bounds_sum - add up by channel and scope, sorted, saturating at INT64_MAX. */
size_t bounds_sum(struct arena *a, const struct bound *all, size_t n, const struct bound **out);

/* say.c: places and words for findings */
struct diag *say(struct compile *c, enum diag_code code, const struct cstep *s, const struct jx *at,
    const char *pointer, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
void say_where(struct compile *c, struct diag *g, const struct cstep *s, const char *what);
void note_add(struct compile *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* objective_span - show the line of the objective around [at, at + n) with carets. */
void objective_span(struct compile *c, struct diag *g, size_t at, size_t n);
/* list_words - "a, b and c" with backquotes; at most max named, then "and 3 more". */
const char *list_words(struct arena *a, const char *const *at, size_t n, size_t max);
/* nearest - the candidate within a third of its length by edit distance, or NULL. */
const char *nearest(const char *want, const char *const *at, size_t n);
#endif
