/* SPDX-License-Identifier: Apache-2.0 */
/* ZIP archives, sites and projects packed as ZIP: every byte read, nothing unpacked to a place. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/utf8.h"
#include "types/measure.h"
#include "types/names.h"
#include "types/nested.h"
#include "types/page.h"
#include "types/profiler.h"
#include "types/zip.h"

#define EXTENSIONS_MAX 64
#define FOLDERS_MAX 64
#define LARGEST_MAX 10
#define LISTED_MAX 200
#define MISSING_MAX 100
#define REFS_MAX 500000u /* links and assets of all pages together */

struct large {
	const char *path;
	uint64_t bytes;
};
struct pack {
	struct profiler *p;
	struct zip zip;
	struct nested nested;
	uint64_t files, folders;
	struct tally extensions, top;
	struct large largest[LARGEST_MAX];
	size_t nlargest;
	/* a site */
	const uint64_t *paths; /* [npaths] name_hash, ascending */
	size_t npaths;
	const char *root; /* "" or "folder/" */
	struct arena *page_arena;
	struct page *page;
	const char *page_path;
	uint64_t page_bytes, pages, assets, links, externals, nmissing, refs, pages_not_read, untitled;
	struct listing missing, elsewhere, pages_listed;
	struct buf asset_list;
	struct jw assets_w;
	uint64_t assets_listed;
	const char *server_side; /* the first file that a server would have to run */
	/* a project */
	struct listing manifests, programs, secrets;
	bool has_readme, has_licence, has_tests, has_git, has_source;
};

/* ---- every archive ---- */

static void
count_member(struct pack *k, const char *path, const struct zip_entry *e)
{
	const char *extension = name_extension(path), *slash = strchr(path, '/');
	char lower[33];
	size_t n = 0, at;

	if (e->is_dir) {
		k->folders++;
		return;
	}
	k->files++;
	for (; extension[n] && n < sizeof lower - 1; n++)
		lower[n] = extension[n] >= 'A' && extension[n] <= 'Z' ? (char)(extension[n] | 32) : extension[n];
	lower[n] = '\0';
	n = utf8_check(lower, n);
	tally_add(&k->extensions, n ? lower : "(none)", n ? n : 6, 1, e->bytes);
	tally_add(&k->top, slash ? path : "(top)", slash ? (size_t)(slash - path) : 5, 1, e->bytes);
	for (at = k->nlargest; at > 0 && k->largest[at - 1].bytes < e->bytes; at--)
		;
	if (at == LARGEST_MAX)
		return;
	if (k->nlargest < LARGEST_MAX)
		k->nlargest++;
	memmove(&k->largest[at + 1], &k->largest[at], (k->nlargest - at - 1) * sizeof *k->largest);
	k->largest[at] = (struct large){arena_str(k->p->a, path), e->bytes};
}

/* ---- sites ---- */

static int
by_number(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x < y ? -1 : x > y;
}

static bool
has_path(const struct pack *k, const char *path, size_t n)
{
	uint64_t hash = name_hash(&k->zip.key, path, n, false);

	return bsearch(&hash, k->paths, k->npaths, sizeof hash, by_number) != NULL;
}

