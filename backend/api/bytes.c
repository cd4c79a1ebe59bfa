/* SPDX-License-Identifier: Apache-2.0 */
#include "api/bytes.h"

#include <string.h>

#include "api/http.h"
#include "core/arena.h"
#include "core/err.h"
#include "store/blob.h"
#include "types/kind.h"

#define NAME_BYTES_MAX 80

struct view {
	const char *type;
	bool is_inline;
};

static const struct view as_file = {"application/octet-stream", false};

/* What a browser shows in place; everything else is a download. */
static struct view
view_of(enum format format)
{
	switch ((int)format) {
	case FORMAT_HTML:
		return (struct view){"text/html; charset=utf-8", true};
	case FORMAT_PDF:
		return (struct view){"application/pdf", true};
	case FORMAT_JSON:
	case FORMAT_JSON_ROWS:
		return (struct view){"application/json", true};
	case FORMAT_TEXT:
	case FORMAT_MARKDOWN:
	case FORMAT_YAML:
	case FORMAT_DIFF:
		return (struct view){"text/plain; charset=utf-8", true};
	case FORMAT_CSV:
	case FORMAT_TSV:
		return (struct view){"text/csv; charset=utf-8", false};
	default:
		return as_file;
	}
}

/* A name of our making: what is left of the path's last part, and the extension. */
static const char *
download_name(struct rq *rq, const char *path, const char *extension)
{
	static const char legal[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *dot;
	char *name;
	size_t n;

	base += strspn(base, ".");
	dot = strrchr(base, '.');
	n = dot ? (size_t)(dot - base) : strlen(base);
	n = n < NAME_BYTES_MAX ? n : NAME_BYTES_MAX;
	name = arena_dup(rq->a, base, n);
	for (size_t i = 0; i < n; i++)
		if (!strchr(legal, name[i]))
			name[i] = '_';
	return arena_printf(rq->a, "%s.%s", n ? name : "forge", extension);
}

int
bytes_send(struct rq *rq, const char *sha256, const char *kind, const char *path, bool download)
{
	enum kind k = KIND_FILE_TEXT;
	struct view v;
	char name[BLOB_NAME_BYTES];

	if (kind && !kind_find(kind, &k))
		k = KIND_FILE_BINARY;
	v = view_of(kind_format(k));
	blob_name(sha256, name);
	rq_header(rq, "Content-Disposition", arena_printf(rq->a, "%s; filename=\"%s\"",
	    v.is_inline && !download ? "inline" : "attachment",
	    download_name(rq, path, kind_extension(k))));
	rq_header(rq, "Cache-Control", "private, no-cache");
	rq_header(rq, "X-Accel-Redirect", arena_printf(rq->a, "/_blobs/%s", name));
	rq_start(rq, 200, v.type);
	return 0;
}
