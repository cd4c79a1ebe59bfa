/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/compiler/<case>/case.json (form: casefile.h) compiles to exactly want.json, or is refused with
 * exactly want.diag. Each case is compiled twice. UPDATE=1 writes what the compiler gives now.
 */
#include "casefile.h"

#define CASES "tests/compiler"

static const struct catalog *catalog;

static const char *
pretty(struct arena *a, const struct jx *doc)
{
	struct buf b;

	buf_init(&b, a);
	jw_pretty(&b, doc);
	buf_char(&b, '\n');
	return b.p;
}

static void
compare(struct arena *a, const char *dir, const char *file, const char *got)
{
	const char *path = arena_printf(a, "%s/%s", dir, file);
	struct err err = {0};
	size_t n, line = 1, i = 0;
	char *want;

	if (getenv("UPDATE")) {
		(void)unlink(arena_printf(a, "%s/want.json", dir));
		(void)unlink(arena_printf(a, "%s/want.diag", dir));
		CHECK_INT(file_save(path, got, strlen(got), 0644, &err), 0);
		return;
	}
	if (file_load(a, path, 8 << 20, &want, &n, &err) < 0) {
		tap_fails_here++;
		printf("# %s; the compiler gives:\n%s", err.msg, got);
		return;
	}
	for (; want[i] && want[i] == got[i]; i++)
		line += want[i] == '\n';
	if (want[i] == got[i])
		return;
	tap_fails_here++;
	printf("# %s differs from line %zu on:\n# want %.200s\n# got  %.200s\n", path, line, want + i,
	    got + i);
}

static void
run_case(const char *dir)
{
	struct arena *a = arena_new(0);
	const char *path = arena_printf(a, "%s/case.json", dir);
	struct compile_result r, again;
	struct casefile k;
	struct jx *doc;
	struct err err = {0};

	if (jx_load(a, path, NULL, &doc, &err) < 0 || case_open(a, catalog, doc, &k) < 0) {
		tap_fails_here++;
		printf("# %s: %s\n", path, err.msg);
		arena_free(a);
		return;
	}
	CHECK_INT(compile_run(a, &k.in, NULL, NULL, &r, &err), 0);
	CHECK_INT(compile_run(a, &k.in, NULL, NULL, &again, &err), 0);
	case_close(&k);
	CHECK_STR(case_findings(a, &again), case_findings(a, &r));
	CHECK(r.is_ok == again.is_ok);
	if (r.is_ok) {
		CHECK_STR(again.plan_text, r.plan_text);
		CHECK_INT(plan_verify(a, r.plan, &err), 0);
		compare(a, dir, "want.json", pretty(a, r.plan));
	} else {
		compare(a, dir, "want.diag", case_findings(a, &r));
	}
	arena_free(a);
}

static int
by_name(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

int
main(void)
{
	struct arena *a = arena_new(0);
	const char *names[256];
	struct err err = {0};
	struct dirent *e;
	size_t n = 0;
	DIR *d = opendir(CASES);

	if (!d || catalog_load(a, CASE_PACKS, &catalog, &err) < 0) {
		printf("Bail out! %s\n", err.msg);
		return 1;
	}
	while ((e = readdir(d)) != NULL && n < 256)
		if (access(arena_printf(a, CASES "/%s/case.json", e->d_name), F_OK) == 0)
			names[n++] = arena_str(a, e->d_name);
	(void)closedir(d);
	qsort(names, n, sizeof names[0], by_name);
	for (size_t i = 0; i < n; i++) {
		tap_fails_here = 0;
		run_case(arena_printf(a, CASES "/%s", names[i]));
		printf("%s %d - %s\n", tap_fails_here ? "not ok" : "ok", ++tap_n, names[i]);
		tap_failed_tests += tap_fails_here != 0;
	}
	if (n == 0)
		tap_failed_tests++;
	arena_free(a);
	return tap_done();
}