static int
hex_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* A local URL on a page as a path in the archive: 1 and out, 0 nothing to look for, -1 it leaves the site. */
static int
resolve(const struct pack *k, const char *url, char out[NAME_PATH_BYTES_MAX + 1])
{
	const char *base = strrchr(k->page_path, '/'), *colon = url + strcspn(url, ":/?#");
	size_t n = 0, root = strlen(k->root), from;

	if (*colon == ':' || url[0] == '#' || url[0] == '\0' || url[0] == '?')
		return 0;
	if (url[0] == '/') {
		memcpy(out, k->root, root);
		n = root;
		url++;
	} else if (base) {
		n = (size_t)(base - k->page_path) + 1;
		memcpy(out, k->page_path, n);
	}
	from = n;
	for (;;) {
		bool is_end = *url == '\0' || *url == '?' || *url == '#';
		if (is_end || *url == '/') {
			size_t part = n - from;
			if (part == 2 && memcmp(out + from, "..", 2) == 0) {
				if (from <= root)
					return -1;
				for (n = from - 1; n > root && out[n - 1] != '/'; n--)
					;
			} else if (part == 0 || (part == 1 && out[from] == '.')) {
				n = from;
			} else if (!is_end) {
				out[n++] = '/';
			}
			from = n;
			if (is_end)
				break;
			url++;
			continue;
		}
		if (n + 1 >= NAME_PATH_BYTES_MAX)
			return -1;
		if (*url == '%' && hex_of(url[1]) >= 0 && hex_of(url[2]) >= 0) {
			out[n++] = (char)(hex_of(url[1]) << 4 | hex_of(url[2]));
			url += 3;
		} else {
			out[n++] = *url++;
		}
	}
	out[n] = '\0';
	return 1;
}

static void
take_ref(void *arg, const char *element, const char *url)
{
	struct pack *k = arg;
	char path[NAME_PATH_BYTES_MAX + 1], with_index[NAME_PATH_BYTES_MAX + 16];
	bool is_link = strcmp(element, "a") == 0 || strcmp(element, "area") == 0;
	size_t n;
	int rc;

	if (++k->refs > REFS_MAX)
		return;
	k->links += is_link;
	k->assets += !is_link;
	if (url_is_elsewhere(url)) {
		if (!is_link && strcmp(element, "form") != 0) {
			k->externals++;
			listing_add(&k->elsewhere, url, strlen(url));
		}
		return;
	}
	rc = resolve(k, url, path);
	if (rc == 0)
		return;
	if (rc > 0) {
		n = strlen(path);
		if (n == 0 || path[n - 1] == '/')
			n = (size_t)snprintf(with_index, sizeof with_index, "%sindex.html", path);
		else
			n = (size_t)snprintf(with_index, sizeof with_index, "%s/index.html", path);
		if (has_path(k, with_index, n) ||
		    (*path && path[strlen(path) - 1] != '/' && has_path(k, path, strlen(path))))
			return;
	}
	k->nmissing++;
	if (k->missing.n < k->missing.max) {
		char *text = arena_printf(k->page_arena, "%.90s: %.100s", k->page_path, url);
		listing_add(&k->missing, text, utf8_check(text, strlen(text)));
	}
}

static bool
is_server_side(const char *path)
{
	static const char *const extensions[] = {
	    "php", "phtml", "php5", "asp", "aspx", "ashx", "jsp", "jspx", "cgi", "pl", "cfm", "cshtml", "rhtml", "erb"};
	const char *e = name_extension(path);

	for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
		if (strcasecmp(e, extensions[i]) == 0)
			return true;
	return strcasecmp(name_base(path), ".htaccess") == 0 || strcasecmp(name_base(path), "web.config") == 0;
}

static bool
is_page(const char *path)
{
	return strcasecmp(name_extension(path), "html") == 0 || strcasecmp(name_extension(path), "htm") == 0;
}

static void
site_begin(struct pack *k, const char *path, const struct zip_entry *e)
{
	if (e->is_dir)
		return;
	if (!k->server_side && is_server_side(path))
		k->server_side = arena_str(k->p->a, path);
	if (k->assets_listed < LISTED_MAX) {
		k->assets_listed++;
		jw_object(&k->assets_w, NULL);
		jw_str(&k->assets_w, "path", path);
		jw_uint(&k->assets_w, "bytes", e->bytes);
		jw_str(&k->assets_w, "media_type", name_media_type(path));
		jw_end(&k->assets_w);
	}
	if (!is_page(path))
		return;
	k->pages++;
	listing_add(&k->pages_listed, path, strlen(path));
	if (e->bytes > PAGE_BYTES_MAX) {
		k->pages_not_read++;
		return;
	}
	arena_clear(k->page_arena);
	k->page_path = arena_str(k->page_arena, path);
	k->page = page_new(k->page_arena, take_ref, k);
}

