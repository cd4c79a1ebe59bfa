/* SPDX-License-Identifier: Apache-2.0 */
/* Where documents come from: remotes given by the caller, the metaschemas, files below one folder. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "schema/registry_impl.h"
#include "schema/uri.h"
#include "schema/yaml.h"

#define ONLY_BELOW "only files below the base folder are read, by relative paths"

static const struct {
	const char *uri, *text;
} metaschemas[] = {
#define META(uri, text) {uri, text},
#include "schema/meta.inc"
#undef META
};

/* Is it called YAML? */
static bool
is_yaml_name(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (strcasecmp(dot, ".yaml") == 0 || strcasecmp(dot, ".yml") == 0);
}

/* By content; what begins as JSON does and is none is still read as YAML where the name says so ("{type: string}"). */
static int
parse(struct registry *reg, const char *path, const char *text, size_t n, struct jx **out, struct err *err)
{
	struct jx_options opt = {.bytes_max = reg->opt.document_bytes_max,
	    .depth_max = reg->opt.depth_max, .allow_nul = true, .allow_surrogates = true};

	if (text_parse(reg->a, text, n, &opt, out, err) == 0)
		return 0;
	return is_yaml_name(path) && err->code == E_JSON ? yaml_parse(reg->a, text, n, &opt, out, err) : -1;
}

static int
find_given(struct registry *reg, const struct resource *from, const char *uri, struct document **out,
    struct err *err)
{
	const struct jx *root = jx_find(reg->opt.remotes, uri);
	enum dialect d = from ? from->dialect : DIALECT_2020;
	struct jx *parsed;

	if (!root) /* people write "…/schema#" for the whole document */
		root = jx_find(reg->opt.remotes, arena_printf(reg->a, "%s#", uri));
	if (root)
		return document_add(reg, root, uri, uri, d, false, out, err);
	for (size_t i = 0; i < sizeof metaschemas / sizeof *metaschemas; i++) {
		const char *name = metaschemas[i].uri;
		bool is_https = strncmp(uri, "https:", 6) == 0;
		/* The old ones are http:, and known by both. */
		if (strcmp(name, uri) != 0 &&
		    !(is_https && strncmp(name, "http:", 5) == 0 && strcmp(name + 5, uri + 6) == 0))
			continue;
		if (jx_parse(reg->a, metaschemas[i].text, strlen(metaschemas[i].text), NULL, &parsed, err) < 0)
			return err_wrap(err, "the metaschema '%s'", uri);
		return document_add(reg, parsed, is_https ? uri : name, name, d, false, out, err);
	}
	*out = NULL;
	return 0;
}

/* Open path (relative, no dot parts) below the base folder, following no symbolic link. */
static int
open_below(struct registry *reg, const char *path, const char *ref, struct err *err)
{
	struct stat st;
	int dir, fd;

	if (reg->base_fd < 0)
		reg->base_fd = fd_open_dir(reg->base, err);
	if (reg->base_fd < 0)
		return -1;
	dir = reg->base_fd;
	for (;;) {
		size_t n = strcspn(path, "/");
		char name[NAME_MAX + 1];
		bool is_last = path[n] == '\0';
		int saved;
		if (n == 0 || n > NAME_MAX) {
			fd = -1;
			errno = ENOENT;
		} else {
			memcpy(name, path, n);
			name[n] = '\0';
			fd = openat(dir, name,
			    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (is_last ? 0 : O_DIRECTORY));
		}
		saved = errno;
		/* With O_DIRECTORY a link is "not a directory". */
		if (fd < 0 && saved == ENOTDIR && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISLNK(st.st_mode))
			saved = ELOOP;
		if (dir != reg->base_fd)
			(void)close(dir);
		errno = saved;
		if (fd < 0 && (errno == ELOOP || errno == EMLINK))
			return err_set(err, E_EGRESS, "reference '%.200s' leads through a symbolic link; write the real path", ref);
		if (fd < 0)
			return err_sys(err, errno == ENOENT || errno == ENOTDIR ? E_NOT_FOUND : E_IO,
			    "reference '%.200s': the file cannot be opened", ref);
		if (is_last)
			return fd;
		dir = fd;
		path += n + 1;
	}
}

