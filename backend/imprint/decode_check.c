/* SPDX-License-Identifier: Apache-2.0 */
/* The constraints on texts and numbers. */
#include <string.h>

#include "core/arena.h"
#include "core/decimal.h"
#include "imprint/decode_work.h"
#include "schema/format.h"
#include "schema/regex.h"

size_t
dec_points(const char *s, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += ((unsigned char)s[i] & 0xc0) != 0x80;
	return k;
}

static const char *
span_words(struct arena *a, const struct span *s)
{
	if (!s->has_max)
		return arena_printf(a, "%llu or more", (unsigned long long)s->min);
	if (s->min == 0)
		return arena_printf(a, "at most %llu", (unsigned long long)s->max);
	if (s->min == s->max)
		return arena_printf(a, "exactly %llu", (unsigned long long)s->min);
	return arena_printf(
	    a, "%llu to %llu", (unsigned long long)s->min, (unsigned long long)s->max);
}

static enum got
length_finding(
    struct decoder *c, const struct shape *sh, const struct jx *v, const struct place *p, size_t n)
{
	struct arena *a = c->d->a;
	struct imp_diag *g;

	if (dec_hush(c, IMP_LEN))
		return GOT_BAD;
	g = dec_find(c, IMP_LEN, p, v, sh, "the text has %zu characters; it takes %s", n,
	    span_words(a, &sh->len));
	g->expected = arena_printf(a, "a text of %s characters", span_words(a, &sh->len));
	return GOT_BAD;
}

static enum got
pattern_finding(struct decoder *c, const struct shape *sh, const struct jx *v,
    const struct place *p, const struct shape_pattern *pattern, enum regex_result how)
{
	int show = pattern->n < 200 ? (int)pattern->n : 200;
	struct imp_diag *g;

	if (dec_hush(c, IMP_PATTERN))
		return GOT_BAD;
	if (how == REGEX_BUDGET)
		g = dec_find(c, IMP_PATTERN, p, v, sh,
		    "the pattern could not be decided for this text within its budget; give a shorter or plainer text");
	else
		g = dec_find(c, IMP_PATTERN, p, v, sh, "the text does not match the pattern /%.*s/",
		    show, pattern->source);
	g->expected = arena_printf(c->d->a, "a text that matches /%.*s/%s", show, pattern->source,
	    how == REGEX_BUDGET ? " (budget spent)" : "");
	return GOT_BAD;
}

static enum got
format_finding(struct decoder *c, const struct shape *sh, const struct jx *v, const struct place *p,
    const char *format)
{
	struct arena *a = c->d->a;
	const char *example = format_example(format_find(format, strlen(format)));
	struct imp_diag *g;

	if (dec_hush(c, IMP_FORMAT))
		return GOT_BAD;
	g = dec_find(c, IMP_FORMAT, p, v, sh, "the text is not a %s%s%s", format,
	    example ? ", such as " : "", example ? example : "");
	g->expected = arena_printf(a, "a text in the format %s", format);
	if (example)
		g->nearest = dec_text_json(a, example, strlen(example));
	return GOT_BAD;
}

enum got
dec_string(struct decoder *c, struct shape *sh, struct jx *v, const struct place *p)
{
	const char *s = v->u.text.p;
	size_t n = v->u.text.n;

	if (sh->len.min || sh->len.has_max) {
		size_t k = dec_points(s, n);
		if (k < sh->len.min || (sh->len.has_max && k > sh->len.max))
			return length_finding(c, sh, v, p, k);
	}
	for (size_t i = 0; i < sh->n_patterns; i++) {
		enum regex_result how =
		    sh->patterns[i].re ? regex_search(sh->patterns[i].re, s, n) : REGEX_YES;
		if (how != REGEX_YES)
			return pattern_finding(c, sh, v, p, &sh->patterns[i], how);
	}
	for (size_t i = 0; c->checks_formats && i < sh->n_formats; i++) {
		int format = format_find(sh->formats[i], strlen(sh->formats[i]));
		if (format >= 0 && !format_check(format, s, n))
			return format_finding(c, sh, v, p, sh->formats[i]);
	}
	return GOT_VALUE;
}

/* --- numbers
 * ---------------------------------------------------------------------------------------------------
 */

