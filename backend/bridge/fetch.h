/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BRIDGE_FETCH_H
#define BRIDGE_FETCH_H
/*
 * http.fetch, the platform's own tool for steps that read an HTTP API (execution.backend
 * "tool_loop"). Everything that touches the network or parses what came from it happens in a child
 * process: a fresh image of the calling program with an empty environment, no descriptor but
 * standard output and error and its three, a system-call filter (no programs, no unix sockets, no files opened for writing), and a
 * memory limit. It gets the contract, writes the output document into a memory file, and one JSON
 * line for each call into a pipe. When it is dead and reaped, the caller stores the document.
 *
 * Every request must match a rule of grants.egress (scheme, host, port, method, path, query), within
 * the rule's calls_max and bytes_max. Names are resolved once and pinned; an address that is not
 * public is refused unless the rule says so; redirects are refused; answers must be strict JSON.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/digest.h"
struct arena;
struct contract;
struct err;

#define FETCH_CONTRACT_FD 3 /* what the child is started with */
#define FETCH_OUTPUT_FD 4
#define FETCH_REPORT_FD 5
#define FETCH_CALLS_MAX 10000 /* in one step, whatever its rules say */
#define FETCH_TIMEOUT_MS_MAX 30000 /* one call */

enum fetch_end {
	FETCH_OK,
	FETCH_FAILED,    /* failure says why; the document is not to be used */
	FETCH_WALL,      /* limits.wall_ms passed */
	FETCH_CANCELLED, /* cancel_fd became readable */
	FETCH_LOST,      /* the child died without a word; retry */
	FETCH_END__COUNT
};

struct fetch_request {
	const struct contract *contract;
	const char *const *child_argv; /* NULL-ended; a program that calls fetch_child */
	int cancel_fd;                 /* readable: stop; -1: never */
};
/* One call as it was made; refused ones too (status 0, reason set). */
struct fetch_call {
	const char *request; /* name in the contract's fetch */
	const char *item;    /* for_each: the item's id; else NULL */
	const char *url;
	const char *address; /* that was connected to; NULL if none was */
	unsigned rule;       /* index in grants.egress */
	int status;          /* 0: no answer */
	uint64_t bytes;
	char sha256[SHA256_HEX]; /* of the answer's body; of no bytes when there is none */
	uint64_t us;
	const char *error; /* NULL: it was fine */
};
struct fetch_used { /* of one rule */
	const char *scope; /* "GET http://127.0.0.1:9/users" */
	uint64_t calls, calls_max;
	uint64_t bytes, bytes_max;
};
struct fetch_result {
	enum fetch_end end;
	int output_fd; /* memory file, at offset 0; closed with the arena; -1 unless FETCH_OK */
	const struct fetch_call *calls; /* [ncalls] in order */
	size_t ncalls;
	const struct fetch_used *used; /* [contract->negress] */
	const char *failure;  /* a clause; NULL when FETCH_OK */
	const char *class;    /* FETCH_FAILED: "egress", "limit", "network", "answer", "sandbox" */
	const char *place;    /* "posts, item 3 of users"; NULL if none */
	bool is_retryable;
	uint64_t wall_us, cpu_us, memory_peak_bytes;
};

/*
 * fetch_run - perform the contract's fetch and wait for its end.
 *
 * a:    strings, lists and the output's descriptor live in it
 * Returns 0 with any end, or -1: E_USAGE (the contract has no fetch), E_IO (no child could be made).
 */
int fetch_run(struct arena *a, const struct fetch_request *request, struct fetch_result *out,
    struct err *err);

/*
 * fetch_child - the child's whole life: call it first thing in main when the program was started for
 * this; it never returns. Descriptors 3, 4 and 5 must be the contract, the output, and the report.
 */
__attribute__((noreturn)) void fetch_child(void);

/*
 * fetch_expand - one request path with its {placeholders} filled from an item. Values are strings or
 * integers of 1..128 characters [A-Za-z0-9._~-], not "." or "..". For tests and fetch.c.
 * Returns 0, or -1 E_SCHEMA naming the placeholder and the value.
 */
struct jx;
int fetch_expand(struct arena *a, const char *path, const struct jx *item, const char **out,
    struct err *err);
#endif
