/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMPILER_OFFLINE_H
#define COMPILER_OFFLINE_H
/*
 * The planner that needs no model, key or network (provider `offline`). It reads three things in an
 * objective: words (against the triggers and example goals of playbooks), paths (files of the workspace
 * and outputs asked for) and addresses. It chooses the playbook that these fit, gives each of its file
 * roles exactly one file, and fills in the candidate. It understands nothing else, and says so: what
 * does not fit clearly is a finding, never a guess.
 *
 *     reading.c   the objective          -> struct reading
 *     asked.c     its line `policy: <id>`, on which steps that holds, and where it would help
 *     choose.c    reading × catalog      -> playbook
 *     roles.c     playbook × files       -> a file per role
 *     fill.c      all of these           -> forge.candidate.v1
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "types/kind.h"

struct adapt_way;
struct compile;
struct file_facts;
struct entity;
struct jx;
struct playbook;
struct playbook_file;
struct policy;

#define READING_PATHS_MAX 256
#define READING_URLS_MAX 64

/* A path that the objective names; at and n: where in its text. */
struct read_path {
	const char *path;
	size_t at, n;
	const struct file_facts *file; /* the file of the workspace that it means, or NULL */
	bool is_output;                /* asked for as an output */
};
struct read_url {
	const char *url;
	size_t at, n;
};
struct reading {
	const char *text;            /* the objective, blanks where its line `policy: <id>` is */
	const struct policy *policy; /* that line names; NULL: there is none */
	const char *positive; /* the objective without sentences that say what not to do */
	struct read_path paths[READING_PATHS_MAX]; /* [npaths], each path once, in order */
	size_t npaths;
	struct read_url urls[READING_URLS_MAX]; /* [nurls], each once, in order */
	size_t nurls;
};
/* objective_read - false after a finding about the line `policy: <id>`. */
bool objective_read(struct compile *c, struct reading *out);
/* path_fits - may an output with the default path take this path? Same folder and extension, and a
 * file name that begins with the default's. */
bool path_fits(const char *output, const char *asked);
/* reading_order - where the objective first names the file, SIZE_MAX if it does not. */
size_t reading_order(const struct reading *r, const struct file_facts *file);

/* policy_asked - r->text and r->policy from the objective; false after a finding. */
bool policy_asked(struct compile *c, struct reading *r);
/*
 * policy_of - the policy of a playbook's step when the objective asks for another (NULL: for none): the one
 * asked for where the playbook names the profile's or the usual strict one, or where nothing gets weaker by it;
 * else the playbook's. NULL when there is no such policy.
 */
const struct policy *policy_of(const struct compile *c, const struct jx *step, const struct policy *asked);
/* policy_kept_say - one warning (FC0214) for each step of the playbook that keeps its own. */
void policy_kept_say(struct compile *c, const struct reading *r);
/* policy_offer - the policy that the objective could ask for so that the step allows adapters; NULL: none helps. */
const struct policy *policy_offer(const struct compile *c, const struct jx *step, const struct policy *now);
/* policy_offer_of - the same of the playbook's step with this key; NULL when no playbook was chosen. */
const struct policy *policy_offer_of(const struct compile *c, const char *key, const struct policy *now);
/*
 * policy_would_adapt - would adapters make the file what a role asks for, under a policy that allows them?
 *
 * *way: by which; *needs_order: only if somebody says whether the day or the month comes first
 */
bool policy_would_adapt(struct compile *c, const struct policy *offer, const struct entity *e,
    const struct file_facts *f, const enum kind *kinds, size_t nkinds, struct adapt_way *way, bool *needs_order);
/* policy_line_say - add to the findings about f from number `from` on that the line `policy: <offer>` would help,
 * where it would. offer may be NULL. */
void policy_line_say(struct compile *c, const struct reading *r, const struct policy *offer, const struct entity *e,
    const struct file_facts *f, const enum kind *kinds, size_t nkinds, size_t from);

/* playbook_choose - NULL after a finding. */
const struct playbook *playbook_choose(struct compile *c, const struct reading *r);

/* roles_fill - files[i] for playbook role i (NULL: optional and absent). false after a finding. */
bool roles_fill(struct compile *c, const struct reading *r, const struct playbook *b,
    const struct file_facts **files);

/* candidate_fill - the candidate's JSON text, NULL after a finding. */
const char *candidate_fill(struct compile *c, const struct reading *r, const struct playbook *b,
    const struct file_facts *const *files, size_t *n);
#endif
