/* SPDX-License-Identifier: Apache-2.0 */
#include "core/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Bytes in the well-formed sequence at s (RFC 3629: no overlongs, no surrogates), or 0. */
static size_t
sequence(const unsigned char *s, size_t n)
{
	unsigned char lo = 0x80, hi = 0xbf;
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (len > n)
		return 0;
	if (s[0] == 0xe0)
		lo = 0xa0;
	else if (s[0] == 0xed)
		hi = 0x9f;
	else if (s[0] == 0xf0)
		lo = 0x90;
	else if (s[0] == 0xf4)
		hi = 0x8f;
	if (s[1] < lo || s[1] > hi)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return len;
}

size_t
utf8_check(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n) {
#ifdef __SSE2__
		while (n - i >= 16 &&
		    _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)(s + i))) == 0)
			i += 16;
		if (i == n)
			return n;
#endif
		size_t len = sequence((const unsigned char *)s + i, n - i);
		if (len == 0)
			return i;
		i += len;
	}
	return n;
}
