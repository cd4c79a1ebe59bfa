/* SPDX-License-Identifier: Apache-2.0 */
/* ZIP archives of packs, with libarchive: in memory only, every limit named. */
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/arena.h"
#include "core/fd.h"
#include "core/utf8.h"
#include "pack/bundle.h"
#include "pack/bundle_work.h"

#define CHUNK_BYTES ((size_t)64 << 10)
#define ENTRIES_MAX (BUNDLE_FILES_MAX * 4)
#define DOS_EPOCH 315532800 /* 1980-01-01: the first moment that a ZIP archive can name */

/* A name as it can be shown. */
static const char *
shown(struct gather *g, const char *name)
{
	size_t n = strlen(name), ok;
	char *out;

	if (n > BUNDLE_PATH_BYTES_MAX)
		n = BUNDLE_PATH_BYTES_MAX + 1;
	out = arena_dup(g->a, name, n);
	while ((ok = utf8_check(out, n)) < n)
		out[ok] = '?';
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)out[i] < ' ' || out[i] == 127)
			out[i] = '?';
	return out;
}

/* The entry's bytes; NULL after a finding. */
static char *
read_entry(struct gather *g, struct archive *z, const char *path, size_t *n)
{
	char *to = arena_raw(g->a, CHUNK_BYTES);
	size_t used = 0, cap = CHUNK_BYTES;

	for (;;) {
		la_ssize_t got;

		if (used == cap) {
			char *more = arena_raw(g->a, cap * 2);

			memcpy(more, to, used);
			to = more;
			cap *= 2;
		}
		got = archive_read_data(z, to + used, cap - used);
		if (got < 0) {
			gather_find(g, path, "the archive is damaged here: %s",
			    archive_error_string(z) ? archive_error_string(z) : "no reason given");
			return NULL;
		}
		if (got == 0)
			break;
		used += (size_t)got;
		if (g->bytes + used > BUNDLE_BYTES_MAX) {
			gather_find(g, path, "unpacked, the archive has more than %zu MiB", BUNDLE_BYTES_MAX >> 20);
			g->is_full = true;
			return NULL;
		}
	}
	g->bytes += used;
	*n = used;
	return arena_dup(g->a, to, used);
}

static void
take_entry(struct gather *g, struct archive *z, struct archive_entry *e, size_t number)
{
	const char *raw = archive_entry_pathname(e);
	const char *path;
	size_t n;
	char *bytes;

	if (!raw)
		raw = archive_entry_pathname_utf8(e);
	if (!raw) {
		gather_find(g, "(archive)", "entry %zu: names of a pack's files are of letters, digits, '.', '_' and '-'", number);
		return;
	}
	path = shown(g, raw);
	if (archive_entry_hardlink(e) || archive_entry_symlink(e) || archive_entry_filetype(e) == AE_IFLNK) {
		gather_find(g, path, "a link; packs hold plain files only");
		return;
	}
	if (archive_entry_filetype(e) == AE_IFDIR) {
		size_t len = strlen(path);

		if (archive_entry_size(e) > 0) {
			gather_find(g, path, "the archive says that it is a folder, and that it holds %lld bytes",
			    (long long)archive_entry_size(e));
			return;
		}
		while (len > 0 && path[len - 1] == '/')
			len--;
		(void)gather_name(g, arena_dup(g->a, path, len));
		return;
	}
	if (archive_entry_filetype(e) != AE_IFREG && archive_entry_filetype(e) != 0) {
		gather_find(g, path, "neither a file nor a folder; packs hold plain files only");
		return;
	}
	if (!gather_name(g, path))
		return;
	if (archive_entry_is_encrypted(e)) {
		gather_find(g, path, "it is encrypted; make the archive without a password");
		return;
	}
	bytes = read_entry(g, z, path, &n);
	if (bytes)
		gather_file(g, path, bytes, n);
}

/* By the directory at its end alone: read from its front, an archive that was cut short would seem whole. */
void
gather_zip(struct gather *g, const char *p, size_t n)
{
	struct archive *z = archive_read_new();
	struct archive_entry *e;
	int rc = ARCHIVE_FATAL;

	INVARIANT(z);
	if (archive_read_support_format_zip_seekable(z) == ARCHIVE_OK && archive_read_open_memory(z, p, n) == ARCHIVE_OK)
		for (size_t i = 0; (rc = archive_read_next_header(z, &e)) == ARCHIVE_OK || rc == ARCHIVE_WARN; i++) {
			if (i == ENTRIES_MAX) {
				gather_find(g, "(archive)", "more than %d entries", ENTRIES_MAX);
				break;
			}
			take_entry(g, z, e, i + 1);
			if (g->is_full || g->findings.n >= BUNDLE_FINDINGS_MAX)
				break;
		}
	if (rc == ARCHIVE_FATAL || rc == ARCHIVE_FAILED || rc == ARCHIVE_RETRY)
		gather_find(g, "(archive)", "the ZIP archive cannot be read: %s",
		    archive_error_string(z) ? archive_error_string(z) : "it is damaged");
	else if (rc == ARCHIVE_EOF && g->files.n == 0 && g->findings.n == 0)
		gather_find(g, "(archive)", "the archive has no files");
	(void)archive_read_free(z);
}

