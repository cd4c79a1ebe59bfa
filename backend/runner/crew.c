/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/crew.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/log.h"
#include "sandbox/cell.h"
#include "store/db.h"

enum worker_state { WORKER_IDLE, WORKER_BUSY, WORKER_FINISHED, WORKER_ENDING };

struct worker {
	struct crew *crew;
	pthread_t thread;
	pthread_cond_t wake;
	enum worker_state state; /* under crew->lock */
	struct bench bench;
	struct arena *job;         /* of the claim; the main thread's, the worker reads it while busy */
	struct store_claim claim;
	int64_t claimed_us;
	int64_t lease_until_us;    /* by our clock; main thread only */
	struct attempt_result result;
};
struct crew {
	const struct runner *runner;
	pthread_mutex_t lock;
	int done_fd;
	size_t n;
	struct worker workers[CREW_MAX];
};

static void
lock(struct crew *c)
{
	int rc = pthread_mutex_lock(&c->lock);
	INVARIANT(rc == 0);
}

static void
unlock(struct crew *c)
{
	int rc = pthread_mutex_unlock(&c->lock);
	INVARIANT(rc == 0);
}

/* ---- a worker's thread ------------------------------------------------------------------------------------ */

/* A database connection for the bench, new or mended. */
static int
ready_db(struct bench *b, struct err *err)
{
	if (!b->db)
		return db_open_env("forge-runner", &b->db, err);
	return db_is_broken(b->db) ? db_reset(b->db, err) : 0;
}

static struct attempt_result
work(struct worker *w)
{
	struct err err;
	if (ready_db(&w->bench, &err) == 0)
		return attempt_run(w->crew->runner, &w->bench, &w->claim, w->claimed_us);
	log_write(LOG_ERROR, EV_DB_FAILED, &err, "step", w->claim.step_id, NULL);
	return (struct attempt_result){.end = ATTEMPT_LOST, .is_machine_ill = true,
	    .outcome = {.retry_in_ms = -1}};
}

static void *
worker_main(void *arg)
{
	struct worker *w = arg;
	struct crew *c = w->crew;
	lock(c);
	for (;;) {
		while (w->state != WORKER_BUSY && w->state != WORKER_ENDING) {
			int rc = pthread_cond_wait(&w->wake, &c->lock);
			INVARIANT(rc == 0);
		}
		if (w->state == WORKER_ENDING)
			break;
		unlock(c);
		struct attempt_result result = work(w);
		lock(c);
		w->result = result;
		w->state = WORKER_FINISHED;
		if (eventfd_write(c->done_fd, 1) < 0)
			NEVER("an eventfd that is full");
	}
	unlock(c);
	bench_set_cell(&w->bench, NULL);
	db_close(w->bench.db);
	return NULL;
}

/* ---- the main thread's side -------------------------------------------------------------------------------- */

static int
start_worker(struct crew *c, struct worker *w, struct err *err)
{
	int rc = pthread_cond_init(&w->wake, NULL);
	INVARIANT(rc == 0);
	rc = pthread_mutex_init(&w->bench.lock, NULL);
	INVARIANT(rc == 0);
	w->crew = c;
	w->bench.news_fd = c->done_fd;
	w->bench.cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->bench.cancel_fd < 0)
		return err_sys(err, E_IO, "making an eventfd");
	/* signals are the main thread's, which reads them from a descriptor */
	sigset_t all, before;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	errno = pthread_create(&w->thread, NULL, worker_main, w);
	rc = errno;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = rc;
	return rc ? err_sys(err, E_IO, "starting a worker thread") : 0;
}

int
crew_new(struct arena *a, const struct runner *runner, size_t n, struct crew **out,
    struct err *err)
{
	INVARIANT(n >= 1);
	INVARIANT(n <= CREW_MAX);
	struct crew *c = ARENA_NEW(a, struct crew);
	c->runner = runner;
	int rc = pthread_mutex_init(&c->lock, NULL);
	INVARIANT(rc == 0);
	c->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->done_fd < 0)
		return err_sys(err, E_IO, "making an eventfd");
	for (; c->n < n; c->n++)
		if (start_worker(c, &c->workers[c->n], err) < 0)
			return -1;
	*out = c;
	return 0;
}

int
crew_fd(const struct crew *c)
{
	return c->done_fd;
}

/* Only the main thread makes workers busy or idle again, so counting needs no lock to stay true. */
static size_t
count(const struct crew *c, bool want_idle)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++)
		n += (c->workers[i].job == NULL) == want_idle;
	return n;
}

size_t
crew_busy(const struct crew *c)
{
	return count(c, false);
}

size_t
crew_idle(const struct crew *c)
{
	return count(c, true);
}

