/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Patch: {"doc":…,"patch":…}. The document stays as it was; a result equals itself written and
 * read again; a patch that is refused says why. */
#include <stdint.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jpatch.h"
#include "core/jw.h"
#include "core/jx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *
text(struct arena *a, const struct jx *v)
{
	struct buf b;
	struct jw w;

	buf_init(&b, a);
	jw_init(&w, &b);
	jw_value(&w, NULL, v);
	return buf_take(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(0);
	struct err err = {.code = E_OK};
	const struct jx *doc, *out;
	struct jx *v, *again;
	struct jx_options deep = {.depth_max = 4000};

	if (jx_parse(a, (const char *)data, n, NULL, &v, NULL) == 0 && (doc = jx_find(v, "doc")) != NULL) {
		const char *was = text(a, doc);
		if (jpatch_apply(a, doc, jx_find(v, "patch"), &out, &err) < 0) {
			INVARIANT(err.msg[0] != '\0');
		} else {
			const char *now = text(a, out);
			INVARIANT(jx_parse(a, now, strlen(now), &deep, &again, &err) == 0);
			INVARIANT(jx_equal(out, again));
		}
		INVARIANT(strcmp(was, text(a, doc)) == 0);
	}
	arena_free(a);
	return 0;
}
