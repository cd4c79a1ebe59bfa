/* SPDX-License-Identifier: Apache-2.0 */
/* Text, Markdown, HTML, YAML, diffs, JSON objects and binary data: what is refused, and what is told of the rest. */
#include "kind_files.h"

static void
text_is_counted(void)
{
	struct artifact_profile p = TEXT("one two\r\nthr\xc3\xa9\xc3\xa9 four five\n\nlast", "t.txt", NULL);

	CHECK_OK(p);
	CHECK_STR(p.encoding, "utf-8");
	CHECK_STR(inside(&p, "/lines"), "4");
	CHECK_STR(inside(&p, "/words"), "6");
	CHECK_STR(inside(&p, "/longest_line"), "15");
	CHECK_STR(inside(&p, "/longest_line_at"), "2");
	CHECK_STR(inside(&p, "/line_ends"), "\"mixed\"");
	p = TEXT("\xef\xbb\xbfhello\n", "t.txt", NULL);
	CHECK_OK(p);
	CHECK(p.has_bom);
	CHECK_STR(inside(&p, "/characters"), "6");
}

static void
other_encodings_are_named(void)
{
	struct artifact_profile p = TEXT("caf\xe9 und mehr Text\n", "t.txt", NULL);

	CHECK_FAULT(p, "line 1, column 4: byte 0xE9 is not UTF-8");
	CHECK_STR(p.encoding, "windows-1252");
	p = TEXT("\xff\xfeh\0i\0", "t.txt", NULL);
	CHECK_FAULT(p, "UTF-16");
	CHECK_STR(p.encoding, "utf-16le");
	p = TEXT("\xfe\xff\0h\0i", "t.md", NULL);
	CHECK_STR(p.encoding, "utf-16be");
	p = TEXT("\xff\xfe\0\0h\0\0\0", "t.yaml", NULL);
	CHECK_FAULT(p, "UTF-32");
	CHECK_STR(p.encoding, "utf-32le");
	p = TEXT("a,b\n1,2\n", "t.csv", NULL);
	CHECK_STR(p.encoding, "utf-8");
	p = TEXT("a,b\n\xc3\xa9,2\n\xe9,3\n", "t.csv", NULL);
	CHECK(!p.parse_ok);
	CHECK_STR(p.encoding, "mixed");
}

static void
a_mix_of_encodings_is_placed(void)
{
	struct artifact_profile p = TEXT("gr\xc3\xbc\xc3\x9f" "e\nund gr\xfc\xdf" "e\n", "t.txt", NULL);

	CHECK_FAULT(p, "line 2, column 7: byte 0xFC is not UTF-8, though the text before it is");
	CHECK(strstr(p.fault.message, "Windows-1252 (the byte would be '\xc3\xbc')") != NULL);
	CHECK_INT(p.fault.line, 2);
	CHECK_INT(p.fault.column, 7);
	CHECK_INT(p.fault.offset, 14);
	CHECK_STR(p.encoding, "mixed");
}

static void
markdown_has_an_outline(void)
{
	struct artifact_profile p = TEXT("---\ntitle: x\n---\n# One\n\nText with a [link](https://a/b) and ![pic](p.png), `[no](code)`.\n\n"
					 "Two\n---\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\n~~~py\n# not a heading\n~~~\n### Three ###\n#no\n",
	    "t.md", "report.markdown");

	CHECK_OK(p);
	CHECK_STR(inside(&p, "/headings"),
	    "[{\"level\":1,\"line\":4,\"text\":\"One\"},{\"level\":2,\"line\":8,\"text\":\"Two\"},{\"level\":3,\"line\":18,\"text\":\"Three\"}]");
	CHECK_STR(inside(&p, "/links"), "[\"https://a/b\"]");
	CHECK_STR(inside(&p, "/images"), "[\"p.png\"]");
	CHECK_STR(inside(&p, "/tables"), "1");
	CHECK_STR(inside(&p, "/code_languages"), "{\"py\":1}");
	CHECK_STR(inside(&p, "/front_matter"), "true");
	p = TEXT("# One\n```\nnever closed\n", "t.md", NULL);
	CHECK_OK(p);
	CHECK(has_note(&p, "Line 2: a code block begins here and is never closed"));
}