static void
copy_claim(struct worker *w, const struct store_claim *from)
{
	struct arena *a = w->job;
	w->claim = *from;
	w->claim.token = arena_str(a, from->token);
	w->claim.step_id = arena_str(a, from->step_id);
	w->claim.contract = arena_dup(a, from->contract, from->contract_bytes);
	w->claim.contract_hash = arena_str(a, from->contract_hash);
	w->claim.plan_hash = arena_str(a, from->plan_hash);
	w->claim.profile = arena_str(a, from->profile);
}

void
crew_hand(struct crew *c, const struct store_claim *claim, int64_t claimed_us)
{
	struct worker *w = NULL;
	for (size_t i = 0; i < c->n && !w; i++)
		if (!c->workers[i].job)
			w = &c->workers[i];
	INVARIANT(w != NULL);
	w->job = arena_new(0);
	copy_claim(w, claim);
	w->claimed_us = claimed_us;
	w->lease_until_us = claimed_us + (int64_t)STORE_LEASE_TTL_MS * 1000;
	if (atomic_load(&w->bench.order) != ORDER_RUN)
		bench_set_cell(&w->bench, NULL); /* a cancelled cell is of no further use */
	atomic_store(&w->bench.order, ORDER_RUN);
	eventfd_t stale;
	(void)eventfd_read(w->bench.cancel_fd, &stale);
	lock(c);
	INVARIANT(w->state == WORKER_IDLE);
	w->state = WORKER_BUSY;
	int rc = pthread_cond_signal(&w->wake);
	INVARIANT(rc == 0);
	unlock(c);
}

bool
crew_collect(struct crew *c, struct crew_report *out)
{
	eventfd_t finished;
	(void)eventfd_read(c->done_fd, &finished);
	for (size_t i = 0; i < c->n; i++) {
		struct worker *w = &c->workers[i];
		lock(c);
		bool is_finished = w->state == WORKER_FINISHED;
		if (is_finished)
			w->state = WORKER_IDLE;
		unlock(c);
		if (!is_finished)
			continue;
		*out = (struct crew_report){.run = w->claim.run, .result = w->result};
		arena_free(w->job);
		w->job = NULL;
		return true;
	}
	return false;
}

size_t
crew_news(struct crew *c, int64_t *runs)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++)
		if (atomic_exchange(&c->workers[i].bench.has_news, false) && c->workers[i].job)
			runs[n++] = c->workers[i].claim.run;
	return n;
}

/* Orders only grow; each is repeated at every beat until the attempt has ended. */
static void
give_order(struct worker *w, enum order order)
{
	if (atomic_load(&w->bench.order) < (int)order)
		atomic_store(&w->bench.order, (int)order);
	bench_cancel(&w->bench);
}

static bool
is_under_way(struct crew *c, struct worker *w)
{
	lock(c);
	bool is_busy = w->state == WORKER_BUSY;
	unlock(c);
	return is_busy;
}

/* Without an answer from the database, what we know is when the last prolonging runs out. */
static void
expire(struct crew *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (is_under_way(c, &c->workers[i]) &&
		    clock_mono_us() >= c->workers[i].lease_until_us)
			give_order(&c->workers[i], ORDER_LOST);
}

int
crew_beat(struct crew *c, struct db *db, struct err *err)
{
	const char *tokens[CREW_MAX];
	struct worker *of[CREW_MAX];
	enum store_beat beats[CREW_MAX];
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++) {
		if (is_under_way(c, &c->workers[i])) {
			of[n] = &c->workers[i];
			tokens[n++] = c->workers[i].claim.token;
		}
	}
	if (n == 0)
		return 0;
	struct arena *a = arena_new(0);
	int64_t asked_us = clock_mono_us();
	int rc = store_heartbeat(db, a, tokens, n, beats, err);
	arena_free(a);
	if (rc < 0) {
		expire(c);
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		if (beats[i] != STORE_BEAT_LOST)
			of[i]->lease_until_us = asked_us + (int64_t)STORE_LEASE_TTL_MS * 1000;
		/* a lease that is gone may also mean that its attempt has just ended */
		if (beats[i] != STORE_BEAT_OK && is_under_way(c, of[i]))
			give_order(of[i], beats[i] == STORE_BEAT_LOST ? ORDER_LOST : ORDER_STOP);
	}
	return 0;
}

void
crew_order(struct crew *c, enum order order)
{
	for (size_t i = 0; i < c->n; i++)
		if (is_under_way(c, &c->workers[i]))
			give_order(&c->workers[i], order);
}

void
crew_end(struct crew *c)
{
	INVARIANT(crew_busy(c) == 0);
	for (size_t i = 0; i < c->n; i++) {
		struct worker *w = &c->workers[i];
		lock(c);
		w->state = WORKER_ENDING;
		(void)pthread_cond_signal(&w->wake);
		unlock(c);
		(void)pthread_join(w->thread, NULL);
		close(w->bench.cancel_fd);
	}
	close(c->done_fd);
}
