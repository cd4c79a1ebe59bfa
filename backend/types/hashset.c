/* SPDX-License-Identifier: Apache-2.0 */
#include "types/hashset.h"

#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/rnd.h"

__extension__ typedef unsigned __int128 u128;

#define PLACES_FIRST 256u

struct hashset {
	struct arena *mem; /* places only; replaced when they grow */
	struct hashset_entry *places;
	size_t nplaces; /* a power of two */
	uint64_t count;
	size_t bytes_max;
	uint64_t key[2];
};

struct hashset *
hashset_new(size_t bytes_max)
{
	struct arena *own = arena_new(0);
	struct hashset *s = ARENA_NEW(own, struct hashset);

	s->mem = own;
	s->bytes_max = bytes_max;
	s->nplaces = PLACES_FIRST;
	s->places = ARENA_ARRAY(own, s->nplaces, struct hashset_entry);
	rnd_bytes(s->key, sizeof s->key);
	return s;
}

void
hashset_free(struct hashset *s)
{
	if (s)
		arena_free(s->mem); /* s lies in it */
}

/* 64 x 64 -> 128 bit multiply, halves folded: one strong mixing step. */
static uint64_t
mix(uint64_t a, uint64_t b)
{
	u128 m = (u128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

uint64_t
hashset_value(const struct hashset *s, uint64_t so_far, const void *p, size_t n)
{
	const unsigned char *at = p;
	uint64_t h = so_far ^ mix(s->key[0] ^ n, 0x9e3779b97f4a7c15u), word;

	for (; n >= 8; n -= 8, at += 8) {
		memcpy(&word, at, 8);
		h = mix(h ^ word ^ s->key[0], s->key[1] | 1);
	}
	word = 0;
	memcpy(&word, at, n);
	h = mix(h ^ word ^ s->key[1], (s->key[0] ^ 0xd6e8feb86659fd93u) | 1);
	return h ? h : 1;
}

static struct hashset_entry *
place_of(const struct hashset *s, uint64_t hash)
{
	size_t i = (size_t)(hash >> 7) & (s->nplaces - 1);

	while (s->places[i].hash && s->places[i].hash != hash)
		i = (i + 1) & (s->nplaces - 1);
	return &s->places[i];
}

/* Old places stay in the arena until the set is freed: half as much again at the most. */
static bool
grow(struct hashset *s)
{
	struct hashset_entry *old = s->places;
	size_t nold = s->nplaces;

	if (nold * 2 * sizeof *old + nold * sizeof *old > s->bytes_max)
		return false;
	s->nplaces = nold * 2;
	s->places = ARENA_ARRAY(s->mem, s->nplaces, struct hashset_entry);
	for (size_t i = 0; i < nold; i++)
		if (old[i].hash)
			*place_of(s, old[i].hash) = old[i];
	return true;
}

struct hashset_entry *
hashset_add(struct hashset *s, uint64_t hash, uint64_t row)
{
	struct hashset_entry *e;

	INVARIANT(hash != 0);
	e = place_of(s, hash);
	if (e->hash) {
		e->count++;
		return e;
	}
	if ((s->count + 1) * 4 > s->nplaces * 3) {
		if (!grow(s))
			return NULL;
		e = place_of(s, hash);
	}
	*e = (struct hashset_entry){hash, row, 1};
	s->count++;
	return e;
}

uint64_t
hashset_count(const struct hashset *s)
{
	return s->count;
}

size_t
hashset_bytes(const struct hashset *s)
{
	return arena_used(s->mem);
}
