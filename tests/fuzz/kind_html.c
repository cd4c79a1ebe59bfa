/* SPDX-License-Identifier: Apache-2.0 */
/* Pages under both of their kinds. */
#include "types_kinds.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	profile_as(data, n, "report.html");
	profile_as(data, n, "web.page.html");
	return 0;
}
