/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Markdown text holds, line by line: the block structure of CommonMark 0.31 and GitHub's
 * tables as far as an outline needs it. Any text is sound Markdown; nothing is refused here.
 */
#include <inttypes.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "types/lines.h"
#include "types/measure.h"
#include "types/profiler.h"
#include "types/tally.h"

#define HEADINGS_MAX 200
#define LINKS_MAX 100
#define LANGUAGES_MAX 32

struct markdown {
	struct profiler *p;
	struct buf headings;
	struct jw w;
	uint64_t nheadings, nlinks, nimages, ntables, nblocks;
	struct listing links, images;
	struct tally languages;
	char fence;           /* of the open code block, or 0 */
	size_t fence_n;
	uint64_t fence_line;
	char last[256];       /* the line before, cut; "" when it cannot be a paragraph */
	bool is_table;        /* the rows of one go on */
	bool is_front;        /* between the first line's "---" and the next */
	bool has_front;
};

static void
add_heading(struct markdown *m, const char *p, size_t n, unsigned level, uint64_t line)
{
	char text[201];

	while (n > 0 && (*p == ' ' || *p == '\t')) {
		p++;
		n--;
	}
	while (n > 0 && (p[n - 1] == '#' || p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	n = text_cut(p, n, sizeof text - 1);
	if (m->nheadings++ >= HEADINGS_MAX)
		return;
	memcpy(text, p, n);
	text[n] = '\0';
	jw_object(&m->w, NULL);
	jw_str(&m->w, "text", text);
	jw_uint(&m->w, "level", level);
	jw_uint(&m->w, "line", line);
	jw_end(&m->w);
}

/* [text](target), ![alt](target) and <https://…>. */
static void
add_links(struct markdown *m, const char *p, size_t n)
{
	const char *end = p + n;
	bool is_code = false;

	for (const char *s = p; s < end; s++) {
		const char *from, *to;
		is_code ^= *s == '`';
		if (is_code)
			continue;
		if (*s == '<' && end - s > 8 && (memcmp(s, "<http://", 8) == 0 || memcmp(s, "<https:/", 8) == 0)) {
			from = s + 1;
			to = memchr(from, '>', (size_t)(end - from));
		} else if (*s == ']' && s + 1 < end && s[1] == '(') {
			from = s + 2;
			for (to = from; to < end && *to != ')' && *to != ' '; to++)
				;
			to = to < end ? to : NULL;
		} else {
			continue;
		}
		if (!to || to == from)
			continue;
		if (*s == ']') {
			const char *open = s;
			while (open > p && *open != '[')
				open--;
			if (*open != '[')
				continue;
			if (open > p && open[-1] == '!') {
				m->nimages++;
				listing_add(&m->images, from, (size_t)(to - from));
				continue;
			}
		}
		m->nlinks++;
		listing_add(&m->links, from, (size_t)(to - from));
		s = to;
	}
}

/* Length of a run of fence characters at p, or 0 when it is fewer than three. */
static size_t
fence_run(const char *p, size_t n)
{
	size_t run = 0;

	if (n == 0 || (*p != '`' && *p != '~'))
		return 0;
	while (run < n && p[run] == *p)
		run++;
	if (run < 3 || (*p == '`' && memchr(p + run, '`', n - run)))
		return 0;
	return run;
}

static void
open_fence(struct markdown *m, const char *p, size_t n, size_t run, uint64_t line)
{
	size_t word = 0;

	m->fence = *p;
	m->fence_n = run;
	m->fence_line = line;
	m->nblocks++;
	p += run;
	n -= run;
	while (n > 0 && *p == ' ') {
		p++;
		n--;
	}
	while (word < n && p[word] != ' ' && p[word] != '{')
		word++;
	tally_add(&m->languages, word ? p : "(none)", word ? word : 6, 1, 0);
}

/* Only of one character (setext), or of | - : and blanks with a bar (a table's second line). */
static bool
is_only(const char *p, size_t n, const char *of)
{
	while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	for (size_t i = 0; i < n; i++)
		if (!strchr(of, p[i]))
			return false;
	return n > 0;
}

static bool
take_block(struct markdown *m, const char *p, size_t n, const struct line *l)
{
	size_t run = fence_run(p, n), level = 0;

	if (m->fence) {
		if (run >= m->fence_n && *p == m->fence && is_only(p, n, *p == '`' ? "`" : "~"))
			m->fence = '\0';
		m->last[0] = '\0';
		return true;
	}
	if (run) {
		open_fence(m, p, n, run, l->number);
		m->last[0] = '\0';
		return true;
	}
	while (level < n && level < 7 && p[level] == '#')
		level++;
	if (level >= 1 && level <= 6 && (level == n || p[level] == ' ' || p[level] == '\t')) {
		add_heading(m, p + level, n - level, (unsigned)level, l->number);
		m->last[0] = '\0';
		return false;
	}
	if (m->last[0] && (is_only(p, n, "=") || is_only(p, n, "-"))) {
		add_heading(m, m->last, strlen(m->last), *p == '=' ? 1 : 2, l->number - 1);
		m->last[0] = '\0';
		return true;
	}
	if (m->last[0] && !m->is_table && strchr(m->last, '|') && memchr(p, '-', n) && is_only(p, n, "|-: \t")) {
		m->ntables++;
		m->is_table = true;
	}
	return false;
}

static bool
take_line(void *arg, const struct line *l)
{
	struct markdown *m = arg;
	const char *p = l->p;
	size_t n = l->n, indent = 0;

	if (l->number == 1 && n == 3 && memcmp(p, "---", 3) == 0) {
		m->is_front = true;
		return true;
	}
	if (m->is_front) {
		if (n == 3 && memcmp(p, "---", 3) == 0) {
			m->is_front = false;
			m->has_front = true;
		}
		return true;
	}
	while (indent < n && indent < 4 && p[indent] == ' ')
		indent++;
	if (indent < 4 && take_block(m, p + indent, n - indent, l))
		return true;
	if (m->fence)
		return true;
	if (n == indent)
		m->is_table = false;
	add_links(m, p, n);
	if (indent < 4 && n > indent && p[indent] != '#') {
		size_t kept = text_cut(p + indent, n - indent, sizeof m->last - 1);
		memcpy(m->last, p + indent, kept);
		m->last[kept] = '\0';
	} else {
		m->last[0] = '\0';
	}
	return true;
}

/* The members of text, and then ours. */
static void
summarize(struct markdown *m)
{
	struct profiler *p = m->p;
	struct buf b, lists;
	struct jw w;

	jw_end(&m->w);
	buf_init(&lists, p->a);
	buf_init(&b, p->a);
	buf_add(&b, p->out->summary, strlen(p->out->summary) - 1);
	buf_printf(&b, ",\"headings\":%s,\"heading_count\":%" PRIu64 ",\"link_count\":%" PRIu64 ",\"image_count\":%" PRIu64
	    ",\"tables\":%" PRIu64 ",\"code_blocks\":%" PRIu64 ",\"front_matter\":%s,",
	    m->headings.p, m->nheadings, m->nlinks, m->nimages, m->ntables, m->nblocks, m->has_front ? "true" : "false");
	jw_init(&w, &lists);
	jw_object(&w, NULL);
	listing_write(&m->links, "links", &w);
	listing_write(&m->images, "images", &w);
	tally_write(&m->languages, "code_languages", &w);
	jw_end(&w);
	buf_add(&b, lists.p + 1, lists.len - 1);
	measure_summary(p, &b);
}

int
measure_markdown(struct profiler *p, struct err *err)
{
	struct markdown *m;

	if (measure_text(p, err) < 0)
		return -1;
	if (!p->out->parse_ok)
		return 0;
	m = ARENA_NEW(p->a, struct markdown);
	m->p = p;
	buf_init(&m->headings, p->a);
	jw_init(&m->w, &m->headings);
	jw_array(&m->w, NULL);
	listing_init(&m->links, p->a, LINKS_MAX);
	listing_init(&m->images, p->a, LINKS_MAX);
	tally_init(&m->languages, p->a, LANGUAGES_MAX);
	if (lines_read(p, take_line, m, err) < 0)
		return -1;
	summarize(m);
	if (m->fence)
		profiler_note(p, "Line %" PRIu64 ": a code block begins here and is never closed; the rest is shown as code.",
		    m->fence_line);
	if (m->is_front)
		profiler_note(p, "Line 1: '---' begins settings that are never closed by another '---'.");
	return 0;
}
