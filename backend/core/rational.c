/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rational.h"

#include <openssl/bn.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/decimal.h"
#include "core/err.h"
#include "core/num.h"

/* value = num / den, den > 0; not reduced: numbers live for one row. */
struct rational {
	BIGNUM *num, *den;
	BIGNUM *t1, *t2; /* scratch */
	BN_CTX *ctx;
};

static void
release(void *arg)
{
	struct rational *r = arg;

	BN_free(r->num);
	BN_free(r->den);
	BN_free(r->t1);
	BN_free(r->t2);
	BN_CTX_free(r->ctx);
}

/* The library fails only where memory is at an end; an arena ends the process there, too. */
static void
must(int ok)
{
	INVARIANT(ok);
}

struct rational *
rational_new(struct arena *a)
{
	struct rational *r = ARENA_NEW(a, struct rational);

	*r = (struct rational){BN_new(), BN_new(), BN_new(), BN_new(), BN_CTX_new()};
	INVARIANT(r->num && r->den && r->t1 && r->t2 && r->ctx);
	arena_defer(a, release, r);
	must(BN_one(r->den));
	return r;
}

/* to = 10^n */
static void
power_of_ten(BIGNUM *to, unsigned n)
{
	must(BN_one(to));
	for (; n >= 19; n -= 19)
		must(BN_mul_word(to, 10000000000000000000ull));
	for (; n > 0; n--)
		must(BN_mul_word(to, 10));
}

bool
rational_set(struct rational *r, const char *p, size_t n)
{
	char digits[RATIONAL_DIGITS_MAX + 1];
	const char *end = p + n, *at = p, *e;
	bool is_negative = n > 0 && *p == '-';
	int64_t exponent = 0;
	size_t nd = 0;
	BIGNUM *num = r->num;

	if (n > RATIONAL_DIGITS_MAX || !decimal_check(p, n))
		return false;
	e = memchr(p, 'e', n);
	e = e ? e : memchr(p, 'E', n);
	if (e && num_parse(e + 1 + (e[1] == '+'), (size_t)(end - e - 1 - (e[1] == '+')), -RATIONAL_EXPONENT_MAX,
	    RATIONAL_EXPONENT_MAX, &exponent, NULL) < 0)
		return false;
	end = e ? e : end;
	for (bool is_behind = false; at < end; at++) {
		if (*at == '.')
			is_behind = true;
		if (*at < '0' || *at > '9')
			continue;
		digits[nd++] = *at;
		exponent -= is_behind;
	}
	digits[nd] = '\0';
	must(BN_dec2bn(&num, digits) > 0);
	must(BN_one(r->den));
	if (exponent < 0) {
		power_of_ten(r->den, (unsigned)-exponent);
	} else if (exponent > 0) {
		power_of_ten(r->t1, (unsigned)exponent);
		must(BN_mul(r->num, r->num, r->t1, r->ctx));
	}
	BN_set_negative(r->num, is_negative && !BN_is_zero(r->num));
	return true;
}

void
rational_set_int(struct rational *r, int64_t v)
{
	uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	must(BN_set_word(r->num, size));
	BN_set_negative(r->num, v < 0);
	must(BN_one(r->den));
}

void
rational_copy(struct rational *r, const struct rational *x)
{
	must(BN_copy(r->num, x->num) != NULL);
	must(BN_copy(r->den, x->den) != NULL);
}

static void
add(struct rational *r, const struct rational *x, const struct rational *y, bool is_sub)
{
	int (*op)(BIGNUM *, const BIGNUM *, const BIGNUM *) = is_sub ? BN_sub : BN_add;

	if (BN_cmp(x->den, y->den) == 0) {
		must(op(r->num, x->num, y->num));
		must(BN_copy(r->den, x->den) != NULL);
		return;
	}
	must(BN_mul(r->t1, x->num, y->den, r->ctx));
	must(BN_mul(r->t2, y->num, x->den, r->ctx));
	must(BN_mul(r->den, x->den, y->den, r->ctx));
	must(op(r->num, r->t1, r->t2));
}

