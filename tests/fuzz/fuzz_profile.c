/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of any kind that has a parser: the profile ends, and reads back from its stored form. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "types/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const char *const names[] = {"f.csv", "f.tsv", "f.json", "f.md", "f.html", "f.pdf", "f"};
	struct arena *a;
	struct artifact_profile p, q;
	struct err err;
	struct buf b;
	struct jw w;
	struct jx *doc;
	int fd;

	if (n < 1)
		return 0;
	a = arena_new((size_t)512 << 20);
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, bytes + 1, n - 1) != (ssize_t)(n - 1))
		abort();
	if (artifact_profile(a, fd, names[bytes[0] % 7], bytes[0] % 2 ? NULL : "table.json_rows", NULL, &p, &err) == 0) {
		buf_init(&b, a);
		jw_init(&w, &b);
		artifact_profile_json(&p, NULL, &w);
		/* Names of columns may hold bytes that a later reader refuses only if the parser let them through. */
		if (jx_parse(a, b.p, b.len, &(struct jx_options){.allow_nul = true}, &doc, &err) < 0)
			abort();
		if (artifact_profile_from_json(a, doc, &q, &err) < 0)
			abort();
	}
	(void)close(fd);
	arena_free(a);
	return 0;
}
