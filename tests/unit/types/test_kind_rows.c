/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of JSON that say what their rows are: for each a valid file and invalid ones. */
#include "kind_files.h"

#define SHA "\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""

struct example {
	const char *kind;
	const char *text;
	const char *words; /* NULL: it is sound */
	uint64_t row;
};

static const struct example examples[] = {
    {"file.batch_manifest", "{\"schema\":\"forge.batch_manifest.v1\",\"source_path\":\"b.zip\",\"entries\":[{\"path\":\"a/b.csv\",\"bytes\":5," SHA ",\"kind\":\"table.csv\"}]}", NULL, 0},
    {"file.batch_manifest", "[{\"path\":\"a\",\"bytes\":\"5\"," SHA "}]", NULL, 0},
    {"file.batch_manifest", "{\"entries\":[{\"path\":\"a\",\"bytes\":5," SHA "},{\"path\":\"../b\",\"bytes\":5," SHA "}]}",
	"row 2, /entries/1/path: the path '../b' leaves the folder", 2},
    {"file.batch_manifest", "{\"entries\":[{\"path\":\"a\",\"bytes\":5," SHA "},{\"path\":\"a\",\"bytes\":5," SHA "}]}", "row 2, /entries/1/path: 'a' stands in a row before", 2},
    {"file.batch_manifest", "{\"entries\":[{\"path\":\"a\",\"bytes\":5,\"sha256\":\"ABC\"}]}", "64 lower-case hexadecimal digits", 1},
    {"file.batch_manifest", "{\"entries\":[{\"path\":\"a\",\"bytes\":-5," SHA "}]}", "row 1, /entries/0/bytes", 1},
    {"file.batch_manifest", "{\"entries\":{}}", "/entries: expected", 0},
    {"file.batch_manifest", "{\"files\":[]}", "entries", 0},
    {"file.batch_manifest", "{\"schema\":\"forge.other.v1\",\"entries\":[]}", "/schema", 0},
    {"file.batch_manifest", "5", "an array of rows or an object with the member entries", 0},
    {"web.asset_manifest", "{\"assets\":[{\"path\":\"css/a.css\",\"bytes\":10," SHA ",\"media_type\":\"text/css\"}]}", NULL, 0},
    {"web.asset_manifest", "[{\"asset_id\":\"a1\",\"file_path\":\"i.png\",\"media_type\":null,\"size_bytes\":3}]", NULL, 0},
    {"web.asset_manifest", "[{\"asset_id\":\"a1\"}]", "row 1, /0: a row of web.asset_manifest must say where the file lies in the site", 1},
    {"web.asset_manifest", "[{\"path\":\"a.css\",\"media_type\":\"css\"}]", "row 1, /0/media_type", 1},
    {"web.asset_manifest", "[{\"path\":\"/a.css\"}]", "is absolute", 1},
    {"deployment.receipt", "{\"deployment_id\":\"d1\",\"environment\":\"production\",\"url\":\"https://a.example/\",\"bundle_sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"state\":\"live\",\"deployed_at\":\"2026-03-04T05:06:07Z\"}", NULL, 0},
    {"deployment.receipt", "[{\"url\":\"https://a/\",\"state\":\"live\",\"published_at\":\"2026-03-04T05:06:07+01:00\",\"commit\":\"abc\"}]", NULL, 0},
    {"deployment.receipt", "{\"url\":\"https://a/\",\"state\":\"live\",\"commit\":\"abc\"}", "row 1, : a row of deployment.receipt must say when it was published", 1},
    {"deployment.receipt", "{\"url\":\"https://a/\",\"state\":\"live\",\"published_at\":\"yesterday\",\"commit\":\"abc\"}", "date-time", 1},
    {"deployment.receipt", "{\"url\":\"a\",\"state\":\"live\",\"published_at\":\"2026-03-04T05:06:07Z\",\"commit\":\"abc\"}", "/url", 1},
    {"validation.results", "{\"results\":[{\"check_id\":\"rows\",\"ok\":true},{\"check_id\":\"keys\",\"ok\":false,\"detail\":\"two alike\",\"place\":\"row 3\"}]}", NULL, 0},
    {"validation.results", "[{\"run_id\":\"r\",\"suite\":\"s\",\"test_name\":\"t\",\"outcome\":\"passed\"}]", NULL, 0},
    {"validation.results", "[{\"check_id\":\"rows\"}]", "must say whether it held", 1},
    {"validation.results", "[{\"check_id\":\"rows\",\"ok\":\"yes\"}]", "row 1, /0/ok: expected", 1},
    {"evidence.json_rows", "[{\"source_path\":\"a.csv\",\"row\":2,\"locator\":\"row=2\",\"content\":{\"a\":\"1\"}}]", NULL, 0},
    {"evidence.json_rows", "[{\"finding_id\":\"f1\",\"document_id\":\"d\",\"clause_type\":\"c\",\"position\":\"p\",\"quoted_text\":\"so\",\"page\":3}]", NULL, 0},
    {"evidence.json_rows", "[{\"evidence_id\":\"e1\",\"source\":\"a\",\"quote\":\"q\"},{\"evidence_id\":\"e2\",\"quote\":\"q\"}]", "row 2, /1: a row of evidence.json_rows must say where", 2},
    {"evidence.json_rows", "[{\"source\":\"a.pdf\",\"page\":3}]", "must say what it says", 1},
    {"evidence.json_rows", "[{\"evidence_id\":\"e\",\"source\":\"a\",\"says\":\"x\"},{\"evidence_id\":\"e\",\"source\":\"a\",\"says\":\"y\"}]", "'e' stands in a row before this one", 2},
    {"citations.list", "[{\"id\":\"c1\",\"title\":\"T\",\"url\":\"https://a/\",\"accessed_on\":\"2026-03-04\"}]", NULL, 0},
    {"citations.list", "{\"schema\":\"forge.citations.v1\",\"citations\":[{\"id\":1,\"title\":\"T\",\"doi\":\"10.1000/182\"}]}", NULL, 0},
    {"citations.list", "[{\"id\":\"c1\",\"title\":\"T\",\"url\":\"https://a/\",\"accessed_on\":\"4.3.2026\"}]", "row 1, /0/accessed_on: expected text of the format date", 1},
    {"citations.list", "[{\"id\":\"c1\",\"title\":\" \",\"url\":\"https://a/\"}]", "/0/title", 1},
    {"citations.list", "[{\"id\":\"c1\",\"title\":\"T\"}]", "must say where it is", 1},
    {"citations.list", "[{\"id\":\"c1\",\"title\":\"T\",\"path\":\"a\"},\n{\"id\":\"c1\",\"title\":\"U\",\"path\":\"b\"}]", "row 2, /1/id: 'c1' stands", 2},
    {"dataset.joined_rows", "[{\"a\":\"1\",\"b\":\"2\"}]", NULL, 0},
    {"dataset.joined_rows", "[{\"a\":\"1\"},{}]", "row 2", 2},
    {"dataset.aggregated_rows", "[{\"client\":\"a\",\"hours\":\"5\"},{\"client\":\"b\",\"hours\":\"5\"}]", NULL, 0},
    {"dataset.aggregated_rows", "[{\"client\":\"a\",\"hours\":\"5\"},{\"client\":\"a\",\"hours\":\"5\"}]", "1 rows repeat another one completely", 0},
};

