/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_REMOTE_H
#define CLI_REMOTE_H
/* What the verbs that talk to a server share. */
#include <stdbool.h>
#include <stdint.h>
struct arena;
struct cli;
struct err;
struct http;
struct jx;

/*
 * remote_open - a signed-in client: FORGE_URL and FORGE_KEY, else the saved log-in
 * (~/.config/forge/login.json, or FORGE_LOGIN), else the embedded stack's own (var/login.json, made
 * by `forgectl up`). E_UNAUTHENTICATED says what to do when none is there.
 */
int remote_open(struct cli *c, struct http **out, struct err *err);
/* embedded_open - as remote_open, but only ever the embedded stack's own log-in. */
int embedded_open(struct cli *c, struct http **out, struct err *err);
/* remote_login - sign in and leave the session in h. */
int remote_login(struct http *h, const char *email, const char *password, const struct jx **user, struct err *err);
/* remote_workspace - id of the workspace asked for by --workspace, else the saved one, else the first. */
int remote_workspace(struct cli *c, struct http *h, const char *asked, const char **id, struct err *err);
/*
 * remote_compile - send the objective (profile: an execution profile's id, or NULL); passes are shown as they come. On success *plan is
 * {id, plan_hash, …}. A refusal prints its diagnostics (or returns them in *refused with --json)
 * and is E_PLAN.
 */
int remote_compile(struct cli *c, struct http *h, const char *ws, const char *objective, const char *profile,
    const struct jx **plan, const struct jx **refused, struct err *err);
/* remote_start - start the plan; idempotent by a fresh key. *run is its id. */
int remote_start(struct cli *c, struct http *h, const char *ws, const char *plan, const char **run, struct err *err);
/*
 * remote_watch - follow the run's events until it ends, showing steps with their times.
 * *out is the run as it ended. E_NET when the stream broke and could not be resumed.
 */
int remote_watch(struct cli *c, struct http *h, const char *ws, const char *run, const struct jx **out, struct err *err);
/* remote_fetch - every deliverable into folder, paths kept; hashes compared. */
int remote_fetch(struct cli *c, struct http *h, const char *ws, const struct jx *run, const char *folder, struct err *err);
/* remote_result - the forge.result.v1 text (steps with their three hashes and times, deliverables). */
int remote_result(struct cli *c, struct http *h, const char *ws, const struct jx *run, const char *plan, const char *folder,
    const char **out, bool *is_whole, int64_t *harness_ms, struct err *err);
#endif
