/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the hierarchies, making and removing this instance's parents. The rare half of cgroup.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <linux/magic.h>

#include <libcgroup.h>

#include "core/err.h"
#include "core/fd.h"
#include "sandbox/cgroup.h"
#include "sandbox/cgroup_file.h"

#define GROUP "forge"
#define DAEMON_LEAF "forge-daemon"
#define SWEEP_WAIT_MS 10000
/* Another stack may remove the empty "forge" between our two mkdirs; it cannot do so for ever. */
#define PROVISION_TRIES 16

static const enum cg_role limiting_roles[] = {CG_MEMORY, CG_PIDS, CG_CPU};

/* --- finding -------------------------------------------------------------------------------- */

static bool
is_filesystem(const char *path, long magic)
{
	struct statfs s;

	return statfs(path, &s) == 0 && (long)s.f_type == magic;
}

/* The mount of the unified hierarchy, "" when there is none. libcgroup overlooks an empty one. */
static void
find_unified_mount(char out[CG_PATH_BYTES])
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	struct mntent m;
	char text[2048];

	out[0] = '\0';
	if (!f)
		return;
	while (getmntent_r(f, &m, text, sizeof(text))) {
		if (strcmp(m.mnt_type, "cgroup2") == 0 && strlen(m.mnt_dir) < CG_PATH_BYTES &&
		    is_filesystem(m.mnt_dir, CGROUP2_SUPER_MAGIC)) {
			memcpy(out, m.mnt_dir, strlen(m.mnt_dir) + 1);
			break;
		}
	}
	(void)endmntent(f);
}

/* Our own group's path in the unified hierarchy: the line "0::/path" of /proc/self/cgroup. */
static void
own_unified_path(char out[CG_PATH_BYTES])
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[CG_PATH_BYTES + 8];

	memcpy(out, "/", 2);
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::", 3) == 0 && strlen(line + 3) < CG_PATH_BYTES)
			memcpy(out, line + 3, strlen(line + 3) + 1);
	}
	(void)fclose(f);
}

static bool
is_delegated(const char *dir)
{
	char v[8];
	ssize_t n = getxattr(dir, "trusted.delegate", v, sizeof(v));

	if (n < 0)
		n = getxattr(dir, "user.delegate", v, sizeof(v));
	return n == 1 && v[0] == '1';
}

/*
 * Where "forge" may go on a v2 machine: the nearest group above us that its manager delegated
 * (systemd marks it with an extended attribute), else the root of the hierarchy.
 */
static void
find_v2_base(const char *mount, char out[CG_PATH_BYTES])
{
	char own[CG_PATH_BYTES];
	char path[2 * CG_PATH_BYTES];

	memcpy(out, mount, strlen(mount) + 1);
	own_unified_path(own);
	while (own[0] && strcmp(own, "/") != 0) {
		(void)snprintf(path, sizeof(path), "%s%s", mount, own);
		if (is_delegated(path) && strlen(path) < CG_PATH_BYTES) {
			memcpy(out, path, strlen(path) + 1);
			return;
		}
		*strrchr(own, '/') = '\0';
	}
}

static void
note_mount(struct cg_map *map, const struct cgroup_mount_point *m)
{
	static const enum cg_role roles[] = {CG_MEMORY, CG_PIDS, CG_CPU, CG_CPUACCT};
	size_t n = strlen(m->path);

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		char *base = map->base[roles[i]];

		if (strcmp(m->name, cg_role_text(roles[i])) == 0 && base[0] == '\0' && n < CG_PATH_BYTES)
			memcpy(base, m->path, n + 1);
	}
}

/* What is missing we say ourselves, with a way out; libcgroup's own words stay off stderr. */
static void
say_nothing(void *userdata, int level, const char *fmt, va_list ap)
{
	(void)userdata;
	(void)level;
	(void)fmt;
	(void)ap;
}

/* libcgroup knows which controller is mounted where, on v1 and on v2. */
static void
find_controllers(struct cg_map *map)
{
	struct cgroup_mount_point m;
	void *walk = NULL;
	int rc;

	cgroup_set_logger(say_nothing, CGROUP_LOG_ERROR, NULL);
	if (cgroup_init() != 0)
		return;
	for (rc = cgroup_get_controller_begin(&walk, &m); rc == 0;
	     rc = cgroup_get_controller_next(&walk, &m))
		note_mount(map, &m);
	if (walk)
		(void)cgroup_get_controller_end(&walk);
}

/* v2 has a controller only where the base group's own cgroup.controllers lists it. */
static bool
v2_has(const char *base, const char *controller)
{
	int dir = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char text[CG_FILE_BYTES];
	bool found = false;

	if (dir < 0)
		return false;
	if (cg_file_read(dir, "cgroup.controllers", text, NULL) == 0) {
		for (const char *w = text; *w; w += strspn(w, " \n")) {
			size_t n = strcspn(w, " \n");

			found = found || (n == strlen(controller) && strncmp(w, controller, n) == 0);
			w += n;
		}
	}
	(void)close(dir);
	return found;
}

