/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles: which names a pack's files may have, and the form in which they are kept. */
#include "pack/bundle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/fd.h"
#include "core/jx.h"
#include "core/num.h"
#include "pack/bundle_work.h"
#include "pack/internal.h"

#define HEAD "forge.bundle.v1 "

void
gather_find(struct gather *g, const char *file, const char *fmt, ...)
{
	struct pack_finding *f;
	va_list ap;

	if (g->findings.n == BUNDLE_FINDINGS_MAX)
		return;
	va_start(ap, fmt);
	f = list_add(&g->findings);
	*f = (struct pack_finding){.file = file, .pointer = "", .message = arena_vprintf(g->a, fmt, ap)};
	va_end(ap);
}

void
gather_init(struct gather *g, struct arena *a)
{
	*g = (struct gather){.a = a};
	list_init(&g->files, a, sizeof(struct bundle_file));
	list_init(&g->findings, a, sizeof(struct pack_finding));
	list_init(&g->ignored, a, sizeof(const char *));
}

/* --- names ----------------------------------------------------------------------------------------------- */

/* What is wrong with a name, in words; NULL: nothing. */
static const char *
name_fault(const char *path)
{
	if (!*path)
		return "the name is empty";
	if (strlen(path) > BUNDLE_PATH_BYTES_MAX)
		return "the name is longer than 200 bytes";
	if (*path == '/' || (path[0] && path[1] == ':'))
		return "the name does not begin in the archive; names are relative";
	if (strchr(path, '\\'))
		return "the name has a backslash; folders are told apart by '/'";
	for (const char *p = path; *p; p += strcspn(p, "/"), p += *p == '/') {
		size_t n = strcspn(p, "/");

		if ((n == 2 && strncmp(p, "..", 2) == 0) || (n == 1 && *p == '.'))
			return "the name leads out of the archive ('.' and '..' are not taken)";
		if (n == 0)
			return "the name has an empty part";
	}
	for (const char *p = path; *p; p++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/", *p))
			return "names of a pack's files are of letters, digits, '.', '_' and '-'";
	return NULL;
}

/* What archivers and editors leave behind: no part of anything. */
static bool
is_litter(const char *path)
{
	for (const char *p = path; *p; p += strcspn(p, "/"), p += *p == '/') {
		size_t n = strcspn(p, "/");

		if ((*p == '.' && !(n == 1 || (n == 2 && p[1] == '.'))) || (n == 8 && strncmp(p, "__MACOSX", n) == 0) ||
		    (n == 11 && strncmp(p, "__pycache__", n) == 0))
			return true;
	}
	return false;
}

bool
gather_name(struct gather *g, const char *path)
{
	const char *fault;

	if (is_litter(path))
		return false;
	fault = name_fault(path);
	if (fault)
		gather_find(g, path, "%s", fault);
	return fault == NULL;
}

void
gather_file(struct gather *g, const char *path, const char *bytes, size_t n)
{
	for (size_t i = 0; i < g->files.n; i++)
		if (strcasecmp(((struct bundle_file *)(void *)g->files.at)[i].path, path) == 0) {
			gather_find(g, path, "the archive has this name twice");
			return;
		}
	if (g->files.n == BUNDLE_FILES_MAX) {
		if (!g->is_full)
			gather_find(g, path, "a pack has at most %d files", BUNDLE_FILES_MAX);
		g->is_full = true;
		return;
	}
	*(struct bundle_file *)list_add(&g->files) = (struct bundle_file){.path = path, .bytes = bytes, .n = n};
}

/* --- what belongs to a pack ------------------------------------------------------------------------------ */

/* Why a file of that path is not taken although the standard packs have such; NULL: it simply is no part. */
static const char *
refused_part(const char *path)
{
	static const struct {
		const char *prefix, *why;
	} parts[] = {
		{"workflow/", "an own pack brings a domain; workflow packs are Forge's"},
		{"policy/", "policies and execution profiles are set by who runs Forge, not by a pack"},
		{"schema/", "the shapes of packs are Forge's"},
		{"skill/", "programs lie with the pack, in domain/<id>/programs"},
		{"kinds.json", "the list of kinds is closed"},
		{"slots.json", "the list of slots is closed"},
		{"adapters.json", "adapters are Forge's"},
		{"vocabulary/", "the words lie in the pack, under `vocabulary`"},
	};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strncmp(path, parts[i].prefix, strlen(parts[i].prefix)) == 0)
			return parts[i].why;
	return NULL;
}

