/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_HASH_H
#define TYPES_HASH_H
/*
 * SipHash-1-3 (Aumasson and Bernstein), 64 bits, keyed. The key is fresh for every scan, so nobody
 * can craft values that collide. Equal values always have equal hashes; n different values have
 * two alike with a chance of n * n / 2^65 (three in a million for ten million values).
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct hash_key {
	uint64_t k0;
	uint64_t k1;
};

static inline uint64_t
hash_rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void
hash_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = hash_rotate(v[1], 13) ^ v[0];
	v[0] = hash_rotate(v[0], 32);
	v[2] += v[3];
	v[3] = hash_rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = hash_rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = hash_rotate(v[1], 17) ^ v[2];
	v[2] = hash_rotate(v[2], 32);
}

/* hash_bytes - of n bytes; never 0, which hash sets use for an empty slot. */
static inline uint64_t
hash_bytes(const struct hash_key *key, const void *p, size_t n)
{
	uint64_t v[4] = {key->k0 ^ UINT64_C(0x736f6d6570736575), key->k1 ^ UINT64_C(0x646f72616e646f6d),
	    key->k0 ^ UINT64_C(0x6c7967656e657261), key->k1 ^ UINT64_C(0x7465646279746573)};
	uint64_t word = 0, h;
	const unsigned char *s = p;
	size_t left = n;

	for (; left >= 8; left -= 8, s += 8) {
		memcpy(&word, s, 8);
		v[3] ^= word;
		hash_round(v);
		v[0] ^= word;
	}
	word = 0;
	for (size_t i = 0; i < left; i++)
		word |= (uint64_t)s[i] << 8 * i;
	word |= (uint64_t)n << 56;
	v[3] ^= word;
	hash_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	hash_round(v);
	hash_round(v);
	hash_round(v);
	h = v[0] ^ v[1] ^ v[2] ^ v[3];
	return h ? h : 1;
}
#endif
