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
 *     choose.c    reading × catalog      -> playbook
 *     roles.c     playbook × files       -> a file per role
 *     fill.c      all of these           -> forge.candidate.v1
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct compile;
struct file_facts;
struct playbook;
struct playbook_file;

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
	const char *positive; /* the objective without sentences that say what not to do */
	struct read_path paths[READING_PATHS_MAX]; /* [npaths], each path once, in order */
	size_t npaths;
	struct read_url urls[READING_URLS_MAX]; /* [nurls], each once, in order */
	size_t nurls;
};
void objective_read(struct compile *c, struct reading *out);
/* path_fits - may an output with the default path take this path? Same folder and extension, and a
 * file name that begins with the default's. */
bool path_fits(const char *output, const char *asked);
/* reading_order - where the objective first names the file, SIZE_MAX if it does not. */
size_t reading_order(const struct reading *r, const struct file_facts *file);

/* playbook_choose - NULL after a finding. */
const struct playbook *playbook_choose(struct compile *c, const struct reading *r);

/* roles_fill - files[i] for playbook role i (NULL: optional and absent). false after a finding. */
bool roles_fill(struct compile *c, const struct reading *r, const struct playbook *b,
    const struct file_facts **files);

/* candidate_fill - the candidate's JSON text, NULL after a finding. */
const char *candidate_fill(struct compile *c, const struct reading *r, const struct playbook *b,
    const struct file_facts *const *files, size_t *n);
#endif
