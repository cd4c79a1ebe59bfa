/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mman.h>
#include <unistd.h>

#include "core/err.h"
#include "core/fd.h"
#include "tap.h"
#include "types/kind.h"

static struct err err;

static void
there_are_24_standard_kinds(void)
{
	int standard = 0;

	for (int i = 0; i < KIND__COUNT; i++) {
		enum kind k;
		standard += kind_is_standard((enum kind)i);
		CHECK(kind_find(kind_name((enum kind)i), &k));
		CHECK_INT(k, i);
		CHECK(kind_extension((enum kind)i)[0] != '\0');
	}
	CHECK_INT(standard, 24);
	CHECK(!kind_is_standard(KIND_TEXT_MARKDOWN));
}

static void
an_unknown_kind_names_the_nearest(void)
{
	enum kind k;

	CHECK(!kind_find("table.xls", &k));
	CHECK_INT(kind_parse("table.jsonrows", &k, &err), -1);
	CHECK_STR(
	    err.msg, "'table.jsonrows' is not an artifact kind; the nearest is 'table.json_rows'");
	CHECK_INT(kind_parse("report.pdf", &k, &err), 0);
	CHECK_INT(k, KIND_REPORT_PDF);
}

static void
extensions_claim_kinds(void)
{
	enum kind k;

	CHECK(kind_for_path("a/b.c/T.CSV", &k));
	CHECK_INT(k, KIND_TABLE_CSV);
	CHECK(kind_for_path("policy.md", &k));
	CHECK_INT(k, KIND_TEXT_MARKDOWN);
	CHECK(!kind_for_path("a.b/README", &k));
	CHECK(!kind_for_path("x.weird", &k));
}

struct sample {
	const char *p;
	size_t n;
	const char *path;
	const char *want;
};
#define S(text, path, want)                                                                        \
	{                                                                                          \
		text, sizeof(text) - 1, path, want                                                 \
	}

static void
content_says_what_a_file_is(void)
{
	static const struct sample samples[] = {
	    S("", "t.csv", "empty"),
	    S("%PDF-1.7\n", "t.csv", "pdf"),
	    S("PK\3\4\24\0\0\0", "t.csv", "zip"),
	    S("PK\3\4\24\0\6\0\10\0\0\0!\0[Content_Types].xmlxl/workbook.xml", "t.csv", "xlsx"),
	    S("PK\3\4\24\0\6\0\10\0\0\0!\0[Content_Types].xmlword/document.xml", "t.csv", "docx"),
	    S("PK\3\4\24\0\0\0\0\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "t.csv",
		"odf"),
	    S("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "t.csv", "ole"),
	    S("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "t.csv", "png"),
	    S("\xff\xd8\xff\xe0\0\20JFIF", "t.csv", "jpeg"),
	    S("GIF89a\1\0", "t.csv", "gif"),
	    S("\x1f\x8b\x08\0", "t.csv", "gzip"),
	    S("PAR1\x15\0", NULL, "parquet"),
	    S("\x7f"
	      "ELF\2\1\1",
		NULL, "elf"),
	    S("\xff\xfe"
	      "a\0,\0b\0\n\0",
		"t.csv", "utf-16"),
	    S("a\0,\0b\0\n\0"
	      "1\0,\0"
	      "2\0\n\0",
		"t.csv", "utf-16"),
	    S("\0a\0,\0b\0\n", "t.csv", "utf-16"),
	    S("\xff\xfe\0\0a\0\0\0", "t.csv", "utf-32"),
	    S("name\ncaf\xe9\n", "t.csv", "latin-1"),
	    S("a,b\n1\0,2\n", "t.csv", "binary"),
	    S("\x80\x81\x82\x83\x84\x85", NULL, "binary"),
	    S("<!DOCTYPE html>\n<html>", "t.csv", "html"),
	    S("\xef\xbb\xbf  <!-- x --> <HTML>", NULL, "html"),
	    S("<?xml version=\"1.0\"?><html xmlns=\"x\">", NULL, "html"),
	    S("<?xml version=\"1.0\"?><rows/>", "t.csv", "xml"),
	    S("[\n {\"a\":1}]", "t.csv", "json_rows"),
	    S("{\"a\":1}", "t.csv", "json"),
	    S("[1,2]", NULL, "json"),
	    S("[link](x)", NULL, "text"),
	    S("[draft] a title\n", "t.md", "markdown"),
	    S("a,b\n1,2\n", NULL, "csv"),
	    S("a,b\n\"1,5\",2\n", NULL, "csv"),
	    S("a\tb\n1\t2\n", NULL, "tsv"),
	    S("one column\nx\n", "t.csv", "csv"),
	    S("# Policy\n\ntext", NULL, "markdown"),
	    S("just text", NULL, "text"),
	    S("--- a/x\n+++ b/x\n@@ -1 +1 @@\n", NULL, "diff"),
	    S("a: 1\n", "t.yaml", "yaml"),
	};

	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		const struct sample *s = &samples[i];
		enum format f = kind_sniff(s->p, s->n, true, s->path);
		if (strcmp(format_name(f), s->want) != 0) {
			printf("# sample %zu: is %s, want %s\n", i, format_name(f), s->want);
			CHECK(!"sniffed");
		}
	}
}

/* A character cut by the end of the sample is not a sign of another encoding. */
static void
a_cut_character_is_no_evidence(void)
{
	CHECK_STR(format_name(kind_sniff("a,b\n1,\xe2\x82", 8, false, "t.csv")), "csv");
	CHECK_STR(format_name(kind_sniff("a,b\n1,\xe2\x82", 8, true, "t.csv")), "latin-1");
}

static void
a_file_is_sniffed_without_moving_its_offset(void)
{
	int fd = memfd_create("t", MFD_CLOEXEC);
	enum format f;

	CHECK_INT(fd_write_all(fd, "a,b\n1,2\n", 8, &err), 0);
	CHECK_INT(kind_sniff_fd(fd, NULL, &f, &err), 0);
	CHECK_STR(format_name(f), "csv");
	CHECK_INT(lseek(fd, 0, SEEK_CUR), 8);
	(void)close(fd);
	CHECK_INT(kind_sniff_fd(-1, "x.csv", &f, &err), -1);
	CHECK(strstr(err.msg, "x.csv") != NULL);
}

static void
formats_have_names_and_words(void)
{
	for (int i = 0; i < FORMAT__COUNT; i++) {
		enum format f;
		CHECK(format_find(format_name((enum format)i), &f));
		CHECK_INT(f, i);
		CHECK(strlen(format_words((enum format)i)) > 3);
	}
}

int
main(void)
{
	RUN(there_are_24_standard_kinds);
	RUN(an_unknown_kind_names_the_nearest);
	RUN(extensions_claim_kinds);
	RUN(content_says_what_a_file_is);
	RUN(a_cut_character_is_no_evidence);
	RUN(a_file_is_sniffed_without_moving_its_offset);
	RUN(formats_have_names_and_words);
	return tap_done();
}
