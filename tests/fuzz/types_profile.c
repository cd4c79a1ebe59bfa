/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole profile on any bytes under any claim: it ends, a fault has words, what is stored reads
 * back the same, and keys are judged as a scan of their own judges them.
 */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/jx.h"
#include "types/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_stored(struct arena *a, const struct artifact_profile *p)
{
	struct artifact_profile again;
	struct buf one, two;
	struct err err;
	struct jw w;
	struct jx *doc;

	buf_init(&one, a);
	buf_init(&two, a);
	jw_init(&w, &one);
	artifact_profile_json(p, NULL, &w);
	INVARIANT(jx_parse(a, one.p, one.len, NULL, &doc, &err) == 0);
	INVARIANT(artifact_profile_from_json(a, doc, &again, &err) == 0);
	jw_init(&w, &two);
	artifact_profile_json(&again, NULL, &w);
	INVARIANT(strcmp(one.p, two.p) == 0);
}

static void
check_keys(struct arena *a, int fd, const struct artifact_profile *p)
{
	for (size_t i = 0; i < p->ncolumns && i < 4; i++)
		for (size_t k = i; k < p->ncolumns && k < 4; k++) {
			const char *names[] = {p->columns[i].name, p->columns[k].name};
			size_t n = i == k ? 1 : 2;
			enum key_verdict said = profile_key(p, names, n);
			struct key_check scan;
			struct err err;
			INVARIANT(table_key_check(
				      a, fd, kind_format(p->kind), names, n, 0, &scan, &err) == 0);
			INVARIANT(scan.rows == (uint64_t)p->rows);
			if (said != KEY_UNDECIDED)
				INVARIANT(said == scan.verdict);
		}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct profile_options opt = {0};
	struct artifact_profile p;
	struct arena *a;
	const char *claim = NULL;
	struct err err;
	int fd;

	if (n == 0)
		return 0;
	a = arena_new(0);
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	INVARIANT(fd >= 0);
	INVARIANT(write(fd, data + 1, n - 1) == (ssize_t)(n - 1));
	if (data[0] % (KIND__COUNT + 1) < KIND__COUNT)
		claim = kind_name((enum kind)(data[0] % (KIND__COUNT + 1)));
	if (data[0] & 0x80) {
		opt.memory_bytes_max = 4096;
		opt.distinct_max = 3;
	}
	INVARIANT(artifact_profile(a, fd, NULL, claim, &opt, &p, &err) == 0);
	INVARIANT(p.bytes == n - 1);
	INVARIANT(p.parse_ok || p.fault.message[0]);
	check_stored(a, &p);
	if (p.parse_ok && kind_is_table(p.kind))
		check_keys(a, fd, &p);
	(void)close(fd);
	arena_free(a);
	return 0;
}
