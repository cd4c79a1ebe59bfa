/* SPDX-License-Identifier: Apache-2.0 */
#include "types/zip.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/rnd.h"
#include "types/tally.h"

#define END_BYTES 22 /* end of central directory, without its comment */
#define COMMENT_MAX 65535
#define LOCATOR_BYTES 20
#define END64_BYTES 56
#define ENTRY_BYTES 46
#define LOCAL_BYTES 30
#define PIECE_BYTES 65536
#define MADE_BY_UNIX 3
#define METHOD_AES 99

static uint64_t
little(const char *p, unsigned n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | (unsigned char)p[n];
	return v;
}

void
zip_refuse(struct zip *z, bool is_limit, uint64_t at, const char *fmt, ...)
{
	va_list ap;

	if (z->fault[0])
		return;
	z->is_limit = is_limit;
	z->fault_at = at;
	va_start(ap, fmt);
	(void)vsnprintf(z->fault, sizeof z->fault, fmt, ap);
	va_end(ap);
	text_clean(z->fault);
}

static int
read_at(struct zip *z, void *to, size_t n, uint64_t at, size_t *got, struct err *err)
{
	*got = 0;
	while (*got < n) {
		ssize_t r = pread(z->fd, (char *)to + *got, n - *got, (off_t)(at + *got));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(err, E_IO, "cannot read the archive");
		if (r == 0)
			break;
		*got += (size_t)r;
	}
	return 0;
}

/* ---- the end ---- */

struct end {
	uint64_t entries;
	uint64_t at; /* of the directory */
	uint64_t bytes;
	uint64_t limit; /* the directory ends before this */
};

/* Numbers that do not fit stand in a ZIP64 record. */
static int
read_end64(struct zip *z, uint64_t end_at, struct end *out, struct err *err)
{
	char locator[LOCATOR_BYTES], end[END64_BYTES];
	uint64_t at;
	size_t n;

	if (end_at < LOCATOR_BYTES)
		return 0;
	if (read_at(z, locator, sizeof locator, end_at - LOCATOR_BYTES, &n, err) < 0)
		return -1;
	if (n < sizeof locator || memcmp(locator, "PK\6\7", 4) != 0)
		return 0;
	at = little(locator + 8, 8);
	if (at > end_at || read_at(z, end, sizeof end, at, &n, err) < 0)
		return at > end_at ? 0 : -1;
	if (n < sizeof end || memcmp(end, "PK\6\6", 4) != 0)
		return 0;
	*out = (struct end){little(end + 32, 8), little(end + 48, 8), little(end + 40, 8), at};
	return 0;
}

static int
find_end(struct zip *z, struct end *out, struct err *err)
{
	uint64_t want = END_BYTES + COMMENT_MAX, from = z->file_bytes > want ? z->file_bytes - want : 0;
	char *tail = arena_raw(z->a, (size_t)want);
	size_t n;

	if (read_at(z, tail, (size_t)want, from, &n, err) < 0)
		return -1;
	for (size_t i = n < END_BYTES ? 0 : n - END_BYTES + 1; i-- > 0;) {
		const char *e = tail + i;
		if (memcmp(e, "PK\5\6", 4) != 0 || i + END_BYTES + little(e + 20, 2) != n)
			continue;
		*out = (struct end){little(e + 10, 2), little(e + 16, 4), little(e + 12, 4), from + i};
		if ((out->at == UINT32_MAX || out->bytes == UINT32_MAX || out->entries == UINT16_MAX) &&
		    read_end64(z, from + i, out, err) < 0)
			return -1;
		if (out->at > out->limit || out->bytes > out->limit - out->at)
			break;
		return 0;
	}
	zip_refuse(z, false, z->file_bytes, "the ZIP archive has no directory at its end; it is cut short or damaged");
	return 0;
}

/* ---- the directory ---- */

