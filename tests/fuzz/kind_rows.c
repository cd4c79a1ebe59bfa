/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of JSON kinds. */
#include "types_kinds.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	profile_as(data, n, "file.batch_manifest");
	profile_as(data, n, "validation.results");
	profile_as(data, n, "citations.list");
	profile_as(data, n, "deployment.receipt");
	return 0;
}
