/* SPDX-License-Identifier: Apache-2.0 */
/* A schema and an instance, a line feed between them: compile, validate, and the same answer twice.
 */
#include <stdint.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "types/jschema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data, *cut = memchr(p, '\n', n);
	struct arena *a = arena_new(0);
	const struct jschema_error *errors;
	struct jschema *s;
	struct jx *schema, *instance;
	struct err err;
	size_t count;
	bool is_valid;

	if (!cut)
		cut = p + n;
	if (jx_parse(a, p, (size_t)(cut - p), NULL, &schema, &err) == 0 &&
	    jschema_compile(a, schema, &s, &err) == 0 && cut < p + n &&
	    jx_parse(a, cut + 1, n - (size_t)(cut - p) - 1, NULL, &instance, &err) == 0) {
		is_valid = jschema_validate(s, a, instance, 3, &errors, &count);
		INVARIANT(is_valid == (count == 0));
		INVARIANT(count <= 3);
		for (size_t i = 0; i < count; i++) {
			INVARIANT(errors[i].expected != NULL);
			INVARIANT(errors[i].found != NULL);
			INVARIANT(errors[i].pointer[0] == '\0' || errors[i].pointer[0] == '/');
		}
		INVARIANT(jschema_validate(s, a, instance, 1, &errors, &count) == is_valid);
	}
	arena_free(a);
	return 0;
}
