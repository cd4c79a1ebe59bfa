/* SPDX-License-Identifier: Apache-2.0 */
#include "types/measure.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "core/utf8.h"
#include "types/profile.h"

#define JSON_BYTES_MAX ((uint64_t)64 << 20)
#define CHUNK_BYTES ((size_t)256 << 10)
#define PDF_TAIL_BYTES 4096

static int
pread_all(int fd, char *p, size_t n, off_t at, size_t *got, struct err *err)
{
	*got = 0;
	while (*got < n) {
		ssize_t r = pread(fd, p + *got, n - *got, at + (off_t)*got);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(err, E_IO, "cannot read");
		if (r == 0)
			break;
		*got += (size_t)r;
	}
	return 0;
}

static void
set_fault(struct artifact_profile *out, uint64_t line, uint64_t column, uint64_t offset, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
static void
set_fault(struct artifact_profile *out, uint64_t line, uint64_t column, uint64_t offset, const char *fmt, ...)
{
	va_list ap;

	out->parse_ok = false;
	out->fault = (struct fault){.row = line, .line = line, .column = column, .offset = offset, .has_offset = true};
	va_start(ap, fmt);
	(void)vsnprintf(out->fault.message, sizeof out->fault.message, fmt, ap);
	va_end(ap);
}

/* ---- JSON -------------------------------------------------------------------------------------------- */

static const char *
top_level_name(const struct jx *v)
{
	static const char *const names[JX__COUNT] = {"null", "boolean", "number", "string", "array", "object"};

	return names[v->type];
}

int
measure_json(struct arena *a, int fd, struct artifact_profile *out, struct err *err)
{
	struct arena *own;
	struct err bad = {.code = E_OK};
	struct jx *v;
	unsigned line = 0, column = 0;
	char *text;
	size_t n;

	(void)a;
	if (out->bytes > JSON_BYTES_MAX) {
		set_fault(out, 0, 0, 0, "a JSON document of more than %llu MiB is only read as rows (an array of objects)",
		    (unsigned long long)(JSON_BYTES_MAX >> 20));
		return 0;
	}
	own = arena_new(0);
	text = arena_alloc(own, out->bytes + 1);
	if (pread_all(fd, text, out->bytes, 0, &n, err) < 0) {
		arena_free(own);
		return -1;
	}
	if (jx_parse(own, text, n, &(struct jx_options){.allow_nul = true}, &v, &bad) == 0) {
		out->top_level = top_level_name(v);
		out->parse_ok = true;
	} else {
		(void)sscanf(bad.msg, "line %u, column %u", &line, &column);
		set_fault(out, line, column, 0, "%s", bad.msg);
		out->fault.has_offset = false;
	}
	arena_free(own);
	return 0;
}

/* ---- text -------------------------------------------------------------------------------------------- */

struct text_view {
	uint64_t lines;
	char head[256]; /* first bytes that are not white space */
	size_t nhead;
	char tail[256]; /* last bytes */
	size_t ntail;
};

static void
keep_ends(struct text_view *v, const char *p, size_t n)
{
	size_t from = 0, m = n < sizeof v->tail ? n : sizeof v->tail;

	while (v->nhead == 0 && from < n && isspace((unsigned char)p[from]))
		from++;
	if (v->nhead == 0) {
		v->nhead = n - from < sizeof v->head ? n - from : sizeof v->head;
		memcpy(v->head, p + from, v->nhead);
	}
	if (m == sizeof v->tail) {
		memcpy(v->tail, p + n - m, m);
		v->ntail = m;
		return;
	}
	if (v->ntail + m > sizeof v->tail) {
		size_t drop = v->ntail + m - sizeof v->tail;
		memmove(v->tail, v->tail + drop, v->ntail - drop);
		v->ntail -= drop;
	}
	memcpy(v->tail + v->ntail, p, m);
	v->ntail += m;
}

static void
bad_byte(struct artifact_profile *out, const struct text_view *v, const char *p, size_t at, uint64_t base)
{
	uint64_t line = v->lines + 1;
	size_t start = 0;

	for (size_t i = 0; i < at; i++)
		if (p[i] == '\n') {
			line++;
			start = i + 1;
		}
	if (p[at] == '\0')
		set_fault(out, line, at - start + 1, base + at, "a NUL byte stands in line %llu; text holds none", (unsigned long long)line);
	else
		set_fault(out, line, at - start + 1, base + at,
		    "byte 0x%02x in line %llu is not UTF-8 (most likely Latin-1 or Windows-1252); save the file again with the encoding UTF-8",
		    (unsigned char)p[at], (unsigned long long)line);
}

static int
scan_text(struct arena *a, int fd, struct artifact_profile *out, struct text_view *v, struct err *err)
{
	char *chunk = arena_alloc(a, CHUNK_BYTES);
	uint64_t base = 0;
	size_t kept = 0, n;

	for (;;) {
		size_t whole, good;
		if (pread_all(fd, chunk + kept, CHUNK_BYTES - kept, (off_t)(base + kept), &n, err) < 0)
			return -1;
		whole = kept + n;
		if (whole == 0)
			return 0;
		good = utf8_check(chunk, whole);
		if (memchr(chunk, '\0', good))
			good = (size_t)((const char *)memchr(chunk, '\0', good) - chunk);
		/* A sequence cut by the chunk's end is judged with the next chunk. */
		if (good < whole && (n == 0 || whole - good > 3 || chunk[good] == '\0')) {
			bad_byte(out, v, chunk, good, base);
			return 0;
		}
		keep_ends(v, chunk, good);
		for (size_t i = 0; i < good; i++)
			v->lines += chunk[i] == '\n';
		kept = whole - good;
		memmove(chunk, chunk + good, kept);
		base += good;
		if (n == 0)
			return 0;
	}
}

static bool
ends_with_tag(const struct text_view *v, const char *tag)
{
	size_t n = v->ntail, m = strlen(tag);

	while (n && isspace((unsigned char)v->tail[n - 1]))
		n--;
	return n >= m && strncasecmp(v->tail + n - m, tag, m) == 0;
}

static void
check_html(struct artifact_profile *out, const struct text_view *v)
{
	const char *head = v->head;
	size_t n = v->nhead;

	if (n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0) {
		head += 3;
		n -= 3;
	}
	if (!(n >= 9 && strncasecmp(head, "<!doctype", 9) == 0) && !(n >= 5 && strncasecmp(head, "<html", 5) == 0))
		set_fault(out, 1, 1, 0, "an HTML document begins with <!doctype html> or <html>");
	else if (!ends_with_tag(v, "</html>"))
		set_fault(out, v->lines + 1, 0, out->bytes, "the document does not end with </html>; it may be cut off");
}

/* ---- PDF --------------------------------------------------------------------------------------------- */

static const char *
find_last(const char *p, size_t n, const char *word)
{
	size_t m = strlen(word);

	for (size_t i = n < m ? 0 : n - m + 1; i > 0; i--)
		if (memcmp(p + i - 1, word, m) == 0)
			return p + i - 1;
	return NULL;
}

/* Pages as far as they are readable: "/Type /Page" objects outside compressed streams. */
static int
count_pages(struct arena *a, int fd, uint64_t bytes, int64_t *pages, struct err *err)
{
	char *chunk = arena_alloc(a, CHUNK_BYTES);
	int64_t count = 0;

	for (uint64_t base = 0; base < bytes; base += CHUNK_BYTES - 16) {
		size_t n;
		if (pread_all(fd, chunk, CHUNK_BYTES, (off_t)base, &n, err) < 0)
			return -1;
		for (size_t i = 0; i + 12 < n && (i < CHUNK_BYTES - 16 || n < CHUNK_BYTES); i++) {
			const char *p = chunk + i;
			if (*p != '/' || memcmp(p, "/Type", 5) != 0)
				continue;
			p += 5;
			p += *p == ' ';
			if (memcmp(p, "/Page", 5) == 0 && p[5] != 's')
				count++;
		}
	}
	*pages = count > 0 ? count : -1;
	return 0;
}

static int
measure_pdf(struct arena *a, int fd, struct artifact_profile *out, struct err *err)
{
	char head[8], tail[PDF_TAIL_BYTES + 1];
	size_t nhead, ntail;
	off_t from = out->bytes > PDF_TAIL_BYTES ? (off_t)(out->bytes - PDF_TAIL_BYTES) : 0;
	const char *xref;
	uint64_t at;

	if (pread_all(fd, head, sizeof head, 0, &nhead, err) < 0 || pread_all(fd, tail, PDF_TAIL_BYTES, from, &ntail, err) < 0)
		return -1;
	tail[ntail] = '\0';
	if (nhead < 8 || memcmp(head, "%PDF-", 5) != 0) {
		set_fault(out, 0, 0, 0, "a PDF begins with %%PDF-; this file does not");
		return 0;
	}
	if (!find_last(tail, ntail, "%%EOF")) {
		set_fault(out, 0, 0, out->bytes, "the PDF has no %%%%EOF at its end; it is cut off");
		return 0;
	}
	xref = find_last(tail, ntail, "startxref");
	at = xref ? strtoull(xref + strlen("startxref"), NULL, 10) : 0;
	if (!xref || at == 0 || at >= out->bytes) {
		set_fault(out, 0, 0, out->bytes, "the PDF's cross-reference cannot be found; it is damaged");
		return 0;
	}
	return count_pages(a, fd, out->bytes, &out->pages, err);
}

int
measure_other(struct arena *a, int fd, enum format format, struct artifact_profile *out, struct err *err)
{
	struct text_view v = {.lines = 0};

	if (format == FORMAT_PDF)
		return measure_pdf(a, fd, out, err);
	if (format != FORMAT_TEXT && format != FORMAT_MARKDOWN && format != FORMAT_YAML && format != FORMAT_DIFF && format != FORMAT_HTML &&
	    format != FORMAT_XML)
		return 0;
	if (scan_text(a, fd, out, &v, err) < 0)
		return -1;
	if (out->parse_ok && out->bytes == 0)
		set_fault(out, 1, 1, 0, "the file is empty");
	if (out->parse_ok && format == FORMAT_HTML)
		check_html(out, &v);
	return 0;
}
