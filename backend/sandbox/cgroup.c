/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/err.h"
#include "core/fd.h"
#include "sandbox/cgroup_file.h"

#define CPU_PERIOD_US 100000
#define REMOVE_WAIT_MS 5000

const char *
cg_role_text(enum cg_role role)
{
	static const char *const texts[CG_ROLE__COUNT] = {
		[CG_MEMORY] = "memory",
		[CG_PIDS] = "pids",
		[CG_CPU] = "cpu",
		[CG_CPUACCT] = "cpuacct",
		[CG_UNIFIED] = "unified",
	};

	INVARIANT(role < CG_ROLE__COUNT);
	return texts[role];
}

const char *
cg_version_text(enum cg_version version)
{
	static const char *const texts[CG_VERSION__COUNT] = {
		[CG_V1] = "v1",
		[CG_HYBRID] = "hybrid: limits on v1, kill and events on v2",
		[CG_V2] = "v2",
	};

	INVARIANT(version < CG_VERSION__COUNT);
	return texts[version];
}

/* The directory whose files stand for a role. */
static int
role_dir(const struct cg *cg, enum cg_role role)
{
	return cg->dir[cg->same_as[role]];
}

static int
write_u64(int dir, const char *name, uint64_t v, struct err *err)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	return cg_file_write(dir, name, text, err);
}

static int
limit_v1(const struct cg *cg, const struct cell_limits *l, struct err *err)
{
	int memory = role_dir(cg, CG_MEMORY);
	int pids = role_dir(cg, CG_PIDS);
	int cpu = role_dir(cg, CG_CPU);

	/* First memory, then memory with swap: the second may not be below the first at any time. */
	if (write_u64(memory, "memory.limit_in_bytes", l->memory_bytes, err) < 0)
		return -1;
	if (cg_file_has(memory, "memory.memsw.limit_in_bytes") &&
	    write_u64(memory, "memory.memsw.limit_in_bytes", l->memory_bytes, err) < 0)
		return -1;
	if (write_u64(memory, "memory.swappiness", 0, err) < 0)
		return -1;
	if (write_u64(pids, "pids.max", l->pids, err) < 0)
		return -1;
	if (write_u64(cpu, "cpu.cfs_period_us", CPU_PERIOD_US, err) < 0)
		return -1;
	return write_u64(cpu, "cpu.cfs_quota_us", l->cpu_percent * (CPU_PERIOD_US / 100), err);
}

static int
limit_v2(const struct cg *cg, const struct cell_limits *l, struct err *err)
{
	int dir = cg->dir[CG_UNIFIED];
	char text[64];

	if (write_u64(dir, "memory.max", l->memory_bytes, err) < 0)
		return -1;
	if (cg_file_has(dir, "memory.swap.max") && write_u64(dir, "memory.swap.max", 0, err) < 0)
		return -1;
	/* One out of memory ends them all: half a program's processes are no use. */
	if (write_u64(dir, "memory.oom.group", 1, err) < 0)
		return -1;
	if (write_u64(dir, "pids.max", l->pids, err) < 0)
		return -1;
	(void)snprintf(text, sizeof(text), "%llu %d",
	    (unsigned long long)(l->cpu_percent * (CPU_PERIOD_US / 100)), CPU_PERIOD_US);
	return cg_file_write(dir, "cpu.max", text, err);
}

static int
open_file(int dir, const char *name, int flags, int *out, struct err *err)
{
	*out = openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW);
	if (*out < 0)
		return err_sys(err, E_SANDBOX, "open control group file %s", name);
	return 0;
}

/* v1 reports an out-of-memory through an eventfd registered with "<eventfd> <oom_control fd>". */
static int
watch_oom_v1(struct cg *cg, struct err *err)
{
	int memory = role_dir(cg, CG_MEMORY);
	char text[32];
	int control;
	int rc;

	cg->memory_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (cg->memory_fd < 0)
		return err_sys(err, E_SANDBOX, "eventfd");
	if (open_file(memory, "memory.oom_control", O_RDONLY, &control, err) < 0)
		return -1;
	(void)snprintf(text, sizeof(text), "%d %d", cg->memory_fd, control);
	rc = cg_file_write(memory, "cgroup.event_control", text, err);
	fd_close(&control);
	return rc;
}

