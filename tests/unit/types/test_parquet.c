/* SPDX-License-Identifier: Apache-2.0 */
/* Parquet, as another implementation writes it and as nobody should: profile, checks, keys, refusals. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "tap.h"
#include "types/parquet.h"
#include "types/profile.h"
#include "types/rows.h"
#include "types/table.h"

#define FOLDER "tests/fixtures/parquet/"
static const char *const files[] = {"zstd", "gzip", "brotli", "lz4_raw", "snappy", "plain"};

static struct arena *a;
static struct err err;

static int
fixture(const char *name)
{
	return open(arena_printf(a, FOLDER "%s.parquet", name), O_RDONLY | O_CLOEXEC);
}

static int
file_of(const void *p, size_t n)
{
	int fd = memfd_create("t", MFD_CLOEXEC);

	CHECK_INT(fd_write_all(fd, p, n, &err), 0);
	return fd;
}

static struct artifact_profile
profile_of(int fd)
{
	struct artifact_profile p = {.rows = -2};

	err = (struct err){0};
	if (artifact_profile(a, fd, "t.parquet", NULL, NULL, &p, &err) < 0)
		CHECK_STR(err.msg, "");
	(void)close(fd);
	return p;
}

static void
every_compression_has_the_same_profile(void)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct artifact_profile p = profile_of(fixture(files[i]));
		const struct column_profile *c;
		CHECK_STR(p.parse_ok ? "" : p.fault.message, "");
		CHECK_INT(p.kind, KIND_TABLE_PARQUET);
		CHECK_INT(p.rows, 60);
		CHECK_INT(p.ncolumns, 10);
		CHECK_STR(p.top_level ? p.top_level : "none", "none");
		if (p.ncolumns != 10)
			continue;
		c = profile_column(&p, "id");
		CHECK_INT(c->type, COL_INTEGER);
		CHECK_STR(c->min, "9007199254740992");
		CHECK_STR(c->max, "9007199254741051");
		CHECK_INT(c->distinct, 60);
		c = profile_column(&p, "big"); /* 20 digits: beyond the integers of columns */
		CHECK_INT(c->type, COL_DECIMAL);
		CHECK_STR(c->max, "18446744073709551615");
		c = profile_column(&p, "day");
		CHECK_INT(c->type, COL_DATE);
		CHECK_STR(c->min, "1959-01-19");
		c = profile_column(&p, "small");
		CHECK_INT(c->nulls, 12);
		CHECK_INT(c->missing, 0);
		CHECK_INT(profile_column(&p, "nested")->type, COL_JSON);
		CHECK_INT(profile_key(&p, (const char *[]){"id"}, 1), KEY_YES);
	}
}

static void
the_summary_says_what_the_file_says(void)
{
	struct artifact_profile p = profile_of(fixture("zstd"));
	struct jx *s;

	CHECK(p.summary != NULL);
	if (!p.summary || jx_parse(a, p.summary, strlen(p.summary), NULL, &s, &err) < 0)
		return;
	CHECK_INT(jx_int(jx_find(s, "rows"), 0), 60);
	CHECK_INT(jx_int(jx_find(s, "row_groups"), 0), 3);
	CHECK(strstr(jx_str(jx_find(s, "created_by"), ""), "parquet-rs") != NULL);
	CHECK(jx_find(s, "names") == NULL);
	CHECK_STR(jx_str(jx_pointer(s, "/columns/0/logical"), ""), "int64");
	CHECK_STR(jx_str(jx_pointer(s, "/columns/2/logical"), ""), "uint64");
	CHECK_STR(jx_str(jx_pointer(s, "/columns/4/logical"), ""), "timestamp(ms,utc)");
	CHECK_STR(jx_str(jx_pointer(s, "/columns/4/compression"), ""), "zstd");
}

static void
rows_read_as_they_were_written(void)
{
	int fd = fixture("gzip");
	struct rows *r = rows_new(a, fd, FORMAT_PARQUET);
	const struct row *row = NULL;

	CHECK_INT(rows_open(r, &err), ROWS_ROW);
	CHECK_INT(rows_columns(r), 10);
	CHECK_STR(rows_column(r, 9), "nested");
	CHECK_INT(rows_next(r, &row, &err), ROWS_ROW);
	CHECK_INT(rows_next(r, &row, &err), ROWS_ROW);
	if (row && row->ncells == 10) {
		CHECK_INT(row->row, 2);
		CHECK_STR(arena_dup(a, row->cells[0].p, row->cells[0].n), "9007199254740993");
		CHECK_INT(row->cells[0].type, CELL_NUMBER);
		CHECK_STR(arena_dup(a, row->cells[5].p, row->cells[5].n), "naïve 1");
		CHECK_STR(arena_dup(a, row->cells[9].p, row->cells[9].n),
		    "{\"tags\":[\"a\",null,\"b1\"],\"point\":{\"x\":1,\"y\":null}}");
	}
	rows_release(r);
	(void)close(fd);
}

