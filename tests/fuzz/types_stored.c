/* SPDX-License-Identifier: Apache-2.0 */
/* A stored profile that somebody made up: refused, or read into something that can be written and
 * asked. */
#include <stdint.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "types/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(0);
	struct artifact_profile p;
	struct value_place place;
	struct buf b;
	struct jw w;
	struct jx *doc;
	struct err err;
	char reason[256];

	if (jx_parse(a, (const char *)data, n, NULL, &doc, &err) == 0 &&
	    artifact_profile_from_json(a, doc, &p, &err) == 0) {
		buf_init(&b, a);
		jw_init(&w, &b);
		artifact_profile_json(&p, NULL, &w);
		INVARIANT(jx_parse(a, b.p, b.len, NULL, &doc, &err) == 0);
		for (size_t i = 0; i < p.ncolumns; i++) {
			(void)profile_key(&p, &p.columns[i].name, 1);
			(void)profile_column_fits(&p.columns[i], COL_DATE, NULL, 0, &place, reason);
			(void)profile_column_fits(
			    &p.columns[i], COL_ENUM, &p.columns[i].name, 1, &place, reason);
		}
	}
	arena_free(a);
	return 0;
}