static void
pages_tell_what_they_hold(void)
{
	static const char page[] = "<!doctype html><html lang='de'><head><title> A  b </title><script src='https://x/y.js'></script>"
				   "<link rel='stylesheet' href='//cdn/z.css'></head><body onload='f()'><h1>Eins <b>zwei</b></h1>"
				   "<a href='#x'>l</a><img src='data:image/png;base64,AA'><img src=a.png alt=''><form action='/f'></form></body></html>";
	struct artifact_profile p = TEXT(page, "r.html", "report.html");

	CHECK_OK(p);
	CHECK_STR(inside(&p, "/title"), "\"A b\"");
	CHECK_STR(inside(&p, "/lang"), "\"de\"");
	CHECK_STR(inside(&p, "/headings"), "[{\"level\":1,\"text\":\"Eins zwei\"}]");
	CHECK_STR(inside(&p, "/externals"), "[\"https://x/y.js\",\"//cdn/z.css\"]");
	CHECK_STR(inside(&p, "/images"), "[\"a.png\"]");
	CHECK_STR(inside(&p, "/images_without_alt"), "1");
	CHECK_STR(inside(&p, "/self_contained"), "false");
	CHECK(has_note(&p, "loads 2 resources from elsewhere"));
	CHECK(has_note(&p, "1 script and 1 event handlers"));
	p = TEXT(page, "r.html", "web.page.html");
	CHECK_OK(p);
	CHECK(!has_note(&p, "stands alone"));
}

static void
entities_of_a_page_never_expand(void)
{
	struct buf b;
	struct artifact_profile p;

	buf_init(&b, a);
	buf_str(&b, "<?xml version='1.0'?><!DOCTYPE html [<!ENTITY a 'aaaaaaaaaa'>");
	for (char c = 'b'; c <= 'k'; c++)
		buf_printf(&b, "<!ENTITY %c '&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;'>", c, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1,
		    c - 1, c - 1);
	buf_str(&b, "<!ENTITY x SYSTEM 'file:///etc/passwd'>]><html><head><title>&k;&x;</title></head></html>");
	p = profile_of(b.p, b.len, "r.html", "report.html");
	CHECK_OK(p);
	CHECK(strlen(p.summary) < 1000);
	CHECK(strstr(p.summary, "root:") == NULL);
}

static void
yaml_is_parsed_and_summarized(void)
{
	struct artifact_profile p = TEXT("a: 1\nb: &x [u, v]\nc: *x\nd: {e: null}\n", "t.yaml", NULL);

	CHECK_OK(p);
	CHECK_STR(inside(&p, "/top_level"), "\"mapping\"");
	CHECK_STR(inside(&p, "/keys/0"), "{\"name\":\"a\",\"type\":\"number\"}");
	CHECK_STR(inside(&p, "/anchors"), "1");
	CHECK_STR(inside(&p, "/aliases"), "1");
	CHECK_STR(inside(&p, "/documents"), "1");
	p = TEXT("- {id: 1, n: a}\n- {id: 2}\n- {id: 3, n: ~}\n", "t.yml", NULL);
	CHECK_OK(p);
	CHECK_STR(inside(&p, "/rows"), "3");
	CHECK_STR(inside(&p, "/flat"), "true");
	CHECK_STR(inside(&p, "/keys"), "[{\"name\":\"id\",\"rows\":3,\"type\":\"number\"},{\"name\":\"n\",\"rows\":2,\"type\":\"string\"}]");
	p = TEXT("a: 1\n---\nb: 2\n", "t.yml", NULL);
	CHECK_OK(p);
	CHECK(has_note(&p, "2 YAML documents"));
}

