/* SPDX-License-Identifier: Apache-2.0 */
/* Text: all of its bytes are UTF-8, how much of it there is, and what it is encoded in where it is not. */
#include <inttypes.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/utf8.h"
#include "types/measure.h"
#include "types/profiler.h"
#include "types/scan.h"

struct counts {
	uint64_t line_ends;
	uint64_t crlf;
	uint64_t words;
	uint64_t characters;
	uint64_t longest;    /* in characters */
	uint64_t longest_at; /* its line */
	uint64_t current;    /* characters of the line so far */
	bool is_word;
	char last;
	bool has_high; /* UTF-8 beyond ASCII was seen */
};

static void
end_line(struct counts *c)
{
	if (c->current > c->longest) {
		c->longest = c->current;
		c->longest_at = c->line_ends + 1;
	}
	c->current = 0;
}

static void
count(struct counts *c, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char b = (unsigned char)p[i];
		bool is_space = b == ' ' || (b >= '\t' && b <= '\r');
		c->characters += (b & 0xc0) != 0x80;
		c->words += !is_space && !c->is_word;
		c->is_word = !is_space;
		if (b == '\n') {
			c->crlf += c->last == '\r';
			end_line(c);
			c->line_ends++;
		} else {
			c->current += (b & 0xc0) != 0x80 && b != '\r';
		}
		c->last = (char)b;
	}
}

/* What stands at a byte that is not UTF-8, by Windows-1252; "" where it has nothing there. */
static const char *
windows_1252(unsigned char c, char out[3])
{
	static const char *const upper[32] = {"€", "", "‚", "ƒ", "„", "…", "†", "‡", "ˆ", "‰", "Š", "‹", "Œ", "", "Ž",
	    "", "", "‘", "’", "“", "”", "•", "–", "—", "˜", "™", "š", "›", "œ", "", "ž", "Ÿ"};

	if (c < 0xa0)
		return upper[c - 0x80];
	out[0] = (char)(0xc0 | c >> 6);
	out[1] = (char)(0x80 | (c & 0x3f));
	out[2] = '\0';
	return out;
}

static void
bad_byte(struct profiler *p, struct scan *s, const char *bad, bool is_mixed)
{
	uint64_t line, column;
	unsigned char c = (unsigned char)*bad;
	char letter[3];
	const char *likely = c ? windows_1252(c, letter) : "";

	scan_place(s, bad, &line, &column);
	if (c == '\0')
		measure_fault(p, line, column, scan_offset(s, bad),
		    "line %" PRIu64 ", column %" PRIu64 ": a NUL byte; the file is damaged or not text", line, column);
	else if (is_mixed && likely[0])
		measure_fault(p, line, column, scan_offset(s, bad),
		    "line %" PRIu64 ", column %" PRIu64
		    ": byte 0x%02X is not UTF-8, though the text before it is: the file "
		    "mixes encodings, and from here on it looks like Windows-1252 (the byte would be '%s'); convert that "
		    "part to UTF-8 and save all of it as UTF-8",
		    line, column, c, likely);
	else
		measure_fault(p, line, column, scan_offset(s, bad),
		    "line %" PRIu64 ", column %" PRIu64 ": byte 0x%02X is not UTF-8; %ssave the file as UTF-8", line,
		    column, c, likely[0] ? "it looks like Latin-1 or Windows-1252; " : "");
}

