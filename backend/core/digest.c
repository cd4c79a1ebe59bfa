/* SPDX-License-Identifier: Apache-2.0 */
#include "core/digest.h"

#include <openssl/evp.h>
#include <string.h>

#include "core/err.h"

/* struct digest is OpenSSL's context under our name, so callers need no OpenSSL header. */
struct digest *
digest_new(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	INVARIANT(c != NULL);
	INVARIANT(EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1);
	return (struct digest *)c;
}

void
digest_add(struct digest *d, const void *p, size_t n)
{
	INVARIANT(EVP_DigestUpdate((EVP_MD_CTX *)d, p, n) == 1);
}

void
digest_finish(struct digest *d, uint8_t out[SHA256_BYTES])
{
	unsigned n = 0;

	INVARIANT(EVP_DigestFinal_ex((EVP_MD_CTX *)d, out, &n) == 1);
	INVARIANT(n == SHA256_BYTES);
	EVP_MD_CTX_free((EVP_MD_CTX *)d);
}

void
sha256(const void *p, size_t n, uint8_t out[SHA256_BYTES])
{
	struct digest *d = digest_new();

	digest_add(d, p, n);
	digest_finish(d, out);
}

void
hex_format(const uint8_t *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int
hex_parse(const char *s, size_t len, uint8_t *out, size_t n, struct err *err)
{
	if (len != 2 * n)
		return err_set(err, E_USAGE, "expected %zu hex digits, found %zu characters", 2 * n, len);
	for (size_t i = 0; i < len; i++)
		if (nibble(s[i]) < 0)
			return err_set(err, E_USAGE, "character %zu is not a lower-case hex digit", i + 1);
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(nibble(s[2 * i]) << 4 | nibble(s[2 * i + 1]));
	return 0;
}

void
sha256_hex(const void *p, size_t n, char out[SHA256_HEX])
{
	uint8_t h[SHA256_BYTES];

	sha256(p, n, h);
	hex_format(h, sizeof h, out);
}

/* Depth is log2(n): at most 64. */
static void
merkle(const uint8_t *leaves, size_t n, size_t leaf_bytes, uint8_t out[SHA256_BYTES])
{
	struct digest *d;
	uint8_t left[SHA256_BYTES], right[SHA256_BYTES];
	size_t k = 1;

	if (n == 1) {
		d = digest_new();
		digest_add(d, "\0", 1);
		digest_add(d, leaves, leaf_bytes);
		digest_finish(d, out);
		return;
	}
	while (k * 2 < n)
		k *= 2;
	merkle(leaves, k, leaf_bytes, left);
	merkle(leaves + k * leaf_bytes, n - k, leaf_bytes, right);
	d = digest_new();
	digest_add(d, "\1", 1);
	digest_add(d, left, sizeof left);
	digest_add(d, right, sizeof right);
	digest_finish(d, out);
}

void
merkle_root(const uint8_t *leaves, size_t n, size_t leaf_bytes, uint8_t out[SHA256_BYTES])
{
	if (n == 0)
		sha256("", 0, out);
	else
		merkle(leaves, n, leaf_bytes, out);
}
