/* SPDX-License-Identifier: Apache-2.0 */
/* plan_verify: a plan says the same thing everywhere, and its hashes are those of what it says. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/num.h"
#include "policy/contract.h"

struct verify {
	struct arena *a;
	const struct jx *plan;
	struct contract *steps; /* [n] */
	size_t n;
	struct err *err;
};

static int
read_step(struct verify *v, const struct jx *doc, size_t index)
{
	const struct jx *contract = jx_find(doc, "contract");
	struct contract *out = &v->steps[index];
	const char *text, *want, *step_id;
	char hash[SHA256_HEX];
	size_t n;

	if (jx_get_str(doc, "step_id", &step_id, v->err) < 0 ||
	    jx_get_str(doc, "contract_hash", &want, v->err) < 0)
		return err_wrap(v->err, "step %zu", index);
	if (!jx_is(contract, JX_OBJECT))
		return err_set(v->err, E_SCHEMA, "step %zu has no contract", index);
	if (contract_hash_of(v->a, contract, hash, &text, &n, v->err) < 0 ||
	    contract_check(v->a, text, n, want, out, v->err) < 0)
		return -1;
	if (strcmp(out->step_id, step_id) != 0)
		return err_set(v->err, E_HASH, "the plan calls step %zu '%s', its contract '%s'", index,
		    step_id, out->step_id);
	if (out->index != index)
		return err_set(v->err, E_HASH, "the contract of %s is number %u, the plan has it at %zu",
		    step_id, out->index, index);
	return 0;
}

/* Earlier steps only; plans have their steps in an order in which they could run. */
static const struct contract *
earlier(const struct verify *v, size_t before, const char *step_id)
{
	const char *digits = strncmp(step_id, "ps-", 3) == 0 ? step_id + 3 : "";
	uint64_t index;

	if (num_u64(digits, strspn(digits, "0123456789"), before, &index, NULL) < 0 || index >= before)
		return NULL;
	return strcmp(v->steps[index].step_id, step_id) == 0 ? &v->steps[index] : NULL;
}

static int
check_file(const struct verify *v, const struct contract *s, const struct contract_input *in)
{
	const struct jx *files = jx_find(v->plan, "files");

	for (size_t i = 0; i < jx_size(files); i++) {
		const struct jx *f = jx_at(files, i);

		if (!jx_is_str(jx_find(f, "path"), in->source_path))
			continue;
		if (jx_is_str(jx_find(f, "sha256"), in->source_sha256) &&
		    jx_is_str(jx_find(f, "bytes"), arena_printf(v->a, "%" PRIu64, in->source_bytes)))
			return 0;
		return err_set(v->err, E_HASH, "%s reads '%s' with another hash or size than the plan "
		    "lists", s->step_id, in->source_path);
	}
	return err_set(v->err, E_HASH, "%s reads '%s', which the plan does not list", s->step_id,
	    in->source_path);
}

static int
check_source(const struct verify *v, size_t index, const struct contract_input *in)
{
	const struct contract *s = &v->steps[index], *p;
	bool is_listed = false;

	if (in->source == SOURCE_FILE)
		return check_file(v, s, in);
	p = earlier(v, index, in->source_step_id);
	for (size_t i = 0; i < s->ndepends_on; i++)
		is_listed = is_listed || strcmp(s->depends_on[i], in->source_step_id) == 0;
	if (!p || !is_listed)
		return err_set(v->err, E_HASH, "%s reads from %s, which %s", s->step_id,
		    in->source_step_id, p ? "it does not depend on" : "is no earlier step");
	for (size_t i = 0; i < p->noutputs; i++)
		if (strcmp(p->outputs[i].name, in->source_name) == 0 &&
		    strcmp(p->outputs[i].path, in->source_path) == 0 &&
		    strcmp(p->outputs[i].kind, in->kind) == 0)
			return 0;
	return err_set(v->err, E_HASH, "%s reads '%s' of %s, which has no such output", s->step_id,
	    in->source_name, in->source_step_id);
}

