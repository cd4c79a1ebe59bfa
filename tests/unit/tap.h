/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H
/*
 * Test Anything Protocol for C. A test file has void functions, each named by what must hold, and
 *     int main(void) { RUN(keys_are_sorted_by_utf16_units); … return tap_done(); }
 * CHECK and its kin say what they saw when they fail.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
static int tap_n, tap_failed_tests, tap_fails_here;
#define CHECK(cond)                                                                            \
	do {                                                                                   \
		if (!(cond)) {                                                                 \
			tap_fails_here++;                                                      \
			printf("# %s:%d: not so: %s\n", __FILE__, __LINE__, #cond);            \
		}                                                                              \
	} while (0)
#define CHECK_INT(got, want)                                                                   \
	do {                                                                                   \
		long long g_ = (long long)(got), w_ = (long long)(want);                       \
		if (g_ != w_) {                                                                \
			tap_fails_here++;                                                      \
			printf("# %s:%d: %s is %lld, want %lld\n", __FILE__, __LINE__, #got, g_, w_); \
		}                                                                              \
	} while (0)
#define CHECK_STR(got, want)                                                                   \
	do {                                                                                   \
		const char *g_ = (got), *w_ = (want);                                          \
		if (!g_ || !w_ || strcmp(g_, w_) != 0) {                                       \
			tap_fails_here++;                                                      \
			printf("# %s:%d: %s is '%s', want '%s'\n", __FILE__, __LINE__, #got,   \
			    g_ ? g_ : "(null)", w_ ? w_ : "(null)");                           \
		}                                                                              \
	} while (0)
#define RUN(fn)                                                                                \
	do {                                                                                   \
		tap_fails_here = 0;                                                            \
		fn();                                                                          \
		printf("%s %d - %s\n", tap_fails_here ? "not ok" : "ok", ++tap_n, #fn);        \
		fflush(stdout);                                                                \
		tap_failed_tests += tap_fails_here != 0;                                       \
	} while (0)
#define SKIP(fn, why)                                                                          \
	printf("ok %d - %s # SKIP %s\n", ++tap_n, #fn, (why))
static inline int
tap_done(void)
{
	printf("1..%d\n", tap_n);
	return tap_failed_tests ? 1 : 0;
}
#endif