/* ---- projects ---- */

static void
project_begin(struct pack *k, const char *path, const struct zip_entry *e)
{
	static const char *const manifests[] = {"package.json", "pyproject.toml", "setup.py", "requirements.txt",
	    "Cargo.toml", "go.mod", "pom.xml", "build.gradle", "build.gradle.kts", "Gemfile", "composer.json",
	    "CMakeLists.txt", "Makefile", "meson.build", "mix.exs", "Package.swift", "Dockerfile"};
	static const char *const secrets[] = {
	    ".env", "id_rsa", "id_ed25519", "id_ecdsa", ".netrc", ".npmrc", ".pypirc", "credentials.json"};
	static const char *const sources[] = {"c", "h", "cc", "cpp", "hpp", "cs", "go", "java", "js", "jsx", "kt",
	    "lua", "m", "mjs", "php", "pl", "py", "r", "rb", "rs", "scala", "sh", "sql", "swift", "ts", "tsx", "vue",
	    "html", "css"};
	const char *base = name_base(path), *extension = name_extension(path);

	if (e->is_dir) {
		k->has_git |= strstr(path, ".git/") != NULL;
		return;
	}
	for (size_t i = 0; i < sizeof manifests / sizeof *manifests; i++)
		if (strcmp(base, manifests[i]) == 0)
			listing_add(&k->manifests, path, strlen(path));
	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		if (strcmp(base, secrets[i]) == 0)
			listing_add(&k->secrets, path, strlen(path));
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		k->has_source |= strcasecmp(extension, sources[i]) == 0;
	k->has_readme |= strncasecmp(base, "readme", 6) == 0;
	k->has_licence |= strncasecmp(base, "license", 7) == 0 || strncasecmp(base, "licence", 7) == 0 ||
			  strncasecmp(base, "copying", 7) == 0;
	k->has_tests |= strcasestr(path, "test") != NULL;
	k->has_git |= strncmp(path, ".git/", 5) == 0 || strstr(path, "/.git/") != NULL;
}

/* ---- members as they pass ---- */

static bool
begin(void *arg, const char *path, const struct zip_entry *e)
{
	struct pack *k = arg;

	k->page = NULL;
	count_member(k, path, e);
	if (k->p->out->kind == KIND_WEB_BUNDLE_STATIC)
		site_begin(k, path, e);
	else if (k->p->out->kind == KIND_CODE_BUNDLE_PROJECT)
		project_begin(k, path, e);
	return k->page != NULL;
}

static bool
take(void *arg, const char *p, size_t n)
{
	struct pack *k = arg;

	page_feed(k->page, p, n);
	return true;
}

static void
end(void *arg, const struct member *m)
{
	struct pack *k = arg;

	if (k->page && !page_end(k->page)->title)
		k->untitled++;
	k->page = NULL;
	if (m->format == FORMAT_ELF && k->p->out->kind == KIND_CODE_BUNDLE_PROJECT)
		listing_add(&k->programs, m->path, strlen(m->path));
}

/* ---- before and after ---- */

