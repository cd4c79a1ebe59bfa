/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seed corpora of the fuzz targets, run as tests: whatever crashed once, or is worth
 * remembering, lies in tests/fuzz/corpus/types_<target>/ and is tried here on every build. A target
 * that finds something aborts.
 */
#include <dirent.h>

#include "core/fd.h"
#include "tap.h"

#define LLVMFuzzerTestOneInput fuzz_csv
#include "../../fuzz/types_csv.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_json
#include "../../fuzz/types_json.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_value
#include "../../fuzz/types_value.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_schema
#include "../../fuzz/types_schema.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_profile
#include "../../fuzz/types_profile.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_stored
#include "../../fuzz/types_stored.c"
#undef LLVMFuzzerTestOneInput

typedef int (*target_fn)(const uint8_t *data, size_t n);

/* All files of a corpus, whole and cut short at every fourth byte. */
static unsigned
run_corpus(const char *folder, target_fn target)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	unsigned n = 0;

	CHECK(d != NULL);
	while (d && (e = readdir(d))) {
		struct arena *a = arena_new(0);
		struct err err;
		char *text;
		size_t bytes;
		if (e->d_name[0] != '.') {
			CHECK_INT(file_load(a, arena_printf(a, "%s/%s", folder, e->d_name), 1 << 20,
				      &text, &bytes, &err),
			    0);
			for (size_t cut = bytes % 4; cut <= bytes && bytes < 4000; cut += 4)
				(void)target((const uint8_t *)text, cut);
			(void)target((const uint8_t *)text, bytes);
			n++;
		}
		arena_free(a);
	}
	if (d)
		(void)closedir(d);
	return n;
}

static void
corpora_pass(void)
{
	static const struct {
		const char *folder;
		target_fn target;
		unsigned least;
	} all[] = {{"tests/fuzz/corpus/types_csv", fuzz_csv, 10},
	    {"tests/fuzz/corpus/types_json", fuzz_json, 10},
	    {"tests/fuzz/corpus/types_value", fuzz_value, 10},
	    {"tests/fuzz/corpus/types_schema", fuzz_schema, 10},
	    {"tests/fuzz/corpus/types_profile", fuzz_profile, 20},
	    {"tests/fuzz/corpus/types_stored", fuzz_stored, 4}};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		CHECK(run_corpus(all[i].folder, all[i].target) >= all[i].least);
}

int
main(void)
{
	RUN(corpora_pass);
	return tap_done();
}
