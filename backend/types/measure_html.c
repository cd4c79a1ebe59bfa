/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "types/measure.h"
#include "types/page.h"
#include "types/profiler.h"
#include "types/scan.h"

/*
 * Not an HTML parser: browsers take nearly anything. What is found here are the signs of a page
 * that was cut short or put together wrongly: a tag, quote, comment, script or style that never
 * ends, no
 * </html>, and blocks whose opening and closing tags do not add up (a note).
 */
#define NAME_BYTES 12

enum state {
	STATE_TEXT,
	STATE_OPEN, /* behind '<' */
	STATE_NAME,
	STATE_INSIDE, /* a tag's attributes, or a declaration */
	STATE_QUOTE,
	STATE_COMMENT,
	STATE_RAW /* inside script, style, textarea or title */
};
static const char *const counted[] = {"div", "table", "section", "ul", "ol", "script", "style"};
#define NCOUNTED (sizeof counted / sizeof *counted)

struct page {
	enum state state;
	bool is_closing;
	char name[NAME_BYTES]; /* lower case, cut */
	size_t name_n;
	char quote;
	char last[3];         /* the bytes before, newest first, for "-->" */
	char raw[NAME_BYTES]; /* the element that RAW waits for */
	size_t raw_match;     /* bytes of "</name" seen */
	uint64_t line;
	uint64_t begun_line; /* where the open construct began */
	uint64_t opened[NCOUNTED];
	uint64_t closed[NCOUNTED];
	bool has_end;
};

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static void
tag_named(struct page *g)
{
	g->name[g->name_n] = '\0';
	for (size_t i = 0; i < NCOUNTED; i++)
		if (strcmp(g->name, counted[i]) == 0) {
			if (g->is_closing)
				g->closed[i]++;
			else
				g->opened[i]++;
		}
	if (g->is_closing && strcmp(g->name, "html") == 0)
		g->has_end = true;
}

/* A tag is complete. Some elements hold text in which '<' means nothing until they are closed. */
static void
tag_closed(struct page *g)
{
	static const char *const raw[] = {"script", "style", "textarea", "title"};

	g->state = STATE_TEXT;
	for (size_t i = 0; !g->is_closing && i < sizeof raw / sizeof *raw; i++)
		if (strcmp(g->name, raw[i]) == 0) {
			g->state = STATE_RAW;
			memcpy(g->raw, g->name, sizeof g->raw);
			g->raw_match = 0;
			g->begun_line = g->line;
		}
}

static void
take_open(struct page *g, char c)
{
	g->name_n = 0;
	g->name[0] = '\0';
	g->is_closing = c == '/';
	if (c == '/' || (lower(c) >= 'a' && lower(c) <= 'z')) {
		g->state = STATE_NAME;
		if (c != '/')
			g->name[g->name_n++] = lower(c);
	} else {
		g->state = c == '!' || c == '?' ? STATE_INSIDE : STATE_TEXT;
	}
	g->begun_line = g->line;
}

static void
take_name(struct page *g, char c)
{
	if (c != '>' && c != '/' && !is_space(c)) {
		if (g->name_n < NAME_BYTES - 1)
			g->name[g->name_n++] = lower(c);
		return;
	}
	tag_named(g);
	if (c == '>')
		tag_closed(g);
	else
		g->state = STATE_INSIDE;
}

static void
take_inside(struct page *g, char c)
{
	if (c == '>') {
		tag_closed(g);
	} else if ((c == '"' || c == '\'') && (g->last[0] == '=' || is_space(g->last[0]))) {
		g->quote = c;
		g->state = STATE_QUOTE;
		g->begun_line = g->line;
	} else if (c == '-' && g->last[0] == '-' && g->last[1] == '!' && g->last[2] == '<') {
		g->state = STATE_COMMENT;
	}
}

/* Wait for "</script" and so on. */
static void
take_raw(struct page *g, char c)
{
	char want = g->raw_match == 0 ? '<' : g->raw_match == 1 ? '/' : g->raw[g->raw_match - 2];

	if (g->raw_match >= 2 && want == '\0') {
		if (is_space(c) || c == '>' || c == '/') {
			g->is_closing = true;
			memcpy(g->name, g->raw, sizeof g->name);
			g->name_n = strlen(g->name);
			take_name(g, c);
			return;
		}
		g->raw_match = 0;
	}
	if (lower(c) == want)
		g->raw_match++;
	else
		g->raw_match = c == '<';
}

static void
take_byte(struct page *g, char c)
{
	g->line += c == '\n';
	switch (g->state) {
	case STATE_TEXT:
		if (c == '<')
			g->state = STATE_OPEN;
		break;
	case STATE_OPEN: take_open(g, c); break;
	case STATE_NAME: take_name(g, c); break;
	case STATE_INSIDE: take_inside(g, c); break;
	case STATE_QUOTE:
		if (c == g->quote)
			g->state = STATE_INSIDE;
		break;
	case STATE_COMMENT:
		if (c == '>' && g->last[0] == '-' && g->last[1] == '-')
			g->state = STATE_TEXT;
		break;
	case STATE_RAW: take_raw(g, c); break;
	}
	g->last[2] = g->last[1];
	g->last[1] = g->last[0];
	g->last[0] = c;
}

