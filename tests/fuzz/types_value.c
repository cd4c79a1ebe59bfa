/* SPDX-License-Identifier: Apache-2.0 */
/* Single values: the set of types and the single answers agree; decimals are ordered consistently.
 */
#include <stdint.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/utf8.h"
#include "core/decimal.h"
#include "types/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_one_value(const char *p, size_t n)
{
	static const enum coltype types[] = {COL_ID, COL_TEXT, COL_INTEGER, COL_DECIMAL, COL_MONEY,
	    COL_DATE, COL_TIMESTAMP, COL_BOOLEAN};
	char reason[256], shown[VALUE_SHOW_BYTES];
	unsigned bits = value_types(CELL_TEXT, p, n);

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		bool fits = value_conforms(types[i], CELL_TEXT, p, n, NULL, 0, reason);
		INVARIANT(fits == ((bits & COL_BIT(types[i])) != 0));
		INVARIANT(fits || strlen(reason) > 3);
	}
	if (bits & (COL_BIT(COL_INTEGER) | COL_BIT(COL_MONEY)))
		INVARIANT(bits & COL_BIT(COL_DECIMAL));
	if (bits & COL_BIT(COL_DECIMAL))
		INVARIANT(decimal_check(p, n));
	if (bits & COL_BIT(COL_INTEGER))
		INVARIANT(decimal_is_integer(p, n));
	INVARIANT(((date_orders(p, n) & DATE_ISO) != 0) == ((bits & COL_BIT(COL_DATE)) != 0));
	value_show(p, n, shown);
	INVARIANT(utf8_check(shown, strlen(shown)) == strlen(shown));
}

static void
check_two_decimals(const char *p, size_t np, const char *q, size_t nq)
{
	struct arena *a = arena_new(0);
	struct buf x, y;
	int c = decimal_compare(p, np, q, nq);

	INVARIANT(c == -decimal_compare(q, nq, p, np));
	INVARIANT(decimal_compare(p, np, p, np) == 0);
	buf_init(&x, a);
	buf_init(&y, a);
	decimal_normal(&x, p, np);
	decimal_normal(&y, q, nq);
	INVARIANT((c == 0) == (strcmp(x.p, y.p) == 0));
	if (c == 0)
		INVARIANT(decimal_is_integer(p, np) == decimal_is_integer(q, nq));
	arena_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data, *cut = memchr(p, '|', n), *q;
	size_t np, nq;

	check_one_value(p, n);
	if (!cut)
		return 0;
	np = (size_t)(cut - p);
	q = cut + 1;
	nq = n - np - 1;
	check_one_value(p, np);
	check_one_value(q, nq);
	if (decimal_check(p, np) && decimal_check(q, nq))
		check_two_decimals(p, np, q, nq);
	return 0;
}
