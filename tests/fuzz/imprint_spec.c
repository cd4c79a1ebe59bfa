/* SPDX-License-Identifier: Apache-2.0 */
/* An API description, a NUL byte, and a payload: every operation is read, and what is written for the payload
 * stays inside its part of the request. */
#include <stdint.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "imprint/shape.h"
#include "imprint/spec.h"
#include "imprint/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct jx_options limits = {.depth_max = 64, .allow_nul = true};

static bool
has_only(const char *s, const char *extra)
{
	for (; *s; s++) {
		bool is_word = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9');
		if (!is_word && !strchr(extra, *s))
			return false;
	}
	return true;
}

/* The parts of a filled path come between the slashes of its template. */
static size_t
slashes(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == '/';
	return n;
}

static void
check_written(struct arena *a, const struct operation *op, const struct buf *b)
{
	const struct jx *headers;
	const char *path, *query;
	struct jx *out;

	if (jx_parse(a, b->p, b->len, &limits, &out, NULL) < 0)
		return; /* the payload may be nested as deep as the reader goes, and stands one level deeper here */
	path = jx_str(jx_find(out, "path"), NULL);
	query = jx_str(jx_find(out, "query"), NULL);
	INVARIANT(path != NULL);
	INVARIANT(query != NULL);
	INVARIANT(has_only(path, "-._~%/?#:@!$&'()*+,;=[]"));
	INVARIANT(has_only(query, "-._~%&=:/?@!$'()*,;"));
	if (!strchr(op->path, '{'))
		INVARIANT(slashes(path) == slashes(op->path));
	headers = jx_find(out, "headers");
	for (size_t i = 0; i < jx_size(headers); i++) {
		const struct jx *value = jx_at(jx_at(headers, i), 1);
		INVARIANT(jx_is(value, JX_STRING));
		for (size_t k = 0; k < value->u.text.n; k++) {
			char c = value->u.text.p[k];
			INVARIANT(c != '\r');
			INVARIANT(c != '\n');
			INVARIANT(c != 0);
		}
	}
}

static void
read_all(struct arena *a, struct shapes *s, struct sloc root, const char *payload, size_t n)
{
	struct operation_name *ops;
	struct imp_diags d;
	struct jx *in = NULL;
	size_t n_ops = 0;

	imp_diags_init(&d, a);
	if (spec_list(s, root, a, &ops, &n_ops, &d) < 0) {
		INVARIANT(d.n > 0);
		return;
	}
	if (n > 0 && jx_parse(a, payload, n, &limits, &in, NULL) < 0)
		in = NULL;
	for (size_t i = 0; i < n_ops && i < 8; i++) {
		struct operation op;
		struct buf b;
		size_t before = d.n_all;

		if (spec_operation(s, root, &ops[i], NULL, a, &op, &d) < 0) {
			INVARIANT(d.n_all > before);
			continue;
		}
		if (!in)
			continue;
		buf_init(&b, a);
		before = d.n_all;
		if (wire_write(&op, in, NULL, a, &b, &d) == 0)
			check_written(a, &op, &b);
		else
			INVARIANT(d.n_all > before);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *text = (const char *)data, *cut = n ? memchr(text, 0, n) : NULL;
	size_t spec_bytes = cut ? (size_t)(cut - text) : n;
	struct arena *a = arena_new(0);
	struct registry *reg = registry_new(a, NULL);
	struct sloc at;
	struct jx *root;

	if (jx_parse(a, text, spec_bytes, &limits, &root, NULL) == 0 &&
	    registry_add(reg, root, NULL, DIALECT_AUTO, &at, NULL) == 0 && spec_is(at))
		read_all(a, shapes_new(reg, &(struct shapes_options){.direction = DIRECTION_REQUEST}), at,
		    cut ? cut + 1 : "", cut ? n - spec_bytes - 1 : 0);
	arena_free(a);
	return 0;
}
