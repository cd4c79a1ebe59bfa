/* SPDX-License-Identifier: Apache-2.0 */
/* YAML: what is read can be written as JSON and is then read as the same value; errors have words. */
#include <stdint.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jpatch.h"
#include "core/jw.h"
#include "core/jx.h"
#include "schema/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(0);
	struct err err = {.code = E_OK};
	struct jx *v, *again;
	struct buf b;
	struct jw w;

	if (yaml_parse(a, (const char *)data, n, NULL, &v, &err) < 0) {
		INVARIANT(err.code == E_JSON || err.code == E_LIMIT);
		INVARIANT(err.msg[0] != '\0');
	} else {
		buf_init(&b, a);
		jw_init(&w, &b);
		jw_value(&w, NULL, v);
		INVARIANT(jx_parse(a, b.p, b.len, NULL, &again, &err) == 0);
		INVARIANT(jx_equal(v, again));
	}
	(void)text_parse(a, (const char *)data, n, NULL, &v, &err);
	arena_free(a);
	return 0;
}