static void
each_kind_takes_the_valid_and_refuses_the_invalid(void)
{
	for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
		const struct example *e = &examples[i];
		struct artifact_profile p = profile_of(e->text, strlen(e->text), "x.json", e->kind);
		printf("# %s %s\n", e->kind, e->text);
		if (!e->words) {
			CHECK_OK(p);
			CHECK(p.summary != NULL);
			continue;
		}
		CHECK_FAULT(p, e->words);
		CHECK_INT(p.fault.row, e->row);
		CHECK_INT(p.rows, -1);
		CHECK_INT(p.ncolumns, 0);
	}
}

static void
a_fault_has_its_line_and_column(void)
{
	struct artifact_profile p = TEXT("[{\"id\":\"c1\",\"title\":\"T\",\"path\":\"a\"},\n {\"id\":\"c2\",\n  \"title\":5,\"path\":\"b\"}]", "x.json", "citations.list");

	CHECK_FAULT(p, "row 2, /1/title: expected");
	CHECK_INT(p.fault.line, 3);
	CHECK_INT(p.fault.column, 11);
}

static void
what_rows_say_is_counted(void)
{
	struct artifact_profile p = TEXT("{\"results\":[{\"check\":\"a\",\"ok\":true},{\"check\":\"b\",\"ok\":false},{\"check\":\"c\",\"ok\":false}]}", "x.json", "validation.results");

	CHECK_OK(p);
	CHECK_STR(inside(&p, "/rows"), "3");
	CHECK_STR(inside(&p, "/counts/ok"), "{\"false\":2,\"true\":1}");
	p = TEXT("{\"entries\":[{\"path\":\"a\",\"bytes\":5," SHA ",\"kind\":\"table.csv\"},{\"path\":\"b\",\"bytes\":7," SHA "}]}", "x.json", "file.batch_manifest");
	CHECK_STR(inside(&p, "/sums/bytes"), "\"12\"");
	CHECK_STR(inside(&p, "/counts/kind"), "{\"table.csv\":1}");
}

static void
one_huge_row_is_refused_with_the_limit(void)
{
	struct artifact_profile p;
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "[{\"id\":\"x\",\"title\":\"t\",\"path\":[");
	for (int i = 0; i < 500000; i++)
		buf_str(&b, "1,");
	buf_str(&b, "1]}]");
	p = profile_of(b.p, b.len, "x.json", "citations.list");
	CHECK_FAULT(p, "one row takes more than 16 MiB, which is the limit");
}

int
main(void)
{
	a = arena_new(0);
	RUN(each_kind_takes_the_valid_and_refuses_the_invalid);
	RUN(a_fault_has_its_line_and_column);
	RUN(what_rows_say_is_counted);
	RUN(one_huge_row_is_refused_with_the_limit);
	arena_free(a);
	return tap_done();
}
