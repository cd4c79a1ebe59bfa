/* SPDX-License-Identifier: Apache-2.0 */
#include "types/nested.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"

#define LISTED_MAX 50
#define PIECE_BYTES 65536

/* A member while its bytes pass. */
struct passing {
	struct nested *n;
	struct member m;
	bool is_outer;
	bool is_begun;  /* the first piece was looked at */
	bool is_wanted; /* by the caller */
	uint64_t bytes; /* that it will have; UINT64_MAX: not known */
	unsigned depth; /* of archives around it */
	const char *prefix;
	int spool; /* its bytes, to be looked into; -1 */
	uint64_t spooled;
	struct err *err;
	bool is_failed;
};

static int look_into(struct nested *n, struct zip *outer, struct passing *p, struct err *err);

static int
spool_open(void)
{
	const char *dir = getenv("TMPDIR");
	int fd = dir && *dir ? open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return fd < 0 ? memfd_create("nested", MFD_CLOEXEC) : fd;
}

static const char *
archive_name(enum format f, const char *p, size_t n)
{
	static const struct {
		const char *name;
		size_t at;
		const char *magic;
		size_t bytes;
	} table[] = {{"tar", 257, "ustar", 5}, {"7z", 0, "7z\xbc\xaf\x27\x1c", 6}, {"rar", 0, "Rar!\x1a\7", 6},
	    {"xz", 0,
		"\xfd"
		"7zXZ\0",
		6},
	    {"bzip2", 0, "BZh", 3}, {"zstd", 0, "\x28\xb5\x2f\xfd", 4}};

	if (f == FORMAT_ZIP)
		return "zip";
	if (f == FORMAT_GZIP)
		return "gzip";
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (n >= table[i].at + table[i].bytes && memcmp(p + table[i].at, table[i].magic, table[i].bytes) == 0)
			return table[i].name;
	return NULL;
}

static bool
may_look(const char *archive)
{
	return strcmp(archive, "zip") == 0 || strcmp(archive, "gzip") == 0 || strcmp(archive, "tar") == 0;
}

static bool
take(void *arg, const char *p, size_t n)
{
	struct passing *s = arg;

	if (!s->is_begun) {
		s->is_begun = true;
		s->m.format = kind_sniff(p, n < SNIFF_BYTES ? n : SNIFF_BYTES, n == s->bytes, s->m.path);
		s->m.archive = archive_name(s->m.format, p, n);
		if (s->m.archive && may_look(s->m.archive))
			s->spool = spool_open();
	}
	if (s->is_outer && s->is_wanted && s->n->take)
		s->is_wanted = s->n->take(s->n->arg, p, n);
	if (s->spool >= 0) {
		s->spooled += n;
		if (s->spooled > ZIP_NESTED_BYTES_MAX) {
			fd_close(&s->spool);
			listing_add(&s->n->unsound, s->m.path, strlen(s->m.path));
		} else if (fd_write_all(s->spool, p, n, s->err) < 0) {
			s->is_failed = true;
			return false;
		}
	}
	return s->spool >= 0 || (s->is_outer && s->is_wanted);
}

/* The member has passed; when it is an archive, it is next. */
static int
passed(struct nested *n, struct zip *outer, struct passing *s, struct err *err)
{
	int rc = 0;

	if (s->is_failed)
		rc = -1;
	else if (s->m.archive && !outer->fault[0])
		rc = look_into(n, outer, s, err);
	fd_close(&s->spool);
	return rc;
}

static bool
count(struct nested *n, struct zip *outer, uint64_t bytes, const char *path)
{
	n->unpacked += bytes;
	if (n->unpacked <= ZIP_UNPACKED_BYTES_MAX)
		return true;
	zip_refuse(outer, true, 0,
	    "with the archives inside, it unpacks to more than %" PRIu64
	    " GiB (at '%.120s'), which is the limit: this may be a bomb",
	    ZIP_UNPACKED_BYTES_MAX >> 30, path);
	return false;
}

/* All members of z, which is outer itself or lies somewhere inside. */
static int
read_zip(struct nested *n, struct zip *outer, struct zip *z, unsigned depth, const char *prefix, struct err *err)
{
	const struct zip_entry *e = z->entries.p;
	struct arena *a = arena_new(0);
	int rc = 0;

	for (size_t i = 0; i < z->n && rc == 0 && !z->fault[0] && !outer->fault[0]; i++) {
		char name[NAME_PATH_BYTES_MAX + 1];
		struct passing s = {.n = n,
		    .is_outer = depth == 0,
		    .is_wanted = true,
		    .bytes = e[i].bytes,
		    .depth = depth,
		    .spool = -1,
		    .err = err};
		rc = zip_name(z, &e[i], name, err);
		if (rc < 0)
			break;
		s.m = (struct member){.entry = &e[i],
		    .format = FORMAT_EMPTY,
		    .path = *prefix ? arena_printf(a, "%s/%s", prefix, name) : name};
		if (depth > 0 && !count(n, outer, e[i].bytes, s.m.path))
			break;
		if (s.is_outer && n->begin)
			s.is_wanted = n->begin(n->arg, name, &e[i]);
		rc = zip_read(z, &e[i], take, &s, err);
		if (rc == 0 && s.is_outer && n->end && !z->fault[0])
			n->end(n->arg, &s.m);
		rc = rc == 0 ? passed(n, outer, &s, err) : -1;
		fd_close(&s.spool);
		arena_clear(a);
	}
	arena_free(a);
	return rc;
}

