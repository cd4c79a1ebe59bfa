/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever path_check lets through cannot climb, hide or surprise. */
#include "api/path.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/utf8.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new(16u << 20);
	const char *out;
	size_t len;

	if (url_decode(a, (const char *)p, n, &out, &len, NULL) == 0) {
		if (len > n || strlen(out) != len)
			abort();
		(void)path_show(a, out, len);
		if (path_check(out, len, NULL) == 0) {
			char *wrapped = arena_printf(a, "/%s/", out);
			if (out[0] == '/' || strstr(wrapped, "//") || strstr(wrapped, "/../") ||
			    strstr(wrapped, "/./") || strchr(out, '\\') || utf8_check(out, len) != len || len > 1000)
				abort();
			for (size_t i = 0; i < len; i++)
				if ((unsigned char)out[i] < 0x20 || out[i] == 0x7f)
					abort();
		}
	}
	(void)form_decode(a, (const char *)p, n, &out, &len, NULL);
	arena_free(a);
	return 0;
}
