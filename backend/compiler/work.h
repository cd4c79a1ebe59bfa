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

struct contract_limits;
struct entity;
struct file_facts;
struct jx;
struct pack;
struct playbook;
struct policy;
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
	/* A and C: files already held against an entity, so that nothing is said twice */
	struct checked_file *checked; /* [nchecked] */
	size_t nchecked, checked_cap;
	/* C */
	struct key_index *keys; /* [nsteps] sorted */
	size_t *order;          /* [nsteps]: plan order -> steps */
	size_t nbound, nexact;
};

/* The passes; each adds to c->diags and says in a sentence what it found. */
const char *pass_a(struct compile *c);
const char *pass_b(struct compile *c);
const char *pass_c(struct compile *c);
const char *pass_d(struct compile *c);
const char *pass_e(struct compile *c, struct compile_result *out);

/* offline.c: fill a playbook; the candidate's text, NULL after diagnostics. */
const char *offline_plan(struct compile *c, size_t *n);

/* structure.c, part of pass C */
void structure_check(struct compile *c);
bool structure_order(struct compile *c);
size_t step_find(const struct compile *c, const char *key); /* NO_STEP if none */
/* bind.c, part of pass C */
void bind_all(struct compile *c);
/* grain.c, part of pass C */
void grain_check(struct compile *c);
/* criteria.c, part of pass C */
void criteria_check(struct compile *c);
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