static int
watch(struct cg *cg, struct err *err)
{
	struct cg_events first;

	if (cg->version == CG_V2) {
		if (open_file(cg->dir[CG_UNIFIED], "memory.events", O_RDONLY, &cg->memory_fd, err) < 0)
			return -1;
	} else if (watch_oom_v1(cg, err) < 0) {
		return -1;
	}
	if (open_file(role_dir(cg, CG_PIDS), "pids.events", O_RDONLY, &cg->pids_fd, err) < 0)
		return -1;
	return cg_read_events(cg, &first, err); /* from here on, poll means "something new" */
}

static void
close_all(struct cg *cg)
{
	for (int role = 0; role < CG_ROLE__COUNT; role++) {
		fd_close(&cg->dir[role]);
		fd_close(&cg->enter[role]);
	}
	fd_close(&cg->memory_fd);
	fd_close(&cg->pids_fd);
}

static int
make_dirs(struct cg *cg, struct err *err)
{
	for (int role = 0; role < CG_ROLE__COUNT; role++) {
		if (cg->parent[role] < 0)
			continue;
		if (mkdirat(cg->parent[role], cg->name, 0755) < 0)
			return err_sys(err, E_SANDBOX, "make control group %s in hierarchy %s", cg->name,
			    cg_role_text((enum cg_role)role));
		cg->dir[role] = openat(cg->parent[role], cg->name,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (cg->dir[role] < 0)
			return err_sys(err, E_SANDBOX, "open control group %s in hierarchy %s", cg->name,
			    cg_role_text((enum cg_role)role));
		if (role != CG_UNIFIED &&
		    open_file(cg->dir[role], "tasks", O_WRONLY, &cg->enter[role], err) < 0)
			return -1;
	}
	return 0;
}

int
cg_make(const struct cg_host *host, const char *name, const struct cell_limits *limits,
    struct cg *out, struct err *err)
{
	struct cg cg = {.version = host->map.version, .memory_fd = -1, .pids_fd = -1};

	INVARIANT(strlen(name) < sizeof(cg.name));
	memcpy(cg.name, name, strlen(name) + 1);
	for (int role = 0; role < CG_ROLE__COUNT; role++) {
		cg.parent[role] = host->dir[role];
		cg.same_as[role] = host->same_as[role];
		cg.dir[role] = cg.enter[role] = -1;
	}
	if (make_dirs(&cg, err) < 0 ||
	    (cg.version == CG_V2 ? limit_v2 : limit_v1)(&cg, limits, err) < 0 ||
	    watch(&cg, err) < 0) {
		(void)cg_remove(&cg, NULL); /* the first error is the one to report */
		return -1;
	}
	*out = cg;
	return 0;
}

int
cg_clone_fd(const struct cg *cg)
{
	return cg->dir[CG_UNIFIED];
}

int
cg_enter(const struct cg *cg)
{
	for (int role = 0; role < CG_ROLE__COUNT; role++) {
		if (cg->enter[role] >= 0 && write(cg->enter[role], "0", 1) != 1)
			return -1;
	}
	return 0;
}

void
cg_kill(const struct cg *cg)
{
	/* Only a second way: the pid namespace dies with its init in any case. */
	if (cg->dir[CG_UNIFIED] >= 0)
		(void)cg_file_write(cg->dir[CG_UNIFIED], "cgroup.kill", "1", NULL);
}

/* A kernel file that is polled counts as seen when it is read through the same descriptor. */
static int
read_watched(int fd, char text[CG_FILE_BYTES], struct err *err)
{
	ssize_t n = pread(fd, text, CG_FILE_BYTES - 1, 0);

	if (n < 0)
		return err_sys(err, E_SANDBOX, "read the events of a control group");
	text[n] = '\0';
	return 0;
}

int
cg_read_events(const struct cg *cg, struct cg_events *out, struct err *err)
{
	struct cg_events e = {0};
	char text[CG_FILE_BYTES];
	uint64_t fired;

	if (cg->version == CG_V2) {
		if (read_watched(cg->memory_fd, text, err) < 0)
			return -1;
	} else {
		/*
		 * It fires before the kernel picks a victim, so the counter may still be 0, and nothing
		 * fires later. EAGAIN: not since the last look.
		 */
		e.is_out_of_memory = read(cg->memory_fd, &fired, sizeof(fired)) == (ssize_t)sizeof(fired);
		if (cg_file_read(role_dir(cg, CG_MEMORY), "memory.oom_control", text, err) < 0)
			return -1;
	}
	if (cg_text_u64(text, "oom_kill", &e.oom_kills) < 0)
		return err_set(err, E_UNSUPPORTED, "this kernel does not count oom_kill of a control group");
	e.is_out_of_memory = e.is_out_of_memory || e.oom_kills > 0;
	if (read_watched(cg->pids_fd, text, err) < 0)
		return -1;
	if (cg_text_u64(text, "max", &e.pids_denied) < 0)
		return err_set(err, E_UNSUPPORTED, "this kernel does not count pids.events of a control group");
	*out = e;
	return 0;
}

int
cg_read_cpu_us(const struct cg *cg, uint64_t *out, struct err *err)
{
	uint64_t ns;

	if (cg->dir[CG_UNIFIED] >= 0)
		return cg_file_u64(cg->dir[CG_UNIFIED], "cpu.stat", "usage_usec", out, err);
	if (cg_file_u64(role_dir(cg, CG_CPUACCT), "cpuacct.usage", NULL, &ns, err) < 0)
		return -1;
	*out = ns / 1000;
	return 0;
}

int
cg_read_usage(const struct cg *cg, struct cell_usage *out, struct err *err)
{
	int memory = role_dir(cg, CG_MEMORY);
	int pids = role_dir(cg, CG_PIDS);
	const char *peak = cg->version == CG_V2 ? "memory.peak" : "memory.max_usage_in_bytes";
	struct cg_events events;

	if (cg_read_cpu_us(cg, &out->cpu_us, err) < 0)
		return -1;
	out->memory_peak_bytes = 0;
	/* memory.peak came with Linux 5.19, pids.peak with 6.1: 0 says "not counted". */
	if (cg_file_has(memory, peak) &&
	    cg_file_u64(memory, peak, NULL, &out->memory_peak_bytes, err) < 0)
		return -1;
	out->pids_peak = 0;
	if (cg_file_has(pids, "pids.peak") &&
	    cg_file_u64(pids, "pids.peak", NULL, &out->pids_peak, err) < 0)
		return -1;
	if (cg_read_events(cg, &events, err) < 0)
		return -1;
	out->oom_kills = events.oom_kills;
	return 0;
}

int
cg_remove(struct cg *cg, struct err *err)
{
	int rc = 0;

	for (int role = 0; role < CG_ROLE__COUNT; role++) {
		if (cg->parent[role] < 0 || cg->dir[role] < 0)
			continue;
		if (unlinkat(cg->parent[role], cg->name, AT_REMOVEDIR) == 0)
			continue;
		if (errno == EBUSY && cg->dir[CG_UNIFIED] >= 0 &&
		    cg_wait_empty(cg->dir[CG_UNIFIED], REMOVE_WAIT_MS, NULL) == 1 &&
		    unlinkat(cg->parent[role], cg->name, AT_REMOVEDIR) == 0)
			continue;
		if (rc == 0)
			rc = err_sys(err, E_SANDBOX, "remove control group %s in hierarchy %s", cg->name,
			    cg_role_text((enum cg_role)role));
	}
	close_all(cg);
	return rc;
}
