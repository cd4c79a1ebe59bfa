/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jw.h"
#include "core/jx.h"
#include "tap.h"
#include "types/foreign.h"
#include "types/profile.h"

static struct arena *a;
static struct err err;

static struct foreign_side
side_of(const char *path, const char *text)
{
	struct artifact_profile *p = ARENA_NEW(a, struct artifact_profile);
	int fd = memfd_create("t", MFD_CLOEXEC);

	CHECK_INT(fd_write_all(fd, text, strlen(text), &err), 0);
	CHECK_INT(artifact_profile(a, fd, path, NULL, NULL, p, &err), 0);
	CHECK(p->parse_ok);
	return (struct foreign_side){path, fd, kind_format(p->kind), p};
}

struct found {
	const struct foreign_side *sides;
	const struct foreign_key *keys;
	size_t n;
};

static struct found
find(const struct foreign_side *sides, size_t n, const struct foreign_options *opt)
{
	struct found f = {.sides = sides};

	CHECK_INT(foreign_find(a, sides, n, opt, &f.keys, &f.n, &err), 0);
	for (size_t i = 0; i < n; i++)
		(void)close(sides[i].fd);
	return f;
}

static const char *
names_of(const struct artifact_profile *p, const uint16_t *columns, size_t n)
{
	return n > 1 ? arena_printf(a, "%s+%s", p->columns[columns[0]].name, p->columns[columns[1]].name)
		     : p->columns[columns[0]].name;
}

/* "orders.csv.customer_id>customers.csv.id" */
static const char *
words_of(const struct found *f, const struct foreign_key *k)
{
	return arena_printf(a, "%s.%s>%s.%s", f->sides[k->from].path,
	    names_of(f->sides[k->from].profile, k->columns, k->ncolumns), f->sides[k->to].path,
	    names_of(f->sides[k->to].profile, k->to_columns, k->ncolumns));
}

static const struct foreign_key *
key_named(const struct found *f, const char *words)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(words_of(f, &f->keys[i]), words) == 0)
			return &f->keys[i];
	for (size_t i = 0; i < f->n; i++)
		printf("# there is %s: %s\n", words_of(f, &f->keys[i]), f->keys[i].says);
	printf("# there is no %s\n", words);
	return NULL;
}

static void
check_only(const struct found *f, const char *words)
{
	CHECK(key_named(f, words) != NULL);
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(words_of(f, &f->keys[i]), words) != 0) {
			printf("# one too many: %s: %s\n", words_of(f, &f->keys[i]), f->keys[i].says);
			CHECK(!"only one");
		}
}

static const char *
rows_of(const char *header, unsigned n, const char *(*line)(unsigned i))
{
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "%s\n", header);
	for (unsigned i = 0; i < n; i++)
		buf_printf(&b, "%s\n", line(i));
	return buf_take(&b);
}
static char line[128];
#define LINE(name, ...)                                              \
	static const char *name(unsigned i)                          \
	{                                                            \
		(void)snprintf(line, sizeof line, __VA_ARGS__);      \
		return line;                                         \
	}
LINE(customer, "%u,Name %u", i + 1, i)
LINE(order, "%u,%u,%u", i + 1000, i * 7 % 40 + 1, i % 5 + 1)
LINE(employee, i ? "E-%03u,E-%03u,%u" : "E-%03u,,9", i, i / 4, i % 9)
LINE(employee_number, "%u,%u,%u", i + 1, i / 4 + 1, i % 3 + 1)
LINE(padded, "%03u,%u", i * 13 % 50 + 1, i)
LINE(product, "%u,thing %u", i + 1, i)
LINE(contract, "C-%u,R-%u,%u", i / 4, i % 4, i * 3)
LINE(entry, "T-%u,C-%u,R-%u", i, i % 20 / 4, i % 4)
LINE(sparse_user, "%u,u%u", i * 7919 + 100003, i)
LINE(sparse_event, "%u,%u", i, i * 31 % 200 * 7919 + 100003)

