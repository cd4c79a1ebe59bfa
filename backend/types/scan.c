/* SPDX-License-Identifier: Apache-2.0 */
#include "types/scan.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "types/mem.h"

struct scan {
	struct mem mem; /* cap + 1 bytes */
	csv_read_fn read;
	void *arg;
	char *buf;
	size_t cap; /* bytes that fit, the closing '\n' not counted */
	size_t at;
	size_t end;
	uint64_t base; /* stream offset of buf[0] */
	bool is_eof;
	uint64_t counted; /* stream offset up to which line and column are counted */
	uint64_t line;
	uint64_t column;
};
struct scan_fd {
	int fd;
	off_t at;
};

struct scan *
scan_new(struct arena *a, csv_read_fn read, void *arg, size_t chunk_bytes)
{
	struct scan *s = ARENA_NEW(a, struct scan);

	mem_init(&s->mem, a);
	s->read = read;
	s->arg = arg;
	s->cap = chunk_bytes ? chunk_bytes : SCAN_CHUNK_BYTES;
	mem_set(&s->mem, s->cap + 1, 0);
	s->buf = s->mem.p;
	s->buf[0] = '\n';
	s->line = 1;
	s->column = 1;
	return s;
}

void
scan_release(struct scan *s)
{
	mem_release(&s->mem);
	s->buf = NULL;
}

const char *
scan_at(const struct scan *s)
{
	return s->buf + s->at;
}

const char *
scan_end(const struct scan *s)
{
	return s->buf + s->end;
}

bool
scan_at_eof(const struct scan *s)
{
	return s->is_eof;
}

uint64_t
scan_offset(const struct scan *s, const char *p)
{
	INVARIANT(p >= s->buf);
	INVARIANT(p <= s->buf + s->end);
	return s->base + (uint64_t)(p - s->buf);
}

char *
scan_mutable(struct scan *s, const char *p)
{
	INVARIANT(p >= s->buf);
	INVARIANT(p <= s->buf + s->end);
	return s->buf + (p - s->buf);
}

void
scan_take(struct scan *s, const char *p)
{
	INVARIANT(p >= s->buf + s->at);
	INVARIANT(p <= s->buf + s->end);
	s->at = (size_t)(p - s->buf);
}

void
scan_place(struct scan *s, const char *p, uint64_t *line, uint64_t *column)
{
	const char *from, *eol;

	INVARIANT(p <= s->buf + s->end);
	INVARIANT(s->counted >= s->base);
	from = s->buf + (s->counted - s->base);
	INVARIANT(p >= from);
	while ((eol = memchr(from, '\n', (size_t)(p - from)))) {
		s->line++;
		s->column = 1;
		from = eol + 1;
	}
	for (; from < p; from++)
		s->column += ((unsigned char)*from & 0xc0) != 0x80;
	s->counted = s->base + (uint64_t)(p - s->buf);
	*line = s->line;
	*column = s->column;
}

/* Make room behind end: move what is kept to the front, or to a buffer twice as large. */
static void
make_room(struct scan *s)
{
	size_t kept = s->end - s->at;
	uint64_t line, column;

	if (s->counted < s->base + s->at)
		scan_place(s, s->buf + s->at, &line, &column);
	memmove(s->buf, s->buf + s->at, kept);
	if (kept > s->cap - s->cap / 4) {
		mem_set(&s->mem, s->cap * 2 + 1, kept);
		s->buf = s->mem.p;
		s->cap *= 2;
	}
	s->base += s->at;
	s->at = 0;
	s->end = kept;
}

int
scan_more(struct scan *s, struct err *err)
{
	ssize_t n;

	INVARIANT(s->buf != NULL);
	if (s->is_eof)
		return 0;
	if (s->at > 0 || s->end == s->cap)
		make_room(s);
	n = s->read(s->arg, s->buf + s->end, s->cap - s->end, err);
	if (n < 0)
		return -1;
	INVARIANT((size_t)n <= s->cap - s->end);
	if (n == 0)
		s->is_eof = true;
	s->end += (size_t)n;
	s->buf[s->end] = '\n';
	return 0;
}

void *
scan_fd_new(struct arena *a, int fd)
{
	struct scan_fd *f = ARENA_NEW(a, struct scan_fd);

	f->fd = fd;
	return f;
}

ssize_t
scan_read_fd(void *arg, void *p, size_t n, struct err *err)
{
	struct scan_fd *f = arg;
	ssize_t r;

	do {
		r = pread(f->fd, p, n, f->at);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_sys(err, E_IO, "cannot read the file");
	f->at += r;
	return r;
}

bool
text_has_high_byte(const char *p, size_t n)
{
	uint64_t word, high = 0;
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		memcpy(&word, p + i, 8);
		high |= word;
	}
	for (; i < n; i++)
		high |= (uint64_t)(unsigned char)p[i] & 0x80;
	return (high & UINT64_C(0x8080808080808080)) != 0;
}
