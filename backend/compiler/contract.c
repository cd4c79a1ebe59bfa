/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a step's contract: everything that its attempt may read, run, write and reach, and its hash. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/adapt.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/jw.h"
#include "core/jx.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "policy/contract.h"
#include "types/profile.h"

const char *
artifact_profile_id(struct compile *c, const char *entity, enum kind kind, const char *slot)
{
	const struct entity *e = catalog_entity(c->in->catalog, entity);
	const char *dot = entity ? strchr(entity, '.') : NULL;

	if (!e || !dot)
		return arena_printf(c->a, "generic.%s.%s.v1", kind_name(kind), slot);
	/* The name that a pack gave it, where one did. */
	for (size_t p = 0; p < c->in->catalog->npacks; p++)
		for (size_t i = 0; i < c->in->catalog->packs[p].nprofiles; i++) {
			const struct pack_profile *f = &c->in->catalog->packs[p].profiles[i];

			if (strcmp(f->entity, entity) == 0 && strcmp(f->kind, kind_name(kind)) == 0 &&
			    strcmp(f->slot, slot) == 0)
				return f->id;
		}
	return arena_printf(c->a, "%.*s.%s.%s.v%lu", (int)(dot - entity), entity, kind_name(kind), dot + 1,
	    strtoul(e->pack->version, NULL, 10));
}

/* Numbers that may be large are strings in contracts: every canonicalizer agrees on their hash. */
static void
big(struct compile *c, struct jw *w, const char *key, uint64_t v)
{
	jw_str(w, key, arena_printf(c->a, "%" PRIu64, v));
}

static void
write_head(struct compile *c, struct jw *w, const struct cstep *s)
{
	size_t *ids = ARENA_ARRAY(c->a, s->ndeps, size_t);

	jw_str(w, "schema", "forge.contract.v1");
	jw_str(w, "step_id", s->step_id);
	jw_uint(w, "index", s->index);
	jw_str(w, "key", s->key);
	jw_str(w, "label", s->label);
	jw_str(w, "objective", s->objective);
	jw_str(w, "policy", s->policy->id);
	jw_str(w, "policy_sha256", s->policy->sha256);
	jw_array(w, "packs");
	for (size_t i = 0; i < s->npacks; i++) {
		jw_object(w, NULL);
		jw_str(w, "id", s->packs[i]->id);
		jw_str(w, "version", s->packs[i]->version);
		jw_str(w, "sha256", s->packs[i]->sha256);
		jw_end(w);
	}
	jw_end(w);
	jw_array(w, "workflow");
	for (size_t i = 0; i < s->nworkflows; i++)
		jw_str(w, NULL, s->workflows[i]->id);
	jw_end(w);
	jw_object(w, "match");
	jw_str(w, "confidence", s->confidence);
	jw_str(w, "reason", s->reason);
	jw_end(w);
	/* In plan order, whatever order the candidate has. */
	for (size_t i = 0; i < s->ndeps; i++) {
		size_t k = i;

		for (; k > 0 && c->steps[ids[k - 1]].index > c->steps[s->deps[i]].index; k--)
			ids[k] = ids[k - 1];
		ids[k] = s->deps[i];
	}
	jw_array(w, "depends_on");
	for (size_t i = 0; i < s->ndeps; i++)
		jw_str(w, NULL, c->steps[ids[i]].step_id);
	jw_end(w);
}

static void
write_source(struct compile *c, struct jw *w, const struct cinput *in)
{
	jw_object(w, "source");
	if (in->file) {
		jw_str(w, "type", "file");
		jw_str(w, "path", in->file->path);
		jw_str(w, "sha256", in->file->sha256);
		big(c, w, "bytes", in->file->bytes);
	} else {
		const struct cstep *p = &c->steps[in->step];

		jw_str(w, "type", "step");
		jw_str(w, "step_id", p->step_id);
		jw_str(w, "name", p->outputs[in->output].name);
		jw_str(w, "path", p->outputs[in->output].path);
	}
	jw_end(w);
}

/* "input/<name>.<extension of the source>", so that the sandbox sees the handle and the format. */
static const char *
input_path(struct compile *c, const struct cinput *in)
{
	const char *source =
	    in->file ? in->file->path : c->steps[in->step].outputs[in->output].path;
	const char *slash = strrchr(source, '/'), *dot;

	dot = strrchr(slash ? slash : source, '.');
	if (dot)
		for (const char *p = dot + 1; *p; p++)
			if (!isalnum((unsigned char)*p))
				dot = NULL;
	return arena_printf(c->a, "input/%s%s%s", in->name, dot && dot[1] ? "" : ".",
	    dot && dot[1] ? dot : kind_extension(in->kind));
}

/* Of an input at the end of adapters: the last of them, and the step that runs it. */
static void
write_input_adapter(struct compile *c, struct jw *w, const struct cinput *in)
{
	const struct adapter *a = in->adaptation > 0 ? c->adaptations[in->adaptation - 1].adapter : NULL;

	if (!a) {
		jw_null(w, "adapter");
		return;
	}
	jw_object(w, "adapter");
	jw_str(w, "id", a->id);
	jw_str(w, "version", a->version);
	jw_str(w, "step_id", c->steps[in->step].step_id);
	jw_end(w);
}

