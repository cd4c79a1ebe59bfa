/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_ECMA_H
#define SCHEMA_ECMA_H
/*
 * ECMA-262 pattern source to PCRE2 pattern text (private to regex.c). Alongside, patterns that are
 * nothing but "^", single characters or classes with counts, and perhaps "$" are described as a
 * list of steps that can be run without backtracking on ASCII text.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct arena;
struct err;

#define ECMA_STEPS_MAX 32u
#define ECMA_MANY UINT32_MAX /* no upper bound */

struct ecma_step {
	uint64_t ascii[2]; /* which of the 128 ASCII characters it takes */
	uint32_t min;
	uint32_t max;
};

struct ecma {
	const char *pattern; /* for PCRE2: UTF, DOTALL, DOLLAR_ENDONLY, MATCH_UNSET_BACKREF */
	size_t pattern_bytes;
	bool has_letter_escape; /* Annex B only: \a, \Z, … taken as the letters themselves */
	bool is_linear;         /* steps describe it wholly for ASCII subjects */
	bool to_end;            /* linear: "$" closes it */
	unsigned nsteps;
	struct ecma_step steps[ECMA_STEPS_MAX];
};

/*
 * ecma_translate - n bytes of well-formed UTF-8.
 *
 * unicode: the grammar of the u flag; otherwise Annex B (code points all the same, and \p{…} and
 *          \u{…} keep their meaning where they are well-formed)
 * Returns 0 and *out (text in a), or -1: E_SCHEMA "offset N: …", E_LIMIT.
 */
int ecma_translate(struct arena *a, const char *source, size_t n, bool unicode, struct ecma *out,
    struct err *err);
/* ecma_property - append \p{…} or \P{…} in PCRE2's spelling for an ECMAScript property expression
 * ("Lu", "Script=Greek", "Emoji"); false when there is no such property. */
struct buf;
bool ecma_property(struct buf *b, const char *name, size_t n, bool is_negated);
#endif
