/* SPDX-License-Identifier: Apache-2.0 */
#include "api/multipart.h"

#include <dirent.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "tap.h"

static struct err err;

/* A body that comes in pieces of step bytes. */
struct source {
	const char *p;
	size_t n, at, step;
};

static ssize_t
take(void *arg, void *p, size_t n, struct err *e)
{
	struct source *s = arg;
	size_t k = s->n - s->at;

	(void)e;
	k = k < n ? k : n;
	k = k < s->step ? k : s->step;
	memcpy(p, s->p + s->at, k);
	s->at += k;
	return (ssize_t)k;
}

/* The whole form as "name|filename|bytes;", or "error: message". */
static char *
read_form(struct arena *a, const char *body, size_t n, size_t step, size_t read_bytes)
{
	struct source s = {body, n, 0, step};
	struct multipart *m = multipart_new(a, "XX", take, &s);
	struct multipart_part part;
	char chunk[65536];
	struct buf b;
	ssize_t got;
	int more;

	buf_init(&b, a);
	while ((more = multipart_next(m, &part, &err)) > 0) {
		buf_printf(&b, "%s|%s|", part.name, part.filename ? part.filename : "-");
		while ((got = multipart_read(m, chunk, read_bytes, &err)) > 0)
			buf_add(&b, chunk, (size_t)got);
		if (got < 0)
			return arena_printf(a, "error: %s", err.msg);
		buf_char(&b, ';');
	}
	return more < 0 ? arena_printf(a, "error: %s", err.msg) : buf_take(&b);
}

#define FILE_HEAD "Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n"

static const struct {
	const char *body, *want;
} cases[] = {
	{"--XX\r\n" FILE_HEAD "Content-Type: text/csv\r\n\r\na,b\r\n1,2\r\n\r\n--XX--\r\n",
	    "file|a.csv|a,b\r\n1,2\r\n;"},
	{"--XX\r\n" FILE_HEAD "\r\n\r\n--XX--", "file|a.csv|;"},
	{"--XX  \t\r\ncontent-disposition: FORM-DATA; Name=folder\r\n\r\nin\r\n--XX\r\n" FILE_HEAD
	 "\r\n\r\n--X\r\n--XY\r\n--XX--\r\nepilogue", "folder|-|in;file|a.csv|\r\n--X\r\n--XY;"},
	{"--XX\r\nContent-Disposition: form-data; filename=\"q%22u\\\"o\\\\te%0D.csv\"; name=\"f\"\r\n\r\nx\r\n--XX--",
	    "f|q\"u\"o\\te\r.csv|x;"},
	{"--XX--\r\n", ""},
	{"", "error: the form's body is broken: it ends before its first part, without its closing boundary"},
	{"preamble\r\n--XX--", "error: the form's body is broken: it does not begin with its boundary"},
	{"--XXX\r\n", "error: the form's body is broken: a boundary is not followed by a line end (before its first part)"},
	{"--XX\r\n" FILE_HEAD "\r\nabc", "error: the form's body is broken: it ends inside part 1 (file 'a.csv'), "
	 "without its closing boundary"},
	{"--XX\r\n" FILE_HEAD "\r\nabc\r\n--XX", "error: the form's body is broken: it ends inside part 1 (file "
	 "'a.csv'), without its closing boundary"},
	{"--XX\r\nContent-Type: x\r\n", "error: the form's body is broken: it ends in the head of part 1, without its "
	 "closing boundary"},
	{"--XX\r\nContent-Type: x\r\n\r\nabc\r\n--XX--", "error: part 1 of the form has no Content-Disposition with a name"},
	{"--XX\r\nContent-Disposition: attachment; name=x\r\n\r\nabc\r\n--XX--", "error: part 1 of the form is not form-data"},
	{"--XX\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\nabc\r\n--XX--",
	    "error: a header line of part 1 of the form is not text"},
};

static void
a_form_reads_the_same_however_it_is_cut(void)
{
	static const size_t steps[] = {1, 2, 3, 5, 7, 64, 100000};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t k = 0; k < sizeof steps / sizeof *steps; k++)
			for (size_t r = 1; r <= 65536; r *= 16) {
				struct arena *a = arena_new(1 << 20);
				CHECK_STR(read_form(a, cases[i].body, strlen(cases[i].body), steps[k], r),
				    cases[i].want);
				arena_free(a);
			}
}

