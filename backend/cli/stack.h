/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_STACK_H
#define CLI_STACK_H
/*
 * The embedded stack: a private Postgres, nginx on a loopback port, the FastCGI pools, runner,
 * cell, events and scheduler, all under s6. It lives in a mount namespace of its own in which
 *   /mnt/forge  is the project root, read-only,
 *   /mnt/bin    the programs, read-only,
 *   /mnt/var    the state folder,
 * and /etc/passwd and /etc/group are extended copies, so that each program has a uid of its own
 * without a user being made on the host. When the last process ends, so do the mounts.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;
struct cli;
struct err;

#define STACK_ROOT "/mnt/forge"
#define STACK_BIN "/mnt/bin"
#define STACK_VAR "/mnt/var"

/* Who runs what. The uids lie above every range that distributions hand out (2^30 - 1000…). */
enum stack_user {
	STACK_PG,
	STACK_WEB,
	STACK_API,
	STACK_EVENTS,
	STACK_RUNNER,
	STACK_SCHED,
	STACK_LOG,
	STACK_USER__COUNT
};
#define STACK_UID_BASE 1073740000u
#define STACK_GID 1073740000u /* group forge: blobs and sockets */
const char *stack_user_name(enum stack_user u);
uid_t stack_uid(enum stack_user u);

struct stack_state {
	bool is_up;
	int port;
	pid_t supervisor_pid; /* s6-svscan; its mount namespace is the stack's */
	char url[64];
	char namespace[64]; /* "mnt:[4026532…]" of this boot, "" when unknown */
};

/*
 * stack_load - read var/stack.json and see whether that supervisor still lives (and is ours: its
 * start time is compared). Not being up is not an error.
 */
int stack_load(const struct cli *c, struct stack_state *out, struct err *err);

/*
 * stack_enter_start - fork; in the child make the mount namespace and become s6-svscan. Returns its
 * pid in *out. Root only.
 */
int stack_namespace_start(const struct cli *c, pid_t *out, struct err *err);
/*
 * stack_exec - run argv in the stack's namespace as user u (or root when is_root), wait for it.
 * Output of the command goes to log_path (inside var) or, when out is not NULL, its stdout is
 * read into *out (at most 1 MiB). Returns 0 when it exited 0, else -1 with its last words.
 */
struct stack_command {
	const char *const *argv; /* NULL-ended; paths as inside the namespace */
	bool is_root;
	enum stack_user user;
	const char *input; /* its stdin, or NULL */
	const char *const *env; /* NULL-ended "K=V", on top of a minimal environment; may be NULL */
};
int stack_exec(struct arena *a, pid_t supervisor_pid, const struct stack_command *cmd, char **out,
    struct err *err);

/* stack_postgres_folder - where the newest Postgres' programs are; NULL when none is installed. */
const char *stack_postgres_folder(struct arena *a);
/* stack_write_services - the s6 scan directory for the given port, below var/s6. */
int stack_write_services(const struct cli *c, int port, struct err *err);
extern const char *const stack_services[]; /* in the order they start; NULL-ended */

/*
 * stack_up - bring the stack up where it is down (root only); *s is its state afterwards. The first
 * time, a user of its own is made and written to var/login.json (0600).
 */
int stack_up(const struct cli *c, const char *port, struct stack_state *s, struct err *err);
/* stack_down - end it; nothing of it is left behind. Not being up is fine. */
int stack_down(const struct cli *c, struct err *err);
#endif