/*
 * Rank 3 and an adapter go together, and the adapter is the one of the step that the input comes from. What an
 * adapter gives is read as such, or by the next adapter of a chain.
 */
static int
check_adapter(const struct verify *v, const struct contract *s, const struct contract_input *in, const struct jx *doc)
{
	const struct jx *said = jx_find(doc, "adapter"), *run;
	const struct contract *p;

	p = in->source == SOURCE_STEP ? earlier(v, v->n, in->source_step_id) : NULL;
	run = p ? jx_find(p->document, "adapter") : NULL;
	if (!jx_is(said, JX_OBJECT) && in->rank == 3)
		return err_set(v->err, E_HASH, "%s binds '%s' with rank 3 and names no adapter", s->step_id, in->name);
	if (!jx_is(said, JX_OBJECT) && jx_is(run, JX_OBJECT) && !jx_is(jx_find(s->document, "adapter"), JX_OBJECT))
		return err_set(v->err, E_HASH, "%s reads '%s' from the adapter step %s and does not say so", s->step_id,
		    in->name, in->source_step_id);
	if (!jx_is(said, JX_OBJECT))
		return 0;
	if (in->rank == 3 && jx_is_str(jx_find(said, "step_id"), in->source_step_id ? in->source_step_id : "") && run &&
	    jx_is_str(jx_find(run, "id"), jx_str(jx_find(said, "id"), "?")) &&
	    jx_is_str(jx_find(run, "version"), jx_str(jx_find(said, "version"), "?")))
		return 0;
	return err_set(v->err, E_HASH, "%s says that '%s' comes from the adapter %s, which its source is not", s->step_id,
	    in->name, jx_str(jx_find(said, "id"), "?"));
}

static int
check_steps(const struct verify *v)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct contract *s = &v->steps[i];

		for (size_t k = 0; k < s->ndepends_on; k++)
			if (!earlier(v, i, s->depends_on[k]))
				return err_set(v->err, E_HASH, "%s depends on %s, which is no earlier "
				    "step", s->step_id, s->depends_on[k]);
		for (size_t k = 0; k < s->ninputs; k++)
			if (check_source(v, i, &s->inputs[k]) < 0 ||
			    check_adapter(v, s, &s->inputs[k], jx_at(jx_find(s->document, "inputs"), k)) < 0)
				return -1;
	}
	return 0;
}

/* What stands in the plan beside the contracts is derived from them; derive it again and compare. */
static int
compare(const struct verify *v, const char *what, const struct jx *found, struct buf *want)
{
	char *text;
	size_t n;
	struct buf b;

	buf_init(&b, v->a);
	if (!found)
		return err_set(v->err, E_SCHEMA, "the plan has no '%s'", what);
	if (jw_canonical(&b, found, v->err) < 0 ||
	    jw_canonical_text(v->a, want->p, want->len, &text, &n, v->err) < 0)
		return -1;
	if (b.len != n || memcmp(b.p, text, n) != 0)
		return err_set(v->err, E_HASH, "'%s' of the plan is not what its contracts say", what);
	return 0;
}

static int
check_deliverables(const struct verify *v)
{
	struct buf b;
	struct jw w;

	buf_init(&b, v->a);
	jw_init(&w, &b);
	jw_array(&w, NULL);
	for (size_t i = 0; i < v->n; i++)
		for (size_t k = 0; k < v->steps[i].noutputs; k++) {
			const struct contract_output *o = &v->steps[i].outputs[k];

			if (!o->is_deliverable)
				continue;
			jw_object(&w, NULL);
			jw_str(&w, "path", o->path);
			jw_str(&w, "step_id", v->steps[i].step_id);
			jw_str(&w, "name", o->name);
			jw_str(&w, "kind", o->kind);
			jw_str(&w, "label", o->label);
			jw_end(&w);
		}
	jw_end(&w);
	return compare(v, "deliverables", jx_find(v->plan, "deliverables"), &b);
}

