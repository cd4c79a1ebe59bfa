/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/id.h"
#include "core/log.h"
#include "core/num.h"
#include "core/rnd.h"
#include "core/utf8.h"
#include "tap.h"

static struct err err;

static int deferred[3], ndeferred;
static void
note(void *arg)
{
	deferred[ndeferred++] = *(int *)arg;
}

static void
arena_zeroes_aligns_and_runs_deferred_last_first(void)
{
	struct arena *a = arena_new(1 << 20);
	static int one = 1, two = 2;

	for (size_t n = 1; n < 9000; n += 517) {
		char *p = arena_alloc(a, n);
		CHECK_INT((uintptr_t)p % 16, 0);
		CHECK_INT(p[0], 0);
		CHECK_INT(p[n - 1], 0);
		memset(p, 0xff, n);
	}
	arena_defer(a, note, &one);
	arena_defer(a, note, &two);
	arena_free(a);
	CHECK_INT(ndeferred, 2);
	CHECK_INT(deferred[0], 2);
	CHECK_INT(deferred[1], 1);
}

/* Runs fn in a child; returns its wait status. */
static int
status_of(void (*fn)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(9);
		fn();
		_exit(0);
	}
	(void)waitpid(pid, &status, 0);
	return status;
}

static void
ask_too_much(void)
{
	struct arena *a = arena_new(1000);

	(void)arena_alloc(a, 900);
	(void)arena_alloc(a, 200);
}

static void
overflowing_array(void)
{
	struct arena *a = arena_new(0);

	(void)arena_array(a, SIZE_MAX / 2, 4);
}

static void
arena_over_its_cap_ends_the_process(void)
{
	CHECK(WIFSIGNALED(status_of(ask_too_much)));
	CHECK(WIFSIGNALED(status_of(overflowing_array)));
}

static void
err_keeps_the_first_cause_and_one_line(void)
{
	CHECK_INT(err_set(&err, E_DB, "bad\nname '%s'", "x"), -1);
	CHECK_INT(err_wrap(&err, "claim for %s", "w1"), -1);
	CHECK_STR(err.msg, "claim for w1: bad name 'x'");
	CHECK_STR(err_name(err.code), "E_DB");
	CHECK_INT(err_http(E_NOT_FOUND), 404);
	errno = ENOENT;
	CHECK_INT(err_sys(&err, E_IO, "cannot open"), -1);
	CHECK_STR(err.msg, "cannot open: No such file or directory");
}

static void
numbers_parse_whole_or_not_at_all(void)
{
	int64_t v = 7;

	CHECK_INT(num_parse("-5", 2, -10, 10, &v, &err), 0);
	CHECK_INT(v, -5);
	CHECK_INT(num_parse("9223372036854775807", 19, INT64_MIN, INT64_MAX, &v, &err), 0);
	CHECK(v == INT64_MAX);
	CHECK_INT(num_parse("-9223372036854775808", 20, INT64_MIN, INT64_MAX, &v, &err), 0);
	CHECK(v == INT64_MIN);
	CHECK_INT(num_parse("9223372036854775808", 19, INT64_MIN, INT64_MAX, &v, &err), -1);
	CHECK_INT(num_parse("", 0, 0, 9, &v, &err), -1);
	CHECK_INT(num_parse("1 ", 2, 0, 9, &v, &err), -1);
	CHECK_INT(num_parse("+1", 2, 0, 9, &v, &err), -1);
	CHECK_INT(num_parse("10", 2, 0, 9, &v, &err), -1);
	CHECK_STR(err.msg, "10 is not from 0 to 9");
}

static void
ids_round_trip_and_sort_as_their_numbers(void)
{
	static const int64_t ids[] = {0, 1, 31, 32, 1ll << 40, INT64_MAX};
	char text[ID_BYTES], before[ID_BYTES] = "";
	int64_t back;

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		id_format('r', ids[i], text);
		CHECK_INT(id_parse('r', text, &back, &err), 0);
		CHECK(back == ids[i]);
		CHECK(strcmp(before, text) < 0);
		memcpy(before, text, sizeof before);
	}
	CHECK_INT(id_parse('w', text, &back, &err), -1);
	CHECK_INT(id_parse('r', "r_zzzzzzzzzzzzz", &back, &err), -1);
	CHECK_INT(id_parse('r', "r_000000000000", &back, &err), -1);
	CHECK_INT(id_parse('r', "r_000000000000I", &back, &err), -1);
}

