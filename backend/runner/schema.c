/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hold a JSON output against its JSON Schema. A document up to WHOLE_BYTES_MAX is parsed at once. A
 * larger list of objects, whose schema looks at each item by itself, is checked row by row in bounded
 * memory; any other large document is refused, not waved through.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "core/num.h"
#include "runner/attempt.h"
#include "types/jschema.h"
#include "types/rows.h"

#define WHOLE_BYTES_MAX ((uint64_t)8 * 1024 * 1024) /* a parsed tree may take thirty times that */

struct findings {
	struct receipt_row rows[ATTEMPT_ROWS_MAX];
	size_t n;
	uint64_t total;
};

/* "/12/amount" in a list of rows: row 13, column "amount". */
static void
split_pointer(struct attempt *t, const char *pointer, bool is_rows, struct receipt_row *out)
{
	int64_t index;
	size_t n = pointer[0] == '/' ? strcspn(pointer + 1, "/") : 0;
	out->column = *pointer ? arena_str(t->a, pointer) : NULL;
	if (!is_rows || n == 0 || num_parse(pointer + 1, n, 0, INT32_MAX, &index, NULL) < 0)
		return;
	out->row = (uint64_t)index + 1;
	const char *rest = pointer + 1 + n;
	out->column = *rest ? arena_str(t->a, rest + 1) : NULL;
}

static void
add_finding(struct attempt *t, struct findings *f, const struct jschema_error *e, bool is_rows,
    uint64_t row)
{
	f->total++;
	if (f->n == ATTEMPT_ROWS_MAX)
		return;
	struct receipt_row *r = &f->rows[f->n++];
	*r = (struct receipt_row){.value = arena_str(t->a, e->found),
	    .message = arena_printf(t->a, "expected %s", e->expected)};
	split_pointer(t, e->pointer, is_rows, r);
	if (row)
		r->row = row;
}

static int
fail_schema(struct attempt *t, const struct attempt_output *o, const struct findings *f)
{
	const struct receipt_row *r = &f->rows[0];
	struct receipt_place place = {.file = o->slot->path, .row = r->row};
	const char *row = r->row ? arena_printf(t->a, "row %llu", (unsigned long long)r->row) : "";
	const char *at = r->column ? arena_printf(t->a, "`%s`", r->column) : "";
	attempt_fail_at(t, "contract", true, &place, "The output `%s` (%s) does not keep its schema: "
	    "%s%s%s%sfound %s, %s (%llu such findings in all).", o->slot->name, o->slot->path, row,
	    *row && *at ? ", " : "", at, *row || *at ? ": " : "", r->value, r->message,
	    (unsigned long long)f->total);
	attempt_rows(t, f->rows, f->n, f->total);
	return -1;
}

/* Findings beyond the listed ones are counted, up to this many. */
#define FINDINGS_MAX 1000

static int
check_whole(struct attempt *t, struct arena *scratch, const struct jschema *s,
    const struct attempt_output *o, struct findings *f, struct err *err)
{
	char *text;
	size_t n, nerrors;
	struct jx *doc;
	const struct jschema_error *errors;
	if (lseek(o->fd, 0, SEEK_SET) < 0)
		return err_sys(err, E_IO, "reading %s", o->slot->path);
	if (fd_read_all(scratch, o->fd, WHOLE_BYTES_MAX, &text, &n, err) < 0)
		return -1;
	if (jx_parse(scratch, text, n, NULL, &doc, err) < 0)
		return attempt_fail(t, "contract", true, "The output `%s` (%s) is not strict JSON: %s.",
		    o->slot->name, o->slot->path, err->msg);
	if (jschema_validate(s, scratch, doc, FINDINGS_MAX, &errors, &nerrors))
		return 0;
	for (size_t i = 0; i < nerrors; i++)
		add_finding(t, f, &errors[i], doc->type == JX_ARRAY, 0);
	return 0;
}

/* One row as the text of a list with one object in it. */
static void
row_text(struct buf *b, const struct rows *rows, const struct row *row)
{
	struct jw w;
	buf_char(b, '[');
	jw_init(&w, b);
	jw_object(&w, NULL);
	for (size_t i = 0; i < row->ncells; i++) {
		const struct cell *c = &row->cells[i];
		const char *key = rows_column(rows, i);
		if (c->type == CELL_NULL)
			jw_null(&w, key);
		else if (c->type == CELL_TEXT)
			jw_strn(&w, key, c->p, c->n);
		else if (c->type != CELL_MISSING)
			jw_raw(&w, key, arena_dup(b->a, c->p, c->n));
	}
	jw_end(&w);
	buf_char(b, ']');
}

