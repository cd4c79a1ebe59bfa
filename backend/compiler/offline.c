/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/offline.h"

#include "compiler/detect.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "pack/facts.h"
#include "pack/pack.h"

#define UNUSED_NOTES_MAX 10

/* What stays outside the plan is said, so that nobody believes it was looked at. */
static void
note_unused(struct compile *c, const struct reading *r, const struct file_facts *const *files)
{
	size_t nunused = 0;

	for (size_t i = 0; i < c->in->nfiles; i++) {
		const struct file_facts *f = &c->in->files[i];
		bool is_used = false;

		for (size_t k = 0; k < c->playbook->nfiles; k++)
			is_used = is_used || files[k] == f;
		if (!is_used && nunused++ < UNUSED_NOTES_MAX)
			note_add(c, "%s is not read by this plan.", f->path);
	}
	if (nunused > UNUSED_NOTES_MAX)
		note_add(c, "%zu more files are not read by this plan.", nunused - UNUSED_NOTES_MAX);
	for (size_t i = 0; i < r->npaths; i++)
		if (!r->paths[i].file && !r->paths[i].is_output)
			note_add(c, "The objective names %s, which is not in the workspace; this plan "
			    "does not need it.", r->paths[i].path);
	note_add(c, "The offline planner follows the playbook as written. Of the objective it used the "
	    "words that chose the playbook, file and output paths%s%s, and nothing else.",
	    c->playbook->nsettings > 0 ? " and the address" : "",
	    r->policy ? arena_printf(c->a, " and the policy `%s`", r->policy->id) : "");
}

const char *
offline_plan(struct compile *c, size_t *n)
{
	struct reading *r = ARENA_NEW(c->a, struct reading);
	const struct file_facts **files;
	const char *text;

	if (!objective_read(c, r))
		return NULL;
	c->playbook = playbook_choose(c, r);
	if (!c->playbook)
		return NULL;
	files = ARENA_ARRAY(c->a, c->playbook->nfiles, const struct file_facts *);
	/* Settings and output paths are looked at even if a file is wrong: all findings at once. */
	(void)roles_fill(c, r, c->playbook, files);
	if (c->has_failed)
		return NULL;
	text = candidate_fill(c, r, c->playbook, files, n);
	if (c->has_failed || c->diags->nerrors > 0)
		return NULL;
	policy_kept_say(c, r);
	note_unused(c, r, files);
	return text;
}