/* The parts of a path behind "domain/". */
static bool
is_part(const char *path)
{
	const char *rest = path + 7, *in;

	if (strncmp(path, "domain/", 7) != 0)
		return false;
	in = strchr(rest, '/');
	if (!in)
		return strlen(rest) > 5 && strcmp(rest + strlen(rest) - 5, ".json") == 0;
	return strncmp(in, "/playbooks/", 11) == 0 || strncmp(in, "/programs/", 10) == 0;
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct bundle_file *)a)->path, ((const struct bundle_file *)b)->path);
}

/* People zip the folder as often as what is in it: one folder around everything is taken off. */
static size_t
common_folder(const struct bundle_file *f, size_t n)
{
	size_t len;

	if (n == 0 || !strchr(f[0].path, '/'))
		return 0;
	len = (size_t)(strchr(f[0].path, '/') - f[0].path) + 1;
	if (strncmp(f[0].path, "domain/", len) == 0)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (strncmp(f[i].path, f[0].path, len) != 0)
			return 0;
	return len;
}

void
gather_finish(struct gather *g, const char *name, struct bundle *out)
{
	struct bundle_file *all = (struct bundle_file *)(void *)g->files.at;
	size_t n = g->files.n, cut, documents = 0, kept = 0;

	if (n > 1)
		qsort(all, n, sizeof *all, by_path);
	cut = common_folder(all, n);
	for (size_t i = 0; i < n; i++) {
		struct bundle_file f = all[i];
		const char *why;

		f.path += cut;
		why = refused_part(f.path);
		if (why) {
			gather_find(g, f.path, "%s", why);
		} else if (!is_part(f.path)) {
			*(const char **)list_add(&g->ignored) = f.path;
		} else {
			documents += strchr(f.path + 7, '/') == NULL;
			if (documents == 2 && strchr(f.path + 7, '/') == NULL)
				gather_find(g, f.path, "an upload is one pack, and this is a second");
			all[kept++] = f;
		}
	}
	if (documents == 0 && g->findings.n == 0)
		gather_find(g, "domain", "the archive has no domain/<id>.json: a pack is that document, with "
		    "domain/<id>/playbooks and domain/<id>/programs beside it");
	*out = (struct bundle){.name = name, .files = all, .nfiles = kept,
	    .ignored = (const char *const *)(void *)g->ignored.at, .nignored = g->ignored.n};
}

/* --- from an upload -------------------------------------------------------------------------------------- */

static void
read_document(struct gather *g, const char *p, size_t n)
{
	struct jx_options opt = {.bytes_max = BUNDLE_DOCUMENT_BYTES_MAX, .depth_max = PACK_DEPTH_MAX};
	struct pack_finding *f;
	struct jx *doc;
	struct err err;
	const char *id;

	if (jx_parse(g->a, p, n, &opt, &doc, &err) < 0) {
		int64_t line = 0;
		const char *at = strstr(err.msg, "line ");

		if (at)
			(void)num_parse(at + 5, strspn(at + 5, "0123456789"), 1, UINT32_MAX, &line, NULL);
		gather_find(g, "pack.json", "%s", err.msg);
		f = (struct pack_finding *)(void *)g->findings.at;
		f[g->findings.n - 1].line = (uint32_t)line;
		return;
	}
	id = jx_str(jx_find(doc, "id"), "");
	if (!*id || strlen(id) > 64 || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(id)) {
		gather_find(g, "pack.json", "the document has no `id` that a pack can have (small letters, digits and '-'), so "
		    "it is no forge.pack.v1 document");
		return;
	}
	gather_file(g, arena_printf(g->a, "domain/%s.json", id), p, n);
}