/* Of a step that the compiler inserted: what it converts, and which registered adapter does it. */
static void
write_adapter(struct jw *w, const struct cstep *s)
{
	const struct adaptation *t = s->adapted;

	if (!t) {
		jw_null(w, "adapter");
		return;
	}
	jw_object(w, "adapter");
	jw_str(w, "id", t->adapter->id);
	jw_str(w, "version", t->adapter->version);
	jw_str(w, "sha256", t->adapter->sha256);
	jw_str(w, "type", t->map ? "columns" : "kind");
	jw_str(w, "from", kind_name(t->from));
	jw_str(w, "to", kind_name(t->to));
	jw_bool(w, "lossless", t->adapter->is_lossless);
	jw_end(w);
}

/* What the policy asks of the outputs, for the runtime to hold. */
static void
write_provenance(struct compile *c, struct jw *w, const struct cstep *s)
{
	jw_object(w, "provenance");
	jw_bool(w, "source_ids", s->policy->require_source_artifact_ids);
	jw_bool(w, "citations", s->policy->require_citations);
	jw_bool(w, "block_publish", s->policy->block_publish_on_missing_provenance);
	jw_array(w, "rows");
	for (size_t i = 0; s->policy->require_source_artifact_ids && i < s->noutputs; i++) {
		const struct coutput *o = &s->outputs[i];
		size_t n;
		const char *const *columns = provenance_columns(c, o, &n);

		if (n == 0)
			continue;
		jw_object(w, NULL);
		jw_str(w, "output", o->name);
		jw_array(w, "columns");
		for (size_t k = 0; k < n; k++)
			jw_str(w, NULL, columns[k]);
		jw_end(w);
		jw_str(w, "of", jx_str(jx_find(o->grain, "of"), NULL));
		jw_end(w);
	}
	jw_end(w);
	jw_end(w);
}

static bool
has_validator(const struct cstep *s, bool is_input, const char *entity)
{
	for (size_t i = 0; is_input && i < s->ninputs; i++)
		if (s->inputs[i].rank != RANK_NONE && s->inputs[i].bound_entity &&
		    strcmp(s->inputs[i].bound_entity, entity) == 0)
			return true;
	for (size_t i = 0; !is_input && i < s->noutputs; i++)
		if (s->outputs[i].entity && strcmp(s->outputs[i].entity, entity) == 0)
			return true;
	return false;
}

/* The rules of the packs about what goes in and comes out; packs[] pins each pack's text. */
static void
write_validators(struct jw *w, const struct cstep *s)
{
	jw_array(w, "validators");
	for (int is_input = 1; is_input >= 0; is_input--)
		for (size_t p = 0; p < s->npacks; p++)
			for (size_t i = 0; i < s->packs[p]->nvalidators; i++) {
				const struct validator_rule *v = &s->packs[p]->validators[i];

				if (!has_validator(s, is_input == 1, v->entity))
					continue;
				jw_object(w, NULL);
				jw_str(w, "id", v->id);
				jw_str(w, "pack", s->packs[p]->id);
				jw_str(w, "phase", is_input ? "preflight" : "postflight");
				jw_end(w);
			}
	jw_end(w);
}

static void
write_inputs(struct compile *c, struct jw *w, const struct cstep *s)
{
	jw_array(w, "inputs");
	for (size_t i = 0; i < s->ninputs; i++) {
		const struct cinput *in = &s->inputs[i];

		if (in->rank == RANK_NONE)
			continue; /* optional and not there: the step does not get it */
		jw_object(w, NULL);
		jw_str(w, "slot", in->slot);
		jw_str(w, "name", in->name);
		jw_str(w, "path", input_path(c, in));
		jw_str(w, "kind", kind_name(in->kind));
		jw_str(w, "entity", in->bound_entity);
		jw_str(w, "artifact_profile",
		    artifact_profile_id(c, in->bound_entity, in->kind, in->slot));
		jw_uint(w, "rank", in->rank);
		write_input_adapter(c, w, in);
		jw_bool(w, "required", in->is_required);
		write_source(c, w, in);
		jw_end(w);
	}
	jw_end(w);
}

static void
write_outputs(struct compile *c, struct jw *w, const struct cstep *s)
{
	jw_array(w, "outputs");
	for (size_t i = 0; i < s->noutputs; i++) {
		const struct coutput *o = &s->outputs[i];

		jw_object(w, NULL);
		jw_str(w, "slot", o->slot);
		jw_str(w, "name", o->name);
		jw_str(w, "path", o->path);
		jw_str(w, "kind", kind_name(o->kind));
		jw_str(w, "entity", o->entity);
		jw_str(w, "artifact_profile", artifact_profile_id(c, o->entity, o->kind, o->slot));
		jw_str(w, "role", o->role);
		jw_str(w, "label", o->label);
		jw_bool(w, "deliverable", o->is_deliverable);
		if (o->grain)
			jw_value(w, "grain", o->grain);
		else
			jw_null(w, "grain");
		if (o->json_schema)
			jw_value(w, "json_schema", o->json_schema);
		else
			jw_null(w, "json_schema");
		jw_end(w);
	}
	jw_end(w);
	jw_array(w, "criteria");
	for (size_t i = 0; i < jx_size(s->criteria); i++)
		jw_value(w, NULL, jx_at(s->criteria, i));
	jw_end(w);
}

