/* SPDX-License-Identifier: Apache-2.0 */
#include "runner/memory.h"

#include <pthread.h>
#include <string.h>

#include "core/arena.h"
#include "core/digest.h"
#include "core/err.h"

#define PROFILES_MAX 64
#define PROFILE_BYTES_MAX ((size_t)256 * 1024)
#define STEPS_MAX 1024
#define KIND_BYTES 64

struct kept_profile {
	struct arena *a; /* NULL: free */
	char sha256[SHA256_HEX];
	char kind[KIND_BYTES];
	const char *json;
	size_t n;
	uint64_t used; /* clock of the last use */
};
struct kept_step {
	int64_t run;
	int no;
	unsigned releases;
	char signature[SHA256_HEX];
	uint64_t used;
};
struct memory {
	pthread_mutex_t lock;
	uint64_t clock;
	struct kept_profile profiles[PROFILES_MAX];
	struct kept_step steps[STEPS_MAX];
};

static void
release(void *arg)
{
	struct memory *m = arg;
	for (size_t i = 0; i < PROFILES_MAX; i++)
		arena_free(m->profiles[i].a);
}

struct memory *
memory_new(struct arena *a)
{
	struct memory *m = ARENA_NEW(a, struct memory);
	int rc = pthread_mutex_init(&m->lock, NULL);
	INVARIANT(rc == 0);
	arena_defer(a, release, m);
	return m;
}

static void
lock(struct memory *m)
{
	int rc = pthread_mutex_lock(&m->lock);
	INVARIANT(rc == 0);
	m->clock++;
}

static void
unlock(struct memory *m)
{
	int rc = pthread_mutex_unlock(&m->lock);
	INVARIANT(rc == 0);
}

static struct kept_profile *
find_profile(struct memory *m, const char *sha256, const char *kind)
{
	for (size_t i = 0; i < PROFILES_MAX; i++)
		if (m->profiles[i].a && strcmp(m->profiles[i].sha256, sha256) == 0 &&
		    strcmp(m->profiles[i].kind, kind) == 0)
			return &m->profiles[i];
	return NULL;
}

const char *
memory_profile(struct memory *m, struct arena *a, const char *sha256, const char *kind, size_t *n)
{
	char *copy = NULL;
	lock(m);
	struct kept_profile *p = find_profile(m, sha256, kind);
	if (p) {
		p->used = m->clock;
		copy = arena_dup(a, p->json, p->n);
		*n = p->n;
	}
	unlock(m);
	return copy;
}

void
memory_put_profile(struct memory *m, const char *sha256, const char *kind, const char *json,
    size_t n)
{
	if (n > PROFILE_BYTES_MAX || strlen(kind) >= KIND_BYTES)
		return;
	lock(m);
	if (!find_profile(m, sha256, kind)) {
		struct kept_profile *oldest = &m->profiles[0];
		for (size_t i = 1; i < PROFILES_MAX; i++)
			if (m->profiles[i].used < oldest->used)
				oldest = &m->profiles[i];
		arena_free(oldest->a);
		*oldest = (struct kept_profile){.a = arena_new(PROFILE_BYTES_MAX * 2), .n = n};
		oldest->json = arena_dup(oldest->a, json, n);
		oldest->used = m->clock;
		memcpy(oldest->sha256, sha256, SHA256_HEX);
		memcpy(oldest->kind, kind, strlen(kind) + 1);
	}
	unlock(m);
}

/* The step's entry; a new one takes the place of the longest unused. */
static struct kept_step *
step_entry(struct memory *m, int64_t run, int no)
{
	struct kept_step *oldest = &m->steps[0];
	for (size_t i = 0; i < STEPS_MAX; i++) {
		struct kept_step *s = &m->steps[i];
		if (s->run == run && s->no == no) {
			s->used = m->clock;
			return s;
		}
		if (s->used < oldest->used)
			oldest = s;
	}
	*oldest = (struct kept_step){.run = run, .no = no, .used = m->clock};
	return oldest;
}

bool
memory_is_repeat(struct memory *m, int64_t run, int no, const char *signature)
{
	lock(m);
	struct kept_step *s = step_entry(m, run, no);
	bool is_repeat = strcmp(s->signature, signature) == 0;
	memcpy(s->signature, signature, SHA256_HEX);
	unlock(m);
	return is_repeat;
}

unsigned
memory_count_release(struct memory *m, int64_t run, int no)
{
	lock(m);
	unsigned n = ++step_entry(m, run, no)->releases;
	unlock(m);
	return n;
}
