/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_GO_H
#define CLI_GO_H
/* A whole job from a folder: shared by `go` and `demo`. */
#include <stdbool.h>
#include <stdint.h>
struct cli;
struct err;
struct http;
struct jx;

struct go {
	const char *folder;
	const char *const *only;    /* [n] NULL-ended file names to take, or NULL for all */
	const char *name;           /* of the workspace that is made */
	const char *workspace;      /* id of one to use instead, or NULL */
	const char *objective;      /* the words */
	const char *objective_path; /* left out of the upload, or NULL */
	const char *profile;        /* execution profile, or NULL for the server's default */
	bool may_be_empty;          /* work that needs no file */
	const char *out;            /* where deliverables go; made by the caller */
};
struct go_result {
	const char *workspace;
	const char *plan_id;
	const struct jx *plan;
	const struct jx *refused; /* the diagnostics event, when the plan was refused */
	const struct jx *run;
	int64_t wall_ms;          /* from sending the objective to the run's end */
	int64_t harness_ms;       /* the harness's own time, all steps added */
	const char *json;         /* forge.result.v1 */
	bool is_whole;            /* every step done and its three hashes equal */
};
/* go_run - upload, compile, run, fetch. r->refused is set with E_PLAN. */
int go_run(struct cli *c, struct http *h, const struct go *g, struct go_result *r, struct err *err);
/*
 * go_session - remote_open, and where nobody is signed in: as root, bring the embedded stack up
 * and sign in as its own user.
 */
int go_session(struct cli *c, struct http **h, struct err *err);
#endif
