/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes: the JSON reader ends without a fault; what it accepts, the canonical writer writes (unless a number
 * is beyond a double), and the canonical text reads back and is its own canonical text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"

int LLVMFuzzerTestOneInput(const uint8_t *text, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *text, size_t n)
{
	struct arena *a = arena_new((size_t)256 << 20);
	struct err err;
	char *once, *twice;
	size_t once_n, twice_n;

	if (jw_canonical_text(a, (const char *)text, n, &once, &once_n, &err) == 0) {
		if (jw_canonical_text(a, once, once_n, &twice, &twice_n, &err) < 0)
			abort();
		if (once_n != twice_n || memcmp(once, twice, once_n) != 0)
			abort();
	}
	arena_free(a);
	return 0;
}
