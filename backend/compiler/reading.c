/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/offline.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "compiler/detect.h"
#include "compiler/words.h"
#include "compiler/work.h"
#include "core/arena.h"
#include "core/jx.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "policy/contract.h"

static bool
is_path_char(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || strchr("_-./", c) != NULL;
}

static size_t
url_bytes(const char *s, size_t n)
{
	size_t k = 0;

	while (k < n && (unsigned char)s[k] > 0x20 && (unsigned char)s[k] < 0x7f &&
	    !strchr("\"'`<>{}|\\^()[]", s[k]))
		k++;
	while (k > 0 && strchr(".,;:!?*_", s[k - 1]))
		k--;
	return k;
}

static void
url_add(struct compile *c, struct reading *r, size_t at, size_t n)
{
	const char *url = arena_dup(c->a, c->in->objective + at, n);

	for (size_t i = 0; i < r->nurls; i++)
		if (strcmp(r->urls[i].url, url) == 0)
			return;
	if (r->nurls < READING_URLS_MAX)
		r->urls[r->nurls++] = (struct read_url){.url = url, .at = at, .n = n};
}

/* The file that a path or a bare name means: by path, else by its last part if that is unique. */
static const struct file_facts *
file_meant(const struct compile *c, const char *path)
{
	const struct file_facts *found = NULL;

	for (size_t i = 0; i < c->in->nfiles; i++) {
		const struct file_facts *f = &c->in->files[i];

		if (strcmp(f->path, path) == 0)
			return f;
	}
	for (size_t i = 0; i < c->in->nfiles; i++) {
		const struct file_facts *f = &c->in->files[i];

		if (strcmp(file_base(f->path), file_base(path)) != 0)
			continue;
		if (found)
			return NULL;
		found = f;
	}
	return found;
}

static bool
same_folder(const char *a, const char *b)
{
	size_t na = (size_t)(file_base(a) - a), nb = (size_t)(file_base(b) - b);

	return na == nb && memcmp(a, b, na) == 0;
}

/* A folder that some playbook writes to, or that is named like one. */
static bool
is_output_folder(const struct compile *c, const char *path)
{
	static const char *const names[] = {"output/", "outputs/", "out/", "reports/", "report/",
	    "results/"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strncmp(path, names[i], strlen(names[i])) == 0)
			return true;
	for (size_t p = 0; p < c->in->catalog->npacks; p++)
		for (size_t i = 0; i < c->in->catalog->packs[p].nplaybooks; i++) {
			const struct playbook *b = &c->in->catalog->packs[p].playbooks[i];
			const struct jx *steps = jx_find(b->candidate, "steps");

			for (size_t s = 0; s < jx_size(steps); s++) {
				const struct jx *outputs = jx_find(jx_at(steps, s), "outputs");

				for (size_t o = 0; o < jx_size(outputs); o++)
					if (same_folder(path,
					    jx_str(jx_find(jx_at(outputs, o), "path"), "")))
						return true;
			}
		}
	return false;
}

static void
path_add(struct compile *c, struct reading *r, size_t at, size_t n)
{
	const char *path = arena_dup(c->a, c->in->objective + at, n);
	const struct file_facts *file;
	bool has_folder = strchr(path, '/') != NULL;
	enum kind kind;

	if (!kind_for_path(path, &kind) || plan_path_check(path, NULL) < 0)
		return;
	for (size_t i = 0; i < r->npaths; i++)
		if (strcmp(r->paths[i].path, path) == 0)
			return;
	file = file_meant(c, path);
	if ((!has_folder && !file) || r->npaths == READING_PATHS_MAX)
		return;
	r->paths[r->npaths++] = (struct read_path){
	    .path = path,
	    .at = at,
	    .n = n,
	    .file = file,
	    .is_output = !file && is_output_folder(c, path),
	};
}

bool
objective_read(struct compile *c, struct reading *out)
{
	size_t n = c->in->objective_bytes, i = 0;
	const char *text;

	memset(out, 0, sizeof *out);
	if (!policy_asked(c, out))
		return false;
	text = out->text;
	out->positive = words_positive(c->a, text, n);
	while (i < n) {
		size_t k = 0;

		if (strncasecmp(text + i, "http://", 7) == 0 ||
		    strncasecmp(text + i, "https://", 8) == 0) {
			k = url_bytes(text + i, n - i);
			if (k > 8)
				url_add(c, out, i, k);
			i += k > 0 ? k : 1;
			continue;
		}
		while (i + k < n && is_path_char(text[i + k]))
			k++;
		if (k == 0) {
			i++;
			continue;
		}
		/* A word may end a sentence, or be part of an address or of a {field}. */
		size_t end = k;

		while (end > 0 && strchr("./-", text[i + end - 1]))
			end--;
		if (end > 0 && text[i] != '/' && text[i] != '.' &&
		    (i == 0 || !strchr("}:@", text[i - 1])))
			path_add(c, out, i, end);
		i += k;
	}
	return true;
}

bool
path_fits(const char *output, const char *asked)
{
	const char *a = file_base(output), *b = file_base(asked);
	const char *dot_a = strrchr(a, '.'), *dot_b = strrchr(b, '.');
	size_t stem;

	if (!same_folder(output, asked) || !dot_a || !dot_b || strcasecmp(dot_a, dot_b) != 0)
		return false;
	stem = (size_t)(dot_a - a);
	return (size_t)(dot_b - b) >= stem && strncmp(a, b, stem) == 0;
}

size_t
reading_order(const struct reading *r, const struct file_facts *file)
{
	for (size_t i = 0; i < r->npaths; i++)
		if (r->paths[i].file == file)
			return r->paths[i].at;
	return SIZE_MAX;
}
