/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUNNER_CREW_H
#define RUNNER_CREW_H
/*
 * The worker threads, and what the main thread does with them. Each worker has a bench (its own
 * database and cell connections) and does one attempt at a time; the main thread claims steps, hands
 * them out, keeps their leases alive and calls off what must stop. All functions are the main thread's.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "runner/attempt.h"
struct arena;
struct crew;
struct db;
struct err;

#define CREW_MAX 64

/* crew_new - start n workers (1..CREW_MAX). They live until crew_end. */
int crew_new(struct arena *a, const struct runner *runner, size_t n, struct crew **out,
    struct err *err);
/* crew_fd - becomes readable when a worker has finished an attempt, or has news of one. */
int crew_fd(const struct crew *c);
size_t crew_busy(const struct crew *c);
size_t crew_idle(const struct crew *c);
/* crew_hand - give a claimed step to an idle worker (there must be one). The claim is copied. */
void crew_hand(struct crew *c, const struct store_claim *claim, int64_t claimed_us);

/* One finished attempt. */
struct crew_report {
	int64_t run;
	struct attempt_result result;
};
/* crew_collect - the next finished attempt: true and *out, or false. Its worker is idle again. */
bool crew_collect(struct crew *c, struct crew_report *out);

/* crew_news - runs whose watchers should be told; at most CREW_MAX. Returns how many. */
size_t crew_news(struct crew *c, int64_t *runs);

/*
 * crew_beat - prolong the leases of all attempts under way, and pass on what the database says of
 * them. Returns 0, or -1 E_DB; then attempts whose lease must have run out by now are called off.
 */
int crew_beat(struct crew *c, struct db *db, struct err *err);
/* crew_order - call off every attempt under way. */
void crew_order(struct crew *c, enum order order);
/* crew_end - let idle workers end and wait for them. None may be busy. */
void crew_end(struct crew *c);
#endif