/* Sizes and places of more than 4 GB stand in an extra field. */
static void
take_extra64(struct zip_entry *e, const char *p, size_t n)
{
	while (n >= 4) {
		uint64_t id = little(p, 2), size = little(p + 2, 2);
		const char *at = p + 4, *end;
		if (size > n - 4)
			return;
		end = at + size;
		if (id == 1) {
			uint64_t *fields[] = {&e->bytes, &e->packed, &e->at};
			for (size_t i = 0; i < 3; i++)
				if (*fields[i] == UINT32_MAX && end - at >= 8) {
					*fields[i] = little(at, 8);
					at += 8;
				}
			return;
		}
		p = end;
		n -= 4 + size;
	}
}

/* Why an entry is refused by what the directory says of it. */
static void
judge(struct zip *z, const struct zip_entry *e, const char *p, const char *name)
{
	uint64_t flags = little(p + 8, 2), mode = little(p + 38, 4) >> 16;
	const char *why = name_fault(name, e->name_bytes);
	int shown = e->name_bytes > 120 ? 120 : e->name_bytes;
	bool is_unix = (unsigned char)p[5] == MADE_BY_UNIX;

	if (why)
		zip_refuse(z, e->name_bytes > NAME_PATH_BYTES_MAX, e->dir_at,
		    "the member '%.*s' %s; pack the archive again from inside its folder, with plain UTF-8 names",
		    shown, name, why);
	else if (flags & 0x41 || e->method == METHOD_AES)
		zip_refuse(z, false, e->dir_at,
		    "the member '%.*s' is encrypted; pack the archive again without a password", shown, name);
	else if (is_unix && S_ISLNK(mode))
		zip_refuse(z, false, e->dir_at, "the member '%.*s' is a symbolic link; pack the file that it leads to",
		    shown, name);
	else if (is_unix && (mode & S_IFMT) && !S_ISREG(mode) && !S_ISDIR(mode))
		zip_refuse(z, false, e->dir_at, "the member '%.*s' is a device or another special file; leave it out",
		    shown, name);
	else if (e->method != 0 && e->method != 8)
		zip_refuse(z, false, e->dir_at,
		    "the member '%.*s' is packed by method %u; pack the archive again with Deflate, which every program has",
		    shown, name, e->method);
	else if (e->method == 0 && e->bytes != e->packed)
		zip_refuse(z, false, e->dir_at, "the member '%.*s' has two sizes; the archive is damaged", shown, name);
	else if (e->bytes > ZIP_RATIO_BYTES_MIN && e->bytes / ZIP_RATIO_MAX > e->packed)
		zip_refuse(z, true, e->dir_at,
		    "the member '%.*s' unpacks to more than %u times its size, which is the limit: this may be a bomb",
		    shown, name, ZIP_RATIO_MAX);
	else if ((z->bytes += e->bytes) > ZIP_UNPACKED_BYTES_MAX || e->bytes > ZIP_UNPACKED_BYTES_MAX)
		zip_refuse(z, true, e->dir_at,
		    "the archive unpacks to more than %" PRIu64 " GiB, which is the limit; split it",
		    ZIP_UNPACKED_BYTES_MAX >> 30);
}

/* One entry at p, n bytes there. Returns its length, 0 when it is not whole. */
static size_t
take_entry(struct zip *z, const char *p, size_t n, uint64_t at)
{
	struct zip_entry *e = (struct zip_entry *)z->entries.p + z->n;
	size_t extra_bytes, length;
	const char *name = p + ENTRY_BYTES;

	if (n < ENTRY_BYTES || memcmp(p, "PK\1\2", 4) != 0)
		return 0;
	*e = (struct zip_entry){.at = little(p + 42, 4),
	    .packed = little(p + 20, 4),
	    .bytes = little(p + 24, 4),
	    .dir_at = at,
	    .crc = (uint32_t)little(p + 16, 4),
	    .method = (uint16_t)little(p + 10, 2),
	    .name_bytes = (uint16_t)little(p + 28, 2)};
	extra_bytes = little(p + 30, 2);
	length = ENTRY_BYTES + e->name_bytes + extra_bytes + little(p + 32, 2);
	if (n < length)
		return 0;
	take_extra64(e, name + e->name_bytes, extra_bytes);
	judge(z, e, p, name);
	if (z->fault[0])
		return length;
	e->is_dir = name[e->name_bytes - 1] == '/';
	e->hash = name_hash(&z->key, name, e->name_bytes, false);
	e->folded = name_hash(&z->key, name, e->name_bytes, true);
	z->n++;
	return length;
}

