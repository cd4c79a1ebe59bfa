/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/diag.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"

static const struct {
	const char *name;
	enum diag_severity severity;
	const char *title;
	const char *text;
} table[FC__COUNT] = {
#define D(code, severity, title, text) [code] = {#code, severity, title, text},
#include "compiler/diag.def"
#undef D
};
static const char *const severity_name[DIAG__COUNT] = {"error", "warning", "note"};

void
diags_init(struct diags *d, struct arena *a)
{
	*d = (struct diags){.a = a};
}

struct diag *
diag_add(struct diags *d, enum diag_code code, const char *fmt, ...)
{
	struct diag *g = ARENA_NEW(d->a, struct diag);
	va_list ap;

	INVARIANT(code < FC__COUNT);
	g->code = code;
	g->severity = table[code].severity;
	va_start(ap, fmt);
	g->message = arena_vprintf(d->a, fmt, ap);
	va_end(ap);
	if (g->severity == DIAG_ERROR)
		d->nerrors++;
	if (d->n == DIAGS_MAX) {
		d->dropped++;
		return g;
	}
	if (d->n == d->cap) {
		size_t cap = d->cap ? d->cap * 2 : 8;
		struct diag **at = ARENA_ARRAY(d->a, cap, struct diag *);

		if (d->n > 0)
			memcpy(at, d->at, d->n * sizeof *at);
		d->at = at;
		d->cap = cap;
	}
	d->at[d->n++] = g;
	return g;
}

void
diag_note(struct diags *d, struct diag *g, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	g->note = arena_vprintf(d->a, fmt, ap);
	va_end(ap);
}

void
diag_help(struct diags *d, struct diag *g, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	g->help = arena_vprintf(d->a, fmt, ap);
	va_end(ap);
}

void
diag_label(struct diags *d, struct diag *g, const char *file, uint64_t row, uint32_t column,
    const char *fmt, ...)
{
	va_list ap;

	if (g->nlabels == DIAG_LABELS_MAX)
		return;
	va_start(ap, fmt);
	g->labels[g->nlabels++] = (struct diag_label){
	    .file = file, .row = row, .column = column, .text = arena_vprintf(d->a, fmt, ap)};
	va_end(ap);
}

