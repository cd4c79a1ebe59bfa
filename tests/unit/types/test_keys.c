/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "tap.h"
#include "types/profile.h"

static struct arena *a;
static struct err err;

static struct artifact_profile
profile_with(const char *text, size_t memory)
{
	struct artifact_profile p = {.rows = -2};
	struct profile_options opt = {.memory_bytes_max = memory};
	int fd = memfd_create("t", MFD_CLOEXEC);

	CHECK_INT(fd_write_all(fd, text, strlen(text), &err), 0);
	CHECK_INT(artifact_profile(a, fd, "t.csv", NULL, &opt, &p, &err), 0);
	(void)close(fd);
	return p;
}

static bool
has_note(const struct artifact_profile *p, const char *part)
{
	for (size_t i = 0; i < p->nnotes; i++)
		if (strstr(p->notes[i], part))
			return true;
	for (size_t i = 0; i < p->nnotes; i++)
		printf("# note: %s\n", p->notes[i]);
	return false;
}

static void
the_grain_is_said_in_words(void)
{
	struct artifact_profile p = profile_with("amount,contract_id\n1.50,C1\n2.75,C2\n", 0);

	CHECK_STR(p.grain, "one row per contract_id"); /* an amount may be unique by chance */
	p = profile_with("contract_id,role_code,n\nC1,A,5\nC1,B,5\nC2,A,5\nC2,B,5\n", 0);
	CHECK_STR(p.grain, "one row per contract_id and role_code");
	CHECK_INT(p.repeated_rows, -1);
	p = profile_with("a,b\n1,1\n1,1\n2,1\n1,1\n", 0);
	CHECK_STR(p.grain, "no key found: 2 rows repeat another completely");
	CHECK_INT(p.repeated_rows, 2);
	p = profile_with("a\nx\nx\n", 0);
	CHECK_STR(p.grain, "no key found: 1 row repeats another completely");
	/* Rows that differ only where cells are empty: no key, and no repeat. */
	p = profile_with("a,b\nx,1\nx,\n", 0);
	CHECK(p.grain == NULL);
	CHECK_INT(p.repeated_rows, 0);
	p = profile_with("a,b\n", 0);
	CHECK(p.grain == NULL);
}

static const char *
cube(const char *more)
{
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "x,y,z,k\n");
	for (int i = 0; i < 216; i++)
		buf_printf(&b, "x%d,y%d,z%d,%d\n", i / 36, i / 6 % 6, i % 6, i % 2);
	buf_str(&b, more);
	return buf_take(&b);
}

static void
three_columns_are_a_key_where_no_fewer_are(void)
{
	struct artifact_profile p = profile_with(cube(""), 0);

	CHECK_INT(p.ncandidate_keys, 1);
	CHECK_INT(p.candidate_keys[0].ncolumns, 3);
	CHECK_STR(p.grain, "one row per x, y and z");
	CHECK_INT(p.triples, PAIRS_ALL);
	CHECK_INT(profile_key(&p, (const char *[]){"z", "x", "y"}, 3), KEY_YES);
	CHECK_INT(profile_key(&p, (const char *[]){"x", "y", "k"}, 3), KEY_NO);
	CHECK_INT(profile_key(&p, (const char *[]){"x", "y"}, 2), KEY_NO);
	p = profile_with(cube("x0,y0,z0,7\n"), 0);
	CHECK_INT(p.ncandidate_keys, 0);
	CHECK_INT(p.repeated_rows, 0);
	CHECK(has_note(&p, "6 pairs and 4 triples of columns were looked at"));
	p = profile_with(cube("x0,y0,z0,0\n"), 0);
	CHECK_STR(p.grain, "no key found: 1 row repeats another completely");
	CHECK_INT(p.triples, PAIRS_NONE); /* nothing can be a key then */
}

/* ---- random tables against comparing every two rows ---- */

#define COLUMNS 5
#define ROWS_MAX 60

static uint64_t state = 7;
static unsigned cells[ROWS_MAX][COLUMNS]; /* 0: empty */

static unsigned
next(unsigned n)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(state >> 33) % n;
}

static bool
is_key(unsigned set, unsigned nrows)
{
	for (unsigned r = 0; r < nrows; r++)
		for (unsigned c = 0; c < COLUMNS; c++)
			if (set >> c & 1 && cells[r][c] == 0)
				return false;
	for (unsigned r = 0; r < nrows; r++)
		for (unsigned q = 0; q < r; q++) {
			bool is_same = true;
			for (unsigned c = 0; c < COLUMNS && is_same; c++)
				is_same = !(set >> c & 1) || cells[r][c] == cells[q][c];
			if (is_same)
				return false;
		}
	return true;
}

static unsigned
repeated(unsigned nrows)
{
	unsigned n = 0;

	for (unsigned r = 0; r < nrows; r++) {
		bool is_repeat = false;
		for (unsigned q = 0; q < r && !is_repeat; q++)
			is_repeat = memcmp(cells[r], cells[q], sizeof cells[r]) == 0;
		n += is_repeat;
	}
	return n;
}

