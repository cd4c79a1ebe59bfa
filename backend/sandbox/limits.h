/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_LIMITS_H
#define SANDBOX_LIMITS_H
/*
 * What an attempt may use, what it used, and how it ended: the words that the runner, the cell and
 * the command line share. Fixed-size members only: these structs travel as they are.
 */
#include <stdbool.h>
#include <stdint.h>

struct err;

#define CELL_LABEL_BYTES 64

/* A member that is 0 means the default in brackets. All are enforced by the kernel. */
struct cell_limits {
	uint64_t wall_ms;      /* [60000] from the program's start to its end */
	uint64_t cpu_ms;       /* [60000] cpu time of all its processes together */
	uint64_t memory_bytes; /* [512 MiB] processes, their page cache and the tmpfs files below */
	uint64_t pids;         /* [64] processes and threads, the sandbox's own init included */
	uint64_t work_bytes;   /* [256 MiB] /workspace/work */
	uint64_t output_bytes; /* [256 MiB] /workspace/output */
	uint64_t output_files; /* [256] files in /workspace/output */
	uint64_t tmp_bytes;    /* [64 MiB] /tmp */
	uint64_t shm_bytes;    /* [64 MiB] /dev/shm */
	uint64_t stdio_bytes;  /* [1 MiB] kept of stdout, and of stderr; the rest is counted and dropped */
	uint64_t cpu_percent;  /* [all processors] 100 is one processor */
};

/*
 * How an attempt ended, in the order in which the monitor decides: of all that it recorded the
 * first in this list is the verdict. Only `ok` is success: exit code 0 and no limit reached.
 */
enum cell_verdict {
	CELL_OK,           /* exit code 0 */
	CELL_LOST,         /* the sandbox's init vanished, or a process would not die */
	CELL_POLICY,       /* ended for breaking its contract's policy */
	CELL_OOM,          /* limits.memory_bytes */
	CELL_PIDS,         /* limits.pids */
	CELL_WALL,         /* limits.wall_ms */
	CELL_CPU,          /* limits.cpu_ms */
	CELL_OUTPUT_QUOTA, /* output_bytes, output_files, or a full work, tmp or shm */
	CELL_SECCOMP,      /* a system call of a foreign architecture */
	CELL_SIGNAL,       /* a signal ended the program */
	CELL_EXIT,         /* exit code other than 0; 127 and 126 also when it could not be started */
	CELL_VERDICT__COUNT
};

/* Why an entry of /workspace/output is not handed over. */
enum cell_refusal {
	CELL_REFUSE_NONE,
	CELL_REFUSE_SYMLINK,
	CELL_REFUSE_FIFO,
	CELL_REFUSE_SOCKET,
	CELL_REFUSE_DEVICE,
	CELL_REFUSE_HARD_LINK,  /* more than one name for it */
	CELL_REFUSE_NAME,       /* not UTF-8, a control character, longer than CELL_NAME_BYTES */
	CELL_REFUSE_DEPTH,      /* more than 32 folders deep */
	CELL_REFUSE_UNREADABLE, /* its own mode forbids its owner to read it */
	CELL_REFUSE_FOREIGN,    /* not the program's own: another owner or another mount */
	CELL_REFUSE__COUNT
};

struct cell_usage {
	uint64_t wall_us;
	uint64_t cpu_us;
	uint64_t memory_peak_bytes;
	uint64_t pids_peak; /* 0 where the kernel does not count it */
	uint64_t oom_kills;
};

/* Where the harness's own time went. */
struct cell_phases {
	uint64_t cgroup_us;  /* make the groups and set the limits */
	uint64_t mounts_us;  /* build the file system tree */
	uint64_t launch_us;  /* clone to the program released */
	uint64_t program_us; /* released to its end */
	uint64_t reap_us;    /* its end to every process of it dead */
	uint64_t collect_us; /* walk the outputs and hand them over */
};

/* cell_verdict_name - "ok", "lost", … as in receipts. */
const char *cell_verdict_name(enum cell_verdict verdict);
/* cell_refusal_text - "a symbolic link", "a device node", …; "" for NONE. */
const char *cell_refusal_text(enum cell_refusal refusal);
/*
 * cell_limits_fill - put the defaults where l has 0 and check every member against what forge-cell
 * accepts. Returns 0, or -1 E_LIMIT naming the member, its value and the range.
 */
int cell_limits_fill(struct cell_limits *l, struct err *err);
#endif
