/* SPDX-License-Identifier: Apache-2.0 */
#include "api/path.h"

#include "core/arena.h"
#include "core/err.h"
#include "tap.h"

static struct err err;

static void
plain_paths_pass(void)
{
	static const char *const good[] = {
		"a", "attachments/time_entries.csv", "a b/c.d", "Ünïcode/名前.csv", "-x", "a/b/c/d",
		"..a", "a..b", "it's (1)%.csv", "📄.txt",
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		CHECK_INT(path_check(good[i], strlen(good[i]), &err), 0);
}

static void
other_paths_are_refused_with_the_reason(void)
{
	static const struct {
		const char *path, *says;
	} bad[] = {
		{"", "the path is empty"},
		{"/etc/passwd", "is absolute"},
		{"a//b", "has an empty part"},
		{"a/", "has an empty part"},
		{"./a", "has the part '.'"},
		{"a/./b", "has the part '.'"},
		{"../a", "has the part '..'"},
		{"a/../b", "has the part '..'"},
		{"a/..", "has the part '..'"},
		{"a\\b", "has a backslash"},
		{"a\nb", "U+000A at byte 2"},
		{"a\x7f", "U+007F at byte 2"},
		{"a\xc2\x85", "U+0085 at byte 2"},
		{"a\xe2\x80\xae""b", "U+202E at byte 2"},
		{"a\xe2\x80\x8b", "U+200B at byte 2"},
		{"\xef\xbb\xbf""a", "U+FEFF at byte 1"},
		{"a\xff", "not UTF-8: byte 2"},
		{"a\xed\xa0\x80", "not UTF-8: byte 2"},
		{" a", "begins or ends with a space"},
		{"a /b", "begins or ends with a space"},
		{"a.", "ends with a dot"},
		{"a/b./c", "ends with a dot"},
		{"a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q", "deeper than 16"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		err.code = E_OK;
		CHECK_INT(path_check(bad[i].path, strlen(bad[i].path), &err), -1);
		CHECK_INT(err.code, E_USAGE);
		if (!strstr(err.msg, bad[i].says)) {
			printf("# '%s' says '%s'\n", bad[i].path, err.msg);
			CHECK(false);
		}
	}
	CHECK_INT(path_check("a\0b", 3, &err), -1);
	CHECK(strstr(err.msg, "U+0000 at byte 2") != NULL);
}

static void
lengths_are_bounded(void)
{
	char long_path[1200];

	memset(long_path, 'x', sizeof long_path);
	CHECK_INT(path_check(long_path, 200, &err), 0);
	CHECK_INT(path_check(long_path, 201, &err), -1);
	CHECK(strstr(err.msg, "more than 200 bytes") != NULL);
	CHECK_INT(path_check(long_path, 1001, &err), -1);
	CHECK(strstr(err.msg, "longer than 1000 bytes") != NULL);
}

static void
percent_encoding_is_undone_or_refused(void)
{
	struct arena *a = arena_new(1 << 16);
	const char *out = NULL;
	size_t n = 0;

	CHECK_INT(url_decode(a, "a%2Fb%c3%9Cc+d", 14, &out, &n, &err), 0);
	CHECK_STR(out, "a/b\xc3\x9c""c+d");
	CHECK_INT(n, 8);
	CHECK_INT(form_decode(a, "a+b%2B", 6, &out, &n, &err), 0);
	CHECK_STR(out, "a b+");
	CHECK_INT(url_decode(a, "a%2", 3, &out, &n, &err), -1);
	CHECK_INT(url_decode(a, "%", 1, &out, &n, &err), -1);
	CHECK_INT(url_decode(a, "%zz", 3, &out, &n, &err), -1);
	CHECK_INT(url_decode(a, "a%00b", 5, &out, &n, &err), -1);
	CHECK(strstr(err.msg, "NUL") != NULL);
	arena_free(a);
}

int
main(void)
{
	RUN(plain_paths_pass);
	RUN(other_paths_are_refused_with_the_reason);
	RUN(lengths_are_bounded);
	RUN(percent_encoding_is_undone_or_refused);
	return tap_done();
}