static void
a_reference_is_found_and_small_numbers_are_not(void)
{
	struct foreign_side sides[] = {side_of("customers.csv", rows_of("id,name", 50, customer)),
	    side_of("orders.csv", rows_of("order_no,customer_id,quantity", 300, order))};
	struct found f = find(sides, 2, NULL);
	const struct foreign_key *k = key_named(&f, "orders.csv.customer_id>customers.csv.id");

	check_only(&f, "orders.csv.customer_id>customers.csv.id");
	if (k) {
		CHECK_INT(k->rows, 300);
		CHECK_INT(k->matched, 300);
		CHECK_INT(k->values, 40);
		CHECK(k->is_exact);
		CHECK(k->missing == NULL);
		CHECK(strstr(k->says, "would fit by chance") != NULL);
	}
}

static void
numbers_spread_wide_speak_for_themselves(void)
{
	struct foreign_side sides[] = {side_of("users.csv", rows_of("uid,nick", 200, sparse_user)),
	    side_of("events.csv", rows_of("n,actor", 500, sparse_event))};
	struct found f = find(sides, 2, NULL);

	check_only(&f, "events.csv.actor>users.csv.uid");
}

static void
a_table_may_refer_to_itself(void)
{
	struct foreign_side text = side_of("employees.csv", rows_of("employee_id,manager_id,grade", 60, employee));
	struct foreign_side number = side_of("staff.csv", rows_of("employee_id,manager_id,grade", 60, employee_number));
	struct found f = find(&text, 1, NULL);
	const struct foreign_key *k = key_named(&f, "employees.csv.manager_id>employees.csv.employee_id");

	check_only(&f, "employees.csv.manager_id>employees.csv.employee_id");
	if (k)
		CHECK_INT(k->matched, k->rows);
	f = find(&number, 1, NULL);
	check_only(&f, "staff.csv.manager_id>staff.csv.employee_id");
}

static void
text_with_leading_zeros_against_numbers_is_explained(void)
{
	struct foreign_side sides[] = {side_of("products.csv", rows_of("product_id,label", 50, product)),
	    side_of("stock.csv", rows_of("product_id,n", 150, padded))};
	struct found f = find(sides, 2, NULL);
	const struct foreign_key *k = key_named(&f, "stock.csv.product_id>products.csv.product_id");

	if (!k) {
		CHECK(!"found");
		return;
	}
	CHECK_INT(k->matched, 0);
	CHECK_INT(k->matched_normal, 150);
	CHECK_INT(k->matched_values, 50);
	CHECK(k->score < 500);
	CHECK_STR(k->missing, "001");
	CHECK(strstr(k->says, "text and the other whole numbers") != NULL);
	CHECK(strstr(k->says, "leading zeros") != NULL);
}

static void
two_columns_together_refer_to_a_key_of_two(void)
{
	struct foreign_side sides[] = {side_of("contracts.csv", rows_of("contract_id,role_code,rate", 20, contract)),
	    side_of("entries.csv", rows_of("entry,contract_ref,role_code", 200, entry))};
	struct found f = find(sides, 2, NULL);
	const struct foreign_key *k = key_named(&f, "entries.csv.contract_ref+role_code>contracts.csv.contract_id+role_code");

	if (k) {
		CHECK_INT(k->rows, 200);
		CHECK_INT(k->matched, 200);
		CHECK_INT(k->values, 20);
	}
	CHECK(k != NULL);
}

LINE(numbered_rate, "%u,R%u,%u.5", i / 3 + 1, i % 3, i % 4)
LINE(clean_shift, "%u,%u,R%u", i, i % 12 + 1, i % 3)
static const char *
dirty_shift(unsigned i)
{
	return i == 17 ? "17,n/a,R2" : clean_shift(i);
}

/* One value that is no number makes a column text; the pair is still seen. */
static void
one_stray_value_does_not_hide_a_key_of_two(void)
{
	struct foreign_side sides[] = {side_of("shifts.csv", rows_of("seq,employee_id,role_code", 60, dirty_shift)),
	    side_of("rates.csv", rows_of("employee_id,role_code,amount", 36, numbered_rate))};
	struct found f = find(sides, 2, NULL);
	const struct foreign_key *k = key_named(&f, "shifts.csv.employee_id+role_code>rates.csv.employee_id+role_code");

	CHECK(k != NULL);
	if (!k)
		return;
	CHECK_INT(k->rows, 60);
	CHECK_INT(k->matched, 59);
	CHECK_INT(k->missing_row, 19);
	CHECK_STR(k->missing, "n/a, R2");
}

