/* SPDX-License-Identifier: Apache-2.0 */
/* Unified diffs. */
#include "types_kinds.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	profile_as(data, n, "code.patch.unified_diff");
	return 0;
}