static void
bad_yaml_is_placed(void)
{
	struct artifact_profile p = TEXT("a: 1\nb:\n  c: 1\n  c: 2\n", "t.yaml", NULL);
	struct buf b;

	CHECK_FAULT(p, "line 4, column 3: the key 'c' stands twice");
	p = TEXT("a: [1\nb: 2\n", "t.yaml", NULL);
	CHECK_FAULT(p, "line 2");
	p = TEXT("a:\n\tb: 1\n", "t.yaml", NULL);
	CHECK_FAULT(p, "a tab must not indent");
	p = TEXT("a: *nobody\n", "t.yaml", NULL);
	CHECK_FAULT(p, "the alias *nobody has no anchor");
	p = TEXT("a: &a [*a]\n", "t.yaml", NULL);
	CHECK_FAULT(p, "inside its own anchor");
	p = TEXT("# nothing\n", "t.yaml", NULL);
	CHECK_FAULT(p, "no YAML document");
	buf_init(&b, a);
	for (int i = 0; i < 200; i++)
		buf_char(&b, '[');
	p = profile_of(b.p, b.len, "t.yaml", NULL);
	CHECK_FAULT(p, "more than 128 levels deep; that is the limit");
	buf_clear(&b);
	for (int i = 0; i < 40; i++)
		buf_printf(&b, "k%d: 1\n", i);
	buf_str(&b, "k7: 2\n");
	p = profile_of(b.p, b.len, "t.yaml", NULL);
	CHECK_FAULT(p, "line 41, column 1: the key 'k7'");
}

static void
a_billion_laughs_are_refused_with_the_limit(void)
{
	struct artifact_profile p;
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "a: &a [x,x,x,x,x,x,x,x,x,x]\n");
	for (char c = 'b'; c <= 'i'; c++)
		buf_printf(&b, "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1);
	p = profile_of(b.p, b.len, "t.yaml", NULL);
	CHECK_FAULT(p, "more than 2000000 values written out, which is the limit");
}

static void
one_huge_yaml_value_is_refused_with_the_limit(void)
{
	size_t n = (size_t)12 << 20;
	char *text = arena_alloc(a, n);
	struct artifact_profile p;

	memset(text, 'x', n);
	memcpy(text, "a: \"", 4);
	text[n - 2] = '"';
	text[n - 1] = '\n';
	p = profile_of(text, n, "t.yaml", NULL);
	CHECK_FAULT(p, "larger than 8 MiB, which is the limit");
}

static const char patch[] = "From 1234\nSubject: [PATCH] x\n\n---\n x | 2 +-\n\ndiff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@ f\n a\n-b\n+c\n+d\n"
			    "@@ -10 +11 @@\n-k\n+l\n\\ No newline at end of file\ndiff --git a/old b/new\nsimilarity index 100%\nrename from old\nrename to new\n"
			    "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+new\ndiff --git a/i.png b/i.png\nindex 1..2 100644\n"
			    "Binary files a/i.png and b/i.png differ\n-- \n2.39\n";

static void
a_patch_is_counted(void)
{
	struct artifact_profile p = TEXT(patch, "p.patch", NULL);

	CHECK_OK(p);
	CHECK_STR(inside(&p, "/files"), "4");
	CHECK_STR(inside(&p, "/hunks"), "3");
	CHECK_STR(inside(&p, "/added"), "4");
	CHECK_STR(inside(&p, "/removed"), "2");
	CHECK_STR(inside(&p, "/renamed"), "1");
	CHECK_STR(inside(&p, "/created"), "1");
	CHECK_STR(inside(&p, "/binary"), "1");
	CHECK_STR(inside(&p, "/paths/1"), "{\"added\":0,\"change\":\"renamed\",\"hunks\":0,\"path\":\"new\",\"removed\":0}");
	CHECK(has_note(&p, "1 binary file:"));
}