static int
refuse(const struct cg_map *map, const char *missing, struct err *err)
{
	if (map->base[CG_UNIFIED][0])
		return err_set(err, E_UNSUPPORTED,
		    "no control group hierarchy limits %s for us: neither a v1 mount nor '%s' has it; "
		    "start Forge as root, or under systemd with Delegate=memory pids cpu, or boot "
		    "with cgroup_enable=memory",
		    missing, map->base[CG_UNIFIED]);
	return err_set(err, E_UNSUPPORTED,
	    "no control group hierarchy limits %s: mount one (mount -t cgroup2 none /sys/fs/cgroup), "
	    "and in a container pass it through",
	    missing);
}

int
cg_find(struct cg_map *map, struct err *err)
{
	struct cg_map m = {.version = CG_V1};
	char unified[CG_PATH_BYTES];
	size_t n_v1 = 0;

	find_controllers(&m);
	find_unified_mount(unified);
	for (int role = 0; role < CG_UNIFIED; role++) {
		if (m.base[role][0] && !is_filesystem(m.base[role], CGROUP_SUPER_MAGIC))
			m.base[role][0] = '\0'; /* a v2 controller: the unified base stands for it */
	}
	for (size_t i = 0; i < sizeof(limiting_roles) / sizeof(limiting_roles[0]); i++)
		n_v1 += m.base[limiting_roles[i]][0] != '\0';
	if (n_v1 > 0 && unified[0]) {
		m.version = CG_HYBRID;
		memcpy(m.base[CG_UNIFIED], unified, sizeof(unified));
	} else if (unified[0]) {
		m.version = CG_V2;
		find_v2_base(unified, m.base[CG_UNIFIED]);
	}
	for (size_t i = 0; i < sizeof(limiting_roles) / sizeof(limiting_roles[0]); i++) {
		const char *name = cg_role_text(limiting_roles[i]);

		if (m.version == CG_V2 ? !v2_has(m.base[CG_UNIFIED], name)
				       : m.base[limiting_roles[i]][0] == '\0')
			return refuse(&m, name, err);
	}
	if (m.version == CG_V1 && m.base[CG_CPUACCT][0] == '\0')
		return refuse(&m, "cpuacct", err);
	*map = m;
	return 0;
}

/* --- provisioning --------------------------------------------------------------------------- */

/* Make <base>/forge/<instance> in one hierarchy and open it. */
static int
provision_dir(const char *base, const char *instance, int *out, struct err *err)
{
	char path[CG_PATH_BYTES + sizeof(GROUP) + CG_INSTANCE_BYTES + 2];

	for (int i = 0; i < PROVISION_TRIES; i++) {
		(void)snprintf(path, sizeof(path), "%s/" GROUP, base);
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return err_sys(err, E_SANDBOX, "make control group '%s'", path);
		(void)snprintf(path, sizeof(path), "%s/" GROUP "/%s", base, instance);
		if (mkdir(path, 0755) < 0 && errno != EEXIST) {
			if (errno == ENOENT)
				continue;
			return err_sys(err, E_SANDBOX, "make control group '%s'", path);
		}
		*out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (*out >= 0)
			return 0;
	}
	return err_sys(err, E_SANDBOX, "open control group '%s'", path);
}

/*
 * The v1 parents, through libcgroup: one call makes them in all hierarchies, shared mounts included.
 * provision_dir then finds them there, and closes the race with a stack that is just stopping.
 */
static int
provision_v1(const struct cg_map *map, const char *instance, struct err *err)
{
	char name[sizeof(GROUP) + CG_INSTANCE_BYTES + 1];
	struct cgroup *group;
	int rc = 0;

	(void)snprintf(name, sizeof(name), GROUP "/%s", instance);
	group = cgroup_new_cgroup(name);
	if (!group)
		return err_set(err, E_SANDBOX, "libcgroup refuses the group name '%s'", name);
	for (int role = 0; role < CG_UNIFIED && rc == 0; role++) {
		if (map->base[role][0] && !cgroup_add_controller(group, cg_role_text((enum cg_role)role)))
			rc = err_set(err, E_SANDBOX, "libcgroup does not know controller %s",
			    cg_role_text((enum cg_role)role));
	}
	if (rc == 0) {
		int e = cgroup_create_cgroup(group, 1);

		if (e == ECGOTHER)
			rc = err_set(err, E_SANDBOX, "make control group '%s': %s", name,
			    strerror(cgroup_get_last_errno()));
		else if (e != 0)
			rc = err_set(err, E_SANDBOX, "make control group '%s': %s", name,
			    cgroup_strerror(e));
	}
	cgroup_free(&group);
	return rc;
}

