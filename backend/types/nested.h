/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_NESTED_H
#define TYPES_NESTED_H
/*
 * All members of an archive read through, and of the archives among them, as deep as ZIP_NESTING_MAX
 * and never more than ZIP_UNPACKED_BYTES_MAX altogether. What is inside an inner archive is counted
 * against the limits and otherwise left alone. Inside types/ only.
 */
#include <stdbool.h>
#include <stdint.h>
#include "types/kind.h"
#include "types/tally.h"
#include "types/zip.h"
struct arena;
struct err;

struct member {
	const char *path;
	const struct zip_entry *entry;
	enum format format; /* by its first bytes */
	const char *archive; /* "zip" "gzip" "tar" "7z" "rar" "xz" "bzip2" "zstd"; NULL: it is none */
};
struct nested {
	struct arena *a;
	/* Of the outer archive's members, in the order of their bytes; may be NULL. begin says which bytes it wants. */
	bool (*begin)(void *arg, const char *path, const struct zip_entry *e);
	zip_take_fn take;
	void (*end)(void *arg, const struct member *m);
	void *arg;
	/* what was found */
	struct listing archives; /* paths, "a.zip/b.tar.gz" */
	struct listing unsound;  /* and why one could not be read */
	unsigned depth;          /* of archives inside: 0 none */
	uint64_t unpacked;       /* bytes, of all */
	uint64_t looked;
};
/* nested_read - z is open and sound; n->a, begin, take, end, arg are set. z->fault says what was refused. -1: E_IO. */
int nested_read(struct nested *n, struct zip *z, struct err *err);
#endif
