/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACK_VIEW_H
#define PACK_VIEW_H
/*
 * The catalog as people read it: each thing with its neighbours named, its rules and settings in words. The HTTP API
 * and `forgectl packs show` both write what is made here, so that they cannot say different things.
 */
#include <stdbool.h>
#include <stddef.h>

#include "pack/pack.h"

struct arena;
struct jw;

enum view_type {
	VIEW_PACK,
	VIEW_ENTITY,
	VIEW_WORKFLOW,
	VIEW_KIND,
	VIEW_SLOT,
	VIEW_POLICY,
	VIEW_ADAPTER,
	VIEW_PLAYBOOK,
	VIEW_SKILL,
	VIEW__COUNT
};

/* view_type_name - "pack" "entity" …; view_type_parse - by that name, false when there is none. */
const char *view_type_name(enum view_type type);
bool view_type_parse(const char *name, enum view_type *out);
/* view_ids - the ids of all things of a type, in the catalog's order; [*n] in a. */
const char *const *view_ids(struct arena *a, const struct catalog *c, enum view_type type, size_t *n);

/*
 * view_item - one thing at key, as an object that is left open, so that the caller can add to it (jw_end closes it).
 *
 * standard: the catalog without anybody's own packs, tells "standard" from "tenant"; NULL: all are standard
 * Returns false, with nothing written, when there is no such id. Cost: a walk over the catalog.
 */
bool view_item(struct arena *a, const struct catalog *c, const struct catalog *standard, enum view_type type,
    const char *id, struct jw *w, const char *key);
/* view_overview - everything there is, shortly, as a complete object at key. standard: as above. */
void view_overview(struct arena *a, const struct catalog *c, const struct catalog *standard, struct jw *w,
    const char *key);

/*
 * view_rule - a validator's rule as a sentence: "hours_logged is between 0 and 24". The words name columns as they are.
 */
const char *view_rule(struct arena *a, const struct catalog *c, const struct validator_rule *v);

/* What a policy sets, one by one. */
struct view_setting {
	const char *name;  /* "allow_normalizers" */
	const char *says;  /* what it is about; of a switch, what holds when it is on */
	bool is_switch;
	bool is_on;        /* of a switch */
	const char *value; /* "yes" "no", or the word that is set: "refuse" */
	const char *means; /* what that value does */
};
/* view_settings - all of them, in one order for all policies; [*n] in a. */
const struct view_setting *view_settings(struct arena *a, const struct policy *p, size_t *n);
/* view_not_kept - the part of an adapter's text that says what is lost; NULL when nothing is said to be. */
const char *view_not_kept(const struct adapter *d);
#endif
