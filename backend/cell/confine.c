/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "cell/cell.h"
#include "core/err.h"

#define CAP_NUMBER_MAX 63

/* What the daemon and its supervisors do as root, and nothing else. */
static const struct kept {
	unsigned int cap;
	const char *name;
	const char *why;
} kept[] = {
	{CAP_SYS_ADMIN, "SYS_ADMIN", "mounts and namespaces"},
	{CAP_SETUID, "SETUID", "uid maps; the walker of outputs takes the program's uid"},
	{CAP_SETGID, "SETGID", "gid maps"},
	{CAP_SETPCAP, "SETPCAP", "to empty the bounding set"},
	{CAP_CHOWN, "CHOWN", "the socket's owner"},
	{CAP_FOWNER, "FOWNER", "the socket's mode"},
	{CAP_DAC_OVERRIDE, "DAC_OVERRIDE", "the socket's folder belongs to another user"},
	{CAP_KILL, "KILL", "attempts run under uids of their own"},
};

static const struct kept *
find_kept(unsigned int cap)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (kept[i].cap == cap)
			return &kept[i];
	}
	return NULL;
}

int
confine_daemon(struct err *err)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct have[2], sets[2];

	if (syscall(SYS_capget, &head, have) < 0)
		return err_sys(err, E_SANDBOX, "ask for our capabilities");
	memset(sets, 0, sizeof(sets));
	for (unsigned int cap = 0; cap <= CAP_NUMBER_MAX; cap++) {
		const struct kept *k = find_kept(cap);
		unsigned int bit = 1u << (cap % 32);

		if (k && !(have[cap / 32].permitted & bit))
			return err_set(err, E_UNSUPPORTED,
			    "forge-cell lacks CAP_%s, which it needs for: %s; in a container add it",
			    k->name, k->why);
		if (k) {
			sets[cap / 32].permitted |= bit;
			sets[cap / 32].effective |= bit;
		} else if (prctl(PR_CAPBSET_DROP, (unsigned long)cap, 0, 0, 0) < 0 && errno != EINVAL) {
			return err_sys(err, E_SANDBOX, "drop capability %u from the bounding set", cap);
		}
	}
	if (syscall(SYS_capset, &head, sets) < 0)
		return err_sys(err, E_SANDBOX, "keep only the capabilities that forge-cell needs");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, E_SANDBOX, "set no_new_privs");
	return 0;
}