static void
what_finds_nothing_and_what_is_empty_is_counted(void)
{
	struct buf b;
	struct foreign_side sides[2];
	struct found f;
	const struct foreign_key *k;

	buf_init(&b, a);
	buf_str(&b, "n,customer_id\n");
	for (unsigned i = 0; i < 100; i++)
		buf_printf(&b, i % 10 == 3 ? "%u,\n" : i == 55 || i == 77 ? "%u,X-9\n" : "%u,K-%u\n", i, i % 20);
	sides[1] = side_of("orders.csv", b.p);
	buf_clear(&b);
	buf_str(&b, "customer_id,x\n");
	for (unsigned i = 0; i < 20; i++)
		buf_printf(&b, "K-%u,1\n", i);
	sides[0] = side_of("customers.csv", b.p);
	f = find(sides, 2, NULL);
	k = key_named(&f, "orders.csv.customer_id>customers.csv.customer_id");
	if (!k) {
		CHECK(!"found");
		return;
	}
	CHECK_INT(k->rows, 90);
	CHECK_INT(k->matched, 88);
	CHECK_STR(k->missing, "X-9");
	CHECK_INT(k->missing_row, 57);
	CHECK_INT(k->values, k->matched_values + 1);
	CHECK(strstr(k->says, "10 rows have no value") != NULL);
	CHECK(strstr(k->says, "row 57 'X-9' finds none") != NULL);
	f.n = 0;
	sides[0] = side_of("customers.csv", b.p);
	sides[1] = side_of("orders.csv", "n,customer_id\n1,Q\n2,K-1\n3,Z\n");
	f = find(sides, 2, NULL);
	CHECK_INT(f.n, 0); /* one of three is not nearly all */
}

static void
json_and_csv_refer_to_each_other(void)
{
	struct foreign_side sides[] = {side_of("teams.json", "[{\"team_id\":101,\"n\":\"a\"},{\"team_id\":205,\"n\":\"b\"},{\"team_id\":309,\"n\":\"c\"}]"),
	    side_of("people.csv", "person,team_id\nA,101\nB,205\nC,101\nD,309\n")};
	struct found f = find(sides, 2, NULL);

	CHECK(key_named(&f, "people.csv.team_id>teams.json.team_id") != NULL);
}

/* The key's side has far more rows than memory holds: part after part, and the same counts. */
LINE(many_user, "U%07u,%u", i * 3, i % 11)
LINE(many_event, "%u,U%07u", i % 1000, i * 7 % 60000 * 3)
static void
little_memory_gives_the_same_counts(void)
{
	const char *users = rows_of("user_id,g", 60000, many_user), *events = rows_of("n,user_id", 90000, many_event);
	struct foreign_options little = {.memory_bytes_max = 100000}, least = {.memory_bytes_max = 4096};
	struct foreign_side sides[2];
	struct found f;
	const struct foreign_key *k;

	for (int i = 0; i < 3; i++) {
		sides[0] = side_of("users.csv", users);
		sides[1] = side_of("events.csv", events);
		f = find(sides, 2, i == 0 ? NULL : i == 1 ? &little : &least);
		k = key_named(&f, "events.csv.user_id>users.csv.user_id");
		if (!k) {
			CHECK(!"found");
			continue;
		}
		CHECK_INT(k->is_exact, i < 2);
		CHECK(k->matched == k->rows);
		if (i < 2) {
			CHECK_INT(k->rows, 90000);
			CHECK_INT(k->values, 60000);
		} else {
			CHECK(k->rows > 1000);
			CHECK(k->rows < 90000);
			CHECK(strstr(k->says, "of what memory allowed to count") != NULL);
		}
	}
}