static int
read_directory(struct zip *z, const struct end *end, struct err *err)
{
	size_t cap = PIECE_BYTES * 4, have = 0, used = 0;
	char *p = arena_raw(z->a, cap); /* an entry has at most 46 + 3 * 65,535 bytes */
	uint64_t at = end->at, read = at, stop = end->at + end->bytes;

	while (z->n < end->entries && !z->fault[0]) {
		size_t length = take_entry(z, p + used, have - used, at);
		if (length) {
			used += length;
			at += length;
			continue;
		}
		memmove(p, p + used, have - used);
		have -= used;
		used = 0;
		if (read >= stop || have == cap)
			break;
		if (read_at(z, p + have, stop - read < cap - have ? (size_t)(stop - read) : cap - have, read, &length,
			err) < 0)
			return -1;
		if (length == 0)
			break;
		have += length;
		read += length;
	}
	if (z->n < end->entries)
		zip_refuse(z, false, at,
		    "the archive's directory promises %" PRIu64 " entries and holds %zu; it is damaged", end->entries,
		    z->n);
	return 0;
}

/* ---- entries against each other ---- */

static int
by_place(const void *a, const void *b)
{
	const struct zip_entry *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* Members that share bytes: each byte of the file would be unpacked many times over (Fifield, "A better zip bomb"). */
static int
check_places(struct zip *z, uint64_t limit, struct err *err)
{
	const struct zip_entry *e = z->entries.p;
	char name[NAME_PATH_BYTES_MAX + 1], before[NAME_PATH_BYTES_MAX + 1];

	for (size_t i = 0; i < z->n; i++) {
		uint64_t room = (i + 1 < z->n ? e[i + 1].at : limit) - e[i].at;
		if (e[i].at <= limit && (i + 1 == z->n || e[i + 1].at <= limit) &&
		    room >= LOCAL_BYTES + (uint64_t)e[i].name_bytes &&
		    room - LOCAL_BYTES - e[i].name_bytes >= e[i].packed)
			continue;
		if (zip_name(z, &e[i], before, err) < 0 || (i + 1 < z->n && zip_name(z, &e[i + 1], name, err) < 0))
			return -1;
		if (i + 1 < z->n && e[i + 1].at <= limit)
			zip_refuse(z, true, e[i + 1].at,
			    "the members '%.100s' and '%.100s' share bytes of the archive: this may be a bomb; pack it again",
			    before, name);
		else
			zip_refuse(
			    z, false, e[i].at, "the member '%.100s' reaches beyond its archive; it is damaged", before);
		return 0;
	}
	return 0;
}

struct named {
	uint64_t hash;
	size_t entry;
};

static int
by_hash(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* Two members of one path, or of paths that differ in case only. */
static int
check_names(struct zip *z, struct err *err)
{
	const struct zip_entry *e = z->entries.p;
	char one[NAME_PATH_BYTES_MAX + 1], other[NAME_PATH_BYTES_MAX + 1];
	struct mem *mem = ARENA_NEW(z->a, struct mem); /* the arena knows of it as long as it lives */
	struct named *names;
	int rc = 0;

	mem_init(mem, z->a);
	mem_set(mem, (z->n + 1) * sizeof *names, 0);
	names = mem->p;
	for (size_t i = 0; i < z->n; i++)
		names[i] = (struct named){e[i].folded, i};
	if (z->n > 1)
		qsort(names, z->n, sizeof *names, by_hash);
	for (size_t i = 0; i + 1 < z->n && !z->fault[0] && rc == 0; i++) {
		if (names[i].hash != names[i + 1].hash)
			continue;
		rc =
		    zip_name(z, &e[names[i].entry], one, err) < 0 || zip_name(z, &e[names[i + 1].entry], other, err) < 0
			? -1
			: 0;
		if (rc == 0 && e[names[i].entry].hash == e[names[i + 1].entry].hash)
			zip_refuse(z, false, e[names[i + 1].entry].dir_at,
			    "two members have the path '%.100s'; one would overwrite the other: rename or remove one",
			    one);
		else if (rc == 0)
			zip_refuse(z, false, e[names[i + 1].entry].dir_at,
			    "the members '%.100s' and '%.100s' differ in case only; on Windows and macOS one would overwrite the other: rename one",
			    one, other);
	}
	mem_release(mem);
	return rc;
}

int
zip_open(struct zip *z, struct arena *a, int fd, uint64_t file_bytes, struct err *err)
{
	struct end end = {0};

	*z = (struct zip){.a = a, .fd = fd, .file_bytes = file_bytes};
	rnd_bytes(&z->key, sizeof z->key);
	mem_init(&z->entries, a);
	if (find_end(z, &end, err) < 0)
		return -1;
	if (end.entries > ZIP_ENTRIES_MAX)
		zip_refuse(z, true, end.at, "the archive has %" PRIu64 " entries; the limit is %u: split it",
		    end.entries, ZIP_ENTRIES_MAX);
	if (end.bytes > ZIP_DIRECTORY_BYTES_MAX)
		zip_refuse(z, true, end.at,
		    "the archive's directory has %" PRIu64 " bytes; the limit is %" PRIu64 " MiB: split it", end.bytes,
		    ZIP_DIRECTORY_BYTES_MAX >> 20);
	if (z->fault[0])
		return 0;
	mem_set(&z->entries, ((size_t)end.entries + 1) * sizeof(struct zip_entry), 0);
	if (read_directory(z, &end, err) < 0)
		return -1;
	if (z->fault[0])
		return 0;
	if (z->n > 1)
		qsort(z->entries.p, z->n, sizeof(struct zip_entry), by_place);
	if (check_places(z, end.at, err) < 0 || (!z->fault[0] && check_names(z, err) < 0))
		return -1;
	return 0;
}

void
zip_close(struct zip *z)
{
	mem_release(&z->entries);
	z->n = 0;
}

int
zip_name(struct zip *z, const struct zip_entry *e, char out[NAME_PATH_BYTES_MAX + 1], struct err *err)
{
	size_t n, want = e->name_bytes > NAME_PATH_BYTES_MAX ? NAME_PATH_BYTES_MAX : e->name_bytes;

	if (read_at(z, out, want, e->dir_at + ENTRY_BYTES, &n, err) < 0)
		return -1;
	out[n] = '\0';
	return 0;
}

/* ---- a member's bytes ---- */

struct member {
	struct zip *z;
	const struct zip_entry *e;
	const char *name;
	zip_take_fn take;
	void *arg;
	bool is_wanted;
	uint64_t bytes;
	uLong crc;
};

static bool
give(struct member *m, const char *p, size_t n)
{
	m->bytes += n;
	if (m->bytes > m->e->bytes) {
		zip_refuse(m->z, true, m->e->at,
		    "the member '%.120s' is longer than the archive says: this may be a bomb", m->name);
		return false;
	}
	m->crc = crc32(m->crc, (const Bytef *)p, (uInt)n);
	if (m->is_wanted && m->take)
		m->is_wanted = m->take(m->arg, p, n);
	return true;
}

/* The local header repeats the name; where it has another one, two programs would unpack two things. */
static int
check_local(struct member *m, uint64_t *data_at, struct err *err)
{
	char head[LOCAL_BYTES + NAME_PATH_BYTES_MAX];
	size_t n;
	uint64_t name_bytes;

	if (read_at(m->z, head, LOCAL_BYTES + (size_t)m->e->name_bytes, m->e->at, &n, err) < 0)
		return -1;
	name_bytes = n >= LOCAL_BYTES ? little(head + 26, 2) : 0;
	if (n < LOCAL_BYTES + (size_t)m->e->name_bytes || memcmp(head, "PK\3\4", 4) != 0 ||
	    name_bytes != m->e->name_bytes || memcmp(head + LOCAL_BYTES, m->name, m->e->name_bytes) != 0)
		zip_refuse(m->z, false, m->e->at,
		    "the member '%.120s' has another name or none where it begins; the archive is damaged", m->name);
	*data_at = m->e->at + LOCAL_BYTES + name_bytes + (n >= LOCAL_BYTES ? little(head + 28, 2) : 0);
	return 0;
}

static int
inflate_pieces(struct member *m, uint64_t at, z_stream *s, char *in, char *out, struct err *err)
{
	uint64_t left = m->e->packed;
	int rc = Z_OK;

	while (rc == Z_OK && !m->z->fault[0]) {
		size_t n;
		if (s->avail_in == 0 && left > 0) {
			if (read_at(m->z, in, left < PIECE_BYTES ? (size_t)left : PIECE_BYTES, at, &n, err) < 0)
				return -1;
			at += n;
			left = n ? left - n : 0;
			s->next_in = (Bytef *)in;
			s->avail_in = (uInt)n;
		}
		s->next_out = (Bytef *)out;
		s->avail_out = PIECE_BYTES;
		rc = inflate(s, Z_NO_FLUSH);
		n = PIECE_BYTES - s->avail_out;
		if ((n > 0 && !give(m, out, n)) || (rc == Z_BUF_ERROR && n == 0 && left == 0))
			break;
		if (rc == Z_BUF_ERROR)
			rc = Z_OK;
	}
	if (rc != Z_STREAM_END || s->avail_in > 0 || left > 0)
		zip_refuse(m->z, false, m->e->at,
		    "the member '%.120s' cannot be unpacked; the archive is cut short or damaged", m->name);
	return 0;
}

static int
read_member(struct member *m, uint64_t at, struct err *err)
{
	char *in = arena_raw(m->z->a, PIECE_BYTES), *out;
	z_stream s = {0};
	int rc = 0;

	if (m->e->method == 8) {
		out = arena_raw(m->z->a, PIECE_BYTES);
		if (inflateInit2(&s, -MAX_WBITS) != Z_OK)
			return err_set(err, E_LIMIT, "no memory to unpack a ZIP member");
		rc = inflate_pieces(m, at, &s, in, out, err);
		(void)inflateEnd(&s);
		return rc;
	}
	for (uint64_t left = m->e->packed; left > 0 && !m->z->fault[0];) {
		size_t n;
		if (read_at(m->z, in, left < PIECE_BYTES ? (size_t)left : PIECE_BYTES, at, &n, err) < 0)
			return -1;
		if (n == 0 || !give(m, in, n))
			break;
		left -= n;
		at += n;
	}
	return 0;
}

int
zip_read(struct zip *z, const struct zip_entry *e, zip_take_fn take, void *arg, struct err *err)
{
	char name[NAME_PATH_BYTES_MAX + 1];
	struct member m = {
	    .z = z, .e = e, .name = name, .take = take, .arg = arg, .is_wanted = true, .crc = crc32(0, NULL, 0)};
	struct arena *whole = z->a;
	uint64_t at;
	int rc;

	if (zip_name(z, e, name, err) < 0 || check_local(&m, &at, err) < 0)
		return -1;
	if (z->fault[0])
		return 0;
	z->a = arena_new(0); /* its buffers go when it is read */
	rc = read_member(&m, at, err);
	arena_free(z->a);
	z->a = whole;
	if (rc < 0)
		return -1;
	if (m.bytes != e->bytes || (uint32_t)m.crc != e->crc)
		zip_refuse(z, false, e->at,
		    "the member '%.120s' is not what the archive says (its %s differs); it is damaged: pack it again",
		    name, m.bytes != e->bytes ? "size" : "checksum");
	return 0;
}
