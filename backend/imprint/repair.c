/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/repair.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/utf8.h"
#include "imprint/repair_read.h"

#define BYTES_MAX_DEFAULT ((size_t)64 << 20)
#define DEPTH_MAX_DEFAULT 512u
#define DEPTH_MAX_HIGHEST 4096u

static int
by_offset(const void *x, const void *y)
{
	const struct repair *a = x, *b = y;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return (a->bytes > b->bytes) - (a->bytes < b->bytes);
}

/* Repairs in the order of their places; they nearly are already. */
static void
sort_repairs(struct repair *fixes, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (fixes[i].offset < fixes[i - 1].offset) {
			qsort(fixes, n, sizeof *fixes, by_offset);
			return;
		}
}

static struct repair_reader
reader_of(struct arena *a, const char *text, size_t n, unsigned depth_max, struct imp_diags *d)
{
	return (struct repair_reader){.a = a, .start = text, .p = text, .end = text + n, .given = text, .given_bytes = n,
	    .depth_max = depth_max, .d = d};
}

/* What jx_parse refused: duplicate names and depth have codes of their own, and duplicates may be allowed. */
static bool
strict_refusal(struct arena *a, const char *text, size_t n, const struct repair_options *opt, unsigned depth_max,
    const struct err *err, struct repaired *out, struct imp_diags *d)
{
	struct imp_diags mine;
	struct repair_reader r = reader_of(a, text, n, depth_max, &mine);
	struct jx *v;
	struct imp_diag *g;
	bool is_read, has_other = false;

	imp_diags_init(&mine, a);
	r.allow_duplicates = opt->allow_duplicates;
	is_read = repair_find(&r, &v);
	for (size_t i = 0; i < r.n_fixes; i++)
		has_other = has_other || strcmp(r.fixes[i].code, "FIX_DUPLICATE") != 0;
	if (is_read && r.n_fixes && !has_other) {
		*out = (struct repaired){.value = v, .is_complete = true, .repairs = r.fixes, .n_repairs = r.n_fixes};
		return true;
	}
	if (!is_read && !has_other && (mine.at[0].code == IMP_DUPKEY || mine.at[0].code == IMP_DEPTH)) {
		g = imp_add(d, mine.at[0].code, mine.at[0].pointer, "%s", mine.at[0].message);
		g->line = mine.at[0].line;
		g->column = mine.at[0].column;
		return false;
	}
	(void)imp_add(d, IMP_PARSE, "", "%s", err->msg);
	return false;
}

bool
repair_parse(struct arena *a, const char *text, size_t n, const struct repair_options *opt, struct repaired *out,
    struct imp_diags *d)
{
	static const struct repair_options none = {0};
	struct jx_options jx = {.allow_nul = true};
	struct repair_reader r;
	struct jx *v;
	struct err err;

	opt = opt ? opt : &none;
	jx.bytes_max = opt->bytes_max ? opt->bytes_max : BYTES_MAX_DEFAULT;
	jx.depth_max = opt->depth_max ? opt->depth_max : DEPTH_MAX_DEFAULT;
	if (jx.depth_max > DEPTH_MAX_HIGHEST)
		jx.depth_max = DEPTH_MAX_HIGHEST;
	if (jx_parse(a, text, n, &jx, &v, &err) == 0) {
		*out = (struct repaired){.value = v, .is_complete = true};
		return true;
	}
	if (n > jx.bytes_max || n > UINT32_MAX || utf8_check(text, n) < n) {
		(void)imp_add(d, IMP_PARSE, "", "%s", err.msg);
		return false;
	}
	if (opt->is_strict)
		return strict_refusal(a, text, n, opt, jx.depth_max, &err, out, d);
	r = reader_of(a, text, n, jx.depth_max, d);
	if (!repair_find(&r, &v))
		return false;
	sort_repairs(r.fixes, r.n_fixes);
	*out = (struct repaired){.value = v, .is_complete = !r.is_cut && r.missing == 0 && r.quotes % 2 == 0,
	    .repairs = r.fixes, .n_repairs = r.n_fixes};
	INVARIANT(r.n_fixes > 0);
	return true;
}

void
repair_array(struct jw *w, const char *key, const struct repaired *r)
{
	jw_array(w, key);
	for (size_t i = 0; i < r->n_repairs; i++) {
		const struct repair *x = &r->repairs[i];
		jw_object(w, NULL);
		jw_str(w, "code", x->code);
		jw_uint(w, "offset", x->offset);
		jw_uint(w, "bytes", x->bytes);
		jw_str(w, "note", x->note);
		if (x->pointer)
			jw_str(w, "pointer", x->pointer);
		jw_end(w);
	}
	jw_end(w);
}

bool
repair_json(struct arena *a, const char *text, size_t n, const struct repair_options *opt, struct buf *out)
{
	struct repaired rep;
	struct imp_diags d;
	struct jw w;
	bool ok;

	imp_diags_init(&d, a);
	ok = repair_parse(a, text, n, opt, &rep, &d);
	jw_init(&w, out);
	jw_object(&w, NULL);
	if (ok) {
		jw_value(&w, "value", rep.value);
		jw_bool(&w, "complete", rep.is_complete);
		repair_array(&w, "repairs", &rep);
	} else {
		jw_bool(&w, "ok", false);
		imp_diags_json(&w, "diagnostics", &d);
	}
	jw_end(&w);
	return ok;
}
