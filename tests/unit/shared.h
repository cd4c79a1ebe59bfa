/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SHARED_H
#define TESTS_SHARED_H
/*
 * Given cases that live beside the checkout, in ../shared. They are not part of the product: a test
 * that wants them skips with a message where they are absent. FORGE_SHARED names another folder.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static inline const char *
shared_path(const char *file, char *out, size_t n)
{
	const char *root = getenv("FORGE_SHARED");

	(void)snprintf(out, n, "%s/%s", root ? root : "../shared", file);
	return access(out, R_OK) == 0 ? out : NULL;
}
#endif