static void
the_sample_holds_together(void)
{
	static const char *const names[] = {"time_entries", "contracts", "rates", "invoices"};
	struct foreign_side sides[4];
	struct found f, again;
	struct buf b, c;
	struct jw w;
	struct jx *doc;

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < 4; i++) {
			struct artifact_profile *p = ARENA_NEW(a, struct artifact_profile);
			int fd = open(
			    arena_printf(a, "packs/domain/billing-audit/sample/attachments/%s.csv", names[i]), O_RDONLY | O_CLOEXEC);
			CHECK(fd >= 0);
			CHECK_INT(artifact_profile(a, fd, "x.csv", NULL, NULL, p, &err), 0);
			sides[i] = (struct foreign_side){names[i], fd, FORMAT_CSV, p};
		}
		again = round ? f : (struct found){0};
		f = find(sides, 4, NULL);
	}
	CHECK(key_named(&f, "time_entries.invoice_id>invoices.invoice_id") != NULL);
	CHECK(key_named(&f, "time_entries.contract_ref+employee_id>contracts.contract_id+employee_id") != NULL);
	CHECK_INT(f.n, 2);
	buf_init(&b, a);
	jw_init(&w, &b);
	foreign_json(sides, 4, f.keys, f.n, NULL, &w);
	buf_init(&c, a);
	jw_init(&w, &c);
	foreign_json(sides, 4, again.keys, again.n, NULL, &w);
	CHECK_STR(c.p, b.p); /* the same files, the same answer */
	CHECK_INT(jx_parse(a, b.p, b.len, NULL, &doc, &err), 0);
	CHECK(jx_is_str(jx_find(doc, "schema"), "forge.relations.v1"));
	CHECK_STR(jx_str(jx_find(jx_at(jx_find(doc, "files"), 0), "grain"), ""), "one row per time_entry_id");
}

/* ---- random tables against counting by hand ---- */

static uint64_t state = 42;

static unsigned
next(unsigned n)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(state >> 33) % n;
}

static void
counts_agree_with_counting_by_hand(void)
{
	size_t checked = 0;

	for (int round = 0; round < 300; round++) {
		unsigned nkeys = 1 + next(30), nrows = 1 + next(40), range = nkeys + next(8), matched = 0, rows = 0;
		char values[40][16];
		bool seen[64] = {false};
		unsigned distinct = 0;
		struct buf left, right;
		struct foreign_side sides[2];
		struct foreign_options opt = {.matched_permille_min = 1, .memory_bytes_max = next(2) ? 2048 : 0};
		struct found f;

		buf_init(&left, a);
		buf_init(&right, a);
		buf_str(&right, "part_key,w\n");
		for (unsigned i = 0; i < nkeys; i++)
			buf_printf(&right, "P%u,%u\n", i, next(3));
		buf_str(&left, "part_key,z\n");
		for (unsigned i = 0; i < nrows; i++) {
			unsigned v = next(range);
			bool is_null = next(6) == 0;
			(void)snprintf(values[i], sizeof values[i], "P%u", v);
			buf_printf(&left, "%s,%u\n", is_null ? "" : values[i], i);
			rows += !is_null;
			matched += !is_null && v < nkeys;
			distinct += !is_null && !seen[v];
			seen[v] = seen[v] || !is_null;
		}
		sides[0] = side_of("parts.csv", right.p);
		sides[1] = side_of("uses.csv", left.p);
		f = find(sides, 2, &opt);
		for (size_t i = 0; i < f.n; i++)
			if (strcmp(words_of(&f, &f.keys[i]), "uses.csv.part_key>parts.csv.part_key") == 0 && f.keys[i].is_exact) {
				CHECK_INT(f.keys[i].rows, rows);
				CHECK_INT(f.keys[i].matched, matched);
				CHECK_INT(f.keys[i].values, distinct);
				checked++;
			}
	}
	CHECK(checked > 200);
}

int
main(void)
{
	a = arena_new(0);
	RUN(a_reference_is_found_and_small_numbers_are_not);
	RUN(numbers_spread_wide_speak_for_themselves);
	RUN(a_table_may_refer_to_itself);
	RUN(text_with_leading_zeros_against_numbers_is_explained);
	RUN(two_columns_together_refer_to_a_key_of_two);
	RUN(one_stray_value_does_not_hide_a_key_of_two);
	RUN(what_finds_nothing_and_what_is_empty_is_counted);
	RUN(json_and_csv_refer_to_each_other);
	RUN(little_memory_gives_the_same_counts);
	RUN(the_sample_holds_together);
	RUN(counts_agree_with_counting_by_hand);
	arena_free(a);
	return tap_done();
}
