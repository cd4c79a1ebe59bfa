/* SPDX-License-Identifier: Apache-2.0 */
/* Markdown. */
#include "types_kinds.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	profile_as(data, n, "text.markdown");
	return 0;
}