static void
write_limits(struct compile *c, struct jw *w, const struct contract_limits *l)
{
	jw_object(w, "limits");
	big(c, w, "wall_ms", l->wall_ms);
	big(c, w, "cpu_ms", l->cpu_ms);
	big(c, w, "memory_bytes", l->memory_bytes);
	big(c, w, "pids", l->pids);
	big(c, w, "output_bytes", l->output_bytes);
	big(c, w, "output_files", l->output_files);
	big(c, w, "work_bytes", l->work_bytes);
	big(c, w, "stdio_bytes", l->stdio_bytes);
	jw_end(w);
}

static void
write_execution(struct compile *c, struct jw *w, const struct cstep *s)
{
	const struct jx *argv = jx_find(s->program, "argv");

	jw_object(w, "execution");
	jw_str(w, "backend", s->program ? "code.execute" : "tool_loop");
	jw_str(w, "routing_reason", s->routing_reason);
	jw_array(w, "argv");
	for (size_t i = 0; i < jx_size(argv); i++)
		jw_value(w, NULL, jx_at(argv, i));
	jw_end(w);
	jw_array(w, "files");
	for (size_t i = 0; s->skill && i < s->skill->nfiles; i++) {
		jw_object(w, NULL);
		jw_str(w, "path", s->skill->files[i].path);
		jw_str(w, "sha256", s->skill->files[i].sha256);
		big(c, w, "bytes", s->skill->files[i].n);
		jw_end(w);
	}
	jw_end(w);
	if (s->fetch)
		jw_value(w, "fetch", s->fetch);
	else
		jw_null(w, "fetch");
	if (s->params) {
		jw_value(w, "params", s->params);
	} else {
		jw_object(w, "params");
		jw_end(w);
	}
	write_limits(c, w, s->limits);
	jw_end(w);
}

static void
write_grants(struct compile *c, struct jw *w, const struct cstep *s)
{
	jw_object(w, "grants");
	jw_array(w, "tools");
	if (s->fetch)
		jw_str(w, NULL, "http.fetch");
	jw_end(w);
	jw_array(w, "skills");
	if (s->skill) {
		jw_object(w, NULL);
		jw_str(w, "id", s->skill->id);
		jw_str(w, "sha256", s->skill->sha256);
		jw_end(w);
	}
	jw_end(w);
	jw_array(w, "egress");
	for (size_t i = 0; i < s->nrules; i++) {
		jw_object(w, NULL);
		jw_str(w, "scheme", s->scheme);
		jw_str(w, "host", s->host);
		jw_uint(w, "port", s->port);
		jw_str(w, "method", "GET");
		jw_str(w, "path", s->rules[i].path);
		jw_str(w, "query", s->rules[i].query);
		big(c, w, "calls", s->rules[i].calls);
		big(c, w, "bytes", c->in->profile->egress_bytes_max);
		jw_bool(w, "private", s->is_private);
		jw_end(w);
	}
	jw_end(w);
	jw_uint(w, "model_calls", 0);
	jw_end(w);
}

static void
write_tail(struct compile *c, struct jw *w, const struct cstep *s)
{
	const struct bound *bounds;
	size_t n = step_bounds(c, s, &bounds);

	jw_object(w, "repair");
	jw_str(w, "strategy", s->policy->repair);
	jw_uint(w, "max_retries", s->policy->max_retries);
	jw_bool(w, "immutable_output_bindings", true);
	jw_end(w);
	write_grants(c, w, s);
	jw_null(w, "gate");
	jw_object(w, "certificate");
	jw_array(w, "bounds");
	for (size_t i = 0; i < n; i++) {
		jw_object(w, NULL);
		jw_str(w, "channel", bounds[i].channel);
		jw_str(w, "scope", bounds[i].scope);
		big(c, w, "limit", bounds[i].limit);
		jw_end(w);
	}
	jw_end(w);
	jw_end(w);
}

void
contract_write(struct compile *c, struct cstep *s)
{
	struct buf b;
	struct jw w;
	char *text;
	size_t n;

	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	write_head(c, &w, s);
	write_inputs(c, &w, s);
	write_outputs(c, &w, s);
	write_validators(&w, s);
	write_provenance(c, &w, s);
	write_adapter(&w, s);
	write_execution(c, &w, s);
	write_tail(c, &w, s);
	jw_end(&w);
	if (jw_canonical_text(c->a, b.p, b.len, &text, &n, c->err) < 0) {
		c->has_failed = true;
		return;
	}
	s->contract_text = text;
	s->contract_bytes = n;
	sha256_hex(text, n, s->contract_hash);
}
