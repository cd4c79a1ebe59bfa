/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_FILTER_H
#define SANDBOX_FILTER_H
/*
 * System call filters, as allowlists, compiled to BPF once when a program starts. Plain calls are in
 * syscalls.def, calls whose arguments matter in a table of rows; arguments are compared on their low
 * 32 bits, which is what the kernel takes, so that TIOCSTI | 1<<32 is TIOCSTI. A call of a foreign
 * architecture (int 0x80, x32) kills the process.
 */
#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>

struct arena;
struct err;

enum filter_kind {
	FILTER_PROGRAM, /* what runs inside */
	FILTER_INIT,    /* the sandbox's pid 1: waits, reports, ends */
	FILTER_COLLECT, /* the walker of outputs: opens, looks, hands over */
	FILTER_KIND__COUNT
};

struct filter {
	const struct sock_filter *insn; /* [n] */
	size_t n;
};

/*
 * filter_build - compile a filter; it lives in a.
 * Returns 0, or -1 E_UNSUPPORTED for a processor other than x86-64, whose calls the lists name.
 */
int filter_build(struct arena *a, enum filter_kind kind, struct filter *out,
    struct err *err);
/* filter_load - install it for the calling thread; needs no_new_privs. -1 with errno. No malloc. */
int filter_load(const struct filter *filter);
#endif
