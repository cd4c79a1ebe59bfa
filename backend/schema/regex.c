/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/regex.h"

#include <stdint.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/utf8.h"
#include "schema/ecma.h"

/*
 * Limits. PCRE2's match limit counts per starting position and a step may scan the rest of the
 * text, so it alone bounds nothing. Searching goes by windows of starting positions under a small
 * limit; where the limit strikes, the window shrinks to one position and then the limit grows, and
 * between calls the thread's processor time is held against an allowance that grows with the text.
 * Measured with JIT: 2-70 ns a step, so LIMIT_FIRST ends within 4 ms on texts of a few kilobytes.
 */
#define SOURCE_BYTES_MAX (64u << 10)
#define LIMIT_FIRST 50000u
#define LIMIT_WINDOW 1000u    /* per position while a window has more than one */
#define LIMIT_LEAST 100u
#define SCAN_STEPS 200000000u /* limit x text, so that long texts begin with a lower limit */
#define WINDOW_WORK 50000000u /* positions x text in one window */
#define STEPS_MAX 1000000u    /* spent on limits in all: some tens of milliseconds */
#define STEPS_PER_BYTE 4u
#define HEAP_KIB_MAX 16384u   /* only where there is no JIT */
#define JIT_STACK_LEAST ((size_t)1 << 20)
#define JIT_STACK_MOST ((size_t)64 << 20)
#define JIT_STACK_PER_BYTE 64u /* a group that repeats once a byte keeps that much */

struct regex {
	pcre2_code *code;
	bool is_anchored;
	bool is_jitted;
	bool is_linear;
	bool to_end;
	unsigned nsteps;
	struct ecma_step *steps;
};

/* Per thread, made at the first search: PCRE2 needs room for a match, and we ask yes or no. */
static __thread pcre2_match_data *room;
static __thread pcre2_match_context *limits;

static void
code_free(void *code)
{
	pcre2_code_free(code);
}

static int
pcre_error(struct err *err, int error, size_t at)
{
	char why[160];

	(void)pcre2_get_error_message(error, (PCRE2_UCHAR *)why, sizeof why);
	if (error == 125)
		return err_set(err, E_SCHEMA, "a look-behind must have a fixed length here");
	if (error == 120 || error == 186 || error == 187 || error == 119)
		return err_set(err, E_LIMIT, "the pattern is too large once its repeats are written out");
	return err_set(err, E_SCHEMA, "%s (near %zu)", why, at);
}

static int
translate(struct arena *a, const char *source, size_t n, struct ecma *e, struct err *err)
{
	if (n > SOURCE_BYTES_MAX)
		return err_set(err, E_LIMIT, "a pattern of %zu bytes; the limit is %u", n, SOURCE_BYTES_MAX);
	if (utf8_check(source, n) < n)
		return err_set(err, E_SCHEMA, "offset %zu: not UTF-8", utf8_check(source, n));
	if (ecma_translate(a, source, n, true, e, NULL) == 0)
		return 0;
	return ecma_translate(a, source, n, false, e, err);
}

int
regex_compile(struct arena *a, const char *source, size_t n, struct regex **out, struct err *err)
{
	struct regex *re;
	struct ecma e;
	pcre2_code *code;
	uint32_t options = 0;
	int error;
	size_t at;

	if (translate(a, source, n, &e, err) < 0)
		return -1;
	code = pcre2_compile((PCRE2_SPTR)e.pattern, e.pattern_bytes,
	    PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY |
		PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT,
	    &error, &at, NULL);
	if (!code)
		return pcre_error(err, error, at);
	arena_defer(a, code_free, code);
	re = ARENA_NEW(a, struct regex);
	re->code = code;
	re->is_jitted = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;
	(void)pcre2_pattern_info(code, PCRE2_INFO_ALLOPTIONS, &options);
	re->is_anchored = (options & PCRE2_ANCHORED) != 0;
	re->is_linear = e.is_linear;
	re->to_end = e.to_end;
	re->nsteps = e.nsteps;
	if (e.is_linear && e.nsteps) {
		re->steps = ARENA_ARRAY(a, e.nsteps, struct ecma_step);
		memcpy(re->steps, e.steps, e.nsteps * sizeof *re->steps);
	}
	*out = re;
	return 0;
}