/* Paths for look-ups, and where the site's root is: index.html at the top, or in the one folder at the top. */
static int
site_open(struct pack *k, struct err *err)
{
	const struct zip_entry *e = k->zip.entries.p;
	struct arena *a = k->p->a;
	uint64_t *paths = ARENA_ARRAY(a, k->zip.n + 1, uint64_t);
	char name[NAME_PATH_BYTES_MAX + 1];
	const char *folder = NULL;

	for (size_t i = 0; i < k->zip.n; i++)
		if (!e[i].is_dir)
			paths[k->npaths++] = e[i].hash;
	if (k->npaths > 1)
		qsort(paths, k->npaths, sizeof *paths, by_number);
	k->paths = paths;
	k->root = "";
	k->page_arena = arena_new(0);
	buf_init(&k->asset_list, a);
	jw_init(&k->assets_w, &k->asset_list);
	jw_array(&k->assets_w, NULL);
	if (has_path(k, "index.html", 10))
		return 0;
	for (size_t i = 0; i < k->zip.n; i++) {
		const char *slash;
		if (zip_name(&k->zip, &e[i], name, err) < 0)
			return -1;
		slash = strchr(name, '/');
		if (!slash || (folder && strncmp(folder, name, strlen(folder)) != 0)) {
			folder = NULL;
			break;
		}
		if (!folder)
			folder = arena_dup(a, name, (size_t)(slash - name) + 1);
	}
	if (folder) {
		const char *index = arena_printf(a, "%sindex.html", folder);
		if (has_path(k, index, strlen(index))) {
			k->root = folder;
			profiler_note(k->p, "The site lies in the folder '%s' of the archive.", folder);
			return 0;
		}
	}
	measure_fault(k->p, 0, 0, 0,
	    "the bundle has no index.html at its top; a static site begins there: pack it from inside its folder");
	k->p->out->fault.has_offset = false;
	return 0;
}

static void
site_judge(struct pack *k)
{
	struct profiler *p = k->p;

	if (k->server_side) {
		measure_fault(p, 0, 0, 0,
		    "'%.200s' is a file that a server would have to run; a static bundle has none: build the site to plain files",
		    k->server_side);
		p->out->fault.has_offset = false;
		return;
	}
	if (k->nmissing)
		profiler_note(p, "%" PRIu64 " local links or assets lead to nothing in the bundle, the first: %s.",
		    k->nmissing, k->missing.at[0]);
	if (k->externals)
		profiler_note(p, "The pages load %" PRIu64 " resources from elsewhere, the first: %s.", k->externals,
		    k->elsewhere.at[0]);
	if (k->untitled)
		profiler_note(p, "%" PRIu64 " pages have no title.", k->untitled);
	if (k->pages_not_read)
		profiler_note(p, "%" PRIu64 " pages of more than %" PRIu64 " MiB were not looked into.",
		    k->pages_not_read, PAGE_BYTES_MAX >> 20);
	if (k->refs > REFS_MAX)
		profiler_note(
		    p, "The pages hold more than %u links and assets; the others were not looked for.", REFS_MAX);
}

static void
site_write(struct pack *k, struct jw *w)
{
	jw_end(&k->assets_w);
	jw_str(w, "root", k->root);
	jw_uint(w, "page_count", k->pages);
	listing_write(&k->pages_listed, "pages", w);
	jw_raw(w, "assets", k->asset_list.p);
	jw_uint(w, "link_count", k->links);
	jw_uint(w, "asset_reference_count", k->assets);
	jw_uint(w, "missing_count", k->nmissing);
	listing_write(&k->missing, "missing", w);
	jw_uint(w, "external_count", k->externals);
	listing_write(&k->elsewhere, "externals", w);
}

static void
project_judge(struct pack *k)
{
	struct profiler *p = k->p;

	if (k->files == 0 || !(k->has_source || k->manifests.n)) {
		measure_fault(p, 0, 0, 0,
		    "the archive holds no source file and no project file (package.json, pyproject.toml, Makefile, …); "
		    "give the project's folder, packed as ZIP");
		p->out->fault.has_offset = false;
		return;
	}
	if (k->has_git)
		profiler_note(p, "The bundle holds a .git folder: all of the history goes with it.");
	if (k->secrets.total)
		profiler_note(p, "%" PRIu64 " files have names of secrets, the first: %s; look before you share them.",
		    k->secrets.total, k->secrets.at[0]);
	if (k->programs.total)
		profiler_note(
		    p, "%" PRIu64 " files are built programs, the first: %s.", k->programs.total, k->programs.at[0]);
}

