/* SPDX-License-Identifier: Apache-2.0 */
#include "types/measure.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/utf8.h"
#include "types/jscan.h"
#include "types/profiler.h"
#include "types/scan.h"

#define ZIP_END_BYTES 22 /* end of central directory, without its comment */
#define ZIP_COMMENT_MAX 65535
#define PARQUET_BYTES_MIN 12 /* two magics and the footer's length */

void
measure_fault(struct profiler *p, unsigned long long line, unsigned long long column,
    unsigned long long offset, const char *fmt, ...)
{
	struct fault *f = &p->out->fault;
	va_list ap;

	p->out->parse_ok = false;
	*f = (struct fault){
	    .row = line, .line = line, .column = column, .offset = offset, .has_offset = true};
	va_start(ap, fmt);
	(void)vsnprintf(f->message, sizeof f->message, fmt, ap);
	va_end(ap);
}

int
measure_read(struct profiler *p, char *to, unsigned long n, unsigned long long offset,
    unsigned long *got, struct err *err)
{
	*got = 0;
	while (*got < n) {
		ssize_t r = pread(p->fd, to + *got, n - *got, (off_t)(offset + *got));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(err, E_IO, "cannot read the file");
		if (r == 0)
			break;
		*got += (unsigned long)r;
	}
	return 0;
}

/* ---- JSON ---- */

static const char *
top_level_name(enum jscan_type t)
{
	switch (t) {
	case JSCAN_OBJECT: return "object";
	case JSCAN_ARRAY: return "array";
	case JSCAN_STRING: return "string";
	case JSCAN_NUMBER: return "number";
	case JSCAN_TRUE:
	case JSCAN_FALSE: return "boolean";
	case JSCAN_NULL: return "null";
	case JSCAN_KEY:
	case JSCAN_OBJECT_END:
	case JSCAN_ARRAY_END:
	case JSCAN_END:
	case JSCAN_FAULT:
	case JSCAN_ERR: break;
	}
	NEVER("a document begins with a value");
}

int
measure_json(struct profiler *p, struct err *err)
{
	struct jscan *j = jscan_new_fd(p->a, p->fd);
	struct jscan_token token;
	enum jscan_type first = jscan_next(j, &token, err), t = first;

	while (t < JSCAN_END)
		t = jscan_next(j, &token, err);
	if (t == JSCAN_END)
		p->out->top_level = top_level_name(first);
	if (t == JSCAN_FAULT) {
		p->out->parse_ok = false;
		p->out->fault = *jscan_fault(j);
	}
	jscan_release(j);
	return t == JSCAN_ERR ? -1 : 0;
}

/* ---- text ---- */

static void
bad_byte(struct profiler *p, struct scan *s, const char *bad)
{
	uint64_t line, column;
	unsigned char c = (unsigned char)*bad;

	scan_place(s, bad, &line, &column);
	if (c == '\0')
		measure_fault(p, line, column, scan_offset(s, bad),
		    "line %" PRIu64 ", column %" PRIu64
		    ": a NUL byte; the file is damaged or not text",
		    line, column);
	else
		measure_fault(p, line, column, scan_offset(s, bad),
		    "line %" PRIu64 ", column %" PRIu64
		    ": byte 0x%02X is not UTF-8; %ssave the file as UTF-8",
		    line, column, c, c >= 0xa0 ? "it looks like Latin-1 or Windows-1252; " : "");
}

/* All of the text, chunk by chunk. A sequence that a chunk's end cuts is judged with the next one.
 */
static int
check_utf8(struct profiler *p, struct scan *s, struct err *err)
{
	while (!scan_at_eof(s)) {
		const char *at, *nul;
		size_t n, good;
		if (scan_more(s, err) < 0)
			return -1;
		at = scan_at(s);
		n = (size_t)(scan_end(s) - at);
		good = text_has_high_byte(at, n) ? utf8_check(at, n) : n;
		nul = memchr(at, '\0', good);
		if (nul || (good < n && (scan_at_eof(s) || n - good > 3))) {
			bad_byte(p, s, nul ? nul : at + good);
			return 0;
		}
		scan_take(s, at + good);
	}
	return 0;
}

int
measure_text(struct profiler *p, struct err *err)
{
	struct scan *s = scan_new(p->a, scan_read_fd, scan_fd_new(p->a, p->fd), 0);
	int rc = check_utf8(p, s, err);

	scan_release(s);
	if (rc < 0 || !p->out->parse_ok)
		return rc;
	if (p->out->bytes == 0 && p->format != FORMAT_TEXT)
		measure_fault(p, 1, 1, 0, "the file is empty");
	else if (p->out->bytes == 0)
		profiler_note(p, "The file is empty.");
	else if (p->format == FORMAT_YAML)
		profiler_note(p, "YAML: that it is UTF-8 text was checked, its structure was not.");
	else if (p->format == FORMAT_DIFF)
		profiler_note(p,
		    "Unified diff: that it is UTF-8 text was checked, whether it applies was not.");
	return 0;
}

/* ---- ZIP and Parquet: structure at the end ---- */

static uint64_t
little(const char *p, unsigned n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | (unsigned char)p[n];
	return v;
}

int
measure_zip(struct profiler *p, struct err *err)
{
	unsigned long want = ZIP_END_BYTES + ZIP_COMMENT_MAX, n;
	uint64_t bytes = p->out->bytes, from = bytes > want ? bytes - want : 0;
	char *tail = arena_alloc(p->a, want);

	if (measure_read(p, tail, want, from, &n, err) < 0)
		return -1;
	for (unsigned long i = n < ZIP_END_BYTES ? 0 : n - ZIP_END_BYTES + 1; i-- > 0;) {
		const char *e = tail + i;
		if (memcmp(e, "PK\5\6", 4) != 0 || i + ZIP_END_BYTES + little(e + 20, 2) != n)
			continue;
		/* 0xffffffff: the numbers stand in a ZIP64 record before this one. */
		if (little(e + 16, 4) != UINT32_MAX &&
		    little(e + 16, 4) + little(e + 12, 4) > from + i)
			break;
		profiler_note(p,
		    "ZIP: its directory is in place (%" PRIu64
		    " entries); the entries were not unpacked.",
		    little(e + 10, 2));
		return 0;
	}
	measure_fault(p, 0, 0, bytes,
	    "the ZIP archive has no directory at its end; it is cut short or damaged");
	return 0;
}

int
measure_parquet(struct profiler *p, struct err *err)
{
	uint64_t bytes = p->out->bytes;
	char head[4] = {0}, tail[8] = {0};
	unsigned long n;

	if (bytes >= PARQUET_BYTES_MIN && (measure_read(p, head, 4, 0, &n, err) < 0 ||
					      measure_read(p, tail, 8, bytes - 8, &n, err) < 0))
		return -1;
	if (memcmp(head, "PAR1", 4) != 0 || memcmp(tail + 4, "PAR1", 4) != 0 ||
	    little(tail, 4) > bytes - PARQUET_BYTES_MIN)
		measure_fault(p, 0, 0, bytes,
		    "the Parquet file does not begin and end as one; it is cut short or damaged");
	else
		profiler_note(
		    p, "Parquet: its frame was checked, its columns and rows were not read.");
	return 0;
}