/* Move every process of group `from` into its child leaf, so that controllers may be enabled. */
static int
move_to_leaf(int from, struct err *err)
{
	char text[CG_FILE_BYTES];
	int leaf;
	int rc = 0;

	if (mkdirat(from, DAEMON_LEAF, 0755) < 0 && errno != EEXIST)
		return err_sys(err, E_SANDBOX, "make control group " DAEMON_LEAF);
	leaf = openat(from, DAEMON_LEAF, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (leaf < 0)
		return err_sys(err, E_SANDBOX, "open control group " DAEMON_LEAF);
	rc = cg_file_read(from, "cgroup.procs", text, err);
	for (char *p = text; rc == 0 && *p;) {
		char *end = strchr(p, '\n');

		if (!end)
			break;
		*end = '\0';
		/* A process that ended since the list was read (ESRCH) need not be moved. */
		(void)cg_file_write(leaf, "cgroup.procs", p, NULL);
		p = end + 1;
	}
	(void)close(leaf);
	return rc;
}

static int
enable_controllers(int dir, struct err *err)
{
	return cg_file_write(dir, "cgroup.subtree_control", "+memory +pids +cpu", err);
}

static int
enable_at(const char *path, struct err *err)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err first;
	int rc;

	if (dir < 0)
		return err_sys(err, E_SANDBOX, "open control group '%s'", path);
	rc = enable_controllers(dir, &first);
	/* Only the hierarchy's root may have processes and controllers; elsewhere we make room. */
	for (int i = 0; rc < 0 && first.sys_errno == EBUSY && i < PROVISION_TRIES; i++) {
		if (move_to_leaf(dir, err) < 0)
			break;
		rc = enable_controllers(dir, &first);
	}
	(void)close(dir);
	if (rc < 0)
		return err_set(err, first.code, "%s in '%s'", first.msg, path);
	return 0;
}

static int
provision_v2(struct cg_host *h, struct err *err)
{
	const char *base = h->map.base[CG_UNIFIED];
	char path[CG_PATH_BYTES + sizeof(GROUP) + 1];

	if (enable_at(base, err) < 0)
		return -1;
	if (provision_dir(base, h->instance, &h->dir[CG_UNIFIED], err) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/" GROUP, base);
	if (enable_at(path, err) < 0)
		return -1;
	return enable_controllers(h->dir[CG_UNIFIED], err);
}

/* The earliest role that is mounted at the same place, usually the role itself. */
static enum cg_role
first_with_base(const struct cg_map *map, enum cg_role role)
{
	for (int r = 0; r < (int)role; r++) {
		if (strcmp(map->base[r], map->base[role]) == 0)
			return (enum cg_role)r;
	}
	return role;
}

static bool
is_instance_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return n > 0 && n < CG_INSTANCE_BYTES && s[n] == '\0';
}

int
cg_host_open(struct cg_host *host, const char *instance, struct err *err)
{
	struct cg_host h = {0};

	if (!is_instance_name(instance))
		return err_set(err, E_USAGE, "instance name '%s' is not 1 to %d of [A-Za-z0-9_-]", instance,
		    CG_INSTANCE_BYTES - 1);
	if (cg_find(&h.map, err) < 0)
		return -1;
	memcpy(h.instance, instance, strlen(instance) + 1);
	for (int role = 0; role < CG_ROLE__COUNT; role++) {
		h.dir[role] = -1;
		h.same_as[role] = h.map.version == CG_V2
		    ? CG_UNIFIED
		    : first_with_base(&h.map, (enum cg_role)role);
	}
	if (h.map.version == CG_V2) {
		if (provision_v2(&h, err) < 0) {
			cg_host_close(&h);
			return -1;
		}
		*host = h;
		return 0;
	}
	if (provision_v1(&h.map, instance, err) < 0)
		return -1;
	for (int role = 0; role < CG_ROLE__COUNT; role++) {
		if (h.map.base[role][0] == '\0' || h.same_as[role] != (enum cg_role)role)
			continue;
		if (provision_dir(h.map.base[role], instance, &h.dir[role], err) < 0) {
			cg_host_close(&h);
			return -1;
		}
	}
	*host = h;
	return 0;
}

/* --- removing ------------------------------------------------------------------------------- */

/* Call fn for each group directly below dir. */
typedef int (*child_fn)(int parent, const char *name, size_t *n, struct err *err);