static int
check_certificate(const struct verify *v)
{
	const struct bound *sums;
	struct bound *all;
	size_t n = 0;
	struct buf b;
	struct jw w;

	for (size_t i = 0; i < v->n; i++)
		n += jx_size(jx_pointer(v->steps[i].document, "/certificate/bounds"));
	all = ARENA_ARRAY(v->a, n, struct bound);
	n = 0;
	for (size_t i = 0; i < v->n; i++) {
		const struct jx *bounds = jx_pointer(v->steps[i].document, "/certificate/bounds");

		for (size_t k = 0; k < jx_size(bounds); k++, n++) {
			const struct jx *doc = jx_at(bounds, k);
			const char *limit;

			if (jx_get_str(doc, "channel", &all[n].channel, v->err) < 0 ||
			    jx_get_str(doc, "scope", &all[n].scope, v->err) < 0 ||
			    jx_get_str(doc, "limit", &limit, v->err) < 0 ||
			    num_u64(limit, strlen(limit), INT64_MAX, &all[n].limit, v->err) < 0)
				return err_wrap(v->err, "certificate of %s", v->steps[i].step_id);
		}
	}
	n = bounds_sum(v->a, all, n, &sums);
	buf_init(&b, v->a);
	jw_init(&w, &b);
	jw_array(&w, NULL);
	for (size_t i = 0; i < n; i++) {
		jw_object(&w, NULL);
		jw_str(&w, "channel", sums[i].channel);
		jw_str(&w, "scope", sums[i].scope);
		jw_str(&w, "limit", arena_printf(v->a, "%" PRIu64, sums[i].limit));
		jw_end(&w);
	}
	jw_end(&w);
	return compare(v, "certificate", jx_pointer(v->plan, "/certificate/bounds"), &b);
}

static int
check_hashes(const struct verify *v)
{
	const char **hashes = ARENA_ARRAY(v->a, v->n, const char *), *profile, *want;
	char hash[SHA256_HEX];

	for (size_t i = 0; i < v->n; i++)
		hashes[i] = v->steps[i].hash;
	if (jx_get_str(v->plan, "profile_sha256", &profile, v->err) < 0 ||
	    jx_get_str(v->plan, "plan_hash", &want, v->err) < 0)
		return -1;
	if (!jx_is(jx_find(v->plan, "profile"), JX_OBJECT))
		return err_set(v->err, E_SCHEMA, "the plan has no profile");
	if (contract_hash_of(v->a, jx_find(v->plan, "profile"), hash, NULL, NULL, v->err) < 0)
		return -1;
	if (strcmp(hash, profile) != 0)
		return err_set(v->err, E_HASH, "the profile has hash %s, the plan says %s", hash, profile);
	if (plan_hash_of(v->a, hashes, v->n, profile, hash, v->err) < 0)
		return -1;
	if (strcmp(hash, want) != 0)
		return err_set(v->err, E_HASH, "the plan has hash %s, it says %s", hash, want);
	return 0;
}

int
plan_verify(struct arena *a, const struct jx *plan, struct err *err)
{
	const struct jx *steps;
	struct verify v = {.a = a, .plan = plan, .err = err};

	if (jx_check_schema(plan, "forge.plan.v1", err) < 0 ||
	    jx_get_array(plan, "steps", &steps, err) < 0)
		return err_wrap(err, "plan");
	if (jx_size(steps) == 0)
		return err_set(err, E_SCHEMA, "the plan has no steps");
	v.n = jx_size(steps);
	v.steps = ARENA_ARRAY(a, v.n, struct contract);
	for (size_t i = 0; i < v.n; i++)
		if (read_step(&v, jx_at(steps, i), i) < 0)
			return -1;
	return check_hashes(&v) < 0 || check_steps(&v) < 0 || check_deliverables(&v) < 0 ||
	    check_certificate(&v) < 0 ? -1 : 0;
}
