/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns by strangers on texts by strangers: the first line is the pattern, the rest the text.
 * Compiling and searching end in bounded time, an answer repeats, and the steps that run simple
 * patterns without the engine agree with the engine ("(?:)" in front keeps them from being used). */
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/utf8.h"
#include "schema/format.h"
#include "schema/regex.h"

#define SEARCH_MS_MAX 2000 /* under the sanitizers, which slow down everything but PCRE2 itself */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int64_t
cpu_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data, *line = memchr(p, '\n', n);
	size_t np = line ? (size_t)(line - p) : n, nt = line ? n - np - 1 : 0;
	const char *text = line ? line + 1 : "";
	struct arena *a = arena_new(0);
	struct regex *re, *plain;
	struct err err = {.code = E_OK};
	int64_t began = cpu_ms();

	for (int f = 0; f < 40; f++)
		(void)format_check(f, p, n);
	if (regex_compile(a, p, np, &re, &err) < 0) {
		INVARIANT(err.code == E_SCHEMA || err.code == E_LIMIT);
		INVARIANT(err.msg[0] != '\0');
	} else {
		char *wrapped = arena_printf(a, "(?:)%.*s", (int)np, p);
		enum regex_result r = regex_search(re, text, nt), s;
		if (r != REGEX_BUDGET)
			INVARIANT(regex_search(re, text, nt) == r || regex_search(re, text, nt) == REGEX_BUDGET);
		if (utf8_check(text, nt) == nt && !memchr(p, '|', np) && !memchr(p, '\0', np) &&
		    regex_compile(a, wrapped, strlen(wrapped), &plain, NULL) == 0) {
			s = regex_search(plain, text, nt);
			INVARIANT(r == s || r == REGEX_BUDGET || s == REGEX_BUDGET);
		}
	}
	INVARIANT(cpu_ms() - began < SEARCH_MS_MAX);
	arena_free(a);
	return 0;
}
