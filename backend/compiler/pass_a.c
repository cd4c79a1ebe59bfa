/* SPDX-License-Identifier: Apache-2.0 */
/* Pass A, Understand: a candidate of the right form, from the caller or from the offline planner. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/adapt.h"
#include "compiler/detect.h"
#include "compiler/words.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/jx.h"
#include "imprint/imprint.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "types/jschema.h"

#define CANDIDATE_BYTES_MAX (16u << 20)
#define CANDIDATE_DEPTH_MAX 40 /* a plan nests it 4 deeper, and JW_DEPTH_MAX is 64 */
#define FORM_FINDINGS_MAX 50

static void
input_read(struct compile *c, const struct jx *doc, const char *pointer, struct cinput *out)
{
	(void)c;
	*out = (struct cinput){
	    .at = doc,
	    .pointer = pointer,
	    .slot = jx_str(jx_find(doc, "slot"), ""),
	    .name = jx_str(jx_find(doc, "name"), ""),
	    .entity = jx_str(jx_find(doc, "entity"), NULL),
	    .from = jx_str(jx_find(doc, "from"), NULL),
	    .path = jx_str(jx_find(doc, "path"), NULL),
	    .date_order = jx_str(jx_find(doc, "date_order"), NULL),
	    .is_required = jx_bool(jx_find(doc, "required"), true),
	    .step = NO_STEP,
	    .kind = KIND__COUNT,
	};
}

static void
output_read(struct compile *c, const struct jx *doc, const char *pointer, struct coutput *out)
{
	const struct jx *grain = jx_find(doc, "grain"), *schema = jx_find(doc, "json_schema");

	(void)c;
	*out = (struct coutput){
	    .at = doc,
	    .pointer = pointer,
	    .slot = jx_str(jx_find(doc, "slot"), ""),
	    .name = jx_str(jx_find(doc, "name"), ""),
	    .entity = jx_str(jx_find(doc, "entity"), NULL),
	    .path = jx_str(jx_find(doc, "path"), ""),
	    .role = jx_str(jx_find(doc, "role"), "primary"),
	    .is_deliverable = jx_bool(jx_find(doc, "deliverable"), false),
	    .grain = jx_is(grain, JX_OBJECT) ? grain : NULL,
	    .json_schema = schema && !jx_is(schema, JX_NULL) ? schema : NULL,
	    .kind = KIND__COUNT,
	};
	out->label = jx_str(jx_find(doc, "label"), out->name);
}

/* An object member, or NULL when absent or null. */
static const struct jx *
member(const struct jx *doc, const char *key)
{
	const struct jx *v = jx_find(doc, key);

	return jx_is(v, JX_NULL) ? NULL : v;
}

void
step_read(struct compile *c, const struct jx *doc, size_t index, struct cstep *out)
{
	const struct jx *inputs = jx_find(doc, "inputs"), *outputs = jx_find(doc, "outputs");

	*out = (struct cstep){
	    .at = doc,
	    .pointer = arena_printf(c->a, "/steps/%zu", index),
	    .number = index + 1,
	    .key = jx_str(jx_find(doc, "key"), ""),
	    .label = jx_str(jx_find(doc, "label"), ""),
	    .objective = jx_str(jx_find(doc, "objective"), ""),
	    .criteria = jx_find(doc, "criteria"),
	    .program = member(doc, "program"),
	    .fetch = member(doc, "fetch"),
	    .params = member(doc, "params"),
	    .gate = member(doc, "gate"),
	    .ninputs = jx_size(inputs),
	    .noutputs = jx_size(outputs),
	};
	out->inputs = ARENA_ARRAY(c->a, out->ninputs, struct cinput);
	for (size_t i = 0; i < out->ninputs; i++)
		input_read(c, jx_at(inputs, i),
		    arena_printf(c->a, "%s/inputs/%zu", out->pointer, i), &out->inputs[i]);
	out->outputs = ARENA_ARRAY(c->a, out->noutputs, struct coutput);
	for (size_t i = 0; i < out->noutputs; i++)
		output_read(c, jx_at(outputs, i),
		    arena_printf(c->a, "%s/outputs/%zu", out->pointer, i), &out->outputs[i]);
}

/* "line 3, column 7: …" of a parse error, as a place in the candidate with carets. */
static void
say_not_json(struct compile *c, const struct err *err)
{
	struct diag *g = diag_add(c->diags, FC0100, "%s: %s", c->candidate_name, err->msg);
	unsigned long line, column = 0;
	const char *at = strstr(err->msg, "line ");
	const char *p = c->candidate_text, *end = p + c->candidate_bytes, *nl;
	char *rest;

	g->place.file = c->candidate_name;
	diag_help(c->diags, g, "candidates are strict JSON: no comments, no trailing commas, no key "
	    "twice");
	if (!at)
		return;
	line = strtoul(at + 5, &rest, 10);
	if (strncmp(rest, ", column ", 9) == 0)
		column = strtoul(rest + 9, NULL, 10);
	for (unsigned long i = 1; i < line && p < end; i++) {
		nl = memchr(p, '\n', (size_t)(end - p));
		p = nl ? nl + 1 : end;
	}
	nl = memchr(p, '\n', (size_t)(end - p));
	g->place.line = (uint32_t)line;
	(void)diag_source(c->diags, g, line, arena_dup(c->a, p, (size_t)((nl ? nl : end) - p)),
	    column > 0 ? (uint32_t)column - 1 : 0, column > 0);
}

