/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RECEIPT_CHAIN_H
#define RECEIPT_CHAIN_H
/*
 * Checking a run's receipts without the database that made them: the chain itself, and that the
 * receipts tell one consistent story from run.start to the run's end.
 */
#include <stddef.h>
#include <stdint.h>
#include "core/digest.h"
struct arena;
struct err;
struct jx;

struct receipt_link { /* a receipt as the database keeps it */
	int64_t seq; /* from 1 */
	const char *step;  /* NULL: of the run as a whole */
	int64_t attempt; /* 0: none */
	const char *kind;  /* "preflight" */
	const char *prev;
	const char *hash;
	const char *body; /* canonical text, [body_bytes] */
	size_t body_bytes;
};

struct receipt_story { /* what a sound chain tells */
	size_t receipts;
	size_t steps;    /* in the plan */
	size_t done;     /* with an ok postflight */
	size_t attempts; /* ended ones, whatever their end */
	const char *state; /* "done", "failed", "cancelled", or "running" without an end */
	const char *plan_hash;
	char head[SHA256_HEX]; /* hash of the last receipt */
};

/*
 * receipt_chain_hash - the hash of one link: SHA-256(prev ‖ int8 run ‖ int4 seq ‖ kind 1F step 1F
 * attempt 1F body), integers big-endian, prev as 32 bytes.
 * Returns 0, or -1 E_USAGE: prev is not a hash.
 */
int receipt_chain_hash(int64_t run, const struct receipt_link *link, char out[SHA256_HEX],
    struct err *err);

/*
 * receipt_chain_check - check all receipts of one run.
 *
 * run:   the run's number (its public id is in the bodies)
 * links: [n] in order of seq
 * Checks: sequence, links and hashes; canonical bodies; that no hash in a body is null or ill-formed;
 * one plan hash; each receipt's contract hash (frozen and dispatched) is the one that run.start lists;
 * a preflight before each postflight that is ok, named by its hash; an input from another step has the
 * hash of that step's output; a step is done at most once and nothing of it follows; at the end of a
 * run that is done every step is.
 * Returns 0 and *out (strings in a), or -1 E_HASH naming the receipt and what is wrong with it.
 */
int receipt_chain_check(struct arena *a, int64_t run, const struct receipt_link *links, size_t n,
    struct receipt_story *out, struct err *err);

/*
 * receipt_links_from_json - links from the API's list: objects with seq, step_id, attempt, kind, hash,
 * prev and body (the receipt as JSON; its canonical text is what counts). E_SCHEMA, E_JSON.
 */
int receipt_links_from_json(struct arena *a, const struct jx *items, struct receipt_link **out,
    size_t *n, struct err *err);
#endif
