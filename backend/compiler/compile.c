/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/compile.h"

#include <string.h>

#include "compiler/work.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/utf8.h"
#include "pack/pack.h"

#define COMPILE_CANDIDATE_BYTES_MAX (16u << 20)

static const char *const pass_name[] = {"Understand", "Match", "Check", "Equip", "Lock"};
#define NPASSES (sizeof pass_name / sizeof pass_name[0])

const char *
compile_state_name(enum compile_state state)
{
	static const char *const name[PASS_STATE__COUNT] = {"started", "done", "failed"};

	INVARIANT(state < PASS_STATE__COUNT);
	return name[state];
}

static const char *
pass_run(struct compile *c, size_t pass, struct compile_result *out)
{
	switch (pass) {
	case 0:
		return pass_a(c);
	case 1:
		return pass_b(c);
	case 2:
		return pass_c(c);
	case 3:
		return pass_d(c);
	default:
		return pass_e(c, out);
	}
}

static int
input_check(const struct compile_input *in, struct err *err)
{
	if (in->objective_bytes > COMPILE_OBJECTIVE_BYTES_MAX)
		return err_set(err, E_TOO_LARGE, "the objective has %zu bytes, the limit is %u",
		    in->objective_bytes, COMPILE_OBJECTIVE_BYTES_MAX);
	if (in->candidate_bytes > COMPILE_CANDIDATE_BYTES_MAX)
		return err_set(err, E_TOO_LARGE, "the candidate has %zu bytes, the limit is %u",
		    in->candidate_bytes, COMPILE_CANDIDATE_BYTES_MAX);
	if (in->objective_bytes > 0 &&
	    (utf8_check(in->objective, in->objective_bytes) != in->objective_bytes ||
		memchr(in->objective, '\0', in->objective_bytes)))
		return err_set(err, E_USAGE, "the objective is not UTF-8 text");
	return 0;
}

/* The candidate as kept: canonical text. Set when pass A accepted its form. */
static void
keep_candidate(struct compile *c, struct compile_result *out)
{
	struct buf b;

	buf_init(&b, c->a);
	if (!c->candidate || jw_canonical(&b, c->candidate, NULL) < 0)
		return;
	out->candidate_text = b.p;
	out->candidate_bytes = b.len;
}

int
compile_run(struct arena *a, const struct compile_input *in, compile_pass_fn pass, void *pass_arg,
    struct compile_result *out, struct err *err)
{
	struct compile_input own = *in;
	struct compile c = {.a = a, .in = &own, .diags = &out->diags, .err = err};
	struct err ignored;

	if (!c.err)
		c.err = &ignored;
	if (input_check(in, err) < 0)
		return -1;
	memset(out, 0, sizeof *out);
	diags_init(&out->diags, a);
	own.objective = arena_dup(a, in->objective ? in->objective : "", in->objective_bytes);
	if (in->candidate)
		own.candidate = arena_dup(a, in->candidate, in->candidate_bytes);
	for (size_t i = 0; i < NPASSES; i++) {
		struct compile_pass p = {
		    .letter = (char)('A' + i), .name = pass_name[i], .state = PASS_STARTED};

		if (pass)
			pass(pass_arg, &p);
		p.says = pass_run(&c, i, out);
		p.state = c.has_failed || out->diags.nerrors > 0 ? PASS_FAILED : PASS_DONE;
		if (pass)
			pass(pass_arg, &p);
		if (i == 0)
			keep_candidate(&c, out);
		if (c.has_failed)
			return -1;
		/* With what pass B chose: packs, workflows and policy of each step. */
		if (i == 1 && out->diags.nerrors == 0 &&
		    match_candidate(&c, &out->candidate_text, &out->candidate_bytes) < 0)
			return -1;
		if (out->diags.nerrors > 0)
			return 0;
	}
	out->is_ok = true;
	return 0;
}
