/* SPDX-License-Identifier: Apache-2.0 */
#include "types/keyset.h"

#include "core/err.h"

#define SIZE_FIRST 32

void
keyset_init(struct keyset *k, struct arena *a, struct budget *budget, bool is_counting)
{
	*k = (struct keyset){.budget = budget, .is_counting = is_counting};
	mem_init(&k->slots, a);
	mem_init(&k->counts, a);
}

static size_t
slot_bytes(const struct keyset *k)
{
	return sizeof(uint64_t) + (k->is_counting ? sizeof(uint32_t) : 0);
}

void
keyset_release(struct keyset *k)
{
	INVARIANT(k->budget->used_bytes >= k->size * slot_bytes(k));
	k->budget->used_bytes -= k->size * slot_bytes(k);
	mem_release(&k->slots);
	mem_release(&k->counts);
	k->size = 0;
	k->nqueued = 0;
	k->is_released = true;
}

static size_t
find(const uint64_t *slots, size_t size, uint64_t hash)
{
	size_t i = (size_t)hash & (size - 1);

	while (slots[i] && slots[i] != hash)
		i = (i + 1) & (size - 1);
	return i;
}

static bool
afford(const struct keyset *k, size_t bytes)
{
	return bytes <= k->budget->max_bytes &&
	       k->budget->used_bytes <= k->budget->max_bytes - bytes;
}

static bool
grow(struct keyset *k)
{
	size_t size = k->size ? k->size * 2 : SIZE_FIRST, bytes = size * slot_bytes(k);
	const uint64_t *from = k->slots.p;
	const uint32_t *from_counts = k->counts.p;
	struct mem slots = {0}, counts = {0};
	uint64_t *to;
	uint32_t *to_counts;

	if (!afford(k, bytes))
		return false;
	mem_set(&slots, size * sizeof(uint64_t), 0);
	if (k->is_counting)
		mem_set(&counts, size * sizeof(uint32_t), 0);
	to = slots.p;
	to_counts = counts.p;
	for (size_t i = 0; i < k->size; i++) {
		size_t at;
		if (!from[i])
			continue;
		at = find(to, size, from[i]);
		to[at] = from[i];
		if (from_counts)
			to_counts[at] = from_counts[i];
	}
	k->budget->used_bytes += bytes - k->size * slot_bytes(k);
	mem_release(&k->slots);
	mem_release(&k->counts);
	k->slots = slots;
	k->counts = counts;
	k->size = size;
	return true;
}

/* Three quarters full asks for growth; where the budget denies it, up to seven eighths is used. */
static bool
has_room(struct keyset *k)
{
	if (k->size && k->n < k->size / 4 * 3)
		return true;
	if (grow(k))
		return true;
	return k->size && k->n < k->size / 8 * 7;
}

enum keyset_result
keyset_add(struct keyset *k, uint64_t hash)
{
	uint64_t *slots = k->slots.p;
	uint32_t *counts = k->counts.p;
	size_t i;

	INVARIANT(hash != 0);
	INVARIANT(!k->is_released);
	if (k->size) {
		i = find(slots, k->size, hash);
		if (slots[i]) {
			if (counts && counts[i] < UINT32_MAX && ++counts[i] > k->count_max)
				k->count_max = counts[i];
			return KEYSET_SEEN;
		}
	}
	if (!has_room(k))
		return KEYSET_FULL;
	slots = k->slots.p;
	counts = k->counts.p;
	i = find(slots, k->size, hash);
	slots[i] = hash;
	if (counts)
		counts[i] = 1;
	if (k->count_max == 0)
		k->count_max = 1;
	k->n++;
	return KEYSET_NEW;
}

enum keyset_result
keyset_flush(struct keyset *k)
{
	while (k->nqueued > 0) {
		enum keyset_result r = keyset_add(k, k->queue[k->nqueued - 1]);
		if (r == KEYSET_FULL)
			return r;
		k->nqueued--;
		if (r == KEYSET_SEEN)
			return r;
	}
	return KEYSET_NEW;
}

enum keyset_result
keyset_queue(struct keyset *k, uint64_t hash)
{
	const uint64_t *slots = k->slots.p;

	INVARIANT(k->nqueued < KEYSET_QUEUE_MAX);
	if (slots)
		__builtin_prefetch(&slots[(size_t)hash & (k->size - 1)]);
	k->queue[k->nqueued++] = hash;
	return k->nqueued == KEYSET_QUEUE_MAX ? keyset_flush(k) : KEYSET_NEW;
}
