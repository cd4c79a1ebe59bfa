/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forge-sched: what must happen at its time and to nobody in particular. Expired leases are reaped,
 * retries that fall due are announced, sessions and idempotency keys expire, partitions are made ahead.
 * It waits for a notification or for the next deadline that the database names; there is no tick.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/log.h"
#include "store/db.h"
#include "store/run.h"

#define HOUSEKEEPING_US (3600ll * 1000000) /* expiry and partitions */
#define RECONNECT_MS 1000
#define SLACK_US 2000 /* a deadline this near has come: the timer and the database round differently */

struct sched {
	struct db *db;
	int signals;
	int timer;
	int64_t housekeeping_due_us;
	int64_t deadline_us; /* what the timer was set for; 0 at first: steps may wait since before we started */
};

static int
set_timer(int fd, int64_t in_ms, struct err *err)
{
	struct itimerspec t = {.it_value = {.tv_sec = in_ms / 1000, .tv_nsec = in_ms % 1000 * 1000000}};

	if (in_ms == 0)
		t.it_value.tv_nsec = 1; /* zero would disarm */
	return timerfd_settime(fd, 0, &t, NULL) < 0 ? err_sys(err, E_INTERNAL, "cannot set the timer") : 0;
}

static int
reap(struct sched *s, struct arena *a, struct err *err)
{
	struct store_reaped *reaped;
	int64_t *runs;
	char attempt[16];
	size_t n;

	if (store_reap(s->db, a, &reaped, &n, err) < 0)
		return -1;
	runs = ARENA_ARRAY(a, n, int64_t);
	for (size_t i = 0; i < n; i++) {
		runs[i] = reaped[i].run;
		(void)snprintf(attempt, sizeof attempt, "%d", reaped[i].attempt);
		log_write(LOG_WARN, EV_REAPED, NULL, "step", reaped[i].step_id, "attempt", attempt, NULL);
	}
	return n ? store_wake(s->db, runs, n, true, err) : 0;
}

static int
keep_house(struct sched *s, struct err *err)
{
	struct store_expired expired;
	int made;

	if (clock_mono_us() < s->housekeeping_due_us)
		return 0;
	if (store_expire(s->db, &expired, err) < 0 || store_maintain(s->db, &made, err) < 0)
		return -1;
	s->housekeeping_due_us = clock_mono_us() + HOUSEKEEPING_US;
	return 0;
}

/* One round: do what is due, then arm the timer for what comes next. */
static int
round_once(struct sched *s, struct err *err)
{
	struct arena *a = arena_new(0);
	int64_t wait_ms = -1, house_ms, now_us = clock_mono_us();
	int due = 0, rc = -1;

	if (reap(s, a, err) < 0 || keep_house(s, err) < 0 || store_next_deadline(s->db, &wait_ms, &due, err) < 0)
		goto out;
	/* Only what time alone made due needs a wake-up from here; the rest was announced by who did it. */
	if (due > 0 && now_us + SLACK_US >= s->deadline_us && store_wake(s->db, NULL, 0, true, err) < 0)
		goto out;
	house_ms = (s->housekeeping_due_us - clock_mono_us()) / 1000;
	if (wait_ms < 0 || wait_ms > house_ms)
		wait_ms = house_ms > 0 ? house_ms : 0;
	s->deadline_us = now_us + wait_ms * 1000;
	rc = set_timer(s->timer, wait_ms, err);
out:
	arena_free(a);
	return rc;
}

static int
connect_db(struct sched *s, struct err *err)
{
	if (s->db) {
		if (db_reset(s->db, err) < 0)
			return -1;
	} else if (db_open_env("forge-sched", &s->db, err) < 0) {
		return -1;
	}
	return db_listen(s->db, STORE_CHANNEL_READY, err) < 0 ? -1 : db_listen(s->db, STORE_CHANNEL_EVENT, err);
}

static int
drain_notices(struct sched *s, struct err *err)
{
	struct arena *a = arena_new(0);
	const char *channel, *payload;
	int rc;

	while ((rc = db_notice(s->db, a, &channel, &payload, err)) > 0)
		arena_clear(a);
	arena_free(a);
	return rc;
}

/* Waits for a notification, the timer or a signal. 1: asked to end. */
static int
wait_event(struct sched *s, struct err *err)
{
	struct pollfd p[] = {{.fd = s->signals, .events = POLLIN}, {.fd = s->timer, .events = POLLIN},
	    {.fd = s->db && !db_is_broken(s->db) ? db_fd(s->db) : -1, .events = POLLIN}};
	uint64_t ticks;

	if (poll(p, 3, -1) < 0)
		return errno == EINTR ? 0 : err_sys(err, E_INTERNAL, "cannot wait");
	if (p[0].revents)
		return 1;
	if (p[1].revents)
		(void)!read(s->timer, &ticks, sizeof ticks); /* only clears it */
	return 0;
}

static void
say_ready(void)
{
	const char *fd = getenv("FORGE_NOTIFY_FD");

	if (fd)
		(void)!write((int)strtol(fd, NULL, 10), "\n", 1); /* a supervisor that left is no reason to stop */
	(void)unsetenv("FORGE_NOTIFY_FD");
}

static int
serve(struct sched *s)
{
	struct err err = {.code = E_OK};
	int rc = 0;

	while (rc != 1) {
		if ((!s->db || db_is_broken(s->db)) && connect_db(s, &err) < 0) {
			if (err.code == E_CONFIG) { /* trying again will not mend a setting */
				log_write(LOG_ERROR, EV_CONFIG, &err, NULL);
				return -1;
			}
			log_write(LOG_WARN, EV_DB_FAILED, &err, "next", "connecting again", NULL);
			if (set_timer(s->timer, RECONNECT_MS, &err) < 0)
				return -1;
		} else if (drain_notices(s, &err) < 0 || round_once(s, &err) < 0) {
			log_write(LOG_WARN, EV_DB_FAILED, &err, NULL);
			if (set_timer(s->timer, RECONNECT_MS, &err) < 0)
				return -1;
		} else {
			say_ready();
			if (drain_notices(s, &err) < 0) /* what came in while we asked */
				continue;
		}
		rc = wait_event(s, &err);
		if (rc < 0) {
			log_write(LOG_ERROR, EV_STOP, &err, NULL);
			return -1;
		}
	}
	return 0;
}

int
main(void)
{
	struct sched s = {.db = NULL};
	sigset_t set;
	int rc;

	log_open("forge-sched");
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	s.signals = signalfd(-1, &set, SFD_CLOEXEC);
	s.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	INVARIANT(s.signals >= 0);
	INVARIANT(s.timer >= 0);
	log_write(LOG_INFO, EV_START, NULL, NULL);
	rc = serve(&s);
	db_close(s.db);
	log_write(LOG_INFO, EV_STOP, NULL, NULL);
	return rc < 0 ? 1 : 0;
}
