/* SPDX-License-Identifier: Apache-2.0 */
#include "types/lines.h"

#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "types/profiler.h"
#include "types/scan.h"

struct reader {
	line_fn fn;
	void *arg;
	char *kept; /* LINE_KEPT_BYTES + 1 */
	struct line line;
	bool is_open;
};

static bool
give(struct reader *r)
{
	if (r->line.n > 0 && r->kept[r->line.n - 1] == '\r' && !r->line.is_cut)
		r->line.n--;
	r->kept[r->line.n] = '\0';
	return r->fn(r->arg, &r->line);
}

/* Part of a line; it may be all of it. */
static void
keep(struct reader *r, const char *p, size_t n, uint64_t offset)
{
	size_t room = LINE_KEPT_BYTES - r->line.n;

	if (!r->is_open) {
		r->line = (struct line){.p = r->kept, .number = r->line.number + 1, .offset = offset};
		room = LINE_KEPT_BYTES;
		r->is_open = true;
	}
	if (n > room) {
		r->line.is_cut = true;
		n = room;
	}
	memcpy(r->kept + r->line.n, p, n);
	r->line.n += n;
}

static bool
take(struct reader *r, struct scan *s)
{
	const char *at = scan_at(s), *end = scan_end(s), *eol;

	if (scan_offset(s, at) == 0 && end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while ((eol = memchr(at, '\n', (size_t)(end - at)))) {
		keep(r, at, (size_t)(eol - at), scan_offset(s, at));
		r->is_open = false;
		if (!give(r))
			return false;
		at = eol + 1;
	}
	if (at < end)
		keep(r, at, (size_t)(end - at), scan_offset(s, at));
	scan_take(s, end);
	return true;
}

int
lines_read(struct profiler *p, line_fn fn, void *arg, struct err *err)
{
	struct scan *s = scan_new(p->a, scan_read_fd, scan_fd_new(p->a, p->fd), 0);
	struct reader r = {.fn = fn, .arg = arg, .kept = arena_raw(p->a, LINE_KEPT_BYTES + 1)};
	bool goes_on = true;
	int rc = 0;

	while (rc == 0 && goes_on && !scan_at_eof(s)) {
		rc = scan_more(s, err);
		if (rc == 0)
			goes_on = take(&r, s);
	}
	if (rc == 0 && goes_on && r.is_open)
		(void)give(&r);
	scan_release(s);
	return rc;
}
