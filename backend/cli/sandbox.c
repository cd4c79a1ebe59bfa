/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "sandbox/sandbox_cli.h"

int
verb_sandbox(struct cli *c, int argc, char **argv)
{
	(void)c; /* what it prints is JSON already */
	if (argc < 2)
		return cli_usage("sandbox", "say run, check or explain");
	return sandbox_cli(argc - 1, argv + 1);
}