void
bundle_read(struct arena *a, const char *p, size_t n, const char *name, struct bundle *out,
    const struct pack_finding **findings, size_t *nfindings)
{
	size_t space = n < 64 ? n : 64;
	struct gather g;

	gather_init(&g, a);
	if (n > BUNDLE_ARCHIVE_BYTES_MAX)
		gather_find(&g, "(archive)", "%zu bytes; an archive has at most %zu MiB", n, BUNDLE_ARCHIVE_BYTES_MAX >> 20);
	else if (n >= 4 && memcmp(p, "PK", 2) == 0)
		gather_zip(&g, p, n);
	else if (memchr(p, '{', space) && strspn(p, " \t\r\n") < space && p[strspn(p, " \t\r\n")] == '{')
		read_document(&g, p, n);
	else
		gather_find(&g, "(archive)", "neither a ZIP archive nor a JSON document: it begins with neither 'PK' nor '{'");
	if (g.findings.n == 0)
		gather_finish(&g, name, out);
	*findings = (const struct pack_finding *)(void *)g.findings.at;
	*nfindings = g.findings.n;
}

/* --- the kept form: "forge.bundle.v1 <files>\n", then "<bytes> <path>\n<the bytes>\n" each ---------------- */

void
bundle_format(const struct bundle *b, struct buf *out)
{
	buf_printf(out, HEAD "%zu\n", b->nfiles);
	for (size_t i = 0; i < b->nfiles; i++) {
		buf_printf(out, "%zu %s\n", b->files[i].n, b->files[i].path);
		buf_add(out, b->files[i].bytes, b->files[i].n);
		buf_char(out, '\n');
	}
}

/* A number and the byte behind it; -1: there is none. */
static int64_t
take_number(const char **p, const char *end, char behind)
{
	size_t n = 0;
	int64_t v;

	while (*p + n < end && n < 20 && (*p)[n] >= '0' && (*p)[n] <= '9')
		n++;
	if (*p + n >= end || (*p)[n] != behind || num_parse(*p, n, 0, INT32_MAX, &v, NULL) < 0)
		return -1;
	*p += n + 1;
	return v;
}

int
bundle_parse(struct arena *a, const char *p, size_t n, const char *name, struct bundle *out, struct err *err)
{
	const char *end = p + n;
	struct bundle_file *f;
	int64_t count;

	if (n < sizeof HEAD || memcmp(p, HEAD, sizeof HEAD - 1) != 0)
		return err_set(err, E_HASH, "the stored pack does not begin as one");
	p += sizeof HEAD - 1;
	count = take_number(&p, end, '\n');
	if (count < 1 || count > BUNDLE_FILES_MAX)
		return err_set(err, E_HASH, "the stored pack does not say how many files it has");
	f = ARENA_ARRAY(a, (size_t)count, struct bundle_file);
	for (int64_t i = 0; i < count; i++) {
		int64_t bytes = take_number(&p, end, ' ');
		const char *line = bytes < 0 ? NULL : memchr(p, '\n', (size_t)(end - p));

		if (!line || end - line - 1 <= bytes || line[1 + bytes] != '\n')
			return err_set(err, E_HASH, "the stored pack ends in its file %" PRId64, i + 1);
		f[i].path = arena_dup(a, p, (size_t)(line - p));
		f[i].bytes = line + 1;
		f[i].n = (size_t)bytes;
		p = line + 1 + bytes + 1;
	}
	*out = (struct bundle){.name = name, .files = f, .nfiles = (size_t)count};
	return 0;
}