/* --- writing ---------------------------------------------------------------------------------------------- */

static int
write_one(struct archive *z, const struct bundle_file *f)
{
	struct archive_entry *e = archive_entry_new();
	int rc = ARCHIVE_FATAL;

	if (!e)
		return -1;
	archive_entry_set_pathname(e, f->path);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (la_int64_t)f->n);
	archive_entry_set_mtime(e, DOS_EPOCH, 0);
	if (archive_write_header(z, e) == ARCHIVE_OK &&
	    (f->n == 0 || archive_write_data(z, f->bytes, f->n) == (la_ssize_t)f->n))
		rc = ARCHIVE_OK;
	archive_entry_free(e);
	return rc == ARCHIVE_OK ? 0 : -1;
}

int
bundle_zip(struct arena *a, const struct bundle *b, char **out, size_t *n, struct err *err)
{
	const size_t cap = BUNDLE_BYTES_MAX + BUNDLE_FILES_MAX * 1024;
	struct archive *z = archive_write_new();
	char *to = arena_raw(a, cap);
	int rc = -1;

	INVARIANT(z);
	if (archive_write_set_format_zip(z) == ARCHIVE_OK && archive_write_zip_set_compression_deflate(z) == ARCHIVE_OK &&
	    archive_write_set_bytes_per_block(z, 0) == ARCHIVE_OK && archive_write_open_memory(z, to, cap, n) == ARCHIVE_OK) {
		rc = 0;
		for (size_t i = 0; rc == 0 && i < b->nfiles; i++)
			rc = write_one(z, &b->files[i]);
		if (rc == 0 && archive_write_close(z) != ARCHIVE_OK)
			rc = -1;
	}
	if (rc < 0)
		(void)err_set(err, E_INTERNAL, "the archive cannot be written: %s", archive_error_string(z));
	(void)archive_write_free(z);
	if (rc == 0 && *n > BUNDLE_ARCHIVE_BYTES_MAX)
		return err_set(err, E_TOO_LARGE, "the archive has %zu bytes; at most %zu MiB are taken", *n,
		    BUNDLE_ARCHIVE_BYTES_MAX >> 20);
	if (rc == 0)
		*out = to;
	return rc;
}

/* --- from a folder ---------------------------------------------------------------------------------------- */

#define TAKE_DEPTH_MAX 6

/* Recursion is bounded by TAKE_DEPTH_MAX; a pack's files lie four folders deep at most. */
static int
take_folder(struct gather *g, const char *dir, const char *prefix, unsigned depth, struct err *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int rc = 0;

	if (!d)
		return err_sys(err, errno == ENOENT ? E_NOT_FOUND : E_IO, "cannot open '%s'", dir);
	while (rc == 0 && !g->is_full && (e = readdir(d)) != NULL) {
		const char *path = arena_printf(g->a, "%s%s%s", prefix, *prefix ? "/" : "", e->d_name);
		const char *full = arena_printf(g->a, "%s/%s", dir, e->d_name);
		struct stat st;
		char *bytes;
		size_t n;

		if (e->d_name[0] == '.' || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) {
			gather_find(g, path, "neither a file nor a folder; packs hold plain files only");
		} else if (S_ISDIR(st.st_mode)) {
			if (gather_name(g, path) && depth < TAKE_DEPTH_MAX)
				rc = take_folder(g, full, path, depth + 1, err);
		} else if (gather_name(g, path)) {
			rc = file_load(g->a, full, BUNDLE_BYTES_MAX, &bytes, &n, err);
			if (rc == 0) {
				g->bytes += n;
				gather_file(g, path, bytes, n);
			}
			if (g->bytes > BUNDLE_BYTES_MAX) {
				gather_find(g, path, "the pack has more than %zu MiB", BUNDLE_BYTES_MAX >> 20);
				g->is_full = true;
			}
		}
	}
	(void)closedir(d);
	return rc;
}

int
bundle_take(struct arena *a, const char *dir, const char *name, struct bundle *out,
    const struct pack_finding **findings, size_t *nfindings, struct err *err)
{
	struct gather g;

	gather_init(&g, a);
	if (take_folder(&g, arena_printf(a, "%s/domain", dir), "domain", 0, err) < 0)
		return -1;
	if (g.findings.n == 0)
		gather_finish(&g, name, out);
	*findings = (const struct pack_finding *)(void *)g.findings.at;
	*nfindings = g.findings.n;
	return 0;
}
