/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_CHECKED_H
#define API_CHECKED_H
/*
 * The validators of an entity over a file of the workspace, as `forgectl packs validate` and the harness run them
 * (pack/rules.h): all rows, exact. Rules that name another entity get the first file of the workspace that holds it.
 */
#include <stdbool.h>
#include <stdint.h>

struct err;
struct rq;

struct checked_file {
	const char *path, *sha256, *kind;
	const char *entity; /* as it was found to be when it came; NULL: none */
	uint64_t bytes;
	bool is_whole; /* it parses to its end */
};
/*
 * checked_send - answer `file_checks`.
 *
 * entity: whose rules; NULL or "": the file's own
 * Errors: E_USAGE without an entity; E_NOT_FOUND for one that the workspace does not have; E_LIMIT for a file that is
 * broken, of another form than the entity, or above 64 MiB, and when the rules take too long. Cost: a fork, a pass over
 * the file and one or more over each file that a rule names.
 */
int checked_send(struct rq *rq, const struct checked_file *file, const char *entity, struct err *err);
#endif