static const char *
range_words(struct arena *a, const struct shape *sh)
{
	const char *low = sh->min.p
			      ? arena_printf(a, "%s %.*s", sh->min_exclusive ? "above" : "at least",
				    (int)sh->min.n, sh->min.p)
			      : NULL;
	const char *high = sh->max.p
			       ? arena_printf(a, "%s %.*s", sh->max_exclusive ? "below" : "at most",
				     (int)sh->max.n, sh->max.p)
			       : NULL;

	return low && high ? arena_printf(a, "%s and %s", low, high) : low ? low : high;
}

static enum got
range_finding(struct decoder *c, const struct shape *sh, const struct jx *v, const struct place *p,
    bool is_low)
{
	const struct lexeme *bound = is_low ? &sh->min : &sh->max;
	struct arena *a = c->d->a;
	struct imp_diag *g;

	if (dec_hush(c, IMP_RANGE))
		return GOT_BAD;
	g = dec_find(c, IMP_RANGE, p, v, sh, "%.*s is too %s: the number must be %s",
	    (int)(v->u.text.n < 40 ? v->u.text.n : 40), v->u.text.p, is_low ? "small" : "large",
	    range_words(a, sh));
	g->expected = arena_printf(a, "a number %s", range_words(a, sh));
	if (!(is_low ? sh->min_exclusive : sh->max_exclusive))
		g->nearest = arena_dup(a, bound->p, bound->n);
	return GOT_BAD;
}

enum got
dec_number(struct decoder *c, struct shape *sh, const struct jx *v, const struct place *p)
{
	const char *s = v->u.text.p;
	size_t n = v->u.text.n;
	struct imp_diag *g;

	if (sh->min.p) {
		int k = decimal_compare(s, n, sh->min.p, sh->min.n);
		if (k < 0 || (k == 0 && sh->min_exclusive))
			return range_finding(c, sh, v, p, true);
	}
	if (sh->max.p) {
		int k = decimal_compare(s, n, sh->max.p, sh->max.n);
		if (k > 0 || (k == 0 && sh->max_exclusive))
			return range_finding(c, sh, v, p, false);
	}
	/* A step too long to be decided on is left to the validator. */
	for (size_t i = 0; i < sh->n_multiples; i++) {
		if (decimal_multiple(s, n, sh->multiples[i].p, sh->multiples[i].n) != 0)
			continue;
		if (dec_hush(c, IMP_MULTIPLE))
			return GOT_BAD;
		g = dec_find(c, IMP_MULTIPLE, p, v, sh, "the number is not a multiple of %.*s",
		    (int)sh->multiples[i].n, sh->multiples[i].p);
		g->expected = arena_printf(
		    c->d->a, "a multiple of %.*s", (int)sh->multiples[i].n, sh->multiples[i].p);
		return GOT_BAD;
	}
	return GOT_VALUE;
}

/* --- names
 * -----------------------------------------------------------------------------------------------------
 */

static bool
name_is_listed(const struct shape *sh, const char *name, size_t n)
{
	for (size_t i = 0; i < sh->n_names; i++)
		if (sh->names[i]->type == JX_STRING && sh->names[i]->u.text.n == n &&
		    memcmp(sh->names[i]->u.text.p, name, n) == 0)
			return true;
	return false;
}

bool
dec_name_fits(
    struct decoder *c, struct shape *sh, const char *name, size_t n, const struct place *p)
{
	struct arena *a = c->d->a;
	const char *want = NULL;
	struct imp_diag *g;

	if (sh->name_len.min || sh->name_len.has_max) {
		size_t k = dec_points(name, n);
		if (k < sh->name_len.min || (sh->name_len.has_max && k > sh->name_len.max))
			want = arena_printf(
			    a, "a name of %s characters", span_words(a, &sh->name_len));
	}
	for (size_t i = 0; i < sh->n_name_patterns && !want; i++)
		if (sh->name_patterns[i].re &&
		    regex_search(sh->name_patterns[i].re, name, n) != REGEX_YES)
			want = arena_printf(a, "a name that matches /%.*s/",
			    (int)(sh->name_patterns[i].n < 200 ? sh->name_patterns[i].n : 200),
			    sh->name_patterns[i].source);
	if (!want && sh->names && !name_is_listed(sh, name, n))
		want = "one of the listed names";
	if (!want)
		return true;
	if (dec_hush(c, IMP_KEY))
		return false;
	g = dec_find(c, IMP_KEY, p, NULL, sh,
	    "the member name '%.*s' is not allowed here: it takes %s", (int)(n < 80 ? n : 80), name,
	    want);
	g->expected = want;
	g->got = arena_printf(a, "the name '%.*s'", (int)(n < 80 ? n : 80), name);
	return false;
}
