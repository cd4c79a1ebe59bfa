/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_KIND_FILES_H
#define TESTS_KIND_FILES_H
/* Files made for the tests of kinds: texts, and ZIP archives written byte by byte so that they may lie. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zlib.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "tap.h"
#include "types/profile.h"

static struct arena *a;

static inline struct artifact_profile
profile_of(const char *text, size_t n, const char *path, const char *kind)
{
	struct artifact_profile p = {.rows = -2};
	struct err err = {0};
	int fd = memfd_create("t", MFD_CLOEXEC);

	CHECK_INT(fd_write_all(fd, text, n, &err), 0);
	CHECK_INT(artifact_profile(a, fd, path, kind, NULL, &p, &err), 0);
	(void)close(fd);
	return p;
}
#define TEXT(text, path, kind) profile_of(text, sizeof(text) - 1, path, kind)

static inline bool
has_note(const struct artifact_profile *p, const char *words)
{
	for (size_t i = 0; i < p->nnotes; i++)
		if (strstr(p->notes[i], words))
			return true;
	return false;
}

/* A value in the summary by its JSON pointer, as JSON text. */
static inline const char *
inside(const struct artifact_profile *p, const char *pointer)
{
	struct jx *doc;
	struct buf b;
	struct jw w;

	if (!p->summary || jx_parse(a, p->summary, strlen(p->summary), NULL, &doc, NULL) < 0 || !jx_pointer(doc, pointer))
		return "(none)";
	buf_init(&b, a);
	jw_init(&w, &b);
	jw_value(&w, NULL, jx_pointer(doc, pointer));
	return buf_take(&b);
}
#define CHECK_FAULT(p, words)                                                                      \
	do {                                                                                       \
		CHECK(!(p).parse_ok);                                                              \
		if (!strstr((p).fault.message, words))                                             \
			printf("# it says: %s\n", (p).fault.message);                              \
		CHECK(strstr((p).fault.message, words) != NULL);                                   \
		CHECK((p).summary == NULL);                                                        \
	} while (0)
#define CHECK_OK(p)                                                                                \
	do {                                                                                       \
		if (!(p).parse_ok)                                                                 \
			printf("# it says: %s\n", (p).fault.message);                              \
		CHECK((p).parse_ok);                                                               \
	} while (0)

/* ---- archives ---- */

struct archive_maker {
	struct buf file, directory;
	unsigned n;
	unsigned flags;    /* of the next member */
	unsigned method;   /* 0 stored, 8 deflated; others are written as they are */
	uint32_t mode;     /* st_mode of the next member, 0: none */
	int64_t at;        /* -1: where it is written; else what the directory says */
	uint32_t crc_off;  /* added to the checksum */
	uint32_t bytes_off; /* added to the unpacked size in the directory */
};

static inline void
number(struct buf *b, uint64_t v, unsigned bytes)
{
	while (bytes-- > 0) {
		buf_char(b, (char)(v & 0xff));
		v >>= 8;
	}
}

static inline void
zip_begin(struct archive_maker *m)
{
	*m = (struct archive_maker){.at = -1, .method = 8};
	buf_init(&m->file, a);
	buf_init(&m->directory, a);
}

static inline void
zip_add(struct archive_maker *m, const char *name, size_t name_n, const char *text, size_t n)
{
	uLong bound = compressBound((uLong)n);
	char *packed = arena_alloc(a, bound + 64);
	uint32_t crc = (uint32_t)crc32(0, (const Bytef *)text, (uInt)n) + m->crc_off;
	uint64_t at = m->at >= 0 ? (uint64_t)m->at : m->file.len, packed_n = n;
	z_stream s = {0};

	if (m->method == 8) {
		CHECK_INT(deflateInit2(&s, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
		s.next_in = (Bytef *)(uintptr_t)text;
		s.avail_in = (uInt)n;
		s.next_out = (Bytef *)packed;
		s.avail_out = (uInt)bound + 64;
		CHECK_INT(deflate(&s, Z_FINISH), Z_STREAM_END);
		packed_n = s.total_out;
		(void)deflateEnd(&s);
	} else {
		memcpy(packed, text, n);
	}
	for (int is_directory = 0; is_directory < 2; is_directory++) {
		struct buf *b = is_directory ? &m->directory : &m->file;
		buf_add(b, is_directory ? "PK\1\2" : "PK\3\4", 4);
		if (is_directory)
			number(b, m->mode ? 0x0314 : 20, 2);
		number(b, 20, 2);
		number(b, m->flags, 2);
		number(b, m->method, 2);
		number(b, 0, 4);
		number(b, crc, 4);
		number(b, packed_n, 4);
		number(b, n + (is_directory ? m->bytes_off : 0), 4);
		number(b, name_n, 2);
		number(b, 0, 2);
		if (is_directory) {
			number(b, 0, 6);
			number(b, (uint64_t)m->mode << 16, 4);
			number(b, at, 4);
		}
		buf_add(b, name, name_n);
	}
	buf_add(&m->file, packed, packed_n);
	m->n++;
}

static inline void
zip_text(struct archive_maker *m, const char *name, const char *text)
{
	zip_add(m, name, strlen(name), text, strlen(text));
}

/* The finished archive's bytes stand in m->file. */
static inline void
zip_end(struct archive_maker *m)
{
	size_t at = m->file.len;

	buf_add(&m->file, m->directory.p ? m->directory.p : "", m->directory.len);
	buf_add(&m->file, "PK\5\6\0\0\0\0", 8);
	number(&m->file, m->n, 2);
	number(&m->file, m->n, 2);
	number(&m->file, m->directory.len, 4);
	number(&m->file, at, 4);
	number(&m->file, 0, 2);
}

static inline struct artifact_profile
zip_profile(struct archive_maker *m, const char *kind)
{
	zip_end(m);
	return profile_of(m->file.p, m->file.len, "t.zip", kind);
}
#endif