static void
values_and_keys_are_checked(void)
{
	static const struct column_spec specs[] = {{"id", COL_INTEGER, true, NULL, 0}, {"name", COL_TEXT, true, NULL, 0},
	    {"at", COL_DATE, true, NULL, 0}, {"price", COL_MONEY, true, NULL, 0}};
	int fd = fixture("plain");
	struct table_check c;
	struct key_check k;

	CHECK_INT(table_check(a, fd, FORMAT_PARQUET, specs, 4, NULL, &c, &err), 0);
	CHECK_INT(c.rows, 60);
	CHECK_INT(c.nulls, 6);
	CHECK_INT(c.bad_values, 60);
	CHECK_INT(c.missing_columns, 1);
	CHECK_INT(table_key_check(a, fd, FORMAT_PARQUET, (const char *[]){"id"}, 1, 0, &k, &err), 0);
	CHECK_INT(k.verdict, KEY_YES);
	CHECK_INT(table_key_check(a, fd, FORMAT_PARQUET, (const char *[]){"ratio", "at"}, 2, 0, &k, &err), 0);
	CHECK_INT(k.verdict, KEY_YES);
	CHECK_INT(table_key_check(a, fd, FORMAT_PARQUET, (const char *[]){"name"}, 1, 0, &k, &err), 0);
	CHECK_INT(k.verdict, KEY_NO);
	CHECK_INT(k.duplicate_row, 15); /* naïve 1, as in row 2 */
	CHECK_INT(k.first_row, 2);
	CHECK_INT(k.nulls, 6);
	(void)close(fd);
}

/* ---- hostile ---- */

static void
refused(const void *p, size_t n, const char *says)
{
	struct artifact_profile q = profile_of(file_of(p, n));

	CHECK(!q.parse_ok);
	if (!strstr(q.fault.message, says))
		CHECK_STR(q.fault.message, says);
	CHECK_INT(q.rows, -1);
}

/* "PAR1" footer length "PAR1" */
static void
refused_footer(const void *footer, size_t n, uint32_t claimed, const char *says)
{
	char *p = arena_alloc(a, n + 12);

	memcpy(p, "PAR1", 4);
	memcpy(p + 4, footer, n);
	memcpy(p + 4 + n, &claimed, 4);
	memcpy(p + 8 + n, "PAR1", 4);
	refused(p, n + 12, says);
}

static void
broken_frames_are_refused(void)
{
	char nested[4096];

	refused("PAR1", 4, "cut off");
	refused("PAR1xxxxxxxxxxxxPAR2", 20, "cut short or damaged");
	refused("PAR1xxxxxxxxxxxxPARE", 20, "encrypted; write it without");
	refused_footer("x", 1, 0xfffffff0u, "said to be 4294967280 bytes long");
	refused_footer("", 0, 0, "damaged");
	memset(nested, 0x1c, sizeof nested); /* a struct in a struct in … */
	refused_footer(nested, sizeof nested, sizeof nested, "nested too deep");
}

static void
deep_footers_are_refused(void)
{
	size_t n = (size_t)4 << 20;
	char *nested = arena_alloc(a, n);

	memset(nested, 0x1c, n);
	refused_footer(nested, n, (uint32_t)n, "nested too deep");
}

static char *
load(const char *name, size_t *n)
{
	char *p = NULL;

	CHECK_INT(file_load(a, arena_printf(a, FOLDER "%s.parquet", name), (size_t)1 << 20, &p, n, &err), 0);
	return p;
}

/* Each cut and each turned byte: a sound file, or a refusal in words; never a crash of ours, never a hang. */
static void
damage_is_refused_or_harmless(void)
{
	size_t n, refusals = 0;
	char *p = load("snappy", &n);

	for (size_t at = 8; at + 8 < n; at += n / 24) {
		struct artifact_profile q;
		char *copy = arena_dup(a, p, n);
		for (size_t i = 0; i < 8; i++)
			copy[at + i] = (char)~copy[at + i];
		q = profile_of(file_of(copy, n));
		refusals += !q.parse_ok;
		CHECK(q.parse_ok ? q.rows == 60 : q.fault.message[0] != '\0');
		CHECK(!strstr(q.fault.message, "signal"));
	}
	CHECK(refusals >= 6);
	for (size_t cut = n / 4; cut < n; cut += n / 4)
		CHECK(!profile_of(file_of(p, cut)).parse_ok);
}

/* The number of rows stands in the footer as a zigzag varint: 60 is 0x78, in field 3 of the file. */
static void
a_row_count_that_lies_is_refused(void)
{
	size_t n, found = 0;
	char *p = load("plain", &n);
	const char *tail = p + n - 8;
	uint32_t footer = (uint32_t)(unsigned char)tail[0] | (uint32_t)(unsigned char)tail[1] << 8;

	for (char *q = p + n - 8 - footer; q + 1 < tail; q++)
		if ((unsigned char)q[0] == 0x16 && (unsigned char)q[1] == 0x78) {
			q[1] = 0x7a;
			found++;
			break;
		}
	CHECK_INT(found, 1);
	refused(p, n, "rows");
}

static void
what_is_absent_is_said(void)
{
	struct artifact_profile p;

	parquet_set_reader("/nowhere");
	p = profile_of(fixture("zstd"));
	CHECK(!p.parse_ok);
	CHECK(strstr(p.fault.message, "Parquet cannot be read here") != NULL);
	CHECK_INT(p.rows, -1);
	parquet_set_reader("packs");
}

int
main(void)
{
	a = arena_new(0);
	parquet_set_reader("packs");
	if (access("/usr/bin/node", X_OK) < 0) {
		SKIP(parquet, "/usr/bin/node is not installed");
		return tap_done();
	}
	RUN(every_compression_has_the_same_profile);
	RUN(the_summary_says_what_the_file_says);
	RUN(rows_read_as_they_were_written);
	RUN(values_and_keys_are_checked);
	RUN(broken_frames_are_refused);
	RUN(deep_footers_are_refused);
	RUN(damage_is_refused_or_harmless);
	RUN(a_row_count_that_lies_is_refused);
	RUN(what_is_absent_is_said);
	arena_free(a);
	return tap_done();
}