static void
a_large_part_passes_through_one_window(void)
{
	struct arena *a = arena_new(16u << 20);
	size_t n = 1u << 20;
	char *content = arena_alloc(a, n), *out;
	struct buf b;

	for (size_t i = 0; i < n; i++) /* full of beginnings of a delimiter */
		content[i] = "\r\n--X\r\n-"[i % 8];
	buf_init(&b, a);
	buf_str(&b, "--XX\r\n" FILE_HEAD "\r\n");
	buf_add(&b, content, n);
	buf_str(&b, "\r\n--XX--\r\n");
	out = read_form(a, b.p, b.len, 40000, 65536);
	CHECK(strncmp(out, "file|a.csv|", 11) == 0);
	CHECK(memcmp(out + 11, content, n) == 0);
	CHECK_STR(out + 11 + n, ";");
	arena_free(a);
}

static void
heads_and_parts_are_bounded(void)
{
	struct arena *a = arena_new(64u << 20);
	struct buf b;
	char *out;

	buf_init(&b, a);
	buf_str(&b, "--XX\r\nX: ");
	for (int i = 0; i < 9000; i++)
		buf_char(&b, 'y');
	out = read_form(a, b.p, b.len, 1000, 65536);
	CHECK_STR(out, "error: the header lines of part 1 of the form are longer than 8 KiB");
	buf_clear(&b);
	for (int i = 0; i < 300; i++)
		buf_str(&b, i ? "X: 1234567890123456789012345678901234567890\r\n" : "--XX\r\n");
	out = read_form(a, b.p, b.len, 1000, 65536);
	CHECK_STR(out, "error: the header lines of part 1 of the form are longer than 8 KiB");
	buf_clear(&b);
	for (int i = 0; i < 1001; i++)
		buf_str(&b, "--XX\r\nContent-Disposition: form-data; name=x\r\n\r\n\r\n");
	out = read_form(a, b.p, b.len, 100000, 65536);
	CHECK_STR(out, "error: the form has more than 1000 parts; send the files in several requests");
	arena_free(a);
}

static void
boundaries_are_taken_from_the_content_type(void)
{
	static const struct {
		const char *type, *want;
	} types[] = {
		{"multipart/form-data; boundary=abc", "abc"},
		{"Multipart/Form-Data;charset=utf-8;  Boundary=\"a b'c\"", "a b'c"},
		{"multipart/form-data", "error: the Content-Type of the form names no boundary"},
		{"multipart/form-data; boundary=", "error: the form's boundary must have 1 to 70 characters"},
		{"multipart/form-data; boundary=\"a<b\"",
		    "error: the form's boundary has a character that RFC 2046 forbids"},
		{"multipart/form-data; boundary=\"a \"", "error: the form's boundary ends with a space"},
		{"multipart/form-datax; boundary=abc", "error: send a form: Content-Type: multipart/form-data"},
		{"text/csv", "error: send a form: Content-Type: multipart/form-data"},
		{NULL, "error: send a form: Content-Type: multipart/form-data"},
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct arena *a = arena_new(1 << 16);
		const char *out = NULL;
		int rc = multipart_boundary(a, types[i].type, &out, &err);
		CHECK_STR(rc < 0 ? arena_printf(a, "error: %s", err.msg) : out, types[i].want);
		arena_free(a);
	}
}

/* What the fuzzer found once stays found. */
static void
the_fuzzers_corpus_reads_without_fault(void)
{
	DIR *d = opendir("tests/fuzz/corpus/multipart");
	struct dirent *e;
	size_t n = 0;

	CHECK(d != NULL);
	while (d && (e = readdir(d)) != NULL) {
		struct arena *a = arena_new(64u << 20);
		char *text, *one, *many;
		size_t len;
		if (e->d_name[0] != '.') {
			CHECK_INT(file_load(a, arena_printf(a, "tests/fuzz/corpus/multipart/%s", e->d_name),
			    1 << 20, &text, &len, &err), 0);
			one = read_form(a, text + 1, len - 1, 1, 1); /* the first byte is the cut */
			many = read_form(a, text + 1, len - 1, 65536, 65536);
			CHECK_STR(one, many);
			n++;
		}
		arena_free(a);
	}
	if (d)
		(void)closedir(d);
	CHECK(n > 0);
}

int
main(void)
{
	RUN(a_form_reads_the_same_however_it_is_cut);
	RUN(a_large_part_passes_through_one_window);
	RUN(heads_and_parts_are_bounded);
	RUN(boundaries_are_taken_from_the_content_type);
	RUN(the_fuzzers_corpus_reads_without_fault);
	return tap_done();
}
