/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_TYPES_KINDS_H
#define FUZZ_TYPES_KINDS_H
/* What the fuzz targets of kinds share: any bytes under a claim; it ends, a fault has words and a sound file a summary. */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/jx.h"
#include "core/utf8.h"
#include "types/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static inline void
profile_as(const uint8_t *data, size_t n, const char *kind)
{
	struct artifact_profile p;
	struct arena *a = arena_new(0);
	struct jx *doc;
	struct err err;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	INVARIANT(fd >= 0);
	INVARIANT(write(fd, data, n) == (ssize_t)n);
	INVARIANT(artifact_profile(a, fd, NULL, kind, NULL, &p, &err) == 0);
	INVARIANT(p.parse_ok || p.fault.message[0]);
	INVARIANT(utf8_check(p.fault.message, strlen(p.fault.message)) == strlen(p.fault.message));
	for (size_t i = 0; i < p.nnotes; i++)
		INVARIANT(utf8_check(p.notes[i], strlen(p.notes[i])) == strlen(p.notes[i]));
	if (p.parse_ok && n > 0)
		INVARIANT(p.summary != NULL);
	if (p.summary)
		INVARIANT(jx_parse(a, p.summary, strlen(p.summary), NULL, &doc, &err) == 0);
	(void)close(fd);
	arena_free(a);
}
#endif