static void
project_write(struct pack *k, struct jw *w)
{
	listing_write(&k->manifests, "manifests", w);
	listing_write(&k->programs, "programs", w);
	listing_write(&k->secrets, "secrets", w);
	jw_bool(w, "has_readme", k->has_readme);
	jw_bool(w, "has_licence", k->has_licence);
	jw_bool(w, "has_tests", k->has_tests);
	jw_bool(w, "has_git", k->has_git);
}

static void
summarize(struct pack *k)
{
	struct buf b;
	struct jw w;

	buf_init(&b, k->p->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_uint(&w, "entries", k->zip.n);
	jw_uint(&w, "files", k->files);
	jw_uint(&w, "folders", k->folders);
	jw_uint(&w, "bytes", k->zip.bytes);
	tally_write(&k->extensions, "extensions", &w);
	tally_write(&k->top, "top", &w);
	jw_array(&w, "largest");
	for (size_t i = 0; i < k->nlargest; i++) {
		jw_object(&w, NULL);
		jw_str(&w, "path", k->largest[i].path);
		jw_uint(&w, "bytes", k->largest[i].bytes);
		jw_end(&w);
	}
	jw_end(&w);
	jw_uint(&w, "nested_count", k->nested.archives.total);
	jw_uint(&w, "nested_depth", k->nested.depth);
	listing_write(&k->nested.archives, "nested", &w);
	listing_write(&k->nested.unsound, "nested_not_read", &w);
	if (k->p->out->kind == KIND_WEB_BUNDLE_STATIC)
		site_write(k, &w);
	if (k->p->out->kind == KIND_CODE_BUNDLE_PROJECT)
		project_write(k, &w);
	jw_end(&w);
	measure_summary(k->p, &b);
}

static void
judge(struct pack *k)
{
	struct profiler *p = k->p;

	if (k->zip.fault[0]) {
		measure_fault(p, 0, 0, k->zip.fault_at, "%s", k->zip.fault);
		return;
	}
	profiler_note(p, "ZIP: all %zu entries were read through, and their checksums hold.", k->zip.n);
	if (k->nested.unsound.total)
		profiler_note(p,
		    "%" PRIu64
		    " archives inside could not be looked into (damaged, encrypted, with unsafe names, or too large): %s%s.",
		    k->nested.unsound.total, k->nested.unsound.at[0], k->nested.unsound.total > 1 ? ", …" : "");
	if (p->out->kind == KIND_WEB_BUNDLE_STATIC)
		site_judge(k);
	if (p->out->kind == KIND_CODE_BUNDLE_PROJECT)
		project_judge(k);
	if (p->out->parse_ok)
		summarize(k);
}

int
measure_zip(struct profiler *p, struct err *err)
{
	struct pack *k = ARENA_NEW(p->a, struct pack);
	struct listing *lists[] = {
	    &k->missing, &k->elsewhere, &k->pages_listed, &k->manifests, &k->programs, &k->secrets};
	int rc;

	k->p = p;
	tally_init(&k->extensions, p->a, EXTENSIONS_MAX);
	tally_init(&k->top, p->a, FOLDERS_MAX);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		listing_init(lists[i], p->a, MISSING_MAX);
	k->nested = (struct nested){.a = p->a, .begin = begin, .take = take, .end = end, .arg = k};
	rc = zip_open(&k->zip, p->a, p->fd, p->out->bytes, err);
	if (rc == 0 && !k->zip.fault[0] && p->out->kind == KIND_WEB_BUNDLE_STATIC)
		rc = site_open(k, err);
	if (rc == 0 && !k->zip.fault[0] && p->out->parse_ok)
		rc = nested_read(&k->nested, &k->zip, err);
	if (rc == 0 && p->out->parse_ok)
		judge(k);
	zip_close(&k->zip);
	arena_free(k->page_arena);
	return rc;
}