static int
read_below(struct registry *reg, const char *path, const char *ref, char **text, size_t *n,
    struct err *err)
{
	struct stat st;
	int fd = open_below(reg, path, ref, err), rc;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return err_set(err, E_NOT_FOUND, "reference '%.200s' does not lead to a file", ref);
	}
	rc = fd_read_all(reg->a, fd, reg->opt.document_bytes_max, text, n, err);
	(void)close(fd);
	return rc < 0 ? err_wrap(err, "reference '%.200s'", ref) : 0;
}

int
document_find(struct registry *reg, const struct resource *from, const char *uri, const char *ref,
    size_t ref_bytes, struct document **out, struct err *err)
{
	size_t n, base_bytes = reg->base ? strlen(reg->base) : 0;
	const char *path, *full, *words = arena_dup(reg->a, ref, ref_bytes < 200 ? ref_bytes : 200);
	char *text;
	struct jx *root;

	if (find_given(reg, from, uri, out, err) < 0 || *out)
		return *out ? 0 : -1;
	if (strncmp(uri, "file:", 5) != 0 && strncmp(uri, "schema:", 7) != 0)
		return 0; /* *out is NULL: the caller says so */
	if (uri_has_scheme(ref, ref_bytes))
		return err_set(err, E_EGRESS, "reference '%s' is a file: URI; " ONLY_BELOW, words);
	if (ref_bytes && ref[0] == '/')
		return err_set(err, E_EGRESS, "reference '%s' is an absolute path; " ONLY_BELOW, words);
	if (strncmp(uri, "file:///", 8) != 0)
		return 0;
	if (!reg->base)
		return 0;
	path = uri_decode(reg->a, uri + 7, strcspn(uri + 7, "?"), &n);
	if (strlen(path) != n)
		return err_set(err, E_EGRESS, "reference '%s' holds a NUL character", words);
	full = path_normal(reg->a, path);
	if (base_bytes == 1)
		base_bytes = 0; /* the base folder is "/" */
	if (strncmp(full, reg->base, base_bytes) != 0 || full[base_bytes] != '/')
		return err_set(err, E_EGRESS, "reference '%s' leads out of the base folder", words);
	full += base_bytes + 1;
	/* The same file under another spelling of its path. */
	uri = arena_printf(reg->a, "file://%s/%s", uri_encode_path(reg->a, base_bytes ? reg->base : ""),
	    uri_encode_path(reg->a, full));
	{
		const struct map_entry *e = map_find(&reg->uris, NULL, uri, strlen(uri));
		if (e) {
			*out = ((const struct resource *)e->value)->doc;
			return 0;
		}
	}
	if (read_below(reg, full, words, &text, &n, err) < 0)
		return -1;
	if (parse(reg, full, text, n, &root, err) < 0)
		return err_wrap(err, "'%.200s'", full);
	if (document_add(reg, root, uri, full, from ? from->dialect : DIALECT_AUTO, false, out, err) < 0)
		return err_wrap(err, "'%.200s'", full);
	return 0;
}

int
registry_load(struct registry *reg, const char *path, enum dialect dialect, struct sloc *out,
    struct err *err)
{
	char real[PATH_MAX], *text;
	const char *label, *slash;
	size_t n, base_bytes = reg->base ? strlen(reg->base) : 0;
	struct jx *root;
	struct document *doc;

