/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes: tolerant reading ends without a fault; what it accepts is JSON that strict reading accepts and gives
 * back unchanged; no repairs means that the text was strict; repairs lie inside the text, in order; a refusal says why.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "imprint/diag.h"
#include "imprint/repair.h"

int LLVMFuzzerTestOneInput(const uint8_t *text, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *text, size_t n)
{
	static const struct jx_options jx = {.allow_nul = true, .depth_max = 512};
	struct arena *a = arena_new((size_t)512 << 20);
	const char *s = arena_dup(a, text, n);
	struct repaired out;
	struct imp_diags d;
	struct buf b, again;
	struct jx *v, *strict;
	struct err err;
	struct jw w;
	bool is_strict = jx_parse(a, s, n, &jx, &strict, &err) == 0;

	imp_diags_init(&d, a);
	buf_init(&b, a);
	buf_init(&again, a);
	if (repair_parse(a, s, n, NULL, &out, &d)) {
		if (is_strict != (out.n_repairs == 0) || d.n || (is_strict && !out.is_complete))
			abort();
		jw_init(&w, &b);
		jw_value(&w, NULL, out.value);
		if (jx_parse(a, b.p, b.len, &jx, &v, &err) < 0)
			abort();
		jw_init(&w, &again);
		jw_value(&w, NULL, v);
		if (b.len != again.len || memcmp(b.p, again.p, b.len) != 0)
			abort();
		for (size_t i = 0; i < out.n_repairs; i++)
			if (out.repairs[i].offset > n || (i && out.repairs[i].offset < out.repairs[i - 1].offset))
				abort();
	} else if (is_strict || d.n != 1) {
		abort();
	}
	arena_free(a);
	return 0;
}