void
rational_add(struct rational *r, const struct rational *x, const struct rational *y)
{
	add(r, x, y, false);
}

void
rational_sub(struct rational *r, const struct rational *x, const struct rational *y)
{
	add(r, x, y, true);
}

void
rational_mul(struct rational *r, const struct rational *x, const struct rational *y)
{
	must(BN_mul(r->t1, x->num, y->num, r->ctx));
	must(BN_mul(r->den, x->den, y->den, r->ctx));
	must(BN_copy(r->num, r->t1) != NULL);
}

bool
rational_div(struct rational *r, const struct rational *x, const struct rational *y)
{
	bool is_negative;

	if (BN_is_zero(y->num))
		return false;
	is_negative = BN_is_negative(x->num) != BN_is_negative(y->num);
	must(BN_mul(r->t1, x->num, y->den, r->ctx));
	must(BN_mul(r->t2, x->den, y->num, r->ctx));
	must(BN_copy(r->num, r->t1) != NULL);
	must(BN_copy(r->den, r->t2) != NULL);
	BN_set_negative(r->den, 0);
	BN_set_negative(r->num, is_negative && !BN_is_zero(r->num));
	return true;
}

int
rational_compare(const struct rational *x, const struct rational *y)
{
	if (BN_cmp(x->den, y->den) == 0)
		return BN_cmp(x->num, y->num);
	must(BN_mul(x->t1, x->num, y->den, x->ctx));
	must(BN_mul(x->t2, y->num, x->den, x->ctx));
	return BN_cmp(x->t1, x->t2);
}

bool
rational_is_near(const struct rational *x, const struct rational *y, const struct rational *tolerance)
{
	/* |x - y| = |xn yd - yn xd| / (xd yd), held against tn / td */
	must(BN_mul(x->t1, x->num, y->den, x->ctx));
	must(BN_mul(x->t2, y->num, x->den, x->ctx));
	must(BN_sub(x->t1, x->t1, x->t2));
	must(BN_mul(x->t1, x->t1, tolerance->den, x->ctx));
	must(BN_mul(x->t2, x->den, y->den, x->ctx));
	must(BN_mul(x->t2, x->t2, tolerance->num, x->ctx));
	return BN_ucmp(x->t1, x->t2) <= 0;
}

const char *
rational_text(struct arena *a, const struct rational *r, unsigned places)
{
	BIGNUM *q = r->t1, *rest = r->t2;
	bool is_negative = BN_is_negative(r->num);
	char *digits;
	size_t n, whole;
	struct buf b;

	power_of_ten(rest, places);
	must(BN_mul(q, r->num, rest, r->ctx));
	BN_set_negative(q, 0);
	must(BN_lshift1(q, q)); /* (2 q + den) / (2 den): half goes away from zero */
	must(BN_add(q, q, r->den));
	must(BN_lshift1(rest, r->den));
	must(BN_div(q, NULL, q, rest, r->ctx));
	is_negative = is_negative && !BN_is_zero(q);
	digits = BN_bn2dec(q);
	INVARIANT(digits);
	n = strlen(digits);
	whole = n > places ? n - places : 0;
	buf_init(&b, a);
	buf_printf(&b, "%s%.*s%s", is_negative ? "-" : "", (int)whole, digits, whole ? "" : "0");
	if (places > 0) {
		buf_char(&b, '.');
		for (size_t i = n; i < places; i++)
			buf_char(&b, '0');
		buf_str(&b, digits + whole);
		while (b.p[b.len - 1] == '0')
			b.len--;
		b.len -= b.p[b.len - 1] == '.';
		b.p[b.len] = '\0';
	}
	OPENSSL_free(digits);
	return buf_take(&b);
}
