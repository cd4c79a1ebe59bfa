/* SPDX-License-Identifier: Apache-2.0 */
/* YAML. */
#include "types_kinds.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	profile_as(data, n, "object.yaml");
	return 0;
}
