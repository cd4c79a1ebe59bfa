/* SPDX-License-Identifier: Apache-2.0 */
/* Pass E, Freeze: contracts, certificate, plan and hashes. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "policy/contract.h"
#include "types/profile.h"

static const char *
slug(struct arena *a, const char *key)
{
	char *s = arena_str(a, key);

	for (char *p = s; *p; p++)
		if (*p == '_')
			*p = '-';
	return s;
}

static void
write_step_files(struct compile *c, struct jw *w)
{
	struct list_entry {
		const struct file_facts *file;
		const char *entity;
	} *at = ARENA_ARRAY(c->a, c->in->nfiles, struct list_entry);

	/* Files are sorted by path already; each is listed once, as what it is first bound as. */
	for (size_t i = 0; i < c->nsteps; i++) {
		const struct cstep *s = &c->steps[c->order[i]];

		for (size_t k = 0; k < s->ninputs; k++) {
			const struct file_facts *f = s->inputs[k].file;

			if (f && !at[f - c->in->files].file)
				at[f - c->in->files] =
				    (struct list_entry){f, s->inputs[k].bound_entity};
		}
	}
	jw_array(w, "files");
	for (size_t i = 0; i < c->in->nfiles; i++) {
		if (!at[i].file)
			continue;
		jw_object(w, NULL);
		jw_str(w, "path", at[i].file->path);
		jw_str(w, "sha256", at[i].file->sha256);
		jw_str(w, "bytes", arena_printf(c->a, "%" PRIu64, at[i].file->bytes));
		jw_str(w, "kind", kind_name(at[i].file->profile->kind));
		jw_str(w, "entity", at[i].entity);
		if (at[i].file->profile->rows >= 0)
			jw_int(w, "rows", at[i].file->profile->rows);
		else
			jw_null(w, "rows");
		jw_end(w);
	}
	jw_end(w);
}

static void
write_steps(struct compile *c, struct jw *w)
{
	jw_array(w, "steps");
	for (size_t i = 0; i < c->nsteps; i++) {
		const struct cstep *s = &c->steps[c->order[i]];

		jw_object(w, NULL);
		jw_str(w, "step_id", s->step_id);
		jw_str(w, "contract_hash", s->contract_hash);
		jw_raw(w, "contract", s->contract_text);
		jw_end(w);
	}
	jw_end(w);
	jw_array(w, "deliverables");
	for (size_t i = 0; i < c->nsteps; i++) {
		const struct cstep *s = &c->steps[c->order[i]];

		for (size_t k = 0; k < s->noutputs; k++) {
			if (!s->outputs[k].is_deliverable)
				continue;
			jw_object(w, NULL);
			jw_str(w, "path", s->outputs[k].path);
			jw_str(w, "step_id", s->step_id);
			jw_str(w, "name", s->outputs[k].name);
			jw_str(w, "kind", kind_name(s->outputs[k].kind));
			jw_str(w, "label", s->outputs[k].label);
			jw_end(w);
		}
	}
	jw_end(w);
}

static void
write_certificate(struct compile *c, struct jw *w)
{
	struct bound *all = ARENA_ARRAY(c->a, c->nsteps * 6, struct bound);
	const struct bound *sums;
	size_t n = 0;

	for (size_t i = 0; i < c->nsteps; i++) {
		const struct bound *own;
		size_t k = step_bounds(c, &c->steps[i], &own);

		memcpy(all + n, own, k * sizeof *all);
		n += k;
	}
	n = bounds_sum(c->a, all, n, &sums);
	jw_object(w, "certificate");
	jw_str(w, "schema", "forge.certificate.v1");
	jw_array(w, "bounds");
	for (size_t i = 0; i < n; i++) {
		jw_object(w, NULL);
		jw_str(w, "channel", sums[i].channel);
		jw_str(w, "scope", sums[i].scope);
		jw_str(w, "limit", arena_printf(c->a, "%" PRIu64, sums[i].limit));
		jw_end(w);
	}
	jw_end(w);
	jw_end(w);
}

static void
write_head(struct compile *c, struct jw *w)
{
	char objective[SHA256_HEX];

	sha256_hex(c->in->objective, c->in->objective_bytes, objective);
	jw_str(w, "schema", "forge.plan.v1");
	jw_str(w, "mission", c->mission);
	jw_str(w, "objective_sha256", objective);
	jw_str(w, "provider", c->playbook ? c->in->profile->provider : "given");
	if (c->playbook) {
		jw_object(w, "playbook");
		jw_str(w, "id", c->playbook->id);
		jw_str(w, "version", c->playbook->version);
		jw_str(w, "sha256", c->playbook->sha256);
		jw_end(w);
	} else {
		jw_null(w, "playbook");
	}
	jw_value(w, "profile", c->in->profile->document);
	jw_str(w, "profile_sha256", c->in->profile->sha256);
}

static int
freeze(struct compile *c, struct compile_result *out)
{
	const char **hashes = ARENA_ARRAY(c->a, c->nsteps, const char *);
	struct buf b;
	struct jw w;
	struct jx *plan;
	char *text;

	for (size_t i = 0; i < c->nsteps; i++)
		hashes[i] = c->steps[c->order[i]].contract_hash;
	if (plan_hash_of(c->a, hashes, c->nsteps, c->in->profile->sha256, out->plan_hash, c->err) < 0)
		return -1;
	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	write_head(c, &w);
	write_step_files(c, &w);
	write_steps(c, &w);
	write_certificate(c, &w);
	jw_array(&w, "notes");
	for (size_t i = 0; i < c->notes.n; i++)
		jw_str(&w, NULL, c->notes.at[i]);
	jw_end(&w);
	jw_str(&w, "plan_hash", out->plan_hash);
	jw_end(&w);
	if (jw_canonical_text(c->a, b.p, b.len, &text, &out->plan_bytes, c->err) < 0 ||
	    jx_parse(c->a, text, out->plan_bytes, NULL, &plan, c->err) < 0)
		return -1;
	out->plan_text = text;
	out->plan = plan;
	return 0;
}

const char *
pass_e(struct compile *c, struct compile_result *out)
{
	for (size_t i = 0; i < c->nsteps; i++) {
		struct cstep *s = &c->steps[i];

		s->step_id = arena_printf(c->a, "ps-%zu-%s", s->index, slug(c->a, s->key));
	}
	for (size_t i = 0; i < c->nsteps && !c->has_failed; i++)
		contract_write(c, &c->steps[c->order[i]]);
	if (c->has_failed || freeze(c, out) < 0) {
		c->has_failed = true;
		return "The plan could not be written.";
	}
	return arena_printf(c->a, "%zu contract%s frozen; plan %.12s.", c->nsteps,
	    c->nsteps == 1 ? "" : "s", out->plan_hash);
}
