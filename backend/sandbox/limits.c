/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/limits.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "core/err.h"

#define KIB ((uint64_t)1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* One row for each member: what 0 means, and what forge-cell accepts. */
static const struct limit_row {
	const char *name;
	size_t offset;
	uint64_t otherwise; /* 0: computed (cpu_percent) */
	uint64_t min;
	uint64_t max;
} limit_rows[] = {
	{"wall_ms", offsetof(struct cell_limits, wall_ms), 60000, 10, 24 * 3600 * 1000ull},
	{"cpu_ms", offsetof(struct cell_limits, cpu_ms), 60000, 10, 24 * 3600 * 1000ull},
	/* 8 MiB: below it not even init and a dynamic /bin/true fit beside their page tables. */
	{"memory_bytes", offsetof(struct cell_limits, memory_bytes), 512 * MIB, 8 * MIB, 64 * GIB},
	/* 2: init and one process. */
	{"pids", offsetof(struct cell_limits, pids), 64, 2, 4096},
	{"work_bytes", offsetof(struct cell_limits, work_bytes), 256 * MIB, 4 * KIB, 64 * GIB},
	{"output_bytes", offsetof(struct cell_limits, output_bytes), 256 * MIB, 4 * KIB, 64 * GIB},
	{"output_files", offsetof(struct cell_limits, output_files), 256, 1, 65536},
	{"tmp_bytes", offsetof(struct cell_limits, tmp_bytes), 64 * MIB, 4 * KIB, 64 * GIB},
	{"shm_bytes", offsetof(struct cell_limits, shm_bytes), 64 * MIB, 4 * KIB, 64 * GIB},
	{"stdio_bytes", offsetof(struct cell_limits, stdio_bytes), MIB, KIB, 64 * MIB},
	{"cpu_percent", offsetof(struct cell_limits, cpu_percent), 0, 5, 100 * 1024},
};

static uint64_t
cpu_percent_all(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 100 : (uint64_t)n * 100;
}

int
cell_limits_fill(struct cell_limits *l, struct err *err)
{
	for (size_t i = 0; i < sizeof(limit_rows) / sizeof(limit_rows[0]); i++) {
		const struct limit_row *r = &limit_rows[i];
		uint64_t v;

		memcpy(&v, (const char *)l + r->offset, sizeof(v));
		if (v == 0)
			v = r->otherwise ? r->otherwise : cpu_percent_all();
		if (v < r->min || v > r->max)
			return err_set(err, E_LIMIT, "limit %s is %llu; it must be between %llu and %llu",
			    r->name, (unsigned long long)v, (unsigned long long)r->min,
			    (unsigned long long)r->max);
		memcpy((char *)l + r->offset, &v, sizeof(v));
	}
	return 0;
}

const char *
cell_verdict_name(enum cell_verdict verdict)
{
	static const char *const names[CELL_VERDICT__COUNT] = {
		[CELL_OK] = "ok",
		[CELL_LOST] = "lost",
		[CELL_POLICY] = "policy",
		[CELL_OOM] = "oom",
		[CELL_PIDS] = "pids",
		[CELL_WALL] = "wall",
		[CELL_CPU] = "cpu",
		[CELL_OUTPUT_QUOTA] = "output_quota",
		[CELL_SECCOMP] = "seccomp",
		[CELL_SIGNAL] = "signal",
		[CELL_EXIT] = "exit",
	};

	INVARIANT(verdict < CELL_VERDICT__COUNT);
	return names[verdict];
}

const char *
cell_refusal_text(enum cell_refusal refusal)
{
	static const char *const texts[CELL_REFUSE__COUNT] = {
		[CELL_REFUSE_NONE] = "",
		[CELL_REFUSE_SYMLINK] = "a symbolic link",
		[CELL_REFUSE_FIFO] = "a named pipe",
		[CELL_REFUSE_SOCKET] = "a socket",
		[CELL_REFUSE_DEVICE] = "a device node",
		[CELL_REFUSE_HARD_LINK] = "a file with more than one name",
		[CELL_REFUSE_NAME] = "a name that is not plain UTF-8 text, or too long",
		[CELL_REFUSE_DEPTH] = "more than 32 folders deep",
		[CELL_REFUSE_UNREADABLE] = "its own mode forbids reading it",
		[CELL_REFUSE_FOREIGN] = "not made by the program",
	};

	INVARIANT(refusal < CELL_REFUSE__COUNT);
	return texts[refusal];
}