/* All of the text, chunk by chunk. A sequence that a chunk's end cuts is judged with the next one. */
static int
check_utf8(struct profiler *p, struct scan *s, struct counts *c, struct err *err)
{
	while (!scan_at_eof(s)) {
		const char *at, *nul;
		size_t n, good;
		bool is_high;
		if (scan_more(s, err) < 0)
			return -1;
		at = scan_at(s);
		n = (size_t)(scan_end(s) - at);
		is_high = text_has_high_byte(at, n);
		good = is_high ? utf8_check(at, n) : n;
		nul = memchr(at, '\0', good);
		if (scan_offset(s, at) == 0 && good >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
			p->out->has_bom = true;
		if (nul || (good < n && (scan_at_eof(s) || n - good > 3))) {
			bad_byte(p, s, nul ? nul : at + good, c->has_high || text_has_high_byte(at, good));
			return 0;
		}
		c->has_high |= is_high;
		count(c, at, good);
		scan_take(s, at + good);
	}
	end_line(c);
	return 0;
}

void
measure_summary(struct profiler *p, struct buf *b)
{
	struct err err;
	char *text;
	size_t n;
	int rc = jw_canonical_text(p->a, b->p, b->len, &text, &n, &err);

	INVARIANT(rc == 0);
	p->out->summary = text;
}

static void
summarize(struct profiler *p, const struct counts *c)
{
	struct buf b;
	struct jw w;
	uint64_t crlf = c->crlf;

	buf_init(&b, p->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_uint(&w, "lines", c->line_ends + (p->out->bytes > 0 && c->last != '\n'));
	jw_uint(&w, "words", c->words);
	jw_uint(&w, "characters", c->characters - p->out->has_bom);
	jw_uint(&w, "longest_line", c->longest);
	jw_uint(&w, "longest_line_at", c->longest_at);
	jw_str(&w, "line_ends", c->line_ends == 0 ? NULL : crlf == 0 ? "lf" : crlf == c->line_ends ? "crlf" : "mixed");
	jw_end(&w);
	measure_summary(p, &b);
	if (p->out->has_bom)
		profiler_note(p, "The file begins with a byte order mark; it is not part of the text.");
	if (crlf > 0 && crlf < c->line_ends)
		profiler_note(p, "%" PRIu64 " of %" PRIu64 " line ends are CRLF, the others LF.", crlf, c->line_ends);
}

int
measure_text(struct profiler *p, struct err *err)
{
	struct scan *s = scan_new(p->a, scan_read_fd, scan_fd_new(p->a, p->fd), 0);
	struct counts c = {0};
	int rc = check_utf8(p, s, &c, err);

	scan_release(s);
	if (rc < 0 || !p->out->parse_ok)
		return rc;
	if (p->out->bytes == 0 && p->format != FORMAT_TEXT) {
		measure_fault(p, 1, 1, 0, "the file is empty");
		return 0;
	}
	if (p->out->bytes == 0)
		profiler_note(p, "The file is empty.");
	if (p->format != FORMAT_HTML)
		summarize(p, &c);
	return 0;
}

/* ---- encodings ---- */

/* All bytes of a file that is not sound UTF-8, counted. */
struct bytes {
	uint64_t sequences; /* well-formed UTF-8 beyond ASCII */
	uint64_t bad;
	uint64_t controls;  /* NUL and others that no text has */
	uint64_t undefined; /* bytes that Windows-1252 does not have */
	uint64_t all;
};

static void
count_bad(struct bytes *b, const char *p, size_t n)
{
	while (n > 0) {
		size_t good = utf8_check(p, n);
		char letter[3];
		for (size_t i = 0; i < good; i++) {
			unsigned char c = (unsigned char)p[i];
			b->sequences += c >= 0xc2;
			b->controls += c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f';
		}
		if (good == n)
			return;
		b->bad++;
		b->undefined += windows_1252((unsigned char)p[good], letter)[0] == '\0';
		p += good + 1;
		n -= good + 1;
	}
}

static const char *
wide_encoding(struct profiler *p, struct err *err)
{
	unsigned char head[4] = {0};
	unsigned long n;

	if (measure_read(p, (char *)head, sizeof head, 0, &n, err) < 0)
		return NULL;
	if (p->out->sniffed == FORMAT_UTF32)
		return head[0] ? "utf-32le" : "utf-32be";
	if (head[0] == 0xfe || head[0] == 0xff)
		return head[0] == 0xff ? "utf-16le" : "utf-16be";
	return head[0] == 0 ? "utf-16be" : "utf-16le";
}

static int
judge_bytes(struct profiler *p, struct err *err)
{
	struct scan *s = scan_new(p->a, scan_read_fd, scan_fd_new(p->a, p->fd), 0);
	struct bytes b = {0};
	int rc = 0;

	while (rc == 0 && !scan_at_eof(s)) {
		size_t n, cut;
		const char *at;
		rc = scan_more(s, err);
		at = scan_at(s);
		n = (size_t)(scan_end(s) - at);
		/* What the next chunk may complete waits for it. */
		for (cut = 0; !scan_at_eof(s) && cut < 3 && cut < n && (unsigned char)at[n - 1 - cut] >= 0x80; cut++)
			if ((unsigned char)at[n - 1 - cut] >= 0xc2) {
				cut++;
				break;
			}
		b.all += n - cut;
		count_bad(&b, at, n - cut);
		scan_take(s, at + (n - cut));
	}
	scan_release(s);
	if (b.bad == 0)
		p->out->encoding = "utf-8";
	else if (b.sequences > 0)
		p->out->encoding = "mixed";
	else
		p->out->encoding = b.undefined ? "unknown-8bit" : "windows-1252";
	if (b.controls > b.all / 100)
		p->out->encoding = NULL;
	return rc;
}

int
measure_encoding(struct profiler *p, struct err *err)
{
	enum format f = p->format, found = p->out->sniffed;
	bool is_text = f == FORMAT_TEXT || f == FORMAT_MARKDOWN || f == FORMAT_CSV || f == FORMAT_TSV ||
		       f == FORMAT_JSON || f == FORMAT_JSON_ROWS || f == FORMAT_YAML || f == FORMAT_HTML ||
		       f == FORMAT_DIFF;

	if (found == FORMAT_UTF16 || found == FORMAT_UTF32) {
		p->out->encoding = wide_encoding(p, err);
		return p->out->encoding ? 0 : -1;
	}
	if (!is_text)
		return 0;
	if (p->out->parse_ok) {
		p->out->encoding = "utf-8";
		return 0;
	}
	switch (found) {
	case FORMAT_BINARY:
	case FORMAT_TEXT:
	case FORMAT_MARKDOWN:
	case FORMAT_CSV:
	case FORMAT_TSV:
	case FORMAT_JSON:
	case FORMAT_JSON_ROWS:
	case FORMAT_YAML:
	case FORMAT_HTML:
	case FORMAT_XML:
	case FORMAT_DIFF:
	case FORMAT_LATIN1: return judge_bytes(p, err);
	case FORMAT_PDF:
	case FORMAT_ZIP:
	case FORMAT_XLSX:
	case FORMAT_DOCX:
	case FORMAT_PPTX:
	case FORMAT_ODF:
	case FORMAT_OLE:
	case FORMAT_PARQUET:
	case FORMAT_GZIP:
	case FORMAT_PNG:
	case FORMAT_JPEG:
	case FORMAT_GIF:
	case FORMAT_ELF:
	case FORMAT_UTF16:
	case FORMAT_UTF32:
	case FORMAT_EMPTY:
	case FORMAT__COUNT: break;
	}
	return 0;
}

/* ---- binary data ---- */

int
measure_binary(struct profiler *p, struct err *err)
{
	char *head = arena_raw(p->a, SNIFF_BYTES);
	unsigned long n, printable = 0;
	struct buf b;
	struct jw w;

	if (measure_read(p, head, SNIFF_BYTES, 0, &n, err) < 0)
		return -1;
	for (unsigned long i = 0; i < n; i++)
		printable +=
		    (head[i] >= ' ' && head[i] < 0x7f) || head[i] == '\n' || head[i] == '\t' || head[i] == '\r';
	buf_init(&b, p->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_str(&w, "format", format_name(p->out->sniffed));
	jw_str(&w, "says", format_words(p->out->sniffed));
	jw_uint(&w, "bytes", p->out->bytes);
	jw_uint(&w, "looked_at_bytes", n);
	jw_uint(&w, "printable_percent", n ? printable * 100 / n : 0);
	jw_end(&w);
	measure_summary(p, &b);
	profiler_note(p, "Binary data: its bytes were counted, its inside was not looked at.");
	return 0;
}
