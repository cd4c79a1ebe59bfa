/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_TREE_H
#define SANDBOX_TREE_H
/*
 * The file system of one attempt, built outside as detached mounts that have no path on the host:
 * a small tmpfs root with generated files, /usr and a few parts of /etc and /dev of the host, the
 * request's files, and the program's own writable folders. The child only moves them into place.
 * Nothing that the program or a request controls takes part in a path lookup while we are root.
 */
#include <stddef.h>

#include "sandbox/cell_proto.h"
#include "sandbox/limits.h"
#include "sandbox/uids.h"

struct arena;
struct err;

/* What is asked for: the same as struct cell_file, with the descriptor ours. */
struct tree_file {
	int fd;
	const char *path;
};

struct tree_mount {
	int fd;         /* a detached mount */
	const char *to; /* relative to the new root */
};

/* The program's own writable folders; their mounts stay readable here after it is dead. */
enum tree_own {
	TREE_WORK,
	TREE_OUTPUT,
	TREE_TMP,
	TREE_SHM,
	TREE_OWN__COUNT
};

struct tree {
	int root;
	struct tree_mount *mounts; /* [n], in the order of moving */
	size_t n_mounts;
	int own[TREE_OWN__COUNT]; /* borrowed from mounts */
};

/*
 * tree_build - make all of it. Memory in a; descriptors are closed by tree_close.
 * files: n regular files open for reading; see sandbox/cell.h for the rules.
 * Returns 0, or -1: E_USAGE (a file or path of the request, named), E_SANDBOX, E_UNSUPPORTED.
 */
int tree_build(struct arena *a, const struct cell_limits *limits, const struct uid_pair *uids,
    const struct tree_file *files, size_t n_files, struct tree *out, struct err *err);
/* tree_close - close all descriptors; the kernel drops what has no other user. */
void tree_close(struct tree *tree);

/*
 * tree_enter - in the child, inside its own mount namespace: attach the root over "/", move the
 * mounts below it, and add /proc. No allocation. Returns 0, or -1 with errno.
 */
int tree_enter(const struct tree *tree);
/* tree_seal - make it the root, drop the host's, and make it read-only. -1 with errno. */
int tree_seal(void);

/* tree_is_full - did the program use up the bytes or the names of one of its folders? */
int tree_is_full(const struct tree *tree, enum tree_own own);
/* tree_own_path - "/workspace/work", … */
const char *tree_own_path(enum tree_own own);
#endif
