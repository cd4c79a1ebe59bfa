/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: the first byte picks dialect and options; then a schema and an instance, parted by a NUL (or the schema
 * judges itself). What compiles must run, twice with the same answer, and say why when it says no. */
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "schema/registry.h"
#include "schema/validate.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct jx_options opt = {.depth_max = 500, .allow_nul = true, .allow_surrogates = true};
	struct arena *a;
	struct registry *reg;
	struct validator *v;
	struct sloc root;
	struct jx *schema, *instance;
	struct err err;
	const char *text = (const char *)data + 1, *gap;
	const struct validate_error *errors;
	size_t k, n_errors;

	if (n < 2)
		return 0;
	a = arena_new((size_t)512 << 20);
	gap = memchr(text, '\0', n - 1);
	k = gap ? (size_t)(gap - text) : n - 1;
	reg = registry_new(a, NULL);
	if (jx_parse(a, text, k, &opt, &schema, &err) == 0 &&
	    registry_add(reg, schema, NULL, (enum dialect)(data[0] % DIALECT__COUNT), &root, &err) == 0) {
		struct validate_options how = {.formats = data[0] & 64,
		    .direction = data[0] & 32 ? DIRECTION_REQUEST : DIRECTION_NONE,
		    .discriminator = data[0] & 16, .lenient_refs = data[0] & 128};
		instance = schema;
		if (gap && jx_parse(a, gap + 1, n - 2 - k, &opt, &instance, &err) < 0)
			instance = schema;
		if (validator_compile(reg, root, &how, &v, &err) == 0) {
			bool ok = validator_run(v, NULL, instance, 0, NULL, NULL);
			bool again = validator_run(v, a, instance, 20, &errors, &n_errors);
			INVARIANT(ok == again);
			INVARIANT(ok == (n_errors == 0));
			for (size_t i = 0; i < n_errors; i++) {
				INVARIANT(errors[i].expected != NULL);
				INVARIANT(errors[i].schema_pointer[0] != '\0');
				INVARIANT(jx_pointer(instance, "") == instance);
			}
		} else {
			INVARIANT(err.msg[0] != '\0');
		}
	}
	arena_free(a);
	return 0;
}
