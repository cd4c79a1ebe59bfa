/* SPDX-License-Identifier: Apache-2.0 */
/* Where the loader's documents come from: folders, or bundles in memory. */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/fd.h"
#include "pack/bundle.h"
#include "pack/internal.h"

size_t
source_roots(const struct loader *l)
{
	return l->bundles ? l->nbundles : l->ndirs;
}

const char *
source_root(const struct loader *l, size_t i)
{
	return l->bundles ? l->bundles[i].name : l->dirs[i];
}

/* The bundle that a path begins with, and the rest behind the slash; NULL: none. */
static const struct bundle *
bundle_of(const struct loader *l, const char *path, const char **rest)
{
	for (size_t i = 0; i < l->nbundles; i++) {
		size_t n = strlen(l->bundles[i].name);

		if (strncmp(path, l->bundles[i].name, n) == 0 && path[n] == '/') {
			*rest = path + n + 1;
			return &l->bundles[i];
		}
	}
	return NULL;
}

int
source_load(struct loader *l, const char *path, size_t max, char **out, size_t *n, struct err *err)
{
	const struct bundle *b;
	const char *rest;

	if (!l->bundles)
		return file_load(l->a, path, max, out, n, err);
	b = bundle_of(l, path, &rest);
	for (size_t i = 0; b && i < b->nfiles; i++) {
		if (strcmp(b->files[i].path, rest) != 0)
			continue;
		if (b->files[i].n > max)
			return err_set(err, E_TOO_LARGE, "it has %zu bytes, and at most %zu are read here", b->files[i].n, max);
		*out = (char *)(uintptr_t)b->files[i].bytes;
		*n = b->files[i].n;
		return 0;
	}
	return err_set(err, E_NOT_FOUND, "there is no such file");
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t
bundle_list(struct loader *l, const char *dir, int want_dirs, const char ***out)
{
	const char *rest = NULL;
	const struct bundle *b = bundle_of(l, dir, &rest);
	size_t n = rest ? strlen(rest) : 0;
	struct list names;

	list_init(&names, l->a, sizeof(const char *));
	for (size_t i = 0; b && i < b->nfiles; i++) {
		const char *path = b->files[i].path, *name = path + n + 1, *slash;
		bool is_there = false;

		if (strncmp(path, rest, n) != 0 || path[n] != '/')
			continue;
		slash = strchr(name, '/');
		if ((slash != NULL) != (want_dirs != 0))
			continue;
		name = arena_dup(l->a, name, slash ? (size_t)(slash - name) : strlen(name));
		for (size_t k = 0; k < names.n; k++)
			is_there = is_there || strcmp(((const char **)(void *)names.at)[k], name) == 0;
		if (!is_there)
			*(const char **)list_add(&names) = name;
	}
	*out = (const char **)(void *)names.at;
	if (names.n > 1)
		qsort(names.at, names.n, sizeof(const char *), by_name);
	return names.n;
}