/* The simple patterns on ASCII. REGEX_BUDGET means: not decided here. */
static enum regex_result
run_steps(const struct regex *re, const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + n;

	for (unsigned i = 0; i < re->nsteps; i++) {
		const struct ecma_step *step = &re->steps[i];
		size_t left = (size_t)(end - p);
		const unsigned char *from = p, *stop = step->max < left ? p + step->max : end;
		while (p < stop && *p < 128 && (step->ascii[*p >> 6] >> (*p & 63) & 1))
			p++;
		if (p < stop && *p >= 128)
			return REGEX_BUDGET;
		if ((size_t)(p - from) < step->min)
			return REGEX_NO;
	}
	return !re->to_end || p == end ? REGEX_YES : REGEX_NO;
}

static int
call(const struct regex *re, const char *s, size_t n, size_t from, size_t window, uint32_t limit)
{
	(void)pcre2_set_match_limit(limits, limit);
	(void)pcre2_set_offset_limit(limits, from + window >= n ? PCRE2_UNSET : from + window - 1);
	if (re->is_jitted)
		return pcre2_jit_match(re->code, (PCRE2_SPTR)s, n, from, 0, room, limits);
	return pcre2_match(re->code, (PCRE2_SPTR)s, n, from, PCRE2_NO_UTF_CHECK, room, limits);
}

/*
 * Match limits count the steps from one start position. A hard position is tried again with four times the limit until
 * all that was spent on limits passes the budget of the text: a function of pattern and text alone, so that the same
 * question has the same answer on any machine, however busy.
 */
static enum regex_result
search(const struct regex *re, const char *s, size_t n, pcre2_jit_stack **stack)
{
	size_t from = 0, window_max = WINDOW_WORK / (n + 1) + 1, window = re->is_anchored ? 1 : window_max;
	uint32_t first = n < SCAN_STEPS / LIMIT_FIRST ? LIMIT_FIRST : (uint32_t)(SCAN_STEPS / (n + 1)), limit;
	uint64_t spent = 0, budget = STEPS_MAX + (uint64_t)n * STEPS_PER_BYTE;

	if (first < LIMIT_LEAST)
		first = LIMIT_LEAST;
	limit = first;
	for (;;) {
		uint32_t now = window > 1 && limit > LIMIT_WINDOW ? LIMIT_WINDOW : limit;
		int rc = call(re, s, n, from, window, now);
		if (rc >= 0)
			return REGEX_YES;
		if (rc == PCRE2_ERROR_NOMATCH) {
			if (re->is_anchored || from + window >= n)
				return REGEX_NO;
			from += window;
			while (from < n && ((unsigned char)s[from] & 0xc0) == 0x80)
				from++;
			window = window * 2 < window_max ? window * 2 : window_max;
			limit = first;
			continue;
		}
		if (rc == PCRE2_ERROR_JIT_STACKLIMIT && !*stack) {
			size_t most = n * JIT_STACK_PER_BYTE;
			most = most < JIT_STACK_LEAST ? JIT_STACK_LEAST : most > JIT_STACK_MOST ? JIT_STACK_MOST : most;
			*stack = pcre2_jit_stack_create(64u << 10, most, NULL);
			pcre2_jit_stack_assign(limits, NULL, *stack);
			continue;
		}
		spent += now;
		if (rc != PCRE2_ERROR_MATCHLIMIT || spent > budget)
			return REGEX_BUDGET;
		if (window > 1)
			window = window / 8 + 1 < window ? window / 8 + 1 : 1;
		else if (limit > UINT32_MAX / 4 || spent + (uint64_t)limit * 4 > budget)
			return REGEX_BUDGET;
		else
			limit *= 4;
	}
}

static bool
is_well_formed(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0x80)
			return utf8_check(s + i, n - i) == n - i;
	return true;
}

enum regex_result
regex_search(const struct regex *re, const char *s, size_t n)
{
	enum regex_result result;
	pcre2_jit_stack *stack = NULL;

	if (re->is_linear) {
		result = run_steps(re, s, n);
		if (result != REGEX_BUDGET)
			return result;
	}
	/* PCRE2 trusts us with this; a lone surrogate that a caller let through matches nothing. */
	if (!is_well_formed(s, n))
		return REGEX_NO;
	if (!room) {
		room = pcre2_match_data_create(1, NULL);
		limits = pcre2_match_context_create(NULL);
		INVARIANT(room);
		INVARIANT(limits);
		(void)pcre2_set_heap_limit(limits, HEAP_KIB_MAX);
	}
	result = search(re, s, n, &stack);
	if (stack) {
		pcre2_jit_stack_assign(limits, NULL, NULL);
		pcre2_jit_stack_free(stack);
	}
	return result;
}

bool
regex_is_ecma(const char *source, size_t n)
{
	struct arena *a = arena_new(0);
	struct ecma e;
	bool ok = translate(a, source, n, &e, NULL) == 0 && !e.has_letter_escape;

	arena_free(a);
	return ok;
}
