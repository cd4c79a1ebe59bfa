/* SPDX-License-Identifier: Apache-2.0 */
/* ZIP archives under each of their kinds. */
#include "types_kinds.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	profile_as(data, n, "file.archive.zip");
	profile_as(data, n, "web.bundle.static");
	profile_as(data, n, "code.bundle.project");
	return 0;
}
