/* SPDX-License-Identifier: Apache-2.0 */
/* Detection: the assignment is the best one, hostile names end, and the same input gives the same list. */
#include "pack/detect.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/err.h"
#include "pack/detect_work.h"
#include "pack/facts.h"
#include "pack/pack.h"
#include "tap.h"
#include "types/profile.h"

#define ROWS 5
#define COLS 6

static uint32_t state = 7;

static uint32_t
next(uint32_t below)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % below;
}

/* The greatest sum by trying all: row by row, each free column or none. */
static uint64_t
best_from(const uint32_t *score, size_t row, unsigned taken)
{
	uint64_t best = row < ROWS ? best_from(score, row + 1, taken) : 0;

	for (size_t k = 0; row < ROWS && k < COLS; k++)
		if (score[row * COLS + k] > 0 && !(taken >> k & 1)) {
			uint64_t sum = score[row * COLS + k] + best_from(score, row + 1, taken | 1u << k);

			best = sum > best ? sum : best;
		}
	return best;
}

static void
the_assignment_is_the_best_one(void)
{
	for (int round = 0; round < 300; round++) {
		struct arena *a = arena_new(0);
		uint32_t score[ROWS * COLS];
		uint64_t sum = 0;
		unsigned taken = 0;
		int to[ROWS];

		for (size_t i = 0; i < ROWS * COLS; i++)
			score[i] = next(3) ? next(1040) : 0;
		assign_best(a, score, ROWS, COLS, to);
		for (size_t i = 0; i < ROWS; i++) {
			if (to[i] < 0)
				continue;
			CHECK(score[i * COLS + (size_t)to[i]] > 0);
			CHECK(!(taken >> to[i] & 1));
			taken |= 1u << to[i];
			sum += score[i * COLS + (size_t)to[i]];
		}
		CHECK_INT(sum, best_from(score, 0, 0));
		arena_free(a);
	}
}

static void
no_columns_and_no_rows_are_fine(void)
{
	struct arena *a = arena_new(0);
	uint32_t score[2] = {0, 0};
	int to[2] = {5, 5};

	assign_best(a, score, 0, 2, to);
	CHECK_INT(to[0], 5);
	assign_best(a, score, 2, 0, to);
	CHECK_INT(to[0], -1);
	CHECK_INT(to[1], -1);
	arena_free(a);
}

static const struct catalog *
standard(struct arena *a)
{
	const struct catalog *c = NULL;
	struct err err = {0};

	if (catalog_load(a, "packs", &c, &err) < 0) {
		printf("# %s\n", err.msg);
		exit(1);
	}
	return c;
}

static void
detect_names(struct arena *a, const struct detect_index *x, const char *const *names, size_t n, struct detection *d)
{
	struct column_profile *columns = ARENA_ARRAY(a, n, struct column_profile);
	struct artifact_profile p = {.kind = KIND_TABLE_CSV, .parse_ok = true, .rows = 3, .pages = -1, .columns = columns,
	    .ncolumns = n};
	struct file_facts f = {.path = "x.csv", .profile = ARENA_NEW(a, struct artifact_profile)};

	for (size_t i = 0; i < n; i++)
		columns[i] = (struct column_profile){.name = names[i], .type = COL_EMPTY, .reading = COL_EMPTY};
	memcpy((void *)(uintptr_t)f.profile, &p, sizeof p);
	detect_file(a, x, &f, d);
}

static void
hostile_names_end(void)
{
	struct arena *a = arena_new(0);
	const struct detect_index *x = detect_index_new(a, standard(a));
	struct detection d;

	for (int round = 0; round < 40; round++) {
		const char *names[24];

		for (size_t i = 0; i < 24; i++) {
			size_t n = next(300);
			char *name = arena_alloc(a, n + 1);

			for (size_t k = 0; k < n; k++)
				name[k] = round % 3 == 0 ? (char)(1 + next(255)) : "aA9_- sno"[next(9)];
			names[i] = name;
		}
		detect_names(a, x, names, 24, &d);
		CHECK(d.nranks <= x->n);
	}
	arena_free(a);
}

static void
names_alone_find_an_entity_and_twice_the_same(void)
{
	static const char *const names[] = {"Entry-ID", "emp no", "ContractReference", "date worked", "HOURS", "bill_rate",
	    "amount billed", "Invoice #"};
	struct arena *a = arena_new(0);
	const struct detect_index *x = detect_index_new(a, standard(a));
	struct detection one, two;

	detect_names(a, x, names, 8, &one);
	detect_names(a, x, names, 8, &two);
	CHECK(one.nranks > 0);
	CHECK_STR(one.ranks[0].entity->id, "billing.time_entry");
	CHECK_INT(one.nranks, two.nranks);
	for (size_t i = 0; i < one.nranks; i++) {
		CHECK_STR(one.ranks[i].entity->id, two.ranks[i].entity->id);
		CHECK_INT(one.ranks[i].confidence, two.ranks[i].confidence);
		CHECK(i == 0 || one.ranks[i].confidence <= one.ranks[i - 1].confidence);
	}
	arena_free(a);
}

int
main(void)
{
	RUN(the_assignment_is_the_best_one);
	RUN(no_columns_and_no_rows_are_fine);
	RUN(hostile_names_end);
	RUN(names_alone_find_an_entity_and_twice_the_same);
	return tap_done();
}
