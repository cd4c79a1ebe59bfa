/* SPDX-License-Identifier: Apache-2.0 */
#include "types/kind_schema.h"

#include <stdint.h>

/* The files are taken in by the assembler; make is started at the top of the source. */
#define EMBED(symbol, kind)                                                                        \
	__asm__(".section .rodata\n"                                                               \
		".balign 8\n" #symbol "_at: .incbin \"packs/schema/kind-" kind ".json\"\n" #symbol     \
		"_end: .byte 0\n"                                                                  \
		".previous\n");                                                                    \
	extern const char symbol##_at[] __attribute__((visibility("hidden")));                     \
	extern const char symbol##_end[] __attribute__((visibility("hidden")))

EMBED(schema_batch, "file.batch_manifest");
EMBED(schema_asset, "web.asset_manifest");
EMBED(schema_receipt, "deployment.receipt");
EMBED(schema_results, "validation.results");
EMBED(schema_evidence, "evidence.json_rows");
EMBED(schema_citations, "citations.list");
EMBED(schema_joined, "dataset.joined_rows");
EMBED(schema_aggregated, "dataset.aggregated_rows");

const char *
kind_schema(enum kind kind, size_t *n)
{
	static const struct {
		enum kind kind;
		const char *at;
		const char *end;
	} all[] = {
	    {KIND_FILE_BATCH_MANIFEST, schema_batch_at, schema_batch_end},
	    {KIND_WEB_ASSET_MANIFEST, schema_asset_at, schema_asset_end},
	    {KIND_DEPLOYMENT_RECEIPT, schema_receipt_at, schema_receipt_end},
	    {KIND_VALIDATION_RESULTS, schema_results_at, schema_results_end},
	    {KIND_EVIDENCE_JSON_ROWS, schema_evidence_at, schema_evidence_end},
	    {KIND_CITATIONS_LIST, schema_citations_at, schema_citations_end},
	    {KIND_DATASET_JOINED_ROWS, schema_joined_at, schema_joined_end},
	    {KIND_DATASET_AGGREGATED_ROWS, schema_aggregated_at, schema_aggregated_end},
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].kind == kind) {
			*n = (size_t)((uintptr_t)all[i].end - (uintptr_t)all[i].at);
			return all[i].at;
		}
	*n = 0;
	return NULL;
}
