/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_RUN_H
#define STORE_RUN_H
/*
 * What the runner and the scheduler may do to a run: one C function per database function of
 * migrations/0005_queue.sql, which says what each one guarantees. Each call is a transaction of its own.
 * After a call that changed runs, store_wake tells the others, in a transaction of its own again.
 *
 * Receipts handed in are canonical texts (RFC 8785). The database compares what a receipt says with what it
 * knows and refuses others with E_HASH: predicate.forge (or, in a preflight, predicate itself) must hold
 *     "run":"r_…" "step":"ps-…" "attempt":n "epoch":n "contract_hash":"…" "plan_hash":"…"
 * and a postflight also "verdict", "exit_code", "outputs" (each with name, path, kind exactly as in the
 * contract, sha256, bytes, rows), "harness_us", "stdout" and "stderr" ({"sha256","bytes"}), and after a
 * failure "failure" {"class","message","place","retryable"}.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;
struct err;

#define STORE_LEASE_TTL_MS 10000  /* a dead host's steps start again after at most this */
#define STORE_HEARTBEAT_MS 2500   /* ttl / 4: three beats may be lost */
#define STORE_CHANNEL_READY "forge_ready" /* runner: claim, and beat at once (a run may be stopping) */
#define STORE_CHANNEL_EVENT "forge_event" /* hub: payload is run ids (bigints), comma-separated */

struct store_claim {
	int64_t ws;
	int64_t run;
	int no; /* the step's number in the plan, from 1 */
	int attempt; /* from 1 */
	int64_t epoch; /* grows with every lease; public */
	const char *token; /* uuid; secret: never log it, never put it into a receipt */
	const char *step_id;
	const char *contract; /* canonical text */
	size_t contract_bytes;
	const char *contract_hash; /* as frozen; hash the text again before using it */
	const char *plan_hash;
	const char *profile; /* forge.profile.v1, canonical text */
};
/*
 * store_claim - claim up to n_max ready steps.
 *
 * host:        this machine; incarnation: this life of the process (any text, new at each start)
 * after_ws:    the workspace served last (0 at first): round robin over workspaces
 * out, n:      [n] in a; n is 0 when there is nothing to do
 * Durable only once the attempt's preflight has committed.
 */
int store_claim(struct db *db, struct arena *a, const char *host, const char *incarnation,
    int n_max, int64_t after_ws, struct store_claim **out, size_t *n, struct err *err);

/*
 * store_heartbeat - prolong the leases of these tokens by STORE_LEASE_TTL_MS.
 * out[i] belongs to tokens[i]: what to do with that attempt.
 */
enum store_beat { STORE_BEAT_LOST, STORE_BEAT_OK, STORE_BEAT_STOPPING, STORE_BEAT__COUNT };
/* LOST: kill the sandbox now, write nothing. STOPPING: kill it, then store_release_step. */
int store_heartbeat(struct db *db, struct arena *a, const char *const *tokens, size_t n,
    enum store_beat *out, struct err *err);

struct store_input {
	const char *name;
	const char *path;        /* in the sandbox, below /workspace */
	const char *kind;
	const char *entity;      /* NULL: none */
	const char *source_type; /* "file", "step", or NULL where the contract names no source */
	const char *source_path; /* in the workspace; NULL: none */
	const char *sha256;      /* NULL: an optional input without a source */
	int64_t bytes;
};
/* store_step_input - the contract's inputs in its order, each with its bytes' hash. E_LEASE, E_HASH. */
int store_step_input(struct db *db, struct arena *a, const struct store_claim *claim,
    struct store_input **out, size_t *n, struct err *err);

/* store_preflight - the receipt before the program starts. E_LEASE, E_HASH. */
int store_preflight(struct db *db, const struct store_claim *claim, const char *receipt,
    struct err *err);
/* store_step_phase - an event step.phase for the watchers; no receipt. E_LEASE. */
int store_step_phase(struct db *db, const struct store_claim *claim, const char *phase,
    struct err *err);

struct store_outcome {
	bool is_run_ended;
	int readied;        /* steps that became ready: wake with ready = true when > 0 */
	int64_t retry_in_ms; /* -1: no retry */
};
/* store_commit_step - the step is done, with everything that follows. E_LEASE, E_HASH. */
int store_commit_step(struct db *db, const struct store_claim *claim, const char *receipt,
    struct store_outcome *out, struct err *err);
/* store_fail_step - the attempt failed; the receipt's failure says whether to try again. E_LEASE, E_HASH. */
int store_fail_step(struct db *db, const struct store_claim *claim, const char *receipt,
    struct store_outcome *out, struct err *err);
/* store_release_step - give the step back: the runner ends, or the run is stopping. E_LEASE. */
int store_release_step(struct db *db, const struct store_claim *claim, const char *reason,
    struct store_outcome *out, struct err *err);
/* store_release_host - at start: give back what an earlier life on this host held. runs: [n], may repeat. */
int store_release_host(struct db *db, struct arena *a, const char *host, const char *incarnation,
    int64_t **runs, size_t *n, struct err *err);

/* store_wake - tell the hub about runs[n]; runners too when ready. n == 0 with ready is fine. */
int store_wake(struct db *db, const int64_t *runs, size_t n, bool ready, struct err *err);

/* The scheduler's. */
struct store_reaped {
	int64_t run;
	const char *step_id;
	int attempt;
};
int store_reap(struct db *db, struct arena *a, struct store_reaped **out, size_t *n,
    struct err *err);
struct store_expired {
	int sessions;
	int idems;
	int throttles;
};
int store_expire(struct db *db, struct store_expired *out, struct err *err);
/* store_maintain - make partitions ahead of time; *made: how many. */
int store_maintain(struct db *db, int *made, struct err *err);
/* store_next_deadline - *wait_ms until there is work, -1: none; *due: steps waiting to be claimed now. */
int store_next_deadline(struct db *db, int64_t *wait_ms, int *due, struct err *err);

/* The hub's. */
struct store_event {
	int seq;
	const char *kind;
	const char *at;   /* ISO time */
	const char *body; /* a JSON object */
};
int store_events_read(struct db *db, struct arena *a, int64_t ws, int64_t run, int after,
    int n_max, struct store_event **out, size_t *n, struct err *err);
/* store_events_head - the last event's number, and whether the run has ended. E_NOT_FOUND. */
int store_events_head(struct db *db, int64_t ws, int64_t run, int *seq, bool *is_ended,
    struct err *err);
#endif
