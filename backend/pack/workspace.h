/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACK_WORKSPACE_H
#define PACK_WORKSPACE_H
/*
 * A folder on disk as a workspace: profiles its files into facts for the compiler and answers the
 * compiler's further questions. For `forgectl compile --workspace DIR` and for tests; the server takes
 * facts from its database.
 */
#include "pack/facts.h"

#include <stddef.h>

struct arena;
struct err;

#define WORKSPACE_FILES_MAX 4096
#define WORKSPACE_DEPTH_MAX 16
#define WORKSPACE_FILE_BYTES_MAX (1ull << 30)

struct workspace {
	const char *dir;
	const struct file_facts *files; /* [n], sorted by path */
	size_t n;
};

/*
 * workspace_load - profile every regular file below dir; hidden ones and symbolic links are left out.
 * Paths are relative to dir, with '/'.
 * Returns 0, or -1: E_IO, E_LIMIT (too many files or folders too deep), E_TOO_LARGE (names the file),
 * E_USAGE (a name that is not UTF-8 or could not be a workspace path).
 */
int workspace_load(struct arena *a, const char *dir, struct workspace *out, struct err *err);

/* workspace_port - a file_port that reads the files again from ws->dir; ws must outlive it. */
struct file_port workspace_port(struct workspace *ws);
#endif