static struct artifact_profile
random_table(unsigned nrows)
{
	unsigned ranges[COLUMNS];
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "a,b,c,d,e");
	for (unsigned c = 0; c < COLUMNS; c++)
		ranges[c] = 1 + next(next(3) ? 6 : ROWS_MAX * 2);
	for (unsigned r = 0; r < nrows; r++)
		for (unsigned c = 0; c < COLUMNS; c++) {
			cells[r][c] = next(400) == 0 ? 0 : 1 + next(ranges[c]);
			if (cells[r][c])
				buf_printf(&b, "%c%u", c ? ',' : '\n', cells[r][c]);
			else
				buf_char(&b, c ? ',' : '\n');
		}
	buf_char(&b, '\n');
	return profile_with(b.p, next(2) ? 0 : 6000);
}

static void
keys_agree_with_comparing_every_two_rows(void)
{
	size_t nkeys = 0, nrepeats = 0, ntriples = 0, nopen = 0;

	for (int round = 0; round < 1500; round++) {
		unsigned nrows = 2 + next(ROWS_MAX - 1);
		struct artifact_profile p = random_table(nrows);
		bool has_small = false;
		CHECK_INT(p.rows, nrows);
		for (unsigned set = 1; set < 1u << COLUMNS; set++) {
			const char *names[COLUMNS], *all[] = {"a", "b", "c", "d", "e"};
			size_t n = 0;
			enum key_verdict v;
			for (unsigned c = 0; c < COLUMNS; c++)
				if (set >> c & 1)
					names[n++] = all[c];
			v = profile_key(&p, names, n);
			nopen += v == KEY_UNDECIDED;
			if (v != KEY_UNDECIDED)
				CHECK_INT(v, is_key(set, nrows) ? KEY_YES : KEY_NO);
			if (n <= 2)
				CHECK(v != KEY_UNDECIDED || p.nundecided_keys > 0);
			has_small = has_small || (n <= 2 && v != KEY_NO);
		}
		for (size_t i = 0; i < p.ncandidate_keys; i++) {
			unsigned set = 0;
			for (size_t k = 0; k < p.candidate_keys[i].ncolumns; k++)
				set |= 1u << p.candidate_keys[i].columns[k];
			CHECK(is_key(set, nrows));
			ntriples += p.candidate_keys[i].ncolumns == 3;
			for (unsigned c = 0; c < COLUMNS && p.candidate_keys[i].ncolumns > 1; c++)
				CHECK(!(set >> c & 1) || !is_key(set & ~(1u << c), nrows)); /* none is larger than needed */
		}
		nkeys += p.ncandidate_keys;
		nrepeats += p.repeated_rows > 0;
		if (p.repeated_rows >= 0)
			CHECK_INT(p.repeated_rows, repeated(nrows));
		if (!has_small && p.nundecided_keys == 0)
			CHECK(p.repeated_rows >= 0);
	}
	CHECK(nkeys > 500);
	CHECK(nrepeats > 20);
	CHECK(ntriples > 20);
	CHECK(nopen > 0);
}

/* More rows than memory: by parts, and the answer is the same. */
static void
parts_decide_what_one_pass_cannot(void)
{
	struct buf b;
	struct artifact_profile p;

	buf_init(&b, a);
	buf_str(&b, "id,x,y\n");
	for (int i = 0; i < 40000; i++)
		buf_printf(&b, "%d,%d,%d\n", i, i / 200, i % 200);
	p = profile_with(b.p, 60000);
	CHECK_INT(profile_key(&p, (const char *[]){"id"}, 1), KEY_YES);
	CHECK_INT(profile_key(&p, (const char *[]){"x", "y"}, 2), KEY_YES);
	CHECK_INT(p.columns[0].distinct, 40000);
	CHECK(p.columns[0].distinct_exact);
	buf_str(&b, "17,199,199\n"); /* the last row repeats an id and a pair, but no row */
	p = profile_with(b.p, 60000);
	CHECK_INT(profile_key(&p, (const char *[]){"id"}, 1), KEY_NO);
	CHECK_INT(profile_key(&p, (const char *[]){"x", "y"}, 2), KEY_NO);
	b.len -= strlen("17,199,199\n");
	buf_str(&b, "17,0,17\n39999,199,199\n");
	p = profile_with(b.p, 60000);
	CHECK_STR(p.grain, "no key found: 2 rows repeat another completely");
	p = profile_with(b.p, 3000);
	CHECK(p.nundecided_keys > 0 || p.ncandidate_keys == 0);
	CHECK_INT(p.repeated_rows, -1);
	CHECK_INT(profile_key(&p, (const char *[]){"id"}, 1), KEY_UNDECIDED);
}

int
main(void)
{
	a = arena_new(0);
	RUN(the_grain_is_said_in_words);
	RUN(three_columns_are_a_key_where_no_fewer_are);
	RUN(keys_agree_with_comparing_every_two_rows);
	RUN(parts_decide_what_one_pass_cannot);
	arena_free(a);
	return tap_done();
}
