/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C side of `make bench-imprint`; bench.mjs runs it beside the peers and prints ratios.
 *     bench encode SPEC ROUNDS      read the file and encode every operation, best of ROUNDS
 *     bench validate SETS.ndjson    {"id","schema","instances":[…]} a line: compile, first and warm validation
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "imprint/imprint.h"
#include "schema/registry.h"
#include "schema/validate.h"

#define WARM_NS 3000000.0

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static long
rss_kb(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static int
encode(const char *path, int rounds)
{
	double best = 0;
	char totals[256] = "";

	for (int i = 0; i < rounds; i++) {
		double t0 = now();
		struct arena *a = arena_new(0);
		struct imprint_source src = {.path = path};
		struct imprint *im;
		struct imp_diags d;
		struct buf b;
		imp_diags_init(&d, a);
		buf_init(&b, a);
		if (imprint_open(a, &src, &im, &d) < 0 || imprint_encode_all(im, true, &b, &d) < 0) {
			fprintf(stderr, "%s: %s\n", path, d.n ? d.at[0].message : "?");
			return 1;
		}
		double t = now() - t0;
		if (i == 0 || t < best)
			best = t;
		snprintf(totals, sizeof(totals), "%s", b.p);
		arena_free(a);
	}
	printf("{\"ms\":%.3f,\"rss_kb\":%ld,\"totals\":%s}\n", best / 1e6, rss_kb(), totals);
	return 0;
}

static void
one_set(const struct jx *set, struct arena *a)
{
	struct registry *reg = registry_new(a, NULL);
	struct validate_options opt = {.formats = true};
	const struct jx *list = jx_find(set, "instances");
	struct validator *v;
	struct sloc root;
	struct err err;
	size_t n = jx_size(list), valid = 0;
	double t0 = now();

	if (registry_add(reg, jx_find(set, "schema"), NULL, DIALECT_AUTO, &root, &err) < 0 ||
	    validator_compile(reg, root, &opt, &v, &err) < 0) {
		fprintf(stderr, "%s: %s\n", jx_str(jx_find(set, "id"), "?"), err.msg);
		return;
	}
	double compile = now() - t0;
	t0 = now();
	for (size_t i = 0; i < n; i++)
		valid += validator_run(v, NULL, jx_at(list, i), 0, NULL, NULL);
	double first = now() - t0, spent = 0, best = first;
	while (spent < WARM_NS) {
		t0 = now();
		for (size_t i = 0; i < n; i++)
			validator_run(v, NULL, jx_at(list, i), 0, NULL, NULL);
		double t = now() - t0;
		spent += t;
		if (t < best)
			best = t;
	}
	printf("{\"id\":\"%s\",\"n\":%zu,\"valid\":%zu,\"compile_us\":%.2f,\"first_ns\":%.1f,\"warm_ns\":%.1f}\n",
	    jx_str(jx_find(set, "id"), "?"), n, valid, compile / 1e3, first / (double)n, best / (double)n);
}

static int
validate(const char *path)
{
	struct jx_options opt = {.depth_max = 1024, .allow_nul = true, .allow_surrogates = true};
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (!f)
		return 1;
	while ((n = getline(&line, &cap, f)) > 0) {
		struct arena *a = arena_new(0);
		struct jx *set;
		struct err err;
		if (jx_parse(a, line, (size_t)n, &opt, &set, &err) == 0)
			one_set(set, a);
		else
			fprintf(stderr, "%s\n", err.msg);
		arena_free(a);
	}
	free(line);
	fclose(f);
	printf("{\"rss_kb\":%ld}\n", rss_kb());
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "encode") == 0)
		return encode(argv[2], (int)strtol(argv[3], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "validate") == 0)
		return validate(argv[2]);
	fprintf(stderr, "usage: bench encode SPEC ROUNDS | validate SETS.ndjson\n");
	return 64;
}