static int
each_child(int dir, child_fn fn, size_t *n, struct err *err)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	int rc = 0;

	if (!d) {
		fd_close(&fd);
		return err_sys(err, E_SANDBOX, "list control groups");
	}
	while (rc == 0 && (e = readdir(d))) {
		if (e->d_type == DT_DIR && e->d_name[0] != '.')
			rc = fn(dir, e->d_name, n, err);
	}
	(void)closedir(d);
	return rc;
}

static int
kill_child(int parent, const char *name, size_t *n, struct err *err)
{
	int dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	size_t here = 0;
	int rc;

	if (dir < 0)
		return err_sys(err, E_SANDBOX, "open control group %s", name);
	rc = cg_kill_listed(dir, &here, err);
	*n += here;
	(void)close(dir);
	return rc;
}

static int
remove_child(int parent, const char *name, size_t *n, struct err *err)
{
	(void)n;
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0)
		return err_sys(err, E_SANDBOX, "remove control group %s", name);
	return 0;
}

static int
count_child(int parent, const char *name, size_t *n, struct err *err)
{
	char path[CG_NAME_BYTES + sizeof("/cgroup.procs")];
	char text[CG_FILE_BYTES];

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", name);
	if (cg_file_read(parent, path, text, err) < 0)
		return -1;
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		++*n;
	return 0;
}

/* Kill everything in the unified group dir and below, whatever it forks meanwhile, and wait. */
static int
kill_unified(int dir, struct err *err)
{
	if (cg_file_write(dir, "cgroup.kill", "1", err) < 0)
		return -1;
	switch (cg_wait_empty(dir, SWEEP_WAIT_MS, err)) {
	case 1:
		return 0;
	case 0:
		return err_set(err, E_SANDBOX, "processes of an earlier attempt would not die");
	default:
		return -1;
	}
}

int
cg_sweep(struct cg_host *host, size_t *n_killed, struct err *err)
{
	int unified = host->dir[CG_UNIFIED];
	size_t n = 0;

	if (unified >= 0 &&
	    (each_child(unified, count_child, &n, err) < 0 || kill_unified(unified, err) < 0))
		return -1;
	for (int role = 0; role < CG_ROLE__COUNT; role++) {
		if (host->dir[role] < 0)
			continue;
		if (role != CG_UNIFIED && each_child(host->dir[role], kill_child, &n, err) < 0)
			return -1;
		if (each_child(host->dir[role], remove_child, NULL, err) < 0)
			return err_wrap(err, "hierarchy %s", cg_role_text((enum cg_role)role));
	}
	if (n_killed)
		*n_killed = n;
	return 0;
}

int
cg_reclaim(struct cg_host *host, const char *name, struct err *err)
{
	int unified = host->dir[CG_UNIFIED] < 0 ? -1
	    : openat(host->dir[CG_UNIFIED], name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int rc = unified < 0 ? 0 : kill_unified(unified, err);
	size_t n = 0;

	fd_close(&unified);
	for (int role = 0; role < CG_ROLE__COUNT && rc == 0; role++) {
		int dir = host->dir[role];

		if (dir < 0 || faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (role != CG_UNIFIED)
			rc = kill_child(dir, name, &n, err);
		if (rc == 0)
			rc = remove_child(dir, name, &n, err);
	}
	return rc;
}

/* Undo move_to_leaf once no instance is left: the base group is as we found it. */
static void
leave_leaf(const char *base)
{
	int dir = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char text[CG_FILE_BYTES];

	if (dir < 0)
		return;
	if (cg_file_has(dir, DAEMON_LEAF) &&
	    cg_file_write(dir, "cgroup.subtree_control", "-memory -pids -cpu", NULL) == 0 &&
	    cg_file_read(dir, DAEMON_LEAF "/cgroup.procs", text, NULL) == 0) {
		for (char *p = text; *p;) {
			size_t n = strcspn(p, "\n");
			char *next = p + n + (p[n] == '\n');

			p[n] = '\0';
			(void)cg_file_write(dir, "cgroup.procs", p, NULL); /* it may have ended */
			p = next;
		}
		(void)unlinkat(dir, DAEMON_LEAF, AT_REMOVEDIR);
	}
	(void)close(dir);
}

void
cg_host_close(struct cg_host *host)
{
	for (int role = 0; role < CG_ROLE__COUNT; role++) {
		char path[CG_PATH_BYTES + sizeof(GROUP) + CG_INSTANCE_BYTES + 2];
		const char *base = host->map.base[role];

		if (host->dir[role] < 0)
			continue;
		fd_close(&host->dir[role]);
		/* Not empty (another stack, or a group that would not go): then it stays. */
		(void)snprintf(path, sizeof(path), "%s/" GROUP "/%s", base, host->instance);
		(void)rmdir(path);
		(void)snprintf(path, sizeof(path), "%s/" GROUP, base);
		if (rmdir(path) == 0 && host->map.version == CG_V2)
			leave_leaf(base);
	}
}
