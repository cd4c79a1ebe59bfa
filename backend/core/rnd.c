/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rnd.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

#include "core/err.h"

void
rnd_bytes(void *p, size_t n)
{
	char *at = p;

	while (n) {
		ssize_t got = getrandom(at, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		INVARIANT(got > 0);
		at += got;
		n -= (size_t)got;
	}
}

void
rnd_token(char *out, size_t n)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	uint8_t b;

	for (size_t i = 0; i < n;) {
		rnd_bytes(&b, 1);
		if (b < 248) /* 4 * 62: no digit is likelier than another */
			out[i++] = digits[b % 62];
	}
	out[n] = '\0';
}
