/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warm validation, per instance: schema_validate FILE.ndjson [ms per schema]. Each line {"id","schema","valid":[…],
 * "invalid":[…]}. Prints the geometric means over schemas of the time an instance takes, valid and invalid ones, and of
 * compiling; with a third argument, one line per schema. The same loop for ajv is in schema_ajv.mjs.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "schema/registry.h"
#include "schema/validate.h"

#define ROUNDS 3

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Microseconds per instance, the best of a few rounds of about ms each. */
static double
time_list(struct validator *v, const struct jx *list, double ms)
{
	size_t n = jx_size(list), reps = 1;
	double best = 1e9;
	unsigned ok = 0;

	for (int round = 0; round < ROUNDS + 1; round++) {
		double from = now(), took;
		for (size_t k = 0; k < reps; k++)
			for (size_t i = 0; i < n; i++)
				ok += validator_run(v, NULL, list->u.array.at[i], 0, NULL, NULL);
		took = now() - from;
		if (round == 0)
			reps = (size_t)(ms / 1e3 / (took > 1e-7 ? took : 1e-7)) + 1;
		else if (took / (double)(reps * n) < best)
			best = took / (double)(reps * n);
	}
	if (ok == 12345)
		(void)puts("");
	return best * 1e6;
}

int
main(int argc, char **argv)
{
	static const struct jx_options loose = {.depth_max = 2000, .allow_nul = true, .allow_surrogates = true};
	double ms = argc > 2 ? atof(argv[2]) : 5, sums[3] = {0}, worst = 0;
	size_t counts[3] = {0}, n;
	struct arena *a = arena_new(0), *own = arena_new(0);
	struct rusage use;
	struct err err;
	char *text;

	if (argc < 2 || file_load(a, argv[1], (size_t)1 << 28, &text, &n, &err) < 0)
		return 2;
	for (char *p = text; *p;) {
		static const char *const kinds[] = {"valid", "invalid"};
		size_t k = strcspn(p, "\n");
		struct validate_options how = {.formats = true};
		struct registry *reg;
		struct validator *v;
		struct sloc root;
		struct jx *line;
		double from, took, each[2] = {0, 0};
		arena_clear(own);
		if (k == 0 || jx_parse(own, p, k, &loose, &line, &err) < 0)
			break;
		p += k + (p[k] == '\n');
		from = now();
		reg = registry_new(own, NULL);
		if (registry_add(reg, jx_find(line, "schema"), NULL, DIALECT_AUTO, &root, &err) < 0 ||
		    validator_compile(reg, root, &how, &v, &err) < 0) {
			(void)printf("%s: %s\n", jx_str(jx_find(line, "id"), ""), err.msg);
			continue;
		}
		took = (now() - from) * 1e6;
		sums[2] += log(took);
		counts[2]++;
		worst = took > worst ? took : worst;
		for (int i = 0; i < 2; i++)
			if (jx_size(jx_find(line, kinds[i]))) {
				each[i] = time_list(v, jx_find(line, kinds[i]), ms);
				sums[i] += log(each[i]);
				counts[i]++;
			}
		if (argc > 3)
			(void)printf("%s\t%.3f\t%.3f\n", jx_str(jx_find(line, "id"), ""), each[0], each[1]);
	}
	(void)getrusage(RUSAGE_SELF, &use);
	(void)printf("forge: valid %.3f us (%zu schemas), invalid %.3f us (%zu), compile %.1f us (worst %.0f), RSS %ld kB\n",
	    exp(sums[0] / (double)counts[0]), counts[0], exp(sums[1] / (double)counts[1]), counts[1],
	    exp(sums[2] / (double)counts[2]), worst, use.ru_maxrss);
	arena_free(own);
	arena_free(a);
	return 0;
}
