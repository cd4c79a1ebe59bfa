/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every diagnostic has a page, and the page tells the truth: its failing example gives exactly the
 * rendering that it shows, its fixed example compiles. UPDATE=1 writes the renderings into the pages.
 */
#include "casefile.h"

#define PAGES "docs/diagnostics"

static const struct catalog *catalog;

/* The text of the nth fenced block of a kind, with its place in the page. NULL: there is none. */
static const char *
block(struct arena *a, const char *page, const char *kind, unsigned n, size_t *at, size_t *len)
{
	const char *fence = arena_printf(a, "\n```%s\n", kind);
	const char *p = page, *end;

	for (unsigned i = 0; p && i <= n; i++) {
		p = strstr(p, fence);
		if (p)
			p += strlen(fence);
	}
	end = p ? strstr(p - 1, "\n```\n") : NULL;
	if (!end)
		return NULL;
	*at = (size_t)(p - page);
	*len = end + 1 > p ? (size_t)(end + 1 - p) : 0;
	return arena_dup(a, p, *len);
}

static int
run_block(struct arena *a, const char *page, unsigned n, struct compile_result *r)
{
	struct casefile k;
	struct jx *doc;
	struct err err = {0};
	size_t at, len;
	const char *text = block(a, page, "json", n, &at, &len);
	int result;

	if (!text || jx_parse(a, text, len, NULL, &doc, &err) < 0)
		return case_fail(text ? "example" : "there is no example", &err);
	if (case_open(a, catalog, doc, &k) < 0)
		return -1;
	result = compile_run(a, &k.in, NULL, NULL, r, &err);
	case_close(&k);
	return result < 0 ? case_fail("compile", &err) : 0;
}

/* Words only: pages wrap lines, the list of codes does not. */
static bool
has_words(const char *page, const char *words)
{
	for (const char *p = page; *p; p++) {
		const char *x = p, *y = words;

		while (*y && (*x == *y || (*x == '\n' && *y == ' '))) {
			x++;
			y++;
		}
		if (!*y)
			return true;
	}
	return false;
}

static void
update(struct arena *a, const char *path, const char *page, const char *got)
{
	size_t at, len;
	struct err err;

	if (block(a, page, "text", 0, &at, &len)) {
		const char *out = arena_printf(a, "%.*s%s%s", (int)at, page, got, page + at + len);

		CHECK_INT(file_save(path, out, strlen(out), 0644, &err), 0);
	}
}

static void
check_page(enum diag_code code)
{
	struct arena *a = arena_new(0);
	const char *name = diag_code_name(code), *got, *want;
	const char *path = arena_printf(a, PAGES "/%s.md", name);
	struct compile_result r;
	struct err err = {0};
	size_t n, at, len;
	char *page;

	if (file_load(a, path, 1 << 20, &page, &n, &err) < 0) {
		tap_fails_here++;
		printf("# %s\n", err.msg);
		arena_free(a);
		return;
	}
	CHECK(strncmp(page, arena_printf(a, "# %s: %s\n", name, diag_code_title(code)),
	    strlen(name) + strlen(diag_code_title(code)) + 5) == 0);
	if (!has_words(page, diag_explain(name))) {
		tap_fails_here++;
		printf("# %s does not hold the text of `forgectl explain`\n", path);
	}
	if (run_block(a, page, 0, &r) == 0) {
		got = case_findings(a, &r);
		want = block(a, page, "text", 0, &at, &len);
		CHECK(r.diags.n > 0 && r.diags.at[0]->code == code);
		/* A warning comes with a plan. */
		CHECK(r.diags.n > 0 && r.is_ok == (r.diags.at[0]->severity == DIAG_WARNING));
		if (getenv("UPDATE"))
			update(a, path, page, got);
		else if (!want || strcmp(want, got) != 0) {
			tap_fails_here++;
			printf("# %s shows another rendering than the compiler gives:\n%s", path, got);
		}
	} else {
		tap_fails_here++;
	}
	if (run_block(a, page, 1, &r) == 0) {
		if (!r.is_ok)
			printf("# %s, fixed:\n%s", path, case_findings(a, &r));
		CHECK(r.is_ok);
		for (size_t i = 0; i < r.diags.n; i++)
			CHECK(r.diags.at[i]->code != code);
		CHECK(r.is_ok && plan_verify(a, r.plan, &err) == 0);
	} else {
		tap_fails_here++;
	}
	arena_free(a);
}

static void
no_page_stands_for_nothing(void)
{
	DIR *d = opendir(PAGES);
	struct dirent *e;

	CHECK(d != NULL);
	while (d && (e = readdir(d)) != NULL) {
		char name[7];

		if (strncmp(e->d_name, "FC", 2) != 0)
			continue;
		memcpy(name, e->d_name, 6);
		name[6] = '\0';
		if (diag_find(name) == FC__COUNT)
			printf("# %s\n", e->d_name);
		CHECK(diag_find(name) != FC__COUNT);
	}
	if (d)
		(void)closedir(d);
	CHECK(!diag_explain("FC9999"));
}

int
main(void)
{
	struct arena *a = arena_new(0);
	struct err err = {0};

	if (catalog_load(a, CASE_PACKS, &catalog, &err) < 0) {
		printf("Bail out! %s\n", err.msg);
		return 1;
	}
	for (enum diag_code c = 0; c < FC__COUNT; c++) {
		tap_fails_here = 0;
		check_page(c);
		printf("%s %d - %s\n", tap_fails_here ? "not ok" : "ok", ++tap_n, diag_code_name(c));
		tap_failed_tests += tap_fails_here != 0;
	}
	RUN(no_page_stands_for_nothing);
	arena_free(a);
	return tap_done();
}
