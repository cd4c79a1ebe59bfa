/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "core/err.h"
#include "types/measure.h"
#include "types/profiler.h"

/*
 * ISO 32000-1, 7.5: header, cross-reference, trailer, end. The pages are counted by following
 * Root -> Pages -> Count through a plain cross-reference table; files whose page tree lies in
 * compressed object streams are sound but their pages are not counted. All that is what is left where
 * poppler is not installed; where it is, it opens what passes here (measure_pdf_aside.c).
 */
#define TAIL_BYTES 2048u
#define WINDOW_BYTES 4096u
#define SECTIONS_MAX                                                                               \
	64 /* cross-reference sections followed through /Prev, and subsections in each */
#define ENTRY_BYTES 20u /* of a cross-reference table */

struct window {
	char p[WINDOW_BYTES + 1];
	unsigned long n;
};

static int
look(struct profiler *p, uint64_t at, struct window *w, struct err *err)
{
	if (measure_read(p, w->p, WINDOW_BYTES, at, &w->n, err) < 0)
		return -1;
	w->p[w->n] = '\0';
	return 0;
}

static const char *
find_last(const char *p, size_t n, const char *word)
{
	size_t m = strlen(word);

	for (size_t i = n < m ? 0 : n - m + 1; i-- > 0;)
		if (memcmp(p + i, word, m) == 0)
			return p + i;
	return NULL;
}

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end &&
	       (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t' || *p == '\f' || *p == '\0'))
		p++;
	return p;
}

/* A whole number at p behind white space. Returns behind it, or NULL. */
static const char *
number_at(const char *p, const char *end, uint64_t *out)
{
	uint64_t v = 0;
	const char *from = p = skip_space(p, end);

	while (p < end && *p >= '0' && *p <= '9' && v < UINT64_MAX / 16)
		v = v * 10 + (uint64_t)(*p++ - '0');
	if (p == from)
		return NULL;
	*out = v;
	return p;
}

/* "/Key 12": the number behind a key. False when the key is not there with a number. */
static bool
find_number(const char *p, size_t n, const char *key, uint64_t *out)
{
	const char *end = p + n, *at = p;
	size_t m = strlen(key);

	while ((at = memmem(at, (size_t)(end - at), key, m))) {
		at += m;
		if (number_at(at, end, out))
			return true;
	}
	return false;
}

/* Behind a subsection's entries, or NULL when this is no subsection. */
static int
subsection(struct profiler *p, uint64_t *at, uint64_t *first, uint64_t *count, uint64_t *entries,
    struct err *err)
{
	struct window w;
	const char *q, *end;

	if (look(p, *at, &w, err) < 0)
		return -1;
	end = w.p + w.n;
	q = number_at(w.p, end, first);
	q = q ? number_at(q, end, count) : NULL;
	if (!q || *count > p->out->bytes / ENTRY_BYTES)
		return 0;
	*entries = *at + (uint64_t)(skip_space(q, end) - w.p);
	*at = *entries + *count * ENTRY_BYTES;
	return 1;
}

/*
 * One plain cross-reference section at *at: the offset of object number in it (0: not there), and
 * *at moved to its trailer. 1: read; 0: not a plain section; -1: E_IO.
 */
static int
section(struct profiler *p, uint64_t *at, uint64_t number, uint64_t *object, struct err *err)
{
	struct window w;
	int rc = 1;

	*object = 0;
	if (look(p, *at, &w, err) < 0)
		return -1;
	if (w.n < 4 || memcmp(w.p, "xref", 4) != 0)
		return 0;
	*at += 4;
	for (int i = 0; i < SECTIONS_MAX && rc == 1; i++) {
		uint64_t first, count, entries, offset;
		rc = subsection(p, at, &first, &count, &entries, err);
		if (rc != 1 || number < first || number - first >= count)
			continue;
		if (look(p, entries + (number - first) * ENTRY_BYTES, &w, err) < 0)
			return -1;
		if (w.n >= ENTRY_BYTES && w.p[17] == 'n' && number_at(w.p, w.p + 10, &offset))
			*object = offset;
	}
	return rc < 0 ? -1 : 1;
}

