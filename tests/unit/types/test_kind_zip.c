/* SPDX-License-Identifier: Apache-2.0 */
#include "kind_files.h"

#define ARCHIVE "file.archive.zip"
#define SITE "web.bundle.static"
#define PROJECT "code.bundle.project"

static struct artifact_profile
one(const char *name, size_t n)
{
	struct archive_maker m;

	zip_begin(&m);
	zip_add(&m, name, n, "x", 1);
	return zip_profile(&m, ARCHIVE);
}
#define NAMED(name) one(name, sizeof(name) - 1)

static void
a_sound_archive_is_read_through_and_summarized(void)
{
	struct archive_maker m;
	struct artifact_profile p;

	zip_begin(&m);
	zip_text(&m, "a/one.txt", "hello");
	zip_text(&m, "a/", "");
	m.method = 0;
	zip_text(&m, "b/two.CSV", "x,y\n1,2\n");
	zip_text(&m, "gr\xc3\xbc\xc3\x9f.md", "# x");
	p = zip_profile(&m, ARCHIVE);
	CHECK_OK(p);
	CHECK_STR(inside(&p, "/entries"), "4");
	CHECK_STR(inside(&p, "/files"), "3");
	CHECK_STR(inside(&p, "/bytes"), "16");
	CHECK_STR(inside(&p, "/extensions"), "{\"csv\":1,\"md\":1,\"txt\":1}");
	CHECK_STR(inside(&p, "/top"), "{\"(top)\":1,\"a\":1,\"b\":1}");
	CHECK_STR(inside(&p, "/largest/0/path"), "\"b/two.CSV\"");
	CHECK_STR(inside(&p, "/nested_count"), "0");
	CHECK(has_note(&p, "all 4 entries were read through"));
}

static void
names_that_escape_are_refused(void)
{
	struct artifact_profile p = NAMED("../evil");

	CHECK_FAULT(p, "'../evil' leaves the folder by '..'");
	p = NAMED("a/../../evil");
	CHECK_FAULT(p, "leaves the folder");
	p = NAMED("/etc/passwd");
	CHECK_FAULT(p, "is absolute");
	p = NAMED("a\\..\\b");
	CHECK_FAULT(p, "has a backslash");
	p = NAMED("C:evil");
	CHECK_FAULT(p, "drive letter");
	p = NAMED("a\0b");
	CHECK_FAULT(p, "has a NUL byte");
	p = NAMED("caf\xe9");
	CHECK_FAULT(p, "is not UTF-8");
	p = NAMED("a\nb");
	CHECK_FAULT(p, "control character");
	p = NAMED("");
	CHECK_FAULT(p, "is empty");
	p = NAMED("a//b");
	CHECK_FAULT(p, "empty part");
	p = NAMED("..a/b..c/...d");
	CHECK_OK(p);
}

static void
long_names_are_refused_with_the_limit(void)
{
	char name[1400];
	struct artifact_profile p;

	memset(name, 'n', sizeof name);
	p = one(name, 256);
	CHECK_FAULT(p, "255 bytes, which is the limit");
	for (size_t i = 200; i < sizeof name; i += 200)
		name[i] = '/';
	p = one(name, sizeof name);
	CHECK_FAULT(p, "1024 bytes, which is the limit");
}

static void
two_members_of_one_name_are_refused(void)
{
	struct archive_maker m;
	struct artifact_profile p;

	zip_begin(&m);
	zip_text(&m, "a/x", "1");
	zip_text(&m, "a/x", "2");
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "two members have the path 'a/x'");
	zip_begin(&m);
	zip_text(&m, "README.md", "1");
	zip_text(&m, "Readme.md", "2");
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "differ in case only");
	zip_begin(&m);
	zip_text(&m, "\xc3\x84rger", "1"); /* Ärger, ärger */
	zip_text(&m, "\xc3\xa4rger", "2");
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "differ in case only");
}

static void
links_devices_and_encrypted_members_are_refused(void)
{
	struct archive_maker m;
	struct artifact_profile p;

	zip_begin(&m);
	m.mode = 0120777;
	zip_text(&m, "link", "/etc/passwd");
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "is a symbolic link");
	zip_begin(&m);
	m.mode = 0010644;
	zip_text(&m, "pipe", "");
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "special file");
	zip_begin(&m);
	m.flags = 1;
	zip_text(&m, "secret", "x");
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "is encrypted");
	zip_begin(&m);
	m.method = 14;
	zip_text(&m, "lzma", "x");
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "packed by method 14");
}