/* Code points in the first n bytes. */
static uint32_t
points(const char *s, size_t n)
{
	uint32_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

/* Byte index of code point number at, or the length. */
static size_t
byte_of(const char *s, uint32_t at)
{
	size_t i = 0;

	for (; s[i]; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80 && at-- == 0)
			break;
	return i;
}

#define SOURCE_POINTS_MAX 96u
#define SOURCE_LEAD 24u

/* Long lines are cut to a window around the carets, so that they stay visible on a terminal. */
struct diag_source *
diag_source(struct diags *d, struct diag *g, uint64_t line, const char *text, uint32_t caret_at,
    uint32_t caret_n)
{
	struct diag_source *s = &g->sources[g->nsources < DIAG_SOURCES_MAX ? g->nsources : 0];
	uint32_t n = points(text, strlen(text)), from = 0, shown = n;
	const char *lead = "", *trail = "";
	char *copy;

	if (g->nsources < DIAG_SOURCES_MAX)
		g->nsources++;
	if (n > SOURCE_POINTS_MAX) {
		if (caret_at > SOURCE_POINTS_MAX - SOURCE_LEAD) {
			from = caret_at - SOURCE_LEAD;
			lead = "…";
		}
		shown = n - from;
		if (shown > SOURCE_POINTS_MAX) {
			shown = SOURCE_POINTS_MAX;
			trail = "…";
		}
	}
	copy = arena_printf(d->a, "%s%.*s%s", lead,
	    (int)(byte_of(text, from + shown) - byte_of(text, from)), text + byte_of(text, from),
	    trail);
	for (char *p = copy; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	if (caret_at > from + shown)
		caret_at = from + shown;
	if (caret_n > from + shown - caret_at)
		caret_n = from + shown - caret_at;
	*s = (struct diag_source){
	    .line = line,
	    .text = copy,
	    .caret_at = caret_at - from + (lead[0] ? 1 : 0),
	    .caret_n = caret_n,
	};
	return s;
}

const char *
diag_count(struct diags *d, uint64_t n)
{
	char digits[24], out[32];
	int len = snprintf(digits, sizeof digits, "%" PRIu64, n);
	size_t k = 0;

	INVARIANT(len > 0);
	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[k++] = ',';
		out[k++] = digits[i];
	}
	return arena_dup(d->a, out, k);
}

const char *
diag_code_name(enum diag_code code)
{
	INVARIANT(code < FC__COUNT);
	return table[code].name;
}

const char *
diag_code_title(enum diag_code code)
{
	INVARIANT(code < FC__COUNT);
	return table[code].title;
}

enum diag_code
diag_find(const char *name)
{
	for (enum diag_code c = 0; c < FC__COUNT; c++)
		if (strcmp(table[c].name, name) == 0)
			return c;
	return FC__COUNT;
}

const char *
diag_explain(const char *name)
{
	enum diag_code code = diag_find(name);

	return code == FC__COUNT ? NULL : table[code].text;
}

/* The terminal's colours; all empty without. */
struct paint {
	const char *bad, *bold, *dim, *off;
};

static void
text_place(struct buf *b, const struct diag_place *p, const struct paint *c)
{
	const char *sep = "";

	if (!p->file && !p->step && !p->where && !p->pointer)
		return;
	buf_printf(b, "%s  -->%s ", c->dim, c->off);
	if (p->where) {
		buf_printf(b, "%s", p->where);
		sep = ", ";
	} else if (p->step) {
		buf_printf(b, "step `%s`", p->step);
		sep = ", ";
	}
	if (p->file) {
		buf_printf(b, "%s%s", sep, p->file);
		sep = ", ";
		if (p->line > 0)
			buf_printf(b, ", line %u", p->line);
		if (p->row > 0)
			buf_printf(b, ", row %" PRIu64, p->row);
		if (p->column > 0)
			buf_printf(b, ", column %u", p->column);
	}
	if (p->pointer && p->pointer[0] && p->line > 0)
		buf_printf(b, "%s%s", sep, p->pointer);
	buf_char(b, '\n');
}

static void
text_source(struct buf *b, const struct diag_source *s, int margin, const struct paint *c)
{
	if (s->line > 0)
		buf_printf(b, "%s%*" PRIu64 " |%s %s\n", c->dim, margin, s->line, c->off, s->text);
	else
		buf_printf(b, "%s%*s |%s %s%s\n", c->dim, margin, "", c->off,
		    s->caret_n ? "" : " ", s->text);
	if (s->caret_n == 0)
		return;
	buf_printf(b, "%s%*s |%s %*s%s", c->dim, margin, "", c->off, (int)s->caret_at, "", c->bad);
	for (uint32_t i = 0; i < s->caret_n; i++)
		buf_char(b, '^');
	buf_printf(b, "%s%s%s\n", s->label ? " " : "", s->label ? s->label : "", c->off);
}

static int
margin_of(const struct diag *g)
{
	int width = 2;

	for (size_t i = 0; i < g->nsources; i++) {
		char digits[24];
		int n = snprintf(digits, sizeof digits, "%" PRIu64, g->sources[i].line);

		if (g->sources[i].line > 0 && n + 1 > width)
			width = n + 1;
	}
	return width;
}

static void
text_tail(struct buf *b, const char *word, const char *text, int margin, const struct paint *c)
{
	if (!text)
		return;
	buf_printf(b, "%s%*s =%s %s%s:%s ", c->dim, margin, "", c->off, c->bold, word, c->off);
	for (const char *p = text; *p; p++) {
		buf_char(b, *p);
		if (*p == '\n')
			buf_printf(b, "%*s   ", margin, "");
	}
	buf_char(b, '\n');
}

void
diag_text(struct buf *b, const struct diag *g, bool colour)
{
	static const struct paint plain = {"", "", "", ""};
	static const struct paint painted = {"\033[1;31m", "\033[1m", "\033[36m", "\033[0m"};
	const struct paint *c = colour ? &painted : &plain;
	int margin = margin_of(g);

	buf_printf(b, "%s%s[%s]%s%s: %s%s\n", c->bad, severity_name[g->severity],
	    table[g->code].name, c->off, c->bold, g->message, c->off);
	text_place(b, &g->place, c);
	if (g->nsources > 0 && g->sources[0].line > 0)
		buf_printf(b, "%s%*s |%s\n", c->dim, margin, "", c->off);
	for (size_t i = 0; i < g->nsources; i++)
		text_source(b, &g->sources[i], margin, c);
	for (size_t i = 0; i < g->nlabels; i++) {
		const struct diag_label *l = &g->labels[i];

		buf_printf(b, "%s%*s :%s ", c->dim, margin, "", c->off);
		if (l->file)
			buf_printf(b, "%s", l->file);
		if (l->file && l->row > 0)
			buf_printf(b, ", row %" PRIu64, l->row);
		if (l->file && l->column > 0)
			buf_printf(b, ", column %u", l->column);
		buf_printf(b, "%s%s\n", l->file ? ": " : "", l->text);
	}
	text_tail(b, "note", g->note, margin, c);
	text_tail(b, "help", g->help, margin, c);
}

void
diags_text(struct buf *b, const struct diags *d, bool colour)
{
	size_t shown = 0;

	for (size_t i = 0; i < d->n; i++) {
		if (i > 0)
			buf_char(b, '\n');
		diag_text(b, d->at[i], colour);
		shown += d->at[i]->severity == DIAG_ERROR;
	}
	if (d->nerrors == 0)
		return;
	buf_printf(b, "\n%zu error%s", d->nerrors, d->nerrors == 1 ? "" : "s");
	if (d->dropped > 0)
		buf_printf(b, " (%zu shown)", shown);
	buf_str(b, "; `forgectl explain CODE` says more about each\n");
}

static void
json_pos(struct jw *w, const char *key, uint64_t v)
{
	if (v > 0)
		jw_uint(w, key, v);
	else
		jw_null(w, key);
}

static void
json_span(struct jw *w, const struct diag *g)
{
	for (size_t i = 0; i < g->nsources; i++) {
		const struct diag_source *s = &g->sources[i];

		if (s->caret_n == 0)
			continue;
		jw_object(w, "span");
		jw_str(w, "text", s->text);
		jw_uint(w, "at", s->caret_at);
		jw_uint(w, "n", s->caret_n);
		jw_end(w);
		return;
	}
	jw_null(w, "span");
}

void
diag_json(struct jw *w, const char *key, const struct diag *g)
{
	jw_object(w, key);
	jw_str(w, "schema", "forge.diag.v1");
	jw_str(w, "code", table[g->code].name);
	jw_str(w, "severity", severity_name[g->severity]);
	jw_str(w, "title", table[g->code].title);
	jw_str(w, "message", g->message);
	jw_object(w, "place");
	jw_str(w, "file", g->place.file);
	json_pos(w, "row", g->place.row);
	json_pos(w, "column", g->place.column);
	jw_str(w, "step", g->place.step);
	jw_str(w, "pointer", g->place.pointer);
	json_pos(w, "line", g->place.line);
	json_span(w, g);
	jw_end(w);
	jw_array(w, "labels");
	for (size_t i = 0; i < g->nlabels; i++) {
		jw_object(w, NULL);
		jw_str(w, "file", g->labels[i].file);
		json_pos(w, "row", g->labels[i].row);
		json_pos(w, "column", g->labels[i].column);
		jw_str(w, "text", g->labels[i].text);
		jw_end(w);
	}
	/* Lines of the source without carets carry the numbers; a reader of JSON wants them too. */
	for (size_t i = 0; i < g->nsources; i++) {
		if (g->sources[i].line > 0 || g->sources[i].caret_n > 0)
			continue;
		jw_object(w, NULL);
		jw_null(w, "file");
		jw_null(w, "row");
		jw_null(w, "column");
		jw_str(w, "text", g->sources[i].text);
		jw_end(w);
	}
	jw_end(w);
	jw_str(w, "note", g->note);
	jw_str(w, "help", g->help);
	if (g->fix)
		jw_raw(w, "fix", g->fix);
	else
		jw_null(w, "fix");
	jw_end(w);
}

void
diags_json(struct jw *w, const char *key, const struct diags *d)
{
	jw_array(w, key);
	for (size_t i = 0; i < d->n; i++)
		diag_json(w, NULL, d->at[i]);
	jw_end(w);
}