static void
bad_patches_are_placed(void)
{
	struct artifact_profile p = TEXT("--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n a\n-b\n", "p.diff", NULL);

	CHECK_FAULT(p, "the hunk of line 3 counts 2 old and 3 new lines, and 0 old and 2 new ones are missing where the file ends");
	p = TEXT("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n+c\n", "p.diff", NULL);
	CHECK_FAULT(p, "line 6: the hunk of line 3 has more lines than its header counts");
	p = TEXT("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n*b\n", "p.diff", NULL);
	CHECK_FAULT(p, "line 5: ");
	p = TEXT("--- a/../../x\n+++ b/../../x\n@@ -1 +1 @@\n-a\n+b\n", "p.diff", NULL);
	CHECK_FAULT(p, "line 1: the path '../../x' leaves the folder");
	p = TEXT("--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-a\n+b\n", "p.diff", NULL);
	CHECK_FAULT(p, "is absolute");
	p = TEXT("diff --git \"a/\\056\\056/x\" \"b/x\"\nrename from \"\\056\\056/x\"\nrename to y\n", "p.diff", NULL);
	CHECK_FAULT(p, "line 2: the path '../x' leaves the folder");
	p = TEXT("--- a/x\n@@ -1 +1 @@\n-a\n+b\n", "p.diff", NULL);
	CHECK_FAULT(p, "line 2: behind a line '--- old file' stands a line '+++ new file'");
	p = TEXT("@@ -1 +1 @@\n-a\n+b\n", "p.diff", NULL);
	CHECK_FAULT(p, "before any file is named");
	p = TEXT("--- a/x\n+++ b/x\n@@ -1,x +1 @@\n-a\n+b\n", "p.diff", NULL);
	CHECK_FAULT(p, "line 3: a hunk begins with");
	p = TEXT("--- a/x\n+++ b/x\n@@ -5,2 +5,1 @@\n a\n-b\n@@ -6 +6 @@\n-a\n+b\n", "p.diff", NULL);
	CHECK_FAULT(p, "line 6: this hunk begins before the one above it ends");
	p = TEXT("*** a/x\n--- b/x\n***************\n", "p.diff", NULL);
	CHECK_FAULT(p, "context diff");
	p = TEXT("just words\n", "p.diff", NULL);
	CHECK_FAULT(p, "no file is changed here");
}

static void
json_objects_are_summarized(void)
{
	struct artifact_profile p = TEXT("{\"a\":[1,2,3],\"b\":{\"c\":null},\"d\":\"x\"}", "o.json", NULL);

	CHECK_OK(p);
	CHECK_STR(inside(&p, "/top_level"), "\"object\"");
	CHECK_STR(inside(&p, "/keys"),
	    "[{\"items\":3,\"name\":\"a\",\"type\":\"array\"},{\"name\":\"b\",\"type\":\"object\"},{\"name\":\"d\",\"type\":\"string\"}]");
	CHECK_STR(inside(&p, "/depth"), "2");
	CHECK_STR(inside(&p, "/counts/values"), "8");
	p = TEXT("[1,\"x\",{\"k\":1}]", "o.json", "object.json");
	CHECK_STR(inside(&p, "/item_types"), "{\"number\":1,\"object\":1,\"string\":1}");
	CHECK_STR(inside(&p, "/items"), "3");
}

static void
binary_data_and_lies_are_named(void)
{
	struct artifact_profile p = TEXT("\x89PNG\r\n\x1a\n....", "x.bin", NULL);

	CHECK_OK(p);
	CHECK_STR(inside(&p, "/format"), "\"png\"");
	p = TEXT("%PDF-1.7\n", "rows.csv", NULL);
	CHECK_FAULT(p, "the file's name ends in .csv, but the file is a PDF document");
	CHECK(strstr(p.fault.message, "named .pdf it is a report.pdf") != NULL);
	p = TEXT("PK\3\4....", "notes.md", NULL);
	CHECK_FAULT(p, "the file's name ends in .md, but the file is a ZIP archive");
}

int
main(void)
{
	a = arena_new(0);
	RUN(text_is_counted);
	RUN(other_encodings_are_named);
	RUN(a_mix_of_encodings_is_placed);
	RUN(markdown_has_an_outline);
	RUN(pages_tell_what_they_hold);
	RUN(entities_of_a_page_never_expand);
	RUN(yaml_is_parsed_and_summarized);
	RUN(bad_yaml_is_placed);
	RUN(a_billion_laughs_are_refused_with_the_limit);
	RUN(one_huge_yaml_value_is_refused_with_the_limit);
	RUN(a_patch_is_counted);
	RUN(bad_patches_are_placed);
	RUN(json_objects_are_summarized);
	RUN(binary_data_and_lies_are_named);
	arena_free(a);
	return tap_done();
}