static void
digests_match_published_values(void)
{
	char hex[SHA256_HEX];
	uint8_t root[32];

	sha256_hex("abc", 3, hex);
	CHECK_STR(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	/* RFC 6962 / certificate-transparency test vectors: empty tree, and the leaf "". */
	merkle_root(NULL, 0, 0, root);
	hex_format(root, 32, hex);
	CHECK_STR(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	merkle_root((const uint8_t *)"\0\1", 2, 1, root);
	hex_format(root, 32, hex);
	CHECK_STR(hex, "a20bf9a7cc2dc8a08f5f415a71b19f6ac427bab54d24eec868b5d3103449953a");
	CHECK_INT(hex_parse("0G", 2, root, 1, &err), -1);
	CHECK_INT(hex_parse("AB", 2, root, 1, &err), -1);
}

static void
files_are_replaced_whole(void)
{
	char dir[] = "/tmp/forge-core-XXXXXX", path[64], *text;
	struct arena *a = arena_new(0);
	struct stat st;
	size_t n;

	CHECK(mkdtemp(dir) != NULL);
	(void)snprintf(path, sizeof path, "%s/a/b", dir);
	CHECK_INT(dir_make(path, 0700, &err), 0);
	CHECK_INT(dir_make(path, 0700, &err), 0);
	(void)snprintf(path, sizeof path, "%s/a/b/f", dir);
	CHECK_INT(file_save(path, "one", 3, 0640, &err), 0);
	CHECK_INT(file_save(path, "three", 5, 0440, &err), 0);
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0440);
	CHECK_INT(file_load(a, path, 5, &text, &n, &err), 0);
	CHECK_STR(text, "three");
	CHECK_INT(file_load(a, path, 4, &text, &n, &err), -1);
	CHECK_INT(err.code, E_TOO_LARGE);
	CHECK_INT(file_load(a, "/nonexistent/x", 4, &text, &n, &err), -1);
	CHECK_INT(err.code, E_NOT_FOUND);
	CHECK_INT(unlink(path), 0);
	(void)snprintf(path, sizeof path, "%s/a/b", dir);
	CHECK_INT(rmdir(path), 0); /* fails if a temporary file stayed */
	(void)snprintf(path, sizeof path, "%s/a", dir);
	CHECK_INT(rmdir(path), 0);
	CHECK_INT(rmdir(dir), 0);
	arena_free(a);
}

static void
utf8_finds_the_first_bad_byte(void)
{
	CHECK_INT(utf8_check("abc", 3), 3);
	CHECK_INT(utf8_check("\xf0\x9f\x98\x82", 4), 4);
	CHECK_INT(utf8_check("a\xc0\xaf", 3), 1);     /* overlong */
	CHECK_INT(utf8_check("\xed\xa0\x80", 3), 0);  /* surrogate */
	CHECK_INT(utf8_check("\xf4\x90\x80\x80", 4), 0); /* beyond U+10FFFF */
	CHECK_INT(utf8_check("ab\xe2\x82", 4), 2);    /* cut off */
}

static void
times_print_as_rfc3339(void)
{
	char t[TIME_TEXT_BYTES];

	clock_format(1767323045678, t);
	CHECK_STR(t, "2026-01-02T03:04:05.678Z");
}

static void
log_lines_are_json_even_with_hostile_text(void)
{
	int p[2];
	char line[5000];
	ssize_t n;
	int old;

	CHECK_INT(pipe(p), 0);
	old = dup(2);
	(void)dup2(p[1], 2);
	log_open("test");
	err_set(&err, E_IO, "x \"y\"");
	log_write(LOG_WARN, EV_START, &err, "k", "a\"b\n{", NULL);
	(void)dup2(old, 2);
	n = read(p[0], line, sizeof line - 1);
	line[n > 0 ? n : 0] = '\0';
	CHECK(strstr(line, "\"k\":\"a\\\"b\\u000a{\"") != NULL);
	CHECK(strstr(line, "\"err\":\"E_IO\",\"msg\":\"x \\\"y\\\"\"}\n") != NULL);
}

int
main(void)
{
	RUN(arena_zeroes_aligns_and_runs_deferred_last_first);
	RUN(arena_over_its_cap_ends_the_process);
	RUN(err_keeps_the_first_cause_and_one_line);
	RUN(numbers_parse_whole_or_not_at_all);
	RUN(ids_round_trip_and_sort_as_their_numbers);
	RUN(digests_match_published_values);
	RUN(files_are_replaced_whole);
	RUN(utf8_finds_the_first_bad_byte);
	RUN(times_print_as_rfc3339);
	RUN(log_lines_are_json_even_with_hostile_text);
	return tap_done();
}
