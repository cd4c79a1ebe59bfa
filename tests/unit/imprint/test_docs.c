/* SPDX-License-Identifier: Apache-2.0 */
/* docs/IMPRINT.md: every code is there with its meaning, and its example does what the row says. */
#include <dirent.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "imprint/imprint.h"
#include "tap.h"

#define DOC "docs/IMPRINT.md"

static char *doc;

static char *
loaded(struct arena *a, const char *path)
{
	struct err err = {0};
	char *text = NULL;
	size_t n;

	CHECK_INT(file_load(a, path, 8u << 20, &text, &n, &err), 0);
	return text ? text : arena_str(a, "");
}

/* The cells of the row that begins with `name`, without the backquotes around them; "\|" is "|". False: no row. */
static bool
row(struct arena *a, const char *name, const char *cells[5], size_t want)
{
	const char *p = strstr(doc, arena_printf(a, "\n| `%s` |", name));
	size_t n = 0;

	if (!p)
		return false;
	for (p += 2; *p && *p != '\n' && n < want; n++) {
		struct buf b;
		size_t len;

		buf_init(&b, a);
		for (; *p && *p != '\n' && *p != '|'; p++) {
			if (p[0] == '\\' && p[1] == '|')
				p++;
			buf_char(&b, *p);
		}
		p += *p == '|';
		len = b.len;
		while (len > 0 && b.p[len - 1] == ' ')
			len--;
		while (len > 0 && *b.p == ' ') {
			b.p++;
			len--;
		}
		if (len >= 2 && b.p[0] == '`' && b.p[len - 1] == '`') {
			b.p++;
			len -= 2;
		}
		cells[n] = arena_dup(a, b.p, len);
	}
	return n == want;
}

/* What the schema and the fill of a row come to: the first finding. */
static int
tried(struct arena *a, const char *schema, const char *filled, struct imp_diags *d)
{
	struct buf b, list;
	struct imprint *im;
	const char *op = NULL;
	struct jx *ops;
	struct err err;
	int rc;

	imp_diags_init(d, a);
	buf_init(&b, a);
	buf_init(&list, a);
	if (imprint_open(a, &(struct imprint_source){.text = schema, .text_bytes = strlen(schema)}, &im, d) < 0)
		return -1;
	if (imprint_is_api(im)) {
		CHECK_INT(imprint_ops(im, &list, d), 0);
		CHECK_INT(jx_parse(a, list.p, list.len, NULL, &ops, &err), 0);
		ops = ops->type == JX_OBJECT ? ops->u.object.at[0].value : ops;
		op = arena_printf(a, "%s %s", jx_str(jx_find(jx_at(ops, 0), "method"), ""), jx_str(jx_find(jx_at(ops, 0), "path"), ""));
	}
	rc = imprint_encode(im, op, NULL, &(struct encode_options){0}, &b, d);
	if (rc < 0 || strcmp(filled, "\xe2\x80\x93") == 0) {
		if (rc == 0 && d->n == 0) /* most warnings stand in the envelope */
			(void)imp_add(d, IMP_PARSE, "", "%s", b.p);
		return rc;
	}
	imp_diags_init(d, a);
	return imprint_decode_text(im, op, NULL, filled, strlen(filled), false, false, &b, NULL, d);
}

static bool
is_prose(const char *cell)
{
	return cell[0] != '{' && cell[0] != '[' && cell[0] != '"' && !(cell[0] >= '0' && cell[0] <= '9' && !strchr(cell, ' '))
	    && strcmp(cell, "\xe2\x80\x93") != 0;
}

static void
every_code_has_a_row_and_its_example_says_so(void)
{
	size_t run = 0;

	for (unsigned c = 0; c < IMP__COUNT; c++) {
		struct arena *a = arena_new(0);
		const char *name = imp_code_name((enum imp_code)c), *cells[5] = {0};
		struct imp_diags d;

		if (!row(a, name, cells, 5)) {
			printf("# %s has no row\n", name);
			tap_fails_here++;
			arena_free(a);
			continue;
		}
		CHECK_STR(cells[1], imp_code_meaning((enum imp_code)c));
		if (!is_prose(cells[2]) && !is_prose(cells[3])) {
			int rc = tried(a, cells[2], cells[3], &d);
			bool is_warning = imp_is_warning((enum imp_code)c);
			const char *got = d.n ? imp_code_name(d.at[0].code) : "", *at = d.n ? d.at[0].pointer : "";

			run++;
			if (is_warning ? rc != 0 || (strcmp(got, name) != 0 && (d.n == 0 || !strstr(d.at[0].message, name)))
				       : rc == 0 || strcmp(got, name) != 0 || strcmp(at, cells[4]) != 0) {
				printf("# %s: the example gives %d %s at '%s': %s\n", name, rc, got, at, d.n ? d.at[0].message : "");
				tap_fails_here++;
			}
		}
		arena_free(a);
	}
	CHECK_INT(run, IMP__COUNT - 4); /* depth, the operation, folding and long lists are said in words */
}

/* Every literal of a set of sources that passes is_name stands in the page. */
static void
names_check(const char *prefix, bool (*is_name)(const char *s, size_t n), size_t at_least)
{
	struct arena *a = arena_new(0);
	DIR *dir = opendir("backend/imprint");
	size_t n = 0;

	CHECK(dir != NULL);
	for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
		if (strncmp(e->d_name, prefix, strlen(prefix)) != 0 || !strstr(e->d_name, ".c"))
			continue;
		for (const char *p = loaded(a, arena_printf(a, "backend/imprint/%s", e->d_name)); (p = strchr(p, '"')) != NULL; p++) {
			size_t len = strcspn(p + 1, "\"\\\n");

			if (p[1 + len] != '"' || !is_name(p + 1, len))
				continue;
			n++;
			if (!strstr(doc, arena_printf(a, "`%.*s`", (int)len, p + 1))) {
				printf("# %.*s is not in the page\n", (int)len, p + 1);
				tap_fails_here++;
			}
		}
	}
	CHECK(n >= at_least);
	if (dir)
		(void)closedir(dir);
	arena_free(a);
}

static bool
is_repair(const char *s, size_t n)
{
	return n > 4 && memcmp(s, "FIX_", 4) == 0;
}

/* "member-removed": small letters and at least one hyphen between them. */
static bool
is_kind(const char *s, size_t n)
{
	size_t hyphens = 0;

	for (size_t i = 0; i < n; i++) {
		hyphens += s[i] == '-' && i > 0 && i + 1 < n;
		if (s[i] != '-' && (s[i] < 'a' || s[i] > 'z'))
			return false;
	}
	return hyphens > 0;
}

static void
every_repair_is_in_the_page(void)
{
	names_check("repair", is_repair, 20);
}

static void
every_kind_of_change_is_in_the_page(void)
{
	names_check("diff", is_kind, 50);
}

int
main(void)
{
	struct arena *a = arena_new(0);

	doc = loaded(a, DOC);
	RUN(every_code_has_a_row_and_its_example_says_so);
	RUN(every_repair_is_in_the_page);
	RUN(every_kind_of_change_is_in_the_page);
	arena_free(a);
	return tap_done();
}