/* The dictionary of an object, found through all sections from xref on. 1, 0 not readable, -1 E_IO.
 */
static int
object(struct profiler *p, uint64_t xref, uint64_t number, struct window *w, struct err *err)
{
	for (int i = 0; i < SECTIONS_MAX; i++) {
		uint64_t at = xref, offset, found;
		const char *q;
		int rc = section(p, &at, number, &offset, err);
		if (rc != 1)
			return rc;
		if (offset) {
			if (look(p, offset, w, err) < 0)
				return -1;
			q = number_at(w->p, w->p + w->n, &found);
			return q && found == number;
		}
		if (look(p, at, w, err) < 0)
			return -1;
		if (!find_number(w->p, w->n, "/Prev", &xref) || xref >= p->out->bytes)
			return 0;
	}
	return 0;
}

static int
count_pages(struct profiler *p, uint64_t xref, struct err *err)
{
	struct window w;
	uint64_t at = xref, none, number;
	int rc = section(p, &at, UINT64_MAX, &none, err);

	if (rc == 1 && look(p, at, &w, err) < 0)
		return -1;
	if (rc == 1)
		rc = find_number(w.p, w.n, "/Root", &number) ? object(p, xref, number, &w, err) : 0;
	if (rc == 1)
		rc =
		    find_number(w.p, w.n, "/Pages", &number) ? object(p, xref, number, &w, err) : 0;
	if (rc == 1)
		rc = find_number(w.p, w.n, "/Count", &number) && number <= INT32_MAX;
	if (rc == 1)
		p->out->pages = (int64_t)number;
	if (rc == 0)
		profiler_note(p,
		    "PDF: its page tree is not readable without unpacking it; the pages were not counted.");
	return rc < 0 ? -1 : 0;
}

/* Does a cross-reference table or stream begin there? */
static bool
is_xref(const struct window *w)
{
	const char *end = w->p + w->n, *q;
	uint64_t number, generation;

	if (w->n >= 4 && memcmp(w->p, "xref", 4) == 0)
		return true;
	q = number_at(w->p, end, &number);
	q = q ? number_at(q, end, &generation) : NULL;
	q = q ? skip_space(q, end) : NULL;
	return q && end - q >= 3 && memcmp(q, "obj", 3) == 0 &&
	       memmem(q, (size_t)(end - q), "/XRef", 5);
}

int
measure_pdf(struct profiler *p, struct err *err)
{
	uint64_t bytes = p->out->bytes, from = bytes > TAIL_BYTES ? bytes - TAIL_BYTES : 0,
		 xref = 0;
	char tail[TAIL_BYTES];
	struct window w;
	unsigned long n;
	const char *eof, *start;
	bool is_absent;

	if (measure_read(p, tail, sizeof tail, from, &n, err) < 0)
		return -1;
	eof = find_last(tail, n, "%%EOF");
	if (!eof) {
		measure_fault(p, 0, 0, bytes, "the PDF has no %%%%EOF at its end; it is cut off");
		return 0;
	}
	start = find_last(tail, (size_t)(eof - tail), "startxref");
	if (!start || !number_at(start + strlen("startxref"), eof, &xref) || xref >= bytes) {
		measure_fault(p, 0, 0, from + (uint64_t)(eof - tail),
		    "the PDF does not say where its cross-reference is; it is damaged");
		return 0;
	}
	if (look(p, xref, &w, err) < 0)
		return -1;
	if (!is_xref(&w)) {
		measure_fault(p, 0, 0, xref,
		    "the PDF's cross-reference is not where it should be (byte %" PRIu64
		    "); the file is damaged",
		    xref);
		return 0;
	}
	if (measure_pdf_aside(p, &is_absent, err) < 0)
		return -1;
	if (!is_absent)
		return 0;
	profiler_note(p,
	    "PDF: poppler (Debian package poppler-utils) is not installed here, so only its frame was checked: "
	    "beginning, end and cross-reference.");
	return count_pages(p, xref, err);
}