/* The value at the pointer, or what should have held it: a missing member has no place of its own. */
static const struct jx *
place_of(struct compile *c, const char *pointer)
{
	char *p = arena_str(c->a, pointer), *slash;
	const struct jx *at = jx_pointer(c->candidate, p);

	while (!at && (slash = strrchr(p, '/')) != NULL) {
		*slash = '\0';
		at = jx_pointer(c->candidate, p);
	}
	return at;
}

static bool
form_check(struct compile *c)
{
	const struct jschema_error *errors;
	struct jschema *schema;
	size_t n;

	if (jschema_compile(c->a, c->in->catalog->schema_candidate, &schema, c->err) < 0) {
		c->has_failed = true;
		return false;
	}
	if (jschema_validate(schema, c->a, c->candidate, FORM_FINDINGS_MAX, &errors, &n))
		return true;
	for (size_t i = 0; i < n; i++) {
		const struct jx *at = place_of(c, errors[i].pointer);
		struct diag *g = say(c, FC0100, NULL, at, errors[i].pointer,
		    "%s: expected %s, found %s",
		    errors[i].pointer[0] ? errors[i].pointer : c->candidate_name,
		    errors[i].expected, errors[i].found);

		diag_help(c->diags, g, "docs/ARCHITECTURE.md, \"forge.candidate.v1\", has the form; "
		    "packs/schema/candidate.json is its schema");
	}
	return false;
}

static bool
candidate_parse(struct compile *c, const char *text, size_t n)
{
	struct jx_options opt = {.bytes_max = CANDIDATE_BYTES_MAX, .depth_max = CANDIDATE_DEPTH_MAX};
	struct jx *doc;
	struct err err;

	if (jx_parse(c->a, text, n, &opt, &doc, &err) < 0) {
		say_not_json(c, &err);
		return false;
	}
	c->candidate = doc;
	return true;
}

/*
 * The offline planner's answer is a filled template like a model's: it is read by the decoder of the same schema. What
 * comes out stands in the same order with its constants put in; a finding here is a mistake in a playbook.
 */
static const char *
filled_decode(struct compile *c, const char *text, size_t *n)
{
	struct imprint *im;
	struct imp_diags d;
	struct buf out;

	imp_diags_init(&d, c->a);
	buf_init(&out, c->a);
	if (imprint_open(c->a, &(struct imprint_source){.root = c->in->catalog->schema_candidate, .name = "candidate"}, &im, &d) == 0
	    && imprint_decode_text(im, NULL, NULL, text, *n, false, false, &out, NULL, &d) == 0) {
		*n = out.len;
		return out.p;
	}
	for (size_t i = 0; i < d.n; i++) {
		struct diag *g = diag_add(c->diags, FC0100, "%s: %s", d.at[i].pointer[0] ? d.at[i].pointer : c->candidate_name,
		    d.at[i].message);

		g->place.pointer = d.at[i].pointer;
		diag_help(c->diags, g, "the playbook %s fills packs/schema/candidate.json; `forgectl packs check` looks at its parts",
		    c->playbook ? c->playbook->id : "?");
	}
	return NULL;
}

const char *
pass_a(struct compile *c)
{
	const char *text = c->in->candidate;
	size_t n = c->in->candidate_bytes;
	const struct jx *steps;

	c->candidate_name = c->in->candidate_name ? c->in->candidate_name : "candidate";
	c->date_order = adapt_date_order(words_positive(c->a, c->in->objective, c->in->objective_bytes));
	if (text) {
		c->candidate_text = text;
		c->candidate_bytes = n;
	} else if (c->in->objective[strspn(c->in->objective, " \t\r\n")] == '\0') {
		struct diag *g = diag_add(c->diags, FC0211, "there is no objective to plan for");

		diag_help(c->diags, g, "write what is to be done, or give a candidate");
		return "The objective is empty.";
	} else {
		text = offline_plan(c, &n);
		if (!text)
			return c->playbook ? "The playbook could not be filled." : "No playbook fits.";
		text = filled_decode(c, text, &n);
		if (!text)
			return "The playbook does not fill the template.";
	}
	if (!candidate_parse(c, text, n) || !form_check(c))
		return "The candidate is not of the right form.";
	c->mission = jx_str(jx_find(c->candidate, "mission"), "");
	steps = jx_find(c->candidate, "steps");
	c->nsteps = jx_size(steps);
	c->steps = ARENA_ARRAY(c->a, c->nsteps, struct cstep);
	for (size_t i = 0; i < c->nsteps; i++)
		step_read(c, jx_at(steps, i), i, &c->steps[i]);
	if (c->playbook)
		return arena_printf(c->a, "%zu file%s typed; the playbook %s fits and gives %zu "
		    "step%s.", c->in->nfiles, c->in->nfiles == 1 ? "" : "s", c->playbook->id,
		    c->nsteps, c->nsteps == 1 ? "" : "s");
	return arena_printf(c->a, "The candidate has %zu step%s.", c->nsteps,
	    c->nsteps == 1 ? "" : "s");
}