static void
damage_is_found_in_every_member(void)
{
	struct archive_maker m;
	struct artifact_profile p;

	zip_begin(&m);
	zip_text(&m, "fine", "x");
	m.crc_off = 1;
	zip_text(&m, "bad", "some text that is here");
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "'bad' is not what the archive says (its checksum differs)");
	zip_begin(&m);
	zip_text(&m, "cut", "some text that is here, and some that is not");
	m.file.p[m.file.len - 6] ^= 0x55;
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "'cut'");
	zip_begin(&m);
	zip_text(&m, "name", "x");
	m.file.p[30] = 'N';
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "another name");
	zip_begin(&m);
	zip_text(&m, "x", "x");
	m.n = 2;
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "promises 2 entries and holds 1");
	p = profile_of(m.file.p, m.file.len - 3, "t.zip", ARCHIVE);
	CHECK_FAULT(p, "no directory at its end");
}

static void
bombs_are_refused_with_the_limit(void)
{
	static char zeros[8 << 20];
	struct archive_maker m;
	struct artifact_profile p;

	zip_begin(&m);
	zip_add(&m, "zeros", 5, zeros, sizeof zeros);
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "more than 200 times its size, which is the limit");
	/* it lies about its size */
	zip_begin(&m);
	m.bytes_off = (uint32_t)(1 - sizeof zeros);
	zip_add(&m, "liar", 4, zeros, sizeof zeros);
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "longer than the archive says");
	/* Fifield: many entries, one kernel */
	zip_begin(&m);
	zip_text(&m, "a", "kernel");
	m.at = 0;
	zip_text(&m, "b", "kernel");
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "share bytes of the archive");
	/* more than 4 GiB altogether, as the directory says */
	zip_begin(&m);
	m.method = 0;
	m.bytes_off = 0;
	for (int i = 0; i < 3; i++) {
		char name[2] = {(char)('a' + i), '\0'};
		m.method = 8;
		m.bytes_off = 2000000000u;
		zip_text(&m, name, "x");
	}
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "limit");
}

static void
too_many_entries_are_refused_with_the_limit(void)
{
	struct archive_maker m;
	struct artifact_profile p;
	size_t at, end;

	zip_begin(&m);
	zip_text(&m, "x", "x");
	at = m.file.len;
	buf_add(&m.file, m.directory.p, m.directory.len);
	end = m.file.len;
	buf_add(&m.file, "PK\6\6", 4); /* the ZIP64 end */
	number(&m.file, 44, 8);
	number(&m.file, 0, 12);
	number(&m.file, 100001, 8);
	number(&m.file, 100001, 8);
	number(&m.file, m.directory.len, 8);
	number(&m.file, at, 8);
	buf_add(&m.file, "PK\6\7\0\0\0\0", 8); /* its locator */
	number(&m.file, end, 8);
	number(&m.file, 1, 4);
	buf_add(&m.file, "PK\5\6\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0", 22);
	p = profile_of(m.file.p, m.file.len, "t.zip", ARCHIVE);
	CHECK_FAULT(p, "100001 entries; the limit is 100000");
}

/* An archive in an archive in … */
static void
nest(struct archive_maker *m, int times)
{
	zip_begin(m);
	zip_text(m, "innermost.txt", "x");
	zip_end(m);
	for (int i = 0; i < times; i++) {
		struct archive_maker outer;
		zip_begin(&outer);
		zip_add(&outer, "in.zip", 6, m->file.p, m->file.len);
		zip_end(&outer);
		*m = outer;
	}
}

static void
nesting_is_listed_and_beyond_the_limit_refused(void)
{
	struct archive_maker m;
	struct artifact_profile p;

	nest(&m, 3);
	p = profile_of(m.file.p, m.file.len, "t.zip", ARCHIVE);
	CHECK_OK(p);
	CHECK_STR(inside(&p, "/nested_depth"), "3");
	CHECK_STR(inside(&p, "/nested"), "[\"in.zip\",\"in.zip/in.zip\",\"in.zip/in.zip/in.zip\"]");
	nest(&m, 4);
	p = profile_of(m.file.p, m.file.len, "t.zip", ARCHIVE);
	CHECK_FAULT(p, "more than 3 deep ('in.zip/in.zip/in.zip/in.zip'), which is the limit");
}

static void
a_bomb_inside_an_archive_is_refused_and_damage_noted(void)
{
	static char ones[8 << 20];
	struct archive_maker inner, m;
	struct artifact_profile p;

	memset(ones, '1', sizeof ones);
	zip_begin(&inner);
	zip_add(&inner, "ones", 4, ones, sizeof ones);
	zip_end(&inner);
	zip_begin(&m);
	zip_add(&m, "b.zip", 5, inner.file.p, inner.file.len);
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "in 'b.zip': the member 'ones' unpacks to more than 200 times");
	zip_begin(&m);
	zip_add(&m, "b.zip", 5, "PK\3\4 not an archive", 20);
	p = zip_profile(&m, ARCHIVE);
	CHECK_OK(p);
	CHECK_STR(inside(&p, "/nested_not_read"), "[\"b.zip\"]");
}

