/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_CGROUP_H
#define SANDBOX_CGROUP_H
/*
 * Control groups behind one small interface, for the three ways in which machines have them:
 *
 *     v1      memory, pids, cpu, cpuacct each in a hierarchy of its own (or some together)
 *     hybrid  as v1 for limits, and an empty unified hierarchy for kill, events and cpu time
 *     v2      one unified hierarchy; the daemon's own delegated part of it
 *
 * Groups are <base>/forge/<instance>/<attempt>. The instance is one running cell or command; so
 * several stacks live side by side, and what a killed one left can be found by name. libcgroup finds
 * the hierarchies and makes the parents at start-up; per attempt we write the files ourselves: a v1
 * group is entered by the child writing 0 to an open `tasks` (3 ms; writing a pid from outside costs
 * 14), and libcgroup's delete would move live tasks out of their limits.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sandbox/limits.h"

struct err;

enum cg_version {
	CG_V1,
	CG_HYBRID,
	CG_V2,
	CG_VERSION__COUNT
};

/* The hierarchies we use. On v2 only CG_UNIFIED is open. */
enum cg_role {
	CG_MEMORY,
	CG_PIDS,
	CG_CPU,
	CG_CPUACCT,
	CG_UNIFIED,
	CG_ROLE__COUNT
};

#define CG_PATH_BYTES 512
#define CG_NAME_BYTES 64
#define CG_INSTANCE_BYTES 32

/* Where the hierarchies are; found by cg_find, changes nothing on the machine. */
struct cg_map {
	enum cg_version version;
	char base[CG_ROLE__COUNT][CG_PATH_BYTES]; /* directory that holds, or will hold, "forge"; "" none */
};

/* This instance's own directories; 20-odd bytes of name are all that differ between two stacks. */
struct cg_host {
	struct cg_map map;
	char instance[CG_INSTANCE_BYTES];
	int dir[CG_ROLE__COUNT]; /* forge/<instance> in each; -1: none, or shared with an earlier role */
	enum cg_role same_as[CG_ROLE__COUNT]; /* the role whose directory this one uses; usually itself */
};

/* One attempt's groups. */
struct cg {
	enum cg_version version;
	char name[CG_NAME_BYTES];
	int parent[CG_ROLE__COUNT]; /* borrowed from the host */
	int dir[CG_ROLE__COUNT];    /* -1 as in the host */
	enum cg_role same_as[CG_ROLE__COUNT];
	int enter[CG_ROLE__COUNT];  /* open v1 `tasks` files; -1 elsewhere */
	int memory_fd;              /* poll: POLLIN (v1 eventfd) or POLLPRI (v2) at an out-of-memory */
	int pids_fd;                /* poll: POLLPRI when a fork was denied */
};

struct cg_events {
	bool is_out_of_memory; /* since the last look (v1), or ever: the kill itself may still come */
	uint64_t oom_kills;
	uint64_t pids_denied;
};

/*
 * cg_find - look for hierarchies that can limit memory, pids and cpu (libcgroup).
 * Returns 0, or -1 E_UNSUPPORTED: names each controller that is missing and how to get it.
 */
int cg_find(struct cg_map *map, struct err *err);
/* cg_version_text - "v1", "hybrid: limits on v1, kill and events on v2", "v2". */
const char *cg_version_text(enum cg_version version);
/* cg_role_text - "memory", "pids", …, "unified". */
const char *cg_role_text(enum cg_role role);

/*
 * cg_host_open - make forge/<instance> in every hierarchy, and on v2 enable the controllers for it.
 * instance: [A-Za-z0-9_-], at most 31 bytes. Needs root or a delegated hierarchy.
 * Returns 0, or -1 E_UNSUPPORTED, E_SANDBOX (could not make a directory; says which and why).
 */
int cg_host_open(struct cg_host *host, const char *instance, struct err *err);
/*
 * cg_sweep - kill and remove every group of this instance: what a killed daemon left.
 * n_killed: how many processes were still there. Returns 0, or -1 E_SANDBOX.
 */
int cg_sweep(struct cg_host *host, size_t *n_killed, struct err *err);
/*
 * cg_reclaim - kill and remove the groups of one attempt whose supervisor died. No such group is fine.
 * Returns 0, or -1 E_SANDBOX.
 */
int cg_reclaim(struct cg_host *host, const char *name, struct err *err);
/* cg_host_close - remove this instance's directories, and "forge" where it is empty; close. */
void cg_host_close(struct cg_host *host);

/*
 * cg_make - the groups of one attempt with their limits set; nothing is in them yet.
 * limits: filled. Returns 0, or -1 E_SANDBOX naming the file that refused.
 */
int cg_make(const struct cg_host *host, const char *name, const struct cell_limits *limits,
    struct cg *out, struct err *err);
/* cg_clone_fd - directory for CLONE_INTO_CGROUP, or -1 where there is no unified hierarchy. */
int cg_clone_fd(const struct cg *cg);
/* cg_enter - move the calling process in. For the child after clone: only writes. -1 with errno. */
int cg_enter(const struct cg *cg);
/* cg_kill - SIGKILL everything in it, where the kernel can do that at once (unified hierarchy). */
void cg_kill(const struct cg *cg);
/* cg_read_events - what the kernel counted so far. */
int cg_read_events(const struct cg *cg, struct cg_events *out, struct err *err);
/* cg_read_cpu_us - cpu time of all its processes, the dead included. */
int cg_read_cpu_us(const struct cg *cg, uint64_t *out, struct err *err);
/* cg_read_usage - fills cpu_us, memory_peak_bytes, pids_peak, oom_kills. */
int cg_read_usage(const struct cg *cg, struct cell_usage *out, struct err *err);
/*
 * cg_remove - remove the empty groups and close all. Where the kernel still counts a dying process,
 * waits for its event (at most 5 s). Returns 0, or -1 E_SANDBOX naming the group that stays.
 */
int cg_remove(struct cg *cg, struct err *err);
#endif
