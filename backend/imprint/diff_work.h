/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_DIFF_WORK_H
#define IMPRINT_DIFF_WORK_H
/* Private to diff*.c. */
#include <stdint.h>
#include "imprint/diff.h"
#include "imprint/shape.h"
#define DIFF_DEPTH_MAX 200

/* Which way a change goes: what was legal is no longer, or what was not is now. */
enum turn { TURN_NARROWER, TURN_WIDER, TURN_UNSURE, TURN_NOTE /* says something, changes nothing */ };

struct pair_seen { /* open addressing; zero: free */
	uint32_t old_id, new_id; /* id + 1 */
};
struct differ {
	struct arena *a;
	struct shapes *so, *sn;
	enum diff_flow flow;
	const char *operation;
	struct diff_change *at;
	size_t n, cap, max, n_all;
	size_t count[DIFF__COUNT];
	struct pair_seen *seen;
	size_t n_seen, cap_seen, pairs, pairs_max;
	bool is_cut;
	unsigned depth;
	size_t trial_pairs; /* pairs that looks ahead may still cost; the same for all looks ahead below this one */
	unsigned trial; /* > 0: nothing is kept, only counted */
	bool is_parameter; /* inside parameters: no readOnly */
};
struct at { /* where we are */
	const char *pointer;
	struct shape *o, *n; /* for schema pointers; either may be NULL */
};
void diff_init(struct differ *x, struct arena *a, struct shapes *so, struct shapes *sn, const struct diff_options *opt);
/* diff_add - a change; the verdict follows from the turn and the flow. */
void diff_add(struct differ *x, const struct at *at, enum turn turn, const char *kind, const char *says, ...)
    __attribute__((format(printf, 5, 6)));
/* diff_begin - forget which pairs were seen: another operation reports its own. */
void diff_begin(struct differ *x, const char *operation, enum diff_flow flow);
void diff_pair(struct differ *x, const char *pointer, struct shape *o, struct shape *n);
void diff_finish(struct differ *x, struct diff_report *out);
/* diff_scalar.c: types, values, numbers, texts, sizes, annotations. */
void diff_values(struct differ *x, const struct at *at);
void diff_span(struct differ *x, const struct at *at, const struct span *o, const struct span *n, const char *kind, const char *what);
void diff_patterns(struct differ *x, const struct at *at, const struct shape_pattern *o, size_t no,
    const struct shape_pattern *n, size_t nn, const char *kind, const char *what);
/* diff_rules - rules between fields, compared by what they say with their references followed. */
void diff_rules(struct differ *x, const struct at *at);
#endif
