/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A schema and a filled document from bytes: flags, one line of schema, the rest is the document. Whatever comes
 * out as a payload is accepted by the validator, and every patch that is offered as a fix applies.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jpatch.h"
#include "core/jx.h"
#include "imprint/decode.h"
#include "imprint/shape.h"
#include "schema/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
hold(struct arena *a, const uint8_t *p, size_t n)
{
	static const struct jx_options limits = {.depth_max = 200};
	struct shapes_options opt = {.formats = true};
	struct registry *reg = registry_new(a, NULL);
	const uint8_t *line = memchr(p + 1, '\n', n - 1);
	struct decode_options decoding = {.is_open = p[0] & 1};
	const struct jx *payload = NULL;
	struct jx *schema, *filled;
	struct validator *v;
	struct imp_diags d;
	struct shape *root;
	struct shapes *s;
	struct sloc at;
	struct err err;

	if (!line)
		return;
	if (jx_parse(a, (const char *)p + 1, (size_t)(line - p - 1), &limits, &schema, &err) < 0 ||
	    jx_parse(a, (const char *)line + 1, n - (size_t)(line - p) - 1, &limits, &filled, &err) < 0 ||
	    registry_add(reg, schema, NULL, DIALECT_AUTO, &at, &err) < 0)
		return;
	opt.direction = (enum direction)(p[0] >> 1 & 3) % 3;
	imp_diags_init(&d, a);
	s = shapes_new(reg, &opt);
	if (shape_of(s, &at, 1, &root, &d) < 0 || shape_check(s, root) != SAT_YES)
		return;
	d.n = d.n_all = 0;
	if (decode_filled(s, root, filled, &decoding, a, &payload, &d) == 0) {
		struct validate_options check = {.formats = true, .direction = opt.direction, .discriminator = true, .lenient_refs = true};
		if (validator_compile(reg, at, &check, &v, &err) == 0 && !validator_run(v, NULL, payload, 0, NULL, NULL))
			abort();
		return;
	}
	if (d.n == 0)
		abort();
	for (size_t i = 0; i < d.n; i++) {
		const struct jx *mended;
		struct jx *fix;
		if (!d.at[i].fix)
			continue;
		if (jx_parse(a, d.at[i].fix, strlen(d.at[i].fix), &limits, &fix, &err) < 0 || jpatch_apply(a, filled, fix, &mended, &err) < 0)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n < 2)
		return 0;
	struct arena *a = arena_new((size_t)1 << 30);
	hold(a, p, n);
	arena_free(a);
	return 0;
}