	if (!realpath(path, real))
		return err_sys(err, errno == ENOENT ? E_NOT_FOUND : E_IO, "cannot open '%s'", path);
	struct arena *a = arena_new(0); /* the text is not needed once it is a tree */
	int rc = file_load(a, real, reg->opt.document_bytes_max, &text, &n, err);
	if (rc == 0 && parse(reg, real, text, n, &root, err) < 0)
		rc = err_wrap(err, "'%s'", path);
	arena_free(a);
	if (rc < 0)
		return -1;
	slash = strrchr(real, '/');
	label = slash ? slash + 1 : real;
	if (base_bytes && strncmp(real, reg->base, base_bytes) == 0 && real[base_bytes] == '/')
		label = real + base_bytes + 1;
	label = reg->n_documents ? arena_str(reg->a, label) : "";
	if (document_add(reg, root, arena_printf(reg->a, "file://%s", uri_encode_path(reg->a, real)),
		label, dialect, dialect != DIALECT_AUTO, &doc, err) < 0)
		return err_wrap(err, "'%s'", path);
	*out = (struct sloc){root, doc->main};
	return 0;
}

/* ---- where a node stands ---- */

static void
add_token(struct buf *b, const struct jx_member *m)
{
	buf_char(b, '/');
	for (size_t i = 0; i < m->key_bytes; i++) {
		if (m->key[i] == '~')
			buf_str(b, "~0");
		else if (m->key[i] == '/')
			buf_str(b, "~1");
		else
			buf_char(b, m->key[i]);
	}
}

static size_t
offset_of(const struct jx *v, size_t i)
{
	return v->type == JX_OBJECT ? v->u.object.at[i].value->offset : v->u.array.at[i]->offset;
}

/* Children stand in the order of the text, so the one that holds an offset is found by halving. */
static bool
find_by_offset(const struct jx *root, const struct jx *node, struct buf *b)
{
	const struct jx *v = root;

	while (v != node) {
		size_t low = 0, high = jx_size(v);
		if (high == 0)
			return false;
		while (high - low > 1) {
			size_t middle = low + (high - low) / 2;
			if (offset_of(v, middle) <= node->offset)
				low = middle;
			else
				high = middle;
		}
		if (v->type == JX_OBJECT) {
			add_token(b, &v->u.object.at[low]);
			v = v->u.object.at[low].value;
		} else {
			buf_printf(b, "/%zu", low);
			v = v->u.array.at[low];
		}
	}
	return true;
}

struct level {
	const struct jx *node;
	size_t next;
};

/* Everything, where the text's order says nothing (YAML aliases stand twice). */
static bool
find_by_search(const struct jx *root, const struct jx *node, struct buf *b)
{
	struct arena *own = arena_new(0);
	size_t n = 1, cap = 64;
	struct level *at = ARENA_ARRAY(own, cap, struct level);
	bool found = root == node;

	at[0] = (struct level){root, 0};
	while (n && !found) {
		struct level *top = &at[n - 1];
		const struct jx *child;
		if (top->next >= jx_size(top->node)) {
			n--;
			continue;
		}
		child = top->node->type == JX_OBJECT ? top->node->u.object.at[top->next].value
						     : top->node->u.array.at[top->next];
		top->next++;
		found = child == node;
		if (n == cap) {
			struct level *more = ARENA_ARRAY(own, cap * 2, struct level);
			memcpy(more, at, cap * sizeof *at);
			at = more;
			cap *= 2;
		}
		at[n++] = (struct level){child, 0};
	}
	for (size_t i = 0; found && i + 1 < n; i++) {
		if (at[i].node->type == JX_OBJECT)
			add_token(b, &at[i].node->u.object.at[at[i].next - 1]);
		else
			buf_printf(b, "/%zu", at[i].next - 1);
	}
	arena_free(own);
	return found;
}

const char *
registry_pointer(struct registry *reg, struct arena *a, struct sloc at)
{
	const struct document *doc = at.res->doc;
	struct buf b;

	(void)reg;
	buf_init(&b, a);
	buf_printf(&b, "%s#", doc->label);
	if (find_by_offset(doc->root, at.node, &b))
		return buf_take(&b);
	buf_clear(&b);
	buf_printf(&b, "%s#", doc->label);
	(void)find_by_search(doc->root, at.node, &b);
	return buf_take(&b);
}