static int
check_row(struct attempt *t, struct arena *scratch, const struct jschema *s, const struct rows *rows,
    const struct row *row, struct findings *f, struct err *err)
{
	struct buf b;
	struct jx *doc;
	size_t n;
	const struct jschema_error *errors;
	buf_init(&b, scratch);
	row_text(&b, rows, row);
	if (jx_parse(scratch, b.p, b.len, NULL, &doc, err) < 0)
		return err_wrap(err, "row %llu", (unsigned long long)row->row);
	if (!jschema_validate(s, scratch, doc, ATTEMPT_ROWS_MAX, &errors, &n))
		for (size_t i = 0; i < n; i++)
			add_finding(t, f, &errors[i], true, row->row);
	return 0;
}

static int
check_rows(struct attempt *t, struct arena *scratch, const struct jschema *s,
    const struct attempt_output *o, struct findings *f, struct err *err)
{
	struct arena *each = arena_new(0);
	struct rows *rows = rows_new(scratch, o->fd, FORMAT_JSON_ROWS);
	const struct row *row;
	enum rows_result r = rows_open(rows, err);
	int rc = 0;
	while (rc == 0 && r == ROWS_ROW && f->total < FINDINGS_MAX &&
	    (r = rows_next(rows, &row, err)) == ROWS_ROW) {
		rc = check_row(t, each, s, rows, row, f, err);
		arena_clear(each);
	}
	rows_release(rows);
	arena_free(each);
	if (rc == 0 && r == ROWS_ERR)
		return -1;
	if (rc == 0 && r == ROWS_FAULT) /* the parse was found sound before */
		return err_set(err, E_INTERNAL, "%s reads differently twice", o->slot->path);
	return rc;
}

/* Does the schema say something of each item only, so that rows may be looked at one by one? */
static bool
is_item_schema(const struct jx *schema)
{
	static const char *const plain[] = {"type", "items", "title", "description", "$schema", "$id",
	    "$comment", "$defs", "definitions", "default", "examples"};
	if (!jx_is(schema, JX_OBJECT) || !jx_is_str(jx_find(schema, "type"), "array"))
		return false;
	for (size_t i = 0; i < schema->u.object.n; i++) {
		bool is_plain = false;
		for (size_t k = 0; k < sizeof plain / sizeof plain[0]; k++)
			is_plain |= strcmp(schema->u.object.at[i].key, plain[k]) == 0;
		if (!is_plain)
			return false;
	}
	return true;
}

int
schema_verify(struct attempt *t, const struct attempt_output *o, struct err *err)
{
	struct jschema *s;
	struct findings f = {.n = 0};
	enum format format = kind_format(o->profile.kind);
	if (format != FORMAT_JSON && format != FORMAT_JSON_ROWS)
		return attempt_fail(t, "contract", false, "The contract has a JSON Schema for `%s`, which "
		    "is a %s: it cannot be held against it.", o->slot->name, o->slot->kind);
	if (jschema_compile(t->a, o->slot->json_schema, &s, err) < 0)
		return attempt_fail(t, "contract", false, "The JSON Schema of output `%s` cannot be used: "
		    "%s.", o->slot->name, err->msg);
	bool is_large = o->bytes > WHOLE_BYTES_MAX;
	if (is_large && (format != FORMAT_JSON_ROWS || !is_item_schema(o->slot->json_schema)))
		return attempt_fail(t, "limit", false, "The output `%s` (%s) has %llu bytes; a document "
		    "above %llu bytes can be held against a schema only when it is a list of objects and "
		    "the schema looks at each by itself.", o->slot->name, o->slot->path,
		    (unsigned long long)o->bytes, (unsigned long long)WHOLE_BYTES_MAX);
	struct arena *scratch = arena_new(0);
	int rc = is_large ? check_rows(t, scratch, s, o, &f, err)
			  : check_whole(t, scratch, s, o, &f, err);
	arena_free(scratch);
	if (rc == 0 && f.total > 0)
		return fail_schema(t, o, &f);
	return rc;
}