static int
inner_zip(struct nested *n, struct zip *outer, struct passing *p, struct err *err)
{
	struct arena *a = arena_new(0);
	struct zip z;
	int rc = zip_open(&z, a, p->spool, p->spooled, err);

	if (rc == 0 && !z.fault[0])
		rc = read_zip(n, outer, &z, p->depth + 1, p->m.path, err);
	if (rc == 0 && z.fault[0] && z.is_limit)
		zip_refuse(outer, true, 0, "in '%.100s': %s", p->m.path, z.fault);
	else if (rc == 0 && z.fault[0])
		listing_add(&n->unsound, p->m.path, strlen(p->m.path));
	zip_close(&z);
	arena_free(a);
	return rc;
}

/* One file of a tar, or what a gzip holds. false: that is all that is read of the archive. */
static bool
inner_file(struct nested *n, struct zip *outer, struct passing *p, struct archive *in, struct passing *s, uint64_t *all,
    char *piece)
{
	la_ssize_t got = 0;

	while (!outer->fault[0] && (got = archive_read_data(in, piece, PIECE_BYTES)) > 0) {
		*all += (uint64_t)got;
		if (!count(n, outer, (uint64_t)got, s->m.path))
			break;
		if (*all > ZIP_RATIO_BYTES_MIN && *all / ZIP_RATIO_MAX > p->spooled) {
			zip_refuse(outer, true, 0,
			    "'%.120s' unpacks to more than %u times its size, which is the limit: this may be a bomb",
			    p->m.path, ZIP_RATIO_MAX);
			break;
		}
		if (!s->is_begun || s->spool >= 0)
			(void)take(s, piece, (size_t)got);
	}
	return got >= 0 && !outer->fault[0] && !s->is_failed;
}

static int
inner_tar(struct nested *n, struct zip *outer, struct passing *p, struct err *err)
{
	struct archive *in = archive_read_new();
	struct archive_entry *entry;
	struct arena *a = arena_new(0);
	char *piece = arena_raw(a, PIECE_BYTES);
	uint64_t all = 0;
	unsigned entries = 0;
	int rc = 0, found = ARCHIVE_FATAL;

	INVARIANT(in != NULL);
	(void)archive_read_support_filter_gzip(in);
	(void)archive_read_support_format_tar(in);
	(void)archive_read_support_format_raw(in);
	(void)archive_read_support_format_empty(in);
	if (lseek(p->spool, 0, SEEK_SET) == 0 && archive_read_open_fd(in, p->spool, PIECE_BYTES) == ARCHIVE_OK)
		while (rc == 0 && !outer->fault[0] && (found = archive_read_next_header(in, &entry)) == ARCHIVE_OK) {
			const char *name = archive_entry_pathname(entry);
			struct passing s = {.n = n,
			    .bytes = UINT64_MAX,
			    .depth = p->depth + 1,
			    .spool = -1,
			    .err = err,
			    .m = {.path = arena_printf(a, "%.600s/%.300s", p->m.path, name ? name : "")}};
			if (++entries > ZIP_ENTRIES_MAX)
				zip_refuse(outer, true, 0, "'%.120s' has more than %u entries, which is the limit",
				    p->m.path, ZIP_ENTRIES_MAX);
			if (!inner_file(n, outer, p, in, &s, &all, piece))
				found = ARCHIVE_FATAL;
			rc = found == ARCHIVE_FATAL && !s.is_failed ? 0 : passed(n, outer, &s, err);
			fd_close(&s.spool);
			if (found == ARCHIVE_FATAL)
				break;
		}
	if (rc == 0 && found != ARCHIVE_EOF && !outer->fault[0])
		listing_add(&n->unsound, p->m.path, strlen(p->m.path));
	(void)archive_read_free(in);
	arena_free(a);
	return rc;
}

/* Recursion is bounded by ZIP_NESTING_MAX. */
static int
look_into(struct nested *n, struct zip *outer, struct passing *p, struct err *err)
{
	listing_add(&n->archives, p->m.path, strlen(p->m.path));
	if (p->depth + 1 > n->depth)
		n->depth = p->depth + 1;
	if (p->depth + 1 > ZIP_NESTING_MAX) {
		zip_refuse(outer, true, 0,
		    "archives stand in archives more than %u deep ('%.150s'), which is the limit: unpack the inner ones first",
		    ZIP_NESTING_MAX, p->m.path);
		return 0;
	}
	if (p->spool < 0)
		return 0;
	if (++n->looked > ZIP_NESTED_MAX) {
		zip_refuse(
		    outer, true, 0, "more than %u archives inside, which is the limit: split it", ZIP_NESTED_MAX);
		return 0;
	}
	return strcmp(p->m.archive, "zip") == 0 ? inner_zip(n, outer, p, err) : inner_tar(n, outer, p, err);
}

int
nested_read(struct nested *n, struct zip *z, struct err *err)
{
	listing_init(&n->archives, n->a, LISTED_MAX);
	listing_init(&n->unsound, n->a, LISTED_MAX);
	n->unpacked = z->bytes;
	return read_zip(n, z, z, 0, "", err);
}
