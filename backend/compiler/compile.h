/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMPILER_COMPILE_H
#define COMPILER_COMPILE_H
/*
 * Objective and files in; a frozen plan or diagnostics out. No I/O, no clock, no randomness: the same
 * input gives the same bytes. Passes (docs/ARCHITECTURE.md):
 *     A Understand  type the files, choose and fill a playbook (provider `offline`), or read a candidate
 *     B Match       packs, workflows, policy and programs of each step
 *     C Check       structure, bindings, grain, criteria, limits: every hand-off type-checks
 *     D Equip       backend, programs, egress rules; never more than the step needs
 *     E Lock        contracts, certificate, hashes
 * A pass reports all it finds; if it found an error the passes after it do not run.
 */
#include "compiler/diag.h"
#include "core/digest.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct catalog;
struct err;
struct file_facts;
struct file_port;
struct jx;
struct profile;

#define COMPILE_OBJECTIVE_BYTES_MAX (256u << 10)

struct compile_input {
	const struct catalog *catalog;
	const struct profile *profile;
	const char *objective; /* UTF-8; may be empty when a candidate is given */
	size_t objective_bytes;
	const struct file_facts *files; /* [nfiles], sorted by path */
	size_t nfiles;
	const struct file_port *port; /* NULL: values are not compared */
	/* A candidate given by the caller; NULL: the offline planner makes one. */
	const char *candidate; /* JSON text */
	size_t candidate_bytes;
	const char *candidate_name; /* for places, "CANDIDATE.json"; NULL: "candidate" */
};

enum compile_state { PASS_STARTED, PASS_DONE, PASS_FAILED, PASS_STATE__COUNT };
/* What a caller may stream. The receiver adds times: the compiler has no clock. */
struct compile_pass {
	char letter;      /* 'A'..'E' */
	const char *name; /* "Understand" */
	enum compile_state state;
	const char *says; /* a sentence; NULL when started */
};
typedef void (*compile_pass_fn)(void *arg, const struct compile_pass *pass);
const char *compile_state_name(enum compile_state state); /* "started" "done" "failed" */

struct compile_result {
	bool is_ok;
	struct diags diags; /* errors when !is_ok; warnings may come with a plan */
	/* Set when a candidate was made, even if a later pass refused it. */
	const char *candidate_text; /* RFC 8785 */
	size_t candidate_bytes;
	/* Set when is_ok. */
	const char *plan_text; /* forge.plan.v1, RFC 8785 */
	size_t plan_bytes;
	const struct jx *plan; /* plan_text parsed */
	char plan_hash[SHA256_HEX];
};

/*
 * compile_run - run the passes.
 *
 * a:     holds the result
 * pass:  called at the start and the end of each pass; may be NULL
 * Returns 0 when the passes ran (look at out->is_ok), or -1: E_TOO_LARGE for an objective or candidate
 * above its limit, or what the port said.
 * Cost:  linear in steps, bindings and files; playbook choice is linear in playbooks × words.
 */
int compile_run(struct arena *a, const struct compile_input *in, compile_pass_fn pass,
    void *pass_arg, struct compile_result *out, struct err *err);

/*
 * plan_verify - recompute every contract hash, the profile hash and the plan hash, and compare; check
 * that each contract is canonical in content, that the parts outside the contracts (step ids, files,
 * deliverables, certificate) say what the contracts say, and that sources name earlier steps.
 * Returns 0, or -1: E_HASH or E_SCHEMA, naming the step.
 */
int plan_verify(struct arena *a, const struct jx *plan, struct err *err);
#endif
