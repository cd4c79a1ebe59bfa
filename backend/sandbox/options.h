/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_OPTIONS_H
#define SANDBOX_OPTIONS_H
/* The options of `forgectl sandbox run`, also those of the tests' client of forge-cell. */
#include <stddef.h>

#include "sandbox/cell.h"

struct arena;
struct err;

#define OPTIONS_FILES_MAX 64

struct options {
	struct cell_limits limits; /* filled */
	const char *const *argv;   /* behind "--"; NULL at the end */
	size_t n_argv;
	struct cell_file files[OPTIONS_FILES_MAX];
	size_t n_files;
	const char *out_dir; /* --out: copy the outputs here; or NULL */
};

/*
 * options_parse - argv[0] is skipped: --wall-ms N, --cpu-ms N, --memory-bytes N, --memory-mb N,
 * --pids N, --work-bytes N, --output-bytes N, --output-files N, --tmp-bytes N, --shm-bytes N,
 * --stdio-bytes N, --cpu-percent N, --file SRC:DEST (DEST below /workspace/input, /workspace/meta or
 * /skills), --out DIR, then "--" and the command. "--name=value" works too.
 * Returns 0, or -1 E_USAGE, E_LIMIT, E_NOT_FOUND (a SRC). Files stay open in a.
 */
int options_parse(struct arena *a, int argc, char **argv, struct options *out, struct err *err);
/* options_save_outputs - copy the outputs of a result below out_dir, making it and its folders. */
int options_save_outputs(struct arena *a, const char *out_dir, const struct cell_result *r,
    struct err *err);
#endif
