/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECEIPT_RECEIPT_H
#define RECEIPT_RECEIPT_H
/*
 * Receipts: what the runner states about an attempt, from outside the sandbox, over every byte. Each
 * is an in-toto Statement v1 as RFC 8785 text: preflight before the program starts (a commitment:
 * this contract, these inputs, these limits), postflight when everything it was is dead and hashed.
 * Nothing in a receipt is shortened, and no hash in it is null: what was not there is not listed.
 *
 * The database chains a run's receipts (receipt_chain_hash); receipt/chain.h checks them offline.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct arena;
struct artifact_profile;
struct err;
struct jw;

#define RECEIPT_TYPE "https://in-toto.io/Statement/v1"
#define RECEIPT_PREFLIGHT "https://forge.local/attest/preflight/v1"
#define RECEIPT_POSTFLIGHT "https://slsa.dev/provenance/v1"
#define RECEIPT_BUILD_TYPE "https://forge.local/attest/step/v1"

/* What both receipts of an attempt say about it. Hashes are 64 lower-case hex digits everywhere. */
struct receipt_attempt {
	const char *run;  /* "r_…" */
	const char *step; /* "ps-3-discrepancies" */
	int attempt;      /* from 1 */
	int64_t epoch;
	const char *plan_hash;
	const char *contract_hash;            /* as frozen */
	const char *dispatched_contract_hash; /* of the bytes that this runner acted on */
	const char *profile_sha256;
	const char *runner;  /* host name */
	const char *version; /* of Forge */
};
struct receipt_file { /* a program file */
	const char *path;
	const char *sha256;
	uint64_t bytes;
};
struct receipt_input {
	const char *name;
	const char *path;        /* in the sandbox, below /workspace */
	const char *source_path; /* in the workspace */
	const char *source_step; /* NULL: an uploaded file */
	const char *kind;
	const char *entity; /* NULL: none */
	const char *sha256;
	uint64_t bytes;
};
struct receipt_limits {
	uint64_t wall_ms, cpu_ms, memory_bytes, pids, output_bytes, output_files, work_bytes, stdio_bytes;
};
struct receipt_preflight {
	struct receipt_attempt attempt;
	uint64_t contract_bytes;
	const struct receipt_file *programs; /* [nprograms] */
	size_t nprograms;
	const struct receipt_input *inputs; /* [ninputs]; those that have bytes */
	size_t ninputs;
	struct receipt_limits limits;
	const char *network; /* "none", or "bridge" for http.fetch */
	const char *claimed_at, *at; /* times as core/clock.h writes them */
};

struct receipt_output {
	const char *name;
	const char *path; /* in the workspace */
	const char *kind;
	const char *entity; /* NULL: none */
	const char *sha256;
	uint64_t bytes;
	const struct artifact_profile *profile;
};
/* What a pack's validator found in an output. */
struct receipt_validator {
	const char *id;
	const char *severity; /* "error" "warning" */
	const char *output;   /* its name */
	const char *verdict;  /* "holds" "broken" "not_checked" */
	uint64_t judged, unjudged, broken; /* rows; of a sum: groups */
	const char *why;      /* not_checked: in words; NULL */
	const char *inherited_from; /* broken: the input that breaks it as often; the step is not to blame. NULL */
	const struct receipt_row *rows; /* [nrows] the first that break it */
	size_t nrows;
};
struct receipt_criterion {
	const char *says;
	bool is_ok;
	const char *detail; /* the figures that decided it */
};
struct receipt_undeclared {
	const char *path;
	uint64_t bytes;
	const char *sha256;
	const char *near; /* the declared path that may have been meant; NULL: none */
};
struct receipt_refused { /* an entry of the output folder that is not a plain file */
	const char *path;
	const char *reason; /* "a symbolic link" */
	const char *near;
};
struct receipt_stream {
	const char *sha256; /* of what was kept */
	uint64_t bytes;     /* kept */
	uint64_t written;   /* all that the program wrote */
};
struct receipt_call { /* of http.fetch */
	const char *request;
	const char *item; /* NULL: none */
	const char *url;
	const char *address; /* NULL: none was reached */
	unsigned rule;
	int status; /* 0: no answer */
	uint64_t bytes;
	const char *sha256;
	uint64_t us;
	const char *error; /* NULL: none */
};
struct receipt_used {
	const char *scope;
	uint64_t calls, calls_max, bytes, bytes_max;
};
struct receipt_row { /* a failing row */
	uint64_t row;
	const char *column; /* NULL: the whole row */
	const char *value;  /* NULL: none */
	const char *message;
};
struct receipt_place { /* where in the user's or program's own material; 0 and NULL: unknown */
	const char *file;
	uint64_t row, line, column;
	const char *pointer;
};
struct receipt_failure {
	const char *class; /* "program", "refused", "contract", "limit", "input", "hash", "egress", … */
	const char *message;
	struct receipt_place place;
	bool is_retryable;
	const struct receipt_row *rows; /* [nrows], the first failing ones */
	size_t nrows;
	uint64_t rows_total; /* all failing ones */
};
/* Microseconds of each phase; program is not the harness's. */
struct receipt_phases {
	int64_t prepare, materialize, project, preflight, verify_inputs, program, postflight,
	    verify_outputs, persist;
};
struct receipt_postflight {
	struct receipt_attempt attempt;
	const char *preflight_sha256; /* of the preflight's text; NULL: refused before there was one */
	const char *verdict;          /* "ok", …; NULL: the program was never started */
	const char *verdict_detail;   /* NULL: none */
	int exit_code;                /* -1: it did not exit */
	int signal;                   /* 0: none */
	const struct receipt_file *programs;
	size_t nprograms;
	const struct receipt_input *inputs;
	size_t ninputs;
	const struct receipt_output *outputs; /* [noutputs] those that are there */
	size_t noutputs;
	const struct receipt_criterion *criteria;
	size_t ncriteria;
	const struct receipt_validator *validators;
	size_t nvalidators;
	const struct receipt_undeclared *undeclared;
	size_t nundeclared;
	const struct receipt_refused *refused;
	size_t nrefused;
	bool is_undeclared_cut; /* there were more entries than limits.output_files */
	uint64_t wall_us, cpu_us, memory_peak_bytes, pids_peak, oom_kills;
	const struct receipt_stream *out, *err; /* NULL: the program was never started */
	bool has_bridge; /* http.fetch ran: calls and used are its record */
	const struct receipt_call *calls;
	size_t ncalls;
	const struct receipt_used *used;
	size_t nused;
	struct receipt_phases phases;
	const struct receipt_failure *failure; /* NULL: the step is done */
	const char *claimed_at, *started_at, *ended_at; /* started_at NULL: never */
};

/*
 * receipt_preflight_text, receipt_postflight_text - the receipt's canonical text in a.
 * Returns 0, or -1 E_JSON (a string that is not UTF-8). A missing or ill-formed hash is a bug: INVARIANT.
 */
int receipt_preflight_text(struct arena *a, const struct receipt_preflight *p, const char **text,
    size_t *n, struct err *err);
int receipt_postflight_text(struct arena *a, const struct receipt_postflight *p, const char **text,
    size_t *n, struct err *err);
#endif
