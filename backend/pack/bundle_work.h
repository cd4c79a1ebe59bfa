/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACK_BUNDLE_WORK_H
#define PACK_BUNDLE_WORK_H
/* Shared by the files that make bundles. */
#include "core/err.h"
#include "pack/internal.h"

struct bundle;

/* Files and findings as they come. */
struct gather {
	struct arena *a;
	struct list files;    /* struct bundle_file */
	struct list findings; /* struct pack_finding */
	struct list ignored;  /* const char * */
	size_t bytes;         /* of all files so far */
	bool is_full;
};
void gather_init(struct gather *g, struct arena *a);
void gather_find(struct gather *g, const char *file, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* gather_name - may a file be called that? False after a finding, and for what archivers leave behind. */
bool gather_name(struct gather *g, const char *path);
/* gather_file - take it; path and bytes are borrowed. */
void gather_file(struct gather *g, const char *path, const char *bytes, size_t n);
/* gather_finish - tell what is of the pack from what is not. */
void gather_finish(struct gather *g, const char *name, struct bundle *out);
/* gather_zip - every entry of the archive. */
void gather_zip(struct gather *g, const char *p, size_t n);
#endif