static void
a_gzip_bomb_inside_is_refused(void)
{
	static char ones[8 << 20], packed[1 << 20];
	struct archive_maker m;
	struct artifact_profile p;
	z_stream s = {0};

	memset(ones, '1', sizeof ones);
	CHECK_INT(deflateInit2(&s, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
	s.next_in = (Bytef *)ones;
	s.avail_in = sizeof ones;
	s.next_out = (Bytef *)packed;
	s.avail_out = sizeof packed;
	CHECK_INT(deflate(&s, Z_FINISH), Z_STREAM_END);
	zip_begin(&m);
	zip_add(&m, "ones.gz", 7, packed, s.total_out);
	(void)deflateEnd(&s);
	p = zip_profile(&m, ARCHIVE);
	CHECK_FAULT(p, "'ones.gz' unpacks to more than 200 times its size, which is the limit");
}

static void
a_site_needs_an_index_and_no_server(void)
{
	struct archive_maker m;
	struct artifact_profile p;

	zip_begin(&m);
	zip_text(&m, "index.html",
	    "<!doctype html><html lang=en><head><title>T</title><link rel=stylesheet href='css/a.css'></head><body>"
	    "<a href='p/'>p</a><a href='p/x.html?q#a'>x</a><a href='mailto:a@b'>m</a><img src='no.png'>"
	    "<script src='https://cdn.example/x.js'></script></body></html>");
	zip_text(&m, "p/index.html", "<html><title>q</title><a href='/css/a.css'>r</a><a href='../../out'>o</a></html>");
	zip_text(&m, "p/x.html", "<html><title>x</title></html>");
	zip_text(&m, "css/a.css", "");
	p = zip_profile(&m, SITE);
	CHECK_OK(p);
	CHECK_STR(inside(&p, "/page_count"), "3");
	CHECK_STR(inside(&p, "/missing"), "[\"index.html: no.png\",\"p/index.html: ../../out\"]");
	CHECK_STR(inside(&p, "/externals"), "[\"https://cdn.example/x.js\"]");
	CHECK_STR(inside(&p, "/assets/3/media_type"), "\"text/css\"");
	CHECK(has_note(&p, "2 local links or assets lead to nothing"));
	zip_begin(&m);
	zip_text(&m, "start.html", "<html></html>");
	p = zip_profile(&m, SITE);
	CHECK_FAULT(p, "no index.html");
	zip_begin(&m);
	zip_text(&m, "site/index.html", "<html></html>");
	p = zip_profile(&m, SITE);
	CHECK_OK(p);
	CHECK_STR(inside(&p, "/root"), "\"site/\"");
	zip_begin(&m);
	zip_text(&m, "index.html", "<html></html>");
	zip_text(&m, "mail.PHP", "<?php");
	p = zip_profile(&m, SITE);
	CHECK_FAULT(p, "'mail.PHP' is a file that a server would have to run");
}

static void
a_project_has_sources(void)
{
	struct archive_maker m;
	struct artifact_profile p;

	zip_begin(&m);
	zip_text(&m, "p/pyproject.toml", "");
	zip_text(&m, "p/src/a.py", "x = 1\n");
	zip_text(&m, "p/tests/test_a.py", "");
	zip_text(&m, "p/README.md", "#");
	zip_text(&m, "p/.env", "KEY=1");
	p = zip_profile(&m, PROJECT);
	CHECK_OK(p);
	CHECK_STR(inside(&p, "/manifests"), "[\"p/pyproject.toml\"]");
	CHECK_STR(inside(&p, "/has_tests"), "true");
	CHECK(has_note(&p, "names of secrets, the first: p/.env"));
	zip_begin(&m);
	zip_text(&m, "photo.png", "\x89PNG\r\n\x1a\n");
	p = zip_profile(&m, PROJECT);
	CHECK_FAULT(p, "no source file");
}

int
main(void)
{
	a = arena_new(0);
	RUN(a_sound_archive_is_read_through_and_summarized);
	RUN(names_that_escape_are_refused);
	RUN(long_names_are_refused_with_the_limit);
	RUN(two_members_of_one_name_are_refused);
	RUN(links_devices_and_encrypted_members_are_refused);
	RUN(damage_is_found_in_every_member);
	RUN(bombs_are_refused_with_the_limit);
	RUN(too_many_entries_are_refused_with_the_limit);
	RUN(nesting_is_listed_and_beyond_the_limit_refused);
	RUN(a_bomb_inside_an_archive_is_refused_and_damage_noted);
	RUN(a_gzip_bomb_inside_is_refused);
	RUN(a_site_needs_an_index_and_no_server);
	RUN(a_project_has_sources);
	arena_free(a);
	return tap_done();
}