static int
scan_page(struct profiler *p, struct page *g, struct err *err)
{
	struct scan *s = scan_new(p->a, scan_read_fd, scan_fd_new(p->a, p->fd), 0);
	int rc = 0;

	while (rc == 0 && !scan_at_eof(s)) {
		rc = scan_more(s, err);
		for (const char *at = scan_at(s); rc == 0 && at < scan_end(s); at++)
			take_byte(g, *at);
		if (rc == 0)
			scan_take(s, scan_end(s));
	}
	scan_release(s);
	return rc;
}

static const char *
open_words(enum state state)
{
	switch (state) {
	case STATE_TEXT: return NULL;
	case STATE_OPEN:
	case STATE_NAME:
	case STATE_INSIDE: return "a tag";
	case STATE_QUOTE: return "a quoted attribute";
	case STATE_COMMENT: return "a comment";
	case STATE_RAW: return "a script, style or title";
	}
	NEVER("page states are closed");
}

static void
judge(struct profiler *p, const struct page *g)
{
	const char *open = open_words(g->state);

	if (p->out->sniffed != FORMAT_HTML) {
		measure_fault(p, 1, 1, 0,
		    "an HTML page begins with <!doctype html> or <html>; this file does not");
		return;
	}
	if (open) {
		measure_fault(p, g->begun_line, 0, p->out->bytes,
		    "line %" PRIu64 ": %s begins here and never ends; the page is cut "
		    "short or a quote is missing",
		    g->begun_line, open);
		return;
	}
	if (!g->has_end) {
		measure_fault(
		    p, g->line, 0, p->out->bytes, "the page has no </html>; it may be cut short");
		return;
	}
	for (size_t i = 0; i < NCOUNTED; i++)
		if (g->opened[i] != g->closed[i])
			profiler_note(p,
			    "HTML: <%s> is opened %" PRIu64 " times and closed %" PRIu64 " times.",
			    counted[i], g->opened[i], g->closed[i]);
}

static int
read_page(struct profiler *p, struct page *page, struct err *err)
{
	struct scan *s = scan_new(p->a, scan_read_fd, scan_fd_new(p->a, p->fd), 0);
	int rc = 0;

	while (rc == 0 && !scan_at_eof(s)) {
		rc = scan_more(s, err);
		if (rc == 0) {
			page_feed(page, scan_at(s), (size_t)(scan_end(s) - scan_at(s)));
			scan_take(s, scan_end(s));
		}
	}
	scan_release(s);
	return rc;
}

/* What a page holds. A report must stand alone and lie still: what breaks that is said. */
static int
summarize(struct profiler *p, struct err *err)
{
	const struct page_facts *f;
	struct page *page;
	struct buf b;
	struct jw w;

	if (p->out->bytes > PAGE_BYTES_MAX) {
		profiler_note(p, "HTML: the page has more than %llu MiB; its form was checked, what is in it was not listed.",
		    (unsigned long long)(PAGE_BYTES_MAX >> 20));
		return 0;
	}
	page = page_new(p->a, NULL, NULL);
	if (read_page(p, page, err) < 0)
		return -1;
	f = page_end(page);
	buf_init(&b, p->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	page_write(page, &w);
	if (p->out->kind == KIND_REPORT_HTML)
		jw_bool(&w, "self_contained", f->externals == 0 && f->scripts == 0 && f->frames == 0);
	jw_end(&w);
	measure_summary(p, &b);
	if (f->is_cut)
		profiler_note(p, "HTML: elements are nested deeper than %u; what is below was not listed.", PAGE_DEPTH_MAX);
	if (p->out->kind != KIND_REPORT_HTML)
		return 0;
	if (f->externals)
		profiler_note(p,
		    "HTML: the page loads %" PRIu64 " resource%s from elsewhere; a report stands alone: put them into the page.",
		    f->externals, f->externals == 1 ? "" : "s");
	if (f->scripts || f->handlers)
		profiler_note(p, "HTML: the page has %" PRIu64 " script%s and %" PRIu64
		    " event handlers; a report is shown without scripts.",
		    f->scripts, f->scripts == 1 ? "" : "s", f->handlers);
	return 0;
}

int
measure_html(struct profiler *p, struct err *err)
{
	struct page g = {.line = 1, .begun_line = 1};

	if (measure_text(p, err) < 0)
		return -1;
	if (!p->out->parse_ok)
		return 0;
	if (scan_page(p, &g, err) < 0)
		return -1;
	judge(p, &g);
	return p->out->parse_ok ? summarize(p, err) : 0;
}
