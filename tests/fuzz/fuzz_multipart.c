/* SPDX-License-Identifier: Apache-2.0 */
/* A form cut anyhow reads like the form in one piece, and gives no more bytes than came. */
#include "api/multipart.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"

struct source {
	const uint8_t *p;
	size_t n, at, step;
};

static ssize_t
take(void *arg, void *p, size_t n, struct err *e)
{
	struct source *s = arg;
	size_t k = s->n - s->at;

	(void)e;
	k = k < n ? k : n;
	k = k < s->step ? k : s->step;
	if (k)
		memcpy(p, s->p + s->at, k);
	s->at += k;
	return (ssize_t)k;
}

static char *
read_form(struct arena *a, const uint8_t *p, size_t n, size_t step, size_t *out_bytes)
{
	struct source s = {p, n, 0, step};
	struct multipart *m = multipart_new(a, "XX", take, &s);
	struct multipart_part part;
	struct err err = {0};
	size_t bytes = 0;
	char chunk[512];
	struct buf b;
	ssize_t got;
	int more;

	buf_init(&b, a);
	while ((more = multipart_next(m, &part, &err)) > 0) {
		buf_printf(&b, "%s|%s|", part.name, part.filename ? part.filename : "-");
		while ((got = multipart_read(m, chunk, sizeof chunk, &err)) > 0) {
			buf_add(&b, chunk, (size_t)got);
			bytes += (size_t)got;
		}
		if (got < 0)
			break;
	}
	if (bytes > n)
		abort();
	buf_printf(&b, " %s", err.msg);
	*out_bytes = b.len;
	return buf_take(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new(256u << 20);
	size_t one_bytes, cut_bytes;
	char *one, *cut;
	const char *boundary;
	char *type;

	if (n < 1) {
		arena_free(a);
		return 0;
	}
	one = read_form(a, p + 1, n - 1, 1u << 20, &one_bytes);
	cut = read_form(a, p + 1, n - 1, (size_t)p[0] + 1, &cut_bytes);
	if (one_bytes != cut_bytes || memcmp(one, cut, one_bytes) != 0)
		abort();
	type = arena_printf(a, "multipart/form-data%.*s", (int)(n - 1), (const char *)p + 1);
	if (multipart_boundary(a, type, &boundary, NULL) == 0 && strlen(boundary) > 70)
		abort();
	arena_free(a);
	return 0;
}
