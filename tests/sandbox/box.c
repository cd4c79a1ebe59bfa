/* SPDX-License-Identifier: Apache-2.0 */
/* What `forgectl sandbox` does, as a program of its own: the suite needs no other part of Forge. */
#include "sandbox/sandbox_cli.h"

int
main(int argc, char **argv)
{
	return sandbox_cli(argc - 1, argv + 1);
}
